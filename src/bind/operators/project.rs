//! `project` and its family, `extend`, `serialize`, `getschema`, `assert-schema`.

use std::cmp::Ordering;

use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{Column, Rel, Scalar};
use crate::syntax::ast::{
    AssertSchema, Expr, ExprKind, GetSchema, NamedExpr, Operator, Project, ProjectAway, ProjectByNames, ProjectKeep,
    ProjectRename, ProjectReorder, ReorderOrder, Serialize,
};
use crate::syntax::format::name_text;
use crate::types::Type;
use crate::value::Value;

use super::super::Binder;
use super::super::env::Env;
use super::super::expression::{Calls, Scope};
use super::super::naming::Names;
use super::super::several::Given;
use super::super::table::Table;

impl<'a> Binder<'a> {
    pub(super) fn bind_project(&mut self, project: &'a Project, table: Table, env: &Env<'a>) -> Table {
        let scope = Scope::of(env, &table);
        let values = self.bind_named(&project.columns, &scope, &mut Names::default());
        let table = self.place_windows(table);
        let columns = self.columns_for(values);
        table.project(columns)
    }

    pub(super) fn bind_extend(&mut self, items: &'a [NamedExpr], table: Table, env: &Env<'a>) -> Table {
        let scope = Scope::of(env, &table);
        let mut names = Names::with(table.columns.iter().map(|column| column.name.as_str()));
        let mut given: Vec<&str> = Vec::new();
        let mut columns: Vec<(String, Scalar)> =
            table.columns.iter().map(|column| (column.name.clone(), Scalar::column(column))).collect();
        for item in items {
            let value = self.bind_scalar(&item.value, &scope);
            for (how, value) in self.columns_of_item(item, value) {
                let name = match how {
                    // `extend bin(x, 1)` replaces `x`, since that is what its column is called.
                    Given::Implied(name) => name,
                    Given::Nothing => names.unnamed(),
                    Given::Written(name) => {
                        if given.contains(&name.name.as_str()) {
                            let message = format!("the name `{}` is given twice", name.name);
                            self.error(Code::DuplicateName, name.span, message);
                        }
                        given.push(&name.name);
                        name.name.clone()
                    }
                };
                match columns.iter_mut().find(|(known, _)| *known == name) {
                    Some(column) => column.1 = value,
                    None => columns.push((name, value)),
                }
            }
        }
        let table = self.place_windows(table);
        let columns = self.columns_for(columns);
        table.project(columns)
    }

    pub(super) fn bind_serialize(&mut self, serialize: &'a Serialize, table: Table, env: &Env<'a>) -> Table {
        let table = Table { serialized: true, ..table };
        if serialize.columns.is_empty() {
            return table;
        }
        self.bind_extend(&serialize.columns, table, env)
    }

    /// The columns that a name or pattern means, in table order.
    fn matching(&mut self, pattern: &'a Expr, table: &Table, env: &Env<'a>) -> Vec<Column> {
        match &pattern.kind {
            ExprKind::Name(ident) => match table.column(&ident.name) {
                Some(column) => vec![column.clone()],
                None => {
                    if !table.broken {
                        self.unknown_column(&ident.name, ident.span, &Scope::of(env, table));
                    }
                    Vec::new()
                }
            },
            ExprKind::Wildcard(text) => {
                table.columns.iter().filter(|column| wildcard_matches(text, &column.name)).cloned().collect()
            }
            ExprKind::Star => table.columns.clone(),
            _ => {
                self.error(Code::Syntax, pattern.span, "the name of a column, or a pattern with `*`, is needed");
                Vec::new()
            }
        }
    }

    pub(super) fn bind_project_away(&mut self, away: &'a ProjectAway, table: Table, env: &Env<'a>) -> Table {
        let gone: Vec<Column> = away.columns.iter().flat_map(|pattern| self.matching(pattern, &table, env)).collect();
        let columns = table.columns.iter().filter(|column| !gone.contains(column)).cloned().collect();
        Table { columns, ..table }
    }

    pub(super) fn bind_project_keep(&mut self, keep: &'a ProjectKeep, table: Table, env: &Env<'a>) -> Table {
        let kept: Vec<Column> = keep.columns.iter().flat_map(|pattern| self.matching(pattern, &table, env)).collect();
        let columns = table.columns.iter().filter(|column| kept.contains(column)).cloned().collect();
        Table { columns, ..table }
    }

    pub(super) fn bind_project_by_names(&mut self, by: &'a ProjectByNames, table: Table, env: &Env<'a>) -> Table {
        let mut columns: Vec<Column> = Vec::new();
        for expr in &by.columns {
            let value = self.bind_scalar(expr, &Scope::constants(env.clone()));
            let names: Vec<String> = match value.literal() {
                Some(Value::String(name)) => vec![name.clone()],
                Some(Value::Dynamic(serde_json::Value::Array(names))) => {
                    names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect()
                }
                _ if value.ty() == Type::Unknown => continue,
                _ => {
                    self.error(Code::NotConstant, expr.span, "names of columns are needed, as constants");
                    continue;
                }
            };
            for name in names {
                let found = table.columns.iter().filter(|column| wildcard_matches(&name, &column.name));
                let new: Vec<Column> = found.filter(|column| !columns.contains(column)).cloned().collect();
                columns.extend(new);
            }
        }
        Table { columns, ..table }
    }

    pub(super) fn bind_project_rename(&mut self, rename: &'a ProjectRename, table: Table) -> Table {
        let mut columns = table.columns.clone();
        for item in &rename.columns {
            let (Some(new), ExprKind::Name(old)) = (item.names.first(), &item.value.kind) else {
                self.error(Code::Syntax, item.span, "`new = old` is needed, both names of columns");
                continue;
            };
            match table.columns.iter().position(|column| column.name == old.name) {
                Some(index) => columns[index].name = new.name.clone(),
                None if table.broken => {}
                None => self.unknown_column(&old.name, old.span, &Scope::of(&Env::default(), &table)),
            }
        }
        for (index, column) in columns.iter().enumerate() {
            if columns[..index].iter().any(|other| other.name == column.name) {
                let place = rename.columns.iter().flat_map(|item| &item.names).find(|name| name.name == column.name);
                if let Some(place) = place {
                    self.error(Code::DuplicateName, place.span, format!("there is a column `{}` already", column.name));
                }
            }
        }
        Table { columns, ..table }
    }

    pub(super) fn bind_project_reorder(&mut self, reorder: &'a ProjectReorder, table: Table, env: &Env<'a>) -> Table {
        let mut columns: Vec<Column> = Vec::new();
        // A column named outright is taken from where a pattern would have put it.
        let named: Vec<Column> = reorder
            .columns
            .iter()
            .filter(|(pattern, _)| is_outright(pattern, &table))
            .flat_map(|(pattern, _)| self.matching(pattern, &table, env))
            .collect();
        for (pattern, order) in &reorder.columns {
            let outright = is_outright(pattern, &table);
            let mut found = match &pattern.kind {
                _ if outright => named.iter().filter(|c| name_is(pattern, &c.name)).cloned().collect(),
                ExprKind::Name(ident) => {
                    table.columns.iter().filter(|c| wildcard_matches(&ident.name, &c.name)).cloned().collect()
                }
                _ => self.matching(pattern, &table, env),
            };
            if let Some(order) = order {
                found.sort_by(|a, b| compare_names(&a.name, &b.name, order.node));
            }
            for column in found {
                let elsewhere = !outright && named.contains(&column);
                if !elsewhere && !columns.contains(&column) {
                    columns.push(column);
                }
            }
        }
        let rest: Vec<Column> = table.columns.iter().filter(|column| !columns.contains(column)).cloned().collect();
        columns.extend(rest);
        Table { columns, ..table }
    }

    pub(super) fn bind_getschema(&mut self, getschema: &GetSchema, table: &Table) -> Table {
        let rel = match getschema.kind.as_ref().map(|option| &option.value.kind) {
            Some(ExprKind::Name(word)) if word.name == "csl" => self.csl_schema(&table.columns),
            // The service takes any word, and only this one means something.
            _ => self.schema_rows(&table.columns),
        };
        Table { broken: table.broken, ..Table::new(rel) }
    }

    /// A row for each column.
    pub(in crate::bind) fn schema_rows(&mut self, described: &[Column]) -> Rel {
        let columns = vec![
            self.fresh("ColumnName", Type::String),
            self.fresh("ColumnOrdinal", Type::Long),
            self.fresh("DataType", Type::String),
            self.fresh("ColumnType", Type::String),
        ];
        let rows = described.iter().zip(0..).map(|(column, ordinal)| {
            vec![
                Value::String(column.name.clone()),
                Value::Long(ordinal),
                Value::String(column.ty.dotnet_name().to_owned()),
                Value::String(column.ty.name().to_owned()),
            ]
        });
        Rel::Values { columns, rows: rows.collect() }
    }

    /// All columns in one text, as commands take them.
    fn csl_schema(&mut self, described: &[Column]) -> Rel {
        let columns = vec![self.fresh("Schema", Type::String)];
        let parts: Vec<String> =
            described.iter().map(|column| format!("{}:{}", name_text(&column.name), column.ty)).collect();
        Rel::Values { columns, rows: vec![vec![Value::String(parts.join(","))]] }
    }

    pub(super) fn bind_assert_schema(&mut self, assert: &AssertSchema, operator: &Operator, table: Table) -> Table {
        let want: Vec<(&str, Type)> = assert.columns.iter().map(|c| (c.name.name.as_str(), c.ty.node)).collect();
        let have: Vec<(&str, Type)> = table.columns.iter().map(|c| (c.name.as_str(), c.ty)).collect();
        if !table.broken && want != have {
            let shown: Vec<String> = have.iter().map(|(name, ty)| format!("{name}: {ty}")).collect();
            self.report(
                Diagnostic::error(Code::TypeMismatch, operator.span, "the columns are not those asserted")
                    .help(format!("they are ({})", shown.join(", "))),
            );
        }
        table
    }

    /// A scope in which window functions may or may not stand is the table's own; `print` has none.
    pub(super) fn scope_without_windows(scope: Scope<'a>) -> Scope<'a> {
        Scope { calls: Calls::Scalar, ..scope }
    }
}

/// Whether a pattern is the name of one column; a name in brackets may be a pattern too, as in `['20*']`.
fn is_outright(pattern: &Expr, table: &Table) -> bool {
    match &pattern.kind {
        ExprKind::Name(ident) => !ident.name.contains('*') || table.column(&ident.name).is_some(),
        _ => false,
    }
}

fn name_is(pattern: &Expr, name: &str) -> bool {
    matches!(&pattern.kind, ExprKind::Name(ident) if ident.name == name)
}

/// Whether a name fits a pattern in which `*` stands for any characters. Letters of either case differ.
pub(in crate::bind) fn wildcard_matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(first) = parts.next() else { return false };
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

fn compare_names(a: &str, b: &str, order: ReorderOrder) -> Ordering {
    match order {
        ReorderOrder::Ascending => a.cmp(b),
        ReorderOrder::Descending => b.cmp(a),
        ReorderOrder::GrannyAscending => granny(a).cmp(&granny(b)),
        ReorderOrder::GrannyDescending => granny(b).cmp(&granny(a)),
    }
}

/// A name cut into text and numbers, so that `a9` comes before `a10`.
fn granny(name: &str) -> Vec<(String, u64)> {
    let mut parts = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let (text, tail) = rest.split_at(digits);
        let end = tail.find(|c: char| !c.is_ascii_digit()).unwrap_or(tail.len());
        let (number, tail) = tail.split_at(end);
        parts.push((text.to_owned(), number.parse().unwrap_or(0)));
        rest = tail;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_names() {
        for (pattern, name, fits) in [
            ("a*", "abc", true),
            ("*c", "abc", true),
            ("*", "", true),
            ("a*b*c", "axxbyyc", true),
            ("a*b", "ab", true),
            ("a*a", "a", false),
            ("A*", "abc", false),
        ] {
            assert_eq!(wildcard_matches(pattern, name), fits, "{pattern} on {name}");
        }
    }

    #[test]
    fn granny_counts_digits_as_numbers() {
        assert_eq!(compare_names("a9", "a10", ReorderOrder::GrannyAscending), Ordering::Less);
        assert_eq!(compare_names("a9", "a10", ReorderOrder::Ascending), Ordering::Greater);
    }
}
