//! Grammar of the graph operators. It is checked, but their words are kept as text: nothing here runs them.

use nom::Parser;
use nom::branch::alt;
use nom::combinator::opt;

use crate::span::Spanned;
use crate::syntax::ast::{Graph, OperatorKind};
use crate::syntax::expression::{parse_named, parse_unnamed};
use crate::syntax::input::{Expected, Out, Tokens, commit, fail, sign, word};
use crate::syntax::name::{comma_list, parse_name};
use crate::syntax::option::parse_options;
use crate::syntax::pipeline::{parse_expression, parse_operator_group};
use crate::syntax::primary::parse_path;
use crate::syntax::token::TokenKind;

use super::union::parse_simple_path;

fn keep<'t>(
    input: Tokens<'t>,
    name: &'static str,
    parser: impl Fn(Tokens<'t>) -> Out<'t, ()>,
) -> Out<'t, OperatorKind> {
    let (rest, ()) = parser(input)?;
    let span = rest.span_since(input);
    Ok((rest, OperatorKind::Graph(Graph { name, text: Spanned::new(input.text(span).to_owned(), span) })))
}

/// `make-graph a --> b with T on k`
pub(super) fn parse_make_graph(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    keep(input, "make-graph", |input| {
        let (rest, _) = parse_options(input, &[])?;
        let (rest, _) = parse_name(rest)?;
        let (rest, ()) = alt((arrow("-->"), arrow("--"))).parse(rest)?;
        let (rest, _) = parse_name(rest)?;
        let rest = opt_nodes(rest)?.0;
        opt_partitioned_by(rest)
    })
}

/// Signs side by side that read as one, such as `-->`.
fn arrow<'t>(text: &'static str) -> impl Fn(Tokens<'t>) -> Out<'t, ()> {
    move |input| {
        let mut left = text;
        let mut rest = input;
        while !left.is_empty() {
            let token = rest.peek();
            let joined = rest.position() == input.position() || !token.spaced;
            match left.strip_prefix(token.text).filter(|_| joined && !token.text.is_empty()) {
                Some(after) => left = after,
                None => return fail(input, Expected::Text(text)),
            }
            rest = rest.skip(1);
        }
        Ok((rest, ()))
    }
}

/// `with T on k, …` or `with_node_id=name`
fn opt_nodes(input: Tokens<'_>) -> Out<'_, ()> {
    if input.is_word("with_node_id") {
        let (rest, _) = commit(sign(TokenKind::Assign)(input.skip(1)))?;
        return commit(parse_name(rest)).map(|(rest, _)| (rest, ()));
    }
    if !input.is_word("with") {
        return Ok((input, ()));
    }
    let table = |input| {
        let (rest, _) = parse_path(input)?;
        let (rest, _) = word("on")(rest)?;
        parse_name(rest)
    };
    commit(comma_list(input.skip(1), table)).map(|(rest, _)| (rest, ()))
}

fn opt_partitioned_by(input: Tokens<'_>) -> Out<'_, ()> {
    if !input.is_word("partitioned-by") {
        return Ok((input, ()));
    }
    let (rest, _) = commit(parse_simple_path(input.skip(1)))?;
    commit(parse_operator_group(rest)).map(|(rest, _)| (rest, ()))
}

/// `graph-match pattern, … [where …] [project …]`
pub(super) fn parse_graph_match(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    keep(input, "graph-match", |input| parse_graph_query(input, &[]))
}

/// `graph-shortest-paths pattern, … [where …] [project …]`
pub(super) fn parse_graph_shortest_paths(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    keep(input, "graph-shortest-paths", |input| parse_graph_query(input, &["output"]))
}

fn parse_graph_query<'t>(input: Tokens<'t>, extra: &'static [&'static str]) -> Out<'t, ()> {
    let (rest, _) = parse_options(input, extra)?;
    let (mut rest, _) = comma_list(rest, parse_graph_pattern)?;
    if rest.is_word("where") {
        rest = commit(parse_expression(rest.skip(1)))?.0;
    }
    if rest.is_word("project") {
        rest = commit(comma_list(rest.skip(1), parse_named))?.0;
    }
    Ok((rest, ()))
}

/// `(a)-[b]->(c)`
fn parse_graph_pattern(input: Tokens<'_>) -> Out<'_, ()> {
    let (mut rest, ()) = alt((parse_graph_node, parse_graph_edge)).parse(input)?;
    while let Ok((next, ())) = alt((parse_graph_node, parse_graph_edge)).parse(rest) {
        rest = next;
    }
    Ok((rest, ()))
}

fn parse_graph_node(input: Tokens<'_>) -> Out<'_, ()> {
    let (rest, _) = sign(TokenKind::OpenParen)(input)?;
    let (rest, _) = opt(parse_name).parse(rest)?;
    sign(TokenKind::CloseParen)(rest).map(|(rest, _)| (rest, ()))
}

/// `-->`, `<--`, `--`, `-[name*1..5]->`
fn parse_graph_edge(input: Tokens<'_>) -> Out<'_, ()> {
    if let Ok(plain) = alt((arrow("-->"), arrow("<--"), arrow("--"))).parse(input) {
        return Ok(plain);
    }
    let (rest, ()) = alt((arrow("-["), arrow("<-["))).parse(input)?;
    let (mut rest, _) = opt(parse_name).parse(rest)?;
    if rest.kind() == TokenKind::Star {
        rest = parse_path(rest.skip(1))?.0;
        rest = sign(TokenKind::DotDot)(rest)?.0;
        rest = parse_path(rest)?.0;
    }
    alt((arrow("]->"), arrow("]-"))).parse(rest)
}

/// `graph-to-table nodes as n, edges as e`
pub(super) fn parse_graph_to_table(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    keep(input, "graph-to-table", |input| comma_list(input, parse_graph_output).map(|(rest, _)| (rest, ())))
}

fn parse_graph_output(input: Tokens<'_>) -> Out<'_, ()> {
    let (mut rest, _) = alt((word("nodes"), word("edges"))).parse(input)?;
    if rest.is_word("as") {
        rest = commit(parse_name(rest.skip(1)))?.0;
    }
    parse_options(rest, &["with_node_id", "with_source_id", "with_target_id"]).map(|(rest, _)| (rest, ()))
}

/// `graph-mark-components [kind=…] [with_component_id=…]`
pub(super) fn parse_graph_mark_components(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    keep(input, "graph-mark-components", |input| {
        parse_options(input, &["with_component_id"]).map(|(rest, _)| (rest, ()))
    })
}

/// `graph-where-nodes predicate`
pub(super) fn parse_graph_where_nodes(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    keep(input, "graph-where-nodes", |input| parse_unnamed(input).map(|(rest, _)| (rest, ())))
}

/// `graph-where-edges predicate`
pub(super) fn parse_graph_where_edges(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    keep(input, "graph-where-edges", |input| parse_unnamed(input).map(|(rest, _)| (rest, ())))
}
