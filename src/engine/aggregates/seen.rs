//! The different values of many groups, in one table for all of them.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hash, Hasher};

use datafusion::logical_expr::EmitTo;

use super::rows::vec_size;

/// Values, or their hashes, with the group that they were seen in.
#[derive(Default)]
pub(super) struct Seen<T> {
    table: HashSet<(u32, T), BuildHasherDefault<Mix>>,
    /// How many different values each group has.
    counts: Vec<u32>,
}

/// The values of the first groups, in the order of the groups.
pub(super) struct Taken<T> {
    pub(super) items: Vec<T>,
    pub(super) counts: Vec<u32>,
}

impl<T> Taken<T> {
    /// The values of each group.
    pub(super) fn groups(&self) -> impl Iterator<Item = &[T]> {
        let mut rest = self.items.as_slice();
        self.counts.iter().map(move |&count| {
            let (group, others) = rest.split_at(count as usize);
            rest = others;
            group
        })
    }
}

impl<T: Copy + Default + Eq + Hash> Seen<T> {
    /// Makes room for groups.
    pub(super) fn grow(&mut self, total: usize) {
        self.counts.resize(total, 0);
    }

    /// Adds a value, and tells how many the group has.
    pub(super) fn add(&mut self, group: usize, value: T) -> u32 {
        let count = &mut self.counts[group];
        *count += u32::from(self.table.insert((group as u32, value)));
        *count
    }

    /// The groups that have more values than this.
    pub(super) fn groups_above(&self, most: u32) -> impl Iterator<Item = usize> {
        self.counts.iter().enumerate().filter(move |(_, count)| **count > most).map(|(group, _)| group)
    }

    /// Forgets the values for which `moved` is true. Walks over all of them.
    pub(super) fn move_out(&mut self, mut moved: impl FnMut(u32, T) -> bool) {
        let counts = &mut self.counts;
        self.table.retain(|(group, value)| {
            let gone = moved(*group, *value);
            counts[*group as usize] -= u32::from(gone);
            !gone
        });
        self.table.shrink_to_fit();
    }

    /// Takes the counts of the first groups out, and forgets their values.
    pub(super) fn take_counts(&mut self, emit: EmitTo) -> Vec<u32> {
        let counts = emit.take_needed(&mut self.counts);
        self.drop_first(counts.len() as u32);
        counts
    }

    /// Takes the first groups out, their values by a counting sort.
    pub(super) fn take(&mut self, emit: EmitTo) -> Taken<T> {
        let counts = emit.take_needed(&mut self.counts);
        let mut next: Vec<usize> = Vec::with_capacity(counts.len());
        let mut total = 0;
        for &count in &counts {
            next.push(total);
            total += count as usize;
        }
        let mut items = vec![T::default(); total];
        for &(group, value) in &self.table {
            if let Some(place) = next.get_mut(group as usize) {
                items[*place] = value;
                *place += 1;
            }
        }
        self.drop_first(counts.len() as u32);
        Taken { items, counts }
    }

    /// Drops the values of the first groups and moves the others down.
    fn drop_first(&mut self, first: u32) {
        let table = std::mem::take(&mut self.table);
        if !self.counts.is_empty() {
            let kept = table.into_iter().filter(|(group, _)| *group >= first);
            self.table = kept.map(|(group, value)| (group - first, value)).collect();
        }
    }

    pub(super) fn size(&self) -> usize {
        self.table.capacity() * (size_of::<(u32, T)>() + 1) + vec_size(&self.counts)
    }
}

/// Values are hashes, or numbers that are well scattered by one multiplication; mixes the group in.
#[derive(Default)]
pub(super) struct Mix(u64);

impl Hasher for Mix {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.write_u64(u64::from(byte)));
    }

    fn write_u32(&mut self, number: u32) {
        self.write_u64(u64::from(number));
    }

    fn write_u64(&mut self, number: u64) {
        let product = u128::from(self.0 ^ number) * u128::from(0x9E37_79B9_7F4A_7C15u64);
        self.0 = (product >> 64) as u64 ^ product as u64;
    }

    fn write_u128(&mut self, number: u128) {
        self.write_u64(number as u64);
        self.write_u64((number >> 64) as u64);
    }
}
