//! Tables as text: CSV and its dialects, with a header, as the portal and spreadsheets write them.

use std::borrow::Cow;
use std::cell::Cell;
use std::io::Read;
use std::rc::Rc;

use csv::{ByteRecord, ReaderBuilder};

use super::super::json::{Members, Node};
use super::super::localtime::{DayOrder, Zone, day_order, shifted};
use super::super::record::{Place, RawRecord};
use super::super::repair::Repairs;
use super::{Found, Taker};
use crate::types::Type;

/// Separators of cells.
const SEPARATORS: [u8; 4] = [b',', b'\t', b';', b'|'];

/// Most bytes of a row: a quote that is never closed must not fill the memory.
const MOST_ROW: u64 = 64 << 20;

/// Rows that are looked at before the first is read.
const LOOKED_AT: usize = 200;

/// Finds the rows of a whole text.
pub(crate) fn read(text: &str, taker: &mut dyn Taker) {
    let mut rows = CsvRows::new(text.as_bytes(), text);
    rows.begin(taker);
    while rows.read(usize::MAX, taker) == More::Maybe {}
}

/// Whether a text looks like a table: a header of several short names, and behind it rows with as many cells.
pub(super) fn is_csv(text: &str) -> bool {
    let (start, separator) = header_start(text);
    let mut reader = ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(&text.as_bytes()[start..]);
    let Ok(header) = reader.headers() else { return false };
    let is_name = |name: &str| {
        let name = name.trim();
        name.len() < 100 && !name.contains(['{', '\n', ':']) && !name.ends_with('.')
    };
    let cells = header.len();
    if cells < 2 || !header.iter().all(is_name) || header.iter().all(|name| name.trim().is_empty()) {
        return false;
    }
    let rows: Vec<usize> = reader.records().take(LOOKED_AT).map_while(|row| row.ok().map(|row| row.len())).collect();
    let alike = rows.iter().filter(|row| **row == cells).count();
    !rows.is_empty() && alike * 4 >= rows.len().saturating_sub(1) * 3 && alike > 0
}

/// Where the header begins, and what separates its cells: that which it has most of outside of quotes. Spreadsheets
/// write `sep=;` in front.
fn header_start(text: &str) -> (usize, u8) {
    let first = text.lines().next().unwrap_or_default();
    if let [b's' | b'S', b'e' | b'E', b'p' | b'P', b'=', separator] = first.trim_end().as_bytes() {
        return (text.find('\n').map_or(text.len(), |end| end + 1), *separator);
    }
    let mut counts = [0; SEPARATORS.len()];
    let mut is_quoted = false;
    for byte in first.bytes() {
        is_quoted ^= byte == b'"';
        if let Some(at) = SEPARATORS.iter().position(|separator| !is_quoted && *separator == byte) {
            counts[at] += 1;
        }
    }
    let most = SEPARATORS.iter().zip(counts).rev().max_by_key(|(_, count)| *count);
    (0, most.map_or(b',', |(separator, _)| *separator))
}

/// Reads the rows of a text that is read as it goes.
pub(in super::super) struct CsvRows<R> {
    reader: csv::Reader<Guarded<R>>,
    table: Table,
    since: Rc<Cell<u64>>,
    separator: u8,
    /// Where the header begins.
    skipped: Place,
    is_header: bool,
    /// One where lines end as on Windows: the reader of CSV then begins a row at the second byte of the line before.
    ahead: u64,
}

/// Whether there is more to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum More {
    Maybe,
    No,
}

impl<R: Read> CsvRows<R> {
    /// Begins with an input whose beginning is known.
    pub(in super::super) fn new(input: R, head: &str) -> Self {
        let (start, separator) = header_start(head);
        let since = Rc::new(Cell::new(0));
        let mut input = Guarded { input, since: Rc::clone(&since) };
        // What cannot be skipped cannot be read either, and is told then.
        let _ = std::io::copy(&mut (&mut input).take(start as u64), &mut std::io::sink());
        let reader = ReaderBuilder::new()
            .delimiter(separator)
            .flexible(true)
            .has_headers(false)
            .buffer_capacity(1 << 18)
            .from_reader(input);
        let table = Table::new(&head[start..], separator);
        let skipped = Place { line: u64::from(start > 0), offset: start as u64 };
        let ends = head[start..].split_once('\n').is_some_and(|(first, _)| first.ends_with('\r'));
        Self { reader, table, since, separator, skipped, is_header: true, ahead: u64::from(ends) }
    }

    /// Tells the names of the columns.
    pub(in super::super) fn begin(&self, taker: &mut dyn Taker) {
        let names = self.table.names.iter().map(|name| (name.clone(), None::<Type>));
        taker.header(&names.collect::<Vec<_>>());
    }

    /// The names of the columns.
    pub(in super::super) fn names(&self) -> &[String] {
        &self.table.names
    }

    /// Reads some rows.
    pub(in super::super) fn read(&mut self, most: usize, taker: &mut dyn Taker) -> More {
        let mut row = ByteRecord::new();
        let (skipped, ahead) = (self.skipped, self.ahead);
        let place = |at: &csv::Position| Place {
            line: at.line() + skipped.line + ahead,
            offset: at.byte() + skipped.offset + ahead,
        };
        for _ in 0..most {
            self.since.set(0);
            let before = self.reader.position().clone();
            match self.reader.read_byte_record(&mut row) {
                Ok(true) if self.is_header => self.is_header = false,
                Ok(true) => {
                    let at = place(row.position().unwrap_or(&before));
                    self.table.row(&row, at, self.separator, taker);
                }
                Ok(false) => return More::No,
                Err(error) => {
                    taker.found(Found::Reject { place: place(&before), reason: error.to_string(), text: "" });
                    return More::No;
                }
            }
        }
        More::Maybe
    }
}

/// What the header tells about the cells.
struct Table {
    names: Vec<String>,
    /// The zone of times, by column, where it is not UTC.
    zones: Vec<Option<Zone>>,
    /// Whether days or months come first in `1/2/2026`.
    order: DayOrder,
}

impl Table {
    fn new(head: &str, separator: u8) -> Self {
        let mut reader = ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(head.as_bytes());
        let names: Vec<String> = match reader.headers() {
            Ok(header) => header.iter().map(|name| name.trim().to_owned()).collect(),
            Err(_) => Vec::new(),
        };
        let zones = names.iter().map(|name| Zone::of_label(name)).collect();
        let rows: Vec<csv::StringRecord> = reader.records().take(LOOKED_AT).map_while(Result::ok).collect();
        let order = day_order(rows.iter().flat_map(|row| row.iter()));
        Self { names, zones, order }
    }

    fn row(&self, row: &ByteRecord, place: Place, separator: u8, taker: &mut dyn Taker) {
        let mut repairs = Repairs::default();
        let cells: Vec<Cow<'_, str>> = row
            .iter()
            .map(|cell| {
                let text = String::from_utf8_lossy(cell);
                if matches!(text, Cow::Owned(_)) {
                    repairs.add(super::super::repair::Repair::InvalidText);
                }
                text
            })
            .collect();
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            return;
        }
        let members: Members<'_> = cells
            .iter()
            .enumerate()
            .map(|(at, cell)| {
                // Cells beyond the header are kept too.
                let name = match self.names.get(at).filter(|name| !name.is_empty()) {
                    Some(name) => Cow::Borrowed(name.as_str()),
                    None => Cow::Owned(format!("Column{}", at + 1)),
                };
                let zone = self.zones.get(at).copied().flatten();
                let cell = match shifted(cell, zone, self.order, &mut repairs) {
                    Some(time) => Cow::Owned(time),
                    None => Cow::Borrowed(cell.as_ref()),
                };
                (name, Node::Text(cell))
            })
            .collect();
        let text = cells.join(&char::from(separator).to_string());
        taker.found(Found::Record(RawRecord { shared: &[], members, place, text: &text, repairs }));
    }
}

/// Input that ends with an error when a row gets too long.
pub(in super::super) struct Guarded<R> {
    input: R,
    since: Rc<Cell<u64>>,
}

impl<R: Read> Read for Guarded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.since.get() > MOST_ROW {
            return Err(std::io::Error::other("a row of more than 64 MB; is a quote not closed?"));
        }
        let count = self.input.read(buffer)?;
        self.since.set(self.since.get() + count as u64);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::convert;
    use super::*;

    struct Got(Vec<String>);

    impl Taker for Got {
        fn found(&mut self, found: Found<'_>) {
            self.0.push(match found {
                Found::Record(record) => {
                    let cells = record.members.iter().map(|(name, node)| format!("{name}={}", convert::text(node)));
                    format!("{}: {}", record.place.line, cells.collect::<Vec<_>>().join(" "))
                }
                Found::Reject { place, reason, .. } => format!("{}! {reason}", place.line),
            });
        }
    }

    fn check(text: &str, expected: &[&str]) {
        let mut got = Got(Vec::new());
        read(text, &mut got);
        assert_eq!(got.0, expected, "{text}");
    }

    #[test]
    fn dialects_are_read() {
        check("a,b\n1,\"x, \"\"y\"\"\"\n2\n", &["2: a=1 b=x, \"y\"", "3: a=2"]);
        check("a;b\n1;2;3\n", &["2: a=1 b=2 Column3=3"]);
        check("a\tb\n1\t2\n\n\t\n3\t4", &["2: a=1 b=2", "5: a=3 b=4"]);
        check("a|\"b,c,d\"\r\n1|2\r\n", &["2: a=1 b,c,d=2"]);
        check("sep=;\na;b\n1,5;2\n", &["3: a=1,5 b=2"]);
        check("a,b\n1,\"two\nlines\"\n3,4\n", &["2: a=1 b=two\nlines", "4: a=3 b=4"]);
        check("a,b\n1,\"never closed\n3,4\n", &["2: a=1 b=never closed\n3,4\n"]);
        check("", &[]);
    }

    #[test]
    fn tables_are_recognised() {
        let check = |text: &str, expected: bool| assert_eq!(is_csv(text), expected, "{text}");
        check("Name,Length\nVega,31.5\n", true);
        check("\"TimeGenerated [UTC]\",Level\n\"5/25/2026, 5:43:25.746 PM\",Informational\n", true);
        check("a\tb\tc\n1\t2\t3\n1\t2\t3\n", true);
        check("Hello, this is what I found.\nIt happens, now and then, on Mondays.\n", false);
        check("Nothing to see here.\n", false);
        check("a,b\n", false);
        check("Log: one, two\n1,2\n", false);
    }
}
