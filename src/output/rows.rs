//! Rows written as they come: the formats that need no look at the whole table.

use std::sync::Arc;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::ipc::writer::FileWriter;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::parquet::arrow::ArrowWriter;

use crate::bind::Compression;
use crate::engine::Table;
use crate::error::{Error, Result};

use super::columnar::{arrow_error, file_batch, file_schema, parquet_error, parquet_properties};
use super::{Format, Sink, Style, csv, json, write_error};

/// What is written row by row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RowFormat {
    /// Comma separated text.
    Csv,
    /// Tab separated text.
    Tsv,
    /// An object a line.
    JsonLines,
    /// Parquet, compressed like this.
    Parquet(Compression),
    /// Arrow IPC.
    Arrow,
}

impl RowFormat {
    /// The same as a format of answers, if that can be written row by row.
    pub(super) fn of(format: &Format) -> Option<RowFormat> {
        match format.name {
            "csv" => Some(RowFormat::Csv),
            "tsv" => Some(RowFormat::Tsv),
            "jsonl" => Some(RowFormat::JsonLines),
            "parquet" => Some(RowFormat::Parquet(Compression::Zstd)),
            "arrow" => Some(RowFormat::Arrow),
            _ => None,
        }
    }
}

/// Writes the rows of one table as they come.
pub(super) struct RowWriter<W: Sink> {
    /// The table without its rows.
    table: Table,
    form: Form<W>,
}

/// A way to write tables as text.
type WriteText = fn(&[Table], &Style, &mut dyn Sink) -> Result<()>;

enum Form<W: Sink> {
    Text { out: W, write: WriteText, head: usize },
    Parquet(Box<ArrowWriter<W>>, SchemaRef),
    Arrow(Box<FileWriter<W>>, SchemaRef),
}

/// Whether text begins with a line of names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Head {
    /// It does, where the format has one.
    Written,
    /// It does not.
    Left,
}

impl<W: Sink> RowWriter<W> {
    /// Begins to write a table, which is given without rows.
    pub(super) fn begin(format: RowFormat, table: Table, head: Head, mut out: W) -> Result<RowWriter<W>> {
        let text = |write: WriteText, mut out: W| {
            let line = text_of(&table, write)?;
            if head == Head::Written {
                out.write_all(&line).map_err(write_error)?;
            }
            Ok::<_, Error>(Form::Text { out, write, head: line.len() })
        };
        let form = match format {
            RowFormat::Csv => text(csv::write_csv, out)?,
            RowFormat::Tsv => text(csv::write_tsv, out)?,
            RowFormat::JsonLines => text(json::write_jsonl, out)?,
            RowFormat::Parquet(packing) => {
                let schema = file_schema(&table)?;
                let writer = ArrowWriter::try_new(out, Arc::clone(&schema), Some(parquet_properties(packing)));
                Form::Parquet(Box::new(writer.map_err(parquet_error)?), schema)
            }
            RowFormat::Arrow => {
                let schema = file_schema(&table)?;
                out.flush().map_err(write_error)?;
                Form::Arrow(Box::new(FileWriter::try_new(out, &schema).map_err(arrow_error)?), schema)
            }
        };
        Ok(RowWriter { table, form })
    }

    /// Writes some rows; gives about how many bytes they take before they are compressed.
    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<u64> {
        match &mut self.form {
            Form::Text { out, write, head } => {
                self.table.batches = vec![batch.clone()];
                let text = text_of(&self.table, *write);
                self.table.batches.clear();
                let text = text?;
                // Each table begins with its names.
                let rows = text.get(*head..).unwrap_or_default();
                out.write_all(rows).map_err(write_error)?;
                Ok(rows.len() as u64)
            }
            Form::Parquet(writer, schema) => {
                writer.write(&file_batch(schema, batch)?).map_err(parquet_error)?;
                Ok(batch.get_array_memory_size() as u64)
            }
            Form::Arrow(writer, schema) => {
                writer.write(&file_batch(schema, batch)?).map_err(arrow_error)?;
                Ok(batch.get_array_memory_size() as u64)
            }
        }
    }

    /// Writes what belongs behind the rows, and gives back what was written to.
    pub(super) fn finish(self) -> Result<W> {
        let mut out = match self.form {
            Form::Text { out, .. } => out,
            Form::Parquet(writer, _) => writer.into_inner().map_err(parquet_error)?,
            Form::Arrow(mut writer, _) => {
                writer.finish().map_err(arrow_error)?;
                writer.into_inner().map_err(arrow_error)?
            }
        };
        out.flush().map_err(write_error)?;
        Ok(out)
    }
}

fn text_of(table: &Table, write: WriteText) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    write(std::slice::from_ref(table), &Style::PLAIN, &mut text)?;
    Ok(text)
}
