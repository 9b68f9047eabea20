//! One argument of any type, read row by row: what conversions and `strcat` work on.

use std::borrow::Cow;

use datafusion::arrow::datatypes::{
    DataType, Decimal128Type, DurationNanosecondType, Float64Type, Int32Type, Int64Type, TimestampNanosecondType,
};
use datafusion::common::{Result, internal_err};

use super::Args;
use super::args::{Bools, Numbers, Text};
use crate::engine::dynamic::{self, Item};

/// A column or constant of any type but `dynamic`, unless it is read as [`Cells::Dynamic`].
pub(super) enum Cells {
    Null,
    Bool(Bools),
    Int(Numbers<Int32Type>),
    Long(Numbers<Int64Type>),
    Real(Numbers<Float64Type>),
    Decimal(Numbers<Decimal128Type>),
    DateTime(Numbers<TimestampNanosecondType>),
    TimeSpan(Numbers<DurationNanosecondType>),
    Text(Text),
    Dynamic(Text),
}

/// A value that is not null.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell<'a> {
    Bool(bool),
    Long(i64),
    Real(f64),
    Decimal(i128),
    /// Nanoseconds since 1970.
    DateTime(i64),
    /// Nanoseconds.
    TimeSpan(i64),
    Text(Cow<'a, str>),
    /// An array or a property bag.
    Json(&'a str),
}

impl Cells {
    /// An argument that is not `dynamic`.
    pub(super) fn of(args: &Args, index: usize) -> Result<Cells> {
        Ok(match args.data_type(index) {
            DataType::Null => Cells::Null,
            DataType::Boolean => Cells::Bool(args.bools(index)?),
            DataType::Int32 => Cells::Int(args.ints(index)?),
            DataType::Int64 => Cells::Long(args.longs(index)?),
            DataType::Float64 => Cells::Real(args.reals(index)?),
            DataType::Decimal128(..) => Cells::Decimal(args.decimals(index)?),
            DataType::Timestamp(..) => Cells::DateTime(args.datetimes(index)?),
            DataType::Duration(_) => Cells::TimeSpan(args.timespans(index)?),
            DataType::Utf8View => Cells::Text(args.text(index)?),
            other => return internal_err!("a kernel cannot read {other}"),
        })
    }

    /// A `dynamic` argument.
    pub(super) fn dynamic(args: &Args, index: usize) -> Result<Cells> {
        Ok(Cells::Dynamic(args.text(index)?))
    }

    /// The value of a row; `None` for null.
    pub(super) fn get(&self, row: usize) -> Option<Cell<'_>> {
        match self {
            Cells::Null => None,
            Cells::Bool(cells) => cells.get(row).map(Cell::Bool),
            Cells::Int(cells) => cells.get(row).map(|number| Cell::Long(number.into())),
            Cells::Long(cells) => cells.get(row).map(Cell::Long),
            Cells::Real(cells) => cells.get(row).map(Cell::Real),
            Cells::Decimal(cells) => cells.get(row).map(Cell::Decimal),
            Cells::DateTime(cells) => cells.get(row).map(Cell::DateTime),
            Cells::TimeSpan(cells) => cells.get(row).map(Cell::TimeSpan),
            Cells::Text(cells) => cells.get(row).map(|text| Cell::Text(Cow::Borrowed(text))),
            Cells::Dynamic(cells) => cells.get(row).and_then(dynamic::item).map(|item| match item {
                Item::Bool(truth) => Cell::Bool(truth),
                Item::Long(number) => Cell::Long(number),
                Item::Real(number) => Cell::Real(number),
                Item::Text(text) => Cell::Text(text),
                Item::Composite(cell) => Cell::Json(cell),
            }),
        }
    }
}
