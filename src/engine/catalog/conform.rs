//! Arrays and batches of any origin in our types: text is never null, times are nanoseconds, nested values are JSON.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions, StringViewArray, StringViewBuilder, new_null_array,
};
use datafusion::arrow::compute::{cast, max, min};
use datafusion::arrow::datatypes::{DataType, Field, SchemaRef, TimestampNanosecondType};
use datafusion::arrow::error::ArrowError;
use datafusion::arrow::json::writer::make_encoder;
use datafusion::arrow::json::{EncoderOptions, writer::NullableEncoder};

use super::days::TIME;

/// A batch with exactly the fields of a schema: columns by name, cast where the type differs, missing ones null or
/// `""`, surplus ones left out.
pub fn conform_batch(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    if batch.schema_ref() == schema {
        return Ok(batch.clone());
    }
    let columns = schema.fields().iter().map(|field| match batch.column_by_name(field.name()) {
        Some(array) => conform_array(array, field),
        None => Ok(missing(field, batch.num_rows())),
    });
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns.collect::<Result<_, _>>()?, &options)
}

/// An array in the type of a field; nulls become `""` where the field has none.
pub fn conform_array(array: &ArrayRef, field: &Field) -> Result<ArrayRef, ArrowError> {
    let typed = match field.data_type() {
        DataType::Utf8View if is_nested(array.data_type()) => nested_as_json(array)?,
        data_type if array.data_type() == data_type => Arc::clone(array),
        data_type => cast(array, data_type)?,
    };
    if field.is_nullable() || typed.null_count() == 0 {
        return Ok(typed);
    }
    let text: StringViewArray = typed.as_string_view().iter().map(|cell| Some(cell.unwrap_or(""))).collect();
    Ok(Arc::new(text))
}

/// A column that is not there.
pub fn missing(field: &Field, rows: usize) -> ArrayRef {
    match field.is_nullable() {
        true => new_null_array(field.data_type(), rows),
        false => Arc::new(std::iter::repeat_n(Some(""), rows).collect::<StringViewArray>()),
    }
}

/// Whether values of a type are arrays or objects.
pub(super) fn is_nested(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => is_nested(values),
        other => other.is_nested(),
    }
}

fn nested_as_json(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let field = Arc::new(Field::new("", array.data_type().clone(), true));
    let options = EncoderOptions::default();
    let mut encoder: NullableEncoder = make_encoder(&field, array.as_ref(), &options)?;
    let mut cells = StringViewBuilder::with_capacity(array.len());
    let mut cell = Vec::new();
    for row in 0..array.len() {
        if encoder.is_null(row) {
            cells.append_null();
            continue;
        }
        cell.clear();
        encoder.encode(row, &mut cell);
        cells.append_value(String::from_utf8_lossy(&cell));
    }
    Ok(Arc::new(cells.finish()))
}

/// The earliest and latest time of a batch.
pub(super) fn time_range(batch: &RecordBatch) -> Option<(i64, i64)> {
    let times = batch.column_by_name(TIME)?.as_primitive_opt::<TimestampNanosecondType>()?;
    Some((min(times)?, max(times)?))
}
