//! Findings as SARIF 2.1.0, the format in which code hosts and editors take them.

use serde_json::{Value as Json, json};

use crate::diagnostic::{Code, Diagnostic, Label, Severity};
use crate::source::Source;

use super::LINTS;
use super::report::Findings;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// A log with one run.
pub fn sarif(all: &[Findings]) -> Json {
    let rules = rules();
    let results: Vec<Json> =
        all.iter().flat_map(|file| file.diagnostics.iter().map(|found| result(&file.source, found, &rules))).collect();
    let artifacts: Vec<Json> = all.iter().map(|file| json!({"location": {"uri": uri(&file.source)}})).collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "calypso",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "artifacts": artifacts,
            "results": results,
        }],
    })
}

fn rules() -> Vec<Json> {
    let lints = LINTS.iter().map(|lint| {
        json!({
            "id": lint.name,
            "shortDescription": {"text": lint.summary},
            "fullDescription": {"text": lint.why},
            "help": {"text": format!("{}\n\nFor example:\n\n{}", lint.why, lint.example)},
            "defaultConfiguration": {"level": "warning"},
        })
    });
    let codes = Code::ALL.iter().map(|code| {
        json!({
            "id": code.name(),
            "shortDescription": {"text": format!("The request is wrong: {}.", code.name().replace('-', " "))},
            "defaultConfiguration": {"level": "error"},
        })
    });
    lints.chain(codes).collect()
}

fn result(source: &Source, found: &Diagnostic, rules: &[Json]) -> Json {
    let mut text = found.message.clone();
    if !found.label.text.is_empty() {
        text.push_str(&format!(" ({})", found.label.text));
    }
    if let Some(help) = &found.help {
        text.push_str(&format!(": {help}"));
    }
    let related: Vec<Json> = found
        .others
        .iter()
        .enumerate()
        .map(|(at, label)| {
            let mut place = location(source, label);
            place["id"] = json!(at);
            place["message"] = json!({"text": label.text});
            place
        })
        .collect();
    json!({
        "ruleId": found.code.name(),
        "ruleIndex": rules.iter().position(|rule| rule["id"] == found.code.name()),
        "level": match found.severity { Severity::Error => "error", Severity::Warning => "warning" },
        "message": {"text": text},
        "locations": [location(source, &found.label)],
        "relatedLocations": related,
    })
}

fn location(source: &Source, label: &Label) -> Json {
    let (line, column) = source.position(label.span.start);
    let (end_line, end_column) = source.position(label.span.end);
    json!({"physicalLocation": {
        "artifactLocation": {"uri": uri(source)},
        "region": {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column},
    }})
}

/// The name of a file as a reference: what may not stand in one is written as `%XX`.
fn uri(source: &Source) -> String {
    let mut out = String::new();
    for byte in source.name().replace('\\', "/").bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' | b'~' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}
