//! What the stages of a request cost, and what hot functions cost: `cargo bench --bench micro [-- FILTER]`.
//!
//! The stages are measured over all canned queries, on tables without rows, so that `explain` is KQL's own cost: text to
//! optimised plan. The functions are measured by requests that are little else, over 200 thousand rows in memory.

#![allow(clippy::unwrap_used)]

use std::sync::{Arc, LazyLock};

use calypso::Source;
use calypso::bind::{self, Options};
use calypso::engine::{DataCatalog, Engine, Limits, Request};
use calypso::library::Library;
use calypso::syntax;
use datafusion::arrow::array::{ArrayRef, Float64Array, RecordBatch, StringViewArray, TimestampNanosecondArray};
use divan::{Bencher, black_box};
use tokio::runtime::Runtime;

fn main() {
    divan::main();
}

static LIBRARY: LazyLock<Library> = LazyLock::new(|| Library::load(None).unwrap());
static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap());
static EMPTY: LazyLock<Engine> = LazyLock::new(|| engine(DataCatalog::default()));
static FULL: LazyLock<Engine> = LazyLock::new(|| {
    let mut catalog = DataCatalog::default();
    let rows = rows();
    for start in (0..ROWS).step_by(8192) {
        catalog.add_batch("T", rows.slice(start, 8192.min(ROWS - start)));
    }
    engine(catalog)
});

fn engine(catalog: DataCatalog) -> Engine {
    Engine::new(catalog, &Limits { threads: Some(2), ..Limits::default() }).unwrap()
}

/// The canned queries that run without parameters.
fn canned() -> Vec<&'static str> {
    let runs = |text: &str| {
        let source = Source::new("canned", text);
        RUNTIME.block_on(EMPTY.explain(&source, &Request::default())).is_ok()
    };
    LIBRARY.queries().iter().filter(|query| runs(&query.text)).map(|query| query.name.as_str()).collect()
}

fn text(name: &str) -> &'static str {
    LIBRARY.queries().iter().find(|query| query.name == name).map_or("", |query| query.text.as_str())
}

#[divan::bench(args = canned())]
fn lex(bencher: Bencher, name: &str) {
    bencher.bench(|| black_box(syntax::lex(text(name))));
}

#[divan::bench(args = canned())]
fn parse(bencher: Bencher, name: &str) {
    bencher.bench(|| black_box(syntax::parse(text(name))));
}

#[divan::bench(args = canned())]
fn bind_parsed(bencher: Bencher, name: &str) {
    let parsed = syntax::parse(text(name));
    let catalog = DataCatalog::default();
    let options = Options::default();
    bencher.bench(|| black_box(bind::bind(&parsed.query, &catalog, &options)));
}

#[divan::bench(args = canned())]
fn explain(bencher: Bencher, name: &str) {
    let source = Source::new(name, text(name));
    bencher.bench(|| black_box(RUNTIME.block_on(EMPTY.explain(&source, &Request::default()))));
}

const ROWS: usize = 200_000;

/// Rows like those of logs: long texts that repeat, objects as JSON, times in order.
fn rows() -> RecordBatch {
    let agents: Vec<String> = (0..40)
        .map(|n| {
            format!(
                "harbour/1.{n} calling/1.36.{n} (javascript; #clientTag:web). Mozilla/5.0 Chrome/1{n}.0 Safari/537.36"
            )
        })
        .collect();
    let agent = StringViewArray::from_iter_values((0..ROWS).map(|row| &agents[row * 7 % 40]));
    let payload = (0..ROWS).map(|row| {
        format!(r#"{{"CallType":"Group","SdkPlatform":"Web","Value":{},"State":"s{}"}}"#, row % 97, row % 11)
    });
    let id = (0..ROWS).map(|row| format!("{:08x}-0000-4000-8000-{:012x}", row / 9, row / 9));
    let value = Float64Array::from_iter_values((0..ROWS).map(|row| (row * 7919 % 10_007) as f64 / 3.0));
    let time = TimestampNanosecondArray::from_iter_values((0..ROWS as i64).map(|row| row * 1_000_000_000))
        .with_timezone("UTC");
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("agent", Arc::new(agent)),
        ("payload", Arc::new(StringViewArray::from_iter_values(payload))),
        ("id", Arc::new(StringViewArray::from_iter_values(id))),
        ("value", Arc::new(value)),
        ("at", Arc::new(time)),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

/// Requests that are little else than one hot function.
const FUNCTIONS: &[&str] = &[
    "T | count",
    "T | where agent has 'mozilla' | count",
    "T | where agent contains 'SAFARI' | count",
    "T | where agent matches regex @'Chrome/1\\d' | count",
    "T | summarize count() by bin(at, 1h) | count",
    "T | summarize max(tolong(todynamic(payload).Value))",
    "T | parse payload with * 'Value\":' v:long ',' * | summarize max(v)",
    "T | summarize dcount(extract(@'Chrome/(\\d+)', 1, agent))",
    "T | summarize count() by agent | count",
    "T | summarize count() by id | count",
    "T | summarize percentiles(value, 50, 95)",
    "T | summarize dcount(id)",
    "T | summarize arg_max(at, value) by id | count",
    "T | sort by id asc, at desc | extend n = row_number() | summarize max(n)",
    "T | join kind=leftanti (T | where value > 10) on id | count",
];

#[divan::bench(args = FUNCTIONS, max_time = 0.5)]
fn function(bencher: Bencher, text: &str) {
    let source = Source::new("function", text);
    bencher.bench(|| RUNTIME.block_on(FULL.query(&source, &Request::default())).unwrap());
}
