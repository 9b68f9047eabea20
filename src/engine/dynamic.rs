//! The one place that knows how `dynamic` values are stored: compact JSON text, null as SQL null.
//!
//! Everything else goes through these functions, so that the text can become a binary form later.

use std::borrow::Cow;

use serde_json::Value as Json;

/// The value of a stored cell. Text that is not JSON (which only foreign data can hold) is taken as a string.
pub fn decode(cell: &str) -> Json {
    serde_json::from_str(cell).unwrap_or_else(|_| Json::String(cell.to_owned()))
}

/// A cell for a value; `None` for null.
pub fn encode(value: &Json) -> Option<String> {
    match value {
        Json::Null => None,
        other => Some(other.to_string()),
    }
}

/// A stored cell taken apart one level, without building a tree: what conversions look at.
#[derive(Clone, Debug, PartialEq)]
pub enum Item<'a> {
    /// A truth value.
    Bool(bool),
    /// A whole number of 64 bits.
    Long(i64),
    /// Any other number.
    Real(f64),
    /// A string.
    Text(Cow<'a, str>),
    /// An array or a property bag, as its cell.
    Composite(&'a str),
}

/// The cell taken apart; `None` for the text `null`, which no cell of ours holds.
pub fn item(cell: &str) -> Option<Item<'_>> {
    Some(match cell.as_bytes().first() {
        Some(b'"') => Item::Text(string(cell)),
        Some(b'{' | b'[') => Item::Composite(cell),
        Some(b'-' | b'0'..=b'9') => match (cell.parse(), cell.parse()) {
            (Ok(number), _) => Item::Long(number),
            (_, Ok(number)) => Item::Real(number),
            _ => Item::Text(Cow::Borrowed(cell)),
        },
        _ => match cell {
            "true" => Item::Bool(true),
            "false" => Item::Bool(false),
            "null" => return None,
            _ => Item::Text(Cow::Borrowed(cell)),
        },
    })
}

/// The text of a cell that starts with a quote.
fn string(cell: &str) -> Cow<'_, str> {
    let inner = cell.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match inner {
        Some(inner) if memchr::memchr2(b'\\', b'"', inner.as_bytes()).is_none() => Cow::Borrowed(inner),
        _ => Cow::Owned(serde_json::from_str(cell).unwrap_or_else(|_| cell.to_owned())),
    }
}

/// What `tostring` gives for a stored cell: strings without their quotes, everything else as JSON.
pub fn text(cell: &str) -> Cow<'_, str> {
    match cell.as_bytes().first() {
        Some(b'"') => string(cell),
        _ if cell == "null" => Cow::Borrowed(""),
        _ => Cow::Borrowed(cell),
    }
}

/// What `tostring` gives for a stored cell, owned.
pub fn to_text(cell: &str) -> String {
    text(cell).into_owned()
}

/// What `tostring` gives for a decoded value; nothing for null.
pub fn text_of(value: &Json) -> String {
    match value {
        Json::Null => String::new(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_taken_apart() {
        let check = |cell, expected| assert_eq!(item(cell), Some(expected), "{cell}");
        check("true", Item::Bool(true));
        check("-12", Item::Long(-12));
        check("9223372036854775808", Item::Real(9_223_372_036_854_775_808.0));
        check("1.5", Item::Real(1.5));
        check(r#""a""#, Item::Text("a".into()));
        check(r#""a\"\n""#, Item::Text("a\"\n".into()));
        check("[1]", Item::Composite("[1]"));
        check("2020-01-01", Item::Text("2020-01-01".into()));
        assert_eq!(item("null"), None);
    }

    #[test]
    fn text_of_cells() {
        assert_eq!([text(r#""a""#), text("[1]"), text("null"), text("foreign")], ["a", "[1]", "", "foreign"]);
    }
}
