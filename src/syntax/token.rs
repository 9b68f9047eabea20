//! Tokens: their kinds, and the signs among them.

use crate::span::Span;

/// A token: its kind, its text as written, and its place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Token<'t> {
    /// What it is.
    pub kind: TokenKind,
    /// As written.
    pub text: &'t str,
    /// Where.
    pub span: Span,
    /// Blanks or a comment stand in front of it.
    pub spaced: bool,
}

/// The kinds of token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A name that is no keyword.
    Ident,
    /// A word of the keyword table, `in~`, `!has` and `project-away` included.
    Keyword(Keyword),
    /// `12`, `0xff`, `long(12)`
    Long,
    /// `int(12)`
    Int,
    /// `1.5`, `1e3`, `real(nan)`
    Real,
    /// `decimal(1.5)`
    Decimal,
    /// `true`, `bool(1)`
    Bool,
    /// `1d`, `2.5h`, `time(1.02:03:04)`
    TimeSpan,
    /// `datetime(2020-01-31)`
    DateTime,
    /// `guid(…)`
    Guid,
    /// A guid without `guid(…)` around it, which only `dynamic` allows.
    RawGuid,
    /// A string of any form.
    String,
    /// A `#` line.
    Directive,
    /// `(`
    OpenParen,
    /// `)`
    CloseParen,
    /// `[`
    OpenBracket,
    /// `]`
    CloseBracket,
    /// `{`
    OpenBrace,
    /// `}`
    CloseBrace,
    /// `|`
    Bar,
    /// `<|`
    LessBar,
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Star,
    /// `/`
    Slash,
    /// `%`
    Percent,
    /// `.`
    Dot,
    /// `..`
    DotDot,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `=`
    Assign,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<>`
    LessGreater,
    /// `=~`
    EqualTilde,
    /// `!~`
    NotTilde,
    /// `=>`
    Arrow,
    /// `:`
    Colon,
    /// `;`
    Semicolon,
    /// `,`
    Comma,
    /// `@`
    At,
    /// `?`
    Question,
    /// A character that is no part of the language; reported by the lexer.
    Bad,
    /// The end of the text.
    End,
}

impl TokenKind {
    /// The text of a kind that has only one; empty for words and literals.
    pub fn sign(self) -> &'static str {
        SIGNS.iter().find(|(kind, _)| *kind == self).map_or("", |(_, text)| text)
    }

    /// Whether it is a literal.
    pub fn is_literal(self) -> bool {
        use TokenKind::{Bool, DateTime, Decimal, Guid, Int, Long, RawGuid, Real, String, TimeSpan};
        matches!(self, Long | Int | Real | Decimal | Bool | TimeSpan | DateTime | Guid | RawGuid | String)
    }
}

/// The signs of the language.
pub const SIGNS: &[(TokenKind, &str)] = &[
    (TokenKind::OpenParen, "("),
    (TokenKind::CloseParen, ")"),
    (TokenKind::OpenBracket, "["),
    (TokenKind::CloseBracket, "]"),
    (TokenKind::OpenBrace, "{"),
    (TokenKind::CloseBrace, "}"),
    (TokenKind::Bar, "|"),
    (TokenKind::LessBar, "<|"),
    (TokenKind::Plus, "+"),
    (TokenKind::Minus, "-"),
    (TokenKind::Star, "*"),
    (TokenKind::Slash, "/"),
    (TokenKind::Percent, "%"),
    (TokenKind::Dot, "."),
    (TokenKind::DotDot, ".."),
    (TokenKind::Less, "<"),
    (TokenKind::LessEqual, "<="),
    (TokenKind::Greater, ">"),
    (TokenKind::GreaterEqual, ">="),
    (TokenKind::Assign, "="),
    (TokenKind::Equal, "=="),
    (TokenKind::NotEqual, "!="),
    (TokenKind::LessGreater, "<>"),
    (TokenKind::EqualTilde, "=~"),
    (TokenKind::NotTilde, "!~"),
    (TokenKind::Arrow, "=>"),
    (TokenKind::Colon, ":"),
    (TokenKind::Semicolon, ";"),
    (TokenKind::Comma, ","),
    (TokenKind::At, "@"),
    (TokenKind::Question, "?"),
];

/// Where a keyword may still serve as a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Keyword {
    /// Everywhere: `count`, `order`, `id`.
    Name,
    /// Where a name is given (`extend title = …`), not where it is used.
    Given,
    /// As the start of a path: `kind`, `withsource`.
    Special,
    /// Nowhere; it needs `['…']`.
    Reserved,
}
