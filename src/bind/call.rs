//! Calls: which function is meant, which arguments fit, and how the call is said in the core.

use crate::diagnostic::{Code, Diagnostic};
use crate::functions::{self, Function, Lower, Param, Returns, Takes, argument_counts, parameter, syntax};
use crate::ir::{Scalar, Target, WindowCall};
use crate::span::Span;
use crate::syntax::ast::{Argument, Call, Expr};
use crate::types::Type;
use crate::value::Value;

use super::Binder;
use super::arithmetic::unknown;
use super::convert::{from_dynamic, to_dynamic, to_text, widen};
use super::env::Binding;
use super::expression::{Calls, Scope};
use super::fold::fold;
use super::several::part;
use super::suggest::nearest;
use super::table::Table;

/// Kernels that read a `dynamic` cell under a name of their own, since text and JSON look alike to Arrow.
const CONVERSIONS: &[(&str, Type)] = &[
    ("tostring", Type::String),
    ("tobool", Type::Bool),
    ("toint", Type::Int),
    ("tolong", Type::Long),
    ("toreal", Type::Real),
    ("todecimal", Type::Decimal),
    ("todatetime", Type::DateTime),
    ("totimespan", Type::TimeSpan),
    ("toguid", Type::Guid),
];

impl<'a> Binder<'a> {
    /// The value of a call.
    pub(super) fn bind_call(&mut self, call: &'a Call, span: Span, scope: &Scope<'a>) -> Scalar {
        let name = call.name.name.as_str();
        match scope.env.get(name).cloned() {
            Some(Binding::Function(function, env)) => {
                return self.call_scalar_function(function, &env, &call.args, span, scope);
            }
            Some(Binding::Broken) => return unknown(),
            Some(Binding::Scalar(value)) if call.args.is_empty() => return value,
            Some(
                Binding::Scalar(_)
                | Binding::Table(_)
                | Binding::SomeTable
                | Binding::Pattern(..)
                | Binding::Hidden
                | Binding::Database
                | Binding::Entities(..)
                | Binding::Step(_),
            )
            | None => {}
        }
        if scope.calls == Calls::Aggregate
            && let Some(row) = functions::aggregate(name)
        {
            return self.bind_aggregate(row, call, scope);
        }
        let Some(row) = functions::function(name) else {
            self.report_no_function(call, scope);
            return unknown();
        };
        if !self.count_fits(row.name, row.params, call) {
            return unknown();
        }
        match row.lower {
            Lower::Binder => self.bind_special(row, call, span, scope),
            Lower::Builtin(_) | Lower::Kernel(_) | Lower::Rewrite(_) => {
                let args: Vec<Scalar> = call.args.iter().map(|arg| self.bind_argument(arg, scope)).collect();
                let spans: Vec<Span> = call.args.iter().map(|arg| arg.value.span).collect();
                self.apply(row, args, &spans, call.name.span)
            }
        }
    }

    pub(super) fn bind_argument(&mut self, argument: &'a Argument, scope: &Scope<'a>) -> Scalar {
        // Names of arguments mean something where a function was made with `let` only; the official
        // language service lets them be elsewhere, and published queries have them.
        self.bind_scalar(&argument.value, scope)
    }

    fn report_no_function(&mut self, call: &Call, scope: &Scope<'a>) {
        let name = call.name.name.as_str();
        let span = call.name.span;
        if functions::aggregate(name).is_some() {
            self.report(
                Diagnostic::error(Code::MisplacedAggregate, span, format!("the aggregate `{name}` cannot stand here"))
                    .help("aggregates go into `summarize`, `make-series`, `top-nested` and the like"),
            );
        } else if functions::unsupported::FUNCTIONS.contains(&name)
            || functions::unsupported::AGGREGATES.contains(&name)
        {
            let message = format!("the function `{name}` is not supported");
            let diagnostic = Diagnostic::error(Code::UnsupportedFunction, span, message);
            self.report(diagnostic.help(functions::unsupported::why(name)));
        } else {
            let names =
                functions::functions().flat_map(|row| std::iter::once(row.name).chain(row.aliases.iter().copied()));
            let aggregates = functions::aggregates().map(|row| row.name);
            let near = nearest(name, names.chain(aggregates).chain(scope.env.names()));
            let mut diagnostic = Diagnostic::error(Code::UnknownFunction, span, format!("no function `{name}`"));
            if let Some(near) = near {
                diagnostic = diagnostic.label(format!("nearest: `{near}`"));
            }
            self.report(diagnostic);
        }
    }

    /// Whether a call has as many arguments as the parameters want; reports when not.
    pub(super) fn count_fits(&mut self, name: &str, params: &[Param], call: &Call) -> bool {
        let (least, most) = argument_counts(params);
        let given = call.args.len();
        if given >= least && most.is_none_or(|most| given <= most) {
            return true;
        }
        let wanted = match most {
            Some(most) if most == least => format!("{least} argument{}", if least == 1 { "" } else { "s" }),
            Some(most) => format!("{least} to {most} arguments"),
            None => format!("at least {least} argument{}", if least == 1 { "" } else { "s" }),
        };
        self.report(
            Diagnostic::error(Code::WrongArgumentCount, call.args_span, format!("`{name}` takes {wanted}"))
                .label(format!("{given} given"))
                .help(syntax(name, params)),
        );
        false
    }

    /// Converts arguments as the parameters say and makes the call.
    pub(super) fn apply(&mut self, row: &Function, args: Vec<Scalar>, spans: &[Span], span: Span) -> Scalar {
        let Some(args) = self.convert_arguments(row.params, args, spans, span) else { return unknown() };
        let ty = self.result_type(row.returns, row.params, &args);
        match row.lower {
            Lower::Kernel(name) if let Returns::Columns([(first, _), ..]) = row.returns => {
                part(Scalar::kernel(name, args, Type::Dynamic), Scalar::text(*first), ty)
            }
            Lower::Builtin(name) => fold(Scalar::builtin(name, args, ty)),
            Lower::Kernel(name) => kernel_call(name, args, ty),
            Lower::Rewrite(rewrite) => match rewrite(args) {
                Ok(value) => value,
                Err(message) => {
                    self.error(Code::InvalidValue, span, message);
                    Scalar::Literal(Value::Null(ty))
                }
            },
            Lower::Binder => unknown(),
        }
    }

    /// Arguments in the types that the parameters take; `None` when one was wrong and reported.
    pub(super) fn convert_arguments(
        &mut self,
        params: &[Param],
        args: Vec<Scalar>,
        spans: &[Span],
        span: Span,
    ) -> Option<Vec<Scalar>> {
        let count = args.len();
        let place = |index: usize| spans.get(index).copied().unwrap_or(span);
        if args.iter().any(|arg| arg.ty() == Type::Unknown && !is_untyped_null(arg)) {
            return None;
        }
        let shared: Vec<Scalar> = args
            .iter()
            .enumerate()
            .filter(|(index, _)| parameter(params, *index, count).is_some_and(|p| p.takes.shares_type()))
            .map(|(_, arg)| arg.clone())
            .collect();
        let common = Self::common_type(&shared);
        let mut converted = Vec::with_capacity(args.len());
        let mut fine = true;
        for (index, arg) in args.into_iter().enumerate() {
            let takes = parameter(params, index, count).map_or(Takes::Any, |p| p.takes);
            match self.convert_argument(takes, arg, common, place(index)) {
                Some(arg) => converted.push(arg),
                None => fine = false,
            }
        }
        fine.then_some(converted)
    }

    fn convert_argument(&mut self, takes: Takes, arg: Scalar, common: Option<Type>, span: Span) -> Option<Scalar> {
        let from = arg.ty();
        let wrong = |binder: &mut Self, wanted: &str| {
            binder.report(
                Diagnostic::error(Code::TypeMismatch, span, format!("{wanted} is needed, but this is `{from}`"))
                    .label(format!("`{from}`")),
            );
            None
        };
        match takes {
            Takes::Any => Some(arg),
            Takes::AnyConstant => self.constant(arg, span),
            Takes::Constant(ty) => {
                let arg = self.constant(arg, span)?;
                self.exact(arg, ty).or_else(|| wrong(self, &format!("a value of type `{ty}`")))
            }
            Takes::Exact(ty) => self.exact(arg, ty).or_else(|| wrong(self, &format!("a value of type `{ty}`"))),
            Takes::Number if from.is_numeric() => Some(arg),
            Takes::Number if from == Type::Dynamic => {
                Some(Scalar::kernel(from_dynamic(Type::Real), vec![arg], Type::Real))
            }
            Takes::Number => wrong(self, "a number"),
            Takes::Integer if from.is_integer() => Some(arg),
            Takes::Integer if from == Type::Dynamic => {
                Some(Scalar::kernel(from_dynamic(Type::Long), vec![arg], Type::Long))
            }
            Takes::Integer => wrong(self, "a whole number"),
            Takes::Summable if from.is_summable() => Some(arg),
            Takes::Summable if from == Type::Dynamic => {
                Some(Scalar::kernel(from_dynamic(Type::Real), vec![arg], Type::Real))
            }
            Takes::Summable => wrong(self, "a number, `datetime` or `timespan`"),
            Takes::Orderable if from == Type::Dynamic => wrong(self, "a value that has an order"),
            Takes::NotDynamic if from == Type::Dynamic => wrong(self, "a value of a plain type"),
            Takes::Orderable | Takes::NotDynamic => Some(arg),
            Takes::Choice if from.is_integer() && common == Some(Type::Real) => {
                self.report(
                    Diagnostic::error(
                        Code::TypeMismatch,
                        span,
                        format!("a choice is of one type, but this is `{from}`"),
                    )
                    .label("another value is `real`")
                    .help("write a whole number as `1.0`, and turn others with `toreal(…)`"),
                );
                None
            }
            Takes::Common | Takes::Choice => match common {
                Some(ty) => self.exact(arg, ty).or_else(|| wrong(self, &format!("a value of type `{ty}`"))),
                None => wrong(self, "one type for all values"),
            },
            Takes::Text => Some(to_text(arg)),
            Takes::Dynamic => Some(to_dynamic(arg)),
        }
    }

    /// Converts to a parameter's type by itself, where Kusto does.
    fn exact(&mut self, arg: Scalar, ty: Type) -> Option<Scalar> {
        match (arg.ty(), ty) {
            (Type::Long, Type::Int) => match widen(arg, Type::Int) {
                Ok(arg) => Some(arg),
                Err(arg) => Some(Scalar::kernel("toint", vec![arg], Type::Int)),
            },
            _ => self.convert_implicitly(arg, ty),
        }
    }

    /// An argument that must not depend on the row.
    pub(super) fn constant(&mut self, arg: Scalar, span: Span) -> Option<Scalar> {
        let mut of_row = false;
        arg.visit(&mut |part| of_row |= matches!(part, Scalar::Column(..) | Scalar::Aggregate(_)));
        if of_row {
            self.report(
                Diagnostic::error(Code::NotConstant, span, "a constant is needed here")
                    .label("differs from row to row"),
            );
            return None;
        }
        Some(arg)
    }

    /// The type of the result of a row, given converted arguments.
    pub(super) fn result_type(&self, returns: Returns, params: &[Param], args: &[Scalar]) -> Type {
        match returns {
            Returns::Type(ty) => ty,
            Returns::Same(index) => args.get(index).map_or(Type::Unknown, Scalar::ty),
            Returns::Common => {
                let shared = args.iter().enumerate();
                let mut shared =
                    shared.filter(|(i, _)| parameter(params, *i, args.len()).is_some_and(|p| p.takes.shares_type()));
                shared.next().map_or(Type::Unknown, |(_, arg)| arg.ty())
            }
            Returns::From(decide) => decide(args),
            Returns::Columns(columns) => columns.first().map_or(Type::Unknown, |(_, ty)| *ty),
        }
    }

    /// Functions that need names, tables or the state of the request.
    fn bind_special(&mut self, row: &Function, call: &'a Call, span: Span, scope: &Scope<'a>) -> Scalar {
        let now = Scalar::Literal(Value::DateTime(self.options.now));
        match row.name {
            "now" => match call.args.first() {
                None => now,
                Some(offset) => {
                    let offset = self.bind_argument(offset, scope);
                    let offset = self.convert_or_report(offset, Type::TimeSpan, span);
                    fold(Scalar::kernel("datetime_add", vec![now, offset], Type::DateTime))
                }
            },
            "ago" => {
                let Some(back) = call.args.first() else { return unknown() };
                let offset = self.bind_argument(back, scope);
                let offset = self.convert_or_report(offset, Type::TimeSpan, back.value.span);
                fold(Scalar::kernel("datetime_subtract", vec![now, offset], Type::DateTime))
            }
            "bin_auto" => self.bind_bin_auto(call, scope),
            "toscalar" => match call.args.first() {
                Some(argument) => self.bind_toscalar(&argument.value, scope),
                None => unknown(),
            },
            "column_ifexists" => self.bind_column_if_exists(call, scope),
            "iscolumnexists" => self.bind_is_column(call, scope),
            "estimate_data_size" => self.bind_data_size(call, scope),
            "column_names_of" => self.bind_column_names(call, scope),
            "pack_all" => self.bind_pack_all(call, scope),
            "bag_pack_columns" => self.bind_pack_columns(call, scope),
            name if functions::window::FUNCTIONS.iter().any(|row| row.name == name) => {
                self.bind_window(row, call, scope)
            }
            name => {
                self.error(
                    Code::UnsupportedFunction,
                    call.name.span,
                    format!("the function `{name}` is not supported"),
                );
                unknown()
            }
        }
    }

    /// `bin` or `bin_at`, with the rest of the arguments from `set` statements.
    fn bind_bin_auto(&mut self, call: &'a Call, scope: &Scope<'a>) -> Scalar {
        let [value] = call.args.as_slice() else { return unknown() };
        let span = call.name.span;
        let [Some(size), start] = self.settings.bin_auto.clone() else {
            self.report(
                Diagnostic::error(Code::InvalidValue, span, "`bin_auto` does not know how large the bins are")
                    .help("say it before the query: `set query_bin_auto_size=1h;`"),
            );
            return unknown();
        };
        let value_span = value.value.span;
        let mut args = vec![self.bind_argument(value, scope), size];
        args.extend(start);
        let name = if args.len() > 2 { "bin_at" } else { "bin" };
        let Some(row) = functions::function(name) else { return unknown() };
        let spans = vec![value_span; args.len()];
        self.apply(row, args, &spans, span)
    }

    fn bind_toscalar(&mut self, expr: &'a Expr, scope: &Scope<'a>) -> Scalar {
        if !self.is_tabular(expr, &scope.env) {
            return self.bind_scalar(expr, &Scope::constants(scope.env.clone()));
        }
        let Some(table) = self.deeper(expr.span, |binder| binder.bind_table(expr, &scope.env)) else {
            return unknown();
        };
        let Some(first) = table.columns.first().cloned() else {
            return unknown();
        };
        let ty = first.ty;
        let table = self.limit(Table { columns: vec![first], ..table }, 1);
        Scalar::Subquery(Box::new(table.unordered()), ty)
    }

    /// A window function: becomes a column of a window node below the operator at hand.
    fn bind_window(&mut self, row: &Function, call: &'a Call, scope: &Scope<'a>) -> Scalar {
        if scope.calls != Calls::Window {
            self.report(
                Diagnostic::error(Code::NotSerialized, call.name.span, format!("`{}` needs rows in order", row.name))
                    .help("put `sort by …` or `serialize` in front"),
            );
            return unknown();
        }
        let args: Vec<Scalar> = call.args.iter().map(|arg| self.bind_argument(arg, scope)).collect();
        let spans: Vec<Span> = call.args.iter().map(|arg| arg.value.span).collect();
        let Some(args) = self.convert_arguments(row.params, args, &spans, call.name.span) else { return unknown() };
        let args = match functions::window::arguments(row.name, args) {
            Ok(args) => args,
            Err(message) => {
                self.error(Code::InvalidValue, call.name.span, message);
                return unknown();
            }
        };
        let ty = self.result_type(row.returns, row.params, &args);
        let same = self.windows.iter().flatten().find(|(_, known)| known.name == row.name && known.args == args);
        if let Some((column, _)) = same {
            return Scalar::column(column);
        }
        let layer = args.iter().map(|arg| self.layer_of(arg)).max().unwrap_or(0);
        if self.windows.len() <= layer {
            self.windows.resize_with(layer + 1, Vec::new);
        }
        // Equal calls share a column: DataFusion would take them out as a common subexpression, and fail.
        let call = WindowCall { name: row.name, args, ty };
        if let Some((known, _)) = self.windows[layer].iter().find(|(_, known)| *known == call) {
            return Scalar::column(known);
        }
        let column = self.fresh(row.name, ty);
        self.windows[layer].push((column.clone(), call));
        Scalar::column(&column)
    }

    /// The first layer in which all window columns of a value are there already.
    fn layer_of(&self, value: &Scalar) -> usize {
        let mut layer = 0;
        value.visit(&mut |part| {
            let Scalar::Column(id, _) = part else { return };
            for (index, calls) in self.windows.iter().enumerate() {
                if calls.iter().any(|(column, _)| column.id == *id) {
                    layer = layer.max(index + 1);
                }
            }
        });
        layer
    }
}

/// A kernel call; a conversion of a `dynamic` value goes to the kernel that reads JSON.
fn kernel_call(name: &'static str, args: Vec<Scalar>, ty: Type) -> Scalar {
    if let (Some((_, to)), [arg]) = (CONVERSIONS.iter().find(|(known, _)| *known == name), args.as_slice()) {
        if arg.ty() == *to {
            return arg.clone();
        }
        if arg.ty() == Type::Dynamic {
            return Scalar::Call { target: Target::Kernel(from_dynamic(*to)), args, ty };
        }
        if let Ok(widened) = widen(arg.clone(), *to) {
            return widened;
        }
    }
    fold(Scalar::kernel(name, args, ty))
}

/// A bare `null`, which fits everywhere.
fn is_untyped_null(value: &Scalar) -> bool {
    matches!(value, Scalar::Literal(literal) if literal.is_null() && literal.ty() == Type::Dynamic)
}
