//! Walks over JSON text without decoding it: parts that nobody asked for are only skipped.
//!
//! The text is trusted to be JSON. Where it is not, the walk ends early; it never fails and never reads past the end.

use std::borrow::Cow;

use memchr::memchr2;

/// The items of an array, as slices of its text.
pub struct Elements<'a> {
    rest: &'a str,
}

/// The properties of a bag, as names and slices of its text.
pub struct Properties<'a> {
    rest: &'a str,
}

impl<'a> Elements<'a> {
    pub(super) fn of(cell: &'a str) -> Option<Elements<'a>> {
        Some(Elements { rest: cell.trim_start().strip_prefix('[')? })
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let (value, rest) = split_value(self.rest)?;
        self.rest = after_comma(rest);
        Some(value)
    }
}

impl<'a> Properties<'a> {
    pub(super) fn of(cell: &'a str) -> Option<Properties<'a>> {
        Some(Properties { rest: cell.trim_start().strip_prefix('{')? })
    }

    /// The value of the property of a name.
    pub fn find_value(&mut self, name: &str) -> Option<&'a str> {
        while let Some((key, value)) = self.next_raw() {
            let inner = &key[1..key.len() - 1];
            if inner == name || (inner.contains('\\') && super::string(key) == name) {
                return Some(value);
            }
        }
        None
    }

    fn next_raw(&mut self) -> Option<(&'a str, &'a str)> {
        let (key, rest) = split_value(self.rest)?;
        if !key.starts_with('"') {
            return None;
        }
        let (value, rest) = split_value(rest.trim_start().strip_prefix(':')?)?;
        self.rest = after_comma(rest);
        Some((key, value))
    }
}

impl<'a> Iterator for Properties<'a> {
    type Item = (Cow<'a, str>, &'a str);

    fn next(&mut self) -> Option<(Cow<'a, str>, &'a str)> {
        let (key, value) = self.next_raw()?;
        Some((super::string(key), value))
    }
}

/// Behind a value: skips the comma. Text behind a closing bracket is dropped, so that the walk ends.
fn after_comma(rest: &str) -> &str {
    rest.trim_start().strip_prefix(',').unwrap_or("")
}

/// The value at the start of the text, and the text behind it; nothing at a closing bracket or at the end.
fn split_value(text: &str) -> Option<(&str, &str)> {
    let text = text.trim_start();
    let bytes = text.as_bytes();
    let end = match bytes.first()? {
        b'"' => end_of_string(bytes, 0)?,
        b'[' | b'{' => end_of_nested(bytes)?,
        b']' | b'}' | b',' | b':' => return None,
        _ => bytes
            .iter()
            .position(|b| matches!(b, b',' | b']' | b'}' | b':') || b.is_ascii_whitespace())
            .unwrap_or(bytes.len()),
    };
    Some(text.split_at(end))
}

/// The position behind the string whose opening quote is at `start`.
fn end_of_string(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        at += memchr2(b'"', b'\\', bytes.get(at..)?)?;
        if bytes[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// The position behind the array or bag at the start.
fn end_of_nested(bytes: &[u8]) -> Option<usize> {
    let (mut at, mut depth) = (0, 0usize);
    loop {
        match bytes.get(at)? {
            b'"' => {
                at = end_of_string(bytes, at)?;
                continue;
            }
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth -= 1,
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
}
