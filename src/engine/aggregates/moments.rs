//! Spread and common spread: `variance`, `variancep`, `stdev`, `stdevp` of one `real` argument, `covariance` and
//! `covariancep` of two. Of fewer rows than they need they are 0, as in Kusto. Rows with a null don't count.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, Float64Array, Int64Array};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::EmitTo;

use super::rows::{Groups, Rows, typed, vec_size};
use super::{Call, Kernel, Order};

pub(super) const KERNELS: &[Kernel] = &[
    row("variance", |_| start(Of::Sample, |spread| spread)),
    row("variancep", |_| start(Of::Population, |spread| spread)),
    row("stdev", |_| start(Of::Sample, f64::sqrt)),
    row("stdevp", |_| start(Of::Population, f64::sqrt)),
    row("covariance", |_| start(Of::Sample, |spread| spread)),
    row("covariancep", |_| start(Of::Population, |spread| spread)),
];

const fn row(name: &'static str, start: fn(&Call) -> Result<Box<dyn Groups>>) -> Kernel {
    let state = |_: &Call| vec![DataType::Int64, DataType::Float64, DataType::Float64, DataType::Float64];
    Kernel { name, state, start, order: Order::Any }
}

/// What the rows are.
#[derive(Clone, Copy)]
enum Of {
    Sample,
    Population,
}

fn start(of: Of, finish: fn(f64) -> f64) -> Result<Box<dyn Groups>> {
    Ok(Box::new(Moments { groups: Vec::new(), of, finish }))
}

/// Count, means, and the sum of products of distances from them, by Welford's method: no large sums cancel out.
#[derive(Clone, Copy, Default)]
struct Moment {
    count: i64,
    mean_x: f64,
    mean_y: f64,
    products: f64,
}

impl Moment {
    fn add(&mut self, x: f64, y: f64) {
        self.count += 1;
        let count = self.count as f64;
        let from_x = x - self.mean_x;
        self.mean_x += from_x / count;
        self.mean_y += (y - self.mean_y) / count;
        self.products += from_x * (y - self.mean_y);
    }

    fn merge(&mut self, other: Moment) {
        if other.count == 0 {
            return;
        }
        // Distances from no mean at all may be too large for their product.
        if self.count == 0 {
            *self = other;
            return;
        }
        let count = self.count + other.count;
        let (x, y) = (other.mean_x - self.mean_x, other.mean_y - self.mean_y);
        let share = other.count as f64 / count as f64;
        self.products += other.products + x * y * self.count as f64 * share;
        self.mean_x += x * share;
        self.mean_y += y * share;
        self.count = count;
    }
}

struct Moments {
    groups: Vec<Moment>,
    of: Of,
    finish: fn(f64) -> f64,
}

impl Groups for Moments {
    fn update(&mut self, values: &[ArrayRef], rows: &Rows) -> Result<()> {
        self.groups.resize(rows.total, Moment::default());
        let x = typed::<Float64Array>(values, 0)?;
        let y = if values.len() > 1 { typed::<Float64Array>(values, 1)? } else { x };
        let nulls = NullBuffer::union(x.nulls(), y.nulls());
        rows.each(nulls.as_ref(), |row, group| self.groups[group].add(x.value(row), y.value(row)));
        Ok(())
    }

    fn merge(&mut self, states: &[ArrayRef], rows: &Rows) -> Result<()> {
        self.groups.resize(rows.total, Moment::default());
        let counts = typed::<Int64Array>(states, 0)?;
        let mean_x = typed::<Float64Array>(states, 1)?;
        let mean_y = typed::<Float64Array>(states, 2)?;
        let products = typed::<Float64Array>(states, 3)?;
        rows.each(None, |row, group| {
            self.groups[group].merge(Moment {
                count: counts.value(row),
                mean_x: mean_x.value(row),
                mean_y: mean_y.value(row),
                products: products.value(row),
            });
        });
        Ok(())
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        let groups = emit.take_needed(&mut self.groups);
        let reals = |part: fn(&Moment) -> f64| -> ArrayRef {
            Arc::new(Float64Array::from_iter_values(groups.iter().map(part)))
        };
        Ok(vec![
            Arc::new(Int64Array::from_iter_values(groups.iter().map(|moment| moment.count))),
            reals(|moment| moment.mean_x),
            reals(|moment| moment.mean_y),
            reals(|moment| moment.products),
        ])
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let spread = |moment: Moment| {
            let freedom = match self.of {
                Of::Sample => moment.count - 1,
                Of::Population => moment.count,
            };
            if freedom <= 0 {
                return 0.0;
            }
            // From an infinite mean no distance is a number; what the sum says depends on the order of rows.
            let has_means = moment.mean_x.is_finite() && moment.mean_y.is_finite();
            if has_means { (self.finish)(moment.products / freedom as f64) } else { f64::NAN }
        };
        let groups = emit.take_needed(&mut self.groups);
        Ok(Arc::new(Float64Array::from_iter_values(groups.into_iter().map(spread))))
    }

    fn size(&self) -> usize {
        vec_size(&self.groups)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Case, reals};
    use crate::types::Type;

    fn check(kernel: &'static str, columns: &[&[f64]], expected: f64) {
        let columns = columns.iter().map(|column| reals(column)).collect();
        let answer: f64 = Case::new(kernel, columns, &[Type::Real]).answer().parse().unwrap_or(f64::NAN);
        assert!((answer - expected).abs() < 1e-12, "{kernel}: {answer} instead of {expected}");
    }

    #[test]
    fn spread_of_samples_and_populations() {
        let x: &[f64] = &[1.0, 2.0, 3.0, 4.0];
        check("variance", &[x], 5.0 / 3.0);
        check("variancep", &[x], 1.25);
        check("stdev", &[x], (5.0f64 / 3.0).sqrt());
        check("stdevp", &[x], 1.25f64.sqrt());
        check("covariancep", &[&[1.0, 2.0, 3.0, 4.0, 5.0], &[14.0, 10.0, 17.0, 20.0, 50.0]], 16.4);
        check("covariance", &[&[1.0, 2.0], &[2.0, 4.0]], 1.0);
    }

    #[test]
    fn too_few_rows_have_no_spread() {
        for kernel in ["variance", "stdev", "variancep", "stdevp"] {
            check(kernel, &[&[]], 0.0);
            check(kernel, &[&[7.5]], 0.0);
        }
    }

    #[test]
    fn large_numbers_close_together_keep_their_spread() {
        check("variancep", &[&[1e9 + 1.0, 1e9 + 2.0, 1e9 + 3.0]], 2.0 / 3.0);
        check("variancep", &[&[1e200, 1e200]], 0.0);
    }
}
