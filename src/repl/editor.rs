//! The line editor: history, completion, colors, hints, and when Enter runs what was typed.

use std::borrow::Cow;
use std::io::stdout;
use std::path::PathBuf;
use std::sync::Arc;

use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter};
use rustyline::history::FileHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Cmd, CompletionType, Config, Context, Editor, Helper, KeyEvent};

use tokio::runtime::Runtime;

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::library::Library;
use crate::output::target::color_of;
use crate::render::Color;
use crate::script::{Progress, progress};

use super::command::{self, Takes};
use super::complete::values::Values;
use super::complete::{Known, complete, operator_syntax, signature};
use super::highlight::highlight;
use super::running::listen;
use super::shell::{History, Shell};
use super::{Flow, complain, is_command};

const PROMPT: &str = "calypso> ";
/// Requests that the history keeps.
const HISTORY: usize = 5000;

/// Reads requests from the terminal until the end.
pub(super) fn edit(mut shell: Shell) -> Result<()> {
    listen(&shell.runtime);
    let mut editor = open_editor(&shell)?;
    let history = match shell.history {
        History::Kept => history_file(),
        History::Forgotten => None,
    };
    if let Some(path) = &history {
        // There is none the first time.
        let _ = editor.load_history(path);
    }
    shell.say("`.help` shows what can be typed, Ctrl-D leaves.\n")?;
    loop {
        match editor.readline(PROMPT) {
            Ok(text) if text.trim().is_empty() => {}
            Ok(text) => {
                let _ = editor.add_history_entry(text.trim_end());
                // What is pasted may hold several requests.
                match command::run_all(&mut shell, &text) {
                    Ok(Flow::Go) => {}
                    Ok(Flow::Quit) => break,
                    Err(error) => complain(&error),
                }
                if let Some(assistant) = editor.helper_mut() {
                    assistant.update(&shell)?;
                }
            }
            Err(ReadlineError::Interrupted) => {}
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(terminal_error(error)),
        }
        if let Some(path) = &history {
            // A history that cannot be kept is no reason to stop.
            let _ = editor.append_history(path);
        }
    }
    Ok(())
}

fn open_editor(shell: &Shell) -> Result<Editor<Assistant, FileHistory>> {
    let config = Config::builder()
        .completion_type(CompletionType::List)
        .max_history_size(HISTORY)
        .map_err(terminal_error)?
        .history_ignore_dups(true)
        .map_err(terminal_error)?
        .bracketed_paste(true)
        .build();
    let mut editor = Editor::with_config(config).map_err(terminal_error)?;
    editor.set_helper(Some(Assistant {
        tables: shell.engine.catalog().all_table_names(),
        engine: shell.view()?,
        runtime: Arc::clone(&shell.runtime),
        kept: shell.kept_names(),
        values: Values::default(),
        library: shell.library.clone(),
        files: FilenameCompleter::new(),
        color: color_of(&stdout()),
    }));
    editor.bind_sequence(KeyEvent::alt('\r'), Cmd::Newline);
    Ok(editor)
}

fn terminal_error(error: ReadlineError) -> Error {
    Error::io("the terminal", std::io::Error::other(error.to_string()))
}

/// `calypso/history` in the folder for the state of programs; the folder is made when it is missing.
fn history_file() -> Option<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let state = variable("XDG_STATE_HOME")
        .or_else(|| variable("HOME").map(|home| home.join(".local/state")))
        .or_else(|| variable("APPDATA"))?;
    let folder = state.join("calypso");
    std::fs::create_dir_all(&folder).ok()?;
    Some(folder.join("history"))
}

/// What helps while typing.
struct Assistant {
    engine: Arc<Engine>,
    runtime: Arc<Runtime>,
    tables: Vec<String>,
    kept: Vec<String>,
    values: Values,
    library: Library,
    files: FilenameCompleter,
    color: Color,
}

impl Assistant {
    /// Takes over what the last request changed.
    fn update(&mut self, shell: &Shell) -> Result<()> {
        self.engine = shell.view()?;
        self.kept = shell.kept_names();
        self.values.forget();
        Ok(())
    }
}

impl Helper for Assistant {}

impl Completer for Assistant {
    type Candidate = Pair;

    fn complete(&self, text: &str, at: usize, context: &Context) -> rustyline::Result<(usize, Vec<Pair>)> {
        if text.contains(' ') && command::find(text).is_some_and(|(row, _)| row.takes == Takes::File) {
            return self.files.complete(text, at, context);
        }
        let values = |request: &str, column: &str| self.values.of(&self.engine, &self.runtime, request, column);
        let keys = |request: &str, path: &str| self.values.keys(&self.engine, &self.runtime, request, path);
        let columns = |request: &str| self.values.columns(&self.engine, &self.runtime, request);
        let known = Known {
            catalog: self.engine.catalog(),
            tables: &self.tables,
            kept: &self.kept,
            library: &self.library,
            functions: &self.engine.functions(),
            values: &values,
            keys: &keys,
            columns: &columns,
        };
        let (start, candidates) = complete(text, at, &known);
        let widest = candidates.iter().map(|candidate| candidate.text.chars().count()).max().unwrap_or(0);
        let pairs = candidates.into_iter().map(|candidate| {
            let display = format!("{:<widest$}  {}", candidate.text, candidate.note);
            Pair { display: display.trim_end().to_owned(), replacement: candidate.text }
        });
        Ok((start, pairs.collect()))
    }
}

/// A hint that is only shown, never put in.
struct Shown(String);

impl Hint for Shown {
    fn display(&self) -> &str {
        &self.0
    }

    fn completion(&self) -> Option<&str> {
        None
    }
}

impl Hinter for Assistant {
    type Hint = Shown;

    fn hint(&self, text: &str, at: usize, _context: &Context) -> Option<Shown> {
        if at < text.len() {
            return None;
        }
        if let Some((row, rest)) = command::find(text).filter(|_| text.contains(' ')) {
            let wanted = rest.is_empty() && row.takes != Takes::Nothing;
            return wanted.then(|| Shown(format!("    {}: {}", row.arguments, row.summary)));
        }
        if text.starts_with('.') {
            return None;
        }
        let shown = signature(text).or_else(|| operator_syntax(text).map(str::to_owned))?;
        Some(Shown(format!("    {shown}")))
    }
}

impl Highlighter for Assistant {
    fn highlight<'l>(&self, text: &'l str, at: usize) -> Cow<'l, str> {
        match self.color {
            Color::Always if !text.starts_with('.') => Cow::Owned(highlight(text, at)),
            Color::Always | Color::Never => Cow::Borrowed(text),
        }
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _default: bool) -> Cow<'b, str> {
        match self.color {
            Color::Always => Cow::Owned(format!("\x1b[1;36m{prompt}\x1b[0m")),
            Color::Never => Cow::Borrowed(prompt),
        }
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        match self.color {
            Color::Always => Cow::Owned(format!("\x1b[90m{hint}\x1b[0m")),
            Color::Never => Cow::Borrowed(hint),
        }
    }

    fn highlight_char(&self, _text: &str, _at: usize, _kind: CmdKind) -> bool {
        self.color == Color::Always
    }
}

impl Validator for Assistant {
    fn validate(&self, context: &mut ValidationContext) -> rustyline::Result<ValidationResult> {
        Ok(match progress(context.input(), is_command) {
            Progress::Finished => ValidationResult::Valid(None),
            Progress::Open => ValidationResult::Incomplete,
        })
    }
}
