//! Decimals as text: whole numbers of 10^-18 in 38 digits.

use super::{DECIMAL_PRECISION, DECIMAL_SCALE, trimmed};

/// Reads a decimal, with or without exponent; `None` when the text is not one or needs more than 38 digits.
/// Digits beyond the eighteenth behind the point are rounded, half away from zero.
pub fn parse_decimal(text: &str) -> Option<i128> {
    let text = trimmed(text);
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = || whole.bytes().chain(fraction.bytes());
    (digits().count() > 0 && digits().all(|b| b.is_ascii_digit())).then_some(())?;

    // The place of each digit counted in units of the smallest kept digit.
    let mut place = i64::from(exponent) + whole.len() as i64 - 1 + i64::from(DECIMAL_SCALE);
    let mut units: i128 = 0;
    for digit in digits().map(|b| i128::from(b - b'0')) {
        if place >= 0 && digit > 0 {
            let power = u32::try_from(place).ok().filter(|&p| p < u32::from(DECIMAL_PRECISION))?;
            units = units.checked_add(digit * 10i128.pow(power))?;
        } else if place == -1 && digit >= 5 {
            units = units.checked_add(1)?;
        }
        place -= 1;
    }
    (units < 10i128.pow(u32::from(DECIMAL_PRECISION))).then_some(if negative { -units } else { units })
}

/// Writes a decimal without trailing zeros: `1.5`, `-20`, `0`.
pub fn format_decimal(units: i128) -> String {
    let mut text = String::new();
    push_decimal(&mut text, units);
    text
}

/// Appends what [`format_decimal`] gives.
pub fn push_decimal(text: &mut String, units: i128) {
    if units < 0 {
        text.push('-');
    }
    let one = 10u128.pow(DECIMAL_SCALE.unsigned_abs().into());
    let units = units.unsigned_abs();
    text.push_str(&(units / one).to_string());
    let fraction = units % one;
    if fraction > 0 {
        let digits = format!("{fraction:0width$}", width = usize::from(DECIMAL_SCALE.unsigned_abs()));
        text.push('.');
        text.push_str(digits.trim_end_matches('0'));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(parse_decimal(text).map(format_decimal).as_deref(), Some(expected), "{text}");
    }

    #[test]
    fn decimals_are_read_and_written() {
        check("1.5", "1.5");
        check("-0.0", "0");
        check("1e3", "1000");
        check("12.5E-2", "0.125");
        check(".5", "0.5");
        check("3.14159265358979323846", "3.141592653589793238");
        check("0.0000000000000000005", "0.000000000000000001");
        check("99999999999999999999", "99999999999999999999");
        check("2147483648", "2147483648");
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", ".", "-", "x", "1e", "1.2.3", "1e30", "100000000000000000000"] {
            assert_eq!(parse_decimal(text), None, "{text}");
        }
    }
}
