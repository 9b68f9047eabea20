//! Parquet and Arrow files as input: exports of a workspace, and tables of any other source.

use std::borrow::Cow;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchReader, StringViewArray};
use datafusion::arrow::datatypes::{
    DurationNanosecondType, Field, Float64Type, Int32Type, Int64Type, Schema, TimestampNanosecondType,
};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::ipc::reader::{FileReader, StreamReader};
use datafusion::arrow::util::display::array_value_to_string;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::json::{Node, OpenEnds, Parser};
use super::reader::{Reader, Text};
use super::record::{Place, RawRecord, by_columns};
use super::repair::Repairs;
use super::rows::{Foreign, Rows};
use super::unpack::{Packing, Spool};
use super::wrapping::{Found, Taker};
use crate::engine::catalog::conform_batch;
use crate::engine::types::{arrow_field, kql_type};
use crate::error::Result;
use crate::types::Type;
use crate::value::{format_datetime_iso, format_timespan};

/// Rows that are read at once.
const BATCH_ROWS: usize = 16_384;

type Batches = Box<dyn RecordBatchReader>;

/// Reads a file of columns.
pub(super) fn read(reader: &mut Reader<'_, '_>, packing: Packing, whole: impl Read, text: &Text) -> Result<()> {
    let opened = Spool::new(whole).map_err(|error| error.to_string()).and_then(|spool| open(packing, spool));
    let mut batches = match opened {
        Ok(batches) => batches,
        Err(reason) => return reader.refuse(text, &reason),
    };
    let fields: Vec<(Arc<Field>, Type)> =
        batches.schema().fields().iter().filter_map(|field| Some((Arc::clone(field), kql_type(field)?))).collect();
    let schema = batches.schema();
    let names = || schema.fields().iter().map(|field| field.name().as_str());
    let tells = ["Type", "TableName"].iter().any(|name| schema.column_with_name(name).is_some());
    let is_known = text.origin.named.is_some() || by_columns(names()).is_some() || tells;
    if !is_known && text.origin.foreign == Foreign::Reject {
        return reader.refuse(text, "neither the rows nor the name of the file tell the table");
    }
    let plain =
        Arc::new(Schema::new(fields.iter().map(|(field, ty)| arrow_field(field.name(), *ty)).collect::<Vec<_>>()));
    let mut line = 1;
    loop {
        let batch = match guarded(|| batches.next().transpose()) {
            Ok(Some(batch)) => batch,
            Ok(None) => return Ok(()),
            Err(reason) => {
                return reader.inline(text, Place { line, offset: 0 }, |rows| {
                    rows.reject(Place { line: 1, offset: 0 }, reason, "");
                });
            }
        };
        let place = Place { line, offset: 0 };
        line += batch.num_rows() as u64;
        let plain = Arc::clone(&plain);
        reader.submit(text, place, batch.get_array_memory_size(), move |rows| match conform_batch(&batch, &plain) {
            Ok(batch) if is_known => add(&batch, rows),
            Ok(batch) => rows.add_foreign_batch(batch),
            Err(error) => rows.reject(Place { line: 1, offset: 0 }, error.to_string(), ""),
        })?;
    }
}

fn open(packing: Packing, spool: Spool) -> Result<Batches, String> {
    guarded(|| {
        Ok(match (packing, spool) {
            (Packing::Parquet, spool) => {
                let file = spool.into_file()?;
                Box::new(ParquetRecordBatchReaderBuilder::try_new(file)?.with_batch_size(BATCH_ROWS).build()?)
                    as Batches
            }
            (Packing::ArrowStream, spool) => Box::new(StreamReader::try_new(spool, None)?),
            (_, spool) => Box::new(FileReader::try_new(spool, None)?),
        })
    })
}

/// Runs a reader of somebody else on bytes of unknown origin: what it does not stand is an error like any other.
fn guarded<T>(read: impl FnOnce() -> Result<T, ArrowError>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(outcome) => outcome.map_err(|error| format!("the file is broken: {error}")),
        Err(_) => Err("the file is broken".to_owned()),
    }
}

/// Adds the rows of a batch, which has our types, as records.
fn add(batch: &RecordBatch, rows: &mut Rows) {
    let schema = batch.schema();
    let header: Vec<(String, Option<Type>)> =
        schema.fields().iter().map(|field| (field.name().clone(), kql_type(field))).collect();
    rows.header(&header);
    for row in 0..batch.num_rows() {
        let cells = header.iter().zip(batch.columns());
        let members = cells.map(|((name, ty), column)| (Cow::Borrowed(name.as_str()), node(column, *ty, row)));
        let place = Place { line: row as u64 + 1, offset: 0 };
        let (members, repairs) = (members.collect(), Repairs::default());
        rows.found(Found::Record(RawRecord { shared: &[], members, place, text: "", repairs }));
    }
}

fn node<'b>(column: &'b ArrayRef, ty: Option<Type>, row: usize) -> Node<'b> {
    if column.is_null(row) {
        return Node::Null;
    }
    let text =
        |column: &'b ArrayRef| column.as_string_view_opt().map_or("", |cells: &'b StringViewArray| cells.value(row));
    match ty {
        Some(Type::Bool) => Node::Bool(column.as_boolean().value(row)),
        Some(Type::Int) => number(column.as_primitive::<Int32Type>().value(row).to_string()),
        Some(Type::Long) => number(column.as_primitive::<Int64Type>().value(row).to_string()),
        Some(Type::Real) => number(column.as_primitive::<Float64Type>().value(row).to_string()),
        Some(Type::DateTime) => owned(format_datetime_iso(column.as_primitive::<TimestampNanosecondType>().value(row))),
        Some(Type::TimeSpan) => owned(format_timespan(column.as_primitive::<DurationNanosecondType>().value(row))),
        Some(Type::Decimal) => number(array_value_to_string(column, row).unwrap_or_default()),
        Some(Type::Dynamic) => {
            let json = text(column);
            Parser::new(json, 0, OpenEnds::Refuse).value().unwrap_or(Node::Text(Cow::Borrowed(json)))
        }
        Some(Type::String | Type::Guid | Type::Unknown) | None => Node::Text(Cow::Borrowed(text(column))),
    }
}

fn number(digits: String) -> Node<'static> {
    Node::Number(Cow::Owned(digits))
}

fn owned(text: String) -> Node<'static> {
    Node::Text(Cow::Owned(text))
}
