//! Arguments that the plugins about users over time share: who, when, from when to when, in which steps.

use crate::diagnostic::Code;
use crate::ir::{Column, Op, Rel, Scalar};
use crate::syntax::ast::{Argument, Call, ExprKind};
use crate::types::Type;
use crate::value::Value;

use super::super::Binder;
use super::super::env::Env;
use super::super::expression::Scope;
use super::super::table::Table;
use super::build::{filter, kept, project, test};

/// The most steps that a window may span: each row is looked at once a step.
const MOST_STEPS: i64 = 10_000;

/// What the last window may be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Periods {
    /// A length.
    Fixed,
    /// A length, or a week, a month or a year of the calendar.
    Calendar,
}

/// Who does something, and when.
pub(super) struct Events {
    pub(super) rel: Rel,
    pub(super) id: Column,
    pub(super) time: Column,
    /// The first and the last moment that count.
    pub(super) start: Scalar,
    pub(super) end: Option<Scalar>,
    /// The constants behind those.
    pub(super) windows: Vec<Scalar>,
    /// What is looked at apart.
    pub(super) dimensions: Vec<Column>,
}

impl Events {
    /// Columns that tell users apart: the dimensions, then the user.
    pub(super) fn who(&self) -> Vec<Column> {
        self.dimensions.iter().chain([&self.id]).cloned().collect()
    }

    /// The number of the step that a moment is in, from 0.
    pub(super) fn position(&self, time: Scalar, step: &Scalar) -> Scalar {
        if step.ty() == Type::String {
            return Scalar::kernel("datetime_diff", vec![step.clone(), time, self.start.clone()], Type::Long);
        }
        Scalar::kernel("series_position", vec![time, self.start.clone(), step.clone()], Type::Long)
    }

    /// The start of a step.
    pub(super) fn moment(&self, position: Scalar, step: &Scalar) -> Scalar {
        if let Some(start_of) = step.literal().and_then(Value::as_str).and_then(calendar) {
            return Scalar::kernel(start_of, vec![self.start.clone(), position], Type::DateTime);
        }
        let span = |position| Scalar::kernel("multiply_timespan", vec![step.clone(), position], Type::TimeSpan);
        let (start, ty) = (self.start.clone(), self.time.ty);
        match ty {
            Type::DateTime => Scalar::kernel("datetime_add", vec![start, span(position)], ty),
            Type::TimeSpan => Scalar::kernel("timespan_add", vec![start, span(position)], ty),
            Type::Real => {
                let position = Scalar::Cast(Box::new(position), ty);
                let offset = Scalar::op(Op::Multiply, vec![step.clone(), position], ty);
                Scalar::op(Op::Add, vec![start, offset], ty)
            }
            _ => {
                let offset = Scalar::op(Op::Multiply, vec![step.clone(), position], Type::Long);
                let moment = Scalar::op(Op::Add, vec![start, offset], Type::Long);
                if ty == Type::Int { Scalar::kernel("toint", vec![moment], ty) } else { moment }
            }
        }
    }

    /// A moment and a span before it. A whole number is `long` then.
    pub(super) fn before(&self, time: Scalar, span: &Scalar) -> Scalar {
        let args = vec![time, span.clone()];
        match self.time.ty {
            Type::DateTime => Scalar::kernel("datetime_subtract", args, Type::DateTime),
            Type::TimeSpan => Scalar::kernel("timespan_subtract", args, Type::TimeSpan),
            ty => Scalar::op(Op::Subtract, args, axis(ty)),
        }
    }

    /// The moment of a row in the type of the constants.
    pub(super) fn now(&self) -> Scalar {
        let time = Scalar::column(&self.time);
        if self.time.ty == Type::Int { Scalar::Cast(Box::new(time), Type::Long) } else { time }
    }

    /// The names and values of the dimensions.
    pub(super) fn shown(&self) -> Vec<(String, Scalar)> {
        self.dimensions.iter().map(|column| (column.name.clone(), Scalar::column(column))).collect()
    }

    /// Rows between two moments, both included.
    pub(super) fn between(&self, start: Option<Scalar>) -> Rel {
        let first = start.unwrap_or_else(|| self.start.clone());
        let mut inside = test(Op::GreaterOrEqual, self.now(), first);
        if let Some(end) = &self.end {
            inside = test(Op::And, inside, test(Op::LessOrEqual, self.now(), end.clone()));
        }
        filter(self.rel.clone(), inside)
    }
}

/// The function that gives the start of a calendar's period.
fn calendar(period: &str) -> Option<&'static str> {
    match period {
        "week" => Some("startofweek"),
        "month" => Some("startofmonth"),
        "year" => Some("startofyear"),
        _ => None,
    }
}

/// The type of moments in a timeline of a type.
fn axis(ty: Type) -> Type {
    if ty == Type::Int { Type::Long } else { ty }
}

impl<'a> Binder<'a> {
    /// `(id, timeline, [start, end,] windows…, dimensions…)`, with so many windows, of which the last is the step.
    pub(super) fn bind_events(
        &mut self,
        call: &'a Call,
        args: &[&'a Argument],
        (windows, periods): (usize, Periods),
        table: Table,
        env: &Env<'a>,
    ) -> Option<Events> {
        let [id, timeline, rest @ ..] = args else { return None };
        let id = self.column_argument(id, &table, env)?;
        let place = timeline.value.span;
        let time = self.column_argument(timeline, &table, env)?;
        if !time.ty.is_summable() || time.ty == Type::Decimal {
            let message = "the timeline must be a number, `datetime` or `timespan`";
            self.error(Code::TypeMismatch, place, message);
            return None;
        }
        let is_column =
            |arg: &&&'a Argument| matches!(&arg.value.kind, ExprKind::Name(name) if table.column(&name.name).is_some());
        let given = rest.iter().take_while(|arg| !is_column(arg)).count();
        let (bounds, rest) = match given {
            given if given == windows + 2 => rest.split_at(2),
            given if given == windows => rest.split_at(0),
            _ => {
                let message = format!("`{}` takes other constants in front of its dimensions", call.name.name);
                self.error(Code::WrongArgumentCount, call.args_span, message);
                return None;
            }
        };
        let ty = axis(time.ty);
        let (start, end) = match bounds {
            [start, end] => (self.moment_argument(start, ty, env)?, Some(self.moment_argument(end, ty, env)?)),
            _ => (self.extreme_of(&Scalar::column(&time), ty, &table, "min"), None),
        };
        let span = if ty == Type::DateTime { Type::TimeSpan } else { ty };
        let (spans, dimensions) = rest.split_at(windows);
        let last = spans.len().checked_sub(1).filter(|_| periods == Periods::Calendar);
        let windows = spans.iter().enumerate().map(|(place, arg)| match last == Some(place) && ty == Type::DateTime {
            true => self.period_argument(arg, env),
            false => self.span_argument(arg, span, env),
        });
        let windows = windows.collect::<Option<Vec<_>>>()?;
        let mut dimensions =
            dimensions.iter().map(|arg| self.column_argument(arg, &table, env)).collect::<Option<Vec<_>>>()?;
        let (mut id, mut time, mut rel) = (id, time, table.rel);
        self.tell_apart([&mut id, &mut time].into_iter().chain(&mut dimensions), &mut rel);
        Some(Events { rel, id, time, start, end, windows, dimensions })
    }

    /// A column that comes twice gets a copy, so that each can be handed on under an identity of its own.
    fn tell_apart<'c>(&mut self, columns: impl Iterator<Item = &'c mut Column>, rel: &mut Rel) {
        let mut all = kept(&rel.columns());
        let mut seen = Vec::new();
        for column in columns {
            if seen.contains(&column.id) {
                let copy = self.fresh(column.name.as_str(), column.ty);
                all.push((copy.clone(), Scalar::column(column)));
                *column = copy;
            }
            seen.push(column.id);
        }
        if all.len() > rel.columns().len() {
            *rel = project(rel.clone(), all);
        }
    }

    /// A constant of a type.
    pub(super) fn moment_argument(&mut self, argument: &'a Argument, ty: Type, env: &Env<'a>) -> Option<Scalar> {
        let value = self.bind_scalar(&argument.value, &Scope::constants(env.clone()));
        if value.ty() == Type::Unknown {
            return None;
        }
        Some(self.convert_or_report(value, ty, argument.value.span))
    }

    /// A length of time, or the name of a period of the calendar.
    fn period_argument(&mut self, argument: &'a Argument, env: &Env<'a>) -> Option<Scalar> {
        let value = self.bind_scalar(&argument.value, &Scope::constants(env.clone()));
        match value.literal() {
            Some(Value::String(period)) if calendar(period).is_some() => Some(value),
            Some(Value::String(_)) => {
                let message = "a period is a timespan, or one of `week`, `month` and `year`";
                self.error(Code::InvalidValue, argument.value.span, message);
                None
            }
            _ => self.span_argument(argument, Type::TimeSpan, env),
        }
    }

    /// A length of time: a constant that is not known to be too short.
    pub(super) fn span_argument(&mut self, argument: &'a Argument, ty: Type, env: &Env<'a>) -> Option<Scalar> {
        let span = self.moment_argument(argument, ty, env)?;
        let positive = match span.literal() {
            Some(Value::TimeSpan(span)) => *span > 0,
            Some(Value::Null(_)) => false,
            Some(number) => number.as_f64().is_none_or(|number| number > 0.0),
            None => true,
        };
        if !positive {
            self.error(Code::InvalidValue, argument.value.span, "a length above zero is needed");
        }
        positive.then_some(span)
    }

    /// A constant whole number from the least one on.
    pub(super) fn count_argument(&mut self, argument: &'a Argument, least: i64, env: &Env<'a>) -> Option<i64> {
        let value = self.bind_scalar(&argument.value, &Scope::constants(env.clone()));
        let count = value.literal().and_then(Value::as_i64).filter(|count| (least..=MOST_STEPS).contains(count));
        if count.is_none() && value.ty() != Type::Unknown {
            let message = format!("a constant whole number from {least} to {MOST_STEPS} is needed");
            self.error(Code::InvalidValue, argument.value.span, message);
        }
        count
    }

    /// How many steps a window spans.
    pub(super) fn steps(&mut self, window: &Scalar, step: &Scalar, call: &Call) -> Option<i64> {
        let whole = match (window.literal(), step.literal()) {
            (Some(Value::TimeSpan(window)), Some(Value::TimeSpan(step))) => whole(*window, *step),
            (Some(window), Some(step)) => window.as_i64().zip(step.as_i64()).and_then(|(w, s)| whole(w, s)),
            _ => None,
        };
        if whole.is_none() {
            let message = format!("the windows must be constants, the longer one 1 to {MOST_STEPS} times the other");
            self.error(Code::UnsupportedFeature, call.args_span, message);
        }
        whole
    }
}

fn whole(window: i64, step: i64) -> Option<i64> {
    (step > 0 && window % step == 0).then(|| window / step).filter(|steps| (1..=MOST_STEPS).contains(steps))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_whole_steps() {
        let check = |window, step, expected| assert_eq!(whole(window, step), expected);
        check(7, 1, Some(7));
        check(7, 7, Some(1));
        check(7, 2, None);
        check(0, 1, None);
        check(7, 0, None);
        check(MOST_STEPS + 1, 1, None);
    }
}
