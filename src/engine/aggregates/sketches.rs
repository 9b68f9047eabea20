//! Summaries as `dynamic` values: `hll(x)` and `hll(x, accuracy)`, with a constant accuracy, `hll_merge(h)`,
//! `tdigest(x)` and `tdigest(x, weight)`, `tdigest_merge(t)`, `buildschema(d)`.
//!
//! Values are hashed as `hash` does, so summaries from different days fit together.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Float64Array, Int64Array, StringViewArray, StringViewBuilder,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Int64Type, TimeUnit};
use datafusion::common::{Result, not_impl_err};
use datafusion::logical_expr::EmitTo;
use twox_hash::XxHash64;

use super::distinct::sketch_bits;
use super::rows::{Groups, Rows, typed, vec_size};
use super::{Call, Kernel, Order};
use crate::engine::dynamic;
use crate::engine::sketch::{Digest, Hll, Schema, Summary, Unit};

pub(super) const KERNELS: &[Kernel] = &[
    row("hll", hll),
    row("hll_merge", hll_merge),
    row("tdigest", tdigest),
    row("tdigest_merge", tdigest_merge),
    row("buildschema", buildschema),
];

const fn row(name: &'static str, start: fn(&Call) -> Result<Box<dyn Groups>>) -> Kernel {
    Kernel { name, state: |_| vec![DataType::Utf8View], start, order: Order::Any }
}

fn hll(call: &Call) -> Result<Box<dyn Groups>> {
    started(Hll::new(sketch_bits(call.constants.get(1))?), feed_hashes)
}

fn hll_merge(_: &Call) -> Result<Box<dyn Groups>> {
    // Merging two sizes gives the smaller, so this starts from the largest.
    started(Hll::new(18), feed_summaries)
}

fn tdigest(call: &Call) -> Result<Box<dyn Groups>> {
    let unit = match call.args.first() {
        Some(DataType::Timestamp(..)) => Unit::DateTime,
        Some(DataType::Duration(_)) => Unit::TimeSpan,
        _ => Unit::Number,
    };
    started(Digest::new(unit), feed_values)
}

fn tdigest_merge(_: &Call) -> Result<Box<dyn Groups>> {
    started(Digest::new(Unit::Number), feed_summaries)
}

fn buildschema(_: &Call) -> Result<Box<dyn Groups>> {
    started(Schema::default(), feed_shapes)
}

/// How arguments become parts of summaries.
type Feed<S> = fn(&[ArrayRef], &Rows, &mut Summaries<S>) -> Result<()>;

fn started<S: Summary + 'static>(empty: S, feed: Feed<S>) -> Result<Box<dyn Groups>> {
    Ok(Box::new(Summaries { groups: Vec::new(), empty, feed, bytes: 0 }))
}

struct Summaries<S> {
    groups: Vec<S>,
    empty: S,
    feed: Feed<S>,
    bytes: usize,
}

impl<S: Summary> Summaries<S> {
    fn change(&mut self, group: usize, change: impl FnOnce(&mut S)) {
        let summary = &mut self.groups[group];
        let before = summary.size();
        change(summary);
        self.bytes = (self.bytes + summary.size()).saturating_sub(before);
    }
}

impl<S: Summary> Groups for Summaries<S> {
    fn update(&mut self, values: &[ArrayRef], rows: &Rows) -> Result<()> {
        self.groups.resize(rows.total, self.empty.clone());
        (self.feed)(values, rows, self)
    }

    fn merge(&mut self, states: &[ArrayRef], rows: &Rows) -> Result<()> {
        self.groups.resize(rows.total, self.empty.clone());
        feed_summaries(states, rows, self)
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(vec![self.evaluate(emit)?])
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let mut out = StringViewBuilder::new();
        for mut summary in emit.take_needed(&mut self.groups) {
            self.bytes = self.bytes.saturating_sub(summary.size());
            out.try_append_value(summary.to_json())?;
        }
        Ok(Arc::new(out.finish()))
    }

    fn size(&self) -> usize {
        self.bytes + vec_size(&self.groups)
    }
}

/// What is not a summary of this kind does not count.
fn feed_summaries<S: Summary>(values: &[ArrayRef], rows: &Rows, summaries: &mut Summaries<S>) -> Result<()> {
    let cells = typed::<StringViewArray>(values, 0)?;
    rows.each(cells.nulls(), |row, group| {
        if let Some(other) = S::parse(cells.value(row)) {
            summaries.change(group, |summary| summary.merge(&other));
        }
    });
    Ok(())
}

fn feed_shapes(values: &[ArrayRef], rows: &Rows, summaries: &mut Summaries<Schema>) -> Result<()> {
    let cells = typed::<StringViewArray>(values, 0)?;
    rows.each(cells.nulls(), |row, group| {
        summaries.change(group, |summary| summary.add(&dynamic::decode(cells.value(row))));
    });
    Ok(())
}

fn feed_hashes(values: &[ArrayRef], rows: &Rows, summaries: &mut Summaries<Hll>) -> Result<()> {
    let Some(values) = values.first() else { return Ok(()) };
    if let DataType::Utf8View = values.data_type() {
        let texts = values.as_string_view();
        rows.each(texts.nulls(), |row, group| {
            let hash = XxHash64::oneshot(0, texts.value(row).as_bytes());
            summaries.change(group, |summary| summary.add(hash));
        });
        return Ok(());
    }
    let numbers = match values.data_type() {
        DataType::Float64 | DataType::Decimal128(..) | DataType::Boolean => {
            return not_impl_err!("hll of {}", values.data_type());
        }
        _ => cast(values, &DataType::Int64)?,
    };
    let numbers = numbers.as_primitive::<Int64Type>();
    rows.each(numbers.nulls(), |row, group| {
        let hash = XxHash64::oneshot(0, &numbers.value(row).to_le_bytes());
        summaries.change(group, |summary| summary.add(hash));
    });
    Ok(())
}

fn feed_values(values: &[ArrayRef], rows: &Rows, summaries: &mut Summaries<Digest>) -> Result<()> {
    let Some(numbers) = values.first() else { return Ok(()) };
    // Times in microseconds have room in a real.
    let (numbers, scale) = match numbers.data_type() {
        DataType::Timestamp(TimeUnit::Nanosecond, _) | DataType::Duration(TimeUnit::Nanosecond) => {
            (cast(&cast(numbers, &DataType::Int64)?, &DataType::Float64)?, 1000.0)
        }
        _ => (cast(numbers, &DataType::Float64)?, 1.0),
    };
    let numbers = typed::<Float64Array>(std::slice::from_ref(&numbers), 0)?;
    let weights = if values.len() > 1 { Some(typed::<Int64Array>(values, 1)?) } else { None };
    rows.each(numbers.nulls(), |row, group| {
        let weight = weights.map_or(1, |weights| if weights.is_valid(row) { weights.value(row) } else { 0 });
        summaries.change(group, |summary| summary.add(numbers.value(row) / scale, weight));
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, longs, reals, texts};
    use super::*;
    use crate::types::Type;

    #[test]
    fn summaries_merge() {
        let column = longs(&[Some(1), Some(3), None, Some(3), Some(2)]);
        let case = Case::new("tdigest", vec![column.clone()], &[Type::Dynamic]);
        assert_eq!(case.answers(&[0, 0, 0, 0, 1]), ["[[7],[1,3],[1,2]]", "[[7],[2],[1]]"]);
        let cells = texts(&["[[7],[1,3],[1,2]]", "[[7],[2],[1]]", "[]"]);
        assert_eq!(Case::new("tdigest_merge", vec![cells], &[Type::Dynamic]).answer(), "[[7],[1,2,3],[1,1,2]]");
        let hll = Case::new("hll", vec![column], &[Type::Dynamic]).answer();
        assert_eq!(Hll::parse(&hll).map(|hll| hll.count()), Some(3));
        let twice = Case::new("hll_merge", vec![texts(&[&hll, &hll])], &[Type::Dynamic]).answer();
        assert_eq!(twice, hll);
    }

    #[test]
    fn values_have_weights() {
        let columns = vec![reals(&[1.0, 2.0]), longs(&[Some(1), Some(2)])];
        assert_eq!(Case::new("tdigest", columns, &[Type::Dynamic]).answer(), "[[7],[1,2],[1,2]]");
    }
}
