//! The log of a folder of tables: which files make it up, told by commits of which each holds wholly or not at all.
//!
//! ```text
//! calypso-data/
//!   ACSCallSummary/day=2026-03-02/calypso-….parquet   rows
//!   _calypso/log/00000012.json                        a commit: what was added and removed
//!   _calypso/log/00000010.state.json                  all of it up to there, so that older commits may go
//!   _calypso/log/00000010.sources.json                likewise what was read, which only `ingest` asks for
//!   _calypso/keys/…                                   hashes of rows, for `ingest`
//!   _calypso/lock, _calypso/readers                   held by who writes, and by who reads
//! ```
//!
//! A file named as `ingest` names them counts only when a commit lists it; any other Parquet file in the folder counts
//! by being there.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use crate::types::Type;

/// The folder of everything that is not rows.
pub const HIDDEN: &str = "_calypso";

/// The folder of the commits.
pub const LOG: &str = "_calypso/log";

/// The file that readers hold a share of, so that what they read is not removed.
pub const READERS: &str = "_calypso/readers";

/// How names of data files begin, before 32 hexadecimal digits.
const PREFIX: &str = "calypso-";

/// A Parquet file of a table.
#[derive(Clone, Debug, PartialEq)]
pub struct FileFacts {
    /// Where it is, from the folder of the tables, set apart by `/`.
    pub path: String,
    /// Its table.
    pub table: String,
    /// How many rows it has.
    pub rows: u64,
    /// How many bytes it takes.
    pub bytes: u64,
    /// The earliest and latest `TimeGenerated`, in nanoseconds since 1970.
    pub times: Option<(i64, i64)>,
    /// Its columns that the table does not declare.
    pub columns: Vec<(String, Type)>,
}

/// All files of a folder, as of one commit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshot {
    /// The number of the last commit.
    pub version: u64,
    /// The files by path.
    pub files: BTreeMap<String, FileFacts>,
    /// How many bytes of the file of rejects count.
    pub rejects: u64,
}

/// One commit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Commit {
    /// Files that are new.
    pub added: Vec<FileFacts>,
    /// Paths of files that no longer count.
    pub removed: Vec<String>,
    /// What `ingest` notes about the sources that were read.
    pub sources: Vec<Value>,
    /// How many bytes of the file of rejects count.
    pub rejects: u64,
}

/// Whether a file is named as data files of `ingest` are.
pub fn is_ours(path: &Path) -> bool {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| stem.strip_prefix(PREFIX));
    stem.is_some_and(|digits| digits.len() == 32 && digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// A new name for a data file, without its ending.
pub fn new_stem() -> String {
    format!("{PREFIX}{}", uuid::Uuid::new_v4().simple())
}

impl Snapshot {
    /// What a folder holds as of its newest commit; `None` when it has no log. `each` is shown every commit that is
    /// read on the way.
    pub fn read(root: &Path, each: &mut dyn FnMut(&Commit)) -> Result<Option<(Snapshot, u64)>> {
        // A commit may be folded into a state while it is looked for; then the list is old.
        for _ in 0..TRIES {
            let Some((states, commits)) = list(root)? else { return Ok(None) };
            match read_listed(root, states.last().copied(), &commits) {
                Ok((snapshot, read, base)) => {
                    read.iter().for_each(&mut *each);
                    return Ok(Some((snapshot, base)));
                }
                Err(Error::Io { cause, .. }) if cause.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Err(wrong(&root.join(LOG), "the log changes faster than it can be read"))
    }

    /// Adds what a commit tells.
    pub fn apply(&mut self, commit: &Commit) {
        self.version += 1;
        for path in &commit.removed {
            self.files.remove(path);
        }
        self.files.extend(commit.added.iter().map(|file| (file.path.clone(), file.clone())));
        self.rejects = commit.rejects;
    }

    /// As text, to be read instead of the commits so far.
    pub fn to_json(&self) -> Value {
        let files: Vec<Value> = self.files.values().map(FileFacts::to_json).collect();
        json!({ "version": self.version, "files": files, "rejects": self.rejects })
    }

    fn from_json(value: &Value) -> Option<Snapshot> {
        let files = value["files"].as_array()?.iter().map(FileFacts::from_json).collect::<Option<Vec<_>>>()?;
        Some(Snapshot {
            version: value["version"].as_u64()?,
            files: files.into_iter().map(|file| (file.path.clone(), file)).collect(),
            rejects: value["rejects"].as_u64()?,
        })
    }
}

impl Commit {
    /// As text.
    pub fn to_json(&self) -> Value {
        let added: Vec<Value> = self.added.iter().map(FileFacts::to_json).collect();
        json!({ "added": added, "removed": self.removed, "sources": self.sources, "rejects": self.rejects })
    }

    fn from_json(value: &Value) -> Option<Commit> {
        let removed = value["removed"].as_array()?.iter().map(|path| Some(path.as_str()?.to_owned()));
        Some(Commit {
            added: value["added"].as_array()?.iter().map(FileFacts::from_json).collect::<Option<_>>()?,
            removed: removed.collect::<Option<_>>()?,
            sources: value["sources"].as_array()?.clone(),
            rejects: value["rejects"].as_u64()?,
        })
    }
}

impl FileFacts {
    fn to_json(&self) -> Value {
        let columns: Map<String, Value> =
            self.columns.iter().map(|(name, ty)| (name.clone(), Value::from(ty.name()))).collect();
        let times = self.times.map(|(from, to)| vec![from, to]);
        json!({
            "path": self.path, "table": self.table, "rows": self.rows, "bytes": self.bytes, "times": times,
            "columns": columns,
        })
    }

    fn from_json(value: &Value) -> Option<FileFacts> {
        let times = match value["times"].as_array().map(Vec::as_slice) {
            Some([from, to]) => Some((from.as_i64()?, to.as_i64()?)),
            _ => None,
        };
        let columns = value["columns"].as_object()?.iter();
        Some(FileFacts {
            path: value["path"].as_str()?.to_owned(),
            table: value["table"].as_str()?.to_owned(),
            rows: value["rows"].as_u64()?,
            bytes: value["bytes"].as_u64()?,
            times,
            columns: columns
                .map(|(name, ty)| Some((name.clone(), Type::parse(ty.as_str()?)?)))
                .collect::<Option<_>>()?,
        })
    }
}

/// How often reading begins anew when the log moves on.
const TRIES: usize = 100;

/// Numbers of states and of commits, in order; `None` without a log.
type Listed = Option<(Vec<u64>, Vec<u64>)>;

fn list(root: &Path) -> Result<Listed> {
    let folder = root.join(LOG);
    let entries = match std::fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(cause) if cause.kind() == ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(Error::io(folder, cause)),
    };
    let (mut states, mut commits) = (Vec::new(), Vec::new());
    for entry in entries {
        let name = entry.map_err(|cause| Error::io(&folder, cause))?.file_name();
        let Some((number, kind)) = name.to_str().and_then(|name| name.split_once('.')) else { continue };
        let Ok(number) = number.parse() else { continue };
        match kind {
            "json" => commits.push(number),
            "state.json" => states.push(number),
            _ => {}
        }
    }
    states.sort_unstable();
    commits.sort_unstable();
    Ok(if states.is_empty() && commits.is_empty() { None } else { Some((states, commits)) })
}

fn read_listed(root: &Path, state: Option<u64>, commits: &[u64]) -> Result<(Snapshot, Vec<Commit>, u64)> {
    let mut snapshot = match state {
        Some(version) => {
            let path = state_path(root, version);
            Snapshot::from_json(&read_json(&path)?).ok_or_else(|| wrong(&path, "not a state of the log"))?
        }
        None => Snapshot::default(),
    };
    let base = snapshot.version;
    let mut read = Vec::new();
    for version in commits.iter().filter(|version| **version > base) {
        let path = commit_path(root, *version);
        if *version != snapshot.version + 1 {
            return Err(Error::io(commit_path(root, snapshot.version + 1), ErrorKind::NotFound.into()));
        }
        let commit = Commit::from_json(&read_json(&path)?).ok_or_else(|| wrong(&path, "not a commit"))?;
        snapshot.apply(&commit);
        read.push(commit);
    }
    Ok((snapshot, read, base))
}

/// Where a commit is.
pub fn commit_path(root: &Path, version: u64) -> PathBuf {
    root.join(LOG).join(format!("{version:08}.json"))
}

/// Where a state is.
pub fn state_path(root: &Path, version: u64) -> PathBuf {
    root.join(LOG).join(format!("{version:08}.state.json"))
}

/// Reads a file of the log.
pub fn read_json(path: &Path) -> Result<Value> {
    let bytes = std::fs::read(path).map_err(|cause| Error::io(path, cause))?;
    serde_json::from_slice(&bytes).map_err(|error| wrong(path, &error.to_string()))
}

fn wrong(path: &Path, reason: &str) -> Error {
    Error::Data { path: path.to_owned(), line: None, reason: reason.to_owned() }
}

/// Holds a share of a folder for as long as it is read, so that files that a newer commit removes stay until then.
/// `None` where there is no log, or where nothing can be held.
pub fn hold(root: &Path) -> Option<File> {
    let file = File::open(root.join(READERS)).ok()?;
    // Without a share the worst is a file that is gone when a query opens it, which is then told.
    file.lock_shared().ok().map(|()| file)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn file(path: &str) -> FileFacts {
        let columns = vec![("x".to_owned(), Type::Dynamic)];
        FileFacts { path: path.to_owned(), table: "T".to_owned(), rows: 1, bytes: 2, times: Some((3, 4)), columns }
    }

    fn write(root: &Path, version: u64, commit: &Commit) {
        std::fs::create_dir_all(root.join(LOG)).unwrap();
        std::fs::write(commit_path(root, version), commit.to_json().to_string()).unwrap();
    }

    fn read(root: &Path) -> Option<(u64, Vec<String>)> {
        let (snapshot, _) = Snapshot::read(root, &mut |_| {}).unwrap()?;
        Some((snapshot.version, snapshot.files.into_keys().collect()))
    }

    #[test]
    fn the_newest_commit_counts() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        assert_eq!(read(root), None);
        write(root, 1, &Commit { added: vec![file("a"), file("b")], ..Commit::default() });
        let second = Commit { added: vec![file("c")], removed: vec!["a".to_owned()], ..Commit::default() };
        write(root, 2, &second);
        assert_eq!(read(root), Some((2, vec!["b".to_owned(), "c".to_owned()])));
        let (snapshot, _) = Snapshot::read(root, &mut |_| {}).unwrap().unwrap();
        assert_eq!(snapshot.files["c"], file("c"));
        std::fs::write(state_path(root, 2), snapshot.to_json().to_string()).unwrap();
        std::fs::remove_file(commit_path(root, 1)).unwrap();
        write(root, 3, &Commit { added: vec![file("d")], ..Commit::default() });
        assert_eq!(read(root), Some((3, vec!["b".to_owned(), "c".to_owned(), "d".to_owned()])));
        std::fs::write(commit_path(root, 4), "{\"added\":").unwrap();
        assert!(Snapshot::read(root, &mut |_| {}).is_err());
    }

    #[test]
    fn our_names_are_told() {
        assert!(is_ours(Path::new("a").join(new_stem()).with_extension("parquet").as_path()));
        assert!(!is_ours(Path::new("part-0.parquet")) && !is_ours(Path::new("calypso-1.parquet")));
    }
}
