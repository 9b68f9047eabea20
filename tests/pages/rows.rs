//! What needs a page: one entry per row of the tables that drive the program.

use calypso::diagnostic::Code;
use calypso::functions::plugins::PLUGINS;
use calypso::functions::{self, FAMILIES, aggregates};
use calypso::lint::LINTS;
use calypso::support::{self, Kind, STATEMENTS};
use calypso::syntax::operators::OPERATORS;
use calypso::tables::{DICTIONARIES, TABLES};
use calypso::types::Type;

/// The folders of `tests/lang` whose pages each belong to a row; other folders hold pages of free choice.
pub(crate) const FOLDERS: &[&str] =
    &["aggregates", "errors", "functions", "lints", "operators", "plugins", "statements", "tables", "types"];

/// Something that has a page.
pub(crate) struct Row {
    /// The folder under `tests/lang`.
    pub(crate) folder: &'static str,
    /// Its name: title and file name.
    pub(crate) name: String,
    /// The sentence that the page repeats, if the row has one.
    pub(crate) summary: Option<String>,
    /// The syntax that the page repeats, if the row has one.
    pub(crate) syntax: Option<String>,
    /// What differs from Kusto, as the page says it.
    pub(crate) differs: Option<String>,
    /// A query that shows it, to start a page with.
    pub(crate) sample: Option<String>,
}

impl Row {
    /// The page's path from `tests`, without `.md`.
    pub(crate) fn page(&self) -> String {
        format!("lang/{}/{}", self.folder, self.name)
    }
}

/// Rows in order, for functions that look at neighbours.
const SORTED: &str = "ACSCallSummary\n| sort by TimeGenerated asc, EndpointId asc";

/// All rows.
pub(crate) fn all() -> Vec<Row> {
    let mut rows = Vec::new();
    for (family, functions) in FAMILIES {
        rows.extend(functions.iter().map(|row| Row {
            folder: "functions",
            name: row.name.to_owned(),
            summary: Some(row.summary.to_owned()),
            syntax: Some(functions::syntax(row.name, row.params)),
            differs: differs(Kind::Function, row.name),
            sample: Some(match *family {
                "window" => format!("{SORTED}\n| extend r = {}\n| project CallType, r\n| take 3", row.example),
                _ => format!("print r = {}", row.example),
            }),
        }));
    }
    rows.extend(aggregates().map(|row| Row {
        folder: "aggregates",
        name: row.name.to_owned(),
        summary: Some(row.summary.to_owned()),
        syntax: Some(functions::syntax(row.name, row.params)),
        differs: differs(Kind::Aggregate, row.name),
        sample: Some(format!("ACSCallSummary\n| summarize {}", row.example)),
    }));
    rows.extend(PLUGINS.iter().map(|row| Row {
        folder: "plugins",
        name: row.name.to_owned(),
        summary: Some(row.summary.to_owned()),
        syntax: Some(format!("evaluate {}", functions::syntax(row.name, row.params))),
        differs: differs(Kind::Plugin, row.name),
        sample: Some(row.example.to_owned()),
    }));
    rows.extend(OPERATORS.iter().map(|row| Row {
        folder: "operators",
        name: row.name.to_owned(),
        summary: Some(row.summary.to_owned()),
        syntax: Some(row.syntax.to_owned()),
        differs: differs(Kind::Operator, row.name),
        sample: Some(row.example.to_owned()),
    }));
    rows.extend(STATEMENTS.iter().map(|row| Row {
        folder: "statements",
        name: row.name.to_owned(),
        summary: Some(row.summary.to_owned()),
        syntax: Some(row.syntax.to_owned()),
        differs: differs(Kind::Statement, row.name),
        sample: None,
    }));
    rows.extend(TABLES.iter().map(|table| Row {
        folder: "tables",
        name: table.name.to_owned(),
        summary: Some(table.summary.to_owned()),
        syntax: None,
        differs: None,
        sample: Some(format!("{}\n| take 0", table.name)),
    }));
    rows.extend(DICTIONARIES.iter().map(|dictionary| Row {
        folder: "tables",
        name: dictionary.name.to_owned(),
        summary: Some(dictionary.summary.to_owned()),
        syntax: None,
        differs: None,
        sample: Some(format!("{}\n| take 1", dictionary.name)),
    }));
    rows.extend(Code::ALL.iter().map(|code| Row {
        folder: "errors",
        name: code.name().to_owned(),
        summary: None,
        syntax: None,
        differs: None,
        sample: None,
    }));
    rows.extend(LINTS.iter().map(|lint| Row {
        folder: "lints",
        name: lint.name.to_owned(),
        summary: Some(lint.summary.to_owned()),
        syntax: None,
        differs: None,
        sample: Some(lint.example.to_owned()),
    }));
    rows.extend(Type::ALL.iter().map(|ty| Row {
        folder: "types",
        name: ty.name().to_owned(),
        summary: None,
        syntax: None,
        differs: differs(Kind::Type, ty.name()),
        sample: None,
    }));
    rows
}

/// The sentence about what differs, with a period.
fn differs(kind: Kind, name: &str) -> Option<String> {
    support::differs(kind, name).map(|what| format!("{what}."))
}
