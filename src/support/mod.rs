//! What is supported, what differs from Kusto, and what is refused: one account for help, the pages and `SUPPORT.md`.

mod differences;
mod statements;

use crate::bind::{Meaning, OPTIONS};
use crate::functions::{self, FAMILIES, aggregates, plugins, unsupported};
use crate::syntax::operators::{OPERATORS, operator_row};
use crate::types::Type;

pub use statements::{STATEMENTS, Statement};

/// What a thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A tabular operator.
    Operator,
    /// A statement.
    Statement,
    /// A scalar function.
    Function,
    /// An aggregate.
    Aggregate,
    /// A plugin of `evaluate`.
    Plugin,
    /// A type.
    Type,
    /// An option that `set` sets.
    Option,
}

impl Kind {
    /// All of them, in the order of the manual.
    pub const ALL: [Kind; 7] =
        [Kind::Operator, Kind::Statement, Kind::Function, Kind::Aggregate, Kind::Plugin, Kind::Type, Kind::Option];

    /// What several of them are called.
    pub fn plural(self) -> &'static str {
        match self {
            Kind::Operator => "operators",
            Kind::Statement => "statements",
            Kind::Function => "functions",
            Kind::Aggregate => "aggregates",
            Kind::Plugin => "plugins",
            Kind::Type => "types",
            Kind::Option => "request options",
        }
    }

    /// The folder of their pages; options share a page.
    pub fn folder(self) -> Option<&'static str> {
        (self != Kind::Option).then(|| self.plural())
    }
}

/// How far a thing is supported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// As in Kusto, as far as its reference and its recorded answers tell.
    Full,
    /// It runs, and this is what differs.
    Partial(&'static str),
    /// It is an error that names it, for this reason.
    Refused(&'static str),
}

/// A thing that is known by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// The family of a function, empty for other things.
    pub family: &'static str,
    /// Its name.
    pub name: &'static str,
    /// How far it is supported.
    pub state: State,
}

/// Everything that is known by name, in the order of the rows.
pub fn entries() -> Vec<Entry> {
    let mut entries = Vec::new();
    let mut add = |kind: Kind, family: &'static str, name: &'static str, refused: Option<&'static str>| {
        // A name that is refused as a value may stand where a table does, which is what differs.
        let state = match (differs(kind, name), refused) {
            (Some(what), _) => State::Partial(what),
            (None, Some(reason)) => State::Refused(reason),
            (None, None) => State::Full,
        };
        entries.push(Entry { kind, family, name, state });
    };
    OPERATORS.iter().for_each(|row| add(Kind::Operator, "", row.name, unsupported::operator(row.name)));
    STATEMENTS.iter().for_each(|row| add(Kind::Statement, "", row.name, None));
    for (family, rows) in FAMILIES {
        rows.iter().for_each(|row| add(Kind::Function, family, row.name, None));
    }
    unsupported::FUNCTIONS.iter().for_each(|name| add(Kind::Function, "", name, Some(unsupported::why(name))));
    aggregates().for_each(|row| add(Kind::Aggregate, "", row.name, None));
    plugins::PLUGINS.iter().for_each(|row| add(Kind::Plugin, "", row.name, None));
    unsupported::PLUGINS.iter().for_each(|(name, why)| add(Kind::Plugin, "", name, Some(why)));
    Type::ALL.iter().for_each(|ty| add(Kind::Type, "", ty.name(), None));
    for (name, meaning) in OPTIONS {
        let refused = if let Meaning::Refused(why) = meaning { Some(*why) } else { None };
        add(Kind::Option, "", name, refused);
    }
    entries
}

/// What differs from Kusto in a thing that runs.
pub fn differs(kind: Kind, name: &str) -> Option<&'static str> {
    differences::DIFFERENCES.iter().find(|row| row.0 == kind && row.1 == name).map(|row| row.2)
}

/// What there is to say about a name: how it is written, what it does, how far it is supported. Nothing for a name
/// that is not known.
pub fn about(name: &str) -> Option<String> {
    let mut text = String::new();
    let mut say = |kind: Kind, syntax: &str, summary: &str, example: &str| {
        text.push_str(&format!("{syntax}\n  {summary}\n"));
        if !example.is_empty() {
            text.push_str(&format!("  {example}\n"));
        }
        if let Some(what) = differs(kind, name) {
            text.push_str(&format!("  In Kusto it differs: {what}.\n"));
        }
    };
    if let Some(row) = operator_row(name) {
        say(Kind::Operator, row.syntax, row.summary, row.example);
    }
    if let Some(row) = STATEMENTS.iter().find(|row| row.name == name) {
        say(Kind::Statement, row.syntax, row.summary, row.example);
    }
    if let Some(row) = functions::function(name) {
        say(Kind::Function, &functions::syntax(row.name, row.params), row.summary, row.example);
    }
    if let Some(row) = functions::aggregate(name) {
        say(Kind::Aggregate, &functions::syntax(row.name, row.params), row.summary, row.example);
    }
    if let Some(row) = plugins::plugin(name) {
        let syntax = format!("evaluate {}", functions::syntax(row.name, row.params));
        say(Kind::Plugin, &syntax, row.summary, row.example);
    }
    if let Some((_, meaning)) =
        OPTIONS.iter().find(|(known, meaning)| *known == name && !matches!(meaning, Meaning::Refused(_)))
    {
        text.push_str(&format!("set {name} = value;\n  An option of requests: {}.\n", meaning.words()));
    }
    for entry in entries().iter().filter(|entry| entry.name == name) {
        let kind = entry.kind.plural().trim_end_matches('s');
        match entry.state {
            State::Refused(reason) => text.push_str(&format!("The {kind} `{name}` is refused: {reason}.\n")),
            State::Partial(what) if text.is_empty() => text.push_str(&format!("The {kind} `{name}` {what}.\n")),
            State::Partial(_) | State::Full => {}
        }
    }
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_there() {
        let entries = entries();
        for (kind, name, what) in differences::DIFFERENCES {
            let known = entries.iter().any(|entry| entry.kind == *kind && entry.name == *name);
            assert!(known, "{kind:?} `{name}` has no row");
            assert!(!what.ends_with('.') && !what.is_empty(), "`{name}`");
        }
    }

    #[test]
    fn nothing_is_listed_twice() {
        let mut seen = std::collections::BTreeSet::new();
        for entry in entries() {
            assert!(seen.insert((entry.kind, entry.name)), "{entry:?}");
        }
    }

    #[test]
    fn names_are_explained() {
        let about = |name: &str| about(name).unwrap_or_default();
        assert!(about("top-hitters").contains("differs"));
        assert!(about("geo_distance_2points").contains("refused"));
        assert!(about("count").lines().count() > 4);
        assert_eq!(about("nothing_such"), "");
    }
}
