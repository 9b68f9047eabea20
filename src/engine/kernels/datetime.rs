//! Parts of datetimes, starts and ends of calendar units, and calendar arithmetic.

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::{DurationNanosecondType, Int32Type, Int64Type, TimestampNanosecondType};
use datafusion::common::{Result, exec_err};

use super::arithmetic::saturate;
use super::{Args, Kernel};
use crate::functions::time_unit::Unit;
use crate::value::{NANOS_PER_DAY, NANOS_PER_TICK, civil_from_days, days_from_civil};

/// The kernels of this family.
pub(super) const KERNELS: &[Kernel] = &[
    Kernel::new("datetime_add_units", add),
    Kernel::new("datetime_diff", diff),
    Kernel::new("datetime_part", named_part),
    Kernel::new("getyear", |args| part(args, 0, Unit::Year)),
    Kernel::new("getmonth", |args| part(args, 0, Unit::Month)),
    Kernel::new("monthofyear", |args| part(args, 0, Unit::Month)),
    Kernel::new("week_of_year", |args| part(args, 0, Unit::Week)),
    Kernel::new("dayofyear", |args| part(args, 0, Unit::DayOfYear)),
    Kernel::new("dayofmonth", |args| part(args, 0, Unit::Day)),
    Kernel::new("hourofday", |args| part(args, 0, Unit::Hour)),
    Kernel::new("dayofweek", day_of_week),
    Kernel::new("startofday", |args| edge(args, Unit::Day, Edge::Start)),
    Kernel::new("startofweek", |args| edge(args, Unit::Week, Edge::Start)),
    Kernel::new("startofmonth", |args| edge(args, Unit::Month, Edge::Start)),
    Kernel::new("startofyear", |args| edge(args, Unit::Year, Edge::Start)),
    Kernel::new("endofday", |args| edge(args, Unit::Day, Edge::End)),
    Kernel::new("endofweek", |args| edge(args, Unit::Week, Edge::End)),
    Kernel::new("endofmonth", |args| edge(args, Unit::Month, Edge::End)),
    Kernel::new("endofyear", |args| edge(args, Unit::Year, Edge::End)),
];

#[derive(Clone, Copy)]
enum Edge {
    Start,
    End,
}

/// Days since 1970 and nanoseconds since midnight.
pub(super) fn split(nanos: i64) -> (i64, i64) {
    (nanos.div_euclid(NANOS_PER_DAY), nanos.rem_euclid(NANOS_PER_DAY))
}

fn join(days: i64, rest: i64) -> i64 {
    saturate(i128::from(days) * i128::from(NANOS_PER_DAY) + i128::from(rest))
}

/// Months since year 0, and the day of the month.
fn months_and_day(days: i64) -> (i64, u32) {
    let (year, month, day) = civil_from_days(days);
    (year * 12 + i64::from(month) - 1, day)
}

fn first_of(months: i64) -> i64 {
    days_from_civil(months.div_euclid(12), months.rem_euclid(12) as u32 + 1, 1)
}

/// 0 for Sunday; 1970 began on a Thursday.
fn weekday(days: i64) -> i64 {
    (days + 4).rem_euclid(7)
}

/// Years beyond these are outside of what Kusto can hold.
fn in_range(months: i64) -> bool {
    (12..120_000).contains(&months)
}

fn unit_of(name: &str, meaning: fn(&str) -> Option<Unit>) -> Result<Unit> {
    match meaning(name) {
        Some(unit) => Ok(unit),
        None => exec_err!("`{name}` is not a unit of time here"),
    }
}

/// The unit in argument 0, read once: it does not differ between rows.
fn first_unit(args: &Args, meaning: fn(&str) -> Option<Unit>) -> Result<Unit> {
    let names = args.text(0)?;
    unit_of(names.text(0), meaning)
}

fn add(args: &Args) -> Result<ArrayRef> {
    let unit = first_unit(args, Unit::span)?;
    let (amounts, dates) = (args.longs(1)?, args.datetimes(2)?);
    args.zip::<_, _, TimestampNanosecondType>(&dates, &amounts, |date, amount| add_units(unit, date, amount))
}

fn add_units(unit: Unit, date: i64, amount: i64) -> Option<i64> {
    if let Some(nanos) = unit.nanos() {
        return Some(saturate(i128::from(date) + i128::from(amount) * i128::from(nanos)));
    }
    let (days, rest) = split(date);
    let (months, day) = months_and_day(days);
    let months = amount.checked_mul(unit.months()?)?.checked_add(months).filter(|&months| in_range(months))?;
    let first = first_of(months);
    let last_day = first_of(months + 1) - first;
    Some(join(first + i64::from(day).min(last_day) - 1, rest))
}

fn diff(args: &Args) -> Result<ArrayRef> {
    let unit = first_unit(args, Unit::span)?;
    let (a, b) = (args.datetimes(1)?, args.datetimes(2)?);
    args.zip::<_, _, Int64Type>(&a, &b, |a, b| Some(ordinal(unit, a) - ordinal(unit, b)))
}

/// Counts units from a fixed point; the difference of two is the number of boundaries between them.
fn ordinal(unit: Unit, date: i64) -> i64 {
    let days = date.div_euclid(NANOS_PER_DAY);
    match unit {
        Unit::Year => months_and_day(days).0.div_euclid(12),
        Unit::Quarter => months_and_day(days).0.div_euclid(3),
        Unit::Month => months_and_day(days).0,
        Unit::Week => (days + 4).div_euclid(7),
        Unit::Day | Unit::DayOfYear => days,
        Unit::Hour | Unit::Minute | Unit::Second | Unit::Millisecond | Unit::Microsecond | Unit::Nanosecond => {
            date.div_euclid(unit.nanos().unwrap_or(1))
        }
    }
}

fn named_part(args: &Args) -> Result<ArrayRef> {
    let unit = first_unit(args, Unit::part)?;
    part(args, 1, unit)
}

fn part(args: &Args, date: usize, unit: Unit) -> Result<ArrayRef> {
    args.map::<_, Int32Type>(&args.datetimes(date)?, |date| part_of(unit, date) as i32)
}

fn part_of(unit: Unit, date: i64) -> i64 {
    let (days, rest) = split(date);
    match unit {
        Unit::Year => civil_from_days(days).0,
        Unit::Quarter => i64::from(civil_from_days(days).1 - 1) / 3 + 1,
        Unit::Month => i64::from(civil_from_days(days).1),
        Unit::Week => iso_week(days),
        Unit::Day => i64::from(civil_from_days(days).2),
        Unit::DayOfYear => days - days_from_civil(civil_from_days(days).0, 1, 1) + 1,
        Unit::Hour => rest / 3_600_000_000_000,
        Unit::Minute => rest / 60_000_000_000 % 60,
        Unit::Second => rest / 1_000_000_000 % 60,
        Unit::Millisecond => rest % 1_000_000_000 / 1_000_000,
        Unit::Microsecond => rest % 1_000_000_000 / 1_000,
        Unit::Nanosecond => rest % 1_000_000_000,
    }
}

/// The week belongs to the year of its Thursday.
fn iso_week(days: i64) -> i64 {
    let monday = days - (days + 3).rem_euclid(7);
    let thursday = monday + 3;
    (thursday - days_from_civil(civil_from_days(thursday).0, 1, 1)) / 7 + 1
}

fn day_of_week(args: &Args) -> Result<ArrayRef> {
    args.map::<_, DurationNanosecondType>(&args.datetimes(0)?, |date| {
        weekday(date.div_euclid(NANOS_PER_DAY)) * NANOS_PER_DAY
    })
}

fn edge(args: &Args, unit: Unit, edge: Edge) -> Result<ArrayRef> {
    let dates = args.datetimes(0)?;
    if args.len() < 2 {
        return args.map_some::<_, TimestampNanosecondType>(&dates, |date| edge_of(unit, edge, date, 0));
    }
    let offsets = args.longs(1)?;
    args.zip::<_, _, TimestampNanosecondType>(&dates, &offsets, |date, offset| edge_of(unit, edge, date, offset))
}

fn edge_of(unit: Unit, edge: Edge, date: i64, offset: i64) -> Option<i64> {
    let days = date.div_euclid(NANOS_PER_DAY);
    let offset = match edge {
        Edge::Start => offset,
        Edge::End => offset.checked_add(1)?,
    };
    let start = match unit.months() {
        Some(length) => {
            let months = months_and_day(days).0.div_euclid(length) * length;
            let months = offset.checked_mul(length)?.checked_add(months).filter(|&m| in_range(m) || in_range(m - 1))?;
            first_of(months)
        }
        None => {
            let (first, length) = if unit == Unit::Week { (days - weekday(days), 7) } else { (days, 1) };
            offset.checked_mul(length)?.checked_add(first)?
        }
    };
    let last = match edge {
        Edge::Start => 0,
        Edge::End => NANOS_PER_TICK,
    };
    Some(join(start, -last))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::testing::shown;
    use crate::types::Type;
    use crate::value::{Value, parse_datetime};

    fn date(text: &str) -> Value {
        Value::DateTime(parse_datetime(text).unwrap())
    }

    fn check(name: &str, args: &[Value], ret: Type, expected: &str) {
        assert_eq!(shown(name, args, ret), expected, "{name}({args:?})");
    }

    #[test]
    fn months_end_early() {
        let add = |unit: &str, amount, from: &str, expected: &str| {
            check(
                "datetime_add_units",
                &[Value::String(unit.into()), Value::Long(amount), date(from)],
                Type::DateTime,
                expected,
            );
        };
        add("month", 1, "2020-01-31T23:59:59.9999999", "2020-02-29T23:59:59.9999999Z");
        add("month", -1, "2020-03-31", "2020-02-29T00:00:00.0000000Z");
        add("quarter", -5, "2020-05-31", "2019-02-28T00:00:00.0000000Z");
        add("year", 1, "2020-02-29", "2021-02-28T00:00:00.0000000Z");
        add("Week", 100, "2017-01-01", "2018-12-02T00:00:00.0000000Z");
        add("year", i64::MAX, "2017-01-01", "null");
    }

    #[test]
    fn differences_count_boundaries() {
        let diff = |unit: &str, a: &str, b: &str, expected: &str| {
            check("datetime_diff", &[Value::String(unit.into()), date(a), date(b)], Type::Long, expected);
        };
        diff("year", "2020-12-31", "2021-01-01", "-1");
        diff("quarter", "2021-01-01", "2020-01-01", "4");
        diff("week", "2020-01-31", "2019-12-31", "4");
        diff("week", "2017-10-29", "2017-09-30 23:59", "5");
        diff("day", "2020-01-01 23:00", "2020-01-01 01:00", "0");
        diff("millisecond", "2020-01-01 00:00:01.9999999", "2020-01-01 00:00:00.0000001", "1999");
    }

    #[test]
    fn parts() {
        let part = |unit: &str, of: &str, expected: &str| {
            check("datetime_part", &[Value::String(unit.into()), date(of)], Type::Int, expected);
        };
        part("year", "1950-06-15", "1950");
        part("week_of_year", "2016-01-01", "53");
        part("week_of_year", "2018-12-31", "1");
        part("quarter", "2020-12-31", "4");
        part("dayofyear", "2020-12-31", "366");
        part("minute", "1969-12-31 23:59:58", "59");
        part("microsecond", "2017-10-30 01:02:03.7654321", "765432");
        check("dayofweek", &[date("1970-05-11")], Type::TimeSpan, "1.00:00:00");
        check("getyear", &[Value::Null(Type::DateTime)], Type::Int, "null");
    }

    #[test]
    fn edges_of_units() {
        check(
            "startofweek",
            &[date("2020-06-15 13:45"), Value::Long(-2)],
            Type::DateTime,
            "2020-05-31T00:00:00.0000000Z",
        );
        check("startofmonth", &[date("2020-06-15"), Value::Long(-13)], Type::DateTime, "2019-05-01T00:00:00.0000000Z");
        check("endofmonth", &[date("2020-02-10")], Type::DateTime, "2020-02-29T23:59:59.9999999Z");
        check("endofweek", &[date("2024-03-03")], Type::DateTime, "2024-03-09T23:59:59.9999999Z");
        check("endofyear", &[date("1969-12-31")], Type::DateTime, "1969-12-31T23:59:59.9999999Z");
        check("endofday", &[date("2017-01-01 10:10"), Value::Long(-1)], Type::DateTime, "2016-12-31T23:59:59.9999999Z");
    }
}
