//! Result tables that are not the answer of a query: lists of tables, columns and canned queries.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, StringViewArray, TimestampNanosecondArray};
use datafusion::arrow::datatypes::{Field, Schema};
use datafusion::arrow::record_batch::RecordBatch;

use crate::engine::Table;
use crate::engine::catalog::TableInfo;
use crate::engine::types::{arrow_field, arrow_type};
use crate::error::{Error, Result};
use crate::library::CannedQuery;
use crate::tables;
use crate::types::Type;

/// A column of a listing.
enum Column {
    Text(Vec<String>),
    Count(Vec<Option<i64>>),
    Time(Vec<Option<i64>>),
}

/// The tables that there are, with their rows, time range and size.
pub fn list_tables(tables: &[TableInfo]) -> Result<Table> {
    let count = |number: u64| i64::try_from(number).ok();
    table(vec![
        ("Table", Column::Text(tables.iter().map(|info| info.name.clone()).collect())),
        ("Rows", Column::Count(tables.iter().map(|info| count(info.rows)).collect())),
        ("First", Column::Time(tables.iter().map(|info| info.times.map(|(first, _)| first)).collect())),
        ("Last", Column::Time(tables.iter().map(|info| info.times.map(|(_, last)| last)).collect())),
        ("Files", Column::Count(tables.iter().map(|info| i64::try_from(info.files).ok()).collect())),
        ("Bytes", Column::Count(tables.iter().map(|info| count(info.bytes)).collect())),
    ])
}

/// The columns of a table, with what is known about them.
pub fn list_columns(name: &str, columns: &[(String, Type)]) -> Result<Table> {
    let dictionary = || tables::dictionary(name).map(|dictionary| dictionary.columns);
    let known = tables::by_name(name).map(|def| def.columns).or_else(dictionary).unwrap_or_default();
    let summary = |column: &str| {
        let known = known.iter().find(|known| known.name == column);
        known.map_or(String::new(), |known| known.doc.to_owned())
    };
    table(vec![
        ("Column", Column::Text(columns.iter().map(|(name, _)| name.clone()).collect())),
        ("Type", Column::Text(columns.iter().map(|(_, ty)| ty.name().to_owned()).collect())),
        ("Summary", Column::Text(columns.iter().map(|(name, _)| summary(name)).collect())),
    ])
}

/// Canned queries with their titles and tags.
pub fn list_queries(queries: &[&CannedQuery]) -> Result<Table> {
    table(vec![
        ("Name", Column::Text(queries.iter().map(|query| query.name.clone()).collect())),
        ("Title", Column::Text(queries.iter().map(|query| query.title.clone()).collect())),
        ("Tags", Column::Text(queries.iter().map(|query| query.tags.join(", ")).collect())),
    ])
}

/// A named table of texts.
pub fn list_texts<const N: usize>(name: &str, columns: &[&str; N], rows: &[[String; N]]) -> Result<Table> {
    let column = |at: usize| Column::Text(rows.iter().filter_map(|row| row.get(at).cloned()).collect());
    let columns = columns.iter().enumerate().map(|(at, name)| (*name, column(at))).collect();
    Ok(Table { name: name.to_owned(), ..table(columns)? })
}

/// Results that a shell keeps, with their rows and size.
pub fn list_kept(results: &[TableInfo]) -> Result<Table> {
    let count = |number: u64| i64::try_from(number).ok();
    table(vec![
        ("Name", Column::Text(results.iter().map(|info| info.name.clone()).collect())),
        ("Rows", Column::Count(results.iter().map(|info| count(info.rows)).collect())),
        ("Bytes", Column::Count(results.iter().map(|info| count(info.bytes)).collect())),
    ])
}

/// A stage of a pipeline, with the rows that go into it and come out of it, where they can be counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stage {
    /// As it is written.
    pub text: String,
    /// Rows in; none for the source.
    pub rows_in: Option<u64>,
    /// Rows out.
    pub rows_out: Option<u64>,
}

/// The stages of a pipeline.
pub fn list_stages(stages: &[Stage]) -> Result<Table> {
    let count = |number: Option<u64>| number.and_then(|number| i64::try_from(number).ok());
    table(vec![
        ("Stage", Column::Text(stages.iter().map(|stage| stage.text.clone()).collect())),
        ("RowsIn", Column::Count(stages.iter().map(|stage| count(stage.rows_in)).collect())),
        ("RowsOut", Column::Count(stages.iter().map(|stage| count(stage.rows_out)).collect())),
    ])
}

fn table(columns: Vec<(&str, Column)>) -> Result<Table> {
    let mut names = Vec::new();
    let mut arrays: Vec<ArrayRef> = Vec::new();
    for (name, column) in columns {
        let (ty, array): (Type, ArrayRef) = match column {
            Column::Text(cells) => (Type::String, Arc::new(StringViewArray::from_iter_values(cells))),
            Column::Count(cells) => (Type::Long, Arc::new(Int64Array::from(cells))),
            Column::Time(cells) => {
                let array = TimestampNanosecondArray::from(cells).with_data_type(arrow_type(Type::DateTime));
                (Type::DateTime, Arc::new(array))
            }
        };
        names.push((name.to_owned(), ty));
        arrays.push(array);
    }
    let fields: Vec<Field> = names.iter().map(|(name, ty)| arrow_field(name, *ty)).collect();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays);
    let batch = batch.map_err(|error| Error::Engine(error.to_string()))?;
    Ok(Table { name: "PrimaryResult".to_owned(), columns: names, batches: vec![batch], chart: None })
}
