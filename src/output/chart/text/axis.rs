//! Axes in text cells.

use unicode_width::UnicodeWidthStr;

use super::super::super::words::{cut, wrap};
use super::super::axis::{caption, even_marks, share};
use super::super::model::{Place, Plot, Unit, XAxis};
use super::super::ticks::{Tick, ticks};
use super::Look;
use super::grid::{Grid, Paint};

/// The area inside of the axes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Area {
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) width: usize,
    pub(super) height: usize,
}

/// The x of a value as a share of the area's width.
pub(super) fn across(place: &Place, x: f64) -> f64 {
    match place {
        Place::Continuous { scale, min, max, .. } => share(*scale, *min, *max, x),
        Place::Slots { labels, .. } => (x + 0.5) / labels.len().max(1) as f64,
    }
}

/// The marks of a y axis and the width of their labels.
pub(super) fn y_ticks(plot: &Plot, min: f64, max: f64, height: usize) -> (Vec<Tick>, usize) {
    let ticks = ticks(plot.y.unit, plot.y.scale, min, max, (height / 3).clamp(2, 6));
    let width = ticks.iter().map(|tick| tick.label.width()).max().unwrap_or(0);
    (ticks, width)
}

/// Draws the y axis at the left of an area.
pub(super) fn draw_y(grid: &mut Grid, area: Area, plot: &Plot, min: f64, max: f64, look: Look) {
    for row in 0..area.height {
        grid.put(area.left - 1, area.top + row, look.pick('│', '|'), Paint::Dim);
    }
    for tick in y_ticks(plot, min, max, area.height).0 {
        let up = share(plot.y.scale, min, max, tick.at);
        if !(-0.001..=1.001).contains(&up) {
            continue;
        }
        let row = area.top + ((1.0 - up) * (area.height - 1) as f64).round() as usize;
        grid.text_before(area.left - 2, row, &tick.label, Paint::Plain);
        grid.put(area.left - 1, row, look.pick('┤', '+'), Paint::Dim);
    }
}

/// Draws the x axis below an area: the line, the labels, and what the axis is.
pub(super) fn draw_x(grid: &mut Grid, area: Area, axis: &XAxis, look: Look) {
    let marks = x_marks(&axis.place, area.width);
    draw_marks(grid, area, &marks, look);
    let caption = caption(axis);
    for line in wrap(&caption, area.width.max(20)) {
        let row = grid.add_row();
        let at =
            (area.left + area.width.saturating_sub(line.width()) / 2).min(grid.width - line.width().min(grid.width));
        grid.text(at, row, &line, Paint::Dim);
    }
}

/// Draws a line with marks and, below it, their labels; labels that would touch another one are left out.
pub(super) fn draw_marks(grid: &mut Grid, area: Area, marks: &[(f64, String)], look: Look) {
    let line = grid.add_row();
    let labels = grid.add_row();
    grid.put(area.left - 1, line, look.pick('└', '+'), Paint::Dim);
    for x in 0..area.width {
        grid.put(area.left + x, line, look.pick('─', '-'), Paint::Dim);
    }
    let mut free = 0;
    for (share, label) in marks {
        let at = area.left + ((share * area.width as f64) as usize).min(area.width - 1);
        let label = cut(label, area.width / 2);
        let wide = label.width();
        let start = at.saturating_sub(wide / 2).min(grid.width.saturating_sub(wide));
        if start < free {
            continue;
        }
        grid.put(at, line, look.pick('┬', '+'), Paint::Dim);
        grid.text(start, labels, &label, Paint::Plain);
        free = start + wide + 1;
    }
}

/// The marks of an x axis, as shares of its width.
fn x_marks(place: &Place, width: usize) -> Vec<(f64, String)> {
    match place {
        Place::Continuous { unit, scale, min, max } => {
            let wanted = if *unit == Unit::Time { width / 11 } else { width / 10 };
            let ticks = ticks(*unit, *scale, *min, *max, wanted.clamp(2, 12));
            ticks.into_iter().map(|tick| (share(*scale, *min, *max, tick.at), tick.label)).collect()
        }
        Place::Slots { labels, even: Some(even) } => even_marks(*even, labels.len(), (width / 11).clamp(2, 12)),
        Place::Slots { labels, even: None } => {
            let widest = labels.iter().map(|label| label.width()).max().unwrap_or(1).min(20) + 2;
            let every = (labels.len() * widest).div_ceil(width.max(1)).max(1);
            let kept = labels.iter().enumerate().step_by(every);
            kept.map(|(n, label)| ((n as f64 + 0.5) / labels.len() as f64, label.clone())).collect()
        }
    }
}
