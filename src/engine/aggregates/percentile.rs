//! Percentiles: values of the group below which a share of its values lies, by nearest rank as in Kusto.
//!
//! Called as `percentiles(x, p1, p2, …)` with one result per share, as `percentiles_array(x, p1, …)` with one
//! `dynamic` array, and weighted as `percentilesw(x, weight, p1, …)` and `percentilesw_array(x, weight, p1, …)`.
//! Shares are constants from 0 to 100, weights are `long`. All values are kept, so answers are exact.

use std::cmp::Ordering;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, LargeListArray, PrimitiveArray, StringViewBuilder};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, DataType, Decimal128Type, DurationNanosecondType, Field, Float64Type, Int32Type, Int64Type,
    TimestampNanosecondType,
};
use datafusion::common::{Result, ScalarValue, exec_err, not_impl_err};
use datafusion::logical_expr::EmitTo;

use super::buckets::Buckets;
use super::json::{Text, writer};
use super::leader::Ordered;
use super::rows::{Groups, Rows, answer, typed};
use super::{Call, Kernel, Order};

pub(super) const KERNELS: &[Kernel] = &[
    row("percentiles", equal_state, |call| start(call, Weights::Equal, Shape::Columns)),
    row("percentiles_array", equal_state, |call| start(call, Weights::Equal, Shape::Array)),
    row("percentilesw", given_state, |call| start(call, Weights::Given, Shape::Columns)),
    row("percentilesw_array", given_state, |call| start(call, Weights::Given, Shape::Array)),
];

const fn row(
    name: &'static str,
    state: fn(&Call) -> Vec<DataType>,
    start: fn(&Call) -> Result<Box<dyn Groups>>,
) -> Kernel {
    Kernel { name, state, start, order: Order::Any }
}

fn equal_state(call: &Call) -> Vec<DataType> {
    call.args.first().map(|ty| list_of(ty.clone())).into_iter().collect()
}

fn given_state(call: &Call) -> Vec<DataType> {
    equal_state(call).into_iter().chain([list_of(DataType::Int64)]).collect()
}

fn list_of(item: DataType) -> DataType {
    DataType::LargeList(item_field(item))
}

fn item_field(item: DataType) -> Arc<Field> {
    Arc::new(Field::new("item", item, false))
}

/// How much a value counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Weights {
    Equal,
    Given,
}

/// What the answer looks like.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Columns,
    Array,
}

fn start(call: &Call, weights: Weights, shape: Shape) -> Result<Box<dyn Groups>> {
    let data_type = call.args.first().cloned().unwrap_or(DataType::Null);
    match data_type {
        DataType::Int32 => of::<Int32Type>(call, weights, shape),
        DataType::Int64 => of::<Int64Type>(call, weights, shape),
        DataType::Float64 => of::<Float64Type>(call, weights, shape),
        DataType::Decimal128(..) => of::<Decimal128Type>(call, weights, shape),
        DataType::Timestamp(..) => of::<TimestampNanosecondType>(call, weights, shape),
        DataType::Duration(_) => of::<DurationNanosecondType>(call, weights, shape),
        other => not_impl_err!("percentiles of {other}"),
    }
}

fn of<T: ArrowPrimitiveType>(call: &Call, weights: Weights, shape: Shape) -> Result<Box<dyn Groups>>
where
    T::Native: Ordered,
{
    let first_share = match weights {
        Weights::Equal => 1,
        Weights::Given => 2,
    };
    let shares = call.constants.iter().skip(first_share).map(share).collect::<Result<_>>()?;
    let data_type = call.args.first().cloned().unwrap_or(DataType::Null);
    Ok(Box::new(Percentiles::<T> {
        values: Buckets::default(),
        weighted: Buckets::default(),
        shares,
        weights,
        shape,
        data_type,
        ret: call.ret.clone(),
    }))
}

fn share(constant: &Option<ScalarValue>) -> Result<f64> {
    let share = match constant {
        Some(ScalarValue::Float64(Some(share))) => *share,
        Some(ScalarValue::Int64(Some(share))) => *share as f64,
        Some(ScalarValue::Int32(Some(share))) => f64::from(*share),
        _ => return exec_err!("a percentile must be a constant number"),
    };
    match share {
        0.0..=100.0 => Ok(share),
        _ => exec_err!("a percentile must be from 0 to 100, not {share}"),
    }
}

/// A value and how often it counts.
type Weighted<N> = (N, i64);

/// The values of all groups; those of one kind are empty.
struct Percentiles<T: ArrowPrimitiveType> {
    values: Buckets<T::Native>,
    weighted: Buckets<Weighted<T::Native>>,
    shares: Vec<f64>,
    weights: Weights,
    shape: Shape,
    data_type: DataType,
    ret: DataType,
}

impl<T: ArrowPrimitiveType> Percentiles<T>
where
    T::Native: Ordered,
{
    fn grow(&mut self, total: usize) {
        self.values.grow(total);
        self.weighted.grow(total);
    }

    fn array(&self, values: impl IntoIterator<Item = Option<T::Native>>) -> PrimitiveArray<T> {
        values.into_iter().collect::<PrimitiveArray<T>>().with_data_type(self.data_type.clone())
    }

    fn columns(&self, picked: &[Vec<Option<T::Native>>]) -> Result<ArrayRef> {
        let column = |index: usize| -> ArrayRef {
            Arc::new(self.array(picked.iter().map(|values| values.get(index).copied().flatten())))
        };
        answer(&self.ret, (0..self.shares.len()).map(column).collect())
    }

    fn arrays(&self, picked: &[Vec<Option<T::Native>>]) -> Result<ArrayRef> {
        let mut out = StringViewBuilder::new();
        let mut cell = String::new();
        for values in picked {
            let values = self.array(values.iter().copied());
            let write = writer(&values, Text::Plain)?;
            cell.clear();
            cell.push('[');
            for index in 0..values.len() {
                if index > 0 {
                    cell.push(',');
                }
                if values.is_null(index) {
                    cell.push_str("null");
                } else {
                    write(&mut cell, index);
                }
            }
            cell.push(']');
            out.append_value(&cell);
        }
        Ok(Arc::new(out.finish()))
    }
}

impl<T: ArrowPrimitiveType> Groups for Percentiles<T>
where
    T::Native: Ordered,
{
    fn update(&mut self, values: &[ArrayRef], rows: &Rows) -> Result<()> {
        self.grow(rows.total);
        let numbers = typed::<PrimitiveArray<T>>(values, 0)?;
        match self.weights {
            Weights::Equal if rows.all_in_one() && numbers.null_count() == 0 => {
                self.values.extend(0, numbers.values());
            }
            Weights::Equal => rows.each(numbers.nulls(), |row, group| self.values.push(group, numbers.value(row))),
            Weights::Given => {
                let weights = typed::<PrimitiveArray<Int64Type>>(values, 1)?;
                rows.each(numbers.nulls(), |row, group| {
                    if weights.is_valid(row) && weights.value(row) > 0 {
                        self.weighted.push(group, (numbers.value(row), weights.value(row)));
                    }
                });
            }
        }
        Ok(())
    }

    fn merge(&mut self, states: &[ArrayRef], rows: &Rows) -> Result<()> {
        self.grow(rows.total);
        let values = typed::<LargeListArray>(states, 0)?;
        let weights = match self.weights {
            Weights::Equal => None,
            Weights::Given => Some(typed::<LargeListArray>(states, 1)?),
        };
        rows.each(values.nulls(), |row, group| {
            let items = values.value(row);
            let items = items.as_primitive::<T>().values();
            match weights.map(|weights| weights.value(row)) {
                None => self.values.extend(group, items),
                Some(weights) => {
                    let weights = weights.as_primitive::<Int64Type>().values();
                    items.iter().zip(weights).for_each(|(item, weight)| self.weighted.push(group, (*item, *weight)));
                }
            }
        });
        Ok(())
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        let list = |items: ArrayRef, offsets: OffsetBuffer<i64>| -> Result<ArrayRef> {
            let field = item_field(items.data_type().clone());
            Ok(Arc::new(LargeListArray::try_new(field, offsets, items, None)?))
        };
        let numbers = |values: Vec<T::Native>| -> ArrayRef {
            Arc::new(PrimitiveArray::<T>::new(values.into(), None).with_data_type(self.data_type.clone()))
        };
        match self.weights {
            Weights::Equal => {
                let taken = self.values.take(emit);
                let offsets = OffsetBuffer::from_lengths(taken.lengths());
                Ok(vec![list(numbers(taken.items), offsets)?])
            }
            Weights::Given => {
                let taken = self.weighted.take(emit);
                let offsets = OffsetBuffer::from_lengths(taken.lengths());
                let weights = taken.items.iter().map(|(_, weight)| *weight);
                let weights: ArrayRef = Arc::new(PrimitiveArray::<Int64Type>::from_iter_values(weights));
                let values = taken.items.iter().map(|(value, _)| *value).collect();
                Ok(vec![list(numbers(values), offsets.clone())?, list(weights, offsets)?])
            }
        }
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let picked: Vec<_> = match self.weights {
            Weights::Equal => {
                let mut taken = self.values.take(emit);
                taken.each_mut().map(|values| by_rank(values, &self.shares)).collect()
            }
            Weights::Given => {
                let mut taken = self.weighted.take(emit);
                taken.each_mut().map(|values| by_weight(values, &self.shares)).collect()
            }
        };
        match self.shape {
            Shape::Columns => self.columns(&picked),
            Shape::Array => self.arrays(&picked),
        }
    }

    fn size(&self) -> usize {
        self.values.size() + self.weighted.size()
    }
}

/// NaN comes last.
fn compare<N: Ordered>(a: &N, b: &N) -> Ordering {
    a.partial_cmp(b).unwrap_or_else(|| a.nan().cmp(&b.nan()))
}

/// Selects instead of sorting: each selection leaves larger values on its right, where the next share is found.
fn by_rank<N: Ordered>(values: &mut [N], shares: &[f64]) -> Vec<Option<N>> {
    let mut picked = vec![None; shares.len()];
    if values.is_empty() {
        return picked;
    }
    let mut ranks: Vec<(usize, usize)> =
        shares.iter().enumerate().map(|(index, share)| (nearest_rank(*share, values.len()), index)).collect();
    ranks.sort_unstable();
    let mut done = 0;
    for (rank, index) in ranks {
        if rank >= done {
            values[done..].select_nth_unstable_by(rank - done, compare);
            done = rank + 1;
        }
        picked[index] = Some(values[rank]);
    }
    picked
}

/// The place of the smallest value such that the share of values lies at or below it.
fn nearest_rank(share: f64, count: usize) -> usize {
    // The small term keeps what is whole but for a rounding error whole.
    let rank = (share * count as f64 / 100.0 - 1e-9).ceil();
    (rank as usize).clamp(1, count) - 1
}

fn by_weight<N: Ordered>(values: &mut [Weighted<N>], shares: &[f64]) -> Vec<Option<N>> {
    values.sort_unstable_by(|a, b| compare(&a.0, &b.0));
    let total: f64 = values.iter().map(|(_, weight)| *weight as f64).sum();
    let pick = |share: &f64| {
        let wanted = share / 100.0 * total - 1e-9;
        let mut sum = 0.0;
        let reached = values.iter().find(|(_, weight)| {
            sum += *weight as f64;
            sum >= wanted
        });
        reached.or(values.last()).map(|(value, _)| *value)
    };
    shares.iter().map(pick).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, longs};
    use super::*;
    use crate::types::Type;

    #[test]
    fn a_percentile_is_a_value_that_exists() {
        let check = |values: &[i64], share, expected| {
            assert_eq!(by_rank(&mut values.to_vec(), &[share]), [expected], "{share} of {values:?}");
        };
        check(&[20, 10], 50.0, Some(10));
        check(&[20, 10], 25.0, Some(10));
        check(&[1, 2, 3], 50.0, Some(2));
        check(&[3, 1, 2], 0.0, Some(1));
        check(&[3, 1, 2], 100.0, Some(3));
        check(&[], 50.0, None);
        let mut all: Vec<i64> = (1..=1000).rev().collect();
        check(&all, 99.9, Some(999));
        assert_eq!(by_rank(&mut all, &[95.0, 5.0, 50.0, 50.0]), [Some(950), Some(50), Some(500), Some(500)]);
    }

    #[test]
    fn groups_have_their_own_values() {
        let column = longs(&[Some(1), Some(2), Some(3), Some(10), None, Some(20)]);
        let shares = || vec![ScalarValue::Float64(Some(50.0)), ScalarValue::Float64(Some(100.0))];
        let groups = [0, 0, 0, 1, 1, 1];
        let columns = Case::new("percentiles", vec![column.clone()], &[Type::Long; 2]).with(shares());
        assert_eq!(columns.answers(&groups), ["{c0: 2, c1: 3}", "{c0: 10, c1: 20}"]);
        let array = Case::new("percentiles_array", vec![column.clone()], &[Type::Dynamic]).with(shares());
        assert_eq!(array.answers(&groups), ["[2,3]", "[10,20]"]);
        let weights = longs(&[Some(1), Some(1), Some(8), Some(1), Some(1), Some(1)]);
        let weighted = Case::new("percentilesw", vec![column, weights], &[Type::Long; 2]).with(shares());
        assert_eq!(weighted.answers(&groups), ["{c0: 3, c1: 3}", "{c0: 10, c1: 20}"]);
        assert_eq!(
            Case::new("percentiles", vec![longs(&[])], &[Type::Long; 2]).with(shares()).answer(),
            "{c0: null, c1: null}"
        );
    }

    #[test]
    fn weights_repeat_values() {
        let mut values = [(10i64, 8i64), (20, 6), (30, 3), (40, 1)];
        assert_eq!(by_weight(&mut values, &[50.0, 75.0, 99.9]), [Some(20), Some(20), Some(40)]);
        assert_eq!(by_weight(&mut [(1.0, 1), (2.0, 2)], &[50.0]), [Some(2.0)]);
        assert_eq!(by_weight::<f64>(&mut [], &[50.0]), [None]);
    }
}
