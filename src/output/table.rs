//! Drawn tables. On a terminal they fit its width: long text is cut, middle columns are left out, and both are said.
//! Lines are never wrapped, and numbers and times are never cut.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{Attribute, Cell, CellAlignment, Color as Paint, ContentArrangement, Table as Drawing};
use unicode_width::UnicodeWidthStr;

use crate::engine::Table;
use crate::error::Result;
use crate::render::Color;
use crate::types::Type;
use crate::words::{counted, grouped};

use super::cell::readable_columns;
use super::chart::text::{Look, draw as draw_chart};
use super::chart::{View, view_of};
use super::markdown::is_right_aligned;
use super::vertical::push_rows;
use super::words::{cut, on_one_line, wrap};
use super::{Sink, Style, write_error};

/// Text wider than this is cut on a terminal even where there would be room, so that one long cell does not push
/// all others out of sight.
const WIDEST_TEXT: usize = 80;
/// Text columns are not squeezed below this width; rather, middle columns are left out.
const NARROWEST_TEXT: usize = 12;
/// Blanks and lines that a column costs beside its content.
const COLUMN_FRAME: usize = 3;
/// The width of charts where no terminal gives one.
const PLAIN_CHART: usize = 80;
/// The names of columns that are left out may take so many lines.
const MOST_NAME_LINES: usize = 3;

/// Writes tables as drawings, each with a footer; several get a title line each. Where charts are wanted, a table that
/// asks for one is drawn as that.
pub(super) fn write_tables(tables: &[Table], style: &Style, out: &mut dyn Sink) -> Result<()> {
    for (index, table) in tables.iter().enumerate() {
        let mut text = String::new();
        push_name(tables, index, &mut text);
        let end = if index + 1 == tables.len() { End::Last } else { End::Between };
        push_table(table, style, end, &mut text)?;
        out.write_all(text.as_bytes()).map_err(write_error)?;
    }
    Ok(())
}

/// Whether more tables follow: only the last one says how long all of it took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Between,
    Last,
}

/// The title line of one of several tables.
pub(super) fn push_name(tables: &[Table], index: usize, text: &mut String) {
    if tables.len() > 1 {
        let gap = if index > 0 { "\n" } else { "" };
        text.push_str(&format!("{gap}{}\n", on_one_line(&tables[index].name)));
    }
}

fn push_table(table: &Table, style: &Style, end: End, text: &mut String) -> Result<()> {
    let Some(glyphs) = style.charts.glyphs() else { return draw(table, style, end, text) };
    match view_of(table)? {
        View::Plain => draw(table, style, end, text),
        View::List => {
            push_rows(table, style, text)?;
            text.push_str(&footer(table, rows_to_show(table, style), &[], style, end));
            Ok(())
        }
        View::Table(reason) => {
            draw(table, style, end, text)?;
            push_wrapped(&format!("note: no chart is drawn: {reason}"), style, text);
            Ok(())
        }
        View::Picture(picture) => {
            let look = Look { width: style.width.unwrap_or(PLAIN_CHART), color: style.color, glyphs };
            text.push_str(&draw_chart(&picture, look));
            let mut footer = format!("{}, drawn as {}", counted(table.row_count() as u64, "row"), picture.kind);
            push_time(style, end, &mut footer);
            footer.push_str("; --charts never shows the table");
            push_wrapped(&footer, style, text);
            Ok(())
        }
    }
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

fn draw(table: &Table, style: &Style, end: End, text: &mut String) -> Result<()> {
    let shown_rows = rows_to_show(table, style);
    let mut columns = show(table, shown_rows)?;
    let kept = match style.width {
        Some(width) => fit(&mut columns, width),
        None => (0..columns.len()).map(Some).collect(),
    };
    if !columns.is_empty() {
        text.push_str(&drawing(&columns, &kept, shown_rows, style).to_string());
        text.push('\n');
    }
    let hidden = columns.iter().enumerate().filter(|(at, _)| !kept.contains(&Some(*at)));
    let hidden: Vec<&str> = hidden.map(|(_, column)| column.name.as_str()).collect();
    text.push_str(&footer(table, shown_rows, &hidden, style, end));
    Ok(())
}

fn push_wrapped(line: &str, style: &Style, text: &mut String) {
    for line in wrap(line, style.width.unwrap_or(usize::MAX)) {
        text.push_str(&line);
        text.push('\n');
    }
}

/// How many rows are shown.
pub(super) fn rows_to_show(table: &Table, style: &Style) -> usize {
    style.rows.map_or(table.row_count(), |most| most.min(table.row_count()))
}

/// What there is, what is not shown, and how long it took; on a terminal also how to see the rest.
pub(super) fn footer(table: &Table, shown_rows: usize, hidden: &[&str], style: &Style, end: End) -> String {
    let (rows, columns) = (table.row_count(), table.columns.len());
    let mut footer = counted(rows as u64, "row");
    if shown_rows < rows {
        footer.push_str(&format!(", {} shown", grouped(shown_rows as u64)));
    }
    if !hidden.is_empty() {
        footer.push_str(&format!(", {} of {columns} columns shown", columns - hidden.len()));
    }
    push_time(style, end, &mut footer);
    footer.push('\n');
    if !hidden.is_empty() {
        let names = format!("left out: {}; format `vertical` shows all", hidden.join(", "));
        let width = style.width.unwrap_or(usize::MAX);
        let mut lines = wrap(&names, width);
        if lines.len() > MOST_NAME_LINES {
            let count = hidden.len();
            lines = wrap(&format!("left out: {count} columns in the middle; format `vertical` shows all"), width);
        }
        for line in lines {
            footer.push_str(&line);
            footer.push('\n');
        }
    }
    footer
}

fn push_time(style: &Style, end: End, text: &mut String) {
    if let (Some(taken), End::Last) = (style.taken, end) {
        let seconds = taken.as_secs_f64();
        let taken = if seconds < 1.0 { format!("{:.0} ms", seconds * 1000.0) } else { format!("{seconds:.1} s") };
        text.push_str(&format!(", {taken}"));
    }
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
