//! Commands that run requests from elsewhere: canned queries, files, an editor.

use std::io::Write;
use std::path::Path;
use std::process::Command as Process;

use crate::error::{Error, Result};
use crate::repl::shell::Shell;
use crate::repl::{Flow, requests};

/// What edits a text where nothing else is said.
const EDITOR: &str = "vi";

/// `.run NAME [PARAMETER=VALUE]…`
pub(super) fn run_canned(shell: &mut Shell, rest: &str) -> Result<Flow> {
    let mut words = rest.split_whitespace();
    let name = words.next().unwrap_or("");
    let text = shell.library.find(name)?.text.clone();
    let mut parameters = Vec::new();
    for word in words {
        let Some((name, value)) = word.split_once('=') else {
            return Err(Error::Usage(format!("expected PARAMETER=VALUE, found `{word}`")));
        };
        parameters.push((name.to_owned(), value.to_owned()));
    }
    shell.query(name, &text, &parameters)
}

/// `.read FILE`
pub(super) fn read(shell: &mut Shell, rest: &str) -> Result<Flow> {
    let text = std::fs::read_to_string(rest).map_err(|cause| Error::io(Path::new(rest), cause))?;
    run_all(shell, &text)
}

/// `.edit [NAME]`
pub(super) fn edit(shell: &mut Shell, rest: &str) -> Result<Flow> {
    let text = if rest.is_empty() { shell.last.clone() } else { shell.library.find(rest)?.text.clone() };
    let mut file = tempfile::Builder::new().prefix("calypso-").suffix(".kql").tempfile().map_err(editor_error)?;
    file.write_all(text.as_bytes()).map_err(editor_error)?;
    let editor = ["VISUAL", "EDITOR"].into_iter().find_map(|name| std::env::var(name).ok().filter(|it| !it.is_empty()));
    let editor = editor.unwrap_or_else(|| EDITOR.to_owned());
    let mut words = editor.split_whitespace();
    let status = Process::new(words.next().unwrap_or(EDITOR)).args(words).arg(file.path()).status();
    let status = status.map_err(|cause| Error::io(Path::new(&editor), cause))?;
    if !status.success() {
        return Err(Error::Usage(format!("`{editor}` did not end well, so nothing is run")));
    }
    let text = std::fs::read_to_string(file.path()).map_err(editor_error)?;
    shell.remember(text.trim());
    run_all(shell, &text)
}

/// Runs the requests of a text one after the other.
pub(in crate::repl) fn run_all(shell: &mut Shell, text: &str) -> Result<Flow> {
    for block in requests(text) {
        if let Flow::Quit = shell.run(&block.text)? {
            return Ok(Flow::Quit);
        }
    }
    Ok(Flow::Go)
}

fn editor_error(cause: std::io::Error) -> Error {
    Error::io(Path::new("the text to edit"), cause)
}
