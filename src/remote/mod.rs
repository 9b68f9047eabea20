//! Object stores by URL: Azure Blob, S3, Google Cloud Storage, and plain HTTP.
//!
//! An [`Address`] is what a user names, a [`Blob`] one object of it. Credentials come from the environment or from the
//! signature in the URL; neither gets into names, messages or what is kept.
//!
//! Everything here waits for the network, on a runtime of its own, so it may be used on any thread.

mod address;
mod azure;
mod blob;
mod told;

use std::sync::OnceLock;

use tokio::runtime::Runtime;

pub use address::Address;
pub use blob::{Blob, blobs};

use crate::error::{Error, Result};

/// Threads that talk to stores; what they bring is read on others.
const THREADS: usize = 2;

fn runtime() -> Result<&'static Runtime> {
    static RUNTIME: OnceLock<std::io::Result<Runtime>> = OnceLock::new();
    let start = || tokio::runtime::Builder::new_multi_thread().worker_threads(THREADS).enable_all().build();
    RUNTIME.get_or_init(start).as_ref().map_err(|cause| Error::Engine(format!("the network cannot be used: {cause}")))
}

/// Runs a future to its end, on whatever thread.
pub(crate) fn wait<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> Result<T> {
    let task = runtime()?.spawn(future);
    futures::executor::block_on(task).map_err(|error| Error::Engine(error.to_string()))
}
