//! Cells as JSON text: how lists are built without a tree of values.

use std::fmt::Write;

use datafusion::arrow::array::{Array, AsArray};
use datafusion::arrow::datatypes::{
    DataType, Decimal128Type, DurationNanosecondType, Float64Type, Int32Type, Int64Type, TimestampNanosecondType,
};
use datafusion::common::{Result, not_impl_err};

use crate::value::{push_datetime_iso, push_decimal, push_timespan};

/// What text columns hold.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Text {
    /// Plain text.
    Plain,
    /// JSON already.
    Json,
}

/// Appends the JSON of a row's cell.
pub(super) type Writer<'a> = Box<dyn Fn(&mut String, usize) + 'a>;

/// The writer for the cells of an array. Nulls are for the caller to look at.
pub(super) fn writer(array: &dyn Array, text: Text) -> Result<Writer<'_>> {
    Ok(match array.data_type() {
        DataType::Boolean => {
            let cells = array.as_boolean();
            Box::new(|out, row| out.push_str(if cells.value(row) { "true" } else { "false" }))
        }
        DataType::Int32 => {
            let cells = array.as_primitive::<Int32Type>().values();
            Box::new(|out, row| push_whole(out, cells[row].into()))
        }
        DataType::Int64 => {
            let cells = array.as_primitive::<Int64Type>().values();
            Box::new(|out, row| push_whole(out, cells[row]))
        }
        DataType::Float64 => {
            let cells = array.as_primitive::<Float64Type>().values();
            Box::new(|out, row| push_real(out, cells[row]))
        }
        DataType::Decimal128(..) => {
            let cells = array.as_primitive::<Decimal128Type>().values();
            Box::new(|out, row| quoted(out, |out| push_decimal(out, cells[row])))
        }
        DataType::Timestamp(..) => {
            let cells = array.as_primitive::<TimestampNanosecondType>().values();
            Box::new(|out, row| quoted(out, |out| push_datetime_iso(out, cells[row])))
        }
        DataType::Duration(_) => {
            let cells = array.as_primitive::<DurationNanosecondType>().values();
            Box::new(|out, row| quoted(out, |out| push_timespan(out, cells[row])))
        }
        DataType::Utf8View => {
            let cells = array.as_string_view();
            match text {
                Text::Plain => Box::new(|out, row| push_text(out, cells.value(row))),
                Text::Json => Box::new(|out, row| out.push_str(cells.value(row))),
            }
        }
        other => return not_impl_err!("values of {other} have no JSON"),
    })
}

/// Digits without the machinery of formatting: lists of numbers are made of little else.
fn push_whole(out: &mut String, number: i64) {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    let mut rest = number.unsigned_abs();
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if number < 0 {
        out.push('-');
    }
    out.extend(digits[at..].iter().map(|&digit| char::from(digit)));
}

fn push(out: &mut String, number: impl std::fmt::Display) {
    // Writing to a string cannot fail.
    let _ = write!(out, "{number}");
}

fn quoted(out: &mut String, content: impl Fn(&mut String)) {
    out.push('"');
    content(out);
    out.push('"');
}

/// JSON has no word for what is not a number; Kusto writes .NET's, as text.
pub(super) fn push_real(out: &mut String, number: f64) {
    match number {
        _ if number.is_nan() => out.push_str("\"NaN\""),
        f64::INFINITY => out.push_str("\"Infinity\""),
        f64::NEG_INFINITY => out.push_str("\"-Infinity\""),
        _ => {
            if let Some(number) = serde_json::Number::from_f64(number) {
                push(out, number);
            }
        }
    }
}

/// Text in quotes, with what JSON wants escaped.
pub(super) fn push_text(out: &mut String, text: &str) {
    let plain = !text.bytes().any(|byte| byte < 0x20 || byte == b'"' || byte == b'\\');
    if plain {
        quoted(out, |out| out.push_str(text));
    } else {
        push(out, serde_json::Value::from(text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reals_that_json_lacks_are_texts() {
        let json = |number| {
            let mut out = String::new();
            push_real(&mut out, number);
            out
        };
        assert_eq!(json(1.0), "1.0");
        assert_eq!(json(f64::NAN), "\"NaN\"");
        assert_eq!(json(f64::NEG_INFINITY), "\"-Infinity\"");
    }
}
