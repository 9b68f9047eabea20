//! The overview of a call as text: header, verdict, a table of the participants, and the facts of each.

use unicode_width::UnicodeWidthStr;

use crate::engine::Answer;
use crate::error::Result;
use crate::output::Style;
use crate::output::words::{cut, on_one_line, wrap};

use super::rows::{Day, Row, rows_of};
use super::text::{paint, push_checks, push_line, width_of};

/// Of calls with more participants only those with problems are listed.
const MOST_LISTED: usize = 20;
/// Facts of more participants than this are left to the other formats.
const MOST_DETAILED: usize = 8;

/// The overview of the calls of an answer.
pub(super) fn overview(answer: &Answer, style: &Style) -> Result<String> {
    let width = width_of(style);
    let everybody = rows_of(&answer.tables, "Participants")?;
    let checks = rows_of(&answer.tables, "Checks")?;
    let mut text = String::new();
    for call in rows_of(&answer.tables, "Call")? {
        push_header(&call, style, &mut text);
        for line in wrap(&on_one_line(&call.text("Verdict")), width.saturating_sub(2)) {
            push_line(&mut text, 2, &line);
        }
        text.push('\n');
        let id = call.text("CallId");
        let of_call: Vec<&Row> = everybody.iter().filter(|row| row.text("CallId") == id).collect();
        push_participants(&of_call, width, style, &mut text);
        push_checks(&checks, &mut text);
    }
    Ok(text)
}

fn push_header(call: &Row, style: &Style, text: &mut String) {
    push_line(text, 0, &paint(&format!("Call {}", call.text("CallId")), "1", style));
    let (start, end, length) = (call.clock("Start", Day::Shown), call.clock("End", Day::Hidden), call.length("Length"));
    let (kind, clients) = (call.text("CallType"), call.text("ClientTypes"));
    push_line(
        text,
        0,
        &format!("{kind}, {start} to {end} ({length}), {} participants: {clients}", call.text("Participants")),
    );
    let quality = call.text("Quality");
    let color = match quality.as_str() {
        "Good" => "32",
        "Poor" => "31",
        _ => "33",
    };
    let score = call.text("Score");
    let rating = if score.is_empty() {
        "no rating".to_owned()
    } else {
        format!("rating {} ({score} of 5)", call.text("Rating"))
    };
    let counts = [
        ("Dropped", "dropped"),
        ("PoorStreams", "poor streams"),
        ("FailedOperations", "failed operations"),
        ("BadDiagnostics", "bad diagnostics"),
    ];
    let counts: Vec<String> = counts
        .iter()
        .filter(|(column, _)| call.number(column).is_some_and(|count| count > 0.0))
        .map(|(column, words)| format!("{} {words}", call.text(column)))
        .collect();
    let issues = match call.text("Issues").as_str() {
        "0" => "no issues".to_owned(),
        "1" => format!("1 issue: {}", counts.join(", ")),
        many => format!("{many} issues: {}", counts.join(", ")),
    };
    push_line(text, 0, &format!("quality {}, {rating}, {issues}", paint(&quality, color, style)));
    text.push('\n');
}

fn push_participants(everybody: &[&Row], width: usize, style: &Style, text: &mut String) {
    let hurt = |row: &&&Row| row.number("Problems").unwrap_or(0.0) > 0.0;
    let listed: Vec<&Row> = match everybody.len() {
        0..=MOST_LISTED => everybody.to_vec(),
        _ => everybody.iter().filter(hurt).take(MOST_LISTED).copied().collect(),
    };
    push_table(&listed, width, style, text);
    if listed.len() < everybody.len() {
        let rest = everybody.len() - listed.len();
        push_line(
            text,
            0,
            &format!("and {rest} more without problems, or beyond the first; --format json or html has all"),
        );
    }
    text.push('\n');
    let detailed: Vec<&Row> = match listed.len() {
        0..=MOST_DETAILED => listed,
        _ => listed.iter().filter(hurt).take(MOST_DETAILED).copied().collect(),
    };
    for row in detailed {
        push_facts(row, width, style, text);
    }
}

/// A column of the table: its heading, and how a cell is made.
type Column = (&'static str, fn(&Row) -> String);

/// The columns of the table.
const COLUMNS: &[Column] = &[
    ("", |row| row.text("Participant")),
    ("who", |row| tail(&row.text("DisplayName"))),
    ("type", |row| row.text("EndpointType")),
    ("from", |row| row.clock("Start", Day::Hidden)),
    ("length", |row| row.length("Length")),
    ("end", |row| end_of(row)),
    ("jitter", |row| row.text("Jitter")),
    ("loss", |row| row.text("PacketLoss")),
    ("rtt", |row| row.text("RoundTrip")),
    ("streams", |row| format!("{}/{} poor", row.text("PoorStreams"), row.text("Streams"))),
    ("problems", |row| row.text("Problems")),
];

fn push_table(rows: &[&Row], width: usize, style: &Style, text: &mut String) {
    let cells: Vec<Vec<String>> =
        rows.iter().map(|row| COLUMNS.iter().map(|(_, cell)| on_one_line(&cell(row))).collect()).collect();
    let widths: Vec<usize> = COLUMNS
        .iter()
        .enumerate()
        .map(|(at, (name, _))| cells.iter().map(|row| row[at].width()).max().unwrap_or(0).max(name.width()))
        .collect();
    let line = |cells: &[String]| {
        let padded =
            cells.iter().zip(&widths).map(|(cell, width)| format!("{cell}{}", " ".repeat(width - cell.width())));
        cut(padded.collect::<Vec<_>>().join("  ").trim_end(), width)
    };
    let names: Vec<String> = COLUMNS.iter().map(|(name, _)| (*name).to_owned()).collect();
    push_line(text, 0, &paint(&line(&names), "2", style));
    for (row, cells) in rows.iter().zip(&cells) {
        let color = if row.number("Problems").unwrap_or(0.0) > 0.0 { "31" } else { "0" };
        push_line(text, 0, &paint(&line(cells), color, style));
    }
}

/// The end of a long id, which tells more than its beginning.
fn tail(id: &str) -> String {
    let count = id.chars().count();
    if count <= 16 { id.to_owned() } else { format!("…{}", id.chars().skip(count - 15).collect::<String>()) }
}

fn end_of(row: &Row) -> String {
    let code = row.text("EndCode");
    if code.is_empty() { String::new() } else { format!("{code}/{}", row.text("EndSubCode")) }
}

fn push_facts(row: &Row, width: usize, style: &Style, text: &mut String) {
    push_line(text, 0, &paint(&format!("{} {}", row.text("Participant"), row.text("DisplayName")), "1", style));
    let list = |names: &[(&str, &str, &str)]| {
        let known = names.iter().filter(|(column, ..)| !row.text(column).is_empty());
        known
            .map(|(column, before, behind)| format!("{before}{}{behind}", row.text(column)))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let who = list(&[
        ("EndpointType", "", ""),
        ("ParticipantType", "", ""),
        ("CallDirection", "", ""),
        ("SdkVersion", "SDK ", ""),
        ("SdkKind", "", ""),
        ("OsVersion", "", ""),
        ("Browser", "", ""),
    ]);
    let media = list(&[
        ("Transport", "", ""),
        ("Jitter", "jitter ", " ms"),
        ("PacketLoss", "loss ", ""),
        ("RoundTrip", "round trip ", " ms"),
        ("JitterBuffer", "buffer ", " ms"),
        ("HealedAudio", "healed ", ""),
        ("FrameRate", "video ", " fps"),
        ("Height", "", " lines"),
        ("BitRate", "", " bit/s"),
        ("FreezesPerMinute", "freezes ", " ms per minute"),
    ]);
    let left = match row.text("EndPhrase") {
        phrase if phrase.is_empty() => String::new(),
        phrase => format!("{}, {phrase} ({})", end_of(row), row.text("ResultCategory")),
    };
    let sources = [("HasService", "service"), ("HasClient", "client")];
    let sources: Vec<&str> = sources.iter().filter(|(column, _)| row.is(column)).map(|(_, name)| *name).collect();
    let facts = [
        ("is", who),
        (
            "there",
            format!(
                "{} to {} ({})",
                row.clock("Start", Day::Shown),
                row.clock("End", Day::Hidden),
                row.length("Length")
            ),
        ),
        ("id", row.text("ParticipantId")),
        ("endpoint", row.text("EndpointId")),
        ("app", row.text("DiagnosticOptions")),
        ("left", left),
        ("do", row.text("EndAdvice")),
        ("media", if row.text("Streams") == "0" { "no data".to_owned() } else { media }),
        ("known by", sources.join(", ")),
    ];
    for (name, fact) in facts.iter().filter(|(_, fact)| !fact.is_empty()) {
        for (at, line) in wrap(&on_one_line(fact), width.saturating_sub(11).max(20)).iter().enumerate() {
            let name = if at == 0 { *name } else { "" };
            push_line(text, 2, &format!("{name:<8} {line}"));
        }
    }
    text.push('\n');
}
