//! An ingestion from its sources to the report: which files are read, in which order, and when what was read is made
//! to last.

use std::cell::Cell;
use std::collections::{HashMap, VecDeque};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::found::{Location, LogFile, Stamp};
use super::reader::{Input, Order, read_all};
use super::report::Report;
use super::rows::Foreign;
use super::sink::{Sink, Source};
use super::store::Store;
use super::veil::{self, Veiled};
use crate::error::Result;
use crate::privacy::Privacy;

/// Bytes of files that are read before what was read is made to last. A killed run loses at most so much work.
const BYTES_PER_COMMIT: u64 = 4 << 30;

/// Blobs that are fetched before they are needed: of small ones it is the waiting that takes time.
const BLOBS_AHEAD: usize = 8;

/// Bytes of a blob that may be fetched before it is needed.
const SMALL_BLOB: u64 = 8 << 20;

/// Is told how many more bytes were read.
pub type Progress = dyn Fn(u64) + Send + Sync;

/// Who is told how an ingestion goes on.
pub trait Watch {
    /// So many bytes lie ahead; what is given is told how many are read.
    fn begins(&self, bytes: u64) -> Option<Arc<Progress>>;

    /// Another ingestion has the folder open, and is waited for.
    fn waits(&self);
}

/// Nobody.
impl Watch for () {
    fn begins(&self, _: u64) -> Option<Arc<Progress>> {
        None
    }

    fn waits(&self) {}
}

/// The name of what could not be read, and why.
type Failed = (String, String);

/// Sources and the folder that they go into. It may be run again and again: each run reads what is new.
pub struct Ingestion {
    sources: Vec<Location>,
    into: PathBuf,
    /// Files as they were when they were last read, so that those that did not change since are not even opened.
    seen: HashMap<PathBuf, (u64, Option<Stamp>)>,
    /// Whether it ran before: then a source that cannot be looked into may be there again the next time.
    has_run: bool,
    /// Set when no more files are to be begun.
    stop: &'static AtomicBool,
    privacy: Privacy,
}

/// Reads logs from files, folders and object stores (by URL) and adds them to the tables of a folder, which is made
/// when it is not there.
///
/// What was read before is left out, be it whole files or single rows. Of some files at a time either all is added or
/// nothing, whatever happens meanwhile; a second run completes what a first one left undone.
pub fn ingest(sources: &[PathBuf], into: &Path) -> Result<Report> {
    static NEVER: AtomicBool = AtomicBool::new(false);
    Ingestion::new(sources, into, &NEVER)?.run(&())
}

impl Ingestion {
    /// All sources must be there. Once `stop` is set, what was read so far is made to last, and no more is read.
    pub fn new(sources: &[PathBuf], into: &Path, stop: &'static AtomicBool) -> Result<Ingestion> {
        let sources = sources.iter().map(|source| Location::parse(source)).collect::<Result<_>>()?;
        Ok(Ingestion {
            sources,
            into: into.to_owned(),
            seen: HashMap::new(),
            has_run: false,
            stop,
            privacy: Privacy::default(),
        })
    }

    /// Hides in all that is kept what is to be hidden. Columns that tables cannot do without are refused.
    pub fn with_privacy(mut self, privacy: Privacy) -> Result<Ingestion> {
        veil::check(&privacy)?;
        self.privacy = privacy;
        Ok(self)
    }

    /// Reads what is new.
    pub fn run(&mut self, watch: &dyn Watch) -> Result<Report> {
        let (files, failed) = self.changed_files()?;
        if files.is_empty() && !self.seen.is_empty() {
            return Ok(Report { failed, ..Report::default() });
        }
        let store = Store::open(&self.into, &|| watch.waits())?;
        let progress = watch.begins(files.iter().map(|file| file.bytes).sum());
        let mut rest = &files[..];
        while !rest.is_empty() && !self.stop.load(Ordering::Relaxed) {
            let (now, later) = rest.split_at(count_of_a_commit(rest));
            self.read_some(now, &store, progress.as_ref())?;
            store.commit()?;
            rest = later;
        }
        store.compact()?;
        for file in files {
            self.seen.insert(file.path, (file.bytes, file.stamp));
        }
        self.has_run = true;
        let report = store.report();
        // Where no rows were read, no names were met.
        let unmet = if report.rows() > 0 { self.privacy.unmet() } else { Vec::new() };
        let mut report = Report { hidden: self.privacy.hidden(), unmet, ..report };
        report.failed.extend(failed);
        // What failed may be there the next time.
        if !report.failed.is_empty() {
            self.seen.clear();
        }
        Ok(report)
    }

    /// The files of the sources that are not as they were, in order of name; and the sources that cannot be looked into
    /// now, which is an error the first time.
    fn changed_files(&self) -> Result<(Vec<LogFile>, Vec<Failed>)> {
        let (mut files, mut failed) = (Vec::new(), Vec::new());
        for source in &self.sources {
            let is_new = |file: &LogFile| {
                file.stamp.is_none() || self.seen.get(&file.path) != Some(&(file.bytes, file.stamp.clone()))
            };
            match source.files() {
                Ok(found) => files.extend(found.into_iter().filter(is_new)),
                Err(error) if !self.has_run => return Err(error),
                Err(error) => failed.push((source.name(), error.to_string())),
            }
        }
        Ok((files, failed))
    }

    fn read_some(&self, files: &[LogFile], store: &Store, progress: Option<&Arc<Progress>>) -> Result<()> {
        let inputs = files.iter().filter_map(|file| match file.input() {
            Ok(input) => Some(watched(input, progress)),
            Err(error) => {
                store.failed(&file.path.to_string_lossy(), &error.to_string());
                None
            }
        });
        let inputs = ahead(inputs, store).map(Ok).take_while(|_| !self.stop.load(Ordering::Relaxed));
        let veiled = Veiled::new(store, &self.privacy);
        let sink: &dyn Sink = if self.privacy.is_needed() { &veiled } else { store };
        match read_all(inputs, sink, Foreign::Reject, Order::Any) {
            // What was read of the others counts all the same.
            Err(error) if !store.is_broken() => {
                store.failed("a file", &error.to_string());
                Ok(())
            }
            outcome => outcome,
        }
    }
}

/// The same inputs, with small blobs that nobody has read begun while others are read.
fn ahead<'o>(inputs: impl Iterator<Item = Input<'o>>, store: &Store) -> impl Iterator<Item = Input<'o>> {
    let mut inputs = inputs.fuse();
    let mut ready = VecDeque::new();
    std::iter::from_fn(move || {
        while ready.len() < BLOBS_AHEAD
            && let Some(input) = inputs.next()
        {
            let Source { name, size, tag } = &input.source;
            let is_small_blob = tag.is_some() && size.is_some_and(|size| size <= SMALL_BLOB);
            ready.push_back(if is_small_blob && !store.has_read(name) { begun(input) } else { input });
        }
        ready.pop_front()
    })
}

/// An input that is opened already.
fn begun<'o>(input: Input<'o>) -> Input<'o> {
    let Input { source, path, open } = input;
    let begun = Cell::new(Some(open(0)));
    let open = move |from| match begun.take() {
        Some(begun) if from == 0 => begun,
        _ => open(from),
    };
    Input { source, path, open: Box::new(open) }
}

/// An input that tells how far it was read.
fn watched<'o>(input: Input<'o>, progress: Option<&Arc<Progress>>) -> Input<'o> {
    let Some(progress) = progress.cloned() else { return input };
    let Input { source, path, open } = input;
    let most = Arc::new(AtomicU64::new(0));
    let open = move |from| {
        let watched =
            Watched { input: open(from)?, at: from, most: Arc::clone(&most), progress: Arc::clone(&progress) };
        Ok(Box::new(watched) as Box<dyn Read>)
    };
    Input { source, path, open: Box::new(open) }
}

/// Tells how far a source was read; what is read again is not told again.
struct Watched {
    input: Box<dyn Read>,
    at: u64,
    most: Arc<AtomicU64>,
    progress: Arc<Progress>,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.at += count as u64;
        let before = self.most.fetch_max(self.at, Ordering::Relaxed);
        if let Some(more @ 1..) = self.at.checked_sub(before) {
            (self.progress)(more);
        }
        Ok(count)
    }
}

/// How many files are read before the next commit.
fn count_of_a_commit(files: &[LogFile]) -> usize {
    let mut bytes = 0;
    let within = files.iter().take_while(|file| {
        bytes += file.bytes;
        bytes <= BYTES_PER_COMMIT
    });
    within.count().max(1)
}
