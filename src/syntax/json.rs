//! `dynamic(…)`: JSON whose scalars may also be KQL literals.

use nom::Parser;
use nom::sequence::preceded;
use serde_json::{Map, Number, Value as Json};

use crate::types::Type;
use crate::value::{Value, format_datetime_iso, format_decimal, format_timespan};

use super::ast::{Expr, ExprKind};
use super::input::{Expected, Out, Tokens, commit, fail, nested, sign, word};
use super::literal::string_value;
use super::name::maybe_comma_list;
use super::primary::{parse_string, signed_value, value_at};
use super::token::TokenKind;

/// `dynamic(json)`
pub(super) fn parse_dynamic(input: Tokens<'_>) -> Out<'_, Expr> {
    let (rest, _) = word("dynamic")(input)?;
    let (rest, _) = commit(sign(TokenKind::OpenParen)(rest))?;
    let (rest, json) = commit(parse_json(rest))?;
    let (rest, _) = commit(sign(TokenKind::CloseParen)(rest))?;
    let value = if json.is_null() { Value::Null(Type::Dynamic) } else { Value::Dynamic(json) };
    Ok((rest, Expr { kind: ExprKind::Literal(value), span: rest.span_since(input) }))
}

fn parse_json(input: Tokens<'_>) -> Out<'_, Json> {
    nested(input, |input| match input.kind() {
        TokenKind::OpenBracket => parse_json_array(input),
        TokenKind::OpenBrace => parse_json_object(input),
        TokenKind::Minus if matches!(input.kind_at(1), TokenKind::Long | TokenKind::Real) => {
            Ok((input.skip(2), json_value(signed_value(input))))
        }
        TokenKind::String => parse_string(input).map(|(rest, text)| (rest, Json::String(text))),
        TokenKind::Keyword(_) if input.is_word("null") => Ok((input.skip(1), Json::Null)),
        TokenKind::Keyword(_) if input.is_word("dynamic") => {
            let (rest, expr) = parse_dynamic(input)?;
            let ExprKind::Literal(value) = expr.kind else { return fail(input, Expected::Class("a JSON value")) };
            Ok((rest, json_value(value)))
        }
        kind if kind.is_literal() && kind != TokenKind::Int => Ok((input.skip(1), json_value(value_at(input)))),
        _ => fail(input, Expected::Class("a JSON value")),
    })
}

fn parse_json_array(input: Tokens<'_>) -> Out<'_, Json> {
    let (rest, items) = maybe_comma_list(input.skip(1), parse_json)?;
    let (rest, _) = commit(sign(TokenKind::CloseBracket)(rest))?;
    Ok((rest, Json::Array(items)))
}

fn parse_json_object(input: Tokens<'_>) -> Out<'_, Json> {
    let (rest, pairs) = maybe_comma_list(input.skip(1), parse_json_pair)?;
    let (rest, _) = commit(sign(TokenKind::CloseBrace)(rest))?;
    Ok((rest, Json::Object(pairs.into_iter().collect::<Map<String, Json>>())))
}

fn parse_json_pair(input: Tokens<'_>) -> Out<'_, (String, Json)> {
    let token = input.peek();
    if token.kind != TokenKind::String {
        return fail(input, Expected::Class("a quoted key"));
    }
    let (rest, value) = preceded(sign(TokenKind::Colon), parse_json).parse(input.skip(1))?;
    Ok((rest, (string_value(token.text), value)))
}

/// A constant as JSON: what JSON has no type for becomes text.
fn json_value(value: Value) -> Json {
    match value {
        Value::Null(_) => Json::Null,
        Value::Bool(b) => Json::Bool(b),
        Value::Int(n) => Json::from(n),
        Value::Long(n) => Json::from(n),
        Value::Real(n) => Number::from_f64(n).map_or(Json::Null, Json::Number),
        Value::Decimal(n) => Json::String(format_decimal(n)),
        Value::String(text) | Value::Guid(text) => Json::String(text),
        Value::DateTime(n) => Json::String(format_datetime_iso(n)),
        Value::TimeSpan(n) => Json::String(format_timespan(n)),
        Value::Dynamic(json) => json,
    }
}
