//! The writing side of the log: names for drafts, one record that makes them count, and the removal of what is over.

use std::collections::HashSet;
use std::fs::{File, create_dir_all, remove_file, rename};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use serde_json::{Value, json};

use super::each_on;
use super::layout::{Layout, stem, sync_folder};
use super::ledger::{Entry, Ledger};
use crate::engine::catalog::log::{
    Commit, FileFacts, HIDDEN, LOG, READERS, Snapshot, commit_path, read_json, state_path,
};
use crate::engine::catalog::table_files;
use crate::error::{Error, Result};

/// Commits between two states.
const COMMITS_PER_STATE: u64 = 20;

/// Threads that wait for the disk: what is asked for at once is written at once.
const SYNCERS: usize = 32;

/// What is committed, and what is known of the sources.
pub(super) struct Log {
    snapshot: Arc<Snapshot>,
    /// The number of the last state.
    state: u64,
    pub(super) ledger: Arc<RwLock<Ledger>>,
    /// What was read since the last commit.
    read: Vec<Entry>,
}

impl Log {
    pub(super) fn open(layout: &Layout) -> Result<Log> {
        let mut ledger = Ledger::default();
        let mut commits = Vec::new();
        let read = Snapshot::read(&layout.root, &mut |commit| commits.push(commit.sources.clone()))?;
        let (snapshot, state) = read.unwrap_or_default();
        if state > 0 {
            let path = sources_path(&layout.root, state);
            let sources = read_json(&path)?;
            let sources = sources["sources"].as_array().cloned().unwrap_or_default();
            commits.insert(0, sources);
        }
        for value in commits.iter().flatten() {
            ledger.add(Entry::from_json(value).ok_or_else(|| Error::Data {
                path: layout.root.join(LOG),
                line: None,
                reason: "a source in the log is not described as it should be".to_owned(),
            })?);
        }
        Ok(Log { snapshot: Arc::new(snapshot), state, ledger: Arc::new(RwLock::new(ledger)), read: Vec::new() })
    }

    /// The committed files.
    pub(super) fn files(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot)
    }

    /// How many bytes of rejects are committed; none before the first commit.
    pub(super) fn rejects(&self) -> Option<u64> {
        (self.snapshot.version > 0).then_some(self.snapshot.rejects)
    }

    /// Notes how far a source was read, for the next commit.
    pub(super) fn note(&mut self, entry: Entry) {
        self.ledger.write().unwrap_or_else(PoisonError::into_inner).add(entry.clone());
        self.read.push(entry);
    }

    /// Makes drafts count, and what was noted last; files that are removed stay for those who read them.
    pub(super) fn commit(
        &mut self,
        layout: &Layout,
        added: Vec<FileFacts>,
        removed: Vec<String>,
        rejects: u64,
    ) -> Result<()> {
        if added.is_empty() && removed.is_empty() && self.read.is_empty() && rejects == self.snapshot.rejects {
            return Ok(());
        }
        each_on(SYNCERS, &added, |file| sync_file(&layout.draft(stem(&file.path))))?;
        name_drafts(layout, &added)?;
        let any_removed = !removed.is_empty();
        let sources = self.read.iter().map(Entry::to_json).collect();
        let commit = Commit { added, removed, sources, rejects };
        let mut snapshot = (*self.snapshot).clone();
        snapshot.apply(&commit);
        write_record(layout, &commit_path(&layout.root, snapshot.version), &commit.to_json())?;
        self.snapshot = Arc::new(snapshot);
        self.read.clear();
        if self.snapshot.version >= self.state + COMMITS_PER_STATE {
            self.write_state(layout)?;
        }
        if any_removed {
            self.clean(layout)?;
        }
        Ok(())
    }

    /// Folds all commits into one state, and removes them.
    fn write_state(&mut self, layout: &Layout) -> Result<()> {
        let version = self.snapshot.version;
        let sources: Vec<Value> =
            self.ledger.read().unwrap_or_else(PoisonError::into_inner).entries().map(Entry::to_json).collect();
        write_record(layout, &sources_path(&layout.root, version), &json!({ "sources": sources }))?;
        write_record(layout, &state_path(&layout.root, version), &self.snapshot.to_json())?;
        self.state = version;
        let folder = layout.root.join(LOG);
        for entry in std::fs::read_dir(&folder).map_err(|cause| Error::io(&folder, cause))?.flatten() {
            let name = entry.file_name();
            let number = name.to_str().and_then(|name| name.split('.').next()?.parse::<u64>().ok());
            let is_old = number.is_some_and(|number| match name.to_string_lossy().matches('.').count() {
                1 => number <= version,
                _ => number < version,
            });
            if is_old {
                remove(&entry.path())?;
            }
        }
        Ok(())
    }

    /// Removes files that no commit tells, unless somebody reads the folder, who may still need them. Drafts and keys
    /// are of no use to readers.
    pub(super) fn clean(&self, layout: &Layout) -> Result<()> {
        let stems: HashSet<&str> = self.snapshot.files.keys().map(|path| stem(path)).collect();
        for folder in [layout.drafts(), layout.all_keys()] {
            for entry in std::fs::read_dir(&folder).map_err(|cause| Error::io(&folder, cause))?.flatten() {
                if !entry.file_name().to_str().is_some_and(|name| stems.contains(name)) {
                    remove(&entry.path())?;
                }
            }
        }
        let Ok(readers) = File::open(layout.root.join(READERS)) else { return Ok(()) };
        if readers.try_lock().is_err() {
            return Ok(());
        }
        for file in table_files(&layout.root)? {
            if !file.file_stem().and_then(|name| name.to_str()).is_some_and(|name| stems.contains(name)) {
                remove(&file)?;
            }
        }
        Ok(())
    }
}

/// Makes the content of a file last.
fn sync_file(path: &Path) -> Result<()> {
    let synced = File::open(path).and_then(|file| file.sync_all());
    synced.map_err(|cause| Error::io(path, cause))
}

/// Gives drafts the names under which others find them.
fn name_drafts(layout: &Layout, added: &[FileFacts]) -> Result<()> {
    let folder_of = |file: &FileFacts| layout.root.join(&file.path).parent().unwrap_or(&layout.root).to_owned();
    let folders: HashSet<PathBuf> = added.iter().map(folder_of).collect();
    let new: Vec<&PathBuf> = folders.iter().collect();
    each_on(SYNCERS, &new, |folder| create_dir_all(folder).map_err(|cause| Error::io(folder, cause)))?;
    each_on(SYNCERS, added, |file| {
        let path = layout.root.join(&file.path);
        rename(layout.draft(stem(&file.path)), &path).map_err(|cause| Error::io(&path, cause))
    })?;
    let above: HashSet<PathBuf> =
        folders.iter().filter_map(|folder| folder.parent()).map(Path::to_owned).chain([layout.root.clone()]).collect();
    let changed: Vec<&PathBuf> = folders.union(&above).collect();
    each_on(SYNCERS, &changed, |folder| sync_folder(folder))
}

/// Writes a file of the log: it is there wholly or not at all.
fn write_record(layout: &Layout, path: &Path, value: &Value) -> Result<()> {
    let draft = layout.drafts().join("record");
    let write = || {
        let mut file = File::create(&draft)?;
        file.write_all(value.to_string().as_bytes())?;
        file.sync_all()?;
        rename(&draft, path)
    };
    write().map_err(|cause| Error::io(path, cause))?;
    sync_folder(&layout.root.join(LOG))?;
    sync_folder(&layout.root.join(HIDDEN))
}

fn sources_path(root: &Path, version: u64) -> PathBuf {
    root.join(LOG).join(format!("{version:08}.sources.json"))
}

/// Removes a file that may be gone.
fn remove(path: &Path) -> Result<()> {
    match remove_file(path) {
        Err(cause) if cause.kind() != ErrorKind::NotFound => Err(Error::io(path, cause)),
        _ => Ok(()),
    }
}
