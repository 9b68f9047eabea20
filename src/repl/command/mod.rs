//! The commands of the shell: one row each.

mod calls;
mod explain;
mod help;
mod kept;
mod look;
mod profile;
mod requests;
mod settings;

pub(super) use requests::run_all;

use crate::bind::suggest::nearest;
use crate::error::{Error, Result};

use super::Flow;
use super::shell::Shell;

/// A command of the shell.
pub(super) struct Command {
    /// Its name, dot included.
    pub(super) name: &'static str,
    /// Other names.
    pub(super) aliases: &'static [&'static str],
    /// What may follow, for the help.
    pub(super) arguments: &'static str,
    /// The same, for completion.
    pub(super) takes: Takes,
    /// One sentence.
    pub(super) summary: &'static str,
    /// What else there is to say, for its own help.
    pub(super) details: &'static str,
    /// What it does with the rest of its line.
    pub(super) run: fn(&mut Shell, &str) -> Result<Flow>,
}

/// What may follow a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// Nothing.
    Nothing,
    /// Some text.
    Text,
    /// One of these words.
    Words(&'static [&'static str]),
    /// A table.
    Table,
    /// The name of a kept result.
    Kept,
    /// A canned query, and values of its parameters.
    Query,
    /// An output format.
    Format,
    /// A file.
    File,
    /// A request.
    Request,
    /// Whatever there is help on.
    Topic,
}

/// The settings that are on or off.
const SWITCH: Takes = Takes::Words(&["on", "off"]);

const fn row(
    name: &'static str,
    (arguments, takes): (&'static str, Takes),
    summary: &'static str,
    details: &'static str,
    run: fn(&mut Shell, &str) -> Result<Flow>,
) -> Command {
    Command { name, aliases: &[], arguments, takes, summary, details, run }
}

/// All commands, in the order of the help.
pub(super) const COMMANDS: &[Command] = &[
    row(
        ".help",
        ("[NAME]", Takes::Topic),
        "shows this list, or what is known about a command, operator, function, aggregate, plugin or canned query",
        "",
        help::help,
    ),
    row(".tables", ("", Takes::Nothing), "lists the tables with their rows, time range and size", "", look::tables),
    row(".schema", ("TABLE", Takes::Table), "lists the columns of a table", "", look::schema),
    row(".queries", ("[WORD]", Takes::Text), "lists the canned queries, or those that have a word", "", look::queries),
    row(".show-query", ("NAME", Takes::Query), "shows the text of a canned query", "", look::show_query),
    row(
        ".run",
        ("NAME [PARAMETER=VALUE]…", Takes::Query),
        "runs a canned query",
        "The folder may be left out where the rest of the name is unique. `.run calls/daily since=7d`",
        requests::run_canned,
    ),
    row(
        ".calls",
        ("VIEW [CALL]…", Takes::Words(&["search", "overview", "issues", "timeline", "report", "compare", "fleet"])),
        "says what was wrong with calls: search, overview, issues, timeline, report, compare, fleet",
        "A call is named by its id or the beginning of it. `.output call.html` in front makes a page of a view.",
        calls::calls,
    ),
    row(
        ".read",
        ("FILE", Takes::File),
        "runs the requests of a file, which empty lines separate",
        "A line that starts with `|` goes on with the request above it, empty lines or not.",
        requests::read,
    ),
    row(
        ".edit",
        ("[NAME]", Takes::Query),
        "opens the last request, or a canned query, in $VISUAL or $EDITOR and runs what comes back",
        "Nothing is run when the text comes back empty.",
        requests::edit,
    ),
    row(
        ".profile",
        ("[TABLE]", Takes::Table),
        "shows each column of the last result, or of a table: type, missing and distinct values, least, greatest, top",
        "It is a query like any other, so `It` is the profile then. Texts count as missing when they are empty.",
        profile::profile,
    ),
    row(
        ".push",
        ("NAME", Takes::Kept),
        "keeps the last result as a table of that name",
        "The last result itself is the table `It`. Both are tables as long as the shell runs: `It | take 5`.\n  \
         Wildcards (`search`, `find`, `union *`) pass by kept results.",
        kept::push,
    ),
    row(
        ".pull",
        ("NAME", Takes::Kept),
        "makes a kept result the last one again, and shows it",
        "Nothing is run for it.",
        kept::pull,
    ),
    row(".kept", ("", Takes::Nothing), "lists the kept results", "", kept::list),
    row(".forget", ("NAME|all", Takes::Kept), "drops a kept result", "", kept::forget),
    row(
        ".explain",
        ("[KQL]", Takes::Request),
        "says for each stage of a request, or of the last one, how many rows go in and out, and what the scans read",
        "The request is run, and so is every stage of its last statement with `| count` behind it: that is where the\n  \
         numbers of rows come from. What the scans read, skip and are asked is counted while the whole request runs.",
        explain::explain,
    ),
    row(
        ".plan",
        ("[KQL]", Takes::Request),
        "shows the core and the optimised plan of a request, or of the last one, without running it",
        "",
        explain::plan,
    ),
    row(".format", ("[NAME]", Takes::Format), "chooses how answers are written, or shows it", "", settings::format),
    row(
        ".output",
        ("[FILE]", Takes::File),
        "writes the next answer to a file; its extension chooses the format",
        "Without a file the next answer is shown again.",
        settings::output,
    ),
    row(
        ".rows",
        ("[NUMBER|all]", Takes::Words(&["all", "50", "200", "1000"])),
        "chooses how many rows of a table are drawn on a terminal, or shows it",
        "",
        settings::rows,
    ),
    row(
        ".pager",
        ("[on|off]", SWITCH),
        "shows answers that are higher than the terminal with $PAGER, or `less -SRFX`",
        "",
        settings::pager,
    ),
    Command {
        aliases: &[".timer"],
        ..row(".timing", ("[on|off]", SWITCH), "says how long each request took", "", settings::timing)
    },
    row(
        ".stats",
        ("[on|off]", SWITCH),
        "says what each request read and skipped, and how much memory its operators held",
        "Rows are those that the scans handed on; skipped files and row groups are those that time and other conditions\n  \
         ruled out without reading them. Memory is the most that operators held at once, without the rows on their way.",
        settings::stats,
    ),
    row(
        ".now",
        ("[TIME|off]", Takes::Words(&["off"])),
        "sets the time that `now()` gives, or shows it",
        "",
        settings::now,
    ),
    row(
        ".param",
        ("[NAME=VALUE|NAME=]", Takes::Text),
        "sets or removes a value for declared query parameters, or shows them",
        "",
        settings::parameter,
    ),
    row(
        ".on-error",
        ("[go|stop]", Takes::Words(&["go", "stop"])),
        "chooses whether a mistake ends a shell that reads from a pipe or file",
        "On a terminal the shell always goes on. The exit code is that of the worst mistake.",
        settings::on_error,
    ),
    row(".print", ("[TEXT]", Takes::Text), "prints a line, such as a mark for whoever reads the answers", "", print),
    Command { aliases: &[".exit"], ..row(".quit", ("", Takes::Nothing), "leaves the shell; so does Ctrl-D", "", quit) },
];

/// The first words of management commands, which are requests and no commands of the shell.
const MANAGEMENT: &[&str] = &[
    ".show",
    ".create",
    ".create-or-alter",
    ".create-merge",
    ".alter",
    ".alter-merge",
    ".drop",
    ".set",
    ".append",
    ".set-or-append",
    ".set-or-replace",
    ".export",
    ".execute",
    ".ingest",
    ".delete",
    ".purge",
    ".move",
    ".replace",
    ".rename",
    ".clear",
    ".cancel",
    ".enable",
    ".disable",
    ".add",
    ".attach",
    ".detach",
    ".undo",
];

/// The row of a command, by its name with or without the dot.
pub(super) fn command_row(name: &str) -> Option<&'static Command> {
    COMMANDS.iter().find(|row| {
        let names = || std::iter::once(row.name).chain(row.aliases.iter().copied());
        names().any(|known| known == name || known.strip_prefix('.') == Some(name))
    })
}

/// The command that a line starts with, and the rest of the line.
pub(super) fn find(line: &str) -> Option<(&'static Command, &str)> {
    let line = line.trim();
    let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let command = command_row(name).filter(|_| name.starts_with('.'))?;
    Some((command, rest.trim()))
}

/// What to say of a line that looks like a command of the shell and is none.
pub(super) fn unknown(line: &str) -> Option<Error> {
    let name = line.split_whitespace().next()?;
    let is_name = |name: &str| name.starts_with(|c: char| c.is_ascii_alphabetic());
    if !name.strip_prefix('.').is_some_and(is_name) || MANAGEMENT.contains(&name) || find(line).is_some() {
        return None;
    }
    let names = COMMANDS.iter().flat_map(|row| std::iter::once(row.name).chain(row.aliases.iter().copied()));
    let names = names.chain(MANAGEMENT.iter().copied());
    let help = match nearest(name, names) {
        Some(near) => format!(", did you mean `{near}`?"),
        None => ": `.help` lists them".to_owned(),
    };
    Some(Error::Usage(format!("no command `{name}`{help}")))
}

fn quit(_shell: &mut Shell, _rest: &str) -> Result<Flow> {
    Ok(Flow::Quit)
}

fn print(shell: &mut Shell, rest: &str) -> Result<Flow> {
    shell.say(&format!("{rest}\n"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_found_and_slips_are_named() {
        assert_eq!(find(" .timer on ").map(|(row, rest)| (row.name, rest)), Some((".timing", "on")));
        assert!(find("tables").is_none() && find(".show tables").is_none());
        let said = |line: &str| unknown(line).map(|error| error.to_string());
        assert_eq!(said(".tabels"), Some("no command `.tabels`, did you mean `.tables`?".to_owned()));
        assert_eq!(said(".xyzzy"), Some("no command `.xyzzy`: `.help` lists them".to_owned()));
        assert_eq!(said(".show tables"), None);
        assert_eq!(said("print .5"), None);
    }

    #[test]
    fn rows_are_told_apart() {
        for (index, row) in COMMANDS.iter().enumerate() {
            assert!(row.name.starts_with('.') && !row.summary.ends_with('.'), "{}", row.name);
            assert!(COMMANDS[..index].iter().all(|other| other.name != row.name), "{} twice", row.name);
            assert!(!MANAGEMENT.contains(&row.name), "{}", row.name);
        }
    }
}
