//! Items of series that lie far from the others.

use datafusion::arrow::array::ArrayRef;
use datafusion::common::{Result, exec_err};

use super::series::{Number, numbers, series};
use super::{Args, Kernel};

/// The kernels of this family.
pub(super) const KERNELS: &[Kernel] = &[Kernel::new("series_outliers", outliers)];

/// Takes a series, the least and the greatest percentile of ordinary items, how many items at the end are not to be
/// learned from, and the number that stands for a missing item.
fn outliers(args: &Args) -> Result<ArrayRef> {
    let (cells, low, high) = (args.text(0)?, args.reals(1)?, args.reals(2)?);
    let (left_out, ignored) = (args.longs(3)?, args.reals(4)?);
    for row in 0..args.rows {
        for percentile in [low.get(row), high.get(row)].into_iter().flatten() {
            if !(2.0..=98.0).contains(&percentile) {
                return exec_err!("a percentile of `series_outliers` is between 2 and 98, not {percentile}");
            }
        }
    }
    args.dynamics(|row| {
        let ignored = ignored.get(row);
        let items: Vec<Option<f64>> = (numbers(cells.get(row)?)?.into_iter())
            .map(|item| item.map(Number::real).filter(|item| Some(*item) != ignored))
            .collect();
        let count = items.len().checked_sub(usize::try_from(left_out.get(row)?).ok()?)?;
        let fence = Fence::around(&items[..count], low.get(row)?, high.get(row)?);
        Some(series(items.iter().map(|item| Some(fence.score(*item, 0.0)))))
    })
}

/// The range of ordinary items.
pub(super) struct Fence {
    low: f64,
    high: f64,
}

impl Fence {
    /// Between two percentiles of the items that are there.
    pub(super) fn around(items: &[Option<f64>], low: f64, high: f64) -> Fence {
        let mut sorted: Vec<f64> = items.iter().copied().flatten().filter(|item| item.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        Fence { low: percentile(&sorted, low), high: percentile(&sorted, high) }
    }

    /// How far an item lies outside, in widths of the range. Missing items are none, nor is what is not above `noise`.
    pub(super) fn score(&self, item: Option<f64>, noise: f64) -> f64 {
        let Some(item) = item else { return 0.0 };
        let outside = if item > self.high { item - self.high } else { (item - self.low).min(0.0) };
        let width = self.high - self.low;
        if outside.abs() > noise { outside / if width > noise { width } else { 0.0 } } else { 0.0 }
    }
}

/// The percentile of sorted items, between two of them where it falls between.
fn percentile(sorted: &[f64], percent: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = percent / 100.0 * last as f64;
    let below = place.floor() as usize;
    let (low, high) = (sorted[below.min(last)], sorted[(below + 1).min(last)]);
    low + (high - low) * place.fract()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{json, shown};
    use super::*;
    use crate::types::Type;
    use crate::value::Value;

    fn scores(cell: &str, low: f64, high: f64, left_out: i64, ignored: Value) -> String {
        let args = [json(cell), Value::Real(low), Value::Real(high), Value::Long(left_out), ignored];
        shown("series_outliers", &args, Type::Dynamic)
    }

    #[test]
    fn what_lies_outside_scores() {
        let none = Value::Null(Type::Real);
        assert_eq!(scores("[1,2,3,4,5]", 25.0, 75.0, 0, none.clone()), "[-0.5,0.0,0.0,0.0,0.5]");
        assert_eq!(scores("[1,2,3,4,5,100]", 25.0, 75.0, 1, none.clone()), "[-0.5,0.0,0.0,0.0,0.5,48.0]");
        assert_eq!(scores("[1,2,null,3,4,5]", 25.0, 75.0, 0, none.clone()), "[-0.5,0.0,0.0,0.0,0.0,0.5]");
        assert_eq!(scores("[1,2,-1,3,4,5]", 25.0, 75.0, 0, Value::Real(-1.0)), "[-0.5,0.0,0.0,0.0,0.0,0.5]");
        assert_eq!(scores("[]", 10.0, 90.0, 0, none.clone()), "[]");
        assert_eq!(scores("7", 10.0, 90.0, 0, none), "null");
    }

    #[test]
    fn a_flat_series_has_no_width() {
        assert_eq!(scores("[1,1,1,1,1,1,1,1,1,1,1,2]", 10.0, 90.0, 0, Value::Null(Type::Real)), {
            r#"[0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,0.0,"Infinity"]"#
        });
        let fence = Fence { low: 1.0, high: 1.0 };
        assert_eq!(fence.score(Some(1.0 + 1e-12), 1e-9), 0.0);
    }
}
