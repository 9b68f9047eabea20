//! Relations that several places of a request use, run once and kept in memory until the request is answered.

use std::collections::BTreeMap;
use std::fmt::{Debug, Formatter};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::{ArrayRef, AsArray, StringViewArray};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::catalog::streaming::StreamingTable;
use datafusion::common::internal_err;
use datafusion::datasource::MemTable;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use futures::StreamExt;
use tokio::sync::OnceCell;

use super::catalog::{DataCatalog, schema_of};
use super::session::FEW;
use super::watch::Watch;
use crate::error::{Error, Result};
use crate::ir::{Body, Column, Rel, Sharing};

/// The most bytes that one shared relation may take, as in Kusto.
const MOST_BYTES: usize = 5 << 30;

/// The shared relations of one request that have been run so far. Whoever needs one that is being run waits for it.
#[derive(Default)]
pub(super) struct SharedTables {
    tables: Mutex<BTreeMap<u32, Arc<OnceCell<Kept>>>>,
    set_apart: AtomicU32,
    turn: tokio::sync::Mutex<()>,
    watch: Watch,
}

/// The rows of a shared relation, and the memory that is set aside for them.
pub(super) struct Kept {
    table: Arc<MemTable>,
    batches: Vec<RecordBatch>,
    rows: usize,
    _memory: Option<MemoryReservation>,
}

/// The rows of a shared relation for a plan that was made before it was run.
struct ToCome {
    schema: SchemaRef,
    place: Arc<OnceCell<Kept>>,
}

impl Debug for ToCome {
    fn fmt(&self, f: &mut Formatter) -> std::fmt::Result {
        f.write_str("ToCome")
    }
}

impl PartitionStream for ToCome {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let batches: Vec<datafusion::error::Result<RecordBatch>> = match self.place.get() {
            Some(kept) => kept.batches.iter().cloned().map(Ok).collect(),
            None => vec![internal_err!("a shared table was not run")],
        };
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), futures::stream::iter(batches)))
    }
}

impl SharedTables {
    /// No relations yet, for a request that is watched.
    pub(super) fn watched(watch: &Watch) -> Self {
        SharedTables { watch: watch.clone(), ..SharedTables::default() }
    }

    /// Who watches the request.
    pub(super) fn watch(&self) -> &Watch {
        &self.watch
    }

    /// The rows of a shared relation, if it was run.
    pub(super) fn get(&self, id: u32) -> Option<Arc<MemTable>> {
        self.place(id).get().map(|kept| Arc::clone(&kept.table))
    }

    /// Where the rows of a shared relation are, once it was run.
    pub(super) fn place(&self, id: u32) -> Arc<OnceCell<Kept>> {
        Arc::clone(self.tables.lock().unwrap_or_else(PoisonError::into_inner).entry(id).or_default())
    }

    /// The table of a shared relation that will have been run when the plan over it runs.
    pub(super) fn to_come(&self, id: u32, columns: &[Column]) -> Result<Arc<StreamingTable>> {
        let schema = schema_of(&by_place(columns));
        let rows = ToCome { schema: Arc::clone(&schema), place: self.place(id) };
        Ok(Arc::new(StreamingTable::try_new(schema, vec![Arc::new(rows)])?))
    }

    /// For a plan that is made while others run.
    pub(super) async fn turn(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.turn.lock().await
    }

    /// How many rows a relation has to do with at most, leaving aside what joins make of them; nothing where that is not
    /// known before it runs.
    pub(super) fn rows_below(&self, rel: &Rel, catalog: &DataCatalog) -> Option<usize> {
        self.rows_with(rel, catalog, None)
    }

    /// The same, where shared relations that were not run yet count as empty.
    pub(super) fn rows_upfront(&self, rel: &Rel, catalog: &DataCatalog) -> Option<usize> {
        self.rows_with(rel, catalog, Some(0))
    }

    fn rows_with(&self, rel: &Rel, catalog: &DataCatalog, to_come: Option<usize>) -> Option<usize> {
        match rel {
            Rel::Scan { table, .. } => catalog.rows_without_data(table),
            Rel::External { .. } => None,
            // As `range` makes rows of nothing.
            Rel::Unnest { input, .. } if matches!(**input, Rel::Values { .. }) => None,
            Rel::Values { rows, .. } => Some(rows.len()),
            Rel::Shared { id, .. } => self.place(*id).get().map(|kept| kept.rows).or(to_come),
            _ => rel
                .inputs()
                .into_iter()
                .try_fold(0usize, |sum, input| Some(sum.saturating_add(self.rows_with(input, catalog, to_come)?))),
        }
    }

    /// A large relation whose parts that group many rows are shared relations of their own: these run at once, and what
    /// is left mostly has few rows, to be planned quickly.
    pub(super) fn with_many_apart(&self, rel: Rel, catalog: &DataCatalog) -> Rel {
        if is_larger(&rel, WORTH_TWO_PLANS) { self.parted(rel, false, catalog) } else { rel }
    }

    /// `branch` says whether the relation is one of several inputs.
    fn parted(&self, mut rel: Rel, branch: bool, catalog: &DataCatalog) -> Rel {
        if self.rows_upfront(&rel, catalog).is_some_and(|rows| rows <= FEW) {
            return rel;
        }
        if branch && groups(&rel) {
            return self.apart(rel);
        }
        let inputs = rel.inputs_mut();
        let branch = branch && inputs.len() == 1 || inputs.len() > 1;
        for input in inputs {
            let nothing = Rel::Values { columns: Vec::new(), rows: Vec::new() };
            *input = self.parted(std::mem::replace(input, nothing), branch, catalog);
        }
        rel
    }

    fn apart(&self, rel: Rel) -> Rel {
        let id = FIRST_APART + self.set_apart.fetch_add(1, Ordering::Relaxed);
        let columns = rel.columns();
        Rel::Shared { id, sharing: Sharing::IfLarge, input: Body(Arc::new(rel)), columns }
    }

    /// A relation whose parts that have to do with [`FEW`] rows are shared relations of their own: these are planned
    /// quickly, and side by side, and what is left knows how many rows they give.
    pub(super) fn with_few_apart(&self, mut rel: Rel, catalog: &DataCatalog) -> Rel {
        if self.rows_below(&rel, catalog).is_none_or(|rows| rows > FEW) {
            for input in rel.inputs_mut() {
                let nothing = Rel::Values { columns: Vec::new(), rows: Vec::new() };
                *input = self.with_few_apart(std::mem::replace(input, nothing), catalog);
            }
            return rel;
        }
        if !is_larger(&rel, WORTH_A_PLAN) {
            return rel;
        }
        self.apart(rel)
    }

    /// Runs a shared relation and gathers its rows.
    pub(super) async fn gather(
        &self,
        id: u32,
        columns: &[Column],
        plan: Arc<dyn ExecutionPlan>,
        task: Arc<TaskContext>,
    ) -> Result<Kept> {
        let partitions = task.session_config().target_partitions();
        let memory = MemoryConsumer::new("materialize").register(task.memory_pool());
        let mut rows = execute_stream(plan, task)?;
        let schema = schema_of(&by_place(columns));
        let mut batches = Vec::new();
        let (mut bytes, mut count) = (0, 0);
        while let Some(batch) = rows.next().await {
            let batch = compact(batch?)?;
            bytes += batch.get_array_memory_size();
            count += batch.num_rows();
            if bytes > MOST_BYTES && id < FIRST_APART {
                return Err(Error::Engine(format!(
                    "a table that several places use holds more than {} GB: narrow it down before `materialize`",
                    MOST_BYTES >> 30
                )));
            }
            memory.try_grow(batch.get_array_memory_size())?;
            batches.push(RecordBatch::try_new(Arc::clone(&schema), batch.columns().to_vec()).map_err(|error| {
                Error::Engine(format!("the rows of a shared table do not have its types: {error}"))
            })?);
        }
        let share = if count <= FEW { batches.len() } else { batches.len().div_ceil(partitions) };
        let partitions = match batches.is_empty() {
            true => vec![Vec::new()],
            false => batches.chunks(share.max(1)).map(<[RecordBatch]>::to_vec).collect(),
        };
        let table = Arc::new(MemTable::try_new(schema, partitions)?);
        Ok(Kept { table, batches, rows: count, _memory: Some(memory) })
    }

    /// Puts empty tables in the place of the shared relations of a relation, to show its plan.
    pub(super) fn pretend(&self, rel: &Rel) -> Result<()> {
        for (id, input) in shared_in(rel) {
            let table = Arc::new(MemTable::try_new(schema_of(&by_place(&input.columns())), vec![Vec::new()])?);
            // What is there stays.
            let _ = self.place(id).set(Kept { table, batches: Vec::new(), rows: 0, _memory: None });
        }
        Ok(())
    }
}

/// Identities of relations that are set apart: the binder gives none so large.
const FIRST_APART: u32 = 1 << 31;

/// Nodes of a relation from which on it is worth a plan of its own.
const WORTH_A_PLAN: usize = 5;

/// Nodes of a relation from which on it is worth a plan for its parts and one for what is left.
const WORTH_TWO_PLANS: usize = 20;

/// Whether a relation groups the rows of one other.
fn groups(rel: &Rel) -> bool {
    matches!(rel, Rel::Aggregate { .. }) || matches!(rel.inputs().as_slice(), [input] if groups(input))
}

fn is_larger(rel: &Rel, nodes: usize) -> bool {
    fn count(rel: &Rel) -> usize {
        1 + rel.inputs().into_iter().map(count).sum::<usize>()
    }
    count(rel) > nodes
}

/// The rows without text that none of them has: what joins and filters give holds on to all the text of their inputs.
fn compact(batch: RecordBatch) -> Result<RecordBatch> {
    let columns = batch.columns().iter().map(|column| match column.as_string_view_opt() {
        // A text may also be used by many rows, so that a copy for each would be larger.
        Some(texts) if held(texts) > 2 * texts.total_buffer_bytes_used() => Arc::new(texts.gc()) as ArrayRef,
        _ => Arc::clone(column),
    });
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(batch.schema(), columns.collect(), &options)
        .map_err(|error| Error::Engine(error.to_string()))
}

fn held(texts: &StringViewArray) -> usize {
    texts.data_buffers().iter().map(|buffer| buffer.len()).sum()
}

/// The columns under the names they have in the table: names of the core may repeat.
pub(super) fn by_place(columns: &[Column]) -> Vec<(String, crate::types::Type)> {
    columns.iter().enumerate().map(|(at, column)| (format!("c{at}"), column.ty)).collect()
}

/// The shared relations that a relation uses itself, each once.
pub(super) fn shared_in(rel: &Rel) -> Vec<(u32, Arc<Rel>)> {
    let mut found: Vec<(u32, Arc<Rel>)> = Vec::new();
    let mut waiting = vec![rel];
    while let Some(rel) = waiting.pop() {
        if let Rel::Shared { id, input, .. } = rel
            && !found.iter().any(|(known, _)| known == id)
        {
            found.push((*id, Arc::clone(&input.0)));
        }
        waiting.extend(rel.inputs());
    }
    found
}
