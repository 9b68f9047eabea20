//! Log files to Arrow to Parquet: reads what people have, mends the known faults, keeps aside what cannot be read.
//!
//! ```text
//!  bytes ──wrapping──▶ objects ──record──▶ rows of a table ──batch──▶ Arrow ──writer──▶ Parquet
//!          json, repair          tables               convert
//! ```
//!
//! `open` reads the same way into memory, so that a query over raw logs gives the same answers.

mod avro;
mod batch;
mod columnar;
mod columns;
mod convert;
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
mod sample;
mod scan;
mod settle;
pub mod sink;
mod stretch;
mod unpack;
mod wrapping;
mod writer;

use std::path::{Path, PathBuf};

pub use batch::ADDITIONAL;
pub use record::Place;
pub use repair::{Repair, Repairs};
pub use report::{Reject, Report};
pub(crate) use writer::write_table;

use crate::error::{Error, Result};

/// Reads logs from files and folders and adds them to the tables of a folder, which is made when it is not there.
///
/// The files that are there stay as they are; each new one appears at once and whole. Ingesting the same logs twice
/// doubles their rows.
pub fn ingest(sources: &[PathBuf], into: &Path) -> Result<Report> {
    let gathered = gather::Gathered::default();
    let mut inputs = Vec::new();
    for source in sources {
        if !source.exists() {
            return Err(Error::Usage(format!("no such file or folder: {}", source.display())));
        }
        inputs.extend(open::data_files(source)?);
    }
    let inputs = inputs.iter().map(|file| reader::Input::file(file));
    reader::read_all(inputs, &gathered, rows::Foreign::Reject, reader::Order::Any)?;
    let (tables, mut report) = gathered.finish();
    for (table, batches) in &tables {
        report.written += writer::write_table(into, table, batches)?;
    }
    report.rejects_file = writer::write_rejects(into, &report.rejects)?;
    Ok(report)
}
