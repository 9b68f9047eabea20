//! Objects and arrays over any number of lines, one behind the other: a `{"records": […]}`, an array, pretty-printed
//! records.

use super::super::json::{Members, Node, OpenEnds, Parser};
use super::{Found, Lines, Sink, unwrap};

/// Finds the records of a run of values. The elements of an array at the top are read one by one, so that the broken
/// one spoils no other.
pub(crate) fn read(text: &str, sink: &mut Sink<'_>) {
    let mut lines = Lines::new(text);
    let mut at = 0;
    while let Some(start) = next_value(text, at) {
        at = read_one(text, start, &mut lines, sink);
    }
}

/// Where the next value begins: behind blanks, separators, and brackets of arrays at the top.
fn next_value(text: &str, from: usize) -> Option<usize> {
    let skipped = |b: &u8| matches!(b, b' ' | b'\n' | b'\r' | b'\t' | b',' | b'[' | b']');
    let start = from + text.as_bytes()[from..].iter().take_while(|b| skipped(b)).count();
    (start < text.len()).then_some(start)
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

/// Where reading can go on after something broken: the next line that begins an object as deep as this one.
fn resume(text: &str, start: usize) -> usize {
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
    text.len()
}
