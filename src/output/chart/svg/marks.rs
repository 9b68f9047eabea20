//! Lines, areas, points and columns in SVG.

use super::super::model::{Mark, Panel, Place, Plot, Point, Scale, Series, Stack, Unit};
use super::super::ticks::value_text;
use super::axes::Area;
use super::page::{Page, fill_class, stroke_class};
use super::{n, tip};

/// Series with fewer points show each of them.
const FEW: usize = 60;

/// Draws a line per series; gaps stay gaps.
pub(super) fn draw_lines(page: &mut Page, area: Area, plot: &Plot, panel: &Panel, every: usize) {
    for series in &panel.series {
        let places = thinned(places(area, plot, panel, series), area);
        page.raw(&format!("<path class=\"line {}\" d=\"{}\"/>", stroke_class(series.color), path(&places)));
    }
    for series in &panel.series {
        draw_dots(page, area, plot, panel, series, every);
    }
}

/// Draws areas; where they may hide each other they are see-through and have an edge.
pub(super) fn draw_areas(page: &mut Page, area: Area, plot: &Plot, panel: &Panel, every: usize) {
    let ends = (panel.min, panel.max);
    for series in &panel.series {
        let through = plot.y.stack == Stack::None && panel.series.len() > 1;
        for run in series.points.split(|point| point.y.is_none()).filter(|run| !run.is_empty()) {
            let top = run
                .iter()
                .filter_map(|point| Some((area.x(&plot.x.place, point.x), area.y(plot.y.scale, ends, point.y?))));
            let base = run.iter().rev().map(|point| {
                let base = if plot.y.scale == Scale::Log && point.base <= 0.0 { panel.min } else { point.base };
                (area.x(&plot.x.place, point.x), area.y(plot.y.scale, ends, base))
            });
            let outline: Vec<Option<(f64, f64)>> = top.chain(base).map(Some).collect();
            let class = if through { format!("f{} thin", series.color % 8) } else { fill_class(series.color) };
            page.raw(&format!("<path class=\"{class}\" d=\"{}Z\"/>", path(&outline)));
        }
        if through {
            let places = thinned(places(area, plot, panel, series), area);
            page.raw(&format!("<path class=\"line {}\" d=\"{}\"/>", stroke_class(series.color), path(&places)));
        }
    }
    for series in &panel.series {
        draw_dots(page, area, plot, panel, series, every);
    }
}

/// Draws a dot per point.
pub(super) fn draw_points(page: &mut Page, area: Area, plot: &Plot, panel: &Panel, every: usize) {
    for series in &panel.series {
        let class = fill_class(series.color);
        for (at, point) in series.points.iter().enumerate() {
            let Some((x, y)) = place(area, plot, panel, point) else { continue };
            let tip = if at % every == 0 { point_tip(plot, series, point) } else { String::new() };
            page.raw(&format!("<circle class=\"{class}\" cx=\"{}\" cy=\"{}\" r=\"4\">{tip}</circle>", n(x), n(y)));
        }
    }
}

/// Draws columns in their slots: beside each other, or on top of each other.
pub(super) fn draw_columns(page: &mut Page, area: Area, plot: &Plot, panel: &Panel) {
    let Place::Slots { labels, .. } = &plot.x.place else { return };
    let slot = area.width / labels.len().max(1) as f64;
    let together = if plot.y.stack == Stack::None { panel.series.len().max(1) } else { 1 };
    let all = (slot * 0.8).min(90.0 * together as f64).max(0.5);
    let each = all / together as f64;
    let ends = (panel.min, panel.max);
    for (number, series) in panel.series.iter().enumerate() {
        for point in &series.points {
            let Some(y) = point.y else { continue };
            let beside = if together > 1 { number as f64 * each } else { 0.0 };
            let x = area.left + point.x * slot + (slot - all) / 2.0 + beside;
            let base = if plot.y.scale == Scale::Log && point.base <= 0.0 { panel.min } else { point.base };
            let (a, b) = (area.y(plot.y.scale, ends, base), area.y(plot.y.scale, ends, y));
            let gap = if together > 1 && each > 4.0 { 1.0 } else { 0.0 };
            let size = ((each - gap).max(0.5), (a - b).abs().max(if y == base { 0.0 } else { 1.0 }));
            page.rect((x, a.min(b)), size, &fill_class(series.color), &point_tip(plot, series, point));
        }
    }
}

/// Small dots where there are few points, invisible ones that carry the text at all others, and rings at anomalies.
fn draw_dots(page: &mut Page, area: Area, plot: &Plot, panel: &Panel, series: &Series, every: usize) {
    let fill = fill_class(series.color);
    for (at, point) in series.points.iter().enumerate() {
        let Some((x, y)) = place(area, plot, panel, point) else { continue };
        let lone = series.points.len() == 1
            || (at == 0 || series.points[at - 1].y.is_none())
                && series.points.get(at + 1).is_none_or(|next| next.y.is_none());
        let (x, y) = (n(x), n(y));
        if plot.mark == Mark::Line && (series.points.len() <= FEW || lone) {
            let radius = if lone { "4" } else { "2.5" };
            page.raw(&format!("<circle class=\"{fill}\" cx=\"{x}\" cy=\"{y}\" r=\"{radius}\"/>"));
        }
        if point.odd {
            page.raw(&format!("<circle class=\"odd\" cx=\"{x}\" cy=\"{y}\" r=\"6\"/>"));
        }
        if at % every == 0 || point.odd {
            let tip = point_tip(plot, series, point);
            page.raw(&format!("<circle class=\"hit\" cx=\"{x}\" cy=\"{y}\" r=\"7\">{tip}</circle>"));
        }
    }
}

/// What a point says: its series, where it is, and its value.
pub(super) fn point_tip(plot: &Plot, series: &Series, point: &Point) -> String {
    let place = match &plot.x.place {
        Place::Continuous { unit, .. } => value_text(*unit, point.x),
        Place::Slots { labels, .. } => labels.get(point.x as usize).cloned().unwrap_or_default(),
    };
    let value = match (plot.y.unit, point.y) {
        (Unit::Percent, Some(y)) => {
            let value = value_text(Unit::Number, point.value);
            format!("{value} ({})", value_text(Unit::Percent, y - point.base))
        }
        (unit, _) => value_text(unit, point.value),
    };
    let odd = if point.odd { "anomaly" } else { "" };
    let lines = [series.name.as_str(), &place, &value, odd];
    tip(&lines.into_iter().filter(|line| !line.is_empty()).collect::<Vec<_>>())
}

fn place(area: Area, plot: &Plot, panel: &Panel, point: &Point) -> Option<(f64, f64)> {
    Some((area.x(&plot.x.place, point.x), area.y(plot.y.scale, (panel.min, panel.max), point.y?)))
}

fn places(area: Area, plot: &Plot, panel: &Panel, series: &Series) -> Vec<Option<(f64, f64)>> {
    series.points.iter().map(|point| place(area, plot, panel, point)).collect()
}

/// Of many points in one column of pixels, the first, the lowest, the highest and the last: the line looks the same.
fn thinned(places: Vec<Option<(f64, f64)>>, area: Area) -> Vec<Option<(f64, f64)>> {
    if places.len() as f64 <= area.width * 4.0 {
        return places;
    }
    let pixel = |place: &Option<(f64, f64)>| place.map(|(x, _)| x.floor() as i64);
    let mut out = Vec::new();
    for run in places.chunk_by(|a, b| pixel(a) == pixel(b)) {
        let by_y = |a: &usize, b: &usize| run[*a].map_or(0.0, |p| p.1).total_cmp(&run[*b].map_or(0.0, |p| p.1));
        let mut kept: Vec<usize> =
            [Some(0), (0..run.len()).min_by(by_y), (0..run.len()).max_by(by_y), run.len().checked_sub(1)]
                .into_iter()
                .flatten()
                .collect();
        kept.sort_unstable();
        kept.dedup();
        out.extend(kept.into_iter().map(|at| run[at]));
    }
    out
}

fn path(places: &[Option<(f64, f64)>]) -> String {
    let mut path = String::new();
    let mut pen = 'M';
    for place in places {
        match place {
            Some((x, y)) => {
                path.push_str(&format!("{pen}{} {}", n(*x), n(*y)));
                pen = 'L';
            }
            None => pen = 'M',
        }
    }
    path
}
