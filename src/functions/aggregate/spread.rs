//! How far values lie apart.

use super::rewrites::{filtered, reals};
use super::{PREDICATE, REAL, SUMMABLE, rewrite};
use crate::functions::Aggregate;

/// The rows of this family.
pub(super) const AGGREGATES: &[Aggregate] = &[
    rewrite(
        "stdev",
        &[SUMMABLE],
        REAL,
        |args| reals("stdev", args, None),
        "The standard deviation of a sample.",
        "stdev(CallDuration)",
    ),
    rewrite(
        "stdevif",
        &[SUMMABLE, PREDICATE],
        REAL,
        |args| filtered(args, 1, |args, filter| reals("stdev", args, filter)),
        "The standard deviation of a sample: of rows for which the predicate is true.",
        "stdevif(CallDuration, CallType == \"Group\")",
    ),
    rewrite(
        "stdevp",
        &[SUMMABLE],
        REAL,
        |args| reals("stdevp", args, None),
        "The standard deviation of a population.",
        "stdevp(CallDuration)",
    ),
    rewrite(
        "variance",
        &[SUMMABLE],
        REAL,
        |args| reals("variance", args, None),
        "The variance of a sample.",
        "variance(CallDuration)",
    ),
    rewrite(
        "varianceif",
        &[SUMMABLE, PREDICATE],
        REAL,
        |args| filtered(args, 1, |args, filter| reals("variance", args, filter)),
        "The variance of a sample: of rows for which the predicate is true.",
        "varianceif(CallDuration, CallType == \"Group\")",
    ),
    rewrite(
        "variancep",
        &[SUMMABLE],
        REAL,
        |args| reals("variancep", args, None),
        "The variance of a population.",
        "variancep(CallDuration)",
    ),
    rewrite(
        "variancepif",
        &[SUMMABLE, PREDICATE],
        REAL,
        |args| filtered(args, 1, |args, filter| reals("variancep", args, filter)),
        "The variance of a population: of rows for which the predicate is true.",
        "variancepif(CallDuration, CallType == \"Group\")",
    ),
    rewrite(
        "covariance",
        &[SUMMABLE, SUMMABLE],
        REAL,
        |args| reals("covariance", args, None),
        "The covariance of a sample.",
        "covariance(CallDuration, ParticipantDuration)",
    ),
    rewrite(
        "covarianceif",
        &[SUMMABLE, SUMMABLE, PREDICATE],
        REAL,
        |args| filtered(args, 2, |args, filter| reals("covariance", args, filter)),
        "The covariance of a sample: of rows for which the predicate is true.",
        "covarianceif(CallDuration, ParticipantDuration, CallType == \"Group\")",
    ),
    rewrite(
        "covariancep",
        &[SUMMABLE, SUMMABLE],
        REAL,
        |args| reals("covariancep", args, None),
        "The covariance of a population.",
        "covariancep(CallDuration, ParticipantDuration)",
    ),
    rewrite(
        "covariancepif",
        &[SUMMABLE, SUMMABLE, PREDICATE],
        REAL,
        |args| filtered(args, 2, |args, filter| reals("covariancep", args, filter)),
        "The covariance of a population: of rows for which the predicate is true.",
        "covariancepif(CallDuration, ParticipantDuration, CallType == \"Group\")",
    ),
];
