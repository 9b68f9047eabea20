//! A bound table: a relation, the columns in sight, and the order that later operators may rely on.
//!
//! Sorting is not done where `sort` stands but where its order is first needed (`take`, a window function, the end
//! of the pipeline), so that filters and projections in between are not held up. Until then the keys are carried
//! along as hidden columns of the relation.

use crate::ir::{AggregateCall, Column, ColumnId, Op, Rel, Scalar, SortKey, Target, WindowCall};
use crate::types::Type;

use super::{Binder, Chart};

/// A tabular value while a pipeline is bound.
#[derive(Clone)]
pub(super) struct Table {
    /// What computes it. Its columns hold at least those of `columns` and those that `order` and `came` mention.
    pub(super) rel: Rel,
    /// The columns in sight, in order, of distinct names.
    pub(super) columns: Vec<Column>,
    /// The order of rows that was asked for.
    pub(super) order: Vec<SortKey>,
    /// Whether window functions may run: after `sort`, `serialize`, `range`, ….
    pub(super) serialized: bool,
    /// What `render` asked for.
    pub(super) chart: Option<Chart>,
    /// The name that `as` gave to the result.
    pub(super) name: Option<String>,
    /// Some part was wrong: names that are missing here are not reported.
    pub(super) broken: bool,
    /// Inside `mv-apply` and `partition`: hidden columns that tell the parts apart, each of which the operators treat
    /// as a table of its own.
    pub(super) keys: Vec<Column>,
    /// Hidden columns that are equal in all rows of a part and go on to the end of it.
    pub(super) carried: Vec<Column>,
    /// Hidden columns that tell in which order the rows of a part came: what windows and limits go by where the order that was asked for
    /// leaves rows equal, or where none was.
    pub(super) came: Vec<Column>,
}

impl Table {
    /// A table whose visible columns are all those of a relation.
    pub(super) fn new(rel: Rel) -> Table {
        let columns = rel.columns();
        Table {
            rel,
            columns,
            order: Vec::new(),
            serialized: false,
            chart: None,
            name: None,
            broken: false,
            keys: Vec::new(),
            carried: Vec::new(),
            came: Vec::new(),
        }
    }

    /// Stands in for a table that could not be bound.
    pub(super) fn broken() -> Table {
        Table { broken: true, ..Table::new(Rel::Values { columns: Vec::new(), rows: Vec::new() }) }
    }

    /// The column of a name.
    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Columns that the order and the parts need beside those listed.
    fn hidden(&self, shown: &[(Column, Scalar)]) -> Vec<(Column, Scalar)> {
        let mut hidden: Vec<(Column, Scalar)> = Vec::new();
        for column in self.keys.iter().chain(&self.carried).chain(&self.came) {
            if !shown.iter().chain(&hidden).any(|(known, _)| known.id == column.id) {
                hidden.push((column.clone(), Scalar::column(column)));
            }
        }
        let columns = self.rel.columns();
        for key in &self.order {
            key.value.visit(&mut |part| {
                let Scalar::Column(id, ty) = part else { return };
                let kept = shown.iter().chain(&hidden).any(|(column, _)| column.id == *id);
                if !kept {
                    let name = columns.iter().find(|c| c.id == *id).map_or_else(String::new, |c| c.name.clone());
                    hidden.push((Column { id: *id, name, ty: *ty }, Scalar::Column(*id, *ty)));
                }
            });
        }
        hidden
    }

    /// Replaces the visible columns by these. Their values are over the present relation.
    #[must_use]
    pub(super) fn project(self, columns: Vec<(Column, Scalar)>) -> Table {
        let visible: Vec<Column> = columns.iter().map(|(column, _)| column.clone()).collect();
        let renamed_only =
            columns.iter().all(|(column, value)| matches!(value, Scalar::Column(id, _) if *id == column.id));
        if renamed_only {
            // Only names or the choice of columns changed: identities stay, so no node is needed.
            return Table { columns: visible, ..self };
        }
        let mut all = columns;
        all.extend(self.hidden(&all));
        Table { rel: Rel::Project { input: Box::new(self.rel), columns: all }, columns: visible, ..self }
    }

    /// Keeps rows for which a predicate is true.
    #[must_use]
    pub(super) fn filter(self, predicate: Scalar) -> Table {
        Table { rel: Rel::Filter { input: Box::new(self.rel), predicate }, ..self }
    }

    /// The order in which a window takes rows.
    pub(super) fn window_order(&self) -> Vec<SortKey> {
        self.order.iter().cloned().chain(self.came.iter().map(SortKey::ascending)).collect()
    }

    /// Rows in the order asked for, as a relation of at least the visible columns.
    pub(super) fn sorted(self) -> Rel {
        if self.order.is_empty() {
            return self.rel;
        }
        Rel::Sort { input: Box::new(self.rel), keys: self.order }
    }

    /// Exactly the visible columns, in order, rows in the order asked for.
    pub(super) fn finish(self) -> Rel {
        let columns = self.columns.clone();
        exactly(self.sorted(), columns)
    }

    /// Exactly the visible columns, in any order of rows.
    pub(super) fn unordered(self) -> Rel {
        let columns = self.columns.clone();
        exactly(self.rel, columns)
    }
}

/// A relation of exactly these columns, names included.
fn exactly(rel: Rel, columns: Vec<Column>) -> Rel {
    if rel.columns() == columns {
        return rel;
    }
    let columns = columns.into_iter().map(|column| (column.clone(), Scalar::column(&column))).collect();
    Rel::Project { input: Box::new(rel), columns }
}

impl Binder<'_> {
    /// The first rows, of each part where there are parts.
    pub(super) fn limit(&mut self, table: Table, count: u64) -> Table {
        if table.keys.is_empty() {
            let shape = Table { rel: Rel::Values { columns: Vec::new(), rows: Vec::new() }, ..table.clone() };
            return Table { rel: Rel::Limit { input: Box::new(table.sorted()), count }, ..shape };
        }
        let number = self.fresh("row_number", Type::Long);
        let most = Scalar::long(i64::try_from(count).unwrap_or(i64::MAX));
        let table = self.number_rows(table, &number);
        table.filter(Scalar::op(Op::LessOrEqual, vec![Scalar::column(&number), most], Type::Bool))
    }

    /// Numbers rows from 1, in order, in each part.
    pub(super) fn number_rows(&mut self, table: Table, number: &Column) -> Table {
        let call = WindowCall { name: "row_number", args: Vec::new(), ty: Type::Long };
        let order_by = table.window_order();
        let rel = Rel::Window {
            input: Box::new(table.rel),
            columns: vec![(number.clone(), call)],
            partition_by: table.keys.iter().map(Scalar::column).collect(),
            order_by,
        };
        Table { rel, ..table }
    }

    /// Rows grouped, in each part where there are parts. Visible columns are the groups, then the aggregates'.
    pub(super) fn group(
        &mut self,
        table: Table,
        groups: Vec<(Column, Scalar)>,
        aggregates: Vec<(Vec<Column>, AggregateCall)>,
    ) -> Table {
        let outputs = aggregates.iter().flat_map(|(columns, _)| columns.iter().cloned());
        let columns: Vec<Column> = groups.iter().map(|(column, _)| column.clone()).chain(outputs).collect();
        let (mut groups, mut aggregates) = (groups, aggregates);
        groups.extend(table.keys.iter().map(|key| (key.clone(), Scalar::column(key))));
        if !table.carried.is_empty() {
            let call = AggregateCall {
                target: Target::Kernel("take_any"),
                args: table.carried.iter().map(Scalar::column).collect(),
                filter: None,
                distinct: false,
                order_by: Vec::new(),
                types: table.carried.iter().map(|column| column.ty).collect(),
            };
            aggregates.push((table.carried.clone(), call));
        }
        let rel = Rel::Aggregate { input: Box::new(table.rel), groups, aggregates };
        Table { columns, broken: table.broken, keys: table.keys, carried: table.carried, ..Table::new(rel) }
    }

    /// A column of a new identity.
    pub(super) fn fresh(&mut self, name: impl Into<String>, ty: Type) -> Column {
        self.next_id += 1;
        Column { id: ColumnId(self.next_id), name: name.into(), ty }
    }
}
