//! Log files to Arrow to Parquet: reads what people have, mends the known faults, keeps aside what cannot be read.

mod batch;
mod convert;
mod json;
mod open;
mod reader;
mod record;
mod repair;
mod report;
mod sample;
mod wrapping;

pub use batch::ADDITIONAL;
pub use record::Place;
pub use repair::{Repair, Repairs};
pub use report::{Reject, Report};
