//! Requests that need more memory than they may use go on with files, and answer the same.

use std::sync::Arc;

use calypso::Source;
use calypso::engine::{DataCatalog, Engine, Limits, Request};
use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringViewArray};
use datafusion::arrow::util::pretty::pretty_format_batches;
use libtest_mimic::Trial;

use crate::trial;

/// The limit: a few times less than the rows take.
const MEMORY: usize = 16 << 20;

/// One test per kind of operator.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("memory: sorting beyond the limit", || {
            check("T | sort by text asc, n desc | project n | where n % 1000 == 0");
        }),
        trial("memory: grouping beyond the limit", || {
            check("T | summarize n = count(), most = max(n) by text | summarize count(), sum(n), sum(most)");
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
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let answer = |memory| {
        let answer = runtime.block_on(engine(memory).query(&Source::new("test", text), &Request::default()));
        let answer = answer.unwrap_or_else(|error| panic!("{text} with {memory:?}: {error}"));
        pretty_format_batches(&answer.tables[0].batches).unwrap().to_string()
    };
    assert_eq!(answer(Some(MEMORY)), answer(None), "{text}");
}
