//! Arrays of the different values of each group, in the order in which they first come: `make_set`.
//!
//! Called as `make_set(x)` or `make_set(x, max_size)`, with a constant size; `make_set_dynamic` is for `dynamic`
//! values, as in `list`. Each different value is stored once for all groups; groups hold numbers of values.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, StringViewArray, StringViewBuilder};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{HashMap, Result};
use datafusion::logical_expr::EmitTo;

use super::coded::{Coded, by_dictionary};
use super::json::Text;
use super::list::{Nulls, Values, most_items};
use super::rows::{Groups, Rows, typed, vec_size};
use super::{Call, Kernel, Order};
use crate::engine::dynamic;

pub(super) const KERNELS: &[Kernel] = &[
    row("make_set", |call| start(call, Text::Plain, Nulls::Dropped)),
    row("make_set_dynamic", |call| start(call, Text::Json, Nulls::Kept)),
];

const fn row(name: &'static str, start: fn(&Call) -> Result<Box<dyn Groups>>) -> Kernel {
    Kernel { name, state: |_| vec![DataType::Utf8View], start, order: Order::Any }
}

fn start(call: &Call, text: Text, nulls: Nulls) -> Result<Box<dyn Groups>> {
    Ok(Box::new(Sets {
        values: Values { text, nulls },
        most: most_items(call)?,
        words: Words::default(),
        coded: Coded::default(),
        sets: Vec::new(),
        bytes: 0,
    }))
}

/// Different texts, numbered in the order in which they first come.
#[derive(Default)]
struct Words {
    numbers: HashMap<Arc<str>, u32>,
    texts: Vec<Arc<str>>,
    bytes: usize,
}

impl Words {
    fn number(&mut self, text: &str) -> u32 {
        if let Some(&number) = self.numbers.get(text) {
            return number;
        }
        let number = self.texts.len() as u32;
        let text: Arc<str> = text.into();
        // The text, its counters, and its places in the map and the vector.
        self.bytes += text.len() + 16 + 2 * size_of::<Arc<str>>() + size_of::<u64>();
        self.numbers.insert(Arc::clone(&text), number);
        self.texts.push(text);
        number
    }
}

/// How many numbers a set holds before it needs memory of its own.
const FEW: usize = 7;

/// Different numbers, in the order in which they first come.
#[derive(Default)]
struct Set {
    len: u32,
    few: [u32; FEW],
    more: Option<Box<More>>,
}

#[derive(Default)]
struct More {
    order: Vec<u32>,
    seen: HashSet<u32>,
}

impl Set {
    fn numbers(&self) -> &[u32] {
        match &self.more {
            None => &self.few[..self.len as usize],
            Some(more) => &more.order,
        }
    }

    /// Adds a number while there are fewer than `most`. Tells whether the set was changed.
    fn add(&mut self, number: u32, most: usize) -> bool {
        let known = match &self.more {
            None => self.numbers().contains(&number),
            Some(more) => more.seen.contains(&number),
        };
        if known || self.len as usize >= most {
            return false;
        }
        if self.more.is_none() && self.len as usize == FEW {
            self.more = Some(Box::new(More { order: self.few.to_vec(), seen: self.few.into_iter().collect() }));
        }
        match &mut self.more {
            None => self.few[self.len as usize] = number,
            Some(more) => {
                more.order.push(number);
                more.seen.insert(number);
            }
        }
        self.len += 1;
        true
    }

    /// The memory beyond the set itself.
    fn size(&self) -> usize {
        self.more.as_ref().map_or(0, |more| size_of::<More>() + more.order.len() * 12)
    }
}

/// The sets of all groups.
struct Sets {
    values: Values,
    most: usize,
    words: Words,
    coded: Coded<u32>,
    sets: Vec<Set>,
    bytes: usize,
}

impl Sets {
    fn add(&mut self, group: usize, item: &str) {
        let number = self.words.number(item);
        self.add_number(group, number);
    }

    fn add_number(&mut self, group: usize, number: u32) {
        let set = &mut self.sets[group];
        if set.add(number, self.most) && set.more.is_some() {
            self.bytes += 12;
        }
    }
}

impl Groups for Sets {
    fn update(&mut self, values: &[ArrayRef], rows: &Rows) -> Result<()> {
        self.sets.resize_with(rows.total, Set::default);
        if let Some(codes) = values.first().and_then(by_dictionary) {
            let mut coded = std::mem::take(&mut self.coded);
            let (words, items) = (&mut self.words, &self.values);
            let numbers = |texts: &ArrayRef| {
                let mut numbers = Vec::with_capacity(texts.len());
                let groups = vec![0; texts.len()];
                let all = Rows { groups: &groups, filter: None, total: 1 };
                items.each(std::slice::from_ref(texts), &all, |_, _, item| numbers.push(words.number(item)))?;
                Ok(numbers)
            };
            // Words are numbered before the first of them is added to a set.
            let mut pairs = Vec::new();
            coded.each(codes, rows, numbers, |group, number| pairs.push((group, number)))?;
            pairs.into_iter().for_each(|(group, number)| self.add_number(group, number));
            self.coded = coded;
            return Ok(());
        }
        self.values.each(values, rows, |_, group, item| self.add(group, item))
    }

    fn merge(&mut self, states: &[ArrayRef], rows: &Rows) -> Result<()> {
        self.sets.resize_with(rows.total, Set::default);
        let arrays = typed::<StringViewArray>(states, 0)?;
        rows.each(arrays.nulls(), |row, group| {
            dynamic::elements(arrays.value(row)).into_iter().flatten().for_each(|item| self.add(group, item));
        });
        Ok(())
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(vec![self.evaluate(emit)?])
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        self.coded.forget();
        let sets = emit.take_needed(&mut self.sets);
        let mut out = StringViewBuilder::with_capacity(sets.len());
        let mut cell = String::new();
        for set in &sets {
            cell.clear();
            for &number in set.numbers() {
                cell.push(if cell.is_empty() { '[' } else { ',' });
                cell.push_str(&self.words.texts[number as usize]);
            }
            match cell.is_empty() {
                true => cell.push_str("[]"),
                false => cell.push(']'),
            }
            out.try_append_value(&cell)?;
            self.bytes = self.bytes.saturating_sub(set.size());
        }
        if self.sets.is_empty() {
            self.words = Words::default();
        }
        Ok(Arc::new(out.finish()))
    }

    fn size(&self) -> usize {
        self.bytes + self.words.bytes + vec_size(&self.sets)
    }
}

#[cfg(test)]
mod tests {
    use datafusion::common::ScalarValue;

    use super::super::testing::{Case, longs, texts};
    use super::*;
    use crate::types::Type;

    fn case(kernel: &'static str, column: ArrayRef) -> Case {
        Case::new(kernel, vec![column], &[Type::Dynamic])
    }

    #[test]
    fn each_value_comes_once() {
        let column = longs(&[Some(3), None, Some(1), Some(3)]);
        assert_eq!(case("make_set", column.clone()).answer(), "[3,1]");
        assert_eq!(case("make_set", column).answers(&[0, 0, 0, 1]), ["[3,1]", "[3]"]);
        assert_eq!(case("make_set", longs(&[])).answer(), "[]");
    }

    #[test]
    fn arrays_add_their_items() {
        let column = texts(&[r#"{"a":[1,2]}"#, "[1,2,[3]]", "[]", r#""x,y""#, "1"]);
        assert_eq!(case("make_set_dynamic", column).answer(), r#"[{"a":[1,2]},1,2,[3],"x,y"]"#);
    }

    #[test]
    fn sizes_are_limited() {
        let set = case("make_set", texts(&["a,b", "a,b", "c", "d"])).with(vec![ScalarValue::Int64(Some(2))]);
        assert_eq!(set.answer(), r#"["a,b","c"]"#);
    }

    #[test]
    fn large_sets_hold_each_value_once() {
        let many: Vec<Option<i64>> = (0..200).map(|n| Some(n % 50)).collect();
        let expected: Vec<String> = (0..50).map(|n| n.to_string()).collect();
        assert_eq!(case("make_set", longs(&many)).answer(), format!("[{}]", expected.join(",")));
    }
}
