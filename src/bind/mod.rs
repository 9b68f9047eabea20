//! Tree to core: the last place a user can be wrong. Names are looked up, types worked out, sugar taken apart.

mod aggregate;
mod arithmetic;
mod call;
mod columns;
mod command;
mod convert;
mod entity;
mod env;
mod expression;
mod fold;
mod function;
mod membership;
mod named;
mod naming;
mod operators;
mod option;
mod pattern;
mod plugins;
mod restrict;
mod result;
mod several;
mod source;
mod statement;
pub mod suggest;
mod table;

use crate::catalog::Catalog;
use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{Column, ColumnId, Rel, WindowCall, settle};
use crate::span::Span;
use crate::stored::{StoredFunction, StoredFunctions};
use crate::syntax::ast;
use crate::value::Value;

pub use command::{Compression, Export, ExportFormat, Headers};
use env::Env;
pub use option::{Demands, Meaning, OPTIONS, pinned_now, time_limit};

/// What a request is bound with.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// What `now()` gives, in nanoseconds since 1970.
    pub now: i64,
    /// Values of query parameters, as text.
    pub parameters: Vec<(String, String)>,
    /// Answers to questions that an earlier run asked.
    pub facts: Vec<Fact>,
    /// The stored functions.
    pub functions: StoredFunctions,
    /// Whether commands may write files.
    pub writing: bool,
}

/// What the data says about a question: some operators (`bag_unpack`, `pivot`) have columns that depend on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// The question.
    pub question: Rel,
    /// Its rows.
    pub rows: Vec<Vec<Value>>,
}

/// A bound request.
#[derive(Clone, Debug, Default)]
pub struct Bound {
    /// One result per tabular or scalar expression statement. Empty when something is wrong.
    pub results: Vec<Output>,
    /// What is wrong or doubtful.
    pub diagnostics: Vec<Diagnostic>,
    /// What has to be known of the data before the request can be bound: run these, and bind again with the answers
    /// among the facts. Without data (in an editor) the columns behind such an operator are just not known.
    pub questions: Vec<Rel>,
    /// What the request allows for its answer.
    pub demands: Demands,
    /// What becomes of the stored functions.
    pub changes: Vec<Change>,
}

/// What a command does to the stored functions.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// Adds or replaces one.
    Store(Box<StoredFunction>),
    /// Removes one.
    Drop(String),
}

impl Change {
    /// Carries it out.
    pub fn apply(&self, functions: &mut StoredFunctions) {
        match self {
            Change::Store(function) => functions.insert((**function).clone()),
            Change::Drop(name) => functions.remove(name),
        }
    }
}

/// One result of a request.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// `PrimaryResult`, or the name given with `as`.
    pub name: String,
    /// What computes it; its columns are the result's.
    pub rel: Rel,
    /// What `render` asked for.
    pub chart: Option<Chart>,
    /// The files it is to be written to.
    pub export: Option<Export>,
}

/// A `render` request.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// `timechart`, `piechart`, …
    pub kind: String,
    /// `title`, `xcolumn`, … in the order written, values as text.
    pub properties: Vec<(String, String)>,
}

/// Binds a request against a catalog. When a diagnostic is an error, `results` is empty.
pub fn bind(query: &ast::Query, catalog: &dyn Catalog, options: &Options) -> Bound {
    let mut binder = Binder::new(catalog, options);
    let results = binder.bind_query(query);
    let demands = binder.demands();
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    for diagnostic in binder.diagnostics {
        // A `let` table is bound at each use, so one mistake in it is found several times.
        if !diagnostics.contains(&diagnostic) {
            diagnostics.push(diagnostic);
        }
    }
    let results = if diagnostics.iter().any(Diagnostic::is_error) { Vec::new() } else { results };
    let results = if binder.questions.is_empty() { results } else { Vec::new() };
    let changes = if results.is_empty() { Vec::new() } else { binder.changes };
    Bound { results, diagnostics, questions: binder.questions, demands, changes }
}

/// The state of one binding run.
struct Binder<'a> {
    catalog: &'a dyn Catalog,
    options: &'a Options,
    diagnostics: Vec<Diagnostic>,
    next_id: u32,
    next_shared: u32,
    /// Calls of tabular functions with constants, bound so far.
    called: Vec<named::Called<'a>>,
    /// How many functions and sub-queries deep the binder is.
    depth: usize,
    /// Window functions met in the expressions of the operator at hand, in layers: a later layer reads an earlier one.
    windows: Vec<Vec<(Column, WindowCall)>>,
    /// What has to be asked of the data before binding can go on.
    questions: Vec<Rel>,
    /// What `set` statements say.
    settings: option::Settings,
    /// The names of stored functions: what their bodies see.
    root: Env<'a>,
    /// The functions that see those names and whose bodies are being bound.
    active: Vec<&'a ast::Function>,
    /// The stored functions that are being looked at, to tell whether they give tables.
    looked: std::cell::RefCell<Vec<*const ast::Function>>,
    /// Other names of the database that the data is.
    aliases: Vec<String>,
    /// What commands do to the stored functions.
    changes: Vec<Change>,
}

/// Functions and sub-queries inside each other; more is taken for endless recursion.
const MOST_DEPTH: usize = 60;

impl<'a> Binder<'a> {
    fn new(catalog: &'a dyn Catalog, options: &'a Options) -> Self {
        Binder {
            catalog,
            options,
            diagnostics: Vec::new(),
            next_id: 0,
            next_shared: 0,
            called: Vec::new(),
            depth: 0,
            windows: Vec::new(),
            questions: Vec::new(),
            settings: option::Settings::default(),
            root: options.functions.iter().fold(Env::default(), |env, function| {
                env.with(&function.name, env::Binding::Function(&function.function, Env::default()))
            }),
            active: Vec::new(),
            looked: std::cell::RefCell::default(),
            aliases: Vec::new(),
            changes: Vec::new(),
        }
    }

    fn report(&mut self, diagnostic: Diagnostic) {
        self.diagnostics.push(diagnostic);
    }

    fn error(&mut self, code: Code, span: Span, message: impl Into<String>) {
        self.report(Diagnostic::error(code, span, message));
    }

    /// The rows of a relation, if they are known already; otherwise it becomes a question.
    fn ask(&mut self, question: Rel) -> Option<&'a [Vec<Value>]> {
        let options = self.options;
        if let Some(fact) = options.facts.iter().find(|fact| fact.question == question) {
            return Some(&fact.rows);
        }
        if !self.questions.contains(&question) {
            self.questions.push(question);
        }
        None
    }

    /// Runs one level deeper, or reports that it is too deep.
    fn deeper<T>(&mut self, span: Span, f: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.depth >= MOST_DEPTH {
            self.error(Code::InvalidValue, span, format!("functions are nested more than {MOST_DEPTH} deep"));
            return None;
        }
        self.depth += 1;
        let result = f(self);
        self.depth -= 1;
        Some(result)
    }

    /// The results with every table that has a name either in its places, or shared.
    fn settled(&mut self, mut results: Vec<Output>) -> Vec<Output> {
        let rels = results.iter_mut().map(|output| std::mem::replace(&mut output.rel, statement::one_row())).collect();
        let next_id = &mut self.next_id;
        let rels = settle(rels, &mut || {
            *next_id += 1;
            ColumnId(*next_id)
        });
        for (output, rel) in results.iter_mut().zip(rels) {
            output.rel = rel;
        }
        results
    }

    fn bind_query(&mut self, query: &'a ast::Query) -> Vec<Output> {
        let (_, mut results) = self.bind_statements(query, self.root.clone());
        if self.settings.described {
            for output in &mut results {
                output.chart = None;
                output.rel = self.schema_rows(&output.rel.columns());
            }
        }
        self.check_columns(&results);
        // One row more tells that there are too many.
        let most = self.demands().rows.map(|rows| rows.saturating_add(1));
        if let Some(count) = self.settings.most_rows.into_iter().chain(most).min() {
            for output in results.iter_mut().filter(|output| output.export.is_none()) {
                let rel = std::mem::replace(&mut output.rel, statement::one_row());
                output.rel = Rel::Limit { input: Box::new(rel), count };
            }
        }
        self.settled(results)
    }
}
