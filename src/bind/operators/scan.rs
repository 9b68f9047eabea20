//! `scan`: sorted rows walk through the steps of a state machine.

use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{Column, ColumnId, FoldColumn, FoldStep, Rel, Scalar, StepOutput};
use crate::syntax::ast::{ExprKind, Operator, ParameterKind, Scan, ScanStep};
use crate::types::Type;
use crate::value::Value;

use super::super::Binder;
use super::super::env::{Binding, Env};
use super::super::expression::{Calls, Scope};
use super::super::naming::Names;
use super::super::table::Table;

/// A column that a match holds.
struct Held {
    column: Column,
    initial: Scalar,
    /// What it is at a match that assigns nothing.
    plain: Scalar,
}

impl<'a> Binder<'a> {
    pub(super) fn bind_scan(&mut self, scan: &'a Scan, operator: &Operator, table: Table, env: &Env<'a>) -> Table {
        if !table.serialized && scan.order_by.is_empty() {
            self.report(
                Diagnostic::error(Code::NotSerialized, operator.keyword, "`scan` needs rows in order")
                    .help("put `sort by …` or `serialize` in front"),
            );
            return Table::broken();
        }
        let scope = Scope { calls: Calls::Scalar, ..Scope::of(env, &table) };
        let partition_by: Vec<Scalar> = scan.partition_by.iter().map(|expr| self.bind_scalar(expr, &scope)).collect();
        let keys: Vec<_> = scan.order_by.iter().filter_map(|key| self.bind_sort_key(key, &scope)).collect();
        let mut names = Names::with(table.columns.iter().map(|column| column.name.as_str()));
        let Some((held, inner)) = self.bind_held(scan, &table, env, &mut names) else { return Table::broken() };
        let match_id = self.bind_match_id(scan, &mut names);
        let scope = Scope { env: inner, ..scope };
        let (mut steps, scope) = self.announce_steps(scan, &held, scope);
        for (step, bound) in scan.steps.iter().zip(&mut steps) {
            self.bind_step(step, bound, &held, &scope);
        }

        let declared = held.len() - table.columns.len();
        let assigned = |index: usize| steps.iter().any(|step| step.next[index] != held[index].plain);
        let mut columns: Vec<Column> = Vec::new();
        for (index, column) in table.columns.iter().enumerate() {
            let index = declared + index;
            columns.push(if assigned(index) { held[index].column.clone() } else { column.clone() });
        }
        columns.extend(held[..declared].iter().map(|value| value.column.clone()));
        columns.extend(match_id.clone());
        // Columns that are neither assigned nor looked back at need no state.
        let needed: Vec<bool> =
            (0..held.len()).map(|index| index < declared || assigned(index) || is_read(&steps, index)).collect();
        let steps = steps.into_iter().map(|step| FoldStep {
            next: only(step.next, &needed),
            last: only(step.last, &needed),
            ..step
        });
        let steps = steps.collect();
        let values = only(held, &needed).into_iter();
        let values = values.map(|value| FoldColumn { column: value.column, initial: value.initial }).collect();
        let order = if keys.is_empty() { table.window_order() } else { keys };
        let parts = table.keys.iter().map(Scalar::column).chain(partition_by).collect();
        let rel = Rel::Fold {
            input: Box::new(table.rel),
            values,
            steps,
            match_id,
            partition_by: parts,
            order_by: order.clone(),
        };
        Table { rel, columns, order, serialized: true, ..table }
    }

    /// Declared columns, then those of the table; and the names in sight of conditions and assignments.
    fn bind_held(
        &mut self,
        scan: &'a Scan,
        table: &Table,
        env: &Env<'a>,
        names: &mut Names,
    ) -> Option<(Vec<Held>, Env<'a>)> {
        let mut inner = env.clone();
        let mut held = Vec::new();
        for declared in &scan.declare {
            let ParameterKind::Scalar(ty) = &declared.kind else {
                self.error(Code::TypeMismatch, declared.name.span, "a column cannot hold a table");
                return None;
            };
            let initial = match &declared.default {
                Some(expr) => {
                    let value = self.bind_scalar(expr, &Scope::constants(env.clone()));
                    self.convert_parameter(value, ty.node, expr.span)
                }
                None => Scalar::Literal(Value::missing(ty.node)),
            };
            let name = self.claim(&declared.name, names);
            // By its bare name a declared column is its default.
            inner = inner.with(&name, Binding::Scalar(initial.clone()));
            held.push(Held { column: self.fresh(name, ty.node), plain: initial.clone(), initial });
        }
        for column in &table.columns {
            let initial = Scalar::Literal(Value::missing(column.ty));
            let copy = self.fresh(column.name.as_str(), column.ty);
            held.push(Held { column: copy, initial, plain: Scalar::column(column) });
        }
        Some((held, inner))
    }

    fn bind_match_id(&mut self, scan: &'a Scan, names: &mut Names) -> Option<Column> {
        let mut found = None;
        for option in &scan.options {
            match (option.name.name.as_str(), &option.value.kind) {
                ("with_match_id", ExprKind::Name(ident)) => {
                    let name = self.claim(ident, names);
                    found = Some(self.fresh(name, Type::Long));
                }
                (name, _) => {
                    let message = format!("`scan` does not support `{name}`");
                    self.error(Code::UnsupportedFeature, option.name.span, message);
                }
            }
        }
        found
    }

    /// The steps with nothing but the names by which their last matches go, and a scope that knows these.
    fn announce_steps(&mut self, scan: &'a Scan, held: &[Held], mut scope: Scope<'a>) -> (Vec<FoldStep>, Scope<'a>) {
        let mut names = Names::default();
        let mut steps = Vec::new();
        for step in &scan.steps {
            if names.unique(&step.name.name) != step.name.name {
                let message = format!("two steps are called `{}`", step.name.name);
                self.error(Code::DuplicateName, step.name.span, message);
            }
            let last: Vec<(String, ColumnId, Type)> = held
                .iter()
                .map(|value| {
                    let last = self.fresh(value.column.name.as_str(), value.column.ty);
                    (last.name, last.id, last.ty)
                })
                .collect();
            let output = match step.output.as_ref().map(|output| output.name.as_str()) {
                Some("last") => StepOutput::Last,
                Some("none") => StepOutput::Nothing,
                _ => StepOutput::All,
            };
            steps.push(FoldStep {
                optional: step.optional,
                output,
                condition: Scalar::bool(true),
                next: held.iter().map(|value| value.plain.clone()).collect(),
                last: last.iter().map(|(_, id, _)| *id).collect(),
            });
            scope.env = scope.env.with(&step.name.name, Binding::Step(last.into()));
        }
        (steps, scope)
    }

    fn bind_step(&mut self, step: &'a ScanStep, bound: &mut FoldStep, held: &[Held], scope: &Scope<'a>) {
        bound.condition = self.bind_predicate(&step.condition, scope);
        for item in &step.assignments {
            let Some(name) = item.names.first() else {
                self.error(Code::Syntax, item.span, "`column = value` is needed");
                continue;
            };
            let value = self.bind_scalar(&item.value, scope);
            let Some(place) = held.iter().position(|value| value.column.name == name.name) else {
                self.unknown_column(&name.name, name.span, scope);
                continue;
            };
            bound.next[place] = self.convert_parameter(value, held[place].column.ty, item.value.span);
        }
    }
}

/// Whether a condition or an assignment looks at a column of an earlier match.
fn is_read(steps: &[FoldStep], index: usize) -> bool {
    let mut read = false;
    for value in steps.iter().flat_map(|step| step.next.iter().chain([&step.condition])) {
        value.visit(&mut |part| {
            if let Scalar::Column(id, _) = part {
                read |= steps.iter().any(|step| step.last[index] == *id);
            }
        });
    }
    read
}

fn only<T>(items: Vec<T>, needed: &[bool]) -> Vec<T> {
    items.into_iter().zip(needed).filter_map(|(item, needed)| needed.then_some(item)).collect()
}
