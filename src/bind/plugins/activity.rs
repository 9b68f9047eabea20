//! Plugins that count users in each step of a timeline: `activity_counts_metrics`, `activity_engagement`,
//! `activity_metrics`, `session_count`, `sliding_window_counts`.

use crate::ir::{Column, JoinKind, Op, Rel, Scalar, SortKey};
use crate::syntax::ast::{Argument, Call};
use crate::types::Type;
use crate::value::Value;

use super::super::Binder;
use super::super::env::Env;
use super::super::result::count_rows;
use super::super::table::Table;
use super::build::{aggregate, count_if, filter, join, kept, minus, pairs, plus, project, ratio, test, total, window};
use super::timeline::{Events, Periods};

/// The users of each step.
pub(super) struct Users {
    /// One row per dimensions, user and step.
    pub(super) rel: Rel,
    /// The step.
    pub(super) position: Column,
    /// How many rows the user has in it.
    pub(super) count: Column,
}

impl<'a> Binder<'a> {
    pub(super) fn users(&mut self, events: &Events, step: &Scalar) -> Users {
        let (position, count) = (self.fresh("position", Type::Long), self.fresh("count", Type::Long));
        let mut groups = kept(&events.who());
        groups.push((position.clone(), events.position(Scalar::column(&events.time), step)));
        let rel = aggregate(events.between(None), groups, vec![(count.clone(), count_rows())]);
        Users { rel, position, count }
    }

    /// The users of each step, and again in the steps that follow, so many in all.
    fn spread(&mut self, users: Users, steps: i64, events: &Events) -> Users {
        let (offsets, offset) = self.constants(Type::Long, (0..steps).map(Value::Long));
        let rel = join(JoinKind::Inner, users.rel, offsets, Vec::new());
        let (position, count) = (self.fresh("position", Type::Long), self.fresh("count", Type::Long));
        let mut groups = kept(&events.who());
        groups.push((position.clone(), plus(Scalar::column(&users.position), Scalar::column(&offset))));
        let sum = total("sum", Scalar::column(&users.count), Type::Long);
        Users { rel: aggregate(rel, groups, vec![(count.clone(), sum)]), position, count }
    }

    /// The step's start under the timeline's name, then the dimensions, then results.
    pub(super) fn by_step(
        &mut self,
        input: Rel,
        events: &Events,
        (position, step): (&Column, &Scalar),
        results: Vec<(&str, Scalar)>,
    ) -> Table {
        let mut shown = vec![(events.time.name.clone(), events.moment(Scalar::column(position), step))];
        shown.extend(events.shown());
        let keys = shown.len();
        shown.extend(results.into_iter().map(|(name, value)| (name.to_owned(), value)));
        self.answer(input, shown, keys)
    }

    pub(super) fn bind_activity_counts(&mut self, call: &'a Call, table: Table, env: &Env<'a>) -> Option<Table> {
        let events = self.bind_events(call, &all(call), (1, Periods::Calendar), table, env)?;
        let step = events.windows.first()?.clone();
        let users = self.users(&events, &step);
        let [number, rows, ids, new, seen] =
            ["number", "count", "dcount", "new_dcount", "aggregated_dcount"].map(|name| self.fresh(name, Type::Long));
        let calls = vec![(number.clone(), "row_number", Vec::new())];
        let rel = window(users.rel, calls, &events.who(), &SortKey::ascending(&users.position));
        let first = test(Op::Equal, Scalar::column(&number), Scalar::long(1));
        let calls = vec![
            (rows.clone(), total("sum", Scalar::column(&users.count), Type::Long)),
            (ids.clone(), count_rows()),
            (new.clone(), count_if(first)),
        ];
        let rel = aggregate(rel, kept(events.dimensions.iter().chain([&users.position])), calls);
        let calls = vec![(seen.clone(), "row_cumsum", vec![Scalar::column(&new)])];
        let rel = window(rel, calls, &events.dimensions, &SortKey::ascending(&users.position));
        let results = [&rows, &ids, &new, &seen].map(|column| (column.name.as_str(), Scalar::column(column)));
        Some(self.by_step(rel, &events, (&users.position, &step), results.to_vec()))
    }

    /// Users of a step are compared with those of the step before.
    pub(super) fn bind_activity_metrics(&mut self, call: &'a Call, table: Table, env: &Env<'a>) -> Option<Table> {
        let events = self.bind_events(call, &all(call), (1, Periods::Calendar), table, env)?;
        let step = events.windows.first()?.clone();
        let users = self.users(&events, &step);
        let position = Scalar::column(&users.position);
        let before = minus(position.clone(), Scalar::long(1));
        let last = self.fresh("last", Type::Long);
        let calls = vec![(last.clone(), "prev", vec![position.clone(), Scalar::long(1)])];
        let rel = window(users.rel, calls, &events.who(), &SortKey::ascending(&users.position));
        let returned = test(Op::Equal, Scalar::column(&last), before.clone());
        let [ids, retained, earlier, there] =
            ["ids", "retained", "earlier", "there"].map(|name| self.fresh(name, Type::Long));
        let calls = vec![(ids.clone(), count_rows()), (retained.clone(), count_if(returned))];
        let rel = aggregate(rel, kept(events.dimensions.iter().chain([&users.position])), calls);
        let calls = vec![
            (earlier.clone(), "prev", vec![Scalar::column(&ids), Scalar::long(1)]),
            (there.clone(), "prev", vec![position, Scalar::long(1)]),
        ];
        let rel = window(rel, calls, &events.dimensions, &SortKey::ascending(&users.position));
        let base = Scalar::Case {
            branches: vec![(test(Op::Equal, Scalar::column(&there), before), Scalar::column(&earlier))],
            otherwise: Box::new(Scalar::long(0)),
            ty: Type::Long,
        };
        let [ids, retained] = [ids, retained].map(|column| Scalar::column(&column));
        let retention = ratio(retained.clone(), base);
        let one = Scalar::Literal(Value::Real(1.0));
        let churn = Scalar::op(Op::Subtract, vec![one, retention.clone()], Type::Real);
        let results = vec![
            ("dcount_values", ids.clone()),
            ("dcount_newvalues", minus(ids, retained)),
            ("retention_rate", retention),
            ("churn_rate", churn),
        ];
        Some(self.by_step(rel, &events, (&users.position, &step), results))
    }

    /// Users of a step in those of a longer window that ends with it.
    pub(super) fn bind_activity_engagement(&mut self, call: &'a Call, table: Table, env: &Env<'a>) -> Option<Table> {
        let events = self.bind_events(call, &all(call), (2, Periods::Fixed), table, env)?;
        let [step, long] = events.windows.as_slice() else { return None };
        let (step, steps) = (step.clone(), self.steps(long, step, call)?);
        let users = self.users(&events, &step);
        let wide = Users { rel: users.rel.clone(), position: users.position.clone(), count: users.count.clone() };
        let wide = self.spread(wide, steps, &events);
        let mut sides = Vec::new();
        for (name, users) in [("inner", users), ("outer", wide)] {
            let ids = self.fresh(name, Type::Long);
            let keys: Vec<Column> = events.dimensions.iter().chain([&users.position]).cloned().collect();
            let counted = aggregate(users.rel, kept(&keys), vec![(ids.clone(), count_rows())]);
            sides.push((counted, keys, ids));
        }
        let (outer, inner) = (sides.pop()?, sides.pop()?);
        let mut renewed = self.renewed(&outer.1);
        let keys: Vec<Column> = renewed.iter().map(|(column, _)| column.clone()).collect();
        renewed.extend(kept([&outer.2]));
        let position = inner.1.last()?;
        let on = pairs(&inner.1, &keys);
        let rel = join(JoinKind::Inner, inner.0, project(outer.0, renewed), on);
        let [inner, outer] = [inner.2, outer.2].map(|column| Scalar::column(&column));
        let results = vec![
            ("dcount_activities_inner", inner.clone()),
            ("dcount_activities_outer", outer.clone()),
            ("activity_ratio", ratio(inner, outer)),
        ];
        Some(self.by_step(rel, &events, (position, &step), results))
    }

    /// Rows and users of each step and the steps before it that are in the window.
    pub(super) fn bind_sliding_window(&mut self, call: &'a Call, table: Table, env: &Env<'a>) -> Option<Table> {
        let events = self.bind_events(call, &all(call), (2, Periods::Fixed), table, env)?;
        let [long, step] = events.windows.as_slice() else { return None };
        let (step, steps) = (step.clone(), self.steps(long, step, call)?);
        let users = self.users(&events, &step);
        let mut users = self.spread(users, steps, &events);
        if let Some(end) = &events.end {
            let last = events.position(end.clone(), &step);
            users.rel = filter(users.rel, test(Op::LessOrEqual, Scalar::column(&users.position), last));
        }
        let [rows, ids] = ["Count", "Dcount"].map(|name| self.fresh(name, Type::Long));
        let calls =
            vec![(rows.clone(), total("sum", Scalar::column(&users.count), Type::Long)), (ids.clone(), count_rows())];
        let rel = aggregate(users.rel, kept(events.dimensions.iter().chain([&users.position])), calls);
        let results = [&rows, &ids].map(|column| (column.name.as_str(), Scalar::column(column)));
        Some(self.by_step(rel, &events, (&users.position, &step), results.to_vec()))
    }

    /// A session ends where a user is not seen for longer than the window; it counts in each step it is seen in.
    pub(super) fn bind_session_count(&mut self, call: &'a Call, table: Table, env: &Env<'a>) -> Option<Table> {
        let events = self.bind_events(call, &all(call), (2, Periods::Fixed), table, env)?;
        let [step, gap] = events.windows.as_slice() else { return None };
        let (last, starts, session) =
            (self.fresh("last", events.time.ty), self.fresh("starts", Type::Long), self.fresh("session", Type::Long));
        let (who, order) = (events.who(), SortKey::ascending(&events.time));
        let calls = vec![(last.clone(), "prev", vec![Scalar::column(&events.time), Scalar::long(1)])];
        let rel = window(events.between(None), calls, &who, &order);
        let before = match last.ty {
            Type::Int => Scalar::Cast(Box::new(Scalar::column(&last)), Type::Long),
            _ => Scalar::column(&last),
        };
        let goes_on = test(Op::LessOrEqual, events.before(events.now(), gap), before);
        let is_start = Scalar::Case {
            branches: vec![(goes_on, Scalar::long(0))],
            otherwise: Box::new(Scalar::long(1)),
            ty: Type::Long,
        };
        let mut columns = kept(who.iter().chain([&events.time]));
        columns.push((starts.clone(), is_start));
        let calls = vec![(session.clone(), "row_cumsum", vec![Scalar::column(&starts)])];
        let rel = window(project(rel, columns), calls, &who, &order);
        let position = self.fresh("position", Type::Long);
        let mut groups = kept(who.iter().chain([&session]));
        groups.push((position.clone(), events.position(Scalar::column(&events.time), step)));
        let rel = aggregate(rel, groups, Vec::new());
        let count = self.fresh("count_sessions", Type::Long);
        let groups = kept(events.dimensions.iter().chain([&position]));
        let rel = aggregate(rel, groups, vec![(count.clone(), count_rows())]);
        Some(self.by_step(rel, &events, (&position, step), vec![("count_sessions", Scalar::column(&count))]))
    }
}

fn all(call: &Call) -> Vec<&Argument> {
    call.args.iter().collect()
}
