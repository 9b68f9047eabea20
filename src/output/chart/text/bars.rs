//! Bars in text cells, a line each: of values, and of stretches between two ends.

use unicode_width::UnicodeWidthStr;

use super::super::super::words::{cut, on_one_line};
use super::super::axis::{caption_of, share};
use super::super::model::{Ladder, Panel, Place, Plot, Point, Scale, Stack};
use super::super::ticks::{ticks, value_text};
use super::Look;
use super::axis::{Area, draw_marks};
use super::grid::{Grid, Paint};

/// More bars would run off any terminal.
const MOST_LINES: usize = 60;

const EIGHTHS: [char; 7] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/// Draws the bars of a panel: label, bar, value.
pub(super) fn draw_bars(grid: &mut Grid, plot: &Plot, panel: &Panel, look: Look, notes: &mut Vec<String>) {
    let Place::Slots { labels, .. } = &plot.x.place else { return };
    let labels: Vec<String> = labels.iter().map(|label| on_one_line(label)).collect();
    let label_width = labels.iter().map(|label| label.width()).max().unwrap_or(0).min(look.width / 3);
    let mut lines: Vec<(usize, Vec<(usize, Point)>)> = Vec::new();
    for slot in 0..labels.len() {
        let here = panel.series.iter().filter_map(|series| {
            let at = series.points.iter().find(|point| point.x as usize == slot);
            at.map(|point| (series.color, *point))
        });
        let here: Vec<(usize, Point)> = here.collect();
        if plot.y.stack == Stack::None {
            lines.extend(here.into_iter().map(|bar| (slot, vec![bar])));
        } else {
            lines.push((slot, here));
        }
    }
    if lines.len() > MOST_LINES {
        notes.push(format!("the first {MOST_LINES} of {} bars are drawn", lines.len()));
        lines.truncate(MOST_LINES);
    }
    let texts: Vec<String> = lines.iter().map(|(_, bars)| bar_text(plot, bars)).collect();
    let text_width = texts.iter().map(|text| text.width()).max().unwrap_or(0);
    let left = label_width + 2;
    let room = look.width.saturating_sub(left + text_width + 1).max(4);
    let zero = share(plot.y.scale, panel.min, panel.max, panel.min.max(0.0)).clamp(0.0, 1.0);
    let mut last = usize::MAX;
    for ((slot, bars), text) in lines.iter().zip(&texts) {
        let row = grid.add_row();
        if *slot != last {
            grid.text_before(label_width, row, &cut(&labels[*slot], label_width), Paint::Plain);
            last = *slot;
        }
        let mut end = left + (zero * room as f64) as usize;
        grid.put(left - 1, row, look.pick('│', '|'), Paint::Dim);
        for (color, point) in bars {
            let Some(y) = point.y else { continue };
            let log = plot.y.scale == Scale::Log;
            let base = if log || point.base < panel.min { panel.min } else { point.base };
            let at = |value: f64| share(plot.y.scale, panel.min, panel.max, value).clamp(0.0, 1.0) * room as f64;
            let (from, to) = (at(base.min(y)), at(base.max(y)));
            let bar = Bar { from, to, color: *color, least: plot.y.stack == Stack::None && y != base };
            end = end.max(draw_bar(grid, row, left, &bar, plot.names().len() == 1, look));
        }
        grid.text(end + 1, row, text, Paint::Plain);
    }
}

/// A bar from one cell to another, in fractions of cells.
struct Bar {
    from: f64,
    to: f64,
    color: usize,
    /// Whether something is to be seen however short it is.
    least: bool,
}

/// Draws a bar and gives the cell behind its end.
fn draw_bar(grid: &mut Grid, row: usize, left: usize, bar: &Bar, alone: bool, look: Look) -> usize {
    let fine = !look.is_ascii() && (look.has_color() || alone);
    let (from, to) = (bar.from.round() as usize, if fine { bar.to.floor() } else { bar.to.round() } as usize);
    for x in from..to {
        grid.put(left + x, row, look.fill(bar.color), look.paint(bar.color));
    }
    let part = ((bar.to - bar.to.floor()) * 8.0) as usize;
    if fine && part > 0 && to >= from {
        grid.put(left + to, row, EIGHTHS[part - 1], look.paint(bar.color));
        return left + to + 1;
    }
    if to <= from && bar.least {
        grid.put(left + from, row, look.pick('▏', look.fill(bar.color)), look.paint(bar.color));
        return left + from + 1;
    }
    left + to.max(from)
}

/// What is written behind a bar: its value, or the sum of a stack.
fn bar_text(plot: &Plot, bars: &[(usize, Point)]) -> String {
    match plot.y.stack {
        Stack::Share => String::new(),
        Stack::Sum => value_text(plot.y.unit, bars.iter().map(|(_, point)| point.value).sum()),
        Stack::None => match bars {
            [(_, Point { y: None, .. })] => "null".to_owned(),
            [(_, point)] => value_text(plot.y.unit, point.value),
            _ => String::new(),
        },
    }
}

/// Draws a ladder: a line per stretch, and the axis below.
pub(super) fn draw_ladder(grid: &mut Grid, ladder: &Ladder, look: Look) {
    let names: Vec<String> = ladder.rungs.iter().map(|rung| on_one_line(&rung.name)).collect();
    let label_width = names.iter().map(|name| name.width()).max().unwrap_or(0).min(look.width / 3);
    let left = label_width + 2;
    let width = look.width - left;
    let at = |value: f64| share(Scale::Linear, ladder.min, ladder.max, value) * (width - 1) as f64;
    for (rung, name) in ladder.rungs.iter().zip(&names) {
        let row = grid.add_row();
        grid.text_before(label_width, row, &cut(name, label_width), Paint::Plain);
        grid.put(left - 1, row, look.pick('│', '|'), Paint::Dim);
        let (from, to) = (at(rung.start).round() as usize, at(rung.end).round() as usize);
        for x in from..=to.max(from) {
            grid.put(left + x, row, look.pick('■', '#'), look.paint(0));
        }
    }
    let marks = ticks(ladder.unit, Scale::Linear, ladder.min, ladder.max, (width / 12).clamp(2, 10));
    let marks: Vec<(f64, String)> = marks.into_iter().map(|tick| (at(tick.at) / width as f64, tick.label)).collect();
    draw_marks(grid, Area { left, top: 0, width, height: 0 }, &marks, look);
    let row = grid.add_row();
    let caption = caption_of(&ladder.title, ladder.unit, ladder.min, ladder.max);
    let caption = cut(&caption, look.width);
    grid.text(left.min(look.width - caption.width()), row, &caption, Paint::Dim);
}
