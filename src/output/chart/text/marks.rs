//! Lines, points, areas and columns in text cells.

use super::super::axis::share;
use super::super::model::{Mark, Panel, Place, Plot, Point, Scale, Series, Stack};
use super::Look;
use super::axis::{Area, across};
use super::grid::{Grid, Paint};

/// Dots of a braille cell.
const DOTS: [[u8; 4]; 2] = [[0x01, 0x02, 0x04, 0x40], [0x08, 0x10, 0x20, 0x80]];

/// A finer grid over an area: braille dots where lines need no character of their own, whole cells otherwise.
struct Canvas {
    area: Area,
    /// Dots in a cell, across and down.
    fine: (usize, usize),
    dots: Vec<u8>,
    paints: Vec<Option<usize>>,
}

impl Canvas {
    fn new(area: Area, fine: (usize, usize)) -> Canvas {
        let cells = area.width * area.height;
        Canvas { area, fine, dots: vec![0; cells], paints: vec![None; cells] }
    }

    fn size(&self) -> (i64, i64) {
        ((self.area.width * self.fine.0) as i64, (self.area.height * self.fine.1) as i64)
    }

    /// The dot of a place; values far beyond the ends stay near enough to be walked to.
    fn dot(&self, plot: &Plot, panel: &Panel, point: &Point) -> Option<(i64, i64)> {
        let (width, height) = self.size();
        let up = share(plot.y.scale, panel.min, panel.max, point.y?).clamp(-4.0, 5.0);
        let x = match &plot.x.place {
            Place::Continuous { .. } => (across(&plot.x.place, point.x) * (width - 1) as f64).round(),
            Place::Slots { .. } => across(&plot.x.place, point.x) * width as f64,
        };
        Some((x as i64, ((1.0 - up) * (height - 1) as f64).round() as i64))
    }

    fn put(&mut self, (x, y): (i64, i64), color: usize) {
        let (width, height) = self.size();
        if !(0..width).contains(&x) || !(0..height).contains(&y) {
            return;
        }
        let (x, y) = (x as usize, y as usize);
        let at = y / self.fine.1 * self.area.width + x / self.fine.0;
        self.dots[at] |= if self.fine == (1, 1) { 1 } else { DOTS[x % 2][y % 4] };
        self.paints[at] = Some(color);
    }

    fn line(&mut self, from: (i64, i64), to: (i64, i64), color: usize) {
        let steps = (to.0 - from.0).abs().max((to.1 - from.1).abs()).max(1);
        for step in 0..=steps {
            let part = step as f64 / steps as f64;
            let at = |a: i64, b: i64| (a as f64 + (b - a) as f64 * part).round() as i64;
            self.put((at(from.0, to.0), at(from.1, to.1)), color);
        }
    }

    fn draw(&self, grid: &mut Grid, look: Look) {
        for (at, color) in self.paints.iter().enumerate() {
            let Some(color) = color else { continue };
            let glyph = match self.fine {
                (1, 1) => look.sign(*color),
                _ => char::from_u32(0x2800 + u32::from(self.dots[at])).unwrap_or(' '),
            };
            let (x, y) = (self.area.left + at % self.area.width, self.area.top + at / self.area.width);
            grid.put(x, y, glyph, look.paint(*color));
        }
    }
}

/// Draws lines through the points of each series; gaps stay gaps.
pub(super) fn draw_lines(grid: &mut Grid, area: Area, plot: &Plot, panel: &Panel, look: Look) {
    let fine = !look.is_ascii() && (look.has_color() || panel.series.len() == 1);
    let mut canvas = Canvas::new(area, if fine { (2, 4) } else { (1, 1) });
    let mut lone = Vec::new();
    for series in &panel.series {
        let dots: Vec<Option<(i64, i64)>> = series.points.iter().map(|point| canvas.dot(plot, panel, point)).collect();
        for (at, dot) in dots.iter().enumerate() {
            let Some(dot) = dot else { continue };
            match dots.get(at + 1).copied().flatten() {
                Some(next) => canvas.line(*dot, next, series.color),
                None => canvas.put(*dot, series.color),
            }
            let alone = (at == 0 || dots[at - 1].is_none()) && dots.get(at + 1).copied().flatten().is_none();
            if alone {
                lone.push((*dot, look.pick('•', '*'), series.color));
            }
        }
    }
    canvas.draw(grid, look);
    for (dot, glyph, color) in lone {
        put_over(grid, &canvas, dot, if fine { glyph } else { look.sign(color) }, look.paint(color));
    }
    for series in &panel.series {
        for point in series.points.iter().filter(|point| point.odd) {
            if let Some(dot) = canvas.dot(plot, panel, point) {
                put_over(grid, &canvas, dot, look.pick('◆', 'A'), Paint::Odd);
            }
        }
    }
}

fn put_over(grid: &mut Grid, canvas: &Canvas, (x, y): (i64, i64), glyph: char, paint: Paint) {
    let (width, height) = canvas.size();
    if (0..width).contains(&x) && (0..height).contains(&y) {
        let (x, y) = (x as usize / canvas.fine.0, y as usize / canvas.fine.1);
        grid.put(canvas.area.left + x, canvas.area.top + y, glyph, paint);
    }
}

/// Draws a dot per point; few points get a character of their own.
pub(super) fn draw_points(grid: &mut Grid, area: Area, plot: &Plot, panel: &Panel, look: Look) {
    let count: usize = panel.series.iter().map(|series| series.points.len()).sum();
    let fine = !look.is_ascii() && count > 200 && (look.has_color() || panel.series.len() == 1);
    let mut canvas = Canvas::new(area, if fine { (2, 4) } else { (1, 1) });
    for series in &panel.series {
        for point in &series.points {
            if let Some(dot) = canvas.dot(plot, panel, point) {
                canvas.put(dot, series.color);
            }
        }
    }
    canvas.draw(grid, look);
}

/// Draws areas: filled where they stand alone or on each other, as lines where they would hide each other.
pub(super) fn draw_areas(grid: &mut Grid, area: Area, plot: &Plot, panel: &Panel, look: Look) {
    if panel.series.len() > 1 && plot.y.stack == Stack::None {
        return draw_lines(grid, area, plot, panel, look);
    }
    let scene = Scene { area, plot, panel, look };
    for series in &panel.series {
        for column in 0..area.width {
            let at = (column as f64 + 0.5) / area.width as f64;
            if let Some((base, y)) = between(series, plot, at) {
                fill(grid, scene, (column, 1), (base, y), series.color);
            }
        }
    }
}

/// Base and top of an area at a place of the axis.
fn between(series: &Series, plot: &Plot, at: f64) -> Option<(f64, f64)> {
    let place = |point: &Point| across(&plot.x.place, point.x);
    let after = series.points.partition_point(|point| place(point) < at);
    let next = series.points.get(after);
    let before = after.checked_sub(1).and_then(|before| series.points.get(before));
    let (a, b) = match (before, next) {
        (Some(a), Some(b)) => (a, b),
        (Some(only), None) | (None, Some(only)) if series.points.len() == 1 => (only, only),
        _ => return None,
    };
    let range = place(b) - place(a);
    let part = if range > 0.0 { (at - place(a)) / range } else { 0.0 };
    let mix = |a: f64, b: f64| a + (b - a) * part;
    Some((mix(a.base, b.base), mix(a.y?, b.y?)))
}

/// Draws columns: in a slot beside each other, or on top of each other.
pub(super) fn draw_columns(grid: &mut Grid, area: Area, plot: &Plot, panel: &Panel, look: Look) {
    let Place::Slots { labels, .. } = &plot.x.place else { return };
    let scene = Scene { area, plot, panel, look };
    let slots = labels.len().max(1);
    let together = if plot.y.stack == Stack::None { panel.series.len().max(1) } else { 1 };
    for (n, series) in panel.series.iter().enumerate() {
        for point in &series.points {
            let Some(y) = point.y else { continue };
            let slot = point.x as usize;
            let (start, end) = (slot * area.width / slots, (slot + 1) * area.width / slots);
            let room = end.saturating_sub(start).max(1);
            // A blank keeps neighbors apart where there is room for it, and wide slots are not filled.
            let inner = if room > 1 { room - 1 } else { room };
            let bar = (inner / together).clamp(1, 14);
            let margin = (room - (bar * together).min(room)) / 2;
            let at = start + margin + if together > 1 { n * bar } else { 0 };
            fill(grid, scene, (at, bar), (point.base, y), series.color);
        }
    }
}

/// What a filled mark is drawn in.
#[derive(Clone, Copy)]
struct Scene<'a> {
    area: Area,
    plot: &'a Plot,
    panel: &'a Panel,
    look: Look,
}

/// Fills some cells between two values, in eighths of a cell where colors or a lone series allow it.
fn fill(grid: &mut Grid, scene: Scene, (column, width): (usize, usize), (base, y): (f64, f64), color: usize) {
    const EIGHTHS: [char; 7] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇'];
    let Scene { area, plot, panel, look } = scene;
    let up = |value: f64| share(plot.y.scale, panel.min, panel.max, value).clamp(0.0, 1.0);
    let base = if plot.y.scale == Scale::Log && base <= 0.0 { panel.min } else { base };
    let unit = (area.height * 8) as f64;
    let (low, high) = (up(base.min(y)) * unit, up(base.max(y)) * unit);
    let fine = !look.is_ascii() && (look.has_color() || panel.series.len() == 1) && y >= base;
    let (mut low, mut high) = (low.round() as usize, high.round() as usize);
    if !fine {
        (low, high) = ((low + 4) / 8 * 8, (high + 4) / 8 * 8);
    }
    if low == high && y != base && plot.y.stack == Stack::None && plot.mark != Mark::Area {
        // Something is there, however little.
        if y > base { high += if fine { 1 } else { 8 } } else { low = low.saturating_sub(8) }
    }
    for row in low / 8..high.div_ceil(8).min(area.height) {
        let (from, to) = (low.max(row * 8) - row * 8, high.min(row * 8 + 8) - row * 8);
        let line = area.top + area.height - 1 - row;
        for x in (column..column + width).take_while(|x| *x < area.width) {
            let x = area.left + x;
            match (from, to) {
                (_, 0) => {}
                (0, 8) => grid.put(x, line, look.fill(color), look.paint(color)),
                (0, part) => grid.put(x, line, EIGHTHS[part - 1], look.paint(color)),
                _ if look.has_color() && to == 8 => grid.fill_behind(x, line, look.paint(color)),
                // Two edges in one cell: the wider side wins.
                _ if to - from >= 4 || grid.glyph(x, line) == ' ' => {
                    grid.put(x, line, look.fill(color), look.paint(color));
                }
                _ => {}
            }
        }
    }
}
