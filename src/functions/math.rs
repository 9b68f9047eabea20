//! Numbers.

use super::{Function, Lower, Param, Returns, Takes};
use crate::ir::{Op, Scalar};
use crate::types::Type;
use crate::types::Type::{Bool, DateTime, Int, Long, Real, TimeSpan};

const REAL: Takes = Takes::Exact(Real);
const LONG: Takes = Takes::Exact(Long);
const X: &[Param] = &[Param::one("x", REAL)];
const NUMBER: &[Param] = &[Param::one("number", Takes::Number)];
const TWO_LONGS: &[Param] = &[Param::one("value1", LONG), Param::one("value2", LONG)];
const SHIFT: &[Param] = &[Param::one("value", LONG), Param::one("shift", LONG)];
const BETA: &[Param] = &[Param::one("x", REAL), Param::one("alpha", REAL), Param::one("beta", REAL)];
const EXTREME: &[Param] = &[Param::one("value", Takes::Common), Param::many("other", Takes::Common)];
const SAMPLES: &[Param] = &[
    Param::one("mean1", REAL),
    Param::one("variance1", REAL),
    Param::one("count1", REAL),
    Param::one("mean2", REAL),
    Param::one("variance2", REAL),
    Param::one("count2", REAL),
];

const fn real(name: &'static str, summary: &'static str, example: &'static str) -> Function {
    Function::kernel(name, X, Real, summary, example)
}

/// The rows of this family.
#[rustfmt::skip] // A table: one row, few lines.
pub const FUNCTIONS: &[Function] = &[
    Function::kernel("abs", &[Param::one("value", Takes::Summable)], Long,
        "Gives the distance from zero of a number or timespan.", "abs(-5)")
        .returns(Returns::From(magnitude_type)).lower(Lower::Rewrite(magnitude)),
    Function::kernel("ceiling", NUMBER, Real, "Rounds up to a whole number.", "ceiling(1.2)")
        .returns(Returns::Same(0)).lower(Lower::Rewrite(|args| whole("ceiling", args))),
    Function::kernel("round", &[Param::one("number", Takes::Number), Param::optional("precision", LONG)], Real,
        "Rounds to a number of digits behind the point, halves away from zero.", "round(2.355, 2)")
        .returns(Returns::Same(0)).lower(Lower::Rewrite(|args| whole("round", args))),
    real("sign", "Gives 1 for positive numbers, -1 for negative ones, else 0.", "sign(-2.5)"),
    real("sqrt", "Gives the square root.", "sqrt(2)"),
    Function::kernel("pow", &[Param::one("base", REAL), Param::one("exponent", REAL)], Real,
        "Gives the base to the power of the exponent.", "pow(2, 10)"),
    real("exp", "Gives e to the power of the number.", "exp(1)"),
    real("exp2", "Gives 2 to the power of the number.", "exp2(3)"),
    real("exp10", "Gives 10 to the power of the number.", "exp10(3)"),
    real("log", "Gives the natural logarithm; null for negative numbers.", "log(10)"),
    real("log2", "Gives the logarithm to base 2; null for negative numbers.", "log2(8)"),
    real("log10", "Gives the logarithm to base 10; null for negative numbers.", "log10(1000)"),
    real("sin", "Gives the sine of an angle in radians.", "sin(1)"),
    real("cos", "Gives the cosine of an angle in radians.", "cos(1)"),
    real("tan", "Gives the tangent of an angle in radians.", "tan(1)"),
    real("cot", "Gives the cotangent of an angle in radians.", "cot(1)"),
    real("asin", "Gives the angle of a sine; null beyond -1 and 1.", "asin(0.5)"),
    real("acos", "Gives the angle of a cosine; null beyond -1 and 1.", "acos(0.5)"),
    real("atan", "Gives the angle of a tangent.", "atan(0.5)"),
    Function::kernel("atan2", &[Param::one("y", REAL), Param::one("x", REAL)], Real,
        "Gives the angle between the x axis and the line to the point (x, y).", "atan2(1, -1)"),
    Function::kernel("pi", &[], Real, "Gives the constant pi.", "pi()")
        .lower(Lower::Rewrite(|_| Ok(Scalar::Literal(crate::value::Value::Real(std::f64::consts::PI))))),
    real("degrees", "Turns radians into degrees.", "degrees(pi() / 4)"),
    real("radians", "Turns degrees into radians.", "radians(45)"),
    real("gamma", "Gives the gamma function.", "gamma(5)"),
    real("loggamma", "Gives the logarithm of the gamma function's magnitude.", "loggamma(5)"),
    real("erf", "Gives the error function.", "erf(0.5)"),
    real("erfc", "Gives one minus the error function.", "erfc(0.5)"),
    Function::kernel("beta_cdf", BETA, Real,
        "Gives the cumulative beta distribution.",
        "beta_cdf(0.2, 10.0, 50.0)"),
    Function::kernel("beta_inv", BETA, Real,
        "Gives the value at which the cumulative beta distribution reaches a probability.",
        "beta_inv(0.1, 10.0, 50.0)"),
    Function::kernel("beta_pdf", BETA, Real, "Gives the density of the beta distribution.", "beta_pdf(0.5, 10.0, 50.0)"),
    Function::kernel("welch_test", SAMPLES, Real,
        "Gives the probability that two samples come from distributions with the same mean.",
        "welch_test(10.0, 2.0, 30, 11.0, 3.0, 40)"),
    Function::kernel("isnan", X, Bool, "Tells whether a number is not a number.", "isnan(0.0 / 0.0)"),
    Function::kernel("isinf", X, Bool, "Tells whether a number is infinite.", "isinf(1.0 / 0.0)"),
    Function::kernel("isfinite", X, Bool, "Tells whether a number is neither infinite nor not a number.", "isfinite(1.5)"),
    Function::kernel("min_of", EXTREME, Real, "Gives the least of its arguments, nulls left out.", "min_of(10, 1, -3)")
        .returns(Returns::Common).lower(Lower::Builtin("least")),
    Function::kernel("max_of", EXTREME, Real, "Gives the greatest of its arguments, nulls left out.", "max_of(10, 1, -3)")
        .returns(Returns::Common).lower(Lower::Builtin("greatest")),
    Function::kernel("around",
        &[Param::one("value", Takes::Summable), Param::one("center", Takes::Summable), Param::one("delta", Takes::Summable)],
        Bool, "Tells whether a value is at most so far away from a center.", "around(5.5, 6, 1)")
        .lower(Lower::Rewrite(around)),
    Function::kernel("rand", &[Param::optional("number", LONG)], Real,
        "Gives a random number from 0 to 1, or a whole one from 0 up to but without the argument.", "rand(100)"),
    Function::kernel("binary_and", TWO_LONGS, Long, "Gives the bits set in both numbers.", "binary_and(12, 10)"),
    Function::kernel("binary_or", TWO_LONGS, Long, "Gives the bits set in either number.", "binary_or(12, 10)"),
    Function::kernel("binary_xor", TWO_LONGS, Long, "Gives the bits set in one number only.", "binary_xor(12, 10)"),
    Function::kernel("binary_not", &[Param::one("value", LONG)], Long, "Flips all bits.", "binary_not(100)"),
    Function::kernel("binary_shift_left", SHIFT, Long,
        "Shifts bits to the left, by the rest of the division by 64; null for a negative shift.",
        "binary_shift_left(1, 4)"),
    Function::kernel("binary_shift_right", SHIFT, Long,
        "Shifts bits to the right, by the rest of the division by 64; null for a negative shift.",
        "binary_shift_right(16, 4)"),
    Function::kernel("bitset_count_ones", &[Param::one("value", LONG)], Long, "Counts the bits that are set.",
        "bitset_count_ones(42)"),
];

fn magnitude_type(args: &[Scalar]) -> Type {
    match args.first().map_or(Type::Unknown, Scalar::ty) {
        Int => Long,
        other => other,
    }
}

fn magnitude(args: Vec<Scalar>) -> Result<Scalar, String> {
    match magnitude_type(&args) {
        DateTime => Err("a datetime has no absolute value".to_owned()),
        ty => Ok(Scalar::kernel("abs", args.into_iter().map(|arg| widened(arg, ty)).collect(), ty)),
    }
}

fn widened(arg: Scalar, ty: Type) -> Scalar {
    if arg.ty() == ty { arg } else { Scalar::Cast(Box::new(arg), ty) }
}

/// Whole numbers stay what they are unless digits in front of the point are rounded off.
fn whole(kernel: &'static str, args: Vec<Scalar>) -> Result<Scalar, String> {
    let ty = args.first().map_or(Type::Unknown, Scalar::ty);
    match args.as_slice() {
        [value] if ty.is_integer() => Ok(value.clone()),
        _ => Ok(Scalar::kernel(kernel, args, ty)),
    }
}

fn around(args: Vec<Scalar>) -> Result<Scalar, String> {
    let [value, center, delta] = <[Scalar; 3]>::try_from(args).map_err(|_| "three values are needed".to_owned())?;
    let (low, high) = match (value.ty(), center.ty(), delta.ty()) {
        (a, b, c) if a.is_numeric() && b.is_numeric() && c.is_numeric() => {
            let ty = a.max(b).max(c).max(Long);
            let side = |op| Scalar::op(op, vec![widened(center.clone(), ty), widened(delta.clone(), ty)], ty);
            let value = widened(value, ty);
            return Ok(between(value, side(Op::Subtract), side(Op::Add)));
        }
        (DateTime, DateTime, TimeSpan) => ("datetime_subtract", "datetime_add"),
        (TimeSpan, TimeSpan, TimeSpan) => ("timespan_subtract", "timespan_add"),
        (a, b, c) => return Err(format!("`{a}`, `{b}` and `{c}` cannot be compared")),
    };
    let side = |kernel| Scalar::kernel(kernel, vec![center.clone(), delta.clone()], center.ty());
    Ok(between(value, side(low), side(high)))
}

fn between(value: Scalar, low: Scalar, high: Scalar) -> Scalar {
    let above = Scalar::op(Op::GreaterOrEqual, vec![value.clone(), low], Bool);
    let below = Scalar::op(Op::LessOrEqual, vec![value, high], Bool);
    Scalar::op(Op::And, vec![above, below], Bool)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::Value;

    #[test]
    fn whole_numbers_need_no_rounding() {
        assert_eq!(whole("ceiling", vec![Scalar::long(5)]), Ok(Scalar::long(5)));
        let half = Scalar::Literal(Value::Real(0.5));
        assert!(matches!(whole("ceiling", vec![half]), Ok(Scalar::Call { ty: Real, .. })));
        assert_eq!(magnitude(vec![Scalar::Literal(Value::Int(-5))]).map(|call| call.ty()), Ok(Long));
        assert!(magnitude(vec![Scalar::Literal(Value::DateTime(0))]).is_err());
    }

    #[test]
    fn around_takes_times() {
        let time = Scalar::Literal(Value::DateTime(0));
        let span = Scalar::Literal(Value::TimeSpan(1));
        assert!(around(vec![time.clone(), time.clone(), span]).is_ok());
        assert!(around(vec![time.clone(), time.clone(), time]).is_err());
    }
}
