//! The commands of the shell: one row each.

use std::path::Path;

use crate::calls::{Asked, Desk, Rules, write as write_calls};
use crate::catalog::Catalog;
use crate::error::{Error, Result};
use crate::functions;
use crate::library::Library;
use crate::output::listing;
use crate::output::target::{Target, choose_format};
use crate::output::{FORMATS, format};
use crate::syntax::operators::operator_row;
use crate::value::parse_datetime;

use super::shell::Shell;
use super::{Flow, requests};

/// A command of the shell.
pub(super) struct Command {
    /// Its name, dot included.
    pub(super) name: &'static str,
    /// What may follow, for the help.
    pub(super) arguments: &'static str,
    /// One sentence.
    pub(super) summary: &'static str,
    /// What it does with the rest of its line.
    pub(super) run: fn(&mut Shell, &str) -> Result<Flow>,
}

/// All commands, in the order of the help.
pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: ".help",
        arguments: "[NAME]",
        summary: "shows this list, or what is known about an operator, function, aggregate or command",
        run: help,
    },
    Command {
        name: ".tables",
        arguments: "",
        summary: "lists the tables with their rows, time range and size",
        run: tables,
    },
    Command { name: ".schema", arguments: "TABLE", summary: "lists the columns of a table", run: schema },
    Command {
        name: ".queries",
        arguments: "[WORD]",
        summary: "lists the canned queries, or those that have a word",
        run: queries,
    },
    Command { name: ".show-query", arguments: "NAME", summary: "shows the text of a canned query", run: show_query },
    Command { name: ".run", arguments: "NAME [PARAMETER=VALUE]…", summary: "runs a canned query", run: run_canned },
    Command {
        name: ".read",
        arguments: "FILE",
        summary: "runs the requests of a file, which empty lines separate",
        run: read,
    },
    Command { name: ".explain", arguments: "KQL", summary: "shows how a request would be run", run: explain },
    Command {
        name: ".format",
        arguments: "[NAME]",
        summary: "chooses how answers are written, or shows it",
        run: set_format,
    },
    Command {
        name: ".output",
        arguments: "[FILE]",
        summary: "writes the next answer to a file; its extension chooses the format",
        run: set_output,
    },
    Command {
        name: ".rows",
        arguments: "[NUMBER|all]",
        summary: "chooses how many rows of a table are drawn on a terminal, or shows it",
        run: set_rows,
    },
    Command { name: ".timing", arguments: "[on|off]", summary: "says how long each request took", run: set_timing },
    Command {
        name: ".now",
        arguments: "[TIME|off]",
        summary: "sets the time that `now()` gives, or shows it",
        run: set_now,
    },
    Command {
        name: ".param",
        arguments: "[NAME=VALUE|NAME=]",
        summary: "sets or removes a value for declared query parameters, or shows them",
        run: set_parameter,
    },
    Command { name: ".quit", arguments: "", summary: "leaves the shell; so does Ctrl-D", run: quit },
    Command {
        name: ".calls",
        arguments: "VIEW [CALL]…",
        summary: "says what was wrong with calls: search, overview, issues, timeline, compare, fleet",
        run: calls,
    },
];

/// The command that a line starts with, and the rest of the line.
pub(super) fn find(line: &str) -> Option<(&'static Command, &str)> {
    let line = line.trim();
    let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let command = COMMANDS.iter().find(|command| command.name == name)?;
    Some((command, rest.trim()))
}

fn calls(shell: &mut Shell, rest: &str) -> Result<Flow> {
    let asked = Asked::parse(rest)?;
    let format = match &shell.target {
        Target::Stdout => shell.format,
        file => choose_format(None, file)?,
    };
    let desk = Desk { engine: &shell.engine, library: &shell.library, rules: Rules::default(), now: shell.request.now };
    let answer = shell.runtime.block_on(desk.ask(&asked))?;
    let style = shell.style();
    let target = std::mem::replace(&mut shell.target, Target::Stdout);
    write_calls(&asked, &answer, format, &style, &target)?;
    Ok(Flow::Go)
}

fn quit(_shell: &mut Shell, _rest: &str) -> Result<Flow> {
    Ok(Flow::Quit)
}

fn tables(shell: &mut Shell, _rest: &str) -> Result<Flow> {
    let info = shell.engine.catalog().info()?;
    shell.show(listing::list_tables(&info)?)
}

fn schema(shell: &mut Shell, rest: &str) -> Result<Flow> {
    match shell.engine.catalog().table(rest) {
        Some(columns) => shell.show(listing::list_columns(rest, &columns)?),
        None => Err(Error::Usage(format!("no table `{rest}`: `.tables` lists what there is"))),
    }
}

fn queries(shell: &mut Shell, rest: &str) -> Result<Flow> {
    let table = listing::list_queries(&shell.library.matching(rest))?;
    shell.show(table)
}

fn show_query(shell: &mut Shell, rest: &str) -> Result<Flow> {
    let text = shell.library.find(rest)?.text.clone();
    shell.say(&text)
}

fn run_canned(shell: &mut Shell, rest: &str) -> Result<Flow> {
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

fn read(shell: &mut Shell, rest: &str) -> Result<Flow> {
    let text = std::fs::read_to_string(rest).map_err(|cause| Error::io(Path::new(rest), cause))?;
    for block in requests(&text) {
        if let Flow::Quit = shell.run(&block.text)? {
            return Ok(Flow::Quit);
        }
    }
    Ok(Flow::Go)
}

fn explain(shell: &mut Shell, rest: &str) -> Result<Flow> {
    let text = shell.explain(rest)?;
    shell.say(&text)
}

fn set_format(shell: &mut Shell, rest: &str) -> Result<Flow> {
    if rest.is_empty() {
        let names: Vec<&str> = FORMATS.iter().map(|row| row.name).collect();
        return shell.say(&format!("{} (of {})\n", shell.format.name, names.join(", ")));
    }
    let chosen = format(rest)?;
    if chosen.binary {
        return Err(Error::Usage(format!("format `{rest}` is for files: use `.output FILE.{rest}`")));
    }
    shell.format = chosen;
    Ok(Flow::Go)
}

fn set_output(shell: &mut Shell, rest: &str) -> Result<Flow> {
    shell.target = match rest {
        "" => Target::Stdout,
        path => Target::File(path.into()),
    };
    Ok(Flow::Go)
}

fn set_rows(shell: &mut Shell, rest: &str) -> Result<Flow> {
    match rest {
        "" => {
            let shown = shell.rows.map_or("all".to_owned(), |rows| rows.to_string());
            return shell.say(&format!("{shown}\n"));
        }
        "all" => shell.rows = None,
        number => match number.parse() {
            Ok(number) => shell.rows = Some(number),
            Err(_) => return Err(Error::Usage(format!("expected a number or `all`, found `{number}`"))),
        },
    }
    Ok(Flow::Go)
}

fn set_timing(shell: &mut Shell, rest: &str) -> Result<Flow> {
    shell.timing = match rest {
        "on" => true,
        "off" => false,
        "" => return shell.say(if shell.timing { "on\n" } else { "off\n" }),
        other => return Err(Error::Usage(format!("expected `on` or `off`, found `{other}`"))),
    };
    Ok(Flow::Go)
}

fn set_now(shell: &mut Shell, rest: &str) -> Result<Flow> {
    match rest {
        "" => {
            let shown = shell.request.now.map_or("the clock".to_owned(), crate::value::format_datetime_iso);
            return shell.say(&format!("{shown}\n"));
        }
        "off" => shell.request.now = None,
        time => match parse_datetime(time) {
            Some(time) => shell.request.now = Some(time),
            None => return Err(Error::Usage(format!("expected a time such as 2024-01-31T12:00, found `{time}`"))),
        },
    }
    Ok(Flow::Go)
}

fn set_parameter(shell: &mut Shell, rest: &str) -> Result<Flow> {
    if rest.is_empty() {
        let lines: Vec<String> =
            shell.request.parameters.iter().map(|(name, value)| format!("{name}={value}\n")).collect();
        return shell.say(&lines.concat());
    }
    let Some((name, value)) = rest.split_once('=') else {
        return Err(Error::Usage(format!("expected NAME=VALUE, found `{rest}`")));
    };
    shell.request.parameters.retain(|(known, _)| known != name);
    if !value.is_empty() {
        shell.request.parameters.push((name.to_owned(), value.to_owned()));
    }
    Ok(Flow::Go)
}

fn help(shell: &mut Shell, rest: &str) -> Result<Flow> {
    let text = if rest.is_empty() { overview() } else { about(rest, &shell.library)? };
    shell.say(&text)
}

fn overview() -> String {
    let mut text = String::from(
        "A request is run when it is whole; end a line with `|` or `;`, or press Alt-Enter, to go on with the next\n\
         line. A line that starts with `|` goes on with the last request. Ctrl-C stops a running request.\n\n",
    );
    for command in COMMANDS {
        let usage = format!("{} {}", command.name, command.arguments);
        text.push_str(&format!("  {usage:<30} {}\n", command.summary));
    }
    text
}

fn about(name: &str, library: &Library) -> Result<String> {
    let mut text = String::new();
    if let Some(command) = COMMANDS.iter().find(|row| row.name == name || row.name.strip_prefix('.') == Some(name)) {
        text.push_str(&format!("{} {}\n  {}\n", command.name, command.arguments, command.summary));
    }
    if let Some(row) = operator_row(name) {
        text.push_str(&format!("{}\n  {}\n  {}\n", row.syntax, row.summary, row.example));
    }
    if let Some(row) = functions::function(name) {
        text.push_str(&format!("{}\n  {}\n  {}\n", functions::syntax(row.name, row.params), row.summary, row.example));
    }
    if let Some(row) = functions::aggregate(name) {
        text.push_str(&format!("{}\n  {}\n  {}\n", functions::syntax(row.name, row.params), row.summary, row.example));
    }
    if let Ok(query) = library.find(name) {
        text.push_str(&format!("{}\n  {}\n", query.name, query.title));
    }
    if text.is_empty() {
        return Err(Error::Usage(format!("nothing is known about `{name}`: `.help` lists the commands")));
    }
    Ok(text)
}
