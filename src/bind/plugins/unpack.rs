//! `bag_unpack` and `narrow`.

use crate::diagnostic::Code;
use crate::ir::{Column, EmptyArray, Op, Rel, Scalar};
use crate::syntax::ast::{Argument, Call};
use crate::types::Type;
use crate::value::Value;

use super::super::Binder;
use super::super::convert::{from_dynamic, to_text};
use super::super::env::Env;
use super::super::expression::Scope;
use super::super::statement::one_row;
use super::super::table::Table;
use super::{Declared, open};

/// What happens when a property is called like a column.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Conflict {
    Error,
    ReplaceSource,
    KeepSource,
}

impl<'a> Binder<'a> {
    pub(super) fn bind_bag_unpack(
        &mut self,
        call: &'a Call,
        mut declared: Option<Declared>,
        table: Table,
        env: &Env<'a>,
    ) -> Table {
        let argument = |place: usize, name: &str| -> Option<&'a Argument> {
            let named = call.args.iter().find(|arg| arg.name.as_ref().is_some_and(|n| n.name == name));
            named.or_else(|| call.args.get(place).filter(|arg| arg.name.is_none()))
        };
        let Some(bag) = call.args.first().and_then(|arg| self.column_argument(arg, &table, env)) else {
            return Table::broken();
        };
        if bag.ty != Type::Dynamic {
            self.error(Code::TypeMismatch, call.args_span, "only a `dynamic` column can be unpacked");
            return Table::broken();
        }
        let prefix = match argument(1, "OutputColumnPrefix") {
            Some(arg) => self.text_argument(arg, env).unwrap_or_default(),
            None => String::new(),
        };
        let conflict = match argument(2, "columnsConflict").map(|arg| (self.text_argument(arg, env), arg)) {
            None => Conflict::Error,
            Some((Some(word), arg)) => match word.as_str() {
                "error" => Conflict::Error,
                "replace_source" => Conflict::ReplaceSource,
                "keep_source" => Conflict::KeepSource,
                _ => {
                    self.error(
                        Code::InvalidValue,
                        arg.value.span,
                        "one of error, replace_source, keep_source is needed",
                    );
                    Conflict::Error
                }
            },
            Some((None, _)) => return Table::broken(),
        };
        let mut ignored: Vec<String> = Vec::new();
        if let Some(arg) = argument(3, "ignoredProperties") {
            let value = self.bind_scalar(&arg.value, &Scope::constants(env.clone()));
            match value.literal() {
                Some(Value::Dynamic(serde_json::Value::Array(names))) => {
                    ignored.extend(names.iter().filter_map(|name| name.as_str().map(str::to_owned)));
                }
                _ => self.error(Code::NotConstant, arg.value.span, "a constant array of names is needed"),
            }
        }
        if let Some(declared) = declared.take_if(|declared| !declared.with_input) {
            return self.declared_columns(call, &bag, &prefix, declared, table);
        }
        let properties: Vec<(String, Type)> = match &declared {
            Some(declared) => {
                let strip = |name: String| name.strip_prefix(prefix.as_str()).map_or(name.clone(), str::to_owned);
                let kept = |name: &str| table.column(name).is_some();
                declared.columns.iter().filter(|(name, _)| !kept(name)).map(|(n, ty)| (strip(n.clone()), *ty)).collect()
            }
            None => match self.properties_of(&bag, &table) {
                Some(properties) => properties,
                None => return open(table),
            },
        };
        let mut columns: Vec<(String, Option<Scalar>)> = table
            .columns
            .iter()
            .map(|column| (column.name.clone(), (column.id != bag.id).then(|| Scalar::column(column))))
            .collect();
        for (name, ty) in properties.into_iter().filter(|(name, _)| !ignored.contains(name)) {
            let value = property(&bag, &name, ty);
            let shown = format!("{prefix}{name}");
            match columns.iter_mut().find(|(known, _)| *known == shown) {
                // The bag makes room for a property of its own name.
                Some(column) if column.1.is_none() => column.1 = Some(value),
                Some(column) => match conflict {
                    Conflict::ReplaceSource => column.1 = Some(value),
                    Conflict::KeepSource => {}
                    Conflict::Error => {
                        let message = format!("the property `{name}` is called like a column");
                        self.error(Code::DuplicateName, call.name.span, message);
                        return Table::broken();
                    }
                },
                None => columns.push((shown, Some(value))),
            }
        }
        let columns = columns.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        let columns = self.columns_for(columns);
        table.project(columns)
    }

    /// Exactly the columns that were declared: those of the input by their names, the others from the bag.
    fn declared_columns(&mut self, call: &Call, bag: &Column, prefix: &str, declared: Declared, table: Table) -> Table {
        let mut columns: Vec<(String, Scalar)> = Vec::new();
        for (name, ty) in declared.columns {
            let value = match table.columns.iter().find(|column| column.name == name && column.id != bag.id) {
                Some(column) if column.ty == ty => Scalar::column(column),
                Some(column) => {
                    let message = format!("the column `{name}` is `{}`, not `{ty}`", column.ty);
                    self.error(Code::TypeMismatch, call.name.span, message);
                    return Table::broken();
                }
                None => property(bag, name.strip_prefix(prefix).unwrap_or(&name), ty),
            };
            columns.push((name, value));
        }
        let columns = self.columns_for(columns);
        table.project(columns)
    }

    /// The names and types of the properties of all bags of a column, which only the data knows.
    fn properties_of(&mut self, bag: &Column, table: &Table) -> Option<Vec<(String, Type)>> {
        let key = self.fresh("key", Type::Dynamic);
        let keys = Scalar::kernel("bag_keys", vec![Scalar::column(bag)], Type::Dynamic);
        let spread = Rel::Unnest {
            input: Box::new(table.rel.clone()),
            columns: vec![(key.clone(), Scalar::kernel("dynamic_items", vec![keys], Type::Dynamic))],
            empty: EmptyArray::Drop,
        };
        // What is no bag has no keys, which is one row that is null.
        let found = Scalar::op(Op::IsNotNull, vec![Scalar::column(&key)], Type::Bool);
        let spread = Rel::Filter { input: Box::new(spread), predicate: found };
        let name = to_text(Scalar::column(&key));
        let value = Scalar::kernel("dynamic_member", vec![Scalar::column(bag), name.clone()], Type::Dynamic);
        let groups = vec![
            (self.fresh("name", Type::String), name),
            (self.fresh("type", Type::String), Scalar::kernel("gettype", vec![value], Type::String)),
        ];
        let rows = self.ask(Rel::Aggregate { input: Box::new(spread), groups, aggregates: Vec::new() })?;
        let mut properties: Vec<(String, Type)> = Vec::new();
        for row in rows {
            let [Value::String(name), Value::String(kind)] = row.as_slice() else { continue };
            let ty = match kind.as_str() {
                // A null says nothing about the type of the others.
                "null" | "" => Type::Unknown,
                "array" | "dictionary" => Type::Dynamic,
                kind => Type::parse(kind).unwrap_or(Type::Dynamic),
            };
            match properties.iter_mut().find(|(known, _)| known == name) {
                Some((_, known)) => *known = unified(*known, ty),
                None => properties.push((name.clone(), ty)),
            }
        }
        properties.sort();
        let known = |ty: Type| if ty == Type::Unknown { Type::Dynamic } else { ty };
        Some(properties.into_iter().map(|(name, ty)| (name, known(ty))).collect())
    }

    pub(super) fn bind_narrow(&mut self, table: Table) -> Table {
        let number = self.fresh("Row", Type::Long);
        let table = self.number_rows(table, &number);
        let columns =
            vec![self.fresh("Row", Type::Long), self.fresh("Column", Type::String), self.fresh("Value", Type::String)];
        // Rows count from 0.
        let row = |number: &Column| Scalar::op(Op::Subtract, vec![Scalar::column(number), Scalar::long(1)], Type::Long);
        let mut inputs = Vec::new();
        for source in &table.columns {
            let values = [row(&number), Scalar::text(source.name.as_str()), to_text(Scalar::column(source))];
            let shown = columns.iter().map(|c| self.fresh(c.name.as_str(), c.ty)).zip(values).collect();
            inputs.push(Rel::Project { input: Box::new(table.rel.clone()), columns: shown });
        }
        if inputs.is_empty() {
            let nothing = columns.iter().map(|c| self.fresh(c.name.as_str(), c.ty));
            let nothing = nothing.map(|c| (c.clone(), Scalar::Literal(Value::missing(c.ty)))).collect();
            let row = Rel::Project { input: Box::new(one_row()), columns: nothing };
            inputs.push(Rel::Limit { input: Box::new(row), count: 0 });
        }
        Table::new(Rel::Union { inputs, columns })
    }
}

/// A property of a bag, as a type.
fn property(bag: &Column, name: &str, ty: Type) -> Scalar {
    let value = Scalar::kernel("dynamic_path", vec![Scalar::column(bag), Scalar::text(name)], Type::Dynamic);
    if ty == Type::Dynamic { value } else { Scalar::kernel(from_dynamic(ty), vec![value], ty) }
}

/// One type for values of two: the wider number, or `dynamic` when they differ.
fn unified(a: Type, b: Type) -> Type {
    match (a, b) {
        (Type::Unknown, ty) | (ty, Type::Unknown) => ty,
        (a, b) if a == b => a,
        (a, b) => a.widest_number(b).unwrap_or(Type::Dynamic),
    }
}
