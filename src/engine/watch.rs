//! What a request reads and holds: looked at while it runs, and again when it is done.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::common::Result as DfResult;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::datasource::physical_plan::{FileScanConfig, FileSource, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation};
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::metrics::{MetricValue, MetricsSet};

use super::catalog::DataCatalog;
use crate::catalog::Catalog;
use crate::ir::Rel;

/// An eye on a running request. Give a clone of it to the request, and ask it for [`Watch::readings`] at any time.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    seen: Arc<Mutex<Seen>>,
}

/// What was run so far: the plans with their counters, and the tables that they read.
#[derive(Debug, Default)]
struct Seen {
    plans: Vec<Arc<dyn ExecutionPlan>>,
    tables: BTreeMap<String, usize>,
}

/// How much was read. Counts grow while a request runs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readings {
    /// Rows that scans handed on.
    pub rows: u64,
    /// Rows that scans read and dropped themselves, by a filter that was pushed into them.
    pub dropped_rows: u64,
    /// Rows that lie in what the scans are to read, where that is known.
    pub rows_ahead: Option<u64>,
    /// Bytes of files.
    pub bytes: u64,
    /// Files that scans opened.
    pub files: usize,
    /// Files of the tables that nobody had to open.
    pub skipped_files: usize,
    /// Row groups that were read.
    pub row_groups: usize,
    /// Row groups of the opened files that were skipped.
    pub skipped_row_groups: usize,
}

/// What one scan of Parquet files does for a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScanFacts {
    /// The folder that the files share.
    pub folder: String,
    /// The columns that are read.
    pub columns: Vec<String>,
    /// The condition that decides which files, row groups and pages are read.
    pub condition: Option<String>,
    /// After how many rows it stops.
    pub limit: Option<usize>,
    /// How much it read.
    pub readings: Readings,
}

impl Watch {
    /// Takes note of a plan that is about to run.
    pub(super) fn meet(&self, plan: &Arc<dyn ExecutionPlan>) {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).plans.push(Arc::clone(plan));
    }

    /// Takes note of the tables of a relation.
    pub(super) fn meet_tables(&self, rel: &Rel, catalog: &DataCatalog) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut waiting = vec![rel];
        while let Some(rel) = waiting.pop() {
            if let Rel::Scan { table, .. } = rel
                && catalog.table(table).is_some()
            {
                seen.tables.entry(table.clone()).or_insert_with(|| catalog.file_count(table));
            }
            waiting.extend(rel.inputs());
        }
    }

    /// What was read so far.
    pub fn readings(&self) -> Readings {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut readings = Readings { rows_ahead: Some(0), ..Readings::default() };
        let mut opened = BTreeSet::new();
        for plan in &seen.plans {
            each_scan(plan, &mut |scan| {
                add_scan(scan, &mut readings, &mut opened);
            });
        }
        readings.files = opened.len();
        readings.skipped_files = seen.tables.values().sum::<usize>().saturating_sub(opened.len());
        readings
    }

    /// Each scan of Parquet files by itself.
    pub fn scans(&self) -> Vec<ScanFacts> {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let mut found = Vec::new();
        for plan in &seen.plans {
            each_scan(plan, &mut |scan| found.extend(facts_of(scan)));
        }
        found
    }
}

/// The plan with joins and unnestings that give way now and then: they make many batches out of one, and so would keep
/// a thread for themselves long after their request was stopped.
pub(super) fn giving_way(plan: Arc<dyn ExecutionPlan>) -> DfResult<Arc<dyn ExecutionPlan>> {
    let changed = plan.transform_up(|node| {
        let multiplies = node.name().ends_with("JoinExec") || node.name() == "UnnestExec";
        Ok(match multiplies {
            true => Transformed::yes(Arc::new(CooperativeExec::new(node)) as Arc<dyn ExecutionPlan>),
            false => Transformed::no(node),
        })
    })?;
    Ok(changed.data)
}

fn each_scan(plan: &Arc<dyn ExecutionPlan>, f: &mut dyn FnMut(&DataSourceExec)) {
    if let Some(scan) = plan.downcast_ref::<DataSourceExec>() {
        f(scan);
    }
    plan.children().into_iter().for_each(|child| each_scan(child, f));
}

/// Adds what a scan read; files go by their path, since a file may be read in parts.
fn add_scan(scan: &DataSourceExec, readings: &mut Readings, opened: &mut BTreeSet<String>) {
    let total =
        scan.data_source().partition_statistics(None).ok().and_then(|total| total.num_rows.get_value().copied());
    readings.rows_ahead = readings.rows_ahead.zip(total).map(|(sum, rows)| sum + rows as u64);
    if let Some(metrics) = scan.metrics() {
        add_metrics(&metrics, readings);
        let paths = metrics.iter().filter(|metric| metric.value().name() == "bytes_scanned");
        let labels = paths.flat_map(|metric| metric.labels().iter().filter(|label| label.name() == "filename"));
        opened.extend(labels.map(|label| label.value().to_owned()));
    }
}

fn add_metrics(metrics: &MetricsSet, readings: &mut Readings) {
    for metric in metrics.iter() {
        match metric.value() {
            MetricValue::OutputRows(count) => readings.rows += count.value() as u64,
            MetricValue::Count { name, count } => match name.as_ref() {
                "bytes_scanned" => readings.bytes += count.value() as u64,
                "pushdown_rows_pruned" => readings.dropped_rows += count.value() as u64,
                _ => {}
            },
            MetricValue::PruningMetrics { name, pruning_metrics } => match name.as_ref() {
                "row_groups_pruned_statistics" => {
                    readings.skipped_row_groups += pruning_metrics.pruned();
                    readings.row_groups += pruning_metrics.matched();
                }
                // The filter sees only what the statistics left.
                "row_groups_pruned_bloom_filter" | "limit_pruned_row_groups" => {
                    readings.skipped_row_groups += pruning_metrics.pruned();
                    readings.row_groups = readings.row_groups.saturating_sub(pruning_metrics.pruned());
                }
                _ => {}
            },
            _ => {}
        }
    }
}

fn facts_of(scan: &DataSourceExec) -> Option<ScanFacts> {
    let (config, source): (&FileScanConfig, &ParquetSource) = scan.downcast_to_file_source()?;
    let mut readings = Readings::default();
    let mut opened = BTreeSet::new();
    add_scan(scan, &mut readings, &mut opened);
    readings.files = opened.len();
    let first = config.file_groups.iter().flat_map(|group| group.files()).next();
    let path = first.map_or(String::new(), |file| file.object_meta.location.to_string());
    let is_day = |part: &&str| !part.starts_with("day=") && !part.ends_with(".parquet");
    let folder = path.split('/').rfind(is_day).unwrap_or("").to_owned();
    let columns = scan.schema().fields().iter().map(|field| field.name().clone()).collect();
    let condition = source.filter().map(|it| it.to_string());
    Some(ScanFacts { folder, columns, condition, limit: config.limit, readings })
}

/// A memory pool that remembers how much was held at once.
#[derive(Debug)]
struct PeakPool {
    inner: Arc<dyn MemoryPool>,
    peak: AtomicUsize,
}

impl PeakPool {
    fn note(&self) {
        self.peak.fetch_max(self.inner.reserved(), Ordering::Relaxed);
    }
}

impl fmt::Display for PeakPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl MemoryPool for PeakPool {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn register(&self, consumer: &MemoryConsumer) {
        self.inner.register(consumer);
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        self.inner.unregister(consumer);
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        self.inner.grow(reservation, additional);
        self.note();
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        self.inner.shrink(reservation, shrink);
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> DfResult<()> {
        self.inner.try_grow(reservation, additional)?;
        self.note();
        Ok(())
    }

    fn reserved(&self) -> usize {
        self.inner.reserved()
    }

    fn memory_limit(&self) -> MemoryLimit {
        self.inner.memory_limit()
    }
}

/// The environment with a pool that remembers its peak.
pub(super) fn remembering_peak(environment: RuntimeEnv) -> RuntimeEnv {
    let inner = Arc::clone(&environment.memory_pool);
    RuntimeEnv { memory_pool: Arc::new(PeakPool { inner, peak: AtomicUsize::new(0) }), ..environment }
}

/// The most bytes that operators held at once since this was last asked.
pub(super) fn take_peak(environment: &RuntimeEnv) -> usize {
    environment.memory_pool.downcast_ref::<PeakPool>().map_or(0, |pool| {
        pool.note();
        pool.peak.swap(pool.inner.reserved(), Ordering::Relaxed)
    })
}
