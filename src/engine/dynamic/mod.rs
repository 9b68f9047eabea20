//! The one place that knows how `dynamic` values are stored: compact JSON text, null as SQL null.
//!
//! Everything else goes through these functions, so that the text can become a binary form later.

mod canonical;
mod scan;

use std::borrow::Cow;

use serde_json::Value as Json;

pub use canonical::cell;
pub use scan::{Elements, Properties};

/// The shape of a stored value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `{…}`
    Bag,
    /// `[…]`
    Array,
    /// Text.
    String,
    /// A number, a truth value or null.
    Plain,
}

/// One step from a value to a part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// The property of a bag.
    Member(&'a str),
    /// The item of an array; negative numbers count from the end.
    Index(i64),
}

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

/// A cell for a string.
pub fn encode_text(text: &str) -> String {
    Json::from(text).to_string()
}

/// A JSON number for a real; what JSON has no number for becomes a string, as Kusto writes it.
pub fn number(real: f64) -> Json {
    match serde_json::Number::from_f64(real) {
        Some(number) => Json::Number(number),
        None if real.is_nan() => Json::from("NaN"),
        None => Json::from(if real > 0.0 { "Infinity" } else { "-Infinity" }),
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

/// The shape of a stored cell, told from its first character.
pub fn shape(cell: &str) -> Shape {
    match cell.trim_start().as_bytes().first() {
        Some(b'{') => Shape::Bag,
        Some(b'[') => Shape::Array,
        Some(b'"') => Shape::String,
        Some(b'-' | b'0'..=b'9' | b't' | b'f' | b'n') if serde_json::from_str::<Json>(cell).is_ok() => Shape::Plain,
        _ => Shape::String,
    }
}

/// The items of a stored array, as cells; `None` for other values.
pub fn elements(cell: &str) -> Option<Elements<'_>> {
    Elements::of(cell)
}

/// The properties of a stored bag, as names and cells; `None` for other values.
pub fn properties(cell: &str) -> Option<Properties<'_>> {
    Properties::of(cell)
}

/// The property of a stored bag; `None` when there is none, or null.
pub fn member<'a>(cell: &'a str, name: &str) -> Option<&'a str> {
    properties(cell)?.find_value(name).filter(|&value| value != "null")
}

/// The item of a stored array; `None` when there is none, or null. Negative positions count from the end.
pub fn element(cell: &str, position: i64) -> Option<&str> {
    let mut items = elements(cell)?;
    let position = match usize::try_from(position) {
        Ok(position) => position,
        Err(_) => elements(cell)?.count().checked_sub(usize::try_from(position.unsigned_abs()).ok()?)?,
    };
    items.nth(position).filter(|&value| value != "null")
}

/// What one step leads to.
pub fn step<'a>(cell: &'a str, step: Step) -> Option<&'a str> {
    match step {
        Step::Member(name) => member(cell, name),
        Step::Index(position) => element(cell, position),
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

    #[test]
    fn parts_are_found_without_decoding() {
        let cell = r#"{"a":{"b":[10,"x\"]y",{"c":null}]},"é\n":1.50,"last":true}"#;
        assert_eq!(member(cell, "a").and_then(|a| member(a, "b")), Some(r#"[10,"x\"]y",{"c":null}]"#));
        assert_eq!(member(cell, "é\n"), Some("1.50"));
        assert_eq!(member(cell, "last"), Some("true"));
        assert_eq!(member(cell, "b"), None);
        assert_eq!(member("[1]", "b"), None);
        assert_eq!(element("[1, [2,3] ,4]", 1), Some("[2,3]"));
        assert_eq!(element("[1,2,3]", -1), Some("3"));
        assert_eq!(element("[1,2,3]", -4), None);
        assert_eq!(element("[1,null]", 1), None);
        assert_eq!(element("[]", 0), None);
        assert_eq!(element("{}", 0), None);
        for broken in ["{\"a\":", "[1,", "[\"", "{\"a\"", "{a:1}", "", "[", "{"] {
            assert_eq!(member(broken, "a"), None);
            assert_eq!(element(broken, 7), None);
        }
    }

    #[test]
    fn shapes_show_in_the_first_character() {
        assert_eq!(shape("2020-01-01"), Shape::String);
        assert_eq!(shape("-1.5e3"), Shape::Plain);
        assert_eq!(shape("[]"), Shape::Array);
    }
}
