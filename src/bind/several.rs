//! Calls that give several columns: `series_stats(s)`, `array_sort_asc(a, b)`.
//!
//! Such a call is one kernel that gives a `dynamic` value; its columns are parts of that value. Where only one value
//! can stand, it is the first.

use crate::functions::{self, Returns};
use crate::ir::{Scalar, Target};
use crate::syntax::ast::{Call, Expr, ExprKind, Ident, NamedExpr};
use crate::types::Type;

use super::Binder;
use super::convert::from_dynamic;
use super::naming::{argument_name, implied_name};

/// How the column of an item came to its name.
pub(super) enum Given<'a> {
    /// It was written.
    Written(&'a Ident),
    /// The value implies it.
    Implied(String),
    /// There is none.
    Nothing,
}

/// One of the columns in the value that a kernel gave.
pub(super) fn part(whole: Scalar, step: Scalar, ty: Type) -> Scalar {
    let part = Scalar::kernel("dynamic_path", vec![whole, step], Type::Dynamic);
    if ty == Type::Dynamic { part } else { Scalar::kernel(from_dynamic(ty), vec![part], ty) }
}

impl<'a> Binder<'a> {
    /// What an item of `project`, `extend` or `print` adds: one column, or as many as the call gives and the names ask
    /// for.
    pub(super) fn columns_of_item(&mut self, item: &'a NamedExpr, value: Scalar) -> Vec<(Given<'a>, Scalar)> {
        let columns = call_columns(&item.value, &value);
        match (item.names.as_slice(), columns) {
            ([], Some(columns)) => columns.into_iter().map(|(name, value)| (Given::Implied(name), value)).collect(),
            // A column that is not there lends no name.
            ([], None) if is_default(&item.value, &value) => vec![(Given::Nothing, value)],
            ([], None) => {
                let given = implied_name(&item.value).map_or(Given::Nothing, Given::Implied);
                vec![(given, value)]
            }
            ([name], columns) => {
                let first = columns.and_then(|columns| columns.into_iter().next());
                vec![(Given::Written(name), first.map_or(value, |(_, first)| first))]
            }
            (names, columns) => {
                let columns = columns.unwrap_or_else(|| vec![(String::new(), value)]);
                if let Some(surplus) = names.get(columns.len()) {
                    let count = columns.len();
                    self.error(
                        crate::diagnostic::Code::InvalidValue,
                        surplus.span,
                        format!("there are more names than columns: the value gives {count}"),
                    );
                }
                names.iter().zip(columns).map(|(name, (_, value))| (Given::Written(name), value)).collect()
            }
        }
    }
}

/// Whether an item is `column_ifexists(…)` that found no column.
fn is_default(expr: &Expr, value: &Scalar) -> bool {
    let ExprKind::Call(call) = &expr.kind else { return false };
    functions::function(&call.name.name).is_some_and(|row| row.name == "column_ifexists")
        && !matches!(value, Scalar::Column(..))
}

/// The columns of a call that gives several, with their names.
fn call_columns(expr: &Expr, value: &Scalar) -> Option<Vec<(String, Scalar)>> {
    match &expr.kind {
        ExprKind::Paren(inner) => call_columns(inner, value),
        ExprKind::Call(call) => match functions::function(&call.name.name)?.returns {
            Returns::Columns(columns) => {
                let whole = whole(value)?;
                let argument = call.args.first().and_then(|arg| argument_name(&arg.value)).unwrap_or_default();
                let name = |column: &str| format!("{}_{argument}_{column}", call.name.name);
                let column =
                    |&(column, ty): &(&str, Type)| (name(column), part(whole.clone(), Scalar::text(column), ty));
                Some(columns.iter().map(column).collect())
            }
            Returns::Type(_) | Returns::Same(_) | Returns::Common | Returns::From(_) => sorted_columns(call, value),
        },
        _ => None,
    }
}

/// The value that a column is a part of.
fn whole(column: &Scalar) -> Option<&Scalar> {
    match column {
        Scalar::Call { target: Target::Kernel("dynamic_path"), args, .. } => args.first(),
        Scalar::Call { target: Target::Kernel(_), args, .. } => args.first().and_then(whole),
        _ => None,
    }
}

/// `array_sort_asc` and `array_sort_desc` give a column for each array.
fn sorted_columns(call: &Call, value: &Scalar) -> Option<Vec<(String, Scalar)>> {
    let Scalar::Call { target: Target::Kernel(kernel), args, .. } = value else { return None };
    let name = |index: usize| {
        let implied = call.args.get(index).and_then(|arg| argument_name(&arg.value));
        format!("{}_sorted", implied.unwrap_or_else(|| format!("array{index}")))
    };
    match *kernel {
        "array_sort_asc" | "array_sort_desc" => Some(vec![(name(0), value.clone())]),
        "array_sort_several_asc" | "array_sort_several_desc" => {
            let arrays = args.iter().filter(|arg| arg.ty() == Type::Dynamic).count();
            let at = |index: usize| part(value.clone(), Scalar::long(index as i64), Type::Dynamic);
            Some((0..arrays).map(|index| (name(index), at(index))).collect())
        }
        _ => None,
    }
}
