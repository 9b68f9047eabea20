//! Columns that are in the names of folders and not in the files: `COLUMN=VALUE`, as Hive began it.

use std::collections::BTreeSet;
use std::path::Path;

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::ScalarValue;

use super::parquet::Folder;
use crate::engine::expression::literal;
use crate::engine::types::FOLDERS_KEY;
use crate::types::Type;
use crate::value::{
    Value, parse_bool, parse_datetime, parse_decimal, parse_guid, parse_long, parse_real, parse_timespan,
};

/// What the folder of missing values is called.
pub const MISSING: &str = "__HIVE_DEFAULT_PARTITION__";

/// A column in the name of a folder, and its value as text; none for a missing one.
pub(super) type Named = (String, Option<String>);

/// The columns that the names of a folder and of those around it tell, outermost first.
pub(super) fn named(folder: &Path) -> Vec<Named> {
    let mut found = Vec::new();
    for part in folder.iter().rev() {
        let Some((name, value)) = part.to_str().and_then(|part| part.split_once('=')) else { break };
        found.push((decoded(name), (value != MISSING).then(|| decoded(value))));
    }
    found.reverse();
    found
}

/// A text with its `%XX` as the bytes that they stand for.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, behind @ ..] = rest {
        let code = behind.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        match code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &behind[2..];
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The type of a column in the names of folders: what a file says, else `long` where all values are whole numbers.
pub(super) fn type_of(name: &str, folders: &[Folder], schemas: &[SchemaRef]) -> Type {
    let said = schemas.iter().find_map(|schema| {
        let types: serde_json::Value = serde_json::from_str(schema.metadata().get(FOLDERS_KEY)?).ok()?;
        Type::parse(types.get(name)?.as_str()?)
    });
    said.unwrap_or_else(|| {
        let named = folders.iter().flat_map(|folder| &folder.named).filter(|(known, _)| known == name);
        let values: BTreeSet<&str> = named.filter_map(|(_, value)| value.as_deref()).collect();
        // A zero in front is kept, so such values are no numbers.
        let is_number = |text: &&str| text.parse::<i64>().is_ok_and(|number| number.to_string() == **text);
        if !values.is_empty() && values.iter().all(is_number) { Type::Long } else { Type::String }
    })
}

/// The value that the rows of a folder have in a column.
pub(super) fn value_of(folder: &Folder, name: &str, ty: Type) -> ScalarValue {
    let text = folder.named.iter().find(|(known, _)| known == name).and_then(|(_, value)| value.as_deref());
    let value = text.and_then(|text| match ty {
        Type::Bool => parse_bool(text).map(Value::Bool),
        Type::Int => text.parse().ok().map(Value::Int),
        Type::Long => parse_long(text).map(Value::Long),
        Type::Real => parse_real(text).map(Value::Real),
        Type::Decimal => parse_decimal(text).map(Value::Decimal),
        Type::DateTime => parse_datetime(text).map(Value::DateTime),
        Type::TimeSpan => parse_timespan(text).map(Value::TimeSpan),
        Type::Guid => parse_guid(text).map(Value::Guid),
        Type::String | Type::Unknown => Some(Value::String(text.to_owned())),
        Type::Dynamic => serde_json::from_str(text).ok().map(Value::Dynamic),
    });
    literal(&value.unwrap_or_else(|| Value::missing(ty)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names_of_folders_tell_columns() {
        let check = |path: &str, expected: &[(&str, Option<&str>)]| {
            let expected: Vec<Named> =
                expected.iter().map(|(name, value)| ((*name).to_owned(), value.map(str::to_owned))).collect();
            assert_eq!(named(Path::new(path)), expected, "{path}");
        };
        check("/a=1/data/k=a%2Fb/n%20o=__HIVE_DEFAULT_PARTITION__", &[("k", Some("a/b")), ("n o", None)]);
        check("/data", &[]);
        check("k=100%", &[("k", Some("100%"))]);
    }

    #[test]
    fn whole_numbers_are_numbers() {
        let check = |values: &[&str], ty: Type| {
            let folder = |value: &&str| Folder::new(format!("d/k={value}").into(), Vec::new());
            let folders: Vec<Folder> = values.iter().map(folder).collect();
            assert_eq!(type_of("k", &folders, &[]), ty, "{values:?}");
        };
        check(&["1", "-20", MISSING], Type::Long);
        check(&["1", "02"], Type::String);
        check(&[MISSING], Type::String);
    }
}
