//! Rows of result tables, read by the names of their columns.

use serde_json::{Map, Value};

use crate::engine::{Answer, Table};
use crate::error::{Error, Result};
use crate::output::{Style, format, write};
use crate::value::parse_datetime;

/// A row.
#[derive(Clone, Debug)]
pub(super) struct Row(Map<String, Value>);

impl Row {
    /// A cell as text; empty for null and for a column that is not there: queries can be the user's own.
    pub(super) fn text(&self, name: &str) -> String {
        match self.0.get(name) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => plain(&number.to_string()),
            Some(Value::Array(items)) => items
                .iter()
                .map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned))
                .collect::<Vec<_>>()
                .join(", "),
            Some(Value::Object(bag)) => {
                bag.iter().map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>().join(", ")
            }
            Some(other) => other.to_string(),
        }
    }

    /// All cells as text, in the order of the columns.
    pub(super) fn cells(&self) -> Vec<(String, String)> {
        self.0.keys().map(|name| (name.clone(), self.text(name))).collect()
    }

    /// A cell as a number.
    pub(super) fn number(&self, name: &str) -> Option<f64> {
        self.0.get(name).and_then(Value::as_f64)
    }

    /// Whether a cell is true.
    pub(super) fn is(&self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    /// A time, in nanoseconds since 1970.
    pub(super) fn time(&self, name: &str) -> Option<i64> {
        parse_datetime(self.0.get(name)?.as_str()?)
    }

    /// A time of day with seconds, with the day in front when it is asked for.
    pub(super) fn clock(&self, name: &str, day: Day) -> String {
        let text = self.text(name);
        let (date, time) = text.trim_end_matches('Z').split_once('T').unwrap_or((text.as_str(), ""));
        let time = time.get(..8).unwrap_or(time);
        match day {
            Day::Shown if !time.is_empty() => format!("{date} {time}"),
            Day::Shown => date.to_owned(),
            Day::Hidden => time.to_owned(),
        }
    }

    /// A length of time without fractions of a second.
    pub(super) fn length(&self, name: &str) -> String {
        let text = self.text(name);
        text.split_once('.').filter(|(_, rest)| !rest.contains(':')).map_or(text.clone(), |(whole, _)| whole.to_owned())
    }
}

/// Whether a time is written with its day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Day {
    Shown,
    Hidden,
}

/// A number without a fraction of zeros.
fn plain(text: &str) -> String {
    text.strip_suffix(".0").unwrap_or(text).to_owned()
}

/// The rows of a table.
pub(super) fn rows(table: &Table) -> Result<Vec<Row>> {
    let answer = Answer { tables: vec![table.clone()], ..Answer::default() };
    let mut text = Vec::new();
    write(&answer, format("json")?, &Style::PLAIN, &mut text)?;
    let rows: Vec<Map<String, Value>> =
        serde_json::from_slice(&text).map_err(|error| Error::Engine(format!("a result is no JSON: {error}")))?;
    Ok(rows.into_iter().map(Row).collect())
}

/// The rows of the table of a name; none when there is no such table.
pub(super) fn rows_of(tables: &[Table], name: &str) -> Result<Vec<Row>> {
    tables.iter().find(|table| table.name == name).map_or(Ok(Vec::new()), rows)
}

/// All tables as one JSON object, by name.
pub(super) fn object(answer: &Answer) -> Result<String> {
    let mut parts = Vec::new();
    for table in &answer.tables {
        let mut text = Vec::new();
        let one = Answer { tables: vec![table.clone()], ..Answer::default() };
        write(&one, format("json")?, &Style::PLAIN, &mut text)?;
        let text = String::from_utf8_lossy(&text);
        parts.push(format!("{}: {}", Value::from(table.name.as_str()), text.trim_end()));
    }
    Ok(format!("{{\n{}\n}}\n", parts.join(",\n")))
}
