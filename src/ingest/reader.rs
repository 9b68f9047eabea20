//! Sources to rows: takes off what a source is packed in, cuts text into blocks, and has them read on all threads.
//!
//! Memory is bounded, whatever the size of the sources: by the blocks under way, and by [`MOST_WHOLE`] for what cannot
//! be read in blocks.

use std::collections::VecDeque;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::columnar;
use super::pool::{Pool, Promise};
use super::record::{Place, table_of_path};
use super::rows::{Foreign, Origin, Parsed, Rows};
use super::settle::{Account, Outcome};
use super::sink::{Begin, Complete, Fingerprint, Opener, Sink, Source, SourceId};
use super::stretch::{self, BLOCK};
use super::unpack::{self, Archive, Packing, Spares, Spool, Utf16, packing};
use crate::error::{Error, Result};

/// Bytes that tell what a file is.
pub(super) const HEAD: usize = 1 << 20;

/// Bytes of input up to which no threads are started.
const FEW: u64 = 1 << 20;

/// Bytes that are being read on each thread, or wait for it.
const UNDER_WAY: usize = 2 * BLOCK;

/// Stretches that are being read on each thread, or wait for it: small sources are read ahead while a thread is busy with a
/// large one.
const MOST_UNDER_WAY: usize = 4;

/// Packings within packings that are taken off.
const MOST_DEPTH: usize = 5;

/// What is to be read.
pub(super) struct Input<'o> {
    /// What the sink is told of it.
    pub(super) source: Source,
    /// Its path, or what stands for it, as it is shown; the name of the file may tell the table.
    pub(super) path: PathBuf,
    /// Opens it at a byte.
    pub(super) open: Box<Opener<'o>>,
}

impl Input<'static> {
    /// A file.
    pub(super) fn file(path: &Path) -> Result<Self> {
        let io = |cause| Error::io(path, cause);
        let name = std::path::absolute(path).map_err(io)?.to_string_lossy().into_owned();
        let size = Some(std::fs::metadata(path).map_err(io)?.len());
        let source = Source { name, size, tag: None };
        let path = path.to_owned();
        let again = path.clone();
        let open = move |from| {
            let opened = std::fs::File::open(&again).and_then(|mut file| {
                // What cannot be sought in is at least read from its first byte.
                if from > 0 {
                    file.seek(SeekFrom::Start(from))?;
                }
                Ok(file)
            });
            Ok(Box::new(opened.map_err(|cause| Error::io(&again, cause))?) as Box<dyn Read>)
        };
        Ok(Self { source, path, open: Box::new(open) })
    }
}

impl<'o> Input<'o> {
    /// Bytes in memory; the path only stands for them.
    pub(super) fn bytes(path: &Path, bytes: &'static [u8]) -> Self {
        let source = Source { name: path.to_string_lossy().into_owned(), size: Some(bytes.len() as u64), tag: None };
        Self {
            source,
            path: path.to_owned(),
            open: Box::new(move |from| Ok(Box::new(&bytes[bytes.len().min(from as usize)..]))),
        }
    }
}

/// In which order rows reach the sink.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// As they stand in the sources.
    Kept,
    /// From the threads that read them, as they come, so that what the sink does with them goes on all threads too. Rows
    /// of a source may come after its end was told, up to the end of all.
    Any,
}

/// Reads all sources into a sink.
pub(super) fn read_all<'o>(
    inputs: impl Iterator<Item = Result<Input<'o>>>,
    sink: &dyn Sink,
    foreign: Foreign,
    order: Order,
) -> Result<()> {
    let failed = Mutex::new(None);
    let outcome = std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let mut reader = Reader {
            start: &|| Pool::new(scope, threads),
            threads,
            pool: None,
            sink,
            failed: &failed,
            foreign,
            order,
            rows: Rows::new(),
            pending: VecDeque::new(),
            under_way: (0, 0),
            account: None,
            seen: 0,
            spares: Spares::default(),
        };
        for input in inputs {
            reader.read(&input?)?;
        }
        reader.settle_all()
    });
    outcome.and_then(|()| failed.into_inner().unwrap_or_else(PoisonError::into_inner).map_or(Ok(()), Err))
}

/// Something that happened, in order.
enum Event {
    Begin(SourceId),
    Stretch(Promise, Arc<str>, usize),
    Ready(Box<Parsed>, Arc<str>),
    EndText(Arc<str>),
    End(Outcome),
}

/// Reads one source after the other.
pub(super) struct Reader<'env, 'p> {
    start: &'p dyn Fn() -> Pool<'env>,
    threads: usize,
    pool: Option<Pool<'env>>,
    sink: &'env dyn Sink,
    /// Why the sink did not take rows of other threads.
    failed: &'env Mutex<Option<Error>>,
    foreign: Foreign,
    order: Order,
    /// What is read without other threads.
    rows: Rows,
    pending: VecDeque<Event>,
    /// How many stretches are being read, and of how many bytes.
    under_way: (usize, usize),
    account: Option<Account<'env>>,
    /// How many bytes were handed on so far.
    seen: u64,
    pub(super) spares: Spares,
}

/// A text of a source: the source itself, or something in it.
#[derive(Clone)]
pub(super) struct Text {
    pub(super) id: SourceId,
    pub(super) origin: Arc<Origin>,
    /// The name of its table, should it be foreign.
    pub(super) name: Arc<str>,
}

impl<'env> Reader<'env, '_> {
    /// Reads a source, unless the sink knows it already.
    fn read(&mut self, input: &Input<'_>) -> Result<()> {
        let Begin::Read { id, from, fingerprint } = self.sink.begin(&input.source, Some(&*input.open))? else {
            return Ok(());
        };
        self.pending.push_back(Event::Begin(id));
        let mut stored = Stored { input: (input.open)(from.offset)?, fingerprint, bytes: 0, failed: None };
        let mut head = self.spares.take();
        // What is read on from is lines, and what lies before need not be looked at. What goes wrong here is kept in
        // `stored`.
        if from.offset == 0 {
            let _ = stretch::read_behind(&mut stored, HEAD, (&mut head, 0));
        } else {
            head.clear();
        }
        let text = self.text(id, &input.path);
        let mut complete = Complete::Whole;
        if from.offset > 0 || stretch::is_growing(&head) {
            complete = stretch::read_lines(self, &mut stored, head, from, &text)?;
            self.end_text(&text);
        } else {
            self.unpack(&mut stored, head, &input.path, id, 0)?;
        }
        // The fingerprint is of all bytes, also those behind the end of an archive.
        let _ = std::io::copy(&mut stored, &mut std::io::sink());
        if let Some(reason) = &stored.failed {
            let reason = format!("cannot be read: {reason}");
            self.inline(&text, Place { line: 1, offset: stored.bytes }, |rows| {
                rows.reject(Place { line: 1, offset: 0 }, reason, "");
            })?;
        }
        let is_whole = stored.failed.is_none();
        let Stored { bytes, fingerprint, .. } = stored;
        self.pending.push_back(Event::End(Outcome { bytes, complete, fingerprint, is_whole }));
        self.settle_some()
    }

    fn text(&self, id: SourceId, path: &Path) -> Text {
        let origin = Origin { path: path.to_owned(), named: table_of_path(path), foreign: self.foreign };
        let stem = path.file_stem().map_or_else(|| "data".into(), |stem| stem.to_string_lossy());
        Text { id, origin: Arc::new(origin), name: stem.into() }
    }

    fn end_text(&mut self, text: &Text) {
        self.pending.push_back(Event::EndText(Arc::clone(&text.name)));
    }

    /// Reads what begins with the head and goes on with the input, whatever it is packed in.
    pub(super) fn unpack(
        &mut self,
        input: &mut dyn Read,
        head: Vec<u8>,
        path: &Path,
        id: SourceId,
        depth: usize,
    ) -> Result<()> {
        let text = self.text(id, path);
        if depth > MOST_DEPTH {
            return self.refuse(&text, &format!("packed more than {MOST_DEPTH} times"));
        }
        let packing = packing(&head);
        let mut whole = Cursor::new(head).chain(input);
        match packing {
            Packing::Text | Packing::MarkedText => {
                let (head, input) = whole.into_inner();
                stretch::read_text(self, input, head.into_inner(), &text)?;
                self.end_text(&text);
            }
            Packing::Utf16(endian) => {
                let mut input = Utf16::new(&mut whole, endian);
                let mut head = Vec::new();
                // What breaks here breaks again when the text is read.
                let _ = (&mut input).take(HEAD as u64).read_to_end(&mut head);
                stretch::read_text(self, &mut input, head, &text)?;
                self.end_text(&text);
            }
            Packing::Gzip | Packing::Zstd => {
                let unpacked = match packing {
                    Packing::Zstd => unpack::zstd(whole),
                    _ => Ok(unpack::gzip(whole)),
                };
                let mut unpacked = match unpacked {
                    Ok(unpacked) => unpacked,
                    Err(error) => return self.refuse(&text, &error.to_string()),
                };
                self.unpack_inner(&mut unpacked, &unpacked_path(path), &text, depth + 1)?;
            }
            Packing::Zip => self.unzip(whole, path, id, depth, &text)?,
            Packing::Avro => {
                let mut records = match super::avro::Records::new(whole) {
                    Ok(records) => records,
                    Err(error) => return self.refuse(&text, &error.to_string()),
                };
                self.unpack_inner(&mut records, path, &text, depth + 1)?;
            }
            Packing::Parquet | Packing::Arrow | Packing::ArrowStream => {
                columnar::read(self, packing, whole, &text)?;
                self.end_text(&text);
            }
            Packing::Refused(reason) => return self.refuse(&text, reason),
        }
        Ok(())
    }

    /// Reads on into something that was unpacked. When its beginning is broken already, what there is is read, and the
    /// failure told.
    fn unpack_inner(&mut self, input: &mut dyn Read, path: &Path, text: &Text, depth: usize) -> Result<()> {
        let mut head = Vec::new();
        match input.take(HEAD as u64).read_to_end(&mut head) {
            Ok(_) => self.unpack(input, head, path, text.id, depth),
            Err(error) => {
                self.unpack(&mut std::io::empty(), head, path, text.id, depth)?;
                self.refuse(text, &error.to_string())
            }
        }
    }

    fn unzip(&mut self, whole: impl Read, path: &Path, id: SourceId, depth: usize, text: &Text) -> Result<()> {
        let spool = match Spool::new(whole) {
            Ok(spool) => spool,
            Err(error) => return self.refuse(text, &error.to_string()),
        };
        let mut archive = match Archive::open(spool) {
            Ok(archive) => archive,
            Err(reason) => return self.refuse(text, &reason),
        };
        for at in 0..archive.len() {
            let (name, mut member) = match archive.member(at) {
                Ok(Some(member)) => member,
                Ok(None) => continue,
                Err(reason) => {
                    self.refuse(text, &reason)?;
                    continue;
                }
            };
            let inner = path.join(&name);
            let text = self.text(id, &inner);
            self.unpack_inner(&mut member, &inner, &text, depth + 1)?;
        }
        Ok(())
    }

    /// Rejects a text as a whole.
    pub(super) fn refuse(&mut self, text: &Text, reason: &str) -> Result<()> {
        self.inline(text, Place { line: 1, offset: 0 }, |rows| {
            rows.reject(Place { line: 1, offset: 0 }, reason.to_owned(), "");
        })
    }

    /// Reads a stretch here and now.
    pub(super) fn inline(&mut self, text: &Text, base: Place, read: impl FnOnce(&mut Rows)) -> Result<()> {
        self.rows.start(&text.origin, base);
        read(&mut self.rows);
        let parsed = self.rows.take()?;
        self.pending.push_back(Event::Ready(Box::new(parsed), Arc::clone(&text.name)));
        self.settle_some()
    }

    /// Has a stretch read on another thread, or here while there is little to do.
    pub(super) fn submit(
        &mut self,
        text: &Text,
        base: Place,
        size: usize,
        read: impl FnOnce(&mut Rows) + Send + 'env,
    ) -> Result<()> {
        self.seen += size as u64;
        if self.pool.is_none() && (self.seen <= FEW || self.threads == 1) {
            return self.inline(text, base, read);
        }
        let pool = self.pool.get_or_insert_with(self.start);
        let (sink, order, id, origin) = (self.sink, self.order, text.id, Arc::clone(&text.origin));
        let failed = self.failed;
        let promise = pool.submit(Box::new(move |rows, teller| {
            rows.start(&origin, base);
            read(rows);
            let mut parsed = match rows.take() {
                Ok(parsed) => parsed,
                Err(error) => return teller.tell(Err(error)),
            };
            let mut batches = Vec::new();
            if order == Order::Any {
                std::mem::swap(&mut batches, &mut parsed.batches);
            }
            // The sink may be busy with rows for long, which others need not wait for.
            teller.tell(Ok(parsed));
            if let Err(error) = batches.into_iter().try_for_each(|(table, batch)| sink.rows(id, table, batch)) {
                failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
            }
        }));
        let threads = pool.threads;
        self.pending.push_back(Event::Stretch(promise, Arc::clone(&text.name), size));
        self.under_way = (self.under_way.0 + 1, self.under_way.1 + size);
        while self.under_way.0 > threads * MOST_UNDER_WAY || self.under_way.1 > threads * UNDER_WAY {
            self.settle_one()?;
        }
        Ok(())
    }

    /// Settles what is ready without waiting.
    fn settle_some(&mut self) -> Result<()> {
        while !matches!(self.pending.front(), None | Some(Event::Stretch(..))) {
            self.settle_one()?;
        }
        Ok(())
    }

    fn settle_all(&mut self) -> Result<()> {
        while !self.pending.is_empty() {
            self.settle_one()?;
        }
        Ok(())
    }

    fn settle_one(&mut self) -> Result<()> {
        if let Some(error) = self.failed.lock().unwrap_or_else(PoisonError::into_inner).take() {
            return Err(error);
        }
        let Some(event) = self.pending.pop_front() else { return Ok(()) };
        if let Event::Begin(id) = event {
            self.account = Some(Account::new(self.sink, id, self.foreign));
            return Ok(());
        }
        let parsed = match event {
            Event::Stretch(promise, name, size) => {
                self.under_way = (self.under_way.0 - 1, self.under_way.1 - size);
                Some((promise.get()?, name))
            }
            Event::Ready(parsed, name) => Some((*parsed, name)),
            Event::EndText(name) => return self.account.as_mut().map_or(Ok(()), |account| account.end_text(&name)),
            Event::End(outcome) => return self.account.take().map_or(Ok(()), |account| account.end(outcome)),
            Event::Begin(_) => None,
        };
        match (parsed, self.account.as_mut()) {
            (Some((parsed, name)), Some(account)) => account.add(parsed, &name),
            _ => Ok(()),
        }
    }
}

/// The path of what is in a packed file: `a.json` for `a.json.gz`.
fn unpacked_path(path: &Path) -> PathBuf {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("gz" | "gzip" | "zst" | "zstd") => path.with_extension(""),
        _ => path.to_owned(),
    }
}

/// A source as it is stored. All of its bytes are shown to the fingerprint.
struct Stored {
    input: Box<dyn Read>,
    fingerprint: Box<Fingerprint>,
    bytes: u64,
    /// Why it could not be read to its end.
    failed: Option<String>,
}

impl Read for Stored {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.failed.is_some() {
            return Ok(0);
        }
        match self.input.read(buffer) {
            Ok(count) => {
                self.fingerprint.update(&buffer[..count]);
                self.bytes += count as u64;
                Ok(count)
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => Err(error),
            // For the layers above the source just ends; that it did is told at the end.
            Err(error) => {
                self.failed = Some(error.to_string());
                Ok(0)
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::gather::Gathered;
    use super::super::repair::Repair;
    use super::super::report::Report;
    use super::*;

    const FAULTS: &[&[u8]] = &[
        include_bytes!("../../tests/data/faults/page.txt"),
        include_bytes!("../../tests/data/faults/lines.jsonl"),
        include_bytes!("../../tests/data/faults/records.json"),
        include_bytes!("../../tests/data/faults/pretty.json"),
        b"TimeGenerated [UTC],CallType,CallDuration\n\"5/25/2026, 5:43 PM\",P2P,7\n",
        br#"{"tables":[{"name":"PrimaryResult","columns":[{"name":"Type","type":"string"}],"rows":[["ACSCallSummary"]]}]}"#,
    ];

    fn read(bytes: Vec<u8>) -> Report {
        let gathered = Gathered::default();
        let open = move |_| Ok(Box::new(Cursor::new(bytes.clone())) as Box<dyn Read>);
        let input = Input { source: Source::default(), path: "x".into(), open: Box::new(open) };
        read_all([Ok(input)].into_iter(), &gathered, Foreign::Reject, Order::Any).unwrap();
        gathered.finish().unwrap().1
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
                read(bytes);
            }
        }
    }

    #[test]
    fn odd_files_are_told() {
        assert_eq!(read(b"\x89PNG\0\0".to_vec()).rejects[0].reason, "not a text file");
        assert_eq!(read(Vec::new()).rejects, []);
        let wide: Vec<u8> =
            "\u{feff}{\"category\":\"CallSummary\"}".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read(wide).tables.len(), 1);
        let odd = b"{\"category\":\"CallSummary\",\"x\":\"\xe9\"}".to_vec();
        assert_eq!(read(odd).repairs.count(Repair::InvalidText), 1);
    }
}
