//! `render`: carried to the output.

use crate::diagnostic::{Code, Diagnostic};
use crate::ir::Scalar;
use crate::syntax::ast::{Expr, ExprKind, Option_, Render};
use crate::types::Type;
use crate::value::{self, Value};

use super::super::env::Env;
use super::super::expression::Scope;
use super::super::table::Table;
use super::super::{Binder, Chart};

/// The charts that KQL knows.
const CHARTS: &[&str] = &[
    "3Dchart",
    "anomalychart",
    "areachart",
    "barchart",
    "card",
    "columnchart",
    "graph",
    "ladderchart",
    "linechart",
    "list",
    "piechart",
    "pivotchart",
    "plotly",
    "sankey",
    "scatterchart",
    "stackedareachart",
    "table",
    "timechart",
    "timeline",
    "timepivot",
    "treemap",
];

impl<'a> Binder<'a> {
    pub(super) fn bind_render(&mut self, render: &'a Render, table: Table, env: &Env<'a>) -> Table {
        let kind = render.chart.name.as_str();
        if !CHARTS.contains(&kind) {
            let near = super::super::suggest::nearest(kind, CHARTS.iter().copied());
            let help =
                near.map_or_else(|| format!("one of {}", CHARTS.join(", ")), |near| format!("nearest: `{near}`"));
            let message = format!("no chart `{kind}`");
            self.report(Diagnostic::error(Code::InvalidValue, render.chart.span, message).help(help));
        }
        let properties = render.properties.iter();
        let properties = properties.map(|option| (option.name.name.clone(), self.bind_property(option, &table, env)));
        let chart = Chart { kind: kind.to_owned(), properties: properties.collect() };
        Table { chart: Some(chart), ..table }
    }

    /// The value of a property, as text, checked as far as its name says what it may be.
    fn bind_property(&mut self, option: &'a Option_, table: &Table, env: &Env<'a>) -> String {
        let words: &[&str] = match option.name.name.as_str() {
            "title" | "xtitle" | "ytitle" => return self.bind_title(&option.value, env),
            "xcolumn" | "ycolumns" | "anomalycolumns" | "series" | "by" => {
                self.check_chart_column(&option.value, table, env);
                return text_of(&option.value);
            }
            "ymin" | "ymax" | "xmin" | "xmax" => {
                let fits = matches!(&option.value.kind, ExprKind::Literal(value) if value.ty().is_summable());
                if !fits {
                    self.error(Code::InvalidValue, option.value.span, "a number, `datetime` or `timespan` is needed");
                }
                return text_of(&option.value);
            }
            "accumulate" => &["true", "false"],
            "kind" => &["default", "unstacked", "stacked", "stacked100", "map"],
            "legend" => &["visible", "hidden"],
            "xaxis" | "yaxis" => &["linear", "log"],
            "ysplit" => &["none", "axes", "panels"],
            _ => &[],
        };
        let text = text_of(&option.value);
        if !words.is_empty() && !words.contains(&text.as_str()) {
            let message = format!("`{}` does not take this value", option.name.name);
            let help = format!("one of {}", words.join(", "));
            self.report(Diagnostic::error(Code::InvalidValue, option.value.span, message).help(help));
        }
        text
    }

    fn bind_title(&mut self, title: &'a Expr, env: &Env<'a>) -> String {
        match self.bind_scalar(title, &Scope::constants(env.clone())) {
            Scalar::Literal(Value::String(text)) => text,
            Scalar::Literal(Value::Dynamic(json)) => json.as_str().map_or_else(|| json.to_string(), str::to_owned),
            other if other.ty() == Type::Unknown => String::new(),
            _ => {
                self.error(Code::InvalidValue, title.span, "a title is a text, and a constant");
                String::new()
            }
        }
    }

    fn check_chart_column(&mut self, column: &'a Expr, table: &Table, env: &Env<'a>) {
        if let ExprKind::Name(ident) = &column.kind
            && table.column(&ident.name).is_none()
            && !table.broken
        {
            self.unknown_column(&ident.name, ident.span, &Scope::of(env, table));
        }
    }
}

/// A property's value as text: words, numbers, strings and lists of names alike.
fn text_of(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Name(ident) => ident.name.clone(),
        ExprKind::Paren(inner) => text_of(inner),
        ExprKind::Wildcard(text) => text.clone(),
        ExprKind::Literal(value) => match value {
            Value::String(text) | Value::Guid(text) => text.clone(),
            Value::Bool(truth) => truth.to_string(),
            Value::Int(n) => n.to_string(),
            Value::Long(n) => n.to_string(),
            Value::Real(n) => n.to_string(),
            Value::Decimal(n) => value::format_decimal(*n),
            Value::DateTime(n) => value::format_datetime_iso(*n),
            Value::TimeSpan(n) => value::format_timespan(*n),
            Value::Dynamic(json) => json.to_string(),
            Value::Null(_) => String::new(),
        },
        _ => String::new(),
    }
}
