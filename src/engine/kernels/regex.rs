//! Regular expressions: `matches regex`, `like`, `extract`, `replace_regex`, `trim` and their kin.
//!
//! Constant patterns are compiled once per batch; over columns the last pattern is kept.

use std::rc::Rc;

use ::regex::{Regex, RegexBuilder};
use datafusion::arrow::array::ArrayRef;
use datafusion::common::{Result, exec_datafusion_err};

use super::args::Text;
use super::search::Case;
use super::{Args, Kernel};
use crate::pattern;

/// The kernels of this file.
pub(super) const KERNELS: &[Kernel] = &[
    Kernel::new("matches_regex", matches_regex),
    Kernel::new("like", |args| like(args, Case::Ignore)),
    Kernel::new("like_cs", |args| like(args, Case::Keep)),
];

/// Compiles a pattern.
pub(super) fn compile(pattern: &str) -> Result<Regex> {
    pattern::compile(pattern).map_err(|error| exec_datafusion_err!("`{pattern}` is not a regular expression: {error}"))
}

/// A pattern argument, compiled when it changes.
pub(super) struct Patterns {
    texts: Text,
    last: Option<(String, Rc<Regex>)>,
    compile: fn(&str) -> Result<Regex>,
}

impl Patterns {
    /// The patterns of an argument.
    pub(super) fn of(args: &Args, index: usize, compile: fn(&str) -> Result<Regex>) -> Result<Patterns> {
        Ok(Patterns { texts: args.text(index)?, last: None, compile })
    }

    /// The pattern of a row.
    pub(super) fn get(&mut self, row: usize) -> Result<Rc<Regex>> {
        let text = self.texts.text(row);
        if let Some((last, regex)) = &self.last
            && (last == text)
        {
            return Ok(Rc::clone(regex));
        }
        let regex = Rc::new((self.compile)(text)?);
        self.last = Some((text.to_owned(), Rc::clone(&regex)));
        Ok(regex)
    }

    /// The patterns of all rows.
    pub(super) fn all(mut self, args: &Args) -> Result<Compiled> {
        let count = if self.texts.constant().is_some() { 1 } else { args.rows };
        let constant = self.texts.constant().is_some();
        Ok(Compiled { regexes: (0..count).map(|row| self.get(row)).collect::<Result<_>>()?, constant })
    }
}

/// The compiled patterns of a batch.
pub(super) struct Compiled {
    regexes: Vec<Rc<Regex>>,
    constant: bool,
}

impl Compiled {
    /// The pattern of a row.
    pub(super) fn get(&self, row: usize) -> &Regex {
        &self.regexes[if self.constant { 0 } else { row }]
    }
}

fn matches(args: &Args, compile: fn(&str) -> Result<Regex>) -> Result<ArrayRef> {
    let texts = args.text(0)?;
    let regexes = Patterns::of(args, 1, compile)?.all(args)?;
    args.tests(|row| regexes.get(row).is_match(texts.text(row)))
}

fn matches_regex(args: &Args) -> Result<ArrayRef> {
    matches(args, compile)
}

/// SQL's wildcards: `%` stands for any text, `_` for one letter.
fn compile_like(pattern: &str, case: Case) -> Result<Regex> {
    let mut regex = String::from("^");
    for part in pattern.split_inclusive(['%', '_']) {
        let (plain, wildcard) = match part.strip_suffix(['%', '_']) {
            Some(plain) => (plain, if part.ends_with('%') { ".*" } else { "." }),
            None => (part, ""),
        };
        regex.push_str(&regex::escape(plain));
        regex.push_str(wildcard);
    }
    regex.push('$');
    let built = RegexBuilder::new(&regex).dot_matches_new_line(true).case_insensitive(case == Case::Ignore).build();
    built.map_err(|error| exec_datafusion_err!("`{pattern}` is not a pattern: {error}"))
}

fn like(args: &Args, case: Case) -> Result<ArrayRef> {
    match case {
        Case::Ignore => matches(args, |pattern| compile_like(pattern, Case::Ignore)),
        Case::Keep => matches(args, |pattern| compile_like(pattern, Case::Keep)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{call, column, constant};
    use crate::types::Type;
    use crate::value::Value;

    fn check(kernel: &str, texts: &[&str], pattern: &str, expected: &[bool]) {
        let texts: Vec<Value> = texts.iter().map(|text| Value::String((*text).to_owned())).collect();
        let patterns = vec![Value::String(pattern.to_owned()); texts.len()];
        let expected: Vec<Value> = expected.iter().map(|&truth| Value::Bool(truth)).collect();
        let texts = column(Type::String, &texts);
        assert_eq!(call(kernel, &[texts.clone(), constant(&patterns[0])], Type::Bool), expected, "{kernel} constant");
        assert_eq!(call(kernel, &[texts, column(Type::String, &patterns)], Type::Bool), expected, "{kernel} column");
    }

    #[test]
    fn matching() {
        check("matches_regex", &["café", "alpha"], "f.", &[true, false]);
        check("matches_regex", &["AB12", "x\u{ff11}"], r"\d", &[true, true]);
        check("like", &["Hello.World", "hello"], "h%.w_rld", &[true, false]);
        check("like_cs", &["Hello", "hello\n"], "h%", &[false, true]);
    }
}
