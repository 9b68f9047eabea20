//! Arrays of the values of each group: `make_list`, `make_list_with_nulls`, `make_set`.
//!
//! Called as `make_list(x)` or `make_list(x, max_size)`, with a constant size. The kernels named `…_dynamic` are for
//! `dynamic` values: arrays add their items, and nulls count as values there, as in Kusto. States and answers are
//! JSON text from the first row on, so that nothing has to be kept alive or copied twice.

use std::collections::HashSet;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, StringViewArray, StringViewBuilder};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue, exec_err};
use datafusion::logical_expr::EmitTo;

use super::json::{Text, inside_array, items, writer};
use super::ordered::Ordered;
use super::rows::{Groups, Rows, typed, vec_size};
use super::{Call, Kernel, Order};

pub(super) const KERNELS: &[Kernel] = &[
    row("make_list", Order::Kept, |call| start::<List>(call, Text::Plain, Nulls::Dropped)),
    row("make_list_dynamic", Order::Kept, |call| start::<List>(call, Text::Json, Nulls::Kept)),
    row("make_list_with_nulls", Order::Kept, |call| start::<List>(call, Text::Plain, Nulls::Kept)),
    row("make_list_with_nulls_dynamic", Order::Kept, |call| start::<List>(call, Text::Json, Nulls::Kept)),
    row("make_set", Order::Any, |call| start::<Set>(call, Text::Plain, Nulls::Dropped)),
    row("make_set_dynamic", Order::Any, |call| start::<Set>(call, Text::Json, Nulls::Kept)),
];

const fn row(name: &'static str, order: Order, start: fn(&Call) -> Result<Box<dyn Groups>>) -> Kernel {
    Kernel { name, state, start, order }
}

fn state(call: &Call) -> Vec<DataType> {
    if call.order.is_empty() { vec![DataType::Utf8View] } else { vec![DataType::LargeBinary] }
}

/// The most items of a list when the call does not say.
const MOST_ITEMS: usize = 1_048_576;

/// What becomes of nulls.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Nulls {
    Dropped,
    Kept,
}

/// How values become items.
#[derive(Clone, Copy)]
pub(super) struct Values {
    text: Text,
    nulls: Nulls,
}

impl Values {
    /// Hands row, group and JSON text of all values that count to `f`.
    pub(super) fn each(self, values: &[ArrayRef], rows: &Rows, mut f: impl FnMut(usize, usize, &str)) -> Result<()> {
        let Some(values) = values.first() else { return Ok(()) };
        let write = writer(values.as_ref(), self.text)?;
        let mut cell = String::new();
        let nulls = match self.nulls {
            Nulls::Dropped => values.nulls(),
            Nulls::Kept => None,
        };
        rows.each(nulls, |row, group| {
            cell.clear();
            if values.is_null(row) {
                cell.push_str("null");
            } else {
                write(&mut cell, row);
            }
            f(row, group, &cell);
        });
        Ok(())
    }
}

fn start<C: Collection + 'static>(call: &Call, text: Text, nulls: Nulls) -> Result<Box<dyn Groups>> {
    let lists = Lists::<C> { lists: Vec::new(), most: most_items(call)?, values: Values { text, nulls }, bytes: 0 };
    match call.order.is_empty() {
        true => Ok(Box::new(lists)),
        false => Ok(Box::new(Ordered::new(lists, &call.order)?)),
    }
}

/// The most items of a collection: the second argument of the call, or what Kusto takes without one.
pub(super) fn most_items(call: &Call) -> Result<usize> {
    match call.constants.get(1) {
        None => Ok(MOST_ITEMS),
        Some(Some(ScalarValue::Int64(Some(most)))) => Ok(usize::try_from(*most).unwrap_or(0)),
        Some(Some(ScalarValue::Int32(Some(most)))) => Ok(usize::try_from(*most).unwrap_or(0)),
        Some(_) => exec_err!("the size of a list must be a constant whole number"),
    }
}

/// A growing array.
pub(super) trait Collection: Default + Send + Sync {
    /// Adds an item, given as JSON.
    fn add(&mut self, item: &str);

    /// How many items there are.
    fn len(&self) -> usize;

    /// The items, with commas between them.
    fn text(&self) -> &str;

    /// The memory in use.
    fn size(&self) -> usize;
}

/// Arrays of all groups.
pub(super) struct Lists<C> {
    lists: Vec<C>,
    most: usize,
    pub(super) values: Values,
    bytes: usize,
}

impl<C: Collection> Lists<C> {
    pub(super) fn grow(&mut self, total: usize) {
        self.lists.resize_with(total, C::default);
    }

    /// Adds a value, or the items of an array.
    pub(super) fn add(&mut self, group: usize, cell: &str) {
        match inside_array(cell).filter(|_| self.values.text == Text::Json) {
            Some(inside) => self.add_all(group, inside),
            None => self.add_item(group, cell),
        }
    }

    fn add_all(&mut self, group: usize, inside: &str) {
        items(inside).for_each(|item| self.add_item(group, item));
    }

    fn add_item(&mut self, group: usize, item: &str) {
        let list = &mut self.lists[group];
        if list.len() < self.most {
            let before = list.size();
            list.add(item);
            self.bytes += list.size() - before;
        }
    }

    fn take(&mut self, emit: EmitTo) -> Vec<C> {
        let lists = emit.take_needed(&mut self.lists);
        let gone: usize = lists.iter().map(C::size).sum();
        self.bytes -= gone.min(self.bytes);
        lists
    }
}

impl<C: Collection> Groups for Lists<C> {
    fn update(&mut self, values: &[ArrayRef], rows: &Rows) -> Result<()> {
        self.grow(rows.total);
        self.values.each(values, rows, |_, group, cell| self.add(group, cell))
    }

    fn merge(&mut self, states: &[ArrayRef], rows: &Rows) -> Result<()> {
        self.grow(rows.total);
        let texts = typed::<StringViewArray>(states, 0)?;
        rows.each(texts.nulls(), |row, group| self.add_all(group, texts.value(row)));
        Ok(())
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        let mut out = StringViewBuilder::new();
        for list in self.take(emit) {
            out.try_append_value(list.text())?;
        }
        Ok(vec![Arc::new(out.finish())])
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let mut out = StringViewBuilder::new();
        let mut cell = String::new();
        for list in self.take(emit) {
            cell.clear();
            cell.push('[');
            cell.push_str(list.text());
            cell.push(']');
            out.try_append_value(&cell)?;
        }
        Ok(Arc::new(out.finish()))
    }

    fn size(&self) -> usize {
        self.bytes + vec_size(&self.lists)
    }
}

/// Every value, in the order in which they come.
#[derive(Default)]
struct List {
    text: String,
    len: usize,
}

impl Collection for List {
    fn add(&mut self, item: &str) {
        if self.len > 0 {
            self.text.push(',');
        }
        self.text.push_str(item);
        self.len += 1;
    }

    fn len(&self) -> usize {
        self.len
    }

    fn text(&self) -> &str {
        &self.text
    }

    fn size(&self) -> usize {
        self.text.capacity()
    }
}

/// Every value once, in the order in which they first come.
#[derive(Default)]
struct Set {
    list: List,
    /// Where items end, while there are few: comparing all of them is cheaper than hashing.
    ends: Vec<u32>,
    seen: HashSet<Box<str>>,
    bytes: usize,
}

const FEW: usize = 8;

impl Set {
    fn has(&self, item: &str) -> bool {
        if !self.seen.is_empty() {
            return self.seen.contains(item);
        }
        let mut start = 0;
        self.ends.iter().any(|&end| {
            let known = &self.list.text[start..end as usize];
            start = end as usize + 1;
            known == item
        })
    }
}

impl Collection for Set {
    fn add(&mut self, item: &str) {
        if self.has(item) {
            return;
        }
        self.list.add(item);
        if self.list.len <= FEW {
            self.ends.push(self.list.text.len() as u32);
            return;
        }
        if self.seen.is_empty() {
            self.seen = items(&self.list.text).map(Box::from).collect();
            self.bytes = self.list.text.len();
            self.ends = Vec::new();
        }
        self.bytes += item.len();
        self.seen.insert(item.into());
    }

    fn len(&self) -> usize {
        self.list.len
    }

    fn text(&self) -> &str {
        &self.list.text
    }

    fn size(&self) -> usize {
        self.list.size() + vec_size(&self.ends) + self.bytes + self.seen.capacity() * size_of::<(Box<str>, u8)>()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, longs, reals, texts, times};
    use super::*;
    use crate::types::Type;

    fn case(kernel: &'static str, column: ArrayRef) -> Case {
        Case::new(kernel, vec![column], &[Type::Dynamic])
    }

    #[test]
    fn lists_keep_order_and_drop_nulls() {
        let column = longs(&[Some(3), None, Some(1), Some(3)]);
        assert_eq!(case("make_list", column.clone()).answers(&[0, 0, 0, 1]), ["[3,1]", "[3]"]);
        assert_eq!(case("make_list_with_nulls", column.clone()).answer(), "[3,null,1,3]");
        assert_eq!(case("make_set", column).answer(), "[3,1]");
        assert_eq!(case("make_list", longs(&[])).answer(), "[]");
    }

    #[test]
    fn values_become_json() {
        let check = |column, expected: &str| assert_eq!(case("make_list", column).answer(), expected);
        check(texts(&["a", "", "say \"hi\"\n"]), r#"["a","","say \"hi\"\n"]"#);
        check(reals(&[1.0, 2.5, f64::NAN, f64::INFINITY]), r#"[1.0,2.5,"NaN","Infinity"]"#);
        check(times(&[0]), r#"["1970-01-01T00:00:00.0000000Z"]"#);
    }

    #[test]
    fn arrays_add_their_items_and_dynamic_nulls_stay() {
        let column = texts(&[r#"{"a":[1,2]}"#, "[1,2,[3]]", "[]", r#""x,y""#, "1"]);
        assert_eq!(case("make_list_dynamic", column.clone()).answer(), r#"[{"a":[1,2]},1,2,[3],"x,y",1]"#);
        assert_eq!(case("make_set_dynamic", column).answer(), r#"[{"a":[1,2]},1,2,[3],"x,y"]"#);
        let nulls: ArrayRef = Arc::new(StringViewArray::from(vec![Some("1"), None]));
        assert_eq!(case("make_list_dynamic", nulls).answer(), "[1,null]");
    }

    #[test]
    fn sizes_are_limited() {
        let column = texts(&["a,b", "a,b", "c", "d"]);
        let two = || vec![ScalarValue::Int64(Some(2))];
        assert_eq!(case("make_list", column.clone()).with(two()).answer(), r#"["a,b","a,b"]"#);
        assert_eq!(case("make_set", column).with(two()).answer(), r#"["a,b","c"]"#);
    }

    #[test]
    fn large_sets_hold_each_value_once() {
        let many: Vec<Option<i64>> = (0..200).map(|n| Some(n % 50)).collect();
        let expected: Vec<String> = (0..50).map(|n| n.to_string()).collect();
        assert_eq!(case("make_set", longs(&many)).answer(), format!("[{}]", expected.join(",")));
    }

    #[test]
    fn rows_are_sorted_where_an_order_is_given() {
        let column = texts(&["d", "b", "a", "c", "e"]);
        let order = vec![longs(&[Some(4), Some(2), Some(1), Some(3), None])];
        let list = case("make_list", column).ordered(order);
        assert_eq!(list.answer(), r#"["e","a","b","c","d"]"#);
        assert_eq!(list.answers(&[0, 1, 0, 1, 0]), [r#"["e","a","d"]"#, r#"["b","c"]"#]);
    }
}
