//! Drawn tables. On a terminal they fit its width: long text is cut, middle columns are left out, and both are said.
//! Lines are never wrapped, and numbers and times are never cut.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{Attribute, Cell, CellAlignment, Color as Paint, ContentArrangement, Table as Drawing};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::engine::Table;
use crate::error::Result;
use crate::render::Color;
use crate::types::Type;

use super::cell::readable_columns;
use super::markdown::is_right_aligned;
use super::{Sink, Style, write_error};

/// Text wider than this is cut on a terminal even where there would be room, so that one long cell does not push
/// all others out of sight.
const WIDEST_TEXT: usize = 80;
/// Text columns are not squeezed below this width; rather, middle columns are left out.
const NARROWEST_TEXT: usize = 12;
/// Blanks and lines that a column costs beside its content.
const COLUMN_FRAME: usize = 3;

/// Writes tables as drawings, each with a footer; several get a title line each.
pub(super) fn write_tables(tables: &[Table], style: &Style, out: &mut dyn Sink) -> Result<()> {
    for (index, table) in tables.iter().enumerate() {
        let mut text = String::new();
        if tables.len() > 1 {
            let gap = if index > 0 { "\n" } else { "" };
            text.push_str(&format!("{gap}{}\n", table.name));
        }
        draw(table, style, &mut text)?;
        out.write_all(text.as_bytes()).map_err(write_error)?;
    }
    Ok(())
}

/// A column as it will be shown: every cell as text, and how wide it wants to be.
struct Shown {
    name: String,
    ty: Type,
    /// `None` is null.
    cells: Vec<Option<String>>,
    /// The widest cell.
    content: usize,
    /// The width it gets.
    width: usize,
}

fn draw(table: &Table, style: &Style, text: &mut String) -> Result<()> {
    let rows = table.row_count();
    let shown_rows = style.rows.map_or(rows, |most| most.min(rows));
    let mut columns = show(table, shown_rows)?;
    let kept = match style.width {
        Some(width) => fit(&mut columns, width),
        None => (0..columns.len()).map(Some).collect(),
    };
    if !columns.is_empty() {
        text.push_str(&drawing(&columns, &kept, shown_rows, style).to_string());
        text.push('\n');
    }
    let hidden_columns = columns.len() - kept.iter().flatten().count();
    text.push_str(&footer(rows, shown_rows, columns.len(), hidden_columns));
    Ok(())
}

fn footer(rows: usize, shown_rows: usize, columns: usize, hidden_columns: usize) -> String {
    let mut footer = format!("{} row{}", grouped(rows), if rows == 1 { "" } else { "s" });
    if shown_rows < rows {
        footer.push_str(&format!(", {} shown", grouped(shown_rows)));
    }
    if hidden_columns > 0 {
        footer.push_str(&format!(", {} of {columns} columns shown", columns - hidden_columns));
    }
    footer.push('\n');
    footer
}

/// A count with commas between thousands.
fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn show(table: &Table, rows: usize) -> Result<Vec<Shown>> {
    let texts = readable_columns(table, rows)?;
    let columns = table.columns.iter().zip(texts).map(|((name, ty), cells)| {
        let name = on_one_line(name);
        let cells: Vec<Option<String>> = cells.into_iter().map(|cell| cell.map(|text| on_one_line(&text))).collect();
        let content = cells.iter().map(|cell| cell.as_deref().unwrap_or("null").width()).max().unwrap_or(0);
        let width = content.max(name.width());
        Shown { name, ty: *ty, cells, content, width }
    });
    Ok(columns.collect())
}

/// Escapes line breaks and control characters: log text must neither break the drawing nor steer the terminal.
fn on_one_line(text: &str) -> String {
    if !text.contains(char::is_control) {
        return text.to_owned();
    }
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            other if other.is_control() => out.extend(other.escape_unicode()),
            other => out.push(other),
        }
    }
    out
}

/// Gives each column its width and says which are shown; `None` stands for the gap where columns are left out.
fn fit(columns: &mut [Shown], terminal: usize) -> Vec<Option<usize>> {
    for column in columns.iter_mut() {
        if is_text(column.ty) {
            column.width = column.width.min(WIDEST_TEXT);
        }
    }
    let kept = keep(columns, terminal);
    let frame = frame_width(&kept);
    let mut shown: Vec<&mut Shown> =
        columns.iter_mut().enumerate().filter(|(at, _)| kept.contains(&Some(*at))).map(|(_, column)| column).collect();
    // The widest column that can give way loses one character at a time, so that wide columns end up equally wide.
    while shown.iter().map(|column| column.width).sum::<usize>() + frame > terminal {
        let widest =
            shown.iter_mut().filter(|column| column.width > least_width(column)).max_by_key(|column| column.width);
        match widest {
            Some(column) => column.width -= 1,
            None => break,
        }
    }
    kept
}

/// The columns that fit at their least width: taken in turns from the left and the right end.
fn keep(columns: &[Shown], terminal: usize) -> Vec<Option<usize>> {
    let all: Vec<Option<usize>> = (0..columns.len()).map(Some).collect();
    let least: usize = columns.iter().map(least_width).sum();
    if least + frame_width(&all) <= terminal {
        return all;
    }
    // The gap is a column of one character.
    let mut used = 1 + COLUMN_FRAME + 1;
    let (mut left, mut right) = (0, columns.len());
    while left < right {
        let from_left = left <= columns.len() - right;
        let next = if from_left { left } else { right - 1 };
        used += least_width(&columns[next]) + COLUMN_FRAME;
        // The first column is shown however narrow the terminal is.
        if used > terminal && next > 0 {
            break;
        }
        if from_left { left += 1 } else { right -= 1 }
    }
    (0..left).map(Some).chain([None]).chain((right..columns.len()).map(Some)).collect()
}

fn frame_width(kept: &[Option<usize>]) -> usize {
    let gap = kept.iter().filter(|at| at.is_none()).count();
    kept.len() * COLUMN_FRAME + 1 + gap
}

fn is_text(ty: Type) -> bool {
    matches!(ty, Type::String | Type::Dynamic | Type::Unknown)
}

/// Below this a column says too little or, when it holds numbers or times, something wrong.
fn least_width(column: &Shown) -> usize {
    if is_text(column.ty) {
        column.width.min(NARROWEST_TEXT)
    } else {
        column.content.max(column.name.width().min(NARROWEST_TEXT))
    }
}

fn drawing(columns: &[Shown], kept: &[Option<usize>], rows: usize, style: &Style) -> Drawing {
    let mut drawing = Drawing::new();
    drawing.load_preset(UTF8_FULL_CONDENSED).set_content_arrangement(ContentArrangement::Disabled);
    match style.color {
        Color::Always => drawing.enforce_styling(),
        Color::Never => drawing.force_no_tty(),
    };
    drawing.set_header(kept.iter().map(|at| match at {
        Some(at) => header_cell(&columns[*at]),
        None => Cell::new("…"),
    }));
    for row in 0..rows {
        drawing.add_row(kept.iter().map(|at| match at {
            Some(at) => body_cell(&columns[*at], row),
            None => Cell::new("…"),
        }));
    }
    drawing
}

fn header_cell(column: &Shown) -> Cell {
    aligned(Cell::new(cut(&column.name, column.width)).add_attribute(Attribute::Bold), column.ty)
}

fn body_cell(column: &Shown, row: usize) -> Cell {
    match &column.cells[row] {
        Some(text) => aligned(Cell::new(cut(text, column.width)), column.ty),
        None => aligned(Cell::new("null").fg(Paint::DarkGrey), column.ty),
    }
}

fn aligned(cell: Cell, ty: Type) -> Cell {
    if is_right_aligned(ty) { cell.set_alignment(CellAlignment::Right) } else { cell }
}

/// The text, or as much of it as fits with an ellipsis behind it.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut out = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > width {
            break;
        }
        out.push(c);
    }
    out.push('…');
    out
}
