//! Requests that need more memory than they may use go on with files, and answer the same.

use std::sync::Arc;
use std::time::Duration;

use calypso::Source;
use calypso::engine::{DataCatalog, Engine, Limits, Request};
use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringViewArray};
use datafusion::arrow::util::pretty::pretty_format_batches;
use libtest_mimic::Trial;

use crate::trial;

/// The limit: a few times less than the rows take.
const MEMORY: usize = 16 << 20;

/// How often a query runs that could get stuck.
const ATTEMPTS: usize = 8;

/// How long it may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// One test per kind of operator.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("memory: sorting beyond the limit", || {
            check("T | sort by text asc, n desc | project n | where n % 1000 == 0");
            let after = "T | sort by text asc, n desc | extend before = prev(n), place = row_number()";
            check_within(MEMORY / 2, &format!("{after} | summarize sum(n - before), max(place)"));
        }),
        trial("memory: grouping beyond the limit", || {
            check("T | summarize n = count(), most = max(n) by text | summarize count(), sum(n), sum(most)");
        }),
        trial("memory: joining beyond the limit", || {
            check("T | join kind=inner (T | extend m = n + 1) on text | summarize count(), sum(n), sum(m)");
            check(
                "T | join kind=fullouter (T | where n % 3 == 0 | extend n = n * 7 % 300000) on n
                | summarize count(), sum(n), sum(n1), countif(isnull(n)), countif(isnull(n1))",
            );
            check("T | join kind=rightanti (T | extend n = n * 2) on n | summarize count(), sum(n)");
            check("T | where text in ((T | where n % 2 == 0 | project text)) | summarize count(), sum(n)");
            check("T | lookup (T | extend even = n % 2) on text | summarize count(), sum(even)");
        }),
        trial("memory: nothing waits for ever when rows are spread", || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            let engine = engine(Some(MEMORY / 2));
            let source = Source::new("test", "T | summarize n = count(), take_any(n) by text | summarize sum(n)");
            for _ in 0..ATTEMPTS {
                let request = Request::default();
                let answer = async { tokio::time::timeout(PATIENCE, engine.query(&source, &request)).await };
                assert!(runtime.block_on(answer).expect("it ends").is_ok());
            }
        }),
    ]
}

fn engine(memory: Option<usize>) -> Engine {
    const ROWS: i64 = 300_000;
    let mut catalog = DataCatalog::default();
    for start in (0..ROWS).step_by(8192) {
        let numbers = || (start..ROWS.min(start + 8192)).map(|n| n * 7919 % ROWS);
        let texts =
            StringViewArray::from_iter_values(numbers().map(|n| format!("{:032x}", n.wrapping_mul(0x9E37_79B9))));
        let columns: [(&str, ArrayRef); 2] =
            [("text", Arc::new(texts)), ("n", Arc::new(Int64Array::from_iter_values(numbers())))];
        let fields = columns.map(|(name, array)| (name, array, name == "n"));
        catalog.add_batch("T", RecordBatch::try_from_iter_with_nullable(fields).unwrap());
    }
    Engine::new(catalog, &Limits { threads: Some(2), memory, ..Limits::default() }).unwrap()
}

fn check(text: &str) {
    check_within(MEMORY, text);
}

fn check_within(memory: usize, text: &str) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let answer = |memory| {
        let answer = runtime.block_on(engine(memory).query(&Source::new("test", text), &Request::default()));
        let answer = answer.unwrap_or_else(|error| panic!("{text} with {memory:?}: {error}"));
        pretty_format_batches(&answer.tables[0].batches).unwrap().to_string()
    };
    assert_eq!(answer(Some(memory)), answer(None), "{text}");
}
