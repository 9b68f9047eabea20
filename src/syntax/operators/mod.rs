//! Every tabular operator: its row for help, completion and the manual, and the function that parses it.

mod expand;
mod filter;
mod graph;
mod join;
mod other;
mod parse;
mod partition;
mod project;
mod render;
mod scan;
mod series;
mod sort;
pub(super) mod source;
mod summarize;
mod take;
pub(super) mod union;

use crate::diagnostic::{Code, Diagnostic};

use super::ast::{OperatorKind, Option_};
use super::input::{Out, Tokens};

/// What is known about a tabular operator.
#[derive(Clone, Copy)]
pub struct OperatorRow {
    /// Its name.
    pub name: &'static str,
    /// Other spellings.
    pub aliases: &'static [&'static str],
    /// One sentence.
    pub summary: &'static str,
    /// How it is written.
    pub syntax: &'static str,
    /// A query that uses it.
    pub example: &'static str,
    /// Parses what comes behind the keyword.
    pub(super) parse: for<'t> fn(Tokens<'t>) -> Out<'t, OperatorKind>,
}

/// The row of an operator, by name or other spelling.
pub fn operator_row(name: &str) -> Option<&'static OperatorRow> {
    OPERATORS.iter().find(|row| row.name == name || row.aliases.contains(&name))
}

/// Reports options that an operator has no use for.
fn refuse_options(input: Tokens<'_>, options: &[Option_], operator: &str) {
    for option in options {
        let message = format!("`{operator}` has no option `{}`", option.name.name);
        input.report(Diagnostic::error(Code::UnsupportedFeature, option.name.span, message));
    }
}

/// All operators, by name.
pub const OPERATORS: &[OperatorRow] = &[
    OperatorRow {
        name: "__executeAndCache",
        aliases: &[],
        summary: "Passes rows on; a marker of Kusto's own for cached results.",
        syntax: "__executeAndCache",
        example: "T | __executeAndCache",
        parse: other::parse_execute_and_cache,
    },
    OperatorRow {
        name: "__partitionby",
        aliases: &[],
        summary: "An old form of `partition`.",
        syntax: "__partitionby Column (Operators)",
        example: "T | __partitionby Kind (take 1)",
        parse: partition::parse_partition_by,
    },
    OperatorRow {
        name: "as",
        aliases: &[],
        summary: "Gives the rows so far a name that later parts of the query can use.",
        syntax: "as Name",
        example: "T | where Ok | as Good | union (Good | take 1)",
        parse: other::parse_as,
    },
    OperatorRow {
        name: "assert-schema",
        aliases: &[],
        summary: "Fails unless the columns have these names and types.",
        syntax: "assert-schema (Name: Type, ...)",
        example: "print a = 1 | assert-schema (a: long)",
        parse: other::parse_assert_schema,
    },
    OperatorRow {
        name: "consume",
        aliases: &[],
        summary: "Reads all rows and returns none.",
        syntax: "consume",
        example: "T | consume",
        parse: other::parse_consume,
    },
    OperatorRow {
        name: "count",
        aliases: &[],
        summary: "Counts the rows.",
        syntax: "count [as Name]",
        example: "range x from 1 to 5 step 1 | count",
        parse: summarize::parse_count,
    },
    OperatorRow {
        name: "datatable",
        aliases: &[],
        summary: "Makes a table of the values written in the query.",
        syntax: "datatable (Name: Type, ...) [Value, ...]",
        example: "datatable (a: long, b: string) [1, \"x\", 2, \"y\"]",
        parse: source::parse_datatable,
    },
    OperatorRow {
        name: "distinct",
        aliases: &[],
        summary: "Keeps one row for each combination of values.",
        syntax: "distinct Column, ...  or  distinct *",
        example: "datatable (a: long) [1, 1, 2] | distinct a",
        parse: summarize::parse_distinct,
    },
    OperatorRow {
        name: "evaluate",
        aliases: &[],
        summary: "Calls a plugin, which gets the rows and returns others.",
        syntax: "evaluate Plugin(Argument, ...) [: (Name: Type, ...)]",
        example: "print d = dynamic({\"a\": 1}) | evaluate bag_unpack(d)",
        parse: other::parse_evaluate,
    },
    OperatorRow {
        name: "extend",
        aliases: &[],
        summary: "Adds computed columns, or replaces columns of the same name.",
        syntax: "extend Name = Expression, ...",
        example: "print a = 1 | extend b = a + 1",
        parse: project::parse_extend,
    },
    OperatorRow {
        name: "externaldata",
        aliases: &["external_data"],
        summary: "Reads a table from files.",
        syntax: "externaldata (Name: Type, ...) [Uri, ...] [with (Property = Value, ...)]",
        example: "externaldata (a: string) [\"a.csv\"] with (format = \"csv\")",
        parse: source::parse_externaldata,
    },
    OperatorRow {
        name: "facet",
        aliases: &[],
        summary: "Counts the values of columns, one table for each.",
        syntax: "facet by Column, ... [with (Operators)]",
        example: "T | facet by Kind, State with (take 1)",
        parse: partition::parse_facet,
    },
    OperatorRow {
        name: "find",
        aliases: &[],
        summary: "Finds rows in several tables.",
        syntax: "find [withsource = Name] [in (Table, ...)] where Predicate [project Column, ...]",
        example: "find in (T) where a == 1 project a",
        parse: filter::parse_find,
    },
    OperatorRow {
        name: "fork",
        aliases: &[],
        summary: "Runs several pipelines over the same rows, one result for each.",
        syntax: "fork [Name =] (Operators) ...",
        example: "range x from 1 to 3 step 1 | fork (take 1) (count)",
        parse: partition::parse_fork,
    },
    OperatorRow {
        name: "getschema",
        aliases: &[],
        summary: "Lists the columns and their types.",
        syntax: "getschema",
        example: "print a = 1 | getschema",
        parse: other::parse_getschema,
    },
    OperatorRow {
        name: "graph-mark-components",
        aliases: &[],
        summary: "Numbers the connected parts of a graph.",
        syntax: "graph-mark-components [kind = Kind] [with_component_id = Name]",
        example: "G | graph-mark-components kind = weak",
        parse: graph::parse_graph_mark_components,
    },
    OperatorRow {
        name: "graph-match",
        aliases: &[],
        summary: "Finds patterns in a graph.",
        syntax: "graph-match Pattern, ... [where Predicate] [project Column, ...]",
        example: "G | graph-match (a)-[e]->(b) project a.Name",
        parse: graph::parse_graph_match,
    },
    OperatorRow {
        name: "graph-shortest-paths",
        aliases: &[],
        summary: "Finds the shortest paths between nodes of a graph.",
        syntax: "graph-shortest-paths Pattern [where Predicate] [project Column, ...]",
        example: "G | graph-shortest-paths (a)-[e*1..5]->(b) project a.Name",
        parse: graph::parse_graph_shortest_paths,
    },
    OperatorRow {
        name: "graph-to-table",
        aliases: &[],
        summary: "Turns a graph back into tables.",
        syntax: "graph-to-table nodes [as Name], edges [as Name]",
        example: "G | graph-to-table nodes",
        parse: graph::parse_graph_to_table,
    },
    OperatorRow {
        name: "graph-where-edges",
        aliases: &[],
        summary: "Keeps the edges of a graph that fit.",
        syntax: "graph-where-edges Predicate",
        example: "G | graph-where-edges Weight > 1",
        parse: graph::parse_graph_where_edges,
    },
    OperatorRow {
        name: "graph-where-nodes",
        aliases: &[],
        summary: "Keeps the nodes of a graph that fit.",
        syntax: "graph-where-nodes Predicate",
        example: "G | graph-where-nodes Age > 1",
        parse: graph::parse_graph_where_nodes,
    },
    OperatorRow {
        name: "invoke",
        aliases: &[],
        summary: "Calls a function with the rows as its first argument.",
        syntax: "invoke Function(Argument, ...)",
        example: "let f = (T: (a: long)) { T | where a > 1 }; range a from 1 to 3 step 1 | invoke f()",
        parse: other::parse_invoke,
    },
    OperatorRow {
        name: "join",
        aliases: &[],
        summary: "Puts rows of two tables side by side where keys match.",
        syntax: "join [kind = Kind] (Right) on Key, ...",
        example: "T | join kind=inner (U) on Id",
        parse: join::parse_join,
    },
    OperatorRow {
        name: "lookup",
        aliases: &[],
        summary: "Adds the columns of a small table to the rows whose key it knows.",
        syntax: "lookup [kind = Kind] (Right) on Key, ...",
        example: "T | lookup (U) on Id",
        parse: join::parse_lookup,
    },
    OperatorRow {
        name: "macro-expand",
        aliases: &[],
        summary: "Runs a query once for each member of an entity group.",
        syntax: "macro-expand [kind = Kind] Group as Name (Statements)",
        example: "macro-expand G as X (X.T | count)",
        parse: union::parse_macro_expand,
    },
    OperatorRow {
        name: "make-graph",
        aliases: &[],
        summary: "Makes a graph of a table of edges.",
        syntax: "make-graph Source --> Target [with Nodes on Id]",
        example: "E | make-graph From --> To with N on Id",
        parse: graph::parse_make_graph,
    },
    OperatorRow {
        name: "make-series",
        aliases: &[],
        summary: "Aggregates into arrays along an axis, without gaps.",
        syntax: "make-series Name = Aggregate [default = Value], ... on Axis [from Start] [to End] step Step [by Group, ...]",
        example: "T | make-series n = count() on Time from datetime(2024-01-01) to datetime(2024-01-08) step 1d",
        parse: series::parse_make_series,
    },
    OperatorRow {
        name: "mv-apply",
        aliases: &["mvapply"],
        summary: "Runs a pipeline over the items of an array, for each row.",
        syntax: "mv-apply Column [to typeof(Type)], ... [limit Count] on (Operators)",
        example: "print a = dynamic([3, 1, 2]) | mv-apply a to typeof(long) on (top 1 by a)",
        parse: expand::parse_mv_apply,
    },
    OperatorRow {
        name: "mv-expand",
        aliases: &["mvexpand"],
        summary: "Gives each item of an array or bag a row of its own.",
        syntax: "mv-expand Column [to typeof(Type)], ... [limit Count]",
        example: "print a = dynamic([1, 2]) | mv-expand a",
        parse: expand::parse_mv_expand,
    },
    OperatorRow {
        name: "parse",
        aliases: &[],
        summary: "Cuts columns out of a text by a pattern.",
        syntax: "parse [kind = Kind] Text with Pattern",
        example: "print t = \"id=7 ok\" | parse t with \"id=\" id: long \" \" rest",
        parse: parse::parse_parse,
    },
    OperatorRow {
        name: "parse-kv",
        aliases: &[],
        summary: "Cuts columns out of a text of keys and values.",
        syntax: "parse-kv Text as (Name: Type, ...) [with (Property = Value, ...)]",
        example: "print t = \"a=1, b=2\" | parse-kv t as (a: long, b: long) with (pair_delimiter = \",\", kv_delimiter = \"=\")",
        parse: parse::parse_parse_kv,
    },
    OperatorRow {
        name: "parse-where",
        aliases: &[],
        summary: "Cuts columns out of a text by a pattern, and drops rows that do not fit.",
        syntax: "parse-where [kind = Kind] Text with Pattern",
        example: "print t = \"id=7\" | parse-where t with \"id=\" id: long",
        parse: parse::parse_parse_where,
    },
    OperatorRow {
        name: "partition",
        aliases: &[],
        summary: "Runs a pipeline over each part of the rows.",
        syntax: "partition [hint.strategy = Strategy] by Column (Operators)",
        example: "T | partition hint.strategy=native by Kind (top 1 by Time)",
        parse: partition::parse_partition,
    },
    OperatorRow {
        name: "print",
        aliases: &[],
        summary: "Makes one row of expressions.",
        syntax: "print [Name =] Expression, ...",
        example: "print a = 1 + 1, now()",
        parse: project::parse_print,
    },
    OperatorRow {
        name: "project",
        aliases: &[],
        summary: "Keeps, renames, computes and orders columns.",
        syntax: "project [Name =] Expression, ...",
        example: "print a = 1, b = 2 | project b, c = a + b",
        parse: project::parse_project,
    },
    OperatorRow {
        name: "project-away",
        aliases: &[],
        summary: "Drops columns.",
        syntax: "project-away Column, ...",
        example: "print a = 1, b = 2 | project-away b",
        parse: project::parse_project_away,
    },
    OperatorRow {
        name: "project-by-names",
        aliases: &[],
        summary: "Keeps the columns whose names are computed.",
        syntax: "project-by-names Expression, ...",
        example: "print a = 1, b = 2 | project-by-names dynamic([\"a\"])",
        parse: project::parse_project_by_names,
    },
    OperatorRow {
        name: "project-keep",
        aliases: &[],
        summary: "Keeps columns, in their order.",
        syntax: "project-keep Column, ...",
        example: "print ab = 1, ac = 2, b = 3 | project-keep a*",
        parse: project::parse_project_keep,
    },
    OperatorRow {
        name: "project-rename",
        aliases: &[],
        summary: "Renames columns and keeps the others.",
        syntax: "project-rename New = Old, ...",
        example: "print a = 1, b = 2 | project-rename c = a",
        parse: project::parse_project_rename,
    },
    OperatorRow {
        name: "project-reorder",
        aliases: &[],
        summary: "Moves columns to the front.",
        syntax: "project-reorder Column [asc | desc | granny-asc | granny-desc], ...",
        example: "print a = 1, b = 2 | project-reorder b",
        parse: project::parse_project_reorder,
    },
    OperatorRow {
        name: "range",
        aliases: &[],
        summary: "Makes a column of evenly spaced values.",
        syntax: "range Name from Start to End step Step",
        example: "range x from 1 to 5 step 2",
        parse: source::parse_range,
    },
    OperatorRow {
        name: "reduce",
        aliases: &[],
        summary: "Groups texts by likeness.",
        syntax: "reduce [kind = Kind] by Text [with threshold = Value, characters = Value]",
        example: "T | reduce by Message",
        parse: summarize::parse_reduce,
    },
    OperatorRow {
        name: "render",
        aliases: &[],
        summary: "Says how the result is drawn.",
        syntax: "render Chart [with (Property = Value, ...)]",
        example: "range x from 1 to 5 step 1 | render linechart with (title = \"Line\")",
        parse: render::parse_render,
    },
    OperatorRow {
        name: "sample",
        aliases: &[],
        summary: "Keeps some rows at random.",
        syntax: "sample Count",
        example: "range x from 1 to 100 step 1 | sample 5",
        parse: take::parse_sample,
    },
    OperatorRow {
        name: "sample-distinct",
        aliases: &[],
        summary: "Keeps some of the distinct values of a column.",
        syntax: "sample-distinct Count of Column",
        example: "T | sample-distinct 5 of Kind",
        parse: take::parse_sample_distinct,
    },
    OperatorRow {
        name: "scan",
        aliases: &[],
        summary: "Walks sorted rows through the steps of a state machine.",
        syntax: "scan [with_match_id = Name] [declare (Name: Type = Value, ...)] with (step Name: Condition => Name = Value, ...; ...)",
        example: "range x from 1 to 5 step 1 | scan declare (sum: long = 0) with (step s: true => sum = s.sum + x;)",
        parse: scan::parse_scan,
    },
    OperatorRow {
        name: "search",
        aliases: &[],
        summary: "Finds rows that hold a term in any column.",
        syntax: "search [kind = Kind] [in (Table, ...)] Predicate",
        example: "search in (T) \"error\"",
        parse: filter::parse_search,
    },
    OperatorRow {
        name: "serialize",
        aliases: &[],
        summary: "Fixes the order of rows, so that window functions may follow.",
        syntax: "serialize [Name = Expression, ...]",
        example: "range x from 1 to 3 step 1 | serialize n = row_number()",
        parse: project::parse_serialize,
    },
    OperatorRow {
        name: "sort",
        aliases: &["order"],
        summary: "Sorts rows.",
        syntax: "sort by Key [asc | desc] [nulls first | nulls last], ...",
        example: "range x from 1 to 3 step 1 | sort by x desc",
        parse: sort::parse_sort,
    },
    OperatorRow {
        name: "summarize",
        aliases: &[],
        summary: "Aggregates rows by groups.",
        syntax: "summarize [Name =] Aggregate, ... [by [Name =] Group, ...]",
        example: "range x from 1 to 9 step 1 | summarize sum(x) by odd = x % 2",
        parse: summarize::parse_summarize,
    },
    OperatorRow {
        name: "take",
        aliases: &["limit"],
        summary: "Keeps up to some number of rows.",
        syntax: "take Count",
        example: "range x from 1 to 9 step 1 | take 3",
        parse: take::parse_take,
    },
    OperatorRow {
        name: "top",
        aliases: &[],
        summary: "Keeps the first rows by a key.",
        syntax: "top Count by Key [asc | desc] [nulls first | nulls last]",
        example: "range x from 1 to 9 step 1 | top 3 by x",
        parse: sort::parse_top,
    },
    OperatorRow {
        name: "top-hitters",
        aliases: &[],
        summary: "Finds the most frequent values, approximately.",
        syntax: "top-hitters Count of Value [by Weight]",
        example: "T | top-hitters 3 of Kind",
        parse: sort::parse_top_hitters,
    },
    OperatorRow {
        name: "top-nested",
        aliases: &[],
        summary: "Drills down: the top values, and inside of each the next.",
        syntax: "top-nested [Count] of Value [with others = Value] by Aggregate [asc | desc], ...",
        example: "T | top-nested 3 of Kind by count(), top-nested 1 of State by count()",
        parse: sort::parse_top_nested,
    },
    OperatorRow {
        name: "union",
        aliases: &[],
        summary: "Puts the rows of several tables below each other.",
        syntax: "union [kind = Kind] [withsource = Name] [isfuzzy = true] Table, ...",
        example: "union (print a = 1), (print a = 2)",
        parse: union::parse_union,
    },
    OperatorRow {
        name: "where",
        aliases: &["filter"],
        summary: "Keeps the rows for which a predicate is true.",
        syntax: "where Predicate",
        example: "range x from 1 to 9 step 1 | where x > 5",
        parse: filter::parse_where,
    },
];
