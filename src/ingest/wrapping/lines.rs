//! JSON Lines: one object per line, and the broken line spoils no other.

use super::super::json::{Members, OpenEnds, Parser};
use super::super::record::Place;
use super::{Found, Sink, unwrap};

/// Finds the records of JSON Lines.
///
/// A line that is not an object by itself may begin one that goes over several lines, as when a pretty-printed record
/// was appended; it is taken whole when it is sound. The last line of a file that is still being written may be cut:
/// it is rejected with that reason, and read when the file has grown.
pub(crate) fn read(text: &str, sink: &mut Sink<'_>) {
    let (mut at, mut line) = (0, 1);
    while at < text.len() {
        let end = memchr::memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |end| at + end);
        let place = Place { line, offset: at as u64 };
        let next = match read_line(&text[..end], at, place, sink) {
            Ok(()) => end,
            Err(reason) => match read_several(text, at, place, sink) {
                Some(next) => next,
                None => {
                    sink(Found::Reject { place, reason, text: text[at..end].trim_end() });
                    end
                }
            },
        };
        line += memchr::memchr_iter(b'\n', &text.as_bytes()[at..next]).count() as u64;
        at = next;
        if text.as_bytes().get(at) == Some(&b'\n') {
            at += 1;
            line += 1;
        }
    }
}

/// Reads one line, which goes from an offset to the end of the text. The error is the reason why it cannot be read.
fn read_line(text: &str, at: usize, place: Place, sink: &mut Sink<'_>) -> Result<(), String> {
    let line = text[at..].trim_end();
    if line.trim_start().is_empty() {
        return Ok(());
    }
    let mut parser = Parser::new(text, at, OpenEnds::Refuse);
    let node = parser.value().map_err(|fault| match fault.cut {
        true => format!("the line is cut off: {}", fault.reason),
        false => format!("column {}: {}", fault.at - at + 1, fault.reason),
    })?;
    parser.blanks();
    if parser.peek() == Some(b',') {
        // Lines of an array whose brackets are missing.
        parser.at += 1;
        parser.blanks();
    }
    if parser.peek().is_some() {
        return Err(format!("column {}: more text behind the object", parser.at - at + 1));
    }
    unwrap(node, &Members::new(), (place, line, parser.repairs), sink);
    Ok(())
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
