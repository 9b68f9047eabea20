//! Constant values: what literals, parameters and folded expressions hold, and how they are read from text.

mod datetime;
mod decimal;
mod number;
mod timespan;

use std::fmt;

use serde_json::Value as Json;

use crate::types::Type;

pub use datetime::{civil_from_days, days_from_civil, format_datetime_iso, parse_datetime, push_datetime_iso};
pub use decimal::{format_decimal, parse_decimal, push_decimal};
pub use number::{format_real, parse_bool, parse_guid, parse_long, parse_real, push_real, trimmed};
pub use timespan::{format_timespan, nanos_per_unit, parse_timespan, push_timespan};

/// Nanoseconds in one tick, Kusto's unit of time.
pub const NANOS_PER_TICK: i64 = 100;
/// Nanoseconds in a day.
pub const NANOS_PER_DAY: i64 = 86_400_000_000_000;
/// Digits behind the point that `decimal` columns keep.
pub const DECIMAL_SCALE: i8 = 18;
/// Digits in all that `decimal` columns keep.
pub const DECIMAL_PRECISION: u8 = 38;

/// A constant of one of the KQL types. Equal is what was written the same, so `real(nan)` equals itself here: questions
/// and sub-queries are known again by what they say.
#[derive(Clone, Debug)]
pub enum Value {
    /// The missing value of a type. Strings are never missing: use an empty `String` instead.
    Null(Type),
    /// `bool`
    Bool(bool),
    /// `int`
    Int(i32),
    /// `long`
    Long(i64),
    /// `real`
    Real(f64),
    /// `decimal`, as a whole number of 10^-[`DECIMAL_SCALE`]
    Decimal(i128),
    /// `string`
    String(String),
    /// `datetime`, nanoseconds since 1970 in UTC
    DateTime(i64),
    /// `timespan`, nanoseconds
    TimeSpan(i64),
    /// `guid`, lower case with dashes
    Guid(String),
    /// `dynamic`
    Dynamic(Json),
}

impl PartialEq for Value {
    fn eq(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::Null(a), Value::Null(b)) => a == b,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::Int(a), Value::Int(b)) => a == b,
            (Value::Long(a), Value::Long(b)) => a == b,
            (Value::Real(a), Value::Real(b)) => a.to_bits() == b.to_bits(),
            (Value::Decimal(a), Value::Decimal(b)) => a == b,
            (Value::String(a), Value::String(b)) => a == b,
            (Value::DateTime(a), Value::DateTime(b)) | (Value::TimeSpan(a), Value::TimeSpan(b)) => a == b,
            (Value::Guid(a), Value::Guid(b)) => a == b,
            (Value::Dynamic(a), Value::Dynamic(b)) => a == b,
            _ => false,
        }
    }
}

impl Value {
    /// Its type.
    pub fn ty(&self) -> Type {
        match self {
            Value::Null(ty) => *ty,
            Value::Bool(_) => Type::Bool,
            Value::Int(_) => Type::Int,
            Value::Long(_) => Type::Long,
            Value::Real(_) => Type::Real,
            Value::Decimal(_) => Type::Decimal,
            Value::String(_) => Type::String,
            Value::DateTime(_) => Type::DateTime,
            Value::TimeSpan(_) => Type::TimeSpan,
            Value::Guid(_) => Type::Guid,
            Value::Dynamic(_) => Type::Dynamic,
        }
    }

    /// The missing value of a type: null, or `""` for strings.
    pub fn missing(ty: Type) -> Value {
        match ty {
            Type::String => Value::String(String::new()),
            other => Value::Null(other),
        }
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null(_) | Value::Dynamic(Json::Null))
    }

    /// As a whole number, when it is one.
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Value::Int(n) => Some(i64::from(*n)),
            Value::Long(n) => Some(*n),
            _ => None,
        }
    }

    /// As a floating point number, when it is a number.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Value::Int(n) => Some(f64::from(*n)),
            Value::Long(n) => Some(*n as f64),
            Value::Real(n) => Some(*n),
            Value::Decimal(n) => Some(*n as f64 / 10f64.powi(i32::from(DECIMAL_SCALE))),
            _ => None,
        }
    }

    /// As text, when it is a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) | Value::Guid(text) => Some(text),
            _ => None,
        }
    }
}

/// The literal that stands for the value in a query; `long` and `string` need no type around them.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null(ty) => write!(f, "{ty}(null)"),
            Value::Bool(truth) => write!(f, "{truth}"),
            Value::Int(number) => write!(f, "int({number})"),
            Value::Long(number) => write!(f, "{number}"),
            Value::Real(number) if number.is_nan() => f.write_str("real(nan)"),
            Value::Real(number) if number.is_infinite() => {
                f.write_str(if *number > 0.0 { "real(+inf)" } else { "real(-inf)" })
            }
            Value::Real(number) => write!(f, "{number:?}"),
            Value::Decimal(number) => write!(f, "decimal({})", format_decimal(*number)),
            Value::String(text) => write!(f, "{}", Json::String(text.clone())),
            Value::DateTime(nanos) => write!(f, "datetime({})", format_datetime_iso(*nanos)),
            Value::TimeSpan(nanos) => write!(f, "timespan({})", format_timespan(*nanos)),
            Value::Guid(text) => write!(f, "guid({text})"),
            Value::Dynamic(json) => write!(f, "dynamic({json})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: Value, expected: &str) {
        assert_eq!(value.to_string(), expected);
    }

    #[test]
    fn values_print_as_literals() {
        check(Value::Null(Type::Long), "long(null)");
        check(Value::Long(-5), "-5");
        check(Value::Real(2.0), "2.0");
        check(Value::Real(f64::NEG_INFINITY), "real(-inf)");
        check(Value::Decimal(-1_500_000_000_000_000_000), "decimal(-1.5)");
        check(Value::String("a\"b\n".into()), r#""a\"b\n""#);
        check(Value::DateTime(-100), "datetime(1969-12-31T23:59:59.9999999Z)");
        check(Value::TimeSpan(-NANOS_PER_DAY - 500_000_000), "timespan(-1.00:00:00.5000000)");
        check(Value::Dynamic(serde_json::json!({"a": [1]})), r#"dynamic({"a":[1]})"#);
    }
}
