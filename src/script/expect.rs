//! What the comments of a block expect of its answer: `// expect: rows 3`.

use crate::diagnostic::{Code, Diagnostic};
use crate::span::Span;
use crate::syntax::comments;

/// One expectation and its place in the block.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// What is expected.
    pub what: Expectation,
    /// The words behind `expect:`.
    pub text: String,
    /// Where they are.
    pub span: Span,
}

/// What is expected of an answer. Rows, columns and values are those of its last table.
#[derive(Clone, Debug, PartialEq)]
pub enum Expectation {
    /// `rows 3`, `rows >= 3`, `empty`, `not empty`
    Rows(Compared, u64),
    /// `tables 2`
    Tables(u64),
    /// `columns A, B`: exactly these, in this order
    Columns(Vec<String>),
    /// `value 42`: the first cell of the first row, as text
    Value(String),
    /// `error`, `error unknown-column`, `error "words of the message"`
    Error(ErrorWanted),
}

/// How a number of rows is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compared {
    /// `3`
    Equal,
    /// `>= 3`
    AtLeast,
    /// `<= 3`
    AtMost,
    /// `> 3`
    More,
    /// `< 3`
    Fewer,
}

impl Compared {
    /// Whether a number compares so to a limit.
    pub fn holds(self, number: u64, limit: u64) -> bool {
        match self {
            Compared::Equal => number == limit,
            Compared::AtLeast => number >= limit,
            Compared::AtMost => number <= limit,
            Compared::More => number > limit,
            Compared::Fewer => number < limit,
        }
    }
}

/// Which mistake a request must have.
#[derive(Clone, Debug, PartialEq)]
pub enum ErrorWanted {
    /// Any.
    Any,
    /// One of this code.
    Code(&'static str),
    /// One whose message has these words.
    Words(String),
}

const HELP: &str = "there are `rows N` (also with `>=`, `<=`, `>`, `<`), `empty`, `not empty`, `tables N`, `columns A, B`, \
                    `value TEXT`, `error`, `error CODE` and `error \"WORDS\"`";

/// The expectations in the comments of a text, and what is wrong with those that say nothing known.
pub fn expectations(text: &str) -> (Vec<Expected>, Vec<Diagnostic>) {
    let (mut found, mut wrong) = (Vec::new(), Vec::new());
    for span in comments(text) {
        let comment = text.get(span.range()).unwrap_or("").trim_end();
        let Some(words) = comment.trim_start_matches('/').trim_start().strip_prefix("expect:") else { continue };
        let start = span.range().start + comment.len() - words.trim_start().len();
        let place = Span::new(start, span.range().start + comment.len());
        match read(words.trim()) {
            Ok(what) => found.push(Expected { what, text: words.trim().to_owned(), span: place }),
            Err(why) => wrong.push(Diagnostic::error(Code::InvalidValue, place, why).help(HELP)),
        }
    }
    (found, wrong)
}

fn read(text: &str) -> Result<Expectation, String> {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let rest = rest.trim();
    match (word, rest) {
        ("empty", "") => Ok(Expectation::Rows(Compared::Equal, 0)),
        ("not", "empty") => Ok(Expectation::Rows(Compared::More, 0)),
        ("rows", _) => read_rows(rest),
        ("tables", _) => Ok(Expectation::Tables(number(rest)?)),
        ("columns", _) if !rest.is_empty() => {
            Ok(Expectation::Columns(rest.split(',').map(|name| name.trim().to_owned()).collect()))
        }
        ("value", _) => Ok(Expectation::Value(unquoted(rest).unwrap_or(rest).to_owned())),
        ("error", "") => Ok(Expectation::Error(ErrorWanted::Any)),
        ("error", _) => match (unquoted(rest), Code::ALL.iter().find(|code| code.name() == rest)) {
            (Some(words), _) => Ok(Expectation::Error(ErrorWanted::Words(words.to_owned()))),
            (None, Some(code)) => Ok(Expectation::Error(ErrorWanted::Code(code.name()))),
            (None, None) => Err(format!("no error code `{rest}`")),
        },
        _ => Err(format!("`{text}` is nothing that can be expected")),
    }
}

fn read_rows(text: &str) -> Result<Expectation, String> {
    let signs = [
        (">=", Compared::AtLeast),
        ("<=", Compared::AtMost),
        ("==", Compared::Equal),
        (">", Compared::More),
        ("<", Compared::Fewer),
    ];
    let signed = signs.iter().find_map(|(sign, compared)| Some((*compared, text.strip_prefix(sign)?)));
    let (compared, rest) = signed.unwrap_or((Compared::Equal, text));
    Ok(Expectation::Rows(compared, number(rest.trim())?))
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("a number is expected, found `{text}`"))
}

fn unquoted(text: &str) -> Option<&str> {
    text.strip_prefix('"')?.strip_suffix('"')
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read() {
        let check = |text: &str, expected: Expectation| assert_eq!(read(text), Ok(expected), "{text}");
        check("rows 3", Expectation::Rows(Compared::Equal, 3));
        check("rows >= 3", Expectation::Rows(Compared::AtLeast, 3));
        check("rows <4", Expectation::Rows(Compared::Fewer, 4));
        check("empty", Expectation::Rows(Compared::Equal, 0));
        check("not empty", Expectation::Rows(Compared::More, 0));
        check("columns A, B c", Expectation::Columns(vec!["A".to_owned(), "B c".to_owned()]));
        check("value \"x y\"", Expectation::Value("x y".to_owned()));
        check("error", Expectation::Error(ErrorWanted::Any));
        check("error unknown-column", Expectation::Error(ErrorWanted::Code("unknown-column")));
        check("error \"no column\"", Expectation::Error(ErrorWanted::Words("no column".to_owned())));
        for wrong in ["", "row 3", "rows", "rows x", "rows -1", "columns", "error nope", "tables"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn mistakes_have_places() {
        let text = "print 1 // expect: rows 1\n//expect:   many \n";
        let (found, wrong) = expectations(text);
        assert_eq!(found.len(), 1);
        assert_eq!(&text[found[0].span.range()], "rows 1");
        assert_eq!(&text[wrong[0].label.span.range()], "many");
    }
}
