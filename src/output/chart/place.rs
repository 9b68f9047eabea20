//! Where rows stand along the x axis.

use std::collections::HashMap;

use super::build::empty_place;
use super::frame::{Frame, Holds};
use super::model::{Even, Mark, Place, Scale, Unit};
use super::roles::Roles;
use super::settings::Settings;
use super::ticks::value_text;

/// The most columns or bars along an axis.
const MOST_SLOTS: usize = 200;
/// Gaps of a time axis are kept as long as it has no more slots than this.
const MOST_EVEN: usize = 400;

/// The x axis and the place of each row on it.
pub(super) struct Placed {
    pub(super) title: String,
    pub(super) place: Place,
    pub(super) xs: Vec<Option<f64>>,
    /// Whether some places are not drawn, which has been said.
    pub(super) is_cut: bool,
}

/// A continuous axis; words stand at whole numbers.
pub(super) fn continuous(frame: &Frame, roles: &Roles, settings: &Settings) -> Placed {
    let Some(column) = roles.x.map(|x| &frame.columns[x]) else {
        return slots(frame, roles, Mark::Column, &mut Vec::new());
    };
    let unit = match column.holds {
        Holds::Numbers => Unit::Number,
        Holds::Times => Unit::Time,
        Holds::Spans => Unit::Span,
        Holds::Words => return slots(frame, roles, Mark::Line, &mut Vec::new()),
    };
    let scale = if unit == Unit::Time { Scale::Linear } else { settings.xaxis };
    let [low, high] = settings.xlimits.map(|limit| limit?.on(unit).filter(|at| scale == Scale::Linear || *at > 0.0));
    let shown = |x: &f64| {
        (scale == Scale::Linear || *x > 0.0) && low.is_none_or(|low| *x >= low) && high.is_none_or(|high| *x <= high)
    };
    let xs: Vec<Option<f64>> = (0..frame.rows).map(|row| column.number(row).filter(shown)).collect();
    let found = xs.iter().flatten();
    let min = found.clone().copied().fold(f64::INFINITY, f64::min);
    let max = found.copied().fold(f64::NEG_INFINITY, f64::max);
    let (min, max) = (low.unwrap_or(min), high.unwrap_or(max));
    let place = match (min.is_finite() && max.is_finite(), min < max) {
        (false, _) => empty_place(),
        (true, true) => Place::Continuous { unit, scale, min, max },
        // A lone point stands in the middle.
        (true, false) => {
            let (min, max) = match (unit, scale) {
                (_, Scale::Log) => (min / 10.0, max * 10.0),
                (Unit::Time | Unit::Span, Scale::Linear) => (min - 60e9, max + 60e9),
                (Unit::Number | Unit::Percent, Scale::Linear) => (min - 1.0, max + 1.0),
            };
            Place::Continuous { unit, scale, min, max }
        }
    };
    Placed { title: column.name.clone(), place, xs, is_cut: false }
}

/// An axis on which each value has a slot: words as they come, numbers and times from the least.
pub(super) fn slots(frame: &Frame, roles: &Roles, mark: Mark, notes: &mut Vec<String>) -> Placed {
    let Some(column) = roles.x.map(|x| &frame.columns[x]) else {
        let xs = (0..frame.rows).map(|row| (row < MOST_SLOTS).then_some(row as f64)).collect();
        let is_cut = note_slots(frame.rows, notes);
        let labels = (1..=frame.rows.min(MOST_SLOTS)).map(|n| n.to_string()).collect();
        return Placed { title: String::new(), place: Place::Slots { labels, even: None }, xs, is_cut };
    };
    let unit = match column.holds {
        Holds::Words => None,
        Holds::Numbers => Some(Unit::Number),
        Holds::Times => Some(Unit::Time),
        Holds::Spans => Some(Unit::Span),
    };
    if let Some(unit) = unit {
        let mut values: Vec<f64> = (0..frame.rows).filter_map(|row| column.number(row)).collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        if let Some(even) = even(&values, unit).filter(|_| mark == Mark::Column) {
            let slot = |x: f64| ((x - even.first) / even.step).round();
            let count = values.last().map_or(0, |last| slot(*last) as usize + 1);
            let labels = (0..count).map(|n| value_text(unit, even.first + even.step * n as f64)).collect();
            let xs = (0..frame.rows).map(|row| column.number(row).map(slot)).collect();
            return Placed {
                title: column.name.clone(),
                place: Place::Slots { labels, even: Some(even) },
                xs,
                is_cut: false,
            };
        }
        let is_cut = note_slots(values.len(), notes);
        values.truncate(MOST_SLOTS);
        let slot = |x: f64| values.binary_search_by(|value| value.total_cmp(&x)).ok().map(|at| at as f64);
        let xs = (0..frame.rows).map(|row| column.number(row).and_then(slot)).collect();
        let labels = values.iter().map(|x| value_text(unit, *x)).collect();
        return Placed { title: column.name.clone(), place: Place::Slots { labels, even: None }, xs, is_cut };
    }
    let mut labels: Vec<String> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut xs = Vec::new();
    for row in 0..frame.rows {
        let word = column.word(row);
        let at = *known.entry(word).or_insert_with_key(|word| {
            labels.push(word.clone());
            labels.len() - 1
        });
        xs.push((at < MOST_SLOTS).then_some(at as f64));
    }
    let is_cut = note_slots(labels.len(), notes);
    labels.truncate(MOST_SLOTS);
    Placed { title: column.name.clone(), place: Place::Slots { labels, even: None }, xs, is_cut }
}

/// Says so where there are more places than are drawn.
fn note_slots(count: usize, notes: &mut Vec<String>) -> bool {
    if count > MOST_SLOTS {
        notes.push(format!("the first {MOST_SLOTS} of {count} places along the x axis are drawn"));
    }
    count > MOST_SLOTS
}

/// Whether sorted values lie on a grid that is filled well enough to be drawn with its gaps.
fn even(values: &[f64], unit: Unit) -> Option<Even> {
    let (first, last) = (values.first()?, values.last()?);
    let step = values.windows(2).map(|pair| pair[1] - pair[0]).fold(f64::INFINITY, f64::min);
    if !step.is_finite() || step <= 0.0 || (last - first) / step > MOST_EVEN as f64 {
        return None;
    }
    let off = |x: &f64| {
        let slots = (x - first) / step;
        (slots - slots.round()).abs()
    };
    values.iter().all(|x| off(x) < 0.01).then_some(Even { unit, first: *first, step })
}
