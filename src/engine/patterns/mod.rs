//! Patterns in rows of discrete values: which values come together often, or in one set of rows more than in another.
//!
//! Rows are counted first ([`Counted`]), then turned around ([`Cube`]): for each value that is frequent enough, the
//! set of rows that have it. All searches work on such sets. Nothing is left to chance: equal rows give equal patterns,
//! in whatever order they come.

mod basket;
mod bits;
mod cluster;
mod difference;
mod text;

use std::collections::HashMap;
use std::sync::Arc;

pub(super) use basket::basket;
pub(super) use bits::Bits;
pub(super) use cluster::cluster;
pub(super) use difference::difference;
pub(super) use text::text_difference;

/// The weights of rows in two sets. Searches in one set leave the second at zero.
pub(super) type Weights = [f64; 2];

/// Different rows, each with the numbers of its values, and how much it counts.
#[derive(Default)]
pub(super) struct Counted {
    /// The different values of each column.
    pub(super) texts: Vec<Vec<Arc<str>>>,
    /// Rows: a number of a value for each column.
    pub(super) rows: Vec<(Box<[u32]>, Weights)>,
}

/// Which columns have a value where the text is empty.
pub(super) type Blanks = [bool];

/// A value of a column that patterns may fix.
pub(super) struct Item {
    pub(super) column: usize,
    pub(super) text: Arc<str>,
    /// The rows that have it.
    pub(super) rows: Bits,
    pub(super) weight: Weights,
}

/// Rows seen from the values that are frequent enough. Rows that differ only in rare values are one.
pub(super) struct Cube {
    /// In order of columns and texts.
    pub(super) items: Vec<Item>,
    /// The items of each row.
    pub(super) rows: Vec<Vec<u32>>,
    pub(super) weights: Vec<Weights>,
    pub(super) totals: Weights,
    pub(super) columns: usize,
}

/// Values that come together.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pattern {
    /// The value of each column; none where it may be any.
    pub(super) values: Vec<Option<Arc<str>>>,
    /// How much the rows that have all of them count.
    pub(super) weight: Weights,
}

impl Cube {
    /// Keeps the values of which `keep` says so, given their weight and that of all rows.
    pub(super) fn new(counted: &Counted, blanks: &Blanks, keep: impl Fn(Weights, Weights) -> bool) -> Cube {
        let columns = counted.texts.len();
        let totals = counted.rows.iter().fold([0.0; 2], |sum, (_, weight)| add(sum, *weight));
        let mut found: Vec<Vec<Weights>> = counted.texts.iter().map(|texts| vec![[0.0; 2]; texts.len()]).collect();
        for (row, weight) in &counted.rows {
            for (sums, &value) in found.iter_mut().zip(row.iter()) {
                sums[value as usize] = add(sums[value as usize], *weight);
            }
        }
        let mut items: Vec<Item> = Vec::new();
        // The item of each value of each column.
        let mut numbers: Vec<Vec<Option<u32>>> = Vec::with_capacity(columns);
        for (column, (texts, sums)) in counted.texts.iter().zip(&found).enumerate() {
            let blank = blanks.get(column).copied().unwrap_or(false);
            let mut kept: Vec<usize> =
                (0..texts.len()).filter(|&v| keep(sums[v], totals) && (blank || !texts[v].is_empty())).collect();
            kept.sort_by(|&a, &b| texts[a].cmp(&texts[b]));
            let mut own = vec![None; texts.len()];
            for value in kept {
                own[value] = u32::try_from(items.len()).ok();
                let text = Arc::clone(&texts[value]);
                items.push(Item { column, text, rows: Bits::default(), weight: sums[value] });
            }
            numbers.push(own);
        }
        let mut merged: HashMap<Vec<u32>, Weights> = HashMap::new();
        for (row, weight) in &counted.rows {
            let key = numbers.iter().zip(row.iter()).filter_map(|(own, &value)| own[value as usize]).collect();
            let sum = merged.entry(key).or_default();
            *sum = add(*sum, *weight);
        }
        let mut merged: Vec<(Vec<u32>, Weights)> = merged.into_iter().collect();
        merged.sort_by(|a, b| a.0.cmp(&b.0));
        for item in &mut items {
            item.rows = Bits::none(merged.len());
        }
        for (index, (row, _)) in merged.iter().enumerate() {
            row.iter().for_each(|&item| items[item as usize].rows.set(index));
        }
        let (rows, weights) = merged.into_iter().unzip();
        Cube { items, rows, weights, totals, columns }
    }

    /// How much some rows count.
    pub(super) fn weight(&self, rows: &Bits) -> Weights {
        rows.ones().fold([0.0; 2], |sum, row| add(sum, self.weights[row]))
    }

    /// The rows that have all of some items.
    pub(super) fn rows_of(&self, items: &[usize]) -> Bits {
        items.iter().fold(Bits::all(self.rows.len()), |rows, &item| rows.and(&self.items[item].rows))
    }

    /// All items that each of some rows has.
    pub(super) fn closure(&self, rows: &Bits) -> Vec<usize> {
        (0..self.items.len()).filter(|&item| rows.within(&self.items[item].rows)).collect()
    }

    /// How alike two sets of rows are: what they share in what they cover, from 0 to 1.
    pub(super) fn likeness(&self, a: &Bits, b: &Bits) -> f64 {
        let size = |rows: &Bits| self.weight(rows).iter().sum::<f64>();
        let shared = size(&a.and(b));
        shared / (size(a) + size(b) - shared)
    }

    /// Whether some items fix a column.
    pub(super) fn fixes(&self, items: &[usize], column: usize) -> bool {
        items.iter().any(|&item| self.items[item].column == column)
    }

    /// Items as a pattern.
    pub(super) fn pattern(&self, items: &[usize], weight: Weights) -> Pattern {
        let mut values = vec![None; self.columns];
        for &item in items {
            values[self.items[item].column] = Some(Arc::clone(&self.items[item].text));
        }
        Pattern { values, weight }
    }
}

pub(super) fn add(a: Weights, b: Weights) -> Weights {
    [a[0] + b[0], a[1] + b[1]]
}

/// One part of a whole, 0 of nothing.
pub(super) fn share(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

#[cfg(test)]
mod testing {
    use super::*;

    /// Rows of texts with their weights.
    pub(super) fn counted(rows: &[(&[&str], Weights)]) -> Counted {
        let columns = rows.first().map_or(0, |(row, _)| row.len());
        let mut counted = Counted { texts: vec![Vec::new(); columns], rows: Vec::new() };
        for (row, weight) in rows {
            let mut numbers = Vec::new();
            for (texts, text) in counted.texts.iter_mut().zip(row.iter()) {
                let known = texts.iter().position(|known| known.as_ref() == *text);
                numbers.push(known.unwrap_or_else(|| {
                    texts.push(Arc::from(*text));
                    texts.len() - 1
                }) as u32);
            }
            counted.rows.push((numbers.into(), *weight));
        }
        counted
    }

    /// Patterns as short texts: `a * c = 5/0`.
    pub(super) fn show(patterns: &[Pattern]) -> Vec<String> {
        let value = |value: &Option<Arc<str>>| value.as_deref().unwrap_or("*").to_owned();
        let text = |p: &Pattern| p.values.iter().map(value).collect::<Vec<_>>().join(" ");
        patterns.iter().map(|p| format!("{} = {}/{}", text(p), p.weight[0], p.weight[1])).collect()
    }
}
