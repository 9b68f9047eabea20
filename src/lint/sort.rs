//! A sort whose order nothing sees.

use crate::diagnostic::Diagnostic;
use crate::syntax::ast::{ExprKind, NamedExpr, Operator, OperatorKind};
use crate::syntax::walk::{Node, walk, walk_expr, walk_operator};

use super::order::keeps_order;
use super::{Lint, Subject, When, warning};

pub(super) const USELESS_SORT: Lint = Lint {
    name: "useless-sort",
    summary: "A `sort` is followed by something that loses its order.",
    why: "Sorting costs time and memory, and the order is gone before anybody sees it. Most likely the `sort` belongs at \
          the end.",
    example: "ACSCallSummary\n| where TimeGenerated > ago(1d)\n| sort by TimeGenerated desc\n| summarize count() by CallType",
    when: When::Always,
    check: useless_sort,
};

/// Functions that see the order of rows.
const WINDOW: &[&str] =
    &["next", "prev", "row_cumsum", "row_number", "row_rank_dense", "row_rank_min", "row_window_session"];

/// Starts of the names of aggregates whose result depends on the order of rows.
const ORDERED: &[&str] = &["make_", "makelist", "makeset", "take_any", "any", "hll", "tdigest"];

fn useless_sort(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    walk(subject.query, &mut |node| {
        let Node::Pipeline(pipeline) = node else { return };
        for (at, operator) in pipeline.operators.iter().enumerate() {
            let OperatorKind::Sort(_) = operator.kind else { continue };
            if let Some(loser) = loser(&pipeline.operators[at + 1..]) {
                found.push(
                    warning("useless-sort", operator.keyword, "nothing sees the order of this `sort`")
                        .other(loser.keyword, "here it is lost")
                        .help("sort behind it, or leave the `sort` out"),
                );
            }
        }
    });
}

/// The operator that loses the order, if nothing has used it by then.
fn loser(after: &[Operator]) -> Option<&Operator> {
    for operator in after {
        match &operator.kind {
            OperatorKind::Take(_) => return None,
            OperatorKind::Count(_)
            | OperatorKind::Distinct(_)
            | OperatorKind::Sort(_)
            | OperatorKind::Top(_)
            | OperatorKind::Union(_) => return Some(operator),
            OperatorKind::Summarize(o) => return (!o.aggregates.iter().any(sees_order)).then_some(operator),
            kind if keeps_order(kind) && !has_window(operator) => {}
            _ => return None,
        }
    }
    None
}

fn sees_order(aggregate: &NamedExpr) -> bool {
    let mut found = false;
    walk_expr(&aggregate.value, &mut |node| {
        if let Node::Expr(expr) = node
            && let ExprKind::Call(call) = &expr.kind
        {
            found |= ORDERED.iter().any(|start| call.name.name.starts_with(start));
        }
    });
    found
}

fn has_window(operator: &Operator) -> bool {
    let mut found = false;
    walk_operator(operator, &mut |node| {
        if let Node::Expr(expr) = node
            && let ExprKind::Call(call) = &expr.kind
        {
            // A function of the request may hold such a call.
            found |= WINDOW.contains(&call.name.name.as_str()) || crate::functions::function(&call.name.name).is_none();
        }
    });
    found
}
