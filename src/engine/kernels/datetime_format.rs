//! `format_datetime` and `format_timespan`.

use datafusion::arrow::array::ArrayRef;
use datafusion::common::{Result, exec_datafusion_err};

use super::datetime::split;
use super::{Args, Kernel};
use crate::functions::time_format::{Kind, Piece, pieces};
use crate::value::{NANOS_PER_DAY, NANOS_PER_TICK, civil_from_days};

/// The kernels of this family.
pub(super) const KERNELS: &[Kernel] =
    &[Kernel::new("format_datetime", format_datetime), Kernel::new("format_timespan", format_timespan)];

fn parse(kind: Kind, format: &str) -> Result<Vec<Piece>> {
    pieces(kind, format).map_err(|message| exec_datafusion_err!("{message}"))
}

fn format_datetime(args: &Args) -> Result<ArrayRef> {
    let (dates, formats) = (args.datetimes(0)?, args.text(1)?);
    let pieces = parse(Kind::DateTime, formats.text(0))?;
    args.strings(|row| dates.get(row).map(|date| write_datetime(date, &pieces)))
}

fn format_timespan(args: &Args) -> Result<ArrayRef> {
    let (spans, formats) = (args.timespans(0)?, args.text(1)?);
    let pieces = parse(Kind::TimeSpan, formats.text(0))?;
    args.strings(|row| spans.get(row).map(|span| write_timespan(span, &pieces)))
}

fn write_datetime(date: i64, pieces: &[Piece]) -> String {
    let (days, rest) = split(date);
    let (year, month, day) = civil_from_days(days);
    let mut text = String::new();
    for piece in pieces {
        match *piece {
            Piece::Plain(separator) => text.push(separator),
            Piece::Field('y', 4) => push(&mut text, year.unsigned_abs(), 4),
            Piece::Field('y', width) => push(&mut text, year.unsigned_abs() % 100, width),
            Piece::Field('M', width) => push(&mut text, u64::from(month), width),
            Piece::Field('d', width) => push(&mut text, u64::from(day), width),
            Piece::Field('t', _) => text.push_str(if rest < NANOS_PER_DAY / 2 { "AM" } else { "PM" }),
            Piece::Field('h', width) => push(&mut text, (hour(rest) + 11) % 12 + 1, width),
            Piece::Field(letter, width) => push_time(&mut text, rest, letter, width),
        }
    }
    text
}

fn write_timespan(span: i64, pieces: &[Piece]) -> String {
    let mut text = String::from(if span < 0 { "-" } else { "" });
    let span = span.unsigned_abs();
    let day = NANOS_PER_DAY.unsigned_abs();
    let rest = (span % day) as i64;
    for piece in pieces {
        match *piece {
            Piece::Plain(separator) => text.push(separator),
            Piece::Field('d', width) => push(&mut text, span / day, width),
            Piece::Field('h', width) => push(&mut text, hour(rest), width),
            Piece::Field(letter, width) => push_time(&mut text, rest, letter, width),
        }
    }
    text
}

fn hour(rest: i64) -> u64 {
    (rest / 3_600_000_000_000).unsigned_abs()
}

/// Fields that datetimes and timespans share; `rest` is the time since midnight.
fn push_time(text: &mut String, rest: i64, letter: char, width: usize) {
    match letter {
        'H' => push(text, hour(rest), width),
        'm' => push(text, (rest / 60_000_000_000 % 60).unsigned_abs(), width),
        's' => push(text, (rest / 1_000_000_000 % 60).unsigned_abs(), width),
        _ => {
            let digits = format!("{:07}", rest % 1_000_000_000 / NANOS_PER_TICK);
            let digits = &digits[..width.min(7)];
            // A capital letter leaves out zeros at the end.
            text.push_str(if letter == 'F' { digits.trim_end_matches('0') } else { digits });
        }
    }
}

fn push(text: &mut String, number: u64, width: usize) {
    text.push_str(&format!("{number:0width$}"));
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::value::{parse_datetime, parse_timespan};

    fn date(text: &str, format: &str) -> String {
        write_datetime(parse_datetime(text).unwrap(), &pieces(Kind::DateTime, format).unwrap())
    }

    fn span(text: &str, format: &str) -> String {
        write_timespan(parse_timespan(text).unwrap(), &pieces(Kind::TimeSpan, format).unwrap())
    }

    #[test]
    fn datetimes() {
        assert_eq!(date("2017-01-29 09:00:05", "yy-MM-dd [hh:mm:ss tt]"), "17-01-29 [09:00:05 AM]");
        assert_eq!(date("2007-03-09 05:04:03", "dddd, MMMM d, yyyy"), "0909, 0303 9, 2007");
        assert_eq!(date("2020-06-15 13:45:09.1234567", "h:mm tt FFFFFFF"), "1:45 PM 1234567");
        assert_eq!(date("2020-06-15 00:00:09.5", "hh H ss.f y"), "12 0 09.5 20");
        assert_eq!(date("1969-12-31 23:59:59.05", "HH:mm:ss.ff"), "23:59:59.05");
    }

    #[test]
    fn timespans() {
        assert_eq!(span("29.09:00:05.12345", "ddd.h:mm:ss [fffffff]"), "029.9:00:05 [1234500]");
        assert_eq!(span("29.09:00:05.12345", "dd.hh:mm:ss:FF"), "29.09:00:05:12");
        assert_eq!(span("-1.02:00:00", "d.hh:mm"), "-1.02:00");
        assert_eq!(span("-02:30:00", "hh:mm"), "-02:30");
    }
}
