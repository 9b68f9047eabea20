//! Where rows come from: tables, `let` names, functions, and the operators that need no input.

use crate::diagnostic::{Code, Diagnostic};
use crate::functions;
use crate::ir::{Rel, Sharing};
use crate::span::Span;
use crate::syntax::ast::{
    Argument, Call, Expr, ExprKind, Function, Ident, LetValue, OperatorKind, ParameterKind, Pipeline, StatementKind,
    TableSource,
};
use crate::value::Value;

use super::Binder;
use super::env::{Binding, Env};
use super::expression::Scope;
use super::suggest::nearest;
use super::table::Table;

/// Functions of the language that yield tables.
const TABLE_FUNCTIONS: &[&str] =
    &["materialize", "table", "view", "cluster", "database", "external_table", "materialized_view"];

impl<'a> Binder<'a> {
    /// Whether an expression yields a table, as far as names tell.
    pub(super) fn is_tabular(&self, expr: &Expr, env: &Env<'a>) -> bool {
        match &expr.kind {
            ExprKind::Pipeline(_) => true,
            ExprKind::Paren(inner) => self.is_tabular(inner, env),
            ExprKind::Name(ident) => match env.get(&ident.name) {
                Some(Binding::Table(_) | Binding::SomeTable | Binding::Hidden) => true,
                Some(Binding::Function(function, _)) if self.means_table(function, &ident.name) => true,
                Some(Binding::Function(function, env)) => self.is_tabular_function(function, env),
                Some(
                    Binding::Scalar(_)
                    | Binding::Step(_)
                    | Binding::Pattern(..)
                    | Binding::Database
                    | Binding::Entities(..)
                    | Binding::Broken,
                ) => false,
                None => self.catalog.table(&ident.name).is_some(),
            },
            ExprKind::Call(call) => match env.get(&call.name.name) {
                Some(Binding::Function(function, env)) => self.is_tabular_function(function, env),
                Some(Binding::Pattern(..) | Binding::Hidden) => true,
                Some(_) => false,
                None => TABLE_FUNCTIONS.contains(&call.name.name.as_str()),
            },
            ExprKind::Path(..) => true,
            ExprKind::Member(base, _) | ExprKind::Index(base, _) if self.is_pattern(base, env) => true,
            ExprKind::Member(base, name) => self.is_database(base, env) && !name.name.starts_with('$'),
            _ => false,
        }
    }

    pub(super) fn is_tabular_function(&self, function: &Function, env: &Env<'a>) -> bool {
        // Only the last statement matters, but the names in front of it tell what it is.
        let mut tables: Vec<&str> = Vec::new();
        let mut others: Vec<&str> = Vec::new();
        for parameter in &function.parameters {
            match parameter.kind {
                ParameterKind::Scalar(_) => others.push(&parameter.name.name),
                ParameterKind::Tabular(_) => tables.push(&parameter.name.name),
            }
        }
        let stored = env.is_empty();
        let looked = self.looked.borrow().len();
        if stored {
            // Stored functions may call each other, in a circle even, which is refused where they are called.
            if self.looked.borrow().iter().any(|known| std::ptr::eq(*known, function)) {
                return false;
            }
            self.looked.borrow_mut().push(function);
        }
        let mut inner = if stored { self.root.clone() } else { env.clone() };
        for name in tables {
            inner = inner.with(name, Binding::SomeTable);
        }
        for name in others {
            inner = inner.with(name, Binding::Broken);
        }
        let tabular = self.is_tabular_body(function, inner);
        self.looked.borrow_mut().truncate(looked);
        tabular
    }

    fn is_tabular_body(&self, function: &Function, env: Env<'a>) -> bool {
        let mut inner = env;
        for statement in &function.body.statements {
            match &statement.kind {
                StatementKind::Let(let_) => {
                    let binding = match &let_.value {
                        LetValue::Expr(expr) if self.is_tabular(expr, &inner) => Binding::SomeTable,
                        LetValue::Function(function) if self.is_tabular_function(function, &inner) => {
                            Binding::SomeTable
                        }
                        LetValue::Expr(_) | LetValue::Function(_) => Binding::Broken,
                    };
                    inner = inner.with(&let_.name.name, binding);
                }
                StatementKind::Expression(expr) => {
                    let called = matches!(&expr.kind, ExprKind::Call(call)
                        if matches!(inner.get(&call.name.name), Some(Binding::SomeTable)));
                    return called || self.is_tabular(expr, &inner);
                }
                _ => {}
            }
        }
        false
    }

    /// The table an expression yields.
    pub(super) fn bind_table(&mut self, expr: &'a Expr, env: &Env<'a>) -> Table {
        self.bind_table_and_names(expr, env).map_or_else(Table::broken, |(table, _)| table)
    }

    /// The table an expression yields, and the names that `as` in it left behind.
    pub(super) fn bind_table_and_names(&mut self, expr: &'a Expr, env: &Env<'a>) -> Option<(Table, Env<'a>)> {
        match &expr.kind {
            ExprKind::Pipeline(pipeline) => Some(self.bind_pipeline(pipeline, pipeline.operators.len(), env)),
            ExprKind::Paren(inner) => self.bind_table_and_names(inner, env),
            ExprKind::Name(ident) => Some((self.bind_table_name(ident, env), env.clone())),
            ExprKind::Call(_) if self.is_pattern(expr, env) => {
                Some((self.bind_pattern_call(expr, None, env), env.clone()))
            }
            ExprKind::Call(call) => Some((self.bind_table_call(call, expr.span, env), env.clone())),
            ExprKind::Member(base, _) | ExprKind::Index(base, _) if self.is_pattern(base, env) => {
                Some((self.bind_pattern_call(base, Some(expr), env), env.clone()))
            }
            ExprKind::Member(..) | ExprKind::Path(..) => {
                let table = self.bind_entity(expr, env);
                (!table.broken).then(|| (table, env.clone()))
            }
            ExprKind::Wildcard(_) => {
                self.error(Code::Syntax, expr.span, "a pattern of table names belongs into `union` or `find`");
                None
            }
            _ => {
                self.report(
                    Diagnostic::error(Code::NotTabular, expr.span, "a value stands where a table is needed")
                        .label("this is a value"),
                );
                None
            }
        }
    }

    /// A pipeline up to so many of its operators.
    pub(super) fn bind_pipeline(&mut self, pipeline: &'a Pipeline, count: usize, env: &Env<'a>) -> (Table, Env<'a>) {
        // Window functions that wait in an expression around this pipeline are not this pipeline's.
        let waiting = std::mem::take(&mut self.windows);
        let bound = self.bind_operators(pipeline, count, env);
        self.windows = waiting;
        bound
    }

    fn bind_operators(&mut self, pipeline: &'a Pipeline, count: usize, env: &Env<'a>) -> (Table, Env<'a>) {
        let mut env = env.clone();
        let mut table = match &pipeline.source {
            TableSource::Expr(expr) => {
                let inner = self.deeper(expr.span, |binder| binder.bind_table_and_names(expr, &env));
                match inner.flatten() {
                    Some((table, next)) => {
                        env = next;
                        table
                    }
                    None => Table::broken(),
                }
            }
            TableSource::Operator(operator) => self.bind_source_operator(operator, &env),
        };
        for operator in pipeline.operators.iter().take(count) {
            if let OperatorKind::As(as_) = &operator.kind {
                let name = &as_.name.name;
                let named = self.named(table, Sharing::IfLarge, Some(name));
                table = self.use_named(&named);
                env = env.with(name, Binding::Table(named));
            }
            table = match &operator.kind {
                OperatorKind::Invoke(invoke) => self.bind_invoke(&invoke.call, table, &env),
                _ => self.bind_operator(table, operator, &env),
            };
        }
        (table, env)
    }

    pub(super) fn bind_table_name(&mut self, ident: &'a Ident, env: &Env<'a>) -> Table {
        match env.get(&ident.name).cloned() {
            Some(Binding::Table(named)) => self.use_named(&named),
            Some(Binding::Function(function, inner))
                if function.parameters.iter().all(|parameter| parameter.default.is_some())
                    && !self.means_table(function, &ident.name) =>
            {
                self.call_table_function(function, &inner, &[], ident.span, env)
            }
            Some(Binding::Broken | Binding::SomeTable) => Table::broken(),
            Some(Binding::Function(function, _)) if self.means_table(function, &ident.name) => {
                self.scan(&ident.name, ident.span, env)
            }
            Some(
                Binding::Scalar(_)
                | Binding::Step(_)
                | Binding::Function(..)
                | Binding::Database
                | Binding::Entities(..)
                | Binding::Pattern(..),
            ) => {
                self.error(Code::NotTabular, ident.span, format!("`{}` is not a table", ident.name));
                Table::broken()
            }
            Some(Binding::Hidden) | None => self.scan(&ident.name, ident.span, env),
        }
    }

    /// Whether a name without arguments is that of a table, although a stored function with parameters has it too.
    fn means_table(&self, function: &Function, name: &str) -> bool {
        let stored = self.options.functions.get(name).is_some_and(|stored| std::ptr::eq(&stored.function, function));
        stored && !function.parameters.is_empty() && self.catalog.table(name).is_some()
    }

    /// The stored tables that may be read.
    pub(super) fn tables_in_sight(&self, env: &Env<'a>) -> Vec<String> {
        let names = self.catalog.table_names().into_iter();
        names.filter(|name| !matches!(env.get(name), Some(Binding::Hidden))).collect()
    }

    /// All rows of a stored table.
    pub(super) fn scan(&mut self, name: &str, span: Span, env: &Env<'a>) -> Table {
        if matches!(env.get(name), Some(Binding::Hidden)) {
            self.report(
                Diagnostic::error(Code::UnknownTable, span, format!("the table `{name}` is out of reach"))
                    .label("the `restrict` statement does not list it"),
            );
            return Table::broken();
        }
        let Some(columns) = self.catalog.table(name) else {
            let names = self.catalog.table_names();
            let near = nearest(name, names.iter().map(String::as_str).chain(env.names()));
            let mut diagnostic = Diagnostic::error(Code::UnknownTable, span, format!("no table `{name}`"));
            diagnostic = match near {
                Some(near) => diagnostic.label(format!("nearest: `{near}`")),
                None => diagnostic.help("`calypso tables` lists the tables that are there"),
            };
            self.report(diagnostic);
            return Table::broken();
        };
        let columns = columns.into_iter().map(|(name, ty)| self.fresh(name, ty)).collect();
        self.in_scope_of_time(Table::new(Rel::Scan { table: name.to_owned(), columns }))
    }

    pub(super) fn bind_table_call(&mut self, call: &'a Call, span: Span, env: &Env<'a>) -> Table {
        if let Some(Binding::Function(function, inner)) = env.get(&call.name.name).cloned() {
            return self.call_table_function(function, &inner, &call.args, span, env);
        }
        match (call.name.name.as_str(), call.args.as_slice()) {
            ("materialize", [Argument { name: None, value }]) => {
                let table = self.bind_table(value, env);
                let named = self.named(table, Sharing::Asked, None);
                self.use_named(&named)
            }
            ("view", [Argument { name: None, value }]) => self.bind_table(value, env),
            ("table", [Argument { name: None, value }, ..]) => {
                let name = self.bind_scalar(value, &Scope::constants(env.clone()));
                match name.literal() {
                    Some(Value::String(name)) => {
                        let name = name.clone();
                        self.scan(&name, value.span, env)
                    }
                    _ => {
                        self.error(
                            Code::NotConstant,
                            value.span,
                            "the name of a table is needed, as a constant string",
                        );
                        Table::broken()
                    }
                }
            }
            (name, _) if TABLE_FUNCTIONS.contains(&name) => {
                self.error(
                    Code::UnsupportedFunction,
                    call.name.span,
                    format!("the function `{name}` is not supported here"),
                );
                Table::broken()
            }
            (name, _) if functions::function(name).is_some() || functions::aggregate(name).is_some() => {
                self.error(Code::NotTabular, call.name.span, format!("`{name}` gives a value, but a table is needed"));
                Table::broken()
            }
            (name, _) => {
                let near = nearest(name, env.names());
                let mut diagnostic =
                    Diagnostic::error(Code::UnknownFunction, call.name.span, format!("no function `{name}`"));
                if let Some(near) = near {
                    diagnostic = diagnostic.label(format!("nearest: `{near}`"));
                }
                self.report(diagnostic);
                Table::broken()
            }
        }
    }

    /// `T | invoke f(…)`: `f` gets the rows so far as its first argument.
    fn bind_invoke(&mut self, call: &'a Call, input: Table, env: &Env<'a>) -> Table {
        match env.get(&call.name.name).cloned() {
            Some(Binding::Function(function, inner)) => {
                let scope = Scope::constants(env.clone());
                let input = Binding::Table(self.named(input, Sharing::IfLarge, None));
                let inner = self.bind_parameters(function, &inner, &call.args, call.name.span, &scope, Some(input));
                inner.map_or_else(Table::broken, |inner| self.table_of_body(function, inner, call.name.span))
            }
            Some(Binding::Broken) => Table::broken(),
            _ => {
                let near = nearest(&call.name.name, env.names());
                let message = format!("no function `{}` that takes a table", call.name.name);
                let mut diagnostic = Diagnostic::error(Code::UnknownFunction, call.name.span, message);
                if let Some(near) = near {
                    diagnostic = diagnostic.label(format!("nearest: `{near}`"));
                }
                self.report(diagnostic);
                Table::broken()
            }
        }
    }
}
