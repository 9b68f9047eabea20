//! What the binder needs to know about data: names and KQL types, nothing else.

use crate::tables::{self, Dictionary};
use crate::types::Type;

/// Which tables there are and which columns they have.
pub trait Catalog {
    /// The columns of a table or of a dictionary, in order; `None` when there is none of that name. Names are
    /// case-sensitive.
    fn table(&self, name: &str) -> Option<Vec<(String, Type)>>;

    /// The names of all tables, sorted; the dictionaries, which are not data, are left out.
    fn table_names(&self) -> Vec<String>;
}

/// A catalog held in memory: for tests, for editors, and as a view of data that was already opened.
#[derive(Clone, Debug, Default)]
pub struct MemoryCatalog {
    tables: std::collections::BTreeMap<String, Vec<(String, Type)>>,
}

impl MemoryCatalog {
    /// Adds or replaces a table.
    pub fn insert(&mut self, name: impl Into<String>, columns: Vec<(String, Type)>) {
        self.tables.insert(name.into(), columns);
    }
}

impl Catalog for MemoryCatalog {
    fn table(&self, name: &str) -> Option<Vec<(String, Type)>> {
        self.tables.get(name).cloned().or_else(|| tables::dictionary(name).map(Dictionary::typed_columns))
    }

    fn table_names(&self) -> Vec<String> {
        self.tables.keys().cloned().collect()
    }
}
