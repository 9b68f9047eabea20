//! `set`: the options of a request, and what they ask of whoever runs it.

use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{Op, Scalar};
use crate::span::Span;
use crate::syntax::ast::{self, SetOption, StatementKind};
use crate::types::Type;
use crate::value::{self, Value};

use super::env::Env;
use super::expression::Scope;
use super::table::Table;
use super::{Binder, Output};

/// What a request allows for its answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Demands {
    /// The most rows of each result; more make the request fail.
    pub rows: Option<u64>,
    /// The most bytes of all results; more make the request fail.
    pub bytes: Option<u64>,
    /// The longest time that the request may take, in nanoseconds.
    pub time: Option<i64>,
}

/// What an option does here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// It is followed.
    Here,
    /// It is about how a service does its work, and cannot change an answer.
    NoMatter,
    /// It is about how a service does its work, and the user may want to know that nothing comes of it.
    NoEffect,
    /// It would change the answer, and is not supported, for this reason.
    Refused(&'static str),
}

impl Meaning {
    /// What `set` with it does, in words.
    pub fn words(self) -> &'static str {
        match self {
            Meaning::Here => "it is followed",
            Meaning::NoMatter => "it is about how a service does its work, so nothing comes of it here",
            Meaning::NoEffect => "it has no effect here, and a warning says so",
            Meaning::Refused(why) => why,
        }
    }
}

const PERMISSIONS: &str = "nobody signs in here, so there are no permissions";
const CURSORS: &str = "cursors count what a cluster takes in; filter by time instead";

/// All options that are known, by name.
pub const OPTIONS: &[(&str, Meaning)] = &[
    ("best_effort", Meaning::Here),
    ("block_splitting_enabled", Meaning::NoMatter),
    ("client_max_redirect_count", Meaning::NoMatter),
    ("client_results_reader_allow_varying_row_widths", Meaning::NoMatter),
    ("deferpartialqueryfailures", Meaning::NoMatter),
    ("materialized_view_shuffle", Meaning::NoMatter),
    ("materialized_view_shuffle_query", Meaning::NoMatter),
    ("max_memory_consumption_per_query_per_node", Meaning::NoEffect),
    ("maxmemoryconsumptionperiterator", Meaning::NoEffect),
    ("maxoutputcolumns", Meaning::Here),
    ("norequesttimeout", Meaning::Here),
    ("notruncation", Meaning::Here),
    ("push_selection_through_aggregation", Meaning::NoMatter),
    ("query_admin_super_slacker_mode", Meaning::NoMatter),
    ("query_bin_auto_at", Meaning::Here),
    ("query_bin_auto_size", Meaning::Here),
    ("query_cursor_after_default", Meaning::Refused(CURSORS)),
    ("query_cursor_before_or_at_default", Meaning::Refused(CURSORS)),
    ("query_cursor_current", Meaning::Refused(CURSORS)),
    ("query_cursor_disabled", Meaning::NoMatter),
    ("query_cursor_scoped_table", Meaning::Refused(CURSORS)),
    ("query_cursor_scoped_tables", Meaning::Refused(CURSORS)),
    ("query_datascope", Meaning::NoMatter),
    ("query_datetimescope_column", Meaning::Here),
    ("query_datetimescope_from", Meaning::Here),
    ("query_datetimescope_to", Meaning::Here),
    ("query_distribution_nodes_span", Meaning::NoMatter),
    ("query_fanout_nodes_percent", Meaning::NoMatter),
    ("query_fanout_threads_percent", Meaning::NoMatter),
    ("query_force_row_level_security", Meaning::NoMatter),
    ("query_language", Meaning::Here),
    ("query_log_query_parameters", Meaning::NoMatter),
    ("query_max_entities_in_union", Meaning::NoMatter),
    ("query_now", Meaning::Here),
    ("query_optimize_fts_at_relop", Meaning::NoMatter),
    ("query_python_debug", Meaning::NoEffect),
    ("query_results_apply_getschema", Meaning::Here),
    ("query_results_cache_force_refresh", Meaning::NoMatter),
    ("query_results_cache_max_age", Meaning::NoMatter),
    ("query_results_cache_per_shard", Meaning::NoMatter),
    ("query_results_progressive_row_count", Meaning::NoMatter),
    ("query_results_progressive_update_period", Meaning::NoMatter),
    ("query_shuffle_broadcast_join", Meaning::NoMatter),
    ("query_take_max_records", Meaning::Here),
    ("query_weakconsistency_session_id", Meaning::NoMatter),
    ("queryconsistency", Meaning::NoMatter),
    ("request_app_name", Meaning::NoMatter),
    ("request_block_row_level_security", Meaning::NoMatter),
    ("request_callout_disabled", Meaning::NoMatter),
    ("request_cross_cluster_token", Meaning::NoMatter),
    ("request_description", Meaning::NoMatter),
    ("request_external_data_disabled", Meaning::Here),
    ("request_external_table_disabled", Meaning::NoMatter),
    ("request_impersonation_disabled", Meaning::NoMatter),
    ("request_readonly", Meaning::NoMatter),
    ("request_readonly_hardline", Meaning::NoMatter),
    ("request_remote_entities_disabled", Meaning::NoMatter),
    ("request_sandboxed_execution_disabled", Meaning::NoMatter),
    ("request_user", Meaning::NoMatter),
    ("results_error_reporting_placement", Meaning::NoMatter),
    ("results_progressive_enabled", Meaning::NoMatter),
    ("results_v2_fragment_primary_tables", Meaning::NoMatter),
    ("results_v2_newlines_between_frames", Meaning::NoMatter),
    ("servertimeout", Meaning::Here),
    ("truncation_max_records", Meaning::Here),
    ("truncation_max_size", Meaning::Here),
    ("truncationmaxrecords", Meaning::Here),
    ("truncationmaxsize", Meaning::Here),
    ("validate_permissions", Meaning::Refused(PERMISSIONS)),
    ("validatepermissions", Meaning::Refused(PERMISSIONS)),
];

/// What `set` statements said so far.
#[derive(Clone, Default)]
pub(super) struct Settings {
    /// What the request allows for its answer, leaving `unlimited` aside.
    pub(super) demands: Demands,
    /// `notruncation`: the limits of the answer do not count.
    pub(super) unlimited: bool,
    /// `norequesttimeout`: the limit of time does not count.
    pub(super) untimed: bool,
    /// The first so many rows of each result are all that is wanted.
    pub(super) most_rows: Option<u64>,
    /// The most columns of a result.
    pub(super) most_columns: Option<(u64, Span)>,
    /// The size of the bins of `bin_auto` and where one starts.
    pub(super) bin_auto: [Option<Scalar>; 2],
    /// Tables that are not there are left out of unions.
    pub(super) best_effort: bool,
    /// `query_datetimescope_…`: tables with this column show only rows of these times, the ends included.
    pub(super) scope_column: Option<String>,
    pub(super) scope: [Option<i64>; 2],
    /// `query_results_apply_getschema`: results are described, not shown.
    pub(super) described: bool,
    /// `request_external_data_disabled`: no file beside the tables is read.
    pub(super) inside: bool,
}

impl<'a> Binder<'a> {
    /// `set name = value`
    pub(super) fn bind_set(&mut self, option: &'a SetOption, env: &Env<'a>) {
        let name = option.name.name.as_str();
        match OPTIONS.iter().find(|(known, _)| *known == name).map(|(_, meaning)| *meaning) {
            Some(Meaning::Here) => self.bind_known_option(name, option, env),
            Some(Meaning::NoMatter) => {}
            Some(Meaning::NoEffect) => self.report(
                Diagnostic::warning(
                    Code::UnknownOption,
                    option.name.span,
                    format!("the option `{name}` has no effect here"),
                )
                .label("ignored")
                .help("`--memory` and `--threads` say how much of the machine may be used"),
            ),
            Some(Meaning::Refused(why)) => self.report(
                Diagnostic::error(
                    Code::UnsupportedFeature,
                    option.name.span,
                    format!("the option `{name}` is not supported"),
                )
                .help(why),
            ),
            None => {
                let near = super::suggest::nearest(name, OPTIONS.iter().map(|(known, _)| *known));
                let message = format!("the option `{name}` has no effect here");
                let label = near.map_or("ignored".to_owned(), |near| format!("ignored; nearest: `{near}`"));
                self.report(Diagnostic::warning(Code::UnknownOption, option.name.span, message).label(label));
            }
        }
    }

    fn bind_known_option(&mut self, name: &str, option: &'a SetOption, env: &Env<'a>) {
        let value = option.value.as_ref().map(|expr| self.bind_scalar(expr, &Scope::constants(env.clone())));
        let literal = value.as_ref().and_then(Scalar::literal).cloned();
        let wrong = match name {
            "query_now" => match pinned(option).is_none() {
                true => Some("takes a `datetime` constant"),
                false => None,
            },
            "query_bin_auto_size" | "query_bin_auto_at" => {
                let at = usize::from(name == "query_bin_auto_at");
                self.settings.bin_auto[at] = value.filter(|value| value.ty().is_summable());
                self.settings.bin_auto[at].is_none().then_some("takes a number, `timespan` or `datetime`")
            }
            "servertimeout" => match time_of(&literal) {
                Some(time) if time > 0 => {
                    self.settings.demands.time = Some(time);
                    None
                }
                _ => Some("takes a `timespan` above zero"),
            },
            "query_language" => match &literal {
                Some(Value::String(text)) if matches!(text.to_ascii_lowercase().as_str(), "kql" | "csl") => None,
                _ => Some("can be `kql` only"),
            },
            "query_datetimescope_column" => match &literal {
                Some(Value::String(column)) => {
                    self.settings.scope_column = Some(column.clone());
                    None
                }
                _ => Some("takes the name of a column, as a constant string"),
            },
            "query_datetimescope_from" | "query_datetimescope_to" => {
                let end = usize::from(name == "query_datetimescope_to");
                self.settings.scope[end] = moment_of(&literal);
                self.settings.scope[end].is_none().then_some("takes a `datetime` constant")
            }
            "notruncation"
            | "norequesttimeout"
            | "best_effort"
            | "query_results_apply_getschema"
            | "request_external_data_disabled" => match truth_of(option, &literal) {
                Some(truth) => {
                    self.set_switch(name, truth);
                    None
                }
                None => Some("takes `true` or `false`"),
            },
            _ => match literal.as_ref().and_then(Value::as_i64).and_then(|count| u64::try_from(count).ok()) {
                Some(count) => {
                    self.set_count(name, count, option.name.span);
                    None
                }
                None if name.ends_with("size") => Some("takes a number of bytes"),
                None if name.ends_with("columns") => Some("takes a number of columns"),
                None => Some("takes a number of rows"),
            },
        };
        if let Some(wrong) = wrong {
            let code = if option.value.is_some() && literal.is_none() { Code::NotConstant } else { Code::InvalidValue };
            let span = option.value.as_ref().map_or(option.name.span, |value| value.span);
            self.error(code, span, format!("`{name}` {wrong}"));
        }
    }

    fn set_switch(&mut self, name: &str, truth: bool) {
        match name {
            "notruncation" => self.settings.unlimited = truth,
            "norequesttimeout" => self.settings.untimed = truth,
            "query_results_apply_getschema" => self.settings.described = truth,
            "request_external_data_disabled" => self.settings.inside = truth,
            _ => self.settings.best_effort = truth,
        }
    }

    fn set_count(&mut self, name: &str, count: u64, span: Span) {
        match name {
            "query_take_max_records" => self.settings.most_rows = Some(count),
            "maxoutputcolumns" => self.settings.most_columns = Some((count, span)),
            "truncationmaxsize" | "truncation_max_size" => self.settings.demands.bytes = Some(count),
            _ => self.settings.demands.rows = Some(count),
        }
    }

    /// The rows of a stored table that `query_datetimescope_…` leaves.
    pub(super) fn in_scope_of_time(&self, table: Table) -> Table {
        let Some(name) = &self.settings.scope_column else { return table };
        let Some(column) = table.column(name).filter(|column| column.ty == Type::DateTime).cloned() else {
            return table;
        };
        let ends = self.settings.scope.into_iter().zip([Op::GreaterOrEqual, Op::LessOrEqual]);
        ends.fold(table, |table, (end, op)| match end {
            Some(end) => {
                let end = Scalar::Literal(Value::DateTime(end));
                table.filter(Scalar::op(op, vec![Scalar::column(&column), end], Type::Bool))
            }
            None => table,
        })
    }

    /// Refuses results of more columns than `maxoutputcolumns` allows.
    pub(super) fn check_columns(&mut self, results: &[Output]) {
        let Some((most, span)) = self.settings.most_columns else { return };
        let widest = results.iter().map(|output| output.rel.columns().len()).max().unwrap_or(0);
        if widest as u64 > most {
            let message = format!("a result has {widest} columns, more than `maxoutputcolumns` allows");
            self.error(Code::InvalidValue, span, message);
        }
    }

    /// What the options together ask for.
    pub(super) fn demands(&self) -> Demands {
        let Demands { rows, bytes, time } = self.settings.demands;
        let limit = |limit: Option<u64>| limit.filter(|_| !self.settings.unlimited);
        Demands { rows: limit(rows), bytes: limit(bytes), time: time.filter(|_| !self.settings.untimed) }
    }
}

fn truth_of(option: &SetOption, literal: &Option<Value>) -> Option<bool> {
    match (literal, &option.value) {
        (_, None) => Some(true),
        (Some(Value::Bool(truth)), _) => Some(*truth),
        (Some(Value::String(text)), _) if text.eq_ignore_ascii_case("true") => Some(true),
        (Some(Value::String(text)), _) if text.eq_ignore_ascii_case("false") => Some(false),
        (Some(value), _) => value.as_i64().map(|number| number != 0),
        (None, Some(_)) => None,
    }
}

fn moment_of(literal: &Option<Value>) -> Option<i64> {
    match literal {
        Some(Value::DateTime(nanos)) => Some(*nanos),
        Some(Value::String(text)) => value::parse_datetime(text),
        _ => None,
    }
}

fn time_of(literal: &Option<Value>) -> Option<i64> {
    match literal {
        Some(Value::TimeSpan(nanos)) => Some(*nanos),
        Some(Value::String(text)) => value::parse_timespan(text),
        _ => None,
    }
}

fn pinned(option: &SetOption) -> Option<i64> {
    match option.value.as_ref().map(|expr| &expr.kind) {
        Some(ast::ExprKind::Literal(literal)) => moment_of(&Some(literal.clone())),
        _ => None,
    }
}

/// The value of `set query_now=…`, in nanoseconds since 1970, if a request has one. It is read before binding starts,
/// since it decides what `now()` is.
pub fn pinned_now(query: &ast::Query) -> Option<i64> {
    query.statements.iter().find_map(|statement| match &statement.kind {
        StatementKind::Set(option) if option.name.name == "query_now" => pinned(option),
        _ => None,
    })
}

/// The time that `set servertimeout=…` gives a request. It is read before binding starts, since binding may already
/// ask the data.
pub fn time_limit(query: &ast::Query) -> Option<i64> {
    let option = |name: &str| {
        query.statements.iter().rev().find_map(|statement| match &statement.kind {
            StatementKind::Set(option) if option.name.name == name => Some(option),
            _ => None,
        })
    };
    let literal = |option: &SetOption| match option.value.as_ref().map(|expr| &expr.kind) {
        Some(ast::ExprKind::Literal(value)) => Some(value.clone()),
        _ => None,
    };
    let unlimited = option("norequesttimeout").is_some_and(|option| truth_of(option, &literal(option)) == Some(true));
    option("servertimeout").and_then(|option| time_of(&literal(option))).filter(|_| !unlimited)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn options_are_sorted_and_once() {
        let names: Vec<&str> = OPTIONS.iter().map(|(name, _)| *name).collect();
        assert!(names.is_sorted());
        let mut once = names.clone();
        once.dedup();
        assert_eq!(names, once);
    }

    #[test]
    fn time_limits_are_read_ahead() {
        let limit = |text: &str| time_limit(&crate::syntax::parse(text).query);
        assert_eq!(limit("set servertimeout=10s; print 1"), Some(10_000_000_000));
        assert_eq!(limit("set servertimeout='00:01:00'; print 1"), Some(60_000_000_000));
        assert_eq!(limit("set servertimeout=10s; set norequesttimeout; print 1"), None);
    }
}
