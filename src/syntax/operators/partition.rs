//! Grammar of the operators that hold pipelines: `partition`, `fork`, `facet`.

use nom::Parser;
use nom::branch::alt;
use nom::combinator::opt;

use crate::diagnostic::{Code, Diagnostic};
use crate::syntax::ast::{
    Facet, Fork, Ident, Operator, OperatorKind, Partition, PartitionBody, PartitionBy, Query, Statement, StatementKind,
};
use crate::syntax::input::{Out, Tokens, commit, sign, word};
use crate::syntax::json::parse_dynamic;
use crate::syntax::name::{Use, comma_list, parse_name, scan_name};
use crate::syntax::option::parse_options;
use crate::syntax::pipeline::{parse_expression, parse_operator, parse_operator_group, starts_piped_operator};
use crate::syntax::primary::{parse_call_expr, parse_signed_literal};
use crate::syntax::token::TokenKind;

use super::union::parse_simple_path;

/// `partition [hints] by column ( operators )` or `{ query }`
pub(super) fn parse_partition(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, options) = parse_options(input, &[])?;
    let (rest, _) = word("by")(rest)?;
    let (rest, by) = parse_simple_path(rest)?;
    let rest = opt_scope(rest)?.0;
    let (rest, body) = alt((parse_partition_operators, parse_partition_query)).parse(rest)?;
    Ok((rest, OperatorKind::Partition(Partition { options, by, body })))
}

/// `in f(x)`, a scope of partitions.
fn opt_scope(input: Tokens<'_>) -> Out<'_, ()> {
    if !input.is_word("in") {
        return Ok((input, ()));
    }
    let (rest, scope) = commit(alt((parse_call_expr, parse_dynamic)).parse(input.skip(1)))?;
    rest.report(Diagnostic::error(Code::UnsupportedFeature, scope.span, "a scope of partitions is not supported"));
    Ok((rest, ()))
}

fn parse_partition_operators(input: Tokens<'_>) -> Out<'_, PartitionBody> {
    parse_operator_group(input).map(|(rest, operators)| (rest, PartitionBody::Operators(operators)))
}

fn parse_partition_query(input: Tokens<'_>) -> Out<'_, PartitionBody> {
    let (rest, _) = sign(TokenKind::OpenBrace)(input)?;
    let (rest, expr) = commit(parse_expression(rest))?;
    let (rest, _) = commit(sign(TokenKind::CloseBrace)(rest))?;
    let span = expr.span;
    let statements = vec![Statement { kind: StatementKind::Expression(expr), span }];
    Ok((rest, PartitionBody::Query(Box::new(Query { statements }))))
}

/// `__partitionby column [id value] ( operators )`
pub(super) fn parse_partition_by(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, options) = parse_options(input, &[])?;
    let (mut rest, by) = parse_simple_path(rest)?;
    if rest.is_word("id") {
        let (next, id) = parse_signed_literal(rest.skip(1))?;
        rest.report(Diagnostic::error(Code::UnsupportedFeature, id.span, "`id` is not supported in `__partitionby`"));
        rest = next;
    }
    let (rest, body) = parse_operator_group(rest)?;
    Ok((rest, OperatorKind::PartitionBy(PartitionBy { options, by, body })))
}

/// `fork name=(operators) (operators) …`
pub(super) fn parse_fork(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (mut rest, first) = parse_branch(input)?;
    let mut branches = vec![first];
    while rest.kind() == TokenKind::OpenParen || starts_named_branch(rest) {
        let (next, branch) = parse_branch(rest)?;
        branches.push(branch);
        rest = next;
    }
    Ok((rest, OperatorKind::Fork(Fork { branches })))
}

fn starts_named_branch(input: Tokens<'_>) -> bool {
    scan_name(input, 0, Use::Reference).is_some_and(|length| input.kind_at(length) == TokenKind::Assign)
}

/// `[name =] (operators)`
fn parse_branch(input: Tokens<'_>) -> Out<'_, (Option<Ident>, Vec<Operator>)> {
    let (rest, name) = if starts_named_branch(input) {
        let (rest, name) = parse_name(input)?;
        (rest.skip(1), Some(name))
    } else {
        (input, None)
    };
    if rest.kind() == TokenKind::OpenParen && !starts_piped_operator(rest.skip(1)) {
        let (inner, expr) = parse_expression(rest.skip(1))?;
        let (after, _) = sign(TokenKind::CloseParen)(inner)?;
        let message = "a branch of `fork` starts with an operator";
        rest.report(Diagnostic::error(Code::UnsupportedFeature, expr.span, message));
        return Ok((after, (name, Vec::new())));
    }
    let (rest, operators) = parse_operator_group(rest)?;
    Ok((rest, (name, operators)))
}

/// `facet by a, b [with operator]` or `with (operators)`
pub(super) fn parse_facet(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, _) = word("by")(input)?;
    let (rest, columns) = comma_list(rest, parse_simple_path)?;
    let (rest, with) = opt(word("with")).parse(rest)?;
    let (rest, with): (_, Vec<Operator>) = match (with, rest.kind()) {
        (None, _) => (rest, Vec::new()),
        (Some(_), TokenKind::OpenParen) => commit(parse_operator_group(rest))?,
        (Some(_), _) => commit(parse_operator(rest)).map(|(rest, operator)| (rest, vec![operator]))?,
    };
    Ok((rest, OperatorKind::Facet(Facet { columns, with })))
}
