//! Grammar of `union` and `macro-expand`, and of the tables that patterns and paths stand for.

use nom::Parser;
use nom::combinator::opt;
use nom::sequence::preceded;

use crate::syntax::ast::{Expr, ExprKind, Ident, MacroExpand, OperatorKind, Union};
use crate::syntax::expression::parse_unnamed;
use crate::syntax::input::{Expected, Out, Tokens, commit, fail, sign, word};
use crate::syntax::name::{comma_list, parse_name, parse_name_expr, parse_wildcard, scan_wildcard};
use crate::syntax::option::parse_options;
use crate::syntax::primary::{parse_bare_selector, parse_call_expr, parse_parenthesized, starts_call};
use crate::syntax::statement::{parse_block, parse_entity_group};
use crate::syntax::token::TokenKind;

/// `union kind=… withsource=… T, ACS*, (T | …)`
pub(super) fn parse_union(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, options) = parse_options(input, &[])?;
    let (rest, tables) = comma_list(rest, parse_union_table)?;
    Ok((rest, OperatorKind::Union(Union { options, tables })))
}

fn parse_union_table(input: Tokens<'_>) -> Out<'_, Expr> {
    if input.kind() == TokenKind::OpenParen {
        return parse_parenthesized(input);
    }
    parse_wildcard_entity(input)
}

/// A table by name, wildcard, call or path: `T`, `ACS*`, `f(1)`, `database("x").T*`.
pub(in crate::syntax) fn parse_wildcard_entity(input: Tokens<'_>) -> Out<'_, Expr> {
    let (mut rest, mut expr) = parse_entity(input)?;
    loop {
        let kind = match (rest.kind(), expr.kind) {
            (_, kind @ ExprKind::Wildcard(_)) => return Ok((rest, Expr { kind, ..expr })),
            (TokenKind::Dot, kind) => {
                let (next, selector) = commit(parse_entity(rest.skip(1)))?;
                rest = next;
                let base = Box::new(Expr { kind, span: expr.span });
                match selector.kind {
                    ExprKind::Name(name) => ExprKind::Member(base, name),
                    _ => ExprKind::Path(base, Box::new(selector)),
                }
            }
            (TokenKind::OpenBracket, kind) => {
                let (next, index) = commit(parse_unnamed(rest.skip(1)))?;
                (rest, _) = commit(sign(TokenKind::CloseBracket)(next))?;
                ExprKind::Index(Box::new(Expr { kind, span: expr.span }), Box::new(index))
            }
            (_, kind) => return Ok((rest, Expr { kind, ..expr })),
        };
        let done = matches!(&kind, ExprKind::Path(_, selector) if matches!(selector.kind, ExprKind::Wildcard(_)));
        expr = Expr { kind, span: rest.span_since(input) };
        if done {
            return Ok((rest, expr));
        }
    }
}

fn parse_entity(input: Tokens<'_>) -> Out<'_, Expr> {
    if scan_wildcard(input, 0).is_some() {
        return parse_wildcard(input);
    }
    if starts_call(input) {
        return parse_call_expr(input);
    }
    if input.kind() == TokenKind::OpenBracket && scan_wildcard(input, 1).is_some() {
        return parse_wildcard(input);
    }
    match parse_bare_selector(input) {
        Err(nom::Err::Error(_)) => fail(input, Expected::Class("a table")),
        other => other,
    }
}

/// `macro-expand [options] group as name ( statements )`
pub(super) fn parse_macro_expand(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, options) = parse_options(input, &[])?;
    let (rest, group) = match rest.peek().text {
        "entity_group" => parse_entity_group(rest)?,
        "cluster" | "database" if rest.kind_at(1) == TokenKind::OpenParen => parse_wildcard_entity(rest)?,
        _ => parse_name_expr(rest)?,
    };
    let (rest, name) = opt(preceded(word("as"), |rest| commit(parse_name(rest)))).parse(rest)?;
    let name = name.unwrap_or_else(|| Ident { name: String::new(), span: group.span });
    let (rest, _) = sign(TokenKind::OpenParen)(rest)?;
    let (rest, body) = parse_block(rest)?;
    let (rest, _) = sign(TokenKind::CloseParen)(rest)?;
    Ok((rest, OperatorKind::MacroExpand(MacroExpand { options, group, name, body })))
}

/// `a`, `a.b`, `a['b']`: a path without calls.
pub(super) fn parse_simple_path(input: Tokens<'_>) -> Out<'_, Expr> {
    let (mut rest, mut expr) = parse_column_selector(input)?;
    loop {
        let kind = match rest.kind() {
            TokenKind::Dot => {
                let (next, selector) = commit(parse_column_selector(rest.skip(1)))?;
                rest = next;
                match selector.kind {
                    ExprKind::Name(name) => ExprKind::Member(Box::new(expr), name),
                    _ => ExprKind::Path(Box::new(expr), Box::new(selector)),
                }
            }
            TokenKind::OpenBracket => {
                let (next, index) = commit(parse_unnamed(rest.skip(1)))?;
                (rest, _) = commit(sign(TokenKind::CloseBracket)(next))?;
                ExprKind::Index(Box::new(expr), Box::new(index))
            }
            _ => return Ok((rest, expr)),
        };
        expr = Expr { kind, span: rest.span_since(input) };
    }
}

fn parse_column_selector(input: Tokens<'_>) -> Out<'_, Expr> {
    match parse_bare_selector(input) {
        Err(nom::Err::Error(_)) => fail(input, Expected::Class("a column")),
        other => other,
    }
}
