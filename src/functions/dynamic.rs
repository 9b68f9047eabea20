//! Arrays and property bags.

use super::{Function, Lower, Param, Takes};
use crate::ir::Scalar;
use crate::types::Type;
use crate::types::Type::{Bool, DateTime, Dynamic, Long, Real, TimeSpan};
use crate::value::Value;

const ANY: Takes = Takes::Dynamic;
const LONG: Takes = Takes::Exact(Long);
const NAME: Takes = Takes::Exact(Type::String);

const ARRAY: &[Param] = &[Param::one("array", ANY)];
const BAG: &[Param] = &[Param::one("bag", ANY)];
const SETS: &[Param] = &[Param::one("set1", ANY), Param::many("set2", ANY)];
const TWO_SETS: &[Param] = &[Param::one("set1", ANY), Param::one("set2", ANY)];
const COUNT: &[Param] = &[Param::one("array", ANY), Param::one("count", LONG)];
const SHIFT: &[Param] = &[Param::one("array", ANY), Param::one("count", LONG), Param::optional("fill", ANY)];
const CHOICE: &[Param] = &[Param::one("conditions", ANY), Param::one("then", ANY), Param::one("else", ANY)];
const SORTED: &[Param] = &[Param::one("array", ANY), Param::any("more", Takes::Any)];
const NAMES_AND_VALUES: &[Param] = &[Param::many("name", NAME), Param::many("value", ANY)];
const INDEX_OF: &[Param] = &[
    Param::one("array", ANY),
    Param::one("value", ANY),
    Param::optional("start", LONG),
    Param::optional("length", LONG),
    Param::optional("occurrence", LONG),
];
const RANGE: &[Param] = &[
    Param::one("start", Takes::Summable),
    Param::one("stop", Takes::Summable),
    Param::optional("step", Takes::Summable),
];

/// The rows of this family.
#[rustfmt::skip] // A table: one row, few lines.
pub const FUNCTIONS: &[Function] = &[
    Function::kernel("array_length", ARRAY, Long, "Counts the items of an array; null for other values.",
        "array_length(dynamic([1, 2, 3]))").aliases(&["arraylength"]),
    Function::kernel("array_concat", &[Param::many("array", ANY)], Dynamic,
        "Puts the items of all arrays into one.", "array_concat(dynamic([1]), dynamic([2, 3]))"),
    Function::kernel("array_slice", &[Param::one("array", ANY), Param::one("start", LONG), Param::one("end", LONG)], Dynamic,
        "Gives the items from one position to another, both included; negative positions count from the end.",
        "array_slice(dynamic([1, 2, 3, 4]), 1, -2)"),
    Function::kernel("array_split", &[Param::one("array", ANY), Param::one("positions", Takes::Any)], Dynamic,
        "Cuts an array before the given position or positions.", "array_split(dynamic([1, 2, 3, 4, 5]), dynamic([1, 3]))")
        .lower(Lower::Rewrite(split)),
    Function::kernel("array_reverse", ARRAY, Dynamic, "Turns the order of the items around.",
        "array_reverse(dynamic([1, 2, 3]))"),
    Function::kernel("array_rotate_left", COUNT, Dynamic, "Moves items to the left; what falls out comes back on the right.",
        "array_rotate_left(dynamic([1, 2, 3, 4]), 1)"),
    Function::kernel("array_rotate_right", COUNT, Dynamic, "Moves items to the right; what falls out comes back on the left.",
        "array_rotate_right(dynamic([1, 2, 3, 4]), 1)"),
    Function::kernel("array_shift_left", SHIFT, Dynamic, "Moves items to the left and fills up on the right.",
        "array_shift_left(dynamic([1, 2, 3]), 1, 0)"),
    Function::kernel("array_shift_right", SHIFT, Dynamic, "Moves items to the right and fills up on the left.",
        "array_shift_right(dynamic([1, 2, 3]), 1, 0)"),
    Function::kernel("array_index_of", INDEX_OF, Long, "Gives the position of a value in an array, or -1.",
        "array_index_of(dynamic(['a', 'b', 'c']), 'b')"),
    Function::kernel("array_iff", CHOICE, Dynamic, "Chooses, item by item, from one array or another.",
        "array_iff(dynamic([true, false]), dynamic([1, 2]), dynamic([3, 4]))").aliases(&["array_iif"]),
    Function::kernel("array_sum", ARRAY, Real, "Adds up the items of an array of numbers.", "array_sum(dynamic([1, 2, 3]))"),
    Function::kernel("array_sort_asc", SORTED, Dynamic, "Sorts an array upwards; nulls come last unless a `false` is given.",
        "array_sort_asc(dynamic([3, null, 1]))").lower(Lower::Rewrite(|args| sort("array_sort_asc", "array_sort_several_asc", args))),
    Function::kernel("array_sort_desc", SORTED, Dynamic, "Sorts an array downwards; nulls come last unless a `false` is given.",
        "array_sort_desc(dynamic([3, null, 1]))").lower(Lower::Rewrite(|args| sort("array_sort_desc", "array_sort_several_desc", args))),
    Function::kernel("pack_array", &[Param::many("value", ANY)], Dynamic, "Puts values into an array.", "pack_array(1, 'two')"),
    Function::kernel("zip", &[Param::one("array1", ANY), Param::many("array2", ANY)], Dynamic,
        "Puts the items of several arrays together by position.", "zip(dynamic([1, 3]), dynamic([2, 4]))"),
    Function::kernel("repeat", &[Param::one("value", Takes::NotDynamic), Param::one("count", LONG)], Dynamic,
        "Gives an array that holds a value several times.", "repeat('a', 3)").lower(Lower::Rewrite(repeat)),
    Function::kernel("range", RANGE, Dynamic,
        "Gives an array of equally spaced numbers, datetimes or timespans.", "range(1, 8, 3)").lower(Lower::Rewrite(range)),
    Function::kernel("set_union", SETS, Dynamic, "Gives the values that are in any of the arrays, each once.",
        "set_union(dynamic([1, 2]), dynamic([2, 3]))"),
    Function::kernel("set_intersect", SETS, Dynamic, "Gives the values that are in all of the arrays, each once.",
        "set_intersect(dynamic([1, 2]), dynamic([2, 3]))"),
    Function::kernel("set_difference", SETS, Dynamic, "Gives the values of the first array that no other holds, each once.",
        "set_difference(dynamic([1, 2]), dynamic([2, 3]))"),
    Function::kernel("set_has_element", &[Param::one("set", ANY), Param::one("value", ANY)], Bool,
        "Tells whether an array holds a value.", "set_has_element(dynamic([1, 2]), 2)"),
    Function::kernel("set_equals", TWO_SETS, Bool, "Tells whether two arrays hold the same values.",
        "set_equals(dynamic([1, 2]), dynamic([2, 1, 1]))"),
    Function::kernel("jaccard_index", TWO_SETS, Real,
        "Gives the share of the values of two arrays that both hold.", "jaccard_index(dynamic([1, 2]), dynamic([2, 3]))"),
    Function::kernel("bag_pack", NAMES_AND_VALUES, Dynamic, "Makes a bag of names and values.", "bag_pack('a', 1, 'b', 'two')")
        .aliases(&["pack", "pack_dictionary"]).lower(Lower::Rewrite(pack)),
    Function::kernel("bag_pack_columns", &[Param::many("column", Takes::Any)], Dynamic,
        "Makes a bag of columns, under their names.", "bag_pack_columns(CallId, CallType)").lower(Lower::Binder),
    Function::kernel("pack_all", &[Param::optional("ignore_empty", Takes::Constant(Bool))], Dynamic,
        "Makes a bag of all columns of the row, under their names.", "pack_all(true)").lower(Lower::Binder),
    Function::kernel("bag_keys", BAG, Dynamic, "Gives the names of the properties of a bag.",
        "bag_keys(dynamic({'a': 1, 'b': 2}))"),
    Function::kernel("bag_has_key", &[Param::one("bag", ANY), Param::one("name", NAME)], Bool,
        "Tells whether a bag has a property, given by its name or a path such as `$.a.b`.",
        "bag_has_key(dynamic({'a': {'b': 1}}), '$.a.b')"),
    Function::kernel("bag_merge", &[Param::one("bag1", ANY), Param::many("bag2", ANY)], Dynamic,
        "Puts the properties of several bags into one; the first bag that has a name decides.",
        "bag_merge(dynamic({'a': 1}), dynamic({'a': 2, 'b': 3}))"),
    Function::kernel("bag_remove_keys", &[Param::one("bag", ANY), Param::one("names", ANY)], Dynamic,
        "Gives a bag without the named properties.", "bag_remove_keys(dynamic({'a': 1, 'b': 2}), dynamic(['a']))"),
    Function::kernel("bag_set_key", &[Param::one("bag", ANY), Param::one("name", NAME), Param::one("value", ANY)], Dynamic,
        "Gives a bag with one property set, given by its name or a path such as `$.a.b`.",
        "bag_set_key(dynamic({'a': 1}), 'b', 2)"),
    Function::kernel("bag_zip", &[Param::one("names", ANY), Param::one("values", ANY)], Dynamic,
        "Makes a bag of an array of names and an array of values.", "bag_zip(dynamic(['a', 'b']), dynamic([1, 2]))"),
    Function::kernel("treepath", &[Param::one("value", ANY)], Dynamic, "Lists the paths to all parts of a value.",
        "treepath(dynamic({'a': {'b': 1}}))"),
];

fn kernel(name: &'static str, args: Vec<Scalar>) -> Result<Scalar, String> {
    Ok(Scalar::kernel(name, args, Dynamic))
}

/// Positions are one number or an array of them.
fn split(args: Vec<Scalar>) -> Result<Scalar, String> {
    let [array, positions] = <[Scalar; 2]>::try_from(args).map_err(|_| "two arguments are needed".to_owned())?;
    let positions = match positions.ty() {
        Type::Int => Scalar::Cast(Box::new(positions), Long),
        Long | Dynamic => positions,
        other => return Err(format!("positions are whole numbers, not `{other}`")),
    };
    kernel("array_split", vec![array, positions])
}

/// Several arrays are sorted like the first; the flag comes last.
fn sort(one: &'static str, several: &'static str, args: Vec<Scalar>) -> Result<Scalar, String> {
    let arrays = args.iter().take_while(|arg| arg.ty() == Dynamic).count();
    let flags: Vec<Type> = args[arrays..].iter().map(Scalar::ty).collect();
    match flags.as_slice() {
        [] | [Bool] => kernel(if arrays == 1 { one } else { several }, args),
        _ => Err("arrays are needed, and at the end at most one truth value".to_owned()),
    }
}

fn repeat(args: Vec<Scalar>) -> Result<Scalar, String> {
    let [value, count] = <[Scalar; 2]>::try_from(args).map_err(|_| "two arguments are needed".to_owned())?;
    let value = match value.literal() {
        Some(literal) if literal.is_null() => Scalar::Literal(Value::Null(Dynamic)),
        _ => Scalar::kernel("to_dynamic", vec![value], Dynamic),
    };
    kernel("repeat", vec![value, count])
}

fn range(args: Vec<Scalar>) -> Result<Scalar, String> {
    let mut args = args;
    let types: Vec<Type> = args.iter().map(Scalar::ty).collect();
    let hour = Scalar::Literal(Value::TimeSpan(3_600_000_000_000));
    match types.as_slice() {
        [DateTime, DateTime] | [TimeSpan, TimeSpan] => args.push(hour),
        [DateTime, DateTime, TimeSpan] | [TimeSpan, TimeSpan, TimeSpan] => {}
        numbers if numbers.iter().all(|ty| ty.is_numeric()) => {
            if numbers.len() == 2 {
                args.push(Scalar::long(1));
            }
            let real = numbers.iter().any(|ty| !ty.is_integer());
            let ty = if real { Real } else { Long };
            args = args.into_iter().map(|arg| number(arg, ty)).collect();
        }
        _ => return Err("a range needs two numbers, two datetimes or two timespans, and a step that fits".to_owned()),
    }
    kernel("range", args)
}

fn number(arg: Scalar, ty: Type) -> Scalar {
    match arg.ty() {
        from if from == ty => arg,
        Type::Decimal => Scalar::kernel("toreal", vec![arg], Real),
        _ => Scalar::Cast(Box::new(arg), ty),
    }
}

fn pack(args: Vec<Scalar>) -> Result<Scalar, String> {
    if args.len() % 2 == 1 { Err("names and values come in pairs".to_owned()) } else { kernel("bag_pack", args) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_take_what_fits() {
        let types = |args: Vec<Scalar>| match range(args) {
            Ok(Scalar::Call { args, .. }) => args.iter().map(Scalar::ty).collect(),
            _ => vec![],
        };
        let (time, span) = (Scalar::Literal(Value::DateTime(0)), Scalar::Literal(Value::TimeSpan(1)));
        assert_eq!(types(vec![Scalar::long(1), Scalar::Literal(Value::Real(2.0))]), [Real, Real, Real]);
        assert_eq!(types(vec![Scalar::Literal(Value::Int(1)), Scalar::long(2)]), [Long, Long, Long]);
        assert_eq!(types(vec![time.clone(), time.clone()]), [DateTime, DateTime, TimeSpan]);
        assert_eq!(types(vec![time.clone(), span.clone()]), []);
        assert_eq!(types(vec![time.clone(), time, span]), [DateTime, DateTime, TimeSpan]);
    }

    #[test]
    fn sorting_takes_arrays_and_a_flag() {
        let array = || Scalar::Literal(Value::Null(Dynamic));
        let sort = |args| match sort("one", "several", args) {
            Ok(Scalar::Call { target: crate::ir::Target::Kernel(name), .. }) => name,
            _ => "error",
        };
        assert_eq!(sort(vec![array(), Scalar::bool(false)]), "one");
        assert_eq!(sort(vec![array(), array(), Scalar::bool(false)]), "several");
        assert_eq!(sort(vec![array(), Scalar::bool(false), array()]), "error");
    }
}
