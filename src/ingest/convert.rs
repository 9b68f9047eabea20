//! A raw value in the type of its column, as the workspace converts it.

use std::borrow::Cow;

use super::json::{Node, OpenEnds, Parser};
use super::repair::{Repair, Repairs};
use crate::value::{NANOS_PER_DAY, days_from_civil, parse_bool, parse_datetime, parse_real, trimmed};

/// A value that a column cannot hold.
#[derive(Debug, PartialEq)]
pub(super) struct Misfit;

/// What a conversion gives: a value, nothing, or a misfit.
pub(super) type Converted<T> = Result<Option<T>, Misfit>;

/// Whether a raw value means that there is none. Old logs write the text `null` for it.
pub(super) fn is_missing(node: &Node<'_>) -> bool {
    match node {
        Node::Null => true,
        Node::Text(text) => text == "null",
        Node::Bool(_) | Node::Number(_) | Node::Array(_) | Node::Object(_) => false,
    }
}

/// Text for a string column: numbers as they are written, arrays and objects as JSON.
pub(super) fn text<'n>(node: &'n Node<'_>) -> Cow<'n, str> {
    match node {
        Node::Null => Cow::Borrowed(""),
        Node::Bool(truth) => Cow::Borrowed(if *truth { "true" } else { "false" }),
        Node::Number(digits) => Cow::Borrowed(digits),
        Node::Text(text) => Cow::Borrowed(text),
        Node::Array(_) | Node::Object(_) => Cow::Owned(json(node)),
    }
}

/// The same for a value that is at hand.
pub(super) fn into_text(node: Node<'_>) -> Cow<'_, str> {
    match node {
        Node::Number(text) | Node::Text(text) => text,
        Node::Null | Node::Bool(_) | Node::Array(_) | Node::Object(_) => Cow::Owned(text(&node).into_owned()),
    }
}

/// A whole number, as number or text, also in scientific notation.
pub(super) fn whole(node: &Node<'_>, repairs: &mut Repairs) -> Converted<i64> {
    let Some(digits) = digits(node)? else { return Ok(None) };
    if let Ok(number) = digits.parse() {
        return Ok(Some(number));
    }
    let number: f64 = digits.parse().map_err(|_| Misfit)?;
    // The largest `f64` below 2^63, where `as` begins to saturate.
    if !number.is_finite() || number.abs() >= 9_223_372_036_854_775_807.0 {
        return Err(Misfit);
    }
    if number.fract() != 0.0 {
        repairs.add(Repair::CutFraction);
    }
    Ok(Some(number as i64))
}

/// A floating point number, as number or text.
pub(super) fn real(node: &Node<'_>) -> Converted<f64> {
    match digits(node)? {
        Some(digits) => parse_real(digits).map(Some).ok_or(Misfit),
        None => Ok(None),
    }
}

/// A truth value, as such, as text in any case, or as a number.
pub(super) fn truth(node: &Node<'_>) -> Converted<bool> {
    match node {
        Node::Bool(truth) => Ok(Some(*truth)),
        _ => match digits(node)? {
            Some(digits) => parse_bool(digits).map(Some).ok_or(Misfit),
            None => Ok(None),
        },
    }
}

/// The text of a number, without the blanks around it; nothing when it is empty.
fn digits<'n>(node: &'n Node<'_>) -> Converted<&'n str> {
    match node {
        Node::Null => Ok(None),
        Node::Number(digits) => Ok(Some(digits)),
        Node::Text(text) => Ok(Some(trimmed(text)).filter(|digits| !digits.is_empty())),
        Node::Bool(_) | Node::Array(_) | Node::Object(_) => Err(Misfit),
    }
}

/// A value of a type that only its text form is read of.
pub(super) fn read<T>(node: &Node<'_>, parse: impl Fn(&str) -> Option<T>) -> Converted<T> {
    match digits(node)? {
        Some(text) => parse(text).map(Some).ok_or(Misfit),
        None => Ok(None),
    }
}

/// A time in any of the published forms, as nanoseconds since 1970 in UTC.
pub(super) fn time(node: &Node<'_>) -> Converted<i64> {
    match node {
        Node::Null => Ok(None),
        Node::Text(text) if trimmed(text).is_empty() => Ok(None),
        Node::Text(text) => parse_time(text).map(Some).ok_or(Misfit),
        Node::Bool(_) | Node::Number(_) | Node::Array(_) | Node::Object(_) => Err(Misfit),
    }
}

/// Reads a time. Logs write it as `2026-03-02T09:00:00.0000000Z` nearly always, so that form is read first and fast.
pub(super) fn parse_time(text: &str) -> Option<i64> {
    match parse_common_time(text.as_bytes()) {
        Some(nanos) => Some(nanos),
        // The portal writes a comma between date and time of day.
        None if text.contains(", ") && text.contains('/') => parse_datetime(&text.replacen(", ", " ", 1)),
        None => parse_datetime(text),
    }
}

/// `YYYY-MM-DDThh:mm:ss`, a fraction of up to seven digits, `Z`; anything else is left to the general reader.
pub(super) fn parse_common_time(text: &[u8]) -> Option<i64> {
    let (head, rest) = text.split_at_checked(19)?;
    let number = |range: std::ops::Range<usize>| {
        head[range].iter().try_fold(0i64, |n, b| b.is_ascii_digit().then(|| n * 10 + i64::from(b - b'0')))
    };
    let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    let fraction = rest.strip_suffix(b"Z")?;
    if marks.iter().any(|(at, mark)| head[*at] != *mark) || fraction.len() > 8 {
        return None;
    }
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    // Days that not every month has are left to the general reader too.
    let usual = (1700..2200).contains(&year) && (1..=12).contains(&month) && (1..=28).contains(&day);
    if !usual || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let mut nanos = 0;
    if let Some(digits) = fraction.strip_prefix(b".") {
        nanos = digits.iter().try_fold(0i64, |n, b| b.is_ascii_digit().then(|| n * 10 + i64::from(b - b'0')))?;
        nanos *= 10i64.pow(9 - digits.len() as u32);
        if digits.is_empty() {
            return None;
        }
    } else if !fraction.is_empty() {
        return None;
    }
    let seconds = hour * 3600 + minute * 60 + second;
    Some(days_from_civil(year, month as u32, day as u32) * NANOS_PER_DAY + seconds * 1_000_000_000 + nanos)
}

/// A `dynamic` cell: JSON as it is, JSON in text read, other text as a JSON string.
pub(super) fn dynamic(node: &Node<'_>) -> Option<String> {
    match node {
        Node::Null => None,
        Node::Text(text) if text.is_empty() => None,
        Node::Text(text) if text.trim_start().starts_with(['{', '[']) => {
            Some(json_in(text).unwrap_or_else(|| json(node)))
        }
        Node::Text(_) | Node::Bool(_) | Node::Number(_) | Node::Array(_) | Node::Object(_) => Some(json(node)),
    }
}

/// Compact JSON from JSON in a text, if that is all there is in it.
fn json_in(text: &str) -> Option<String> {
    let mut parser = Parser::new(text, 0, OpenEnds::Refuse);
    let node = parser.value().ok()?;
    parser.blanks();
    parser.peek().is_none().then(|| json(&node))
}

/// Bytes that a cell of JSON gets at first.
const ROOM: usize = 120;

fn json(node: &Node<'_>) -> String {
    let mut out = String::with_capacity(ROOM);
    node.write(&mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn t(text: &str) -> Node<'_> {
        Node::Text(Cow::Borrowed(text))
    }

    #[test]
    fn times_are_read() {
        let check = |text: &str, nanos: Option<i64>| assert_eq!(parse_time(text), nanos, "{text}");
        let nine = 1_772_442_000_000_000_000; // 2026-03-02T09:00:00Z
        check("2026-03-02T09:00:00Z", Some(nine));
        check("2026-03-02T09:00:00.1234567Z", Some(nine + 123_456_700));
        check("2026-03-02T09:00:00.1Z", Some(nine + 100_000_000));
        check("2026-03-02T09:00:00", Some(nine));
        check("2026-03-02 09:00:00Z", Some(nine));
        check("2026-03-02T10:00:00+01:00", Some(nine));
        check("3/2/2026, 9:00:00.000 AM", Some(nine));
        check("3/2/2026 9:00:00 AM", Some(nine));
        check("2026-01-31T00:00:00Z", Some(1_769_817_600_000_000_000));
        check("2026-02-30T00:00:00Z", None);
        check("2026-03-02T09:00:00.Z", None);
        check("2026-03-02T25:00:00Z", None);
        check("yesterday", None);
    }

    #[test]
    fn numbers_are_read_from_text() {
        let mut repairs = Repairs::default();
        let mut check = |node: Node<'_>, expected: Converted<i64>| assert_eq!(whole(&node, &mut repairs), expected);
        check(t("5"), Ok(Some(5)));
        check(t(" 5 "), Ok(Some(5)));
        check(t(""), Ok(None));
        check(Node::Number(Cow::Borrowed("1.2E3")), Ok(Some(1200)));
        check(t("99445276259151407"), Ok(Some(99_445_276_259_151_407)));
        check(t("1.7"), Ok(Some(1)));
        check(t("1e40"), Err(Misfit));
        check(t("many"), Err(Misfit));
        check(Node::Bool(true), Err(Misfit));
        assert_eq!(repairs.count(Repair::CutFraction), 1);
        assert_eq!(real(&t("3.146336E-05")), Ok(Some(3.146336e-5)));
        assert_eq!(real(&t("a lot")), Err(Misfit));
        assert_eq!(truth(&t("TRUE")), Ok(Some(true)));
        assert_eq!(truth(&Node::Number(Cow::Borrowed("0"))), Ok(Some(false)));
    }

    #[test]
    fn dynamic_cells_are_json() {
        let check = |node: Node<'_>, expected: Option<&str>| assert_eq!(dynamic(&node).as_deref(), expected);
        check(t(r#"{ "a" : "2.0" }"#), Some(r#"{"a":"2.0"}"#));
        check(t("{broken"), Some(r#""{broken""#));
        check(t("words"), Some(r#""words""#));
        check(t(""), None);
        check(Node::Number(Cow::Borrowed("2.50")), Some("2.50"));
        check(Node::Array(vec![Node::Null]), Some("[null]"));
    }
}
