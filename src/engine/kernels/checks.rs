//! Calls kernels from unit tests: one row of constants, and a column of that row, which must agree.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::ColumnarValue;

use super::{Args, kernel};
use crate::engine::types::arrow_type;
use crate::types::Type;

/// Runs a kernel on one row of constants, and on a column of that row twice (which must agree); null is `None`.
pub(crate) fn call(name: &str, args: &[ScalarValue], ret: Type) -> Option<String> {
    call_typed(name, args, &arrow_type(ret))
}

/// Like [`call`], with an Arrow type for the answer.
pub(crate) fn call_typed(name: &str, args: &[ScalarValue], ret: &DataType) -> Option<String> {
    let kernel = kernel(name).unwrap_or_else(|| panic!("no kernel `{name}`"));
    let constants: Vec<_> = args.iter().cloned().map(ColumnarValue::Scalar).collect();
    let once = (kernel.run)(&Args { values: &constants, rows: 1, ret }).unwrap();
    assert_eq!(once.data_type(), ret, "type of {name}");
    let columns: Vec<_> = args.iter().map(|arg| ColumnarValue::Array(arg.to_array_of_size(2).unwrap())).collect();
    let twice = (kernel.run)(&Args { values: &columns, rows: 2, ret }).unwrap();
    assert_eq!(cell(&once, 0), cell(&twice, 1), "{name} on a column");
    cell(&once, 0)
}

fn cell(array: &ArrayRef, row: usize) -> Option<String> {
    // Durations are shown as their nanoseconds.
    let array = match array.data_type() {
        DataType::Duration(_) => cast(array, &DataType::Int64).unwrap(),
        _ => Arc::clone(array),
    };
    let formatter = ArrayFormatter::try_new(&array, &FormatOptions::default()).unwrap();
    array.is_valid(row).then(|| formatter.value(row).to_string())
}

/// A `string`, `guid` or `dynamic` argument.
pub(crate) fn text(text: &str) -> ScalarValue {
    ScalarValue::Utf8View(Some(text.to_owned()))
}

/// A null of a type.
pub(crate) fn null(ty: Type) -> ScalarValue {
    ScalarValue::try_from(arrow_type(ty)).unwrap()
}

/// An `int` argument.
pub(crate) fn int(number: i32) -> ScalarValue {
    ScalarValue::Int32(Some(number))
}

/// A `long` argument.
pub(crate) fn long(number: i64) -> ScalarValue {
    ScalarValue::Int64(Some(number))
}

/// A `real` argument.
pub(crate) fn real(number: f64) -> ScalarValue {
    ScalarValue::Float64(Some(number))
}

/// A `datetime` argument, nanoseconds since 1970.
pub(crate) fn datetime(nanos: i64) -> ScalarValue {
    ScalarValue::TimestampNanosecond(Some(nanos), Some("UTC".into()))
}

/// A `timespan` argument, nanoseconds.
pub(crate) fn timespan(nanos: i64) -> ScalarValue {
    ScalarValue::DurationNanosecond(Some(nanos))
}
