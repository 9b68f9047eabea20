//! Rows on their way out as they come: to the files of `.export`, and to a target whose format needs no whole table.

use std::fs::File;
use std::io::{BufWriter, IsTerminal, stdout};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use datafusion::arrow::record_batch::RecordBatch;

use crate::engine::outlet::{Heading, Taken, Taker};
use crate::engine::{Outlet, Table};
use crate::error::{Error, Result};
use crate::privacy::Privacy;

use super::export::Exporter;
use super::rows::{Head, RowFormat, RowWriter};
use super::target::{Partial, Target};
use super::{Format, Sink};

/// What takes the rows of a request that nobody has to hold.
#[derive(Clone)]
pub struct Delivery(Arc<Mutex<State>>);

struct State {
    /// Where the only result of the request goes.
    wanted: Option<(RowFormat, Target)>,
    /// What is hidden before anything is written, and the columns that have to be there for it.
    veil: Option<(Arc<Privacy>, Vec<String>)>,
    going: Going,
    /// The file that is whole and waits for its name.
    done: Option<Partial>,
    delivered: Delivered,
}

/// Where the rows go that come now.
enum Going {
    Nowhere,
    Exported(Exporter),
    Written { table: Table, writer: Box<RowWriter<Box<dyn Sink>>>, file: Option<Partial> },
}

/// What became of a request's rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivered {
    /// They are in the answer.
    Nothing,
    /// The only result is at its target.
    Result,
    /// They are in exported files; the answer lists those.
    Exports,
}

impl Delivery {
    /// Takes only what `.export` sends to files.
    pub fn exports() -> Delivery {
        Delivery::new(None, None)
    }

    /// Also takes the only result of a request, where its format can be written row by row and nobody looks on.
    pub fn to(format: &Format, target: &Target) -> Delivery {
        let eyes = *target == Target::Stdout && stdout().is_terminal();
        Delivery::new(RowFormat::of(format).filter(|_| !eyes).map(|format| (format, target.clone())), None)
    }

    fn new(wanted: Option<(RowFormat, Target)>, veil: Option<(Arc<Privacy>, Vec<String>)>) -> Delivery {
        let state = State { wanted, veil, going: Going::Nowhere, done: None, delivered: Delivered::Nothing };
        Delivery(Arc::new(Mutex::new(state)))
    }

    /// Hides what is to be hidden, in results that have these columns.
    #[must_use]
    pub fn hiding(self, privacy: Arc<Privacy>, columns: Vec<String>) -> Delivery {
        self.state().veil = Some((privacy, columns));
        self
    }

    /// The outlet for the request.
    pub fn outlet(&self) -> Outlet {
        Outlet::to(Arc::clone(&self.0) as Arc<Mutex<dyn Taker>>)
    }

    /// Says what was taken, when the request is done. A file that was written gets its name now.
    pub fn finish(&self) -> Result<Delivered> {
        let mut state = self.state();
        if let Some(file) = state.done.take() {
            file.keep()?;
        }
        Ok(state.delivered)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taker for State {
    fn begin(&mut self, heading: &Heading) -> Result<Taken> {
        let table = heading.table;
        if let Some(export) = heading.export {
            self.check_columns(table)?;
            self.going = Going::Exported(Exporter::begin(export, table)?);
            self.delivered = Delivered::Exports;
            return Ok(Taken::AsTheyCome);
        }
        let Some((format, target)) = self.wanted.clone().filter(|_| heading.is_only) else { return Ok(Taken::Not) };
        self.check_columns(table)?;
        let (out, file): (Box<dyn Sink>, _) = match target {
            Target::Stdout => (Box::new(BufWriter::new(stdout())), None),
            Target::File(path) => {
                let partial = Partial::of(&path);
                let file = File::create(partial.path()).map_err(|cause| Error::io(partial.path(), cause))?;
                (Box::new(BufWriter::new(file)), Some(partial))
            }
        };
        let writer = RowWriter::begin(format, table.clone(), Head::Written, out)?;
        self.going = Going::Written { table: table.clone(), writer: Box::new(writer), file };
        self.delivered = Delivered::Result;
        Ok(Taken::AsTheyCome)
    }

    fn take(&mut self, batch: &RecordBatch) -> Result<()> {
        let batch = match &self.veil {
            Some((privacy, _)) => &privacy.batch(batch)?,
            None => batch,
        };
        match &mut self.going {
            Going::Nowhere => Ok(()),
            Going::Exported(exporter) => exporter.take(batch),
            Going::Written { writer, .. } => writer.write(batch).map(|_| ()),
        }
    }

    fn end(&mut self) -> Result<Table> {
        match std::mem::replace(&mut self.going, Going::Nowhere) {
            Going::Nowhere => Err(Error::Engine("a result ended that had not begun".to_owned())),
            Going::Exported(mut exporter) => exporter.end(),
            Going::Written { table, writer, file } => {
                writer.finish()?;
                self.done = file;
                Ok(table)
            }
        }
    }
}

impl State {
    fn check_columns(&self, table: &Table) -> Result<()> {
        match &self.veil {
            Some((_, named)) => Privacy::check_columns(std::slice::from_ref(table), named),
            None => Ok(()),
        }
    }
}
