//! JSON as people paste it: read as it stands where it is sound, mended where the fault is a known one.
//!
//! Values borrow from the text, and numbers keep their digits: an id of seventeen digits or a `3.10` reaches a text
//! column as it was written.

use std::borrow::Cow;

use memchr::memchr3;

use super::repair::{Repair, Repairs};

/// A JSON value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node<'a> {
    Null,
    Bool(bool),
    /// A number as it is written.
    Number(Cow<'a, str>),
    Text(Cow<'a, str>),
    Array(Vec<Node<'a>>),
    Object(Members<'a>),
}

/// The members of an object, in their order.
pub(super) type Members<'a> = Vec<(Cow<'a, str>, Node<'a>)>;

/// Why a text is not JSON, beyond mending.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fault {
    /// Where, in bytes from the start of the text.
    pub(super) at: usize,
    /// What is wrong.
    pub(super) reason: String,
    /// Whether the text just ended too early.
    pub(super) cut: bool,
}

/// What becomes of objects and arrays that do not end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OpenEnds {
    /// They are closed at the end of the text, and before a line that cannot belong to them.
    Close,
    /// They are faults.
    Refuse,
}

/// Bytes that a text with escapes gets at first.
const ROOM: usize = 120;

/// Values nested deeper than this are refused.
const MOST_DEPTH: usize = 100;

/// Reads values from a text, from left to right.
pub(super) struct Parser<'a> {
    text: &'a str,
    /// Where the next value is read.
    pub(super) at: usize,
    /// What was mended so far.
    pub(super) repairs: Repairs,
    open_ends: OpenEnds,
    depth: usize,
    closing: bool,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str, at: usize, open_ends: OpenEnds) -> Self {
        Self { text, at, repairs: Repairs::default(), open_ends, depth: 0, closing: false }
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    pub(super) fn blanks(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().take_while(|b| matches!(b, b' ' | b'\n' | b'\r' | b'\t')).count();
    }

    fn fault<T>(&self, at: usize, reason: impl Into<String>) -> Result<T, Fault> {
        Err(Fault { at, reason: reason.into(), cut: at >= self.text.len() })
    }

    /// Reads one value.
    pub(super) fn value(&mut self) -> Result<Node<'a>, Fault> {
        self.blanks();
        match self.peek() {
            Some(b'"') => self.string().map(Node::Text),
            Some(b'{') => self.nested(Self::object).map(Node::Object),
            Some(b'[') => self.nested(Self::array).map(Node::Array),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => self.word(),
            None => self.fault(self.at, "the text ends where a value should be"),
        }
    }

    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        if self.depth == MOST_DEPTH {
            return self.fault(self.at, format!("nested deeper than {MOST_DEPTH} levels"));
        }
        self.depth += 1;
        self.at += 1;
        let read = read(self);
        self.depth -= 1;
        self.closing &= self.depth > 0;
        read
    }

    fn object(&mut self) -> Result<Members<'a>, Fault> {
        let mut members = Members::with_capacity(8);
        loop {
            self.blanks();
            match self.peek() {
                Some(b'}') => {
                    self.at += 1;
                    return Ok(members);
                }
                Some(b',') => {
                    self.at += 1;
                    self.repairs.add(Repair::StrayComma);
                    continue;
                }
                Some(b'"') if !self.closing => {}
                _ => return self.close(members, "a name or `}`"),
            }
            match self.member()? {
                Some(member) => members.push(member),
                None => return self.close(members, "`:`"),
            }
            self.separator(b'}');
        }
    }

    fn array(&mut self) -> Result<Vec<Node<'a>>, Fault> {
        let mut elements = Vec::new();
        loop {
            self.blanks();
            match self.peek() {
                Some(b']') => {
                    self.at += 1;
                    return Ok(elements);
                }
                Some(b',') => {
                    self.at += 1;
                    self.repairs.add(Repair::StrayComma);
                    continue;
                }
                Some(b'"' | b'{' | b'[' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n') if !self.closing => {}
                _ => return self.close(elements, "a value or `]`"),
            }
            elements.push(self.value()?);
            self.separator(b']');
        }
    }

    /// What stands between two members or elements, or before the end.
    fn separator(&mut self, end: u8) {
        self.blanks();
        match self.peek() {
            Some(b',') => {
                self.at += 1;
                self.blanks();
                if self.peek() == Some(end) {
                    self.repairs.add(Repair::StrayComma);
                }
            }
            Some(b'"' | b'{' | b'[') if !self.closing => self.repairs.add(Repair::MissingComma),
            // The end; or something that the caller finds wrong.
            _ => {}
        }
    }

    /// The end of an object or array that has none, if such are closed.
    fn close<T>(&mut self, read: T, expected: &str) -> Result<T, Fault> {
        match self.open_ends {
            OpenEnds::Close if self.closing || self.is_line_start() => {
                if !self.closing {
                    self.repairs.add(Repair::Unterminated);
                }
                // What is around it has no end either.
                self.closing = self.depth > 1;
                Ok(read)
            }
            OpenEnds::Close | OpenEnds::Refuse => match self.text[self.at..].chars().next() {
                Some(found) => self.fault(self.at, format!("`{found}` where {expected} should be")),
                None => self.fault(self.at, format!("the text ends where {expected} should be")),
            },
        }
    }

    /// Whether only blanks stand between the place and the start of its line, or the end of the text.
    fn is_line_start(&self) -> bool {
        let before = self.text[..self.at].trim_end_matches([' ', '\t', '\r']);
        before.is_empty() || before.ends_with('\n') || self.at == self.text.len()
    }

    /// Reads `"name": value`. Nothing, at the same place, when there is a text but neither colon nor bracket behind it.
    pub(super) fn member(&mut self) -> Result<Option<(Cow<'a, str>, Node<'a>)>, Fault> {
        let start = self.at;
        let name = match self.string() {
            Ok(name) => name,
            Err(_) if self.open_ends == OpenEnds::Close => {
                self.at = start;
                return Ok(None);
            }
            Err(fault) => return Err(fault),
        };
        self.blanks();
        match self.peek() {
            Some(b':') => self.at += 1,
            Some(b'{' | b'[') => self.repairs.add(Repair::MissingColon),
            _ => {
                self.at = match self.open_ends {
                    OpenEnds::Close => start,
                    OpenEnds::Refuse => self.at,
                };
                return Ok(None);
            }
        }
        self.blanks();
        let start = self.at;
        let value = match self.value()? {
            Node::Text(text) => Node::Text(self.whole_text(start, text)),
            other => other,
        };
        Ok(Some((name, value)))
    }

    /// The text of a value as it was meant. When something else than a separator follows on its line, its end was a
    /// quote of its own that nobody escaped.
    fn whole_text(&mut self, start: usize, text: Cow<'a, str>) -> Cow<'a, str> {
        let bytes = self.text.as_bytes();
        let behind = |at: usize| bytes[at..].iter().find(|b| !matches!(b, b' ' | b'\t')).copied();
        let is_end = |at: usize| matches!(behind(at), None | Some(b',' | b'}' | b']' | b'\n' | b'\r'));
        // Another text is the next name, whose comma is missing.
        if is_end(self.at) || behind(self.at) == Some(b'"') {
            return text;
        }
        let inside = start + 1;
        if matches!(bytes.get(inside), Some(b'{' | b'[')) {
            let mut inner = Parser::new(self.text, inside, OpenEnds::Refuse);
            if inner.value().is_ok() && inner.peek() == Some(b'"') {
                self.at = inner.at + 1;
                self.repairs.add(Repair::UnescapedJson);
                return Cow::Borrowed(&self.text[inside..inner.at]);
            }
        }
        let line_end = memchr::memchr(b'\n', &bytes[self.at..]).map_or(bytes.len(), |end| self.at + end);
        let quotes = memchr::memchr_iter(b'"', &bytes[self.at..line_end]).map(|quote| self.at + quote);
        match quotes.into_iter().find(|quote| is_end(quote + 1)) {
            Some(quote) => {
                self.at = quote + 1;
                self.repairs.add(Repair::UnescapedQuote);
                Cow::Borrowed(&self.text[inside..quote])
            }
            None => text,
        }
    }

    /// Reads a text in quotes.
    fn string(&mut self) -> Result<Cow<'a, str>, Fault> {
        let start = self.at + 1;
        let bytes = self.text.as_bytes();
        let mut from = start;
        let mut escaped = String::new();
        loop {
            let Some(at) = memchr3(b'"', b'\\', b'\n', &bytes[from..]).map(|at| from + at) else {
                return self.fault(self.text.len(), "the text ends within a string");
            };
            match bytes[at] {
                b'"' => {
                    self.at = at + 1;
                    let rest = &self.text[from..at];
                    return Ok(match escaped.is_empty() && from == start {
                        true => Cow::Borrowed(rest),
                        false => Cow::Owned(escaped + rest),
                    });
                }
                b'\n' => return self.fault(at, "the line ends within a string"),
                _ => {
                    if from == start {
                        escaped.reserve(at - start + ROOM);
                    }
                    escaped.push_str(&self.text[from..at]);
                    from = self.escape(at + 1, &mut escaped)?;
                }
            }
        }
    }

    /// Reads what follows a backslash; gives the place behind it.
    fn escape(&mut self, at: usize, out: &mut String) -> Result<usize, Fault> {
        let Some(next) = self.text[at..].chars().next() else {
            return self.fault(self.text.len(), "the text ends within a string");
        };
        let plain = match next {
            '"' | '\\' | '/' => next,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => return Ok(self.code_point(at + 1, out)),
            other => {
                self.repairs.add(Repair::UnknownEscape);
                out.push('\\');
                other
            }
        };
        out.push(plain);
        Ok(at + next.len_utf8())
    }

    /// Reads the digits of `\u0000`, and of the second half of a pair.
    fn code_point(&mut self, at: usize, out: &mut String) -> usize {
        let unit = |at: usize| self.text.get(at..at + 4).and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let second = |at: usize| (self.text.get(at..at + 2) == Some("\\u")).then(|| unit(at + 2)).flatten();
        let Some(first) = unit(at) else {
            self.repairs.add(Repair::UnknownEscape);
            out.push_str("\\u");
            return at;
        };
        if let (0xD800..0xDC00, Some(low @ 0xDC00..0xE000)) = (first, second(at + 4)) {
            let code = 0x1_0000 + ((first - 0xD800) << 10) + (low - 0xDC00);
            out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            return at + 10;
        }
        out.push(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
        at + 4
    }

    fn number(&mut self) -> Result<Node<'a>, Fault> {
        let rest = &self.text[self.at..];
        let length = rest.bytes().take_while(|b| matches!(b, b'-' | b'+' | b'.' | b'0'..=b'9' | b'e' | b'E')).count();
        let digits = &rest[..length];
        if !is_number(digits) {
            return self.fault(self.at, format!("`{digits}` is not a number"));
        }
        self.at += length;
        Ok(Node::Number(Cow::Borrowed(digits)))
    }

    fn word(&mut self) -> Result<Node<'a>, Fault> {
        let rest = &self.text[self.at..];
        let length = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let node = match &rest[..length] {
            "null" => Node::Null,
            "true" => Node::Bool(true),
            "false" => Node::Bool(false),
            "" => {
                return self
                    .fault(self.at, format!("`{}` where a value should be", rest.chars().next().unwrap_or(' ')));
            }
            other => {
                let cut = ["null", "true", "false"].iter().any(|word| word.starts_with(other));
                let at = if cut && self.at + length == self.text.len() { self.text.len() } else { self.at };
                return self.fault(at, format!("`{other}` where a value should be"));
            }
        };
        self.at += length;
        Ok(node)
    }
}

/// Whether a text is a JSON number: `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?`
pub(super) fn is_number(text: &str) -> bool {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let rest = text.strip_prefix('-').unwrap_or(text);
    let whole = digits(rest);
    if whole == 0 || (whole > 1 && rest.starts_with('0')) {
        return false;
    }
    let mut rest = &rest[whole..];
    if let Some(fraction) = rest.strip_prefix('.') {
        let count = digits(fraction);
        if count == 0 {
            return false;
        }
        rest = &fraction[count..];
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        return !exponent.is_empty() && digits(exponent) == exponent.len();
    }
    rest.is_empty()
}

impl Node<'_> {
    /// Appends the value as compact JSON.
    pub(super) fn write(&self, out: &mut String) {
        match self {
            Node::Null => out.push_str("null"),
            Node::Bool(truth) => out.push_str(if *truth { "true" } else { "false" }),
            Node::Number(digits) => out.push_str(digits),
            Node::Text(text) => write_text(text, out),
            Node::Array(elements) => {
                out.push('[');
                for (at, element) in elements.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    element.write(out);
                }
                out.push(']');
            }
            Node::Object(members) => {
                out.push('{');
                for (at, (name, value)) in members.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    write_text(name, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

/// Appends a text in quotes, escaped as JSON wants it.
pub(super) fn write_text(text: &str, out: &mut String) {
    out.reserve(text.len() + 2);
    out.push('"');
    let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    let plain = text.bytes().position(|byte| !is_plain(byte)).unwrap_or(text.len());
    out.push_str(&text[..plain]);
    for c in text[plain..].chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(text: &str, open_ends: OpenEnds) -> Result<(String, Vec<(Repair, u64)>), Fault> {
        let mut parser = Parser::new(text, 0, open_ends);
        let node = parser.value()?;
        let mut out = String::new();
        node.write(&mut out);
        Ok((out, parser.repairs.iter().collect()))
    }

    fn check(text: &str, expected: &str, repairs: &[Repair]) {
        let (out, counts) = read(text, OpenEnds::Close).unwrap();
        assert_eq!(out, expected, "{text}");
        assert_eq!(counts.iter().map(|(repair, _)| *repair).collect::<Vec<_>>(), repairs, "{text}");
    }

    #[test]
    fn sound_json_is_read_as_it_stands() {
        check(r#" {"a": [1, -2.50e+3, true, null], "b": {}} "#, r#"{"a":[1,-2.50e+3,true,null],"b":{}}"#, &[]);
        check(r#""q\" \\ \/ \u00e4 \ud83d\ude00 \n""#, "\"q\\\" \\\\ / ä 😀 \\n\"", &[]);
        check("[]", "[]", &[]);
        check(r#"{"id":99445276259151407}"#, r#"{"id":99445276259151407}"#, &[]);
    }

    #[test]
    fn known_faults_are_mended() {
        check(
            "{\"a\": \"x\"\n \"b\": 1 \"c\": {} \"d\": 2}",
            r#"{"a":"x","b":1,"c":{},"d":2}"#,
            &[Repair::MissingComma],
        );
        check(r#"[{"a":1}{"a":2},]"#, r#"[{"a":1},{"a":2}]"#, &[Repair::MissingComma, Repair::StrayComma]);
        check(r#"{"properties" {"a":1}}"#, r#"{"properties":{"a":1}}"#, &[Repair::MissingColon]);
        check("{\"p\": {\"a\": \"0\",\n\nThe next", r#"{"p":{"a":"0"}}"#, &[Repair::Unterminated]);
        check("{\"a\": 1\n\"Quoted\" words", r#"{"a":1}"#, &[Repair::MissingComma, Repair::Unterminated]);
        let payload = r#"{"p": "{"t":"v","n":{"m":[1]}}", "z": 1}"#;
        check(payload, r#"{"p":"{\"t\":\"v\",\"n\":{\"m\":[1]}}","z":1}"#, &[Repair::UnescapedJson]);
        check(
            r#"{"a": "he said "no" twice", "b": 1}"#,
            r#"{"a":"he said \"no\" twice","b":1}"#,
            &[Repair::UnescapedQuote],
        );
        check(r#"{"a": "C:\dir\new"}"#, "{\"a\":\"C:\\\\dir\\new\"}", &[Repair::UnknownEscape]);
        check(r#"["\uZZZZ"]"#, r#"["\\uZZZZ"]"#, &[Repair::UnknownEscape]);
    }

    #[test]
    fn other_faults_are_told() {
        let refused = |text: &str, at: usize, cut: bool| {
            let fault = read(text, OpenEnds::Refuse).unwrap_err();
            assert_eq!((fault.at, fault.cut), (at, cut), "{text}: {}", fault.reason);
        };
        refused(r#"{"a":1"#, 6, true);
        refused(r#"{"a":"x"#, 7, true);
        refused(r#"{"a":"#, 5, true);
        refused(r#"{"a":tr"#, 7, true);
        refused(r#"{"a":1 b}"#, 7, false);
        refused("{\"a\":\"x\n\"}", 7, false);
        refused(r#"{"a" 1}"#, 5, false);
        refused("{\"a\":NaN}", 5, false);
        refused("{\"a\":01}", 5, false);
        assert!(read(&"[".repeat(100_000), OpenEnds::Close).unwrap_err().reason.contains("nested"));
    }
}
