//! Where axes have their marks, and what is written there: numbers and lengths of time.

use super::model::{Scale, Unit};

const SECOND: f64 = 1e9;

/// A mark of an axis.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::output) struct Tick {
    pub(in crate::output) at: f64,
    pub(in crate::output) label: String,
}

/// About `wanted` marks at round places between two ends, which may lie on marks.
pub(in crate::output) fn ticks(unit: Unit, scale: Scale, min: f64, max: f64, wanted: usize) -> Vec<Tick> {
    match (unit, scale) {
        (Unit::Time, _) => super::time::time_ticks(min, max, wanted),
        (_, Scale::Log) => log_ticks(unit, min, max, wanted),
        (Unit::Number, Scale::Linear) => {
            let places = linear(min, max, wanted);
            let step = step_of(&places);
            places.into_iter().map(|at| Tick { at, label: number_label(at, step, min.abs().max(max.abs())) }).collect()
        }
        (Unit::Percent, Scale::Linear) => {
            linear(min, max, wanted).into_iter().map(|at| Tick { at, label: format!("{}%", tidy(at)) }).collect()
        }
        (Unit::Span, Scale::Linear) => {
            let (size, name) = span_unit(min.abs().max(max.abs()));
            let places = linear(min / size, max / size, wanted);
            places.into_iter().map(|at| Tick { at: at * size, label: format!("{} {name}", tidy(at)) }).collect()
        }
    }
}

/// The ends of an axis moved outwards to round numbers.
pub(in crate::output) fn round_ends(unit: Unit, scale: Scale, min: f64, max: f64, wanted: usize) -> (f64, f64) {
    if scale == Scale::Log {
        return (10f64.powf(min.log10().floor()), 10f64.powf(max.log10().ceil()));
    }
    let size = if unit == Unit::Span { span_unit(min.abs().max(max.abs())).0 } else { 1.0 };
    let step = nice_step((max - min) / size, wanted) * size;
    ((min / step + 1e-9).floor() * step, (max / step - 1e-9).ceil() * step)
}

/// The step of 1, 2 or 5 times a power of ten that gives about so many marks.
fn nice_step(range: f64, wanted: usize) -> f64 {
    let rough = range / wanted.max(1) as f64;
    if !(rough > 0.0 && rough.is_finite()) {
        return 1.0;
    }
    let power = 10f64.powf(rough.log10().floor());
    let factor = [1.0, 2.0, 5.0].into_iter().find(|factor| factor * power >= rough * 0.999);
    factor.unwrap_or(10.0) * power
}

fn linear(min: f64, max: f64, wanted: usize) -> Vec<f64> {
    let step = nice_step(max - min, wanted);
    let (first, last) = ((min / step - 1e-9).ceil(), (max / step + 1e-9).floor());
    let count = ((last - first) as usize).min(1000);
    // Counted from the first, so that nothing adds up; and never -0.
    (0..=count).map(|n| (first + n as f64) * step + 0.0).collect()
}

fn step_of(places: &[f64]) -> f64 {
    places.windows(2).map(|pair| pair[1] - pair[0]).next().unwrap_or(1.0)
}

fn log_ticks(unit: Unit, min: f64, max: f64, wanted: usize) -> Vec<Tick> {
    let (low, high) = (min.log10().floor() as i32, max.log10().ceil() as i32);
    let decades = (high - low).max(1) as usize;
    let every = decades.div_ceil(wanted.max(1)).max(1);
    let between: &[f64] = if decades * 3 <= wanted { &[1.0, 2.0, 5.0] } else { &[1.0] };
    let mut ticks = Vec::new();
    for power in (low..=high).step_by(every) {
        for factor in between {
            let at = factor * 10f64.powi(power);
            if at >= min * 0.999 && at <= max * 1.001 {
                ticks.push(Tick { at, label: value_text(unit, at) });
            }
        }
    }
    ticks
}

/// A value for people: as many digits as tell something.
pub(in crate::output) fn value_text(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Number => number_text(value),
        Unit::Time => super::time::time_text(value as i64),
        Unit::Span => span_text(value),
        Unit::Percent => format!("{}%", tidy((value * 10.0).round() / 10.0)),
    }
}

/// The label of a mark: all marks of an axis have the same unit and the same digits.
fn number_label(at: f64, step: f64, largest: f64) -> String {
    let (size, suffix) = match largest {
        x if x < 10_000.0 => (1.0, ""),
        x if x < 1e6 => (1e3, "k"),
        x if x < 1e9 => (1e6, "M"),
        x if x < 1e12 => (1e9, "B"),
        x if x < 1e15 => (1e12, "T"),
        _ => (0.0, ""),
    };
    if size == 0.0 || (largest > 0.0 && largest < 1e-4) {
        return if at == 0.0 { "0".to_owned() } else { format!("{:e}", significant(at, 4)) };
    }
    if at == 0.0 {
        return "0".to_owned();
    }
    let digits = (-(step / size).log10().floor()).clamp(0.0, 12.0) as usize;
    let text = format!("{:.digits$}", at / size);
    format!("{}{suffix}", grouped(&text))
}

/// A number for people: whole ones in full, others with six digits that count.
pub(in crate::output) fn number_text(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let size = value.abs();
    if !value.is_finite() {
        return value.to_string();
    }
    if !(1e-4..1e15).contains(&size) {
        return format!("{:e}", significant(value, 6));
    }
    let rounded = significant(value, 6);
    if value.fract() == 0.0 || size >= 1e6 { grouped(&format!("{value:.0}")) } else { grouped(&rounded.to_string()) }
}

/// Rounds to so many digits that count.
fn significant(value: f64, digits: i32) -> f64 {
    format!("{:.*e}", (digits - 1).max(0) as usize, value).parse().unwrap_or(value)
}

/// Without the noise of binary fractions.
fn tidy(value: f64) -> String {
    let value = significant(value, 9);
    grouped(&(if value == 0.0 { 0.0 } else { value }).to_string())
}

/// Commas between thousands.
fn grouped(text: &str) -> String {
    let (sign, rest) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let (whole, fraction) = rest.split_once('.').map_or((rest, None), |(whole, fraction)| (whole, Some(fraction)));
    let mut out = sign.to_owned();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// The unit in which lengths of time up to this one read best.
fn span_unit(largest: f64) -> (f64, &'static str) {
    unit_from(largest / 2.0)
}

/// The largest unit that is not longer than this.
fn unit_from(least: f64) -> (f64, &'static str) {
    const UNITS: &[(f64, &str)] = &[
        (86_400.0 * SECOND, "d"),
        (3_600.0 * SECOND, "h"),
        (60.0 * SECOND, "min"),
        (SECOND, "s"),
        (1e6, "ms"),
        (1e3, "µs"),
    ];
    UNITS.iter().copied().find(|(size, _)| least >= *size).unwrap_or((1.0, "ns"))
}

/// A length of time for people: `1.5 min`.
pub(in crate::output) fn span_text(nanos: f64) -> String {
    if nanos == 0.0 {
        return "0".to_owned();
    }
    let (size, name) = unit_from(nanos.abs());
    format!("{} {name}", tidy(significant(nanos / size, 4)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(unit: Unit, scale: Scale, min: f64, max: f64, wanted: usize, expected: &str) {
        let labels: Vec<String> = ticks(unit, scale, min, max, wanted).into_iter().map(|tick| tick.label).collect();
        assert_eq!(labels.join(" | "), expected);
    }

    #[test]
    fn marks_stand_at_round_numbers() {
        check(Unit::Number, Scale::Linear, 0.0, 10.0, 5, "0 | 2 | 4 | 6 | 8 | 10");
        check(Unit::Number, Scale::Linear, -0.3, 0.3, 3, "-0.2 | 0 | 0.2");
        check(Unit::Number, Scale::Linear, 0.0, 9999.0, 4, "0 | 5,000");
        check(Unit::Number, Scale::Linear, 0.0, 2.5e6, 5, "0 | 0.5M | 1.0M | 1.5M | 2.0M | 2.5M");
        check(Unit::Number, Scale::Linear, 0.0, 1e12, 2, "0 | 0.5T | 1.0T");
        check(Unit::Number, Scale::Linear, 0.0, 3e-7, 3, "0 | 1e-7 | 2e-7 | 3e-7");
        check(Unit::Number, Scale::Log, 1.0, 1000.0, 4, "1 | 10 | 100 | 1,000");
        check(Unit::Percent, Scale::Linear, 0.0, 100.0, 4, "0% | 50% | 100%");
    }

    #[test]
    fn lengths_of_time_share_a_unit() {
        check(Unit::Span, Scale::Linear, 0.0, 300.0 * SECOND, 5, "0 min | 1 min | 2 min | 3 min | 4 min | 5 min");
        check(Unit::Span, Scale::Linear, 0.0, 2e6, 2, "0 ms | 1 ms | 2 ms");
    }

    #[test]
    fn values_keep_what_counts() {
        for (value, text) in [
            (0.1 + 0.2, "0.3"),
            (1234567.0, "1,234,567"),
            (1e12, "1,000,000,000,000"),
            (-1234.5678, "-1,234.57"),
            (1e-9, "1e-9"),
            (6.02e23, "6.02e23"),
        ] {
            assert_eq!(number_text(value), text);
        }
        assert_eq!(span_text(50.0 * SECOND), "50 s");
        assert_eq!(span_text(150.0 * SECOND), "2.5 min");
    }
}
