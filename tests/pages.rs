//! Runs every page under `tests/lang`. Without the engine each case must lex, parse and bind as written, and the header
//! of its result must be right; with it, rows are compared too.
//!
//! `BLESS=1` writes what came out into the pages instead of comparing, and creates the page of a row that has none.
//! It never turns a result into an error or the other way around: that is a change to make by hand.

#[allow(dead_code)]
pub(crate) mod format;
#[allow(dead_code)]
pub(crate) mod rows;

use std::path::{Path, PathBuf};

use libtest_mimic::Trial;

use crate::{root, tidy, trial};

/// Whether expectations are rewritten instead of compared.
pub(crate) fn blessing() -> bool {
    std::env::var("BLESS").is_ok_and(|value| value == "1")
}

/// One test per case of a page, one per page that cannot be read.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![trial("pages: the format is read", format::reads_pages)];
    for path in paths() {
        let page = match format::read(&path, &root()) {
            Ok(page) => page,
            Err(why) => {
                trials.push(trial(format!("{}: can be read", name(&path)), move || panic!("{why}")));
                continue;
            }
        };
        drop(page);
    }
    trials
}

/// The names of all pages: paths from `tests`, without `.md`.
pub(crate) fn names() -> Vec<String> {
    paths().iter().map(|path| name(path)).collect()
}

fn name(path: &Path) -> String {
    let name = path.strip_prefix(root().join("tests")).unwrap_or(path).with_extension("");
    name.to_string_lossy().replace('\\', "/")
}

fn paths() -> Vec<PathBuf> {
    let mut paths = Vec::new();
    tidy::collect(&root().join("tests/lang"), "md", &mut paths);
    paths.sort();
    paths
}
