//! Random statements in front of a query, and forms of operators that the other files leave out.

use calypso::types::Type;

use super::query::{Builder, quoted};

/// All kinds of joins, also by their other names.
pub(super) const JOINS: &[&str] = &[
    "inner",
    "leftouter",
    "rightouter",
    "fullouter",
    "leftsemi",
    "rightsemi",
    "leftanti",
    "rightanti",
    "anti",
    "leftantisemi",
    "rightantisemi",
    "innerunique",
];

/// Aggregates that may answer differently when rows come in another order.
pub(super) const UNSTEADY: &[&str] = &[
    "any",
    "anyif",
    "arg_max",
    "arg_min",
    "argmax",
    "argmin",
    "buildschema",
    "make_bag",
    "make_bag_if",
    "make_dictionary",
    "make_list",
    "make_list_if",
    "make_list_with_nulls",
    "make_set",
    "make_set_if",
    "take_any",
    "take_anyif",
    "tdigest",
    "tdigest_merge",
];

impl Builder<'_> {
    /// A statement in front, and the tables and scalars that it allows.
    pub(super) fn statement(&mut self) {
        let name = self.fresh();
        match self.below(10) {
            0 => {
                let (ty, value) = (Type::Long, self.constant(Type::Long));
                self.prelude.push_str(&format!("declare query_parameters({name}: long = {value});\n"));
                self.scalars.push((name, ty));
            }
            1 => {
                self.prelude.push_str(&format!(
                    "declare pattern {name} = (x: string)[y: string] {{ ('a').['b'] = {{ T | where k == 'a' }}; ('c').['d'] = {{ U }}; }};\n"
                ));
                self.tables.push(format!("{name}('a').b"));
                self.tables.push(format!("(union {name}('a').b, {name}('c').d)"));
            }
            2 => {
                self.prelude.push_str(&format!("alias database {name} = database('local');\n"));
                self.tables.push(format!("database('{name}').T"));
                self.tables.push("database().U".to_owned());
            }
            3 => {
                let option = self.of(&[
                    "query_now = datetime(2026-03-02 12:00)",
                    "notruncation",
                    "truncationmaxrecords = 2000",
                    "servertimeout = 1h",
                    "best_effort",
                ]);
                self.prelude.push_str(&format!("set {option};\n"));
            }
            4 => {
                self.prelude.push_str(&format!("let {name} = view () {{ T | project id, k, s, t, o }};\n"));
                self.tables.push(name.clone());
                self.tables.push(format!("(union withsource=w {name}, U)"));
            }
            5 => {
                self.prelude.push_str(&format!("let {name} = entity_group [T, U];\n"));
                self.tables.push(format!("(macro-expand {name} as X (X | where id > 7 | project id, k, l))"));
            }
            6 => {
                let ty = self.of(&["long", "string", "real", "dynamic", "datetime", "timespan"]);
                let ending = self.of(&["x", "tostring(x)", "isnull(x)", "pack_array(x, x)"]);
                self.prelude.push_str(&format!("let {name} = (x: {ty}) {{ let y = {ending}; y }};\n"));
                for (written, found) in TYPED {
                    if *written == ty && ending == "x" {
                        let value = self.constant(*found);
                        self.scalars.push((format!("{name}({value})"), *found));
                    }
                }
            }
            7 => {
                let (inner, found) = self.aside(1);
                let (single, _) = self.of(&found);
                let single = quoted(&single);
                self.prelude.push_str(&format!("let {name} = toscalar({inner} | summarize count());\n"));
                self.prelude.push_str(&format!("let {name}l = {inner} | distinct {single} | project {single};\n"));
                self.scalars.push((name.clone(), Type::Long));
                self.tables.push(format!("{name}l"));
            }
            8 => {
                let rows: Vec<String> = (0..3)
                    .map(|_| {
                        [Type::Long, Type::String, Type::DateTime, Type::Real].map(|ty| self.constant(ty)).join(", ")
                    })
                    .collect();
                let rows = rows.join(", ");
                self.prelude.push_str(&format!(
                    "let {name} = datatable (id: long, k: string, t: datetime, r: real) [{rows}];\n"
                ));
                self.tables.push(name);
            }
            _ => {
                self.prelude.push_str(&format!(
                    "let {name} = (R: (*), n: long) {{ R | extend c0 = n, c1 = 1 | project-away c1 }};\n"
                ));
                self.tables.push(format!("{name}(T, 3)"));
                self.tables.push(format!("(U | invoke {name}(-1))"));
            }
        }
    }

    /// A source in a form that few queries have.
    pub(super) fn further_source(&mut self) -> String {
        let number = self.below(9);
        match self.below(10) {
            0 => {
                "macro-expand isfuzzy=true entity_group [T, U] as X (X | where k != 'a' | project id, k, s)".to_owned()
            }
            1 => "union kind=outer withsource=w T, (U | project-rename k2 = k), ACSCallSurvey".to_owned(),
            2 => "union ACSCallS*".to_owned(),
            3 => format!("range n from datetime(2026-03-01) to datetime(2026-03-03) step {}h", 1 + number),
            4 => format!("range n from 0s to 2d step {}h", 1 + number),
            5 => format!("range n from 1.5 to {number} step 0.75"),
            6 => format!("range n from 10 to -10 step -{}", 1 + number),
            7 => ".show tables".to_owned(),
            8 => {
                let texts: Vec<String> = TYPED.iter().map(|(_, ty)| self.scalar(*ty)).collect();
                format!("print {}", texts.join(", "))
            }
            _ => {
                let kinds = "b: bool, i: int, m: decimal, g: guid, d: timespan";
                let rows: Vec<String> = (0..5)
                    .map(|_| {
                        [Type::Bool, Type::Int, Type::Decimal, Type::Guid, Type::TimeSpan]
                            .map(|ty| self.constant(ty))
                            .join(", ")
                    })
                    .collect();
                format!("datatable ({kinds}) [{}]", rows.join(", "))
            }
        }
    }

    /// A step in a form that few queries have.
    pub(super) fn further(&mut self) -> String {
        match self.below(20) {
            0 => self.assertion(),
            1 => {
                let columns = self.some_columns(3).join("', '").replace(['[', ']', '\''], "");
                format!("project-by-names dynamic(['{}'])", columns.replace(", ", "', '"))
            }
            2 | 3 => self.expanded(),
            4 | 5 => self.compound(),
            6 => self.sketched(),
            7 | 8 => self.axis(),
            9 | 10 => self.joined(),
            11 => self.united(),
            12 => self.neighbours(),
            13 => self.listed(),
            14 => self.parsed(),
            15 => self.split(),
            16 => self.binned(),
            17 => {
                let (first, second) = (self.anything().0, self.scalar(Type::Bool));
                format!("extend {n} = {first}\n| where {second} or isnull({n})\n| project-away {n}", n = self.fresh())
            }
            18 => {
                let (value, name) = (self.scalar(Type::String), self.fresh());
                format!(
                    "parse-kv {value} as ({name}: string, b: real) with (pair_delimiter=';', kv_delimiter='=', escape='\\\\')"
                )
            }
            _ => {
                let (inner, _) = self.aside(1);
                format!("extend {} = toscalar({inner} | count)", self.fresh())
            }
        }
    }

    fn assertion(&mut self) -> String {
        let columns = self.known_columns();
        let all: Vec<String> = columns.iter().map(|(name, ty)| format!("{}: {}", quoted(name), ty.name())).collect();
        format!("assert-schema ({})", all.join(", "))
    }

    fn dynamic(&mut self) -> String {
        self.column(|ty| ty == Type::Dynamic).unwrap_or_else(|| self.constant(Type::Dynamic))
    }

    fn expanded(&mut self) -> String {
        let (first, second) = (self.dynamic(), self.scalar(Type::Dynamic));
        let (one, two) = (self.fresh(), self.fresh());
        let to = self.of(&["", " to typeof(string)", " to typeof(long)", " to typeof(timespan)", " to typeof(guid)"]);
        let with = self.of(&["", "bagexpansion=bag ", "bagexpansion=array ", "kind=bag ", "with_itemindex=at "]);
        if self.chance(60) {
            return format!("mv-expand {with}{one} = {first}{to}, {two} = {second} limit {}", 1 + self.below(4));
        }
        let inner = self.of(&[
            "where isnotnull(@E) | summarize f = count()",
            "extend z = strcat(@E, '-', @F) | project z",
            "summarize f = array_sort_asc(make_set(@E)), g = make_list(@F)",
            "mv-expand @E | count",
            "serialize n = row_number() | where n == 2",
            "top 1 by tostring(@F) asc, tostring(@E) desc",
        ]);
        let inner = filled(inner, &[("E", &one), ("F", &two)]);
        format!("mv-apply {one} = {first}{to}, {two} = {second} on ({inner})")
    }

    /// Aggregates inside of calculations, also two of them.
    fn compound(&mut self) -> String {
        let (first, second) = (self.aggregate(), self.aggregate());
        let (one, two) = (self.fresh(), self.fresh());
        let keys = self.some_columns(2).join(", ");
        let call = self.of(&[
            "tostring(@A)",
            "strcat(@A, '/', @B)",
            "pack_array(@A, @B)",
            "iff(isnull(@A), 1, 2)",
            "hash(@A)",
        ]);
        let call = filled(call, &[("A", &first), ("B", &second)]);
        let by = filled(self.of(&["", " by @K"]), &[("K", &keys)]);
        format!("summarize {one} = {call}, {two} = count(){by}")
    }

    /// Summaries of summaries.
    fn sketched(&mut self) -> String {
        let (key, value) = (self.some_columns(1).join(""), self.some_columns(1).join(""));
        let merge = self.of(&[
            "summarize h = hll(@V), n = count() by @K | summarize m = dcount_hll(hll_merge(h)), s = sum(n)",
            "summarize h = tdigest(@V) by @K | summarize m = count_distinct(@K), p = percentile_tdigest(tdigest_merge(h), 0)",
            "summarize s = make_set(@V) by @K | summarize n = sum(array_length(s)), m = count()",
            "summarize a = hll(@V), b = hll(@K) | evaluate dcount_intersect(a, b)",
            "summarize n = dcount(@V), x = countif(isnotempty(@V)) by @K | summarize sum(n), max(x)",
            "summarize l = make_list(@V) by @K | project n = array_length(l), @K",
            "as S | where @V in ((S | summarize by @V)) | summarize n = count() by @K",
        ]);
        filled(merge, &[("K", &key), ("V", &value)])
    }

    fn axis(&mut self) -> String {
        let (first, second) = (self.aggregate(), self.aggregate());
        let (one, two) = (self.fresh(), self.fresh());
        let kind = self.of(&["", "kind=nonempty "]);
        let by = if self.chance(60) { format!(" by {}", self.some_columns(2).join(", ")) } else { String::new() };
        let fill = self.of(&["", " default = -1", " default = real(nan)", " default = '-'"]);
        let (column, range) = match self.below(3) {
            0 => {
                let range = self.of(&[
                    " in range(datetime(2026-03-01), datetime(2026-03-03), 6h)",
                    " from datetime(2026-03-01) to datetime(2026-03-04) step 1d",
                    " from datetime(2026-03-02) step 1h",
                    " step 12h",
                ]);
                (self.column(|ty| ty == Type::DateTime), range)
            }
            1 => {
                let range = self.of(&[" in range(-10m, 2d, 1h)", " from 0s to 3d step 1d", " from -1d to 1d step 7h"]);
                (self.column(|ty| ty == Type::TimeSpan), range)
            }
            _ => {
                let range = self.of(&[" in range(-3, 40, 7)", " from 0 to 10 step 2", " from 1 to 30 step 1"]);
                (self.column(|ty| matches!(ty, Type::Int | Type::Long)), range)
            }
        };
        let column = column.unwrap_or_else(|| "nothing".to_owned());
        format!("make-series {kind}{one} = {first}{fill}, {two} = {second} on {column}{range}{by}")
    }

    /// Joins by several columns, with a condition written in one of several ways, and with hints.
    fn joined(&mut self) -> String {
        let steps = self.below(3);
        let (right, found) = self.aside(steps);
        let mut pairs: Vec<String> = Vec::new();
        let mut same: Vec<String> = Vec::new();
        for (name, ty) in self.known_columns().iter().filter(|(_, ty)| *ty != Type::Dynamic) {
            for (other, _) in found.iter().filter(|(_, t)| t == ty) {
                let (name, other) = (quoted(name), quoted(other));
                if name == other {
                    same.push(name.clone());
                }
                pairs.push(match self.below(2) {
                    0 => format!("$left.{name} == $right.{other}"),
                    _ => format!("$right.{other} == $left.{name}"),
                });
            }
        }
        let pairs = if same.is_empty() || self.chance(40) { pairs } else { same };
        if pairs.is_empty() {
            return "count".to_owned();
        }
        let wanted = 1 + self.below(2);
        let mut on: Vec<String> = (0..wanted).map(|_| self.of(&pairs)).collect();
        on.dedup();
        let on = on.join(self.of(&[", ", " and "]));
        let kind = self.of(JOINS);
        if kind == "innerunique" {
            self.comparable = false;
        }
        let hint = self.of(&["", " hint.strategy=broadcast", " hint.strategy=shuffle", " hint.remote=auto"]);
        match self.below(6) {
            0 => format!("lookup ({right}) on {}", on.replace(" and ", ", ")),
            1 => {
                let name = self.of(&self.known_columns()).0;
                format!("as J1\n| join kind={kind}{hint} (J1 | where {}) on {}", self.scalar(Type::Bool), quoted(&name))
            }
            _ => format!("join{hint} kind={kind} ({right}) on {on}"),
        }
    }

    fn united(&mut self) -> String {
        let (first, second) = (self.aside(1).0, self.aside(0).0);
        let options =
            self.of(&["", "kind=outer ", "kind=inner ", "withsource=w ", "isfuzzy=true ", "hint.concurrency=2 "]);
        format!("union {options}({first}), ({second}){}", self.of(&["", ", T", ", U*"]))
    }

    /// Several functions of neighbours, in one step or one behind the other, and rows near others.
    fn neighbours(&mut self) -> String {
        let sort = self.sort();
        let (name, condition) = (self.fresh(), self.scalar(Type::Bool));
        let column = self.column(|_| true).unwrap_or_else(|| "nothing".to_owned());
        let step = self.of(&[
            "extend @N = row_number(1, @C), @M = prev(@V, 2), @L = next(@V)",
            "serialize @N = row_number() | where @C | extend @M = prev(@N), @L = row_cumsum(1, @N % 3 == 0)",
            "extend @N = row_cumsum(1) | extend @M = row_cumsum(@N, @C) | where @M > 2",
            "evaluate rows_near(@C, 1)",
            "evaluate rows_near(@C, 2, 0) | count",
            "extend @N = row_rank_dense(@V), @M = row_rank_min(@V, @C)",
            "where @C | serialize | extend @N = iff(prev(@V) == @V, 'same', 'other') | summarize count() by @N",
            "extend @N = prev(prev(@V)), @M = next(@V, 40), @L = prev(@V, 1, @V)",
        ]);
        let (other, third) = (format!("{name}m"), format!("{name}l"));
        let places = [("N", &*name), ("M", &other), ("L", &third), ("V", &column), ("C", &condition)];
        format!("{sort}\n| {}", filled(step, &places))
    }

    /// Membership in lists that come from tables or `dynamic` values.
    fn listed(&mut self) -> String {
        let column = self.column(|ty| ty == Type::String).unwrap_or_else(|| self.constant(Type::String));
        let list =
            self.of(&["dynamic(['a', 'b'])", "(U | project k)", "(T | summarize make_set(k))", "(T | distinct s)"]);
        let op = self.of(&["in", "!in", "in~", "!in~", "has_any", "has_all"]);
        let other = self.scalar(Type::Bool);
        format!("where {column} {op} ({list}) {} {other}", self.of(&["and", "or"]))
    }

    fn parsed(&mut self) -> String {
        let (value, name) = (self.scalar(Type::String), self.fresh());
        let form = self.of(&[
            "parse @V with @N: long ';' *",
            "parse kind=simple @V with * '=' @N ';' @M '=' @L",
            "parse-where kind=regex @V with @N: string @'[^a-z]+' @M: real",
            "parse-where kind=relaxed @V with @N: guid '-' *",
            "parse kind=regex flags=i @V with @'(?P<x>A)' @N: string @'$'",
            "parse kind=relaxed @V with @N: decimal ',' @M: bool",
            "parse @V with '{' * ':' @N: long '}'",
            "parse-where @V with * 'a' @N: timespan *",
        ]);
        let (other, third) = (format!("{name}m"), format!("{name}l"));
        filled(form, &[("N", &*name), ("M", &other), ("L", &third), ("V", &value)])
    }

    /// Partitions with larger bodies.
    fn split(&mut self) -> String {
        let column = self.column(|ty| matches!(ty, Type::String | Type::Long)).unwrap_or_else(|| "nothing".to_owned());
        let sort = self.sort();
        let hint = self.of(&["", "hint.strategy=native ", "hint.strategy=shuffle ", "hint.strategy=legacy "]);
        let (value, name) = (self.anything().0, self.fresh());
        let inner = match self.below(5) {
            0 => format!("{sort} | take 1 | project {name} = {value}"),
            1 => format!("{sort} | scan with (step x: true;) | count"),
            2 => format!("summarize {name} = {} by {column}", self.aggregate()),
            3 => format!("join kind=inner (U) on $left.{column} == $right.{column} | count"),
            _ => format!("distinct {column} | union (print {name} = 1)"),
        };
        format!("partition {hint}by {column} ({})", inner.replace('\n', " "))
    }

    /// Groups of bins.
    fn binned(&mut self) -> String {
        let aggregate = self.aggregate();
        let key = match self.below(3) {
            0 => self.column(|ty| ty == Type::DateTime).map(|column| (column, self.of(&["1h", "1d", "7d", "13tick"]))),
            1 => self.column(|ty| ty == Type::TimeSpan).map(|column| (column, self.of(&["1h", "-1h", "1d"]))),
            _ => self.column(Type::is_numeric).map(|column| (column, self.of(&["1", "10", "0.5", "-3"]))),
        };
        let (column, size) = key.unwrap_or_else(|| ("nothing".to_owned(), "1"));
        let call = self.of(&["bin", "floor"]);
        format!("summarize {} = {aggregate} by {call}({column}, {size})", self.fresh())
    }

    /// What gives several results: statements one behind the other, and plugins that do.
    pub(super) fn several(&mut self) -> String {
        let (condition, name) = (self.scalar(Type::Bool), self.fresh());
        let other = self.aside(2).0;
        let column = self.column(|_| true).unwrap_or_else(|| "nothing".to_owned());
        let id = self.column(|ty| matches!(ty, Type::String | Type::Long)).unwrap_or_else(|| "nothing".to_owned());
        let time = self.column(|ty| ty == Type::DateTime).unwrap_or_else(|| "nothing".to_owned());
        match self.below(6) {
            0 => format!("where {condition};\n{other}"),
            1 => format!("as {name};\n{name} | where {condition} | count;\n{other}"),
            2 => {
                self.comparable = false;
                "evaluate preview(3)".to_owned()
            }
            3 => format!(
                "evaluate funnel_sequence({id}, {time}, datetime(2026-02-28), datetime(2026-03-08), 1d, 1d, {id}, dynamic(['a', 'b']))"
            ),
            4 => format!(
                "fork (where {condition} | summarize n = count() by {column}) A1 = (distinct {column}) B1 = (getschema)"
            ),
            _ => self.of(&["consume", "consume decodeblocks=true", "getschema | evaluate schema_merge()"]).to_owned(),
        }
    }
}

/// Types as declarations name them.
const TYPED: &[(&str, Type)] = &[
    ("long", Type::Long),
    ("string", Type::String),
    ("real", Type::Real),
    ("dynamic", Type::Dynamic),
    ("datetime", Type::DateTime),
    ("timespan", Type::TimeSpan),
];

/// A template whose places (`@A`) have been filled.
pub(super) fn filled(template: &str, places: &[(&str, &str)]) -> String {
    let mut parts = template.split('@');
    let mut text = parts.next().unwrap_or("").to_owned();
    for part in parts {
        match places.iter().find_map(|(name, value)| Some((value, part.strip_prefix(name)?))) {
            Some((value, rest)) => text.extend([*value, rest]),
            None => text.extend(["@", part]),
        }
    }
    text
}
