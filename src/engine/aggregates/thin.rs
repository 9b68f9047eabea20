//! Many values made fewer: each of those that stay stands for its neighbours, by its weight.

/// A value and how often it counts.
pub(super) type Weighted<N> = (N, i64);

/// Sorts values and keeps at most about `most` of them. The least and the greatest stay as they are; the others are
/// taken in runs of equal weight, each of which its middle stands for, so that no value moves by more than half a run.
pub(super) fn thin<N: Copy, K: Ord>(
    mut values: Vec<Weighted<N>>,
    most: usize,
    key: impl Fn(N) -> K,
) -> Vec<Weighted<N>> {
    if values.len() <= most.max(3) {
        return values;
    }
    values.sort_unstable_by_key(|(value, _)| key(*value));
    let (first, last) = (values[0], values[values.len() - 1]);
    let inner = &values[1..values.len() - 1];
    let total: i128 = inner.iter().map(|(_, weight)| i128::from(*weight)).sum();
    let runs = most.saturating_sub(2).max(1) as i128;
    let mut kept = vec![first];
    let (mut start, mut sum, mut ended) = (0, 0i128, 0i128);
    for (at, (_, weight)) in inner.iter().enumerate() {
        sum += i128::from(*weight);
        // Dividing is slow, and seldom needed.
        if sum * runs >= (ended + 1) * total.max(1) || at + 1 == inner.len() {
            kept.push(middle(&inner[start..=at]));
            (start, ended) = (at + 1, sum * runs / total.max(1));
        }
    }
    kept.push(last);
    kept
}

/// The value in the middle of a run, with the weight of all of it.
fn middle<N: Copy>(run: &[Weighted<N>]) -> Weighted<N> {
    let weight = run.iter().fold(0i64, |sum, (_, weight)| sum.saturating_add(*weight));
    let mut left = weight - weight / 2;
    let half = run.iter().find(|(_, weight)| {
        left = left.saturating_sub(*weight);
        left <= 0
    });
    (half.map_or(run[0].0, |(value, _)| *value), weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_stay_and_ends_stay() {
        let many: Vec<Weighted<i64>> = (0..10_000).rev().map(|value| (value, 1)).collect();
        let few = thin(many, 100, |value| value);
        assert!(few.len() <= 100, "{}", few.len());
        assert_eq!([few.first(), few.last()], [Some(&(0, 1)), Some(&(9_999, 1))]);
        assert_eq!(few.iter().map(|(_, weight)| weight).sum::<i64>(), 10_000);
        let mut below = 0;
        for (value, weight) in few {
            assert!(value >= below - 51 && value <= below + weight + 51, "{value} at {below}");
            below += weight;
        }
    }

    #[test]
    fn few_values_are_left_alone() {
        assert_eq!(thin(vec![(2, 5), (1, 1)], 2, |value| value), [(2, 5), (1, 1)]);
        assert_eq!(thin(vec![(4, 1), (3, 9), (2, 1), (1, 1)], 3, |value| value), [(1, 1), (3, 10), (4, 1)]);
    }
}
