//! Statements as text.

use crate::syntax::ast::{Function, LetValue, NameAndType, Parameter, ParameterKind, Query, Statement, StatementKind};

use super::expression::{write_expr, write_list};
use super::operator::write_operators;
use super::value::name_text;
use super::writer::Writer;

/// All statements, each on lines of its own.
pub(super) fn write_query(w: &mut Writer<'_>, query: &Query) {
    let mut before = 0;
    for (at, statement) in query.statements.iter().enumerate() {
        if at > 0 {
            w.keep_gap(before, statement.span.start);
        }
        w.comments_before(statement.span.start);
        w.line();
        write_statement(w, statement);
        let last = at + 1 == query.statements.len();
        if !(last && matches!(statement.kind, StatementKind::Expression(_) | StatementKind::Command(_))) {
            w.push(";");
        }
        w.comments_within(statement.span);
        before = statement.span.end;
    }
}

fn write_statement(w: &mut Writer<'_>, statement: &Statement) {
    match &statement.kind {
        StatementKind::Expression(expr) => write_expr(w, expr),
        StatementKind::Let(let_) => {
            w.push("let ");
            w.push(&name_text(&let_.name.name));
            w.push(" = ");
            match &let_.value {
                LetValue::Expr(expr) => write_let_value(w, expr),
                LetValue::Function(function) => write_function(w, function),
            }
        }
        StatementKind::Set(set) => {
            w.push("set ");
            w.push(&name_text(&set.name.name));
            if let Some(value) = &set.value {
                w.push(" = ");
                write_expr(w, value);
            }
        }
        StatementKind::QueryParameters(parameters) => {
            w.push("declare query_parameters (");
            write_list(w, parameters, write_parameter);
            w.push(")");
        }
        StatementKind::Alias { name, value } => {
            w.push("alias database ");
            w.push(&name_text(&name.name));
            w.push(" = ");
            write_expr(w, value);
        }
        // The tree does not hold all of these, and nothing runs them.
        StatementKind::Pattern(_) | StatementKind::Restrict(_) => w.push_source(statement.span),
        StatementKind::Command(command) => {
            w.push_source(command.text.span);
            write_operators(w, &command.operators);
            if let Some(query) = &command.query {
                w.push(" <|");
                w.line();
                write_expr(w, query);
            }
        }
    }
}

/// A pipeline of several operators starts on the next line, one level further in.
fn write_let_value(w: &mut Writer<'_>, expr: &crate::syntax::ast::Expr) {
    use crate::syntax::ast::ExprKind;

    match &expr.kind {
        ExprKind::Pipeline(pipeline) if !pipeline.operators.is_empty() => w.indented(|w| {
            w.line();
            write_expr(w, expr);
        }),
        _ => write_expr(w, expr),
    }
}

fn write_function(w: &mut Writer<'_>, function: &Function) {
    w.push(if function.view { "view (" } else { "(" });
    write_list(w, &function.parameters, write_parameter);
    w.push(") {");
    w.indented(|w| {
        write_query(w, &function.body);
        w.comments_before(function.span.end);
    });
    w.line();
    w.push("}");
}

/// `name: type = default`
pub(super) fn write_parameter(w: &mut Writer<'_>, parameter: &Parameter) {
    w.push(&name_text(&parameter.name.name));
    w.push(": ");
    match &parameter.kind {
        ParameterKind::Scalar(ty) => w.push(ty.node.name()),
        ParameterKind::Tabular(columns) if columns.is_empty() => w.push("(*)"),
        ParameterKind::Tabular(columns) => write_schema(w, columns),
    }
    if let Some(default) = &parameter.default {
        w.push(" = ");
        write_expr(w, default);
    }
}

/// `(name: type, …)`
pub(super) fn write_schema(w: &mut Writer<'_>, columns: &[NameAndType]) {
    w.push("(");
    write_list(w, columns, write_name_and_type);
    w.push(")");
}

/// `name: type`
pub(super) fn write_name_and_type(w: &mut Writer<'_>, column: &NameAndType) {
    w.push(&name_text(&column.name.name));
    w.push(": ");
    // A table inside of a table has no type of its own.
    match column.ty.node {
        crate::types::Type::Unknown => w.push_source(column.ty.span),
        ty => w.push(ty.name()),
    }
}
