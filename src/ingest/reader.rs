//! A file of raw logs to rows: reads the text, finds the records, and collects them by table.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use datafusion::arrow::array::RecordBatch;

use super::batch::TableBuilder;
use super::foreign::{Columns, read_csv};
use super::record::{NoTable, Place, RawRecord};
use super::repair::{Repair, Repairs};
use super::report::{Reject, Report};
use super::wrapping::{Found, Wrapping};
use crate::error::{Error, Result};
use crate::tables::{self, TableDef};

/// Rows of a batch. Larger batches make fewer calls; smaller ones stay in the processor's caches.
const BATCH_ROWS: usize = 65_536;

/// Collects the rows of any number of files.
#[derive(Default)]
pub(super) struct Collector {
    tables: BTreeMap<&'static str, Rows>,
    report: Report,
    /// Records of the file that is read that tell no table.
    not_told: usize,
    /// Whether the file that is read gave any row.
    read_any: bool,
    /// The table that the file is named after.
    named: Option<&'static TableDef>,
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

    /// Reads a file that may be no log. When no record in it tells a table, it counts as not read, and the rows are
    /// given back.
    pub(super) fn read_any_file(&mut self, path: &Path) -> Result<Option<Columns>> {
        let bytes = std::fs::read(path).map_err(|cause| Error::io(path, cause))?;
        let before = self.report.clone();
        self.read_bytes(path, &bytes)?;
        let rejects = self.report.rejects.len() - before.rejects.len();
        if self.not_told == 0 || self.not_told != rejects || self.read_any {
            return Ok(None);
        }
        self.report = before;
        let text = self.decode(&bytes).unwrap_or_default();
        let mut columns = Columns::default();
        Wrapping::detect(&text).read(&text, &mut |found| {
            if let Found::Record(record) = found {
                columns.push(&record.members);
            }
        });
        Ok(Some(columns))
    }

    /// Reads a CSV file of a known table: one whose rows or whose name tell the table. The rows of any other are given
    /// back.
    pub(super) fn read_csv(&mut self, path: &Path) -> Result<Option<Columns>> {
        let bytes = std::fs::read(path).map_err(|cause| Error::io(path, cause))?;
        let before = self.report.clone();
        self.start(path, &bytes);
        let text = match self.decode(&bytes) {
            Ok(text) => text,
            Err(reason) => {
                self.reject(path, Place { line: 1, offset: 0 }, reason.to_owned(), "");
                return Ok(None);
            }
        };
        let mut columns = Columns::default();
        let mut outcome = Ok(());
        read_csv(path, &text, |members, place, text| {
            let record = RawRecord { shared: &[], members, place, text, repairs: Repairs::default() };
            if matches!(record.table(self.named), Err(NoTable::NotTold)) {
                columns.push(&record.members);
            }
            if outcome.is_ok() {
                outcome = self.add(path, &record);
            }
        })?;
        outcome?;
        let is_known = self.read_any || self.report.rejects.len() - before.rejects.len() > self.not_told;
        if is_known {
            return Ok(None);
        }
        self.report = before;
        Ok(Some(columns))
    }

    /// Reads a file of logs. One that holds none is rejected as a whole.
    pub(super) fn read_log(&mut self, path: &Path) -> Result<()> {
        if !is_csv(path) {
            return self.read_file(path);
        }
        if self.read_csv(path)?.is_some() {
            self.report.files += 1;
            let reason = "neither the rows nor the name of the file tell the table".to_owned();
            self.reject(path, Place { line: 1, offset: 0 }, reason, "");
        }
        Ok(())
    }

    fn start(&mut self, path: &Path, bytes: &[u8]) {
        self.report.files += 1;
        self.report.bytes += bytes.len() as u64;
        self.not_told = 0;
        self.read_any = false;
        self.named = path.file_stem().and_then(|stem| stem.to_str()).and_then(tables::by_name);
    }

    /// Reads the content of a file; the path is only told in the report.
    pub(super) fn read_bytes(&mut self, path: &Path, bytes: &[u8]) -> Result<()> {
        self.start(path, bytes);
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
        let table = match record.table(self.named) {
            Ok(table) => table,
            Err(reason) => {
                self.not_told += usize::from(reason == NoTable::NotTold);
                self.reject(path, record.place, reason.to_string(), record.text);
                return Ok(());
            }
        };
        self.read_any = true;
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

/// Whether a file is named as CSV.
pub(super) fn is_csv(path: &Path) -> bool {
    ["csv", "tsv"].iter().any(|csv| path.extension().is_some_and(|found| found.eq_ignore_ascii_case(csv)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const FAULTS: &[&[u8]] = &[
        include_bytes!("../../tests/data/faults/page.txt"),
        include_bytes!("../../tests/data/faults/lines.jsonl"),
        include_bytes!("../../tests/data/faults/records.json"),
        include_bytes!("../../tests/data/faults/pretty.json"),
    ];

    fn read(bytes: &[u8]) -> Report {
        let mut collector = Collector::default();
        collector.read_bytes(Path::new("x"), bytes).unwrap();
        collector.finish().unwrap().1
    }

    #[test]
    fn damage_never_panics() {
        // A fixed sequence of pseudo-random numbers.
        let mut state = 7u32;
        let mut next = |below: usize| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as usize % below
        };
        for file in FAULTS {
            for _ in 0..300 {
                let mut bytes = file[..next(file.len()) + 1].to_vec();
                for _ in 0..next(4) {
                    let at = next(bytes.len());
                    bytes[at] = b"\"{}[],:\\\n\xff0n"[next(12)];
                }
                read(&bytes);
            }
        }
    }

    #[test]
    fn odd_files_are_told() {
        assert_eq!(read(b"PK\x03\x04\0\0").rejects[0].reason, "not a text file");
        assert_eq!(read(b"").rejects, []);
        let wide: Vec<u8> =
            "\u{feff}{\"category\":\"CallSummary\"}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read(&wide).tables.len(), 1);
        assert_eq!(read(b"{\"category\":\"CallSummary\",\"x\":\"\xe9\"}").repairs.count(Repair::InvalidText), 1);
    }
}
