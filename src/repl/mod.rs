//! The shell: requests and commands from a terminal or, one block after the other, from standard input.

mod command;
mod complete;
mod editor;
mod highlight;
mod shell;

use std::io::{IsTerminal, Read, Write, stderr, stdin};

use crate::error::{Error, Result};
use crate::output::target::color_of;
use crate::script::{Block, BlockKind, blocks};

pub use shell::{Shell, warn};

/// Whether the shell goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// It waits for the next request.
    Go,
    /// It ends.
    Quit,
}

/// Runs a shell until its input ends: with an editor on a terminal, else block by block up to the first error.
pub fn run(mut shell: Shell) -> Result<()> {
    if stdin().is_terminal() {
        return editor::edit(shell);
    }
    let mut text = String::new();
    stdin().read_to_string(&mut text).map_err(|cause| Error::io("standard input", cause))?;
    for block in requests(&text) {
        if shell.run(&block.text)? == Flow::Quit {
            break;
        }
    }
    Ok(())
}

/// Whether a text is a command of the shell: a dot and a word that the shell knows.
pub fn is_command(text: &str) -> bool {
    command::find(text).is_some()
}

/// The requests and commands of a text.
fn requests(text: &str) -> Vec<Block> {
    let mut blocks = blocks(text, is_command);
    blocks.retain(|block| block.kind != BlockKind::Comment);
    blocks
}

/// Prints an error; the shell goes on.
fn complain(error: &Error) {
    // Standard error may be closed; that is no reason to stop.
    let _ = stderr().write_all(error.render(color_of(&stderr())).as_bytes());
}
