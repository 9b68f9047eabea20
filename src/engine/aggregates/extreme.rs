//! The largest and smallest `real` of each group: `min_real(x)`, `max_real(x)`.
//!
//! Unlike DataFusion's, a NaN wins over every number on either side, whatever its sign bit. Nulls don't count;
//! a group of nothing else has null.

use std::marker::PhantomData;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, Float64Array};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::EmitTo;

use super::leader::{Beats, Largest, Smallest};
use super::rows::{Groups, Rows, typed, vec_size};
use super::{Kernel, Order};

pub(super) const KERNELS: &[Kernel] = &[
    Kernel {
        name: "min_real",
        state: |_| vec![DataType::Float64],
        start: |_| Ok(Box::new(Extreme::<Smallest>::default())),
        order: Order::Any,
    },
    Kernel {
        name: "max_real",
        state: |_| vec![DataType::Float64],
        start: |_| Ok(Box::new(Extreme::<Largest>::default())),
        order: Order::Any,
    },
];

struct Extreme<S> {
    best: Vec<f64>,
    seen: Vec<bool>,
    side: PhantomData<S>,
}

impl<S> Default for Extreme<S> {
    fn default() -> Self {
        Extreme { best: Vec::new(), seen: Vec::new(), side: PhantomData }
    }
}

impl<S: Beats> Groups for Extreme<S> {
    fn update(&mut self, values: &[ArrayRef], rows: &Rows) -> Result<()> {
        self.best.resize(rows.total, 0.0);
        self.seen.resize(rows.total, false);
        let numbers = typed::<Float64Array>(values, 0)?;
        let values = numbers.values();
        rows.each(numbers.nulls(), |row, group| {
            if !self.seen[group] || S::number(values[row], self.best[group]) {
                self.best[group] = values[row];
                self.seen[group] = true;
            }
        });
        Ok(())
    }

    fn merge(&mut self, states: &[ArrayRef], rows: &Rows) -> Result<()> {
        self.update(states, rows)
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(vec![self.evaluate(emit)?])
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let best = emit.take_needed(&mut self.best).into_iter();
        let seen = emit.take_needed(&mut self.seen);
        Ok(Arc::new(best.zip(seen).map(|(best, seen)| seen.then_some(best)).collect::<Float64Array>()))
    }

    fn size(&self) -> usize {
        vec_size(&self.best) + vec_size(&self.seen)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, reals};
    use crate::types::Type;

    #[test]
    fn nan_wins_on_both_sides() {
        let column = reals(&[3.3, f64::NAN, 1.0, 2.0, -f64::NAN]);
        for (kernel, number) in [("min_real", "1.0"), ("max_real", "2.0")] {
            let case = Case::new(kernel, vec![column.clone()], &[Type::Real]);
            assert_eq!(case.answers(&[0, 0, 1, 1, 2]), ["NaN", number, "NaN"]);
        }
    }

    #[test]
    fn nothing_gives_null() {
        assert_eq!(Case::new("max_real", vec![reals(&[])], &[Type::Real]).answer(), "null");
    }
}
