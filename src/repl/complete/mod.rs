//! What can come next in a typed request: commands, tables, operators, columns in sight, functions, values.

mod place;
mod sight;
pub(super) mod values;
mod words;

use crate::catalog::Catalog;
use crate::functions::{self, plugins::PLUGINS};
use crate::library::{Library, declared_parameters};
use crate::output::FORMATS;
use crate::stored::StoredFunctions;
use crate::syntax::operators::{OPERATORS, chart_kinds, chart_properties};
use crate::types::Type;

use super::command::{COMMANDS, Takes, find};
use place::{Aggregates, Place, place};
use sight::{Declared, columns_of, declared, request_so_far, right_side};
use words::{CONNECTIVES, ONLY_SOURCES, SOURCES, STATEMENTS};

pub(super) use sight::{operator_syntax, signature, written};

/// What a completion looks at beside the text.
pub(super) struct Known<'a> {
    /// The tables.
    pub(super) catalog: &'a dyn Catalog,
    /// The tables that have no data, too.
    pub(super) tables: &'a [String],
    /// The results that are kept under names.
    pub(super) kept: &'a [String],
    /// The canned queries.
    pub(super) library: &'a Library,
    /// The stored functions.
    pub(super) functions: &'a StoredFunctions,
    /// The frequent values of a text column of a request's rows.
    pub(super) values: &'a dyn Fn(&str, &str) -> Vec<String>,
    /// The keys that a dynamic value has in a request's rows.
    pub(super) keys: &'a dyn Fn(&str, &str) -> Vec<String>,
    /// The columns of a request's rows, where the data decides them.
    pub(super) columns: &'a dyn Fn(&str) -> Vec<(String, Type)>,
}

/// A word that fits.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Candidate {
    /// What is put in.
    pub(super) text: String,
    /// What it is, for the list: a type, `table`, `function`, …
    pub(super) note: String,
}

impl Candidate {
    fn new(text: impl Into<String>, note: impl Into<String>) -> Candidate {
        Candidate { text: text.into(), note: note.into() }
    }
}

/// The words that fit at an offset, and where the word begins that they replace. Words that begin with what is typed
/// go before words that only contain it, which are offered when there are no others.
pub(super) fn complete(text: &str, at: usize, known: &Known) -> (usize, Vec<Candidate>) {
    let before = &text[..at];
    if let Some((command, _)) = find(before).filter(|_| before.contains(char::is_whitespace)) {
        if command.takes == Takes::Request {
            let request = before.find(char::is_whitespace).map_or(0, |gap| gap + 1);
            let (start, candidates) = complete(&before[request..], at - request, known);
            return (request + start, candidates);
        }
        return complete_argument(before, command.takes, known);
    }
    if before.starts_with('.') {
        let commands = COMMANDS.iter().map(|row| Candidate::new(row.name, row.arguments)).collect();
        return (0, narrowed(commands, before));
    }
    let place = place(before);
    let start = word_start(before, &place);
    let candidates = candidates(before, &place, known);
    (start, narrowed(candidates, &before[start..]))
}

fn narrowed(candidates: Vec<Candidate>, typed: &str) -> Vec<Candidate> {
    let typed = typed.to_lowercase();
    let typed_text = typed.trim_start_matches(['\'', '"']);
    let lower = |candidate: &Candidate| candidate.text.to_lowercase();
    let begins = |candidate: &Candidate| {
        lower(candidate).starts_with(&typed) || lower(candidate).trim_start_matches(['\'', '"']).starts_with(typed_text)
    };
    let found: Vec<Candidate> = candidates.iter().filter(|candidate| begins(candidate)).cloned().collect();
    if !found.is_empty() || typed_text.len() < 2 {
        return found;
    }
    candidates.into_iter().filter(|candidate| lower(candidate).contains(typed_text)).collect()
}

fn candidates(before: &str, place: &Place, known: &Known) -> Vec<Candidate> {
    match place {
        Place::Operator => operators().filter(|row| !ONLY_SOURCES.contains(&row.text.as_str())).collect(),
        Place::Source => sources(before, known),
        Place::Words(words, note) => words.iter().map(|word| Candidate::new(*word, *note)).collect(),
        Place::Chart => chart_kinds().iter().map(|kind| Candidate::new(*kind, "chart")).collect(),
        Place::Property => chart_properties().map(|name| Candidate::new(format!("{name}="), "property")).collect(),
        Place::Plugin => PLUGINS.iter().map(|row| Candidate::new(format!("{}(", row.name), row.summary)).collect(),
        Place::Type => Type::ALL.iter().map(|ty| Candidate::new(ty.name(), "type")).collect(),
        Place::NewName | Place::Nothing => Vec::new(),
        Place::Column => columns(before, known),
        Place::Shared => {
            let right = right_columns(before, known);
            let mut shared = columns(before, known);
            shared.retain(|column| right.iter().any(|other| other.text == column.text));
            shared.extend(["$left.", "$right."].map(|side| Candidate::new(side, "side")));
            shared
        }
        Place::LeftColumn => columns(before, known),
        Place::RightColumn => right_columns(before, known),
        Place::Key { path } => keys(before, path, known),
        Place::Operand { aggregates, compared, first } => {
            let mut found: Vec<Candidate> = first.iter().map(|word| Candidate::new(*word, "")).collect();
            if let Some(column) = compared {
                found.extend(value_texts(before, column, '\'', known));
            }
            found.extend(operands(before, *aggregates, known));
            if compared.is_some() && before.trim_end().ends_with('(') {
                found.extend(tables(known));
            }
            found
        }
        Place::Behind(words) => {
            let words = words.iter().map(|word| Candidate::new(*word, ""));
            words.chain(CONNECTIVES.iter().map(|word| Candidate::new(*word, ""))).collect()
        }
        Place::Text { column, start } => {
            let quote = before[*start..].chars().next().filter(|c| matches!(c, '"' | '\'')).unwrap_or('\'');
            value_texts(before, column, quote, known)
        }
    }
}

/// The operators that run, without Kusto's internal ones.
fn operators() -> impl Iterator<Item = Candidate> {
    let shown = OPERATORS.iter().filter(|row| !row.name.starts_with("__"));
    shown.map(|row| Candidate::new(row.name, "operator"))
}

/// Operators have dashes in their names; elsewhere a dash is a minus. A value is replaced from its quote on.
fn word_start(before: &str, place: &Place) -> usize {
    if let Place::Text { start, .. } = place {
        return *start;
    }
    let with_dash = *place == Place::Operator;
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$') || with_dash && c == '-';
    before.char_indices().rev().take_while(|(_, c)| is_part(*c)).last().map_or(before.len(), |(at, _)| at)
}

fn sources(before: &str, known: &Known) -> Vec<Candidate> {
    let mut candidates = declarations(before);
    candidates.extend(tables(known));
    candidates.extend(stored(known));
    candidates.extend(SOURCES.iter().map(|word| Candidate::new(*word, "operator")));
    if before[..word_start(before, &Place::Source)].trim_end().ends_with('=') {
        candidates.extend(scalar_functions());
    } else {
        candidates.extend(STATEMENTS.iter().map(|word| Candidate::new(*word, "statement")));
    }
    candidates
}

fn tables(known: &Known) -> impl Iterator<Item = Candidate> {
    let kept = known.kept.iter().map(|name| Candidate::new(name.as_str(), "kept result"));
    kept.chain(known.tables.iter().map(|name| Candidate::new(name.as_str(), "table")))
}

fn scalar_functions() -> impl Iterator<Item = Candidate> {
    functions::functions().map(|row| Candidate::new(format!("{}(", row.name), "function"))
}

fn stored(known: &Known) -> impl Iterator<Item = Candidate> {
    known.functions.iter().map(|function| Candidate::new(format!("{}(", function.name), "stored function"))
}

fn declarations(before: &str) -> Vec<Candidate> {
    let named = declared(before).into_iter().map(|(name, kind)| match kind {
        Declared::Let => Candidate::new(name, "let"),
        Declared::Function => Candidate::new(format!("{name}("), "let"),
        Declared::Parameter => Candidate::new(name, "parameter"),
    });
    named.collect()
}

fn columns(before: &str, known: &Known) -> Vec<Candidate> {
    let Some(request) = request_so_far(before) else { return Vec::new() };
    listed(columns_of(&request, known))
}

fn right_columns(before: &str, known: &Known) -> Vec<Candidate> {
    let Some(request) = right_side(before) else { return Vec::new() };
    listed(columns_of(&request, known))
}

fn listed(columns: Vec<(String, Type)>) -> Vec<Candidate> {
    columns.into_iter().map(|(name, ty)| Candidate::new(written(&name), ty.name())).collect()
}

fn operands(before: &str, aggregates: Aggregates, known: &Known) -> Vec<Candidate> {
    let mut found = columns(before, known);
    found.extend(declarations(before));
    found.extend(stored(known));
    if aggregates == Aggregates::First {
        found.extend(functions::aggregates().map(|row| Candidate::new(format!("{}(", row.name), "aggregate")));
        if before.trim_end().ends_with("summarize") {
            found.push(Candidate::new("by", ""));
        }
    }
    found.extend(scalar_functions());
    found
}

/// The values that a column of the rows so far has, as literals.
fn value_texts(before: &str, column: &str, quote: char, known: &Known) -> Vec<Candidate> {
    let Some(request) = request_so_far(before) else { return Vec::new() };
    let columns = columns_of(&request, known);
    if !columns.iter().any(|(name, ty)| written(name) == column && *ty == Type::String) {
        return Vec::new();
    }
    let values = (known.values)(&request, column);
    let escaped = |value: String| value.replace('\\', "\\\\").replace(quote, &format!("\\{quote}"));
    values.into_iter().map(|value| Candidate::new(format!("{quote}{}{quote}", escaped(value)), "value")).collect()
}

/// The keys behind the dot of a path that begins with a dynamic column.
fn keys(before: &str, path: &str, known: &Known) -> Vec<Candidate> {
    let Some(request) = request_so_far(before) else { return Vec::new() };
    let begins = |name: &str| {
        let rest = path.strip_prefix(written(name).as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    };
    if !columns_of(&request, known).iter().any(|(name, ty)| *ty == Type::Dynamic && begins(name)) {
        return Vec::new();
    }
    (known.keys)(&request, path).iter().map(|key| Candidate::new(written(key), "key")).collect()
}

fn complete_argument(before: &str, takes: Takes, known: &Known) -> (usize, Vec<Candidate>) {
    let start = before.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let typed = &before[start..];
    let first =
        before.split_whitespace().count() <= 2 && !(before.ends_with(' ') && before.split_whitespace().count() == 2);
    let kept = || known.kept.iter().map(|name| Candidate::new(name.as_str(), "kept result"));
    let queries =
        || known.library.queries().iter().map(|query| Candidate::new(query.name.as_str(), query.title.as_str()));
    let candidates: Vec<Candidate> = match takes {
        Takes::Nothing | Takes::Request | Takes::File | Takes::Text => Vec::new(),
        Takes::Words(words) if first => words.iter().map(|word| Candidate::new(*word, "")).collect(),
        Takes::Table if first => tables(known).collect(),
        Takes::Kept if first => kept().collect(),
        Takes::Query if first => queries().collect(),
        Takes::Query => {
            let name = before.split_whitespace().nth(1).unwrap_or("");
            let text = known.library.find(name).map_or("", |query| query.text.as_str());
            let parameters = declared_parameters(text).into_iter();
            parameters.map(|row| Candidate::new(format!("{}=", row.name), row.ty.name())).collect()
        }
        Takes::Format if first => {
            FORMATS.iter().filter(|row| !row.binary).map(|row| Candidate::new(row.name, row.summary)).collect()
        }
        Takes::Topic if first => {
            let commands = COMMANDS.iter().map(|row| Candidate::new(row.name, "command"));
            let functions = functions::functions().map(|row| Candidate::new(row.name, "function"));
            let aggregates = functions::aggregates().map(|row| Candidate::new(row.name, "aggregate"));
            let plugins = PLUGINS.iter().map(|row| Candidate::new(row.name, "plugin"));
            commands.chain(operators()).chain(functions).chain(aggregates).chain(plugins).chain(queries()).collect()
        }
        Takes::Words(_) | Takes::Table | Takes::Kept | Takes::Format | Takes::Topic => Vec::new(),
    };
    (start, narrowed(candidates, typed))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::catalog::MemoryCatalog;

    fn names(text: &str) -> Vec<String> {
        let mut catalog = MemoryCatalog::default();
        let columns =
            [("CallId", Type::String), ("CallType", Type::String), ("Start", Type::DateTime), ("a b", Type::Long)];
        catalog.insert("Calls", columns.map(|(name, ty)| (name.to_owned(), ty)).to_vec());
        catalog.insert("Events", vec![("Payload".to_owned(), Type::Dynamic)]);
        catalog.insert("Streams", vec![("StreamId".to_owned(), Type::Long), ("CallId".to_owned(), Type::String)]);
        let library = Library::load(None).unwrap();
        let values = |request: &str, column: &str| match (request.trim(), column) {
            ("Calls", "CallType") => vec!["Group".to_owned(), "P2P".to_owned(), "it's".to_owned()],
            _ => Vec::new(),
        };
        let tables = catalog.table_names();
        let kept = ["It".to_owned()];
        let known = Known {
            catalog: &catalog,
            tables: &tables,
            kept: &kept,
            library: &library,
            functions: &StoredFunctions::default(),
            values: &values,
            keys: &|request, path| match (request.trim(), path) {
                ("Events", "Payload.device") => vec!["kind".to_owned(), "a b".to_owned()],
                _ => Vec::new(),
            },
            columns: &|request| match request.contains("| take") {
                true => vec![("Unpacked".to_owned(), Type::Long)],
                false => Vec::new(),
            },
        };
        complete(text, text.len(), &known).1.into_iter().map(|candidate| candidate.text).collect()
    }

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        assert_eq!(names(text), expected, "{text}");
    }

    #[track_caller]
    fn check_has(text: &str, expected: &str) {
        let names = names(text);
        assert!(names.iter().any(|name| name == expected), "{text}: {names:?}");
    }

    #[track_caller]
    fn check_lacks(text: &str, unexpected: &str) {
        let names = names(text);
        assert!(names.iter().all(|name| name != unexpected), "{text}: {names:?}");
    }

    #[test]
    fn tables_stand_at_the_start_and_in_joins() {
        check("Cal", &["Calls"]);
        check("trea", &["Streams", "ACSJudgeStreams("]);
        check("Calls | join kind=inner (Str", &["Streams"]);
        check("union Calls, Str", &["Streams"]);
        check("let x = Cal", &["Calls"]);
        check("let mine = Calls; mi", &["mine"]);
        check("Calls | join kind=leftsem", &["leftsemi"]);
        check("I", &["It"]);
    }

    #[test]
    fn operators_stand_behind_a_bar() {
        check("Calls | project-aw", &["project-away"]);
        check(
            "Calls | project-",
            &["project-away", "project-by-names", "project-keep", "project-rename", "project-reorder"],
        );
        check("Calls | summ", &["summarize"]);
        check_has("Calls | ", "where");
        check_lacks("Calls | ", "print");
        check("Calls | render timech", &["timechart"]);
        check("Calls | render timechart with (leg", &["legend="]);
        check("Calls | evaluate bag_un", &["bag_unpack("]);
    }

    #[test]
    fn columns_are_those_in_sight() {
        check("Calls | where CallT", &["CallType"]);
        check("Calls | project CallId, Extra = 1 | where Ca", &["CallId", "case("]);
        check("Calls | extend Novel = 1 | where strlen(strcat(Nov", &["Novel"]);
        check("Calls | join (Streams | where StreamI", &["StreamId"]);
        check("let few = Calls | take 5; few | where CallI", &["CallId"]);
        check("let few = Calls | where CallI", &["CallId"]);
        check("Calls | where ['a", &[]);
        check("Calls | join kind=inner (Streams | take 1) on Cal", &["CallId"]);
        check("Calls | join (Streams) on $left.Sta", &["Start"]);
        check("Calls | join (Streams) on $le", &["$left."]);
        check("Calls | join (Streams) on $left.Start == $right.St", &["StreamId"]);
        check_has("Calls | sort by ", "['a b']");
        check("declare query_parameters(since: datetime); Calls | where Start > sin", &["since", "sin("]);
    }

    #[test]
    fn columns_and_keys_that_the_data_decides_are_asked_for() {
        check("Events | evaluate bag_unpack(Payload) | where Unp", &["Unpacked"]);
        check(
            "Calls | summarize n = count() by CallType | evaluate pivot(CallType, sum(n)) | project Unp",
            &["Unpacked"],
        );
        check("Events | where Payload.device.", &["kind", "['a b']"]);
        check("Events | where Payload.device.ki", &["kind"]);
        check("Events | extend p = tostring(Payload) | where p.", &[]);
        check("Events | where Payload.other.", &[]);
    }

    #[test]
    fn aggregates_stand_only_where_they_can() {
        check("Calls | summarize dcounti", &["dcountif("]);
        check("Calls | where dcounti", &[]);
        check("Calls | summarize count() by dcounti", &[]);
    }

    #[test]
    fn values_are_those_of_the_column() {
        check("Calls | where CallType == 'G", &["'Group'"]);
        check("Calls | where CallType in (\"P", &["\"P2P\""]);
        check_has("Calls | where CallType == ", "'it\\'s'");
        check("Calls | where CallId == 'G", &[]);
    }

    #[test]
    fn commands_complete_with_their_arguments() {
        check(".sche", &[".schema"]);
        check(".schema Str", &["Streams"]);
        check(".run quality/jit", &["quality/jitter"]);
        check(".format mark", &["markdown"]);
        check(".explain Calls | where CallT", &["CallType"]);
        check(".pager o", &["on", "off"]);
    }
}
