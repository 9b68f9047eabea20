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

/// Request options that mean something in the cloud only and cannot change an answer here.
const IGNORED_OPTIONS: &[&str] = &[
    "deferpartialqueryfailures",
    "materialized_view_shuffle",
    "max_memory_consumption_per_query_per_node",
    "maxmemoryconsumptionperiterator",
    "maxoutputcolumns",
    "norequesttimeout",
    "notruncation",
    "push_selection_through_aggregation",
    "query_datascope",
    "query_distribution_nodes_span",
    "query_fanout_nodes_percent",
    "query_fanout_threads_percent",
    "query_language",
    "query_log_query_parameters",
    "query_results_cache_force_refresh",
    "query_results_cache_max_age",
    "query_results_cache_per_shard",
    "query_results_progressive_row_count",
    "query_results_progressive_update_period",
    "query_weakconsistency_session_id",
    "request_app_name",
    "request_description",
    "request_readonly",
    "request_readonly_hardline",
    "request_user",
    "results_progressive_enabled",
    "results_v2_fragment_primary_tables",
    "results_v2_newlines_between_frames",
    "servertimeout",
];

impl<'a> Binder<'a> {
    /// Binds statements in order; gives the names they leave and the results of the expressions among them.
    pub(super) fn bind_statements(&mut self, query: &'a ast::Query, mut env: Env<'a>) -> (Env<'a>, Vec<Output>) {
        let mut results = Vec::new();
        for statement in &query.statements {
            match &statement.kind {
                StatementKind::Let(let_) => env = self.bind_let(let_, &env),
                StatementKind::Expression(expr) => {
                    let (outputs, next) = self.bind_results(expr, &env);
                    results.extend(outputs);
                    env = next;
                }
                StatementKind::Set(option) => self.bind_set(option, &env),
                StatementKind::QueryParameters(parameters) => env = self.bind_query_parameters(parameters, &env),
                StatementKind::Pattern(pattern) => {
                    env = env.with(&pattern.name.name, Binding::Pattern(pattern, env.clone()));
                }
                StatementKind::Alias { .. } => self.refuse_statement(statement, "alias"),
                StatementKind::Restrict(entities) => env = self.bind_restrict(entities, &env),
                StatementKind::Command(command) => results.extend(self.bind_command(command, &env)),
            }
        }
        (env, results)
    }

    fn refuse_statement(&mut self, statement: &ast::Statement, what: &str) {
        self.error(Code::UnsupportedFeature, statement.span, format!("the statement `{what}` is not supported"));
    }

    pub(super) fn bind_let(&mut self, let_: &'a ast::Let, env: &Env<'a>) -> Env<'a> {
        let name = &let_.name.name;
        match &let_.value {
            LetValue::Function(function) => env.with(name, Binding::Function(function, env.clone())),
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

    fn bind_set(&mut self, option: &'a ast::SetOption, env: &Env<'a>) {
        let name = option.name.name.as_str();
        // `query_now` is read before binding starts: see `pinned_now`.
        if name == "query_now" || IGNORED_OPTIONS.contains(&name) {
            return;
        }
        if matches!(name, "truncationmaxrecords" | "query_take_max_records") {
            let known = option.value.as_ref().map(|expr| self.bind_scalar(expr, &Scope::constants(env.clone())));
            let count = known.as_ref().and_then(|value| value.literal()).and_then(Value::as_i64);
            match count.and_then(|count| u64::try_from(count).ok()) {
                Some(count) => self.most_rows = Some(self.most_rows.map_or(count, |most| most.min(count))),
                None => self.error(Code::NotConstant, option.name.span, format!("`{name}` takes a number of rows")),
            }
            return;
        }
        if let Some(at) = ["query_bin_auto_size", "query_bin_auto_at"].iter().position(|option| *option == name) {
            let value = option.value.as_ref().map(|expr| self.bind_scalar(expr, &Scope::constants(env.clone())));
            match value.filter(|value| value.ty().is_summable()) {
                Some(value) => self.bin_auto[at] = Some(value),
                None => self.error(
                    Code::InvalidValue,
                    option.name.span,
                    format!("`{name}` takes a number, `timespan` or `datetime`"),
                ),
            }
            return;
        }
        self.report(
            Diagnostic::warning(
                Code::UnknownOption,
                option.name.span,
                format!("the option `{name}` has no effect here"),
            )
            .label("ignored"),
        );
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

/// The value of `set query_now=…`, in nanoseconds since 1970, if a request has one.
pub fn pinned_now(query: &ast::Query) -> Option<i64> {
    query.statements.iter().find_map(|statement| match &statement.kind {
        StatementKind::Set(ast::SetOption { name, value: Some(expr) }) if name.name == "query_now" => {
            match &expr.kind {
                ast::ExprKind::Literal(Value::DateTime(nanos)) => Some(*nanos),
                ast::ExprKind::Literal(Value::String(text)) => value::parse_datetime(text),
                _ => None,
            }
        }
        _ => None,
    })
}

/// A relation of one row without columns.
pub(super) fn one_row() -> Rel {
    Rel::Values { columns: Vec::new(), rows: vec![Vec::new()] }
}
