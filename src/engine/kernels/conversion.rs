//! Conversions to numbers, truth values, times and guids. Each kernel `X` takes any type but `dynamic`; `X_dynamic`
//! takes `dynamic`. What cannot be converted is null.

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::{
    Decimal128Type, DurationNanosecondType, Float64Type, Int32Type, Int64Type, TimestampNanosecondType,
};
use datafusion::common::Result;

use super::cells::{Cell, Cells};
use super::{Args, Kernel};
use crate::value::{
    DECIMAL_SCALE, NANOS_PER_TICK, format_real, parse_bool, parse_datetime, parse_decimal, parse_guid, parse_long,
    parse_real, parse_timespan,
};

/// The kernels of this file.
pub(super) const KERNELS: &[Kernel] = &[
    Kernel::new("toint", |args| ints(args, &Cells::of(args, 0)?)),
    Kernel::new("toint_dynamic", |args| ints(args, &Cells::dynamic(args, 0)?)),
    Kernel::new("tolong", |args| longs(args, &Cells::of(args, 0)?)),
    Kernel::new("tolong_dynamic", |args| longs(args, &Cells::dynamic(args, 0)?)),
    Kernel::new("toreal", |args| reals(args, &Cells::of(args, 0)?)),
    Kernel::new("toreal_dynamic", |args| reals(args, &Cells::dynamic(args, 0)?)),
    Kernel::new("todecimal", |args| decimals(args, &Cells::of(args, 0)?)),
    Kernel::new("todecimal_dynamic", |args| decimals(args, &Cells::dynamic(args, 0)?)),
    Kernel::new("tobool", |args| bools(args, &Cells::of(args, 0)?)),
    Kernel::new("tobool_dynamic", |args| bools(args, &Cells::dynamic(args, 0)?)),
    Kernel::new("todatetime", |args| datetimes(args, &Cells::of(args, 0)?)),
    Kernel::new("todatetime_dynamic", |args| datetimes(args, &Cells::dynamic(args, 0)?)),
    Kernel::new("totimespan", |args| timespans(args, &Cells::of(args, 0)?)),
    Kernel::new("totimespan_dynamic", |args| timespans(args, &Cells::dynamic(args, 0)?)),
    Kernel::new("toguid", |args| guids(args, &Cells::of(args, 0)?)),
    Kernel::new("toguid_dynamic", |args| guids(args, &Cells::dynamic(args, 0)?)),
];

/// One in units of [`DECIMAL_SCALE`].
const ONE: i128 = 10i128.pow(DECIMAL_SCALE as u32);
/// Ticks from year 1, where Kusto's datetimes start, to 1970.
const TICKS_TO_1970: i64 = 621_355_968_000_000_000;

/// Ticks since year 1 of a datetime in nanoseconds since 1970.
pub(super) fn dotnet_ticks(nanos: i64) -> i64 {
    ticks_of(nanos) + TICKS_TO_1970
}

fn ticks_of(nanos: i64) -> i64 {
    nanos.div_euclid(NANOS_PER_TICK)
}

/// Nanoseconds of ticks; what 64 bits cannot hold saturates, as everywhere with times.
fn nanos_of(ticks: i64) -> i64 {
    let limit = i64::MAX / NANOS_PER_TICK;
    ticks.clamp(-limit, limit) * NANOS_PER_TICK
}

/// How a number too large for the target is converted: Kusto folds constants with the processor's rule (the
/// smallest number) but saturates over columns.
#[derive(Clone, Copy)]
enum Overflow {
    Smallest,
    Saturate,
}

fn overflow(args: &Args) -> Result<Overflow> {
    let (_, constant) = args.array(0)?;
    Ok(if constant { Overflow::Smallest } else { Overflow::Saturate })
}

fn long_of_real(number: f64, overflow: Overflow) -> Option<i64> {
    number.is_finite().then(|| match overflow {
        Overflow::Smallest if !(-9.223372036854776e18..9.223372036854776e18).contains(&number) => i64::MIN,
        Overflow::Smallest | Overflow::Saturate => number as i64,
    })
}

fn int_of_real(number: f64, overflow: Overflow) -> Option<i32> {
    number.is_finite().then(|| match overflow {
        Overflow::Smallest if !(-2_147_483_649.0 < number && number < 2_147_483_648.0) => i32::MIN,
        Overflow::Smallest | Overflow::Saturate => number as i32,
    })
}

fn long(cell: Cell, overflow: Overflow) -> Option<i64> {
    match cell {
        Cell::Bool(truth) => Some(truth.into()),
        Cell::Long(number) => Some(number),
        Cell::Real(number) => long_of_real(number, overflow),
        Cell::Decimal(units) => i64::try_from(units / ONE).ok(),
        Cell::DateTime(nanos) => Some(dotnet_ticks(nanos)),
        Cell::TimeSpan(nanos) => Some(ticks_of(nanos)),
        Cell::Text(text) => parse_long(&text),
        Cell::Json(_) => None,
    }
}

fn longs(args: &Args, cells: &Cells) -> Result<ArrayRef> {
    let overflow = overflow(args)?;
    args.values::<Int64Type>(|row| long(cells.get(row)?, overflow))
}

fn ints(args: &Args, cells: &Cells) -> Result<ArrayRef> {
    let overflow = overflow(args)?;
    args.values::<Int32Type>(|row| match cells.get(row)? {
        Cell::Real(number) => int_of_real(number, overflow),
        Cell::Text(text) => parse_long(&text).and_then(|number| number.try_into().ok()),
        // Whole numbers keep their low 32 bits.
        other => long(other, overflow).map(|number| number as i32),
    })
}

fn real(cell: Cell) -> Option<f64> {
    match cell {
        Cell::Real(number) => Some(number),
        Cell::Decimal(units) => Some(units as f64 / ONE as f64),
        Cell::Text(text) => parse_real(&text),
        other => long(other, Overflow::Saturate).map(|number| number as f64),
    }
}

fn reals(args: &Args, cells: &Cells) -> Result<ArrayRef> {
    args.values::<Float64Type>(|row| real(cells.get(row)?))
}

fn decimals(args: &Args, cells: &Cells) -> Result<ArrayRef> {
    args.values::<Decimal128Type>(|row| match cells.get(row)? {
        Cell::Decimal(units) => Some(units),
        // By way of the text, so that 0.1 becomes exactly that.
        Cell::Real(number) => parse_decimal(&format_real(number)),
        Cell::Text(text) => parse_decimal(&text),
        other => Some(i128::from(long(other, Overflow::Saturate)?) * ONE),
    })
}

fn bools(args: &Args, cells: &Cells) -> Result<ArrayRef> {
    args.truths(|row| match cells.get(row)? {
        Cell::Bool(truth) => Some(truth),
        Cell::Real(number) => (!number.is_nan()).then_some(number != 0.0),
        Cell::Decimal(units) => Some(units != 0),
        Cell::Text(text) => parse_bool(&text),
        other => long(other, Overflow::Saturate).map(|number| number != 0),
    })
}

fn datetimes(args: &Args, cells: &Cells) -> Result<ArrayRef> {
    args.values::<TimestampNanosecondType>(|row| match cells.get(row)? {
        Cell::DateTime(nanos) => Some(nanos),
        Cell::Text(text) => parse_datetime(&text),
        Cell::Bool(_) => None,
        other => Some(nanos_of(long(other, Overflow::Saturate)?.saturating_sub(TICKS_TO_1970))),
    })
}

fn timespans(args: &Args, cells: &Cells) -> Result<ArrayRef> {
    args.values::<DurationNanosecondType>(|row| match cells.get(row)? {
        Cell::TimeSpan(nanos) => Some(nanos),
        Cell::Text(text) => parse_timespan(&text),
        Cell::Bool(_) | Cell::DateTime(_) => None,
        other => Some(nanos_of(long(other, Overflow::Saturate)?)),
    })
}

fn guids(args: &Args, cells: &Cells) -> Result<ArrayRef> {
    args.dynamics(|row| match cells.get(row)? {
        Cell::Text(text) => parse_guid(&text),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call, column, constant};
    use crate::types::Type;
    use crate::value::{Value, parse_datetime};
    use serde_json::json;

    fn check(kernel: &str, value: Value, expected: Value) {
        let ty = expected.ty();
        assert_eq!(
            call(kernel, &[column(value.ty(), std::slice::from_ref(&value))], ty),
            [expected],
            "{kernel}({value})"
        );
    }

    fn text(text: &str) -> Value {
        Value::String(text.to_owned())
    }

    #[test]
    fn to_whole_numbers() {
        check("toint", text(" 0x1F "), Value::Int(31));
        check("toint", text("2147483648"), Value::Null(Type::Int));
        check("toint", Value::Long(2_147_483_648), Value::Int(i32::MIN));
        check("toint", Value::Real(-9.99), Value::Int(-9));
        check("toint", Value::Real(1e19), Value::Int(i32::MAX));
        check("toint", Value::Bool(true), Value::Int(1));
        check("tolong", Value::Real(-1e19), Value::Long(i64::MIN));
        check("tolong", Value::Real(f64::INFINITY), Value::Null(Type::Long));
        check("tolong", Value::DateTime(0), Value::Long(621_355_968_000_000_000));
        check("tolong", Value::TimeSpan(86_400_000_000_000), Value::Long(864_000_000_000));
        check("tolong", Value::Decimal(9_990_000_000_000_000_000), Value::Long(9));
        check("tolong_dynamic", Value::Dynamic(json!(9.99)), Value::Long(9));
        check("toint_dynamic", Value::Dynamic(json!("1.5")), Value::Null(Type::Int));
        check("tolong_dynamic", Value::Dynamic(json!([1])), Value::Null(Type::Long));
        let folded = call("tolong", &[constant(&Value::Real(9_223_372_036_854_775_807.0))], Type::Long);
        assert_eq!(folded, [Value::Long(i64::MIN)]);
    }

    #[test]
    fn to_other_types() {
        check("toreal", text("-0"), Value::Real(-0.0));
        check("toreal", Value::TimeSpan(3_600_000_000_000), Value::Real(36e9));
        check("toreal_dynamic", Value::Dynamic(json!(true)), Value::Real(1.0));
        check("todecimal", Value::Real(0.1), Value::Decimal(100_000_000_000_000_000));
        check("tobool", Value::Real(0.5), Value::Bool(true));
        check("tobool_dynamic", Value::Dynamic(json!("123")), Value::Bool(true));
        check("tobool_dynamic", Value::Dynamic(json!("1.5")), Value::Null(Type::Bool));
        check("todatetime", text("not a date"), Value::Null(Type::DateTime));
        check("todatetime_dynamic", Value::Dynamic(json!("1970-01-01")), Value::DateTime(0));
        check("todatetime", Value::Long(0), Value::DateTime(parse_datetime("0001-01-01").unwrap_or(0)));
        check("totimespan", Value::Long(864_000_000_000), Value::TimeSpan(86_400_000_000_000));
        check("toguid", text("x"), Value::Null(Type::Guid));
    }
}
