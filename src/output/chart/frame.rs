//! A result table as charts see it: numbers, times and words, arrays spread over rows.

use crate::engine::{Table, dynamic};
use crate::error::Result;
use crate::types::Type;
use crate::value::{DECIMAL_SCALE, parse_datetime, parse_timespan};

use super::super::cell::Cells;

/// The most rows that are drawn; arrays count with each item.
pub(super) const MOST_ROWS: usize = 1_000_000;

/// A cell.
#[derive(Clone, Debug)]
pub(super) enum Cell {
    Null,
    Number(f64),
    /// Nanoseconds since 1970.
    Time(i64),
    /// Nanoseconds.
    Span(i64),
    Text(String),
    List(Vec<Cell>),
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    Numbers,
    Times,
    Spans,
    Words,
}

/// A column.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) holds: Holds,
    pub(super) cells: Vec<Cell>,
}

/// A table.
#[derive(Clone, Debug)]
pub(super) struct Frame {
    pub(super) columns: Vec<Column>,
    pub(super) rows: usize,
    /// Rows there are beyond those.
    pub(super) cut: usize,
}

/// The rows of a table; each array (as `make-series` gives them) becomes a row per item.
pub(super) fn frame_of(table: &Table) -> Result<Frame> {
    let mut columns: Vec<Vec<Cell>> = table.columns.iter().map(|_| Vec::new()).collect();
    let mut left = MOST_ROWS;
    for batch in &table.batches {
        let taken = left.min(batch.num_rows());
        left -= taken;
        for (column, cells) in columns.iter_mut().zip(Cells::of_batch(table, batch)?) {
            column.extend((0..taken).map(|row| cell_of(&cells, row)));
        }
    }
    let columns = table.columns.iter().zip(columns);
    let columns: Vec<Column> =
        columns.map(|((name, ty), cells)| Column { name: name.clone(), holds: holds(*ty), cells }).collect();
    let rows = MOST_ROWS - left;
    Ok(spread(Frame { columns, rows, cut: table.row_count() - rows }))
}

fn cell_of(cells: &Cells, row: usize) -> Cell {
    if cells.is_null(row) {
        return Cell::Null;
    }
    match cells {
        Cells::Int(array) => Cell::Number(array.value(row).into()),
        Cells::Long(array) => Cell::Number(array.value(row) as f64),
        Cells::Real(array) => Cell::Number(array.value(row)),
        Cells::Decimal(array) => Cell::Number(array.value(row) as f64 / 10f64.powi(DECIMAL_SCALE.into())),
        Cells::DateTime(array) => Cell::Time(array.value(row)),
        Cells::TimeSpan(array) => Cell::Span(array.value(row)),
        Cells::Dynamic(array) => cell_of_json(&dynamic::decode(array.value(row))),
        Cells::Bool(_) | Cells::String(_) | Cells::Guid(_) => {
            let mut text = String::new();
            cells.push_text(row, &mut text);
            Cell::Text(text)
        }
    }
}

fn cell_of_json(value: &serde_json::Value) -> Cell {
    match value {
        serde_json::Value::Null => Cell::Null,
        serde_json::Value::Number(number) => number.as_f64().map_or(Cell::Null, Cell::Number),
        serde_json::Value::Array(items) => Cell::List(items.iter().map(cell_of_json).collect()),
        serde_json::Value::String(text) if looks_like_time(text) => {
            let time = parse_datetime(text).map(Cell::Time);
            time.or_else(|| parse_timespan(text).map(Cell::Span)).unwrap_or_else(|| Cell::Text(text.clone()))
        }
        other => Cell::Text(dynamic::text_of(other)),
    }
}

/// In arrays times are text; words that could be read as times by chance are left alone.
fn looks_like_time(text: &str) -> bool {
    text.len() >= 8 && text.contains(':') && text.starts_with(|c: char| c.is_ascii_digit() || c == '-')
}

fn holds(ty: Type) -> Holds {
    match ty {
        Type::Int | Type::Long | Type::Real | Type::Decimal => Holds::Numbers,
        Type::DateTime => Holds::Times,
        Type::TimeSpan => Holds::Spans,
        Type::Bool | Type::String | Type::Guid | Type::Dynamic | Type::Unknown => Holds::Words,
    }
}

fn spread(frame: Frame) -> Frame {
    let is_list = |cell: &Cell| matches!(cell, Cell::List(_));
    let lists: Vec<bool> = frame.columns.iter().map(|column| column.cells.iter().any(is_list)).collect();
    let length = |row: usize| {
        let lengths = frame.columns.iter().filter_map(|column| match &column.cells[row] {
            Cell::List(items) => Some(items.len()),
            _ => None,
        });
        lengths.max().unwrap_or(1)
    };
    let lengths: Vec<usize> = if lists.contains(&true) { (0..frame.rows).map(length).collect() } else { Vec::new() };
    let total: usize = if lengths.is_empty() { frame.rows } else { lengths.iter().sum() };
    let columns = frame.columns.into_iter().zip(lists).map(|(column, list)| {
        let cells = if lengths.is_empty() { column.cells } else { spread_cells(&column.cells, &lengths) };
        let holds = if list || column.holds == Holds::Words { found(&cells, column.holds) } else { column.holds };
        Column { name: column.name, holds, cells }
    });
    Frame { columns: columns.collect(), rows: total.min(MOST_ROWS), cut: frame.cut + total.saturating_sub(MOST_ROWS) }
}

fn spread_cells(cells: &[Cell], lengths: &[usize]) -> Vec<Cell> {
    let mut out = Vec::new();
    for (cell, length) in cells.iter().zip(lengths) {
        match cell {
            Cell::List(items) => out.extend((0..*length).map(|at| items.get(at).cloned().unwrap_or(Cell::Null))),
            other => out.extend(std::iter::repeat_n(other.clone(), *length)),
        }
        if out.len() >= MOST_ROWS {
            out.truncate(MOST_ROWS);
            break;
        }
    }
    out
}

/// What a dynamic column holds is told from its first value.
fn found(cells: &[Cell], declared: Holds) -> Holds {
    match cells.iter().find(|cell| !matches!(cell, Cell::Null)) {
        Some(Cell::Number(_)) => Holds::Numbers,
        Some(Cell::Time(_)) => Holds::Times,
        Some(Cell::Span(_)) => Holds::Spans,
        Some(Cell::Text(_) | Cell::List(_)) => Holds::Words,
        Some(Cell::Null) | None => declared,
    }
}

impl Column {
    /// The number of a cell; `None` where it has none.
    pub(super) fn number(&self, row: usize) -> Option<f64> {
        match &self.cells[row] {
            Cell::Number(number) => Some(*number).filter(|number| number.is_finite()),
            Cell::Time(nanos) | Cell::Span(nanos) => Some(*nanos as f64),
            Cell::Null | Cell::Text(_) | Cell::List(_) => None,
        }
    }

    /// Whether a cell holds something that is no finite number.
    pub(super) fn is_odd(&self, row: usize) -> bool {
        matches!(&self.cells[row], Cell::Number(number) if !number.is_finite())
    }

    /// A cell as a word.
    pub(super) fn word(&self, row: usize) -> String {
        match &self.cells[row] {
            Cell::Null => "(null)".to_owned(),
            Cell::Text(text) if text.is_empty() => "(empty)".to_owned(),
            Cell::Text(text) => text.clone(),
            Cell::Number(number) => super::ticks::number_text(*number),
            Cell::Time(nanos) => super::time::time_text(*nanos),
            Cell::Span(nanos) => super::ticks::span_text(*nanos as f64),
            Cell::List(_) => "[…]".to_owned(),
        }
    }
}
