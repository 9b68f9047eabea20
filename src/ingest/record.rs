//! A raw record: its envelope, its properties, and the table it belongs to.

use super::json::{Members, Node};
use super::repair::Repairs;
use crate::tables::{self, TableDef};

/// An object that should be a log record, and where it was found.
#[derive(Debug)]
pub(super) struct RawRecord<'a> {
    /// Members that stand apart and go for several records; those of the record itself come first.
    pub(super) shared: &'a [(std::borrow::Cow<'a, str>, Node<'a>)],
    /// Its own members.
    pub(super) members: Members<'a>,
    /// Where it begins.
    pub(super) place: Place,
    /// Its text.
    pub(super) text: &'a str,
    /// What was mended to read it.
    pub(super) repairs: Repairs,
}

/// A place in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The line, from 1.
    pub line: u64,
    /// The byte, from 0.
    pub offset: u64,
}

/// Why a record belongs to no table.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum NoTable {
    /// It tells one that there is not.
    Unknown(String),
    /// It tells none: probably it is no log record.
    NotTold,
}

impl std::fmt::Display for NoTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            NoTable::Unknown(reason) => f.write_str(reason),
            NoTable::NotTold => f.write_str("neither `category` nor `Type` tells the table"),
        }
    }
}

/// Members of Azure's envelope. Tables that have no column for one do without it.
const ENVELOPE: &[&str] = &[
    "category",
    "properties",
    "Type",
    "TableName",
    "operationName",
    "operationVersion",
    "correlationId",
    "level",
    "location",
    "resultType",
    "resultSignature",
    "resultDescription",
    "durationMs",
    "callerIpAddress",
    "identity",
    "tenantId",
];

/// Whether a member belongs to the envelope of every record.
pub(super) fn is_envelope(name: &str) -> bool {
    ENVELOPE.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// The value of a member, by name in any letter case.
pub(super) fn member<'m, 'a>(members: &'m [(std::borrow::Cow<'a, str>, Node<'a>)], name: &str) -> Option<&'m Node<'a>> {
    members.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

impl<'a> RawRecord<'a> {
    /// The members under `properties`; none for records in the shape of a table.
    pub(super) fn properties(&self) -> &[(std::borrow::Cow<'a, str>, Node<'a>)] {
        match member(&self.members, "properties") {
            Some(Node::Object(properties)) => properties,
            _ => &[],
        }
    }

    /// Whether the record has Azure's envelope, as against the shape of a table.
    pub(super) fn is_raw(&self) -> bool {
        [&self.members, self.shared]
            .iter()
            .any(|part| member(part, "properties").is_some() || member(part, "category").is_some())
            && member(&self.members, "Type").is_none()
    }

    /// The table that the record belongs to, or why it belongs to none.
    ///
    /// `Type` names it directly. Otherwise the category does, and a version number among the properties marks rows of
    /// the table of updates, since their category is the same. A record that has neither belongs to the table that its
    /// file is named after.
    pub(super) fn table(&self, file: Option<&'static TableDef>) -> Result<&'static TableDef, NoTable> {
        let places = [self.properties(), &self.members, self.shared];
        let texts = |name: &'static str| places.iter().filter_map(move |place| text(member(place, name)?));
        if let Some(table) = texts("Type").chain(texts("TableName")).find_map(tables::by_name) {
            return Ok(table);
        }
        let Some(table) = texts("category").chain(texts("operationName")).find_map(tables::by_category) else {
            return match (texts("category").next(), texts("Type").next()) {
                (Some(category), _) => Err(NoTable::Unknown(format!("unknown category `{category}`"))),
                (None, Some(table)) => Err(NoTable::Unknown(format!("unknown table `{table}`"))),
                (None, None) => file.ok_or(NoTable::NotTold),
            };
        };
        let version = places.iter().find_map(|place| member(place, "callUpdatesVersion"));
        let is_update = version.is_some_and(|version| !super::convert::is_missing(version));
        Ok(is_update.then(|| table.updates()).flatten().unwrap_or(table))
    }
}

fn text<'n>(node: &'n Node<'_>) -> Option<&'n str> {
    match node {
        Node::Text(text) => Some(text),
        Node::Null | Node::Bool(_) | Node::Number(_) | Node::Array(_) | Node::Object(_) => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::super::json::{OpenEnds, Parser};
    use super::*;

    fn check(json: &str, expected: Result<&str, &str>) {
        let Node::Object(members) = Parser::new(json, 0, OpenEnds::Refuse).value().unwrap() else { panic!("{json}") };
        let record =
            RawRecord { shared: &[], members, place: Place::default(), text: json, repairs: Repairs::default() };
        let table = record.table(None).map(|table| table.name).map_err(|reason| reason.to_string());
        assert_eq!(table, expected.map_err(str::to_owned), "{json}");
    }

    #[test]
    fn records_find_their_table() {
        check(r#"{"category":"CallSummary","properties":{}}"#, Ok("ACSCallSummary"));
        check(r#"{"Category":"CallDiagnosticsPRIVATEPREVIEW"}"#, Ok("ACSCallDiagnostics"));
        check(r#"{"category":"CallSummary","properties":{"callupdatesversion":"2"}}"#, Ok("ACSCallSummaryUpdates"));
        check(r#"{"category":"CallSummary","properties":{"callupdatesversion":null}}"#, Ok("ACSCallSummary"));
        check(r#"{"category":"CallDiagnosticsUpdates"}"#, Ok("ACSCallDiagnosticsUpdates"));
        check(r#"{"properties":{"Type":"ACSCallClientOperations"}}"#, Ok("ACSCallClientOperations"));
        check(r#"{"Type":"ACSCallSurvey","CallId":"x"}"#, Ok("ACSCallSurvey"));
        check(r#"{"operationName":"CallSummary"}"#, Ok("ACSCallSummary"));
        check(r#"{"category":"Weather"}"#, Err("unknown category `Weather`"));
        check(r#"{"Type":"Weather"}"#, Err("unknown table `Weather`"));
        check(r#"{"a":1}"#, Err("neither `category` nor `Type` tells the table"));
    }
}
