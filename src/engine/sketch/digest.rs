//! A t-digest: how values are spread, in a bounded number of centroids that are small where the ends are.
//!
//! Values are kept one by one with their counts while at most [`MOST`] of them differ, so percentiles are exact then.
//! As a `dynamic` value it is `[[unit],[means],[weights]]`.

use serde_json::{Value as Json, json};

use super::Summary;

/// More centroids than this are merged to about [`SCALE`] / 2.
const MOST: usize = 2048;
/// The scale of centroids: the larger it is, the smaller they are.
const SCALE: f64 = 2000.0;
/// Values that are collected before they are sorted in.
const FRESH: usize = 4096;

/// What the values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// Numbers.
    Number,
    /// Datetimes, in microseconds since 1970.
    DateTime,
    /// Timespans, in microseconds.
    TimeSpan,
}

impl Unit {
    fn code(self) -> u64 {
        match self {
            Unit::Number => 7,
            Unit::DateTime => 8,
            Unit::TimeSpan => 9,
        }
    }

    fn of_code(code: u64) -> Option<Unit> {
        [Unit::Number, Unit::DateTime, Unit::TimeSpan].into_iter().find(|unit| unit.code() == code)
    }
}

/// Values that stand together: their mean and how many they are.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Centroid {
    mean: f64,
    weight: i64,
}

/// Centroids in order, and values that are not sorted in yet.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Digest {
    unit: Unit,
    centroids: Vec<Centroid>,
    fresh: Vec<Centroid>,
}

impl Digest {
    /// No values yet.
    pub(crate) fn new(unit: Unit) -> Digest {
        Digest { unit, centroids: Vec::new(), fresh: Vec::new() }
    }

    /// What the values are.
    pub(crate) fn unit(&self) -> Unit {
        self.unit
    }

    /// Adds a value that counts `weight` times. What is not finite does not count.
    pub(crate) fn add(&mut self, value: f64, weight: i64) {
        if value.is_finite() && weight > 0 {
            self.fresh.push(Centroid { mean: value, weight });
            if self.fresh.len() >= FRESH {
                self.settle();
            }
        }
    }

    /// Sorts fresh values in.
    fn settle(&mut self) {
        if self.fresh.is_empty() {
            return;
        }
        let mut all = std::mem::take(&mut self.centroids);
        all.append(&mut self.fresh);
        all.sort_by(|a, b| a.mean.total_cmp(&b.mean));
        all.dedup_by(|next, kept| {
            let equal = next.mean == kept.mean;
            if equal {
                kept.weight = kept.weight.saturating_add(next.weight);
            }
            equal
        });
        self.centroids = if all.len() > MOST { merged(&all) } else { all };
    }

    fn total(&self) -> f64 {
        self.centroids.iter().map(|centroid| centroid.weight as f64).sum()
    }

    /// The value at or below which a share from 0 to 100 of the values lies, by nearest rank.
    pub(crate) fn percentile(&mut self, share: f64) -> Option<f64> {
        self.settle();
        let wanted = share / 100.0 * self.total() - 1e-9;
        let mut sum = 0.0;
        let reached = self.centroids.iter().find(|centroid| {
            sum += centroid.weight as f64;
            sum >= wanted
        });
        reached.or(self.centroids.last()).map(|centroid| centroid.mean)
    }

    /// How many values are at most this one.
    pub(crate) fn rank(&mut self, value: f64) -> f64 {
        self.settle();
        let below = self.centroids.iter().take_while(|centroid| centroid.mean <= value);
        below.map(|centroid| centroid.weight as f64).sum()
    }

    /// The share from 0 to 100 of values that are at most this one; `None` when there are no values.
    pub(crate) fn percent_rank(&mut self, value: f64) -> Option<f64> {
        let rank = self.rank(value);
        let total = self.total();
        (total > 0.0).then(|| 100.0 * rank / total)
    }
}

/// Merges neighbours as long as together they span at most one unit of the scale, which is finer towards the ends.
fn merged(sorted: &[Centroid]) -> Vec<Centroid> {
    let total: f64 = sorted.iter().map(|centroid| centroid.weight as f64).sum();
    let scale = |rank: f64| SCALE / (2.0 * std::f64::consts::PI) * (2.0 * (rank / total).min(1.0) - 1.0).asin();
    let mut merged: Vec<Centroid> = Vec::with_capacity(MOST);
    let (mut start, mut rank) = (scale(0.0), 0.0);
    for &centroid in sorted {
        let end = scale(rank + centroid.weight as f64);
        match merged.last_mut() {
            Some(last) if end - start <= 1.0 => {
                let weight = last.weight.saturating_add(centroid.weight);
                last.mean += (centroid.mean - last.mean) * (centroid.weight as f64 / weight as f64);
                last.weight = weight;
            }
            _ => {
                start = scale(rank);
                merged.push(centroid);
            }
        }
        rank += centroid.weight as f64;
    }
    merged
}

impl Summary for Digest {
    fn merge(&mut self, other: &Digest) {
        if self.centroids.is_empty() && self.fresh.is_empty() {
            self.unit = other.unit;
        }
        self.fresh.extend(other.centroids.iter().chain(&other.fresh).copied());
        self.settle();
    }

    fn to_json(&mut self) -> String {
        self.settle();
        let means: Vec<Json> = self.centroids.iter().map(|centroid| plain(centroid.mean)).collect();
        let weights: Vec<i64> = self.centroids.iter().map(|centroid| centroid.weight).collect();
        json!([[self.unit.code()], means, weights]).to_string()
    }

    fn parse(cell: &str) -> Option<Digest> {
        let json: Json = serde_json::from_str(cell).ok()?;
        let [Json::Array(head), Json::Array(means), Json::Array(weights)] = json.as_array()?.as_slice() else {
            return None;
        };
        let unit = Unit::of_code(head.first()?.as_u64()?)?;
        if means.len() != weights.len() {
            return None;
        }
        let centroid = |(mean, weight): (&Json, &Json)| {
            Some(Centroid { mean: mean.as_f64()?, weight: weight.as_i64().filter(|weight| *weight > 0)? })
        };
        let fresh = means.iter().zip(weights).map(centroid).collect::<Option<_>>()?;
        let mut digest = Digest { unit, centroids: Vec::new(), fresh };
        digest.settle();
        Some(digest)
    }

    fn size(&self) -> usize {
        size_of::<Self>() + (self.centroids.capacity() + self.fresh.capacity()) * size_of::<Centroid>()
    }
}

/// A number, without a point where it is whole.
pub(crate) fn plain(number: f64) -> Json {
    const WHOLE: f64 = 9_007_199_254_740_992.0;
    if number.fract() == 0.0 && number.abs() < WHOLE { Json::from(number as i64) } else { Json::from(number) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    fn digest(values: impl Iterator<Item = i64>) -> Digest {
        let mut digest = Digest::new(Unit::Number);
        values.for_each(|value| digest.add(value as f64, 1));
        digest
    }

    #[test]
    fn few_different_values_are_exact() {
        let mut exact = digest((1..=1000).rev().chain(1..=1000));
        assert_eq!(exact.percentile(50.0), Some(500.0));
        assert_eq!(exact.percentile(99.9), Some(999.0));
        assert_eq!(exact.rank(685.0), 1370.0);
        assert_eq!(exact.percent_rank(250.0), Some(25.0));
        assert_eq!(Digest::new(Unit::Number).percentile(50.0), None);
    }

    #[test]
    fn many_values_are_close_and_closest_at_the_ends() {
        let many = 1_000_000;
        let mut sketch = digest((0..many).map(|n| n * 7919 % many));
        for (share, allowed) in [(0.1, 50.0), (1.0, 300.0), (50.0, 2000.0), (99.0, 300.0), (99.9, 50.0)] {
            let off = (sketch.percentile(share).unwrap() - share / 100.0 * many as f64).abs();
            assert!(off < allowed, "{share}: off by {off}");
        }
        assert!(sketch.centroids.len() <= MOST);
    }

    #[test]
    fn merging_is_seeing_all() {
        let mut merged = digest(0..500);
        merged.merge(&digest(500..1000));
        assert_eq!(merged.percentile(75.0), Some(749.0));
    }

    #[test]
    fn json_keeps_all() {
        let mut seen = digest([3, 1, 3].into_iter());
        assert_eq!(seen.to_json(), "[[7],[1,3],[1,2]]");
        assert_eq!(Digest::parse("[[7],[1,3],[1,2]]"), Some(seen));
        assert_eq!(Digest::parse("[[7],[1],[]]"), None);
    }
}
