//! `scan` with one step: a state carried from row to row.

use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{Column, ColumnId, FoldColumn, Rel, Scalar};
use crate::syntax::ast::{Operator, ParameterKind, Scan};
use crate::types::Type;
use crate::value::Value;

use super::super::Binder;
use super::super::env::{Binding, Env};
use super::super::expression::{Calls, Scope};
use super::super::table::Table;

impl<'a> Binder<'a> {
    pub(super) fn bind_scan(&mut self, scan: &'a Scan, operator: &Operator, table: Table, env: &Env<'a>) -> Table {
        let [step] = scan.steps.as_slice() else {
            self.report(
                Diagnostic::error(Code::UnsupportedFeature, operator.keyword, "`scan` is supported with one step only")
                    .label(format!("{} steps", scan.steps.len())),
            );
            return Table::broken();
        };
        if let Some(option) = scan.options.first() {
            let name = &option.name.name;
            self.error(Code::UnsupportedFeature, option.name.span, format!("`scan` does not support `{name}`"));
            return Table::broken();
        }
        if let Some(output) = step.output.as_ref().filter(|output| output.name != "all") {
            self.error(Code::UnsupportedFeature, output.span, "`scan` does not support this output");
            return Table::broken();
        }
        if !table.serialized && scan.order_by.is_empty() {
            self.report(
                Diagnostic::error(Code::NotSerialized, operator.keyword, "`scan` needs rows in order")
                    .help("put `sort by …` or `serialize` in front"),
            );
            return Table::broken();
        }
        let scope = Scope { calls: Calls::Scalar, ..Scope::of(env, &table) };
        let partition_by: Vec<Scalar> = scan.partition_by.iter().map(|expr| self.bind_scalar(expr, &scope)).collect();
        let keys: Vec<_> = scan.order_by.iter().filter_map(|key| self.bind_sort_key(key, &scope)).collect();
        // A declared column is its default until it is assigned; by its bare name it always is.
        let mut inner = env.clone();
        let mut state: Vec<(String, FoldColumn)> = Vec::new();
        for declared in &scan.declare {
            let ParameterKind::Scalar(ty) = &declared.kind else {
                self.error(Code::TypeMismatch, declared.name.span, "a column cannot hold a table");
                return Table::broken();
            };
            let initial = match &declared.default {
                Some(expr) => {
                    let value = self.bind_scalar(expr, &Scope::constants(env.clone()));
                    self.convert_parameter(value, ty.node, expr.span)
                }
                None => Scalar::Literal(Value::missing(ty.node)),
            };
            inner = inner.with(&declared.name.name, Binding::Scalar(initial.clone()));
            let part = self.fold_column(&declared.name.name, ty.node, initial.clone(), initial);
            state.push((declared.name.name.clone(), part));
        }
        let declared = state.len();
        // `step.column` is the column at the last row that matched.
        for column in &table.columns {
            let missing = Scalar::Literal(Value::missing(column.ty));
            let part = self.fold_column(&column.name, column.ty, missing, Scalar::column(column));
            state.push((column.name.clone(), part));
        }
        let last: Vec<(String, ColumnId, Type)> =
            state.iter().map(|(name, part)| (name.clone(), part.previous, part.column.ty)).collect();
        inner = inner.with(&step.name.name, Binding::Step(last.into()));
        let scope = Scope { env: inner, ..scope };
        let keep = self.bind_predicate(&step.condition, &scope);
        for item in &step.assignments {
            let Some(name) = item.names.first() else {
                self.error(Code::Syntax, item.span, "`column = value` is needed");
                continue;
            };
            let value = self.bind_scalar(&item.value, &scope);
            let Some(place) = state.iter().position(|(known, _)| *known == name.name) else {
                self.unknown_column(&name.name, name.span, &scope);
                continue;
            };
            let ty = state[place].1.column.ty;
            state[place].1.next = self.convert_parameter(value, ty, item.value.span);
        }
        let order = if keys.is_empty() { table.order.clone() } else { keys };
        let mut parts: Vec<Scalar> = table.keys.iter().map(Scalar::column).collect();
        parts.extend(partition_by);
        let mut columns: Vec<Column> = Vec::new();
        for (index, column) in table.columns.iter().enumerate() {
            let part = &state[declared + index].1;
            let assigned = part.next != Scalar::column(column);
            columns.push(if assigned { part.column.clone() } else { column.clone() });
        }
        columns.extend(state[..declared].iter().map(|(_, part)| part.column.clone()));
        let state = state.into_iter().map(|(_, part)| part).collect();
        let rel = Rel::Fold { input: Box::new(table.rel), state, keep, partition_by: parts, order_by: order.clone() };
        Table { rel, columns, order, serialized: true, ..table }
    }

    fn fold_column(&mut self, name: &str, ty: Type, initial: Scalar, next: Scalar) -> FoldColumn {
        let column = self.fresh(name, ty);
        let previous = self.fresh(name, ty).id;
        FoldColumn { column, previous, initial, next }
    }
}
