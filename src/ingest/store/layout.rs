//! Where things lie in a folder of tables, and which schema its files get.

use std::path::{Path, PathBuf};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;

use crate::engine::catalog::log::HIDDEN;
use crate::engine::catalog::schema_of;
use crate::engine::types::kql_type;
use crate::error::{Error, Result};
use crate::tables;
use crate::types::Type;
use crate::value::civil_from_days;

/// The file that keeps what could not be read.
pub(super) const REJECTS: &str = "_rejects.jsonl";

/// The folders of a store.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) root: PathBuf,
}

impl Layout {
    /// Files that no commit tells yet.
    pub(super) fn drafts(&self) -> PathBuf {
        self.root.join(HIDDEN).join("drafts")
    }

    /// Where a data file is before it is committed.
    pub(super) fn draft(&self, stem: &str) -> PathBuf {
        self.drafts().join(format!("{stem}.parquet"))
    }

    /// The keys of the data files.
    pub(super) fn all_keys(&self) -> PathBuf {
        self.root.join(HIDDEN).join("keys")
    }

    /// The keys of a data file.
    pub(super) fn keys(&self, stem: &str) -> PathBuf {
        self.all_keys().join(stem)
    }

    pub(super) fn rejects(&self) -> PathBuf {
        self.root.join(REJECTS)
    }
}

/// The name of a data file without folder and ending.
pub(super) fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.strip_suffix(".parquet").unwrap_or(name)
}

/// Which rows lie in one folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Part {
    /// The table has no time.
    Whole,
    /// The rows have no time.
    Unknown,
    /// Those of a day, counted from 1970.
    Day(i64),
}

/// The folder of a part of a table, from the root.
pub(super) fn folder(table: &str, part: Part) -> String {
    let table = folder_name(table);
    match part {
        Part::Whole => table,
        Part::Unknown => format!("{table}/day=unknown"),
        Part::Day(day) => {
            let (year, month, day) = civil_from_days(day);
            format!("{table}/day={year:04}-{month:02}-{day:02}")
        }
    }
}

/// The name of a table as that of a folder: what would hide it or lead elsewhere is written in hexadecimal.
fn folder_name(table: &str) -> String {
    let mut name = String::new();
    for c in table.chars() {
        let is_plain = c.is_alphanumeric() || c == '-' || (c == '_' || c == ' ' || c == '.') && !name.is_empty();
        match is_plain {
            true => name.push(c),
            false => name.push_str(&format!("%{:02x}", u32::from(c))),
        }
    }
    name
}

/// The columns of these batches of a table together: those of its declaration first.
pub(super) fn columns<'b>(table: &str, batches: impl Iterator<Item = &'b RecordBatch>) -> Vec<(String, Type)> {
    let declared = declared(table);
    let mut columns = declared.clone();
    for field in batches.flat_map(|batch| batch.schema_ref().fields().iter()) {
        let Some(ty) = kql_type(field) else { continue };
        match columns.iter().position(|(name, _)| name == field.name()) {
            None => columns.push((field.name().clone(), ty)),
            Some(at) => widen(&mut columns, at, declared.len(), ty),
        }
    }
    columns
}

/// Makes a column wide enough for a type; declared columns stay as they are.
pub(super) fn widen(columns: &mut [(String, Type)], at: usize, declared: usize, ty: Type) {
    if at >= declared && columns[at].1 != ty {
        columns[at].1 = columns[at].1.widest_number(ty).unwrap_or(Type::String);
    }
}

/// The columns that a known table declares.
pub(super) fn declared(table: &str) -> Vec<(String, Type)> {
    let columns = tables::by_name(table).map_or(&[][..], |def| def.columns);
    columns.iter().map(|column| (column.name.to_owned(), column.ty)).collect()
}

/// The schema of columns, and those that the table does not declare.
pub(super) fn schema(table: &str, columns: Vec<(String, Type)>) -> (SchemaRef, Vec<(String, Type)>) {
    let schema = schema_of(&columns);
    let surplus = columns.into_iter().skip(declared(table).len()).collect();
    (schema, surplus)
}

/// Makes the names in a folder last.
pub(super) fn sync_folder(folder: &Path) -> Result<()> {
    // Only Unix can open a folder; elsewhere names last by themselves.
    if cfg!(unix) {
        let synced = std::fs::File::open(folder).and_then(|folder| folder.sync_all());
        synced.map_err(|cause| Error::io(folder, cause))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_named_safely() {
        assert_eq!(folder("ACSCallSummary", Part::Day(0)), "ACSCallSummary/day=1970-01-01");
        assert_eq!(folder("T", Part::Unknown), "T/day=unknown");
        assert_eq!(folder("../_x", Part::Whole), "%2e.%2f_x");
        assert_eq!(folder("_hidden", Part::Whole), "%5fhidden");
        assert_eq!(folder("a=b", Part::Whole), "a%3db");
        assert_eq!(stem("T/day=1970-01-01/calypso-1.parquet"), "calypso-1");
    }
}
