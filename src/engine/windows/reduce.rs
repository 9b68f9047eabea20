//! Patterns of texts that look alike, for `reduce`.
//!
//! After R. Vaarandi, "A data clustering algorithm for mining patterns from event logs" (2003): a text is a list of
//! terms, a term counts together with its position, and texts that share the same frequent terms form a group.

use std::collections::HashMap;
use std::ops::Range;

/// Texts with how often each occurs.
pub(super) struct Texts<'a> {
    pub(super) texts: Vec<&'a str>,
    pub(super) weights: Vec<i64>,
}

/// What makes a group.
pub(super) struct Settings<'a> {
    /// The least share of all texts that a term and a group need.
    pub(super) threshold: f64,
    /// What stands between terms; everything but ASCII letters and digits when empty.
    pub(super) separators: &'a str,
}

/// A term at its position.
type Placed<'a> = (usize, &'a str);

/// A group on the way: the place of its least text, how often its texts occur, and whether terms follow the last
/// one that they share.
struct Group {
    least: usize,
    weight: i64,
    open_end: bool,
}

/// The pattern of each text; empty where a text is in no group.
pub(super) fn patterns(input: &Texts<'_>, settings: &Settings<'_>) -> Vec<String> {
    let total: i64 = input.weights.iter().sum();
    // One text alone never is a pattern, however small the share.
    let enough = (settings.threshold * total as f64).max(2.0);
    let terms: Vec<Vec<Range<usize>>> = input.texts.iter().map(|text| terms(text, settings.separators)).collect();
    let mut counts: HashMap<Placed<'_>, i64> = HashMap::new();
    for ((text, ranges), weight) in input.texts.iter().zip(&terms).zip(&input.weights) {
        for placed in placed(text, ranges) {
            *counts.entry(placed).or_default() += weight;
        }
    }
    let mut groups: HashMap<Vec<Placed<'_>>, Group> = HashMap::new();
    let mut keys = Vec::with_capacity(terms.len());
    for (index, (text, ranges)) in input.texts.iter().zip(&terms).enumerate() {
        let frequent = |placed: &Placed<'_>| counts.get(placed).is_some_and(|count| *count as f64 >= enough);
        let key: Vec<Placed<'_>> = placed(text, ranges).filter(frequent).collect();
        let open_end = key.last().is_some_and(|(last, _)| last + 1 < ranges.len());
        let group = groups.entry(key.clone()).or_insert(Group { least: index, weight: 0, open_end: false });
        group.weight += input.weights[index];
        // The order of the texts is that of a hash table, and must not show.
        if *text < input.texts[group.least] {
            group.least = index;
        }
        group.open_end |= open_end;
        keys.push(key);
    }
    let mut drawn: HashMap<usize, String> = HashMap::new();
    let pattern = |key: Vec<Placed<'_>>| {
        let Some(group) = groups.get(&key).filter(|group| !key.is_empty() && group.weight as f64 >= enough) else {
            return String::new();
        };
        let draw = || draw(&key, input.texts[group.least], &terms[group.least], group.open_end);
        drawn.entry(group.least).or_insert_with(draw).clone()
    };
    keys.into_iter().map(pattern).collect()
}

/// The terms of a text that may be part of a pattern. Numbers are what differs between texts of one kind.
fn placed<'a>(text: &'a str, ranges: &[Range<usize>]) -> impl Iterator<Item = Placed<'a>> {
    let terms = ranges.iter().enumerate().map(|(place, range)| (place, text.get(range.clone()).unwrap_or_default()));
    terms.filter(|(_, term)| !term.bytes().all(|byte| byte.is_ascii_digit()))
}

fn terms(text: &str, separators: &str) -> Vec<Range<usize>> {
    let separates = |c: char| match separators {
        "" => !c.is_ascii_alphanumeric(),
        listed => listed.contains(c),
    };
    let mut terms: Vec<Range<usize>> = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices() {
        match (separates(c), start) {
            (true, Some(from)) => {
                terms.push(from..at);
                start = None;
            }
            (false, None) => start = Some(at),
            (true, None) | (false, Some(_)) => {}
        }
    }
    terms.extend(start.map(|from| from..text.len()));
    terms
}

/// Shared terms as in the text, and `*` for all that lies between them.
fn draw(key: &[Placed<'_>], text: &str, ranges: &[Range<usize>], open_end: bool) -> String {
    let mut pattern = String::new();
    let mut next = 0;
    for (place, term) in key {
        let between = if next == *place {
            let from = next.checked_sub(1).and_then(|last| ranges.get(last)).map_or(0, |range| range.end);
            text.get(from..ranges.get(*place).map_or(from, |range| range.start)).unwrap_or_default()
        } else {
            "*"
        };
        pattern.push_str(between);
        pattern.push_str(term);
        next = place + 1;
    }
    let end = next.checked_sub(1).and_then(|last| ranges.get(last)).map_or(text.len(), |range| range.end);
    pattern.push_str(if open_end { "*" } else { text.get(end..).unwrap_or_default() });
    pattern
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    fn check(texts: &[&str], threshold: f64, separators: &str, expected: &[&str]) {
        let input = Texts { texts: texts.to_vec(), weights: vec![1; texts.len()] };
        assert_eq!(patterns(&input, &Settings { threshold, separators }), expected);
    }

    #[test]
    fn texts_that_share_terms_get_one_pattern() {
        check(&["call 1 ended", "call 22 ended"], 0.1, "", &["call*ended"; 2]);
        check(&["a, b: 1!", "a, b: 2!"], 0.1, "", &["a, b*"; 2]);
        check(&["7 of x (ok)", "8 of x (ok)"], 0.1, "", &["*of x (ok)"; 2]);
    }

    #[test]
    fn lone_and_rare_texts_get_none() {
        check(&["alpha", "beta"], 0.0, "", &["", ""]);
        check(&["x 1", "x 2", "y 1", "y 2", "z"], 0.5, "", &["", "", "", "", ""]);
        check(&["", "12", "12"], 0.1, "", &["", "", ""]);
    }

    #[test]
    fn separators_can_be_listed() {
        check(&["fooZ1", "fooZ2"], 0.1, "Z", &["foo*"; 2]);
        check(&["fooZ1", "fooZ2"], 0.1, "", &["", ""]);
    }
}
