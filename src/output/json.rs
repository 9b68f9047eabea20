//! Rows as JSON objects: one array, or one object per line.

use crate::engine::Table;
use crate::error::Result;

use super::cell::Cells;
use super::{Sink, Style, write_error};

/// Writes one table as an array of row objects, a row per line.
pub(super) fn write_json(table: &Table, out: &mut dyn Sink) -> Result<()> {
    let mut text = String::from("[");
    let mut first = true;
    for_each_row(table, out, &mut text, |object, text| {
        text.push_str(if first { "\n" } else { ",\n" });
        first = false;
        text.push_str(object);
    })?;
    out.write_all(if first { b"[]\n" } else { b"\n]\n" }).map_err(write_error)
}

/// Writes the rows of all tables, an object per line; an empty line between tables.
pub(super) fn write_jsonl(tables: &[Table], _style: &Style, out: &mut dyn Sink) -> Result<()> {
    let mut text = String::new();
    for (index, table) in tables.iter().enumerate() {
        if index > 0 {
            out.write_all(b"\n").map_err(write_error)?;
        }
        for_each_row(table, out, &mut text, |object, text| {
            text.push_str(object);
            text.push('\n');
        })?;
    }
    Ok(())
}

/// Builds each row's object and lets `put` add it to the text, which is written batch by batch.
fn for_each_row(
    table: &Table,
    out: &mut dyn Sink,
    text: &mut String,
    mut put: impl FnMut(&str, &mut String),
) -> Result<()> {
    let keys: Vec<String> =
        table.columns.iter().map(|(name, _)| serde_json::Value::from(name.as_str()).to_string()).collect();
    let mut object = String::new();
    for batch in &table.batches {
        let columns = Cells::of_batch(table, batch)?;
        for row in 0..batch.num_rows() {
            object.clear();
            object.push('{');
            for (index, (key, cells)) in keys.iter().zip(&columns).enumerate() {
                if index > 0 {
                    object.push(',');
                }
                object.push_str(key);
                object.push(':');
                cells.push_json(row, &mut object);
            }
            object.push('}');
            put(&object, text);
        }
        if batch.num_rows() > 0 {
            out.write_all(text.as_bytes()).map_err(write_error)?;
            text.clear();
        }
    }
    Ok(())
}
