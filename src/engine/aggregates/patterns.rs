//! Patterns of rows, for `autocluster`, `basket`, `diffpatterns` and `diffpatterns_text`.
//!
//! Called as `patterns_…(column, …, weight, other_weight, first, second, third, blanks)`: texts, the weights of the row in
//! two sets, three constant numbers that each search reads in its own way, and a constant text with `1` for each
//! column in which an empty text is a value. The answer is an array of arrays: numbers, then a text or null for each
//! column. Different rows are kept once.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, Float64Array, LargeBinaryArray, LargeBinaryBuilder, StringViewArray, StringViewBuilder,
};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{HashMap, Result, ScalarValue, exec_err, internal_err};
use datafusion::logical_expr::EmitTo;
use serde_json::{Value as Json, json};

use super::rows::{Groups, Rows, typed};
use super::{Call, Kernel, Order};
use crate::engine::dynamic::number;
use crate::engine::patterns::{Counted, Pattern, Weights, add, basket, cluster, difference, share, text_difference};

pub(super) const KERNELS: &[Kernel] = &[
    row("patterns_autocluster", |call| start(call, clusters)),
    row("patterns_basket", |call| start(call, baskets)),
    row("patterns_difference", |call| start(call, differences)),
    row("patterns_text", |call| start(call, texts)),
];

const fn row(name: &'static str, start: fn(&Call) -> Result<Box<dyn Groups>>) -> Kernel {
    Kernel { name, state: |_| vec![DataType::LargeBinary], start, order: Order::Any }
}

/// The arguments behind the columns.
const BEHIND: usize = 6;

/// The constants of a call.
struct Settings {
    numbers: [f64; 3],
    blanks: Vec<bool>,
}

/// A search in counted rows, as an array of patterns.
type Search = fn(&Counted, &Settings) -> Result<Vec<Json>>;

fn start(call: &Call, search: Search) -> Result<Box<dyn Groups>> {
    let Some(columns) = call.args.len().checked_sub(BEHIND) else {
        return internal_err!("patterns need {BEHIND} arguments behind the columns");
    };
    let constant = |place: usize| call.constants.get(columns + 2 + place).cloned().flatten();
    let number = |place: usize| match constant(place) {
        Some(ScalarValue::Float64(Some(number))) => number,
        _ => 0.0,
    };
    let blanks = match constant(3) {
        Some(ScalarValue::Utf8View(Some(text)) | ScalarValue::Utf8(Some(text))) => {
            text.bytes().map(|byte| byte == b'1').collect()
        }
        _ => Vec::new(),
    };
    let settings = Settings { numbers: [0, 1, 2].map(number), blanks };
    Ok(Box::new(Combinations { columns, search, settings, groups: Vec::new(), bytes: 0 }))
}

/// Percentages as Kusto shows them.
fn percent(part: f64, whole: f64, digits: i32) -> f64 {
    let scale = 10f64.powi(digits);
    (share(part, whole) * 100.0 * scale).round() / scale
}

fn totals(counted: &Counted) -> Weights {
    counted.rows.iter().fold([0.0; 2], |sum, (_, weight)| add(sum, *weight))
}

fn count(weight: f64) -> Json {
    json!(weight.round() as i64)
}

fn values(pattern: &Pattern) -> impl Iterator<Item = Json> + '_ {
    pattern.values.iter().map(|value| value.as_deref().map_or(Json::Null, Json::from))
}

/// The number of a pattern, its rows and their share, its values.
fn of_one_set(counted: &Counted, found: &[Pattern]) -> Vec<Json> {
    let [all, _] = totals(counted);
    let row = |(id, pattern): (usize, &Pattern)| {
        let weight = pattern.weight[0];
        let head = [json!(id), count(weight), number(percent(weight, all, 1))];
        Json::Array(head.into_iter().chain(values(pattern)).collect())
    };
    found.iter().enumerate().map(row).collect()
}

fn clusters(counted: &Counted, settings: &Settings) -> Result<Vec<Json>> {
    let [size_weight, seeds, _] = settings.numbers;
    Ok(of_one_set(counted, &cluster(counted, &settings.blanks, size_weight, seeds as usize)))
}

fn baskets(counted: &Counted, settings: &Settings) -> Result<Vec<Json>> {
    let [threshold, dimensions, _] = settings.numbers;
    match basket(counted, &settings.blanks, threshold, dimensions as usize) {
        Some(found) => Ok(of_one_set(counted, &found)),
        None => exec_err!("`basket` finds too many patterns: raise the threshold, or `project` fewer columns"),
    }
}

/// Rows and their shares of two sets.
fn of_two_sets(weight: Weights, totals: Weights) -> [Json; 4] {
    let shares = [0, 1].map(|set| number(percent(weight[set], totals[set], 2)));
    let [a, b] = shares;
    [count(weight[0]), count(weight[1]), a, b]
}

fn differences(counted: &Counted, settings: &Settings) -> Result<Vec<Json>> {
    let [threshold, dimensions, _] = settings.numbers;
    let totals = totals(counted);
    let found = difference(counted, &settings.blanks, threshold, dimensions as usize);
    let row = |(id, pattern): (usize, &Pattern)| {
        let [a, b] = [0, 1].map(|set| share(pattern.weight[set], totals[set]));
        let apart = number(percent((a - b).abs(), 1.0, 2));
        let numbers = std::iter::once(json!(id)).chain(of_two_sets(pattern.weight, totals)).chain([apart]);
        Json::Array(numbers.chain(values(pattern)).collect())
    };
    Ok(found.iter().enumerate().map(row).collect())
}

fn texts(counted: &Counted, settings: &Settings) -> Result<Vec<Json>> {
    let [threshold, least, most] = settings.numbers;
    let totals = totals(counted);
    let found = text_difference(counted, threshold, least as usize..=most as usize);
    let row = |(text, weight): (String, Weights)| {
        Json::Array(of_two_sets(weight, totals).into_iter().chain([Json::from(text)]).collect())
    };
    Ok(found.into_iter().map(row).collect())
}

/// The different rows of one group.
#[derive(Default)]
struct Combination {
    numbers: Vec<HashMap<Arc<str>, u32>>,
    texts: Vec<Vec<Arc<str>>>,
    rows: HashMap<Box<[u32]>, Weights>,
}

impl Combination {
    fn new(columns: usize) -> Combination {
        Combination { numbers: vec![HashMap::new(); columns], texts: vec![Vec::new(); columns], rows: HashMap::new() }
    }

    /// The number of a text in a column. Tells how many bytes that took.
    fn number(&mut self, column: usize, text: &str) -> (u32, usize) {
        if let Some(&number) = self.numbers[column].get(text) {
            return (number, 0);
        }
        let number = self.texts[column].len() as u32;
        let kept: Arc<str> = text.into();
        self.numbers[column].insert(Arc::clone(&kept), number);
        self.texts[column].push(kept);
        (number, text.len() + 16 + 2 * size_of::<Arc<str>>() + size_of::<u64>())
    }

    /// Counts a row. Tells how many bytes that took.
    fn count(&mut self, row: Vec<u32>, weight: Weights) -> usize {
        let width = row.len();
        let before = self.rows.len();
        let sum = self.rows.entry(row.into()).or_default();
        *sum = add(*sum, weight);
        (self.rows.len() - before) * (width * size_of::<u32>() + size_of::<(Box<[u32]>, Weights)>() + size_of::<u64>())
    }

    fn counted(self) -> Counted {
        Counted { texts: self.texts, rows: self.rows.into_iter().collect() }
    }

    fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let word = |out: &mut Vec<u8>, number: usize| out.extend((number as u32).to_le_bytes());
        for texts in &self.texts {
            word(&mut out, texts.len());
            for text in texts {
                word(&mut out, text.len());
                out.extend(text.as_bytes());
            }
        }
        for (row, weight) in &self.rows {
            row.iter().for_each(|&number| word(&mut out, number as usize));
            weight.iter().for_each(|weight| out.extend(weight.to_le_bytes()));
        }
        out
    }

    /// Adds what another group counted. None when the bytes are not such.
    fn merge(&mut self, mut bytes: &[u8]) -> Option<usize> {
        let word = |bytes: &mut &[u8]| -> Option<usize> {
            let (word, rest) = bytes.split_first_chunk()?;
            *bytes = rest;
            Some(u32::from_le_bytes(*word) as usize)
        };
        let mut taken = 0;
        let mut numbers: Vec<Vec<u32>> = Vec::new();
        for column in 0..self.texts.len() {
            let mut own = Vec::new();
            for _ in 0..word(&mut bytes)? {
                let length = word(&mut bytes)?;
                let (text, rest) = bytes.split_at_checked(length)?;
                bytes = rest;
                let (number, new) = self.number(column, std::str::from_utf8(text).ok()?);
                own.push(number);
                taken += new;
            }
            numbers.push(own);
        }
        while !bytes.is_empty() {
            let mut row = Vec::with_capacity(numbers.len());
            for own in &numbers {
                row.push(*own.get(word(&mut bytes)?)?);
            }
            let mut weight = [0.0; 2];
            for sum in &mut weight {
                let (real, rest) = bytes.split_first_chunk()?;
                *sum = f64::from_le_bytes(*real);
                bytes = rest;
            }
            taken += self.count(row, weight);
        }
        Some(taken)
    }
}

struct Combinations {
    columns: usize,
    search: Search,
    settings: Settings,
    groups: Vec<Combination>,
    bytes: usize,
}

impl Combinations {
    fn resize(&mut self, total: usize) {
        let columns = self.columns;
        self.groups.resize_with(total, || Combination::new(columns));
    }
}

impl Groups for Combinations {
    fn update(&mut self, values: &[ArrayRef], rows: &Rows) -> Result<()> {
        self.resize(rows.total);
        let columns =
            (0..self.columns).map(|column| typed::<StringViewArray>(values, column)).collect::<Result<Vec<_>>>()?;
        let weights = [typed::<Float64Array>(values, self.columns)?, typed::<Float64Array>(values, self.columns + 1)?];
        rows.each(None, |row, group| {
            let weight = weights.map(|array| if array.is_valid(row) { array.value(row) } else { 0.0 });
            // A row without weight is none.
            if !weight.iter().all(|weight| *weight >= 0.0) || weight.iter().sum::<f64>() <= 0.0 {
                return;
            }
            let group = &mut self.groups[group];
            let mut key = Vec::with_capacity(columns.len());
            for (column, texts) in columns.iter().enumerate() {
                let (number, new) = group.number(column, if texts.is_valid(row) { texts.value(row) } else { "" });
                key.push(number);
                self.bytes += new;
            }
            self.bytes += group.count(key, weight);
        });
        Ok(())
    }

    fn merge(&mut self, states: &[ArrayRef], rows: &Rows) -> Result<()> {
        self.resize(rows.total);
        let states = typed::<LargeBinaryArray>(states, 0)?;
        rows.try_each(states.nulls(), |row, group| match self.groups[group].merge(states.value(row)) {
            Some(new) => {
                self.bytes += new;
                Ok(())
            }
            None => internal_err!("the state of patterns cannot be read"),
        })
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        let mut out = LargeBinaryBuilder::new();
        emit.take_needed(&mut self.groups).iter().for_each(|group| out.append_value(group.encode()));
        Ok(vec![Arc::new(out.finish())])
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let mut out = StringViewBuilder::new();
        for group in emit.take_needed(&mut self.groups) {
            let found = (self.search)(&group.counted(), &self.settings)?;
            out.try_append_value(Json::Array(found).to_string())?;
        }
        Ok(Arc::new(out.finish()))
    }

    fn size(&self) -> usize {
        self.bytes + self.groups.capacity() * size_of::<Combination>()
    }
}

#[cfg(test)]
mod tests {
    use datafusion::common::ScalarValue;

    use super::super::testing::{Case, reals, texts};
    use crate::types::Type;

    #[test]
    fn rows_are_counted_however_they_come() {
        let columns = vec![
            texts(&["a", "b", "a", "a"]),
            texts(&["x", "", "x", "y"]),
            reals(&[1.0, 2.0, 1.0, 0.0]),
            reals(&[0.0; 4]),
        ];
        let real = |number| ScalarValue::Float64(Some(number));
        let call = |blanks: &str| {
            let constants = vec![real(0.5), real(5.0), real(0.0), ScalarValue::Utf8View(Some(blanks.to_owned()))];
            Case::new("patterns_basket", columns.clone(), &[Type::Dynamic]).with(constants)
        };
        assert_eq!(call("00").answer(), r#"[[0,2,50.0,"a","x"],[1,2,50.0,"b",null]]"#);
        assert_eq!(call("01").answer(), r#"[[0,2,50.0,"a","x"],[1,2,50.0,"b",""]]"#);
        assert_eq!(call("00").answers(&[0, 0, 1, 1])[1], r#"[[0,1,100.0,"a","x"]]"#);
    }
}
