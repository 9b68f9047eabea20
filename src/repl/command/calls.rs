//! `.calls`: what was wrong with calls.

use std::io::{IsTerminal, stdout};
use std::sync::Arc;

use crate::calls::{Asked, Desk, Rules, drawn, write};
use crate::engine::watch::Watch;
use crate::error::Result;
use crate::output::target::{Target, choose_format};
use crate::repl::Flow;
use crate::repl::running::look_on;
use crate::repl::shell::Shell;

/// `.calls VIEW [CALL]…`
pub(super) fn calls(shell: &mut Shell, rest: &str) -> Result<Flow> {
    let asked = Asked::parse(rest)?;
    let format = match &shell.target {
        Target::Stdout => shell.format,
        file => choose_format(None, file)?,
    };
    let (engine, library, now) = (Arc::clone(&shell.engine), shell.library.clone(), shell.request.now);
    let (question, watch) = (asked.clone(), Watch::default());
    let seen = watch.clone();
    let work = async move {
        let desk = Desk { engine: &engine, library: &library, rules: Rules::default(), now, watch: &seen };
        desk.ask(&question).await
    };
    let answer = look_on(&shell.runtime, &watch, shell.ctrl_c(), work)?;
    let style = shell.style();
    let target = std::mem::replace(&mut shell.target, Target::Stdout);
    if target == Target::Stdout && format.name == "table" && stdout().is_terminal() {
        return shell.page(&drawn(&asked, &answer, &style)?);
    }
    write(&asked, &answer, format, &style, &target)?;
    Ok(Flow::Go)
}
