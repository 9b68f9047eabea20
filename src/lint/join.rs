//! A join without `kind`, which keeps one row of each key on its left.

use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::syntax::ast::{Expr, ExprKind, OperatorKind, Query, StatementKind};
use crate::syntax::walk::{Node, walk_statement};

use super::{Lint, Subject, When, warning};

pub(super) const BARE_JOIN: Lint = Lint {
    name: "bare-join",
    summary: "A `join` does not say its kind, so it keeps one row of each key on its left.",
    why: "The default is `kind=innerunique`: of several left rows with one key, one is picked by chance and the others \
          are dropped without a word. `kind=inner` keeps all of them.",
    example: "ACSCallSummary\n| where TimeGenerated > ago(1d)\n| join (ACSCallDiagnostics | where TimeGenerated > ago(1d)) on CorrelationId",
    when: When::Always,
    check: bare_join,
};

/// A join without `kind`, and the pipeline it stands in.
#[derive(Clone, Copy, Debug)]
pub struct BareJoin<'q> {
    /// The word `join`.
    pub keyword: Span,
    /// The pipeline from its start up to the end of the join.
    pub pipeline: Span,
    /// Where the statement that holds it starts.
    pub statement: u32,
    query: &'q Query,
}

/// The joins of a request that do not say their kind.
pub fn bare_joins(query: &Query) -> Vec<BareJoin<'_>> {
    let mut found = Vec::new();
    for statement in &query.statements {
        walk_statement(statement, &mut |node| {
            let Node::Expr(Expr { kind: ExprKind::Pipeline(pipeline), span }) = node else { return };
            for operator in &pipeline.operators {
                if let OperatorKind::Join(join) = &operator.kind
                    && join.options.iter().all(|option| option.name.name != "kind")
                {
                    let start = span.range().start;
                    found.push(BareJoin {
                        keyword: operator.keyword,
                        pipeline: Span::new(start, operator.span.range().end),
                        statement: statement.span.start,
                        query,
                    });
                }
            }
        });
    }
    found
}

impl BareJoin<'_> {
    /// Requests that count the rows of the join as it is, and as it would be with `kind=inner`.
    pub fn counts(&self, text: &str) -> [String; 2] {
        let slice = |from: u32, to: u32| text.get(from as usize..to as usize).unwrap_or("");
        let statements = self.query.statements.iter().filter(|statement| statement.span.end <= self.statement);
        let before: String = statements
            .filter(|statement| declares(&statement.kind))
            .map(|s| slice(s.span.start, s.span.end).to_owned() + ";\n")
            .collect();
        let with = |kind: &str| {
            let head = slice(self.pipeline.start, self.keyword.end);
            let tail = slice(self.keyword.end, self.pipeline.end);
            format!("{before}{head} kind={kind}{tail}\n| count")
        };
        [with("innerunique"), with("inner")]
    }
}

fn declares(kind: &StatementKind) -> bool {
    !matches!(kind, StatementKind::Expression(_) | StatementKind::Command(_))
}

fn bare_join(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for join in bare_joins(subject.query) {
        let remark = warning("bare-join", join.keyword, "this `join` keeps one row of each key on its left")
            .label("`kind=innerunique`, since none is written")
            .help("write `kind=inner` to keep all rows, or `kind=innerunique` if one is meant");
        found.push(remark);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::syntax::parse;

    #[test]
    fn counts_are_requests_of_their_own() {
        let text = "let a = 1;\nprint 5;\nT | where x | join (U) on b | take 5";
        let query = parse(text).query;
        let joins = bare_joins(&query);
        assert_eq!(joins.len(), 1);
        let expected = "let a = 1;\nT | where x | join kind=inner (U) on b\n| count";
        assert_eq!(joins[0].counts(text)[1], expected);
        assert!(parse(expected).diagnostics.is_empty());
    }
}
