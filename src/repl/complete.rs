//! What can come next in a typed request: commands, tables, operators, columns in sight, functions.

use crate::bind::{Options, bind};
use crate::catalog::Catalog;
use crate::functions;
use crate::library::Library;
use crate::output::FORMATS;
use crate::syntax::operators::OPERATORS;
use crate::syntax::{Token, TokenKind, lex, parse};
use crate::types::Type;

use super::command::COMMANDS;

/// The kinds of `join`.
const JOIN_KINDS: &[&str] =
    &["inner", "innerunique", "leftouter", "rightouter", "fullouter", "leftsemi", "leftanti", "rightsemi", "rightanti"];
/// Words inside of operators, offered where an expression may stand.
const EXPRESSION_WORDS: &[&str] = &[
    "and",
    "or",
    "by",
    "asc",
    "desc",
    "has",
    "has_any",
    "has_all",
    "contains",
    "startswith",
    "endswith",
    "in",
    "between",
    "matches regex",
    "on",
    "with",
    "kind",
    "typeof",
];
/// Words that begin a statement.
const STATEMENT_WORDS: &[&str] = &["let", "set", "declare query_parameters("];
/// Operators that need no input.
const SOURCES: &[&str] = &["print", "range", "datatable", "union", "search", "find", "externaldata", "evaluate"];

/// What a completion looks at beside the text.
pub(super) struct Known<'a> {
    /// The tables.
    pub(super) catalog: &'a dyn Catalog,
    /// The tables that have no data, too.
    pub(super) tables: &'a [String],
    /// The canned queries.
    pub(super) library: &'a Library,
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

/// The words that fit at an offset, and where the word begins that they replace.
pub(super) fn complete(text: &str, at: usize, known: &Known) -> (usize, Vec<Candidate>) {
    let before = &text[..at];
    if before.starts_with('.') {
        return complete_command(before, known);
    }
    let place = place(before);
    let start = word_start(before, &place);
    let typed = before[start..].to_lowercase();
    if before[..start].ends_with(['\'', '"']) {
        return (start, Vec::new());
    }
    let mut candidates = match place {
        Place::Operator => operators().collect(),
        Place::Kind => JOIN_KINDS.iter().map(|kind| Candidate::new(*kind, "join kind")).collect(),
        Place::Source => sources(before, known),
        Place::Expression => expression_words(before, known),
    };
    candidates.retain(|candidate| candidate.text.to_lowercase().starts_with(&typed));
    (start, candidates)
}

/// The operators, without Kusto's internal ones.
fn operators() -> impl Iterator<Item = Candidate> {
    let shown = OPERATORS.iter().filter(|row| !row.name.starts_with("__"));
    shown.map(|row| Candidate::new(row.name, "operator"))
}

/// Where in a request the cursor stands.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Place {
    /// Behind `|`.
    Operator,
    /// Behind `kind=`.
    Kind,
    /// Where a table may stand.
    Source,
    /// Anywhere else.
    Expression,
}

fn place(before: &str) -> Place {
    let tokens = lex(before).0;
    let mut done: Vec<&Token> = tokens.iter().filter(|token| token.kind != TokenKind::End).collect();
    // A word that ends at the cursor is still being typed.
    if done.last().is_some_and(|token| token.span.end as usize == before.len() && !is_sign(token.text)) {
        done.pop();
    }
    // The name of an operator that has a dash in it is several tokens until it is whole.
    if let [.., bar, _, dash] = done.as_slice()
        && bar.kind == TokenKind::Bar
        && dash.kind == TokenKind::Minus
        && !dash.spaced
    {
        done.truncate(done.len() - 2);
    }
    let Some(last) = done.last() else { return Place::Source };
    match (last.kind, last.text) {
        (TokenKind::Bar, _) => Place::Operator,
        (TokenKind::Assign, _) if done.len() > 1 && done[done.len() - 2].text == "kind" => Place::Kind,
        (TokenKind::Semicolon, _) => Place::Source,
        (_, "union" | "join" | "lookup") => Place::Source,
        (TokenKind::Assign, _) if done.len() > 2 && done[done.len() - 3].text == "let" => Place::Source,
        (TokenKind::OpenParen, _) if follows_table_operator(&done) => Place::Source,
        (TokenKind::Comma, _) if in_union(&done) => Place::Source,
        _ => Place::Expression,
    }
}

fn is_sign(text: &str) -> bool {
    !text.starts_with(|c: char| c.is_alphanumeric() || c == '_')
}

/// `join (`, `join kind=inner (`, `lookup (`, `union (`, `in (`, `toscalar(`, `materialize(`
fn follows_table_operator(done: &[&Token]) -> bool {
    let words: Vec<&str> = done.iter().rev().skip(1).take(4).map(|token| token.text).collect();
    match words.as_slice() {
        ["join" | "lookup" | "union" | "toscalar" | "materialize" | "in" | "in~" | "!in" | "!in~", ..] => true,
        [_, "=", "kind", "join" | "lookup"] => true,
        [",", ..] => in_union(done),
        _ => false,
    }
}

/// Whether the nearest operator keyword in front is `union`.
fn in_union(done: &[&Token]) -> bool {
    let mut depth = 0;
    for (index, token) in done.iter().enumerate().rev() {
        match token.kind {
            TokenKind::CloseParen => depth += 1,
            TokenKind::OpenParen if depth > 0 => depth -= 1,
            TokenKind::Bar if depth == 0 => return done.get(index + 1).is_some_and(|next| next.text == "union"),
            _ => {}
        }
    }
    done.first().is_some_and(|token| token.text == "union")
}

/// Operators have dashes in their names; elsewhere a dash is a minus.
fn word_start(before: &str, place: &Place) -> usize {
    let with_dash = *place == Place::Operator;
    let is_part = |c: char| c.is_alphanumeric() || c == '_' || with_dash && c == '-';
    before.char_indices().rev().take_while(|(_, c)| is_part(*c)).last().map_or(before.len(), |(at, _)| at)
}

fn sources(before: &str, known: &Known) -> Vec<Candidate> {
    let mut candidates: Vec<Candidate> = lets(before).into_iter().map(|name| Candidate::new(name, "let")).collect();
    candidates.extend(known.tables.iter().map(|name| Candidate::new(name.as_str(), "table")));
    candidates.extend(SOURCES.iter().map(|word| Candidate::new(*word, "operator")));
    candidates.extend(STATEMENT_WORDS.iter().map(|word| Candidate::new(*word, "statement")));
    candidates
}

fn expression_words(before: &str, known: &Known) -> Vec<Candidate> {
    let columns = columns_in_sight(before, known.catalog).into_iter();
    let mut candidates: Vec<Candidate> = columns.map(|(name, ty)| Candidate::new(written(&name), ty.name())).collect();
    candidates.extend(lets(before).into_iter().map(|name| Candidate::new(name, "let")));
    candidates.extend(EXPRESSION_WORDS.iter().map(|word| Candidate::new(*word, "")));
    candidates.extend(functions::aggregates().map(|row| Candidate::new(format!("{}(", row.name), "aggregate")));
    candidates.extend(functions::functions().map(|row| Candidate::new(format!("{}(", row.name), "function")));
    candidates
}

/// A column's name as a request has to write it.
fn written(name: &str) -> String {
    let plain = !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit());
    if plain { name.to_owned() } else { format!("['{}']", name.replace('\\', "\\\\").replace('\'', "\\'")) }
}

/// The names that `let` statements in front declare.
fn lets(before: &str) -> Vec<String> {
    let tokens = lex(before).0;
    let pairs = tokens.windows(2).filter(|pair| pair[0].text == "let" && pair[1].kind != TokenKind::End);
    pairs.map(|pair| pair[1].text.to_owned()).collect()
}

/// The columns that the pipeline has at its last `|` before the cursor.
fn columns_in_sight(before: &str, catalog: &dyn Catalog) -> Vec<(String, Type)> {
    let Some((lets, pipeline)) = cut_pipeline(before) else { return Vec::new() };
    let parsed = parse(&format!("{lets}\n{pipeline}"));
    let bound = bind(&parsed.query, catalog, &Options::default());
    let Some(result) = bound.results.last() else { return Vec::new() };
    result.rel.columns().iter().map(|column| (column.name.clone(), column.ty)).collect()
}

/// The statements in front of the one with the cursor, and its pipeline up to the last `|` around the cursor.
fn cut_pipeline(before: &str) -> Option<(&str, &str)> {
    let tokens = lex(before).0;
    let mut depth = 0;
    let mut bar = None;
    let mut start = 0;
    let mut statement = 0;
    for token in tokens.iter().rev() {
        match token.kind {
            TokenKind::CloseParen | TokenKind::CloseBracket | TokenKind::CloseBrace => depth += 1,
            TokenKind::OpenParen | TokenKind::OpenBracket | TokenKind::OpenBrace if depth > 0 => depth -= 1,
            // An open parenthesis around the last bar is where its pipeline starts; one behind it belongs to a call.
            TokenKind::OpenParen | TokenKind::OpenBrace if bar.is_some() && start == 0 => {
                start = token.span.end as usize
            }
            TokenKind::Bar if depth == 0 && bar.is_none() => bar = Some(token.span.start as usize),
            TokenKind::Semicolon if depth == 0 => {
                statement = token.span.end as usize;
                break;
            }
            _ => {}
        }
    }
    let bar = bar?;
    let pipeline = &before[start.max(statement)..bar];
    Some((&before[..statement], strip_let(pipeline)))
}

/// The value of `let name = …`, which is a pipeline of its own.
fn strip_let(pipeline: &str) -> &str {
    let tokens = lex(pipeline).0;
    match tokens.as_slice() {
        [first, _, assign, ..] if first.text == "let" && assign.kind == TokenKind::Assign => {
            &pipeline[assign.span.end as usize..]
        }
        _ => pipeline,
    }
}

fn complete_command(before: &str, known: &Known) -> (usize, Vec<Candidate>) {
    let start = before.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let typed = &before[start..];
    let word = before.split_whitespace().next().unwrap_or("");
    let mut candidates: Vec<Candidate> = match word {
        _ if start == 0 => COMMANDS.iter().map(|row| Candidate::new(row.name, row.arguments)).collect(),
        ".schema" => known.tables.iter().map(|name| Candidate::new(name.as_str(), "table")).collect(),
        ".run" | ".show-query" => known
            .library
            .queries()
            .iter()
            .map(|query| Candidate::new(query.name.as_str(), query.title.as_str()))
            .collect(),
        ".format" => {
            FORMATS.iter().filter(|row| !row.binary).map(|row| Candidate::new(row.name, row.summary)).collect()
        }
        ".timing" => ["on", "off"].iter().map(|word| Candidate::new(*word, "")).collect(),
        ".help" => {
            let functions = functions::functions().map(|row| Candidate::new(row.name, "function"));
            let aggregates = functions::aggregates().map(|row| Candidate::new(row.name, "aggregate"));
            operators().chain(functions).chain(aggregates).collect()
        }
        _ => Vec::new(),
    };
    candidates.retain(|candidate| candidate.text.starts_with(typed));
    (start, candidates)
}

/// The call around the end of the text, as help shows it: `substring(source, start, [length])`.
pub(super) fn signature(text: &str) -> Option<String> {
    let tokens = lex(text).0;
    let mut depth = 0;
    for (index, token) in tokens.iter().enumerate().rev() {
        match token.kind {
            TokenKind::CloseParen => depth += 1,
            TokenKind::OpenParen if depth > 0 => depth -= 1,
            TokenKind::OpenParen => {
                let name = tokens.get(index.checked_sub(1)?)?.text;
                let scalar = functions::function(name).map(|row| row.params);
                let params = scalar.or_else(|| functions::aggregate(name).map(|row| row.params))?;
                return Some(functions::syntax(name, params));
            }
            TokenKind::Bar | TokenKind::Semicolon if depth == 0 => return None,
            _ => {}
        }
    }
    None
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
        catalog.insert("Streams", vec![("StreamId".to_owned(), Type::Long)]);
        let library = Library::load(None).unwrap();
        let known = Known { catalog: &catalog, tables: &catalog.table_names(), library: &library };
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

    #[test]
    fn tables_stand_at_the_start_and_in_joins() {
        check("Cal", &["Calls"]);
        check("Calls | join kind=inner (Str", &["Streams"]);
        check("union Calls, Str", &["Streams"]);
        check("let x = Cal", &["Calls"]);
        check("let mine = Calls; mi", &["mine"]);
        check("Calls | join kind=leftsem", &["leftsemi"]);
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
        check_has("Calls | sort by ", "['a b']");
    }

    #[test]
    fn commands_complete_with_their_arguments() {
        check(".sche", &[".schema"]);
        check(".schema Str", &["Streams"]);
        check(".run quality/jit", &["quality/jitter"]);
        check(".format mark", &["markdown"]);
    }

    #[test]
    fn the_innermost_call_is_shown() {
        assert_eq!(signature("T | where strlen(strcat(a, b").unwrap().split('(').next(), Some("strcat"));
        assert_eq!(signature("T | where strlen(a)"), None);
    }
}
