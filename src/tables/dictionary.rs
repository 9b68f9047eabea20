//! Dictionaries: small tables that come with the program and put codes into words.
//!
//! They can be used in every query, whatever data is open, but are no data themselves: `search`, `find` and `union *`
//! leave them out, and a table of the user's with the same name takes their place.

use super::{Column, column};
use crate::types::Type;

/// A table of texts that comes with the program.
#[derive(Debug)]
pub struct Dictionary {
    /// Its name in queries.
    pub name: &'static str,
    /// One sentence: what a row is.
    pub summary: &'static str,
    /// The columns, all of them texts, as they stand in the file.
    pub columns: &'static [Column],
    /// The rows, as CSV with a header.
    pub csv: &'static str,
}

impl Dictionary {
    /// The columns with their types, as a catalog lists them.
    pub fn typed_columns(&self) -> Vec<(String, Type)> {
        self.columns.iter().map(|column| (column.name.to_owned(), column.ty)).collect()
    }
}

/// All dictionaries.
pub const DICTIONARIES: &[&Dictionary] = &[&ERROR_CODES];

/// The dictionary of a name; letter case matters.
pub fn dictionary(name: &str) -> Option<&'static Dictionary> {
    DICTIONARIES.iter().copied().find(|dictionary| dictionary.name == name)
}

/// End codes and subcodes as the call summary, the client operations and call automation give them.
const ERROR_CODES: Dictionary = Dictionary {
    name: "ACSErrorCodes",
    summary: "What an end code and its subcode mean, and what can be done about them.",
    columns: &[
        column(
            "Code",
            Type::String,
            "The code, as in `ParticipantEndReason`; empty where the subcode alone has the meaning.",
        ),
        column(
            "SubCode",
            Type::String,
            "The subcode, as in `ParticipantEndSubCode`; empty on the row of a code alone.",
        ),
        column(
            "Category",
            Type::String,
            "Success, ExpectedError, UnexpectedClientError or UnexpectedServerError; empty where it depends.",
        ),
        column("Origin", Type::String, "What raises it: client, service, pstn, automation, or any of them."),
        column("Message", Type::String, "What happened."),
        column("Advice", Type::String, "What to do about it; empty where there is nothing to do."),
    ],
    csv: include_str!("error_codes.csv"),
};

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn headers_are_the_columns() {
        for dictionary in DICTIONARIES {
            let names: Vec<&str> = dictionary.columns.iter().map(|column| column.name).collect();
            assert_eq!(dictionary.csv.lines().next(), Some(names.join(",").as_str()), "{}", dictionary.name);
            assert!(dictionary.columns.iter().all(|column| column.ty == Type::String), "{}", dictionary.name);
        }
    }

    #[test]
    fn a_code_and_its_subcode_are_there_once() {
        let mut seen = HashSet::new();
        for line in ERROR_CODES.csv.lines().skip(1) {
            let key: Vec<&str> = line.splitn(3, ',').take(2).collect();
            assert!(seen.insert(key.clone()), "{key:?} twice");
        }
    }
}
