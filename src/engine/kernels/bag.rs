//! Property bags.

use std::collections::HashSet;

use datafusion::arrow::array::ArrayRef;
use datafusion::common::Result;
use serde_json::{Map, Value as Json};

use super::args::Text;
use super::array::array;
use super::{Args, Kernel};
use crate::engine::dynamic::{decode, elements, encode_text, properties};

/// The kernels of this family.
pub(super) const KERNELS: &[Kernel] = &[
    Kernel::new("bag_pack", |args| pack(args, |_| true)),
    Kernel::new("bag_pack_present", |args| pack(args, |value| value != "null" && value != "\"\"")),
    Kernel::new("bag_keys", keys),
    Kernel::new("bag_has_key", has_key),
    Kernel::new("bag_merge", merge),
    Kernel::new("bag_remove_keys", remove_keys),
    Kernel::new("bag_set_key", set_key),
    Kernel::new("bag_zip", zip),
    Kernel::new("treepath", treepath),
];

/// Properties that are put together one by one. The last value of a name stays, at the place of the first.
#[derive(Default)]
struct Bag<'a> {
    properties: Vec<(String, &'a str)>,
}

impl<'a> Bag<'a> {
    /// Adds a property; `name` is a JSON string, with its quotes.
    fn set(&mut self, name: String, value: &'a str) {
        match self.properties.iter_mut().find(|(known, _)| *known == name) {
            Some(property) => property.1 = value,
            None => self.properties.push((name, value)),
        }
    }

    /// Adds a property unless there is one of that name.
    fn add(&mut self, name: String, value: &'a str) {
        if !self.properties.iter().any(|(known, _)| *known == name) {
            self.properties.push((name, value));
        }
    }

    fn cell(&self) -> String {
        let mut text = String::from("{");
        for (name, value) in &self.properties {
            if text.len() > 1 {
                text.push(',');
            }
            text.push_str(name);
            text.push(':');
            text.push_str(value);
        }
        text.push('}');
        text
    }
}

fn texts(args: &Args) -> Result<Vec<Text>> {
    (0..args.len()).map(|index| args.text(index)).collect()
}

/// Takes names (strings) and values (cells) in turns.
fn pack(args: &Args, keep: fn(&str) -> bool) -> Result<ArrayRef> {
    let parts = texts(args)?;
    let constant: Vec<Option<String>> = parts.iter().map(|part| part.constant().map(encode_text)).collect();
    args.dynamics(|row| {
        let mut bag = Bag::default();
        for (index, pair) in parts.chunks_exact(2).enumerate() {
            let name = constant[index * 2].clone().unwrap_or_else(|| encode_text(pair[0].text(row)));
            let value = pair[1].get(row).unwrap_or("null");
            if keep(value) {
                bag.set(name, value);
            }
        }
        Some(bag.cell())
    })
}

fn keys(args: &Args) -> Result<ArrayRef> {
    let bags = args.text(0)?;
    args.dynamics(|row| {
        let names: Vec<String> = properties(bags.get(row)?)?.map(|(name, _)| encode_text(&name)).collect();
        Some(array(names.iter().map(String::as_str)))
    })
}

/// The first bag that has a property decides on it; what is not a bag is left out.
fn merge(args: &Args) -> Result<ArrayRef> {
    let bags = texts(args)?;
    args.dynamics(|row| {
        let mut merged = Bag::default();
        let mut any = false;
        for properties in bags.iter().filter_map(|bag| properties(bag.get(row)?)) {
            any = true;
            properties.for_each(|(name, value)| merged.add(encode_text(&name), value));
        }
        any.then(|| merged.cell())
    })
}

/// The names along a path such as `$.a.b` or `$['a']['b c']`; a text that does not start so is one name.
fn path(text: &str) -> Vec<String> {
    let Some(mut rest) = text.strip_prefix('$').filter(|rest| rest.starts_with(['.', '['])) else {
        return vec![text.to_owned()];
    };
    let mut names = Vec::new();
    while !rest.is_empty() {
        if let Some(quoted) = rest.strip_prefix("['").or_else(|| rest.strip_prefix("[\"")) {
            let Some(end) = quoted.find("']").or_else(|| quoted.find("\"]")) else { break };
            names.push(quoted[..end].to_owned());
            rest = &quoted[end + 2..];
        } else {
            let plain = rest.strip_prefix('.').unwrap_or(rest);
            let end = plain.find(['.', '[']).unwrap_or(plain.len());
            names.push(plain[..end].to_owned());
            rest = &plain[end..];
            if end == 0 && !rest.starts_with('.') {
                break;
            }
        }
    }
    names
}

fn has_key(args: &Args) -> Result<ArrayRef> {
    let (bags, names) = (args.text(0)?, args.text(1)?);
    args.truths(|row| {
        let bag = bags.get(row)?;
        let found = path(names.text(row)).iter().try_fold(bag, |bag, name| properties(bag)?.find_value(name));
        Some(found.is_some())
    })
}

fn remove_keys(args: &Args) -> Result<ArrayRef> {
    let (bags, names) = (args.text(0)?, args.text(1)?);
    args.dynamics(|row| {
        let Json::Object(mut bag) = decode(bags.get(row)?) else { return None };
        for name in names.get(row).and_then(elements).into_iter().flatten() {
            if let Json::String(name) = decode(name) {
                remove(&mut bag, &path(&name));
            }
        }
        Some(Json::Object(bag).to_string())
    })
}

fn remove(bag: &mut Map<String, Json>, path: &[String]) {
    match path {
        [] => {}
        [name] => {
            bag.shift_remove(name);
        }
        [name, rest @ ..] => {
            if let Some(Json::Object(inner)) = bag.get_mut(name) {
                remove(inner, rest);
            }
        }
    }
}

fn set_key(args: &Args) -> Result<ArrayRef> {
    let (bags, names, values) = (args.text(0)?, args.text(1)?, args.text(2)?);
    args.dynamics(|row| {
        let Json::Object(mut bag) = decode(bags.get(row)?) else { return None };
        let path = Some(path(names.text(row))).filter(|path| path.len() < DEPTH)?;
        set(&mut bag, &path, values.get(row).map_or(Json::Null, decode));
        Some(Json::Object(bag).to_string())
    })
}

/// Sets a property; bags on the way are made where they are missing.
fn set(bag: &mut Map<String, Json>, path: &[String], value: Json) {
    match path {
        [] => {}
        [name] => {
            bag.insert(name.clone(), value);
        }
        [name, rest @ ..] => {
            let inner = bag.entry(name.clone()).or_insert_with(|| Json::Object(Map::new()));
            if !inner.is_object() {
                *inner = Json::Object(Map::new());
            }
            if let Json::Object(inner) = inner {
                set(inner, rest, value);
            }
        }
    }
}

/// Names that are not text are passed over together with their value; missing values are null.
fn zip(args: &Args) -> Result<ArrayRef> {
    let (names, values) = (args.text(0)?, args.text(1)?);
    args.dynamics(|row| {
        let mut values = values.get(row).and_then(elements);
        let mut bag = Bag::default();
        for name in elements(names.get(row)?)? {
            let value = values.as_mut().and_then(Iterator::next).unwrap_or("null");
            if name.starts_with('"') {
                bag.set(name.to_owned(), value);
            }
        }
        Some(bag.cell())
    })
}

/// All paths to parts of a value; `[0]` stands for every position of an array.
fn treepath(args: &Args) -> Result<ArrayRef> {
    let cells = args.text(0)?;
    args.dynamics(|row| {
        let mut paths = Paths::default();
        walk(cells.get(row)?, "", 0, &mut paths);
        let paths: Vec<String> = paths.in_order.iter().map(|path| encode_text(path)).collect();
        Some(array(paths.iter().map(String::as_str)))
    })
}

/// How deep values are looked into. JSON that was read from text is never deeper.
const DEPTH: usize = 128;

#[derive(Default)]
struct Paths {
    known: HashSet<String>,
    in_order: Vec<String>,
}

fn walk(cell: &str, path: &str, depth: usize, paths: &mut Paths) {
    if depth == DEPTH {
        return;
    }
    let mut visit = |path: String, part: &str| {
        if paths.known.insert(path.clone()) {
            paths.in_order.push(path.clone());
        }
        walk(part, &path, depth + 1, paths);
    };
    if let Some(properties) = properties(cell) {
        properties.for_each(|(name, value)| visit(format!("{path}['{name}']"), value));
    } else if let Some(items) = elements(cell) {
        items.for_each(|item| visit(format!("{path}[0]"), item));
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

    fn text(text: &str) -> Value {
        Value::String(text.to_owned())
    }

    #[test]
    fn bags_are_put_together() {
        check("bag_pack", &[text("a"), json("1"), text("b\""), Value::Null(Type::Dynamic)], r#"{"a":1,"b\"":null}"#);
        check("bag_pack_present", &[text("a"), json("\"\""), text("b"), json("0")], r#"{"b":0}"#);
        check("bag_merge", &[json(r#"{"a":1}"#), json(r#"{"b":2,"a":3}"#), json("[1]")], r#"{"a":1,"b":2}"#);
        check("bag_zip", &[json(r#"["a",8,"b"]"#), json(r#"[1,"2",2.5]"#)], r#"{"a":1,"b":2.5}"#);
        check("bag_zip", &[json(r#"["a"]"#), json("1")], r#"{"a":null}"#);
        check("bag_zip", &[json("\"a\""), json("[1]")], "null");
    }

    #[test]
    fn properties_are_found_by_name_or_path() {
        let bag = || json(r#"{"k":1,"n":{"p":2}}"#);
        check("bag_keys", &[bag()], r#"["k","n"]"#);
        check("bag_keys", &[json("[1]")], "null");
        check("bag_set_key", &[bag(), text("k"), json("3")], r#"{"k":3,"n":{"p":2}}"#);
        check("bag_set_key", &[bag(), text("$.n.q"), json("3")], r#"{"k":1,"n":{"p":2,"q":3}}"#);
        check("bag_set_key", &[bag(), text("$['k']['x']"), json("3")], r#"{"k":{"x":3},"n":{"p":2}}"#);
        check("bag_remove_keys", &[bag(), json(r#"["k","$.n.p","none"]"#)], r#"{"n":{}}"#);
        let has = |name: &str| shown("bag_has_key", &[bag(), text(name)], Type::Bool);
        assert_eq!([has("k"), has("p"), has("$.n.p"), has("$.n.")], ["true", "false", "true", "false"]);
    }

    #[test]
    fn paths_of_a_tree() {
        check(
            "treepath",
            &[json(r#"{"a":{"b":1},"c":[{"d":1},2]}"#)],
            r#"["['a']","['a']['b']","['c']","['c'][0]","['c'][0]['d']"]"#,
        );
    }
}
