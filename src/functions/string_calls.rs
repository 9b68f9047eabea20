//! How calls of text functions are checked, and said with kernels.

use super::conversion::{argument, convert};
use crate::ir::{Op, Scalar};
use crate::pattern;
use crate::types::Type;
use crate::value::Value;

/// Most arguments of `strcat`.
const MOST_PARTS: usize = 64;

/// Checks a regular expression.
pub fn check_regex(pattern: &str) -> Result<(), String> {
    match pattern::compile(pattern) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("`{pattern}` is not a regular expression: {}", pattern::reason(&error))),
    }
}

/// A call of a kernel, after the pattern at a position was checked.
fn with_regex(kernel: &'static str, args: Vec<Scalar>, at: usize, ty: Type) -> Result<Scalar, String> {
    if let Some(pattern) = args.get(at).and_then(text_of) {
        check_regex(pattern)?;
    }
    Ok(Scalar::kernel(kernel, args, ty))
}

fn text_of(arg: &Scalar) -> Option<&str> {
    arg.literal().and_then(Value::as_str)
}

/// Joins neighbouring constants, so that a kernel sees as few parts as there must be.
pub(super) fn strcat(args: Vec<Scalar>) -> Result<Scalar, String> {
    if args.len() > MOST_PARTS {
        return Err(format!("`strcat` takes at most {MOST_PARTS} arguments"));
    }
    let mut parts: Vec<Scalar> = Vec::with_capacity(args.len());
    for arg in args {
        match (parts.last_mut(), text_of(&arg)) {
            (Some(Scalar::Literal(Value::String(last))), Some(text)) => last.push_str(text),
            _ => parts.push(arg),
        }
    }
    match parts.len() {
        0 | 1 => argument(parts),
        _ => Ok(Scalar::kernel("strcat", parts, Type::String)),
    }
}

pub(super) fn isempty(args: Vec<Scalar>) -> Result<Scalar, String> {
    empty(args, Op::Equal, Op::IsNull)
}

pub(super) fn isnotempty(args: Vec<Scalar>) -> Result<Scalar, String> {
    empty(args, Op::NotEqual, Op::IsNotNull)
}

/// A comparison with the empty text, or a null test for what is no text.
fn empty(args: Vec<Scalar>, text: Op, other: Op) -> Result<Scalar, String> {
    let value = argument(args)?;
    Ok(match value.ty() {
        Type::String | Type::Dynamic | Type::Unknown => {
            Scalar::op(text, vec![convert(value, Type::String), Scalar::text("")], Type::Bool)
        }
        Type::Bool
        | Type::Int
        | Type::Long
        | Type::Real
        | Type::Decimal
        | Type::DateTime
        | Type::TimeSpan
        | Type::Guid => Scalar::op(other, vec![value], Type::Bool),
    })
}

pub(super) fn replace_regex(args: Vec<Scalar>) -> Result<Scalar, String> {
    with_regex("replace_regex", args, 1, Type::String)
}

pub(super) fn replace(mut args: Vec<Scalar>) -> Result<Scalar, String> {
    args.rotate_right(1);
    with_regex("replace_regex", args, 1, Type::String)
}

/// The type named by a `typeof`, which comes as the name of the type.
fn typeof_argument(args: &[Scalar], at: usize) -> Option<Type> {
    args.get(at).and_then(text_of).and_then(Type::parse)
}

pub(super) fn extracted(args: &[Scalar]) -> Type {
    typeof_argument(args, 3).unwrap_or(Type::String)
}

pub(super) fn extracted_json(args: &[Scalar]) -> Type {
    typeof_argument(args, 2).unwrap_or(Type::String)
}

pub(super) fn extract(mut args: Vec<Scalar>) -> Result<Scalar, String> {
    let ty = if args.len() > 3 { typeof_argument(&args, 3) } else { Some(Type::String) };
    args.truncate(3);
    let found = with_regex("extract", args, 0, Type::String)?;
    Ok(convert(found, ty.ok_or("`extract` takes a type, such as `typeof(long)`, as its last argument")?))
}

pub(super) fn extract_json(mut args: Vec<Scalar>) -> Result<Scalar, String> {
    let ty = if args.len() > 2 { typeof_argument(&args, 2) } else { Some(Type::String) };
    args.truncate(2);
    if let Some(path) = args.first().and_then(text_of) {
        super::json_path::parse_json_path(path)?;
    }
    let found = Scalar::kernel("extract_json", args, Type::Dynamic);
    Ok(convert(found, ty.ok_or("`extract_json` takes a type, such as `typeof(long)`, as its last argument")?))
}

pub(super) fn extract_all(mut args: Vec<Scalar>) -> Result<Scalar, String> {
    if let Some(pattern) = args.first().and_then(text_of) {
        check_regex(pattern)?;
        if pattern::compile(pattern).is_ok_and(|regex| regex.captures_len() < 2) {
            return Err(format!("`{pattern}` has no capture group"));
        }
    }
    let kernel = if args.len() > 2 { "extract_all_groups" } else { "extract_all" };
    let ty = if args.len() > 2 { Type::Dynamic } else { Type::String };
    if let Some(second) = args.get_mut(1) {
        *second = convert(std::mem::replace(second, Scalar::bool(false)), ty);
    }
    Ok(Scalar::kernel(kernel, args, Type::Dynamic))
}

pub(super) fn trim(args: Vec<Scalar>) -> Result<Scalar, String> {
    with_regex("trim", args, 0, Type::String)
}

pub(super) fn trim_start(args: Vec<Scalar>) -> Result<Scalar, String> {
    with_regex("trim_start", args, 0, Type::String)
}

pub(super) fn trim_end(args: Vec<Scalar>) -> Result<Scalar, String> {
    with_regex("trim_end", args, 0, Type::String)
}

pub(super) fn indexof_regex(args: Vec<Scalar>) -> Result<Scalar, String> {
    with_regex("indexof_regex", args, 1, Type::Long)
}

pub(super) fn countof(mut args: Vec<Scalar>) -> Result<Scalar, String> {
    let kind = if args.len() > 2 { args.pop() } else { None };
    match kind.as_ref().map(text_of) {
        None | Some(Some("normal")) => Ok(Scalar::kernel("countof", args, Type::Long)),
        Some(Some("regex")) => with_regex("countof_regex", args, 1, Type::Long),
        Some(_) => Err("the kind of `countof` is `normal` or `regex`".to_owned()),
    }
}

pub(super) fn isutf8(_args: Vec<Scalar>) -> Result<Scalar, String> {
    Ok(Scalar::bool(true))
}

pub(super) fn codepoints(args: Vec<Scalar>) -> Result<Scalar, String> {
    let whole = |ty: Type| ty.is_integer() || matches!(ty, Type::Dynamic | Type::Unknown);
    if let Some(arg) = args.iter().find(|arg| !whole(arg.ty())) {
        return Err(format!("code points are whole numbers or arrays of them, not `{}`", arg.ty()));
    }
    let args = args.into_iter().map(|arg| convert(arg, Type::Dynamic)).collect();
    Ok(Scalar::kernel("unicode_codepoints_to_string", args, Type::String))
}

/// The units of `format_bytes`.
pub const BYTE_UNITS: &[&str] = &["Bytes", "KB", "MB", "GB", "TB", "PB", "EB"];

pub(super) fn format_bytes(args: Vec<Scalar>) -> Result<Scalar, String> {
    match args.get(2).and_then(text_of) {
        Some(unit) if !unit.is_empty() && !BYTE_UNITS.contains(&unit) => {
            Err(format!("`{unit}` is not a unit of `format_bytes`: {}", BYTE_UNITS.join(", ")))
        }
        _ => Ok(Scalar::kernel("format_bytes", args, Type::String)),
    }
}

pub(super) fn parse_command_line(mut args: Vec<Scalar>) -> Result<Scalar, String> {
    match args.pop().as_ref().and_then(text_of) {
        Some(parser) if parser.eq_ignore_ascii_case("windows") => {
            Ok(Scalar::kernel("parse_command_line", args, Type::Dynamic))
        }
        _ => Err("the only parser of `parse_command_line` is `windows`".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_checked_before_anything_runs() {
        assert_eq!(check_regex(r"a(b"), Err("`a(b` is not a regular expression: unclosed group".to_owned()));
        let call = trim(vec![Scalar::text("["), Scalar::text("x")]);
        assert!(call.is_err_and(|message| message.contains("unclosed character class")));
        assert!(extract_all(vec![Scalar::text("x"), Scalar::text("x")]).is_err());
    }

    #[test]
    fn strcat_joins_constants() {
        let column = Scalar::Column(crate::ir::ColumnId(0), Type::String);
        let call = strcat(vec![Scalar::text("a"), Scalar::text("b"), column.clone()]);
        assert_eq!(call, Ok(Scalar::kernel("strcat", vec![Scalar::text("ab"), column], Type::String)));
        assert_eq!(strcat(vec![Scalar::text("a"), Scalar::text("b")]), Ok(Scalar::text("ab")));
    }

    #[test]
    fn extract_gives_the_type_asked_for() {
        let args = || vec![Scalar::text(r"(\d)"), Scalar::long(1), Scalar::text("5"), Scalar::text("long")];
        assert_eq!(extracted(&args()), Type::Long);
        assert_eq!(extract(args()).map(|scalar| scalar.ty()), Ok(Type::Long));
        assert_eq!(extracted(&args()[..3]), Type::String);
        assert_eq!(extracted_json(&[Scalar::text("$.a"), Scalar::text("{}")]), Type::String);
    }
}
