//! `in`, `has_any`, `has_all` and their kin: a value against a list, an array or a table.

use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{Op, Scalar};
use crate::span::Spanned;
use crate::syntax::ast::{Expr, InOp};
use crate::types::Type;
use crate::value::Value;

use super::Binder;
use super::convert::{to_dynamic, to_text, widen_literal};
use super::env::Env;
use super::expression::{Scope, name_of};
use super::table::Table;

impl<'a> Binder<'a> {
    pub(super) fn bind_in(
        &mut self,
        op: &Spanned<InOp>,
        value: &'a Expr,
        list: &'a [Expr],
        scope: &Scope<'a>,
    ) -> Scalar {
        let tested = self.bind_scalar(value, scope);
        if let [only] = list
            && self.is_tabular(only, &scope.env)
            && name_of(only).is_none_or(|name| scope.column(name).is_none())
        {
            return self.bind_in_table(op, tested, only, &scope.env);
        }
        let items: Vec<Scalar> = list.iter().map(|item| self.bind_scalar(item, scope)).collect();
        if tested.ty() == Type::Unknown || items.iter().any(|item| item.ty() == Type::Unknown) {
            return Scalar::Literal(Value::Null(Type::Bool));
        }
        if !matches!(op.node, InOp::In | InOp::NotIn) && !is_text(tested.ty()) {
            self.report(
                Diagnostic::error(
                    Code::TypeMismatch,
                    value.span,
                    format!("`{}` looks at text, but this is `{}`", op.node.text(), tested.ty()),
                )
                .help("turn it into text with `tostring(…)`"),
            );
            return Scalar::Literal(Value::Null(Type::Bool));
        }
        let found = match op.node {
            InOp::HasAny | InOp::HasAll => self.has_terms(op, tested, items),
            InOp::In | InOp::NotIn => self.in_items(op, tested, flatten(items)),
            InOp::InTilde | InOp::NotInTilde => self.in_items_any_case(tested, flatten(items)),
        };
        if matches!(op.node, InOp::NotIn | InOp::NotInTilde) { found.not() } else { found }
    }

    fn has_terms(&mut self, op: &Spanned<InOp>, tested: Scalar, items: Vec<Scalar>) -> Scalar {
        let (plain, array) = match op.node {
            InOp::HasAll => ("has_all", "has_all_dynamic"),
            _ => ("has_any", "has_any_dynamic"),
        };
        let tested = to_text(tested);
        let items = flatten(items);
        if let [item] = items.as_slice()
            && item.ty() == Type::Dynamic
        {
            return Scalar::kernel(array, vec![tested, item.clone()], Type::Bool);
        }
        let mut args = vec![tested];
        args.extend(items.into_iter().map(to_text));
        Scalar::kernel(plain, args, Type::Bool)
    }

    /// Whether a value equals one of some items: constants in one list, everything else one by one.
    fn in_items(&mut self, op: &Spanned<InOp>, tested: Scalar, items: Vec<Scalar>) -> Scalar {
        let mut constants = Vec::new();
        let mut tests = Vec::new();
        for item in items {
            let ty = tested.ty();
            match item.literal().and_then(|literal| list_literal(literal, ty)) {
                Some(literal) => constants.push(Scalar::Literal(literal)),
                None if item.ty() == Type::Dynamic && ty != Type::Dynamic && item.literal().is_none() => {
                    tests.push(Scalar::kernel("in_dynamic", vec![to_dynamic(tested.clone()), item], Type::Bool));
                }
                None => {
                    let types = (ty, item.ty());
                    let is_constant = item.literal().is_some();
                    match self.bind_comparison(Op::Equal, tested.clone(), item) {
                        Some(test) => tests.push(test),
                        // A constant of another type is no such value.
                        None if is_constant => {}
                        None => {
                            self.report(incomparable(op, types).label(format!("`{}` and `{}`", types.0, types.1)));
                        }
                    }
                }
            }
        }
        if !constants.is_empty() {
            let mut args = vec![tested];
            args.extend(constants);
            tests.push(Scalar::op(Op::InList, args, Type::Bool));
        }
        any_of(tests)
    }

    fn in_items_any_case(&mut self, tested: Scalar, items: Vec<Scalar>) -> Scalar {
        let text = to_text(tested);
        let (arrays, plain): (Vec<Scalar>, Vec<Scalar>) =
            items.into_iter().partition(|item| item.ty() == Type::Dynamic && item.literal().is_none());
        let mut tests: Vec<Scalar> = arrays
            .into_iter()
            .map(|array| Scalar::kernel("in_ci_dynamic", vec![text.clone(), array], Type::Bool))
            .collect();
        if !plain.is_empty() {
            let mut args = vec![text];
            args.extend(plain.into_iter().map(to_text));
            tests.push(Scalar::kernel("in_ci", args, Type::Bool));
        }
        any_of(tests)
    }

    fn bind_in_table(&mut self, op: &Spanned<InOp>, tested: Scalar, table: &'a Expr, env: &Env<'a>) -> Scalar {
        let Some(table_value) = self.deeper(table.span, |binder| binder.bind_table(table, env)) else {
            return Scalar::Literal(Value::Null(Type::Bool));
        };
        let Some(first) = table_value.columns.first().cloned() else {
            return Scalar::Literal(Value::Null(Type::Bool));
        };
        let table_value = Table { columns: vec![first.clone()], order: Vec::new(), ..table_value };
        let ignore_case = matches!(op.node, InOp::InTilde | InOp::NotInTilde);
        if matches!(op.node, InOp::HasAny | InOp::HasAll) {
            let list = self.list_of(table_value);
            return self.has_terms(op, tested, vec![list]);
        }
        let (value, item) = if ignore_case {
            (to_text(tested), to_text(Scalar::column(&first)))
        } else {
            let types = (tested.ty(), first.ty);
            match super::arithmetic::comparable(Op::Equal, tested, Scalar::column(&first)) {
                Some(sides) => sides,
                None => {
                    self.report(
                        incomparable(op, types).other(table.span, format!("its first column is `{}`", types.1)),
                    );
                    return Scalar::Literal(Value::Null(Type::Bool));
                }
            }
        };
        let column = self.fresh(first.name, item.ty());
        let rel = table_value.project(vec![(column, item)]).unordered();
        let found = Scalar::InSubquery { value: Box::new(value), rel: Box::new(rel), ignore_case };
        if matches!(op.node, InOp::NotIn | InOp::NotInTilde) { found.not() } else { found }
    }
}

/// The error that values of two types are never equal.
fn incomparable(op: &Spanned<InOp>, (tested, item): (Type, Type)) -> Diagnostic {
    let message = format!("`{}` does not compare `{tested}` with `{item}`", op.node.text());
    Diagnostic::error(Code::TypeMismatch, op.span, message)
}

/// Whether text operators look at values of a type.
fn is_text(ty: Type) -> bool {
    matches!(ty, Type::String | Type::Dynamic | Type::Guid | Type::Unknown)
}

/// True when one of the tests is; false when there are none.
pub(super) fn any_of(mut tests: Vec<Scalar>) -> Scalar {
    match tests.len() {
        0 => Scalar::bool(false),
        1 => tests.remove(0),
        _ => Scalar::op(Op::Or, tests, Type::Bool),
    }
}

/// The items of a list in which constant arrays are taken apart.
fn flatten(items: Vec<Scalar>) -> Vec<Scalar> {
    let mut flat = Vec::new();
    for item in items {
        match &item {
            Scalar::Literal(Value::Dynamic(serde_json::Value::Array(parts))) => {
                flat.extend(parts.iter().map(|part| Scalar::Literal(json_literal(part))));
            }
            _ => flat.push(item),
        }
    }
    flat
}

/// A constant array's item as the plain constant it holds.
fn json_literal(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Bool(truth) => Value::Bool(*truth),
        serde_json::Value::String(text) => Value::String(text.clone()),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(n) => Value::Long(n),
            None => Value::Real(number.as_f64().unwrap_or(f64::NAN)),
        },
        serde_json::Value::Null => Value::Null(Type::Dynamic),
        other => Value::Dynamic(other.clone()),
    }
}

/// A constant as an item of a list of a type, when it compares without a conversion at run time.
fn list_literal(literal: &Value, ty: Type) -> Option<Value> {
    match (literal, ty) {
        (literal, _) if literal.is_null() => None,
        (Value::String(text), Type::Guid) => crate::value::parse_guid(text).map(Value::Guid),
        (Value::String(text), Type::DateTime) => crate::value::parse_datetime(text).map(Value::DateTime),
        (Value::String(text), Type::TimeSpan) => crate::value::parse_timespan(text).map(Value::TimeSpan),
        (Value::Guid(text), Type::String) => Some(Value::String(text.clone())),
        _ => widen_literal(literal, ty),
    }
}
