//! Values put together: added up, accumulated, stacked.

use std::collections::BTreeMap;

use super::build::Line;
use super::model::{Mark, Point, Stack};

/// Adds values of one series that stand at the same x; gives how many rows were merged.
pub(super) fn add_up(points: &mut Vec<Point>) -> usize {
    let before = points.len();
    let mut merged: BTreeMap<u64, Point> = BTreeMap::new();
    for point in points.drain(..) {
        match merged.entry(point.x as u64) {
            std::collections::btree_map::Entry::Vacant(entry) => drop(entry.insert(point)),
            std::collections::btree_map::Entry::Occupied(mut entry) => {
                let sum = entry.get_mut();
                sum.y = match (sum.y, point.y) {
                    (Some(a), Some(b)) => Some(a + b),
                    (a, b) => a.or(b),
                };
                sum.value = sum.y.unwrap_or(0.0);
                sum.odd |= point.odd;
            }
        }
    }
    points.extend(merged.into_values());
    before - points.len()
}

/// Each value becomes the sum of all up to it.
pub(super) fn accumulate(points: &mut [Point]) {
    let mut sum = 0.0;
    for point in points {
        sum += point.y.unwrap_or(0.0);
        if point.y.is_some() {
            (point.y, point.value) = (Some(sum), sum);
        }
    }
}

/// Puts the series on top of each other: what is above zero upwards, what is below it downwards. Areas get a point at
/// each x of any series, so that their edges meet.
pub(super) fn stack(lines: &mut [Line], how: Stack, mark: Mark) {
    // The key sorts as the number does.
    let key = |x: f64| {
        let bits = x.to_bits();
        if x.is_sign_negative() { !bits } else { bits | 1 << 63 }
    };
    let mut places: BTreeMap<u64, (f64, f64, f64, f64)> = BTreeMap::new();
    for point in lines.iter().flat_map(|line| &line.points) {
        let place = places.entry(key(point.x)).or_insert((point.x, 0.0, 0.0, 0.0));
        place.3 += point.y.unwrap_or(0.0).abs();
    }
    for line in lines {
        if mark == Mark::Area {
            let mut points: BTreeMap<u64, Point> = BTreeMap::new();
            for (key, (x, ..)) in &places {
                points.insert(*key, Point { x: *x, y: Some(0.0), base: 0.0, value: 0.0, odd: false });
            }
            points.extend(line.points.drain(..).map(|point| (key(point.x), point)));
            line.points = points.into_values().collect();
        }
        for point in &mut line.points {
            let Some((_, above, below, total)) = places.get_mut(&key(point.x)) else { continue };
            let mut value = point.y.unwrap_or(0.0);
            if how == Stack::Share {
                value = if *total > 0.0 { value / *total * 100.0 } else { 0.0 };
            }
            let end = if value < 0.0 { below } else { above };
            point.base = *end;
            *end += value;
            if point.y.is_some() || mark == Mark::Area {
                point.y = Some(*end);
            }
        }
    }
}
