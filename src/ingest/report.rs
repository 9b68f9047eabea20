//! What an ingestion did, for people and for programs.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use super::record::Place;
use super::repair::Repairs;

/// What an ingestion did.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Rows by table.
    pub tables: BTreeMap<String, u64>,
    /// How many files were read.
    pub files: u64,
    /// How many bytes were read.
    pub bytes: u64,
    /// How many files end within a record, which is read when it is complete.
    pub unfinished: u64,
    /// What was mended, and how often.
    pub repairs: Repairs,
    /// What could not be read.
    pub rejects: Vec<Reject>,
    /// Where that was kept aside.
    pub rejects_file: Option<PathBuf>,
    /// How many Parquet files were written.
    pub written: u64,
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

impl Report {
    /// How many rows there are in all.
    pub fn rows(&self) -> u64 {
        self.tables.values().sum()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = counted(self.rows(), "row");
        writeln!(f, "{} from {}, {}", rows, counted(self.files, "file"), bytes(self.bytes))?;
        let width = self.tables.keys().map(String::len).max().unwrap_or_default();
        for (table, rows) in &self.tables {
            writeln!(f, "  {table:width$}  {rows:>10}")?;
        }
        if self.repairs.iter().next().is_some() {
            writeln!(f, "mended")?;
            for (repair, count) in self.repairs.iter() {
                writeln!(f, "  {count:>10}  {repair}")?;
            }
        }
        if self.unfinished > 0 {
            writeln!(f, "{} within a record, left until it is complete", counted(self.unfinished, "end"))?;
        }
        if !self.rejects.is_empty() {
            writeln!(f, "{} could not be read", counted(self.rejects.len() as u64, "record"))?;
            for reject in self.rejects.iter().take(SHOWN_REJECTS) {
                writeln!(f, "  {reject}")?;
            }
            if let Some(more @ 1..) = self.rejects.len().checked_sub(SHOWN_REJECTS) {
                writeln!(f, "  and {more} more")?;
            }
            if let Some(file) = &self.rejects_file {
                writeln!(f, "  kept aside in {}", file.display())?;
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

/// A number with its noun: `1 file`, `2 files`.
fn counted(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
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
        report.repairs.add(Repair::MissingComma);
        report.rejects.push(Reject {
            file: "a.json".into(),
            place: Place { line: 7, offset: 1 },
            reason: "unknown category `Weather`".to_owned(),
            text: String::new(),
        });
        let expected = "\
12 rows from 1 file, 20 kB
  ACSCallSummary           2
  ACSCallSurvey           10
mended
           1  missing comma
1 record could not be read
  a.json:7: unknown category `Weather`
";
        assert_eq!(report.to_string(), expected);
    }
}
