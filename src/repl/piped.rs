//! A shell whose input is a pipe or a file: each request is answered as soon as it is known to be whole, so that
//! another program can hold a conversation.

use std::io::{BufRead, stdin};

use crate::error::{Error, Result};
use crate::script::{is_request, is_whole};

use super::shell::{OnError, Shell};
use super::{Flow, command, complain};

/// Runs what comes: a command of the shell at the end of its line; a request at the empty line behind it, or where
/// the input ends. Declarations stay with what follows them. Gives the exit code.
pub(super) fn run_piped(mut shell: Shell) -> Result<u8> {
    let mut block = String::new();
    for line in stdin().lock().lines() {
        let line = line.map_err(|cause| Error::io("standard input", cause))?;
        let is_command = command::find(&line).is_some() || command::unknown(&line).is_some();
        if is_command && !is_request(&block) {
            if take(&mut shell, &line)? == Flow::Quit {
                return Ok(shell.worst);
            }
            block.clear();
            continue;
        }
        let is_blank = line.trim().is_empty();
        block.push_str(&line);
        block.push('\n');
        if is_blank && is_whole(&block) {
            let flow = take(&mut shell, &block)?;
            block.clear();
            if flow == Flow::Quit {
                return Ok(shell.worst);
            }
        }
    }
    if is_request(&block) {
        take(&mut shell, &block)?;
    }
    Ok(shell.worst)
}

/// Runs a request or command; what goes wrong ends the shell, or is only said.
fn take(shell: &mut Shell, text: &str) -> Result<Flow> {
    match shell.run(text.trim_end()) {
        Ok(flow) => Ok(flow),
        // Nobody reads the answers any more.
        Err(error @ Error::Io { .. }) => Err(error),
        Err(error) if shell.on_error == OnError::Stop => Err(error),
        Err(error) => {
            complain(&error);
            shell.worst = shell.worst.max(error.exit_code());
            Ok(Flow::Go)
        }
    }
}
