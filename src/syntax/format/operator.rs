//! Operators as text.

use crate::syntax::ast::{
    Direction, Expr, ExprKind, Find, FindProject, Ident, MakeSeries, MvExpandColumn, Nulls, Operator, OperatorKind,
    Option_, ParseItem, PartitionBody, Render, ReorderOrder, Scan, Search, SortKey, TopNestedLevel,
};

use super::expression::{write_call, write_expr, write_list, write_named, write_predicate, write_wide_list};
use super::statement::{write_name_and_type, write_parameter, write_query, write_schema};
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
        OperatorKind::GetSchema => w.push("getschema"),
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
            write_expr(w, &o.group);
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

fn write_options(w: &mut Writer<'_>, options: &[Option_]) {
    for option in options {
        w.push(" ");
        write_option(w, option);
    }
}

fn write_option(w: &mut Writer<'_>, option: &Option_) {
    w.push(&option.name.name);
    w.push("=");
    write_option_value(w, &option.value);
}

/// A word is written as it was: some that are no names may stand here.
fn write_option_value(w: &mut Writer<'_>, value: &Expr) {
    match &value.kind {
        ExprKind::Name(Ident { name, .. }) if matches!(name.as_str(), "simple" | "relaxed") => w.push(name),
        _ => write_expr(w, value),
    }
}

/// ` with (name = value, …)`; options of one name are one property with several values.
fn write_properties(w: &mut Writer<'_>, properties: &[Option_]) {
    if properties.is_empty() {
        return;
    }
    w.push(" with (");
    for (at, property) in properties.iter().enumerate() {
        let repeated = at > 0 && properties[at - 1].name.name == property.name.name;
        w.push(if at > 0 { ", " } else { "" });
        if repeated {
            write_option_value(w, &property.value);
        } else {
            write_option(w, property);
        }
    }
    w.push(")");
}

fn write_clause(w: &mut Writer<'_>, keyword: &str, value: Option<&Expr>) {
    if let Some(value) = value {
        w.push(" ");
        w.push(keyword);
        w.push(" ");
        write_expr(w, value);
    }
}

/// ` by a, b`, on a line of its own if what stands before it was broken.
fn write_groups(w: &mut Writer<'_>, groups: &[crate::syntax::ast::NamedExpr]) {
    if groups.is_empty() {
        return;
    }
    let mark = w.mark();
    w.push(" by ");
    write_list(w, groups, write_named);
    if w.too_wide(&mark) {
        w.reset(mark);
        w.indented(|w| {
            w.line();
            w.push("by");
            write_wide_list(w, groups, write_named);
        });
    }
}

/// Cells, one row on a line when there is more than one row.
fn write_cells(w: &mut Writer<'_>, cells: &[Expr], width: usize) {
    if cells.len() <= width {
        write_list(w, cells, write_expr);
        return;
    }
    w.indented(|w| {
        for row in cells.chunks(width) {
            w.line();
            write_list(w, row, write_expr);
            w.push(",");
        }
    });
    w.line();
}

fn write_right_side(w: &mut Writer<'_>, options: &[Option_], right: &Expr, on: &[Expr]) {
    write_options(w, options);
    w.push(" ");
    write_expr(w, right);
    if !on.is_empty() {
        w.push(" on ");
        write_list(w, on, write_expr);
    }
}

fn write_tables(w: &mut Writer<'_>, tables: &[Expr]) {
    if tables.is_empty() {
        return;
    }
    w.push(" in (");
    write_list(w, tables, |w, table| match &table.kind {
        // The only pipeline that may stand here is `table | as name`, which stays on the line.
        ExprKind::Pipeline(_) => w.push_source(table.span),
        _ => write_expr(w, table),
    });
    w.push(")");
}

fn write_find(w: &mut Writer<'_>, o: &Find) {
    w.push("find");
    write_options(w, &o.options);
    write_tables(w, &o.tables);
    w.push(" where");
    write_predicate(w, &o.predicate);
    match &o.project {
        FindProject::Smart => {}
        FindProject::Columns(columns) => {
            w.push(" project ");
            write_list(w, columns, |w, column| {
                write_expr(w, &column.column);
                if let Some(ty) = &column.ty {
                    w.push(": ");
                    w.push(ty.node.name());
                }
            });
        }
        FindProject::Away(columns) => {
            w.push(" __projectAway ");
            write_list(w, columns, write_expr);
        }
    }
}

fn write_search(w: &mut Writer<'_>, o: &Search) {
    w.push("search");
    write_options(w, &o.options);
    write_tables(w, &o.tables);
    write_predicate(w, &o.predicate);
}

fn write_make_series(w: &mut Writer<'_>, o: &MakeSeries) {
    w.push("make-series");
    write_options(w, &o.options);
    write_wide_list(w, &o.aggregates, |w, (aggregate, default)| {
        write_named(w, aggregate);
        if let Some(default) = default {
            w.push(" default = ");
            write_expr(w, default);
        }
    });
    w.push(" on ");
    write_named(w, &o.on);
    match (o.in_range, &o.from, &o.to) {
        (true, Some(from), Some(to)) => {
            w.push(" in range (");
            write_list(w, &[from, to, &o.step], |w, bound| write_expr(w, bound));
            w.push(")");
        }
        _ => {
            write_clause(w, "from", o.from.as_ref());
            write_clause(w, "to", o.to.as_ref());
            write_clause(w, "step", Some(&o.step));
        }
    }
    if !o.by.is_empty() {
        w.push(" by ");
        write_list(w, &o.by, write_named);
    }
}

fn write_expand_column(w: &mut Writer<'_>, column: &MvExpandColumn) {
    let lone = matches!(column.expr.value.kind, ExprKind::Star);
    if !lone {
        write_named(w, &column.expr);
    }
    if let Some(ty) = &column.ty {
        w.push(if lone { "to typeof(" } else { " to typeof(" });
        w.push(ty.node.name());
        w.push(")");
    }
}

fn write_parse_item(w: &mut Writer<'_>, item: &ParseItem) {
    w.push(" ");
    match item {
        ParseItem::Star(_) => w.push("*"),
        ParseItem::Text(text) => {
            w.push(&super::value::value_text(&crate::value::Value::String(text.node.clone())));
        }
        ParseItem::Column(name, ty) => {
            w.push(&name_text(&name.name));
            if let Some(ty) = ty {
                w.push(": ");
                w.push(ty.node.name());
            }
        }
    }
}

fn write_render(w: &mut Writer<'_>, o: &Render) {
    w.push("render ");
    w.push(&o.chart.name);
    // `by` and `with` of the older form have no `=`, so that form is kept when one of them is used.
    if o.properties.iter().any(|property| matches!(property.name.name.as_str(), "by" | "with")) {
        let end = o.properties.last().map_or(o.chart.span.end, |last| last.value.span.end);
        let span = crate::span::Span { start: o.chart.span.end, end };
        w.push(" ");
        w.push_source(span);
        return;
    }
    write_properties(w, &o.properties);
}

fn write_scan(w: &mut Writer<'_>, o: &Scan) {
    w.push("scan");
    write_options(w, &o.options);
    if !o.order_by.is_empty() {
        w.push(" order by ");
        write_list(w, &o.order_by, write_sort_key);
    }
    if !o.partition_by.is_empty() {
        w.push(" partition by ");
        write_list(w, &o.partition_by, write_expr);
    }
    if !o.declare.is_empty() {
        w.push(" declare (");
        write_list(w, &o.declare, write_parameter);
        w.push(")");
    }
    w.push(" with (");
    w.indented(|w| {
        for step in &o.steps {
            w.line();
            w.push("step ");
            w.push(&name_text(&step.name.name));
            w.push(if step.optional { " optional" } else { "" });
            if let Some(output) = &step.output {
                w.push(" output=");
                w.push(&output.name);
            }
            w.push(": ");
            write_expr(w, &step.condition);
            if !step.assignments.is_empty() {
                w.push(" => ");
                write_list(w, &step.assignments, write_named);
            }
            w.push(";");
        }
    });
    w.line();
    w.push(")");
}

fn write_sort_key(w: &mut Writer<'_>, key: &SortKey) {
    write_named(w, &key.expr);
    w.push(match key.direction.as_ref().map(|direction| direction.node) {
        None => "",
        Some(Direction::Ascending) => " asc",
        Some(Direction::Descending) => " desc",
    });
    w.push(match key.nulls.as_ref().map(|nulls| nulls.node) {
        None => "",
        Some(Nulls::First) => " nulls first",
        Some(Nulls::Last) => " nulls last",
    });
}

fn write_top_nested_level(w: &mut Writer<'_>, level: &TopNestedLevel) {
    w.push("top-nested");
    if let Some(count) = &level.count {
        w.push(" ");
        write_expr(w, count);
    }
    w.push(" of ");
    write_named(w, &level.of);
    if let Some(others) = &level.others {
        w.push(" with others = ");
        write_expr(w, others);
    }
    w.push(" by ");
    write_named(w, &level.by);
    w.push(match level.direction.as_ref().map(|direction| direction.node) {
        None => "",
        Some(Direction::Ascending) => " asc",
        Some(Direction::Descending) => " desc",
    });
}
