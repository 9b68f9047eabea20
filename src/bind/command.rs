//! Management commands that make sense on local data: `.show tables`, `.show functions` and their kin.

use crate::diagnostic::{Code, Diagnostic};
use crate::functions::{self, syntax};
use crate::syntax::ast::Command;
use crate::types::Type;
use crate::value::Value;

use super::env::{Binding, Env};
use super::result::constant_rows;
use super::table::Table;
use super::{Binder, Output};

impl<'a> Binder<'a> {
    /// The result of a management command and the operators behind it.
    pub(super) fn bind_command(&mut self, command: &'a Command, env: &Env<'a>) -> Option<Output> {
        let words: Vec<&str> = command.text.node.split_whitespace().collect();
        let table = match words.as_slice() {
            [".show", "tables"] => Some(self.show_tables()),
            [".show", "table", name, "schema" | "cslschema"] | [".show", "table", name] => {
                self.show_schema(name, command)
            }
            [".show", "schema"] => Some(self.show_columns()),
            [".show", "functions"] => Some(self.show_functions(env)),
            [".show", "databases"] => Some(self.show_rows(&[("DatabaseName", functions::special::DATABASE)])),
            [".show", "database"] => Some(self.show_rows(&[("DatabaseName", functions::special::DATABASE)])),
            [".show", "version"] => Some(self.show_rows(&[
                ("BuildVersion", env!("CARGO_PKG_VERSION")),
                ("ServiceType", "Engine"),
                ("ProductVersion", concat!("Calypso ", env!("CARGO_PKG_VERSION"))),
            ])),
            _ => {
                let shown = words.iter().take(3).copied().collect::<Vec<_>>().join(" ");
                self.report(
                    Diagnostic::error(
                        Code::UnsupportedFeature,
                        command.text.span,
                        format!("the management command `{shown}` is not supported"),
                    )
                    .help("there are `.show tables`, `.show table T schema`, `.show schema`, `.show functions`, `.show databases`, `.show version`"),
                );
                None
            }
        }?;
        if let Some(query) = &command.query {
            self.error(Code::UnsupportedFeature, query.span, "this command takes no query behind `<|`");
            return None;
        }
        let mut table = table;
        for operator in &command.operators {
            table = self.bind_operator(table, operator, env);
        }
        let chart = table.chart.clone();
        Some(Output { name: "PrimaryResult".to_owned(), rel: table.finish(), chart })
    }

    /// One row of texts.
    fn show_rows(&mut self, cells: &[(&str, &str)]) -> Table {
        let columns = cells.iter().map(|(name, _)| self.fresh(*name, Type::String)).collect();
        let row = cells.iter().map(|(_, text)| Value::String((*text).to_owned())).collect();
        constant_rows(columns, vec![row])
    }

    fn show_tables(&mut self) -> Table {
        let names = ["TableName", "DatabaseName", "Folder", "DocString"];
        let columns = names.map(|name| self.fresh(name, Type::String)).to_vec();
        let rows = self.catalog.table_names().into_iter().map(|name| {
            let doc = crate::tables::by_name(&name).map_or("", |table| table.summary);
            [name.as_str(), "local", "", doc].map(|text| Value::String(text.to_owned())).to_vec()
        });
        constant_rows(columns, rows.collect())
    }

    fn show_schema(&mut self, name: &str, command: &Command) -> Option<Table> {
        let name = name.trim_matches(|c| matches!(c, '[' | ']' | '\'' | '"'));
        let Some(columns) = self.catalog.table(name) else {
            let names = self.catalog.table_names();
            let near = super::suggest::nearest(name, names.iter().map(String::as_str));
            let diagnostic = Diagnostic::error(Code::UnknownTable, command.text.span, format!("no table `{name}`"));
            self.report(match near {
                Some(near) => diagnostic.label(format!("nearest: `{near}`")),
                None => diagnostic,
            });
            return None;
        };
        let schema: Vec<String> = columns.iter().map(|(name, ty)| format!("{name}:{ty}")).collect();
        Some(self.show_rows(&[
            ("TableName", name),
            ("Schema", &schema.join(",")),
            ("DatabaseName", "local"),
            ("Folder", ""),
            ("DocString", crate::tables::by_name(name).map_or("", |table| table.summary)),
        ]))
    }

    fn show_columns(&mut self) -> Table {
        let names = ["DatabaseName", "TableName", "ColumnName", "ColumnType"];
        let columns = names.map(|name| self.fresh(name, Type::String)).to_vec();
        let mut rows = Vec::new();
        for table in self.catalog.table_names() {
            for (column, ty) in self.catalog.table(&table).unwrap_or_default() {
                let cells = ["local", &table, &column, ty.name()];
                rows.push(cells.map(|text| Value::String(text.to_owned())).to_vec());
            }
        }
        constant_rows(columns, rows)
    }

    /// The functions that the request has made with `let`, and all built-in ones.
    fn show_functions(&mut self, env: &Env<'a>) -> Table {
        let columns = ["Name", "Parameters", "Body", "Folder", "DocString"].map(|name| self.fresh(name, Type::String));
        let row = |cells: [&str; 5]| cells.map(|text| Value::String(text.to_owned())).to_vec();
        let mut rows = Vec::new();
        for name in env.names() {
            if let Some(Binding::Function(function, _)) = env.get(name) {
                let parameters: Vec<&str> = function.parameters.iter().map(|p| p.name.name.as_str()).collect();
                rows.push(row([name, &format!("({})", parameters.join(", ")), "", "request", ""]));
            }
        }
        for (family, functions) in functions::FAMILIES {
            for function in *functions {
                let call = syntax(function.name, function.params);
                let parameters = call.strip_prefix(function.name).unwrap_or("");
                rows.push(row([function.name, parameters, "", &format!("built-in/{family}"), function.summary]));
            }
        }
        constant_rows(columns.to_vec(), rows)
    }
}
