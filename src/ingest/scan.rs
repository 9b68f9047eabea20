//! The fast way through a sound record: one pass, no tree. Whatever is not sound is left to [`super::json`].

use std::borrow::Cow;
use std::ops::Range;

use super::alike::SlotId;
use super::json::{Node, OpenEnds, Parser, is_number};
use super::keys::{Key, Keys, Role, START};

/// The members of a record, those of `properties` apart. It is emptied and used again for each record.
#[derive(Default)]
pub(super) struct Flat<'a> {
    /// The members of the object.
    pub(super) members: Vec<(Key, Node<'a>)>,
    /// Those below `properties`.
    pub(super) properties: Vec<(Key, Node<'a>)>,
    /// Whether there was a `properties`.
    pub(super) has_properties: bool,
    /// Where the values stand that tell the table.
    pub(super) telling: Vec<(SlotId, Range<usize>)>,
}

impl Flat<'_> {
    /// The same, empty, for the members of another text. Its memory is used again.
    pub(super) fn emptied<'b>(self) -> Flat<'b> {
        let emptied = |mut members: Vec<(Key, Node<'_>)>| {
            members.clear();
            members.into_iter().map(|(key, _)| (key, Node::Null)).collect()
        };
        let Flat { members, properties, telling, .. } = self;
        Flat { members: emptied(members), properties: emptied(properties), has_properties: false, telling }
    }
}

/// What was found where a record should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scanned {
    /// A sound object, which ends at this offset.
    Record(usize),
    /// Anything else: not sound, cut off, or something that wraps records.
    Other,
}

/// Reads the object that begins at an offset.
pub(super) fn record<'a>(text: &'a str, at: usize, keys: &mut Keys, flat: &mut Flat<'a>) -> Scanned {
    flat.members.clear();
    flat.properties.clear();
    flat.telling.clear();
    flat.has_properties = false;
    let mut scanner = Scanner { text, at, keys };
    match scanner.object(flat, Level::Top, START) {
        Some(()) => Scanned::Record(scanner.at),
        None => Scanned::Other,
    }
}

/// Where a name of a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// Among its members.
    Top,
    /// Below `properties`.
    Properties,
}

/// Goes through a text.
pub(super) struct Scanner<'a, 'k> {
    pub(super) text: &'a str,
    pub(super) at: usize,
    pub(super) keys: &'k mut Keys,
}

impl<'a> Scanner<'a, '_> {
    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte behind blanks.
    pub(super) fn next(&mut self) -> Option<u8> {
        loop {
            match self.peek()? {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                other => return Some(other),
            }
        }
    }

    fn object(&mut self, flat: &mut Flat<'a>, level: Level, mut before: Key) -> Option<()> {
        self.expect(b'{')?;
        if self.next()? == b'}' {
            self.at += 1;
            return Some(());
        }
        loop {
            let key = self.key(before)?;
            before = key;
            let next = self.next()?;
            match self.keys.role(key) {
                Role::Properties if level == Level::Top && next == b'{' => {
                    if flat.has_properties {
                        return None;
                    }
                    flat.has_properties = true;
                    self.object(flat, Level::Properties, key)?;
                }
                Role::Wrapper if level == Level::Top && matches!(next, b'[' | b'{') => return None,
                role => {
                    let start = self.at;
                    let value = self.value(next)?;
                    if role != Role::Plain {
                        flat.telling.push(((level, key), start..self.at));
                    }
                    match level {
                        Level::Top => flat.members.push((key, value)),
                        Level::Properties => flat.properties.push((key, value)),
                    }
                }
            }
            match self.next()? {
                b',' => {
                    self.at += 1;
                    if self.next()? != b'"' {
                        return None;
                    }
                }
                b'}' => {
                    self.at += 1;
                    return Some(());
                }
                _ => return None,
            }
        }
    }

    pub(super) fn expect(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then(|| self.at += 1)
    }

    /// Reads `"name":`. Names with escapes are left to others.
    pub(super) fn key(&mut self, before: Key) -> Option<Key> {
        if let Some((key, length)) = self.keys.guess(before, &self.text.as_bytes()[self.at..]) {
            self.at += length;
            return Some(key);
        }
        self.expect(b'"')?;
        let rest = &self.text.as_bytes()[self.at..];
        let length = memchr::memchr3(b'"', b'\\', b'\n', rest).filter(|end| rest[*end] == b'"')?;
        let key = self.keys.id(&self.text[self.at..self.at + length]);
        self.at += length + 1;
        self.expect(b':')?;
        self.keys.follow(before, key);
        Some(key)
    }

    pub(super) fn value(&mut self, first: u8) -> Option<Node<'a>> {
        match first {
            b'"' => self.string(),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.word("true", Node::Bool(true)),
            b'f' => self.word("false", Node::Bool(false)),
            b'n' => self.word("null", Node::Null),
            _ => self.tree(),
        }
    }

    fn string(&mut self) -> Option<Node<'a>> {
        match self.plain_string() {
            Ok(text) => Some(Node::Text(Cow::Borrowed(text))),
            Err(b'\\') => self.tree(),
            Err(_) => None,
        }
    }

    /// Reads a string without escapes. The error is the byte that stands in the way, and nothing is read then.
    pub(super) fn plain_string(&mut self) -> Result<&'a str, u8> {
        let start = self.at + 1;
        let rest = &self.text.as_bytes()[start..];
        let length = memchr::memchr3(b'"', b'\\', b'\n', rest).ok_or(b'\n')?;
        if rest[length] != b'"' {
            return Err(rest[length]);
        }
        self.at = start + length + 1;
        Ok(&self.text[start..start + length])
    }

    /// Where the string ends that begins here, however its escapes may be.
    pub(super) fn end_of_string(&self) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let mut at = self.at + 1;
        loop {
            at += memchr::memchr2(b'"', b'\\', bytes.get(at..)?)?;
            match bytes[at] {
                b'"' => return Some(at + 1),
                _ => at += 2,
            }
        }
    }

    /// A value that takes more care, read by the other parser; nothing when that had to mend something.
    fn tree(&mut self) -> Option<Node<'a>> {
        let mut parser = Parser::new(self.text, self.at, OpenEnds::Refuse);
        let node = parser.value().ok()?;
        if parser.repairs.iter().next().is_some() {
            return None;
        }
        self.at = parser.at;
        Some(node)
    }

    fn number(&mut self) -> Option<Node<'a>> {
        self.digits().map(|digits| Node::Number(Cow::Borrowed(digits)))
    }

    /// Reads a number as it is written.
    pub(super) fn digits(&mut self) -> Option<&'a str> {
        let rest = &self.text.as_bytes()[self.at..];
        let length = rest.iter().take_while(|b| matches!(b, b'-' | b'+' | b'.' | b'0'..=b'9' | b'e' | b'E')).count();
        let digits = &self.text[self.at..self.at + length];
        let is_plain = matches!(digits.as_bytes(), [b'1'..=b'9', rest @ ..] if rest.iter().all(u8::is_ascii_digit));
        if !is_plain && !is_number(digits) {
            return None;
        }
        self.at += length;
        Some(digits)
    }

    fn word(&mut self, word: &str, node: Node<'a>) -> Option<Node<'a>> {
        let rest = &self.text.as_bytes()[self.at..];
        if !rest.starts_with(word.as_bytes()) || rest.get(word.len()).is_some_and(u8::is_ascii_alphanumeric) {
            return None;
        }
        self.at += word.len();
        Some(node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The members as text, or nothing when the record is not for the fast way.
    fn check(text: &str, expected: Option<&str>) {
        let mut keys = Keys::new();
        let mut flat = Flat::default();
        // The second time the names are guessed.
        for _ in 0..2 {
            let got = match record(text, 0, &mut keys, &mut flat) {
                Scanned::Record(end) => {
                    let list = |members: &[(Key, Node<'_>)]| {
                        let mut out = String::new();
                        for (key, node) in members {
                            out.push_str(&format!("{}=", keys.name(*key)));
                            node.write(&mut out);
                            out.push(' ');
                        }
                        out
                    };
                    Some(format!("{}| {}", list(&flat.members), list(&flat.properties)) + &text[end..])
                }
                Scanned::Other => None,
            };
            assert_eq!(got.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn sound_records_go_the_fast_way() {
        check(r#"{"a":1,"Properties":{"b":"x","c":[1,{}]},"d":null}"#, Some("a=1 d=null | b=\"x\" c=[1,{}] "));
        check(r#" { "a" : "\u00e4\"" , "b" : -1.5e3 , "t":true } ,"#, Some("a=\"ä\\\"\" b=-1.5e3 t=true |  ,"));
        check("{}", Some("| "));
        check(r#"{"properties":"x","a":false}"#, Some("properties=\"x\" a=false | "));
        check(r#"{"records":1}"#, Some("records=1 | "));
    }

    #[test]
    fn anything_else_does_not() {
        for text in [
            "",
            "{",
            "[1]",
            "{\"a\":1",
            "{\"a\":1,}",
            "{\"a\" 1}",
            "{\"a\":01}",
            "{\"a\":nul}",
            "{\"a\":nullx}",
            "{\"a\":\"x\n\"}",
            r#"{"a":"x" "b":1}"#,
            r#"{"a":"\q"}"#,
            r#"{"a\"":1}"#,
            r#"{"a":[1,]}"#,
            r#"{"records":[]}"#,
            r#"{"properties":{},"properties":{}}"#,
            r#"{"a":"he said "no""}"#,
            "{,}",
            "{1:2}",
        ] {
            check(text, None);
        }
    }
}
