//! Grammar of `where`, `search` and `find`.

use nom::Parser;
use nom::branch::alt;
use nom::combinator::opt;
use nom::sequence::preceded;

use crate::syntax::ast::{
    Expr, ExprKind, Find, FindColumn, FindProject, OperatorKind, Pipeline, Search, TableSource, Where,
};
use crate::syntax::expression::{parse_unnameable, parse_unnamed};
use crate::syntax::input::{Expected, Out, Tokens, commit, fail, sign, word};
use crate::syntax::name::{comma_list, parse_any_type, parse_name_expr};
use crate::syntax::option::parse_options;
use crate::syntax::primary::opt_data_scope;
use crate::syntax::token::TokenKind;

use super::other::parse_as_operator;
use super::union::parse_wildcard_entity;

/// `where predicate`
pub(super) fn parse_where(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, options) = parse_options(input, &[])?;
    let (rest, predicate) = parse_unnameable(rest)?;
    Ok((rest, OperatorKind::Where(Where { options, predicate })))
}

/// `search [kind=…] [in (tables)] predicate`
pub(super) fn parse_search(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, options) = parse_options(input, &[])?;
    let (rest, ()) = opt_data_scope(rest)?;
    let (rest, tables) = opt_tables(rest)?;
    let (rest, predicate) = alt((parse_unnamed, parse_search_all)).parse(rest)?;
    Ok((rest, OperatorKind::Search(Search { options, tables, predicate })))
}

/// `*`, or `* and predicate`
fn parse_search_all(input: Tokens<'_>) -> Out<'_, Expr> {
    use crate::span::Spanned;
    use crate::syntax::ast::BinaryOp;

    let (rest, span) = sign(TokenKind::Star)(input)?;
    let star = Expr { kind: ExprKind::Star, span };
    let Ok((rest, and)) = word("and")(rest) else { return Ok((rest, star)) };
    let (rest, right) = commit(parse_unnamed(rest))?;
    let kind = ExprKind::Binary(Spanned::new(BinaryOp::And, and), Box::new(star), Box::new(right));
    Ok((rest, Expr { kind, span: rest.span_since(input) }))
}

/// `find [withsource=…] [in (tables)] where predicate [project …]`
pub(super) fn parse_find(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, ()) = opt_data_scope(input)?;
    let (rest, options) = parse_options(rest, &[])?;
    let (rest, tables) = opt_tables(rest)?;
    let rest = match options.is_empty() && tables.is_empty() {
        true => opt(word("where")).parse(rest)?.0,
        false => word("where")(rest)?.0,
    };
    let (rest, predicate) = parse_unnamed(rest)?;
    let (rest, project) = parse_find_project(rest)?;
    Ok((rest, OperatorKind::Find(Find { options, tables, predicate, project })))
}

/// `in (T, ACS*, database("x").T)`
fn opt_tables(input: Tokens<'_>) -> Out<'_, Vec<Expr>> {
    if !input.is_word("in") {
        return Ok((input, Vec::new()));
    }
    let (rest, _) = commit(sign(TokenKind::OpenParen)(input.skip(1)))?;
    let (rest, tables) = commit(comma_list(rest, parse_find_operand))?;
    let (rest, _) = commit(sign(TokenKind::CloseParen)(rest))?;
    Ok((rest, tables))
}

/// A table, which `| as name` may rename.
fn parse_find_operand(input: Tokens<'_>) -> Out<'_, Expr> {
    let (rest, table) = parse_wildcard_entity(input)?;
    if rest.kind() != TokenKind::Bar {
        return Ok((rest, table));
    }
    let (rest, operator) = commit(parse_as_operator(rest.skip(1)))?;
    let pipeline = Pipeline { source: TableSource::Expr(table), operators: vec![operator] };
    Ok((rest, Expr { kind: ExprKind::Pipeline(Box::new(pipeline)), span: rest.span_since(input) }))
}

fn parse_find_project(input: Tokens<'_>) -> Out<'_, FindProject> {
    let (rest, project) = match input.peek().text {
        "project" => {
            comma_list(input.skip(1), parse_find_column).map(|(rest, list)| (rest, FindProject::Columns(list)))?
        }
        "project-smart" => (input.skip(1), FindProject::Smart),
        _ => (input, FindProject::Smart),
    };
    if !rest.is_word("__projectAway") {
        return Ok((rest, project));
    }
    let (rest, columns) = comma_list(rest.skip(1), parse_find_column)?;
    Ok((rest, FindProject::Away(columns.into_iter().map(|column| column.column).collect())))
}

/// `pack(*)`, `*`, `name`, `name: type`
fn parse_find_column(input: Tokens<'_>) -> Out<'_, FindColumn> {
    if input.is_word("pack") && input.kind_at(1) == TokenKind::OpenParen {
        let (rest, column) = crate::syntax::primary::parse_call_expr(input)?;
        let star = input.kind_at(2) == TokenKind::Star && input.kind_at(3) == TokenKind::CloseParen;
        return if star {
            Ok((rest, FindColumn { column, ty: None }))
        } else {
            fail(input.skip(2), Expected::Text("*"))
        };
    }
    if input.kind() == TokenKind::Star {
        let column = Expr { kind: ExprKind::Star, span: input.peek().span };
        return Ok((input.skip(1), FindColumn { column, ty: None }));
    }
    let (rest, column) = parse_name_expr(input)?;
    let (rest, ty) = opt(preceded(sign(TokenKind::Colon), |rest| commit(parse_any_type(rest)))).parse(rest)?;
    Ok((rest, FindColumn { column, ty }))
}
