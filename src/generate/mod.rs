//! Synthetic call logs with a realistic shape: for demos, for tests, for measuring.
//!
//! ```text
//!  rhythm ─▶ sketch ─▶ call ──rows──▶ book ──▶ tables in Parquet, or a raw wrapping
//!            what is    all    one row    one batch per
//!            decided    facts  at a time  table and day
//! ```
//!
//! Every call is drawn from a stream of random numbers of its own, and calls are put together by number, so the rows
//! do not depend on the number of threads.

mod book;
mod call;
mod operations;
mod people;
mod quality;
mod raw;
mod rhythm;
mod rng;
mod rows;
mod run;
mod scenario;
mod sheet;
mod sketch;

pub use raw::{Soundness, WRAPPINGS, WrappingDef};
pub use run::{Form, Made, Plan, generate};
pub use scenario::{SCENARIOS, Scenario};

/// The subscription of the resource that all rows belong to.
const SUBSCRIPTION: &str = "5c000000-0000-4000-8000-00000000ca11";
/// That resource.
const RESOURCE: &str = "/subscriptions/5c000000-0000-4000-8000-00000000ca11/resourcegroups/calypso/providers/\
                        microsoft.communication/communicationservices/harbour";
/// Where that resource answers.
const RESOURCE_HOST: &str = "https://harbour.communication.azure.com";
