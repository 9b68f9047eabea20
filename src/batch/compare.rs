//! Files with the answers that a script should give.
//!
//! Such a file is Markdown: a `## number title` for each request, and below it a fenced block for each result table:
//! `result` where the request asks for an order, else `result unordered`; `error` for a request that fails. The first
//! line of a table says `name:type`, the others are rows, with ` | ` between cells.

use std::path::{Path, PathBuf};

use crate::engine::{Answer, Table};
use crate::error::{Error, Result};
use crate::lint::order::is_ordered;
use crate::output::cell::Cells;
use crate::script::difference;
use crate::syntax::parse;

/// Where the expected answers are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExpectFrom {
    /// A file for one script.
    File(PathBuf),
    /// A folder with a file `NAME.expected.md` for each script.
    Folder(PathBuf),
}

impl ExpectFrom {
    /// A path that is a folder, or is named like a file.
    pub fn new(path: &Path) -> ExpectFrom {
        let named_like_file = path.extension().is_some();
        if path.is_dir() || !(path.is_file() || named_like_file) {
            ExpectFrom::Folder(path.to_owned())
        } else {
            ExpectFrom::File(path.to_owned())
        }
    }

    /// The file for a script.
    pub fn path(&self, stem: &str) -> PathBuf {
        match self {
            ExpectFrom::File(path) => path.clone(),
            ExpectFrom::Folder(folder) => folder.join(format!("{stem}.expected.md")),
        }
    }
}

/// The expected answers of one script, and those that came.
#[derive(Debug, Default)]
pub struct Expectations {
    /// Sections: the head and the text below it.
    expected: Vec<(String, String)>,
    /// The same of what came.
    found: Vec<(String, String)>,
}

impl Expectations {
    /// Reads the expected answers of a script.
    pub fn read(path: &Path) -> Result<Expectations> {
        let text = std::fs::read_to_string(path).map_err(|cause| Error::io(path, cause))?;
        let mut expected: Vec<(String, String)> = Vec::new();
        let mut in_fence = false;
        for line in text.lines() {
            in_fence ^= line.starts_with("```");
            match (line.strip_prefix("## "), expected.last_mut()) {
                (Some(head), _) if !in_fence => expected.push((head.trim().to_owned(), String::new())),
                (_, Some((_, body))) => body.push_str(&format!("{line}\n")),
                (_, None) => {}
            }
        }
        Ok(Expectations { expected, found: Vec::new() })
    }

    /// Notes an answer, and says how it differs from the expected one.
    pub fn compare(
        &mut self,
        number: usize,
        title: &str,
        text: &str,
        answer: &Result<Answer>,
    ) -> Result<Option<String>> {
        let found = section(text, answer)?;
        let is_this = |head: &str| head.split_whitespace().next() == Some(number.to_string().as_str());
        let expected = self.expected.iter().find(|(head, _)| is_this(head)).map(|(_, body)| body.trim().to_owned());
        self.found.push((format!("{number} {title}").trim().to_owned(), found.clone()));
        Ok(match expected {
            None => Some("there is no expected answer: `--bless` writes it".to_owned()),
            Some(expected) if sorted(&expected) == sorted(found.trim()) => None,
            Some(expected) => {
                let difference = difference(&sorted(&expected), &sorted(found.trim()));
                Some(format!("the answer differs (- expected, + found):\n{difference}"))
            }
        })
    }

    /// Writes what came as what is expected from now on.
    pub fn bless(&self, path: &Path, script: &str) -> Result<()> {
        let mut text = format!("# {script}\n");
        for (head, body) in &self.found {
            text.push_str(&format!("\n## {head}\n\n{body}"));
        }
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|cause| Error::io(folder, cause))?;
        }
        std::fs::write(path, text).map_err(|cause| Error::io(path, cause))
    }
}

/// The text with the rows of tables without an order sorted.
fn sorted(text: &str) -> String {
    let mut out: Vec<&str> = Vec::new();
    let mut open: Option<usize> = None;
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        if line.starts_with("```") {
            if let Some(start) = open.take() {
                // The header stays where it is.
                let rows = (start + 1).min(out.len());
                out[rows..].sort_unstable();
            } else if line.trim() == "```result unordered" {
                open = Some(out.len() + 1);
            }
        }
        out.push(line);
    }
    out.join("\n") + "\n"
}

fn section(text: &str, answer: &Result<Answer>) -> Result<String> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return Ok(format!("```error\n{}\n```\n", error.to_string().trim_end())),
    };
    let ordered = is_ordered(&parse(text).query);
    let mut out = String::new();
    for (at, table) in answer.tables.iter().enumerate() {
        // Of several statements only the last one's order is known.
        let last = at + 1 == answer.tables.len();
        let fence = if (ordered && last) || table.row_count() < 2 { "result" } else { "result unordered" };
        if at > 0 {
            out.push('\n');
        }
        out.push_str(&format!("```{fence}\n{}```\n", draw(table)?));
    }
    Ok(out)
}

fn draw(table: &Table) -> Result<String> {
    let header: Vec<String> = table.columns.iter().map(|(name, ty)| format!("{name}:{ty}")).collect();
    let mut out = header.join(" | ") + "\n";
    for batch in &table.batches {
        let cells = Cells::of_batch(table, batch)?;
        for row in 0..batch.num_rows() {
            let texts: Vec<String> = cells.iter().map(|cells| cell(cells, row)).collect();
            out.push_str(&texts.join(" | "));
            out.push('\n');
        }
    }
    Ok(out)
}

/// A cell on one line: nulls as `null`, and texts that could be taken for something else as JSON.
fn cell(cells: &Cells<'_>, row: usize) -> String {
    let mut text = String::new();
    if cells.is_null(row) {
        return "null".to_owned();
    }
    match cells {
        Cells::String(_) => {
            cells.push_text(row, &mut text);
            let clear = !text.is_empty() && text != "null" && text.trim() == text && !text.starts_with("```");
            if !clear || text.contains(['|', '\n', '\t', '\r', '"']) {
                text.clear();
                cells.push_json(row, &mut text);
            }
        }
        Cells::Dynamic(_) => cells.push_json(row, &mut text),
        Cells::Bool(_)
        | Cells::Int(_)
        | Cells::Long(_)
        | Cells::Real(_)
        | Cells::Decimal(_)
        | Cells::DateTime(_)
        | Cells::TimeSpan(_)
        | Cells::Guid(_) => cells.push_text(row, &mut text),
    }
    text
}

/// The first cell of the first row as text.
pub(super) fn first_cell(table: &Table) -> Result<Option<String>> {
    let Some(batch) = table.batches.iter().find(|batch| batch.num_rows() > 0) else { return Ok(None) };
    let cells = Cells::of_batch(table, batch)?;
    Ok(cells.first().map(|cells| {
        let mut text = String::new();
        if cells.is_null(0) {
            text.push_str("null");
        }
        cells.push_text(0, &mut text);
        text
    }))
}

/// The number that an answer consists of.
pub fn count_of(answer: &Answer) -> Option<u64> {
    first_cell(answer.tables.last()?).ok()??.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_rows_without_an_order_may_come_in_another_one() {
        let text = |fence: &str, rows: &str| sorted(&format!("```{fence}\na:long\n{rows}```\n"));
        assert_eq!(text("result unordered", "1\n2\n"), text("result unordered", "2\n1\n"));
        assert_ne!(text("result", "1\n2\n"), text("result", "2\n1\n"));
        assert!(text("result unordered", "9\n1\n").starts_with("```result unordered\na:long\n1\n9\n```"));
    }
}
