//! Random queries: none crashes, none breaks the engine, and all give the same rows whether one thread works on large
//! batches or several on tiny ones.
//!
//! `CALYPSO_RANDOM=100000` runs that many; `CALYPSO_RANDOM=17..18` runs the one of number 17.

mod operators;
mod query;
mod scalar;

use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calypso::engine::{Answer, DataCatalog, Engine, Limits, Request};
use calypso::output::cell::Cells;
use calypso::{Error, Source};
use datafusion::arrow::record_batch::RecordBatch;
use libtest_mimic::Trial;
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};

use crate::pages::answer::NOW;
use crate::trial;

/// How many queries are made when nobody asks for more.
const USUAL: u64 = 300;

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
    let mut failures: BTreeMap<String, (usize, String)> = BTreeMap::new();
    let (mut refused, mut answered, mut compared) = (0, 0, 0);
    for number in numbers().filter(|number| number % WORKERS == worker) {
        let mut text = format!("(the making of number {number})");
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            let made = query::query(number, bench.engines[0].catalog());
            text.clone_from(&made.text);
            refused += made.refused;
            bench.check(&made)
        }));
        let outcome = outcome.unwrap_or_else(|payload| Err(panicked(payload.as_ref())));
        match outcome {
            Ok(true) => compared += 1,
            Ok(false) => answered += 1,
            Err(message) => {
                let shown = format!("number {number}:\n{text}\n{message}");
                let class: String = message.chars().filter(|c| !c.is_ascii_digit()).take(60).collect();
                let known = failures.entry(class).or_insert_with(|| (0, shown.clone()));
                known.0 += 1;
                if shown.len() < known.1.len() {
                    known.1 = shown;
                }
            }
        }
    }
    println!("random queries: {compared} compared, {answered} only run, {refused} steps refused");
    let shown: Vec<String> =
        failures.values().map(|(count, shown)| format!("{count} like this one, {shown}\n")).collect();
    assert!(failures.is_empty(), "{} kinds of failures\n\n{}", failures.len(), shown.join("\n"));
}

/// The numbers of the queries to make.
fn numbers() -> Range<u64> {
    let Ok(wanted) = std::env::var("CALYPSO_RANDOM") else { return 0..USUAL };
    let number = |text: &str| text.parse::<u64>().expect("CALYPSO_RANDOM is a number, or a range such as 17..18");
    match wanted.split_once("..") {
        Some((from, to)) => number(from)..number(to),
        None => 0..number(&wanted),
    }
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
        let limits = [(1, None), (4, Some(2))];
        let engines = limits.map(|(threads, batch_rows)| {
            let limits = Limits { threads: Some(threads), batch_rows, ..Limits::default() };
            Engine::new(data(&runtime), &limits).unwrap()
        });
        Bench { runtime, engines }
    }

    /// Whether the answers were compared. The error tells what is wrong.
    fn check(&self, query: &query::Query) -> Result<bool, String> {
        let [one, many] = self.engines.each_ref().map(|engine| answer(&self.runtime, engine, &query.text));
        match (one, many) {
            (Err(Error::Engine(message)), _) | (_, Err(Error::Engine(message))) => Err(format!("engine: {message}")),
            (Err(_), Err(_)) => Ok(false),
            // What a function says of values is said of rows that were looked at, and a `take` in front may spare some.
            (Err(Error::Usage(_)), _) | (_, Err(Error::Usage(_))) => Ok(false),
            (Err(error), Ok(_)) | (Ok(_), Err(error)) => Err(format!("only one is refused: {error}")),
            (Ok(one), Ok(many)) => {
                let (one, many) = (rows(&one)?, rows(&many)?);
                if !query.comparable || one == many {
                    return Ok(query.comparable);
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

fn answer(runtime: &Runtime, engine: &Engine, text: &str) -> Result<Answer, Error> {
    let request = Request { now: Some(NOW), ..Request::default() };
    runtime.block_on(engine.query(&Source::new("query", text), &request))
}

/// The sample, and two tables of odd values in several batches.
fn data(runtime: &Runtime) -> DataCatalog {
    let mut known: Vec<(&str, Vec<RecordBatch>)> = Vec::new();
    let catalog = |known: &[(&str, Vec<RecordBatch>)]| {
        let mut catalog = DataCatalog::sample().unwrap();
        known.iter().for_each(|(name, batches)| batches.iter().for_each(|batch| add(&mut catalog, name, batch)));
        catalog
    };
    for (name, text) in [("T", T), ("U", U)] {
        let engine = Engine::new(catalog(&known), &Limits::default()).unwrap();
        let mut answer = answer(runtime, &engine, text).unwrap();
        known.push((name, answer.tables.remove(0).batches));
    }
    catalog(&known)
}

fn add(catalog: &mut DataCatalog, name: &str, batch: &RecordBatch) {
    for from in (0..batch.num_rows()).step_by(5) {
        catalog.add_batch(name, batch.slice(from, 5.min(batch.num_rows() - from)));
    }
}

/// All rows as text, in an order of their own; numbers with fractions to some digits, since sums depend on the order.
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
    rows.sort();
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
        _ => cells.push_text(row, &mut text),
    }
    text
}

fn round(value: &mut Value) {
    match value {
        Value::Number(number) if number.is_f64() => {
            *value = Value::String(rounded(number.as_f64().unwrap_or_default()))
        }
        Value::Array(items) => items.iter_mut().for_each(round),
        Value::Object(properties) => properties.values_mut().for_each(round),
        _ => {}
    }
}

fn rounded(number: f64) -> String {
    if number.abs() < 1e-7 { "0".to_owned() } else { format!("{number:.5e}") }
}
