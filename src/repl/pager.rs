//! Text that is higher than the terminal, shown page by page.

use std::io::{Write, stdout};
use std::process::{Command, Stdio};

use crate::error::Result;
use crate::output::write_error;

/// What shows pages where `$PAGER` does not say.
const PAGER: &str = "less -SRFX";

/// Shows text on the terminal: with the pager when it is higher than the terminal and paging is wanted.
pub(super) fn show(text: &[u8], wanted: bool) -> Result<()> {
    let lines = text.iter().filter(|byte| **byte == b'\n').count();
    let height = crossterm::terminal::size().map_or(usize::MAX, |(_, height)| usize::from(height));
    if !(wanted && lines + 1 > height && page(text)) {
        let mut out = stdout();
        out.write_all(text).and_then(|()| out.flush()).map_err(write_error)?;
    }
    Ok(())
}

/// Whether there was a pager that took the text.
fn page(text: &[u8]) -> bool {
    let chosen = std::env::var("PAGER").ok().filter(|pager| !pager.trim().is_empty());
    let chosen = chosen.unwrap_or_else(|| PAGER.to_owned());
    let mut words = chosen.split_whitespace();
    let Some(program) = words.next() else { return false };
    let mut command = Command::new(program);
    if std::env::var_os("LESS").is_none() {
        // What `less` needs for colors and lines that are not folded, also when `$PAGER` only says `less`.
        command.env("LESS", "SRFX");
    }
    let Ok(mut pager) = command.args(words).stdin(Stdio::piped()).spawn() else { return false };
    if let Some(mut input) = pager.stdin.take() {
        // Who leaves the pager early has seen enough.
        let _ = input.write_all(text);
    }
    pager.wait().is_ok()
}
