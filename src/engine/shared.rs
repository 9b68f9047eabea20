//! Relations that several places of a request use, run once and kept in memory until the request is answered.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::{ArrayRef, AsArray, StringViewArray};
use datafusion::arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::datasource::MemTable;
use datafusion::execution::TaskContext;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
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
    watch: Watch,
}

/// The rows of a shared relation, and the memory that is set aside for them.
pub(super) struct Kept {
    table: Arc<MemTable>,
    rows: usize,
    _memory: Option<MemoryReservation>,
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

    /// How many rows a relation has to do with at most, leaving aside what joins make of them; nothing where that is not
    /// known before it runs.
    pub(super) fn rows_below(&self, rel: &Rel, catalog: &DataCatalog) -> Option<usize> {
        match rel {
            Rel::Scan { table, .. } => catalog.rows_without_data(table),
            Rel::External { .. } => None,
            // As `range` makes rows of nothing.
            Rel::Unnest { input, .. } if matches!(**input, Rel::Values { .. }) => None,
            Rel::Values { rows, .. } => Some(rows.len()),
            Rel::Shared { id, .. } => self.place(*id).get().map(|kept| kept.rows),
            _ => rel
                .inputs()
                .into_iter()
                .try_fold(0usize, |sum, input| Some(sum.saturating_add(self.rows_below(input, catalog)?))),
        }
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
        let id = FIRST_APART + self.set_apart.fetch_add(1, Ordering::Relaxed);
        let columns = rel.columns();
        Rel::Shared { id, sharing: Sharing::IfLarge, input: Body(Arc::new(rel)), columns }
    }

    /// Runs a shared relation and gathers its rows.
    pub(super) async fn gather(
        &self,
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
            if bytes > MOST_BYTES {
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
        Ok(Kept { table, rows: count, _memory: Some(memory) })
    }

    /// Puts empty tables in the place of the shared relations of a relation, to show its plan.
    pub(super) fn pretend(&self, rel: &Rel) -> Result<()> {
        for (id, input) in shared_in(rel) {
            let table = Arc::new(MemTable::try_new(schema_of(&by_place(&input.columns())), vec![Vec::new()])?);
            // What is there stays.
            let _ = self.place(id).set(Kept { table, rows: 0, _memory: None });
        }
        Ok(())
    }
}

/// Identities of relations that are set apart: the binder gives none so large.
const FIRST_APART: u32 = 1 << 31;

/// Nodes of a relation from which on it is worth a plan of its own.
const WORTH_A_PLAN: usize = 5;

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
