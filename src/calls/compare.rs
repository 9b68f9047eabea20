//! Two calls side by side: their facts, and which issues each of them has.

use std::collections::BTreeMap;

use crate::engine::{Answer, Table};
use crate::error::Result;
use crate::output::{Style, format, listing, write};

use super::rows::rows_of;

/// Facts of the header that are not compared.
const NOT_COMPARED: &[&str] = &["Verdict"];

/// The tables of the comparison: facts, issues by name, and verdicts.
pub(super) fn tables(first: &[Table], second: &[Table]) -> Result<Vec<Table>> {
    let (a, b) = (rows_of(first, "Call")?, rows_of(second, "Call")?);
    let (Some(a), Some(b)) = (a.first(), b.first()) else { return Ok(Vec::new()) };
    let facts: Vec<[String; 4]> = a
        .cells()
        .into_iter()
        .filter(|(name, _)| !NOT_COMPARED.contains(&name.as_str()))
        .map(|(name, value)| {
            let other = b.text(&name);
            let mark = if value == other { "" } else { "≠" };
            [name, value.clone(), other, mark.to_owned()]
        })
        .collect();
    let (mut counts, empty) = (BTreeMap::new(), (0usize, 0usize));
    for issue in rows_of(first, "Issues")? {
        counts.entry((issue.text("Level"), issue.text("Issue"))).or_insert(empty).0 += 1;
    }
    for issue in rows_of(second, "Issues")? {
        counts.entry((issue.text("Level"), issue.text("Issue"))).or_insert(empty).1 += 1;
    }
    let issues: Vec<[String; 4]> =
        counts.into_iter().map(|((level, issue), (a, b))| [issue, a.to_string(), b.to_string(), level]).rev().collect();
    let verdicts: Vec<[String; 2]> = [a, b].map(|call| [call.text("CallId"), call.text("Verdict")]).to_vec();
    Ok(vec![
        listing::list_texts("Facts", &["Fact", "First", "Second", "Differs"], &facts)?,
        listing::list_texts("Issues", &["Issue", "First", "Second", "Level"], &issues)?,
        listing::list_texts("Verdicts", &["CallId", "Verdict"], &verdicts)?,
    ])
}

/// The comparison as text.
pub(super) fn text(answer: &Answer, style: &Style) -> Result<String> {
    let drawn: Vec<Table> = answer.tables.iter().filter(|table| table.name != "Verdicts").cloned().collect();
    let mut text = Vec::new();
    write(&Answer { tables: drawn, ..Answer::default() }, format("table")?, style, &mut text)?;
    let mut text = String::from_utf8_lossy(&text).into_owned();
    for row in rows_of(&answer.tables, "Verdicts")? {
        text.push('\n');
        super::text::push_line(&mut text, 0, &row.text("CallId"));
        for line in crate::output::words::wrap(&row.text("Verdict"), super::text::width_of(style).saturating_sub(2)) {
            super::text::push_line(&mut text, 2, &line);
        }
    }
    Ok(text)
}
