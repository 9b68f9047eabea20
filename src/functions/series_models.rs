//! Series described by others: polynomials, frequencies, and what is left without them.

use super::{Function, Lower, Param, Returns, Takes};
use crate::types::Type;
use crate::types::Type::{Dynamic, Real};

const ANY: Takes = Takes::Dynamic;
const FOURIER: &[Param] = &[Param::one("real", ANY), Param::optional("imaginary", ANY)];
const POLY: &[Param] =
    &[Param::one("y", ANY), Param::optional("x", ANY), Param::optional("degree", Takes::Exact(Type::Long))];

const COMPLEX: &[(&str, Type)] = &[("real", Dynamic), ("imag", Dynamic)];
const POLYNOMIAL: &[(&str, Type)] =
    &[("rsquare", Real), ("coefficients", Dynamic), ("variance", Real), ("rvariance", Real), ("poly_fit", Dynamic)];

const fn columns(
    name: &'static str,
    params: &'static [Param],
    columns: &'static [(&'static str, Type)],
    summary: &'static str,
    example: &'static str,
) -> Function {
    let (returns, lower) = (Returns::Columns(columns), Lower::Kernel(name));
    Function { name, aliases: &[], params, returns, lower, summary, example }
}

/// The rows of this family.
#[rustfmt::skip] // A table: one row, few lines.
pub const FUNCTIONS: &[Function] = &[
    columns("series_fft", FOURIER, COMPLEX,
        "Gives the frequencies in a series: the real and the imaginary parts of its Fourier transform, as columns.",
        "series_fft(dynamic([1, 0, 0, 0]))"),
    columns("series_ifft", FOURIER, COMPLEX, "Gives the series that has these frequencies, as columns.",
        "series_ifft(dynamic([4, 0, 0, 0]))"),
    columns("series_fit_poly", POLY, POLYNOMIAL,
        "Describes the polynomial of a degree, 1 unless told, that fits a series best, as columns.",
        "series_fit_poly(dynamic([1, 2, 4]))"),
];
