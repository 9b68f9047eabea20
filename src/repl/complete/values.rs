//! The frequent values of text columns, asked of the data while somebody types: bounded in time, and remembered.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Runtime;

use crate::engine::{Engine, Request};
use crate::output::cell::readable_columns;
use crate::source::Source;

/// How long a key press may wait for them.
const PATIENCE: Duration = Duration::from_millis(400);
/// Columns with more values than this are no choice.
const MOST_VALUES: usize = 60;
/// Rows that are looked at.
const MOST_ROWS: usize = 200_000;

/// The values found so far, by the request and the column.
#[derive(Default)]
pub(in crate::repl) struct Values {
    found: Mutex<HashMap<(String, String), Vec<String>>>,
}

impl Values {
    /// Forgets all of them, since a table may be another one now.
    pub(in crate::repl) fn forget(&self) {
        self.found.lock().unwrap_or_else(PoisonError::into_inner).clear();
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
        let key = (request.to_owned(), column.to_owned());
        if let Some(values) = self.found.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return values.clone();
        }
        let text = format!(
            "{request}\n| take {MOST_ROWS} | where isnotempty({column}) | summarize Times = count() by Value = {column} \
             | sort by Times desc, Value asc | take {} | project Value",
            MOST_VALUES + 1
        );
        let asked = Arc::clone(engine);
        let values = runtime.block_on(async move {
            let source = Source::new("values", text);
            let running = tokio::spawn(async move { asked.query(&source, &Request::default()).await });
            let stop = running.abort_handle();
            let answer = tokio::time::timeout(PATIENCE, running).await;
            stop.abort();
            let table = answer.ok()?.ok()?.ok()?.tables.pop()?;
            let count = table.row_count();
            let cells = readable_columns(&table, count).ok()?.into_iter().next()?;
            (count <= MOST_VALUES).then(|| cells.into_iter().flatten().collect::<Vec<String>>())
        });
        let values = values.unwrap_or_default();
        self.found.lock().unwrap_or_else(PoisonError::into_inner).insert(key, values.clone());
        values
    }
}
