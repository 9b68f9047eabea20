//! Comments that silence remarks: `// calypso: allow(name, name)`.

use crate::bind::suggest::nearest;
use crate::diagnostic::{Code, Diagnostic};
use crate::span::Span;
use crate::syntax::ast::Query;
use crate::syntax::comments;

use super::{LINTS, Lint, Subject, When, by_name, warning};

pub(super) const UNKNOWN_LINT: Lint = Lint {
    name: "unknown-lint",
    summary: "A comment silences a remark that does not exist.",
    why: "A slip in the name silences nothing, and looks as if it did.",
    example: "// calypso: allow(bare-jion)\nprint 1",
    when: When::Always,
    check: unknown_lint,
};

/// A remark that is silenced, and where.
pub(super) struct Allow<'t> {
    name: &'t str,
    name_span: Span,
    place: Span,
}

impl Allow<'_> {
    pub(super) fn silences(&self, remark: &Diagnostic) -> bool {
        let at = remark.label.span;
        remark.code == Code::Lint(by_name(self.name).map_or("", |lint| lint.name))
            && self.place.start <= at.start
            && at.start < self.place.end.max(self.place.start + 1)
    }
}

/// What is silenced where: the line of a comment behind code, else the statement behind the comment.
pub(super) fn allowed<'t>(text: &'t str, query: &Query) -> Vec<Allow<'t>> {
    let mut found = Vec::new();
    for span in comments(text) {
        let comment = text.get(span.range()).unwrap_or("");
        let Some(list) = comment.trim_start_matches('/').trim_start().strip_prefix("calypso:") else { continue };
        let Some((list, _)) = list.trim_start().strip_prefix("allow(").and_then(|list| list.split_once(')')) else {
            continue;
        };
        let line_start = text[..span.range().start].rfind('\n').map_or(0, |at| at + 1);
        let alone = text[line_start..span.range().start].trim().is_empty();
        let statement = query.statements.iter().find(|statement| statement.span.end > span.end);
        let place = match statement {
            Some(statement) if alone => statement.span.cover(span),
            _ => Span::new(line_start, span.range().end),
        };
        for name in list.split(',').map(str::trim) {
            // The pieces lie inside of the text, so their distance is their offset.
            let start = name.as_ptr() as usize - text.as_ptr() as usize;
            found.push(Allow { name, name_span: Span::new(start, start + name.len()), place });
        }
    }
    found
}

fn unknown_lint(subject: &Subject<'_>, found: &mut Vec<Diagnostic>) {
    for allow in allowed(subject.text, subject.query) {
        if by_name(allow.name).is_none() {
            let remark = warning("unknown-lint", allow.name_span, format!("there is no remark `{}`", allow.name));
            let near = nearest(allow.name, LINTS.iter().map(|lint| lint.name));
            found.push(match near {
                Some(near) => remark.label(format!("nearest: `{near}`")),
                None => remark,
            });
        }
    }
}
