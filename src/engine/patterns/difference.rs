//! Patterns that come in one set of rows more often than in another.
//!
//! The score of a pattern is how much larger its share of the one set is. A search adds values as long as the score
//! grows, and leaves out values without which the score is larger and the contrast nearly as sharp: what is reported is
//! a difference of its own, and no part of a larger one.

use std::collections::BTreeSet;

use super::{Bits, Blanks, Counted, Cube, Pattern, Weights, share};

/// Of patterns whose rows are more alike than that, the better one stays.
const MOST_LIKENESS: f64 = 0.8;
/// How much of the contrast must be left when a value is left out.
const LEAST_CONTRAST: f64 = 0.8;
/// The most pairs of values that a search starts from.
const MOST_PAIRS: usize = 200;

/// Patterns whose shares of the two sets differ by the threshold or more, the furthest apart first, of at most so many
/// values that were chosen; values that follow from those come along.
pub(in crate::engine) fn difference(
    counted: &Counted,
    blanks: &Blanks,
    threshold: f64,
    most_dimensions: usize,
) -> Vec<Pattern> {
    // A pattern that is frequent in a set has only values that are.
    let cube = Cube::new(counted, blanks, |weight, totals| {
        share(weight[0], totals[0]) >= threshold || share(weight[1], totals[1]) >= threshold
    });
    let search = Search { cube: &cube, most_dimensions, threshold };
    let mut starts: Vec<Vec<usize>> = (0..cube.items.len()).map(|item| vec![item]).collect();
    if most_dimensions > 1 {
        starts.extend(search.pairs());
    }
    let mut seen: BTreeSet<Vec<usize>> = BTreeSet::new();
    let mut found: Vec<Found> = Vec::new();
    for start in starts {
        for more in [More::InFirst, More::InSecond] {
            let top = search.climb(search.found(start.clone(), more), more);
            if top.score >= threshold && seen.insert(cube.closure(&top.rows)) {
                found.push(top);
            }
        }
    }
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.items.cmp(&b.items)));
    let mut kept: Vec<Found> = Vec::new();
    for pattern in found {
        if kept.iter().all(|known| cube.likeness(&known.rows, &pattern.rows) <= MOST_LIKENESS) {
            kept.push(pattern);
        }
    }
    kept.iter().map(|found| cube.pattern(&cube.closure(&found.rows), cube.weight(&found.rows))).collect()
}

/// How far the shares of two sets are apart.
pub(super) fn apart(weight: Weights, totals: Weights) -> f64 {
    (share(weight[0], totals[0]) - share(weight[1], totals[1])).abs()
}

/// Which set has more of what is searched for.
#[derive(Clone, Copy)]
enum More {
    InFirst,
    InSecond,
}

/// A pattern on the way.
struct Found {
    items: Vec<usize>,
    rows: Bits,
    score: f64,
}

struct Search<'a> {
    cube: &'a Cube,
    most_dimensions: usize,
    threshold: f64,
}

impl Search<'_> {
    /// The shares of the two sets, the one that shall be larger in front.
    fn shares(&self, rows: &Bits, more: More) -> (f64, f64) {
        let weight = self.cube.weight(rows);
        let [a, b] = [0, 1].map(|set| share(weight[set], self.cube.totals[set]));
        match more {
            More::InFirst => (a, b),
            More::InSecond => (b, a),
        }
    }

    fn found(&self, items: Vec<usize>, more: More) -> Found {
        let rows = self.cube.rows_of(&items);
        let (larger, smaller) = self.shares(&rows, more);
        Found { items, rows, score: larger - smaller }
    }

    /// How many times larger the one share is, as a logarithm. Shares below the threshold say little.
    fn contrast(&self, found: &Found, more: More) -> f64 {
        let (larger, smaller) = self.shares(&found.rows, more);
        ((larger + self.threshold) / (smaller + self.threshold)).ln()
    }

    /// Pairs of values that say more together than each alone: a search from one value would not come to them.
    fn pairs(&self) -> Vec<Vec<usize>> {
        let score = |item: usize| apart(self.cube.items[item].weight, self.cube.totals);
        let mut pairs: Vec<(f64, Vec<usize>)> = Vec::new();
        for a in 0..self.cube.items.len() {
            for b in a + 1..self.cube.items.len() {
                if self.cube.items[a].column == self.cube.items[b].column {
                    continue;
                }
                let pair = vec![a, b];
                let together = self.found(pair.clone(), More::InFirst).score.abs();
                if together >= self.threshold && together > score(a) && together > score(b) {
                    pairs.push((together, pair));
                }
            }
        }
        pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        pairs.truncate(MOST_PAIRS);
        pairs.into_iter().map(|(_, pair)| pair).collect()
    }

    /// Adds and leaves out values as long as the score grows.
    fn climb(&self, mut best: Found, more: More) -> Found {
        loop {
            let next = self.shorter(&best, more).chain(self.longer(&best, more));
            // Of equals, the first.
            let next = next.fold(None, |next: Option<Found>, other| match next {
                Some(next) if next.score >= other.score => Some(next),
                _ => Some(other),
            });
            match next {
                Some(next) if next.score > best.score => best = next,
                _ => return best,
            }
        }
    }

    /// The pattern without one of its values, for each that is not what makes the contrast. What follows from the others
    /// is one of them: the rest without the value that it follows from may have many more rows.
    fn shorter<'s>(&'s self, best: &'s Found, more: More) -> impl Iterator<Item = Found> + 's {
        let closed = self.cube.closure(&best.rows);
        let fits = (2..=self.most_dimensions.saturating_add(1)).contains(&closed.len());
        let contrast = self.contrast(best, more);
        (0..if fits { closed.len() } else { 0 }).filter_map(move |place| {
            let mut items = closed.clone();
            items.remove(place);
            let found = self.found(items, more);
            (self.contrast(&found, more) >= LEAST_CONTRAST * contrast).then_some(found)
        })
    }

    /// The pattern with one more value, for each that fits.
    fn longer<'s>(&'s self, best: &'s Found, more: More) -> impl Iterator<Item = Found> + 's {
        let free = if best.items.len() < self.most_dimensions { self.cube.items.len() } else { 0 };
        let fits = (0..free).filter(|&item| !self.cube.fixes(&best.items, self.cube.items[item].column));
        fits.map(move |item| {
            let mut items = best.items.clone();
            items.push(item);
            items.sort_unstable();
            self.found(items, more)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{counted, show};
    use super::*;

    fn check(rows: &[(&[&str], Weights)], dimensions: usize, expected: &[&str]) {
        assert_eq!(show(&difference(&counted(rows), &[false; 9], 0.05, dimensions)), expected);
    }

    #[test]
    fn a_value_is_added_while_it_brings_the_sets_apart() {
        let rows: &[(&[&str], Weights)] = &[
            (&["Hail", "0"], [50.0, 7.0]),
            (&["Hail", "1"], [0.0, 8.0]),
            (&["Wind", "0"], [17.0, 20.0]),
            (&["Wind", "1"], [0.0, 20.0]),
            (&["Flood", "0"], [33.0, 45.0]),
        ];
        check(rows, 9, &["Hail 0 = 50/7", "* 1 = 0/28", "Wind * = 17/40", "Flood 0 = 33/45"]);
        check(rows, 1, &["Hail * = 50/15", "* 0 = 100/72", "* 1 = 0/28", "Wind * = 17/40", "Flood 0 = 33/45"]);
    }

    #[test]
    fn what_only_inherits_a_difference_is_left_out() {
        let rows: &[(&[&str], Weights)] = &[
            (&["Hail", "x", "0"], [25.0, 3.0]),
            (&["Hail", "y", "0"], [25.0, 4.0]),
            (&["Rain", "x", "0"], [20.0, 25.0]),
            (&["Rain", "y", "0"], [20.0, 25.0]),
            (&["Rain", "s", "0"], [10.0, 3.0]),
            (&["Snow", "y", "1"], [0.0, 40.0]),
        ];
        check(rows, 9, &["Hail * 0 = 50/7", "Snow y 1 = 0/40", "Rain s 0 = 10/3"]);
    }

    #[test]
    fn values_that_matter_only_together_are_found() {
        let rows: &[(&[&str], Weights)] = &[
            (&["a", "x"], [40.0, 10.0]),
            (&["a", "y"], [10.0, 40.0]),
            (&["b", "x"], [10.0, 40.0]),
            (&["b", "y"], [40.0, 10.0]),
        ];
        check(rows, 9, &["a x = 40/10", "a y = 10/40", "b x = 10/40", "b y = 40/10"]);
        check(rows, 1, &[]);
    }

    #[test]
    fn sets_alike_have_no_difference() {
        check(&[(&["a"], [5.0, 50.0]), (&["b"], [5.0, 50.0])], 9, &[]);
        check(&[], 9, &[]);
    }
}
