//! `where`.

use crate::ir::{Column, ColumnId, JoinKind, Op, Rel, Scalar, Target};
use crate::syntax::ast::Where;

use super::super::Binder;
use super::super::env::Env;
use super::super::expression::Scope;
use super::super::fold::decided;
use super::super::table::Table;

impl<'a> Binder<'a> {
    pub(super) fn bind_where(&mut self, where_: &'a Where, table: Table, env: &Env<'a>) -> Table {
        let predicate = self.bind_predicate(&where_.predicate, &Scope::of(env, &table));
        let mut table = self.place_windows(table);
        let predicate = decided(predicate);
        if predicate == Scalar::bool(true) {
            return table;
        }
        let mut rest = Vec::new();
        for test in conjuncts(predicate) {
            if narrow_unique(&test, &mut table.rel) {
                continue;
            }
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

/// An `innerunique` join takes any row of each key from its left, so a test of left columns behind it may as well choose
/// among the rows in front of it. Kusto does, and which rows come out shows it. Tells whether the test went there.
fn narrow_unique(test: &Scalar, rel: &mut Rel) -> bool {
    let mut columns = Vec::new();
    let mut plain = true;
    test.visit(&mut |part| match part {
        Scalar::Column(id, _) => columns.push(*id),
        Scalar::InSubquery { .. } => plain = false,
        _ => {}
    });
    plain && !columns.is_empty() && narrow(test, &columns, rel)
}

fn narrow(test: &Scalar, tested: &[ColumnId], rel: &mut Rel) -> bool {
    let passed = |columns: &[(Column, Scalar)], id: &ColumnId| {
        columns.iter().any(|(column, value)| column.id == *id && matches!(value, Scalar::Column(from, _) if from == id))
    };
    match rel {
        Rel::Filter { input, .. } => narrow(test, tested, input),
        Rel::Project { input, columns } if tested.iter().all(|id| passed(columns, id)) => narrow(test, tested, input),
        Rel::Join { kind: JoinKind::Inner, left, .. } => {
            let Rel::Aggregate { input, groups, aggregates } = left.as_mut() else { return false };
            // Only the first rows of keys keep the identity of their columns.
            let kept = |id: &ColumnId| {
                aggregates.iter().any(|(columns, call)| {
                    call.target == Target::Kernel("take_any")
                        && columns.iter().zip(&call.args).any(|(column, arg)| {
                            column.id == *id && matches!(arg, Scalar::Column(from, _) if from == id)
                        })
                })
            };
            if !tested.iter().all(|id| passed(groups, id) || kept(id)) {
                return false;
            }
            let all = Rel::Values { columns: Vec::new(), rows: Vec::new() };
            let below = std::mem::replace(input.as_mut(), all);
            **input = Rel::Filter { input: Box::new(below), predicate: test.clone() };
            true
        }
        _ => false,
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
