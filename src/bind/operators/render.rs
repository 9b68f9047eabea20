//! `render`: carried to the output.

use crate::diagnostic::Code;
use crate::syntax::ast::{Expr, ExprKind, Render};
use crate::value::{self, Value};

use super::super::table::Table;
use super::super::{Binder, Chart};

/// The charts that KQL knows.
const CHARTS: &[&str] = &[
    "anomalychart",
    "areachart",
    "barchart",
    "card",
    "columnchart",
    "ladderchart",
    "linechart",
    "list",
    "piechart",
    "pivotchart",
    "plotly",
    "scatterchart",
    "stackedareachart",
    "table",
    "timechart",
    "timeline",
    "timepivot",
    "treemap",
];

impl<'a> Binder<'a> {
    pub(super) fn bind_render(&mut self, render: &'a Render, table: Table) -> Table {
        let kind = render.chart.name.as_str();
        if !CHARTS.contains(&kind) {
            let near = super::super::suggest::nearest(kind, CHARTS.iter().copied());
            let help =
                near.map_or_else(|| format!("one of {}", CHARTS.join(", ")), |near| format!("nearest: `{near}`"));
            self.report(
                crate::diagnostic::Diagnostic::error(
                    Code::InvalidValue,
                    render.chart.span,
                    format!("no chart `{kind}`"),
                )
                .help(help),
            );
        }
        let properties = render.properties.iter().map(|option| (option.name.name.clone(), text_of(&option.value)));
        let chart = Chart { kind: kind.to_owned(), properties: properties.collect() };
        Table { chart: Some(chart), ..table }
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
