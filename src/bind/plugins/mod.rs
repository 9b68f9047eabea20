//! The meaning of each plugin of `evaluate`, one file per family.

mod activity;
mod build;
mod cohort;
mod infer;
mod lookup;
mod neighbours;
mod patterns;
mod pivot;
mod schema;
mod sequence;
mod sketch;
mod timeline;
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
use super::result::count_rows;
use super::suggest::nearest;
use super::table::Table;
use lookup::Version;

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
            let name = call.name.name.as_str();
            let refused = crate::functions::unsupported::PLUGINS.iter().find(|(refused, _)| *refused == name);
            self.report(match refused {
                Some((_, why)) => {
                    let message = format!("the plugin `{name}` is not supported");
                    Diagnostic::error(Code::UnsupportedFunction, call.name.span, message).label(*why)
                }
                None => {
                    let message = format!("no plugin `{name}`");
                    let diagnostic = Diagnostic::error(Code::UnknownFunction, call.name.span, message);
                    match nearest(name, PLUGINS.iter().map(|row| row.name)) {
                        Some(near) => diagnostic.label(format!("nearest: `{near}`")),
                        None => diagnostic,
                    }
                }
            });
            return Table::broken();
        };
        if !self.count_fits(row.name, row.params, call) || table.broken {
            return Table::broken();
        }
        // These make one row of each, so they need not know where one part ends.
        let of_rows = matches!(row.name, "bag_unpack" | "identity");
        if !table.keys.is_empty() && !of_rows {
            let message = format!("the plugin `{}` is not supported inside another operator", row.name);
            self.error(Code::UnsupportedFeature, call.name.span, message);
            return Table::broken();
        }
        let declared = evaluate.schema.as_ref().map(|(with_input, columns)| Declared {
            with_input: *with_input,
            columns: columns.iter().map(|column| (column.name.name.clone(), column.ty.node)).collect(),
        });
        let result = match row.name {
            "active_users_count" => self.bind_active_users(call, table, env),
            "activity_counts_metrics" => self.bind_activity_counts(call, table, env),
            "activity_engagement" => self.bind_activity_engagement(call, table, env),
            "activity_metrics" => self.bind_activity_metrics(call, table, env),
            "autocluster" => self.bind_autocluster(call, table, env),
            "basket" => self.bind_basket(call, table, env),
            "dcount_intersect" => self.bind_dcount_intersect(call, table, env),
            "diffpatterns" => self.bind_diffpatterns(call, table, env),
            "diffpatterns_text" => self.bind_diffpatterns_text(call, table, env),
            "estimate_rows_count" => Some(self.bind_estimate_rows_count(table)),
            "funnel_sequence_completion" => self.bind_funnel_completion(call, table, env),
            "identity" => Some(table),
            "infer_storage_schema" => self.bind_infer_storage_schema(call, env),
            "ipv4_lookup" => self.bind_ip_lookup(Version::V4, call, table, env),
            "ipv6_lookup" => self.bind_ip_lookup(Version::V6, call, table, env),
            "new_activity_metrics" => self.bind_new_activity(call, table, env),
            "funnel_sequence" => {
                let message = "`funnel_sequence` gives three results, so it must be the last operator of a statement";
                self.error(Code::UnsupportedFeature, call.name.span, message);
                None
            }
            "preview" => {
                let message = "`preview` gives two results, so it must be the last operator of a statement";
                self.error(Code::UnsupportedFeature, call.name.span, message);
                None
            }
            "rolling_percentile" => self.bind_rolling_percentile(call, table, env),
            "rows_near" => self.bind_rows_near(call, table, env),
            "schema_merge" => self.bind_schema_merge(call, table, env),
            "sequence_detect" => self.bind_sequence_detect(call, table, env),
            "session_count" => self.bind_session_count(call, table, env),
            "sliding_window_counts" => self.bind_sliding_window(call, table, env),
            "bag_unpack" => Some(self.bind_bag_unpack(call, declared, table, env)),
            "narrow" => Some(self.bind_narrow(table)),
            "pivot" => Some(self.bind_pivot(call, declared, table, env)),
            name => {
                self.error(Code::UnsupportedFunction, call.name.span, format!("the plugin `{name}` is not supported"));
                None
            }
        };
        result.unwrap_or_else(Table::broken)
    }

    /// The number of rows, which is exact here.
    fn bind_estimate_rows_count(&mut self, table: Table) -> Table {
        let count = self.fresh("EstimatedRowsCount", Type::Long);
        self.group(table, Vec::new(), vec![(vec![count], count_rows())])
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
