//! Runs cases with the engine, and writes its answers the way pages show them.

use std::path::Path;
use std::sync::OnceLock;

use calypso::engine::catalog::{DataCatalog, schema_of};
use calypso::engine::types::arrow_type;
use calypso::engine::{Answer, Engine, Limits, Request, Table};
use calypso::output::cell::Cells;
use calypso::output::{Charts, Style, format, write};
use calypso::stored::StoredFunctions;
use calypso::types::Type;
use calypso::value::{DECIMAL_PRECISION, DECIMAL_SCALE, parse_datetime, parse_decimal, parse_timespan};
use calypso::{Error, Source};
use datafusion::arrow::array::{ArrayRef, new_empty_array};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::common::ScalarValue;
use tokio::runtime::{Builder, Runtime};

use super::data;
use super::format::Case;
pub(crate) use super::run::NOW;

/// The result tables of a case as text.
pub(super) fn tables(case: &Case) -> Result<Vec<String>, String> {
    answer(case)?.tables.iter().map(|table| draw(table).map_err(message)).collect()
}

/// The answer of a case as a terminal of 80 columns without colors shows it.
pub(super) fn drawn(case: &Case) -> Result<String, String> {
    let style = Style { width: Some(80), charts: Charts::Unicode, ..Style::PLAIN };
    let mut out = Vec::new();
    write(&answer(case)?, format("table").map_err(message)?, &style, &mut out).map_err(message)?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

fn answer(case: &Case) -> Result<Answer, String> {
    let (text, parameters) = case.query();
    let request = Request { now: Some(NOW), parameters: parameters.to_vec(), ..Request::default() };
    let source = Source::new("query", text);
    let logs = case.logs();
    let folder = if logs.is_empty() { None } else { Some(ingested(&logs)?.0) };
    let own = match &folder {
        Some(folder) => {
            let catalog = DataCatalog::open(&[folder.path().join("tables")]).map_err(message)?;
            Some(Engine::new(catalog, &Limits::default()).map_err(message)?)
        }
        None if case.data().is_empty() => None,
        None => Some(open(&case.data())?),
    };
    // Functions that a case stores are its own.
    let engine = own.as_ref().unwrap_or_else(|| sample()).clone().with_functions(StoredFunctions::default());
    runtime().block_on(engine.query(&source, &request)).map_err(message)
}

/// What ingesting the logs of a case reports; paths begin at the logs.
pub(super) fn report(case: &Case) -> Result<String, String> {
    let (folder, report) = ingested(&case.logs())?;
    Ok(report.replace(&format!("{}{}", folder.path().display(), std::path::MAIN_SEPARATOR), ""))
}

/// A folder with logs and the tables that they become, and the report.
fn ingested(logs: &[Vec<u8>]) -> Result<(tempfile::TempDir, String), String> {
    let folder = tempfile::tempdir().map_err(|cause| cause.to_string())?;
    let mut files = Vec::new();
    for (at, log) in logs.iter().enumerate() {
        files.push(folder.path().join(format!("log-{}", at + 1)));
        std::fs::write(&files[at], log).map_err(|cause| cause.to_string())?;
    }
    let report = calypso::ingest::ingest(&files, &folder.path().join("tables")).map_err(message)?;
    Ok((folder, report.to_string()))
}

/// The engine of all cases that bring no data along.
pub(crate) fn sample() -> &'static Engine {
    static SAMPLE: OnceLock<Engine> = OnceLock::new();
    SAMPLE.get_or_init(|| open(&[]).unwrap())
}

/// What queries run on.
pub(crate) fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap())
}

fn open(data: &[(&str, &str)]) -> Result<Engine, String> {
    let mut catalog = DataCatalog::sample().map_err(message)?;
    catalog.allow_files(Path::new("tests/data")).map_err(message)?;
    for (name, csv) in data {
        catalog.replace(name, batch(csv)?);
    }
    Engine::new(catalog, &Limits::default()).map_err(message)
}

fn message(error: Error) -> String {
    error.to_string()
}

fn draw(table: &Table) -> calypso::Result<String> {
    let mut out = data::header(&table.columns) + "\n";
    for batch in &table.batches {
        let cells = Cells::of_batch(table, batch)?;
        for row in 0..batch.num_rows() {
            let texts: Vec<String> = cells.iter().map(|cells| text(cells, row)).collect();
            out += &texts.join(" | ");
            out.push('\n');
        }
    }
    Ok(out)
}

/// A cell: nulls as `null`, texts bare where that is clear, times without needless digits, `dynamic` as JSON.
fn text(cells: &Cells, row: usize) -> String {
    let mut text = String::new();
    match cells {
        _ if cells.is_null(row) => text.push_str("null"),
        Cells::Dynamic(_) => cells.push_json(row, &mut text),
        Cells::DateTime(_) => {
            cells.push_text(row, &mut text);
            let short = text.trim_end_matches('Z').trim_end_matches('0').trim_end_matches('.').to_owned();
            return short + "Z";
        }
        Cells::String(_) => {
            cells.push_text(row, &mut text);
            let clear = !text.is_empty() && text != "null" && text.trim() == text;
            if !clear || text.contains(['|', '\n', '\t', '\r', '"']) {
                text = serde_json::Value::from(text).to_string();
            }
        }
        _ => cells.push_text(row, &mut text),
    }
    text
}

/// A table given as CSV.
fn batch(csv: &str) -> Result<RecordBatch, String> {
    let columns = data::columns(csv)?;
    let rows: Vec<Vec<String>> = csv.lines().skip(1).map(data::cells).collect();
    if let Some(row) = rows.iter().find(|row| row.len() != columns.len()) {
        return Err(format!("the row {row:?} has not {} cells", columns.len()));
    }
    let array = |(at, (_, ty)): (usize, &(String, Type))| -> Result<ArrayRef, String> {
        let cells = rows.iter().map(|row| scalar(&row[at], *ty)).collect::<Result<Vec<_>, String>>()?;
        if cells.is_empty() {
            return Ok(new_empty_array(&arrow_type(*ty)));
        }
        ScalarValue::iter_to_array(cells).map_err(|e| e.to_string())
    };
    let arrays = columns.iter().enumerate().map(array).collect::<Result<Vec<_>, String>>()?;
    RecordBatch::try_new(schema_of(&columns), arrays).map_err(|e| e.to_string())
}

/// A cell of CSV; an empty one is null, or the empty string.
fn scalar(cell: &str, ty: Type) -> Result<ScalarValue, String> {
    let wrong = || format!("`{cell}` is no {ty}");
    Ok(match ty {
        Type::String => ScalarValue::Utf8View(Some(cell.to_owned())),
        _ if cell.is_empty() => ScalarValue::try_from(&arrow_type(ty)).map_err(|e| e.to_string())?,
        Type::Guid | Type::Dynamic => ScalarValue::Utf8View(Some(cell.to_owned())),
        Type::DateTime => {
            ScalarValue::TimestampNanosecond(Some(parse_datetime(cell).ok_or_else(wrong)?), Some("UTC".into()))
        }
        Type::TimeSpan => ScalarValue::DurationNanosecond(Some(parse_timespan(cell).ok_or_else(wrong)?)),
        Type::Decimal => {
            ScalarValue::Decimal128(Some(parse_decimal(cell).ok_or_else(wrong)?), DECIMAL_PRECISION, DECIMAL_SCALE)
        }
        Type::Bool => ScalarValue::from(cell.parse::<bool>().map_err(|_| wrong())?),
        Type::Int => ScalarValue::from(cell.parse::<i32>().map_err(|_| wrong())?),
        Type::Long => ScalarValue::from(cell.parse::<i64>().map_err(|_| wrong())?),
        Type::Real => ScalarValue::from(cell.parse::<f64>().map_err(|_| wrong())?),
        Type::Unknown => return Err(wrong()),
    })
}
