//! What text cells and SVG know of axes alike.

use super::model::{Even, Place, Scale, Unit, XAxis};
use super::ticks::{ticks, value_text};

/// Where a value is between two ends: 0 is the first, 1 the last; values beyond are beyond.
pub(super) fn share(scale: Scale, min: f64, max: f64, value: f64) -> f64 {
    match scale {
        Scale::Linear => (value - min) / (max - min),
        Scale::Log => (value.max(f64::MIN_POSITIVE) / min).log10() / (max / min).log10(),
    }
}

/// Marks of slots at even distances; the axis goes half a step beyond the first and the last.
pub(super) fn even_marks(even: Even, count: usize, wanted: usize) -> Vec<(f64, String)> {
    let last = even.first + even.step * (count.saturating_sub(1)) as f64;
    let share = |at: f64| ((at - even.first) / even.step + 0.5) / count as f64;
    if count <= 1 || even.unit != Unit::Time && count <= wanted {
        return (0..count)
            .map(|n| even.first + even.step * n as f64)
            .map(|at| (share(at), value_text(even.unit, at)))
            .collect();
    }
    let marks = ticks(even.unit, Scale::Linear, even.first, last, wanted);
    marks.into_iter().map(|tick| (share(tick.at), tick.label)).collect()
}

/// What the axis is; of times also from when to when, since its marks do not tell the year.
pub(super) fn caption(axis: &XAxis) -> String {
    let range = match &axis.place {
        Place::Continuous { unit: Unit::Time, min, max, .. } => Some((*min, *max)),
        Place::Slots { labels, even: Some(even) } if even.unit == Unit::Time => {
            Some((even.first, even.first + even.step * labels.len().saturating_sub(1) as f64))
        }
        Place::Continuous { .. } | Place::Slots { .. } => None,
    };
    range.map_or_else(|| axis.title.clone(), |(min, max)| caption_of(&axis.title, Unit::Time, min, max))
}

/// A title, and for times what lies between two ends.
pub(super) fn caption_of(title: &str, unit: Unit, min: f64, max: f64) -> String {
    if unit != Unit::Time {
        return title.to_owned();
    }
    let range = format!("{} – {} UTC", value_text(Unit::Time, min), value_text(Unit::Time, max));
    if title.is_empty() { range } else { format!("{title}, {range}") }
}
