//! Aggregates: what `summarize` and its kin compute over the rows of a group.

use super::Aggregate;

/// The rows.
pub const AGGREGATES: &[Aggregate] = &[];
