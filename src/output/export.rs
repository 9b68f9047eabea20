//! The files of `.export`: an answer's tables to files that were not there before.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, StringViewArray};
use datafusion::arrow::record_batch::RecordBatch;
use flate2::write::GzEncoder;

use crate::bind::{Compression, ExportFormat, Headers};
use crate::engine::answer::Export;
use crate::engine::catalog::schema_of;
use crate::engine::{Answer, Table};
use crate::error::{Error, Result};
use crate::types::Type;

use super::columnar::write_parquet_with;
use super::{Style, csv, json};

/// A file that was written.
struct Written {
    path: PathBuf,
    records: i64,
    bytes: i64,
}

/// Writes the tables of an answer that are meant for files; lists of the files take their places.
pub fn write_exports(mut answer: Answer) -> Result<Answer> {
    for (at, export) in std::mem::take(&mut answer.exports) {
        if let Some(table) = answer.tables.get_mut(at) {
            let written = write_files(table, &export)?;
            *table = listing(&table.name, &written)?;
        }
    }
    Ok(answer)
}

fn listing(name: &str, written: &[Written]) -> Result<Table> {
    let columns: Vec<(String, Type)> =
        [("Path", Type::String), ("NumRecords", Type::Long), ("SizeInBytes", Type::Long)]
            .map(|(name, ty)| (name.to_owned(), ty))
            .to_vec();
    let paths: StringViewArray = written.iter().map(|file| Some(file.path.display().to_string())).collect();
    let records: Int64Array = written.iter().map(|file| Some(file.records)).collect();
    let bytes: Int64Array = written.iter().map(|file| Some(file.bytes)).collect();
    let arrays: Vec<ArrayRef> = vec![Arc::new(paths), Arc::new(records), Arc::new(bytes)];
    let batch = RecordBatch::try_new(schema_of(&columns), arrays).map_err(|error| Error::Engine(error.to_string()))?;
    Ok(Table { name: name.to_owned(), columns, batches: vec![batch], chart: None })
}

/// Writes a table to as many files as its size asks for, and at least to one.
fn write_files(table: &Table, export: &Export) -> Result<Vec<Written>> {
    let mut written = Vec::new();
    let mut number = 1;
    let mut rest = table.batches.as_slice();
    loop {
        let folder = &export.folders[written.len() % export.folders.len().max(1)];
        let folder = Path::new(folder);
        std::fs::create_dir_all(folder).map_err(|cause| Error::io(folder, cause))?;
        let (path, file) = new_file(folder, export, &mut number)?;
        let part = write_part(table, rest, export, file, written.is_empty());
        let (taken, records) = part.map_err(|error| {
            // Removing is tidiness; the error to report is the one of writing.
            let _ = std::fs::remove_file(&path);
            match error {
                Error::Io { cause, .. } => Error::io(&path, cause),
                other => other,
            }
        })?;
        let bytes = std::fs::metadata(&path).map_err(|cause| Error::io(&path, cause))?.len();
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        written.push(Written { path, records, bytes });
        rest = &rest[taken..];
        if rest.is_empty() {
            return Ok(written);
        }
    }
}

/// A file of the next number that is free.
fn new_file(folder: &Path, export: &Export, number: &mut u32) -> Result<(PathBuf, File)> {
    let plain = match export.format {
        ExportFormat::Csv => "csv",
        ExportFormat::Tsv => "tsv",
        ExportFormat::Json => "json",
        ExportFormat::Parquet => "parquet",
    };
    let packed =
        if export.format != ExportFormat::Parquet && export.compression == Compression::Gzip { ".gz" } else { "" };
    let extension = export.extension.clone().unwrap_or_else(|| format!("{plain}{packed}"));
    loop {
        let path = folder.join(format!("{}_{number}.{extension}", export.prefix));
        *number += 1;
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((path, file)),
            Err(cause) if cause.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(cause) => return Err(Error::io(path, cause)),
        }
    }
}

/// Writes one file; gives how many batches and how many rows it took.
fn write_part(
    table: &Table,
    batches: &[RecordBatch],
    export: &Export,
    file: File,
    first: bool,
) -> Result<(usize, i64)> {
    let io = |cause| Error::io("the exported file", cause);
    let mut out = BufWriter::new(file);
    if export.format == ExportFormat::Parquet {
        let mut size = 0u64;
        let mut taken = 0;
        for batch in batches {
            if taken > 0 && size >= export.size {
                break;
            }
            size += batch.get_array_memory_size() as u64;
            taken += 1;
        }
        let part = part_of(table, &batches[..taken]);
        write_parquet_with(&part, export.compression, &mut out)?;
        out.flush().map_err(io)?;
        return Ok((taken, rows(&part)));
    }
    match export.compression {
        Compression::Gzip => {
            let mut packed = GzEncoder::new(out, flate2::Compression::default());
            let done = write_text(table, batches, export, &mut packed, first)?;
            packed.finish().and_then(|mut out| out.flush()).map_err(io)?;
            Ok(done)
        }
        Compression::None | Compression::Snappy | Compression::Zstd => {
            let done = write_text(table, batches, export, &mut out, first)?;
            out.flush().map_err(io)?;
            Ok(done)
        }
    }
}

fn write_text(
    table: &Table,
    batches: &[RecordBatch],
    export: &Export,
    sink: &mut dyn Write,
    first: bool,
) -> Result<(usize, i64)> {
    let io = |cause| Error::io("the exported file", cause);
    if export.mark {
        sink.write_all("\u{feff}".as_bytes()).map_err(io)?;
    }
    let header = text_of(&part_of(table, &[]), export)?;
    let headed = export.headers == Headers::All || (export.headers == Headers::First && first);
    let mut size = 0u64;
    if headed {
        sink.write_all(&header).map_err(io)?;
        size += header.len() as u64;
    }
    let (mut taken, mut records) = (0, 0);
    for batch in batches {
        if taken > 0 && size >= export.size {
            break;
        }
        let part = part_of(table, std::slice::from_ref(batch));
        let text = text_of(&part, export)?;
        // Each part begins with a header of its own.
        let text = &text[header.len()..];
        sink.write_all(text).map_err(io)?;
        size += text.len() as u64;
        taken += 1;
        records += rows(&part);
    }
    Ok((taken, records))
}

fn part_of(table: &Table, batches: &[RecordBatch]) -> Table {
    Table { name: table.name.clone(), columns: table.columns.clone(), batches: batches.to_vec(), chart: None }
}

fn rows(table: &Table) -> i64 {
    i64::try_from(table.row_count()).unwrap_or(i64::MAX)
}

fn text_of(table: &Table, export: &Export) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    let tables = std::slice::from_ref(table);
    match export.format {
        ExportFormat::Csv => csv::write_csv(tables, &Style::PLAIN, &mut text)?,
        ExportFormat::Tsv => csv::write_tsv(tables, &Style::PLAIN, &mut text)?,
        ExportFormat::Json | ExportFormat::Parquet => json::write_jsonl(tables, &Style::PLAIN, &mut text)?,
    }
    Ok(text)
}
