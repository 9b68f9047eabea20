//! What was found in files, for programs: as JSON of our own, and as SARIF for those who collect findings.

use serde_json::{Value as Json, json};

use crate::diagnostic::{Diagnostic, Label, Severity};
use crate::source::Source;

pub use super::sarif::sarif;

/// A file and what was found in it.
pub struct Findings {
    /// The file.
    pub source: Source,
    /// What is wrong or doubtful, with places in that file.
    pub diagnostics: Vec<Diagnostic>,
}

/// An array with one object per finding.
pub fn json(all: &[Findings]) -> Json {
    let findings = all.iter().flat_map(|file| file.diagnostics.iter().map(|found| object(&file.source, found)));
    Json::Array(findings.collect())
}

fn object(source: &Source, found: &Diagnostic) -> Json {
    let place = |label: &Label| {
        let (line, column) = source.position(label.span.start);
        let (end_line, end_column) = source.position(label.span.end);
        json!({"line": line, "column": column, "endLine": end_line, "endColumn": end_column, "text": label.text})
    };
    json!({
        "file": source.name(),
        "severity": match found.severity { Severity::Error => "error", Severity::Warning => "warning" },
        "code": found.code.name(),
        "message": found.message,
        "place": place(&found.label),
        "others": found.others.iter().map(place).collect::<Vec<_>>(),
        "help": found.help,
    })
}
