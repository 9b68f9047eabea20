//! Charts without axes: pies, treemaps, cards; and ladders.

use super::frame::{Frame, Holds};
use super::model::{Ladder, Rung, ShareForm, Shares, Slice, Unit, Value};
use super::roles::Roles;
use super::settings::Settings;

/// The most slices of a pie; the others are one slice together.
const MOST_SLICES: usize = 12;
/// The same for the rectangles of a treemap.
const MOST_RECTANGLES: usize = 60;
/// The most lines of a ladder.
const MOST_RUNGS: usize = 100;
/// The most values of a card.
const MOST_VALUES: usize = 24;

/// The shares of the first value column, by x and series.
pub(super) fn build_shares(
    frame: &Frame,
    roles: &Roles,
    settings: &Settings,
    form: ShareForm,
    notes: &mut Vec<String>,
) -> Result<Shares, String> {
    let y = &frame.columns[roles.ys[0]];
    if roles.ys.len() > 1 {
        notes.push(format!("one column of numbers is drawn, `{}`", y.name));
    }
    let parts: Vec<usize> = roles.x.iter().chain(&roles.series).copied().collect();
    let mut slices: Vec<Slice> = Vec::new();
    let mut known = std::collections::HashMap::new();
    let (mut negative, mut odd) = (0, 0);
    for row in 0..frame.rows {
        odd += usize::from(y.is_odd(row));
        let value = y.number(row).unwrap_or(0.0);
        negative += usize::from(value < 0.0);
        if value <= 0.0 {
            continue;
        }
        let words: Vec<String> = parts.iter().map(|at| frame.columns[*at].word(row)).collect();
        let name = if words.is_empty() { (row + 1).to_string() } else { words.join(", ") };
        let at = *known.entry(name).or_insert_with_key(|name| {
            slices.push(Slice { name: name.clone(), value: 0.0 });
            slices.len() - 1
        });
        slices[at].value += value;
    }
    for (count, what) in
        [(negative, "negative values have no share"), (odd, "values that are no finite numbers have none")]
    {
        if count > 0 {
            notes.push(format!("{what}: {count}"));
        }
    }
    if slices.is_empty() {
        return Err("there is no value above zero to draw".to_owned());
    }
    slices.sort_by(|a, b| b.value.total_cmp(&a.value));
    let most = if form == ShareForm::Pie { MOST_SLICES } else { MOST_RECTANGLES };
    if slices.len() > most {
        let rest = slices.split_off(most - 1);
        let value = rest.iter().map(|slice| slice.value).sum();
        slices.push(Slice { name: format!("{} others", rest.len()), value });
        notes.push(format!("the {} smallest shares are drawn as one", rest.len()));
    }
    let unit = if y.holds == Holds::Spans { Unit::Span } else { Unit::Number };
    Ok(Shares { form, measure: y.name.clone(), unit, legend: settings.legend, slices })
}

/// The first row as named values.
pub(super) fn build_card(frame: &Frame, notes: &mut Vec<String>) -> Result<Vec<Value>, String> {
    if frame.rows == 0 {
        return Err("there is no row to show".to_owned());
    }
    if frame.rows > 1 {
        notes.push(format!("the first of {} rows is shown", frame.rows));
    }
    if frame.columns.len() > MOST_VALUES {
        notes.push(format!("the first {MOST_VALUES} of {} columns are shown", frame.columns.len()));
    }
    let values = frame.columns.iter().take(MOST_VALUES);
    Ok(values.map(|column| Value { name: column.name.clone(), text: column.word(0) }).collect())
}

/// A stretch per row: the last two columns are its ends, the others its name.
pub(super) fn build_ladder(frame: &Frame, settings: &Settings, notes: &mut Vec<String>) -> Result<Ladder, String> {
    let count = frame.columns.len();
    let Some([start, end]) = frame.columns.get(count.saturating_sub(2)..).and_then(|last| last.first_chunk::<2>())
    else {
        return Err("a ladderchart needs two columns, where stretches start and where they end".to_owned());
    };
    let unit = match (start.holds, end.holds) {
        (Holds::Times, Holds::Times) => Unit::Time,
        (Holds::Spans, Holds::Spans) => Unit::Span,
        (Holds::Numbers, Holds::Numbers) => Unit::Number,
        _ => {
            let (start, end) = (&start.name, &end.name);
            return Err(format!("the last two columns, `{start}` and `{end}`, are not two times or two numbers"));
        }
    };
    let mut rungs = Vec::new();
    let mut open = 0;
    for row in 0..frame.rows {
        let (Some(from), Some(to)) = (start.number(row), end.number(row)) else {
            open += 1;
            continue;
        };
        let words: Vec<String> = frame.columns[..count - 2].iter().map(|column| column.word(row)).collect();
        let name = if words.is_empty() { (row + 1).to_string() } else { words.join(", ") };
        rungs.push(Rung { name, start: from.min(to), end: from.max(to) });
    }
    if open > 0 {
        notes.push(format!("rows without start or end are left out: {open}"));
    }
    if rungs.is_empty() {
        return Err("there is no stretch to draw".to_owned());
    }
    if rungs.len() > MOST_RUNGS {
        notes.push(format!("the first {MOST_RUNGS} of {} stretches are drawn", rungs.len()));
        rungs.truncate(MOST_RUNGS);
    }
    let min = rungs.iter().map(|rung| rung.start).fold(f64::INFINITY, f64::min);
    let max = rungs.iter().map(|rung| rung.end).fold(f64::NEG_INFINITY, f64::max);
    let max = if max > min { max } else { min + 1.0 };
    let title = settings.xtitle.clone().unwrap_or_else(|| format!("{} – {}", start.name, end.name));
    Ok(Ladder { title, unit, min, max, rungs })
}
