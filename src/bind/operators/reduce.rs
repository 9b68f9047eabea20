//! `reduce`: texts that look alike become one pattern.

use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{AggregateCall, Column, JoinKind, Op, Rel, Scalar, SortKey, Target, WindowCall};
use crate::syntax::ast::{Operator, Reduce};
use crate::types::Type;
use crate::value::Value;

use super::super::Binder;
use super::super::convert::widen;
use super::super::env::Env;
use super::super::expression::Scope;
use super::super::result::count_rows;
use super::super::table::Table;

/// The least share of rows that makes a pattern, when none is given.
const THRESHOLD: f64 = 0.1;
/// The pattern of texts that are in no group.
const OTHERS: &str = "others";

/// Which rows are the result.
enum Shape {
    /// One for each pattern.
    Patterns,
    /// Those of the input, with their pattern beside them.
    Source,
}

impl<'a> Binder<'a> {
    pub(super) fn bind_reduce(
        &mut self,
        reduce: &'a Reduce,
        operator: &Operator,
        table: Table,
        env: &Env<'a>,
    ) -> Table {
        let shape = match self.option_word(&reduce.options, "kind") {
            None => Shape::Patterns,
            Some(("source", _)) => Shape::Source,
            Some((other, span)) => {
                self.error(Code::InvalidValue, span, format!("no kind `{other}`: only `source`"));
                return Table::broken();
            }
        };
        let text = self.bind_scalar(&reduce.by.value, &Scope::of(env, &table));
        let settings = self.bind_reduce_settings(reduce, env);
        let (Some(settings), false) = (settings, text.ty() == Type::Unknown) else { return Table::broken() };
        if text.ty() != Type::String {
            self.report(
                Diagnostic::error(Code::TypeMismatch, reduce.by.span, "`reduce` takes a `string`")
                    .label(format!("`{}`", text.ty()))
                    .help("`tostring(…)` makes one"),
            );
            return Table::broken();
        }
        let table = self.place_windows(table);
        match shape {
            Shape::Patterns => {
                let texts = self.texts_with_patterns(table, text, settings);
                self.patterns(texts)
            }
            Shape::Source if table.keys.is_empty() => self.with_patterns(table, text, settings),
            Shape::Source => {
                let message = "`reduce kind=source` is not supported inside another operator";
                self.error(Code::UnsupportedFeature, operator.keyword, message);
                Table::broken()
            }
        }
    }

    /// The threshold and the separators, as arguments of the window function.
    fn bind_reduce_settings(&mut self, reduce: &'a Reduce, env: &Env<'a>) -> Option<[Scalar; 2]> {
        let mut settings = [Scalar::Literal(Value::Real(THRESHOLD)), Scalar::text("")];
        for option in &reduce.properties {
            let constants = Scope::constants(env.clone());
            let value = self.bind_scalar(&option.value, &constants);
            let span = option.value.span;
            match option.name.name.as_str() {
                "threshold" => match widen(value, Type::Real) {
                    Ok(Scalar::Literal(Value::Real(share))) if (0.0..=1.0).contains(&share) => {
                        settings[0] = Scalar::Literal(Value::Real(share));
                    }
                    _ => {
                        self.error(Code::InvalidValue, span, "`threshold` is a number from 0 to 1");
                        return None;
                    }
                },
                "characters" => match value {
                    Scalar::Literal(Value::String(text)) => settings[1] = Scalar::text(text),
                    _ => {
                        self.error(Code::InvalidValue, span, "`characters` is a text of the characters between terms");
                        return None;
                    }
                },
                other => {
                    self.report(
                        Diagnostic::error(
                            Code::UnknownOption,
                            option.name.span,
                            format!("`reduce` has no option `{other}`"),
                        )
                        .help("`threshold` and `characters`"),
                    );
                    return None;
                }
            }
        }
        Some(settings)
    }

    /// Distinct texts, how often each occurs, and the pattern of each; in that order.
    fn texts_with_patterns(&mut self, table: Table, text: Scalar, [threshold, separators]: [Scalar; 2]) -> Table {
        let distinct = self.fresh("text", Type::String);
        let count = self.fresh("count", Type::Long);
        let pattern = self.fresh("pattern", Type::String);
        let texts = self.group(table, vec![(distinct.clone(), text)], vec![(vec![count.clone()], count_rows())]);
        let args = vec![Scalar::column(&distinct), Scalar::column(&count), threshold, separators];
        let call = WindowCall { name: "reduce_patterns", args, ty: Type::String };
        let rel = Rel::Window {
            input: Box::new(texts.rel),
            columns: vec![(pattern.clone(), call)],
            partition_by: texts.keys.iter().map(Scalar::column).collect(),
            order_by: Vec::new(),
        };
        Table { rel, columns: vec![distinct, count, pattern], ..texts }
    }

    /// One row per pattern; the most frequent ones first.
    fn patterns(&mut self, texts: Table) -> Table {
        let [text, count, pattern] = texts.columns.as_slice() else { return Table::broken() };
        let key = self.fresh("pattern", Type::String);
        let total = self.fresh("Count", Type::Long);
        let sample = self.fresh("sample", Type::String);
        let aggregates = vec![
            (vec![total.clone()], over("sum", Scalar::column(count))),
            (vec![sample.clone()], over("min", Scalar::column(text))),
        ];
        let groups = vec![(key.clone(), Scalar::column(pattern))];
        let table = self.group(texts, groups, aggregates);
        let alone = || Scalar::op(Op::Equal, vec![Scalar::column(&key), Scalar::text("")], Type::Bool);
        let unless_alone = |other: &str, value: &Column| Scalar::Case {
            branches: vec![(alone(), Scalar::text(other))],
            otherwise: Box::new(Scalar::column(value)),
            ty: Type::String,
        };
        let shown = [
            (self.fresh("Pattern", Type::String), unless_alone(OTHERS, &key)),
            (total.clone(), Scalar::column(&total)),
            (self.fresh("Representative", Type::String), unless_alone("", &sample)),
        ];
        let order = vec![SortKey { value: Scalar::column(&total), descending: true, nulls_first: false }];
        Table { order, ..table.project(shown.to_vec()) }
    }

    /// The rows of the table with what `reduce` says of their texts.
    fn with_patterns(&mut self, table: Table, text: Scalar, settings: [Scalar; 2]) -> Table {
        let (copy, renew) = self.copied(&table.rel);
        let texts = self.texts_with_patterns(Table::new(copy), renew(text.clone()), settings);
        let (copy, renew) = self.copied(&texts.rel);
        let of_copy = texts.columns.iter().map(|column| match renew(Scalar::column(column)) {
            Scalar::Column(id, _) => Column { id, ..column.clone() },
            _ => column.clone(),
        });
        let patterns = self.patterns(Table { columns: of_copy.collect(), ..Table::new(copy) });
        let [distinct, _, pattern] = texts.columns.as_slice() else { return Table::broken() };
        let described = patterns.columns.clone();
        let Some(name) = described.first() else { return Table::broken() };
        let named = Scalar::Case {
            branches: vec![(
                Scalar::op(Op::Equal, vec![Scalar::column(pattern), Scalar::text("")], Type::Bool),
                Scalar::text(OTHERS),
            )],
            otherwise: Box::new(Scalar::column(pattern)),
            ty: Type::String,
        };
        let of_text = Rel::Join {
            kind: JoinKind::Inner,
            left: Box::new(texts.rel.clone()),
            right: Box::new(patterns.unordered()),
            on: vec![(named, Scalar::column(name))],
        };
        let rel = Rel::Join {
            kind: JoinKind::Inner,
            left: Box::new(table.rel),
            right: Box::new(of_text),
            on: vec![(text, Scalar::column(distinct))],
        };
        let columns = super::side_by_side(&table.columns, &described);
        Table { rel, columns, ..table }
    }
}

fn over(name: &'static str, value: Scalar) -> AggregateCall {
    let ty = value.ty();
    AggregateCall {
        target: Target::Builtin(name),
        args: vec![value],
        filter: None,
        distinct: false,
        order_by: Vec::new(),
        types: vec![ty],
    }
}
