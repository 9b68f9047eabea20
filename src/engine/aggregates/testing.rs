//! How kernels are tested: every way of feeding them must give the same answers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, BooleanArray, Float64Array, Int64Array, StringViewArray, TimestampNanosecondArray, UInt32Array,
};
use datafusion::arrow::compute::SortOptions;
use datafusion::arrow::compute::take;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Accumulator, EmitTo, GroupsAccumulator};

use super::rows::{Grouped, Groups, Single};
use super::{Call, answer_type, kernel};
use crate::types::Type;

/// A call of a kernel over columns, with constants behind them.
pub(super) struct Case {
    pub(super) kernel: &'static str,
    pub(super) columns: Vec<ArrayRef>,
    pub(super) constants: Vec<ScalarValue>,
    pub(super) order: Vec<ArrayRef>,
    pub(super) types: Vec<Type>,
}

impl Case {
    pub(super) fn new(kernel: &'static str, columns: Vec<ArrayRef>, types: &[Type]) -> Case {
        Case { kernel, columns, constants: Vec::new(), order: Vec::new(), types: types.to_vec() }
    }

    pub(super) fn with(self, constants: Vec<ScalarValue>) -> Case {
        Case { constants, ..self }
    }

    pub(super) fn ordered(self, order: Vec<ArrayRef>) -> Case {
        Case { order, ..self }
    }

    fn call(&self) -> Call {
        let columns = self.columns.iter().map(|array| array.data_type().clone());
        let constants = self.constants.iter().map(ScalarValue::data_type);
        Call {
            args: columns.chain(constants).collect(),
            constants: self.columns.iter().map(|_| None).chain(self.constants.iter().cloned().map(Some)).collect(),
            types: self.types.clone(),
            ret: answer_type(&self.types),
            order: self.order.iter().map(|array| (array.data_type().clone(), SortOptions::default())).collect(),
        }
    }

    fn values(&self, rows: &[usize]) -> Vec<ArrayRef> {
        let indices: UInt32Array = rows.iter().map(|row| *row as u32).collect();
        let chosen = |array: &ArrayRef| take(array, &indices, None).unwrap();
        let columns = self.columns.iter().map(chosen);
        let constants = self.constants.iter().map(|constant| constant.to_array_of_size(rows.len()).unwrap());
        columns.chain(constants).chain(self.order.iter().map(chosen)).collect()
    }

    fn grouped(&self) -> Grouped {
        Grouped::new(kernel(self.kernel).unwrap(), self.call()).unwrap()
    }

    /// The states of no groups.
    pub(super) fn started(&self) -> Box<dyn Groups> {
        (kernel(self.kernel).unwrap().start)(&self.call()).unwrap()
    }

    /// The answers of all groups, where `groups` holds the group of each row.
    pub(super) fn answers(&self, groups: &[usize]) -> Vec<String> {
        let total = groups.iter().max().map_or(0, |most| most + 1);
        let rows: Vec<usize> = (0..groups.len()).collect();

        let mut at_once = self.grouped();
        at_once.update_batch(&self.values(&rows), groups, None, total).unwrap();
        let expected = show(&at_once.evaluate(EmitTo::All).unwrap());

        let mut merged = self.grouped();
        for half in rows.chunks(groups.len().div_ceil(2).max(1)) {
            let mut part = self.grouped();
            let own: Vec<usize> = half.iter().map(|row| groups[*row]).collect();
            part.update_batch(&self.values(half), &own, None, total).unwrap();
            let first = part.state(EmitTo::First(1)).unwrap();
            merged.merge_batch(&first, &[0], total).unwrap();
            let rest = part.state(EmitTo::All).unwrap();
            let others: Vec<usize> = (1..total).collect();
            merged.merge_batch(&rest, &others, total).unwrap();
        }
        let size = merged.size();
        assert!(size < 1 << 40, "{} counts memory below zero", self.kernel);
        let mut answers = show(&merged.evaluate(EmitTo::First(1)).unwrap());
        answers.extend(show(&merged.evaluate(EmitTo::All).unwrap()));
        same(&answers, &expected, self.kernel);

        let mut filtered = self.grouped();
        let twice: Vec<usize> = rows.iter().flat_map(|row| [*row, *row]).collect();
        let once: BooleanArray = (0..twice.len()).map(|row| Some(row % 2 == 0)).collect();
        let own: Vec<usize> = twice.iter().map(|row| groups[*row]).collect();
        filtered.update_batch(&self.values(&twice), &own, Some(&once), total).unwrap();
        same(&show(&filtered.evaluate(EmitTo::All).unwrap()), &expected, self.kernel);

        let mut passed = self.grouped();
        let states = passed.convert_to_state(&self.values(&twice), Some(&once)).unwrap();
        passed.merge_batch(&states, &own, total).unwrap();
        same(&show(&passed.evaluate(EmitTo::All).unwrap()), &expected, self.kernel);
        expected
    }

    /// The answer of all rows together.
    pub(super) fn answer(&self) -> String {
        let rows: Vec<usize> = (0..self.columns[0].len()).collect();
        let single = || Single::new(kernel(self.kernel).unwrap(), &self.call()).unwrap();
        let (mut whole, mut merged) = (single(), single());
        for half in rows.chunks(rows.len().div_ceil(2).max(1)) {
            whole.update_batch(&self.values(half)).unwrap();
            let mut part = single();
            part.update_batch(&self.values(half)).unwrap();
            let state: Vec<ArrayRef> = part.state().unwrap().iter().map(|state| state.to_array().unwrap()).collect();
            merged.merge_batch(&state).unwrap();
        }
        let [whole, merged] = [whole.evaluate().unwrap(), merged.evaluate().unwrap()].map(|answer| answer.to_array());
        let (whole, merged) = (show(&whole.unwrap()), show(&merged.unwrap()));
        same(&merged, &whole, self.kernel);
        whole.into_iter().next().unwrap()
    }
}

/// Compares answers; reals may differ in their last digits, since sums are taken in another order.
fn same(answers: &[String], expected: &[String], kernel: &str) {
    let close = |a: &String, b: &String| match (a.parse::<f64>(), b.parse::<f64>()) {
        (Ok(a), Ok(b)) => a == b || (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-12 * a.abs(),
        _ => a == b,
    };
    let equal = answers.len() == expected.len() && answers.iter().zip(expected).all(|(a, b)| close(a, b));
    assert!(equal, "{kernel}: {answers:?} instead of {expected:?}");
}

fn show(array: &ArrayRef) -> Vec<String> {
    let options = FormatOptions::new().with_null("null");
    let format = ArrayFormatter::try_new(array.as_ref(), &options).unwrap();
    (0..array.len()).map(|row| format.value(row).to_string()).collect()
}

pub(super) fn longs(values: &[Option<i64>]) -> ArrayRef {
    Arc::new(Int64Array::from_iter(values.iter().copied()))
}

pub(super) fn reals(values: &[f64]) -> ArrayRef {
    Arc::new(Float64Array::from_iter_values(values.iter().copied()))
}

pub(super) fn texts(values: &[&str]) -> ArrayRef {
    Arc::new(StringViewArray::from_iter_values(values))
}

pub(super) fn times(values: &[i64]) -> ArrayRef {
    Arc::new(TimestampNanosecondArray::from_iter_values(values.iter().copied()).with_timezone("UTC"))
}
