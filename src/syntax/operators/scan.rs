//! Grammar of `scan`.

use nom::Parser;
use nom::combinator::opt;
use nom::sequence::preceded;

use crate::syntax::ast::{Ident, NamedExpr, OperatorKind, Scan, ScanStep};
use crate::syntax::expression::parse_unnamed;
use crate::syntax::input::{Expected, Out, Tokens, commit, fail, sign, word};
use crate::syntax::name::{comma_list, parse_given_name};
use crate::syntax::option::parse_options;
use crate::syntax::statement::parse_parameters;
use crate::syntax::token::TokenKind;

use super::sort::parse_sort_key;

/// `scan [options] [order by …] [partition by …] [declare (…)] with ( steps )`
pub(super) fn parse_scan(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, options) = parse_options(input, &[])?;
    let order = preceded(word("order"), preceded(word("by"), |rest| comma_list(rest, parse_sort_key)));
    let (rest, order_by) = opt(order).parse(rest)?;
    let partition = preceded(word("partition"), preceded(word("by"), |rest| comma_list(rest, parse_unnamed)));
    let (rest, partition_by) = opt(partition).parse(rest)?;
    let (rest, declare) = opt(preceded(word("declare"), |rest| commit(parse_parameters(rest)))).parse(rest)?;
    let (rest, _) = word("with")(rest)?;
    let (mut rest, _) = sign(TokenKind::OpenParen)(rest)?;
    let mut steps = Vec::new();
    while rest.is_word("step") {
        let (next, step) = commit(parse_scan_step(rest.skip(1)))?;
        steps.push(step);
        rest = next;
    }
    let (rest, _) = sign(TokenKind::CloseParen)(rest)?;
    let scan = Scan {
        options,
        partition_by: partition_by.unwrap_or_default(),
        order_by: order_by.unwrap_or_default(),
        declare: declare.unwrap_or_default(),
        steps,
    };
    Ok((rest, OperatorKind::Scan(scan)))
}

/// `name [optional] [output=all|last|none]: condition [=> a = x, …];`
fn parse_scan_step(input: Tokens<'_>) -> Out<'_, ScanStep> {
    let (rest, name) = parse_given_name(input)?;
    let (rest, optional) = opt(word("optional")).parse(rest)?;
    let (rest, output) = opt(preceded(word("output"), |rest| commit(parse_output(rest)))).parse(rest)?;
    let (rest, _) = sign(TokenKind::Colon)(rest)?;
    let (rest, condition) = parse_unnamed(rest)?;
    let assigned = preceded(sign(TokenKind::Arrow), |rest| commit(comma_list(rest, parse_assignment)));
    let (rest, assignments) = opt(assigned).parse(rest)?;
    let (rest, _) = sign(TokenKind::Semicolon)(rest)?;
    let assignments = assignments.unwrap_or_default();
    Ok((rest, ScanStep { name, optional: optional.is_some(), output, condition, assignments }))
}

fn parse_output(input: Tokens<'_>) -> Out<'_, Ident> {
    let (rest, _) = sign(TokenKind::Assign)(input)?;
    let token = rest.peek();
    match token.text {
        "all" | "last" | "none" => Ok((rest.skip(1), Ident { name: token.text.to_owned(), span: token.span })),
        _ => fail(rest, Expected::Class("`all`, `last` or `none`")),
    }
}

/// `name = value`
fn parse_assignment(input: Tokens<'_>) -> Out<'_, NamedExpr> {
    let (rest, name) = parse_given_name(input)?;
    let (rest, _) = sign(TokenKind::Assign)(rest)?;
    let (rest, value) = parse_unnamed(rest)?;
    Ok((rest, NamedExpr { names: vec![name], value, span: rest.span_since(input) }))
}
