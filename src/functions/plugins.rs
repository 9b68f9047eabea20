//! Plugins: what `evaluate` can call.

use super::{Param, Takes};
use crate::types::Type;

/// A plugin. What it does is in `bind::plugins`, in a function of its name.
#[derive(Clone, Copy)]
pub struct Plugin {
    /// Its name.
    pub name: &'static str,
    /// What it takes.
    pub params: &'static [Param],
    /// One sentence: what it does.
    pub summary: &'static str,
    /// A pipeline that shows it.
    pub example: &'static str,
}

/// The plugins that run.
pub const PLUGINS: &[Plugin] = &[
    Plugin {
        name: "bag_unpack",
        params: &[
            Param::one("column", Takes::Exact(Type::Dynamic)),
            Param::optional("prefix", Takes::Constant(Type::String)),
            Param::optional("columns_conflict", Takes::Constant(Type::String)),
            Param::optional("ignored_properties", Takes::Constant(Type::Dynamic)),
        ],
        summary: "Turns the properties of a bag into columns.",
        example: "print d = dynamic({'a': 1, 'b': 'two'}) | evaluate bag_unpack(d)",
    },
    Plugin {
        name: "narrow",
        params: &[],
        summary: "Turns each row into one row per column, with the row's number, the column's name and its value.",
        example: "print a = 1, b = 'two' | evaluate narrow()",
    },
    Plugin {
        name: "pivot",
        params: &[
            Param::one("column", Takes::Any),
            Param::optional("aggregate", Takes::Any),
            Param::any("kept", Takes::Any),
        ],
        summary: "Turns the values of a column into columns, with an aggregate of the rows that have each.",
        example: "datatable(k: string, v: long) ['a', 1, 'b', 2, 'a', 3] | evaluate pivot(k, sum(v))",
    },
];

/// The plugin of a name.
pub fn plugin(name: &str) -> Option<&'static Plugin> {
    PLUGINS.iter().find(|row| row.name == name)
}
