//! What a request allows for its answer, checked against what came out.

use super::answer::Table;
use crate::bind::Demands;
use crate::error::{Error, Result};

/// Fails when a table, with those before it, is more than the request allows. `bytes` counts what there was so far.
pub(super) fn check(table: &Table, bytes: &mut u64, demands: &Demands) -> Result<()> {
    if let Some(most) = demands.rows.filter(|most| table.row_count() as u64 > *most) {
        return Err(too_much(&format!("more than {most} rows"), "truncationmaxrecords"));
    }
    let Some(most) = demands.bytes else { return Ok(()) };
    for column in table.batches.iter().flat_map(|batch| batch.columns()) {
        let size = column.to_data().get_slice_memory_size().unwrap_or_else(|_| column.get_array_memory_size());
        *bytes = bytes.saturating_add(size as u64);
    }
    match *bytes > most {
        true => Err(too_much(&format!("more than {most} bytes"), "truncationmaxsize")),
        false => Ok(()),
    }
}

fn too_much(what: &str, option: &str) -> Error {
    Error::Cancelled(format!("the answer has {what}, which is the limit that `set {option}` gives it"))
}
