//! Functions that look at names, tables or the request rather than at values; the binder says them itself.

use super::{Function, Lower, Param, Returns, Takes};
use crate::types::Type;

/// The rows of this family.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "column_ifexists",
        aliases: &["columnifexists"],
        params: &[Param::one("name", Takes::Constant(Type::String)), Param::one("default", Takes::Any)],
        returns: Returns::Same(1),
        lower: Lower::Binder,
        summary: "Gives a column if the table has it, else the default.",
        example: "column_ifexists('ParticipantEndSubCode', '')",
    },
    Function {
        name: "column_names_of",
        aliases: &[],
        params: &[Param::one("table", Takes::Any)],
        returns: Returns::Type(Type::Dynamic),
        lower: Lower::Binder,
        summary: "Gives the names of a table's columns, as an array.",
        example: "column_names_of(ACSCallSurvey)",
    },
    Function {
        name: "bin_auto",
        aliases: &[],
        params: &[Param::one("value", Takes::Summable)],
        returns: Returns::Same(0),
        lower: Lower::Binder,
        summary: "Rounds down to bins of the size, and from the start, that `set query_bin_auto_size` and `query_bin_auto_at` say.",
        example: "bin_auto(7)",
    },
    Function {
        name: "toscalar",
        aliases: &[],
        params: &[Param::one("table", Takes::Any)],
        returns: Returns::From(|_| Type::Unknown),
        lower: Lower::Binder,
        summary: "Gives the first value of the first row of a table, worked out before the query.",
        example: "toscalar(range x from 1 to 3 step 1 | summarize sum(x))",
    },
];
