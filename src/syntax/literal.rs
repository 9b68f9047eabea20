//! Token text to value. What cannot be read as a value of its type is an error with the reason.

use crate::types::Type;
use crate::value::{Value, parse_datetime, parse_decimal, parse_timespan};

use super::token::{Token, TokenKind};

/// The value of a literal token, or why it has none.
pub(super) fn literal_value(token: &Token<'_>) -> Result<Value, String> {
    let (name, content) = typed_content(token.text);
    let ty = match token.kind {
        TokenKind::String => return Ok(Value::String(string_value(token.text))),
        TokenKind::Long => Type::Long,
        TokenKind::Int => Type::Int,
        TokenKind::Real => Type::Real,
        TokenKind::Decimal => Type::Decimal,
        TokenKind::Bool => Type::Bool,
        TokenKind::TimeSpan => Type::TimeSpan,
        TokenKind::DateTime => Type::DateTime,
        TokenKind::Guid | TokenKind::RawGuid => Type::Guid,
        _ => return Err("not a literal".to_owned()),
    };
    if name.is_some() && content == "null" {
        return Ok(Value::Null(ty));
    }
    let content = unquoted(content);
    let value = match ty {
        Type::Long => whole(content).map(Value::Long),
        Type::Int => whole(content).and_then(|n| i32::try_from(n).ok()).map(Value::Int),
        Type::Real => real(content).map(Value::Real),
        Type::Decimal => parse_decimal(content).map(Value::Decimal),
        Type::Bool => boolean(content).map(Value::Bool),
        Type::TimeSpan => parse_timespan(content).map(Value::TimeSpan),
        Type::DateTime => parse_datetime(content).map(Value::DateTime),
        Type::Guid => guid(content).map(Value::Guid),
        Type::String | Type::Dynamic | Type::Unknown => None,
    };
    value.ok_or_else(|| format!("`{content}` is not a value of type `{ty}`"))
}

/// `long(12)` as its type name and `12`; other texts as they are.
fn typed_content(text: &str) -> (Option<&str>, &str) {
    match text.split_once('(') {
        Some((name, rest)) if !text.starts_with(['"', '\'', '@', 'h', 'H', '`', '~']) => {
            (Some(name), rest.strip_suffix(')').unwrap_or(rest).trim())
        }
        _ => (None, text),
    }
}

fn unquoted(text: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
            return inner.trim();
        }
    }
    text
}

fn whole(text: &str) -> Option<i64> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        let value = u64::from_str_radix(hex, 16).ok()?.cast_signed();
        return Some(if negative { value.wrapping_neg() } else { value });
    }
    if !digits.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

fn real(text: &str) -> Option<f64> {
    match text {
        "nan" | "NaN" => Some(f64::NAN),
        "inf" | "+inf" | "Infinity" => Some(f64::INFINITY),
        "-inf" | "-Infinity" => Some(f64::NEG_INFINITY),
        _ if text.contains(|c: char| c.is_ascii_alphabetic() && !matches!(c, 'e' | 'E')) => None,
        _ => text.parse().ok(),
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => whole(text).map(|n| n != 0),
    }
}

fn guid(text: &str) -> Option<String> {
    let bare = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(text);
    let hex: String = bare.chars().filter(|c| *c != '-').collect();
    let dashes_fit =
        bare.len() == 32 || bare.char_indices().all(|(at, c)| (c == '-') == matches!(at, 8 | 13 | 18 | 23));
    if hex.len() != 32 || !dashes_fit || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let hex = hex.to_ascii_lowercase();
    Some(format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]))
}

/// The characters that a string literal of any form stands for.
pub(super) fn string_value(text: &str) -> String {
    let text = text.strip_prefix(['h', 'H']).unwrap_or(text);
    let (verbatim, text) = match text.strip_prefix('@') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    for quote in ["```", "~~~"] {
        if let Some(rest) = text.strip_prefix(quote) {
            return rest.strip_suffix(quote).unwrap_or(rest).to_owned();
        }
    }
    let Some(quote) = text.chars().next() else { return String::new() };
    let inner = text[quote.len_utf8()..].strip_suffix(quote).unwrap_or(&text[quote.len_utf8()..]);
    match verbatim {
        true => inner.replace(&format!("{quote}{quote}"), &quote.to_string()),
        false => unescaped(inner),
    }
}

fn unescaped(text: &str) -> String {
    if !text.contains('\\') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    // Pairs of `\u` escapes are one character, so code units are collected before they are read.
    let mut units: Vec<u16> = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        rest = &rest[first.len_utf8()..];
        if first != '\\' {
            flush(&mut units, &mut out);
            out.push(first);
            continue;
        }
        let Some(escape) = rest.chars().next() else { break };
        let (digits, radix) = match escape {
            'u' => (4, 16),
            'U' => (8, 16),
            'x' => (2, 16),
            '0'..='7' => {
                let run = rest.bytes().take(3).take_while(|b| (b'0'..=b'7').contains(b)).count();
                (if escape > '3' { run.min(2) } else { run }, 8)
            }
            _ => (0, 0),
        };
        let skip = usize::from(radix == 16);
        let code = rest.get(skip..skip + digits).and_then(|digits| u32::from_str_radix(digits, radix.max(2)).ok());
        match code {
            Some(code) if escape == 'u' => {
                units.push(code as u16);
                rest = &rest[skip + digits..];
                continue;
            }
            Some(code) if digits > 0 => {
                flush(&mut units, &mut out);
                out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                rest = &rest[skip + digits..];
                continue;
            }
            _ => {}
        }
        flush(&mut units, &mut out);
        out.push(match escape {
            'a' => '\u{07}',
            'b' => '\u{08}',
            'f' => '\u{0c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'v' => '\u{0b}',
            other => other,
        });
        rest = &rest[escape.len_utf8()..];
    }
    flush(&mut units, &mut out);
    out
}

fn flush(units: &mut Vec<u16>, out: &mut String) {
    out.extend(char::decode_utf16(units.drain(..)).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)));
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::lexer::lex;
    use super::*;

    fn check(text: &str, expected: Value) {
        let (tokens, _) = lex(text);
        assert_eq!(literal_value(&tokens[0]), Ok(expected), "{text}");
    }

    #[test]
    fn numbers() {
        check("12", Value::Long(12));
        check("0xFF", Value::Long(255));
        check("long(-5)", Value::Long(-5));
        check("int(7)", Value::Int(7));
        check("int(null)", Value::Null(Type::Int));
        check("1e3", Value::Real(1000.0));
        check("double(-inf)", Value::Real(f64::NEG_INFINITY));
        check("decimal(1.5)", Value::Decimal(1_500_000_000_000_000_000));
        check("bool(1)", Value::Bool(true));
    }

    #[test]
    fn strings() {
        let string = |text: &str| Value::String(text.to_owned());
        check(r#""a\n\"b\u0041\x41\101""#, string("a\n\"bAAA"));
        check(r#"'\ud83d\ude00'"#, string("😀"));
        check(r#"@'it''s \n'"#, string("it's \\n"));
        check("h\"x\"", string("x"));
        check("```a\n\"b```", string("a\n\"b"));
    }

    #[test]
    fn others() {
        let guid = "74be27de-1e4e-49d9-b579-fe0b331d3642";
        check(&format!("guid({guid})"), Value::Guid(guid.to_owned()));
        check(&format!("guid(\"{}\")", guid.to_uppercase()), Value::Guid(guid.to_owned()));
        check("1.5h", Value::TimeSpan(5_400_000_000_000));
        check("datetime(1970-01-01 00:00:01)", Value::DateTime(1_000_000_000));
        let (tokens, _) = lex("long(abc)");
        assert_eq!(literal_value(&tokens[0]).unwrap_err(), "`abc` is not a value of type `long`");
    }
}
