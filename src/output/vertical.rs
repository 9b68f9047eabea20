//! Rows below each other, a line per column: for rows that are wider than any terminal.

use unicode_width::UnicodeWidthStr;

use crate::engine::Table;
use crate::error::Result;
use crate::render::Color;

use super::cell::readable_columns;
use super::table::{End, footer, push_name, rows_to_show};
use super::words::{cut, on_one_line};
use super::{Sink, Style, write_error};

/// The widest column of names; longer names are cut.
const WIDEST_NAME: usize = 40;

/// Writes tables row by row. On a terminal long values are cut at its edge; elsewhere they are whole.
pub(super) fn write_vertical(tables: &[Table], style: &Style, out: &mut dyn Sink) -> Result<()> {
    for (index, table) in tables.iter().enumerate() {
        let mut text = String::new();
        push_name(tables, index, &mut text);
        push_rows(table, style, &mut text)?;
        let end = if index + 1 == tables.len() { End::Last } else { End::Between };
        text.push_str(&footer(table, rows_to_show(table, style), &[], style, end));
        out.write_all(text.as_bytes()).map_err(write_error)?;
    }
    Ok(())
}

/// Adds the rows of a table, each below a line with its number.
pub(super) fn push_rows(table: &Table, style: &Style, text: &mut String) -> Result<()> {
    let rows = rows_to_show(table, style);
    let columns = readable_columns(table, rows)?;
    let names: Vec<String> = table.columns.iter().map(|(name, _)| cut(&on_one_line(name), WIDEST_NAME)).collect();
    let widest = names.iter().map(|name| name.width()).max().unwrap_or(0);
    let rule = style.width.unwrap_or(60).min(60);
    for row in 0..rows {
        let head = format!("── row {} ", row + 1);
        text.push_str(&paint(&format!("{head}{}", "─".repeat(rule.saturating_sub(head.width()))), "2", style));
        text.push('\n');
        for (name, column) in names.iter().zip(&columns) {
            let blanks = " ".repeat(widest - name.width());
            let value = match &column[row] {
                Some(value) => on_one_line(value),
                None => "null".to_owned(),
            };
            let room = style.width.map_or(usize::MAX, |width| width.saturating_sub(widest + 2).max(8));
            text.push_str(&format!("{blanks}{}  {}\n", paint(name, "1", style), cut(&value, room)));
        }
    }
    Ok(())
}

fn paint(text: &str, code: &str, style: &Style) -> String {
    match style.color {
        Color::Always => format!("\x1b[{code}m{text}\x1b[0m"),
        Color::Never => text.to_owned(),
    }
}
