//! A rule for physical plans: aggregates whose values are known from the statistics of what they read are not computed.
//!
//! DataFusion has such a rule. In search of the first phase of an aggregate it passes over one with conditions, and goes
//! on until it finds another aggregate's, whose values it then takes: `T | count | summarize countif(Count > 5)` would
//! count `T`.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::error::Result;
use datafusion::physical_expr::expressions::lit;
use datafusion::physical_expr::projection::ProjectionExpr;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateInputMode, AggregateMode};
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::placeholder_row::PlaceholderRowExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::udaf::StatisticsArgs as Known;
use datafusion::physical_plan::{ExecutionPlan, StatisticsArgs, StatisticsContext};

/// The rule, in the place of DataFusion's.
#[derive(Debug)]
pub(super) struct Counted;

impl PhysicalOptimizerRule for Counted {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_down(|node| {
            Ok(match known(&node)? {
                Some(row) => Transformed::new(row, true, TreeNodeRecursion::Jump),
                None => Transformed::no(node),
            })
        })
        .data()
    }

    fn name(&self) -> &str {
        "counted"
    }

    /// What is known is never null.
    fn schema_check(&self) -> bool {
        false
    }
}

/// The row of an aggregate without groups, when the statistics tell all of it.
fn known(plan: &Arc<dyn ExecutionPlan>) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let Some(aggregate) = plan.downcast_ref::<AggregateExec>() else { return Ok(None) };
    let Some(first) = first_phase(aggregate) else { return Ok(None) };
    let statistics = StatisticsContext::new().compute(first.input().as_ref(), &StatisticsArgs::new())?;
    let mut values = Vec::new();
    for call in first.aggr_expr() {
        let (field, args) = (call.field(), call.expressions());
        let known = Known {
            statistics: &statistics,
            return_type: field.data_type(),
            is_distinct: call.is_distinct(),
            exprs: args.as_slice(),
        };
        let Some(value) = call.fun().value_from_stats(&known) else { return Ok(None) };
        values.push(ProjectionExpr::new(lit(value), call.name()));
    }
    let row = Arc::new(PlaceholderRowExec::new(plan.schema()));
    Ok(Some(Arc::new(ProjectionExec::try_new(values, row)?)))
}

/// The aggregate that reads the rows: it itself, or the one right below it. None when it has groups or conditions.
fn first_phase(aggregate: &AggregateExec) -> Option<&AggregateExec> {
    let first = match aggregate.mode() {
        AggregateMode::Single | AggregateMode::SinglePartitioned => aggregate,
        mode if mode.input_mode() == AggregateInputMode::Partial => {
            let mut below = aggregate.input();
            while below.downcast_ref::<CoalescePartitionsExec>().is_some()
                || below.downcast_ref::<RepartitionExec>().is_some()
            {
                below = below.children().into_iter().next()?;
            }
            below.downcast_ref::<AggregateExec>()?
        }
        _ => return None,
    };
    let whole = first.mode().input_mode() == AggregateInputMode::Raw
        && aggregate.group_expr().is_empty()
        && first.group_expr().is_empty()
        && first.filter_expr().iter().all(Option::is_none);
    whole.then_some(first)
}
