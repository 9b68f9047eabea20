//! `make-series`.

use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{AggregateCall, Column, Op, Rel, Scalar, Target};
use crate::syntax::ast::{MakeSeries, Operator};
use crate::types::Type;
use crate::value::Value;

use super::super::Binder;
use super::super::convert::to_dynamic;
use super::super::env::Env;
use super::super::expression::Scope;
use super::super::naming::{Names, aggregate_name, implied_name};
use super::super::table::Table;

/// The bins of a series.
struct Axis {
    from: Scalar,
    to: Scalar,
    step: Scalar,
    ty: Type,
}

impl<'a> Binder<'a> {
    pub(super) fn bind_make_series(
        &mut self,
        series: &'a MakeSeries,
        operator: &Operator,
        table: Table,
        env: &Env<'a>,
    ) -> Table {
        let nonempty = match self.option_word(&series.options, "kind") {
            None => false,
            Some(("nonempty", _)) => true,
            Some((other, span)) => {
                self.error(Code::InvalidValue, span, format!("no kind `{other}`: only `nonempty`"));
                false
            }
        };
        let scope = Scope::of(env, &table);
        let on = self.bind_scalar(&series.on.value, &scope);
        // Bins of a decimal axis are counted as those of a real one, and `int` as `long`.
        let on = match on.ty() {
            Type::Decimal => Scalar::kernel("toreal", vec![on], Type::Real),
            Type::Int => Scalar::Cast(Box::new(on), Type::Long),
            _ => on,
        };
        let Some(axis) = self.bind_axis(series, operator, &on, &table, &scope) else { return Table::broken() };
        let on_name = series.on.names.first().map(|name| name.name.clone());
        let on_name = on_name.or_else(|| implied_name(&series.on.value)).unwrap_or_else(|| "Column1".to_owned());

        let mut names = Names::default();
        let groups = self.bind_groups(&series.by, &scope, &mut names);
        let mut calls: Vec<(Vec<Column>, AggregateCall)> = Vec::new();
        let mut values: Vec<(String, Scalar, Scalar)> = Vec::new();
        for (item, default) in &series.aggregates {
            let value = self.bind_scalar(&item.value, &scope.aggregating());
            if value.ty() == Type::Unknown {
                return Table::broken();
            }
            self.check_aggregated(&value, item.value.span);
            let name = match item.names.first() {
                Some(name) => self.claim(name, &mut names),
                None => {
                    let implied = aggregate_name(&item.value).or_else(|| implied_name(&item.value));
                    match implied {
                        Some(name) => names.implied(&name),
                        None => names.unnamed(),
                    }
                }
            };
            let default = match default {
                Some(expr) => {
                    let bound = self.bind_scalar(expr, &Scope::constants(env.clone()));
                    to_dynamic(self.series_default(bound, value.ty(), expr.span))
                }
                None => to_dynamic(zero(value.ty())),
            };
            let value = self.take_aggregates(value, &mut calls);
            values.push((name, value, default));
        }
        let table = self.place_windows(table);
        let broken = table.broken;
        let inside = Scalar::op(
            Op::And,
            vec![
                Scalar::op(Op::GreaterOrEqual, vec![on.clone(), axis.from.clone()], Type::Bool),
                Scalar::op(Op::Less, vec![on.clone(), axis.to.clone()], Type::Bool),
            ],
            Type::Bool,
        );
        let input = Rel::Filter { input: Box::new(table.rel), predicate: inside };
        // First one row per group and bin, …
        let bin = self.fresh("bin", Type::Long);
        let position = Scalar::kernel("series_position", vec![on, axis.from.clone(), axis.step.clone()], Type::Long);
        let mut keys: Vec<(Column, Scalar)> =
            groups.into_iter().map(|(name, value)| (self.fresh(name, value.ty()), value)).collect();
        let group_columns: Vec<Column> = keys.iter().map(|(column, _)| column.clone()).collect();
        keys.push((bin.clone(), position));
        let binned = Rel::Aggregate { input: Box::new(input), groups: keys, aggregates: calls };
        // … then the bins of a group side by side, and missing ones filled in.
        let positions = self.fresh("positions", Type::Dynamic);
        let mut lists = vec![(vec![positions.clone()], list(Scalar::column(&bin)))];
        let mut shown: Vec<(String, Scalar)> =
            group_columns.iter().map(|column| (column.name.clone(), Scalar::column(column))).collect();
        let bounds = [axis.from, axis.to, axis.step];
        for (name, value, default) in values {
            let found = self.fresh(name.as_str(), Type::Dynamic);
            lists.push((vec![found.clone()], list(value)));
            let mut args = vec![Scalar::column(&positions), Scalar::column(&found), default];
            args.extend(bounds.iter().cloned());
            shown.push((name, Scalar::kernel("series_fill_bins", args, Type::Dynamic)));
        }
        shown.push((names.unique(&on_name), Scalar::kernel("series_axis", bounds.to_vec(), Type::Dynamic)));
        let groups: Vec<(Column, Scalar)> =
            group_columns.iter().map(|column| (column.clone(), Scalar::column(column))).collect();
        let grouped = !groups.is_empty();
        let rel = Rel::Aggregate { input: Box::new(binned), groups, aggregates: lists };
        let mut table = Table { broken, ..Table::new(rel) };
        if !grouped && !nonempty {
            // Without groups there is always one row; `kind=nonempty` is what asks for it when nothing was found.
            let some = Scalar::op(Op::IsNotNull, vec![Scalar::column(&positions)], Type::Bool);
            let length = Scalar::kernel("array_length", vec![Scalar::column(&positions)], Type::Long);
            let filled = Scalar::op(Op::Greater, vec![length, Scalar::long(0)], Type::Bool);
            table = table.filter(Scalar::op(Op::And, vec![some, filled], Type::Bool));
        }
        let columns = self.columns_for(shown);
        table.project(columns)
    }

    fn series_default(&mut self, bound: Scalar, ty: Type, span: crate::span::Span) -> Scalar {
        match (bound.literal(), ty) {
            (Some(literal), _) if literal.is_null() => Scalar::Literal(Value::Null(Type::Dynamic)),
            // A default keeps its own type, as Kusto has it: `default = 0` among reals prints as a whole number there.
            (_, ty) if bound.ty().is_numeric() && ty.is_numeric() => bound,
            _ => self.convert_or_report(bound, ty, span),
        }
    }

    fn bind_axis(
        &mut self,
        series: &'a MakeSeries,
        operator: &Operator,
        on: &Scalar,
        table: &Table,
        scope: &Scope<'a>,
    ) -> Option<Axis> {
        let constants = Scope::constants(scope.env.clone());
        let step = self.bind_scalar(&series.step, &constants);
        let ty = match on.ty() {
            Type::Unknown => return None,
            ty if ty.is_summable() => ty,
            other => {
                self.report(
                    Diagnostic::error(
                        Code::TypeMismatch,
                        series.on.span,
                        "the axis must be a number, datetime or timespan",
                    )
                    .label(format!("`{other}`")),
                );
                return None;
            }
        };
        let step_ty = if ty == Type::DateTime { Type::TimeSpan } else { ty };
        let step = self.convert_or_report(step, step_ty, series.step.span);
        let bound = |binder: &mut Self, expr: &'a crate::syntax::ast::Expr| {
            let value = binder.bind_scalar(expr, &constants);
            binder.convert_or_report(value, ty, expr.span)
        };
        let from = match &series.from {
            Some(expr) => bound(self, expr),
            None => self.extreme_of(on, ty, table, "min"),
        };
        let to = match &series.to {
            Some(expr) if series.in_range => {
                let last = bound(self, expr);
                self.after(last, &step, operator)?
            }
            Some(expr) => bound(self, expr),
            None => {
                let last = self.extreme_of(on, ty, table, "max");
                self.after(last, &step, operator)?
            }
        };
        Some(Axis { from, to, step, ty }).filter(|axis| axis.ty != Type::Unknown)
    }

    /// One step behind a value: the exclusive end that includes it.
    fn after(&mut self, last: Scalar, step: &Scalar, operator: &Operator) -> Option<Scalar> {
        let plus = crate::span::Spanned::new(crate::syntax::ast::BinaryOp::Add, operator.keyword);
        Some(self.bind_binary(&plus, last, step.clone())).filter(|value| value.ty() != Type::Unknown)
    }

    /// The least or largest value of the axis, worked out before the query.
    pub(in crate::bind) fn extreme_of(&mut self, on: &Scalar, ty: Type, table: &Table, name: &'static str) -> Scalar {
        let column = self.fresh(name, ty);
        let value = if on.ty() == ty { on.clone() } else { Scalar::Cast(Box::new(on.clone()), ty) };
        let call = AggregateCall {
            target: Target::Builtin(name),
            args: vec![value],
            filter: None,
            distinct: false,
            order_by: Vec::new(),
            types: vec![ty],
        };
        let rel = Rel::Aggregate {
            input: Box::new(table.rel.clone()),
            groups: Vec::new(),
            aggregates: vec![(vec![column], call)],
        };
        Scalar::Subquery(Box::new(rel), ty)
    }
}

fn list(value: Scalar) -> AggregateCall {
    let (name, value) = match value.ty() {
        // A list takes the items of an array one by one; a bin's array must stay one value.
        Type::Dynamic => ("make_list_with_nulls_dynamic", Scalar::kernel("pack_array", vec![value], Type::Dynamic)),
        _ => ("make_list_with_nulls", value),
    };
    AggregateCall {
        target: Target::Kernel(name),
        args: vec![value],
        filter: None,
        distinct: false,
        order_by: Vec::new(),
        types: vec![Type::Dynamic],
    }
}

/// What an empty bin holds when nothing is said.
fn zero(ty: Type) -> Scalar {
    Scalar::Literal(match ty {
        Type::Int | Type::Long => Value::Long(0),
        Type::Real | Type::Decimal => Value::Real(0.0),
        Type::TimeSpan => Value::TimeSpan(0),
        Type::String => Value::String(String::new()),
        _ => Value::Null(Type::Dynamic),
    })
}
