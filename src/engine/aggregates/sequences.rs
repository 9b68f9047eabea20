//! Sequences of events, for `sequence_detect` and `funnel_sequence_completion`.
//!
//! An event is a moment (a datetime or a timespan) and a number with a bit for each step of the sequence that it may be.
//! `sequences(moment, steps, count, most_between, most_in_all)` gives the moments of all sequences, as an array of
//! arrays. `funnel(moment, steps, count, start, width)` gives, for each bin in which a sequence starts, an array of the
//! bin's number, the step and the least time in which the step is reached, null where it is not. Events that are no step
//! don't count.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, Int64Array, LargeBinaryArray, LargeBinaryBuilder, StringViewBuilder,
};
use datafusion::arrow::datatypes::{DataType, DurationNanosecondType, TimestampNanosecondType};
use datafusion::common::{Result, ScalarValue, exec_err, internal_err};
use datafusion::logical_expr::EmitTo;

use super::rows::{Groups, Rows, typed, vec_size};
use super::{Call, Kernel, Order};
use crate::value::{push_datetime_iso, push_timespan};

pub(super) const KERNELS: &[Kernel] =
    &[row("sequences", |call| start(call, all_sequences)), row("funnel", |call| start(call, funnel))];

const fn row(name: &'static str, start: fn(&Call) -> Result<Box<dyn Groups>>) -> Kernel {
    Kernel { name, state: |_| vec![DataType::LargeBinary], start, order: Order::Any }
}

/// The most sequences of a group: events that all fit each other make more than anybody can look at.
const MOST_SEQUENCES: usize = 1_000_000;

/// The constants of a call.
struct Settings {
    steps: usize,
    /// Nanoseconds.
    spans: [i64; 2],
    /// How a moment is written.
    write: fn(&mut String, i64),
}

type Search = fn(&[(i64, i64)], &Settings, &mut String) -> Result<()>;

fn start(call: &Call, search: Search) -> Result<Box<dyn Groups>> {
    let nanoseconds = |place: usize| match call.constants.get(place) {
        Some(Some(
            ScalarValue::Int64(Some(n))
            | ScalarValue::DurationNanosecond(Some(n))
            | ScalarValue::TimestampNanosecond(Some(n), _),
        )) => *n,
        _ => 0,
    };
    let write = match call.args.first() {
        Some(DataType::Duration(_)) => push_timespan,
        _ => push_datetime_iso,
    };
    let steps = usize::try_from(nanoseconds(2)).unwrap_or(0);
    let settings = Settings { steps, spans: [nanoseconds(3), nanoseconds(4)], write };
    Ok(Box::new(Events { search, settings, groups: Vec::new(), bytes: 0 }))
}

/// The moments of each step, in order, each once.
fn moments(events: &[(i64, i64)], steps: usize) -> Vec<Vec<i64>> {
    let of_step = |step: usize| {
        let events = events.iter().filter(|(_, mask)| mask >> step & 1 == 1);
        events.map(|(time, _)| *time).collect::<BTreeSet<i64>>().into_iter().collect()
    };
    (0..steps).map(of_step).collect()
}

/// The moments behind one, up to another.
fn between(moments: &[i64], after: i64, until: i64) -> &[i64] {
    let first = moments.partition_point(|time| *time <= after);
    let last = moments.partition_point(|time| *time <= until);
    moments.get(first..last).unwrap_or(&[])
}

fn all_sequences(events: &[(i64, i64)], settings: &Settings, out: &mut String) -> Result<()> {
    let steps = moments(events, settings.steps);
    let mut found = Vec::new();
    let Some((first, _)) = steps.split_first() else { return Ok(()) };
    for &time in first {
        follow(&steps, settings, &mut vec![time], &mut found)?;
    }
    for (index, sequence) in found.iter().enumerate() {
        out.push_str(if index == 0 { "[" } else { ",[" });
        for (step, &time) in sequence.iter().enumerate() {
            out.push_str(if step == 0 { "\"" } else { ",\"" });
            (settings.write)(out, time);
            out.push('"');
        }
        out.push(']');
    }
    Ok(())
}

/// All ways to go on with a sequence.
fn follow(steps: &[Vec<i64>], settings: &Settings, so_far: &mut Vec<i64>, found: &mut Vec<Vec<i64>>) -> Result<()> {
    let (Some(&first), Some(&last)) = (so_far.first(), so_far.last()) else { return Ok(()) };
    let Some(next) = steps.get(so_far.len()) else {
        if found.len() == MOST_SEQUENCES {
            return exec_err!("`sequence_detect` finds too many sequences: use shorter windows, or more dimensions");
        }
        found.push(so_far.clone());
        return Ok(());
    };
    let [step, all] = settings.spans;
    for &time in between(next, last, last.saturating_add(step).min(first.saturating_add(all))) {
        so_far.push(time);
        follow(steps, settings, so_far, found)?;
        so_far.pop();
    }
    Ok(())
}

fn funnel(events: &[(i64, i64)], settings: &Settings, out: &mut String) -> Result<()> {
    let steps = moments(events, settings.steps);
    let [start, width] = settings.spans;
    let Some((first, rest)) = steps.split_first() else { return Ok(()) };
    let mut bins: BTreeMap<i64, Vec<Option<i64>>> = BTreeMap::new();
    for &begin in first {
        let bin = begin.saturating_sub(start).div_euclid(width.max(1));
        let least = bins.entry(bin).or_insert_with(|| vec![None; steps.len()]);
        least[0] = Some(0);
        // From a given start on, the first event that fits is the best one.
        let mut last = begin;
        for (step, moments) in rest.iter().enumerate() {
            let Some(&time) = between(moments, last, i64::MAX).first() else { break };
            let took = time.saturating_sub(begin);
            least[step + 1] = Some(least[step + 1].map_or(took, |known| known.min(took)));
            last = time;
        }
    }
    let mut separator = "";
    for (bin, least) in bins {
        for (step, took) in least.into_iter().enumerate() {
            out.push_str(separator);
            separator = ",";
            out.push_str(&format!("[{bin},{step},"));
            match took {
                None => out.push_str("null"),
                Some(took) => {
                    out.push('"');
                    push_timespan(out, took);
                    out.push('"');
                }
            }
            out.push(']');
        }
    }
    Ok(())
}

struct Events {
    search: Search,
    settings: Settings,
    groups: Vec<Vec<(i64, i64)>>,
    bytes: usize,
}

impl Groups for Events {
    fn update(&mut self, values: &[ArrayRef], rows: &Rows) -> Result<()> {
        self.groups.resize_with(rows.total, Vec::new);
        let Some(times) = values.first() else { return internal_err!("sequences need moments") };
        let moments = match times.data_type() {
            DataType::Duration(_) => times.as_primitive::<DurationNanosecondType>().values(),
            _ => times.as_primitive::<TimestampNanosecondType>().values(),
        };
        let masks = typed::<Int64Array>(values, 1)?;
        rows.each(times.nulls(), |row, group| {
            let mask = if masks.is_valid(row) { masks.value(row) } else { 0 };
            if mask != 0 {
                self.groups[group].push((moments[row], mask));
                self.bytes += size_of::<(i64, i64)>();
            }
        });
        Ok(())
    }

    fn merge(&mut self, states: &[ArrayRef], rows: &Rows) -> Result<()> {
        self.groups.resize_with(rows.total, Vec::new);
        let states = typed::<LargeBinaryArray>(states, 0)?;
        rows.each(states.nulls(), |row, group| {
            let (words, _) = states.value(row).as_chunks();
            let (pairs, _) = words.as_chunks();
            self.groups[group].extend(pairs.iter().map(|[a, b]| (i64::from_le_bytes(*a), i64::from_le_bytes(*b))));
            self.bytes += pairs.len() * size_of::<(i64, i64)>();
        });
        Ok(())
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        let mut out = LargeBinaryBuilder::new();
        for group in emit.take_needed(&mut self.groups) {
            let bytes = group.iter().flat_map(|(time, mask)| [time.to_le_bytes(), mask.to_le_bytes()]);
            out.append_value(bytes.flatten().collect::<Vec<u8>>());
        }
        Ok(vec![Arc::new(out.finish())])
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let mut out = StringViewBuilder::new();
        let mut cell = String::new();
        for group in emit.take_needed(&mut self.groups) {
            cell.clear();
            cell.push('[');
            (self.search)(&group, &self.settings, &mut cell)?;
            cell.push(']');
            out.try_append_value(&cell)?;
        }
        Ok(Arc::new(out.finish()))
    }

    fn size(&self) -> usize {
        self.bytes + vec_size(&self.groups)
    }
}

#[cfg(test)]
mod tests {
    use datafusion::common::ScalarValue;

    use super::super::testing::{Case, longs, times};
    use crate::types::Type;

    fn call(kernel: &'static str, events: &[(i64, i64)], constants: [i64; 3]) -> String {
        let second = 1_000_000_000;
        let moments: Vec<i64> = events.iter().map(|(time, _)| time * second).collect();
        let masks: Vec<Option<i64>> = events.iter().map(|(_, mask)| Some(*mask)).collect();
        let [steps, first, last] = constants;
        let constants = [steps, first * second, last * second].map(|n| ScalarValue::Int64(Some(n))).to_vec();
        let answer = Case::new(kernel, vec![times(&moments), longs(&masks)], &[Type::Dynamic]).with(constants).answer();
        answer.replace("1970-01-01T00:00:", "").replace(".0000000Z", "")
    }

    #[test]
    fn all_sequences_within_the_windows() {
        let events = [(9, 2), (1, 1), (3, 1), (4, 2), (4, 2), (5, 4)];
        assert_eq!(call("sequences", &events, [2, 5, 9]), r#"[["01","04"],["03","04"]]"#);
        assert_eq!(call("sequences", &events, [2, 6, 9]), r#"[["01","04"],["03","04"],["03","09"]]"#);
        assert_eq!(call("sequences", &events, [3, 5, 3]), r#"[["03","04","05"]]"#);
        assert_eq!(call("sequences", &[(1, 3), (1, 3)], [2, 5, 5]), "[]");
    }

    #[test]
    fn a_funnel_takes_the_least_time() {
        let events = [(1, 1), (3, 1), (4, 2), (9, 4), (12, 1)];
        let expected = r#"[[0,0,"00:00:00"],[0,1,"00:00:01"],[0,2,"00:00:06"],[1,0,"00:00:00"],[1,1,null],[1,2,null]]"#;
        assert_eq!(call("funnel", &events, [3, 0, 10]), expected);
    }
}
