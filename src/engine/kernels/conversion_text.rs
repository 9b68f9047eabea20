//! Conversions to `string` and to `dynamic`.

use std::borrow::Cow;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, StringViewBuilder};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use serde_json::Value as Json;

use super::args::Missing;
use super::cells::{Cell, Cells};
use super::{Args, Kernel};
use crate::engine::dynamic;
use crate::value::{format_decimal, format_real, push_datetime_iso, push_decimal, push_real, push_timespan};

/// The kernels of this file.
pub(super) const KERNELS: &[Kernel] = &[
    Kernel::new("tostring", tostring),
    Kernel::new("tostring_dynamic", tostring_dynamic),
    Kernel::new("to_dynamic", to_dynamic),
    Kernel::new("parse_json", parse_json),
];

/// Appends what `tostring` gives.
pub(super) fn push_text(text: &mut String, cell: &Cell) {
    use std::fmt::Write;
    match cell {
        Cell::Bool(truth) => text.push_str(if *truth { "True" } else { "False" }),
        Cell::Long(number) => {
            // Writing to a string cannot fail.
            let _ = write!(text, "{number}");
        }
        Cell::Real(number) => push_real(text, *number),
        Cell::Decimal(units) => push_decimal(text, *units),
        Cell::DateTime(nanos) => push_datetime_iso(text, *nanos),
        Cell::TimeSpan(nanos) => push_timespan(text, *nanos),
        Cell::Text(plain) => text.push_str(plain),
        Cell::Json(json) => text.push_str(json),
    }
}

fn tostring(args: &Args) -> Result<ArrayRef> {
    if args.data_type(0) == DataType::Utf8View {
        let texts = args.text(0)?;
        return args.shared(&texts, Missing::Empty, |_, text| Some(Cow::Borrowed(text)));
    }
    let cells = Cells::of(args, 0)?;
    let mut out = StringViewBuilder::with_capacity(args.rows);
    let mut text = String::new();
    for row in 0..args.rows {
        text.clear();
        if let Some(cell) = cells.get(row) {
            push_text(&mut text, &cell);
        }
        out.append_value(&text);
    }
    Ok(Arc::new(out.finish()))
}

fn tostring_dynamic(args: &Args) -> Result<ArrayRef> {
    let cells = args.text(0)?;
    args.shared(&cells, Missing::Empty, |_, cell| Some(dynamic::text(cell)))
}

/// The cell of a value: numbers and truth values as such, everything else as a string. What JSON has no number for
/// is a string too.
fn cell_text(cell: &Cell) -> String {
    let text = match cell {
        Cell::Bool(truth) => return Json::Bool(*truth).to_string(),
        Cell::Long(number) => return number.to_string(),
        Cell::Real(number) => match serde_json::Number::from_f64(*number) {
            Some(number) => return number.to_string(),
            None => format_real(*number),
        },
        Cell::Decimal(units) => format_decimal(*units),
        Cell::Text(text) => return Json::String(text.clone().into_owned()).to_string(),
        Cell::DateTime(_) | Cell::TimeSpan(_) | Cell::Json(_) => {
            let mut text = String::new();
            push_text(&mut text, cell);
            text
        }
    };
    Json::String(text).to_string()
}

fn to_dynamic(args: &Args) -> Result<ArrayRef> {
    let cells = Cells::of(args, 0)?;
    args.dynamics(|row| cells.get(row).map(|cell| cell_text(&cell)))
}

/// The cell of JSON text; text that is no JSON becomes a string, and nothing becomes null.
fn json_cell(text: &str) -> Option<Cow<'_, str>> {
    if text.is_empty() {
        return None;
    }
    dynamic::cell(text).unwrap_or_else(|_| Some(Cow::Owned(dynamic::encode_text(text))))
}

fn parse_json(args: &Args) -> Result<ArrayRef> {
    let texts = args.text(0)?;
    args.shared(&texts, Missing::Null, |_, text| json_cell(text))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call, column};
    use crate::types::Type;
    use crate::value::Value;
    use serde_json::json;

    fn check(kernel: &str, value: Value, expected: Value) {
        let ty = expected.ty();
        assert_eq!(
            call(kernel, &[column(value.ty(), std::slice::from_ref(&value))], ty),
            [expected],
            "{kernel}({value})"
        );
    }

    fn text(text: &str) -> Value {
        Value::String(text.to_owned())
    }

    #[test]
    fn to_strings() {
        check("tostring", Value::Bool(true), text("True"));
        check("tostring", Value::Int(-5), text("-5"));
        check("tostring", Value::Null(Type::Real), text(""));
        check("tostring", Value::Null(Type::Guid), text(""));
        check("tostring", Value::Real(1500.0), text("1500.0"));
        check("tostring", Value::DateTime(0), text("1970-01-01T00:00:00.0000000Z"));
        check("tostring", Value::TimeSpan(93_784_500_000_000), text("1.02:03:04.5000000"));
        check("tostring_dynamic", Value::Dynamic(json!(true)), text("true"));
        check("tostring_dynamic", Value::Dynamic(json!("a\"b")), text("a\"b"));
        check("tostring_dynamic", Value::Dynamic(json!({"a": [1, 2.5]})), text(r#"{"a":[1,2.5]}"#));
        check("tostring_dynamic", Value::Null(Type::Dynamic), text(""));
    }

    #[test]
    fn to_dynamic_values() {
        check("to_dynamic", Value::Long(5), Value::Dynamic(json!(5)));
        check("to_dynamic", Value::Real(f64::INFINITY), Value::Dynamic(json!("Infinity")));
        check("to_dynamic", Value::Decimal(1_500_000_000_000_000_000), Value::Dynamic(json!("1.5")));
        check("to_dynamic", text("[1]"), Value::Dynamic(json!("[1]")));
        check("to_dynamic", Value::DateTime(0), Value::Dynamic(json!("1970-01-01T00:00:00.0000000Z")));
        check("parse_json", text(" [1, 2] "), Value::Dynamic(json!([1, 2])));
        check("parse_json", text("not json"), Value::Dynamic(json!("not json")));
        check("parse_json", text("null"), Value::Null(Type::Dynamic));
        check("parse_json", text(""), Value::Null(Type::Dynamic));
    }
}
