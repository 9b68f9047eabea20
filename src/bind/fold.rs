//! Constants worked out while binding, so that `ago(7d)` and `2 * 1h` reach the scan as plain values.

use crate::ir::{Op, Scalar, Target};
use crate::types::Type;
use crate::value::Value;

/// The value of an operator over constants, where it is plain arithmetic; otherwise the call itself.
pub(super) fn fold(scalar: Scalar) -> Scalar {
    let Scalar::Call { target, args, ty } = &scalar else { return scalar };
    let literals: Option<Vec<&Value>> = args.iter().map(Scalar::literal).collect();
    let Some(literals) = literals else { return scalar };
    let folded = match (target, literals.as_slice()) {
        (Target::Op(Op::Negate), [value]) => negate(value),
        (Target::Op(op), [left, right]) => arithmetic(*op, left, right),
        (Target::Kernel(name), [left, right]) => time(name, left, right, *ty),
        (Target::Op(Op::Not), [Value::Bool(truth)]) => Some(Value::Bool(!truth)),
        _ => None,
    };
    folded.map_or(scalar, Scalar::Literal)
}

/// A condition without the parts that constants decide, as in `isempty(parameter) or x in (T)`: what is left can be more
/// than a test of rows, and what is not left need not be run.
pub(super) fn decided(condition: Scalar) -> Scalar {
    condition.transform(&mut |part| match part {
        Scalar::Call { target: Target::Op(op @ (Op::And | Op::Or)), args, ty } => {
            // `true` decides an `or`, and `false` an `and`; the other one says nothing.
            let decides = Value::Bool(op == Op::Or);
            if args.iter().any(|arg| arg.literal() == Some(&decides)) {
                return Scalar::Literal(decides);
            }
            let says_nothing = Value::Bool(op == Op::And);
            let mut left: Vec<Scalar> =
                args.iter().filter(|arg| arg.literal() != Some(&says_nothing)).cloned().collect();
            match left.len() {
                0 => Scalar::Literal(says_nothing),
                1 if left[0].ty() == ty => left.remove(0),
                1 => Scalar::Call { target: Target::Op(op), args, ty },
                _ => Scalar::Call { target: Target::Op(op), args: left, ty },
            }
        }
        Scalar::Call { target: Target::Op(op), ref args, .. } => {
            let truth = match (op, args.as_slice()) {
                (Op::Not, [Scalar::Literal(Value::Bool(truth))]) => Some(!truth),
                (Op::Equal, [Scalar::Literal(Value::String(a)), Scalar::Literal(Value::String(b))]) => Some(a == b),
                (Op::NotEqual, [Scalar::Literal(Value::String(a)), Scalar::Literal(Value::String(b))]) => Some(a != b),
                (Op::IsNull, [Scalar::Literal(value)]) => Some(value.is_null()),
                (Op::IsNotNull, [Scalar::Literal(value)]) => Some(!value.is_null()),
                _ => None,
            };
            truth.map_or(part, Scalar::bool)
        }
        other => other,
    })
}

fn negate(value: &Value) -> Option<Value> {
    Some(match value {
        Value::Int(n) => Value::Int(n.wrapping_neg()),
        Value::Long(n) => Value::Long(n.wrapping_neg()),
        Value::Real(n) => Value::Real(-n),
        Value::TimeSpan(n) => Value::TimeSpan(n.saturating_neg()),
        Value::Decimal(n) => Value::Decimal(n.checked_neg()?),
        _ => return None,
    })
}

fn arithmetic(op: Op, left: &Value, right: &Value) -> Option<Value> {
    Some(match (op, left, right) {
        (Op::Add, Value::Long(a), Value::Long(b)) => Value::Long(a.wrapping_add(*b)),
        (Op::Subtract, Value::Long(a), Value::Long(b)) => Value::Long(a.wrapping_sub(*b)),
        (Op::Multiply, Value::Long(a), Value::Long(b)) => Value::Long(a.wrapping_mul(*b)),
        (Op::Add, Value::Real(a), Value::Real(b)) => Value::Real(a + b),
        (Op::Subtract, Value::Real(a), Value::Real(b)) => Value::Real(a - b),
        (Op::Multiply, Value::Real(a), Value::Real(b)) => Value::Real(a * b),
        _ => return None,
    })
}

fn time(name: &str, left: &Value, right: &Value, ty: Type) -> Option<Value> {
    Some(match (name, left, right) {
        ("datetime_add", Value::DateTime(a), Value::TimeSpan(b)) => Value::DateTime(a.saturating_add(*b)),
        ("datetime_subtract", Value::DateTime(a), Value::TimeSpan(b)) => Value::DateTime(a.saturating_sub(*b)),
        ("datetime_difference", Value::DateTime(a), Value::DateTime(b)) => Value::TimeSpan(a.saturating_sub(*b)),
        ("timespan_add", Value::TimeSpan(a), Value::TimeSpan(b)) => Value::TimeSpan(a.saturating_add(*b)),
        ("timespan_subtract", Value::TimeSpan(a), Value::TimeSpan(b)) => Value::TimeSpan(a.saturating_sub(*b)),
        ("multiply_timespan", Value::TimeSpan(a), Value::Long(b))
        | ("multiply_timespan", Value::Long(b), Value::TimeSpan(a)) => Value::TimeSpan(a.saturating_mul(*b)),
        ("divide", Value::Long(a), Value::Long(b)) if *b != 0 && ty == Type::Long => Value::Long(a.wrapping_div(*b)),
        ("divide", Value::Real(a), Value::Real(b)) => Value::Real(a / b),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::{Column, ColumnId};

    fn op(op: Op, args: Vec<Scalar>) -> Scalar {
        Scalar::op(op, args, Type::Bool)
    }

    #[test]
    fn constants_decide_conditions() {
        let x = || Scalar::column(&Column { id: ColumnId(1), name: "x".to_owned(), ty: Type::Bool });
        let is_empty = |text: &str| op(Op::Equal, vec![Scalar::text(text), Scalar::text("")]);
        let check = |condition: Scalar, expected: Scalar| assert_eq!(decided(condition), expected);
        check(op(Op::Or, vec![is_empty("a"), x()]), x());
        check(op(Op::Or, vec![is_empty(""), x()]), Scalar::bool(true));
        check(op(Op::And, vec![is_empty(""), x()]), x());
        check(op(Op::And, vec![x(), op(Op::Not, vec![is_empty("")])]), Scalar::bool(false));
        check(op(Op::And, vec![x(), x()]), op(Op::And, vec![x(), x()]));
        check(op(Op::IsNull, vec![Scalar::Literal(Value::Null(Type::Real))]), Scalar::bool(true));
        // A null is neither, and what it gives is left to whoever runs it.
        let null = || Scalar::Literal(Value::Null(Type::Bool));
        check(op(Op::Or, vec![null(), x()]), op(Op::Or, vec![null(), x()]));
    }
}
