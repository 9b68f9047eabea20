//! Choices, nulls and types.

use super::{Function, Lower, Param, Returns, Takes};
use crate::ir::{Op, Scalar};
use crate::types::Type;

const CHOICE: &[Param] =
    &[Param::one("if", Takes::Exact(Type::Bool)), Param::one("then", Takes::Choice), Param::one("else", Takes::Choice)];
const CASES: &[Param] = &[
    Param::many("predicate", Takes::Exact(Type::Bool)),
    Param::many("then", Takes::Choice),
    Param::one("else", Takes::Choice),
];
const VALUE: &[Param] = &[Param::one("value", Takes::Any)];
const ASSERTION: &[Param] =
    &[Param::one("predicate", Takes::Constant(Type::Bool)), Param::one("message", Takes::Constant(Type::String))];

/// The rows of this family.
#[rustfmt::skip] // A table: one row, few lines.
pub const FUNCTIONS: &[Function] = &[
    Function::kernel("iff", CHOICE, Type::Unknown,
        "Gives the second argument where the first is true, else the third.", "iff(1 < 2, 'yes', 'no')")
        .aliases(&["iif"]).returns(Returns::Common).lower(Lower::Rewrite(choose)),
    Function::kernel("case", CASES, Type::Unknown,
        "Gives the value behind the first predicate that is true, else the last argument.",
        "case(1 > 2, 'a', 2 > 1, 'b', 'c')")
        .returns(Returns::Common).lower(Lower::Rewrite(choose)),
    Function::kernel("coalesce", &[Param::many("value", Takes::Choice)], Type::Unknown,
        "Gives the first argument that is not null, or for strings not empty.", "coalesce(tolong('x'), 42)")
        .returns(Returns::Common).lower(Lower::Rewrite(coalesce)),
    Function::kernel("isnull", VALUE, Type::Bool,
        "Tells whether a value is null; a string never is.", "isnull(tolong('x'))")
        .lower(Lower::Rewrite(|args| null_test(args, Op::IsNull))),
    Function::kernel("isnotnull", VALUE, Type::Bool,
        "Tells whether a value is not null; a string never is.", "isnotnull(5)")
        .aliases(&["notnull"]).lower(Lower::Rewrite(|args| null_test(args, Op::IsNotNull))),
    Function::kernel("not", &[Param::one("value", Takes::Exact(Type::Bool))], Type::Bool,
        "Turns true to false and false to true.", "not(1 > 2)")
        .lower(Lower::Rewrite(|args| Ok(Scalar::op(Op::Not, args, Type::Bool)))),
    Function::kernel("gettype", VALUE, Type::String,
        "Gives the name of a value's type; inside `dynamic`, that of the value held.", "gettype(dynamic([1, 2]))")
        .lower(Lower::Rewrite(type_name)),
    Function::kernel("assert", ASSERTION, Type::Bool,
        "Fails the query with a message when a constant is false.", "assert(1 < 2, 'numbers are broken')")
        .lower(Lower::Rewrite(assertion)),
];

fn choose(args: Vec<Scalar>) -> Result<Scalar, String> {
    let mut args = args;
    let Some(otherwise) = args.pop() else { return Err("a value for all other rows is missing".to_owned()) };
    if args.len() % 2 == 1 {
        return Err("predicates and values come in pairs, with one value at the end".to_owned());
    }
    let ty = otherwise.ty();
    let mut branches = Vec::with_capacity(args.len() / 2);
    let mut rest = args.into_iter();
    while let (Some(condition), Some(value)) = (rest.next(), rest.next()) {
        branches.push((condition, value));
    }
    Ok(Scalar::Case { branches, otherwise: Box::new(otherwise), ty })
}

fn coalesce(args: Vec<Scalar>) -> Result<Scalar, String> {
    let ty = args.first().map_or(Type::Unknown, Scalar::ty);
    Ok(match ty {
        Type::String => Scalar::kernel("coalesce_text", args, ty),
        _ => Scalar::op(Op::Coalesce, args, ty),
    })
}

fn null_test(args: Vec<Scalar>, op: Op) -> Result<Scalar, String> {
    Ok(match args.first().map(Scalar::ty) {
        Some(Type::String) => Scalar::bool(op == Op::IsNotNull),
        _ => Scalar::op(op, args, Type::Bool),
    })
}

fn type_name(args: Vec<Scalar>) -> Result<Scalar, String> {
    Ok(match args.first().map(Scalar::ty) {
        Some(Type::Dynamic) => Scalar::kernel("gettype", args, Type::String),
        Some(ty) => Scalar::text(ty.name()),
        None => Scalar::text(""),
    })
}

fn assertion(args: Vec<Scalar>) -> Result<Scalar, String> {
    use crate::value::Value;
    match args.iter().map(Scalar::literal).collect::<Vec<_>>().as_slice() {
        [Some(Value::Bool(true)), _] => Ok(Scalar::bool(true)),
        [Some(_), Some(Value::String(message))] => Err(format!("assertion failed: {message}")),
        _ => Ok(Scalar::kernel("assert", args, Type::Bool)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    #[test]
    fn choices_pair_up() {
        let case =
            choose(vec![Scalar::bool(true), Scalar::long(1), Scalar::bool(false), Scalar::long(2), Scalar::long(3)]);
        assert!(matches!(case, Ok(Scalar::Case { branches, ty: Type::Long, .. }) if branches.len() == 2));
        assert!(choose(vec![Scalar::bool(true), Scalar::long(1)]).is_err());
    }

    #[test]
    fn strings_are_never_null() {
        assert_eq!(null_test(vec![Scalar::text("")], Op::IsNull), Ok(Scalar::bool(false)));
        assert_eq!(null_test(vec![Scalar::text("")], Op::IsNotNull), Ok(Scalar::bool(true)));
        assert_eq!(type_name(vec![Scalar::Literal(Value::Null(Type::Int))]), Ok(Scalar::text("int")));
    }

    #[test]
    fn assertions_fail_before_the_query_runs() {
        assert_eq!(assertion(vec![Scalar::bool(false), Scalar::text("no")]), Err("assertion failed: no".to_owned()));
        assert_eq!(assertion(vec![Scalar::bool(true), Scalar::text("no")]), Ok(Scalar::bool(true)));
    }
}
