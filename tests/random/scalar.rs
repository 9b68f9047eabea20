//! Random scalars: constants of all types with the odd ones among them, columns, operators, and calls as the function
//! rows describe them.

use calypso::functions::{self, Function, Param, Returns, Takes};
use calypso::types::Type;

use super::forms::filled;
use super::query::Builder;

/// How deep calls nest.
const DEPTH: usize = 2;

/// The types of arguments that may be anything.
const TYPES: &[Type] = &[
    Type::Long,
    Type::String,
    Type::Dynamic,
    Type::Real,
    Type::Bool,
    Type::Int,
    Type::DateTime,
    Type::TimeSpan,
    Type::Decimal,
    Type::Guid,
];
const NUMBERS: &[Type] = &[Type::Int, Type::Long, Type::Real, Type::Decimal];
const SUMMABLE: &[Type] = &[Type::Int, Type::Long, Type::Real, Type::Decimal, Type::DateTime, Type::TimeSpan];
const ORDERED: &[Type] =
    &[Type::Long, Type::String, Type::Real, Type::DateTime, Type::TimeSpan, Type::Int, Type::Decimal, Type::Bool];

/// Functions that answer differently each time.
const VOLATILE: &[&str] = &["rand", "new_guid"];

impl Builder<'_> {
    /// A scalar of a type.
    pub(super) fn scalar(&mut self, ty: Type) -> String {
        self.nested(ty, DEPTH)
    }

    /// A scalar of any type.
    pub(super) fn anything(&mut self) -> (String, Type) {
        let ty = self.of(TYPES);
        (self.scalar(ty), ty)
    }

    fn nested(&mut self, ty: Type, depth: usize) -> String {
        let leaf = depth == 0 || self.chance(30);
        if leaf
            && self.chance(75)
            && let Some(column) = self.column(|t| t == ty)
        {
            return column;
        }
        if leaf {
            return self.constant(ty);
        }
        if self.chance(35) {
            return self.operator(ty, depth - 1);
        }
        let rows: Vec<&Function> = functions::functions().collect();
        let row = rows[self.below(rows.len())];
        // Half of the calls are of functions that give the type wanted; the others are converted.
        let fitting: Vec<&Function> =
            rows.iter().copied().filter(|row| matches!(row.returns, Returns::Type(t) if t == ty)).collect();
        let row = if fitting.is_empty() || self.chance(40) { row } else { fitting[self.below(fitting.len())] };
        let (call, found) = self.call(row.name, row.params, row.returns, row.example, depth - 1);
        self.converted(call, found, ty)
    }

    fn converted(&mut self, text: String, found: Option<Type>, wanted: Type) -> String {
        match (found, wanted) {
            (Some(found), _) if found == wanted => text,
            (_, Type::Real) => format!("todouble({text})"),
            (_, Type::Dynamic) => format!("pack_array({text})"),
            _ => format!("to{}({text})", wanted.name()),
        }
    }

    /// A call with arguments that fit, and its type where the row tells it.
    pub(super) fn call(
        &mut self,
        name: &str,
        params: &[Param],
        returns: Returns,
        example: &str,
        depth: usize,
    ) -> (String, Option<Type>) {
        if VOLATILE.contains(&name) {
            self.comparable = false;
        }
        let (least, most) = functions::argument_counts(params);
        let count = least + self.below(most.map_or(3, |most| most - least + 1));
        let common = self.of(TYPES);
        let mut args = Vec::new();
        let mut types = Vec::new();
        for at in 0..count {
            let Some(param) = functions::parameter(params, at, count) else { break };
            let (text, ty) = self.argument(param.takes, common, example, depth);
            args.push(text);
            types.push(ty);
        }
        let found = match returns {
            Returns::Type(ty) => Some(ty),
            Returns::Same(at) => types.get(at).copied(),
            Returns::Common => Some(common),
            Returns::From(_) | Returns::Columns(_) => None,
        };
        let mut args = args.join(", ");
        if name == "repeat" {
            // As many items as there may be take all memory when each row has them, in batches of two rows.
            args = args.replace("9223372036854775807", "1000").replace("2147483647", "1000");
        }
        (format!("{name}({args})"), found)
    }

    fn argument(&mut self, takes: Takes, common: Type, example: &str, depth: usize) -> (String, Type) {
        let ty = match takes {
            Takes::Exact(_) | Takes::Number if self.chance(5) => Type::Dynamic,
            Takes::Exact(ty) | Takes::Constant(ty) => ty,
            Takes::Any | Takes::AnyConstant | Takes::Text | Takes::NotDynamic => self.of(TYPES),
            Takes::Number => self.of(NUMBERS),
            Takes::Integer => self.of(&[Type::Int, Type::Long]),
            Takes::Summable => self.of(SUMMABLE),
            Takes::Orderable => self.of(ORDERED),
            Takes::Common | Takes::Choice => common,
            Takes::Dynamic => Type::Dynamic,
        };
        if matches!(takes, Takes::Constant(_) | Takes::AnyConstant) {
            let words: Vec<&str> = example.split('\'').skip(1).step_by(2).collect();
            if ty == Type::String && !words.is_empty() && self.chance(60) {
                return (format!("'{}'", self.of(&words)), ty);
            }
            return (self.constant(ty), ty);
        }
        (self.nested(ty, depth), ty)
    }

    fn operator(&mut self, ty: Type, depth: usize) -> String {
        let flip = self.chance(50);
        if self.chance(15) {
            return self.odd_operator(ty, depth);
        }
        if self.chance(12)
            && let Some(value) = self.column(|t| t == ty && t != Type::Dynamic)
        {
            return self.guarded(&value, ty, depth);
        }
        let mut arg = |ty: Type| self.nested(ty, depth);
        match ty {
            Type::Bool => self.condition(depth),
            Type::Int | Type::Long | Type::Real | Type::Decimal => {
                let (left, right) = (arg(ty), arg(ty));
                let op = self.of(&["+", "-", "*", "/", "%"]);
                format!("({left} {op} {right})")
            }
            Type::DateTime => {
                let (left, right) = (arg(ty), arg(Type::TimeSpan));
                format!("({left} {} {right})", self.of(&["+", "-"]))
            }
            Type::TimeSpan if flip => {
                format!("({} - {})", arg(Type::DateTime), arg(Type::DateTime))
            }
            Type::TimeSpan => {
                let (left, right) = (arg(ty), arg(ty));
                format!("({left} {} {right})", self.of(&["+", "-"]))
            }
            Type::Dynamic => {
                let bag = arg(Type::Dynamic);
                let index = self.nested(Type::Long, 0);
                self.of(&[format!("{bag}.a"), format!("{bag}[0]"), format!("{bag}[-1]"), format!("{bag}[{index}]")])
            }
            Type::String | Type::Guid | Type::Unknown => format!("iff({}, {}, {})", arg(Type::Bool), arg(ty), arg(ty)),
        }
    }

    /// A column behind a condition that may say something about its values.
    fn guarded(&mut self, value: &str, ty: Type, depth: usize) -> String {
        let (other, constant) = (self.nested(Type::Bool, depth), self.constant(ty));
        let form = self.of(&[
            "iff(@V == @C and @O, @V, @C)",
            "iff(@O and isnotnull(@V), @V, @C)",
            "iff(isnull(@V) or @O, @C, @V)",
            "iff(@O and bool(null), @V, @C)",
            "case(@O, @C, isnotnull(@V), @V, @C)",
            "case(isnull(@V), @C, @V != @C and @O, @V, @C)",
        ]);
        filled(form, &[("V", value), ("C", &constant), ("O", &other)])
    }

    /// Operators that are written in other ways than between two values of the type.
    fn odd_operator(&mut self, ty: Type, depth: usize) -> String {
        let mut arg = |ty: Type| self.nested(ty, depth);
        match ty {
            Type::Bool => format!("not({} {} {})", arg(Type::Bool), "==", arg(Type::Bool)),
            Type::Real => format!("({} / {})", arg(Type::TimeSpan), arg(Type::TimeSpan)),
            Type::Int | Type::Long | Type::Decimal => format!("(-{})", arg(ty)),
            Type::DateTime => format!("bin({}, {})", arg(ty), arg(Type::TimeSpan)),
            Type::TimeSpan => {
                let (value, factor) = (arg(ty), arg(Type::Long));
                let form = self.of(&["(@V * @F)", "(@V / @F)", "(@F * @V)", "(-@V)", "(@V % 1h)"]);
                filled(form, &[("V", &value), ("F", &factor)])
            }
            Type::String => format!("tostring({}['b'].c[{}])", arg(Type::Dynamic), arg(Type::Long)),
            Type::Dynamic => {
                let (first, second) = (arg(Type::Dynamic), arg(Type::String));
                let form =
                    self.of(&["@F[@S]", "parse_json(@S)", "@F['a'][0]", "bag_pack(@S, @F)", "pack_array(@F, @S, 1)"]);
                filled(form, &[("F", &first), ("S", &second)])
            }
            Type::Guid | Type::Unknown => format!("case({}, {}, {})", arg(Type::Bool), arg(ty), arg(ty)),
        }
    }

    fn condition(&mut self, depth: usize) -> String {
        match self.below(7) {
            5 => {
                let (value, list) = (self.nested(Type::String, depth), self.nested(Type::Dynamic, depth));
                format!("({value} {} ({list}))", self.of(&["in", "!in", "in~", "has_any", "has_all"]))
            }
            0 => {
                let ty = self.of(TYPES);
                let (left, right) = (self.nested(ty, depth), self.nested(ty, depth));
                format!("({left} {} {right})", self.of(&["==", "!=", "<", "<=", ">", ">="]))
            }
            1 => {
                let (left, right) = (self.nested(Type::Bool, depth), self.nested(Type::Bool, depth));
                format!("({left} {} {right})", self.of(&["and", "or"]))
            }
            2 => {
                let (left, right) = (self.nested(Type::String, depth), self.nested(Type::String, depth));
                let op = self.of(&[
                    "has",
                    "!has",
                    "contains",
                    "!contains",
                    "contains_cs",
                    "startswith",
                    "startswith_cs",
                    "endswith",
                    "=~",
                    "!~",
                    "has_cs",
                    "hasprefix",
                    "hassuffix",
                    "!endswith_cs",
                ]);
                format!("({left} {op} {right})")
            }
            3 => {
                let ty = self.of(&[Type::String, Type::Long, Type::Guid, Type::DateTime, Type::Real]);
                let (value, first) = (self.nested(ty, depth), self.constant(ty));
                let op = if ty == Type::String {
                    self.of(&["in", "!in", "in~", "!in~", "has_any", "has_all"])
                } else {
                    self.of(&["in", "!in"])
                };
                format!("({value} {op} ({first}, {}))", self.constant(ty))
            }
            4 => {
                let ty = self.of(SUMMABLE);
                let (value, from, to) = (self.nested(ty, depth), self.nested(ty, depth), self.nested(ty, depth));
                format!("({value} {} ({from} .. {to}))", self.of(&["between", "!between"]))
            }
            _ => {
                let text = self.nested(Type::String, depth);
                let pattern = self.of(&["^a", "\\\\d+", "(x|y)", "[A-Z]$", ".", ""]);
                format!("({text} matches regex \"{pattern}\")")
            }
        }
    }

    /// A constant, odd ones among them.
    pub(super) fn constant(&mut self, ty: Type) -> String {
        let declared: Vec<String> =
            self.scalars.iter().filter(|(_, found)| *found == ty).map(|(text, _)| text.clone()).collect();
        if !declared.is_empty() && self.chance(20) {
            return self.of(&declared);
        }
        let all: &[&str] = match ty {
            Type::Bool => &["true", "false", "bool(null)"],
            Type::Int => &["int(0)", "int(1)", "int(-7)", "int(2147483647)", "int(-2147483648)", "int(null)"],
            Type::Long => &[
                "0",
                "1",
                "2",
                "-1",
                "5",
                "42",
                "9223372036854775807",
                "-9223372036854775808",
                "long(null)",
                "0xff",
                "1000",
                "9007199254740993",
            ],
            Type::Real => &[
                "0.0",
                "0.5",
                "-2.25",
                "95.0",
                "1e10",
                "1e308",
                "real(nan)",
                "real(+inf)",
                "real(-inf)",
                "real(null)",
                "-0.0",
                "1e-300",
                "0.1",
                "9007199254740993.0",
            ],
            Type::Decimal => &[
                "decimal(0)",
                "decimal(1.5)",
                "decimal(-3.25)",
                "decimal(9999999999.5)",
                "decimal(null)",
                "decimal(0.0000000001)",
                "decimal(123456789012345678.9)",
            ],
            Type::String | Type::Unknown => &[
                "''",
                "'a'",
                "'B c'",
                "'äöü€𝄞'",
                "'2026-03-01'",
                "'10.0.0.1'",
                "'192.168.0.0/16'",
                "'fe80::1'",
                "'{\"a\":1}'",
                "'[1,2]'",
                "'1.5'",
                "'x,y;z'",
                "'https://u:p@h.com:8080/a?b=c#d'",
                "'a=1;b=two'",
                "'(\\\\w)(\\\\d*)'",
                "'day'",
                "'yyyy-MM-dd'",
                "'1:02:03'",
                "'$.a'",
                "'%'",
                "' '",
                "'.'",
                "'Europe/Berlin'",
                "'\\t\\n\\0'",
                "'<a b=\"1\">x<c/></a>'",
                "'e\u{301}\u{202e}I\u{130}'",
                "'P1DT2H'",
                "'-9223372036854775809'",
                "'74be27de-1e4e-49d9-b579-fe0b331d3642'",
                "'[{\"a\":[1,null,{\"b\":2.5}]},\"x\"]'",
            ],
            Type::DateTime => &[
                "datetime(2026-03-01)",
                "datetime(2026-03-02 12:34:56.789)",
                "datetime(1970-01-01)",
                "datetime(2262-04-11)",
                "datetime(1677-09-22)",
                "datetime(null)",
                "datetime(2024-02-29 23:59:59.9999999)",
                "datetime(2026-03-29 01:30)",
            ],
            Type::TimeSpan => &[
                "0s",
                "1h",
                "1d",
                "-5m",
                "1tick",
                "106751d",
                "-106751d",
                "timespan(null)",
                "1.5s",
                "-1tick",
                "time(00:00:00.1234567)",
            ],
            Type::Guid => &[
                "guid(74be27de-1e4e-49d9-b579-fe0b331d3642)",
                "guid(null)",
                "guid(00000000-0000-0000-0000-000000000000)",
            ],
            Type::Dynamic => &[
                "dynamic(null)",
                "dynamic([])",
                "dynamic([1, 2, 3])",
                "dynamic(['a', 'b'])",
                "dynamic([1.5, null, 'x', true])",
                "dynamic({})",
                "dynamic({'a': 1, 'b': {'c': [1]}})",
                "dynamic([{'a': 1}, {'a': 2}])",
                "dynamic('text')",
                "dynamic(5)",
                "dynamic([[1, 2], [3]])",
                "dynamic([3, 1, 2, 5, 4])",
                "dynamic([1.0, 2.5, -1.0])",
                "dynamic([null])",
                "dynamic([0, 0, 1, 5, 1, 0, 0, 2, 7, 2])",
                "dynamic([1, null, 3, null])",
                "dynamic({'': 1, 'a b': {'a': [null]}, 'ä': 'x'})",
                "dynamic([9223372036854775807, 1e308, -0.0])",
                "dynamic('[1]')",
                "dynamic(['10.0.0.1', '2026-03-01', '1.5', 'true'])",
            ],
        };
        self.of(all).to_owned()
    }
}
