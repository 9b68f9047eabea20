//! Percentiles.

use super::rewrites::percentile;
use super::{DYNAMIC, PERCENTILE, SHARES, SUMMABLE, WEIGHT};
use crate::functions::{Aggregate, AggregateLower, Naming, Param, Takes};
use crate::types::Type;

/// The rows of this family.
pub(super) const AGGREGATES: &[Aggregate] = &[
    Aggregate {
        name: "percentile",
        aliases: &[],
        params: &[SUMMABLE, Param::one("percentile", Takes::Constant(Type::Real))],
        returns: PERCENTILE,
        lower: AggregateLower::Rewrite(|args| percentile(args, "percentiles", 1)),
        naming: Naming::Percentile(1),
        summary: "Finds the value at or below which a share of the values lies, by nearest rank, exactly.",
        example: "percentile(CallDuration, 95)",
    },
    Aggregate {
        name: "percentiles",
        aliases: &[],
        params: &[SUMMABLE, SHARES],
        returns: PERCENTILE,
        lower: AggregateLower::Binder,
        naming: Naming::Percentile(1),
        summary: "Finds several percentiles at once, each in its own column.",
        example: "percentiles(CallDuration, 50, 95)",
    },
    Aggregate {
        name: "percentiles_array",
        aliases: &[],
        params: &[SUMMABLE, Param::many("percentile", Takes::AnyConstant)],
        returns: DYNAMIC,
        lower: AggregateLower::Rewrite(|args| percentile(args, "percentiles_array", 1)),
        naming: Naming::Prefix("percentiles"),
        summary: "Finds several percentiles at once, as an array.",
        example: "percentiles_array(CallDuration, 50, 95)",
    },
    Aggregate {
        name: "percentilew",
        aliases: &[],
        params: &[SUMMABLE, WEIGHT, Param::one("percentile", Takes::Constant(Type::Real))],
        returns: PERCENTILE,
        lower: AggregateLower::Rewrite(|args| percentile(args, "percentilesw", 2)),
        naming: Naming::Percentile(2),
        summary: "Finds a percentile of values that count as often as their weight says.",
        example: "percentilew(CallDuration, 2, 95)",
    },
    Aggregate {
        name: "percentilesw",
        aliases: &[],
        params: &[SUMMABLE, WEIGHT, SHARES],
        returns: PERCENTILE,
        lower: AggregateLower::Binder,
        naming: Naming::Percentile(2),
        summary: "Finds several percentiles of weighted values, each in its own column.",
        example: "percentilesw(CallDuration, 2, 50, 95)",
    },
    Aggregate {
        name: "percentilesw_array",
        aliases: &[],
        params: &[SUMMABLE, WEIGHT, Param::many("percentile", Takes::AnyConstant)],
        returns: DYNAMIC,
        lower: AggregateLower::Rewrite(|args| percentile(args, "percentilesw_array", 2)),
        naming: Naming::Prefix("percentiles"),
        summary: "Finds several percentiles of weighted values, as an array.",
        example: "percentilesw_array(CallDuration, 2, 50, 95)",
    },
];
