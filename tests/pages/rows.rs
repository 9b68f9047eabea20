//! What needs a page: one entry per row of the tables that drive the program.

use calypso::diagnostic::Code;
use calypso::functions::plugins::PLUGINS;
use calypso::functions::{self, FAMILIES, aggregates};
use calypso::lint::LINTS;
use calypso::syntax::operators::{OPERATORS, OperatorRow};
use calypso::tables::{DICTIONARIES, TABLES};
use calypso::types::Type;
use calypso::{bind, syntax};

use super::data;

/// The folders of `tests/lang` whose pages each belong to a row; other folders hold pages of free choice.
pub(crate) const FOLDERS: &[&str] =
    &["aggregates", "errors", "functions", "lints", "operators", "plugins", "tables", "types"];

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
        sample: Some(format!("ACSCallSummary\n| summarize {}", row.example)),
    }));
    rows.extend(PLUGINS.iter().map(|row| Row {
        folder: "plugins",
        name: row.name.to_owned(),
        summary: Some(row.summary.to_owned()),
        syntax: Some(format!("evaluate {}", functions::syntax(row.name, row.params))),
        sample: Some(row.example.to_owned()),
    }));
    rows.extend(OPERATORS.iter().map(|row| Row {
        folder: "operators",
        name: row.name.to_owned(),
        summary: Some(row.summary.to_owned()),
        syntax: Some(row.syntax.to_owned()),
        sample: Some(row.example.to_owned()),
    }));
    rows.extend(TABLES.iter().map(|table| Row {
        folder: "tables",
        name: table.name.to_owned(),
        summary: Some(table.summary.to_owned()),
        syntax: None,
        sample: Some(format!("{}\n| take 0", table.name)),
    }));
    rows.extend(DICTIONARIES.iter().map(|dictionary| Row {
        folder: "tables",
        name: dictionary.name.to_owned(),
        summary: Some(dictionary.summary.to_owned()),
        syntax: None,
        sample: Some(format!("{}\n| take 1", dictionary.name)),
    }));
    rows.extend(Code::ALL.iter().map(|code| Row {
        folder: "errors",
        name: code.name().to_owned(),
        summary: None,
        syntax: None,
        sample: None,
    }));
    rows.extend(LINTS.iter().map(|lint| Row {
        folder: "lints",
        name: lint.name.to_owned(),
        summary: Some(lint.summary.to_owned()),
        syntax: None,
        sample: Some(lint.example.to_owned()),
    }));
    rows.extend(Type::ALL.iter().map(|ty| Row {
        folder: "types",
        name: ty.name().to_owned(),
        summary: None,
        syntax: None,
        sample: None,
    }));
    rows
}

/// What is supported, as the table in the README.
pub(crate) fn supported() -> String {
    let (refused, run): (Vec<&OperatorRow>, Vec<&OperatorRow>) = OPERATORS.iter().partition(|row| is_refused(row));
    let names = |rows: Vec<&OperatorRow>| rows.iter().map(|row| row.name).collect();
    let mut lines = vec!["| kind | count | |".to_owned(), "|---|---|---|".to_owned()];
    let mut line = |kind: &str, names: Vec<&str>| {
        let shown: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        lines.push(format!("| {kind} | {} | {} |", names.len(), shown.join(" ")));
    };
    line("operators", names(run));
    for (family, functions) in FAMILIES {
        line(&format!("{family} functions"), functions.iter().map(|row| row.name).collect());
    }
    line("aggregates", aggregates().map(|row| row.name).collect());
    line("plugins", PLUGINS.iter().map(|row| row.name).collect());
    line("types", Type::ALL.iter().map(|ty| ty.name()).collect());
    line("log tables", TABLES.iter().map(|table| table.name).collect());
    line("dictionaries", DICTIONARIES.iter().map(|dictionary| dictionary.name).collect());
    line("remarks of `calypso check`", LINTS.iter().map(|lint| lint.name).collect());
    line("operators that are only parsed", names(refused));
    lines.join("\n") + "\n"
}

/// Whether the binder refuses an operator. Its example shows it: those are complete queries.
fn is_refused(row: &OperatorRow) -> bool {
    let parsed = syntax::parse(row.example);
    let bound = bind::bind(&parsed.query, &data::known(), &bind::Options::default());
    bound.diagnostics.iter().any(|found| matches!(found.code, Code::UnsupportedOperator | Code::UnsupportedFunction))
}
