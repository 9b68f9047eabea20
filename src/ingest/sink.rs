//! The contract between reading and storing: rows go into a sink as they come, with the source they came from.
//!
//! For each source the reading side does this, in this order:
//!
//! 1. [`Sink::begin`] with the source. The sink may say that it knows all of it; then nothing else is done. Otherwise
//!    it says from which byte on the source is new, and gives a [`Fingerprint`] that stands at that byte.
//! 2. It reads the bytes from there on and shows all of them to the fingerprint, in order. One that cannot begin in
//!    the middle (an archive, an array of records) reads from byte 0, with a new fingerprint; rows that are there
//!    already are left out by the sink.
//! 3. [`Sink::rows`] and [`Sink::reject`], as often as needed. Rows are handed on in batches of some ten thousand, so
//!    that memory is bounded; a call may take as long as writing a file takes, which slows reading down as it should.
//! 4. [`Sink::end`] with what was read. A source that fails in the middle is not ended, and will be read again. Where
//!    rows come from several threads, some may come later; what was ended must not be made to last before all are there.
//!
//! A sink takes any number of sources at once, from any number of threads.

use std::hash::Hasher;
use std::io::Read;

use datafusion::arrow::array::RecordBatch;
use serde_json::{Value, json};
use twox_hash::XxHash64;

use super::record::Place;
use super::repair::Repairs;
use super::report::Reject;
use super::surplus::Surplus;
use crate::error::Result;

/// A file, a blob, or standard input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// What tells it from all others: its absolute path, or its URL without secrets.
    pub name: String,
    /// How many bytes it has now, where that is known.
    pub size: Option<u64>,
    /// What changes whenever the content does, as an entity tag of HTTP; `None` for files.
    pub tag: Option<String>,
}

/// Opens a source, as it is stored, at a byte. The sink uses it to look at what it has seen before.
pub type Opener<'o> = dyn Fn(u64) -> Result<Box<dyn Read>> + 'o;

/// A source that is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceId(pub usize);

/// What is to be done with a source.
pub enum Begin {
    /// Nothing: all of it is known.
    Known,
    /// It is to be read.
    Read {
        /// What to name it from here on.
        id: SourceId,
        /// Where its new part begins.
        from: Place,
        /// The hash of what lies before.
        fingerprint: Box<Fingerprint>,
    },
}

/// What was read of a source.
pub struct End {
    /// How many bytes of its new part were read, for the report.
    pub bytes: u64,
    /// How far it was complete: behind the last whole line, or the end.
    pub complete: Complete,
    /// What was shown of it.
    pub fingerprint: Box<Fingerprint>,
    /// What was mended in it.
    pub repairs: Repairs,
    /// Names in it that have no column.
    pub surplus: Surplus,
}

/// How much of a source is settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Complete {
    /// All of it; it cannot be read on from its end, so when it grows it is read anew.
    Whole,
    /// All of it; when it grows, it is read on from its end.
    Growing,
    /// It ends within a record. Up to the last end of a line it is settled; from there on it is read again.
    Lines,
}

/// Takes what is read.
pub trait Sink: Sync {
    /// Announces a source. Without an opener its content cannot be looked at, so it counts as new.
    fn begin(&self, source: &Source, open: Option<&Opener<'_>>) -> Result<Begin>;

    /// Takes rows of a table. Known tables have the columns of their declaration, and `AdditionalFields` where needed;
    /// any other table may have any columns in the types of [`crate::engine::types`].
    fn rows(&self, source: SourceId, table: &str, rows: RecordBatch) -> Result<()>;

    /// Takes what could not be read.
    fn reject(&self, source: SourceId, reject: Reject) -> Result<()>;

    /// Ends a source: what came of it may be made to last.
    fn end(&self, source: SourceId, end: End) -> Result<()>;
}

/// The running hash of a source, which also remembers what it was behind the last end of a line.
#[derive(Clone, Debug, Default)]
pub struct Fingerprint {
    now: Running,
    at_line: Running,
}

/// A hash under way.
#[derive(Clone, Debug)]
struct Running {
    hasher: XxHash64,
    bytes: u64,
    lines: u64,
    /// The last bytes so far.
    tail: Vec<u8>,
}

/// Bytes before the end of what was read by which it is known again.
const TAIL: usize = 256;

/// The hash of the last bytes of what was read of a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tail {
    /// How many bytes.
    pub bytes: u64,
    /// Their hash.
    pub hash: u64,
}

/// The hash of the first bytes of a source. Sources are the same when length and hash are: among a million of one length
/// two meet by chance once in thirty million times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// How many bytes.
    pub bytes: u64,
    /// How many lines end within them.
    pub lines: u64,
    /// Their hash.
    pub hash: u64,
}

impl Default for Running {
    fn default() -> Self {
        Self { hasher: XxHash64::with_seed(0), bytes: 0, lines: 0, tail: Vec::new() }
    }
}

impl Running {
    fn add(&mut self, chunk: &[u8]) {
        self.hasher.write(chunk);
        self.bytes += chunk.len() as u64;
        let kept = TAIL.saturating_sub(chunk.len()).min(self.tail.len());
        self.tail.drain(..self.tail.len() - kept);
        self.tail.extend_from_slice(&chunk[chunk.len().saturating_sub(TAIL)..]);
    }

    fn mark(&self) -> Mark {
        Mark { bytes: self.bytes, lines: self.lines, hash: self.hasher.finish() }
    }
}

impl Tail {
    /// Of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self { bytes: bytes.len() as u64, hash: XxHash64::oneshot(0, bytes) }
    }
}

impl Fingerprint {
    /// Takes the next bytes. Chunks should be large: each costs something.
    pub fn update(&mut self, chunk: &[u8]) {
        let Some(end) = memchr::memrchr(b'\n', chunk).map(|at| at + 1) else { return self.now.add(chunk) };
        self.now.add(&chunk[..end]);
        self.now.lines += memchr::memchr_iter(b'\n', &chunk[..end]).count() as u64;
        self.at_line.clone_from(&self.now);
        self.now.add(&chunk[end..]);
    }

    /// Of all bytes so far.
    pub fn mark(&self) -> Mark {
        self.now.mark()
    }

    /// Of the bytes up to the last end of a line.
    pub fn mark_at_line(&self) -> Mark {
        self.at_line.mark()
    }

    /// What is needed to go on from the last byte, or from behind the last end of a line, without what lies before;
    /// null where nothing can be read on.
    pub fn to_json(&self, complete: Complete) -> Value {
        let from = match complete {
            Complete::Whole => return Value::Null,
            Complete::Growing => &self.now,
            Complete::Lines => &self.at_line,
        };
        let tail = Tail::of(&from.tail);
        json!({ "hasher": from.hasher, "tail": tail.bytes, "tail_hash": format!("{:016x}", tail.hash) })
    }

    /// A fingerprint that stands where another one stood, and by which its source is known again.
    pub fn from_json(mark: Mark, value: &Value) -> Option<(Fingerprint, Tail)> {
        let hasher = serde_json::from_value(value["hasher"].clone()).ok()?;
        let now = Running { hasher, bytes: mark.bytes, lines: mark.lines, tail: Vec::new() };
        let hash = u64::from_str_radix(value["tail_hash"].as_str()?, 16).ok()?;
        let tail = Tail { bytes: value["tail"].as_u64()?, hash };
        (now.mark() == mark).then(|| (Fingerprint { at_line: now.clone(), now }, tail))
    }

    /// The same, with what was found to be the last bytes.
    pub fn with_tail(mut self, tail: Vec<u8>) -> Self {
        self.at_line.tail.clone_from(&tail);
        self.now.tail = tail;
        self
    }

    /// Reads up to so many bytes.
    pub fn read(&mut self, from: &mut dyn Read, bytes: u64) -> std::io::Result<()> {
        let mut chunk = vec![0; CHUNK];
        let mut from = from.take(bytes);
        loop {
            match from.read(&mut chunk) {
                Ok(0) => return Ok(()),
                Ok(count) => self.update(&chunk[..count]),
                Err(cause) if cause.kind() == std::io::ErrorKind::Interrupted => {}
                Err(cause) => return Err(cause),
            }
        }
    }
}

/// Bytes that are read at once.
const CHUNK: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_do_not_depend_on_chunks() {
        let text = b"one\ntwo\nthree";
        let mut whole = Fingerprint::default();
        whole.update(text);
        for size in 1..text.len() {
            let mut pieces = Fingerprint::default();
            text.chunks(size).for_each(|chunk| pieces.update(chunk));
            assert_eq!((pieces.mark(), pieces.mark_at_line()), (whole.mark(), whole.mark_at_line()), "{size}");
        }
        let mut lines = Fingerprint::default();
        lines.update(&text[..8]);
        assert_eq!(lines.mark(), whole.mark_at_line());
        assert_eq!((whole.mark().bytes, whole.mark().lines, whole.mark_at_line().bytes), (13, 2, 8));
    }
}
