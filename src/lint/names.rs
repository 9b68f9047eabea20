//! Names that are given and never used.

use crate::diagnostic::Diagnostic;
use crate::syntax::ast::{Expr, ExprKind, NamedExpr, Operator, OperatorKind, Pipeline, StatementKind};
use crate::syntax::walk::{Node, walk, walk_operator};

use super::{Lint, Subject, When, warning};

pub(super) const UNUSED_LET: Lint = Lint {
    name: "unused-let",
    summary: "A `let` gives a name that nothing uses.",
    why: "It is left over, or a later line says something else than it means.",
    example: "let days = 7d;\nACSCallSummary | where TimeGenerated > ago(1d)",
    when: When::Always,
    check: unused_let,
};

pub(super) const UNUSED_AGGREGATE: Lint = Lint {
    name: "unused-aggregate",
    summary: "A `summarize` works out a column that a `project` behind it drops unused.",
    why: "It costs time and memory for every group, and makes the reader look for its use.",
    example: "ACSCallSummary\n| where TimeGenerated > ago(1d)\n| summarize Calls = dcount(CorrelationId), Rows = count() by CallType\n| project CallType, Calls",
    when: When::Always,
    check: unused_aggregate,
};

fn unused_let(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let mut used = Vec::new();
    let mut wildcards = false;
    let mut lets = Vec::new();
    walk(subject.query, &mut |node| match node {
        Node::Statement(statement) => {
            if let StatementKind::Let(let_) = &statement.kind {
                lets.push(&let_.name);
            }
        }
        Node::Expr(expr) => match &expr.kind {
            ExprKind::Name(name) => used.push(name.name.as_str()),
            ExprKind::Call(call) => used.push(call.name.name.as_str()),
            ExprKind::Wildcard(_) => wildcards = true,
            _ => {}
        },
        Node::Operator(operator) => match &operator.kind {
            OperatorKind::Invoke(invoke) => used.push(invoke.call.name.name.as_str()),
            // These look through whatever tables there are.
            OperatorKind::Find(_) | OperatorKind::Search(_) => wildcards = true,
            OperatorKind::Graph(_) => wildcards = true,
            _ => {}
        },
        Node::Function(_) | Node::Pipeline(_) => {}
    });
    for name in lets {
        if !wildcards && !used.contains(&name.name.as_str()) {
            let message = format!("nothing uses `{}`", name.name);
            found.push(warning("unused-let", name.span, message).help("leave it out"));
        }
    }
}

fn unused_aggregate(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    walk(subject.query, &mut |node| {
        let Node::Pipeline(pipeline) = node else { return };
        for (at, operator) in pipeline.operators.iter().enumerate() {
            if let OperatorKind::Summarize(summarize) = &operator.kind {
                for aggregate in &summarize.aggregates {
                    unused_in(aggregate, pipeline, at, found);
                }
            }
        }
    });
}

fn unused_in(aggregate: &NamedExpr, pipeline: &Pipeline, at: usize, found: &mut Vec<Diagnostic>) {
    let [name] = aggregate.names.as_slice() else { return };
    // What a query finds next behind the `summarize` must be simple enough to be sure of.
    for operator in &pipeline.operators[at + 1..] {
        if mentions(operator, &name.name) {
            return;
        }
        match &operator.kind {
            OperatorKind::Where(_) | OperatorKind::Extend(_) | OperatorKind::Sort(_) | OperatorKind::Take(_) => {}
            OperatorKind::Project(_) | OperatorKind::Summarize(_) | OperatorKind::Distinct(_) => {
                found.push(
                    warning("unused-aggregate", name.span, format!("`{}` is worked out and then dropped", name.name))
                        .other(operator.keyword, "here")
                        .help("leave it out of the `summarize`"),
                );
                return;
            }
            _ => return,
        }
    }
}

/// Whether an operator names a column, or all columns.
fn mentions(operator: &Operator, column: &str) -> bool {
    let mut found = false;
    let mut see = |expr: &Expr| match &expr.kind {
        ExprKind::Name(name) => found |= name.name == column,
        ExprKind::Call(call) => {
            found |= ["pack_all", "column_ifexists", "columnifexists"].contains(&call.name.name.as_str())
        }
        ExprKind::Star | ExprKind::Wildcard(_) => found = true,
        _ => {}
    };
    walk_operator(operator, &mut |node| {
        if let Node::Expr(expr) = node {
            see(expr);
        }
    });
    found
}
