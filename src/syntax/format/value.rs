//! Constants and names as canonical KQL text.

use crate::types::Type;
use crate::value::{NANOS_PER_DAY, Value, format_datetime_iso, format_decimal, format_timespan};

use crate::syntax::lexer::{lex, typed_literal};
use crate::syntax::token::{Keyword, TokenKind};

/// A constant as a literal that reads back as the same value.
pub fn value_text(value: &Value) -> String {
    match value {
        Value::Null(Type::String) => "\"\"".to_owned(),
        Value::Null(Type::Unknown) => "dynamic(null)".to_owned(),
        Value::Null(ty) => format!("{ty}(null)"),
        Value::Bool(b) => b.to_string(),
        Value::Int(n) => format!("int({n})"),
        Value::Long(n) if *n < 0 => format!("long({n})"),
        Value::Long(n) => n.to_string(),
        Value::Real(n) => real_text(*n),
        Value::Decimal(n) => format!("decimal({})", format_decimal(*n)),
        Value::String(text) => string_text(text),
        Value::DateTime(n) => datetime_text(*n),
        Value::TimeSpan(n) => timespan_text(*n),
        Value::Guid(text) => format!("guid({text})"),
        Value::Dynamic(json) => format!("dynamic({json})"),
    }
}

fn real_text(n: f64) -> String {
    match n {
        _ if n.is_nan() => "real(nan)".to_owned(),
        f64::INFINITY => "real(+inf)".to_owned(),
        f64::NEG_INFINITY => "real(-inf)".to_owned(),
        _ if n.is_sign_negative() => format!("real({n:?})"),
        _ => format!("{n:?}"),
    }
}

fn string_text(text: &str) -> String {
    // A verbatim string reads better than doubled backslashes, as in paths and regular expressions.
    if text.contains('\\') && !text.contains(|c: char| c == '"' || c.is_control()) {
        return format!("@\"{text}\"");
    }
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn datetime_text(nanos: i64) -> String {
    let text = format_datetime_iso(nanos);
    if nanos.rem_euclid(NANOS_PER_DAY) == 0 {
        return format!("datetime({})", &text[..10]);
    }
    let seconds = text.trim_end_matches('Z').trim_end_matches('0').trim_end_matches('.');
    format!("datetime({seconds}{}Z)", if seconds.len() < 19 { &text[seconds.len()..19] } else { "" })
}

fn timespan_text(nanos: i64) -> String {
    let units = [
        (NANOS_PER_DAY, "d"),
        (3_600_000_000_000, "h"),
        (60_000_000_000, "m"),
        (1_000_000_000, "s"),
        (1_000_000, "ms"),
        (1_000, "microsecond"),
        (100, "tick"),
    ];
    let unit = units.iter().find(|(unit, _)| nanos > 0 && nanos % unit == 0 && nanos / unit < 1000);
    match unit {
        Some((unit, name)) => format!("{}{name}", nanos / unit),
        None if nanos == 0 => "0s".to_owned(),
        None => format!("timespan({})", format_timespan(nanos)),
    }
}

/// A name as it is written where something is named or referred to: bare if it can be, else `['…']`.
pub fn name_text(name: &str) -> String {
    let (tokens, diagnostics) = lex(name);
    let placeholder = name.starts_with('{') && name.ends_with('}');
    let bare = diagnostics.is_empty()
        && matches!(
            tokens.as_slice(),
            [token, end] if matches!(token.kind, TokenKind::Ident | TokenKind::Keyword(Keyword::Name))
                && end.kind == TokenKind::End && token.text == name
        )
        && typed_literal(name).is_none()
        && !matches!(name, "typeof" | "entity_group");
    if bare || (placeholder && diagnostics.is_empty()) { name.to_owned() } else { format!("[{}]", quoted(name)) }
}

fn quoted(name: &str) -> String {
    if name.contains(['\\', '\'']) || name.contains(char::is_control) {
        return string_text(name);
    }
    format!("'{name}'")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::literal::literal_value;

    fn check(value: Value, expected: &str) {
        let text = value_text(&value);
        assert_eq!(text, expected);
        if !text.starts_with("dynamic") {
            let (tokens, _) = lex(&text);
            assert_eq!(literal_value(&tokens[0]), Ok(value), "{text}");
        }
    }

    #[test]
    fn values_read_back() {
        check(Value::Long(-5), "long(-5)");
        check(Value::Real(1.0), "1.0");
        check(Value::Real(1e-7), "1e-7");
        check(Value::Real(-0.5), "real(-0.5)");
        check(Value::String("a\"b\n".to_owned()), "\"a\\\"b\\n\"");
        check(Value::String("a\\d+".to_owned()), "@\"a\\d+\"");
        check(Value::DateTime(0), "datetime(1970-01-01)");
        check(Value::DateTime(10_500_000_000), "datetime(1970-01-01T00:00:10.5Z)");
        check(Value::DateTime(600_000_000_000), "datetime(1970-01-01T00:10:00Z)");
        check(Value::TimeSpan(5_400_000_000_000), "90m");
        check(Value::TimeSpan(-100), "timespan(-00:00:00.0000001)");
        check(Value::Null(Type::Int), "int(null)");
        check(Value::Dynamic(serde_json::json!({"a": [1, null]})), "dynamic({\"a\":[1,null]})");
    }

    #[test]
    fn names_take_brackets_when_they_must() {
        for (name, expected) in [
            ("a_1", "a_1"),
            ("order", "order"),
            ("time", "['time']"),
            ("a b", "['a b']"),
            ("it's", "[\"it's\"]"),
            ("bool", "['bool']"),
            ("1d", "['1d']"),
            ("2nd", "2nd"),
            ("true", "['true']"),
            ("{p}", "{p}"),
            ("", "['']"),
        ] {
            assert_eq!(name_text(name), expected);
        }
    }
}
