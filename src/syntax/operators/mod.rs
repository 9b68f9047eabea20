//! Every tabular operator: its row for help, completion and the manual, and the function that parses it.

mod expand;
mod filter;
mod graph;
mod join;
mod other;
mod parse;
mod partition;
mod project;
mod render;
mod rows;
mod scan;
mod series;
mod sort;
pub(super) mod source;
mod summarize;
mod take;
pub(super) mod union;

use crate::diagnostic::{Code, Diagnostic};

use super::ast::{OperatorKind, Option_};
use super::input::{Out, Tokens};

pub use render::{chart_kinds, chart_properties};
pub use rows::OPERATORS;

/// What is known about a tabular operator.
#[derive(Clone, Copy)]
pub struct OperatorRow {
    /// Its name.
    pub name: &'static str,
    /// Other spellings.
    pub aliases: &'static [&'static str],
    /// One sentence.
    pub summary: &'static str,
    /// How it is written.
    pub syntax: &'static str,
    /// A query that uses it.
    pub example: &'static str,
    /// Parses what comes behind the keyword.
    pub(super) parse: for<'t> fn(Tokens<'t>) -> Out<'t, OperatorKind>,
}

/// The row of an operator, by name or other spelling.
pub fn operator_row(name: &str) -> Option<&'static OperatorRow> {
    OPERATORS.iter().find(|row| row.name == name || row.aliases.contains(&name))
}

/// Reports options that an operator has no use for.
fn refuse_options(input: Tokens<'_>, options: &[Option_], operator: &str) {
    for option in options {
        let message = format!("`{operator}` has no option `{}`", option.name.name);
        input.report(Diagnostic::error(Code::UnsupportedFeature, option.name.span, message));
    }
}
