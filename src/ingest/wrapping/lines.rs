//! JSON Lines: one object per line, and the broken line spoils no other.

use super::super::json::{Members, OpenEnds, Parser};
use super::super::record::Place;
use super::values::{Ends, Walk};
use super::{Found, Lines, Taker, results, unwrap};

/// Finds the records of JSON Lines.
///
/// A line that is not an object by itself may begin one that goes over several lines, as when a pretty-printed record
/// was appended; it is taken whole when it is sound. The last line of a file that is still being written may be cut:
/// it is rejected with that reason, and read when the file has grown.
pub(crate) fn read(text: &str, taker: &mut dyn Taker) {
    let mut at = 0;
    let mut lines = Lines::new(text);
    while at < text.len() {
        let begun = taker.sound(text, at);
        if let Some(next) = begun.and_then(|done| next_line(&text.as_bytes()[done..]).map(|length| done + length)) {
            at = next;
            continue;
        }
        let from = begun.unwrap_or(at);
        let end = memchr::memchr(b'\n', &text.as_bytes()[from..]).map_or(text.len(), |end| from + end);
        at = match read_line(&text[..end], (at, from), &mut lines, taker) {
            Ok(()) => end,
            Err((broken, reason)) => {
                let place = lines.place(broken);
                let several = if broken == at { read_several(text, at, place, taker) } else { None };
                several.unwrap_or_else(|| {
                    taker.found(Found::Reject { place, reason, text: text[broken..end].trim_end() });
                    end
                })
            }
        };
        if text.as_bytes().get(at) == Some(&b'\n') {
            at += 1;
        }
    }
}

/// How far away the next line is, if nothing else stands before it than what may stand behind a record.
fn next_line(rest: &[u8]) -> Option<usize> {
    let blanks = match rest {
        [b',', b'\r', ..] => 2,
        [b',' | b'\r', ..] => 1,
        _ => 0,
    };
    match rest.get(blanks) {
        None => Some(blanks),
        Some(byte) => (*byte == b'\n').then_some(blanks + 1),
    }
}

/// Reads the rest of a line, which begins at the first offset, is read up to the second, and goes to the end of the
/// text: one object, or several with or without commas. The error tells where the line is broken, and how.
fn read_line(
    text: &str,
    (at, read): (usize, usize),
    lines: &mut Lines<'_>,
    taker: &mut dyn Taker,
) -> Result<(), (usize, String)> {
    let rest = text[read..].trim_start_matches([',', ' ', '\t', '\r']);
    if results::wrapper(rest).is_some() {
        Walk::default().read(text, read, &mut Lines::from(text, read, lines.place(read).line), Ends::Here, taker);
        return Ok(());
    }
    let mut start = if read > at { text.len() - rest.len() } else { at };
    let mut parser = Parser::new(text, start, OpenEnds::Refuse);
    loop {
        parser.blanks();
        if parser.peek().is_none() {
            return Ok(());
        }
        let node = parser.value().map_err(|fault| match fault.cut {
            true => (start, format!("the line is cut off: {}", fault.reason)),
            false => (start, format!("column {}: {}", fault.at - at + 1, fault.reason)),
        })?;
        let place = lines.place(start);
        let repairs = std::mem::take(&mut parser.repairs);
        unwrap(node, &Members::new(), (place, &text[start..parser.at], repairs), taker);
        parser.blanks();
        if parser.peek() == Some(b',') {
            parser.at += 1;
        }
        start = parser.at;
    }
}

/// Reads a sound value that goes over several lines; gives the place behind it.
fn read_several(text: &str, at: usize, place: Place, taker: &mut dyn Taker) -> Option<usize> {
    let mut parser = Parser::new(text, at, OpenEnds::Refuse);
    let node = parser.value().ok()?;
    let end = parser.at;
    let rest = text[end..].lines().next().unwrap_or_default();
    if !matches!(rest.trim(), "" | ",") {
        return None;
    }
    unwrap(node, &Members::new(), (place, &text[at..end], parser.repairs), taker);
    Some(end + rest.len())
}
