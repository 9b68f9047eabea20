//! Sequences of words, with gaps, that come in one set of texts more often than in another.
//!
//! A search starts at a word and adds words in front and behind, with at most a few any words in between, as long as
//! the sets stay as far apart as before, or nearly so: the longest of the patterns that say the same is the clearest.

use std::collections::BTreeMap;

use super::difference::apart;
use super::{Bits, Counted, Cube, Weights, add, share};

/// The most words that a gap may hold.
const MOST_GAP: usize = 4;
/// The most words that a search starts from.
const MOST_SEEDS: usize = 200;
/// How much of the distance between the sets must be left when a word is added.
const LEAST_KEPT: f64 = 0.95;
/// Of patterns whose rows are more alike than that, the better one stays.
const MOST_LIKENESS: f64 = 0.8;

/// Patterns of texts in the only column: at least and at most so many words, whose shares of the sets differ by the
/// threshold or more; the furthest apart first.
pub(in crate::engine) fn text_difference(
    counted: &Counted,
    threshold: f64,
    words: std::ops::RangeInclusive<usize>,
) -> Vec<(String, Weights)> {
    // Rows are in order of their texts here, whatever order they came in.
    let cube = Cube::new(counted, &[true], |_, _| true);
    let texts = Texts::new(&cube, threshold);
    let mut found: Vec<Found> = texts.seeds().into_iter().map(|seed| texts.grow(seed, &words)).collect();
    found.retain(|found| found.score >= threshold && texts.words(found) >= *words.start());
    let text = |found: &Found| texts.text(found);
    found.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| text(a).cmp(&text(b))));
    let mut kept: Vec<(Bits, Found)> = Vec::new();
    for found in found {
        let rows = texts.rows(&found);
        // A better pattern with some of the words says it already.
        let covered = |known: &(Bits, Found)| {
            let fewer = known.1.pattern.iter().flatten().all(|word| found.pattern.contains(&Some(*word)));
            cube.likeness(&known.0, &rows) > MOST_LIKENESS || (fewer && rows.within(&known.0))
        };
        if !kept.iter().any(covered) {
            kept.push((rows, found));
        }
    }
    kept.iter().map(|(rows, found)| (text(found), cube.weight(rows))).collect()
}

/// A pattern on the way: its words, none for any word, and where it stands.
struct Found {
    pattern: Vec<Option<u32>>,
    /// The rows and places of its first word.
    places: Vec<(u32, u32)>,
    score: f64,
}

struct Texts<'a> {
    cube: &'a Cube,
    /// The words of each text; none where one is too rare to be in a pattern.
    rows: Vec<Vec<Option<u32>>>,
    names: Vec<&'a str>,
}

impl<'a> Texts<'a> {
    fn new(cube: &'a Cube, threshold: f64) -> Texts<'a> {
        let text = |row: &Vec<u32>| row.first().map_or("", |&item| cube.items[item as usize].text.as_ref());
        let texts: Vec<&str> = cube.rows.iter().map(text).collect();
        let mut counts: BTreeMap<&str, (Weights, usize)> = BTreeMap::new();
        for (index, text) in texts.iter().enumerate() {
            for word in text.split_whitespace() {
                let (sum, last) = counts.entry(word).or_insert(([0.0; 2], usize::MAX));
                if *last != index {
                    (*sum, *last) = (add(*sum, cube.weights[index]), index);
                }
            }
        }
        let [a, b] = cube.totals;
        let frequent = |sum: &Weights| share(sum[0], a) >= threshold || share(sum[1], b) >= threshold;
        let names: Vec<&str> = counts.iter().filter(|(_, (sum, _))| frequent(sum)).map(|(word, _)| *word).collect();
        let number = |word: &str| names.binary_search(&word).ok().and_then(|place| u32::try_from(place).ok());
        let rows = texts.iter().map(|text| text.split_whitespace().map(number).collect()).collect();
        Texts { cube, rows, names }
    }

    /// The single words, those that say most first.
    fn seeds(&self) -> Vec<Found> {
        let mut places: Vec<Vec<(u32, u32)>> = vec![Vec::new(); self.names.len()];
        for (row, words) in self.rows.iter().enumerate() {
            for (place, word) in words.iter().enumerate() {
                if let Some(word) = word {
                    places[*word as usize].push((row as u32, place as u32));
                }
            }
        }
        let found = places.into_iter().enumerate().map(|(word, places)| {
            let score = self.score(&places);
            Found { pattern: vec![Some(word as u32)], places, score }
        });
        let mut seeds: Vec<Found> = found.collect();
        seeds.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.pattern.cmp(&b.pattern)));
        seeds.truncate(MOST_SEEDS);
        seeds
    }

    /// Places come in order of rows; a row counts once.
    fn score(&self, places: &[(u32, u32)]) -> f64 {
        let (mut sum, mut last) = ([0.0; 2], None);
        for &(row, _) in places {
            if last != Some(row) {
                (sum, last) = (add(sum, self.cube.weights[row as usize]), Some(row));
            }
        }
        apart(sum, self.cube.totals)
    }

    fn rows(&self, found: &Found) -> Bits {
        let mut rows = Bits::none(self.rows.len());
        found.places.iter().for_each(|&(row, _)| rows.set(row as usize));
        rows
    }

    fn words(&self, found: &Found) -> usize {
        found.pattern.iter().flatten().count()
    }

    fn text(&self, found: &Found) -> String {
        let word = |word: &Option<u32>| word.and_then(|word| self.names.get(word as usize)).map_or("*", |name| *name);
        found.pattern.iter().map(word).collect::<Vec<_>>().join(" ")
    }

    /// The pattern with as many words as it can take.
    fn grow(&self, seed: Found, words: &std::ops::RangeInclusive<usize>) -> Found {
        let mut best = seed;
        while self.words(&best) < *words.end() {
            let enough = self.words(&best) >= *words.start();
            match self.longer(&best) {
                Some(next) if !enough || next.score >= best.score * LEAST_KEPT => best = next,
                _ => break,
            }
        }
        best
    }

    /// The best pattern of one word more; a small gap is better than a large one.
    fn longer(&self, found: &Found) -> Option<Found> {
        let length = i64::try_from(found.pattern.len()).ok()?;
        let steps = (0..=MOST_GAP as i64).flat_map(|gap| [length + gap, -1 - gap]);
        let mut best: Option<(f64, i64, u32)> = None;
        for step in steps {
            let mut places: BTreeMap<u32, Vec<(u32, u32)>> = BTreeMap::new();
            for &(row, place) in &found.places {
                if let Some(word) = self.word(row, i64::from(place) + step) {
                    places.entry(word).or_default().push((row, place));
                }
            }
            for (word, places) in places {
                let score = self.score(&places);
                if best.is_none_or(|(known, ..)| score > known) {
                    best = Some((score, step, word));
                }
            }
        }
        let (score, step, word) = best?;
        let kept = found.places.iter().filter(|&&(row, place)| self.word(row, i64::from(place) + step) == Some(word));
        let gap = usize::try_from(if step < 0 { -1 - step } else { step - length }).ok()?;
        let mut places: Vec<(u32, u32)> = kept.copied().collect();
        let mut pattern = found.pattern.clone();
        if step < 0 {
            let front = std::iter::once(Some(word)).chain(std::iter::repeat_n(None, gap));
            pattern = front.chain(pattern).collect();
            let back = u32::try_from(-step).ok()?;
            places.iter_mut().for_each(|(_, place)| *place -= back);
        } else {
            pattern.extend(std::iter::repeat_n(None, gap).chain([Some(word)]));
        }
        Some(Found { pattern, places, score })
    }

    fn word(&self, row: u32, place: i64) -> Option<u32> {
        self.rows.get(row as usize)?.get(usize::try_from(place).ok()?).copied().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::counted;
    use super::*;

    fn check(rows: &[(&str, Weights)], least: usize, expected: &[&str]) {
        let cells: Vec<([&str; 1], Weights)> = rows.iter().map(|(text, weight)| ([*text], *weight)).collect();
        let rows: Vec<(&[&str], Weights)> = cells.iter().map(|(row, weight)| (&row[..], *weight)).collect();
        let found = text_difference(&counted(&rows), 0.05, least..=20);
        let show = |(text, weight): &(String, Weights)| format!("{text} = {}/{}", weight[0], weight[1]);
        assert_eq!(found.iter().map(show).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn words_with_gaps() {
        let rows: &[(&str, Weights)] = &[
            ("call 1 failed: no relay in range", [1.0, 0.0]),
            ("call 2 failed: no relay in range", [1.0, 0.0]),
            ("call 3 failed: no relay in range", [1.0, 0.0]),
            ("call 4 ended well", [0.0, 1.0]),
            ("call 5 ended well", [0.0, 1.0]),
            ("call 6 was ended", [0.0, 1.0]),
        ];
        check(rows, 1, &["call * failed: no relay in range = 3/0", "ended = 0/3"]);
    }

    #[test]
    fn texts_alike_have_no_difference() {
        check(&[("a b", [1.0, 1.0]), ("b c", [2.0, 2.0])], 1, &[]);
        check(&[], 1, &[]);
    }
}
