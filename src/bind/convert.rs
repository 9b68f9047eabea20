//! Conversions between types: which happen by themselves, and how each is written in the core.

use crate::diagnostic::{Code, Diagnostic};
use crate::ir::Scalar;
use crate::span::Span;
use crate::types::Type;
use crate::value::{DECIMAL_SCALE, Value};

use super::Binder;

/// The kernel that turns a `dynamic` cell into a type.
pub(super) fn from_dynamic(to: Type) -> &'static str {
    match to {
        Type::Bool => "tobool_dynamic",
        Type::Int => "toint_dynamic",
        Type::Long => "tolong_dynamic",
        Type::Real => "toreal_dynamic",
        Type::Decimal => "todecimal_dynamic",
        Type::DateTime => "todatetime_dynamic",
        Type::TimeSpan => "totimespan_dynamic",
        Type::Guid => "toguid_dynamic",
        Type::String | Type::Dynamic | Type::Unknown => "tostring_dynamic",
    }
}

/// The value as text, as `tostring` gives it.
pub(super) fn to_text(value: Scalar) -> Scalar {
    match value.ty() {
        Type::String | Type::Unknown => value,
        Type::Dynamic => Scalar::kernel("tostring_dynamic", vec![value], Type::String),
        _ => Scalar::kernel("tostring", vec![value], Type::String),
    }
}

/// The value as a `dynamic` cell.
pub(super) fn to_dynamic(value: Scalar) -> Scalar {
    match (value.ty(), &value) {
        (Type::Dynamic | Type::Unknown, _) => value,
        (_, Scalar::Literal(literal)) if literal.is_null() => Scalar::Literal(Value::Null(Type::Dynamic)),
        (Type::Guid, _) => Scalar::kernel("to_dynamic", vec![to_text(value)], Type::Dynamic),
        _ => Scalar::kernel("to_dynamic", vec![value], Type::Dynamic),
    }
}

/// Converts where nothing can be lost and nothing can fail; gives back what does not convert by itself.
pub(super) fn widen(value: Scalar, to: Type) -> Result<Scalar, Scalar> {
    let from = value.ty();
    if from == to || from == Type::Unknown || to == Type::Unknown {
        return Ok(value);
    }
    if let Scalar::Literal(literal) = &value {
        if let Some(folded) = widen_literal(literal, to) {
            return Ok(Scalar::Literal(folded));
        }
        if literal.is_null() && from == Type::Dynamic {
            return Ok(Scalar::Literal(Value::missing(to)));
        }
    }
    let widens = from.is_numeric() && to.is_numeric() && from < to;
    if widens { Ok(Scalar::Cast(Box::new(value), to)) } else { Err(value) }
}

/// A constant in a wider type, or in `int` when it fits.
pub(super) fn widen_literal(value: &Value, to: Type) -> Option<Value> {
    if value.ty() == to {
        return Some(value.clone());
    }
    Some(match (value, to) {
        (Value::Null(from), _) if from.is_numeric() && to.is_numeric() => Value::Null(to),
        (Value::Long(n), Type::Int) => Value::Int(i32::try_from(*n).ok()?),
        (Value::Int(n), Type::Long) => Value::Long(i64::from(*n)),
        (Value::Int(_) | Value::Long(_), Type::Real) => Value::Real(value.as_f64()?),
        (Value::Int(_) | Value::Long(_), Type::Decimal) => Value::Decimal(
            i128::from(value.as_i64()?).checked_mul(10i128.pow(u32::from(DECIMAL_SCALE.unsigned_abs())))?,
        ),
        (Value::Real(n), Type::Decimal) => crate::value::parse_decimal(&n.to_string()).map(Value::Decimal)?,
        _ => return None,
    })
}

impl Binder<'_> {
    /// Converts as KQL does by itself: widening numbers, `dynamic` to anything, anything to `dynamic`.
    pub(super) fn convert_implicitly(&mut self, value: Scalar, to: Type) -> Option<Scalar> {
        let value = match widen(value, to) {
            Ok(value) => return Some(value),
            Err(value) => value,
        };
        match (value.ty(), to) {
            (Type::Dynamic, to) => Some(Scalar::kernel(from_dynamic(to), vec![value], to)),
            (_, Type::Dynamic) => Some(to_dynamic(value)),
            (Type::String, Type::Guid) => Some(Scalar::kernel("toguid", vec![value], Type::Guid)),
            (Type::Guid, Type::String) => Some(to_text(value)),
            (Type::Real | Type::Decimal, Type::Real | Type::Decimal) => {
                Some(Scalar::kernel(if to == Type::Real { "toreal" } else { "todecimal" }, vec![value], to))
            }
            _ => None,
        }
    }

    /// Converts an argument to the type of a `let` function's parameter: numbers of all kinds fit each other.
    pub(super) fn convert_parameter(&mut self, value: Scalar, to: Type, span: Span) -> Scalar {
        let value = match widen(value, to) {
            Ok(value) => return value,
            Err(value) => value,
        };
        let kernel = match (value.ty().is_numeric(), to) {
            (true, Type::Int) => "toint",
            (true, Type::Long) => "tolong",
            (true, Type::Real) => "toreal",
            (true, Type::Decimal) => "todecimal",
            _ => return self.convert_or_report(value, to, span),
        };
        Scalar::kernel(kernel, vec![value], to)
    }

    /// Converts as KQL does by itself, or says that the types do not fit.
    pub(super) fn convert_or_report(&mut self, value: Scalar, to: Type, span: Span) -> Scalar {
        let from = value.ty();
        match self.convert_implicitly(value, to) {
            Some(value) => value,
            None => {
                let mut diagnostic = Diagnostic::error(
                    Code::TypeMismatch,
                    span,
                    format!("a value of type `{to}` is needed, but this is `{from}`"),
                )
                .label(format!("`{from}`"));
                if to != Type::Unknown {
                    diagnostic = diagnostic.help(format!("convert it with `to{to}()`"));
                }
                self.report(diagnostic);
                Scalar::Literal(Value::missing(to))
            }
        }
    }

    /// The one type of several values: the widest number, the type that all but nulls share, or `dynamic`.
    pub(super) fn common_type(values: &[Scalar]) -> Option<Type> {
        let mut common: Option<Type> = None;
        for value in values {
            let ty = value.ty();
            let untyped = ty == Type::Unknown
                || matches!(value, Scalar::Literal(literal) if ty == Type::Dynamic && literal.is_null());
            if untyped {
                continue;
            }
            common = Some(match common {
                None => ty,
                Some(known) if known == ty => ty,
                Some(known) => match known.widest_number(ty) {
                    Some(widest) => widest,
                    None if known == Type::Dynamic || ty == Type::Dynamic => Type::Dynamic,
                    None => return None,
                },
            });
        }
        Some(common.unwrap_or(values.first().map_or(Type::Unknown, Scalar::ty)))
    }
}
