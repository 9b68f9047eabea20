//! Values that a column is known to have.

use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, InOp, Query};
use crate::syntax::walk::{Node, walk};
use crate::tables::{self, TABLES};
use crate::types::Type;
use crate::value::Value;

use super::{Lint, Subject, When, warning};

pub(super) const WRONG_CASE: Lint = Lint {
    name: "wrong-case",
    summary: "A column is compared with a value that the logs write in another case.",
    why: "`==` and `in` tell small letters from capital ones, so the comparison never holds.",
    example: "ACSCallSummary | where TimeGenerated > ago(1d) | where CallType == \"group\"",
    when: When::Always,
    check: wrong_case,
};

/// The values that the tables of a request document for a column: the words in backquotes of its sentence.
pub(super) fn documented(query: &Query, column: &str) -> Vec<&'static str> {
    let mut used = Vec::new();
    walk(query, &mut |node| {
        if let Node::Expr(Expr { kind: ExprKind::Name(name), .. }) = node
            && let Some(table) = tables::by_name(&name.name)
        {
            used.push(table.name);
        }
    });
    let tables = TABLES.iter().filter(|table| used.contains(&table.name));
    let columns =
        tables.flat_map(|table| table.columns).filter(|known| known.name == column && known.ty == Type::String);
    columns.flat_map(|column| column.doc.split('`').skip(1).step_by(2)).collect()
}

fn wrong_case(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let mut look = |column: &Expr, value: &Expr, instead: &str| {
        let (ExprKind::Name(column), ExprKind::Literal(Value::String(text))) = (&column.kind, &value.kind) else {
            return;
        };
        let known = documented(subject.query, &column.name);
        if text.is_empty() || known.contains(&text.as_str()) {
            return;
        }
        if let Some(right) = known.iter().find(|known| known.eq_ignore_ascii_case(text)) {
            found.push(remark(value.span, &column.name, text, right, instead));
        }
    };
    walk(subject.query, &mut |node| match node {
        Node::Expr(Expr { kind: ExprKind::Binary(op, left, right), .. }) => {
            let instead = match op.node {
                BinaryOp::Equal => "=~",
                BinaryOp::NotEqual => "!~",
                _ => return,
            };
            look(left, right, instead);
            look(right, left, instead);
        }
        Node::Expr(Expr { kind: ExprKind::In(op, value, list), .. }) => {
            let instead = match op.node {
                InOp::In => "in~",
                InOp::NotIn => "!in~",
                InOp::InTilde | InOp::NotInTilde | InOp::HasAny | InOp::HasAll => return,
            };
            list.iter().for_each(|item| look(value, item, instead));
        }
        Node::Statement(_) | Node::Function(_) | Node::Pipeline(_) | Node::Operator(_) | Node::Expr(_) => {}
    });
}

fn remark(span: Span, column: &str, text: &str, right: &str, instead: &str) -> Diagnostic {
    warning("wrong-case", span, format!("`{column}` is never `{text}`: the logs write `{right}`"))
        .help(format!("write `{right}`, or compare with `{instead}`"))
}
