//! Walking relations: every scalar in them, wherever it stands.

use std::collections::BTreeMap;

use super::{Column, ColumnId, FoldColumn, FoldStep, Rel, Scalar, SortKey, WindowCall};

impl Rel {
    /// Calls `f` on every scalar of this relation and of those below it, outermost parts first.
    pub fn visit_scalars<'a>(&'a self, f: &mut dyn FnMut(&'a Scalar)) {
        for input in self.inputs() {
            input.visit_scalars(f);
        }
        self.visit_own_scalars(f);
    }

    /// Calls `f` on every scalar of this relation alone.
    pub(super) fn visit_own_scalars<'a>(&'a self, f: &mut dyn FnMut(&'a Scalar)) {
        match self {
            Rel::Scan { .. }
            | Rel::External { .. }
            | Rel::Values { .. }
            | Rel::Limit { .. }
            | Rel::Union { .. }
            | Rel::Shared { .. } => {}
            Rel::Filter { predicate, .. } => predicate.visit(f),
            Rel::Project { columns, .. } | Rel::Unnest { columns, .. } => {
                columns.iter().for_each(|(_, value)| value.visit(f));
            }
            Rel::Aggregate { groups, aggregates, .. } => {
                groups.iter().for_each(|(_, value)| value.visit(f));
                for (_, call) in aggregates {
                    call.args.iter().chain(&call.filter).for_each(|value| value.visit(f));
                    call.order_by.iter().for_each(|key| key.value.visit(f));
                }
            }
            Rel::Sort { keys, .. } => keys.iter().for_each(|key| key.value.visit(f)),
            Rel::Join { on, .. } => on.iter().for_each(|(left, right)| {
                left.visit(f);
                right.visit(f);
            }),
            Rel::Fold { values, steps, partition_by, order_by, .. } => {
                values.iter().for_each(|value| value.initial.visit(f));
                steps
                    .iter()
                    .flat_map(|step| step.next.iter().chain([&step.condition]))
                    .for_each(|value| value.visit(f));
                partition_by.iter().for_each(|value| value.visit(f));
                order_by.iter().for_each(|key| key.value.visit(f));
            }
            Rel::Window { columns, partition_by, order_by, .. } => {
                columns.iter().flat_map(|(_, call)| &call.args).for_each(|value| value.visit(f));
                partition_by.iter().for_each(|value| value.visit(f));
                order_by.iter().for_each(|key| key.value.visit(f));
            }
        }
    }

    /// Rebuilds the relation with `f` applied to every part of every scalar, innermost first.
    #[must_use]
    pub fn map_scalars(self, f: &mut dyn FnMut(Scalar) -> Scalar) -> Rel {
        let input = |rel: Box<Rel>, f: &mut dyn FnMut(Scalar) -> Scalar| Box::new(rel.map_scalars(f));
        match self {
            leaf @ (Rel::Scan { .. } | Rel::External { .. } | Rel::Values { .. } | Rel::Shared { .. }) => leaf,
            Rel::Filter { input: rel, predicate } => {
                Rel::Filter { input: input(rel, f), predicate: predicate.transform(f) }
            }
            Rel::Project { input: rel, columns } => Rel::Project { input: input(rel, f), columns: named(columns, f) },
            Rel::Aggregate { input: rel, groups, aggregates } => Rel::Aggregate {
                input: input(rel, f),
                groups: named(groups, f),
                aggregates: aggregates
                    .into_iter()
                    .map(|(columns, mut call)| {
                        call.args = all(call.args, f);
                        call.filter = call.filter.map(|filter| filter.transform(f));
                        call.order_by = sorted(call.order_by, f);
                        (columns, call)
                    })
                    .collect(),
            },
            Rel::Sort { input: rel, keys } => Rel::Sort { input: input(rel, f), keys: sorted(keys, f) },
            Rel::Limit { input: rel, count } => Rel::Limit { input: input(rel, f), count },
            Rel::Join { kind, left, right, on } => Rel::Join {
                kind,
                left: input(left, f),
                right: input(right, f),
                on: on.into_iter().map(|(left, right)| (left.transform(f), right.transform(f))).collect(),
            },
            Rel::Union { inputs, columns } => {
                Rel::Union { inputs: inputs.into_iter().map(|rel| rel.map_scalars(f)).collect(), columns }
            }
            Rel::Unnest { input: rel, columns, empty } => {
                Rel::Unnest { input: input(rel, f), columns: named(columns, f), empty }
            }
            Rel::Fold { input: rel, values, steps, match_id, partition_by, order_by } => Rel::Fold {
                input: input(rel, f),
                values: values
                    .into_iter()
                    .map(|value| FoldColumn { initial: value.initial.transform(f), ..value })
                    .collect(),
                steps: steps
                    .into_iter()
                    .map(|step| FoldStep { condition: step.condition.transform(f), next: all(step.next, f), ..step })
                    .collect(),
                match_id,
                partition_by: all(partition_by, f),
                order_by: sorted(order_by, f),
            },
            Rel::Window { input: rel, columns, partition_by, order_by } => Rel::Window {
                input: input(rel, f),
                columns: columns
                    .into_iter()
                    .map(|(column, call)| (column, WindowCall { args: all(call.args, f), ..call }))
                    .collect(),
                partition_by: all(partition_by, f),
                order_by: sorted(order_by, f),
            },
        }
    }

    /// The relations right below. What a shared relation stands for is not below it.
    pub fn inputs(&self) -> Vec<&Rel> {
        match self {
            Rel::Scan { .. } | Rel::External { .. } | Rel::Values { .. } | Rel::Shared { .. } => Vec::new(),
            Rel::Filter { input, .. }
            | Rel::Project { input, .. }
            | Rel::Aggregate { input, .. }
            | Rel::Sort { input, .. }
            | Rel::Limit { input, .. }
            | Rel::Unnest { input, .. }
            | Rel::Fold { input, .. }
            | Rel::Window { input, .. } => vec![input],
            Rel::Join { left, right, .. } => vec![left, right],
            Rel::Union { inputs, .. } => inputs.iter().collect(),
        }
    }

    /// The relations right below, to be changed.
    pub fn inputs_mut(&mut self) -> Vec<&mut Rel> {
        match self {
            Rel::Scan { .. } | Rel::External { .. } | Rel::Values { .. } | Rel::Shared { .. } => Vec::new(),
            Rel::Filter { input, .. }
            | Rel::Project { input, .. }
            | Rel::Aggregate { input, .. }
            | Rel::Sort { input, .. }
            | Rel::Limit { input, .. }
            | Rel::Unnest { input, .. }
            | Rel::Fold { input, .. }
            | Rel::Window { input, .. } => vec![input],
            Rel::Join { left, right, .. } => vec![left, right],
            Rel::Union { inputs, .. } => inputs.iter_mut().collect(),
        }
    }
}

fn all(values: Vec<Scalar>, f: &mut dyn FnMut(Scalar) -> Scalar) -> Vec<Scalar> {
    values.into_iter().map(|value| value.transform(f)).collect()
}

fn named<C>(values: Vec<(C, Scalar)>, f: &mut dyn FnMut(Scalar) -> Scalar) -> Vec<(C, Scalar)> {
    values.into_iter().map(|(column, value)| (column, value.transform(f))).collect()
}

fn sorted(keys: Vec<SortKey>, f: &mut dyn FnMut(Scalar) -> Scalar) -> Vec<SortKey> {
    keys.into_iter().map(|key| SortKey { value: key.value.transform(f), ..key }).collect()
}

impl Rel {
    /// The same relation with columns of new identities, so that it can stand twice in one query. `next` gives a new
    /// identity; `map` collects which old one became which.
    #[must_use]
    pub fn refreshed(self, map: &mut BTreeMap<ColumnId, ColumnId>, next: &mut dyn FnMut() -> ColumnId) -> Rel {
        let mut renew = |columns: Vec<Column>, map: &mut BTreeMap<ColumnId, ColumnId>| -> Vec<Column> {
            columns.into_iter().map(|c| Column { id: *map.entry(c.id).or_insert_with(&mut *next), ..c }).collect()
        };
        // Definitions first, inputs before outputs, so that every mention finds its new identity.
        let mut define = |rel: &Rel, map: &mut BTreeMap<ColumnId, ColumnId>| {
            let _ = renew(rel.columns(), map);
            if let Rel::Fold { values, steps, .. } = rel {
                for step in steps {
                    let last = values.iter().zip(&step.last);
                    let _ = renew(last.map(|(value, id)| Column { id: *id, ..value.column.clone() }).collect(), map);
                }
            }
        };
        self.define_below(&mut |rel| define(rel, map));
        let map = &*map;
        self.rename(map).map_scalars(&mut |scalar| match scalar {
            Scalar::Column(id, ty) => Scalar::Column(map.get(&id).copied().unwrap_or(id), ty),
            other => other,
        })
    }

    fn define_below(&self, f: &mut dyn FnMut(&Rel)) {
        for input in self.inputs() {
            input.define_below(f);
        }
        f(self);
    }

    fn rename(self, map: &BTreeMap<ColumnId, ColumnId>) -> Rel {
        let one = |column: Column| Column { id: map.get(&column.id).copied().unwrap_or(column.id), ..column };
        let pairs = |columns: Vec<(Column, Scalar)>| columns.into_iter().map(|(c, v)| (one(c), v)).collect();
        let below = |rel: Box<Rel>| Box::new(rel.rename(map));
        match self {
            Rel::Scan { table, columns } => Rel::Scan { table, columns: columns.into_iter().map(one).collect() },
            Rel::External { addresses, format, header, columns } => {
                Rel::External { addresses, format, header, columns: columns.into_iter().map(one).collect() }
            }
            Rel::Values { columns, rows } => Rel::Values { columns: columns.into_iter().map(one).collect(), rows },
            Rel::Shared { id, sharing, input, columns } => {
                Rel::Shared { id, sharing, input, columns: columns.into_iter().map(one).collect() }
            }
            Rel::Filter { input, predicate } => Rel::Filter { input: below(input), predicate },
            Rel::Project { input, columns } => Rel::Project { input: below(input), columns: pairs(columns) },
            Rel::Aggregate { input, groups, aggregates } => Rel::Aggregate {
                input: below(input),
                groups: pairs(groups),
                aggregates: aggregates.into_iter().map(|(c, a)| (c.into_iter().map(one).collect(), a)).collect(),
            },
            Rel::Sort { input, keys } => Rel::Sort { input: below(input), keys },
            Rel::Limit { input, count } => Rel::Limit { input: below(input), count },
            Rel::Join { kind, left, right, on } => Rel::Join { kind, left: below(left), right: below(right), on },
            Rel::Union { inputs, columns } => Rel::Union {
                inputs: inputs.into_iter().map(|rel| rel.rename(map)).collect(),
                columns: columns.into_iter().map(one).collect(),
            },
            Rel::Unnest { input, columns, empty } => {
                Rel::Unnest { input: below(input), columns: pairs(columns), empty }
            }
            Rel::Fold { input, values, steps, match_id, partition_by, order_by } => {
                let id = |id: ColumnId| map.get(&id).copied().unwrap_or(id);
                let values = values.into_iter().map(|value| FoldColumn { column: one(value.column), ..value });
                let steps = steps
                    .into_iter()
                    .map(|step| FoldStep { last: step.last.iter().map(|last| id(*last)).collect(), ..step });
                Rel::Fold {
                    input: below(input),
                    values: values.collect(),
                    steps: steps.collect(),
                    match_id: match_id.map(one),
                    partition_by,
                    order_by,
                }
            }
            Rel::Window { input, columns, partition_by, order_by } => Rel::Window {
                input: below(input),
                columns: columns.into_iter().map(|(c, call)| (one(c), call)).collect(),
                partition_by,
                order_by,
            },
        }
    }
}
