//! Series taken apart into what repeats, what grows, and the rest.

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::{Float64Type, Int64Type};
use datafusion::common::{Result, exec_err};
use serde_json::{Value as Json, json};

use super::args::{Numbers, Text};
use super::series::{Number, numbers};
use super::series_outliers::Fence;
use super::series_periods::best_period;
use super::series_stats::{Line, mean};
use super::{Args, Kernel};
use crate::engine::dynamic::number;

/// The kernels of this family.
pub(super) const KERNELS: &[Kernel] = &[
    Kernel::new("series_decompose", decompose),
    Kernel::new("series_decompose_anomalies", anomalies),
    Kernel::new("series_seasonal", seasonal),
];

/// Distances below this share of the largest item come from rounding.
const ROUNDING: f64 = 1e-9;

/// What is left of a series without its seasons.
#[derive(Clone, Copy)]
enum Trend {
    Average,
    Line,
    None,
}

/// How a series is to be taken apart: what the second to fifth argument of all these kernels say.
struct Wishes {
    periods: Numbers<Int64Type>,
    trends: Text,
    left_out: Numbers<Int64Type>,
    scores: Numbers<Float64Type>,
}

impl Wishes {
    fn of(args: &Args) -> Result<Wishes> {
        let (periods, trends, left_out, scores) = (args.longs(1)?, args.text(2)?, args.longs(3)?, args.reals(4)?);
        for row in 0..args.rows {
            if let Some(period) = periods.get(row).filter(|period| *period < -1) {
                return exec_err!("{period} is not a period: -1 finds it, 0 stands for none");
            }
            if trend_of(trends.text(row)).is_none() {
                return exec_err!("`{}` is not a trend: there are avg, linefit and none", trends.text(row));
            }
        }
        Ok(Wishes { periods, trends, left_out, scores })
    }

    fn parts(&self, row: usize, cell: &str) -> Option<Parts> {
        let series = Series::of(cell, self.left_out.get(row)?)?;
        let trend = trend_of(self.trends.text(row))?;
        let period = series.period(self.periods.get(row)?, trend, self.scores.get(row)?);
        series.parts(period, trend)
    }
}

/// Takes a series, the period or -1, the kind of trend, how many items at the end are not to be learned from, and the
/// least score of a period that is found.
fn decompose(args: &Args) -> Result<ArrayRef> {
    let (cells, wishes) = (args.text(0)?, Wishes::of(args)?);
    args.dynamics(|row| Some(wishes.parts(row, cells.get(row)?)?.told().to_string()))
}

/// Takes the same, and the score above which an item is an anomaly, and the percentiles of ordinary items.
fn anomalies(args: &Args) -> Result<ArrayRef> {
    let (cells, wishes) = (args.text(0)?, Wishes::of(args)?);
    let (thresholds, low, high) = (args.reals(5)?, args.reals(6)?, args.reals(7)?);
    args.dynamics(|row| {
        let parts = wishes.parts(row, cells.get(row)?)?;
        let threshold = thresholds.get(row)?;
        let learned = parts.residual.len().checked_sub(usize::try_from(wishes.left_out.get(row)?).ok()?)?;
        let fence = Fence::around(&parts.residual[..learned], low.get(row)?, high.get(row)?);
        let noise = parts.noise();
        let scores: Vec<f64> = parts.residual.iter().map(|item| fence.score(*item, noise)).collect();
        let flag = |score: &f64| if *score > threshold { 1 } else { -i64::from(*score < -threshold) };
        Some(
            json!({
                "ad_flag": scores.iter().map(flag).collect::<Vec<i64>>(),
                "ad_score": list(scores.iter().copied().map(Some)),
                "baseline": list(parts.baseline.iter().copied().map(Some)),
            })
            .to_string(),
        )
    })
}

/// Takes a series, the period or -1, and how many items at the end are not to be learned from.
fn seasonal(args: &Args) -> Result<ArrayRef> {
    let (cells, periods, left_out) = (args.text(0)?, args.longs(1)?, args.longs(2)?);
    args.dynamics(|row| {
        let series = Series::of(cells.get(row)?, left_out.get(row)?)?;
        let period = series.period(periods.get(row)?, Trend::None, 0.0);
        Some(list(series.seasons(period)?.into_iter().map(Some)).to_string())
    })
}

fn trend_of(name: &str) -> Option<Trend> {
    match name {
        "avg" => Some(Trend::Average),
        "linefit" => Some(Trend::Line),
        "none" => Some(Trend::None),
        _ => None,
    }
}

/// A series of which the first part is learned from.
struct Series {
    items: Vec<Option<f64>>,
    learned: Vec<f64>,
}

impl Series {
    /// `None` unless all that is to be learned from is numbers.
    fn of(cell: &str, left_out: i64) -> Option<Series> {
        let items: Vec<Option<f64>> = numbers(cell)?.into_iter().map(|item| item.map(Number::real)).collect();
        let count = items.len().checked_sub(usize::try_from(left_out).ok()?)?;
        let learned: Option<Vec<f64>> = items[..count].iter().copied().collect();
        learned.filter(|learned| !learned.is_empty()).map(|learned| Series { items, learned })
    }

    /// The period that is asked for; for -1 one that is found and has at least this score, or none.
    fn period(&self, asked: i64, trend: Trend, least: f64) -> usize {
        let without_line = |line: Line| self.learned.iter().enumerate().map(|(at, item)| item - line.at(at)).collect();
        usize::try_from(asked).unwrap_or_else(|_| {
            let flat: Option<Vec<f64>> = match trend {
                Trend::Line => Line::through(&self.learned).map(without_line),
                Trend::Average | Trend::None => None,
            };
            let found = best_period(flat.as_deref().unwrap_or(&self.learned));
            found.filter(|found| found.score >= least).map_or(0, |found| found.items as usize)
        })
    }

    /// The median of the items at the same place in all periods; zeros when there is no period.
    fn seasons(&self, period: usize) -> Option<Vec<f64>> {
        if period == 0 {
            return Some(vec![0.0; self.items.len()]);
        }
        let phases = period.min(self.items.len());
        let medians: Option<Vec<f64>> = (0..phases)
            .map(|phase| median(self.learned.iter().skip(phase).step_by(period).copied().collect()))
            .collect();
        let medians = medians?;
        Some((0..self.items.len()).map(|at| medians[at % period]).collect())
    }

    fn parts(&self, period: usize, trend: Trend) -> Option<Parts> {
        let seasonal = self.seasons(period)?;
        let rest: Vec<f64> = self.learned.iter().zip(&seasonal).map(|(item, season)| item - season).collect();
        let places = 0..self.items.len();
        let trend: Vec<f64> = match trend {
            Trend::Average => vec![mean(&rest); self.items.len()],
            Trend::Line => {
                let line = Line::through(&rest)?;
                places.map(|at| line.at(at)).collect()
            }
            Trend::None => vec![0.0; self.items.len()],
        };
        let baseline: Vec<f64> = seasonal.iter().zip(&trend).map(|(season, trend)| season + trend).collect();
        let residual = self.items.iter().zip(&baseline).map(|(item, base)| item.map(|item| item - base)).collect();
        Some(Parts { baseline, seasonal, trend, residual })
    }
}

/// A series taken apart.
struct Parts {
    baseline: Vec<f64>,
    seasonal: Vec<f64>,
    trend: Vec<f64>,
    residual: Vec<Option<f64>>,
}

impl Parts {
    fn told(self) -> Json {
        json!({
            "residual": list(self.residual.into_iter()),
            "baseline": list(self.baseline.into_iter().map(Some)),
            "seasonal": list(self.seasonal.into_iter().map(Some)),
            "trend": list(self.trend.into_iter().map(Some)),
        })
    }

    /// What rounding may leave where nothing should be.
    fn noise(&self) -> f64 {
        self.baseline.iter().fold(0.0f64, |most, item| most.max(item.abs())) * ROUNDING
    }
}

fn list(values: impl Iterator<Item = Option<f64>>) -> Json {
    values.map(|value| value.map_or(Json::Null, number)).collect()
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let above = values.get(values.len() / 2)?;
    let below = values.get((values.len() - 1) / 2)?;
    Some(below.midpoint(*above))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::testing::{json, shown};
    use super::*;
    use crate::types::Type;
    use crate::value::Value;

    fn parts(series: &str, period: usize, trend: Trend, left_out: i64) -> Option<[String; 4]> {
        let parts = Series::of(series, left_out)?.parts(period, trend)?.told();
        Some(["baseline", "seasonal", "trend", "residual"].map(|name| parts[name].to_string()))
    }

    #[test]
    fn seasons_are_medians_of_a_phase() {
        let seasons = |series: &str, period: i64, left_out: i64| {
            shown("series_seasonal", &[json(series), Value::Long(period), Value::Long(left_out)], Type::Dynamic)
        };
        assert_eq!(seasons("[1,5,1,7,9,6]", 2, 0), "[1.0,6.0,1.0,6.0,1.0,6.0]");
        assert_eq!(seasons("[1,5,1,7,9,6]", 2, 2), "[1.0,6.0,1.0,6.0,1.0,6.0]");
        assert_eq!(seasons("[1,2]", 0, 0), "[0.0,0.0]");
        assert_eq!(seasons("[1,2,3]", 3, 1), "null");
        assert_eq!(seasons("[1,null]", 1, 0), "null");
        assert_eq!(seasons("[1,null]", 1, 1), "[1.0,1.0]");
        assert_eq!(seasons("[]", 1, 0), "null");
    }

    #[test]
    fn the_trend_is_that_of_the_rest() {
        let [baseline, seasonal, trend, residual] = parts("[1,3,1,3,4,3]", 2, Trend::Average, 0).unwrap();
        assert_eq!(seasonal, "[1.0,3.0,1.0,3.0,1.0,3.0]");
        assert_eq!(trend, "[0.5,0.5,0.5,0.5,0.5,0.5]");
        assert_eq!(baseline, "[1.5,3.5,1.5,3.5,1.5,3.5]");
        assert_eq!(residual, "[-0.5,-0.5,-0.5,-0.5,2.5,-0.5]");
    }

    #[test]
    fn a_line_goes_on_behind_what_was_learned() {
        let [baseline, _, trend, residual] = parts("[1,2,3,null,6]", 0, Trend::Line, 2).unwrap();
        assert_eq!([&baseline, &residual], ["[1.0,2.0,3.0,4.0,5.0]", "[0.0,0.0,0.0,null,1.0]"]);
        assert_eq!(baseline, trend);
        let [baseline, .., residual] = parts("[1,2]", 0, Trend::None, 0).unwrap();
        assert_eq!([baseline, residual], ["[0.0,0.0]", "[1.0,2.0]"]);
    }
}
