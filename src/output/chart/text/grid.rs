//! A rectangle of text cells with colors.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// How a cell is painted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Paint {
    Plain,
    Dim,
    Bold,
    /// The color of a series.
    Series(usize),
    /// What stands out.
    Odd,
}

/// Colors of the 256 that are told apart on dark and on light ground, and by color-blind eyes when neighbors.
const SERIES: [u8; 8] = [33, 208, 36, 170, 178, 74, 167, 246];

impl Paint {
    fn code(self) -> String {
        match self {
            Paint::Plain => String::new(),
            Paint::Dim => "2".to_owned(),
            Paint::Bold => "1".to_owned(),
            Paint::Series(n) => format!("38;5;{}", SERIES[n % SERIES.len()]),
            Paint::Odd => "1;31".to_owned(),
        }
    }

    fn ground(self) -> String {
        match self {
            Paint::Series(n) => format!("48;5;{}", SERIES[n % SERIES.len()]),
            _ => String::new(),
        }
    }
}

#[derive(Clone, Copy)]
struct Cell {
    glyph: char,
    paint: Paint,
    ground: Paint,
}

const EMPTY: Cell = Cell { glyph: ' ', paint: Paint::Plain, ground: Paint::Plain };
/// Stands behind a character that is two cells wide.
const COVERED: char = '\0';

/// Whether escape codes are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inked {
    Yes,
    No,
}

/// The cells.
pub(super) struct Grid {
    pub(super) width: usize,
    rows: Vec<Vec<Cell>>,
}

impl Grid {
    /// An empty grid.
    pub(super) fn new(width: usize, height: usize) -> Grid {
        Grid { width, rows: vec![vec![EMPTY; width]; height] }
    }

    /// Adds an empty row at the end and gives its number.
    pub(super) fn add_row(&mut self) -> usize {
        self.rows.push(vec![EMPTY; self.width]);
        self.rows.len() - 1
    }

    /// Adds empty rows at the end.
    pub(super) fn add_rows(&mut self, count: usize) {
        self.rows.extend((0..count).map(|_| vec![EMPTY; self.width]));
    }

    /// Sets a cell; cells outside do not exist.
    pub(super) fn put(&mut self, x: usize, y: usize, glyph: char, paint: Paint) {
        if let Some(cell) = self.rows.get_mut(y).and_then(|row| row.get_mut(x)) {
            cell.glyph = glyph;
            cell.paint = paint;
        }
    }

    /// Fills a cell over what may be there: half-filled cells keep their lower part and get a ground.
    pub(super) fn fill_behind(&mut self, x: usize, y: usize, paint: Paint) {
        if let Some(cell) = self.rows.get_mut(y).and_then(|row| row.get_mut(x)) {
            if cell.glyph == ' ' {
                (cell.glyph, cell.paint) = ('█', paint);
            } else {
                cell.ground = paint;
            }
        }
    }

    /// What is in a cell.
    pub(super) fn glyph(&self, x: usize, y: usize) -> char {
        self.rows.get(y).and_then(|row| row.get(x)).map_or(' ', |cell| cell.glyph)
    }

    /// Writes text from a cell to the right, as far as there is room.
    pub(super) fn text(&mut self, x: usize, y: usize, text: &str, paint: Paint) {
        let mut at = x;
        for c in text.chars() {
            let wide = c.width().unwrap_or(0);
            if wide == 0 || at + wide > self.width {
                continue;
            }
            self.put(at, y, c, paint);
            if wide == 2 {
                self.put(at + 1, y, COVERED, paint);
            }
            at += wide;
        }
    }

    /// Writes text that ends before a cell.
    pub(super) fn text_before(&mut self, end: usize, y: usize, text: &str, paint: Paint) {
        self.text(end.saturating_sub(text.width()), y, text, paint);
    }

    /// The rows as lines, without blanks at their ends.
    pub(super) fn lines(&self, inked: Inked) -> String {
        let mut out = String::new();
        for row in &self.rows {
            let end = row.iter().rposition(|cell| cell.glyph != ' ').map_or(0, |last| last + 1);
            let mut active = String::new();
            for cell in row[..end].iter().filter(|cell| cell.glyph != COVERED) {
                if inked == Inked::Yes {
                    let codes = [cell.paint.code(), cell.ground.ground()];
                    let codes = codes.iter().filter(|code| !code.is_empty()).cloned().collect::<Vec<_>>().join(";");
                    if codes != active {
                        out.push_str(&if codes.is_empty() { "\x1b[0m".to_owned() } else { format!("\x1b[0;{codes}m") });
                        active = codes;
                    }
                }
                out.push(cell.glyph);
            }
            if !active.is_empty() {
                out.push_str("\x1b[0m");
            }
            out.push('\n');
        }
        out
    }
}
