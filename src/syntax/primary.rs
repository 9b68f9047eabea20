//! Primary expressions: literals, names, calls, parentheses, and the paths that start with them.

use nom::branch::alt;
use nom::combinator::opt;
use nom::sequence::preceded;
use nom::{Err, Parser};

use crate::diagnostic::{Code, Diagnostic};
use crate::span::Spanned;
use crate::types::Type;
use crate::value::Value;

use super::ast::{Argument, Call, Expr, ExprKind, Ident, Operator, OperatorKind, Pipeline, TableSource};
use super::expression::{parse_named, parse_unnamed};
use super::input::{BRACKETS, Expected, Fault, Out, Tokens, commit, fail, measured, raise, sign, word};
use super::json::parse_dynamic;
use super::literal::{literal_value, string_value};
use super::name::{
    Use, comma_list, maybe_comma_list, parse_any_type, parse_given_name, parse_name, parse_name_expr, parse_row_schema,
    parse_wildcard, scan_name, scan_wildcard,
};
use super::operators::source::{parse_datatable, parse_externaldata};
use super::option::parse_kind_option;
use super::pipeline::{parse_expression, parse_operator_group};
use super::token::{Keyword, Token, TokenKind};

const EXPRESSION: Expected = Expected::Class("an expression");

/// A primary expression and the `.name`, `.call()` and `[index]` behind it.
pub(super) fn parse_path(input: Tokens<'_>) -> Out<'_, Expr> {
    let (mut rest, (mut expr, mut height)) = measured(input, 1, parse_primary)?;
    loop {
        let kind = match rest.kind() {
            TokenKind::Dot => {
                let (next, selector) = commit(parse_selector(rest.skip(1)))?;
                rest = next;
                match selector.kind {
                    ExprKind::Name(name) => ExprKind::Member(Box::new(expr), name),
                    ExprKind::Index(_, index) => ExprKind::Index(Box::new(expr), index),
                    _ => ExprKind::Path(Box::new(expr), Box::new(selector)),
                }
            }
            TokenKind::OpenBracket => {
                let (next, (index, inner)) = measured(rest.skip(1), 1, |input| commit(parse_unnamed(input)))?;
                (rest, _) = commit(sign(TokenKind::CloseBracket)(next))?;
                height = height.max(inner);
                ExprKind::Index(Box::new(expr), Box::new(index))
            }
            _ => return Ok((rest, expr)),
        };
        height += 1;
        raise(rest, height)?;
        expr = Expr { kind, span: rest.span_since(input) };
    }
}

/// What may stand behind a dot: a name, a call, `['a b']`, `[index]`.
fn parse_selector(input: Tokens<'_>) -> Out<'_, Expr> {
    if starts_call(input) {
        return parse_call_expr(input);
    }
    if input.kind() != TokenKind::OpenBracket || scan_name(input, 0, Use::Reference).is_some() {
        return parse_bare_selector(input);
    }
    if scan_wildcard(input, 1).is_some() {
        return parse_wildcard(input);
    }
    let (rest, index) = commit(parse_unnamed(input.skip(1)))?;
    let (rest, _) = commit(sign(TokenKind::CloseBracket)(rest))?;
    let base = Expr { kind: ExprKind::Star, span: rest.span_since(input) };
    let span = base.span;
    Ok((rest, Expr { kind: ExprKind::Index(Box::new(base), Box::new(index)), span }))
}

/// A name, one of the special keywords, or `@`.
pub(super) fn parse_bare_selector(input: Tokens<'_>) -> Out<'_, Expr> {
    let token = input.peek();
    let kind = match token.kind {
        TokenKind::At => ExprKind::Other("@".to_owned()),
        TokenKind::Keyword(Keyword::Special) => ExprKind::Name(Ident { name: token.text.to_owned(), span: token.span }),
        _ => return parse_name_expr(input),
    };
    Ok((input.skip(1), Expr { kind, span: token.span }))
}

fn parse_primary(input: Tokens<'_>) -> Out<'_, Expr> {
    let token = input.peek();
    match token.kind {
        kind if kind.is_literal() => parse_literal(input),
        TokenKind::OpenParen => parse_parenthesized(input),
        TokenKind::OpenBracket if scan_name(input, 0, Use::Reference).is_none() => parse_bracketed(input),
        TokenKind::Keyword(_) => match (token.text, input.kind_at(1)) {
            ("dynamic", TokenKind::OpenParen) => parse_dynamic(input),
            ("datatable", _) => table_alone(input, parse_datatable),
            ("externaldata" | "external_data", _) => table_alone(input, parse_externaldata),
            ("toscalar" | "totable", _) => parse_to_scalar(input),
            ("materialize", TokenKind::OpenParen) => parse_materialize(input),
            ("typeof", TokenKind::OpenParen) => parse_typeof(input),
            ("__contextual_datatable" | "materialized-view-combine", _) => parse_other(input),
            _ => parse_name_or_call(input),
        },
        _ => parse_name_or_call(input),
    }
}

fn parse_name_or_call(input: Tokens<'_>) -> Out<'_, Expr> {
    if starts_call(input) {
        return parse_call_expr(input);
    }
    match parse_bare_selector(input) {
        Ok((rest, expr)) => {
            let rest = opt_data_scope(rest)?.0;
            Ok((rest, expr))
        }
        Err(_) if matches!(input.kind(), TokenKind::Keyword(_)) => {
            Err(Err::Error(Fault::expected(input, EXPRESSION).help(BRACKETS)))
        }
        Err(_) => fail(input, EXPRESSION),
    }
}

/// `datascope = all`, as old portals write it; it has no meaning on local data and is refused.
pub(super) fn opt_data_scope(input: Tokens<'_>) -> Out<'_, ()> {
    if !input.is_word("datascope") {
        return Ok((input, ()));
    }
    let (rest, _) = commit(sign(TokenKind::Assign)(input.skip(1)))?;
    let (rest, _) = commit(alt((word("all"), word("hotcache"))).parse(rest))?;
    let message = "`datascope` is not supported";
    rest.report(Diagnostic::error(Code::UnsupportedFeature, rest.span_since(input), message));
    Ok((rest, ()))
}

/// `[pattern*]` and the bare `[expression]` that the grammar allows.
fn parse_bracketed(input: Tokens<'_>) -> Out<'_, Expr> {
    if scan_wildcard(input, 1).is_some() {
        return parse_wildcard(input);
    }
    let (rest, _) = commit(parse_unnamed(input.skip(1)))?;
    let (rest, _) = commit(sign(TokenKind::CloseBracket)(rest))?;
    Ok((rest, Expr { kind: ExprKind::Other("[".to_owned()), span: rest.span_since(input) }))
}

/// A literal other than `dynamic(…)`. Strings side by side are one string.
pub(super) fn parse_literal(input: Tokens<'_>) -> Out<'_, Expr> {
    let token = input.peek();
    if token.kind == TokenKind::String {
        let (rest, text) = parse_string(input)?;
        let kind = ExprKind::Literal(Value::String(text));
        return Ok((rest, Expr { kind, span: rest.span_since(input) }));
    }
    if !token.kind.is_literal() {
        return fail(input, Expected::Class("a literal"));
    }
    if token.kind == TokenKind::RawGuid {
        let fault = Fault::because(input, "a guid needs `guid(…)` around it");
        return Err(Err::Failure(fault));
    }
    Ok((input.skip(1), Expr { kind: ExprKind::Literal(value_at(input)), span: token.span }))
}

/// The value of the literal at the cursor; what cannot be read is reported and taken as null.
pub(super) fn value_at(input: Tokens<'_>) -> Value {
    value_of(input, input.peek())
}

fn value_of(input: Tokens<'_>, token: &Token<'_>) -> Value {
    literal_value(token).unwrap_or_else(|reason| {
        input.report(Diagnostic::error(Code::InvalidValue, token.span, reason));
        Value::Null(Type::Unknown)
    })
}

/// One or more string literals side by side.
pub(super) fn parse_string(input: Tokens<'_>) -> Out<'_, String> {
    let mut rest = input;
    let mut text = String::new();
    while rest.kind() == TokenKind::String {
        text.push_str(&string_value(rest.peek().text));
        rest = rest.skip(1);
    }
    if rest.position() == input.position() { fail(input, Expected::Class("a string")) } else { Ok((rest, text)) }
}

/// A literal with an optional sign, `dynamic(…)` or `typeof(…)`, as in the cells of `datatable`.
pub(super) fn parse_signed_literal(input: Tokens<'_>) -> Out<'_, Expr> {
    match input.kind() {
        TokenKind::Plus | TokenKind::Minus => {
            let number = input.peek_at(1);
            let bare = number.text.starts_with(|c: char| c.is_ascii_digit());
            if number.spaced || !bare || !number.kind.is_literal() {
                return fail(input, Expected::Class("a literal"));
            }
            let rest = input.skip(2);
            let kind = ExprKind::Literal(signed_value(input));
            Ok((rest, Expr { kind, span: rest.span_since(input) }))
        }
        TokenKind::Keyword(_) if input.is_word("dynamic") && input.kind_at(1) == TokenKind::OpenParen => {
            parse_dynamic(input)
        }
        TokenKind::Keyword(_) if input.is_word("typeof") && input.kind_at(1) == TokenKind::OpenParen => {
            parse_typeof(input)
        }
        TokenKind::OpenBrace => parse_name_expr(input),
        _ => parse_literal(input),
    }
}

/// A sign and a number. They are read as one, or the least `long` could not be written.
pub(super) fn signed_value(input: Tokens<'_>) -> Value {
    let number = input.peek_at(1);
    let span = input.skip(2).span_since(input);
    let text = input.text(span);
    match number.kind {
        TokenKind::Long if text.len() == number.text.len() + 1 => value_of(input, &Token { text, span, ..*number }),
        _ if input.kind() == TokenKind::Minus => negated(value_at(input.skip(1))),
        _ => value_at(input.skip(1)),
    }
}

fn negated(value: Value) -> Value {
    match value {
        Value::Long(n) => Value::Long(n.wrapping_neg()),
        Value::Real(n) => Value::Real(-n),
        Value::TimeSpan(n) => Value::TimeSpan(n.wrapping_neg()),
        other => other,
    }
}

/// `(expression)`
pub(super) fn parse_parenthesized(input: Tokens<'_>) -> Out<'_, Expr> {
    let (rest, _) = sign(TokenKind::OpenParen)(input)?;
    let (rest, (inner, _)) = measured(rest, 1, |input| commit(parse_expression(input)))?;
    let (rest, _) = commit(sign(TokenKind::CloseParen)(rest))?;
    Ok((rest, Expr { kind: ExprKind::Paren(Box::new(inner)), span: rest.span_since(input) }))
}

/// `datatable …` or `externaldata …`: a pipeline of that source alone.
fn table_alone<'t>(input: Tokens<'t>, parser: impl Fn(Tokens<'t>) -> Out<'t, OperatorKind>) -> Out<'t, Expr> {
    let (rest, kind) = commit(parser(input.skip(1)))?;
    let span = rest.span_since(input);
    let operator = Operator { kind, span, keyword: input.peek().span };
    let pipeline = Pipeline { source: TableSource::Operator(operator), operators: Vec::new() };
    Ok((rest, Expr { kind: ExprKind::Pipeline(Box::new(pipeline)), span }))
}

/// `toscalar(pipeline)` and `totable(pipeline)`, as calls.
fn parse_to_scalar(input: Tokens<'_>) -> Out<'_, Expr> {
    let rest = opt(parse_kind_option).parse(input.skip(1))?.0;
    pipeline_call(input, rest)
}

/// `materialize(pipeline)`, as a call.
fn parse_materialize(input: Tokens<'_>) -> Out<'_, Expr> {
    pipeline_call(input, input.skip(1))
}

fn pipeline_call<'t>(start: Tokens<'t>, input: Tokens<'t>) -> Out<'t, Expr> {
    let token = start.peek();
    let (rest, _) = commit(sign(TokenKind::OpenParen)(input))?;
    let (rest, value) = commit(parse_expression(rest))?;
    let (rest, _) = commit(sign(TokenKind::CloseParen)(rest))?;
    let name = Ident { name: token.text.to_owned(), span: token.span };
    let call = Call { name, args: vec![Argument { name: None, value }], args_span: rest.span_since(input) };
    Ok((rest, Expr { kind: ExprKind::Call(call), span: rest.span_since(start) }))
}

/// `typeof(long)`, `typeof(*, a: long)`
pub(super) fn parse_typeof(input: Tokens<'_>) -> Out<'_, Expr> {
    let (rest, _) = word("typeof")(input)?;
    let (rest, _) = commit(sign(TokenKind::OpenParen)(rest))?;
    let (rest, types) = commit(maybe_comma_list(rest, parse_typeof_element))?;
    let (rest, _) = commit(sign(TokenKind::CloseParen)(rest))?;
    Ok((rest, Expr { kind: ExprKind::TypeOf(types), span: rest.span_since(input) }))
}

type TypeOfElement = (Option<Ident>, Option<Spanned<Type>>);

fn parse_typeof_element(input: Tokens<'_>) -> Out<'_, TypeOfElement> {
    if input.kind() == TokenKind::Star {
        return Ok((input.skip(1), (None, None)));
    }
    let named = scan_name(input, 0, Use::Given).is_some_and(|length| input.kind_at(length) == TokenKind::Colon);
    if !named {
        return type_in_any_case(input).map(|(rest, ty)| (rest, (None, Some(ty))));
    }
    let (rest, name) = parse_given_name(input)?;
    let (rest, ty) = preceded(sign(TokenKind::Colon), parse_any_type).parse(rest)?;
    Ok((rest, (Some(name), Some(ty))))
}

/// `typeof` alone reads `DateTime` and `String`; any other name is a mistake about types, not about grammar.
fn type_in_any_case(input: Tokens<'_>) -> Out<'_, Spanned<Type>> {
    let token = input.peek();
    if token.kind != TokenKind::Ident {
        return parse_any_type(input);
    }
    let ty = Type::parse(&token.text.to_ascii_lowercase()).unwrap_or_else(|| {
        let message = format!("no type `{}`", token.text);
        input.report(Diagnostic::error(Code::InvalidValue, token.span, message));
        Type::Unknown
    });
    Ok((input.skip(1), Spanned::new(ty, token.span)))
}

/// The two sources that only Kusto's own machinery writes; nothing here can run them.
fn parse_other(input: Tokens<'_>) -> Out<'_, Expr> {
    let token = input.peek();
    let (rest, ()) = commit(match token.text {
        "__contextual_datatable" => parse_contextual_datatable(input.skip(1)),
        _ => parse_view_combine(input.skip(1)),
    })?;
    Ok((rest, Expr { kind: ExprKind::Other(token.text.to_owned()), span: rest.span_since(input) }))
}

/// `__contextual_datatable id (name: type, …)`
fn parse_contextual_datatable(input: Tokens<'_>) -> Out<'_, ()> {
    let (rest, _) = parse_unnamed(input)?;
    parse_row_schema(rest).map(|(rest, _)| (rest, ()))
}

/// `materialized-view-combine (name) base (…) delta (…) aggregations (…)`
fn parse_view_combine(input: Tokens<'_>) -> Out<'_, ()> {
    let (mut rest, _) = parse_parenthesized(input)?;
    for part in ["base", "delta"] {
        (rest, _) = preceded(word(part), parse_parenthesized).parse(rest)?;
    }
    preceded(word("aggregations"), parse_operator_group).parse(rest).map(|(rest, _)| (rest, ()))
}

/// Everything from an opening bracket to the one that closes it.
pub(super) fn skip_group(input: Tokens<'_>) -> Out<'_, ()> {
    let mut depth = 0usize;
    let mut rest = input;
    loop {
        match rest.kind() {
            TokenKind::OpenParen | TokenKind::OpenBracket | TokenKind::OpenBrace => depth += 1,
            TokenKind::CloseParen | TokenKind::CloseBracket | TokenKind::CloseBrace => depth -= 1,
            TokenKind::End => return commit(sign(TokenKind::CloseParen)(rest)).map(|(rest, _)| (rest, ())),
            _ => {}
        }
        rest = rest.skip(1);
        if depth == 0 {
            return Ok((rest, ()));
        }
    }
}

/// Whether a name and `(` come next.
pub(super) fn starts_call(input: Tokens<'_>) -> bool {
    scan_name(input, 0, Use::Reference).is_some_and(|length| input.kind_at(length) == TokenKind::OpenParen)
}

/// `name(arguments)`
pub(super) fn parse_call(input: Tokens<'_>) -> Out<'_, Call> {
    if !starts_call(input) {
        return fail(input, Expected::Class("a function call"));
    }
    let (arguments, name) = parse_name(input)?;
    let (rest, _) = sign(TokenKind::OpenParen)(arguments)?;
    let (rest, args) = parse_arguments(rest)?;
    let (rest, _) = commit(sign(TokenKind::CloseParen)(rest))?;
    Ok((rest, Call { name, args, args_span: rest.span_since(arguments) }))
}

/// A call as an expression.
pub(super) fn parse_call_expr(input: Tokens<'_>) -> Out<'_, Expr> {
    let (rest, call) = parse_call(input)?;
    Ok((rest, Expr { kind: ExprKind::Call(call), span: rest.span_since(input) }))
}

fn parse_arguments(input: Tokens<'_>) -> Out<'_, Vec<Argument>> {
    if input.kind() == TokenKind::CloseParen {
        Ok((input, Vec::new()))
    } else {
        commit(comma_list(input, parse_argument))
    }
}

/// `*`, `value`, `name = value`
fn parse_argument(input: Tokens<'_>) -> Out<'_, Argument> {
    if input.kind() == TokenKind::Star && matches!(input.kind_at(1), TokenKind::CloseParen | TokenKind::Comma) {
        let value = Expr { kind: ExprKind::Star, span: input.peek().span };
        return Ok((input.skip(1), Argument { name: None, value }));
    }
    let (rest, mut named) = parse_named(input)?;
    if named.names.len() > 1 {
        let message = "an argument has one name";
        input.report(Diagnostic::error(Code::UnsupportedFeature, named.span, message));
    }
    Ok((rest, Argument { name: named.names.pop(), value: named.value }))
}
