//! The rows of a dictionary, as a table in memory.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, StringViewArray};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::datasource::MemTable;

use super::{engine_error, schema_of};
use crate::error::Result;
use crate::tables::Dictionary;

/// Reads a dictionary.
pub(super) fn open(dictionary: &Dictionary) -> Result<MemTable> {
    let mut columns: Vec<Vec<String>> = vec![Vec::new(); dictionary.columns.len()];
    for record in csv::Reader::from_reader(dictionary.csv.as_bytes()).into_records() {
        let record = record.map_err(engine_error)?;
        for (column, cell) in columns.iter_mut().zip(&record) {
            column.push(cell.to_owned());
        }
    }
    let schema = schema_of(&dictionary.typed_columns());
    let arrays = columns.into_iter().map(|column| Arc::new(StringViewArray::from_iter_values(column)) as ArrayRef);
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays.collect()).map_err(engine_error)?;
    MemTable::try_new(schema, vec![vec![batch]]).map_err(engine_error)
}
