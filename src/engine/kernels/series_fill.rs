//! Series with their gaps filled, and filtered series.

use datafusion::arrow::array::ArrayRef;
use datafusion::common::Result;

use super::args::Text;
use super::array::{array, items};
use super::series::{Number, numbers, series};
use super::{Args, Kernel};
use crate::engine::dynamic::number;

/// The kernels of this family.
pub(super) const KERNELS: &[Kernel] = &[
    Kernel::new("series_fill_const", fill_const),
    Kernel::new("series_fill_forward", |args| fill(args, Direction::Forward)),
    Kernel::new("series_fill_backward", |args| fill(args, Direction::Backward)),
    Kernel::new("series_fill_linear", fill_linear),
    Kernel::new("series_fir", fir),
    Kernel::new("series_iir", iir),
];

#[derive(Clone, Copy)]
enum Direction {
    Forward,
    Backward,
}

/// Whether an item is a gap: null, or equal to the placeholder.
fn is_gap(cell: &str, placeholder: Option<&str>) -> bool {
    let placeholder = placeholder.and_then(Number::of);
    cell == "null" || placeholder.is_some_and(|gap| Number::of(cell).is_some_and(|number| number.real() == gap.real()))
}

fn optional(args: &Args, index: usize) -> Result<Option<Text>> {
    if args.len() > index { args.text(index).map(Some) } else { Ok(None) }
}

fn fill_const(args: &Args) -> Result<ArrayRef> {
    let (cells, fillers, placeholders) = (args.text(0)?, optional(args, 1)?, optional(args, 2)?);
    args.dynamics(|row| {
        let filler = fillers.as_ref().map_or("0", |fillers| fillers.get(row).unwrap_or("null"));
        let placeholder = placeholders.as_ref().and_then(|cells| cells.get(row));
        let items = items(&cells, row)?.into_iter();
        Some(array(items.map(|item| if is_gap(item, placeholder) { filler } else { item })))
    })
}

/// Gaps take the value of the nearest item on one side; where there is none they stay.
fn fill(args: &Args, direction: Direction) -> Result<ArrayRef> {
    let (cells, placeholders) = (args.text(0)?, optional(args, 1)?);
    args.dynamics(|row| {
        let placeholder = placeholders.as_ref().and_then(|cells| cells.get(row));
        let mut items = items(&cells, row)?;
        if matches!(direction, Direction::Backward) {
            items.reverse();
        }
        let mut last = None;
        for item in &mut items {
            if is_gap(item, placeholder) {
                *item = last.unwrap_or(*item);
            } else {
                last = Some(*item);
            }
        }
        if matches!(direction, Direction::Backward) {
            items.reverse();
        }
        Some(array(items))
    })
}

/// Gaps lie on the line between their neighbours; at the edges they take the nearest value or stay. A series of gaps
/// alone is filled with a constant.
fn fill_linear(args: &Args) -> Result<ArrayRef> {
    let (cells, placeholders, constants) = (args.text(0)?, optional(args, 1)?, optional(args, 3)?);
    let edges = if args.len() > 2 { Some(args.bools(2)?) } else { None };
    args.dynamics(|row| {
        let placeholder = placeholders.as_ref().and_then(|cells| cells.get(row));
        let fill_edges = edges.as_ref().is_none_or(|edges| edges.get(row) != Some(false));
        let constant = constants.as_ref().map_or("0", |cells| cells.get(row).unwrap_or("null"));
        let items = items(&cells, row)?;
        let known: Vec<(usize, Number)> = items
            .iter()
            .enumerate()
            .filter(|(_, item)| !is_gap(item, placeholder))
            .filter_map(|(index, item)| Some((index, Number::of(item)?)))
            .collect();
        let whole = known.iter().all(|(_, number)| matches!(number, Number::Long(_)));
        let mut filled: Vec<String> = items.iter().map(|&item| item.to_owned()).collect();
        for (index, cell) in filled.iter_mut().enumerate() {
            if !is_gap(items[index], placeholder) {
                continue;
            }
            let behind = known.partition_point(|&(at, _)| at < index);
            *cell = match (behind.checked_sub(1).map(|before| known[before]), known.get(behind)) {
                (Some((from, a)), Some(&(to, b))) => {
                    let share = (index - from) as f64 / (to - from) as f64;
                    let value = a.real() + (b.real() - a.real()) * share;
                    if whole { (value as i64).to_string() } else { number(value).to_string() }
                }
                (Some((edge, _)), None) | (None, Some(&(edge, _))) if fill_edges => items[edge].to_owned(),
                (None, None) => constant.to_owned(),
                _ => continue,
            };
        }
        Some(array(filled.iter().map(String::as_str)))
    })
}

/// Numbers of a series; what is not a number counts as nothing.
fn plain(cell: &str) -> Option<Vec<f64>> {
    Some(numbers(cell)?.into_iter().map(|number| number.map_or(0.0, Number::real)).collect())
}

/// A weighted sum of each item and those before it, or around it when centered.
fn fir(args: &Args) -> Result<ArrayRef> {
    let (cells, filters) = (args.text(0)?, args.text(1)?);
    let flag = |index: usize| if args.len() > index { args.bools(index).map(Some) } else { Ok(None) };
    let (normalize, center) = (flag(2)?, flag(3)?);
    args.dynamics(|row| {
        let (values, mut filter) = (plain(cells.get(row)?)?, plain(filters.get(row)?)?);
        let usual = filter.iter().all(|&weight| weight >= 0.0);
        let sum: f64 = filter.iter().sum();
        if normalize.as_ref().map_or(Some(usual), |flag| flag.get(row))? && sum != 0.0 {
            filter.iter_mut().for_each(|weight| *weight /= sum);
        }
        let centered = center.as_ref().is_some_and(|flag| flag.get(row) == Some(true));
        let ahead = if centered { filter.len() / 2 } else { 0 };
        Some(series((0..values.len()).map(|at| {
            let weighted = filter.iter().enumerate().map(|(back, weight)| {
                let index = (at + ahead).checked_sub(back);
                weight * index.and_then(|index| values.get(index)).unwrap_or(&0.0)
            });
            Some(weighted.fold(0.0, |sum, value| sum + value))
        })))
    })
}

/// A recursive filter: weighted inputs minus weighted earlier outputs.
fn iir(args: &Args) -> Result<ArrayRef> {
    let (cells, numerators, denominators) = (args.text(0)?, args.text(1)?, args.text(2)?);
    args.dynamics(|row| {
        let values = plain(cells.get(row)?)?;
        let (b, a) = (plain(numerators.get(row)?)?, plain(denominators.get(row)?)?);
        let &first = a.first().filter(|&&first| first != 0.0)?;
        let back = |of: &[f64], at: usize, by: usize| at.checked_sub(by).map_or(0.0, |index| of[index]);
        let mut out: Vec<f64> = Vec::with_capacity(values.len());
        for at in 0..values.len() {
            let inputs: f64 = b.iter().enumerate().map(|(by, weight)| weight * back(&values, at, by)).sum();
            let outputs: f64 = a.iter().enumerate().skip(1).map(|(by, weight)| weight * back(&out, at, by)).sum();
            out.push((inputs - outputs) / first);
        }
        Some(series(out.into_iter().map(Some)))
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{json, shown};
    use crate::types::Type;
    use crate::value::Value;

    fn check(name: &str, args: &[Value], expected: &str) {
        assert_eq!(shown(name, args, Type::Dynamic), expected, "{name}({args:?})");
    }

    #[test]
    fn gaps_are_filled() {
        let gaps = || json("[null,1,null,3,null]");
        check("series_fill_const", &[gaps(), json("7")], "[7,1,7,3,7]");
        check("series_fill_const", &[json("[-1,1]"), json("0"), json("-1")], "[0,1]");
        check("series_fill_forward", &[gaps()], "[null,1,1,3,3]");
        check("series_fill_backward", &[gaps()], "[1,1,3,3,null]");
        check("series_fill_linear", &[gaps()], "[1,1,2,3,3]");
        check("series_fill_linear", &[gaps(), Value::Null(Type::Dynamic), Value::Bool(false)], "[null,1,2,3,null]");
        check("series_fill_linear", &[json("[1.0,null,null,2.5]")], "[1.0,1.5,2.0,2.5]");
        check("series_fill_linear", &[json("[null,null]")], "[0,0]");
    }

    #[test]
    fn filters() {
        check("series_iir", &[json("[1,2,3]"), json("[1]"), json("[1,-1]")], "[1.0,3.0,6.0]");
        check("series_fir", &[json("[3,6,9]"), json("[1,1,1]")], "[1.0,3.0,6.0]");
        check(
            "series_fir",
            &[json("[3,6,9]"), json("[1,1,1]"), Value::Bool(false), Value::Bool(true)],
            "[9.0,18.0,15.0]",
        );
        check("series_fir", &[json("[3,6,9]"), json("[1,-1]")], "[3.0,3.0,3.0]");
        check("series_iir", &[json("[1]"), json("[1]"), json("[0]")], "null");
    }
}
