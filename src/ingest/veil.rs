//! A sink that hides what is to be hidden before anything is kept.

use datafusion::arrow::array::RecordBatch;

use super::cells::spread;
use super::report::Reject;
use super::sink::{Begin, End, Opener, Sink, Source, SourceId};
use crate::error::{Error, Result};
use crate::privacy::Privacy;

/// Columns without which rows would be taken for each other: they make the days, and tell versions of rows.
const NEEDED: &[&str] = &[
    "TimeGenerated",
    "CallUpdatesVersion",
    "CorrelationId",
    "ParticipantId",
    "EndpointId",
    "MediaType",
    "StreamId",
    "StreamDirection",
];

/// Hands on to another sink what is left.
pub(super) struct Veiled<'s> {
    sink: &'s dyn Sink,
    privacy: &'s Privacy,
}

impl<'s> Veiled<'s> {
    pub(super) fn new(sink: &'s dyn Sink, privacy: &'s Privacy) -> Self {
        Self { sink, privacy }
    }
}

/// Refuses to remove what tables cannot do without.
pub(super) fn check(privacy: &Privacy) -> Result<()> {
    match NEEDED.iter().find(|column| privacy.empties(column)) {
        Some(column) => Err(Error::Usage(format!(
            "`{column}` tells rows apart and cannot be removed from tables: pseudonymise it, or remove it from answers"
        ))),
        None => Ok(()),
    }
}

impl Sink for Veiled<'_> {
    fn begin(&self, source: &Source, open: Option<&Opener<'_>>) -> Result<Begin> {
        self.sink.begin(source, open)
    }

    fn rows(&self, source: SourceId, table: &str, rows: RecordBatch) -> Result<()> {
        let rows = spread(&rows).map_err(|error| Error::Engine(error.to_string()))?;
        self.sink.rows(source, table, self.privacy.batch(&rows)?)
    }

    fn reject(&self, source: SourceId, reject: Reject) -> Result<()> {
        // Nobody knows what is what in a text that cannot be read.
        let reason = self.privacy.hide(&reject.reason);
        self.sink.reject(source, Reject { reason, text: String::new(), ..reject })
    }

    fn end(&self, source: SourceId, end: End) -> Result<()> {
        let surplus = end.surplus.renamed(|name| self.privacy.hide(name));
        self.sink.end(source, End { surplus, ..end })
    }
}
