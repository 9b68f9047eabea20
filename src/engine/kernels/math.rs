//! Functions of numbers.

use std::cell::Cell;
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Array};
use datafusion::arrow::datatypes::{
    DataType, Decimal128Type, DurationNanosecondType, Float64Type, Int32Type, Int64Type,
};
use datafusion::common::{Result, internal_err};

use super::arithmetic::DECIMAL_ONE;
use super::{Args, Kernel};
use crate::engine::types::real_key;
use crate::value::DECIMAL_SCALE;

/// The kernels of this family.
pub(super) const KERNELS: &[Kernel] = &[
    Kernel::new("abs", abs),
    Kernel::new("ceiling", ceiling),
    Kernel::new("round", round),
    Kernel::new("sign", |args| map(args, sign)),
    Kernel::new("sqrt", |args| map(args, f64::sqrt)),
    Kernel::new("pow", |args| args.zip::<_, _, Float64Type>(&args.reals(0)?, &args.reals(1)?, |a, b| Some(a.powf(b)))),
    Kernel::new("exp", |args| map(args, f64::exp)),
    Kernel::new("exp2", |args| map(args, f64::exp2)),
    Kernel::new("exp10", |args| map(args, |x| 10f64.powf(x))),
    Kernel::new("log", |args| map_within(args, |x| x >= 0.0 || x.is_nan(), f64::ln)),
    Kernel::new("log2", |args| map_within(args, |x| x >= 0.0 || x.is_nan(), f64::log2)),
    Kernel::new("log10", |args| map_within(args, |x| x >= 0.0 || x.is_nan(), f64::log10)),
    Kernel::new("sin", |args| map(args, f64::sin)),
    Kernel::new("cos", |args| map(args, f64::cos)),
    Kernel::new("tan", |args| map(args, f64::tan)),
    Kernel::new("cot", |args| map(args, |x| 1.0 / x.tan())),
    Kernel::new("asin", |args| map_within(args, |x| x.abs() <= 1.0, f64::asin)),
    Kernel::new("acos", |args| map_within(args, |x| x.abs() <= 1.0, f64::acos)),
    Kernel::new("atan", |args| map(args, f64::atan)),
    Kernel::new("atan2", |args| {
        args.zip::<_, _, Float64Type>(&args.reals(0)?, &args.reals(1)?, |y, x| Some(y.atan2(x)))
    }),
    Kernel::new("degrees", |args| map(args, f64::to_degrees)),
    Kernel::new("radians", |args| map(args, f64::to_radians)),
    Kernel::new("isnan", |args| test(args, f64::is_nan)),
    Kernel::new("isinf", |args| test(args, f64::is_infinite)),
    Kernel::new("isfinite", |args| test(args, f64::is_finite)),
    Kernel::new("real_key", |args| map(args, real_key)),
    Kernel::new("real_key_low", |args| map(args, |x| if x.is_nan() { -f64::NAN } else { real_key(x) })),
    Kernel::volatile("rand", rand),
    Kernel::new("binary_and", |args| bits(args, |a, b| Some(a & b))),
    Kernel::new("binary_or", |args| bits(args, |a, b| Some(a | b))),
    Kernel::new("binary_xor", |args| bits(args, |a, b| Some(a ^ b))),
    Kernel::new("binary_not", |args| args.map::<_, Int64Type>(&args.longs(0)?, |a| !a)),
    Kernel::new("binary_shift_left", |args| bits(args, |a, b| (b >= 0).then(|| a << (b % 64)))),
    Kernel::new("binary_shift_right", |args| bits(args, |a, b| (b >= 0).then(|| a >> (b % 64)))),
    Kernel::new("bitset_count_ones", |args| args.map::<_, Int64Type>(&args.longs(0)?, |a| i64::from(a.count_ones()))),
];

fn map(args: &Args, f: fn(f64) -> f64) -> Result<ArrayRef> {
    args.map::<_, Float64Type>(&args.reals(0)?, f)
}

/// Null outside of the domain.
fn map_within(args: &Args, domain: fn(f64) -> bool, f: fn(f64) -> f64) -> Result<ArrayRef> {
    args.map_some::<_, Float64Type>(&args.reals(0)?, |x| domain(x).then(|| f(x)))
}

fn test(args: &Args, f: fn(f64) -> bool) -> Result<ArrayRef> {
    let numbers = args.reals(0)?;
    args.tests(|row| numbers.get(row).is_some_and(f))
}

fn bits(args: &Args, f: fn(i64, i64) -> Option<i64>) -> Result<ArrayRef> {
    args.zip::<_, _, Int64Type>(&args.longs(0)?, &args.longs(1)?, f)
}

fn sign(x: f64) -> f64 {
    if x > 0.0 {
        1.0
    } else if x < 0.0 {
        -1.0
    } else {
        x.abs()
    }
}

fn abs(args: &Args) -> Result<ArrayRef> {
    match args.data_type(0) {
        DataType::Int64 => args.map::<_, Int64Type>(&args.longs(0)?, i64::wrapping_abs),
        DataType::Float64 => map(args, f64::abs),
        DataType::Decimal128(..) => args.map::<_, Decimal128Type>(&args.decimals(0)?, i128::wrapping_abs),
        DataType::Duration(_) => args.map::<_, DurationNanosecondType>(&args.timespans(0)?, i64::saturating_abs),
        other => internal_err!("no absolute value of {other}"),
    }
}

fn ceiling(args: &Args) -> Result<ArrayRef> {
    match args.data_type(0) {
        DataType::Decimal128(..) => args.map_some::<_, Decimal128Type>(&args.decimals(0)?, |x| {
            x.checked_add((DECIMAL_ONE - x.rem_euclid(DECIMAL_ONE)) % DECIMAL_ONE)
        }),
        _ => map(args, f64::ceil),
    }
}

fn round(args: &Args) -> Result<ArrayRef> {
    let precision = if args.len() > 1 { Some(args.longs(1)?) } else { None };
    let digits = |row: usize| precision.as_ref().map_or(Some(0), |precision| precision.get(row));
    match args.data_type(0) {
        DataType::Int32 => {
            let numbers = args.ints(0)?;
            args.values::<Int32Type>(|row| {
                i32::try_from(round_units(i128::from(numbers.get(row)?), digits(row)?.checked_neg()?)?).ok()
            })
        }
        DataType::Int64 => {
            let numbers = args.longs(0)?;
            args.values::<Int64Type>(|row| {
                i64::try_from(round_units(i128::from(numbers.get(row)?), digits(row)?.checked_neg()?)?).ok()
            })
        }
        DataType::Decimal128(..) => {
            let numbers = args.decimals(0)?;
            args.values::<Decimal128Type>(|row| {
                round_units(numbers.get(row)?, i64::from(DECIMAL_SCALE).checked_sub(digits(row)?)?)
            })
        }
        _ => {
            let numbers = args.reals(0)?;
            args.values::<Float64Type>(|row| Some(round_real(numbers.get(row)?, digits(row)?)))
        }
    }
}

/// Rounds a whole number to a multiple of ten to the given power, halves away from zero.
fn round_units(units: i128, zeros: i64) -> Option<i128> {
    if zeros <= 0 {
        return Some(units);
    }
    let Some(step) = u32::try_from(zeros).ok().and_then(|zeros| 10i128.checked_pow(zeros)) else { return Some(0) };
    let rest = units % step;
    let down = units - rest;
    if rest.unsigned_abs() * 2 >= step.unsigned_abs() { down.checked_add(step * units.signum()) } else { Some(down) }
}

fn round_real(x: f64, digits: i64) -> f64 {
    let power = 10f64.powi(digits.unsigned_abs().min(400) as i32);
    let scaled = if digits >= 0 { x * power } else { x / power };
    // Beyond 2^53 there are no digits left to round.
    if !scaled.is_finite() || (digits >= 0 && scaled.abs() >= 9_007_199_254_740_992.0) {
        return x;
    }
    // The sum turns a negative zero into a plain one.
    (if digits >= 0 { scaled.round() / power } else { scaled.round() * power }) + 0.0
}

thread_local! {
    static STATE: Cell<u64> = Cell::new(RandomState::new().hash_one(0u8));
}

/// A random number from 0 up to but without 1: splitmix64, whose high bits are good enough for sampling.
fn random() -> f64 {
    STATE.with(|state| {
        let next = state.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
        state.set(next);
        let mut bits = next;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((bits ^ (bits >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    })
}

fn rand(args: &Args) -> Result<ArrayRef> {
    if args.is_empty() {
        return Ok(Arc::new((0..args.rows).map(|_| Some(random())).collect::<Float64Array>()));
    }
    let limits = args.longs(0)?;
    args.values::<Float64Type>(|row| match limits.get(row)? {
        limit if limit > 1 => Some((random() * limit as f64).floor()),
        _ => Some(random()),
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::shown;
    use super::round_units;
    use crate::types::Type;
    use crate::value::Value;

    fn real(name: &str, x: f64, expected: &str) {
        assert_eq!(shown(name, &[Value::Real(x)], Type::Real), expected, "{name}({x})");
    }

    #[test]
    fn domains() {
        real("log", -1.0, "null");
        real("log", 0.0, "-inf");
        real("sqrt", -1.0, "NaN");
        real("asin", 1.5, "null");
        real("sign", -0.5, "-1.0");
        real("sign", 0.0, "0.0");
        real("log2", 8.0, "3.0");
        assert_eq!(shown("isnan", &[Value::Null(Type::Real)], Type::Bool), "false");
    }

    #[test]
    fn halves_round_away_from_zero() {
        let check = |value: Value, digits: i64, expected: &str| {
            let ty = value.ty();
            assert_eq!(shown("round", &[value, Value::Long(digits)], ty), expected);
        };
        check(Value::Real(3.25), 1, "3.3");
        check(Value::Real(-2.5), 0, "-3.0");
        check(Value::Real(1234.5), -2, "1200.0");
        check(Value::Real(1e300), 10, "1e300");
        check(Value::Long(1250), -2, "1300");
        check(Value::Long(1250), 3, "1250");
        check(Value::Decimal(2_345_000_000_000_000_000), 2, "2.35");
        check(Value::Long(1250), i64::MIN, "null");
        assert_eq!(shown("round", &[Value::Real(-0.4)], Type::Real), "0.0");
        assert_eq!(round_units(i128::MAX, 40), Some(0));
    }

    #[test]
    fn bits_and_shifts() {
        let check = |name: &str, a: i64, b: i64, expected: &str| {
            assert_eq!(shown(name, &[Value::Long(a), Value::Long(b)], Type::Long), expected);
        };
        check("binary_xor", 12, 10, "6");
        check("binary_shift_left", 1, 65, "2");
        check("binary_shift_left", 1, -1, "null");
        check("binary_shift_right", -16, 2, "-4");
    }
}
