//! The unit names that `datetime_add`, `datetime_diff` and `datetime_part` take.

/// A unit of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // The names say it.
pub enum Unit {
    Year,
    Quarter,
    Month,
    Week,
    Day,
    DayOfYear,
    Hour,
    Minute,
    Second,
    Millisecond,
    Microsecond,
    Nanosecond,
}

impl Unit {
    /// The units that are added, and whose boundaries are counted.
    pub const SPANS: &'static [Unit] = &[
        Unit::Year,
        Unit::Quarter,
        Unit::Month,
        Unit::Week,
        Unit::Day,
        Unit::Hour,
        Unit::Minute,
        Unit::Second,
        Unit::Millisecond,
        Unit::Microsecond,
        Unit::Nanosecond,
    ];

    /// The name in `datetime_add` and `datetime_diff`.
    pub fn name(self) -> &'static str {
        match self {
            Unit::Year => "year",
            Unit::Quarter => "quarter",
            Unit::Month => "month",
            Unit::Week => "week",
            Unit::Day => "day",
            Unit::DayOfYear => "dayofyear",
            Unit::Hour => "hour",
            Unit::Minute => "minute",
            Unit::Second => "second",
            Unit::Millisecond => "millisecond",
            Unit::Microsecond => "microsecond",
            Unit::Nanosecond => "nanosecond",
        }
    }

    /// The unit of a name, in letters of either case.
    pub fn span(name: &str) -> Option<Unit> {
        let name = name.to_ascii_lowercase();
        Unit::SPANS.iter().copied().find(|unit| unit.name() == name)
    }

    /// The part of a date that `datetime_part` means; weeks and days of the year have names of their own there.
    pub fn part(name: &str) -> Option<Unit> {
        match name.to_ascii_lowercase().as_str() {
            "week_of_year" | "weekofyear" => Some(Unit::Week),
            "day_of_year" | "dayofyear" => Some(Unit::DayOfYear),
            "week" => None,
            other => Unit::span(other),
        }
    }

    /// Its length, where that is always the same.
    pub fn nanos(self) -> Option<i64> {
        Some(match self {
            Unit::Year | Unit::Quarter | Unit::Month | Unit::DayOfYear => return None,
            Unit::Week => 604_800_000_000_000,
            Unit::Day => 86_400_000_000_000,
            Unit::Hour => 3_600_000_000_000,
            Unit::Minute => 60_000_000_000,
            Unit::Second => 1_000_000_000,
            Unit::Millisecond => 1_000_000,
            Unit::Microsecond => 1_000,
            Unit::Nanosecond => 1,
        })
    }

    /// Its length in months, where it has one.
    pub fn months(self) -> Option<i64> {
        match self {
            Unit::Year => Some(12),
            Unit::Quarter => Some(3),
            Unit::Month => Some(1),
            Unit::Week
            | Unit::Day
            | Unit::DayOfYear
            | Unit::Hour
            | Unit::Minute
            | Unit::Second
            | Unit::Millisecond
            | Unit::Microsecond
            | Unit::Nanosecond => None,
        }
    }
}
