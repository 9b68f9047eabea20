//! The shell: requests and commands from a terminal or, one after the other, from standard input.

mod command;
mod complete;
mod editor;
mod highlight;
mod pager;
mod piped;
mod running;
mod shell;

use std::io::{IsTerminal, Write, stderr, stdin};

use crate::error::{Error, Result};
use crate::output::target::color_of;
use crate::script::{Block, BlockKind, blocks};

pub use running::{CtrlC, look_on};
pub use shell::{History, Shell, warn};

/// Whether the shell goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// It waits for the next request.
    Go,
    /// It ends.
    Quit,
}

/// Runs a shell until its input ends: with an editor on a terminal, else request by request as they come. Gives the
/// exit code.
pub fn run(shell: Shell) -> Result<u8> {
    if stdin().is_terminal() {
        return editor::edit(shell).map(|()| 0);
    }
    piped::run_piped(shell)
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
