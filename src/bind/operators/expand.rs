//! `mv-expand` and `mv-apply`.

use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{Column, EmptyArray, Op, Rel, Scalar, SortKey};
use crate::syntax::ast::{Expr, ExprKind, MvApply, MvExpand, MvExpandColumn, Option_};
use crate::types::Type;
use crate::value::Value;

use super::super::Binder;
use super::super::convert::from_dynamic;
use super::super::env::Env;
use super::super::expression::Scope;
use super::super::naming::{Names, implied_name};
use super::super::table::Table;

/// What the options of `mv-expand` and its kin ask for.
struct Expansion {
    /// `[key, value]` arrays instead of bags of one property.
    bags_as_arrays: bool,
    /// The column of the items' positions.
    index: Option<String>,
}

/// Arrays taken apart: one row per item.
struct Expanded {
    /// The input with the items beside it.
    table: Table,
    /// What each expanded column is called, and its value.
    results: Vec<(String, Scalar)>,
    /// The positions of the items, when they are wanted.
    index: Option<(String, Scalar)>,
    /// The column of these positions, where there is one.
    position: Option<Column>,
}

/// Whether the positions of items are needed when nobody asked for them.
#[derive(Clone, Copy, PartialEq)]
enum Positions {
    Wanted,
    Needed,
}

impl<'a> Binder<'a> {
    pub(super) fn bind_mv_expand(&mut self, expand: &'a MvExpand, table: Table, env: &Env<'a>) -> Table {
        let visible = table.columns.clone();
        let in_order = !table.window_order().is_empty();
        let positions = if in_order { Positions::Needed } else { Positions::Wanted };
        let Some(mut expanded) =
            self.expand(&expand.options, &expand.columns, (expand.limit.as_ref(), positions), table, env)
        else {
            return Table::broken();
        };
        if let Some(position) = expanded.position.take_if(|_| in_order) {
            // Items stand in the order of their array, where their row stood.
            if expanded.table.came.is_empty() {
                expanded.table.order.push(SortKey::ascending(&position));
            } else {
                expanded.table.came.push(position);
            }
        }
        let mut columns = overlaid(&visible, expanded.results);
        columns.extend(expanded.index);
        let columns = self.columns_for(columns);
        expanded.table.project(columns)
    }

    /// `mv-apply`: the items of each row are a table of their own, on which the operators run.
    pub(super) fn bind_mv_apply(&mut self, apply: &'a MvApply, table: Table, env: &Env<'a>) -> Table {
        if let Some(id) = &apply.id {
            self.error(Code::UnsupportedFeature, id.span, "`id` is not supported in `mv-apply`");
            return Table::broken();
        }
        let number = self.fresh("row_id", Type::Long);
        let table = self.number_rows(table, &number);
        let (visible, keys, carried) = (table.columns.clone(), table.keys.clone(), table.carried.clone());
        let outer = table.came.clone();
        let Some(expanded) =
            self.expand(&apply.options, &apply.columns, (apply.limit.as_ref(), Positions::Needed), table, env)
        else {
            return Table::broken();
        };
        let mut columns = overlaid(&visible, expanded.results);
        columns.extend(expanded.index);
        let columns = self.columns_for(columns);
        let kept: Vec<Column> =
            visible.into_iter().filter(|old| columns.iter().any(|(new, _)| new.id == old.id)).collect();
        // Items come in the order of their array.
        let came: Vec<Column> = expanded.position.into_iter().collect();
        let mut inherited: Vec<Column> = Vec::new();
        for column in carried.iter().chain(&outer).chain(&kept) {
            if !inherited.iter().any(|known| known.id == column.id) {
                inherited.push(column.clone());
            }
        }
        let parts = Table {
            came,
            keys: keys.iter().cloned().chain([number]).collect(),
            carried: inherited,
            order: Vec::new(),
            serialized: true,
            ..expanded.table
        };
        let mut parts = parts.project(columns);
        for operator in &apply.body {
            parts = self.bind_operator(parts, operator, env);
        }
        let mut names = Names::default();
        let mut columns: Vec<Column> = Vec::new();
        let fresh: Vec<Column> =
            parts.columns.iter().filter(|column| !kept.iter().any(|old| old.id == column.id)).cloned().collect();
        for column in kept.into_iter().chain(fresh) {
            columns.push(Column { name: names.unique(&column.name), ..column });
        }
        Table { columns, keys, carried, order: Vec::new(), serialized: false, came: outer, ..parts }
    }

    fn expand(
        &mut self,
        options: &'a [Option_],
        items: &'a [MvExpandColumn],
        (limit, positions): (Option<&'a Expr>, Positions),
        table: Table,
        env: &Env<'a>,
    ) -> Option<Expanded> {
        let options = self.bind_expansion(options);
        let limit = limit.map(|limit| self.bind_count_of_rows(limit, env));
        let scope = Scope::of(env, &table);
        let mut names = Names::with(table.columns.iter().map(|column| column.name.as_str()));
        let mut lists: Vec<(Column, Scalar)> = Vec::new();
        let mut results: Vec<(String, Scalar)> = Vec::new();
        for item in items {
            let array = self.bind_array(item, &scope)?;
            let name = match item.expr.names.first() {
                Some(name) => name.name.clone(),
                None => implied_name(&item.expr.value).unwrap_or_else(|| names.unnamed()),
            };
            let items = if options.bags_as_arrays { "dynamic_item_pairs" } else { "dynamic_items" };
            let array = Scalar::kernel(items, vec![array], Type::Dynamic);
            let column = self.fresh(name.as_str(), Type::Dynamic);
            let ty = item.ty.as_ref().map_or(Type::Dynamic, |ty| ty.node);
            results.push((name, typed(Scalar::column(&column), ty)));
            lists.push((column, array));
        }
        let index = if options.index.is_some() || limit.is_some() || positions == Positions::Needed {
            let arrays = lists.iter().map(|(_, array)| array.clone()).collect();
            let positions = Scalar::kernel("item_indexes", arrays, Type::Long);
            let column = self.fresh(options.index.as_deref().unwrap_or("index"), Type::Long);
            lists.push((column.clone(), positions));
            Some(column)
        } else {
            None
        };
        let table = self.place_windows(table);
        let rel = Rel::Unnest { input: Box::new(table.rel), columns: lists, empty: EmptyArray::Drop };
        let mut table = Table { rel, ..table };
        if let (Some(limit), Some(index)) = (limit, &index) {
            let most = Scalar::long(i64::try_from(limit).unwrap_or(i64::MAX));
            table = table.filter(Scalar::op(Op::Less, vec![Scalar::column(index), most], Type::Bool));
        }
        let position = index.clone();
        let index = options.index.zip(index).map(|(name, column)| (name, Scalar::column(&column)));
        Some(Expanded { table, results, index, position })
    }

    fn bind_array(&mut self, item: &'a MvExpandColumn, scope: &Scope<'a>) -> Option<Scalar> {
        let value = self.bind_scalar(&item.expr.value, scope);
        match value.ty() {
            Type::Dynamic => Some(value),
            Type::Unknown => None,
            other => {
                self.report(
                    Diagnostic::error(Code::TypeMismatch, item.expr.span, "only `dynamic` values can be expanded")
                        .label(format!("`{other}`"))
                        .help("`parse_json(…)` turns JSON text into a `dynamic` value, `split(…)` text into an array"),
                );
                None
            }
        }
    }

    fn bind_expansion(&mut self, options: &'a [Option_]) -> Expansion {
        let mut expansion = Expansion { bags_as_arrays: false, index: None };
        for option in options {
            let word = match &option.value.kind {
                ExprKind::Name(ident) => ident.name.as_str(),
                ExprKind::Literal(Value::String(text)) => text.as_str(),
                _ => "",
            };
            match (option.name.name.as_str(), word) {
                ("bagexpansion" | "kind", "bag") => expansion.bags_as_arrays = false,
                ("bagexpansion" | "kind", "array") => expansion.bags_as_arrays = true,
                ("with_itemindex", name) if !name.is_empty() => expansion.index = Some(name.to_owned()),
                (name, _) => {
                    self.error(
                        Code::UnsupportedFeature,
                        option.name.span,
                        format!("the option `{name}` is not supported here with this value"),
                    );
                }
            }
        }
        expansion
    }
}

/// Columns in which new values replace old ones of the same name, and others come behind.
fn overlaid(old: &[Column], new: Vec<(String, Scalar)>) -> Vec<(String, Scalar)> {
    let mut columns: Vec<(String, Scalar)> =
        old.iter().map(|column| (column.name.clone(), Scalar::column(column))).collect();
    for (name, value) in new {
        match columns.iter_mut().find(|(known, _)| *known == name) {
            Some(column) => column.1 = value,
            None => columns.push((name, value)),
        }
    }
    columns
}

/// An item in the type that `to typeof(…)` asks for.
fn typed(item: Scalar, ty: Type) -> Scalar {
    match ty {
        Type::Dynamic | Type::Unknown => item,
        ty => Scalar::kernel(from_dynamic(ty), vec![item], ty),
    }
}
