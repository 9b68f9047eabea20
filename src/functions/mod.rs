//! What can be called: rows, not code. One row drives lookup, overload choice, help, completion, pages and tests.

pub mod aggregate;
pub mod conditional;
pub mod conversion;
pub mod conversion_units;
pub mod datetime;
pub mod dynamic;
pub mod encoding;
pub mod hash;
pub mod json_path;
pub mod math;
pub mod network;
pub mod plugins;
pub mod series;
pub mod series_models;
pub mod sketch;
pub mod special;
pub mod string;
mod string_calls;
pub mod time_format;
pub mod time_unit;
pub mod units;
pub mod unsupported;
pub mod window;

use crate::ir::Scalar;
use crate::types::Type;

/// A scalar function.
#[derive(Clone, Copy)]
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// Other names it answers to (`todouble` for `toreal`).
    pub aliases: &'static [&'static str],
    /// What it takes.
    pub params: &'static [Param],
    /// What it gives.
    pub returns: Returns,
    /// How it runs.
    pub lower: Lower,
    /// One sentence: what it does, third person, final period.
    pub summary: &'static str,
    /// A call that shows it, without `print`.
    pub example: &'static str,
}

/// A parameter of a function or an aggregate.
#[derive(Clone, Copy, Debug)]
pub struct Param {
    /// The name shown in help.
    pub name: &'static str,
    /// Which arguments fit.
    pub takes: Takes,
    /// How often it comes.
    pub arity: Arity,
}

/// Which arguments fit a parameter, and what they are converted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Anything, as it is.
    Any,
    /// A value of this type. Numbers widen to it; a `dynamic` value is converted; for `string` everything but
    /// numbers, booleans and times is turned to text.
    Exact(Type),
    /// Like `Exact`, but must be constant.
    Constant(Type),
    /// Anything constant, as it is.
    AnyConstant,
    /// A number as it is; `dynamic` becomes `real`.
    Number,
    /// `int` or `long` as it is.
    Integer,
    /// A number, datetime or timespan as it is.
    Summable,
    /// What has an order, as it is: a number, datetime, timespan, string or bool.
    Orderable,
    /// Anything but `dynamic`, as it is.
    NotDynamic,
    /// All arguments of parameters marked so are converted to their common type: the widest number, or the one type
    /// that is not a bare `null`, or `dynamic` when they differ.
    Common,
    /// Like `Common`, but whole numbers and reals do not mix: one of such arguments becomes the result, and Kusto does
    /// not let its type depend on which.
    Choice,
    /// Turned to text with `tostring`, whatever it is.
    Text,
    /// A `dynamic` value; a string is taken as it is (not parsed) and becomes a JSON string.
    Dynamic,
}

/// How often an argument comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arity {
    /// Exactly once.
    One,
    /// Once or not at all. Missing arguments are left out of the call.
    Optional,
    /// Any number of times, at least once. Only the last parameter; or two in a row, which then come in turns and may
    /// have one more behind them (`case`).
    Many,
    /// Any number of times, also none. Only the last parameter.
    Any,
}

/// What a function gives.
#[derive(Clone, Copy)]
pub enum Returns {
    /// Always this type.
    Type(Type),
    /// The type of an argument (after conversion), by position.
    Same(usize),
    /// The common type of the arguments marked [`Takes::Common`] or [`Takes::Choice`].
    Common,
    /// Decided from the arguments (after conversion).
    From(fn(&[Scalar]) -> Type),
    /// Several columns, as a bag with these properties; where one value must stand, it is the first.
    Columns(&'static [(&'static str, Type)]),
}

/// How a function runs.
#[derive(Clone, Copy)]
pub enum Lower {
    /// A scalar function of DataFusion takes the same arguments and gives the same answers, nulls included.
    Builtin(&'static str),
    /// A kernel in `engine::kernels`.
    Kernel(&'static str),
    /// Said with other scalars. `Err` is a message: an argument that is constant and wrong.
    Rewrite(fn(Vec<Scalar>) -> Result<Scalar, String>),
    /// Handled by name in `bind::expression`, because it needs names or the request's state
    /// (`column_ifexists`, `now`, `pack_all`, `toscalar`, …).
    Binder,
}

/// An aggregate.
#[derive(Clone, Copy)]
pub struct Aggregate {
    /// Its name.
    pub name: &'static str,
    /// Other names.
    pub aliases: &'static [&'static str],
    /// What it takes.
    pub params: &'static [Param],
    /// What it gives.
    pub returns: Returns,
    /// How it runs.
    pub lower: AggregateLower,
    /// What its column is called when no name is written.
    pub naming: Naming,
    /// One sentence.
    pub summary: &'static str,
    /// A `summarize` argument that shows it.
    pub example: &'static str,
}

/// How an aggregate runs.
#[derive(Clone, Copy)]
pub enum AggregateLower {
    /// An aggregate function of DataFusion that gives the same answers.
    Builtin(&'static str),
    /// An accumulator in `engine::aggregates`.
    Kernel(&'static str),
    /// Said with [`Scalar::Aggregate`] and scalars around it.
    Rewrite(fn(Vec<Scalar>) -> Result<Scalar, String>),
    /// Handled by name in `bind::aggregate`, because it yields several columns (`arg_max`, `percentiles`, …).
    Binder,
}

/// Kusto's automatic column name of an aggregate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// `sum_X`: the prefix and the name of the first argument when that is a plain column, else `sum_`.
    Prefix(&'static str),
    /// `count_`: always the same.
    Fixed(&'static str),
    /// The name of the first argument alone (`take_any(X)` is `X`).
    Argument,
    /// `percentile_X_99_9`: the first argument, and the constant argument at this place with `_` for its point.
    Percentile(usize),
}

impl Function {
    /// A row for the kernel of the same name, with a result that always has the same type.
    pub const fn kernel(
        name: &'static str,
        params: &'static [Param],
        returns: Type,
        summary: &'static str,
        example: &'static str,
    ) -> Function {
        let (returns, lower) = (Returns::Type(returns), Lower::Kernel(name));
        Function { name, aliases: &[], params, returns, lower, summary, example }
    }

    /// The row with other names beside its own.
    #[must_use]
    pub const fn aliases(self, aliases: &'static [&'static str]) -> Function {
        Function { aliases, ..self }
    }

    /// The row with a result type that depends on the arguments.
    #[must_use]
    pub const fn returns(self, returns: Returns) -> Function {
        Function { returns, ..self }
    }

    /// The row, run in another way.
    #[must_use]
    pub const fn lower(self, lower: Lower) -> Function {
        Function { lower, ..self }
    }
}

impl Takes {
    /// Whether arguments get one type for all of them.
    pub fn shares_type(self) -> bool {
        matches!(self, Takes::Common | Takes::Choice)
    }
}

impl Param {
    /// An argument that must be given.
    pub const fn one(name: &'static str, takes: Takes) -> Param {
        Param { name, takes, arity: Arity::One }
    }

    /// An argument that may be left out.
    pub const fn optional(name: &'static str, takes: Takes) -> Param {
        Param { name, takes, arity: Arity::Optional }
    }

    /// One or more arguments.
    pub const fn many(name: &'static str, takes: Takes) -> Param {
        Param { name, takes, arity: Arity::Many }
    }

    /// Any number of arguments.
    pub const fn any(name: &'static str, takes: Takes) -> Param {
        Param { name, takes, arity: Arity::Any }
    }
}

/// The families of scalar functions, in the order of the manual.
pub const FAMILIES: &[(&str, &[Function])] = &[
    ("string", string::FUNCTIONS),
    ("encoding", encoding::FUNCTIONS),
    ("math", math::FUNCTIONS),
    ("datetime", datetime::FUNCTIONS),
    ("conditional", conditional::FUNCTIONS),
    ("conversion", conversion::FUNCTIONS),
    ("units", conversion_units::FUNCTIONS),
    ("dynamic", dynamic::FUNCTIONS),
    ("series", series::FUNCTIONS),
    ("series models", series_models::FUNCTIONS),
    ("network", network::FUNCTIONS),
    ("hash", hash::FUNCTIONS),
    ("sketch", sketch::FUNCTIONS),
    ("special", special::FUNCTIONS),
    ("window", window::FUNCTIONS),
];

/// All scalar functions.
pub fn functions() -> impl Iterator<Item = &'static Function> {
    FAMILIES.iter().flat_map(|(_, rows)| rows.iter())
}

/// The scalar function of a name or alias.
pub fn function(name: &str) -> Option<&'static Function> {
    functions().find(|row| row.name == name || row.aliases.contains(&name))
}

/// All aggregates.
pub fn aggregates() -> impl Iterator<Item = &'static Aggregate> {
    aggregate::FAMILIES.iter().flat_map(|rows| rows.iter())
}

/// The aggregate of a name or alias.
pub fn aggregate(name: &str) -> Option<&'static Aggregate> {
    aggregates().find(|row| row.name == name || row.aliases.contains(&name))
}

/// The fewest and the most arguments; no most for a repeated last parameter.
pub fn argument_counts(params: &[Param]) -> (usize, Option<usize>) {
    let least = params.iter().filter(|p| matches!(p.arity, Arity::One | Arity::Many)).count();
    let endless = params.iter().any(|p| matches!(p.arity, Arity::Many | Arity::Any));
    (least, (!endless).then_some(params.len()))
}

/// The parameter that an argument is for, among `count` arguments.
pub fn parameter(params: &[Param], index: usize, count: usize) -> Option<&Param> {
    let repeats = |p: &Param| matches!(p.arity, Arity::Many | Arity::Any);
    let Some(first) = params.iter().position(repeats) else { return params.get(index) };
    let repeated = params[first..].iter().take_while(|p| repeats(p)).count();
    let behind = params.len() - first - repeated;
    if index < first {
        params.get(index)
    } else if index + behind >= count {
        params.get((params.len() + index).checked_sub(count)?)
    } else {
        params.get(first + (index - first) % repeated)
    }
}

/// The call as help and pages show it: `substring(source, start, [length])`.
pub fn syntax(name: &str, params: &[Param]) -> String {
    let shown: Vec<String> = params
        .iter()
        .map(|p| match p.arity {
            Arity::One => p.name.to_owned(),
            Arity::Optional => format!("[{}]", p.name),
            Arity::Many => format!("{}, …", p.name),
            Arity::Any => format!("[{}, …]", p.name),
        })
        .collect();
    format!("{name}({})", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_parameters_come_in_turns() {
        let case =
            [Param::many("predicate", Takes::Any), Param::many("then", Takes::Any), Param::one("else", Takes::Any)];
        let names = |params: &[Param], count: usize| -> Vec<&str> {
            (0..count).filter_map(|index| parameter(params, index, count)).map(|p| p.name).collect()
        };
        assert_eq!(names(&case, 5), ["predicate", "then", "predicate", "then", "else"]);
        assert_eq!(names(&case[..2], 4), ["predicate", "then", "predicate", "then"]);
        let plain = [Param::one("a", Takes::Any), Param::many("b", Takes::Any)];
        assert_eq!(names(&plain, 3), ["a", "b", "b"]);
        assert_eq!(names(&plain[..1], 2), ["a"]);
    }

    #[test]
    fn names_are_unique_and_rows_are_whole() {
        let mut seen = std::collections::BTreeSet::new();
        let rows = functions().map(|f| (f.name, f.aliases, f.summary, f.example));
        for (name, aliases, summary, example) in rows {
            for name in std::iter::once(&name).chain(aliases) {
                assert!(seen.insert(name.to_string()), "`{name}` has two rows");
            }
            assert!(summary.ends_with('.') && !summary.contains('\n'), "summary of `{name}`");
            assert!(example.contains(name), "the example of `{name}` does not call it");
        }
        let mut seen = std::collections::BTreeSet::new();
        for row in aggregates() {
            for name in std::iter::once(&row.name).chain(row.aliases) {
                assert!(seen.insert(name.to_string()), "`{name}` has two rows");
            }
            assert!(row.summary.ends_with('.') && row.example.contains(row.name), "row of `{}`", row.name);
        }
        for name in unsupported::FUNCTIONS {
            assert!(function(name).is_none(), "`{name}` is supported and refused");
        }
    }
}
