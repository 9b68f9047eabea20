//! Calls that take columns by name, or all of them: `column_ifexists`, `pack_all`, `estimate_data_size(*)`.

use crate::diagnostic::Code;
use crate::functions;
use crate::ir::Scalar;
use crate::syntax::ast::{Argument, Call, ExprKind};
use crate::types::Type;
use crate::value::Value;

use super::Binder;
use super::arithmetic::unknown;
use super::convert::to_dynamic;
use super::expression::Scope;

impl<'a> Binder<'a> {
    /// The column of a name that is given as a constant text; reports when it is something else.
    fn column_called(&mut self, name: &'a Argument, scope: &Scope<'a>) -> Option<Option<Scalar>> {
        let value = self.bind_argument(name, scope);
        let Some(Value::String(text)) = value.literal() else {
            self.error(Code::NotConstant, name.value.span, "the name of a column is needed, as a constant string");
            return None;
        };
        Some(scope.column(text).map(Scalar::column))
    }

    pub(super) fn bind_is_column(&mut self, call: &'a Call, scope: &Scope<'a>) -> Scalar {
        let column = call.args.first().and_then(|name| self.column_called(name, scope));
        column.map_or_else(unknown, |column| Scalar::bool(column.is_some()))
    }

    pub(super) fn bind_data_size(&mut self, call: &'a Call, scope: &Scope<'a>) -> Scalar {
        let mut columns = Vec::new();
        for argument in &call.args {
            match &argument.value.kind {
                ExprKind::Star | ExprKind::Wildcard(_) if call.args.len() == 1 => {
                    columns.extend(scope.columns.iter().map(Scalar::column));
                }
                _ => match self.bind_argument(argument, scope) {
                    column @ Scalar::Column(..) => columns.push(column),
                    value if value.ty() == Type::Unknown => return value,
                    _ => {
                        self.error(Code::Syntax, argument.value.span, "the name of a column is needed");
                        return unknown();
                    }
                },
            }
        }
        functions::special::data_size(columns)
    }

    pub(super) fn bind_column_if_exists(&mut self, call: &'a Call, scope: &Scope<'a>) -> Scalar {
        let [name, default] = call.args.as_slice() else { return unknown() };
        match self.column_called(name, scope) {
            Some(Some(column)) => column,
            Some(None) => self.bind_argument(default, scope),
            None => unknown(),
        }
    }

    pub(super) fn bind_column_names(&mut self, call: &'a Call, scope: &Scope<'a>) -> Scalar {
        let Some(argument) = call.args.first() else { return unknown() };
        let table = self.bind_table(&argument.value, &scope.env);
        let names = table.columns.iter().map(|column| serde_json::Value::from(column.name.as_str())).collect();
        Scalar::Literal(Value::Dynamic(serde_json::Value::Array(names)))
    }

    pub(super) fn bind_pack_all(&mut self, call: &'a Call, scope: &Scope<'a>) -> Scalar {
        let ignore_empty = call.args.first().map(|arg| self.bind_argument(arg, scope));
        let keep = match ignore_empty.as_ref().map(Scalar::literal) {
            None | Some(Some(Value::Bool(false))) => "bag_pack",
            Some(Some(Value::Bool(true))) => "bag_pack_present",
            Some(_) => {
                self.error(Code::NotConstant, call.args_span, "`pack_all` takes a constant truth value");
                return unknown();
            }
        };
        let mut args = Vec::new();
        for column in scope.columns.iter() {
            args.extend([Scalar::text(column.name.as_str()), to_dynamic(Scalar::column(column))]);
        }
        Scalar::kernel(keep, args, Type::Dynamic)
    }

    pub(super) fn bind_pack_columns(&mut self, call: &'a Call, scope: &Scope<'a>) -> Scalar {
        let mut args = Vec::new();
        for argument in &call.args {
            let ExprKind::Name(ident) = &argument.value.kind else {
                self.error(Code::Syntax, argument.value.span, "the name of a column is needed");
                return unknown();
            };
            args.extend([Scalar::text(ident.name.as_str()), to_dynamic(self.bind_argument(argument, scope))]);
        }
        Scalar::kernel("bag_pack", args, Type::Dynamic)
    }
}
