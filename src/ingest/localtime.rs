//! Times as people's own settings write them: `25.5.2026, 17:43:25`, `5/25/2026 5:43 PM`, in a zone of their own.

use super::convert::parse_time;
use super::repair::{Repair, Repairs};
use crate::value::{NANOS_PER_DAY, days_from_civil, format_datetime_iso};

/// What comes first in `1/2/2026`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DayOrder {
    MonthFirst,
    DayFirst,
}

/// What a header says about the zone of its times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Zone {
    /// So many minutes ahead of UTC.
    Ahead(i64),
    /// A zone by name.
    Named(chrono_tz::Tz),
    /// One that the label does not tell: times are taken as they stand.
    Unknown,
}

impl Zone {
    /// The zone in the name of a column, such as `TimeGenerated [UTC+02:00]`; nothing when there is none.
    pub(super) fn of_label(name: &str) -> Option<Zone> {
        let (_, label) = name.trim().strip_suffix(']')?.rsplit_once(" [")?;
        let rest = label.strip_prefix("UTC").or_else(|| label.strip_prefix("GMT")).unwrap_or(label).trim();
        match (offset(rest), label.parse()) {
            (Some(minutes), _) => Some(Zone::Ahead(minutes)),
            (None, Ok(zone)) => Some(Zone::Named(zone)),
            (None, Err(_)) => Some(Zone::Unknown),
        }
    }
}

/// Minutes of `+2`, `-05:30`, `+0200`, or nothing at all.
fn offset(text: &str) -> Option<i64> {
    let (sign, digits) = match text.as_bytes().first() {
        None => return Some(0),
        Some(b'+') => (1, &text[1..]),
        Some(b'-') => (-1, &text[1..]),
        Some(_) => return None,
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some(parts) => parts,
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "0"),
    };
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    ((0..=14).contains(&hours) && (0..60).contains(&minutes)).then_some(sign * (hours * 60 + minutes))
}

/// The order of the dates in a file: days come first where points set the parts apart, or where a first part is no
/// month.
pub(super) fn day_order<'t>(cells: impl Iterator<Item = &'t str>) -> DayOrder {
    let mut order = DayOrder::MonthFirst;
    for cell in cells {
        match parts(cell) {
            Some((_, second, _, '/', _)) if second > 12 => return DayOrder::MonthFirst,
            Some((first, _, _, separator, _)) if first > 12 || separator == '.' => order = DayOrder::DayFirst,
            _ => {}
        }
    }
    order
}

/// The numbers of `1/2/2026` or `1.2.2026`, what sets them apart, and what follows.
fn parts(text: &str) -> Option<(u32, u32, i64, char, &str)> {
    let text = text.trim();
    if text.len() < 8 || !text.as_bytes()[0].is_ascii_digit() {
        return None;
    }
    let separator = text.chars().find(|c| !c.is_ascii_digit()).filter(|c| matches!(c, '/' | '.'))?;
    let (first, rest) = text.split_once(separator)?;
    let (second, rest) = rest.split_once(separator)?;
    let year = rest.get(..4).filter(|year| year.bytes().all(|b| b.is_ascii_digit()))?;
    let number = |digits: &str| (digits.len() <= 2).then(|| digits.parse().ok()).flatten();
    Some((number(first)?, number(second)?, year.parse().ok()?, separator, &rest[4..]))
}

/// A time in a local form as nanoseconds since 1970, as if it were UTC.
fn local_time(text: &str, order: DayOrder) -> Option<i64> {
    let (first, second, year, separator, rest) = parts(text)?;
    let (month, day) = match order {
        DayOrder::DayFirst => (second, first),
        DayOrder::MonthFirst if separator == '.' => (second, first),
        DayOrder::MonthFirst => (first, second),
    };
    let rest = rest.trim_start_matches([',', ' ', '\u{202f}', '\u{a0}']);
    let is_day = (1..=12).contains(&month) && (1..=31).contains(&day);
    is_day.then(|| time_of_day(rest)).flatten().map(|nanos| days_from_civil(year, month, day) * NANOS_PER_DAY + nanos)
}

/// `5:43:25.746 PM`, `17:43`, or nothing at all.
fn time_of_day(text: &str) -> Option<i64> {
    let text = text.trim().replace(['\u{202f}', '\u{a0}'], " ");
    if text.is_empty() {
        return Some(0);
    }
    let (clock, half) = match text.split_once(' ') {
        Some((clock, half)) => (clock, half.trim().to_ascii_lowercase().replace('.', "")),
        None => (text.as_str(), String::new()),
    };
    let mut fields = clock.split(':');
    let (hour, minute) = (fields.next()?.parse::<i64>().ok()?, fields.next()?.parse::<i64>().ok()?);
    let second = fields.next().unwrap_or("0").replace(',', ".").parse::<f64>().ok()?;
    let hour = match half.as_str() {
        "" => hour,
        "am" if (1..=12).contains(&hour) => hour % 12,
        "pm" if (1..=12).contains(&hour) => hour % 12 + 12,
        _ => return None,
    };
    let is_time = (0..24).contains(&hour) && (0..60).contains(&minute) && (0.0..60.0).contains(&second);
    let nanos = (second * 1e7).round() as i64 * 100;
    (is_time && fields.next().is_none()).then_some((hour * 3600 + minute * 60) * 1_000_000_000 + nanos)
}

/// A time in a local form, or in a zone that is not UTC, as text that every column of times reads; nothing when the
/// cell can stay as it is.
pub(super) fn shifted(cell: &str, zone: Option<Zone>, order: DayOrder, repairs: &mut Repairs) -> Option<String> {
    // A bare `10.12.2026` may be anything; only the header tells that it is a date.
    let is_local =
        parts(cell).is_some_and(|(.., separator, rest)| zone.is_some() || separator == '/' || !rest.is_empty());
    if !is_local && matches!(zone, None | Some(Zone::Ahead(0))) {
        return None;
    }
    let nanos = if is_local { local_time(cell, order) } else { parse_time(cell) }?;
    // A time that tells its own zone needs none.
    let is_told = !is_local && (cell.ends_with('Z') || cell.get(19..).is_some_and(|rest| rest.contains(['+', '-'])));
    let nanos = match zone {
        _ if is_told => nanos,
        None => nanos,
        Some(Zone::Ahead(minutes)) => nanos - minutes * 60_000_000_000,
        Some(Zone::Named(zone)) => in_utc(nanos, zone)?,
        Some(Zone::Unknown) => {
            repairs.add(Repair::UnknownZone);
            nanos
        }
    };
    Some(format_datetime_iso(nanos))
}

fn in_utc(nanos: i64, zone: chrono_tz::Tz) -> Option<i64> {
    use chrono::TimeZone;
    let local = chrono::DateTime::from_timestamp_nanos(nanos).naive_utc();
    zone.from_local_datetime(&local).earliest()?.timestamp_nanos_opt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_times_become_utc() {
        let check = |cell: &str, name: &str, order: DayOrder, expected: Option<&str>| {
            let got = shifted(cell, Zone::of_label(name), order, &mut Repairs::default());
            assert_eq!(got.as_deref(), expected, "{cell} {name}");
        };
        let (month, day) = (DayOrder::MonthFirst, DayOrder::DayFirst);
        check("5/25/2026, 5:43:25.746 PM", "T [UTC]", month, Some("2026-05-25T17:43:25.7460000Z"));
        check("25/05/2026, 17:43:25", "T [UTC]", day, Some("2026-05-25T17:43:25.0000000Z"));
        check("25.5.2026 17:43", "T", month, Some("2026-05-25T17:43:00.0000000Z"));
        check("2/1/2026 12:00 am", "T [UTC+02:00]", month, Some("2026-01-31T22:00:00.0000000Z"));
        check("2026-05-25T17:43:25", "T [UTC-0530]", month, Some("2026-05-25T23:13:25.0000000Z"));
        check("2026-05-25T17:43:25Z", "T [UTC+1]", month, Some("2026-05-25T17:43:25.0000000Z"));
        check("2026-07-01 12:00", "T [Europe/Oslo]", month, Some("2026-07-01T10:00:00.0000000Z"));
        check("5/25/2026 5:43 PM", "T [Local Time]", month, Some("2026-05-25T17:43:00.0000000Z"));
        check("2026-05-25T17:43:25Z", "T [UTC]", month, None);
        check("1.2.3", "T", month, None);
        check("13/13/2026", "T", month, None);
        check("words", "T [UTC+1]", month, None);
    }

    #[test]
    fn the_order_of_a_date_is_told_by_the_file() {
        let check = |cells: &[&str], order: DayOrder| assert_eq!(day_order(cells.iter().copied()), order, "{cells:?}");
        check(&["1/2/2026", "x", "5/25/2026 1:00 PM"], DayOrder::MonthFirst);
        check(&["1/2/2026", "25/5/2026 13:00"], DayOrder::DayFirst);
        check(&["1.2.2026"], DayOrder::DayFirst);
        check(&["1/2/2026"], DayOrder::MonthFirst);
        check(&["10.0.0.1", "1.2"], DayOrder::MonthFirst);
    }
}
