//! Log files to Arrow to Parquet: reads what people have, mends the known faults, keeps aside what cannot be read.
//!
//! ```text
//!  bytes ──wrapping──▶ objects ──record──▶ rows of a table ──batch──▶ Arrow ──store──▶ Parquet
//!          json, repair          tables               convert
//! ```
//!
//! `sink` is where reading ends and storing begins, `store` the folder of tables, and `run` goes through the sources.
//! `open` reads the same way into memory, so that a query over raw logs gives the same answers.

mod alike;
mod avro;
mod batch;
mod cells;
mod columnar;
mod columns;
mod compare;
mod convert;
mod found;
mod gather;
mod json;
mod keys;
mod localtime;
mod open;
mod other;
mod pool;
mod reader;
mod record;
mod repair;
mod report;
mod rows;
mod run;
mod runs;
mod sample;
mod scan;
mod settle;
pub mod sink;
pub mod store;
mod stretch;
mod surplus;
mod unpack;
mod veil;
mod wrapping;
mod writer;

pub use batch::ADDITIONAL;
pub use record::Place;
pub use repair::{Repair, Repairs};
pub use report::{Reject, Report};
pub use run::{Ingestion, Progress, Watch, ingest};
pub use surplus::Surplus;
