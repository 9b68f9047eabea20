//! The timeline of a call as text: lanes on one line of time, media curves below them, and the events in words.

use crate::engine::Answer;
use crate::error::Result;
use crate::output::words::{cut, on_one_line};
use crate::output::{Charts, Style};

use super::rows::{Day, Row, rows_of};
use super::text::{paint, push_line, width_of};

/// The width of the names of lanes.
const NAMES: usize = 26;
/// Of calls with more participants only those are drawn to whom something happened.
const MOST_DRAWN: usize = 8;
/// The most events that are listed in words.
const MOST_EVENTS: usize = 150;

/// A media metric that is drawn: its name in the data and for readers, and the value that fills the line at least.
pub(super) struct Metric {
    pub(super) name: &'static str,
    pub(super) shown: &'static str,
    pub(super) unit: &'static str,
    pub(super) full: f64,
}

/// The metrics below the lanes.
pub(super) const METRICS: &[Metric] = &[
    Metric { name: "JitterInMs", shown: "jitter", unit: "ms", full: 30.0 },
    Metric { name: "PacketsLostPerSecond", shown: "lost packets", unit: "/s", full: 5.0 },
    Metric { name: "Bitrate", shown: "bit rate", unit: "bit/s", full: 1000.0 },
    Metric { name: "RttInMs", shown: "round trip", unit: "ms", full: 500.0 },
    Metric { name: "PairRttInMs", shown: "pair round trip", unit: "ms", full: 500.0 },
];

/// The characters of a drawing.
struct Glyphs {
    range: char,
    point: char,
    failed: char,
    levels: &'static [char],
}

const UNICODE: Glyphs =
    Glyphs {
        range: '━', point: '•', failed: '▓', levels: &['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']
    };
const ASCII: Glyphs = Glyphs { range: '-', point: 'o', failed: 'X', levels: &['_', '.', ':', '-', '=', '+', '*', '#'] };

/// A stretch of time on so many columns.
struct Axis {
    start: i64,
    end: i64,
    columns: usize,
}

impl Axis {
    fn column(&self, time: i64) -> usize {
        let whole = (self.end - self.start).max(1) as f64;
        let at = (time - self.start) as f64 / whole * self.columns as f64;
        (at.max(0.0) as usize).min(self.columns - 1)
    }
}

/// The timelines of an answer.
pub(super) fn timeline(answer: &Answer, style: &Style) -> Result<String> {
    let events = rows_of(&answer.tables, "Events")?;
    let curves = rows_of(&answer.tables, "Curves")?;
    let mut calls: Vec<String> = events.iter().map(|row| row.text("CallId")).collect();
    calls.dedup();
    let mut text = String::new();
    for call in calls {
        let of_call =
            |rows: &'_ [Row]| rows.iter().filter(|row| row.text("CallId") == call).cloned().collect::<Vec<_>>();
        push_call(&call, &of_call(&events), &of_call(&curves), style, &mut text);
    }
    Ok(text)
}

fn push_call(call: &str, events: &[Row], curves: &[Row], style: &Style, text: &mut String) {
    let glyphs = if style.charts == Charts::Ascii { &ASCII } else { &UNICODE };
    let Some(axis) = axis_of(events, width_of(style)) else { return };
    push_line(text, 0, &paint(&format!("Timeline of call {call}"), "1", style));
    let everybody = names_of(events);
    let drawn = drawn_of(&everybody, events);
    push_axis(events, &axis, style, text);
    for name in &drawn {
        push_lanes(name, events, &axis, glyphs, style, text);
        push_curves(name, curves, &axis, glyphs, style, text);
    }
    if drawn.len() < everybody.len() {
        let rest = everybody.len() - drawn.len();
        push_line(
            text,
            0,
            &format!("and {rest} participants more; --participant P1 shows one, --format json or html all"),
        );
    }
    push_line(text, 0, &format!("{} range   {} point   {} failed or bad", glyphs.range, glyphs.point, glyphs.failed));
    text.push('\n');
    push_events(&drawn, events, style, text);
}

/// The times of the lanes of participants, so that a report that came hours off does not squeeze the call.
pub(super) fn span_of(events: &[Row]) -> Option<(i64, i64)> {
    let bars: Vec<&Row> =
        events.iter().filter(|row| row.text("Lane") == "Participant" && row.text("Form") == "range").collect();
    let bars = if bars.is_empty() { events.iter().collect() } else { bars };
    let start = bars.iter().filter_map(|row| row.time("Start")).min()?;
    let end = bars.iter().filter_map(|row| row.time("End")).max()?;
    // What comes shortly before, such as joining, is seen as well.
    let margin = ((end - start) / 50).max(1_000_000_000);
    Some((start - margin, end + margin))
}

fn axis_of(events: &[Row], width: usize) -> Option<Axis> {
    let (start, end) = span_of(events)?;
    Some(Axis { start, end, columns: width.saturating_sub(NAMES + 14).clamp(20, 160) })
}

/// The participants in order.
pub(super) fn names_of(events: &[Row]) -> Vec<String> {
    let mut names: Vec<String> = events.iter().map(|row| row.text("Participant")).collect();
    names.dedup();
    names
}

fn drawn_of(everybody: &[String], events: &[Row]) -> Vec<String> {
    if everybody.len() <= MOST_DRAWN {
        return everybody.to_vec();
    }
    let hurt = |name: &&String| events.iter().any(|row| row.is("Failed") && row.text("Participant") == **name);
    let hurt: Vec<String> = everybody.iter().filter(hurt).take(MOST_DRAWN).cloned().collect();
    if hurt.is_empty() { everybody[..MOST_DRAWN].to_vec() } else { hurt }
}

fn push_axis(events: &[Row], axis: &Axis, style: &Style, text: &mut String) {
    let clock = |time: i64| {
        let iso = crate::value::format_datetime_iso(time);
        iso.get(11..19).unwrap_or(&iso).to_owned()
    };
    let day = events.first().map(|row| row.clock("Start", Day::Shown)).unwrap_or_default();
    let day = day.split(' ').next().unwrap_or_default().to_owned();
    let (left, right) = (clock(axis.start), clock(axis.end));
    let middle = clock(axis.start + (axis.end - axis.start) / 2);
    let half = axis.columns / 2;
    let mut line = format!("{left:<half$}{middle}");
    let room = axis.columns.saturating_sub(right.len());
    if line.chars().count() > room.saturating_sub(1) {
        line = left;
    }
    let line = format!("{line:<room$}{right}");
    push_line(text, 0, &paint(&format!("{day:<NAMES$}{line}"), "2", style));
}

fn push_lanes(name: &str, events: &[Row], axis: &Axis, glyphs: &Glyphs, style: &Style, text: &mut String) {
    let of_name: Vec<&Row> = events.iter().filter(|row| row.text("Participant") == name).collect();
    let mut lanes: Vec<String> = of_name.iter().map(|row| row.text("Lane")).collect();
    lanes.dedup();
    for lane in lanes {
        let mut cells = vec![(' ', false); axis.columns];
        // Failures are drawn last, so that nothing hides them.
        let mut inside: Vec<&&Row> = of_name.iter().filter(|row| row.text("Lane") == lane).collect();
        inside.sort_by_key(|row| (row.is("Failed"), row.text("Form") == "point"));
        for row in inside {
            let (Some(start), Some(end)) = (row.time("Start"), row.time("End")) else { continue };
            let (from, to) = (axis.column(start), axis.column(end));
            let failed = row.is("Failed");
            let mark = match (failed, row.text("Form").as_str()) {
                // A part that ended badly is drawn as any other, with its end marked.
                (true, "range") if lane == "Participant" && row.text("What") == "in the call" => {
                    cells[from..=to].fill((glyphs.range, false));
                    cells[to] = (glyphs.failed, true);
                    continue;
                }
                (true, _) => glyphs.failed,
                (false, "point") => glyphs.point,
                (false, _) => glyphs.range,
            };
            cells[from..=to].fill((mark, failed));
        }
        let head = if lane == "Participant" { name.to_owned() } else { format!("  {lane}") };
        push_line(text, 0, format!("{head:<NAMES$}{}", painted(&cells, style)).trim_end());
    }
}

fn painted(cells: &[(char, bool)], style: &Style) -> String {
    let mut out = String::new();
    for run in cells.chunk_by(|a, b| a.1 == b.1) {
        let part: String = run.iter().map(|(mark, _)| *mark).collect();
        let failed = run.first().is_some_and(|(_, failed)| *failed);
        out.push_str(&if failed { paint(&part, "31", style) } else { part });
    }
    out
}

fn push_curves(name: &str, curves: &[Row], axis: &Axis, glyphs: &Glyphs, style: &Style, text: &mut String) {
    for (key, points) in curves_of(name, curves) {
        let Some(metric) = METRICS.iter().find(|metric| metric.name == key.2) else { continue };
        let mut most = vec![None::<f64>; axis.columns];
        for (time, value) in &points {
            let cell = &mut most[axis.column(*time)];
            *cell = Some(cell.map_or(*value, |known| known.max(*value)));
        }
        let top = points.iter().map(|(_, value)| *value).fold(0.0, f64::max);
        let full = top.max(metric.full);
        let steps = glyphs.levels.len();
        let line: String = most
            .iter()
            .map(|value| {
                value.map_or(' ', |value| glyphs.levels[((value / full * steps as f64) as usize).min(steps - 1)])
            })
            .collect();
        let head = format!("  {} {} {}", metric.shown, key.0, key.1);
        let head = cut(&head, NAMES - 1);
        let line = format!("{head:<NAMES$}{line} max {}", short(top));
        push_line(text, 0, &paint(&format!("{line} {}", metric.unit), "2", style));
    }
}

/// What a curve is about: stream, direction and metric.
pub(super) type CurveKey = (String, String, String);

/// The curves of a participant that have a metric of ours, with their points in order of time.
pub(super) fn curves_of(name: &str, curves: &[Row]) -> Vec<(CurveKey, Vec<(i64, f64)>)> {
    let mut found: Vec<(CurveKey, Vec<(i64, f64)>)> = Vec::new();
    for row in curves.iter().filter(|row| row.text("Participant") == name) {
        let (Some(time), Some(value)) = (row.time("Time"), row.number("Value")) else { continue };
        let key = (row.text("Stream"), row.text("Direction"), row.text("Metric"));
        if METRICS.iter().all(|metric| metric.name != key.2) {
            continue;
        }
        match found.last_mut() {
            Some((known, points)) if *known == key => points.push((time, value)),
            _ => found.push((key, vec![(time, value)])),
        }
    }
    found
}

/// A number with few digits.
pub(super) fn short(value: f64) -> String {
    match value {
        value if value >= 10_000.0 => format!("{:.0}k", value / 1000.0),
        value if value >= 100.0 => format!("{value:.0}"),
        value => format!("{value:.1}"),
    }
}

fn push_events(drawn: &[String], events: &[Row], style: &Style, text: &mut String) {
    let mut listed: Vec<&Row> = events.iter().filter(|row| drawn.contains(&row.text("Participant"))).collect();
    // A failure is in two lanes, and one is enough for a list.
    listed.retain(|row| row.text("Lane") != "Participant" || row.text("What") == "in the call");
    let all = listed.len();
    if all > MOST_EVENTS {
        listed.retain(|row| row.is("Failed") || row.text("Lane") == "Participant");
        listed.truncate(MOST_EVENTS);
    }
    listed.sort_by_key(|row| row.time("Start"));
    for row in &listed {
        let start = row.text("Start");
        let clock = start.get(11..23).unwrap_or(&start).to_owned();
        let length = if row.text("Form") == "point" { String::new() } else { seconds(row) };
        let (who, lane, what) = (row.text("Participant"), row.text("Lane"), row.text("What"));
        let line = format!("{clock}  {who:<5} {lane:<13} {what:<28} {length:>9}  {}", row.text("Detail"));
        let line = cut(on_one_line(&line).trim_end(), width_of(style).max(60));
        push_line(text, 0, &paint(&line, if row.is("Failed") { "31" } else { "0" }, style));
    }
    if listed.len() < all {
        push_line(text, 0, &format!("{} of {all} events; --format csv has all", listed.len()));
    }
}

fn seconds(row: &Row) -> String {
    match (row.time("Start"), row.time("End")) {
        (Some(start), Some(end)) => format!("{:.2} s", (end - start) as f64 / 1e9),
        _ => String::new(),
    }
}
