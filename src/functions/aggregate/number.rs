//! Counts, sums, averages, extremes, and bits.

use super::rewrites::{
    average, average_type, count, distinct, distinct_estimate, filtered, maximum, minimum, sum, sum_type,
};
use super::{ACCURACY, EXPR, LONG, ORDERABLE, PREDICATE, SUMMABLE, rewrite};
use crate::functions::{Aggregate, AggregateLower, Naming, Param, Returns, Takes};

const BITS: &[Param] = &[Param::one("expr", Takes::Integer)];

/// The rows of this family.
pub(super) const AGGREGATES: &[Aggregate] = &[
    rewrite(
        "count",
        &[Param::optional("expr", Takes::Any)],
        LONG,
        |_| Ok(count(None)),
        "Counts rows; an argument changes nothing, nulls in it count too.",
        "count()",
    ),
    rewrite(
        "countif",
        &[PREDICATE],
        LONG,
        |args| Ok(count(args.into_iter().next())),
        "Counts rows for which the predicate is true.",
        "countif(ParticipantDuration > 60)",
    ),
    rewrite("cnt", &[], LONG, |_| Ok(count(None)), "Counts rows; an old name of `count`.", "cnt()"),
    rewrite(
        "sum",
        &[SUMMABLE],
        Returns::From(sum_type),
        |args| sum(args, None),
        "Adds values up, 0 when there are none; whole numbers give a `long`, which wraps.",
        "sum(CallDuration)",
    ),
    rewrite(
        "sumif",
        &[SUMMABLE, PREDICATE],
        Returns::From(sum_type),
        |args| filtered(args, 1, sum),
        "Adds up values of rows for which the predicate is true.",
        "sumif(CallDuration, CallType == \"Group\")",
    ),
    rewrite(
        "avg",
        &[SUMMABLE],
        Returns::From(average_type),
        |args| Ok(average(args, None)),
        "Averages values; NaN for numbers when there are none.",
        "avg(CallDuration)",
    ),
    rewrite(
        "avgif",
        &[SUMMABLE, PREDICATE],
        Returns::From(average_type),
        |args| filtered(args, 1, |args, filter| Ok(average(args, filter))),
        "Averages values of rows for which the predicate is true.",
        "avgif(CallDuration, CallType == \"Group\")",
    ),
    rewrite(
        "min",
        &[ORDERABLE],
        Returns::Same(0),
        |args| Ok(minimum(args, None)),
        "Finds the smallest value; a NaN wins over all numbers.",
        "min(TimeGenerated)",
    ),
    rewrite(
        "minif",
        &[ORDERABLE, PREDICATE],
        Returns::Same(0),
        |args| filtered(args, 1, |args, filter| Ok(minimum(args, filter))),
        "Finds the smallest value of rows for which the predicate is true.",
        "minif(TimeGenerated, CallType == \"Group\")",
    ),
    rewrite(
        "max",
        &[ORDERABLE],
        Returns::Same(0),
        |args| Ok(maximum(args, None)),
        "Finds the largest value; a NaN wins over all numbers.",
        "max(TimeGenerated)",
    ),
    rewrite(
        "maxif",
        &[ORDERABLE, PREDICATE],
        Returns::Same(0),
        |args| filtered(args, 1, |args, filter| Ok(maximum(args, filter))),
        "Finds the largest value of rows for which the predicate is true.",
        "maxif(TimeGenerated, CallType == \"Group\")",
    ),
    rewrite(
        "dcount",
        &[EXPR, ACCURACY],
        LONG,
        |args| distinct_estimate(args, None),
        "Counts different values: exactly up to 32768 in a group, then by an estimate of the accuracy given.",
        "dcount(CorrelationId)",
    ),
    rewrite(
        "dcountif",
        &[EXPR, PREDICATE, ACCURACY],
        LONG,
        |args| filtered(args, 1, distinct_estimate),
        "Counts different values of rows for which the predicate is true, as `dcount` does.",
        "dcountif(CorrelationId, CallType == \"Group\")",
    ),
    rewrite(
        "count_distinct",
        &[Param::one("expr", Takes::NotDynamic)],
        LONG,
        |args| Ok(distinct(args, None)),
        "Counts different values, exactly.",
        "count_distinct(CorrelationId)",
    ),
    rewrite(
        "count_distinctif",
        &[Param::one("expr", Takes::NotDynamic), PREDICATE],
        LONG,
        |args| filtered(args, 1, |args, filter| Ok(distinct(args, filter))),
        "Counts different values of rows for which the predicate is true, exactly.",
        "count_distinctif(CorrelationId, CallType == \"Group\")",
    ),
    bits("binary_all_and", "bit_and", "Joins the bits of all values with and.", "binary_all_and(CallDuration)"),
    bits("binary_all_or", "bit_or", "Joins the bits of all values with or.", "binary_all_or(CallDuration)"),
    bits(
        "binary_all_xor",
        "bit_xor",
        "Joins the bits of all values with exclusive or.",
        "binary_all_xor(CallDuration)",
    ),
];

const fn bits(name: &'static str, builtin: &'static str, summary: &'static str, example: &'static str) -> Aggregate {
    Aggregate {
        name,
        aliases: &[],
        params: BITS,
        returns: Returns::Same(0),
        lower: AggregateLower::Builtin(builtin),
        naming: Naming::Argument,
        summary,
        example,
    }
}
