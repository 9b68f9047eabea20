//! Hides who is meant: columns are emptied, identities become pseudonyms, addresses lose their last part.
//!
//! ```text
//!  batch ──column by column──▶ emptied │ a pseudonym each │ read for identities (`text`), JSON by its names (`json`)
//! ```
//!
//! A pseudonym depends on the value and the key alone (`key`), so joins hold between tables, and from run to run.

mod json;
mod key;
mod text;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, RecordBatch, StringViewArray, StringViewBuilder, new_null_array,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;

pub use key::Key;

use crate::engine::types::kql_type;
use crate::engine::{Answer, Table};
use crate::error::{Error, Result};
use crate::tables::TABLES;
use crate::types::Type;

/// Columns and properties that name a person, a device or a telephone, where no others are named. Letter case and
/// underscores do not count.
const IDENTITIES: &[&str] = &[
    "Identifier",
    "Identity",
    "UserId",
    "UserIdA",
    "UserIdB",
    "EndpointId",
    "RemoteEndpointId",
    "RecipientId",
    "PhoneNumber",
    "SenderUsername",
    "RawId",
    "CommunicationUserId",
    "MicrosoftTeamsUserId",
    "DisplayName",
    "UserName",
    "UserPrincipalName",
    "Email",
    "EmailAddress",
    "CallerNumber",
    "CallerId",
    "DeviceId",
];

/// What is to be hidden.
#[derive(Debug, Default)]
pub struct Privacy {
    /// Columns and properties that are emptied.
    emptied: Names,
    /// Columns and properties whose values become pseudonyms.
    identities: Names,
    /// Whether those are names that were given, rather than the usual ones.
    are_given: bool,
    /// Without one nothing but emptying is done.
    key: Option<Key>,
    hidden: AtomicU64,
}

/// What becomes of the values of a column or property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Treatment {
    /// They are removed.
    Empty,
    /// They become pseudonyms.
    Whole,
    /// Identities in them become pseudonyms.
    Within(Addresses),
}

/// Whether what looks like an IP address is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Addresses {
    Masked,
    /// Versions of programs look the same.
    Versions,
}

/// Names without regard to letter case and underscores.
#[derive(Debug, Default)]
struct Names(BTreeMap<String, Name>);

/// A name as it was given.
#[derive(Debug)]
struct Name {
    written: String,
    /// Whether anything was called so.
    is_met: AtomicBool,
}

impl Names {
    fn new<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let named = |name: &str| (plain(name), Name { written: name.to_owned(), is_met: AtomicBool::new(false) });
        Names(names.into_iter().map(named).collect())
    }

    fn has(&self, name: &str) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let found = self.0.get(&plain(name));
        if let Some(found) = found {
            found.is_met.store(true, Ordering::Relaxed);
        }
        found.is_some()
    }

    fn unmet(&self) -> impl Iterator<Item = &str> {
        self.0.values().filter(|name| !name.is_met.load(Ordering::Relaxed)).map(|name| name.written.as_str())
    }
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl Privacy {
    /// Empties columns, and properties of these names in dynamic values and JSON text.
    pub fn redacting(mut self, columns: &[String]) -> Self {
        self.emptied = Names::new(columns.iter().map(String::as_str));
        self
    }

    /// Replaces the values of columns, and properties of these names, by pseudonyms; those of the usual names when none
    /// are given. What looks like an identity elsewhere is replaced too.
    pub fn pseudonymising(mut self, columns: &[String], key: Key) -> Result<Self> {
        let wrong = |name: &&String| {
            let declared: Vec<Type> =
                TABLES.iter().filter_map(|table| Some(table.columns[table.column_index(name)?].ty)).collect();
            !declared.is_empty() && !declared.iter().any(|ty| holds_text(*ty))
        };
        if let Some(name) = columns.iter().find(wrong) {
            return Err(Error::Usage(format!("`{name}` is not text and cannot hold a pseudonym: use --redact")));
        }
        self.identities = match columns {
            [] => Names::new(IDENTITIES.iter().copied()),
            columns => Names::new(columns.iter().map(String::as_str)),
        };
        self.are_given = !columns.is_empty();
        self.key = Some(key);
        Ok(self)
    }

    /// Whether there is anything to do.
    pub fn is_needed(&self) -> bool {
        self.key.is_some() || !self.emptied.0.is_empty()
    }

    /// Whether a column is emptied.
    pub fn empties(&self, column: &str) -> bool {
        self.emptied.has(column)
    }

    /// How many values were hidden so far.
    pub fn hidden(&self) -> u64 {
        self.hidden.load(Ordering::Relaxed)
    }

    /// The names given that no column and no property has had so far.
    pub fn unmet(&self) -> Vec<String> {
        let given = self.identities.unmet().filter(|_| self.are_given);
        self.emptied.unmet().chain(given).map(str::to_owned).collect()
    }

    /// Hides in an answer what is to be hidden. All columns that are to be emptied must be there.
    pub fn answer(&self, answer: &mut Answer, named: &[String]) -> Result<()> {
        Privacy::check_columns(&answer.tables, named)?;
        for table in &mut answer.tables {
            for (column, _) in &table.columns {
                // It counts as met, even where there are no rows.
                let _ = self.treatment(column);
            }
            for batch in &mut table.batches {
                *batch = self.batch(batch)?;
            }
        }
        Ok(())
    }

    /// Fails where no table has one of these columns.
    pub fn check_columns(tables: &[Table], named: &[String]) -> Result<()> {
        let has = |name: &str| {
            tables.iter().any(|table| table.columns.iter().any(|(column, _)| plain(column) == plain(name)))
        };
        match named.iter().find(|name| !has(name)) {
            Some(name) => Err(Error::Usage(format!("the answer has no column `{name}` to hide"))),
            None => Ok(()),
        }
    }

    /// The batch with everything hidden that is to be hidden; its columns and their types are the same.
    pub fn batch(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let schema = batch.schema();
        let columns = schema.fields().iter().zip(batch.columns()).map(|(field, column)| {
            let ty = kql_type(field).unwrap_or(Type::String);
            match self.treatment(field.name()) {
                Treatment::Empty => Ok(self.emptied(column, field.is_nullable())),
                treatment if !holds_text(ty) => match treatment {
                    // Numbers hold no pseudonyms, and are no less telling.
                    Treatment::Whole => Ok(self.emptied(column, field.is_nullable())),
                    Treatment::Within(_) | Treatment::Empty => Ok(Arc::clone(column)),
                },
                treatment => self.texts(column, ty, treatment),
            }
        });
        let columns = columns.collect::<Result<Vec<ArrayRef>>>()?;
        RecordBatch::try_new(schema, columns).map_err(|error| Error::Engine(error.to_string()))
    }

    fn emptied(&self, column: &ArrayRef, is_nullable: bool) -> ArrayRef {
        self.hidden.fetch_add((column.len() - column.null_count()) as u64, Ordering::Relaxed);
        match column.data_type() {
            DataType::Utf8View if !is_nullable => {
                Arc::new(StringViewArray::from_iter_values(std::iter::repeat_n("", column.len())))
            }
            other => new_null_array(other, column.len()),
        }
    }

    fn texts(&self, column: &ArrayRef, ty: Type, treatment: Treatment) -> Result<ArrayRef> {
        let engine = |error: datafusion::arrow::error::ArrowError| Error::Engine(error.to_string());
        let views = cast(column, &DataType::Utf8View).map_err(engine)?;
        let cells: &StringViewArray = views.as_string_view();
        let mut hidden = 0;
        let mut builder = StringViewBuilder::with_capacity(cells.len());
        for cell in cells {
            let Some(cell) = cell else {
                builder.append_null();
                continue;
            };
            let new = match (ty, treatment) {
                (Type::Guid, Treatment::Whole) => self.key.as_ref().map_or(cell.into(), |key| key.guid(cell).into()),
                (Type::Dynamic, _) => self.json(cell, treatment, 0),
                _ => self.text(cell, treatment, 0),
            };
            hidden += u64::from(matches!(new, Cow::Owned(_)));
            builder.append_value(new);
        }
        if hidden == 0 {
            return Ok(Arc::clone(column));
        }
        self.hidden.fetch_add(hidden, Ordering::Relaxed);
        cast(&builder.finish(), column.data_type()).map_err(engine)
    }

    fn treatment(&self, name: &str) -> Treatment {
        if self.emptied.has(name) {
            return Treatment::Empty;
        }
        if self.identities.has(name) {
            return Treatment::Whole;
        }
        Treatment::Within(if is_version(name) { Addresses::Versions } else { Addresses::Masked })
    }
}

fn holds_text(ty: Type) -> bool {
    matches!(ty, Type::String | Type::Guid | Type::Dynamic | Type::Unknown)
}

/// Whether a name is that of a version, as far as names tell.
fn is_version(name: &str) -> bool {
    let name = plain(name);
    ["version", "build", "sdk", "useragent", "release"].iter().any(|word| name.contains(word)) || name.ends_with("ver")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn privacy() -> Privacy {
        let key = Key::new(b"a key of enough bytes").unwrap();
        Privacy::default().redacting(&["Secret".to_owned()]).pseudonymising(&[], key).unwrap()
    }

    fn cells(name: &str, ty: Type, cell: &str) -> String {
        let array: ArrayRef = Arc::new(StringViewArray::from_iter_values([cell]));
        let schema = datafusion::arrow::datatypes::Schema::new(vec![crate::engine::types::arrow_field(name, ty)]);
        let batch = RecordBatch::try_new(Arc::new(schema), vec![array]).unwrap();
        let new = privacy().batch(&batch).unwrap();
        let column = new.column(0).as_string_view();
        if column.is_null(0) { "null".to_owned() } else { column.value(0).to_owned() }
    }

    #[test]
    fn one_identity_has_one_pseudonym() {
        let bare = cells("UserId", Type::String, "5C000000-0000-4000-8000-0000000000AA");
        assert!(bare.starts_with("anon-") && bare.len() == 37, "{bare}");
        let check = |name: &str, ty: Type, cell: &str, expected: &str| {
            assert_eq!(cells(name, ty, cell), expected.replace('*', &bare), "{name} {cell}");
        };
        let user = "5c000000-0000-4000-8000-0000000000aa";
        let resource = "11111111-0000-4000-8000-000000000001";
        check("Identifier", Type::String, &format!("8:acs:{resource}_{user}"), &format!("8:acs:{resource}_*"));
        check("Note", Type::String, &format!("by acs:{resource}_{user}."), &format!("by acs:{resource}_*."));
        check("Identifier", Type::String, &format!("8:orgid:{user}"), "8:orgid:*");
        check("Identifier", Type::String, &bare, &bare);
        check("Payload", Type::Dynamic, &format!(r#"{{"user_id":"{user}","n":1.50}}"#), r#"{"user_id":"*","n":1.50}"#);
        check("Text", Type::String, &format!(r#"{{"a":[{{"UserID":["{user}"]}}]}}"#), r#"{"a":[{"UserID":["*"]}]}"#);
        check("Identifier", Type::String, "", "");
        check("Identifier", Type::String, "Redacted", "Redacted");
        let phone = cells("PhoneNumber", Type::String, "15550100123");
        assert_eq!(cells("Identifier", Type::String, "4:+15550100123"), format!("4:{phone}"));
        assert_eq!(cells("Any", Type::String, "call +1 (555) 010-0123 now"), format!("call {phone} now"));
    }

    #[test]
    fn columns_are_emptied_with_their_type() {
        assert_eq!(cells("secret", Type::String, "x"), "");
        assert_eq!(cells("Secret", Type::Dynamic, "[1]"), "null");
        assert_eq!(
            cells("Any", Type::Dynamic, r#"{"secret":{"a":["}"]},"b":[1,"x"]}"#),
            r#"{"secret":null,"b":[1,"x"]}"#
        );
    }

    #[test]
    fn what_cannot_hold_a_pseudonym_is_told() {
        let key = || Key::new(b"a key of enough bytes").unwrap();
        assert!(Privacy::default().pseudonymising(&["CallDuration".to_owned()], key()).is_err());
        assert!(Privacy::default().pseudonymising(&["CallId".to_owned()], key()).is_ok());
        assert!(Key::new(b"short").is_err());
    }
}
