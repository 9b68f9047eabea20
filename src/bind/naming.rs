//! The names that Kusto gives to columns nobody named.

use std::collections::BTreeSet;

use crate::functions::{self, Naming};
use crate::syntax::ast::{Call, Expr, ExprKind};
use crate::value::Value;

/// Scalar functions whose column is called like their first argument.
const LIKE_FIRST_ARGUMENT: &[&str] = &[
    "abs",
    "acos",
    "asin",
    "atan",
    "atan2",
    "bin",
    "bin_at",
    "bin_auto",
    "binary_and",
    "binary_not",
    "binary_or",
    "binary_shift_left",
    "binary_shift_right",
    "binary_xor",
    "bitset_count_ones",
    "ceiling",
    "cos",
    "erf",
    "erfc",
    "exp",
    "exp10",
    "exp2",
    "floor",
    "format_bytes",
    "format_datetime",
    "format_timespan",
    "gamma",
    "log",
    "log10",
    "log2",
    "loggamma",
    "parse_csv",
    "parse_json",
    "parse_xml",
    "parsejson",
    "pow",
    "rand",
    "round",
    "series_fill_backward",
    "series_fill_const",
    "series_fill_forward",
    "series_fill_linear",
    "series_fir",
    "series_iir",
    "series_outliers",
    "sin",
    "split",
    "sqrt",
    "startofday",
    "tan",
    "tobool",
    "toboolean",
    "todatetime",
    "todecimal",
    "todouble",
    "todynamic",
    "toguid",
    "tohex",
    "toint",
    "tolong",
    "toobject",
    "toreal",
    "tostring",
    "totime",
    "totimespan",
];

/// Scalar functions whose column is called like the function and its first argument.
const FUNCTION_AND_FIRST_ARGUMENT: &[(&str, &str)] = &[
    ("dcount_hll", "dcount_hll"),
    ("percentile_tdigest", "percentile_tdigest"),
    ("percentiles_array_tdigest", "percentile_tdigest"),
    ("string_size", "string_size"),
    ("strlen", "strlen"),
    ("gettype", "type"),
    ("repeat", "repeat"),
    ("treepath", "tree"),
];

/// Scalar functions whose column always has the same name.
const ONE_NAME: &[(&str, &str)] = &[
    ("hll_merge", "hll_merged_result"),
    ("ingestion_time", "$IngestionTime"),
    ("merge_tdigest", "tdigests_merge_result"),
    ("tdigest_merge", "tdigests_merge_result"),
];

/// The name that an expression gives to its column, if it gives one.
pub(super) fn implied_name(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Name(ident) => Some(ident.name.clone()),
        ExprKind::Paren(inner) => implied_name(inner),
        ExprKind::Member(base, name) => match &base.kind {
            ExprKind::Name(side) if side.name.starts_with('$') => Some(name.name.clone()),
            _ => Some(part_name(base, &name.name)),
        },
        ExprKind::Index(base, index) => match &index.kind {
            ExprKind::Literal(Value::String(text)) => Some(part_name(base, text)),
            ExprKind::Literal(Value::Long(number)) if *number >= 0 => Some(part_name(base, &number.to_string())),
            _ => Some(format!("{}_", argument_name(base)?)),
        },
        ExprKind::Call(call) => call_name(call),
        _ => None,
    }
}

fn call_name(call: &Call) -> Option<String> {
    let name = call.name.name.as_str();
    let first = || call.args.first().and_then(|arg| argument_name(&arg.value));
    if name == "column_ifexists" {
        return match call.args.first().map(|arg| &arg.value.kind) {
            Some(ExprKind::Literal(Value::String(text))) => Some(text.clone()),
            _ => None,
        };
    }
    if let Some((_, always)) = ONE_NAME.iter().find(|(function, _)| *function == name) {
        return Some((*always).to_owned());
    }
    if LIKE_FIRST_ARGUMENT.contains(&name) {
        return first();
    }
    let (_, prefix) = FUNCTION_AND_FIRST_ARGUMENT.iter().find(|(function, _)| *function == name)?;
    Some(format!("{prefix}_{}", first().unwrap_or_default()))
}

/// The name of a part of a value: `d.x` is `d_x`, and a part of what has no name is called like itself.
fn part_name(base: &Expr, part: &str) -> String {
    argument_name(base).map_or_else(|| part.to_owned(), |base| format!("{base}_{part}"))
}

/// The name that an argument lends to the call around it.
pub(super) fn argument_name(expr: &Expr) -> Option<String> {
    aggregate_inside(expr).or_else(|| implied_name(expr))
}

/// The name that an aggregate inside another call goes by: `round(max(x), 2)` is called `max_x`.
fn aggregate_inside(expr: &Expr) -> Option<String> {
    match &expr.kind {
        ExprKind::Call(call) => {
            let name = call.name.name.as_str();
            // What is a function of several values too is an aggregate of one.
            let is_aggregate = functions::function(name).is_none() || call.args.len() == 1;
            let lends = functions::aggregate(name).is_some_and(|row| row.naming != Naming::Argument);
            if is_aggregate && lends { aggregate_name(expr) } else { None }
        }
        _ => None,
    }
}

/// The name of an aggregate's column: `sum_x`, `count_`, …
pub(super) fn aggregate_name(expr: &Expr) -> Option<String> {
    let ExprKind::Call(call) = &expr.kind else { return None };
    let row = functions::aggregate(&call.name.name)?;
    let first = || call.args.first().and_then(|arg| implied_name(&arg.value));
    match row.naming {
        Naming::Prefix(prefix) => Some(format!("{prefix}_{}", first().unwrap_or_default())),
        Naming::Fixed(name) => Some(name.to_owned()),
        Naming::Argument => first(),
        Naming::Percentile(place) => {
            let percentile = match call.args.get(place).map(|arg| &arg.value.kind) {
                Some(ExprKind::Literal(Value::Long(n))) => n.to_string(),
                Some(ExprKind::Literal(Value::Real(n))) => n.to_string().replace('.', "_"),
                _ => String::new(),
            };
            Some(format!("percentile_{}_{percentile}", first().unwrap_or_default()))
        }
    }
}

/// Hands out names that do not repeat: `x`, `x1`, `x2`, ….
#[derive(Default)]
pub(super) struct Names {
    taken: BTreeSet<String>,
    /// Those of `taken` that nobody wrote.
    implied: BTreeSet<String>,
    unnamed: usize,
}

impl Names {
    /// Starts with names that are taken.
    pub(super) fn with<'n>(names: impl IntoIterator<Item = &'n str>) -> Names {
        Names { taken: names.into_iter().map(str::to_owned).collect(), ..Names::default() }
    }

    /// The name itself, or the first of `name1`, `name2`, … that is free.
    pub(super) fn unique(&mut self, name: &str) -> String {
        let mut candidate = name.to_owned();
        let mut number = 0;
        while !self.taken.insert(candidate.clone()) {
            number += 1;
            candidate = format!("{name}{number}");
        }
        candidate
    }

    /// Like [`Names::unique`] for a name that nobody wrote: one that is written later may be like it, and gets a number.
    pub(super) fn implied(&mut self, name: &str) -> String {
        let name = self.unique(name);
        self.implied.insert(name.clone());
        name
    }

    /// Whether nobody wrote this name.
    pub(super) fn is_implied(&self, name: &str) -> bool {
        self.implied.contains(name)
    }

    /// `Column1`, `Column2`, … for values without a name.
    pub(super) fn unnamed(&mut self) -> String {
        loop {
            self.unnamed += 1;
            let candidate = format!("Column{}", self.unnamed);
            if self.taken.insert(candidate.clone()) {
                return candidate;
            }
        }
    }
}
