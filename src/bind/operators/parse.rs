//! `parse`, `parse-where` and `parse-kv`: a text becomes an array of texts, and those the columns.

use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{Column, Op, Rel, Scalar};
use crate::syntax::ast::{ExprKind, Option_, Parse, ParseItem, ParseKv};
use crate::types::Type;
use crate::value::Value;

use super::super::Binder;
use super::super::convert::{from_dynamic, to_text};
use super::super::env::Env;
use super::super::expression::Scope;
use super::super::table::Table;

/// How a pattern is matched.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Texts stand for themselves; a value that does not convert makes the whole row a mismatch.
    Simple,
    /// Like `Simple`, but a value that does not convert is just null.
    Relaxed,
    /// Texts are regular expressions.
    Regex,
}

/// What becomes of a row that does not fit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unfit {
    /// It goes on with missing values.
    Kept,
    /// It is dropped.
    Dropped,
}

impl<'a> Binder<'a> {
    pub(super) fn bind_parse(&mut self, parse: &'a Parse, table: Table, env: &Env<'a>) -> Table {
        let (kind, flags) = self.bind_parse_options(&parse.options);
        let text = self.bind_scalar(&parse.text, &Scope::of(env, &table));
        let text = match text.ty() {
            Type::Unknown => return Table::broken(),
            _ => to_text(text),
        };
        let pattern = pattern(&parse.pattern, kind, &flags);
        if let Err(problem) = regex::Regex::new(&pattern) {
            let problem = problem.to_string();
            let line = problem.lines().last().unwrap_or("").trim_start_matches("error: ").to_owned();
            self.error(Code::InvalidValue, parse.text.span, format!("the pattern is no regular expression: {line}"));
            return Table::broken();
        }
        let columns: Vec<(&str, Type)> = parse
            .pattern
            .iter()
            .filter_map(|item| match item {
                ParseItem::Column(name, ty) => {
                    Some((name.name.as_str(), ty.as_ref().map_or(Type::String, |ty| ty.node)))
                }
                ParseItem::Star(_) | ParseItem::Text(_) => None,
            })
            .collect();
        let matched = Scalar::kernel("regex_groups", vec![text, Scalar::text(pattern)], Type::Dynamic);
        let table = self.place_windows(table);
        let filter = if parse.filter { Unfit::Dropped } else { Unfit::Kept };
        self.parsed_columns(table, matched, &columns, kind, filter)
    }

    pub(super) fn bind_parse_kv(&mut self, parse: &'a ParseKv, table: Table, env: &Env<'a>) -> Table {
        let text = self.bind_scalar(&parse.text, &Scope::of(env, &table));
        if text.ty() == Type::Unknown {
            return Table::broken();
        }
        let mut settings: [Option<String>; 5] = Default::default();
        let mut greedy = false;
        const NAMES: [&str; 5] = ["pair_delimiter", "kv_delimiter", "quote", "escape", "quote_end"];
        for option in &parse.properties {
            let name = option.name.name.as_str();
            match (name, &option.value.kind) {
                ("greedy", ExprKind::Literal(Value::Bool(truth))) => greedy = *truth,
                (name, ExprKind::Literal(Value::String(text))) if NAMES.contains(&name) => {
                    if let Some(slot) = NAMES.iter().position(|known| *known == name) {
                        settings[slot] = Some(text.clone());
                    }
                }
                ("quote", ExprKind::Paren(_)) => self.error(
                    Code::UnsupportedFeature,
                    option.value.span,
                    "a pair of quotes is not supported: one quote character opens and closes",
                ),
                (name, _) => self.error(
                    Code::UnsupportedFeature,
                    option.name.span,
                    format!("the option `{name}` is not supported here with this value"),
                ),
            }
        }
        let columns: Vec<(&str, Type)> = parse.columns.iter().map(|c| (c.name.name.as_str(), c.ty.node)).collect();
        let mut args = vec![to_text(text)];
        let [pair, kv, quote, escape, _] = settings;
        args.extend([pair, kv, quote, escape].map(|setting| Scalar::text(setting.unwrap_or_default())));
        args.push(Scalar::bool(greedy));
        args.extend(columns.iter().map(|(name, _)| Scalar::text(*name)));
        let found = Scalar::kernel("parse_kv", args, Type::Dynamic);
        let table = self.place_windows(table);
        self.parsed_columns(table, found, &columns, Kind::Relaxed, Unfit::Kept)
    }

    /// Columns read from an array of texts, one per column; null texts where nothing was found.
    fn parsed_columns(
        &mut self,
        table: Table,
        texts: Scalar,
        columns: &[(&str, Type)],
        kind: Kind,
        unfit: Unfit,
    ) -> Table {
        // One match per row, kept in a column of its own, from which every value is read.
        let groups = self.fresh("groups", Type::Dynamic);
        let mut all: Vec<(Column, Scalar)> =
            table.rel.columns().into_iter().map(|column| (column.clone(), Scalar::column(&column))).collect();
        all.push((groups.clone(), texts));
        let mut table = Table { rel: Rel::Project { input: Box::new(table.rel), columns: all }, ..table };
        let group = |index: usize| {
            let index = Scalar::long(i64::try_from(index).unwrap_or(i64::MAX));
            Scalar::kernel("dynamic_path", vec![Scalar::column(&groups), index], Type::Dynamic)
        };
        let values: Vec<Scalar> = columns
            .iter()
            .enumerate()
            .map(|(index, (_, ty))| match ty {
                Type::Dynamic => {
                    let text = Scalar::kernel(from_dynamic(Type::String), vec![group(index)], Type::String);
                    Scalar::kernel("parse_json", vec![text], Type::Dynamic)
                }
                ty => Scalar::kernel(from_dynamic(*ty), vec![group(index)], *ty),
            })
            .collect();
        let is_set = |value: &Scalar| Scalar::op(Op::IsNotNull, vec![value.clone()], Type::Bool);
        let mut tests = vec![is_set(&Scalar::column(&groups))];
        if kind == Kind::Simple {
            tests.extend(values.iter().filter(|value| !matches!(value.ty(), Type::String | Type::Dynamic)).map(is_set));
        }
        let fits = if tests.len() == 1 { tests.remove(0) } else { Scalar::op(Op::And, tests, Type::Bool) };
        if unfit == Unfit::Dropped {
            table = table.filter(fits.clone());
        }
        let mut shown: Vec<(String, Scalar)> =
            table.columns.iter().map(|column| (column.name.clone(), Scalar::column(column))).collect();
        for ((name, ty), value) in columns.iter().zip(values) {
            let value = match (kind, unfit) {
                (Kind::Simple, Unfit::Kept) => Scalar::Case {
                    branches: vec![(fits.clone(), value)],
                    otherwise: Box::new(Scalar::Literal(Value::missing(*ty))),
                    ty: *ty,
                },
                _ => value,
            };
            match shown.iter_mut().find(|(known, _)| known == name) {
                Some(column) => column.1 = value,
                None => shown.push(((*name).to_owned(), value)),
            }
        }
        let shown = self.columns_for(shown);
        table.project(shown)
    }

    fn bind_parse_options(&mut self, options: &'a [Option_]) -> (Kind, String) {
        let mut kind = Kind::Simple;
        let mut flags = String::new();
        for option in options {
            let word = match &option.value.kind {
                ExprKind::Name(ident) => ident.name.as_str(),
                ExprKind::Literal(Value::String(text)) => text.as_str(),
                _ => "",
            };
            match (option.name.name.as_str(), word) {
                ("kind", "simple") => kind = Kind::Simple,
                ("kind", "relaxed") => kind = Kind::Relaxed,
                ("kind", "regex") => kind = Kind::Regex,
                ("flags", word) if word.chars().all(|c| "imsU".contains(c)) => flags = word.to_owned(),
                (name, _) => {
                    self.report(
                        Diagnostic::error(
                            Code::InvalidValue,
                            option.value.span,
                            format!("the option `{name}` does not take this value"),
                        )
                        .help("`kind` is simple, relaxed or regex; `flags` are letters of `imsU`"),
                    );
                }
            }
        }
        (kind, flags)
    }
}

/// The regular expression of a pattern. Each column is a group called `column` and its position, which tells it from
/// the groups that a user's own expressions may hold.
fn pattern(items: &[ParseItem], kind: Kind, flags: &str) -> String {
    let mut text = match kind {
        Kind::Regex if flags.is_empty() => String::new(),
        Kind::Regex => format!("(?{flags})"),
        Kind::Simple | Kind::Relaxed => "(?s)^".to_owned(),
    };
    let mut columns = 0;
    for (index, item) in items.iter().enumerate() {
        let next = items.get(index + 1);
        match item {
            ParseItem::Star(_) => text.push_str(if next.is_none() { "" } else { ".*?" }),
            ParseItem::Text(literal) if kind == Kind::Regex => text.push_str(&literal.node),
            ParseItem::Text(literal) => text.push_str(&regex::escape(&literal.node)),
            ParseItem::Column(_, ty) => {
                let ty = ty.as_ref().map_or(Type::String, |ty| ty.node);
                let bounded = matches!(next, Some(ParseItem::Text(_)));
                let inner = match (kind, ty) {
                    (Kind::Regex, Type::Int | Type::Long) => r"-?\d+",
                    (Kind::Regex, _) => ".*",
                    (_, Type::Int | Type::Long) if !bounded && next.is_some() => r"\s*-?\d+",
                    (_, Type::Real | Type::Decimal) if !bounded && next.is_some() => {
                        r"\s*-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
                    }
                    _ if next.is_none() => ".*",
                    _ => ".*?",
                };
                let end = if next.is_none() && kind != Kind::Regex { "$" } else { "" };
                text.push_str(&format!("(?P<column{columns}>{inner}){end}"));
                columns += 1;
            }
        }
    }
    text
}
