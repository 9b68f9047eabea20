//! Special functions, distributions and units of measurement.

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::Float64Type;
use datafusion::common::Result;

use super::args::Numbers;
use super::{Args, Kernel};
use crate::functions::units::quantity;

/// The kernels of this family.
pub(super) const KERNELS: &[Kernel] = &[
    Kernel::new("gamma", |args| map(args, libm::tgamma)),
    Kernel::new("loggamma", |args| map(args, libm::lgamma)),
    Kernel::new("erf", |args| map(args, libm::erf)),
    Kernel::new("erfc", |args| map(args, libm::erfc)),
    Kernel::new("beta_cdf", |args| map_beta(args, beta_cdf)),
    Kernel::new("beta_inv", |args| map_beta(args, beta_inv)),
    Kernel::new("beta_pdf", |args| map_beta(args, beta_pdf)),
    Kernel::new("welch_test", welch_test),
    Kernel::new("convert_unit", convert_unit),
];

fn map(args: &Args, f: fn(f64) -> f64) -> Result<ArrayRef> {
    args.map::<_, Float64Type>(&args.reals(0)?, f)
}

fn map_beta(args: &Args, f: fn(f64, f64, f64) -> f64) -> Result<ArrayRef> {
    let (x, alpha, beta) = (args.reals(0)?, args.reals(1)?, args.reals(2)?);
    args.values::<Float64Type>(|row| {
        let (x, alpha, beta) = (x.get(row)?, alpha.get(row)?, beta.get(row)?);
        let within = (0.0..=1.0).contains(&x) && alpha > 0.0 && beta > 0.0;
        Some(if within { f(x, alpha, beta) } else { f64::NAN })
    })
}

/// The regularized incomplete beta function.
fn beta_cdf(x: f64, alpha: f64, beta: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x;
    }
    let front = (alpha * x.ln() + beta * (-x).ln_1p() - log_beta(alpha, beta)).exp();
    // The fraction converges fast on this side of the mean, and the function is symmetric.
    if x < (alpha + 1.0) / (alpha + beta + 2.0) {
        front * beta_fraction(x, alpha, beta) / alpha
    } else {
        1.0 - front * beta_fraction(1.0 - x, beta, alpha) / beta
    }
}

fn log_beta(alpha: f64, beta: f64) -> f64 {
    libm::lgamma(alpha) + libm::lgamma(beta) - libm::lgamma(alpha + beta)
}

/// The continued fraction of the incomplete beta function, by Lentz's method.
fn beta_fraction(x: f64, alpha: f64, beta: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let nonzero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / nonzero(1.0 - (alpha + beta) * x / (alpha + 1.0));
    let mut sum = d;
    for step in 1..1000 {
        let m = f64::from(step);
        let even = m * (beta - m) * x / ((alpha + 2.0 * m - 1.0) * (alpha + 2.0 * m));
        let odd = -(alpha + m) * (alpha + beta + m) * x / ((alpha + 2.0 * m) * (alpha + 2.0 * m + 1.0));
        let before = sum;
        for term in [even, odd] {
            d = 1.0 / nonzero(1.0 + term * d);
            c = nonzero(1.0 + term / c);
            sum *= c * d;
        }
        if (sum / before - 1.0).abs() < 1e-16 {
            break;
        }
    }
    sum
}

fn beta_pdf(x: f64, alpha: f64, beta: f64) -> f64 {
    // Nothing to the power of nothing is one here, also at the edges.
    let power = |exponent: f64, log: f64| if exponent == 0.0 { 0.0 } else { exponent * log };
    (power(alpha - 1.0, x.ln()) + power(beta - 1.0, (-x).ln_1p()) - log_beta(alpha, beta)).exp()
}

/// Halves the interval until it cannot be halved; the function rises everywhere.
fn beta_inv(probability: f64, alpha: f64, beta: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..1100 {
        let middle = (low + high) / 2.0;
        if middle <= low || middle >= high {
            break;
        }
        if beta_cdf(middle, alpha, beta) < probability { low = middle } else { high = middle }
    }
    high
}

fn welch_test(args: &Args) -> Result<ArrayRef> {
    let numbers = (0..6).map(|index| args.reals(index)).collect::<Result<Vec<Numbers<Float64Type>>>>()?;
    args.values::<Float64Type>(|row| {
        let mut values = [0.0; 6];
        for (value, column) in values.iter_mut().zip(&numbers) {
            *value = column.get(row)?;
        }
        let [mean1, variance1, count1, mean2, variance2, count2] = values;
        let (share1, share2) = (variance1 / count1, variance2 / count2);
        let squared = (share1 + share2).powi(2);
        let freedom = squared / (share1.powi(2) / (count1 - 1.0) + share2.powi(2) / (count2 - 1.0));
        let t = (mean1 - mean2) / (share1 + share2).sqrt();
        let probability = beta_cdf(freedom / (freedom + t * t), freedom / 2.0, 0.5);
        Some(probability)
    })
}

/// A value, its unit, the unit wanted and the quantity; null where there is no such unit.
fn convert_unit(args: &Args) -> Result<ArrayRef> {
    let (values, from, to, quantities) = (args.reals(0)?, args.text(1)?, args.text(2)?, args.text(3)?);
    let quantity = quantity(quantities.text(0));
    args.values::<Float64Type>(|row| quantity?.convert(values.get(row)?, from.text(row), to.text(row)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: f64, expected: f64) {
        assert!((value - expected).abs() <= expected.abs() * 1e-12, "{value} is not {expected}");
    }

    #[test]
    fn known_values() {
        check(beta_cdf(0.9, 10.0, 20.0), 0.999_999_999_999_959);
        check(beta_pdf(0.5, 10.0, 20.0), 0.746_176_019_310_951);
        check(beta_pdf(0.0, 1.0, 1.0), 1.0);
        check(beta_cdf(0.5, 2.0, 2.0), 0.5);
        check(beta_cdf(0.25, 1.0, 1.0), 0.25);
        check(beta_inv(0.5, 2.0, 2.0), 0.5);
        check(beta_cdf(beta_inv(0.1, 10.0, 50.0), 10.0, 50.0), 0.1);
        check(libm::tgamma(5.0), 24.0);
        check(libm::erf(1.0), 0.842_700_792_949_715);
    }
}
