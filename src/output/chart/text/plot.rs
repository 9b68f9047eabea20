//! Plots in text cells.

use unicode_width::UnicodeWidthStr;

use super::super::super::words::cut;
use super::super::model::{Mark, Panel, Place, Plot, Stack};
use super::axis::{Area, draw_x, draw_y, y_ticks};
use super::bars::draw_bars;
use super::grid::{Grid, Paint};
use super::marks::{draw_areas, draw_columns, draw_lines, draw_points};
use super::{Look, draw_legend};

/// How a plot is drawn, which columns that do not fit decide anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    Lines,
    Areas,
    Points,
    Columns,
    Bars,
}

/// Draws a plot: its panels above each other, the x axis below the last, and the legend.
pub(super) fn draw_plot(grid: &mut Grid, plot: &Plot, look: Look, notes: &mut Vec<String>) {
    let manner = manner(plot, look, notes);
    let height = (look.width / 6).clamp(10, 22) / plot.panels.len().min(2);
    let labels = plot.panels.iter().map(|panel| y_ticks(plot, panel.min, panel.max, height).1).max().unwrap_or(0);
    let left = (labels + 2).min(look.width / 2);
    // Columns are all equally wide, even where that leaves some room.
    let width = match (&plot.x.place, manner) {
        (Place::Slots { labels, .. }, Manner::Columns) if (1..look.width - left).contains(&labels.len()) => {
            (look.width - left) / labels.len() * labels.len()
        }
        _ => look.width - left,
    };
    let single = plot.names().len() == 1;
    for panel in &plot.panels {
        let title = panel.title.as_ref().unwrap_or(&plot.y.title);
        if !title.is_empty() && manner != Manner::Bars || plot.panels.len() > 1 {
            let row = grid.add_row();
            grid.text(0, row, &cut(title, look.width), Paint::Dim);
        }
        if manner == Manner::Bars {
            draw_bars(grid, plot, panel, look, notes);
            continue;
        }
        let top = grid.add_row();
        grid.add_rows(height - 1);
        let area = Area { left, top, width, height };
        draw_y(grid, area, plot, panel.min, panel.max, look);
        match manner {
            Manner::Lines => draw_lines(grid, area, plot, panel, look),
            Manner::Areas => draw_areas(grid, area, plot, panel, look),
            Manner::Points => draw_points(grid, area, plot, panel, look),
            Manner::Columns | Manner::Bars => draw_columns(grid, area, plot, panel, look),
        }
    }
    if manner != Manner::Bars {
        draw_x(grid, Area { left, top: 0, width, height }, &plot.x, look);
    }
    let odd = plot.panels.iter().flat_map(|panel| &panel.series).any(|series| series.points.iter().any(|p| p.odd));
    let names = plot.names();
    if plot.needs_legend() || manner == Manner::Bars {
        let crossing = manner == Manner::Areas && !single && plot.y.stack == Stack::None;
        let filled = matches!(manner, Manner::Columns | Manner::Bars | Manner::Areas) && !crossing;
        let sign = |color: usize| match (filled, look.has_color()) {
            (true, _) => look.fill(color),
            (false, true) => look.pick('■', '*'),
            (false, false) if single => look.pick('⠒', '*'),
            (false, false) => look.sign(color),
        };
        draw_legend(grid, &names, plot.legend, sign);
    }
    if odd {
        let row = grid.add_row();
        grid.put(2, row, look.pick('◆', 'A'), Paint::Odd);
        grid.text(4, row, "anomaly", Paint::Plain);
    }
}

fn manner(plot: &Plot, look: Look, notes: &mut Vec<String>) -> Manner {
    match plot.mark {
        Mark::Line => Manner::Lines,
        Mark::Area => Manner::Areas,
        Mark::Point => Manner::Points,
        Mark::Bar => Manner::Bars,
        Mark::Column => {
            let Place::Slots { labels, even } = &plot.x.place else { return Manner::Lines };
            // The room that is left beside labels of the usual width.
            let slot = look.width.saturating_sub(8) / labels.len().max(1);
            let widest = labels.iter().map(|label| label.width()).max().unwrap_or(0);
            let together =
                if plot.y.stack == Stack::None { plot.panels.iter().map(bars_of).max().unwrap_or(1) } else { 1 };
            match even {
                None if slot > widest && slot > together => Manner::Columns,
                None => {
                    notes.push("the columns have long labels, so they are drawn as bars".to_owned());
                    Manner::Bars
                }
                Some(_) if slot > together || slot == 1 && together == 1 => Manner::Columns,
                Some(_) => {
                    notes.push("the columns would be too narrow, so they are drawn as lines".to_owned());
                    Manner::Lines
                }
            }
        }
    }
}

fn bars_of(panel: &Panel) -> usize {
    panel.series.len()
}
