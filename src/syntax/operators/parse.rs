//! Grammar of `parse`, `parse-where` and `parse-kv`.

use nom::Parser;
use nom::combinator::opt;
use nom::sequence::preceded;

use crate::span::Spanned;
use crate::syntax::ast::{OperatorKind, Parse, ParseItem, ParseKv};
use crate::syntax::expression::parse_unnamed;
use crate::syntax::input::{Expected, Out, Tokens, commit, fail, sign, word};
use crate::syntax::name::{Use, parse_given_name, parse_row_schema, parse_type, scan_name};
use crate::syntax::option::{OptionValue, parse_options, parse_properties};
use crate::syntax::primary::parse_string;
use crate::syntax::token::TokenKind;

/// `parse [kind=…] text with pattern`
pub(super) fn parse_parse(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    parse_parse_pattern(input).map(|(rest, parse)| (rest, OperatorKind::Parse(parse)))
}

/// `parse-where [kind=…] text with pattern`
pub(super) fn parse_parse_where(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    parse_parse_pattern(input).map(|(rest, parse)| (rest, OperatorKind::Parse(Parse { filter: true, ..parse })))
}

fn parse_parse_pattern(input: Tokens<'_>) -> Out<'_, Parse> {
    let (rest, options) = parse_options(input, &["flags"])?;
    let (rest, text) = parse_unnamed(rest)?;
    let (mut rest, _) = word("with")(rest)?;
    let mut pattern = Vec::new();
    while let (next, Some(item)) = opt_parse_item(rest)? {
        pattern.push(item);
        rest = next;
    }
    Ok((rest, Parse { filter: false, options, text, pattern }))
}

/// `*`, `"text"`, `name`, `name: type`
fn opt_parse_item(input: Tokens<'_>) -> Out<'_, Option<ParseItem>> {
    let span = input.peek().span;
    match input.kind() {
        TokenKind::Star => Ok((input.skip(1), Some(ParseItem::Star(span)))),
        TokenKind::String => {
            let (rest, text) = parse_string(input)?;
            let span = rest.span_since(input);
            Ok((rest, Some(ParseItem::Text(Spanned::new(text, span)))))
        }
        _ if scan_name(input, 0, Use::Given).is_some() => {
            let (rest, name) = parse_given_name(input)?;
            let (rest, ty) = opt(preceded(sign(TokenKind::Colon), |rest| commit(parse_type(rest)))).parse(rest)?;
            Ok((rest, Some(ParseItem::Column(name, ty))))
        }
        TokenKind::Colon => fail(input, Expected::Class("a name")),
        _ => Ok((input, None)),
    }
}

const PROPERTIES: &[(&str, OptionValue)] = &[
    ("pair_delimiter", OptionValue::Plain),
    ("kv_delimiter", OptionValue::Plain),
    ("regex", OptionValue::Plain),
    ("quote", OptionValue::Plain),
    ("escape", OptionValue::Plain),
    ("greedy", OptionValue::Plain),
];

/// `parse-kv text as (name: type, …) [with (options)]`
pub(super) fn parse_parse_kv(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, text) = parse_unnamed(input)?;
    let (rest, _) = word("as")(rest)?;
    let (rest, columns) = parse_row_schema(rest)?;
    let (rest, properties) =
        opt(preceded(word("with"), |rest| commit(parse_properties(rest, PROPERTIES)))).parse(rest)?;
    let properties = properties.unwrap_or_default();
    Ok((rest, OperatorKind::ParseKv(ParseKv { text, columns, properties })))
}
