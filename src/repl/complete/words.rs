//! The words that the grammar allows at a place and that no other table of the program lists.

/// Words of an operator.
pub(super) struct OperatorWords {
    /// Its name.
    pub(super) operator: &'static str,
    /// What may stand right behind the name.
    pub(super) first: &'static [&'static str],
    /// What may stand behind an operand.
    pub(super) later: &'static [&'static str],
}

const fn words(
    operator: &'static str,
    first: &'static [&'static str],
    later: &'static [&'static str],
) -> OperatorWords {
    OperatorWords { operator, first, later }
}

/// The operators that have words of their own.
pub(super) const OPERATOR_WORDS: &[OperatorWords] = &[
    words("summarize", &[], &["by"]),
    words("sort", &["by"], ORDER),
    words("order", &["by"], ORDER),
    words("top", &[], &["by", "asc", "desc", "nulls first", "nulls last"]),
    words("top-hitters", &[], &["of", "by"]),
    words("top-nested", &[], &["of", "by", "with others ="]),
    words("sample-distinct", &[], &["of"]),
    words("join", &["kind=", "hint.strategy="], &["on"]),
    words("lookup", &["kind="], &["on"]),
    words("union", &["kind=", "withsource=", "isfuzzy="], &[]),
    words("make-series", &[], &["default=", "on", "from", "to", "step", "by"]),
    words("range", &[], &["from", "to", "step"]),
    words("mv-expand", &["bagexpansion=", "with_itemindex=", "kind="], &["to typeof(", "limit"]),
    words("mv-apply", &["with_itemindex="], &["to typeof(", "limit", "on ("]),
    words("parse", &["kind="], &["with"]),
    words("parse-where", &["kind="], &["with"]),
    words("parse-kv", &[], &["as (", "with ("]),
    words("project-rename", &[], &[]),
    words("project-reorder", &[], &["asc", "desc", "granny-asc", "granny-desc"]),
    words("partition", &["hint.strategy=", "by"], &["by"]),
    words("reduce", &["by"], &["with"]),
    words("render", &[], &["with ("]),
    words("search", &["kind=", "in ("], &[]),
    words("find", &["withsource=", "in (", "where"], &["project"]),
    words("facet", &["by"], &["with ("]),
    words("scan", &["with_match_id=", "declare (", "with ("], &["with ("]),
    words("count", &["as"], &[]),
];

const ORDER: &[&str] = &["asc", "desc", "nulls first", "nulls last"];

/// Words between two operands of any expression.
pub(super) const CONNECTIVES: &[&str] = &[
    "and",
    "or",
    "==",
    "!=",
    "=~",
    "!~",
    "has",
    "!has",
    "has_cs",
    "has_any (",
    "has_all (",
    "hasprefix",
    "hassuffix",
    "contains",
    "!contains",
    "contains_cs",
    "startswith",
    "endswith",
    "in (",
    "in~ (",
    "!in (",
    "between (",
    "matches regex",
];

/// Values of options: the operator, the option, and what may stand behind its `=`.
pub(super) const OPTION_VALUES: &[(&[&str], &str, &[&str])] = &[
    (
        &["join"],
        "kind",
        &[
            "inner",
            "innerunique",
            "leftouter",
            "rightouter",
            "fullouter",
            "leftsemi",
            "leftanti",
            "rightsemi",
            "rightanti",
            "leftantisemi",
            "rightantisemi",
            "anti",
        ],
    ),
    (&["lookup"], "kind", &["leftouter", "inner"]),
    (&["join"], "strategy", &["broadcast", "shuffle", "centralized"]),
    (&["partition"], "strategy", &["native", "legacy", "shuffle"]),
    (&["union"], "kind", &["outer", "inner"]),
    (&["union"], "isfuzzy", &["true", "false"]),
    (&["search"], "kind", &["case_insensitive", "case_sensitive"]),
    (&["mv-expand"], "kind", &["bag", "array"]),
    (&["mv-expand"], "bagexpansion", &["bag", "array"]),
    (&["parse", "parse-where"], "kind", &["simple", "regex", "relaxed"]),
    (&["render"], "kind", &["default", "unstacked", "stacked", "stacked100", "map"]),
    (&["render"], "legend", &["visible", "hidden"]),
    (&["render"], "xaxis", &["linear", "log"]),
    (&["render"], "yaxis", &["linear", "log"]),
    (&["render"], "ysplit", &["none", "axes", "panels"]),
    (&["render"], "accumulate", &["true", "false"]),
];

/// The properties of `render` that take columns.
pub(super) const CHART_COLUMNS: &[&str] = &["xcolumn", "ycolumns", "series", "anomalycolumns"];

/// Operators that need no input, as they begin a query.
pub(super) const SOURCES: &[&str] =
    &["print", "range", "datatable", "union", "search", "find", "externaldata", "evaluate"];
/// Operators that stand at the start alone.
pub(super) const ONLY_SOURCES: &[&str] = &["print", "range", "datatable", "externaldata", "find", "macro-expand"];
/// Words that begin a statement.
pub(super) const STATEMENTS: &[&str] = &["let", "set", "declare query_parameters("];
