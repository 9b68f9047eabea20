//! Tables with names: bound once, used as often as their names are.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use crate::ir::{Body, Column, ColumnId, Rel, Scalar, Sharing, SortKey};
use crate::syntax::ast::Function;
use crate::value::Value;

use super::Binder;
use super::env::{Binding, Env, Named};
use super::table::Table;

/// A call of a tabular function whose arguments were constants, and the table it gave.
pub(super) struct Called<'a> {
    function: &'a Function,
    env: Env<'a>,
    args: Vec<Value>,
    table: Rc<Named>,
}

impl<'a> Binder<'a> {
    /// Gives a table a name, so that it can stand in several places.
    pub(super) fn named(&mut self, table: Table, sharing: Sharing, label: Option<&str>) -> Rc<Named> {
        self.next_shared += 1;
        let rel = Arc::new(table.rel.clone());
        Rc::new(Named { id: self.next_shared, sharing, table, label: label.map(str::to_owned), rel })
    }

    /// One more use of a table with a name.
    pub(super) fn use_named(&mut self, named: &Named) -> Table {
        let old = named.rel.columns();
        let columns: Vec<Column> = old.iter().map(|column| self.fresh(column.name.as_str(), column.ty)).collect();
        let map: BTreeMap<ColumnId, ColumnId> = old.iter().zip(&columns).map(|(old, new)| (old.id, new.id)).collect();
        let renewed = |columns: &[Column]| -> Vec<Column> {
            columns.iter().map(|c| Column { id: map.get(&c.id).copied().unwrap_or(c.id), ..c.clone() }).collect()
        };
        let table = &named.table;
        let order = table.order.iter().map(|key| SortKey { value: renewed_scalar(&key.value, &map), ..key.clone() });
        let rel = match &*named.rel {
            // A stored table is read where it is used: no more of it than that place needs.
            Rel::Scan { table, .. } => Rel::Scan { table: table.clone(), columns },
            _ => {
                let input = Body(Arc::clone(&named.rel));
                Rel::Shared { id: named.id, sharing: named.sharing, input, columns }
            }
        };
        Table {
            rel,
            columns: renewed(&table.columns),
            order: order.collect(),
            serialized: table.serialized,
            chart: table.chart.clone(),
            name: table.name.clone(),
            broken: table.broken,
            keys: renewed(&table.keys),
            carried: renewed(&table.carried),
            came: renewed(&table.came),
        }
    }

    /// The table of a function body; calls with the same constants share it.
    pub(super) fn table_of_call(
        &mut self,
        function: &'a Function,
        env: &Env<'a>,
        inner: Env<'a>,
        span: crate::span::Span,
    ) -> Table {
        let Some(args) = constant_arguments(function, &inner) else { return self.table_of_body(function, inner, span) };
        let known = self
            .called
            .iter()
            .find(|called| std::ptr::eq(called.function, function) && called.env.same(env) && called.args == args);
        if let Some(known) = known {
            let table = Rc::clone(&known.table);
            return self.use_named(&table);
        }
        let table = self.table_of_body(function, inner, span);
        if table.broken {
            return table;
        }
        let table = self.named(table, Sharing::IfLarge, None);
        self.called.push(Called { function, env: env.clone(), args, table: Rc::clone(&table) });
        self.use_named(&table)
    }
}

/// The arguments of a call, if all of them are constants.
fn constant_arguments(function: &Function, inner: &Env) -> Option<Vec<Value>> {
    let value = |name: &str| match inner.get(name) {
        Some(Binding::Scalar(value)) => value.literal().cloned(),
        _ => None,
    };
    function.parameters.iter().map(|parameter| value(&parameter.name.name)).collect()
}

fn renewed_scalar(value: &Scalar, map: &BTreeMap<ColumnId, ColumnId>) -> Scalar {
    value.clone().transform(&mut |part| match part {
        Scalar::Column(id, ty) => Scalar::Column(map.get(&id).copied().unwrap_or(id), ty),
        other => other,
    })
}
