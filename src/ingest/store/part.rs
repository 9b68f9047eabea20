//! The rows of one table and one day: kept until there are enough of them, then sorted, freed of repeats and written.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::iter::Peekable;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, DictionaryArray, RecordBatch, StringBuilder, UInt16Array, UInt32Array,
};
use datafusion::arrow::compute::{max, min, take};
use datafusion::arrow::datatypes::{DataType, SchemaRef, TimestampNanosecondType, UInt16Type};
use datafusion::arrow::error::ArrowError;

use super::super::cells::with_types;
use super::super::runs::{plain, type_of_values};
use super::super::writer::{ROW_GROUP_ROWS, RowPlace, Slice, write_parquet};
use super::identity::{Key, is_versioned, keys_of};
use super::keys;
use super::layout::{Layout, Part, columns, folder, schema, stem};
use super::rewrite::keys_of_file;
use crate::engine::catalog::log::{FileFacts, new_stem};
use crate::engine::catalog::{TIME, conform_array, missing};
use crate::error::{Error, Result};
use crate::value::NANOS_PER_DAY;

/// A lock that cannot be poisoned: whoever panics ends the program.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An error of Arrow as ours.
pub(super) fn engine(error: impl std::fmt::Display) -> Error {
    Error::Engine(error.to_string())
}

/// What came of writing rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) rows: u64,
    pub(super) duplicates: u64,
}

/// A row among those that are being written, in the order of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Ordered {
    identity: (i64, u64),
    place: RowPlace,
}

/// The rows of one table and one day that are not in any file yet, and the files that no commit tells yet.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) table: String,
    pub(super) part: Part,
    /// Files without a commit. Held while one is written, so that no repeat slips in between two.
    pub(super) drafts: Mutex<Vec<FileFacts>>,
}

/// Sets the rows of a batch apart by day.
pub(super) fn by_day(rows: RecordBatch) -> Result<Vec<(Part, RecordBatch)>> {
    let times = rows.column_by_name(TIME).map(plain).transpose().map_err(engine)?;
    let Some(times) = times.as_ref().and_then(|times| times.as_primitive_opt::<TimestampNanosecondType>()) else {
        return Ok(vec![(Part::Whole, rows)]);
    };
    let day = |time: i64| Part::Day(time.div_euclid(NANOS_PER_DAY));
    if let (0, Some(from), Some(to)) = (times.null_count(), min(times), max(times))
        && day(from) == day(to)
    {
        return Ok(vec![(day(from), rows)]);
    }
    let mut parts: BTreeMap<Part, Vec<u32>> = BTreeMap::new();
    for (row, time) in (0u32..).zip(times) {
        parts.entry(time.map_or(Part::Unknown, day)).or_default().push(row);
    }
    let taken = parts
        .into_iter()
        .map(|(part, places)| Ok((part, some_rows(&rows, &UInt32Array::from(places)).map_err(engine)?)));
    taken.collect()
}

/// Some rows of a batch, with texts of their own, so that they do not keep those of others in memory.
fn some_rows(rows: &RecordBatch, places: &UInt32Array) -> Result<RecordBatch, ArrowError> {
    let columns = rows.columns().iter().map(|column| {
        let taken = take(&plain(column)?, places, None)?;
        match taken.data_type() {
            DataType::Utf8View => Ok(Arc::new(taken.as_string_view().gc()) as ArrayRef),
            DataType::Dictionary(..) => own_texts(&taken),
            _ => Ok(taken),
        }
    });
    let columns: Vec<ArrayRef> = columns.collect::<Result<_, ArrowError>>()?;
    with_types(rows.schema_ref(), columns, places.len())
}

/// The same cells, with those texts only that they have.
fn own_texts(column: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let coded = column.as_dictionary::<UInt16Type>();
    let Some(texts) = coded.values().as_string_opt::<i32>() else { return Ok(ArrayRef::clone(column)) };
    if texts.len() <= column.len() {
        return Ok(ArrayRef::clone(column));
    }
    let mut own = StringBuilder::new();
    let mut codes: Vec<Option<u16>> = vec![None; texts.len()];
    let mut count = 0;
    let keys = coded.keys().iter().map(|key| {
        let key = usize::from(key?);
        Some(*codes[key].get_or_insert_with(|| {
            own.append_value(texts.value(key));
            count += 1;
            count - 1
        }))
    });
    let keys: UInt16Array = keys.collect();
    Ok(Arc::new(DictionaryArray::try_new(keys, Arc::new(own.finish()))?))
}

/// The batch in the columns of a schema. Texts that have codes keep them, and values that last are kept as runs.
fn conform_coded(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, ArrowError> {
    let rows = batch.num_rows();
    let columns = schema.fields().iter().map(|field| match batch.column_by_name(field.name()) {
        Some(array) if is_kept_as(field.data_type(), type_of_values(array)) => Ok(Arc::clone(array)),
        Some(array) => conform_array(&plain(array)?, field),
        None => Ok(missing(field, rows)),
    });
    with_types(schema, columns.collect::<Result<_, ArrowError>>()?, rows)
}

/// Whether values of a type may be kept as another one until they are written.
fn is_kept_as(ty: &DataType, kept: &DataType) -> bool {
    match kept {
        DataType::Dictionary(keys, texts) => {
            (ty, &**keys, &**texts) == (&DataType::Utf8View, &DataType::UInt16, &DataType::Utf8)
        }
        _ => ty == kept,
    }
}

impl Rows {
    /// Writes rows as a file that no commit tells yet: those that are neither repeated among themselves nor in one of
    /// the files that there are.
    pub(super) fn write(
        &self,
        layout: &Layout,
        committed: &BTreeMap<String, FileFacts>,
        batches: &[RecordBatch],
    ) -> Result<Written> {
        let (schema, surplus) = schema(&self.table, columns(&self.table, batches.iter()));
        let batches: Vec<RecordBatch> =
            batches.iter().map(|batch| conform_coded(batch, &schema)).collect::<Result<_, _>>().map_err(engine)?;
        let mut order: Vec<Ordered> = Vec::with_capacity(batches.iter().map(RecordBatch::num_rows).sum());
        let mut versions = Vec::new();
        for (at, batch) in (0u32..).zip(&batches) {
            let keys = keys_of(&self.table, batch)?;
            let place = |row, key: &Key| Ordered { identity: key.identity(), place: (at, row) };
            order.extend((0u32..).zip(&keys).map(|(row, key)| place(row, key)));
            // The others are told by their identity alone.
            versions.push(if is_versioned(&self.table) { keys } else { Vec::new() });
        }
        let before = order.len();
        order.sort_unstable();
        order.dedup_by_key(|row| row.identity);
        let mut drafts = locked(&self.drafts);
        self.leave_out_known(layout, committed, &drafts, &mut order)?;
        let written = Written { rows: order.len() as u64, duplicates: (before - order.len()) as u64 };
        if order.is_empty() {
            return Ok(written);
        }
        let stem = new_stem();
        let key_of = |row: &Ordered| {
            let (time, hash) = row.identity;
            let known = versions[row.place.0 as usize].get(row.place.1 as usize).copied();
            known.unwrap_or(Key { time, hash, ..Key::default() })
        };
        let places: Vec<RowPlace> = order.iter().map(|row| row.place).collect();
        let slices = places
            .chunks(ROW_GROUP_ROWS)
            .map(|places| Ok(Slice { batches: Cow::Borrowed(&batches), places: Cow::Borrowed(places) }));
        let bytes = write_parquet(&layout.draft(&stem), &schema, written.rows, slices)?;
        keys::write(&layout.keys(&stem), order.iter().map(key_of), is_versioned(&self.table))?;
        let path = format!("{}/{stem}.parquet", folder(&self.table, self.part));
        drafts.push(FileFacts {
            path,
            table: self.table.clone(),
            rows: written.rows,
            bytes,
            times: order
                .first()
                .zip(order.last())
                .and_then(|(first, last)| times_of(first.identity.0, last.identity.0)),
            columns: surplus,
        });
        Ok(written)
    }

    /// Leaves out rows that a file has already.
    fn leave_out_known(
        &self,
        layout: &Layout,
        committed: &BTreeMap<String, FileFacts>,
        drafts: &[FileFacts],
        order: &mut Vec<Ordered>,
    ) -> Result<()> {
        for file in files_of(committed, &self.table, self.part).chain(drafts) {
            let (Some(first), Some(last)) = (order.first(), order.last()) else { return Ok(()) };
            if file.times.is_some_and(|(from, to)| to < first.identity.0 || from > last.identity.0) {
                continue;
            }
            let is_draft = !committed.contains_key(&file.path);
            let at = if is_draft { layout.draft(stem(&file.path)) } else { layout.root.join(&file.path) };
            let mut known = keys_of_file(layout, file, &at)?.peekable();
            order.retain(|row| !is_next(&mut known, row.identity));
        }
        Ok(())
    }
}

/// The committed files of a part of a table.
pub(super) fn files_of<'f>(
    committed: &'f BTreeMap<String, FileFacts>,
    table: &str,
    part: Part,
) -> impl Iterator<Item = &'f FileFacts> {
    let prefix = format!("{}/", folder(table, part));
    let from = committed.range(prefix.clone()..);
    from.take_while(move |(path, _)| path.starts_with(&prefix)).map(|(_, file)| file)
}

/// Whether a key is among those that come in order; asked in order, too.
fn is_next(known: &mut Peekable<impl Iterator<Item = Key>>, identity: (i64, u64)) -> bool {
    while let Some(next) = known.peek() {
        match next.identity().cmp(&identity) {
            Ordering::Less => drop(known.next()),
            Ordering::Equal => return true,
            Ordering::Greater => return false,
        }
    }
    false
}

/// The earliest and latest time; none where a row has no time, so that nobody relies on it.
pub(super) fn times_of(from: i64, to: i64) -> Option<(i64, i64)> {
    (from != i64::MIN).then_some((from, to))
}
