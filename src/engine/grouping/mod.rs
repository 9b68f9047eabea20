//! The first phase of an aggregation over keys that repeat from row to row, in the place of DataFusion's.
//!
//! DataFusion hashes every value of every key. Here a value is known by a small number after its first look, see
//! [`codes`]. What aggregates do is theirs as before, and so is the second phase, which gathers the groups of all
//! threads.

mod codes;
mod keys;

use std::collections::VecDeque;
use std::fmt::Formatter;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{DataFusionError, Result, internal_err};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{EmitTo, GroupsAccumulator};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode, aggregate_expressions, evaluate_many};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, InputOrderMode, PlanProperties, ReplaceChildrenOptions,
};
use futures::StreamExt;

use codes::has_codes;
use keys::Keys;

/// Puts [`GroupByCodes`] in the place of first phases that it can take over.
#[derive(Debug)]
pub(super) struct GroupRule;

impl PhysicalOptimizerRule for GroupRule {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| match node.downcast_ref::<AggregateExec>() {
            Some(phase) if suits(phase)? => {
                let phase = Arc::new(phase.clone());
                Ok(Transformed::yes(Arc::new(GroupByCodes { phase }) as Arc<dyn ExecutionPlan>))
            }
            _ => Ok(Transformed::no(node)),
        })
        .data()
    }

    fn name(&self) -> &str {
        "group_by_codes"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

fn suits(phase: &AggregateExec) -> Result<bool> {
    let keys = phase.group_expr();
    let plain = *phase.mode() == AggregateMode::Partial
        && *phase.input_order_mode() == InputOrderMode::Linear
        && phase.limit_options().is_none()
        && phase.dynamic_expressions_produced().is_empty()
        && !keys.is_empty()
        && !keys.has_grouping_set();
    if !plain || !phase.aggr_expr().iter().all(|call| call.groups_accumulator_supported()) {
        return Ok(false);
    }
    let schema = phase.input().schema();
    for (key, _) in keys.expr() {
        if !has_codes(&key.data_type(&schema)?) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// An aggregation's first phase, run here.
#[derive(Debug)]
struct GroupByCodes {
    phase: Arc<AggregateExec>,
}

impl DisplayAs for GroupByCodes {
    fn fmt_as(&self, kind: DisplayFormatType, f: &mut Formatter) -> std::fmt::Result {
        write!(f, "GroupByCodes: ")?;
        self.phase.fmt_as(kind, f)
    }
}

impl ExecutionPlan for GroupByCodes {
    fn name(&self) -> &str {
        "GroupByCodes"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.phase.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![self.phase.input()]
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.phase.apply_expressions(f)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        options: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let replaced = Arc::clone(&self.phase).replace_children(children, options)?;
        match replaced.downcast_ref::<AggregateExec>() {
            Some(phase) => Ok(Arc::new(GroupByCodes { phase: Arc::new(phase.clone()) })),
            None => internal_err!("an aggregation became something else"),
        }
    }

    #[allow(deprecated)]
    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        let replaced = Arc::clone(&self.phase).with_new_children(children)?;
        match replaced.downcast_ref::<AggregateExec>() {
            Some(phase) => Ok(Arc::new(GroupByCodes { phase: Arc::new(phase.clone()) })),
            None => internal_err!("an aggregation became something else"),
        }
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let worker = Worker::new(&self.phase, partition, &context)?;
        let rows = futures::stream::try_unfold(worker, |mut worker| async move {
            Ok(worker.next().await?.map(|batch| (batch, worker)))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), rows)))
    }
}

/// After so many rows it is decided whether grouping is worth its while.
const PROBE_ROWS: usize = 100_000;

/// The share of groups among rows from which on rows are handed on ungrouped, in tenths.
const SKIP_TENTHS: usize = 8;

#[derive(PartialEq)]
enum Stage {
    Grouping,
    /// Nearly every row is a group of its own: rows are handed on as groups, for the second phase to gather.
    Passing,
    Done,
}

/// One thread's share of a first phase.
struct Worker {
    phase: Arc<AggregateExec>,
    schema: SchemaRef,
    input: SendableRecordBatchStream,
    key_exprs: Vec<Arc<dyn PhysicalExpr>>,
    arg_exprs: Vec<Vec<Arc<dyn PhysicalExpr>>>,
    keys: Keys,
    accumulators: Vec<Box<dyn GroupsAccumulator>>,
    memory: MemoryReservation,
    batch_rows: usize,
    rows: usize,
    groups: Vec<usize>,
    ready: VecDeque<RecordBatch>,
    stage: Stage,
}

/// What a batch has for each aggregate: arguments, and which rows count.
type Arguments = Vec<(Vec<ArrayRef>, Option<ArrayRef>)>;

impl Worker {
    fn new(phase: &Arc<AggregateExec>, partition: usize, context: &Arc<TaskContext>) -> Result<Self> {
        let input = phase.input().execute(partition, Arc::clone(context))?;
        let key_exprs: Vec<_> = phase.group_expr().expr().iter().map(|(key, _)| Arc::clone(key)).collect();
        let types = key_exprs.iter().map(|key| key.data_type(&input.schema())).collect::<Result<Vec<_>>>()?;
        let memory = MemoryConsumer::new(format!("GroupByCodes[{partition}]")).register(context.memory_pool());
        Ok(Self {
            schema: phase.schema(),
            input,
            key_exprs,
            arg_exprs: aggregate_expressions(phase.aggr_expr(), phase.mode(), 0)?,
            keys: Keys::new(types.iter()),
            accumulators: accumulators(phase)?,
            phase: Arc::clone(phase),
            memory,
            batch_rows: context.session_config().batch_size().max(1),
            rows: 0,
            groups: Vec::new(),
            ready: VecDeque::new(),
            stage: Stage::Grouping,
        })
    }

    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            if let Some(batch) = self.ready.pop_front() {
                return Ok(Some(batch));
            }
            if self.stage == Stage::Done {
                return Ok(None);
            }
            match self.input.next().await.transpose()? {
                Some(batch) if self.stage == Stage::Passing => return self.pass(&batch).map(Some),
                Some(batch) => self.feed(&batch)?,
                None => {
                    self.emit()?;
                    self.stage = Stage::Done;
                }
            }
        }
    }

    fn keys_of(&self, batch: &RecordBatch) -> Result<Vec<ArrayRef>> {
        let value = |key: &Arc<dyn PhysicalExpr>| key.evaluate(batch)?.into_array(batch.num_rows());
        self.key_exprs.iter().map(value).collect()
    }

    fn arguments_of(&self, batch: &RecordBatch) -> Result<Arguments> {
        let args = evaluate_many(&self.arg_exprs, batch)?;
        let filters = self.phase.filter_expr().iter().map(|filter| match filter {
            Some(filter) => filter.evaluate(batch)?.into_array(batch.num_rows()).map(Some),
            None => Ok(None),
        });
        args.into_iter().zip(filters).map(|(args, filter)| Ok((args, filter?))).collect()
    }

    fn feed(&mut self, batch: &RecordBatch) -> Result<()> {
        let keys = self.keys_of(batch)?;
        let arguments = self.arguments_of(batch)?;
        let total = self.keys.group(&keys, &mut self.groups)?;
        for (accumulator, (args, filter)) in self.accumulators.iter_mut().zip(&arguments) {
            let filter = filter.as_ref().map(|filter| filter.as_boolean());
            accumulator.update_batch(args, &self.groups, filter, total)?;
        }
        self.rows += batch.num_rows();
        if self.rows >= PROBE_ROWS && total * 10 > self.rows * SKIP_TENTHS {
            self.emit()?;
            self.stage = Stage::Passing;
            return Ok(());
        }
        let size = self.keys.size() + self.accumulators.iter().map(|states| states.size()).sum::<usize>();
        match self.memory.try_resize(size) {
            // The second phase takes a group as often as it comes.
            Err(DataFusionError::ResourcesExhausted(_)) if total > 1 => self.emit(),
            other => other,
        }
    }

    /// A batch with every row as a group.
    fn pass(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let mut columns = self.keys_of(batch)?;
        for (accumulator, (args, filter)) in self.accumulators.iter().zip(self.arguments_of(batch)?) {
            columns.extend(accumulator.convert_to_state(&args, filter.as_ref().map(|filter| filter.as_boolean()))?);
        }
        self.batch(columns, batch.num_rows())
    }

    /// Makes the groups so far ready to be handed on, and begins anew.
    fn emit(&mut self) -> Result<()> {
        let rows = self.keys.len();
        if rows == 0 {
            return Ok(());
        }
        let mut columns = self.keys.take()?;
        for accumulator in &mut self.accumulators {
            columns.extend(accumulator.state(EmitTo::All)?);
        }
        self.accumulators = accumulators(&self.phase)?;
        let batch = self.batch(columns, rows)?;
        self.memory.try_resize(0)?;
        let starts = (0..rows).step_by(self.batch_rows);
        self.ready.extend(starts.map(|start| batch.slice(start, self.batch_rows.min(rows - start))));
        Ok(())
    }

    fn batch(&self, columns: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch> {
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?)
    }
}

fn accumulators(phase: &AggregateExec) -> Result<Vec<Box<dyn GroupsAccumulator>>> {
    phase.aggr_expr().iter().map(|call| call.create_groups_accumulator()).collect()
}
