//! Rows to a Parquet file, laid out for the questions that are asked.
//!
//! Rows come as batches and the order in which they are wanted, which no batch is made of: each column goes from the
//! batches straight into its pages (`gather`, `column`). Texts come once each with their batch, so nearly all that is
//! done is done once for each text and not for each row.

mod cell;
mod column;
mod gather;
mod pages;

use std::borrow::Cow;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::parquet::arrow::{ArrowSchemaConverter, add_encoded_arrow_schema_to_metadata};
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::errors::ParquetError;
use datafusion::parquet::file::metadata::SortingColumn;
use datafusion::parquet::file::properties::WriterProperties;
use datafusion::parquet::file::writer::SerializedFileWriter;

use self::column::{Squeeze, write_column};
use crate::engine::catalog::TIME;
use crate::error::{Error, Result};

/// Columns that queries look single values up in; their bloom filters tell which row groups can have one.
const LOOKED_UP: &[&str] = &[
    "CallId",
    "CorrelationId",
    "ParticipantId",
    "OperationId",
    "CallConnectionId",
    "ServerCallId",
    "RecordingId",
    "MessageId",
    "SurveyId",
];

/// Rows whose minima and maxima are kept together.
pub(super) const ROW_GROUP_ROWS: usize = 131_072;

/// Rows of a file that is worth a strong compression. Smaller ones are merged sooner or later.
const WORTH_ROWS: u64 = 8_192;

/// The place of a row: its batch, and the row in that.
pub(super) type RowPlace = (u32, u32);

/// Rows of a row group.
pub(super) struct Slice<'s> {
    /// All in the columns of the file, texts by code or not.
    pub(super) batches: Cow<'s, [RecordBatch]>,
    /// Which of their rows, in order.
    pub(super) places: Cow<'s, [RowPlace]>,
}

/// Writes rows, which are in order of time, as one file; gives its size. It lasts once somebody has synced it.
pub(super) fn write_parquet<'s>(
    path: &Path,
    schema: &SchemaRef,
    rows: u64,
    slices: impl Iterator<Item = Result<Slice<'s>>>,
) -> Result<u64> {
    let io = |cause| Error::io(path, cause);
    let file = File::create(path).map_err(io)?;
    let told = |error| match io_cause(error) {
        Ok(cause) => Error::io(path, cause),
        Err(message) => Error::Engine(message),
    };
    let compression = match rows < WORTH_ROWS {
        true => Compression::SNAPPY,
        false => Compression::ZSTD(ZstdLevel::default()),
    };
    let mut squeeze = Squeeze::new(compression).map_err(io)?;
    let types = ArrowSchemaConverter::new().convert(schema).map_err(told)?;
    let mut writer =
        SerializedFileWriter::new(&file, types.root_schema_ptr(), Arc::new(properties(schema))).map_err(told)?;
    for slice in slices {
        let Slice { batches, places } = slice?;
        let mut group = writer.next_row_group().map_err(told)?;
        for (at, field) in schema.fields().iter().enumerate() {
            let has_bloom = LOOKED_UP.contains(&field.name().as_str());
            let (pages, closed) =
                write_column(&types.column(at), &batches, at, &places, has_bloom, &mut squeeze).map_err(told)?;
            group.append_column(&pages, closed).map_err(told)?;
        }
        group.close().map_err(told)?;
    }
    writer.close().map_err(told)?;
    Ok(file.metadata().map_err(io)?.len())
}

/// What the system said, where that is why writing failed: a full disk should be told as such.
fn io_cause(error: ParquetError) -> Result<std::io::Error, String> {
    match error {
        ParquetError::External(cause) => match cause.downcast::<std::io::Error>() {
            Ok(cause) => Ok(*cause),
            Err(other) => Err(other.to_string()),
        },
        other => Err(other.to_string()),
    }
}

fn properties(schema: &SchemaRef) -> WriterProperties {
    let mut builder =
        WriterProperties::builder().set_created_by(concat!("calypso ", env!("CARGO_PKG_VERSION")).to_owned());
    if let Ok(time) = schema.index_of(TIME) {
        let column_idx = i32::try_from(time).unwrap_or_default();
        builder =
            builder.set_sorting_columns(Some(vec![SortingColumn { column_idx, descending: false, nulls_first: true }]));
    }
    let mut properties = builder.build();
    add_encoded_arrow_schema_to_metadata(schema, &mut properties);
    properties
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use datafusion::arrow::array::{
        ArrayRef, AsArray, BooleanArray, Decimal128Array, DictionaryArray, Float64Array, Int32Array, Int64Array,
        StringArray, StringViewArray, TimestampNanosecondArray, UInt16Array,
    };
    use datafusion::arrow::compute::{concat_batches, interleave_record_batch};
    use datafusion::parquet::arrow::arrow_reader::{
        ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
    };
    use datafusion::parquet::file::metadata::PageIndexPolicy;

    use super::*;
    use crate::engine::catalog::schema_of;
    use crate::ingest::cells::spread;
    use crate::types::Type;

    /// Some rows of all types; texts by code or not.
    fn batch(rows: usize, seed: u64, is_coded: bool) -> RecordBatch {
        let random = |n: usize, shift: u64| (n as u64 * 7919 + seed).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> shift;
        let texts = |below: u64| {
            let long = "ä".repeat(70);
            let text = |n| format!("{}{}", if random(n, 40) % 3 == 0 { &long } else { "t" }, random(n, 50) % below);
            (0..rows).map(text).collect::<Vec<String>>()
        };
        let column = |texts: Vec<String>| -> ArrayRef {
            if !is_coded {
                return Arc::new(StringViewArray::from_iter_values(texts));
            }
            let mut values = texts.clone();
            values.sort();
            values.dedup();
            let code = |text: &String| values.binary_search(text).unwrap() as u16;
            let codes: UInt16Array = texts.iter().map(|text| Some(code(text))).collect();
            Arc::new(DictionaryArray::try_new(codes, Arc::new(StringArray::from(values.clone()))).unwrap())
        };
        let some = |n: usize| random(n, 30) % 5 != 0;
        let numbers = |n: usize| some(n).then(|| random(n, 45) as i64 % 1000 - 500);
        let time = TimestampNanosecondArray::from_iter_values((0..rows).map(|n| n as i64 * 1_000 + seed as i64));
        let real = |n: usize| if n % 1000 == 7 { Some(f64::NAN) } else { some(n).then(|| random(n, 20) as f64 / 3.0) };
        let decimal = Decimal128Array::from_iter((0..rows).map(|n| numbers(n).map(|n| i128::from(n) << 70)));
        let decimal = decimal.with_precision_and_scale(38, crate::value::DECIMAL_SCALE).unwrap();
        let columns: Vec<(&str, ArrayRef)> = vec![
            (TIME, Arc::new(time.with_timezone("UTC"))),
            ("Few", column(texts(3))),
            ("CallId", column(texts(1 << 40))),
            ("One", column(vec!["same".to_owned(); rows])),
            ("Int", Arc::new(Int32Array::from_iter((0..rows).map(|n| numbers(n).map(|n| n as i32))))),
            ("Long", Arc::new(Int64Array::from_iter((0..rows).map(|n| some(n).then(|| random(n, 1) as i64))))),
            ("Real", Arc::new(Float64Array::from_iter((0..rows).map(real)))),
            ("Bool", Arc::new(BooleanArray::from_iter((0..rows).map(|n| some(n).then(|| random(n, 30) % 2 == 0))))),
            ("Decimal", Arc::new(decimal)),
            ("Nothing", Arc::new(Int64Array::from_iter((0..rows).map(|_| None::<i64>)))),
        ];
        RecordBatch::try_from_iter(columns).unwrap()
    }

    fn check(batches: &[RecordBatch], places: &[RowPlace]) {
        let types = [
            (TIME, Type::DateTime),
            ("Few", Type::String),
            ("CallId", Type::String),
            ("One", Type::String),
            ("Int", Type::Int),
            ("Long", Type::Long),
            ("Real", Type::Real),
            ("Bool", Type::Bool),
            ("Decimal", Type::Decimal),
            ("Nothing", Type::Long),
        ];
        let schema = schema_of(&types.map(|(name, ty)| (name.to_owned(), ty)));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.parquet");
        let slices = places
            .chunks(ROW_GROUP_ROWS)
            .map(|places| Ok(Slice { batches: Cow::Borrowed(batches), places: Cow::Borrowed(places) }));
        write_parquet(&path, &schema, places.len() as u64, slices).unwrap();
        let plain: Vec<RecordBatch> = batches.iter().map(|batch| spread(batch).unwrap()).collect();
        let order: Vec<(usize, usize)> = places.iter().map(|(at, row)| (*at as usize, *row as usize)).collect();
        let expected = interleave_record_batch(&plain.iter().collect::<Vec<_>>(), &order).unwrap();
        let expected = expected.with_schema(Arc::clone(&schema)).unwrap();
        let file = File::open(&path).unwrap();
        let options = ArrowReaderOptions::new().with_page_index_policy(PageIndexPolicy::Required);
        let footer = ArrowReaderMetadata::load(&file, options).unwrap();
        assert_eq!(footer.schema(), &schema);
        let few = footer.metadata().row_group(0).column(1);
        assert!(few.statistics().is_some() && footer.metadata().column_index().is_some());
        let reader = ParquetRecordBatchReaderBuilder::new_with_metadata(file, footer).build().unwrap();
        let read = concat_batches(&schema, &reader.collect::<Result<Vec<_>, _>>().unwrap()).unwrap();
        for (at, field) in schema.fields().iter().enumerate() {
            let same = match field.name().as_str() {
                "Real" => {
                    let bits = |batch: &RecordBatch| -> Vec<Option<u64>> {
                        let reals = batch.column(at).as_primitive::<datafusion::arrow::datatypes::Float64Type>();
                        reals.iter().map(|real| real.map(f64::to_bits)).collect()
                    };
                    bits(&read) == bits(&expected)
                }
                _ => read.column(at) == expected.column(at),
            };
            assert!(same, "{} of {} rows", field.name(), places.len());
        }
    }

    #[test]
    fn rows_come_back_in_order() {
        let batches = [batch(30_000, 1, true), batch(25_000, 2, false), batch(3, 3, true)];
        let mut places: Vec<RowPlace> =
            (0..30_000).map(|row| (0, 29_999 - row)).chain((0..25_000).map(|row| (1, row))).collect();
        places.extend((0..30_000).map(|row| (0, row)).chain([(2, 0), (2, 2)]));
        places.extend_from_within(..60_000);
        check(&batches, &places);
        check(&batches, &places[..100]);
        check(&batches[2..], &[(0, 1)]);
    }
}
