//! Parquet tables of object stores, by the same rules as those of folders.

use std::collections::{BTreeMap, HashSet};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::find::named;
use super::log::{LOG, Snapshot, is_ours};
use super::parquet::{DataFile, Folder};
use crate::error::{Error, Result};
use crate::remote::{Address, Blob};

/// What a place of a store holds.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Files by table and folder.
    pub(super) tables: Vec<(String, Folder)>,
    /// How many files are named by a log but not there.
    pub(super) missing: usize,
}

/// A folder with a log.
struct Logged {
    root: String,
    snapshot: Snapshot,
}

/// Finds the tables that Parquet files of a place make up.
pub(super) fn parquet_tables(address: &Address, files: &[Blob]) -> Result<Found> {
    let logs = logs(address)?;
    let mut found = Found::default();
    for blob in files {
        let log = logs.iter().filter(|log| below(&log.root, blob.path()).is_some()).max_by_key(|log| log.root.len());
        let facts = log.and_then(|log| log.snapshot.files.get(below(&log.root, blob.path())?)).cloned();
        if facts.is_none() && log.is_some() && is_ours(Path::new(blob.path())) {
            continue;
        }
        let table = facts.as_ref().map_or_else(|| table_of(address, blob), |facts| facts.table.clone());
        let file = DataFile { path: PathBuf::from(&blob.name), facts, blob: Some(blob.clone()) };
        let folder = file.path.parent().map(Path::to_owned).unwrap_or_default();
        match found.tables.iter_mut().rev().find(|(name, known)| *name == table && known.path == folder) {
            Some((_, known)) => known.files.push(file),
            None => found.tables.push((table, Folder::new(folder, vec![file]))),
        }
    }
    let there: HashSet<&str> = files.iter().map(Blob::path).collect();
    // Logs above tell of more than what was asked for.
    for log in logs.iter().filter(|log| below(address.path(), &log.root).is_some() || log.root == address.path()) {
        let is_missing = |path: &&String| !there.contains(joined(&log.root, path).as_str());
        found.missing += log.snapshot.files.keys().filter(is_missing).count();
    }
    Ok(found)
}

/// A path as it is below a folder.
fn below<'p>(folder: &str, path: &'p str) -> Option<&'p str> {
    match folder {
        "" => Some(path),
        _ => path.strip_prefix(folder)?.strip_prefix('/'),
    }
}

fn joined(folder: &str, path: &str) -> String {
    if folder.is_empty() { path.to_owned() } else { format!("{folder}/{path}") }
}

fn table_of(address: &Address, blob: &Blob) -> String {
    let stem = Path::new(blob.path()).file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    match below(address.path(), blob.path()).map(|path| path.rsplit_once('/').map_or("", |(folder, _)| folder)) {
        Some(folder) => {
            let folders: Vec<String> = folder.split('/').filter(|name| !name.is_empty()).map(str::to_owned).collect();
            let name = address.name();
            named(&folders, name.trim_end_matches('/').rsplit('/').next().unwrap_or_default(), &stem)
        }
        None => stem,
    }
}

/// The logs at a place, below it, and in the two folders above, where the place may be a table or a day of one.
fn logs(address: &Address) -> Result<Vec<Logged>> {
    let mut files = address.below(address.path())?;
    let mut folder = address.path();
    for _ in 0..2 {
        if folder.is_empty() {
            break;
        }
        folder = folder.rsplit_once('/').map_or("", |(above, _)| above);
        files.extend(address.below(&joined(folder, LOG))?);
    }
    let mut roots: BTreeMap<String, BTreeMap<String, Blob>> = BTreeMap::new();
    for blob in files {
        let inside = format!("{LOG}/");
        let Some((root, name)) = blob.path().rsplit_once(inside.as_str()) else { continue };
        // What was read is told by the sources, and nobody here asks.
        if name.ends_with(".json") && !name.ends_with(".sources.json") {
            let root = root.trim_end_matches('/').to_owned();
            roots.entry(root).or_default().insert(name.to_owned(), blob.clone());
        }
    }
    roots.into_iter().filter_map(|(root, blobs)| read(root, &blobs).transpose()).collect()
}

/// Reads a log, by way of a copy of it.
fn read(root: String, blobs: &BTreeMap<String, Blob>) -> Result<Option<Logged>> {
    let failed = |cause| Error::io("a temporary folder", cause);
    let copy = tempfile::tempdir().map_err(failed)?;
    std::fs::create_dir_all(copy.path().join(LOG)).map_err(failed)?;
    for (name, blob) in blobs {
        let mut bytes = Vec::new();
        blob.open(0)?.read_to_end(&mut bytes).map_err(|cause| Error::io(&blob.name, cause))?;
        std::fs::write(copy.path().join(LOG).join(name), bytes).map_err(failed)?;
    }
    Ok(Snapshot::read(copy.path(), &mut |_| {})?.map(|(snapshot, _)| Logged { root, snapshot }))
}
