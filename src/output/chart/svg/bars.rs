//! Horizontal bars and ladders in SVG: a line each, as many as there are.

use super::super::super::words::cut;
use super::super::axis::{caption_of, share};
use super::super::model::{Ladder, Panel, Place, Plot, Scale, Stack, Unit};
use super::super::ticks::{ticks, value_text};
use super::axes::{Area, draw_caption, draw_marks};
use super::marks::point_tip;
use super::page::{Page, escape, fill_class, text_width};
use super::tip;

const LONGEST: usize = 34;

/// Draws bars that start at the left.
pub(super) fn draw_bars(page: &mut Page, plot: &Plot, panel: &Panel) {
    let Place::Slots { labels, .. } = &plot.x.place else { return };
    let together = if plot.y.stack == Stack::None { panel.series.len().max(1) } else { 1 };
    let each = if together > 1 { 11.0 } else { 18.0 };
    let slot = each * together as f64 + 8.0;
    let alone = panel.series.len() == 1 || plot.y.stack == Stack::Sum;
    let area =
        beside_labels(page, labels, slot, if alone { 80.0 } else { 24.0 }, &panel.title.clone().unwrap_or_default());
    let ends = (panel.min, panel.max);
    let x = |value: f64| area.left + share(plot.y.scale, ends.0, ends.1, value).clamp(0.0, 1.0) * area.width;
    let marks = ticks(plot.y.unit, plot.y.scale, ends.0, ends.1, 8);
    for mark in &marks {
        let class = if mark.at == 0.0 { "a" } else { "g" };
        page.line((x(mark.at), area.top), (x(mark.at), area.bottom()), class);
    }
    for (number, series) in panel.series.iter().enumerate() {
        for point in &series.points {
            let Some(y) = point.y else { continue };
            let beside = if together > 1 { number as f64 * each } else { 0.0 };
            let top = area.top + point.x * slot + 4.0 + beside;
            let base = if plot.y.scale == Scale::Log && point.base <= 0.0 { ends.0 } else { point.base };
            let (a, b) = (x(base), x(y));
            let size = ((a - b).abs().max(if y == base { 0.0 } else { 1.0 }), each - 1.0);
            page.rect((a.min(b), top), size, &fill_class(series.color), &point_tip(plot, series, point));
            if panel.series.len() == 1 && plot.y.unit != Unit::Percent {
                page.text(a.max(b) + 6.0, top + each / 2.0 + 3.5, "d", &value_text(plot.y.unit, point.value));
            }
        }
    }
    let marks: Vec<(f64, String)> =
        marks.into_iter().map(|mark| ((x(mark.at) - area.left) / area.width, mark.label)).collect();
    draw_marks(page, area, &marks);
    page.bottom = area.bottom() + 26.0;
    draw_caption(page, area, &plot.y.title);
}

/// Draws stretches from a start to an end.
pub(super) fn draw_ladder(page: &mut Page, ladder: &Ladder) {
    let names: Vec<String> = ladder.rungs.iter().map(|rung| rung.name.clone()).collect();
    let area = beside_labels(page, &names, 24.0, 24.0, "");
    let at = |value: f64| share(Scale::Linear, ladder.min, ladder.max, value);
    let marks = ticks(ladder.unit, Scale::Linear, ladder.min, ladder.max, 8);
    for mark in &marks {
        let x = area.left + at(mark.at) * area.width;
        page.line((x, area.top), (x, area.bottom()), "g");
    }
    for (number, rung) in ladder.rungs.iter().enumerate() {
        let (from, to) = (value_text(ladder.unit, rung.start), value_text(ladder.unit, rung.end));
        let length =
            value_text(if ladder.unit == Unit::Time { Unit::Span } else { ladder.unit }, rung.end - rung.start);
        let (left, top) = (area.left + at(rung.start) * area.width, area.top + number as f64 * 24.0 + 3.0);
        let wide = ((at(rung.end) - at(rung.start)) * area.width).max(2.0);
        page.rect((left, top), (wide, 17.0), &fill_class(0), &tip(&[&rung.name, &format!("{from} – {to}"), &length]));
    }
    let marks: Vec<(f64, String)> = marks.into_iter().map(|mark| (at(mark.at), mark.label)).collect();
    draw_marks(page, area, &marks);
    page.bottom = area.bottom() + 26.0;
    let caption = caption_of(&ladder.title, ladder.unit, ladder.min, ladder.max);
    draw_caption(page, area, &caption);
}

/// Writes labels below each other and gives the area beside them.
fn beside_labels(page: &mut Page, labels: &[String], slot: f64, right: f64, title: &str) -> Area {
    if !title.is_empty() {
        page.text(10.0, page.bottom + 16.0, "d", title);
        page.bottom += 18.0;
    }
    let words: Vec<String> = labels.iter().map(|label| cut(label, LONGEST)).collect();
    let left = words.iter().map(|word| text_width(word)).fold(20.0, f64::max) + 22.0;
    let area =
        Area { left, top: page.bottom + 10.0, width: page.width - left - right, height: slot * labels.len() as f64 };
    for (at, (word, label)) in words.iter().zip(labels).enumerate() {
        let y = area.top + (at as f64 + 0.5) * slot + 4.0;
        let title = if word == label { String::new() } else { format!("<title>{}</title>", escape(label)) };
        page.raw(&format!(
            "<text x=\"{}\" y=\"{}\" class=\"t end\">{}{title}</text>",
            super::n(area.left - 8.0),
            super::n(y),
            escape(word)
        ));
    }
    area
}
