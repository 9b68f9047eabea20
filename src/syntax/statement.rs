//! Statements: `let`, `set`, `declare`, `alias`, `restrict`, management commands, and expressions.

use nom::branch::alt;
use nom::combinator::opt;
use nom::sequence::preceded;
use nom::{Err, Parser};

use crate::span::Spanned;
use crate::types::Type;

use super::ast::{
    Command, Expr, ExprKind, Function, FunctionChange, FunctionCommand, Let, LetValue, NameAndType, Parameter,
    ParameterKind, Pattern, PatternCase, Query, SetOption, Statement, StatementKind,
};
use super::expression::parse_unnamed;
use super::input::{Expected, Fault, Out, Tokens, commit, fail, fault_of, nested, sign, word};
use super::name::{
    Use, comma_list, ends_list, loose_comma_list, maybe_comma_list, parse_given_name, parse_name, parse_name_and_type,
    parse_type, scan_name,
};
use super::operators::union::parse_wildcard_entity;
use super::option::{parse_free_properties, parse_plain};
use super::pipeline::{Until, behind_statement, leftover, parse_expression, parse_operator_chain, skip_to_boundary};
use super::primary::{parse_call_expr, parse_signed_literal, skip_group, starts_call};
use super::token::TokenKind;

const SQL: &str = "start with the table, and add steps: `Table | where … | project …`";

/// A whole request. What is wrong is reported; what could be read is kept.
pub(super) fn parse_query(input: Tokens<'_>) -> Query {
    let mut rest = input;
    while rest.kind() == TokenKind::Directive {
        rest = rest.skip(1);
    }
    let mut statements = Vec::new();
    while rest.kind() != TokenKind::End {
        rest = statement_or_recover(rest, &mut statements);
        match rest.kind() {
            TokenKind::Semicolon => rest = rest.skip(1),
            // A bracket without a partner; it was reported, or is now.
            TokenKind::CloseParen | TokenKind::CloseBracket | TokenKind::CloseBrace => {
                rest.report_fault(&Fault::because(rest, "this bracket closes nothing"));
                rest = skip_to_boundary(rest.skip(1), Until::Semicolon);
            }
            _ => {}
        }
    }
    Query { statements }
}

fn statement_or_recover<'t>(input: Tokens<'t>, statements: &mut Vec<Statement>) -> Tokens<'t> {
    // Commands may follow each other, and what they made may be used behind them.
    let after_commands = statements.iter().all(|statement| matches!(statement.kind, StatementKind::Command(_)));
    let parsed = match input.kind() {
        TokenKind::Dot if after_commands => parse_command(input),
        _ => parse_statement(input),
    };
    let fault = match parsed {
        Ok((rest, kind)) => {
            let behind = behind_statement(&kind);
            // The brace at the end of a function is the end of its command.
            let whole = matches!(&kind, StatementKind::Command(command) if command.function.is_some());
            statements.push(Statement { kind, span: rest.span_since(input) });
            match rest.kind() {
                TokenKind::End | TokenKind::Semicolon => return rest,
                _ if whole && rest.kind() != TokenKind::Bar => return rest,
                TokenKind::CloseParen | TokenKind::CloseBracket | TokenKind::CloseBrace => return rest,
                _ if starts_statement(rest) => {
                    rest.report_fault(&Fault::expected(rest, Expected::Text(";")));
                    return rest;
                }
                _ => {}
            }
            leftover(rest, behind)
        }
        Err(err) => fault_of(err, input),
    };
    let sql = input.kind() == TokenKind::Ident && input.peek().text.eq_ignore_ascii_case("select");
    let fault = if sql { Fault::because(input, "this is SQL, not KQL").help(SQL) } else { fault };
    input.report_fault(&fault);
    skip_to_boundary(
        input.skip(usize::from(ends_list(input) && input.kind() != TokenKind::Semicolon)),
        Until::Semicolon,
    )
}

fn starts_statement(input: Tokens<'_>) -> bool {
    match input.peek().text {
        "alias" => input.is_word_at(1, "database"),
        "let" => scan_name(input, 1, Use::Reference).is_some(),
        "declare" => input.is_word_at(1, "pattern") || input.is_word_at(1, "query_parameters"),
        "restrict" => input.is_word_at(1, "access"),
        "set" => true,
        _ => false,
    }
}

fn parse_statement(input: Tokens<'_>) -> Out<'_, StatementKind> {
    if !starts_statement(input) {
        return parse_expression(input).map(|(rest, expr)| (rest, StatementKind::Expression(expr)));
    }
    commit(match (input.peek().text, input.peek_at(1).text) {
        ("alias", _) => parse_alias(input),
        ("let", _) => parse_let(input),
        ("declare", "pattern") => parse_pattern_statement(input),
        ("declare", _) => parse_query_parameters(input),
        ("restrict", _) => parse_restrict(input),
        _ => parse_set(input),
    })
}

/// `.show tables | …`, `.set T <| …`: the words of the command are not looked at.
fn parse_command(input: Tokens<'_>) -> Out<'_, StatementKind> {
    if !matches!(input.kind_at(1), TokenKind::Ident | TokenKind::Keyword(_)) {
        return fail(input.skip(1), Expected::Class("a command, such as `.show tables`"));
    }
    if let Some((rest, change)) = function_command(input) {
        return parse_function_command(input, rest, change);
    }
    let mut rest = input;
    while !matches!(rest.kind(), TokenKind::Bar | TokenKind::LessBar | TokenKind::Semicolon | TokenKind::End) {
        let opens = matches!(rest.kind(), TokenKind::OpenParen | TokenKind::OpenBracket | TokenKind::OpenBrace);
        rest = if opens { skip_group(rest)?.0 } else { rest.skip(1) };
    }
    let span = rest.span_since(input);
    let mut command = Command {
        text: Spanned::new(input.text(span).to_owned(), span),
        operators: Vec::new(),
        query: None,
        function: None,
    };
    match rest.kind() {
        TokenKind::Bar => (rest, command.operators) = parse_operator_chain(rest.skip(1))?,
        TokenKind::LessBar => {
            let (next, query) = commit(parse_expression(rest.skip(1)))?;
            rest = next;
            command.query = Some(Box::new(query));
        }
        _ => {}
    }
    Ok((rest, StatementKind::Command(command)))
}

/// What `.create function` and its kin start with, and what is behind the words.
fn function_command(input: Tokens<'_>) -> Option<(Tokens<'_>, FunctionChange)> {
    let mut words = String::new();
    let mut rest = input;
    // The longest is `.create-or-alter function`.
    for _ in 0..7 {
        words.push_str(rest.peek().text);
        rest = rest.skip(1);
        let change = match words.as_str() {
            ".createfunction" if rest.is_word("ifnotexists") => {
                return Some((rest.skip(1), FunctionChange::CreateMissing));
            }
            ".createfunction" => FunctionChange::Create,
            ".create-or-alterfunction" => FunctionChange::CreateOrAlter,
            ".alterfunction" => FunctionChange::Alter,
            _ => continue,
        };
        let only_part = rest.is_word("docstring")
            || rest.is_word("folder")
            || rest.is_word_at(1, "docstring")
            || rest.is_word_at(1, "folder");
        return (!only_part).then_some((rest, change));
    }
    None
}

/// `with (properties) name(parameters) { body }`, behind the words of the command.
fn parse_function_command<'t>(start: Tokens<'t>, input: Tokens<'t>, change: FunctionChange) -> Out<'t, StatementKind> {
    let (rest, properties) = opt(preceded(word("with"), |rest| commit(parse_free_properties(rest)))).parse(input)?;
    let (from, name) = commit(parse_name(rest))?;
    let (rest, parameters) = commit(parse_parameters(from))?;
    let (rest, body) = commit(parse_body(rest))?;
    let function = Function { parameters, view: false, body, span: rest.span_since(from) };
    let span = rest.span_since(start);
    let function = FunctionCommand { change, properties: properties.unwrap_or_default(), name, function };
    let text = Spanned::new(start.text(span).to_owned(), span);
    let mut command = Command { text, operators: Vec::new(), query: None, function: Some(Box::new(function)) };
    let mut rest = rest;
    if rest.kind() == TokenKind::Bar {
        (rest, command.operators) = parse_operator_chain(rest.skip(1))?;
    }
    Ok((rest, StatementKind::Command(command)))
}

/// `alias database name = cluster(…).database(…)`
fn parse_alias(input: Tokens<'_>) -> Out<'_, StatementKind> {
    let (rest, name) = parse_name(input.skip(2))?;
    let (rest, value) = preceded(sign(TokenKind::Assign), parse_unnamed).parse(rest)?;
    Ok((rest, StatementKind::Alias { name, value }))
}

/// `let name = …`
fn parse_let(input: Tokens<'_>) -> Out<'_, StatementKind> {
    let (rest, name) = parse_name(input.skip(1))?;
    let (rest, _) = sign(TokenKind::Assign)(rest)?;
    let (rest, value) = commit(parse_let_value(rest))?;
    Ok((rest, StatementKind::Let(Let { name, value })))
}

fn parse_let_value(input: Tokens<'_>) -> Out<'_, LetValue> {
    if starts_function(input) {
        return parse_function(input).map(|(rest, function)| (rest, LetValue::Function(function)));
    }
    if input.is_word("entity_group") {
        return parse_entity_group(input).map(|(rest, expr)| (rest, LetValue::Expr(expr)));
    }
    parse_expression(input).map(|(rest, expr)| (rest, LetValue::Expr(expr)))
}

/// `entity_group [a, b]` or `entity_group("name")`
pub(super) fn parse_entity_group(input: Tokens<'_>) -> Out<'_, Expr> {
    if starts_call(input) {
        return parse_call_expr(input);
    }
    let (rest, _) = word("entity_group")(input)?;
    let (rest, _) = commit(sign(TokenKind::OpenBracket)(rest))?;
    let (rest, members) = commit(comma_list(rest, parse_unnamed))?;
    let (rest, _) = commit(sign(TokenKind::CloseBracket)(rest))?;
    let kind = ExprKind::EntityGroup(members);
    Ok((rest, Expr { kind, span: rest.span_since(input) }))
}

/// Whether a parameter list comes next, and not an expression in parentheses.
fn starts_function(input: Tokens<'_>) -> bool {
    let offset = usize::from(input.is_word("view"));
    if input.kind_at(offset) != TokenKind::OpenParen {
        return false;
    }
    matches!(input.kind_at(offset + 1), TokenKind::CloseParen | TokenKind::Star)
        || scan_name(input, offset + 1, Use::Given)
            .is_some_and(|length| input.kind_at(offset + 1 + length) == TokenKind::Colon)
}

/// `view (parameters) { body }`
fn parse_function(input: Tokens<'_>) -> Out<'_, Function> {
    let (rest, view) = opt(word("view")).parse(input)?;
    let (rest, parameters) = parse_parameters(rest)?;
    let (rest, body) = commit(parse_body(rest))?;
    Ok((rest, Function { parameters, view: view.is_some(), body, span: rest.span_since(input) }))
}

/// `(name: type = default, …)`
pub(super) fn parse_parameters(input: Tokens<'_>) -> Out<'_, Vec<Parameter>> {
    let (rest, _) = sign(TokenKind::OpenParen)(input)?;
    let (rest, parameters) = commit(maybe_comma_list(rest, parse_parameter))?;
    let (rest, _) = commit(sign(TokenKind::CloseParen)(rest))?;
    Ok((rest, parameters))
}

fn parse_parameter(input: Tokens<'_>) -> Out<'_, Parameter> {
    let (rest, name) = parse_given_name(input)?;
    let (rest, _) = commit(sign(TokenKind::Colon)(rest))?;
    let (rest, kind) = commit(alt((parse_schema, scalar_kind)).parse(rest))?;
    let (rest, default) = opt(preceded(sign(TokenKind::Assign), |rest| commit(parse_default(rest)))).parse(rest)?;
    Ok((rest, Parameter { name, kind, default }))
}

fn scalar_kind(input: Tokens<'_>) -> Out<'_, ParameterKind> {
    parse_type(input).map(|(rest, ty)| (rest, ParameterKind::Scalar(ty)))
}

/// `(*)` or `(name: type, …)`
fn parse_schema(input: Tokens<'_>) -> Out<'_, ParameterKind> {
    let (rest, _) = sign(TokenKind::OpenParen)(input)?;
    let (rest, columns) = match rest.kind() {
        TokenKind::Star => (rest.skip(1), Vec::new()),
        _ => commit(loose_comma_list(rest, parse_name_and_schema))?,
    };
    let (rest, _) = commit(sign(TokenKind::CloseParen)(rest))?;
    Ok((rest, ParameterKind::Tabular(columns)))
}

/// A column of a table parameter. The grammar lets it have columns of its own, which mean nothing.
fn parse_name_and_schema(input: Tokens<'_>) -> Out<'_, NameAndType> {
    let nested_schema =
        scan_name(input, 0, Use::Given).filter(|length| input.kind_at(length + 1) == TokenKind::OpenParen);
    if nested_schema.is_none() {
        return parse_name_and_type(input);
    }
    let (rest, name) = parse_given_name(input)?;
    let (after, _) = nested(rest.skip(1), |rest| commit(parse_schema(rest)))?;
    let ty = Spanned::new(Type::Unknown, after.span_since(rest.skip(1)));
    Ok((after, NameAndType { name, ty }))
}

/// A default value: a literal or a word.
fn parse_default(input: Tokens<'_>) -> Out<'_, Expr> {
    match parse_signed_literal(input) {
        Err(Err::Error(_)) => parse_plain(input),
        other => other,
    }
}

/// `{ let …; value }`
fn parse_body(input: Tokens<'_>) -> Out<'_, Query> {
    let (rest, _) = sign(TokenKind::OpenBrace)(input)?;
    let (rest, statements) = nested(rest, body_statements)?;
    let (rest, _) = commit(sign(TokenKind::CloseBrace)(rest))?;
    Ok((rest, Query { statements }))
}

fn body_statements(input: Tokens<'_>) -> Out<'_, Vec<Statement>> {
    let mut rest = input;
    let mut statements = Vec::new();
    while rest.kind() != TokenKind::CloseBrace {
        let (next, kind) = match rest.peek().text {
            "let" if starts_statement(rest) => commit(parse_let(rest))?,
            "declare" if starts_statement(rest) => commit(parse_query_parameters(rest))?,
            _ => commit(parse_expression(rest).map(|(rest, expr)| (rest, StatementKind::Expression(expr))))?,
        };
        let last = matches!(kind, StatementKind::Expression(_));
        statements.push(Statement { kind, span: next.span_since(rest) });
        if last {
            let (next, _) = opt(sign(TokenKind::Semicolon)).parse(next)?;
            return Ok((next, statements));
        }
        (rest, _) = commit(sign(TokenKind::Semicolon)(next))?;
    }
    Ok((rest, statements))
}

/// Statements inside of `macro-expand … ( … )`.
pub(super) fn parse_block(input: Tokens<'_>) -> Out<'_, Query> {
    let mut rest = input;
    let mut statements = Vec::new();
    while !ends_list(rest) {
        let (next, kind) = nested(rest, parse_statement)?;
        statements.push(Statement { kind, span: next.span_since(rest) });
        rest = next;
        if rest.kind() != TokenKind::Semicolon {
            break;
        }
        rest = rest.skip(1);
    }
    Ok((rest, Query { statements }))
}

/// `set name = value`
fn parse_set(input: Tokens<'_>) -> Out<'_, StatementKind> {
    let (rest, name) = parse_name(input.skip(1))?;
    let (rest, value) = opt(preceded(sign(TokenKind::Assign), |rest| commit(parse_unnamed(rest)))).parse(rest)?;
    Ok((rest, StatementKind::Set(SetOption { name, value })))
}

/// `declare query_parameters (name: type = default, …)`
fn parse_query_parameters(input: Tokens<'_>) -> Out<'_, StatementKind> {
    let (rest, _) = preceded(word("declare"), word("query_parameters")).parse(input)?;
    let (rest, _) = sign(TokenKind::OpenParen)(rest)?;
    let (rest, parameters) = comma_list(rest, parse_parameter)?;
    let (rest, _) = sign(TokenKind::CloseParen)(rest)?;
    Ok((rest, StatementKind::QueryParameters(parameters)))
}

/// `restrict access to (a, b*, database("x").*)`
fn parse_restrict(input: Tokens<'_>) -> Out<'_, StatementKind> {
    let (rest, _) = preceded(word("restrict"), preceded(word("access"), word("to"))).parse(input)?;
    let (rest, _) = sign(TokenKind::OpenParen)(rest)?;
    let (rest, entities) = comma_list(rest, parse_wildcard_entity)?;
    let (rest, _) = sign(TokenKind::CloseParen)(rest)?;
    let (rest, _) = opt(preceded(word("with"), |rest| commit(parse_free_properties(rest)))).parse(rest)?;
    Ok((rest, StatementKind::Restrict(entities)))
}

/// `declare pattern name [= declaration]`
fn parse_pattern_statement(input: Tokens<'_>) -> Out<'_, StatementKind> {
    let (rest, name) = parse_name(input.skip(2))?;
    let pattern = Pattern { name, parameters: Vec::new(), path: None, cases: Vec::new() };
    let (rest, pattern) = match rest.kind() {
        TokenKind::Assign => parse_pattern_declaration(rest.skip(1), pattern)?,
        _ => (rest, pattern),
    };
    Ok((rest, StatementKind::Pattern(pattern)))
}

/// `(parameters)[path] { cases }`
fn parse_pattern_declaration(input: Tokens<'_>, announced: Pattern) -> Out<'_, Pattern> {
    let mut pattern = announced;
    let (rest, _) = sign(TokenKind::OpenParen)(input)?;
    let (rest, parameters) = maybe_comma_list(rest, parse_name_and_type)?;
    pattern.parameters = parameters;
    let (mut rest, _) = sign(TokenKind::CloseParen)(rest)?;
    if rest.kind() == TokenKind::OpenBracket {
        let (next, named) = parse_name_and_type(rest.skip(1))?;
        (rest, _) = sign(TokenKind::CloseBracket)(next)?;
        pattern.path = Some(named);
    }
    (rest, _) = sign(TokenKind::OpenBrace)(rest)?;
    loop {
        let (next, case) = parse_pattern_match(rest)?;
        pattern.cases.push(case);
        rest = next;
        if rest.kind() == TokenKind::CloseBrace {
            return Ok((rest.skip(1), pattern));
        }
    }
}

/// `("a", "b").["c"] = { body };`
fn parse_pattern_match(input: Tokens<'_>) -> Out<'_, PatternCase> {
    let (rest, _) = sign(TokenKind::OpenParen)(input)?;
    let (rest, args) = comma_list(rest, parse_unnamed)?;
    let (mut rest, _) = sign(TokenKind::CloseParen)(rest)?;
    let mut path = None;
    if rest.kind() == TokenKind::Dot {
        let (next, _) = sign(TokenKind::OpenBracket)(rest.skip(1))?;
        let (next, literal) = parse_signed_literal(next)?;
        (rest, _) = sign(TokenKind::CloseBracket)(next)?;
        path = Some(literal);
    }
    let (start, _) = sign(TokenKind::Assign)(rest)?;
    let (rest, body) = parse_body(start)?;
    let body = Function { parameters: Vec::new(), view: false, body, span: rest.span_since(start) };
    let (rest, _) = sign(TokenKind::Semicolon)(rest)?;
    Ok((rest, PatternCase { args, path, body }))
}
