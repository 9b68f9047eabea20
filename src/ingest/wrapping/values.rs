//! Objects and arrays over any number of lines, one behind the other: a `{"records": […]}`, an array, pretty-printed
//! records, the result of a query.

use std::borrow::Cow;

use super::super::json::{Members, Node, OpenEnds, Parser};
use super::super::record::RawRecord;
use super::super::repair::Repairs;
use super::results::{self, Header, Wrapper, string_end};
use super::{Found, Lines, Taker, unwrap};

/// Finds the records of a run of values.
pub(crate) fn read(text: &str, taker: &mut dyn Taker) {
    Walk::default().read(text, 0, &mut Lines::new(text), Ends::Here, taker);
}

/// Whether a text is all there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Ends {
    /// It is the end of the file.
    Here,
    /// More may follow, so a value that is cut off is not broken.
    Later,
}

/// Where a reader is within what wraps the records. It lives on from one stretch of text to the next.
#[derive(Default)]
pub(in super::super) struct Walk {
    /// How many objects around are wrappers.
    wrapped: usize,
    /// The columns of the result that is read.
    header: Header,
    /// Whether rows of a result are read.
    in_rows: bool,
}

/// What reading one value came to.
enum Step {
    /// It goes on here.
    On(usize),
    /// More text is needed.
    Wait,
}

impl Walk {
    /// Finds the records from an offset on, and tells how far it came: to the end of the text, or to the start of a
    /// value that goes on beyond it. The elements of arrays at the top and of what wraps records are read one by one,
    /// so that the broken one spoils no other.
    pub(in super::super) fn read(
        &mut self,
        text: &str,
        from: usize,
        lines: &mut Lines<'_>,
        ends: Ends,
        taker: &mut dyn Taker,
    ) -> usize {
        let mut at = from;
        while let Some(byte) = text.as_bytes().get(at) {
            let step = match byte {
                b' ' | b'\n' | b'\r' | b'\t' | b',' => Step::On(at + 1),
                b']' => {
                    self.in_rows = false;
                    Step::On(at + 1)
                }
                b'}' => {
                    self.wrapped = self.wrapped.saturating_sub(1);
                    Step::On(at + 1)
                }
                b'[' if self.in_rows => self.row(text, at, lines, ends, taker),
                b'[' => Step::On(at + 1),
                b'"' if self.wrapped > 0 => self.member(text, at, lines, ends, taker),
                _ => self.value(text, at, lines, ends, taker),
            };
            match step {
                Step::On(next) => at = next,
                Step::Wait => return at,
            }
        }
        at
    }

    /// Reads a record, or enters what wraps records.
    fn value(&mut self, text: &str, start: usize, lines: &mut Lines<'_>, ends: Ends, taker: &mut dyn Taker) -> Step {
        let place = lines.place(start);
        if let Some(end) = taker.sound(text, start) {
            return Step::On(end);
        }
        if results::wrapper(&text[start..]).is_some() {
            self.wrapped += 1;
            return Step::On(start + 1);
        }
        if ends == Ends::Later && is_cut(text, start) {
            return Step::Wait;
        }
        let mut parser = Parser::new(text, start, OpenEnds::Close);
        let reason = match parser.value() {
            Ok(node @ Node::Object(_)) => {
                let whole = &text[start..parser.at];
                unwrap(node, &Members::new(), (place, whole, parser.repairs), taker);
                return Step::On(parser.at);
            }
            Ok(Node::Null | Node::Bool(_) | Node::Number(_) | Node::Text(_) | Node::Array(_)) => {
                let (end, reason) = (parser.at, "a value that is no object".to_owned());
                taker.found(Found::Reject { place, reason, text: &text[start..end] });
                return Step::On(end);
            }
            Err(fault) => fault.reason,
        };
        let end = resume(text, start);
        taker.found(Found::Reject { place, reason, text: text[start..end].trim_end() });
        Step::On(end)
    }

    /// Reads a member of what wraps records: the next wrapper, or something that is said about the records.
    fn member(&mut self, text: &str, start: usize, lines: &mut Lines<'_>, ends: Ends, taker: &mut dyn Taker) -> Step {
        let wait = |or: usize| if ends == Ends::Later { Step::Wait } else { Step::On(or) };
        let bytes = text.as_bytes();
        let Some(end) = string_end(bytes, start) else { return wait(text.len()) };
        let blank = |from: usize| bytes[from..].iter().take_while(|b| b.is_ascii_whitespace()).count() + from;
        let colon = blank(end + 1);
        match bytes.get(colon) {
            Some(b':') => {}
            Some(_) => return Step::On(end + 1),
            None => return wait(text.len()),
        }
        let value = blank(colon + 1);
        if value + 1 >= text.len() {
            return wait(text.len());
        }
        let kind = results::kind(&text[start + 1..end], &text[value..]);
        match kind {
            Some(Wrapper::Inside) => {
                self.wrapped += usize::from(bytes[value] == b'{');
                return Step::On(value + 1);
            }
            Some(Wrapper::Rows) if !self.header.is_empty() => {
                self.in_rows = true;
                taker.header(&self.header);
                return Step::On(value + 1);
            }
            Some(Wrapper::Rows | Wrapper::Columns | Wrapper::Error) | None => {}
        }
        if ends == Ends::Later && is_cut(text, value) {
            return Step::Wait;
        }
        let mut parser = Parser::new(text, value, OpenEnds::Close);
        let Ok(node) = parser.value() else {
            let end = resume(text, value).max(value + 1);
            let reason = "a member that is not sound".to_owned();
            taker.found(Found::Reject { place: lines.place(start), reason, text: text[start..end].trim_end() });
            return Step::On(end);
        };
        match kind {
            Some(Wrapper::Columns) => self.header = results::header(&node),
            Some(Wrapper::Error) => {
                let whole = &text[value..parser.at];
                let reason = results::failure(whole);
                taker.found(Found::Reject { place: lines.place(start), reason, text: whole });
            }
            Some(Wrapper::Inside | Wrapper::Rows) | None => {}
        }
        Step::On(parser.at)
    }

    /// Reads a row of a result.
    fn row(&mut self, text: &str, start: usize, lines: &mut Lines<'_>, ends: Ends, taker: &mut dyn Taker) -> Step {
        if ends == Ends::Later && is_cut(text, start) {
            return Step::Wait;
        }
        let place = lines.place(start);
        let mut parser = Parser::new(text, start, OpenEnds::Close);
        let row = match parser.value() {
            Ok(Node::Array(row)) if row.len() <= self.header.len() => row,
            outcome => {
                let reason = match outcome {
                    Ok(_) => format!("a row of more than {} cells", self.header.len()),
                    Err(fault) => fault.reason,
                };
                let end = results::value_end(text.as_bytes(), start).unwrap_or(text.len());
                taker.found(Found::Reject { place, reason, text: &text[start..end] });
                return Step::On(end);
            }
        };
        let names = self.header.iter().map(|(name, _)| Cow::Borrowed(name.as_str()));
        let members: Members<'_> = names.zip(row).collect();
        let (whole, repairs): (_, Repairs) = (&text[start..parser.at], parser.repairs);
        taker.found(Found::Record(RawRecord { shared: &[], members, place, text: whole, repairs }));
        Step::On(parser.at)
    }
}

/// Whether a value goes on beyond the text, as far as can be told.
fn is_cut(text: &str, start: usize) -> bool {
    let mut parser = Parser::new(text, start, OpenEnds::Refuse);
    match parser.value() {
        // A number may go on.
        Ok(_) => parser.at == text.len(),
        Err(fault) => fault.cut || resume(text, start) == text.len(),
    }
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
