//! `declare pattern`: tables chosen by constant arguments.

use crate::diagnostic::{Code, Diagnostic};
use crate::syntax::ast::{Expr, ExprKind};
use crate::value::Value;

use super::Binder;
use super::env::{Binding, Env};
use super::expression::Scope;
use super::table::Table;

impl<'a> Binder<'a> {
    /// Whether an expression is a call of a pattern.
    pub(super) fn is_pattern(&self, expr: &Expr, env: &Env<'a>) -> bool {
        matches!(&expr.kind, ExprKind::Call(call) if matches!(env.get(&call.name.name), Some(Binding::Pattern(..))))
    }

    /// The table that the case of a call stands for: `p("a")`, or `p("a").b` with `whole` around the call.
    pub(super) fn bind_pattern_call(&mut self, call: &'a Expr, whole: Option<&'a Expr>, env: &Env<'a>) -> Table {
        let ExprKind::Call(call) = &call.kind else { return Table::broken() };
        let Some(Binding::Pattern(pattern, inner)) = env.get(&call.name.name).cloned() else { return Table::broken() };
        let span = whole.map_or(call.name.span.cover(call.args_span), |whole| whole.span);
        let path = whole.map(|whole| match &whole.kind {
            ExprKind::Member(_, name) => Some(Value::String(name.name.clone())),
            ExprKind::Index(_, index) => self.pattern_value(index, env),
            _ => None,
        });
        let args: Vec<Option<Value>> = call.args.iter().map(|arg| self.pattern_value(&arg.value, env)).collect();
        if args.iter().chain(&path).any(Option::is_none) {
            return Table::broken();
        }
        let path = path.flatten();
        let args: Vec<Value> = args.into_iter().flatten().collect();
        for case in &pattern.cases {
            let known: Vec<Option<Value>> = case.args.iter().map(|arg| self.pattern_value(arg, &inner)).collect();
            let known_path = case.path.as_ref().and_then(|path| self.pattern_value(path, &inner));
            let same = known.len() == args.len() && known.iter().flatten().eq(args.iter()) && known_path == path;
            if same {
                return self.table_of_body(&case.body, inner, span);
            }
        }
        self.report(
            Diagnostic::error(
                Code::InvalidValue,
                span,
                format!("the pattern `{}` has no case for these values", pattern.name.name),
            )
            .other(pattern.name.span, "declared here"),
        );
        Table::broken()
    }

    /// A constant; anything else is reported.
    fn pattern_value(&mut self, expr: &'a Expr, env: &Env<'a>) -> Option<Value> {
        let value = self.bind_scalar(expr, &Scope::constants(env.clone()));
        if let Some(literal) = value.literal() {
            return Some(literal.clone());
        }
        self.error(Code::NotConstant, expr.span, "the cases of a pattern are told apart by constants");
        None
    }
}
