//! Summaries of many values that can be kept and merged.

use super::rewrites::{filtered, hll};
use super::{ACCURACY, DYNAMIC, EXPR, PREDICATE, SUMMABLE, rewrite};
use crate::functions::{Aggregate, AggregateLower, Naming, Param, Takes};
use crate::types::Type;

/// The rows of this family.
pub(super) const AGGREGATES: &[Aggregate] = &[
    rewrite(
        "hll",
        &[EXPR, ACCURACY],
        DYNAMIC,
        |args| hll(args, None),
        "Summarizes which values there are, so that `dcount_hll` can count them later.",
        "hll(CorrelationId)",
    ),
    rewrite(
        "hll_if",
        &[EXPR, PREDICATE, ACCURACY],
        DYNAMIC,
        |args| filtered(args, 1, hll),
        "Summarizes which values there are in rows for which the predicate is true, as `hll` does.",
        "hll_if(CorrelationId, CallType == \"Group\")",
    ),
    merge(
        "hll_merge",
        &[],
        "hll_merge",
        "hll_merge",
        "Merges summaries made by `hll`.",
        "hll_merge(dynamic([[1024,14],[],[]]))",
    ),
    Aggregate {
        name: "tdigest",
        aliases: &[],
        params: &[SUMMABLE, Param::optional("weight", Takes::Exact(Type::Long))],
        returns: DYNAMIC,
        lower: AggregateLower::Kernel("tdigest"),
        naming: Naming::Prefix("tdigest"),
        summary: "Summarizes how values are spread, so that `percentile_tdigest` can find percentiles later.",
        example: "tdigest(CallDuration)",
    },
    merge(
        "tdigest_merge",
        &["merge_tdigest"],
        "tdigest_merge",
        "merge_tdigests",
        "Merges summaries made by `tdigest`.",
        "tdigest_merge(dynamic([[7],[1],[1]]))",
    ),
    Aggregate {
        name: "buildschema",
        aliases: &[],
        params: &[Param::one("expr", Takes::Exact(Type::Dynamic))],
        returns: DYNAMIC,
        lower: AggregateLower::Kernel("buildschema"),
        naming: Naming::Prefix("schema"),
        summary: "Tells the types that occur in `dynamic` values, and where.",
        example: "buildschema(bag_pack(CallType, CallDuration))",
    },
];

const SUMMARY: &[Param] = &[Param::one("summary", Takes::Exact(Type::Dynamic))];

const fn merge(
    name: &'static str,
    aliases: &'static [&'static str],
    kernel: &'static str,
    prefix: &'static str,
    summary: &'static str,
    example: &'static str,
) -> Aggregate {
    let (lower, naming) = (AggregateLower::Kernel(kernel), Naming::Prefix(prefix));
    Aggregate { name, aliases, params: SUMMARY, returns: DYNAMIC, lower, naming, summary, example }
}
