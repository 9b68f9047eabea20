//! Charts in text cells: as wide as the terminal, with or without colors, in Unicode or in ASCII.

mod axis;
mod bars;
mod grid;
mod marks;
mod plot;
mod shares;

use unicode_width::UnicodeWidthStr;

use crate::render::Color;

use super::super::words::{cut, on_one_line, wrap};
use super::model::{Legend, Picture, Shape};
use grid::{Grid, Inked, Paint};

/// The characters that may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::output) enum Glyphs {
    /// Blocks, lines and dots.
    Unicode,
    /// Only ASCII.
    Ascii,
}

/// How charts look.
#[derive(Clone, Copy, Debug)]
pub(in crate::output) struct Look {
    /// The columns there are.
    pub(in crate::output) width: usize,
    pub(in crate::output) color: Color,
    pub(in crate::output) glyphs: Glyphs,
}

impl Look {
    fn has_color(self) -> bool {
        self.color == Color::Always
    }

    fn is_ascii(self) -> bool {
        self.glyphs == Glyphs::Ascii
    }

    /// One of two characters.
    fn pick(self, unicode: char, ascii: char) -> char {
        if self.is_ascii() { ascii } else { unicode }
    }

    /// The character that stands for a series where there are no colors.
    fn sign(self, color: usize) -> char {
        const SIGNS: [char; 16] = ['●', '×', '+', '○', '*', '■', '▲', '#', '◆', '□', 'o', '%', '△', '@', '◇', '='];
        const ASCII: [char; 16] = ['*', 'x', '+', 'o', '#', '%', '@', '=', '&', '$', 'a', 'b', 'c', 'd', 'e', 'f'];
        if self.is_ascii() { ASCII[color % 16] } else { SIGNS[color % 16] }
    }

    /// The character that fills a series.
    fn fill(self, color: usize) -> char {
        const FILLS: [char; 8] = ['█', '░', '▓', '▒', '#', '·', '%', '='];
        const ASCII: [char; 8] = ['#', '.', '%', '=', '*', '-', '+', ':'];
        match (self.has_color(), self.is_ascii()) {
            (true, false) => '█',
            (_, true) => ASCII[color % 8],
            (false, false) => FILLS[color % 8],
        }
    }

    fn paint(self, color: usize) -> Paint {
        Paint::Series(color)
    }
}

/// Narrower terminals get lines of this width all the same.
const NARROWEST: usize = 30;

/// Draws a chart, with its title and notes.
pub(in crate::output) fn draw(picture: &Picture, look: Look) -> String {
    let look = Look { width: look.width.max(NARROWEST), ..look };
    let mut notes = picture.notes.clone();
    let mut grid = Grid::new(look.width, 0);
    if let Some(title) = &picture.title {
        let title = cut(&on_one_line(title), look.width);
        let row = grid.add_row();
        grid.text((look.width - title.width()) / 2, row, &title, Paint::Bold);
    }
    match &picture.shape {
        Shape::Plot(plot) => plot::draw_plot(&mut grid, plot, look, &mut notes),
        Shape::Shares(all) => shares::draw_shares(&mut grid, all, look),
        Shape::Card(values) => shares::draw_card(&mut grid, values, look),
        Shape::Ladder(ladder) => bars::draw_ladder(&mut grid, ladder, look),
    }
    for note in &notes {
        for line in wrap(&format!("note: {note}"), look.width) {
            let row = grid.add_row();
            grid.text(0, row, &line, Paint::Dim);
        }
    }
    let text = grid.lines(if look.has_color() { Inked::Yes } else { Inked::No });
    if look.is_ascii() { text.replace('…', "~").replace(['–', '·'], "-") } else { text }
}

/// The names of the series below a chart, each with its sign, in as many rows as they need.
fn draw_legend(grid: &mut Grid, names: &[(&str, usize)], legend: Legend, signs: impl Fn(usize) -> char) {
    if legend == Legend::Hidden {
        return;
    }
    let widest = grid.width / 2 - 4;
    let names = names.iter().map(|(name, color)| (cut(&on_one_line(name), widest), *color));
    let mut at = usize::MAX;
    let mut row = 0;
    for (name, color) in names {
        let wide = name.width() + 2;
        if at == usize::MAX || at + wide > grid.width {
            row = grid.add_row();
            at = 2;
        }
        grid.put(at, row, signs(color), Paint::Series(color));
        grid.text(at + 2, row, &name, Paint::Plain);
        at += wide + 3;
    }
}
