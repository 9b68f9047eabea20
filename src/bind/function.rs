//! Functions of the request and stored ones: arguments to parameters, bodies to tables and values.

use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{Scalar, Sharing};
use crate::span::Span;
use crate::syntax::ast::{Argument, Expr, Function, Ident, Parameter, ParameterKind, StatementKind};

use super::Binder;
use super::arithmetic::unknown;
use super::env::{Binding, Env};
use super::expression::{Calls, Scope};
use super::table::Table;

impl<'a> Binder<'a> {
    /// A `let` function called for its table.
    pub(super) fn call_table_function(
        &mut self,
        function: &'a Function,
        env: &Env<'a>,
        args: &'a [Argument],
        span: Span,
        caller: &Env<'a>,
    ) -> Table {
        let scope = Scope::constants(caller.clone());
        let Some(inner) = self.bind_parameters(function, env, args, span, &scope, None) else { return Table::broken() };
        self.table_of_call(function, env, inner, span)
    }

    pub(super) fn table_of_body(&mut self, function: &'a Function, env: Env<'a>, span: Span) -> Table {
        self.in_body(function, span, |binder| binder.table_of_statements(function, env, span))
            .unwrap_or_else(Table::broken)
    }

    fn table_of_statements(&mut self, function: &'a Function, env: Env<'a>, span: Span) -> Table {
        let (env, last) = self.bind_body(function, env);
        let Some(last) = last else {
            self.error(Code::InvalidValue, span, "the function has no value: its body ends without an expression");
            return Table::broken();
        };
        self.deeper(span, |binder| binder.bind_table(last, &env)).unwrap_or_else(Table::broken)
    }

    /// A `let` function called for its value.
    pub(super) fn call_scalar_function(
        &mut self,
        function: &'a Function,
        env: &Env<'a>,
        args: &'a [Argument],
        span: Span,
        scope: &Scope<'a>,
    ) -> Scalar {
        let Some(inner) = self.bind_parameters(function, env, args, span, scope, None) else { return unknown() };
        let calls = scope.calls;
        self.in_body(function, span, |binder| binder.scalar_of_statements(function, inner, span, calls))
            .unwrap_or_else(unknown)
    }

    fn scalar_of_statements(&mut self, function: &'a Function, env: Env<'a>, span: Span, calls: Calls) -> Scalar {
        let (env, last) = self.bind_body(function, env);
        let Some(last) = last else {
            self.error(Code::InvalidValue, span, "the function has no value: its body ends without an expression");
            return unknown();
        };
        // The body sees its parameters but not the columns of the caller's row.
        let body = Scope { calls, ..Scope::constants(env) };
        self.deeper(span, |binder| binder.bind_scalar(last, &body)).unwrap_or_else(unknown)
    }

    /// Binds the body of a function; `None` when it is inside of itself. What is wrong in a stored function, whose
    /// text is not that of the request, is said at its call.
    fn in_body<T>(&mut self, function: &'a Function, span: Span, bind: impl FnOnce(&mut Self) -> T) -> Option<T> {
        if self.active.iter().any(|active| std::ptr::eq(*active, function)) {
            self.error(Code::UnsupportedFeature, span, "the function calls itself, which is not supported");
            return None;
        }
        let before = self.diagnostics.len();
        self.active.push(function);
        let bound = bind(self);
        self.active.pop();
        let stored = self.options.functions.iter().find(|stored| std::ptr::eq(&stored.function, function));
        if let Some(stored) = stored {
            for diagnostic in &mut self.diagnostics[before..] {
                diagnostic.message = format!("in the stored function `{}`: {}", stored.name, diagnostic.message);
                diagnostic.label.span = span;
                diagnostic.others.clear();
            }
        }
        Some(bound)
    }

    /// The names a function body sees, given arguments; `None` after a mistake.
    pub(super) fn bind_parameters(
        &mut self,
        function: &'a Function,
        env: &Env<'a>,
        args: &'a [Argument],
        span: Span,
        scope: &Scope<'a>,
        input: Option<Binding<'a>>,
    ) -> Option<Env<'a>> {
        let mut inner = if env.is_empty() { self.root.clone() } else { env.clone() };
        let mut parameters = function.parameters.as_slice();
        if let Some(input) = input {
            let Some((first, rest)) = parameters.split_first() else {
                self.error(
                    Code::WrongArgumentCount,
                    span,
                    "`invoke` needs a function whose first parameter is a table",
                );
                return None;
            };
            inner = inner.with(&first.name.name, input);
            parameters = rest;
        }
        let mut positional = args.iter().filter(|arg| arg.name.is_none());
        let mut fine = true;
        for parameter in parameters {
            let named = args.iter().find(|arg| arg.name.as_ref().is_some_and(|name| name.name == parameter.name.name));
            let given = named.or_else(|| positional.next());
            match self.bind_parameter(parameter, given, env, scope, span) {
                Some(binding) => inner = inner.with(&parameter.name.name, binding),
                None => fine = false,
            }
        }
        let unknown_name = args.iter().filter_map(|arg| arg.name.as_ref());
        for name in unknown_name.filter(|name| !parameters.iter().any(|p| p.name.name == name.name)) {
            self.error(Code::UnknownName, name.span, format!("the function has no parameter `{}`", name.name));
            fine = false;
        }
        let extra = positional.count();
        if extra > 0 {
            self.error(Code::WrongArgumentCount, span, format!("{extra} more argument(s) than the function takes"));
            fine = false;
        }
        fine.then_some(inner)
    }

    fn bind_parameter(
        &mut self,
        parameter: &'a Parameter,
        given: Option<&'a Argument>,
        env: &Env<'a>,
        scope: &Scope<'a>,
        span: Span,
    ) -> Option<Binding<'a>> {
        let name = &parameter.name.name;
        match (&parameter.kind, given, &parameter.default) {
            (ParameterKind::Scalar(ty), Some(argument), _) => {
                let value = self.bind_scalar(&argument.value, scope);
                Some(Binding::Scalar(self.convert_parameter(value, ty.node, argument.value.span)))
            }
            (ParameterKind::Scalar(ty), None, Some(default)) => {
                let value = self.bind_scalar(default, &Scope::constants(env.clone()));
                Some(Binding::Scalar(self.convert_parameter(value, ty.node, default.span)))
            }
            (ParameterKind::Tabular(columns), Some(argument), _) => {
                if !self.is_tabular(&argument.value, &scope.env) {
                    self.error(Code::NotTabular, argument.value.span, format!("the parameter `{name}` takes a table"));
                    return None;
                }
                let table = self.bind_table(&argument.value, &scope.env);
                for column in columns {
                    let known = table.column(&column.name.name);
                    if !table.broken && known.is_none_or(|known| known.ty != column.ty.node) {
                        self.report(
                            Diagnostic::error(
                                Code::TypeMismatch,
                                argument.value.span,
                                format!("the table has no column `{}` of type `{}`", column.name.name, column.ty.node),
                            )
                            .other(column.name.span, "which the function asks for"),
                        );
                        return None;
                    }
                }
                Some(Binding::Table(self.named(table, Sharing::IfLarge, None)))
            }
            (_, None, _) => {
                self.error(Code::WrongArgumentCount, span, format!("the parameter `{name}` has no argument"));
                None
            }
        }
    }

    /// The names a body ends with, and its last expression.
    fn bind_body(&mut self, function: &'a Function, env: Env<'a>) -> (Env<'a>, Option<&'a Expr>) {
        let mut env = env;
        let mut last = None;
        let mut taken: Vec<Ident> = function.parameters.iter().map(|parameter| parameter.name.clone()).collect();
        for statement in &function.body.statements {
            match &statement.kind {
                StatementKind::Let(let_) => {
                    self.claim_name(&let_.name, &mut taken);
                    env = self.bind_let(let_, &env);
                }
                StatementKind::Expression(expr) => last = Some(expr),
                StatementKind::QueryParameters(parameters) => env = self.bind_query_parameters(parameters, &env),
                _ => self.error(
                    Code::UnsupportedFeature,
                    statement.span,
                    "this statement cannot stand inside a function",
                ),
            }
        }
        (env, last)
    }
}
