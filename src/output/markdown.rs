//! Pipe tables. Nulls are empty cells.

use crate::engine::Table;
use crate::error::Result;
use crate::types::Type;

use super::cell::readable_columns;
use super::{Sink, Style, write_error};

/// Writes tables as Markdown; several get a heading each.
pub(super) fn write_markdown(tables: &[Table], _style: &Style, out: &mut dyn Sink) -> Result<()> {
    for (index, table) in tables.iter().enumerate() {
        let mut text = String::new();
        if tables.len() > 1 {
            let gap = if index > 0 { "\n" } else { "" };
            text.push_str(&format!("{gap}## {}\n\n", table.name));
        }
        push_table(table, &mut text)?;
        out.write_all(text.as_bytes()).map_err(write_error)?;
    }
    Ok(())
}

fn push_table(table: &Table, text: &mut String) -> Result<()> {
    for (name, _) in &table.columns {
        text.push_str("| ");
        push_cell(name, text);
        text.push(' ');
    }
    text.push_str("|\n");
    for (_, ty) in &table.columns {
        text.push_str(if is_right_aligned(*ty) { "|---:" } else { "|---" });
    }
    text.push_str("|\n");
    let columns = readable_columns(table, table.row_count())?;
    for row in 0..table.row_count() {
        for column in &columns {
            text.push_str("| ");
            push_cell(column[row].as_deref().unwrap_or(""), text);
            text.push(' ');
        }
        text.push_str("|\n");
    }
    Ok(())
}

/// Whether a column's cells end at the same place: numbers and lengths of time.
pub(super) fn is_right_aligned(ty: Type) -> bool {
    ty.is_numeric() || ty == Type::TimeSpan
}

fn push_cell(cell: &str, text: &mut String) {
    for c in cell.chars() {
        match c {
            '|' => text.push_str("\\|"),
            '\n' => text.push_str("<br>"),
            '\r' => {}
            other => text.push(other),
        }
    }
}
