//! Parquet files as a table: folders by day, of which a scan opens only those that its filters leave.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::AsArray;
use datafusion::arrow::compute::{max, min};
use datafusion::arrow::datatypes::{FieldRef, Schema, SchemaRef, TimestampNanosecondType};
use datafusion::catalog::Session;
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, Result as DfResult, ScalarValue, Statistics};
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl, PartitionedFile,
};
use datafusion::datasource::physical_plan::parquet::metadata::DFParquetMetadata;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::datasource::{TableProvider, TableType};
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator, TableProviderFilterPushDown};
use datafusion::parquet::arrow::arrow_reader::statistics::StatisticsConverter;
use datafusion::parquet::arrow::arrow_reader::{ArrowReaderMetadata, ArrowReaderOptions};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::union::UnionExec;

use super::adapt::AdapterFactory;
use super::conform::conform_array;
use super::days::{TIME, TimeRange};
use super::engine_error;
use super::hive::{Named, named, value_of};
use super::local::{LocalFiles, LocalReaders};
use super::log::FileFacts;
use crate::engine::types::arrow_field;
use crate::error::{Error, Result};
use crate::remote::{Blob, wait};
use crate::types::Type;

/// Parquet files of one table that lie side by side.
#[derive(Clone, Debug)]
pub struct Folder {
    /// The folder.
    pub path: PathBuf,
    /// The files of the table in it.
    pub files: Vec<DataFile>,
    /// The day of all rows in it, counted from 1970, where the folder's name says so.
    day: Option<i64>,
    /// Columns that its name tells, but for that day.
    pub(super) named: Vec<Named>,
}

/// A Parquet file.
#[derive(Clone, Debug)]
pub struct DataFile {
    /// Where it is.
    pub path: PathBuf,
    /// What the log says about it, which saves opening it.
    pub facts: Option<FileFacts>,
    /// The object of a store that it is; the path is its name then.
    pub blob: Option<Blob>,
}

impl From<PathBuf> for DataFile {
    fn from(path: PathBuf) -> Self {
        Self { path, facts: None, blob: None }
    }
}

impl Folder {
    /// Files of a folder. A name such as `day=2026-03-02` tells that the `TimeGenerated` of all rows is on that day, and
    /// `day=unknown` that it is null. Neither is a column.
    pub fn new(path: PathBuf, files: Vec<DataFile>) -> Self {
        let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_prefix("day="));
        let date = name.and_then(|date| date.parse::<chrono::NaiveDate>().ok());
        let day = date.map(|date| date.signed_duration_since(chrono::NaiveDate::default()).num_days());
        let mut named = named(&path);
        named.truncate(named.len() - usize::from(day.is_some() || name == Some("unknown")));
        Self { path, files, day, named }
    }
}

/// A table made of Parquet files.
#[derive(Debug)]
pub(super) struct ParquetTable {
    schema: SchemaRef,
    /// The columns of the files, then those that only the names of folders tell.
    scanned: TableSchema,
    /// Where the columns of the schema are among those.
    places: Vec<usize>,
    folders: Vec<Side>,
    /// An object of the store that holds the files; `None` for files of the machine.
    store: Option<Blob>,
    /// The files, when all are of the machine and hold every column.
    local: Option<LocalFiles>,
}

/// A folder as a scan sees it.
#[derive(Debug)]
struct Side {
    day: Option<i64>,
    files: Vec<ListingTableUrl>,
    /// The values of the columns that its name tells.
    values: Vec<ScalarValue>,
}

impl ParquetTable {
    /// The files, which are all of the machine or all of one store, as a table of this schema, whatever they hold.
    /// `outside` are the columns that no file has and the names of folders tell.
    pub(super) fn open(schema: SchemaRef, folders: &[Folder], outside: &[(String, Type)]) -> Result<Self> {
        let is_outside = |field: &FieldRef| outside.iter().any(|(name, _)| name == field.name());
        let (tail, inner): (Vec<FieldRef>, Vec<FieldRef>) = schema.fields().iter().cloned().partition(is_outside);
        let tail_types = || tail.iter().filter_map(|field| outside.iter().find(|(name, _)| name == field.name()));
        let sides = folders.iter().map(|folder| {
            let files = folder.files.iter().map(|file| match &file.blob {
                Some(blob) => ListingTableUrl::parse(blob.url()).map_err(engine_error),
                None => {
                    let path = file.path.canonicalize().map_err(|cause| Error::io(&file.path, cause))?;
                    ListingTableUrl::parse(path.to_string_lossy()).map_err(engine_error)
                }
            });
            let values = tail_types().map(|(name, ty)| value_of(folder, name, *ty)).collect();
            Ok(Side { day: folder.day, files: files.collect::<Result<_>>()?, values })
        });
        let store = folders.iter().flat_map(|folder| &folder.files).find_map(|file| file.blob.clone());
        let files = folders;
        let folders = sides.collect::<Result<_>>()?;
        let names: Vec<&String> = inner.iter().chain(&tail).map(|field| field.name()).collect();
        let place = |field: &FieldRef| names.iter().position(|name| *name == field.name());
        let places = schema.fields().iter().filter_map(place).collect();
        let scanned = TableSchema::builder(Arc::new(Schema::new(inner))).with_table_partition_cols(tail).build();
        let local = (store.is_none() && outside.is_empty()).then(|| local_files(files)).transpose()?;
        Ok(Self { schema, scanned, places, folders, store, local })
    }

    /// The same for files of any stores: a table for each.
    pub(super) fn open_all(schema: &SchemaRef, folders: &[Folder], outside: &[(String, Type)]) -> Result<Vec<Self>> {
        let mut stores: BTreeMap<Option<String>, Vec<Folder>> = BTreeMap::new();
        for folder in folders {
            let store = folder.files.first().and_then(|file| Some(file.blob.as_ref()?.store_url()));
            stores.entry(store).or_default().push(folder.clone());
        }
        stores.values().map(|folders| Self::open(Arc::clone(schema), folders, outside)).collect()
    }
}

#[async_trait]
impl TableProvider for ParquetTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> DfResult<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        if let Some(files) = &self.local {
            return self.scan_local(files, state, (projection, filters, limit));
        }
        let range = TimeRange::of(filters);
        let is_left = |side: &&Side| range.is_all() || side.day.is_none_or(|day| range.has_day(day));
        let left: Vec<&Side> = self.folders.iter().filter(is_left).collect();
        let urls: Vec<ListingTableUrl> = left.iter().flat_map(|side| side.files.iter().cloned()).collect();
        if urls.is_empty() {
            let schema = datafusion::common::project_schema(&self.schema, projection)?;
            return Ok(Arc::new(EmptyExec::new(schema)));
        }
        let store = urls[0].object_store();
        if let Some(blob) = &self.store {
            state.runtime_env().register_object_store(store.as_ref(), blob.store());
        }
        let mut reading = state.default_table_options().parquet;
        // Rows of one id are few: other columns are read for them only. Elsewhere that costs more than it saves.
        reading.global.pushdown_filters |= filters.iter().any(names_id);
        let format = ParquetFormat::default().with_options(reading);
        let options = ListingOptions::new(Arc::new(format.with_force_view_types(true))).with_file_extension("");
        let config = ListingTableConfig::new_with_multi_paths(urls)
            .with_listing_options(options.clone())
            .with_schema(Arc::clone(self.scanned.file_schema()));
        let cache = state.runtime_env().cache_manager.get_file_statistic_cache();
        let table = ListingTable::try_new(config)?.with_cache(cache);
        let file_limit = if filters.is_empty() { limit } else { None };
        let listed = table.list_files_for_scan(state, &[], file_limit).await?;
        let values: HashMap<String, &[ScalarValue]> = match self.scanned.table_partition_cols().is_empty() {
            true => HashMap::new(),
            false => left
                .iter()
                .flat_map(|side| side.files.iter().map(|url| (url.prefix().to_string(), side.values.as_slice())))
                .collect(),
        };
        let groups = listed.file_groups.into_iter().map(|group| self.as_read(group, &values)).collect();
        let source = options.format.file_source(self.scanned.clone());
        let places = match projection {
            Some(wanted) => wanted.iter().filter_map(|at| self.places.get(*at).copied()).collect(),
            None => self.places.clone(),
        };
        let config = FileScanConfigBuilder::new(store, source)
            .with_file_groups(groups)
            .with_statistics(self.trusted(&listed.statistics))
            .with_projection_indices(Some(places))?
            .with_limit(limit)
            .with_expr_adapter(Some(Arc::new(AdapterFactory)))
            .build();
        options.format.create_physical_plan(state, config).await
    }
}

impl ParquetTable {
    /// The files of a group with the values that their folders tell, and without what DataFusion concludes about
    /// strings that a file misses, wholly or in some rows: they are not null, but `""`. See [`AdapterFactory`].
    fn as_read(&self, group: FileGroup, values: &HashMap<String, &[ScalarValue]>) -> FileGroup {
        let total = group.file_statistics(None).map(|total| Arc::new(self.trusted(total)));
        let files = group.into_inner().into_iter().map(|file| {
            let statistics = file.statistics.as_ref().map(|statistics| Arc::new(self.trusted(statistics)));
            let told = values.get(&file.object_meta.location.to_string()).map(|values| values.to_vec());
            PartitionedFile { statistics, partition_values: told.unwrap_or_default(), ..file }
        });
        let files = FileGroup::new(files.collect());
        match total {
            Some(total) => files.with_statistics(total),
            None => files,
        }
    }

    /// Statistics without those of strings that may be missing, and with nothing known about columns of folders.
    fn trusted(&self, statistics: &Statistics) -> Statistics {
        let mut statistics = statistics.clone();
        let inner = self.scanned.file_schema().fields();
        for (field, column) in inner.iter().zip(&mut statistics.column_statistics) {
            if !field.is_nullable() && column.null_count != Precision::Exact(0) {
                *column = ColumnStatistics::new_unknown();
            }
        }
        let all = inner.len() + self.scanned.table_partition_cols().len();
        statistics.column_statistics.resize_with(all, ColumnStatistics::new_unknown);
        statistics
    }
}

/// The files of folders of the machine.
fn local_files(folders: &[Folder]) -> Result<LocalFiles> {
    let folders = folders.iter().map(|folder| {
        let files = folder.files.iter().map(|file| {
            let path = file.path.canonicalize().map_err(|cause| Error::io(&file.path, cause))?;
            Ok((path, file.facts.is_some()))
        });
        Ok((folder.day, files.collect::<Result<_>>()?))
    });
    Ok(LocalFiles::new(folders.collect::<Result<_>>()?))
}

impl ParquetTable {
    fn scan_local(
        &self,
        files: &LocalFiles,
        state: &dyn Session,
        (projection, filters, limit): (Option<&Vec<usize>>, &[Expr], Option<usize>),
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        let range = TimeRange::of(filters);
        let is_wanted = |day: Option<i64>| range.is_all() || day.is_none_or(|day| range.has_day(day));
        let rows = if filters.is_empty() { limit } else { None };
        let Some(chosen) = files.choose(&self.schema, is_wanted, (rows, state.config().target_partitions()))? else {
            let schema = datafusion::common::project_schema(&self.schema, projection)?;
            return Ok(Arc::new(EmptyExec::new(schema)));
        };
        let mut reading = state.default_table_options().parquet;
        // Rows of one id are few: other columns are read for them only. Elsewhere that costs more than it saves.
        reading.global.pushdown_filters |= filters.iter().any(names_id);
        let source = ParquetSource::new(TableSchema::from(&self.schema))
            .with_table_parquet_options(reading)
            .with_parquet_file_reader_factory(Arc::new(LocalReaders));
        let config = FileScanConfigBuilder::new(ObjectStoreUrl::local_filesystem(), Arc::new(source))
            .with_file_groups(chosen.groups)
            .with_statistics(chosen.statistics)
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .with_expr_adapter(Some(Arc::new(AdapterFactory)))
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }
}

/// Whether a filter leaves only rows with one value in a column of identities.
fn names_id(filter: &Expr) -> bool {
    let is_id = |expr: &Expr| matches!(expr, Expr::Column(column) if column.name.ends_with("Id"));
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => names_id(left) || names_id(right),
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) => match (left.as_ref(), right.as_ref()) {
            (column, Expr::Literal(..)) | (Expr::Literal(..), column) => is_id(column),
            _ => false,
        },
        _ => false,
    }
}

/// Tables of one schema, one behind the other.
#[derive(Debug)]
pub(super) struct Parts {
    schema: SchemaRef,
    parts: Vec<Arc<dyn TableProvider>>,
}

impl Parts {
    pub(super) fn new(schema: SchemaRef, parts: Vec<Arc<dyn TableProvider>>) -> Self {
        Self { schema, parts }
    }
}

#[async_trait]
impl TableProvider for Parts {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> DfResult<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        let mut plans = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            plans.push(part.scan(state, projection, filters, limit).await?);
        }
        UnionExec::try_new(plans)
    }
}

/// The Arrow schema of a file.
pub(super) fn file_schema(file: &DataFile) -> Result<SchemaRef> {
    Ok(Arc::clone(load(file)?.schema()))
}

/// The earliest and latest time, in nanoseconds since 1970.
type Times = Option<(i64, i64)>;

/// How many rows and bytes a file has, and the earliest and latest time in it.
pub(super) fn file_summary(file: &DataFile) -> Result<(u64, u64, Times)> {
    let loaded = load(file)?;
    let bytes = match &file.blob {
        Some(blob) => blob.bytes,
        None => std::fs::metadata(&file.path).map_err(|cause| Error::io(&file.path, cause))?.len(),
    };
    let metadata = loaded.metadata();
    let rows = u64::try_from(metadata.file_metadata().num_rows()).unwrap_or_default();
    if loaded.schema().column_with_name(TIME).is_none() {
        return Ok((rows, bytes, None));
    }
    let converter =
        StatisticsConverter::try_new(TIME, loaded.schema(), loaded.parquet_schema()).map_err(engine_error)?;
    let field = arrow_field(TIME, Type::DateTime);
    let lows = converter.row_group_mins(metadata.row_groups()).and_then(|lows| Ok(conform_array(&lows, &field)?));
    let highs = converter.row_group_maxes(metadata.row_groups()).and_then(|highs| Ok(conform_array(&highs, &field)?));
    let (Ok(lows), Ok(highs)) = (lows, highs) else { return Ok((rows, bytes, None)) };
    let low = min(lows.as_primitive::<TimestampNanosecondType>());
    Ok((rows, bytes, low.zip(max(highs.as_primitive::<TimestampNanosecondType>()))))
}

fn load(file: &DataFile) -> Result<ArrowReaderMetadata> {
    let broken = |reason| Error::Data { path: file.path.clone(), line: None, reason };
    let Some(blob) = &file.blob else {
        let opened = File::open(&file.path).map_err(|cause| Error::io(&file.path, cause))?;
        return ArrowReaderMetadata::load(&opened, ArrowReaderOptions::new())
            .map_err(|error| broken(error.to_string()));
    };
    let (store, meta) = (blob.store(), blob.meta().clone());
    let fetched = wait(async move { DFParquetMetadata::new(&*store, &meta).fetch_metadata().await })?;
    let metadata = fetched.map_err(|error| broken(error.to_string()))?;
    ArrowReaderMetadata::try_new(metadata, ArrowReaderOptions::new()).map_err(|error| broken(error.to_string()))
}
