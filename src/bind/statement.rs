//! Statements: `let`, `set`, `declare`, and expressions whose answers are results.

use crate::catalog::Catalog;
use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{Rel, Scalar, Sharing};
use crate::syntax::ast::{self, LetValue, ParameterKind, StatementKind};
use crate::types::Type;
use crate::value::{self, Value};

use super::env::{Binding, Env};
use super::expression::Scope;
use super::{Binder, Options, Output};

impl<'a> Binder<'a> {
    /// Binds statements in order; gives the names they leave and the results of the expressions among them.
    pub(super) fn bind_statements(&mut self, query: &'a ast::Query, mut env: Env<'a>) -> (Env<'a>, Vec<Output>) {
        let mut results = Vec::new();
        let mut taken = Vec::new();
        for statement in &query.statements {
            match &statement.kind {
                StatementKind::Let(let_) => {
                    self.claim_name(&let_.name, &mut taken);
                    env = self.bind_let(let_, &env);
                }
                StatementKind::Expression(expr) => {
                    let (outputs, next) = self.bind_results(expr, &env);
                    results.extend(outputs);
                    env = next;
                }
                StatementKind::Set(option) => self.bind_set(option, &env),
                StatementKind::QueryParameters(parameters) => {
                    parameters.iter().for_each(|parameter| self.claim_name(&parameter.name, &mut taken));
                    env = self.bind_query_parameters(parameters, &env);
                }
                StatementKind::Pattern(pattern) => {
                    // A pattern may be announced first, and declared later.
                    if !pattern.cases.is_empty() {
                        self.claim_name(&pattern.name, &mut taken);
                    }
                    env = env.with(&pattern.name.name, Binding::Pattern(pattern, env.clone()));
                }
                StatementKind::Alias { name, value } => self.bind_alias(name, value, &env),
                StatementKind::Restrict(entities) => env = self.bind_restrict(entities, &env),
                StatementKind::Command(command) => {
                    let (output, next) = self.bind_command(command, &env);
                    results.extend(output);
                    env = next;
                }
            }
        }
        (env, results)
    }

    /// Reports a name that was given before in the same place. Names of an outer place are hidden instead.
    pub(super) fn claim_name(&mut self, name: &ast::Ident, taken: &mut Vec<ast::Ident>) {
        match taken.iter().find(|other| other.name == name.name) {
            Some(first) => self.report(
                Diagnostic::error(Code::DuplicateName, name.span, format!("the name `{}` was given before", name.name))
                    .other(first.span, "here"),
            ),
            None => taken.push(name.clone()),
        }
    }

    pub(super) fn bind_let(&mut self, let_: &'a ast::Let, env: &Env<'a>) -> Env<'a> {
        let name = &let_.name.name;
        match &let_.value {
            LetValue::Function(function) => env.with(name, Binding::Function(function, env.clone())),
            LetValue::Expr(ast::Expr { kind: ast::ExprKind::EntityGroup(members), .. }) => {
                env.with(name, Binding::Entities(members, env.clone()))
            }
            LetValue::Expr(expr) if self.is_tabular(expr, env) => {
                let before = self.diagnostics.len();
                let table = self.bind_table(expr, env);
                let broken = self.diagnostics[before..].iter().any(Diagnostic::is_error);
                let binding = match broken {
                    true => Binding::Broken,
                    false => Binding::Table(self.named(table, Sharing::IfLarge, None)),
                };
                env.with(name, binding)
            }
            LetValue::Expr(expr) => {
                if let Some(function) = self.alias_of_function(expr, env) {
                    return env.with(name, function);
                }
                let value = self.bind_scalar(expr, &Scope::constants(env.clone()));
                env.with(name, Binding::Scalar(value))
            }
        }
    }

    /// `let g = f` where `f` is a function with parameters.
    fn alias_of_function(&self, expr: &ast::Expr, env: &Env<'a>) -> Option<Binding<'a>> {
        let ast::ExprKind::Name(ident) = &expr.kind else { return None };
        match env.get(&ident.name)? {
            binding @ Binding::Function(function, _) if !function.parameters.is_empty() => Some(binding.clone()),
            _ => None,
        }
    }

    pub(super) fn bind_query_parameters(&mut self, parameters: &'a [ast::Parameter], env: &Env<'a>) -> Env<'a> {
        let mut next = env.clone();
        for parameter in parameters {
            let name = &parameter.name.name;
            let ParameterKind::Scalar(ty) = &parameter.kind else {
                self.error(Code::BadParameter, parameter.name.span, format!("the query parameter `{name}` is a table"));
                continue;
            };
            let given = self.options.parameters.iter().find(|(key, _)| key == name).map(|(_, text)| text.clone());
            let value = match (given, &parameter.default) {
                (Some(text), _) => self.parameter_value(parameter, ty.node, &text),
                (None, Some(default)) => {
                    let value = self.bind_scalar(default, &Scope::constants(env.clone()));
                    self.convert_or_report(value, ty.node, default.span)
                }
                (None, None) => {
                    self.report(
                        Diagnostic::error(
                            Code::BadParameter,
                            parameter.name.span,
                            format!("the query parameter `{name}` has no value"),
                        )
                        .help(format!("give one with `--param {name}=VALUE`")),
                    );
                    Scalar::Literal(Value::missing(ty.node))
                }
            };
            next = next.with(name, Binding::Scalar(value));
        }
        next
    }

    /// The value of a query parameter given as text: as a KQL literal of the type, or the text itself for strings.
    fn parameter_value(&mut self, parameter: &ast::Parameter, ty: Type, text: &str) -> Scalar {
        let parsed = match ty {
            Type::String => Some(Value::String(text.to_owned())),
            Type::Bool => match text.to_ascii_lowercase().as_str() {
                "true" | "1" => Some(Value::Bool(true)),
                "false" | "0" => Some(Value::Bool(false)),
                _ => None,
            },
            Type::Int => text.trim().parse().ok().map(Value::Int),
            Type::Long => text.trim().parse().ok().map(Value::Long),
            Type::Real => text.trim().parse().ok().map(Value::Real),
            Type::Decimal => value::parse_decimal(text).map(Value::Decimal),
            Type::DateTime => value::parse_datetime(text).map(Value::DateTime),
            Type::TimeSpan => value::parse_timespan(text).map(Value::TimeSpan),
            Type::Guid => value::parse_guid(text).map(Value::Guid),
            Type::Dynamic => serde_json::from_str(text).ok().map(Value::Dynamic),
            Type::Unknown => None,
        };
        let literal = || literal_text(text, ty, self.catalog, self.options);
        match parsed.or_else(literal) {
            Some(value) => Scalar::Literal(value),
            None => {
                let name = &parameter.name.name;
                self.error(
                    Code::BadParameter,
                    parameter.name.span,
                    format!("`{text}` is not a {ty} value for the query parameter `{name}`"),
                );
                Scalar::Literal(Value::missing(ty))
            }
        }
    }
}

/// Text that is a KQL constant expression: `7d`, `datetime(2026-03-02)`, `ago(1d)`.
fn literal_text(text: &str, ty: Type, catalog: &dyn Catalog, options: &Options) -> Option<Value> {
    let parsed = crate::syntax::parse(text);
    let [ast::Statement { kind: StatementKind::Expression(expr), .. }] = parsed.query.statements.as_slice() else {
        return None;
    };
    if parsed.diagnostics.iter().any(Diagnostic::is_error) {
        return None;
    }
    let mut binder = Binder::new(catalog, options);
    let value = binder.bind_scalar(expr, &Scope::constants(Env::default()));
    let value = binder.convert_implicitly(value, ty)?;
    if binder.diagnostics.is_empty() { value.literal().cloned() } else { None }
}

/// A relation of one row without columns.
pub(super) fn one_row() -> Rel {
    Rel::Values { columns: Vec::new(), rows: vec![Vec::new()] }
}
