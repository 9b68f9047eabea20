//! What the binder needs to know about data: names and KQL types, nothing else.

use std::path::{Path, PathBuf};

use crate::tables::{self, Dictionary};
use crate::types::Type;

/// Which tables there are and which columns they have.
pub trait Catalog {
    /// The columns of a table or of a dictionary, in order; `None` when there is none of that name. Names are
    /// case-sensitive.
    fn table(&self, name: &str) -> Option<Vec<(String, Type)>>;

    /// The names of all tables, sorted; the dictionaries, which are not data, are left out.
    fn table_names(&self) -> Vec<String>;

    /// Why the file of an address must not be read, if it must not. Only what was allowed outright may be.
    fn refuses_file(&self, address: &str) -> Option<String> {
        Some(file_path(address).err().unwrap_or_else(|| NO_FILES.to_owned()))
    }

    /// The files of an address, the newest last: itself, or those of a folder and below it. What is not allowed is
    /// refused with the reason. Nothing where files are not looked up.
    fn files_at(&self, address: &str) -> Result<Option<Vec<String>>, String> {
        self.refuses_file(address).map_or(Ok(None), Err)
    }

    /// The columns of a Parquet file beside the tables.
    fn columns_of_file(&self, _address: &str) -> Option<Vec<(String, Type)>> {
        None
    }

    /// How much of a table there is, where that is known.
    fn details(&self, _name: &str) -> Option<TableDetails> {
        None
    }
}

/// How much of a table there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableDetails {
    /// How many rows.
    pub rows: u64,
    /// How many bytes.
    pub bytes: u64,
    /// In how many files.
    pub files: u64,
}

/// What is said where no file beside the tables may be read.
pub const NO_FILES: &str = "no file beside the tables may be read: `--allow-external PATH` allows one, or a folder";
/// What is said of a file that is not there or not allowed: which of the two is nobody's business.
pub const NO_SUCH_FILE: &str = "there is no such file among those that `--allow-external` allows";

/// A catalog held in memory: for tests, for editors, and as a view of data that was already opened.
#[derive(Clone, Debug, Default)]
pub struct MemoryCatalog {
    tables: std::collections::BTreeMap<String, Vec<(String, Type)>>,
    folder: Option<PathBuf>,
}

impl MemoryCatalog {
    /// Adds or replaces a table.
    pub fn insert(&mut self, name: impl Into<String>, columns: Vec<(String, Type)>) {
        self.tables.insert(name.into(), columns);
    }

    /// Takes every path below a folder for that of a file that may be read; whether there is one is not looked up.
    pub fn allow_files(&mut self, folder: impl Into<PathBuf>) {
        self.folder = Some(folder.into());
    }
}

impl Catalog for MemoryCatalog {
    fn table(&self, name: &str) -> Option<Vec<(String, Type)>> {
        self.tables.get(name).cloned().or_else(|| tables::dictionary(name).map(Dictionary::typed_columns))
    }

    fn table_names(&self) -> Vec<String> {
        self.tables.keys().cloned().collect()
    }

    fn refuses_file(&self, address: &str) -> Option<String> {
        let Some(folder) = &self.folder else { return Some(NO_FILES.to_owned()) };
        match file_path(address) {
            Ok(path) if path.starts_with(folder) => None,
            Ok(_) => Some(NO_SUCH_FILE.to_owned()),
            Err(reason) => Some(reason),
        }
    }
}

/// The path that an address names: the address itself, or that of a `file` URL. Other addresses are refused by name.
pub fn file_path(address: &str) -> Result<PathBuf, String> {
    if let Some(rest) = address.strip_prefix("file://") {
        let path = rest.strip_prefix("localhost").unwrap_or(rest);
        if !path.starts_with('/') {
            return Err("a `file` URL has a full path and no host".into());
        }
        return Ok(Path::new(&unescaped(path)?).to_owned());
    }
    match address.split_once("://") {
        Some((scheme, _)) => Err(format!("addresses of `{scheme}` are not read, only files are")),
        None => Ok(Path::new(address).to_owned()),
    }
}

/// Text in which `%20` and its kin are the characters that they stand for.
fn unescaped(text: &str) -> Result<String, String> {
    let wrong = || "this is no address".to_owned();
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
        let (Some(high), Some(low)) = (digit(), digit()) else { return Err(wrong()) };
        bytes.push(u8::try_from(high * 16 + low).map_err(|_| wrong())?);
    }
    String::from_utf8(bytes).map_err(|_| wrong())
}
