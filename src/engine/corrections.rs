//! Rules for physical plans that mend what DataFusion's own would leave broken, and the list of all of both.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::error::Result;
use datafusion::physical_expr::LexOrdering;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::projection::ProjectionExpr;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::filter::{FilterExec, FilterExecBuilder};
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, replace_children_if_necessary};

use super::coded::MembersRule;
use super::counted::Counted;
use super::grace::GraceRule;
use super::merge_order::MergeOrder;
use super::properties::{AgainRule, OuterRule, UniqueRule};

type Rule = Arc<dyn PhysicalOptimizerRule + Send + Sync>;

/// DataFusion's rules with ours among them: the corrections, and the one that takes over joins that only filter. Where
/// memory is limited, joins go on with files instead.
pub(super) fn rules(is_limited: bool) -> Vec<Rule> {
    let own = PhysicalOptimizer::default().rules;
    let last_filters = own.iter().rposition(|rule| rule.name().starts_with("FilterPushdown"));
    let mut rules: Vec<Rule> = vec![Arc::new(OuterRule)];
    for (at, rule) in own.into_iter().enumerate() {
        match rule.name() {
            "aggregate_statistics" => {
                rules.push(Arc::new(Counted));
                continue;
            }
            // What filters go down to becomes constant, too.
            "EnsureRequirements" => rules.extend([Arc::new(OuterRule) as Rule, Arc::new(UniqueRule)]),
            "ProjectionPushdown" => rules.push(Arc::new(PlainFilters)),
            "SanityCheckPlan" => {
                rules.extend([Arc::new(AgainRule) as Rule, Arc::new(MissingSorts)]);
                if is_limited {
                    rules.push(Arc::new(OneWriter));
                }
            }
            _ if Some(at) == last_filters => rules.push(Arc::new(MergeOrder)),
            _ => {}
        }
        // Which side of a join is which is settled, and how rows are spread over threads is not.
        let sides = rule.name() == "join_selection";
        rules.push(rule);
        if sides {
            rules.push(if is_limited { Arc::new(GraceRule) } else { Arc::new(MembersRule) });
        }
    }
    rules
}

/// Filters hand on all columns, and a projection above them takes those that are wanted. DataFusion puts projections
/// below filters, and takes the places of columns above a filter for those below it where the filter has left some out.
/// It makes one of the filter and the projection again.
#[derive(Debug)]
struct PlainFilters;

impl PhysicalOptimizerRule for PlainFilters {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(plain_filter).data()
    }

    fn name(&self) -> &str {
        "plain_filters"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

fn plain_filter(plan: Arc<dyn ExecutionPlan>) -> Result<Transformed<Arc<dyn ExecutionPlan>>> {
    let Some(filter) = plan.downcast_ref::<FilterExec>() else { return Ok(Transformed::no(plan)) };
    let Some(places) = filter.projection() else { return Ok(Transformed::no(plan)) };
    let schema = filter.input().schema();
    let columns = places.iter().map(|&place| {
        let name = schema.field(place).name();
        ProjectionExpr::new(Arc::new(Column::new(name, place)), name.as_str())
    });
    let columns: Vec<_> = columns.collect();
    let whole = FilterExecBuilder::from(filter).apply_projection(None)?.build()?;
    Ok(Transformed::yes(Arc::new(ProjectionExec::try_new(columns, Arc::new(whole))?)))
}

/// Sorts that were left out because a column was known to be constant come back where that is not known any more:
/// behind a join, a union or a spread over threads DataFusion forgets constants, and then refuses the plan.
#[derive(Debug)]
struct MissingSorts;

impl PhysicalOptimizerRule for MissingSorts {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(with_sorts).data()
    }

    fn name(&self) -> &str {
        "missing_sorts"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

fn with_sorts(plan: Arc<dyn ExecutionPlan>) -> Result<Transformed<Arc<dyn ExecutionPlan>>> {
    let mut children: Vec<Arc<dyn ExecutionPlan>> = plan.children().into_iter().cloned().collect();
    let mut missing = false;
    for (child, wanted) in children.iter_mut().zip(plan.required_input_ordering()) {
        let Some(wanted) = wanted.map(|wanted| wanted.into_single()) else { continue };
        if !child.equivalence_properties().ordering_satisfy_requirement(wanted.clone())? {
            missing = true;
            let sorted = SortExec::new(LexOrdering::from(wanted), Arc::clone(child)).with_preserve_partitioning(true);
            *child = Arc::new(sorted);
        }
    }
    if !missing {
        return Ok(Transformed::no(plan));
    }
    replace_children_if_necessary(plan, children).map(Transformed::yes)
}

/// What spreads rows over threads reads them from one thread. When memory is short it writes to files, to one more when
/// several threads write at once, and waits for rows in one while they are in the other, for ever (DataFusion's issue
/// 24883).
#[derive(Debug)]
struct OneWriter;

impl PhysicalOptimizerRule for OneWriter {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            let Some(spread) = node.downcast_ref::<RepartitionExec>() else { return Ok(Transformed::no(node)) };
            if spread.preserve_order() || spread.input().output_partitioning().partition_count() == 1 {
                return Ok(Transformed::no(node));
            }
            let input = Arc::new(CoalescePartitionsExec::new(Arc::clone(spread.input())));
            Ok(Transformed::yes(Arc::new(RepartitionExec::try_new(input, spread.partitioning().clone())?)))
        })
        .data()
    }

    fn name(&self) -> &str {
        "one_writer"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use datafusion::arrow::util::pretty::pretty_format_batches;

    use crate::engine::{DataCatalog, Engine, Limits, Request};
    use crate::source::Source;

    /// Runs a query with a quick plan, and with a thorough one for several threads on small batches.
    fn check(query: &str, rows: usize) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let shown = [(1, None), (1, Some(9000)), (4, Some(2))].map(|(threads, batch_rows)| {
            let limits = Limits { threads: Some(threads), batch_rows, memory: None };
            let engine = Engine::new(DataCatalog::sample().unwrap(), &limits).unwrap();
            let answer = runtime.block_on(engine.query(&Source::new("query", query), &Request::default())).unwrap();
            assert_eq!(answer.tables[0].row_count(), rows, "{query}");
            pretty_format_batches(&answer.tables[0].batches).unwrap().to_string()
        });
        assert_eq!(shown[0], shown[1], "{query}");
        assert_eq!(shown[0], shown[2], "{query}");
    }

    #[test]
    fn sorts_go_by_all_keys() {
        check(
            "ACSCallSummary | distinct CallType | mv-expand n = range(1, 3) | sort by CallType asc, tolong(n) desc",
            6,
        );
        check(
            "union withsource=table (range n from 1 to 9 step 1), (range n from 1 to 9 step 1), (print n = 3)
             | sort by tostring(n % 2) desc, table asc, n asc",
            19,
        );
        check(
            "datatable (k: string, a: long, b: long) ['x', 1, 3, 'y', 2, 2, 'z', 3, 1, 'w', 4, 0]
             | join kind=leftanti (datatable (k: string) ['z', 'q']) on k | sort by b asc",
            3,
        );
        check(
            "ACSCallSummary | distinct CorrelationId, CallType
             | join kind=leftouter (ACSCallSurvey | project CorrelationId = CallId, rated = 1) on CorrelationId
             | sort by rated desc nulls first, CallType asc, CorrelationId asc | take 9",
            9,
        );
    }

    #[test]
    fn summaries_of_summaries_keep_their_conditions() {
        check("ACSCallSummary | summarize n = count() | summarize large = countif(n > 500), all = sumif(n, n > 1)", 1);
    }

    #[test]
    fn filters_over_windows_leave_out_columns() {
        check(
            "ACSCallSummary | sort by CallStartTime asc, EndpointId asc, ParticipantId asc | extend n = row_number()
             | extend type = CallType | where type has 'P2P' or isempty(type) | project-away type | take 3",
            3,
        );
    }

    #[test]
    fn keys_that_moved_tell_nothing_apart() {
        check(
            "datatable (who: long, at: datetime, o: dynamic) [
                 1, datetime(2026-03-02 12:00), dynamic([1]), 2, datetime(2026-03-03 01:00), dynamic([1]),
                 3, datetime(2026-03-01), dynamic([1]), 3, datetime(2026-03-02 12:00), dynamic([1]),
                 4, datetime(2026-03-02 12:00), dynamic([1])]
             | mv-apply item = o on (summarize x = max(tostring(item)))
             | evaluate activity_counts_metrics(who, at, datetime(2026-02-28), datetime(2026-03-08), 7h, x)
             | sort by at asc | where aggregated_dcount < prev(aggregated_dcount)",
            0,
        );
    }

    #[test]
    fn zero_has_no_sign() {
        check("range n from 1 to 20 step 3 | where -0.0 in ((datatable (r: real) [0.0, 1.5]))", 7);
        check("datatable (r: real) [0.0, -0.0, 1.0] | join kind=inner (datatable (r: real) [-0.0, 0.0, 2.0]) on r", 4);
    }

    #[test]
    fn joins_in_joins_have_keys_of_their_own() {
        check(
            "datatable (r: real) [0.0, 1.5] | join kind=inner (datatable (r: real) [1.5, 2.5]) on r
             | join kind=inner (datatable (r: real) [1.5] | join kind=inner (datatable (r: real) [1.5]) on r) on r",
            1,
        );
    }

    #[test]
    fn constants_need_no_sort() {
        check(
            "range n from 1 to 9 step 1 | distinct n | extend a = pack_array(1)
             | sort by tostring(a) asc, n desc | take 3 | sort by tostring(a) desc, n desc",
            3,
        );
        check(
            "print p = 1.5, q = 2h | as J | join kind=inner (J) on p | sort by q1 asc, p asc | extend n = prev(q)",
            1,
        );
        check(
            "range n from 1 to 9 step 1 | project a = tostring(n), b = int(0), n
             | top-nested 3 of a by x = max(n), top-nested 1 of b by y = dcount(1), top-nested 1 of a by z = dcount(1)
             | sort by a asc",
            3,
        );
    }
}
