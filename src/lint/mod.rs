//! What a careful reader would say about a request that is not wrong: one row for each remark, with its reason.
//!
//! A comment `// calypso: allow(name)` silences a remark: behind code on its line, alone on a line for the statement
//! that follows.

mod allow;
mod dialect;
mod join;
mod names;
pub mod order;
mod render;
pub mod report;
mod sarif;
mod sort;
mod text;
mod time;
mod values;

use crate::diagnostic::{Code, Diagnostic};
use crate::span::Span;
use crate::syntax::ast::Query;

pub use join::{BareJoin, bare_joins};

/// A remark that can be made.
pub struct Lint {
    /// Its name, as messages, `allow` and its page use it.
    pub name: &'static str,
    /// One sentence: what is remarked.
    pub summary: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// A request that gets it.
    pub example: &'static str,
    /// When it is looked for.
    pub when: When,
    check: fn(&Subject<'_>, &mut Vec<Diagnostic>),
}

/// When a remark is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Always.
    Always,
    /// When it is asked whether a request would run in a Log Analytics workspace.
    ForLogAnalytics,
}

/// What the requests are written for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// This program.
    #[default]
    Calypso,
    /// A Log Analytics workspace as well.
    LogAnalytics,
}

/// All remarks, by name.
pub const LINTS: &[Lint] = &[
    join::BARE_JOIN,
    text::CONTAINS,
    time::NO_TIME_FILTER,
    dialect::NOT_IN_LOG_ANALYTICS,
    text::NUMBER_AS_TEXT,
    render::RENDER_IN_THE_MIDDLE,
    order::TAKE_WITHOUT_ORDER,
    text::TOLOWER,
    allow::UNKNOWN_LINT,
    names::UNUSED_AGGREGATE,
    names::UNUSED_LET,
    sort::USELESS_SORT,
    values::WRONG_CASE,
];

/// What is looked at.
struct Subject<'q> {
    text: &'q str,
    query: &'q Query,
}

/// The remark of a name.
pub fn by_name(name: &str) -> Option<&'static Lint> {
    LINTS.iter().find(|lint| lint.name == name)
}

/// Everything there is to say about a request that parses, in the order of the text.
pub fn lint(text: &str, query: &Query, dialect: Dialect) -> Vec<Diagnostic> {
    let subject = Subject { text, query };
    let mut found = Vec::new();
    for lint in LINTS {
        let wanted = match lint.when {
            When::Always => true,
            When::ForLogAnalytics => dialect == Dialect::LogAnalytics,
        };
        if wanted {
            (lint.check)(&subject, &mut found);
        }
    }
    let allowed = allow::allowed(text, query);
    found.retain(|remark| !allowed.iter().any(|allow| allow.silences(remark)));
    found.sort_by_key(|remark| remark.label.span.start);
    found
}

fn warning(lint: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::warning(Code::Lint(lint), span, message)
}
