//! Aggregates said with aggregates of the core: predicates as filters, conversions, what no rows give.

use serde_json::Value as Json;

use crate::ir::{AggregateCall, Op, Scalar, Target};
use crate::types::Type;
use crate::value::Value;

/// The type that a percentile of values of a type has, and to which they are converted before.
pub(super) fn percentile_type(ty: Type) -> Type {
    match ty {
        Type::Int => Type::Long,
        Type::Decimal => Type::Real,
        other => other,
    }
}

/// Takes the predicate out of the arguments, and only lets rows count for which it is true.
pub(super) fn filtered(
    mut args: Vec<Scalar>,
    predicate: usize,
    aggregate: fn(Vec<Scalar>, Option<Scalar>) -> Result<Scalar, String>,
) -> Result<Scalar, String> {
    let filter = (predicate < args.len()).then(|| args.remove(predicate));
    aggregate(args, filter)
}

fn call(target: Target, args: Vec<Scalar>, filter: Option<Scalar>, ty: Type) -> Scalar {
    let types = vec![ty];
    Scalar::Aggregate(Box::new(AggregateCall { target, args, filter, distinct: false, order_by: Vec::new(), types }))
}

fn kernel(name: &'static str, args: Vec<Scalar>, filter: Option<Scalar>, ty: Type) -> Scalar {
    call(Target::Kernel(name), args, filter, ty)
}

/// The type of the first argument.
fn first(args: &[Scalar]) -> Type {
    args.first().map_or(Type::Unknown, Scalar::ty)
}

fn convert(scalar: Scalar, ty: Type) -> Scalar {
    if scalar.ty() == ty { scalar } else { Scalar::Cast(Box::new(scalar), ty) }
}

pub(super) fn count(filter: Option<Scalar>) -> Scalar {
    call(Target::Builtin("count"), vec![Scalar::long(1)], filter, Type::Long)
}

pub(super) fn distinct(args: Vec<Scalar>, filter: Option<Scalar>) -> Scalar {
    kernel("count_distinct", args, filter, Type::Long)
}

pub(super) fn distinct_estimate(args: Vec<Scalar>, filter: Option<Scalar>) -> Result<Scalar, String> {
    match accuracy_fits(&args) {
        true => Ok(kernel("dcount", args, filter, Type::Long)),
        false => Err(WRONG_ACCURACY.to_owned()),
    }
}

const WRONG_ACCURACY: &str = "the accuracy must be a whole number from 0 to 4";

/// Whether the second argument, if there is one, is a constant from 0 to 4.
fn accuracy_fits(args: &[Scalar]) -> bool {
    let accuracy = args.get(1).map(|accuracy| accuracy.literal().and_then(Value::as_i64));
    matches!(accuracy, None | Some(Some(0..=4)))
}

pub(super) fn sum_type(args: &[Scalar]) -> Type {
    match first(args) {
        Type::Int => Type::Long,
        other => other,
    }
}

pub(super) fn sum(args: Vec<Scalar>, filter: Option<Scalar>) -> Result<Scalar, String> {
    let ty = sum_type(&args);
    let zero = match ty {
        Type::Long => Value::Long(0),
        Type::Real => Value::Real(0.0),
        Type::Decimal => Value::Decimal(0),
        Type::TimeSpan => Value::TimeSpan(0),
        other => return Err(format!("values of type `{}` cannot be summed", other.name())),
    };
    let args = args.into_iter().map(|arg| convert(arg, ty)).collect();
    let sum = call(Target::Builtin("sum"), args, filter, ty);
    Ok(Scalar::op(Op::Coalesce, vec![sum, Scalar::Literal(zero)], ty))
}

pub(super) fn average_type(args: &[Scalar]) -> Type {
    match first(args) {
        Type::Int | Type::Long => Type::Real,
        other => other,
    }
}

pub(super) fn average(args: Vec<Scalar>, filter: Option<Scalar>) -> Scalar {
    let ty = average_type(&args);
    kernel("avg", args, filter, ty)
}

pub(super) fn minimum(args: Vec<Scalar>, filter: Option<Scalar>) -> Scalar {
    extreme(args, filter, "min", "min_real")
}

pub(super) fn maximum(args: Vec<Scalar>, filter: Option<Scalar>) -> Scalar {
    extreme(args, filter, "max", "max_real")
}

fn extreme(args: Vec<Scalar>, filter: Option<Scalar>, builtin: &'static str, of_reals: &'static str) -> Scalar {
    match first(&args) {
        Type::Real => kernel(of_reals, args, filter, Type::Real),
        Type::String => {
            let found = call(Target::Builtin(builtin), args, filter, Type::String);
            Scalar::op(Op::Coalesce, vec![found, Scalar::text("")], Type::String)
        }
        ty => call(Target::Builtin(builtin), args, filter, ty),
    }
}

pub(super) fn any(args: Vec<Scalar>, filter: Option<Scalar>) -> Scalar {
    let ty = first(&args);
    kernel("take_any", args, filter, ty)
}

pub(super) fn list(args: Vec<Scalar>, filter: Option<Scalar>) -> Scalar {
    collection(args, filter, "make_list", "make_list_dynamic")
}

pub(super) fn list_with_nulls(args: Vec<Scalar>) -> Scalar {
    collection(args, None, "make_list_with_nulls", "make_list_with_nulls_dynamic")
}

pub(super) fn set(args: Vec<Scalar>, filter: Option<Scalar>) -> Scalar {
    collection(args, filter, "make_set", "make_set_dynamic")
}

fn collection(args: Vec<Scalar>, filter: Option<Scalar>, plain: &'static str, dynamic: &'static str) -> Scalar {
    let name = if first(&args) == Type::Dynamic { dynamic } else { plain };
    kernel(name, args, filter, Type::Dynamic)
}

pub(super) fn bag(args: Vec<Scalar>, filter: Option<Scalar>) -> Scalar {
    kernel("make_bag", args, filter, Type::Dynamic)
}

pub(super) fn reals(name: &'static str, args: Vec<Scalar>, filter: Option<Scalar>) -> Result<Scalar, String> {
    if let Some(arg) = args.iter().find(|arg| !arg.ty().is_numeric()) {
        return Err(format!("values of type `{}` have no {name}", arg.ty().name()));
    }
    let args = args.into_iter().map(|arg| convert(arg, Type::Real)).collect();
    Ok(kernel(name, args, filter, Type::Real))
}

pub(super) fn hll(args: Vec<Scalar>, filter: Option<Scalar>) -> Result<Scalar, String> {
    match first(&args) {
        ty @ (Type::Real | Type::Decimal | Type::Bool) => Err(format!("values of type `{}` have no hll", ty.name())),
        _ => match accuracy_fits(&args) {
            true => Ok(kernel("hll", args, filter, Type::Dynamic)),
            false => Err(WRONG_ACCURACY.to_owned()),
        },
    }
}

/// Percentiles in one column.
pub(super) fn percentile(args: Vec<Scalar>, name: &'static str, first_share: usize) -> Result<Scalar, String> {
    let args = percentile_arguments(args, first_share)?;
    let ty = if name.ends_with("_array") { Type::Dynamic } else { first(&args) };
    Ok(kernel(name, args, None, ty))
}

/// The arguments of a percentile kernel: the value in the type of the answer, and as `real` constants the shares from
/// the given place on, those in arrays one by one. `Err` is a message: a share that is no percentage.
pub fn percentile_arguments(args: Vec<Scalar>, first_share: usize) -> Result<Vec<Scalar>, String> {
    let ty = percentile_type(first(&args));
    let mut converted = Vec::new();
    for (index, arg) in args.into_iter().enumerate() {
        match index {
            0 => converted.push(convert(arg, ty)),
            _ if index < first_share => converted.push(arg),
            _ => converted.extend(shares(&arg)?.into_iter().map(|share| Scalar::Literal(Value::Real(share)))),
        }
    }
    Ok(converted)
}

/// The shares that a constant holds: itself, or the items of an array.
fn shares(constant: &Scalar) -> Result<Vec<f64>, String> {
    let shares = match constant.literal() {
        Some(Value::Dynamic(Json::Array(items))) => items.iter().map(Json::as_f64).collect(),
        Some(number) => number.as_f64().map(|share| vec![share]),
        None => None,
    };
    match shares {
        Some(shares) if shares.iter().all(|share| (0.0..=100.0).contains(share)) => Ok(shares),
        _ => Err("a percentile must be a constant number from 0 to 100".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::{AggregateLower, aggregate};

    fn show(scalar: &Scalar) -> String {
        let all = |args: &[Scalar]| args.iter().map(show).collect::<Vec<_>>().join(", ");
        match scalar {
            Scalar::Column(_, ty) => ty.name().to_owned(),
            Scalar::Literal(Value::Real(number)) => format!("{number:?}"),
            Scalar::Literal(Value::Long(number)) => number.to_string(),
            Scalar::Cast(arg, ty) => format!("{}({})", ty.name(), show(arg)),
            Scalar::Call { target: Target::Op(op), args, .. } => format!("{}({})", op.text(), all(args)),
            Scalar::Aggregate(call) => {
                let (Target::Builtin(name) | Target::Kernel(name)) = call.target else { return "?".to_owned() };
                let filter = call.filter.as_ref().map_or(String::new(), |filter| format!(" if {}", show(filter)));
                format!("{name}({}){filter}", all(&call.args))
            }
            other => format!("{other:?}"),
        }
    }

    fn check(name: &str, args: Vec<Scalar>, expected: &str) {
        let lowered = match aggregate(name).map(|row| row.lower) {
            Some(AggregateLower::Rewrite(rewrite)) => rewrite(args),
            _ => Err("has no rewrite".to_owned()),
        };
        let shown = lowered.map_or_else(|message| message, |scalar| show(&scalar));
        assert_eq!(shown, expected, "{name}");
    }

    fn column(ty: Type) -> Scalar {
        Scalar::Column(crate::ir::ColumnId(1), ty)
    }

    #[test]
    fn sums_of_nothing_are_zero() {
        check("sum", vec![column(Type::Int)], "coalesce(sum(long(int)), 0)");
        check("sum", vec![column(Type::Real)], "coalesce(sum(real), 0.0)");
        check("sum", vec![column(Type::DateTime)], "values of type `datetime` cannot be summed");
    }

    #[test]
    fn predicates_become_filters() {
        check("countif", vec![column(Type::Bool)], "count(1) if bool");
        check("maxif", vec![column(Type::Real), column(Type::Bool)], "max_real(real) if bool");
        let accuracy = || vec![column(Type::String), column(Type::Bool), Scalar::long(3)];
        check("dcountif", accuracy(), "dcount(string, 3) if bool");
        check("stdevif", vec![column(Type::Long), column(Type::Bool)], "stdev(real(long)) if bool");
    }

    #[test]
    fn shares_come_alone_and_in_arrays() {
        let array = Scalar::Literal(Value::Dynamic(serde_json::json!([5, 99.9])));
        check("percentiles_array", vec![column(Type::Int), array], "percentiles_array(long(int), 5.0, 99.9)");
        check("percentile", vec![column(Type::DateTime), Scalar::long(50)], "percentiles(datetime, 50.0)");
        let weighted = vec![column(Type::Decimal), column(Type::Long), Scalar::long(50)];
        check("percentilew", weighted, "percentilesw(real(decimal), long, 50.0)");
        let outside = vec![column(Type::Long), Scalar::long(101)];
        check("percentile", outside, "a percentile must be a constant number from 0 to 100");
    }

    #[test]
    fn dynamic_values_have_their_own_lists() {
        check("make_set", vec![column(Type::Dynamic)], "make_set_dynamic(dynamic)");
        check(
            "make_list_if",
            vec![column(Type::Guid), column(Type::Bool), Scalar::long(3)],
            "make_list(guid, 3) if bool",
        );
    }
}
