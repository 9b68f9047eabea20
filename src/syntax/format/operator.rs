//! Operators as text.

use crate::syntax::ast::{ExprKind, Operator, OperatorKind, PartitionBody, ReorderOrder};

use super::clause::{
    write_cells, write_clause, write_expand_column, write_find, write_groups, write_make_series, write_option,
    write_options, write_parse_item, write_properties, write_render, write_right_side, write_scan, write_search,
    write_sort_key, write_top_nested_level,
};
use super::expression::{write_call, write_expr, write_list, write_named, write_predicate, write_wide_list};
use super::statement::{write_name_and_type, write_query, write_schema};
use super::value::name_text;
use super::writer::Writer;

/// Operators behind a source, each on a line of its own.
pub(super) fn write_operators(w: &mut Writer<'_>, operators: &[Operator]) {
    for operator in operators {
        w.comments_before(operator.span.start);
        w.line();
        w.push("| ");
        write_operator(w, operator);
        w.comments_within(operator.span);
    }
}

/// `(operators)`, each on a line of its own, with `|` from the second on; comments before `end` stay inside.
fn write_group(w: &mut Writer<'_>, operators: &[Operator], end: u32) {
    w.push("(");
    if let Some((first, others)) = operators.split_first() {
        w.indented(|w| {
            w.comments_before(first.span.start);
            w.line();
            write_operator(w, first);
            w.comments_within(first.span);
            write_operators(w, others);
            w.comments_before(end);
        });
        w.line();
    }
    w.push(")");
}

/// One operator, on the line and those below it.
pub(super) fn write_operator(w: &mut Writer<'_>, operator: &Operator) {
    match &operator.kind {
        OperatorKind::As(o) => {
            w.push("as");
            write_options(w, &o.options);
            w.push(" ");
            w.push(&name_text(&o.name.name));
        }
        OperatorKind::AssertSchema(o) => {
            w.push("assert-schema ");
            write_schema(w, &o.columns);
        }
        OperatorKind::Consume(o) => {
            w.push("consume");
            write_options(w, &o.options);
        }
        OperatorKind::Count(o) => {
            w.push("count");
            if let Some(name) = &o.name {
                w.push(" as ");
                w.push(&name.name);
            }
        }
        OperatorKind::Datatable(o) => {
            w.push("datatable");
            write_options(w, &o.options);
            w.push(" ");
            write_schema(w, &o.columns);
            w.push(" [");
            write_cells(w, &o.values, o.columns.len().max(1));
            w.push("]");
        }
        OperatorKind::Distinct(o) => {
            w.push("distinct");
            write_options(w, &o.options);
            write_wide_list(w, &o.columns, write_named);
        }
        OperatorKind::Evaluate(o) => {
            w.push("evaluate");
            write_options(w, &o.options);
            w.push(" ");
            write_call(w, &o.call);
            if let Some((star, columns)) = &o.schema {
                w.push(match (star, columns.is_empty()) {
                    (true, true) => " : (*",
                    (true, false) => " : (*, ",
                    (false, _) => " : (",
                });
                write_list(w, columns, write_name_and_type);
                w.push(")");
            }
        }
        OperatorKind::ExecuteAndCache => w.push("__executeAndCache"),
        OperatorKind::Extend(o) => {
            w.push("extend");
            write_wide_list(w, &o.columns, write_named);
        }
        OperatorKind::ExternalData(o) => {
            w.push("externaldata ");
            write_schema(w, &o.columns);
            w.push(" [");
            write_list(w, &o.uris, write_expr);
            w.push("]");
            write_properties(w, &o.properties);
        }
        OperatorKind::Facet(o) => {
            w.push("facet by ");
            write_list(w, &o.columns, write_expr);
            if !o.with.is_empty() {
                w.push(" with ");
                write_group(w, &o.with, operator.span.end);
            }
        }
        OperatorKind::Find(o) => write_find(w, o),
        OperatorKind::Fork(o) => {
            w.push("fork");
            for (name, operators) in &o.branches {
                w.push(" ");
                if let Some(name) = name {
                    w.push(&name_text(&name.name));
                    w.push(" = ");
                }
                write_group(w, operators, operator.span.end);
            }
        }
        OperatorKind::GetSchema(o) => {
            w.push("getschema");
            write_options(w, o.kind.as_slice());
        }
        OperatorKind::Graph(o) => {
            w.push(o.name);
            w.push(" ");
            w.push_source(o.text.span);
        }
        OperatorKind::Invoke(o) => {
            w.push("invoke ");
            write_call(w, &o.call);
        }
        OperatorKind::Join(o) => {
            w.push("join");
            write_right_side(w, &o.options, &o.right, &o.on);
        }
        OperatorKind::Lookup(o) => {
            w.push("lookup");
            write_right_side(w, &o.options, &o.right, &o.on);
        }
        OperatorKind::MacroExpand(o) => {
            w.push("macro-expand");
            write_options(w, &o.options);
            w.push(" ");
            match &o.group.kind {
                // The word is a keyword here, so it must not get brackets.
                ExprKind::Call(_) => w.push_source(o.group.span),
                _ => write_expr(w, &o.group),
            }
            if !o.name.name.is_empty() {
                w.push(" as ");
                w.push(&name_text(&o.name.name));
            }
            w.push(" (");
            w.indented(|w| write_query(w, &o.body));
            w.line();
            w.push(")");
        }
        OperatorKind::MakeSeries(o) => write_make_series(w, o),
        OperatorKind::MvApply(o) => {
            w.push("mv-apply");
            write_options(w, &o.options);
            write_wide_list(w, &o.columns, write_expand_column);
            write_clause(w, "limit", o.limit.as_ref());
            write_clause(w, "id", o.id.as_ref());
            w.push(" on ");
            write_group(w, &o.body, operator.span.end);
        }
        OperatorKind::MvExpand(o) => {
            w.push("mv-expand");
            write_options(w, &o.options);
            write_wide_list(w, &o.columns, write_expand_column);
            write_clause(w, "limit", o.limit.as_ref());
        }
        OperatorKind::Parse(o) => {
            w.push(if o.filter { "parse-where" } else { "parse" });
            write_options(w, &o.options);
            w.push(" ");
            write_expr(w, &o.text);
            w.push(" with");
            o.pattern.iter().for_each(|item| write_parse_item(w, item));
        }
        OperatorKind::ParseKv(o) => {
            w.push("parse-kv ");
            write_expr(w, &o.text);
            w.push(" as ");
            write_schema(w, &o.columns);
            write_properties(w, &o.properties);
        }
        OperatorKind::Partition(o) => {
            w.push("partition");
            write_options(w, &o.options);
            w.push(" by ");
            write_expr(w, &o.by);
            w.push(" ");
            match &o.body {
                PartitionBody::Operators(operators) => write_group(w, operators, operator.span.end),
                PartitionBody::Query(query) => {
                    w.push("{");
                    w.indented(|w| write_query(w, query));
                    w.line();
                    w.push("}");
                }
            }
        }
        OperatorKind::PartitionBy(o) => {
            w.push("__partitionby");
            write_options(w, &o.options);
            w.push(" ");
            write_expr(w, &o.by);
            w.push(" ");
            write_group(w, &o.body, operator.span.end);
        }
        OperatorKind::Print(o) => {
            w.push("print");
            write_wide_list(w, &o.columns, write_named);
        }
        OperatorKind::Project(o) => {
            w.push("project");
            write_wide_list(w, &o.columns, write_named);
        }
        OperatorKind::ProjectAway(o) => {
            w.push("project-away");
            write_wide_list(w, &o.columns, write_expr);
        }
        OperatorKind::ProjectByNames(o) => {
            w.push("project-by-names");
            write_wide_list(w, &o.columns, write_expr);
        }
        OperatorKind::ProjectKeep(o) => {
            w.push("project-keep");
            write_wide_list(w, &o.columns, write_expr);
        }
        OperatorKind::ProjectRename(o) => {
            w.push("project-rename");
            write_wide_list(w, &o.columns, write_named);
        }
        OperatorKind::ProjectReorder(o) => {
            w.push("project-reorder");
            write_wide_list(w, &o.columns, |w, (column, order)| {
                write_expr(w, column);
                w.push(match order.as_ref().map(|order| order.node) {
                    None => "",
                    Some(ReorderOrder::Ascending) => " asc",
                    Some(ReorderOrder::Descending) => " desc",
                    Some(ReorderOrder::GrannyAscending) => " granny-asc",
                    Some(ReorderOrder::GrannyDescending) => " granny-desc",
                });
            });
        }
        OperatorKind::Range(o) => {
            w.push("range ");
            w.push(&name_text(&o.name.name));
            write_clause(w, "from", Some(&o.from));
            write_clause(w, "to", Some(&o.to));
            write_clause(w, "step", Some(&o.step));
        }
        OperatorKind::Reduce(o) => {
            w.push("reduce");
            write_options(w, &o.options);
            w.push(" by ");
            write_named(w, &o.by);
            if !o.properties.is_empty() {
                w.push(" with ");
                write_list(w, &o.properties, write_option);
            }
        }
        OperatorKind::Render(o) => write_render(w, o),
        OperatorKind::Sample(o) => {
            w.push("sample ");
            write_expr(w, &o.count);
        }
        OperatorKind::SampleDistinct(o) => {
            w.push("sample-distinct ");
            write_expr(w, &o.count);
            write_clause(w, "of", Some(&o.of));
        }
        OperatorKind::Scan(o) => write_scan(w, o),
        OperatorKind::Search(o) => write_search(w, o),
        OperatorKind::Serialize(o) => {
            w.push("serialize");
            write_wide_list(w, &o.columns, write_named);
        }
        OperatorKind::Sort(o) => {
            w.push("sort");
            write_options(w, &o.options);
            w.push(" by");
            write_wide_list(w, &o.keys, write_sort_key);
        }
        OperatorKind::Summarize(o) => {
            w.push("summarize");
            write_options(w, &o.options);
            if !o.aggregates.is_empty() {
                write_wide_list(w, &o.aggregates, write_named);
            }
            write_groups(w, &o.groups);
        }
        OperatorKind::Take(o) => {
            w.push("take ");
            write_expr(w, &o.count);
        }
        OperatorKind::Top(o) => {
            w.push("top");
            write_options(w, &o.options);
            w.push(" ");
            write_expr(w, &o.count);
            w.push(" by ");
            write_list(w, &o.keys, write_sort_key);
        }
        OperatorKind::TopHitters(o) => {
            w.push("top-hitters ");
            write_expr(w, &o.count);
            w.push(" of ");
            write_named(w, &o.of);
            if let Some(by) = &o.by {
                w.push(" by ");
                write_named(w, by);
            }
        }
        OperatorKind::TopNested(o) => {
            for (at, level) in o.levels.iter().enumerate() {
                w.push(if at > 0 { "," } else { "" });
                if at > 0 {
                    w.indented(Writer::line);
                }
                write_top_nested_level(w, level);
            }
        }
        OperatorKind::Union(o) => {
            w.push("union");
            write_options(w, &o.options);
            write_wide_list(w, &o.tables, write_expr);
        }
        OperatorKind::Where(o) => {
            w.push("where");
            write_options(w, &o.options);
            write_predicate(w, &o.predicate);
        }
    }
}
