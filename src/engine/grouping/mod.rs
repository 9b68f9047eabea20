//! The first phase of an aggregation over keys that repeat from row to row, in the place of DataFusion's.
//!
//! DataFusion hashes every value of every key. Here a value is known by a small number after its first look, see
//! [`codes`]. What aggregates do is theirs as before, and so is the second phase, which gathers the groups of all
//! threads.

mod codes;
mod contest;
mod keys;

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt::Formatter;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, RecordBatch, RecordBatchOptions};
use datafusion::arrow::compute::{cast, filter_record_batch};
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{DataFusionError, Result, internal_err};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{EmitTo, GroupsAccumulator};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode, aggregate_expressions, evaluate_many};
use datafusion::physical_plan::execution_plan::ChildrenPropertiesMode;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, InputOrderMode, PlanProperties, ReplaceChildrenOptions,
};
use futures::StreamExt;

use codes::{Codes, codes_of, has_codes};
pub(super) use contest::ContestRule;
use contest::{Contender, Contest};
use keys::Keys;

use super::aggregates::takes_codes;
use super::coded::{Places, coded_input, over_codes, served};

/// Codes for texts.
pub(super) fn text_codes() -> Box<dyn Codes> {
    codes_of(&DataType::Utf8View)
}

/// Puts [`GroupByCodes`] in the place of first phases that it can take over.
#[derive(Debug)]
pub(super) struct GroupRule;

impl PhysicalOptimizerRule for GroupRule {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| match node.downcast_ref::<AggregateExec>() {
            Some(phase) if suits(phase)? => {
                let phase = Arc::new(phase.clone());
                Ok(Transformed::yes(Arc::new(GroupByCodes::new(phase)) as Arc<dyn ExecutionPlan>))
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
#[derive(Clone, Debug)]
struct GroupByCodes {
    phase: Arc<AggregateExec>,
    /// Where rows come from: the input of the phase, or the same with some texts by dictionary.
    input: Arc<dyn ExecutionPlan>,
    /// The columns of the input that come by dictionary.
    coded: Places,
    /// Where only the best groups are wanted.
    contest: Option<Arc<Contest>>,
}

impl GroupByCodes {
    fn new(phase: Arc<AggregateExec>) -> Self {
        Self { input: Arc::clone(phase.input()), phase, coded: Places::new(), contest: None }
    }

    fn with_input(&self, input: Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
        Arc::new(Self { input, ..self.clone() })
    }

    fn with_contest(&self, contest: Option<Arc<Contest>>) -> Arc<dyn ExecutionPlan> {
        Arc::new(Self { contest, ..self.clone() })
    }
}

/// The plan with texts by dictionary below it, if it groups and there are any.
pub(super) fn by_dictionary(plan: &Arc<dyn ExecutionPlan>) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let Some(group) = plan.downcast_ref::<GroupByCodes>().filter(|group| group.coded.is_empty()) else {
        return Ok(None);
    };
    let (phase, schema) = (&group.phase, group.input.schema());
    let mut wanted = Places::new();
    let is_text = |column: &Column| *schema.field(column.index()).data_type() == DataType::Utf8View;
    let whole = |expr: &Arc<dyn PhysicalExpr>, wanted: &mut Places| match expr.downcast_ref::<Column>() {
        Some(column) if is_text(column) => drop(wanted.insert(column.index())),
        _ => served(expr, &schema, wanted),
    };
    phase.group_expr().expr().iter().for_each(|(key, _)| whole(key, &mut wanted));
    for (call, args) in phase.aggr_expr().iter().zip(aggregate_expressions(phase.aggr_expr(), phase.mode(), 0)?) {
        for arg in &args {
            match takes_codes(call.fun().name()) {
                true => whole(arg, &mut wanted),
                false => served(arg, &schema, &mut wanted),
            }
        }
    }
    phase.filter_expr().iter().flatten().for_each(|filter| served(filter, &schema, &mut wanted));
    let coded = coded_input(&group.input, &wanted)?;
    Ok(coded.map(|(input, coded)| Arc::new(GroupByCodes { input, coded, ..group.clone() }) as _))
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
        vec![&self.input]
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
        if let (false, [input]) = (self.coded.is_empty(), children.as_slice()) {
            return Ok(self.with_input(Arc::clone(input)));
        }
        let replaced = Arc::clone(&self.phase).replace_children(children, options)?;
        match replaced.downcast_ref::<AggregateExec>() {
            Some(phase) => Ok(GroupByCodes::new(Arc::new(phase.clone())).with_contest(self.contest.clone())),
            None => internal_err!("an aggregation became something else"),
        }
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let worker = Worker::new(self, partition, &context)?;
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
    filters: Vec<Option<Arc<dyn PhysicalExpr>>>,
    keys: Keys,
    accumulators: Vec<Box<dyn GroupsAccumulator>>,
    contender: Option<Contender>,
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
    fn new(plan: &GroupByCodes, partition: usize, context: &Arc<TaskContext>) -> Result<Self> {
        let phase = &plan.phase;
        let input = plan.input.execute(partition, Arc::clone(context))?;
        let schema = phase.input().schema();
        let keys = || phase.group_expr().expr().iter().map(|(key, _)| key);
        let types = keys().map(|key| key.data_type(&schema)).collect::<Result<Vec<_>>>()?;
        let text = |expr: &Arc<dyn PhysicalExpr>| over_codes(expr, &plan.coded, &schema);
        let whole = |expr: &Arc<dyn PhysicalExpr>| match expr.downcast_ref::<Column>() {
            Some(_) => Ok(Arc::clone(expr)),
            None => text(expr),
        };
        let calls = phase.aggr_expr().iter().zip(aggregate_expressions(phase.aggr_expr(), phase.mode(), 0)?);
        let arg_exprs = calls.map(|(call, args)| match takes_codes(call.fun().name()) {
            true => args.iter().map(whole).collect::<Result<Vec<_>>>(),
            false => args.iter().map(text).collect(),
        });
        let filters = phase.filter_expr().iter().map(|filter| filter.as_ref().map(text).transpose());
        // It hands its groups on when it gets no more, so it takes no more than its share.
        let memory = MemoryConsumer::new(format!("GroupByCodes[{partition}]")).with_can_spill(true);
        let memory = memory.register(context.memory_pool());
        Ok(Self {
            schema: phase.schema(),
            input,
            key_exprs: keys().map(whole).collect::<Result<_>>()?,
            arg_exprs: arg_exprs.collect::<Result<_>>()?,
            filters: filters.collect::<Result<_>>()?,
            keys: Keys::new(types.iter()),
            accumulators: accumulators(phase)?,
            phase: Arc::clone(phase),
            contender: plan.contest.as_ref().map(Contender::new),
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
        let filters = self.filters.iter().map(|filter| match filter {
            Some(filter) => filter.evaluate(batch)?.into_array(batch.num_rows()).map(Some),
            None => Ok(None),
        });
        args.into_iter().zip(filters).map(|(args, filter)| Ok((args, filter?))).collect()
    }

    fn feed(&mut self, batch: &RecordBatch) -> Result<()> {
        let mut batch = Cow::Borrowed(batch);
        let mut arguments = self.arguments_of(&batch)?;
        if let Some(contender) = &mut self.contender
            && let Some(value) = arguments.first().and_then(|(args, _)| args.first())
            && let Some(admitted) = contender.admit(value)?
        {
            if admitted.true_count() == 0 {
                return Ok(());
            }
            batch = Cow::Owned(filter_record_batch(&batch, &admitted)?);
            arguments = self.arguments_of(&batch)?;
        }
        let keys = self.keys_of(&batch)?;
        let total = self.keys.group(&keys, &mut self.groups)?;
        for (accumulator, (args, filter)) in self.accumulators.iter_mut().zip(&arguments) {
            let filter = filter.as_ref().map(|filter| filter.as_boolean());
            accumulator.update_batch(args, &self.groups, filter, total)?;
        }
        if let Some(contender) = &mut self.contender {
            contender.note(&self.groups, total);
            if contender.is_full(total) {
                return self.emit();
            }
        }
        self.rows += batch.num_rows();
        if self.contender.is_none() && self.rows >= PROBE_ROWS && total * 10 > self.rows * SKIP_TENTHS {
            self.emit()?;
            self.stage = Stage::Passing;
            return Ok(());
        }
        let size = self.keys.size()
            + self.accumulators.iter().map(|states| states.size()).sum::<usize>()
            + self.contender.as_ref().map_or(0, Contender::size);
        match self.memory.try_resize(size) {
            // The second phase takes a group as often as it comes.
            Err(DataFusionError::ResourcesExhausted(_)) if total > 1 => self.emit(),
            other => other,
        }
    }

    /// A batch with every row as a group.
    fn pass(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let keys = self.keys_of(batch)?.into_iter().map(|key| match key.data_type() {
            DataType::Dictionary(..) => Ok(cast(&key, &DataType::Utf8View)?),
            _ => Ok(key),
        });
        let mut columns = keys.collect::<Result<Vec<_>>>()?;
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
        let mut batch = self.batch(columns, rows)?;
        if let Some(stays) = self.contender.as_mut().and_then(Contender::leave) {
            batch = filter_record_batch(&batch, &stays)?;
        }
        self.memory.try_resize(0)?;
        let rows = batch.num_rows();
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
