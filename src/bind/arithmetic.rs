//! Infix and prefix operators: which types they take, and how each is said in the core.

use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{Op, Scalar};
use crate::pattern;
use crate::span::Spanned;
use crate::syntax::ast::{BinaryOp, UnaryOp};
use crate::types::Type;
use crate::value::Value;

use super::Binder;
use super::convert::{from_dynamic, to_text, widen, widen_literal};
use super::fold::fold;

impl Binder<'_> {
    /// `-a` and `+a`.
    pub(super) fn bind_unary(&mut self, op: &Spanned<UnaryOp>, value: Scalar) -> Scalar {
        let value = match value.ty() {
            Type::Dynamic => Scalar::kernel("toreal_dynamic", vec![value], Type::Real),
            _ => value,
        };
        let ty = value.ty();
        match (op.node, ty) {
            (_, Type::Unknown) => value,
            (UnaryOp::Plus, ty) if ty.is_summable() => value,
            (UnaryOp::Minus, Type::TimeSpan) => match fold(Scalar::op(Op::Negate, vec![value.clone()], ty)) {
                literal @ Scalar::Literal(_) => literal,
                _ => Scalar::kernel("timespan_negate", vec![value], ty),
            },
            (UnaryOp::Minus, Type::Int) => match widen(value, Type::Long) {
                Ok(value) | Err(value) => fold(Scalar::op(Op::Negate, vec![value], Type::Long)),
            },
            (UnaryOp::Minus, ty) if ty.is_numeric() => fold(Scalar::op(Op::Negate, vec![value], ty)),
            (UnaryOp::Minus | UnaryOp::Plus, ty) => {
                self.error(Code::TypeMismatch, op.span, format!("a sign in front of a `{ty}` value means nothing"));
                unknown()
            }
        }
    }

    /// `a op b`.
    pub(super) fn bind_binary(&mut self, op: &Spanned<BinaryOp>, left: Scalar, right: Scalar) -> Scalar {
        if left.ty() == Type::Unknown || right.ty() == Type::Unknown {
            return Scalar::Literal(Value::Null(result_when_unknown(op.node)));
        }
        let types = (left.ty(), right.ty());
        let bound = match op.node {
            BinaryOp::And | BinaryOp::Or => self.bind_logic(op.node, left, right),
            BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Modulo => {
                self.bind_arithmetic(op.node, left, right)
            }
            BinaryOp::Equal => self.bind_comparison(Op::Equal, left, right),
            BinaryOp::NotEqual => self.bind_comparison(Op::NotEqual, left, right),
            BinaryOp::Less => self.bind_comparison(Op::Less, left, right),
            BinaryOp::LessOrEqual => self.bind_comparison(Op::LessOrEqual, left, right),
            BinaryOp::Greater => self.bind_comparison(Op::Greater, left, right),
            BinaryOp::GreaterOrEqual => self.bind_comparison(Op::GreaterOrEqual, left, right),
            _ => self.bind_text_operator(op, left, right),
        };
        bound.unwrap_or_else(|| {
            let mut diagnostic = Diagnostic::error(
                Code::TypeMismatch,
                op.span,
                format!("the operator `{}` does not take `{}` and `{}`", op.node.text(), types.0, types.1),
            )
            .label(format!("`{}` and `{}`", types.0, types.1));
            if op.node == BinaryOp::Add && types == (Type::String, Type::String) {
                diagnostic = diagnostic.help("text is put together with `strcat()`");
            } else if types.0 != types.1 {
                diagnostic = diagnostic.help("convert one side with `tostring()`, `tolong()`, `todatetime()`, …");
            }
            self.report(diagnostic);
            Scalar::Literal(Value::Null(result_when_unknown(op.node)))
        })
    }

    fn bind_logic(&mut self, op: BinaryOp, left: Scalar, right: Scalar) -> Option<Scalar> {
        let op = if op == BinaryOp::And { Op::And } else { Op::Or };
        let mut args = Vec::new();
        for side in [left, right] {
            let side = self.truth(side)?;
            match side {
                // Long chains stay flat, so that a thousand terms are not a thousand levels.
                Scalar::Call { target: crate::ir::Target::Op(inner), args: parts, .. } if inner == op => {
                    args.extend(parts)
                }
                other => args.push(other),
            }
        }
        Some(Scalar::op(op, args, Type::Bool))
    }

    /// A value used as a truth value: `bool` and `dynamic`.
    pub(super) fn truth(&mut self, value: Scalar) -> Option<Scalar> {
        match value.ty() {
            Type::Bool | Type::Unknown => Some(value),
            Type::Dynamic => Some(Scalar::kernel("tobool_dynamic", vec![value], Type::Bool)),
            _ => None,
        }
    }

    fn bind_arithmetic(&mut self, op: BinaryOp, left: Scalar, right: Scalar) -> Option<Scalar> {
        let (left, right) = undynamic(left, right)?;
        let (a, b) = (left.ty(), right.ty());
        if a.is_numeric() && b.is_numeric() {
            // The real engine computes `int` with `int` as `long`.
            let ty = a.max(b).max(Type::Long);
            let args = vec![widen(left, ty).ok()?, widen(right, ty).ok()?];
            return Some(fold(match op {
                BinaryOp::Add => Scalar::op(Op::Add, args, ty),
                BinaryOp::Subtract => Scalar::op(Op::Subtract, args, ty),
                BinaryOp::Multiply if ty == Type::Decimal => Scalar::kernel("multiply", args, ty),
                BinaryOp::Multiply => Scalar::op(Op::Multiply, args, ty),
                BinaryOp::Divide => Scalar::kernel("divide", args, ty),
                _ => Scalar::kernel("modulo", args, ty),
            }));
        }
        let (time, span) = (Type::DateTime, Type::TimeSpan);
        let call = |name, args, ty| Some(fold(Scalar::kernel(name, args, ty)));
        match op {
            BinaryOp::Add if a == time && b == span => call("datetime_add", vec![left, right], time),
            BinaryOp::Add if a == span && b == time => call("datetime_add", vec![right, left], time),
            BinaryOp::Add if a == span && b == span => call("timespan_add", vec![left, right], span),
            BinaryOp::Subtract if a == time && b == span => call("datetime_subtract", vec![left, right], time),
            BinaryOp::Subtract if a == time && b == time => call("datetime_difference", vec![left, right], span),
            BinaryOp::Subtract if a == span && b == span => call("timespan_subtract", vec![left, right], span),
            BinaryOp::Multiply if a == span && b.is_numeric() => {
                call("multiply_timespan", vec![left, number(right)], span)
            }
            BinaryOp::Multiply if a.is_numeric() && b == span => {
                call("multiply_timespan", vec![right, number(left)], span)
            }
            BinaryOp::Divide if a == span && b == span => call("divide", vec![left, right], Type::Real),
            BinaryOp::Divide if a == span && b.is_numeric() => call("divide", vec![left, number(right)], span),
            BinaryOp::Modulo if a == span && b == span => call("modulo", vec![left, right], span),
            BinaryOp::Modulo if a == time && b == span => call("modulo", vec![left, right], span),
            _ => None,
        }
    }

    /// A comparison of two values of any types, if KQL compares them.
    pub(super) fn bind_comparison(&mut self, op: Op, left: Scalar, right: Scalar) -> Option<Scalar> {
        let (left, right) = comparable(op, left, right)?;
        Some(Scalar::op(op, vec![left, right], Type::Bool))
    }

    fn bind_text_operator(&mut self, op: &Spanned<BinaryOp>, left: Scalar, right: Scalar) -> Option<Scalar> {
        let (kernel, negated) = text_kernel(op.node)?;
        let text = |value: Scalar| match value.ty() {
            Type::String | Type::Dynamic | Type::Guid => Some(to_text(value)),
            _ => None,
        };
        let (left, right) = (text(left)?, text(right)?);
        if op.node == BinaryOp::MatchesRegex
            && let Some(Value::String(pattern)) = right.literal()
            && let Err(problem) = pattern::compile(pattern)
        {
            let problem = pattern::reason(&problem);
            self.error(Code::InvalidValue, op.span, format!("the regular expression is broken: {problem}"));
            return Some(Scalar::Literal(Value::Null(Type::Bool)));
        }
        let call = Scalar::kernel(kernel, vec![left, right], Type::Bool);
        Some(if negated { call.not() } else { call })
    }
}

fn result_when_unknown(op: BinaryOp) -> Type {
    match op {
        BinaryOp::Add | BinaryOp::Subtract | BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Modulo => Type::Unknown,
        _ => Type::Bool,
    }
}

/// Stands in for a value that could not be bound.
pub(super) fn unknown() -> Scalar {
    Scalar::Literal(Value::Null(Type::Unknown))
}

/// `long` for whole numbers, `real` for the rest: what a timespan is multiplied with.
fn number(value: Scalar) -> Scalar {
    let to = if value.ty().is_integer() { Type::Long } else { Type::Real };
    match widen(value, to) {
        Ok(value) => value,
        Err(value) => Scalar::kernel("toreal", vec![value], Type::Real),
    }
}

/// A `dynamic` operand taken as the type of the other one; two of them as `real`.
fn undynamic(left: Scalar, right: Scalar) -> Option<(Scalar, Scalar)> {
    let to = |value: Scalar, ty: Type| {
        let ty = if ty == Type::Int { Type::Long } else { ty };
        Scalar::kernel(from_dynamic(ty), vec![value], ty)
    };
    Some(match (left.ty(), right.ty()) {
        (Type::Dynamic, Type::Dynamic) => (to(left, Type::Real), to(right, Type::Real)),
        (Type::Dynamic, ty) if ty.is_summable() => (to(left, ty), right),
        (ty, Type::Dynamic) if ty.is_summable() => {
            let right = to(right, ty);
            (left, right)
        }
        (Type::Dynamic, _) | (_, Type::Dynamic) => return None,
        _ => (left, right),
    })
}

/// Both sides in one type that compares as KQL compares them.
pub(super) fn comparable(op: Op, left: Scalar, right: Scalar) -> Option<(Scalar, Scalar)> {
    let (a, b) = (left.ty(), right.ty());
    if a == b {
        let text_order = a == Type::Dynamic && !matches!(op, Op::Equal | Op::NotEqual);
        if text_order {
            let real = |value| Scalar::kernel("toreal_dynamic", vec![value], Type::Real);
            return Some((real(left), real(right)));
        }
        let ordered = !matches!(op, Op::Equal | Op::NotEqual);
        // Texts have no order in KQL; `strcmp` compares them.
        return (!(ordered && matches!(a, Type::Guid | Type::String))).then_some((left, right));
    }
    // A constant is brought to the type of the column, so that statistics and filters can use it.
    if let Some(literal) = right.literal().and_then(|value| widen_literal(value, a)) {
        return Some((left, Scalar::Literal(literal)));
    }
    if let Some(literal) = left.literal().and_then(|value| widen_literal(value, b)) {
        return Some((Scalar::Literal(literal), right));
    }
    if let Some(ty) = a.widest_number(b) {
        return Some((widen(left, ty).ok()?, widen(right, ty).ok()?));
    }
    let from = |value: Scalar, ty: Type| {
        // A number inside JSON may have a fraction, which `long` would cut off before the comparison.
        let ty = if ty.is_integer() { Type::Real } else { ty };
        Scalar::kernel(from_dynamic(ty), vec![value], ty)
    };
    let wide = |value: Scalar| match value.ty() {
        Type::Int | Type::Long => widen(value, Type::Real),
        _ => Ok(value),
    };
    match (a, b) {
        (Type::Dynamic, _) => Some((from(left, b), wide(right).ok()?)),
        (_, Type::Dynamic) => Some((wide(left).ok()?, from(right, a))),
        (Type::Guid, Type::String) => Some((left, Scalar::kernel("toguid", vec![right], Type::Guid))),
        (Type::String, Type::Guid) => Some((Scalar::kernel("toguid", vec![left], Type::Guid), right)),
        (Type::Bool, Type::Int | Type::Long) => {
            Some((Scalar::kernel("tolong", vec![left], Type::Long), widen(right, Type::Long).ok()?))
        }
        (Type::Int | Type::Long, Type::Bool) => {
            Some((widen(left, Type::Long).ok()?, Scalar::kernel("tolong", vec![right], Type::Long)))
        }
        _ => None,
    }
}

/// The kernel of a text operator, and whether its answer is turned around.
fn text_kernel(op: BinaryOp) -> Option<(&'static str, bool)> {
    Some(match op {
        BinaryOp::EqualTilde => ("equals_ci", false),
        BinaryOp::NotEqualTilde => ("equals_ci", true),
        BinaryOp::Has | BinaryOp::Search => ("has", false),
        BinaryOp::NotHas => ("has", true),
        BinaryOp::HasCs => ("has_cs", false),
        BinaryOp::NotHasCs => ("has_cs", true),
        BinaryOp::HasPrefix => ("hasprefix", false),
        BinaryOp::NotHasPrefix => ("hasprefix", true),
        BinaryOp::HasPrefixCs => ("hasprefix_cs", false),
        BinaryOp::NotHasPrefixCs => ("hasprefix_cs", true),
        BinaryOp::HasSuffix => ("hassuffix", false),
        BinaryOp::NotHasSuffix => ("hassuffix", true),
        BinaryOp::HasSuffixCs => ("hassuffix_cs", false),
        BinaryOp::NotHasSuffixCs => ("hassuffix_cs", true),
        BinaryOp::Contains => ("contains", false),
        BinaryOp::NotContains => ("contains", true),
        BinaryOp::ContainsCs => ("contains_cs", false),
        BinaryOp::NotContainsCs => ("contains_cs", true),
        BinaryOp::StartsWith => ("startswith", false),
        BinaryOp::NotStartsWith => ("startswith", true),
        BinaryOp::StartsWithCs => ("startswith_cs", false),
        BinaryOp::NotStartsWithCs => ("startswith_cs", true),
        BinaryOp::EndsWith => ("endswith", false),
        BinaryOp::NotEndsWith => ("endswith", true),
        BinaryOp::EndsWithCs => ("endswith_cs", false),
        BinaryOp::NotEndsWithCs => ("endswith_cs", true),
        BinaryOp::Like => ("like", false),
        BinaryOp::NotLike => ("like", true),
        BinaryOp::LikeCs => ("like_cs", false),
        BinaryOp::NotLikeCs => ("like_cs", true),
        BinaryOp::MatchesRegex => ("matches_regex", false),
        BinaryOp::Or
        | BinaryOp::And
        | BinaryOp::Add
        | BinaryOp::Subtract
        | BinaryOp::Multiply
        | BinaryOp::Divide
        | BinaryOp::Modulo
        | BinaryOp::Equal
        | BinaryOp::NotEqual
        | BinaryOp::Less
        | BinaryOp::LessOrEqual
        | BinaryOp::Greater
        | BinaryOp::GreaterOrEqual => return None,
    })
}
