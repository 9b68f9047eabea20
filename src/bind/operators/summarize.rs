//! `summarize`, `count`, `distinct`.

use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{Column, Scalar};
use crate::syntax::ast::{Count, Distinct, ExprKind, NamedExpr, Summarize};
use crate::types::Type;

use super::super::Binder;
use super::super::env::Env;
use super::super::expression::Scope;
use super::super::naming::Names;
use super::super::result::count_rows;
use super::super::table::Table;

impl<'a> Binder<'a> {
    pub(super) fn bind_summarize(&mut self, summarize: &'a Summarize, table: Table, env: &Env<'a>) -> Table {
        let scope = Scope::of(env, &table);
        let mut names = Names::default();
        let groups = self.bind_groups(&summarize.groups, &scope, &mut names);
        self.check_keys(&groups, &summarize.groups);
        let keys: Vec<Column> = plain_columns(&groups, &table);
        let mut calls = Vec::new();
        let mut results: Vec<(String, Scalar)> = Vec::new();
        for item in &summarize.aggregates {
            let aggregated = self.bind_aggregated(item, &table, &keys, &mut names, &scope);
            calls.extend(aggregated.calls);
            results.extend(aggregated.columns);
        }
        let table = self.place_windows(table);
        let groups: Vec<(Column, Scalar)> =
            groups.into_iter().map(|(name, value)| (self.fresh(name, value.ty()), value)).collect();
        let shown: Vec<(String, Scalar)> =
            groups.iter().map(|(column, _)| (column.name.clone(), Scalar::column(column))).chain(results).collect();
        let table = self.group(table, groups, calls);
        let columns = self.columns_for(shown);
        table.project(columns)
    }

    /// Group keys with their names.
    pub(super) fn bind_groups(
        &mut self,
        items: &'a [NamedExpr],
        scope: &Scope<'a>,
        names: &mut Names,
    ) -> Vec<(String, Scalar)> {
        let mut groups = self.bind_named(items, scope, names);
        // An absent value of unknown type cannot be a key.
        groups.retain(|(_, value)| value.ty() != Type::Unknown);
        groups
    }

    /// Refuses keys that have no equality of their own.
    fn check_keys(&mut self, groups: &[(String, Scalar)], items: &[NamedExpr]) {
        for (index, (name, _)) in groups.iter().enumerate().filter(|(_, (_, value))| value.ty() == Type::Dynamic) {
            let Some(item) = items.get(index).or(items.last()) else { continue };
            self.report(
                Diagnostic::error(
                    Code::TypeMismatch,
                    item.value.span,
                    "rows cannot be told apart by a `dynamic` value",
                )
                .label(format!("`{name}` is `dynamic`"))
                .help("make a plain value of it: `tostring(…)`, `tolong(…)`, …"),
            );
        }
    }

    pub(super) fn bind_count(&mut self, count: &'a Count, table: Table) -> Table {
        let name = count.name.as_ref().map_or("Count", |ident| ident.name.as_str());
        let column = self.fresh(name, Type::Long);
        let call = count_rows();
        self.group(table, Vec::new(), vec![(vec![column], call)])
    }

    pub(super) fn bind_distinct(&mut self, distinct: &'a Distinct, table: Table, env: &Env<'a>) -> Table {
        let star = distinct.columns.iter().any(|item| {
            matches!(&item.value.kind, ExprKind::Star)
                || matches!(&item.value.kind, ExprKind::Wildcard(text) if text == "*")
        });
        let values: Vec<(String, Scalar)> = if star {
            if distinct.columns.len() > 1 {
                let place = distinct.columns.first().map_or_else(Default::default, |item| item.span);
                self.error(Code::Syntax, place, "`*` stands for all columns and cannot be listed with others");
            }
            table.columns.iter().map(|column| (column.name.clone(), Scalar::column(column))).collect()
        } else {
            let scope = Scope::of(env, &table);
            self.bind_groups(&distinct.columns, &scope, &mut Names::default())
        };
        self.check_keys(&values, &distinct.columns);
        let table = self.place_windows(table);
        let groups: Vec<(Column, Scalar)> =
            values.into_iter().map(|(name, value)| (self.fresh(name, value.ty()), value)).collect();
        self.group(table, groups, Vec::new())
    }
}

/// The columns among group keys that are nothing but columns.
pub(super) fn plain_columns(groups: &[(String, Scalar)], table: &Table) -> Vec<Column> {
    groups
        .iter()
        .filter_map(|(_, value)| match value {
            Scalar::Column(id, _) => table.columns.iter().find(|column| column.id == *id).cloned(),
            _ => None,
        })
        .collect()
}
