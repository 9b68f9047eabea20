//! Core to DataFusion to batches: opens data, runs requests.

pub mod aggregates;
pub mod answer;
pub mod catalog;
mod coded;
mod corrections;
mod counted;
pub mod dynamic;
mod explain;
mod expression;
mod external;
mod fold;
mod grace;
mod grouping;
pub mod kernels;
mod limits;
mod merge_order;
pub mod outlet;
mod patterns;
mod plan;
mod properties;
mod ready;
mod session;
mod shared;
mod sketch;
mod soft_limit;
mod sorting;
pub mod types;
pub mod watch;
pub mod windows;

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use datafusion::arrow::datatypes::{DataType, Field, SchemaRef};
use datafusion::arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::common::runtime::SpawnedTask;
use datafusion::common::{DataFusionError, ScalarValue};
use datafusion::physical_plan::{collect, execute_stream};
use futures::StreamExt;
use futures::future::BoxFuture;
use tokio::task::JoinSet;

pub use answer::{Answer, Chart, Table};
pub use outlet::Outlet;
pub use session::Limits;

use crate::bind::{self, Bound, Change, Fact, Options};
use crate::catalog::Catalog;
use crate::diagnostic::Diagnostic;
use crate::error::{Error, Result};
use crate::ir::{ColumnId, Op, Rel, Scalar, settle};
use crate::source::Source;
use crate::stored::StoredFunctions;
use crate::syntax;
use crate::types::Type;
use crate::value::Value;
pub use catalog::DataCatalog;
use outlet::{Heading, Taken};
use session::Sessions;
use shared::SharedTables;
use watch::Watch;

/// How often the data may be asked about the columns of plugins before a request is given up.
const MOST_ROUNDS: usize = 20;

/// Identities of columns from here on are never given by the binder.
const FAR_IDS: u32 = 1 << 31;

/// Open data and a session to query it with. Cheap to share and to clone: many requests may run at once.
#[derive(Clone)]
pub struct Engine {
    catalog: Arc<DataCatalog>,
    sessions: Sessions,
    functions: Arc<RwLock<StoredFunctions>>,
}

/// What one request is run with.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// What `now()` gives, in nanoseconds since 1970; the clock's time when it is not set.
    pub now: Option<i64>,
    /// Values of query parameters, as text.
    pub parameters: Vec<(String, String)>,
    /// The names of the results that are wanted; all of them when there is none.
    pub results: Vec<String>,
    /// Whether commands of the request may write files. Who writes them is not the engine, but the taker behind the
    /// outlet: see `output::delivery`.
    pub writing: bool,
    /// Where rows go that are not to be held.
    pub outlet: Outlet,
    /// Sees what the request reads.
    pub watch: Watch,
}

impl Engine {
    /// An engine over open data.
    pub fn new(catalog: DataCatalog, limits: &Limits) -> Result<Engine> {
        let functions = Arc::default();
        Ok(Engine { catalog: Arc::new(catalog), sessions: Sessions::open(limits)?, functions })
    }

    /// The data.
    pub fn catalog(&self) -> &DataCatalog {
        &self.catalog
    }

    /// The stored functions, as the requests so far left them.
    pub fn functions(&self) -> StoredFunctions {
        self.functions.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The engine with stored functions of its own.
    #[must_use]
    pub fn with_functions(self, functions: StoredFunctions) -> Engine {
        Engine { functions: Arc::new(RwLock::new(functions)), ..self }
    }

    /// The engine with some tables more, which hide tables of the same name; `search` and other wildcards pass by them.
    pub fn with_tables(&self, tables: impl IntoIterator<Item = (String, Table)>) -> Result<Engine> {
        let mut catalog = DataCatalog::over(Arc::clone(&self.catalog));
        for (name, table) in tables {
            catalog.keep(&name, table)?;
        }
        Ok(Engine { catalog: Arc::new(catalog), ..self.clone() })
    }

    /// The most bytes that operators held at once since this was last asked.
    pub fn take_peak_memory(&self) -> usize {
        watch::take_peak(&self.sessions.thorough.runtime_env())
    }

    /// What is wrong or doubtful about a request, without running it.
    pub fn check(&self, source: &Source, request: &Request) -> Vec<Diagnostic> {
        match self.bind(source, request, Vec::new()) {
            Ok(bound) => bound.diagnostics,
            Err(Error::Query { diagnostics, .. }) => diagnostics,
            Err(_) => Vec::new(),
        }
    }

    /// As [`Self::check`], and keeps the stored functions that the request would make, for the requests behind it.
    pub fn rehearse(&self, source: &Source, request: &Request) -> Vec<Diagnostic> {
        let diagnostics = self.check(source, request);
        if let Ok(bound) = self.bind(source, request, Vec::new()) {
            self.keep(&bound.changes);
        }
        diagnostics
    }

    fn keep(&self, changes: &[Change]) {
        let mut functions = self.functions.write().unwrap_or_else(PoisonError::into_inner);
        changes.iter().for_each(|change| change.apply(&mut functions));
    }

    /// Runs a request, for as long as it allows itself with `set servertimeout`.
    pub async fn query(&self, source: &Source, request: &Request) -> Result<Answer> {
        // Few requests have a limit, and to parse a long one twice takes a while.
        let limit = match source.text().contains("servertimeout") {
            true => bind::time_limit(&syntax::parse(source.text()).query).and_then(|nanos| u64::try_from(nanos).ok()),
            false => None,
        };
        let Some(nanos) = limit else { return self.answer(source, request).await };
        // A task of its own, so that the clock is heard however busy it is.
        let (engine, asked, request) = (self.clone(), source.clone(), request.clone());
        // It ends with the set, so also when this request is stopped from outside.
        let mut running = JoinSet::new();
        running.spawn(async move { engine.answer(&asked, &request).await });
        match tokio::time::timeout(Duration::from_nanos(nanos), running.join_next()).await {
            Ok(Some(done)) => done.map_err(|error| Error::Engine(error.to_string()))?,
            Ok(None) => Err(Error::Engine("the request went away".to_owned())),
            Err(_) => {
                let limit = crate::value::format_timespan(i64::try_from(nanos).unwrap_or(i64::MAX));
                Err(Error::Cancelled(format!("the request took longer than its `servertimeout` of {limit}")))
            }
        }
    }

    async fn answer(&self, source: &Source, request: &Request) -> Result<Answer> {
        let request = &self.at_one_time(request);
        let mut bound = self.bind_with_data(source, request).await?;
        if !request.results.is_empty() {
            bound.results.retain(|output| request.results.contains(&output.name));
        }
        let shared = Arc::new(SharedTables::watched(&request.watch));
        let mut tables = Vec::with_capacity(bound.results.len());
        let mut bytes = 0;
        let is_only = bound.results.len() == 1;
        // What an answer may hold is only known when it is whole.
        let is_free = bound.demands.rows.is_none() && bound.demands.bytes.is_none();
        let mut early = match request.outlet.is_closed() {
            true => self.side_by_side(&bound.results, &shared),
            false => Vec::new(),
        }
        .into_iter();
        for mut output in bound.results {
            let export = output.export.take();
            let columns = output.rel.columns().into_iter().map(|column| (column.name, column.ty)).collect();
            let mut table = Table { name: output.name, columns, batches: Vec::new(), chart: output.chart };
            let taken = match export.is_some() || is_free {
                true => request.outlet.begin(&Heading { table: &table, export: export.as_ref(), is_only })?,
                false => Taken::Not,
            };
            match (taken, export) {
                (Taken::AsTheyCome, _) => table = self.deliver(output.rel, table, &shared, &request.outlet).await?,
                (Taken::Not, None) => {
                    let schema = catalog::schema_of(&table.columns);
                    let batches = match early.next() {
                        Some(task) => joined(task).await?,
                        None => self.batches(output.rel, &shared).await?,
                    };
                    table.batches = batches.iter().map(|batch| typed(&schema, batch)).collect::<Result<_>>()?;
                    limits::check(&table, &mut bytes, &bound.demands)?;
                }
                (Taken::Not, Some(_)) => return Err(Error::Usage("files cannot be written here".to_owned())),
            }
            tables.push(table);
        }
        self.keep(&bound.changes);
        Ok(Answer { tables, warnings: bound.diagnostics })
    }

    /// The rows of several results, each by a task of its own: much of the work is planning, which uses one thread.
    fn side_by_side(&self, results: &[bind::Output], shared: &Arc<SharedTables>) -> Vec<Task<Vec<RecordBatch>>> {
        if results.iter().any(|output| output.export.is_some()) {
            return Vec::new();
        }
        let start = |output: &bind::Output| {
            let (engine, rel, shared) = (self.clone(), output.rel.clone(), Arc::clone(shared));
            SpawnedTask::spawn(async move { engine.batches(rel, &shared).await })
        };
        results.iter().map(start).collect()
    }

    /// The columns of a request's last result, also where they depend on the data.
    pub async fn columns(&self, source: &Source, request: &Request) -> Result<Vec<(String, Type)>> {
        let bound = self.bind_with_data(source, &self.at_one_time(request)).await?;
        let columns = bound.results.last().map(|result| result.rel.columns()).unwrap_or_default();
        Ok(columns.into_iter().map(|column| (column.name, column.ty)).collect())
    }

    /// The request with its time fixed, so that every round of binding sees the same one.
    fn at_one_time(&self, request: &Request) -> Request {
        Request { now: Some(request.now.unwrap_or_else(clock)), ..request.clone() }
    }

    /// The bound request, after as many rounds of questions to the data as it takes.
    async fn bind_with_data(&self, source: &Source, request: &Request) -> Result<Bound> {
        let mut facts = Vec::new();
        for _ in 0..MOST_ROUNDS {
            let bound = self.bind(source, request, facts.clone())?;
            if bound.questions.is_empty() {
                return Ok(bound);
            }
            for question in bound.questions {
                let rows = self.rows(&question).await?;
                facts.push(Fact { question, rows });
            }
        }
        Err(Error::Engine("the columns of a plugin could not be settled".to_owned()))
    }

    fn bind(&self, source: &Source, request: &Request, facts: Vec<Fact>) -> Result<Bound> {
        let parsed = syntax::parse(source.text());
        let wrong = |diagnostics| Err(Error::Query { source: Box::new(source.clone()), diagnostics });
        if parsed.diagnostics.iter().any(Diagnostic::is_error) {
            return wrong(parsed.diagnostics);
        }
        let now = bind::pinned_now(&parsed.query).or(request.now).unwrap_or_else(clock);
        let parameters = request.parameters.clone();
        let options = Options { now, parameters, facts, functions: self.functions(), writing: request.writing };
        let mut bound = bind::bind(&parsed.query, self.catalog.as_ref() as &dyn Catalog, &options);
        if bound.diagnostics.iter().any(Diagnostic::is_error) {
            return wrong(bound.diagnostics);
        }
        bound.diagnostics.splice(0..0, parsed.diagnostics);
        Ok(bound)
    }

    /// Hands the rows of a relation on as they come; gives what stands for them in the answer.
    async fn deliver(&self, rel: Rel, table: Table, shared: &Arc<SharedTables>, outlet: &Outlet) -> Result<Table> {
        let schema = catalog::schema_of(&table.columns);
        let (plan, task) = self.ready(rel, shared).await?;
        let mut rows = execute_stream(plan, task)?;
        while let Some(batch) = rows.next().await {
            outlet.take(&typed(&schema, &batch?)?)?;
        }
        outlet.end().unwrap_or(Ok(table))
    }

    /// The rows of a relation, its columns in order.
    async fn batches(&self, rel: Rel, shared: &Arc<SharedTables>) -> Result<Vec<RecordBatch>> {
        let (plan, task) = self.ready(rel, shared).await?;
        Ok(collect(plan, task).await?)
    }

    /// Runs the sub-queries inside a relation and puts their answers in their place.
    fn resolve<'e>(&'e self, rel: Rel, shared: &'e Arc<SharedTables>) -> BoxFuture<'e, Result<Rel>> {
        Box::pin(async move {
            let mut found: Vec<Scalar> = Vec::new();
            rel.visit_scalars(&mut |scalar| {
                if matches!(scalar, Scalar::Subquery(..) | Scalar::InSubquery { .. }) && !found.contains(scalar) {
                    found.push(scalar.clone());
                }
            });
            if found.is_empty() {
                return Ok(rel);
            }
            let mut asked: Vec<(Rel, Task<Vec<ScalarValue>>)> = Vec::new();
            for scalar in found {
                let (Scalar::Subquery(inner, _) | Scalar::InSubquery { rel: inner, .. }) = scalar else { continue };
                if !asked.iter().any(|(known, _)| *known == *inner) {
                    let (engine, rel, shared) = (self.clone(), (*inner).clone(), Arc::clone(shared));
                    asked.push((*inner, SpawnedTask::spawn(async move { engine.first_column(rel, &shared).await })));
                }
            }
            let mut answers: Vec<(Rel, Vec<ScalarValue>)> = Vec::with_capacity(asked.len());
            for (rel, task) in asked {
                answers.push((rel, joined(task).await?));
            }
            let cells = |rel: &Rel| answers.iter().find(|(known, _)| known == rel).map_or(&[][..], |(_, cells)| cells);
            Ok(rel.map_scalars(&mut |scalar| match scalar {
                Scalar::Subquery(inner, ty) => {
                    let value =
                        cells(&inner).first().map_or_else(|| Value::missing(ty), |cell| expression::value(cell, ty));
                    Scalar::Literal(value)
                }
                Scalar::InSubquery { value, rel: inner, ignore_case } => {
                    in_list(*value, &inner, cells(&inner), ignore_case)
                }
                other => other,
            }))
        })
    }

    /// The cells of a relation, row by row.
    async fn rows(&self, rel: &Rel) -> Result<Vec<Vec<Value>>> {
        let columns = rel.columns();
        let shared = &Arc::new(SharedTables::default());
        let mut rows = Vec::new();
        // A question is asked before the binder is done with its identities, so new ones come from far off.
        let mut next_id = FAR_IDS;
        let settled = settle(vec![rel.clone()], &mut || {
            next_id += 1;
            ColumnId(next_id)
        });
        let Some(rel) = settled.into_iter().next() else { return Ok(rows) };
        for batch in self.batches(rel, shared).await? {
            for row in 0..batch.num_rows() {
                let cells = batch.columns().iter().zip(&columns);
                let cells = cells
                    .map(|(array, column)| Ok(expression::value(&ScalarValue::try_from_array(array, row)?, column.ty)));
                rows.push(cells.collect::<Result<Vec<_>>>()?);
            }
        }
        Ok(rows)
    }

    async fn first_column(&self, rel: Rel, shared: &Arc<SharedTables>) -> Result<Vec<ScalarValue>> {
        let mut cells = Vec::new();
        for batch in self.batches(rel, shared).await? {
            if let Some(column) = batch.columns().first() {
                for row in 0..batch.num_rows() {
                    cells.push(ScalarValue::try_from_array(column, row)?);
                }
            }
        }
        Ok(cells)
    }
}

/// Something that runs by itself, and stops when nobody waits for it any more.
type Task<T> = SpawnedTask<Result<T>>;

async fn joined<T: Send + 'static>(task: Task<T>) -> Result<T> {
    task.join_unwind().await.map_err(|error| Error::Engine(error.to_string()))?
}

/// The rows under the names and types of a result.
fn typed(schema: &SchemaRef, batch: &RecordBatch) -> Result<RecordBatch> {
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::clone(schema), batch.columns().to_vec(), &options)
        .map_err(|error| Error::Engine(error.to_string()))
}

/// Whether a value is among the cells of a sub-query.
fn in_list(value: Scalar, rel: &Rel, cells: &[ScalarValue], ignore_case: bool) -> Scalar {
    let ty = rel.columns().first().map_or(Type::Unknown, |column| column.ty);
    let mut items: Vec<Scalar> = vec![value];
    let found = cells.iter().map(|cell| expression::value(cell, ty)).filter(|value| !value.is_null());
    items.extend(found.map(Scalar::Literal));
    if items.len() == 1 {
        return Scalar::bool(false);
    }
    if ignore_case { Scalar::kernel("in_ci", items, Type::Bool) } else { Scalar::op(Op::InList, items, Type::Bool) }
}

/// A list of values of a type, as kernels that feed an unnesting yield it.
pub(crate) fn list_type(item: DataType) -> DataType {
    DataType::List(Arc::new(Field::new_list_field(item, true)))
}

fn clock() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)
}

impl From<DataFusionError> for Error {
    fn from(error: DataFusionError) -> Self {
        match error.find_root() {
            DataFusionError::ResourcesExhausted(message) => {
                Error::Engine(format!("the memory limit was reached: {message}"))
            }
            // What functions say of arguments that only the rows show to be wrong.
            DataFusionError::Execution(message) => Error::Usage(message.clone()),
            _ => Error::Engine(error.strip_backtrace()),
        }
    }
}
