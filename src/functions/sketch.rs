//! What the summaries of `hll` and `tdigest` tell.

use super::conversion::convert;
use super::{Function, Lower, Param, Returns, Takes};
use crate::ir::Scalar;
use crate::types::Type;

const HLL: Param = Param::one("hll", Takes::Exact(Type::Dynamic));
const DIGEST: Param = Param::one("tdigest", Takes::Exact(Type::Dynamic));
const VALUE: Param = Param::one("value", Takes::Summable);
const REAL: Returns = Returns::Type(Type::Real);
const DYNAMIC: Returns = Returns::Type(Type::Dynamic);

/// The rows of this family.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "dcount_hll",
        aliases: &[],
        params: &[HLL],
        returns: Returns::Type(Type::Long),
        lower: Lower::Kernel("dcount_hll"),
        summary: "Counts the different values that a summary made by `hll` has seen.",
        example: "dcount_hll(dynamic([[1024,14],[\"1\",\"2\"],[]]))",
    },
    Function {
        name: "hll_merge",
        aliases: &[],
        params: &[HLL, Param::many("others", Takes::Exact(Type::Dynamic))],
        returns: DYNAMIC,
        lower: Lower::Kernel("hll_merge"),
        summary: "Merges summaries made by `hll`.",
        example: "hll_merge(dynamic([[1024,14],[\"1\"],[]]), dynamic([[1024,14],[\"2\"],[]]))",
    },
    Function {
        name: "tdigest_merge",
        aliases: &["merge_tdigest"],
        params: &[DIGEST, Param::many("others", Takes::Exact(Type::Dynamic))],
        returns: DYNAMIC,
        lower: Lower::Kernel("tdigest_merge"),
        summary: "Merges summaries made by `tdigest`.",
        example: "tdigest_merge(dynamic([[7],[1],[1]]), dynamic([[7],[2],[1]]))",
    },
    Function {
        name: "percentile_tdigest",
        aliases: &[],
        params: &[
            DIGEST,
            Param::one("percentile", Takes::Exact(Type::Real)),
            Param::optional("type", Takes::Constant(Type::String)),
        ],
        returns: Returns::From(|args| named_type(args).unwrap_or(Type::Dynamic)),
        lower: Lower::Rewrite(percentile),
        summary: "Finds a percentile of the values that a summary made by `tdigest` has seen.",
        example: "percentile_tdigest(dynamic([[7],[1,2,3],[1,1,1]]), 50)",
    },
    Function {
        name: "percentiles_array_tdigest",
        aliases: &[],
        params: &[DIGEST, Param::many("percentile", Takes::Any)],
        returns: DYNAMIC,
        lower: Lower::Rewrite(percentiles_array),
        summary: "Finds percentiles, given one by one or as an array, of the values that a summary has seen.",
        example: "percentiles_array_tdigest(dynamic([[7],[1,2,3],[1,1,1]]), 50, 100)",
    },
    Function {
        name: "rank_tdigest",
        aliases: &[],
        params: &[DIGEST, VALUE],
        returns: REAL,
        lower: Lower::Rewrite(|args| Ok(ranked("rank_tdigest", args))),
        summary: "Counts the values up to a value among those that a summary made by `tdigest` has seen.",
        example: "rank_tdigest(dynamic([[7],[1,2,3],[1,1,1]]), 2)",
    },
    Function {
        name: "percentrank_tdigest",
        aliases: &[],
        params: &[DIGEST, VALUE],
        returns: REAL,
        lower: Lower::Rewrite(|args| Ok(ranked("percentrank_tdigest", args))),
        summary: "Gives the share, in percent, of values up to a value among those that a summary has seen.",
        example: "percentrank_tdigest(dynamic([[7],[1,2,3,4],[1,1,1,1]]), 3)",
    },
];

/// The type that a `typeof` as third argument names; it comes as the name.
fn named_type(args: &[Scalar]) -> Option<Type> {
    args.get(2)?.literal()?.as_str().and_then(Type::parse)
}

fn percentile(mut args: Vec<Scalar>) -> Result<Scalar, String> {
    let ty = match args.len() {
        0..=2 => Type::Dynamic,
        _ => named_type(&args)
            .ok_or("`percentile_tdigest` takes a type, such as `typeof(long)`, as its last argument")?,
    };
    args.truncate(2);
    Ok(convert(Scalar::kernel("percentile_tdigest", args, Type::Dynamic), ty))
}

fn percentiles_array(args: Vec<Scalar>) -> Result<Scalar, String> {
    let mut shares = args.into_iter();
    let digest = shares.next();
    let fit = |share: Scalar| match share.ty() {
        ty if ty.is_numeric() => Ok(convert(share, Type::Real)),
        Type::Dynamic => Ok(share),
        other => Err(format!("a percentile must be a number or an array of numbers, not `{}`", other.name())),
    };
    let args = digest.into_iter().map(Ok).chain(shares.map(fit)).collect::<Result<_, _>>()?;
    Ok(Scalar::kernel("percentiles_array_tdigest", args, Type::Dynamic))
}

/// Numbers become real; times are compared as times.
fn ranked(name: &'static str, args: Vec<Scalar>) -> Scalar {
    let fit = |arg: Scalar| if arg.ty().is_numeric() { convert(arg, Type::Real) } else { arg };
    Scalar::kernel(name, args.into_iter().map(fit).collect(), Type::Real)
}
