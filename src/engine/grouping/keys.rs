//! Groups of rows by several columns: a code per column, then codes of pairs of codes, from left to right.

use datafusion::arrow::array::{ArrayRef, UInt32Array};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;

use super::codes::{Codes, Pairs, codes_of};

/// The groups met so far.
pub(super) struct Keys {
    columns: Vec<Box<dyn Codes>>,
    pairs: Vec<Pairs>,
    left: Vec<u32>,
    right: Vec<u32>,
}

impl Keys {
    /// No groups yet, by columns of these types.
    pub(super) fn new<'t>(types: impl Iterator<Item = &'t DataType>) -> Self {
        let columns: Vec<_> = types.map(codes_of).collect();
        let pairs = (1..columns.len()).map(|_| Pairs::new()).collect();
        Self { columns, pairs, left: Vec::new(), right: Vec::new() }
    }

    /// Writes the group of each row, and returns how many groups there are.
    pub(super) fn group(&mut self, arrays: &[ArrayRef], groups: &mut Vec<usize>) -> Result<usize> {
        groups.clear();
        let mut columns = self.columns.iter_mut().zip(arrays);
        let Some((first, array)) = columns.next() else { return Ok(0) };
        first.encode(array, &mut self.left)?;
        for ((codes, array), pairs) in columns.zip(&mut self.pairs) {
            codes.encode(array, &mut self.right)?;
            pairs.encode(&mut self.left, &self.right);
        }
        groups.extend(self.left.iter().map(|&group| group as usize));
        Ok(self.len())
    }

    /// How many groups there are.
    pub(super) fn len(&self) -> usize {
        match self.pairs.last() {
            Some(pairs) => pairs.len(),
            None => self.columns.first().map_or(0, |codes| codes.len()),
        }
    }

    /// The columns of all groups, in order; forgets them.
    pub(super) fn take(&mut self) -> Result<Vec<ArrayRef>> {
        let mut values = self.columns.iter_mut().map(|codes| codes.take()).collect::<Result<Vec<_>>>()?;
        let mut left: Option<Vec<u32>> = None;
        for (pairs, values) in self.pairs.iter_mut().zip(values.iter_mut().skip(1)).rev() {
            let pairs = pairs.take();
            let (lefts, rights): (Vec<u32>, Vec<u32>) = match left {
                Some(codes) => codes.into_iter().map(|code| pairs[code as usize]).unzip(),
                None => pairs.into_iter().unzip(),
            };
            *values = take(values, &UInt32Array::from(rights), None)?;
            left = Some(lefts);
        }
        if let (Some(left), Some(first)) = (left, values.first_mut()) {
            *first = take(first, &UInt32Array::from(left), None)?;
        }
        Ok(values)
    }

    /// The memory in use.
    pub(super) fn size(&self) -> usize {
        let columns: usize = self.columns.iter().map(|codes| codes.size()).sum();
        columns + self.pairs.iter().map(Pairs::size).sum::<usize>()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{BooleanArray, Int64Array, RecordBatch, StringViewArray};
    use datafusion::arrow::util::pretty::pretty_format_batches;

    use super::*;

    fn check(columns: Vec<ArrayRef>, groups: &[usize], keys: &str) {
        let mut met = Keys::new(columns.iter().map(|column| column.data_type()));
        let mut got = Vec::new();
        let total = met.group(&columns, &mut got).unwrap();
        assert_eq!(got, groups);
        // Once more, row by row, gives the same groups.
        for (row, group) in groups.iter().enumerate() {
            let slices: Vec<ArrayRef> = columns.iter().map(|column| column.slice(row, 1)).collect();
            met.group(&slices, &mut got).unwrap();
            assert_eq!(got, [*group]);
        }
        assert_eq!(met.len(), total);
        let names = ["a", "b", "c"];
        let batch = RecordBatch::try_from_iter(names.into_iter().zip(met.take().unwrap())).unwrap();
        let text = pretty_format_batches(&[batch]).unwrap().to_string();
        let rows: Vec<String> =
            text.lines().skip(3).filter(|line| line.starts_with('|')).map(|line| line.replace(' ', "")).collect();
        assert_eq!(rows.join(" "), keys);
        assert_eq!(met.len(), 0);
    }

    #[test]
    fn equal_values_are_one_group() {
        let long = "a text that is too long to be inlined";
        let texts = StringViewArray::from(vec![Some("x"), Some(long), None, Some("x"), Some(""), None, Some(long)]);
        check(vec![Arc::new(texts)], &[0, 1, 2, 0, 3, 2, 1], "|x| |atextthatistoolongtobeinlined| || ||");
        let numbers = Int64Array::from(vec![None, Some(0), Some(5), None, Some(0)]);
        check(vec![Arc::new(numbers)], &[0, 1, 2, 0, 1], "|| |0| |5|");
    }

    #[test]
    fn several_columns_are_one_group_when_all_are_equal() {
        let a = StringViewArray::from(vec!["x", "y", "x", "y", "x"]);
        let b = Int64Array::from(vec![1, 1, 2, 1, 1]);
        let c = BooleanArray::from(vec![Some(true), None, Some(true), None, Some(false)]);
        let columns: Vec<ArrayRef> = vec![Arc::new(a), Arc::new(b), Arc::new(c)];
        check(columns, &[0, 1, 2, 1, 3], "|x|1|true| |y|1|| |x|2|true| |x|1|false|");
    }
}
