//! `dcount_intersect`.

use crate::diagnostic::Code;
use crate::ir::{Column, Scalar};
use crate::syntax::ast::Call;
use crate::types::Type;

use super::super::Binder;
use super::super::env::Env;
use super::super::expression::Scope;
use super::super::naming::Names;
use super::super::table::Table;
use super::build::kept;

/// The most summaries: every union of some of them is counted.
const MOST_SUMMARIES: usize = 8;

impl<'a> Binder<'a> {
    /// How many values the first summary has seen, the first two both, the first three all, and so on.
    pub(super) fn bind_dcount_intersect(&mut self, call: &'a Call, table: Table, env: &Env<'a>) -> Option<Table> {
        if call.args.len() > MOST_SUMMARIES {
            let message = format!("more than {MOST_SUMMARIES} summaries are not supported");
            self.error(Code::UnsupportedFeature, call.args_span, message);
            return None;
        }
        let mut summaries = Vec::new();
        for argument in &call.args {
            let value = self.bind_scalar(&argument.value, &Scope::of(env, &table));
            if value.ty() != Type::Dynamic {
                if value.ty() != Type::Unknown {
                    self.error(Code::TypeMismatch, argument.value.span, "a summary made by `hll` is needed");
                }
                return None;
            }
            summaries.push(value);
        }
        let table = self.place_windows(table);
        let mut names = Names::with(table.columns.iter().map(|column| column.name.as_str()));
        let mut columns: Vec<(Column, Scalar)> = kept(&table.columns);
        for last in 0..summaries.len() {
            let name = names.unique(&format!("s{last}"));
            let count = Scalar::kernel("hll_common", summaries[..=last].to_vec(), Type::Long);
            columns.push((self.fresh(name, Type::Long), count));
        }
        Some(table.project(columns))
    }
}
