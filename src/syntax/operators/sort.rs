//! Grammar of `sort`, `top`, `top-hitters` and `top-nested`.

use nom::Parser;
use nom::combinator::opt;
use nom::sequence::preceded;

use crate::diagnostic::{Code, Diagnostic};
use crate::span::Spanned;
use crate::syntax::ast::{
    Direction, Expr, Nulls, OperatorKind, Sort, SortKey, Top, TopHitters, TopNested, TopNestedLevel,
};
use crate::syntax::expression::{parse_named, parse_unnameable, parse_unnamed};
use crate::syntax::input::{Out, Tokens, commit, one_of, sign, word};
use crate::syntax::name::comma_list;
use crate::syntax::option::parse_options;
use crate::syntax::token::TokenKind;

/// `sort by key, …`, `order by key, …`
pub(super) fn parse_sort(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, options) = parse_options(input, &[])?;
    let (rest, _) = word("by")(rest)?;
    let (rest, keys) = comma_list(rest, parse_sort_key)?;
    Ok((rest, OperatorKind::Sort(Sort { options, keys })))
}

const DIRECTIONS: &[(&str, Option<Direction>)] = &[
    ("asc", Some(Direction::Ascending)),
    ("desc", Some(Direction::Descending)),
    ("granny-asc", None),
    ("granny-desc", None),
];
const NULLS: &[(&str, Nulls)] = &[("first", Nulls::First), ("last", Nulls::Last)];

/// `expr [asc|desc] [nulls first|last]`
pub(in crate::syntax) fn parse_sort_key(input: Tokens<'_>) -> Out<'_, SortKey> {
    let (rest, expr) = parse_named(input)?;
    let (rest, written) = opt(one_of(DIRECTIONS, "a direction")).parse(rest)?;
    let direction = written.and_then(|written| match written.node {
        Some(direction) => Some(Spanned::new(direction, written.span)),
        None => {
            let message = "this order is only for `project-reorder`";
            rest.report(Diagnostic::error(Code::UnsupportedFeature, written.span, message));
            None
        }
    });
    let (rest, nulls) =
        opt(preceded(word("nulls"), |rest| commit(one_of(NULLS, "`first` or `last`")(rest)))).parse(rest)?;
    Ok((rest, SortKey { expr, direction, nulls }))
}

/// `top n by key`
pub(super) fn parse_top(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, options) = parse_options(input, &[])?;
    let (rest, count) = parse_unnameable(rest)?;
    let (rest, _) = word("by")(rest)?;
    let (rest, key) = parse_sort_key(rest)?;
    Ok((rest, OperatorKind::Top(Top { options, count, keys: vec![key] })))
}

/// `top-hitters n of expr [by weight]`
pub(super) fn parse_top_hitters(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, count) = parse_unnameable(input)?;
    let (rest, _) = word("of")(rest)?;
    let (rest, of) = parse_named(rest)?;
    let (rest, by) = opt(preceded(word("by"), |rest| commit(parse_named(rest)))).parse(rest)?;
    Ok((rest, OperatorKind::TopHitters(TopHitters { count, of, by })))
}

/// `top-nested …, top-nested …`
pub(super) fn parse_top_nested(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (mut rest, first) = parse_top_nested_level(input)?;
    let mut levels = vec![first];
    while rest.kind() == TokenKind::Comma {
        let (next, level) = preceded(word("top-nested"), parse_top_nested_level).parse(rest.skip(1))?;
        levels.push(level);
        rest = next;
    }
    Ok((rest, OperatorKind::TopNested(TopNested { levels })))
}

/// `[n] of expr [with others = value] by aggregate [asc|desc]`
fn parse_top_nested_level(input: Tokens<'_>) -> Out<'_, TopNestedLevel> {
    let (rest, count) = if input.is_word("of") {
        (input, None)
    } else {
        parse_unnameable(input).map(|(rest, count)| (rest, Some(count)))?
    };
    let (rest, _) = word("of")(rest)?;
    let (rest, of) = parse_named(rest)?;
    let (rest, others) = opt(preceded(word("with"), |rest| commit(parse_others(rest)))).parse(rest)?;
    let (rest, _) = word("by")(rest)?;
    let (rest, key) = parse_sort_key(rest)?;
    if let Some(nulls) = &key.nulls {
        let message = "`nulls` means nothing in `top-nested`";
        rest.report(Diagnostic::error(Code::UnsupportedFeature, nulls.span, message));
    }
    Ok((rest, TopNestedLevel { count, of, others, by: key.expr, direction: key.direction }))
}

/// `others = value`
fn parse_others(input: Tokens<'_>) -> Out<'_, Expr> {
    let (rest, _) = word("others")(input)?;
    let (rest, _) = sign(TokenKind::Assign)(rest)?;
    parse_unnamed(rest)
}
