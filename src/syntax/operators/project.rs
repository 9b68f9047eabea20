//! Grammar of `project` and its kin, `extend`, `serialize` and `print`.

use crate::span::Spanned;
use crate::syntax::ast::{
    Expr, Extend, OperatorKind, Print, Project, ProjectAway, ProjectByNames, ProjectKeep, ProjectRename,
    ProjectReorder, ReorderOrder, Serialize,
};
use crate::syntax::expression::{parse_named, parse_unnamed};
use crate::syntax::input::{Out, Tokens, one_of};
use crate::syntax::name::{comma_list, maybe_comma_list, parse_column_pattern};
use crate::syntax::option::parse_options;

use super::refuse_options;

/// `project a, b = expr`
pub(super) fn parse_project(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, columns) = maybe_comma_list(input, parse_named)?;
    Ok((rest, OperatorKind::Project(Project { columns })))
}

/// `project-away a, b*`
pub(super) fn parse_project_away(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, columns) = maybe_comma_list(input, parse_column_pattern)?;
    Ok((rest, OperatorKind::ProjectAway(ProjectAway { columns })))
}

/// `project-keep a, b*`
pub(super) fn parse_project_keep(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, columns) = maybe_comma_list(input, parse_column_pattern)?;
    Ok((rest, OperatorKind::ProjectKeep(ProjectKeep { columns })))
}

/// `project-by-names expr, …`
pub(super) fn parse_project_by_names(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, columns) = maybe_comma_list(input, parse_unnamed)?;
    Ok((rest, OperatorKind::ProjectByNames(ProjectByNames { columns })))
}

/// `project-rename new = old, …`
pub(super) fn parse_project_rename(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, columns) = maybe_comma_list(input, parse_named)?;
    Ok((rest, OperatorKind::ProjectRename(ProjectRename { columns })))
}

/// `project-reorder a, b* desc`
pub(super) fn parse_project_reorder(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, columns) = maybe_comma_list(input, parse_reorder_column)?;
    Ok((rest, OperatorKind::ProjectReorder(ProjectReorder { columns })))
}

const ORDERS: &[(&str, ReorderOrder)] = &[
    ("asc", ReorderOrder::Ascending),
    ("desc", ReorderOrder::Descending),
    ("granny-asc", ReorderOrder::GrannyAscending),
    ("granny-desc", ReorderOrder::GrannyDescending),
];

fn parse_reorder_column(input: Tokens<'_>) -> Out<'_, (Expr, Option<Spanned<ReorderOrder>>)> {
    let (rest, column) = parse_column_pattern(input)?;
    match one_of(ORDERS, "an order")(rest) {
        Ok((rest, order)) => Ok((rest, (column, Some(order)))),
        Err(_) => Ok((rest, (column, None))),
    }
}

/// `extend a = expr, …`
pub(super) fn parse_extend(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, columns) = comma_list(input, parse_named)?;
    Ok((rest, OperatorKind::Extend(Extend { columns })))
}

/// `serialize [a = expr, …]`
pub(super) fn parse_serialize(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, options) = parse_options(input, &[])?;
    refuse_options(rest, &options, "serialize");
    let (rest, columns) = maybe_comma_list(rest, parse_named)?;
    Ok((rest, OperatorKind::Serialize(Serialize { columns })))
}

/// `print a = expr, …`
pub(super) fn parse_print(input: Tokens<'_>) -> Out<'_, OperatorKind> {
    let (rest, columns) = comma_list(input, parse_named)?;
    Ok((rest, OperatorKind::Print(Print { columns })))
}
