//! How texts are searched and compared.

use crate::diagnostic::Diagnostic;
use crate::span::Spanned;
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, NamedExpr, Operator, OperatorKind};
use crate::syntax::walk::{Node, walk, walk_expr};
use crate::value::Value;

use super::values::documented;
use super::{Lint, Subject, When, warning};

pub(super) const CONTAINS: Lint = Lint {
    name: "contains-for-has",
    summary: "`contains` reads every character where `has` would look for a word.",
    why: "`has` finds whole words, by an index where there is one, and does not match in the middle of other words. \
          `contains` has to look into every value. It is right where a part of a word is meant.",
    example: "ACSCallSummary | where TimeGenerated > ago(1d) | where UserAgent contains \"Chrome\"",
    when: When::Always,
    check: contains,
};

pub(super) const TOLOWER: Lint = Lint {
    name: "tolower-for-tilde",
    summary: "Two texts are compared by changing the case of one of them.",
    why: "`=~` compares without regard to case and needs no new text for every row. A constant with a letter of the \
          other case could never match at all.",
    example: "ACSCallSummary | where TimeGenerated > ago(1d) | where tolower(CallType) == \"group\"",
    when: When::Always,
    check: tolower,
};

pub(super) const NUMBER_AS_TEXT: Lint = Lint {
    name: "number-as-text",
    summary: "A value is turned into text only to be compared with digits.",
    why: "The comparison is one of characters: `tostring(5.0)` is `5.0` and not `5`, and `<` puts `10` before `9`. \
          Numbers compare as numbers, and without a new text for every row.",
    example: "ACSCallDiagnostics | where TimeGenerated > ago(1d) | where tostring(JitterMax) == \"30\"",
    when: When::Always,
    check: number_as_text,
};

/// Shorter words are too short for an index.
const LEAST_WORD: usize = 3;

fn contains(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    let computed = computed(subject);
    walk(subject.query, &mut |node| {
        let Node::Operator(Operator { kind: OperatorKind::Where(where_), .. }) = node else { return };
        walk_expr(&where_.predicate, &mut |node| {
            let Node::Expr(Expr { kind: ExprKind::Binary(op, left, right), .. }) = node else { return };
            // An index is one of what is stored.
            let stored = matches!(&left.kind, ExprKind::Name(name) if !computed.contains(&name.name.as_str()));
            if let Some(remark) = contains_remark(op, right)
                && stored
                && !is_part_of_a_word(subject, left, right)
                && !found.contains(&remark)
            {
                found.push(remark);
            }
        });
    });
}

fn contains_remark(op: &Spanned<BinaryOp>, right: &Expr) -> Option<Diagnostic> {
    let instead = match op.node {
        BinaryOp::Contains => "has",
        BinaryOp::NotContains => "!has",
        BinaryOp::ContainsCs => "has_cs",
        BinaryOp::NotContainsCs => "!has_cs",
        _ => return None,
    };
    let ExprKind::Literal(Value::String(word)) = &right.kind else { return None };
    let whole = word.len() >= LEAST_WORD && word.chars().all(char::is_alphanumeric);
    whole.then(|| {
        warning("contains-for-has", op.span, format!("`{}` looks into every character", op.node.text()))
            .label(format!("`{instead}` finds whole words"))
            .help(format!("write `{instead}` unless a part of a word is meant"))
    })
}

/// The names of columns that the request works out.
fn computed<'q>(subject: &Subject<'q>) -> Vec<&'q str> {
    let mut names = Vec::new();
    walk(subject.query, &mut |node| {
        let Node::Operator(operator) = node else { return };
        let items: Vec<&NamedExpr> = match &operator.kind {
            OperatorKind::Extend(o) => o.columns.iter().collect(),
            OperatorKind::Project(o) => o.columns.iter().collect(),
            OperatorKind::Summarize(o) => o.aggregates.iter().chain(&o.groups).collect(),
            _ => Vec::new(),
        };
        names.extend(items.into_iter().flat_map(|item| &item.names).map(|name| name.name.as_str()));
    });
    names
}

/// Whether a documented value of the column has these characters inside of a longer word.
fn is_part_of_a_word(subject: &Subject<'_>, column: &Expr, part: &Expr) -> bool {
    let (ExprKind::Name(column), ExprKind::Literal(Value::String(part))) = (&column.kind, &part.kind) else {
        return false;
    };
    let part = part.to_lowercase();
    documented(subject.query, &column.name).iter().any(|value| {
        let value = value.to_lowercase();
        value.split(|c: char| !c.is_alphanumeric()).any(|word| word.contains(&part) && word != part)
    })
}

fn tolower(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    walk(subject.query, &mut |node| {
        let Node::Expr(Expr { kind: ExprKind::Binary(op, left, right), span }) = node else { return };
        let instead = match op.node {
            BinaryOp::Equal => "=~",
            BinaryOp::NotEqual => "!~",
            _ => return,
        };
        let changes = |side: &Expr| match &side.kind {
            ExprKind::Call(call) if call.args.len() == 1 => {
                ["tolower", "toupper"].into_iter().find(|name| call.name.name == *name)
            }
            _ => None,
        };
        // With a constant on the other side, or the same change, nothing else can be meant.
        let constant = |side: &Expr| matches!(side.kind, ExprKind::Literal(Value::String(_)));
        let (this, that) = (changes(left), changes(right));
        let found_name = match (this, that) {
            (Some(name), Some(_)) => Some(name),
            (Some(name), None) if constant(right) => Some(name),
            (None, Some(name)) if constant(left) => Some(name),
            _ => None,
        };
        if let Some(name) = found_name {
            found.push(
                warning("tolower-for-tilde", *span, format!("`{name}` only serves to compare without regard to case"))
                    .help(format!("compare with `{instead}`")),
            );
        }
    });
}

fn number_as_text(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    walk(subject.query, &mut |node| {
        let Node::Expr(Expr { kind: ExprKind::Binary(op, left, right), span }) = node else { return };
        let compares = matches!(
            op.node,
            BinaryOp::Equal
                | BinaryOp::NotEqual
                | BinaryOp::Less
                | BinaryOp::LessOrEqual
                | BinaryOp::Greater
                | BinaryOp::GreaterOrEqual
        );
        let is_text = |side: &Expr| match &side.kind {
            // A member of a `dynamic` value may well be a text of digits, such as a code.
            ExprKind::Call(call) if call.name.name == "tostring" => {
                call.args.first().is_some_and(|arg| matches!(arg.value.kind, ExprKind::Name(_) | ExprKind::Binary(..)))
            }
            _ => false,
        };
        let is_number = |side: &Expr| match &side.kind {
            ExprKind::Literal(Value::String(text)) => text.parse::<f64>().is_ok(),
            _ => false,
        };
        if compares && ((is_text(left) && is_number(right)) || (is_number(left) && is_text(right))) {
            found.push(
                warning("number-as-text", *span, "a number is compared as text")
                    .help("leave `tostring` out, or make a number of it with `tolong` or `toreal`"),
            );
        }
    });
}
