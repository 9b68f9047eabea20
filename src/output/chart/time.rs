//! Marks of time axes at round times, and times as people read them. All in UTC.

use crate::value::{NANOS_PER_DAY, civil_from_days, days_from_civil};

use super::ticks::Tick;

const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = NANOS_PER_DAY;

const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Steps of fixed length.
const STEPS: &[i64] = &[
    SECOND,
    2 * SECOND,
    5 * SECOND,
    10 * SECOND,
    15 * SECOND,
    30 * SECOND,
    MINUTE,
    2 * MINUTE,
    5 * MINUTE,
    10 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    3 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    7 * DAY,
    14 * DAY,
];

/// Steps that follow the calendar, in months.
const MONTH_STEPS: &[i64] = &[1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200];

/// At most so many marks at round times between two times.
pub(super) fn time_ticks(min: f64, max: f64, wanted: usize) -> Vec<Tick> {
    let (min, max) = (min as i64, max as i64);
    let range = max.saturating_sub(min).max(1);
    let wanted = i64::try_from(wanted.max(1)).unwrap_or(1);
    let fits = |step: i64| range / step <= wanted;
    if let Some(step) = second_fractions().chain(STEPS.iter().copied()).find(|step| fits(*step)) {
        // Weeks start on Mondays; 1970 began on a Thursday.
        let origin = if step % (7 * DAY) == 0 { 4 * DAY } else { 0 };
        let start = min.saturating_sub(origin);
        let first = start.div_euclid(step) + i64::from(start.rem_euclid(step) != 0);
        let place = |n: i64| n.checked_mul(step)?.checked_add(origin);
        let places = (first..).map_while(place).take_while(|at| *at <= max);
        return places.map(|at| Tick { at: at as f64, label: label(at, step) }).collect();
    }
    let step = MONTH_STEPS.iter().copied().find(|step| fits(step * 30 * DAY)).unwrap_or(1200);
    let (year, month, _) = civil_from_days(min.div_euclid(DAY));
    let first = (year * 12 + i64::from(month) - 1).div_euclid(step);
    let places = (first..).map(|n| month_start(n * step)).skip_while(|at| *at < min).take_while(|at| *at <= max);
    places.map(|at| Tick { at: at as f64, label: month_label(at, step) }).collect()
}

fn second_fractions() -> impl Iterator<Item = i64> {
    (0..9).flat_map(|power| [1, 2, 5].map(|factor| factor * 10i64.pow(power)))
}

fn month_start(months: i64) -> i64 {
    let month = u32::try_from(months.rem_euclid(12)).unwrap_or(0) + 1;
    days_from_civil(months.div_euclid(12), month, 1).saturating_mul(DAY)
}

/// The largest unit that begins at a mark: at midnight the day, at new year the year.
fn label(at: i64, step: i64) -> String {
    let (year, month, day) = civil_from_days(at.div_euclid(DAY));
    let clock = at.rem_euclid(DAY);
    if clock == 0 {
        let date = format!("{} {day}", MONTHS[month as usize - 1]);
        return if month == 1 && day == 1 { format!("{date} {year}") } else { date };
    }
    let digits = (0..9).find(|digits| step % 10i64.pow(9 - digits) == 0).unwrap_or(9) as usize;
    clock_text(clock, if step % MINUTE == 0 { Precision::Minutes } else { Precision::Seconds(digits) })
}

fn month_label(at: i64, step: i64) -> String {
    let (year, month, _) = civil_from_days(at.div_euclid(DAY));
    if step % 12 == 0 || month == 1 { year.to_string() } else { MONTHS[month as usize - 1].to_owned() }
}

#[derive(Clone, Copy)]
enum Precision {
    Minutes,
    /// With so many digits behind the point.
    Seconds(usize),
}

fn clock_text(clock: i64, precision: Precision) -> String {
    let mut text = format!("{:02}:{:02}", clock / HOUR, clock / MINUTE % 60);
    if let Precision::Seconds(digits) = precision {
        text.push_str(&format!(":{:02}", clock / SECOND % 60));
        if digits > 0 {
            text.push('.');
            text.push_str(&format!("{:09}", clock % SECOND)[..digits]);
        }
    }
    text
}

/// A time in full, without what is zero: `2026-03-01 12:05`.
pub(super) fn time_text(nanos: i64) -> String {
    let (year, month, day) = civil_from_days(nanos.div_euclid(DAY));
    let mut text = format!("{year:04}-{month:02}-{day:02}");
    let clock = nanos.rem_euclid(DAY);
    if clock == 0 {
        return text;
    }
    let fraction = format!("{:09}", clock % SECOND);
    let precision = match fraction.trim_end_matches('0').len() {
        0 if clock % MINUTE == 0 => Precision::Minutes,
        // Points are placed by numbers of 53 bits, so digits beyond these would be made up.
        digits => Precision::Seconds(digits.min(6)),
    };
    text.push(' ');
    text.push_str(&clock_text(clock, precision));
    text
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;
    use crate::value::parse_datetime;

    #[track_caller]
    fn check(from: &str, to: &str, wanted: usize, expected: &str) {
        let at = |text| parse_datetime(text).unwrap() as f64;
        let labels: Vec<String> = time_ticks(at(from), at(to), wanted).into_iter().map(|tick| tick.label).collect();
        assert_eq!(labels.join(" | "), expected);
    }

    #[test]
    fn marks_stand_at_round_times() {
        check("2026-03-01", "2026-03-02", 4, "Mar 1 | 06:00 | 12:00 | 18:00 | Mar 2");
        check("2026-03-01T12:00:03", "2026-03-01T12:00:13", 5, "12:00:04 | 12:00:06 | 12:00:08 | 12:00:10 | 12:00:12");
        check("2026-03-01T12:00:00.1", "2026-03-01T12:00:00.4", 3, "12:00:00.1 | 12:00:00.2 | 12:00:00.3 | 12:00:00.4");
        check("2016-05-01", "2026-05-01", 5, "2018 | 2020 | 2022 | 2024 | 2026");
        check("2025-11-15", "2026-03-15", 4, "Dec | 2026 | Feb | Mar");
        check("2026-03-03", "2026-03-25", 4, "Mar 9 | Mar 16 | Mar 23");
        check("2025-12-31T22:00", "2026-01-01T02:00", 2, "22:00 | Jan 1 2026 | 02:00");
    }

    #[test]
    fn times_lose_what_is_zero() {
        for (text, short) in [
            ("2026-03-01", "2026-03-01"),
            ("2026-03-01T12:05", "2026-03-01 12:05"),
            ("2026-03-01T12:05:07.5", "2026-03-01 12:05:07.5"),
        ] {
            assert_eq!(time_text(parse_datetime(text).unwrap()), short);
        }
    }
}
