//! `.show`: what data, functions and versions there are.

use serde_json::json;

use crate::diagnostic::{Code, Diagnostic};
use crate::types::Type;
use crate::value::Value;

use super::super::Binder;
use super::super::entity::LOCAL;
use super::super::env::{Binding, Env};
use super::super::operators::wildcard_matches;
use super::super::result::constant_rows;
use super::super::suggest::nearest;
use super::super::table::Table;
use super::words::Words;

/// The columns that functions are shown in.
const FUNCTION: &[(&str, Type)] = &[
    ("Name", Type::String),
    ("Parameters", Type::String),
    ("Body", Type::String),
    ("Folder", Type::String),
    ("DocString", Type::String),
];

/// The columns that schemas of tables are shown in.
const SCHEMA: &[(&str, Type)] = &[
    ("TableName", Type::String),
    ("Schema", Type::String),
    ("DatabaseName", Type::String),
    ("Folder", Type::String),
    ("DocString", Type::String),
];

const TABLES: &[(&str, Type)] = &[
    ("TableName", Type::String),
    ("DatabaseName", Type::String),
    ("Folder", Type::String),
    ("DocString", Type::String),
];

/// What `details` adds to the columns of `.show tables`.
const DETAILS: &[(&str, Type)] = &[
    ("TotalExtents", Type::Long),
    ("TotalExtentSize", Type::Real),
    ("TotalOriginalSize", Type::Real),
    ("TotalRowCount", Type::Long),
    ("HotExtents", Type::Long),
    ("HotExtentSize", Type::Real),
    ("HotOriginalSize", Type::Real),
    ("HotRowCount", Type::Long),
    ("AuthorizedPrincipals", Type::String),
    ("RetentionPolicy", Type::String),
    ("CachingPolicy", Type::String),
    ("ShardingPolicy", Type::String),
    ("MergePolicy", Type::String),
    ("StreamingIngestionPolicy", Type::String),
    ("IngestionBatchingPolicy", Type::String),
    ("MinExtentsCreationTime", Type::DateTime),
    ("MaxExtentsCreationTime", Type::DateTime),
    ("RowOrderPolicy", Type::String),
    ("TableId", Type::Guid),
];

const COLUMNS: &[(&str, Type)] = &[
    ("DatabaseName", Type::String),
    ("TableName", Type::String),
    ("ColumnName", Type::String),
    ("ColumnType", Type::String),
    ("IsDefaultTable", Type::Bool),
    ("IsDefaultColumn", Type::Bool),
    ("PrettyName", Type::String),
    ("Version", Type::String),
    ("Folder", Type::String),
    ("DocString", Type::String),
];

const DATABASES: &[(&str, Type)] = &[
    ("DatabaseName", Type::String),
    ("PersistentStorage", Type::String),
    ("Version", Type::String),
    ("IsCurrent", Type::Bool),
    ("DatabaseAccessMode", Type::String),
    ("PrettyName", Type::String),
    ("ReservedSlot1", Type::Bool),
    ("DatabaseId", Type::Guid),
    ("InTransitionTo", Type::String),
];

const VERSION: &[(&str, Type)] = &[
    ("BuildVersion", Type::String),
    ("BuildTime", Type::DateTime),
    ("ServiceType", Type::String),
    ("ProductVersion", Type::String),
];

const ATTRIBUTES: &[(&str, Type)] = &[
    ("AttributeName", Type::String),
    ("AttributeType", Type::String),
    ("ExtentSize", Type::Long),
    ("CompressionRatio", Type::Real),
    ("IndexSize", Type::Long),
    ("IndexSizePercent", Type::Real),
    ("OriginalSize", Type::Long),
    ("AttributeId", Type::Guid),
    ("SharedIndexSize", Type::Long),
    ("StorageEngineVersion", Type::String),
];

/// How a schema is written.
#[derive(Clone, Copy)]
enum Form {
    Csl,
    Json,
}

impl<'a> Binder<'a> {
    /// What is behind `.show`; `None` when it is no such command, `Some(None)` when it was reported as wrong.
    pub(super) fn bind_show(&mut self, words: &mut Words, env: &Env<'a>) -> Option<Option<Table>> {
        if words.take("tables") {
            let names = words.names();
            let details = words.take("details");
            return Some(self.show_tables(names, details));
        }
        if words.take("table") {
            let span = words.span();
            let name = words.name()?;
            return Some(self.show_table(&name, span, words));
        }
        if words.take("functions") {
            let names = words.names();
            return Some(Some(self.show_functions(names.as_deref(), env)));
        }
        if words.take("function") {
            let span = words.span();
            let name = words.name()?;
            return Some(self.show_function(&name, span, env));
        }
        if words.take("databases") {
            return Some(Some(self.show_databases()));
        }
        if words.take("version") {
            let product = concat!("Calypso ", env!("CARGO_PKG_VERSION"));
            let row = [text(env!("CARGO_PKG_VERSION")), Value::Null(Type::DateTime), text("Engine"), text(product)];
            return Some(Some(self.rows(VERSION, vec![row.to_vec()])));
        }
        if words.take("schema") {
            return Some(Some(match words.take("as json") {
                true => self.show_database_json(),
                false => self.show_columns(),
            }));
        }
        if words.take("database") {
            if words.done() {
                return Some(Some(self.show_databases()));
            }
            let span = words.span();
            let named = !words.clone().take("schema") && !words.clone().take("cslschema");
            let name = if named { words.name()? } else { LOCAL.to_owned() };
            return self.show_database(&name, span, words);
        }
        None
    }

    fn show_database(&mut self, name: &str, span: crate::span::Span, words: &mut Words) -> Option<Option<Table>> {
        let csl = words.take("cslschema");
        if !csl && !words.take("schema") {
            return None;
        }
        if name != LOCAL && !self.aliases.iter().any(|alias| alias == name) {
            let message = format!("no database `{name}` here");
            self.report(
                Diagnostic::error(Code::UnknownTable, span, message)
                    .label(format!("the data is the database `{LOCAL}`")),
            );
            return Some(None);
        }
        Some(Some(if csl {
            let rows = self.catalog.table_names().iter().map(|name| self.schema_row(name, Form::Csl)).collect();
            self.rows(SCHEMA, rows)
        } else if words.take("as json") {
            self.show_database_json()
        } else {
            self.show_columns()
        }))
    }

    /// A table of constants.
    pub(super) fn rows(&mut self, columns: &[(&str, Type)], rows: Vec<Vec<Value>>) -> Table {
        let columns = columns.iter().map(|(name, ty)| self.fresh(*name, *ty)).collect();
        constant_rows(columns, rows)
    }

    fn known_table(&mut self, name: &str, span: crate::span::Span) -> bool {
        if self.catalog.table(name).is_some() {
            return true;
        }
        let names = self.catalog.table_names();
        let diagnostic = Diagnostic::error(Code::UnknownTable, span, format!("no table `{name}`"));
        self.report(match nearest(name, names.iter().map(String::as_str)) {
            Some(near) => diagnostic.label(format!("nearest: `{near}`")),
            None => diagnostic.help("`.show tables` lists the tables that are there"),
        });
        false
    }

    fn show_tables(&mut self, names: Option<Vec<String>>, details: bool) -> Option<Table> {
        let mut shown = self.catalog.table_names();
        if let Some(names) = names {
            shown.retain(|name| names.iter().any(|pattern| wildcard_matches(pattern, name)));
        }
        let columns: Vec<(&str, Type)> = match details {
            true => TABLES.iter().chain(DETAILS).copied().collect(),
            false => TABLES.to_vec(),
        };
        let rows = shown.iter().map(|name| {
            let mut row = vec![text(name), text(LOCAL), text(""), text(doc(name))];
            if details {
                row.extend(self.details(name));
            }
            row
        });
        let rows = rows.collect();
        Some(self.rows(&columns, rows))
    }

    /// The cells of [`DETAILS`]; unknown ones are null.
    fn details(&self, name: &str) -> Vec<Value> {
        let found = self.catalog.details(name);
        let count = |number: u64| Value::Long(i64::try_from(number).unwrap_or(i64::MAX));
        DETAILS
            .iter()
            .map(|(column, ty)| match (*column, found) {
                ("TotalExtents" | "HotExtents", Some(found)) => count(found.files),
                ("TotalRowCount" | "HotRowCount", Some(found)) => count(found.rows),
                ("TotalExtentSize" | "HotExtentSize", Some(found)) => Value::Real(found.bytes as f64),
                _ => Value::missing(*ty),
            })
            .collect()
    }

    fn show_table(&mut self, name: &str, span: crate::span::Span, words: &mut Words) -> Option<Table> {
        if !self.known_table(name, span) {
            // What follows does not matter any more.
            while words.literal().is_some() {}
            return None;
        }
        if words.take("details") {
            return self.show_tables(Some(vec![name.to_owned()]), true);
        }
        if words.take("schema as json") {
            let row = self.schema_row(name, Form::Json);
            return Some(self.rows(SCHEMA, vec![row]));
        }
        if words.take("cslschema") || words.take("schema as csl") || words.take("schema") {
            let row = self.schema_row(name, Form::Csl);
            return Some(self.rows(SCHEMA, vec![row]));
        }
        let rows = self.catalog.table(name).unwrap_or_default().into_iter().map(|(column, ty)| {
            let known = [text(&column), text(ty.dotnet_name())];
            known.into_iter().chain(ATTRIBUTES.iter().skip(2).map(|(_, ty)| Value::missing(*ty))).collect()
        });
        let rows = rows.collect();
        Some(self.rows(ATTRIBUTES, rows))
    }

    fn schema_row(&self, name: &str, form: Form) -> Vec<Value> {
        let columns = self.catalog.table(name).unwrap_or_default();
        let schema = match form {
            Form::Csl => columns.iter().map(|(name, ty)| format!("{name}:{ty}")).collect::<Vec<_>>().join(","),
            Form::Json => json!({ "Name": name, "OrderedColumns": ordered_columns(&columns) }).to_string(),
        };
        vec![text(name), text(&schema), text(LOCAL), text(""), text(doc(name))]
    }

    fn show_columns(&mut self) -> Table {
        let mut rows = Vec::new();
        for table in self.catalog.table_names() {
            for (column, ty) in self.catalog.table(&table).unwrap_or_default() {
                let no = Value::Bool(false);
                let places = [text(LOCAL), text(&table), text(&column), text(ty.dotnet_name()), no.clone(), no];
                let described = crate::tables::by_name(&table)
                    .and_then(|known| known.columns.iter().find(|known| known.name == column).map(|known| known.doc));
                rows.push(places.into_iter().chain(["", "", "", described.unwrap_or("")].map(text)).collect());
            }
        }
        self.rows(COLUMNS, rows)
    }

    fn show_database_json(&mut self) -> Table {
        let mut tables = serde_json::Map::new();
        for name in self.catalog.table_names() {
            let columns = self.catalog.table(&name).unwrap_or_default();
            let schema = json!({ "Name": name, "DocString": doc(&name), "OrderedColumns": ordered_columns(&columns) });
            tables.insert(name, schema);
        }
        let mut functions = serde_json::Map::new();
        for function in self.options.functions.iter() {
            functions.insert(
                function.name.clone(),
                json!({ "Name": function.name, "Parameters": function.parameters, "Body": function.body,
                        "Folder": function.folder, "DocString": function.docstring }),
            );
        }
        let database = json!({ "Name": LOCAL, "Tables": tables, "Functions": functions });
        let schema = json!({ "Databases": { LOCAL: database } }).to_string();
        self.rows(&[("DatabaseSchema", Type::String)], vec![vec![text(&schema)]])
    }

    fn show_databases(&mut self) -> Table {
        let row = DATABASES.iter().map(|(name, ty)| match *name {
            "DatabaseName" => text(LOCAL),
            "DatabaseAccessMode" => text("ReadOnly"),
            "IsCurrent" => Value::Bool(true),
            _ => Value::missing(*ty),
        });
        let row = row.collect();
        self.rows(DATABASES, vec![row])
    }

    /// The stored functions, and those that the request has made.
    fn show_functions(&mut self, names: Option<&[String]>, env: &Env<'a>) -> Table {
        let mut rows = self.function_rows(env);
        if let Some(names) = names {
            rows.retain(|row| names.iter().any(|name| matches!(&row[0], Value::String(known) if known == name)));
        }
        self.rows(FUNCTION, rows)
    }

    /// The row of one function.
    pub(super) fn show_function(&mut self, name: &str, span: crate::span::Span, env: &Env<'a>) -> Option<Table> {
        let rows = self.function_rows(env);
        let found = rows.into_iter().find(|row| matches!(&row[0], Value::String(known) if known == name));
        match found {
            Some(row) => Some(self.rows(FUNCTION, vec![row])),
            None => {
                self.no_function(name, span);
                None
            }
        }
    }

    pub(super) fn no_function(&mut self, name: &str, span: crate::span::Span) {
        let names: Vec<&str> = self.options.functions.iter().map(|function| function.name.as_str()).collect();
        let diagnostic = Diagnostic::error(Code::UnknownFunction, span, format!("no stored function `{name}`"));
        self.report(match nearest(name, names) {
            Some(near) => diagnostic.label(format!("nearest: `{near}`")),
            None => diagnostic.help("`.show functions` lists those that are there"),
        });
    }

    fn function_rows(&self, env: &Env<'a>) -> Vec<Vec<Value>> {
        let row = |function: &crate::stored::StoredFunction| {
            [&function.name, &function.parameters, &function.body, &function.folder, &function.docstring]
                .map(|cell| text(cell))
                .to_vec()
        };
        let mut functions = self.options.functions.clone();
        self.changes.iter().for_each(|change| change.apply(&mut functions));
        let mut rows: Vec<Vec<Value>> = functions.iter().map(row).collect();
        for name in env.names() {
            if let Some(Binding::Function(function, _)) = env.get(name)
                && functions.get(name).is_none()
            {
                let parameters: Vec<&str> = function.parameters.iter().map(|p| p.name.name.as_str()).collect();
                let parameters = format!("({})", parameters.join(", "));
                rows.push([name, &parameters, "", "request", ""].map(text).to_vec());
            }
        }
        rows
    }
}

/// A stored function as one row of `.show function`.
pub(super) fn function_table(binder: &mut Binder, function: &crate::stored::StoredFunction) -> Table {
    let cells = [&function.name, &function.parameters, &function.body, &function.folder, &function.docstring];
    binder.rows(FUNCTION, vec![cells.map(|cell| text(cell)).to_vec()])
}

fn text(text: &str) -> Value {
    Value::String(text.to_owned())
}

fn doc(table: &str) -> &'static str {
    crate::tables::by_name(table).map_or("", |table| table.summary)
}

fn ordered_columns(columns: &[(String, Type)]) -> serde_json::Value {
    let column = |(name, ty): &(String, Type)| json!({ "Name": name, "Type": ty.dotnet_name(), "CslType": ty.name() });
    columns.iter().map(column).collect()
}
