//! Plugins about events in an order: `sequence_detect`, `funnel_sequence`, `funnel_sequence_completion`.

use crate::diagnostic::Code;
use crate::functions::plugins::plugin;
use crate::ir::{AggregateCall, Column, JoinKind, Op, Rel, Scalar, SortKey, Target, WindowCall};
use crate::syntax::ast::{Argument, Call};
use crate::types::Type;
use crate::value::{Value, parse_timespan};

use super::super::Binder;
use super::super::convert::to_text;
use super::super::env::Env;
use super::super::expression::Scope;
use super::super::naming::{Names, implied_name};
use super::super::result::count_rows;
use super::super::several::part;
use super::super::table::Table;
use super::build::{aggregate, count_if, filter, join, kept, plus, project, test};
use super::patterns::from_text;
use super::timeline::{Events, Periods};

/// The most steps of a sequence: each is a bit of a number.
const MOST_STEPS: usize = 60;
/// How many users `funnel_sequence` names.
const MOST_SAMPLES: i64 = 128;

impl<'a> Binder<'a> {
    /// The times at which conditions became true one after the other.
    pub(super) fn bind_sequence_detect(&mut self, call: &'a Call, table: Table, env: &Env<'a>) -> Option<Table> {
        let [timeline, step, all, rest @ ..] = call.args.as_slice() else { return None };
        let time = self.column_argument(timeline, &table, env)?;
        self.needs_time(&time, timeline)?;
        let windows = [self.span_argument(step, Type::TimeSpan, env)?, self.span_argument(all, Type::TimeSpan, env)?];
        let mut steps: Vec<(String, Scalar)> = Vec::new();
        let mut dimensions: Vec<Column> = Vec::new();
        for argument in rest {
            let value = self.bind_scalar(&argument.value, &Scope::of(env, &table));
            match (value.ty(), &argument.name) {
                (Type::Unknown, _) => return None,
                (Type::Bool, name) => {
                    let name = name.as_ref().map(|name| name.name.clone()).or_else(|| implied_name(&argument.value));
                    steps.push((format!("{}_{}", name.unwrap_or_default(), time.name), value));
                }
                (_, Some(name)) => {
                    self.error(Code::TypeMismatch, name.span, "a step of the sequence must be a condition");
                    return None;
                }
                (_, None) => dimensions.push(self.column_argument(argument, &table, env)?),
            }
        }
        if steps.is_empty() || steps.len() > MOST_STEPS {
            let message = format!("`sequence_detect` needs conditions, one for each step, at most {MOST_STEPS}");
            self.error(Code::WrongArgumentCount, call.args_span, message);
            return None;
        }
        let table = self.place_windows(table);
        let conditions: Vec<Scalar> = steps.iter().map(|(_, condition)| condition.clone()).collect();
        let [between, in_all] = windows;
        let constants = [Scalar::long(steps.len() as i64), between, in_all];
        let (rel, item) = self.search("sequences", table.rel, &dimensions, &time, conditions, constants);
        let mut names = Names::default();
        let mut columns: Vec<(String, Scalar)> = Vec::new();
        columns.extend(dimensions.iter().map(|column| (names.unique(&column.name), Scalar::column(column))));
        let moment = |place: usize| part(Scalar::column(&item), Scalar::long(place as i64), time.ty);
        for (place, (name, _)) in steps.iter().enumerate() {
            columns.push((names.unique(name), moment(place)));
        }
        let minus = if time.ty == Type::DateTime { "datetime_difference" } else { "timespan_subtract" };
        let took = Scalar::kernel(minus, vec![moment(steps.len() - 1), moment(0)], Type::TimeSpan);
        let keys = columns.len();
        columns.push((names.unique("Duration"), took));
        Some(self.answer(rel, columns, keys))
    }

    /// An aggregate over the events of each group, whose answers are spread to rows.
    fn search(
        &mut self,
        kernel: &'static str,
        input: Rel,
        groups: &[Column],
        time: &Column,
        conditions: Vec<Scalar>,
        constants: [Scalar; 3],
    ) -> (Rel, Column) {
        let any = conditions.iter().cloned().reduce(|a, b| test(Op::Or, a, b)).unwrap_or_else(|| Scalar::bool(false));
        // A bit for each step that the event may be.
        let bits = conditions.into_iter().enumerate().map(|(step, condition)| Scalar::Case {
            branches: vec![(condition, Scalar::long(1 << step))],
            otherwise: Box::new(Scalar::long(0)),
            ty: Type::Long,
        });
        let mask = bits.reduce(plus).unwrap_or_else(|| Scalar::long(0));
        let args = [Scalar::column(time), mask].into_iter().chain(constants).collect();
        let call = AggregateCall { target: Target::Kernel(kernel), args, types: vec![Type::Dynamic], ..count_rows() };
        let found = self.fresh("found", Type::Dynamic);
        let rel = aggregate(filter(input, any), kept(groups), vec![(found.clone(), call)]);
        self.unnested(rel, &found)
    }

    /// How many users come how far in a sequence of states, in several lengths of time.
    pub(super) fn bind_funnel_completion(&mut self, call: &'a Call, table: Table, env: &Env<'a>) -> Option<Table> {
        let [.., sequence, periods] = call.args.as_slice() else { return None };
        let args: Vec<&'a Argument> = call.args.iter().take(6).collect();
        let events = self.bind_events(call, &args, (1, Periods::Fixed), table, env)?;
        self.needs_time(&events.time, call.args.get(1)?)?;
        let (states, state) = (self.sequence_argument(sequence, env)?, events.dimensions.first()?.clone());
        let periods = self.periods_argument(periods, env)?;
        let step = events.windows.first()?.clone();
        let conditions: Vec<Scalar> = states.iter().map(|text| is_state(&state, text)).collect();
        let count = Scalar::long(states.len() as i64);
        let constants = [count, events.start.clone(), step.clone()];
        let ids = std::slice::from_ref(&events.id);
        let (rel, item) = self.search("funnel", events.between(None), ids, &events.time, conditions, constants);
        let [bin, place] = ["bin", "place"].map(|name| self.fresh(name, Type::Long));
        let took = self.fresh("took", Type::TimeSpan);
        let columns = [&bin, &place, &took].into_iter().enumerate().map(|(index, column)| {
            (column.clone(), part(Scalar::column(&item), Scalar::long(index as i64), column.ty))
        });
        let rel = project(rel, columns.collect());
        let (periods, period) = self.constants(Type::TimeSpan, periods.into_iter().map(Value::TimeSpan));
        let rel = join(JoinKind::Inner, rel, periods, Vec::new());
        let reached = self.fresh("dcount", Type::Long);
        let in_time = count_if(test(Op::LessOrEqual, Scalar::column(&took), Scalar::column(&period)));
        let rel = aggregate(rel, kept([&bin, &period, &place]), vec![(reached.clone(), in_time)]);
        let branches = states.iter().enumerate().map(|(index, text)| {
            (test(Op::Equal, Scalar::column(&place), Scalar::long(index as i64)), Scalar::text(text.as_str()))
        });
        let name =
            Scalar::Case { branches: branches.collect(), otherwise: Box::new(Scalar::text("")), ty: Type::String };
        let shown = vec![
            (self.fresh(events.time.name.as_str(), events.time.ty), events.moment(Scalar::column(&bin), &step)),
            (self.fresh(state.name.as_str(), Type::String), name),
            (self.fresh("Period", Type::TimeSpan), Scalar::column(&period)),
            (self.fresh("dcount", Type::Long), Scalar::column(&reached)),
        ];
        Some(sorted(
            rel,
            shown,
            vec![SortKey::ascending(&bin), SortKey::ascending(&period), SortKey::ascending(&place)],
        ))
    }

    /// What came before and after a sequence of states: pairs of both, then each alone.
    pub(in crate::bind) fn bind_funnel_sequence(
        &mut self,
        call: &'a Call,
        table: Table,
        env: &Env<'a>,
    ) -> Option<[Table; 3]> {
        let row = plugin(&call.name.name)?;
        if !self.count_fits(row.name, row.params, call) || table.broken {
            return None;
        }
        let [.., sequence] = call.args.as_slice() else { return None };
        let args: Vec<&'a Argument> = call.args.iter().take(7).collect();
        let events = self.bind_events(call, &args, (2, Periods::Fixed), table, env)?;
        let (states, state) = (self.sequence_argument(sequence, env)?, events.dimensions.first()?.clone());
        if states.windows(2).any(|pair| pair[0] == pair[1]) {
            let message = "a state that lasts is one step of `funnel_sequence`: it cannot follow itself";
            self.error(Code::UnsupportedFeature, sequence.value.span, message);
            return None;
        }
        let [window, step] = events.windows.as_slice() else { return None };
        let (rel, bin, prev, next) = self.transitions(&events, &state, &states, window, step);
        let tables = [vec![prev.clone(), next.clone()], vec![prev], vec![next]];
        let tables = tables.map(|keys| self.transition_counts(rel.clone(), &events, (&bin, step), &keys, state.ty));
        Some(tables)
    }

    /// A row for each time that a user went through the sequence: the number of the bin, and the states before and after.
    fn transitions(
        &mut self,
        events: &Events,
        state: &Column,
        states: &[String],
        window: &Scalar,
        step: &Scalar,
    ) -> (Rel, Column, Column, Column) {
        let text = self.fresh("state", Type::String);
        let mut columns = kept([&events.id, &events.time]);
        columns.push((text.clone(), to_text(Scalar::column(state))));
        let rel = project(events.between(None), columns);
        let order = vec![SortKey::ascending(&events.time), SortKey::ascending(&text)];
        let id = std::slice::from_ref(&events.id);
        let (last, before) = (self.fresh("last", Type::String), self.fresh("before", events.time.ty));
        let rel = ordered_window(
            rel,
            vec![
                (last.clone(), "prev", vec![Scalar::column(&text), Scalar::long(1)]),
                (before.clone(), "prev", vec![Scalar::column(&events.time), Scalar::long(1)]),
            ],
            id,
            &order,
        );
        // A state that lasts is one; it is near when the event right before it is.
        let first = Scalar::op(Op::IsNull, vec![Scalar::column(&before)], Type::Bool);
        let other = test(Op::NotEqual, Scalar::column(&last), Scalar::column(&text));
        let rel = filter(rel, test(Op::Or, first, other));
        let near = self.fresh("near", Type::Long);
        let before_wide = match before.ty {
            Type::Int => Scalar::Cast(Box::new(Scalar::column(&before)), Type::Long),
            _ => Scalar::column(&before),
        };
        let is_near = Scalar::Case {
            branches: vec![(test(Op::LessOrEqual, events.before(events.now(), window), before_wide), Scalar::long(1))],
            otherwise: Box::new(Scalar::long(0)),
            ty: Type::Long,
        };
        let mut columns = kept([&events.id, &events.time, &text]);
        columns.push((near.clone(), is_near));
        let rel = project(rel, columns);
        let [prev, next] = ["prev", "next"].map(|name| self.fresh(name, Type::String));
        let at = |column: &Column, place: usize| vec![Scalar::column(column), Scalar::long(place as i64)];
        let mut calls = vec![(prev.clone(), "prev", at(&text, 1)), (next.clone(), "next", at(&text, states.len()))];
        let mut chosen = test(Op::Equal, Scalar::column(&text), Scalar::text(states[0].as_str()));
        for (place, wanted) in states.iter().enumerate().skip(1) {
            let (then, close) = (self.fresh("then", Type::String), self.fresh("close", Type::Long));
            calls.push((then.clone(), "next", at(&text, place)));
            calls.push((close.clone(), "next", at(&near, place)));
            chosen = test(Op::And, chosen, test(Op::Equal, Scalar::column(&then), Scalar::text(wanted.as_str())));
            chosen = test(Op::And, chosen, test(Op::Equal, Scalar::column(&close), Scalar::long(1)));
        }
        let rel = filter(ordered_window(rel, calls, id, &order), chosen);
        let bin = self.fresh("bin", Type::Long);
        let mut columns = kept([&events.id, &prev, &next]);
        columns.push((bin.clone(), events.position(Scalar::column(&events.time), step)));
        (project(rel, columns), bin, prev, next)
    }

    /// How many users went from and to these states, and some of them.
    fn transition_counts(
        &mut self,
        rel: Rel,
        events: &Events,
        (bin, step): (&Column, &Scalar),
        keys: &[Column],
        state: Type,
    ) -> Table {
        let id = &events.id;
        let parts: Vec<Column> = [bin].into_iter().chain(keys).cloned().collect();
        let users = aggregate(rel, kept(parts.iter().chain([id])), Vec::new());
        let number = self.fresh("number", Type::Long);
        let by_id = vec![SortKey::ascending(id)];
        let users = ordered_window(users, vec![(number.clone(), "row_number", Vec::new())], &parts, &by_id);
        let (count, samples) = (self.fresh("dcount", Type::Long), self.fresh("samples", Type::Dynamic));
        let some = AggregateCall {
            target: Target::Kernel("make_list"),
            args: vec![Scalar::column(id)],
            filter: Some(test(Op::LessOrEqual, Scalar::column(&number), Scalar::long(MOST_SAMPLES))),
            order_by: by_id,
            types: vec![Type::Dynamic],
            ..count_rows()
        };
        let rel = aggregate(users, kept(&parts), vec![(count.clone(), count_rows()), (samples.clone(), some)]);
        let mut shown =
            vec![(self.fresh(events.time.name.as_str(), events.time.ty), events.moment(Scalar::column(bin), step))];
        for key in keys {
            shown.push((self.fresh(key.name.as_str(), state), from_text(Scalar::column(key), state)));
        }
        shown.extend(kept([&count, &samples]));
        let most = SortKey { descending: true, nulls_first: false, ..SortKey::ascending(&count) };
        let order = [SortKey::ascending(bin), most].into_iter().chain(keys.iter().map(SortKey::ascending));
        sorted(rel, shown, order.collect())
    }

    /// Sequences are of moments: how far apart two numbers are is no time.
    fn needs_time(&mut self, time: &Column, argument: &Argument) -> Option<()> {
        if matches!(time.ty, Type::DateTime | Type::TimeSpan) {
            return Some(());
        }
        let message = "the timeline must be `datetime` or `timespan` here";
        self.error(Code::UnsupportedFeature, argument.value.span, message);
        None
    }

    /// A constant array of states, as texts.
    fn sequence_argument(&mut self, argument: &'a Argument, env: &Env<'a>) -> Option<Vec<String>> {
        let value = self.bind_argument(argument, &Scope::constants(env.clone()));
        let states = match value.literal() {
            Some(Value::Dynamic(serde_json::Value::Array(states))) if (1..=MOST_STEPS).contains(&states.len()) => {
                let text = |state: &serde_json::Value| state.as_str().map_or_else(|| state.to_string(), str::to_owned);
                Some(states.iter().map(text).collect())
            }
            _ => None,
        };
        if states.is_none() && value.ty() != Type::Unknown {
            let message = format!("a constant array of 1 to {MOST_STEPS} states is needed");
            self.error(Code::NotConstant, argument.value.span, message);
        }
        states
    }

    /// A constant array of lengths of time.
    fn periods_argument(&mut self, argument: &'a Argument, env: &Env<'a>) -> Option<Vec<i64>> {
        let value = self.bind_argument(argument, &Scope::constants(env.clone()));
        let periods: Option<Vec<i64>> = match value.literal() {
            Some(Value::Dynamic(serde_json::Value::Array(periods))) if !periods.is_empty() => {
                periods.iter().map(|period| period.as_str().and_then(parse_timespan)).collect()
            }
            _ => None,
        };
        if periods.is_none() && value.ty() != Type::Unknown {
            self.error(Code::NotConstant, argument.value.span, "a constant array of timespans is needed");
        }
        periods
    }
}

fn is_state(column: &Column, text: &str) -> Scalar {
    test(Op::Equal, to_text(Scalar::column(column)), Scalar::text(text))
}

/// Window functions over the rows of each part, in an order.
fn ordered_window(
    input: Rel,
    calls: Vec<(Column, &'static str, Vec<Scalar>)>,
    parts: &[Column],
    order: &[SortKey],
) -> Rel {
    let columns = calls.into_iter().map(|(column, name, args)| {
        let ty = column.ty;
        (column, WindowCall { name, args, ty })
    });
    Rel::Window {
        input: Box::new(input),
        columns: columns.collect(),
        partition_by: parts.iter().map(Scalar::column).collect(),
        order_by: order.to_vec(),
    }
}

/// Columns in sight, in the order of others that are not.
fn sorted(input: Rel, shown: Vec<(Column, Scalar)>, order: Vec<SortKey>) -> Table {
    Table { order, ..Table::new(input) }.project(shown)
}
