//! Functions that find or replace text with regular expressions: `extract`, `replace_regex`, `trim` and their kin.

use ::regex::{Captures, Regex};
use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::Int64Type;
use datafusion::common::{Result, exec_err};
use serde_json::Value as Json;

use super::regex::{Patterns, compile};
use super::string::written;
use super::string_find::{Window, letter_of, push_json};
use super::{Args, Kernel};
use crate::engine::dynamic;

/// The kernels of this file.
pub(super) const KERNELS: &[Kernel] = &[
    Kernel::new("extract", extract),
    Kernel::new("extract_all", |args| extract_all(args, 1)),
    Kernel::new("extract_all_groups", |args| extract_all(args, 2)),
    Kernel::new("replace_regex", replace_regex),
    Kernel::new("trim", |args| trim(args, Side::Both)),
    Kernel::new("trim_start", |args| trim(args, Side::Start)),
    Kernel::new("trim_end", |args| trim(args, Side::End)),
    Kernel::new("countof_regex", countof_regex),
    Kernel::new("indexof_regex", indexof_regex),
];

fn extract(args: &Args) -> Result<ArrayRef> {
    let (regexes, groups, texts) = (Patterns::of(args, 0, compile)?.all(args)?, args.longs(1)?, args.text(2)?);
    args.parts(&texts, |row, text| {
        let found = match groups.get(row).map(usize::try_from) {
            Some(Ok(0)) => regexes.get(row).find(text),
            Some(Ok(group)) => regexes.get(row).captures(text).and_then(|captures| captures.get(group)),
            _ => None,
        };
        found.map_or(0..0, |found| found.range())
    })
}

/// The numbers of the wanted groups: all of them, or those that an array names by number or name.
fn wanted(regex: &Regex, groups: Option<&str>) -> Result<Vec<usize>> {
    let Some(cell) = groups else { return Ok((1..regex.captures_len()).collect()) };
    let Json::Array(items) = dynamic::decode(cell) else {
        return exec_err!("`extract_all` takes its capture groups as an array");
    };
    let numbers = items.iter().map(|item| match item {
        Json::String(name) => regex.capture_names().position(|other| other == Some(name)),
        other => other.as_u64().and_then(|number| usize::try_from(number).ok()),
    });
    let known = numbers.map(|number| number.filter(|&number| number < regex.captures_len()));
    match known.collect::<Option<Vec<usize>>>() {
        Some(numbers) => Ok(numbers),
        None => exec_err!("`{regex}` lacks one of the capture groups {cell}"),
    }
}

fn push_match(json: &mut String, captures: &Captures, groups: &[usize]) {
    let text = |group: usize| captures.get(group).map_or("", |found| found.as_str());
    if let [group] = groups {
        return push_json(json, text(*group));
    }
    json.push('[');
    for (index, group) in groups.iter().enumerate() {
        if index > 0 {
            json.push(',');
        }
        push_json(json, text(*group));
    }
    json.push(']');
}

/// All finds as an array: of texts when one group is wanted, else of arrays. Null when nothing is found.
fn found_cell(regex: &Regex, groups: &[usize], text: &str) -> Option<String> {
    let mut json = String::new();
    for captures in regex.captures_iter(text) {
        json.push(if json.is_empty() { '[' } else { ',' });
        push_match(&mut json, &captures, groups);
    }
    (!json.is_empty()).then(|| json + "]")
}

fn extract_all(args: &Args, source: usize) -> Result<ArrayRef> {
    let (regexes, texts) = (Patterns::of(args, 0, compile)?.all(args)?, args.text(source)?);
    let groups = if source > 1 { Some(args.text(1)?) } else { None };
    let mut last: Option<(&Regex, Option<&str>, Vec<usize>)> = None;
    let mut answers = Vec::with_capacity(args.rows);
    for row in 0..args.rows {
        let (regex, cell) = (regexes.get(row), groups.as_ref().and_then(|groups| groups.get(row)));
        let known = match last.take() {
            Some((r, c, known)) if std::ptr::eq(r, regex) && c == cell => known,
            _ => wanted(regex, cell)?,
        };
        answers.push(found_cell(regex, &known, texts.text(row)));
        last = Some((regex, cell, known));
    }
    args.dynamics(|row| answers[row].as_deref())
}

/// Appends a replacement, in which `\0` to `\9` stand for capture groups.
fn push_rewrite(text: &mut String, rewrite: &str, captures: &Captures) {
    let mut rest = rewrite;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        match rest.as_bytes().first() {
            Some(digit @ b'0'..=b'9') => {
                text.push_str(captures.get(usize::from(digit - b'0')).map_or("", |group| group.as_str()));
                rest = &rest[1..];
            }
            Some(b'\\') => {
                text.push('\\');
                rest = &rest[1..];
            }
            _ => text.push('\\'),
        }
    }
    text.push_str(rest);
}

fn push_replaced(text: &mut String, regex: &Regex, source: &str, rewrite: &str) {
    let mut end = 0;
    if rewrite.contains('\\') {
        for captures in regex.captures_iter(source) {
            let found = captures.get_match();
            text.push_str(&source[end..found.start()]);
            push_rewrite(text, rewrite, &captures);
            end = found.end();
        }
    } else {
        for found in regex.find_iter(source) {
            text.push_str(&source[end..found.start()]);
            text.push_str(rewrite);
            end = found.end();
        }
    }
    text.push_str(&source[end..]);
}

fn replace_regex(args: &Args) -> Result<ArrayRef> {
    let (texts, patterns, rewrites) = (args.text(0)?, Patterns::of(args, 1, compile)?, args.text(2)?);
    let regexes = patterns.all(args)?;
    written(args, |row, text| push_replaced(text, regexes.get(row), texts.text(row), rewrites.text(row)))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Start,
    End,
    Both,
}

/// Drops one find at the start, one at the end, or one at each.
fn trim(args: &Args, side: Side) -> Result<ArrayRef> {
    let texts = args.text(1)?;
    let starts = Patterns::of(args, 0, |pattern| compile(&format!("^(?:{pattern})")))?;
    let ends = Patterns::of(args, 0, |pattern| compile(&format!("(?:{pattern})$")))?;
    let starts = if side == Side::End { None } else { Some(starts.all(args)?) };
    let ends = if side == Side::Start { None } else { Some(ends.all(args)?) };
    args.parts(&texts, |row, text| {
        let found = starts.as_ref().and_then(|starts| starts.get(row).find(text));
        let start = found.map_or(0, |found| found.end());
        let rest = &text[start..];
        let found = ends.as_ref().and_then(|ends| ends.get(row).find(rest));
        start..start + found.map_or(rest.len(), |found| found.start())
    })
}

fn countof_regex(args: &Args) -> Result<ArrayRef> {
    let (texts, patterns) = (args.text(0)?, Patterns::of(args, 1, compile)?);
    let regexes = patterns.all(args)?;
    args.values::<Int64Type>(|row| Some(regexes.get(row).find_iter(texts.text(row)).count() as i64))
}

fn indexof_regex(args: &Args) -> Result<ArrayRef> {
    let (texts, patterns, window) = (args.text(0)?, Patterns::of(args, 1, compile)?, Window::of(args)?);
    let regexes = patterns.all(args)?;
    args.values::<Int64Type>(|row| {
        let text = texts.text(row);
        if window.starts_before(row) {
            return None;
        }
        let search = window.search(text, row)?;
        let found = regexes.get(row).find_iter(&text[search.from..search.to]).nth(search.occurrence - 1);
        Some(found.map_or(-1, |found| letter_of(text, search.from + found.start())))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, text};
    use crate::types::Type;
    use crate::value::Value;
    use serde_json::json;

    #[test]
    fn extracting() {
        check("extract", &[text(r"(\d+)-(\d+)"), Value::Long(2), text("2020-12-31")], text("12"));
        check("extract", &[text(r"\d+"), Value::Long(0), text("no digits")], text(""));
        check("extract", &[text(r"(\d+)"), Value::Long(3), text("1")], text(""));
        let all = |pattern: &str, source: &str, expected| {
            check("extract_all", &[text(pattern), text(source)], expected);
        };
        all(r"([a-z])(\d)", "a1 b2", Value::Dynamic(json!([["a", "1"], ["b", "2"]])));
        all(r"<(/?[a-z]+)", "<tag></tag>", Value::Dynamic(json!(["tag", "/tag"])));
        all(r"(\d)", "none", Value::Null(Type::Dynamic));
        let groups = Value::Dynamic(json!(["n", 1]));
        let expected = Value::Dynamic(json!([["1", "a"]]));
        check("extract_all_groups", &[text(r"(\w)(?P<n>\d)"), groups, text("a1")], expected);
    }

    #[test]
    fn replacing_and_trimming() {
        check("replace_regex", &[text("word"), text(r"(\w)(\w)"), text(r"\2\1")], text("owdr"));
        check("replace_regex", &[text("a  b"), text(r"\s+"), text("$1")], text("a$1b"));
        check("trim", &[text(r"[x_]"), text("xxhelloxx")], text("xhellox"));
        check("trim", &[text(r"--"), text("--https://bing.com--")], text("https://bing.com"));
        check("trim_end", &[text(r"[^\w]+"), text("-  Te st1// $")], text("-  Te st1"));
        check("trim_start", &[text(" "), text("  a ")], text(" a "));
    }

    #[test]
    fn counting_and_positions() {
        check("countof_regex", &[text("hello world"), text("l+")], Value::Long(2));
        let long = Value::Long;
        let find = |args: &[Value], expected| check("indexof_regex", args, expected);
        find(&[text("abcabc"), text("a.c")], Value::Long(0));
        find(&[text("abcabcdefg"), text("a.c"), long(0), long(9), long(2)], Value::Long(3));
        find(&[text("ababaa"), text("a.a"), long(0), long(-1), long(2)], Value::Long(-1));
        find(&[text("abcabc"), text("a|ab"), long(-1)], Value::Null(Type::Long));
    }
}
