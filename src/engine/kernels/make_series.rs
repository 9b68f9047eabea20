//! What `make-series` is made of: positions of values on an axis, the axis itself, and arrays filled up to it.

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::{Result, exec_err, internal_err};
use serde_json::Value as Json;

use super::{Args, Kernel};
use crate::engine::dynamic;
use crate::value::{format_datetime_iso, format_timespan};

/// The kernels of this file.
pub(super) const KERNELS: &[Kernel] = &[
    Kernel::new("series_position", position),
    Kernel::new("series_axis", axis),
    Kernel::new("series_fill_bins", fill),
];

/// The most bins of a series; Kusto has the same limit.
const MOST_BINS: usize = 1_048_576;

/// Numbers of an axis: whole ones (also times, in nanoseconds) or reals.
enum Scale {
    Whole { from: i64, to: i64, step: i64, show: fn(i64) -> Json },
    Real { from: f64, to: f64, step: f64 },
}

impl Scale {
    fn of(args: &Args, first: usize, row: usize) -> Result<Option<Scale>> {
        let whole = |from: Option<i64>, to: Option<i64>, step: Option<i64>, show: fn(i64) -> Json| {
            Some(Scale::Whole { from: from?, to: to?, step: step.filter(|step| *step > 0)?, show })
        };
        Ok(match args.data_type(first) {
            DataType::Int64 => {
                let number = |index| Ok(args.longs(index)?.get(row)) as Result<_>;
                whole(number(first)?, number(first + 1)?, number(first + 2)?, Json::from)
            }
            DataType::Timestamp(..) => {
                let [from, to] = [args.datetimes(first)?.get(row), args.datetimes(first + 1)?.get(row)];
                whole(from, to, args.timespans(first + 2)?.get(row), |n| Json::from(format_datetime_iso(n)))
            }
            DataType::Duration(_) => {
                let span = |index| Ok(args.timespans(index)?.get(row)) as Result<_>;
                whole(span(first)?, span(first + 1)?, span(first + 2)?, |n| Json::from(format_timespan(n)))
            }
            DataType::Float64 => {
                let real = |index| Ok(args.reals(index)?.get(row)) as Result<_>;
                match (real(first)?, real(first + 1)?, real(first + 2)?) {
                    (Some(from), Some(to), Some(step)) if step > 0.0 => Some(Scale::Real { from, to, step }),
                    _ => None,
                }
            }
            other => return internal_err!("no axis of {other}"),
        })
    }

    /// How many bins start before the end, which is exclusive.
    fn len(&self) -> Result<usize> {
        let bins = match self {
            Scale::Whole { from, to, step, .. } => {
                let width = i128::from(*to) - i128::from(*from);
                usize::try_from((width + i128::from(*step) - 1).div_euclid(i128::from(*step)).max(0))
                    .unwrap_or(usize::MAX)
            }
            Scale::Real { from, to, step } => ((to - from) / step).ceil().max(0.0) as usize,
        };
        if bins > MOST_BINS {
            return exec_err!("`make-series` would have {bins} bins; the most are {MOST_BINS}");
        }
        Ok(bins)
    }

    fn value(&self, bin: usize) -> Json {
        match self {
            Scale::Whole { from, step, show, .. } => {
                show(from.saturating_add(step.saturating_mul(i64::try_from(bin).unwrap_or(i64::MAX))))
            }
            Scale::Real { from, step, .. } => dynamic::number(from + step * bin as f64),
        }
    }
}

/// `(value, from, step)`: the bin a value falls into, counted from 0.
fn position(args: &Args) -> Result<ArrayRef> {
    let floor = |value: i64, from: i64, step: i64| {
        let bin = (i128::from(value) - i128::from(from)).div_euclid(i128::from(step.max(1)));
        i64::try_from(bin).ok()
    };
    match args.data_type(0) {
        DataType::Timestamp(..) => {
            let (values, from, step) = (args.datetimes(0)?, args.datetimes(1)?, args.timespans(2)?);
            args.values::<Int64Type>(|row| floor(values.get(row)?, from.get(row)?, step.get(row)?))
        }
        DataType::Duration(_) => {
            let (values, from, step) = (args.timespans(0)?, args.timespans(1)?, args.timespans(2)?);
            args.values::<Int64Type>(|row| floor(values.get(row)?, from.get(row)?, step.get(row)?))
        }
        DataType::Int32 => {
            let (values, from, step) = (args.ints(0)?, args.longs(1)?, args.longs(2)?);
            args.values::<Int64Type>(|row| floor(i64::from(values.get(row)?), from.get(row)?, step.get(row)?))
        }
        DataType::Int64 => {
            let (values, from, step) = (args.longs(0)?, args.longs(1)?, args.longs(2)?);
            args.values::<Int64Type>(|row| floor(values.get(row)?, from.get(row)?, step.get(row)?))
        }
        DataType::Float64 => {
            let (values, from, step) = (args.reals(0)?, args.reals(1)?, args.reals(2)?);
            args.values::<Int64Type>(|row| Some(((values.get(row)? - from.get(row)?) / step.get(row)?).floor() as i64))
        }
        other => internal_err!("no axis of {other}"),
    }
}

/// `(from, to, step)`: the starts of all bins.
fn axis(args: &Args) -> Result<ArrayRef> {
    let mut cells = Vec::with_capacity(args.rows);
    let mut last = None;
    for row in 0..args.rows {
        // The bounds are nearly always constants, so one array serves all rows.
        let constant = args.values.iter().all(|v| matches!(v, datafusion::logical_expr::ColumnarValue::Scalar(_)));
        if !constant || last.is_none() {
            last = match Scale::of(args, 0, row)? {
                None => None,
                Some(scale) => dynamic::encode(&Json::Array((0..scale.len()?).map(|bin| scale.value(bin)).collect())),
            };
        }
        cells.push(last.clone());
    }
    args.dynamics(|row| cells[row].as_deref())
}

/// `(positions, values, default, from, to, step)`: the values at their positions, the default everywhere else.
fn fill(args: &Args) -> Result<ArrayRef> {
    let (positions, values, defaults) = (args.text(0)?, args.text(1)?, args.text(2)?);
    let mut cells = Vec::with_capacity(args.rows);
    for row in 0..args.rows {
        let Some(scale) = Scale::of(args, 3, row)? else {
            cells.push(None);
            continue;
        };
        let mut filled = vec![defaults.get(row).unwrap_or("null"); scale.len()?];
        let found = values.get(row).and_then(dynamic::elements);
        let places = positions.get(row).and_then(dynamic::elements);
        if let (Some(places), Some(found)) = (places, found) {
            for (place, value) in places.zip(found) {
                let place = place.parse::<usize>().ok().filter(|place| *place < filled.len());
                if let (Some(place), false) = (place, value == "null") {
                    filled[place] = value;
                }
            }
        }
        cells.push(Some(format!("[{}]", filled.join(","))));
    }
    args.dynamics(|row| cells[row].as_deref())
}
