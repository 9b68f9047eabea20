//! Texts taken apart into arrays of texts, for `parse` and `parse-kv`.

use datafusion::arrow::array::ArrayRef;
use datafusion::common::Result;

use super::regex::{Patterns, compile};
use super::{Args, Kernel};
use crate::engine::dynamic;

/// The kernels of this file.
pub(super) const KERNELS: &[Kernel] = &[
    Kernel::new("regex_groups", groups),
    Kernel::new("parse_kv", parse_kv),
    Kernel::new("parse_kv_regex", parse_kv_regex),
];

/// `(text, pattern)`: an array of the texts of the groups called `column…`, null when the pattern does not match.
fn groups(args: &Args) -> Result<ArrayRef> {
    let texts = args.text(0)?;
    let mut patterns = Patterns::of(args, 1, compile)?;
    let mut cells = Vec::with_capacity(args.rows);
    for row in 0..args.rows {
        let pattern = patterns.get(row)?;
        cells.push(pattern.captures(texts.text(row)).map(|found| {
            let mut cell = String::from("[");
            let ours = pattern.capture_names().zip(found.iter());
            for (_, group) in ours.filter(|(name, _)| name.is_some_and(|name| name.starts_with("column"))) {
                if cell.len() > 1 {
                    cell.push(',');
                }
                cell.push_str(&dynamic::encode_text(group.map_or("", |group| group.as_str())));
            }
            cell.push(']');
            cell
        }));
    }
    args.dynamics(|row| cells[row].as_deref())
}

/// `(text, pair delimiter, key delimiter, quotes, escapes, greedy, key, …)`: an array of the values of the keys, null
/// for those that are not there. The first of equal keys counts. Quotes come in pairs, an opening and a closing one.
fn parse_kv(args: &Args) -> Result<ArrayRef> {
    let texts = args.text(0)?;
    let setting = |index: usize| Ok(args.text(index)?.text(0).to_owned()) as Result<String>;
    let quotes: Vec<char> = setting(3)?.chars().collect();
    let syntax = Pairs {
        pair: setting(1)?,
        kv: setting(2)?,
        quotes: quotes.chunks_exact(2).filter_map(|pair| Some((*pair.first()?, *pair.get(1)?))).collect(),
        escapes: setting(4)?,
        greedy: args.bools(5)?.get(0) == Some(true),
    };
    let keys = (6..args.len()).map(setting).collect::<Result<Vec<_>>>()?;
    values_of(args, &keys, |row| Ok(syntax.read(texts.text(row), &keys)))
}

/// `(text, pattern, key, …)`: likewise, where the first group of a match is a key and the second one its value.
fn parse_kv_regex(args: &Args) -> Result<ArrayRef> {
    let texts = args.text(0)?;
    let mut patterns = Patterns::of(args, 1, compile)?;
    let keys = (2..args.len()).map(|index| Ok(args.text(index)?.text(0).to_owned())).collect::<Result<Vec<_>>>()?;
    values_of(args, &keys, |row| {
        let pattern = patterns.get(row)?;
        let found = pattern.captures_iter(texts.text(row));
        let group = |found: &regex::Captures<'_>, index| found.get(index).map_or("", |group| group.as_str()).to_owned();
        Ok(found.map(|found| (group(&found, 1), group(&found, 2))).collect())
    })
}

/// The values of the keys among the pairs of each row.
fn values_of(
    args: &Args,
    keys: &[String],
    mut pairs: impl FnMut(usize) -> Result<Vec<(String, String)>>,
) -> Result<ArrayRef> {
    let mut cells = Vec::with_capacity(args.rows);
    for row in 0..args.rows {
        let mut values: Vec<Option<String>> = vec![None; keys.len()];
        for (key, value) in pairs(row)? {
            if let Some(slot) = keys.iter().position(|known| *known == key) {
                values[slot].get_or_insert(value);
            }
        }
        let values: Vec<String> =
            values.iter().map(|value| value.as_deref().map_or("null".to_owned(), dynamic::encode_text)).collect();
        cells.push(format!("[{}]", values.join(",")));
    }
    args.dynamics(|row| Some(cells[row].as_str()))
}

/// How keys and values are written. An empty delimiter stands for any run of punctuation and blanks.
struct Pairs {
    pair: String,
    kv: String,
    /// Opening and closing quotes.
    quotes: Vec<(char, char)>,
    escapes: String,
    greedy: bool,
}

impl Pairs {
    fn read(&self, text: &str, keys: &[String]) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        let mut rest = text;
        while let Some((key, behind)) = self.key(rest) {
            let (value, next) = self.value(behind, keys);
            pairs.push((key, value));
            rest = next;
        }
        pairs
    }

    fn is_quoted(&self, text: &str) -> bool {
        self.quotes.iter().any(|(open, _)| text.starts_with(*open))
    }

    /// The next key and the text behind its delimiter.
    fn key<'t>(&self, text: &'t str) -> Option<(String, &'t str)> {
        let inner = text.trim_start();
        if self.is_quoted(inner) {
            let (key, behind) = self.quoted(inner);
            let behind = behind.trim_start();
            if let Some(behind) = self.after_kv(behind) {
                return Some((key, behind));
            }
        }
        let at = if self.kv.is_empty() { text.find(['=', ':'])? } else { text.find(self.kv.as_str())? };
        let (head, tail) = text.split_at(at);
        // Text without a value in front of a key belongs to nothing.
        let key = match self.pair.is_empty() {
            true => head.trim_end().rsplit(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or(head),
            false => head.rsplit(self.pair.as_str()).next().unwrap_or(head),
        };
        Some((key.trim().to_owned(), self.after_kv(tail).unwrap_or(tail)))
    }

    fn after_kv<'t>(&self, text: &'t str) -> Option<&'t str> {
        match self.kv.is_empty() {
            true => text.strip_prefix(['=', ':']),
            false => text.strip_prefix(self.kv.as_str()),
        }
    }

    /// A value and the text behind it.
    fn value<'t>(&self, text: &'t str, keys: &[String]) -> (String, &'t str) {
        let inner = text.trim_start();
        if self.is_quoted(inner) {
            let (value, behind) = self.quoted(inner);
            return (value, behind.strip_prefix(self.pair.as_str()).unwrap_or(behind));
        }
        if self.pair.is_empty() {
            let end = inner.find(|c: char| c.is_whitespace() || c == ',' || c == ';').unwrap_or(inner.len());
            return (inner[..end].to_owned(), &inner[end..]);
        }
        let ends = text.match_indices(self.pair.as_str()).map(|(at, _)| at);
        let end =
            ends.into_iter().find(|at| !self.greedy || self.starts_known_key(&text[at + self.pair.len()..], keys));
        match end {
            Some(end) => (text[..end].trim().to_owned(), &text[end + self.pair.len()..]),
            None => (text.trim().to_owned(), ""),
        }
    }

    /// A greedy value goes on until the next known key.
    fn starts_known_key(&self, text: &str, keys: &[String]) -> bool {
        let text = text.trim_start();
        keys.iter()
            .filter_map(|key| text.strip_prefix(key.as_str()))
            .any(|rest| rest.trim_start().starts_with(self.kv.as_str()))
    }

    /// The inside of a quoted text, and what is behind it.
    fn quoted<'t>(&self, text: &'t str) -> (String, &'t str) {
        let Some((_, close)) = self.quotes.iter().find(|(open, _)| text.starts_with(*open)) else {
            return (String::new(), text);
        };
        let mut value = String::new();
        let mut rest = text.chars();
        rest.next();
        while let Some(letter) = rest.next() {
            if self.escapes.contains(letter) {
                value.extend(rest.next());
            } else if letter == *close {
                return (value, rest.as_str());
            } else {
                value.push(letter);
            }
        }
        (value, "")
    }
}
