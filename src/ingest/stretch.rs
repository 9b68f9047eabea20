//! Text in stretches: blocks of whole lines for many threads, windows over long values, and what must be read whole.

use std::io::{Cursor, Read};

use super::reader::{HEAD, Reader, Text};
use super::record::{Place, by_columns};
use super::repair::Repair;
use super::rows::Foreign;
use super::sink::Complete;
use super::unpack::{Packing, decode, packing};
use super::wrapping::csv::{CsvRows, More};
use super::wrapping::values::{Ends, Walk};
use super::wrapping::{Lines, Wrapping, is_record, lines, results};
use crate::error::Result;

/// Bytes of a block of lines. Larger ones make fewer batches; smaller ones take less memory on each thread.
pub(super) const BLOCK: usize = 4 << 20;

/// Most bytes of what must be in memory as a whole: a line, a value, a page of text.
const MOST_WHOLE: usize = 64 << 20;

/// Bytes that are read at once.
const READ_AT_ONCE: usize = 256 << 10;

/// Bytes of something too long that its reject shows.
const SHOWN: usize = 1_000;

/// Rows of CSV that are handed on together.
const CSV_ROWS: usize = 20_000;

/// A byte order mark, in UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";

/// What becomes of a last line that is cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tail {
    /// It may still be written, and is left.
    Left,
    /// It is read like any other, which fails.
    Read,
}

/// Whether a source, by its beginning, is text in lines, so that it can be read on when it has grown.
pub(super) fn is_growing(head: &[u8]) -> bool {
    matches!(packing(head), Packing::Text | Packing::MarkedText) && wrapping_of(head) == Wrapping::Lines
}

fn wrapping_of(head: &[u8]) -> Wrapping {
    let head = head.strip_prefix(MARK).unwrap_or(head).trim_ascii_start();
    // The first line tells nearly always, and then the others need not be looked at.
    let first = &head[..memchr::memchr(b'\n', head).unwrap_or(head.len())];
    match is_record(&String::from_utf8_lossy(first)) {
        true => Wrapping::Lines,
        false => Wrapping::detect(&String::from_utf8_lossy(head)),
    }
}

/// Reads text that begins with the head, which is all of it when it is shorter than heads are.
pub(super) fn read_text(reader: &mut Reader<'_, '_>, input: &mut dyn Read, head: Vec<u8>, text: &Text) -> Result<()> {
    let mut wrapping = wrapping_of(&head);
    if wrapping == Wrapping::Fragments && is_named_csv(text) {
        wrapping = Wrapping::Csv;
    }
    if wrapping == Wrapping::Lines {
        let place = Place { line: 1, offset: 0 };
        return read_blocks(reader, input, head, place, text, Tail::Read).map(drop);
    }
    let (place, head) = unmarked(reader, head, text)?;
    match wrapping {
        Wrapping::Csv => read_csv(reader, input, head, place, text),
        Wrapping::Values if head.len() + MARK.len() >= HEAD => read_values(reader, input, head, place, text),
        Wrapping::Values | Wrapping::Fragments | Wrapping::Lines => {
            let mut whole = head;
            let kept = whole.len();
            if let Filled::Full = fill(reader, input, (&mut whole, kept), MOST_WHOLE, (text, place))? {
                let most = MOST_WHOLE >> 20;
                return reader.refuse(text, &format!("text with records between other words, of more than {most} MB"));
            }
            let size = whole.len();
            reader.submit(text, place, size, move |rows| {
                let whole = decode(&whole, rows.repairs());
                wrapping.read(&whole, rows);
            })
        }
    }
}

fn is_named_csv(text: &Text) -> bool {
    let extension = text.origin.path.extension().map(std::ffi::OsStr::to_ascii_lowercase);
    extension.is_some_and(|extension| extension == "csv" || extension == "tsv")
}

/// The head without its byte order mark, and where it begins then.
fn unmarked(reader: &mut Reader<'_, '_>, mut head: Vec<u8>, text: &Text) -> Result<(Place, Vec<u8>)> {
    let mut place = Place { line: 1, offset: 0 };
    if head.starts_with(MARK) {
        head.drain(..MARK.len());
        place.offset = MARK.len() as u64;
        reader.inline(text, place, |rows| rows.repairs().add(Repair::ByteOrderMark))?;
    }
    Ok((place, head))
}

/// Whether a buffer could be filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Filled {
    Full,
    /// The input ended before.
    Ended,
}

/// Fills a buffer, of which so many bytes are kept, up to a size. Input that is broken ends there, which is told.
fn fill(
    reader: &mut Reader<'_, '_>,
    input: &mut dyn Read,
    (buffer, kept): (&mut Vec<u8>, usize),
    size: usize,
    (text, place): (&Text, Place),
) -> Result<Filled> {
    let wanted = size.saturating_sub(kept);
    buffer.reserve_exact((kept + wanted).saturating_sub(buffer.len()));
    match read_behind(input, wanted, (buffer, kept)) {
        Ok(read) if read == wanted => Ok(Filled::Full),
        Ok(_) => Ok(Filled::Ended),
        Err(error) => {
            let reason = format!("the input is broken from here on: {error}");
            let at = Place { line: place.line, offset: place.offset + buffer.len() as u64 };
            reader.inline(text, at, |rows| rows.reject(Place { line: 1, offset: 0 }, reason, ""))?;
            Ok(Filled::Ended)
        }
    }
}

/// Reads up to so many bytes behind those that are kept of a buffer, and tells how many; the buffer ends with them. What
/// it held before there is written over, so that a buffer that was used before need not be filled with zeros. Each read is
/// so small that its bytes are still in the processor's caches when they are hashed.
pub(super) fn read_behind(
    input: &mut dyn Read,
    most: usize,
    (buffer, kept): (&mut Vec<u8>, usize),
) -> std::io::Result<usize> {
    let mut end = kept;
    let outcome = loop {
        let wanted = (kept + most - end).min(READ_AT_ONCE);
        if wanted == 0 {
            break Ok(());
        }
        if buffer.len() < end + wanted {
            buffer.resize(end + wanted, 0);
        }
        match input.read(&mut buffer[end..end + wanted]) {
            Ok(0) => break Ok(()),
            Ok(read) => end += read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => break Err(error),
        }
    };
    buffer.truncate(end);
    outcome.map(|()| end - kept)
}

/// Reads lines of a source that may grow.
pub(super) fn read_lines(
    reader: &mut Reader<'_, '_>,
    input: &mut dyn Read,
    head: Vec<u8>,
    from: Place,
    text: &Text,
) -> Result<Complete> {
    read_blocks(reader, input, head, from, text, Tail::Left)
}

fn read_blocks(
    reader: &mut Reader<'_, '_>,
    input: &mut dyn Read,
    head: Vec<u8>,
    from: Place,
    text: &Text,
    tail: Tail,
) -> Result<Complete> {
    let (mut place, mut buffer) = match from.offset {
        0 => unmarked(reader, head, text)?,
        _ => (from, head),
    };
    let mut size = BLOCK;
    let mut kept = buffer.len();
    loop {
        if fill(reader, input, (&mut buffer, kept), size, (text, place))? == Filled::Ended {
            let complete = match tail {
                Tail::Left => leave_tail(&mut buffer, place),
                Tail::Read => Complete::Growing,
            };
            submit_lines(reader, text, place, buffer)?;
            return Ok(complete);
        }
        match last_start(&buffer) {
            Some(at) => {
                let mut rest = reader.spares.take();
                kept = buffer.len() - at;
                rest.resize(rest.len().max(kept), 0);
                rest[..kept].copy_from_slice(&buffer[at..]);
                buffer.truncate(at);
                let next = advanced(place, &buffer);
                submit_lines(reader, text, place, std::mem::replace(&mut buffer, rest))?;
                place = next;
                size = BLOCK.max(kept + HEAD).min(MOST_WHOLE);
            }
            None if size < MOST_WHOLE => {
                kept = buffer.len();
                size = (size * 2).min(MOST_WHOLE);
            }
            None if is_wrapper(&buffer) => {
                read_values(reader, input, buffer, place, text)?;
                return Ok(Complete::Whole);
            }
            None => {
                too_long(reader, text, place, &buffer)?;
                place.offset += buffer.len() as u64;
                buffer = skip_line(input, &mut place);
                kept = buffer.len();
                size = BLOCK.max(kept + HEAD).min(MOST_WHOLE);
            }
        }
    }
}

fn submit_lines(reader: &mut Reader<'_, '_>, text: &Text, place: Place, block: Vec<u8>) -> Result<()> {
    if block.is_empty() {
        return Ok(());
    }
    let size = block.len();
    let spares = reader.spares.clone();
    reader.submit(text, place, size, move |rows| {
        lines::read(&decode(&block, rows.repairs()), rows);
        spares.give(block);
    })
}

/// Takes off a last line that is still being written.
fn leave_tail(buffer: &mut Vec<u8>, place: Place) -> Complete {
    let last = memchr::memrchr(b'\n', buffer).map_or(0, |at| at + 1);
    let tail = buffer[last..].trim_ascii_end();
    let is_open = !tail.is_empty() && !tail.ends_with(b"}") && !tail.ends_with(b"]") && !tail.ends_with(b",");
    if is_open && (last > 0 || place.line > 1) {
        buffer.truncate(last);
        return Complete::Lines;
    }
    Complete::Growing
}

/// Where the last line of a block begins that looks like the start of a record, else the last line.
fn last_start(block: &[u8]) -> Option<usize> {
    let record = memchr::memmem::rfind(block, b"\n{").filter(|at| block.len() - at < block.len() / 2);
    record.or_else(|| memchr::memrchr(b'\n', block)).map(|at| at + 1)
}

fn advanced(place: Place, block: &[u8]) -> Place {
    let lines = memchr::memchr_iter(b'\n', block).count() as u64;
    Place { line: place.line + lines, offset: place.offset + block.len() as u64 }
}

fn is_wrapper(buffer: &[u8]) -> bool {
    let head = String::from_utf8_lossy(&buffer[..buffer.len().min(HEAD)]);
    let head = head.trim_start();
    head.starts_with('[') || results::wrapper(head).is_some()
}

fn too_long(reader: &mut Reader<'_, '_>, text: &Text, place: Place, buffer: &[u8]) -> Result<()> {
    let shown = String::from_utf8_lossy(&buffer[..buffer.len().min(SHOWN)]).into_owned();
    let reason = format!("longer than {} MB", MOST_WHOLE >> 20);
    reader.inline(text, place, |rows| rows.reject(Place { line: 1, offset: 0 }, reason, &shown))
}

/// Skips the rest of a line, and gives what was read behind it.
fn skip_line(input: &mut dyn Read, place: &mut Place) -> Vec<u8> {
    let mut chunk = Vec::with_capacity(HEAD);
    loop {
        chunk.clear();
        // What breaks here breaks again when the next block is read.
        let ended = !matches!(input.take(HEAD as u64).read_to_end(&mut chunk), Ok(1..));
        match memchr::memchr(b'\n', &chunk) {
            Some(end) => {
                place.line += 1;
                place.offset += end as u64 + 1;
                return chunk.split_off(end + 1);
            }
            None if ended => return Vec::new(),
            None => place.offset += chunk.len() as u64,
        }
    }
}

/// Reads values one by one through a window, which grows to hold the longest.
fn read_values(
    reader: &mut Reader<'_, '_>,
    input: &mut dyn Read,
    head: Vec<u8>,
    from: Place,
    text: &Text,
) -> Result<()> {
    let (mut place, mut window) = (from, head);
    let mut walk = Walk::default();
    let mut size = BLOCK;
    loop {
        let kept = window.len();
        let ended = fill(reader, input, (&mut window, kept), size, (text, place))? == Filled::Ended;
        let valid = match std::str::from_utf8(&window) {
            Ok(_) => window.len(),
            // The last character may go on.
            Err(error) if error.error_len().is_none() && !ended => error.valid_up_to(),
            Err(_) => {
                let mut repairs = super::repair::Repairs::default();
                window = decode(&window, &mut repairs).into_owned().into_bytes();
                reader.inline(text, place, |rows| rows.repairs().merge(&repairs))?;
                window.len()
            }
        };
        let stretch = std::str::from_utf8(&window[..valid]).unwrap_or_default();
        let ends = if ended { Ends::Here } else { Ends::Later };
        let mut done = 0;
        reader.inline(text, place, |rows| {
            done = walk.read(stretch, 0, &mut Lines::new(stretch), ends, rows);
        })?;
        if ended {
            return Ok(());
        }
        if done == 0 && size < MOST_WHOLE {
            size = (size * 2).min(MOST_WHOLE);
            continue;
        }
        if done == 0 {
            too_long(reader, text, place, &window)?;
            done = memchr::memmem::rfind(&window, b",{").map_or(window.len(), |at| at.max(1));
        }
        place = advanced(place, &window[..done]);
        window.drain(..done);
        size = BLOCK.max(window.len() + HEAD).min(MOST_WHOLE);
    }
}

/// Reads a table in text, some rows at a time.
fn read_csv(reader: &mut Reader<'_, '_>, input: &mut dyn Read, head: Vec<u8>, from: Place, text: &Text) -> Result<()> {
    let shown = String::from_utf8_lossy(&head).into_owned();
    let mut csv = CsvRows::new(Cursor::new(head).chain(input), &shown);
    let names = || csv.names().iter().map(String::as_str);
    let tells =
        |name: &str| ["Type", "TableName", "Category", "OperationName"].iter().any(|n| n.eq_ignore_ascii_case(name));
    let is_known = text.origin.named.is_some() || by_columns(names()).is_some() || names().any(tells);
    if !is_known && text.origin.foreign == Foreign::Reject {
        return reader.refuse(text, "neither the rows nor the name of the file tell the table");
    }
    loop {
        let mut more = More::No;
        reader.inline(text, Place { line: 1, ..from }, |rows| {
            csv.begin(rows);
            more = csv.read(CSV_ROWS, rows);
        })?;
        if more == More::No {
            return Ok(());
        }
    }
}
