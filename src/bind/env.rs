//! Names given by `let`, parameters and `as`: a chain that closures share.

use std::rc::Rc;
use std::sync::Arc;

use crate::ir::{ColumnId, Rel, Scalar, Sharing};
use crate::syntax::ast;
use crate::types::Type;

use super::table::Table;

/// What a name stands for.
#[derive(Clone)]
pub(super) enum Binding<'a> {
    /// A scalar, bound where it was defined. Columns it mentions are those of the row a function was called on.
    Scalar(Scalar),
    /// A table, bound where it was named; each use gets columns with identities of their own.
    Table(Rc<Named>),
    /// A function with its environment.
    Function(&'a ast::Function, Env<'a>),
    /// A table of which only that is known: a tabular parameter while a body is looked at but not bound.
    SomeTable,
    /// The step of a `scan`: what `step.column` is, by the column's name.
    Step(Rc<[(String, ColumnId, Type)]>),
    /// A table chosen by constant arguments.
    Pattern(&'a ast::Pattern, Env<'a>),
    /// The database that the data is, as the entity of a `macro-expand`.
    Database,
    /// Databases and tables that `macro-expand` goes through, and where their names are looked up.
    Entities(&'a [ast::Expr], Env<'a>),
    /// A table that a `restrict` statement put out of reach.
    Hidden,
    /// Something that was already reported as wrong.
    Broken,
}

/// A table with a name.
pub(super) struct Named {
    /// What all uses share.
    pub(super) id: u32,
    /// Whether the request asks that it is run only once.
    pub(super) sharing: Sharing,
    /// The table itself.
    pub(super) table: Table,
    /// The name that `as` gave it, which unions show as the source of its rows.
    pub(super) label: Option<String>,
    /// Its relation, for its uses.
    pub(super) rel: Arc<Rel>,
}

/// Names in sight. Cloning shares.
#[derive(Clone, Default)]
pub(super) struct Env<'a>(Option<Rc<Node<'a>>>);

struct Node<'a> {
    name: String,
    binding: Binding<'a>,
    parent: Env<'a>,
}

impl<'a> Env<'a> {
    /// These names and one more, which hides an older one of the same name.
    pub(super) fn with(&self, name: &str, binding: Binding<'a>) -> Env<'a> {
        Env(Some(Rc::new(Node { name: name.to_owned(), binding, parent: self.clone() })))
    }

    /// What a name stands for.
    pub(super) fn get(&self, name: &str) -> Option<&Binding<'a>> {
        let mut node = self.0.as_deref();
        while let Some(this) = node {
            if this.name == name {
                return Some(&this.binding);
            }
            node = this.parent.0.as_deref();
        }
        None
    }

    /// Whether there are no names at all.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Whether two environments are the very same one.
    pub(super) fn same(&self, other: &Env<'a>) -> bool {
        match (&self.0, &other.0) {
            (Some(this), Some(that)) => Rc::ptr_eq(this, that),
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        }
    }

    /// All names but hidden ones, newest first.
    pub(super) fn names(&self) -> Vec<&str> {
        let mut names = Vec::new();
        let mut hidden: Vec<&str> = Vec::new();
        let mut node = self.0.as_deref();
        while let Some(this) = node {
            match this.binding {
                Binding::Hidden => hidden.push(this.name.as_str()),
                _ if hidden.contains(&this.name.as_str()) => {}
                _ => names.push(this.name.as_str()),
            }
            node = this.parent.0.as_deref();
        }
        names
    }
}
