//! Values written for people or for other tools: byte sizes, canonical JSON, quoted patterns.

use datafusion::arrow::array::ArrayRef;
use datafusion::common::Result;
use serde_json::Value as Json;

use super::encoding::map;
use super::{Args, Kernel};
use crate::engine::dynamic;
use crate::functions::string::BYTE_UNITS;

/// The kernels of this file.
pub(super) const KERNELS: &[Kernel] = &[
    Kernel::new("format_bytes", format_bytes),
    Kernel::new("dynamic_to_json", dynamic_to_json),
    Kernel::new("regex_quote", |args| map(args, |text| Some(::regex::escape(text)))),
];

fn format_bytes(args: &Args) -> Result<ArrayRef> {
    let sizes = args.reals(0)?;
    let precisions = if args.len() > 1 { Some(args.longs(1)?) } else { None };
    let units = if args.len() > 2 { Some(args.text(2)?) } else { None };
    args.strings(|row| {
        let size = sizes.get(row)?;
        let precision = precisions.as_ref().and_then(|precisions| precisions.get(row)).unwrap_or(0).clamp(0, 15);
        let wanted = units.as_ref().and_then(|units| BYTE_UNITS.iter().position(|unit| *unit == units.text(row)));
        let fitting = || (1..BYTE_UNITS.len()).take_while(|&unit| size.abs() >= 1024f64.powi(unit as i32)).count();
        let unit = wanted.unwrap_or_else(fitting);
        let scale = 10f64.powi(precision as i32);
        let rounded = (size / 1024f64.powi(unit as i32) * scale).round() / scale;
        Some(format!("{rounded} {}", BYTE_UNITS[unit]))
    })
}

/// The value with the keys of all bags in order.
fn sorted(value: Json) -> Json {
    match value {
        Json::Array(items) => Json::Array(items.into_iter().map(sorted).collect()),
        Json::Object(bag) => {
            let mut entries: Vec<(String, Json)> = bag.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            entries.sort_by(|left, right| left.0.cmp(&right.0));
            Json::Object(entries.into_iter().collect())
        }
        plain => plain,
    }
}

fn dynamic_to_json(args: &Args) -> Result<ArrayRef> {
    let cells = args.text(0)?;
    args.strings(|row| cells.get(row).map(|cell| sorted(dynamic::decode(cell)).to_string()))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, text};
    use crate::value::Value;
    use serde_json::json;

    #[test]
    fn byte_sizes() {
        let long = Value::Long;
        check("format_bytes", &[Value::Real(564.0)], text("564 Bytes"));
        check("format_bytes", &[Value::Real(10332.0), long(1)], text("10.1 KB"));
        check("format_bytes", &[Value::Real(20_010_332.0)], text("19 MB"));
        check("format_bytes", &[Value::Real(20_010_332.0), long(2)], text("19.08 MB"));
        check("format_bytes", &[Value::Real(20_010_332.0), long(0), text("KB")], text("19541 KB"));
    }

    #[test]
    fn json_with_sorted_keys() {
        let value = Value::Dynamic(json!({"b": 1, "a": [{"d": 1, "c": null}]}));
        check("dynamic_to_json", &[value], text(r#"{"a":[{"c":null,"d":1}],"b":1}"#));
        check("regex_quote", &[text("(so$me)")], text(r"\(so\$me\)"));
    }
}
