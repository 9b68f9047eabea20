//! Typed access to the cells of a result, and each type's text and JSON.

use std::fmt::Write;

use datafusion::arrow::array::{
    Array, ArrayRef, BooleanArray, Decimal128Array, DurationNanosecondArray, Float64Array, Int32Array, Int64Array,
    StringViewArray, TimestampNanosecondArray,
};
use datafusion::arrow::record_batch::RecordBatch;

use crate::engine::{Table, dynamic};
use crate::error::{Error, Result};
use crate::types::Type;
use crate::value::{push_datetime_iso, push_decimal, push_real, push_timespan};

/// A column of one batch, to be read row by row.
#[derive(Debug)]
pub enum Cells<'a> {
    /// `bool`
    Bool(&'a BooleanArray),
    /// `int`
    Int(&'a Int32Array),
    /// `long`
    Long(&'a Int64Array),
    /// `real`
    Real(&'a Float64Array),
    /// `decimal`
    Decimal(&'a Decimal128Array),
    /// `string`
    String(&'a StringViewArray),
    /// `datetime`
    DateTime(&'a TimestampNanosecondArray),
    /// `timespan`
    TimeSpan(&'a DurationNanosecondArray),
    /// `guid`
    Guid(&'a StringViewArray),
    /// `dynamic`
    Dynamic(&'a StringViewArray),
}

impl<'a> Cells<'a> {
    /// The columns of a batch of a table.
    pub fn of_batch(table: &Table, batch: &'a RecordBatch) -> Result<Vec<Cells<'a>>> {
        if table.columns.len() != batch.num_columns() {
            let (named, held) = (table.columns.len(), batch.num_columns());
            return Err(Error::Engine(format!("a result names {named} columns and holds {held}")));
        }
        table.columns.iter().zip(batch.columns()).map(|((name, ty), array)| Cells::new(name, *ty, array)).collect()
    }

    fn new(name: &str, ty: Type, array: &'a ArrayRef) -> Result<Cells<'a>> {
        let cells = match ty {
            Type::Bool => cast(array).map(Cells::Bool),
            Type::Int => cast(array).map(Cells::Int),
            Type::Long => cast(array).map(Cells::Long),
            Type::Real => cast(array).map(Cells::Real),
            Type::Decimal => cast(array).map(Cells::Decimal),
            Type::String | Type::Unknown => cast(array).map(Cells::String),
            Type::DateTime => cast(array).map(Cells::DateTime),
            Type::TimeSpan => cast(array).map(Cells::TimeSpan),
            Type::Guid => cast(array).map(Cells::Guid),
            Type::Dynamic => cast(array).map(Cells::Dynamic),
        };
        cells.ok_or_else(|| {
            Error::Engine(format!("the result column `{name}` of type {ty} came as {}", array.data_type()))
        })
    }

    /// Whether the cell of a row is null.
    pub fn is_null(&self, row: usize) -> bool {
        match self {
            Cells::Bool(array) => array.is_null(row),
            Cells::Int(array) => array.is_null(row),
            Cells::Long(array) => array.is_null(row),
            Cells::Real(array) => array.is_null(row),
            Cells::Decimal(array) => array.is_null(row),
            Cells::DateTime(array) => array.is_null(row),
            Cells::TimeSpan(array) => array.is_null(row),
            Cells::String(array) | Cells::Guid(array) | Cells::Dynamic(array) => array.is_null(row),
        }
    }

    /// Adds the text that `tostring` gives for a cell; nothing for null.
    pub fn push_text(&self, row: usize, out: &mut String) {
        if self.is_null(row) {
            return;
        }
        match self {
            Cells::Bool(array) => out.push_str(if array.value(row) { "true" } else { "false" }),
            Cells::Int(array) => push_whole(array.value(row).into(), out),
            Cells::Long(array) => push_whole(array.value(row), out),
            Cells::Real(array) => push_real(out, array.value(row)),
            Cells::Decimal(array) => push_decimal(out, array.value(row)),
            Cells::DateTime(array) => push_datetime_iso(out, array.value(row)),
            Cells::TimeSpan(array) => push_timespan(out, array.value(row)),
            Cells::String(array) | Cells::Guid(array) => out.push_str(array.value(row)),
            Cells::Dynamic(array) => out.push_str(&dynamic::text(array.value(row))),
        }
    }

    /// Adds a cell as JSON: numbers bare, infinite ones as text, times as text, `dynamic` as the value it is.
    pub fn push_json(&self, row: usize, out: &mut String) {
        if self.is_null(row) {
            out.push_str("null");
            return;
        }
        match self {
            Cells::Bool(_) | Cells::Int(_) | Cells::Long(_) | Cells::Decimal(_) => self.push_text(row, out),
            Cells::Real(array) => push_json_real(array.value(row), out),
            Cells::DateTime(_) | Cells::TimeSpan(_) => {
                out.push('"');
                self.push_text(row, out);
                out.push('"');
            }
            Cells::String(array) | Cells::Guid(array) => push_json_string(array.value(row), out),
            Cells::Dynamic(array) => push_json_dynamic(array.value(row), out),
        }
    }
}

/// The first rows of a table as text, column by column, for readers rather than programs: `None` is null, and times
/// lose the digits that are zero in their whole column.
pub(crate) fn readable_columns(table: &Table, rows: usize) -> Result<Vec<Vec<Option<String>>>> {
    let mut columns: Vec<Vec<Option<String>>> = table.columns.iter().map(|_| Vec::with_capacity(rows)).collect();
    let mut left = rows;
    for batch in &table.batches {
        let taken = left.min(batch.num_rows());
        for (column, cells) in columns.iter_mut().zip(Cells::of_batch(table, batch)?) {
            column.extend((0..taken).map(|row| readable(&cells, row)));
        }
        left -= taken;
    }
    for ((_, ty), column) in table.columns.iter().zip(&mut columns) {
        if *ty == Type::DateTime {
            shorten_datetimes(column);
        }
    }
    Ok(columns)
}

fn readable(cells: &Cells, row: usize) -> Option<String> {
    if cells.is_null(row) {
        return None;
    }
    let mut text = String::new();
    cells.push_text(row, &mut text);
    Some(text)
}

/// Takes digits off the end that are zero in the whole column: fractions of a second, and then the time of day.
fn shorten_datetimes(cells: &mut [Option<String>]) {
    const MIDNIGHT: &str = "T00:00:00.0000000Z";
    if cells.iter().flatten().all(|cell| cell.ends_with(MIDNIGHT)) {
        for cell in cells.iter_mut().flatten() {
            cell.truncate(cell.len() - MIDNIGHT.len());
        }
        return;
    }
    let zeros = |cell: &String| cell.trim_end_matches('Z').bytes().rev().take_while(|&b| b == b'0').count().min(7);
    let spare = cells.iter().flatten().map(zeros).min().unwrap_or(0);
    for cell in cells.iter_mut().flatten() {
        let end = cell.trim_end_matches('Z').len() - spare;
        cell.truncate(end);
        if cell.ends_with('.') {
            cell.pop();
        }
        cell.push('Z');
    }
}

fn cast<A: 'static>(array: &ArrayRef) -> Option<&A> {
    array.as_any().downcast_ref::<A>()
}

fn push_whole(value: i64, out: &mut String) {
    // Writing to a string cannot fail.
    let _ = write!(out, "{value}");
}

fn push_json_real(value: f64, out: &mut String) {
    match serde_json::Number::from_f64(value) {
        Some(number) => out.push_str(&number.to_string()),
        None if value.is_nan() => out.push_str("\"NaN\""),
        None => out.push_str(if value > 0.0 { "\"inf\"" } else { "\"-inf\"" }),
    }
}

/// Cells of ours are JSON already; the walk over them makes sure that foreign ones cannot break the output.
fn push_json_dynamic(value: &str, out: &mut String) {
    match dynamic::cell(value) {
        Ok(Some(cell)) => out.push_str(&cell),
        Ok(None) => out.push_str("null"),
        Err(_) => push_json_string(value, out),
    }
}

/// Adds a JSON string, quotes included.
pub(super) fn push_json_string(value: &str, out: &mut String) {
    if value.bytes().all(|b| b >= 0x20 && b != b'"' && b != b'\\') {
        out.push('"');
        out.push_str(value);
        out.push('"');
    } else {
        out.push_str(&serde_json::Value::from(value).to_string());
    }
}
