//! A call as rows of the tables: one file per side that writes them.

mod client;
mod extras;
pub(super) mod metrics;
mod service;
mod side;

use super::book::Book;
use super::call::Call;
use super::rng::Rng;

/// The purpose of streams of random numbers about rows.
const ROWS: u64 = 3;

/// Writes all rows of a call, but not those of the metrics, which are about many calls.
pub(super) fn write(call: &Call, seed: u64, number: u64, book: &mut Book) {
    let rng = &mut Rng::new(seed, ROWS, number);
    service::write(call, rng, book);
    client::write(call, rng, book);
    extras::write(call, rng, book);
}

/// Writes what happened beside the calls: messages, mail, tokens.
pub(super) fn write_side(at: i64, seed: u64, number: u64, book: &mut Book) {
    side::write(at, number, &mut Rng::new(seed, side::SIDE, number), book);
}
