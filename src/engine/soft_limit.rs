//! A rule for physical plans: different values are counted off early only where nothing says how rows are ordered.
//!
//! DataFusion lets `distinct` stop as soon as it has as many values as a limit above it wants, when it decides to do so
//! before it has found an order in the input. With an order it takes the limit for that of the largest or smallest
//! values, which needs a direction, and fails for want of one.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::error::Result;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::AggregateExec;

/// The rule, which comes behind all that find orders.
#[derive(Debug)]
pub(super) struct SoftLimit;

impl PhysicalOptimizerRule for SoftLimit {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_down(without_direction).data()
    }

    fn name(&self) -> &str {
        "soft_limit"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// The limit above stays, so all that is lost is the early end.
fn without_direction(plan: Arc<dyn ExecutionPlan>) -> Result<Transformed<Arc<dyn ExecutionPlan>>> {
    if let Some(aggregate) = plan.downcast_ref::<AggregateExec>()
        && aggregate.limit_options().is_some_and(|limit| limit.descending().is_none())
        && !aggregate.is_unordered_unfiltered_group_by_distinct()
    {
        return Ok(Transformed::yes(Arc::new(aggregate.with_new_limit_options(None))));
    }
    Ok(Transformed::no(plan))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use crate::engine::{DataCatalog, Engine, Limits, Request};
    use crate::source::Source;

    #[test]
    fn values_of_ordered_rows_are_limited() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let query = "range n from 1 to 20 step 3 | sort by n desc
            | scan declare (c: long = 0) with (step s: true => c = s.c + 1;) | sample-distinct 2 of n";
        for threads in [1, 4] {
            let limits = Limits { threads: Some(threads), ..Limits::default() };
            let engine = Engine::new(DataCatalog::default(), &limits).unwrap();
            let answer = runtime.block_on(engine.query(&Source::new("query", query), &Request::default())).unwrap();
            assert_eq!(answer.tables[0].row_count(), 2);
        }
    }
}
