//! Runs every page under `tests/lang`.

use libtest_mimic::Trial;

/// Whether expectations are rewritten instead of compared.
pub(crate) fn blessing() -> bool {
    std::env::var("BLESS").is_ok_and(|value| value == "1")
}

/// One test per case of a page.
pub(crate) fn trials() -> Vec<Trial> {
    Vec::new()
}
