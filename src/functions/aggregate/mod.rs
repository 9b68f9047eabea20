//! Aggregates: what `summarize` and its kin compute over the rows of a group.
//!
//! Those handled by the binder call kernels as follows. `arg_max`, `arg_min` and `take_any` take all their arguments
//! and answer with all of them. `percentiles` takes the value and the shares, made fit by
//! [`percentile_arguments`], and answers with one column per share; `percentilesw` has the weight as second argument.
//! The kernels in [`ORDERED`] take the order of rows ([`crate::ir::AggregateCall::order_by`]).

mod choice;
mod collection;
mod number;
mod percentile;
mod rewrites;
mod sketch;
mod spread;

use super::{Aggregate, AggregateLower, Naming, Param, Returns, Takes};
use crate::ir::Scalar;
use crate::types::Type;

pub use rewrites::percentile_arguments;

/// The families, in the order of the manual.
pub const FAMILIES: &[&[Aggregate]] = &[
    number::AGGREGATES,
    choice::AGGREGATES,
    collection::AGGREGATES,
    percentile::AGGREGATES,
    spread::AGGREGATES,
    sketch::AGGREGATES,
];

/// Kernels that answer in the order of rows, and take it from the call.
pub const ORDERED: &[&str] =
    &["make_list", "make_list_dynamic", "make_list_with_nulls", "make_list_with_nulls_dynamic"];

const LONG: Returns = Returns::Type(Type::Long);
const REAL: Returns = Returns::Type(Type::Real);
const DYNAMIC: Returns = Returns::Type(Type::Dynamic);
const PERCENTILE: Returns =
    Returns::From(|args| args.first().map_or(Type::Real, |arg| rewrites::percentile_type(arg.ty())));

const EXPR: Param = Param::one("expr", Takes::Any);
const SUMMABLE: Param = Param::one("expr", Takes::Summable);
const ORDERABLE: Param = Param::one("expr", Takes::Orderable);
const BAG: Param = Param::one("expr", Takes::Exact(Type::Dynamic));
const PREDICATE: Param = Param::one("predicate", Takes::Exact(Type::Bool));
const MAX_SIZE: Param = Param::optional("max_size", Takes::Constant(Type::Long));
const ACCURACY: Param = Param::optional("accuracy", Takes::Constant(Type::Long));
const SHARES: Param = Param::many("percentile", Takes::Constant(Type::Real));
const WEIGHT: Param = Param::one("weight", Takes::Exact(Type::Long));

/// An aggregate said with others, whose column is called like it and its argument.
const fn rewrite(
    name: &'static str,
    params: &'static [Param],
    returns: Returns,
    lower: fn(Vec<Scalar>) -> Result<Scalar, String>,
    summary: &'static str,
    example: &'static str,
) -> Aggregate {
    let (lower, naming) = (AggregateLower::Rewrite(lower), Naming::Prefix(name));
    Aggregate { name, aliases: &[], params, returns, lower, naming, summary, example }
}
