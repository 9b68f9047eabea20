//! The relational core: what a query means, after all names, types and sugar are gone.
//!
//! A column is known by its [`ColumnId`], unique within a request; names matter only at the root. Every conversion
//! is written out as a [`Scalar`] of its own, so that nothing below ever coerces.

pub mod display;
mod merge;
mod prune;
pub mod scalar;
mod shared;
mod walk;

use std::sync::Arc;

use crate::types::Type;
use crate::value::Value;
pub use scalar::{AggregateCall, Op, Scalar, Target};
pub use shared::settle;

/// Identity of a column within one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ColumnId(pub u32);

/// A column of a relation.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// Its identity.
    pub id: ColumnId,
    /// The name it shows at the root and in explanations.
    pub name: String,
    /// Its type.
    pub ty: Type,
}

/// A relation. Its output columns are those of [`Rel::columns`], in that order.
#[derive(Clone, Debug, PartialEq)]
pub enum Rel {
    /// Rows of a stored table. Columns carry the stored names.
    Scan {
        /// The table.
        table: String,
        /// The columns that are read; all of the table at first, pruned below.
        columns: Vec<Column>,
    },
    /// Rows of files outside of the tables.
    External {
        /// Where the files are, as written in the request.
        addresses: Vec<String>,
        /// How they are read.
        format: ExternalFormat,
        /// Whether the first record of each file is its header.
        header: bool,
        /// The columns: those of Parquet files by their names; otherwise one alone, of the records. Such a record is an
        /// array of texts, or a JSON value.
        columns: Vec<Column>,
    },
    /// Constant rows.
    Values {
        /// The columns.
        columns: Vec<Column>,
        /// The cells, row by row.
        rows: Vec<Vec<Value>>,
    },
    /// Rows for which the predicate is true (neither false nor null).
    Filter {
        /// Where rows come from.
        input: Box<Rel>,
        /// The test.
        predicate: Scalar,
    },
    /// New columns computed from those of the input.
    Project {
        /// Where rows come from.
        input: Box<Rel>,
        /// Each output column with its value.
        columns: Vec<(Column, Scalar)>,
    },
    /// One row per distinct combination of keys; one row in all when there are no keys.
    Aggregate {
        /// Where rows come from.
        input: Box<Rel>,
        /// Keys.
        groups: Vec<(Column, Scalar)>,
        /// Aggregates; one may yield several columns (`arg_max(x, a, b)`, `percentiles(x, 5, 50)`).
        aggregates: Vec<(Vec<Column>, AggregateCall)>,
    },
    /// Rows in order.
    Sort {
        /// Where rows come from.
        input: Box<Rel>,
        /// Keys, the first counts most.
        keys: Vec<SortKey>,
    },
    /// The first rows.
    Limit {
        /// Where rows come from.
        input: Box<Rel>,
        /// How many.
        count: u64,
    },
    /// Pairs of rows whose keys are equal; null equals null.
    Join {
        /// Which pairs and which lone rows.
        kind: JoinKind,
        /// Left side.
        left: Box<Rel>,
        /// Right side.
        right: Box<Rel>,
        /// Pairs of key expressions over the left and the right side. None: every pair.
        on: Vec<(Scalar, Scalar)>,
    },
    /// Rows of all inputs, each of which has as many columns, of the same types, as `columns`.
    Union {
        /// The inputs.
        inputs: Vec<Rel>,
        /// The output columns.
        columns: Vec<Column>,
    },
    /// One row per item of array columns, expanded in step; shorter ones are filled with nulls.
    Unnest {
        /// Where rows come from; all its columns go on to the output.
        input: Box<Rel>,
        /// Lists with the column of their items. Each is a call of a kernel that yields lists, such as
        /// `dynamic_items`; the type of the call is that of the items.
        columns: Vec<(Column, Scalar)>,
        /// What becomes of a row whose arrays are empty or missing.
        empty: EmptyArray,
    },
    /// Columns computed over neighbouring rows.
    Window {
        /// Where rows come from; all its columns go on to the output.
        input: Box<Rel>,
        /// New columns.
        columns: Vec<(Column, WindowCall)>,
        /// Partition keys; one partition when empty.
        partition_by: Vec<Scalar>,
        /// Order of the rows; as they come when empty.
        order_by: Vec<SortKey>,
    },
    /// A use of a relation that has a name in the request. Those that are still there after [`settle`] are run once
    /// for all of their uses.
    Shared {
        /// The same for all uses of one relation; larger than those of the relations that it uses itself.
        id: u32,
        /// Whether the request asks for it to be run only once.
        sharing: Sharing,
        /// What is used.
        input: Body,
        /// The columns of the input, in order, with identities of this use.
        columns: Vec<Column>,
    },
    /// Rows taken one after the other and matched by the steps of a state machine. Each match is a row of the output,
    /// so one row of the input may come several times, or not at all.
    Fold {
        /// Where rows come from; all its columns go on to the output.
        input: Box<Rel>,
        /// What a match holds beside its row: new columns of the output.
        values: Vec<FoldColumn>,
        /// The steps, first one first.
        steps: Vec<FoldStep>,
        /// The column that numbers sequences of matches from 0, in each partition.
        match_id: Option<Column>,
        /// Partition keys; one partition when empty. Each starts with nothing matched.
        partition_by: Vec<Scalar>,
        /// Order of the rows; as they come when empty.
        order_by: Vec<SortKey>,
    },
}

/// A relation that several places hold. It is equal to itself without a look inside, which matters where such relations
/// are made of others: each doubles the places.
#[derive(Clone, Debug)]
pub struct Body(pub Arc<Rel>);

impl PartialEq for Body {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
    }
}

impl std::ops::Deref for Body {
    type Target = Rel;

    fn deref(&self) -> &Rel {
        &self.0
    }
}

/// How a file outside of the tables is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExternalFormat {
    /// Records on lines, cells set apart by this character, quotes around cells that need them.
    Delimited(u8),
    /// Each line is a record of one cell.
    Lines,
    /// The file is a record of one cell.
    Whole,
    /// JSON values, each on a line of its own.
    JsonLines,
    /// JSON values one after the other; the items of arrays count as records.
    Json,
    /// Parquet.
    Parquet,
}

/// Whether a relation with a name is run once for all of its uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sharing {
    /// Yes, since the request says `materialize`.
    Asked,
    /// Only where the plan would get too large otherwise: elsewhere each use reads no more than it needs.
    IfLarge,
}

/// A column of [`Rel::Fold`].
#[derive(Clone, Debug, PartialEq)]
pub struct FoldColumn {
    /// The column.
    pub column: Column,
    /// What it is seen as in a step that has not matched; a constant.
    pub initial: Scalar,
}

/// A step of [`Rel::Fold`].
#[derive(Clone, Debug, PartialEq)]
pub struct FoldStep {
    /// A sequence may go on behind this step without a match of it.
    pub optional: bool,
    /// Which of its matches are shown.
    pub output: StepOutput,
    /// Whether a row matches, seen from the row and the last matches of the sequence.
    pub condition: Scalar,
    /// The values of a match, one for each of the fold's, seen likewise.
    pub next: Vec<Scalar>,
    /// What the values at the last match of this step go by, one for each of the fold's.
    pub last: Vec<ColumnId>,
}

/// Which matches of a step are rows of the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepOutput {
    /// All of them.
    All,
    /// The last one of those that follow each other in a sequence.
    Last,
    /// None.
    Nothing,
}

/// One sort key.
#[derive(Clone, Debug, PartialEq)]
pub struct SortKey {
    /// What is compared.
    pub value: Scalar,
    /// Largest first.
    pub descending: bool,
    /// Nulls in front.
    pub nulls_first: bool,
}

impl SortKey {
    /// By a column, smallest first, nulls before all.
    pub fn ascending(column: &Column) -> SortKey {
        SortKey { value: Scalar::column(column), descending: false, nulls_first: true }
    }
}

/// Which rows a join yields. Output columns are those of the left side, then those of the right one, but for semi
/// and anti joins, which yield the columns of one side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinKind {
    /// Matching pairs.
    Inner,
    /// Also left rows without a match.
    Left,
    /// Also right rows without a match.
    Right,
    /// Both.
    Full,
    /// Left rows with a match.
    LeftSemi,
    /// Left rows without a match.
    LeftAnti,
    /// Right rows with a match.
    RightSemi,
    /// Right rows without a match.
    RightAnti,
}

/// What becomes of a row whose arrays are empty or missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmptyArray {
    /// It goes on with null items.
    Keep,
    /// It is dropped.
    Drop,
}

/// A window function call.
#[derive(Clone, Debug, PartialEq)]
pub struct WindowCall {
    /// The registered window function.
    pub name: &'static str,
    /// Its arguments.
    pub args: Vec<Scalar>,
    /// The result's type.
    pub ty: Type,
}

impl Rel {
    /// The output columns, in order.
    pub fn columns(&self) -> Vec<Column> {
        match self {
            Rel::Scan { columns, .. }
            | Rel::External { columns, .. }
            | Rel::Values { columns, .. }
            | Rel::Union { columns, .. }
            | Rel::Shared { columns, .. } => columns.clone(),
            Rel::Filter { input, .. } | Rel::Sort { input, .. } | Rel::Limit { input, .. } => input.columns(),
            Rel::Project { columns, .. } => columns.iter().map(|(column, _)| column.clone()).collect(),
            Rel::Aggregate { groups, aggregates, .. } => {
                let groups = groups.iter().map(|(column, _)| column.clone());
                groups.chain(aggregates.iter().flat_map(|(columns, _)| columns.iter().cloned())).collect()
            }
            Rel::Join { kind, left, right, .. } => match kind {
                JoinKind::LeftSemi | JoinKind::LeftAnti => left.columns(),
                JoinKind::RightSemi | JoinKind::RightAnti => right.columns(),
                JoinKind::Inner | JoinKind::Left | JoinKind::Right | JoinKind::Full => {
                    let mut columns = left.columns();
                    columns.extend(right.columns());
                    columns
                }
            },
            Rel::Unnest { input, columns, .. } => {
                let mut all = input.columns();
                all.extend(columns.iter().map(|(column, _)| column.clone()));
                all
            }
            Rel::Fold { input, values, match_id, .. } => {
                let mut all = input.columns();
                all.extend(values.iter().map(|value| value.column.clone()).chain(match_id.clone()));
                all
            }
            Rel::Window { input, columns, .. } => {
                let mut all = input.columns();
                all.extend(columns.iter().map(|(column, _)| column.clone()));
                all
            }
        }
    }
}
