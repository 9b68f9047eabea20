//! Files that are no logs as ordinary tables: CSV, and JSON without category or table name. Column types are inferred.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::Schema;

use super::batch::Cells;
use super::convert;
use super::json::{Members, Node, is_number};
use super::record::Place;
use super::repair::Repairs;
use crate::engine::types::arrow_field;
use crate::error::{Error, Result};
use crate::types::Type;

/// The columns of a table whose types are not known yet.
#[derive(Default)]
pub(super) struct Columns {
    columns: Vec<(String, Vec<Node<'static>>)>,
    rows: usize,
}

impl Columns {
    /// Adds a row. Columns that were not there before are empty in the rows so far.
    pub(super) fn push(&mut self, members: &Members<'_>) {
        for (name, node) in members {
            let at = match self.columns.iter().position(|(known, _)| known == name) {
                Some(at) => at,
                None => {
                    self.columns.push((name.to_string(), Vec::new()));
                    self.columns.len() - 1
                }
            };
            let cells = &mut self.columns[at].1;
            cells.resize(self.rows, Node::Null);
            cells.push(owned(node));
        }
        self.rows += 1;
    }

    /// The rows as a batch, each column in the narrowest type that holds all of its values.
    pub(super) fn finish(self) -> Result<RecordBatch> {
        let mut fields = Vec::with_capacity(self.columns.len());
        let mut arrays = Vec::with_capacity(self.columns.len());
        for (name, mut nodes) in self.columns {
            nodes.resize(self.rows, Node::Null);
            let ty = infer(&nodes);
            let mut cells = Cells::new(&name, ty);
            for node in &nodes {
                // The type was chosen so that every value fits.
                let _ = cells.append(node, &mut Repairs::default());
            }
            fields.push(arrow_field(&name, ty));
            arrays.push(cells.finish());
        }
        RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(|error| Error::Engine(error.to_string()))
    }
}

/// Reads CSV and hands on each row as an object. The separator is the one that the header has most of.
pub(super) fn read_csv(path: &Path, text: &str, mut each: impl FnMut(Members<'_>, Place, &str)) -> Result<()> {
    let header = text.lines().next().unwrap_or_default();
    let count = |separator: u8| header.bytes().filter(|b| *b == separator).count();
    let separator = [b',', b'\t', b';'].into_iter().rev().max_by_key(|separator| count(*separator)).unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(text.as_bytes());
    let wrong = |error: csv::Error| Error::Data {
        path: path.to_owned(),
        line: error.position().map(csv::Position::line),
        reason: error.to_string(),
    };
    let names = reader.headers().map_err(wrong)?.clone();
    let mut row = csv::StringRecord::new();
    while reader.read_record(&mut row).map_err(wrong)? {
        let place = row.position().map(|at| Place { line: at.line(), offset: at.byte() }).unwrap_or_default();
        let whole = text.get(place.offset as usize..reader.position().byte() as usize).unwrap_or_default().trim();
        let named = names.iter().chain(std::iter::repeat("")).zip(&row).enumerate();
        let members = named.map(|(at, (name, cell))| {
            // Cells beyond the header are kept too.
            let name = if name.is_empty() { Cow::Owned(format!("Column{}", at + 1)) } else { Cow::Borrowed(name) };
            (name, Node::Text(Cow::Borrowed(cell)))
        });
        each(members.collect(), place, whole);
    }
    Ok(())
}

fn owned(node: &Node<'_>) -> Node<'static> {
    match node {
        Node::Null => Node::Null,
        Node::Bool(truth) => Node::Bool(*truth),
        Node::Text(text) => Node::Text(Cow::Owned(text.to_string())),
        Node::Number(digits) => Node::Number(Cow::Owned(digits.to_string())),
        Node::Array(elements) => Node::Array(elements.iter().map(owned).collect()),
        Node::Object(members) => {
            Node::Object(members.iter().map(|(name, node)| (Cow::Owned(name.to_string()), owned(node))).collect())
        }
    }
}

/// The narrowest type that holds all values. Text is looked into: CSV has nothing else.
fn infer(nodes: &[Node<'_>]) -> Type {
    let present =
        nodes.iter().filter(|node| !matches!(node, Node::Null) && !matches!(node, Node::Text(text) if text.is_empty()));
    let mut types = present.map(type_of);
    let Some(first) = types.next() else { return Type::String };
    types.fold(first, |a, b| match (a, b) {
        _ if a == b => a,
        (Type::Dynamic, _) | (_, Type::Dynamic) => Type::Dynamic,
        _ => a.widest_number(b).unwrap_or(Type::String),
    })
}

fn type_of(node: &Node<'_>) -> Type {
    match node {
        Node::Null => Type::String,
        Node::Bool(_) => Type::Bool,
        Node::Number(digits) => type_of_number(digits),
        Node::Array(_) | Node::Object(_) => Type::Dynamic,
        Node::Text(text) if is_number(text) => type_of_number(text),
        Node::Text(text) if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") => Type::Bool,
        Node::Text(text) if looks_like_time(text) && convert::parse_time(text).is_some() => Type::DateTime,
        Node::Text(_) => Type::String,
    }
}

fn type_of_number(digits: &str) -> Type {
    if digits.parse::<i64>().is_ok() { Type::Long } else { Type::Real }
}

/// Whether a text is a date by its look, so that not every number with dashes becomes one.
fn looks_like_time(text: &str) -> bool {
    let bytes = text.as_bytes();
    let iso = bytes.len() >= 10 && bytes[4] == b'-' && bytes[7] == b'-';
    iso || (text.contains('/') && text.contains(':'))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::json::{OpenEnds, Parser};
    use super::*;
    use crate::engine::types::kql_type;

    fn check(texts: &[&str], expected: Type) {
        let mut columns = Columns::default();
        for text in texts {
            let node = Parser::new(text, 0, OpenEnds::Refuse).value().unwrap();
            columns.push(&vec![(Cow::Borrowed("x"), node)]);
        }
        let batch = columns.finish().unwrap();
        assert_eq!(kql_type(batch.schema().field(0)), Some(expected), "{texts:?}");
        assert_eq!(batch.num_rows(), texts.len());
    }

    #[test]
    fn types_are_inferred() {
        check(&["1", "null", "\"\"", "\"2\""], Type::Long);
        check(&["1", "2.5"], Type::Real);
        check(&["\"007\"", "\"008\""], Type::String);
        check(&["true", "\"FALSE\""], Type::Bool);
        check(&["\"2026-03-02T09:00:00Z\"", "\"2026-03-02\""], Type::DateTime);
        check(&["\"2026-03-02\"", "\"soon\""], Type::String);
        check(&["\"5551-23-4567\""], Type::String);
        check(&["[1]", "\"a\""], Type::Dynamic);
        check(&["null"], Type::String);
        check(&["99999999999999999999"], Type::Real);
    }

    #[test]
    fn csv_is_read() {
        let read = |text: &str| {
            let mut rows = Vec::new();
            let row = |members: Members<'_>, place: Place, text: &str| {
                let cells = members.iter().map(|(name, node)| format!("{name}={}", convert::text(node)));
                rows.push(format!("{}: {} <{text}>", place.line, cells.collect::<Vec<_>>().join(" ")));
            };
            read_csv(Path::new("x.csv"), text, row).unwrap();
            rows
        };
        assert_eq!(read("a,b\n1,\"x, \"\"y\"\"\"\n2\n"), ["2: a=1 b=x, \"y\" <1,\"x, \"\"y\"\"\">", "3: a=2 <2>"]);
        assert_eq!(read("a;b\n1;2;3\n"), ["2: a=1 b=2 Column3=3 <1;2;3>"]);
        assert_eq!(read("a\tb\n1\t2\n"), ["2: a=1 b=2 <1\t2>"]);
    }
}
