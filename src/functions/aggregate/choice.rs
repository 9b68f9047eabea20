//! Values of one row of a group.

use super::rewrites::{any, filtered};
use super::{EXPR, PREDICATE};
use crate::functions::{Aggregate, AggregateLower, Naming, Param, Returns, Takes};

/// The rows of this family.
pub(super) const AGGREGATES: &[Aggregate] = &[
    Aggregate {
        name: "arg_max",
        aliases: &[],
        params: &[Param::one("maximized", Takes::Orderable), Param::any("returned", Takes::Any)],
        returns: Returns::Same(0),
        lower: AggregateLower::Binder,
        naming: Naming::Argument,
        summary: "Finds the row with the largest value, and gives that value and others of the row.",
        example: "arg_max(TimeGenerated, CallType)",
    },
    Aggregate {
        name: "arg_min",
        aliases: &[],
        params: &[Param::one("minimized", Takes::Orderable), Param::any("returned", Takes::Any)],
        returns: Returns::Same(0),
        lower: AggregateLower::Binder,
        naming: Naming::Argument,
        summary: "Finds the row with the smallest value, and gives that value and others of the row.",
        example: "arg_min(TimeGenerated, CallType)",
    },
    Aggregate {
        name: "argmax",
        aliases: &[],
        params: &[Param::one("maximized", Takes::Orderable), Param::any("returned", Takes::Any)],
        returns: Returns::Same(0),
        lower: AggregateLower::Binder,
        naming: Naming::Prefix("max"),
        summary: "Finds the row with the largest value; an old form of `arg_max` with other column names.",
        example: "argmax(TimeGenerated, CallType)",
    },
    Aggregate {
        name: "argmin",
        aliases: &[],
        params: &[Param::one("minimized", Takes::Orderable), Param::any("returned", Takes::Any)],
        returns: Returns::Same(0),
        lower: AggregateLower::Binder,
        naming: Naming::Prefix("min"),
        summary: "Finds the row with the smallest value; an old form of `arg_min` with other column names.",
        example: "argmin(TimeGenerated, CallType)",
    },
    Aggregate {
        name: "take_any",
        aliases: &[],
        params: &[Param::many("expr", Takes::Any)],
        returns: Returns::Same(0),
        lower: AggregateLower::Binder,
        naming: Naming::Argument,
        summary: "Takes any value that is not null, or several values of any row.",
        example: "take_any(CallType)",
    },
    Aggregate {
        name: "any",
        aliases: &[],
        params: &[Param::many("expr", Takes::Any)],
        returns: Returns::Same(0),
        lower: AggregateLower::Binder,
        naming: Naming::Prefix("any"),
        summary: "Takes any value; an old form of `take_any` with other column names.",
        example: "any(CallType)",
    },
    Aggregate {
        name: "take_anyif",
        aliases: &[],
        params: &[EXPR, PREDICATE],
        returns: Returns::Same(0),
        lower: AggregateLower::Rewrite(|args| filtered(args, 1, |args, filter| Ok(any(args, filter)))),
        naming: Naming::Argument,
        summary: "Takes any value that is not null of rows for which the predicate is true.",
        example: "take_anyif(CallType, CallDuration > 60)",
    },
    Aggregate {
        name: "anyif",
        aliases: &[],
        params: &[EXPR, PREDICATE],
        returns: Returns::Same(0),
        lower: AggregateLower::Rewrite(|args| filtered(args, 1, |args, filter| Ok(any(args, filter)))),
        naming: Naming::Prefix("anyif"),
        summary: "Takes any value of rows for which the predicate is true; an old form of `take_anyif`.",
        example: "anyif(CallType, CallDuration > 60)",
    },
];
