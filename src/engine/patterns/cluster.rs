//! A few patterns that tell most about a set of rows: seed and expand.
//!
//! The score of a pattern is the weighted geometric mean of the share of rows it covers and of how much its values
//! say. A value says the less the more rows have it anyway. A search starts at the most typical of the rows that no
//! pattern covers yet, and adds and removes values as long as the score grows.

use super::{Bits, Blanks, Counted, Cube, Pattern, share};

/// Values and patterns that fewer rows have are left out.
const LEAST_SHARE: f64 = 0.01;
/// Patterns whose score is a smaller part of the best one's are left out.
const LEAST_SCORE: f64 = 0.55;
/// Of patterns whose rows are more alike than that, the better one stays.
const MOST_LIKENESS: f64 = 0.7;

/// Patterns of a set, the best first. `size_weight` is how much coverage counts against what the values say.
pub(in crate::engine) fn cluster(counted: &Counted, blanks: &Blanks, size_weight: f64, seeds: usize) -> Vec<Pattern> {
    let cube = Cube::new(counted, blanks, |weight, totals| share(weight[0], totals[0]) >= LEAST_SHARE);
    let search = Search { cube: &cube, size_weight };
    let mut found: Vec<Found> = Vec::new();
    let mut open = Bits::all(cube.rows.len());
    for _ in 0..seeds {
        let Some(seed) = search.most_typical(&open) else { break };
        let best = search.climb(seed);
        // The seed may be outside of what grew from it; it is not tried again.
        let mut done = best.rows.clone();
        done.set(seed);
        open = open.without(&done);
        let weight = cube.weight(&best.rows)[0];
        // One row is no pattern, unless it is all there is.
        let several = weight > 1.0 || weight >= cube.totals[0];
        if several && share(weight, cube.totals[0]) >= LEAST_SHARE && !best.items.is_empty() {
            found.push(best);
        }
    }
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.items.cmp(&b.items)));
    let best = found.first().map_or(0.0, |found| found.score);
    let mut kept: Vec<Found> = Vec::new();
    for pattern in found {
        let new = kept.iter().all(|known| cube.likeness(&known.rows, &pattern.rows) <= MOST_LIKENESS);
        if new && pattern.score >= LEAST_SCORE * best {
            kept.push(pattern);
        }
    }
    kept.iter().map(|found| cube.pattern(&cube.closure(&found.rows), cube.weight(&found.rows))).collect()
}

/// A pattern on the way.
struct Found {
    items: Vec<usize>,
    rows: Bits,
    score: f64,
}

struct Search<'a> {
    cube: &'a Cube,
    size_weight: f64,
}

impl Search<'_> {
    fn score(&self, items: &[usize], rows: &Bits) -> f64 {
        let all = self.cube.totals[0];
        let says: f64 = items.iter().map(|&item| 1.0 - share(self.cube.items[item].weight[0], all)).sum();
        let says = says / self.cube.columns as f64;
        share(self.cube.weight(rows)[0], all).powf(self.size_weight) * says.powf(1.0 - self.size_weight)
    }

    fn found(&self, items: Vec<usize>) -> Found {
        let rows = self.cube.rows_of(&items);
        let score = self.score(&items, &rows);
        Found { items, rows, score }
    }

    /// Of some rows, the one whose values most of them have.
    fn most_typical(&self, open: &Bits) -> Option<usize> {
        let mut counts = vec![0.0; self.cube.items.len()];
        for row in open.ones() {
            let weight = self.cube.weights[row][0];
            self.cube.rows[row].iter().for_each(|&item| counts[item as usize] += weight);
        }
        let typical = |row: usize| self.cube.rows[row].iter().map(|&item| counts[item as usize]).sum::<f64>();
        let rows = open.ones().filter(|&row| !self.cube.rows[row].is_empty()).map(|row| (row, typical(row)));
        // Of equals, the first.
        let best = rows.fold(None, |best: Option<(usize, f64)>, next| match best {
            Some(best) if best.1 >= next.1 => Some(best),
            _ => Some(next),
        });
        best.map(|(row, _)| row)
    }

    /// The best pattern that is found from a row.
    fn climb(&self, seed: usize) -> Found {
        let own: Vec<usize> = self.cube.rows[seed].iter().map(|&item| item as usize).collect();
        let mut best = self.found(own.clone());
        // Values of the row are left out, one after the other, down to the last.
        let mut items = own.clone();
        while items.len() > 1 {
            let shorter = (0..items.len()).map(|place| {
                let mut rest = items.clone();
                rest.remove(place);
                self.found(rest)
            });
            let Some(next) = better(shorter) else { break };
            items.clone_from(&next.items);
            if next.score > best.score {
                best = next;
            }
        }
        // Or they are put together from none.
        let mut grown: Option<Found> = None;
        loop {
            let items = grown.as_ref().map_or(&[][..], |found| &found.items);
            let Some(next) = better(self.longer(items, &own)) else { break };
            if grown.as_ref().is_some_and(|found| found.score >= next.score) {
                break;
            }
            grown = Some(next);
        }
        match grown {
            Some(grown) if grown.score > best.score => self.polish(grown),
            _ => self.polish(best),
        }
    }

    /// Adds any value and removes any, as long as that is better.
    fn polish(&self, mut best: Found) -> Found {
        let all: Vec<usize> = (0..self.cube.items.len()).collect();
        loop {
            let shorter = (0..best.items.len()).filter(|_| best.items.len() > 1).map(|place| {
                let mut rest = best.items.clone();
                rest.remove(place);
                self.found(rest)
            });
            let next = better(shorter.chain(self.longer(&best.items, &all)));
            match next {
                Some(next) if next.score > best.score => best = next,
                _ => return best,
            }
        }
    }

    /// The pattern with one more value, for each that fits.
    fn longer<'s>(&'s self, items: &'s [usize], from: &'s [usize]) -> impl Iterator<Item = Found> + 's {
        let free = from.iter().filter(|&&item| !self.cube.fixes(items, self.cube.items[item].column));
        free.map(|&item| {
            let mut more = items.to_vec();
            more.push(item);
            more.sort_unstable();
            self.found(more)
        })
    }
}

/// The one of the highest score; of equals, the first.
fn better(found: impl Iterator<Item = Found>) -> Option<Found> {
    found.fold(None, |best: Option<Found>, next| match best {
        Some(best) if best.score >= next.score => Some(best),
        _ => Some(next),
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{counted, show};
    use super::*;

    /// Rows of four columns: two planted patterns in noise.
    fn planted() -> Counted {
        let mut rows: Vec<(Vec<String>, f64)> = Vec::new();
        for n in 0..300u64 {
            let mixed = |column: u64| (n * 4 + column).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let noise =
                |column: u64| format!("v{}", (mixed(column) ^ (mixed(column) >> 29)).wrapping_mul(31) >> 40 & 15);
            let mut row = vec![noise(1), noise(2), noise(3), noise(4)];
            match n % 10 {
                0..=3 => (row[0], row[1]) = ("edge".into(), "wifi".into()),
                4..=6 => (row[2], row[3]) = ("relay".into(), "410".into()),
                _ => {}
            }
            rows.push((row, 1.0));
        }
        let rows: Vec<(Vec<&str>, f64)> =
            rows.iter().map(|(row, weight)| (row.iter().map(String::as_str).collect(), *weight)).collect();
        let rows: Vec<(&[&str], [f64; 2])> = rows.iter().map(|(row, weight)| (&row[..], [*weight, 0.0])).collect();
        counted(&rows)
    }

    #[test]
    fn planted_patterns_are_found() {
        let found = cluster(&planted(), &[false; 4], 0.5, 25);
        assert_eq!(show(&found), ["edge wifi * * = 120/0", "* * relay 410 = 90/0"]);
    }

    #[test]
    fn the_order_of_rows_does_not_show() {
        let mut other = planted();
        other.rows.reverse();
        assert_eq!(cluster(&other, &[false; 4], 0.3, 25), cluster(&planted(), &[false; 4], 0.3, 25));
    }

    #[test]
    fn a_value_of_all_rows_is_a_pattern() {
        let rows: &[(&[&str], [f64; 2])] = &[(&["a", "x"], [1.0, 0.0]), (&["a", "x"], [1.0, 0.0])];
        assert_eq!(show(&cluster(&counted(rows), &[false; 2], 0.5, 25)), ["a x = 2/0"]);
        assert_eq!(show(&cluster(&counted(&[]), &[], 0.5, 25)), [""; 0]);
    }
}
