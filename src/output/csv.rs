//! Comma and tab separated text. Nulls are empty cells; string columns have none, so nothing is lost.

use crate::engine::Table;
use crate::error::Result;

use super::cell::Cells;
use super::{Sink, Style, write_error};

/// Writes tables as RFC 4180 text: line breaks are CR LF only inside of quotes, `\n` between rows.
pub(super) fn write_csv(tables: &[Table], _style: &Style, out: &mut dyn Sink) -> Result<()> {
    write_separated(tables, ',', quote_csv, out)
}

/// Writes tables as tab separated text.
pub(super) fn write_tsv(tables: &[Table], _style: &Style, out: &mut dyn Sink) -> Result<()> {
    write_separated(tables, '\t', escape_tsv, out)
}

fn write_separated(
    tables: &[Table],
    separator: char,
    put_cell: fn(&str, &mut String),
    out: &mut dyn Sink,
) -> Result<()> {
    let mut line = String::new();
    let mut cell = String::new();
    for (index, table) in tables.iter().enumerate() {
        if index > 0 {
            line.push('\n');
        }
        for (at, (name, _)) in table.columns.iter().enumerate() {
            if at > 0 {
                line.push(separator);
            }
            put_cell(name, &mut line);
        }
        line.push('\n');
        for batch in &table.batches {
            let columns = Cells::of_batch(table, batch)?;
            for row in 0..batch.num_rows() {
                for (at, cells) in columns.iter().enumerate() {
                    if at > 0 {
                        line.push(separator);
                    }
                    cell.clear();
                    cells.push_text(row, &mut cell);
                    put_cell(&cell, &mut line);
                }
                line.push('\n');
            }
            out.write_all(line.as_bytes()).map_err(write_error)?;
            line.clear();
        }
        out.write_all(line.as_bytes()).map_err(write_error)?;
        line.clear();
    }
    Ok(())
}

fn quote_csv(cell: &str, line: &mut String) {
    if !cell.contains([',', '"', '\n', '\r']) {
        line.push_str(cell);
        return;
    }
    line.push('"');
    line.push_str(&cell.replace('"', "\"\""));
    line.push('"');
}

fn escape_tsv(cell: &str, line: &mut String) {
    for c in cell.chars() {
        match c {
            '\t' => line.push_str("\\t"),
            '\n' => line.push_str("\\n"),
            '\r' => line.push_str("\\r"),
            '\\' => line.push_str("\\\\"),
            other => line.push(other),
        }
    }
}
