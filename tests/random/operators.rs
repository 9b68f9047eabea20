//! Random steps beyond the everyday ones: state machines, plugins, series, several results, and what `let` declares.

use calypso::functions::{self, Function};
use calypso::types::Type;

use super::query::Builder;

/// Calls of plugins, with places for columns: `@id`, `@time`, `@num`, `@text`, `@bag`, `@all` (a column of any type) and
/// `@cond`, a condition. Those that start with `!` answer differently when rows come in another order.
const PLUGINS: &[&str] = &[
    "active_users_count(@id, @time, datetime(2026-02-28), datetime(2026-03-08), 2d, 1d, 1, 1d)",
    "active_users_count(@id, @time, datetime(2026-02-28), datetime(2026-03-08), 2d, 1d, 1, 1d, @id)",
    "activity_counts_metrics(@id, @time, datetime(2026-02-28), datetime(2026-03-08), 1d)",
    "activity_counts_metrics(@id, @time, datetime(2026-02-28), datetime(2026-03-08), 7h, @id)",
    "activity_engagement(@id, @time, 1d, 3d)",
    "activity_engagement(@id, @time, datetime(2026-02-28), datetime(2026-03-08), 1d, 3d, @id)",
    "activity_metrics(@id, @time, 1d)",
    "activity_metrics(@id, @time, datetime(2026-02-28), datetime(2026-03-08), 2d, @id)",
    "!autocluster()",
    "!autocluster(0.5, '~', 0.1)",
    "!basket(0.1)",
    "!basket(0.2, '~', 3)",
    "bag_unpack(@bag): (a: long, b: string)",
    "bag_unpack(@bag, 'p_'): (p_a: dynamic, p_b: dynamic)",
    "bag_unpack(@bag, columnsConflict='replace_source'): (a: long, *)",
    "!diffpatterns(@id, 'a', 'b')",
    "!diffpatterns_text(@text, @cond)",
    "estimate_rows_count()",
    "funnel_sequence_completion(@id, @time, datetime(2026-02-28), datetime(2026-03-08), 1d, @text, dynamic(['a', 'b']), dynamic([1h, 1d]))",
    "identity()",
    "ipv4_lookup((datatable (net: string, w: long) ['10.0.0.0/8', 1, '192.168.0.0/16', 2]), @text, net)",
    "ipv6_lookup((datatable (net: string, w: long) ['fe80::/10', 1, '10.0.0.0/8', 2]), @text, net, return_unmatched = true)",
    "!narrow()",
    "new_activity_metrics(@id, @time, datetime(2026-02-28), datetime(2026-03-08), 2d)",
    "pivot(@text, count(), @id): (k: string, a: long, b: long)",
    "rolling_percentile(@num, 50, @time, 1d, 2)",
    "rolling_percentile(@num, 90, @num, 5, 2, @id)",
    "sequence_detect(@time, 1d, 3d, x = @cond, y = @cond, @id)",
    "session_count(@id, @time, datetime(2026-02-28), datetime(2026-03-08), 1d, 3h)",
    "sliding_window_counts(@id, @time, datetime(2026-02-28), datetime(2026-03-08), 2d, 1d)",
    "sliding_window_counts(@id, @time, datetime(2026-02-28), datetime(2026-03-08), 2d, 1d, @id)",
];

impl Builder<'_> {
    /// A source that is not a plain table.
    pub(super) fn rare_source(&mut self) -> String {
        let word = self.of(&["'a'", "'b'", "'Teams'", "'Group'", "'audio'", "'1.5'", "'a*'", "'*e'"]);
        match self.below(8) {
            0 => format!("search in (T, U) {word}"),
            1 => format!("search kind=case_sensitive in (U, ACSCallSummary) {word} and not(s: 'x')"),
            2 => format!("find in (T, U) where k == {word} or id > {}", self.below(30)),
            3 => format!("find withsource=w in (T, ACSCallSurvey) where * has {word} project id, k, s"),
            4 => "union withsource=w T, U, (range n from 1 to 4 step 1)".to_owned(),
            5 => "union isfuzzy=true kind=outer T, (U | project id, k), NoSuchTable".to_owned(),
            6 => "union kind=inner T, U".to_owned(),
            _ => "T | project id, k, t, r, l, a | join kind=leftouter (U | project id, s) on id".to_owned(),
        }
    }

    /// A step that few queries have.
    pub(super) fn rare(&mut self) -> String {
        match self.below(14) {
            0 | 1 => self.scan(),
            2 | 3 => self.plugin(),
            4..6 => self.series(),
            6 => self.nested_tops(),
            7 => self.parts(),
            8 => self.applied(),
            9 => {
                let (value, name) = (self.scalar(Type::String), self.fresh());
                format!("parse kind=regex flags=Ui {value} with @'.*?(a|x)' {name}: string @'\\W*' {name}n: long")
            }
            10 => {
                let value = self.scalar(Type::String);
                let with = self.of(&[
                    "pair_delimiter=';', kv_delimiter='='",
                    "pair_delimiter=' ', kv_delimiter=':', quote='\"'",
                    "pair_delimiter=',', kv_delimiter='=', greedy=true",
                    "regex=@'(\\w)=(\\w+)'",
                ]);
                format!("parse-kv {value} as (a: string, b: long, c: real) with ({with})")
            }
            11 => format!("as hint.materialized=true A\n| union (A | where {})", self.scalar(Type::Bool)),
            12 => {
                let columns = self.some_columns(3).join(", ");
                let step = self.of(&["distinct *", "project-keep", "serialize", "project-reorder"]);
                match step {
                    "project-keep" | "project-reorder" => format!("{step} {columns}"),
                    "serialize" => format!("{}\n| {step}", self.sort()),
                    _ => step.to_owned(),
                }
            }
            _ => format!("search {}", self.of(&["'a'", "k == 'a'", "s has 'x'", "'a' or 'b'", "* startswith 'T'"])),
        }
    }

    /// What may only come last: several results, or columns that depend on the data.
    pub(super) fn ending(&mut self) -> String {
        match self.below(9) {
            7.. => self.several(),
            0 | 1 => {
                let first = format!("where {}", self.scalar(Type::Bool));
                let (name, value) = (self.fresh(), self.anything().0);
                format!("fork F1 = ({first} | count) (extend {name} = {value} | summarize count() by {name})")
            }
            2 => format!("facet by {} with (count)", self.some_columns(2).join(", ")),
            3 => {
                let bag = self.column(|ty| ty == Type::Dynamic).unwrap_or_else(|| "nothing".to_owned());
                let conflict =
                    self.of(&["", ", 'p_'", ", columnsConflict='keep_source'", ", ignoredProperties=dynamic(['a'])"]);
                format!("evaluate bag_unpack({bag}{conflict})")
            }
            4 => {
                let key =
                    self.column(|ty| ty == Type::String || ty == Type::Bool).unwrap_or_else(|| "nothing".to_owned());
                let (others, call) =
                    (self.some_columns(2).join(", "), self.of(&["count()", "dcount(tostring(pack_all()))"]));
                let key = format!("project Key = {key}, {others}\n| evaluate pivot(Key, {call})");
                if self.chance(50) { key } else { key.replace(", count()", "") }
            }
            5 => {
                self.comparable = false;
                format!("reduce by {} with threshold=0.{}", self.scalar(Type::String), 1 + self.below(9))
            }
            _ => format!(
                "project {}, {}\n| render {}",
                self.fresh_named(),
                self.fresh_named(),
                self.of(&["timechart", "table", "piechart"])
            ),
        }
    }

    fn fresh_named(&mut self) -> String {
        format!("{} = {}", self.fresh(), self.anything().0)
    }

    fn scan(&mut self) -> String {
        let sort = self.sort();
        let (first, second, third) = (self.scalar(Type::Bool), self.scalar(Type::Bool), self.scalar(Type::Long));
        let with = self.of(&["", "with_match_id=m1 "]);
        let column = self.column(|ty| ty != Type::Dynamic).unwrap_or_else(|| "nothing".to_owned());
        let by = if self.chance(40) { format!("partition by {column} ") } else { String::new() };
        let output = self.of(&["", " output=last", " output=none", " output=all"]);
        let declared = "declare (c1: long = 0, c2: string = 'x', c3: dynamic)";
        let steps = match self.below(4) {
            0 => format!("step s1{output}: {first} => c1 = s1.c1 + 1"),
            1 => format!(
                "step s1: {first}; step s2{output}: {second} and s1.c1 < 5 => c1 = s1.c1 + 1, c2 = strcat(s2.c2, 'y')"
            ),
            2 => format!(
                "step s1: {first} => c1 = {third}; step s2 optional: {second}; step s3{output}: s1.{column} != {column}"
            ),
            _ => format!(
                "step s1: true => c1 = iff({first}, coalesce({third}, 0), s1.c1), c3 = array_concat(s1.c3, pack_array(1))"
            ),
        };
        format!("{sort}\n| scan {with}{by}{declared} with ({steps};)")
    }

    fn plugin(&mut self) -> String {
        let template = self.of(PLUGINS);
        if template.starts_with('!') {
            self.comparable = false;
        }
        let mut text = String::new();
        for (at, part) in template.trim_start_matches('!').split('@').enumerate() {
            if at == 0 {
                text.push_str(part);
                continue;
            }
            let length = part.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(part.len());
            let (place, rest) = part.split_at(length);
            let filled = match place {
                "cond" => Some(self.scalar(Type::Bool)),
                "id" => self.column(|ty| !matches!(ty, Type::Dynamic | Type::Real)),
                "time" => self.column(|ty| ty == Type::DateTime),
                "num" => self.column(|ty| matches!(ty, Type::Int | Type::Long | Type::Real)),
                "text" => self.column(|ty| ty == Type::String),
                "bag" => self.column(|ty| ty == Type::Dynamic),
                _ => self.column(|_| true),
            };
            text.push_str(&filled.unwrap_or_else(|| "nothing".to_owned()));
            text.push_str(rest);
        }
        let before =
            if text.starts_with("autocluster") || text.starts_with("basket") || text.starts_with("diffpatterns(") {
                format!("project {}\n| ", self.some_columns(4).join(", "))
            } else {
                String::new()
            };
        format!("{before}evaluate {text}")
    }

    /// Functions of series and arrays over a column that holds them.
    fn series(&mut self) -> String {
        let rows: Vec<&Function> = functions::functions()
            .filter(|row| {
                ["series_", "array_", "set_", "bag_", "zip", "jaccard"].iter().any(|start| row.name.starts_with(start))
            })
            .collect();
        let row = rows[self.below(rows.len())];
        let (call, _) = self.call(row.name, row.params, row.returns, row.example, 0);
        format!("extend {} = {call}", self.fresh())
    }

    fn nested_tops(&mut self) -> String {
        self.comparable = false;
        let mut levels = Vec::new();
        for _ in 0..1 + self.below(3) {
            let column = self.column(|ty| ty != Type::Dynamic).unwrap_or_else(|| "nothing".to_owned());
            let others = self.of(&["", " with others = '*'"]);
            let others = if others.is_empty() { "" } else { " with others = 'rest'" };
            let by = self.of(&["count()", "dcount(1)", "max(1)", "count() asc"]);
            let count = self.of(&["", "1 ", "3 "]);
            levels.push(format!("top-nested {count}of {column}{others} by {} = {by}", self.fresh()));
        }
        levels.join(", ")
    }

    fn parts(&mut self) -> String {
        let column = self.column(|ty| ty != Type::Dynamic).unwrap_or_else(|| "nothing".to_owned());
        let sort = self.sort();
        let hint = self.of(&["", "hint.strategy=native ", "hint.strategy=shuffle ", "hint.strategy=legacy "]);
        let inner = match self.below(4) {
            0 => format!("{sort} | take 2"),
            1 => format!("summarize n = count(), m = max({column})"),
            2 => format!("{sort} | extend n = row_number() | where n < 3"),
            _ => format!("where {}", self.scalar(Type::Bool)),
        };
        format!("partition {hint}by {column} ({})", inner.replace('\n', " "))
    }

    fn applied(&mut self) -> String {
        let array = self.column(|ty| ty == Type::Dynamic).unwrap_or_else(|| self.constant(Type::Dynamic));
        let ty = self.of(&["long", "string", "real", "dynamic"]);
        let key = if ty == "dynamic" { "tostring(e)" } else { "e" };
        let with = self.of(&["", "with_itemindex=at "]);
        let limit = self.of(&["", " limit 2"]);
        let inner = match self.below(5) {
            0 => format!("top 2 by {key} asc | summarize x1 = make_list(e)"),
            1 => format!("where isnotnull(e) | summarize x1 = count(), x2 = max({key})"),
            // Of equal items the first one comes first.
            2 => {
                let inner = format!("sort by {key} desc, at asc | extend x1 = row_number() | where x1 == 1");
                return format!("mv-apply with_itemindex=at e = {array} to typeof({ty}){limit} on ({inner})");
            }
            3 => format!("summarize x1 = dcount({key}), x2 = take_any(1) by x3 = {key}"),
            _ => format!("extend x1 = {} | where {}", self.anything().0, self.scalar(Type::Bool)),
        };
        format!("mv-apply {with}e = {array} to typeof({ty}){limit} on ({inner})")
    }

    /// Declarations in front of the query: scalars, functions of scalars, and tables.
    pub(super) fn declare(&mut self) {
        for _ in 0..1 + self.below(3) {
            match self.below(9) {
                5.. => self.statement(),
                0 => {
                    let (value, ty) = self.anything();
                    let name = self.fresh();
                    self.prelude.push_str(&format!("let {name} = {value};\n"));
                    self.scalars.push((name, ty));
                }
                1 => {
                    let name = self.fresh();
                    let value = self.scalar(Type::Long);
                    self.prelude.push_str(&format!(
                        "let {name} = (x: long, y: string = 'a') {{ let z = x + 1; iff(y == 'a', z, {value}) }};\n"
                    ));
                    self.scalars.push((format!("{name}(3)"), Type::Long));
                    self.scalars.push((format!("{name}(1, 'b')"), Type::Long));
                }
                2 => {
                    let (inner, _) = self.aside(1);
                    let name = self.fresh();
                    let wrapped = self.of(&["", "materialize"]);
                    self.prelude.push_str(&format!("let {name} = {wrapped}({inner});\n"));
                    self.tables.push(name);
                }
                3 => {
                    let name = self.fresh();
                    self.prelude.push_str(&format!(
                        "let {name} = (k1: string, n: long = 5) {{ T | where k == k1 | take 100 | where id > n }};\n"
                    ));
                    self.tables.push(format!("{name}('a')"));
                    self.tables.push(format!("{name}('b', 20)"));
                }
                _ => {
                    let name = self.fresh();
                    self.prelude.push_str(&format!(
                        "let {name} = (R: (id: long, k: string), n: long) {{ R | extend j2 = id + n, k2 = strcat(k, '!') }};\n"
                    ));
                    self.tables.push(format!("{name}(T, 1)"));
                    self.tables.push(format!("(U | invoke {name}(2))"));
                }
            }
        }
    }
}
