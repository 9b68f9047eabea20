//! `union`.

use crate::diagnostic::{Code, Diagnostic, Severity};
use crate::ir::{Column, Rel, Scalar};
use crate::syntax::ast::{Expr, ExprKind, Union};
use crate::types::Type;
use crate::value::Value;

use super::super::Binder;
use super::super::env::{Binding, Env};
use super::super::naming::Names;
use super::super::table::Table;
use super::project::wildcard_matches;

/// Which columns a union has.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Those of any input.
    Outer,
    /// Those of all inputs.
    Inner,
}

/// What becomes of a table that is not there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::bind) enum Missing {
    /// It is an error.
    Reported,
    /// It is left out, with a warning.
    LeftOut,
}

struct Options {
    kind: Kind,
    with_source: Option<String>,
    missing: Missing,
}

impl<'a> Binder<'a> {
    pub(super) fn bind_union(&mut self, union: &'a Union, input: Option<Table>, env: &Env<'a>) -> Table {
        let options = self.bind_union_options(union, env);
        let mut parts: Vec<(String, Table)> = Vec::new();
        if let Some(table) = input {
            if !table.keys.is_empty() {
                let message = "`union` is not supported inside of `mv-apply`";
                let help = "its tables would be there for each record anew: put it behind";
                let place = union.tables.first().map(|part| part.span);
                self.report(Diagnostic::error(Code::UnsupportedFeature, place.unwrap_or_default(), message).help(help));
                return Table::broken();
            }
            let name = match &table.rel {
                _ if table.name.is_some() => table.name.clone().unwrap_or_default(),
                Rel::Scan { table, .. } => table.clone(),
                _ => "union_arg0".to_owned(),
            };
            parts.push((name, table));
        }
        for expr in &union.tables {
            self.bind_union_part(expr, options.missing, env, &mut parts);
        }
        self.union_of(parts, options.kind, options.with_source)
    }

    /// The rows of all parts, with a first column of their names if one is asked for.
    pub(super) fn union_of(&mut self, parts: Vec<(String, Table)>, kind: Kind, with_source: Option<String>) -> Table {
        let broken = parts.iter().any(|(_, table)| table.broken);
        let shape = shape(&parts, kind);
        let source = with_source.map(|name| self.fresh(name, Type::String));
        let mut columns: Vec<Column> = source.clone().into_iter().collect();
        columns.extend(shape.iter().map(|(name, _, ty)| self.fresh(name.as_str(), *ty)));
        let inputs = parts
            .into_iter()
            .map(|(name, table)| {
                let mut values: Vec<Scalar> = source.iter().map(|_| Scalar::text(name.as_str())).collect();
                values.extend(shape.iter().map(|(_, original, ty)| match table.column(original) {
                    Some(column) if column.ty == *ty => Scalar::column(column),
                    _ => Scalar::Literal(Value::missing(*ty)),
                }));
                let columns = columns.iter().map(|c| self.fresh(c.name.as_str(), c.ty)).zip(values).collect();
                Rel::Project { input: Box::new(table.rel), columns }
            })
            .collect();
        Table { broken, ..Table::new(Rel::Union { inputs, columns }) }
    }

    /// The rows of all parts, with the columns of any of them.
    pub(in crate::bind) fn union_of_all(&mut self, parts: Vec<(String, Table)>) -> Table {
        self.union_of(parts, Kind::Outer, None)
    }

    fn bind_union_options(&mut self, union: &'a Union, env: &Env<'a>) -> Options {
        let missing = if self.settings.best_effort { Missing::LeftOut } else { Missing::Reported };
        let mut options = Options { kind: Kind::Outer, with_source: None, missing };
        for option in &union.options {
            let word = match &option.value.kind {
                ExprKind::Name(ident) => ident.name.clone(),
                ExprKind::Literal(Value::String(text)) => text.clone(),
                ExprKind::Literal(Value::Bool(truth)) => truth.to_string(),
                _ => String::new(),
            };
            match (option.name.name.as_str(), word.as_str()) {
                ("kind", "outer") => options.kind = Kind::Outer,
                ("kind", "inner") => options.kind = Kind::Inner,
                ("withsource" | "with_source", name) if !name.is_empty() => options.with_source = Some(name.to_owned()),
                ("isfuzzy", "true") => options.missing = Missing::LeftOut,
                ("isfuzzy", "false") => options.missing = Missing::Reported,
                ("isfuzzy", name)
                    if matches!(env.get(name), Some(Binding::Scalar(Scalar::Literal(Value::Bool(true))))) =>
                {
                    options.missing = Missing::LeftOut;
                }
                (name, _) if name.starts_with("hint.") => {}
                (name, _) => self.error(
                    Code::UnsupportedFeature,
                    option.name.span.cover(option.value.span),
                    format!("the option `{name}` is not supported here with this value"),
                ),
            }
        }
        options
    }

    pub(super) fn bind_union_part(
        &mut self,
        expr: &'a Expr,
        missing: Missing,
        env: &Env<'a>,
        parts: &mut Vec<(String, Table)>,
    ) {
        match &expr.kind {
            ExprKind::Paren(inner) if matches!(inner.kind, ExprKind::Wildcard(_)) => {
                self.bind_union_part(inner, missing, env, parts);
            }
            ExprKind::Path(base, selector)
                if matches!(selector.kind, ExprKind::Wildcard(_)) && self.is_database(base, env) =>
            {
                if self.bind_database(base, env) {
                    self.bind_union_part(selector, missing, env, parts);
                }
            }
            ExprKind::Wildcard(pattern) => {
                let found: Vec<String> =
                    self.tables_in_sight(env).into_iter().filter(|name| wildcard_matches(pattern, name)).collect();
                let views: Vec<String> = env
                    .names()
                    .into_iter()
                    .filter(|name| wildcard_matches(pattern, name) && is_view(env, name))
                    .map(str::to_owned)
                    .collect();
                for name in &views {
                    if let Some(Binding::Function(function, inner)) = env.get(name).cloned() {
                        let table = self.call_table_function(function, &inner, &[], expr.span, env);
                        parts.push((name.clone(), table));
                    }
                }
                if found.is_empty() && views.is_empty() && missing == Missing::Reported {
                    self.error(Code::UnknownTable, expr.span, format!("no table fits `{pattern}`"));
                }
                for name in found {
                    let table = self.scan(&name, expr.span, env);
                    parts.push((name, table));
                }
            }
            ExprKind::Name(ident) if matches!(env.get(&ident.name), None | Some(Binding::Hidden)) => {
                if self.catalog.table(&ident.name).is_none() && missing == Missing::LeftOut {
                    self.report(Diagnostic::warning(
                        Code::UnknownTable,
                        ident.span,
                        format!("no table `{}`: left out", ident.name),
                    ));
                    return;
                }
                let table = self.scan(&ident.name, ident.span, env);
                parts.push((ident.name.clone(), table));
            }
            _ => {
                let before = self.diagnostics.len();
                let table = self.deeper(expr.span, |binder| binder.bind_table(expr, env)).unwrap_or_else(Table::broken);
                let gone = |d: &Diagnostic| d.code == Code::UnknownTable && d.is_error();
                if missing == Missing::LeftOut && self.diagnostics[before..].iter().any(gone) {
                    for diagnostic in &mut self.diagnostics[before..] {
                        diagnostic.severity = Severity::Warning;
                    }
                    return;
                }
                let name = match &expr.kind {
                    ExprKind::Name(ident) if is_view(env, &ident.name) => ident.name.clone(),
                    ExprKind::Name(ident) if is_named_with_as(env, &ident.name) => ident.name.clone(),
                    _ => table.name.clone().unwrap_or_else(|| format!("union_arg{}", parts.len())),
                };
                parts.push((name, table));
            }
        }
    }
}

/// Whether a name is a function declared with `view`, which unions treat like a table.
fn is_view(env: &Env, name: &str) -> bool {
    matches!(env.get(name), Some(Binding::Function(function, _)) if function.view && function.parameters.is_empty())
}

/// Whether a name was given with `as`, which makes it the source of the rows.
fn is_named_with_as(env: &Env, name: &str) -> bool {
    matches!(env.get(name), Some(Binding::Table(named)) if named.label.as_deref() == Some(name))
}

/// The columns of a union: output name, name in the inputs, type. A name with several types becomes one column a
/// type, called `name_type`.
fn shape(parts: &[(String, Table)], kind: Kind) -> Vec<(String, String, Type)> {
    let mut seen: Vec<(&str, Vec<Type>)> = Vec::new();
    for (_, table) in parts {
        for column in &table.columns {
            match seen.iter_mut().find(|(name, _)| *name == column.name) {
                Some((_, types)) if types.contains(&column.ty) => {}
                Some((_, types)) => types.push(column.ty),
                None => seen.push((&column.name, vec![column.ty])),
            }
        }
    }
    if kind == Kind::Inner {
        seen.retain(|(name, types)| types.len() == 1 && parts.iter().all(|(_, table)| table.column(name).is_some()));
    }
    let mut names = Names::default();
    let mut shape = Vec::new();
    for (name, types) in seen {
        match types.as_slice() {
            [ty] => shape.push((names.unique(name), name.to_owned(), *ty)),
            several => {
                shape.extend(several.iter().map(|ty| (names.unique(&format!("{name}_{ty}")), name.to_owned(), *ty)));
            }
        }
    }
    shape
}
