//! The shape of `dynamic` values: which types stand where. Written as Kusto's `buildschema` writes it: the name of a
//! type, an object for bags, an object with the one key `` `indexer` `` for arrays, an array where several occur.

use serde_json::{Map, Value as Json};

use super::Summary;

/// The key under which the items of arrays stand.
const ITEMS: &str = "`indexer`";

/// The types that occur in one place.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Schema {
    /// Names of plain types, in the order in which they came.
    plain: Vec<String>,
    bag: Option<Vec<(String, Schema)>>,
    items: Option<Box<Schema>>,
}

impl Schema {
    /// Adds a value.
    pub(crate) fn add(&mut self, value: &Json) {
        match value {
            Json::Null => {}
            Json::Bool(_) => self.add_plain("bool"),
            Json::Number(number) if number.is_f64() => self.add_plain("double"),
            Json::Number(_) => self.add_plain("long"),
            Json::String(_) => self.add_plain("string"),
            Json::Array(items) => {
                let schema = self.items.get_or_insert_default();
                items.iter().for_each(|item| schema.add(item));
            }
            Json::Object(properties) => {
                self.bag.get_or_insert_default();
                properties.iter().for_each(|(key, value)| self.property(key).add(value));
            }
        }
    }

    fn add_plain(&mut self, name: &str) {
        if !self.plain.iter().any(|known| known == name) {
            self.plain.push(name.to_owned());
        }
    }

    fn property(&mut self, key: &str) -> &mut Schema {
        let bag = self.bag.get_or_insert_default();
        let place = bag.iter().position(|(known, _)| known == key).unwrap_or_else(|| {
            bag.push((key.to_owned(), Schema::default()));
            bag.len() - 1
        });
        &mut bag[place].1
    }

    fn json(&self) -> Json {
        let mut all: Vec<Json> = self.plain.iter().map(|name| Json::from(name.as_str())).collect();
        if self.bag.is_some() || self.items.is_some() {
            let properties = self.bag.iter().flatten().map(|(key, schema)| (key.clone(), schema.json()));
            let items = self.items.iter().map(|schema| (ITEMS.to_owned(), schema.json()));
            all.push(Json::Object(properties.chain(items).collect::<Map<_, _>>()));
        }
        match <[Json; 1]>::try_from(all) {
            Ok([only]) => only,
            Err(several) => Json::Array(several),
        }
    }

    fn of_json(json: &Json) -> Option<Schema> {
        let mut schema = Schema::default();
        match json {
            Json::String(name) => schema.add_plain(name),
            Json::Array(several) => {
                for one in several {
                    schema.merge(&Schema::of_json(one)?);
                }
            }
            Json::Object(properties) => {
                for (key, value) in properties {
                    match key.as_str() {
                        ITEMS => schema.items = Some(Box::new(Schema::of_json(value)?)),
                        key => *schema.property(key) = Schema::of_json(value)?,
                    }
                }
                if !properties.contains_key(ITEMS) {
                    schema.bag.get_or_insert_default();
                }
            }
            Json::Null | Json::Bool(_) | Json::Number(_) => return None,
        }
        Some(schema)
    }
}

impl Summary for Schema {
    fn merge(&mut self, other: &Schema) {
        other.plain.iter().for_each(|name| self.add_plain(name));
        if let Some(bag) = &other.bag {
            self.bag.get_or_insert_default();
            bag.iter().for_each(|(key, schema)| self.property(key).merge(schema));
        }
        if let Some(items) = &other.items {
            self.items.get_or_insert_default().merge(items);
        }
    }

    fn to_json(&mut self) -> String {
        self.json().to_string()
    }

    fn parse(cell: &str) -> Option<Schema> {
        Schema::of_json(&serde_json::from_str(cell).ok()?)
    }

    fn size(&self) -> usize {
        // Schemas are small; their own parts don't matter.
        size_of::<Self>()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(values: &[Json], expected: &Json) {
        let mut schema = Schema::default();
        values.iter().for_each(|value| schema.add(value));
        let text = schema.to_json();
        assert_eq!(text, expected.to_string());
        assert_eq!(Schema::parse(&text), Some(schema));
    }

    #[test]
    fn types_are_told_by_place() {
        check(
            &[json!({"x": 1, "y": 3.5}), json!({"x": "a", "z": [1, 2]}), json!({"y": {"w": "b"}, "z": ["c"]})],
            &json!({"x": ["long", "string"], "y": ["double", {"w": "string"}], "z": {"`indexer`": ["long", "string"]}}),
        );
        check(&[json!(true), json!(null), json!([])], &json!(["bool", {"`indexer`": []}]));
        check(&[json!({})], &json!({}));
        check(&[], &json!([]));
    }
}
