//! Where the answers of a script go: standard output, or a folder with a file per answer.

use std::path::PathBuf;

use crate::engine::{Answer, Table};
use crate::error::{Error, Result};
use crate::output::target::{Target, Wanted, style_of, write_to};
use crate::output::{Format, Writer};

/// Where answers go and how they are written.
#[derive(Clone)]
pub struct Destination {
    /// The folder; none for standard output.
    pub folder: Option<PathBuf>,
    /// The format.
    pub format: &'static Format,
    /// How readable formats look.
    pub wanted: Wanted,
}

/// Formats that tell the tables of an answer apart inside of one file.
const TELLS_APART: &[&str] = &["table", "vertical", "markdown", "html"];

impl Destination {
    /// Writes an answer. `name` begins the names of its files.
    pub fn write(&self, answer: &Answer, name: &str) -> Result<Vec<PathBuf>> {
        let Some(folder) = &self.folder else {
            write_to(answer, self.format, &style_of(&Target::Stdout, &self.wanted), &Target::Stdout)?;
            return Ok(Vec::new());
        };
        let extension = self.format.extensions.first().copied().unwrap_or("txt");
        let together = match self.format.write {
            Writer::All(_) => TELLS_APART.contains(&self.format.name),
            Writer::Last(_) | Writer::One(_) => false,
        };
        let parts: Vec<(String, Answer)> = if together || answer.tables.len() < 2 {
            vec![(name.to_owned(), answer.clone())]
        } else {
            answer.tables.iter().enumerate().map(|(at, table)| (part_name(name, at, table), one(table))).collect()
        };
        let mut written = Vec::new();
        for (name, answer) in parts {
            let path = folder.join(format!("{name}.{extension}"));
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder).map_err(|cause| Error::io(folder, cause))?;
            }
            let target = Target::File(path.clone());
            write_to(&answer, self.format, &style_of(&target, &self.wanted), &target)?;
            written.push(path);
        }
        Ok(written)
    }
}

fn one(table: &Table) -> Answer {
    Answer { tables: vec![table.clone()], ..Answer::default() }
}

/// `02-errors.1`, and `02-errors.2-Totals` for a table that has a name.
fn part_name(name: &str, at: usize, table: &Table) -> String {
    let own = if table.name == "PrimaryResult" { String::new() } else { format!("-{}", slug(&table.name)) };
    format!("{name}.{}{own}", at + 1)
}

/// A text as a part of a file name: letters and digits, and a `-` for everything else.
pub(super) fn slug(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars().take(MOST_CHARACTERS) {
        match c {
            c if c.is_alphanumeric() || c == '_' => out.extend(c.to_lowercase()),
            _ if out.ends_with('-') || out.is_empty() => {}
            _ => out.push('-'),
        }
    }
    out.trim_end_matches('-').to_owned()
}

/// A title may be long; a file name should not.
const MOST_CHARACTERS: usize = 60;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_become_file_names() {
        assert_eq!(slug("Calls per day: P2P / Group"), "calls-per-day-p2p-group");
        assert_eq!(slug("../../etc"), "etc");
        assert_eq!(slug("Größe"), "größe");
    }
}
