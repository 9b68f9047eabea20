//! Grammar of `mv-expand` and `mv-apply`.

use nom::Parser;
use nom::combinator::opt;
use nom::sequence::preceded;

use crate::span::{Span, Spanned};
use crate::syntax::ast::{Expr, ExprKind, MvApply, MvExpand, MvExpandColumn, NamedExpr, OperatorKind};
use crate::syntax::expression::{parse_named, parse_unnamed};
use crate::syntax::input::{Expected, Out, Tokens, commit, fail, word};
use crate::syntax::name::comma_list;
use crate::syntax::option::parse_options;
use crate::syntax::pipeline::parse_operator_group;
use crate::syntax::primary::parse_typeof;
use crate::types::Type;

/// `mv-expand [options] a [to typeof(t)], … [limit n]`
pub(super) fn parse_mv_expand(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, options) = parse_options(input, &[])?;
    let (rest, columns) = comma_list(rest, parse_expand_column)?;
    let (rest, limit) = opt(preceded(word("limit"), |rest| commit(parse_unnamed(rest)))).parse(rest)?;
    Ok((rest, OperatorKind::MvExpand(MvExpand { options, columns, limit })))
}

fn parse_expand_column(input: Tokens<'_>) -> Out<'_, MvExpandColumn> {
    let (rest, expr) = parse_named(input)?;
    let (rest, ty) = opt(parse_to_type).parse(rest)?;
    Ok((rest, MvExpandColumn { expr, ty }))
}

/// `to typeof(type)`
fn parse_to_type(input: Tokens<'_>) -> Out<'_, Spanned<Type>> {
    let (typeof_, _) = word("to")(input)?;
    let (rest, types) = commit(parse_typeof(typeof_))?;
    match types.kind {
        ExprKind::TypeOf(list) => match list.as_slice() {
            [(None, Some(ty))] => Ok((rest, ty.clone())),
            _ => commit(fail(typeof_, Expected::Class("`typeof` with one type"))),
        },
        _ => fail(typeof_, Expected::Text("typeof")),
    }
}

/// `mv-apply [options] a [to typeof(t)], … [limit n] on ( operators )`
pub(super) fn parse_mv_apply(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, options) = parse_options(input, &[])?;
    let (rest, columns) = match rest.is_word("to") {
        true => parse_lone_type(rest)?,
        false => comma_list(rest, parse_expand_column)?,
    };
    let (rest, limit) = opt(preceded(word("limit"), |rest| commit(parse_unnamed(rest)))).parse(rest)?;
    let (rest, id) = opt(preceded(word("id"), |rest| commit(parse_unnamed(rest)))).parse(rest)?;
    let (rest, _) = word("on")(rest)?;
    let (rest, body) = parse_operator_group(rest)?;
    Ok((rest, OperatorKind::MvApply(MvApply { options, columns, limit, id, body })))
}

/// `to typeof(t)` without a column, which the grammar allows.
fn parse_lone_type(input: Tokens<'_>) -> Out<'_, Vec<MvExpandColumn>> {
    let (rest, ty) = parse_to_type(input)?;
    let start = input.peek().span.start;
    let span = Span { start, end: start };
    let expr = NamedExpr { names: Vec::new(), value: Expr { kind: ExprKind::Star, span }, span };
    Ok((rest, vec![MvExpandColumn { expr, ty: Some(ty) }]))
}
