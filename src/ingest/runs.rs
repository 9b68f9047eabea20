//! Columns whose values last: logs repeat themselves, so most columns of a batch have few values over many rows. Such a
//! column is kept as an Arrow run array, which takes a fraction of the memory; one that changes often is kept plain.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int32Array, RunArray, UInt32Array};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{DataType, Int32Type};
use datafusion::arrow::error::ArrowError;

/// Rows that a value must last, on average, for a column to be kept as runs.
const ROWS_OF_A_RUN: usize = 4;

/// The values of a column under construction, each with the row that it ends before.
pub(super) struct Runs<V> {
    values: Vec<V>,
    ends: Vec<i32>,
    /// Kept for its memory.
    cells: Vec<V>,
}

impl<V: Copy> Runs<V> {
    pub(super) fn new() -> Self {
        Self { values: Vec::new(), ends: Vec::new(), cells: Vec::new() }
    }

    /// Has the rows up to this one have a value.
    pub(super) fn push(&mut self, value: V, end: usize) {
        self.values.push(value);
        self.ends.push(end as i32);
    }

    /// The column, whose values are made an array of; the next one begins.
    pub(super) fn finish(
        &mut self,
        array: impl FnOnce(&[V]) -> Result<ArrayRef, ArrowError>,
    ) -> Result<ArrayRef, ArrowError> {
        let Self { values, ends, cells } = self;
        let rows = ends.last().map_or(0, |end| *end as usize);
        let made: ArrayRef = if rows > 0 && values.len() * ROWS_OF_A_RUN <= rows {
            Arc::new(RunArray::try_new(&Int32Array::from(ends.clone()), &*array(values)?)?)
        } else if values.len() == rows {
            array(values)?
        } else {
            cells.clear();
            values.iter().zip(&*ends).for_each(|(value, end)| cells.resize(*end as usize, *value));
            array(cells)?
        };
        values.clear();
        ends.clear();
        Ok(made)
    }
}

/// The type of the values of a column, be it kept as runs or plain.
pub(super) fn type_of_values(array: &dyn Array) -> &DataType {
    match array.data_type() {
        DataType::RunEndEncoded(_, values) => values.data_type(),
        plain => plain,
    }
}

/// The values of a column that is kept as runs, with the row that each ends before; a plain column as it is. Batches are
/// never slices of others here.
pub(super) fn values_of(array: &ArrayRef) -> (&ArrayRef, Option<&[i32]>) {
    match array.as_run_opt::<Int32Type>() {
        Some(runs) => (runs.values(), Some(runs.run_ends().values())),
        None => (array, None),
    }
}

/// The column with a cell for each row.
pub(super) fn plain(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let (values, Some(ends)) = values_of(array) else { return Ok(Arc::clone(array)) };
    take(values, &UInt32Array::from(places_of_rows(ends)), None)
}

/// Which value each row has.
fn places_of_rows(ends: &[i32]) -> Vec<u32> {
    let mut places = Vec::with_capacity(ends.last().map_or(0, |end| *end as usize));
    (0u32..).zip(ends).for_each(|(place, end)| places.resize(*end as usize, place));
    places
}

/// Runs that are looked through for a row; of more, each row is noted.
const FEW_RUNS: usize = 16;

/// Finds which values rows have, in any order.
pub(super) struct Places<'a> {
    ends: Option<&'a [i32]>,
    /// The value that was found last among few, and its rows.
    at: usize,
    from: usize,
    to: usize,
    /// The value of each row, where there are many, from when the first is asked for.
    rows: Vec<u32>,
}

impl<'a> Places<'a> {
    /// In a column with runs that end before these rows, or in a plain one.
    pub(super) fn new(ends: Option<&'a [i32]>) -> Self {
        Self { ends, at: 0, from: 0, to: 0, rows: Vec::new() }
    }

    /// The value of a row.
    #[inline]
    pub(super) fn of(&mut self, row: usize) -> usize {
        let Some(ends) = self.ends else { return row };
        if ends.len() > FEW_RUNS {
            if self.rows.is_empty() {
                self.rows = places_of_rows(ends);
            }
            return self.rows[row] as usize;
        }
        if !self.lasts(row) {
            self.at = ends.partition_point(|end| *end as usize <= row);
            self.from = self.at.checked_sub(1).map_or(0, |before| ends[before] as usize);
            self.to = ends[self.at] as usize;
        }
        self.at
    }

    /// Whether the value that was found last among few is also that of this row. In a plain column none is.
    #[inline]
    pub(super) fn lasts(&self, row: usize) -> bool {
        (self.from..self.to).contains(&row)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use datafusion::arrow::array::Int64Array;

    use super::*;

    #[test]
    fn values_last_up_to_their_ends() {
        let array =
            |values: &[i64]| -> Result<ArrayRef, ArrowError> { Ok(Arc::new(Int64Array::from(values.to_vec()))) };
        let mut runs = Runs::new();
        let many: Vec<(i64, usize)> = (1..40).map(|at| (at as i64 * 7 % 5, at * 5 + at % 3)).collect();
        for (pushed, is_kept_as_runs) in [
            (&[(7, 4), (8, 5), (7, 12)][..], true),
            (&[(1, 3), (2, 4), (3, 5)], false),
            (&[(1, 1), (2, 2)], false),
            (&[(5, 9)], true),
            (&many, true),
            (&[], false),
        ] {
            let mut cells: Vec<i64> = Vec::new();
            for (value, end) in pushed {
                runs.push(*value, *end);
                cells.resize(*end, *value);
            }
            let made = runs.finish(array).unwrap();
            assert_eq!(matches!(made.data_type(), DataType::RunEndEncoded(..)), is_kept_as_runs);
            assert_eq!((type_of_values(&made), made.len()), (&DataType::Int64, cells.len()));
            assert_eq!(&plain(&made).unwrap(), &array(&cells).unwrap());
            let (values, ends) = values_of(&made);
            let values = values.as_primitive::<datafusion::arrow::datatypes::Int64Type>();
            let mut places = Places::new(ends);
            for row in (0..cells.len()).chain((0..cells.len()).rev()).chain((0..cells.len()).step_by(3)) {
                assert_eq!(values.value(places.of(row)), cells[row], "{pushed:?} {row}");
                assert_eq!(places.lasts(row), is_kept_as_runs && pushed.len() <= FEW_RUNS);
            }
        }
    }
}
