//! `restrict access to (…)`: tables that are not listed are out of reach of the statements behind.

use crate::diagnostic::Code;
use crate::syntax::ast::{Expr, ExprKind};

use super::Binder;
use super::env::{Binding, Env};
use super::operators::wildcard_matches;

impl<'a> Binder<'a> {
    /// Hides all tables, stored or made by `let`, but those listed. What was bound before, such as a listed view, keeps
    /// the names that it saw.
    pub(super) fn bind_restrict(&mut self, entities: &'a [Expr], env: &Env<'a>) -> Env<'a> {
        let mut patterns: Vec<&str> = Vec::new();
        for entity in entities {
            match &entity.kind {
                ExprKind::Name(ident) => {
                    let known = env.get(&ident.name).is_some() || self.catalog.table(&ident.name).is_some();
                    if !known {
                        self.error(Code::UnknownTable, entity.span, format!("no table `{}`", ident.name));
                    }
                    patterns.push(&ident.name);
                }
                ExprKind::Member(base, name) if self.is_database(base, env) => {
                    if self.names_local(base, env) {
                        patterns.push(&name.name);
                    }
                }
                ExprKind::Path(base, selector) if self.is_database(base, env) => match &selector.kind {
                    ExprKind::Wildcard(pattern) if self.names_local(base, env) => patterns.push(pattern),
                    // What another database holds is out of reach anyway.
                    ExprKind::Wildcard(_) => {}
                    _ => self.error(Code::Syntax, selector.span, "the name of a table, or a pattern, is needed here"),
                },
                ExprKind::Wildcard(pattern) => patterns.push(pattern),
                ExprKind::Star => patterns.push("*"),
                _ => self.error(
                    Code::UnsupportedFeature,
                    entity.span,
                    "`restrict` takes names of tables, views and functions",
                ),
            }
        }
        let listed = |name: &str| patterns.iter().any(|pattern| wildcard_matches(pattern, name));
        let mut hidden: Vec<String> = self.catalog.table_names();
        hidden.extend(env.names().into_iter().filter(|name| self.names_table(name, env)).map(str::to_owned));
        hidden.retain(|name| !listed(name));
        hidden.iter().fold(env.clone(), |env, name| env.with(name, Binding::Hidden))
    }

    fn names_table(&self, name: &str, env: &Env<'a>) -> bool {
        match env.get(name) {
            Some(Binding::Function(function, inner)) => self.is_tabular_function(function, inner),
            Some(Binding::Table(_) | Binding::SomeTable | Binding::Pattern(..)) => true,
            Some(
                Binding::Scalar(_)
                | Binding::Step(_)
                | Binding::Hidden
                | Binding::Database
                | Binding::Entities(..)
                | Binding::Broken,
            )
            | None => false,
        }
    }
}
