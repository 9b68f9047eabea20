//! A raw record: its envelope, its properties, and the table it belongs to.

use super::json::{Members, Node};
use super::other;
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

/// Why a record belongs to no known table.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum NoTable {
    /// It tells one that nobody declared: its name.
    Unknown(String),
    /// It tells none: probably it is no log record.
    NotTold,
}

impl std::fmt::Display for NoTable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            NoTable::Unknown(name) => write!(f, "the table `{name}` is not known"),
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

    fn has_any(&self, names: &[&str]) -> bool {
        [&self.members[..], self.shared].iter().any(|place| names.iter().any(|name| member(place, name).is_some()))
    }

    /// The table that the record belongs to, or why it belongs to none.
    ///
    /// `Type` names it directly. Otherwise the category does, and a version number among the properties marks rows of
    /// the table of updates, since their category is the same. A record that has neither belongs to the table that its
    /// file is named after. Categories and types that nobody declared count where the record is laid out as a log.
    pub(super) fn table(&self, file: Option<&'static TableDef>) -> Result<&'static TableDef, NoTable> {
        let places = [self.properties(), &self.members, self.shared];
        let texts = |name: &'static str| places.iter().filter_map(move |place| text(member(place, name)?));
        if let Some(table) = texts("Type").chain(texts("TableName")).find_map(tables::by_name) {
            return Ok(table);
        }
        let Some(table) = texts("category").chain(texts("operationName")).find_map(tables::by_category) else {
            let named = |name: Option<String>| name.map(NoTable::Unknown);
            let resource = texts("resourceId").next();
            let by_type = texts("Type").next().filter(|_| self.has_any(&["TimeGenerated", "_ResourceId", "TenantId"]));
            let by_category = texts("category").next().filter(|_| self.has_any(&["properties", "time", "resourceId"]));
            let unknown = by_category
                .and_then(|category| named(other::table_of_category(category, resource)))
                .or_else(|| by_type.and_then(|table| named(other::identifier(table))));
            return unknown.map_or_else(|| file.ok_or(NoTable::NotTold), Err);
        };
        let version = places.iter().find_map(|place| member(place, "callUpdatesVersion"));
        let is_update = version.is_some_and(|version| !super::convert::is_missing(version));
        Ok(is_update.then(|| table.updates()).flatten().unwrap_or(table))
    }
}

/// Whether a member has no value, so that one of the same name may take its place.
pub(super) fn is_missing_member(node: &Node<'_>) -> bool {
    super::convert::is_missing(node)
}

/// The table that a path tells: by the name of the file, or by that of a container for one category or table.
pub(super) fn table_of_path(path: &std::path::Path) -> Option<&'static TableDef> {
    let by_name = |name: &str| tables::TABLES.iter().copied().find(|table| table.name.eq_ignore_ascii_case(name));
    let stem = path.file_name()?.to_string_lossy();
    let first = stem.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    by_name(first).or_else(|| {
        path.iter().rev().find_map(|part| {
            let part = part.to_string_lossy().to_ascii_lowercase();
            match part.strip_prefix("am-") {
                Some(table) => by_name(table),
                None => part.strip_prefix("insights-logs-").and_then(tables::by_category),
            }
        })
    })
}

/// Columns that say nothing about which table it is.
const EVERYWHERE: &[&str] = &[
    "TimeGenerated",
    "TenantId",
    "SourceSystem",
    "Type",
    "_ResourceId",
    "_SubscriptionId",
    "_BilledSize",
    "_IsBillable",
    "TableName",
    "MG",
    "ManagementGroupName",
    "Computer",
    "RawData",
    "_ItemId",
];

/// Columns that a table must share with a header to be recognised by it.
const ENOUGH: usize = 4;

/// The only table that has all columns of a header; nothing when several have, or none, or the header is too short to
/// tell. A table of updates is meant only when the version is among the columns.
pub(super) fn by_columns<'n>(names: impl Iterator<Item = &'n str>) -> Option<&'static TableDef> {
    let names: Vec<String> = names.map(super::batch::bare).collect();
    let is_everywhere = |name: &&String| !EVERYWHERE.iter().any(|known| known.eq_ignore_ascii_case(name));
    let telling: Vec<&String> = names.iter().filter(is_everywhere).collect();
    let has_version = telling.iter().any(|name| name.eq_ignore_ascii_case("CallUpdatesVersion"));
    let has_time = names.iter().any(|name| name.eq_ignore_ascii_case("TimeGenerated"));
    if telling.len() < ENOUGH || !has_time {
        return None;
    }
    let mut fitting = tables::TABLES.iter().copied().filter(|table| {
        table.name.ends_with("Updates") == has_version && telling.iter().all(|name| table.column_index(name).is_some())
    });
    fitting.next().filter(|_| fitting.next().is_none())
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
        check(r#"{"category":"Weather","properties":{}}"#, Err("the table `ACSWeather` is not known"));
        check(r#"{"Type":"Weather","TimeGenerated":""}"#, Err("the table `Weather` is not known"));
        check(r#"{"type":"sloop","name":"Vega"}"#, Err("neither `category` nor `Type` tells the table"));
        check(r#"{"a":1}"#, Err("neither `category` nor `Type` tells the table"));
    }

    #[test]
    fn headers_tell_their_table() {
        let check = |header: &str, name: Option<&str>| {
            assert_eq!(by_columns(header.split(',')).map(|table| table.name), name, "{header}");
        };
        check("TimeGenerated [UTC],CallType,CallDuration,ParticipantDuration,TeamsThreadId", Some("ACSCallSummary"));
        check("TimeGenerated,CallType,CallDuration,TeamsThreadId,CallUpdatesVersion", Some("ACSCallSummaryUpdates"));
        check("TimeGenerated,CorrelationId,OperationName,Category,Type", None);
        check("TimeGenerated,SurveyId,OverallRatingScore,AudioRatingScore,Colour", None);
        check("SurveyId,OverallRatingScore,AudioRatingScore,VideoRatingScore", None);
    }

    #[test]
    fn paths_tell_their_table() {
        let check = |path: &str, name: Option<&str>| {
            assert_eq!(table_of_path(std::path::Path::new(path)).map(|table| table.name), name, "{path}");
        };
        check("x/ACSCallSummary.csv", Some("ACSCallSummary"));
        check("acscallsurvey (1).csv.gz", Some("ACSCallSurvey"));
        check("am-acscallsummary/WorkspaceResourceId=/y=2026/m=01/d=09/h=15/m=05/PT05M.json", Some("ACSCallSummary"));
        check("insights-logs-callsummary/resourceId=/y=2026/PT1H.json", Some("ACSCallSummary"));
        check("logs/PT1H.json", None);
    }
}
