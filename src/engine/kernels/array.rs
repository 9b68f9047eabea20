//! Arrays taken apart and put together. Items stay the text they are; nothing is decoded.

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::common::Result;

use super::args::Text;
use super::{Args, Kernel};
use crate::engine::dynamic::{self, Item, elements, item};

/// The kernels of this family.
pub(super) const KERNELS: &[Kernel] = &[
    Kernel::new("array_length", length),
    Kernel::new("array_concat", concat),
    Kernel::new("array_slice", slice),
    Kernel::new("array_split", split),
    Kernel::new("array_reverse", reverse),
    Kernel::new("array_rotate_left", |args| rotate(args, 1)),
    Kernel::new("array_rotate_right", |args| rotate(args, -1)),
    Kernel::new("array_shift_left", |args| shift(args, 1)),
    Kernel::new("array_shift_right", |args| shift(args, -1)),
    Kernel::new("array_index_of", index_of),
    Kernel::new("array_iff", iff),
    Kernel::new("array_sum", sum),
];

/// The cell of an array with these items.
pub(super) fn array<'a>(items: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::from("[");
    for item in items {
        if text.len() > 1 {
            text.push(',');
        }
        text.push_str(item);
    }
    text.push(']');
    text
}

/// The items of an argument that should be an array.
pub(super) fn items(cells: &Text, row: usize) -> Option<Vec<&str>> {
    Some(elements(cells.get(row)?)?.collect())
}

/// A position within an array, counted from the end when negative, and never beyond either end.
fn clamped(position: i64, length: usize) -> usize {
    let length = length as i64;
    let position = if position < 0 { position.saturating_add(length) } else { position };
    position.clamp(0, length) as usize
}

fn length(args: &Args) -> Result<ArrayRef> {
    let cells = args.text(0)?;
    args.values::<Int64Type>(|row| Some(elements(cells.get(row)?)?.count() as i64))
}

/// What is not an array is left out.
fn concat(args: &Args) -> Result<ArrayRef> {
    let arrays = (0..args.len()).map(|index| args.text(index)).collect::<Result<Vec<_>>>()?;
    args.dynamics(|row| {
        let cells = arrays.iter().filter_map(|cells| elements(cells.get(row)?));
        let cells: Vec<_> = cells.collect();
        (!cells.is_empty()).then(|| array(cells.into_iter().flatten()))
    })
}

fn slice(args: &Args) -> Result<ArrayRef> {
    let (cells, starts, ends) = (args.text(0)?, args.longs(1)?, args.longs(2)?);
    args.dynamics(|row| {
        let items = items(&cells, row)?;
        let length = items.len() as i64;
        let end = ends.get(row)?;
        let end = if end < 0 { end.saturating_add(length) } else { end }.saturating_add(1).clamp(0, length) as usize;
        let start = clamped(starts.get(row)?, items.len()).min(end);
        Some(array(items[start..end].iter().copied()))
    })
}

fn split(args: &Args) -> Result<ArrayRef> {
    let cells = args.text(0)?;
    if args.data_type(1) == DataType::Int64 {
        let positions = args.longs(1)?;
        return args.dynamics(|row| Some(split_at(&items(&cells, row)?, &[positions.get(row)?])));
    }
    let positions = args.text(1)?;
    args.dynamics(|row| {
        let positions = elements(positions.get(row)?)?.map(|text| text.parse().ok()).collect::<Option<Vec<i64>>>()?;
        Some(split_at(&items(&cells, row)?, &positions))
    })
}

fn split_at(items: &[&str], positions: &[i64]) -> String {
    let mut parts = Vec::with_capacity(positions.len() + 1);
    let mut start = 0;
    for &position in positions {
        let end = clamped(position, items.len()).max(start);
        parts.push(array(items[start..end].iter().copied()));
        start = end;
    }
    parts.push(array(items[start..].iter().copied()));
    array(parts.iter().map(String::as_str))
}

fn reverse(args: &Args) -> Result<ArrayRef> {
    let cells = args.text(0)?;
    args.dynamics(|row| Some(array(items(&cells, row)?.into_iter().rev())))
}

/// `direction` is 1 to the left and -1 to the right.
fn rotate(args: &Args, direction: i64) -> Result<ArrayRef> {
    let (cells, counts) = (args.text(0)?, args.longs(1)?);
    args.dynamics(|row| {
        let mut items = items(&cells, row)?;
        if !items.is_empty() {
            let count = counts.get(row)?.wrapping_mul(direction).rem_euclid(items.len() as i64);
            items.rotate_left(count as usize);
        }
        Some(array(items))
    })
}

fn shift(args: &Args, direction: i64) -> Result<ArrayRef> {
    let (cells, counts) = (args.text(0)?, args.longs(1)?);
    let filler = if args.len() > 2 { Some(args.text(2)?) } else { None };
    args.dynamics(|row| {
        let items = items(&cells, row)?;
        let filler = filler.as_ref().and_then(|filler| filler.get(row)).unwrap_or("null");
        let count = counts.get(row)?.saturating_mul(direction);
        let moved = (0..items.len() as i64).map(|position| {
            let from = usize::try_from(position.saturating_add(count)).ok();
            from.and_then(|from| items.get(from).copied()).unwrap_or(filler)
        });
        Some(array(moved))
    })
}

fn index_of(args: &Args) -> Result<ArrayRef> {
    let (cells, values) = (args.text(0)?, args.text(1)?);
    let numbers = (2..args.len()).map(|index| args.longs(index)).collect::<Result<Vec<_>>>()?;
    args.values::<Int64Type>(|row| {
        let items = items(&cells, row)?;
        let number = |index: usize, default: i64| match numbers.get(index) {
            Some(numbers) => numbers.get(row),
            None => Some(default),
        };
        let wanted = values.get(row).unwrap_or("null");
        let start = clamped(number(0, 0)?, items.len());
        let limit = match number(1, -1)? {
            length if length < 0 => items.len(),
            length => start.saturating_add(length as usize).min(items.len()),
        };
        let occurrence = number(2, 1)?;
        let mut found = (start..limit).filter(|&at| same(items[at], wanted));
        let position = usize::try_from(occurrence).ok()?.checked_sub(1).and_then(|skip| found.nth(skip));
        Some(position.map_or(-1, |position| position as i64))
    })
}

/// Whether two cells hold the same value; `1` and `1.0` do.
pub(super) fn same(a: &str, b: &str) -> bool {
    a == b
        || match (item(a), item(b)) {
            (Some(Item::Long(a)), Some(Item::Real(b))) | (Some(Item::Real(b)), Some(Item::Long(a))) => a as f64 == b,
            (Some(Item::Real(a)), Some(Item::Real(b))) => a == b,
            (Some(Item::Text(a)), Some(Item::Text(b))) => a == b,
            _ => false,
        }
}

/// Chooses item by item; what is not an array stands for all its items.
fn iff(args: &Args) -> Result<ArrayRef> {
    let (conditions, yes, no) = (args.text(0)?, args.text(1)?, args.text(2)?);
    args.dynamics(|row| {
        let pick =
            |cells: &Text| -> Option<Vec<String>> { Some(elements(cells.get(row)?)?.map(str::to_owned).collect()) };
        let (whole_yes, whole_no) = (yes.get(row).unwrap_or("null"), no.get(row).unwrap_or("null"));
        let (yes, no) = (pick(&yes), pick(&no));
        let chosen: Vec<&str> = elements(conditions.get(row)?)?
            .enumerate()
            .map(|(at, condition)| {
                let truth = match item(condition) {
                    Some(Item::Bool(truth)) => Some(truth),
                    Some(Item::Long(number)) => Some(number != 0),
                    Some(Item::Real(number)) => Some(number != 0.0),
                    _ => None,
                };
                match truth.map(|truth| if truth { (&yes, whole_yes) } else { (&no, whole_no) }) {
                    None => "null",
                    Some((None, whole)) => whole,
                    Some((Some(items), _)) => items.get(at).map_or("null", String::as_str),
                }
            })
            .collect();
        Some(array(chosen))
    })
}

/// Null when an item is not a number.
fn sum(args: &Args) -> Result<ArrayRef> {
    let cells = args.text(0)?;
    args.values::<Float64Type>(|row| {
        elements(cells.get(row)?)?.try_fold(0.0, |sum, cell| match dynamic::item(cell)? {
            Item::Long(number) => Some(sum + number as f64),
            Item::Real(number) => Some(sum + number),
            Item::Bool(_) | Item::Text(_) | Item::Composite(_) => None,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{json, shown};
    use crate::types::Type;
    use crate::value::Value;

    fn check(name: &str, args: &[Value], expected: &str) {
        assert_eq!(shown(name, args, Type::Dynamic), expected, "{name}({args:?})");
    }

    #[test]
    fn parts_of_arrays() {
        let five = || json("[1,2,3,4,5]");
        let long = Value::Long;
        check("array_slice", &[five(), long(2), long(-1)], "[3,4,5]");
        check("array_slice", &[five(), long(-3), long(-2)], "[3,4]");
        check("array_slice", &[five(), long(-9), long(9)], "[1,2,3,4,5]");
        check("array_slice", &[five(), long(4), long(1)], "[]");
        check("array_slice", &[json("{}"), long(4), long(1)], "null");
        check("array_split", &[five(), long(2)], "[[1,2],[3,4,5]]");
        check("array_split", &[five(), long(-2)], "[[1,2,3],[4,5]]");
        check("array_split", &[five(), json("[1,3]")], "[[1],[2,3],[4,5]]");
        check("array_rotate_right", &[five(), long(2)], "[4,5,1,2,3]");
        check("array_rotate_left", &[five(), long(-7)], "[4,5,1,2,3]");
        check("array_shift_left", &[five(), long(2)], "[3,4,5,null,null]");
        check("array_shift_left", &[five(), long(-2), json("-1")], "[-1,-1,1,2,3]");
        check("array_shift_right", &[five(), long(9)], "[null,null,null,null,null]");
        check("array_reverse", &[json(r#"["a",["b",1]]"#)], r#"[["b",1],"a"]"#);
        check("array_concat", &[json("{}"), json("[1]"), Value::Null(Type::Dynamic), json("[2]")], "[1,2]");
        check("array_iff", &[json("[1,0,true,null]"), json("\"y\""), json("[1,2]")], r#"["y",2,"y",null]"#);
    }

    #[test]
    fn positions() {
        let words = || json(r#"["this","is","an","example","an","example"]"#);
        let check = |wanted: &str, numbers: &[i64], expected: &str| {
            let mut args = vec![words(), Value::Dynamic(wanted.into())];
            args.extend(numbers.iter().map(|&number| Value::Long(number)));
            assert_eq!(shown("array_index_of", &args, Type::Long), expected, "{wanted} {numbers:?}");
        };
        check("an", &[], "2");
        check("example", &[1, 3], "3");
        check("example", &[1, 2], "-1");
        check("an", &[1, -1, 2], "4");
        check("an", &[1, -1, 3], "-1");
        check("an", &[-3], "4");
    }

    #[test]
    fn sums_and_lengths() {
        assert_eq!(shown("array_sum", &[json("[1,2.5]")], Type::Real), "3.5");
        assert_eq!(shown("array_sum", &[json("[1,\"2\"]")], Type::Real), "null");
        assert_eq!(shown("array_length", &[json("[1,[2,3]]")], Type::Long), "2");
        assert_eq!(shown("array_length", &[json("{\"a\":1}")], Type::Long), "null");
    }
}
