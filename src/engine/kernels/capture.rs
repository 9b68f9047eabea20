//! Texts taken apart into arrays of texts, for `parse` and `parse-kv`.

use datafusion::arrow::array::ArrayRef;
use datafusion::common::Result;

use super::regex::{Patterns, compile};
use super::{Args, Kernel};
use crate::engine::dynamic;

/// The kernels of this file.
pub(super) const KERNELS: &[Kernel] = &[Kernel::new("regex_groups", groups), Kernel::new("parse_kv", parse_kv)];

/// `(text, pattern)`: an array of the texts of all groups, null when the pattern does not match.
fn groups(args: &Args) -> Result<ArrayRef> {
    let texts = args.text(0)?;
    let mut patterns = Patterns::of(args, 1, compile)?;
    let mut cells = Vec::with_capacity(args.rows);
    for row in 0..args.rows {
        let pattern = patterns.get(row)?;
        cells.push(pattern.captures(texts.text(row)).map(|found| {
            let mut cell = String::from("[");
            for group in found.iter().skip(1) {
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

/// `(text, pair delimiter, key delimiter, quote, escape, greedy, key, …)`: an array of the values of the keys, null
/// for those that are not there. The first of equal keys counts.
fn parse_kv(args: &Args) -> Result<ArrayRef> {
    let texts = args.text(0)?;
    let setting = |index: usize| Ok(args.text(index)?.text(0).to_owned()) as Result<String>;
    let syntax = Pairs {
        pair: setting(1)?,
        kv: setting(2)?,
        quote: setting(3)?,
        escape: setting(4)?,
        greedy: args.bools(5)?.get(0) == Some(true),
    };
    let keys = (6..args.len()).map(setting).collect::<Result<Vec<_>>>()?;
    let mut cells = Vec::with_capacity(args.rows);
    for row in 0..args.rows {
        let mut values: Vec<Option<String>> = vec![None; keys.len()];
        for (key, value) in syntax.read(texts.text(row), &keys) {
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

/// How keys and values are written.
struct Pairs {
    pair: String,
    kv: String,
    quote: String,
    escape: String,
    greedy: bool,
}

impl Pairs {
    fn read(&self, text: &str, keys: &[String]) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let Some(at) = self.key_end(rest) else { break };
            let (head, tail) = rest.split_at(at);
            // Text without a value in front of a key belongs to nothing.
            let key = match self.pair.is_empty() {
                true => head.rsplit(|c: char| !(c.is_alphanumeric() || c == '_')).next().unwrap_or(head),
                false => head.rsplit(self.pair.as_str()).next().unwrap_or(head),
            };
            let tail = if self.kv.is_empty() {
                tail.trim_start_matches(|c: char| !(c.is_alphanumeric() || c == '_'))
            } else {
                &tail[self.kv.len()..]
            };
            let (value, next) = self.value(tail, keys);
            pairs.push((key.trim().to_owned(), value));
            rest = next;
        }
        pairs
    }

    fn key_end(&self, text: &str) -> Option<usize> {
        match self.kv.is_empty() {
            true => text.find(['=', ':']),
            false => text.find(self.kv.as_str()),
        }
    }

    /// A value and the text behind it.
    fn value<'t>(&self, text: &'t str, keys: &[String]) -> (String, &'t str) {
        let inner = text.trim_start();
        if !self.quote.is_empty() && inner.starts_with(self.quote.as_str()) {
            return self.quoted(&inner[self.quote.len()..]);
        }
        let end = match (self.pair.is_empty(), self.greedy) {
            (true, _) => text.find(|c: char| c.is_whitespace() || c == ',' || c == ';'),
            (false, false) => text.find(self.pair.as_str()),
            // A greedy value goes on until the next known key.
            (false, true) => text.match_indices(self.pair.as_str()).map(|(at, _)| at).find(|at| {
                let behind = &text[at + self.pair.len()..];
                keys.iter().any(|key| {
                    behind
                        .trim_start()
                        .strip_prefix(key.as_str())
                        .is_some_and(|r| r.trim_start().starts_with(self.kv.as_str()))
                })
            }),
        };
        let width = if self.pair.is_empty() { 1 } else { self.pair.len() };
        match end {
            Some(end) => (text[..end].trim().to_owned(), &text[end + width..]),
            None => (text.trim().to_owned(), ""),
        }
    }

    fn quoted<'t>(&self, text: &'t str) -> (String, &'t str) {
        let mut value = String::new();
        let mut rest = text;
        while !rest.is_empty() {
            if !self.escape.is_empty() {
                if let Some(escaped) = rest.strip_prefix(self.escape.as_str()) {
                    let mut letters = escaped.chars();
                    value.extend(letters.next());
                    rest = letters.as_str();
                    continue;
                }
            }
            if let Some(behind) = rest.strip_prefix(self.quote.as_str()) {
                return (value, behind.strip_prefix(self.pair.as_str()).unwrap_or(behind));
            }
            let mut letters = rest.chars();
            value.extend(letters.next());
            rest = letters.as_str();
        }
        (value, "")
    }
}
