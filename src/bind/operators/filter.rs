//! `where`.

use crate::ir::{JoinKind, Op, Rel, Scalar, Target};
use crate::syntax::ast::Where;

use super::super::Binder;
use super::super::env::Env;
use super::super::expression::Scope;
use super::super::table::Table;

impl<'a> Binder<'a> {
    pub(super) fn bind_where(&mut self, where_: &'a Where, table: Table, env: &Env<'a>) -> Table {
        let predicate = self.bind_predicate(&where_.predicate, &Scope::of(env, &table));
        let mut table = self.place_windows(table);
        let mut rest = Vec::new();
        for test in conjuncts(predicate) {
            match semi_join(test, &mut table) {
                Some(test) => rest.push(test),
                None => continue,
            }
        }
        match rest.len() {
            0 => table,
            1 => table.filter(rest.remove(0)),
            _ => table.filter(Scalar::op(Op::And, rest, crate::types::Type::Bool)),
        }
    }
}

/// The tests that all have to be true.
fn conjuncts(predicate: Scalar) -> Vec<Scalar> {
    match predicate {
        Scalar::Call { target: Target::Op(Op::And), args, .. } => args.into_iter().flat_map(conjuncts).collect(),
        other => vec![other],
    }
}

/// A test against a sub-query becomes a semi or anti join, which needs no list in memory; other tests come back.
fn semi_join(test: Scalar, table: &mut Table) -> Option<Scalar> {
    let (kind, found) = match test {
        Scalar::Call { target: Target::Op(Op::Not), mut args, ty } => match args.pop() {
            Some(inner @ Scalar::InSubquery { ignore_case: false, .. }) => (JoinKind::LeftAnti, inner),
            Some(other) => return Some(Scalar::Call { target: Target::Op(Op::Not), args: vec![other], ty }),
            None => return None,
        },
        inner @ Scalar::InSubquery { ignore_case: false, .. } => (JoinKind::LeftSemi, inner),
        other => return Some(other),
    };
    let Scalar::InSubquery { value, rel, .. } = found else { return None };
    let column = rel.columns().into_iter().next()?;
    // A null is in no list, although null keys of joins are equal.
    let right = Rel::Filter {
        input: rel,
        predicate: Scalar::op(Op::IsNotNull, vec![Scalar::column(&column)], crate::types::Type::Bool),
    };
    table.rel = Rel::Join {
        kind,
        left: Box::new(std::mem::replace(&mut table.rel, Rel::Values { columns: Vec::new(), rows: Vec::new() })),
        right: Box::new(right),
        on: vec![(*value, Scalar::column(&column))],
    };
    None
}
