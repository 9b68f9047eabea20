//! A sink that keeps all rows in memory, for queries over raw logs.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use datafusion::arrow::array::RecordBatch;

use super::cells::spread;
use super::record::Place;
use super::report::{Reject, Report};
use super::sink::{Begin, Complete, End, Fingerprint, Opener, Sink, Source, SourceId};
use super::store::once;
use crate::error::{Error, Result};

/// The rows of any number of sources.
#[derive(Default)]
pub(super) struct Gathered(Mutex<State>);

#[derive(Default)]
struct State {
    tables: BTreeMap<String, Vec<RecordBatch>>,
    report: Report,
}

impl Gathered {
    fn state(&self) -> MutexGuard<'_, State> {
        // Whoever panicked with the lock left at worst a batch too few, and the panic ends the program anyway.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rows of each table, and the report.
    /// Rows count as they do in the tables that `ingest` writes: repeats once, and of versions the latest.
    pub(super) fn finish(self) -> Result<(BTreeMap<String, Vec<RecordBatch>>, Report)> {
        let State { mut tables, mut report } = self.0.into_inner().unwrap_or_else(PoisonError::into_inner);
        for (table, batches) in &mut tables {
            let (left, duplicates, superseded) = once(table, std::mem::take(batches))?;
            report.tables.insert(table.clone(), left.iter().map(|batch| batch.num_rows() as u64).sum());
            report.duplicates += duplicates;
            report.superseded += superseded;
            *batches = left;
        }
        Ok((tables, report))
    }
}

impl Sink for Gathered {
    fn begin(&self, _: &Source, _: Option<&Opener<'_>>) -> Result<Begin> {
        let mut state = self.state();
        state.report.files += 1;
        let id = SourceId(state.report.files as usize);
        Ok(Begin::Read { id, from: Place { line: 1, offset: 0 }, fingerprint: Box::<Fingerprint>::default() })
    }

    fn rows(&self, _: SourceId, table: &str, rows: RecordBatch) -> Result<()> {
        let rows = spread(&rows).map_err(|error| Error::Engine(error.to_string()))?;
        let mut state = self.state();
        state.tables.entry(table.to_owned()).or_default().push(rows);
        Ok(())
    }

    fn reject(&self, _: SourceId, reject: Reject) -> Result<()> {
        self.state().report.reject(reject);
        Ok(())
    }

    fn end(&self, _: SourceId, end: End) -> Result<()> {
        let mut state = self.state();
        state.report.bytes += end.bytes;
        state.report.unfinished += u64::from(end.complete == Complete::Lines);
        state.report.repairs.merge(&end.repairs);
        state.report.surplus.merge(&end.surplus);
        Ok(())
    }
}
