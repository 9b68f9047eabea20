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

/// The nearest number of nanoseconds that can be stored.
pub(super) fn saturate(nanos: i128) -> i64 {
    i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX })
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
    use datafusion::common::ScalarValue;

    use super::super::checks::{call, datetime, int, long, null, real, timespan};
    use crate::types::Type;

    const HOUR: i64 = 3_600_000_000_000;

    fn check(name: &str, args: &[ScalarValue], ret: Type, expected: &str) {
        assert_eq!(call(name, args, ret).as_deref().unwrap_or("null"), expected, "{name}({args:?})");
    }

    fn decimal(number: i128) -> ScalarValue {
        ScalarValue::Decimal128(Some(number * super::DECIMAL_ONE), 38, 18)
    }

    #[test]
    fn division_truncates_and_zero_gives_null() {
        check("divide", &[long(-7), long(2)], Type::Long, "-3");
        check("divide", &[long(1), long(0)], Type::Long, "null");
        check("divide", &[int(7), int(-2)], Type::Int, "-3");
        check("divide", &[real(1.0), real(0.0)], Type::Real, "inf");
        check("divide", &[real(0.0), real(0.0)], Type::Real, "NaN");
        check("divide", &[long(1), null(Type::Long)], Type::Long, "null");
        check("divide", &[decimal(1), decimal(3)], Type::Decimal, "0.333333333333333333");
        check(
            "divide",
            &[decimal(i128::from(i64::MAX)), decimal(2)],
            Type::Decimal,
            "4611686018427387903.500000000000000000",
        );
        check("divide", &[decimal(1), decimal(0)], Type::Decimal, "null");
    }

    #[test]
    fn timespans_divide_to_numbers_or_timespans() {
        check("divide", &[timespan(24 * HOUR), timespan(HOUR)], Type::Real, "24.0");
        check("divide", &[timespan(HOUR), timespan(100)], Type::Real, "36000000000.0");
        check("divide", &[timespan(HOUR), long(7200)], Type::TimeSpan, "500000000");
        check("divide", &[timespan(HOUR), long(0)], Type::TimeSpan, "null");
        check("divide", &[timespan(HOUR), real(0.0)], Type::TimeSpan, "null");
        check("multiply_timespan", &[timespan(HOUR), real(1.5)], Type::TimeSpan, "5400000000000");
        check("multiply_timespan", &[long(-2), timespan(HOUR)], Type::TimeSpan, "-7200000000000");
        check("multiply_timespan", &[timespan(HOUR), real(0.0)], Type::TimeSpan, "0");
    }

    #[test]
    fn modulo_is_never_negative() {
        check("modulo", &[long(-7), long(3)], Type::Long, "2");
        check("modulo", &[long(7), long(-3)], Type::Long, "1");
        check("modulo", &[long(10), long(0)], Type::Long, "null");
        check("modulo", &[real(-5.5), real(3.0)], Type::Real, "0.5");
        check("modulo", &[real(5.5), real(-3.0)], Type::Real, "2.5");
        check("modulo", &[datetime(-1_000_000_000), timespan(HOUR)], Type::TimeSpan, "3599000000000");
    }

    #[test]
    fn times_saturate() {
        check(
            "datetime_add",
            &[datetime(i64::MAX - 1), timespan(HOUR)],
            Type::DateTime,
            "2262-04-11T23:47:16.854775807Z",
        );
        check("datetime_subtract", &[datetime(0), timespan(HOUR)], Type::DateTime, "1969-12-31T23:00:00Z");
        check("datetime_difference", &[datetime(HOUR), datetime(0)], Type::TimeSpan, "3600000000000");
        check("timespan_negate", &[timespan(i64::MIN)], Type::TimeSpan, "9223372036854775807");
    }
}
