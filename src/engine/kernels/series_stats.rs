//! Numbers that describe whole series: sums, products, correlations, statistics and fitted lines.

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::Float64Type;
use datafusion::common::Result;
use serde_json::{Value as Json, json};

use super::series::{Number, numbers};
use super::{Args, Kernel};
use crate::engine::dynamic::number;

/// The kernels of this family.
pub(super) const KERNELS: &[Kernel] = &[
    Kernel::new("series_sum", |args| reduce(args, |x| x.iter().sum())),
    Kernel::new("series_product", |args| reduce(args, |x| x.iter().product())),
    Kernel::new("series_magnitude", |args| reduce(args, magnitude)),
    Kernel::new("series_dot_product", dot_product),
    Kernel::new("series_cosine_similarity", cosine_similarity),
    Kernel::new("series_pearson_correlation", pearson_correlation),
    Kernel::new("series_stats_dynamic", stats),
    Kernel::new("series_fit_line_dynamic", fit_line),
    Kernel::new("series_fit_2lines_dynamic", |args| fit_two_lines(args, |summary| summary)),
    Kernel::new("series_fit_2lines", |args| fit_two_lines(args, flat)),
];

/// The numbers of a series, if it holds nothing else.
pub(super) fn reals(cell: &str) -> Option<Vec<f64>> {
    numbers(cell)?.into_iter().map(|number| number.map(Number::real)).collect()
}

fn reduce(args: &Args, f: fn(&[f64]) -> f64) -> Result<ArrayRef> {
    let cells = args.text(0)?;
    // The sum of nothing is a negative zero in Rust; adding zero makes it a plain one.
    args.values::<Float64Type>(|row| Some(f(&reals(cells.get(row)?)?) + 0.0))
}

fn magnitude(x: &[f64]) -> f64 {
    dot(x, x).sqrt()
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

/// One side may be a number for all items of the other.
fn dot_product(args: &Args) -> Result<ArrayRef> {
    let (left, right) = (args.text(0)?, args.text(1)?);
    args.values::<Float64Type>(|row| {
        let (left, right) = (left.get(row)?, right.get(row)?);
        match (reals(left), reals(right)) {
            (Some(x), Some(y)) => (x.len() == y.len()).then(|| dot(&x, &y)),
            (Some(x), None) => Some(x.iter().sum::<f64>() * Number::of(right)?.real()),
            (None, Some(y)) => Some(y.iter().sum::<f64>() * Number::of(left)?.real()),
            (None, None) => None,
        }
    })
}

/// The magnitudes may be given when they are known.
fn cosine_similarity(args: &Args) -> Result<ArrayRef> {
    let (left, right) = (args.text(0)?, args.text(1)?);
    let given = (2..args.len()).map(|index| args.reals(index)).collect::<Result<Vec<_>>>()?;
    args.values::<Float64Type>(|row| {
        let (x, y) = (reals(left.get(row)?)?, reals(right.get(row)?)?);
        let length = |index: usize, of: &[f64]| given.get(index).map_or(Some(magnitude(of)), |given| given.get(row));
        (x.len() == y.len()).then_some(())?;
        Some(dot(&x, &y) / (length(0, &x)? * length(1, &y)?))
    })
}

pub(super) fn mean(x: &[f64]) -> f64 {
    x.iter().sum::<f64>() / x.len() as f64
}

/// The sum of the products of the distances from the means.
pub(super) fn covariation(x: &[f64], y: &[f64]) -> f64 {
    let (mean_x, mean_y) = (mean(x), mean(y));
    x.iter().zip(y).map(|(x, y)| (x - mean_x) * (y - mean_y)).sum()
}

fn pearson_correlation(args: &Args) -> Result<ArrayRef> {
    let (left, right) = (args.text(0)?, args.text(1)?);
    args.values::<Float64Type>(|row| {
        let (x, y) = (reals(left.get(row)?)?, reals(right.get(row)?)?);
        let spread = (covariation(&x, &x) * covariation(&y, &y)).sqrt();
        (x.len() == y.len()).then(|| covariation(&x, &y) / spread)
    })
}

/// All null but the length when an item is no finite number, unless such items are to be left out.
fn stats(args: &Args) -> Result<ArrayRef> {
    let cells = args.text(0)?;
    let ignore = if args.len() > 1 { Some(args.bools(1)?) } else { None };
    args.dynamics(|row| {
        let all: Vec<Option<f64>> =
            numbers(cells.get(row)?)?.into_iter().map(|n| n.map(Number::real).filter(|n| n.is_finite())).collect();
        let ignore = ignore.as_ref().is_some_and(|ignore| ignore.get(row) == Some(true));
        let usable = ignore || all.iter().all(Option::is_some);
        let values: Vec<(usize, f64)> =
            all.iter().enumerate().filter_map(|(at, value)| Some((at, usable.then_some(*value)??))).collect();
        let length = if ignore { values.len() } else { all.len() };
        Some(describe(&values, length).to_string())
    })
}

fn describe(values: &[(usize, f64)], length: usize) -> Json {
    let plain: Vec<f64> = values.iter().map(|&(_, value)| value).collect();
    let first = |better: fn(f64, f64) -> bool| {
        values.iter().copied().reduce(|best, next| if better(next.1, best.1) { next } else { best })
    };
    let (min, max) = (first(|a, b| a < b), first(|a, b| a > b));
    let real = |value: Option<f64>| value.map_or(Json::Null, number);
    let any = !plain.is_empty();
    let variance = any.then(|| if plain.len() > 1 { variance(&plain) } else { 0.0 });
    json!({
        "min": real(min.map(|(_, value)| value)),
        "min_idx": min.map(|(at, _)| at),
        "max": real(max.map(|(_, value)| value)),
        "max_idx": max.map(|(at, _)| at),
        "avg": real(any.then(|| mean(&plain))),
        "stdev": real(variance.map(f64::sqrt)),
        "variance": real(variance),
        "sum": real(any.then(|| plain.iter().sum())),
        "len": length,
    })
}

/// The variance of a sample.
fn variance(x: &[f64]) -> f64 {
    covariation(x, x) / (x.len() as f64 - 1.0)
}

/// A straight line through a series, against the positions 0, 1, 2 and so on.
pub(super) struct Line {
    slope: f64,
    interception: f64,
    /// The sum of the squares of what the line misses.
    missed: f64,
    spread: f64,
    length: usize,
}

impl Line {
    pub(super) fn through(y: &[f64]) -> Option<Line> {
        let x: Vec<f64> = (0..y.len()).map(|at| at as f64).collect();
        let slope = if y.len() > 1 { covariation(&x, y) / covariation(&x, &x) } else { 0.0 };
        let interception = mean(y) - slope * mean(&x);
        let missed = x.iter().zip(y).map(|(x, y)| (y - interception - slope * x).powi(2)).sum();
        (!y.is_empty()).then(|| Line { slope, interception, missed, spread: covariation(y, y), length: y.len() })
    }

    fn values(&self) -> impl Iterator<Item = f64> {
        (0..self.length).map(|at| self.at(at))
    }

    /// The line's value at a position, also behind the series.
    pub(super) fn at(&self, position: usize) -> f64 {
        self.interception + self.slope * position as f64
    }

    fn describe(&self) -> Json {
        let mut summary = Quality { missed: self.missed, spread: self.spread, length: self.length }.describe();
        summary["slope"] = number(self.slope);
        summary["interception"] = number(self.interception);
        summary
    }
}

/// How well a fit describes a series.
pub(super) struct Quality {
    pub(super) missed: f64,
    pub(super) spread: f64,
    pub(super) length: usize,
}

impl Quality {
    pub(super) fn describe(&self) -> Json {
        let freedom = (self.length as f64 - 1.0).max(1.0);
        let share = if self.spread == 0.0 { 1.0 } else { 1.0 - self.missed / self.spread };
        json!({
            "rsquare": number(share),
            "variance": number(self.spread / freedom),
            "rvariance": number(self.missed / freedom),
        })
    }
}

fn fitted(values: impl Iterator<Item = f64>) -> Json {
    Json::Array(values.map(number).collect())
}

fn fit_line(args: &Args) -> Result<ArrayRef> {
    let cells = args.text(0)?;
    args.dynamics(|row| {
        let line = Line::through(&reals(cells.get(row)?)?)?;
        let mut summary = line.describe();
        summary["line_fit"] = fitted(line.values());
        Some(summary.to_string())
    })
}

/// Tries every place to break the line in two, and takes the one at which both together miss the least.
fn fit_two_lines(args: &Args, form: fn(Json) -> Json) -> Result<ArrayRef> {
    let cells = args.text(0)?;
    args.dynamics(|row| {
        let y = reals(cells.get(row)?)?;
        let both = |split: usize| Some((split, Line::through(&y[..split])?, Line::through(&y[split..])?));
        let (split, left, right) = (1..y.len())
            .filter_map(both)
            .min_by(|a, b| (a.1.missed + a.2.missed).total_cmp(&(b.1.missed + b.2.missed)))?;
        let missed = left.missed + right.missed;
        let mut summary = Quality { missed, spread: covariation(&y, &y), length: y.len() }.describe();
        summary["split_idx"] = split.into();
        summary["line_fit"] = fitted(left.values().chain(right.values()));
        summary["right"] = right.describe();
        summary["left"] = left.describe();
        Some(form(summary).to_string())
    })
}

/// Bags inside of a bag become properties with longer names: `right.slope` is `right_slope`.
fn flat(summary: Json) -> Json {
    let Json::Object(summary) = summary else { return summary };
    let parts = summary.into_iter().flat_map(|(name, value)| match value {
        Json::Object(inner) => inner.into_iter().map(|(part, value)| (format!("{name}_{part}"), value)).collect(),
        other => vec![(name, other)],
    });
    Json::Object(parts.collect())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{json, shown};
    use super::*;
    use crate::types::Type;

    fn check(name: &str, args: &[&str], expected: &str) {
        let args: Vec<_> = args.iter().map(|arg| json(arg)).collect();
        assert_eq!(shown(name, &args, Type::Real), expected, "{name}({args:?})");
    }

    #[test]
    fn numbers_of_series() {
        check("series_sum", &["[1,2,3,4]"], "10.0");
        check("series_sum", &["[1,null]"], "null");
        check("series_sum", &["[]"], "0.0");
        check("series_product", &["[1,2,3,4]"], "24.0");
        check("series_magnitude", &["[3,4]"], "5.0");
        check("series_dot_product", &["[1,2,4]", "[4,2,1]"], "12.0");
        check("series_dot_product", &["[1,2,4]", "2"], "14.0");
        check("series_dot_product", &["[1,2,4]", "[1]"], "null");
        check("series_cosine_similarity", &["[1,0]", "[0,1]"], "0.0");
        check("series_pearson_correlation", &["[1,2,3]", "[6,4,2]"], "-1.0");
    }

    #[test]
    fn statistics() {
        let stats = describe(&[(0, 2.0), (1, 4.0)], 2);
        assert_eq!([&stats["avg"], &stats["variance"], &stats["max_idx"]], [&json!(3.0), &json!(2.0), &json!(1)]);
        let broken = shown("series_stats_dynamic", &[json("[1,null]")], Type::Dynamic);
        assert!(broken.contains("\"sum\":null") && broken.contains("\"len\":2"), "{broken}");
    }

    #[test]
    fn lines() {
        let line = Line::through(&[1.0, 2.0, 4.0, 8.0]);
        let summary = line.map(|line| line.describe()).unwrap_or_default();
        assert_eq!(summary["rsquare"].as_f64().map(|share| (share * 1e9).round()), Some(0.92e9));
        let two = shown("series_fit_2lines_dynamic", &[json("[0,1,2,10,9,8]")], Type::Dynamic);
        assert!(two.contains("\"split_idx\":3"), "{two}");
    }
}
