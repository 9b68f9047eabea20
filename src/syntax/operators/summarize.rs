//! Grammar of `summarize`, `distinct`, `count` and `reduce`.

use nom::Parser;
use nom::combinator::opt;
use nom::sequence::preceded;

use crate::diagnostic::{Code, Diagnostic};
use crate::syntax::ast::{Count, Distinct, Expr, ExprKind, Ident, NamedExpr, OperatorKind, Reduce, Summarize};
use crate::syntax::expression::{parse_named, parse_unnamed};
use crate::syntax::input::{Expected, Out, Tokens, commit, fail, word};
use crate::syntax::name::{comma_list, ends_list, maybe_comma_list};
use crate::syntax::option::{OptionValue, parse_option, parse_options};
use crate::syntax::token::TokenKind;

/// `summarize [aggregates] [by groups]`
pub(super) fn parse_summarize(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, options) = parse_options(input, &[])?;
    let (rest, aggregates) = if rest.is_word("by") { (rest, Vec::new()) } else { maybe_comma_list(rest, parse_named)? };
    let (rest, groups) = opt(preceded(word("by"), |rest| commit(comma_list(rest, parse_named)))).parse(rest)?;
    let rest = parse_legacy_bin(rest)?.0;
    Ok((rest, OperatorKind::Summarize(Summarize { options, aggregates, groups: groups.unwrap_or_default() })))
}

/// `by t bin=1h`, of the oldest queries.
fn parse_legacy_bin(input: Tokens<'_>) -> Out<'_, ()> {
    if !input.is_word("bin") || input.kind_at(1) != TokenKind::Assign {
        return Ok((input, ()));
    }
    let (rest, _) = commit(parse_unnamed(input.skip(2)))?;
    let span = rest.span_since(input);
    let diagnostic = Diagnostic::error(Code::UnsupportedFeature, span, "the old form `bin=` is not supported");
    rest.report(diagnostic.help("write `by bin(column, size)`"));
    Ok((rest, ()))
}

/// `distinct *`, `distinct a, b`
pub(super) fn parse_distinct(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, options) = parse_options(input, &[])?;
    let (rest, columns) = comma_list(rest, parse_distinct_column)?;
    Ok((rest, OperatorKind::Distinct(Distinct { options, columns })))
}

fn parse_distinct_column(input: Tokens<'_>) -> Out<'_, NamedExpr> {
    let alone = input.kind_at(1) == TokenKind::Comma || ends_list(input.skip(1));
    if input.kind() != TokenKind::Star || !alone {
        return parse_named(input);
    }
    let span = input.peek().span;
    let value = Expr { kind: ExprKind::Star, span };
    Ok((input.skip(1), NamedExpr { names: Vec::new(), value, span }))
}

/// `count [as name]`
pub(super) fn parse_count(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, name) = opt(preceded(word("as"), |rest| commit(parse_plain_name(rest)))).parse(input)?;
    Ok((rest, OperatorKind::Count(Count { name })))
}

/// A name that is no keyword and has no brackets.
fn parse_plain_name(input: Tokens<'_>) -> Out<'_, Ident> {
    let token = input.peek();
    match token.kind {
        TokenKind::Ident => Ok((input.skip(1), Ident { name: token.text.to_owned(), span: token.span })),
        _ => fail(input, Expected::Class("a name")),
    }
}

/// `reduce by expr [with threshold = 0.1, characters = "-"]`
pub(super) fn parse_reduce(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, options) = parse_options(input, &["threshold", "characters"])?;
    let (rest, _) = word("by")(rest)?;
    let (rest, by) = parse_named(rest)?;
    let (rest, properties) =
        opt(preceded(word("with"), |rest| commit(comma_list(rest, parse_reduce_property)))).parse(rest)?;
    let properties = properties.unwrap_or_default();
    Ok((rest, OperatorKind::Reduce(Reduce { options, by, properties })))
}

fn parse_reduce_property(input: Tokens<'_>) -> Out<'_, crate::syntax::ast::Option_> {
    match input.peek().text {
        "threshold" | "characters" => parse_option(input, OptionValue::Plain),
        _ => fail(input, Expected::Class("`threshold` or `characters`")),
    }
}
