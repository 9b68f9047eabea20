//! Grammar of the operators without a family: `as`, `assert-schema`, `consume`, `evaluate`, `getschema`, `invoke`.

use nom::Parser;
use nom::combinator::opt;

use crate::diagnostic::{Code, Diagnostic};
use crate::syntax::ast::{
    As, AssertSchema, Consume, Evaluate, ExprKind, GetSchema, Invoke, NameAndType, Operator, OperatorKind,
};
use crate::syntax::input::{Expected, Out, Tokens, commit, fail, sign, word};
use crate::syntax::name::{loose_comma_list, parse_name, parse_name_and_type, parse_row_schema};
use crate::syntax::option::{parse_kind_option, parse_options};
use crate::syntax::primary::{parse_call, parse_call_expr};
use crate::syntax::token::TokenKind;

/// `as [hints] name`
pub(super) fn parse_as(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, options) = parse_options(input, &[])?;
    let (rest, name) = parse_name(rest)?;
    Ok((rest, OperatorKind::As(As { options, name })))
}

/// `as name` with its keyword, where nothing else may come.
pub(super) fn parse_as_operator(input: Tokens<'_>) -> Out<'_, Operator> {
    let (rest, keyword) = word("as")(input)?;
    let (rest, kind) = parse_as(rest)?;
    Ok((rest, Operator { kind, span: rest.span_since(input), keyword }))
}

/// `assert-schema (name: type, …)`
pub(super) fn parse_assert_schema(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, columns) = parse_row_schema(input)?;
    Ok((rest, OperatorKind::AssertSchema(AssertSchema { columns })))
}

/// `consume [options]`
pub(super) fn parse_consume(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, options) = parse_options(input, &[])?;
    Ok((rest, OperatorKind::Consume(Consume { options })))
}

/// `__executeAndCache`
pub(super) fn parse_execute_and_cache(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    Ok((input, OperatorKind::ExecuteAndCache))
}

/// `evaluate [hints] plugin(arguments) [: (name: type, …)]`
pub(super) fn parse_evaluate(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, options) = parse_options(input, &[])?;
    let (rest, call) = parse_call(rest)?;
    let (rest, schema) = match rest.kind() {
        TokenKind::Colon => parse_evaluate_schema(rest.skip(1)).map(|(rest, schema)| (rest, Some(schema)))?,
        _ => (rest, None),
    };
    Ok((rest, OperatorKind::Evaluate(Evaluate { options, call, schema })))
}

/// `(*, name: type, …)`
fn parse_evaluate_schema(input: Tokens<'_>) -> Out<'_, (bool, Vec<NameAndType>)> {
    let (rest, _) = sign(TokenKind::OpenParen)(input)?;
    let (rest, _) = opt(sign(TokenKind::Comma)).parse(rest)?;
    let (rest, star) = opt(sign(TokenKind::Star)).parse(rest)?;
    let (rest, _) = opt(sign(TokenKind::Comma)).parse(rest)?;
    let (rest, columns) = loose_comma_list(rest, parse_name_and_type)?;
    let (rest, _) = sign(TokenKind::CloseParen)(rest)?;
    Ok((rest, (star.is_some(), columns)))
}

/// `getschema [kind=csl]`
pub(super) fn parse_getschema(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, kind) = opt(parse_kind_option).parse(input)?;
    Ok((rest, OperatorKind::GetSchema(GetSchema { kind })))
}

/// `invoke function(arguments)`
pub(super) fn parse_invoke(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (mut rest, mut call) = parse_call(input)?;
    while rest.kind() == TokenKind::Dot {
        let (next, expr) = commit(parse_call_expr(rest.skip(1)))?;
        let ExprKind::Call(inner) = expr.kind else { return fail(rest, Expected::Class("a function call")) };
        let message = "functions of other databases are not supported";
        rest.report(Diagnostic::error(Code::UnsupportedFeature, call.name.span, message));
        (rest, call) = (next, inner);
    }
    Ok((rest, OperatorKind::Invoke(Invoke { call })))
}
