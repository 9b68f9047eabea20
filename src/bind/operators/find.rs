//! `find`: rows of several tables in one shape.

use crate::diagnostic::Code;
use crate::ir::{Column, Scalar};
use crate::span::Span;
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, Find, FindColumn, FindProject, Ident};
use crate::types::Type;
use crate::value::Value;

use super::super::Binder;
use super::super::convert::{from_dynamic, to_dynamic, to_text};
use super::super::env::Env;
use super::super::expression::Scope;
use super::super::table::Table;
use super::search::Case;
use super::union::{Kind, Missing};

/// What a predicate speaks of.
#[derive(Default)]
struct Mentions<'a> {
    names: Vec<&'a Ident>,
    /// A term or `*`, which any column may answer to.
    any: bool,
}

/// A column of the result.
struct Shown {
    name: String,
    ty: Type,
}

impl<'a> Binder<'a> {
    pub(super) fn bind_find(&mut self, find: &'a Find, span: Span, env: &Env<'a>) -> Table {
        let source = self.option_word(&find.options, "withsource").map_or("source_", |(name, _)| name).to_owned();
        let mut parts: Vec<(String, Table)> = Vec::new();
        if find.tables.is_empty() {
            for name in self.tables_in_sight(env) {
                let table = self.scan(&name, span, env);
                parts.push((name, table));
            }
        }
        for table in &find.tables {
            self.bind_union_part(table, Missing::Reported, env, &mut parts);
        }
        let mentions = mentions(&find.predicate);
        let all = columns_of(&parts);
        let mentioned = |name: &str| mentions.names.iter().any(|ident| ident.name == name);
        // A table that has nothing of what the predicate speaks of has no rows to find.
        let known = all.iter().any(|column| mentioned(&column.name));
        if known && !mentions.any {
            parts.retain(|(_, table)| table.broken || table.columns.iter().any(|column| mentioned(&column.name)));
        }
        let found = columns_of(&parts);
        let common = |name: &str| parts.iter().all(|(_, table)| table.column(name).is_some());
        let (shown, pack) = match &find.project {
            FindProject::Columns(columns) => self.listed(columns, &all),
            FindProject::Smart | FindProject::Away(_) => {
                let (mut shown, rest): (Vec<Shown>, Vec<Shown>) =
                    found.into_iter().partition(|column| mentioned(&column.name) || common(&column.name));
                if let FindProject::Away(gone) = &find.project {
                    shown.retain(|column| !gone.iter().any(|expr| is_name(expr, &column.name)));
                }
                (shown, !rest.is_empty())
            }
        };
        let mut results = Vec::new();
        for (name, table) in parts {
            let absent: Vec<&Shown> =
                all.iter().filter(|c| mentioned(&c.name) && table.column(&c.name).is_none()).collect();
            let own = table.columns.clone();
            let table = self.with_missing(table, &absent);
            let scope = Scope::of(env, &table);
            let predicate = self.bind_search_predicate(&find.predicate, Case::Ignored, &scope);
            let table = self.place_windows(table).filter(predicate);
            results.push((name, self.in_shape(table, &own, &shown, pack)));
        }
        self.union_of(results, Kind::Outer, Some(source))
    }

    /// The columns that `project` lists, and whether it has `pack(*)`.
    fn listed(&mut self, columns: &'a [FindColumn], all: &[Shown]) -> (Vec<Shown>, bool) {
        let mut shown: Vec<Shown> = Vec::new();
        let mut pack = false;
        for column in columns {
            match &column.column.kind {
                ExprKind::Call(_) => pack = true,
                ExprKind::Name(ident) => match all.iter().find(|known| known.name == ident.name) {
                    Some(known) => {
                        let ty = column.ty.as_ref().map_or(known.ty, |ty| ty.node);
                        if shown.iter().any(|other| other.name == ident.name) {
                            let message = format!("there is a column `{}` already", ident.name);
                            self.error(Code::DuplicateName, ident.span, message);
                        }
                        shown.push(Shown { name: ident.name.clone(), ty });
                    }
                    None => {
                        let message = format!("no table has a column `{}`", ident.name);
                        self.error(Code::UnknownColumn, ident.span, message);
                    }
                },
                _ => self.error(Code::Syntax, column.column.span, "the name of a column, or `pack(*)`, is needed"),
            }
        }
        (shown, pack)
    }

    /// A table with empty columns for what it lacks.
    fn with_missing(&mut self, table: Table, absent: &[&Shown]) -> Table {
        if absent.is_empty() {
            return table;
        }
        let mut columns: Vec<(Column, Scalar)> =
            table.columns.iter().map(|column| (column.clone(), Scalar::column(column))).collect();
        for column in absent {
            let missing = Scalar::Literal(Value::missing(column.ty));
            columns.push((self.fresh(column.name.as_str(), column.ty), missing));
        }
        table.project(columns)
    }

    fn in_shape(&mut self, table: Table, own: &[Column], shown: &[Shown], pack: bool) -> Table {
        let mut columns: Vec<(Column, Scalar)> = Vec::new();
        for column in shown {
            let value = match table.column(&column.name) {
                Some(known) => self.in_type(Scalar::column(known), column.ty),
                None => Scalar::Literal(Value::missing(column.ty)),
            };
            columns.push((self.fresh(column.name.as_str(), column.ty), value));
        }
        if pack {
            let mut args = Vec::new();
            for column in own.iter().filter(|column| !shown.iter().any(|shown| shown.name == column.name)) {
                args.extend([Scalar::text(column.name.as_str()), to_dynamic(Scalar::column(column))]);
            }
            let value = Scalar::kernel("bag_pack", args, Type::Dynamic);
            columns.push((self.fresh("pack_", Type::Dynamic), value));
        }
        table.project(columns)
    }

    /// A value in the type that a column is shown in; what does not convert becomes null.
    fn in_type(&mut self, value: Scalar, ty: Type) -> Scalar {
        if ty == Type::String {
            return to_text(value);
        }
        match self.convert_implicitly(value.clone(), ty) {
            Some(value) => value,
            None => Scalar::kernel(from_dynamic(ty), vec![to_dynamic(value)], ty),
        }
    }
}

/// All columns of some tables, in order of appearance. Numbers of several types become the widest, other types that
/// differ become `dynamic`.
fn columns_of(parts: &[(String, Table)]) -> Vec<Shown> {
    let mut columns: Vec<Shown> = Vec::new();
    for column in parts.iter().flat_map(|(_, table)| &table.columns) {
        match columns.iter_mut().find(|known| known.name == column.name) {
            None => columns.push(Shown { name: column.name.clone(), ty: column.ty }),
            Some(known) if known.ty == column.ty => {}
            Some(known) if known.ty.is_numeric() && column.ty.is_numeric() => known.ty = known.ty.max(column.ty),
            Some(known) => known.ty = Type::Dynamic,
        }
    }
    columns
}

fn is_name(expr: &Expr, name: &str) -> bool {
    matches!(&expr.kind, ExprKind::Name(ident) if ident.name == name)
}

/// The names in a predicate, found without recursion since chains of `or` may be long.
fn mentions(predicate: &Expr) -> Mentions<'_> {
    let mut mentions = Mentions::default();
    // Only where a condition may stand is a constant a term to look for.
    let mut waiting = vec![(predicate, true)];
    while let Some((expr, condition)) = waiting.pop() {
        match &expr.kind {
            ExprKind::Name(ident) => mentions.names.push(ident),
            ExprKind::Literal(Value::Bool(_))
            | ExprKind::TypeOf(_)
            | ExprKind::Pipeline(_)
            | ExprKind::EntityGroup(_)
            | ExprKind::Other(_) => {}
            ExprKind::Literal(_) => mentions.any |= condition,
            ExprKind::Wildcard(_) | ExprKind::Star => mentions.any = true,
            ExprKind::Call(call) => {
                let condition = condition && call.name.name == "not";
                waiting.extend(call.args.iter().map(|arg| (&arg.value, condition)));
            }
            ExprKind::Member(base, _) => waiting.push((base, false)),
            ExprKind::Path(left, right) | ExprKind::Index(left, right) => {
                waiting.extend([(&**left, false), (&**right, false)]);
            }
            ExprKind::Unary(_, value) => waiting.push((value, false)),
            ExprKind::Binary(op, left, right) => {
                let condition = condition && matches!(op.node, BinaryOp::And | BinaryOp::Or);
                waiting.extend([(&**left, condition), (&**right, condition)]);
            }
            ExprKind::In(_, value, list) => {
                waiting.push((value, false));
                waiting.extend(list.iter().map(|item| (item, false)));
            }
            ExprKind::Between { value, low, high, .. } => {
                waiting.extend([(&**value, false), (&**low, false), (&**high, false)]);
            }
            ExprKind::Paren(inner) => waiting.push((inner, condition)),
        }
    }
    mentions
}
