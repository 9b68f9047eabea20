//! Which column is the x axis, which ones are values, and which ones tell series apart.

use std::collections::HashSet;

use super::frame::{Cell, Frame, Holds};
use super::settings::Settings;

/// The parts that columns play.
#[derive(Clone, Debug)]
pub(super) struct Roles {
    /// `None`: rows are just counted.
    pub(super) x: Option<usize>,
    pub(super) ys: Vec<usize>,
    pub(super) series: Vec<usize>,
    pub(super) anomalies: Vec<usize>,
}

/// What the x axis of a chart is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Across {
    /// Only times.
    Time,
    /// Numbers and times; words will do.
    Numbers,
    /// Anything, each value for itself.
    Anything,
    /// Words rather than numbers.
    Words,
}

/// Gives the columns their parts: as the properties say, and where they say nothing, x is the first column that
/// fits, values are the other columns of numbers, and series the other columns of words.
pub(super) fn find_roles(kind: &str, frame: &Frame, settings: &Settings, across: Across) -> Result<Roles, String> {
    let ys = all_named(frame, &settings.ycolumns)?;
    let series = all_named(frame, &settings.series)?;
    let anomalies = all_named(frame, &settings.anomalies)?;
    if let Some(wrong) = ys.iter().find(|at| !is_value(frame, **at)) {
        return Err(format!("the column `{}` holds no numbers", frame.columns[*wrong].name));
    }
    let taken: Vec<usize> = [&ys[..], &series[..], &anomalies[..]].concat();
    let x = match &settings.xcolumn {
        Some(name) => Some(named(frame, name)?),
        None => guess_x(kind, frame, &taken, across, ys.is_empty())?,
    };
    if across == Across::Time && x.is_some_and(|x| frame.columns[x].holds != Holds::Times) {
        let name = x.map_or("", |x| &frame.columns[x].name);
        return Err(format!("the x axis of a {kind} is a datetime, and `{name}` is none"));
    }
    let free = |at: &usize| Some(*at) != x && !taken.contains(at);
    let ys = if ys.is_empty() {
        (0..frame.columns.len()).filter(|at| free(at) && is_value(frame, *at)).collect()
    } else {
        ys
    };
    if ys.is_empty() {
        return Err(format!(
            "a {kind} needs a column of numbers{}",
            if x.is_some() { " beside its x axis" } else { "" }
        ));
    }
    let series = if settings.series.is_empty() {
        (0..frame.columns.len()).filter(|at| free(at) && frame.columns[*at].holds == Holds::Words).collect()
    } else {
        series
    };
    Ok(Roles { x, ys, series, anomalies })
}

fn is_value(frame: &Frame, at: usize) -> bool {
    matches!(frame.columns[at].holds, Holds::Numbers | Holds::Spans)
}

fn named(frame: &Frame, name: &str) -> Result<usize, String> {
    frame.columns.iter().position(|column| column.name == name).ok_or_else(|| format!("there is no column `{name}`"))
}

fn all_named(frame: &Frame, names: &[String]) -> Result<Vec<usize>, String> {
    names.iter().map(|name| named(frame, name)).collect()
}

fn guess_x(
    kind: &str,
    frame: &Frame,
    taken: &[usize],
    across: Across,
    values_are_free: bool,
) -> Result<Option<usize>, String> {
    let free: Vec<usize> = (0..frame.columns.len()).filter(|at| !taken.contains(at)).collect();
    let holds = |at: usize| frame.columns[at].holds;
    let first_of = |wanted: Holds| free.iter().copied().find(|at| holds(*at) == wanted);
    let time = first_of(Holds::Times);
    if across == Across::Time {
        return time.map(Some).ok_or_else(|| format!("a {kind} needs a datetime column"));
    }
    let Some(&first) = free.first() else { return Ok(None) };
    let values = free.iter().filter(|at| is_value(frame, **at)).count();
    if holds(first) == Holds::Words {
        // Words that come again and again are series; then something else runs along the axis.
        return Ok(Some(match (time, across) {
            (Some(time), Across::Numbers) => time,
            (Some(time), Across::Anything) if repeats(frame, first) => time,
            (None, Across::Numbers) if values > 1 && values_are_free && repeats(frame, first) => {
                first_of(Holds::Numbers).or(first_of(Holds::Spans)).unwrap_or(first)
            }
            _ => first,
        }));
    }
    // A lone column of numbers is what is to be seen, not where.
    let spare = !is_value(frame, first) || values > 1 || !values_are_free;
    let other = || free.iter().copied().find(|at| !is_value(frame, *at));
    match across {
        Across::Words => Ok(first_of(Holds::Words).or(time).or(spare.then_some(first))),
        _ if spare => Ok(Some(first)),
        _ => Ok(other()),
    }
}

fn repeats(frame: &Frame, at: usize) -> bool {
    let mut seen = HashSet::new();
    frame.columns[at].cells.iter().any(|cell| match cell {
        Cell::Text(text) => !seen.insert(text.as_str()),
        _ => false,
    })
}
