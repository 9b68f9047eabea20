//! What can go wrong outside of a query's own text, and the one error type the library returns.

use std::fmt;
use std::path::PathBuf;

use crate::diagnostic::Diagnostic;
use crate::render::{Color, render_all};
use crate::source::Source;

/// Why a request failed.
#[derive(Debug)]
pub enum Error {
    /// The query is wrong. Nothing was run.
    Query {
        /// The text.
        source: Box<Source>,
        /// What is wrong with it; at least one error.
        diagnostics: Vec<Diagnostic>,
    },
    /// Arguments that make no sense: an unknown format, a missing parameter, a folder that is not there.
    Usage(String),
    /// Data that cannot be read.
    Data {
        /// The file.
        path: PathBuf,
        /// The line, from 1, where it is known.
        line: Option<u64>,
        /// Why.
        reason: String,
    },
    /// The engine failed: a bug of ours, or the machine gave out.
    Engine(String),
    /// The request was cancelled or ran out of time.
    Cancelled(String),
    /// A file could not be read or written.
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        cause: std::io::Error,
    },
}

/// The result of everything that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// The process exit code: 1 when the query or the arguments are wrong, 2 when something broke.
    pub fn exit_code(&self) -> u8 {
        match self {
            Error::Query { .. } | Error::Usage(_) => 1,
            Error::Data { .. } | Error::Engine(_) | Error::Cancelled(_) | Error::Io { .. } => 2,
        }
    }

    /// A file that could not be read or written.
    pub fn io(path: impl Into<PathBuf>, cause: std::io::Error) -> Self {
        Error::Io { path: path.into(), cause }
    }

    /// The message as the command line prints it.
    pub fn render(&self, color: Color) -> String {
        match self {
            Error::Query { source, diagnostics } => render_all(diagnostics, source, color),
            other => format!("error: {other}\n"),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Query { source, diagnostics } => f.write_str(&render_all(diagnostics, source, Color::Never)),
            Error::Usage(message) => f.write_str(message),
            Error::Data { path, line: Some(line), reason } => write!(f, "{}:{line}: {reason}", path.display()),
            Error::Data { path, line: None, reason } => write!(f, "{}: {reason}", path.display()),
            Error::Engine(message) => write!(f, "the engine failed: {message}"),
            Error::Cancelled(message) => f.write_str(message),
            Error::Io { path, cause } => write!(f, "{}: {cause}", path.display()),
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Error::Io { cause, .. } => Some(cause),
            _ => None,
        }
    }
}
