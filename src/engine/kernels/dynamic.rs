//! Access to the parts of `dynamic` values.

use datafusion::arrow::array::{ArrayRef, StringViewBuilder};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{Result, internal_err};

use super::args::{Numbers, Text};
use super::{Args, Kernel};
use crate::engine::dynamic::{self, Step};

/// The kernels of this family.
pub(super) const KERNELS: &[Kernel] =
    &[Kernel::new("dynamic_member", path), Kernel::new("dynamic_index", path), Kernel::new("dynamic_path", path)];

enum Steps {
    Member(Text),
    Index(Numbers<Int64Type>),
}

/// Follows the steps in the arguments behind the first: a string names a property, a `long` is a position.
fn path(args: &Args) -> Result<ArrayRef> {
    let cells = args.text(0)?;
    let steps = (1..args.len())
        .map(|i| match args.data_type(i) {
            DataType::Utf8View => Ok(Steps::Member(args.text(i)?)),
            DataType::Int64 => Ok(Steps::Index(args.longs(i)?)),
            other => internal_err!("no step into a dynamic value by {other}"),
        })
        .collect::<Result<Vec<_>>>()?;
    let mut out = StringViewBuilder::with_capacity(args.rows);
    for row in 0..args.rows {
        let part = steps.iter().try_fold(cells.get(row), |cell, step| {
            let step = match step {
                Steps::Member(names) => Step::Member(names.text(row)),
                Steps::Index(positions) => Step::Index(positions.get(row)?),
            };
            Some(dynamic::step(cell?, step))
        });
        out.append_option(part.flatten());
    }
    Ok(std::sync::Arc::new(out.finish()))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{json, shown};
    use crate::types::Type;
    use crate::value::Value;

    fn check(name: &str, args: &[Value], expected: &str) {
        assert_eq!(shown(name, args, Type::Dynamic), expected, "{name}({args:?})");
    }

    #[test]
    fn steps_into_values() {
        let cell = json(r#"{"a":[1,{"b":"x"}],"n":null}"#);
        check("dynamic_member", &[cell.clone(), Value::String("a".into())], r#"[1,{"b":"x"}]"#);
        check("dynamic_member", &[cell.clone(), Value::String("n".into())], "null");
        check("dynamic_member", &[cell.clone(), Value::String("A".into())], "null");
        check("dynamic_member", &[Value::Null(Type::Dynamic), Value::String("a".into())], "null");
        check(
            "dynamic_path",
            &[cell.clone(), Value::String("a".into()), Value::Long(-1), Value::String("b".into())],
            "\"x\"",
        );
        check("dynamic_path", &[cell, Value::String("q".into()), Value::Long(0)], "null");
        check("dynamic_index", &[json("[1,2]"), Value::Long(1)], "2");
        check("dynamic_index", &[json("[1,2]"), Value::Long(2)], "null");
        check("dynamic_index", &[json("[1,2]"), Value::Null(Type::Long)], "null");
        check("dynamic_index", &[json(r#"{"k":1}"#), Value::String("k".into())], "1");
    }
}
