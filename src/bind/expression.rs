//! Scalar expressions: names, members, operators, lists and ranges. Calls are in `call`.

use std::rc::Rc;

use crate::diagnostic::{Code, Diagnostic};
use crate::functions;
use crate::ir::{Column, Op, Scalar, SortKey};
use crate::span::{Span, Spanned};
use crate::syntax::ast::{BetweenOp, BinaryOp, Expr, ExprKind, Ident};
use crate::types::Type;
use crate::value::Value;

use super::Binder;
use super::arithmetic::unknown;
use super::convert::{from_dynamic, to_text, widen};
use super::env::{Binding, Env};
use super::membership::any_of;
use super::suggest::nearest;
use super::table::Table;

/// What an expression may mention.
#[derive(Clone)]
pub(super) struct Scope<'a> {
    /// Names of `let` statements and parameters.
    pub(super) env: Env<'a>,
    /// The columns in sight.
    pub(super) columns: Rc<[Column]>,
    /// Inside `on`: the columns of the right side, reached with `$right`; `columns` are then those of `$left`.
    pub(super) right: Option<Rc<[Column]>>,
    /// What calls may do here.
    pub(super) calls: Calls,
    /// The order of rows, for window functions and for aggregates that keep it.
    pub(super) order: Rc<[SortKey]>,
    /// Some column may be missing because of an earlier mistake.
    pub(super) broken: bool,
}

/// Which calls make sense in a place, beside those of scalar functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Calls {
    /// Scalar functions only.
    Scalar,
    /// Window functions too, since rows are in order.
    Window,
    /// Aggregates too.
    Aggregate,
}

impl<'a> Scope<'a> {
    /// No columns at all.
    pub(super) fn constants(env: Env<'a>) -> Scope<'a> {
        Scope { env, columns: Rc::from([]), right: None, calls: Calls::Scalar, order: Rc::from([]), broken: false }
    }

    /// The columns of a table.
    pub(super) fn of(env: &Env<'a>, table: &Table) -> Scope<'a> {
        Scope {
            env: env.clone(),
            columns: Rc::from(table.columns.as_slice()),
            right: None,
            calls: if table.serialized { Calls::Window } else { Calls::Scalar },
            order: Rc::from(table.window_order()),
            broken: table.broken,
        }
    }

    /// The same with aggregates allowed.
    pub(super) fn aggregating(&self) -> Scope<'a> {
        Scope { calls: Calls::Aggregate, ..self.clone() }
    }

    /// The column of a name.
    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }
}

impl<'a> Binder<'a> {
    /// The value of an expression. After a mistake it is a null of unknown type, and nothing follows up on it.
    pub(super) fn bind_scalar(&mut self, expr: &'a Expr, scope: &Scope<'a>) -> Scalar {
        match &expr.kind {
            ExprKind::Name(ident) => self.bind_name(ident, scope),
            ExprKind::Literal(value) => Scalar::Literal(value.clone()),
            ExprKind::Paren(inner) => self.bind_scalar(inner, scope),
            ExprKind::Call(call) => self.bind_call(call, expr.span, scope),
            ExprKind::Member(base, name) => self.bind_member(base, name, scope),
            ExprKind::Index(base, index) => self.bind_index(base, index, scope),
            ExprKind::Unary(op, value) => {
                let value = self.bind_scalar(value, scope);
                self.bind_unary(op, value)
            }
            ExprKind::Binary(..) => self.bind_binary_chain(expr, scope),
            ExprKind::In(op, value, list) => self.bind_in(op, value, list, scope),
            ExprKind::Between { op, value, low, high } => self.bind_between(op, value, [low, high], scope),
            ExprKind::TypeOf(types) => match types.as_slice() {
                [(None, Some(ty))] => Scalar::text(ty.node.name()),
                _ => self.misplaced(expr.span, "a row type"),
            },
            ExprKind::Path(base, selector) => self.bind_entity_value(expr, base, selector, scope),
            ExprKind::Pipeline(_) => {
                self.report(
                    Diagnostic::error(Code::NotTabular, expr.span, "a table stands where a value is needed")
                        .label("this is a table")
                        .help("`toscalar(…)` takes the first value of a table"),
                );
                unknown()
            }
            ExprKind::Star | ExprKind::Wildcard(_) => self.misplaced(expr.span, "`*`"),
            ExprKind::EntityGroup(_) => self.misplaced(expr.span, "an entity group"),
            ExprKind::Other(what) => {
                self.error(Code::UnsupportedFeature, expr.span, format!("`{what}` is not supported"));
                unknown()
            }
        }
    }

    fn misplaced(&mut self, span: Span, what: &str) -> Scalar {
        self.error(Code::Syntax, span, format!("{what} does not stand for a value here"));
        unknown()
    }

    /// A left-leaning chain of infix operators, bound from the innermost one without recursion.
    fn bind_binary_chain(&mut self, expr: &'a Expr, scope: &Scope<'a>) -> Scalar {
        let mut spine = Vec::new();
        let mut innermost = expr;
        while let ExprKind::Binary(op, left, right) = &innermost.kind {
            spine.push((op, right));
            innermost = left;
        }
        let mut spine = spine.into_iter().rev();
        let star = matches!(&innermost.kind, ExprKind::Star)
            || matches!(&innermost.kind, ExprKind::Wildcard(text) if text == "*");
        let mut value = match (star, spine.len()) {
            (true, 1..) => match spine.next() {
                Some((op, right)) => self.bind_any_column(op, right, scope),
                None => unknown(),
            },
            _ => self.bind_scalar(innermost, scope),
        };
        for (op, right) in spine {
            let right = self.bind_operand(op, right, scope);
            value = self.bind_binary(op, value, right);
        }
        value
    }

    /// `* has "x"`: whether the test holds for any column of text.
    fn bind_any_column(&mut self, op: &Spanned<BinaryOp>, right: &'a Expr, scope: &Scope<'a>) -> Scalar {
        let right = self.bind_operand(op, right, scope);
        let columns = Rc::clone(&scope.columns);
        let tests = columns
            .iter()
            .filter(|column| matches!(column.ty, Type::String | Type::Dynamic))
            .map(|column| self.bind_binary(op, Scalar::column(column), right.clone()))
            .collect();
        any_of(tests)
    }

    fn bind_operand(&mut self, op: &Spanned<BinaryOp>, right: &'a Expr, scope: &Scope<'a>) -> Scalar {
        if self.is_tabular(right, &scope.env) && scope.column(name_of(right).unwrap_or("")).is_none() {
            self.report(
                Diagnostic::error(Code::NotTabular, right.span, format!("a table stands behind `{}`", op.node.text()))
                    .label("this is a table")
                    .help("`toscalar(…)` takes the first value of a table, `in (…)` looks through it"),
            );
            return unknown();
        }
        self.bind_scalar(right, scope)
    }

    fn bind_name(&mut self, ident: &'a Ident, scope: &Scope<'a>) -> Scalar {
        if let Some(column) = scope.column(&ident.name) {
            return Scalar::column(column);
        }
        match scope.env.get(&ident.name).cloned() {
            Some(Binding::Scalar(value)) => value,
            Some(Binding::Broken) => unknown(),
            Some(Binding::Function(function, env)) if function.parameters.is_empty() => {
                self.call_scalar_function(function, &env, &[], ident.span, scope)
            }
            Some(Binding::Step(_)) => {
                let message = format!("`{0}` is a step: name a column, as in `{0}.Column`", ident.name);
                self.error(Code::UnknownName, ident.span, message);
                unknown()
            }
            Some(Binding::Function(..)) => {
                self.error(Code::UnknownName, ident.span, format!("the function `{}` needs its arguments", ident.name));
                unknown()
            }
            Some(
                Binding::Table(_)
                | Binding::SomeTable
                | Binding::Pattern(..)
                | Binding::Hidden
                | Binding::Database
                | Binding::Entities(..),
            ) => {
                self.report(
                    Diagnostic::error(
                        Code::NotTabular,
                        ident.span,
                        format!("`{}` is a table, not a value", ident.name),
                    )
                    .help("`toscalar(…)` takes the first value of a table"),
                );
                unknown()
            }
            None => {
                if !scope.broken {
                    self.unknown_column(&ident.name, ident.span, scope);
                }
                unknown()
            }
        }
    }

    /// Reports a name that is neither a column nor a variable.
    pub(super) fn unknown_column(&mut self, name: &str, span: Span, scope: &Scope<'a>) {
        let columns = scope.columns.iter().map(|column| column.name.as_str());
        let near = nearest(name, columns.chain(scope.env.names()));
        let mut diagnostic = Diagnostic::error(Code::UnknownColumn, span, format!("no column `{name}` here"));
        if let Some(near) = near {
            diagnostic = diagnostic.label(format!("nearest: `{near}`"));
        } else if functions::function(name).is_some() || functions::aggregate(name).is_some() {
            diagnostic = diagnostic.help(format!("`{name}` is a function: call it with `{name}(…)`"));
        } else if scope.columns.is_empty() {
            diagnostic = diagnostic.label("there are no columns in sight");
        } else {
            let mut names: Vec<&str> = scope.columns.iter().map(|column| column.name.as_str()).take(12).collect();
            if scope.columns.len() > names.len() {
                names.push("…");
            }
            diagnostic = diagnostic.help(format!("columns in sight: {}", names.join(", ")));
        }
        self.report(diagnostic);
    }

    fn bind_member(&mut self, base: &'a Expr, name: &'a Ident, scope: &Scope<'a>) -> Scalar {
        if let (ExprKind::Name(side), Some(right)) = (&base.kind, &scope.right) {
            let columns = match side.name.as_str() {
                "$left" => Some(&scope.columns),
                "$right" => Some(right),
                _ => None,
            };
            if let Some(columns) = columns {
                let side_scope =
                    Scope { columns: Rc::clone(columns), right: None, env: Env::default(), ..scope.clone() };
                return match side_scope.column(&name.name) {
                    Some(column) => Scalar::column(column),
                    None => {
                        if !scope.broken {
                            self.unknown_column(&name.name, name.span, &side_scope);
                        }
                        unknown()
                    }
                };
            }
        }
        if let ExprKind::Name(step) = &base.kind
            && let Some(Binding::Step(columns)) = scope.env.get(&step.name)
            && scope.column(&step.name).is_none()
        {
            if let Some((_, id, ty)) = columns.iter().find(|(known, ..)| *known == name.name) {
                return Scalar::Column(*id, *ty);
            }
            self.unknown_column(&name.name, name.span, scope);
            return unknown();
        }
        if let Some(value) = self.bind_entity_property(base, name, &scope.env) {
            return value;
        }
        let value = self.bind_scalar(base, scope);
        self.access(value, Scalar::text(name.name.as_str()), base.span)
    }

    fn bind_index(&mut self, base: &'a Expr, index: &'a Expr, scope: &Scope<'a>) -> Scalar {
        let value = self.bind_scalar(base, scope);
        let index_value = self.bind_scalar(index, scope);
        let step = match index_value.ty() {
            Type::Int | Type::Long => match widen(index_value, Type::Long) {
                Ok(step) | Err(step) => step,
            },
            Type::String | Type::Unknown => index_value,
            Type::Dynamic | Type::Guid => to_text(index_value),
            other => {
                self.error(
                    Code::TypeMismatch,
                    index.span,
                    format!("`{other}` is no index: a number or a name is needed"),
                );
                return unknown();
            }
        };
        self.access(value, step, base.span)
    }

    /// A part of a `dynamic` value. Steps of one path become one call, so that the JSON is read once.
    fn access(&mut self, value: Scalar, step: Scalar, span: Span) -> Scalar {
        match value.ty() {
            Type::Unknown => return unknown(),
            Type::Dynamic => {}
            other => {
                self.report(
                    Diagnostic::error(Code::TypeMismatch, span, format!("a `{other}` value has no members"))
                        .label(format!("`{other}`"))
                        .help("`parse_json(…)` turns JSON text into a `dynamic` value"),
                );
                return unknown();
            }
        }
        let constant = matches!(step, Scalar::Literal(_));
        match value {
            Scalar::Call { target: crate::ir::Target::Kernel("dynamic_path"), mut args, ty } if constant => {
                args.push(step);
                Scalar::Call { target: crate::ir::Target::Kernel("dynamic_path"), args, ty }
            }
            value if constant => Scalar::kernel("dynamic_path", vec![value, step], Type::Dynamic),
            value if step.ty() == Type::Long => Scalar::kernel("dynamic_index", vec![value, step], Type::Dynamic),
            value => Scalar::kernel("dynamic_member", vec![value, step], Type::Dynamic),
        }
    }

    fn bind_between(
        &mut self,
        op: &Spanned<BetweenOp>,
        value: &'a Expr,
        bounds: [&'a Expr; 2],
        scope: &Scope<'a>,
    ) -> Scalar {
        let tested = self.bind_scalar(value, scope);
        let [low, high] = bounds.map(|bound| self.bind_scalar(bound, scope));
        let types = [tested.ty(), low.ty(), high.ty()];
        if types.contains(&Type::Unknown) {
            return Scalar::Literal(Value::Null(Type::Bool));
        }
        let high = if types[1] == Type::DateTime && types[2] == Type::TimeSpan {
            super::fold::fold(Scalar::kernel("datetime_add", vec![low.clone(), high], Type::DateTime))
        } else {
            high
        };
        let lower = self.bind_comparison(Op::GreaterOrEqual, tested.clone(), low);
        let upper = self.bind_comparison(Op::LessOrEqual, tested, high);
        match (lower, upper) {
            (Some(lower), Some(upper)) => {
                let both = Scalar::op(Op::And, vec![lower, upper], Type::Bool);
                if op.node == BetweenOp::Between { both } else { both.not() }
            }
            _ => {
                self.report(
                    Diagnostic::error(Code::TypeMismatch, op.span, "the value and the bounds do not compare")
                        .label(format!("`{}`, `{}` and `{}`", types[0], types[1], types[2])),
                );
                Scalar::Literal(Value::Null(Type::Bool))
            }
        }
    }

    /// An order for `sort`-like operators, an argument that must be `bool`, and so on: binds and converts.
    pub(super) fn bind_predicate(&mut self, expr: &'a Expr, scope: &Scope<'a>) -> Scalar {
        let value = self.bind_scalar(expr, scope);
        let ty = value.ty();
        match ty {
            Type::Bool | Type::Unknown => value,
            Type::Dynamic => Scalar::kernel(from_dynamic(Type::Bool), vec![value], Type::Bool),
            _ => {
                self.report(
                    Diagnostic::error(
                        Code::TypeMismatch,
                        expr.span,
                        format!("a condition is needed, but this is `{ty}`"),
                    )
                    .label(format!("`{ty}`"))
                    .help("compare it with something, or convert it with `tobool()`"),
                );
                Scalar::Literal(Value::Null(Type::Bool))
            }
        }
    }
}

/// The name, when an expression is nothing but one.
pub(super) fn name_of(expr: &Expr) -> Option<&str> {
    match &expr.kind {
        ExprKind::Name(ident) => Some(&ident.name),
        ExprKind::Paren(inner) => name_of(inner),
        _ => None,
    }
}
