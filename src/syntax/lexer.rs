//! Text to tokens. Blanks and comments are left out; what is no part of the language is reported and kept as `Bad`.

use crate::diagnostic::{Code, Diagnostic};
use crate::span::Span;
use crate::value::nanos_per_unit;

use super::keywords::keyword;
use super::token::{Token, TokenKind};

/// Cuts a text into tokens. The last token is always [`TokenKind::End`].
pub fn lex(text: &str) -> (Vec<Token<'_>>, Vec<Diagnostic>) {
    let mut lexer = Lexer { text, at: 0, diagnostics: Vec::new() };
    let mut tokens = Vec::with_capacity(text.len() / 4 + 1);
    loop {
        let spaced = lexer.skip_blanks();
        let start = lexer.at;
        let kind = lexer.token();
        let span = Span::new(start, lexer.at);
        tokens.push(Token { kind, text: &text[start..lexer.at], span, spaced });
        if kind == TokenKind::End {
            return (tokens, lexer.diagnostics);
        }
    }
}

struct Lexer<'t> {
    text: &'t str,
    at: usize,
    diagnostics: Vec<Diagnostic>,
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

impl<'t> Lexer<'t> {
    fn peek(&self, offset: usize) -> u8 {
        self.text.as_bytes().get(self.at + offset).copied().unwrap_or(0)
    }

    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// How many bytes from `offset` on satisfy a condition.
    fn run(&self, offset: usize, keep: impl Fn(u8) -> bool) -> usize {
        let bytes = self.text.as_bytes().get(self.at + offset..).unwrap_or_default();
        bytes.iter().take_while(|byte| keep(**byte)).count()
    }

    fn skip_blanks(&mut self) -> bool {
        let start = self.at;
        loop {
            let blanks = self.run(0, |byte| matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | 0x0b | 0x0c));
            self.at += blanks;
            if self.peek(0) == b'/' && self.peek(1) == b'/' {
                self.at += self.run(0, |byte| byte != b'\n' && byte != b'\r');
            } else if !self.peek(0).is_ascii() {
                let Some(other) = self.rest().chars().next().filter(|c| is_blank(*c)) else { break };
                self.at += other.len_utf8();
            } else if blanks == 0 {
                break;
            }
        }
        self.at > start
    }

    fn token(&mut self) -> TokenKind {
        let Some(first) = self.rest().chars().next() else { return TokenKind::End };
        match first {
            'a'..='z' | 'A'..='Z' | '_' | '$' => self.word(),
            '0'..='9' => self.number(),
            '"' | '\'' => self.string(0),
            '`' | '~' if self.starts_multi_line(0) => self.string(0),
            '@' if matches!(self.peek(1), b'"' | b'\'') || self.starts_multi_line(1) => self.string(0),
            '#' => {
                self.at += self.run(0, |byte| byte != b'\n' && byte != b'\r');
                TokenKind::Directive
            }
            _ => self.punctuation(first),
        }
    }

    fn starts_multi_line(&self, offset: usize) -> bool {
        let rest = self.text.as_bytes().get(self.at + offset..).unwrap_or_default();
        rest.starts_with(b"```") || rest.starts_with(b"~~~")
    }

    /// A keyword, a name, `true`, a typed literal such as `long(1)`, or a string with the prefix `h`.
    fn word(&mut self) -> TokenKind {
        let length = 1 + self.run(1, is_word);
        let word = &self.rest()[..length];
        if let Some(longer) = self.joined_keyword(word) {
            self.at += longer;
            return keyword(&self.text[self.at - longer..self.at]).map_or(TokenKind::Ident, TokenKind::Keyword);
        }
        if self.peek(length) == b'('
            && let Some(kind) = typed_literal(word)
        {
            return self.typed_literal(length, kind);
        }
        if let Some(keyword) = keyword(word) {
            self.at += length;
            return TokenKind::Keyword(keyword);
        }
        if matches!(word, "true" | "True" | "TRUE" | "false" | "False" | "FALSE") {
            self.at += length;
            return TokenKind::Bool;
        }
        if self.raw_guid() {
            self.at += 36;
            return TokenKind::RawGuid;
        }
        if matches!(word, "h" | "H") {
            let quote = usize::from(self.peek(1) == b'@') + 1;
            if matches!(self.peek(quote), b'"' | b'\'') || self.starts_multi_line(quote) {
                return self.string(1);
            }
        }
        self.at += length;
        TokenKind::Ident
    }

    /// The length of a keyword that goes on behind the word: `project-away`, `in~`, `hint.strategy`.
    fn joined_keyword(&self, word: &str) -> Option<usize> {
        let joint = self.peek(word.len());
        let joins = match joint {
            b'~' => word == "in",
            b'.' => word == "hint",
            b'-' => true,
            _ => false,
        };
        if !joins {
            return None;
        }
        let mut length = word.len();
        let mut found = None;
        while self.peek(length) == joint {
            length += 1 + self.run(length + 1, is_word);
            if keyword(&self.rest()[..length]).is_some() {
                found = Some(length);
            }
        }
        found
    }

    /// `long(…)`: everything up to the closing parenthesis, on one line.
    fn typed_literal(&mut self, name: usize, kind: TokenKind) -> TokenKind {
        let inner = self.run(name, |byte| !matches!(byte, b')' | b'\n' | b'\r'));
        let start = self.at;
        self.at += name + inner;
        if self.peek(0) == b')' {
            self.at += 1;
        } else {
            let message = format!("`{}` is not closed", &self.text[start..=start + name]);
            let diagnostic = Diagnostic::error(Code::Syntax, Span::new(start, self.at), message);
            self.diagnostics.push(diagnostic.label("no `)` on this line"));
        }
        kind
    }

    fn raw_guid(&self) -> bool {
        let Some(bytes) = self.rest().as_bytes().get(..36) else { return false };
        bytes.iter().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
    }

    /// A real, timespan or whole number; a name such as `2nd` otherwise.
    fn number(&mut self) -> TokenKind {
        if self.rest().starts_with("3Dchart") && !is_word(self.peek(7)) {
            self.at += 7;
            return TokenKind::Keyword(super::token::Keyword::Reserved);
        }
        if self.raw_guid() {
            self.at += 36;
            return TokenKind::RawGuid;
        }
        for (length, kind) in
            [(self.real(), TokenKind::Real), (self.timespan(), TokenKind::TimeSpan), (self.whole(), TokenKind::Long)]
        {
            if let Some(length) = length.filter(|length| !is_word(self.peek(*length))) {
                self.at += length;
                return kind;
            }
        }
        self.at += self.run(0, is_word);
        TokenKind::Ident
    }

    fn whole(&self) -> Option<usize> {
        if self.peek(0) == b'0' && matches!(self.peek(1), b'x' | b'X') {
            let digits = self.run(2, |byte| byte.is_ascii_hexdigit());
            return (digits > 0).then_some(digits + 2);
        }
        Some(self.run(0, |byte| byte.is_ascii_digit()))
    }

    fn real(&self) -> Option<usize> {
        let mut length = self.run(0, |byte| byte.is_ascii_digit());
        let point = self.peek(length) == b'.' && (self.peek(length + 1) != b'.' || self.peek(length + 2) == b'.');
        if point {
            length += 1;
            length += self.run(length, |byte| byte.is_ascii_digit());
        }
        if matches!(self.peek(length), b'e' | b'E') {
            let sign = usize::from(matches!(self.peek(length + 1), b'+' | b'-'));
            let digits = self.run(length + 1 + sign, |byte| byte.is_ascii_digit());
            if digits > 0 {
                return Some(length + 1 + sign + digits);
            }
        }
        point.then_some(length)
    }

    fn timespan(&self) -> Option<usize> {
        let mut length = self.run(0, |byte| byte.is_ascii_digit());
        if self.peek(length) == b'.' {
            let digits = self.run(length + 1, |byte| byte.is_ascii_digit());
            if digits > 0 {
                length += 1 + digits;
            }
        }
        let unit = self.run(length, |byte| byte.is_ascii_alphabetic());
        nanos_per_unit(&self.rest()[length..length + unit])?;
        Some(length + unit)
    }

    /// A string literal whose quotes come after `prefix` bytes and perhaps `@`.
    fn string(&mut self, prefix: usize) -> TokenKind {
        let start = self.at;
        self.at += prefix;
        let verbatim = self.peek(0) == b'@';
        self.at += usize::from(verbatim);
        if self.starts_multi_line(0) {
            let quote = &self.rest()[..3];
            self.at += 3;
            match self.rest().find(quote) {
                Some(length) => self.at += length + 3,
                None => {
                    self.at = self.text.len();
                    self.unclosed(start, quote);
                }
            }
            return TokenKind::String;
        }
        let quote = self.peek(0);
        self.at += 1;
        loop {
            match self.peek(0) {
                byte if byte == quote && verbatim && self.peek(1) == quote => self.at += 2,
                byte if byte == quote => {
                    self.at += 1;
                    return TokenKind::String;
                }
                b'\n' | b'\r' => break,
                0 if self.at >= self.text.len() => break,
                b'\\' if !verbatim => self.escape(),
                _ => self.at += 1,
            }
        }
        let end = self.at;
        self.at = end.min(self.text.len());
        self.unclosed(start, if quote == b'"' { "\"" } else { "'" });
        TokenKind::String
    }

    fn unclosed(&mut self, start: usize, quote: &str) {
        let span = Span::new(start, self.at);
        let diagnostic = Diagnostic::error(Code::Syntax, span, "this string is not closed");
        self.diagnostics.push(diagnostic.label(format!("no closing {quote}")));
    }

    /// Steps over an escape, and reports one that does not exist.
    fn escape(&mut self) {
        let hex = |from: usize, count: usize| self.run(from, |byte| byte.is_ascii_hexdigit()) >= count;
        let length = match self.peek(1) {
            b'\\' | b'\'' | b'"' | b'a' | b'b' | b'f' | b'n' | b'r' | b't' | b'v' => 2,
            b'u' if hex(2, 4) => 6,
            b'U' if hex(2, 8) => 10,
            b'x' if hex(2, 2) => 4,
            b'0'..=b'7' => 2,
            _ => 0,
        };
        if length > 0 {
            self.at += length;
            return;
        }
        let next = self.rest()[1..].chars().next().filter(|c| !matches!(c, '\n' | '\r'));
        let end = self.at + 1 + next.map_or(0, char::len_utf8);
        let message = format!("`{}` is not an escape", &self.text[self.at..end]);
        let diagnostic = Diagnostic::error(Code::Syntax, Span::new(self.at, end), message);
        self.diagnostics.push(diagnostic.help("write `\\\\` for a backslash, or put `@` in front of the string"));
        self.at = end;
    }

    fn punctuation(&mut self, first: char) -> TokenKind {
        let (kind, length) = match (first, self.peek(1)) {
            ('(', _) => (TokenKind::OpenParen, 1),
            (')', _) => (TokenKind::CloseParen, 1),
            ('[', _) => (TokenKind::OpenBracket, 1),
            (']', _) => (TokenKind::CloseBracket, 1),
            ('{', _) => (TokenKind::OpenBrace, 1),
            ('}', _) => (TokenKind::CloseBrace, 1),
            ('|', _) => (TokenKind::Bar, 1),
            ('+', _) => (TokenKind::Plus, 1),
            ('-', _) => (TokenKind::Minus, 1),
            ('*', _) => (TokenKind::Star, 1),
            ('/', _) => (TokenKind::Slash, 1),
            ('%', _) => (TokenKind::Percent, 1),
            ('.', b'.') => (TokenKind::DotDot, 2),
            ('.', _) => (TokenKind::Dot, 1),
            ('<', b'=') => (TokenKind::LessEqual, 2),
            ('<', b'|') => (TokenKind::LessBar, 2),
            ('<', b'>') => (TokenKind::LessGreater, 2),
            ('<', _) => (TokenKind::Less, 1),
            ('>', b'=') => (TokenKind::GreaterEqual, 2),
            ('>', _) => (TokenKind::Greater, 1),
            ('=', b'=') => (TokenKind::Equal, 2),
            ('=', b'>') => (TokenKind::Arrow, 2),
            ('=', b'~') => (TokenKind::EqualTilde, 2),
            ('=', _) => (TokenKind::Assign, 1),
            ('!', b'=') => (TokenKind::NotEqual, 2),
            ('!', b'~') => (TokenKind::NotTilde, 2),
            ('!', _) => return self.negated(),
            (':', _) => (TokenKind::Colon, 1),
            (';', _) => (TokenKind::Semicolon, 1),
            (',', _) => (TokenKind::Comma, 1),
            ('@', _) => (TokenKind::At, 1),
            ('?', _) => (TokenKind::Question, 1),
            _ => return self.bad(first),
        };
        self.at += length;
        kind
    }

    /// `!has`, `!in~`
    fn negated(&mut self) -> TokenKind {
        let length = 1 + self.run(1, is_word);
        let tilde = usize::from(self.peek(length) == b'~' && keyword(&self.rest()[..=length]).is_some());
        match keyword(&self.rest()[..length + tilde]) {
            Some(keyword) => {
                self.at += length + tilde;
                TokenKind::Keyword(keyword)
            }
            None => self.bad('!'),
        }
    }

    fn bad(&mut self, first: char) -> TokenKind {
        let start = self.at;
        self.at += first.len_utf8();
        let message = format!("`{first}` is not part of KQL");
        let mut diagnostic = Diagnostic::error(Code::Syntax, Span::new(start, self.at), message);
        diagnostic.help = match first {
            '&' => Some("write `and`".to_owned()),
            '!' => Some("write `not(…)`, or an operator such as `!has`, `!in`, `!=`".to_owned()),
            '“' | '”' | '‘' | '’' => Some("write a straight quote, `\"` or `'`".to_owned()),
            _ => None,
        };
        // One message for `&&`, not two.
        if first == '&' && self.peek(0) == b'&' {
            self.at += 1;
            diagnostic.label.span = Span::new(start, self.at);
            diagnostic.message = "`&&` is not part of KQL".to_owned();
        }
        self.diagnostics.push(diagnostic);
        TokenKind::Bad
    }
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{180e}' | '\u{200b}' | '\u{feff}')
}

pub(super) fn typed_literal(word: &str) -> Option<TokenKind> {
    Some(match word {
        "long" | "int64" => TokenKind::Long,
        "int" | "int32" => TokenKind::Int,
        "real" | "double" => TokenKind::Real,
        "decimal" => TokenKind::Decimal,
        "bool" => TokenKind::Bool,
        "datetime" | "date" => TokenKind::DateTime,
        "timespan" | "time" => TokenKind::TimeSpan,
        "guid" => TokenKind::Guid,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let (tokens, diagnostics) = lex(text);
        assert_eq!(diagnostics, [], "{text}");
        let texts: Vec<&str> = tokens.iter().map(|token| token.text).filter(|text| !text.is_empty()).collect();
        assert_eq!(texts, expected);
    }

    fn kinds(text: &str) -> Vec<TokenKind> {
        lex(text).0.iter().map(|token| token.kind).collect()
    }

    #[test]
    fn words_join_to_keywords() {
        check("T | project-away a-b", &["T", "|", "project-away", "a", "-", "b"]);
        check("a in~(b) !in~ c", &["a", "in~", "(", "b", ")", "!in~", "c"]);
        check("hint.strategy=x hint.y", &["hint.strategy", "=", "x", "hint", ".", "y"]);
        check("project-awayx", &["project", "-", "awayx"]);
    }

    #[test]
    fn numbers_and_spans() {
        use TokenKind::*;
        assert_eq!(
            kinds("1 0x1F 1.5 1. 1e3 1d 1.5h 2nd 1..5"),
            [Long, Long, Real, Real, Real, TimeSpan, TimeSpan, Ident, Long, DotDot, Long, End]
        );
        assert_eq!(kinds("long(1) datetime(2020-01-01 10:00) time (1)")[..2], [Long, DateTime]);
        assert_eq!(kinds("74be27de-1e4e-49d9-b579-fe0b331d3642"), [RawGuid, End]);
    }

    #[test]
    fn strings_of_all_forms() {
        check(r#""a\"b" 'c' @"d""e\" h'x' H@'y'"#, &[r#""a\"b""#, "'c'", r#"@"d""e\""#, "h'x'", "H@'y'"]);
        check("```a\nb``` ~~~c~~~", &["```a\nb```", "~~~c~~~"]);
        check("a // rest\n b", &["a", "b"]);
    }

    #[test]
    fn mistakes_are_reported_and_lexing_goes_on() {
        for (text, count) in [("\"a\nb", 1), (r#""\d""#, 1), ("a && b", 1), ("ä", 1), ("datetime(1", 1), ("```a", 1)] {
            assert_eq!(lex(text).1.len(), count, "{text}");
        }
    }
}
