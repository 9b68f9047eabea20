//! `pivot`.

use crate::diagnostic::{Code, Diagnostic};
use crate::functions;
use crate::ir::{AggregateCall, Column, Op, Rel, Scalar, SortKey};
use crate::syntax::ast::{Call, ExprKind};
use crate::types::Type;
use crate::value::Value;

use super::super::Binder;
use super::super::convert::to_text;
use super::super::env::Env;
use super::super::expression::Scope;
use super::super::naming::Names;
use super::super::result::count_rows;
use super::super::table::Table;
use super::{Declared, open};

impl<'a> Binder<'a> {
    pub(super) fn bind_pivot(
        &mut self,
        call: &'a Call,
        declared: Option<Declared>,
        table: Table,
        env: &Env<'a>,
    ) -> Table {
        let scope = Scope::of(env, &table);
        let Some(pivot) = call.args.first().and_then(|arg| self.column_argument(arg, &table, env)) else {
            return Table::broken();
        };
        // The second argument is an aggregate; without one, rows are counted.
        let mut rest = call.args.get(1..).unwrap_or(&[]);
        let mut used: Vec<Column> = vec![pivot.clone()];
        let aggregate = match rest.first().map(|arg| &arg.value) {
            Some(expr) if matches!(&expr.kind, ExprKind::Call(call) if functions::aggregate(&call.name.name).is_some()) =>
            {
                rest = &rest[1..];
                self.bind_scalar(expr, &scope.aggregating())
            }
            Some(expr) => {
                let diagnostic = Diagnostic::error(Code::InvalidValue, expr.span, "an aggregate is needed here");
                self.report(
                    diagnostic.help("columns that group the rows come behind it: `pivot(column, count(), kept)`"),
                );
                return Table::broken();
            }
            None => Scalar::Aggregate(Box::new(count_rows())),
        };
        if aggregate.ty() == Type::Unknown {
            return Table::broken();
        }
        aggregate.visit(&mut |part| {
            if let Scalar::Column(id, _) = part {
                used.extend(table.columns.iter().find(|column| column.id == *id).cloned());
            }
        });
        let mut kept: Vec<Column> = Vec::new();
        for argument in rest {
            match self.column_argument(argument, &table, env) {
                Some(column) => kept.push(column),
                None => return Table::broken(),
            }
        }
        if rest.is_empty() {
            kept = table.columns.iter().filter(|column| !used.contains(column)).cloned().collect();
        }
        let values: Vec<String> = match declared {
            Some(declared) => {
                let known: Vec<&str> = kept.iter().map(|column| column.name.as_str()).collect();
                declared
                    .columns
                    .into_iter()
                    .map(|(name, _)| name)
                    .filter(|name| !known.contains(&name.as_str()))
                    .collect()
            }
            None => match self.values_of(&pivot, &table) {
                Some(values) => values,
                None => return open(table),
            },
        };
        let mut names = Names::with(kept.iter().map(|column| column.name.as_str()));
        let groups: Vec<(Column, Scalar)> =
            kept.iter().map(|column| (self.fresh(column.name.as_str(), column.ty), Scalar::column(column))).collect();
        let mut shown: Vec<(String, Scalar)> =
            groups.iter().map(|(column, _)| (column.name.clone(), Scalar::column(column))).collect();
        let mut calls: Vec<(Vec<Column>, AggregateCall)> = Vec::new();
        for value in values {
            let same = vec![to_text(Scalar::column(&pivot)), Scalar::text(value.as_str())];
            let test = Scalar::op(Op::Equal, same, Type::Bool);
            let filtered = aggregate.clone().transform(&mut |part| match part {
                Scalar::Aggregate(mut call) => {
                    call.filter = Some(match call.filter.take() {
                        Some(filter) => Scalar::op(Op::And, vec![filter, test.clone()], Type::Bool),
                        None => test.clone(),
                    });
                    Scalar::Aggregate(call)
                }
                other => other,
            });
            let value_column = self.take_aggregates(filtered, &mut calls);
            shown.push((names.unique(&value), value_column));
        }
        if shown.is_empty() {
            self.error(Code::InvalidValue, call.name.span, "there is no column to pivot to");
            return Table::broken();
        }
        let table = self.group(table, groups, calls);
        let columns = self.columns_for(shown);
        table.project(columns)
    }

    /// The texts of all values of a column in their order, which only the data knows.
    fn values_of(&mut self, column: &Column, table: &Table) -> Option<Vec<String>> {
        let value = self.fresh("value", Type::String);
        let groups = vec![(value.clone(), to_text(Scalar::column(column)))];
        let distinct = Rel::Aggregate { input: Box::new(table.rel.clone()), groups, aggregates: Vec::new() };
        let keys = vec![SortKey::ascending(&value)];
        let rows = self.ask(Rel::Sort { input: Box::new(distinct), keys })?;
        Some(rows.iter().filter_map(|row| row.first().and_then(Value::as_str).map(str::to_owned)).collect())
    }
}
