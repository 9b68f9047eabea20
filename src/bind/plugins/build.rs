//! Short ways to say the relations that plugins are made of.

use crate::ir::{AggregateCall, Column, JoinKind, Op, Rel, Scalar, SortKey, Target, WindowCall};
use crate::types::Type;
use crate::value::Value;

use super::super::Binder;
use super::super::result::count_rows;
use super::super::table::Table;

/// Columns that go on as they are.
pub(super) fn kept<'c>(columns: impl IntoIterator<Item = &'c Column>) -> Vec<(Column, Scalar)> {
    columns.into_iter().map(|column| (column.clone(), Scalar::column(column))).collect()
}

pub(super) fn project(input: Rel, columns: Vec<(Column, Scalar)>) -> Rel {
    Rel::Project { input: Box::new(input), columns }
}

pub(super) fn filter(input: Rel, predicate: Scalar) -> Rel {
    Rel::Filter { input: Box::new(input), predicate }
}

pub(super) fn aggregate(input: Rel, groups: Vec<(Column, Scalar)>, calls: Vec<(Column, AggregateCall)>) -> Rel {
    let aggregates = calls.into_iter().map(|(column, call)| (vec![column], call)).collect();
    Rel::Aggregate { input: Box::new(input), groups, aggregates }
}

/// Each row of one side with each of the other where the pairs of columns are equal.
pub(super) fn join(kind: JoinKind, left: Rel, right: Rel, on: Vec<(Scalar, Scalar)>) -> Rel {
    Rel::Join { kind, left: Box::new(left), right: Box::new(right), on }
}

/// Pairs of columns as join keys.
pub(super) fn pairs<'c>(
    left: impl IntoIterator<Item = &'c Column>,
    right: impl IntoIterator<Item = &'c Column>,
) -> Vec<(Scalar, Scalar)> {
    left.into_iter().zip(right).map(|(a, b)| (Scalar::column(a), Scalar::column(b))).collect()
}

/// Window functions over the rows of each part, in the order of a column.
pub(super) fn window(
    input: Rel,
    calls: Vec<(Column, &'static str, Vec<Scalar>)>,
    parts: &[Column],
    order_by: &SortKey,
) -> Rel {
    let columns = calls.into_iter().map(|(column, name, args)| {
        let ty = column.ty;
        (column, WindowCall { name, args, ty })
    });
    Rel::Window {
        input: Box::new(input),
        columns: columns.collect(),
        partition_by: parts.iter().map(Scalar::column).collect(),
        order_by: vec![order_by.clone()],
    }
}

/// An aggregate of DataFusion over one value.
pub(super) fn total(name: &'static str, value: Scalar, ty: Type) -> AggregateCall {
    AggregateCall { target: Target::Builtin(name), args: vec![value], types: vec![ty], ..count_rows() }
}

/// Counts the rows for which a condition is true.
pub(super) fn count_if(condition: Scalar) -> AggregateCall {
    AggregateCall { filter: Some(condition), ..count_rows() }
}

pub(super) fn test(op: Op, left: Scalar, right: Scalar) -> Scalar {
    Scalar::op(op, vec![left, right], Type::Bool)
}

/// A sum of `long` values.
pub(super) fn plus(left: Scalar, right: Scalar) -> Scalar {
    Scalar::op(Op::Add, vec![left, right], Type::Long)
}

pub(super) fn minus(left: Scalar, right: Scalar) -> Scalar {
    Scalar::op(Op::Subtract, vec![left, right], Type::Long)
}

/// A `long` value, or 0 in place of a null.
pub(super) fn or_zero(value: Scalar) -> Scalar {
    Scalar::op(Op::Coalesce, vec![value, Scalar::long(0)], Type::Long)
}

/// One count in another, as `real`: not a number when both are 0.
pub(super) fn ratio(part: Scalar, whole: Scalar) -> Scalar {
    let real = |value| Scalar::Cast(Box::new(value), Type::Real);
    Scalar::kernel("divide", vec![real(part), real(whole)], Type::Real)
}

impl Binder<'_> {
    /// The same values under new identities, so that a relation can be joined with itself.
    pub(super) fn renewed<'c>(&mut self, columns: impl IntoIterator<Item = &'c Column>) -> Vec<(Column, Scalar)> {
        columns.into_iter().map(|c| (self.fresh(c.name.as_str(), c.ty), Scalar::column(c))).collect()
    }

    /// Constants as the rows of one new column.
    pub(super) fn constants(&mut self, ty: Type, values: impl Iterator<Item = Value>) -> (Rel, Column) {
        let column = self.fresh("offset", ty);
        let rows = values.map(|value| vec![value]).collect();
        (Rel::Values { columns: vec![column.clone()], rows }, column)
    }

    /// The result of a plugin: named values, in the order of the first ones.
    pub(super) fn answer(&mut self, input: Rel, columns: Vec<(String, Scalar)>, sorted_by: usize) -> Table {
        let columns: Vec<(Column, Scalar)> =
            columns.into_iter().map(|(name, value)| (self.fresh(name, value.ty()), value)).collect();
        let order = columns.iter().take(sorted_by).map(|(column, _)| SortKey::ascending(column)).collect();
        Table { order, ..Table::new(project(input, columns)) }
    }
}
