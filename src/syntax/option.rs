//! `name = value` pairs behind an operator's keyword: `kind=inner`, `hint.strategy=shuffle`, `withsource=Source`.

use super::ast::{Expr, ExprKind, Ident, Option_};
use super::input::{Expected, Out, Tokens, commit, fail, sign};
use super::name::{parse_given_name, parse_name_expr};
use super::primary::{parse_path, parse_signed_literal};
use super::token::TokenKind;

/// What an option's value may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OptionValue {
    /// A literal or a word.
    Plain,
    /// A constant expression without operators.
    Path,
    /// Several names; each becomes an option of its own.
    Names,
}

/// Names that every operator takes, meaningful or not; the binder sorts them out.
const KNOWN: &[&str] = &[
    "__crossCluster",
    "__crossDB",
    "__id",
    "__isFuzzy",
    "__noWithSource",
    "__packedColumn",
    "__sourceColumnIndex",
    "bagexpansion",
    "best_effort",
    "bin_legacy",
    "cycles",
    "decodeblocks",
    "expandoutput",
    "force_remote",
    "hint.concurrency",
    "hint.distribution",
    "hint.materialized",
    "hint.num_partitions",
    "hint.pass_filters",
    "hint.pass_filters_column",
    "hint.progressive_top",
    "hint.remote",
    "hint.shufflekey",
    "hint.spread",
    "hint.strategy",
    "isfuzzy",
    "kind",
    "with_itemindex",
    "with_match_id",
    "with_source",
    "with_step_name",
    "withsource",
];

/// Option words that are keywords and no names.
const WORDS: &[&str] = &["simple", "relaxed"];

/// Whether an option that every operator takes comes next, with or without its `=`.
pub(super) fn starts_known_option(input: Tokens<'_>) -> bool {
    KNOWN.iter().any(|name| input.is_word(name))
}

/// The options in front of an operator's arguments. `extra` names those that only this operator has.
pub(super) fn parse_options<'t>(input: Tokens<'t>, extra: &'static [&'static str]) -> Out<'t, Vec<Option_>> {
    let mut options = Vec::new();
    let mut rest = input;
    while rest.kind_at(1) == TokenKind::Assign
        && (starts_known_option(rest) || extra.iter().any(|name| rest.is_word(name)))
    {
        let (next, option) = parse_option(rest, OptionValue::Plain)?;
        options.push(option);
        rest = next;
    }
    Ok((rest, options))
}

/// `kind = word`
pub(super) fn parse_kind_option(input: Tokens<'_>) -> Out<'_, Option_> {
    if !input.is_word("kind") || input.kind_at(1) != TokenKind::Assign {
        return fail(input, Expected::Text("kind"));
    }
    parse_option(input, OptionValue::Plain)
}

/// `name = value`, the name being whatever word comes next.
pub(super) fn parse_option(input: Tokens<'_>, value: OptionValue) -> Out<'_, Option_> {
    let token = input.peek();
    let name = Ident { name: token.text.to_owned(), span: token.span };
    let (rest, _) = commit(sign(TokenKind::Assign)(input.skip(1)))?;
    let (rest, value) = commit(match value {
        OptionValue::Plain => parse_plain(rest),
        OptionValue::Path => parse_path(rest),
        OptionValue::Names => parse_name_expr(rest),
    })?;
    Ok((rest, Option_ { name, value }))
}

/// A literal or a word.
pub(super) fn parse_plain(input: Tokens<'_>) -> Out<'_, Expr> {
    match parse_signed_literal(input) {
        Err(nom::Err::Error(_)) => {}
        other => return other,
    }
    let token = input.peek();
    if matches!(token.kind, TokenKind::Keyword(_)) && WORDS.contains(&token.text) {
        let ident = Ident { name: token.text.to_owned(), span: token.span };
        return Ok((input.skip(1), Expr { kind: ExprKind::Name(ident), span: token.span }));
    }
    match parse_name_expr(input) {
        Err(nom::Err::Error(_)) => fail(input, Expected::Class("a value")),
        other => other,
    }
}

/// `(name = value, …)`, where only the named properties exist.
pub(super) fn parse_properties<'t>(
    input: Tokens<'t>,
    known: &'static [(&'static str, OptionValue)],
) -> Out<'t, Vec<Option_>> {
    let (rest, _) = sign(TokenKind::OpenParen)(input)?;
    let mut rest = if rest.kind() == TokenKind::Comma { rest.skip(1) } else { rest };
    let mut properties = Vec::new();
    while rest.kind() != TokenKind::CloseParen {
        rest = parse_property(rest, known, &mut properties)?.0;
        if rest.kind() == TokenKind::Comma && rest.kind_at(1) != TokenKind::CloseParen {
            rest = rest.skip(1);
        } else {
            break;
        }
    }
    let (rest, _) = commit(sign(TokenKind::CloseParen)(rest))?;
    Ok((rest, properties))
}

fn parse_property<'t>(
    input: Tokens<'t>,
    known: &'static [(&'static str, OptionValue)],
    properties: &mut Vec<Option_>,
) -> Out<'t, ()> {
    let find = |input: Tokens<'_>| known.iter().find(|(name, _)| input.is_word(name));
    let Some((_, value)) = find(input) else { return commit(fail(input, Expected::Class("a property"))) };
    let (mut rest, option) = parse_option(input, *value)?;
    let name = option.name.clone();
    properties.push(option);
    if *value == OptionValue::Names {
        while rest.kind() == TokenKind::Comma && !(find(rest.skip(1)).is_some() && rest.kind_at(2) == TokenKind::Assign)
        {
            let (next, value) = commit(parse_name_expr(rest.skip(1)))?;
            properties.push(Option_ { name: name.clone(), value });
            rest = next;
        }
    }
    Ok((rest, ()))
}

/// `(name = value, …)` with any names, as behind `externaldata`.
pub(super) fn parse_free_properties(input: Tokens<'_>) -> Out<'_, Vec<Option_>> {
    let (rest, _) = sign(TokenKind::OpenParen)(input)?;
    let (rest, properties) = commit(super::name::maybe_comma_list(rest, |input| {
        let (rest, name) = parse_given_name(input)?;
        let (rest, _) = commit(sign(TokenKind::Assign)(rest))?;
        let (rest, value) = commit(parse_plain(rest))?;
        Ok((rest, Option_ { name, value }))
    }))?;
    let (rest, _) = commit(sign(TokenKind::CloseParen)(rest))?;
    Ok((rest, properties))
}
