//! Tokens, and the table of the words that KQL reserves.

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

/// The keyword a word is, if it is one.
pub fn keyword(word: &str) -> Option<Keyword> {
    KEYWORDS.binary_search_by(|(known, _)| (*known).cmp(word)).ok().map(|at| KEYWORDS[at].1)
}

use Keyword::{Given, Name, Reserved, Special};

/// Every keyword, sorted.
pub const KEYWORDS: &[(&str, Keyword)] = &[
    ("!between", Reserved),
    ("!contains", Reserved),
    ("!contains_cs", Reserved),
    ("!endswith", Reserved),
    ("!endswith_cs", Reserved),
    ("!has", Reserved),
    ("!has_cs", Reserved),
    ("!hasprefix", Reserved),
    ("!hasprefix_cs", Reserved),
    ("!hassuffix", Reserved),
    ("!hassuffix_cs", Reserved),
    ("!in", Reserved),
    ("!in~", Reserved),
    ("!startswith", Reserved),
    ("!startswith_cs", Reserved),
    ("3Dchart", Reserved),
    ("__contextual_datatable", Reserved),
    ("__crossCluster", Reserved),
    ("__crossDB", Reserved),
    ("__executeAndCache", Reserved),
    ("__id", Reserved),
    ("__isFuzzy", Reserved),
    ("__noWithSource", Reserved),
    ("__packedColumn", Reserved),
    ("__partitionby", Name),
    ("__projectAway", Reserved),
    ("__sourceColumnIndex", Reserved),
    ("access", Name),
    ("accumulate", Given),
    ("alias", Name),
    ("and", Reserved),
    ("anomalychart", Reserved),
    ("areachart", Reserved),
    ("as", Given),
    ("asc", Reserved),
    ("assert-schema", Reserved),
    ("bagexpansion", Reserved),
    ("barchart", Reserved),
    ("best_effort", Name),
    ("between", Reserved),
    ("bin", Name),
    ("bin_legacy", Reserved),
    ("bool", Name),
    ("boolean", Reserved),
    ("by", Given),
    ("byte", Reserved),
    ("cachingpolicy", Reserved),
    ("callout", Reserved),
    ("cancel", Reserved),
    ("card", Reserved),
    ("char", Reserved),
    ("columnchart", Reserved),
    ("commands-and-queries", Reserved),
    ("consume", Name),
    ("contains", Given),
    ("contains_cs", Reserved),
    ("containscs", Reserved),
    ("count", Name),
    ("cycles", Reserved),
    ("database", Name),
    ("dataexport", Reserved),
    ("dataformat", Name),
    ("datascope", Reserved),
    ("datatable", Given),
    ("date", Reserved),
    ("datetime", Reserved),
    ("datetime_pattern", Name),
    ("decimal", Reserved),
    ("declare", Name),
    ("decodeblocks", Reserved),
    ("default", Name),
    ("desc", Reserved),
    ("distinct", Name),
    ("double", Reserved),
    ("dynamic", Reserved),
    ("earliest", Given),
    ("edges", Name),
    ("encodingpolicy", Reserved),
    ("endswith", Reserved),
    ("endswith_cs", Reserved),
    ("entity_group", Name),
    ("evaluate", Name),
    ("expandoutput", Reserved),
    ("extend", Name),
    ("extent_tags_retention", Reserved),
    ("external_data", Reserved),
    ("externaldata", Given),
    ("facet", Name),
    ("filter", Name),
    ("find", Given),
    ("first", Reserved),
    ("flags", Reserved),
    ("float", Reserved),
    ("force_remote", Reserved),
    ("fork", Name),
    ("from", Name),
    ("getschema", Name),
    ("granny-asc", Reserved),
    ("granny-desc", Reserved),
    ("graph", Name),
    ("graph-mark-components", Reserved),
    ("graph-match", Reserved),
    ("graph-shortest-paths", Reserved),
    ("graph-to-table", Reserved),
    ("graph-where-edges", Reserved),
    ("graph-where-nodes", Reserved),
    ("guid", Name),
    ("harddelete", Reserved),
    ("hardretention", Reserved),
    ("has", Given),
    ("has_all", Reserved),
    ("has_any", Reserved),
    ("has_cs", Reserved),
    ("hasprefix", Reserved),
    ("hasprefix_cs", Reserved),
    ("hassuffix", Reserved),
    ("hassuffix_cs", Reserved),
    ("hint.concurrency", Reserved),
    ("hint.distribution", Reserved),
    ("hint.materialized", Reserved),
    ("hint.num_partitions", Reserved),
    ("hint.pass_filters", Reserved),
    ("hint.pass_filters_column", Reserved),
    ("hint.progressive_top", Reserved),
    ("hint.remote", Reserved),
    ("hint.shufflekey", Reserved),
    ("hint.spread", Reserved),
    ("hint.strategy", Reserved),
    ("hotcache", Reserved),
    ("id", Name),
    ("in", Given),
    ("inline_external_table", Name),
    ("int", Reserved),
    ("int16", Reserved),
    ("int32", Reserved),
    ("int64", Reserved),
    ("int8", Reserved),
    ("invoke", Given),
    ("in~", Reserved),
    ("isfuzzy", Reserved),
    ("join", Name),
    ("journal", Reserved),
    ("kind", Special),
    ("ladderchart", Reserved),
    ("last", Reserved),
    ("latest", Given),
    ("let", Name),
    ("like", Reserved),
    ("likecs", Reserved),
    ("limit", Name),
    ("linechart", Reserved),
    ("long", Reserved),
    ("lookup", Name),
    ("macro-expand", Reserved),
    ("make-graph", Reserved),
    ("make-series", Reserved),
    ("matches", Reserved),
    ("materialize", Given),
    ("materialized-view-combine", Reserved),
    ("materialized-views", Reserved),
    ("mdm", Given),
    ("missing", Reserved),
    ("mv-apply", Reserved),
    ("mv-expand", Reserved),
    ("mvapply", Name),
    ("mvexpand", Name),
    ("nodes", Name),
    ("nooptimization", Reserved),
    ("notcontains", Reserved),
    ("notcontainscs", Reserved),
    ("notlike", Reserved),
    ("notlikecs", Reserved),
    ("null", Name),
    ("nulls", Name),
    ("of", Given),
    ("on", Name),
    ("optional", Name),
    ("or", Reserved),
    ("order", Name),
    ("others", Reserved),
    ("output", Name),
    ("pack", Name),
    ("parse", Name),
    ("parse-kv", Reserved),
    ("parse-where", Reserved),
    ("partition", Name),
    ("partitioned-by", Reserved),
    ("pathformat", Reserved),
    ("pattern", Name),
    ("piechart", Reserved),
    ("pivotchart", Reserved),
    ("plotly", Name),
    ("print", Given),
    ("project", Reserved),
    ("project-away", Reserved),
    ("project-by-names", Reserved),
    ("project-keep", Reserved),
    ("project-rename", Reserved),
    ("project-reorder", Reserved),
    ("project-smart", Reserved),
    ("queries", Reserved),
    ("query_parameters", Name),
    ("query_results", Reserved),
    ("range", Name),
    ("real", Reserved),
    ("reduce", Name),
    ("regex", Name),
    ("relaxed", Reserved),
    ("render", Name),
    ("restrict", Name),
    ("restricted_view_access", Reserved),
    ("row_level_security", Reserved),
    ("rowstore", Reserved),
    ("rowstore_references", Reserved),
    ("rowstore_sealinfo", Reserved),
    ("rowstorepolicy", Reserved),
    ("rowstores", Reserved),
    ("sample", Given),
    ("sample-distinct", Given),
    ("scan", Name),
    ("scatterchart", Reserved),
    ("seal", Reserved),
    ("seals", Reserved),
    ("search", Given),
    ("serialize", Name),
    ("set", Given),
    ("set-or-append", Reserved),
    ("set-or-replace", Reserved),
    ("shards", Reserved),
    ("simple", Reserved),
    ("softdelete", Reserved),
    ("softretention", Reserved),
    ("sort", Name),
    ("sql", Given),
    ("stackedareachart", Reserved),
    ("startswith", Reserved),
    ("startswith_cs", Reserved),
    ("statistics", Reserved),
    ("step", Name),
    ("storedqueryresultcontainers", Reserved),
    ("string", Reserved),
    ("summarize", Name),
    ("tablepurge", Reserved),
    ("take", Name),
    ("time", Reserved),
    ("timechart", Reserved),
    ("timeline", Reserved),
    ("timepivot", Reserved),
    ("timespan", Reserved),
    ("title", Given),
    ("to", Given),
    ("top", Name),
    ("top-hitters", Given),
    ("top-nested", Given),
    ("toscalar", Given),
    ("totable", Given),
    ("treemap", Reserved),
    ("typeof", Name),
    ("uint", Reserved),
    ("uint16", Reserved),
    ("uint32", Reserved),
    ("uint64", Reserved),
    ("uint8", Reserved),
    ("ulong", Reserved),
    ("union", Reserved),
    ("uniqueid", Reserved),
    ("unrestrictedviewers", Reserved),
    ("uuid", Name),
    ("verbose", Given),
    ("view", Name),
    ("viewers", Given),
    ("views", Reserved),
    ("where", Given),
    ("with", Name),
    ("with_itemindex", Reserved),
    ("with_match_id", Reserved),
    ("with_node_id", Name),
    ("with_source", Special),
    ("with_step_name", Reserved),
    ("withsource", Special),
    ("writeaheadlog", Reserved),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_are_sorted_and_found() {
        assert!(KEYWORDS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert_eq!(keyword("order"), Some(Keyword::Name));
        assert_eq!(keyword("!has_cs"), Some(Keyword::Reserved));
        assert_eq!(keyword("kind"), Some(Keyword::Special));
        assert_eq!(keyword("Order"), None);
    }
}
