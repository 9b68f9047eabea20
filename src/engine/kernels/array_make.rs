//! Arrays made from other values: packed, zipped, repeated and counted up; and what `range` and `mv-expand` spread over
//! rows.

use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray, Int64Builder, ListBuilder, PrimitiveBuilder, StringViewBuilder};
use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, DataType, DurationNanosecondType, Field, FieldRef, Float64Type, Int64Type,
    TimestampNanosecondType,
};
use datafusion::common::{Result, exec_err, internal_err};

use super::args::{Numbers, Text};
use super::array::{array, items};
use super::{Args, Kernel};
use crate::engine::dynamic::{elements, encode_text, number, properties};
use crate::value::{format_datetime_iso, format_timespan};

/// The kernels of this family.
pub(super) const KERNELS: &[Kernel] = &[
    Kernel::new("pack_array", pack_array),
    Kernel::new("zip", zip),
    Kernel::new("repeat", repeat),
    Kernel::new("range", range),
    Kernel::unfolded("range_long", |args| {
        range_list::<Int64Type>(args, &args.longs(0)?, &args.longs(1)?, &args.longs(2)?)
    }),
    Kernel::unfolded("range_real", range_real),
    Kernel::unfolded("range_datetime", |args| {
        range_list::<TimestampNanosecondType>(args, &args.datetimes(0)?, &args.datetimes(1)?, &args.timespans(2)?)
    }),
    Kernel::unfolded("range_timespan", |args| {
        range_list::<DurationNanosecondType>(args, &args.timespans(0)?, &args.timespans(1)?, &args.timespans(2)?)
    }),
    Kernel::new("dynamic_items", |args| spread(args, BagItems::Bags)),
    Kernel::new("dynamic_item_pairs", |args| spread(args, BagItems::Pairs)),
    Kernel::new("item_indexes", item_indexes),
];

/// The most items that the function `range` makes.
const LIMIT: usize = 1_048_576;

/// The most rows that the operator `range` makes: they are held in memory all at once.
const ROW_LIMIT: f64 = 134_217_728.0;

fn pack_array(args: &Args) -> Result<ArrayRef> {
    let cells = (0..args.len()).map(|index| args.text(index)).collect::<Result<Vec<Text>>>()?;
    args.dynamics(|row| Some(array(cells.iter().map(|cells| cells.get(row).unwrap_or("null")))))
}

/// The n-th item holds the n-th items of all arrays; short arrays are filled with nulls.
fn zip(args: &Args) -> Result<ArrayRef> {
    let arrays = (0..args.len()).map(|index| args.text(index)).collect::<Result<Vec<Text>>>()?;
    args.dynamics(|row| {
        let arrays = arrays.iter().map(|cells| items(cells, row)).collect::<Option<Vec<_>>>()?;
        let length = arrays.iter().map(Vec::len).max().unwrap_or(0);
        let tuples: Vec<String> =
            (0..length).map(|at| array(arrays.iter().map(|items| items.get(at).copied().unwrap_or("null")))).collect();
        Some(array(tuples.iter().map(String::as_str)))
    })
}

fn repeat(args: &Args) -> Result<ArrayRef> {
    let (values, counts) = (args.text(0)?, args.longs(1)?);
    args.dynamics(|row| {
        let count = usize::try_from(counts.get(row)?).ok()?.min(LIMIT);
        Some(array(std::iter::repeat_n(values.get(row).unwrap_or("null"), count)))
    })
}

/// Numbers from the first to the last in steps, within a most.
fn steps(from: i64, to: i64, step: i64, most: usize) -> impl Iterator<Item = i64> {
    let mut next = (step != 0).then_some(from);
    let values = std::iter::from_fn(move || {
        let value = next.filter(|&value| if step > 0 { value <= to } else { value >= to })?;
        next = value.checked_add(step);
        Some(value)
    });
    values.take(most)
}

/// Reals are multiplied up, so that errors do not add up.
fn real_steps(from: f64, to: f64, step: f64, most: usize) -> impl Iterator<Item = f64> {
    let count = ((to - from) / step + 1e-9).floor();
    let count = if count.is_finite() && count >= 0.0 { (count as usize).saturating_add(1) } else { 0 };
    (0..count.min(most)).map(move |n| from + n as f64 * step)
}

fn range(args: &Args) -> Result<ArrayRef> {
    let longs = |from: &dyn Fn(usize) -> Option<i64>,
                 to: &dyn Fn(usize) -> Option<i64>,
                 step: &dyn Fn(usize) -> Option<i64>,
                 show: fn(i64) -> String| {
        args.dynamics(|row| {
            let values: Vec<String> = steps(from(row)?, to(row)?, step(row)?, LIMIT).map(show).collect();
            Some(array(values.iter().map(String::as_str)))
        })
    };
    match args.data_type(0) {
        DataType::Int64 => {
            let (from, to, step) = (args.longs(0)?, args.longs(1)?, args.longs(2)?);
            longs(&|row| from.get(row), &|row| to.get(row), &|row| step.get(row), |value| value.to_string())
        }
        DataType::Timestamp(..) => {
            let (from, to, step) = (args.datetimes(0)?, args.datetimes(1)?, args.timespans(2)?);
            longs(&|row| from.get(row), &|row| to.get(row), &|row| step.get(row), |value| {
                encode_text(&format_datetime_iso(value))
            })
        }
        DataType::Duration(_) => {
            let (from, to, step) = (args.timespans(0)?, args.timespans(1)?, args.timespans(2)?);
            longs(&|row| from.get(row), &|row| to.get(row), &|row| step.get(row), |value| {
                encode_text(&format_timespan(value))
            })
        }
        DataType::Float64 => {
            let (from, to, step) = (args.reals(0)?, args.reals(1)?, args.reals(2)?);
            args.dynamics(|row| {
                let values = real_steps(from.get(row)?, to.get(row)?, step.get(row)?, LIMIT);
                let values: Vec<String> = values.map(|value| number(value).to_string()).collect();
                Some(array(values.iter().map(String::as_str)))
            })
        }
        other => internal_err!("no range of {other}"),
    }
}

/// The item field of the list that the call gives.
fn item_field(args: &Args) -> FieldRef {
    match args.ret {
        DataType::List(field) => Arc::clone(field),
        other => Arc::new(Field::new("item", other.clone(), true)),
    }
}

/// Refuses what would not end or not fit into memory.
fn check_rows(from: f64, to: f64, step: f64) -> Result<()> {
    if step == 0.0 {
        return exec_err!("a range needs a step that is not zero");
    }
    let rows = (to - from) / step;
    if rows > ROW_LIMIT {
        exec_err!("the range has about {rows:.0} rows, and {ROW_LIMIT} are the most")
    } else {
        Ok(())
    }
}

fn range_list<T: ArrowPrimitiveType<Native = i64>>(
    args: &Args,
    from: &Numbers<T>,
    to: &Numbers<T>,
    step: &Numbers<impl ArrowPrimitiveType<Native = i64>>,
) -> Result<ArrayRef> {
    let field = item_field(args);
    let builder = PrimitiveBuilder::<T>::new().with_data_type(field.data_type().clone());
    let mut lists = ListBuilder::new(builder).with_field(field);
    for row in 0..args.rows {
        if let (Some(from), Some(to), Some(step)) = (from.get(row), to.get(row), step.get(row)) {
            check_rows(from as f64, to as f64, step as f64)?;
            steps(from, to, step, usize::MAX).for_each(|value| lists.values().append_value(value));
        }
        lists.append(true);
    }
    Ok(Arc::new(lists.finish()))
}

fn range_real(args: &Args) -> Result<ArrayRef> {
    let (from, to, step) = (args.reals(0)?, args.reals(1)?, args.reals(2)?);
    let mut lists = ListBuilder::new(PrimitiveBuilder::<Float64Type>::new()).with_field(item_field(args));
    for row in 0..args.rows {
        if let (Some(from), Some(to), Some(step)) = (from.get(row), to.get(row), step.get(row)) {
            check_rows(from, to, step)?;
            real_steps(from, to, step, usize::MAX).for_each(|value| lists.values().append_value(value));
        }
        lists.append(true);
    }
    Ok(Arc::new(lists.finish()))
}

/// What becomes of a property of a bag that is spread over rows.
#[derive(Clone, Copy)]
enum BagItems {
    /// A bag with that one property.
    Bags,
    /// An array of name and value.
    Pairs,
}

/// The items of arrays and bags as lists; any other value is a list of itself.
fn spread(args: &Args, form: BagItems) -> Result<ArrayRef> {
    let cells = args.text(0)?;
    let mut lists = ListBuilder::new(StringViewBuilder::new()).with_field(item_field(args));
    for row in 0..args.rows {
        let cell = cells.get(row);
        let values = lists.values();
        if let Some(items) = cell.and_then(elements) {
            items.for_each(|item| values.append_option((item != "null").then_some(item)));
        } else if let Some(properties) = cell.and_then(properties) {
            for (name, value) in properties {
                let name = encode_text(&name);
                values.append_value(match form {
                    BagItems::Bags => format!("{{{name}:{value}}}"),
                    BagItems::Pairs => format!("[{name},{value}]"),
                });
            }
        } else {
            values.append_option(cell);
        }
        lists.append(true);
    }
    Ok(Arc::new(lists.finish()))
}

/// The positions of the items of lists that are expanded in step, from 0: as many as the longest list has.
fn item_indexes(args: &Args) -> Result<ArrayRef> {
    let mut counts = vec![0; args.rows];
    for index in 0..args.len() {
        let (lists, constant) = args.array(index)?;
        let Some(lists) = lists.as_list_opt::<i32>() else { return internal_err!("positions are counted in lists") };
        for (row, count) in counts.iter_mut().enumerate() {
            *count = lists.value_length(if constant { 0 } else { row }).max(*count);
        }
    }
    let mut indexes = ListBuilder::new(Int64Builder::new()).with_field(item_field(args));
    for count in counts {
        let items: Range<i64> = 0..i64::from(count);
        items.for_each(|index| indexes.values().append_value(index));
        indexes.append(true);
    }
    Ok(Arc::new(indexes.finish()))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use datafusion::arrow::array::{Array, AsArray};
    use datafusion::arrow::datatypes::{DataType, Field, TimeUnit};
    use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};

    use super::super::testing::{constant, json, shown};
    use super::super::{Args, kernel};
    use crate::engine::types::arrow_type;
    use crate::types::Type;
    use crate::value::Value;

    fn check(name: &str, args: &[Value], expected: &str) {
        assert_eq!(shown(name, args, Type::Dynamic), expected, "{name}({args:?})");
    }

    fn list(name: &str, args: &[Value], items: DataType, expected: &str) {
        let values: Vec<_> = args.iter().map(constant).collect();
        let ret = DataType::new_list(items, true);
        let array = (kernel(name).unwrap().run)(&Args { values: &values, rows: 1, ret: &ret }).unwrap();
        assert_eq!(array.data_type(), &ret);
        let formatter = ArrayFormatter::try_new(&array, &FormatOptions::default()).unwrap();
        assert_eq!(formatter.value(0).to_string(), expected, "{name}({args:?})");
    }

    #[test]
    fn arrays_are_made() {
        let (long, real) = (Value::Long, Value::Real);
        check("pack_array", &[json("1"), json("\"2\""), Value::Null(Type::Dynamic)], r#"[1,"2",null]"#);
        check("zip", &[json(r#"["A",1,1.5]"#), json(r#"[{},"B"]"#)], r#"[["A",{}],[1,"B"],[1.5,null]]"#);
        check("repeat", &[json("1"), long(3)], "[1,1,1]");
        check("repeat", &[json("1"), long(0)], "[]");
        check("repeat", &[json("1"), long(-1)], "null");
        check("range", &[long(1), long(8), long(3)], "[1,4,7]");
        check("range", &[long(3), long(1), long(-1)], "[3,2,1]");
        check("range", &[long(3), long(1), long(1)], "[]");
        check("range", &[real(0.0), real(0.3), real(0.1)], "[0.0,0.1,0.2,0.30000000000000004]");
        let hour = Value::TimeSpan(3_600_000_000_000);
        check("range", &[hour.clone(), Value::TimeSpan(7_200_000_000_000), hour], r#"["01:00:00","02:00:00"]"#);
    }

    #[test]
    fn lists_for_rows() {
        let long = Value::Long;
        list("range_long", &[long(1), long(5), long(2)], DataType::Int64, "[1, 3, 5]");
        list(
            "range_real",
            &[Value::Real(1.0), Value::Real(2.0), Value::Real(0.5)],
            DataType::Float64,
            "[1.0, 1.5, 2.0]",
        );
        let minute = 60_000_000_000;
        list(
            "range_datetime",
            &[Value::DateTime(0), Value::DateTime(minute), Value::TimeSpan(minute)],
            arrow_type(Type::DateTime),
            "[1970-01-01T00:00:00Z, 1970-01-01T00:01:00Z]",
        );
        list(
            "range_timespan",
            &[Value::TimeSpan(0), Value::TimeSpan(-1), Value::TimeSpan(minute)],
            DataType::Duration(TimeUnit::Nanosecond),
            "[]",
        );
        list("range_long", &[long(i64::MAX), long(i64::MAX), long(2)], DataType::Int64, "[9223372036854775807]");
    }

    #[test]
    fn items_for_rows() {
        let check = |cell: Value, expected: &str| list("dynamic_items", &[cell], DataType::Utf8View, expected);
        check(json(r#"[1,null,"a"]"#), r#"[1, , "a"]"#);
        check(json(r#"{"a":1,"b":[2]}"#), r#"[{"a":1}, {"b":[2]}]"#);
        check(json("5"), "[5]");
        check(json("[]"), "[]");
        check(Value::Null(Type::Dynamic), "[]");
        list("dynamic_item_pairs", &[json(r#"{"a":1}"#)], DataType::Utf8View, r#"[["a",1]]"#);
    }

    #[test]
    fn positions_have_the_length_of_the_list() {
        let lists = (kernel("dynamic_items").unwrap().run)(&Args {
            values: &[constant(&json("[5,6]"))],
            rows: 1,
            ret: &DataType::new_list(DataType::Utf8View, true),
        });
        let indexes = (kernel("item_indexes").unwrap().run)(&Args {
            values: &[lists.unwrap().into()],
            rows: 1,
            ret: &DataType::List(Field::new("item", DataType::Int64, true).into()),
        });
        assert_eq!(indexes.unwrap().as_list::<i32>().value(0).len(), 2);
    }
}
