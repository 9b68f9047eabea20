//! `join` and `lookup`.

use std::rc::Rc;

use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{AggregateCall, Column, JoinKind, Op, Rel, Scalar, Target};
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, Join, Lookup, Operator, Option_};
use crate::types::Type;

use super::super::Binder;
use super::super::arithmetic::comparable;
use super::super::env::Env;
use super::super::expression::Scope;
use super::super::naming::Names;
use super::super::table::Table;

/// What a join condition asks of the two sides.
struct On {
    /// Key pairs, of equal types.
    pairs: Vec<(Scalar, Scalar)>,
    /// Columns of the right side that equal the left one's of the same name.
    right_keys: Vec<Column>,
}

impl<'a> Binder<'a> {
    pub(super) fn bind_join(&mut self, join: &'a Join, operator: &Operator, table: Table, env: &Env<'a>) -> Table {
        let right = self.deeper(join.right.span, |binder| binder.bind_table(&join.right, env));
        let right = right.unwrap_or_else(Table::broken);
        let on = self.bind_on(&join.on, &table, &right, env);
        let (word, span) = self.option_word(&join.options, "kind").unwrap_or(("innerunique", operator.keyword));
        let (kind, left) = match word {
            "innerunique" => (JoinKind::Inner, self.first_of_each_key(table, &on)),
            "inner" => (JoinKind::Inner, table),
            "leftouter" => (JoinKind::Left, table),
            "rightouter" => (JoinKind::Right, table),
            "fullouter" => (JoinKind::Full, table),
            "leftsemi" => (JoinKind::LeftSemi, table),
            "leftanti" | "leftantisemi" | "anti" => (JoinKind::LeftAnti, table),
            "rightsemi" => (JoinKind::RightSemi, table),
            "rightanti" | "rightantisemi" => (JoinKind::RightAnti, table),
            other => {
                self.report(
                    Diagnostic::error(Code::InvalidValue, span, format!("no join kind `{other}`")).help(
                        "one of innerunique, inner, leftouter, rightouter, fullouter, leftsemi, leftanti, rightsemi, rightanti",
                    ),
                );
                (JoinKind::Inner, table)
            }
        };
        if right_rows_count(kind) && !left.keys.is_empty() {
            let message = format!("`kind={word}` is not supported inside of `mv-apply`");
            let help = "rows of the right would have to be looked at for each record anew: join behind it";
            self.report(Diagnostic::error(Code::UnsupportedFeature, span, message).help(help));
        }
        let broken = left.broken || right.broken;
        let columns = match kind {
            JoinKind::LeftSemi | JoinKind::LeftAnti => left.columns.clone(),
            JoinKind::RightSemi | JoinKind::RightAnti => right.columns.clone(),
            JoinKind::Inner | JoinKind::Left | JoinKind::Right | JoinKind::Full => {
                side_by_side(&left.columns, &right.columns)
            }
        };
        joined(kind, left, right, on.pairs, (columns, broken))
    }

    pub(super) fn bind_lookup(
        &mut self,
        lookup: &'a Lookup,
        operator: &Operator,
        table: Table,
        env: &Env<'a>,
    ) -> Table {
        let right = self.deeper(lookup.right.span, |binder| binder.bind_table(&lookup.right, env));
        let right = right.unwrap_or_else(Table::broken);
        let on = self.bind_on(&lookup.on, &table, &right, env);
        let (word, span) = self.option_word(&lookup.options, "kind").unwrap_or(("leftouter", operator.keyword));
        let kind = match word {
            "leftouter" => JoinKind::Left,
            "inner" => JoinKind::Inner,
            other => {
                self.report(
                    Diagnostic::error(Code::InvalidValue, span, format!("no lookup kind `{other}`"))
                        .help("`leftouter` or `inner`"),
                );
                JoinKind::Left
            }
        };
        let broken = table.broken || right.broken;
        let rest: Vec<Column> =
            right.columns.iter().filter(|c| !on.right_keys.iter().any(|key| key.id == c.id)).cloned().collect();
        let columns = side_by_side(&table.columns, &rest);
        joined(kind, table, right, on.pairs, (columns, broken))
    }

    /// The word of an option such as `kind=`, and its place. Hints and unknown options are checked here as well.
    pub(super) fn option_word<'o>(
        &mut self,
        options: &'o [Option_],
        name: &str,
    ) -> Option<(&'o str, crate::span::Span)> {
        let mut found = None;
        for option in options {
            let known = option.name.name.as_str();
            if known == name {
                found = match &option.value.kind {
                    ExprKind::Name(ident) => Some((ident.name.as_str(), option.value.span)),
                    ExprKind::Literal(crate::value::Value::String(text)) => Some((text.as_str(), option.value.span)),
                    _ => None,
                };
            } else if let Some(hint) = known.strip_prefix("hint.") {
                self.check_hint(hint, option);
            } else {
                self.error(
                    Code::UnsupportedFeature,
                    option.name.span,
                    format!("the option `{known}` is not supported here"),
                );
            }
        }
        found
    }

    /// Hints say how a cluster shares out the work, which changes no answer; but they must make sense.
    fn check_hint(&mut self, hint: &str, option: &Option_) {
        let words: &[&str] = match hint {
            "strategy" => &["auto", "broadcast", "centralized", "legacy", "native", "partitioned", "shuffle"],
            "remote" => &["auto", "left", "local", "right"],
            "distribution" => &["per_node", "per_shard", "single"],
            _ => &[],
        };
        let fits = match (&option.value.kind, hint) {
            (ExprKind::Name(ident), "strategy" | "remote" | "distribution") => words.contains(&ident.name.as_str()),
            (ExprKind::Literal(crate::value::Value::String(text)), "strategy" | "remote" | "distribution") => {
                words.contains(&text.as_str())
            }
            (_, "strategy" | "remote" | "distribution") => false,
            (ExprKind::Literal(value), "num_partitions" | "concurrency" | "spread") => value.as_i64().is_some(),
            (_, "num_partitions" | "concurrency" | "spread") => false,
            _ => true,
        };
        if !fits {
            let help =
                if words.is_empty() { "a whole number".to_owned() } else { format!("one of {}", words.join(", ")) };
            let message = format!("`hint.{hint}` does not take this value");
            self.report(Diagnostic::error(Code::InvalidValue, option.value.span, message).help(help));
        }
    }

    fn bind_on(&mut self, on: &'a [Expr], left: &Table, right: &Table, env: &Env<'a>) -> On {
        let mut result = On { pairs: Vec::new(), right_keys: Vec::new() };
        for condition in on {
            self.bind_condition(condition, left, right, env, &mut result);
        }
        result
    }

    fn bind_condition(&mut self, condition: &'a Expr, left: &Table, right: &Table, env: &Env<'a>, on: &mut On) {
        match &condition.kind {
            ExprKind::Paren(inner) => self.bind_condition(inner, left, right, env, on),
            ExprKind::Name(ident) => {
                let sides = [left, right].map(|side| side.column(&ident.name).cloned());
                if let [Some(a), Some(b)] = sides {
                    self.add_pair(Scalar::column(&a), b, condition, on);
                    return;
                }
                for (side, found) in [left, right].into_iter().zip([sides[0].is_some(), sides[1].is_some()]) {
                    if !found && !side.broken {
                        self.unknown_column(&ident.name, ident.span, &Scope::of(env, side));
                        return;
                    }
                }
            }
            ExprKind::Binary(op, a, b) if op.node == BinaryOp::And => {
                self.bind_condition(a, left, right, env, on);
                self.bind_condition(b, left, right, env, on);
            }
            ExprKind::Binary(op, a, b) if op.node == BinaryOp::Equal => {
                let scope = Scope { right: Some(Rc::from(right.columns.as_slice())), ..Scope::of(env, left) };
                let values = [self.bind_scalar(a, &scope), self.bind_scalar(b, &scope)];
                if values.iter().any(|value| value.ty() == Type::Unknown) {
                    return;
                }
                match (side_of(&values[0], left, right), side_of(&values[1], left, right)) {
                    (Some(Side::Left), Some(Side::Right)) => self.add_values(values, right, condition, on),
                    (Some(Side::Right), Some(Side::Left)) => {
                        let [b, a] = values;
                        self.add_values([a, b], right, condition, on);
                    }
                    (None, None) if matches!((&values[0], &values[1]), (Scalar::Literal(a), Scalar::Literal(b)) if a == b) =>
                        {}
                    _ => self.report(Diagnostic::error(
                        Code::InvalidValue,
                        condition.span,
                        "one side of `==` must be of `$left`, the other of `$right`",
                    )),
                }
            }
            _ => self.report(
                Diagnostic::error(Code::UnsupportedFeature, condition.span, "a join compares columns with `==` only")
                    .help(
                        "`on Column`, or `on $left.A == $right.B`; other conditions go into a `where` behind the join",
                    ),
            ),
        }
    }

    fn add_pair(&mut self, left: Scalar, right: Column, condition: &Expr, on: &mut On) {
        let value = Scalar::column(&right);
        on.right_keys.push(right);
        self.push_pair(left, value, condition, on);
    }

    fn add_values(&mut self, [left, right]: [Scalar; 2], table: &Table, condition: &Expr, on: &mut On) {
        if let Scalar::Column(id, _) = right {
            on.right_keys.extend(table.columns.iter().find(|column| column.id == id).cloned());
        }
        self.push_pair(left, right, condition, on);
    }

    fn push_pair(&mut self, left: Scalar, right: Scalar, condition: &Expr, on: &mut On) {
        let types = (left.ty(), right.ty());
        match comparable(Op::Equal, left, right) {
            Some(pair) => on.pairs.push(pair),
            None => self.report(
                Diagnostic::error(Code::TypeMismatch, condition.span, "the keys do not compare")
                    .label(format!("`{}` and `{}`", types.0, types.1))
                    .help("convert one of them in an `extend` in front of the join"),
            ),
        }
    }

    /// The left side of an `innerunique` join: some row of each key.
    fn first_of_each_key(&mut self, table: Table, on: &On) -> Table {
        if on.pairs.is_empty() {
            return table;
        }
        let mut groups: Vec<(Column, Scalar)> = Vec::new();
        for (key, _) in &on.pairs {
            if !groups.iter().any(|(_, value)| value == key) {
                let column = match key {
                    Scalar::Column(id, ty) => Column { id: *id, name: String::new(), ty: *ty },
                    _ => self.fresh("key", key.ty()),
                };
                groups.push((column, key.clone()));
            }
        }
        for key in &table.keys {
            if !groups.iter().any(|(known, _)| known.id == key.id) {
                groups.push((key.clone(), Scalar::column(key)));
            }
        }
        let mut rest: Vec<Column> = Vec::new();
        for column in table.columns.iter().chain(&table.carried).chain(&table.came) {
            if !groups.iter().map(|(key, _)| key).chain(&rest).any(|known| known.id == column.id) {
                rest.push(column.clone());
            }
        }
        // Computed keys are computed again above, from columns that keep their identity.
        let call = AggregateCall {
            target: Target::Kernel("take_any"),
            args: rest.iter().map(Scalar::column).collect(),
            filter: None,
            distinct: false,
            order_by: Vec::new(),
            types: rest.iter().map(|column| column.ty).collect(),
        };
        let aggregates = if rest.is_empty() { Vec::new() } else { vec![(rest, call)] };
        let rel = Rel::Aggregate { input: Box::new(table.rel), groups, aggregates };
        Table { rel, order: Vec::new(), ..table }
    }
}

/// Whether rows of the right side are in the answer that no row of the left side brings there.
fn right_rows_count(kind: JoinKind) -> bool {
    matches!(kind, JoinKind::Right | JoinKind::Full | JoinKind::RightSemi | JoinKind::RightAnti)
}

/// A join as a table. Where rows on the left belong to parts, those of the answer do, too.
fn joined(
    kind: JoinKind,
    left: Table,
    right: Table,
    on: Vec<(Scalar, Scalar)>,
    (columns, broken): (Vec<Column>, bool),
) -> Table {
    let Table { keys, carried, came, .. } = left;
    let rel = Rel::Join { kind, left: Box::new(left.rel), right: Box::new(right.rel), on };
    Table { columns, broken, keys, carried, came, ..Table::new(rel) }
}

/// Whether a join looks at all rows of the right for each part of the left; see [`right_rows_count`].
pub(super) fn is_whole(join: &Join) -> bool {
    join.options.iter().filter(|option| option.name.name == "kind").any(|option| {
        let word = match &option.value.kind {
            ExprKind::Name(ident) => ident.name.as_str(),
            ExprKind::Literal(crate::value::Value::String(text)) => text.as_str(),
            _ => "",
        };
        word.starts_with("right") || word == "fullouter"
    })
}

enum Side {
    Left,
    Right,
}

/// The side whose columns a value mentions, if it is one side's alone.
fn side_of(value: &Scalar, left: &Table, right: &Table) -> Option<Side> {
    let (mut of_left, mut of_right) = (false, false);
    value.visit(&mut |part| {
        if let Scalar::Column(id, _) = part {
            of_left |= left.columns.iter().any(|column| column.id == *id);
            of_right |= right.columns.iter().any(|column| column.id == *id);
        }
    });
    match (of_left, of_right) {
        (true, false) => Some(Side::Left),
        (false, true) => Some(Side::Right),
        (true, true) | (false, false) => None,
    }
}

/// The columns of both sides; those of the right one that clash get a number.
pub(in crate::bind) fn side_by_side(left: &[Column], right: &[Column]) -> Vec<Column> {
    let clashes = |column: &Column| left.iter().any(|other| other.name == column.name);
    // Names that do not clash stay, so a number is only given away when it is free on both sides.
    let kept = right.iter().filter(|column| !clashes(column));
    let mut names = Names::with(left.iter().chain(kept).map(|column| column.name.as_str()));
    let renamed = right.iter().map(|column| {
        let name = if clashes(column) { names.unique(&column.name) } else { column.name.clone() };
        Column { name, ..column.clone() }
    });
    left.iter().cloned().chain(renamed).collect()
}
