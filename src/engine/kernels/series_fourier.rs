//! Fourier transforms of series of any length.

use std::f64::consts::PI;

use datafusion::arrow::array::ArrayRef;
use datafusion::common::Result;
use serde_json::{Value as Json, json};

use super::series_stats::reals;
use super::{Args, Kernel};
use crate::engine::dynamic::number;

/// The kernels of this family.
pub(super) const KERNELS: &[Kernel] = &[
    Kernel::new("series_fft", |args| transformed(args, Direction::Forward)),
    Kernel::new("series_ifft", |args| transformed(args, Direction::Inverse)),
];

#[derive(Clone, Copy, PartialEq)]
enum Direction {
    Forward,
    Inverse,
}

/// A complex number.
#[derive(Clone, Copy, Debug)]
struct Complex {
    re: f64,
    im: f64,
}

const ZERO: Complex = Complex { re: 0.0, im: 0.0 };

impl Complex {
    /// The point of the unit circle at an angle.
    fn at(angle: f64) -> Complex {
        Complex { re: angle.cos(), im: angle.sin() }
    }

    fn plus(self, other: Complex) -> Complex {
        Complex { re: self.re + other.re, im: self.im + other.im }
    }

    fn minus(self, other: Complex) -> Complex {
        Complex { re: self.re - other.re, im: self.im - other.im }
    }

    fn times(self, other: Complex) -> Complex {
        Complex { re: self.re * other.re - self.im * other.im, im: self.re * other.im + self.im * other.re }
    }

    fn scaled(self, by: f64) -> Complex {
        Complex { re: self.re * by, im: self.im * by }
    }

    fn conjugate(self) -> Complex {
        Complex { re: self.re, im: -self.im }
    }
}

/// Null unless both parts are arrays of numbers of one length.
fn transformed(args: &Args, direction: Direction) -> Result<ArrayRef> {
    let real = args.text(0)?;
    let imaginary = if args.len() > 1 { Some(args.text(1)?) } else { None };
    args.dynamics(|row| {
        let re = reals(real.get(row)?)?;
        let im = match &imaginary {
            Some(cells) => reals(cells.get(row)?)?,
            None => vec![0.0; re.len()],
        };
        (re.len() == im.len()).then_some(())?;
        let values: Vec<Complex> = re.into_iter().zip(im).map(|(re, im)| Complex { re, im }).collect();
        let out = match direction {
            Direction::Forward => fourier(&values),
            Direction::Inverse => inverse(&values),
        };
        // Mirrors leave negative zeros, which adding a zero makes plain.
        let list = |part: fn(&Complex) -> f64| Json::Array(out.iter().map(|value| number(part(value) + 0.0)).collect());
        Some(json!({ "real": list(|value| value.re), "imag": list(|value| value.im) }).to_string())
    })
}

fn fourier(values: &[Complex]) -> Vec<Complex> {
    if values.len() <= 1 || values.len().is_power_of_two() { halved(values) } else { chirped(values) }
}

/// The inverse is the transform between two mirrors.
fn inverse(values: &[Complex]) -> Vec<Complex> {
    let mirrored: Vec<Complex> = values.iter().map(|value| value.conjugate()).collect();
    let share = 1.0 / values.len().max(1) as f64;
    fourier(&mirrored).into_iter().map(|value| value.conjugate().scaled(share)).collect()
}

/// The strength of each frequency in a series, up to half its length.
pub(super) fn powers(values: &[f64]) -> Vec<f64> {
    let values: Vec<Complex> = values.iter().map(|&re| Complex { re, im: 0.0 }).collect();
    fourier(&values).iter().take(values.len() / 2 + 1).map(|value| value.times(value.conjugate()).re).collect()
}

/// For each distance, the sum of the products of the items that lie so far apart: a convolution with the mirror image.
pub(super) fn products(values: &[f64]) -> Vec<f64> {
    let mut padded: Vec<Complex> = values.iter().map(|&re| Complex { re, im: 0.0 }).collect();
    padded.resize((2 * values.len()).next_power_of_two(), ZERO);
    let squares: Vec<Complex> = halved(&padded).iter().map(|value| value.times(value.conjugate())).collect();
    inverse(&squares).iter().take(values.len()).map(|value| value.re).collect()
}

/// Cooley and Tukey: the transforms of the even and the odd items, put together. For powers of two.
fn halved(values: &[Complex]) -> Vec<Complex> {
    let length = values.len();
    if length <= 1 {
        return values.to_vec();
    }
    let every_other = |first: usize| values.iter().skip(first).step_by(2).copied().collect::<Vec<_>>();
    let (even, odd) = (halved(&every_other(0)), halved(&every_other(1)));
    let turned: Vec<Complex> = (odd.iter().enumerate())
        .map(|(at, value)| value.times(Complex::at(-2.0 * PI * at as f64 / length as f64)))
        .collect();
    let first = even.iter().zip(&turned).map(|(even, odd)| even.plus(*odd));
    let second = even.iter().zip(&turned).map(|(even, odd)| even.minus(*odd));
    first.chain(second).collect()
}

/// Bluestein: other lengths, as a convolution of a length that is a power of two.
fn chirped(values: &[Complex]) -> Vec<Complex> {
    let length = values.len();
    // The square is taken around the circle, so that large positions keep their digits.
    let chirp: Vec<Complex> = (0..length as u128)
        .map(|at| Complex::at(-PI * (at * at % (2 * length as u128)) as f64 / length as f64))
        .collect();
    let padded = (2 * length - 1).next_power_of_two();
    let mut left = vec![ZERO; padded];
    let mut right = vec![ZERO; padded];
    for (at, (value, turn)) in values.iter().zip(&chirp).enumerate() {
        left[at] = value.times(*turn);
        right[at] = turn.conjugate();
        right[(padded - at) % padded] = turn.conjugate();
    }
    let product: Vec<Complex> = halved(&left).iter().zip(&halved(&right)).map(|(a, b)| a.times(*b)).collect();
    inverse(&product).into_iter().zip(&chirp).map(|(value, turn)| value.times(*turn)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{json, shown};
    use super::*;
    use crate::types::Type;

    #[test]
    fn small_transforms() {
        let check = |name: &str, args: &[&str], expected: &str| {
            let args: Vec<_> = args.iter().map(|arg| json(arg)).collect();
            assert_eq!(shown(name, &args, Type::Dynamic), expected, "{name}");
        };
        check("series_fft", &["[1,0,0,0]"], r#"{"real":[1.0,1.0,1.0,1.0],"imag":[0.0,0.0,0.0,0.0]}"#);
        check("series_ifft", &["[4,0]", "[0,0]"], r#"{"real":[2.0,2.0],"imag":[0.0,0.0]}"#);
        check("series_fft", &["[]"], r#"{"real":[],"imag":[]}"#);
        check("series_fft", &["[1,2]", "[1]"], "null");
        check("series_fft", &["[1,null]"], "null");
    }

    #[test]
    fn any_length_agrees_with_the_definition() {
        for length in [2usize, 3, 5, 8, 12, 17] {
            let values: Vec<Complex> =
                (0..length).map(|at| Complex { re: ((at * 7) % 5) as f64, im: (at % 3) as f64 }).collect();
            let out = fourier(&values);
            for (wave, got) in out.iter().enumerate() {
                let turn = |at: usize| Complex::at(-2.0 * PI * (wave * at) as f64 / length as f64);
                let sum = values.iter().enumerate().fold(ZERO, |sum, (at, value)| sum.plus(value.times(turn(at))));
                assert!((sum.re - got.re).abs() < 1e-9 && (sum.im - got.im).abs() < 1e-9, "{length}: {sum:?} {got:?}");
            }
            let back = inverse(&out);
            assert!(back.iter().zip(&values).all(|(a, b)| (a.re - b.re).abs() < 1e-9 && (a.im - b.im).abs() < 1e-9));
        }
    }
}
