//! Files outside of the tables as rows, for `externaldata`.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, StringViewArray};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::datasource::{MemTable, TableProvider};
use flate2::read::MultiGzDecoder;
use serde_json::Value as Json;

use super::catalog::{DataCatalog, plain_schema_of};
use super::dynamic;
use crate::error::{Error, Result};
use crate::ir::{Column, ExternalFormat};
use crate::types::Type;

/// The rows of the files behind some addresses.
pub(super) fn provider(
    catalog: &DataCatalog,
    addresses: &[String],
    (format, header): (ExternalFormat, bool),
    columns: &[Column],
) -> Result<Arc<dyn TableProvider>> {
    let files = addresses.iter().map(|address| catalog.file(address).map_err(Error::Usage));
    let files: Vec<PathBuf> = files.collect::<Result<_>>()?;
    let columns: Vec<(String, Type)> = columns.iter().map(|column| (column.name.clone(), column.ty)).collect();
    if format == ExternalFormat::Parquet {
        return catalog.parquet_files(&files, &columns);
    }
    let schema = plain_schema_of(&columns);
    let mut batches = Vec::new();
    for file in &files {
        let mut records = read(file, format)?;
        if header && !records.is_empty() {
            records.remove(0);
        }
        let cells: ArrayRef = Arc::new(StringViewArray::from_iter_values(records));
        batches.push(RecordBatch::try_new(Arc::clone(&schema), vec![cells]).map_err(|e| Error::Engine(e.to_string()))?);
    }
    Ok(Arc::new(MemTable::try_new(schema, vec![batches])?))
}

/// The records of a file, as `dynamic` values.
fn read(path: &Path, format: ExternalFormat) -> Result<Vec<String>> {
    let file = File::open(path).map_err(|cause| Error::io(path, cause))?;
    let packed = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
    let bytes: Box<dyn Read> = if packed { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };
    let mut input = BufReader::new(bytes);
    skip_mark(path, &mut input)?;
    match format {
        ExternalFormat::Delimited(delimiter) => delimited(path, input, delimiter),
        ExternalFormat::Lines => lines(path, input, |_, line| Ok(one_cell(line))),
        ExternalFormat::Whole => Ok(vec![one_cell(&text(path, input)?)]),
        ExternalFormat::JsonLines => {
            let records = lines(path, input, |number, line| match serde_json::from_str::<Json>(line) {
                _ if line.trim().is_empty() => Ok(String::new()),
                Ok(value) => Ok(record(&value)),
                Err(problem) => Err(broken(path, Some(number), problem)),
            })?;
            Ok(records.into_iter().filter(|record| !record.is_empty()).collect())
        }
        ExternalFormat::Json => json(path, &text(path, input)?),
        ExternalFormat::Parquet => Ok(Vec::new()),
    }
}

/// Passes over the mark that some programs put in front of UTF-8.
fn skip_mark(path: &Path, input: &mut impl BufRead) -> Result<()> {
    let start = input.fill_buf().map_err(|cause| Error::io(path, cause))?;
    if start.starts_with(b"\xef\xbb\xbf") {
        input.consume(3);
    }
    Ok(())
}

fn delimited(path: &Path, input: impl Read, delimiter: u8) -> Result<Vec<String>> {
    let mut reader =
        csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(input);
    let mut records = Vec::new();
    for found in reader.byte_records() {
        let found = found.map_err(|problem| broken(path, None, problem))?;
        let cells: Vec<String> =
            found.iter().map(|cell| dynamic::encode_text(&String::from_utf8_lossy(cell))).collect();
        records.push(format!("[{}]", cells.join(",")));
    }
    Ok(records)
}

fn lines(path: &Path, input: impl BufRead, record: impl Fn(u64, &str) -> Result<String>) -> Result<Vec<String>> {
    let mut records = Vec::new();
    for (line, number) in input.split(b'\n').zip(1..) {
        let line = line.map_err(|cause| Error::io(path, cause))?;
        let line = String::from_utf8_lossy(&line);
        records.push(record(number, line.strip_suffix('\r').unwrap_or(&line))?);
    }
    Ok(records)
}

fn json(path: &Path, text: &str) -> Result<Vec<String>> {
    let mut records = Vec::new();
    for value in serde_json::Deserializer::from_str(text).into_iter::<Json>() {
        match value.map_err(|problem| broken(path, None, problem))? {
            Json::Array(items) => records.extend(items.iter().map(record)),
            value => records.push(record(&value)),
        }
    }
    Ok(records)
}

fn text(path: &Path, mut input: impl Read) -> Result<String> {
    let mut bytes = Vec::new();
    input.read_to_end(&mut bytes).map_err(|cause| Error::io(path, cause))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn one_cell(text: &str) -> String {
    format!("[{}]", dynamic::encode_text(text))
}

/// A value that is null has no properties, so it is a record of none.
fn record(value: &Json) -> String {
    dynamic::encode(value).unwrap_or_else(|| "{}".to_owned())
}

fn broken(path: &Path, line: Option<u64>, problem: impl std::fmt::Display) -> Error {
    Error::Data { path: path.to_owned(), line, reason: problem.to_string() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    fn check(name: &str, bytes: &[u8], format: ExternalFormat, expected: &[&str]) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        assert_eq!(read(&path, format).unwrap(), expected, "{name}");
    }

    #[test]
    fn records_of_each_format() {
        check(
            "a.csv",
            b"\xef\xbb\xbfa,\"b,\"\"c\"\r\n\nd",
            ExternalFormat::Delimited(b','),
            &[r#"["a","b,\"c"]"#, r#"["d"]"#],
        );
        check("a.tsv", b"a\tb\n", ExternalFormat::Delimited(b'\t'), &[r#"["a","b"]"#]);
        check("a.txt", b"a,b\r\n\nc", ExternalFormat::Lines, &[r#"["a,b"]"#, r#"[""]"#, r#"["c"]"#]);
        check("a.raw", b"a\nb\n", ExternalFormat::Whole, &[r#"["a\nb\n"]"#]);
        check("a.json", b"{\"a\":1}\n\n{\"a\":2}\n", ExternalFormat::JsonLines, &[r#"{"a":1}"#, r#"{"a":2}"#]);
        check(
            "b.json",
            b"[{\"a\":1},\n{\"a\":2}] {\"a\":\n3} null",
            ExternalFormat::Json,
            &[r#"{"a":1}"#, r#"{"a":2}"#, r#"{"a":3}"#, "{}"],
        );
        check("empty.csv", b"", ExternalFormat::Delimited(b','), &[]);
    }

    #[test]
    fn packed_files_are_unpacked() {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut packed, b"a,b\n").unwrap();
        check("a.csv.gz", &packed.finish().unwrap(), ExternalFormat::Delimited(b','), &[r#"["a","b"]"#]);
    }

    #[test]
    fn broken_json_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        std::fs::write(&path, "{\"a\":1}\n{").unwrap();
        let error = read(&path, ExternalFormat::JsonLines).unwrap_err().to_string();
        assert!(error.contains("a.json:2:"), "{error}");
    }
}
