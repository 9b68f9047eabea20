//! Timespans as text: `1.02:03:04.5`, `90m`, `2 days`; and how they are written.

use super::datetime::{fraction_nanos, push_digits};
use super::{NANOS_PER_DAY, NANOS_PER_TICK, trimmed};

/// The nanoseconds of one unit as it stands behind a number in a query, such as `d`, `min` or `milliseconds`.
pub fn nanos_per_unit(unit: &str) -> Option<i64> {
    Some(match unit {
        "d" | "day" | "days" => NANOS_PER_DAY,
        "h" | "hr" | "hrs" | "hour" | "hours" => 3_600_000_000_000,
        "m" | "min" | "minute" | "minutes" => 60_000_000_000,
        "s" | "sec" | "second" | "seconds" => 1_000_000_000,
        "ms" | "milli" | "millis" | "millisec" | "millisecond" | "milliseconds" => 1_000_000,
        "micro" | "micros" | "microsec" | "microsecond" | "microseconds" => 1_000,
        "tick" | "ticks" => NANOS_PER_TICK,
        "nano" | "nanos" | "nanosec" | "nanosecond" | "nanoseconds" => 1,
        _ => return None,
    })
}

/// Reads a timespan as nanoseconds; `None` when the text is not one.
///
/// Reads `[-][d.]hh:mm[:ss[.fffffff]]`, a number with a unit (`1.5h`, `15 seconds`), and a bare whole number, which
/// counts days. Spans beyond 292 years saturate.
pub fn parse_timespan(text: &str) -> Option<i64> {
    let text = trimmed(text);
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let nanos = if text.contains(':') { clock(text)? } else { quantity(text)? };
    let nanos = if negative { -nanos } else { nanos };
    let limit = i128::from(i64::MAX / NANOS_PER_TICK * NANOS_PER_TICK);
    i64::try_from(nanos.clamp(-limit, limit)).ok()
}

/// `[d.]hh:mm[:ss[.fffffff]]`, or `d:hh:mm:ss` as .NET also reads it.
fn clock(text: &str) -> Option<i128> {
    let mut parts: Vec<&str> = text.split(':').collect();
    let mut days = 0;
    if let Some((day, hour)) = parts[0].split_once('.') {
        days = number(day)?;
        parts[0] = hour;
    } else if parts.len() == 4 {
        days = number(parts.remove(0))?;
    }
    let (seconds, fraction) = match parts.get(2) {
        None => (0, 0),
        Some(part) => match part.split_once('.') {
            None => (number(part)?, 0),
            Some((seconds, fraction)) => {
                let digits = !fraction.is_empty() && fraction.bytes().all(|b| b.is_ascii_digit());
                digits.then_some(())?;
                (number(seconds)?, fraction_nanos(fraction.as_bytes()))
            }
        },
    };
    let (hours, minutes) = (number(parts[0])?, number(parts.get(1)?)?);
    (parts.len() <= 3 && hours < 24 && minutes < 60 && seconds < 60).then_some(())?;
    let seconds = ((days * 24 + hours) * 60 + minutes) * 60 + seconds;
    Some(i128::from(seconds) * 1_000_000_000 + i128::from(fraction))
}

/// `1.5h`, `15 seconds`, `2` (days)
fn quantity(text: &str) -> Option<i128> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (amount, unit) = text.split_at(end);
    let unit = unit.trim_start();
    if unit.is_empty() {
        return Some(i128::from(number(amount)?) * i128::from(NANOS_PER_DAY));
    }
    let unit = i128::from(nanos_per_unit(unit)?);
    let (whole, fraction) = amount.split_once('.').unwrap_or((amount, ""));
    (!whole.is_empty() || !fraction.is_empty()).then_some(())?;
    let mut nanos = if whole.is_empty() { 0 } else { i128::from(number(whole)?) * unit };
    if !fraction.is_empty() {
        // Eighteen digits are more than a tick of a century needs.
        let digits = fraction.get(..fraction.len().min(18))?;
        let scale = 10i128.pow(u32::try_from(digits.len()).ok()?);
        nanos += i128::from(number(digits)?) * unit / scale;
    }
    let tick = i128::from(NANOS_PER_TICK);
    Some(nanos / tick * tick)
}

fn number(digits: &str) -> Option<i64> {
    (digits.len() <= 18 && digits.bytes().all(|b| b.is_ascii_digit())).then(|| digits.parse().ok())?
}

/// Writes a timespan as Kusto does: `[-][d.]hh:mm:ss[.fffffff]`.
pub fn format_timespan(nanos: i64) -> String {
    let mut text = String::with_capacity(24);
    push_timespan(&mut text, nanos);
    text
}

/// Appends what [`format_timespan`] gives.
pub fn push_timespan(text: &mut String, nanos: i64) {
    let ticks = (nanos / NANOS_PER_TICK).abs();
    if nanos <= -NANOS_PER_TICK {
        text.push('-');
    }
    let seconds = ticks / 10_000_000;
    let days = seconds / 86_400;
    if days > 0 {
        push_digits(text, days, 1);
        text.push('.');
    }
    push_digits(text, seconds / 3600 % 24, 2);
    text.push(':');
    push_digits(text, seconds / 60 % 60, 2);
    text.push(':');
    push_digits(text, seconds % 60, 2);
    let fraction = ticks % 10_000_000;
    if fraction > 0 {
        text.push('.');
        push_digits(text, fraction, 7);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(parse_timespan(text).map(format_timespan).as_deref(), Some(expected), "{text}");
    }

    #[test]
    fn clock_forms_are_read() {
        check("1.02:03:04.5", "1.02:03:04.5000000");
        check("-1.02:03:04.5", "-1.02:03:04.5000000");
        check("0:0:0.001", "00:00:00.0010000");
        check("100.00:00:00", "100.00:00:00");
        check("13:00", "13:00:00");
        check("-00:30:00", "-00:30:00");
        check("2:03:04:05", "2.03:04:05");
    }

    #[test]
    fn quantities_are_read() {
        check("1d", "1.00:00:00");
        check("1.5h", "01:30:00");
        check("15 seconds", "00:00:15");
        check("0.12345678s", "00:00:00.1234567");
        check("1tick", "00:00:00.0000001");
        check("150nanoseconds", "00:00:00.0000001");
        check("2", "2.00:00:00");
        check("-3min", "-00:03:00");
        check("999999d", "106751.23:47:16.8547758");
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "abc", "1.5", "25:00", "1:60", "1.x:00", "1:2:3:4:5", "h", ".h", "1us", "00:00:00."] {
            assert_eq!(parse_timespan(text), None, "{text}");
        }
    }
}
