//! The results of an expression statement: one, or several for `fork` and `facet`.

use crate::diagnostic::Code;
use crate::ir::{AggregateCall, Column, Rel, Scalar, Target};
use crate::syntax::ast::{Call, Expr, ExprKind, Facet, Fork, OperatorKind, Pipeline};
use crate::types::Type;
use crate::value::Value;

use super::env::Env;
use super::expression::Scope;
use super::statement::one_row;
use super::table::Table;
use super::{Binder, Output};

/// The name of a result that nobody named.
pub(super) const PRIMARY: &str = "PrimaryResult";

impl<'a> Binder<'a> {
    /// The results of an expression statement, and the names that `as` left behind.
    pub(super) fn bind_results(&mut self, expr: &'a Expr, env: &Env<'a>) -> (Vec<Output>, Env<'a>) {
        if let ExprKind::Pipeline(pipeline) = &expr.kind {
            let last = pipeline.operators.last().map(|operator| &operator.kind);
            match last {
                Some(OperatorKind::Fork(fork)) => return (self.bind_fork(fork, pipeline, env), env.clone()),
                Some(OperatorKind::Facet(facet)) => return (self.bind_facet(facet, pipeline, env), env.clone()),
                Some(OperatorKind::Evaluate(evaluate)) if evaluate.call.name.name == "preview" => {
                    return (self.bind_preview(&evaluate.call, pipeline, env), env.clone());
                }
                Some(OperatorKind::Evaluate(evaluate)) if evaluate.call.name.name == "funnel_sequence" => {
                    let (table, inner) = self.bind_pipeline(pipeline, pipeline.operators.len() - 1, env);
                    let tables = self.bind_funnel_sequence(&evaluate.call, table, &inner);
                    return (tables.into_iter().flatten().map(|table| output(table, PRIMARY)).collect(), env.clone());
                }
                _ => {}
            }
        }
        if self.is_tabular(expr, env) || self.is_unknown_name(expr, env) {
            let Some((table, env)) = self.bind_table_and_names(expr, env) else { return (Vec::new(), env.clone()) };
            return (vec![output(table, PRIMARY)], env);
        }
        let value = self.bind_scalar(expr, &Scope::constants(env.clone()));
        let column = self.fresh("print_0", value.ty());
        let rel = Rel::Project { input: Box::new(one_row()), columns: vec![(column, value)] };
        (vec![Output { name: PRIMARY.to_owned(), rel, chart: None, export: None }], env.clone())
    }

    /// A lone name that means nothing was most likely meant as a table.
    fn is_unknown_name(&self, expr: &Expr, env: &Env<'a>) -> bool {
        matches!(&expr.kind, ExprKind::Name(ident) if env.get(&ident.name).is_none())
    }

    fn bind_fork(&mut self, fork: &'a Fork, pipeline: &'a Pipeline, env: &Env<'a>) -> Vec<Output> {
        let mut results = Vec::new();
        for (index, (name, operators)) in fork.branches.iter().enumerate() {
            let (mut table, inner) = self.bind_pipeline(pipeline, pipeline.operators.len() - 1, env);
            for operator in operators {
                table = self.bind_operator(table, operator, &inner);
            }
            let implied = format!("Query_{}", index + 1);
            results.push(output(table, name.as_ref().map_or(implied.as_str(), |ident| &ident.name)));
        }
        results
    }

    /// The first rows, and how many there are.
    fn bind_preview(&mut self, call: &'a Call, pipeline: &'a Pipeline, env: &Env<'a>) -> Vec<Output> {
        let [rows] = call.args.as_slice() else {
            self.error(Code::WrongArgumentCount, call.args_span, "`preview` takes the number of rows");
            return Vec::new();
        };
        let rows = self.bind_scalar(&rows.value, &Scope::constants(env.clone()));
        let Some(rows) = rows.literal().and_then(Value::as_i64).and_then(|rows| u64::try_from(rows).ok()) else {
            self.error(Code::InvalidValue, call.args_span, "a constant number of rows is needed");
            return Vec::new();
        };
        let before = pipeline.operators.len() - 1;
        let (table, _) = self.bind_pipeline(pipeline, before, env);
        let first = self.limit(table, rows);
        let (table, _) = self.bind_pipeline(pipeline, before, env);
        let count = self.fresh("Count", Type::Long);
        let counted = self.group(table, Vec::new(), vec![(vec![count], count_rows())]);
        vec![output(first, PRIMARY), output(counted, "Count")]
    }

    /// One table of counts per column, and one of the rows the operators leave, if there are any.
    fn bind_facet(&mut self, facet: &'a Facet, pipeline: &'a Pipeline, env: &Env<'a>) -> Vec<Output> {
        let before = pipeline.operators.len() - 1;
        let mut results = Vec::new();
        for expr in &facet.columns {
            let (table, inner) = self.bind_pipeline(pipeline, before, env);
            let value = self.bind_scalar(expr, &Scope::of(&inner, &table));
            let name = super::naming::implied_name(expr).unwrap_or_else(|| "Column1".to_owned());
            let key = self.fresh(name.as_str(), value.ty());
            let count = self.fresh(format!("count_{name}"), Type::Long);
            let counted = self.group(table, vec![(key, value)], vec![(vec![count], count_rows())]);
            results.push(output(counted, &name));
        }
        if !facet.with.is_empty() {
            let (mut table, inner) = self.bind_pipeline(pipeline, before, env);
            for operator in &facet.with {
                table = self.bind_operator(table, operator, &inner);
            }
            results.push(output(table, PRIMARY));
        }
        results
    }
}

fn output(table: Table, name: &str) -> Output {
    let name = table.name.clone().unwrap_or_else(|| name.to_owned());
    let chart = table.chart.clone();
    Output { name, chart, rel: table.finish(), export: None }
}

/// The aggregate `count()`.
pub(super) fn count_rows() -> AggregateCall {
    AggregateCall {
        target: Target::Builtin("count"),
        args: vec![Scalar::long(1)],
        filter: None,
        distinct: false,
        order_by: Vec::new(),
        types: vec![Type::Long],
    }
}

/// Constant rows as a table.
pub(super) fn constant_rows(columns: Vec<Column>, rows: Vec<Vec<crate::value::Value>>) -> Table {
    Table::new(Rel::Values { columns, rows })
}
