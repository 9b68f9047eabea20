//! Rows to Parquet: one folder per table, one per day below, sorted by time.

use std::fs::{File, OpenOptions, create_dir_all, rename};
use std::io::Write;
use std::ops::Range;
use std::path::{Path, PathBuf};

use datafusion::arrow::array::{Array, AsArray, RecordBatch, UInt32Array};
use datafusion::arrow::compute::{concat_batches, take_record_batch};
use datafusion::arrow::datatypes::{SchemaRef, TimestampNanosecondType};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::{Compression, ZstdLevel};
use datafusion::parquet::file::metadata::SortingColumn;
use datafusion::parquet::file::properties::WriterProperties;
use datafusion::parquet::schema::types::ColumnPath;

use super::batch::ADDITIONAL;
use super::json::write_text;
use super::report::Reject;
use crate::engine::catalog::conform_batch;
use crate::error::{Error, Result};
use crate::value::{NANOS_PER_DAY, civil_from_days};

/// The column that tables are sorted and divided by.
const TIME: &str = "TimeGenerated";

/// Columns that queries look single values up in.
const LOOKED_UP: &[&str] = &["CallId", "CorrelationId", "ParticipantId"];

/// Rows whose minima and maxima are kept together.
const ROW_GROUP_ROWS: usize = 131_072;

/// The file in the target folder that keeps what could not be read.
pub(super) const REJECTS: &str = "_rejects.jsonl";

/// Writes the rows of a table; gives the number of files. Each file appears at once and whole, under a new name.
pub(crate) fn write_table(root: &Path, table: &str, batches: &[RecordBatch]) -> Result<u64> {
    let Some(schema) = widest_schema(batches) else { return Ok(0) };
    let batches: Vec<_> =
        batches.iter().map(|batch| conform_batch(batch, &schema)).collect::<Result<_, _>>().map_err(engine)?;
    let rows = concat_batches(&schema, &batches).map_err(engine)?;
    let mut files = 0;
    for (day, order) in days(&rows)? {
        let folder = root.join(table).join(format!("day={}", day_name(day)));
        let rows = take_record_batch(&rows, &order).map_err(engine)?;
        write_file(&folder, &rows)?;
        files += 1;
    }
    Ok(files)
}

/// The schema with `AdditionalFields`, if one batch has that.
fn widest_schema(batches: &[RecordBatch]) -> Option<SchemaRef> {
    let schemas = || batches.iter().map(RecordBatch::schema);
    schemas().find(|schema| schema.column_with_name(ADDITIONAL).is_some()).or_else(|| schemas().next())
}

/// The rows of each day, in order of time; rows of one time stay as they came.
fn days(rows: &RecordBatch) -> Result<Vec<(Option<i64>, UInt32Array)>> {
    let times = rows.column_by_name(TIME).and_then(|times| times.as_primitive_opt::<TimestampNanosecondType>());
    let times = times.ok_or_else(|| Error::Engine(format!("a table without `{TIME}`")))?;
    let time = |row: u32| times.is_valid(row as usize).then(|| times.value(row as usize));
    let day = |row: u32| time(row).map(|time| time.div_euclid(NANOS_PER_DAY));
    let count = u32::try_from(rows.num_rows()).map_err(engine)?;
    let mut order: Vec<u32> = (0..count).collect();
    order.sort_by_key(|row| time(*row));
    let groups = order.chunk_by(|a, b| day(*a) == day(*b));
    Ok(groups.map(|group| (group.first().and_then(|row| day(*row)), UInt32Array::from(group.to_vec()))).collect())
}

fn day_name(day: Option<i64>) -> String {
    match day.map(civil_from_days) {
        Some((year, month, day)) => format!("{year:04}-{month:02}-{day:02}"),
        None => "unknown".to_owned(),
    }
}

/// Writes rows as one file, first under a name that readers leave out.
fn write_file(folder: &Path, rows: &RecordBatch) -> Result<()> {
    create_dir_all(folder).map_err(|cause| Error::io(folder, cause))?;
    let name = format!("{}.parquet", uuid::Uuid::new_v4().simple());
    let draft = folder.join(format!("_{name}"));
    let io = |cause| Error::io(&draft, cause);
    let file = File::create(&draft).map_err(io)?;
    let mut writer = ArrowWriter::try_new(&file, rows.schema(), Some(properties(rows))).map_err(engine)?;
    for range in slices(rows.num_rows()) {
        writer.write(&rows.slice(range.start, range.len())).map_err(engine)?;
    }
    writer.close().map_err(engine)?;
    file.sync_all().map_err(io)?;
    rename(&draft, folder.join(name)).map_err(io)?;
    sync_folder(folder)
}

/// Makes a renaming last.
fn sync_folder(folder: &Path) -> Result<()> {
    // Only Unix can open a folder; elsewhere a renaming lasts by itself.
    if cfg!(unix) {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(|cause| Error::io(folder, cause))?;
    }
    Ok(())
}

fn slices(rows: usize) -> impl Iterator<Item = Range<usize>> {
    (0..rows).step_by(ROW_GROUP_ROWS).map(move |from| from..rows.min(from + ROW_GROUP_ROWS))
}

fn properties(rows: &RecordBatch) -> WriterProperties {
    let mut builder = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_created_by(concat!("calypso ", env!("CARGO_PKG_VERSION")).to_owned());
    if let Ok(time) = rows.schema().index_of(TIME) {
        let column_idx = i32::try_from(time).unwrap_or_default();
        builder =
            builder.set_sorting_columns(Some(vec![SortingColumn { column_idx, descending: false, nulls_first: true }]));
    }
    let most = rows.num_rows().min(ROW_GROUP_ROWS) as u64;
    for name in LOOKED_UP.iter().filter(|name| rows.schema().column_with_name(name).is_some()) {
        builder = builder.set_column_bloom_filter_max_ndv(ColumnPath::from(*name), most);
    }
    builder.build()
}

/// Appends what could not be read to the rejects file.
pub(super) fn write_rejects(root: &Path, rejects: &[Reject]) -> Result<Option<PathBuf>> {
    if rejects.is_empty() {
        return Ok(None);
    }
    let path = root.join(REJECTS);
    let mut lines = String::new();
    for reject in rejects {
        lines.push_str("{\"file\":");
        write_text(&reject.file.to_string_lossy(), &mut lines);
        lines.push_str(&format!(",\"line\":{},\"offset\":{},\"reason\":", reject.place.line, reject.place.offset));
        write_text(&reject.reason, &mut lines);
        lines.push_str(",\"text\":");
        write_text(&reject.text, &mut lines);
        lines.push_str("}\n");
    }
    let append = || {
        create_dir_all(root)?;
        let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
        file.write_all(lines.as_bytes())?;
        file.sync_all()
    };
    append().map_err(|cause| Error::io(&path, cause))?;
    Ok(Some(path))
}

fn engine(error: impl std::fmt::Display) -> Error {
    Error::Engine(error.to_string())
}
