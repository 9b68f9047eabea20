//! What is known of the sources that were read: how far, and the hash of what was read.

use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::path::Path;

use serde_json::{Value, json};

use super::super::record::{Place, table_of_path};
use super::super::sink::{Complete, Fingerprint, Mark, Opener, Source, Tail};
use crate::error::{Error, Result};

/// What was read of a source.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Entry {
    /// Its path or URL.
    pub(super) name: String,
    /// What its store said of its content.
    pub(super) tag: Option<String>,
    /// How far it was read.
    pub(super) mark: Mark,
    /// Whether it can be read on from there.
    pub(super) complete: Complete,
    /// What that takes, for sources that are far away; see [`Fingerprint::to_json`].
    pub(super) state: Value,
}

/// All sources that were read.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    by_name: HashMap<String, Entry>,
    /// Lengths and hashes of contents that were read wholly, and the tables that the names of their files tell.
    contents: HashSet<(u64, u64, Option<&'static str>)>,
    lengths: HashSet<u64>,
}

/// How a source stands to what is known.
#[derive(Debug)]
pub(super) enum Standing {
    /// Never seen.
    New,
    /// All of it was read, under this name.
    Known,
    /// All of it was read, under another name.
    Copy(Mark),
    /// It begins as it did, and there is more.
    Grown(Place, Box<Fingerprint>),
    /// It is not what it was.
    Changed,
}

impl Ledger {
    pub(super) fn add(&mut self, entry: Entry) {
        if entry.complete != Complete::Lines {
            self.contents.insert((entry.mark.bytes, entry.mark.hash, told_by(&entry.name)));
            self.lengths.insert(entry.mark.bytes);
        }
        self.by_name.insert(entry.name.clone(), entry);
    }

    pub(super) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.by_name.values()
    }

    /// What is known of a source.
    pub(super) fn entry(&self, name: &str) -> Option<&Entry> {
        self.by_name.get(name)
    }

    /// How far a source was read.
    pub(super) fn read_to(&self, name: &str) -> u64 {
        self.by_name.get(name).map_or(0, |entry| entry.mark.bytes)
    }

    /// Looks at a source, as far as that is needed to tell.
    pub(super) fn look(&self, source: &Source, open: Option<&Opener<'_>>) -> Result<Standing> {
        let known = self.by_name.get(&source.name);
        if known.is_some_and(|entry| source.tag.is_some() && entry.tag == source.tag) {
            return Ok(Standing::Known);
        }
        let Some(open) = open else { return Ok(Standing::New) };
        if let Some(entry) = known {
            let standing = match far_grown(entry, source, open) {
                Ok(None) => grown(entry, source, open),
                other => other,
            };
            if let Some(standing) = standing.map_err(|error| told(source, error))? {
                return Ok(standing);
            }
        }
        if source.size.is_some_and(|size| size > 0 && self.lengths.contains(&size)) {
            let mut fingerprint = Fingerprint::default();
            fingerprint.read(&mut *open(0)?, u64::MAX).map_err(|cause| Error::io(&source.name, cause))?;
            let mark = fingerprint.mark();
            if self.contents.contains(&(mark.bytes, mark.hash, told_by(&source.name))) {
                return Ok(Standing::Copy(mark));
            }
        }
        Ok(if known.is_some() { Standing::Changed } else { Standing::New })
    }
}

/// The table that a name tells: the same bytes under another name may be rows of another table.
fn told_by(name: &str) -> Option<&'static str> {
    table_of_path(Path::new(name)).map(|table| table.name)
}

fn told(source: &Source, error: Error) -> Error {
    match error {
        Error::Io { cause, .. } => Error::io(&source.name, cause),
        other => other,
    }
}

/// Whether a source that is far away is as it was just before the end of what was read, and goes on behind it; `None`
/// when that cannot be told so easily.
fn far_grown(entry: &Entry, source: &Source, open: &Opener<'_>) -> Result<Option<Standing>> {
    let is_longer = source.size.is_some_and(|size| size > entry.mark.bytes);
    let Some((fingerprint, tail)) = Fingerprint::from_json(entry.mark, &entry.state).filter(|_| is_longer) else {
        return Ok(None);
    };
    let mut found = Vec::new();
    let content = open(entry.mark.bytes.saturating_sub(tail.bytes))?;
    content.take(tail.bytes).read_to_end(&mut found).map_err(|cause| Error::io(&source.name, cause))?;
    if Tail::of(&found) != tail {
        return Ok(None);
    }
    let start = Place { line: entry.mark.lines + 1, offset: entry.mark.bytes };
    Ok(Some(Standing::Grown(start, Box::new(fingerprint.with_tail(found)))))
}

/// Whether a source begins as it did; `None` when it does not.
fn grown(entry: &Entry, source: &Source, open: &Opener<'_>) -> Result<Option<Standing>> {
    let io = |cause| Error::io(&source.name, cause);
    if source.size.is_some_and(|size| size < entry.mark.bytes) {
        return Ok(None);
    }
    let mut content = open(0)?;
    let mut fingerprint = Box::<Fingerprint>::default();
    fingerprint.read(&mut *content, entry.mark.bytes).map_err(io)?;
    if fingerprint.mark() != entry.mark {
        return Ok(None);
    }
    let mut next = [0];
    if content.read(&mut next).map_err(io)? == 0 {
        return Ok(Some(Standing::Known));
    }
    let start = match entry.complete {
        Complete::Growing | Complete::Lines => Place { line: entry.mark.lines + 1, offset: entry.mark.bytes },
        Complete::Whole => {
            fingerprint = Box::default();
            START
        }
    };
    Ok(Some(Standing::Grown(start, fingerprint)))
}

/// Where a source begins.
pub(super) const START: Place = Place { line: 1, offset: 0 };

impl Entry {
    pub(super) fn to_json(&self) -> Value {
        let mut json = json!({
            "name": self.name, "tag": self.tag, "bytes": self.mark.bytes, "lines": self.mark.lines,
            "hash": format!("{:016x}", self.mark.hash), "complete": complete_name(self.complete),
        });
        if !self.state.is_null() {
            json["state"] = self.state.clone();
        }
        json
    }

    pub(super) fn from_json(value: &Value) -> Option<Entry> {
        let mark = Mark {
            bytes: value["bytes"].as_u64()?,
            lines: value["lines"].as_u64()?,
            // Ledgers used to hold a second hash behind this one.
            hash: u64::from_str_radix(value["hash"].as_str()?.get(..16)?, 16).ok()?,
        };
        let complete = value["complete"].as_str()?;
        let complete = [Complete::Whole, Complete::Growing, Complete::Lines]
            .into_iter()
            .find(|kind| complete_name(*kind) == complete)?;
        let tag = value["tag"].as_str().map(str::to_owned);
        let state = value["state"].clone();
        Some(Entry { name: value["name"].as_str()?.to_owned(), tag, mark, complete, state })
    }
}

fn complete_name(complete: Complete) -> &'static str {
    match complete {
        Complete::Whole => "whole",
        Complete::Growing => "growing",
        Complete::Lines => "lines",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    fn read(text: &str) -> Fingerprint {
        let mut fingerprint = Fingerprint::default();
        fingerprint.update(text.as_bytes());
        fingerprint
    }

    fn check(ledger: &Ledger, name: &str, text: &'static str, expected: &str) {
        let source = Source { name: name.to_owned(), size: Some(text.len() as u64), tag: None };
        let open = |from| Ok(Box::new(&text.as_bytes()[from as usize..]) as Box<dyn Read>);
        let standing = match ledger.look(&source, Some(&open)).unwrap() {
            Standing::New => "new".to_owned(),
            Standing::Known => "known".to_owned(),
            Standing::Copy(mark) => format!("copy {}", mark.bytes),
            Standing::Grown(place, fingerprint) => format!("grown {place:?} {}", fingerprint.mark().bytes),
            Standing::Changed => "changed".to_owned(),
        };
        assert_eq!(standing, expected, "{name} {text:?}");
    }

    #[test]
    fn sources_are_told_apart() {
        let mut ledger = Ledger::default();
        let mut add = |name: &str, mark: Mark, complete| {
            let entry = Entry { name: name.to_owned(), tag: None, mark, complete, state: Value::Null };
            assert_eq!(Entry::from_json(&entry.to_json()), Some(entry.clone()));
            ledger.add(entry);
        };
        add("a", read("one\ntwo\n").mark(), Complete::Growing);
        add("b", read("one\ntw").mark_at_line(), Complete::Lines);
        add("c", read("[1]").mark(), Complete::Whole);
        check(&ledger, "a", "one\ntwo\n", "known");
        check(&ledger, "a", "one\ntwo\nthree", "grown Place { line: 3, offset: 8 } 8");
        check(&ledger, "a", "one\n", "changed");
        check(&ledger, "a", "two\none\nmore\n", "changed");
        check(&ledger, "a", "[1]", "copy 3");
        check(&ledger, "b", "one\ntwo", "grown Place { line: 2, offset: 4 } 4");
        check(&ledger, "c", "[1][2]", "grown Place { line: 1, offset: 0 } 0");
        check(&ledger, "d", "one\ntwo\n", "copy 8");
        check(&ledger, "d", "one\n", "new");
        check(&ledger, "x/ACSCallSurvey.csv", "one\ntwo\n", "new");
        check(&ledger, "e", "", "new");
    }

    #[test]
    fn what_is_far_is_read_on_from_its_end() {
        let fingerprint = read(&format!("{}two", "one\n".repeat(100)));
        let entry = |complete, mark| {
            let (name, tag, state) = ("a".to_owned(), Some("1".to_owned()), fingerprint.to_json(complete));
            let entry = Entry { name, tag, mark, complete, state };
            assert_eq!(Entry::from_json(&entry.to_json()), Some(entry.clone()));
            entry
        };
        let check = |entry: Entry, tag: &str, text: &str, from: u64, expected: &str| {
            let mut ledger = Ledger::default();
            ledger.add(entry);
            let source = Source { name: "a".to_owned(), size: Some(text.len() as u64), tag: Some(tag.to_owned()) };
            let open = |at: u64| {
                assert!(at >= from, "{at}");
                Ok(Box::new(std::io::Cursor::new(text.as_bytes()[at as usize..].to_vec())) as Box<dyn Read>)
            };
            let standing = match ledger.look(&source, Some(&open)).unwrap() {
                Standing::Grown(place, mut fingerprint) => {
                    fingerprint.update(&text.as_bytes()[place.offset as usize..]);
                    let is_same = fingerprint.mark() == read(text).mark();
                    format!("{} {} {is_same}", place.line, place.offset)
                }
                Standing::Known => "known".to_owned(),
                _ => "changed".to_owned(),
            };
            assert_eq!(standing, expected, "{tag} {text:?}");
        };
        let more = format!("{}two and\nmore", "one\n".repeat(100));
        let other = more.replace("one\n", "one \n");
        check(entry(Complete::Growing, fingerprint.mark()), "1", &more, 999, "known");
        check(entry(Complete::Growing, fingerprint.mark()), "2", &more, 147, "101 403 true");
        check(entry(Complete::Lines, fingerprint.mark_at_line()), "2", &more, 144, "101 400 true");
        check(entry(Complete::Growing, fingerprint.mark()), "2", &other, 0, "changed");
    }
}
