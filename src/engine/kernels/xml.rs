//! XML as property bags, the way Newtonsoft's converter writes it.

use datafusion::arrow::array::ArrayRef;
use datafusion::common::Result;
use roxmltree::{Document, Node};
use serde_json::{Map, Value as Json};

use super::parse::map;
use super::{Args, Kernel};

/// The kernels of this file.
pub(super) const KERNELS: &[Kernel] = &[Kernel::new("parse_xml", parse_xml)];

fn parse_xml(args: &Args) -> Result<ArrayRef> {
    map(args, |text| match Document::parse(text.trim()) {
        Ok(document) => {
            let root = document.root_element();
            Json::Object(Map::from_iter([(name(root), element(root))]))
        }
        Err(_) => Json::Null,
    })
}

/// The name as written, prefix included.
fn name(node: Node) -> String {
    let text = &node.document().input_text()[node.range()];
    let name = text.trim_start_matches('<');
    name[..name.find([' ', '\t', '\r', '\n', '/', '>']).unwrap_or(name.len())].to_owned()
}

/// Text alone is a string, nothing at all is null; else a bag of attributes, text and elements.
fn element(node: Node) -> Json {
    let mut bag = Map::new();
    for (name, value) in declarations(node) {
        bag.insert(name, Json::from(value));
    }
    for attribute in node.attributes() {
        let written = &node.document().input_text()[attribute.range()];
        let name = written.split('=').next().unwrap_or_default().trim();
        bag.insert(format!("@{name}"), Json::from(attribute.value()));
    }
    for child in node.children() {
        if child.is_text() {
            let text = child.text().unwrap_or_default().trim();
            if !text.is_empty() {
                add(&mut bag, "#text".to_owned(), Json::from(text));
            }
        } else if child.is_element() {
            add(&mut bag, name(child), element(child));
        }
    }
    match bag.len() {
        0 => Json::Null,
        1 if bag.contains_key("#text") => bag.remove("#text").unwrap_or_default(),
        _ => Json::Object(bag),
    }
}

/// The namespaces that the element itself declares, as attributes.
fn declarations(node: Node) -> Vec<(String, String)> {
    let inherited = |name: Option<&str>, uri: &str| {
        node.parent_element().is_some_and(|parent| parent.lookup_namespace_uri(name) == Some(uri))
    };
    let own = node.namespaces().filter(|ns| ns.name() != Some("xml") && !inherited(ns.name(), ns.uri()));
    own.map(|ns| {
        let name = ns.name().map_or("@xmlns".to_owned(), |prefix| format!("@xmlns:{prefix}"));
        (name, ns.uri().to_owned())
    })
    .collect()
}

/// Adds a value; values of one name make an array.
fn add(bag: &mut Map<String, Json>, name: String, value: Json) {
    match bag.get_mut(&name) {
        Some(Json::Array(items)) => items.push(value),
        Some(first) => *first = Json::Array(vec![first.take(), value]),
        None => {
            bag.insert(name, value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, text};
    use crate::types::Type;
    use crate::value::Value;
    use serde_json::json;

    #[test]
    fn elements() {
        let xml = |source: &str, expected| check("parse_xml", &[text(source)], Value::Dynamic(expected));
        xml("<e/>", json!({"e": null}));
        xml("<?xml version=\"1.0\"?>\n<e>text</e>", json!({"e": "text"}));
        xml("<e name='value'>a &amp; b</e>", json!({"e": {"@name": "value", "#text": "a & b"}}));
        xml("<e> <a>1</a> <a>2</a> <b/> </e>", json!({"e": {"a": ["1", "2"], "b": null}}));
        xml("<e> text <a>1</a></e>", json!({"e": {"#text": "text", "a": "1"}}));
        xml("<n:e xmlns:n='u'><n:a n:b='1'/></n:e>", json!({"n:e": {"@xmlns:n": "u", "n:a": {"@n:b": "1"}}}));
        check("parse_xml", &[text("<e>")], Value::Null(Type::Dynamic));
    }
}
