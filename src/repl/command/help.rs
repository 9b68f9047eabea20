//! `.help`

use crate::error::{Error, Result};
use crate::library::Library;
use crate::repl::Flow;
use crate::repl::shell::Shell;
use crate::support;

use super::{COMMANDS, command_row};

/// The overview, or what is known about a name.
pub(super) fn help(shell: &mut Shell, rest: &str) -> Result<Flow> {
    let text = if rest.is_empty() { overview() } else { about(rest, &shell.library)? };
    shell.page(&text)
}

fn overview() -> String {
    let mut text = String::from(
        "A request is run when it is whole; end a line with `|` or `;`, or press Alt-Enter, to go on with the next\n\
         line. A line that starts with `|` goes on with the last request. The last result is the table `It`. Tab\n\
         completes, Ctrl-R searches what was typed before, Ctrl-C stops a running request. `.help NAME` tells more.\n\n",
    );
    for command in COMMANDS {
        let usage = format!("{} {}", command.name, command.arguments);
        text.push_str(&format!("  {usage:<30} {}\n", command.summary));
    }
    text
}

fn about(name: &str, library: &Library) -> Result<String> {
    let mut text = String::new();
    if let Some(row) = command_row(name) {
        text.push_str(&format!("{} {}\n  {}\n", row.name, row.arguments, row.summary));
        if !row.details.is_empty() {
            text.push_str(&format!("  {}\n", row.details));
        }
        if !row.aliases.is_empty() {
            text.push_str(&format!("  also {}\n", row.aliases.join(", ")));
        }
    }
    text.push_str(&support::about(name).unwrap_or_default());
    if let Ok(query) = library.find(name) {
        text.push_str(&format!("{}\n  {}\n", query.name, query.title));
        for parameter in query.parameters() {
            let default =
                parameter.default.as_ref().map_or("must be given".to_owned(), |text| format!("default {text}"));
            text.push_str(&format!("  {}=<{}>  {default}\n", parameter.name, parameter.ty));
        }
    }
    if text.is_empty() {
        return Err(Error::Usage(format!("nothing is known about `{name}`: `.help` lists the commands")));
    }
    Ok(text)
}
