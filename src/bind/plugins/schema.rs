//! `schema_merge`.

use crate::diagnostic::Code;
use crate::ir::{Column, Rel, Scalar};
use crate::syntax::ast::Call;
use crate::types::Type;
use crate::value::Value;

use super::super::Binder;
use super::super::env::Env;
use super::super::expression::Scope;
use super::super::result::constant_rows;
use super::super::table::Table;

/// The columns of `getschema`.
const COLUMNS: [(&str, Type); 4] = [
    ("ColumnName", Type::String),
    ("ColumnOrdinal", Type::Int),
    ("DataType", Type::String),
    ("ColumnType", Type::String),
];

/// Whether columns must stand in the same place in all schemas.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Preserved,
    Free,
}

/// A column of the merged schema.
#[derive(Debug, PartialEq)]
struct Merged {
    name: String,
    data_type: String,
    ty: String,
    first: i64,
    last: i64,
}

impl<'a> Binder<'a> {
    /// One schema made of several.
    pub(super) fn bind_schema_merge(&mut self, call: &'a Call, table: Table, env: &Env<'a>) -> Option<Table> {
        let order = match call.args.first() {
            None => Order::Preserved,
            Some(arg) => {
                let value = self.bind_scalar(&arg.value, &Scope::constants(env.clone()));
                match (value.literal(), arg.name.as_ref().map(|name| name.name.as_str())) {
                    (Some(Value::Bool(true)), None | Some("PreserveOrder")) => Order::Preserved,
                    (Some(Value::Bool(false)), None | Some("PreserveOrder")) => Order::Free,
                    _ => {
                        let message = "only `PreserveOrder = true` or `PreserveOrder = false` is known";
                        self.error(Code::InvalidValue, arg.value.span, message);
                        return None;
                    }
                }
            }
        };
        let mut wanted = Vec::new();
        for (name, ty) in COLUMNS {
            let Some(column) = table.column(name).filter(|column| column.ty == ty || ty == Type::Int).cloned() else {
                let message = format!("rows of `getschema` are needed, but there is no column `{name}`");
                self.error(Code::UnknownColumn, call.name.span, message);
                return None;
            };
            wanted.push(column);
        }
        let columns: Vec<Column> = COLUMNS.iter().map(|(name, ty)| self.fresh(*name, *ty)).collect();
        let shown = wanted.iter().map(|c| (self.fresh(c.name.as_str(), c.ty), Scalar::column(c))).collect();
        let question = Rel::Project { input: Box::new(table.sorted()), columns: shown };
        let rows = self.ask(question).unwrap_or_default();
        match merged(rows) {
            Ok(schema) => Some(constant_rows(columns, answer(&schema, order))),
            Err(name) => {
                let message =
                    format!("the column `{name}` has different types, which `schema_merge` cannot merge here");
                self.error(Code::UnsupportedFeature, call.name.span, message);
                None
            }
        }
    }
}

/// Every column once, or the name of one with several types.
fn merged(rows: &[Vec<Value>]) -> Result<Vec<Merged>, String> {
    let mut schema: Vec<Merged> = Vec::new();
    for row in rows {
        let [Value::String(name), ordinal, Value::String(data_type), Value::String(ty)] = row.as_slice() else {
            continue;
        };
        let Some(ordinal) = ordinal.as_i64() else { continue };
        match schema.iter_mut().find(|known| known.name == *name) {
            Some(known) if known.ty != *ty => return Err(name.clone()),
            Some(known) => {
                known.first = known.first.min(ordinal);
                known.last = known.last.max(ordinal);
            }
            None => {
                let (name, data_type, ty) = (name.clone(), data_type.clone(), ty.clone());
                schema.push(Merged { name, data_type, ty, first: ordinal, last: ordinal });
            }
        }
    }
    schema.sort_by_key(|column| column.last);
    Ok(schema)
}

fn answer(schema: &[Merged], order: Order) -> Vec<Vec<Value>> {
    let text = |text: &str| Value::String(text.to_owned());
    let row = |(ordinal, column): (i32, &Merged)| {
        let moved = order == Order::Preserved && column.first != column.last;
        let cells = if moved {
            // This is how Kusto says it.
            let problem = "ERROR(columns are out of order)";
            [text(&column.name), Value::Int(-1), text(&format!("ERROR(unknown CSL type:{problem})")), text(problem)]
        } else {
            [text(&column.name), Value::Int(ordinal), text(&column.data_type), text(&column.ty)]
        };
        cells.to_vec()
    };
    (0..).zip(schema).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(columns: &[(&str, i32, &str)], order: Order, expected: Result<&[(&str, i32)], &str>) {
        let text = |text: &str| Value::String(text.to_owned());
        let rows: Vec<Vec<Value>> = columns
            .iter()
            .map(|(name, ordinal, ty)| vec![text(name), Value::Int(*ordinal), text(ty), text(ty)])
            .collect();
        let found = merged(&rows).map(|schema| answer(&schema, order));
        let found = found.map(|rows| rows.iter().map(|row| row[..2].to_vec()).collect::<Vec<_>>());
        let expected = expected.map(|rows| rows.iter().map(|(name, n)| vec![text(name), Value::Int(*n)]).collect());
        assert_eq!(found, expected.map_err(str::to_owned));
    }

    #[test]
    fn columns_are_listed_once() {
        let both = [("a", 0, "long"), ("b", 1, "long"), ("a", 0, "long"), ("c", 1, "long"), ("b", 2, "long")];
        check(&both, Order::Free, Ok(&[("a", 0), ("c", 1), ("b", 2)]));
        check(&both, Order::Preserved, Ok(&[("a", 0), ("c", 1), ("b", -1)]));
        check(&[("a", 0, "long"), ("a", 0, "int")], Order::Free, Err("a"));
        check(&[], Order::Preserved, Ok(&[]));
    }
}
