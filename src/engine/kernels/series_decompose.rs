//! Series taken apart into what repeats, what grows, and the rest.

use datafusion::arrow::array::ArrayRef;
use datafusion::common::{Result, exec_err};
use serde_json::{Value as Json, json};

use super::series::{Number, numbers};
use super::series_stats::{Line, mean};
use super::{Args, Kernel};
use crate::engine::dynamic::number;

/// The kernels of this family.
pub(super) const KERNELS: &[Kernel] =
    &[Kernel::new("series_decompose", decompose), Kernel::new("series_seasonal", seasonal)];

/// What is left of a series without its seasons.
#[derive(Clone, Copy)]
enum Trend {
    Average,
    Line,
    None,
}

/// Takes a series, the period, the kind of trend, and how many items at the end are not to be learned from.
fn decompose(args: &Args) -> Result<ArrayRef> {
    let (cells, periods, trends, left_out) = (args.text(0)?, args.longs(1)?, args.text(2)?, args.longs(3)?);
    for row in 0..args.rows {
        known_period("series_decompose", periods.get(row))?;
        if trend_of(trends.text(row)).is_none() {
            return exec_err!("`{}` is not a trend: there are avg, linefit and none", trends.text(row));
        }
    }
    args.dynamics(|row| {
        let series = Series::of(cells.get(row)?, left_out.get(row)?)?;
        Some(series.parts(usize::try_from(periods.get(row)?).ok()?, trend_of(trends.text(row))?)?.to_string())
    })
}

/// Takes a series, the period, and how many items at the end are not to be learned from.
fn seasonal(args: &Args) -> Result<ArrayRef> {
    let (cells, periods, left_out) = (args.text(0)?, args.longs(1)?, args.longs(2)?);
    for row in 0..args.rows {
        known_period("series_seasonal", periods.get(row))?;
    }
    args.dynamics(|row| {
        let series = Series::of(cells.get(row)?, left_out.get(row)?)?;
        Some(list(series.seasons(usize::try_from(periods.get(row)?).ok()?)?.into_iter().map(Some)).to_string())
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

fn known_period(name: &str, period: Option<i64>) -> Result<()> {
    match period {
        Some(period) if period < 0 => exec_err!("`{name}` cannot find the period by itself; 0 stands for none"),
        Some(_) | None => Ok(()),
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

    fn parts(&self, period: usize, trend: Trend) -> Option<Json> {
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
        let residual = self.items.iter().zip(&baseline).map(|(item, base)| item.map(|item| item - base));
        Some(json!({
            "residual": list(residual),
            "baseline": list(baseline.into_iter().map(Some)),
            "seasonal": list(seasonal.into_iter().map(Some)),
            "trend": list(trend.into_iter().map(Some)),
        }))
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
        let parts = Series::of(series, left_out)?.parts(period, trend)?;
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
