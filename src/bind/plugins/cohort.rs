//! Plugins that follow users over several steps of a timeline: `active_users_count`, `new_activity_metrics`.

use crate::ir::{AggregateCall, Column, JoinKind, Op, Scalar, SortKey};
use crate::syntax::ast::{Argument, Call, ExprKind};
use crate::types::Type;
use crate::value::Value;

use super::super::Binder;
use super::super::env::Env;
use super::super::result::count_rows;
use super::super::table::Table;
use super::activity::Users;
use super::build::{aggregate, filter, join, kept, minus, or_zero, pairs, ratio, test, total, window};
use super::timeline::{Events, Periods};

impl<'a> Binder<'a> {
    /// Users seen in enough periods of the window that ends with a row of theirs.
    pub(super) fn bind_active_users(&mut self, call: &'a Call, table: Table, env: &Env<'a>) -> Option<Table> {
        let least = self.count_argument(call.args.get(6)?, 1, env)?;
        let args = call.args.iter().enumerate().filter(|(index, _)| *index != 6);
        let args: Vec<&'a Argument> = args.map(|(_, arg)| arg).collect();
        let events = self.bind_events(call, &args, (3, Periods::Calendar), table, env)?;
        let [lookback, period, step] = events.windows.as_slice() else { return None };
        let (who, time) = (events.who(), Scalar::column(&events.time));
        let first = events.before(events.start.clone(), lookback);
        let rows = events.between(Some(first));
        // The last sight of a user in each period, and that so many periods of his before.
        let [slot, other_slot, position] = ["slot", "slot", "position"].map(|name| self.fresh(name, Type::Long));
        let [last, earlier, sight] = ["last", "earlier", "sight"].map(|name| self.fresh(name, events.time.ty));
        let mut groups = self.renewed(&who);
        let others: Vec<Column> = groups.iter().map(|(column, _)| column.clone()).collect();
        groups.push((slot.clone(), events.position(time.clone(), period)));
        let periods = aggregate(rows.clone(), groups, vec![(last.clone(), total("max", time.clone(), last.ty))]);
        let back = Scalar::long((least - 1).max(1));
        let calls = vec![(earlier.clone(), "prev", vec![Scalar::column(&last), back])];
        let periods = window(periods, calls, &others, &SortKey::ascending(&slot));
        // The first sight in each period and step: when it is not late enough for the window, later ones are not.
        let mut groups = kept(&who);
        groups.push((other_slot.clone(), events.position(time.clone(), period)));
        groups.push((position.clone(), events.position(time.clone(), step)));
        let sights = aggregate(rows, groups, vec![(sight.clone(), total("min", time, sight.ty))]);
        let mut on = pairs(&who, &others);
        on.push((Scalar::column(&other_slot), Scalar::column(&slot)));
        let mut rel = join(JoinKind::Inner, sights, periods, on);
        rel = filter(rel, test(Op::GreaterOrEqual, Scalar::column(&position), Scalar::long(0)));
        if least > 1 {
            let wide = |column: &Column| match column.ty {
                Type::Int => Scalar::Cast(Box::new(Scalar::column(column)), Type::Long),
                _ => Scalar::column(column),
            };
            let since = events.before(wide(&sight), lookback);
            rel = filter(rel, test(Op::Greater, wide(&earlier), since));
        }
        let rel = aggregate(rel, kept(who.iter().chain([&position])), Vec::new());
        let ids = self.fresh("dcount", Type::Long);
        let groups = kept(events.dimensions.iter().chain([&position]));
        let rel = aggregate(rel, groups, vec![(ids.clone(), count_rows())]);
        Some(self.by_step(rel, &events, (&position, step), vec![("dcount", Scalar::column(&ids))]))
    }

    /// The users first seen in one step, followed through that step and all later ones.
    pub(super) fn bind_new_activity(&mut self, call: &'a Call, table: Table, env: &Env<'a>) -> Option<Table> {
        let args: Vec<&'a Argument> = call.args.iter().collect();
        let is_column =
            |arg: &Argument| matches!(&arg.value.kind, ExprKind::Name(name) if table.column(&name.name).is_some());
        let (args, lookback) = match args.split_last() {
            Some((last, rest)) if rest.len() >= 5 && !is_column(last) && self.is_tabular(&last.value, env) => {
                (rest.to_vec(), Some(*last))
            }
            _ => (args, None),
        };
        let cohort = args.get(5).copied().filter(|arg| !is_column(arg));
        let args = args.into_iter().enumerate().filter(|(index, _)| *index != 5 || cohort.is_none());
        let args: Vec<&'a Argument> = args.map(|(_, arg)| arg).collect();
        let events = self.bind_events(call, &args, (1, Periods::Calendar), table, env)?;
        let step = events.windows.first()?.clone();
        let cohort = match cohort {
            Some(arg) => Some(self.moment_argument(arg, events.start.ty(), env)?),
            None => None,
        };
        // No moment at all stands for every cohort.
        let cohort = cohort.filter(|value| !value.literal().is_some_and(Value::is_null));
        let mut users = self.users(&events, &step);
        if let Some(lookback) = lookback {
            let known = self.bind_table(&lookback.value, env);
            let id = known.column(&events.id.name).or(known.columns.first())?.clone();
            let on = vec![(Scalar::column(&events.id), Scalar::column(&id))];
            users.rel = join(JoinKind::LeftAnti, users.rel, known.rel, on);
        }
        Some(self.follow_cohorts(&events, users, &step, cohort))
    }

    fn follow_cohorts(&mut self, events: &Events, users: Users, step: &Scalar, cohort: Option<Scalar>) -> Table {
        let [first, count, new, retained, size] =
            ["first", "count", "new", "retained", "size"].map(|name| self.fresh(name, Type::Long));
        let dimensions = &events.dimensions;
        // How many users of each step were first seen in which step.
        let who = events.who();
        let groups = self.renewed(&who);
        let same = pairs(&who, groups.iter().map(|(column, _)| column));
        let earliest = total("min", Scalar::column(&users.position), Type::Long);
        let firsts = aggregate(users.rel.clone(), groups, vec![(first.clone(), earliest)]);
        let rel = join(JoinKind::Inner, users.rel.clone(), firsts, same);
        let groups = kept(dimensions.iter().chain([&first, &users.position]));
        let counts = aggregate(rel, groups, vec![(count.clone(), count_rows())]);
        // Each step with itself and all later ones.
        let mut sides = Vec::new();
        for _ in 0..2 {
            let groups = self.renewed(dimensions.iter().chain([&users.position]));
            let columns: Vec<Column> = groups.iter().map(|(column, _)| column.clone()).collect();
            sides.push((aggregate(users.rel.clone(), groups, Vec::new()), columns));
        }
        let (Some((to_rel, to)), Some((from_rel, from))) = (sides.pop(), sides.pop()) else { return Table::broken() };
        let (Some((from_step, from)), Some((to_step, dimensions_to))) = (from.split_last(), to.split_last()) else {
            return Table::broken();
        };
        let [start, end] = [from_step, to_step].map(Scalar::column);
        let rel = join(JoinKind::Inner, from_rel, to_rel, pairs(from, dimensions_to));
        let mut chosen = test(Op::LessOrEqual, start.clone(), end.clone());
        if let Some(cohort) = cohort {
            let is_cohort = test(Op::Equal, start.clone(), events.position(cohort, step));
            chosen = test(Op::And, chosen, is_cohort);
        }
        let rel = filter(rel, chosen);
        let rel = join(JoinKind::Inner, rel, counts.clone(), pairs(&to, dimensions.iter().chain([&users.position])));
        let of_cohort = test(Op::Equal, Scalar::column(&first), start.clone());
        let later = test(Op::Greater, Scalar::column(&first), start.clone());
        let at_start = test(Op::And, of_cohort.clone(), test(Op::Equal, start.clone(), end.clone()));
        let sum = |filter| AggregateCall { filter: Some(filter), ..total("sum", Scalar::column(&count), Type::Long) };
        let calls = vec![(new.clone(), sum(test(Op::Or, later, at_start))), (retained.clone(), sum(of_cohort))];
        let rel = aggregate(rel, kept(to.iter().chain([from_step])), calls);
        // The size of each cohort.
        let cohorts = filter(counts, test(Op::Equal, Scalar::column(&first), Scalar::column(&users.position)));
        let groups = self.renewed(dimensions.iter().chain([&first]));
        let on = pairs(dimensions_to.iter().chain([from_step]), groups.iter().map(|(column, _)| column));
        let sizes = aggregate(cohorts, groups, vec![(size.clone(), total("sum", Scalar::column(&count), Type::Long))]);
        let rel = join(JoinKind::Left, rel, sizes, on);
        let [size, retained, new] = [size, retained, new].map(|column| or_zero(Scalar::column(&column)));
        let churned = minus(size.clone(), retained.clone());
        let time = &events.time.name;
        let mut shown = vec![
            (format!("from_{time}"), events.moment(start, step)),
            (format!("to_{time}"), events.moment(end, step)),
        ];
        shown.extend(dimensions_to.iter().map(|column| (column.name.clone(), Scalar::column(column))));
        let keys = shown.len();
        let results = [
            ("dcount_new_values", new),
            ("dcount_retained_values", retained.clone()),
            ("dcount_churn_values", churned.clone()),
            ("retention_rate", ratio(retained, size.clone())),
            ("churn_rate", ratio(churned, size)),
        ];
        shown.extend(results.map(|(name, value)| (name.to_owned(), value)));
        self.answer(rel, shown, keys)
    }
}
