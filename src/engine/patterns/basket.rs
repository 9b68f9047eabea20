//! All frequent patterns: apriori, reported as closed sets.
//!
//! A pattern that more values can join without losing a row is reported with them only: the smaller one would say the
//! same of the same rows. What counts as a dimension of a pattern are the values needed to choose its rows, so values
//! that follow from others come for free.

use std::collections::BTreeMap;

use super::{Bits, Blanks, Counted, Cube, Pattern, Weights, share};

/// The most patterns: behind that the answer helps nobody and would not fit into memory.
const MOST_PATTERNS: usize = 50_000;

/// All patterns that so large a share of the rows has, of at most so many independent values, the most frequent first.
/// `None` when there are too many.
pub(in crate::engine) fn basket(
    counted: &Counted,
    blanks: &Blanks,
    threshold: f64,
    most_dimensions: usize,
) -> Option<Vec<Pattern>> {
    let cube = Cube::new(counted, blanks, |weight, totals| share(weight[0], totals[0]) >= threshold);
    let mut search = Search { cube: &cube, threshold, most_dimensions, found: BTreeMap::new() };
    let all = Bits::all(cube.rows.len());
    let weight = cube.weight(&all);
    search.extend(&mut Vec::new(), &all, weight[0])?;
    let mut found: Vec<(Vec<usize>, Weights)> = search.found.into_iter().collect();
    found.sort_by(|a, b| b.1[0].total_cmp(&a.1[0]).then_with(|| b.0.len().cmp(&a.0.len())).then_with(|| a.0.cmp(&b.0)));
    Some(found.iter().map(|(items, weight)| cube.pattern(items, *weight)).collect())
}

struct Search<'a> {
    cube: &'a Cube,
    threshold: f64,
    most_dimensions: usize,
    /// The closed sets of items with their weights.
    found: BTreeMap<Vec<usize>, Weights>,
}

impl Search<'_> {
    /// Adds each later item to a set of items none of which follows from the others.
    fn extend(&mut self, items: &mut Vec<usize>, rows: &Bits, weight: f64) -> Option<()> {
        let first = items.last().map_or(0, |last| last + 1);
        for item in first..self.cube.items.len() {
            let next = &self.cube.items[item];
            if self.cube.fixes(items, next.column) {
                continue;
            }
            let common = rows.and(&next.rows);
            let counts = self.cube.weight(&common);
            if share(counts[0], self.cube.totals[0]) < self.threshold {
                continue;
            }
            // The first value of a pattern is needed even when all rows have it.
            let needed = items.is_empty() || (counts[0] < weight && self.all_needed(items, item, &common));
            if !needed {
                continue;
            }
            self.found.entry(self.cube.closure(&common)).or_insert(counts);
            if self.found.len() > MOST_PATTERNS {
                return None;
            }
            if items.len() + 1 < self.most_dimensions {
                items.push(item);
                self.extend(items, &common, counts[0])?;
                items.pop();
            }
        }
        Some(())
    }

    /// Whether no item of the old ones could be left out without more rows coming in.
    fn all_needed(&self, items: &[usize], new: usize, rows: &Bits) -> bool {
        items.iter().all(|left_out| {
            let others: Vec<usize> = items.iter().copied().filter(|item| item != left_out).chain([new]).collect();
            self.cube.rows_of(&others) != *rows
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::testing::{counted, show};
    use super::*;

    fn check(rows: &[(&[&str], f64)], threshold: f64, dimensions: usize, expected: &[&str]) {
        let rows: Vec<(&[&str], Weights)> = rows.iter().map(|(row, weight)| (*row, [*weight, 0.0])).collect();
        let found = basket(&counted(&rows), &[false; 9], threshold, dimensions).unwrap();
        assert_eq!(show(&found), expected);
    }

    #[test]
    fn what_follows_comes_along() {
        let rows: &[(&[&str], f64)] = &[(&["a", "x"], 6.0), (&["b", "x"], 3.0), (&["c", "y"], 1.0)];
        check(rows, 0.2, 5, &["* x = 9/0", "a x = 6/0", "b x = 3/0"]);
        check(rows, 0.7, 5, &["* x = 9/0"]);
        check(rows, 0.95, 5, &[]);
        check(&[], 0.1, 5, &[]);
    }

    #[test]
    fn only_independent_values_count_as_dimensions() {
        let rows: &[(&[&str], f64)] = &[(&["a", "x", "1"], 4.0), (&["a", "y", "2"], 3.0), (&["b", "x", "1"], 3.0)];
        check(rows, 0.3, 1, &["* x 1 = 7/0", "a * * = 7/0", "a y 2 = 3/0", "b x 1 = 3/0"]);
        check(rows, 0.4, 2, &["* x 1 = 7/0", "a * * = 7/0", "a x 1 = 4/0"]);
    }

    #[test]
    fn values_of_all_rows_are_a_pattern() {
        check(&[(&["a", "x"], 1.0), (&["a", "y"], 1.0)], 0.9, 5, &["a * = 2/0"]);
        check(&[(&["", "x"], 1.0), (&["", "y"], 1.0)], 0.9, 5, &[]);
    }
}
