//! How records are wrapped in a text: one small file per shape. Each finds objects; what they mean is found later.

pub(super) mod csv;
pub(super) mod fragments;
pub(super) mod lines;
pub(super) mod results;
pub(super) mod values;

use super::json::{Members, Node};
use super::record::{Place, RawRecord, member};
use super::repair::Repairs;
use crate::types::Type;

/// Something that was found in a file.
pub(super) enum Found<'a> {
    /// An object that should be a record.
    Record(RawRecord<'a>),
    /// Text that is no object and cannot be made one.
    Reject {
        /// Where it begins.
        place: Place,
        /// What is wrong.
        reason: String,
        /// The text.
        text: &'a str,
    },
}

/// What is done with what is found.
pub(super) trait Taker {
    /// Takes a record or a reject.
    fn found(&mut self, found: Found<'_>);

    /// Takes the sound record that begins at an offset the fast way, and tells its end; nothing when it must be read
    /// with more care.
    fn sound(&mut self, _text: &str, _at: usize) -> Option<usize> {
        None
    }

    /// Learns the names of the columns of the rows that follow, and their types where they are told.
    fn header(&mut self, _columns: &[(String, Option<Type>)]) {}
}

/// How the records of a file are wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrapping {
    /// JSON Lines: one object per line.
    Lines,
    /// Objects and arrays over any number of lines, one behind the other.
    Values,
    /// Text with pieces of records in it, as pasted from documentation or a ticket.
    Fragments,
    /// A table as text, with a header.
    Csv,
}

impl Wrapping {
    /// Looks at the content, never at the name: at the beginning of a text, or all of it.
    pub(super) fn detect(text: &str) -> Wrapping {
        let first = text.trim_start();
        let mut lines = first.lines().map(str::trim).filter(|line| !line.is_empty()).take(LOOKED_AT);
        let head = lines.next().unwrap_or_default();
        if is_record(head) {
            return Wrapping::Lines;
        }
        let wraps = results::wrapper(first).is_some();
        let is_array = first.strip_prefix('[').is_some_and(|rest| rest.trim_start().starts_with(['{', '[', ']', '"']));
        if wraps || is_array {
            return Wrapping::Values;
        }
        let (count, wholes) =
            lines.fold((1, 0), |(count, wholes), line| (count + 1, wholes + usize::from(is_record(line))));
        // The only line of a file that is still being written; or lines of which the first is broken.
        if (count == 1 && first.starts_with('{')) || wholes * 2 > count {
            return Wrapping::Lines;
        }
        match first.starts_with(['{', '[']) {
            true => Wrapping::Values,
            false if csv::is_csv(text) => Wrapping::Csv,
            false => Wrapping::Fragments,
        }
    }

    /// Finds the records of a whole text.
    pub(super) fn read(self, text: &str, taker: &mut dyn Taker) {
        match self {
            Wrapping::Lines => lines::read(text, taker),
            Wrapping::Values => values::read(text, taker),
            Wrapping::Fragments => fragments::read(text, taker),
            Wrapping::Csv => csv::read(text, taker),
        }
    }
}

/// Whether a line looks like a whole record.
pub(super) fn is_record(line: &str) -> bool {
    let line = line.trim();
    line.starts_with('{') && line.trim_end_matches(',').ends_with('}')
}

/// Lines that tell the wrapping.
const LOOKED_AT: usize = 20;

/// Hands on the records of a value: of an array each element, of a `{"records": […]}` each record.
pub(super) fn unwrap<'a>(
    node: Node<'a>,
    shared: &'a Members<'a>,
    at: (Place, &'a str, Repairs),
    taker: &mut dyn Taker,
) {
    let (place, text, repairs) = at;
    match node {
        Node::Object(mut members) => {
            let wraps = |member: &(_, Node<'a>)| is_records(member) && matches!(member.1, Node::Array(_));
            match members.iter().position(wraps) {
                Some(records) => unwrap(members.swap_remove(records).1, shared, at, taker),
                None => {
                    let complete = is_complete(&members);
                    let shared = if complete { &[][..] } else { shared };
                    taker.found(Found::Record(RawRecord { shared, members, place, text, repairs }));
                }
            }
        }
        Node::Array(elements) => {
            let mut repairs = repairs;
            for element in elements {
                // What was mended in the whole array is counted once.
                unwrap(element, shared, (place, text, std::mem::take(&mut repairs)), taker);
            }
        }
        Node::Null | Node::Bool(_) | Node::Number(_) | Node::Text(_) => {
            taker.found(Found::Reject { place, reason: "a value that is no object".to_owned(), text });
        }
    }
}

fn is_records(member: &(std::borrow::Cow<'_, str>, Node<'_>)) -> bool {
    member.0.eq_ignore_ascii_case("records")
}

/// Whether an object tells its table by itself, so that fields which stand apart are not meant for it.
fn is_complete(members: &Members<'_>) -> bool {
    let tells = |members: &Members<'_>| ["category", "Type"].iter().any(|name| member(members, name).is_some());
    match member(members, "properties") {
        Some(Node::Object(properties)) => tells(members) || member(properties, "Type").is_some(),
        _ => tells(members),
    }
}

/// Turns byte offsets, which must not go back, into lines.
pub(super) struct Lines<'a> {
    text: &'a str,
    at: usize,
    line: u64,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self::from(text, 0, 1)
    }

    /// Begins at an offset that is on a known line.
    pub(super) fn from(text: &'a str, at: usize, line: u64) -> Self {
        Self { text, at, line }
    }

    /// The place of an offset.
    pub(super) fn place(&mut self, offset: usize) -> Place {
        let passed = &self.text.as_bytes()[self.at.min(offset)..offset];
        self.line += memchr::memchr_iter(b'\n', passed).count() as u64;
        self.at = offset;
        Place { line: self.line, offset: offset as u64 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, wrapping: Wrapping, found: &[&str]) {
        assert_eq!(Wrapping::detect(text), wrapping, "{text}");
        let mut got = Got(Vec::new());
        wrapping.read(text, &mut got);
        assert_eq!(got.0, found, "{text}");
    }

    struct Got(Vec<String>);

    impl Taker for Got {
        fn found(&mut self, found: Found<'_>) {
            self.0.push(match found {
                Found::Record(record) => format!("{}: {}", record.place.line, record.text),
                Found::Reject { place, text, .. } => format!("{}! {text}", place.line),
            });
        }
    }

    #[test]
    fn the_broken_record_spoils_no_other() {
        let broken = r#"{"c":oops}"#;
        check(
            "{\"a\":1}\n{\"c\":oops}\n{\"b\":2}",
            Wrapping::Lines,
            &["1: {\"a\":1}", "2! {\"c\":oops}", "3: {\"b\":2}"],
        );
        for text in [
            format!("{{\"records\":[{{\"a\":1}},{broken},{{\"b\":2}}]}}"),
            format!("[{{\"a\":1}},{broken},{{\"b\":2}}]"),
        ] {
            let wrapping = if text.starts_with('{') { Wrapping::Lines } else { Wrapping::Values };
            check(&text, wrapping, &["1: {\"a\":1}", "1! {\"c\":oops}", "1: {\"b\":2}"]);
        }
        let unclosed = "[{\"a\":1},{\"c\":\"oops},{\"b\":2}]";
        check(unclosed, Wrapping::Values, &["1: {\"a\":1}", "1! {\"c\":\"oops}", "1: {\"b\":2}"]);
        let lines = "[\n {\"a\":\n 1},\n {\"c\":\"oops},\n {\"b\":2}]";
        check(lines, Wrapping::Values, &["2: {\"a\":\n 1}", "4! {\"c\":\"oops},", "5: {\"b\":2}"]);
    }

    #[test]
    fn shapes_are_detected() {
        let check = |text: &str, wrapping: Wrapping| assert_eq!(Wrapping::detect(text), wrapping, "{text}");
        check("", Wrapping::Fragments);
        check("{\"time\":", Wrapping::Lines);
        check("{\n  \"time\": 1\n}", Wrapping::Values);
        check(" [", Wrapping::Values);
        check("oken\":1}\n{\"a\":1}\n{\"a\":2}\n", Wrapping::Lines);
        check("See this:\n{\"a\":1}\n", Wrapping::Fragments);
        check("\"properties\": {\n}\n", Wrapping::Fragments);
    }
}
