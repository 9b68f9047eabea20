//! Functions that look at names, tables or the request rather than at values; the binder says them itself.

use super::{Function, Lower, Param, Returns, Takes};
use crate::ir::{Op, Scalar};
use crate::types::Type;
use crate::value::Value;

/// What the one database is called.
pub const DATABASE: &str = "local";

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
        name: "current_database",
        aliases: &[],
        params: &[],
        returns: Returns::Type(Type::String),
        lower: Lower::Rewrite(|_| Ok(Scalar::text(DATABASE))),
        summary: "Gives the name of the database.",
        example: "current_database()",
    },
    Function {
        name: "estimate_data_size",
        aliases: &[],
        params: &[Param::many("column", Takes::Any)],
        returns: Returns::Type(Type::Long),
        lower: Lower::Binder,
        summary: "Gives about how many bytes the values of columns take, or those of all columns for `*`.",
        example: "estimate_data_size(*)",
    },
    Function {
        name: "ingestion_time",
        aliases: &[],
        params: &[],
        returns: Returns::Type(Type::DateTime),
        lower: Lower::Rewrite(|_| Ok(Scalar::Literal(Value::Null(Type::DateTime)))),
        summary: "Gives when a row was taken in; null, as for tables that do not keep that.",
        example: "ingestion_time()",
    },
    Function {
        name: "iscolumnexists",
        aliases: &[],
        params: &[Param::one("name", Takes::Constant(Type::String))],
        returns: Returns::Type(Type::Bool),
        lower: Lower::Binder,
        summary: "Tells whether the table has a column.",
        example: "iscolumnexists('CorrelationId')",
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

/// The bytes of plain values, and the length of texts.
pub(crate) fn data_size(columns: Vec<Scalar>) -> Scalar {
    let mut plain = 0;
    let mut sum: Option<Scalar> = None;
    for column in columns {
        plain += match column.ty() {
            Type::Bool => 1,
            Type::Int => 4,
            Type::Long | Type::Real | Type::DateTime | Type::TimeSpan => 8,
            Type::Decimal | Type::Guid => 16,
            Type::String | Type::Dynamic | Type::Unknown => {
                let length = Scalar::kernel("string_size", vec![column], Type::Long);
                let length = Scalar::op(Op::Coalesce, vec![length, Scalar::long(0)], Type::Long);
                sum = Some(match sum {
                    Some(sum) => Scalar::op(Op::Add, vec![sum, length], Type::Long),
                    None => length,
                });
                0
            }
        };
    }
    let plain = Scalar::long(plain);
    match sum {
        Some(sum) => Scalar::op(Op::Add, vec![sum, plain], Type::Long),
        None => plain,
    }
}
