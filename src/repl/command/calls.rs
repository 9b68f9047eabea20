//! `.calls`: what was wrong with calls.

use crate::calls::{Asked, Desk, Rules, write};
use crate::error::Result;
use crate::output::target::{Target, choose_format};
use crate::repl::Flow;
use crate::repl::shell::Shell;

/// `.calls VIEW [CALL]…`
pub(super) fn calls(shell: &mut Shell, rest: &str) -> Result<Flow> {
    let asked = Asked::parse(rest)?;
    let format = match &shell.target {
        Target::Stdout => shell.format,
        file => choose_format(None, file)?,
    };
    let desk = Desk { engine: &shell.engine, library: &shell.library, rules: Rules::default(), now: shell.request.now };
    let answer = shell.runtime.block_on(desk.ask(&asked))?;
    let style = shell.style();
    let target = std::mem::replace(&mut shell.target, Target::Stdout);
    write(&asked, &answer, format, &style, &target)?;
    Ok(Flow::Go)
}
