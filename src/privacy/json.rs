//! Identities in JSON: by the names of properties, and in any text. Everything else stays as it was written.

use std::borrow::Cow;

use super::{Privacy, Treatment};

/// An object or array that is open.
struct Frame {
    is_object: bool,
    /// For the values in it that no property names.
    treatment: Treatment,
}

impl Privacy {
    /// A JSON value with what is to be hidden in it hidden; borrowed when that is nothing. Text that is no JSON is
    /// treated as text.
    pub(super) fn json<'t>(&self, text: &'t str, treatment: Treatment, depth: usize) -> Cow<'t, str> {
        match self.walk(text, treatment, depth) {
            Some(new) if new == text => Cow::Borrowed(text),
            Some(new) => Cow::Owned(new),
            None => self.text(text, treatment, usize::MAX),
        }
    }

    /// `None` when the text is no JSON.
    fn walk(&self, text: &str, outer: Treatment, depth: usize) -> Option<String> {
        let mut new = String::with_capacity(text.len());
        let mut open: Vec<Frame> = Vec::new();
        // Of the value that comes next.
        let mut treatment = outer;
        let mut is_name = false;
        let mut at = 0;
        while let Some(byte) = text.as_bytes().get(at) {
            let starts_value = !is_name && !matches!(byte, b',' | b':' | b']' | b'}') && !byte.is_ascii_whitespace();
            if starts_value && treatment == Treatment::Empty {
                at = end_of_value(text, at)?;
                new.push_str("null");
                continue;
            }
            match byte {
                b'{' | b'[' => {
                    open.push(Frame { is_object: *byte == b'{', treatment });
                    is_name = *byte == b'{';
                    new.push(char::from(*byte));
                    at += 1;
                }
                b'}' | b']' => {
                    open.pop()?;
                    is_name = false;
                    new.push(char::from(*byte));
                    at += 1;
                }
                b'"' => {
                    let end = end_of_text(text, at)?;
                    let string: String = serde_json::from_str(&text[at..end]).ok()?;
                    let around = open.last().map_or(outer, |frame| frame.treatment);
                    let hidden = match is_name {
                        true => self.text(&string, Treatment::Within(super::Addresses::Masked), depth),
                        false => self.text(&string, treatment, depth),
                    };
                    match &hidden {
                        Cow::Borrowed(_) => new.push_str(&text[at..end]),
                        Cow::Owned(hidden) => new.push_str(&serde_json::Value::from(hidden.as_str()).to_string()),
                    }
                    if is_name {
                        treatment = match (around, self.treatment(&string)) {
                            (Treatment::Whole, Treatment::Within(_)) => Treatment::Whole,
                            (_, named) => named,
                        };
                        is_name = false;
                    }
                    at = end;
                }
                b',' => {
                    let frame = open.last()?;
                    (is_name, treatment) = (frame.is_object, frame.treatment);
                    new.push(',');
                    at += 1;
                }
                b':' => {
                    new.push(':');
                    at += 1;
                }
                byte if byte.is_ascii_whitespace() => {
                    new.push(char::from(*byte));
                    at += 1;
                }
                _ => {
                    let end = end_of_value(text, at)?;
                    self.plain(&text[at..end], treatment, &mut new);
                    at = end;
                }
            }
        }
        open.is_empty().then_some(new)
    }

    /// A number or a word.
    fn plain(&self, value: &str, treatment: Treatment, new: &mut String) {
        let is_number = value.starts_with(|c: char| c.is_ascii_digit() || c == '-');
        let key = self.key.as_ref().filter(|_| is_number && treatment == Treatment::Whole);
        match key.and_then(|key| key.pseudonym(value)) {
            Some(pseudonym) => new.push_str(&serde_json::Value::from(pseudonym).to_string()),
            None => new.push_str(value),
        }
    }
}

/// Where the text that begins at an offset ends.
fn end_of_text(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut end = at + 1;
    loop {
        match bytes.get(end)? {
            b'\\' => end += 2,
            b'"' => return Some(end + 1),
            _ => end += 1,
        }
    }
}

/// Where the value that begins at an offset ends.
fn end_of_value(text: &str, at: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let (mut end, mut depth) = (at, 0usize);
    loop {
        match bytes.get(end) {
            None => return (depth == 0).then_some(end),
            Some(b'"') => {
                end = end_of_text(text, end)?;
                if depth == 0 {
                    return Some(end);
                }
            }
            Some(b'{' | b'[') => {
                depth += 1;
                end += 1;
            }
            Some(b'}' | b']') if depth <= 1 => return Some(end + depth),
            Some(b'}' | b']') => {
                depth -= 1;
                end += 1;
            }
            Some(b',' | b':') if depth == 0 => return Some(end),
            Some(byte) if depth == 0 && byte.is_ascii_whitespace() => return Some(end),
            Some(_) => end += 1,
        }
    }
}
