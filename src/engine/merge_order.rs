//! A rule for physical plans: partial sorts that stop early agree about the order with the merge above them.
//!
//! A union knows that a column is constant in each of its inputs, and DataFusion leaves such a column out of the sorts
//! of the inputs, which is fine: the merge above them still compares it. But when a sort keeps only the first rows, its
//! partitions share how far they have come, by what is left of the order, and drop rows of one input because another has
//! enough of what would come first without the column.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::error::Result;
use datafusion::physical_expr::equivalence::AcrossPartitions;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};

/// The rule, which comes before filters are pushed down, those of sorts that stop early too.
#[derive(Debug)]
pub(super) struct MergeOrder;

impl PhysicalOptimizerRule for MergeOrder {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_down(whole_order).data()
    }

    fn name(&self) -> &str {
        "merge_order"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

fn whole_order(plan: Arc<dyn ExecutionPlan>) -> Result<Transformed<Arc<dyn ExecutionPlan>>> {
    if let Some(merge) = plan.downcast_ref::<SortPreservingMergeExec>()
        && let Some(sort) = merge.input().downcast_ref::<SortExec>()
        && shares_across_constants(sort)
        && sort.expr() != merge.expr()
    {
        let whole = SortExec::new(merge.expr().clone(), Arc::clone(sort.input()))
            .with_fetch(sort.fetch())
            .with_preserve_partitioning(true);
        let merge = SortPreservingMergeExec::new(merge.expr().clone(), Arc::new(whole)).with_fetch(merge.fetch());
        return Ok(Transformed::yes(Arc::new(merge)));
    }
    Ok(Transformed::no(plan))
}

/// Whether a sort stops early in several partitions, between which some column differs that is constant in each.
fn shares_across_constants(sort: &SortExec) -> bool {
    let input = sort.input();
    sort.fetch().is_some()
        && sort.preserve_partitioning()
        && input.output_partitioning().partition_count() > 1
        && input
            .equivalence_properties()
            .constants()
            .iter()
            .any(|constant| constant.across_partitions == AcrossPartitions::Heterogeneous)
}
