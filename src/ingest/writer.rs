//! Rows to a Parquet file, laid out for the questions that are asked.

use std::fs::File;
use std::path::Path;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::metadata::SortingColumn;
use datafusion::parquet::file::properties::WriterProperties;
use datafusion::parquet::schema::types::ColumnPath;

use crate::engine::catalog::TIME;
use crate::error::{Error, Result};

/// Columns that queries look single values up in; their bloom filters tell which row groups can have one. The writer
/// folds a filter to the number of values that there are.
const LOOKED_UP: &[&str] = &[
    "CallId",
    "CorrelationId",
    "ParticipantId",
    "OperationId",
    "CallConnectionId",
    "ServerCallId",
    "RecordingId",
    "MessageId",
    "SurveyId",
];

/// Rows whose minima and maxima are kept together.
pub(super) const ROW_GROUP_ROWS: usize = 131_072;

/// Writes rows, which are in order of time, as one file; gives its size. It lasts once somebody has synced it.
pub(super) fn write_parquet(
    path: &Path,
    schema: &SchemaRef,
    rows: u64,
    batches: impl Iterator<Item = Result<RecordBatch>>,
) -> Result<u64> {
    let io = |cause| Error::io(path, cause);
    let file = File::create(path).map_err(io)?;
    let told = |error| match io_cause(error) {
        Ok(cause) => Error::io(path, cause),
        Err(message) => Error::Engine(message),
    };
    let mut writer =
        ArrowWriter::try_new(&file, SchemaRef::clone(schema), Some(properties(schema, rows))).map_err(told)?;
    for batch in batches {
        writer.write(&batch?).map_err(told)?;
    }
    writer.close().map_err(told)?;
    Ok(file.metadata().map_err(io)?.len())
}

/// What the system said, where that is why writing failed: a full disk should be told as such.
fn io_cause(error: datafusion::parquet::errors::ParquetError) -> Result<std::io::Error, String> {
    use datafusion::parquet::errors::ParquetError;
    match error {
        ParquetError::External(cause) => match cause.downcast::<std::io::Error>() {
            Ok(cause) => Ok(*cause),
            Err(other) => Err(other.to_string()),
        },
        other => Err(other.to_string()),
    }
}

/// Rows of a file that is worth a strong compression. Smaller ones are merged sooner or later, and making a compressor
/// for each of their columns takes longer than using it.
const WORTH_ROWS: u64 = 8_192;

fn properties(schema: &SchemaRef, rows: u64) -> WriterProperties {
    let compression = match rows < WORTH_ROWS {
        true => Compression::SNAPPY,
        false => Compression::ZSTD(ZstdLevel::default()),
    };
    let mut builder = WriterProperties::builder()
        .set_compression(compression)
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_created_by(concat!("calypso ", env!("CARGO_PKG_VERSION")).to_owned());
    if let Ok(time) = schema.index_of(TIME) {
        let column_idx = i32::try_from(time).unwrap_or_default();
        builder =
            builder.set_sorting_columns(Some(vec![SortingColumn { column_idx, descending: false, nulls_first: true }]));
    }
    for name in LOOKED_UP.iter().filter(|name| schema.column_with_name(name).is_some()) {
        builder = builder.set_column_bloom_filter_max_ndv(ColumnPath::from(*name), rows.min(ROW_GROUP_ROWS as u64));
    }
    builder.build()
}
