//! Aggregates: their arguments, their columns, and taking them out of the expressions around them.

use crate::diagnostic::{Code, Diagnostic};
use crate::functions::aggregate::{ORDERED, percentile_arguments};
use crate::functions::{Aggregate, AggregateLower, Naming};
use crate::ir::{AggregateCall, Column, Rel, Scalar, Target};
use crate::span::Span;
use crate::syntax::ast::{Call, Expr, ExprKind, NamedExpr};
use crate::types::Type;
use crate::value::Value;

use super::Binder;
use super::arithmetic::unknown;
use super::expression::{Calls, Scope};
use super::naming::{Names, aggregate_name, implied_name};
use super::several::Given;
use super::table::Table;

/// One aggregate column, or the several columns of one aggregate, of a `summarize`-like operator.
pub(super) struct Aggregated {
    /// Name and value over the aggregates' own columns.
    pub(super) columns: Vec<(String, Scalar)>,
    /// What has to be computed for them.
    pub(super) calls: Vec<(Vec<Column>, AggregateCall)>,
}

impl<'a> Binder<'a> {
    /// An aggregate inside an expression.
    pub(super) fn bind_aggregate(&mut self, row: &'static Aggregate, call: &'a Call, scope: &Scope<'a>) -> Scalar {
        if !self.count_fits(row.name, row.params, call) {
            return unknown();
        }
        let inner = Scope { calls: Calls::Scalar, ..scope.clone() };
        let mut args = Vec::new();
        for argument in &call.args {
            if let ExprKind::Call(nested) = &argument.value.kind
                && crate::functions::aggregate(&nested.name.name).is_some()
                && crate::functions::function(&nested.name.name).is_none()
            {
                self.error(Code::MisplacedAggregate, nested.name.span, "an aggregate cannot stand inside another one");
                return unknown();
            }
            args.push(self.bind_argument(argument, &inner));
        }
        let spans: Vec<Span> = call.args.iter().map(|arg| arg.value.span).collect();
        let Some(args) = self.convert_arguments(row.params, args, &spans, call.name.span) else { return unknown() };
        let ty = self.result_type(row.returns, row.params, &args);
        let plain = |target, args| {
            Scalar::Aggregate(Box::new(AggregateCall {
                target,
                args,
                filter: None,
                distinct: false,
                order_by: Vec::new(),
                types: vec![ty],
            }))
        };
        let value = match row.lower {
            // What gives several columns may give one.
            AggregateLower::Binder if matches!((row.name, args.len()), ("take_any" | "any", 1)) => {
                plain(Target::Kernel("take_any"), args)
            }
            AggregateLower::Binder if matches!((row.name, args.len()), ("percentiles", 2) | ("percentilesw", 3)) => {
                match percentile_arguments(args, call.args.len() - 1) {
                    Ok(args) => {
                        plain(Target::Kernel(if args.len() == 2 { "percentiles" } else { "percentilesw" }), args)
                    }
                    Err(message) => {
                        self.error(Code::InvalidValue, call.name.span, message);
                        return unknown();
                    }
                }
            }
            AggregateLower::Builtin(name) => plain(Target::Builtin(name), args),
            AggregateLower::Kernel(name) => plain(Target::Kernel(name), args),
            AggregateLower::Rewrite(rewrite) => match rewrite(args) {
                Ok(value) => value,
                Err(message) => {
                    self.error(Code::InvalidValue, call.name.span, message);
                    return unknown();
                }
            },
            AggregateLower::Binder => {
                self.report(
                    Diagnostic::error(
                        Code::MisplacedAggregate,
                        call.name.span,
                        format!("`{}` can give several columns and cannot stand inside an expression", row.name),
                    )
                    .help("give it a column of its own, and compute with that in a later `extend`"),
                );
                return unknown();
            }
        };
        value.transform(&mut |part| match part {
            Scalar::Aggregate(mut call) => {
                if matches!(call.target, Target::Kernel(name) if ORDERED.contains(&name)) {
                    call.order_by = scope.order.to_vec();
                }
                Scalar::Aggregate(call)
            }
            other => other,
        })
    }

    /// The columns of one item of a list of aggregates. `keys` are the group keys' plain columns, which `*` leaves out.
    pub(super) fn bind_aggregated(
        &mut self,
        item: &'a NamedExpr,
        table: &Table,
        keys: &[Column],
        names: &mut Names,
        scope: &Scope<'a>,
    ) -> Aggregated {
        if let ExprKind::Call(call) = &strip(&item.value).kind {
            let several = crate::functions::aggregate(&call.name.name)
                .filter(|row| matches!(row.lower, AggregateLower::Binder) && scope.env.get(&call.name.name).is_none());
            if let Some(row) = several {
                return self.bind_several(row, call, item, table, keys, names, scope);
            }
        }
        let value = self.bind_scalar(&item.value, &scope.aggregating());
        self.check_aggregated(&value, item.value.span);
        let named = match item.names.as_slice() {
            [] => aggregate_name(strip(&item.value)),
            _ => None,
        };
        let parts = match named {
            Some(name) => vec![(Given::Implied(name), value)],
            None => self.columns_of_item(item, value),
        };
        let mut calls = Vec::new();
        let mut columns = Vec::new();
        for (given, value) in parts {
            let name = match given {
                Given::Written(name) => self.claim(name, names),
                Given::Implied(name) => names.implied(&name),
                Given::Nothing => names.unnamed(),
            };
            columns.push((name, self.take_aggregates(value, &mut calls)));
        }
        Aggregated { columns, calls }
    }

    /// Refuses columns that stand outside of the aggregates of an expression.
    pub(super) fn check_aggregated(&mut self, value: &Scalar, span: crate::span::Span) {
        let mut inside = 0;
        value.visit(&mut |part| {
            if let Scalar::Aggregate(call) = part {
                call.args.iter().chain(&call.filter).for_each(|arg| {
                    arg.visit(&mut |part| inside += usize::from(matches!(part, Scalar::Column(..))));
                })
            }
        });
        let mut all = 0;
        value.visit(&mut |part| all += usize::from(matches!(part, Scalar::Column(..))));
        if all > inside + order_columns(value) {
            self.report(
                Diagnostic::error(Code::NotAnAggregate, span, "a column stands outside of an aggregate")
                    .help("put it into `take_any(…)` or behind `by`"),
            );
        }
    }

    /// Replaces the aggregates of an expression by columns; equal ones share a column.
    pub(super) fn take_aggregates(&mut self, value: Scalar, calls: &mut Vec<(Vec<Column>, AggregateCall)>) -> Scalar {
        value.transform(&mut |part| match part {
            Scalar::Aggregate(call) => {
                if let Some((columns, _)) = calls.iter().find(|(_, known)| *known == *call) {
                    return columns.first().map_or_else(unknown, Scalar::column);
                }
                let column = self.fresh("aggregate", call.types.first().copied().unwrap_or(Type::Unknown));
                let value = Scalar::column(&column);
                calls.push((vec![column], *call));
                value
            }
            other => other,
        })
    }

    /// The values of a table's first column, as one array worked out before the query.
    pub(super) fn list_of(&mut self, table: Table) -> Scalar {
        let Some(first) = table.columns.first().cloned() else { return unknown() };
        let column = self.fresh("list", Type::Dynamic);
        let name = if first.ty == Type::Dynamic { "make_list_dynamic" } else { "make_list" };
        let call = AggregateCall {
            target: Target::Kernel(name),
            args: vec![Scalar::column(&first)],
            filter: None,
            distinct: false,
            order_by: Vec::new(),
            types: vec![Type::Dynamic],
        };
        let rel =
            Rel::Aggregate { input: Box::new(table.rel), groups: Vec::new(), aggregates: vec![(vec![column], call)] };
        Scalar::Subquery(Box::new(rel), Type::Dynamic)
    }

    /// Aggregates that may give several columns: `arg_max`, `arg_min`, `take_any`, `percentiles`, ….
    #[allow(clippy::too_many_arguments)] // All of it describes one item in its place.
    fn bind_several(
        &mut self,
        row: &'static Aggregate,
        call: &'a Call,
        item: &'a NamedExpr,
        table: &Table,
        keys: &[Column],
        names: &mut Names,
        scope: &Scope<'a>,
    ) -> Aggregated {
        let nothing = Aggregated { columns: Vec::new(), calls: Vec::new() };
        if !self.count_fits(row.name, row.params, call) {
            return nothing;
        }
        let inner = Scope { calls: Calls::Scalar, ..scope.clone() };
        let parts = match row.name {
            "arg_max" | "arg_min" | "argmax" | "argmin" | "take_any" | "any" => {
                self.bind_extreme(row, call, table, keys, &inner)
            }
            "percentiles" | "percentilesw" => self.bind_percentiles(row, call, &inner),
            name => {
                self.error(
                    Code::UnsupportedFunction,
                    call.name.span,
                    format!("the aggregate `{name}` is not supported"),
                );
                return nothing;
            }
        };
        let Some((implied, call)) = parts else { return nothing };
        let mut columns = Vec::new();
        let mut outputs = Vec::new();
        for (index, (implied, ty)) in implied.into_iter().zip(call.types.clone()).enumerate() {
            let name = match item.names.get(index) {
                Some(ident) => self.claim(ident, names),
                None => names.implied(&implied),
            };
            let column = self.fresh(name.as_str(), ty);
            columns.push((name, Scalar::column(&column)));
            outputs.push(column);
        }
        if item.names.len() > outputs.len()
            && let Some(extra) = item.names.get(outputs.len())
        {
            self.error(Code::DuplicateName, extra.span, format!("there are only {} columns to name", outputs.len()));
        }
        Aggregated { columns, calls: vec![(outputs, call)] }
    }

    fn bind_extreme(
        &mut self,
        row: &Aggregate,
        call: &'a Call,
        table: &Table,
        keys: &[Column],
        scope: &Scope<'a>,
    ) -> Option<(Vec<String>, AggregateCall)> {
        let mut named: Vec<(String, Scalar)> = Vec::new();
        let ranked = !matches!(row.name, "take_any" | "any");
        for (index, argument) in call.args.iter().enumerate() {
            if matches!(argument.value.kind, ExprKind::Star)
                || matches!(&argument.value.kind, ExprKind::Wildcard(w) if w == "*")
            {
                for column in &table.columns {
                    let value = Scalar::column(column);
                    if !keys.iter().any(|key| key.id == column.id) && !named.iter().any(|(_, known)| *known == value) {
                        let name = match row.naming {
                            Naming::Prefix("any") => format!("any_{}", column.name),
                            _ => column.name.clone(),
                        };
                        named.push((name, value));
                    }
                }
                continue;
            }
            let value = self.bind_argument(argument, scope);
            if value.ty() == Type::Unknown {
                return None;
            }
            let name = picked_name(row, index, call);
            named.push((name, value));
        }
        if ranked {
            let (_, by) = named.first_mut()?;
            if by.ty() == Type::Dynamic {
                self.error(
                    Code::TypeMismatch,
                    call.args.first().map_or(call.name.span, |arg| arg.value.span),
                    "`dynamic` values have no order: convert the first argument",
                );
                return None;
            }
        }
        let (names, args): (Vec<String>, Vec<Scalar>) = named.into_iter().unzip();
        let types = args.iter().map(Scalar::ty).collect();
        let name = match row.name {
            "arg_max" | "argmax" => "arg_max",
            "arg_min" | "argmin" => "arg_min",
            _ => "take_any",
        };
        let target = Target::Kernel(name);
        Some((names, AggregateCall { target, args, filter: None, distinct: false, order_by: Vec::new(), types }))
    }

    fn bind_percentiles(
        &mut self,
        row: &Aggregate,
        call: &'a Call,
        scope: &Scope<'a>,
    ) -> Option<(Vec<String>, AggregateCall)> {
        let args: Vec<Scalar> = call.args.iter().map(|arg| self.bind_argument(arg, scope)).collect();
        let spans: Vec<Span> = call.args.iter().map(|arg| arg.value.span).collect();
        let args = self.convert_arguments(row.params, args, &spans, call.name.span)?;
        let weighted = row.name == "percentilesw";
        let first_percentile = if weighted { 2 } else { 1 };
        let args = match percentile_arguments(args, first_percentile) {
            Ok(args) => args,
            Err(message) => {
                self.error(Code::InvalidValue, call.name.span, message);
                return None;
            }
        };
        let ty = args.first().map_or(Type::Unknown, Scalar::ty);
        let base = call.args.first().and_then(|arg| implied_name(&arg.value)).unwrap_or_default();
        let mut names = Vec::new();
        for (value, span) in args.iter().zip(&spans).skip(first_percentile) {
            let Some(percentile) = value.literal().and_then(Value::as_f64) else {
                self.error(Code::NotConstant, *span, "a percentile must be a constant number");
                return None;
            };
            let text = percentile.to_string().replace('.', "_");
            names.push(format!("percentile_{base}_{text}"));
        }
        let types = vec![ty; names.len()];
        let target = Target::Kernel(if weighted { "percentilesw" } else { "percentiles" });
        Some((names, AggregateCall { target, args, filter: None, distinct: false, order_by: Vec::new(), types }))
    }
}

/// The name of a column that `arg_max` and its kin give for an argument. The old forms put the function in front.
fn picked_name(row: &Aggregate, index: usize, call: &Call) -> String {
    let implied = |index: usize| call.args.get(index).and_then(|arg| implied_name(&arg.value));
    let side = match row.name {
        "arg_max" | "argmax" => "max",
        "arg_min" | "argmin" => "min",
        _ => "any",
    };
    match (row.naming, implied(index)) {
        (Naming::Prefix("any"), name) => format!("any_{}", name.unwrap_or_default()),
        (Naming::Prefix(_), name) if index == 0 => format!("{side}_{}", name.unwrap_or_default()),
        (Naming::Prefix(_), name) => {
            format!("{side}_{}_{}", implied(0).unwrap_or_default(), name.unwrap_or_else(|| format!("arg{index}")))
        }
        (_, Some(name)) => name,
        (_, None) if side == "any" => format!("any_arg{index}"),
        (_, None) if index == 0 => format!("{side}_"),
        (_, None) => format!("{side}_{}_arg{index}", implied(0).unwrap_or_default()),
    }
}

/// Columns that only the order inside aggregates mentions.
fn order_columns(value: &Scalar) -> usize {
    let mut count = 0;
    value.visit(&mut |part| {
        if let Scalar::Aggregate(call) = part {
            for key in &call.order_by {
                key.value.visit(&mut |part| count += usize::from(matches!(part, Scalar::Column(..))));
            }
        }
    });
    count
}

/// An expression without parentheses around it.
fn strip(expr: &Expr) -> &Expr {
    match &expr.kind {
        ExprKind::Paren(inner) => strip(inner),
        _ => expr,
    }
}
