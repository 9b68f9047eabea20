//! The files of `.export`: rows to files that were not there before, as they come.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, StringViewArray};
use datafusion::arrow::record_batch::RecordBatch;
use flate2::write::GzEncoder;

use crate::bind::{Compression, ExportFormat, Headers};
use crate::engine::Table;
use crate::engine::answer::Export;
use crate::engine::catalog::schema_of;
use crate::error::{Error, Result};
use crate::types::Type;

use super::rows::{Head, RowFormat, RowWriter};

/// A file that was written.
struct Written {
    path: PathBuf,
    records: i64,
    bytes: i64,
}

/// Writes a result to as many files as its size asks for, and at least to one. The files of an export that does not
/// come to its end are removed.
pub(super) struct Exporter {
    export: Export,
    /// The result without rows.
    table: Table,
    open: Option<Part>,
    written: Vec<Written>,
    number: u32,
    is_done: bool,
}

/// The file that is being written.
struct Part {
    path: PathBuf,
    writer: RowWriter<Packed>,
    records: i64,
    size: u64,
}

impl Exporter {
    /// Begins to export a result, which is given without rows.
    pub(super) fn begin(export: &Export, table: &Table) -> Result<Exporter> {
        let (export, table) = (export.clone(), Table { chart: None, ..table.clone() });
        let mut exporter = Exporter { export, table, open: None, written: Vec::new(), number: 1, is_done: false };
        exporter.next_file()?;
        Ok(exporter)
    }

    /// Writes some rows.
    pub(super) fn take(&mut self, batch: &RecordBatch) -> Result<()> {
        if self.open.as_ref().is_none_or(|part| part.records > 0 && part.size >= self.export.size) {
            self.close()?;
            self.next_file()?;
        }
        let Some(part) = &mut self.open else { return Ok(()) };
        part.size += part.writer.write(batch).map_err(|error| at_path(error, &part.path))?;
        part.records += i64::try_from(batch.num_rows()).unwrap_or(i64::MAX);
        Ok(())
    }

    /// Closes the last file; gives the list of all of them.
    pub(super) fn end(&mut self) -> Result<Table> {
        self.close()?;
        self.is_done = true;
        listing(&self.table.name, &self.written)
    }

    fn next_file(&mut self) -> Result<()> {
        let folder = &self.export.folders[self.written.len() % self.export.folders.len().max(1)];
        let folder = Path::new(folder);
        std::fs::create_dir_all(folder).map_err(|cause| Error::io(folder, cause))?;
        let (path, file) = new_file(folder, &self.export, &mut self.number)?;
        let headed = match self.export.headers {
            Headers::All => Head::Written,
            Headers::First if self.written.is_empty() => Head::Written,
            Headers::First | Headers::None => Head::Left,
        };
        match begin_file(&self.export, &self.table, headed, file) {
            Ok(writer) => {
                self.open = Some(Part { path, writer, records: 0, size: 0 });
                Ok(())
            }
            Err(error) => {
                remove(&path);
                Err(at_path(error, &path))
            }
        }
    }

    fn close(&mut self) -> Result<()> {
        let Some(Part { path, writer, records, .. }) = self.open.take() else { return Ok(()) };
        let closed = writer.finish().map_err(|error| at_path(error, &path)).and_then(|packed| {
            packed.close().and_then(|()| std::fs::metadata(&path)).map_err(|cause| Error::io(&path, cause))
        });
        match closed {
            Ok(facts) => {
                let bytes = i64::try_from(facts.len()).unwrap_or(i64::MAX);
                self.written.push(Written { path, records, bytes });
                Ok(())
            }
            Err(error) => {
                remove(&path);
                Err(error)
            }
        }
    }
}

impl Drop for Exporter {
    fn drop(&mut self) {
        if !self.is_done {
            let open = self.open.take().map(|part| part.path);
            open.iter().chain(self.written.iter().map(|file| &file.path)).for_each(|path| remove(path));
        }
    }
}

/// Removing is tidiness; the error to report is the one of writing.
fn remove(path: &Path) {
    let _ = std::fs::remove_file(path);
}

fn at_path(error: Error, path: &Path) -> Error {
    match error {
        Error::Io { cause, .. } => Error::io(path, cause),
        other => other,
    }
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
            Err(cause) if cause.kind() == io::ErrorKind::AlreadyExists => {}
            Err(cause) => return Err(Error::io(path, cause)),
        }
    }
}

fn begin_file(export: &Export, table: &Table, head: Head, file: File) -> Result<RowWriter<Packed>> {
    let format = match export.format {
        ExportFormat::Csv => RowFormat::Csv,
        ExportFormat::Tsv => RowFormat::Tsv,
        ExportFormat::Json => RowFormat::JsonLines,
        ExportFormat::Parquet => RowFormat::Parquet(export.compression),
    };
    let file = BufWriter::new(file);
    let mut out = match (export.format, export.compression) {
        (ExportFormat::Parquet, _) => Packed::Plain(file),
        (_, Compression::Gzip) => Packed::Gzip(GzEncoder::new(file, flate2::Compression::default())),
        (_, Compression::None | Compression::Snappy | Compression::Zstd) => Packed::Plain(file),
    };
    if export.mark && export.format != ExportFormat::Parquet {
        out.write_all("\u{feff}".as_bytes()).map_err(super::write_error)?;
    }
    RowWriter::begin(format, table.clone(), head, out)
}

/// A file, packed as a whole or not.
enum Packed {
    Plain(BufWriter<File>),
    Gzip(GzEncoder<BufWriter<File>>),
}

impl Packed {
    /// Writes what is left.
    fn close(self) -> io::Result<()> {
        match self {
            Packed::Plain(mut out) => out.flush(),
            Packed::Gzip(out) => out.finish().and_then(|mut out| out.flush()),
        }
    }
}

impl Write for Packed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Packed::Plain(out) => out.write(bytes),
            Packed::Gzip(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Packed::Plain(out) => out.flush(),
            // Flushing in the middle makes the file larger; what is left is written at the end.
            Packed::Gzip(_) => Ok(()),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::span::Span;

    #[test]
    fn what_breaks_off_leaves_no_files() {
        let folder = tempfile::tempdir().unwrap();
        let export = Export {
            format: ExportFormat::Csv,
            folders: vec![folder.path().display().to_string()],
            prefix: "e".to_owned(),
            size: 1,
            headers: Headers::All,
            mark: false,
            compression: Compression::None,
            extension: None,
            span: Span::new(0, 0),
        };
        let columns = vec![("n".to_owned(), Type::Long)];
        let batch = RecordBatch::try_new(schema_of(&columns), vec![Arc::new(Int64Array::from(vec![1, 2]))]).unwrap();
        let table = Table { name: "T".to_owned(), columns, batches: Vec::new(), chart: None };
        let count = || std::fs::read_dir(folder.path()).unwrap().count();
        let mut broken = Exporter::begin(&export, &table).unwrap();
        (0..3).for_each(|_| broken.take(&batch).unwrap());
        assert_eq!(count(), 3);
        drop(broken);
        assert_eq!(count(), 0);
        let mut whole = Exporter::begin(&export, &table).unwrap();
        (0..2).for_each(|_| whole.take(&batch).unwrap());
        assert_eq!(whole.end().unwrap().row_count(), 2);
        assert_eq!(std::fs::read_to_string(folder.path().join("e_2.csv")).unwrap(), "n\n1\n2\n");
    }
}
