//! Datetimes and timespans put together from numbers, and moved between time zones.

use std::str::FromStr;

use chrono::{DateTime, MappedLocalTime, NaiveDateTime, Offset, TimeDelta, TimeZone};
use chrono_tz::{TZ_VARIANTS, Tz};
use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::{DataType, DurationNanosecondType, Float64Type, TimestampNanosecondType};
use datafusion::common::{Result, exec_err};

use super::args::Numbers;
use super::arithmetic::{DECIMAL_ONE, saturate};
use super::{Args, Kernel};
use crate::functions::time_unit::Unit;
use crate::value::{NANOS_PER_DAY, NANOS_PER_TICK, civil_from_days, days_from_civil};

/// The kernels of this family.
pub(super) const KERNELS: &[Kernel] = &[
    Kernel::new("make_datetime", make_datetime),
    Kernel::new("make_timespan", make_timespan),
    Kernel::new("unixtime_seconds_todatetime", |args| from_unix(args, 1_000_000_000)),
    Kernel::new("unixtime_milliseconds_todatetime", |args| from_unix(args, 1_000_000)),
    Kernel::new("unixtime_microseconds_todatetime", |args| from_unix(args, 1_000)),
    Kernel::new("unixtime_nanoseconds_todatetime", |args| from_unix(args, 1)),
    Kernel::new("datetime_utc_to_local", |args| convert(args, to_local)),
    Kernel::new("datetime_local_to_utc", |args| convert(args, to_utc)),
    Kernel::new("datetime_list_timezones", list_timezones),
];

fn numbers(args: &Args) -> Result<Vec<Numbers<Float64Type>>> {
    (0..args.len()).map(|index| args.reals(index)).collect()
}

/// The whole number in a range, if that is what it is; fractions are cut off.
fn whole(number: f64, least: f64, most: f64) -> Option<i64> {
    (least..=most).contains(&number.trunc()).then_some(number as i64)
}

/// Seconds with a fraction, in whole ticks.
fn seconds(number: f64) -> Option<i64> {
    (0.0..60.0).contains(&number).then(|| (number * 1e7).round() as i64 * NANOS_PER_TICK)
}

fn make_datetime(args: &Args) -> Result<ArrayRef> {
    let parts = numbers(args)?;
    let part = |row: usize, index: usize| match parts.get(index) {
        Some(part) => part.get(row),
        None => Some(0.0),
    };
    args.values::<TimestampNanosecondType>(|row| {
        let year = whole(part(row, 0)?, 1.0, 9999.0)?;
        let month = whole(part(row, 1)?, 1.0, 12.0)? as u32;
        let day = whole(part(row, 2)?, 1.0, 31.0)? as u32;
        let days = days_from_civil(year, month, day);
        let time = whole(part(row, 3)?, 0.0, 23.0)? * Unit::Hour.nanos()?
            + whole(part(row, 4)?, 0.0, 59.0)? * Unit::Minute.nanos()?
            + seconds(part(row, 5)?)?;
        (civil_from_days(days) == (year, month, day))
            .then(|| saturate(i128::from(days) * i128::from(NANOS_PER_DAY) + i128::from(time)))
    })
}

/// Two numbers are hours and minutes, three add seconds, four start with days.
fn make_timespan(args: &Args) -> Result<ArrayRef> {
    let parts = numbers(args)?;
    let shift = usize::from(parts.len() > 3);
    args.values::<DurationNanosecondType>(|row| {
        let days = if shift == 1 { whole(parts[0].get(row)?, -106_751.0, 106_751.0)? } else { 0 };
        let seconds = match parts.get(shift + 2) {
            Some(part) => seconds(part.get(row)?)?,
            None => 0,
        };
        let hours = whole(parts.get(shift)?.get(row)?, 0.0, 23.0)? * Unit::Hour.nanos()?;
        let minutes = whole(parts.get(shift + 1)?.get(row)?, 0.0, 59.0)? * Unit::Minute.nanos()?;
        Some(saturate(i128::from(days) * i128::from(NANOS_PER_DAY) + i128::from(hours + minutes + seconds)))
    })
}

/// Instants beyond the years 1 to 9999 are null, those beyond what nanoseconds hold saturate.
fn from_unix(args: &Args, unit: i64) -> Result<ArrayRef> {
    let (first, end) = (days_from_civil(1, 1, 1), days_from_civil(10_000, 1, 1));
    let days = i128::from(first) * i128::from(NANOS_PER_DAY)..i128::from(end) * i128::from(NANOS_PER_DAY);
    let tick = i128::from(NANOS_PER_TICK);
    let instant = |nanos: i128| days.contains(&nanos).then(|| saturate(nanos.div_euclid(tick) * tick));
    let from_real = |number: f64| {
        // Whole and fraction are scaled apart, so that the fraction keeps its digits.
        let fraction = (number.fract() * unit as f64).round() as i128;
        number
            .is_finite()
            .then(|| (number.trunc() as i128).checked_mul(i128::from(unit)))
            .flatten()?
            .checked_add(fraction)
    };
    match args.data_type(0) {
        DataType::Int32 => args.map_some::<_, TimestampNanosecondType>(&args.ints(0)?, |number| {
            instant(i128::from(number) * i128::from(unit))
        }),
        DataType::Float64 => {
            args.map_some::<_, TimestampNanosecondType>(&args.reals(0)?, |number| from_real(number).and_then(&instant))
        }
        DataType::Decimal128(..) => args.map_some::<_, TimestampNanosecondType>(&args.decimals(0)?, |number| {
            instant(number.checked_mul(i128::from(unit))?.div_euclid(DECIMAL_ONE))
        }),
        _ => args.map_some::<_, TimestampNanosecondType>(&args.longs(0)?, |number| {
            instant(i128::from(number) * i128::from(unit))
        }),
    }
}

/// The zone of a name. Constants must be right; an unknown name in a column makes that row null.
fn convert(args: &Args, shift: fn(Tz, i64) -> Option<i64>) -> Result<ArrayRef> {
    let (dates, names) = (args.datetimes(0)?, args.text(1)?);
    if let Some(name) = names.constant() {
        let Ok(zone) = Tz::from_str(name) else { return exec_err!("`{name}` is not a time zone") };
        return args.map_some::<_, TimestampNanosecondType>(&dates, |date| shift(zone, date));
    }
    args.values::<TimestampNanosecondType>(|row| shift(Tz::from_str(names.text(row)).ok()?, dates.get(row)?))
}

fn to_local(zone: Tz, nanos: i64) -> Option<i64> {
    let offset = zone.offset_from_utc_datetime(&naive(nanos)).fix().local_minus_utc();
    Some(nanos.saturating_add(i64::from(offset) * 1_000_000_000))
}

/// A time that the clocks skip is read with the offset after the gap, a repeated one with the later, standard offset.
fn to_utc(zone: Tz, nanos: i64) -> Option<i64> {
    let local = naive(nanos);
    let offset = match zone.offset_from_local_datetime(&local) {
        MappedLocalTime::Single(offset) | MappedLocalTime::Ambiguous(_, offset) => offset,
        MappedLocalTime::None => zone.offset_from_local_datetime(&(local + TimeDelta::hours(3))).latest()?,
    };
    Some(nanos.saturating_sub(i64::from(offset.fix().local_minus_utc()) * 1_000_000_000))
}

fn naive(nanos: i64) -> NaiveDateTime {
    DateTime::from_timestamp_nanos(nanos).naive_utc()
}

fn list_timezones(args: &Args) -> Result<ArrayRef> {
    let names: Vec<serde_json::Value> = TZ_VARIANTS.iter().map(|zone| zone.name().into()).collect();
    let cell = serde_json::Value::Array(names).to_string();
    args.dynamics(|_| Some(&cell))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::testing::shown;
    use crate::types::Type;
    use crate::value::{Value, parse_datetime};

    fn check(name: &str, args: &[Value], ret: Type, expected: &str) {
        assert_eq!(shown(name, args, ret), expected, "{name}({args:?})");
    }

    #[test]
    fn parts_out_of_range_give_null() {
        let make = |parts: &[f64], expected: &str| {
            let parts: Vec<_> = parts.iter().map(|&part| Value::Real(part)).collect();
            check("make_datetime", &parts, Type::DateTime, expected);
        };
        make(&[2017.0, 10.0, 1.0, 12.0, 11.0, 0.1234567], "2017-10-01T12:11:00.1234567Z");
        make(&[2020.0, 2.0, 29.0], "2020-02-29T00:00:00.0000000Z");
        make(&[2021.0, 2.0, 29.0], "null");
        make(&[2020.0, 13.0, 1.0], "null");
        check(
            "make_timespan",
            &[Value::Real(1.0), Value::Real(12.0), Value::Real(30.0), Value::Real(55.123)],
            Type::TimeSpan,
            "1.12:30:55.1230000",
        );
        check("make_timespan", &[Value::Real(12.0), Value::Real(30.0)], Type::TimeSpan, "12:30:00");
        check("make_timespan", &[Value::Real(24.0), Value::Real(30.0)], Type::TimeSpan, "null");
    }

    #[test]
    fn unix_times() {
        check(
            "unixtime_seconds_todatetime",
            &[Value::Long(1_546_300_800)],
            Type::DateTime,
            "2019-01-01T00:00:00.0000000Z",
        );
        check(
            "unixtime_seconds_todatetime",
            &[Value::Real(1_546_300_800.25)],
            Type::DateTime,
            "2019-01-01T00:00:00.2500000Z",
        );
        check(
            "unixtime_milliseconds_todatetime",
            &[Value::Real(1_546_300_800_000.0)],
            Type::DateTime,
            "2019-01-01T00:00:00.0000000Z",
        );
        check("unixtime_nanoseconds_todatetime", &[Value::Long(-1)], Type::DateTime, "1969-12-31T23:59:59.9999999Z");
        check("unixtime_seconds_todatetime", &[Value::Long(i64::MAX)], Type::DateTime, "null");
        check("unixtime_seconds_todatetime", &[Value::Real(f64::NAN)], Type::DateTime, "null");
    }

    #[test]
    fn zones_with_gaps() {
        let shift = |name: &str, from: &str, zone: &str, expected: &str| {
            let args = [Value::DateTime(parse_datetime(from).unwrap()), Value::String(zone.into())];
            check(name, &args, Type::DateTime, expected);
        };
        shift("datetime_local_to_utc", "2020-02-02 20:02:20", "US/Pacific", "2020-02-03T04:02:20.0000000Z");
        shift("datetime_local_to_utc", "2022-03-27 02:00", "Europe/Brussels", "2022-03-27T00:00:00.0000000Z");
        shift("datetime_local_to_utc", "2022-03-27 03:00", "Europe/Brussels", "2022-03-27T01:00:00.0000000Z");
        shift("datetime_utc_to_local", "2022-03-27 00:00", "Europe/Brussels", "2022-03-27T01:00:00.0000000Z");
    }
}
