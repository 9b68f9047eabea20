//! Window functions over rows in order: what DataFusion lacks.
//!
//! A function takes rows piece by piece and remembers what it needs of those before, so that calls over all rows in order
//! run as a stream (`running`); over partitions DataFusion calls them, with a whole partition as one piece. Where an
//! optional argument is missing the call is shorter.

mod reduce;
mod running;

pub(super) use running::RunningRule;

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, ArrowNativeTypeOp, ArrowPrimitiveType, AsArray, Float64Array, Int64Array, PrimitiveArray,
    StringViewArray,
};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::compute::concat;
use datafusion::arrow::compute::kernels::cmp::distinct;
use datafusion::arrow::datatypes::{
    DataType, Decimal128Type, DurationNanosecondType, Field, FieldRef, Float64Type, Int32Type, Int64Type,
    TimestampNanosecondType,
};
use datafusion::common::{Result, ScalarValue, exec_err, internal_err, not_impl_err};
use datafusion::logical_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::{
    LimitEffect, PartitionEvaluator, Signature, TypeSignature, Volatility, WindowUDF, WindowUDFImpl,
};

use crate::engine::types::{arrow_type, real_key};
use crate::types::Type;

/// One window function: a name that rows refer to, and what runs.
#[derive(Clone, Copy)]
struct Kernel {
    name: &'static str,
    sees: Sees,
}

/// Which rows a function looks at for the value of a row.
#[derive(Clone, Copy)]
enum Sees {
    /// Those up to it: each piece of rows is answered when it comes.
    Before(fn() -> Run),
    /// Those up to some rows behind it: how many, and the values of all rows that are there.
    Behind(fn(&Rows) -> Result<usize>, fn(&Rows) -> Result<ArrayRef>),
    /// All of them.
    All(fn(&Rows) -> Result<ArrayRef>),
}

/// Answers one piece of rows after the other.
type Run = Box<dyn FnMut(&Rows) -> Result<ArrayRef> + Send>;

const KERNELS: &[Kernel] = &[
    Kernel { name: "row_number", sees: Sees::Before(row_number) },
    Kernel { name: "row_cumsum", sees: Sees::Before(row_cumsum) },
    Kernel { name: "row_rank_dense", sees: Sees::Before(row_rank_dense) },
    Kernel { name: "row_rank_min", sees: Sees::Before(row_rank_min) },
    Kernel { name: "prev", sees: Sees::Before(prev) },
    Kernel { name: "next", sees: Sees::Behind(offset, next) },
    Kernel { name: "row_window_session", sees: Sees::Before(row_window_session) },
    Kernel { name: "reduce_patterns", sees: Sees::All(reduce_patterns) },
];

/// The window function of a name, with a result of this type.
pub fn window_function(name: &str, ty: Type) -> Option<Arc<WindowUDF>> {
    let kernel = KERNELS.iter().find(|kernel| kernel.name == name)?;
    let signature = Signature::one_of(vec![TypeSignature::VariadicAny, TypeSignature::Nullary], Volatility::Immutable);
    Some(Arc::new(WindowUDF::new_from_impl(WindowKernel { kernel, ty, signature })))
}

struct WindowKernel {
    kernel: &'static Kernel,
    ty: Type,
    signature: Signature,
}

impl std::fmt::Debug for WindowKernel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.kernel.name, self.ty.name())
    }
}

impl PartialEq for WindowKernel {
    fn eq(&self, other: &Self) -> bool {
        self.kernel.name == other.kernel.name && self.ty == other.ty
    }
}

impl Eq for WindowKernel {}

impl Hash for WindowKernel {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.kernel.name.hash(state);
        self.ty.hash(state);
    }
}

impl WindowUDFImpl for WindowKernel {
    fn name(&self) -> &str {
        self.kernel.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn partition_evaluator(&self, _args: PartitionEvaluatorArgs) -> Result<Box<dyn PartitionEvaluator>> {
        Ok(Box::new(Evaluator { kernel: self.kernel, ty: self.ty }))
    }

    fn field(&self, args: WindowUDFFieldArgs) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(args.name(), arrow_type(self.ty), true)))
    }

    fn limit_effect(&self, _args: &[Arc<dyn datafusion::physical_expr::PhysicalExpr>]) -> LimitEffect {
        if self.kernel.name == "next" { LimitEffect::Unknown } else { LimitEffect::None }
    }
}

#[derive(Debug)]
struct Evaluator {
    kernel: &'static Kernel,
    ty: Type,
}

impl std::fmt::Debug for Kernel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl PartitionEvaluator for Evaluator {
    fn evaluate_all(&mut self, args: &[ArrayRef], count: usize) -> Result<ArrayRef> {
        let rows = Rows { args, count, ty: self.ty };
        match self.kernel.sees {
            Sees::Before(start) => start()(&rows),
            Sees::Behind(_, run) | Sees::All(run) => run(&rows),
        }
    }
}

/// A piece of the rows of a partition. An argument that is the same for all rows may have one value only.
struct Rows<'a> {
    args: &'a [ArrayRef],
    count: usize,
    ty: Type,
}

impl Rows<'_> {
    fn arg(&self, index: usize) -> Result<&ArrayRef> {
        match self.args.get(index) {
            Some(array) => Ok(array),
            None => internal_err!("a window function asked for argument {index} of {}", self.args.len()),
        }
    }

    /// An argument with a value for each row.
    fn column(&self, index: usize) -> Result<ArrayRef> {
        let array = self.arg(index)?;
        match array.len() == self.count {
            true => Ok(Arc::clone(array)),
            false => ScalarValue::try_from_array(array, 0)?.to_array_of_size(self.count),
        }
    }

    fn typed<A: Array + 'static>(&self, index: usize) -> Result<&A> {
        let array = self.arg(index)?;
        match array.as_any().downcast_ref::<A>() {
            Some(array) => Ok(array),
            None => internal_err!("a window function cannot take {} as argument {index}", array.data_type()),
        }
    }

    /// The rows from which counting starts anew: those for which an optional argument is true.
    fn restarts(&self, index: usize) -> Result<BooleanBuffer> {
        if self.args.len() <= index {
            return Ok(BooleanBuffer::new_unset(self.count));
        }
        let restarts = self.column(index)?;
        let restarts = restarts.as_boolean();
        Ok(match restarts.nulls() {
            Some(known) => restarts.values() & known.inner(),
            None => restarts.values().clone(),
        })
    }
}

/// Texts, how often each occurs, the threshold, the separators.
fn reduce_patterns(rows: &Rows) -> Result<ArrayRef> {
    let separators = rows.typed::<StringViewArray>(3)?;
    let (threshold, separators) = match rows.count {
        0 => (0.0, ""),
        _ => (rows.typed::<Float64Array>(2)?.value(0), separators.value(0)),
    };
    let texts = rows.typed::<StringViewArray>(0)?.iter().map(Option::unwrap_or_default).collect();
    let input = reduce::Texts { texts, weights: rows.typed::<Int64Array>(1)?.values().to_vec() };
    let patterns = reduce::patterns(&input, &reduce::Settings { threshold, separators });
    Ok(Arc::new(StringViewArray::from_iter_values(patterns)))
}

fn row_number() -> Run {
    let mut next = None;
    Box::new(move |rows| {
        let restarts = rows.restarts(1)?;
        let starts = if rows.args.is_empty() { None } else { Some(rows.column(0)?) };
        let starts = starts.as_ref().map(|starts| starts.as_primitive::<Int64Type>());
        let start = |row| starts.map_or(1, |starts| if starts.is_valid(row) { starts.value(row) } else { 0 });
        let number = |row| {
            let number = next.filter(|_| !restarts.value(row)).unwrap_or_else(|| start(row));
            next = Some(i64::wrapping_add(number, 1));
            number
        };
        Ok(Arc::new(Int64Array::from_iter_values((0..rows.count).map(number))))
    })
}

fn row_cumsum() -> Run {
    // The sum so far, as an array of one value, since the type is known with the first rows.
    let mut sum = None;
    Box::new(move |rows| {
        let sums = match rows.arg(0)?.data_type() {
            DataType::Int32 => cumulated::<Int32Type>(rows, sum.as_ref()),
            DataType::Int64 => cumulated::<Int64Type>(rows, sum.as_ref()),
            DataType::Float64 => cumulated::<Float64Type>(rows, sum.as_ref()),
            DataType::Decimal128(..) => cumulated::<Decimal128Type>(rows, sum.as_ref()),
            DataType::Duration(_) => cumulated::<DurationNanosecondType>(rows, sum.as_ref()),
            other => not_impl_err!("the cumulative sum of {other}"),
        }?;
        sum = last(&sums).or(sum.take());
        Ok(sums)
    })
}

/// A null adds nothing.
fn cumulated<T: ArrowPrimitiveType>(rows: &Rows, before: Option<&ArrayRef>) -> Result<ArrayRef> {
    let restarts = rows.restarts(1)?;
    let terms = rows.column(0)?;
    let terms = terms.as_primitive::<T>();
    let mut sum = before.map_or(T::Native::ZERO, |before| before.as_primitive::<T>().value(0));
    let sums = (0..rows.count).map(|row| {
        if restarts.value(row) {
            sum = T::Native::ZERO;
        }
        if terms.is_valid(row) {
            sum = sum.add_wrapping(terms.value(row));
        }
        sum
    });
    let sums = PrimitiveArray::<T>::from_iter_values(sums).with_data_type(terms.data_type().clone());
    Ok(Arc::new(sums))
}

/// The last value, as an array.
fn last(values: &ArrayRef) -> Option<ArrayRef> {
    values.len().checked_sub(1).map(|at| values.slice(at, 1))
}

fn row_rank_dense() -> Run {
    ranks(|rank, _| rank + 1)
}

fn row_rank_min() -> Run {
    ranks(|_, number| number)
}

/// Ranks from 1; a row with another value than the row before gets `next` of the last rank and its own number.
fn ranks(next: fn(i64, i64) -> i64) -> Run {
    let (mut rank, mut number) = (0, 0);
    let mut before: Option<ArrayRef> = None;
    Box::new(move |rows| {
        let restarts = rows.restarts(1)?;
        let terms = rows.column(0)?;
        let changes = changes(before.as_ref(), &terms)?;
        let ranks = (0..rows.count).map(|row| {
            if number == 0 || restarts.value(row) {
                (rank, number) = (1, 1);
            } else {
                number += 1;
                if changes.value(row) {
                    rank = next(rank, number);
                }
            }
            rank
        });
        let ranks = Int64Array::from_iter_values(ranks);
        before = last(&terms).or(before.take());
        Ok(Arc::new(ranks))
    })
}

/// Whether each row differs from the one before; the very first does not.
fn changes(before: Option<&ArrayRef>, terms: &ArrayRef) -> Result<BooleanBuffer> {
    if terms.is_empty() {
        return Ok(BooleanBuffer::new_unset(0));
    }
    // NaN is one value here, as it is where rows are sorted.
    let known_by = |values: &ArrayRef| match values.as_primitive_opt::<Float64Type>() {
        Some(reals) => Arc::new(reals.unary::<_, Float64Type>(real_key)) as ArrayRef,
        None => Arc::clone(values),
    };
    let terms = known_by(terms);
    let first = before.map_or_else(|| terms.slice(0, 1), known_by);
    let shifted = concat(&[&first, &terms.slice(0, terms.len() - 1)])?;
    Ok(distinct(&terms, &shifted)?.values().clone())
}

fn prev() -> Run {
    // As many of the last rows as are looked back at.
    let mut kept: Option<ArrayRef> = None;
    Box::new(move |rows| {
        let (column, offset) = (rows.column(0)?, offset(rows)?);
        if rows.count == 0 {
            return Ok(column);
        }
        let before = kept.take().unwrap_or_else(|| column.slice(0, 0));
        let missing = missing(rows)?.to_array_of_size((offset - before.len()).min(rows.count))?;
        let shown = rows.count - missing.len();
        let all = concat(&[&missing, &before, &column.slice(0, shown.saturating_sub(before.len()))])?;
        kept = Some(match column.len() >= offset {
            true => column.slice(column.len() - offset, offset),
            false => {
                let all = concat(&[&before, &column])?;
                let length = all.len().min(offset);
                all.slice(all.len() - length, length)
            }
        });
        Ok(all.slice(0, rows.count))
    })
}

fn next(rows: &Rows) -> Result<ArrayRef> {
    let (column, offset) = (rows.column(0)?, offset(rows)?.min(rows.count));
    let missing = missing(rows)?.to_array_of_size(offset)?;
    Ok(concat(&[&column.slice(offset, rows.count - offset), &missing])?)
}

/// How many rows away the value of `prev` and `next` is.
fn offset(rows: &Rows) -> Result<usize> {
    let offset = match rows.args.len() > 1 && rows.count > 0 {
        true => rows.typed::<Int64Array>(1)?.value(0),
        false => 1,
    };
    usize::try_from(offset).or_else(|_| exec_err!("the offset must not be negative"))
}

/// The value of rows without such a neighbour.
fn missing(rows: &Rows) -> Result<ScalarValue> {
    match rows.args.get(2) {
        Some(default) if rows.count > 0 => ScalarValue::try_from_array(default, 0),
        _ if rows.ty == Type::String => Ok(ScalarValue::Utf8View(Some(String::new()))),
        _ => ScalarValue::try_from(rows.arg(0)?.data_type()),
    }
}

/// A session goes on while a row lies neither too far behind its first row nor too far behind the row before.
fn row_window_session() -> Run {
    let mut session: Option<(i64, i64)> = None;
    Box::new(move |rows| {
        let restarts = rows.restarts(3)?;
        let columns = (rows.column(0)?, rows.column(1)?, rows.column(2)?);
        let times = columns.0.as_primitive::<TimestampNanosecondType>();
        let from_first = columns.1.as_primitive::<DurationNanosecondType>();
        let between = columns.2.as_primitive::<DurationNanosecondType>();
        let starts = (0..rows.count).map(|row| {
            let time = times.is_valid(row).then(|| times.value(row))?;
            let start = match session.filter(|_| !restarts.value(row)) {
                Some((start, before))
                    if time.saturating_sub(start) <= from_first.value(row)
                        && time.saturating_sub(before) <= between.value(row) =>
                {
                    start
                }
                _ => time,
            };
            session = Some((start, time));
            Some(start)
        });
        let starts: PrimitiveArray<TimestampNanosecondType> = starts.collect();
        Ok(Arc::new(starts.with_data_type(times.data_type().clone())))
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use datafusion::arrow::array::BooleanArray;

    use super::*;

    fn longs(values: &[i64]) -> ArrayRef {
        Arc::new(Int64Array::from(values.to_vec()))
    }

    fn run(name: &str, args: &[ArrayRef], count: usize, ty: Type) -> ArrayRef {
        let kernel = KERNELS.iter().find(|kernel| kernel.name == name).unwrap();
        let whole = Evaluator { kernel, ty }.evaluate_all(args, count).unwrap();
        if let Sees::Before(start) = kernel.sees {
            let mut next = start();
            let pieces: Vec<ArrayRef> = (0..count)
                .map(|row| {
                    let args: Vec<ArrayRef> = args.iter().map(|arg| arg.slice(row, 1)).collect();
                    next(&Rows { args: &args, count: 1, ty }).unwrap()
                })
                .collect();
            let pieces: Vec<&dyn Array> = pieces.iter().map(AsRef::as_ref).collect();
            if !pieces.is_empty() {
                assert_eq!(&concat(&pieces).unwrap(), &whole, "{name} piece by piece");
            }
        }
        whole
    }

    fn check(name: &str, args: &[ArrayRef], count: usize, expected: &[Option<i64>]) {
        let answer = run(name, args, count, Type::Long);
        let answer: Vec<Option<i64>> = answer.as_primitive::<Int64Type>().iter().collect();
        assert_eq!(answer, expected, "{name}");
    }

    fn flags(values: [Option<bool>; 4]) -> ArrayRef {
        Arc::new(BooleanArray::from(values.to_vec()))
    }

    #[test]
    fn numbers_start_where_asked_and_restart() {
        check("row_number", &[], 3, &[Some(1), Some(2), Some(3)]);
        let restart = flags([Some(true), None, Some(true), Some(false)]);
        check("row_number", &[longs(&[100; 4]), restart], 4, &[Some(100), Some(101), Some(100), Some(101)]);
        check("row_number", &[], 0, &[]);
    }

    #[test]
    fn sums_cumulate_and_restart() {
        let terms: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, Some(3), Some(4)]));
        check("row_cumsum", std::slice::from_ref(&terms), 4, &[Some(1), Some(1), Some(4), Some(8)]);
        let restart = flags([Some(false), Some(false), Some(true), None]);
        check("row_cumsum", &[terms, restart], 4, &[Some(1), Some(1), Some(3), Some(7)]);
    }

    #[test]
    fn equal_values_share_a_rank() {
        let terms = longs(&[5, 10, 10, 20, 20, 20]);
        let dense: Vec<_> = [1, 2, 2, 3, 3, 3].map(Some).to_vec();
        check("row_rank_dense", std::slice::from_ref(&terms), 6, &dense);
        check("row_rank_min", &[terms], 6, &[1, 2, 2, 4, 4, 4].map(Some));
        let restart = flags([Some(true), Some(false), Some(true), Some(false)]);
        check("row_rank_min", &[longs(&[5, 8, 8, 9]), restart], 4, &[1, 2, 1, 2].map(Some));
        check("row_rank_dense", &[longs(&[])], 0, &[]);
        let reals: ArrayRef = Arc::new(Float64Array::from(vec![1.0, f64::NAN, -f64::NAN, 0.0, -0.0]));
        check("row_rank_dense", &[reals], 5, &[1, 2, 2, 3, 3].map(Some));
    }

    #[test]
    fn neighbours_out_of_reach_are_missing() {
        let column = longs(&[1, 2, 3]);
        check("prev", std::slice::from_ref(&column), 3, &[None, Some(1), Some(2)]);
        check("next", &[column.clone(), longs(&[2; 3])], 3, &[Some(3), None, None]);
        check("next", &[column.clone(), longs(&[9; 3])], 3, &[None; 3]);
        check("prev", &[column, longs(&[2; 3]), longs(&[0; 3])], 3, &[Some(0), Some(0), Some(1)]);
        let texts: ArrayRef = Arc::new(StringViewArray::from(vec!["a", "b"]));
        let answer = run("prev", &[texts], 2, Type::String);
        assert_eq!(answer.as_string_view().iter().collect::<Vec<_>>(), [Some(""), Some("a")]);
    }

    #[test]
    fn sessions_end_after_too_long_a_time_or_gap() {
        let times = PrimitiveArray::<TimestampNanosecondType>::from(vec![0, 5, 10, 12, 30]).with_timezone("UTC");
        let span =
            |nanos: i64| -> ArrayRef { Arc::new(PrimitiveArray::<DurationNanosecondType>::from(vec![nanos; 5])) };
        let answer = run("row_window_session", &[Arc::new(times), span(10), span(5)], 5, Type::DateTime);
        let starts: Vec<_> = answer.as_primitive::<TimestampNanosecondType>().values().to_vec();
        assert_eq!(starts, [0, 0, 0, 12, 30]);
    }
}
