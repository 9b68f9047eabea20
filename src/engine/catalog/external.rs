//! Which files beside the tables a request may read: those that were allowed outright, and no others.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::catalog::{NO_FILES, NO_SUCH_FILE, file_path};

/// The file of an address, if it lies inside of what is allowed once links and `..` are followed.
pub(super) fn file(allowed: &[PathBuf], address: &str) -> Result<PathBuf, String> {
    let real = inside(allowed, address)?;
    if real.is_file() { Ok(real) } else { Err("this is no file".into()) }
}

/// The file of an address, or those of a folder and below it, the newest last.
pub(super) fn files(allowed: &[PathBuf], address: &str) -> Result<Vec<PathBuf>, String> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    let mut waiting = vec![inside(allowed, address)?];
    while let Some(path) = waiting.pop() {
        // Links may lead around in a circle.
        if !seen.insert(path.clone()) {
            continue;
        }
        if path.is_file() {
            let changed = path.metadata().and_then(|facts| facts.modified()).ok();
            found.push((changed, path));
            continue;
        }
        for entry in std::fs::read_dir(&path).into_iter().flatten().flatten() {
            // A link may lead anywhere.
            waiting.extend(inside(allowed, &entry.path().to_string_lossy()).ok());
        }
    }
    found.sort();
    Ok(found.into_iter().map(|(_, path)| path).collect())
}

/// What an address names, if it lies inside of what is allowed.
fn inside(allowed: &[PathBuf], address: &str) -> Result<PathBuf, String> {
    if allowed.is_empty() {
        return Err(NO_FILES.to_owned());
    }
    // Whether a file exists is nobody's business outside of what is allowed, so it is one message for both.
    let real = file_path(address)?.canonicalize().map_err(|_| NO_SUCH_FILE.to_owned())?;
    let is_inside = allowed.iter().any(|allowed| real.starts_with(allowed));
    if is_inside { Ok(real) } else { Err(NO_SUCH_FILE.to_owned()) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    /// A folder `in` that is allowed, beside a file that is not.
    fn folders() -> (tempfile::TempDir, Vec<PathBuf>) {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(root.path().join("in/deep")).unwrap();
        std::fs::create_dir_all(root.path().join("inner")).unwrap();
        for file in ["in/a b.csv", "in/deep/c.csv", "out.csv", "inner/d.csv"] {
            std::fs::write(root.path().join(file), "1\n").unwrap();
        }
        let allowed = vec![root.path().join("in").canonicalize().unwrap()];
        (root, allowed)
    }

    #[test]
    fn what_is_inside_is_found() {
        let (root, allowed) = folders();
        let text = root.path().to_string_lossy();
        for address in
            [format!("{text}/in/a b.csv"), format!("{text}/in/deep/../a b.csv"), format!("file://{text}/in/a%20b.csv")]
        {
            assert_eq!(file(&allowed, &address).unwrap(), allowed[0].join("a b.csv"), "{address}");
        }
    }

    #[test]
    fn nothing_leads_outside() {
        let (root, allowed) = folders();
        let text = root.path().to_string_lossy();
        #[cfg(unix)]
        std::os::unix::fs::symlink(root.path().join("out.csv"), root.path().join("in/link.csv")).unwrap();
        let outside =
            ["out.csv", "in/../out.csv", "in/link.csv", "inner/d.csv", "in/none.csv", "in", "in/%2e%2e/out.csv"];
        for address in outside {
            assert!(file(&allowed, &format!("{text}/{address}")).is_err(), "{address}");
            assert!(file(&allowed, &format!("file://{text}/{address}")).is_err(), "{address}");
        }
        for address in ["https://example.org/a.csv", "file://host/a.csv", "abfss://x", "file:///%zz", ""] {
            assert!(file(&allowed, address).is_err(), "{address}");
        }
        assert!(file(&[], &format!("{text}/in/a b.csv")).is_err());
    }
}
