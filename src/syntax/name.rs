//! Names, wildcards and types: the leaves of the grammar that are no literals.

use crate::span::Spanned;
use crate::types::Type;

use super::ast::{Expr, ExprKind, Ident, NameAndType};
use super::input::{Expected, Out, Tokens, commit, fail, sign};
use super::literal::string_value;
use super::token::{Keyword, TokenKind};

const NAME: Expected = Expected::Class("a name");

/// Which keywords pass as names without brackets.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Use {
    /// A name that refers to something.
    Reference,
    /// A name that is given to something, where more keywords are free.
    Given,
}

/// The number of tokens of the name that starts `offset` tokens ahead, if one does.
pub(super) fn scan_name(input: Tokens<'_>, offset: usize, usage: Use) -> Option<usize> {
    match input.kind_at(offset) {
        TokenKind::Ident | TokenKind::Keyword(Keyword::Name) => Some(1),
        TokenKind::Keyword(Keyword::Given) if usage == Use::Given => Some(1),
        TokenKind::OpenBracket => scan_bracketed(input, offset),
        TokenKind::OpenBrace => scan_braced(input, offset),
        _ => None,
    }
}

/// `['a b']`
fn scan_bracketed(input: Tokens<'_>, offset: usize) -> Option<usize> {
    let mut length = 1;
    while input.kind_at(offset + length) == TokenKind::String {
        length += 1;
    }
    (length > 1 && input.kind_at(offset + length) == TokenKind::CloseBracket).then_some(length + 1)
}

/// `{name}` and `{name[1]}`: a placeholder that a client fills in.
fn scan_braced(input: Tokens<'_>, offset: usize) -> Option<usize> {
    let adjacent = |at: usize| !input.peek_at(offset + at).spaced;
    let name = matches!(input.kind_at(offset + 1), TokenKind::Ident | TokenKind::Keyword(_)) && adjacent(1);
    if !name {
        return None;
    }
    let mut length = 2;
    if input.kind_at(offset + length) == TokenKind::OpenBracket {
        length += 1;
        length += usize::from(input.kind_at(offset + length) == TokenKind::Minus);
        let closes = input.kind_at(offset + length + 1) == TokenKind::CloseBracket;
        if input.kind_at(offset + length) != TokenKind::Long || !closes {
            return None;
        }
        length += 2;
    }
    let closes = input.kind_at(offset + length) == TokenKind::CloseBrace;
    (closes && (2..=length).all(adjacent)).then_some(length + 1)
}

fn take_name<'t>(input: Tokens<'t>, usage: Use) -> Out<'t, Ident> {
    let Some(length) = scan_name(input, 0, usage) else { return fail(input, NAME) };
    let rest = input.skip(length);
    let span = rest.span_since(input);
    let name = match input.kind() {
        TokenKind::OpenBracket => (1..length - 1).map(|at| string_value(input.peek_at(at).text)).collect(),
        TokenKind::OpenBrace => (0..length).map(|at| input.peek_at(at).text).collect(),
        _ => input.peek().text.to_owned(),
    };
    Ok((rest, Ident { name, span }))
}

/// A name that refers to something: a column, a table, a function.
pub(super) fn parse_name(input: Tokens<'_>) -> Out<'_, Ident> {
    take_name(input, Use::Reference)
}

/// A name that is given to something.
pub(super) fn parse_given_name(input: Tokens<'_>) -> Out<'_, Ident> {
    take_name(input, Use::Given)
}

/// A name as an expression.
pub(super) fn parse_name_expr(input: Tokens<'_>) -> Out<'_, Expr> {
    let (rest, ident) = parse_name(input)?;
    let span = ident.span;
    Ok((rest, Expr { kind: ExprKind::Name(ident), span }))
}

/// The number of tokens of a name with `*` in it.
pub(super) fn scan_wildcard(input: Tokens<'_>, offset: usize) -> Option<usize> {
    let is_part = |kind| matches!(kind, TokenKind::Ident | TokenKind::Keyword(Keyword::Name | Keyword::Given));
    let mut length = match input.kind_at(offset) {
        TokenKind::Star => 1,
        kind if is_part(kind) => {
            let star = input.peek_at(offset + 1);
            if star.kind != TokenKind::Star || star.spaced {
                return None;
            }
            2
        }
        _ => return None,
    };
    loop {
        let token = input.peek_at(offset + length);
        let part = is_part(token.kind) || matches!(token.kind, TokenKind::Long | TokenKind::Star);
        if token.spaced || !part {
            return Some(length);
        }
        length += 1;
    }
}

/// A name with `*` in it, in brackets or not.
pub(super) fn parse_wildcard(input: Tokens<'_>) -> Out<'_, Expr> {
    let bracketed = usize::from(input.kind() == TokenKind::OpenBracket);
    let Some(length) = scan_wildcard(input, bracketed) else { return fail(input, Expected::Class("a wildcard")) };
    let pattern = (0..length).map(|at| input.peek_at(bracketed + at).text).collect();
    let mut rest = input.skip(bracketed + length);
    if bracketed > 0 {
        (rest, _) = commit(sign(TokenKind::CloseBracket)(rest))?;
    }
    Ok((rest, Expr { kind: ExprKind::Wildcard(pattern), span: rest.span_since(input) }))
}

/// A name or a wildcard, as in `project-away`.
pub(super) fn parse_column_pattern(input: Tokens<'_>) -> Out<'_, Expr> {
    if input.kind() != TokenKind::OpenBracket && scan_wildcard(input, 0).is_some() {
        return parse_wildcard(input);
    }
    parse_name_expr(input)
}

/// The name of a type that a column or parameter can be declared with.
pub(super) fn parse_type(input: Tokens<'_>) -> Out<'_, Spanned<Type>> {
    match input.peek().text {
        "float" | "int16" | "int32" | "uint" | "uint8" | "uint16" | "uint32" | "uint64" | "ulong" => {
            fail(input, Expected::Class("a type of KQL"))
        }
        _ => parse_any_type(input),
    }
}

/// The name of a type, the older ones that `typeof` and `find` know included.
pub(super) fn parse_any_type(input: Tokens<'_>) -> Out<'_, Spanned<Type>> {
    let token = input.peek();
    let word = matches!(token.kind, TokenKind::Ident | TokenKind::Keyword(_));
    match Type::parse(token.text).filter(|_| word) {
        Some(ty) => Ok((input.skip(1), Spanned::new(ty, token.span))),
        None => fail(input, Expected::Class("a type")),
    }
}

/// `parser, parser, …`; behind a comma there must be another one.
pub(super) fn comma_list<'t, T>(input: Tokens<'t>, parser: impl Fn(Tokens<'t>) -> Out<'t, T>) -> Out<'t, Vec<T>> {
    let (mut rest, first) = parser(input)?;
    let mut items = vec![first];
    while rest.kind() == TokenKind::Comma {
        let (next, item) = commit(parser(rest.skip(1)))?;
        items.push(item);
        rest = next;
    }
    Ok((rest, items))
}

/// As [`comma_list`], but there may be nothing at all before one of the signs that end a list.
pub(super) fn maybe_comma_list<'t, T>(input: Tokens<'t>, parser: impl Fn(Tokens<'t>) -> Out<'t, T>) -> Out<'t, Vec<T>> {
    if ends_list(input) { Ok((input, Vec::new())) } else { comma_list(input, parser) }
}

/// `parser, parser, …,`: the last comma may be followed by nothing.
pub(super) fn loose_comma_list<'t, T>(input: Tokens<'t>, parser: impl Fn(Tokens<'t>) -> Out<'t, T>) -> Out<'t, Vec<T>> {
    let mut rest = input;
    let mut items = Vec::new();
    while !ends_list(rest) {
        let (next, item) = if items.is_empty() { parser(rest)? } else { commit(parser(rest))? };
        items.push(item);
        rest = next;
        if rest.kind() != TokenKind::Comma {
            break;
        }
        rest = rest.skip(1);
    }
    Ok((rest, items))
}

/// Whether the next token ends whatever list stands before it.
pub(super) fn ends_list(input: Tokens<'_>) -> bool {
    use TokenKind::{Bar, CloseBrace, CloseBracket, CloseParen, End, Semicolon};
    matches!(input.kind(), CloseParen | CloseBracket | CloseBrace | Bar | Semicolon | End)
}

/// `(name: type, …)`; commas may lead and trail.
pub(super) fn parse_row_schema(input: Tokens<'_>) -> Out<'_, Vec<NameAndType>> {
    let (rest, _) = sign(TokenKind::OpenParen)(input)?;
    let rest = if rest.kind() == TokenKind::Comma { rest.skip(1) } else { rest };
    let (rest, columns) = commit(loose_comma_list(rest, parse_name_and_type))?;
    let (rest, _) = commit(sign(TokenKind::CloseParen)(rest))?;
    Ok((rest, columns))
}

/// `name: type`
pub(super) fn parse_name_and_type(input: Tokens<'_>) -> Out<'_, NameAndType> {
    let (rest, name) = parse_given_name(input)?;
    let (rest, _) = commit(sign(TokenKind::Colon)(rest))?;
    let (rest, ty) = commit(parse_type(rest))?;
    Ok((rest, NameAndType { name, ty }))
}
