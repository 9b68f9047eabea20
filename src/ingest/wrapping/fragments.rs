//! Text with pieces of records in it: fields in one place, several `"properties": {…}` behind, prose between.

use super::super::json::{Members, Node, OpenEnds, Parser};
use super::super::repair::Repair;
use super::{Found, Lines, Taker, unwrap};

/// Finds the records of a text.
///
/// A line that begins with `{` or `[` begins a value. A line that begins with `"name":` is a member: `properties`
/// makes a record, every other is kept and goes for the records behind it, until the same name comes again. Other
/// lines are prose.
pub(crate) fn read(text: &str, taker: &mut dyn Taker) {
    let mut lines = Lines::new(text);
    let mut shared = Members::new();
    let mut at = 0;
    while at < text.len() {
        let line_end = memchr::memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |end| at + end + 1);
        let start = at + text[at..line_end].len() - text[at..line_end].trim_start().len();
        at = match text.as_bytes().get(start) {
            Some(b'"') => read_member(text, start, &mut shared, &mut lines, taker).unwrap_or(line_end),
            Some(b'{' | b'[') => read_value(text, start, &shared, &mut lines, taker).unwrap_or(line_end),
            _ => line_end,
        };
    }
}

/// Reads a member outside of any object; nothing when the line is prose in quotes.
fn read_member<'a>(
    text: &'a str,
    start: usize,
    shared: &mut Members<'a>,
    lines: &mut Lines<'a>,
    taker: &mut dyn Taker,
) -> Option<usize> {
    let mut parser = Parser::new(text, start, OpenEnds::Close);
    let (name, value) = match parser.member() {
        Ok(member) => member?,
        Err(fault) => {
            let end = (fault.at + 1).min(text.len());
            let end = memchr::memchr(b'\n', &text.as_bytes()[end - 1..]).map_or(text.len(), |line| end + line);
            let text = text[start..end].trim_end();
            taker.found(Found::Reject { place: lines.place(start), reason: fault.reason, text });
            return Some(end);
        }
    };
    let whole = &text[start..parser.at];
    if name.eq_ignore_ascii_case("properties") && matches!(value, Node::Object(_)) {
        let mut repairs = parser.repairs;
        repairs.add(Repair::SharedFields);
        unwrap(Node::Object(vec![(name, value)]), shared, (lines.place(start), whole, repairs), taker);
    } else {
        shared.retain(|(known, _)| !known.eq_ignore_ascii_case(&name));
        shared.push((name, value));
    }
    Some(behind(text, parser.at))
}

/// Reads an object or array; nothing when the line only looks like one.
fn read_value<'a>(
    text: &'a str,
    start: usize,
    shared: &Members<'a>,
    lines: &mut Lines<'a>,
    taker: &mut dyn Taker,
) -> Option<usize> {
    let mut parser = Parser::new(text, start, OpenEnds::Close);
    let inside = text[start..].trim_start_matches(['{', '[', ' ', '\t', '\r', '\n']);
    if !inside.starts_with('"') {
        return None;
    }
    match parser.value() {
        Ok(node) => {
            let place = lines.place(start);
            unwrap(node, shared, (place, &text[start..parser.at], parser.repairs), taker);
            Some(behind(text, parser.at))
        }
        Err(fault) => {
            let place = lines.place(start);
            let end =
                memchr::memchr(b'\n', &text.as_bytes()[fault.at..]).map_or(text.len(), |line| fault.at + line + 1);
            taker.found(Found::Reject { place, reason: fault.reason, text: text[start..end].trim_end() });
            Some(end)
        }
    }
}

/// The place behind the comma that may follow.
fn behind(text: &str, at: usize) -> usize {
    let rest = text[at..].trim_start_matches([' ', '\t']);
    match rest.strip_prefix(',') {
        Some(rest) => text.len() - rest.len(),
        None => at,
    }
}
