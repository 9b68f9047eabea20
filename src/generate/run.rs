//! Draws the calls in parallel, and hands their rows on day by day, so that memory is bounded.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::{AsArray, RecordBatch, UInt32Array};
use datafusion::arrow::compute::{concat_batches, take_record_batch};
use datafusion::arrow::datatypes::{Schema, TimestampNanosecondType};
use datafusion::arrow::error::ArrowError;

use super::book::{Book, Leaf, TableAt};
use super::call::{Call, SECOND};
use super::raw::{self, Piece, Soundness, WrappingDef};
use super::rhythm::Rhythm;
use super::rng::Rng;
use super::rows::metrics::Tally;
use super::rows::{write, write_side};
use super::scenario::{SCENARIOS, Scenario};
use super::sketch::Sketch;
use crate::error::{Error, Result};
use crate::ingest::store::Store;
use crate::tables::TABLES;
use crate::value::NANOS_PER_DAY;
use crate::words::counted;

/// What is to be made.
#[derive(Debug)]
pub struct Plan {
    /// How many calls, the scenarios not counted.
    pub calls: u64,
    /// The same seed gives the same rows.
    pub seed: u64,
    /// When the first call may begin, in nanoseconds since 1970.
    pub from: i64,
    /// When no call begins any more.
    pub to: i64,
    /// Calls that show one thing each; they have fixed ids and times.
    pub scenarios: Vec<&'static Scenario>,
    /// What the rows are written as.
    pub form: Form,
    /// How many threads work on it.
    pub threads: usize,
}

/// What rows are written as.
#[derive(Clone, Copy, Debug)]
pub enum Form {
    /// Tables in Parquet, as ingestion lays them out.
    Tables,
    /// Log files as people have them.
    Raw(WrappingDef, Soundness),
}

/// What was made.
#[derive(Debug, Default)]
pub struct Made {
    /// Rows by table.
    pub rows: BTreeMap<&'static str, u64>,
    /// The number of files.
    pub files: u64,
}

/// The purpose of streams of random numbers about calls.
const CALLS: u64 = 2;
/// Calls that one thread draws at a time. The rows do not depend on it; which files they are in does.
const CHUNK: u64 = 64;
/// Chunks that are drawn before rows are sorted out.
const WAVE: u64 = 4;
/// Rows of one table and day that are worth a file of their own.
const ENOUGH: usize = 131_072;
/// When the scenarios begin: 2026-03-04T10:00:00Z. Each has an hour of its own.
const SCENARIOS_AT: i64 = 1_772_618_400 * SECOND;
/// The seed of the scenarios, whatever the seed of the other calls is.
const SCENARIO_SEED: u64 = 0xca11;

/// Makes logs, and writes them into a folder, which is made when it is not there. What is there stays.
pub fn generate(plan: &Plan, into: &Path) -> Result<Made> {
    if plan.calls > 0 && plan.to <= plan.from {
        return Err(Error::Usage("the time to which calls are made must be after the one from which".to_owned()));
    }
    let store = match plan.form {
        Form::Tables => Some(Store::open(into, &|| {})?),
        Form::Raw(..) => None,
    };
    let mut run = Run {
        into,
        store,
        plan,
        pending: BTreeMap::new(),
        pieces: BTreeMap::new(),
        tally: Tally::default(),
        made: Made::default(),
    };
    run.scenarios()?;
    run.calls()?;
    let Run { mut made, store, .. } = run;
    if let Some(store) = store {
        store.commit()?;
        let report = store.report();
        made.files = report.written;
        // Of versions of a row the tables keep the latest.
        for (table, rows) in &mut made.rows {
            *rows = report.tables.get(*table).copied().unwrap_or_default();
        }
    }
    Ok(made)
}

struct Run<'p> {
    into: &'p Path,
    /// Where tables go; none for raw logs.
    store: Option<Store>,
    plan: &'p Plan,
    /// Rows that wait for more of their table and day.
    pending: BTreeMap<(TableAt, i64), Vec<RecordBatch>>,
    /// How many pieces of each table and day were written.
    pieces: BTreeMap<(TableAt, i64), u32>,
    tally: Tally,
    made: Made,
}

/// Rows of a table and day that are to be written.
struct Job {
    table: TableAt,
    day: i64,
    number: u32,
    batches: Vec<RecordBatch>,
}

impl Run<'_> {
    fn scenarios(&mut self) -> Result<()> {
        let mut book = Book::default();
        for scenario in &self.plan.scenarios {
            let call = scenario_call(scenario);
            write(&call, SCENARIO_SEED, call.start as u64, &mut book);
            self.tally.count(&call);
        }
        self.keep(book.finish()?);
        Ok(())
    }

    /// Draws calls and writes rows at the same time, so that no thread waits for another.
    fn calls(&mut self) -> Result<()> {
        let plan = self.plan;
        let rhythm = Rhythm::new(plan.from, plan.to, plan.calls);
        let chunks = plan.calls.div_ceil(CHUNK);
        let mut first = 0;
        let mut jobs = Vec::new();
        while first < chunks {
            let wave = (first..chunks.min(first + WAVE)).map(Task::Draw);
            self.work(jobs.drain(..).map(Task::Write).chain(wave).collect(), &rhythm)?;
            first += WAVE;
            // Nothing is made before its call begins, but a token or a room may be a day older.
            let next = rhythm.start(first * CHUNK, &mut Rng::new(plan.seed, CALLS, first * CHUNK));
            jobs = self.due(next.div_euclid(NANOS_PER_DAY) - 1)?;
        }
        jobs.extend(self.due(i64::MAX)?);
        self.work(jobs.drain(..).map(Task::Write).collect(), &rhythm)
    }

    fn work(&mut self, tasks: Vec<Task>, rhythm: &Rhythm) -> Result<()> {
        let (plan, into, store) = (self.plan, self.into, self.store.as_ref());
        let done = in_parallel(plan.threads, &tasks, |task| match task {
            Task::Draw(chunk) => draw(plan, rhythm, *chunk).map(Done::Drawn),
            Task::Write(job) => job.write(into, plan.form, store).map(Done::Written),
        })?;
        for done in done {
            match done {
                Done::Drawn(chunk) => {
                    self.keep(chunk.leaves);
                    self.tally.merge(chunk.tally);
                }
                Done::Written(files) => self.made.files += files,
            }
        }
        Ok(())
    }

    fn keep(&mut self, leaves: Vec<Leaf>) {
        for leaf in leaves {
            *self.made.rows.entry(TABLES[leaf.table].name).or_default() += leaf.rows.num_rows() as u64;
            self.pending.entry((leaf.table, leaf.day)).or_default().push(leaf.rows);
        }
    }

    /// The rows of the days before one, and those of other days of which there are enough.
    fn due(&mut self, before: i64) -> Result<Vec<Job>> {
        let mut book = Book::default();
        self.tally.write(before, self.plan.seed, &mut book);
        self.keep(book.finish()?);
        let is_due = |day: i64, batches: &[RecordBatch]| {
            day < before || batches.iter().map(RecordBatch::num_rows).sum::<usize>() >= ENOUGH
        };
        let mut jobs = Vec::new();
        for ((table, day), batches) in self.pending.extract_if(.., |(_, day), batches| is_due(*day, batches)) {
            let number = self.pieces.entry((table, day)).or_default();
            jobs.push(Job { table, day, number: *number, batches });
            *number += 1;
        }
        // The largest first, so that no thread is left alone with one at the end.
        jobs.sort_by_key(|job| std::cmp::Reverse(job.batches.iter().map(RecordBatch::num_rows).sum::<usize>()));
        Ok(jobs)
    }
}

/// Something that a thread can do.
enum Task {
    Draw(u64),
    Write(Job),
}

/// What came of it.
enum Done {
    Drawn(Chunk),
    Written(u64),
}

impl Job {
    fn write(&self, into: &Path, form: Form, store: Option<&Store>) -> Result<u64> {
        let table = TABLES[self.table];
        match (form, store) {
            (_, Some(store)) => store.write_now(table.name, &self.batches).map(|()| 0),
            (Form::Tables, None) => Ok(0),
            (Form::Raw(wrapping, soundness), None) => {
                let rows = sorted(&self.batches).map_err(|error| Error::Engine(error.to_string()))?;
                let piece = Piece { table, day: self.day, number: self.number, rows: &rows };
                raw::write(into, wrapping, soundness, &piece)
            }
        }
    }
}

/// All rows in the order of time; those of one time stay in theirs. Time is the first column of every table.
fn sorted(batches: &[RecordBatch]) -> Result<RecordBatch, ArrowError> {
    let schema = batches.first().map_or_else(|| Arc::new(Schema::empty()), RecordBatch::schema);
    let rows = concat_batches(&schema, batches)?;
    let times = rows.column(0).as_primitive::<TimestampNanosecondType>();
    let mut order: Vec<u32> = (0..rows.num_rows() as u32).collect();
    order.sort_by_key(|row| times.value(*row as usize));
    take_record_batch(&rows, &UInt32Array::from(order))
}

/// The rows of some calls.
struct Chunk {
    leaves: Vec<Leaf>,
    tally: Tally,
}

fn draw(plan: &Plan, rhythm: &Rhythm, chunk: u64) -> Result<Chunk> {
    let (mut book, mut tally) = (Book::default(), Tally::default());
    // Each person takes part in some forty calls.
    let people = plan.calls / 15 + 20;
    for number in chunk * CHUNK..plan.calls.min((chunk + 1) * CHUNK) {
        let rng = &mut Rng::new(plan.seed, CALLS, number);
        let start = rhythm.start(number, rng);
        let id = rng.guid();
        let call = Call::new(Sketch::draw(people, rng), id, start, plan.seed, rng);
        write(&call, plan.seed, number, &mut book);
        write_side(start, plan.seed, number, &mut book);
        tally.count(&call);
    }
    Ok(Chunk { leaves: book.finish()?, tally })
}

fn scenario_call(scenario: &Scenario) -> Call {
    let place = SCENARIOS.iter().position(|other| other.name == scenario.name).unwrap_or_default() as u64;
    let id = format!("ca11ca11-0000-4000-8000-{:012}", place + 1);
    let start = SCENARIOS_AT + place as i64 * 3600 * SECOND;
    Call::new((scenario.sketch)(), id, start, SCENARIO_SEED, &mut Rng::new(SCENARIO_SEED, CALLS, place))
}

/// Does something with each item, on some threads; the results are in the order of the items.
fn in_parallel<T: Sync, R: Send>(threads: usize, items: &[T], work: impl Fn(&T) -> Result<R> + Sync) -> Result<Vec<R>> {
    let next = AtomicUsize::new(0);
    let done: Mutex<BTreeMap<usize, Result<R>>> = Mutex::new(BTreeMap::new());
    let worker = || {
        while let Some((at, item)) =
            Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, items.get(at)?)))
        {
            let result = work(item);
            done.lock().unwrap_or_else(PoisonError::into_inner).insert(at, result);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads.min(items.len()) {
            scope.spawn(worker);
        }
        worker();
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect()
}

impl std::fmt::Display for Made {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let width = self.rows.keys().map(|name| name.len()).max().unwrap_or_default();
        for (table, rows) in &self.rows {
            writeln!(f, "{table:width$}  {rows:>10}")?;
        }
        writeln!(f, "{} in {}", counted(self.rows.values().sum(), "row"), counted(self.files, "file"))
    }
}
