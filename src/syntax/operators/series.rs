//! Grammar of `make-series`.

use nom::Parser;
use nom::combinator::opt;
use nom::sequence::preceded;

use crate::syntax::ast::{Expr, MakeSeries, NamedExpr, OperatorKind};
use crate::syntax::expression::{parse_named, parse_unnameable, parse_unnamed};
use crate::syntax::input::{Expected, Out, Tokens, commit, fail, sign, word};
use crate::syntax::name::comma_list;
use crate::syntax::option::parse_options;
use crate::syntax::token::TokenKind;

/// `make-series a = agg [default = v], … on axis from a to b step c [by groups]`
pub(super) fn parse_make_series(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, options) = parse_options(input, &[])?;
    let (rest, aggregates) = comma_list(rest, parse_series_aggregate)?;
    let (rest, _) = word("on")(rest)?;
    let (rest, on) = parse_named(rest)?;
    let in_range = rest.is_word("in");
    let (rest, (from, to, step)) = if in_range { parse_in_range(rest)? } else { parse_from_to_step(rest)? };
    let (rest, by) = opt(preceded(word("by"), |rest| commit(comma_list(rest, parse_named)))).parse(rest)?;
    let by = by.unwrap_or_default();
    Ok((rest, OperatorKind::MakeSeries(MakeSeries { options, aggregates, on, from, to, step, in_range, by })))
}

/// `name = aggregate [default = value]`
fn parse_series_aggregate(input: Tokens<'_>) -> Out<'_, (NamedExpr, Option<Expr>)> {
    let (rest, aggregate) = parse_named(input)?;
    let default = preceded(word("default"), |rest| {
        let (rest, _) = commit(sign(TokenKind::Assign)(rest))?;
        commit(parse_unnameable(rest))
    });
    let (rest, default) = opt(default).parse(rest)?;
    Ok((rest, (aggregate, default)))
}

type Bounds = (Option<Expr>, Option<Expr>, Expr);

/// `[from a] [to b] step c`
fn parse_from_to_step(input: Tokens<'_>) -> Out<'_, Bounds> {
    let (rest, from) = opt(preceded(word("from"), |rest| commit(parse_unnamed(rest)))).parse(input)?;
    let (rest, to) = opt(preceded(word("to"), |rest| commit(parse_unnamed(rest)))).parse(rest)?;
    let (rest, _) = word("step")(rest)?;
    let (rest, step) = parse_unnamed(rest)?;
    Ok((rest, (from, to, step)))
}

/// `in range(a, b, c)`
fn parse_in_range(input: Tokens<'_>) -> Out<'_, Bounds> {
    let (rest, _) = preceded(word("in"), word("range")).parse(input)?;
    let (rest, _) = sign(TokenKind::OpenParen)(rest)?;
    let (rest, bounds) = comma_list(rest, parse_unnameable)?;
    let Ok([from, to, step]) = <[Expr; 3]>::try_from(bounds) else {
        return fail(rest, Expected::Class("three bounds: start, end and step"));
    };
    let (rest, _) = sign(TokenKind::CloseParen)(rest)?;
    Ok((rest, (Some(from), Some(to), step)))
}
