//! Pipelines: a source and the operators behind `|`. Goes on behind an operator that is wrong.

use nom::Err;

use crate::diagnostic::{Code, Diagnostic};

use super::ast::{Expr, ExprKind, Operator, Pipeline, TableSource};
use super::expression::parse_unnamed;
use super::input::{Expected, Fault, Out, Tokens, fail, fault_of, nested, sign};
use super::name::{Use, ends_list, scan_name};
use super::operators::{OPERATORS, OperatorRow, operator_row};
use super::token::{Keyword, TokenKind};

/// An expression that may be a pipeline: `source | operator | …`, or a scalar.
pub(super) fn parse_expression(input: Tokens<'_>) -> Out<'_, Expr> {
    nested(input, |input| {
        let (rest, source) = parse_source(input)?;
        let (rest, operators) = parse_operators(rest)?;
        Ok((rest, assemble(input, rest, source, operators)))
    })
}

/// A source alone is no pipeline, unless it is an operator; `datatable` brings its own.
fn assemble<'t>(start: Tokens<'t>, rest: Tokens<'t>, source: TableSource, operators: Vec<Operator>) -> Expr {
    let span = rest.span_since(start);
    let source = match source {
        TableSource::Expr(expr) if operators.is_empty() => return expr,
        TableSource::Expr(Expr { kind: ExprKind::Pipeline(inner), .. }) if inner.operators.is_empty() => inner.source,
        other => other,
    };
    Expr { kind: ExprKind::Pipeline(Box::new(Pipeline { source, operators })), span }
}

fn parse_source(input: Tokens<'_>) -> Out<'_, TableSource> {
    if starts_operator(input) {
        return parse_operator(input).map(|(rest, operator)| (rest, TableSource::Operator(operator)));
    }
    match parse_unnamed(input) {
        Err(Err::Error(fault)) if operator_at(input).is_some() => match parse_operator(input) {
            Ok((rest, operator)) => Ok((rest, TableSource::Operator(operator))),
            Err(Err::Error(_)) => Err(Err::Error(fault)),
            Err(other) => Err(other),
        },
        other => other.map(|(rest, expr)| (rest, TableSource::Expr(expr))),
    }
}

/// Operators, each behind a `|`. What is wrong with one is reported, and the next one is tried.
fn parse_operators(input: Tokens<'_>) -> Out<'_, Vec<Operator>> {
    let mut operators = Vec::new();
    let mut rest = input;
    while rest.kind() == TokenKind::Bar {
        rest = parse_operator_or_recover(rest.skip(1), &mut operators);
    }
    Ok((rest, operators))
}

/// `operator | operator | …`, as in `mv-apply … on (…)`.
pub(super) fn parse_operator_chain(input: Tokens<'_>) -> Out<'_, Vec<Operator>> {
    nested(input, |input| {
        let mut operators = Vec::new();
        let rest = parse_operator_or_recover(input, &mut operators);
        let (rest, more) = parse_operators(rest)?;
        operators.extend(more);
        Ok((rest, operators))
    })
}

/// `(operator | operator | …)`
pub(super) fn parse_operator_group(input: Tokens<'_>) -> Out<'_, Vec<Operator>> {
    let (rest, _) = sign(TokenKind::OpenParen)(input)?;
    let (rest, operators) = super::input::commit(parse_operator_chain(rest))?;
    let (rest, _) = super::input::commit(sign(TokenKind::CloseParen)(rest))?;
    Ok((rest, operators))
}

fn parse_operator_or_recover<'t>(input: Tokens<'t>, operators: &mut Vec<Operator>) -> Tokens<'t> {
    let fault = match parse_operator(input) {
        Ok((rest, operator)) => {
            operators.push(operator);
            if ends_list(rest) {
                return rest;
            }
            leftover(rest)
        }
        Err(err) => fault_of(err, input),
    };
    if let Some(unknown) = unknown_operator(input).filter(|_| operator_at(input).is_none()) {
        input.report(unknown);
    } else {
        input.report_fault(&fault);
    }
    skip_to_boundary(input, Until::Bar)
}

/// What to say about a token that no operator could use.
pub(super) fn leftover(input: Tokens<'_>) -> Fault {
    let fault = Fault::expected(input, Expected::Text("|"));
    match (input.kind(), input.peek().text) {
        (TokenKind::Assign, _) => fault.help("compare with `==`"),
        (_, "AND" | "OR" | "IN" | "NOT" | "BY" | "ASC" | "DESC" | "And" | "Or" | "By") => {
            fault.help("keywords are written in lower case")
        }
        _ => fault,
    }
}

/// How far to skip behind a mistake.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Until {
    /// The next `|` or `;`.
    Bar,
    /// The next `;`.
    Semicolon,
}

/// The next place outside of brackets where parsing can start again; never behind a bracket that was open before.
pub(super) fn skip_to_boundary(input: Tokens<'_>, until: Until) -> Tokens<'_> {
    let mut depth = 0usize;
    let mut rest = input;
    loop {
        match rest.kind() {
            TokenKind::End => return rest,
            TokenKind::Semicolon if depth == 0 => return rest,
            TokenKind::Bar if depth == 0 && until == Until::Bar => return rest,
            TokenKind::OpenParen | TokenKind::OpenBracket | TokenKind::OpenBrace => depth += 1,
            TokenKind::CloseParen | TokenKind::CloseBracket | TokenKind::CloseBrace => {
                if depth == 0 {
                    return rest;
                }
                depth -= 1;
            }
            _ => {}
        }
        rest = rest.skip(1);
    }
}

fn operator_at(input: Tokens<'_>) -> Option<&'static OperatorRow> {
    let token = input.peek();
    match token.kind {
        TokenKind::Ident | TokenKind::Keyword(_) => operator_row(token.text),
        _ => None,
    }
}

/// One operator. Behind its keyword every failure is final.
pub(super) fn parse_operator(input: Tokens<'_>) -> Out<'_, Operator> {
    let expected = Expected::Class("an operator");
    let Some(row) = operator_at(input) else { return fail(input, expected) };
    // `count(…)` and `range(…)` are calls.
    let call = matches!(row.name, "count" | "range") && input.kind_at(1) == TokenKind::OpenParen;
    if call {
        return fail(input, expected);
    }
    let (rest, kind) = super::input::commit((row.parse)(input.skip(1)))?;
    Ok((rest, Operator { kind, span: rest.span_since(input), keyword: input.peek().span }))
}

/// Whether an operator could start here, if one is wanted.
pub(super) fn starts_piped_operator(input: Tokens<'_>) -> bool {
    operator_at(input).is_some()
}

fn unknown_operator(input: Tokens<'_>) -> Option<Diagnostic> {
    let token = input.peek();
    if !matches!(token.kind, TokenKind::Ident | TokenKind::Keyword(_)) {
        return None;
    }
    let message = format!("no operator `{}`", token.text);
    let diagnostic = Diagnostic::error(Code::UnknownOperator, token.span, message);
    let lower = token.text.to_lowercase();
    let names = OPERATORS.iter().flat_map(|row| std::iter::once(&row.name).chain(row.aliases));
    let nearest = names
        .map(|name| (strsim::damerau_levenshtein(&lower, name), name))
        .filter(|(distance, name)| *distance * 3 <= name.len().max(3))
        .min_by_key(|(distance, _)| *distance);
    Some(match nearest {
        Some((_, name)) => diagnostic.label(format!("nearest: `{name}`")),
        None => diagnostic.label("expected an operator such as `where` or `summarize`"),
    })
}

/// Whether an operator starts here, as opposed to a name that looks like one.
pub(super) fn starts_operator(input: Tokens<'_>) -> bool {
    let token = input.peek();
    let next = input.kind_at(1);
    match (token.kind, token.text) {
        (TokenKind::Keyword(Keyword::Name), "evaluate") => {
            scan_name(input, 1, Use::Reference).is_some() || super::option::starts_known_option(input.skip(1))
        }
        (TokenKind::Keyword(Keyword::Name), "facet") => input.is_word_at(1, "by"),
        (TokenKind::Keyword(Keyword::Name), "partition" | "reduce") => {
            input.is_word_at(1, "by") || super::option::starts_known_option(input.skip(1))
        }
        (TokenKind::Keyword(Keyword::Name), "range") => {
            scan_name(input, 1, Use::Reference).is_some_and(|length| input.is_word_at(1 + length, "from"))
        }
        (TokenKind::Keyword(Keyword::Name), "render") => {
            matches!(next, TokenKind::Ident | TokenKind::Keyword(_))
        }
        (TokenKind::Keyword(Keyword::Name), _) => false,
        (TokenKind::Keyword(_), _) => {
            operator_at(input).is_some() && !matches!(token.text, "datatable" | "externaldata" | "external_data")
        }
        _ => false,
    }
}
