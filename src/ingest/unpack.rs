//! What a file is packed in, by its first bytes: compression, archives, and formats that are no text.

use std::borrow::Cow;
use std::cell::Cell;
use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use super::repair::{Repair, Repairs};

/// What the first bytes of a file tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Packing {
    Gzip,
    Zstd,
    Zip,
    Parquet,
    Arrow,
    ArrowStream,
    Avro,
    /// Text in UTF-16, with the order of its bytes.
    Utf16(Endian),
    /// Text behind a byte order mark.
    MarkedText,
    Text,
    /// Something that is known, and not read.
    Refused(&'static str),
}

/// Which byte of two comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endian {
    Little,
    Big,
}

/// First bytes that tell what is behind them.
const MAGIC: &[(&[u8], Packing)] = &[
    (b"\x1f\x8b", Packing::Gzip),
    (b"\x28\xb5\x2f\xfd", Packing::Zstd),
    (b"PK\x03\x04", Packing::Zip),
    (b"PK\x05\x06", Packing::Zip),
    (b"PAR1", Packing::Parquet),
    (b"ARROW1", Packing::Arrow),
    (b"\xff\xff\xff\xff", Packing::ArrowStream),
    (b"Obj\x01", Packing::Avro),
    (b"\xff\xfe", Packing::Utf16(Endian::Little)),
    (b"\xfe\xff", Packing::Utf16(Endian::Big)),
    (b"\xef\xbb\xbf", Packing::MarkedText),
    (b"BZh", Packing::Refused("bzip2 is not read; unpack the file first")),
    (b"\xfd7zXZ\x00", Packing::Refused("xz is not read; unpack the file first")),
    (b"7z\xbc\xaf\x27\x1c", Packing::Refused("7-Zip archives are not read; unpack the file first")),
    (b"Rar!", Packing::Refused("RAR archives are not read; unpack the file first")),
    (b"\x04\x22\x4d\x18", Packing::Refused("LZ4 is not read; unpack the file first")),
    (b"%PDF", Packing::Refused("a PDF document is not a log; copy its text into a file")),
    (b"SQLite format 3\0", Packing::Refused("SQLite databases are not read")),
];

/// Looks at the beginning of a file.
pub(super) fn packing(head: &[u8]) -> Packing {
    if let Some((_, packing)) = MAGIC.iter().find(|(magic, _)| head.starts_with(magic)) {
        return *packing;
    }
    if head.get(257..262) == Some(b"ustar") {
        return Packing::Refused("tar archives are not read; unpack the file first");
    }
    // Text has no zero bytes; pictures and programs do, early on.
    match head.iter().take(4096).any(|b| *b == 0) {
        true => Packing::Refused("not a text file"),
        false => Packing::Text,
    }
}

/// How much more than it took a packed file may become, once it has become large.
const MOST_RATIO: u64 = 500;

/// Bytes up to which no ratio counts.
const LARGE: u64 = 64 << 20;

/// Unpacked bytes, counted against those that they came from: a file that was made to fill the disk is cut off.
pub(super) struct Bounded<R> {
    pub(super) unpacked: R,
    /// How many bytes it took so far.
    pub(super) packed: Rc<Cell<u64>>,
    /// How many bytes came of them.
    pub(super) count: Rc<Cell<u64>>,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.count.get();
        if count > LARGE && count / MOST_RATIO > self.packed.get() {
            let reason = format!("unpacks to more than {MOST_RATIO} times its size; the rest is not read");
            return Err(std::io::Error::other(reason));
        }
        let read = self.unpacked.read(buffer)?;
        self.count.set(count + read as u64);
        Ok(read)
    }
}

/// Packed bytes, counted.
pub(super) struct Counted<R> {
    pub(super) input: R,
    pub(super) count: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.count.set(self.count.get() + read as u64);
        Ok(read)
    }
}

/// Unpacks what was packed with gzip, all members of it.
pub(super) fn gzip<'r>(input: impl Read + 'r) -> Box<dyn Read + 'r> {
    let packed = Rc::new(Cell::new(0));
    let unpacked = flate2::read::MultiGzDecoder::new(Counted { input, count: Rc::clone(&packed) });
    Box::new(Bounded { unpacked, packed, count: Rc::default() })
}

/// Unpacks what was packed with Zstandard, all frames of it. Those that want more memory than 128 MB are refused.
pub(super) fn zstd<'r>(input: impl Read + 'r) -> std::io::Result<Box<dyn Read + 'r>> {
    let packed = Rc::new(Cell::new(0));
    let mut unpacked = zstd::stream::read::Decoder::new(Counted { input, count: Rc::clone(&packed) })?;
    unpacked.window_log_max(27)?;
    Ok(Box::new(Bounded { unpacked, packed, count: Rc::default() }))
}

/// A file of an archive: its path, and what it holds.
type Member<'a> = (PathBuf, Box<dyn Read + 'a>);

/// A zip archive.
pub(super) struct Archive {
    archive: zip::ZipArchive<Spool>,
    size: Rc<Cell<u64>>,
    /// How many bytes came of all members so far.
    count: Rc<Cell<u64>>,
}

/// Files that an archive may hold.
const MOST_MEMBERS: usize = 100_000;

impl Archive {
    pub(super) fn open(mut spool: Spool) -> Result<Self, String> {
        let broken = |error: &dyn std::fmt::Display| format!("the archive is broken: {error}");
        let size = spool.seek(SeekFrom::End(0)).and_then(|size| spool.seek(SeekFrom::Start(0)).map(|_| size));
        let size = Rc::new(Cell::new(size.map_err(|error| broken(&error))?));
        let archive = zip::ZipArchive::new(spool).map_err(|error| broken(&error))?;
        match archive.len() {
            0..=MOST_MEMBERS => Ok(Self { archive, size, count: Rc::default() }),
            _ => Err(format!("the archive holds more than {MOST_MEMBERS} files")),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.archive.len()
    }

    /// A file in it, with its path; nothing for folders and for what systems add on their own.
    pub(super) fn member(&mut self, at: usize) -> Result<Option<Member<'_>>, String> {
        let (packed, count) = (Rc::clone(&self.size), Rc::clone(&self.count));
        let unpacked = self.archive.by_index(at).map_err(|error| format!("file {} of the archive: {error}", at + 1))?;
        let name = unpacked.enclosed_name().unwrap_or_else(|| PathBuf::from(format!("{}", at + 1)));
        let is_hidden = |part: std::path::Component<'_>| {
            let part = part.as_os_str().to_string_lossy();
            part.starts_with('.') || part == "__MACOSX"
        };
        if unpacked.is_dir() || name.components().any(is_hidden) {
            return Ok(None);
        }
        Ok(Some((name, Box::new(Bounded { unpacked, packed, count }))))
    }
}

/// Text in UTF-16 as UTF-8.
pub(super) struct Utf16<R> {
    pub(super) input: R,
    pub(super) endian: Endian,
    /// Bytes that wait for the second of their unit, or of their pair.
    held: Vec<u8>,
    out: Cursor<Vec<u8>>,
}

impl<R: Read> Utf16<R> {
    pub(super) fn new(input: R, endian: Endian) -> Self {
        Self { input, endian, held: Vec::new(), out: Cursor::default() }
    }

    fn fill(&mut self) -> std::io::Result<()> {
        let mut bytes = std::mem::take(&mut self.held);
        let count = (&mut self.input).take(1 << 16).read_to_end(&mut bytes)?;
        let unit = |pair: &[u8]| match self.endian {
            Endian::Little => u16::from_le_bytes([pair[0], pair[1]]),
            Endian::Big => u16::from_be_bytes([pair[0], pair[1]]),
        };
        let mut units: Vec<u16> = bytes.chunks_exact(2).map(unit).collect();
        if count > 0 {
            let is_half = units.last().is_some_and(|last| (0xD800..0xDC00).contains(last));
            units.truncate(units.len() - usize::from(is_half));
            self.held = bytes[units.len() * 2..].to_vec();
        }
        self.out = Cursor::new(String::from_utf16_lossy(&units).into_bytes());
        Ok(())
    }
}

impl<R: Read> Read for Utf16<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.out.read(buffer)?;
        if count > 0 || buffer.is_empty() {
            return Ok(count);
        }
        self.fill()?;
        self.out.read(buffer)
    }
}

/// Bytes as text. What is no UTF-8 is replaced, and counted.
pub(super) fn decode<'b>(bytes: &'b [u8], repairs: &mut Repairs) -> Cow<'b, str> {
    simdutf8::basic::from_utf8(bytes).map_or_else(
        |_| {
            repairs.add(Repair::InvalidText);
            String::from_utf8_lossy(bytes)
        },
        Cow::Borrowed,
    )
}

/// Buffers that were used and can be used again: memory that is new costs more than filling it.
#[derive(Clone, Default)]
pub(super) struct Spares(Arc<Mutex<Vec<Vec<u8>>>>);

/// Buffers that are kept.
const MOST_SPARES: usize = 16;

/// Bytes of a buffer that is kept.
const MOST_SPARE: usize = 8 << 20;

impl Spares {
    /// A buffer to be written over.
    pub(super) fn take(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// Gives one back.
    pub(super) fn give(&self, buffer: Vec<u8>) {
        let mut spares = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if spares.len() < MOST_SPARES && buffer.capacity() <= MOST_SPARE {
            spares.push(buffer);
        }
    }
}

/// The whole of an input, to be read in any order: in memory while it is small, else in a file that goes away.
pub(super) enum Spool {
    Memory(Cursor<Vec<u8>>),
    File(File),
}

/// Bytes that are kept in memory.
const IN_MEMORY: u64 = 64 << 20;

impl Spool {
    pub(super) fn new(mut input: impl Read) -> std::io::Result<Self> {
        let mut bytes = Vec::new();
        (&mut input).take(IN_MEMORY).read_to_end(&mut bytes)?;
        if (bytes.len() as u64) < IN_MEMORY {
            return Ok(Spool::Memory(Cursor::new(bytes)));
        }
        let mut file = Spool::Memory(Cursor::new(bytes)).into_file()?;
        file.seek(SeekFrom::End(0))?;
        std::io::copy(&mut input, &mut file)?;
        file.seek(SeekFrom::Start(0))?;
        Ok(Spool::File(file))
    }

    /// The same as a file.
    pub(super) fn into_file(self) -> std::io::Result<File> {
        match self {
            Spool::File(file) => Ok(file),
            Spool::Memory(bytes) => {
                let mut file = tempfile::tempfile()?;
                file.write_all(bytes.get_ref())?;
                file.seek(SeekFrom::Start(0))?;
                Ok(file)
            }
        }
    }
}

impl Read for Spool {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Spool::Memory(bytes) => bytes.read(buffer),
            Spool::File(file) => file.read(buffer),
        }
    }
}

impl Seek for Spool {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        match self {
            Spool::Memory(bytes) => bytes.seek(to),
            Spool::File(file) => file.seek(to),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn utf16_is_read_in_any_chunks() {
        let text = "ä😀\n{\"a\":1}".repeat(9_000);
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let mut out = String::new();
        Utf16::new(&bytes[..], Endian::Big).read_to_string(&mut out).unwrap();
        assert!(out == text);
        out.clear();
        Utf16::new(&b"a\0b"[..], Endian::Little).read_to_string(&mut out).unwrap();
        assert_eq!(out, "a");
    }

    #[test]
    fn packings_are_told_by_content() {
        assert_eq!(packing(b"\x1f\x8b\x08"), Packing::Gzip);
        assert_eq!(packing(b"{\"a\":1}"), Packing::Text);
        assert_eq!(packing(b""), Packing::Text);
        assert_eq!(packing(b"\x89PNG\0\0"), Packing::Refused("not a text file"));
    }

    #[test]
    fn bombs_are_cut_off() {
        let mut bomb =
            Bounded { unpacked: std::io::repeat(b'x'), packed: Rc::new(Cell::new(1_000)), count: Rc::default() };
        let read = std::io::copy(&mut bomb, &mut std::io::sink());
        assert!(read.unwrap_err().to_string().contains("500 times"));
    }
}
