//! Core to DataFusion to batches.

pub mod aggregates;
pub mod answer;
pub mod catalog;
pub mod dynamic;
pub mod kernels;
pub mod types;
pub mod windows;

pub use answer::{Answer, Chart, Table};
pub use catalog::DataCatalog;
