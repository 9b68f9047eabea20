//! Which row of a group leads: the largest, the smallest or just the first. Knows values, not what is picked.

use std::marker::PhantomData;

use datafusion::arrow::array::{Array, ArrayRef, PrimitiveArray, StringViewArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, DataType, Decimal128Type, DurationNanosecondType, Float64Type, Int32Type, Int64Type, TimeUnit,
    TimestampNanosecondType,
};
use datafusion::common::{Result, not_impl_err};
use datafusion::logical_expr::EmitTo;

use super::rows::{Rows, typed, vec_size};
use crate::engine::types::real_rank;

/// Keeps what the leading row of each group has to be beaten by.
pub(super) trait Leader: Send + Sync {
    /// Calls `lead` with row and group, each time a row takes the lead. The first row of a group always does, a
    /// row with a null only then. Of equal rows the first stays.
    fn update(&mut self, by: &ArrayRef, rows: &Rows, lead: &mut dyn FnMut(usize, usize)) -> Result<()>;

    /// Forgets the first groups.
    fn emit(&mut self, emit: EmitTo);

    /// The memory in use.
    fn size(&self) -> usize;
}

/// The side on which the leader is looked for.
#[derive(Clone, Copy)]
pub(super) enum Side {
    Largest,
    Smallest,
}

/// The leader for values of a type.
pub(super) fn extreme(data_type: &DataType, side: Side) -> Result<Box<dyn Leader>> {
    match side {
        Side::Largest => extreme_of::<Largest>(data_type),
        Side::Smallest => extreme_of::<Smallest>(data_type),
    }
}

fn extreme_of<S: Beats + 'static>(data_type: &DataType) -> Result<Box<dyn Leader>> {
    Ok(match data_type {
        DataType::Int32 | DataType::Boolean => Box::new(Numbers::<Int32Type, S>::default()),
        DataType::Int64 => Box::new(Numbers::<Int64Type, S>::default()),
        DataType::Float64 => Box::new(Numbers::<Float64Type, S>::default()),
        DataType::Decimal128(..) => Box::new(Numbers::<Decimal128Type, S>::default()),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => Box::new(Numbers::<TimestampNanosecondType, S>::default()),
        DataType::Duration(TimeUnit::Nanosecond) => Box::new(Numbers::<DurationNanosecondType, S>::default()),
        DataType::Utf8View => Box::new(Texts::<S>::default()),
        other => return not_impl_err!("values of {other} have no order"),
    })
}

/// An order in which NaN leads on either side, as in Kusto.
pub(super) trait Ordered: Copy + Default + PartialOrd + Send + Sync {
    /// A whole number that sorts as the value does, with NaN last: sorting compares it faster.
    type Key: Ord;

    fn key(self) -> Self::Key;

    fn nan(self) -> bool {
        false
    }
}

impl Ordered for i32 {
    type Key = i32;

    fn key(self) -> i32 {
        self
    }
}

impl Ordered for i64 {
    type Key = i64;

    fn key(self) -> i64 {
        self
    }
}

impl Ordered for i128 {
    type Key = i128;

    fn key(self) -> i128 {
        self
    }
}

impl Ordered for f64 {
    type Key = i64;

    fn key(self) -> i64 {
        if self.is_nan() { i64::MAX } else { real_rank(self) }
    }

    fn nan(self) -> bool {
        self.is_nan()
    }
}

/// A side as a type, so that the comparison is compiled into the loop.
pub(super) trait Beats: Send + Sync {
    fn number<N: Ordered>(new: N, old: N) -> bool;
    fn text(new: &str, old: &str) -> bool;
}

pub(super) struct Largest;
pub(super) struct Smallest;

impl Beats for Largest {
    fn number<N: Ordered>(new: N, old: N) -> bool {
        new > old || (new.nan() && !old.nan())
    }

    fn text(new: &str, old: &str) -> bool {
        new > old
    }
}

impl Beats for Smallest {
    fn number<N: Ordered>(new: N, old: N) -> bool {
        new < old || (new.nan() && !old.nan())
    }

    fn text(new: &str, old: &str) -> bool {
        new < old
    }
}

/// What is known of a group.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    Nothing,
    Nulls,
    Value,
}

struct Numbers<T: ArrowPrimitiveType, S> {
    best: Vec<T::Native>,
    known: Vec<Known>,
    side: PhantomData<S>,
}

impl<T: ArrowPrimitiveType, S> Default for Numbers<T, S> {
    fn default() -> Self {
        Numbers { best: Vec::new(), known: Vec::new(), side: PhantomData }
    }
}

impl<T: ArrowPrimitiveType, S: Beats> Leader for Numbers<T, S>
where
    T::Native: Ordered,
{
    fn update(&mut self, by: &ArrayRef, rows: &Rows, lead: &mut dyn FnMut(usize, usize)) -> Result<()> {
        self.best.resize(rows.total, T::Native::default());
        self.known.resize(rows.total, Known::Nothing);
        let numbers = match by.data_type() {
            DataType::Boolean => cast(by, &DataType::Int32)?,
            _ => by.clone(),
        };
        let numbers = typed::<PrimitiveArray<T>>(std::slice::from_ref(&numbers), 0)?.clone();
        let values = numbers.values();
        rows.each(numbers.nulls(), |row, group| {
            let first = self.known[group] != Known::Value;
            if first || S::number(values[row], self.best[group]) {
                self.best[group] = values[row];
                self.known[group] = Known::Value;
                lead(row, group);
            }
        });
        lead_with_nulls(&numbers, rows, &mut self.known, lead);
        Ok(())
    }

    fn emit(&mut self, emit: EmitTo) {
        emit.take_needed(&mut self.best);
        emit.take_needed(&mut self.known);
    }

    fn size(&self) -> usize {
        vec_size(&self.best) + vec_size(&self.known)
    }
}

/// Groups that have nothing but nulls so far are led by the first of them.
fn lead_with_nulls(by: &dyn Array, rows: &Rows, known: &mut [Known], lead: &mut dyn FnMut(usize, usize)) {
    if by.null_count() == 0 {
        return;
    }
    rows.each(None, |row, group| {
        if by.is_null(row) && known[group] == Known::Nothing {
            known[group] = Known::Nulls;
            lead(row, group);
        }
    });
}

struct Texts<S> {
    best: Vec<String>,
    known: Vec<Known>,
    bytes: usize,
    side: PhantomData<S>,
}

impl<S> Default for Texts<S> {
    fn default() -> Self {
        Texts { best: Vec::new(), known: Vec::new(), bytes: 0, side: PhantomData }
    }
}

impl<S: Beats> Leader for Texts<S> {
    fn update(&mut self, by: &ArrayRef, rows: &Rows, lead: &mut dyn FnMut(usize, usize)) -> Result<()> {
        self.best.resize(rows.total, String::new());
        self.known.resize(rows.total, Known::Nothing);
        let texts = typed::<StringViewArray>(std::slice::from_ref(by), 0)?;
        rows.each(texts.nulls(), |row, group| {
            let (new, best) = (texts.value(row), &mut self.best[group]);
            if self.known[group] != Known::Value || S::text(new, best) {
                let before = best.capacity();
                best.clear();
                best.push_str(new);
                self.bytes += best.capacity() - before;
                self.known[group] = Known::Value;
                lead(row, group);
            }
        });
        lead_with_nulls(texts, rows, &mut self.known, lead);
        Ok(())
    }

    fn emit(&mut self, emit: EmitTo) {
        let gone: usize = emit.take_needed(&mut self.best).iter().map(String::capacity).sum();
        self.bytes -= gone.min(self.bytes);
        emit.take_needed(&mut self.known);
    }

    fn size(&self) -> usize {
        vec_size(&self.best) + vec_size(&self.known) + self.bytes
    }
}

/// Which row comes first, before all others.
#[derive(Clone, Copy)]
pub(super) enum FirstOf {
    /// All rows.
    Rows,
    /// Rows that are not null, if there are any.
    Values,
}

/// The leader that is never beaten.
pub(super) struct First {
    of: FirstOf,
    known: Vec<Known>,
}

impl First {
    pub(super) fn new(of: FirstOf) -> First {
        First { of, known: Vec::new() }
    }
}

impl Leader for First {
    fn update(&mut self, by: &ArrayRef, rows: &Rows, lead: &mut dyn FnMut(usize, usize)) -> Result<()> {
        self.known.resize(rows.total, Known::Nothing);
        let nulls = match self.of {
            FirstOf::Rows => None,
            FirstOf::Values => by.nulls(),
        };
        rows.each(nulls, |row, group| {
            if self.known[group] != Known::Value {
                self.known[group] = Known::Value;
                lead(row, group);
            }
        });
        if nulls.is_some() {
            lead_with_nulls(by, rows, &mut self.known, lead);
        }
        Ok(())
    }

    fn emit(&mut self, emit: EmitTo) {
        emit.take_needed(&mut self.known);
    }

    fn size(&self) -> usize {
        vec_size(&self.known)
    }
}
