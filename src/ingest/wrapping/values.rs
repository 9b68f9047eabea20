//! Objects and arrays over any number of lines, one behind the other: a `{"records": […]}`, an array, pretty-printed
//! records.

use super::super::json::{Members, Node, OpenEnds, Parser};
use super::{Found, Lines, Sink, unwrap};

/// Finds the records of a run of values.
pub(crate) fn read(text: &str, sink: &mut Sink<'_>) {
    read_from(text, 0, &mut Lines::new(text), sink);
}

/// Finds the records from an offset to the end of a text. The elements of an array at the top, and those of
/// `records`, are read one by one, so that the broken one spoils no other.
pub(super) fn read_from(text: &str, at: usize, lines: &mut Lines<'_>, sink: &mut Sink<'_>) {
    let mut at = at;
    while let Some(start) = next_value(text, at) {
        at = read_one(text, start, lines, sink);
    }
}

/// Where the next value begins: behind blanks, separators, brackets of arrays at the top, and what wraps records.
fn next_value(text: &str, from: usize) -> Option<usize> {
    let skipped = |b: &u8| matches!(b, b' ' | b'\n' | b'\r' | b'\t' | b',' | b'[' | b']' | b'}');
    let mut start = from;
    loop {
        start += text.as_bytes()[start..].iter().take_while(|b| skipped(b)).count();
        match records_start(&text[start..]) {
            Some(inside) => start += inside,
            None => return (start < text.len()).then_some(start),
        }
    }
}

/// The place behind `{"records": [`, if the text begins so.
pub(super) fn records_start(text: &str) -> Option<usize> {
    let rest = text.strip_prefix('{')?.trim_start().strip_prefix('"')?;
    let (name, rest) = rest.split_at_checked("records".len())?;
    let rest = rest.strip_prefix('"')?.trim_start().strip_prefix(':')?.trim_start().strip_prefix('[')?;
    name.eq_ignore_ascii_case("records").then_some(text.len() - rest.len())
}

fn read_one(text: &str, start: usize, lines: &mut Lines<'_>, sink: &mut Sink<'_>) -> usize {
    let place = lines.place(start);
    let mut parser = Parser::new(text, start, OpenEnds::Close);
    let reason = match parser.value() {
        Ok(node @ Node::Object(_)) => {
            let whole = &text[start..parser.at];
            unwrap(node, &Members::new(), (place, whole, parser.repairs), sink);
            return parser.at;
        }
        Ok(Node::Null | Node::Bool(_) | Node::Number(_) | Node::Text(_) | Node::Array(_)) => {
            "a value that is no object".to_owned()
        }
        Err(fault) => fault.reason,
    };
    let end = resume(text, start);
    sink(Found::Reject { place, reason, text: text[start..end].trim_end() });
    end
}

/// Where reading can go on after something broken: behind its last brace, when its braces are sound; else at the next
/// line that begins an object as deep as this one; else at the next thing that looks like the start of a record.
fn resume(text: &str, start: usize) -> usize {
    if let Some(end) = object_end(text, start) {
        return end;
    }
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let indent = &text[line_start..start];
    let mut at = start;
    while let Some(end) = memchr::memchr(b'\n', &text.as_bytes()[at..]) {
        at += end + 1;
        let line = &text[at..];
        if line.strip_prefix(indent).unwrap_or(line).starts_with('{') {
            return at;
        }
    }
    memchr::memmem::find(&text.as_bytes()[start..], b",{\"").map_or(text.len(), |next| start + next)
}

/// The place behind the brace that closes the object, if its braces and quotes come in pairs.
fn object_end(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut depth, mut at) = (0usize, start);
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'{' => depth += 1,
            b'}' if depth <= 1 => return (depth == 1).then_some(at + 1),
            b'}' => depth -= 1,
            b'"' => at = string_end(bytes, at)?,
            _ if depth == 0 => return None,
            _ => {}
        }
        at += 1;
    }
    None
}

/// The place of the quote that closes a string on the same line.
fn string_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        match bytes.get(at)? {
            b'"' => return Some(at),
            b'\n' => return None,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}
