//! Rules for physical plans that put a node between others that keeps back what DataFusion would draw wrong conclusions
//! from.
//!
//! It takes a column that is constant in one side of a join for constant behind it, also where rows without a partner
//! have nulls there, and leaves it out of sorts: `join kind=leftouter (… | extend found = 1) … | sort by found` would not
//! sort. That the keys of a grouping tell its rows apart is said of other columns once a projection has moved them, and
//! sorts that go by more than those are left out. And a nested loop join that runs short of memory reads its left side
//! again, which most plans do not bear.

use std::fmt::Formatter;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{Constraints, JoinType, Result, internal_err};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::output_requirements::OutputRequirementExec;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateOutputMode};
use datafusion::physical_plan::execution_plan::reset_plan_states;
use datafusion::physical_plan::joins::{HashJoinExec, NestedLoopJoinExec};
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::{
    ChildStats, DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties, Statistics,
    StatisticsArgs, replace_children_if_necessary,
};

/// Behind an outer join, no column of a side that may be missing is constant.
#[derive(Debug)]
pub(super) struct OuterRule;

impl PhysicalOptimizerRule for OuterRule {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(varied).data()
    }

    fn name(&self) -> &str {
        "outer"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

fn varied(plan: Arc<dyn ExecutionPlan>) -> Result<Transformed<Arc<dyn ExecutionPlan>>> {
    let hashed = plan.downcast_ref::<HashJoinExec>().map(HashJoinExec::join_type);
    let kind = hashed.or_else(|| plan.downcast_ref::<NestedLoopJoinExec>().map(NestedLoopJoinExec::join_type));
    let lonely = match kind {
        Some(JoinType::Left) => [false, true],
        Some(JoinType::Right) => [true, false],
        Some(JoinType::Full) => [true, true],
        _ => return Ok(Transformed::no(plan)),
    };
    let mut changed = false;
    let side = |(side, lonely): (&Arc<dyn ExecutionPlan>, bool)| {
        if lonely && !side.equivalence_properties().constants().is_empty() {
            changed = true;
            return Arc::new(Side::new(Arc::clone(side), Told::Nothing)) as Arc<dyn ExecutionPlan>;
        }
        Arc::clone(side)
    };
    let sides = plan.children().into_iter().zip(lonely).map(side).collect();
    if !changed {
        return Ok(Transformed::no(plan));
    }
    replace_children_if_necessary(plan, sides).map(Transformed::yes)
}

/// Behind a grouping, no columns are said to be different in all rows.
#[derive(Debug)]
pub(super) struct UniqueRule;

impl PhysicalOptimizerRule for UniqueRule {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(not_unique(plan, 0)?.0)
    }

    fn name(&self) -> &str {
        "unique"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// A plan below so many orders, and the most orders that lie in one another in it. An order is left out only for what
/// another below it has sorted.
fn not_unique(plan: Arc<dyn ExecutionPlan>, above: usize) -> Result<(Arc<dyn ExecutionPlan>, usize)> {
    let ordered = plan.is::<SortExec>() || plan.required_input_ordering().iter().any(Option::is_some);
    let here = usize::from(ordered && !plan.is::<OutputRequirementExec>());
    let mut below = 0;
    let mut children = Vec::new();
    for child in plan.children() {
        let (child, orders) = not_unique(Arc::clone(child), above + here)?;
        below = below.max(orders);
        children.push(child);
    }
    let plan = if children.is_empty() { plan } else { replace_children_if_necessary(plan, children)? };
    let grouped = plan.downcast_ref::<AggregateExec>();
    let grouped = grouped.is_some_and(|grouped| grouped.mode().output_mode() == AggregateOutputMode::Final);
    let doubtful = grouped && above > 0 && above + here + below > 1;
    let plan = if doubtful { Arc::new(Side::new(plan, Told::Order)) } else { plan };
    Ok((plan, here + below))
}

/// The left side of a nested loop join can be read twice.
#[derive(Debug)]
pub(super) struct AgainRule;

impl PhysicalOptimizerRule for AgainRule {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            let Some(join) = node.downcast_ref::<NestedLoopJoinExec>() else { return Ok(Transformed::no(node)) };
            let left: Arc<dyn ExecutionPlan> = Arc::new(Side::new(Arc::clone(join.left()), Told::All));
            let right = Arc::clone(join.right());
            replace_children_if_necessary(node, vec![left, right]).map(Transformed::yes)
        })
        .data()
    }

    fn name(&self) -> &str {
        "again"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// What the plan above is told about the columns of rows.
#[derive(Clone, Copy, Debug)]
enum Told {
    Nothing,
    /// How they are ordered, and what is constant.
    Order,
    All,
}

/// Hands on all rows of the plan below, which may be asked for again.
#[derive(Debug)]
pub(super) struct Side {
    input: Arc<dyn ExecutionPlan>,
    told: Told,
    properties: Arc<PlanProperties>,
    read: AtomicBool,
}

impl Side {
    fn new(input: Arc<dyn ExecutionPlan>, told: Told) -> Self {
        let known = match told {
            Told::All => None,
            Told::Order => Some(input.equivalence_properties().clone().with_constraints(Constraints::default())),
            Told::Nothing => Some(EquivalenceProperties::new(input.schema())),
        };
        let properties = match known {
            None => Arc::clone(input.properties()),
            Some(known) => Arc::new(PlanProperties::new(
                known,
                input.output_partitioning().clone(),
                input.pipeline_behavior(),
                input.boundedness(),
            )),
        };
        Side { input, told, properties, read: AtomicBool::new(false) }
    }
}

impl DisplayAs for Side {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut Formatter) -> std::fmt::Result {
        f.write_str("Side")
    }
}

impl ExecutionPlan for Side {
    fn name(&self) -> &str {
        "Side"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![!matches!(self.told, Told::Nothing)]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    // What takes its place by default comes back to it.
    #[allow(deprecated)]
    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        match <[_; 1]>::try_from(children) {
            Ok([input]) => Ok(Arc::new(Self::new(input, self.told))),
            Err(children) => internal_err!("a side has one input, not {}", children.len()),
        }
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let several = self.properties.partitioning.partition_count() > 1;
        if several || !self.read.swap(true, Ordering::Relaxed) {
            return self.input.execute(partition, context);
        }
        reset_plan_states(Arc::clone(&self.input))?.execute(partition, context)
    }

    fn child_stats_requests(&self, partition: Option<usize>) -> Vec<ChildStats> {
        vec![ChildStats::At(partition)]
    }

    fn statistics_from_inputs(&self, inputs: &[Arc<Statistics>], _args: &StatisticsArgs) -> Result<Arc<Statistics>> {
        match inputs {
            [input] => Ok(Arc::clone(input)),
            _ => internal_err!("a side has one input, not {}", inputs.len()),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use crate::engine::{DataCatalog, Engine, Limits, Request};
    use crate::source::Source;

    #[test]
    fn sides_are_read_again_when_memory_is_short() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let query = "ACSCallSummary | evaluate new_activity_metrics(CallType, CallStartTime, datetime(2026-02-28),
            datetime(2026-03-08), 2h)";
        for memory in [20_000, 50_000, 100_000, 200_000, 400_000, 800_000] {
            let limits = Limits { threads: Some(4), batch_rows: Some(2), memory: Some(memory) };
            let engine = Engine::new(DataCatalog::sample().unwrap(), &limits).unwrap();
            let answer = runtime.block_on(engine.query(&Source::new("query", query), &Request::default()));
            if let Err(error) = answer {
                let message = error.to_string();
                assert!(message.contains("memory limit"), "with {memory} bytes: {message}");
            }
        }
    }
}
