//! Text columns in which few values repeat: a kernel then runs once for each value instead of once for each row.
//!
//! Parquet keeps such columns as dictionaries, and its reader gives every row of one value the same view. So views are
//! compared, not texts: cheap, and right even where it misses that two views hold one text.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, StringViewArray, UInt32Array};
use datafusion::arrow::compute::take;
use datafusion::common::Result;
use datafusion::logical_expr::ColumnarValue;

/// How many rows are looked at before the whole column is.
const SAMPLE: usize = 1024;
/// How often a value must repeat on average.
const WORTH: usize = 8;

/// A column as its values and the value of each row.
pub(super) struct Repeats {
    /// Which argument it is.
    pub(super) position: usize,
    values: ArrayRef,
    rows: UInt32Array,
}

impl Repeats {
    /// Finds the repeating values of the only column among the arguments; `None` when there are several columns, when
    /// it is no text, or when its values hardly repeat.
    pub(super) fn of(args: &[ColumnarValue]) -> Option<Repeats> {
        let mut columns = args.iter().enumerate().filter_map(|(position, arg)| match arg {
            ColumnarValue::Array(array) => Some((position, array)),
            ColumnarValue::Scalar(_) => None,
        });
        let (position, array) = columns.next()?;
        let text = array.as_string_view_opt().filter(|_| columns.next().is_none() && array.len() > SAMPLE)?;
        index(text, SAMPLE)?;
        let (firsts, rows) = index(text, text.len())?;
        let values = take(array.as_ref(), &UInt32Array::from(firsts), None).ok()?;
        Some(Repeats { position, values, rows: UInt32Array::from(rows) })
    }

    /// How many values there are.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// The arguments with the values in place of the column.
    pub(super) fn arguments(&self, args: &[ColumnarValue]) -> Vec<ColumnarValue> {
        let mut args = args.to_vec();
        args[self.position] = ColumnarValue::Array(Arc::clone(&self.values));
        args
    }

    /// The answers of all rows, given those of the values.
    pub(super) fn spread(&self, answers: &ArrayRef) -> Result<ArrayRef> {
        Ok(take(answers.as_ref(), &self.rows, None)?)
    }
}

/// The first row of each value and the value of each row, over the first so many rows; `None` when there are too many
/// values.
fn index(text: &StringViewArray, count: usize) -> Option<(Vec<u32>, Vec<u32>)> {
    let most = count / WORTH;
    let mut table = Table::new(most);
    let mut firsts: Vec<u32> = Vec::new();
    let mut rows = Vec::with_capacity(count);
    for (row, &view) in text.views().iter().take(count).enumerate() {
        let key = if text.is_null(row) { None } else { Some(view) };
        let value = table.find_or_add(key, firsts.len() as u32);
        if value as usize == firsts.len() {
            if firsts.len() == most {
                return None;
            }
            firsts.push(u32::try_from(row).ok()?);
        }
        rows.push(value);
    }
    Some((firsts, rows))
}

/// Views with their numbers, found by a multiplicative hash with linear probing.
struct Table {
    slots: Vec<Option<(Option<u128>, u32)>>,
    shift: u32,
}

impl Table {
    fn new(most: usize) -> Table {
        let bits = (most.max(1) * 4).next_power_of_two().ilog2();
        Table { slots: vec![None; 1 << bits], shift: 64 - bits }
    }

    fn find_or_add(&mut self, key: Option<u128>, number: u32) -> u32 {
        let bits = key.unwrap_or(u128::MAX);
        let mixed = (bits as u64) ^ ((bits >> 64) as u64).rotate_left(29);
        let mut at = (mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> self.shift) as usize;
        loop {
            match &self.slots[at] {
                Some((known, number)) if *known == key => return *number,
                Some(_) => at = (at + 1) & (self.slots.len() - 1),
                None => {
                    self.slots[at] = Some((key, number));
                    return number;
                }
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::testing::{call, constant};
    use super::*;
    use crate::types::Type;
    use crate::value::Value;

    const WORDS: [Option<&str>; 4] = [Some("short"), None, Some("a text longer than a view"), Some("")];

    fn column(rows: usize) -> ColumnarValue {
        // Every long text shares one view, as in a column that comes from a dictionary.
        let words = StringViewArray::from_iter(WORDS);
        let rows = UInt32Array::from_iter_values((0..rows as u32).map(|row| row * row % 4));
        ColumnarValue::Array(take(&words, &rows, None).unwrap())
    }

    #[test]
    fn answers_are_those_of_the_rows() {
        let needle = constant(&Value::String("text".to_owned()));
        let many = call("has", &[column(2000), needle.clone()], Type::Bool);
        let few = call("has", &[column(100), needle], Type::Bool);
        assert_eq!(many[..100], few[..]);
        assert_eq!(call("strlen", &[column(2000)], Type::Long)[0..2], [Value::Long(5), Value::Long(0)]);
    }

    #[test]
    fn only_columns_that_repeat_count() {
        let repeats = Repeats::of(&[column(2000)]).map(|repeats| repeats.len());
        assert_eq!(repeats, Some(2));
        assert!(Repeats::of(&[column(100)]).is_none());
        assert!(Repeats::of(&[column(2000), column(2000)]).is_none());
        let unique = StringViewArray::from_iter_values((0..2000).map(|n| format!("value {n}")));
        assert!(Repeats::of(&[ColumnarValue::Array(Arc::new(unique))]).is_none());
    }
}
