//! What bad calls have in common, as text.

use crate::engine::Answer;
use crate::error::Result;
use crate::output::{Style, format, write};

/// All tables, drawn one below the other.
pub(super) fn text(answer: &Answer, style: &Style) -> Result<String> {
    let mut text = Vec::new();
    write(answer, format("table")?, style, &mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}
