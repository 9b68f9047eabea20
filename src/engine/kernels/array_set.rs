//! Arrays as sets, and sorted arrays.

use std::cmp::Ordering;
use std::collections::HashSet;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::common::Result;

use super::args::Text;
use super::array::{array, items, same};
use super::{Args, Kernel};
use crate::engine::dynamic::{Item, item};

/// The kernels of this family.
pub(super) const KERNELS: &[Kernel] = &[
    Kernel::new("set_union", |args| combine(args, union)),
    Kernel::new("set_intersect", |args| combine(args, intersect)),
    Kernel::new("set_difference", |args| combine(args, difference)),
    Kernel::new("set_has_element", has_element),
    Kernel::new("set_equals", equals),
    Kernel::new("jaccard_index", jaccard_index),
    Kernel::new("array_sort_asc", |args| sort(args, Ordering::Less)),
    Kernel::new("array_sort_desc", |args| sort(args, Ordering::Greater)),
    Kernel::new("array_sort_several_asc", |args| sort_several(args, Ordering::Less)),
    Kernel::new("array_sort_several_desc", |args| sort_several(args, Ordering::Greater)),
];

/// The items, each once, in the order of their first appearance.
fn distinct(items: Vec<&str>) -> Vec<&str> {
    let mut seen = HashSet::new();
    items.into_iter().filter(|&item| seen.insert(item)).collect()
}

fn combine(args: &Args, f: for<'a> fn(Vec<Vec<&'a str>>) -> Vec<&'a str>) -> Result<ArrayRef> {
    let sets = (0..args.len()).map(|index| args.text(index)).collect::<Result<Vec<Text>>>()?;
    args.dynamics(|row| {
        let sets = sets.iter().map(|cells| items(cells, row)).collect::<Option<Vec<_>>>()?;
        Some(array(f(sets)))
    })
}

fn union(sets: Vec<Vec<&str>>) -> Vec<&str> {
    distinct(sets.concat())
}

fn intersect(sets: Vec<Vec<&str>>) -> Vec<&str> {
    let mut sets = sets.into_iter();
    let mut common = distinct(sets.next().unwrap_or_default());
    for set in sets {
        let set: HashSet<&str> = set.into_iter().collect();
        common.retain(|item| set.contains(item));
    }
    common
}

fn difference(sets: Vec<Vec<&str>>) -> Vec<&str> {
    let mut sets = sets.into_iter();
    let mut left = distinct(sets.next().unwrap_or_default());
    let taken: HashSet<&str> = sets.flatten().collect();
    left.retain(|item| !taken.contains(item));
    left
}

fn has_element(args: &Args) -> Result<ArrayRef> {
    let (sets, values) = (args.text(0)?, args.text(1)?);
    args.truths(|row| {
        let wanted = values.get(row).unwrap_or("null");
        Some(items(&sets, row)?.into_iter().any(|item| same(item, wanted)))
    })
}

fn equals(args: &Args) -> Result<ArrayRef> {
    let (a, b) = (args.text(0)?, args.text(1)?);
    args.truths(|row| {
        let a: HashSet<&str> = items(&a, row)?.into_iter().collect();
        let b: HashSet<&str> = items(&b, row)?.into_iter().collect();
        Some(a == b)
    })
}

/// The size of the intersection over the size of the union; two empty sets have none.
fn jaccard_index(args: &Args) -> Result<ArrayRef> {
    let (a, b) = (args.text(0)?, args.text(1)?);
    args.values::<Float64Type>(|row| {
        let a: HashSet<&str> = items(&a, row)?.into_iter().collect();
        let b: HashSet<&str> = items(&b, row)?.into_iter().collect();
        Some(a.intersection(&b).count() as f64 / a.union(&b).count() as f64)
    })
}

/// Sorts the first array. Nulls come last unless the second argument is false.
fn sort(args: &Args, first: Ordering) -> Result<ArrayRef> {
    let cells = args.text(0)?;
    let nulls_last = if args.len() > 1 { Some(args.bools(1)?) } else { None };
    args.dynamics(|row| {
        let (nulls, mut values): (Vec<&str>, Vec<&str>) =
            items(&cells, row)?.into_iter().partition(|&item| item == "null");
        values.sort_by(|a, b| if first == Ordering::Less { compare(a, b) } else { compare(b, a) });
        let nulls_last = nulls_last.as_ref().is_none_or(|nulls_last| nulls_last.get(row) != Some(false));
        Some(if nulls_last { array(values.into_iter().chain(nulls)) } else { array(nulls.into_iter().chain(values)) })
    })
}

/// Sorts the first array and brings the others into the same order; gives an array of all. Arrays of another length
/// become null.
fn sort_several(args: &Args, first: Ordering) -> Result<ArrayRef> {
    let flag = args.data_type(args.len() - 1) == DataType::Boolean;
    let nulls_last = if flag { Some(args.bools(args.len() - 1)?) } else { None };
    let arrays = (0..args.len() - usize::from(flag)).map(|index| args.text(index)).collect::<Result<Vec<Text>>>()?;
    args.dynamics(|row| {
        let keys = items(&arrays[0], row)?;
        let nulls_last = nulls_last.as_ref().is_none_or(|nulls_last| nulls_last.get(row) != Some(false));
        let mut order: Vec<usize> = (0..keys.len()).collect();
        order.sort_by(|&a, &b| match (keys[a] == "null", keys[b] == "null") {
            (false, false) if first == Ordering::Less => compare(keys[a], keys[b]),
            (false, false) => compare(keys[b], keys[a]),
            (a, b) if nulls_last => a.cmp(&b),
            (a, b) => b.cmp(&a),
        });
        let sorted = |cells: &Text| {
            let values = items(cells, row).filter(|values| values.len() == keys.len())?;
            Some(array(order.iter().map(|&at| values[at])))
        };
        let sorted: Vec<Option<String>> = arrays.iter().map(sorted).collect();
        Some(array(sorted.iter().map(|cell| cell.as_deref().unwrap_or("null"))))
    })
}

/// Numbers come before truth values, those before text, and text before arrays and bags.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    let rank = |item: &Option<Item>| match item {
        None => 0,
        Some(Item::Long(_) | Item::Real(_)) => 1,
        Some(Item::Bool(_)) => 2,
        Some(Item::Text(_)) => 3,
        Some(Item::Composite(_)) => 4,
    };
    let (left, right) = (item(a), item(b));
    match (&left, &right) {
        (Some(Item::Long(a)), Some(Item::Long(b))) => a.cmp(b),
        (Some(Item::Long(a)), Some(Item::Real(b))) => (*a as f64).total_cmp(b),
        (Some(Item::Real(a)), Some(Item::Long(b))) => a.total_cmp(&(*b as f64)),
        (Some(Item::Real(a)), Some(Item::Real(b))) => a.total_cmp(b),
        (Some(Item::Bool(a)), Some(Item::Bool(b))) => a.cmp(b),
        (Some(Item::Text(a)), Some(Item::Text(b))) => a.cmp(b),
        (Some(Item::Composite(a)), Some(Item::Composite(b))) => a.cmp(b),
        _ => rank(&left).cmp(&rank(&right)),
    }
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
    fn sets_keep_the_order_of_appearance() {
        check("set_union", &[json("[1,2,1,4]"), json("[1,2]"), json("[8]")], "[1,2,4,8]");
        check("set_intersect", &[json("[1,2,1,4]"), json("[1,2]"), json("[8,1]")], "[1]");
        check("set_difference", &[json("[1,2,3,1]"), json("[3,4]")], "[1,2]");
        check("set_union", &[json("[1]"), json("{}")], "null");
        assert_eq!(shown("set_has_element", &[json("[\"a\"]"), json("\"a\"")], Type::Bool), "true");
        assert_eq!(shown("set_equals", &[json("[1,2]"), json("[2,1,1]")], Type::Bool), "true");
        assert_eq!(shown("jaccard_index", &[json("[1,2,3]"), json("[1,2,3,4]")], Type::Real), "0.75");
    }

    #[test]
    fn nulls_are_sorted_to_the_end() {
        let words = || json(r#"[null,"blue","yellow","green",null]"#);
        check("array_sort_desc", &[words()], r#"["yellow","green","blue",null,null]"#);
        check("array_sort_desc", &[words(), Value::Bool(false)], r#"[null,null,"yellow","green","blue"]"#);
        let both = [json("[2,null,3,1]"), json(r#"["b","n","c","a"]"#), json("[1]")];
        check("array_sort_several_desc", &both, r#"[[3,2,1,null],["c","b","a","n"],null]"#);
        check("array_sort_asc", &[json("[10,9.5,2,\"1\"]")], r#"[2,9.5,10,"1"]"#);
    }
}
