//! Columns of tables that nobody declared: what came is kept as it was written until all of it is there, and then
//! each column gets the narrowest type that holds all of its values.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::datatypes::Schema;
use datafusion::arrow::error::ArrowError;

use super::batch::ADDITIONAL;
use super::cells::{self, Cells, kept_field};
use super::convert;
use super::json::{Node, is_number, write_text};
use super::repair::Repairs;
use super::runs::plain;
use crate::error::{Error, Result};
use crate::types::Type;

/// The columns of a table whose types are not known yet.
#[derive(Default)]
pub(super) struct Columns {
    columns: Vec<Column>,
    places: HashMap<String, usize>,
    /// What there is no column for.
    additional: Option<Column>,
    rows: usize,
}

#[derive(Default)]
struct Column {
    name: String,
    /// The type that was told, as against what the values look like.
    told: Option<Type>,
    /// The narrowest type so far.
    ty: Option<Type>,
    kinds: Vec<Kind>,
    ends: Vec<usize>,
    text: String,
}

/// What a cell was before it became text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Null,
    Bool,
    /// A number, array or object: it is in the text as JSON has it.
    Json,
    Text,
}

/// Columns that a table may have. Names beyond go into `AdditionalFields`: a file with a new name on every line must
/// not fill the memory.
const MOST_COLUMNS: usize = 500;

/// Rows of a batch.
const BATCH_ROWS: usize = cells::MOST_ROWS;

impl Columns {
    /// Tells the type of a column; the column is made when it is not there.
    pub(super) fn tell(&mut self, name: &str, ty: Type) {
        if let Some(at) = self.place(name) {
            self.columns[at].told = Some(ty);
        }
    }

    /// How many rows there are.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// How many bytes of text they hold.
    pub(super) fn bytes(&self) -> usize {
        self.columns.iter().chain(&self.additional).map(|column| column.text.len()).sum()
    }

    /// Adds a row. Columns that were not there before are empty in the rows so far.
    pub(super) fn push<'n>(&mut self, members: impl Iterator<Item = (&'n str, &'n Node<'n>)>) {
        let mut rest = String::new();
        for (name, node) in members {
            match self.place(name) {
                Some(at) => self.columns[at].set(self.rows, node),
                None => {
                    rest.push(if rest.is_empty() { '{' } else { ',' });
                    write_text(name, &mut rest);
                    rest.push(':');
                    node.write(&mut rest);
                }
            }
        }
        if !rest.is_empty() {
            rest.push('}');
            let additional = self.additional.get_or_insert_default();
            additional.name = ADDITIONAL.to_owned();
            additional.told = Some(Type::Dynamic);
            additional.set(self.rows, &Node::Number(Cow::Owned(rest)));
        }
        self.rows += 1;
    }

    fn place(&mut self, name: &str) -> Option<usize> {
        if let Some(at) = self.places.get(name) {
            return Some(*at);
        }
        if self.columns.len() == MOST_COLUMNS {
            return None;
        }
        let at = self.columns.len();
        self.columns.push(Column { name: name.to_owned(), ..Column::default() });
        self.places.insert(name.to_owned(), at);
        Some(at)
    }

    /// Adds all rows of another table behind these.
    pub(super) fn merge(&mut self, other: Columns) {
        if self.rows == 0 && self.columns.is_empty() {
            *self = other;
            return;
        }
        for row in 0..other.rows {
            let cells = other.columns.iter().chain(&other.additional);
            let cells: Vec<_> = cells
                .filter(|column| column.kind(row) != Kind::Null)
                .map(|column| (column.name.as_str(), column.node(row)))
                .collect();
            self.push(cells.iter().map(|(name, node)| (*name, node)));
        }
        for column in &other.columns {
            match column.told {
                Some(ty) => self.tell(&column.name, ty),
                None => drop(self.place(&column.name)),
            }
        }
    }

    /// The rows as batches of one schema.
    pub(super) fn finish(self, repairs: &mut Repairs) -> Result<Vec<RecordBatch>> {
        let columns: Vec<Column> = self.columns.into_iter().chain(self.additional).collect();
        let types: Vec<Type> = columns.iter().map(Column::final_type).collect();
        let batch = |from: usize| {
            let rows = from..self.rows.min(from + BATCH_ROWS);
            let arrays = columns.iter().zip(&types).map(|(column, ty)| column.array(*ty, rows.clone(), repairs));
            let arrays: Vec<ArrayRef> = arrays.collect::<Result<_, ArrowError>>()?;
            let kept = columns.iter().zip(&types).zip(&arrays);
            let fields = kept.map(|((column, ty), array)| kept_field(&column.name, *ty, array));
            RecordBatch::try_new(Arc::new(Schema::new(fields.collect::<Vec<_>>())), arrays)
        };
        let batches = if columns.is_empty() { 0 } else { self.rows };
        let batches = (0..batches).step_by(BATCH_ROWS).map(batch).collect::<Result<_, _>>();
        batches.map_err(|error| Error::Engine(error.to_string()))
    }
}

impl Column {
    fn set(&mut self, row: usize, node: &Node<'_>) {
        // A name twice in a row: the last value counts.
        self.kinds.truncate(row);
        self.ends.truncate(row);
        let end = self.ends.last().copied().unwrap_or_default();
        self.text.truncate(end);
        self.kinds.resize(row, Kind::Null);
        self.ends.resize(row, end);
        let kind = match node {
            Node::Null => Kind::Null,
            Node::Bool(_) => Kind::Bool,
            Node::Text(_) => Kind::Text,
            Node::Number(_) | Node::Array(_) | Node::Object(_) => Kind::Json,
        };
        match node {
            Node::Null => {}
            Node::Text(text) => self.text.push_str(text),
            other => other.write(&mut self.text),
        }
        self.kinds.push(kind);
        self.ends.push(self.text.len());
        let is_missing = matches!(node, Node::Null) || matches!(node, Node::Text(text) if text.is_empty());
        if !is_missing && self.told.is_none() {
            let ty = type_of(node);
            self.ty = Some(self.ty.map_or(ty, |known| wider(known, ty)));
        }
    }

    fn kind(&self, row: usize) -> Kind {
        self.kinds.get(row).copied().unwrap_or(Kind::Null)
    }

    fn node(&self, row: usize) -> Node<'_> {
        let from = row.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or_default();
        let text = Cow::Borrowed(self.ends.get(row).map_or("", |end| &self.text[from..*end]));
        match self.kind(row) {
            Kind::Null => Node::Null,
            Kind::Bool => Node::Bool(text == "true"),
            // Numbers are handed on as they are written, and so may be arrays and objects.
            Kind::Json => Node::Number(text),
            Kind::Text => Node::Text(text),
        }
    }

    fn final_type(&self) -> Type {
        self.told.or(self.ty).unwrap_or(Type::String)
    }

    fn array(&self, ty: Type, rows: Range<usize>, repairs: &mut Repairs) -> Result<ArrayRef, ArrowError> {
        let mut cells = Cells::new(&self.name, ty);
        // Cells of foreign tables are kept as they are.
        cells.keep_blanks();
        for row in rows {
            let misfit = cells.append(self.node(row), repairs).is_err();
            if misfit {
                repairs.add(super::repair::Repair::Misfit);
            }
        }
        plain(&cells.finish()?)
    }
}

fn wider(a: Type, b: Type) -> Type {
    match (a, b) {
        _ if a == b => a,
        (Type::Dynamic, _) | (_, Type::Dynamic) => Type::Dynamic,
        _ => a.widest_number(b).unwrap_or(Type::String),
    }
}

/// The narrowest type that holds a value. Text is looked into: CSV has nothing else.
fn type_of(node: &Node<'_>) -> Type {
    match node {
        Node::Null => Type::String,
        Node::Bool(_) => Type::Bool,
        // An array or object that came through a column.
        Node::Number(digits) if digits.starts_with(['{', '[']) => Type::Dynamic,
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

    fn columns(texts: &[&str]) -> Columns {
        let mut columns = Columns::default();
        for text in texts {
            let node = Parser::new(text, 0, OpenEnds::Refuse).value().unwrap();
            columns.push([("x", &node)].into_iter());
        }
        columns
    }

    fn check(texts: &[&str], expected: Type) {
        // Whether they come at once or in parts.
        for split in 0..texts.len() {
            let mut all = columns(&texts[..split]);
            all.merge(columns(&texts[split..]));
            let batch = all.finish(&mut Repairs::default()).unwrap().remove(0);
            assert_eq!(kql_type(batch.schema().field(0)), Some(expected), "{texts:?}");
            assert_eq!(batch.num_rows(), texts.len());
        }
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
    fn too_many_columns_go_together() {
        let mut columns = Columns::default();
        for n in 0..MOST_COLUMNS + 2 {
            columns.push([(n.to_string().as_str(), &Node::Bool(true))].into_iter());
        }
        let batch = columns.finish(&mut Repairs::default()).unwrap().remove(0);
        assert_eq!((batch.num_columns(), batch.num_rows()), (MOST_COLUMNS + 1, MOST_COLUMNS + 2));
        let last = batch.column(MOST_COLUMNS);
        assert_eq!(datafusion::arrow::util::display::array_value_to_string(last, 501).unwrap(), "{\"501\":true}");
    }
}
