//! Grammar of `take`, `sample` and `sample-distinct`.

use crate::syntax::ast::{OperatorKind, Sample, SampleDistinct, Take};
use crate::syntax::expression::parse_unnameable;
use crate::syntax::input::{Out, Tokens, word};
use crate::syntax::option::parse_options;

use super::refuse_options;

/// `take n`, `limit n`
pub(super) fn parse_take(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, options) = parse_options(input, &[])?;
    refuse_options(rest, &options, "take");
    let (rest, count) = parse_unnameable(rest)?;
    Ok((rest, OperatorKind::Take(Take { count })))
}

/// `sample n`
pub(super) fn parse_sample(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, options) = parse_options(input, &[])?;
    refuse_options(rest, &options, "sample");
    let (rest, count) = parse_unnameable(rest)?;
    Ok((rest, OperatorKind::Sample(Sample { count })))
}

/// `sample-distinct n of expr`
pub(super) fn parse_sample_distinct(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, options) = parse_options(input, &[])?;
    refuse_options(rest, &options, "sample-distinct");
    let (rest, count) = parse_unnameable(rest)?;
    let (rest, _) = word("of")(rest)?;
    let (rest, of) = parse_unnameable(rest)?;
    Ok((rest, OperatorKind::SampleDistinct(SampleDistinct { count, of })))
}
