//! Operators that DataFusion lacks or means differently: division, modulo, and sums with datetimes and timespans.
//!
//! Times saturate at the ends of what nanoseconds can hold. Division by zero is null, but for reals.

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, DataType, Decimal128Type, DurationNanosecondType, Float64Type, Int32Type, Int64Type,
    TimestampNanosecondType, i256,
};
use datafusion::common::{Result, internal_err};

use super::args::Numbers;
use super::{Args, Kernel};
use crate::value::{DECIMAL_SCALE, NANOS_PER_DAY, NANOS_PER_TICK};

/// The kernels of this family.
pub(super) const KERNELS: &[Kernel] = &[
    Kernel::new("multiply", multiply),
    Kernel::new("divide", divide),
    Kernel::new("modulo", modulo),
    Kernel::new("multiply_timespan", multiply_timespan),
    Kernel::new("datetime_add", datetime_add),
    Kernel::new("datetime_subtract", datetime_subtract),
    Kernel::new("datetime_difference", datetime_difference),
    Kernel::new("timespan_add", timespan_add),
    Kernel::new("timespan_subtract", timespan_subtract),
    Kernel::new("timespan_negate", timespan_negate),
];

/// Nanoseconds from the start of year 1, from which Kusto counts, to 1970.
pub(super) const NANOS_BEFORE_EPOCH: i128 = 719_162 * NANOS_PER_DAY as i128;

/// One whole in the units of a `decimal`.
pub(super) const DECIMAL_ONE: i128 = 10i128.pow(DECIMAL_SCALE as u32);

/// Products of decimals keep the scale; products of other numbers are DataFusion's.
fn multiply(args: &Args) -> Result<ArrayRef> {
    args.zip::<_, _, Decimal128Type>(&args.decimals(0)?, &args.decimals(1)?, |a, b| {
        let product = i256::from_i128(a).checked_mul(i256::from_i128(b))?;
        product.checked_div(i256::from_i128(DECIMAL_ONE))?.to_i128()
    })
}

fn divide(args: &Args) -> Result<ArrayRef> {
    match (args.data_type(0), args.data_type(1)) {
        (DataType::Int32, DataType::Int32) => {
            args.zip::<_, _, Int32Type>(&args.ints(0)?, &args.ints(1)?, |a, b| (b != 0).then(|| a.wrapping_div(b)))
        }
        (DataType::Int64, DataType::Int64) => {
            args.zip::<_, _, Int64Type>(&args.longs(0)?, &args.longs(1)?, |a, b| (b != 0).then(|| a.wrapping_div(b)))
        }
        (DataType::Float64, DataType::Float64) => {
            args.zip::<_, _, Float64Type>(&args.reals(0)?, &args.reals(1)?, |a, b| Some(a / b))
        }
        (DataType::Decimal128(..), DataType::Decimal128(..)) => {
            args.zip::<_, _, Decimal128Type>(&args.decimals(0)?, &args.decimals(1)?, divide_decimals)
        }
        (DataType::Duration(_), DataType::Duration(_)) => {
            args.zip::<_, _, Float64Type>(&args.timespans(0)?, &args.timespans(1)?, |a, b| Some(ratio(a, b)))
        }
        (DataType::Timestamp(..), DataType::Duration(_)) => {
            args.zip::<_, _, Float64Type>(&args.datetimes(0)?, &args.timespans(1)?, |a, b| {
                Some((i128::from(a) + NANOS_BEFORE_EPOCH) as f64 / b as f64)
            })
        }
        (DataType::Duration(_), _) => {
            let spans = args.timespans(0)?;
            scale(args, &spans, 1, |a, b| (b != 0).then(|| a / i128::from(b)), |a, b| a / b)
        }
        (a, b) => internal_err!("no division of {a} by {b}"),
    }
}

/// Quotients are taken in ticks where possible, so that they are as exact as Kusto's.
fn ratio(a: i64, b: i64) -> f64 {
    if a % NANOS_PER_TICK == 0 && b % NANOS_PER_TICK == 0 {
        (a / NANOS_PER_TICK) as f64 / (b / NANOS_PER_TICK) as f64
    } else {
        a as f64 / b as f64
    }
}

fn divide_decimals(a: i128, b: i128) -> Option<i128> {
    let scaled = i256::from_i128(a).checked_mul(i256::from_i128(DECIMAL_ONE))?;
    scaled.checked_div(i256::from_i128(b))?.to_i128()
}

fn modulo(args: &Args) -> Result<ArrayRef> {
    match (args.data_type(0), args.data_type(1)) {
        (DataType::Int32, DataType::Int32) => args
            .zip::<_, _, Int32Type>(&args.ints(0)?, &args.ints(1)?, |a, b| (b != 0).then(|| a.wrapping_rem_euclid(b))),
        (DataType::Int64, DataType::Int64) => args.zip::<_, _, Int64Type>(&args.longs(0)?, &args.longs(1)?, |a, b| {
            (b != 0).then(|| a.wrapping_rem_euclid(b))
        }),
        (DataType::Float64, DataType::Float64) => {
            args.zip::<_, _, Float64Type>(&args.reals(0)?, &args.reals(1)?, |a, b| Some(a.rem_euclid(b)))
        }
        (DataType::Decimal128(..), DataType::Decimal128(..)) => {
            args.zip::<_, _, Decimal128Type>(&args.decimals(0)?, &args.decimals(1)?, i128::checked_rem_euclid)
        }
        (DataType::Duration(_), DataType::Duration(_)) => {
            args.zip::<_, _, DurationNanosecondType>(&args.timespans(0)?, &args.timespans(1)?, |a, b| {
                (b != 0).then(|| a.wrapping_rem_euclid(b))
            })
        }
        (DataType::Timestamp(..), DataType::Duration(_)) => {
            args.zip::<_, _, DurationNanosecondType>(&args.datetimes(0)?, &args.timespans(1)?, |a, b| {
                let rest = (i128::from(a) + NANOS_BEFORE_EPOCH).checked_rem_euclid(i128::from(b))?;
                i64::try_from(rest).ok()
            })
        }
        (a, b) => internal_err!("no remainder of {a} by {b}"),
    }
}

fn multiply_timespan(args: &Args) -> Result<ArrayRef> {
    let (span, number) = if matches!(args.data_type(0), DataType::Duration(_)) { (0, 1) } else { (1, 0) };
    let spans = args.timespans(span)?;
    scale(args, &spans, number, |a, b| a.checked_mul(i128::from(b)), |a, b| a * b)
}

/// Timespans times or through a number (argument `number`); the parts of a tick are cut off.
fn scale(
    args: &Args,
    spans: &Numbers<DurationNanosecondType>,
    number: usize,
    whole: impl Fn(i128, i64) -> Option<i128>,
    real: impl Fn(f64, f64) -> f64,
) -> Result<ArrayRef> {
    let by_long = |a: i64, b: i64| whole(i128::from(a), b).map(|nanos| to_ticks(saturate(nanos)));
    let by_real = |a: i64, b: f64| {
        let ticks = real((a / NANOS_PER_TICK) as f64, b);
        (!ticks.is_nan()).then(|| to_ticks(saturate((ticks as i128).saturating_mul(i128::from(NANOS_PER_TICK)))))
    };
    match args.data_type(number) {
        DataType::Int32 => {
            args.zip::<_, _, DurationNanosecondType>(spans, &args.ints(number)?, |a, b| by_long(a, i64::from(b)))
        }
        DataType::Int64 => args.zip::<_, _, DurationNanosecondType>(spans, &args.longs(number)?, by_long),
        DataType::Float64 => args.zip::<_, _, DurationNanosecondType>(spans, &args.reals(number)?, |a, b| {
            if b == 0.0 && real(1.0, b).is_infinite() { None } else { by_real(a, b) }
        }),
        DataType::Decimal128(..) => args.zip::<_, _, DurationNanosecondType>(spans, &args.decimals(number)?, |a, b| {
            if b == 0 && real(1.0, 0.0).is_infinite() { None } else { by_real(a, b as f64 / DECIMAL_ONE as f64) }
        }),
        other => internal_err!("no product of a timespan and {other}"),
    }
}

fn to_ticks(nanos: i64) -> i64 {
    nanos / NANOS_PER_TICK * NANOS_PER_TICK
}

/// The nearest number of nanoseconds that can be stored: whole ticks at both ends.
pub(super) fn saturate(nanos: i128) -> i64 {
    const LIMIT: i64 = i64::MAX / NANOS_PER_TICK * NANOS_PER_TICK;
    i64::try_from(nanos).unwrap_or(if nanos < 0 { -LIMIT } else { LIMIT })
}

fn datetime_add(args: &Args) -> Result<ArrayRef> {
    let (time, span) = if matches!(args.data_type(0), DataType::Timestamp(..)) { (0, 1) } else { (1, 0) };
    sum::<_, _, TimestampNanosecondType>(args, &args.datetimes(time)?, &args.timespans(span)?, i64::saturating_add)
}

fn datetime_subtract(args: &Args) -> Result<ArrayRef> {
    sum::<_, _, TimestampNanosecondType>(args, &args.datetimes(0)?, &args.timespans(1)?, i64::saturating_sub)
}

fn datetime_difference(args: &Args) -> Result<ArrayRef> {
    sum::<_, _, DurationNanosecondType>(args, &args.datetimes(0)?, &args.datetimes(1)?, i64::saturating_sub)
}

fn timespan_add(args: &Args) -> Result<ArrayRef> {
    sum::<_, _, DurationNanosecondType>(args, &args.timespans(0)?, &args.timespans(1)?, i64::saturating_add)
}

fn timespan_subtract(args: &Args) -> Result<ArrayRef> {
    sum::<_, _, DurationNanosecondType>(args, &args.timespans(0)?, &args.timespans(1)?, i64::saturating_sub)
}

fn timespan_negate(args: &Args) -> Result<ArrayRef> {
    args.map::<_, DurationNanosecondType>(&args.timespans(0)?, i64::saturating_neg)
}

fn sum<A, B, T>(args: &Args, a: &Numbers<A>, b: &Numbers<B>, f: fn(i64, i64) -> i64) -> Result<ArrayRef>
where
    A: ArrowPrimitiveType<Native = i64>,
    B: ArrowPrimitiveType<Native = i64>,
    T: ArrowPrimitiveType<Native = i64>,
{
    args.zip::<A, B, T>(a, b, |a, b| Some(f(a, b)))
}

#[cfg(test)]
mod tests {
    use super::super::testing::shown;
    use crate::types::Type;
    use crate::value::Value;

    const HOUR: i64 = 3_600_000_000_000;

    fn check(name: &str, args: &[Value], ret: Type, expected: &str) {
        assert_eq!(shown(name, args, ret), expected, "{name}({args:?})");
    }

    fn decimal(number: i128) -> Value {
        Value::Decimal(number * super::DECIMAL_ONE)
    }

    #[test]
    fn division_truncates_and_zero_gives_null() {
        check("divide", &[Value::Long(-7), Value::Long(2)], Type::Long, "-3");
        check("divide", &[Value::Long(1), Value::Long(0)], Type::Long, "null");
        check("divide", &[Value::Int(7), Value::Int(-2)], Type::Int, "-3");
        check("divide", &[Value::Real(1.0), Value::Real(0.0)], Type::Real, "inf");
        check("divide", &[Value::Real(0.0), Value::Real(0.0)], Type::Real, "NaN");
        check("divide", &[Value::Long(1), Value::Null(Type::Long)], Type::Long, "null");
        check("divide", &[decimal(1), decimal(3)], Type::Decimal, "0.333333333333333333");
        check("divide", &[decimal(i128::from(i64::MAX)), decimal(2)], Type::Decimal, "4611686018427387903.5");
        check("multiply", &[decimal(1 << 31), decimal(2)], Type::Decimal, "4294967296");
        check("divide", &[decimal(1), decimal(0)], Type::Decimal, "null");
    }

    #[test]
    fn timespans_divide_to_numbers_or_timespans() {
        check("divide", &[Value::TimeSpan(24 * HOUR), Value::TimeSpan(HOUR)], Type::Real, "24.0");
        check("divide", &[Value::TimeSpan(HOUR), Value::TimeSpan(100)], Type::Real, "36000000000.0");
        check("divide", &[Value::TimeSpan(HOUR), Value::Long(7200)], Type::TimeSpan, "00:00:00.5000000");
        check("divide", &[Value::TimeSpan(HOUR), Value::Long(0)], Type::TimeSpan, "null");
        check("divide", &[Value::TimeSpan(HOUR), Value::Real(0.0)], Type::TimeSpan, "null");
        check("multiply_timespan", &[Value::TimeSpan(HOUR), Value::Real(1.5)], Type::TimeSpan, "01:30:00");
        check("multiply_timespan", &[Value::Long(-2), Value::TimeSpan(HOUR)], Type::TimeSpan, "-02:00:00");
        check("multiply_timespan", &[Value::TimeSpan(HOUR), Value::Real(0.0)], Type::TimeSpan, "00:00:00");
    }

    #[test]
    fn modulo_is_never_negative() {
        check("modulo", &[Value::Long(-7), Value::Long(3)], Type::Long, "2");
        check("modulo", &[Value::Long(7), Value::Long(-3)], Type::Long, "1");
        check("modulo", &[Value::Long(10), Value::Long(0)], Type::Long, "null");
        check("modulo", &[Value::Real(-5.5), Value::Real(3.0)], Type::Real, "0.5");
        check("modulo", &[Value::Real(5.5), Value::Real(-3.0)], Type::Real, "2.5");
        check("modulo", &[Value::DateTime(-1_000_000_000), Value::TimeSpan(HOUR)], Type::TimeSpan, "00:59:59");
    }

    #[test]
    fn times_saturate() {
        check(
            "datetime_add",
            &[Value::DateTime(i64::MAX - 1), Value::TimeSpan(HOUR)],
            Type::DateTime,
            "2262-04-11T23:47:16.8547758Z",
        );
        check(
            "datetime_subtract",
            &[Value::DateTime(0), Value::TimeSpan(HOUR)],
            Type::DateTime,
            "1969-12-31T23:00:00.0000000Z",
        );
        check("datetime_difference", &[Value::DateTime(HOUR), Value::DateTime(0)], Type::TimeSpan, "01:00:00");
        check("timespan_negate", &[Value::TimeSpan(i64::MIN)], Type::TimeSpan, "106751.23:47:16.8547758");
    }
}
