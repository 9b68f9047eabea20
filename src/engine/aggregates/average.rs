//! Averages as Kusto has them: `avg(x)`.
//!
//! Whole numbers are summed as `long`, which wraps, and give a `real`; decimals, timespans and datetimes give their
//! own type, times cut to ticks. Nulls don't count. The average of nothing is NaN for a `real` and null else.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, ArrowNativeTypeOp, Int64Array, PrimitiveArray};
use datafusion::arrow::compute::sum;
use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, DataType, Decimal128Type, DurationNanosecondType, Float64Type, Int32Type, Int64Type,
    TimestampNanosecondType,
};
use datafusion::common::{Result, not_impl_err};
use datafusion::logical_expr::EmitTo;

use super::rows::{Groups, Rows, typed, vec_size};
use super::{Call, Kernel, Order};
use crate::value::NANOS_PER_TICK;

pub(super) const KERNELS: &[Kernel] = &[Kernel { name: "avg", state, start, order: Order::Any }];

fn state(call: &Call) -> Vec<DataType> {
    let sum = match call.args.first() {
        Some(DataType::Int32 | DataType::Int64) => DataType::Int64,
        Some(DataType::Float64) => DataType::Float64,
        _ => Decimal128Type::DATA_TYPE,
    };
    vec![sum, DataType::Int64]
}

fn start(call: &Call) -> Result<Box<dyn Groups>> {
    match call.args.first() {
        Some(DataType::Int32) => Ok(average::<Int32Type, Int64Type, Float64Type>(call, i64::from, whole)),
        Some(DataType::Int64) => Ok(average::<Int64Type, Int64Type, Float64Type>(call, |n| n, whole)),
        Some(DataType::Float64) => {
            Ok(average::<Float64Type, Float64Type, Float64Type>(call, |n| n, |sum, n| Some(sum / n as f64)))
        }
        Some(DataType::Decimal128(..)) => Ok(average::<Decimal128Type, Decimal128Type, Decimal128Type>(
            call,
            |n| n,
            |sum, n| sum.checked_div(i128::from(n)),
        )),
        Some(DataType::Timestamp(..)) => {
            Ok(average::<TimestampNanosecondType, Decimal128Type, TimestampNanosecondType>(call, i128::from, ticks))
        }
        Some(DataType::Duration(_)) => {
            Ok(average::<DurationNanosecondType, Decimal128Type, DurationNanosecondType>(call, i128::from, ticks))
        }
        other => not_impl_err!("the average of {other:?}"),
    }
}

fn whole(sum: i64, count: i64) -> Option<f64> {
    Some(sum as f64 / count as f64)
}

fn ticks(sum: i128, count: i64) -> Option<i64> {
    let nanos = i64::try_from(sum.checked_div(i128::from(count))?).ok()?;
    Some(nanos - nanos % NANOS_PER_TICK)
}

fn average<T, S, R>(
    call: &Call,
    widen: fn(T::Native) -> S::Native,
    finish: fn(S::Native, i64) -> Option<R::Native>,
) -> Box<dyn Groups>
where
    T: ArrowPrimitiveType,
    S: ArrowPrimitiveType,
    R: ArrowPrimitiveType,
{
    let ret = call.ret.clone();
    Box::new(Average::<T, S, R> { sums: Vec::new(), counts: Vec::new(), widen, finish, ret })
}

/// The sums of values of one type, kept in a second and answered in a third.
struct Average<T: ArrowPrimitiveType, S: ArrowPrimitiveType, R: ArrowPrimitiveType> {
    sums: Vec<S::Native>,
    counts: Vec<i64>,
    widen: fn(T::Native) -> S::Native,
    finish: fn(S::Native, i64) -> Option<R::Native>,
    ret: DataType,
}

impl<T: ArrowPrimitiveType, S: ArrowPrimitiveType, R: ArrowPrimitiveType> Average<T, S, R> {
    fn grow(&mut self, total: usize) {
        self.sums.resize(total, S::Native::ZERO);
        self.counts.resize(total, 0);
    }
}

impl<T: ArrowPrimitiveType, S: ArrowPrimitiveType, R: ArrowPrimitiveType> Groups for Average<T, S, R> {
    fn update(&mut self, values: &[ArrayRef], rows: &Rows) -> Result<()> {
        self.grow(rows.total);
        let numbers = typed::<PrimitiveArray<T>>(values, 0)?;
        if T::DATA_TYPE == S::DATA_TYPE && rows.all_in_one() {
            // One group: a sum over the whole array, without a store per row.
            let numbers = typed::<PrimitiveArray<S>>(values, 0)?;
            if let Some(sum) = sum(numbers) {
                self.sums[0] = self.sums[0].add_wrapping(sum);
                self.counts[0] += (numbers.len() - numbers.null_count()) as i64;
            }
            return Ok(());
        }
        let values = numbers.values();
        rows.each(numbers.nulls(), |row, group| {
            self.sums[group] = self.sums[group].add_wrapping((self.widen)(values[row]));
            self.counts[group] += 1;
        });
        Ok(())
    }

    fn merge(&mut self, states: &[ArrayRef], rows: &Rows) -> Result<()> {
        self.grow(rows.total);
        let sums = typed::<PrimitiveArray<S>>(states, 0)?;
        let counts = typed::<Int64Array>(states, 1)?;
        rows.each(None, |row, group| {
            self.sums[group] = self.sums[group].add_wrapping(sums.value(row));
            self.counts[group] += counts.value(row);
        });
        Ok(())
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        let sums = PrimitiveArray::<S>::from_iter_values(emit.take_needed(&mut self.sums));
        let counts = Int64Array::from(emit.take_needed(&mut self.counts));
        Ok(vec![Arc::new(sums), Arc::new(counts)])
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let sums = emit.take_needed(&mut self.sums).into_iter();
        let counts = emit.take_needed(&mut self.counts);
        let averages: PrimitiveArray<R> = sums.zip(counts).map(|(sum, count)| (self.finish)(sum, count)).collect();
        Ok(Arc::new(averages.with_data_type(self.ret.clone())))
    }

    fn size(&self) -> usize {
        vec_size(&self.sums) + vec_size(&self.counts)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, longs, reals, times};
    use super::*;
    use crate::types::Type;

    fn check(column: ArrayRef, ty: Type, expected: &str) {
        assert_eq!(Case::new("avg", vec![column], &[ty]).answer(), expected);
    }

    #[test]
    fn whole_numbers_wrap_in_the_sum() {
        check(longs(&[Some(1), None, Some(2)]), Type::Real, "1.5");
        check(longs(&[Some(i64::MAX - 1), Some(1), Some(i64::MAX)]), Type::Real, "-0.6666666666666666");
    }

    #[test]
    fn the_average_of_nothing_is_nan_or_null() {
        check(longs(&[None]), Type::Real, "NaN");
        check(reals(&[]), Type::Real, "NaN");
        check(times(&[]), Type::DateTime, "null");
    }

    #[test]
    fn groups_are_averaged_apart() {
        let case = Case::new("avg", vec![reals(&[1.0, 2.0, 4.0])], &[Type::Real]);
        assert_eq!(case.answers(&[0, 1, 1]), ["1.0", "3.0"]);
    }

    #[test]
    fn times_stay_times_and_are_cut_to_ticks() {
        check(times(&[0, 2_000_000_000]), Type::DateTime, "1970-01-01T00:00:01Z");
        let spans: ArrayRef = Arc::new(PrimitiveArray::<DurationNanosecondType>::from(vec![100, 200]));
        check(spans, Type::TimeSpan, "PT0.0000001S");
    }
}
