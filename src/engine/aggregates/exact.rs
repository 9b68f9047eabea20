//! How many different values each group has, exactly: `count_distinct(x)`. Nulls don't count.
//!
//! Numbers are known by themselves, texts by 128 bits of hashes: two different ones with the same are not to be
//! expected even among as many as a disk can hold.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array, LargeBinaryArray, LargeBinaryBuilder};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int64Type};
use datafusion::common::Result;
use datafusion::common::hash_utils::{QualityRandomState, create_hashes};
use datafusion::logical_expr::EmitTo;

use super::coded::{Coded, by_dictionary};
use super::rows::{Groups, Rows, typed, vec_size};
use super::seen::Seen;
use super::{Kernel, Order};
use crate::engine::types::real_key;

pub(super) const KERNELS: &[Kernel] = &[Kernel {
    name: "count_distinct",
    state: |_| vec![DataType::LargeBinary],
    start: |_| Ok(Box::new(Exact::default())),
    order: Order::Any,
}];

#[derive(Default)]
struct Exact {
    seen: Seen<u128>,
    keys: Vec<u128>,
    coded: Coded<u128>,
}

/// What values are known by.
fn keys_of(values: &ArrayRef, keys: &mut Vec<u128>) -> Result<()> {
    keys.clear();
    match values.data_type() {
        DataType::Utf8View => {
            let mut halves = [vec![0u64; values.len()], vec![0u64; values.len()]];
            for (seed, half) in halves.iter_mut().enumerate() {
                create_hashes([values], &QualityRandomState::with_seed(seed as u64), half)?;
            }
            let [low, high] = halves;
            keys.extend(low.iter().zip(&high).map(|(low, high)| u128::from(*high) << 64 | u128::from(*low)));
        }
        DataType::Decimal128(..) => {
            keys.extend(values.as_primitive::<Decimal128Type>().values().iter().map(|unit| unit.cast_unsigned()));
        }
        DataType::Float64 => {
            let bits = |real: &f64| u128::from(real_key(*real).to_bits());
            keys.extend(values.as_primitive::<Float64Type>().values().iter().map(bits));
        }
        _ => {
            let numbers = cast(values, &DataType::Int64)?;
            let numbers = numbers.as_primitive::<Int64Type>().values();
            keys.extend(numbers.iter().map(|number| u128::from(number.cast_unsigned())));
        }
    }
    Ok(())
}

impl Groups for Exact {
    fn update(&mut self, values: &[ArrayRef], rows: &Rows) -> Result<()> {
        self.seen.grow(rows.total);
        let Some(values) = values.first() else { return Ok(()) };
        if let Some(codes) = by_dictionary(values) {
            let keys = |texts: &ArrayRef| {
                let mut keys = Vec::new();
                keys_of(texts, &mut keys).map(|()| keys)
            };
            return self.coded.each(codes, rows, keys, |group, key| {
                self.seen.add(group, key);
            });
        }
        keys_of(values, &mut self.keys)?;
        let mut last = None;
        rows.each(values.nulls(), |row, group| {
            // Logs repeat themselves from row to row.
            if last != Some((group, self.keys[row])) {
                last = Some((group, self.keys[row]));
                self.seen.add(group, self.keys[row]);
            }
        });
        Ok(())
    }

    fn merge(&mut self, states: &[ArrayRef], rows: &Rows) -> Result<()> {
        self.seen.grow(rows.total);
        let states = typed::<LargeBinaryArray>(states, 0)?;
        rows.each(states.nulls(), |row, group| {
            let (keys, _) = states.value(row).as_chunks::<16>();
            keys.iter().for_each(|key| {
                self.seen.add(group, u128::from_le_bytes(*key));
            });
        });
        Ok(())
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        self.coded.forget();
        let taken = self.seen.take(emit);
        let mut out = LargeBinaryBuilder::with_capacity(taken.counts.len(), taken.items.len() * 16);
        let mut bytes = Vec::new();
        for keys in taken.groups() {
            bytes.clear();
            keys.iter().for_each(|key| bytes.extend_from_slice(&key.to_le_bytes()));
            out.append_value(&bytes);
        }
        Ok(vec![Arc::new(out.finish())])
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        self.coded.forget();
        let counts = self.seen.take_counts(emit);
        Ok(Arc::new(Int64Array::from_iter_values(counts.into_iter().map(i64::from))))
    }

    fn size(&self) -> usize {
        self.seen.size() + vec_size(&self.keys) + self.coded.size()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, longs, reals, texts};
    use super::*;
    use crate::types::Type;

    fn check(column: ArrayRef, expected: &str) {
        assert_eq!(Case::new("count_distinct", vec![column], &[Type::Long]).answer(), expected);
    }

    #[test]
    fn values_are_counted_once_and_nulls_not_at_all() {
        check(longs(&[Some(1), Some(1), None, Some(-1)]), "2");
        check(texts(&["a", "", "b", "a"]), "3");
        check(reals(&[0.0, -0.0, f64::NAN, -f64::NAN]), "2");
        check(longs(&[]), "0");
        let case = Case::new("count_distinct", vec![texts(&["a", "b", "a", "a"])], &[Type::Long]);
        assert_eq!(case.answers(&[0, 0, 1, 1]), ["2", "1"]);
    }
}
