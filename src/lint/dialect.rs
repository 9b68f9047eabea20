//! What a Log Analytics workspace does not have.

use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::syntax::ast::{ExprKind, OperatorKind, StatementKind};
use crate::syntax::walk::{Node, walk};
use crate::tables::dictionary;

use super::{Lint, Subject, When, warning};

pub(super) const NOT_IN_LOG_ANALYTICS: Lint = Lint {
    name: "not-in-log-analytics",
    summary: "Something that runs here, but not in a Log Analytics workspace. Looked for with `--dialect log-analytics`.",
    why: "A workspace takes queries, not commands, and lacks some statements, functions and plugins of Kusto.",
    example: "declare query_parameters (days: long = 7);\nACSCallSummary | where TimeGenerated > ago(days * 1d)",
    when: When::ForLogAnalytics,
    check: not_in_log_analytics,
};

/// Functions that a workspace refuses.
const FUNCTIONS: &[&str] = &[
    "cluster",
    "current_cursor",
    "current_principal",
    "cursor_after",
    "cursor_before_or_at",
    "cursor_current",
    "database",
    "extent_id",
    "extent_tags",
];

/// Plugins that a workspace refuses.
const PLUGINS: &[&str] = &[
    "ai_chat_completion",
    "ai_chat_completion_prompt",
    "ai_embed_text",
    "ai_embeddings",
    "azure_digital_twins_query_request",
    "cosmosdb_sql_request",
    "http_request",
    "http_request_post",
    "mysql_request",
    "postgresql_request",
    "python",
    "r",
    "sql_request",
];

fn not_in_log_analytics(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let mut remark = |span: Span, what: String, help: &str| {
        let remark = warning("not-in-log-analytics", span, format!("a Log Analytics workspace has no {what}"));
        found.push(if help.is_empty() { remark } else { remark.help(help) });
    };
    walk(subject.query, &mut |node| match node {
        Node::Statement(statement) => match &statement.kind {
            StatementKind::Command(command) => {
                remark(command.text.span, "management commands".to_owned(), "a workspace takes queries only");
            }
            StatementKind::Alias { .. } => remark(statement.span, "`alias` statement".to_owned(), ""),
            StatementKind::QueryParameters(_) => {
                remark(statement.span, "query parameters".to_owned(), "write a `let` for each of them");
            }
            StatementKind::Expression(_)
            | StatementKind::Let(_)
            | StatementKind::Set(_)
            | StatementKind::Pattern(_)
            | StatementKind::Restrict(_) => {}
        },
        Node::Expr(expr) => match &expr.kind {
            ExprKind::Call(call) if FUNCTIONS.contains(&call.name.name.as_str()) => {
                let help = if call.name.name == "cluster" { "other clusters are reached by `adx(…)`" } else { "" };
                remark(call.name.span, format!("function `{}`", call.name.name), help);
            }
            ExprKind::Name(name) if dictionary(&name.name).is_some() => {
                remark(expr.span, format!("table `{}`", name.name), "it comes with this program");
            }
            _ => {}
        },
        Node::Operator(operator) => match &operator.kind {
            OperatorKind::Evaluate(evaluate) if PLUGINS.contains(&evaluate.call.name.name.as_str()) => {
                remark(evaluate.call.name.span, format!("plugin `{}`", evaluate.call.name.name), "");
            }
            OperatorKind::MacroExpand(_) => remark(operator.keyword, "operator `macro-expand`".to_owned(), ""),
            _ => {}
        },
        Node::Function(_) | Node::Pipeline(_) => {}
    });
}
