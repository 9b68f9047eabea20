//! The state of a shell, and what happens to one request.

use std::io::{IsTerminal, Write, stderr, stdout};
use std::sync::Arc;
use std::time::Instant;

use tokio::runtime::Runtime;

use crate::engine::{Answer, Engine, Request, Table};
use crate::error::{Error, Result};
use crate::library::{Library, check_given, declared_parameters};
use crate::output::export::write_exports;
use crate::output::target::{Target, Wanted, choose_format, color_of, style_of, write_to};
use crate::output::{Format, Style, write_error};
use crate::render::render_all;
use crate::source::Source;

use super::{Flow, command};

/// Drawn tables stop at this many rows on a terminal, and say so; `.rows` changes it.
const DRAWN_ROWS: usize = 200;

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
    /// How wide answers may be, and whether charts are drawn.
    pub wanted: Wanted,
    /// The most rows of a table to draw on a terminal.
    pub rows: Option<usize>,
    /// The last request that was run: what a line that starts with `|` goes on with.
    pub last: String,
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
            wanted: Wanted::default(),
            rows: Some(DRAWN_ROWS),
            last: String::new(),
        }
    }

    /// Runs a command of the shell or a request.
    pub(super) fn run(&mut self, text: &str) -> Result<Flow> {
        if let Some((command, rest)) = command::find(text) {
            return (command.run)(self, rest);
        }
        let text = match text.trim_start().strip_prefix('|') {
            Some(rest) if !self.last.is_empty() => format!("{}\n|{rest}", self.last.trim_end().trim_end_matches(';')),
            _ => text.to_owned(),
        };
        let flow = self.query("request", &text, &[])?;
        self.last = text;
        Ok(flow)
    }

    /// Runs a request with some parameters more than those that are set, and writes its answer.
    pub(super) fn query(&mut self, name: &str, text: &str, parameters: &[(String, String)]) -> Result<Flow> {
        let format = match &self.target {
            Target::Stdout => self.format,
            file => choose_format(None, file)?,
        };
        check_given(text, parameters)?;
        let mut request = self.request.clone();
        // The shell's own values are for every request, so those that a request does not declare are left out.
        let declared = declared_parameters(text);
        request.parameters.retain(|(known, _)| {
            declared.iter().any(|parameter| parameter.name == *known)
                && parameters.iter().all(|(name, _)| name != known)
        });
        request.parameters.extend_from_slice(parameters);
        let source = Source::new(name, text);
        let started = Instant::now();
        let answer = write_exports(self.answer(&source, request)?)?;
        let taken = started.elapsed();
        warn(&answer, &source);
        let seen = self.target == Target::Stdout && stdout().is_terminal();
        let style = Style { taken: seen.then_some(taken), ..self.style() };
        write_to(&answer, format, &style, &std::mem::replace(&mut self.target, Target::Stdout))?;
        if self.timing {
            // Standard error may be closed; that is no reason to stop.
            let _ = writeln!(stderr(), "time: {:.1} ms", taken.as_secs_f64() * 1000.0);
        }
        Ok(Flow::Go)
    }

    /// Runs a request on the runtime, so that Ctrl-C is heard however busy it is.
    fn answer(&self, source: &Source, request: Request) -> Result<Answer> {
        let engine = Arc::clone(&self.engine);
        let asked = source.clone();
        self.runtime.block_on(async move {
            let mut running = tokio::spawn(async move { engine.query(&asked, &request).await });
            tokio::select! {
                done = &mut running => done.map_err(|error| Error::Engine(error.to_string()))?,
                _ = tokio::signal::ctrl_c() => {
                    running.abort();
                    Err(Error::Cancelled("cancelled".to_owned()))
                }
            }
        })
    }

    /// How a request would be run.
    pub(super) fn explain(&self, text: &str) -> Result<String> {
        self.runtime.block_on(self.engine.explain(&Source::new("request", text), &self.request))
    }

    /// How answers look at the target.
    pub(super) fn style(&self) -> Style {
        let style = style_of(&self.target, &self.wanted);
        // Files and pipes get all rows; the limit is for eyes.
        let eyes = self.target == Target::Stdout && stdout().is_terminal();
        Style { rows: self.rows.filter(|_| eyes), ..style }
    }

    /// Shows a listing as an answer is shown.
    pub(super) fn show(&mut self, table: Table) -> Result<Flow> {
        let answer = Answer { tables: vec![table], ..Answer::default() };
        let style = Style { rows: None, ..self.style() };
        write_to(&answer, self.format, &style, &Target::Stdout)?;
        Ok(Flow::Go)
    }

    /// Prints text.
    pub(super) fn say(&self, text: &str) -> Result<Flow> {
        let mut out = stdout();
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(write_error)?;
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
