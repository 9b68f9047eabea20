//! Dates, times and timespans.

use super::time_format::{self, Kind};
use super::time_unit::Unit;
use super::{Function, Lower, Param, Returns, Takes};
use crate::ir::Scalar;
use crate::types::Type;
use crate::types::Type::{DateTime, Dynamic, Int, Long, String as Text, TimeSpan};

const DATE: Takes = Takes::Exact(DateTime);
const SPAN: Takes = Takes::Exact(TimeSpan);
const LONG: Takes = Takes::Exact(Long);
const REAL: Takes = Takes::Exact(Type::Real);
const TEXT: Takes = Takes::Exact(Text);
const CONSTANT_TEXT: Takes = Takes::Constant(Text);

const ONE_DATE: &[Param] = &[Param::one("date", DATE)];
const DATE_AND_OFFSET: &[Param] = &[Param::one("date", DATE), Param::optional("offset", LONG)];
const DATE_AND_ZONE: &[Param] = &[Param::one("date", DATE), Param::one("timezone", TEXT)];
const ONE_NUMBER: &[Param] = &[Param::one("number", Takes::Number)];
const UNIT_AND_DATES: &[Param] =
    &[Param::one("period", CONSTANT_TEXT), Param::one("date1", DATE), Param::one("date2", DATE)];
const UNIT_AMOUNT_DATE: &[Param] =
    &[Param::one("period", CONSTANT_TEXT), Param::one("amount", LONG), Param::one("date", DATE)];
const PART_AND_DATE: &[Param] = &[Param::one("part", CONSTANT_TEXT), Param::one("date", DATE)];
const DATE_AND_FORMAT: &[Param] = &[Param::one("date", DATE), Param::one("format", CONSTANT_TEXT)];
const SPAN_AND_FORMAT: &[Param] = &[Param::one("timespan", SPAN), Param::one("format", CONSTANT_TEXT)];
const BIN: &[Param] = &[Param::one("value", Takes::Summable), Param::one("size", Takes::Summable)];
const BIN_AT: &[Param] = &[
    Param::one("value", Takes::Summable),
    Param::one("size", Takes::Summable),
    Param::one("fixed_point", Takes::Summable),
];
const DATE_PARTS: &[Param] = &[
    Param::one("year", REAL),
    Param::one("month", REAL),
    Param::one("day", REAL),
    Param::optional("hour", REAL),
    Param::optional("minute", REAL),
    Param::optional("second", REAL),
];
const SPAN_PARTS: &[Param] = &[
    Param::one("days_or_hours", REAL),
    Param::one("hours_or_minutes", REAL),
    Param::optional("minutes_or_seconds", REAL),
    Param::optional("seconds", REAL),
];

/// The rows of this family.
#[rustfmt::skip] // A table: one row, few lines.
pub const FUNCTIONS: &[Function] = &[
    Function::kernel("now", &[Param::optional("offset", SPAN)], DateTime,
        "Gives the time at which the request started, plus an offset.", "now(-1d)").lower(Lower::Binder),
    Function::kernel("ago", &[Param::one("timespan", SPAN)], DateTime,
        "Gives the time at which the request started, minus a timespan.", "ago(7d)").lower(Lower::Binder),
    Function::kernel("bin", BIN, DateTime,
        "Rounds a number, datetime or timespan down to a multiple of the size.",
        "bin(datetime(2020-01-31 13:45), 1h)")
        .aliases(&["floor"]).returns(Returns::From(bin_type)).lower(Lower::Rewrite(bin)),
    Function::kernel("bin_at", BIN_AT, DateTime,
        "Rounds down to a bin of the given size, where one bin starts at the fixed point.",
        "bin_at(6.5, 2.5, 7)").returns(Returns::From(bin_type)).lower(Lower::Rewrite(bin_at)),
    Function::kernel("datetime_add", UNIT_AMOUNT_DATE, DateTime,
        "Adds calendar units to a datetime; a day that the month lacks becomes its last.",
        "datetime_add('month', 1, datetime(2020-01-31))")
        .lower(Lower::Rewrite(|args| unit_call("datetime_add_units", Unit::span, args, DateTime))),
    Function::kernel("datetime_diff", UNIT_AND_DATES, Long,
        "Counts the boundaries of a calendar unit from the second datetime to the first.",
        "datetime_diff('day', datetime(2020-03-01), datetime(2020-02-28))")
        .lower(Lower::Rewrite(|args| unit_call("datetime_diff", Unit::span, args, Long))),
    Function::kernel("datetime_part", PART_AND_DATE, Int,
        "Gives one part of a datetime as a number.", "datetime_part('hour', datetime(2020-01-31 13:45))")
        .aliases(&["datepart"])
        .lower(Lower::Rewrite(|args| unit_call("datetime_part", Unit::part, args, Int))),
    Function::kernel("getyear", ONE_DATE, Int, "Gives the year.", "getyear(datetime(2020-01-31))"),
    Function::kernel("getmonth", ONE_DATE, Int, "Gives the month, from 1.", "getmonth(datetime(2020-01-31))"),
    Function::kernel("monthofyear", ONE_DATE, Int, "Gives the month, from 1.", "monthofyear(datetime(2020-01-31))"),
    Function::kernel("week_of_year", ONE_DATE, Int, "Gives the ISO 8601 week of the year.",
        "week_of_year(datetime(2020-12-31))").aliases(&["weekofyear"]),
    Function::kernel("dayofyear", ONE_DATE, Int, "Gives the day of the year, from 1.",
        "dayofyear(datetime(2020-12-31))"),
    Function::kernel("dayofmonth", ONE_DATE, Int, "Gives the day of the month, from 1.",
        "dayofmonth(datetime(2020-01-31))"),
    Function::kernel("dayofweek", ONE_DATE, TimeSpan, "Gives the time since the preceding Sunday, in whole days.",
        "dayofweek(datetime(2020-01-31))"),
    Function::kernel("hourofday", ONE_DATE, Int, "Gives the hour of the day, from 0.",
        "hourofday(datetime(2020-01-31 13:45))"),
    Function::kernel("startofday", DATE_AND_OFFSET, DateTime, "Gives the start of the day, moved by whole days.",
        "startofday(datetime(2020-01-31 13:45), 1)"),
    Function::kernel("startofweek", DATE_AND_OFFSET, DateTime,
        "Gives the start of the week, a Sunday, moved by whole weeks.", "startofweek(datetime(2020-01-31), -1)"),
    Function::kernel("startofmonth", DATE_AND_OFFSET, DateTime,
        "Gives the start of the month, moved by whole months.", "startofmonth(datetime(2020-01-31))"),
    Function::kernel("startofyear", DATE_AND_OFFSET, DateTime,
        "Gives the start of the year, moved by whole years.", "startofyear(datetime(2020-01-31))"),
    Function::kernel("endofday", DATE_AND_OFFSET, DateTime, "Gives the last tick of the day, moved by whole days.",
        "endofday(datetime(2020-01-31 13:45))"),
    Function::kernel("endofweek", DATE_AND_OFFSET, DateTime,
        "Gives the last tick of the week, which ends on Saturday, moved by whole weeks.",
        "endofweek(datetime(2020-01-31))"),
    Function::kernel("endofmonth", DATE_AND_OFFSET, DateTime,
        "Gives the last tick of the month, moved by whole months.", "endofmonth(datetime(2020-02-01))"),
    Function::kernel("endofyear", DATE_AND_OFFSET, DateTime,
        "Gives the last tick of the year, moved by whole years.", "endofyear(datetime(2020-02-01))"),
    Function::kernel("format_datetime", DATE_AND_FORMAT, Text, "Writes a datetime in a given format.",
        "format_datetime(datetime(2020-01-31 13:45), 'yy-MM-dd [hh:mm tt]')")
        .lower(Lower::Rewrite(|args| format_call("format_datetime", Kind::DateTime, args))),
    Function::kernel("format_timespan", SPAN_AND_FORMAT, Text, "Writes a timespan in a given format.",
        "format_timespan(time(1.02:03:04), 'd.hh:mm')")
        .lower(Lower::Rewrite(|args| format_call("format_timespan", Kind::TimeSpan, args))),
    Function::kernel("make_datetime", DATE_PARTS, DateTime, "Puts a datetime together; null when a part is out of range.",
        "make_datetime(2020, 1, 31, 13, 45, 9.5)"),
    Function::kernel("make_timespan", SPAN_PARTS, TimeSpan,
        "Puts a timespan together from hours and minutes, then seconds; with four numbers the first is days.",
        "make_timespan(1, 12, 30, 55.123)"),
    Function::kernel("unixtime_seconds_todatetime", ONE_NUMBER, DateTime, "Gives the datetime so many seconds after 1970.",
        "unixtime_seconds_todatetime(1546300800)"),
    Function::kernel("unixtime_milliseconds_todatetime", ONE_NUMBER, DateTime,
        "Gives the datetime so many milliseconds after 1970.", "unixtime_milliseconds_todatetime(1546300800000)"),
    Function::kernel("unixtime_microseconds_todatetime", ONE_NUMBER, DateTime,
        "Gives the datetime so many microseconds after 1970.", "unixtime_microseconds_todatetime(1546300800000000)"),
    Function::kernel("unixtime_nanoseconds_todatetime", ONE_NUMBER, DateTime,
        "Gives the datetime so many nanoseconds after 1970.", "unixtime_nanoseconds_todatetime(1546300800000000000)"),
    Function::kernel("datetime_utc_to_local", DATE_AND_ZONE, DateTime, "Turns UTC into the local time of a time zone.",
        "datetime_utc_to_local(datetime(2020-01-31 13:45), 'Europe/Paris')"),
    Function::kernel("datetime_local_to_utc", DATE_AND_ZONE, DateTime, "Turns the local time of a time zone into UTC.",
        "datetime_local_to_utc(datetime(2020-01-31 13:45), 'Europe/Paris')"),
    Function::kernel("datetime_list_timezones", &[], Dynamic, "Lists the names of all time zones.",
        "datetime_list_timezones()"),
];

/// Checks the unit, where it is a plain constant, and calls the kernel.
fn unit_call(
    kernel: &'static str,
    unit: fn(&str) -> Option<Unit>,
    args: Vec<Scalar>,
    ty: Type,
) -> Result<Scalar, String> {
    match args.first().and_then(Scalar::literal).and_then(|value| value.as_str()) {
        Some(name) if unit(name).is_none() => Err(format!("`{name}` is not a unit of time here")),
        _ => Ok(Scalar::kernel(kernel, args, ty)),
    }
}

fn format_call(kernel: &'static str, kind: Kind, args: Vec<Scalar>) -> Result<Scalar, String> {
    match args.get(1).and_then(Scalar::literal).and_then(|value| value.as_str()) {
        Some("") => Err("the format is empty".to_owned()),
        Some(format) => time_format::pieces(kind, format).map(|_| ()),
        None => Ok(()),
    }?;
    Ok(Scalar::kernel(kernel, args, Text))
}

/// Datetimes and timespans keep their type, numbers take the widest of all arguments.
fn bin_type(args: &[Scalar]) -> Type {
    let types = args.iter().map(Scalar::ty);
    match types.reduce(|a, b| a.widest_number(b).unwrap_or(a)) {
        Some(Type::Int) => Type::Long,
        ty => ty.unwrap_or(Type::Unknown),
    }
}

fn bin(args: Vec<Scalar>) -> Result<Scalar, String> {
    let ty = bin_type(&args);
    let args = match args.as_slice() {
        // Kusto takes a datetime as a size too: the time since year 1.
        [value, size] if ty == DateTime && size.ty() == DateTime => vec![value.clone(), size.clone()],
        [value, size] => vec![in_bins(value, ty)?, in_bins(size, size_type(ty))?],
        _ => args,
    };
    Ok(Scalar::kernel("bin", args, ty))
}

fn bin_at(args: Vec<Scalar>) -> Result<Scalar, String> {
    let ty = bin_type(&args);
    let args = match args.as_slice() {
        [value, size, fixed] => vec![in_bins(value, ty)?, in_bins(size, size_type(ty))?, in_bins(fixed, ty)?],
        _ => args,
    };
    Ok(Scalar::kernel("bin_at", args, ty))
}

fn size_type(ty: Type) -> Type {
    if ty == DateTime { TimeSpan } else { ty }
}

fn in_bins(arg: &Scalar, ty: Type) -> Result<Scalar, String> {
    match arg.ty() {
        from if from == ty || from == Type::Unknown => Ok(arg.clone()),
        from if from.widest_number(ty).is_some() => Ok(Scalar::Cast(Box::new(arg.clone()), ty)),
        from => Err(format!("a `{ty}` is needed for these bins, but this is `{from}`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    #[test]
    fn bins_take_the_widest_number() {
        let call = bin(vec![Scalar::long(5), Scalar::Literal(Value::Real(2.0))]);
        assert_eq!(call.map(|call| call.ty()), Ok(Type::Real));
        let time = Scalar::Literal(Value::DateTime(0));
        let span = Scalar::Literal(Value::TimeSpan(1));
        assert_eq!(bin(vec![time.clone(), span.clone()]).map(|call| call.ty()), Ok(DateTime));
        assert_eq!(bin_at(vec![time.clone(), span, time.clone()]).map(|call| call.ty()), Ok(DateTime));
        assert!(bin(vec![time, Scalar::long(5)]).is_err());
    }

    #[test]
    fn constants_are_checked() {
        let date = Scalar::Literal(Value::DateTime(0));
        assert!(unit_call("datetime_part", Unit::part, vec![Scalar::text("eon"), date.clone()], Int).is_err());
        assert!(unit_call("datetime_part", Unit::part, vec![Scalar::text("Hour"), date.clone()], Int).is_ok());
        assert!(format_call("format_datetime", Kind::DateTime, vec![date, Scalar::text("")]).is_err());
    }
}
