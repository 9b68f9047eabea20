//! Rows of the statements: what may stand in a request beside operators.

/// A kind of statement.
pub struct Statement {
    /// The name of its page.
    pub name: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// How it is written.
    pub syntax: &'static str,
    /// A request that shows it.
    pub example: &'static str,
}

/// All kinds of statement, by name.
pub const STATEMENTS: &[Statement] = &[
    Statement {
        name: "alias",
        summary: "Gives a database another name.",
        syntax: "alias database Name = database(\"local\");",
        example: "alias database Logs = database(\"local\"); database(\"Logs\").ACSCallSummary | count",
    },
    Statement {
        name: "command",
        summary: "Asks about the data rather than for it: a management command, which operators may follow.",
        syntax: ".show tables | operator | …",
        example: ".show tables | count",
    },
    Statement {
        name: "export",
        summary: "Writes the rows of a query to files; the host of the engine has to allow it.",
        syntax: ".export [compressed] to csv|tsv|json|parquet (\"folder\") [with (property = value, …)] <| query",
        example: ".export to csv (\"out\") <| ACSCallSummary",
    },
    Statement {
        name: "expression",
        summary: "Gives a result table: a pipeline, or a scalar as a table of one cell.",
        syntax: "source | operator | …;",
        example: "ACSCallSummary | count; 1 + 1",
    },
    Statement {
        name: "function",
        summary: "Stores a function for this request and those behind it.",
        syntax: ".create-or-alter function [with (docstring = \"…\", folder = \"…\", view = true)] name(parameters) { body }",
        example: ".create-or-alter function Twice(x: long) { x * 2 }",
    },
    Statement {
        name: "let",
        summary: "Names a value, a table or a function for the rest of the request.",
        syntax: "let name = value;",
        example: "let limit = 60; ACSCallSummary | where CallDuration > limit",
    },
    Statement {
        name: "materialize",
        summary: "Runs a table expression once, however often its name is used.",
        syntax: "let name = materialize(table);",
        example: "let Long = materialize(ACSCallSummary | where CallDuration > 60); Long | union Long | count",
    },
    Statement {
        name: "pattern",
        summary: "Declares a name whose calls stand for tables that constant arguments choose.",
        syntax: "declare pattern Name = (Parameter: string, ...)[Path: string] { (Value, ...).[Value] = { Query }; ... };",
        example: "declare pattern Logs = (kind: string) { ('calls') = { ACSCallSummary }; }; Logs('calls') | count",
    },
    Statement {
        name: "query-parameters",
        summary: "Declares parameters that get their value when the query is run.",
        syntax: "declare query_parameters(name: type = default, …);",
        example: "declare query_parameters(kind: string = 'Group'); ACSCallSummary | where CallType == kind",
    },
    Statement {
        name: "restrict",
        summary: "Puts all tables but those listed out of reach of the statements behind it.",
        syntax: "restrict access to (Name, ...);",
        example: "restrict access to (ACSCallSummary); ACSCallSummary | count",
    },
    Statement {
        name: "set",
        summary: "Sets an option of the request.",
        syntax: "set name = value;",
        example: "set query_take_max_records = 5; ACSCallSummary",
    },
];
