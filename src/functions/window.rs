//! Functions over neighbouring rows of an ordered table.

use super::{Function, Lower, Param, Returns, Takes};
use crate::ir::Scalar;
use crate::types::Type;
use crate::value::Value;

const RESTART: Param = Param::optional("restart", Takes::Exact(Type::Bool));
const COLUMN: Param = Param::one("column", Takes::Any);
const TERM: Param = Param::one("term", Takes::NotDynamic);
const OFFSET: Param = Param::optional("offset", Takes::Constant(Type::Long));
const DEFAULT: Param = Param::optional("default_value", Takes::AnyConstant);
const LONG: Returns = Returns::Type(Type::Long);

/// The rows of this family.
pub const FUNCTIONS: &[Function] = &[
    row(
        "row_number",
        &[Param::optional("start", Takes::Exact(Type::Long)), RESTART],
        LONG,
        "Numbers rows from 1 or from another start, and anew from each row for which the restart is true.",
        "row_number(1, CallType != prev(CallType))",
    ),
    row(
        "row_cumsum",
        &[Param::one("term", Takes::Number), RESTART],
        Returns::Same(0),
        "Adds up the values of all rows so far, and anew from each row for which the restart is true.",
        "row_cumsum(CallDuration)",
    ),
    row(
        "row_rank_dense",
        &[TERM, RESTART],
        LONG,
        "Ranks rows by a value they are sorted by: rows with equal values share a rank, and none is left out.",
        "row_rank_dense(CallDuration)",
    ),
    row(
        "row_rank_min",
        &[TERM, RESTART],
        LONG,
        "Ranks rows by a value they are sorted by: rows with equal values share the number of the first of them.",
        "row_rank_min(CallDuration)",
    ),
    row(
        "prev",
        &[COLUMN, OFFSET, DEFAULT],
        Returns::Same(0),
        "Looks a column up in the row before, or some rows before.",
        "prev(CallType)",
    ),
    row(
        "next",
        &[COLUMN, OFFSET, DEFAULT],
        Returns::Same(0),
        "Looks a column up in the row behind, or some rows behind.",
        "next(CallType, 1)",
    ),
    row(
        "row_window_session",
        &[
            Param::one("expr", Takes::Exact(Type::DateTime)),
            Param::one("max_from_first", Takes::Exact(Type::TimeSpan)),
            Param::one("max_between", Takes::Exact(Type::TimeSpan)),
            RESTART,
        ],
        Returns::Same(0),
        "Gives each row the start of its session, which ends after too long a time or too long a gap.",
        "row_window_session(TimeGenerated, 1h, 5m, CallType != prev(CallType))",
    ),
];

const fn row(
    name: &'static str,
    params: &'static [Param],
    returns: Returns,
    summary: &'static str,
    example: &'static str,
) -> Function {
    Function { name, aliases: &[], params, returns, lower: Lower::Binder, summary, example }
}

/// Checks the arguments of a call, which fit the parameters, and gives a default the type of its column. `Err` is a
/// message: an argument that is constant and wrong.
pub fn arguments(name: &str, mut args: Vec<Scalar>) -> Result<Vec<Scalar>, String> {
    if !matches!(name, "prev" | "next") {
        return Ok(args);
    }
    if let Some(offset) = args.get(1) {
        match offset.literal().and_then(Value::as_i64) {
            Some(1..) => {}
            _ => return Err("the offset must be a constant whole number from 1 on".to_owned()),
        }
    }
    let ty = args.first().map_or(Type::Unknown, Scalar::ty);
    if let Some(default) = args.get_mut(2) {
        let same = default.literal().and_then(|value| converted(value, ty));
        let message = || format!("the default must be a constant of the column's type, `{}`", ty.name());
        *default = Scalar::Literal(same.ok_or_else(message)?);
    }
    Ok(args)
}

/// A constant in another type; `None` where that would lose something.
fn converted(value: &Value, ty: Type) -> Option<Value> {
    if value.ty() == ty {
        return Some(value.clone());
    }
    if value.is_null() {
        return Some(Value::missing(ty));
    }
    match ty {
        Type::Int => value.as_i64().and_then(|number| i32::try_from(number).ok()).map(Value::Int),
        Type::Long => value.as_i64().map(Value::Long),
        Type::Real => value.as_f64().map(Value::Real),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::Arity;

    fn check(args: Vec<Scalar>, expected: Result<Value, &str>) {
        let column = Scalar::Column(crate::ir::ColumnId(1), Type::Int);
        let all = std::iter::once(column).chain(args).collect();
        let last = arguments("prev", all).map(|args| args.last().and_then(Scalar::literal).cloned());
        assert_eq!(last, expected.map(Some).map_err(str::to_owned));
    }

    #[test]
    fn offsets_are_positive_and_defaults_take_the_type_of_the_column() {
        let wrong = "the offset must be a constant whole number from 1 on";
        check(vec![Scalar::long(0)], Err(wrong));
        check(vec![Scalar::long(2)], Ok(Value::Long(2)));
        check(vec![Scalar::long(1), Scalar::long(7)], Ok(Value::Int(7)));
        check(vec![Scalar::long(1), Scalar::Literal(Value::Null(Type::Long))], Ok(Value::Null(Type::Int)));
        let default = "the default must be a constant of the column's type, `int`";
        check(vec![Scalar::long(1), Scalar::text("x")], Err(default));
    }

    #[test]
    fn optional_arguments_come_last() {
        for row in FUNCTIONS {
            let first = row.params.iter().position(|param| param.arity == Arity::Optional);
            let rest = &row.params[first.unwrap_or(row.params.len())..];
            assert!(rest.iter().all(|param| param.arity == Arity::Optional), "{}", row.name);
        }
    }
}
