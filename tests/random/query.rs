//! Random queries: a source, and operators one after the other. The binder tells the columns after each step, so that
//! the next one has something to work with; steps that it refuses are left out.

use std::collections::BTreeSet;

use calypso::bind::{self, Options};
use calypso::catalog::Catalog;
use calypso::diagnostic::Diagnostic;
use calypso::functions::{self, aggregates};
use calypso::syntax::parse;
use calypso::types::Type;

use super::forms::{JOINS, UNSTEADY};
use crate::pages::answer::NOW;
use crate::robust::Random;

/// How often a step that the binder refuses is tried anew.
const ATTEMPTS: usize = 6;

/// The tables of the sample that queries are made about.
const TABLES: &[&str] = &["ACSCallSummary", "ACSCallDiagnostics", "ACSCallSurvey", "ACSCallClientOperations"];

/// A random query.
pub(super) struct Query {
    /// Its text.
    pub(super) text: String,
    /// Whether its rows must be the same however the work is split.
    pub(super) comparable: bool,
    /// Whether its last step says which row comes first, for all rows.
    pub(super) ordered: bool,
    /// How many steps the binder refused.
    pub(super) refused: usize,
}

/// Makes one query.
pub(super) struct Builder<'a> {
    random: Random,
    catalog: &'a dyn Catalog,
    columns: Vec<(String, Type)>,
    /// Declarations in front.
    pub(super) prelude: String,
    /// Scalars and calls that they allow.
    pub(super) scalars: Vec<(String, Type)>,
    /// Tables and calls that they allow.
    pub(super) tables: Vec<String>,
    /// Whether the rows are the same however the work is split.
    pub(super) comparable: bool,
    refused: usize,
    names: usize,
}

/// The query of a number.
pub(super) fn query(number: u64, catalog: &dyn Catalog) -> Query {
    let seed = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d;
    let random = Random(seed.max(1));
    let mut builder = Builder {
        random,
        catalog,
        columns: Vec::new(),
        prelude: String::new(),
        scalars: Vec::new(),
        tables: Vec::new(),
        comparable: true,
        refused: 0,
        names: 0,
    };
    for _ in 0..8 {
        builder.below(2);
    }
    if builder.chance(25) {
        builder.declare();
        if !builder.accepted(&format!("{}print 1", builder.prelude)) {
            builder.refused += 1;
            (builder.prelude, builder.scalars, builder.tables) = Default::default();
        }
        builder.columns.clear();
    }
    let steps = 1 + builder.below(4);
    let mut text = builder.pipeline(steps);
    if builder.chance(15) {
        let comparable = builder.comparable;
        let longer = format!("{text}\n| {}", builder.ending());
        if builder.accepted(&format!("{}{longer}", builder.prelude)) {
            text = longer;
        } else {
            builder.comparable = comparable;
        }
    }
    let last = text.rsplit("\n| ").next().unwrap_or("");
    let sorted = last.starts_with("sort by") || last.starts_with("top ");
    // Values of different types in `dynamic` cells may be equal as text.
    let ordered = sorted && builder.columns.iter().all(|(_, ty)| *ty != Type::Dynamic);
    let text = format!("{}{text}", builder.prelude);
    Query { text, comparable: builder.comparable, ordered, refused: builder.refused }
}

impl Builder<'_> {
    /// A number from 0 up to but without the limit.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.random.below(limit)
    }

    /// True in so many cases of a hundred.
    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of several.
    pub(super) fn of<T: Clone>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())].clone()
    }

    /// A column whose type will do.
    pub(super) fn column(&mut self, fits: impl Fn(Type) -> bool) -> Option<String> {
        let fitting: Vec<String> =
            self.columns.iter().filter(|(_, ty)| fits(*ty)).map(|(name, _)| quoted(name)).collect();
        if fitting.is_empty() { None } else { Some(self.of(&fitting)) }
    }

    /// The columns so far.
    pub(super) fn known_columns(&self) -> Vec<(String, Type)> {
        self.columns.clone()
    }

    /// A name of its own.
    pub(super) fn fresh(&mut self) -> String {
        self.name()
    }

    /// Whether the binder has nothing to say against a query, whose columns may depend on the data.
    fn accepted(&self, text: &str) -> bool {
        let parsed = parse(text);
        let options = Options { now: NOW, ..Options::default() };
        !parsed.diagnostics.iter().any(Diagnostic::is_error)
            && !bind::bind(&parsed.query, self.catalog, &options).diagnostics.iter().any(Diagnostic::is_error)
    }

    fn name(&mut self) -> String {
        self.names += 1;
        format!("v{}", self.names)
    }

    /// A source and so many steps. The columns are those of the result.
    fn pipeline(&mut self, steps: usize) -> String {
        let mut text = self.source();
        self.columns = columns(&format!("{}{text}", self.prelude), self.catalog).unwrap_or_default();
        if self.columns.is_empty() {
            text = "T".to_owned();
            self.columns = columns(&format!("{}{text}", self.prelude), self.catalog).unwrap_or_default();
        }
        for _ in 0..steps {
            for _ in 0..ATTEMPTS {
                let (before, comparable) = (self.columns.clone(), self.comparable);
                let step = self.step();
                let longer = format!("{text}\n| {step}");
                if let Some(columns) = columns(&format!("{}{longer}", self.prelude), self.catalog) {
                    (text, self.columns) = (longer, columns);
                    break;
                }
                self.refused += 1;
                (self.columns, self.comparable) = (before, comparable);
            }
        }
        text
    }

    /// A pipeline beside the one being made, and its columns.
    pub(super) fn aside(&mut self, steps: usize) -> (String, Vec<(String, Type)>) {
        let own = std::mem::take(&mut self.columns);
        let text = self.pipeline(steps).replace('\n', " ");
        let mut found = std::mem::replace(&mut self.columns, own);
        if found.is_empty() {
            found.push(("nothing".to_owned(), Type::Long));
        }
        (text, found)
    }

    fn source(&mut self) -> String {
        if !self.tables.is_empty() && self.chance(50) {
            return self.of(&self.tables.clone());
        }
        if self.chance(10) {
            return self.rare_source();
        }
        if self.chance(8) {
            return self.further_source();
        }
        match self.below(12) {
            0..5 => "T".to_owned(),
            5..7 => "U".to_owned(),
            7..9 => self.of(TABLES).to_owned(),
            9 => "range n from 1 to 20 step 3".to_owned(),
            10 => {
                let (first, second) = (self.anything().0, self.anything().0);
                format!("print p = {first}, q = {second}")
            }
            _ => {
                let rows: Vec<String> = (0..4)
                    .map(|_| [Type::Long, Type::String, Type::Dynamic].map(|ty| self.constant(ty)).join(", "))
                    .collect();
                format!("datatable (x: long, y: string, z: dynamic) [{}]", rows.join(", "))
            }
        }
    }

    fn step(&mut self) -> String {
        if self.chance(20) {
            return self.rare();
        }
        if self.chance(22) {
            return self.further();
        }
        match self.below(28) {
            0..3 => format!("where {}", self.scalar(Type::Bool)),
            3..7 => {
                let (first, second) = (self.anything().0, self.anything().0);
                format!("extend {} = {first}, {} = {second}", self.name(), self.name())
            }
            7..9 => self.project(),
            9..13 => self.summarize(),
            13 => self.sort(),
            14 => format!("{}\n| take {}", self.sort(), self.below(6)),
            15 => format!("top {} by {}", self.below(9), self.keys()),
            16 | 17 => self.join(),
            18 => self.union(),
            19 | 20 => self.mv_expand(),
            21 => format!("distinct {}", self.some_columns(3).join(", ")),
            22 => self.make_series(),
            23 => self.parse(),
            24 => self.window(),
            25 => {
                let (inner, found) = self.aside(1);
                let (name, ty) = self.of(&found);
                let value = self.scalar(ty);
                format!("where {value} in (({inner} | project {}))", quoted(&name))
            }
            26 => self.apply(),
            _ => self.other(),
        }
    }

    fn project(&mut self) -> String {
        let columns = self.some_columns(4);
        let (added, name) = (self.anything().0, self.name());
        format!("project {}, {name} = {added}", columns.join(", "))
    }

    pub(super) fn some_columns(&mut self, most: usize) -> Vec<String> {
        let mut found: Vec<String> = Vec::new();
        for _ in 0..1 + self.below(most) {
            let column = self.column(|_| true).unwrap_or_else(|| "nothing".to_owned());
            if !found.contains(&column) {
                found.push(column);
            }
        }
        found
    }

    /// A call of an aggregate.
    pub(super) fn aggregate(&mut self) -> String {
        let rows: Vec<_> = aggregates().collect();
        let row = rows[self.below(rows.len())];
        if UNSTEADY.contains(&row.name) || row.name.contains("tdigest") {
            self.comparable = false;
        }
        let depth = self.below(2);
        let (call, _) = self.call(row.name, row.params, row.returns, row.example, depth);
        // Sums of numbers with fractions depend on the order, unless the numbers are tame, as those of columns are.
        if depth > 0 && !["count", "dcount", "min", "max", "hll", "cnt"].contains(&row.name) {
            self.comparable = false;
        }
        // With the largest numbers it depends on the order whether sums and squares get out of range on the way.
        if call.contains("1e308") {
            self.comparable = false;
        }
        // What is left of squares that cancel is chance: the longs of the tables lie at the ends of their type.
        let is_of_longs = || {
            let mut words = call.split(|c: char| !c.is_alphanumeric() && c != '_');
            words.any(|word| self.columns.iter().any(|(name, ty)| name == word && *ty == Type::Long))
        };
        if ["variance", "stdev", "covariance"].iter().any(|squares| row.name.starts_with(squares)) && is_of_longs() {
            self.comparable = false;
        }
        call
    }

    fn summarize(&mut self) -> String {
        let mut calls: Vec<String> = Vec::new();
        for _ in 0..1 + self.below(3) {
            let call = self.aggregate();
            calls.push(if call.starts_with("arg") || call.contains("percentiles") {
                call
            } else {
                format!("{} = {call}", self.name())
            });
        }
        let mut keys = if self.chance(70) { self.some_columns(2) } else { Vec::new() };
        if self.chance(30) {
            let (key, name) = (self.anything().0, self.name());
            keys.push(format!("{name} = {key}"));
        }
        let by = if keys.is_empty() { String::new() } else { format!(" by {}", keys.join(", ")) };
        format!("summarize {}{by}", calls.join(", "))
    }

    /// All columns as sort keys, so that rows that compare equal are equal.
    fn keys(&mut self) -> String {
        let columns = self.columns.clone();
        // Of several columns of one name only the first one can be told.
        let names: BTreeSet<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
        if names.len() < columns.len() {
            self.comparable = false;
        }
        let mut keys: Vec<String> = Vec::new();
        for (name, ty) in &columns {
            let column = quoted(name);
            // Values of different types may have the same text, as `""` and null do.
            let key = match ty {
                Type::Dynamic => format!("gettype({column}), tostring({column})"),
                _ => column,
            };
            keys.push(format!("{key} {}", self.of(&["asc", "desc", "asc nulls last", "desc nulls first"])));
        }
        let middle = self.below(keys.len());
        keys.rotate_left(middle);
        keys.join(", ")
    }

    pub(super) fn sort(&mut self) -> String {
        format!("sort by {}", self.keys())
    }

    fn window(&mut self) -> String {
        let rows: Vec<_> = functions::window::FUNCTIONS.iter().collect();
        let row = rows[self.below(rows.len())];
        let depth = self.below(2);
        let (call, _) = self.call(row.name, row.params, row.returns, row.example, depth);
        format!("{}\n| extend {} = {call}", self.sort(), self.name())
    }

    fn join(&mut self) -> String {
        let steps = self.below(2);
        let (right, found) = self.aside(steps);
        let mut pairs = Vec::new();
        for (name, ty) in &self.columns {
            for (other, _) in found.iter().filter(|(_, t)| t == ty && *ty != Type::Dynamic) {
                pairs.push(format!("$left.{} == $right.{}", quoted(name), quoted(other)));
            }
        }
        if pairs.is_empty() {
            pairs.push("nothing".to_owned());
        }
        let on = self.of(&pairs);
        if self.chance(20) {
            return format!("lookup kind={} ({right}) on {on}", self.of(&["leftouter", "inner"]));
        }
        let kind = self.of(JOINS);
        if kind == "innerunique" {
            self.comparable = false;
        }
        format!("join kind={kind} ({right}) on {on}")
    }

    fn union(&mut self) -> String {
        let steps = self.below(2);
        let (other, _) = self.aside(steps);
        let kind = self.of(&["", "kind=inner ", "withsource=w "]);
        format!("union {kind}({other})")
    }

    fn mv_expand(&mut self) -> String {
        let column = self.column(|ty| ty == Type::Dynamic).unwrap_or_else(|| self.scalar(Type::Dynamic));
        let name = self.name();
        let ty = self.of(&["", " to typeof(long)", " to typeof(string)", " to typeof(real)", " to typeof(datetime)"]);
        let with = self.of(&["", "with_itemindex=at ", "bagexpansion=array ", "kind=array "]);
        let limit = self.of(&["", " limit 2"]);
        if self.chance(50) {
            format!("mv-expand {with}{column}{ty}{limit}")
        } else {
            format!("mv-expand {with}{name} = {}{ty}{limit}", self.scalar(Type::Dynamic))
        }
    }

    fn apply(&mut self) -> String {
        let column = self.column(|ty| ty == Type::Dynamic).unwrap_or_else(|| self.constant(Type::Dynamic));
        let name = self.name();
        let inner = match self.below(3) {
            0 => format!("summarize {} = {}", self.name(), self.aggregate()),
            1 => format!("where {}", self.scalar(Type::Bool)),
            _ => format!("extend {} = {}", self.name(), self.anything().0),
        };
        format!("mv-apply {name} = {column} to typeof({}) on ({inner})", self.of(&["long", "string", "dynamic"]))
    }

    fn make_series(&mut self) -> String {
        let (call, by) = (self.aggregate(), self.some_columns(1));
        let default = self.of(&["", " default = 0", " default = 1.5", " default = long(null)"]);
        let by = if self.chance(50) { format!(" by {}", by.join(", ")) } else { String::new() };
        let name = self.name();
        if self.chance(60) {
            let on = self.column(|ty| ty == Type::DateTime).unwrap_or_else(|| "nothing".to_owned());
            let range =
                self.of(&["", " from datetime(2026-02-28) to datetime(2026-03-04)", " to datetime(2026-03-09)"]);
            let step = self.of(&["1d", "7h", "30d"]);
            return format!("make-series {name} = {call}{default} on {on}{range} step {step}{by}");
        }
        let on = self.column(Type::is_numeric).unwrap_or_else(|| "nothing".to_owned());
        format!("make-series {name} = {call}{default} on {on} from -10 to 20 step {}{by}", self.of(&["1", "3", "0.5"]))
    }

    fn parse(&mut self) -> String {
        let text = self.scalar(Type::String);
        let op = self.of(&["parse", "parse-where", "parse kind=regex", "parse kind=relaxed"]);
        let pattern = self.of(&[
            "* 'a' f1: long",
            "f1 ' ' f2",
            "'x' f1: string ',' f2: real",
            "* '.' f1: int '.' *",
            "f1: datetime",
            "f1 '-' f2: long '-' f3: timespan",
        ]);
        format!("{op} {text} with {pattern}")
    }

    fn other(&mut self) -> String {
        let (name, column) = (self.name(), self.column(|_| true).unwrap_or_else(|| "nothing".to_owned()));
        match self.below(14) {
            0 => "count".to_owned(),
            1 => format!("project-away {column}"),
            2 => format!("project-rename {name} = {column}"),
            3 => format!("project-reorder {column}, * asc"),
            4 => "getschema".to_owned(),
            5 => format!(
                "parse-kv {} as (a: long, b: string) with (pair_delimiter=';', kv_delimiter='=')",
                self.scalar(Type::String)
            ),
            6 => {
                self.comparable = false;
                format!("top-nested 2 of {column} by {name} = {}", self.aggregate())
            }
            7 => {
                self.comparable = false;
                format!("sample {}", self.below(5))
            }
            8 => {
                self.comparable = false;
                format!("sample-distinct {} of {column}", self.below(5))
            }
            9 => format!("partition by {column} (where {})", self.scalar(Type::Bool)),
            10 => {
                let (inner, found) = self.aside(1);
                let (single, _) = self.of(&found);
                format!("extend {name} = toscalar({inner} | summarize max({}))", quoted(&single))
            }
            11 => {
                self.comparable = false;
                "evaluate narrow()".to_owned()
            }
            12 => format!(
                "extend {name} = bag_pack_columns({}), {} = pack_all()",
                self.some_columns(3).join(", "),
                self.name()
            ),
            _ => {
                self.comparable = false;
                format!("top-hitters 3 of {column}")
            }
        }
    }
}

/// The columns of a query; nothing when it is wrong.
fn columns(text: &str, catalog: &dyn Catalog) -> Option<Vec<(String, Type)>> {
    let parsed = parse(text);
    if parsed.diagnostics.iter().any(Diagnostic::is_error) {
        return None;
    }
    let options = Options { now: NOW, ..Options::default() };
    let bound = bind::bind(&parsed.query, catalog, &options);
    if bound.diagnostics.iter().any(Diagnostic::is_error) {
        return None;
    }
    let columns = bound.results.first()?.rel.columns();
    // Without columns there is nothing to go on with.
    if columns.is_empty() {
        return None;
    }
    Some(columns.into_iter().map(|column| (column.name, column.ty)).collect())
}

/// A name as queries write it.
pub(super) fn quoted(name: &str) -> String {
    let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') && !name.is_empty();
    if plain { name.to_owned() } else { format!("['{name}']") }
}
