//! Plugins that look at neighbouring rows: `rolling_percentile`, `rows_near`.

use crate::diagnostic::Code;
use crate::functions;
use crate::functions::aggregate::percentile_arguments;
use crate::ir::{AggregateCall, Column, JoinKind, Op, Scalar, SortKey, Target};
use crate::syntax::ast::Call;
use crate::types::Type;
use crate::value::Value;

use super::super::Binder;
use super::super::env::Env;
use super::super::expression::Scope;
use super::super::result::count_rows;
use super::super::table::Table;
use super::build::{aggregate, join, kept, minus, pairs, project, test, window};

impl<'a> Binder<'a> {
    /// A percentile of the values in each bin and some bins before it.
    pub(super) fn bind_rolling_percentile(&mut self, call: &'a Call, table: Table, env: &Env<'a>) -> Option<Table> {
        let [value, share, index, size, count, dimensions @ ..] = call.args.as_slice() else { return None };
        let value = self.column_argument(value, &table, env)?;
        let share_value = self.bind_scalar(&share.value, &Scope::constants(env.clone()));
        let place = index.value.span;
        let index = self.column_argument(index, &table, env)?;
        let unit = match index.ty {
            Type::DateTime | Type::TimeSpan => Type::TimeSpan,
            Type::Int | Type::Long => Type::Long,
            other => {
                self.error(Code::UnsupportedFeature, place, format!("bins of `{other}` are not supported here"));
                return None;
            }
        };
        let size_place = size.value.span;
        let size = self.moment_argument(size, unit, env)?;
        let count = self.count_argument(count, 1, env)?;
        let dimensions =
            dimensions.iter().map(|arg| self.column_argument(arg, &table, env)).collect::<Option<Vec<_>>>()?;
        let share_text = match share_value.literal() {
            Some(Value::Long(share)) => share.to_string(),
            Some(Value::Real(share)) => share.to_string(),
            _ => String::new(),
        };
        let percentile = match percentile_arguments(vec![Scalar::column(&value), share_value], 1) {
            Ok(args) => args,
            Err(message) => {
                self.error(Code::InvalidValue, share.value.span, message);
                return None;
            }
        };
        let offsets: Option<Vec<Value>> = (0..count)
            .map(|step| match size.literal() {
                Some(Value::TimeSpan(size)) if *size > 0 => size.checked_mul(step).map(Value::TimeSpan),
                Some(Value::Long(size)) if *size > 0 => size.checked_mul(step).map(Value::Long),
                _ => None,
            })
            .collect();
        let Some(offsets) = offsets else {
            self.error(Code::InvalidValue, size_place, "a positive constant is needed");
            return None;
        };
        let wide = match index.ty {
            Type::Int => Scalar::Cast(Box::new(Scalar::column(&index)), Type::Long),
            _ => Scalar::column(&index),
        };
        let binned = self.apply(functions::function("bin")?, vec![wide, size], &[place, size_place], place);
        // Every bin there is, with the starts of the bins in its window, …
        let bin = self.fresh(index.name.as_str(), binned.ty());
        let mut bins = self.renewed(&dimensions);
        let shown: Vec<Column> = bins.iter().map(|(column, _)| column.clone()).collect();
        bins.push((bin.clone(), binned.clone()));
        let bins = aggregate(table.rel.clone(), bins, Vec::new());
        let (offsets, offset) = self.constants(unit, offsets.into_iter());
        let rel = join(JoinKind::Inner, bins, offsets, Vec::new());
        let args = vec![Scalar::column(&bin), Scalar::column(&offset)];
        let back = match bin.ty {
            Type::DateTime => Scalar::kernel("datetime_subtract", args, bin.ty),
            Type::TimeSpan => Scalar::kernel("timespan_subtract", args, bin.ty),
            _ => Scalar::op(Op::Subtract, args, bin.ty),
        };
        let (earlier, own) = (self.fresh("earlier", bin.ty), self.fresh("own", bin.ty));
        let mut columns = kept(shown.iter().chain([&bin]));
        columns.push((earlier.clone(), back));
        let rel = project(rel, columns);
        // … and the rows of those.
        let mut columns = kept(&table.rel.columns());
        columns.push((own.clone(), binned));
        let on = pairs(shown.iter().chain([&earlier]), dimensions.iter().chain([&own]));
        let rel = join(JoinKind::Inner, rel, project(table.rel, columns), on);
        let found = percentile.first().map_or(value.ty, Scalar::ty);
        let name = format!("rolling_{count}_percentile_{}_{share_text}", value.name);
        let result = self.fresh(name.as_str(), found);
        let call = AggregateCall {
            target: Target::Kernel("percentiles"),
            args: percentile,
            types: vec![found],
            ..count_rows()
        };
        let rel = aggregate(rel, kept(shown.iter().chain([&bin])), vec![(result.clone(), call)]);
        let narrow = |value: Scalar, ty: Type| match ty {
            Type::Int => Scalar::kernel("toint", vec![value], ty),
            Type::Decimal => Scalar::kernel("todecimal", vec![value], ty),
            _ => value,
        };
        let mut answer = vec![(index.name, narrow(Scalar::column(&bin), index.ty))];
        answer.extend(shown.iter().map(|column| (column.name.clone(), Scalar::column(column))));
        let keys = answer.len();
        answer.push((name, narrow(Scalar::column(&result), value.ty)));
        Some(self.answer(rel, answer, keys))
    }

    /// Rows at most so many rows before or behind one for which a condition is true.
    pub(super) fn bind_rows_near(&mut self, call: &'a Call, table: Table, env: &Env<'a>) -> Option<Table> {
        let [condition, before, rest @ ..] = call.args.as_slice() else { return None };
        let place = condition.value.span;
        if !table.serialized {
            let message = "the rows must be in an order: put `sort` or `serialize` in front";
            self.error(Code::NotSerialized, call.name.span, message);
            return None;
        }
        let value = self.bind_scalar(&condition.value, &Scope::of(env, &table));
        let value = self.convert_or_report(value, Type::Bool, place);
        let most_before = self.count_argument(before, 0, env)?;
        let most_behind = match rest.first() {
            Some(behind) => self.count_argument(behind, 0, env)?,
            None => most_before,
        };
        let table = self.place_windows(table);
        let [number, hit, so_far, to_come, behind, ahead] =
            ["number", "hit", "so_far", "to_come", "behind", "ahead"].map(|name| self.fresh(name, Type::Long));
        let table = self.number_rows(table, &number);
        let is_hit = Scalar::Case {
            branches: vec![(value, Scalar::long(1))],
            otherwise: Box::new(Scalar::long(0)),
            ty: Type::Long,
        };
        let mut columns = kept(&table.rel.columns());
        columns.push((hit.clone(), is_hit));
        let rel = project(table.rel, columns);
        let down = SortKey::ascending(&number);
        let up = SortKey { descending: true, ..down.clone() };
        let sum = |column: &Column| vec![(column.clone(), "row_cumsum", vec![Scalar::column(&hit)])];
        let count = |column: &Column| vec![(column.clone(), "row_number", Vec::new())];
        // Rows from one hit to the next are a part; its length tells how far the next hit is.
        let rel = window(rel, sum(&so_far), &[], &down);
        let rel = window(rel, sum(&to_come), &[], &up);
        let rel = window(rel, count(&behind), std::slice::from_ref(&so_far), &down);
        let rel = window(rel, count(&ahead), std::slice::from_ref(&so_far), &up);
        let is = |column: &Column, op, limit| test(op, Scalar::column(column), Scalar::long(limit));
        let after_hit = test(Op::And, is(&so_far, Op::Greater, 0), is(&behind, Op::LessOrEqual, most_behind + 1));
        let next = test(Op::Greater, minus(Scalar::column(&to_come), Scalar::column(&hit)), Scalar::long(0));
        let before_hit = test(Op::And, next, is(&ahead, Op::LessOrEqual, most_before));
        let table = Table { rel, ..table };
        let table = table.filter(test(Op::Or, after_hit, before_hit));
        // Behind several windows, only the numbers still tell the order.
        Some(Table { order: vec![down], ..table })
    }
}
