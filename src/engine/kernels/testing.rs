//! Calls kernels from unit tests: KQL values in, KQL values out.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::sync::Arc;

use datafusion::arrow::array::Array;
use datafusion::arrow::datatypes::Field;
use datafusion::common::ScalarValue;
use datafusion::common::config::ConfigOptions;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl};

use super::{KernelFunction, kernel};
use crate::engine::dynamic;
use crate::engine::types::arrow_type;
use crate::types::Type;
use crate::value::{DECIMAL_PRECISION, DECIMAL_SCALE, Value, format_datetime_iso, format_decimal, format_timespan};

/// A constant argument.
pub(crate) fn constant(value: &Value) -> ColumnarValue {
    ColumnarValue::Scalar(scalar(value))
}

/// A column argument.
pub(crate) fn column(ty: Type, values: &[Value]) -> ColumnarValue {
    if values.is_empty() {
        return ColumnarValue::Array(datafusion::arrow::array::new_empty_array(&arrow_type(ty)));
    }
    ColumnarValue::Array(ScalarValue::iter_to_array(values.iter().map(scalar)).unwrap())
}

/// What a kernel gives, as values of a type; columns must have the same length, constants give one value.
pub(crate) fn call(name: &str, args: &[ColumnarValue], ret: Type) -> Vec<Value> {
    let kernel = kernel(name).unwrap_or_else(|| panic!("no kernel `{name}`"));
    let signature = datafusion::logical_expr::Signature::variadic_any(kernel.volatility);
    let function = KernelFunction { kernel, ret: arrow_type(ret), signature };
    let rows = args.iter().find_map(|arg| match arg {
        ColumnarValue::Array(array) => Some(array.len()),
        ColumnarValue::Scalar(_) => None,
    });
    let rows = rows.unwrap_or(1);
    let call = ScalarFunctionArgs {
        args: args.to_vec(),
        arg_fields: args.iter().map(|arg| Arc::new(Field::new("x", arg.data_type(), true))).collect(),
        number_rows: rows,
        return_field: Arc::new(Field::new("x", arrow_type(ret), true)),
        config_options: Arc::new(ConfigOptions::default()),
    };
    let array = function.invoke_with_args(call).unwrap().into_array(rows).unwrap();
    (0..array.len()).map(|row| value(&ScalarValue::try_from_array(&array, row).unwrap(), ret)).collect()
}

/// Checks one answer, with columns of one row and with constants.
pub(crate) fn check(kernel: &str, args: &[Value], expected: Value) {
    let columns: Vec<_> = args.iter().map(|arg| column(arg.ty(), std::slice::from_ref(arg))).collect();
    let constants: Vec<_> = args.iter().map(constant).collect();
    for given in [columns, constants] {
        assert_eq!(call(kernel, &given, expected.ty()), std::slice::from_ref(&expected), "{kernel}{args:?}");
    }
}

/// A `string` value.
pub(crate) fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn scalar(value: &Value) -> ScalarValue {
    match value {
        Value::Null(ty) => ScalarValue::try_from(&arrow_type(*ty)).unwrap(),
        Value::Bool(truth) => ScalarValue::from(*truth),
        Value::Int(number) => ScalarValue::from(*number),
        Value::Long(number) => ScalarValue::from(*number),
        Value::Real(number) => ScalarValue::from(*number),
        Value::Decimal(units) => ScalarValue::Decimal128(Some(*units), DECIMAL_PRECISION, DECIMAL_SCALE),
        Value::String(text) | Value::Guid(text) => ScalarValue::Utf8View(Some(text.clone())),
        Value::DateTime(nanos) => ScalarValue::TimestampNanosecond(Some(*nanos), Some("UTC".into())),
        Value::TimeSpan(nanos) => ScalarValue::DurationNanosecond(Some(*nanos)),
        Value::Dynamic(json) => ScalarValue::Utf8View(dynamic::encode(json)),
    }
}

fn value(scalar: &ScalarValue, ty: Type) -> Value {
    if scalar.is_null() {
        return Value::Null(ty);
    }
    match (scalar, ty) {
        (ScalarValue::Boolean(Some(truth)), _) => Value::Bool(*truth),
        (ScalarValue::Int32(Some(number)), _) => Value::Int(*number),
        (ScalarValue::Int64(Some(number)), _) => Value::Long(*number),
        (ScalarValue::Float64(Some(number)), _) => Value::Real(*number),
        (ScalarValue::Decimal128(Some(units), ..), _) => Value::Decimal(*units),
        (ScalarValue::TimestampNanosecond(Some(nanos), _), _) => Value::DateTime(*nanos),
        (ScalarValue::DurationNanosecond(Some(nanos)), _) => Value::TimeSpan(*nanos),
        (ScalarValue::Utf8View(Some(text)), Type::Dynamic) => Value::Dynamic(dynamic::decode(text)),
        (ScalarValue::Utf8View(Some(text)), Type::Guid) => Value::Guid(text.clone()),
        (ScalarValue::Utf8View(Some(text)), _) => Value::String(text.clone()),
        (other, ty) => panic!("a kernel gave {other:?} for {ty}"),
    }
}

/// What a kernel gives for one row, as text. It is run on constants and on columns, which must agree.
pub(crate) fn shown(name: &str, args: &[Value], ret: Type) -> String {
    let constants: Vec<_> = args.iter().map(constant).collect();
    let columns: Vec<_> = args.iter().map(|arg| column(arg.ty(), &[arg.clone(), arg.clone()])).collect();
    let once = shown_value(&call(name, &constants, ret)[0]);
    if !args.is_empty() {
        let twice = call(name, &columns, ret);
        assert_eq!([&once, &once], [&shown_value(&twice[0]), &shown_value(&twice[1])], "{name} on columns");
    }
    once
}

fn shown_value(value: &Value) -> String {
    match value {
        Value::Null(_) => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Long(number) => number.to_string(),
        Value::Real(number) => format!("{number:?}"),
        Value::Decimal(units) => format_decimal(*units),
        Value::String(text) | Value::Guid(text) => text.clone(),
        Value::DateTime(nanos) => format_datetime_iso(*nanos),
        Value::TimeSpan(nanos) => format_timespan(*nanos),
        Value::Dynamic(json) => json.to_string(),
    }
}

/// A `dynamic` value from JSON text.
pub(crate) fn json(text: &str) -> Value {
    Value::Dynamic(serde_json::from_str(text).unwrap())
}
