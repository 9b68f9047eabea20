//! Numbers, truth values and guids as text, read and written as Kusto's conversion functions do.

/// The text without the blanks around it, as `str::trim` gives it. Mostly there are none, which the two ends tell.
pub fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

/// Reads a whole number, decimal or hexadecimal (`0x1F`), with blanks around it; `None` when it is none or too large.
pub fn parse_long(text: &str) -> Option<i64> {
    let text = trimmed(text);
    if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        let plain = digits.bytes().all(|b| b.is_ascii_hexdigit());
        return plain.then(|| u64::from_str_radix(digits, 16).ok()).flatten().map(u64::cast_signed);
    }
    text.parse().ok()
}

/// Reads a floating point number: digits with point and exponent, `NaN`, `inf` or `Infinity`, with blanks around it.
pub fn parse_real(text: &str) -> Option<f64> {
    trimmed(text).parse().ok()
}

/// Reads `true`, `false` in any case, or a whole number, which is true unless zero.
pub fn parse_bool(text: &str) -> Option<bool> {
    let text = trimmed(text);
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        parse_long(text).map(|number| number != 0)
    }
}

/// Reads a guid: 32 hexadecimal digits, wherever dashes stand, bare or in braces. Gives it in lower case with dashes.
pub fn parse_guid(text: &str) -> Option<String> {
    let text = trimmed(text);
    let bare = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(text);
    let mut guid = String::with_capacity(36);
    for digit in bare.bytes().filter(|&b| b != b'-') {
        if !digit.is_ascii_hexdigit() || guid.len() >= 36 {
            return None;
        }
        if matches!(guid.len(), 8 | 13 | 18 | 23) {
            guid.push('-');
        }
        guid.push(char::from(digit.to_ascii_lowercase()));
    }
    (guid.len() == 36).then_some(guid)
}

/// Writes a floating point number as .NET does, in the fewest digits that read back, always with a point or an
/// exponent: `1.0`, `0.1`, `1E+15`, `1E-05`.
pub fn format_real(number: f64) -> String {
    let mut text = String::new();
    push_real(&mut text, number);
    text
}

/// Appends what [`format_real`] gives.
pub fn push_real(text: &mut String, number: f64) {
    if number.is_nan() {
        return text.push_str("NaN");
    }
    if number.is_infinite() {
        return text.push_str(if number > 0.0 { "Infinity" } else { "-Infinity" });
    }
    let magnitude = number.abs();
    if magnitude != 0.0 && !(1e-4..1e15).contains(&magnitude) {
        push_scientific(text, number);
    } else {
        // Rust writes the shortest digits, and `1.0` for one. It has an exponent of its own below 1e-5 and from 1e16.
        text.push_str(&format!("{number:?}"));
    }
}

/// `1E+15`, `-1.5E-07`: at least two digits of exponent.
fn push_scientific(text: &mut String, number: f64) {
    let written = format!("{number:e}");
    let (digits, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(exponent) => ('-', exponent),
        None => ('+', exponent),
    };
    text.push_str(digits);
    text.push('E');
    text.push(sign);
    if exponent.len() < 2 {
        text.push('0');
    }
    text.push_str(exponent);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers() {
        let check = |text, expected| assert_eq!(parse_long(text), expected, "{text:?}");
        check("  45\t", Some(45));
        check("+7", Some(7));
        check("007", Some(7));
        check("0x1F", Some(31));
        check("-9223372036854775808", Some(i64::MIN));
        for text in ["", " ", "3.14", "1e3", "9223372036854775808", "0b1", "0x", "0x+1", "1 2"] {
            check(text, None);
        }
    }

    #[test]
    fn truth_values_and_reals() {
        assert_eq!([parse_bool("tRuE"), parse_bool("0"), parse_bool("yes")], [Some(true), Some(false), None]);
        assert_eq!([parse_real(" 1e3 "), parse_real("0x1F"), parse_real("")], [Some(1000.0), None, None]);
        assert_eq!(parse_real("-Infinity"), Some(f64::NEG_INFINITY));
    }

    #[test]
    fn guids() {
        let whole = Some("01234567-89ab-cdef-0123-456789abcdef".to_owned());
        assert_eq!(parse_guid("0123456789AB-cdef-0123-456789abcdef"), whole);
        assert_eq!(parse_guid("{0123456789abcdef0123456789abcdef}"), whole);
        assert_eq!(parse_guid("0123456789abcdef0123456789abcde"), None);
        assert_eq!(parse_guid("0123456789abcdef0123456789abcdef0"), None);
    }

    #[test]
    fn reals_are_written_as_dotnet_does() {
        let check = |number, expected| assert_eq!(format_real(number), expected);
        check(1500.0, "1500.0");
        check(0.1 + 0.2, "0.30000000000000004");
        check(-0.0, "-0.0");
        check(123_456_789_012_345.0, "123456789012345.0");
        check(1e15, "1E+15");
        check(-1.25e-7, "-1.25E-07");
        check(0.0001, "0.0001");
        check(1e-5, "1E-05");
        check(f64::MAX, "1.7976931348623157E+308");
    }
}
