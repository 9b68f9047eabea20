//! Log tables that are read from their first row to their last.

use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::syntax::ast::{
    BinaryOp, Expr, ExprKind, InOp, Operator, OperatorKind, Pipeline, StatementKind, TableSource,
};
use crate::syntax::walk::{Node, walk, walk_expr};
use crate::tables::{self, TableDef};
use crate::types::Type;

use super::{Lint, Subject, When, warning};

pub(super) const NO_TIME_FILTER: Lint = Lint {
    name: "no-time-filter",
    summary: "A log table is read without a limit in time.",
    why: "Logs grow. The time of a row decides which files are read at all, so a `where` on it is the cheapest there is, \
          and without one the answer changes with every day that is added.",
    example: "ACSCallSummary | summarize dcount(CorrelationId) by CallType",
    when: When::Always,
    check: no_time_filter,
};

/// A pipeline over a log table, or over something else.
struct Seen<'q> {
    pipeline: &'q Pipeline,
    span: Span,
}

fn no_time_filter(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let mut seen: Vec<Seen<'_>> = Vec::new();
    let mut lets = Vec::new();
    walk(subject.query, &mut |node| match node {
        Node::Expr(Expr { kind: ExprKind::Pipeline(pipeline), span }) => seen.push(Seen { pipeline, span: *span }),
        Node::Statement(statement) => {
            if let StatementKind::Let(let_) = &statement.kind {
                lets.push((let_.name.name.as_str(), statement.span));
            }
        }
        Node::Function(_) | Node::Pipeline(_) | Node::Operator(_) | Node::Expr(_) => {}
    });
    for this in &seen {
        let TableSource::Expr(Expr { kind: ExprKind::Name(name), span }) = &this.pipeline.source else { continue };
        let Some(table) = tables::by_name(&name.name) else { continue };
        if lets.iter().any(|(known, _)| *known == name.name) || is_limited(this, table) {
            continue;
        }
        // What stands around it, or uses the name it is given, may say the time.
        let around = |other: &&Seen<'_>| source_span(other.pipeline).is_some_and(|source| holds(source, this.span));
        let named: Vec<&str> =
            lets.iter().filter(|(_, place)| holds(*place, this.span)).map(|(name, _)| *name).collect();
        let uses = |other: &&Seen<'_>| matches!(source_name(other.pipeline), Some(name) if named.contains(&name));
        if seen.iter().filter(|other| around(other) || uses(other)).any(|other| is_limited(other, table)) {
            continue;
        }
        found.push(
            warning("no-time-filter", *span, format!("all of `{}` is read, whatever its age", table.name))
                .help("put `| where TimeGenerated > ago(7d)` or another limit right behind it"),
        );
    }
}

fn source_span(pipeline: &Pipeline) -> Option<Span> {
    match &pipeline.source {
        TableSource::Expr(expr) => Some(expr.span),
        TableSource::Operator(operator) => Some(operator.span),
    }
}

fn source_name(pipeline: &Pipeline) -> Option<&str> {
    match &pipeline.source {
        TableSource::Expr(Expr { kind: ExprKind::Name(name), .. }) => Some(&name.name),
        _ => None,
    }
}

fn holds(outer: Span, inner: Span) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// Whether a pipeline looks at some time only, at one thing, or only at how the table is made.
fn is_limited(seen: &Seen<'_>, table: &TableDef) -> bool {
    let looks = |operator: &Operator| {
        matches!(
            operator.kind,
            OperatorKind::Take(_)
                | OperatorKind::Sample(_)
                | OperatorKind::GetSchema(_)
                | OperatorKind::SampleDistinct(_)
        )
    };
    seen.pipeline.operators.first().is_none_or(looks)
        || seen.pipeline.operators.iter().any(|operator| match &operator.kind {
            OperatorKind::Where(where_) => says_time(&where_.predicate, table) || picks_one(&where_.predicate),
            OperatorKind::MakeSeries(series) => series.from.is_some() || series.in_range,
            _ => false,
        })
}

fn says_time(predicate: &Expr, table: &TableDef) -> bool {
    let mut found = false;
    walk_expr(predicate, &mut |node| {
        if let Node::Expr(Expr { kind: ExprKind::Name(name), .. }) = node {
            found |= table.columns.iter().any(|column| column.ty == Type::DateTime && column.name == name.name);
        }
    });
    found
}

/// `CallId == "…"`, `ParticipantId in (…)`: the rows of some calls or people.
fn picks_one(predicate: &Expr) -> bool {
    let is_id = |expr: &Expr| matches!(&expr.kind, ExprKind::Name(name) if name.name.ends_with("Id") || name.name == "Identifier");
    match &predicate.kind {
        ExprKind::Paren(inner) => picks_one(inner),
        ExprKind::Binary(op, left, right) => match op.node {
            BinaryOp::And => picks_one(left) || picks_one(right),
            // `isempty(call) or CallId == call`, where `call` is a parameter that may be left out.
            BinaryOp::Or if is_left_out(left) || is_left_out(right) => picks_one(left) || picks_one(right),
            BinaryOp::Or => picks_one(left) && picks_one(right),
            BinaryOp::Equal | BinaryOp::EqualTilde => is_id(left) != is_id(right),
            BinaryOp::StartsWith | BinaryOp::StartsWithCs => is_id(left),
            _ => false,
        },
        ExprKind::In(op, value, _) => matches!(op.node, InOp::In | InOp::InTilde) && is_id(value),
        _ => false,
    }
}

fn is_left_out(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Call(call) if matches!(call.name.name.as_str(), "isempty" | "isnull"))
}
