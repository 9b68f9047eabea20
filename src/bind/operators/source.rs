//! Operators that make rows of their own: `datatable`, `print`, `range`.

use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{EmptyArray, Rel, Scalar, SortKey};
use crate::syntax::ast::{Datatable, Operator, Print, Range};
use crate::types::Type;
use crate::value::Value;

use super::super::Binder;
use super::super::convert::widen;
use super::super::env::Env;
use super::super::expression::Scope;
use super::super::naming::Names;
use super::super::several::Given;
use super::super::statement::one_row;
use super::super::table::Table;

impl<'a> Binder<'a> {
    pub(super) fn bind_datatable(&mut self, datatable: &'a Datatable, operator: &Operator, env: &Env<'a>) -> Table {
        let scope = Scope::constants(env.clone());
        let width = datatable.columns.len();
        if width == 0 || !datatable.values.len().is_multiple_of(width) {
            self.report(Diagnostic::error(
                Code::InvalidValue,
                operator.span,
                format!("{} values do not fill rows of {width} columns", datatable.values.len()),
            ));
            return Table::broken();
        }
        let mut names = Names::default();
        let mut columns = Vec::new();
        for column in &datatable.columns {
            if names.unique(&column.name.name) != column.name.name {
                self.error(
                    Code::DuplicateName,
                    column.name.span,
                    format!("two columns are called `{}`", column.name.name),
                );
            }
            columns.push(self.fresh(column.name.name.as_str(), column.ty.node));
        }
        let mut computed = false;
        let mut cells: Vec<Scalar> = Vec::new();
        for (index, expr) in datatable.values.iter().enumerate() {
            let value = self.bind_scalar(expr, &scope);
            let cell = self.cell(value, columns[index % width].ty, expr.span);
            computed |= cell.literal().is_none();
            cells.push(cell);
        }
        if computed {
            return self.computed_rows(columns, cells);
        }
        let rows = cells
            .chunks(width)
            .map(|row| row.iter().map(|cell| cell.literal().cloned().unwrap_or(Value::Null(Type::Unknown))).collect())
            .collect();
        Table::new(Rel::Values { columns, rows })
    }

    /// A cell in the type of its column. Constants are converted as the `to…` functions do.
    fn cell(&mut self, value: Scalar, ty: Type, span: crate::span::Span) -> Scalar {
        if let Ok(widened) = widen(value.clone(), ty) {
            return widened;
        }
        if let Scalar::Literal(literal) = &value {
            let converted = match (literal, ty) {
                (literal, ty) if literal.is_null() => Some(Value::missing(ty)),
                (Value::String(text), Type::Dynamic) => Some(Value::Dynamic(serde_json::Value::String(text.clone()))),
                (Value::Bool(truth), Type::Dynamic) => Some(Value::Dynamic(serde_json::Value::Bool(*truth))),
                (Value::Long(number), Type::Dynamic) => Some(Value::Dynamic((*number).into())),
                (Value::Real(number), Type::Dynamic) => Some(Value::Dynamic((*number).into())),
                (Value::Bool(truth), Type::Int) => Some(Value::Int(i32::from(*truth))),
                (Value::Bool(truth), Type::Long) => Some(Value::Long(i64::from(*truth))),
                (Value::String(text), Type::Int) => text.trim().parse().ok().map(Value::Int),
                (Value::String(text), Type::Long) => text.trim().parse().ok().map(Value::Long),
                (Value::String(text), Type::Real) => text.trim().parse().ok().map(Value::Real),
                (Value::String(text), Type::DateTime) => crate::value::parse_datetime(text).map(Value::DateTime),
                (Value::String(text), Type::TimeSpan) => crate::value::parse_timespan(text).map(Value::TimeSpan),
                (Value::String(text), Type::Guid) => crate::value::parse_guid(text).map(Value::Guid),
                _ => None,
            };
            if let Some(converted) = converted {
                return Scalar::Literal(converted);
            }
        }
        match (value.ty(), ty) {
            (Type::Real, Type::Int | Type::Long) | (Type::Int | Type::Long, Type::Bool) => {
                let name = match ty {
                    Type::Int => "toint",
                    Type::Long => "tolong",
                    _ => "tobool",
                };
                Scalar::kernel(name, vec![value], ty)
            }
            _ => self.convert_or_report(value, ty, span),
        }
    }

    /// Rows some of whose cells have to be computed: one single-row relation each.
    fn computed_rows(&mut self, columns: Vec<crate::ir::Column>, cells: Vec<Scalar>) -> Table {
        let inputs = cells
            .chunks(columns.len().max(1))
            .map(|row| {
                let columns = columns.iter().map(|c| self.fresh(c.name.as_str(), c.ty)).zip(row.iter().cloned());
                Rel::Project { input: Box::new(one_row()), columns: columns.collect() }
            })
            .collect();
        Table::new(Rel::Union { inputs, columns })
    }

    pub(super) fn bind_print(&mut self, print: &'a Print, env: &Env<'a>) -> Table {
        let scope = Self::scope_without_windows(Scope::constants(env.clone()));
        let mut names = Names::default();
        let mut columns = Vec::new();
        for (index, item) in print.columns.iter().enumerate() {
            let value = self.bind_scalar(&item.value, &scope);
            let parts = self.columns_of_item(item, value);
            let several = parts.len() > 1;
            for (given, value) in parts {
                let name = match given {
                    Given::Written(name) => self.claim(name, &mut names),
                    Given::Implied(name) if several => names.unique(&name),
                    Given::Implied(_) | Given::Nothing => names.unique(&format!("print_{index}")),
                };
                columns.push((self.fresh(name, value.ty()), value));
            }
        }
        Table::new(Rel::Project { input: Box::new(one_row()), columns })
    }

    pub(super) fn bind_range(&mut self, range: &'a Range, operator: &Operator, env: &Env<'a>) -> Table {
        let scope = Scope::constants(env.clone());
        let [from, to, step] = [&range.from, &range.to, &range.step].map(|expr| self.bind_scalar(expr, &scope));
        let types = [from.ty(), to.ty(), step.ty()];
        if types.contains(&Type::Unknown) {
            return Table::broken();
        }
        let (kernel, ty, step_type) = match types {
            [Type::DateTime, Type::DateTime, Type::TimeSpan] => ("range_datetime", Type::DateTime, Type::TimeSpan),
            [Type::TimeSpan, Type::TimeSpan, Type::TimeSpan] => ("range_timespan", Type::TimeSpan, Type::TimeSpan),
            [a, b, c] if a.is_integer() && b.is_integer() && c.is_integer() => ("range_long", Type::Long, Type::Long),
            [a, b, c] if a.is_numeric() && b.is_numeric() && c.is_numeric() => ("range_real", Type::Real, Type::Real),
            _ => {
                self.report(
                    Diagnostic::error(Code::TypeMismatch, operator.span, "the bounds and the step do not fit together")
                        .label(format!("`{}`, `{}` and `{}`", types[0], types[1], types[2]))
                        .help("numbers with a number, or datetimes with a timespan"),
                );
                return Table::broken();
            }
        };
        let args = vec![
            self.convert_or_report(from, ty, range.from.span),
            self.convert_or_report(to, ty, range.to.span),
            self.convert_or_report(step, step_type, range.step.span),
        ];
        let column = self.fresh(range.name.name.as_str(), ty);
        let order = args.get(2).and_then(descends).map(|descending| SortKey {
            value: Scalar::column(&column),
            descending,
            nulls_first: !descending,
        });
        let rel = Rel::Unnest {
            input: Box::new(one_row()),
            columns: vec![(column, Scalar::kernel(kernel, args, ty))],
            empty: EmptyArray::Drop,
        };
        Table { serialized: true, order: order.into_iter().collect(), ..Table::new(rel) }
    }
}

/// Whether a step goes down; nothing where only running the query would tell.
fn descends(step: &Scalar) -> Option<bool> {
    match step.literal()? {
        Value::Long(step) | Value::TimeSpan(step) => Some(*step < 0),
        Value::Int(step) => Some(*step < 0),
        Value::Real(step) => Some(*step < 0.0),
        _ => None,
    }
}
