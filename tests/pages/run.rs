//! Runs one case of a page and says what came out for each of its blocks.

use calypso::Source;
use calypso::bind::{self, Bound};
use calypso::diagnostic::Diagnostic;
use calypso::ir::display::explain;
use calypso::lint::{Dialect, lint};
use calypso::render::{Color, render_all};
use calypso::syntax::{self, ast};

use super::data;
use super::format::{Case, Kind};

/// The clock of all pages: 2026-03-03T12:00:00Z.
pub(crate) const NOW: i64 = 1_772_539_200_000_000_000;

/// What came out for each block of a case; `None` for blocks that expect nothing, or that need the engine where there
/// is none. The error is a case that went another way than its blocks say.
pub(super) fn run(case: &Case) -> Result<Vec<Option<String>>, String> {
    let (text, parameters) = case.query();
    let source = Source::new("query", text);
    let parsed = syntax::parse(text);
    let mut diagnostics = parsed.diagnostics;
    let bound = if diagnostics.iter().any(Diagnostic::is_error) {
        Bound::default()
    } else {
        let options = bind::Options { now: NOW, parameters: parameters.to_vec(), ..bind::Options::default() };
        bind::bind(&parsed.query, &data::catalog(case)?, &options)
    };
    diagnostics.extend(bound.diagnostics.iter().cloned());
    let drawn = render_all(&diagnostics, &source, Color::Never);
    let failed = diagnostics.iter().any(Diagnostic::is_error);
    let expects = |wanted: &[Kind]| case.blocks.iter().any(|block| wanted.contains(&block.kind));
    if failed && !expects(&[Kind::Error]) && !case.blocks.iter().all(|block| needs_tokens_only(&block.kind)) {
        return Err(format!("the query is wrong:\n{drawn}"));
    }
    if !failed && expects(&[Kind::Error]) {
        return Err("an error is expected, but the query is fine".to_owned());
    }
    let mut tables = tables(case, &bound)?.into_iter();
    let found: Vec<Option<String>> = case
        .blocks
        .iter()
        .map(|block| {
            Ok(match &block.kind {
                Kind::Kql(_) | Kind::Data(_) | Kind::Log(_) => None,
                Kind::Report => report(case)?,
                Kind::Result(_) => Some(tables.next().ok_or("fewer result tables came than expected")?),
                Kind::Drawn => drawn_answer(case)?,
                Kind::Chart => Some(bound.results.iter().map(chart).collect()),
                Kind::Error | Kind::Warning => Some(drawn.clone()),
                Kind::Lint => Some(remarks(&source, &parsed.query)),
                Kind::Tokens => Some(tokens(text)),
                Kind::Tree => Some(tree(&parsed.query)),
                Kind::Ir => Some(bound.results.iter().map(|result| explain(&result.rel)).collect()),
            })
        })
        .collect::<Result<_, String>>()?;
    match tables.next() {
        Some(table) => Err(format!("one more result table came than expected:\n{table}")),
        None => Ok(found),
    }
}

fn needs_tokens_only(kind: &Kind) -> bool {
    matches!(kind, Kind::Kql(_) | Kind::Lint | Kind::Tokens | Kind::Tree)
}

/// The result tables as text, if any are expected.
#[cfg(feature = "engine")]
fn tables(case: &Case, bound: &Bound) -> Result<Vec<String>, String> {
    let known = !bound.results.is_empty() || !bound.questions.is_empty();
    if !known || !case.blocks.iter().any(|block| matches!(block.kind, Kind::Result(_))) {
        return Ok(Vec::new());
    }
    super::answer::tables(case)
}

/// Without the engine only the headers are known; the rows are taken from the page.
#[cfg(not(feature = "engine"))]
fn tables(case: &Case, bound: &Bound) -> Result<Vec<String>, String> {
    let expected: Vec<&str> = case
        .blocks
        .iter()
        .filter(|block| matches!(block.kind, Kind::Result(_)))
        .map(|block| block.text.as_str())
        .collect();
    if expected.is_empty() {
        return Ok(Vec::new());
    }
    if !bound.questions.is_empty() {
        // Some columns depend on the data: nothing can be said here.
        return Ok(expected.into_iter().map(str::to_owned).collect());
    }
    let table = |(at, result): (usize, &bind::Output)| {
        let columns: Vec<(String, calypso::types::Type)> =
            result.rel.columns().into_iter().map(|column| (column.name, column.ty)).collect();
        let rows = expected.get(at).and_then(|text| text.split_once('\n')).map_or("", |(_, rows)| rows);
        format!("{}\n{rows}", data::header(&columns))
    };
    Ok(bound.results.iter().enumerate().map(table).collect())
}

/// What ingesting the logs of a case reports.
#[cfg(feature = "engine")]
fn report(case: &Case) -> Result<Option<String>, String> {
    super::answer::report(case).map(Some)
}

#[cfg(not(feature = "engine"))]
fn report(_case: &Case) -> Result<Option<String>, String> {
    Ok(None)
}

/// What the format `table` shows where charts are drawn.
#[cfg(feature = "engine")]
fn drawn_answer(case: &Case) -> Result<Option<String>, String> {
    super::answer::drawn(case).map(Some)
}

#[cfg(not(feature = "engine"))]
fn drawn_answer(_case: &Case) -> Result<Option<String>, String> {
    Ok(None)
}

fn chart(result: &bind::Output) -> String {
    let Some(chart) = &result.chart else { return String::new() };
    let properties: String = chart.properties.iter().map(|(name, value)| format!("  {name} = {value}\n")).collect();
    format!("{}\n{properties}", chart.kind)
}

fn remarks(source: &Source, query: &ast::Query) -> String {
    render_all(&lint(source.text(), query, Dialect::LogAnalytics), source, Color::Never)
}

fn tokens(text: &str) -> String {
    let (tokens, _) = syntax::lex(text);
    tokens.iter().map(|token| format!("{:?} {}\n", token.kind, token.text)).collect()
}

/// The tree as Rust draws it, without the places, which would hide everything else.
fn tree(query: &ast::Query) -> String {
    let mut out = String::new();
    let drawn = format!("{:#?}", query.statements);
    let mut lines = drawn.lines();
    while let Some(line) = lines.next() {
        if line.trim_end().ends_with("Span {") {
            // `start`, `end` and the closing brace.
            lines.by_ref().take(3).for_each(drop);
        } else {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}
