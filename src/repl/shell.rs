//! The state of a shell, and what happens to one request.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write, stderr, stdin, stdout};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use crate::engine::watch::Watch;
use crate::engine::{Answer, Engine, Request, Table};
use crate::error::Result;
use crate::library::{Library, check_given, declared_parameters};
use crate::output::delivery::Delivery;
use crate::output::target::{Target, Wanted, choose_format, color_of, style_of, write_to};
use crate::output::{Format, Style, write, write_error};
use crate::render::render_all;
use crate::source::Source;

use super::running::{self, CtrlC, statistics};
use super::{Flow, command, pager};

/// The name of the last result as a table.
pub(super) const LAST: &str = "It";
/// Drawn tables stop at this many rows on a terminal, and say so; `.rows` changes it.
const DRAWN_ROWS: usize = 200;
/// The same where a pager shows them.
const PAGED_ROWS: usize = 5000;

/// A running shell.
pub struct Shell {
    /// The open data.
    pub engine: Arc<Engine>,
    /// Runs the requests.
    pub runtime: Arc<Runtime>,
    /// The canned queries.
    pub library: Library,
    /// The clock and the parameters.
    pub request: Request,
    /// How answers are written.
    pub format: &'static Format,
    /// Where the next answer goes.
    pub target: Target,
    /// Whether to say how long it took.
    pub timing: bool,
    /// Whether to say what was read.
    pub stats: bool,
    /// Whether high answers go to a pager.
    pub pager: bool,
    /// How wide answers may be, and whether charts are drawn.
    pub wanted: Wanted,
    /// The most rows of a table to draw on a terminal, if that was said.
    pub chosen_rows: Option<Option<usize>>,
    /// What a mistake does to a shell that reads from a pipe.
    pub on_error: OnError,
    /// Whether what is typed is remembered.
    pub history: History,
    /// The last request that was run: what a line that starts with `|` goes on with.
    pub last: String,
    /// The last result table.
    pub(super) it: Option<Table>,
    /// Results under names.
    pub(super) kept: BTreeMap<String, Table>,
    /// The exit code of the worst mistake so far.
    pub(super) worst: u8,
}

/// What a mistake does to a shell that reads from a pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnError {
    /// It ends.
    Stop,
    /// It says so and goes on.
    Go,
}

/// Whether the shell keeps what was typed for the next time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum History {
    /// In a file.
    Kept,
    /// Not beyond its end.
    Forgotten,
}

impl Shell {
    /// A shell over open data.
    pub fn new(engine: Arc<Engine>, runtime: Arc<Runtime>, library: Library, format: &'static Format) -> Shell {
        Shell {
            engine,
            runtime,
            library,
            request: Request::default(),
            format,
            target: Target::Stdout,
            timing: false,
            stats: false,
            pager: true,
            wanted: Wanted::default(),
            chosen_rows: None,
            on_error: OnError::Stop,
            history: History::Kept,
            last: String::new(),
            it: None,
            kept: BTreeMap::new(),
            worst: 0,
        }
    }

    /// Runs a command of the shell or a request.
    pub(super) fn run(&mut self, text: &str) -> Result<Flow> {
        if let Some((command, rest)) = command::find(text) {
            return (command.run)(self, rest);
        }
        if let Some(error) = command::unknown(text) {
            return Err(error);
        }
        let text = match text.trim_start().strip_prefix('|') {
            Some(rest) if !self.last.is_empty() => format!("{}\n|{rest}", self.last.trim_end().trim_end_matches(';')),
            _ => text.to_owned(),
        };
        let flow = self.query("request", &text, &[])?;
        self.last = text;
        Ok(flow)
    }

    /// Makes a text the last request, to go on with or to edit again.
    pub(super) fn remember(&mut self, text: &str) {
        self.last = text.to_owned();
    }

    /// Runs a request with some parameters more than those that are set, and writes its answer.
    pub(super) fn query(&mut self, name: &str, text: &str, parameters: &[(String, String)]) -> Result<Flow> {
        let format = match &self.target {
            Target::Stdout => self.format,
            file => choose_format(None, file)?,
        };
        check_given(text, parameters)?;
        let request = self.request_for(text, parameters);
        let source = Source::new(name, text);
        let watch = request.watch.clone();
        let started = Instant::now();
        let delivery = Delivery::exports();
        let answer = self.answer(&source, Request { outlet: delivery.outlet(), ..request })?;
        let taken = started.elapsed();
        warn(&answer, &source);
        self.it = answer.tables.last().cloned();
        let target = std::mem::replace(&mut self.target, Target::Stdout);
        self.write(&answer, format, &target, Some(taken))?;
        let mut notes = String::new();
        if self.stats {
            notes.push_str(&format!("{}\n", statistics(&watch.readings(), self.engine.take_peak_memory())));
        }
        if self.timing {
            notes.push_str(&format!("time: {:.1} ms\n", taken.as_secs_f64() * 1000.0));
        }
        // Standard error may be closed; that is no reason to stop.
        let _ = stderr().write_all(notes.as_bytes());
        Ok(Flow::Go)
    }

    /// The clock and the parameters of a request. The shell's own values are for every request, so those that a
    /// request does not declare are left out.
    fn request_for(&self, text: &str, parameters: &[(String, String)]) -> Request {
        let mut request = Request { watch: Watch::default(), ..self.request.clone() };
        let declared = declared_parameters(text);
        request.parameters.retain(|(known, _)| {
            declared.iter().any(|parameter| parameter.name == *known)
                && parameters.iter().all(|(name, _)| name != known)
        });
        request.parameters.extend_from_slice(parameters);
        request
    }

    fn answer(&self, source: &Source, request: Request) -> Result<Answer> {
        // What was held before does not count.
        self.engine.take_peak_memory();
        running::run(&self.runtime, self.view()?, source, request, self.ctrl_c())
    }

    /// What Ctrl-C does to a request.
    pub(super) fn ctrl_c(&self) -> CtrlC {
        if stdin().is_terminal() { CtrlC::StopsRequest } else { CtrlC::EndsProgram }
    }

    /// Runs a request without writing its answer or keeping it.
    pub(super) fn run_quietly(&self, text: &str, watch: &Watch) -> Result<Answer> {
        let request = Request { watch: watch.clone(), ..self.request_for(text, &[]) };
        self.answer(&Source::new("request", text), request)
    }

    /// How answers look at the target.
    pub(super) fn style(&self) -> Style {
        let style = style_of(&self.target, &self.wanted);
        // Files and pipes get all rows; the limit is for eyes.
        let eyes = self.target == Target::Stdout && stdout().is_terminal();
        Style { rows: self.rows().filter(|_| eyes), ..style }
    }

    /// The data with the kept results as tables of it.
    pub(super) fn view(&self) -> Result<Arc<Engine>> {
        let last = self.it.iter().map(|table| (LAST.to_owned(), table.clone()));
        let kept = self.kept.iter().map(|(name, table)| (name.clone(), table.clone()));
        Ok(Arc::new(self.engine.with_tables(kept.chain(last))?))
    }

    /// The names of the kept results, that of the last one included.
    pub(super) fn kept_names(&self) -> Vec<String> {
        self.it.iter().map(|_| LAST.to_owned()).chain(self.kept.keys().cloned()).collect()
    }

    /// The plan of a request.
    pub(super) fn plan(&self, text: &str) -> Result<String> {
        let request = self.request_for(text, &[]);
        self.runtime.block_on(self.view()?.explain(&Source::new("request", text), &request))
    }

    /// The most rows of a table to draw on a terminal.
    pub(super) fn rows(&self) -> Option<usize> {
        self.chosen_rows.unwrap_or(Some(if self.pager { PAGED_ROWS } else { DRAWN_ROWS }))
    }

    /// Writes an answer to its target; on a terminal by way of the pager, if there is more than fits.
    fn write(&self, answer: &Answer, format: &Format, target: &Target, taken: Option<Duration>) -> Result<()> {
        let eyes = *target == Target::Stdout && stdout().is_terminal();
        let style = style_of(target, &self.wanted);
        if !eyes {
            // Files and pipes get all rows; the limit is for eyes.
            return write_to(answer, format, &style, target);
        }
        let mut text = Vec::new();
        write(answer, format, &Style { rows: self.rows(), taken, ..style }, &mut text)?;
        pager::show(&text, self.pager)
    }

    /// Shows a listing as an answer is shown.
    pub(super) fn show(&mut self, table: Table) -> Result<Flow> {
        let answer = Answer { tables: vec![table], ..Answer::default() };
        self.write(&answer, self.format, &Target::Stdout, None)?;
        Ok(Flow::Go)
    }

    /// Shows a result that was there before, at the target of the next answer.
    pub(super) fn show_result(&mut self, table: Table) -> Result<Flow> {
        let format = match &self.target {
            Target::Stdout => self.format,
            file => choose_format(None, file)?,
        };
        let answer = Answer { tables: vec![table], ..Answer::default() };
        let target = std::mem::replace(&mut self.target, Target::Stdout);
        self.write(&answer, format, &target, None)?;
        Ok(Flow::Go)
    }

    /// Prints text.
    pub(super) fn say(&self, text: &str) -> Result<Flow> {
        let mut out = stdout();
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(write_error)?;
        Ok(Flow::Go)
    }

    /// Prints text, page by page where it is long.
    pub(super) fn page(&self, text: &str) -> Result<Flow> {
        if !stdout().is_terminal() {
            return self.say(text);
        }
        pager::show(text.as_bytes(), self.pager)?;
        Ok(Flow::Go)
    }
}

/// Prints the warnings of an answer on standard error.
pub fn warn(answer: &Answer, source: &Source) {
    if !answer.warnings.is_empty() {
        // Standard error may be closed; that is no reason to stop.
        let _ = stderr().write_all(render_all(&answer.warnings, source, color_of(&stderr())).as_bytes());
    }
}
