//! What was read goes into the sink here, in the order in which it was read, source by source.

use std::collections::BTreeMap;

use super::columns::Columns;
use super::repair::Repairs;
use super::report::Reject;
use super::rows::{Foreign, Parsed};
use super::sink::{Complete, End, Fingerprint, Sink, SourceId};
use super::surplus::Surplus;
use crate::error::Result;

/// What is known when a source has been read.
pub(super) struct Outcome {
    pub(super) bytes: u64,
    pub(super) complete: Complete,
    pub(super) fingerprint: Box<Fingerprint>,
    /// Whether it could be read to its end.
    pub(super) is_whole: bool,
}

/// Collects what belongs together until it can be told: the repairs of a source, and the rows of tables whose types
/// depend on all of them.
pub(super) struct Account<'s> {
    sink: &'s dyn Sink,
    id: SourceId,
    foreign: Foreign,
    repairs: Repairs,
    surplus: Surplus,
    others: BTreeMap<String, Columns>,
    /// The text that is read.
    text: Text,
}

#[derive(Default)]
struct Text {
    told: bool,
    rejects: usize,
    not_told: Vec<Reject>,
    columns: Columns,
    has_batches: bool,
}

/// Bytes that are held until their types are known.
const MOST_HELD: usize = 64 << 20;

impl<'s> Account<'s> {
    pub(super) fn new(sink: &'s dyn Sink, id: SourceId, foreign: Foreign) -> Self {
        let text = Text::default();
        let (repairs, surplus) = (Repairs::default(), Surplus::default());
        Self { sink, id, foreign, repairs, surplus, others: BTreeMap::new(), text }
    }

    /// Takes what a stretch gave; the name is that of the foreign table, should it become one.
    pub(super) fn add(&mut self, parsed: Parsed, name: &str) -> Result<()> {
        self.repairs.merge(&parsed.repairs);
        self.surplus.merge(&parsed.surplus);
        for (table, batch) in parsed.batches {
            self.sink.rows(self.id, table, batch)?;
        }
        for (table, columns) in parsed.others {
            let known = self.others.entry(table.clone()).or_default();
            known.merge(columns);
            if known.bytes() > MOST_HELD {
                let columns = std::mem::take(known);
                self.columns(&table, columns)?;
            }
        }
        for batch in parsed.foreign_batches {
            self.text.has_batches = true;
            self.sink.rows(self.id, name, batch)?;
        }
        self.text.rejects += parsed.rejects.len();
        for reject in parsed.rejects {
            self.sink.reject(self.id, reject)?;
        }
        self.text.told |= parsed.told;
        self.text.not_told.extend(parsed.not_told);
        if self.foreign == Foreign::Reject || self.text.told {
            self.text.columns = Columns::default();
            for reject in std::mem::take(&mut self.text.not_told) {
                self.text.rejects += 1;
                self.sink.reject(self.id, reject)?;
            }
        } else {
            self.text.columns.merge(parsed.foreign);
        }
        Ok(())
    }

    /// Ends a text. One in which most records are sound and none tells a table is a table of its own.
    pub(super) fn end_text(&mut self, name: &str) -> Result<()> {
        let text = std::mem::take(&mut self.text);
        if text.columns.rows() > text.rejects {
            return self.columns(name, text.columns);
        }
        text.not_told.into_iter().try_for_each(|reject| self.sink.reject(self.id, reject))
    }

    fn columns(&mut self, table: &str, columns: Columns) -> Result<()> {
        let batches = columns.finish(&mut self.repairs)?;
        batches.into_iter().try_for_each(|batch| self.sink.rows(self.id, table, batch))
    }

    /// Ends the source.
    pub(super) fn end(mut self, outcome: Outcome) -> Result<()> {
        for (table, columns) in std::mem::take(&mut self.others) {
            self.columns(&table, columns)?;
        }
        if !outcome.is_whole {
            return Ok(());
        }
        let Outcome { bytes, complete, fingerprint, .. } = outcome;
        self.sink.end(self.id, End { bytes, complete, fingerprint, repairs: self.repairs, surplus: self.surplus })
    }
}
