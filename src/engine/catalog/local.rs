//! Parquet files of this machine: their footers are read once and kept, and their bytes come straight from the file.

use std::fs::File;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::SystemTime;

use bytes::Bytes;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, Result as DfResult, Statistics, exec_datafusion_err};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::parquet::apply_file_schema_type_coercions;
use datafusion::datasource::physical_plan::parquet::metadata::DFParquetMetadata;
use datafusion::datasource::physical_plan::{FileGroup, ParquetFileReaderFactory};
use datafusion::parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use datafusion::parquet::arrow::async_reader::AsyncFileReader;
use datafusion::parquet::basic::Encoding;
use datafusion::parquet::errors::Result as ParquetResult;
use datafusion::parquet::file::metadata::{
    ColumnChunkMetaData, PageIndexPolicy, ParquetMetaData, ParquetMetaDataReader,
};
use datafusion::parquet::file::reader::ChunkReader;
use datafusion::physical_plan::metrics::{Count, ExecutionPlanMetricsSet, MetricBuilder};
use futures::FutureExt;
use futures::future::{BoxFuture, ready};

/// What is known of a file as long as it does not change.
#[derive(Debug)]
pub(in crate::engine) struct Footer {
    path: PathBuf,
    bytes: u64,
    changed: Option<SystemTime>,
    metadata: Arc<ParquetMetaData>,
    indexed: OnceLock<Arc<ParquetMetaData>>,
    /// The columns of the file as they are read.
    pub(in crate::engine) schema: SchemaRef,
    /// Which of the columns are texts that lie in dictionaries throughout.
    pub(in crate::engine) coded: Vec<bool>,
    statistics: Arc<Statistics>,
}

impl Footer {
    fn read(path: &Path, (bytes, changed): (u64, Option<SystemTime>), table: &SchemaRef) -> DfResult<Self> {
        let file = File::open(path)?;
        let metadata = Arc::new(ParquetMetaDataReader::new().parse_and_finish(&file)?);
        let loaded = ArrowReaderMetadata::try_new(Arc::clone(&metadata), ArrowReaderOptions::new())?;
        let schema = match apply_file_schema_type_coercions(table, loaded.schema()) {
            Some(schema) => Arc::new(schema),
            None => Arc::clone(loaded.schema()),
        };
        let statistics = DFParquetMetadata::statistics_from_parquet_metadata(&metadata, table)?;
        Ok(Self {
            path: path.to_owned(),
            bytes,
            changed,
            coded: coded(&schema, &metadata, table),
            indexed: OnceLock::new(),
            metadata,
            schema,
            statistics: Arc::new(trusted(statistics, table)),
        })
    }

    /// The metadata with the index of pages, which only few requests ask for.
    fn with_index(&self) -> ParquetResult<Arc<ParquetMetaData>> {
        if let Some(indexed) = self.indexed.get() {
            return Ok(Arc::clone(indexed));
        }
        let mut reader = ParquetMetaDataReader::new_with_metadata((*self.metadata).clone())
            .with_page_index_policy(PageIndexPolicy::Optional);
        reader.read_page_indexes(&File::open(&self.path)?)?;
        let indexed = Arc::new(reader.finish()?);
        Ok(Arc::clone(self.indexed.get_or_init(|| indexed)))
    }
}

/// Statistics without those of strings that a file misses, wholly or in some rows: they are not null, as DataFusion
/// concludes, but `""`.
fn trusted(mut statistics: Statistics, table: &Schema) -> Statistics {
    for (field, column) in table.fields().iter().zip(&mut statistics.column_statistics) {
        if !field.is_nullable() && column.null_count != Precision::Exact(0) {
            *column = ColumnStatistics::new_unknown();
        }
    }
    statistics
}

/// Which columns of a file are texts that were written by dictionary from the first row to the last. Those with nulls
/// that the table does not have are left out.
fn coded(schema: &Schema, metadata: &ParquetMetaData, table: &Schema) -> Vec<bool> {
    let columns = metadata.file_metadata().schema_descr().columns();
    let by_dictionary = |chunk: &ColumnChunkMetaData| {
        let is_only = |encoding| chunk.page_encoding_stats_mask().is_some_and(|mask| mask.is_only(encoding));
        chunk.dictionary_page_offset().is_some()
            && (is_only(Encoding::RLE_DICTIONARY) || is_only(Encoding::PLAIN_DICTIONARY))
    };
    let has_nulls = |name: &str| table.field_with_name(name).is_ok_and(Field::is_nullable);
    let is_coded = |(index, field): (usize, &Arc<Field>)| {
        // With nested columns, the places of columns in the file are others than those of fields.
        columns.len() == schema.fields().len()
            && *field.data_type() == DataType::Utf8View
            && (!field.is_nullable() || has_nulls(field.name()))
            && metadata.row_groups().iter().all(|group| by_dictionary(group.column(index)))
    };
    schema.fields().iter().enumerate().map(is_coded).collect()
}

/// A file of a table.
#[derive(Debug)]
struct LocalFile {
    path: PathBuf,
    /// Files of a log are never changed.
    is_ours: bool,
    footer: Mutex<Option<Arc<Footer>>>,
}

impl LocalFile {
    fn footer(&self, table: &SchemaRef) -> DfResult<Arc<Footer>> {
        let mut kept = self.footer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(footer) = kept.as_ref().filter(|_| self.is_ours) {
            return Ok(Arc::clone(footer));
        }
        let there = std::fs::metadata(&self.path)
            .map_err(|cause| exec_datafusion_err!("cannot read `{}`: {cause}", self.path.display()))?;
        let state = (there.len(), there.modified().ok());
        if let Some(footer) = kept.as_ref().filter(|footer| (footer.bytes, footer.changed) == state) {
            return Ok(Arc::clone(footer));
        }
        let footer = Arc::new(Footer::read(&self.path, state, table)?);
        *kept = Some(Arc::clone(&footer));
        Ok(footer)
    }
}

/// Where a file is, and whether a log tells it.
pub(super) type Told = (PathBuf, bool);

/// The files of a table, by folder.
#[derive(Debug)]
pub(super) struct LocalFiles {
    folders: Vec<(Option<i64>, Vec<LocalFile>)>,
    /// The statistics of the files that were last asked for.
    total: Mutex<Option<(Vec<Arc<Footer>>, Statistics)>>,
}

/// What a scan is to read.
pub(super) struct Chosen {
    pub(super) groups: Vec<FileGroup>,
    pub(super) statistics: Statistics,
}

impl LocalFiles {
    /// Files by day, each with whether a log tells it.
    pub(super) fn new(folders: Vec<(Option<i64>, Vec<Told>)>) -> Self {
        let file = |(path, is_ours)| LocalFile { path, is_ours, footer: Mutex::default() };
        let folders = folders.into_iter().map(|(day, files)| (day, files.into_iter().map(file).collect()));
        Self { folders: folders.collect(), total: Mutex::default() }
    }

    /// The files of the days that are wanted, as many as hold the wanted number of rows, in groups.
    pub(super) fn choose(
        &self,
        table: &SchemaRef,
        is_wanted: impl Fn(Option<i64>) -> bool,
        (rows, groups): (Option<usize>, usize),
    ) -> DfResult<Option<Chosen>> {
        let wanted = self.folders.iter().filter(|(day, _)| is_wanted(*day)).flat_map(|(_, files)| files);
        let wanted: Vec<&LocalFile> = wanted.collect();
        if rows.is_none() {
            read_ahead(&wanted, table);
        }
        let mut footers = Vec::with_capacity(wanted.len());
        let mut found = 0;
        for file in &wanted {
            if rows.is_some_and(|rows| found >= rows) {
                break;
            }
            let footer = file.footer(table)?;
            found += usize::try_from(footer.metadata.file_metadata().num_rows()).unwrap_or_default();
            footers.push(footer);
        }
        if footers.is_empty() {
            return Ok(None);
        }
        let statistics = self.statistics(&footers, table)?;
        let statistics = if footers.len() < wanted.len() { statistics.to_inexact() } else { statistics };
        let files: Vec<PartitionedFile> = footers.iter().map(partitioned).collect();
        let share = files.len().div_ceil(groups.max(1));
        let groups = files.chunks(share).map(|files| FileGroup::new(files.to_vec())).collect();
        Ok(Some(Chosen { groups, statistics }))
    }

    fn statistics(&self, footers: &[Arc<Footer>], table: &SchemaRef) -> DfResult<Statistics> {
        let mut total = self.total.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |known: &[Arc<Footer>]| {
            known.len() == footers.len() && known.iter().zip(footers).all(|(a, b)| Arc::ptr_eq(a, b))
        };
        if let Some((_, known)) = total.as_ref().filter(|(known, _)| same(known)) {
            return Ok(known.clone());
        }
        let statistics = Statistics::try_merge_iter(footers.iter().map(|footer| footer.statistics.as_ref()), table)?;
        *total = Some((footers.to_vec(), statistics.clone()));
        Ok(statistics)
    }
}

/// From this number of files on, footers are read on several threads.
const MANY_FILES: usize = 16;

/// What a function makes of each item, worked out on several threads where there are many.
pub(super) fn on_threads<I: Sync, T: Send>(items: &[I], f: impl Fn(&I) -> T + Sync) -> Vec<T> {
    if items.len() < MANY_FILES {
        return items.iter().map(f).collect();
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let f = &f;
    std::thread::scope(|scope| {
        let parts = items.chunks(items.len().div_ceil(threads));
        let parts: Vec<_> = parts.map(|part| scope.spawn(move || part.iter().map(f).collect::<Vec<T>>())).collect();
        let join = |part: std::thread::ScopedJoinHandle<'_, Vec<T>>| {
            part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        parts.into_iter().flat_map(join).collect()
    })
}

/// Reads the footers of files that were not read yet, so that asking for each is quick.
fn read_ahead(files: &[&LocalFile], table: &SchemaRef) {
    let is_new = |file: &&&LocalFile| file.footer.lock().unwrap_or_else(PoisonError::into_inner).is_none();
    let new: Vec<&LocalFile> = files.iter().filter(is_new).copied().collect();
    // What cannot be read is told when it is asked for.
    on_threads(&new, |file| drop(file.footer(table)));
}

fn partitioned(footer: &Arc<Footer>) -> PartitionedFile {
    PartitionedFile {
        statistics: Some(Arc::clone(&footer.statistics)),
        arrow_schema: Some(Arc::clone(&footer.schema)),
        ..PartitionedFile::new(footer.path.to_string_lossy(), footer.bytes).with_extension(Arc::clone(footer))
    }
}

/// The footer of a file of a scan.
pub(in crate::engine) fn footer_of(file: &PartitionedFile) -> Option<&Arc<Footer>> {
    file.extensions.get::<Arc<Footer>>()
}

/// Reads files by their footers.
#[derive(Debug)]
pub(super) struct LocalReaders;

impl ParquetFileReaderFactory for LocalReaders {
    fn create_reader(
        &self,
        partition: usize,
        file: PartitionedFile,
        _metadata_size_hint: Option<usize>,
        metrics: &ExecutionPlanMetricsSet,
    ) -> DfResult<Box<dyn AsyncFileReader + Send>> {
        let footer = footer_of(&file)
            .ok_or_else(|| exec_datafusion_err!("the file `{}` has no footer", file.object_meta.location))?;
        let scanned = MetricBuilder::new(metrics).counter("bytes_scanned", partition);
        Ok(Box::new(LocalReader { footer: Arc::clone(footer), file: None, scanned }))
    }
}

struct LocalReader {
    footer: Arc<Footer>,
    /// Opened when it is first read from.
    file: Option<File>,
    scanned: Count,
}

/// Gaps up to this many bytes are read rather than jumped over.
const SMALL_GAP: u64 = 1 << 14;

impl LocalReader {
    fn read(&mut self, range: &Range<u64>) -> ParquetResult<Bytes> {
        let file = match self.file.take() {
            Some(file) => file,
            None => File::open(&self.footer.path)?,
        };
        let length = (range.end - range.start) as usize;
        self.scanned.add(length);
        let bytes = file.get_bytes(range.start, length);
        self.file = Some(file);
        bytes
    }

    fn read_all(&mut self, ranges: &[Range<u64>]) -> ParquetResult<Vec<Bytes>> {
        let mut read = Vec::with_capacity(ranges.len());
        let mut rest = ranges;
        while let Some(first) = rest.first() {
            let mut end = first.end;
            let is_near = |end: u64, next: &Range<u64>| next.start >= end && next.start - end <= SMALL_GAP;
            let mut count = 1;
            while let Some(next) = rest.get(count).filter(|next| is_near(end, next)) {
                end = next.end;
                count += 1;
            }
            let bytes = self.read(&(first.start..end))?;
            let place = |at: u64| (at - first.start) as usize;
            read.extend(rest[..count].iter().map(|range| bytes.slice(place(range.start)..place(range.end))));
            rest = &rest[count..];
        }
        Ok(read)
    }
}

impl AsyncFileReader for LocalReader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, ParquetResult<Bytes>> {
        ready(self.read(&range)).boxed()
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, ParquetResult<Vec<Bytes>>> {
        ready(self.read_all(&ranges)).boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, ParquetResult<Arc<ParquetMetaData>>> {
        let wants_index = options.is_some_and(|options| options.column_index_policy() != PageIndexPolicy::Skip);
        let metadata = match wants_index {
            true => self.footer.with_index(),
            false => Ok(Arc::clone(&self.footer.metadata)),
        };
        ready(metadata).boxed()
    }
}
