//! Operators over text: `has`, `contains`, `startswith`, `=~`, `in~` and their kin.
//!
//! Negations are the binder's. Missing text is `""`, so no answer is ever null.

use std::borrow::Cow;
use std::collections::HashSet;

use datafusion::arrow::array::ArrayRef;
use datafusion::common::Result;
use serde_json::Value as Json;

use super::args::Text;
use super::search::{Case, Needle, Place, equal_folded, fold};
use super::{Args, Kernel};
use crate::engine::dynamic;

/// The kernels of this file.
pub(super) const KERNELS: &[Kernel] = &[
    Kernel::new("has", |args| search(args, Place::Term, Case::Ignore)),
    Kernel::new("has_cs", |args| search(args, Place::Term, Case::Keep)),
    Kernel::new("hasprefix", |args| search(args, Place::TermStart, Case::Ignore)),
    Kernel::new("hasprefix_cs", |args| search(args, Place::TermStart, Case::Keep)),
    Kernel::new("hassuffix", |args| search(args, Place::TermEnd, Case::Ignore)),
    Kernel::new("hassuffix_cs", |args| search(args, Place::TermEnd, Case::Keep)),
    Kernel::new("contains", |args| search(args, Place::Anywhere, Case::Ignore)),
    Kernel::new("contains_cs", |args| search(args, Place::Anywhere, Case::Keep)),
    Kernel::new("startswith", |args| search(args, Place::Start, Case::Ignore)),
    Kernel::new("startswith_cs", |args| search(args, Place::Start, Case::Keep)),
    Kernel::new("endswith", |args| search(args, Place::End, Case::Ignore)),
    Kernel::new("endswith_cs", |args| search(args, Place::End, Case::Keep)),
    Kernel::new("equals_ci", |args| search(args, Place::Whole, Case::Ignore)),
    Kernel::new("has_any", |args| has_several(args, Quantity::Any)),
    Kernel::new("has_all", |args| has_several(args, Quantity::All)),
    Kernel::new("has_any_dynamic", |args| has_several_dynamic(args, Quantity::Any)),
    Kernel::new("has_all_dynamic", |args| has_several_dynamic(args, Quantity::All)),
    Kernel::new("has_any_index", has_any_index),
    Kernel::new("in_dynamic", in_dynamic),
    Kernel::new("in_ci", in_ci),
    Kernel::new("in_ci_dynamic", in_ci_dynamic),
];

/// Up to so many texts are compared one by one, which is faster than a look into a set.
const FEW: usize = 8;

#[derive(Clone, Copy)]
enum Quantity {
    Any,
    All,
}

fn search(args: &Args, place: Place, case: Case) -> Result<ArrayRef> {
    let (texts, needles) = (args.text(0)?, args.text(1)?);
    if let Some(needle) = needles.constant() {
        let needle = Needle::new(needle, case);
        return args.tests(|row| needle.is_in(texts.text(row), place));
    }
    if case == Case::Ignore && place == Place::Whole {
        return args.tests(|row| equal_folded(texts.text(row), needles.text(row)));
    }
    args.tests(|row| Needle::new(needles.text(row), case).is_in(texts.text(row), place))
}

fn needle(text: &str) -> Needle {
    Needle::new(text, Case::Ignore)
}

fn holds(needles: &[Needle], text: &str, quantity: Quantity) -> bool {
    let has = |needle: &Needle| needle.is_in(text, Place::Term);
    match quantity {
        Quantity::Any => needles.iter().any(has),
        Quantity::All => needles.iter().all(has),
    }
}

fn has_several(args: &Args, quantity: Quantity) -> Result<ArrayRef> {
    let texts = args.text(0)?;
    let needles = (1..args.len()).map(|index| args.text(index)).collect::<Result<Vec<Text>>>()?;
    if let Some(constants) = needles.iter().map(Text::constant).collect::<Option<Vec<&str>>>() {
        let needles: Vec<Needle> = constants.into_iter().map(needle).collect();
        return args.tests(|row| holds(&needles, texts.text(row), quantity));
    }
    args.tests(|row| {
        let needles: Vec<Needle> = needles.iter().map(|needles| needle(needles.text(row))).collect();
        holds(&needles, texts.text(row), quantity)
    })
}

/// The items of an array as text. A value that is no array counts as its only item.
fn items(cell: Option<&str>) -> Vec<String> {
    let Some(cell) = cell else { return Vec::new() };
    match dynamic::decode(cell) {
        Json::Array(items) => items.iter().map(dynamic::text_of).collect(),
        other => vec![dynamic::text_of(&other)],
    }
}

fn needles_of(cell: Option<&str>) -> Vec<Needle> {
    items(cell).iter().map(|text| needle(text)).collect()
}

fn has_several_dynamic(args: &Args, quantity: Quantity) -> Result<ArrayRef> {
    let (texts, arrays) = (args.text(0)?, args.text(1)?);
    if arrays.constant().is_some() {
        let needles = needles_of(arrays.get(0));
        return args.tests(|row| holds(&needles, texts.text(row), quantity));
    }
    args.tests(|row| holds(&needles_of(arrays.get(row)), texts.text(row), quantity))
}

fn has_any_index(args: &Args) -> Result<ArrayRef> {
    let (texts, arrays) = (args.text(0)?, args.text(1)?);
    let constant = arrays.constant().map(|_| needles_of(arrays.get(0)));
    let index = |needles: &[Needle], text: &str| {
        let found = needles.iter().position(|needle| needle.is_in(text, Place::Term));
        found.and_then(|at| i64::try_from(at).ok()).unwrap_or(-1)
    };
    args.values::<datafusion::arrow::datatypes::Int64Type>(|row| {
        Some(match &constant {
            Some(needles) => index(needles, texts.text(row)),
            None => index(&needles_of(arrays.get(row)), texts.text(row)),
        })
    })
}

fn in_ci(args: &Args) -> Result<ArrayRef> {
    let texts = args.text(0)?;
    let needles = (1..args.len()).map(|index| args.text(index)).collect::<Result<Vec<Text>>>()?;
    let constants = needles.iter().map(Text::constant).collect::<Option<Vec<&str>>>();
    if let Some(constants) = constants.filter(|constants| constants.len() > FEW) {
        let set: HashSet<Cow<str>> = constants.into_iter().map(fold).collect();
        return args.tests(|row| set.contains(&fold(texts.text(row))));
    }
    args.tests(|row| needles.iter().any(|needles| equal_folded(texts.text(row), needles.text(row))))
}

fn in_ci_dynamic(args: &Args) -> Result<ArrayRef> {
    let (texts, arrays) = (args.text(0)?, args.text(1)?);
    if arrays.constant().is_some() {
        let set: HashSet<String> = items(arrays.get(0)).iter().map(|text| fold(text).into_owned()).collect();
        return args.tests(|row| set.contains(fold(texts.text(row)).as_ref()));
    }
    args.tests(|row| items(arrays.get(row)).iter().any(|item| equal_folded(item, texts.text(row))))
}

/// Text that is equal for equal values: numbers compare by value, whatever they are written as.
fn key(value: &Json) -> String {
    match value {
        Json::Number(number) => match (number.as_i64(), number.as_f64()) {
            (None, Some(real)) if real.fract() == 0.0 && real.abs() < 9e15 => (real as i64).to_string(),
            _ => number.to_string(),
        },
        other => other.to_string(),
    }
}

/// Whether a value, as a `dynamic` cell, is among the items of an array.
fn in_dynamic(args: &Args) -> Result<ArrayRef> {
    let (cells, arrays) = (args.text(0)?, args.text(1)?);
    let items = |cell: Option<&str>| -> HashSet<String> {
        match cell.map(dynamic::decode) {
            Some(Json::Array(items)) => items.iter().map(key).collect(),
            Some(other) => HashSet::from([key(&other)]),
            None => HashSet::new(),
        }
    };
    let cell_key = |cell: &str| match cell.as_bytes().first() {
        // A string without escapes is its own key.
        Some(b'"') if !cell.contains('\\') => cell.to_owned(),
        _ => key(&dynamic::decode(cell)),
    };
    let constant = arrays.constant().map(|_| items(arrays.get(0)));
    args.tests(|row| {
        let Some(cell) = cells.get(row) else { return false };
        match &constant {
            Some(items) => items.contains(&cell_key(cell)),
            None => items(arrays.get(row)).contains(&cell_key(cell)),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call, column, constant};
    use crate::types::Type;
    use crate::value::Value;
    use serde_json::json;

    fn check(kernel: &str, texts: &[&str], needle: &str, expected: &[bool]) {
        let texts: Vec<Value> = texts.iter().map(|text| Value::String((*text).to_owned())).collect();
        let needles = vec![Value::String(needle.to_owned()); texts.len()];
        let expected: Vec<Value> = expected.iter().map(|&truth| Value::Bool(truth)).collect();
        let texts = column(Type::String, &texts);
        assert_eq!(call(kernel, &[texts.clone(), constant(&needles[0])], Type::Bool), expected, "{kernel} constant");
        assert_eq!(call(kernel, &[texts, column(Type::String, &needles)], Type::Bool), expected, "{kernel} column");
    }

    #[test]
    fn operators() {
        check("has", &["The cat sat", "category", ""], "cat", &[true, false, false]);
        check("has_cs", &["The Cat sat", "a cat"], "cat", &[false, true]);
        check("contains", &["CATEGORY", "dog"], "cat", &[true, false]);
        check("startswith_cs", &["Catx", "catx"], "cat", &[false, true]);
        check("endswith", &["a CAT", "cats"], "cat", &[true, false]);
        check("equals_ci", &["CAT", "cats"], "cat", &[true, false]);
        check("has_any", &["x cat", "cats"], "CAT", &[true, false]);
        check("in_ci", &["CAT", "cats"], "cat", &[true, false]);
        check("has_all_dynamic", &["b a", "a"], r#"["a","B"]"#, &[true, false]);
        check("in_ci_dynamic", &["B", "c"], r#"["a","b"]"#, &[true, false]);
    }

    #[test]
    fn membership_by_value() {
        let cells = [Value::Dynamic(json!(2.0)), Value::Dynamic(json!("a")), Value::Null(Type::Dynamic)];
        let array = constant(&Value::Dynamic(json!([1, 2, "a"])));
        let expected = [Value::Bool(true), Value::Bool(true), Value::Bool(false)];
        assert_eq!(call("in_dynamic", &[column(Type::Dynamic, &cells), array], Type::Bool), expected);
    }

    #[test]
    fn index_of_the_term_found() {
        let text = constant(&Value::String("Example number 2".to_owned()));
        let array = constant(&Value::Dynamic(json!([1, 2, 3])));
        assert_eq!(call("has_any_index", &[text, array], Type::Long), [Value::Long(1)]);
    }
}
