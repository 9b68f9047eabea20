//! Plots in SVG.

use super::super::model::{Mark, Plot};
use super::axes::{Area, draw_legend, draw_x, draw_y, y_label_width};
use super::bars::draw_bars;
use super::marks::{draw_areas, draw_columns, draw_lines, draw_points};
use super::n;
use super::page::Page;

/// More points than these do not each get a text of their own.
const MOST_TIPS: usize = 1500;

/// Draws a plot: its panels below each other, the x axis below the last, and the legend.
pub(super) fn draw_plot(page: &mut Page, plot: &Plot, notes: &mut Vec<String>) {
    let points: usize = plot.panels.iter().flat_map(|panel| &panel.series).map(|series| series.points.len()).sum();
    let every = if plot.mark.has_slots() { 1 } else { points.div_ceil(MOST_TIPS).max(1) };
    if every > 1 {
        notes.push(format!("one of {every} points tells its value"));
    }
    let labels = plot.panels.iter().map(|panel| y_label_width(plot, panel.min, panel.max)).fold(0.0, f64::max);
    let left = labels + 24.0;
    let height = if plot.panels.len() > 1 { 190.0 } else { 360.0 };
    for (number, panel) in plot.panels.iter().enumerate() {
        let title = panel.title.as_ref().unwrap_or(&plot.y.title);
        if plot.mark == Mark::Bar {
            draw_bars(page, plot, panel);
            continue;
        }
        if !title.is_empty() {
            page.text(10.0, page.bottom + 16.0, "d", title);
        }
        let area = Area { left, top: page.bottom + 28.0, width: page.width - left - 24.0, height };
        draw_y(page, area, plot, (panel.min, panel.max));
        let clip = format!("{}-p{number}", page.id);
        let [x, y, width, height] = [area.left - 6.0, area.top - 6.0, area.width + 12.0, area.height + 6.5].map(n);
        page.raw(&format!(
            "<clipPath id=\"{clip}\"><rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/></clipPath>\n\
             <g clip-path=\"url(#{clip})\">"
        ));
        match plot.mark {
            Mark::Line => draw_lines(page, area, plot, panel, every),
            Mark::Area => draw_areas(page, area, plot, panel, every),
            Mark::Point => draw_points(page, area, plot, panel, every),
            Mark::Column | Mark::Bar => draw_columns(page, area, plot, panel),
        }
        page.raw("</g>");
        page.bottom = area.bottom() + if plot.panels.len() > 1 { 10.0 } else { 0.0 };
        if number + 1 == plot.panels.len() {
            draw_x(page, area, plot);
        } else {
            page.line((area.left, area.bottom()), (area.right(), area.bottom()), "a");
        }
    }
    if plot.needs_legend() {
        draw_legend(page, &plot.names(), plot.legend, left.min(120.0));
    }
}
