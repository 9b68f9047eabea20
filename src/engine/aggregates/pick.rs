//! Values of one row of each group: `arg_max`, `arg_min`, `take_any`.
//!
//! Called as `arg_max(by, v1, …)`, `arg_min(by, v1, …)` and `take_any(v1, …)`; the results are all arguments, in
//! that order, in the types they came in. A single `take_any` prefers values to nulls; several come from one row.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray};
use datafusion::arrow::compute::interleave;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::EmitTo;

use super::leader::{First, FirstOf, Leader, Side, extreme};
use super::rows::{Groups, Rows, answer, typed, vec_size};
use super::{Call, Kernel, Order};
use crate::engine::types::arrow_type;
use crate::types::Type;

pub(super) const KERNELS: &[Kernel] = &[
    Kernel { name: "arg_max", state, start: arg_max, order: Order::Any },
    Kernel { name: "arg_min", state, start: arg_min, order: Order::Any },
    Kernel { name: "take_any", state, start: take_any, order: Order::Any },
];

fn state(call: &Call) -> Vec<DataType> {
    call.args.iter().cloned().chain([DataType::Boolean]).collect()
}

fn arg_max(call: &Call) -> Result<Box<dyn Groups>> {
    pick(call, extreme(&by(call), Side::Largest)?)
}

fn arg_min(call: &Call) -> Result<Box<dyn Groups>> {
    pick(call, extreme(&by(call), Side::Smallest)?)
}

fn take_any(call: &Call) -> Result<Box<dyn Groups>> {
    let of = if call.args.len() == 1 { FirstOf::Values } else { FirstOf::Rows };
    pick(call, Box::new(First::new(of)))
}

fn by(call: &Call) -> DataType {
    call.args.first().cloned().unwrap_or(DataType::Null)
}

fn pick(call: &Call, leader: Box<dyn Leader>) -> Result<Box<dyn Groups>> {
    let missing = call.types.iter().map(|ty| match ty {
        Type::String => Ok(ScalarValue::Utf8View(Some(String::new())).to_array()?),
        other => ScalarValue::try_from(arrow_type(*other))?.to_array(),
    });
    Ok(Box::new(Pick {
        leader,
        places: Vec::new(),
        segments: vec![missing.collect::<Result<_>>()?],
        batches: 1,
        batch_bytes: 0,
        copied: 0,
        copied_bytes: 0,
        ret: call.ret.clone(),
    }))
}

/// Where the values of a group's leading row are kept.
#[derive(Clone, Copy)]
struct Place {
    segment: u32,
    row: u32,
}

/// The only row of the first segment: the values of a group that has no row.
const MISSING: Place = Place { segment: 0, row: 0 };

/// Batches are kept as they are up to this many bytes before their leading rows are copied out of them. Logs come in
/// order of time, and so a row that takes the lead often loses it within few batches.
const BATCH_BYTES: usize = 16 << 20;

/// Copied rows that were overtaken are kept up to this number, and the number of groups.
const SLACK: usize = 8192;

/// Remembers the place of each leading row, and copies the values of those rows only, once for many batches.
struct Pick {
    leader: Box<dyn Leader>,
    places: Vec<Place>,
    /// Columns of rows: the missing values, then rows that were copied, then whole batches.
    segments: Vec<Vec<ArrayRef>>,
    /// The first segment that is a whole batch.
    batches: usize,
    batch_bytes: usize,
    copied: usize,
    copied_bytes: usize,
    ret: DataType,
}

impl Pick {
    fn feed(&mut self, columns: &[ArrayRef], rows: &Rows) -> Result<()> {
        self.places.resize(rows.total, MISSING);
        let Some(by) = columns.first() else { return Ok(()) };
        let segment = self.segments.len() as u32;
        let (places, mut led) = (&mut self.places, false);
        self.leader.update(by, rows, &mut |row, group| {
            led = true;
            places[group] = Place { segment, row: row as u32 };
        })?;
        if led {
            self.batch_bytes += memory(columns);
            self.segments.push(columns.to_vec());
            if self.batch_bytes > BATCH_BYTES {
                self.copy_out(self.batches)?;
            }
        }
        Ok(())
    }

    /// Copies leading rows out of the segments from `first` on, into one.
    fn copy_out(&mut self, first: usize) -> Result<()> {
        let live: Vec<usize> =
            (0..self.places.len()).filter(|&group| self.places[group].segment as usize >= first).collect();
        let places: Vec<Place> = live.iter().map(|&group| self.places[group]).collect();
        let columns: Vec<ArrayRef> = self.gather(&places)?.into_iter().map(compact).collect();
        self.segments.truncate(first);
        if first == 1 {
            (self.copied, self.copied_bytes) = (0, 0);
        }
        self.copied += live.len();
        self.copied_bytes += memory(&columns);
        self.segments.push(columns);
        self.batches = self.segments.len();
        self.batch_bytes = 0;
        for (row, &group) in live.iter().enumerate() {
            self.places[group] = Place { segment: first as u32, row: row as u32 };
        }
        match self.copied > 2 * self.places.len() + SLACK && first > 1 {
            true => self.copy_out(1),
            false => Ok(()),
        }
    }

    /// The columns of the rows at these places.
    fn gather(&self, places: &[Place]) -> Result<Vec<ArrayRef>> {
        let places: Vec<(usize, usize)> =
            places.iter().map(|place| (place.segment as usize, place.row as usize)).collect();
        let width = self.segments.first().map_or(0, Vec::len);
        let column = |index: usize| {
            let parts: Vec<&dyn Array> = self.segments.iter().map(|segment| segment[index].as_ref()).collect();
            Ok(interleave(&parts, &places)?)
        };
        (0..width).map(column).collect()
    }

    fn emit(&mut self, emit: EmitTo) -> Result<(Vec<Place>, Vec<ArrayRef>)> {
        self.leader.emit(emit);
        let places = emit.take_needed(&mut self.places);
        let columns = self.gather(&places)?;
        if self.places.is_empty() {
            self.segments.truncate(1);
            self.batches = 1;
            (self.batch_bytes, self.copied, self.copied_bytes) = (0, 0, 0);
        }
        Ok((places, columns))
    }
}

fn memory(columns: &[ArrayRef]) -> usize {
    columns.iter().map(|column| column.get_array_memory_size()).sum()
}

impl Groups for Pick {
    fn update(&mut self, values: &[ArrayRef], rows: &Rows) -> Result<()> {
        self.feed(values, rows)
    }

    fn merge(&mut self, states: &[ArrayRef], rows: &Rows) -> Result<()> {
        let Some((_, columns)) = states.split_last() else { return Ok(()) };
        let filled = typed::<BooleanArray>(states, columns.len())?;
        self.feed(columns, &Rows { groups: rows.groups, filter: Some(filled), total: rows.total })
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        let (places, mut columns) = self.emit(emit)?;
        let filled = places.iter().map(|place| Some(place.segment != 0));
        columns.push(Arc::new(filled.collect::<BooleanArray>()));
        Ok(columns)
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let (_, columns) = self.emit(emit)?;
        answer(&self.ret, columns)
    }

    fn size(&self) -> usize {
        self.batch_bytes + self.copied_bytes + vec_size(&self.places) + self.leader.size()
    }
}

/// Text views keep whole batches alive; copies what they show.
fn compact(column: ArrayRef) -> ArrayRef {
    match column.data_type() {
        DataType::Utf8View => Arc::new(column.as_string_view().gc()),
        _ => column,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::super::testing::{Case, longs, reals, texts};
    use super::*;

    const LONG_TEXT: [Type; 2] = [Type::Long, Type::String];

    #[test]
    fn the_row_of_the_extreme_is_picked() {
        let by = longs(&[Some(10), Some(20), Some(20), None, None, Some(5)]);
        let of = texts(&["a", "b", "c", "d", "e", "f"]);
        let groups = [0, 0, 0, 1, 1, 2];
        let largest = Case::new("arg_max", vec![by.clone(), of.clone()], &LONG_TEXT);
        assert_eq!(largest.answers(&groups), ["{c0: 20, c1: b}", "{c0: null, c1: d}", "{c0: 5, c1: f}"]);
        assert_eq!(largest.answer(), "{c0: 20, c1: b}");
        let smallest = Case::new("arg_min", vec![by, of], &LONG_TEXT);
        assert_eq!(smallest.answers(&groups), ["{c0: 10, c1: a}", "{c0: null, c1: d}", "{c0: 5, c1: f}"]);
    }

    #[test]
    fn nan_is_the_extreme_on_both_sides() {
        for kernel in ["arg_max", "arg_min"] {
            let case = Case::new(kernel, vec![reals(&[1.5, -f64::NAN, 2.5])], &[Type::Real]);
            assert_eq!(case.answer(), "NaN");
        }
    }

    #[test]
    fn texts_are_compared() {
        let case = Case::new("arg_max", vec![texts(&["b", "a", "c", ""])], &[Type::String]);
        assert_eq!(case.answers(&[0, 0, 0, 1]), ["c", ""]);
    }

    #[test]
    fn a_single_value_is_preferred_to_null_and_several_come_from_one_row() {
        let (a, b) = (longs(&[None, Some(2), Some(3)]), longs(&[Some(1), None, Some(4)]));
        assert_eq!(Case::new("take_any", vec![a.clone()], &[Type::Long]).answer(), "2");
        assert_eq!(Case::new("take_any", vec![a, b], &[Type::Long; 2]).answer(), "{c0: null, c1: 1}");
    }

    #[test]
    fn no_row_gives_missing_values() {
        let case = Case::new("arg_max", vec![longs(&[]), texts(&[])], &LONG_TEXT);
        assert_eq!(case.answer(), "{c0: null, c1: }");
    }

    #[test]
    fn overtaken_rows_are_let_go() {
        let call = Case::new("arg_max", vec![longs(&[]), texts(&[])], &LONG_TEXT);
        let mut pick = call.started();
        let rounds = 40_000i64;
        for round in 0..rounds {
            let text = format!("a text that is too long to be inlined {round}");
            let rows = Rows { groups: &[0], filter: None, total: 1 };
            pick.update(&[longs(&[Some(round)]), texts(&[&text])], &rows).unwrap();
        }
        assert!(pick.size() < 2 * BATCH_BYTES, "{} bytes for one row", pick.size());
        let answer = pick.evaluate(EmitTo::All).unwrap();
        let last = answer.as_struct().column(0).as_primitive::<datafusion::arrow::datatypes::Int64Type>().value(0);
        assert_eq!(last, rounds - 1);
    }
}
