//! The words of a management command, read from left to right.

use crate::span::Span;
use crate::syntax::ast::{ExprKind, StatementKind};
use crate::syntax::{self, Token, TokenKind};
use crate::value::Value;

/// What of a command was not read yet.
#[derive(Clone)]
pub(super) struct Words<'t> {
    tokens: Vec<Token<'t>>,
    at: usize,
    start: usize,
}

impl<'t> Words<'t> {
    /// The words of a command that stands at a place of the request.
    pub(super) fn new(text: &'t str, span: Span) -> Words<'t> {
        let (tokens, _) = syntax::lex(text);
        Words { tokens, at: 0, start: span.range().start }
    }

    fn peek(&self) -> Option<&Token<'t>> {
        self.tokens.get(self.at).filter(|token| token.kind != TokenKind::End)
    }

    /// The place of the next word, or the end.
    pub(super) fn span(&self) -> Span {
        let span = self.tokens.get(self.at).map_or(Span::new(0, 0), |token| token.span);
        Span::new(self.start + span.range().start, self.start + span.range().end)
    }

    /// Whether everything was read.
    pub(super) fn done(&self) -> bool {
        self.peek().is_none()
    }

    /// Reads these words, such as `.set-or-append`, if they come next.
    pub(super) fn take(&mut self, words: &str) -> bool {
        let mut rest = words;
        let mut at = self.at;
        while !rest.is_empty() {
            let Some(token) = self.tokens.get(at).filter(|token| token.kind != TokenKind::End) else { return false };
            let head = rest.get(..token.text.len()).filter(|head| head.eq_ignore_ascii_case(token.text));
            let Some(head) = head else { return false };
            let behind = &rest[head.len()..];
            // A word must end where the token does.
            let cut = behind.starts_with(|c: char| c.is_alphanumeric() || c == '_');
            if cut && head.ends_with(|c: char| c.is_alphanumeric() || c == '_') {
                return false;
            }
            rest = behind.trim_start();
            at += 1;
        }
        self.at = at;
        true
    }

    /// Reads a name, with or without brackets.
    pub(super) fn name(&mut self) -> Option<String> {
        let token = *self.peek()?;
        match token.kind {
            TokenKind::Ident | TokenKind::Keyword(_) => {
                self.at += 1;
                Some(token.text.to_owned())
            }
            TokenKind::OpenBracket => {
                let mut inner = self.clone();
                inner.at += 1;
                let name = inner.text()?;
                if !inner.take("]") {
                    return None;
                }
                *self = inner;
                Some(name)
            }
            TokenKind::String => self.text(),
            _ => None,
        }
    }

    /// Reads names in parentheses.
    pub(super) fn names(&mut self) -> Option<Vec<String>> {
        let mut inner = self.clone();
        let mut names = Vec::new();
        if !inner.take("(") {
            return None;
        }
        loop {
            names.push(inner.name()?);
            if inner.take(")") {
                *self = inner;
                return Some(names);
            }
            if !inner.take(",") {
                return None;
            }
        }
    }

    /// Reads a string, an `h` in front of it taken off.
    pub(super) fn text(&mut self) -> Option<String> {
        match self.literal()? {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// Reads a constant: a literal, or a word as its text.
    pub(super) fn literal(&mut self) -> Option<Value> {
        let token = *self.peek()?;
        let value = match token.kind {
            TokenKind::Ident | TokenKind::Keyword(_) => Some(Value::String(token.text.to_owned())),
            kind if kind.is_literal() => literal(token.text),
            _ => None,
        };
        self.at += usize::from(value.is_some());
        value
    }

    /// Reads `with (name = value, …)`; nothing when it is not there, an error at the place where it is wrong.
    pub(super) fn properties(&mut self) -> Result<Vec<(String, Span, Value)>, Span> {
        let mut found = Vec::new();
        if !self.take("with") {
            return Ok(found);
        }
        if !self.take("(") {
            return Err(self.span());
        }
        while !self.take(")") {
            let span = self.span();
            let name = self.name().ok_or(span)?;
            if !self.take("=") {
                return Err(self.span());
            }
            let value = self.literal().ok_or_else(|| self.span())?;
            found.push((name, span, value));
            if !self.take(",") && !self.peek().is_some_and(|token| token.kind == TokenKind::CloseParen) {
                return Err(self.span());
            }
        }
        Ok(found)
    }
}

fn literal(text: &str) -> Option<Value> {
    let parsed = syntax::parse(text);
    match parsed.query.statements.into_iter().next()?.kind {
        StatementKind::Expression(expr) => match expr.kind {
            ExprKind::Literal(value) => Some(value),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_whole() {
        let text = ".set-or-append ['a b'] with (x = 1, y='z') rest";
        let mut words = Words::new(text, Span::new(0, text.len()));
        assert!(!words.take(".set-or-app"));
        assert!(words.take(".set-or-append"));
        assert_eq!(words.name().as_deref(), Some("a b"));
        let properties = words.properties().unwrap();
        assert_eq!(properties.iter().map(|(name, ..)| name.as_str()).collect::<Vec<_>>(), ["x", "y"]);
        assert!(words.take("rest") && words.done());
    }
}
