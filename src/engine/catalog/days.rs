//! Which days a filter can match: the range of `TimeGenerated` that it leaves.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};

use crate::value::NANOS_PER_DAY;

/// The column that the days of a table's folders come from.
pub const TIME: &str = "TimeGenerated";

/// A range of nanoseconds since 1970, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimeRange {
    from: i64,
    to: i64,
}

impl TimeRange {
    const ALL: TimeRange = TimeRange { from: i64::MIN, to: i64::MAX };

    /// What all of these filters together leave. It may be wider than what they really match, never narrower.
    pub(super) fn of(filters: &[Expr]) -> TimeRange {
        filters.iter().fold(TimeRange::ALL, |range, filter| range.and(left_by(filter)))
    }

    /// Whether a day, counted from 1970, overlaps.
    pub(super) fn has_day(self, day: i64) -> bool {
        day >= self.from.div_euclid(NANOS_PER_DAY) && day <= self.to.div_euclid(NANOS_PER_DAY)
    }

    /// Whether every time is in it.
    pub(super) fn is_all(self) -> bool {
        self == TimeRange::ALL
    }

    fn and(self, other: TimeRange) -> TimeRange {
        TimeRange { from: self.from.max(other.from), to: self.to.min(other.to) }
    }

    fn or(self, other: TimeRange) -> TimeRange {
        TimeRange { from: self.from.min(other.from), to: self.to.max(other.to) }
    }
}

fn left_by(filter: &Expr) -> TimeRange {
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => left_by(left).and(left_by(right)),
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => left_by(left).or(left_by(right)),
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => match (time(left), time(right)) {
            (Side::Column, Side::Constant(at)) => compared(*op, at),
            (Side::Constant(at), Side::Column) => op.swap().map_or(TimeRange::ALL, |op| compared(op, at)),
            _ => TimeRange::ALL,
        },
        Expr::Between(between) if !between.negated => {
            match (time(&between.expr), time(&between.low), time(&between.high)) {
                (Side::Column, Side::Constant(from), Side::Constant(to)) => TimeRange { from, to },
                _ => TimeRange::ALL,
            }
        }
        _ => TimeRange::ALL,
    }
}

fn compared(op: Operator, at: i64) -> TimeRange {
    match op {
        Operator::Eq | Operator::IsNotDistinctFrom => TimeRange { from: at, to: at },
        Operator::Gt | Operator::GtEq => TimeRange { from: at, ..TimeRange::ALL },
        Operator::Lt | Operator::LtEq => TimeRange { to: at, ..TimeRange::ALL },
        _ => TimeRange::ALL,
    }
}

enum Side {
    Column,
    Constant(i64),
    Other,
}

fn time(expr: &Expr) -> Side {
    match expr {
        Expr::Column(column) if column.name == TIME => Side::Column,
        Expr::Literal(ScalarValue::TimestampNanosecond(Some(at), _), _) => Side::Constant(*at),
        Expr::Alias(alias) => time(&alias.expr),
        _ => Side::Other,
    }
}

#[cfg(test)]
mod tests {
    use datafusion::logical_expr::{col, lit};

    use super::*;

    const DAY: i64 = NANOS_PER_DAY;

    fn at(nanos: i64) -> Expr {
        lit(ScalarValue::TimestampNanosecond(Some(nanos), Some("UTC".into())))
    }

    fn check(filter: Expr, days: &[i64]) {
        let range = TimeRange::of(&[filter]);
        let got: Vec<i64> = (0..6).filter(|day| range.has_day(*day)).collect();
        assert_eq!(got, days);
    }

    #[test]
    fn comparisons_leave_days() {
        // Column names keep their case.
        let time = || Expr::Column(datafusion::common::Column::from_name(TIME));
        check(time().gt(at(2 * DAY + 1)), &[2, 3, 4, 5]);
        check(time().lt_eq(at(2 * DAY)), &[0, 1, 2]);
        check(at(4 * DAY).lt(time()), &[4, 5]);
        check(time().eq(at(3 * DAY + 7)), &[3]);
        check(time().between(at(DAY), at(3 * DAY - 1)), &[1, 2]);
        check(time().gt(at(DAY)).and(time().lt(at(2 * DAY))), &[1, 2]);
        check(time().eq(at(DAY)).or(time().eq(at(3 * DAY))), &[1, 2, 3]);
    }

    #[test]
    fn other_filters_leave_all() {
        check(col("a").gt(at(2 * DAY)), &[0, 1, 2, 3, 4, 5]);
        check(col("a").eq(lit(1)).or(col("b").eq(lit(2))), &[0, 1, 2, 3, 4, 5]);
        assert!(TimeRange::of(&[]).is_all());
    }
}
