//! Log files to Arrow to Parquet: reads what people have, mends the known faults, keeps aside what cannot be read.
//!
//! ```text
//!  bytes ──wrapping──▶ objects ──record──▶ rows of a table ──batch──▶ Arrow ──writer──▶ Parquet
//!          json, repair          tables               convert
//! ```
//!
//! `open` reads the same way into memory, so that a query over raw logs gives the same answers.

mod batch;
mod convert;
mod foreign;
mod gather;
mod json;
mod open;
mod reader;
mod record;
mod repair;
mod report;
mod sample;
pub mod sink;
mod wrapping;
mod writer;

use std::path::{Path, PathBuf};

pub use batch::ADDITIONAL;
pub use record::Place;
pub use repair::{Repair, Repairs};
pub use report::{Reject, Report};

use crate::engine::catalog::is_parquet;
use crate::error::{Error, Result};

/// Reads logs from files and folders and adds them to the tables of a folder, which is made when it is not there.
///
/// The files that are there stay as they are; each new one appears at once and whole. Ingesting the same logs twice
/// doubles their rows.
pub fn ingest(sources: &[PathBuf], into: &Path) -> Result<Report> {
    let gathered = gather::Gathered::default();
    for source in sources {
        if !source.exists() {
            return Err(Error::Usage(format!("no such file or folder: {}", source.display())));
        }
        for file in open::data_files(source)? {
            if is_parquet(&file) {
                let reason = "Parquet cannot be ingested, but queried with `--data`";
                return Err(Error::Usage(format!("{}: {reason}", file.display())));
            }
            reader::read_log(&file, &gathered)?;
        }
    }
    let (tables, mut report) = gathered.finish();
    for (table, batches) in &tables {
        report.written += writer::write_table(into, table, batches)?;
    }
    report.rejects_file = writer::write_rejects(into, &report.rejects)?;
    Ok(report)
}
