//! What may be around records in JSON: `records` of event hubs, and the `tables` and `responses` of query results.

use super::super::json::{Node, OpenEnds, Parser};
use super::super::record::member;
use crate::types::Type;

/// The columns of a result: names, and types where they are told.
pub(super) type Header = Vec<(String, Option<Type>)>;

/// A member that wraps records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Wrapper {
    /// An array whose elements are read one by one, or an object with more of these.
    Inside,
    /// Rows of a result, which are arrays of cells.
    Rows,
    /// The columns of a result.
    Columns,
    /// Why a query failed, wholly or in part.
    Error,
}

/// What a member with this name and this value wraps.
pub(super) fn kind(name: &str, value: &str) -> Option<Wrapper> {
    let is = |known: &str| name.eq_ignore_ascii_case(known);
    let inside = value.get(1..).unwrap_or_default().trim_start();
    // The next object is one that belongs here, or the array is empty or goes on beyond the text.
    let holds = |names: &[&str]| {
        let object = inside.strip_prefix('{').map(str::trim_start);
        let first = |object: &str| {
            names.iter().any(|name| object.get(1..=name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name)))
        };
        inside.is_empty() || inside.starts_with(']') || object.is_some_and(|object| object.is_empty() || first(object))
    };
    match value.as_bytes().first()? {
        b'[' if is("records") => Some(Wrapper::Inside),
        b'[' if is("tables") && holds(&["name", "columns", "rows"]) => Some(Wrapper::Inside),
        b'[' if is("responses") && holds(&["id", "status", "body", "headers"]) => Some(Wrapper::Inside),
        b'{' if is("body") && ["\"tables\"", "\"error\""].iter().any(|name| inside.starts_with(name)) => {
            Some(Wrapper::Inside)
        }
        b'[' if is("columns") && holds(&["name", "type"]) => Some(Wrapper::Columns),
        b'[' if is("rows") => Some(Wrapper::Rows),
        b'{' if is("error") && ["\"code\"", "\"message\""].iter().any(|name| inside.starts_with(name)) => {
            Some(Wrapper::Error)
        }
        _ => None,
    }
}

/// Whether the object at the start of a text wraps records, by the names of its members.
pub(in super::super) fn wrapper(text: &str) -> Option<Wrapper> {
    let bytes = text.as_bytes();
    let mut at = 1 + blanks(bytes, 1);
    if bytes.first() != Some(&b'{') {
        return None;
    }
    let (mut has_columns, mut is_error) = (false, false);
    while bytes.get(at) == Some(&b'"') {
        let end = string_end(bytes, at)?;
        let name = &text[at + 1..end];
        at = end + 1 + blanks(bytes, end + 1);
        if bytes.get(at) != Some(&b':') {
            return None;
        }
        at += 1 + blanks(bytes, at + 1);
        match kind(name, text.get(at..)?) {
            Some(Wrapper::Inside) => return Some(Wrapper::Inside),
            // Only rows with columns in front are a result, and an error counts only where there is nothing else.
            Some(Wrapper::Rows) if has_columns => return Some(Wrapper::Rows),
            Some(Wrapper::Rows) | None => is_error = false,
            Some(Wrapper::Columns) => has_columns = true,
            Some(Wrapper::Error) => is_error = true,
        }
        at = value_end(bytes, at)?;
        at += blanks(bytes, at);
        if bytes.get(at) == Some(&b',') {
            at += 1 + blanks(bytes, at + 1);
        }
    }
    is_error.then_some(Wrapper::Error)
}

fn blanks(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    rest.iter().take_while(|b| matches!(b, b' ' | b'\n' | b'\r' | b'\t')).count()
}

/// The place behind a value, as far as brackets and quotes tell.
pub(super) fn value_end(bytes: &[u8], start: usize) -> Option<usize> {
    let (mut depth, mut at) = (0usize, start);
    loop {
        match bytes.get(at)? {
            b'"' => at = string_end(bytes, at)?,
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth <= 1 => return Some(if depth == 1 { at + 1 } else { at }),
            b'}' | b']' => depth -= 1,
            b',' if depth == 0 => return Some(at),
            _ => {}
        }
        at += 1;
        if depth == 0 && bytes.get(at - 1) == Some(&b'"') {
            return Some(at);
        }
    }
}

/// The place of the quote that closes a string on the same line.
pub(super) fn string_end(bytes: &[u8], start: usize) -> Option<usize> {
    let mut at = start + 1;
    loop {
        at += memchr::memchr3(b'"', b'\n', b'\\', bytes.get(at..)?)?;
        match bytes[at] {
            b'"' => return Some(at),
            b'\n' => return None,
            _ => at += 2,
        }
    }
}

/// The columns of a result, from `[{"name":"CallType","type":"string"}]`.
pub(super) fn header(columns: &Node<'_>) -> Header {
    let Node::Array(columns) = columns else { return Vec::new() };
    let text = |column: &Node<'_>, names: &[&str]| {
        let Node::Object(members) = column else { return None };
        names.iter().find_map(|name| match member(members, name) {
            Some(Node::Text(text)) => Some(text.to_string()),
            _ => None,
        })
    };
    let column = |(at, column): (usize, &Node<'_>)| {
        let name = text(column, &["name", "ColumnName"]).unwrap_or_else(|| format!("Column{}", at + 1));
        (name, text(column, &["type", "ColumnType"]).and_then(|ty| Type::parse(&ty)))
    };
    columns.iter().enumerate().map(column).collect()
}

/// Why a query failed, in one line, from `{"code":…,"message":…,"details":[…]}`.
pub(super) fn failure(text: &str) -> String {
    let mut reasons = Vec::new();
    if let Ok(node) = Parser::new(text, 0, OpenEnds::Close).value() {
        explain(&node, &mut reasons);
    }
    format!("the query failed, wholly or in part: {}", reasons.join("; "))
}

fn explain(node: &Node<'_>, reasons: &mut Vec<String>) {
    match node {
        Node::Object(members) => {
            let text = |name| match member(members, name) {
                Some(Node::Text(text)) => Some(text.as_ref()),
                _ => None,
            };
            let parts: Vec<&str> = [text("code"), text("message")].into_iter().flatten().collect();
            if !parts.is_empty() {
                reasons.push(parts.join(": "));
            }
            for name in ["details", "innererror"] {
                member(members, name).into_iter().for_each(|inner| explain(inner, reasons));
            }
        }
        Node::Array(elements) => elements.iter().for_each(|element| explain(element, reasons)),
        Node::Null | Node::Bool(_) | Node::Number(_) | Node::Text(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrappers_are_told_from_records() {
        let check = |text: &str, expected: Option<Wrapper>| assert_eq!(wrapper(text), expected, "{text}");
        check(r#"{"records":[{"a":1}]}"#, Some(Wrapper::Inside));
        check(r#"{ "a": "\"x", "b": {"c": [1]}, "n": 1, "Records" : [ "#, Some(Wrapper::Inside));
        check(r#"{"tables":[{"name":"PrimaryResult","columns":["#, Some(Wrapper::Inside));
        check(r#"{"name":"T","columns":[{"name":"x","type":"int"}],"rows":[]}"#, Some(Wrapper::Rows));
        check(r#"{"name":"T","columns":[{"name":"x","type":"int"}]}"#, None);
        check(r#"{"time":"t","error":{"message":"no"},"x":1}"#, None);
        check(r#"{"id":"1","status":200,"body":{"tables":[]}}"#, Some(Wrapper::Inside));
        check(r#"{"responses":[{"id":"1""#, Some(Wrapper::Inside));
        check(r#"{"error":{"message":"no"}}"#, Some(Wrapper::Error));
        check(r#"{"records":7}"#, None);
        check(r#"{"name":"Hall","tables":[1,2]}"#, None);
        check(r#"{"rows":[1,2]}"#, None);
        check(r#"{"time":"t","properties":{"records":[1]}}"#, None);
        check(r#"{"a"}"#, None);
        check("{", None);
        check("[1]", None);
    }
}
