//! One file per value of some columns, in folders named `COLUMN=VALUE` as other tools read them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use datafusion::arrow::array::UInt32Array;
use datafusion::arrow::compute::take_record_batch;
use datafusion::arrow::record_batch::RecordBatch;

use crate::engine::catalog::MISSING;
use crate::engine::{Answer, Table};
use crate::error::{Error, Result};
use crate::types::Type;

use super::cell::Cells;
use super::columnar::write_parquet_part;
use super::target::{Target, write_file, write_to};
use super::{Format, Style};

/// More parts than these are taken for a mistake.
const MOST_PARTS: usize = 10_000;

/// Writes the result table of an answer into a folder, a file per combination of values of the columns; these columns
/// are in the names of the folders and not in the files. Gives the number of files.
pub fn write_parts(
    answer: &Answer,
    format: &Format,
    style: &Style,
    folder: &Path,
    columns: &[String],
) -> Result<usize> {
    let [table] = answer.tables.as_slice() else {
        let count = answer.tables.len();
        return Err(Error::Usage(format!("--partition-by takes one result table, and the request has {count}")));
    };
    let keys: Vec<usize> = columns.iter().map(|name| column(table, name)).collect::<Result<_>>()?;
    let kept: Vec<usize> = (0..table.columns.len()).filter(|at| !keys.contains(at)).collect();
    if kept.is_empty() {
        return Err(Error::Usage("--partition-by leaves no column for the files".to_owned()));
    }
    let parts = parts(table, &keys, &kept)?;
    let count = parts.len();
    let told: Vec<(String, Type)> = keys.iter().map(|at| table.columns[*at].clone()).collect();
    let extension = format.extensions.first().copied().unwrap_or(format.name);
    for (path, batches) in parts {
        let folder = folder.join(path);
        std::fs::create_dir_all(&folder).map_err(|cause| Error::io(&folder, cause))?;
        let columns = kept.iter().map(|at| table.columns[*at].clone()).collect();
        let part = Table { name: table.name.clone(), columns, batches, chart: None };
        let path = folder.join(format!("part-0.{extension}"));
        if format.name == "parquet" {
            write_file(&path, |out| write_parquet_part(&part, &told, out))?;
            continue;
        }
        write_to(&Answer { tables: vec![part], ..Answer::default() }, format, style, &Target::File(path))?;
    }
    Ok(count)
}

fn column(table: &Table, name: &str) -> Result<usize> {
    table.columns.iter().position(|(known, _)| known == name).ok_or_else(|| {
        let names: Vec<&str> = table.columns.iter().map(|(name, _)| name.as_str()).collect();
        Error::Usage(format!("--partition-by: no column `{name}` in the result: there are {}", names.join(", ")))
    })
}

/// The rows of each folder, without the columns that name it.
fn parts(table: &Table, keys: &[usize], kept: &[usize]) -> Result<BTreeMap<PathBuf, Vec<RecordBatch>>> {
    let mut parts: BTreeMap<PathBuf, Vec<RecordBatch>> = BTreeMap::new();
    for batch in &table.batches {
        let cells = Cells::of_batch(table, batch)?;
        let mut rows: BTreeMap<PathBuf, Vec<u32>> = BTreeMap::new();
        for row in 0..batch.num_rows() {
            let names = keys.iter().map(|at| folder_name(&table.columns[*at].0, &cells[*at], row));
            rows.entry(names.collect()).or_default().push(u32::try_from(row).unwrap_or(u32::MAX));
        }
        let batch = batch.project(kept).map_err(engine_error)?;
        for (path, rows) in rows {
            let taken = take_record_batch(&batch, &UInt32Array::from(rows)).map_err(engine_error)?;
            parts.entry(path).or_default().push(taken);
        }
        if parts.len() > MOST_PARTS {
            return Err(Error::Usage(format!("--partition-by would make more than {MOST_PARTS} files")));
        }
    }
    Ok(parts)
}

/// `COLUMN=VALUE`, with everything that paths or other tools could take for something else as `%XX`.
fn folder_name(name: &str, cells: &Cells, row: usize) -> String {
    let mut value = String::new();
    cells.push_text(row, &mut value);
    let value = if cells.is_null(row) || value.is_empty() { MISSING.to_owned() } else { encode(&value) };
    format!("{}={value}", encode(name))
}

fn encode(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b' ' | b'@' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    // These two mean folders.
    if out == "." || out == ".." { out.replace('.', "%2E") } else { out }
}

fn engine_error(error: datafusion::arrow::error::ArrowError) -> Error {
    Error::Engine(error.to_string())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn values_cannot_leave_their_folder() {
        for (value, name) in [("a b", "a b"), ("../x", "..%2Fx"), ("..", "%2E%2E"), ("a=b", "a%3Db"), ("ä", "%C3%A4")]
        {
            assert_eq!(encode(value), name);
        }
    }
}
