//! The meaning of each tabular operator; files are named like those of `syntax::operators`.

mod expand;
mod external;
mod filter;
mod find;
mod join;
mod nested;
mod parse;
mod partition;
mod project;
mod reduce;
mod render;
mod scan;
mod search;
mod series;
mod sort;
mod source;
mod summarize;
mod take;
mod union;

pub(super) use external::external_format;
pub(super) use join::side_by_side;

use crate::diagnostic::{Code, Diagnostic};
use crate::functions::unsupported;
use crate::ir::{Column, Rel, Scalar, SortKey, WindowCall};
use crate::syntax::ast::{self, ExprKind, NamedExpr, OperatorKind};
use crate::types::Type;

use super::Binder;
use super::env::Env;
use super::expression::Scope;
use super::naming::Names;
use super::several::Given;
use super::table::Table;
pub(super) use project::wildcard_matches;
pub(super) use union::Missing;

impl<'a> Binder<'a> {
    /// One operator behind a pipe.
    pub(super) fn bind_operator(&mut self, table: Table, operator: &'a ast::Operator, env: &Env<'a>) -> Table {
        match &operator.kind {
            OperatorKind::As(as_) => Table { name: Some(as_.name.name.clone()), ..table },
            OperatorKind::AssertSchema(assert) => self.bind_assert_schema(assert, operator, table),
            OperatorKind::Consume(consume) => self.bind_consume(consume, table),
            OperatorKind::Count(count) => self.bind_count(count, table),
            OperatorKind::Distinct(distinct) => self.bind_distinct(distinct, table, env),
            OperatorKind::Extend(extend) => self.bind_extend(&extend.columns, table, env),
            OperatorKind::GetSchema(getschema) => self.bind_getschema(getschema, &table),
            OperatorKind::Invoke(_) => self.refuse(operator, "invoke"),
            OperatorKind::Join(join) => self.bind_join(join, operator, table, env),
            OperatorKind::Lookup(lookup) => self.bind_lookup(lookup, operator, table, env),
            OperatorKind::MakeSeries(series) => self.bind_make_series(series, operator, table, env),
            OperatorKind::MvExpand(expand) => self.bind_mv_expand(expand, table, env),
            OperatorKind::Parse(parse) => self.bind_parse(parse, table, env),
            OperatorKind::Project(project) => self.bind_project(project, table, env),
            OperatorKind::ProjectAway(away) => self.bind_project_away(away, table, env),
            OperatorKind::ProjectKeep(keep) => self.bind_project_keep(keep, table, env),
            OperatorKind::ProjectRename(rename) => self.bind_project_rename(rename, table),
            OperatorKind::ProjectReorder(reorder) => self.bind_project_reorder(reorder, table, env),
            OperatorKind::Render(render) => self.bind_render(render, table, env),
            OperatorKind::Sample(sample) => self.bind_sample(sample, table, env),
            OperatorKind::SampleDistinct(sample) => self.bind_sample_distinct(sample, table, env),
            OperatorKind::Serialize(serialize) => self.bind_serialize(serialize, table, env),
            OperatorKind::Sort(sort) => self.bind_sort(sort, table, env),
            OperatorKind::Summarize(summarize) if summarize.aggregates.is_empty() && summarize.groups.is_empty() => {
                self.error(Code::Syntax, operator.keyword, "there is nothing to summarize");
                Table::broken()
            }
            OperatorKind::Summarize(summarize) => self.bind_summarize(summarize, table, env),
            OperatorKind::Take(take) => self.bind_take(take, table, env),
            OperatorKind::Top(top) => self.bind_top(top, table, env),
            OperatorKind::TopHitters(top) => self.bind_top_hitters(top, table, env),
            OperatorKind::Union(union) => self.bind_union(union, Some(table), env),
            OperatorKind::Where(where_) => self.bind_where(where_, table, env),
            OperatorKind::Evaluate(evaluate) => self.bind_evaluate(evaluate, table, env),
            OperatorKind::ExecuteAndCache => self.refuse(operator, "__executeAndCache"),
            OperatorKind::Facet(_) => self.refuse(operator, "facet"),
            OperatorKind::Fork(_) => self.refuse(operator, "fork"),
            OperatorKind::Graph(graph) => self.refuse(operator, graph.name),
            OperatorKind::MacroExpand(_) => {
                self.error(Code::Syntax, operator.keyword, "`macro-expand` starts a pipeline and takes no rows");
                Table::broken()
            }
            OperatorKind::MvApply(apply) => self.bind_mv_apply(apply, table, env),
            OperatorKind::ParseKv(parse) => self.bind_parse_kv(parse, table, env),
            OperatorKind::Partition(partition) => self.bind_partition(partition, table, env),
            OperatorKind::PartitionBy(partition) => self.bind_partition_by(partition, table, env),
            OperatorKind::ProjectByNames(by) => self.bind_project_by_names(by, table, env),
            OperatorKind::Reduce(reduce) => self.bind_reduce(reduce, operator, table, env),
            OperatorKind::Scan(scan) => self.bind_scan(scan, operator, table, env),
            OperatorKind::Search(search) => self.bind_search(search, Some(table), env),
            OperatorKind::TopNested(nested) => self.bind_top_nested(nested, table, env),
            OperatorKind::Datatable(_)
            | OperatorKind::ExternalData(_)
            | OperatorKind::Find(_)
            | OperatorKind::Print(_)
            | OperatorKind::Range(_) => {
                self.error(
                    Code::Syntax,
                    operator.keyword,
                    "this operator makes rows of its own and takes none from a pipe",
                );
                Table::broken()
            }
        }
    }

    /// An operator in front of a pipeline.
    pub(super) fn bind_source_operator(&mut self, operator: &'a ast::Operator, env: &Env<'a>) -> Table {
        match &operator.kind {
            OperatorKind::Datatable(datatable) => self.bind_datatable(datatable, operator, env),
            OperatorKind::Print(print) => self.bind_print(print, env),
            OperatorKind::Range(range) => self.bind_range(range, operator, env),
            OperatorKind::Union(union) => self.bind_union(union, None, env),
            OperatorKind::ExternalData(external) => self.bind_external(external, env),
            OperatorKind::Find(find) => self.bind_find(find, operator.keyword, env),
            OperatorKind::Search(search) => self.bind_search(search, None, env),
            OperatorKind::Evaluate(evaluate) => {
                self.bind_evaluate(evaluate, Table::new(super::statement::one_row()), env)
            }
            OperatorKind::Graph(graph) => self.refuse(operator, graph.name),
            OperatorKind::MacroExpand(expand) => self.bind_macro_expand(expand, operator, env),
            _ => {
                self.error(Code::Syntax, operator.keyword, "this operator needs rows from a table in front of it");
                Table::broken()
            }
        }
    }

    /// Says that an operator is known but not run.
    fn refuse(&mut self, operator: &ast::Operator, name: &str) -> Table {
        self.report(
            Diagnostic::error(
                Code::UnsupportedOperator,
                operator.keyword,
                format!("the operator `{name}` is not supported"),
            )
            .label(unsupported::operator(name).unwrap_or("not here")),
        );
        Table::broken()
    }

    /// Puts the window functions that an operator's expressions asked for below it. Rows that came in no order keep the
    /// one in which the first of them saw them.
    pub(super) fn place_windows(&mut self, mut table: Table) -> Table {
        for mut columns in std::mem::take(&mut self.windows) {
            let order_by = table.window_order();
            if order_by.is_empty() && table.keys.is_empty() {
                let call = WindowCall { name: "row_number", args: Vec::new(), ty: Type::Long };
                let number = match columns.iter().find(|(_, known)| *known == call) {
                    Some((known, _)) => known.clone(),
                    None => {
                        let number = self.fresh("row_number", Type::Long);
                        columns.push((number.clone(), call));
                        number
                    }
                };
                table.order = vec![SortKey::ascending(&number)];
            }
            table.rel = Rel::Window {
                input: Box::new(table.rel),
                columns,
                partition_by: table.keys.iter().map(Scalar::column).collect(),
                order_by,
            };
        }
        table
    }

    /// Names and values of a list like that of `project`: explicit names must differ, implied ones are made to.
    fn bind_named(&mut self, items: &'a [NamedExpr], scope: &Scope<'a>, names: &mut Names) -> Vec<(String, Scalar)> {
        let mut bound = Vec::new();
        for item in items {
            let value = self.bind_scalar(&item.value, scope);
            for (given, value) in self.columns_of_item(item, value) {
                let name = match (given, &item.value.kind) {
                    (Given::Written(name), _) => self.claim(name, names),
                    (Given::Implied(_), ExprKind::Name(ident)) => self.claim(ident, names),
                    (Given::Implied(name), _) => names.implied(&name),
                    (Given::Nothing, _) => names.unnamed(),
                };
                bound.push((name, value));
            }
        }
        bound
    }

    /// A name that was written out, which must not be taken by another that was.
    pub(super) fn claim(&mut self, ident: &ast::Ident, names: &mut Names) -> String {
        let name = names.unique(&ident.name);
        if name != ident.name && !names.is_implied(&ident.name) {
            self.error(Code::DuplicateName, ident.span, format!("there is a column `{}` already", ident.name));
        }
        name
    }

    /// Columns for values: a plain column keeps its identity, once.
    pub(super) fn columns_for(&mut self, values: Vec<(String, Scalar)>) -> Vec<(Column, Scalar)> {
        let mut columns: Vec<(Column, Scalar)> = Vec::new();
        for (name, value) in values {
            let column = match &value {
                Scalar::Column(id, ty) if !columns.iter().any(|(column, _)| column.id == *id) => {
                    Column { id: *id, name, ty: *ty }
                }
                _ => self.fresh(name, value.ty()),
            };
            columns.push((column, value));
        }
        columns
    }
}
