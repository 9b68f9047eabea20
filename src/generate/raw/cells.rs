//! Batches read back cell by cell, to be written as text.

use datafusion::arrow::array::{
    Array, AsArray, BooleanArray, Float64Array, Int32Array, Int64Array, RecordBatch, StringViewArray,
    TimestampNanosecondArray,
};
use datafusion::arrow::datatypes::{Float64Type, Int32Type, Int64Type, TimestampNanosecondType};

use crate::tables::TableDef;
use crate::types::Type;

/// The rows of a table, as far as they can be written.
pub(super) struct Sheet<'b> {
    columns: Vec<Column<'b>>,
}

enum Column<'b> {
    Bool(&'b BooleanArray),
    Int(&'b Int32Array),
    Long(&'b Int64Array),
    Real(&'b Float64Array),
    Time(&'b TimestampNanosecondArray),
    Text(&'b StringViewArray),
    Json(&'b StringViewArray),
    None,
}

/// A cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell<'b> {
    Missing,
    Bool(bool),
    Whole(i64),
    Real(f64),
    /// In nanoseconds since 1970.
    Time(i64),
    Text(&'b str),
    Json(&'b str),
}

impl<'b> Sheet<'b> {
    pub(super) fn new(table: &TableDef, batch: &'b RecordBatch) -> Self {
        let columns = table.columns.iter().map(|column| match (batch.column_by_name(column.name), column.ty) {
            (None, _) => Column::None,
            (Some(array), ty) => Column::of(array.as_ref(), ty),
        });
        Self { columns: columns.collect() }
    }

    pub(super) fn cell(&self, column: usize, row: usize) -> Cell<'b> {
        match &self.columns[column] {
            Column::Bool(array) if array.is_valid(row) => Cell::Bool(array.value(row)),
            Column::Int(array) if array.is_valid(row) => Cell::Whole(i64::from(array.value(row))),
            Column::Long(array) if array.is_valid(row) => Cell::Whole(array.value(row)),
            Column::Real(array) if array.is_valid(row) => Cell::Real(array.value(row)),
            Column::Time(array) if array.is_valid(row) => Cell::Time(array.value(row)),
            Column::Json(array) if array.is_valid(row) => Cell::Json(array.value(row)),
            // A missing text is an empty one.
            Column::Text(array) if !array.value(row).is_empty() => Cell::Text(array.value(row)),
            _ => Cell::Missing,
        }
    }
}

impl<'b> Column<'b> {
    fn of(array: &'b dyn Array, ty: Type) -> Column<'b> {
        let column = match ty {
            Type::Bool => array.as_boolean_opt().map(Column::Bool),
            Type::Int => array.as_primitive_opt::<Int32Type>().map(Column::Int),
            Type::Long => array.as_primitive_opt::<Int64Type>().map(Column::Long),
            Type::Real => array.as_primitive_opt::<Float64Type>().map(Column::Real),
            Type::DateTime => array.as_primitive_opt::<TimestampNanosecondType>().map(Column::Time),
            Type::Dynamic => array.as_string_view_opt().map(Column::Json),
            Type::String | Type::Guid | Type::Decimal | Type::TimeSpan | Type::Unknown => {
                array.as_string_view_opt().map(Column::Text)
            }
        };
        column.unwrap_or(Column::None)
    }
}
