//! Text to tree. Knows no tables, no functions and no types of columns: any well-formed text parses.

pub mod ast;
mod expression;
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
}

/// Parses a request. Always gives a tree, and goes on behind a mistake.
pub fn parse(text: &str) -> Parsed {
    let (tokens, diagnostics) = lex(text);
    let ctx = input::Context::new(text, &tokens, diagnostics);
    let query = statement::parse_query(input::Tokens::new(&ctx));
    Parsed { query, diagnostics: ctx.into_diagnostics() }
}
