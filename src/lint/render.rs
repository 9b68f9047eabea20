//! A chart that is asked for where no answer is.

use crate::diagnostic::Diagnostic;
use crate::syntax::ast::{ExprKind, OperatorKind, StatementKind};
use crate::syntax::walk::{Node, walk};

use super::{Lint, Subject, When, warning};

pub(super) const RENDER_IN_THE_MIDDLE: Lint = Lint {
    name: "render-in-the-middle",
    summary: "A `render` stands where it does not decide how the answer is shown.",
    why: "Only the last operator of a statement that gives an answer draws. Elsewhere the wish for a chart is forgotten \
          or meant for other rows.",
    example: "ACSCallSummary\n| where TimeGenerated > ago(1d)\n| summarize count() by CallType\n| render piechart\n| where CallType == \"Group\"",
    when: When::Always,
    check: render_in_the_middle,
};

fn render_in_the_middle(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let last = subject.query.statements.iter().filter_map(|statement| match &statement.kind {
        StatementKind::Expression(expr) => match &expr.kind {
            ExprKind::Pipeline(pipeline) => pipeline.operators.last().map(|operator| operator.span),
            _ => None,
        },
        StatementKind::Command(command) => command.operators.last().map(|operator| operator.span),
        _ => None,
    });
    let last: Vec<_> = last.collect();
    let mut forks = Vec::new();
    walk(subject.query, &mut |node| {
        let Node::Operator(operator) = node else { return };
        match &operator.kind {
            // Each branch gives an answer of its own.
            OperatorKind::Fork(fork) => {
                forks.extend(fork.branches.iter().filter_map(|(_, operators)| operators.last().map(|last| last.span)));
            }
            OperatorKind::Facet(facet) => forks.extend(facet.with.last().map(|last| last.span)),
            OperatorKind::Render(_) if !last.contains(&operator.span) && !forks.contains(&operator.span) => {
                found.push(
                    warning("render-in-the-middle", operator.keyword, "this `render` is not at the end")
                        .help("put it behind the last operator of the statement"),
                );
            }
            _ => {}
        }
    });
}
