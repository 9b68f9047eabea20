//! Colors for typed text, from the same tokens that the parser reads.

use crate::functions;
use crate::syntax::{Token, TokenKind, lex};

const KEYWORD: &str = "1;34";
const FUNCTION: &str = "36";
const STRING: &str = "32";
const NUMBER: &str = "35";
const COMMENT: &str = "90";
const BAD: &str = "1;31";
const BAR: &str = "1";
const BRACKET: &str = "1;4";

/// The text with escape codes around its tokens. Without the codes it is the same text. The bracket at the cursor
/// and its partner are marked.
pub(super) fn highlight(text: &str, cursor: usize) -> String {
    let tokens = lex(text).0;
    let pair = bracket_pair(&tokens, cursor);
    let mut out = String::with_capacity(text.len() * 2);
    let mut at = 0;
    for (index, token) in tokens.iter().enumerate() {
        let range = token.span.range();
        // What lies between tokens is blank or a comment.
        push_gap(&text[at..range.start], &mut out);
        let is_marked = pair.is_some_and(|(open, close)| index == open || index == close);
        match if is_marked { Some(BRACKET) } else { paint(token, tokens.get(index + 1)) } {
            Some(paint) => push_painted(&text[range.clone()], paint, &mut out),
            None => out.push_str(&text[range.clone()]),
        }
        at = range.end;
    }
    push_gap(&text[at..], &mut out);
    out
}

fn paint(token: &Token, next: Option<&Token>) -> Option<&'static str> {
    let is_call = next.is_some_and(|next| next.kind == TokenKind::OpenParen && !next.spaced);
    match token.kind {
        TokenKind::Ident | TokenKind::Keyword(_) if is_call && is_function(token.text) => Some(FUNCTION),
        TokenKind::Keyword(_) => Some(KEYWORD),
        TokenKind::String => Some(STRING),
        TokenKind::Bool
        | TokenKind::Int
        | TokenKind::Long
        | TokenKind::Real
        | TokenKind::Decimal
        | TokenKind::TimeSpan
        | TokenKind::DateTime
        | TokenKind::Guid
        | TokenKind::RawGuid => Some(NUMBER),
        TokenKind::Bar | TokenKind::LessBar | TokenKind::Semicolon => Some(BAR),
        TokenKind::Directive => Some(COMMENT),
        TokenKind::Bad => Some(BAD),
        _ => None,
    }
}

/// The indexes of the bracket that the cursor stands on or behind, and of its partner.
fn bracket_pair(tokens: &[Token], cursor: usize) -> Option<(usize, usize)> {
    let mut open = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::OpenParen | TokenKind::OpenBracket | TokenKind::OpenBrace => open.push(index),
            TokenKind::CloseParen | TokenKind::CloseBracket | TokenKind::CloseBrace => {
                let start = open.pop()?;
                let touches = |token: &Token| token.span.start as usize == cursor || token.span.end as usize == cursor;
                if touches(&tokens[start]) || touches(token) {
                    return Some((start, index));
                }
            }
            _ => {}
        }
    }
    None
}

fn is_function(name: &str) -> bool {
    functions::function(name).is_some() || functions::aggregate(name).is_some()
}

fn push_gap(gap: &str, out: &mut String) {
    if gap.contains("//") {
        push_painted(gap, COMMENT, out);
    } else {
        out.push_str(gap);
    }
}

fn push_painted(text: &str, paint: &str, out: &mut String) {
    out.push_str(&format!("\x1b[{paint}m{text}\x1b[0m"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_change_no_character() {
        for text in ["T | where a == 'x' // why\n| count", "print \"open", "ä §", "", "// only", "f(a[0])"] {
            let mut plain = String::new();
            let mut rest = highlight(text, text.len());
            while let Some(start) = rest.find('\x1b') {
                plain.push_str(&rest[..start]);
                let end = rest[start..].find('m').map_or(rest.len(), |m| start + m + 1);
                rest = rest[end..].to_owned();
            }
            assert_eq!(plain + &rest, text);
        }
        assert_eq!(highlight("(a)", 0), "\x1b[1;4m(\x1b[0ma\x1b[1;4m)\x1b[0m");
        assert!(highlight("T | where x", 0).contains("\x1b[1;34mwhere\x1b[0m"));
    }
}
