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
