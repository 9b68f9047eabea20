//! Random queries: none crashes, none breaks the engine, and all give the same rows whether one thread works on large
//! batches or several on tiny ones. Damaged ones crash nothing either.
//!
//! `CALYPSO_RANDOM=100000` runs that many; `CALYPSO_RANDOM=17,40..50` runs the one of number 17 and ten others, and prints
//! each failure when it happens. With `CALYPSO_RANDOM_SHOW` set, each query is printed before it runs, which tells the one
//! that never ends.

mod forms;
mod operators;
mod query;
mod scalar;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;
use std::time::Duration;

use calypso::engine::{Answer, DataCatalog, Engine, Limits, Request};
use calypso::output::cell::Cells;
use calypso::types::Type;
use calypso::{Error, Source};
use datafusion::arrow::record_batch::RecordBatch;
use libtest_mimic::Trial;
use regex::{Captures, Regex};
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

use crate::pages::answer::NOW;
use crate::robust::{Random, damaged, places};
use crate::trial;

/// How many queries are made when nobody asks for more.
const USUAL: u64 = 300;

/// Damaged variants of each query.
const DAMAGED: usize = 2;

/// How long a damaged query may run: it may well ask for more rows than there is time for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Answers with more rows are not compared: in tiny batches they would fill the memory.
const MOST_ROWS: usize = 200_000;

/// Bytes that the queries may use where that is limited.
const MEMORY: usize = 1 << 30;

/// How long a query may run, which is compared only when it ends.
const LONGEST: Duration = Duration::from_secs(60);

/// Tests that work on the queries side by side.
const WORKERS: u64 = 2;

/// The tables of the queries: columns of all types with nulls and odd values.
const T: &str = include_str!("random/t.kql");
const U: &str = "T | where id % 4 == 0 | project id, k, l = l + 1, r, s, t, d, o, j = i";

/// One test per worker.
pub(crate) fn trials() -> Vec<Trial> {
    let worker = |at| trial(format!("random: queries of worker {at} agree with themselves"), move || run(at));
    (0..WORKERS).map(worker).collect()
}

/// What a query runs with: the data, and engines that split the work differently.
struct Bench {
    runtime: Runtime,
    engines: [Engine; 2],
}

fn run(worker: u64) {
    let bench = Bench::new();
    let shown = std::env::var_os("CALYPSO_RANDOM_SHOW").is_some();
    let wanted = std::env::var("CALYPSO_RANDOM").ok();
    let mut failures: BTreeMap<String, (Vec<u64>, String)> = BTreeMap::new();
    let (mut refused, mut answered, mut compared) = (0, 0, 0);
    for number in numbers(wanted.as_deref()).filter(|number| number % WORKERS == worker) {
        let mut text = format!("(the making of number {number})");
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let made = query::query(number, bench.engines[0].catalog());
            text.clone_from(&made.text);
            if shown {
                println!("number {number}:\n{text}\n");
            }
            refused += made.refused;
            let outcome = bench.check(&made)?;
            let mut random = Random(number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15).max(1));
            for _ in 0..DAMAGED {
                text = damaged(&made.text, &mut random);
                bench.survive(&text)?;
            }
            Ok(outcome)
        }));
        let outcome = outcome.unwrap_or_else(|payload| Err(panicked(payload.as_ref())));
        match outcome {
            Ok(true) => compared += 1,
            Ok(false) => answered += 1,
            Err(message) => {
                let shown = format!("number {number}:\n{text}\n{message}");
                if wanted.is_some() {
                    println!("failure of {shown}\n");
                }
                let class: String = message.chars().filter(|c| !c.is_ascii_digit()).take(60).collect();
                let known = failures.entry(class).or_insert_with(|| (Vec::new(), shown.clone()));
                known.0.push(number);
                if shown.len() < known.1.len() {
                    known.1 = shown;
                }
            }
        }
    }
    println!("random queries: {compared} compared, {answered} only run, {refused} steps refused");
    let shown: Vec<String> =
        failures.values().map(|(like, shown)| format!("{like:?} are like this one, {shown}\n")).collect();
    assert!(failures.is_empty(), "{} kinds of failures\n\n{}", failures.len(), shown.join("\n"));
}

/// The numbers of the queries to make.
fn numbers(wanted: Option<&str>) -> impl Iterator<Item = u64> {
    let usual = USUAL.to_string();
    let number = |text: &str| text.parse::<u64>().expect("CALYPSO_RANDOM is a number, or a list such as 17,40..50");
    let ranges: Vec<_> = match wanted.unwrap_or(&usual) {
        count if !count.contains([',', '.']) => std::iter::once(0..number(count)).collect(),
        list => list
            .split(',')
            .map(|part| match part.split_once("..") {
                Some((from, to)) => number(from)..number(to),
                None => number(part)..number(part) + 1,
            })
            .collect(),
    };
    ranges.into_iter().flatten()
}

/// What the engine says when it fails. Tiny batches that share large buffers count these again and again, and are written
/// to files with all of them, so memory or disk may be said to be short.
fn broken(message: &str) -> Result<(), String> {
    let short = ["the memory limit was reached", "No space left on device"].iter().any(|said| message.contains(said));
    if short { Ok(()) } else { Err(format!("engine: {message}")) }
}

fn panicked(payload: &(dyn std::any::Any + Send)) -> String {
    let kept = crate::PANIC.take();
    let message = payload.downcast_ref::<String>().cloned();
    let message = message.or_else(|| payload.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    format!("panic: {} {kept}", message.unwrap_or_default())
}

impl Bench {
    fn new() -> Bench {
        let runtime = Builder::new_multi_thread().worker_threads(2).thread_stack_size(32 << 20).enable_all().build();
        let runtime = runtime.unwrap();
        let tables = tables(&runtime);
        // Plans differ where memory is limited, so that answers of both kinds are compared.
        let limits = [(1, None, Some(MEMORY)), (4, Some(2), None)];
        let engines = limits.map(|(threads, batch_rows, memory)| {
            let limits = Limits { threads: Some(threads), batch_rows, memory };
            let piece = if threads == 1 { usize::MAX } else { 5 };
            Engine::new(data(&tables, piece), &limits).unwrap()
        });
        Bench { runtime, engines }
    }

    /// Whether the answers were compared. The error tells what is wrong.
    fn check(&self, query: &query::Query) -> Result<bool, String> {
        let [first, second] = &self.engines;
        let one = self.answer(first, &query.text);
        let count = |answer: &Answer| answer.tables.iter().map(|table| table.row_count()).sum::<usize>();
        match &one {
            Some(Ok(answer)) if count(answer) > MOST_ROWS => return Ok(false),
            // What needs much memory would take all of it without a limit.
            Some(Err(Error::Engine(message))) => return broken(message).map(|()| false),
            _ => {}
        }
        let (Some(one), Some(many)) = (one, self.answer(second, &query.text)) else { return Ok(false) };
        match (one, many) {
            (_, Err(Error::Engine(message))) => broken(&message).map(|()| false),
            (Err(_), Err(_)) => Ok(false),
            // What a function says of values is said of rows that were looked at, and a `take` in front may spare some.
            (Err(Error::Usage(_)), _) | (_, Err(Error::Usage(_))) => Ok(false),
            // Columns may be made of values, and a sample of other rows has others.
            (Err(_), Ok(_)) | (Ok(_), Err(_)) if !query.comparable => Ok(false),
            (Err(error), Ok(_)) | (Ok(_), Err(error)) => Err(format!("only one is refused: {error}")),
            (Ok(one), Ok(many)) => {
                if query.comparable && heads(&one) != heads(&many) {
                    return Err(format!("columns differ:\n{:?}\n--\n{:?}", heads(&one), heads(&many)));
                }
                let (mut one, mut many) = (rows(&one)?, rows(&many)?);
                let steady = one == many;
                one.sort();
                many.sort();
                if !query.comparable || one == many && (steady || !query.ordered) {
                    return Ok(query.comparable);
                }
                if one == many {
                    return Err("the order differs".to_owned());
                }
                let missing = |from: &[String], other: &[String]| {
                    let lone = from.iter().filter(|row| !other.contains(row)).take(3);
                    lone.map(|row| row.chars().take(600).collect::<String>()).collect::<Vec<_>>().join("\n")
                };
                let (lost, found) = (missing(&one, &many), missing(&many, &one));
                Err(format!("{} and {} rows differ:\n{lost}\n--\n{found}", one.len(), many.len()))
            }
        }
    }
}

impl Bench {
    /// The answer of an engine, unless it takes too long: a list of a million items in tiny batches does.
    fn answer(&self, engine: &Engine, text: &str) -> Option<Result<Answer, Error>> {
        let request = Request { now: Some(NOW), ..Request::default() };
        let source = Source::new("query", text);
        let limited = async { tokio::time::timeout(LONGEST, engine.query(&source, &request)).await };
        self.runtime.block_on(limited).ok()
    }

    /// Runs a text that may be wrong in any way.
    fn survive(&self, text: &str) -> Result<(), String> {
        let request = Request { now: Some(NOW), ..Request::default() };
        let source = Source::new("query", text);
        let [engine, _] = &self.engines;
        let limited = async { tokio::time::timeout(PATIENCE, engine.query(&source, &request)).await };
        match self.runtime.block_on(limited) {
            Ok(Err(Error::Engine(message))) => broken(&message),
            Ok(Err(error)) => {
                if let Error::Query { diagnostics, .. } = &error {
                    places(text, diagnostics);
                }
                let shown = error.to_string();
                if shown.is_empty() { Err("an error without a message".to_owned()) } else { Ok(()) }
            }
            _ => Ok(()),
        }
    }
}

fn answer(runtime: &Runtime, engine: &Engine, text: &str) -> Result<Answer, Error> {
    let request = Request { now: Some(NOW), ..Request::default() };
    runtime.block_on(engine.query(&Source::new("query", text), &request))
}

/// Two tables of odd values.
fn tables(runtime: &Runtime) -> Vec<(&'static str, Vec<RecordBatch>)> {
    let mut known = Vec::new();
    for (name, text) in [("T", T), ("U", U)] {
        let limits = Limits { threads: Some(1), ..Limits::default() };
        let engine = Engine::new(data(&known, usize::MAX), &limits).unwrap();
        let mut answer = answer(runtime, &engine, text).unwrap();
        known.push((name, answer.tables.remove(0).batches));
    }
    known
}

/// The sample, and tables in batches of so many rows.
fn data(tables: &[(&str, Vec<RecordBatch>)], piece: usize) -> DataCatalog {
    let mut catalog = DataCatalog::sample().unwrap();
    for (name, batches) in tables {
        for batch in batches {
            for from in (0..batch.num_rows()).step_by(piece) {
                catalog.add_batch(name, batch.slice(from, piece.min(batch.num_rows() - from)));
            }
        }
    }
    catalog
}

/// Names and types of the columns of all tables. A name may come from a value, as those of `pivot` do.
fn heads(answer: &Answer) -> Vec<Vec<(String, Type)>> {
    let head = |(name, ty): &(String, Type)| (blurred(name), *ty);
    answer.tables.iter().map(|table| table.columns.iter().map(head).collect()).collect()
}

/// All rows as text; numbers with fractions to some digits, since sums depend on the order.
fn rows(answer: &Answer) -> Result<Vec<String>, String> {
    let mut rows = Vec::new();
    for table in &answer.tables {
        for batch in &table.batches {
            let cells = Cells::of_batch(table, batch).map_err(|e| format!("engine: {e}"))?;
            for row in 0..batch.num_rows() {
                let texts: Vec<String> = cells.iter().map(|cells| text(cells, row)).collect();
                rows.push(format!("{}: {}", table.name, texts.join(" | ")));
            }
        }
    }
    Ok(rows)
}

fn text(cells: &Cells, row: usize) -> String {
    let mut text = String::new();
    match cells {
        _ if cells.is_null(row) => text.push_str("null"),
        Cells::Real(array) => text.push_str(&rounded(array.value(row))),
        Cells::Dynamic(_) => {
            cells.push_json(row, &mut text);
            if let Ok(mut value) = serde_json::from_str(&text) {
                round(&mut value);
                text = value.to_string();
            }
        }
        _ => {
            cells.push_text(row, &mut text);
            if matches!(cells, Cells::String(_) | Cells::Long(_)) {
                text = blurred(&text);
            }
        }
    }
    text
}

/// Text with its numbers rounded: a sum of numbers with fractions may have become text, or a whole number of many
/// digits.
fn blurred(text: &str) -> String {
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\d+\.\d+(?:[eE][-+]?\d+)?|\d{16,}").unwrap());
    NUMBER.replace_all(text, |found: &Captures| found[0].parse().map_or_else(|_| found[0].to_owned(), rounded)).into()
}

fn round(value: &mut Value) {
    match value {
        Value::Number(number) if number.is_f64() => {
            *value = Value::String(rounded(number.as_f64().unwrap_or_default()))
        }
        Value::Number(number) => *value = Value::String(blurred(&number.to_string())),
        Value::String(text) => *text = blurred(text),
        Value::Array(items) => items.iter_mut().for_each(round),
        Value::Object(properties) => properties.values_mut().for_each(round),
        _ => {}
    }
}

fn rounded(number: f64) -> String {
    // What lies half way between two texts, as the squares of simple numbers do, goes one way.
    let number = number * 1.000_000_003_3;
    if number.abs() < 1e-7 { "0".to_owned() } else { format!("{number:.5e}") }
}
