//! `top-nested`: the largest groups, and in each of them the largest groups of the next level.

use std::collections::BTreeMap;

use crate::diagnostic::Code;
use crate::ir::{AggregateCall, Column, ColumnId, JoinKind, Op, Rel, Scalar, SortKey, WindowCall};
use crate::syntax::ast::{Direction, TopNested};
use crate::types::Type;

use super::super::Binder;
use super::super::env::Env;
use super::super::expression::Scope;
use super::super::naming::{Names, implied_name};
use super::super::table::Table;

impl<'a> Binder<'a> {
    pub(super) fn bind_top_nested(&mut self, nested: &'a TopNested, table: Table, env: &Env<'a>) -> Table {
        if !table.keys.is_empty() {
            let place = nested.levels.first().map_or_else(Default::default, |level| level.of.span);
            self.error(Code::UnsupportedFeature, place, "`top-nested` is not supported inside another operator");
            return Table::broken();
        }
        let scope = Scope::of(env, &table);
        let broken = table.broken;
        let mut names = Names::default();
        // The groups and what ranks them so far; each level joins on.
        let mut chosen: Option<(Rel, Vec<Column>)> = None;
        let mut shown: Vec<Column> = Vec::new();
        let mut groups: Vec<Scalar> = Vec::new();
        for level in &nested.levels {
            if let Some(others) = &level.others {
                self.error(Code::UnsupportedFeature, others.span, "`with others` is not supported in `top-nested`");
                return Table::broken();
            }
            let of = self.bind_scalar(&level.of.value, &scope);
            let by = self.bind_scalar(&level.by.value, &scope.aggregating());
            if of.ty() == Type::Unknown || by.ty() == Type::Unknown {
                return Table::broken();
            }
            let of_name = level.of.names.first().map(|ident| ident.name.clone());
            let of_name = of_name.or_else(|| implied_name(&level.of.value)).unwrap_or_else(|| names.unnamed());
            let by_name = level.by.names.first().map(|ident| ident.name.clone());
            let by_name = by_name.unwrap_or_else(|| format!("aggregated_{of_name}"));
            groups.push(of);
            let count = level.count.as_ref().map(|count| self.bind_count_of_rows(count, env));
            let descending = level.direction.as_ref().is_none_or(|d| d.node == Direction::Descending);
            let (rel, keys, rank) = self.level(&table.rel, &groups, by);
            let parents: Vec<Column> = keys.iter().take(keys.len().saturating_sub(1)).cloned().collect();
            let rel = match chosen.take() {
                None => rel,
                Some((above, above_keys)) => Rel::Join {
                    kind: JoinKind::Inner,
                    left: Box::new(above),
                    right: Box::new(rel),
                    on: above_keys.iter().zip(&parents).map(|(a, b)| (Scalar::column(a), Scalar::column(b))).collect(),
                },
            };
            let rel = match count {
                Some(count) => self.first_of_parts(rel, &parents, &rank, descending, count),
                None => rel,
            };
            if let Some(key) = keys.last() {
                shown.push(Column { name: names.unique(&of_name), ..key.clone() });
            }
            shown.push(Column { name: names.unique(&by_name), ..rank });
            chosen = Some((rel, keys));
        }
        match chosen {
            Some((rel, _)) => Table { columns: shown, broken, ..Table::new(rel) },
            None => Table::broken(),
        }
    }

    /// Rows grouped by some keys with what ranks them: the relation, the key columns, the ranking column.
    fn level(&mut self, input: &Rel, groups: &[Scalar], by: Scalar) -> (Rel, Vec<Column>, Column) {
        let mut map = BTreeMap::new();
        let next_id = &mut self.next_id;
        let input = input.clone().refreshed(&mut map, &mut || {
            *next_id += 1;
            ColumnId(*next_id)
        });
        let renew = |value: Scalar| {
            value.transform(&mut |part| match part {
                Scalar::Column(id, ty) => Scalar::Column(map.get(&id).copied().unwrap_or(id), ty),
                other => other,
            })
        };
        let mut calls: Vec<(Vec<Column>, AggregateCall)> = Vec::new();
        let by = self.take_aggregates(renew(by), &mut calls);
        let keys: Vec<(Column, Scalar)> =
            groups.iter().map(|value| (self.fresh("level", value.ty()), renew(value.clone()))).collect();
        let columns: Vec<Column> = keys.iter().map(|(column, _)| column.clone()).collect();
        let rank = self.fresh("rank", by.ty());
        let grouped = Rel::Aggregate { input: Box::new(input), groups: keys, aggregates: calls };
        let mut shown: Vec<(Column, Scalar)> = columns.iter().map(|c| (c.clone(), Scalar::column(c))).collect();
        shown.push((rank.clone(), by));
        (Rel::Project { input: Box::new(grouped), columns: shown }, columns, rank)
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
