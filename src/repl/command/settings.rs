//! Commands that change how the shell behaves, or say how it does.

use crate::error::{Error, Result};
use crate::output::{FORMATS, format as find_format, target::Target};
use crate::repl::Flow;
use crate::repl::shell::{OnError, Shell};
use crate::value::{format_datetime_iso, parse_datetime};

/// `.format [NAME]`
pub(super) fn format(shell: &mut Shell, rest: &str) -> Result<Flow> {
    if rest.is_empty() {
        let names: Vec<&str> = FORMATS.iter().map(|row| row.name).collect();
        return shell.say(&format!("{} (of {})\n", shell.format.name, names.join(", ")));
    }
    let chosen = find_format(rest)?;
    if chosen.binary {
        return Err(Error::Usage(format!("format `{rest}` is for files: use `.output FILE.{rest}`")));
    }
    shell.format = chosen;
    Ok(Flow::Go)
}

/// `.output [FILE]`
pub(super) fn output(shell: &mut Shell, rest: &str) -> Result<Flow> {
    shell.target = match rest {
        "" => Target::Stdout,
        path => Target::File(path.into()),
    };
    Ok(Flow::Go)
}

/// `.rows [NUMBER|all]`
pub(super) fn rows(shell: &mut Shell, rest: &str) -> Result<Flow> {
    match rest {
        "" => {
            let shown = shell.rows().map_or("all".to_owned(), |rows| rows.to_string());
            return shell.say(&format!("{shown}\n"));
        }
        "all" => shell.chosen_rows = Some(None),
        number => match number.parse() {
            Ok(number) => shell.chosen_rows = Some(Some(number)),
            Err(_) => return Err(Error::Usage(format!("expected a number or `all`, found `{number}`"))),
        },
    }
    Ok(Flow::Go)
}

/// `.pager [on|off]`
pub(super) fn pager(shell: &mut Shell, rest: &str) -> Result<Flow> {
    switch(shell, rest, |shell| &mut shell.pager)
}

/// `.timing [on|off]`
pub(super) fn timing(shell: &mut Shell, rest: &str) -> Result<Flow> {
    switch(shell, rest, |shell| &mut shell.timing)
}

/// `.stats [on|off]`
pub(super) fn stats(shell: &mut Shell, rest: &str) -> Result<Flow> {
    switch(shell, rest, |shell| &mut shell.stats)
}

fn switch(shell: &mut Shell, rest: &str, setting: fn(&mut Shell) -> &mut bool) -> Result<Flow> {
    match rest {
        "on" => *setting(shell) = true,
        "off" => *setting(shell) = false,
        "" => {
            let shown = if *setting(shell) { "on\n" } else { "off\n" };
            return shell.say(shown);
        }
        other => return Err(Error::Usage(format!("expected `on` or `off`, found `{other}`"))),
    }
    Ok(Flow::Go)
}

/// `.on-error [go|stop]`
pub(super) fn on_error(shell: &mut Shell, rest: &str) -> Result<Flow> {
    match rest {
        "go" => shell.on_error = OnError::Go,
        "stop" => shell.on_error = OnError::Stop,
        "" => {
            return shell.say(match shell.on_error {
                OnError::Go => "go\n",
                OnError::Stop => "stop\n",
            });
        }
        other => return Err(Error::Usage(format!("expected `go` or `stop`, found `{other}`"))),
    }
    Ok(Flow::Go)
}

/// `.now [TIME|off]`
pub(super) fn now(shell: &mut Shell, rest: &str) -> Result<Flow> {
    match rest {
        "" => {
            let shown = shell.request.now.map_or("the clock".to_owned(), format_datetime_iso);
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

/// `.param [NAME=VALUE|NAME=]`
pub(super) fn parameter(shell: &mut Shell, rest: &str) -> Result<Flow> {
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
