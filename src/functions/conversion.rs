//! Turning values of one type into another.

use super::{Function, Lower, Param, Returns, Takes};
use crate::ir::Scalar;
use crate::types::Type;
use crate::value::Value;

/// The rows of this family.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "tostring",
        aliases: &[],
        params: VALUE,
        returns: Returns::Type(Type::String),
        lower: Lower::Rewrite(|args| first(args, Type::String)),
        summary: "Converts a value of any type to text; null becomes an empty string.",
        example: "tostring(1.5)",
    },
    Function {
        name: "toint",
        aliases: &[],
        params: VALUE,
        returns: Returns::Type(Type::Int),
        lower: Lower::Rewrite(|args| first(args, Type::Int)),
        summary: "Converts a value to `int`, or to null when it cannot be converted.",
        example: "toint(\"42\")",
    },
    Function {
        name: "tolong",
        aliases: &[],
        params: VALUE,
        returns: Returns::Type(Type::Long),
        lower: Lower::Rewrite(|args| first(args, Type::Long)),
        summary: "Converts a value to `long`, or to null when it cannot be converted.",
        example: "tolong(\"0x1F\")",
    },
    Function {
        name: "toreal",
        aliases: &["todouble"],
        params: VALUE,
        returns: Returns::Type(Type::Real),
        lower: Lower::Rewrite(|args| first(args, Type::Real)),
        summary: "Converts a value to `real`, or to null when it cannot be converted.",
        example: "toreal(\"1.5e3\")",
    },
    Function {
        name: "todecimal",
        aliases: &[],
        params: VALUE,
        returns: Returns::Type(Type::Decimal),
        lower: Lower::Rewrite(|args| first(args, Type::Decimal)),
        summary: "Converts a value to `decimal`, or to null when it cannot be converted.",
        example: "todecimal(\"123.45678\")",
    },
    Function {
        name: "tobool",
        aliases: &["toboolean"],
        params: VALUE,
        returns: Returns::Type(Type::Bool),
        lower: Lower::Rewrite(|args| first(args, Type::Bool)),
        summary: "Converts a value to `bool`: the texts `true` and `false`, and numbers, which are true unless zero.",
        example: "tobool(\"true\")",
    },
    Function {
        name: "todatetime",
        aliases: &[],
        params: VALUE,
        returns: Returns::Type(Type::DateTime),
        lower: Lower::Rewrite(|args| first(args, Type::DateTime)),
        summary: "Converts text, or a number of ticks, to `datetime`, or to null when it cannot be converted.",
        example: "todatetime(\"2026-03-03 12:30\")",
    },
    Function {
        name: "totimespan",
        aliases: &["totime"],
        params: VALUE,
        returns: Returns::Type(Type::TimeSpan),
        lower: Lower::Rewrite(|args| first(args, Type::TimeSpan)),
        summary: "Converts text, or a number of ticks, to `timespan`, or to null when it cannot be converted.",
        example: "totimespan(\"1.02:03:04\")",
    },
    Function {
        name: "toguid",
        aliases: &[],
        params: VALUE,
        returns: Returns::Type(Type::Guid),
        lower: Lower::Rewrite(to_guid),
        summary: "Converts text to `guid`, or to null when it is not one.",
        example: "toguid(\"0123456789abcdef0123456789abcdef\")",
    },
    Function {
        name: "parse_json",
        aliases: &["parsejson", "todynamic", "toobject"],
        params: &[Param::one("json", Takes::Any)],
        returns: Returns::Type(Type::Dynamic),
        lower: Lower::Rewrite(parse_json),
        summary: "Reads JSON text as a `dynamic` value; text that is not JSON becomes a string value.",
        example: "parse_json('{\"a\": [1, 2]}')",
    },
    Function {
        name: "dynamic_to_json",
        aliases: &[],
        params: &[Param::one("value", Takes::Dynamic)],
        returns: Returns::Type(Type::String),
        lower: Lower::Kernel("dynamic_to_json"),
        summary: "Writes a `dynamic` value as JSON text with sorted keys, so that equal values give equal texts.",
        example: "dynamic_to_json(dynamic({\"b\": 1, \"a\": 2}))",
    },
    Function {
        name: "tohex",
        aliases: &[],
        params: &[Param::one("value", Takes::Integer), Param::optional("minLength", Takes::Exact(Type::Long))],
        returns: Returns::Type(Type::String),
        lower: Lower::Kernel("tohex"),
        summary: "Writes a whole number in hexadecimal, filled with zeros up to a length.",
        example: "tohex(256)",
    },
];

const VALUE: &[Param] = &[Param::one("value", Takes::Any)];

/// A value as another type, as the functions `tostring`, `tolong`, … convert it.
pub fn convert(value: Scalar, ty: Type) -> Scalar {
    let from = value.ty();
    if from == ty || from == Type::Unknown {
        return value;
    }
    match &value {
        Scalar::Literal(literal) if literal.is_null() => return Scalar::Literal(Value::missing(ty)),
        Scalar::Literal(Value::Int(number)) if ty == Type::Long => return Scalar::long((*number).into()),
        _ => {}
    }
    let widens = from.is_numeric() && ty.is_numeric() && from < ty && from != Type::Real;
    if widens {
        return Scalar::Cast(Box::new(value), ty);
    }
    let (plain, dynamic) = match ty {
        Type::String => ("tostring", "tostring_dynamic"),
        Type::Int => ("toint", "toint_dynamic"),
        Type::Long => ("tolong", "tolong_dynamic"),
        Type::Real => ("toreal", "toreal_dynamic"),
        Type::Decimal => ("todecimal", "todecimal_dynamic"),
        Type::Bool => ("tobool", "tobool_dynamic"),
        Type::DateTime => ("todatetime", "todatetime_dynamic"),
        Type::TimeSpan => ("totimespan", "totimespan_dynamic"),
        Type::Guid => ("toguid", "toguid_dynamic"),
        Type::Dynamic => ("to_dynamic", "to_dynamic"),
        Type::Unknown => return value,
    };
    Scalar::kernel(if from == Type::Dynamic { dynamic } else { plain }, vec![value], ty)
}

/// The first argument of a call.
pub(super) fn argument(args: Vec<Scalar>) -> Result<Scalar, String> {
    args.into_iter().next().ok_or_else(|| "an argument is missing".to_owned())
}

fn first(args: Vec<Scalar>, ty: Type) -> Result<Scalar, String> {
    Ok(convert(argument(args)?, ty))
}

fn to_guid(args: Vec<Scalar>) -> Result<Scalar, String> {
    let value = argument(args)?;
    match value.ty() {
        Type::String | Type::Dynamic | Type::Guid | Type::Unknown => Ok(convert(value, Type::Guid)),
        other => Err(format!("`toguid` takes text, not `{other}`")),
    }
}

fn parse_json(args: Vec<Scalar>) -> Result<Scalar, String> {
    let value = argument(args)?;
    Ok(match value.ty() {
        Type::Dynamic | Type::Unknown => value,
        Type::String => Scalar::kernel("parse_json", vec![value], Type::Dynamic),
        Type::Bool
        | Type::Int
        | Type::Long
        | Type::Real
        | Type::Decimal
        | Type::DateTime
        | Type::TimeSpan
        | Type::Guid => convert(value, Type::Dynamic),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: Scalar, ty: Type, expected: &str) {
        let found = match convert(value, ty) {
            Scalar::Call { target, .. } => format!("{target:?}"),
            other => format!("{other:?}"),
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn conversions_choose_their_kernel() {
        let column = |ty| Scalar::Column(crate::ir::ColumnId(0), ty);
        check(column(Type::Real), Type::String, "Kernel(\"tostring\")");
        check(column(Type::Dynamic), Type::Long, "Kernel(\"tolong_dynamic\")");
        check(column(Type::Int), Type::Real, "Cast(Column(ColumnId(0), Int), Real)");
        check(column(Type::Real), Type::Decimal, "Kernel(\"todecimal\")");
        check(Scalar::Literal(Value::Null(Type::Int)), Type::String, "Literal(String(\"\"))");
    }
}
