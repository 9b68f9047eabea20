//! Data files that are read again: for their keys when those are lost, and to write some of their rows anew.

use std::fs::File;
use std::path::Path;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use super::identity::{Key, keys_of};
use super::keys;
use super::layout::{Layout, declared, schema, stem};
use super::part::engine;
use crate::engine::catalog::conform_batch;
use crate::engine::catalog::log::FileFacts;
use crate::error::{Error, Result};

/// The keys of a file's rows, in order: from beside it, or else from the rows themselves.
pub(super) fn keys_of_file(
    layout: &Layout,
    file: &FileFacts,
    at: &Path,
) -> Result<Box<dyn Iterator<Item = Key> + Send>> {
    if let Some(keys) = keys::read(&layout.keys(stem(&file.path))) {
        return Ok(Box::new(keys));
    }
    let mut columns = declared(&file.table);
    columns.extend(file.columns.iter().cloned());
    let mut rows = RowReader::open(at, schema(&file.table, columns).0)?;
    let mut keys = Vec::new();
    while let Some(batch) = rows.next_batch()? {
        keys.extend(keys_of(&file.table, &batch)?);
    }
    Ok(Box::new(keys.into_iter()))
}

/// Reads the rows of a data file in order.
pub(super) struct RowReader {
    reader: ParquetRecordBatchReader,
    schema: SchemaRef,
    /// What was read and not yet taken.
    rest: Option<RecordBatch>,
}

/// Rows that are read at once.
const BATCH_ROWS: usize = 16_384;

impl RowReader {
    /// Rows come in the given schema.
    pub(super) fn open(path: &Path, schema: SchemaRef) -> Result<Self> {
        let wrong = |error: datafusion::parquet::errors::ParquetError| Error::Data {
            path: path.to_owned(),
            line: None,
            reason: error.to_string(),
        };
        let file = File::open(path).map_err(|cause| Error::io(path, cause))?;
        let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(wrong)?;
        Ok(Self { reader: builder.with_batch_size(BATCH_ROWS).build().map_err(wrong)?, schema, rest: None })
    }

    pub(super) fn next_batch(&mut self) -> Result<Option<RecordBatch>> {
        if let Some(rest) = self.rest.take() {
            return Ok(Some(rest));
        }
        let Some(batch) = self.reader.next() else { return Ok(None) };
        conform_batch(&batch.map_err(engine)?, &self.schema).map(Some).map_err(engine)
    }

    /// The next rows, exactly so many; an error when there are fewer.
    pub(super) fn take(&mut self, mut count: usize) -> Result<RecordBatch> {
        let mut taken = Vec::new();
        while count > 0 {
            let Some(batch) = self.next_batch()? else {
                return Err(Error::Engine("a data file has fewer rows than its keys".to_owned()));
            };
            let here = count.min(batch.num_rows());
            if here < batch.num_rows() {
                self.rest = Some(batch.slice(here, batch.num_rows() - here));
            }
            taken.push(batch.slice(0, here));
            count -= here;
        }
        concat_batches(&self.schema, &taken).map_err(engine)
    }
}
