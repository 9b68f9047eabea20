//! `top-nested`: the largest groups, and in each of them the largest groups of the next level.

use std::collections::BTreeMap;

use crate::ir::{AggregateCall, Column, ColumnId, JoinKind, Op, Rel, Scalar, SortKey, WindowCall};
use crate::syntax::ast::{Direction, TopNested, TopNestedLevel};
use crate::types::Type;
use crate::value::Value;

use super::super::Binder;
use super::super::env::Env;
use super::super::expression::Scope;
use super::super::naming::{Names, implied_name};
use super::super::result::count_rows;
use super::super::table::Table;

/// One level, bound over the columns of the input.
struct Level {
    /// What its groups have in common.
    of: Scalar,
    /// What ranks its groups.
    by: Scalar,
    /// What the row of the rest shows in place of a group.
    others: Option<Scalar>,
    /// The columns of the result.
    shown: [Column; 2],
    count: Option<u64>,
    descending: bool,
}

/// The groups chosen down to some level: their keys, and for each level what is shown of it.
#[derive(Clone)]
struct Chosen {
    rel: Rel,
    keys: Vec<Column>,
    ranks: Vec<Column>,
}

impl<'a> Binder<'a> {
    pub(super) fn bind_top_nested(&mut self, nested: &'a TopNested, table: Table, env: &Env<'a>) -> Table {
        let scope = Scope::of(env, &table);
        let broken = table.broken;
        let mut names = Names::default();
        // What tells parts apart is a level above all others, of which every group is chosen.
        let hidden: Vec<Column> = table.keys.iter().chain(&table.carried).cloned().collect();
        let mut levels: Vec<Level> = hidden.iter().map(|key| self.level_of_part(key)).collect();
        for level in &nested.levels {
            match self.bind_level(level, &scope, &mut names) {
                Some(level) => levels.push(level),
                None => return Table::broken(),
            }
        }
        let mut chosen: Vec<Chosen> = Vec::new();
        for depth in 0..levels.len() {
            let next = self.choose(&table.rel, &levels, depth, chosen.last());
            chosen.push(next);
        }
        let columns: Vec<Column> = levels.iter().flat_map(|level| level.shown.clone()).collect();
        let visible = columns.iter().skip(2 * hidden.len()).cloned().collect();
        let result =
            |rel| Table { broken, columns: visible, keys: table.keys, carried: table.carried, ..Table::new(rel) };
        let rests: Vec<Rel> = (0..levels.len())
            .filter_map(|depth| {
                let above = depth.checked_sub(1).and_then(|above| chosen.get(above));
                self.rest(&table.rel, &levels, depth, above, chosen.get(depth)?)
            })
            .collect();
        let Some(last) = chosen.pop() else { return Table::broken() };
        let pairs = last.keys.iter().zip(&last.ranks).flat_map(|(key, rank)| [key, rank]);
        let shown = columns.into_iter().zip(pairs.map(Scalar::column));
        if rests.is_empty() {
            let columns = shown.collect();
            return result(Rel::Project { input: Box::new(last.rel), columns });
        }
        let (columns, values): (Vec<Column>, Vec<Scalar>) = shown.unzip();
        let own = columns.iter().map(|column| self.fresh(column.name.as_str(), column.ty)).zip(values).collect();
        let mut inputs = vec![Rel::Project { input: Box::new(last.rel), columns: own }];
        inputs.extend(rests);
        result(Rel::Union { inputs, columns })
    }

    fn level_of_part(&mut self, key: &Column) -> Level {
        let by = Scalar::Aggregate(Box::new(count_rows()));
        let shown = [key.clone(), self.fresh("rows", Type::Long)];
        Level { of: Scalar::column(key), by, others: None, shown, count: None, descending: true }
    }

    fn bind_level(&mut self, level: &'a TopNestedLevel, scope: &Scope<'a>, names: &mut Names) -> Option<Level> {
        let of = self.bind_scalar(&level.of.value, scope);
        let by = self.bind_scalar(&level.by.value, &scope.aggregating());
        if of.ty() == Type::Unknown || by.ty() == Type::Unknown {
            return None;
        }
        self.check_aggregated(&by, level.by.value.span);
        let others = level.others.as_ref().map(|others| {
            let value = self.bind_scalar(others, &Scope::constants(scope.env.clone()));
            self.convert_or_report(value, of.ty(), others.span)
        });
        let of_name = level.of.names.first().map(|ident| ident.name.clone());
        let of_name = of_name.or_else(|| implied_name(&level.of.value)).map(|name| names.unique(&name));
        let of_name = of_name.unwrap_or_else(|| names.unnamed());
        let by_name = level.by.names.first().map(|ident| ident.name.clone());
        let by_name = by_name.unwrap_or_else(|| format!("aggregated_{of_name}"));
        let shown = [self.fresh(of_name.as_str(), of.ty()), self.fresh(names.unique(&by_name), by.ty())];
        let count = level.count.as_ref().map(|count| self.bind_count_of_rows(count, &scope.env));
        let descending = level.direction.as_ref().is_none_or(|d| d.node == Direction::Descending);
        Some(Level { of, by, others, shown, count, descending })
    }

    /// The groups of a level inside of those chosen above it.
    fn choose(&mut self, input: &Rel, levels: &[Level], depth: usize, above: Option<&Chosen>) -> Chosen {
        let level = &levels[depth];
        let (rel, keys, rank) = self.grouped(input, &levels[..=depth], level.by.clone());
        let parents: Vec<Column> = keys.iter().take(depth).cloned().collect();
        let (rel, mut ranks) = match above {
            None => (rel, Vec::new()),
            Some(above) => {
                let above = self.copy(above);
                let on = pairs(&above.keys, &parents);
                let (left, right) = (Box::new(above.rel), Box::new(rel));
                (Rel::Join { kind: JoinKind::Inner, left, right, on }, above.ranks)
            }
        };
        let rel = match level.count {
            Some(count) => self.first_of_parts(rel, &parents, &rank, level.descending, count),
            None => rel,
        };
        ranks.push(rank);
        Chosen { rel, keys, ranks }
    }

    /// A row for what was not chosen at a level, inside of each group chosen above; the levels below it show such a row
    /// too, or nothing.
    fn rest(
        &mut self,
        input: &Rel,
        levels: &[Level],
        depth: usize,
        above: Option<&Chosen>,
        chosen: &Chosen,
    ) -> Option<Rel> {
        levels[depth].others.as_ref()?;
        let chosen = self.copy(chosen);
        let (input, renew) = self.copied(input);
        let mut columns: Vec<(Column, Scalar)> =
            input.columns().iter().map(|column| (column.clone(), Scalar::column(column))).collect();
        let keys: Vec<Column> = levels[..=depth].iter().map(|level| self.fresh("level", level.of.ty())).collect();
        columns.extend(keys.iter().cloned().zip(levels.iter().map(|level| renew(level.of.clone()))));
        let keyed = Rel::Project { input: Box::new(input), columns };
        let on = pairs(&keys, &chosen.keys);
        let kind = JoinKind::LeftAnti;
        let left = Rel::Join { kind, left: Box::new(keyed), right: Box::new(chosen.rel), on };
        let mut calls: Vec<(Vec<Column>, AggregateCall)> = Vec::new();
        let ranks: Vec<Option<Scalar>> = levels[depth..]
            .iter()
            .map(|level| level.others.as_ref().map(|_| self.take_aggregates(renew(level.by.clone()), &mut calls)))
            .collect();
        let count = self.fresh("rows", Type::Long);
        calls.push((vec![count.clone()], count_rows()));
        let parents: Vec<(Column, Scalar)> =
            keys.iter().take(depth).map(|key| (self.fresh("level", key.ty), Scalar::column(key))).collect();
        let parent_keys: Vec<Column> = parents.iter().map(|(column, _)| column.clone()).collect();
        let grouped = Rel::Aggregate { input: Box::new(left), groups: parents, aggregates: calls };
        // Without groups there is a row even of nothing.
        let some = Scalar::op(Op::Greater, vec![Scalar::column(&count), Scalar::long(0)], Type::Bool);
        let mut rel = Rel::Filter { input: Box::new(grouped), predicate: some };
        let mut values: Vec<Scalar> = Vec::new();
        if let Some(above) = above {
            let above = self.copy(above);
            let on = pairs(&above.keys, &parent_keys);
            values.extend(above.keys.iter().zip(&above.ranks).flat_map(|(key, rank)| [key, rank]).map(Scalar::column));
            rel = Rel::Join { kind: JoinKind::Inner, left: Box::new(above.rel), right: Box::new(rel), on };
        }
        for (level, rank) in levels[depth..].iter().zip(ranks) {
            let nothing = |column: &Column| Scalar::Literal(Value::missing(column.ty));
            let [of, by] = &level.shown;
            values.push(level.others.clone().unwrap_or_else(|| nothing(of)));
            values.push(rank.unwrap_or_else(|| nothing(by)));
        }
        let names = levels.iter().flat_map(|level| &level.shown);
        let columns = names.map(|column| self.fresh(column.name.as_str(), column.ty)).zip(values).collect();
        Some(Rel::Project { input: Box::new(rel), columns })
    }

    /// Rows grouped by the keys of some levels with what ranks them: the relation, the key columns, the ranking column.
    fn grouped(&mut self, input: &Rel, levels: &[Level], by: Scalar) -> (Rel, Vec<Column>, Column) {
        let (input, renew) = self.copied(input);
        let mut calls: Vec<(Vec<Column>, AggregateCall)> = Vec::new();
        let by = self.take_aggregates(renew(by), &mut calls);
        let keys: Vec<(Column, Scalar)> =
            levels.iter().map(|level| (self.fresh("level", level.of.ty()), renew(level.of.clone()))).collect();
        let columns: Vec<Column> = keys.iter().map(|(column, _)| column.clone()).collect();
        let rank = self.fresh("rank", by.ty());
        let grouped = Rel::Aggregate { input: Box::new(input), groups: keys, aggregates: calls };
        let mut shown: Vec<(Column, Scalar)> = columns.iter().map(|c| (c.clone(), Scalar::column(c))).collect();
        shown.push((rank.clone(), by));
        (Rel::Project { input: Box::new(grouped), columns: shown }, columns, rank)
    }

    /// The relation with columns of its own, and what turns mentions of the old ones into mentions of these.
    pub(in crate::bind) fn copied(&mut self, rel: &Rel) -> (Rel, impl Fn(Scalar) -> Scalar + use<>) {
        let mut map = BTreeMap::new();
        let next_id = &mut self.next_id;
        let rel = rel.clone().refreshed(&mut map, &mut || {
            *next_id += 1;
            ColumnId(*next_id)
        });
        let renew = move |value: Scalar| {
            value.transform(&mut |part| match part {
                Scalar::Column(id, ty) => Scalar::Column(map.get(&id).copied().unwrap_or(id), ty),
                other => other,
            })
        };
        (rel, renew)
    }

    fn copy(&mut self, chosen: &Chosen) -> Chosen {
        let (rel, renew) = self.copied(&chosen.rel);
        let renewed = |columns: &[Column]| {
            let renewed = columns.iter().map(|column| match renew(Scalar::column(column)) {
                Scalar::Column(id, _) => Column { id, ..column.clone() },
                _ => column.clone(),
            });
            renewed.collect()
        };
        Chosen { keys: renewed(&chosen.keys), ranks: renewed(&chosen.ranks), rel }
    }

    fn first_of_parts(&mut self, rel: Rel, parts: &[Column], rank: &Column, descending: bool, count: u64) -> Rel {
        let number = self.fresh("row_number", Type::Long);
        let call = WindowCall { name: "row_number", args: Vec::new(), ty: Type::Long };
        let numbered = Rel::Window {
            input: Box::new(rel),
            columns: vec![(number.clone(), call)],
            partition_by: parts.iter().map(Scalar::column).collect(),
            order_by: vec![SortKey { value: Scalar::column(rank), descending, nulls_first: !descending }],
        };
        let most = Scalar::long(i64::try_from(count).unwrap_or(i64::MAX));
        let predicate = Scalar::op(Op::LessOrEqual, vec![Scalar::column(&number), most], Type::Bool);
        Rel::Filter { input: Box::new(numbered), predicate }
    }
}

fn pairs(left: &[Column], right: &[Column]) -> Vec<(Scalar, Scalar)> {
    left.iter().zip(right).map(|(left, right)| (Scalar::column(left), Scalar::column(right))).collect()
}
