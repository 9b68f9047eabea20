//! `sort`, `top`, `top-hitters`.

use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{AggregateCall, Column, Rel, Scalar, SortKey, Target};
use crate::syntax::ast::{self, Direction, Nulls, Sort, Top, TopHitters};
use crate::types::Type;

use super::super::Binder;
use super::super::env::Env;
use super::super::expression::Scope;
use super::super::naming::implied_name;
use super::super::table::Table;

impl<'a> Binder<'a> {
    pub(super) fn bind_sort(&mut self, sort: &'a Sort, table: Table, env: &Env<'a>) -> Table {
        self.ordered(&sort.keys, table, env)
    }

    pub(super) fn bind_top(&mut self, top: &'a Top, table: Table, env: &Env<'a>) -> Table {
        let count = self.bind_count_of_rows(&top.count, env);
        let table = self.ordered(&top.keys, table, env);
        self.limit(table, count)
    }

    /// The table with another order. Keys that are not plain columns become hidden ones.
    fn ordered(&mut self, keys: &'a [ast::SortKey], table: Table, env: &Env<'a>) -> Table {
        let scope = Scope::of(env, &table);
        let bound: Vec<SortKey> = keys.iter().filter_map(|key| self.bind_sort_key(key, &scope)).collect();
        let mut table = self.place_windows(table);
        let hidden: Vec<(Column, Scalar)> = bound
            .iter()
            .filter(|key| !matches!(key.value, Scalar::Column(..)))
            .map(|key| (self.fresh("sort_key", key.value.ty()), key.value.clone()))
            .collect();
        let order: Vec<SortKey> = bound
            .into_iter()
            .map(|key| {
                let column =
                    hidden.iter().find(|(_, value)| *value == key.value).map(|(column, _)| Scalar::column(column));
                SortKey { value: column.unwrap_or(key.value), ..key }
            })
            .collect();
        if !hidden.is_empty() {
            let mut columns: Vec<(Column, Scalar)> =
                table.rel.columns().into_iter().map(|column| (column.clone(), Scalar::column(&column))).collect();
            columns.extend(hidden);
            table.rel = Rel::Project { input: Box::new(table.rel), columns };
        }
        Table { order, serialized: true, ..table }
    }

    pub(super) fn bind_sort_key(&mut self, key: &'a ast::SortKey, scope: &Scope<'a>) -> Option<SortKey> {
        let value = self.bind_scalar(&key.expr.value, scope);
        match value.ty() {
            Type::Unknown => return None,
            Type::Dynamic => {
                self.error(
                    Code::TypeMismatch,
                    key.expr.span,
                    "`dynamic` values have no order: convert the key with `tostring()`, `tolong()`, …",
                );
                return None;
            }
            _ => {}
        }
        let descending = key.direction.as_ref().is_none_or(|d| d.node == Direction::Descending);
        let nulls_first = key.nulls.as_ref().map_or(!descending, |n| n.node == Nulls::First);
        Some(SortKey { value, descending, nulls_first })
    }

    /// `top-hitters n of x by w`: the values with the largest weight.
    pub(super) fn bind_top_hitters(&mut self, top: &'a TopHitters, table: Table, env: &Env<'a>) -> Table {
        let count = self.bind_count_of_rows(&top.count, env);
        let scope = Scope::of(env, &table);
        let value = self.bind_scalar(&top.of.value, &scope);
        if !matches!(value, Scalar::Column(..)) && value.ty() != Type::Unknown {
            self.report(
                Diagnostic::error(Code::InvalidValue, top.of.span, "`top-hitters` needs the name of a column")
                    .help("`extend` makes one"),
            );
        }
        let named = top.of.names.first().map(|ident| ident.name.clone()).or_else(|| implied_name(&top.of.value));
        let key = self.fresh(named.clone().unwrap_or_else(|| "Column1".to_owned()), value.ty());
        let (target, args, name, ty) = match &top.by {
            None => (Target::Builtin("count"), vec![Scalar::long(1)], "approximate_count_", Type::Long),
            Some(by) => {
                let weight = self.bind_scalar(&by.value, &scope);
                let ty = if weight.ty() == Type::Int { Type::Long } else { weight.ty() };
                (Target::Builtin("sum"), vec![self.convert_or_report(weight, ty, by.span)], "approximate_sum_", ty)
            }
        };
        let base = match &top.by {
            None => named.unwrap_or_default(),
            Some(by) => implied_name(&by.value).unwrap_or_default(),
        };
        let weight = self.fresh(format!("{name}{base}"), ty);
        let call = AggregateCall { target, args, filter: None, distinct: false, order_by: Vec::new(), types: vec![ty] };
        let table = self.place_windows(table);
        let table = self.group(table, vec![(key, value)], vec![(vec![weight.clone()], call)]);
        let order = vec![SortKey { value: Scalar::column(&weight), descending: true, nulls_first: false }];
        self.limit(Table { order, serialized: true, ..table }, count)
    }
}
