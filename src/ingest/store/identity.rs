//! What makes two rows the same: hashes over their cells, stable across runs, versions and ways of export.

use std::collections::{HashMap, HashSet};

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::{
    DataType, Decimal128Type, DurationNanosecondType, Float64Type, Int32Type, Int64Type, TimestampNanosecondType,
    UInt16Type,
};
use twox_hash::XxHash64;

use super::super::runs::{plain, values_of};
use super::part::engine;
use crate::engine::catalog::TIME;
use crate::error::{Error, Result};

/// Columns that tell about the workspace or the export and not about the record: the same record has them or not,
/// depending on the way it came.
const ASIDE: &[&str] = &["TenantId", "SourceSystem", "_BilledSize", "_IsBillable", "MG", "Type"];

/// The column that tells which version of a row is the latest.
const VERSION: &str = "CallUpdatesVersion";

/// What names a row of the tables that hold versions of rows.
const VERSIONED: &[(&str, &[&str])] = &[
    ("ACSCallSummaryUpdates", &["CorrelationId", "ParticipantId", "EndpointId", "Identifier"]),
    (
        "ACSCallDiagnosticsUpdates",
        &["CorrelationId", "ParticipantId", "EndpointId", "Identifier", "MediaType", "StreamId", "StreamDirection"],
    ),
];

/// The place of a row in the order of its file, and what tells it from all others.
///
/// Rows of one time and one hash are the same row. Hashes have 64 bits: ten million rows a day of which ten share each
/// moment meet by chance once in many thousand years.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    /// Nanoseconds since 1970; the least number for rows without a time.
    pub(super) time: i64,
    /// Over all cells.
    pub(super) hash: u64,
    /// Over the cells that name the row, in tables that hold versions.
    pub(super) name: u64,
    /// Its version there.
    pub(super) version: i64,
}

impl Key {
    /// What tells the row from others.
    pub(super) fn identity(&self) -> (i64, u64) {
        (self.time, self.hash)
    }

    /// Later versions are greater; of one version, later records.
    fn age(&self) -> (i64, i64, u64) {
        (self.version, self.time, self.hash)
    }

    /// The later one of two.
    pub(super) fn later(self, other: Key) -> Key {
        if other.age() > self.age() { other } else { self }
    }
}

/// Whether a table holds versions of rows, of which the latest counts.
pub(super) fn is_versioned(table: &str) -> bool {
    VERSIONED.iter().any(|(name, _)| *name == table)
}

/// What is left of the rows of a table when each counts once, and how many were repeats and how many out of date.
pub(in crate::ingest) fn once(table: &str, batches: Vec<RecordBatch>) -> Result<(Vec<RecordBatch>, u64, u64)> {
    let keys: Vec<Vec<Key>> = batches.iter().map(|batch| keys_of(table, batch)).collect::<Result<_>>()?;
    let mut latest: HashMap<u64, Key> = HashMap::new();
    if is_versioned(table) {
        for key in keys.iter().flatten() {
            let known = latest.entry(key.name).or_insert(*key);
            *known = (*known).later(*key);
        }
    }
    let (mut seen, mut duplicates, mut superseded) = (HashSet::new(), 0, 0);
    let mut left = Vec::with_capacity(batches.len());
    for (batch, keys) in batches.into_iter().zip(keys) {
        let mask: Vec<bool> = keys
            .iter()
            .map(|key| {
                let is_new = seen.insert(key.identity());
                let is_latest = latest.get(&key.name).is_none_or(|known| known.identity() == key.identity());
                duplicates += u64::from(!is_new);
                superseded += u64::from(is_new && !is_latest);
                is_new && is_latest
            })
            .collect();
        left.push(match mask.iter().all(|stays| *stays) {
            true => batch,
            false => filter_record_batch(&batch, &BooleanArray::from(mask)).map_err(engine)?,
        });
    }
    Ok((left, duplicates, superseded))
}

/// The keys of all rows of a batch.
pub(super) fn keys_of(table: &str, rows: &RecordBatch) -> Result<Vec<Key>> {
    let mut keys = vec![Key { time: i64::MIN, ..Key::default() }; rows.num_rows()];
    let times = rows.column_by_name(TIME).map(plain).transpose().map_err(engine)?;
    if let Some(times) = times.as_ref().and_then(|times| times.as_primitive_opt::<TimestampNanosecondType>()) {
        for (key, time) in keys.iter_mut().zip(times) {
            key.time = time.unwrap_or(i64::MIN);
        }
    }
    let naming = VERSIONED.iter().find(|(name, _)| *name == table).map(|(_, columns)| *columns);
    for (field, column) in rows.schema_ref().fields().iter().zip(rows.columns()) {
        let name = field.name().as_str();
        if name == TIME || ASIDE.contains(&name) {
            continue;
        }
        let is_naming = naming.is_some_and(|columns| columns.contains(&name));
        let add = |key: &mut Key, hash: u64| {
            key.hash = key.hash.wrapping_add(hash);
            if is_naming {
                key.name = key.name.wrapping_add(hash);
            }
        };
        match values_of(column) {
            (cells, None) => each_hash(name, cells, |row, hash| add(&mut keys[row], hash))?,
            (values, Some(ends)) => each_hash(name, values, |at, hash| {
                let from = at.checked_sub(1).map_or(0, |before| ends[before] as usize);
                keys[from..ends[at] as usize].iter_mut().for_each(|key| add(key, hash));
            })?,
        }
        if naming.is_some() && name == VERSION {
            let versions = plain(column).map_err(engine)?;
            let versions = versions.as_primitive_opt::<Int32Type>();
            for (key, version) in keys.iter_mut().zip(versions.into_iter().flatten()) {
                key.version = version.map_or(i64::MIN, i64::from);
            }
        }
    }
    Ok(keys)
}

/// Hashes the cells of a column that are there. Absent ones count as nothing, so a column that is added later changes
/// no hash.
fn each_hash(name: &str, column: &ArrayRef, mut each: impl FnMut(usize, u64)) -> Result<()> {
    let seed = XxHash64::oneshot(0, name.as_bytes());
    let number = |bits: u64| mixed(bits ^ seed);
    match column.data_type() {
        DataType::Utf8View => {
            let texts = column.as_string_view();
            // Neighbours are often the same, and then so are their views.
            let mut last = (0u128, 0u64);
            for (row, view) in texts.views().iter().enumerate() {
                if texts.is_null(row) || *view as u32 == 0 {
                    continue;
                }
                if last.0 != *view {
                    last = (*view, XxHash64::oneshot(seed, texts.value(row).as_bytes()));
                }
                each(row, last.1);
            }
        }
        DataType::Dictionary(..) => {
            let coded = column.as_dictionary_opt::<UInt16Type>();
            let parts = coded.and_then(|coded| Some((coded.keys(), coded.values().as_string_opt::<i32>()?)));
            let Some((codes, texts)) = parts else { return Err(Error::Engine(format!("`{name}` has odd codes"))) };
            let hash = |text: &str| if text.is_empty() { 0 } else { XxHash64::oneshot(seed, text.as_bytes()) };
            let hashes: Vec<u64> = texts.iter().map(|text| text.map_or(0, hash)).collect();
            present(codes.iter(), |row, code| each(row, hashes[usize::from(code)]));
        }
        DataType::Int32 => {
            present(column.as_primitive::<Int32Type>().iter(), |row, n| each(row, number(i64::from(n) as u64)));
        }
        DataType::Int64 => present(column.as_primitive::<Int64Type>().iter(), |row, n| each(row, number(n as u64))),
        DataType::Float64 => {
            present(column.as_primitive::<Float64Type>().iter(), |row, x| each(row, number(x.to_bits())));
        }
        DataType::Decimal128(..) => present(column.as_primitive::<Decimal128Type>().iter(), |row, n| {
            each(row, XxHash64::oneshot(seed, &n.to_le_bytes()));
        }),
        DataType::Timestamp(..) => {
            let times = column.as_primitive_opt::<TimestampNanosecondType>();
            present(times.into_iter().flatten(), |row, time| each(row, number(time as u64)));
        }
        DataType::Duration(_) => {
            let spans = column.as_primitive_opt::<DurationNanosecondType>();
            present(spans.into_iter().flatten(), |row, span| each(row, number(span as u64)));
        }
        DataType::Boolean => present(column.as_boolean().iter(), |row, truth| each(row, number(u64::from(truth)))),
        other => return Err(Error::Engine(format!("`{name}` is a column of {other}, which no table has"))),
    }
    Ok(())
}

fn present<T>(cells: impl Iterator<Item = Option<T>>, mut each: impl FnMut(usize, T)) {
    cells.enumerate().for_each(|(row, cell)| {
        if let Some(cell) = cell {
            each(row, cell);
        }
    });
}

/// Spreads the bits of a number over all 64.
fn mixed(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use datafusion::arrow::array::{Int32Array, Int64Array, StringViewArray, TimestampNanosecondArray};

    use super::*;

    fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
        RecordBatch::try_from_iter(columns).unwrap()
    }

    fn texts(texts: &[&str]) -> ArrayRef {
        Arc::new(StringViewArray::from(texts.to_vec()))
    }

    #[test]
    fn what_is_absent_counts_for_nothing() {
        let times: ArrayRef = Arc::new(TimestampNanosecondArray::from(vec![Some(7), None]).with_timezone("UTC"));
        let bare = batch(vec![(TIME, Arc::clone(&times)), ("a", texts(&["x", "y"]))]);
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![None, Some(1)]));
        let more = batch(vec![
            ("a", texts(&["x", "y"])),
            ("b", texts(&["", ""])),
            ("c", numbers),
            ("TenantId", texts(&["t", "t"])),
            (TIME, times),
        ]);
        let (bare, more) = (keys_of("T", &bare).unwrap(), keys_of("T", &more).unwrap());
        assert_eq!(bare[0], more[0]);
        assert_eq!((bare[0].time, bare[1].time), (7, i64::MIN));
        assert_ne!(bare[1].hash, more[1].hash);
    }

    #[test]
    fn cells_do_not_change_places() {
        let a = batch(vec![("a", texts(&["x"])), ("b", texts(&["y"]))]);
        let b = batch(vec![("a", texts(&["y"])), ("b", texts(&["x"]))]);
        assert_ne!(keys_of("T", &a).unwrap(), keys_of("T", &b).unwrap());
        // Hashes are kept in files, so they must never change.
        assert_eq!(keys_of("T", &a).unwrap()[0].hash, 7847352268863323966);
    }

    #[test]
    fn versions_have_names() {
        let versions: ArrayRef = Arc::new(Int32Array::from(vec![1, 2]));
        let rows = batch(vec![("CorrelationId", texts(&["c", "c"])), (VERSION, versions), ("x", texts(&["1", "2"]))]);
        let keys = keys_of("ACSCallSummaryUpdates", &rows).unwrap();
        assert_eq!(keys[0].name, keys[1].name);
        assert!(keys[0].hash != keys[1].hash && keys[0].age() < keys[1].age());
        assert!(is_versioned("ACSCallSummaryUpdates") && !is_versioned("ACSCallSummary"));
    }
}
