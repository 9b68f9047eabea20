//! Management commands that make sense on local data.

mod export;
mod function;
mod show;
mod words;

pub use export::{Compression, Export, ExportFormat, Headers};

use crate::diagnostic::{Code, Diagnostic};
use crate::syntax::ast::Command;

use super::env::{Binding, Env};
use super::result::PRIMARY;
use super::suggest::nearest;
use super::table::Table;
use super::{Binder, Change, Output};
use words::Words;

/// The commands that there are, for help and for "did you mean".
const COMMANDS: &[&str] = &[
    ".show tables",
    ".show tables details",
    ".show table T schema as json",
    ".show table T cslschema",
    ".show table T details",
    ".show schema",
    ".show database schema",
    ".show databases",
    ".show functions",
    ".show function NAME",
    ".show version",
    ".create function",
    ".create-or-alter function",
    ".alter function",
    ".drop function",
    ".export to csv",
];

/// Commands of the service that change what is stored there; tables are made by `calypso ingest` here.
const STORING: &[&str] = &[
    ".set-or-append",
    ".set-or-replace",
    ".set",
    ".append",
    ".ingest",
    ".create table",
    ".create-merge table",
    ".alter table",
    ".alter-merge table",
    ".drop table",
    ".drop tables",
    ".rename table",
    ".clear table",
    ".delete",
    ".purge",
];

impl<'a> Binder<'a> {
    /// The result of a management command and the operators behind it, and the names it leaves.
    pub(super) fn bind_command(&mut self, command: &'a Command, env: &Env<'a>) -> (Option<Output>, Env<'a>) {
        if let Some(function) = &command.function {
            let (table, env) = self.bind_create_function(function, command, env);
            return (table.map(|table| self.command_output(table, command, &env)), env);
        }
        let mut words = Words::new(&command.text.node, command.text.span);
        if words.take(".export") {
            return (self.bind_export(words, command, env), env.clone());
        }
        let before = self.changes.len();
        let Some(table) = self.bind_command_words(&mut words, command, env) else { return (None, env.clone()) };
        if let Some(query) = &command.query {
            self.error(Code::UnsupportedFeature, query.span, "this command takes no query behind `<|`");
            return (None, env.clone());
        }
        let mut next = env.clone();
        for change in &self.changes[before..] {
            if let Change::Drop(name) = change {
                next = next.with(name, Binding::Hidden);
                self.root = self.root.with(name, Binding::Hidden);
            }
        }
        (Some(self.command_output(table, command, env)), next)
    }

    fn command_output(&mut self, mut table: Table, command: &'a Command, env: &Env<'a>) -> Output {
        for operator in &command.operators {
            table = self.bind_operator(table, operator, env);
        }
        let chart = table.chart.clone();
        Output { name: PRIMARY.to_owned(), rel: table.finish(), chart, export: None }
    }

    fn bind_command_words(&mut self, words: &mut Words, command: &'a Command, env: &Env<'a>) -> Option<Table> {
        let start = words.clone();
        let bound = if words.take(".show") {
            self.bind_show(words, env)
        } else if words.take(".drop function") || words.take(".drop functions") {
            self.bind_drop_function(words, env)
        } else if words.take(".alter function") {
            self.bind_alter_function(words, env)
        } else {
            None
        };
        match bound {
            Some(bound) if words.done() => bound,
            _ => {
                self.unknown_command(start, command);
                None
            }
        }
    }

    fn unknown_command(&mut self, words: Words, command: &Command) {
        let all: Vec<&str> = command.text.node.split_whitespace().collect();
        let shown = all.iter().take(3).copied().collect::<Vec<_>>().join(" ");
        let message = format!("the management command `{shown}` is not supported");
        let diagnostic = Diagnostic::error(Code::UnsupportedFeature, command.text.span, message);
        if STORING.iter().any(|storing| words.clone().take(storing)) {
            self.report(diagnostic.help("`calypso ingest` makes tables of logs, and `.export` writes files"));
            return;
        }
        let head = all.iter().take(2).copied().collect::<Vec<_>>().join(" ");
        let near = nearest(&shown, COMMANDS.iter().copied()).or_else(|| nearest(&head, COMMANDS.iter().copied()));
        let diagnostic = match near {
            Some(near) => diagnostic.label(format!("nearest: `{near}`")),
            None => diagnostic,
        };
        let known: Vec<String> = COMMANDS.iter().map(|command| format!("`{command}`")).collect();
        self.report(diagnostic.help(format!("there are {}", known.join(", "))));
    }
}
