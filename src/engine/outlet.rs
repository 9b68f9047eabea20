//! Rows that leave as they come: whoever takes a result that way, the answer does not hold it.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::record_batch::RecordBatch;

use super::answer::{Export, Table};
use crate::error::Result;

/// What is known of a result before its rows come.
pub struct Heading<'h> {
    /// Its name, columns and chart, without rows.
    pub table: &'h Table,
    /// The files that it is meant for.
    pub export: Option<&'h Export>,
    /// Whether the request has no other result.
    pub is_only: bool,
}

/// Whether somebody takes the rows of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// They are given over as they come.
    AsTheyCome,
    /// The answer holds them.
    Not,
}

/// Somebody who takes the rows of results, one result after the other.
pub trait Taker: Send {
    /// A result is about to come.
    fn begin(&mut self, heading: &Heading) -> Result<Taken>;
    /// Some rows of it.
    fn take(&mut self, batch: &RecordBatch) -> Result<()>;
    /// All have come; gives what stands for the result in the answer.
    fn end(&mut self) -> Result<Table>;
}

/// The taker of a request's rows, if there is one.
#[derive(Clone, Default)]
pub struct Outlet(Option<Arc<Mutex<dyn Taker>>>);

impl Outlet {
    /// The outlet that leads to a taker.
    pub fn to(taker: Arc<Mutex<dyn Taker>>) -> Outlet {
        Outlet(Some(taker))
    }

    /// Whether there is no taker.
    pub(super) fn is_closed(&self) -> bool {
        self.0.is_none()
    }

    pub(super) fn begin(&self, heading: &Heading) -> Result<Taken> {
        self.with(|taker| taker.begin(heading)).unwrap_or(Ok(Taken::Not))
    }

    pub(super) fn take(&self, batch: &RecordBatch) -> Result<()> {
        self.with(|taker| taker.take(batch)).unwrap_or(Ok(()))
    }

    pub(super) fn end(&self) -> Option<Result<Table>> {
        self.with(|taker| taker.end())
    }

    fn with<T>(&self, f: impl FnOnce(&mut dyn Taker) -> T) -> Option<T> {
        let taker = self.0.as_ref()?;
        Some(f(&mut *taker.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

impl fmt::Debug for Outlet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Outlet").field(&self.0.is_some()).finish()
    }
}
