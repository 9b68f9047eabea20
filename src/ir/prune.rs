//! Leaves out columns that nobody reads, so that plans are as narrow as what they compute.

use std::collections::BTreeSet;

use super::{AggregateCall, Column, ColumnId, JoinKind, Rel, Scalar, Target};

type Read = BTreeSet<ColumnId>;

impl Rel {
    /// The relation without the columns that neither the caller nor the relation itself reads. Its output holds at
    /// least the columns in `read`, in no order that counts; its rows are the same.
    #[must_use]
    pub fn pruned(self, read: &BTreeSet<ColumnId>) -> Rel {
        match self {
            Rel::Scan { table, columns } => Rel::Scan { table, columns: those(columns, read, |column| column.id) },
            // Cells of these are told by their places.
            leaf @ (Rel::External { .. } | Rel::Values { .. } | Rel::Shared { .. }) => leaf,
            Rel::Filter { input, predicate } => {
                let below = with(read, [&predicate]);
                Rel::Filter { input: under(*input, &below), predicate }
            }
            Rel::Project { input, columns } => {
                let columns = those(columns, read, |(column, _)| column.id);
                let below = with(&Read::new(), columns.iter().map(|(_, value)| value));
                Rel::Project { input: under(*input, &below), columns }
            }
            Rel::Aggregate { input, groups, mut aggregates } => {
                let is_read = |columns: &[Column]| columns.iter().any(|column| read.contains(&column.id));
                match groups.is_empty() && !aggregates.iter().any(|(columns, _)| is_read(columns)) {
                    true => aggregates.truncate(1),
                    false => aggregates.retain(|(columns, _)| is_read(columns)),
                }
                aggregates.iter_mut().for_each(|(columns, call)| narrow(columns, call, read));
                let calls = aggregates.iter().flat_map(|(_, call)| {
                    call.args.iter().chain(&call.filter).chain(call.order_by.iter().map(|key| &key.value))
                });
                let below = with(&Read::new(), groups.iter().map(|(_, value)| value).chain(calls));
                Rel::Aggregate { input: under(*input, &below), groups, aggregates }
            }
            Rel::Sort { input, keys } => {
                let below = with(read, keys.iter().map(|key| &key.value));
                Rel::Sort { input: under(*input, &below), keys }
            }
            Rel::Limit { input, count } => Rel::Limit { input: under(*input, read), count },
            Rel::Join { kind, left, right, on } => {
                let keys = Read::new();
                let output = |reads: bool| if reads { read } else { &keys };
                let yields_left = !matches!(kind, JoinKind::RightSemi | JoinKind::RightAnti);
                let yields_right = !matches!(kind, JoinKind::LeftSemi | JoinKind::LeftAnti);
                let left_reads = with(output(yields_left), on.iter().map(|(key, _)| key));
                let right_reads = with(output(yields_right), on.iter().map(|(_, key)| key));
                Rel::Join { kind, left: under(*left, &left_reads), right: under(*right, &right_reads), on }
            }
            Rel::Union { inputs, columns } => union(inputs, columns, read),
            Rel::Unnest { input, columns, empty } => {
                let below = with(read, columns.iter().map(|(_, value)| value));
                Rel::Unnest { input: under(*input, &below), columns, empty }
            }
            Rel::Window { input, columns, partition_by, order_by } => {
                let columns: Vec<_> = columns.into_iter().filter(|(column, _)| read.contains(&column.id)).collect();
                if columns.is_empty() {
                    return input.pruned(read);
                }
                let args = columns.iter().flat_map(|(_, call)| &call.args);
                let below = with(read, args.chain(&partition_by).chain(order_by.iter().map(|key| &key.value)));
                Rel::Window { input: under(*input, &below), columns, partition_by, order_by }
            }
            fold @ Rel::Fold { .. } => {
                let mut below = read.clone();
                fold.visit_own_scalars(&mut |scalar| add(scalar, &mut below));
                match fold {
                    Rel::Fold { input, values, steps, match_id, partition_by, order_by } => {
                        Rel::Fold { input: under(*input, &below), values, steps, match_id, partition_by, order_by }
                    }
                    other => other,
                }
            }
        }
    }
}

/// Leaves out values of the chosen row (`arg_max(x, *)`). What it is chosen by stays, so the choice is the same.
fn narrow(columns: &mut Vec<Column>, call: &mut AggregateCall, read: &Read) {
    let chosen_by = match call.target {
        Target::Kernel("arg_max" | "arg_min") => 1,
        Target::Kernel("take_any") => 0,
        _ => return,
    };
    let keep: Vec<bool> =
        columns.iter().enumerate().map(|(at, column)| at < chosen_by || read.contains(&column.id)).collect();
    let is_paired = columns.len() == call.args.len() && columns.len() == call.types.len();
    if is_paired && keep.contains(&true) {
        retain(columns, &keep);
        retain(&mut call.args, &keep);
        retain(&mut call.types, &keep);
    }
}

fn retain<T>(items: &mut Vec<T>, keep: &[bool]) {
    let mut keep = keep.iter();
    items.retain(|_| keep.next().copied().unwrap_or(true));
}

fn under(input: Rel, read: &Read) -> Box<Rel> {
    Box::new(input.pruned(read))
}

/// The inputs of a union lose the same places. Each then has these columns alone, whatever else it computes.
fn union(inputs: Vec<Rel>, columns: Vec<Column>, read: &Read) -> Rel {
    let kept = those(columns.iter().enumerate().collect(), read, |(_, column)| column.id);
    let narrow = |input: Rel| {
        let wanted: Vec<Column> = input
            .columns()
            .into_iter()
            .enumerate()
            .filter(|(at, _)| kept.iter().any(|(place, _)| place == at))
            .map(|(_, column)| column)
            .collect();
        let pruned = input.pruned(&wanted.iter().map(|column| column.id).collect());
        if pruned.columns() == wanted {
            return pruned;
        }
        let columns = wanted.into_iter().map(|column| (column.clone(), Scalar::column(&column)));
        Rel::Project { columns: columns.collect(), input: Box::new(pruned) }
    };
    let inputs = inputs.into_iter().map(narrow).collect();
    let columns = kept.iter().map(|(_, column)| (*column).clone()).collect();
    Rel::Union { inputs, columns }
}

/// What is read, or the first where nothing is: rows are counted by a column at least.
fn those<T>(mut items: Vec<T>, read: &Read, id: impl Fn(&T) -> ColumnId) -> Vec<T> {
    if items.iter().any(|item| read.contains(&id(item))) {
        items.retain(|item| read.contains(&id(item)));
    } else {
        items.truncate(1);
    }
    items
}

/// What is read, and what these values read.
fn with<'s>(read: &Read, values: impl IntoIterator<Item = &'s Scalar>) -> Read {
    let mut all = read.clone();
    for value in values {
        value.visit(&mut |part| add(part, &mut all));
    }
    all
}

fn add(scalar: &Scalar, read: &mut Read) {
    if let Scalar::Column(id, _) = scalar {
        read.insert(*id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::display::explain;
    use crate::types::Type;

    fn column(id: u32) -> Column {
        Column { id: ColumnId(id), name: format!("c{id}"), ty: Type::Long }
    }

    fn scan(ids: std::ops::Range<u32>) -> Rel {
        Rel::Scan { table: "T".to_owned(), columns: ids.map(column).collect() }
    }

    fn check(rel: Rel, read: &[u32], columns: &[u32], scanned: &str) {
        let pruned = rel.pruned(&read.iter().copied().map(ColumnId).collect());
        let ids: Vec<u32> = pruned.columns().iter().map(|column| column.id.0).collect();
        assert_eq!(ids, columns);
        let text = explain(&pruned);
        assert!(text.contains(scanned), "{text}");
    }

    #[test]
    fn what_nobody_reads_is_left_out() {
        check(scan(0..4), &[2], &[2], "c2");
        // Rows are counted by a column at least.
        check(scan(0..4), &[], &[0], "c0");
        let project = |input: Rel| {
            let columns = vec![(column(10), Scalar::column(&column(1))), (column(11), Scalar::column(&column(2)))];
            Rel::Project { input: Box::new(input), columns }
        };
        check(project(scan(0..4)), &[11], &[11], "c2");
        let on = vec![(Scalar::column(&column(0)), Scalar::column(&column(5)))];
        let join = |kind| Rel::Join { kind, left: Box::new(scan(0..4)), right: Box::new(scan(4..8)), on: on.clone() };
        check(join(JoinKind::Inner), &[3, 7], &[0, 3, 5, 7], "c7");
        check(join(JoinKind::LeftAnti), &[3], &[0, 3], "c5");
        let latest = AggregateCall {
            target: Target::Kernel("arg_max"),
            args: (0..4).map(|id| Scalar::column(&column(id))).collect(),
            filter: None,
            distinct: false,
            order_by: Vec::new(),
            types: vec![Type::Long; 4],
        };
        let aggregates = vec![((30..34).map(column).collect(), latest)];
        let aggregate = Rel::Aggregate { input: Box::new(scan(0..4)), groups: Vec::new(), aggregates };
        check(aggregate, &[32], &[30, 32], "c2");
        let columns = vec![column(20), column(21), column(22), column(23)];
        let union = Rel::Union { inputs: vec![scan(0..4), scan(4..8)], columns };
        check(union, &[21, 23], &[21, 23], "c5");
    }
}
