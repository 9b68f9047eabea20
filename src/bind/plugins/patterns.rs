//! `autocluster`, `basket`, `diffpatterns`, `diffpatterns_text`: rows are counted and searched by an aggregate, whose
//! answer is spread to rows again.

use crate::diagnostic::Code;
use crate::ir::{AggregateCall, Column, EmptyArray, Op, Rel, Scalar, Target};
use crate::syntax::ast::{Argument, Call, ExprKind};
use crate::types::Type;
use crate::value::Value;

use super::super::Binder;
use super::super::convert::to_text;
use super::super::env::Env;
use super::super::expression::Scope;
use super::super::naming::Names;
use super::super::result::count_rows;
use super::super::several::part;
use super::super::table::Table;
use super::build::{aggregate, test};

/// No limit to the number of dimensions.
const UNLIMITED: i64 = 1_000;

/// A number that stands for rows without one.
const NOTHING: Scalar = Scalar::Literal(Value::Real(0.0));

/// The columns in front of the values: a number of a pattern, of rows, or a share.
const ONE_SET: &[(&str, Type)] = &[("SegmentId", Type::Long), ("Count", Type::Long), ("Percent", Type::Real)];
const TWO_SETS: &[(&str, Type)] = &[
    ("SegmentId", Type::Long),
    ("CountA", Type::Long),
    ("CountB", Type::Long),
    ("PercentA", Type::Real),
    ("PercentB", Type::Real),
    ("PercentDiffAB", Type::Real),
];
const TEXTS: &[(&str, Type)] = &[
    ("Count_of_True", Type::Long),
    ("Count_of_False", Type::Long),
    ("Percent_of_True", Type::Real),
    ("Percent_of_False", Type::Real),
    ("Pattern", Type::String),
];

/// What is searched for, and in which rows.
struct Search {
    kernel: &'static str,
    /// The columns that patterns fix.
    columns: Vec<Column>,
    /// What each row counts in the first and the second set.
    weights: [Scalar; 2],
    settings: [f64; 3],
}

impl<'a> Binder<'a> {
    /// A few patterns that tell most about the rows.
    pub(super) fn bind_autocluster(&mut self, call: &'a Call, table: Table, env: &Env<'a>) -> Option<Table> {
        let args = given(call);
        let size_weight = self.share_argument(args.first(), 0.5, (0.0, 1.0), env)?;
        let weight = self.weight_argument(args.get(1), &table, env)?;
        let seeds = match args.get(2).copied().flatten() {
            Some(seeds) => self.count_argument(seeds, 1, env)?,
            None => 25,
        };
        let wildcards = self.wildcards(call.args.get(3..), env)?;
        let (columns, weights) = of_one_set(&table, weight);
        let settings = [size_weight, seeds as f64, 0.0];
        let search = Search { kernel: "patterns_autocluster", columns, weights, settings };
        let shown = table.columns.clone();
        self.found_patterns(search, ONE_SET, &shown, &wildcards, table)
    }

    /// All frequent patterns.
    pub(super) fn bind_basket(&mut self, call: &'a Call, table: Table, env: &Env<'a>) -> Option<Table> {
        let args = given(call);
        let threshold = self.share_argument(args.first(), 0.05, (0.015, 1.0), env)?;
        let weight = self.weight_argument(args.get(1), &table, env)?;
        let most = match args.get(2).copied().flatten() {
            Some(most) => self.count_argument(most, 1, env)?,
            None => 5,
        };
        let wildcards = self.wildcards(call.args.get(3..), env)?;
        let (columns, weights) = of_one_set(&table, weight);
        let search = Search { kernel: "patterns_basket", columns, weights, settings: [threshold, most as f64, 0.0] };
        let shown = table.columns.clone();
        self.found_patterns(search, ONE_SET, &shown, &wildcards, table)
    }

    /// Patterns that come in one set of rows more often than in another.
    pub(super) fn bind_diffpatterns(&mut self, call: &'a Call, table: Table, env: &Env<'a>) -> Option<Table> {
        let [split, a, b, ..] = call.args.as_slice() else { return None };
        let split = self.column_argument(split, &table, env)?;
        let sets = [self.text_argument(a, env)?, self.text_argument(b, env)?];
        if sets[0] == sets[1] {
            self.error(Code::InvalidValue, b.value.span, "the two sets must be different");
            return None;
        }
        let args = given(call);
        let weight = self.weight_argument(args.get(3), &table, env)?;
        let threshold = self.share_argument(args.get(4), 0.05, (0.015, 1.0), env)?;
        let most = match args.get(5).copied().flatten() {
            Some(most) => self.count_argument(most, 1, env)?,
            None => UNLIMITED,
        };
        let wildcards = self.wildcards(call.args.get(6..), env)?;
        let others = |column: &&Column| column.id != split.id;
        let shown: Vec<Column> = table.columns.iter().filter(others).cloned().collect();
        let columns =
            shown.iter().filter(|c| weight.as_ref().is_none_or(|weight| weight.id != c.id)).cloned().collect();
        let one = weight_of(weight.as_ref());
        let weights = sets.map(|set| {
            let inside = test(Op::Equal, to_text(Scalar::column(&split)), Scalar::text(set));
            Scalar::Case { branches: vec![(inside, one.clone())], otherwise: Box::new(NOTHING), ty: Type::Real }
        });
        let settings = [threshold, most as f64, 0.0];
        let search = Search { kernel: "patterns_difference", columns, weights, settings };
        self.found_patterns(search, TWO_SETS, &shown, &wildcards, table)
    }

    /// Sequences of words that come more often where a condition is true than where it is false, or the other way round.
    pub(super) fn bind_diffpatterns_text(&mut self, call: &'a Call, table: Table, env: &Env<'a>) -> Option<Table> {
        let [text, condition, ..] = call.args.as_slice() else { return None };
        let place = text.value.span;
        let text = self.column_argument(text, &table, env)?;
        if text.ty != Type::String {
            self.error(Code::TypeMismatch, place, "only a `string` column has words");
            return None;
        }
        let value = self.bind_argument(condition, &Scope::of(env, &table));
        if value.ty() == Type::Unknown {
            return None;
        }
        let value = self.convert_or_report(value, Type::Bool, condition.value.span);
        let args = given(call);
        let least = match args.get(2).copied().flatten() {
            Some(least) => self.count_argument(least, 0, env)?,
            None => 1,
        };
        let threshold = self.share_argument(args.get(3), 0.05, (0.015, 1.0), env)?;
        let most = match args.get(4).copied().flatten() {
            Some(most) => self.count_argument(most, 0, env)?,
            None => 20,
        };
        let table = self.place_windows(table);
        let one = Scalar::Literal(Value::Real(1.0));
        let weights = [value.clone(), value.not()].map(|inside| Scalar::Case {
            branches: vec![(inside, one.clone())],
            otherwise: Box::new(NOTHING),
            ty: Type::Real,
        });
        let settings = [threshold, least as f64, most as f64];
        let search = Search { kernel: "patterns_text", columns: vec![text], weights, settings };
        self.found_patterns(search, TEXTS, &[], &[], table)
    }

    /// The search, and its patterns as rows.
    fn found_patterns(
        &mut self,
        search: Search,
        head: &[(&str, Type)],
        shown: &[Column],
        wildcards: &[Value],
        table: Table,
    ) -> Option<Table> {
        let wildcard = |ty: Type| wildcards.iter().find(|value| value.ty() == ty);
        // An empty text is a value where the wildcard is something else.
        let blanks: String = search.columns.iter().map(|c| if wildcard(c.ty).is_some() { '1' } else { '0' }).collect();
        let mut args: Vec<Scalar> = search.columns.iter().map(|column| to_text(Scalar::column(column))).collect();
        args.extend(search.weights);
        args.extend(search.settings.map(|number| Scalar::Literal(Value::Real(number))));
        args.push(Scalar::text(blanks));
        let target = Target::Kernel(search.kernel);
        let found = self.fresh("found", Type::Dynamic);
        let call = AggregateCall { target, args, types: vec![Type::Dynamic], ..count_rows() };
        let (rel, item) = self.unnested(aggregate(table.rel, Vec::new(), vec![(found.clone(), call)]), &found);
        let at = |place: usize, ty: Type| part(Scalar::column(&item), Scalar::long(place as i64), ty);
        let mut names = Names::default();
        let mut columns: Vec<(String, Scalar)> = Vec::new();
        for (place, (name, ty)) in head.iter().enumerate() {
            columns.push((names.unique(name), at(place, *ty)));
        }
        for column in shown {
            let any = Scalar::Literal(wildcard(column.ty).cloned().unwrap_or_else(|| Value::missing(column.ty)));
            let value = match search.columns.iter().position(|searched| searched.id == column.id) {
                // What counts the rows is no part of a pattern.
                None => any,
                Some(place) => {
                    let cell = at(head.len() + place, Type::Dynamic);
                    let missing = Scalar::op(Op::IsNull, vec![cell.clone()], Type::Bool);
                    let text = Scalar::kernel("tostring_dynamic", vec![cell], Type::String);
                    Scalar::Case {
                        branches: vec![(missing, any)],
                        otherwise: Box::new(from_text(text, column.ty)),
                        ty: column.ty,
                    }
                }
            };
            columns.push((names.unique(&column.name), value));
        }
        let sorted_by = usize::from(!shown.is_empty());
        Some(self.answer(rel, columns, sorted_by))
    }

    /// The items of an array as rows.
    pub(super) fn unnested(&mut self, input: Rel, array: &Column) -> (Rel, Column) {
        let item = self.fresh("item", Type::Dynamic);
        let items = Scalar::kernel("dynamic_items", vec![Scalar::column(array)], Type::Dynamic);
        let columns = vec![(item.clone(), items)];
        (Rel::Unnest { input: Box::new(input), columns, empty: EmptyArray::Drop }, item)
    }

    /// A constant number between two others, or its default.
    fn share_argument(
        &mut self,
        argument: Option<&Option<&'a Argument>>,
        default: f64,
        (least, most): (f64, f64),
        env: &Env<'a>,
    ) -> Option<f64> {
        let Some(argument) = argument.copied().flatten() else { return Some(default) };
        let value = self.bind_argument(argument, &Scope::constants(env.clone()));
        let number = value.literal().filter(|value| value.ty().is_numeric()).and_then(Value::as_f64);
        let number = number.filter(|number| (least..=most).contains(number));
        if number.is_none() && value.ty() != Type::Unknown {
            let message = format!("a constant number from {least} to {most} is needed");
            self.error(Code::InvalidValue, argument.value.span, message);
        }
        number
    }

    /// The column that says how much a row counts. None inside when there is none.
    fn weight_argument(
        &mut self,
        argument: Option<&Option<&'a Argument>>,
        table: &Table,
        env: &Env<'a>,
    ) -> Option<Option<Column>> {
        let Some(argument) = argument.copied().flatten() else { return Some(None) };
        let column = self.column_argument(argument, table, env)?;
        if !column.ty.is_numeric() {
            self.error(Code::TypeMismatch, argument.value.span, "the weight must be a column of numbers");
            return None;
        }
        Some(Some(column))
    }

    /// Constants that stand for any value, at most one of each type.
    fn wildcards(&mut self, arguments: Option<&'a [Argument]>, env: &Env<'a>) -> Option<Vec<Value>> {
        let mut wildcards: Vec<Value> = Vec::new();
        for argument in arguments.unwrap_or(&[]).iter().filter(|argument| !is_default(argument)) {
            let value = self.bind_argument(argument, &Scope::constants(env.clone()));
            match value.literal() {
                Some(value) if wildcards.iter().all(|known| known.ty() != value.ty()) => wildcards.push(value.clone()),
                Some(value) => {
                    let message = format!("there is a wildcard of type `{}` already", value.ty());
                    self.error(Code::InvalidValue, argument.value.span, message);
                    return None;
                }
                None => {
                    if value.ty() != Type::Unknown {
                        self.error(Code::NotConstant, argument.value.span, "a wildcard must be a constant");
                    }
                    return None;
                }
            }
        }
        Some(wildcards)
    }
}

/// `~` asks for the default.
fn is_default(argument: &Argument) -> bool {
    matches!(&argument.value.kind, ExprKind::Literal(Value::String(text)) if text == "~")
}

/// The arguments, none where the default is asked for.
fn given(call: &Call) -> Vec<Option<&Argument>> {
    call.args.iter().map(|argument| (!is_default(argument)).then_some(argument)).collect()
}

fn weight_of(column: Option<&Column>) -> Scalar {
    match column {
        None => Scalar::Literal(Value::Real(1.0)),
        Some(column) if column.ty == Type::Real => Scalar::column(column),
        Some(column) if column.ty == Type::Decimal => {
            Scalar::kernel("toreal", vec![Scalar::column(column)], Type::Real)
        }
        Some(column) => Scalar::Cast(Box::new(Scalar::column(column)), Type::Real),
    }
}

/// All columns but the weight, and what a row counts.
fn of_one_set(table: &Table, weight: Option<Column>) -> (Vec<Column>, [Scalar; 2]) {
    let others = table.columns.iter().filter(|c| weight.as_ref().is_none_or(|weight| weight.id != c.id));
    (others.cloned().collect(), [weight_of(weight.as_ref()), NOTHING])
}

/// A text in the type that it was made from.
pub(super) fn from_text(text: Scalar, ty: Type) -> Scalar {
    let kernel = match ty {
        Type::String | Type::Unknown => return text,
        Type::Dynamic => "parse_json",
        Type::Bool => "tobool",
        Type::Int => "toint",
        Type::Long => "tolong",
        Type::Real => "toreal",
        Type::Decimal => "todecimal",
        Type::DateTime => "todatetime",
        Type::TimeSpan => "totimespan",
        Type::Guid => "toguid",
    };
    Scalar::kernel(kernel, vec![text], ty)
}
