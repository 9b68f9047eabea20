//! Arithmetic and comparisons over whole series, item by item.

use datafusion::arrow::array::ArrayRef;
use datafusion::common::Result;

use super::array::array;
use super::{Args, Kernel};
use crate::engine::dynamic::{Item, elements, item, number};

/// The kernels of this family.
pub(super) const KERNELS: &[Kernel] = &[
    Kernel::new("series_abs", |args| map(args, |x| x.magnitude())),
    Kernel::new("series_sign", |args| map_real(args, |x| if x == 0.0 { 0.0 } else { x.signum() })),
    Kernel::new("series_sin", |args| map_real(args, f64::sin)),
    Kernel::new("series_cos", |args| map_real(args, f64::cos)),
    Kernel::new("series_tan", |args| map_real(args, f64::tan)),
    Kernel::new("series_asin", |args| map_real(args, f64::asin)),
    Kernel::new("series_acos", |args| map_real(args, f64::acos)),
    Kernel::new("series_atan", |args| map_real(args, f64::atan)),
    Kernel::new("series_exp", |args| map_real(args, f64::exp)),
    Kernel::new("series_log", |args| map_real(args, f64::ln)),
    Kernel::new("series_ceiling", |args| map_real(args, f64::ceil)),
    Kernel::new("series_floor", |args| map_real(args, f64::floor)),
    Kernel::new("series_add", |args| combine(args, |a, b| a.with(b, i64::wrapping_add, |a, b| a + b))),
    Kernel::new("series_subtract", |args| combine(args, |a, b| a.with(b, i64::wrapping_sub, |a, b| a - b))),
    Kernel::new("series_multiply", |args| combine(args, |a, b| a.with(b, i64::wrapping_mul, |a, b| a * b))),
    Kernel::new("series_divide", |args| combine(args, |a, b| real_cell(a.real() / b.real()))),
    Kernel::new("series_pow", |args| combine(args, |a, b| real_cell(a.real().powf(b.real())))),
    Kernel::new("series_equals", |args| combine(args, |a, b| Some((a.real() == b.real()).to_string()))),
    Kernel::new("series_not_equals", |args| combine(args, |a, b| Some((a.real() != b.real()).to_string()))),
    Kernel::new("series_less", |args| combine(args, |a, b| Some((a.real() < b.real()).to_string()))),
    Kernel::new("series_less_equals", |args| combine(args, |a, b| Some((a.real() <= b.real()).to_string()))),
    Kernel::new("series_greater", |args| combine(args, |a, b| Some((a.real() > b.real()).to_string()))),
    Kernel::new("series_greater_equals", |args| combine(args, |a, b| Some((a.real() >= b.real()).to_string()))),
];

/// A number in a series.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    /// A whole number.
    Long(i64),
    /// Any other, also one that is not finite.
    Real(f64),
}

impl Number {
    /// The number in a cell. Text counts only when it stands for what JSON cannot write as a number.
    pub(super) fn of(cell: &str) -> Option<Number> {
        match item(cell)? {
            Item::Long(number) => Some(Number::Long(number)),
            Item::Real(number) => Some(Number::Real(number)),
            Item::Text(text) => match text.as_ref() {
                "NaN" => Some(Number::Real(f64::NAN)),
                "Infinity" => Some(Number::Real(f64::INFINITY)),
                "-Infinity" => Some(Number::Real(f64::NEG_INFINITY)),
                _ => None,
            },
            Item::Bool(_) | Item::Composite(_) => None,
        }
    }

    /// As a real.
    pub(super) fn real(self) -> f64 {
        match self {
            Number::Long(number) => number as f64,
            Number::Real(number) => number,
        }
    }

    fn magnitude(self) -> Option<String> {
        match self {
            Number::Long(number) => Some(number.wrapping_abs().to_string()),
            Number::Real(number) => real_cell(number.abs()),
        }
    }

    /// Whole numbers stay whole.
    fn with(self, other: Number, long: fn(i64, i64) -> i64, real: fn(f64, f64) -> f64) -> Option<String> {
        match (self, other) {
            (Number::Long(a), Number::Long(b)) => Some(long(a, b).to_string()),
            _ => real_cell(real(self.real(), other.real())),
        }
    }
}

fn real_cell(real: f64) -> Option<String> {
    Some(number(real).to_string())
}

/// The numbers of a series; what is not a number is none.
pub(super) fn numbers(cell: &str) -> Option<Vec<Option<Number>>> {
    Some(elements(cell)?.map(Number::of).collect())
}

/// The cell of a series of reals; none becomes null.
pub(super) fn series(values: impl IntoIterator<Item = Option<f64>>) -> String {
    cells(values.into_iter().map(|value| value.and_then(real_cell)))
}

fn cells(values: impl Iterator<Item = Option<String>>) -> String {
    let values: Vec<Option<String>> = values.collect();
    array(values.iter().map(|value| value.as_deref().unwrap_or("null")))
}

fn map(args: &Args, f: fn(Number) -> Option<String>) -> Result<ArrayRef> {
    let series = args.text(0)?;
    args.dynamics(|row| Some(cells(numbers(series.get(row)?)?.into_iter().map(|number| f(number?)))))
}

/// Null outside of the function's domain.
fn map_real(args: &Args, f: fn(f64) -> f64) -> Result<ArrayRef> {
    let cells = args.text(0)?;
    args.dynamics(|row| {
        let numbers = numbers(cells.get(row)?)?.into_iter();
        Some(series(numbers.map(|number| {
            let x = number?.real();
            let y = f(x);
            (!y.is_nan() || x.is_nan()).then_some(y)
        })))
    })
}

/// A series, or one number for all its items.
enum Side {
    Series(Vec<Option<Number>>),
    Number(Number),
}

impl Side {
    fn of(cell: &str) -> Option<Side> {
        match numbers(cell) {
            Some(series) => Some(Side::Series(series)),
            None => Number::of(cell).map(Side::Number),
        }
    }

    fn len(&self) -> usize {
        match self {
            Side::Series(series) => series.len(),
            Side::Number(_) => 0,
        }
    }

    fn get(&self, index: usize) -> Option<Number> {
        match self {
            Side::Series(series) => series.get(index).copied().flatten(),
            Side::Number(number) => Some(*number),
        }
    }
}

/// Null where one side has no number, and behind the end of the shorter series.
fn combine(args: &Args, f: fn(Number, Number) -> Option<String>) -> Result<ArrayRef> {
    let (left, right) = (args.text(0)?, args.text(1)?);
    args.dynamics(|row| {
        let (left, right) = (Side::of(left.get(row)?)?, Side::of(right.get(row)?)?);
        if let (Side::Number(_), Side::Number(_)) = (&left, &right) {
            return None;
        }
        let length = left.len().max(right.len());
        Some(cells((0..length).map(|index| f(left.get(index)?, right.get(index)?))))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{json, shown};
    use crate::types::Type;

    fn check(name: &str, args: &[&str], expected: &str) {
        let args: Vec<_> = args.iter().map(|arg| json(arg)).collect();
        assert_eq!(shown(name, &args, Type::Dynamic), expected, "{name}({args:?})");
    }

    #[test]
    fn items_are_combined() {
        check("series_add", &["[1,2,4]", "[4,2,1]"], "[5,4,5]");
        check("series_add", &["[1,2.5,null]", "1"], "[2,3.5,null]");
        check("series_subtract", &["[1,2,4]", "[4,2]"], "[-3,0,null]");
        check("series_divide", &["[1,2,4]", "[4,2,0]"], r#"[0.25,1.0,"Infinity"]"#);
        check("series_multiply", &["2", "[1.5,\"x\"]"], "[3.0,null]");
        check("series_equals", &["[1,2,4]", "[4,2,1]"], "[false,true,false]");
        check("series_less_equals", &["[1,2,4]", "2"], "[true,true,false]");
        check("series_add", &["1", "2"], "null");
    }

    #[test]
    fn items_are_mapped() {
        check("series_abs", &["[-6.5,0,8]"], "[6.5,0,8]");
        check("series_ceiling", &["[-1.5,1,2.5]"], "[-1.0,1.0,3.0]");
        check("series_sign", &["[-6,0,8]"], "[-1.0,0.0,1.0]");
        check("series_log", &["[1,-1,\"x\"]"], "[0.0,null,null]");
        check("series_abs", &["{}"], "null");
    }
}
