//! A file of raw logs to rows: reads the text, finds the records, and collects them by table.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use datafusion::arrow::array::RecordBatch;

use super::batch::TableBuilder;
use super::record::{Place, RawRecord};
use super::repair::Repair;
use super::report::{Reject, Report};
use super::wrapping::{Found, Wrapping};
use crate::error::{Error, Result};

/// Rows of a batch. Larger batches make fewer calls; smaller ones stay in the processor's caches.
const BATCH_ROWS: usize = 65_536;

/// Collects the rows of any number of files.
#[derive(Default)]
pub(super) struct Collector {
    tables: BTreeMap<&'static str, Rows>,
    pub(super) report: Report,
}

struct Rows {
    builder: TableBuilder,
    batches: Vec<RecordBatch>,
}

impl Collector {
    /// Reads a file.
    pub(super) fn read_file(&mut self, path: &Path) -> Result<()> {
        let bytes = std::fs::read(path).map_err(|cause| Error::io(path, cause))?;
        self.read_bytes(path, &bytes)
    }

    /// Reads the content of a file; the path is only told in the report.
    pub(super) fn read_bytes(&mut self, path: &Path, bytes: &[u8]) -> Result<()> {
        self.report.files += 1;
        self.report.bytes += bytes.len() as u64;
        let text = match self.decode(bytes) {
            Ok(text) => text,
            Err(reason) => {
                self.reject(path, Place { line: 1, offset: 0 }, reason.to_owned(), "");
                return Ok(());
            }
        };
        let mut outcome = Ok(());
        Wrapping::detect(&text).read(&text, &mut |found| match found {
            Found::Record(record) => {
                if let Err(error) = self.add(path, &record) {
                    outcome = Err(error);
                }
            }
            Found::Reject { place, reason, text } => self.reject(path, place, reason, text),
        });
        outcome
    }

    /// The text of a file, without its byte order mark.
    fn decode<'b>(&mut self, bytes: &'b [u8]) -> Result<Cow<'b, str>, &'static str> {
        let (bytes, marked) = match bytes.strip_prefix(b"\xef\xbb\xbf") {
            Some(rest) => (rest, true),
            None => (bytes, false),
        };
        if marked {
            self.report.repairs.add(Repair::ByteOrderMark);
        }
        if let [0xff, 0xfe, rest @ ..] | [0xfe, 0xff, rest @ ..] = bytes {
            self.report.repairs.add(Repair::ByteOrderMark);
            let order = if bytes[0] == 0xff { u16::from_le_bytes } else { u16::from_be_bytes };
            let units: Vec<u16> = rest.chunks_exact(2).map(|pair| order([pair[0], pair[1]])).collect();
            return Ok(Cow::Owned(String::from_utf16_lossy(&units)));
        }
        // Text has no zero bytes; Parquet, archives and pictures do, early on.
        if bytes.iter().take(4096).any(|b| *b == 0) {
            return Err("not a text file");
        }
        let text = String::from_utf8_lossy(bytes);
        if matches!(text, Cow::Owned(_)) {
            self.report.repairs.add(Repair::InvalidText);
        }
        Ok(text)
    }

    fn add(&mut self, path: &Path, record: &RawRecord<'_>) -> Result<()> {
        let table = match record.table() {
            Ok(table) => table,
            Err(reason) => {
                self.reject(path, record.place, reason, record.text);
                return Ok(());
            }
        };
        let rows = self
            .tables
            .entry(table.name)
            .or_insert_with(|| Rows { builder: TableBuilder::new(table), batches: Vec::new() });
        self.report.repairs.merge(&record.repairs);
        rows.builder.append(record, &mut self.report.repairs);
        if rows.builder.rows() == BATCH_ROWS {
            rows.flush()?;
        }
        Ok(())
    }

    fn reject(&mut self, path: &Path, place: Place, reason: String, text: &str) {
        self.report.rejects.push(Reject { file: PathBuf::from(path), place, reason, text: text.to_owned() });
    }

    /// The rows of each table, and the report.
    pub(super) fn finish(mut self) -> Result<(BTreeMap<&'static str, Vec<RecordBatch>>, Report)> {
        let mut tables = BTreeMap::new();
        for (name, mut rows) in self.tables {
            rows.flush()?;
            let count = rows.batches.iter().map(|batch| batch.num_rows() as u64).sum();
            self.report.tables.insert(name.to_owned(), count);
            tables.insert(name, rows.batches);
        }
        Ok((tables, self.report))
    }
}

impl Rows {
    fn flush(&mut self) -> Result<()> {
        if self.builder.rows() > 0 {
            let batch = self.builder.finish().map_err(|error| Error::Engine(error.to_string()))?;
            self.batches.push(batch);
        }
        Ok(())
    }
}
