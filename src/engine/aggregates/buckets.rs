//! Items of many groups in one vector, in the order in which they come; sorted into their groups only at the end.
//! A vector of its own for each group would cost a jump in memory, and often a larger allocation, for each row.

use datafusion::logical_expr::EmitTo;

use super::rows::vec_size;

/// Items with their groups.
pub(super) struct Buckets<T> {
    items: Vec<T>,
    /// The group of each item. Empty while there is but one group.
    groups: Vec<u32>,
    total: usize,
}

/// Items in the order of their groups, and where each group ends.
pub(super) struct Sorted<T> {
    pub(super) items: Vec<T>,
    pub(super) ends: Vec<usize>,
}

impl<T> Default for Buckets<T> {
    fn default() -> Self {
        Buckets { items: Vec::new(), groups: Vec::new(), total: 0 }
    }
}

impl<T> Sorted<T> {
    /// The items of each group.
    pub(super) fn each_mut(&mut self) -> impl Iterator<Item = &mut [T]> {
        let mut rest = self.items.as_mut_slice();
        let mut start = 0;
        self.ends.iter().map(move |&end| {
            let (group, others) = std::mem::take(&mut rest).split_at_mut(end - start);
            (rest, start) = (others, end);
            group
        })
    }

    /// How many items each group has.
    pub(super) fn lengths(&self) -> impl Iterator<Item = usize> {
        let mut start = 0;
        self.ends.iter().map(move |&end| end - std::mem::replace(&mut start, end))
    }
}

impl<T: Copy> Buckets<T> {
    /// Makes room for groups.
    pub(super) fn grow(&mut self, total: usize) {
        if total > 1 && self.groups.len() < self.items.len() {
            self.groups.resize(self.items.len(), 0);
        }
        self.total = total;
    }

    /// How many items there are, in all groups.
    pub(super) fn len(&self) -> usize {
        self.items.len()
    }

    pub(super) fn push(&mut self, group: usize, item: T) {
        self.items.push(item);
        if self.total > 1 {
            self.groups.push(group as u32);
        }
    }

    pub(super) fn extend(&mut self, group: usize, items: &[T]) {
        self.items.extend_from_slice(items);
        if self.total > 1 {
            self.groups.resize(self.items.len(), group as u32);
        }
    }

    pub(super) fn size(&self) -> usize {
        vec_size(&self.items) + vec_size(&self.groups)
    }

    /// Takes the items of the first groups out, by a counting sort, which keeps the order within a group.
    pub(super) fn take(&mut self, emit: EmitTo) -> Sorted<T> {
        let first = match emit {
            EmitTo::All => self.total,
            EmitTo::First(first) => first.min(self.total),
        };
        let items = std::mem::take(&mut self.items);
        let groups = std::mem::take(&mut self.groups);
        let total = self.total;
        self.total -= first;
        if groups.is_empty() && (first == total || items.is_empty()) {
            let ends = vec![items.len(); first];
            return Sorted { items, ends };
        }
        if groups.is_empty() {
            self.items = items;
            return Sorted { items: Vec::new(), ends: Vec::new() };
        }
        self.split(&items, &groups, first)
    }

    fn split(&mut self, items: &[T], groups: &[u32], first: usize) -> Sorted<T> {
        let mut ends = vec![0usize; first];
        for &group in groups {
            if let Some(count) = ends.get_mut(group as usize) {
                *count += 1;
            }
        }
        let mut sum = 0;
        for end in &mut ends {
            // For now the start of the group; each item moves it on, to the end at last.
            sum += std::mem::replace(end, sum);
        }
        let mut order = vec![0u32; sum];
        for (at, &group) in groups.iter().enumerate() {
            match ends.get_mut(group as usize) {
                Some(next) => {
                    order[*next] = at as u32;
                    *next += 1;
                }
                None => {
                    self.items.push(items[at]);
                    self.groups.push(group - first as u32);
                }
            }
        }
        let items = order.iter().map(|&at| items[at as usize]).collect();
        Sorted { items, ends }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(sorted: &mut Sorted<i32>) -> Vec<Vec<i32>> {
        sorted.each_mut().map(|group| group.to_vec()).collect()
    }

    #[test]
    fn items_go_to_their_groups_in_order() {
        let mut buckets = Buckets::default();
        buckets.grow(1);
        buckets.extend(0, &[7, 6]);
        buckets.grow(4);
        buckets.push(2, 5);
        buckets.push(0, 4);
        buckets.extend(2, &[3, 2]);
        let mut first = buckets.take(EmitTo::First(1));
        assert_eq!(taken(&mut first), [[7, 6, 4]]);
        buckets.grow(3);
        buckets.push(0, 1);
        let mut rest = buckets.take(EmitTo::All);
        assert_eq!(rest.lengths().collect::<Vec<_>>(), [1, 3, 0]);
        assert_eq!(taken(&mut rest), [vec![1], vec![5, 3, 2], vec![]]);
        assert_eq!(buckets.take(EmitTo::All).ends.len(), 0);
    }

    #[test]
    fn a_single_group_is_not_moved() {
        let mut buckets = Buckets::default();
        buckets.grow(1);
        buckets.extend(0, &[2, 1]);
        assert_eq!(taken(&mut buckets.take(EmitTo::All)), [[2, 1]]);
    }
}
