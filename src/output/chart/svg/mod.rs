//! Charts as SVG: one file without references to others, readable on light and on dark ground.
//!
//! The drawing is text written by hand: what a plotting library would add (fonts, back ends, its own styles) is more
//! than these shapes need, and none gives titles for each mark, colors by style sheet and text for screen readers.

mod axes;
mod bars;
mod marks;
mod page;
mod plot;
mod shares;

use super::super::words::{cut, wrap};
use super::model::{Picture, Place, Plot, Shape, Unit};
use super::ticks::value_text;
use page::Page;

pub(crate) use page::escape;

/// Draws a chart. `id` tells the charts of one page apart.
pub(in crate::output) fn draw(picture: &Picture, id: &str) -> String {
    let mut page = Page::new(id);
    if let Some(title) = &picture.title {
        for line in wrap(title, 90) {
            page.text(page.width / 2.0, page.bottom + 22.0, "t big mid", &line);
            page.bottom += 26.0;
        }
    }
    let mut notes = picture.notes.clone();
    match &picture.shape {
        Shape::Plot(plot) => plot::draw_plot(&mut page, plot, &mut notes),
        Shape::Shares(all) => shares::draw_shares(&mut page, all),
        Shape::Card(values) => shares::draw_card(&mut page, values),
        Shape::Ladder(ladder) => bars::draw_ladder(&mut page, ladder),
    }
    for note in &notes {
        for line in wrap(&format!("note: {note}"), 140) {
            page.text(16.0, page.bottom + 14.0, "d", &line);
            page.bottom += 18.0;
        }
    }
    let title = picture.title.clone().unwrap_or_else(|| picture.kind.clone());
    page.finish(&title, &describe(picture))
}

/// What the chart shows, in a sentence or two, for those who do not see it.
pub(in crate::output) fn describe(picture: &Picture) -> String {
    let what = match &picture.shape {
        Shape::Plot(plot) => describe_plot(plot),
        Shape::Shares(shares) => {
            let total: f64 = shares.slices.iter().map(|slice| slice.value).sum();
            let share = |value: f64| format!("{:.1}%", value / total * 100.0);
            let parts = shares.slices.iter().take(12).map(|slice| format!("{} {}", slice.name, share(slice.value)));
            format!("shares of {}: {}", shares.measure, parts.collect::<Vec<_>>().join(", "))
        }
        Shape::Card(values) => {
            values.iter().map(|value| format!("{}: {}", value.name, value.text)).collect::<Vec<_>>().join("; ")
        }
        Shape::Ladder(ladder) => {
            let (from, to) = (value_text(ladder.unit, ladder.min), value_text(ladder.unit, ladder.max));
            format!("{} stretches between {from} and {to}", ladder.rungs.len())
        }
    };
    let mut text = format!("A {}: {what}.", picture.kind);
    for note in &picture.notes {
        text.push_str(&format!(" Note: {note}."));
    }
    text
}

fn describe_plot(plot: &Plot) -> String {
    let names = plot.names();
    let listed: Vec<String> = names.iter().take(16).map(|(name, _)| cut(name, 60)).collect();
    let across = match &plot.x.place {
        Place::Continuous { unit, min, max, .. } => {
            format!("from {} to {}", value_text(*unit, *min), value_text(*unit, *max))
        }
        Place::Slots { labels, .. } => format!("at {} places", labels.len()),
    };
    let axis = if plot.x.title.is_empty() { "the x axis" } else { &plot.x.title };
    let values = plot.panels.iter().flat_map(|panel| &panel.series).flat_map(|series| &series.points);
    let values = values.filter(|point| point.y.is_some()).map(|point| point.value);
    let (min, max) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), value| (a.min(value), b.max(value)));
    let unit = if plot.y.unit == Unit::Percent { Unit::Number } else { plot.y.unit };
    let (min, max) = (value_text(unit, min), value_text(unit, max));
    format!("{} along {axis} {across}, values between {min} and {max}", listed.join(", "))
}

/// A coordinate, to a tenth.
fn n(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// The text that appears at a mark.
fn tip(lines: &[&str]) -> String {
    format!("<title>{}</title>", escape(&lines.join("\n")))
}
