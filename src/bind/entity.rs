//! Names behind `database(…)`, aliases of databases, entity groups, and `macro-expand`.
//!
//! The data is one database, called `local`; other databases are out of reach, and clusters too.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::ir::{Scalar, Sharing};
use crate::span::Span;
use crate::syntax::ast::{Expr, ExprKind, Ident, MacroExpand, Operator, StatementKind};
use crate::value::Value;

use super::Binder;
use super::env::{Binding, Env};
use super::expression::Scope;
use super::operators::{Missing, wildcard_matches};
use super::table::Table;

/// The name of the database that the data is, and of the cluster it is in.
pub(super) const LOCAL: &str = crate::functions::special::DATABASE;

impl<'a> Binder<'a> {
    /// Whether an expression is written as a database: `database(…)`, `cluster(…).database(…)`, or the entity of a
    /// `macro-expand`.
    pub(super) fn is_database(&self, expr: &Expr, env: &Env<'a>) -> bool {
        match &expr.kind {
            ExprKind::Call(call) => call.name.name == "database" && env.get("database").is_none(),
            ExprKind::Path(base, selector) => {
                is_call_of(base, "cluster") && is_call_of(selector, "database") && env.get("cluster").is_none()
            }
            ExprKind::Name(ident) => matches!(env.get(&ident.name), Some(Binding::Database)),
            ExprKind::Paren(inner) => self.is_database(inner, env),
            _ => false,
        }
    }

    /// Whether a database, which may be a pattern of names, is the one that is there; nothing is reported.
    pub(super) fn names_local(&mut self, expr: &'a Expr, env: &Env<'a>) -> bool {
        let before = self.diagnostics.len();
        let local = self.bind_database(expr, env);
        self.diagnostics.truncate(before);
        local
    }

    /// Whether what is written as a database is the one that is there; reports when not.
    pub(super) fn bind_database(&mut self, expr: &'a Expr, env: &Env<'a>) -> bool {
        let (call, cluster) = match &expr.kind {
            ExprKind::Paren(inner) => return self.bind_database(inner, env),
            ExprKind::Name(_) => return true,
            ExprKind::Call(call) => (call, None),
            ExprKind::Path(base, selector) => match (&base.kind, &selector.kind) {
                (ExprKind::Call(cluster), ExprKind::Call(call)) => (call, Some(cluster)),
                _ => return false,
            },
            _ => return false,
        };
        if let Some(cluster) = cluster {
            let known = match cluster.args.as_slice() {
                [] => true,
                [name] => match self.entity_name(&name.value, env) {
                    Some(name) => name.eq_ignore_ascii_case(LOCAL),
                    None => return false,
                },
                _ => false,
            };
            if !known {
                self.out_of_reach(expr.span, "other clusters are out of reach");
                return false;
            }
        }
        match call.args.as_slice() {
            [] => true,
            [name] => {
                let Some(text) = self.entity_name(&name.value, env) else { return false };
                let known = wildcard_matches(&text.to_lowercase(), LOCAL) || self.aliases.contains(&text);
                if !known {
                    self.out_of_reach(expr.span, &format!("no database `{text}` here"));
                }
                known
            }
            _ => {
                self.error(Code::WrongArgumentCount, call.args_span, "`database` takes one name");
                false
            }
        }
    }

    fn out_of_reach(&mut self, span: Span, message: &str) {
        self.report(
            Diagnostic::error(Code::UnknownTable, span, message)
                .label(format!("the data is the database `{LOCAL}`"))
                .help("name the table alone, or put `alias database NAME = database(\"local\");` in front"),
        );
    }

    fn entity_name(&mut self, expr: &'a Expr, env: &Env<'a>) -> Option<String> {
        let value = self.bind_scalar(expr, &Scope::constants(env.clone()));
        match value.literal() {
            Some(Value::String(text)) => Some(text.clone()),
            _ => {
                self.error(Code::NotConstant, expr.span, "a name is needed, as a constant string");
                None
            }
        }
    }

    /// `database(…).name` and `database(…).function(…)`.
    pub(super) fn bind_entity(&mut self, expr: &'a Expr, env: &Env<'a>) -> Table {
        let (base, selector) = match &expr.kind {
            ExprKind::Member(base, name) => (base, Selector::Name(name)),
            ExprKind::Path(base, selector) => (base, Selector::Expr(selector)),
            _ => return Table::broken(),
        };
        if !self.is_database(base, env) {
            self.report(
                Diagnostic::error(Code::UnsupportedFeature, expr.span, "other databases and clusters are out of reach")
                    .help("name the table alone"),
            );
            return Table::broken();
        }
        if !self.bind_database(base, env) {
            return Table::broken();
        }
        // Names behind a database are never those of `let`.
        let root = self.root.clone();
        match selector {
            Selector::Name(name) if matches!(env.get(&name.name), Some(Binding::Hidden)) => {
                self.scan(&name.name, name.span, env)
            }
            Selector::Name(name) => self.bind_table_name(name, &root),
            Selector::Expr(selector) => match &selector.kind {
                ExprKind::Call(call) if matches!(env.get(&call.name.name), Some(Binding::Hidden)) => {
                    self.scan(&call.name.name, call.name.span, env)
                }
                ExprKind::Call(call) => match root.get(&call.name.name).cloned() {
                    Some(Binding::Function(function, inner)) => {
                        self.call_table_function(function, &inner, &call.args, selector.span, env)
                    }
                    _ => self.bind_table_call(call, selector.span, env),
                },
                ExprKind::Wildcard(_) => {
                    self.error(Code::Syntax, selector.span, "a pattern of table names belongs into `union` or `find`");
                    Table::broken()
                }
                _ => {
                    self.error(Code::Syntax, selector.span, "the name of a table or a function is needed here");
                    Table::broken()
                }
            },
        }
    }

    /// `database(…).function(…)` where a value is needed.
    pub(super) fn bind_entity_value(
        &mut self,
        expr: &Expr,
        base: &'a Expr,
        selector: &'a Expr,
        scope: &Scope<'a>,
    ) -> Scalar {
        let ExprKind::Call(call) = &selector.kind else {
            self.error(Code::UnsupportedFeature, expr.span, "this path does not stand for a value");
            return super::arithmetic::unknown();
        };
        if !self.is_database(base, &scope.env) {
            self.error(Code::UnsupportedFeature, expr.span, "functions are called by their name alone");
            return super::arithmetic::unknown();
        }
        if !self.bind_database(base, &scope.env) {
            return super::arithmetic::unknown();
        }
        match self.root.get(&call.name.name).cloned() {
            Some(Binding::Function(function, inner)) => {
                self.call_scalar_function(function, &inner, &call.args, selector.span, scope)
            }
            _ => {
                let message = format!("no stored function `{}`", call.name.name);
                self.error(Code::UnknownFunction, call.name.span, message);
                super::arithmetic::unknown()
            }
        }
    }

    /// `alias database name = …`
    pub(super) fn bind_alias(&mut self, name: &Ident, value: &'a Expr, env: &Env<'a>) {
        if !self.is_database(value, env) {
            self.error(Code::InvalidValue, value.span, "an alias is for a database: `database(\"local\")`");
        } else if self.bind_database(value, env) {
            self.aliases.push(name.name.clone());
        }
    }

    /// `macro-expand group as name ( statements )`
    pub(super) fn bind_macro_expand(&mut self, expand: &'a MacroExpand, operator: &Operator, env: &Env<'a>) -> Table {
        let mut missing = Missing::Reported;
        for option in &expand.options {
            let value = match &option.value.kind {
                ExprKind::Name(ident) => ident.name.to_ascii_lowercase(),
                ExprKind::Literal(Value::Bool(truth)) => truth.to_string(),
                _ => String::new(),
            };
            match (option.name.name.as_str(), value.as_str()) {
                ("isfuzzy", "true") => missing = Missing::LeftOut,
                ("isfuzzy", "false") | ("kind", "union") => {}
                (name, _) => self.error(
                    Code::UnsupportedFeature,
                    option.name.span.cover(option.value.span),
                    format!("the option `{name}` is not supported here with this value"),
                ),
            }
        }
        let Some((members, scope)) = self.entities(&expand.group, env) else { return Table::broken() };
        let mut parts: Vec<(String, Table)> = Vec::new();
        for member in members {
            let before = self.diagnostics.len();
            let entity = self.bind_member_of_group(member, &scope);
            let table = match entity {
                Some(entity) => {
                    let name = &expand.name.name;
                    let inner = if name.is_empty() { env.clone() } else { env.with(name, entity) };
                    self.bind_expanded(expand, operator, inner)
                }
                None => Table::broken(),
            };
            let gone = |d: &Diagnostic| d.code == Code::UnknownTable && d.is_error();
            if missing == Missing::LeftOut && self.diagnostics[before..].iter().any(gone) {
                self.diagnostics[before..].iter_mut().for_each(|diagnostic| diagnostic.severity = Severity::Warning);
                continue;
            }
            parts.push((format!("union_arg{}", parts.len()), table));
        }
        self.union_of_all(parts)
    }

    /// The members of an entity group, and where their names are looked up.
    fn entities(&mut self, group: &'a Expr, env: &Env<'a>) -> Option<(&'a [Expr], Env<'a>)> {
        match &group.kind {
            ExprKind::EntityGroup(members) => Some((members, env.clone())),
            ExprKind::Name(ident) => match env.get(&ident.name) {
                Some(Binding::Entities(members, scope)) => Some((members, scope.clone())),
                Some(Binding::Broken) => None,
                _ => {
                    let near = super::suggest::nearest(&ident.name, env.names());
                    let message = format!("no entity group `{}`", ident.name);
                    let diagnostic = Diagnostic::error(Code::UnknownName, ident.span, message);
                    self.report(match near {
                        Some(near) => diagnostic.label(format!("nearest: `{near}`")),
                        None => diagnostic.help("`let G = entity_group [database(\"local\")];` makes one"),
                    });
                    None
                }
            },
            _ if self.is_database(group, env) => Some((std::slice::from_ref(group), env.clone())),
            _ => {
                self.error(Code::UnsupportedFeature, group.span, "stored entity groups are not supported");
                None
            }
        }
    }

    fn bind_member_of_group(&mut self, member: &'a Expr, env: &Env<'a>) -> Option<Binding<'a>> {
        if self.is_database(member, env) {
            return self.bind_database(member, env).then_some(Binding::Database);
        }
        let table = self.bind_table(member, env);
        (!table.broken).then(|| Binding::Table(self.named(table, Sharing::IfLarge, None)))
    }

    /// The body of `macro-expand` for one entity.
    fn bind_expanded(&mut self, expand: &'a MacroExpand, operator: &Operator, env: Env<'a>) -> Table {
        let mut env = env;
        let mut table = None;
        for statement in &expand.body.statements {
            match &statement.kind {
                StatementKind::Let(let_) => env = self.bind_let(let_, &env),
                StatementKind::Expression(expr) if table.is_none() => {
                    table = self.deeper(expr.span, |binder| binder.bind_table(expr, &env));
                }
                StatementKind::Expression(expr) => {
                    self.error(Code::UnsupportedFeature, expr.span, "`macro-expand` takes one table expression");
                }
                _ => self.error(
                    Code::UnsupportedFeature,
                    statement.span,
                    "this statement cannot stand inside `macro-expand`",
                ),
            }
        }
        table.unwrap_or_else(|| {
            self.error(Code::Syntax, operator.keyword, "`macro-expand` needs a table expression");
            Table::broken()
        })
    }

    /// `X.$current_database` inside of `macro-expand`.
    pub(super) fn bind_entity_property(&mut self, base: &Expr, name: &Ident, env: &Env<'a>) -> Option<Scalar> {
        if !self.is_database(base, env) || !matches!(base.kind, ExprKind::Name(_)) {
            return None;
        }
        if matches!(name.name.as_str(), "$current_database" | "$current_cluster_endpoint") {
            return Some(Scalar::text(LOCAL));
        }
        self.report(
            Diagnostic::error(Code::NotTabular, name.span, "a table of a database stands where a value is needed")
                .help("`$current_database` is the name of the database"),
        );
        Some(super::arithmetic::unknown())
    }
}

enum Selector<'a> {
    Name(&'a Ident),
    Expr(&'a Expr),
}

fn is_call_of(expr: &Expr, name: &str) -> bool {
    matches!(&expr.kind, ExprKind::Call(call) if call.name.name == name)
}
