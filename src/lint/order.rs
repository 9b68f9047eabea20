//! Whether rows have an order, and what counts on one.

use crate::diagnostic::Diagnostic;
use crate::syntax::ast::{Expr, ExprKind, LetValue, OperatorKind, Pipeline, Query, StatementKind, TableSource};
use crate::syntax::walk::{Node, walk};

use super::{Lint, Subject, When, warning};

pub(super) const TAKE_WITHOUT_ORDER: Lint = Lint {
    name: "take-without-order",
    summary: "A `take` picks rows by chance, and something depends on which.",
    why: "Rows without an order come as they come: the next run may give others. A `take` at the end of a look at raw \
          rows is fine; a `take` of groups, or one whose rows are worked on, is most likely a `top`.",
    example: "ACSCallSummary\n| where TimeGenerated > ago(1d)\n| summarize Calls = dcount(CorrelationId) by EndpointType\n| take 5",
    when: When::Always,
    check: take_without_order,
};

/// Whether the last answer of a request comes in an order that the request asks for.
pub fn is_ordered(query: &Query) -> bool {
    query.statements.iter().rev().find_map(|statement| match &statement.kind {
        StatementKind::Expression(expr) => Some(expr_is_ordered(expr, query, 0)),
        _ => None,
    }) == Some(true)
}

/// Names may stand for names; more than this is no request.
const MOST_STEPS: usize = 20;

fn expr_is_ordered(expr: &Expr, query: &Query, depth: usize) -> bool {
    match &expr.kind {
        ExprKind::Paren(inner) => expr_is_ordered(inner, query, depth),
        ExprKind::Pipeline(pipeline) => order_before(pipeline, pipeline.operators.len(), query, depth),
        ExprKind::Name(name) if depth < MOST_STEPS => {
            let named = query.statements.iter().find_map(|statement| match &statement.kind {
                StatementKind::Let(let_) if let_.name.name == name.name => Some(&let_.value),
                _ => None,
            });
            matches!(named, Some(LetValue::Expr(value)) if expr_is_ordered(value, query, depth + 1))
        }
        // A scalar is one row.
        ExprKind::Literal(_) | ExprKind::Binary(..) | ExprKind::Unary(..) => true,
        _ => false,
    }
}

/// Whether rows have an order in front of an operator.
fn order_before(pipeline: &Pipeline, count: usize, query: &Query, depth: usize) -> bool {
    let mut ordered = match &pipeline.source {
        TableSource::Expr(expr) => expr_is_ordered(expr, query, depth),
        TableSource::Operator(source) => {
            matches!(source.kind, OperatorKind::Range(_) | OperatorKind::Print(_) | OperatorKind::Datatable(_))
        }
    };
    for operator in pipeline.operators.iter().take(count) {
        ordered = match &operator.kind {
            OperatorKind::Sort(_)
            | OperatorKind::Top(_)
            | OperatorKind::Scan(_)
            | OperatorKind::Count(_)
            | OperatorKind::GetSchema(_) => true,
            OperatorKind::Summarize(summarize) => summarize.groups.is_empty(),
            _ if keeps_order(&operator.kind) => ordered,
            _ => false,
        };
    }
    ordered
}

/// Whether an operator leaves rows in the order in which they come.
pub(super) fn keeps_order(kind: &OperatorKind) -> bool {
    matches!(
        kind,
        OperatorKind::As(_)
            | OperatorKind::AssertSchema(_)
            | OperatorKind::Extend(_)
            | OperatorKind::MvExpand(_)
            | OperatorKind::Parse(_)
            | OperatorKind::ParseKv(_)
            | OperatorKind::Project(_)
            | OperatorKind::ProjectAway(_)
            | OperatorKind::ProjectByNames(_)
            | OperatorKind::ProjectKeep(_)
            | OperatorKind::ProjectRename(_)
            | OperatorKind::ProjectReorder(_)
            | OperatorKind::Render(_)
            | OperatorKind::Serialize(_)
            | OperatorKind::Take(_)
            | OperatorKind::Where(_)
    )
}

fn take_without_order(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    walk(subject.query, &mut |node| {
        let Node::Pipeline(pipeline) = node else { return };
        for (at, operator) in pipeline.operators.iter().enumerate() {
            let OperatorKind::Take(_) = operator.kind else { continue };
            let after_groups = pipeline.operators[..at].iter().any(|before| {
                matches!(before.kind, OperatorKind::Summarize(_) | OperatorKind::Distinct(_) | OperatorKind::Join(_))
            });
            // Counting a sample, or shaping it, does not depend on which rows it has.
            let worked_on = pipeline.operators[at + 1..].iter().any(|after| {
                matches!(after.kind, OperatorKind::Summarize(_) | OperatorKind::Sort(_) | OperatorKind::Join(_))
            });
            if (after_groups || worked_on) && !order_before(pipeline, at, subject.query, 0) {
                found.push(
                    warning("take-without-order", operator.span, "which rows this takes is up to chance")
                        .label("the rows have no order here")
                        .help("put a `sort` in front, or write `top N by …`"),
                );
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::parse;

    #[test]
    fn an_order_is_followed() {
        let check = |text: &str, expected: bool| assert_eq!(is_ordered(&parse(text).query), expected, "{text}");
        check("T | sort by a | project a | take 5", true);
        check("let S = T | top 3 by a; S | where b", true);
        check("T | summarize count() by a", false);
        check("T | summarize count()", true);
        check("T | sort by a | summarize count() by a", false);
        check("print 1", true);
        check("let a = 1;", false);
    }
}
