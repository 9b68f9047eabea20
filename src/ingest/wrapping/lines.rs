//! JSON Lines: one object per line, and the broken line spoils no other.

use super::super::json::{Members, OpenEnds, Parser};
use super::super::record::Place;
use super::{Found, Lines, Sink, unwrap, values};

/// Finds the records of JSON Lines.
///
/// A line that is not an object by itself may begin one that goes over several lines, as when a pretty-printed record
/// was appended; it is taken whole when it is sound. The last line of a file that is still being written may be cut:
/// it is rejected with that reason, and read when the file has grown.
pub(crate) fn read(text: &str, sink: &mut Sink<'_>) {
    let (mut at, mut line) = (0, 1);
    while at < text.len() {
        let end = memchr::memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |end| at + end);
        let next = match read_line(&text[..end], at, line, sink) {
            Ok(()) => end,
            Err((broken, reason)) => {
                let place = Place { line, offset: broken as u64 };
                let several = if broken == at { read_several(text, at, place, sink) } else { None };
                several.unwrap_or_else(|| {
                    sink(Found::Reject { place, reason, text: text[broken..end].trim_end() });
                    end
                })
            }
        };
        line += memchr::memchr_iter(b'\n', &text.as_bytes()[at..next]).count() as u64;
        at = next;
        if text.as_bytes().get(at) == Some(&b'\n') {
            at += 1;
            line += 1;
        }
    }
}

/// Reads one line, which goes from an offset to the end of the text: one object, or several with or without commas.
/// The error tells where the line is broken, and how.
fn read_line(text: &str, at: usize, line: u64, sink: &mut Sink<'_>) -> Result<(), (usize, String)> {
    if values::records_start(text[at..].trim_start()).is_some() {
        values::read_from(text, at, &mut Lines::from(text, at, line), sink);
        return Ok(());
    }
    let mut parser = Parser::new(text, at, OpenEnds::Refuse);
    let mut start = at;
    loop {
        parser.blanks();
        if parser.peek().is_none() {
            return Ok(());
        }
        let node = parser.value().map_err(|fault| match fault.cut {
            true => (start, format!("the line is cut off: {}", fault.reason)),
            false => (start, format!("column {}: {}", fault.at - at + 1, fault.reason)),
        })?;
        let place = Place { line, offset: start as u64 };
        let repairs = std::mem::take(&mut parser.repairs);
        unwrap(node, &Members::new(), (place, &text[start..parser.at], repairs), sink);
        parser.blanks();
        if parser.peek() == Some(b',') {
            parser.at += 1;
        }
        start = parser.at;
    }
}

/// Reads a sound value that goes over several lines; gives the place behind it.
fn read_several(text: &str, at: usize, place: Place, sink: &mut Sink<'_>) -> Option<usize> {
    let mut parser = Parser::new(text, at, OpenEnds::Refuse);
    let node = parser.value().ok()?;
    let end = parser.at;
    let rest = text[end..].lines().next().unwrap_or_default();
    if !matches!(rest.trim(), "" | ",") {
        return None;
    }
    unwrap(node, &Members::new(), (place, &text[at..end], parser.repairs), sink);
    Some(end + rest.len())
}
