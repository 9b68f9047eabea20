//! Plain text functions: joining, cutting, case, reversing, comparing. Positions and lengths count letters
//! (code points), not bytes.

use std::cmp::Ordering;
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, StringViewBuilder};
use datafusion::arrow::datatypes::Int64Type;
use datafusion::common::Result;

use super::args::{Numbers, Text};
use super::{Args, Kernel};

/// The kernels of this file.
pub(super) const KERNELS: &[Kernel] = &[
    Kernel::new("strcat", |args| join(args, 0, "")),
    Kernel::new("strcat_delim", strcat_delim),
    Kernel::new("strlen", strlen),
    Kernel::new("string_size", string_size),
    Kernel::new("substring", substring),
    Kernel::new("tolower", tolower),
    Kernel::new("toupper", toupper),
    Kernel::new("reverse", reverse),
    Kernel::new("strcmp", strcmp),
    Kernel::new("strrep", strrep),
    Kernel::new("translate", translate),
    Kernel::new("isascii", isascii),
];

/// Kusto repeats a text at most so often.
const MOST_REPEATS: i64 = 1024;

/// An answer of strings written into one buffer that is used again for every row.
pub(super) fn written(args: &Args, mut write: impl FnMut(usize, &mut String)) -> Result<ArrayRef> {
    let mut out = StringViewBuilder::with_capacity(args.rows);
    let mut text = String::new();
    for row in 0..args.rows {
        text.clear();
        write(row, &mut text);
        out.append_value(&text);
    }
    Ok(Arc::new(out.finish()))
}

fn texts(args: &Args, from: usize) -> Result<Vec<Text>> {
    (from..args.len()).map(|index| args.text(index)).collect()
}

fn join(args: &Args, from: usize, delimiter: &str) -> Result<ArrayRef> {
    let parts = texts(args, from)?;
    written(args, |row, text| push_joined(text, &parts, row, delimiter))
}

fn push_joined(text: &mut String, parts: &[Text], row: usize, delimiter: &str) {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            text.push_str(delimiter);
        }
        text.push_str(part.text(row));
    }
}

fn strcat_delim(args: &Args) -> Result<ArrayRef> {
    let delimiters = args.text(0)?;
    if let Some(delimiter) = delimiters.constant() {
        return join(args, 1, delimiter);
    }
    let parts = texts(args, 1)?;
    written(args, |row, text| push_joined(text, &parts, row, delimiters.text(row)))
}

fn letters(text: &str) -> i64 {
    text.chars().count() as i64
}

fn strlen(args: &Args) -> Result<ArrayRef> {
    let texts = args.text(0)?;
    args.values::<Int64Type>(|row| Some(letters(texts.text(row))))
}

fn string_size(args: &Args) -> Result<ArrayRef> {
    let texts = args.text(0)?;
    args.values::<Int64Type>(|row| Some(texts.text(row).len() as i64))
}

/// The byte position of a letter; the end of the text when there are fewer.
pub(super) fn byte_of(text: &str, letter: usize) -> usize {
    if text.is_ascii() {
        return letter.min(text.len());
    }
    text.char_indices().nth(letter).map_or(text.len(), |(at, _)| at)
}

/// A start before the first letter counts from the end, and yields nothing when it is before the text even so.
/// Without a length, or with a negative one, the rest of the text is meant.
fn substring_range(text: &str, start: i64, length: Option<i64>) -> Range<usize> {
    let start = if start < 0 { letters(text) + start } else { start };
    let Ok(start) = usize::try_from(start) else { return 0..0 };
    let start = byte_of(text, start);
    match length.and_then(|length| usize::try_from(length).ok()) {
        Some(length) => start..start + byte_of(&text[start..], length),
        None => start..text.len(),
    }
}

fn substring(args: &Args) -> Result<ArrayRef> {
    let (texts, starts) = (args.text(0)?, args.longs(1)?);
    let lengths = if args.len() > 2 { Some(args.longs(2)?) } else { None };
    let number = |numbers: &Numbers<Int64Type>, row| numbers.get(row);
    args.parts(&texts, |row, text| {
        let length = lengths.as_ref().and_then(|lengths| number(lengths, row));
        starts.get(row).map_or(0..0, |start| substring_range(text, start, length))
    })
}

/// Changes the case letter by letter, as .NET does: letters whose other case is more than one letter stay.
fn map_case<I: Iterator<Item = char>>(text: &mut String, source: &str, case: impl Fn(char) -> I) {
    text.extend(source.chars().map(|c| {
        let mut mapped = case(c);
        match (mapped.next(), mapped.next()) {
            (Some(one), None) => one,
            _ => c,
        }
    }));
}

fn tolower(args: &Args) -> Result<ArrayRef> {
    let texts = args.text(0)?;
    written(args, |row, text| {
        let source = texts.text(row);
        if source.is_ascii() {
            text.push_str(source);
            text.make_ascii_lowercase();
        } else {
            map_case(text, source, char::to_lowercase);
        }
    })
}

fn toupper(args: &Args) -> Result<ArrayRef> {
    let texts = args.text(0)?;
    written(args, |row, text| {
        let source = texts.text(row);
        if source.is_ascii() {
            text.push_str(source);
            text.make_ascii_uppercase();
        } else {
            map_case(text, source, char::to_uppercase);
        }
    })
}

fn reverse(args: &Args) -> Result<ArrayRef> {
    let texts = args.text(0)?;
    written(args, |row, text| text.extend(texts.text(row).chars().rev()))
}

fn strcmp(args: &Args) -> Result<ArrayRef> {
    let (left, right) = (args.text(0)?, args.text(1)?);
    args.values::<Int64Type>(|row| {
        Some(match left.text(row).cmp(right.text(row)) {
            Ordering::Less => -1,
            Ordering::Equal => 0,
            Ordering::Greater => 1,
        })
    })
}

fn strrep(args: &Args) -> Result<ArrayRef> {
    let (texts, times) = (args.text(0)?, args.longs(1)?);
    let delimiters = if args.len() > 2 { Some(args.text(2)?) } else { None };
    written(args, |row, text| {
        let delimiter = delimiters.as_ref().map_or("", |delimiters| delimiters.text(row));
        for time in 0..times.get(row).unwrap_or(0).min(MOST_REPEATS) {
            if time > 0 {
                text.push_str(delimiter);
            }
            text.push_str(texts.text(row));
        }
    })
}

/// Replaces letters of the first list by those at the same place in the second, whose last letter serves for all
/// that are left over; with an empty second list they are dropped.
fn translate(args: &Args) -> Result<ArrayRef> {
    let (searched, replacements, sources) = (args.text(0)?, args.text(1)?, args.text(2)?);
    written(args, |row, text| {
        let (searched, replacements) = (searched.text(row), replacements.text(row));
        for c in sources.text(row).chars() {
            match searched.chars().position(|s| s == c) {
                None => text.push(c),
                Some(at) => text.extend(replacements.chars().nth(at).or_else(|| replacements.chars().last())),
            }
        }
    })
}

fn isascii(args: &Args) -> Result<ArrayRef> {
    let texts = args.text(0)?;
    args.tests(|row| texts.text(row).is_ascii())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, text};
    use crate::value::Value;

    #[test]
    fn joining() {
        check("strcat", &[text("a"), text(""), text("b")], text("ab"));
        check("strcat_delim", &[text("-"), text(""), text("z")], text("-z"));
        check("strrep", &[text("ab"), Value::Long(3), text("-")], text("ab-ab-ab"));
        check("strrep", &[text("ab"), Value::Long(-1)], text(""));
    }

    #[test]
    fn cutting() {
        let cut = |source: &str, start, length, expected: &str| {
            check("substring", &[text(source), Value::Long(start), Value::Long(length)], text(expected));
        };
        cut("abcdefghij", 3, 4, "defg");
        cut("abc", 5, 3, "");
        cut("abc", -1, 2, "c");
        cut("x", -2, 5, "");
        cut("a😀b", 1, 1, "😀");
        cut("0123456789abcdefghijklmnop", 1, 20, "123456789abcdefghijk");
        check("substring", &[text("abcdefghij"), Value::Long(-3)], text("hij"));
        check("substring", &[text(""), Value::Long(1)], text(""));
    }

    #[test]
    fn letters() {
        check("strlen", &[text("Straße😀")], Value::Long(7));
        check("string_size", &[text("😀")], Value::Long(4));
        check("toupper", &[text("straße é")], text("STRAßE É"));
        check("tolower", &[text("MIXEDС")], text("mixedс"));
        check("reverse", &[text("ab😀")], text("😀ba"));
        check("strcmp", &[text("a"), text("B")], Value::Long(1));
        check("translate", &[text("krasp"), text("otsku"), text("spark")], text("kusto"));
        check("translate", &[text("abc"), text("x"), text("abcd")], text("xxxd"));
        check("translate", &[text("abc"), text(""), text("ad")], text("d"));
    }
}
