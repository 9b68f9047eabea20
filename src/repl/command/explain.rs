//! `.explain`: what becomes of the rows of a request, stage by stage, and what its scans read; `.plan`: its plan.

use crate::engine::watch::{ScanFacts, Watch};
use crate::error::{Error, Result};
use crate::output::cell::readable_columns;
use crate::output::listing::{Stage, list_stages};
use crate::repl::Flow;
use crate::repl::shell::Shell;
use crate::syntax::{TokenKind, lex};
use crate::words::{bytes, counted};

/// `.explain [KQL]`
pub(super) fn explain(shell: &mut Shell, rest: &str) -> Result<Flow> {
    let text = given_or_last(shell, rest)?;
    let stages = stages(&text);
    let watch = Watch::default();
    shell.run_quietly(&text, &watch)?;
    let mut rows = Vec::new();
    let mut before = None;
    for stage in &stages {
        let out = count(shell, &format!("{}\n| count", stage.request))?;
        rows.push(Stage { text: stage.text.clone(), rows_in: before, rows_out: out });
        before = out;
    }
    shell.show(list_stages(&rows)?)?;
    let scans: Vec<String> = watch.scans().iter().map(describe).collect();
    if scans.is_empty() {
        return shell.say("no files are read\n");
    }
    shell.say(&scans.concat())?;
    let readings = watch.readings();
    match readings.skipped_files {
        0 => Ok(Flow::Go),
        files => shell.say(&format!("{} of the tables not opened at all\n", counted(files as u64, "file"))),
    }
}

/// `.plan [KQL]`
pub(super) fn plan(shell: &mut Shell, rest: &str) -> Result<Flow> {
    let text = given_or_last(shell, rest)?;
    let text = shell.plan(&text)?;
    shell.page(&text)
}

fn given_or_last(shell: &Shell, rest: &str) -> Result<String> {
    match (rest, shell.last.as_str()) {
        ("", "") => Err(Error::Usage("there is no request yet: write one behind the command".to_owned())),
        ("", last) => Ok(last.to_owned()),
        (given, _) => Ok(given.to_owned()),
    }
}

/// A part of the last statement's pipeline.
struct Part {
    /// As it is written.
    text: String,
    /// The request up to its end.
    request: String,
}

/// The pipeline of the last statement, cut at its bars.
fn stages(text: &str) -> Vec<Part> {
    let text = text.trim_end().trim_end_matches(';');
    let tokens = lex(text).0;
    let (mut depth, mut start, mut cuts) = (0i32, 0usize, Vec::new());
    for token in &tokens {
        match token.kind {
            TokenKind::OpenParen | TokenKind::OpenBracket | TokenKind::OpenBrace => depth += 1,
            TokenKind::CloseParen | TokenKind::CloseBracket | TokenKind::CloseBrace => depth -= 1,
            TokenKind::Semicolon if depth == 0 => {
                start = token.span.end as usize;
                cuts.clear();
            }
            TokenKind::Bar if depth == 0 => cuts.push(token.span.start as usize),
            _ => {}
        }
    }
    cuts.push(text.len());
    let mut parts = Vec::new();
    for end in cuts {
        let part = text[start..end].trim().trim_start_matches('|').trim();
        let part: Vec<&str> = part.lines().map(str::trim).filter(|line| !line.starts_with("//")).collect();
        parts.push(Part { text: part.join(" "), request: text[..end].to_owned() });
        start = end;
    }
    parts
}

/// How many rows a request gives; none where they cannot be counted, as behind `render` or `fork`.
fn count(shell: &Shell, request: &str) -> Result<Option<u64>> {
    let answer = match shell.run_quietly(request, &Watch::default()) {
        Ok(answer) => answer,
        Err(error @ Error::Cancelled(_)) => return Err(error),
        Err(_) => return Ok(None),
    };
    let [table] = answer.tables.as_slice() else { return Ok(None) };
    let cell = readable_columns(table, 1)?.pop().and_then(|mut cells| cells.pop()).flatten();
    Ok(cell.and_then(|text| text.parse().ok()))
}

/// What a scan does, in a few lines.
fn describe(scan: &ScanFacts) -> String {
    let mut text = format!("scan of {}\n", if scan.folder.is_empty() { "files" } else { &scan.folder });
    text.push_str(&format!(
        "  columns   {}\n",
        match scan.columns.as_slice() {
            [] => "none".to_owned(),
            columns => columns.join(", "),
        }
    ));
    if let Some(condition) = &scan.condition {
        text.push_str(&format!("  pushed in {}\n", without_places(condition)));
    }
    if let Some(limit) = scan.limit {
        text.push_str(&format!("  stops     after {}\n", counted(limit as u64, "row")));
    }
    let readings = &scan.readings;
    let dropped = match readings.dropped_rows {
        0 => String::new(),
        rows => format!(", dropped {}", counted(rows, "row")),
    };
    text.push_str(&format!(
        "  read      {} of {} in {}; handed on {}{dropped}; skipped {} of {}\n",
        bytes(readings.bytes),
        counted(readings.row_groups as u64, "row group"),
        counted(readings.files as u64, "file"),
        counted(readings.rows, "row"),
        counted(readings.skipped_row_groups as u64, "row group"),
        readings.skipped_row_groups + readings.row_groups,
    ));
    text
}

/// A condition without the places of columns that DataFusion writes behind them: `Start@3 > 5`.
fn without_places(condition: &str) -> String {
    let mut text = String::with_capacity(condition.len());
    let mut rest = condition;
    while let Some(at) = rest.find('@') {
        let digits = rest[at + 1..].bytes().take_while(u8::is_ascii_digit).count();
        let behind_name = rest[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        text.push_str(&rest[..at]);
        if digits == 0 || !behind_name {
            text.push('@');
            rest = &rest[at + 1..];
        } else {
            rest = &rest[at + 1 + digits..];
        }
    }
    text + rest
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_cut_into_its_stages() {
        let found = stages("let a = T | take 5;\na | where x in (S | project y)\n| count;");
        let texts: Vec<&str> = found.iter().map(|part| part.text.as_str()).collect();
        assert_eq!(texts, ["a", "where x in (S | project y)", "count"]);
        assert_eq!(found[0].request, "let a = T | take 5;\na ");
    }

    #[test]
    fn conditions_lose_the_places_of_columns() {
        assert_eq!(without_places("Start@3 > 5 AND Mail@10 = a@b"), "Start > 5 AND Mail = a@b");
    }
}
