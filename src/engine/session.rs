//! Settings of the DataFusion session: threads, memory, and what its optimizer may do.

use std::sync::Arc;

use datafusion::execution::SessionStateBuilder;
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::prelude::{SessionConfig, SessionContext};

use super::grouping::GroupRule;
use super::merge_order;
use super::soft_limit::SoftLimit;
use super::watch::remembering_peak;
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

/// A session within limits.
pub(super) fn open(limits: &Limits) -> Result<SessionContext> {
    let mut config = SessionConfig::new();
    if let Some(threads) = limits.threads {
        config = config.with_target_partitions(threads.max(1));
    }
    if let Some(rows) = limits.batch_rows {
        config = config.with_batch_size(rows.max(1));
    }
    // The rule gives two expressions that it pulls out the same name, and then fails.
    config.options_mut().optimizer.enable_leaf_expression_pushdown = false;
    let mut runtime = RuntimeEnvBuilder::new();
    if let Some(memory) = limits.memory {
        runtime = runtime.with_memory_limit(memory, 1.0);
    }
    let state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(Arc::new(remembering_peak(runtime.build()?)))
        .with_default_features()
        .with_physical_optimizer_rules(merge_order::rules())
        .with_physical_optimizer_rule(Arc::new(SoftLimit))
        .with_physical_optimizer_rule(Arc::new(GroupRule))
        .build();
    Ok(SessionContext::new_with_state(state))
}
