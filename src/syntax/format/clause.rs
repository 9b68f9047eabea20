//! The parts that operators are made of, as text: options, properties, keys, steps.

use crate::syntax::ast::{
    Direction, Expr, ExprKind, Find, FindProject, Ident, MakeSeries, MvExpandColumn, NamedExpr, Nulls, Option_,
    ParseItem, Render, Scan, Search, SortKey, TopNestedLevel,
};

use super::expression::{write_expr, write_list, write_named, write_predicate, write_wide_list};
use super::statement::write_parameter;
use super::value::{name_text, value_text};
use super::writer::Writer;

pub(super) fn write_options(w: &mut Writer<'_>, options: &[Option_]) {
    for option in options {
        w.push(" ");
        write_option(w, option);
    }
}

pub(super) fn write_option(w: &mut Writer<'_>, option: &Option_) {
    w.push(&option.name.name);
    w.push("=");
    write_option_value(w, &option.value);
}

/// A word is written as it was: some that are no names may stand here.
pub(super) fn write_option_value(w: &mut Writer<'_>, value: &Expr) {
    match &value.kind {
        ExprKind::Name(Ident { name, .. }) if matches!(name.as_str(), "simple" | "relaxed") => w.push(name),
        _ => write_expr(w, value),
    }
}

/// ` with (name = value, …)`; options that share the place of their name are one property with several values.
pub(super) fn write_properties(w: &mut Writer<'_>, properties: &[Option_]) {
    if properties.is_empty() {
        return;
    }
    w.push(" with (");
    for (at, property) in properties.iter().enumerate() {
        let repeated = at > 0 && properties[at - 1].name == property.name;
        w.push(if at > 0 { ", " } else { "" });
        if repeated {
            write_option_value(w, &property.value);
        } else {
            write_option(w, property);
        }
    }
    w.push(")");
}

pub(super) fn write_clause(w: &mut Writer<'_>, keyword: &str, value: Option<&Expr>) {
    if let Some(value) = value {
        w.push(" ");
        w.push(keyword);
        w.push(" ");
        write_expr(w, value);
    }
}

/// ` by a, b`, on a line of its own if what stands before it was broken.
pub(super) fn write_groups(w: &mut Writer<'_>, groups: &[NamedExpr]) {
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
pub(super) fn write_cells(w: &mut Writer<'_>, cells: &[Expr], width: usize) {
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

pub(super) fn write_right_side(w: &mut Writer<'_>, options: &[Option_], right: &Expr, on: &[Expr]) {
    write_options(w, options);
    w.push(" ");
    write_expr(w, right);
    if !on.is_empty() {
        w.push(" on ");
        write_list(w, on, write_expr);
    }
}

pub(super) fn write_tables(w: &mut Writer<'_>, tables: &[Expr]) {
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

pub(super) fn write_find(w: &mut Writer<'_>, o: &Find) {
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

pub(super) fn write_search(w: &mut Writer<'_>, o: &Search) {
    w.push("search");
    write_options(w, &o.options);
    write_tables(w, &o.tables);
    write_predicate(w, &o.predicate);
}

pub(super) fn write_make_series(w: &mut Writer<'_>, o: &MakeSeries) {
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

pub(super) fn write_expand_column(w: &mut Writer<'_>, column: &MvExpandColumn) {
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

pub(super) fn write_parse_item(w: &mut Writer<'_>, item: &ParseItem) {
    w.push(" ");
    match item {
        ParseItem::Star(_) => w.push("*"),
        ParseItem::Text(text) => {
            w.push(&value_text(&crate::value::Value::String(text.node.clone())));
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

pub(super) fn write_render(w: &mut Writer<'_>, o: &Render) {
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

pub(super) fn write_scan(w: &mut Writer<'_>, o: &Scan) {
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

pub(super) fn write_sort_key(w: &mut Writer<'_>, key: &SortKey) {
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

pub(super) fn write_top_nested_level(w: &mut Writer<'_>, level: &TopNestedLevel) {
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
