//! The rows of a dictionary, as a table in memory.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::{ArrayRef, StringViewArray};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::datasource::MemTable;

use super::{engine_error, schema_of};
use crate::error::Result;
use crate::tables::Dictionary;

/// A dictionary that was read.
#[derive(Clone)]
pub(super) struct Opened {
    pub(super) table: Arc<MemTable>,
    pub(super) rows: usize,
}

/// Those that were read so far: they never change.
static OPENED: Mutex<BTreeMap<&str, Opened>> = Mutex::new(BTreeMap::new());

/// The rows of a dictionary.
pub(super) fn open(dictionary: &'static Dictionary) -> Result<Opened> {
    let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = opened.get(dictionary.name) {
        return Ok(known.clone());
    }
    let read = read(dictionary)?;
    opened.insert(dictionary.name, read.clone());
    Ok(read)
}

fn read(dictionary: &Dictionary) -> Result<Opened> {
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
    let rows = batch.num_rows();
    let table = MemTable::try_new(schema, vec![vec![batch]]).map_err(engine_error)?;
    Ok(Opened { table: Arc::new(table), rows })
}
