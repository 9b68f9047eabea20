//! The house rules, as tests.

use std::path::{Path, PathBuf};

use libtest_mimic::Trial;

use crate::{root, trial};

/// One test per rule.
pub(crate) fn trials() -> Vec<Trial> {
    vec![trial("tidy: every file says what it is for", every_file_has_a_header)]
}

fn every_file_has_a_header() {
    let bare: Vec<String> =
        sources().into_iter().filter(|(_, text)| !text.starts_with("//! ")).map(|(p, _)| p).collect();
    assert!(bare.is_empty(), "these files do not start with `//! `: {bare:#?}");
}

/// Every Rust file of the package with its path from the root, in order.
fn sources() -> Vec<(String, String)> {
    let mut files = Vec::new();
    for folder in ["src", "tests"] {
        collect(&root().join(folder), &mut files);
    }
    files.sort();
    let named = |path: PathBuf| {
        let name = path.strip_prefix(root()).unwrap().display().to_string();
        (name, std::fs::read_to_string(&path).unwrap())
    };
    files.into_iter().map(named).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}
