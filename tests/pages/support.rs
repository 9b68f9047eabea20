//! `SUPPORT.md` and the counts of the README, from the rows; and the binder, asked whether the rows are right.

use calypso::diagnostic::Code;
use calypso::functions::{FAMILIES, function, functions, plugins};
use calypso::lint::LINTS;
use calypso::support::{Entry, Kind, STATEMENTS, State, entries};
use calypso::syntax::operators::operator_row;
use calypso::tables::{DICTIONARIES, TABLES};
use calypso::{bind, functions as rows, syntax};

use super::data;

const INTRODUCTION: &str = "# What is supported

Calypso gives the answer that Kusto gives, or it refuses: with an error that names what is not supported, at its place
in the query. Nothing is approximated in silence, and no option is ignored that would change an answer.

This page is written from the rows that drive the program (`BLESS=1 cargo test --test main tidy`), and a test fails when
it is stale. `calypso explain NAME` says the same of one thing, as does `.help NAME` in the shell; each name leads to its
page, whose examples are tests.

";

/// The counts, as the table in the README.
pub(crate) fn counts() -> String {
    let entries = entries();
    let mut text = "| kind | as in Kusto | partial | refused |\n|---|---|---|---|\n".to_owned();
    for kind in Kind::ALL {
        let count = |wanted: fn(&State) -> bool| {
            entries.iter().filter(|entry| entry.kind == kind && wanted(&entry.state)).count()
        };
        text += &format!(
            "| {} | {} | {} | {} |\n",
            kind.plural(),
            count(|state| *state == State::Full),
            count(|state| matches!(state, State::Partial(_))),
            count(|state| matches!(state, State::Refused(_))),
        );
    }
    text
}

/// `SUPPORT.md`, whole.
pub(crate) fn document() -> String {
    let entries = entries();
    let mut text = INTRODUCTION.to_owned() + &counts();
    for kind in Kind::ALL {
        let kind_entries: Vec<&Entry> = entries.iter().filter(|entry| entry.kind == kind).collect();
        text += &format!("\n## {}\n", capital(kind.plural()));
        text += &full(kind, &kind_entries);
        text += &partial(&kind_entries);
        text += &refused(&kind_entries);
    }
    text += "\n## What else there is\n\n";
    let mut line = |what: &str, folder: &str, names: &mut dyn Iterator<Item = &'static str>| {
        let names: Vec<String> = names.map(|name| format!("[`{name}`](tests/lang/{folder}/{name}.md)")).collect();
        text += &format!("- **{what}**: {}\n", names.join(" "));
    };
    line("log tables", "tables", &mut TABLES.iter().map(|table| table.name));
    line("dictionaries", "tables", &mut DICTIONARIES.iter().map(|dictionary| dictionary.name));
    line("remarks of `calypso check`", "lints", &mut LINTS.iter().map(|lint| lint.name));
    line("errors", "errors", &mut Code::ALL.iter().map(|code| code.name()));
    text
}

fn full(kind: Kind, entries: &[&Entry]) -> String {
    let of_family = |family: &str| {
        let names = entries.iter().filter(|entry| entry.state == State::Full && entry.family == family);
        names.map(|entry| linked(entry)).collect::<Vec<_>>().join(" ")
    };
    match kind {
        Kind::Function => {
            let lines = FAMILIES.iter().map(|(family, _)| format!("- **{family}**: {}\n", of_family(family)));
            format!("\nAs in Kusto:\n\n{}", lines.collect::<String>())
        }
        _ => format!("\nAs in Kusto: {}\n", of_family("")),
    }
}

fn partial(entries: &[&Entry]) -> String {
    let lines = entries.iter().filter_map(|entry| match entry.state {
        State::Partial(what) => Some(format!("| {} | {} |\n", linked(entry), cell(what))),
        _ => None,
    });
    table("partial", "what differs", lines.collect())
}

/// Names that are refused for one reason share a line.
fn refused(entries: &[&Entry]) -> String {
    let mut reasons: Vec<(&str, Vec<String>)> = Vec::new();
    for entry in entries {
        let State::Refused(reason) = entry.state else { continue };
        let name = format!("`{}`", entry.name);
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, names)) => names.push(name),
            None => reasons.push((reason, vec![name])),
        }
    }
    let lines = reasons.into_iter().map(|(reason, names)| format!("| {} | {} |\n", names.join(" "), cell(reason)));
    table("refused", "why", lines.collect())
}

fn table(what: &str, why: &str, lines: Vec<String>) -> String {
    if lines.is_empty() { String::new() } else { format!("\n| {what} | {why} |\n|---|---|\n{}", lines.concat()) }
}

/// A sentence as it stands in a cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn linked(entry: &Entry) -> String {
    let name = entry.name;
    let has_page = entry.kind != Kind::Function || function(name).is_some();
    let link = match entry.kind.folder().filter(|_| has_page) {
        Some(folder) => format!("[`{name}`](tests/lang/{folder}/{name}.md)"),
        None => format!("`{name}`"),
    };
    let aliases = match entry.kind {
        Kind::Operator => operator_row(name).map(|row| row.aliases),
        Kind::Function => function(name).map(|row| row.aliases),
        Kind::Aggregate => rows::aggregate(name).map(|row| row.aliases),
        Kind::Statement | Kind::Plugin | Kind::Type | Kind::Option => None,
    };
    let aliases: Vec<String> = aliases.unwrap_or_default().iter().map(|alias| format!("`{alias}`")).collect();
    if aliases.is_empty() { link } else { format!("{link} (also {})", aliases.join(", ")) }
}

fn capital(text: &str) -> String {
    text[..1].to_uppercase() + &text[1..]
}

/// What the rows say of a thing and the binder does not.
pub(crate) fn disagreements() -> Vec<String> {
    let mut wrong = Vec::new();
    for entry in entries() {
        let Some((request, codes)) = request_of(&entry) else { continue };
        let options = bind::Options { writing: true, ..bind::Options::default() };
        let parsed = syntax::parse(&request);
        let bound = bind::bind(&parsed.query, &data::known(), &options);
        let refusal = |code: Code| codes.contains(&code);
        let is_refused = parsed.diagnostics.iter().chain(&bound.diagnostics).any(|found| refusal(found.code));
        if is_refused != matches!(entry.state, State::Refused(_)) {
            wrong.push(format!(
                "{:?} `{}` is {:?}, but `{request}` says otherwise",
                entry.kind, entry.name, entry.state
            ));
        }
    }
    wrong
}

/// A request that uses a thing, and the codes that tell that it is refused.
fn request_of(entry: &Entry) -> Option<(String, &'static [Code])> {
    const OUTRIGHT: &[Code] = &[Code::UnsupportedOperator, Code::UnsupportedFunction];
    let name = entry.name;
    let is_refused = matches!(entry.state, State::Refused(_));
    let request = match entry.kind {
        Kind::Operator => operator_row(name)?.example.to_owned(),
        Kind::Statement => STATEMENTS.iter().find(|row| row.name == name)?.example.to_owned(),
        // A name that is an aggregate too is told to be misplaced.
        Kind::Function if is_refused && rows::aggregate(name).is_some() => return None,
        Kind::Function if is_refused => format!("print r = {name}()"),
        Kind::Function => {
            let row = functions().find(|row| row.name == name)?;
            format!("ACSCallSummary | sort by TimeGenerated asc | extend r = {}", row.example)
        }
        Kind::Aggregate => format!("ACSCallSummary | summarize {}", rows::aggregate(name)?.example),
        Kind::Plugin if is_refused => format!("ACSCallSummary | evaluate {name}()"),
        Kind::Plugin => plugins::plugin(name)?.example.to_owned(),
        Kind::Type => return None,
        Kind::Option => return Some((format!("set {name} = 1; print 1"), &[Code::UnsupportedFeature])),
    };
    Some((request, OUTRIGHT))
}
