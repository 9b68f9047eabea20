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

const ANOMALIES: &[Param] = &[
    Param::one("series", ANY),
    Param::optional("threshold", Takes::Exact(Real)),
    Param::optional("period", COUNT),
    Param::optional("trend", Takes::Exact(Type::String)),
    Param::optional("test_points", COUNT),
    Param::optional("method", Takes::Constant(Type::String)),
    Param::optional("seasonality_threshold", Takes::Exact(Real)),
];
const OUTLIERS: &[Param] = &[
    Param::one("series", ANY),
    Param::optional("kind", Takes::Constant(Type::String)),
    Param::optional("ignore_val", Takes::Exact(Real)),
    Param::optional("min_percentile", Takes::Exact(Real)),
    Param::optional("max_percentile", Takes::Exact(Real)),
    Param::optional("test_points", COUNT),
];
const DETECT: &[Param] = &[
    Param::one("series", ANY),
    Param::one("min_period", Takes::Exact(Real)),
    Param::one("max_period", Takes::Exact(Real)),
    Param::one("num_periods", COUNT),
];
const VALIDATE: &[Param] = &[Param::one("series", ANY), Param::many("period", Takes::Exact(Real))];
const FOURIER: &[Param] = &[Param::one("real", ANY), Param::optional("imaginary", ANY)];
const POLY: &[Param] = &[Param::one("y", ANY), Param::optional("x", ANY), Param::optional("degree", COUNT)];

const COMPLEX: &[(&str, Type)] = &[("real", Dynamic), ("imag", Dynamic)];
const POLYNOMIAL: &[(&str, Type)] =
    &[("rsquare", Real), ("coefficients", Dynamic), ("variance", Real), ("rvariance", Real), ("poly_fit", Dynamic)];
const PARTS: &[(&str, Type)] =
    &[("baseline", Dynamic), ("seasonal", Dynamic), ("trend", Dynamic), ("residual", Dynamic)];
const ANOMALOUS: &[(&str, Type)] = &[("ad_flag", Dynamic), ("ad_score", Dynamic), ("baseline", Dynamic)];
const PERIODS: &[(&str, Type)] = &[("periods", Dynamic), ("scores", Dynamic)];

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
        "Gives the median of the items at the same place in all periods; the period is found unless it is given.",
        "series_seasonal(dynamic([1, 5, 1, 7]), 2)").lower(Lower::Rewrite(|args| {
            let [series, period, left_out, ..] = spread(args);
            let args = vec![given(series)?, asked_period(period)?, left_out.unwrap_or(Scalar::long(0))];
            Ok(Scalar::kernel("series_seasonal", args, Dynamic))
        })),
    columns("series_decompose", DECOMPOSE, PARTS,
        "Takes a series apart into what repeats with a period, what grows, and the rest, as columns.",
        "series_decompose(dynamic([1, 5, 2, 6, 3, 7]), 2, 'linefit')").lower(Lower::Rewrite(|args| {
            let [series, period, trend, left_out, score, ..] = spread(args);
            first_part("series_decompose", wishes([series, period, trend, left_out, score])?, "baseline")
        })),
    columns("series_decompose_forecast", FORECAST, PARTS,
        "Foretells the last items of a series from those before, as columns; the first holds the forecast.",
        "series_decompose_forecast(dynamic([1, 5, 1, 5, 0, 0]), 2, 2)").lower(Lower::Rewrite(|args| {
            let [series, left_out, period, trend, score, ..] = spread(args);
            first_part("series_decompose", wishes([series, period, trend, left_out, score])?, "baseline")
        })),
    columns("series_decompose_anomalies", ANOMALIES, ANOMALOUS,
        "Flags the items of a series that lie far from what its period and its trend tell, as columns.",
        "series_decompose_anomalies(dynamic([1, 2, 1, 2, 9, 2, 1, 2]), 1.5, 2)").lower(Lower::Rewrite(anomalies)),
    columns("series_periods_detect", DETECT, PERIODS,
        "Finds the periods of a series, in items, and how well each describes it, as columns; the best comes first.",
        "series_periods_detect(dynamic([1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4]), 0.0, 10.0, 1)"),
    columns("series_periods_validate", VALIDATE, PERIODS,
        "Tells of periods, in items, how well each describes a series, as columns.",
        "series_periods_validate(dynamic([1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 3, 4]), 4.0, 5.0)"),
    Function::kernel("series_outliers", OUTLIERS, Dynamic,
        "Scores the items of a series by how far they lie outside of the range of most of them.",
        "series_outliers(dynamic([1, 2, 3, 4, 5, 30]), 'tukey')").lower(Lower::Rewrite(outliers)),
];

/// The arguments at their places, with nothing for those that were left out.
fn spread(args: Vec<Scalar>) -> [Option<Scalar>; 7] {
    let mut args = args.into_iter();
    std::array::from_fn(|_| args.next())
}

/// What kernels that take series apart want: the series, the period, the trend, how many items at the end are left out,
/// and the score that a period needs to be taken.
fn wishes([series, period, trend, left_out, score]: [Option<Scalar>; 5]) -> Result<Vec<Scalar>, String> {
    let trend = trend.unwrap_or(Scalar::text("avg"));
    if let Some(Value::String(kind)) = trend.literal()
        && !matches!(kind.as_str(), "avg" | "linefit" | "none")
    {
        return Err(format!("`{kind}` is not a trend: there are avg, linefit and none"));
    }
    let (left_out, score) = (left_out.unwrap_or(Scalar::long(0)), score.unwrap_or(real(0.6)));
    Ok(vec![given(series)?, asked_period(period)?, trend, left_out, score])
}

fn first_part(kernel: &'static str, args: Vec<Scalar>, part: &str) -> Result<Scalar, String> {
    let whole = Scalar::kernel(kernel, args, Dynamic);
    Ok(Scalar::kernel("dynamic_path", vec![whole, Scalar::text(part)], Dynamic))
}

fn anomalies(args: Vec<Scalar>) -> Result<Scalar, String> {
    let [series, threshold, period, trend, left_out, method, score] = spread(args);
    let mut args = wishes([series, period, trend, left_out, score])?;
    args.push(threshold.unwrap_or(real(1.5)));
    args.extend(ordinary(method)?.map(real));
    first_part("series_decompose_anomalies", args, "ad_flag")
}

fn outliers(args: Vec<Scalar>) -> Result<Scalar, String> {
    let [series, kind, ignored, low, high, left_out, _] = spread(args);
    let [usual_low, usual_high] = ordinary(kind)?;
    // The range of plain Tukey fences is fixed.
    let (low, high) = if usual_low == 10.0 { (low, high) } else { (None, None) };
    let low = low.unwrap_or(real(usual_low));
    let high = high.unwrap_or(real(usual_high));
    for percentile in [&low, &high].into_iter().filter_map(|percentile| percentile.literal()?.as_f64()) {
        if !(2.0..=98.0).contains(&percentile) {
            return Err(format!("a percentile of `series_outliers` is between 2 and 98, not {percentile}"));
        }
    }
    let ignored = ignored.unwrap_or(Scalar::Literal(Value::Null(Real)));
    let args = vec![given(series)?, low, high, left_out.unwrap_or(Scalar::long(0)), ignored];
    Ok(Scalar::kernel("series_outliers", args, Dynamic))
}

/// The percentiles between which a method takes items for ordinary.
fn ordinary(method: Option<Scalar>) -> Result<[f64; 2], String> {
    match method.as_ref().map(Scalar::literal) {
        None => Ok([10.0, 90.0]),
        Some(Some(Value::String(name))) if name.eq_ignore_ascii_case("ctukey") || name.is_empty() => Ok([10.0, 90.0]),
        Some(Some(Value::String(name))) if name.eq_ignore_ascii_case("tukey") => Ok([25.0, 75.0]),
        Some(Some(Value::String(name))) => Err(format!("`{name}` is not a method: there are ctukey and tukey")),
        Some(_) => Err("the method must be a constant text: 'ctukey' or 'tukey'".to_owned()),
    }
}

fn real(number: f64) -> Scalar {
    Scalar::Literal(Value::Real(number))
}

fn given(series: Option<Scalar>) -> Result<Scalar, String> {
    series.ok_or_else(|| "a series is needed".to_owned())
}

/// The period, or -1 to have it found.
fn asked_period(period: Option<Scalar>) -> Result<Scalar, String> {
    let period = period.unwrap_or(Scalar::long(-1));
    match period.literal().and_then(Value::as_i64) {
        Some(wrong) if wrong < -1 => Err(format!("{wrong} is not a period: -1 finds it, 0 stands for none")),
        Some(_) | None => Ok(period),
    }
}
