//! Search results and issues as text.

use crate::engine::Answer;
use crate::error::Result;
use crate::output::words::{on_one_line, wrap};
use crate::output::{Style, format, write};
use crate::render::Color;

use super::rows::{Day, Row, rows_of};

/// The width of text where no terminal gives one.
const PLAIN_WIDTH: usize = 100;

/// The columns of a list of calls that a terminal shows.
const LISTED: &[&str] = &[
    "CallId",
    "Start",
    "Length",
    "CallType",
    "ClientTypes",
    "Quality",
    "Rating",
    "Dropped",
    "PoorStreams",
    "Issues",
    "IssuesBreakdown",
];

/// A list of calls.
pub(super) fn search(answer: &Answer, style: &Style) -> Result<String> {
    let mut tables: Vec<_> = answer.tables.iter().map(|table| table.only(LISTED)).collect();
    for table in &mut tables {
        table.columns.iter_mut().for_each(|(name, _)| *name = short(name).to_owned());
    }
    let mut text = Vec::new();
    write(&Answer { tables, ..Answer::default() }, format("table")?, style, &mut text)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

fn short(name: &str) -> &str {
    match name {
        "CallType" => "Type",
        "ClientTypes" => "Clients",
        "PoorStreams" => "Poor",
        "IssuesBreakdown" => "Breakdown",
        other => other,
    }
}

/// The issues of a call, participant by participant, and what was looked at.
pub(super) fn issues(answer: &Answer, style: &Style) -> Result<String> {
    let width = width_of(style);
    let mut text = String::new();
    let calls = rows_of(&answer.tables, "Call")?;
    let issues = rows_of(&answer.tables, "Issues")?;
    for call in &calls {
        push_line(&mut text, 0, &paint(&format!("Issues of call {}", call.text("CallId")), "1", style));
        let (problems, notes) = (call.text("Problems"), call.text("Notes"));
        push_line(
            &mut text,
            0,
            &format!("{problems} problems, {notes} notes; the portal counts {} issues", call.text("Issues")),
        );
        let mut before = (String::new(), String::new());
        for issue in issues.iter().filter(|issue| issue.text("CallId") == call.text("CallId")) {
            let heading = (issue.text("Level"), issue.text("Participant"));
            if heading != before {
                text.push('\n');
                let color = if heading.0 == "problem" { "1;31" } else { "1;33" };
                push_line(&mut text, 0, &paint(&format!("{} {}", heading.1, heading.0), color, style));
                before = heading;
            }
            push_issue(issue, width, style, &mut text);
        }
        text.push('\n');
        push_checks(&rows_of(&answer.tables, "Checks")?, &mut text);
    }
    Ok(text)
}

fn push_issue(issue: &Row, width: usize, style: &Style, text: &mut String) {
    push_line(text, 2, &paint(&on_one_line(&issue.text("Issue")), "1", style));
    let measured = match (issue.text("Kind").as_str(), issue.text("Measured"), issue.text("Unit")) {
        ("stream" | "latency" | "survey", number, unit) if !number.is_empty() => {
            format!("{number} {unit}").trim().to_owned()
        }
        _ => issue.text("What"),
    };
    let when = match (issue.clock("From", Day::Hidden), issue.clock("To", Day::Hidden)) {
        (from, _) if from.is_empty() => String::new(),
        (from, to) if to.is_empty() || to == from => format!("at {from}"),
        (from, to) => format!("from {from} to {to}"),
    };
    let evidence = format!("{}, {}", issue.text("Evidence"), issue.text("Recorded"));
    let lines = [
        ("rule", issue.text("Rule")),
        ("found", measured),
        ("when", when),
        ("seen in", evidence),
        ("do", issue.text("Remedy")),
    ];
    for (name, value) in lines.iter().filter(|(_, value)| !value.is_empty()) {
        for (at, line) in wrap(&on_one_line(value), width.saturating_sub(14).max(20)).iter().enumerate() {
            let name = if at == 0 { *name } else { "" };
            push_line(text, 4, &format!("{name:<8} {line}"));
        }
    }
}

/// What was looked at, so that silence is not taken for good.
pub(super) fn push_checks(checks: &[Row], text: &mut String) {
    push_line(text, 0, "Checked:");
    for check in checks {
        let of = check.text("Of");
        let looked = match (check.text("Looked"), of.as_str()) {
            (looked, "") => looked,
            (looked, of) => format!("{looked} of {of}"),
        };
        let (name, result) = (check.text("Check"), check.text("Result"));
        push_line(text, 2, format!("{name:<22} {result:<25} {looked}").trim_end());
    }
}

/// How wide text may be.
pub(super) fn width_of(style: &Style) -> usize {
    style.width.unwrap_or(PLAIN_WIDTH)
}

/// Adds a line, moved to the right.
pub(super) fn push_line(text: &mut String, indent: usize, line: &str) {
    text.push_str(&" ".repeat(indent));
    text.push_str(line);
    text.push('\n');
}

/// Text in a color of the terminal, where colors are wanted.
pub(super) fn paint(text: &str, code: &str, style: &Style) -> String {
    match style.color {
        Color::Always => format!("\x1b[{code}m{text}\x1b[0m"),
        Color::Never => text.to_owned(),
    }
}
