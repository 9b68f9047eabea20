//! Finding, counting, splitting at and replacing plain text.

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::Int64Type;
use datafusion::common::{Result, exec_err};
use memchr::memmem::Finder;
use serde_json::Value as Json;

use super::args::{Numbers, Text};
use super::string::{byte_of, written};
use super::{Args, Kernel};
use crate::engine::dynamic;

/// The kernels of this file.
pub(super) const KERNELS: &[Kernel] = &[
    Kernel::new("indexof", indexof),
    Kernel::new("countof", countof),
    Kernel::new("split", split),
    Kernel::new("strcat_array", strcat_array),
    Kernel::new("replace_string", replace_string),
    Kernel::new("replace_strings", replace_strings),
];

/// The optional last arguments of `indexof` and `indexof_regex`: where to start, how far to look, which find to give.
pub(super) struct Window {
    starts: Option<Numbers<Int64Type>>,
    lengths: Option<Numbers<Int64Type>>,
    occurrences: Option<Numbers<Int64Type>>,
}

/// What is searched in one row, as bytes, and which find is wanted, from 1.
pub(super) struct Search {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) occurrence: usize,
}

impl Window {
    pub(super) fn of(args: &Args) -> Result<Window> {
        let numbers = |index| if args.len() > index { args.longs(index).map(Some) } else { Ok(None) };
        Ok(Window { starts: numbers(2)?, lengths: numbers(3)?, occurrences: numbers(4)? })
    }

    /// The search in a text; `None` when an argument makes no sense. A negative start counts from the end; a length
    /// of -1 means the rest.
    pub(super) fn search(&self, text: &str, row: usize) -> Option<Search> {
        let start = number(&self.starts, row, 0)?;
        let start = if start < 0 { text.chars().count() as i64 + start } else { start };
        let from = byte_of(text, usize::try_from(start.max(0)).ok()?);
        let to = match number(&self.lengths, row, -1)? {
            -1 => text.len(),
            length => from + byte_of(&text[from..], usize::try_from(length).ok()?),
        };
        let occurrence = usize::try_from(number(&self.occurrences, row, 1)?).ok().filter(|&nth| nth > 0)?;
        Some(Search { from, to, occurrence })
    }

    /// Whether the start lies before the text.
    pub(super) fn starts_before(&self, row: usize) -> bool {
        number(&self.starts, row, 0).is_some_and(|start| start < 0)
    }
}

fn number(numbers: &Option<Numbers<Int64Type>>, row: usize, default: i64) -> Option<i64> {
    match numbers {
        Some(numbers) => numbers.get(row),
        None => Some(default),
    }
}

/// The places where a needle stands, overlapping ones too. An empty needle stands nowhere.
fn places<'a>(finder: &'a Finder, text: &'a str) -> impl Iterator<Item = usize> + 'a {
    let mut from = if finder.needle().is_empty() { None } else { Some(0) };
    std::iter::from_fn(move || {
        let rest = text.as_bytes().get(from?..)?;
        let at = finder.find(rest)? + from?;
        from = Some(at + 1);
        Some(at)
    })
}

/// A needle argument: prepared once when it is constant.
struct Needles {
    texts: Text,
    constant: Option<Finder<'static>>,
}

impl Needles {
    fn of(args: &Args, index: usize) -> Result<Needles> {
        let texts = args.text(index)?;
        let constant = texts.constant().map(|text| Finder::new(text).into_owned());
        Ok(Needles { texts, constant })
    }

    fn with<T>(&self, row: usize, f: impl FnOnce(&Finder) -> T) -> T {
        match &self.constant {
            Some(finder) => f(finder),
            None => f(&Finder::new(self.texts.text(row))),
        }
    }
}

/// The letter that starts at a byte.
pub(super) fn letter_of(text: &str, byte: usize) -> i64 {
    text[..byte].chars().count() as i64
}

fn indexof(args: &Args) -> Result<ArrayRef> {
    let (texts, needles, window) = (args.text(0)?, Needles::of(args, 1)?, Window::of(args)?);
    args.values::<Int64Type>(|row| {
        let text = texts.text(row);
        needles.with(row, |finder| {
            if finder.needle().is_empty() {
                return None;
            }
            let search = window.search(text, row)?;
            let found = places(finder, &text[search.from..search.to]).nth(search.occurrence - 1);
            Some(found.map_or(-1, |at| letter_of(text, search.from + at)))
        })
    })
}

fn countof(args: &Args) -> Result<ArrayRef> {
    let (texts, needles) = (args.text(0)?, Needles::of(args, 1)?);
    args.values::<Int64Type>(|row| needles.with(row, |finder| Some(places(finder, texts.text(row)).count() as i64)))
}

/// Appends a JSON string.
pub(super) fn push_json(json: &mut String, text: &str) {
    if text.bytes().any(|b| b < 0x20 || b == b'"' || b == b'\\') {
        json.push_str(&Json::from(text).to_string());
    } else {
        json.push('"');
        json.push_str(text);
        json.push('"');
    }
}

/// Splits at every delimiter; at none when it is empty. With an index, only that part is kept.
fn split(args: &Args) -> Result<ArrayRef> {
    let (texts, delimiters) = (args.text(0)?, Needles::of(args, 1)?);
    let indexes = if args.len() > 2 { Some(args.longs(2)?) } else { None };
    written(args, |row, json| {
        let text = texts.text(row);
        let wanted = indexes.as_ref().map(|indexes| indexes.get(row));
        json.push('[');
        delimiters.with(row, |finder| {
            let mut start = 0;
            let width = finder.needle().len();
            let cuts = finder.find_iter(text.as_bytes()).filter(|_| width > 0).map(Some).chain([None]);
            for (index, cut) in cuts.enumerate() {
                let part = &text[start..cut.unwrap_or(text.len())];
                start = cut.map_or(text.len(), |cut| cut + width);
                if wanted.is_none_or(|wanted| wanted == Some(index as i64)) {
                    if json.len() > 1 {
                        json.push(',');
                    }
                    push_json(json, part);
                }
            }
        });
        json.push(']');
    })
}

/// Nulls among the items are empty texts; what is no array counts as its only item.
fn strcat_array(args: &Args) -> Result<ArrayRef> {
    let (arrays, delimiters) = (args.text(0)?, args.text(1)?);
    written(args, |row, text| {
        let items = match arrays.get(row).map(dynamic::decode) {
            Some(Json::Array(items)) => items,
            Some(other) => vec![other],
            None => return,
        };
        for (index, item) in items.iter().enumerate() {
            if index > 0 {
                text.push_str(delimiters.text(row));
            }
            text.push_str(&dynamic::text_of(item));
        }
    })
}

fn replace_string(args: &Args) -> Result<ArrayRef> {
    let (texts, needles, replacements) = (args.text(0)?, Needles::of(args, 1)?, args.text(2)?);
    written(args, |row, text| {
        let source = texts.text(row);
        needles.with(row, |finder| {
            let mut start = 0;
            let width = finder.needle().len();
            for at in finder.find_iter(source.as_bytes()).filter(|_| width > 0) {
                text.push_str(&source[start..at]);
                text.push_str(replacements.text(row));
                start = at + width;
            }
            text.push_str(&source[start..]);
        });
    })
}

/// Lookups and what replaces them. A replacement that is no text keeps what was found.
fn pairs(lookups: Option<&str>, rewrites: Option<&str>) -> Result<Vec<(String, String)>> {
    let items = |cell: Option<&str>| match cell.map(dynamic::decode) {
        Some(Json::Array(items)) => items,
        Some(other) => vec![other],
        None => Vec::new(),
    };
    let (lookups, rewrites) = (items(lookups), items(rewrites));
    if lookups.len() != rewrites.len() {
        return exec_err!(
            "`replace_strings` got {} lookups and {} replacements: their numbers must be equal",
            lookups.len(),
            rewrites.len()
        );
    }
    let pair = |(lookup, rewrite): (&Json, &Json)| {
        let lookup = dynamic::text_of(lookup);
        (lookup.clone(), rewrite.as_str().map_or(lookup, str::to_owned))
    };
    Ok(lookups.iter().zip(&rewrites).map(pair).collect())
}

/// A stretch of text that is left to search, or the result of a replacement, which is not searched again.
enum Piece<'a> {
    Open(&'a str),
    Done(&'a str),
}

fn replace_all(source: &str, pairs: &[(String, String)], text: &mut String) {
    let mut pieces = vec![Piece::Open(source)];
    for (lookup, rewrite) in pairs.iter().filter(|(lookup, _)| !lookup.is_empty()) {
        pieces = pieces
            .into_iter()
            .flat_map(|piece| match piece {
                Piece::Done(_) => vec![piece],
                Piece::Open(open) => {
                    let mut cut: Vec<Piece> = Vec::new();
                    for (index, part) in open.split(lookup.as_str()).enumerate() {
                        if index > 0 {
                            cut.push(Piece::Done(rewrite));
                        }
                        cut.push(Piece::Open(part));
                    }
                    cut
                }
            })
            .collect();
    }
    text.extend(pieces.iter().map(|piece| match piece {
        Piece::Open(part) | Piece::Done(part) => *part,
    }));
}

fn replace_strings(args: &Args) -> Result<ArrayRef> {
    let (texts, lookups, rewrites) = (args.text(0)?, args.text(1)?, args.text(2)?);
    if lookups.constant().is_some() && rewrites.constant().is_some() {
        let pairs = pairs(lookups.get(0), rewrites.get(0))?;
        return written(args, |row, text| replace_all(texts.text(row), &pairs, text));
    }
    let all = (0..args.rows).map(|row| pairs(lookups.get(row), rewrites.get(row))).collect::<Result<Vec<_>>>()?;
    written(args, |row, text| replace_all(texts.text(row), &all[row], text))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, text};
    use crate::types::Type;
    use crate::value::Value;
    use serde_json::json;

    #[test]
    fn positions() {
        let find = |needle: &str, window: &[i64], expected| {
            let mut args = vec![text("abcdefgabcdefg"), text(needle)];
            args.extend(window.iter().map(|&number| Value::Long(number)));
            check("indexof", &args, expected);
        };
        find("cde", &[], Value::Long(2));
        find("cde", &[1, 4], Value::Long(2));
        find("cde", &[1, 2], Value::Long(-1));
        find("cde", &[-5], Value::Long(9));
        find("cde", &[0, -1, 2], Value::Long(9));
        find("cde", &[0, -2], Value::Null(Type::Long));
        find("", &[], Value::Null(Type::Long));
        check("indexof", &[text("😀é"), text("é")], Value::Long(1));
        check("countof", &[text("aaa"), text("aa")], Value::Long(2));
        check("countof", &[text("aaa"), text("")], Value::Long(0));
    }

    #[test]
    fn splitting() {
        check("split", &[text("a,,b"), text(",")], Value::Dynamic(json!(["a", "", "b"])));
        check("split", &[text(""), text(",")], Value::Dynamic(json!([""])));
        check("split", &[text("a\"b"), text("")], Value::Dynamic(json!(["a\"b"])));
        check("split", &[text("a_b"), text("_"), Value::Long(1)], Value::Dynamic(json!(["b"])));
        check("split", &[text("a_b"), text("_"), Value::Long(5)], Value::Dynamic(json!([])));
    }

    #[test]
    fn joining_arrays() {
        check("strcat_array", &[Value::Dynamic(json!([1, null, "a"])), text("-")], text("1--a"));
        check("strcat_array", &[Value::Null(Type::Dynamic), text("-")], text(""));
    }

    #[test]
    fn replacing() {
        check("replace_string", &[text("a cat"), text("cat"), text("dog")], text("a dog"));
        check("replace_string", &[text("abc"), text(""), text("_")], text("abc"));
        let replace = |lookups, rewrites, expected| {
            let args = [text("This is a cat"), Value::Dynamic(lookups), Value::Dynamic(rewrites)];
            check("replace_strings", &args, text(expected));
        };
        replace(json!(["is", "This"]), json!(["was", "This"]), "Thwas was a cat");
        replace(json!(["cat", "dog"]), json!(["dog", "x"]), "This is a dog");
        replace(json!(["This", "is"]), json!([1, "was"]), "This was a cat");
    }
}
