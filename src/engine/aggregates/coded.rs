//! Texts that come by dictionary: what is worked out of a value, once for all its rows, and once for each group.

use datafusion::arrow::array::{Array, ArrayRef, AsArray, DictionaryArray, StringArray};
use datafusion::arrow::datatypes::Int32Type;
use datafusion::common::Result;

use super::rows::{Rows, vec_size};
use crate::engine::coded::{is_same, views};

/// So many pairs of group and value are remembered one by one; beyond that only the last group of each value is.
const MOST_PAIRS: usize = 1 << 25;

/// The dictionary that was met last.
pub(super) struct Coded<K> {
    dictionary: Option<StringArray>,
    /// What each value is known by.
    keys: Vec<K>,
    met: Met,
}

/// Which groups a value was met in.
enum Met {
    /// A bit for each group and value.
    Pairs(Vec<u64>),
    /// One more than the last group of each value.
    Last(Vec<u32>),
}

impl<K> Default for Coded<K> {
    fn default() -> Self {
        Self { dictionary: None, keys: Vec::new(), met: Met::Pairs(Vec::new()) }
    }
}

/// A column by dictionary with its values, if it is one.
pub(super) fn by_dictionary(array: &ArrayRef) -> Option<(&DictionaryArray<Int32Type>, &StringArray)> {
    let codes = array.as_dictionary_opt::<Int32Type>()?;
    Some((codes, codes.values().as_string_opt::<i32>()?))
}

impl<K: Copy> Coded<K> {
    /// Calls `f` with group and key of the rows that count. Repeats may be left out.
    pub(super) fn each(
        &mut self,
        (codes, texts): (&DictionaryArray<Int32Type>, &StringArray),
        rows: &Rows,
        keys_of: impl FnOnce(&ArrayRef) -> Result<Vec<K>>,
        mut f: impl FnMut(usize, K),
    ) -> Result<()> {
        if !self.dictionary.as_ref().is_some_and(|known| is_same(known, texts)) {
            self.keys = keys_of(&views(texts)?)?;
            self.dictionary = Some(texts.clone());
            self.met = Met::Pairs(Vec::new());
        }
        let (width, pairs) = (texts.len(), rows.total.saturating_mul(texts.len()));
        match &mut self.met {
            Met::Pairs(bits) if pairs <= MOST_PAIRS => bits.resize(bits.len().max(pairs.div_ceil(64)), 0),
            Met::Pairs(_) => self.met = Met::Last(vec![0; width]),
            Met::Last(_) => {}
        }
        let places = codes.keys().values();
        match &mut self.met {
            Met::Pairs(bits) => rows.each(codes.nulls(), |row, group| {
                let place = places[row] as usize;
                let pair = group * width + place;
                let (word, bit) = (&mut bits[pair / 64], 1 << (pair % 64));
                if *word & bit == 0 {
                    *word |= bit;
                    f(group, self.keys[place]);
                }
            }),
            Met::Last(last) => rows.each(codes.nulls(), |row, group| {
                let place = places[row] as usize;
                let known = std::mem::replace(&mut last[place], group as u32 + 1);
                if known != group as u32 + 1 {
                    f(group, self.keys[place]);
                }
            }),
        }
        Ok(())
    }

    /// Forgets what was met, since groups are others from here on.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// The memory in use.
    pub(super) fn size(&self) -> usize {
        vec_size(&self.keys)
            + match &self.met {
                Met::Pairs(bits) => vec_size(bits),
                Met::Last(last) => vec_size(last),
            }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn met(coded: &mut Coded<usize>, texts: &[&str], groups: &[usize], total: usize) -> Vec<(usize, usize)> {
        let array: ArrayRef = Arc::new(texts.iter().copied().collect::<DictionaryArray<Int32Type>>());
        let mut met = Vec::new();
        let rows = Rows { groups, filter: None, total };
        let lengths = |texts: &ArrayRef| Ok(texts.as_string_view().iter().flatten().map(str::len).collect());
        coded.each(by_dictionary(&array).unwrap(), &rows, lengths, |group, key| met.push((group, key))).unwrap();
        met
    }

    #[test]
    fn each_pair_comes_once() {
        let mut coded = Coded::default();
        let pairs = met(&mut coded, &["a", "bb", "a", "bb"], &[0, 0, 0, 1], 2);
        assert_eq!(pairs, [(0, 1), (0, 2), (1, 2)]);
        // Another dictionary.
        assert_eq!(met(&mut coded, &["a", "a"], &[0, 2], 3), [(0, 1), (2, 1)]);
        // Too many groups for a bit each.
        assert_eq!(met(&mut coded, &["a", "a", "a"], &[7, 7, 0], MOST_PAIRS + 1), [(7, 1), (0, 1)]);
    }
}
