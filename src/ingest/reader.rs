//! A file of raw logs to rows: reads the text, finds the records, and hands them on by table.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::batch::TableBuilder;
use super::foreign::{Columns, read_csv};
use super::record::{NoTable, Place, RawRecord};
use super::repair::{Repair, Repairs};
use super::report::Reject;
use super::sink::{Begin, Complete, End, Fingerprint, Sink, Source, SourceId};
use super::wrapping::{Found, Wrapping};
use crate::error::{Error, Result};
use crate::tables::{self, TableDef};

/// Rows of a batch. Larger batches make fewer calls; smaller ones stay in the processor's caches.
const BATCH_ROWS: usize = 65_536;

/// Reads a file of logs into a sink. One that holds none is rejected as a whole.
pub(super) fn read_log(path: &Path, sink: &dyn Sink) -> Result<()> {
    let Some((mut reader, bytes)) = open(path, sink)? else { return Ok(()) };
    let is_foreign = match is_csv(path) {
        true => reader.read_csv(&bytes)?.is_some(),
        false => {
            reader.read_text(&bytes)?;
            false
        }
    };
    if is_foreign {
        let reason = "neither the rows nor the name of the file tell the table".to_owned();
        reader.rejects.clear();
        reader.reject(Place { line: 1, offset: 0 }, reason, "");
    }
    reader.finish()
}

/// Reads a file that may be no log. When no record in it tells a table, it counts as not read, and the rows are
/// given back.
pub(super) fn read_any(path: &Path, sink: &dyn Sink) -> Result<Option<Columns>> {
    let Some((mut reader, bytes)) = open(path, sink)? else { return Ok(None) };
    let columns = match is_csv(path) {
        true => reader.read_csv(&bytes)?,
        false => {
            reader.read_text(&bytes)?;
            let is_log = reader.not_told == 0 || reader.not_told != reader.rejects.len() || reader.read_any;
            if is_log { None } else { Some(reader.read_foreign(&bytes)) }
        }
    };
    if columns.is_none() {
        reader.finish()?;
    }
    Ok(columns)
}

/// Reads the content of a file; the path is only told in the report.
pub(super) fn read_bytes(path: &Path, bytes: &[u8], sink: &dyn Sink) -> Result<()> {
    let source = Source { name: path.to_string_lossy().into_owned(), size: Some(bytes.len() as u64), tag: None };
    let Begin::Read { id, from, fingerprint } = sink.begin(&source, None)? else { return Ok(()) };
    let mut reader = Reader::new(path, sink, id, from, fingerprint);
    reader.read_text(bytes)?;
    reader.finish()
}

/// Announces a file, and reads all of its bytes; `None` when there is nothing new in it.
fn open<'s>(path: &'s Path, sink: &'s dyn Sink) -> Result<Option<(Reader<'s>, Vec<u8>)>> {
    let io = |cause| Error::io(path, cause);
    let name = std::path::absolute(path).map_err(io)?.to_string_lossy().into_owned();
    let size = Some(std::fs::metadata(path).map_err(io)?.len());
    let again = || {
        let file = std::fs::File::open(path).map_err(io)?;
        Ok(Box::new(file) as Box<dyn std::io::Read>)
    };
    match sink.begin(&Source { name, size, tag: None }, Some(&again))? {
        Begin::Known => Ok(None),
        Begin::Read { id, from, fingerprint } => {
            let bytes = std::fs::read(path).map_err(io)?;
            Ok(Some((Reader::new(path, sink, id, from, fingerprint), bytes)))
        }
    }
}

/// Reads one file.
struct Reader<'s> {
    path: &'s Path,
    sink: &'s dyn Sink,
    id: SourceId,
    from: Place,
    fingerprint: Box<Fingerprint>,
    tables: BTreeMap<&'static str, TableBuilder>,
    rejects: Vec<Reject>,
    repairs: Repairs,
    complete: Complete,
    bytes: u64,
    /// Records that tell no table.
    not_told: usize,
    /// Whether the file gave any row.
    read_any: bool,
    /// The table that the file is named after.
    named: Option<&'static TableDef>,
}

impl<'s> Reader<'s> {
    fn new(path: &'s Path, sink: &'s dyn Sink, id: SourceId, from: Place, fingerprint: Box<Fingerprint>) -> Self {
        let named = path.file_stem().and_then(|stem| stem.to_str()).and_then(tables::by_name);
        Self {
            path,
            sink,
            id,
            from,
            fingerprint,
            tables: BTreeMap::new(),
            rejects: Vec::new(),
            repairs: Repairs::default(),
            complete: Complete::Whole,
            bytes: 0,
            not_told: 0,
            read_any: false,
            named,
        }
    }

    /// Shows what is read to the fingerprint: all of the file, which begins anew.
    fn read_whole(&mut self, bytes: &[u8]) {
        self.from = Place { line: 1, offset: 0 };
        self.fingerprint = Box::default();
        self.fingerprint.update(bytes);
        self.bytes = bytes.len() as u64;
    }

    /// Reads a CSV file of a known table: one whose rows or whose name tell the table. The rows of any other are given
    /// back.
    fn read_csv(&mut self, bytes: &[u8]) -> Result<Option<Columns>> {
        self.read_whole(bytes);
        let Some(text) = self.decode_or_reject(bytes) else { return Ok(None) };
        let mut columns = Columns::default();
        let mut outcome = Ok(());
        read_csv(self.path, &text, |members, place, text| {
            let record = RawRecord { shared: &[], members, place, text, repairs: Repairs::default() };
            if matches!(record.table(self.named), Err(NoTable::NotTold)) {
                columns.push(&record.members);
            }
            if outcome.is_ok() {
                outcome = self.add(&record);
            }
        })?;
        outcome?;
        let is_known = self.read_any || self.rejects.len() > self.not_told;
        Ok(if is_known { None } else { Some(columns) })
    }

    /// The rows of a file that is no log.
    fn read_foreign(&mut self, bytes: &[u8]) -> Columns {
        let text = self.decode(bytes).unwrap_or_default();
        let mut columns = Columns::default();
        Wrapping::detect(&text).read(&text, &mut |found| {
            if let Found::Record(record) = found {
                columns.push(&record.members);
            }
        });
        columns
    }

    fn read_text(&mut self, bytes: &[u8]) -> Result<()> {
        let new = usize::try_from(self.from.offset).ok().and_then(|from| bytes.get(from..)).unwrap_or_default();
        // Only lines can be read on from where they ended, and only while their encoding is plain.
        let is_lines = |bytes| std::str::from_utf8(bytes).is_ok_and(|text| Wrapping::detect(text) == Wrapping::Lines);
        if self.from.offset > 0 && is_lines(bytes) {
            self.fingerprint.update(new);
            self.bytes = new.len() as u64;
            self.read_from(new)
        } else {
            self.read_whole(bytes);
            self.read_from(bytes)
        }
    }

    fn read_from(&mut self, bytes: &[u8]) -> Result<()> {
        let Some(text) = self.decode_or_reject(bytes) else { return Ok(()) };
        let wrapping = Wrapping::detect(&text);
        let mut text = &*text;
        if wrapping == Wrapping::Lines && matches!(std::str::from_utf8(bytes), Ok(whole) if whole.ends_with(text)) {
            self.complete = Complete::Growing;
            let last = text.rfind('\n').map_or(0, |at| at + 1);
            if last > 0 && !text[last..].trim_end().ends_with(['}', ']', ',']) && !text[last..].trim().is_empty() {
                self.complete = Complete::Lines;
                text = &text[..last];
            }
        }
        let mut outcome = Ok(());
        wrapping.read(text, &mut |found| match found {
            Found::Record(record) => {
                if let Err(error) = self.add(&record) {
                    outcome = Err(error);
                }
            }
            Found::Reject { place, reason, text } => self.reject(place, reason, text),
        });
        outcome
    }

    fn decode_or_reject<'b>(&mut self, bytes: &'b [u8]) -> Option<Cow<'b, str>> {
        match self.decode(bytes) {
            Ok(text) => Some(text),
            Err(reason) => {
                self.reject(Place { line: 1, offset: 0 }, reason.to_owned(), "");
                None
            }
        }
    }

    /// The text of a file, without its byte order mark.
    fn decode<'b>(&mut self, bytes: &'b [u8]) -> Result<Cow<'b, str>, &'static str> {
        let (bytes, marked) = match bytes.strip_prefix(b"\xef\xbb\xbf") {
            Some(rest) => (rest, true),
            None => (bytes, false),
        };
        if marked {
            self.repairs.add(Repair::ByteOrderMark);
        }
        if let [0xff, 0xfe, rest @ ..] | [0xfe, 0xff, rest @ ..] = bytes {
            self.repairs.add(Repair::ByteOrderMark);
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
            self.repairs.add(Repair::InvalidText);
        }
        Ok(text)
    }

    fn add(&mut self, record: &RawRecord<'_>) -> Result<()> {
        let table = match record.table(self.named) {
            Ok(table) => table,
            Err(reason) => {
                self.not_told += usize::from(reason == NoTable::NotTold);
                self.reject(record.place, reason.to_string(), record.text);
                return Ok(());
            }
        };
        self.read_any = true;
        self.repairs.merge(&record.repairs);
        let rows = self.tables.entry(table.name).or_insert_with(|| TableBuilder::new(table));
        rows.append(record, &mut self.repairs);
        if rows.rows() == BATCH_ROWS {
            let batch = rows.finish().map_err(|error| Error::Engine(error.to_string()))?;
            self.sink.rows(self.id, table.name, batch)?;
        }
        Ok(())
    }

    fn reject(&mut self, place: Place, reason: String, text: &str) {
        let line = place.line + self.from.line.saturating_sub(1);
        let place = Place { line, offset: place.offset + self.from.offset };
        self.rejects.push(Reject { file: PathBuf::from(self.path), place, reason, text: text.to_owned() });
    }

    /// Hands on what is left, and ends the source.
    fn finish(self) -> Result<()> {
        for (table, mut rows) in self.tables {
            if rows.rows() > 0 {
                let batch = rows.finish().map_err(|error| Error::Engine(error.to_string()))?;
                self.sink.rows(self.id, table, batch)?;
            }
        }
        for reject in self.rejects {
            self.sink.reject(self.id, reject)?;
        }
        let Self { bytes, complete, fingerprint, repairs, .. } = self;
        self.sink.end(self.id, End { bytes, complete, fingerprint, repairs })
    }
}

/// Whether a file is named as CSV.
pub(super) fn is_csv(path: &Path) -> bool {
    ["csv", "tsv"].iter().any(|csv| path.extension().is_some_and(|found| found.eq_ignore_ascii_case(csv)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::gather::Gathered;
    use super::super::report::Report;
    use super::*;

    const FAULTS: &[&[u8]] = &[
        include_bytes!("../../tests/data/faults/page.txt"),
        include_bytes!("../../tests/data/faults/lines.jsonl"),
        include_bytes!("../../tests/data/faults/records.json"),
        include_bytes!("../../tests/data/faults/pretty.json"),
    ];

    fn read(bytes: &[u8]) -> Report {
        let gathered = Gathered::default();
        read_bytes(Path::new("x"), bytes, &gathered).unwrap();
        gathered.finish().1
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
