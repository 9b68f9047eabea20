//! What a request yields: result tables with KQL types, and what to draw.

use datafusion::arrow::record_batch::RecordBatch;

pub use crate::bind::{Chart, Export};
use crate::diagnostic::Diagnostic;
use crate::types::Type;

/// The answer to a request.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// One table per tabular or scalar expression statement, in order.
    pub tables: Vec<Table>,
    /// Warnings; never errors.
    pub warnings: Vec<Diagnostic>,
}

/// One result table.
#[derive(Clone, Debug)]
pub struct Table {
    /// `PrimaryResult`, or the name given with `as`.
    pub name: String,
    /// Column names and types, in order. Names may repeat only where KQL lets them.
    pub columns: Vec<(String, Type)>,
    /// The rows. Columns are in the order of `columns` and of the Arrow types of `engine::types`.
    pub batches: Vec<RecordBatch>,
    /// What `render` asked for.
    pub chart: Option<Chart>,
}

impl Table {
    /// The table with these columns alone, in this order; names that it does not have are left out.
    pub fn only(&self, names: &[&str]) -> Table {
        let places: Vec<usize> =
            names.iter().filter_map(|name| self.columns.iter().position(|(known, _)| known == name)).collect();
        let batches = self.batches.iter().filter_map(|batch| batch.project(&places).ok()).collect();
        let columns = places.iter().filter_map(|at| self.columns.get(*at).cloned()).collect();
        Table { name: self.name.clone(), columns, batches, chart: None }
    }

    /// How many rows it has.
    pub fn row_count(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }
}
