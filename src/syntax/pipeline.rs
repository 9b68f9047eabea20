//! Pipelines: a source and the operators behind `|`. Goes on behind an operator that is wrong.

use nom::Err;

use crate::diagnostic::{Code, Diagnostic};

use super::ast::{Expr, ExprKind, Let, LetValue, Operator, OperatorKind, Pipeline, StatementKind, TableSource};
use super::expression::parse_unnamed;
use super::input::{Expected, Fault, Out, Tokens, commit, fail, fault_of, nested, sign};
use super::keywords::keyword;
use super::name::{Use, ends_list, scan_name};
use super::operators::{OPERATORS, OperatorRow, operator_row};
use super::token::{Keyword, TokenKind};

/// An expression that may be a pipeline: `source | operator | …`, or a scalar.
pub(super) fn parse_expression(input: Tokens<'_>) -> Out<'_, Expr> {
    let (rest, source) = parse_source(input)?;
    if rest.kind() == TokenKind::Bar { operators_behind(input, rest, source) } else { Ok((rest, source)) }
}

/// The operators behind a source.
fn operators_behind<'t>(start: Tokens<'t>, bar: Tokens<'t>, source: Expr) -> Out<'t, Expr> {
    let (rest, operators) = nested(bar, parse_operators)?;
    let source = match source.kind {
        // A source of one operator, such as `datatable`, came as a pipeline already.
        ExprKind::Pipeline(inner) if inner.operators.is_empty() => inner.source,
        kind => TableSource::Expr(Expr { kind, ..source }),
    };
    let kind = ExprKind::Pipeline(Box::new(Pipeline { source, operators }));
    Ok((rest, Expr { kind, span: rest.span_since(start) }))
}

fn parse_source(input: Tokens<'_>) -> Out<'_, Expr> {
    if starts_operator(input) {
        return parse_operator_source(input);
    }
    match parse_unnamed(input) {
        Err(Err::Error(fault)) if operator_at(input).is_some() => match parse_operator_source(input) {
            Err(Err::Error(_)) => Err(Err::Error(fault)),
            other => other,
        },
        other => other,
    }
}

/// An operator that makes rows of its own, as a pipeline of nothing else.
fn parse_operator_source(input: Tokens<'_>) -> Out<'_, Expr> {
    let (rest, operator) = nested(input, parse_operator)?;
    let span = operator.span;
    let pipeline = Pipeline { source: TableSource::Operator(operator), operators: Vec::new() };
    Ok((rest, Expr { kind: ExprKind::Pipeline(Box::new(pipeline)), span }))
}

/// Operators, each behind a `|`. What is wrong with one is reported, and the next one is tried.
fn parse_operators(input: Tokens<'_>) -> Out<'_, Vec<Operator>> {
    let mut operators = Vec::new();
    let mut rest = input;
    while rest.kind() == TokenKind::Bar {
        rest = operator_or_recover(rest.skip(1), &mut operators);
    }
    Ok((rest, operators))
}

/// `operator | operator | …`, as in `mv-apply … on (…)`.
pub(super) fn parse_operator_chain(input: Tokens<'_>) -> Out<'_, Vec<Operator>> {
    nested(input, |input| {
        let mut operators = Vec::new();
        let rest = operator_or_recover(input, &mut operators);
        let (rest, more) = parse_operators(rest)?;
        operators.extend(more);
        Ok((rest, operators))
    })
}

/// `(operator | operator | …)`
pub(super) fn parse_operator_group(input: Tokens<'_>) -> Out<'_, Vec<Operator>> {
    let (rest, _) = sign(TokenKind::OpenParen)(input)?;
    let (rest, operators) = commit(parse_operator_chain(rest))?;
    let (rest, _) = commit(sign(TokenKind::CloseParen)(rest))?;
    Ok((rest, operators))
}

fn operator_or_recover<'t>(input: Tokens<'t>, operators: &mut Vec<Operator>) -> Tokens<'t> {
    let fault = match parse_operator(input) {
        Ok((rest, operator)) => {
            let behind = behind_operator(&operator.kind);
            operators.push(operator);
            if ends_list(rest) {
                return rest;
            }
            leftover(rest, behind)
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

const INFIX: Expected = Expected::Class("an operator such as `and`");
const COMMA: Expected = Expected::Text(",");
const BAR: Expected = Expected::Text("|");
const SEMICOLON: Expected = Expected::Text(";");

/// What could go on behind an operator that is complete.
fn behind_operator(kind: &OperatorKind) -> &'static [Expected] {
    use OperatorKind::{
        Distinct, Extend, Join, Lookup, MakeSeries, MvExpand, Print, Project, ProjectAway, ProjectKeep, ProjectRename,
        ProjectReorder, Sample, Serialize, Sort, Summarize, Take, Top, Union, Where,
    };
    match kind {
        Where(_) | Take(_) | Top(_) | Sample(_) => &[BAR, INFIX],
        ProjectAway(_) | ProjectKeep(_) | ProjectReorder(_) | Union(_) => &[BAR, COMMA],
        Distinct(_) | Extend(_) | Join(_) | Lookup(_) | MakeSeries(_) | MvExpand(_) | Print(_) | Project(_)
        | ProjectRename(_) | Serialize(_) | Sort(_) | Summarize(_) => &[BAR, COMMA, INFIX],
        _ => &[BAR],
    }
}

/// What could go on behind a statement that is complete.
pub(super) fn behind_statement(kind: &StatementKind) -> &'static [Expected] {
    match kind {
        StatementKind::Let(Let { value: LetValue::Function(_), .. }) => &[SEMICOLON],
        StatementKind::Let(_) => &[BAR, SEMICOLON, INFIX],
        StatementKind::Expression(_) => &[BAR, INFIX],
        _ => &[SEMICOLON],
    }
}

/// What to say about a token that nothing before it could use.
pub(super) fn leftover(input: Tokens<'_>, expected: &[Expected]) -> Fault {
    let fault = Fault::any_of(input, expected);
    let token = input.peek();
    let word = matches!(token.kind, TokenKind::Ident | TokenKind::Keyword(_));
    match token.text {
        "=" => fault.help("compare with `==`"),
        "not" => fault.help("`not` is a function: `not(…)`; operators are negated by `!`: `!in`, `!has`"),
        text if word && keyword(text).is_none() && keyword(&text.to_lowercase()).is_some() => {
            fault.help("keywords are written in lower case")
        }
        _ if word && operator_at(input).is_some() => fault.help("an operator has `|` in front of it"),
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
    let Some(row) = operator_at(input) else {
        let fault = Fault::expected(input, expected);
        let doubled = input.kind() == TokenKind::Bar && !input.peek().spaced;
        return Err(Err::Error(if doubled { fault.help("write `or` between conditions") } else { fault }));
    };
    // `count(…)` and `range(…)` are calls.
    let call = matches!(row.name, "count" | "range") && input.kind_at(1) == TokenKind::OpenParen;
    if call {
        return fail(input, expected);
    }
    if makes_rows(row) {
        let fault = Fault::because(input, "this operator makes rows and takes none");
        return Err(Err::Error(fault.help("start a pipeline with it, or put it in parentheses")));
    }
    let (rest, kind) = commit((row.parse)(input.skip(1)))?;
    Ok((rest, Operator { kind, span: rest.span_since(input), keyword: input.peek().span }))
}

/// Whether an operator could start here, if one is wanted.
pub(super) fn starts_piped_operator(input: Tokens<'_>) -> bool {
    operator_at(input).is_some_and(|row| !makes_rows(row))
}

/// Operators that are only sources, and parsed as such.
fn makes_rows(row: &OperatorRow) -> bool {
    matches!(row.name, "datatable" | "externaldata")
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
        (TokenKind::Keyword(_), _) => starts_piped_operator(input),
        _ => false,
    }
}
