//! Files that keep columns and types: Parquet and Arrow IPC.
//!
//! Text is written as plain `Utf8`, which every reader knows; `guid` and `dynamic` columns carry their KQL type
//! as field metadata, so that a table read back has the same types.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ipc::writer::FileWriter;
use datafusion::arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, GzipLevel, ZstdLevel};
use datafusion::parquet::errors::ParquetError;
use datafusion::parquet::file::properties::WriterProperties;

use crate::bind::Compression as Packing;
use crate::engine::Table;
use crate::engine::types::{FOLDERS_KEY, arrow_field};
use crate::error::{Error, Result};
use crate::types::Type;

use super::{Sink, write_error};

/// How a Parquet file is written that is compressed as said.
pub(super) fn parquet_properties(packing: Packing) -> WriterProperties {
    let compression = match packing {
        Packing::None => Compression::UNCOMPRESSED,
        Packing::Gzip => Compression::GZIP(GzipLevel::default()),
        Packing::Snappy => Compression::SNAPPY,
        Packing::Zstd => Compression::ZSTD(ZstdLevel::default()),
    };
    WriterProperties::builder().set_compression(compression).build()
}

/// Writes a table as a Parquet file, compressed with zstd.
pub(super) fn write_parquet(table: &Table, out: &mut dyn Sink) -> Result<()> {
    write_parquet_part(table, &[], out)
}

/// The same for a file of a folder that tells more columns by its name; the file keeps their types.
pub(super) fn write_parquet_part(table: &Table, told: &[(String, Type)], out: &mut dyn Sink) -> Result<()> {
    let mut schema = file_schema(table)?;
    if !told.is_empty() {
        let types: serde_json::Map<_, _> =
            told.iter().map(|(name, ty)| (name.clone(), serde_json::Value::from(ty.name()))).collect();
        let metadata = HashMap::from([(FOLDERS_KEY.to_owned(), serde_json::Value::from(types).to_string())]);
        schema = Arc::new(schema.as_ref().clone().with_metadata(metadata));
    }
    let properties = parquet_properties(Packing::Zstd);
    let mut writer = ArrowWriter::try_new(out, Arc::clone(&schema), Some(properties)).map_err(parquet_error)?;
    for batch in &table.batches {
        writer.write(&file_batch(&schema, batch)?).map_err(parquet_error)?;
    }
    writer.close().map_err(parquet_error)?;
    Ok(())
}

/// Writes a table as an Arrow IPC file.
pub(super) fn write_arrow(table: &Table, out: &mut dyn Sink) -> Result<()> {
    let schema = file_schema(table)?;
    let mut writer = FileWriter::try_new(out, &schema).map_err(arrow_error)?;
    for batch in &table.batches {
        writer.write(&file_batch(&schema, batch)?).map_err(arrow_error)?;
    }
    writer.finish().map_err(arrow_error)
}

pub(super) fn file_schema(table: &Table) -> Result<SchemaRef> {
    if table.columns.is_empty() {
        return Err(Error::Usage("the result has no columns to write".to_owned()));
    }
    let fields: Vec<Field> = table.columns.iter().map(|(name, ty)| plain_text(arrow_field(name, *ty))).collect();
    Ok(Arc::new(Schema::new(fields)))
}

fn plain_text(field: Field) -> Field {
    match field.data_type() {
        DataType::Utf8View => field.with_data_type(DataType::Utf8),
        _ => field,
    }
}

pub(super) fn file_batch(schema: &SchemaRef, batch: &RecordBatch) -> Result<RecordBatch> {
    let columns: Result<Vec<ArrayRef>, ArrowError> =
        schema.fields().iter().zip(batch.columns()).map(|(field, array)| cast(array, field.data_type())).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    columns
        .and_then(|columns| RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options))
        .map_err(arrow_error)
}

pub(super) fn arrow_error(error: ArrowError) -> Error {
    match error {
        ArrowError::IoError(_, cause) => write_error(cause),
        other => Error::Engine(other.to_string()),
    }
}

pub(super) fn parquet_error(error: ParquetError) -> Error {
    match error {
        ParquetError::External(cause) => match cause.downcast::<std::io::Error>() {
            Ok(cause) => write_error(*cause),
            Err(other) => Error::Engine(other.to_string()),
        },
        other => Error::Engine(other.to_string()),
    }
}
