//! Names in records that their tables have no column for, and how often each came.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value, json};

/// Names of a table that are kept one by one: a file with a new name on every line must not fill the memory.
const MOST_NAMES: usize = 100;

/// Names of a table that people are shown.
const SHOWN_NAMES: usize = 5;

/// Characters of a name that are kept.
const MOST_LETTERS: usize = 80;

/// The names by table. Their values are kept in the column `AdditionalFields`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Surplus(BTreeMap<String, Names>);

/// The names of a table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Names {
    counts: BTreeMap<String, u64>,
    /// How often names came that are not among them.
    others: u64,
}

impl Names {
    fn add(&mut self, name: &str, count: u64) {
        if let Some(known) = self.counts.get_mut(name) {
            *known += count;
        } else if self.counts.len() < MOST_NAMES {
            self.counts.insert(name.to_owned(), count);
        } else {
            self.others += count;
        }
    }

    /// The most frequent first.
    fn in_order(&self) -> Vec<(&str, u64)> {
        let mut names: Vec<_> = self.counts.iter().map(|(name, count)| (name.as_str(), *count)).collect();
        names.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        names
    }
}

impl Surplus {
    /// Counts a name that came so many times more.
    pub(super) fn add(&mut self, table: &str, name: &str, count: u64) {
        let name: String = name.chars().take(MOST_LETTERS).collect();
        self.0.entry(table.to_owned()).or_default().add(&name, count);
    }

    /// Counts all of another count.
    pub(super) fn merge(&mut self, other: &Surplus) {
        for (table, names) in &other.0 {
            let known = self.0.entry(table.clone()).or_default();
            names.counts.iter().for_each(|(name, count)| known.add(name, *count));
            known.others += names.others;
        }
    }

    /// The same with other names.
    pub(super) fn renamed(&self, rename: impl Fn(&str) -> String) -> Surplus {
        let mut renamed = Surplus::default();
        for (table, names) in &self.0 {
            let known = renamed.0.entry(table.clone()).or_default();
            names.counts.iter().for_each(|(name, count)| known.add(&rename(name), *count));
            known.others = names.others;
        }
        renamed
    }

    /// The names of a table with their counts, the most frequent first.
    pub fn of(&self, table: &str) -> Vec<(&str, u64)> {
        self.0.get(table).map(Names::in_order).unwrap_or_default()
    }

    /// For programs: counts by table and name.
    pub(super) fn to_json(&self) -> Value {
        let tables = self.0.iter().map(|(table, names)| {
            let names = names.in_order().into_iter().map(|(name, count)| (name.to_owned(), json!(count)));
            (table.clone(), Value::Object(names.collect()))
        });
        Value::Object(tables.collect::<Map<_, _>>())
    }
}

impl fmt::Display for Surplus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (table, names) in &self.0 {
            let all = names.in_order();
            let shown: Vec<String> =
                all.iter().take(SHOWN_NAMES).map(|(name, count)| format!("{name} ({count})")).collect();
            write!(f, "  {table} has no column for {}", shown.join(", "))?;
            match (all.len().saturating_sub(SHOWN_NAMES), names.others) {
                (0, 0) => writeln!(f)?,
                (more, 0) => writeln!(f, " and {more} more")?,
                (more, _) => writeln!(f, " and more than {more} more")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_counted_and_few_are_shown() {
        let mut surplus = Surplus::default();
        surplus.add("A", "x", 1);
        surplus.add("A", "y", 2);
        let mut more = Surplus::default();
        more.add("A", "x", 2);
        more.add("A", "z", 1);
        surplus.merge(&more);
        assert_eq!(surplus.of("A"), [("x", 3), ("y", 2), ("z", 1)]);
        assert_eq!(surplus.to_string(), "  A has no column for x (3), y (2), z (1)\n");
        assert_eq!(surplus.renamed(|_| "n".to_owned()).of("A"), [("n", 6)]);
        for n in 0..MOST_NAMES {
            surplus.add("B", &n.to_string(), 1);
        }
        assert!(
            surplus.to_string().ends_with("B has no column for 0 (1), 1 (1), 10 (1), 11 (1), 12 (1) and 95 more\n")
        );
        surplus.add("B", "last", 1);
        assert!(surplus.to_string().ends_with(" and more than 95 more\n"));
    }
}
