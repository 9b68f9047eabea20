//! The known faults of real log files. None of them changes what a record means.

use super::super::rng::Rng;
use super::record::{Record, quoted};
use crate::value::{NANOS_PER_DAY, civil_from_days, parse_datetime};

/// What is wrong with the text of one record.
#[derive(Debug, Default)]
pub(super) struct Faults {
    /// The member without a comma before it.
    pub(super) comma: Option<usize>,
    /// Whether a comma follows the last member.
    pub(super) stray_comma: bool,
    /// Whether the record is there twice, as after a retry.
    pub(super) twice: bool,
}

/// The purpose of streams of random numbers about faults.
const FAULTS: u64 = 6;

impl Faults {
    /// No faults.
    pub(super) const NONE: Faults = Faults { comma: None, stray_comma: false, twice: false };

    /// Faults of the record of a number; the record itself is bent too.
    pub(super) fn draw(record: &mut Record, number: u64) -> Faults {
        let rng = &mut Rng::new(0, FAULTS, number);
        let faults = Faults {
            comma: rng.chance(0.02).then(|| 2 + rng.below(5) as usize),
            stray_comma: rng.chance(0.02),
            twice: rng.chance(0.02),
        };
        bend_names(record, rng);
        for (name, value) in &mut record.properties {
            bend_value(name, value, rng);
        }
        for (name, value) in record.outer.iter_mut().filter(|(name, _)| name == "resourceId") {
            bend_resource(name, value, rng);
        }
        if rng.chance(0.05) {
            rng_shuffle(&mut record.properties, rng);
        }
        faults
    }

    /// Whether a row of the workspace's export is there twice.
    pub(super) fn draw_twice(number: u64) -> bool {
        Rng::new(0, FAULTS, number).chance(0.02)
    }
}

fn bend_names(record: &mut Record, rng: &mut Rng) {
    if rng.chance(0.04) {
        for (name, _) in &mut record.properties {
            *name = name.to_lowercase();
        }
    }
    for (name, _) in &mut record.properties {
        if name == "pstnParticipantCallType" && rng.chance(0.5) {
            *name = "pstnPartcipantCallType".to_owned();
        }
    }
    // The logs of the preview had another category; the column keeps the name that it has today.
    let old = record.outer.iter_mut().find(|(name, value)| name == "category" && is_old_category(value));
    if let Some((_, value)) = old
        && rng.chance(0.05)
    {
        record.properties.push(("Category".to_owned(), value.clone()));
        *value = quoted(&format!("{}PRIVATEPREVIEW", value.trim_matches('"')));
    }
}

fn is_old_category(value: &str) -> bool {
    matches!(value, "\"CallSummary\"" | "\"CallDiagnostics\"")
}

fn bend_value(name: &str, value: &mut String, rng: &mut Rng) {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let bare = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).map(str::to_owned);
    match bare {
        Some(bare) if bare == "null" && rng.chance(0.5) => *value = rng.pick(&["null", "\"\""]).to_owned(),
        Some(bare) if is_number(&bare) && is_counted(name) && rng.chance(0.2) => *value = bare,
        None if is_number(value) && rng.chance(0.2) => *value = quoted(value),
        Some(bare) if name.eq_ignore_ascii_case("participantId") && bare.len() == 36 && rng.chance(0.02) => {
            *value = quoted(&format!(" {bare}"));
        }
        Some(bare) if bare.starts_with("{\\\"") && rng.chance(0.05) => {
            // JSON in a text, with its quotes as they are.
            *value = format!("\"{}\"", bare.replace("\\\"", "\""));
        }
        Some(bare) if bare.len() == 28 && bare.ends_with('Z') && rng.chance(0.03) => {
            if let Some(nanos) = parse_datetime(&bare) {
                *value = quoted(&american(nanos));
            }
        }
        _ => {}
    }
}

/// Whether digits in a property are a number: those of telephone numbers and codes are text.
fn is_counted(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["avg", "max", "duration", "count", "streamid", "score", "durationms"].iter().any(|end| name.ends_with(end))
}

fn bend_resource(_: &str, value: &mut String, rng: &mut Rng) {
    match rng.below(12) {
        0 => *value = value.to_lowercase(),
        1 => *value = value.replacen("\"/", "\"", 1),
        _ => {}
    }
}

fn rng_shuffle<T>(items: &mut [T], rng: &mut Rng) {
    for at in (1..items.len()).rev() {
        items.swap(at, rng.below(at as u64 + 1) as usize);
    }
}

/// A time as the portal shows it: `5/25/2023, 5:43:25.746 PM`.
pub(super) fn american(nanos: i64) -> String {
    let (year, month, day) = civil_from_days(nanos.div_euclid(NANOS_PER_DAY));
    let millis = nanos.rem_euclid(NANOS_PER_DAY) / 1_000_000;
    let (hour, minute, second, rest) = (millis / 3_600_000, millis / 60_000 % 60, millis / 1000 % 60, millis % 1000);
    let half = if hour < 12 { "AM" } else { "PM" };
    let hour = if hour % 12 == 0 { 12 } else { hour % 12 };
    format!("{month}/{day}/{year}, {hour}:{minute:02}:{second:02}.{rest:03} {half}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_the_portal() {
        let check = |text: &str, shown: &str| {
            assert_eq!(american(parse_datetime(text).unwrap_or_default()), shown, "{text}");
        };
        check("2023-05-25T17:43:25.746Z", "5/25/2023, 5:43:25.746 PM");
        check("2023-05-25T00:03:05Z", "5/25/2023, 12:03:05.000 AM");
        check("2023-12-01T12:00:00Z", "12/1/2023, 12:00:00.000 PM");
    }
}
