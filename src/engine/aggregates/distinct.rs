//! How many different values each group has: `dcount(x)` and `dcount(x, accuracy)`, with a constant accuracy.
//!
//! Counts are exact up to [`EXACT`] values per group, then estimated from a sketch within Kusto's stated error for
//! the accuracy. Values are known by 64-bit hashes, which differ for different values but for one chance in 2^33
//! among 2^16 values. Nulls don't count.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array, LargeBinaryArray, LargeBinaryBuilder};
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::common::hash_utils::{HLL_RANDOM_STATE, create_hashes};
use datafusion::common::{Result, ScalarValue, exec_err, internal_err};
use datafusion::logical_expr::EmitTo;

use super::coded::{Coded, by_dictionary};
use super::rows::{Groups, Rows, typed, vec_size};
use super::seen::Seen;
use super::{Call, Kernel, Order};
use crate::engine::sketch::Sketch;
use crate::engine::types::real_key;

pub(super) const KERNELS: &[Kernel] =
    &[Kernel { name: "dcount", state: |_| vec![DataType::LargeBinary], start: dcount, order: Order::Any }];

/// Counts of different values are exact up to this one.
const EXACT: u32 = 1 << 15;

/// A group that reaches this many values makes all groups with more than [`EXACT`] go over to sketches. Going over
/// walks all values of all groups, so it must not happen once for each group.
const TOO_MANY: u32 = 1 << 16;

/// Accuracy when the call does not say; as Kusto's.
const DEFAULT_ACCURACY: i64 = 1;

/// The size of the sketch for an accuracy from 0 to 4, in bits.
pub(super) fn sketch_bits(accuracy: Option<&Option<ScalarValue>>) -> Result<u32> {
    let accuracy = match accuracy {
        None => DEFAULT_ACCURACY,
        Some(Some(ScalarValue::Int64(Some(accuracy)))) => *accuracy,
        Some(Some(ScalarValue::Int32(Some(accuracy)))) => i64::from(*accuracy),
        Some(_) => return exec_err!("the accuracy must be a constant whole number"),
    };
    match accuracy {
        0 => Ok(12),
        1 => Ok(14),
        2 => Ok(16),
        3 => Ok(17),
        4 => Ok(18),
        other => exec_err!("the accuracy must be from 0 to 4, not {other}"),
    }
}

fn dcount(call: &Call) -> Result<Box<dyn Groups>> {
    Ok(Box::new(Distinct { bits: sketch_bits(call.constants.get(1))?, ..Distinct::default() }))
}

#[derive(Default)]
struct Distinct {
    bits: u32,
    /// The values of all groups that are counted exactly.
    seen: Seen<u64>,
    /// The groups that are estimated.
    sketches: HashMap<u32, Sketch>,
    hashes: Vec<u64>,
    coded: Coded<u64>,
}

fn hashes_of(values: &ArrayRef, hashes: &mut Vec<u64>) -> Result<()> {
    hashes.clear();
    hashes.resize(values.len(), 0);
    let keys = values.as_primitive_opt::<Float64Type>().map(|reals| reals.unary::<_, Float64Type>(real_key));
    create_hashes([keys.as_ref().map_or(values.as_ref(), |keys| keys)], &HLL_RANDOM_STATE, hashes)?;
    Ok(())
}

impl Distinct {
    fn add(&mut self, group: usize, hash: u64) {
        if !self.sketches.is_empty()
            && let Some(sketch) = self.sketches.get_mut(&(group as u32))
        {
            return sketch.add(hash);
        }
        if self.seen.add(group, hash) >= TOO_MANY {
            self.go_over();
        }
    }

    fn go_over(&mut self) {
        let large: Vec<usize> = self.seen.groups_above(EXACT).collect();
        self.sketches.extend(large.into_iter().map(|group| (group as u32, Sketch::new(self.bits))));
        let sketches = &mut self.sketches;
        self.seen.move_out(|group, hash| match sketches.get_mut(&group) {
            Some(sketch) => {
                sketch.add(hash);
                true
            }
            None => false,
        });
    }

    fn merge_sketch(&mut self, group: usize, sketch: &Sketch) {
        let group = group as u32;
        match self.sketches.get_mut(&group) {
            Some(own) => own.merge(sketch),
            None => {
                let mut merged = sketch.clone();
                self.seen.move_out(|other, hash| {
                    if other == group {
                        merged.add(hash);
                    }
                    other == group
                });
                self.sketches.insert(group, merged);
            }
        }
    }

    /// Takes the sketches of the first groups out.
    fn take_sketches(&mut self, first: usize) -> HashMap<u32, Sketch> {
        let first = first as u32;
        let (gone, kept): (HashMap<_, _>, HashMap<_, _>) =
            std::mem::take(&mut self.sketches).into_iter().partition(|(group, _)| *group < first);
        self.sketches = kept.into_iter().map(|(group, sketch)| (group - first, sketch)).collect();
        gone
    }
}

impl Groups for Distinct {
    fn update(&mut self, values: &[ArrayRef], rows: &Rows) -> Result<()> {
        self.seen.grow(rows.total);
        let Some(values) = values.first() else { return Ok(()) };
        if let Some(codes) = by_dictionary(values) {
            let mut coded = std::mem::take(&mut self.coded);
            // As the same texts hash that come without a dictionary.
            let keys_of = |texts: &ArrayRef| {
                let mut hashes = Vec::new();
                hashes_of(texts, &mut hashes).map(|()| hashes)
            };
            coded.each(codes, rows, keys_of, |group, hash| self.add(group, hash))?;
            self.coded = coded;
            return Ok(());
        }
        let mut hashes = std::mem::take(&mut self.hashes);
        hashes_of(values, &mut hashes)?;
        let mut last = None;
        rows.each(values.nulls(), |row, group| {
            // Logs repeat themselves from row to row.
            if last != Some((group, hashes[row])) {
                last = Some((group, hashes[row]));
                self.add(group, hashes[row]);
            }
        });
        self.hashes = hashes;
        Ok(())
    }

    fn merge(&mut self, states: &[ArrayRef], rows: &Rows) -> Result<()> {
        self.seen.grow(rows.total);
        let states = typed::<LargeBinaryArray>(states, 0)?;
        rows.try_each(states.nulls(), |row, group| {
            match states.value(row).split_first() {
                Some((&HASHES, bytes)) => {
                    let (hashes, _) = bytes.as_chunks::<8>();
                    hashes.iter().for_each(|hash| self.add(group, u64::from_le_bytes(*hash)));
                }
                Some((&SKETCH, registers)) => match Sketch::from_registers(registers) {
                    Some(sketch) => self.merge_sketch(group, &sketch),
                    None => return internal_err!("the state of dcount is damaged"),
                },
                _ => {}
            }
            Ok(())
        })
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        self.coded.forget();
        let taken = self.seen.take(emit);
        let sketches = self.take_sketches(taken.counts.len());
        let mut out = LargeBinaryBuilder::with_capacity(taken.counts.len(), taken.counts.len() + taken.items.len() * 8);
        let mut bytes = Vec::new();
        for (group, hashes) in taken.groups().enumerate() {
            bytes.clear();
            match sketches.get(&(group as u32)) {
                Some(sketch) => {
                    bytes.push(SKETCH);
                    bytes.extend_from_slice(sketch.registers());
                }
                None => {
                    bytes.push(HASHES);
                    hashes.iter().for_each(|hash| bytes.extend_from_slice(&hash.to_le_bytes()));
                }
            }
            out.append_value(&bytes);
        }
        Ok(vec![Arc::new(out.finish())])
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        self.coded.forget();
        let counts = self.seen.take_counts(emit);
        let sketches = self.take_sketches(counts.len());
        let count = |(group, count): (usize, &u32)| match sketches.get(&(group as u32)) {
            Some(sketch) => sketch.count() as i64,
            None => i64::from(*count),
        };
        Ok(Arc::new(counts.iter().enumerate().map(count).collect::<Int64Array>()))
    }

    fn size(&self) -> usize {
        let sketches = self.sketches.len() * (size_of::<(u32, Sketch)>() + (1 << self.bits));
        self.seen.size() + vec_size(&self.hashes) + self.coded.size() + sketches
    }
}

/// Marks a state that lists all values.
const HASHES: u8 = 0;
/// Marks a state that is a sketch.
const SKETCH: u8 = 1;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::super::testing::{Case, longs, texts};
    use super::*;
    use crate::types::Type;

    #[test]
    fn values_are_counted_once_and_nulls_not_at_all() {
        let numbers = longs(&[Some(1), Some(1), None, Some(2), None]);
        let case = Case::new("dcount", vec![numbers], &[Type::Long]);
        assert_eq!(case.answers(&[0, 0, 0, 0, 1]), ["2", "0"]);
        assert_eq!(case.answer(), "2");
        assert_eq!(Case::new("dcount", vec![texts(&["a", "", "b", "a"])], &[Type::Long]).answer(), "3");
    }

    #[test]
    fn large_groups_are_estimated_and_small_ones_stay_exact() {
        let exact: i64 = 20_000;
        let many: i64 = 300_000;
        let numbers: Vec<Option<i64>> = (0..many).chain(0..exact).map(Some).collect();
        let groups: Vec<usize> = numbers.iter().enumerate().map(|(row, _)| usize::from(row >= many as usize)).collect();
        let case = Case::new("dcount", vec![longs(&numbers)], &[Type::Long]);
        let mut accumulator = case.started();
        accumulator.update(&[longs(&numbers)], &Rows { groups: &groups, filter: None, total: 2 }).unwrap();
        let counts = accumulator.evaluate(EmitTo::All).unwrap();
        let counts = typed::<Int64Array>(std::slice::from_ref(&counts), 0).unwrap();
        assert_eq!(counts.value(1), exact);
        let error = (counts.value(0) - many).abs() as f64 / many as f64;
        assert!(error < 0.016, "off by {error}");
    }

    #[test]
    fn estimated_states_merge_with_exact_ones() {
        let case = Case::new("dcount", vec![longs(&[])], &[Type::Long]);
        let state = |numbers: std::ops::Range<i64>| {
            let numbers: Vec<Option<i64>> = numbers.map(Some).collect();
            let mut part = case.started();
            part.update(&[longs(&numbers)], &Rows { groups: &vec![0; numbers.len()], filter: None, total: 1 }).unwrap();
            part.state(EmitTo::All).unwrap()
        };
        let mut whole = case.started();
        for part in [0..1_000, 500..200_000, 150_000..250_000, 0..10] {
            whole.merge(&state(part), &Rows { groups: &[0], filter: None, total: 1 }).unwrap();
        }
        let count = whole.evaluate(EmitTo::All).unwrap();
        let count = typed::<Int64Array>(std::slice::from_ref(&count), 0).unwrap().value(0);
        assert!((count - 250_000).abs() < 250_000 * 3 / 100, "{count}");
    }
}
