//! Grammar of `render`.

use nom::Parser;
use nom::combinator::opt;
use nom::sequence::preceded;

use crate::syntax::ast::{Ident, OperatorKind, Option_, Render};
use crate::syntax::input::{Expected, Out, Tokens, commit, fail, word};
use crate::syntax::name::parse_name_expr;
use crate::syntax::option::{OptionValue, parse_option, parse_plain, parse_properties};
use crate::syntax::token::{Keyword, TokenKind};

/// The kinds of chart that are keywords; any other name is left to the binder.
const CHARTS: &[&str] = &[
    "table",
    "list",
    "barchart",
    "piechart",
    "ladderchart",
    "timechart",
    "linechart",
    "anomalychart",
    "pivotchart",
    "areachart",
    "stackedareachart",
    "scatterchart",
    "timepivot",
    "columnchart",
    "timeline",
    "3Dchart",
    "card",
    "treemap",
    "plotly",
    "graph",
    "sankey",
];

const PROPERTIES: &[(&str, OptionValue)] = &[
    ("kind", OptionValue::Plain),
    ("title", OptionValue::Path),
    ("accumulate", OptionValue::Plain),
    ("xcolumn", OptionValue::Plain),
    ("ycolumns", OptionValue::Names),
    ("anomalycolumns", OptionValue::Names),
    ("series", OptionValue::Names),
    ("xtitle", OptionValue::Path),
    ("ytitle", OptionValue::Path),
    ("xaxis", OptionValue::Plain),
    ("yaxis", OptionValue::Plain),
    ("legend", OptionValue::Plain),
    ("ysplit", OptionValue::Plain),
    ("ymin", OptionValue::Plain),
    ("ymax", OptionValue::Plain),
    ("xmin", OptionValue::Plain),
    ("xmax", OptionValue::Plain),
];

/// The kinds of chart that are keywords, for completion.
pub fn chart_kinds() -> &'static [&'static str] {
    CHARTS
}

/// The names of the properties of charts, for completion.
pub fn chart_properties() -> impl Iterator<Item = &'static str> {
    PROPERTIES.iter().map(|(name, _)| *name)
}

/// `render chart [with (properties)]`
pub(super) fn parse_render(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let token = input.peek();
    let known =
        matches!(token.kind, TokenKind::Keyword(Keyword::Name | Keyword::Reserved)) && CHARTS.contains(&token.text);
    if !known && token.kind != TokenKind::Ident {
        return fail(input, Expected::Class("a kind of chart, such as `timechart`"));
    }
    let chart = Ident { name: token.text.to_owned(), span: token.span };
    let (rest, mut properties) = parse_old_properties(input.skip(1))?;
    let (rest, with) = opt(preceded(word("with"), |rest| commit(parse_properties(rest, PROPERTIES)))).parse(rest)?;
    properties.extend(with.unwrap_or_default());
    Ok((rest, OperatorKind::Render(Render { chart, properties })))
}

/// `kind=stacked title="…" by a, b`, without `with`.
fn parse_old_properties(input: Tokens<'_>) -> Out<'_, Vec<Option_>> {
    let mut properties = Vec::new();
    let mut rest = input;
    loop {
        let token = rest.peek();
        let name = || Ident { name: token.text.to_owned(), span: token.span };
        match (token.text, rest.kind_at(1)) {
            ("kind" | "accumulate", TokenKind::Assign) => {
                let (next, option) = parse_option(rest, OptionValue::Plain)?;
                properties.push(option);
                rest = next;
            }
            ("title", TokenKind::Assign) => {
                let (next, option) = parse_option(rest, OptionValue::Path)?;
                properties.push(option);
                rest = next;
            }
            ("with", next) if next != TokenKind::OpenParen => {
                let (next, value) = commit(parse_plain(rest.skip(1)))?;
                properties.push(Option_ { name: name(), value });
                rest = next;
            }
            ("by", _) => {
                let (mut next, value) = commit(parse_name_expr(rest.skip(1)))?;
                properties.push(Option_ { name: name(), value });
                while next.kind() == TokenKind::Comma {
                    let (after, value) = commit(parse_name_expr(next.skip(1)))?;
                    properties.push(Option_ { name: name(), value });
                    next = after;
                }
                rest = next;
            }
            _ => return Ok((rest, properties)),
        }
    }
}
