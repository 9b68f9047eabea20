//! `search`: terms looked for in all columns.

use std::rc::Rc;

use crate::diagnostic::Code;
use crate::ir::{Op, Scalar};
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, Search};
use crate::types::Type;
use crate::value::Value;

use super::super::Binder;
use super::super::convert::to_text;
use super::super::env::Env;
use super::super::expression::Scope;
use super::super::table::Table;

/// Whether letters of either case are equal.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Ignored,
    Kept,
}

impl<'a> Binder<'a> {
    pub(super) fn bind_search(&mut self, search: &'a Search, input: Option<Table>, env: &Env<'a>) -> Table {
        let case = match self.option_word(&search.options, "kind") {
            None | Some(("default" | "case_insensitive", _)) => Case::Ignored,
            Some(("case_sensitive", _)) => Case::Kept,
            Some((other, span)) => {
                self.error(Code::InvalidValue, span, format!("no kind `{other}` of `search`"));
                Case::Ignored
            }
        };
        if let Some(table) = input {
            let predicate = self.bind_search_predicate(&search.predicate, case, &Scope::of(env, &table));
            let table = self.place_windows(table).filter(predicate);
            let mut columns = vec![("$table".to_owned(), Scalar::text("search_arg0"))];
            columns.extend(table.columns.iter().map(|column| (column.name.clone(), Scalar::column(column))));
            let columns = self.columns_for(columns);
            return table.project(columns);
        }
        let mut parts: Vec<(String, Table)> = Vec::new();
        match search.tables.as_slice() {
            [] => {
                for name in self.tables_in_sight(env) {
                    let table = self.scan(&name, search.predicate.span, env);
                    parts.push((name, table));
                }
            }
            tables => {
                for table in tables {
                    self.bind_union_part(table, super::union::Missing::Reported, env, &mut parts);
                }
            }
        }
        let many = parts.len() > 1;
        let mut found = Vec::new();
        for (name, table) in parts {
            let scope = Scope::of(env, &table);
            let before = self.diagnostics.len();
            let predicate = self.bind_search_predicate(&search.predicate, case, &scope);
            let unknown = self.diagnostics[before..].iter().any(|d| d.code == Code::UnknownColumn);
            if many && unknown {
                // A table without the column has nothing to find.
                self.diagnostics.truncate(before);
                continue;
            }
            found.push((name, self.place_windows(table).filter(predicate)));
        }
        self.union_of(found, super::union::Kind::Outer, Some("$table".to_owned()))
    }

    pub(super) fn bind_search_predicate(&mut self, expr: &'a Expr, case: Case, scope: &Scope<'a>) -> Scalar {
        match &expr.kind {
            ExprKind::Paren(inner) => self.bind_search_predicate(inner, case, scope),
            ExprKind::Literal(value) => match text_of(value) {
                Some(term) => in_any_column(&term, case, scope),
                None => self.bind_predicate(expr, scope),
            },
            ExprKind::Star => Scalar::bool(true),
            ExprKind::Wildcard(text) if text == "*" => Scalar::bool(true),
            ExprKind::Binary(op, left, right) => match op.node {
                BinaryOp::And | BinaryOp::Or => {
                    let sides = [left, right].map(|side| self.bind_search_predicate(side, case, scope));
                    let [left, right] = sides;
                    self.bind_binary(op, left, right)
                }
                BinaryOp::Search => match (&left.kind, &right.kind) {
                    (ExprKind::Star, ExprKind::Literal(value)) => match text_of(value) {
                        Some(term) => in_any_column(&term, case, scope),
                        None => self.bind_predicate(expr, scope),
                    },
                    (_, ExprKind::Literal(value)) => {
                        let column = self.bind_scalar(left, scope);
                        match text_of(value) {
                            Some(term) if column.ty() != Type::Unknown => term_test(column, &term, case),
                            _ => Scalar::Literal(Value::Null(Type::Bool)),
                        }
                    }
                    _ => {
                        self.error(Code::NotConstant, right.span, "a constant term is needed behind `:`");
                        Scalar::Literal(Value::Null(Type::Bool))
                    }
                },
                _ => self.bind_predicate(expr, scope),
            },
            ExprKind::Call(call) if call.name.name == "not" => match call.args.as_slice() {
                [only] => self.bind_search_predicate(&only.value, case, scope).not(),
                _ => self.bind_predicate(expr, scope),
            },
            _ => self.bind_predicate(expr, scope),
        }
    }
}

/// A constant as the term it stands for.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Long(number) => Some(number.to_string()),
        Value::Int(number) => Some(number.to_string()),
        Value::Real(number) => Some(number.to_string()),
        _ => None,
    }
}

fn in_any_column(term: &str, case: Case, scope: &Scope) -> Scalar {
    let columns = Rc::clone(&scope.columns);
    // Kusto does not look for terms in numbers with a fraction.
    let searched = columns.iter().filter(|column| !matches!(column.ty, Type::Real | Type::Decimal));
    let tests: Vec<Scalar> = searched.map(|column| term_test(Scalar::column(column), term, case)).collect();
    match tests.len() {
        0 => Scalar::bool(false),
        _ => Scalar::op(Op::Or, tests, Type::Bool),
    }
}

/// Whether a value holds a term; `*` at the ends stands for more letters of the same word, elsewhere for anything.
fn term_test(value: Scalar, term: &str, case: Case) -> Scalar {
    let text = to_text(value);
    let bare = term.trim_matches('*');
    let (front, back) = (term.starts_with('*'), term.ends_with('*'));
    if bare.is_empty() {
        let some = Scalar::op(Op::NotEqual, vec![text, Scalar::text("")], Type::Bool);
        return if term.is_empty() { Scalar::bool(false) } else { some };
    }
    if bare.contains('*') {
        let pattern: Vec<String> = bare.split('*').map(regex::escape).collect();
        let flag = if case == Case::Ignored { "(?is)" } else { "(?s)" };
        let pattern = Scalar::text(format!("{flag}{}", pattern.join(".*")));
        return Scalar::kernel("matches_regex", vec![text, pattern], Type::Bool);
    }
    let kernel = match (front, back, case) {
        (false, false, Case::Ignored) => "has",
        (false, false, Case::Kept) => "has_cs",
        (false, true, Case::Ignored) => "hasprefix",
        (false, true, Case::Kept) => "hasprefix_cs",
        (true, false, Case::Ignored) => "hassuffix",
        (true, false, Case::Kept) => "hassuffix_cs",
        (true, true, Case::Ignored) => "contains",
        (true, true, Case::Kept) => "contains_cs",
    };
    Scalar::kernel(kernel, vec![text, Scalar::text(bare)], Type::Bool)
}
