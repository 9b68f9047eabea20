//! What the summaries of `hll` and `tdigest` tell. What is not a summary gives null.

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::{Float64Type, Int64Type};
use datafusion::common::Result;
use serde_json::Value as Json;

use super::cells::{Cell, Cells};
use super::{Args, Kernel};
use crate::engine::dynamic;
use crate::engine::sketch::{Digest, Hll, Summary, Unit, plain};
use crate::value::{format_datetime_iso, format_timespan};

/// The kernels of this file.
pub(super) const KERNELS: &[Kernel] = &[
    Kernel::new("dcount_hll", dcount_hll),
    Kernel::new("hll_common", common),
    Kernel::new("hll_merge", merged::<Hll>),
    Kernel::new("tdigest_merge", merged::<Digest>),
    Kernel::new("percentile_tdigest", percentile),
    Kernel::new("percentiles_array_tdigest", percentiles_array),
    Kernel::new("rank_tdigest", rank),
    Kernel::new("percentrank_tdigest", percent_rank),
];

fn dcount_hll(args: &Args) -> Result<ArrayRef> {
    let cells = args.text(0)?;
    args.values::<Int64Type>(|row| i64::try_from(Hll::parse(cells.get(row)?)?.count()).ok())
}

/// How many values all of several summaries have seen.
fn common(args: &Args) -> Result<ArrayRef> {
    let cells = (0..args.len()).map(|index| args.text(index)).collect::<Result<Vec<_>>>()?;
    args.values::<Int64Type>(|row| {
        let all = cells.iter().map(|cell| Hll::parse(cell.get(row)?)).collect::<Option<Vec<_>>>()?;
        i64::try_from(Hll::common(&all)).ok()
    })
}

fn merged<S: Summary>(args: &Args) -> Result<ArrayRef> {
    let cells = (0..args.len()).map(|index| args.text(index)).collect::<Result<Vec<_>>>()?;
    args.dynamics(|row| {
        let mut summaries = cells.iter().map(|cell| S::parse(cell.get(row)?));
        let mut all = summaries.next()??;
        for summary in summaries {
            all.merge(&summary?);
        }
        Some(all.to_json())
    })
}

fn percentile(args: &Args) -> Result<ArrayRef> {
    let (cells, shares) = (args.text(0)?, args.reals(1)?);
    args.dynamics(|row| {
        let mut digest = Digest::parse(cells.get(row)?)?;
        dynamic::encode(&value_at(&mut digest, shares.get(row)?))
    })
}

fn percentiles_array(args: &Args) -> Result<ArrayRef> {
    let cells = args.text(0)?;
    let shares = (1..args.len()).map(|index| Cells::of(args, index)).collect::<Result<Vec<_>>>()?;
    args.dynamics(|row| {
        let mut digest = Digest::parse(cells.get(row)?)?;
        let mut values = Vec::new();
        for share in &shares {
            match share.get(row)? {
                Cell::Real(share) => values.push(value_at(&mut digest, share)),
                Cell::Text(array) => {
                    for share in dynamic::decode(&array).as_array()? {
                        values.push(value_at(&mut digest, share.as_f64()?));
                    }
                }
                Cell::Bool(_)
                | Cell::Long(_)
                | Cell::Decimal(_)
                | Cell::DateTime(_)
                | Cell::TimeSpan(_)
                | Cell::Json(_) => return None,
            }
        }
        dynamic::encode(&Json::Array(values))
    })
}

fn value_at(digest: &mut Digest, share: f64) -> Json {
    let unit = digest.unit();
    match digest.percentile(share).filter(|_| (0.0..=100.0).contains(&share)) {
        None => Json::Null,
        Some(value) => match unit {
            Unit::Number => plain(value),
            Unit::DateTime => Json::from(format_datetime_iso(nanos(value))),
            Unit::TimeSpan => Json::from(format_timespan(nanos(value))),
        },
    }
}

fn nanos(micros: f64) -> i64 {
    (micros as i64).saturating_mul(1000)
}

fn rank(args: &Args) -> Result<ArrayRef> {
    ranked(args, |digest, value| Some(digest.rank(value)))
}

fn percent_rank(args: &Args) -> Result<ArrayRef> {
    ranked(args, Digest::percent_rank)
}

fn ranked(args: &Args, rank: fn(&mut Digest, f64) -> Option<f64>) -> Result<ArrayRef> {
    let (cells, values) = (args.text(0)?, Cells::of(args, 1)?);
    args.values::<Float64Type>(|row| {
        let mut digest = Digest::parse(cells.get(row)?)?;
        let (unit, value) = match values.get(row)? {
            Cell::Real(value) => (Unit::Number, value),
            Cell::DateTime(nanos) => (Unit::DateTime, nanos as f64 / 1000.0),
            Cell::TimeSpan(nanos) => (Unit::TimeSpan, nanos as f64 / 1000.0),
            Cell::Bool(_) | Cell::Long(_) | Cell::Decimal(_) | Cell::Text(_) | Cell::Json(_) => return None,
        };
        if unit == digest.unit() { rank(&mut digest, value) } else { None }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::check;
    use crate::types::Type;
    use crate::value::Value::{self, Dynamic, Long, Null, Real};

    fn digest() -> Value {
        Dynamic(json!([[7], [1, 2, 3], [1, 1, 2]]))
    }

    #[test]
    fn percentiles_and_ranks() {
        check("percentile_tdigest", &[digest(), Real(50.0)], Dynamic(json!(2)));
        check("percentile_tdigest", &[Dynamic(json!([1])), Real(50.0)], Null(Type::Dynamic));
        check("percentiles_array_tdigest", &[digest(), Real(0.0), Real(100.0)], Dynamic(json!([1, 3])));
        check("percentiles_array_tdigest", &[digest(), Dynamic(json!([50, 75]))], Dynamic(json!([2, 3])));
        check("rank_tdigest", &[digest(), Real(2.5)], Real(2.0));
        check("percentrank_tdigest", &[digest(), Real(3.0)], Real(100.0));
        let times = Dynamic(json!([[8], [1_000_000], [1]]));
        check("percentile_tdigest", &[times, Real(50.0)], Dynamic(json!("1970-01-01T00:00:01.0000000Z")));
    }

    #[test]
    fn summaries_merge_and_count() {
        let (one, two) = (json!([[1024, 14], ["1"], []]), json!([[1024, 14], ["1", "2"], []]));
        check("dcount_hll", &[Dynamic(two.clone())], Long(2));
        check("hll_common", &[Dynamic(one.clone()), Dynamic(two.clone())], Long(1));
        check("hll_common", &[Dynamic(one.clone()), Dynamic(json!(null))], Null(Type::Long));
        check("hll_merge", &[Dynamic(one), Dynamic(two.clone())], Dynamic(two));
        let more = Dynamic(json!([[7], [4], [1]]));
        check("tdigest_merge", &[digest(), more], Dynamic(json!([[7], [1, 2, 3, 4], [1, 1, 2, 1]])));
    }
}
