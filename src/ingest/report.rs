//! What an ingestion did, for people and for programs.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::record::Place;
use super::repair::Repairs;
use super::surplus::Surplus;
use crate::tables;
use crate::words::counted;

/// What an ingestion did.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Rows by table.
    pub tables: BTreeMap<String, u64>,
    /// How many files were read.
    pub files: u64,
    /// How many bytes were read.
    pub bytes: u64,
    /// How many files were left out because all of them was read before, under this or another name.
    pub known: u64,
    /// How many of those that were read had been read before and have grown since.
    pub grown: u64,
    /// How many of those that were read had been read before and begin otherwise now.
    pub changed: u64,
    /// How many files end within a record, which is read when it is complete.
    pub unfinished: u64,
    /// Rows that were left out because they are there already.
    pub duplicates: u64,
    /// Rows that were left out or removed because there is a later version.
    pub superseded: u64,
    /// Values that were removed or replaced, so that nobody is named.
    pub hidden: u64,
    /// Names of what was to be hidden that nothing had.
    pub unmet: Vec<String>,
    /// What was mended, and how often.
    pub repairs: Repairs,
    /// Names of properties that have no column.
    pub surplus: Surplus,
    /// How many records could not be read.
    pub rejected: u64,
    /// The first of them.
    pub rejects: Vec<Reject>,
    /// Sources that could not be read to their end, and why.
    pub failed: Vec<(String, String)>,
    /// Where that was kept aside.
    pub rejects_file: Option<PathBuf>,
    /// How many Parquet files were written.
    pub written: u64,
    /// How many files were merged into larger ones.
    pub merged: u64,
}

/// A record that could not be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Reject {
    /// The file.
    pub file: PathBuf,
    /// Where in the file it begins.
    pub place: Place,
    /// Why it could not be read.
    pub reason: String,
    /// Its text.
    pub text: String,
}

/// Rejects that the report shows; all are in the rejects file.
const SHOWN_REJECTS: usize = 10;

/// Rejects that the report keeps.
const KEPT_REJECTS: usize = 1000;

impl Report {
    /// Whether all that was there could be read.
    pub fn is_complete(&self) -> bool {
        self.rejected == 0 && self.failed.is_empty()
    }

    /// Whether anything was done.
    pub fn is_empty(&self) -> bool {
        self.files == 0 && self.is_complete()
    }

    /// The report for programs.
    pub fn to_json(&self) -> Value {
        let repairs = self.repairs.iter().map(|(repair, count)| (repair.name().to_owned(), Value::from(count)));
        let rejects = self.rejects.iter().map(|reject| {
            let Reject { file, place, reason, .. } = reject;
            json!({ "file": file.to_string_lossy(), "line": place.line, "offset": place.offset, "reason": reason })
        });
        let failed = self.failed.iter().map(|(file, reason)| json!({ "file": file, "reason": reason }));
        let undeclared = self.tables.keys().filter(|table| tables::by_name(table).is_none());
        json!({
            "rows": self.rows(),
            "tables": self.tables,
            "undeclared": undeclared.collect::<Vec<_>>(),
            "files": { "read": self.files, "known": self.known, "grown": self.grown, "changed": self.changed,
                "unfinished": self.unfinished, "failed": failed.collect::<Vec<_>>() },
            "bytes": self.bytes,
            "duplicates": self.duplicates,
            "superseded": self.superseded,
            "hidden": self.hidden,
            "unmet": self.unmet,
            "repairs": repairs.collect::<Map<_, _>>(),
            "without_column": self.surplus.to_json(),
            "rejected": self.rejected,
            "rejects": rejects.collect::<Vec<_>>(),
            "rejects_file": self.rejects_file.as_ref().map(|path| path.to_string_lossy()),
            "written": self.written,
            "merged": self.merged,
        })
    }

    fn write_rejects(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.rejected == 0 {
            return Ok(());
        }
        writeln!(f, "{} could not be read", counted(self.rejected, "record"))?;
        for reject in self.rejects.iter().take(SHOWN_REJECTS) {
            writeln!(f, "  {reject}")?;
        }
        if let Some(more @ 1..) = self.rejected.checked_sub(SHOWN_REJECTS as u64) {
            writeln!(f, "  and {more} more")?;
        }
        if let Some(file) = &self.rejects_file {
            writeln!(f, "  kept aside in {}", file.display())?;
        }
        Ok(())
    }

    /// Counts a record that could not be read, and keeps it while there are few.
    pub(super) fn reject(&mut self, reject: Reject) {
        self.rejected += 1;
        if self.rejects.len() < KEPT_REJECTS {
            self.rejects.push(reject);
        }
    }

    /// How many rows there are in all.
    pub fn rows(&self) -> u64 {
        self.tables.values().sum()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = counted(self.rows(), "row");
        write!(f, "{} from {}, {}", rows, counted(self.files, "file"), bytes(self.bytes))?;
        for (count, what) in [(self.grown, "grown"), (self.changed, "changed")] {
            if count > 0 {
                write!(f, ", {count} of them {what}")?;
            }
        }
        writeln!(f)?;
        let width = self.tables.keys().map(String::len).max().unwrap_or_default();
        for (table, rows) in &self.tables {
            let mark = if tables::by_name(table).is_none() { "  nobody declared it" } else { "" };
            writeln!(f, "  {table:width$}  {rows:>10}{mark}")?;
        }
        if self.known > 0 {
            writeln!(f, "{} left out, read before", counted(self.known, "file"))?;
        }
        if self.duplicates > 0 {
            writeln!(f, "{} left out, there already", counted(self.duplicates, "row"))?;
        }
        if self.superseded > 0 {
            writeln!(f, "{} left out or removed, out of date", counted(self.superseded, "row"))?;
        }
        if self.hidden > 0 {
            writeln!(f, "{} hidden, so that nobody is named", counted(self.hidden, "value"))?;
        }
        for name in &self.unmet {
            writeln!(f, "nothing is called `{name}`, so nothing of that name was hidden")?;
        }
        if self.unfinished > 0 {
            writeln!(f, "{} within a record, left until it is complete", counted(self.unfinished, "file end"))?;
        }
        if self.repairs.iter().next().is_some() {
            writeln!(f, "mended")?;
            for (repair, count) in self.repairs.iter() {
                writeln!(f, "  {count:>10}  {repair}")?;
            }
            write!(f, "{}", self.surplus)?;
        }
        self.write_rejects(f)?;
        if !self.failed.is_empty() {
            writeln!(f, "{} could not be read to the end", counted(self.failed.len() as u64, "file"))?;
            for (file, reason) in &self.failed {
                let reason = reason.strip_prefix(&format!("{file}: ")).unwrap_or(reason);
                writeln!(f, "  {file}: {reason}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Reject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file.display(), self.place.line, self.reason)
    }
}

/// A size as people read it.
fn bytes(count: u64) -> String {
    match count {
        0..10_000 => counted(count, "byte"),
        10_000..10_000_000 => format!("{} kB", count / 1_000),
        10_000_000..10_000_000_000 => format!("{} MB", count / 1_000_000),
        _ => format!("{} GB", count / 1_000_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::super::repair::Repair;
    use super::*;

    #[test]
    fn reports_read_well() {
        let mut report = Report { files: 1, bytes: 20_500, ..Report::default() };
        report.tables.insert("ACSCallSummary".to_owned(), 2);
        report.tables.insert("ACSCallSurvey".to_owned(), 10);
        report.tables.insert("ACSWeather".to_owned(), 5);
        report.repairs.add(Repair::MissingComma);
        report.reject(Reject {
            file: "a.json".into(),
            place: Place { line: 7, offset: 1 },
            reason: "unknown category `Weather`".to_owned(),
            text: String::new(),
        });
        let expected = "\
17 rows from 1 file, 20 kB
  ACSCallSummary           2
  ACSCallSurvey           10
  ACSWeather               5  nobody declared it
mended
           1  missing comma
1 record could not be read
  a.json:7: unknown category `Weather`
";
        assert_eq!(report.to_string(), expected);
    }
}
