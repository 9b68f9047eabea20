//! Rows as JSON: in the shape of the raw log, and in the shape of the workspace's tables.

use super::cells::{Cell, Sheet};
use super::faults::Faults;
use crate::tables::TableDef;
use crate::value::push_datetime_iso;

/// A name and a value as JSON.
pub(super) type Member = (String, String);

/// A record of the raw log: what is common outside, the rest among the properties.
pub(super) struct Record {
    pub(super) outer: Vec<Member>,
    pub(super) properties: Vec<Member>,
}

/// Columns that stand outside of the properties in raw records, where they have other names.
const OUTER: &[(&str, &str)] = &[
    ("TimeGenerated", "time"),
    ("_ResourceId", "resourceId"),
    ("OperationName", "operationName"),
    ("OperationVersion", "operationVersion"),
    ("Category", "category"),
    ("CorrelationId", "correlationId"),
    ("Level", "level"),
    ("Location", "location"),
    ("ResultType", "resultType"),
    ("ResultSignature", "resultSignature"),
    ("ResultDescription", "resultDescription"),
    ("DurationMs", "durationMs"),
    ("CallerIpAddress", "callerIpAddress"),
    ("Identity", "identity"),
];

/// Columns that the workspace adds.
const ADDED: &[&str] = &["_SubscriptionId", "TenantId", "SourceSystem", "Type", "_BilledSize", "_IsBillable"];

/// Columns of the oldest logs whose raw names begin with a capital, since they came later.
const LATER: &[&str] = &[
    "ParticipantEndSubCode",
    "ResultCategory",
    "DiagnosticOptions",
    "JitterBufferSizeAvg",
    "JitterBufferSizeMax",
    "HealedDataRatioAvg",
    "HealedDataRatioMax",
    "VideoFrameRateAvg",
    "RecvResolutionHeight",
    "RecvFreezeDurationPerMinuteInMs",
    "PacketUtilization",
    "VideoBitRateAvg",
    "VideoBitRateMax",
    "StreamDirection",
    "CodecName",
    "TPE",
];

/// The logs whose property names begin with a small letter.
const OLDEST: &[&str] = &["CallSummary", "CallDiagnostics"];

/// A row as the service logs it.
pub(super) fn raw(table: &TableDef, sheet: &Sheet<'_>, row: usize) -> Record {
    let mut record = Record { outer: Vec::new(), properties: Vec::new() };
    let category = table.category.strip_suffix("Updates").unwrap_or(table.category);
    let is_oldest = OLDEST.contains(&category);
    let is_client = category.starts_with("CallClient");
    for (at, column) in table.columns.iter().enumerate() {
        if ADDED.contains(&column.name) {
            continue;
        }
        let cell = sheet.cell(at, row);
        let outer = OUTER.iter().find(|(name, _)| *name == column.name).map(|(_, raw)| *raw);
        // Logs of clients have what a client did among the properties; outside stands the name of the log.
        let outer = outer.filter(|name| !is_client || matches!(*name, "time" | "resourceId" | "category"));
        match (outer, cell) {
            (Some("resourceId"), Cell::Text(text)) => {
                record.outer.push(("resourceId".to_owned(), quoted(&text.to_uppercase())));
            }
            (Some(_), Cell::Missing) => {}
            (Some(name), cell) => record.outer.push((name.to_owned(), json(cell))),
            (None, Cell::Missing) => {
                // The oldest logs write a text for what is missing.
                if is_oldest && matches!(column.name, "ParticipantId" | "TeamsThreadId") {
                    record.properties.push((raw_name(column.name, is_oldest), quoted("null")));
                }
            }
            (None, cell) => {
                let is_number = matches!(cell, Cell::Whole(_) | Cell::Real(_));
                let as_text = is_number && (is_oldest || is_client) && column.name != "CallDuration";
                let value = if as_text { quoted(&json(cell)) } else { json(cell) };
                record.properties.push((raw_name(column.name, is_oldest), value));
            }
        }
    }
    if !record.outer.iter().any(|(name, _)| name == "category") {
        record.outer.push(("category".to_owned(), quoted(category)));
    }
    if is_client {
        record.outer.push(("operationName".to_owned(), quoted(category)));
    }
    record
}

fn raw_name(column: &str, is_oldest: bool) -> String {
    match column {
        "CallUpdatesVersion" => "callupdatesversion".to_owned(),
        name if is_oldest && !LATER.contains(&name) => {
            let mut letters = name.chars();
            letters.next().map(|first| first.to_ascii_lowercase()).into_iter().chain(letters).collect()
        }
        name => name.to_owned(),
    }
}

/// A row as the workspace exports it.
pub(super) fn exported(table: &TableDef, sheet: &Sheet<'_>, row: usize) -> Vec<Member> {
    let cells = table.columns.iter().enumerate().map(|(at, column)| (column.name, sheet.cell(at, row)));
    let there = cells.filter(|(_, cell)| *cell != Cell::Missing);
    there
        .map(|(name, cell)| (name.to_owned(), if let Cell::Json(text) = cell { text.to_owned() } else { json(cell) }))
        .collect()
}

impl Record {
    /// The record in one line.
    pub(super) fn line(&self, faults: &Faults) -> String {
        let mut line = object(&self.outer, faults);
        line.pop();
        line.push_str(",\"properties\":");
        line.push_str(&object(&self.properties, faults));
        line.push('}');
        line
    }
}

/// Members as an object.
pub(super) fn object(members: &[Member], faults: &Faults) -> String {
    let mut text = String::from("{");
    for (at, (name, value)) in members.iter().enumerate() {
        if at > 0 {
            // Only between texts: there the end of a member can be seen.
            let is_plain = value.starts_with('"') && members[at - 1].1.starts_with('"');
            text.push_str(if faults.comma == Some(at) && is_plain { " " } else { "," });
        }
        push_quoted(&mut text, name);
        text.push(':');
        text.push_str(value);
    }
    if faults.stray_comma {
        text.push(',');
    }
    text.push('}');
    text
}

/// A cell as JSON; JSON cells as text that holds JSON.
pub(super) fn json(cell: Cell<'_>) -> String {
    match cell {
        Cell::Missing => "null".to_owned(),
        Cell::Bool(truth) => truth.to_string(),
        Cell::Whole(number) => number.to_string(),
        Cell::Real(number) => real(number),
        Cell::Time(nanos) => {
            let mut text = String::from("\"");
            push_datetime_iso(&mut text, nanos);
            text.push('"');
            text
        }
        Cell::Text(text) | Cell::Json(text) => quoted(text),
    }
}

/// A number as the service writes it: small ones in scientific notation.
pub(super) fn real(number: f64) -> String {
    match number {
        number if number != 0.0 && number.abs() < 1e-4 => format!("{number:E}").replace("E-", "E-0"),
        number => number.to_string(),
    }
}

pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    push_quoted(&mut quoted, text);
    quoted
}

fn push_quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
}
