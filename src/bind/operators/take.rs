//! `take`, `sample`, `sample-distinct`.

use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{Rel, Scalar, SortKey};
use crate::syntax::ast::{Consume, Expr, ExprKind, Sample, SampleDistinct, Take};
use crate::types::Type;
use crate::value::Value;

use super::super::Binder;
use super::super::convert::widen;
use super::super::env::Env;
use super::super::expression::Scope;
use super::super::naming::implied_name;
use super::super::table::Table;

impl<'a> Binder<'a> {
    pub(super) fn bind_take(&mut self, take: &'a Take, table: Table, env: &Env<'a>) -> Table {
        let count = self.bind_count_of_rows(&take.count, env);
        self.limit(table, count)
    }

    /// No rows and no columns. Whether blocks are decoded on the way shows nowhere.
    pub(super) fn bind_consume(&mut self, consume: &Consume, table: Table) -> Table {
        for option in &consume.options {
            match (option.name.name.as_str(), &option.value.kind) {
                ("decodeblocks", ExprKind::Literal(Value::Bool(_))) => {}
                ("decodeblocks", _) => {
                    self.error(Code::InvalidValue, option.value.span, "`true` or `false` is needed");
                }
                (name, _) => {
                    let message = format!("`consume` has no option `{name}`");
                    self.error(Code::UnknownOption, option.name.span, message);
                }
            }
        }
        let nothing = Rel::Limit { input: Box::new(table.rel), count: 0 };
        Table { broken: table.broken, columns: Vec::new(), ..Table::new(nothing) }
    }

    /// A number of rows, which must be a constant.
    pub(super) fn bind_count_of_rows(&mut self, expr: &'a Expr, env: &Env<'a>) -> u64 {
        let value = self.bind_scalar(expr, &Scope::constants(env.clone()));
        if value.ty() == Type::Unknown {
            return 0;
        }
        let value = match widen(value, Type::Long) {
            Ok(value) | Err(value) => value,
        };
        match value.literal() {
            Some(Value::Long(count)) if *count >= 0 => u64::try_from(*count).unwrap_or(0),
            Some(Value::Long(_)) => {
                self.error(Code::InvalidValue, expr.span, "a number of rows cannot be negative");
                0
            }
            _ => {
                self.report(
                    Diagnostic::error(Code::NotConstant, expr.span, "a number of rows is needed, as a constant")
                        .label(format!("`{}`", value.ty())),
                );
                0
            }
        }
    }

    /// Rows picked at random: sorted by a random number.
    pub(super) fn bind_sample(&mut self, sample: &'a Sample, table: Table, env: &Env<'a>) -> Table {
        let count = self.bind_count_of_rows(&sample.count, env);
        let random = self.fresh("random", Type::Real);
        let columns = table.columns.clone();
        let mut all: Vec<_> = columns.iter().map(|c| (c.clone(), Scalar::column(c))).collect();
        all.push((random.clone(), Scalar::kernel("rand", Vec::new(), Type::Real)));
        let order = vec![SortKey::ascending(&random)];
        let table = Table { order, ..table.project(all) };
        let table = self.limit(table, count);
        Table { columns, order: Vec::new(), serialized: false, ..table }
    }

    pub(super) fn bind_sample_distinct(&mut self, sample: &'a SampleDistinct, table: Table, env: &Env<'a>) -> Table {
        let count = self.bind_count_of_rows(&sample.count, env);
        let value = self.bind_scalar(&sample.of, &Scope::of(env, &table));
        if !matches!(value, Scalar::Column(..)) && value.ty() != Type::Unknown {
            self.report(
                Diagnostic::error(Code::InvalidValue, sample.of.span, "`sample-distinct` needs the name of a column")
                    .help("`extend` makes one"),
            );
        }
        let column = self.fresh(implied_name(&sample.of).unwrap_or_else(|| "Column1".to_owned()), value.ty());
        let table = self.place_windows(table);
        let table = self.group(table, vec![(column, value)], Vec::new());
        self.limit(table, count)
    }
}
