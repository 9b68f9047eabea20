//! `partition by key ( operators )` and `partition by key { query }`.

use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{Column, Op, Rel, Scalar, SortKey};
use crate::syntax::ast::{Expr, Operator, OperatorKind, Partition, PartitionBody, PartitionBy, Query, StatementKind};
use crate::types::Type;
use crate::value::Value;

use super::super::Binder;
use super::super::env::{Binding, Env};
use super::super::expression::Scope;
use super::super::table::Table;
use super::join::is_whole;
use super::union::Kind;

/// A query runs once for each key; the service stops at as many.
const MOST_KEYS: usize = 64;
/// Identities of columns that each part has for its own, as a rule.
const IDS_OF_PART: u32 = 100_000;

impl<'a> Binder<'a> {
    pub(super) fn bind_partition(&mut self, partition: &'a Partition, table: Table, env: &Env<'a>) -> Table {
        self.option_word(&partition.options, "");
        match &partition.body {
            PartitionBody::Operators(operators) => self.bind_parts(&partition.by, operators, table, env),
            PartitionBody::Query(query) => self.bind_partition_query(&partition.by, query, table, env),
        }
    }

    pub(super) fn bind_partition_by(&mut self, partition: &'a PartitionBy, table: Table, env: &Env<'a>) -> Table {
        self.option_word(&partition.options, "");
        self.bind_parts(&partition.by, &partition.body, table, env)
    }

    /// The operators run on the rows of each key; the rest of the pipeline gets all their rows.
    fn bind_parts(&mut self, by: &'a Expr, operators: &'a [Operator], table: Table, env: &Env<'a>) -> Table {
        let Some(key) = self.bind_partition_key(by, &table, env) else { return Table::broken() };
        let whole = operators.iter().any(|operator| match &operator.kind {
            OperatorKind::Evaluate(_) | OperatorKind::Union(_) => true,
            OperatorKind::Join(join) => is_whole(join),
            _ => false,
        });
        if whole && table.keys.is_empty() {
            return self.bind_each_part(by, &key, operators, table, env);
        }
        let (keys, carried) = (table.keys.clone(), table.carried.clone());
        let parts_keys = keys.iter().cloned().chain([key]).collect();
        let mut parts = Table { keys: parts_keys, ..table };
        for operator in operators {
            parts = self.bind_operator(parts, operator, env);
        }
        Table { keys, carried, order: Vec::new(), serialized: false, ..parts }
    }

    /// Operators of which one takes a whole table: they are bound once for each key.
    fn bind_each_part(
        &mut self,
        by: &'a Expr,
        key: &Column,
        operators: &'a [Operator],
        table: Table,
        env: &Env<'a>,
    ) -> Table {
        self.union_of_keys(by, key, &table, |binder, value| {
            let (rel, renew) = binder.copied(&table.rel);
            let columns = table.columns.iter().map(|column| match renew(Scalar::column(column)) {
                Scalar::Column(id, _) => Column { id, ..column.clone() },
                _ => column.clone(),
            });
            let columns = columns.collect();
            let order = table.order.iter().map(|key| SortKey { value: renew(key.value.clone()), ..key.clone() });
            let order = order.collect();
            let column = renew(Scalar::column(key));
            let of_part = match value.is_null() {
                true => Scalar::op(Op::IsNull, vec![column], Type::Bool),
                false => Scalar::op(Op::Equal, vec![column, Scalar::Literal(value)], Type::Bool),
            };
            let part = Table { columns, order, serialized: table.serialized, broken: table.broken, ..Table::new(rel) };
            let mut part = part.filter(of_part);
            for operator in operators {
                part = binder.bind_operator(part, operator, env);
            }
            part
        })
    }

    /// The query, which has a source of its own, runs once for each key, whose value goes by the column's name.
    fn bind_partition_query(&mut self, by: &'a Expr, query: &'a Query, table: Table, env: &Env<'a>) -> Table {
        let [statement] = query.statements.as_slice() else { return Table::broken() };
        let StatementKind::Expression(body) = &statement.kind else { return Table::broken() };
        let Some(key) = self.bind_partition_key(by, &table, env) else { return Table::broken() };
        if !table.keys.is_empty() {
            let message = "a query in `partition` is not supported inside another operator";
            self.error(Code::UnsupportedFeature, by.span, message);
            return Table::broken();
        }
        let Some(name) = table.columns.iter().find(|column| column.id == key.id).map(|column| column.name.clone())
        else {
            return Table::broken();
        };
        self.union_of_keys(by, &key, &table, |binder, value| {
            let inner = env.with(&name, Binding::Scalar(Scalar::Literal(value)));
            binder.deeper(body.span, |binder| binder.bind_table(body, &inner)).unwrap_or_else(Table::broken)
        })
    }

    /// What is bound for each key of a table, one below the other.
    fn union_of_keys(
        &mut self,
        by: &Expr,
        key: &Column,
        table: &Table,
        mut bind: impl FnMut(&mut Self, Value) -> Table,
    ) -> Table {
        let value = self.fresh("value", key.ty);
        let groups = vec![(value.clone(), Scalar::column(key))];
        let distinct = Rel::Aggregate { input: Box::new(table.rel.clone()), groups, aggregates: Vec::new() };
        let order = vec![SortKey::ascending(&value)];
        let rows = self.ask(Rel::Sort { input: Box::new(distinct), keys: order });
        let found: Vec<Value> = rows.unwrap_or_default().iter().filter_map(|row| row.first().cloned()).collect();
        if found.len() > MOST_KEYS {
            let message = format!("`partition` takes at most {MOST_KEYS} keys here, not {}", found.len());
            let help = "operators in parentheses take any number of keys, unless a plugin, a `union` or a join that keeps \
                        rows of the right is among them";
            self.report(Diagnostic::error(Code::InvalidValue, by.span, message).help(help));
            return Table::broken();
        }
        // Without keys there are no rows, but the columns are known all the same.
        let none = found.is_empty();
        let values = if none { vec![Value::missing(key.ty)] } else { found };
        let start = self.next_id;
        let mut parts = Vec::new();
        for (value, end) in values.into_iter().zip(1..) {
            parts.push((String::new(), bind(self, value)));
            // A question that one part asks must be the same when the answers of others are known.
            self.next_id = self.next_id.max(start.saturating_add(IDS_OF_PART.saturating_mul(end)));
        }
        let all = self.union_of(parts, Kind::Outer, None);
        if none { self.limit(all, 0) } else { all }
    }

    fn bind_partition_key(&mut self, by: &'a Expr, table: &Table, env: &Env<'a>) -> Option<Column> {
        match self.bind_scalar(by, &Scope::of(env, table)) {
            Scalar::Column(id, ty) => Some(Column { id, name: "partition_key".to_owned(), ty }),
            key => {
                if key.ty() != Type::Unknown {
                    self.error(Code::InvalidValue, by.span, "`partition` needs the name of a column");
                }
                None
            }
        }
    }
}
