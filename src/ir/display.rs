//! The core as indented text, the root first: for `explain` and for the `ir` blocks of pages.
//!
//! A column shows its name. Where two columns of one request share a name, the later ones carry a number: `Id#2`.

use std::collections::{HashMap, HashSet};
use std::fmt::Write;

use super::{
    AggregateCall, Column, ColumnId, EmptyArray, FoldColumn, FoldStep, JoinKind, Op, Rel, Scalar, SortKey, StepOutput,
    Target, WindowCall,
};

/// Draws a relation, one node per line, each input two blanks further in.
pub fn explain(rel: &Rel) -> String {
    let mut printer = Printer::default();
    printer.meet(rel);
    printer.draw(rel, 0);
    printer.draw_shared();
    // Drawing a subquery may meet further ones, which are appended in turn.
    let mut next = 0;
    while let Some(subquery) = printer.subqueries.get(next).copied() {
        next += 1;
        printer.line(0, &format!("subquery {next}"));
        printer.meet(subquery);
        printer.draw(subquery, 1);
        printer.draw_shared();
    }
    printer.out
}

/// Constant rows drawn in full; more are counted.
const SHOWN_ROWS: usize = 5;

#[derive(Default)]
struct Printer<'a> {
    out: String,
    labels: HashMap<ColumnId, String>,
    names: HashMap<String, u32>,
    used: HashSet<ColumnId>,
    subqueries: Vec<&'a Rel>,
    /// Shared relations met so far, by identity, and how many of them are drawn.
    shared: Vec<(u32, &'a Rel)>,
    shared_drawn: usize,
}

impl<'a> Printer<'a> {
    /// Looks through a relation before it is drawn: which names there are, and which columns are used.
    fn meet(&mut self, rel: &Rel) {
        self.name_columns(rel);
        self.used.extend(rel.columns().iter().map(|column| column.id));
        rel.visit_scalars(&mut |scalar| {
            if let Scalar::Column(id, _) = scalar {
                self.used.insert(*id);
            }
        });
        self.use_united(rel);
    }

    /// A union uses the columns of its inputs by their place, without naming them.
    fn use_united(&mut self, rel: &Rel) {
        if let Rel::Union { inputs, .. } = rel {
            self.used.extend(inputs.iter().flat_map(Rel::columns).map(|column| column.id));
        }
        rel.inputs().into_iter().for_each(|input| self.use_united(input));
    }

    /// Gives every column its label, inputs before the nodes that use them.
    fn name_columns(&mut self, rel: &Rel) {
        for input in rel.inputs() {
            self.name_columns(input);
        }
        if let Rel::Fold { values, steps, .. } = rel {
            for (number, step) in steps.iter().enumerate() {
                for (value, id) in values.iter().zip(&step.last) {
                    self.labels.insert(*id, format!("s{}.{}", number + 1, value.column.name));
                }
            }
        }
        for column in rel.columns() {
            if self.labels.contains_key(&column.id) {
                continue;
            }
            let count = self.names.entry(column.name.clone()).or_default();
            *count += 1;
            let label = if *count == 1 { column.name.clone() } else { format!("{}#{count}", column.name) };
            self.labels.insert(column.id, label);
        }
    }

    fn draw(&mut self, rel: &'a Rel, depth: usize) {
        let text = self.node(rel);
        self.line(depth, &text);
        if let Rel::Values { rows, .. } = rel {
            for row in rows.iter().take(SHOWN_ROWS) {
                let cells: Vec<String> = row.iter().map(ToString::to_string).collect();
                self.line(depth + 1, &format!("[{}]", cells.join(", ")));
            }
            if rows.len() > SHOWN_ROWS {
                self.line(depth + 1, &format!("and {} more", rows.len() - SHOWN_ROWS));
            }
        }
        for input in rel.inputs() {
            self.draw(input, depth + 1);
        }
    }

    /// Draws the shared relations met since the last time.
    fn draw_shared(&mut self) {
        while let Some((_, rel)) = self.shared.get(self.shared_drawn).copied() {
            self.shared_drawn += 1;
            self.line(0, &format!("shared {}", self.shared_drawn));
            self.meet(rel);
            self.draw(rel, 1);
        }
    }

    fn line(&mut self, depth: usize, text: &str) {
        // Writing to a `String` cannot fail.
        let _ = writeln!(self.out, "{}{text}", "  ".repeat(depth));
    }

    fn node(&mut self, rel: &'a Rel) -> String {
        match rel {
            Rel::Scan { table, columns } => {
                let used: Vec<Column> = columns.iter().filter(|c| self.used.contains(&c.id)).cloned().collect();
                let all =
                    if used.len() < columns.len() { format!(" of {} columns", columns.len()) } else { String::new() };
                format!("scan {table} ({}){all}", self.typed(&used))
            }
            Rel::External { addresses, columns, .. } => {
                format!("external {} ({})", addresses.join(", "), self.typed(columns))
            }
            Rel::Values { columns, .. } => format!("values ({})", self.typed(columns)),
            Rel::Shared { id, input, columns, .. } => {
                let known = self.shared.iter().position(|(known, _)| known == id);
                let at = known.unwrap_or(self.shared.len());
                if known.is_none() {
                    self.shared.push((*id, input));
                }
                format!("shared {} ({})", at + 1, self.typed(columns))
            }
            Rel::Filter { predicate, .. } => format!("filter {}", self.outermost(predicate)),
            Rel::Project { columns, .. } => {
                let columns: Vec<String> = columns.iter().map(|(column, value)| self.defined(column, value)).collect();
                format!("project {}", columns.join(", "))
            }
            Rel::Aggregate { groups, aggregates, .. } => {
                let calls = aggregates.iter().map(|(columns, call)| self.defined_all(columns, call)).collect();
                let groups: Vec<String> = groups.iter().map(|(column, value)| self.defined(column, value)).collect();
                clauses("aggregate", &[("", calls), ("by", groups)])
            }
            Rel::Sort { keys, .. } => format!("sort {}", self.keys(keys)),
            Rel::Limit { count, .. } => format!("limit {count}"),
            Rel::Join { kind, on, .. } => {
                let pairs = on.iter().map(|(l, r)| format!("{} == {}", self.scalar(l), self.scalar(r))).collect();
                clauses(&format!("join {}", join_kind(*kind)), &[("on", pairs)])
            }
            Rel::Union { columns, .. } => format!("union ({})", self.typed(columns)),
            Rel::Unnest { columns, empty, .. } => {
                let columns: Vec<String> = columns.iter().map(|(column, value)| self.defined(column, value)).collect();
                let empty = match empty {
                    EmptyArray::Keep => "keep empty",
                    EmptyArray::Drop => "drop empty",
                };
                format!("unnest {} {empty}", columns.join(", "))
            }
            Rel::Fold { values, steps, match_id, partition_by, order_by, .. } => {
                let initial = values.iter().map(|v| format!("{} = {}", self.label(&v.column), self.scalar(&v.initial)));
                let initial: Vec<String> = initial.collect();
                let id = match_id.iter().map(|column| self.label(column)).collect();
                let steps = steps.iter().map(|step| self.step(step, values)).collect();
                let partition = partition_by.iter().map(|value| self.scalar(value)).collect();
                let order = order_by.iter().map(|key| self.key(key)).collect();
                let parts = [("", initial), ("match id", id), ("steps", steps), ("partition by", partition)];
                clauses("fold", &[parts.as_slice(), &[("order by", order)]].concat())
            }
            Rel::Window { columns, partition_by, order_by, .. } => {
                let calls =
                    columns.iter().map(|(c, call)| format!("{} = {}", self.label(c), self.window(call))).collect();
                let partition = partition_by.iter().map(|value| self.scalar(value)).collect();
                let order = order_by.iter().map(|key| self.key(key)).collect();
                clauses("window", &[("", calls), ("partition by", partition), ("order by", order)])
            }
        }
    }

    /// `(s1 optional last: condition => column = value)`
    fn step(&mut self, step: &'a FoldStep, values: &'a [FoldColumn]) -> String {
        let optional = if step.optional { " optional" } else { "" };
        let output = match step.output {
            StepOutput::All => "",
            StepOutput::Last => " last",
            StepOutput::Nothing => " nothing",
        };
        let next = values.iter().zip(&step.next);
        let next: Vec<String> =
            next.map(|(v, next)| format!("{} = {}", self.label(&v.column), self.scalar(next))).collect();
        format!("({}{optional}{output} => {})", self.scalar(&step.condition), next.join(", "))
    }

    fn label(&self, column: &Column) -> String {
        self.labels.get(&column.id).cloned().unwrap_or_else(|| column.name.clone())
    }

    fn typed(&self, columns: &[Column]) -> String {
        let columns: Vec<String> = columns.iter().map(|c| format!("{}: {}", self.label(c), c.ty)).collect();
        columns.join(", ")
    }

    /// `a`, `new = value`, or `a as New` for a column that goes on under another name.
    fn defined(&mut self, column: &Column, value: &'a Scalar) -> String {
        let label = self.label(column);
        match value {
            Scalar::Column(id, _) if *id == column.id => {
                let same = label == column.name || label.starts_with(&format!("{}#", column.name));
                if same { label } else { format!("{label} as {}", column.name) }
            }
            other => format!("{label} = {}", self.outermost(other)),
        }
    }

    /// `a = call` or `(a, b) = call`
    fn defined_all(&mut self, columns: &[Column], call: &'a AggregateCall) -> String {
        let names: Vec<String> = columns.iter().map(|column| self.label(column)).collect();
        let names = if names.len() == 1 { names.concat() } else { format!("({})", names.join(", ")) };
        format!("{names} = {}", self.aggregate(call))
    }

    fn keys(&mut self, keys: &'a [SortKey]) -> String {
        let keys: Vec<String> = keys.iter().map(|key| self.key(key)).collect();
        keys.join(", ")
    }

    /// A sort key; the place of nulls is written only where it is not KQL's own (first for `asc`, last for `desc`).
    fn key(&mut self, key: &'a SortKey) -> String {
        let direction = if key.descending { "desc" } else { "asc" };
        let nulls = match (key.descending, key.nulls_first) {
            (true, true) => " nulls first",
            (false, false) => " nulls last",
            (true, false) | (false, true) => "",
        };
        format!("{} {direction}{nulls}", self.scalar(&key.value))
    }

    fn aggregate(&mut self, call: &'a AggregateCall) -> String {
        let args = self.list(&call.args);
        let distinct = if call.distinct { "distinct " } else { "" };
        let mut text = format!("{}({distinct}{args})", target(call.target));
        if !call.order_by.is_empty() {
            let keys = self.keys(&call.order_by);
            text = format!("{text} order by {keys}");
        }
        if let Some(filter) = &call.filter {
            text = format!("{text} where {}", self.scalar(filter));
        }
        text
    }

    fn window(&mut self, call: &'a WindowCall) -> String {
        format!("{}({})", call.name, self.list(&call.args))
    }

    fn list(&mut self, args: &'a [Scalar]) -> String {
        let args: Vec<String> = args.iter().map(|arg| self.outermost(arg)).collect();
        args.join(", ")
    }

    /// A scalar that stands alone and so needs no parentheses.
    fn outermost(&mut self, scalar: &'a Scalar) -> String {
        let text = self.scalar(scalar);
        match scalar {
            Scalar::Call { target: Target::Op(op), .. } if is_infix(*op) && text.starts_with('(') => {
                text[1..text.len() - 1].to_owned()
            }
            _ => text,
        }
    }

    fn scalar(&mut self, scalar: &'a Scalar) -> String {
        match scalar {
            Scalar::Column(id, _) => self.labels.get(id).cloned().unwrap_or_else(|| format!("?{}", id.0)),
            Scalar::Literal(value) => value.to_string(),
            Scalar::Call { target: Target::Op(op), args, .. } if is_infix(*op) && args.len() > 1 => {
                let args: Vec<String> = args.iter().map(|arg| self.scalar(arg)).collect();
                format!("({})", args.join(&format!(" {} ", op.text())))
            }
            Scalar::Call { target: called, args, .. } => format!("{}({})", target(*called), self.list(args)),
            Scalar::Cast(value, ty) => format!("cast({}, {ty})", self.outermost(value)),
            Scalar::Case { branches, otherwise, .. } => {
                let mut parts = Vec::new();
                for (condition, value) in branches {
                    parts.push(self.outermost(condition));
                    parts.push(self.outermost(value));
                }
                parts.push(self.outermost(otherwise));
                format!("case({})", parts.join(", "))
            }
            Scalar::Subquery(rel, _) => self.subquery(rel),
            Scalar::InSubquery { value, rel, ignore_case } => {
                let word = if *ignore_case { "in~" } else { "in" };
                format!("({} {word} {})", self.scalar(value), self.subquery(rel))
            }
            Scalar::Aggregate(call) => self.aggregate(call),
        }
    }

    fn subquery(&mut self, rel: &'a Rel) -> String {
        self.subqueries.push(rel);
        format!("subquery {}", self.subqueries.len())
    }
}

/// A head and its non-empty clauses, each a word and a list.
fn clauses(head: &str, parts: &[(&str, Vec<String>)]) -> String {
    let mut words = vec![head.to_owned()];
    for (word, list) in parts.iter().filter(|(_, list)| !list.is_empty()) {
        words.extend((!word.is_empty()).then(|| (*word).to_owned()));
        words.push(list.join(", "));
    }
    words.join(" ")
}

fn target(target: Target) -> &'static str {
    match target {
        Target::Op(op) => op.text(),
        Target::Builtin(name) | Target::Kernel(name) => name,
    }
}

fn is_infix(op: Op) -> bool {
    match op {
        Op::And
        | Op::Or
        | Op::Equal
        | Op::NotEqual
        | Op::Less
        | Op::LessOrEqual
        | Op::Greater
        | Op::GreaterOrEqual
        | Op::Add
        | Op::Subtract
        | Op::Multiply => true,
        Op::Not | Op::Negate | Op::IsNull | Op::IsNotNull | Op::Coalesce | Op::InList => false,
    }
}

fn join_kind(kind: JoinKind) -> &'static str {
    match kind {
        JoinKind::Inner => "inner",
        JoinKind::Left => "left",
        JoinKind::Right => "right",
        JoinKind::Full => "full",
        JoinKind::LeftSemi => "leftsemi",
        JoinKind::LeftAnti => "leftanti",
        JoinKind::RightSemi => "rightsemi",
        JoinKind::RightAnti => "rightanti",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Type;
    use crate::value::Value;

    fn column(id: u32, name: &str) -> Column {
        Column { id: ColumnId(id), name: name.to_owned(), ty: Type::Long }
    }

    fn values(id: u32, name: &str) -> Rel {
        Rel::Values { columns: vec![column(id, name)], rows: vec![vec![Value::Long(1)]; 7] }
    }

    fn check(rel: &Rel, expected: &str) {
        assert_eq!(explain(rel), expected);
    }

    #[test]
    fn nodes_stand_above_their_inputs() {
        let (a, sum) = (column(0, "a"), column(1, "sum_a"));
        let test = Scalar::op(Op::Greater, vec![Scalar::column(&a), Scalar::long(2)], Type::Bool);
        let call = AggregateCall {
            target: Target::Builtin("sum"),
            args: vec![Scalar::column(&a)],
            filter: None,
            distinct: false,
            order_by: Vec::new(),
            types: vec![Type::Long],
        };
        let rel = Rel::Aggregate {
            input: Box::new(Rel::Filter { input: Box::new(values(0, "a")), predicate: test }),
            groups: vec![(a.clone(), Scalar::column(&a))],
            aggregates: vec![(vec![sum], call)],
        };
        check(
            &rel,
            "aggregate sum_a = sum(a) by a\n  filter a > 2\n    values (a: long)\n      [1]\n      [1]\n      [1]\n      \
             [1]\n      [1]\n      and 2 more\n",
        );
    }

    #[test]
    fn a_scan_shows_the_columns_that_are_used() {
        let columns = vec![column(0, "a"), column(1, "b"), column(2, "c")];
        let rel = Rel::Project {
            input: Box::new(Rel::Scan { table: "T".into(), columns }),
            columns: vec![(column(1, "b"), Scalar::column(&column(1, "b")))],
        };
        check(&rel, "project b\n  scan T (b: long) of 3 columns\n");
    }

    #[test]
    fn equal_names_are_told_apart_and_subqueries_follow() {
        let subquery =
            Scalar::Subquery(Box::new(Rel::Scan { table: "T".into(), columns: vec![column(7, "n")] }), Type::Long);
        let rel = Rel::Project {
            input: Box::new(Rel::Join {
                kind: JoinKind::Inner,
                left: Box::new(Rel::Scan { table: "L".into(), columns: vec![column(0, "k")] }),
                right: Box::new(Rel::Scan { table: "R".into(), columns: vec![column(1, "k")] }),
                on: vec![(Scalar::column(&column(0, "k")), Scalar::column(&column(1, "k")))],
            }),
            columns: vec![
                (column(0, "Key"), Scalar::column(&column(0, "k"))),
                (column(1, "k"), Scalar::column(&column(1, "k"))),
                (column(2, "n"), subquery),
            ],
        };
        check(
            &rel,
            "project k as Key, k#2, n = subquery 1\n  join inner on k == k#2\n    scan L (k: long)\n    \
             scan R (k#2: long)\nsubquery 1\n  scan T (n#2: long)\n",
        );
    }
}
