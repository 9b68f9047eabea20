//! Datetimes as text: the forms that `datetime(...)` and `todatetime()` read, and the one form that is written.

use super::{NANOS_PER_DAY, NANOS_PER_TICK, trimmed};

const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// The days from 1970-01-01 to a date of the proleptic Gregorian calendar.
pub fn days_from_civil(year: i64, month: u32, day: u32) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let shifted_month = (i64::from(month) + 9) % 12;
    let day_of_year = (153 * shifted_month + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// Year, month and day of a day counted from 1970-01-01.
pub fn civil_from_days(days: i64) -> (i64, u32, u32) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = (day_of_year - (153 * shifted_month + 2) / 5 + 1) as u32;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 } as u32;
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

/// Reads a datetime as nanoseconds since 1970 in UTC; `None` when the text is not one.
///
/// Reads ISO 8601 with `T` or a blank, with or without time, fraction, `Z`, `GMT`, `UTC` or an offset; `2020-01` and
/// `2020`; `20200131`; `2020, 1, 31`; `1/31/2020 1:05:00 PM`; and the mail forms `Sat, 8 Nov 2014 15:05:02 GMT` and
/// `Saturday, 08-Nov-14 15:05:02 GMT`. Years outside of what 64 bits of nanoseconds hold (1677 to 2262) saturate.
pub fn parse_datetime(text: &str) -> Option<i64> {
    let mut reader = Reader { rest: trimmed(text).as_bytes() };
    let (year, month, day) = reader.date()?;
    if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || day < 1 || day > days_in_month(year, month) {
        return None;
    }
    let mut nanos = i128::from(days_from_civil(year, month, day)) * i128::from(NANOS_PER_DAY);
    if !reader.rest.is_empty() {
        nanos += i128::from(reader.time_and_zone()?);
    }
    let limit = i128::from(i64::MAX / NANOS_PER_TICK * NANOS_PER_TICK);
    i64::try_from(nanos.clamp(-limit, limit)).ok()
}

/// Writes a datetime as Kusto does in results: `2020-01-31T13:45:09.1234567Z`.
pub fn format_datetime_iso(nanos: i64) -> String {
    let mut text = String::with_capacity(28);
    push_datetime_iso(&mut text, nanos);
    text
}

/// Appends what [`format_datetime_iso`] gives.
pub fn push_datetime_iso(text: &mut String, nanos: i64) {
    let (year, month, day) = civil_from_days(nanos.div_euclid(NANOS_PER_DAY));
    let ticks = nanos.rem_euclid(NANOS_PER_DAY) / NANOS_PER_TICK;
    let seconds = ticks / 10_000_000;
    for (number, digits, behind) in [
        (year, 4, '-'),
        (i64::from(month), 2, '-'),
        (i64::from(day), 2, 'T'),
        (seconds / 3600, 2, ':'),
        (seconds / 60 % 60, 2, ':'),
        (seconds % 60, 2, '.'),
        (ticks % 10_000_000, 7, 'Z'),
    ] {
        push_digits(text, number, digits);
        text.push(behind);
    }
}

/// Appends a number with leading zeros up to a width.
pub(super) fn push_digits(text: &mut String, mut number: i64, digits: usize) {
    let mut buffer = [b'0'; 20];
    let mut at = buffer.len();
    while number > 0 || buffer.len() - at < digits {
        at -= 1;
        buffer[at] = b'0' + (number % 10) as u8;
        number /= 10;
    }
    text.extend(buffer[at..].iter().map(|&digit| char::from(digit)));
}

/// Rounds the digits of a fraction to ticks, half to even, as .NET does; gives nanoseconds (up to a whole second).
pub(super) fn fraction_nanos(digits: &[u8]) -> i64 {
    let digit = |at: usize| digits.get(at).map_or(0, |d| i64::from(d - b'0'));
    let ticks = (0..7).fold(0, |ticks, at| ticks * 10 + digit(at));
    let beyond = digits.get(8..).is_some_and(|rest| rest.iter().any(|&d| d != b'0'));
    let up = match digit(7) {
        0..5 => false,
        5 => beyond || ticks % 2 == 1,
        _ => true,
    };
    (ticks + i64::from(up)) * NANOS_PER_TICK
}

fn days_in_month(year: i64, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// What is left of a text that is read from the left.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn eat(&mut self, byte: u8) -> bool {
        let found = self.rest.first() == Some(&byte);
        if found {
            self.rest = &self.rest[1..];
        }
        found
    }

    fn blanks(&mut self) -> bool {
        let count = self.rest.iter().take_while(|b| **b == b' ').count();
        self.rest = &self.rest[count..];
        count > 0
    }

    fn while_(&mut self, keep: impl Fn(&u8) -> bool) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(self.rest.iter().take_while(|b| keep(b)).count());
        self.rest = rest;
        taken
    }

    /// A run of digits of an allowed length.
    fn digits(&mut self, lengths: std::ops::RangeInclusive<usize>) -> Option<u32> {
        let digits = self.while_(u8::is_ascii_digit);
        lengths.contains(&digits.len()).then(|| digits.iter().fold(0, |n, d| n * 10 + u32::from(d - b'0')))
    }

    fn date(&mut self) -> Option<(i64, u32, u32)> {
        if self.rest.first()?.is_ascii_alphabetic() {
            let weekday = self.word();
            WEEKDAYS.iter().find(|name| **name == weekday || name[..3] == weekday)?;
            if !self.eat(b',') {
                return None;
            }
            self.blanks();
        }
        let digits = self.rest.iter().take_while(|b| b.is_ascii_digit()).count();
        match (digits, self.rest.get(digits)) {
            (8, _) => {
                let number = self.digits(8..=8)?;
                Some((i64::from(number / 10_000), number / 100 % 100, number % 100))
            }
            (4, Some(b',')) => self.date_in_list(),
            (4, separator) => self.date_from_year(separator.copied()),
            (1 | 2, Some(separator @ (b'/' | b'-'))) if self.rest.get(digits + 1).is_some_and(u8::is_ascii_digit) => {
                self.date_from_month(*separator)
            }
            (1 | 2, Some(b' ' | b'-')) => self.date_from_day(),
            _ => None,
        }
    }

    /// `2020`, `2020-1`, `2020-01-31`, `2020/01/31`
    fn date_from_year(&mut self, separator: Option<u8>) -> Option<(i64, u32, u32)> {
        let year = i64::from(self.digits(4..=4)?);
        let Some(separator @ (b'-' | b'/' | b'.')) = separator else { return Some((year, 1, 1)) };
        self.eat(separator);
        let month = self.digits(1..=2)?;
        let day = if self.eat(separator) { self.digits(1..=2)? } else { 1 };
        Some((year, month, day))
    }

    /// `2020, 1, 31`
    fn date_in_list(&mut self) -> Option<(i64, u32, u32)> {
        let year = i64::from(self.digits(4..=4)?);
        let mut next = || {
            self.eat(b',').then_some(())?;
            self.blanks();
            self.digits(1..=2)
        };
        Some((year, next()?, next()?))
    }

    /// `1/31/2020` or `1-31-2020`, as in the United States
    fn date_from_month(&mut self, separator: u8) -> Option<(i64, u32, u32)> {
        let month = self.digits(1..=2)?;
        self.eat(separator);
        let day = self.digits(1..=2)?;
        self.eat(separator).then_some(())?;
        Some((self.year()?, month, day))
    }

    /// `8 Nov 2014`, `08-Nov-14`
    fn date_from_day(&mut self) -> Option<(i64, u32, u32)> {
        let day = self.digits(1..=2)?;
        let separator = *self.rest.first()?;
        self.eat(separator);
        let name = self.word();
        let month = MONTHS.iter().position(|month| *month == name || month[..3] == name)? as u32 + 1;
        self.eat(separator).then_some(())?;
        Some((self.year()?, month, day))
    }

    /// A year of four digits, or of two, where 49 is 2049 and 50 is 1950.
    fn year(&mut self) -> Option<i64> {
        let digits = self.rest.iter().take_while(|b| b.is_ascii_digit()).count();
        let year = i64::from(self.digits(2..=4)?);
        match digits {
            4 => Some(year),
            2 => Some(if year < 50 { year + 2000 } else { year + 1900 }),
            _ => None,
        }
    }

    fn word(&mut self) -> String {
        String::from_utf8_lossy(self.while_(u8::is_ascii_alphabetic)).to_ascii_lowercase()
    }

    /// The rest of the text: a time of day and a zone, either of which may be missing. Nanoseconds to add.
    fn time_and_zone(&mut self) -> Option<i64> {
        let mut nanos = 0;
        if self.eat(b'T') || self.eat(b't') || (self.blanks() && self.rest.first().is_some_and(u8::is_ascii_digit)) {
            nanos = self.time()?;
        }
        self.blanks();
        nanos -= self.zone()?;
        self.rest.is_empty().then_some(nanos)
    }

    fn time(&mut self) -> Option<i64> {
        let mut hour = self.digits(1..=2)?;
        let (mut minute, mut second, mut fraction) = (0, 0, 0);
        let written_out = self.eat(b':');
        if written_out {
            minute = self.digits(1..=2)?;
            if self.eat(b':') {
                second = self.digits(1..=2)?;
                if self.eat(b'.') || self.eat(b',') {
                    let digits = self.while_(u8::is_ascii_digit);
                    (!digits.is_empty()).then_some(())?;
                    fraction = fraction_nanos(digits);
                }
            }
        }
        self.blanks();
        let half = self.rest.get(..2).map(<[u8]>::to_ascii_lowercase);
        match half.as_deref() {
            Some(b"am" | b"pm") if !(1..=12).contains(&hour) => return None,
            Some(b"am") => hour %= 12,
            Some(b"pm") => hour = hour % 12 + 12,
            _ if !written_out => return None,
            _ => {}
        }
        if matches!(half.as_deref(), Some(b"am" | b"pm")) {
            self.rest = &self.rest[2..];
        }
        (hour < 24 && minute < 60 && second < 60).then_some(())?;
        Some(i64::from(hour * 3600 + minute * 60 + second) * NANOS_PER_SECOND + fraction)
    }

    /// Nanoseconds by which the written time is ahead of UTC.
    fn zone(&mut self) -> Option<i64> {
        let sign = match self.rest.first() {
            None => return Some(0),
            Some(b'+') => 1,
            Some(b'-') => -1,
            Some(_) => return matches!(self.word().as_str(), "z" | "gmt" | "utc").then_some(0),
        };
        self.rest = &self.rest[1..];
        let digits = self.rest.iter().take_while(|b| b.is_ascii_digit()).count();
        let mut hours = self.digits(1..=4)?;
        let mut minutes = 0;
        if digits >= 3 {
            (hours, minutes) = (hours / 100, hours % 100);
        } else if self.eat(b':') {
            minutes = self.digits(2..=2)?;
        }
        (hours <= 14 && minutes < 60).then_some(())?;
        Some(sign * i64::from(hours * 60 + minutes) * 60 * NANOS_PER_SECOND)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(parse_datetime(text).map(format_datetime_iso).as_deref(), Some(expected), "{text}");
    }

    #[test]
    fn iso_forms_are_read() {
        check("2014-05-25T08:20:03.123456Z", "2014-05-25T08:20:03.1234560Z");
        check("2014-11-08 15:55:55", "2014-11-08T15:55:55.0000000Z");
        check(" 2014-11-08 15:55 ", "2014-11-08T15:55:00.0000000Z");
        check("2014-11-08", "2014-11-08T00:00:00.0000000Z");
        check("2014-11-08Z", "2014-11-08T00:00:00.0000000Z");
        check("2014-11", "2014-11-01T00:00:00.0000000Z");
        check("2014", "2014-01-01T00:00:00.0000000Z");
        check("20141108", "2014-11-08T00:00:00.0000000Z");
        check("2020-01-01T00:00:00+02:00", "2019-12-31T22:00:00.0000000Z");
        check("2020-01-01T00:00:00 -0130", "2020-01-01T01:30:00.0000000Z");
        check("2020-01-01 10:00:00 GMT", "2020-01-01T10:00:00.0000000Z");
        check("2020-01-01T00:00:00.12345675Z", "2020-01-01T00:00:00.1234568Z");
        check("2020-01-01T23:59:59.99999999Z", "2020-01-02T00:00:00.0000000Z");
    }

    #[test]
    fn other_forms_are_read() {
        check("1/31/2020", "2020-01-31T00:00:00.0000000Z");
        check("01-31-2020", "2020-01-31T00:00:00.0000000Z");
        check("2020, 1, 31", "2020-01-31T00:00:00.0000000Z");
        check("12/31/2019 1:05:09 PM", "2019-12-31T13:05:09.0000000Z");
        check("12/31/2019 12:05 AM", "2019-12-31T00:05:00.0000000Z");
        check("Sat, 8 Nov 14 15:05:02 GMT", "2014-11-08T15:05:02.0000000Z");
        check("8 Nov 2014 15:05", "2014-11-08T15:05:00.0000000Z");
        check("Saturday, 08-Nov-14 15:05:02 GMT", "2014-11-08T15:05:02.0000000Z");
    }

    #[test]
    fn far_years_saturate() {
        check("9999-12-31", "2262-04-11T23:47:16.8547758Z");
        check("0001-01-01", "1677-09-21T00:12:43.1452242Z");
        check("1969-12-31T23:59:59.9999999Z", "1969-12-31T23:59:59.9999999Z");
    }

    #[test]
    fn other_texts_are_refused() {
        for text in [
            "",
            "x",
            "2020-13-01",
            "2021-02-29",
            "2020-01-01T24:00:00",
            "2020-01-01T10",
            "2020-01-01T10:00:00 PST",
            "31/1/2020",
            "2020-01-01x",
            "2020-01-01T",
            "12:00",
            "0000-01-01",
            "2020-01-01 10:00:",
            "Foo, 8 Nov 14",
        ] {
            assert_eq!(parse_datetime(text), None, "{text}");
        }
    }

    #[test]
    fn calendar_goes_both_ways() {
        for days in (-800_000..3_000_000).step_by(1_237) {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year, month, day), days);
        }
        assert_eq!(civil_from_days(0), (1970, 1, 1));
    }
}
