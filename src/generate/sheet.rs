//! Rows of one table under construction, column by column, without a value per row in between.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{
    ArrayRef, BooleanBuilder, Float64Builder, Int32Builder, Int64Builder, RecordBatch, StringViewBuilder,
    TimestampNanosecondBuilder, UInt32Array,
};
use datafusion::arrow::compute::take;
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;

use super::{RESOURCE, SUBSCRIPTION};
use crate::engine::types::arrow_field;
use crate::tables::{TABLES, TableDef};
use crate::types::Type;

/// The rows of a table.
pub(super) struct Sheet {
    table: &'static TableDef,
    columns: Vec<Cells>,
    rows: usize,
}

/// A column.
enum Cells {
    Bool(BooleanBuilder),
    Int(Int32Builder),
    Long(Int64Builder),
    Real(Float64Builder),
    Time(TimestampNanosecondBuilder),
    /// Texts; `usual` stands where a row gives none.
    Text {
        texts: Texts,
        usual: &'static str,
    },
    Dynamic(Texts),
}

/// A row under construction. Its cells are given by name, in the order of the table's columns; what is left out is
/// missing, or what it is in every row.
pub(super) struct Row<'s> {
    sheet: &'s mut Sheet,
    at: usize,
}

impl Sheet {
    pub(super) fn new(table: &'static TableDef) -> Self {
        let columns = table.columns.iter().map(|column| Cells::new(column.ty, usual(table, column.name))).collect();
        Self { table, columns, rows: 0 }
    }

    pub(super) fn row(&mut self) -> Row<'_> {
        self.rows += 1;
        Row { sheet: self, at: 0 }
    }

    /// The rows as a batch, in the types and columns that ingestion writes.
    pub(super) fn finish(mut self) -> Result<RecordBatch, ArrowError> {
        let arrays = self.columns.iter_mut().map(Cells::finish).collect::<Result<Vec<_>, _>>()?;
        RecordBatch::try_new(schema(self.table), arrays)
    }
}

/// The columns of a table, made once for all its batches.
fn schema(table: &TableDef) -> SchemaRef {
    static SCHEMAS: LazyLock<BTreeMap<&str, SchemaRef>> = LazyLock::new(|| {
        let fields = |table: &TableDef| -> Vec<_> {
            table.columns.iter().map(|column| arrow_field(column.name, column.ty)).collect()
        };
        TABLES.iter().map(|table| (table.name, Arc::new(Schema::new(fields(table))))).collect()
    });
    SCHEMAS.get(table.name).map_or_else(|| Arc::new(Schema::empty()), Arc::clone)
}

/// What a text column holds in rows that do not say otherwise.
fn usual(table: &TableDef, column: &str) -> &'static str {
    match column {
        "_ResourceId" => RESOURCE,
        "_SubscriptionId" => SUBSCRIPTION,
        "SourceSystem" => "Azure",
        "Type" => table.name,
        "OperationVersion" => "1.0",
        "Level" => "Informational",
        // Updates carry the category and the operation of the rows that they update.
        "Category" | "OperationName" => table.category.strip_suffix("Updates").unwrap_or(table.category),
        _ => "",
    }
}

impl<'s> Row<'s> {
    pub(super) fn text(self, name: &'static str, value: &str) -> Self {
        self.put(name, |cells| match cells {
            Cells::Text { texts, .. } => texts.push(value),
            other => other.push_missing(),
        })
    }

    /// A cell of compact JSON.
    pub(super) fn json(self, name: &'static str, value: &str) -> Self {
        self.put(name, |cells| match cells {
            Cells::Dynamic(texts) => texts.push(value),
            other => other.push_missing(),
        })
    }

    /// A whole number, in a column of either width.
    pub(super) fn whole(self, name: &'static str, value: impl Into<Option<i64>>) -> Self {
        let value = value.into();
        self.put(name, |cells| match cells {
            Cells::Int(cells) => cells.append_option(value.and_then(|value| i32::try_from(value).ok())),
            Cells::Long(cells) => cells.append_option(value),
            other => other.push_missing(),
        })
    }

    pub(super) fn real(self, name: &'static str, value: impl Into<Option<f64>>) -> Self {
        let value = value.into();
        self.put(name, |cells| match cells {
            Cells::Real(cells) => cells.append_option(value),
            other => other.push_missing(),
        })
    }

    pub(super) fn truth(self, name: &'static str, value: bool) -> Self {
        self.put(name, |cells| match cells {
            Cells::Bool(cells) => cells.append_value(value),
            other => other.push_missing(),
        })
    }

    pub(super) fn time(self, name: &'static str, value: impl Into<Option<i64>>) -> Self {
        let value = value.into();
        self.put(name, |cells| match cells {
            Cells::Time(cells) => cells.append_option(value),
            other => other.push_missing(),
        })
    }

    /// Fills the rest.
    pub(super) fn end(self) {
        for cells in self.sheet.columns.iter_mut().skip(self.at) {
            cells.push_missing();
        }
    }

    fn put(mut self, name: &'static str, push: impl FnOnce(&mut Cells)) -> Self {
        let columns = self.sheet.table.columns;
        while let Some(cells) = self.sheet.columns.get_mut(self.at) {
            self.at += 1;
            if columns[self.at - 1].name == name {
                push(cells);
                return self;
            }
            cells.push_missing();
        }
        debug_assert!(false, "{}: `{name}` is no column, or comes too late", self.sheet.table.name);
        self
    }
}

impl Cells {
    fn new(ty: Type, usual: &'static str) -> Self {
        match ty {
            // Most tables get a few rows from some calls, and these wait for many more.
            Type::Bool => Cells::Bool(BooleanBuilder::with_capacity(0)),
            Type::Int => Cells::Int(Int32Builder::with_capacity(0)),
            Type::Long => Cells::Long(Int64Builder::with_capacity(0)),
            Type::Real => Cells::Real(Float64Builder::with_capacity(0)),
            Type::DateTime => Cells::Time(TimestampNanosecondBuilder::with_capacity(0).with_timezone("UTC")),
            Type::Dynamic => Cells::Dynamic(Texts::default()),
            // No table has columns of the other types; if one gets them, building its batch says so.
            Type::String | Type::Guid | Type::Decimal | Type::TimeSpan | Type::Unknown => {
                Cells::Text { texts: Texts::default(), usual }
            }
        }
    }

    fn push_missing(&mut self) {
        match self {
            Cells::Bool(cells) => cells.append_null(),
            Cells::Int(cells) => cells.append_null(),
            Cells::Long(cells) => cells.append_null(),
            Cells::Real(cells) => cells.append_null(),
            Cells::Time(cells) => cells.append_null(),
            Cells::Text { texts, usual } => texts.push(usual),
            Cells::Dynamic(texts) => texts.codes.push(None),
        }
    }

    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        Ok(match self {
            Cells::Bool(cells) => Arc::new(cells.finish()),
            Cells::Int(cells) => Arc::new(cells.finish()),
            Cells::Long(cells) => Arc::new(cells.finish()),
            Cells::Real(cells) => Arc::new(cells.finish()),
            Cells::Time(cells) => Arc::new(cells.finish()),
            Cells::Text { texts, .. } | Cells::Dynamic(texts) => texts.finish()?,
        })
    }
}

/// Texts that repeat: each is kept once, or a few times, and a row is a number.
#[derive(Default)]
struct Texts {
    pool: String,
    ends: Vec<u32>,
    codes: Vec<Option<u32>>,
    /// Texts used lately, by a hash.
    recent: Vec<Option<u32>>,
}

const RECENT: usize = 64;

impl Texts {
    fn push(&mut self, text: &str) {
        if self.recent.is_empty() {
            self.recent = vec![None; RECENT];
        }
        let slot = slot(text);
        if let Some(code) = self.recent[slot]
            && self.get(code) == text
        {
            return self.codes.push(Some(code));
        }
        let code = self.ends.len() as u32;
        self.pool.push_str(text);
        self.ends.push(self.pool.len() as u32);
        self.recent[slot] = Some(code);
        self.codes.push(Some(code));
    }

    fn get(&self, code: u32) -> &str {
        let start = code.checked_sub(1).map_or(0, |before| self.ends[before as usize]);
        &self.pool[start as usize..self.ends[code as usize] as usize]
    }

    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        // One block for all of them, and no more.
        let block = u32::try_from(self.pool.len()).unwrap_or(u32::MAX).max(1);
        let mut values = StringViewBuilder::with_capacity(self.ends.len()).with_fixed_block_size(block);
        for code in 0..self.ends.len() as u32 {
            values.append_value(self.get(code));
        }
        take(&values.finish(), &UInt32Array::from(std::mem::take(&mut self.codes)), None)
    }
}

/// A quick hash: ids differ at both ends, names in their length or at the end.
fn slot(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut last = [0u8; 8];
    let tail = &bytes[bytes.len().saturating_sub(8)..];
    last[..tail.len()].copy_from_slice(tail);
    let mixed = (u64::from_le_bytes(last) ^ bytes.len() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 58) as usize
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use datafusion::arrow::array::AsArray;

    use super::*;
    use crate::tables;

    #[test]
    fn what_is_left_out_is_missing_or_as_usual() {
        let table = tables::by_name("ACSCallSummaryUpdates").unwrap();
        let mut sheet = Sheet::new(table);
        sheet.row().time("TimeGenerated", 5).text("CallType", "P2P").end();
        sheet.row().time("TimeGenerated", 6).whole("CallDuration", 7).end();
        let batch = sheet.finish().unwrap();
        let cell = |name: &str, row| batch.column_by_name(name).unwrap().as_string_view().value(row).to_owned();
        assert_eq!((cell("CallType", 0), cell("CallType", 1)), ("P2P".to_owned(), String::new()));
        assert_eq!((cell("Category", 0), cell("Type", 1)), ("CallSummary".to_owned(), table.name.to_owned()));
        assert_eq!(batch.column_by_name("CallDuration").unwrap().null_count(), 1);
    }
}
