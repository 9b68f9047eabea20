//! What runs, but not wholly as in Kusto: a row each, with the sentence that help, pages and `SUPPORT.md` say.

use super::Kind;

/// Which thing differs, and how.
pub(super) const DIFFERENCES: &[(Kind, &str, &str)] = &[
    (
        Kind::Operator,
        "evaluate",
        "a plugin runs inside of `mv-apply` only if it makes one row of each (`bag_unpack`), and inside of `partition` \
         for at most 64 keys",
    ),
    (
        Kind::Operator,
        "externaldata",
        "reads files that `--allow-external` allows, never addresses; not Avro, ORC or W3C logs",
    ),
    (Kind::Operator, "invoke", "functions of other databases are refused"),
    (
        Kind::Operator,
        "macro-expand",
        "a group is written in the request and its databases are this one; stored groups are refused",
    ),
    (
        Kind::Operator,
        "mv-apply",
        "an `id` is refused: what it is for is not documented; so are `union` and joins that keep rows of the right in it",
    ),
    (Kind::Operator, "reduce", "the algorithm of the service is not published, so patterns may differ"),
    (
        Kind::Operator,
        "render",
        "`3Dchart`, `graph`, `pivotchart`, `plotly`, `sankey`, `timeline`, `timepivot` and maps are shown as tables",
    ),
    (Kind::Operator, "scan", "`kind` is refused: what it does is not documented"),
    (Kind::Operator, "top-hitters", "counts all values exactly, where Kusto estimates"),
    (Kind::Statement, "alias", "a name for the database that the data is; other clusters are out of reach"),
    (
        Kind::Statement,
        "command",
        "what asks about tables, columns, functions, databases and the version runs; what manages a cluster is refused",
    ),
    (Kind::Statement, "export", "writes into folders of this machine, where the program allows it"),
    (
        Kind::Function,
        "cluster",
        "stands in front of `database(…)`; the data is the cluster `local`, others are out of reach",
    ),
    (
        Kind::Function,
        "database",
        "stands in front of a table; the data is the database `local`, others are out of reach",
    ),
    (Kind::Function, "entity_group", "stands in `let` and in `macro-expand`, with databases of this machine's data"),
    (Kind::Function, "table", "stands for a table by its constant name; a second argument changes nothing"),
    (Kind::Function, "estimate_data_size", "counts the bytes of the values; Kusto counts those of its own encoding"),
    (Kind::Function, "ingestion_time", "is null: tables do not keep when a row came"),
    (
        Kind::Function,
        "parse_user_agent",
        "knows the browsers and systems that are common in logs of calls, the rest is `Other`; `device` is refused",
    ),
    (
        Kind::Function,
        "parse_version",
        "the number has its point 18 digits further left, since decimals have no room; it compares alike",
    ),
    (Kind::Function, "series_outliers", "the arithmetic of the test is not published, so scores may differ"),
    (Kind::Function, "series_periods_detect", "how scores are worked out is not published, so they may differ"),
    (Kind::Aggregate, "dcount", ESTIMATE),
    (Kind::Aggregate, "dcountif", ESTIMATE),
    (Kind::Aggregate, "percentile", EXACT),
    (Kind::Aggregate, "percentiles", EXACT),
    (Kind::Aggregate, "percentiles_array", EXACT),
    (Kind::Aggregate, "percentilew", EXACT),
    (Kind::Aggregate, "percentilesw", EXACT),
    (Kind::Aggregate, "percentilesw_array", EXACT),
    (Kind::Plugin, "autocluster", PATTERNS),
    (Kind::Plugin, "basket", "all rows count, where Kusto looks at a sample"),
    (Kind::Plugin, "diffpatterns", PATTERNS),
    (Kind::Plugin, "diffpatterns_text", PATTERNS),
    (Kind::Plugin, "estimate_rows_count", "counts exactly, where Kusto estimates"),
    (
        Kind::Plugin,
        "funnel_sequence",
        "must be the last operator of a statement; states that last are taken for one, as its example shows",
    ),
    (
        Kind::Plugin,
        "infer_storage_schema",
        "looks at the first 1000 records of files that `--allow-external` allows; which values make which type may differ",
    ),
    (Kind::Plugin, "preview", "must be the last operator of a statement"),
    (Kind::Plugin, "schema_merge", "a column that has two types is an error"),
    (Kind::Plugin, "sequence_detect", "an event may be in several sequences, as its example shows"),
    (
        Kind::Plugin,
        "session_count",
        "a session that goes on over several steps counts in each; the reference leaves it open",
    ),
    (
        Kind::Type,
        "datetime",
        "reaches from 1677-09-21 to 2262-04-11; what lies outside, as in `datetime(9999-12-31)`, is taken for the end",
    ),
    (
        Kind::Type,
        "decimal",
        "has 20 digits before the point and 18 behind it, where Kusto has 34 digits wherever the point is",
    ),
    (Kind::Type, "timespan", "reaches to 106751 days; what is longer is taken for the end"),
];

const ESTIMATE: &str =
    "exact up to 32768 values of a group; the estimate beyond is as accurate as Kusto's but not the same number";
const EXACT: &str = "exact up to 131072 values of a group, where Kusto estimates earlier; then an estimate of our own";
const PATTERNS: &str = "how patterns are chosen is not published, so others may be shown";
