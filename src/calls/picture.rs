//! The timeline of a call as SVG: lanes on one line of time, media curves below them.

use crate::engine::Answer;
use crate::error::{Error, Result};
use crate::output::escape;
use crate::value::format_datetime_iso;

use super::lanes::{METRICS, curves_of, names_of, short, span_of};
use super::rows::{Row, rows_of};

const WIDTH: f64 = 1120.0;
const LEFT: f64 = 190.0;
const LANE: f64 = 18.0;
const CURVE: f64 = 40.0;
/// More participants than this are drawn only where something happened to them.
const MOST: usize = 40;

const STYLE: &str = ".tl{font:12px system-ui,-apple-system,'Segoe UI',Roboto,'DejaVu Sans',sans-serif}\
    .tl .bg{fill:#fff}.tl text{fill:#1b1f24}.tl .d{fill:#57606a}.tl .g{stroke:#e1e5ea}.tl .ok{fill:#0072b2}\
    .tl .bar{fill:#9bc4e2}.tl .bad{fill:#c1121f}.tl .cu{fill:none;stroke:#008f68;stroke-width:1.5}.tl .lim{stroke:#c1121f;stroke-dasharray:4 3}\
    .tl .b{font-weight:600}.tl .end{text-anchor:end}\
    @media screen and (prefers-color-scheme:dark){.tl .bg{fill:#12161c}.tl text{fill:#e6edf3}.tl .d{fill:#9da7b3}.tl .g{stroke:#2b323b}\
    .tl .ok{fill:#4aa8e0}.tl .bar{fill:#2d5a7b}.tl .bad{fill:#ff6b6b}.tl .cu{stroke:#2fc29a}.tl .lim{stroke:#ff6b6b}}";

/// The SVG file of an answer: one call.
pub(super) fn picture(answer: &Answer) -> Result<String> {
    let events = rows_of(&answer.tables, "Events")?;
    let curves = rows_of(&answer.tables, "Curves")?;
    let call = events.first().map(|row| row.text("CallId")).unwrap_or_default();
    let names = chosen(&events);
    let Some(scale) = Scale::of(&events) else {
        return Err(Error::Usage("the call has no events that could be drawn".to_owned()));
    };
    let mut body = format!("<text x=\"12\" y=\"22\" class=\"b\">Timeline of call {}</text>\n", escape(&call));
    let mut bottom = 34.0;
    for name in &names {
        bottom = push_lanes(name, &events, &scale, bottom, &mut body);
        bottom = push_curves(name, &curves, &scale, bottom, &mut body);
    }
    let all = names_of(&events).len();
    if names.len() < all {
        body.push_str(&format!(
            "<text x=\"12\" y=\"{:.0}\" class=\"d\">{} of {all} participants: those to whom something happened</text>\n",
            bottom + 30.0,
            names.len()
        ));
    }
    body.push_str(&scale.ticks(34.0, bottom));
    Ok(frame(&body, bottom + 40.0, &format!("Timeline of call {call}")))
}

/// The timeline of one participant, for a page.
pub(super) fn strip(name: &str, events: &[Row], curves: &[Row]) -> Option<String> {
    let scale = Scale::of(events)?;
    let mut body = String::new();
    let bottom = push_lanes(name, events, &scale, 4.0, &mut body);
    let bottom = push_curves(name, curves, &scale, bottom, &mut body);
    body.push_str(&scale.ticks(4.0, bottom));
    Some(frame(&body, bottom + 22.0, &format!("Timeline of {name}")))
}

fn frame(body: &str, height: f64, title: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"tl\" viewBox=\"0 0 {WIDTH} {height:.0}\" width=\"{WIDTH}\" \
         height=\"{height:.0}\" role=\"img\" aria-label=\"{0}\">\n<style>{STYLE}</style>\n\
         <rect width=\"100%\" height=\"100%\" class=\"bg\"/>\n{body}</svg>\n",
        escape(title)
    )
}

/// The participants to draw: all of a few, else those with a failure.
pub(super) fn chosen(events: &[Row]) -> Vec<String> {
    let all = names_of(events);
    if all.len() <= MOST {
        return all;
    }
    let hurt = |name: &str| events.iter().any(|row| row.is("Failed") && row.text("Participant") == name);
    let mut found: Vec<String> = all.iter().filter(|name| hurt(name.as_str())).take(MOST).cloned().collect();
    if found.is_empty() {
        found = all.into_iter().take(MOST).collect();
    }
    found
}

/// Times as places from left to right.
struct Scale {
    start: i64,
    end: i64,
}

impl Scale {
    fn of(events: &[Row]) -> Option<Scale> {
        let (start, end) = span_of(events)?;
        Some(Scale { start, end })
    }

    fn x(&self, time: i64) -> f64 {
        let share = (time - self.start) as f64 / (self.end - self.start).max(1) as f64;
        LEFT + share.clamp(0.0, 1.0) * (WIDTH - LEFT - 20.0)
    }

    fn ticks(&self, top: f64, bottom: f64) -> String {
        let mut out = String::new();
        for step in 0..=6 {
            let time = self.start + (self.end - self.start) / 6 * step;
            let x = self.x(time);
            let clock = format_datetime_iso(time);
            let clock = clock.get(11..19).unwrap_or_default();
            let class = if step == 6 { "d end" } else { "d" };
            out.push_str(&format!(
                "<line x1=\"{x:.1}\" y1=\"{top:.0}\" x2=\"{x:.1}\" y2=\"{bottom:.0}\" class=\"g\" opacity=\".6\"/>\
                 <text x=\"{x:.1}\" y=\"{:.0}\" class=\"{class}\">{clock}</text>\n",
                bottom + 14.0
            ));
        }
        out
    }
}

fn push_lanes(name: &str, events: &[Row], scale: &Scale, top: f64, body: &mut String) -> f64 {
    let of_name: Vec<&Row> = events.iter().filter(|row| row.text("Participant") == name).collect();
    let mut lanes: Vec<String> = of_name.iter().map(|row| row.text("Lane")).collect();
    lanes.dedup();
    let mut y = top + 6.0;
    for lane in lanes {
        let (label, class) = if lane == "Participant" { (name, "b") } else { (lane.as_str(), "d") };
        let indent = if lane == "Participant" { 12.0 } else { 26.0 };
        body.push_str(&format!(
            "<text x=\"{indent}\" y=\"{:.1}\" class=\"{class}\">{}</text>\n",
            y + 12.0,
            escape(label)
        ));
        let mut inside: Vec<&&Row> = of_name.iter().filter(|row| row.text("Lane") == lane).collect();
        inside.sort_by_key(|row| (row.is("Failed"), row.text("Form") == "point"));
        for row in inside {
            push_event(row, &lane, scale, y, body);
        }
        y += LANE;
    }
    y
}

fn push_event(row: &Row, lane: &str, scale: &Scale, y: f64, body: &mut String) {
    let (Some(start), Some(end)) = (row.time("Start"), row.time("End")) else { return };
    let (from, to) = (scale.x(start), scale.x(end));
    let is_bar = lane == "Participant" && row.text("What") == "in the call";
    let class = match (row.is("Failed"), is_bar) {
        (_, true) => "bar",
        (true, false) => "bad",
        (false, false) => "ok",
    };
    let length = row.length("Length");
    let words = [row.text("What"), row.clock("Start", super::rows::Day::Hidden), length, row.text("Detail")];
    let words: Vec<String> = words.into_iter().filter(|word| !word.is_empty()).collect();
    let tip = format!("<title>{}</title>", escape(&words.join(", ")));
    if row.text("Form") == "point" {
        body.push_str(&format!(
            "<circle cx=\"{from:.1}\" cy=\"{:.1}\" r=\"3\" class=\"{class}\">{tip}</circle>\n",
            y + 8.0
        ));
    } else {
        let width = (to - from).max(2.0);
        body.push_str(&format!("<rect x=\"{from:.1}\" y=\"{:.1}\" width=\"{width:.1}\" height=\"11\" rx=\"2\" class=\"{class}\">{tip}</rect>\n", y + 2.5));
    }
    if is_bar && row.is("Failed") {
        body.push_str(&format!(
            "<rect x=\"{:.1}\" y=\"{y:.1}\" width=\"5\" height=\"16\" class=\"bad\">{tip}</rect>\n",
            to - 2.5
        ));
    }
}

fn push_curves(name: &str, curves: &[Row], scale: &Scale, top: f64, body: &mut String) -> f64 {
    let mut y = top;
    for ((stream, direction, metric), points) in curves_of(name, curves) {
        let Some(metric) = METRICS.iter().find(|known| known.name == metric) else { continue };
        let most = points.iter().map(|(_, value)| *value).fold(0.0, f64::max);
        let full = most.max(metric.full);
        let line: Vec<String> = points
            .iter()
            .map(|(time, value)| {
                format!("{:.1},{:.1}", scale.x(*time), y + CURVE - 6.0 - value / full * (CURVE - 12.0))
            })
            .collect();
        let words = escape(&format!("{} {stream} {direction}", metric.shown));
        let top_value = format!("max {} {}", short(most), metric.unit);
        let (first, last, right) = (y + 16.0, y + CURVE - 6.0, WIDTH - 20.0);
        body.push_str(&format!(
            "<text x=\"26\" y=\"{first:.1}\" class=\"d\">{words}</text>\
             <text x=\"26\" y=\"{:.1}\" class=\"d\">{top_value}</text>\
             <line x1=\"{LEFT}\" y1=\"{last:.1}\" x2=\"{right}\" y2=\"{last:.1}\" class=\"g\"/>\
             <polyline points=\"{}\" class=\"cu\"><title>{words}, {top_value}</title></polyline>\n",
            first + 14.0,
            line.join(" "),
        ));
        y += CURVE;
    }
    y
}
