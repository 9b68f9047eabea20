//! Brings JSON text into the form in which cells are kept: no blanks, numbers and escapes as `serde_json` writes them.
//!
//! Most text in logs is in that form already but for blanks. One walk checks it and drops the blanks; only text that
//! has something unusual (exponents, escapes that need none, mistakes) is decoded and written anew.

use std::borrow::Cow;

use serde_json::Value as Json;

/// Deepest nesting that is walked; deeper text is left to the decoder, which has its own limit.
const DEEPEST: usize = 64;

/// The cell of JSON text: `Ok(None)` for null, `Err` when the text is not JSON.
pub fn cell(text: &str) -> Result<Option<Cow<'_, str>>, serde_json::Error> {
    let text = text.trim_matches([' ', '\t', '\r', '\n']);
    if text == "null" {
        return Ok(None);
    }
    let mut walk = Walk { bytes: text.as_bytes(), at: 0, kept: 0, out: Vec::new() };
    if walk.value(0).is_some() && walk.at == text.len() {
        if walk.out.is_empty() {
            return Ok(Some(Cow::Borrowed(text)));
        }
        walk.keep();
        if let Ok(compact) = String::from_utf8(walk.out) {
            return Ok(Some(Cow::Owned(compact)));
        }
    }
    serde_json::from_str::<Json>(text).map(|value| super::encode(&value).map(Cow::Owned))
}

struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Where the stretch starts that is not written to `out` yet.
    kept: usize,
    out: Vec<u8>,
}

impl Walk<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn keep(&mut self) {
        self.out.extend_from_slice(&self.bytes[self.kept..self.at]);
        self.kept = self.at;
    }

    fn blanks(&mut self) {
        if matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.keep();
            while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
                self.at += 1;
            }
            self.kept = self.at;
        }
    }

    /// Walks over a value; `None` when it is unusual or wrong.
    fn value(&mut self, depth: usize) -> Option<()> {
        (depth < DEEPEST).then_some(())?;
        match self.peek()? {
            b'{' => self.items(b'}', |walk| {
                walk.string()?;
                walk.blanks();
                walk.eat(b':').then_some(())?;
                walk.blanks();
                walk.value(depth + 1)
            }),
            b'[' => self.items(b']', |walk| walk.value(depth + 1)),
            b'"' => self.string(),
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ => self.number(),
        }
    }

    /// What stands between brackets, with commas.
    fn items(&mut self, close: u8, mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.at += 1;
        self.blanks();
        if self.eat(close) {
            return Some(());
        }
        loop {
            item(self)?;
            self.blanks();
            if self.eat(close) {
                return Some(());
            }
            self.eat(b',').then_some(())?;
            self.blanks();
        }
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        self.bytes[self.at..].starts_with(word).then(|| self.at += word.len())
    }

    fn string(&mut self) -> Option<()> {
        self.eat(b'"').then_some(())?;
        loop {
            match self.peek()? {
                b'"' => break,
                b'\\' => {
                    self.at += 1;
                    matches!(self.peek()?, b'"' | b'\\' | b'n' | b'r' | b't' | b'b' | b'f').then_some(())?;
                }
                0..0x20 => return None,
                _ => {}
            }
            self.at += 1;
        }
        self.at += 1;
        Some(())
    }

    fn digits(&mut self) -> usize {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        self.at - start
    }

    /// Numbers in so few digits that they are written as they are read, without exponent.
    fn number(&mut self) -> Option<()> {
        let negative = self.eat(b'-');
        let start = self.at;
        let whole = self.digits();
        let zero = self.bytes.get(start) == Some(&b'0');
        (whole > 0 && (whole == 1 || !zero)).then_some(())?;
        if !self.eat(b'.') {
            return (whole <= 18 && !(negative && zero) && !matches!(self.peek(), Some(b'e' | b'E'))).then_some(());
        }
        let start = self.at;
        let fraction = self.digits();
        let digits = &self.bytes[start..self.at];
        let shortest = digits == b"0" || digits.last() != Some(&b'0');
        let large = !zero || !digits.starts_with(b"0000");
        let plain = fraction > 0 && whole + fraction <= 15 && shortest && large;
        (plain && !matches!(self.peek(), Some(b'e' | b'E'))).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let found = cell(text).ok().flatten();
        assert_eq!(found.as_deref(), Some(expected), "{text}");
        // The decoder agrees.
        let decoded: Option<Json> = serde_json::from_str(text).ok();
        assert_eq!(decoded.map(|value| value.to_string()).as_deref(), Some(expected), "{text}");
    }

    #[test]
    fn usual_text_is_kept() {
        for text in
            ["1", "-12", "0", "0.5", "1.0", "123456.789", "true", "\"a\\n\\\"é\"", "[]", "{}", "[null,{\"a\":[1]}]"]
        {
            assert!(matches!(cell(text), Ok(Some(Cow::Borrowed(kept))) if kept == text), "{text}");
            check(text, text);
        }
        check(" { \"a\" : [ 1 , 2 ] ,\n\"b c\":\" d \" } ", r#"{"a":[1,2],"b c":" d "}"#);
    }

    #[test]
    fn unusual_text_is_written_anew() {
        check("1.50", "1.5");
        check("1e3", "1000.0");
        check("-0", "-0.0");
        check("0.00001", "0.00001");
        check("12345678901234567890", "12345678901234567890");
        check(r#""\u0041\/""#, r#""A/""#);
        check(&format!("{}{}", "[".repeat(100), "]".repeat(100)), &format!("{}{}", "[".repeat(100), "]".repeat(100)));
    }

    #[test]
    fn null_and_mistakes() {
        assert!(matches!(cell(" null "), Ok(None)));
        for text in ["", "{", "[1,]", "01", "1.", "tru", "{\"a\"}", "\"a", "1 2", "nul", "\u{a0}1", "\"\u{1}\""] {
            assert!(cell(text).is_err(), "{text}");
        }
    }
}
