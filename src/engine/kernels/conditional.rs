//! Nulls and types of values.

use datafusion::arrow::array::ArrayRef;
use datafusion::common::{Result, exec_err};

use super::args::Text;
use super::{Args, Kernel};
use crate::engine::dynamic::{self, Item};

/// The kernels of this family.
pub(super) const KERNELS: &[Kernel] =
    &[Kernel::new("coalesce_text", coalesce_text), Kernel::new("gettype", type_name), Kernel::new("assert", assertion)];

/// The first text that is not empty.
fn coalesce_text(args: &Args) -> Result<ArrayRef> {
    let texts = (0..args.len()).map(|index| args.text(index)).collect::<Result<Vec<Text>>>()?;
    args.strings(|row| texts.iter().map(|text| text.text(row)).find(|text| !text.is_empty()))
}

fn type_name(args: &Args) -> Result<ArrayRef> {
    let cells = args.text(0)?;
    args.strings(|row| {
        Some(match cells.get(row).and_then(dynamic::item) {
            None => "null",
            Some(Item::Bool(_)) => "bool",
            Some(Item::Long(_)) => "long",
            Some(Item::Real(_)) => "double",
            Some(Item::Text(_)) => "string",
            Some(Item::Composite(cell)) if cell.starts_with('[') => "array",
            Some(Item::Composite(_)) => "dictionary",
        })
    })
}

fn assertion(args: &Args) -> Result<ArrayRef> {
    let (truths, messages) = (args.bools(0)?, args.text(1)?);
    match (0..args.rows).find(|&row| truths.get(row) != Some(true)) {
        Some(row) => exec_err!("assertion failed: {}", messages.text(row)),
        None => args.truths(|_| Some(true)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{json, shown};
    use crate::types::Type;
    use crate::value::Value;

    #[test]
    fn types_inside_dynamic() {
        let check = |cell: &str, expected: &str| assert_eq!(shown("gettype", &[json(cell)], Type::String), expected);
        check("null", "null");
        check("true", "bool");
        check("1", "long");
        check("1.0", "double");
        check("\"x\"", "string");
        check("[1]", "array");
        check("{}", "dictionary");
    }

    #[test]
    fn empty_text_is_passed_over() {
        let text = |text: &str| Value::String(text.to_owned());
        assert_eq!(shown("coalesce_text", &[text(""), text("a"), text("b")], Type::String), "a");
        assert_eq!(shown("coalesce_text", &[text("")], Type::String), "");
    }
}
