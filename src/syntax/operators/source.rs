//! Grammar of the operators that make rows of their own: `datatable`, `externaldata`, `range`.

use nom::Parser;
use nom::combinator::opt;
use nom::sequence::preceded;

use crate::syntax::ast::{Datatable, ExternalData, OperatorKind, Range};
use crate::syntax::expression::parse_unnamed;
use crate::syntax::input::{Out, Tokens, commit, sign, word};
use crate::syntax::name::{loose_comma_list, parse_name, parse_row_schema};
use crate::syntax::option::{parse_free_properties, parse_options};
use crate::syntax::primary::parse_signed_literal;
use crate::syntax::token::TokenKind;

/// `datatable (name: type, …) [cells]`
pub(in crate::syntax) fn parse_datatable(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, options) = parse_options(input, &[])?;
    let (rest, columns) = parse_row_schema(rest)?;
    let (rest, _) = sign(TokenKind::OpenBracket)(rest)?;
    let rest = if rest.kind() == TokenKind::Comma { rest.skip(1) } else { rest };
    let (rest, values) = loose_comma_list(rest, parse_signed_literal)?;
    let (rest, _) = sign(TokenKind::CloseBracket)(rest)?;
    Ok((rest, OperatorKind::Datatable(Datatable { options, columns, values })))
}

/// `externaldata (name: type, …) [uris] [with (properties)]`
pub(in crate::syntax) fn parse_externaldata(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, options) = parse_options(input, &[])?;
    super::refuse_options(rest, &options, "externaldata");
    let (rest, columns) = parse_row_schema(rest)?;
    let (rest, _) = sign(TokenKind::OpenBracket)(rest)?;
    let (rest, uris) = loose_comma_list(rest, parse_unnamed)?;
    let (rest, _) = sign(TokenKind::CloseBracket)(rest)?;
    let (rest, properties) = opt(preceded(word("with"), |rest| commit(parse_free_properties(rest)))).parse(rest)?;
    let properties = properties.unwrap_or_default();
    Ok((rest, OperatorKind::ExternalData(ExternalData { columns, uris, properties })))
}

/// `range name from a to b step c`
pub(super) fn parse_range(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, name) = parse_name(input)?;
    let (rest, from) = preceded(word("from"), parse_unnamed).parse(rest)?;
    let (rest, to) = preceded(word("to"), parse_unnamed).parse(rest)?;
    let (rest, step) = preceded(word("step"), parse_unnamed).parse(rest)?;
    Ok((rest, OperatorKind::Range(Range { name, from, to, step })))
}
