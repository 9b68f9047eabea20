//! The one place that knows how `dynamic` values are stored: compact JSON text, null as SQL null.
//!
//! Everything else goes through these functions, so that the text can become a binary form later.

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

/// What `tostring` gives for a stored cell: strings without their quotes, everything else as JSON.
pub fn to_text(cell: &str) -> String {
    match decode(cell) {
        Json::String(text) => text,
        Json::Bool(truth) => if truth { "true" } else { "false" }.to_owned(),
        other => other.to_string(),
    }
}
