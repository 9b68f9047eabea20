//! Parquet files as a table: folders by day, of which a scan opens only those that its filters leave.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::AsArray;
use datafusion::arrow::compute::{max, min};
use datafusion::arrow::datatypes::{SchemaRef, TimestampNanosecondType};
use datafusion::catalog::Session;
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, Result as DfResult, Statistics};
use datafusion::datasource::file_format::parquet::ParquetFormat;
use datafusion::datasource::listing::{
    ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl, PartitionedFile,
};
use datafusion::datasource::physical_plan::parquet::metadata::DFParquetMetadata;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::datasource::{TableProvider, TableType};
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
    /// Files of a folder. A name such as `day=2026-03-02` tells that the `TimeGenerated` of all rows is on that day.
    pub fn new(path: PathBuf, files: Vec<DataFile>) -> Self {
        let name = path.file_name().and_then(|name| name.to_str());
        let date =
            name.and_then(|name| name.strip_prefix("day=")).and_then(|date| date.parse::<chrono::NaiveDate>().ok());
        let day = date.map(|date| date.signed_duration_since(chrono::NaiveDate::default()).num_days());
        Self { path, files, day }
    }
}

/// A table made of Parquet files.
#[derive(Debug)]
pub(super) struct ParquetTable {
    schema: SchemaRef,
    folders: Vec<(Option<i64>, Vec<ListingTableUrl>)>,
    /// An object of the store that holds the files; `None` for files of the machine.
    store: Option<Blob>,
}

impl ParquetTable {
    /// The files, which are all of the machine or all of one store, as a table of this schema, whatever they hold.
    pub(super) fn open(schema: SchemaRef, folders: &[Folder]) -> Result<Self> {
        let urls = folders.iter().map(|folder| {
            let urls = folder.files.iter().map(|file| match &file.blob {
                Some(blob) => ListingTableUrl::parse(blob.url()).map_err(engine_error),
                None => {
                    let path = file.path.canonicalize().map_err(|cause| Error::io(&file.path, cause))?;
                    ListingTableUrl::parse(path.to_string_lossy()).map_err(engine_error)
                }
            });
            Ok((folder.day, urls.collect::<Result<_>>()?))
        });
        let store = folders.iter().flat_map(|folder| &folder.files).find_map(|file| file.blob.clone());
        Ok(Self { folders: urls.collect::<Result<_>>()?, schema, store })
    }

    /// The same for files of any stores: a table for each.
    pub(super) fn open_all(schema: &SchemaRef, folders: &[Folder]) -> Result<Vec<Self>> {
        let mut stores: BTreeMap<Option<String>, Vec<Folder>> = BTreeMap::new();
        for folder in folders {
            let store = folder.files.first().and_then(|file| Some(file.blob.as_ref()?.store_url()));
            stores.entry(store).or_default().push(folder.clone());
        }
        stores.values().map(|folders| Self::open(Arc::clone(schema), folders)).collect()
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
        let range = TimeRange::of(filters);
        let left = self.folders.iter().filter(|(day, _)| range.is_all() || day.is_none_or(|day| range.has_day(day)));
        let urls: Vec<ListingTableUrl> = left.flat_map(|(_, urls)| urls.iter().cloned()).collect();
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
            .with_schema(Arc::clone(&self.schema));
        let cache = state.runtime_env().cache_manager.get_file_statistic_cache();
        let table = ListingTable::try_new(config)?.with_cache(cache);
        let file_limit = if filters.is_empty() { limit } else { None };
        let listed = table.list_files_for_scan(state, &[], file_limit).await?;
        let groups = listed.file_groups.into_iter().map(|group| self.without_false_nulls(group)).collect();
        let source = options.format.file_source(TableSchema::from(&self.schema));
        let config = FileScanConfigBuilder::new(store, source)
            .with_file_groups(groups)
            .with_statistics(trusted(&listed.statistics, &self.schema))
            .with_projection_indices(projection.cloned())?
            .with_limit(limit)
            .with_expr_adapter(Some(Arc::new(AdapterFactory)))
            .build();
        options.format.create_physical_plan(state, config).await
    }
}

impl ParquetTable {
    /// Takes back what DataFusion concludes about strings that a file misses, wholly or in some rows: they are not
    /// null, but `""`. See [`AdapterFactory`].
    fn without_false_nulls(&self, group: FileGroup) -> FileGroup {
        let total = group.file_statistics(None).map(|total| Arc::new(trusted(total, &self.schema)));
        let files = group.into_inner().into_iter().map(|file| {
            let statistics = file.statistics.as_ref().map(|statistics| Arc::new(trusted(statistics, &self.schema)));
            PartitionedFile { statistics, ..file }
        });
        let files = FileGroup::new(files.collect());
        match total {
            Some(total) => files.with_statistics(total),
            None => files,
        }
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

/// Statistics without those of strings that may be missing.
fn trusted(statistics: &Statistics, schema: &SchemaRef) -> Statistics {
    let mut statistics = statistics.clone();
    for (field, column) in schema.fields().iter().zip(&mut statistics.column_statistics) {
        if !field.is_nullable() && column.null_count != Precision::Exact(0) {
            *column = ColumnStatistics::new_unknown();
        }
    }
    statistics
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
