//! Which tables a folder holds: those its log tells, and every other Parquet file by where it lies.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::log::{FileFacts, LOG, Snapshot, hold, is_ours};
use super::parquet::{DataFile, Folder};
use crate::error::{Error, Result};
use crate::tables;

/// What a folder holds.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Files by table and folder.
    pub(super) tables: Vec<(String, Folder)>,
    /// Shares of the folders with a log.
    pub(super) held: Vec<File>,
    /// How many files are named by a log but not there.
    pub(super) missing: usize,
}

/// A folder with a log.
struct Logged {
    root: PathBuf,
    snapshot: Snapshot,
}

impl Logged {
    fn open(folder: &Path, found: &mut Found) -> Result<Option<Logged>> {
        if !folder.join(LOG).is_dir() {
            return Ok(None);
        }
        let held = hold(folder);
        let Some((snapshot, _)) = Snapshot::read(folder, &mut |_| {})? else { return Ok(None) };
        found.held.extend(held);
        let is_missing = |path: &&String| !folder.join(path).is_file();
        found.missing += snapshot.files.keys().filter(is_missing).count();
        let root = folder.canonicalize().map_err(|cause| Error::io(folder, cause))?;
        Ok(Some(Logged { root, snapshot }))
    }

    /// What the log says about a file.
    fn facts(&self, folder: &Path, file: &Path) -> Option<FileFacts> {
        let folder = folder.canonicalize().ok()?;
        let path = folder.strip_prefix(&self.root).ok()?.join(file.file_name()?);
        self.snapshot.files.get(&slashed(&path)).cloned()
    }
}

/// A path with `/` between its parts, whatever the system.
fn slashed(path: &Path) -> String {
    path.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/")
}

/// Finds the tables of a folder that `ingest` wrote, or that is laid out alike: `Table/day=2026-03-02/*.parquet`,
/// `Table/*.parquet`, `Table.parquet`. Names that begin with `_` or `.` are left out: they are notes, rejects, and
/// files that are still being written.
pub(super) fn parquet_tables(root: &Path) -> Result<Found> {
    let mut found = Found::default();
    let above = root.canonicalize().map_err(|cause| Error::io(root, cause))?;
    // A folder of one table, or of one of its days, counts as its log says.
    let mut log = None;
    for folder in above.ancestors().skip(1).take(2) {
        log = log.or(Logged::open(folder, &mut found)?);
    }
    found.missing = 0;
    walk(root, root, log.as_ref(), &mut found)?;
    Ok(found)
}

/// The Parquet files below a folder that are named as ours, whether or not a log tells them.
pub fn table_files(root: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let (below, here) = entries(&folder)?;
        folders.extend(below);
        files.extend(here.into_iter().filter(|file| is_ours(file)));
    }
    Ok(files)
}

fn walk(root: &Path, folder: &Path, log: Option<&Logged>, found: &mut Found) -> Result<()> {
    let own = Logged::open(folder, found)?;
    let log = own.as_ref().or(log);
    let (folders, files) = entries(folder)?;
    for path in files {
        let facts = log.and_then(|log| log.facts(folder, &path));
        if facts.is_none() && log.is_some() && is_ours(&path) {
            continue;
        }
        let table = facts.as_ref().map_or_else(|| table_of(root, folder, &path), |facts| facts.table.clone());
        let file = DataFile { path, facts, blob: None };
        let known = found.tables.iter_mut().rev().find(|(name, known)| *name == table && known.path == folder);
        match known {
            Some((_, known)) => known.files.push(file),
            None => found.tables.push((table, Folder::new(folder.to_owned(), vec![file]))),
        }
    }
    folders.iter().try_for_each(|below| walk(root, below, log, found))
}

/// The folders and the Parquet files in a folder, in order of name.
fn entries(folder: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let io = |cause| Error::io(folder, cause);
    let entries = std::fs::read_dir(folder).map_err(io)?.collect::<std::io::Result<Vec<_>>>().map_err(io)?;
    let mut paths: Vec<PathBuf> =
        entries.into_iter().map(|entry| entry.path()).filter(|path| !is_hidden(path)).collect();
    paths.sort();
    let (folders, files): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| path.is_dir());
    Ok((folders, files.into_iter().filter(|file| is_parquet(file)).collect()))
}

/// Whether a file or folder is not data: its name begins with `_` or `.`.
pub fn is_hidden(path: &Path) -> bool {
    path.file_name().and_then(|name| name.to_str()).is_some_and(|name| name.starts_with(['_', '.']))
}

/// Whether a file is named as Parquet files are.
pub fn is_parquet(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("parquet"))
}

/// The table that a file belongs to: the nearest folder below the root that is not `key=value`; else the root itself
/// when the file lies in such folders only, or when the root is named like a known table; else the file's own name.
fn table_of(root: &Path, folder: &Path, file: &Path) -> String {
    let text = |name: &std::ffi::OsStr| name.to_string_lossy().into_owned();
    let below: Vec<String> = folder.strip_prefix(root).unwrap_or(folder).iter().map(text).collect();
    let root = root.canonicalize().ok().and_then(|path| path.file_name().map(text)).unwrap_or_default();
    named(&below, &root, &file.file_stem().map(text).unwrap_or_default())
}

/// The same by names: of the folders below the root, of the root, and of the file without its ending.
pub(super) fn named(below: &[String], root: &str, stem: &str) -> String {
    if let Some(name) = below.iter().rev().find(|name| !name.contains('=')) {
        return name.clone();
    }
    match below.is_empty() && tables::by_name(root).is_none() {
        true => stem.to_owned(),
        false => root.to_owned(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::log::{Commit, commit_path, new_stem};
    use super::*;

    #[test]
    fn names_come_from_folders() {
        let check = |root: &str, file: &str, table: &str| {
            let file = Path::new(root).join(file);
            assert_eq!(table_of(Path::new(root), file.parent().unwrap(), &file), table, "{root} {}", file.display());
        };
        check("/r", "T/day=2026-01-01/x.parquet", "T");
        check("/r", "T/x.parquet", "T");
        check("/r", "T.parquet", "T");
        check("/r", "a/T/x.parquet", "T");
    }

    #[test]
    fn of_our_files_only_those_of_the_log_count() {
        let root = tempfile::tempdir().unwrap();
        let data = root.path().join("data");
        std::fs::create_dir_all(data.join("T/day=2026-01-01")).unwrap();
        std::fs::create_dir_all(data.join(LOG)).unwrap();
        let names: Vec<String> = (0..2).map(|_| format!("T/day=2026-01-01/{}.parquet", new_stem())).collect();
        for name in [&names[0], &names[1], "T/own.parquet"] {
            std::fs::write(data.join(name), "").unwrap();
        }
        let facts = |path: &str| FileFacts {
            path: path.to_owned(),
            table: "T".to_owned(),
            rows: 1,
            bytes: 1,
            times: None,
            columns: Vec::new(),
        };
        let added = vec![facts(&names[0]), facts("T/gone.parquet")];
        let commit = Commit { added, ..Commit::default() };
        std::fs::write(commit_path(&data, 1), commit.to_json().to_string()).unwrap();
        // The folder itself, one above it, and those below it.
        for (opened, count) in [("data", 2), ("", 2), ("data/T", 2), ("data/T/day=2026-01-01", 1)] {
            let found = parquet_tables(&root.path().join(opened)).unwrap();
            let files = found.tables.iter().flat_map(|(_, folder)| &folder.files);
            assert_eq!(files.count(), count, "{opened}");
            // A file that lies in the opened folder itself is a table of its own name.
            assert!(found.tables.iter().any(|(name, _)| name == "T"), "{opened}");
        }
        assert_eq!(parquet_tables(&data).unwrap().missing, 1);
    }
}
