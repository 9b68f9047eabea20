//! The periods of series: found by their frequencies, judged by how a series resembles itself one period later.

use datafusion::arrow::array::ArrayRef;
use datafusion::common::Result;
use serde_json::{Value as Json, json};

use super::series_fourier::{powers, products};
use super::series_stats::{mean, reals};
use super::{Args, Kernel};
use crate::engine::dynamic::number;

/// The kernels of this family.
pub(super) const KERNELS: &[Kernel] =
    &[Kernel::new("series_periods_detect", detect), Kernel::new("series_periods_validate", validate)];

/// Shorter periods cannot be told from noise.
const SHORTEST: usize = 4;

/// By how much more alike a multiple of a period must be than the period to be one of its own.
const BETTER: f64 = 0.05;

/// A period, in items, and how well it describes the series: between 0 and 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Period {
    pub(super) items: f64,
    pub(super) score: f64,
}

/// Takes a series, the least and the greatest period to look for, and how many.
fn detect(args: &Args) -> Result<ArrayRef> {
    let (cells, least, most, counts) = (args.text(0)?, args.reals(1)?, args.reals(2)?, args.longs(3)?);
    args.dynamics(|row| {
        let series = reals(cells.get(row)?)?;
        let count = usize::try_from(counts.get(row)?).ok()?.min(series.len());
        let mut found = Likeness::of(&series).periods(least.get(row)?, most.get(row)?);
        found.resize(count, Period { items: 0.0, score: 0.0 });
        Some(told(&found).to_string())
    })
}

/// Takes a series and periods.
fn validate(args: &Args) -> Result<ArrayRef> {
    let cells = args.text(0)?;
    let periods = (1..args.len()).map(|index| args.reals(index)).collect::<Result<Vec<_>>>()?;
    args.dynamics(|row| {
        let likeness = Likeness::of(&reals(cells.get(row)?)?);
        let judged: Option<Vec<Period>> = (periods.iter())
            .map(|period| period.get(row).map(|items| Period { items, score: likeness.score(items) }))
            .collect();
        Some(told(&judged?).to_string())
    })
}

fn told(periods: &[Period]) -> Json {
    let list = |part: fn(&Period) -> f64| Json::Array(periods.iter().map(|period| number(part(period))).collect());
    json!({ "periods": list(|period| period.items), "scores": list(|period| period.score) })
}

/// The best period of any length.
pub(super) fn best_period(series: &[f64]) -> Option<Period> {
    Likeness::of(series).periods(0.0, f64::INFINITY).first().copied()
}

/// How much a series resembles itself some items later.
struct Likeness {
    /// The strength of each frequency.
    powers: Vec<f64>,
    /// By distance: 1 for a perfect copy, 0 for none.
    at: Vec<f64>,
}

impl Likeness {
    fn of(series: &[f64]) -> Likeness {
        let count = series.len();
        let middle = if count == 0 { 0.0 } else { mean(series) };
        let moved: Vec<f64> = series.iter().map(|item| item - middle).collect();
        let sums = products(&moved);
        let whole = sums.first().copied().unwrap_or(0.0);
        // A distance leaves fewer pairs the longer it is, so sums are made up to what all pairs would give.
        let share = |(distance, sum): (usize, &f64)| match whole > 0.0 && distance <= count / 2 {
            true => sum / whole * count as f64 / (count - distance) as f64,
            false => 0.0,
        };
        Likeness { powers: powers(&moved), at: sums.iter().enumerate().map(share).collect() }
    }

    fn len(&self) -> usize {
        self.at.len()
    }

    /// A period repeats: what holds one period later must hold two periods later, where the series is long enough.
    fn score(&self, items: f64) -> f64 {
        let at = |distance: f64| {
            let index = distance.round() as usize;
            (index >= SHORTEST.min(2) && index <= self.len() / 2).then(|| self.at[index])
        };
        match (at(items), at(items * 2.0)) {
            (Some(once), Some(twice)) => once.min(twice).clamp(0.0, 1.0),
            (Some(once), None) => once.clamp(0.0, 1.0),
            (None, _) => 0.0,
        }
    }

    /// Whether a series is more like itself at a distance than at those beside it.
    fn peaks(&self, distance: usize) -> bool {
        let at = |distance: usize| self.at.get(distance).copied().unwrap_or(0.0);
        at(distance) > at(distance - 1) && (distance >= self.len() / 2 || at(distance) > at(distance + 1))
    }

    /// Each strong frequency says about how long a period is, and the best likeness near it says exactly.
    fn periods(&self, least: f64, most: f64) -> Vec<Period> {
        let count = self.len();
        let noise = 2.0 / (count.max(1) as f64).sqrt();
        let power = |frequency: usize| self.powers.get(frequency).copied().unwrap_or(0.0);
        let strong = (2..=count / SHORTEST).filter(|&at| power(at) > power(at - 1) && power(at) >= power(at + 1));
        let mut lengths: Vec<usize> = strong
            .filter_map(|frequency| {
                let low = (count / (frequency + 1)).max(SHORTEST);
                let high = count.div_ceil(frequency - 1).min(count / 2);
                (low..=high).max_by(|a, b| self.at[*a].total_cmp(&self.at[*b]))
            })
            .filter(|&length| self.peaks(length) && length as f64 >= least && length as f64 <= most)
            .collect();
        lengths.sort_unstable();
        lengths.dedup();
        let mut found: Vec<Period> = Vec::new();
        for length in lengths {
            let period = Period { items: length as f64, score: self.score(length as f64) };
            let repeated = |shorter: &Period| {
                let times = period.items / shorter.items;
                (times - times.round()).abs() < 0.1 && self.at[length] < self.at[shorter.items as usize] + BETTER
            };
            if period.score > noise && !found.iter().any(repeated) {
                found.push(period);
            }
        }
        found.sort_by(|a, b| b.score.total_cmp(&a.score));
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(length: usize, period: usize) -> Vec<f64> {
        (0..length).map(|at| ((at % period) as f64 - 2.0).abs() + (at as f64 * at as f64).sin() / 5.0).collect()
    }

    #[test]
    fn periods_are_found() {
        for period in [5, 7, 12, 24] {
            let found = best_period(&wave(period * 9 + 3, period));
            assert_eq!(found.map(|found| found.items), Some(period as f64));
            assert!(found.is_some_and(|found| found.score > 0.8 && found.score <= 1.0), "{found:?}");
        }
    }

    #[test]
    fn what_does_not_repeat_has_no_period() {
        assert_eq!(best_period(&[]), None);
        assert_eq!(best_period(&[1.0; 50]), None);
        let line: Vec<f64> = (0..60).map(f64::from).collect();
        assert_eq!(best_period(&line), None);
    }

    #[test]
    fn wrong_periods_score_low() {
        let likeness = Likeness::of(&wave(60, 6));
        assert!(likeness.score(6.0) > 0.8);
        assert!(likeness.score(5.0) < 0.5);
        assert_eq!([likeness.score(31.0), likeness.score(0.0), likeness.score(f64::NAN)], [0.0, 0.0, 0.0]);
    }

    #[test]
    fn longer_patterns_are_periods_of_their_own() {
        let series: Vec<f64> =
            (0..168 * 5).map(|at| (at % 24) as f64 * if at / 24 % 7 < 5 { 1.0 } else { 0.4 }).collect();
        let found = Likeness::of(&series).periods(0.0, 200.0);
        let lengths: Vec<f64> = found.iter().map(|period| period.items).take(2).collect();
        assert_eq!(lengths, [168.0, 24.0]);
    }
}
