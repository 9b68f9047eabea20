//! Settings of the DataFusion session: threads, memory, and what its optimizer may do.

use std::num::NonZeroUsize;
use std::sync::Arc;

use datafusion::execution::SessionStateBuilder;
use datafusion::execution::memory_pool::{FairSpillPool, TrackConsumersPool};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::optimizer::Optimizer;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::prelude::{SessionConfig, SessionContext};

use super::coded::CodesRule;
use super::corrections;
use super::grouping::{ContestRule, GroupRule};
use super::soft_limit::SoftLimit;
use super::sorting::{OneSort, SortRule};
use super::watch::remembering_peak;
use super::windows::RunningRule;
use crate::error::Result;

/// What a session may use of the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Limits {
    /// Threads that work on one query; all of the machine's when not set.
    pub threads: Option<usize>,
    /// Bytes that operators may hold; what does not fit goes to temporary files where it can. No limit when not set.
    pub memory: Option<usize>,
    /// Rows that operators hand on at a time; DataFusion's own choice when not set. Answers must not depend on it,
    /// which tests check with very small ones.
    pub batch_rows: Option<usize>,
}

/// The share of the memory that a sort keeps for merging what it wrote to files.
const SPILL_SHARE: usize = 16;

/// Rules for what SQL has and the core does not: sub-queries in expressions, `DISTINCT`, joins that are written as
/// filters over pairs. Each would walk every plan for nothing. The last two also give different expressions one name.
const NOT_NEEDED: &[&str] = &[
    "rewrite_set_comparison",
    "unions_to_filter",
    "replace_distinct_aggregate",
    "eliminate_join",
    "decorrelate_predicate_subquery",
    "scalar_subquery_to_join",
    "decorrelate_lateral_join",
    "extract_equijoin_predicate",
    "eliminate_cross_join",
    "filter_null_join_keys",
    "extract_leaf_expressions",
    "push_down_leaf_projections",
    KEYS_THAT_TELL_THE_REST,
    ORDER_OF_SOME,
];

/// The rule leaves out of a sort what the keys of a grouping below determine, and takes no notice of lists that were
/// spread over rows in between.
const KEYS_THAT_TELL_THE_REST: &str = "eliminate_duplicated_expr";

/// The rule finds out for aggregates that go by an order whether another order would do. Ours say which they want.
const ORDER_OF_SOME: &str = "OptimizeAggregateOrder";

/// How many of those that hold the most memory are named when there is none left.
const SHOWN_CONSUMERS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(4);

/// What is left out as well for rows so few that it takes longer to plan well than to run anyhow.
const NOT_FOR_FEW: &[&str] = &[
    "optimize_unions",
    "eliminate_outer_join",
    "push_down_filter",
    "single_distinct_aggregation_to_group_by",
    "simplify_expressions",
    "common_sub_expression_eliminate",
    "join_selection",
    "members",
    "grace_joins",
    "FilterPushdown",
    "FilterPushdown(Post)",
    "plain_filters",
    "ProjectionPushdown",
    "EnsureCooperative",
    "group_by_codes",
    "codes",
    "contest",
    "sort_by_numbers",
];

/// The sessions that plan what runs.
#[derive(Clone)]
pub(super) struct Sessions {
    /// Plans as well as it can, for all threads.
    pub(super) thorough: SessionContext,
    /// Plans in little time, for one thread: what reads [`FEW`] rows in memory.
    pub(super) quick: SessionContext,
    /// How many rows are few; nothing where all plans are thorough, as tests want it that hand on few rows at a time.
    pub(super) few: Option<usize>,
    /// Whether what a part of a request gives may be held in memory while others run, where it could be handed on.
    pub(super) roomy: bool,
}

/// How many rows are few. Even all pairs of them are soon gone through.
pub(super) const FEW: usize = 3000;

impl Sessions {
    /// Sessions within limits.
    pub(super) fn open(limits: &Limits) -> Result<Sessions> {
        let mut runtime = RuntimeEnvBuilder::new();
        if let Some(memory) = limits.memory {
            // What can go to files leaves room for what cannot, and for its own last step.
            let pool = TrackConsumersPool::new(FairSpillPool::new(memory), SHOWN_CONSUMERS);
            runtime = runtime.with_memory_pool(Arc::new(pool));
        }
        let runtime = Arc::new(remembering_peak(runtime.build()?));
        let thorough = session(limits, &runtime, &[]);
        let quick = session(&Limits { threads: Some(1), ..*limits }, &runtime, NOT_FOR_FEW);
        let few = limits.batch_rows.is_none().then_some(FEW);
        Ok(Sessions { thorough, quick, few, roomy: few.is_some() && limits.memory.is_none() })
    }
}

/// A session without some rules.
fn session(limits: &Limits, runtime: &Arc<RuntimeEnv>, left_out: &[&str]) -> SessionContext {
    let mut config = SessionConfig::new();
    if let Some(threads) = limits.threads {
        config = config.with_target_partitions(threads.max(1));
    }
    if let Some(rows) = limits.batch_rows {
        config = config.with_batch_size(rows.max(1));
    }
    // The core leaves out columns and puts projections together itself, so that a second pass finds next to nothing.
    config.options_mut().optimizer.max_passes = 1;
    // Most relations of a large request are small, and are not worth being spread over threads.
    config.options_mut().execution.use_row_number_estimates_to_optimize_partitioning = true;
    // Unions that go through by hash of a key do not bear that a sort is put into one of their inputs afterwards.
    config.options_mut().optimizer.prefer_existing_union = true;
    // It keeps the best keys of a group in a table that does not find NaN again, and panics.
    config.options_mut().optimizer.enable_topk_aggregation = false;
    // Of `iff(a > 1 and b > 2, b, 0)` its logical plan knows that it is never null, its physical plan does not, and then it
    // would refuse to group.
    config.options_mut().execution.skip_physical_aggregate_schema_check = true;
    if let Some(memory) = limits.memory {
        let reserved = &mut config.options_mut().execution.sort_spill_reservation_bytes;
        *reserved = (*reserved).min(memory / SPILL_SHARE);
    }
    let mut logical = Optimizer::new().rules;
    logical.retain(|rule| !NOT_NEEDED.contains(&rule.name()) && !left_out.contains(&rule.name()));
    let mut physical = corrections::rules(limits.memory.is_some());
    physical.extend([Arc::new(SoftLimit) as PhysicalRule, Arc::new(GroupRule), Arc::new(CodesRule)]);
    physical.extend([Arc::new(ContestRule) as PhysicalRule, Arc::new(RunningRule)]);
    physical.push(if limits.memory.is_none() { Arc::new(SortRule) } else { Arc::new(OneSort) });
    physical.retain(|rule| !NOT_NEEDED.contains(&rule.name()) && !left_out.contains(&rule.name()));
    let state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(Arc::clone(runtime))
        .with_default_features()
        .with_optimizer_rules(logical)
        // They put conversions where types differ, and the core has them written out.
        .with_analyzer_rules(Vec::new())
        .with_physical_optimizer_rules(physical)
        .build();
    SessionContext::new_with_state(state)
}

type PhysicalRule = Arc<dyn PhysicalOptimizerRule + Send + Sync>;
