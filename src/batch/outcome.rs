//! How a request of a script went.

use std::time::Duration;

use crate::engine::Answer;
use crate::error::Error;
use crate::render::Color;
use crate::script::{Block, Compared, ErrorWanted, Expectation, expectations};

use super::compare::first_cell;

/// A request of a script, run or not.
#[derive(Debug)]
pub struct Ran {
    /// The script's name.
    pub script: String,
    /// Which request of its script it is, from 1.
    pub number: usize,
    /// What it is called, for messages.
    pub title: String,
    /// The request.
    pub block: Block,
    /// The line of the script it starts on, from 1.
    pub line: usize,
    /// How it went.
    pub outcome: Outcome,
    /// The answer, or the message of the mistake, as text; for the transcript.
    pub shown: String,
    /// How long it took.
    pub taken: Duration,
}

/// How a request went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// As expected.
    Passed,
    /// It was answered, but not as expected: what differs.
    Unexpected(Vec<String>),
    /// It is wrong, or broke: the message and the exit code.
    Failed {
        /// The message, drawn.
        message: String,
        /// 1 for a wrong request, 2 for everything that broke.
        code: u8,
    },
    /// It was not run, since one before it failed.
    Skipped,
}

impl Outcome {
    /// Whether a script may go on behind it.
    pub fn is_fine(&self) -> bool {
        matches!(self, Outcome::Passed)
    }
}

/// 0 when all went well, 2 when something broke, else 1.
pub fn exit_code(all: &[Ran]) -> u8 {
    let code = |ran: &Ran| match &ran.outcome {
        Outcome::Passed | Outcome::Skipped => 0,
        Outcome::Unexpected(_) => 1,
        Outcome::Failed { code, .. } => *code,
    };
    all.iter().map(code).max().unwrap_or(0)
}

/// Compares what came with what the comments of the request expect.
pub(super) fn judge(block: &Block, answer: &Result<Answer, Error>) -> Outcome {
    let (expected, _) = expectations(&block.text);
    let wants_error = expected.iter().any(|expected| matches!(expected.what, Expectation::Error(_)));
    let answer = match answer {
        Err(error) if !wants_error => {
            return Outcome::Failed { message: error.render(Color::Never), code: error.exit_code() };
        }
        other => other,
    };
    let differs = |what: &Expectation| match (what, answer) {
        (Expectation::Error(wanted), Err(error)) => error_differs(wanted, error),
        (Expectation::Error(_), Ok(_)) => Some("an error was expected, and the request was answered".to_owned()),
        (_, Err(error)) => Some(format!("an answer was expected, and there is an error: {error}")),
        (what, Ok(answer)) => answer_differs(what, answer),
    };
    let differences: Vec<String> = expected
        .iter()
        .filter_map(|expected| Some(format!("expected {}: {}", expected.text, differs(&expected.what)?)))
        .collect();
    if differences.is_empty() { Outcome::Passed } else { Outcome::Unexpected(differences) }
}

fn error_differs(wanted: &ErrorWanted, error: &Error) -> Option<String> {
    let fits = match wanted {
        ErrorWanted::Any => true,
        ErrorWanted::Code(code) => match error {
            Error::Query { diagnostics, .. } => {
                diagnostics.iter().any(|found| found.is_error() && found.code.name() == *code)
            }
            _ => false,
        },
        ErrorWanted::Words(words) => error.to_string().contains(words.as_str()),
    };
    (!fits).then(|| format!("the error is another one: {}", error.to_string().trim_end()))
}

fn answer_differs(what: &Expectation, answer: &Answer) -> Option<String> {
    let tables = answer.tables.len() as u64;
    if let Expectation::Tables(wanted) = what {
        return (tables != *wanted).then(|| format!("there are {tables} result tables"));
    }
    let Some(table) = answer.tables.last() else { return Some("there is no result table".to_owned()) };
    match what {
        Expectation::Rows(compared, limit) => {
            let rows = table.row_count() as u64;
            let compared: Compared = *compared;
            (!compared.holds(rows, *limit)).then(|| format!("the number of rows is {rows}"))
        }
        Expectation::Columns(wanted) => {
            let names: Vec<&str> = table.columns.iter().map(|(name, _)| name.as_str()).collect();
            (names != *wanted).then(|| format!("the columns are {}", names.join(", ")))
        }
        Expectation::Value(wanted) => match first_cell(table) {
            Ok(Some(cell)) if cell == *wanted => None,
            Ok(Some(cell)) => Some(format!("the value is {cell}")),
            Ok(None) => Some("there is no row".to_owned()),
            Err(error) => Some(error.to_string()),
        },
        Expectation::Tables(_) | Expectation::Error(_) => None,
    }
}
