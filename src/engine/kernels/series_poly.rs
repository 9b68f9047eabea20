//! The polynomial that fits a series best.

use datafusion::arrow::array::ArrayRef;
use datafusion::common::Result;
use serde_json::{Value as Json, json};

use super::series_stats::{Quality, covariation, reals};
use super::{Args, Kernel};
use crate::engine::dynamic::number;

/// The kernels of this family.
pub(super) const KERNELS: &[Kernel] = &[Kernel::new("series_fit_poly", fit_poly)];

/// The highest degree that is fitted.
const MOST_DEGREE: i64 = 15;

/// Null where the points do not determine the polynomial.
fn fit_poly(args: &Args) -> Result<ArrayRef> {
    let ys = args.text(0)?;
    let xs = if args.len() > 1 { Some(args.text(1)?) } else { None };
    let degrees = if args.len() > 2 { Some(args.longs(2)?) } else { None };
    args.dynamics(|row| {
        let y = reals(ys.get(row)?)?;
        let x = match xs.as_ref().and_then(|xs| xs.get(row)) {
            Some(cell) => reals(cell)?,
            None => (1..=y.len()).map(|at| at as f64).collect(),
        };
        let degree = degrees.as_ref().map_or(Some(1), |degrees| degrees.get(row))?;
        (x.len() == y.len() && (1..=MOST_DEGREE).contains(&degree)).then_some(())?;
        Some(describe(&x, &y, usize::try_from(degree).ok()?)?.to_string())
    })
}

fn describe(x: &[f64], y: &[f64], degree: usize) -> Option<Json> {
    let fit = Fit::through(x, y, degree)?;
    let fitted: Vec<f64> = x.iter().map(|&x| fit.value(x)).collect();
    let missed = y.iter().zip(&fitted).map(|(y, fitted)| (y - fitted).powi(2)).sum();
    let mut summary = Quality { missed, spread: covariation(y, y), length: y.len() }.describe();
    summary["coefficients"] = fit.plain().into_iter().rev().map(number).collect();
    summary["poly_fit"] = fitted.into_iter().map(number).collect();
    Some(json!(summary))
}

/// A polynomial of the position between -1 and 1, which keeps high powers in bounds.
struct Fit {
    /// From the lowest power to the highest.
    coefficients: Vec<f64>,
    middle: f64,
    half: f64,
}

impl Fit {
    /// Least squares, with columns of powers made orthogonal one after the other.
    fn through(x: &[f64], y: &[f64], degree: usize) -> Option<Fit> {
        let low = x.iter().copied().fold(f64::INFINITY, f64::min);
        let high = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let (middle, half) = (low.midpoint(high), (high - low) / 2.0);
        (x.len() > degree && half > 0.0 && half.is_finite()).then_some(())?;
        let places: Vec<f64> = x.iter().map(|x| (x - middle) / half).collect();
        let count = degree + 1;
        let mut basis: Vec<Vec<f64>> = Vec::with_capacity(count);
        let mut triangle: Vec<Vec<f64>> = Vec::with_capacity(count);
        for power in 0..count {
            let mut column: Vec<f64> = places.iter().map(|place| place.powi(power as i32)).collect();
            let before = length(&column);
            let mut shares = vec![0.0; count];
            // Twice, since once leaves what rounding hides.
            for _ in 0..2 {
                for (at, earlier) in basis.iter().enumerate() {
                    let share = dot(earlier, &column);
                    shares[at] += share;
                    column.iter_mut().zip(earlier).for_each(|(value, earlier)| *value -= share * earlier);
                }
            }
            let rest = length(&column);
            (rest > before * 1e-12).then_some(())?;
            shares[power] = rest;
            triangle.push(shares);
            column.iter_mut().for_each(|value| *value /= rest);
            basis.push(column);
        }
        let mut coefficients: Vec<f64> = basis.iter().map(|column| dot(column, y)).collect();
        for power in (0..count).rev() {
            let known: f64 = (power + 1..count).map(|later| triangle[later][power] * coefficients[later]).sum();
            coefficients[power] = (coefficients[power] - known) / triangle[power][power];
        }
        Some(Fit { coefficients, middle, half })
    }

    fn value(&self, x: f64) -> f64 {
        let place = (x - self.middle) / self.half;
        self.coefficients.iter().rev().fold(0.0, |sum, coefficient| sum * place + coefficient)
    }

    /// The coefficients for powers of x itself, from the lowest to the highest.
    fn plain(&self) -> Vec<f64> {
        let mut out = vec![0.0; self.coefficients.len()];
        for &coefficient in self.coefficients.iter().rev() {
            for power in (0..out.len()).rev() {
                let lower = if power > 0 { out[power - 1] } else { 0.0 };
                out[power] = (lower - self.middle * out[power]) / self.half;
            }
            out[0] += coefficient;
        }
        out
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn length(column: &[f64]) -> f64 {
    dot(column, column).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coefficients(x: &[f64], y: &[f64], degree: usize) -> Option<Vec<f64>> {
        Fit::through(x, y, degree).map(|fit| fit.plain().iter().map(|c| (c * 1e6).round() / 1e6 + 0.0).collect())
    }

    #[test]
    fn points_on_a_curve_give_the_curve() {
        let x: Vec<f64> = (1..=8).map(f64::from).collect();
        let y: Vec<f64> = x.iter().map(|x| 2.0 - x + 0.5 * x * x * x).collect();
        assert_eq!(coefficients(&x, &y, 3), Some(vec![2.0, -1.0, 0.0, 0.5]));
        assert_eq!(coefficients(&x, &[3.0; 8], 1), Some(vec![3.0, 0.0]));
    }

    #[test]
    fn too_few_points_determine_nothing() {
        assert_eq!(coefficients(&[1.0], &[1.0], 1), None);
        assert_eq!(coefficients(&[1.0, 1.0, 2.0], &[1.0, 2.0, 3.0], 2), None);
        assert_eq!(coefficients(&[], &[], 1), None);
    }
}
