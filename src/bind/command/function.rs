//! `.create function` and its kin: stored functions made, changed and dropped.

use crate::diagnostic::{Code, Diagnostic};
use crate::functions;
use crate::stored::{StoredFunction, StoredFunctions, made};
use crate::syntax::ast::{Command, FunctionChange, FunctionCommand};
use crate::types::Type;
use crate::value::Value;

use super::super::env::{Binding, Env};
use super::super::table::Table;
use super::super::{Binder, Change};
use super::show::function_table;
use super::words::Words;

impl<'a> Binder<'a> {
    /// The function that a command makes, as a row, and the names with it among them.
    pub(super) fn bind_create_function(
        &mut self,
        definition: &'a FunctionCommand,
        command: &'a Command,
        env: &Env<'a>,
    ) -> (Option<Table>, Env<'a>) {
        let name = definition.name.name.as_str();
        let known = self.stored_now().get(name).cloned();
        match (definition.change, known) {
            (FunctionChange::Create, Some(_)) => {
                self.report(
                    Diagnostic::error(
                        Code::DuplicateName,
                        definition.name.span,
                        format!("there is a function `{name}` already"),
                    )
                    .help("`.create-or-alter function` replaces it"),
                );
                return (None, env.clone());
            }
            (FunctionChange::Alter, None) => {
                self.no_function(name, definition.name.span);
                return (None, env.clone());
            }
            (FunctionChange::CreateMissing, Some(known)) => {
                return (Some(function_table(self, &known)), env.clone());
            }
            (FunctionChange::Create | FunctionChange::CreateMissing, None)
            | (FunctionChange::Alter, Some(_))
            | (FunctionChange::CreateOrAlter, _) => {}
        }
        if functions::function(name).is_some() || functions::aggregate(name).is_some() {
            self.report(
                Diagnostic::error(
                    Code::DuplicateName,
                    definition.name.span,
                    format!("`{name}` is a built-in function"),
                )
                .label("which calls would go on to mean"),
            );
            return (None, env.clone());
        }
        let mut taken = Vec::new();
        definition.function.parameters.iter().for_each(|parameter| self.claim_name(&parameter.name, &mut taken));
        // Places are those of the request, of which the command's text may be a later part.
        let padded = format!("{}{}", " ".repeat(command.text.span.range().start), command.text.node);
        let function = match made(definition, &padded) {
            Ok(function) => function,
            Err(diagnostic) => {
                self.report(*diagnostic);
                return (None, env.clone());
            }
        };
        let table = function_table(self, &function);
        self.changes.push(Change::Store(Box::new(function)));
        let binding = Binding::Function(&definition.function, Env::default());
        self.root = self.root.with(name, binding.clone());
        (Some(table), env.with(name, binding))
    }

    /// The stored functions as the statements so far leave them.
    fn stored_now(&self) -> StoredFunctions {
        let mut functions = self.options.functions.clone();
        self.changes.iter().for_each(|change| change.apply(&mut functions));
        functions
    }

    /// `.drop function NAME [ifexists]`, `.drop functions (NAME, …) [ifexists]`
    pub(super) fn bind_drop_function(&mut self, words: &mut Words, _env: &Env<'a>) -> Option<Option<Table>> {
        let span = words.span();
        let names = match words.names() {
            Some(names) => names,
            None => vec![words.name()?],
        };
        let lenient = words.take("ifexists");
        let known = self.stored_now();
        for name in &names {
            if known.get(name).is_some() {
                self.changes.push(Change::Drop(name.clone()));
            } else if !lenient {
                self.no_function(name, span);
                return Some(None);
            }
        }
        let dropped = names.into_iter().filter(|name| known.get(name).is_some());
        let rows = dropped.map(|name| vec![Value::String(name)]).collect();
        Some(Some(self.rows(&[("Name", Type::String)], rows)))
    }

    /// `.alter function NAME docstring "…"`, `.alter function NAME folder "…"`
    pub(super) fn bind_alter_function(&mut self, words: &mut Words, _env: &Env<'a>) -> Option<Option<Table>> {
        let span = words.span();
        let name = words.name()?;
        let docstring = words.take("docstring");
        if !docstring && !words.take("folder") {
            return None;
        }
        let text = words.text()?;
        let Some(known) = self.stored_now().get(&name).cloned() else {
            self.no_function(&name, span);
            return Some(None);
        };
        let changed = match docstring {
            true => StoredFunction { docstring: text, ..known },
            false => StoredFunction { folder: text, ..known },
        };
        let table = function_table(self, &changed);
        self.changes.push(Change::Store(Box::new(changed)));
        Some(Some(table))
    }
}
