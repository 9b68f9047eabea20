//! Arrays and property bags of values.

use super::rewrites::{bag, filtered, list, list_with_nulls, set};
use super::{BAG, DYNAMIC, EXPR, MAX_SIZE, PREDICATE};
use crate::functions::{Aggregate, AggregateLower, Naming};

/// The rows of this family.
pub(super) const AGGREGATES: &[Aggregate] = &[
    Aggregate {
        name: "make_list",
        aliases: &["makelist"],
        params: &[EXPR, MAX_SIZE],
        returns: DYNAMIC,
        lower: AggregateLower::Rewrite(|args| Ok(list(args, None))),
        naming: Naming::Prefix("list"),
        summary: "Makes an array of all values but nulls; `dynamic` arrays add their items, `dynamic` nulls stay.",
        example: "make_list(CallType)",
    },
    Aggregate {
        name: "make_list_if",
        aliases: &[],
        params: &[EXPR, PREDICATE, MAX_SIZE],
        returns: DYNAMIC,
        lower: AggregateLower::Rewrite(|args| filtered(args, 1, |args, filter| Ok(list(args, filter)))),
        naming: Naming::Prefix("list"),
        summary: "Makes an array of all values of rows for which the predicate is true.",
        example: "make_list_if(CallType, CallDuration > 60)",
    },
    Aggregate {
        name: "make_list_with_nulls",
        aliases: &[],
        params: &[EXPR],
        returns: DYNAMIC,
        lower: AggregateLower::Rewrite(|args| Ok(list_with_nulls(args))),
        naming: Naming::Prefix("list"),
        summary: "Makes an array of all values, nulls too.",
        example: "make_list_with_nulls(CallDuration)",
    },
    Aggregate {
        name: "make_set",
        aliases: &["makeset"],
        params: &[EXPR, MAX_SIZE],
        returns: DYNAMIC,
        lower: AggregateLower::Rewrite(|args| Ok(set(args, None))),
        naming: Naming::Prefix("set"),
        summary: "Makes an array of all different values, in the order in which they first come.",
        example: "make_set(CallType)",
    },
    Aggregate {
        name: "make_set_if",
        aliases: &[],
        params: &[EXPR, PREDICATE, MAX_SIZE],
        returns: DYNAMIC,
        lower: AggregateLower::Rewrite(|args| filtered(args, 1, |args, filter| Ok(set(args, filter)))),
        naming: Naming::Prefix("set"),
        summary: "Makes an array of all different values of rows for which the predicate is true.",
        example: "make_set_if(CallType, CallDuration > 60)",
    },
    Aggregate {
        name: "make_bag",
        aliases: &[],
        params: &[BAG, MAX_SIZE],
        returns: DYNAMIC,
        lower: AggregateLower::Kernel("make_bag"),
        naming: Naming::Prefix("bag"),
        summary: "Merges property bags into one; of a key that comes again the first value stays.",
        example: "make_bag(bag_pack(CallType, CallDuration))",
    },
    Aggregate {
        name: "make_bag_if",
        aliases: &[],
        params: &[BAG, PREDICATE, MAX_SIZE],
        returns: DYNAMIC,
        lower: AggregateLower::Rewrite(|args| filtered(args, 1, |args, filter| Ok(bag(args, filter)))),
        naming: Naming::Prefix("bag"),
        summary: "Merges property bags of rows for which the predicate is true.",
        example: "make_bag_if(bag_pack(CallType, CallDuration), CallDuration > 60)",
    },
    Aggregate {
        name: "make_dictionary",
        aliases: &[],
        params: &[BAG, MAX_SIZE],
        returns: DYNAMIC,
        lower: AggregateLower::Kernel("make_bag"),
        naming: Naming::Prefix("dictionary"),
        summary: "Merges property bags into one; an old name of `make_bag`.",
        example: "make_dictionary(bag_pack(CallType, CallDuration))",
    },
];
