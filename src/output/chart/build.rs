//! Plots: from a table, the parts of its columns and the properties to series of points.

use std::collections::HashMap;

use super::frame::{Frame, Holds};
use super::model::{Mark, Panel, Place, Plot, Point, Scale, Series, Stack, Unit, XAxis, YAxis};
use super::place::{Placed, continuous, slots};
use super::roles::Roles;
use super::settings::{Limit, Settings, Split};
use super::stack::{accumulate, add_up, stack};
use super::ticks::round_ends;

/// The most series that are drawn together: more colors cannot be told apart.
pub(super) const MOST_SERIES: usize = 16;
/// The most panels, as in Kusto.
const MOST_PANELS: usize = 5;

/// A series on its way.
pub(super) struct Line {
    pub(super) name: String,
    /// Which of the value columns it is of.
    pub(super) y: usize,
    pub(super) points: Vec<Point>,
}

/// What is lost on the way, to be said.
#[derive(Default)]
struct Lost {
    without_x: usize,
    odd: usize,
    not_positive: usize,
}

/// Builds a plot; the error says why there is nothing to draw.
pub(super) fn build_plot(
    frame: &Frame,
    roles: &Roles,
    settings: &Settings,
    mark: Mark,
    notes: &mut Vec<String>,
) -> Result<Plot, String> {
    let placed = if mark.has_slots() { slots(frame, roles, mark, notes) } else { continuous(frame, roles, settings) };
    let fits = |limit: Limit| matches!(placed.place, Place::Continuous { unit, .. } if limit.on(unit).is_some());
    if !settings.xlimits.iter().flatten().all(|limit| fits(*limit)) {
        notes.push("xmin and xmax are left out: the x axis has no values of their kind".to_owned());
    }
    if !matches!(placed.place, Place::Continuous { unit: Unit::Number | Unit::Span, .. })
        && settings.xaxis == Scale::Log
    {
        notes.push("only an axis of numbers can be logarithmic, and the x axis is none".to_owned());
    }
    let mut lines = lines(frame, roles, settings, &placed, notes);
    let merged = if mark.has_slots() { lines.iter_mut().map(|line| add_up(&mut line.points)).sum() } else { 0 };
    if merged > 0 {
        notes.push(format!("rows with one place and series are added up: {merged}"));
    }
    for line in lines.iter_mut().filter(|_| mark != Mark::Point && !mark.has_slots()) {
        line.points.sort_by(|a, b| a.x.total_cmp(&b.x));
    }
    keep_largest(&mut lines, notes);
    if lines.iter().all(|line| line.points.iter().all(|point| point.y.is_none())) {
        return Err("there is no value to draw".to_owned());
    }
    if settings.accumulate {
        lines.iter_mut().for_each(|line| accumulate(&mut line.points));
    }
    if settings.stack != Stack::None {
        stack(&mut lines, settings.stack, mark);
    }
    let unit = y_unit(frame, roles, settings.stack);
    let panels = panels(lines, roles, frame, settings, mark, unit, notes);
    let y = YAxis { title: y_title(frame, roles, settings), unit, scale: settings.yaxis, stack: settings.stack };
    let x = XAxis { title: settings.xtitle.clone().unwrap_or(placed.title), place: placed.place };
    Ok(Plot { mark, x, y, legend: settings.legend, panels })
}

/// A line per value column and combination of series values, in the order of their first rows.
fn lines(frame: &Frame, roles: &Roles, settings: &Settings, placed: &Placed, notes: &mut Vec<String>) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut known: HashMap<(String, usize), usize> = HashMap::new();
    let mut lost = Lost::default();
    for row in 0..frame.rows {
        let Some(x) = placed.xs[row] else {
            let missing = roles.x.is_some_and(|x| frame.columns[x].number(row).is_none());
            lost.without_x += usize::from(missing && !placed.is_cut);
            continue;
        };
        let words: Vec<String> = roles.series.iter().map(|at| frame.columns[*at].word(row)).collect();
        let words = words.join(", ");
        for (n, y) in roles.ys.iter().enumerate() {
            let value = value_of(frame, *y, row, settings, &mut lost);
            let at = *known.entry((words.clone(), n)).or_insert_with(|| {
                lines.push(Line { name: series_name(&words, frame, roles, *y), y: n, points: Vec::new() });
                lines.len() - 1
            });
            let odd =
                n == 0 && roles.anomalies.iter().any(|at| frame.columns[*at].number(row).is_some_and(|n| n != 0.0));
            lines[at].points.push(Point { x, y: value, base: 0.0, value: value.unwrap_or(0.0), odd });
        }
    }
    for (count, what) in [
        (lost.without_x, "rows without a place on the x axis are left out"),
        (lost.odd, "values that are no finite numbers are left out"),
        (lost.not_positive, "values that are not above zero have no place on a logarithmic axis and are left out"),
    ] {
        if count > 0 {
            notes.push(format!("{what}: {count}"));
        }
    }
    lines
}

fn value_of(frame: &Frame, y: usize, row: usize, settings: &Settings, lost: &mut Lost) -> Option<f64> {
    let value = frame.columns[y].number(row);
    lost.odd += usize::from(frame.columns[y].is_odd(row));
    if settings.yaxis == Scale::Log && value.is_some_and(|value| value <= 0.0) {
        lost.not_positive += 1;
        return None;
    }
    value
}

fn series_name(words: &str, frame: &Frame, roles: &Roles, y: usize) -> String {
    let column = &frame.columns[y].name;
    match (roles.series.is_empty(), roles.ys.len()) {
        (true, _) => column.clone(),
        (false, 1) => words.to_owned(),
        (false, _) => format!("{words}: {column}"),
    }
}

/// Keeps the series with the largest totals where there are too many.
fn keep_largest(lines: &mut Vec<Line>, notes: &mut Vec<String>) {
    if lines.len() <= MOST_SERIES {
        return;
    }
    let total = |line: &Line| line.points.iter().filter_map(|point| point.y).map(f64::abs).sum::<f64>();
    let mut totals: Vec<f64> = lines.iter().map(total).collect();
    totals.sort_by(|a, b| b.total_cmp(a));
    let least = totals[MOST_SERIES - 1];
    notes.push(format!("{MOST_SERIES} of {} series are drawn, those with the largest totals", lines.len()));
    lines.retain(|line| total(line) >= least);
    lines.truncate(MOST_SERIES);
}

fn panels(
    lines: Vec<Line>,
    roles: &Roles,
    frame: &Frame,
    settings: &Settings,
    mark: Mark,
    unit: Unit,
    notes: &mut Vec<String>,
) -> Vec<Panel> {
    let mut count = if settings.split == Split::None { 1 } else { roles.ys.len() };
    if settings.split == Split::Axes && count > 1 {
        notes.push("axes of their own are drawn as panels".to_owned());
    }
    if count > MOST_PANELS {
        notes.push(format!("{MOST_PANELS} of {count} value columns are drawn: there are no more panels"));
        count = MOST_PANELS;
    }
    let mut panels: Vec<Panel> = (0..count)
        .map(|n| {
            let title = (count > 1).then(|| frame.columns[roles.ys[n]].name.clone());
            Panel { title, series: Vec::new(), min: 0.0, max: 0.0 }
        })
        .collect();
    for (color, line) in lines.into_iter().enumerate() {
        if let Some(panel) = panels.get_mut(if count > 1 { line.y } else { 0 }) {
            panel.series.push(Series { name: line.name, color, points: line.points });
        }
    }
    for panel in &mut panels {
        (panel.min, panel.max) = ends(&panel.series, settings, mark, unit);
    }
    panels.retain(|panel| !panel.series.is_empty());
    panels
}

/// The ends of a y axis: what was asked for, else round numbers around the values.
fn ends(series: &[Series], settings: &Settings, mark: Mark, unit: Unit) -> (f64, f64) {
    let log = settings.yaxis == Scale::Log;
    let bases = mark.is_length() && !log;
    let points = series.iter().flat_map(|series| &series.points);
    let values = points.filter_map(|point| point.y.map(|y| (y, point.base)));
    let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
    for (y, base) in values {
        min = min.min(y).min(if bases { base } else { y });
        max = max.max(y).max(if bases { base } else { y });
    }
    if !min.is_finite() {
        (min, max) = if log { (1.0, 10.0) } else { (0.0, 1.0) };
    }
    // Zero is shown where it costs no more than half of the axis.
    if !log && (bases || mark != Mark::Point) && min > 0.0 && (bases || min <= max / 2.0) {
        min = 0.0;
    }
    if min == max && !log {
        let room = if min == 0.0 { 1.0 } else { min.abs() / 2.0 };
        (min, max) = (if min == 0.0 { 0.0 } else { min - room }, max + room);
    }
    let (low, high) = round_ends(unit, settings.yaxis, min, max, 5);
    let high = if high <= low { low * if log { 10.0 } else { 1.0 } + f64::from(u8::from(!log)) } else { high };
    let [wanted_low, wanted_high] = settings.ylimits.map(|limit| limit.filter(|limit| !log || *limit > 0.0));
    match (wanted_low.unwrap_or(low), wanted_high.unwrap_or(high)) {
        (low, high) if low < high => (low, high),
        // Only one end was given, beyond all values.
        (low, _) if wanted_low.is_some() => (low, low + low.abs().max(1.0)),
        (_, high) => (high - high.abs().max(1.0), high),
    }
}

fn y_unit(frame: &Frame, roles: &Roles, stack: Stack) -> Unit {
    if stack == Stack::Share {
        return Unit::Percent;
    }
    let spans = roles.ys.iter().all(|y| frame.columns[*y].holds == Holds::Spans);
    if spans { Unit::Span } else { Unit::Number }
}

fn y_title(frame: &Frame, roles: &Roles, settings: &Settings) -> String {
    let names = || roles.ys.iter().map(|y| frame.columns[*y].name.as_str()).collect::<Vec<_>>();
    settings.ytitle.clone().unwrap_or_else(|| if roles.ys.len() == 1 { names().join("") } else { String::new() })
}

/// The place that a continuous axis has when nothing is known of it.
pub(super) fn empty_place() -> Place {
    Place::Continuous { unit: Unit::Number, scale: Scale::Linear, min: 0.0, max: 1.0 }
}
