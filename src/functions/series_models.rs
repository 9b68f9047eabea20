//! Series described by others: polynomials, frequencies, and what is left without them.

use super::{Function, Lower, Param, Returns, Takes};
use crate::ir::Scalar;
use crate::types::Type;
use crate::types::Type::{Dynamic, Long, Real};
use crate::value::Value;

const ANY: Takes = Takes::Dynamic;
const COUNT: Takes = Takes::Exact(Long);
const SEASONAL: &[Param] =
    &[Param::one("series", ANY), Param::optional("period", COUNT), Param::optional("test_points", COUNT)];
const DECOMPOSE: &[Param] = &[
    Param::one("series", ANY),
    Param::optional("period", COUNT),
    Param::optional("trend", Takes::Exact(Type::String)),
    Param::optional("test_points", COUNT),
    Param::optional("seasonality_threshold", Takes::Exact(Real)),
];
const FORECAST: &[Param] = &[
    Param::one("series", ANY),
    Param::one("points", COUNT),
    Param::optional("period", COUNT),
    Param::optional("trend", Takes::Exact(Type::String)),
    Param::optional("seasonality_threshold", Takes::Exact(Real)),
];

const FOURIER: &[Param] = &[Param::one("real", ANY), Param::optional("imaginary", ANY)];
const POLY: &[Param] = &[Param::one("y", ANY), Param::optional("x", ANY), Param::optional("degree", COUNT)];

const COMPLEX: &[(&str, Type)] = &[("real", Dynamic), ("imag", Dynamic)];
const POLYNOMIAL: &[(&str, Type)] =
    &[("rsquare", Real), ("coefficients", Dynamic), ("variance", Real), ("rvariance", Real), ("poly_fit", Dynamic)];
const PARTS: &[(&str, Type)] =
    &[("baseline", Dynamic), ("seasonal", Dynamic), ("trend", Dynamic), ("residual", Dynamic)];

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
    Function::kernel("series_seasonal", SEASONAL, Dynamic,
        "Gives the median of the items at the same place in all periods.",
        "series_seasonal(dynamic([1, 5, 1, 7]), 2)").lower(Lower::Rewrite(seasonal)),
    columns("series_decompose", DECOMPOSE, PARTS,
        "Takes a series apart into what repeats with a period, what grows, and the rest, as columns.",
        "series_decompose(dynamic([1, 5, 2, 6, 3, 7]), 2, 'linefit')").lower(Lower::Rewrite(|args| {
            let [series, period, trend, left_out, _] = spread(args);
            parts("series_decompose", [series, period, trend, left_out])
        })),
    columns("series_decompose_forecast", FORECAST, PARTS,
        "Foretells the last items of a series from those before, as columns; the first holds the forecast.",
        "series_decompose_forecast(dynamic([1, 5, 1, 5, 0, 0]), 2, 2)").lower(Lower::Rewrite(|args| {
            let [series, left_out, period, trend, _] = spread(args);
            parts("series_decompose_forecast", [series, period, trend, left_out])
        })),
];

/// The arguments at their places, with nothing for those that were left out.
fn spread(args: Vec<Scalar>) -> [Option<Scalar>; 5] {
    let mut args = args.into_iter();
    std::array::from_fn(|_| args.next())
}

fn seasonal(args: Vec<Scalar>) -> Result<Scalar, String> {
    let [series, period, left_out, ..] = spread(args);
    let args = vec![given(series)?, known_period("series_seasonal", period)?, left_out.unwrap_or(Scalar::long(0))];
    Ok(Scalar::kernel("series_seasonal", args, Dynamic))
}

/// The baseline, as a part of the bag of all of them.
fn parts(name: &str, [series, period, trend, left_out]: [Option<Scalar>; 4]) -> Result<Scalar, String> {
    let trend = trend.unwrap_or(Scalar::text("avg"));
    if let Some(Value::String(kind)) = trend.literal()
        && !matches!(kind.as_str(), "avg" | "linefit" | "none")
    {
        return Err(format!("`{kind}` is not a trend: there are avg, linefit and none"));
    }
    let args = vec![given(series)?, known_period(name, period)?, trend, left_out.unwrap_or(Scalar::long(0))];
    let whole = Scalar::kernel("series_decompose", args, Dynamic);
    Ok(Scalar::kernel("dynamic_path", vec![whole, Scalar::text("baseline")], Dynamic))
}

fn given(series: Option<Scalar>) -> Result<Scalar, String> {
    series.ok_or_else(|| "a series is needed".to_owned())
}

/// How Kusto finds a period is not known well enough to do the same.
fn known_period(name: &str, period: Option<Scalar>) -> Result<Scalar, String> {
    match period {
        Some(period) if period.literal().and_then(Value::as_i64).is_none_or(|period| period >= 0) => Ok(period),
        Some(_) | None => {
            Err(format!("`{name}` cannot find the period by itself; give it as a number of items, or 0 for none"))
        }
    }
}
