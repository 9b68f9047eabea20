//! Sources as they are typed: patterns become the files that fit, and `-` what comes from standard input.

use std::io::{IsTerminal, stdin};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use calypso::{Error, Result};
use tempfile::TempDir;

use super::complain;

/// What standard input becomes, so that it can be read twice and in any form; removed when the program ends.
static INPUT: OnceLock<TempDir> = OnceLock::new();

/// Whether standard input was read for something else.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Notes that standard input is read for something else.
pub(super) fn take_input() {
    TAKEN.store(true, Ordering::Relaxed);
}

/// Refuses what cannot be looked at again and again.
pub(super) fn check_lasting(typed: &[PathBuf]) -> Result<()> {
    let passes = |source: &&PathBuf| {
        let text = source.to_string_lossy();
        text == "-" || (is_pattern(&text) && !source.exists())
    };
    match typed.iter().find(passes) {
        Some(source) => {
            Err(Error::Usage(format!("`{}` is looked up once: --follow needs files or folders", source.display())))
        }
        None => Ok(()),
    }
}

/// The files and folders that are meant.
pub(super) fn sources(typed: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for source in typed {
        let text = source.to_string_lossy();
        if text == "-" {
            found.push(standard_input()?);
        } else if is_pattern(&text) && !source.exists() {
            found.extend(matching(&text)?);
        } else {
            found.push(source.clone());
        }
    }
    Ok(found)
}

/// Whether a text may stand for several files. Addresses have question marks of their own.
fn is_pattern(text: &str) -> bool {
    !text.contains("://") && text.contains(['*', '?', '['])
}

fn matching(pattern: &str) -> Result<Vec<PathBuf>> {
    let wrong = |reason: String| Error::Usage(format!("{pattern}: {reason}"));
    let paths = glob::glob(pattern).map_err(|error| wrong(error.msg.to_owned()))?;
    let mut found = Vec::new();
    for path in paths {
        found.push(path.map_err(|error| Error::io(error.path().to_owned(), error.into()))?);
    }
    if found.is_empty() { Err(wrong("no file fits".to_owned())) } else { Ok(found) }
}

/// Keeps standard input in a file.
fn standard_input() -> Result<PathBuf> {
    let file = |folder: &TempDir| folder.path().join("standard-input");
    if let Some(folder) = INPUT.get() {
        return Ok(file(folder));
    }
    if TAKEN.load(Ordering::Relaxed) {
        return Err(Error::Usage("standard input cannot be both the request and the data".to_owned()));
    }
    if stdin().is_terminal() {
        complain("reading logs from the terminal; end them with Ctrl-D\n");
    }
    let io = |cause| Error::io(Path::new("standard input"), cause);
    let folder = tempfile::tempdir().map_err(io)?;
    let path = file(&folder);
    let mut kept = std::fs::File::create(&path).map_err(io)?;
    std::io::copy(&mut stdin().lock(), &mut kept).map_err(io)?;
    let _ = INPUT.set(folder);
    Ok(path)
}

/// Removes what was kept.
pub(super) fn forget() {
    if let Some(folder) = INPUT.get() {
        let _ = std::fs::remove_dir_all(folder.path());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_told_from_addresses() {
        assert!(is_pattern("logs/*.json") && is_pattern("a?.csv"));
        assert!(!is_pattern("https://host/x?sig=*") && !is_pattern("logs/a.json"));
    }
}
