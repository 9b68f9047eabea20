//! Rounding down to multiples: `bin` and `bin_at`.

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, DataType, Decimal128Type, DurationNanosecondType, Float64Type, Int32Type, Int64Type,
    TimestampNanosecondType,
};
use datafusion::common::{Result, internal_err};

use super::arithmetic::{NANOS_BEFORE_EPOCH, saturate};
use super::{Args, Kernel};

/// The kernels of this family.
pub(super) const KERNELS: &[Kernel] = &[Kernel::new("bin", bin), Kernel::new("bin_at", bin_at)];

fn bin(args: &Args) -> Result<ArrayRef> {
    match (args.data_type(0), args.data_type(1)) {
        (DataType::Int32, DataType::Int32) => args.zip::<_, _, Int32Type>(&args.ints(0)?, &args.ints(1)?, |v, size| {
            (size > 0).then(|| v.saturating_sub(v.rem_euclid(size)))
        }),
        (DataType::Int64, DataType::Int64) => args.zip::<_, _, Int64Type>(&args.longs(0)?, &args.longs(1)?, floor),
        (DataType::Float64, DataType::Float64) => {
            args.zip::<_, _, Float64Type>(&args.reals(0)?, &args.reals(1)?, |v, size| {
                (size > 0.0).then(|| (v / size).floor() * size)
            })
        }
        (DataType::Decimal128(..), DataType::Decimal128(..)) => {
            args.zip::<_, _, Decimal128Type>(&args.decimals(0)?, &args.decimals(1)?, |v, size| {
                if size > 0 { v.checked_sub(v.rem_euclid(size)) } else { None }
            })
        }
        (DataType::Timestamp(..), DataType::Duration(_)) => bin_datetimes(args),
        (DataType::Timestamp(..), DataType::Timestamp(..)) => {
            args.zip::<_, _, TimestampNanosecondType>(&args.datetimes(0)?, &args.datetimes(1)?, |time, size| {
                let [time, size] = [time, size].map(|nanos| i128::from(nanos) + NANOS_BEFORE_EPOCH);
                (size > 0).then(|| saturate(time - time.rem_euclid(size) - NANOS_BEFORE_EPOCH))
            })
        }
        (DataType::Duration(_), DataType::Duration(_)) => {
            args.zip::<_, _, DurationNanosecondType>(&args.timespans(0)?, &args.timespans(1)?, floor)
        }
        (a, b) => internal_err!("no bins of {a} by {b}"),
    }
}

fn floor(value: i64, size: i64) -> Option<i64> {
    (size > 0).then(|| value.saturating_sub(value.rem_euclid(size)))
}

/// Bins of datetimes are counted from the start of year 1, a Monday.
fn bin_datetimes(args: &Args) -> Result<ArrayRef> {
    let (times, sizes) = (args.datetimes(0)?, args.timespans(1)?);
    let phase = |size: i64| (NANOS_BEFORE_EPOCH.rem_euclid(i128::from(size))) as i64;
    if let Some(size) = sizes.constant().filter(|&size| size > 0) {
        return match phase(size) {
            0 => args.map::<_, TimestampNanosecondType>(&times, |t| t.saturating_sub(t.rem_euclid(size))),
            phase => args.map::<_, TimestampNanosecondType>(&times, |t| floor_from(t, size, phase)),
        };
    }
    args.zip::<_, _, TimestampNanosecondType>(&times, &sizes, |t, size| {
        (size > 0).then(|| floor_from(t, size, phase(size)))
    })
}

fn floor_from(time: i64, size: i64, phase: i64) -> i64 {
    let rest = (i128::from(time) + i128::from(phase)).rem_euclid(i128::from(size));
    saturate(i128::from(time) - rest)
}

fn bin_at(args: &Args) -> Result<ArrayRef> {
    match (args.data_type(0), args.data_type(1), args.data_type(2)) {
        (DataType::Int32, DataType::Int32, DataType::Int32) => {
            let (values, sizes, fixed) = (args.ints(0)?, args.ints(1)?, args.ints(2)?);
            args.values::<Int32Type>(|row| {
                let (value, size, fixed) = (values.get(row)?, sizes.get(row)?, fixed.get(row)?);
                floor_at(i64::from(value), i64::from(size), i64::from(fixed)).map(|v| v as i32)
            })
        }
        (DataType::Int64, DataType::Int64, DataType::Int64) => {
            let (values, sizes, fixed) = (args.longs(0)?, args.longs(1)?, args.longs(2)?);
            args.values::<Int64Type>(|row| floor_at(values.get(row)?, sizes.get(row)?, fixed.get(row)?))
        }
        (DataType::Float64, DataType::Float64, DataType::Float64) => {
            let (values, sizes, fixed) = (args.reals(0)?, args.reals(1)?, args.reals(2)?);
            args.values::<Float64Type>(|row| {
                let (value, size, fixed) = (values.get(row)?, sizes.get(row)?, fixed.get(row)?);
                (size > 0.0).then(|| ((value - fixed) / size).floor() * size + fixed)
            })
        }
        (DataType::Decimal128(..), DataType::Decimal128(..), DataType::Decimal128(..)) => {
            let (values, sizes, fixed) = (args.decimals(0)?, args.decimals(1)?, args.decimals(2)?);
            args.values::<Decimal128Type>(|row| {
                let (value, size, fixed) = (values.get(row)?, sizes.get(row)?, fixed.get(row)?);
                if size > 0 { value.checked_sub(value.checked_sub(fixed)?.rem_euclid(size)) } else { None }
            })
        }
        (DataType::Timestamp(..), DataType::Duration(_), DataType::Timestamp(..)) => {
            let (values, fixed) = (args.datetimes(0)?, args.datetimes(2)?);
            bin_at_times::<TimestampNanosecondType>(args, |row| values.get(row), |row| fixed.get(row))
        }
        (DataType::Duration(_), DataType::Duration(_), DataType::Duration(_)) => {
            let (values, fixed) = (args.timespans(0)?, args.timespans(2)?);
            bin_at_times::<DurationNanosecondType>(args, |row| values.get(row), |row| fixed.get(row))
        }
        (a, b, c) => internal_err!("no bins of {a} by {b} at {c}"),
    }
}

fn bin_at_times<T: ArrowPrimitiveType<Native = i64>>(
    args: &Args,
    value: impl Fn(usize) -> Option<i64>,
    fixed: impl Fn(usize) -> Option<i64>,
) -> Result<ArrayRef> {
    let sizes = args.timespans(1)?;
    args.values::<T>(|row| floor_at(value(row)?, sizes.get(row)?, fixed(row)?))
}

fn floor_at(value: i64, size: i64, fixed: i64) -> Option<i64> {
    let rest = (i128::from(value) - i128::from(fixed)).checked_rem_euclid(i128::from(size))?;
    (size > 0).then(|| saturate(i128::from(value) - rest))
}

#[cfg(test)]
mod tests {
    use super::super::testing::shown;
    use crate::types::Type;
    use crate::value::Value;

    const DAY: i64 = 86_400_000_000_000;

    fn check(name: &str, args: &[Value], ret: Type, expected: &str) {
        assert_eq!(shown(name, args, ret), expected, "{name}({args:?})");
    }

    #[test]
    fn bins_round_down() {
        check("bin", &[Value::Long(-7), Value::Long(4)], Type::Long, "-8");
        check("bin", &[Value::Int(9), Value::Int(4)], Type::Int, "8");
        check("bin", &[Value::Real(-2.5), Value::Real(1.5)], Type::Real, "-3.0");
        check("bin", &[Value::Long(5), Value::Long(0)], Type::Long, "null");
        check("bin", &[Value::Long(5), Value::Long(-2)], Type::Long, "null");
        check("bin", &[Value::Null(Type::Long), Value::Long(2)], Type::Long, "null");
        check("bin", &[Value::TimeSpan(-1), Value::TimeSpan(DAY)], Type::TimeSpan, "-1.00:00:00");
    }

    #[test]
    fn weeks_of_bins_start_on_monday() {
        // 1955-11-05 06:15, a Saturday.
        let time = Value::DateTime(-5171 * DAY + 6 * DAY / 24);
        check("bin", &[time.clone(), Value::TimeSpan(DAY)], Type::DateTime, "1955-11-05T00:00:00.0000000Z");
        check("bin", &[time, Value::TimeSpan(7 * DAY)], Type::DateTime, "1955-10-31T00:00:00.0000000Z");
        check("bin", &[Value::DateTime(0), Value::Null(Type::TimeSpan)], Type::DateTime, "null");
    }

    #[test]
    fn bins_at_a_fixed_point() {
        check("bin_at", &[Value::Long(6), Value::Long(4), Value::Long(1)], Type::Long, "5");
        check("bin_at", &[Value::Long(-6), Value::Long(4), Value::Long(1)], Type::Long, "-7");
        check("bin_at", &[Value::Real(6.5), Value::Real(2.5), Value::Real(7.0)], Type::Real, "4.5");
        check(
            "bin_at",
            &[Value::DateTime(DAY), Value::TimeSpan(7 * DAY), Value::DateTime(3 * DAY)],
            Type::DateTime,
            "1969-12-28T00:00:00.0000000Z",
        );
    }
}
