//! Window functions over all rows in order, as a stream: no piece of rows waits for more than the few it looks ahead at.
//!
//! DataFusion gathers all rows of a partition into one batch before it calls a function, and once more for each window
//! on top of another. The rows come in order already, and few functions look ahead.

use std::collections::VecDeque;
use std::fmt::Formatter;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions};
use datafusion::arrow::compute::concat;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::expressions::Literal;
use datafusion::physical_expr::window::{StandardWindowExpr, WindowExpr};
use datafusion::physical_expr::{Partitioning, PhysicalExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::execution_plan::replace_children_if_necessary;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::windows::{WindowAggExec, WindowUDFExpr};
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties};
use futures::{StreamExt, stream};

use super::{Kernel, Rows, Run, Sees, WindowKernel};
use crate::types::Type;

/// Puts [`RunningWindow`] in the place of windows without partitions whose functions need not see all rows.
#[derive(Debug)]
pub(crate) struct RunningRule;

impl PhysicalOptimizerRule for RunningRule {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            let running = node.downcast_ref::<WindowAggExec>().and_then(RunningWindow::of);
            Ok(running.map_or(Transformed::no(node), |running| Transformed::yes(Arc::new(running))))
        })
        .data()
    }

    fn name(&self) -> &str {
        "running_windows"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// A call of a function.
#[derive(Clone, Debug)]
struct Call {
    kernel: &'static Kernel,
    ty: Type,
    args: Vec<Arc<dyn PhysicalExpr>>,
}

impl Call {
    fn of(window: &Arc<dyn WindowExpr>) -> Option<Self> {
        let window = window.as_any().downcast_ref::<StandardWindowExpr>()?;
        let function = window.get_standard_func_expr().as_any().downcast_ref::<WindowUDFExpr>()?;
        let WindowKernel { kernel, ty, .. } = function.fun().inner().downcast_ref::<WindowKernel>()?;
        let running = window.partition_by().is_empty() && !matches!(kernel.sees, Sees::All(_));
        running.then(|| Self { kernel, ty: *ty, args: function.args().to_vec() })
    }
}

/// Rows with the values of window functions behind their columns.
#[derive(Debug)]
struct RunningWindow {
    input: Arc<dyn ExecutionPlan>,
    calls: Vec<Call>,
    properties: Arc<PlanProperties>,
}

impl RunningWindow {
    fn of(window: &WindowAggExec) -> Option<Self> {
        let calls = window.window_expr().iter().map(Call::of).collect::<Option<Vec<_>>>()?;
        let input = spread_for_nothing(window.input()).unwrap_or_else(|| Arc::clone(window.input()));
        (input.output_partitioning().partition_count() == 1).then(|| Self {
            input,
            calls,
            properties: Arc::clone(window.properties()),
        })
    }
}

/// What takes rows in order, spreads them over threads for the sake of some expressions and conditions, and merges them
/// again: the same over the rows as they were. To compare all rows for the merge costs more than most expressions, and
/// rows of equal keys would come in another order than the window below saw.
fn spread_for_nothing(plan: &Arc<dyn ExecutionPlan>) -> Option<Arc<dyn ExecutionPlan>> {
    let merge = plan.downcast_ref::<SortPreservingMergeExec>().filter(|merge| merge.fetch().is_none())?;
    gathered(merge.input())
}

fn gathered(plan: &Arc<dyn ExecutionPlan>) -> Option<Arc<dyn ExecutionPlan>> {
    if plan.is::<ProjectionExec>() || plan.is::<FilterExec>() {
        let [input] = plan.children()[..] else { return None };
        return replace_children_if_necessary(Arc::clone(plan), vec![gathered(input)?]).ok();
    }
    let spread = plan.downcast_ref::<RepartitionExec>()?;
    let whole = matches!(spread.partitioning(), Partitioning::RoundRobinBatch(_))
        && spread.input().output_partitioning().partition_count() == 1;
    whole.then(|| Arc::clone(spread.input()))
}

impl DisplayAs for RunningWindow {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut Formatter) -> std::fmt::Result {
        let names: Vec<&str> = self.calls.iter().map(|call| call.kernel.name).collect();
        write!(f, "RunningWindow: {}", names.join(", "))
    }
}

impl ExecutionPlan for RunningWindow {
    fn name(&self) -> &str {
        "RunningWindow"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        let mut next = TreeNodeRecursion::Continue;
        for arg in self.calls.iter().flat_map(|call| &call.args) {
            next = next.visit_sibling(|| f(arg))?;
        }
        Ok(next)
    }

    // What takes its place by default comes back to it.
    #[allow(deprecated)]
    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        match <[_; 1]>::try_from(children) {
            Ok([input]) => {
                Ok(Arc::new(Self { input, calls: self.calls.clone(), properties: Arc::clone(&self.properties) }))
            }
            Err(children) => internal_err!("a window has one input, not {}", children.len()),
        }
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let running = Running {
            calls: self.calls.iter().map(State::new).collect(),
            held: VecDeque::new(),
            reach: 0,
            schema: self.schema(),
        };
        let input = self.input.execute(partition, context)?;
        let pieces =
            stream::try_unfold((input, running, More::Perhaps), |(mut input, mut running, mut more)| async move {
                loop {
                    if let Some(done) = running.done(more)? {
                        return Ok(Some((done, (input, running, more))));
                    }
                    match (more, input.next().await.transpose()) {
                        (More::No, _) => return Ok(None),
                        (More::Perhaps, Ok(Some(batch))) => running.take(batch)?,
                        (More::Perhaps, Ok(None)) => more = More::No,
                        (More::Perhaps, Err(error)) => return Err(error),
                    }
                }
            });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), pieces)))
    }
}

/// Whether there are more rows to come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum More {
    Perhaps,
    No,
}

/// A call, and what it remembers.
struct State {
    call: Call,
    run: Option<Run>,
}

impl State {
    fn new(call: &Call) -> Self {
        let run = match call.kernel.sees {
            Sees::Before(start) => Some(start()),
            Sees::Behind(..) | Sees::All(_) => None,
        };
        Self { call: call.clone(), run }
    }
}

/// The value of a call for a piece of rows.
enum Answer {
    Known(ArrayRef),
    /// It waits for rows to come; its arguments.
    Waits(Vec<ArrayRef>),
}

/// The calls over the rows so far.
struct Running {
    calls: Vec<State>,
    /// Rows that are not handed on yet.
    held: VecDeque<(RecordBatch, Vec<Answer>)>,
    /// How many rows are looked ahead at.
    reach: usize,
    schema: SchemaRef,
}

impl Running {
    fn take(&mut self, batch: RecordBatch) -> Result<()> {
        let count = batch.num_rows();
        if count == 0 {
            return Ok(());
        }
        let mut answers = Vec::with_capacity(self.calls.len());
        for State { call, run } in &mut self.calls {
            let args = call.args.iter().map(|arg| match arg.evaluate(&batch)? {
                ColumnarValue::Array(array) => Ok(array),
                ColumnarValue::Scalar(same) => same.to_array_of_size(1),
            });
            let args = args.collect::<Result<Vec<_>>>()?;
            let rows = Rows { args: &args, count, ty: call.ty };
            answers.push(match (run, call.kernel.sees) {
                (Some(run), _) => Answer::Known(run(&rows)?),
                (None, Sees::Behind(reach, _)) => {
                    self.reach = self.reach.max(reach(&rows)?);
                    Answer::Waits(args)
                }
                (None, _) => return internal_err!("`{}` needs all rows", call.kernel.name),
            });
        }
        self.held.push_back((batch, answers));
        Ok(())
    }

    /// The first rows that are held, when nothing that is to come matters to them.
    fn done(&mut self, more: More) -> Result<Option<RecordBatch>> {
        let behind: usize = self.held.iter().skip(1).map(|(batch, _)| batch.num_rows()).sum();
        if more == More::Perhaps && behind < self.reach {
            return Ok(None);
        }
        let Some((batch, answers)) = self.held.pop_front() else { return Ok(None) };
        let mut columns = batch.columns().to_vec();
        for (at, answer) in answers.into_iter().enumerate() {
            columns.push(match answer {
                Answer::Known(values) => values,
                Answer::Waits(args) => self.ahead(at, &args, batch.num_rows())?,
            });
        }
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        Ok(Some(RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?))
    }

    /// The values of a call that waited, for so many rows: those of the rows with the ones behind, cut off.
    fn ahead(&self, at: usize, first: &[ArrayRef], count: usize) -> Result<ArrayRef> {
        let call = &self.calls[at].call;
        let Sees::Behind(_, run) = call.kernel.sees else {
            return internal_err!("`{}` does not look ahead", call.kernel.name);
        };
        let (mut all, mut rows) = (vec![first], count);
        for (batch, answers) in &self.held {
            if rows >= count.saturating_add(self.reach) {
                break;
            }
            if let Some(Answer::Waits(args)) = answers.get(at) {
                all.push(args);
                rows += batch.num_rows();
            }
        }
        let args = (0..first.len()).map(|arg| {
            if call.args[arg].is::<Literal>() {
                return Ok(Arc::clone(&first[arg]));
            }
            let parts: Vec<&dyn Array> = all.iter().map(|args| args[arg].as_ref()).collect();
            concat(&parts).map_err(Into::into)
        });
        let args = args.collect::<Result<Vec<_>>>()?;
        Ok(run(&Rows { args: &args, count: rows, ty: call.ty })?.slice(0, count))
    }
}
