//! Summaries of many values in little memory, that can be merged: how many different ones there are, how they are
//! spread, and which shapes they have. As `dynamic` values they have the shape that Kusto gives them.

mod digest;
mod hll;
mod registers;
mod schema;

pub(crate) use digest::{Digest, Unit, plain};
pub(crate) use hll::Hll;
pub(crate) use registers::Sketch;
pub(crate) use schema::Schema;

/// What merges, and lives as a `dynamic` value in between.
pub(crate) trait Summary: Clone + Send + Sync + Sized {
    /// Adds what another one has seen.
    fn merge(&mut self, other: &Self);

    /// The `dynamic` value.
    fn to_json(&mut self) -> String;

    /// The summary that a `dynamic` value holds; `None` when it holds something else.
    fn parse(cell: &str) -> Option<Self>;

    /// The memory in use.
    fn size(&self) -> usize;
}
