//! Arrays of the values of each group: `make_list`, `make_list_with_nulls`.
//!
//! Called as `make_list(x)` or `make_list(x, max_size)`, with a constant size. The kernels named `…_dynamic` are for
//! `dynamic` values: arrays add their items, and nulls count as values there, as in Kusto. Values become JSON text at
//! once, all in one buffer. Where an order is given, rows are kept with their sort keys until the end, so neither
//! the input of a phase nor the merging of phases has to be in order.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, LargeBinaryArray, LargeBinaryBuilder, StringViewArray, StringViewBuilder,
};
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::row::{RowConverter, SortField};
use datafusion::common::{Result, ScalarValue, exec_err, internal_err};
use datafusion::logical_expr::EmitTo;

use super::buckets::Buckets;
use super::json::{Text, writer};
use super::rows::{Groups, Rows, typed, vec_size};
use super::{Call, Kernel, Order};
use crate::engine::dynamic;

pub(super) const KERNELS: &[Kernel] = &[
    row("make_list", |call| start(call, Text::Plain, Nulls::Dropped)),
    row("make_list_dynamic", |call| start(call, Text::Json, Nulls::Kept)),
    row("make_list_with_nulls", |call| start(call, Text::Plain, Nulls::Kept)),
    row("make_list_with_nulls_dynamic", |call| start(call, Text::Json, Nulls::Kept)),
];

const fn row(name: &'static str, start: fn(&Call) -> Result<Box<dyn Groups>>) -> Kernel {
    Kernel { name, state, start, order: Order::Kept }
}

fn state(call: &Call) -> Vec<DataType> {
    if call.order.is_empty() { vec![DataType::Utf8View] } else { vec![DataType::LargeBinary] }
}

fn start(call: &Call, text: Text, nulls: Nulls) -> Result<Box<dyn Groups>> {
    let keys = match call.order.is_empty() {
        true => None,
        false => {
            let fields = call.order.iter().map(|(ty, options)| SortField::new_with_options(ty.clone(), *options));
            Some(RowConverter::new(fields.collect())?)
        }
    };
    Ok(Box::new(Lists {
        keys,
        key_columns: call.order.len(),
        values: Values { text, nulls },
        most: most_items(call)?,
        text: String::new(),
        sort_keys: Vec::new(),
        entries: Buckets::default(),
        counts: Vec::new(),
    }))
}

/// The most items of a collection when the call does not say.
const MOST_ITEMS: usize = 1_048_576;

/// The most items of a collection: the second argument of the call, or what Kusto takes without one.
pub(super) fn most_items(call: &Call) -> Result<usize> {
    match call.constants.get(1) {
        None => Ok(MOST_ITEMS),
        Some(Some(ScalarValue::Int64(Some(most)))) => Ok(usize::try_from(*most).unwrap_or(0)),
        Some(Some(ScalarValue::Int32(Some(most)))) => Ok(usize::try_from(*most).unwrap_or(0)),
        Some(_) => exec_err!("the size of a list must be a constant whole number"),
    }
}

/// What becomes of nulls.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Nulls {
    Dropped,
    Kept,
}

/// How values become items.
#[derive(Clone, Copy)]
pub(super) struct Values {
    pub(super) text: Text,
    pub(super) nulls: Nulls,
}

impl Values {
    /// Hands row, group and JSON text of all items to `f`: of values, or of the items of arrays.
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
                return f(row, group, "null");
            }
            write(&mut cell, row);
            match dynamic::elements(&cell).filter(|_| self.text == Text::Json) {
                Some(items) => items.for_each(|item| f(row, group, item)),
                None => f(row, group, &cell),
            }
        });
        Ok(())
    }
}

/// A part of the buffers: items with commas between them, and the sort key of a single one.
#[derive(Clone, Copy)]
struct Entry {
    start: usize,
    end: usize,
    key: usize,
    key_end: usize,
}

/// The items of all groups.
struct Lists {
    keys: Option<RowConverter>,
    key_columns: usize,
    values: Values,
    most: usize,
    text: String,
    /// Sort keys, in bytes that compare as the keys do.
    sort_keys: Vec<u8>,
    entries: Buckets<Entry>,
    /// How many items each group has.
    counts: Vec<usize>,
}

impl Lists {
    fn grow(&mut self, total: usize) {
        self.entries.grow(total);
        self.counts.resize(total, 0);
    }

    /// Adds items that belong together. Without an order nothing behind the last place has to be kept.
    fn add(&mut self, group: usize, items: &str, count: usize, key: &[u8]) {
        if self.keys.is_none() && self.counts[group] >= self.most {
            return;
        }
        self.counts[group] += count;
        let (start, key_start) = (self.text.len(), self.sort_keys.len());
        self.text.push_str(items);
        self.sort_keys.extend_from_slice(key);
        let entry = Entry { start, end: self.text.len(), key: key_start, key_end: self.sort_keys.len() };
        self.entries.push(group, entry);
    }

    /// Lets the buffers go when no entry is left that points into them.
    fn let_go(&mut self) {
        if self.counts.is_empty() {
            (self.text, self.sort_keys) = (String::new(), Vec::new());
        }
    }

    /// The arrays of the first groups.
    fn arrays(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let counts = emit.take_needed(&mut self.counts);
        let mut sorted = self.entries.take(emit);
        let mut out = StringViewBuilder::with_capacity(counts.len());
        let mut cell = String::new();
        for (entries, count) in sorted.each_mut().zip(counts) {
            if self.keys.is_some() {
                let key = |entry: &Entry| &self.sort_keys[entry.key..entry.key_end];
                entries.sort_by(|a, b| key(a).cmp(key(b)));
            }
            cell.clear();
            cell.push('[');
            let mut first = true;
            for entry in entries.iter().take(self.most) {
                if !std::mem::take(&mut first) {
                    cell.push(',');
                }
                cell.push_str(&self.text[entry.start..entry.end]);
            }
            cell.push(']');
            match count > self.most {
                true => out.try_append_value(cut(&cell, self.most))?,
                false => out.try_append_value(&cell)?,
            }
        }
        self.let_go();
        Ok(Arc::new(out.finish()))
    }

    /// Items with their sort keys, for the groups of another phase.
    fn keyed(&mut self, emit: EmitTo) -> ArrayRef {
        let counts = emit.take_needed(&mut self.counts);
        let mut sorted = self.entries.take(emit);
        let mut out = LargeBinaryBuilder::with_capacity(counts.len(), self.text.len() + self.sort_keys.len());
        let mut bytes = Vec::new();
        for entries in sorted.each_mut() {
            bytes.clear();
            for entry in entries {
                write_part(&mut bytes, &self.sort_keys[entry.key..entry.key_end]);
                write_part(&mut bytes, &self.text.as_bytes()[entry.start..entry.end]);
            }
            out.append_value(&bytes);
        }
        self.let_go();
        Arc::new(out.finish())
    }
}

/// The first items of an array.
fn cut(array: &str, most: usize) -> String {
    let items: Vec<&str> = dynamic::elements(array).into_iter().flatten().take(most).collect();
    format!("[{}]", items.join(","))
}

impl Groups for Lists {
    fn update(&mut self, values: &[ArrayRef], rows: &Rows) -> Result<()> {
        self.grow(rows.total);
        let Some(keys) = &self.keys else {
            return self.values.each(values, rows, |_, group, item| self.add(group, item, 1, &[]));
        };
        let Some((_, order)) = values.split_at_checked(values.len().saturating_sub(self.key_columns)) else {
            return internal_err!("a sorted list has no sort keys");
        };
        let keys = keys.convert_columns(order)?;
        self.values.each(values, rows, |row, group, item| self.add(group, item, 1, keys.row(row).data()))
    }

    fn merge(&mut self, states: &[ArrayRef], rows: &Rows) -> Result<()> {
        self.grow(rows.total);
        if self.keys.is_none() {
            let arrays = typed::<StringViewArray>(states, 0)?;
            rows.each(arrays.nulls(), |row, group| {
                let array = arrays.value(row);
                let count = dynamic::elements(array).map_or(0, Iterator::count);
                if count > 0 {
                    self.add(group, &array[1..array.len() - 1], count, &[]);
                }
            });
            return Ok(());
        }
        let states = typed::<LargeBinaryArray>(states, 0)?;
        rows.try_each(states.nulls(), |row, group| {
            let mut bytes = states.value(row);
            while !bytes.is_empty() {
                let key = read_part(&mut bytes)?;
                let item = String::from_utf8_lossy(read_part(&mut bytes)?);
                self.add(group, &item, 1, key);
            }
            Ok(())
        })
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        match self.keys {
            None => Ok(vec![self.arrays(emit)?]),
            Some(_) => Ok(vec![self.keyed(emit)]),
        }
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        self.arrays(emit)
    }

    fn size(&self) -> usize {
        self.text.capacity() + self.sort_keys.capacity() + self.entries.size() + vec_size(&self.counts)
    }
}

fn write_part(out: &mut Vec<u8>, part: &[u8]) {
    out.extend_from_slice(&(part.len() as u64).to_le_bytes());
    out.extend_from_slice(part);
}

fn read_part<'a>(bytes: &mut &'a [u8]) -> Result<&'a [u8]> {
    let split = bytes.split_first_chunk::<8>().and_then(|(length, rest)| {
        let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
        rest.split_at_checked(length)
    });
    match split {
        Some((part, rest)) => {
            *bytes = rest;
            Ok(part)
        }
        None => internal_err!("the state of a sorted list is cut short"),
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
        assert_eq!(case("make_list_with_nulls", column).answer(), "[3,null,1,3]");
        assert_eq!(case("make_list", longs(&[])).answer(), "[]");
    }

    #[test]
    fn values_become_json() {
        let check = |column, expected: &str| assert_eq!(case("make_list", column).answer(), expected);
        check(texts(&["a", "", "say \"hi\"\n"]), r#"["a","","say \"hi\"\n"]"#);
        check(reals(&[1.0, 2.5, f64::NAN, f64::INFINITY]), r#"[1.0,2.5,"NaN","Infinity"]"#);
        check(longs(&[Some(0), Some(-7), Some(i64::MIN)]), "[0,-7,-9223372036854775808]");
        check(times(&[0]), r#"["1970-01-01T00:00:00.0000000Z"]"#);
    }

    #[test]
    fn arrays_add_their_items_and_dynamic_nulls_stay() {
        let column = texts(&[r#"{"a":[1,2]}"#, "[1,2,[3]]", "[]", r#""x,y""#, "1"]);
        assert_eq!(case("make_list_dynamic", column).answer(), r#"[{"a":[1,2]},1,2,[3],"x,y",1]"#);
        let nulls: ArrayRef = Arc::new(StringViewArray::from(vec![Some("1"), None]));
        assert_eq!(case("make_list_dynamic", nulls).answer(), "[1,null]");
    }

    #[test]
    fn sizes_are_limited() {
        let list = case("make_list", texts(&["a,b", "a,b", "c", "d"]));
        let two = list.with(vec![ScalarValue::Int64(Some(2))]);
        assert_eq!(two.answer(), r#"["a,b","a,b"]"#);
        assert_eq!(two.answers(&[0, 1, 1, 1]), [r#"["a,b"]"#, r#"["a,b","c"]"#]);
        let three = case("make_list", longs(&[Some(1); 6])).with(vec![ScalarValue::Int64(Some(3))]);
        assert_eq!(three.answer(), "[1,1,1]");
    }

    #[test]
    fn rows_are_sorted_where_an_order_is_given() {
        let column = texts(&["d", "b", "a", "c", "e"]);
        let order = vec![longs(&[Some(4), Some(2), Some(1), Some(3), None])];
        let list = case("make_list", column).ordered(order);
        assert_eq!(list.answer(), r#"["e","a","b","c","d"]"#);
        assert_eq!(list.answers(&[0, 1, 0, 1, 0]), [r#"["e","a","d"]"#, r#"["b","c"]"#]);
        let two = list.with(vec![ScalarValue::Int64(Some(2))]);
        assert_eq!(two.answer(), r#"["e","a"]"#);
    }
}
