//! Percentiles: values of the group below which a share of its values lies, by nearest rank as in Kusto.
//!
//! Called as `percentiles(x, p1, p2, …)` with one result per share, as `percentiles_array(x, p1, …)` with one
//! `dynamic` array, and weighted as `percentilesw(x, weight, p1, …)` and `percentilesw_array(x, weight, p1, …)`.
//! Shares are constants from 0 to 100, weights are `long`. Answers are exact for groups of up to twice [`KEPT`] values,
//! and as long as there are fewer than [`PLENTY`] values in all. Beyond that, the numbers of large groups go to a
//! [`Histogram`], which moves an answer by less than a four-thousandth of its size. Times, durations and decimals are
//! made fewer by [`thin`]: each time moves an answer by at most one in 2^17 of the group, so it takes a thousand million
//! values in a group to be wrong by a tenth of a percent, where Kusto allows itself about one.

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
use super::histogram::{Histogram, Sized64};
use super::json::{Text, writer};
use super::leader::Ordered;
use super::rows::{Groups, Rows, answer, typed};
use super::thin::{Weighted, thin};
use super::{Call, Kernel, Order};

pub(super) const KERNELS: &[Kernel] = &[
    row("percentiles", |call| start(call, Weights::Equal, Shape::Columns)),
    row("percentiles_array", |call| start(call, Weights::Equal, Shape::Array)),
    row("percentilesw", |call| start(call, Weights::Given, Shape::Columns)),
    row("percentilesw_array", |call| start(call, Weights::Given, Shape::Array)),
];

/// How many values stay of a large group.
const KEPT: usize = 1 << 16;

/// With this many values in all groups, large groups are looked for.
const PLENTY: usize = 1 << 22;

const fn row(name: &'static str, start: fn(&Call) -> Result<Box<dyn Groups>>) -> Kernel {
    Kernel { name, state, start, order: Order::Any }
}

/// The values that count once, and the others with their weights.
fn state(call: &Call) -> Vec<DataType> {
    let values = list_of(call.args.first().cloned().unwrap_or(DataType::Null));
    vec![values.clone(), values, list_of(DataType::Int64)]
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
    T::Native: Sized64,
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
        large: Vec::new(),
        counted: matches!(data_type, DataType::Int32 | DataType::Int64 | DataType::Float64),
        plenty: PLENTY,
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

/// The values of all groups.
struct Percentiles<T: ArrowPrimitiveType> {
    /// Those that count once.
    values: Buckets<T::Native>,
    /// Those with weights, which were given or are what thinning left.
    weighted: Buckets<Weighted<T::Native>>,
    /// The groups whose further values are only counted, by group; those behind the last such group are left out.
    large: Vec<Option<Box<Histogram<T::Native>>>>,
    /// Whether large groups get a histogram.
    counted: bool,
    /// How many values there may be before large groups are looked for again.
    plenty: usize,
    shares: Vec<f64>,
    weights: Weights,
    shape: Shape,
    data_type: DataType,
    ret: DataType,
}

impl<T: ArrowPrimitiveType> Percentiles<T>
where
    T::Native: Sized64,
{
    fn grow(&mut self, total: usize) {
        self.values.grow(total);
        self.weighted.grow(total);
    }

    /// Adds a value to a group, so often.
    fn add(&mut self, group: usize, value: T::Native, weight: i64) {
        match self.large.get_mut(group) {
            Some(Some(histogram)) => histogram.add(value, weight),
            _ if weight == 1 => self.values.push(group, value),
            _ => self.weighted.push(group, (value, weight)),
        }
    }

    /// Adds values to a group.
    fn add_all(&mut self, group: usize, values: &[T::Native]) {
        match self.large.get_mut(group) {
            Some(Some(histogram)) => values.iter().for_each(|value| histogram.add(*value, 1)),
            _ => self.values.extend(group, values),
        }
    }

    /// Makes the values of large groups fewer when there are too many in all.
    fn thin(&mut self, total: usize) {
        if self.values.len() + self.weighted.len() < self.plenty {
            return;
        }
        let mut values = self.values.take(EmitTo::All);
        let mut weighted = self.weighted.take(EmitTo::All);
        self.grow(total);
        for (group, (plain, weighted)) in values.each_mut().zip(weighted.each_mut()).enumerate() {
            if plain.len() + weighted.len() <= 2 * KEPT {
                self.values.extend(group, plain);
                self.weighted.extend(group, weighted);
            } else if self.counted {
                let mut histogram = Box::new(Histogram::new());
                plain.iter().for_each(|value| histogram.add(*value, 1));
                weighted.iter().for_each(|(value, weight)| histogram.add(*value, *weight));
                self.large.resize_with(self.large.len().max(group + 1), || None);
                self.large[group] = Some(histogram);
            } else {
                self.weighted.extend(group, &thin(together(plain, weighted), KEPT, Ordered::key));
            }
        }
        self.plenty = PLENTY.max(2 * (self.values.len() + self.weighted.len()));
    }

    /// Puts what was only counted of the first groups to the values with weights.
    fn spread(&mut self, emit: EmitTo) {
        let first = match emit {
            EmitTo::All => self.large.len(),
            EmitTo::First(first) => first.min(self.large.len()),
        };
        for (group, histogram) in self.large.drain(..first).enumerate() {
            let numbers = histogram.iter().flat_map(|histogram| histogram.numbers());
            numbers.for_each(|number| self.weighted.push(group, number));
        }
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
    T::Native: Sized64,
{
    fn update(&mut self, values: &[ArrayRef], rows: &Rows) -> Result<()> {
        self.grow(rows.total);
        let numbers = typed::<PrimitiveArray<T>>(values, 0)?;
        match self.weights {
            Weights::Equal if rows.all_in_one() && numbers.null_count() == 0 => self.add_all(0, numbers.values()),
            Weights::Equal if self.large.is_empty() => {
                rows.each(numbers.nulls(), |row, group| self.values.push(group, numbers.value(row)));
            }
            Weights::Equal => rows.each(numbers.nulls(), |row, group| self.add(group, numbers.value(row), 1)),
            Weights::Given => {
                let weights = typed::<PrimitiveArray<Int64Type>>(values, 1)?;
                rows.each(numbers.nulls(), |row, group| {
                    if weights.is_valid(row) && weights.value(row) > 0 {
                        self.add(group, numbers.value(row), weights.value(row));
                    }
                });
            }
        }
        self.thin(rows.total);
        Ok(())
    }

    fn merge(&mut self, states: &[ArrayRef], rows: &Rows) -> Result<()> {
        self.grow(rows.total);
        let values = typed::<LargeListArray>(states, 0)?;
        let (others, weights) = (typed::<LargeListArray>(states, 1)?, typed::<LargeListArray>(states, 2)?);
        rows.each(values.nulls(), |row, group| {
            self.add_all(group, values.value(row).as_primitive::<T>().values());
            let (others, weights) = (others.value(row), weights.value(row));
            let weights = weights.as_primitive::<Int64Type>().values();
            let others = others.as_primitive::<T>().values().iter().zip(weights);
            others.for_each(|(value, weight)| self.add(group, *value, *weight));
        });
        self.thin(rows.total);
        Ok(())
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        self.spread(emit);
        let (plain, weighted) = (self.values.take(emit), self.weighted.take(emit));
        let list = |items: ArrayRef, offsets: OffsetBuffer<i64>| -> Result<ArrayRef> {
            let field = item_field(items.data_type().clone());
            Ok(Arc::new(LargeListArray::try_new(field, offsets, items, None)?))
        };
        let numbers = |values: Vec<T::Native>| -> ArrayRef {
            Arc::new(PrimitiveArray::<T>::new(values.into(), None).with_data_type(self.data_type.clone()))
        };
        let plain_offsets = OffsetBuffer::from_lengths(plain.lengths());
        let offsets = OffsetBuffer::from_lengths(weighted.lengths());
        let weights = weighted.items.iter().map(|(_, weight)| *weight);
        let weights: ArrayRef = Arc::new(PrimitiveArray::<Int64Type>::from_iter_values(weights));
        let others = weighted.items.iter().map(|(value, _)| *value).collect();
        let plain = list(numbers(plain.items), plain_offsets)?;
        Ok(vec![plain, list(numbers(others), offsets.clone())?, list(weights, offsets)?])
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        self.spread(emit);
        let (mut plain, mut weighted) = (self.values.take(emit), self.weighted.take(emit));
        let picked: Vec<_> = (plain.each_mut().zip(weighted.each_mut()))
            .map(|(plain, weighted)| match weighted {
                [] => by_rank(plain, &self.shares),
                _ if plain.is_empty() => by_weight(weighted, &self.shares),
                _ => by_weight(&mut together(plain, weighted), &self.shares),
            })
            .collect();
        match self.shape {
            Shape::Columns => self.columns(&picked),
            Shape::Array => self.arrays(&picked),
        }
    }

    fn size(&self) -> usize {
        let counted: usize = self.large.iter().flatten().map(|histogram| histogram.size()).sum();
        self.values.size() + self.weighted.size() + counted
    }
}

/// All values of a group, with weights.
fn together<N: Copy>(plain: &[N], weighted: &[Weighted<N>]) -> Vec<Weighted<N>> {
    plain.iter().map(|value| (*value, 1)).chain(weighted.iter().copied()).collect()
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
            values[done..].select_nth_unstable_by_key(rank - done, |value| value.key());
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
    values.sort_unstable_by_key(|(value, _)| value.key());
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
#[allow(clippy::unwrap_used)]
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
    fn large_groups_are_thinned() {
        let mut all = Percentiles::<Int64Type> {
            values: Buckets::default(),
            weighted: Buckets::default(),
            large: Vec::new(),
            counted: false,
            plenty: 1000,
            shares: vec![0.0, 50.0, 100.0],
            weights: Weights::Equal,
            shape: Shape::Columns,
            data_type: DataType::Int64,
            ret: DataType::Int64,
        };
        all.grow(2);
        let large = 3 * KEPT as i64;
        (0..large).for_each(|value| all.values.push(0, value));
        all.values.push(1, 7);
        all.thin(2);
        assert!(all.weighted.len() <= KEPT && all.values.len() == 1, "{} {}", all.weighted.len(), all.values.len());
        all.values.extend(0, &[large; 3]);
        let (mut plain, mut weighted) = (all.values.take(EmitTo::All), all.weighted.take(EmitTo::All));
        let mut both = plain.each_mut().zip(weighted.each_mut());
        let (plain, weighted) = both.next().unwrap_or_default();
        let picked = by_weight(&mut together(plain, weighted), &all.shares);
        assert_eq!([picked[0], picked[2]], [Some(0), Some(large)]);
        assert!(picked[1].is_some_and(|middle| (middle - large / 2).abs() <= 3), "{picked:?}");
    }

    #[test]
    fn large_groups_of_numbers_are_counted() {
        let many = PLENTY as i64 + 100_000;
        let shares = [0.0, 25.0, 50.0, 100.0].map(|share| ScalarValue::Float64(Some(share)));
        let case = Case::new("percentiles", vec![longs(&[])], &[Type::Long; 4]).with(shares.to_vec());
        let part = |numbers: Vec<Option<i64>>, group: usize| {
            let mut part = case.started();
            let groups = vec![group; numbers.len()];
            part.update(&[longs(&numbers)], &Rows { groups: &groups, filter: None, total: 2 }).unwrap();
            part.update(&[longs(&numbers)], &Rows { groups: &groups, filter: None, total: 2 }).unwrap();
            part.state(EmitTo::All).unwrap()
        };
        let mut whole = case.started();
        for state in [part((0..many).rev().map(Some).collect(), 0), part((0..10).map(Some).collect(), 1)] {
            whole.merge(&state, &Rows { groups: &[0, 1], filter: None, total: 2 }).unwrap();
        }
        let answer = whole.evaluate(EmitTo::All).unwrap();
        let column = |at: usize| answer.as_struct().column(at).as_primitive::<Int64Type>().clone();
        for (at, share) in [0.0, 0.25, 0.5, 1.0].into_iter().enumerate() {
            let (found, wanted) = (column(at).value(0) as f64, share * many as f64);
            assert!((found - wanted).abs() <= many as f64 / 4000.0, "{found} for {wanted}");
        }
        assert_eq!([0, 1, 2, 3].map(|at| column(at).value(1)), [0, 2, 4, 9]);
    }

    #[test]
    fn weights_repeat_values() {
        let mut values = [(10i64, 8i64), (20, 6), (30, 3), (40, 1)];
        assert_eq!(by_weight(&mut values, &[50.0, 75.0, 99.9]), [Some(20), Some(20), Some(40)]);
        assert_eq!(by_weight(&mut [(1.0, 1), (2.0, 2)], &[50.0]), [Some(2.0)]);
        assert_eq!(by_weight::<f64>(&mut [], &[50.0]), [None]);
    }
}
