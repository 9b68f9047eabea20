//! What the data says while somebody types - frequent values, keys, columns of plugins: bounded in time, and remembered.

use std::collections::HashMap;
use std::future::Future;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::engine::{Engine, Request};
use crate::error::Result;
use crate::output::cell::readable_columns;
use crate::source::Source;
use crate::types::Type;

/// How long a key press may wait for them.
const PATIENCE: Duration = Duration::from_millis(400);
/// Columns with more values than this are no choice.
const MOST_VALUES: usize = 60;
/// Rows that are looked at.
const MOST_ROWS: usize = 200_000;
/// Rows whose dynamic values are looked into.
const MOST_BAGS: usize = 5_000;

/// What was found so far, by the request and the column, the request and the path, and the request.
#[derive(Default)]
pub(in crate::repl) struct Values {
    values: Mutex<HashMap<(String, String), Vec<String>>>,
    keys: Mutex<HashMap<(String, String), Vec<String>>>,
    columns: Mutex<HashMap<String, Vec<(String, Type)>>>,
}

impl Values {
    /// Forgets all of it, since a table may be another one now.
    pub(in crate::repl) fn forget(&self) {
        self.values.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.columns.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// The values of a column of a request's rows, the most frequent one first. None when there are many, or when
    /// finding them takes long.
    pub(in crate::repl) fn of(
        &self,
        engine: &Arc<Engine>,
        runtime: &Runtime,
        request: &str,
        column: &str,
    ) -> Vec<String> {
        remembered(&self.values, (request.to_owned(), column.to_owned()), || {
            let text = format!(
                "{request}\n| take {MOST_ROWS} | where isnotempty({column}) | summarize Times = count() by Value = {column} \
                 | sort by Times desc, Value asc | take {} | project Value",
                MOST_VALUES + 1
            );
            texts(engine, runtime, text).filter(|found| found.len() <= MOST_VALUES)
        })
    }

    /// The keys that a dynamic value has in the first of a request's rows, the most frequent one first.
    pub(in crate::repl) fn keys(
        &self,
        engine: &Arc<Engine>,
        runtime: &Runtime,
        request: &str,
        path: &str,
    ) -> Vec<String> {
        remembered(&self.keys, (request.to_owned(), path.to_owned()), || {
            let text = format!(
                "{request}\n| take {MOST_BAGS} | project Key = bag_keys({path}) | mv-expand Key to typeof(string) \
                 | where isnotempty(Key) | summarize Times = count() by Key | sort by Times desc, Key asc \
                 | take {MOST_VALUES} | project Key"
            );
            texts(engine, runtime, text)
        })
    }

    /// The columns of a request's rows, after its plugins have looked at theirs. None when that takes long.
    pub(in crate::repl) fn columns(
        &self,
        engine: &Arc<Engine>,
        runtime: &Runtime,
        request: &str,
    ) -> Vec<(String, Type)> {
        remembered(&self.columns, request.to_owned(), || {
            let (asked, source) = (Arc::clone(engine), Source::new("columns", request));
            soon(runtime, async move { asked.columns(&source, &Request::default()).await })
        })
    }
}

/// What is known of a key, or else what is found now: also that it is nothing.
fn remembered<K: Hash + Eq, T: Clone>(
    known: &Mutex<HashMap<K, Vec<T>>>,
    key: K,
    find: impl FnOnce() -> Option<Vec<T>>,
) -> Vec<T> {
    if let Some(found) = known.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return found.clone();
    }
    let found = find().unwrap_or_default();
    known.lock().unwrap_or_else(PoisonError::into_inner).insert(key, found.clone());
    found
}

/// The texts of the only column of a request's answer.
fn texts(engine: &Arc<Engine>, runtime: &Runtime, text: String) -> Option<Vec<String>> {
    let (asked, source) = (Arc::clone(engine), Source::new("values", text));
    let table = soon(runtime, async move { asked.query(&source, &Request::default()).await })?.tables.pop()?;
    let cells = readable_columns(&table, table.row_count()).ok()?.into_iter().next()?;
    Some(cells.into_iter().flatten().collect())
}

/// What comes of some work, if that is soon.
fn soon<T: Send + 'static>(runtime: &Runtime, work: impl Future<Output = Result<T>> + Send + 'static) -> Option<T> {
    runtime.block_on(async move {
        let running = tokio::spawn(work);
        let stop = running.abort_handle();
        let done = tokio::time::timeout(PATIENCE, running).await;
        stop.abort();
        done.ok()?.ok()?.ok()
    })
}
