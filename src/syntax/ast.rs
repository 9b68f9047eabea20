//! The syntax tree: what was written, with places, before anything is looked up.
//!
//! One struct per operator, one field per fact. Nothing here is checked against tables or functions.

use crate::span::{Span, Spanned};
use crate::types::Type;
use crate::value::Value;

/// A name and where it was written. The brackets and quotes of `['a b']` are taken off.
#[derive(Clone, Debug, PartialEq)]
pub struct Ident {
    /// The name.
    pub name: String,
    /// The place, brackets included.
    pub span: Span,
}

/// A whole request.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// Its statements, in order.
    pub statements: Vec<Statement>,
}

/// One statement and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// What it is.
    pub kind: StatementKind,
    /// Its place, without the semicolon.
    pub span: Span,
}

/// The kinds of statement.
#[derive(Clone, Debug, PartialEq)]
pub enum StatementKind {
    /// An expression, scalar or tabular, whose answer is a result.
    Expression(Expr),
    /// `let name = …`
    Let(Let),
    /// `set option` or `set option = value`
    Set(SetOption),
    /// `declare query_parameters(…)`
    QueryParameters(Vec<Parameter>),
    /// `declare pattern name = (parameters)[path] { cases }`
    Pattern(Pattern),
    /// `alias database name = …`
    Alias {
        /// The new name.
        name: Ident,
        /// What it stands for.
        value: Expr,
    },
    /// `restrict access to (…)`
    Restrict(Vec<Expr>),
    /// `.show tables | …`: a management command, its words as written, and the pipeline behind it
    Command(Command),
}

/// A table that is chosen by constant arguments.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    /// Its name.
    pub name: Ident,
    /// What its cases are told apart by.
    pub parameters: Vec<NameAndType>,
    /// The part behind the dot, where there is one.
    pub path: Option<NameAndType>,
    /// The cases; none when the pattern was only announced.
    pub cases: Vec<PatternCase>,
}

/// `("a", "b").["c"] = { body }`
#[derive(Clone, Debug, PartialEq)]
pub struct PatternCase {
    /// The values of the parameters.
    pub args: Vec<Expr>,
    /// The value of the path.
    pub path: Option<Expr>,
    /// What the case stands for: a function without parameters.
    pub body: Function,
}

/// A management command: `.` and words up to the first top-level `|` (or `<|`).
#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    /// The text of the command, dot included.
    pub text: Spanned<String>,
    /// Operators behind `|`.
    pub operators: Vec<Operator>,
    /// The query behind `<|`.
    pub query: Option<Box<Expr>>,
    /// What `.create function` and its kin define.
    pub function: Option<Box<FunctionCommand>>,
}

/// `.create-or-alter function with (folder = "x") name(parameters) { body }`
#[derive(Clone, Debug, PartialEq)]
pub struct FunctionCommand {
    /// Which of the commands it is.
    pub change: FunctionChange,
    /// The properties behind `with`.
    pub properties: Vec<Option_>,
    /// The function's name.
    pub name: Ident,
    /// The function.
    pub function: Function,
}

/// What a command does with a function that is, or is not, there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FunctionChange {
    /// `.create function`: there must be none.
    Create,
    /// `.create function ifnotexists`: one that is there stays.
    CreateMissing,
    /// `.create-or-alter function`: replaces it.
    CreateOrAlter,
    /// `.alter function`: there must be one.
    Alter,
}

/// `let name = value`
#[derive(Clone, Debug, PartialEq)]
pub struct Let {
    /// The new name.
    pub name: Ident,
    /// What it stands for.
    pub value: LetValue,
}

/// The right side of a `let`.
#[derive(Clone, Debug, PartialEq)]
pub enum LetValue {
    /// A scalar or tabular expression; which of the two is known after binding.
    Expr(Expr),
    /// `(parameters) { body }`
    Function(Function),
}

/// A function with parameters and a body.
#[derive(Clone, Debug, PartialEq)]
pub struct Function {
    /// Its parameters.
    pub parameters: Vec<Parameter>,
    /// `view` was written in front.
    pub view: bool,
    /// The statements of the body; the last one is its value.
    pub body: Query,
    /// From the parameter list to the closing brace.
    pub span: Span,
}

/// A parameter: `name: type = default`, or `name: (column: type, …)` / `name: (*)` for a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: Ident,
    /// What it takes.
    pub kind: ParameterKind,
    /// The value it has when none is given.
    pub default: Option<Expr>,
}

/// What a parameter takes.
#[derive(Clone, Debug, PartialEq)]
pub enum ParameterKind {
    /// A scalar of a type.
    Scalar(Spanned<Type>),
    /// A table with at least these columns; any columns when empty (`(*)`).
    Tabular(Vec<NameAndType>),
}

/// `set name = value`
#[derive(Clone, Debug, PartialEq)]
pub struct SetOption {
    /// The option.
    pub name: Ident,
    /// Its value; none means true.
    pub value: Option<Expr>,
}

/// `name: type`
#[derive(Clone, Debug, PartialEq)]
pub struct NameAndType {
    /// The name.
    pub name: Ident,
    /// The type.
    pub ty: Spanned<Type>,
}

/// An expression and its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Its place.
    pub span: Span,
}

/// The kinds of expression. Scalar and tabular ones share the enum, since `let` and calls mix them.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A column, table, variable or parameterless function.
    Name(Ident),
    /// A name with `*` in it, as in `union ACS*` or `project-away *Id`. A lone `*` too.
    Wildcard(String),
    /// A constant.
    Literal(Value),
    /// `typeof(type, …)`; a lone `*` as type is `None`
    TypeOf(Vec<(Option<Ident>, Option<Spanned<Type>>)>),
    /// `name(arguments)`
    Call(Call),
    /// `base.name`
    Member(Box<Expr>, Ident),
    /// `base.selector` where the selector is more than a name: `database("x").f(1)`, `database("x").ACS*`
    Path(Box<Expr>, Box<Expr>),
    /// `base[index]`
    Index(Box<Expr>, Box<Expr>),
    /// `-a`, `+a`
    Unary(Spanned<UnaryOp>, Box<Expr>),
    /// `a op b`
    Binary(Spanned<BinaryOp>, Box<Expr>, Box<Expr>),
    /// `a in (list)`; one tabular expression in the list stands for its first column
    In(Spanned<InOp>, Box<Expr>, Vec<Expr>),
    /// `a between (low .. high)`
    Between {
        /// `between` or `!between`.
        op: Spanned<BetweenOp>,
        /// The tested value.
        value: Box<Expr>,
        /// The inclusive lower bound.
        low: Box<Expr>,
        /// The inclusive upper bound; a timespan is added to the lower bound.
        high: Box<Expr>,
    },
    /// `(a)`: kept, because the formatter and some rules ask for it
    Paren(Box<Expr>),
    /// `source | operator | …`; also a lone `print`, `range`, `datatable`, … as source
    Pipeline(Box<Pipeline>),
    /// `*` standing for all columns in an argument list (`arg_max(x, *)`)
    Star,
    /// `entity_group [a, b]`: databases or tables that `macro-expand` goes through
    EntityGroup(Vec<Expr>),
    /// `contextual_datatable`, `__x`-like oddities, by their keyword: refused by the binder
    Other(String),
}

/// A call with separate places for the name and the arguments.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// The function.
    pub name: Ident,
    /// The arguments.
    pub args: Vec<Argument>,
    /// From `(` to `)`.
    pub args_span: Span,
}

/// An argument, possibly named (`f(limit = 5)`).
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// The parameter's name.
    pub name: Option<Ident>,
    /// The value.
    pub value: Expr,
}

/// Prefix operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `-`
    Minus,
    /// `+`
    Plus,
}

/// Infix operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // The text of each is in `BinaryOp::text`.
pub enum BinaryOp {
    Or,
    And,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    EqualTilde,
    NotEqualTilde,
    Has,
    NotHas,
    HasCs,
    NotHasCs,
    HasPrefix,
    NotHasPrefix,
    HasPrefixCs,
    NotHasPrefixCs,
    HasSuffix,
    NotHasSuffix,
    HasSuffixCs,
    NotHasSuffixCs,
    Contains,
    NotContains,
    ContainsCs,
    NotContainsCs,
    StartsWith,
    NotStartsWith,
    StartsWithCs,
    NotStartsWithCs,
    EndsWith,
    NotEndsWith,
    EndsWithCs,
    NotEndsWithCs,
    Like,
    NotLike,
    LikeCs,
    NotLikeCs,
    MatchesRegex,
    /// `column: term` inside `search` and `find`
    Search,
}

impl BinaryOp {
    /// Every operator with its canonical text; synonyms (`<>`, `containscs`, `notcontains`, …) are in the keyword table.
    pub const ALL: &'static [(BinaryOp, &'static str)] = &[
        (BinaryOp::Or, "or"),
        (BinaryOp::And, "and"),
        (BinaryOp::Add, "+"),
        (BinaryOp::Subtract, "-"),
        (BinaryOp::Multiply, "*"),
        (BinaryOp::Divide, "/"),
        (BinaryOp::Modulo, "%"),
        (BinaryOp::Equal, "=="),
        (BinaryOp::NotEqual, "!="),
        (BinaryOp::Less, "<"),
        (BinaryOp::LessOrEqual, "<="),
        (BinaryOp::Greater, ">"),
        (BinaryOp::GreaterOrEqual, ">="),
        (BinaryOp::EqualTilde, "=~"),
        (BinaryOp::NotEqualTilde, "!~"),
        (BinaryOp::Has, "has"),
        (BinaryOp::NotHas, "!has"),
        (BinaryOp::HasCs, "has_cs"),
        (BinaryOp::NotHasCs, "!has_cs"),
        (BinaryOp::HasPrefix, "hasprefix"),
        (BinaryOp::NotHasPrefix, "!hasprefix"),
        (BinaryOp::HasPrefixCs, "hasprefix_cs"),
        (BinaryOp::NotHasPrefixCs, "!hasprefix_cs"),
        (BinaryOp::HasSuffix, "hassuffix"),
        (BinaryOp::NotHasSuffix, "!hassuffix"),
        (BinaryOp::HasSuffixCs, "hassuffix_cs"),
        (BinaryOp::NotHasSuffixCs, "!hassuffix_cs"),
        (BinaryOp::Contains, "contains"),
        (BinaryOp::NotContains, "!contains"),
        (BinaryOp::ContainsCs, "contains_cs"),
        (BinaryOp::NotContainsCs, "!contains_cs"),
        (BinaryOp::StartsWith, "startswith"),
        (BinaryOp::NotStartsWith, "!startswith"),
        (BinaryOp::StartsWithCs, "startswith_cs"),
        (BinaryOp::NotStartsWithCs, "!startswith_cs"),
        (BinaryOp::EndsWith, "endswith"),
        (BinaryOp::NotEndsWith, "!endswith"),
        (BinaryOp::EndsWithCs, "endswith_cs"),
        (BinaryOp::NotEndsWithCs, "!endswith_cs"),
        (BinaryOp::Like, "like"),
        (BinaryOp::NotLike, "notlike"),
        (BinaryOp::LikeCs, "likecs"),
        (BinaryOp::NotLikeCs, "notlikecs"),
        (BinaryOp::MatchesRegex, "matches regex"),
        (BinaryOp::Search, ":"),
    ];

    /// The canonical text.
    pub fn text(self) -> &'static str {
        Self::ALL.iter().find(|(op, _)| *op == self).map_or("", |(_, text)| text)
    }
}

/// Operators with a list on the right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InOp {
    /// `in`
    In,
    /// `!in`
    NotIn,
    /// `in~`
    InTilde,
    /// `!in~`
    NotInTilde,
    /// `has_any`
    HasAny,
    /// `has_all`
    HasAll,
}

impl InOp {
    /// Every operator with its text.
    pub const ALL: &'static [(InOp, &'static str)] = &[
        (InOp::In, "in"),
        (InOp::NotIn, "!in"),
        (InOp::InTilde, "in~"),
        (InOp::NotInTilde, "!in~"),
        (InOp::HasAny, "has_any"),
        (InOp::HasAll, "has_all"),
    ];

    /// The text.
    pub fn text(self) -> &'static str {
        Self::ALL.iter().find(|(op, _)| *op == self).map_or("", |(_, text)| text)
    }
}

/// Range tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BetweenOp {
    /// `between`
    Between,
    /// `!between`
    NotBetween,
}

/// `source | operator | operator …`
#[derive(Clone, Debug, PartialEq)]
pub struct Pipeline {
    /// Where rows come from.
    pub source: TableSource,
    /// What happens to them.
    pub operators: Vec<Operator>,
}

/// The first thing of a pipeline.
#[derive(Clone, Debug, PartialEq)]
pub enum TableSource {
    /// A table name, function call, `database("x").T`, a parenthesised pipeline, `materialize(…)`, …
    Expr(Expr),
    /// An operator that makes rows of its own or needs no input: `print`, `range`, `datatable`, `externaldata`,
    /// `union`, `find`, `search`, `evaluate` …
    Operator(Operator),
}

/// A tabular operator with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Operator {
    /// Which one, with all its parts.
    pub kind: OperatorKind,
    /// From the keyword to the last word.
    pub span: Span,
    /// The keyword alone.
    pub keyword: Span,
}

/// All tabular operators of KQL.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)] // Each variant is documented at its struct.
pub enum OperatorKind {
    As(As),
    AssertSchema(AssertSchema),
    Consume(Consume),
    Count(Count),
    Datatable(Datatable),
    Distinct(Distinct),
    Evaluate(Evaluate),
    ExecuteAndCache,
    Extend(Extend),
    ExternalData(ExternalData),
    Facet(Facet),
    Find(Find),
    Fork(Fork),
    GetSchema(GetSchema),
    Graph(Graph),
    Invoke(Invoke),
    Join(Join),
    Lookup(Lookup),
    MacroExpand(MacroExpand),
    MakeSeries(MakeSeries),
    MvApply(MvApply),
    MvExpand(MvExpand),
    Parse(Parse),
    ParseKv(ParseKv),
    Partition(Partition),
    PartitionBy(PartitionBy),
    Print(Print),
    Project(Project),
    ProjectAway(ProjectAway),
    ProjectByNames(ProjectByNames),
    ProjectKeep(ProjectKeep),
    ProjectRename(ProjectRename),
    ProjectReorder(ProjectReorder),
    Range(Range),
    Reduce(Reduce),
    Render(Render),
    Sample(Sample),
    SampleDistinct(SampleDistinct),
    Scan(Scan),
    Search(Search),
    Serialize(Serialize),
    Sort(Sort),
    Summarize(Summarize),
    Take(Take),
    Top(Top),
    TopHitters(TopHitters),
    TopNested(TopNested),
    Union(Union),
    Where(Where),
}

/// `name = value` in front of an operator's arguments: hints and `kind=`-like words.
#[derive(Clone, Debug, PartialEq)]
pub struct Option_ {
    /// The name, `hint.strategy` included.
    pub name: Ident,
    /// A word, literal or column.
    pub value: Expr,
}

/// `name = value`, `(a, b) = value`, or a bare value.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedExpr {
    /// The name, or names of a value with several columns; empty when none was written.
    pub names: Vec<Ident>,
    /// The value.
    pub value: Expr,
    /// All of it.
    pub span: Span,
}

/// `where predicate`
#[derive(Clone, Debug, PartialEq)]
pub struct Where {
    /// Options in front.
    pub options: Vec<Option_>,
    /// Rows for which it is true are kept.
    pub predicate: Expr,
}

/// `project a, b = expr`
#[derive(Clone, Debug, PartialEq)]
pub struct Project {
    /// The new columns.
    pub columns: Vec<NamedExpr>,
}

/// `project-away pattern, …`
#[derive(Clone, Debug, PartialEq)]
pub struct ProjectAway {
    /// Names and wildcards.
    pub columns: Vec<Expr>,
}

/// `project-keep pattern, …`
#[derive(Clone, Debug, PartialEq)]
pub struct ProjectKeep {
    /// Names and wildcards.
    pub columns: Vec<Expr>,
}

/// `project-by-names expr, …`
#[derive(Clone, Debug, PartialEq)]
pub struct ProjectByNames {
    /// Names, wildcards and dynamic arrays of names.
    pub columns: Vec<Expr>,
}

/// `project-rename new = old, …`
#[derive(Clone, Debug, PartialEq)]
pub struct ProjectRename {
    /// Pairs.
    pub columns: Vec<NamedExpr>,
}

/// `project-reorder pattern [asc|desc|granny-asc|granny-desc], …`
#[derive(Clone, Debug, PartialEq)]
pub struct ProjectReorder {
    /// Names and wildcards, with the order among a wildcard's matches.
    pub columns: Vec<(Expr, Option<Spanned<ReorderOrder>>)>,
}

/// How the matches of a wildcard are ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReorderOrder {
    /// `asc`
    Ascending,
    /// `desc`
    Descending,
    /// `granny-asc`: digits count as numbers
    GrannyAscending,
    /// `granny-desc`
    GrannyDescending,
}

/// `extend a = expr, …`
#[derive(Clone, Debug, PartialEq)]
pub struct Extend {
    /// New or replaced columns.
    pub columns: Vec<NamedExpr>,
}

/// `serialize [a = expr, …]`
#[derive(Clone, Debug, PartialEq)]
pub struct Serialize {
    /// New or replaced columns.
    pub columns: Vec<NamedExpr>,
}

/// `print a = expr, …`
#[derive(Clone, Debug, PartialEq)]
pub struct Print {
    /// The columns of the one row.
    pub columns: Vec<NamedExpr>,
}

/// `count [as name]`
#[derive(Clone, Debug, PartialEq)]
pub struct Count {
    /// Column name.
    pub name: Option<Ident>,
}

/// `distinct *` or `distinct a, b`
#[derive(Clone, Debug, PartialEq)]
pub struct Distinct {
    /// Options in front.
    pub options: Vec<Option_>,
    /// Columns or expressions; `Star` alone for all.
    pub columns: Vec<NamedExpr>,
}

/// `summarize [aggregates] [by groups]`
#[derive(Clone, Debug, PartialEq)]
pub struct Summarize {
    /// Hints.
    pub options: Vec<Option_>,
    /// Aggregates.
    pub aggregates: Vec<NamedExpr>,
    /// Group keys.
    pub groups: Vec<NamedExpr>,
}

/// `take n`, `limit n`
#[derive(Clone, Debug, PartialEq)]
pub struct Take {
    /// How many.
    pub count: Expr,
}

/// `sample n`
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// How many.
    pub count: Expr,
}

/// `sample-distinct n of expr`
#[derive(Clone, Debug, PartialEq)]
pub struct SampleDistinct {
    /// How many.
    pub count: Expr,
    /// Of what.
    pub of: Expr,
}

/// One sort key.
#[derive(Clone, Debug, PartialEq)]
pub struct SortKey {
    /// What is compared (may be named: `top 3 by x = a + b` is accepted by the grammar).
    pub expr: NamedExpr,
    /// `asc` or `desc`, if written.
    pub direction: Option<Spanned<Direction>>,
    /// `nulls first` or `nulls last`, if written.
    pub nulls: Option<Spanned<Nulls>>,
}

/// Sort direction; `desc` when none is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// `asc`
    Ascending,
    /// `desc`
    Descending,
}

/// Where nulls go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nulls {
    /// `nulls first`
    First,
    /// `nulls last`
    Last,
}

/// `sort by key, …`
#[derive(Clone, Debug, PartialEq)]
pub struct Sort {
    /// Hints.
    pub options: Vec<Option_>,
    /// The keys.
    pub keys: Vec<SortKey>,
}

/// `top n by key, …`
#[derive(Clone, Debug, PartialEq)]
pub struct Top {
    /// Hints.
    pub options: Vec<Option_>,
    /// How many.
    pub count: Expr,
    /// By what.
    pub keys: Vec<SortKey>,
}

/// `top-hitters n of expr [by weight]`
#[derive(Clone, Debug, PartialEq)]
pub struct TopHitters {
    /// How many.
    pub count: Expr,
    /// Of what.
    pub of: NamedExpr,
    /// Weight, one when not given.
    pub by: Option<NamedExpr>,
}

/// `top-nested …` with one clause per level.
#[derive(Clone, Debug, PartialEq)]
pub struct TopNested {
    /// The levels, outermost first.
    pub levels: Vec<TopNestedLevel>,
}

/// `top-nested [n] of expr [with others = value] by aggregate [asc|desc]`
#[derive(Clone, Debug, PartialEq)]
pub struct TopNestedLevel {
    /// How many; all when none.
    pub count: Option<Expr>,
    /// Of what.
    pub of: NamedExpr,
    /// The value that stands for the rest.
    pub others: Option<Expr>,
    /// The aggregate that ranks.
    pub by: NamedExpr,
    /// Its direction.
    pub direction: Option<Spanned<Direction>>,
}

/// `join kind=… (right) on …`
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    /// `kind=` and hints.
    pub options: Vec<Option_>,
    /// The right side.
    pub right: Expr,
    /// Column names, or comparisons of `$left.a == $right.b`; empty for a cross join (`on` left out or `1 == 1`).
    pub on: Vec<Expr>,
}

/// `lookup kind=… (right) on …`
#[derive(Clone, Debug, PartialEq)]
pub struct Lookup {
    /// `kind=` and hints.
    pub options: Vec<Option_>,
    /// The dimension table.
    pub right: Expr,
    /// As in `join`.
    pub on: Vec<Expr>,
}

/// `union kind=… withsource=… T1, (T2 | …), ACS*`
#[derive(Clone, Debug, PartialEq)]
pub struct Union {
    /// `kind=`, `withsource=`, `isfuzzy=` and hints.
    pub options: Vec<Option_>,
    /// Tables, wildcards and pipelines.
    pub tables: Vec<Expr>,
}

/// `as name`
#[derive(Clone, Debug, PartialEq)]
pub struct As {
    /// Hints.
    pub options: Vec<Option_>,
    /// The name the result goes by.
    pub name: Ident,
}

/// `assert-schema (name: type, …)`
#[derive(Clone, Debug, PartialEq)]
pub struct AssertSchema {
    /// The expected columns.
    pub columns: Vec<NameAndType>,
}

/// `consume`
#[derive(Clone, Debug, PartialEq)]
pub struct Consume {
    /// `decodeblocks=`
    pub options: Vec<Option_>,
}

/// `getschema`
#[derive(Clone, Debug, PartialEq)]
pub struct GetSchema {
    /// `kind = csl`.
    pub kind: Option<Option_>,
}

/// `datatable (name: type, …) [values]`
#[derive(Clone, Debug, PartialEq)]
pub struct Datatable {
    /// Options in front.
    pub options: Vec<Option_>,
    /// Its columns.
    pub columns: Vec<NameAndType>,
    /// Cells, row by row.
    pub values: Vec<Expr>,
}

/// `externaldata (name: type, …) [uris] with (properties)`
#[derive(Clone, Debug, PartialEq)]
pub struct ExternalData {
    /// Its columns.
    pub columns: Vec<NameAndType>,
    /// Storage strings.
    pub uris: Vec<Expr>,
    /// `format=…` and so on.
    pub properties: Vec<Option_>,
}

/// `evaluate plugin(arguments) [: (name: type, …)]`
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluate {
    /// Hints.
    pub options: Vec<Option_>,
    /// The plugin call.
    pub call: Call,
    /// The declared result columns; `true` when `*` (the input's columns) leads them.
    pub schema: Option<(bool, Vec<NameAndType>)>,
}

/// `facet by a, b [with (operators)]`
#[derive(Clone, Debug, PartialEq)]
pub struct Facet {
    /// The columns.
    pub columns: Vec<Expr>,
    /// What is done with the rows.
    pub with: Vec<Operator>,
}

/// `fork name=(operators) …`
#[derive(Clone, Debug, PartialEq)]
pub struct Fork {
    /// The branches.
    pub branches: Vec<(Option<Ident>, Vec<Operator>)>,
}

/// `find [withsource=n] [in (tables)] where predicate [project …]`
#[derive(Clone, Debug, PartialEq)]
pub struct Find {
    /// `withsource=` and so on.
    pub options: Vec<Option_>,
    /// The tables; all when empty.
    pub tables: Vec<Expr>,
    /// Rows to find.
    pub predicate: Expr,
    /// `project-smart` (the default) or listed columns.
    pub project: FindProject,
}

/// What `find` returns.
#[derive(Clone, Debug, PartialEq)]
pub enum FindProject {
    /// `project-smart`, also when nothing is written
    Smart,
    /// `project a, b: type, pack(*)`
    Columns(Vec<FindColumn>),
    /// `project-away …`
    Away(Vec<Expr>),
}

/// One column of `find … project`.
#[derive(Clone, Debug, PartialEq)]
pub struct FindColumn {
    /// A name, `*`, or `pack(*)`.
    pub column: Expr,
    /// Its type.
    pub ty: Option<Spanned<Type>>,
}

/// `search [kind=…] [in (tables)] predicate`
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// `kind=`
    pub options: Vec<Option_>,
    /// The tables; the input or all when empty.
    pub tables: Vec<Expr>,
    /// String literals are terms; `column: "term"` is [`BinaryOp::Search`].
    pub predicate: Expr,
}

/// `invoke function(arguments)`
#[derive(Clone, Debug, PartialEq)]
pub struct Invoke {
    /// The function; the input is its first argument.
    pub call: Call,
}

/// `macro-expand [kind] group as name ( statements )`
#[derive(Clone, Debug, PartialEq)]
pub struct MacroExpand {
    /// Options in front.
    pub options: Vec<Option_>,
    /// The entity group.
    pub group: Expr,
    /// The name of an entity inside the body.
    pub name: Ident,
    /// The body.
    pub body: Query,
}

/// `make-series a = agg [default = v], … on axis [from a] [to b] step c [by groups]`
#[derive(Clone, Debug, PartialEq)]
pub struct MakeSeries {
    /// `kind=nonempty` and hints.
    pub options: Vec<Option_>,
    /// Aggregates and the value of empty bins.
    pub aggregates: Vec<(NamedExpr, Option<Expr>)>,
    /// The axis column.
    pub on: NamedExpr,
    /// Inclusive start.
    pub from: Option<Expr>,
    /// Exclusive end.
    pub to: Option<Expr>,
    /// Width of a bin (`in range(a, b, c)` is stored as from, to and step, `in_range` set).
    pub step: Expr,
    /// Written as `in range(from, to, step)`, where the end is inclusive.
    pub in_range: bool,
    /// Group keys.
    pub by: Vec<NamedExpr>,
}

/// `mv-expand [options] a [to typeof(t)], … [limit n]`
#[derive(Clone, Debug, PartialEq)]
pub struct MvExpand {
    /// `bagexpansion=`, `with_itemindex=`
    pub options: Vec<Option_>,
    /// What is expanded.
    pub columns: Vec<MvExpandColumn>,
    /// Most rows per input row.
    pub limit: Option<Expr>,
}

/// One expanded column.
#[derive(Clone, Debug, PartialEq)]
pub struct MvExpandColumn {
    /// The array.
    pub expr: NamedExpr,
    /// The type of its items.
    pub ty: Option<Spanned<Type>>,
}

/// `mv-apply [options] a, … [limit n] on ( operators )`
#[derive(Clone, Debug, PartialEq)]
pub struct MvApply {
    /// `with_itemindex=`
    pub options: Vec<Option_>,
    /// What is expanded.
    pub columns: Vec<MvExpandColumn>,
    /// Most rows per input row.
    pub limit: Option<Expr>,
    /// `id column` written behind the limit.
    pub id: Option<Expr>,
    /// Runs over the rows of one input row.
    pub body: Vec<Operator>,
}

/// `parse` and `parse-where`
#[derive(Clone, Debug, PartialEq)]
pub struct Parse {
    /// `parse-where`: rows that do not match are dropped.
    pub filter: bool,
    /// `kind=` and `flags=`
    pub options: Vec<Option_>,
    /// The text.
    pub text: Expr,
    /// The pattern.
    pub pattern: Vec<ParseItem>,
}

/// A part of a parse pattern.
#[derive(Clone, Debug, PartialEq)]
pub enum ParseItem {
    /// `*`
    Star(Span),
    /// A string literal.
    Text(Spanned<String>),
    /// `name[: type]`
    Column(Ident, Option<Spanned<Type>>),
}

/// `parse-kv text as (name: type, …) [with (options)]`
#[derive(Clone, Debug, PartialEq)]
pub struct ParseKv {
    /// The text.
    pub text: Expr,
    /// The keys.
    pub columns: Vec<NameAndType>,
    /// `pair_delimiter=` and so on.
    pub properties: Vec<Option_>,
}

/// `partition [hints] by column ( operators )` or `{ query }`
#[derive(Clone, Debug, PartialEq)]
pub struct Partition {
    /// Hints.
    pub options: Vec<Option_>,
    /// The key.
    pub by: Expr,
    /// What runs on each part.
    pub body: PartitionBody,
}

/// What runs on each part.
#[derive(Clone, Debug, PartialEq)]
pub enum PartitionBody {
    /// `(operators)`
    Operators(Vec<Operator>),
    /// `{ query }`, which names its own source
    Query(Box<Query>),
}

/// `__partitionby column [id n] ( operators )`
#[derive(Clone, Debug, PartialEq)]
pub struct PartitionBy {
    /// Hints.
    pub options: Vec<Option_>,
    /// The key.
    pub by: Expr,
    /// What runs on each part.
    pub body: Vec<Operator>,
}

/// `range name from a to b step c`
#[derive(Clone, Debug, PartialEq)]
pub struct Range {
    /// The column.
    pub name: Ident,
    /// First value.
    pub from: Expr,
    /// Last value, inclusive.
    pub to: Expr,
    /// Distance.
    pub step: Expr,
}

/// `reduce by expr [with options]`
#[derive(Clone, Debug, PartialEq)]
pub struct Reduce {
    /// `kind=`
    pub options: Vec<Option_>,
    /// The text.
    pub by: NamedExpr,
    /// `threshold=`, `characters=`
    pub properties: Vec<Option_>,
}

/// `render kind [with (properties)]`
#[derive(Clone, Debug, PartialEq)]
pub struct Render {
    /// The chart.
    pub chart: Ident,
    /// Properties, of either form.
    pub properties: Vec<Option_>,
}

/// `scan [options] [partition by …] [order by …] [declare (…)] with ( steps )`
#[derive(Clone, Debug, PartialEq)]
pub struct Scan {
    /// `kind=`, `with_match_id=`
    pub options: Vec<Option_>,
    /// Partition keys.
    pub partition_by: Vec<Expr>,
    /// Sort keys.
    pub order_by: Vec<SortKey>,
    /// State columns with defaults.
    pub declare: Vec<Parameter>,
    /// The steps.
    pub steps: Vec<ScanStep>,
}

/// `step name [optional] [output=…]: condition [=> a = x, …];`
#[derive(Clone, Debug, PartialEq)]
pub struct ScanStep {
    /// Its name.
    pub name: Ident,
    /// `optional`
    pub optional: bool,
    /// `output=all|last|none`
    pub output: Option<Ident>,
    /// When a row matches.
    pub condition: Expr,
    /// What is assigned then.
    pub assignments: Vec<NamedExpr>,
}

/// One of the graph operators, whose inner grammar is kept as text.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// `make-graph`, `graph-match`, …
    pub name: &'static str,
    /// The words behind it.
    pub text: Spanned<String>,
}
