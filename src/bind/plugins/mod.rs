//! The meaning of each plugin of `evaluate`, one file per family.

mod pivot;
mod unpack;

use crate::diagnostic::{Code, Diagnostic};
use crate::functions::plugins::{PLUGINS, plugin};
use crate::ir::{Column, Scalar};
use crate::syntax::ast::{Argument, Evaluate};
use crate::types::Type;
use crate::value::Value;

use super::Binder;
use super::env::Env;
use super::expression::Scope;
use super::suggest::nearest;
use super::table::Table;

/// Columns that `evaluate … : (…)` declares.
pub(super) struct Declared {
    /// `*` leads them: the input's columns come too.
    with_input: bool,
    columns: Vec<(String, Type)>,
}

impl<'a> Binder<'a> {
    /// `evaluate plugin(…)`.
    pub(super) fn bind_evaluate(&mut self, evaluate: &'a Evaluate, table: Table, env: &Env<'a>) -> Table {
        let call = &evaluate.call;
        let Some(row) = plugin(&call.name.name) else {
            let near = nearest(&call.name.name, PLUGINS.iter().map(|row| row.name));
            let known = crate::functions::unsupported::PLUGINS.contains(&call.name.name.as_str());
            let diagnostic = if known {
                let message = format!("the plugin `{}` is not supported", call.name.name);
                Diagnostic::error(Code::UnsupportedFunction, call.name.span, message)
            } else {
                Diagnostic::error(Code::UnknownFunction, call.name.span, format!("no plugin `{}`", call.name.name))
            };
            self.report(match near {
                Some(near) if !known => diagnostic.label(format!("nearest: `{near}`")),
                _ => diagnostic,
            });
            return Table::broken();
        };
        if !self.count_fits(row.name, row.params, call) || table.broken {
            return Table::broken();
        }
        if !table.keys.is_empty() {
            self.error(Code::UnsupportedFeature, call.name.span, "plugins are not supported inside another operator");
            return Table::broken();
        }
        let declared = evaluate.schema.as_ref().map(|(with_input, columns)| Declared {
            with_input: *with_input,
            columns: columns.iter().map(|column| (column.name.name.clone(), column.ty.node)).collect(),
        });
        match row.name {
            "bag_unpack" => self.bind_bag_unpack(call, declared, table, env),
            "narrow" => self.bind_narrow(table),
            "pivot" => self.bind_pivot(call, declared, table, env),
            name => {
                self.error(Code::UnsupportedFunction, call.name.span, format!("the plugin `{name}` is not supported"));
                Table::broken()
            }
        }
    }

    /// An argument that must be the name of a column.
    fn column_argument(&mut self, argument: &'a Argument, table: &Table, env: &Env<'a>) -> Option<Column> {
        match self.bind_argument(argument, &Scope::of(env, table)) {
            Scalar::Column(id, _) => table.columns.iter().find(|column| column.id == id).cloned(),
            value => {
                if value.ty() != Type::Unknown {
                    self.error(Code::InvalidValue, argument.value.span, "the name of a column is needed");
                }
                None
            }
        }
    }

    /// An argument that must be a constant string.
    fn text_argument(&mut self, argument: &'a Argument, env: &Env<'a>) -> Option<String> {
        let value = self.bind_scalar(&argument.value, &Scope::constants(env.clone()));
        match value.literal() {
            Some(Value::String(text)) => Some(text.clone()),
            _ => {
                if value.ty() != Type::Unknown {
                    self.error(Code::NotConstant, argument.value.span, "a constant string is needed");
                }
                None
            }
        }
    }
}

/// Stands in for the result of a plugin while the data has not answered yet.
fn open(table: Table) -> Table {
    Table { broken: true, ..table }
}
