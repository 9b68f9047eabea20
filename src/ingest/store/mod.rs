//! A folder of tables that rows are added to, all at once or not at all, and each row once.
//!
//! Rows are kept by table and day until there are enough for a file (`part`). Files are written whole under a hidden
//! name; a commit gives them their names and then writes one small record that makes them count (`commit`). What a
//! killed run leaves behind is in no record, so nobody sees it, and whoever opens the store next removes it.

mod commit;
mod compact;
mod identity;
mod keys;
mod layout;
mod ledger;
mod part;
mod rejects;
mod rewrite;
mod versions;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::fs::{File, TryLockError, create_dir_all};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use datafusion::arrow::array::RecordBatch;
use serde_json::Value;

pub(super) use self::identity::once;

use self::commit::Log;
use self::layout::{Layout, Part};
use self::ledger::{Entry, START, Standing};
use self::part::{Rows, Written, by_day, locked};
use self::rejects::Rejects;
use super::report::{Reject, Report};
use super::sink::{Begin, Complete, End, Fingerprint, Opener, Sink, Source, SourceId};
use crate::engine::catalog::log::{HIDDEN, LOG, READERS};
use crate::error::{Error, Result};

/// Bytes of rows in memory, those that are being written included.
const MOST_KEPT: usize = 256 << 20;

/// A folder of tables that is open for adding to. Only one is open for a folder at a time.
pub struct Store {
    layout: Layout,
    /// What is committed. Constant while sources are read.
    log: Mutex<Log>,
    buffers: Mutex<Buffers>,
    /// Told when something was written.
    written: Condvar,
    sources: Mutex<Vec<Option<Open>>>,
    rejects: Mutex<Rejects>,
    report: Mutex<Report>,
    most_kept: usize,
    threads: usize,
    /// Whether the store itself failed, as against a source.
    is_broken: AtomicBool,
    /// Held for as long as the store is open.
    _lock: File,
}

/// Rows in memory.
#[derive(Default)]
struct Buffers {
    parts: BTreeMap<(String, Part), Buffer>,
    /// Bytes of all of them.
    bytes: usize,
    /// Bytes that are being written.
    under_way: usize,
}

struct Buffer {
    rows: Arc<Rows>,
    batches: Vec<RecordBatch>,
    bytes: usize,
}

/// A source that is being read.
struct Open {
    source: Source,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    New,
    Grown,
    Changed,
}

impl Store {
    /// Opens a folder of tables, which is made when it is not there. Waits while another process has it open; `waits`
    /// is told before.
    pub fn open(root: &Path, waits: &dyn Fn()) -> Result<Store> {
        let layout = Layout { root: root.to_owned() };
        for folder in [layout.drafts(), layout.all_keys(), root.join(LOG)] {
            create_dir_all(&folder).map_err(|cause| Error::io(folder, cause))?;
        }
        let path = root.join(HIDDEN).join("lock");
        let open = |path: &Path| {
            let mut options = File::options();
            options.create(true).truncate(false).read(true).write(true).open(path)
        };
        let lock = open(&path).map_err(|cause| Error::io(&path, cause))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                waits();
                lock.lock().map_err(|cause| Error::io(&path, cause))?;
            }
            Err(TryLockError::Error(cause)) => return Err(Error::io(&path, cause)),
        }
        let readers = root.join(READERS);
        open(&readers).map_err(|cause| Error::io(readers, cause))?;
        let log = Log::open(&layout)?;
        log.clean(&layout)?;
        let rejects = Rejects::open(&layout, log.rejects())?;
        Ok(Store {
            layout,
            log: Mutex::new(log),
            buffers: Mutex::default(),
            written: Condvar::new(),
            sources: Mutex::default(),
            rejects: Mutex::new(rejects),
            report: Mutex::default(),
            most_kept: MOST_KEPT,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            is_broken: AtomicBool::new(false),
            _lock: lock,
        })
    }

    /// Keeps fewer or more bytes of rows in memory before some are written.
    pub fn with_most_kept(mut self, bytes: usize) -> Store {
        self.most_kept = bytes;
        self
    }

    /// Writes rows at once, for those who collect enough of them for a file by themselves.
    pub fn write_now(&self, table: &str, batches: &[RecordBatch]) -> Result<()> {
        let mut parts: BTreeMap<Part, Vec<RecordBatch>> = BTreeMap::new();
        for batch in batches {
            for (part, rows) in by_day(batch.clone())? {
                parts.entry(part).or_default().push(rows);
            }
        }
        let written = parts.into_iter().try_for_each(|(part, batches)| {
            let rows = Arc::clone(&locked(&self.buffers).part(table, part).rows);
            self.write(&rows, &batches)
        });
        self.noted(written)
    }

    /// Whether the store failed and not what was read: then nothing more can be added.
    pub fn is_broken(&self) -> bool {
        self.is_broken.load(Ordering::Relaxed)
    }

    /// Whether anything of a source was read before.
    pub fn has_read(&self, source: &str) -> bool {
        locked(&self.log).ledger.read().unwrap_or_else(PoisonError::into_inner).entry(source).is_some()
    }

    /// Notes a source that could not be read to its end.
    pub fn failed(&self, source: &str, reason: &str) {
        locked(&self.report).failed.push((source.to_owned(), reason.to_owned()));
    }

    /// Makes everything last that was added so far. No source may be open.
    pub fn commit(&self) -> Result<()> {
        self.noted(self.flush_all().and_then(|()| self.publish()))
    }

    /// Merges small files into larger ones, and makes that last.
    pub fn compact(&self) -> Result<()> {
        self.noted(self.merge_small())
    }

    /// What was done since the store was opened.
    pub fn report(&self) -> Report {
        locked(&self.report).clone()
    }

    /// Remembers that the store itself failed.
    fn noted<T>(&self, result: Result<T>) -> Result<T> {
        if result.is_err() {
            self.is_broken.store(true, Ordering::Relaxed);
        }
        result
    }

    fn publish(&self) -> Result<()> {
        let mut log = locked(&self.log);
        let mut drafts = Vec::new();
        for rows in self.all_rows() {
            drafts.append(&mut locked(&rows.drafts));
        }
        let superseded = versions::leave_latest(&self.layout, log.files(), &mut drafts)?;
        let mut report = locked(&self.report);
        for (table, count) in &superseded.new {
            if let Some(rows) = report.tables.get_mut(table) {
                *rows -= count;
            }
        }
        report.superseded += superseded.count();
        report.written += drafts.len() as u64;
        let (bytes, path) = locked(&self.rejects).settle(&self.layout)?;
        report.rejects_file = path.or(report.rejects_file.take());
        drop(report);
        log.commit(&self.layout, drafts, superseded.replaced, bytes)?;
        locked(&self.buffers).parts.retain(|_, buffer| !buffer.batches.is_empty());
        Ok(())
    }

    fn all_rows(&self) -> Vec<Arc<Rows>> {
        locked(&self.buffers).parts.values().map(|buffer| Arc::clone(&buffer.rows)).collect()
    }

    /// Writes all rows that are kept in memory.
    fn flush_all(&self) -> Result<()> {
        let full: Vec<(Arc<Rows>, Mutex<Vec<RecordBatch>>)> = {
            let mut buffers = locked(&self.buffers);
            buffers.bytes = 0;
            let mut parts: Vec<&mut Buffer> = buffers.parts.values_mut().collect();
            // What takes longest comes first, so that all threads end at about the same time.
            parts.sort_by_key(|buffer| Reverse(buffer.bytes));
            parts.into_iter().map(|buffer| (Arc::clone(&buffer.rows), Mutex::new(buffer.take()))).collect()
        };
        each_on(self.threads, &full, |(rows, batches)| {
            let batches = std::mem::take(&mut *locked(batches));
            self.write(rows, &batches)
        })
    }

    fn write(&self, rows: &Rows, batches: &[RecordBatch]) -> Result<()> {
        if batches.is_empty() {
            return Ok(());
        }
        let committed = locked(&self.log).files();
        let Written { rows: count, duplicates } = rows.write(&self.layout, &committed.files, batches)?;
        let mut report = locked(&self.report);
        report.duplicates += duplicates;
        *report.tables.entry(rows.table.clone()).or_default() += count;
        Ok(())
    }

    fn add_rows(&self, table: &str, rows: RecordBatch) -> Result<()> {
        let parts = by_day(rows)?;
        let mut buffers = locked(&self.buffers);
        for (part, rows) in parts {
            let bytes = rows.get_array_memory_size();
            let buffer = buffers.part(table, part);
            buffer.batches.push(rows);
            buffer.bytes += bytes;
            buffers.bytes += bytes;
        }
        while buffers.bytes + buffers.under_way > self.most_kept {
            // Much is being written already, and its memory is free soon.
            if buffers.under_way > 0 && buffers.bytes <= self.most_kept / 2 {
                buffers = self.written.wait(buffers).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let Some(largest) = buffers.parts.values_mut().max_by_key(|buffer| buffer.bytes) else { break };
            let (rows, bytes) = (Arc::clone(&largest.rows), largest.bytes);
            let batches = largest.take();
            buffers.bytes -= bytes;
            buffers.under_way += bytes;
            drop(buffers);
            let outcome = self.write(&rows, &batches);
            drop(batches);
            buffers = locked(&self.buffers);
            buffers.under_way -= bytes;
            self.written.notify_all();
            outcome?;
        }
        Ok(())
    }

    fn start(&self, source: &Source, open: Option<&Opener<'_>>) -> Result<Begin> {
        // Looking may read all of the source, which others need not wait for.
        let ledger = Arc::clone(&locked(&self.log).ledger);
        let standing = ledger.read().unwrap_or_else(PoisonError::into_inner).look(source, open)?;
        let (kind, from, fingerprint) = match standing {
            Standing::Known | Standing::Copy(_) => {
                // The content is the same under a new tag, by which it is known the next time.
                let mut log = locked(&self.log);
                let known = log.ledger.read().unwrap_or_else(PoisonError::into_inner).entry(&source.name).cloned();
                if let Some(entry) = known.filter(|entry| entry.tag != source.tag) {
                    log.note(Entry { tag: source.tag.clone(), ..entry });
                }
                drop(log);
                if let Standing::Copy(mark) = standing {
                    let Source { name, tag, .. } = source.clone();
                    locked(&self.log).note(Entry { name, tag, mark, complete: Complete::Whole, state: Value::Null });
                }
                locked(&self.report).known += 1;
                return Ok(Begin::Known);
            }
            Standing::New => (Kind::New, START, Box::<Fingerprint>::default()),
            Standing::Changed => (Kind::Changed, START, Box::default()),
            Standing::Grown(from, fingerprint) => (Kind::Grown, from, fingerprint),
        };
        let mut sources = locked(&self.sources);
        sources.push(Some(Open { source: source.clone(), kind }));
        Ok(Begin::Read { id: SourceId(sources.len() - 1), from, fingerprint })
    }

    fn finish(&self, id: SourceId, end: &End) {
        let Some(Open { source, kind }) = locked(&self.sources).get_mut(id.0).and_then(Option::take) else { return };
        let mark = match end.complete {
            Complete::Whole | Complete::Growing => end.fingerprint.mark(),
            Complete::Lines => end.fingerprint.mark_at_line(),
        };
        let mut log = locked(&self.log);
        let before = log.ledger.read().unwrap_or_else(PoisonError::into_inner).read_to(&source.name);
        let mut report = locked(&self.report);
        report.unfinished += u64::from(end.complete == Complete::Lines);
        match kind {
            // The line that is not whole yet is still not whole.
            Kind::Grown if mark.bytes == before => return report.known += 1,
            Kind::New => {}
            Kind::Grown => report.grown += 1,
            Kind::Changed => report.changed += 1,
        }
        report.files += 1;
        report.bytes += end.bytes;
        report.repairs.merge(&end.repairs);
        report.surplus.merge(&end.surplus);
        // Without a tag a source is near, and looking at all of it again is the surer way.
        let state = source.tag.as_ref().map_or(Value::Null, |_| end.fingerprint.to_json(end.complete));
        log.note(Entry { name: source.name, tag: source.tag, mark, complete: end.complete, state });
    }
}

impl Buffers {
    fn part(&mut self, table: &str, part: Part) -> &mut Buffer {
        let make = || Buffer {
            rows: Arc::new(Rows { table: table.to_owned(), part, drafts: Mutex::default() }),
            batches: Vec::new(),
            bytes: 0,
        };
        self.parts.entry((table.to_owned(), part)).or_insert_with(make)
    }
}

impl Buffer {
    fn take(&mut self) -> Vec<RecordBatch> {
        self.bytes = 0;
        std::mem::take(&mut self.batches)
    }
}

impl Sink for Store {
    fn begin(&self, source: &Source, open: Option<&Opener<'_>>) -> Result<Begin> {
        self.start(source, open)
    }

    fn rows(&self, _: SourceId, table: &str, rows: RecordBatch) -> Result<()> {
        self.noted(self.add_rows(table, rows))
    }

    fn reject(&self, _: SourceId, reject: Reject) -> Result<()> {
        let added = locked(&self.rejects).add(&reject);
        locked(&self.report).reject(reject);
        self.noted(added)
    }

    fn end(&self, source: SourceId, end: End) -> Result<()> {
        self.finish(source, &end);
        Ok(())
    }
}

/// Does something with each item, on several threads; gives the first error.
fn each_on<T: Sync>(threads: usize, items: &[T], work: impl Fn(&T) -> Result<()> + Sync) -> Result<()> {
    let next = AtomicUsize::new(0);
    let outcome = Mutex::new(Ok(()));
    let run = || {
        while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
            if let Err(error) = work(item) {
                next.store(items.len(), Ordering::Relaxed);
                *locked(&outcome) = Err(error);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.min(items.len()) {
            scope.spawn(run);
        }
        run();
    });
    outcome.into_inner().unwrap_or_else(PoisonError::into_inner)
}
