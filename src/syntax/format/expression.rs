//! Expressions as text.

use crate::syntax::ast::{
    Argument, BetweenOp, BinaryOp, Call, Expr, ExprKind, NamedExpr, Pipeline, TableSource, UnaryOp,
};

use super::operator::{write_operator, write_operators};
use super::value::{name_text, value_text};
use super::writer::Writer;

/// Writes an expression on the line. Only pipelines in parentheses and function bodies start new lines.
pub(super) fn write_expr(w: &mut Writer<'_>, expr: &Expr) {
    match &expr.kind {
        ExprKind::Name(name) => w.push(&name_text(&name.name)),
        ExprKind::Wildcard(pattern) => w.push(pattern),
        ExprKind::Star => w.push("*"),
        ExprKind::Literal(value) => w.push(&value_text(value)),
        ExprKind::Other(_) => w.push_source(expr.span),
        ExprKind::EntityGroup(members) => {
            w.push("entity_group [");
            write_list(w, members, write_expr);
            w.push("]");
        }
        ExprKind::TypeOf(types) => {
            w.push("typeof(");
            write_list(w, types, |w, (name, ty)| {
                if let Some(name) = name {
                    w.push(&name_text(&name.name));
                    w.push(": ");
                }
                w.push(ty.as_ref().map_or("*", |ty| ty.node.name()));
            });
            w.push(")");
        }
        ExprKind::Call(call) => write_call(w, call),
        ExprKind::Member(base, name) => {
            write_expr(w, base);
            w.push(".");
            w.push(&name_text(&name.name));
        }
        ExprKind::Path(base, selector) => {
            write_expr(w, base);
            w.push(".");
            write_expr(w, selector);
        }
        ExprKind::Index(base, index) => {
            write_expr(w, base);
            w.push("[");
            write_expr(w, index);
            w.push("]");
        }
        ExprKind::Unary(op, inner) => {
            w.push(match op.node {
                UnaryOp::Minus => "-",
                UnaryOp::Plus => "+",
            });
            write_expr(w, inner);
        }
        ExprKind::Binary(op, left, right) => {
            write_expr(w, left);
            w.push(if op.node == BinaryOp::Search { "" } else { " " });
            w.push(op.node.text());
            w.push(" ");
            write_expr(w, right);
        }
        ExprKind::In(op, value, list) => {
            write_expr(w, value);
            w.push(" ");
            w.push(op.node.text());
            w.push(" (");
            match list.as_slice() {
                [only] => write_block(w, only, expr.span.end),
                _ => write_list(w, list, write_expr),
            }
            w.push(")");
        }
        ExprKind::Between { op, value, low, high } => {
            write_expr(w, value);
            w.push(match op.node {
                BetweenOp::Between => " between (",
                BetweenOp::NotBetween => " !between (",
            });
            write_expr(w, low);
            w.push(" .. ");
            write_expr(w, high);
            w.push(")");
        }
        ExprKind::Paren(inner) => {
            w.push("(");
            write_block(w, inner, expr.span.end);
            w.push(")");
        }
        ExprKind::Pipeline(pipeline) => write_pipeline(w, pipeline),
    }
}

/// Writes what stands between two parentheses, the second of which ends at `end`: on lines of its own if it is a
/// pipeline of several operators.
fn write_block(w: &mut Writer<'_>, inner: &Expr, end: u32) {
    match &inner.kind {
        ExprKind::Pipeline(pipeline) if !pipeline.operators.is_empty() => {
            w.indented(|w| {
                w.comments_before(inner.span.start);
                w.line();
                write_pipeline(w, pipeline);
                w.comments_within(inner.span);
                w.comments_before(end);
            });
            w.line();
        }
        _ => write_expr(w, inner),
    }
}

/// A source, and each operator on a line of its own.
pub(super) fn write_pipeline(w: &mut Writer<'_>, pipeline: &Pipeline) {
    match &pipeline.source {
        TableSource::Expr(expr) => {
            write_expr(w, expr);
            w.comments_within(expr.span);
        }
        TableSource::Operator(operator) => {
            write_operator(w, operator);
            w.comments_within(operator.span);
        }
    }
    write_operators(w, &pipeline.operators);
}

/// `name(arguments)`
pub(super) fn write_call(w: &mut Writer<'_>, call: &Call) {
    // These take a pipeline where other functions take arguments, and are keywords.
    let keyword = matches!(call.name.name.as_str(), "toscalar" | "totable" | "materialize");
    match (keyword, call.args.as_slice()) {
        (true, [Argument { name: None, value }]) => {
            w.push(&call.name.name);
            w.push("(");
            write_block(w, value, call.args_span.end);
        }
        _ => {
            w.push(&name_text(&call.name.name));
            w.push("(");
            write_list(w, &call.args, |w, argument| {
                if let Some(name) = &argument.name {
                    w.push(&name_text(&name.name));
                    w.push(" = ");
                }
                write_expr(w, &argument.value);
            });
        }
    }
    w.push(")");
}

/// `name = value`, `(a, b) = value`, or the value alone.
pub(super) fn write_named(w: &mut Writer<'_>, named: &NamedExpr) {
    match named.names.as_slice() {
        [] => {}
        [name] => {
            w.push(&name_text(&name.name));
            w.push(" = ");
        }
        names => {
            w.push("(");
            write_list(w, names, |w, name| w.push(&name_text(&name.name)));
            w.push(") = ");
        }
    }
    write_expr(w, &named.value);
}

/// Items with commas between, on one line.
pub(super) fn write_list<T>(w: &mut Writer<'_>, items: &[T], write: impl Fn(&mut Writer<'_>, &T)) {
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            w.push(", ");
        }
        write(w, item);
    }
}

/// Items behind a keyword: on its line if they fit, else on a line each.
pub(super) fn write_wide_list<T>(w: &mut Writer<'_>, items: &[T], write: impl Fn(&mut Writer<'_>, &T)) {
    let mark = w.mark();
    w.push(" ");
    write_list(w, items, &write);
    if items.len() < 2 || !w.too_wide(&mark) {
        return;
    }
    w.reset(mark);
    w.indented(|w| {
        for (at, item) in items.iter().enumerate() {
            w.line();
            write(w, item);
            w.push(if at + 1 < items.len() { "," } else { "" });
        }
    });
}

/// A predicate behind a keyword: when it is too wide, each part of its outermost `and`s or `or`s is on a line.
pub(super) fn write_predicate(w: &mut Writer<'_>, predicate: &Expr) {
    let mark = w.mark();
    w.push(" ");
    write_expr(w, predicate);
    let ExprKind::Binary(op, ..) = &predicate.kind else { return };
    if !matches!(op.node, BinaryOp::And | BinaryOp::Or) || !w.too_wide(&mark) {
        return;
    }
    w.reset(mark);
    w.push(" ");
    let mut parts = Vec::new();
    flatten(predicate, op.node, &mut parts);
    w.indented(|w| {
        for (at, part) in parts.into_iter().enumerate() {
            if at > 0 {
                w.line();
                w.push(op.node.text());
                w.push(" ");
            }
            write_expr(w, part);
        }
    });
}

fn flatten<'e>(expr: &'e Expr, op: BinaryOp, parts: &mut Vec<&'e Expr>) {
    match &expr.kind {
        ExprKind::Binary(found, left, right) if found.node == op => {
            flatten(left, op, parts);
            flatten(right, op, parts);
        }
        _ => parts.push(expr),
    }
}
