//! Text to tree. Knows no tables, no functions and no types of columns: any well-formed text parses.

pub mod ast;
mod comment;
mod expression;
pub mod format;
mod input;
mod json;
mod keywords;
mod lexer;
mod literal;
mod name;
pub mod operators;
mod option;
mod pipeline;
mod primary;
mod statement;
mod token;
pub mod walk;

pub use comment::comments;
pub use format::format;
pub use keywords::{KEYWORDS, keyword};
pub use lexer::lex;
pub use token::{Keyword, SIGNS, Token, TokenKind};

use crate::diagnostic::{Code, Diagnostic};

/// A parsed text: the tree of what could be understood, and everything that is wrong.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    /// The tree. Complete when no diagnostic is an error.
    pub query: ast::Query,
    /// What is wrong, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
}

impl Parsed {
    /// Whether the text is KQL, whatever its literals and options mean.
    pub fn is_well_formed(&self) -> bool {
        !self.diagnostics.iter().any(|d| d.is_error() && matches!(d.code, Code::Syntax | Code::UnknownOperator))
    }

    /// Whether the first mistake is that the text breaks off, so that more of it could make it right.
    pub fn breaks_off(&self) -> bool {
        self.diagnostics.iter().find(|d| d.is_error()).is_some_and(|d| d.message == input::ENDS_EARLY)
    }
}

/// Parses a request. Always gives a tree, and goes on behind a mistake.
pub fn parse(text: &str) -> Parsed {
    let (tokens, diagnostics) = lex(text);
    let ctx = input::Context::new(text, &tokens, diagnostics);
    let query = statement::parse_query(input::Tokens::new(&ctx));
    Parsed { query, diagnostics: ctx.into_diagnostics() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let found: Vec<String> = parse(text)
            .diagnostics
            .iter()
            .map(|d| format!("{}: {} [{}] {}", d.code.name(), d.message, &text[d.label.span.range()], d.label.text))
            .collect();
        assert_eq!(found, expected, "{}", &text[..text.len().min(80)]);
    }

    #[test]
    fn every_mistake_is_reported() {
        check(
            "T | wher x == 1 | sort a | take 5",
            &[
                "unknown-operator: no operator `wher` [wher] nearest: `where`",
                "syntax: unexpected `a` [a] expected `by`",
            ],
        );
        check(
            "let a = ; T | join (U | take) on b | count 1",
            &[
                "syntax: unexpected `;` [;] expected an expression",
                "syntax: unexpected `)` [)] expected an expression",
                "syntax: unexpected `1` [1] expected `|`",
            ],
        );
    }

    #[test]
    fn messages_name_what_was_expected() {
        check(
            "T | where a = 1",
            &["invalid-value: the name in front of `=` means nothing here [a = 1] `=` gives a name"],
        );
        check("T | where x in 1", &["syntax: unexpected `1` [1] expected `(`"]);
        check("T | project title", &["syntax: `title` is a keyword [title] expected an expression"]);
        check("T | take", &["syntax: the query ends too early [take] expected an expression"]);
        check("T | extend a b", &["syntax: unexpected `b` [b] expected `|`, `,` or an operator such as `and`"]);
        check("T)", &["syntax: this bracket closes nothing [)] "]);
        check(
            "print datetime(2020-13-01)",
            &["invalid-value: `2020-13-01` is not a value of type `datetime` [datetime(2020-13-01)] "],
        );
    }

    #[test]
    fn long_and_deep_texts_are_no_danger() {
        // Without optimisation two hundred levels need more stack than a test thread has.
        std::thread::Builder::new().stack_size(32 << 20).spawn(check_depth).unwrap().join().unwrap();
    }

    fn check_depth() {
        let chain = |op: &str, count: usize| format!("print {}", vec!["a"; count].join(op));
        assert!(parse(&chain(" or ", 10_000)).diagnostics.is_empty());
        assert!(parse(&chain(" + ", 200)).diagnostics.is_empty());
        check(&chain("+", 10_000), &["syntax: this chain of operators is too long [+] "]);
        for (open, close) in
            [("(", ")"), ("f(", ")"), ("dynamic([", "])"), ("a[", "]"), ("-(", ")"), ("toscalar(", ")")]
        {
            let nested = |count: usize| format!("print {}1{}", open.repeat(count), close.repeat(count));
            assert!(parse(&nested(80)).is_well_formed() || open.contains('['), "{open}");
            let deep = parse(&nested(20_000));
            assert_eq!(deep.diagnostics.len(), 1, "{open}");
            assert_eq!(deep.diagnostics[0].message, "this is nested too deeply");
        }
        let nested = format!("T{}{}", " | join (T".repeat(20_000), ")".repeat(20_000));
        assert_eq!(parse(&nested).diagnostics[0].message, "this is nested too deeply");
        assert!(parse(&format!("print a{}", ".b".repeat(10_000))).diagnostics.len() == 1);
    }
}
