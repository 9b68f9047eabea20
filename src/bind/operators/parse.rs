//! `parse`, `parse-where` and `parse-kv`: a text becomes an array of texts, and those the columns.

use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{Column, Op, Rel, Scalar};
use crate::pattern::{compile, reason};
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

/// How keys and values are told from each other.
enum KvSettings {
    /// By what stands between pairs, between key and value, by quotes in pairs, and escapes.
    Delimiters { texts: [String; 4], greedy: bool },
    /// By an expression with a group for each.
    Regex(String),
}

impl<'a> Binder<'a> {
    pub(super) fn bind_parse(&mut self, parse: &'a Parse, table: Table, env: &Env<'a>) -> Table {
        let (kind, flags) = self.bind_parse_options(&parse.options);
        let text = self.bind_scalar(&parse.text, &Scope::of(env, &table));
        let text = match text.ty() {
            Type::Unknown => return Table::broken(),
            _ => to_text(text),
        };
        if !self.check_parse_items(&parse.pattern) {
            return Table::broken();
        }
        let pattern = pattern(&parse.pattern, kind, &flags);
        if let Err(problem) = compile(&pattern) {
            let problem = reason(&problem);
            self.error(Code::InvalidValue, parse.text.span, format!("the pattern is no regular expression: {problem}"));
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
        let Some(settings) = self.bind_kv_settings(parse) else { return Table::broken() };
        let columns: Vec<(&str, Type)> = parse.columns.iter().map(|c| (c.name.name.as_str(), c.ty.node)).collect();
        let keys = columns.iter().map(|(name, _)| Scalar::text(*name));
        let (name, settings) = match settings {
            KvSettings::Regex(pattern) => ("parse_kv_regex", vec![Scalar::text(pattern)]),
            KvSettings::Delimiters { texts, greedy } => {
                ("parse_kv", texts.into_iter().map(Scalar::text).chain([Scalar::bool(greedy)]).collect())
            }
        };
        let args = [to_text(text)].into_iter().chain(settings).chain(keys).collect();
        let found = Scalar::kernel(name, args, Type::Dynamic);
        let table = self.place_windows(table);
        self.parsed_columns(table, found, &columns, Kind::Relaxed, Unfit::Kept)
    }

    /// What `with` says of the way keys and values are written.
    fn bind_kv_settings(&mut self, parse: &'a ParseKv) -> Option<KvSettings> {
        let [mut pair, mut kv, mut quotes, mut escapes] = [const { String::new() }; 4];
        let (mut greedy, mut regex) = (false, None);
        for option in &parse.properties {
            let name = option.name.name.as_str();
            let wrong = match (name, &option.value.kind) {
                ("greedy", ExprKind::Literal(Value::Bool(truth))) => {
                    greedy = *truth;
                    None
                }
                ("pair_delimiter", ExprKind::Literal(Value::String(text))) => {
                    pair.clone_from(text);
                    None
                }
                ("kv_delimiter", ExprKind::Literal(Value::String(text))) => {
                    kv.clone_from(text);
                    None
                }
                ("quote", ExprKind::Literal(Value::String(text))) => {
                    match text.chars().collect::<Vec<_>>().as_slice() {
                        [both] => {
                            quotes.extend([both, both]);
                            None
                        }
                        [open, close] => {
                            quotes.extend([open, close]);
                            None
                        }
                        _ => Some("a quote is one character, or an opening and a closing one"),
                    }
                }
                ("escape", ExprKind::Literal(Value::String(text))) if text.chars().count() == 1 => {
                    escapes.push_str(text);
                    None
                }
                ("escape", _) => Some("an escape is one character"),
                ("regex", ExprKind::Literal(Value::String(text))) => match compile(text) {
                    Ok(pattern) if pattern.captures_len() == 3 => {
                        regex = Some(text.clone());
                        None
                    }
                    Ok(_) => Some("the expression needs two groups, of the key and of the value"),
                    Err(_) => Some("this is no regular expression"),
                },
                ("greedy", _) => Some("`true` or `false` is needed"),
                _ => Some("a text is needed"),
            };
            if let Some(wrong) = wrong {
                self.error(Code::InvalidValue, option.value.span, wrong);
                return None;
            }
        }
        match regex {
            Some(_) if parse.properties.len() > 1 => {
                let place = parse.properties.iter().find(|option| option.name.name != "regex");
                let place = place.map_or(parse.text.span, |option| option.name.span);
                self.error(Code::InvalidValue, place, "next to `regex` no other option has a meaning");
                None
            }
            Some(pattern) => Some(KvSettings::Regex(pattern)),
            None => Some(KvSettings::Delimiters { texts: [pair, kv, quotes, escapes], greedy }),
        }
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

    /// Where a column ends must be clear: a text stands between it and the next one.
    fn check_parse_items(&mut self, items: &[ParseItem]) -> bool {
        let before = self.diagnostics.len();
        let mut names: Vec<&str> = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let last = index.checked_sub(1).and_then(|last| items.get(last));
            match (last, item) {
                (Some(ParseItem::Column(..) | ParseItem::Star(_)), ParseItem::Column(name, _)) => {
                    self.error(Code::InvalidValue, name.span, "a text must stand in front of this column");
                }
                (Some(ParseItem::Star(_)), ParseItem::Star(span)) => {
                    self.error(Code::InvalidValue, *span, "a text must stand between `*` and `*`");
                }
                (Some(ParseItem::Column(_, ty)), ParseItem::Star(span))
                    if ty.as_ref().is_none_or(|ty| ty.node == Type::String) =>
                {
                    self.error(Code::InvalidValue, *span, "a text must stand between a `string` and `*`");
                }
                _ => {}
            }
            if let ParseItem::Column(name, _) = item {
                if names.contains(&name.name.as_str()) {
                    let message = format!("two columns are called `{}`", name.name);
                    self.error(Code::DuplicateName, name.span, message);
                }
                names.push(&name.name);
            }
        }
        self.diagnostics.len() == before
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
