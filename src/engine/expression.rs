//! Scalars of the core as DataFusion expressions: one match.
//!
//! KQL's comparisons treat null as a value that equals nothing; SQL's give null. Where only truth matters (a filter)
//! the plain SQL comparison does, and it is what scans can use for pruning. Elsewhere the KQL answer is spelled out.

use std::slice::from_ref;
use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Column as DfColumn, ScalarValue};
use datafusion::logical_expr::expr::{InList, ScalarFunction, Sort as DfSort};
use datafusion::logical_expr::{BinaryExpr, Case, Cast, Expr, Operator, lit};
use datafusion::prelude::SessionContext;

use super::kernels;
use super::types::arrow_type;
use super::{dynamic, list_type};
use crate::error::{Error, Result};
use crate::ir::{ColumnId, Op, Scalar, SortKey, Target};
use crate::types::Type;
use crate::value::{DECIMAL_PRECISION, DECIMAL_SCALE, Value};

/// What an expression is needed for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// Its value, null included.
    Value,
    /// Whether it is true; null is as good as false.
    Truth,
}

/// The kernel that gives all zeros one sign, and all NaNs a place above every number.
pub(super) const REAL_KEY: &str = "real_key";

/// The same with NaNs below every number.
pub(super) const LOW_REAL_KEY: &str = "real_key_low";

/// The name a column of the core has in a plan.
pub(super) fn column_name(id: ColumnId) -> String {
    format!("c{}", id.0)
}

/// A column of the core.
pub(super) fn column(id: ColumnId) -> Expr {
    Expr::Column(DfColumn::new_unqualified(column_name(id)))
}

/// Lowers scalars with the functions of a session.
pub(super) struct Expressions<'a> {
    pub(super) session: &'a SessionContext,
}

impl Expressions<'_> {
    /// The expression of a scalar.
    pub(super) fn plan(&self, scalar: &Scalar, need: Need) -> Result<Expr> {
        match scalar {
            Scalar::Column(id, _) => Ok(column(*id)),
            Scalar::Literal(value) => Ok(Expr::Literal(literal(value), None)),
            // A cast of Arrow fails at numbers that no decimal can hold.
            Scalar::Cast(arg, Type::Decimal) if arg.ty() == Type::Real => {
                self.plan(&Scalar::kernel("todecimal", vec![(**arg).clone()], Type::Decimal), need)
            }
            Scalar::Cast(arg, ty) => {
                let arg = self.plan(arg, Need::Value)?;
                Ok(Expr::Cast(Cast::new(Box::new(arg), arrow_type(*ty))))
            }
            Scalar::Call { target, args, ty } => match target {
                Target::Op(op) => self.plan_operator(*op, args, *ty, need),
                Target::Builtin(name) => {
                    let function = self.session.state_ref().read().scalar_functions().get(*name).cloned();
                    let function = function.ok_or_else(|| missing("function", name))?;
                    Ok(Expr::ScalarFunction(ScalarFunction::new_udf(function, self.plan_all(args)?)))
                }
                Target::Kernel(name) => self.plan_kernel(name, args, arrow_type(*ty)),
            },
            Scalar::Case { branches, otherwise, .. } => {
                let branches = branches.iter().map(|(condition, value)| {
                    let condition = self.plan(condition, Need::Truth)?;
                    Ok((Box::new(condition), Box::new(self.plan(value, Need::Value)?)))
                });
                let branches = branches.collect::<Result<Vec<_>>>()?;
                let otherwise = self.plan(otherwise, Need::Value)?;
                Ok(Expr::Case(Case::new(None, branches, Some(Box::new(otherwise)))))
            }
            Scalar::Subquery(..) | Scalar::InSubquery { .. } => {
                Err(Error::Engine("a sub-query was not run before the query around it".to_owned()))
            }
            Scalar::Aggregate(_) => Err(Error::Engine("an aggregate stands outside of an aggregation".to_owned())),
        }
    }

    pub(super) fn plan_all(&self, args: &[Scalar]) -> Result<Vec<Expr>> {
        args.iter().map(|arg| self.plan(arg, Need::Value)).collect()
    }

    pub(super) fn plan_kernel(&self, name: &str, args: &[Scalar], ret: DataType) -> Result<Expr> {
        let kernel = kernels::kernel(name).ok_or_else(|| missing("kernel", name))?;
        let function = kernels::kernel_function(kernel, ret);
        Ok(Expr::ScalarFunction(ScalarFunction::new_udf(function, self.plan_all(args)?)))
    }

    /// A kernel that yields a list of values of a type, for unnesting.
    pub(super) fn plan_list(&self, scalar: &Scalar) -> Result<Expr> {
        match scalar {
            Scalar::Call { target: Target::Kernel(name), args, ty } if kernels::yields_list(name) => {
                let args = args.iter().map(|arg| match arg {
                    // Positions are counted in a list that another kernel yields.
                    Scalar::Call { target: Target::Kernel(inner), .. } if kernels::yields_list(inner) => {
                        self.plan_list(arg)
                    }
                    other => self.plan(other, Need::Value),
                });
                let kernel = kernels::kernel(name).ok_or_else(|| missing("kernel", name))?;
                let function = kernels::kernel_function(kernel, list_type(arrow_type(*ty)));
                Ok(Expr::ScalarFunction(ScalarFunction::new_udf(function, args.collect::<Result<Vec<_>>>()?)))
            }
            _ => Err(Error::Engine("only a list can be taken apart".to_owned())),
        }
    }

    pub(super) fn plan_sort_keys(&self, keys: &[SortKey]) -> Result<Vec<DfSort>> {
        keys.iter()
            .map(|key| {
                let at_low_end = key.descending != key.nulls_first;
                let expr = match key.value.ty() {
                    // NaN stands beside null, at whichever end that is.
                    Type::Real if at_low_end => {
                        self.plan_kernel(LOW_REAL_KEY, from_ref(&key.value), DataType::Float64)?
                    }
                    _ => self.plan_key(&key.value)?,
                };
                Ok(DfSort { expr, asc: !key.descending, nulls_first: key.nulls_first })
            })
            .collect()
    }

    /// A value that rows are told apart by. Arrow tells zeros and NaNs apart by their signs, KQL does not.
    pub(super) fn plan_key(&self, key: &Scalar) -> Result<Expr> {
        match key.ty() {
            Type::Real => self.plan_kernel(REAL_KEY, from_ref(key), DataType::Float64),
            _ => self.plan(key, Need::Value),
        }
    }

    pub(super) fn plan_keys(&self, keys: &[Scalar]) -> Result<Vec<Expr>> {
        keys.iter().map(|key| self.plan_key(key)).collect()
    }

    fn plan_operator(&self, op: Op, args: &[Scalar], ty: Type, need: Need) -> Result<Expr> {
        match (op, args) {
            (Op::And | Op::Or, args) => {
                let operator = if op == Op::And { Operator::And } else { Operator::Or };
                let args = args.iter().map(|arg| self.plan(arg, need)).collect::<Result<Vec<_>>>()?;
                Ok(balanced(args, operator))
            }
            (Op::Not, [arg]) => {
                // Only its value can be turned around: what is merely "not true" may be null.
                Ok(Expr::Not(Box::new(self.plan(arg, Need::Value)?)))
            }
            (Op::Equal | Op::NotEqual, [left, right]) => self.plan_equality(op, left, right, need),
            (Op::Less | Op::LessOrEqual | Op::Greater | Op::GreaterOrEqual, [left, right]) => {
                self.plan_order(op, left, right)
            }
            (Op::Add | Op::Subtract | Op::Multiply, [left, right]) => {
                let operator = match op {
                    Op::Add => Operator::Plus,
                    Op::Subtract => Operator::Minus,
                    _ => Operator::Multiply,
                };
                let sum = binary(self.plan(left, Need::Value)?, operator, self.plan(right, Need::Value)?);
                // Arrow widens decimals with every operation; KQL keeps one precision.
                let cast = ty == Type::Decimal;
                Ok(if cast { Expr::Cast(Cast::new(Box::new(sum), arrow_type(ty))) } else { sum })
            }
            // The least number is its own negative; DataFusion's sign has no answer for it where it folds constants.
            (Op::Negate, [arg]) if matches!(ty, Type::Int | Type::Long) => {
                let zero = if ty == Type::Int { Value::Int(0) } else { Value::Long(0) };
                let zero = Expr::Literal(literal(&zero), None);
                Ok(binary(zero, Operator::Minus, self.plan(arg, Need::Value)?))
            }
            (Op::Negate, [arg]) => Ok(Expr::Negative(Box::new(self.plan(arg, Need::Value)?))),
            (Op::IsNull, [arg]) => Ok(Expr::IsNull(Box::new(self.plan(arg, Need::Value)?))),
            (Op::IsNotNull, [arg]) => Ok(Expr::IsNotNull(Box::new(self.plan(arg, Need::Value)?))),
            (Op::Coalesce, args) => Ok(first_known(self.plan_all(args)?)),
            (Op::InList, [value, items @ ..]) => {
                let found =
                    Expr::InList(InList::new(Box::new(self.plan(value, Need::Value)?), self.plan_all(items)?, false));
                // A null is in no list.
                Ok(if need == Need::Truth || never_null(value) { found } else { or_false(found) })
            }
            (op, args) => Err(Error::Engine(format!("`{}` got {} operands", op.text(), args.len()))),
        }
    }

    fn plan_equality(&self, op: Op, left: &Scalar, right: &Scalar, need: Need) -> Result<Expr> {
        let (l, r) = (self.plan(left, Need::Value)?, self.plan(right, Need::Value)?);
        let equal = op == Op::Equal;
        let (plain, distinct) = match equal {
            true => (Operator::Eq, Operator::IsNotDistinctFrom),
            false => (Operator::NotEq, Operator::IsDistinctFrom),
        };
        if left.ty() == Type::Real && !(number(left) || number(right)) {
            // Arrow holds NaN equal to itself.
            let same = binary(l.clone(), Operator::Eq, r.clone());
            let number = Expr::Not(Box::new(self.is_nan(l.clone())?));
            let same = binary(same, Operator::And, number);
            let either = binary(Expr::IsNull(Box::new(l.clone())), Operator::And, Expr::IsNull(Box::new(r)));
            let answer = or_false(same);
            let answer = if equal { answer } else { Expr::Not(Box::new(answer)) };
            return Ok(unless(either, answer));
        }
        let sure = (never_null(left), never_null(right));
        Ok(match (sure, need) {
            ((true, true), _) => binary(l, plain, r),
            (_, Need::Truth) if equal => binary(l, plain, r),
            ((true, _) | (_, true), _) | (_, Need::Truth) => binary(l, distinct, r),
            ((false, false), Need::Value) => {
                let either =
                    binary(Expr::IsNull(Box::new(l.clone())), Operator::And, Expr::IsNull(Box::new(r.clone())));
                unless(either, binary(l, distinct, r))
            }
        })
    }

    fn plan_order(&self, op: Op, left: &Scalar, right: &Scalar) -> Result<Expr> {
        let operator = match op {
            Op::Less => Operator::Lt,
            Op::LessOrEqual => Operator::LtEq,
            Op::Greater => Operator::Gt,
            _ => Operator::GtEq,
        };
        let (l, r) = (self.plan(left, Need::Value)?, self.plan(right, Need::Value)?);
        let mut answer = binary(l.clone(), operator, r.clone());
        if left.ty() == Type::Real {
            // Arrow sorts NaN above all numbers; in KQL it is neither above nor below anything.
            let upward = matches!(op, Op::Greater | Op::GreaterOrEqual);
            for (side, scalar, top) in [(l, left, upward), (r, right, !upward)] {
                let other = if top { right } else { left };
                let relevant = top || !number(other);
                if !number(scalar) && relevant {
                    answer = binary(answer, Operator::And, Expr::Not(Box::new(self.is_nan(side)?)));
                }
            }
        }
        Ok(answer)
    }

    fn is_nan(&self, value: Expr) -> Result<Expr> {
        let function = self.session.state_ref().read().scalar_functions().get("isnan").cloned();
        let function = function.ok_or_else(|| missing("function", "isnan"))?;
        Ok(Expr::ScalarFunction(ScalarFunction::new_udf(function, vec![value])))
    }
}

fn missing(what: &str, name: &str) -> Error {
    Error::Engine(format!("the {what} `{name}` is not registered"))
}

fn binary(left: Expr, operator: Operator, right: Expr) -> Expr {
    Expr::BinaryExpr(BinaryExpr::new(Box::new(left), operator, Box::new(right)))
}

/// A tree of an associative operator that is no deeper than it must be.
fn balanced(mut args: Vec<Expr>, operator: Operator) -> Expr {
    while args.len() > 1 {
        let mut halved = Vec::with_capacity(args.len().div_ceil(2));
        let mut rest = args.into_iter();
        while let Some(left) = rest.next() {
            halved.push(match rest.next() {
                Some(right) => binary(left, operator, right),
                None => left,
            });
        }
        args = halved;
    }
    args.pop().unwrap_or_else(|| lit(operator == Operator::And))
}

/// DataFusion's `IS TRUE` would do, if its plans agreed that it is never null.
fn or_false(test: Expr) -> Expr {
    first_known(vec![test, lit(false)])
}

/// The first value that is not null, else the last one. DataFusion's function for it is no more than this, and only
/// after it was simplified.
pub(super) fn first_known(mut values: Vec<Expr>) -> Expr {
    let Some(last) = values.pop() else { return lit(ScalarValue::Null) };
    if values.is_empty() {
        return last;
    }
    let cases = values.into_iter().map(|value| (Box::new(Expr::IsNotNull(Box::new(value.clone()))), Box::new(value)));
    Expr::Case(Case::new(None, cases.collect(), Some(Box::new(last))))
}

/// Null where a condition holds, else the answer.
fn unless(condition: Expr, answer: Expr) -> Expr {
    let null = Expr::Literal(ScalarValue::Boolean(None), None);
    Expr::Case(Case::new(None, vec![(Box::new(condition), Box::new(null))], Some(Box::new(answer))))
}

/// Whether a value cannot be null: strings never are, and constants show it.
fn never_null(scalar: &Scalar) -> bool {
    match scalar {
        Scalar::Literal(value) => !value.is_null(),
        other => other.ty() == Type::String,
    }
}

/// Whether a value is a constant number other than NaN.
fn number(scalar: &Scalar) -> bool {
    scalar.literal().and_then(Value::as_f64).is_some_and(|number| !number.is_nan())
}

/// A constant as DataFusion holds it.
pub(super) fn literal(value: &Value) -> ScalarValue {
    match value {
        Value::Null(ty) => null(*ty),
        Value::Bool(truth) => ScalarValue::Boolean(Some(*truth)),
        Value::Int(n) => ScalarValue::Int32(Some(*n)),
        Value::Long(n) => ScalarValue::Int64(Some(*n)),
        Value::Real(n) => ScalarValue::Float64(Some(*n)),
        Value::Decimal(n) => ScalarValue::Decimal128(Some(*n), DECIMAL_PRECISION, DECIMAL_SCALE),
        Value::String(text) | Value::Guid(text) => ScalarValue::Utf8View(Some(text.clone())),
        Value::DateTime(n) => ScalarValue::TimestampNanosecond(Some(*n), Some(Arc::from("UTC"))),
        Value::TimeSpan(n) => ScalarValue::DurationNanosecond(Some(*n)),
        Value::Dynamic(json) => ScalarValue::Utf8View(dynamic::encode(json)),
    }
}

fn null(ty: Type) -> ScalarValue {
    match ty {
        Type::Bool => ScalarValue::Boolean(None),
        Type::Int => ScalarValue::Int32(None),
        Type::Long => ScalarValue::Int64(None),
        Type::Real => ScalarValue::Float64(None),
        Type::Decimal => ScalarValue::Decimal128(None, DECIMAL_PRECISION, DECIMAL_SCALE),
        Type::DateTime => ScalarValue::TimestampNanosecond(None, Some(Arc::from("UTC"))),
        Type::TimeSpan => ScalarValue::DurationNanosecond(None),
        Type::String => ScalarValue::Utf8View(Some(String::new())),
        Type::Guid | Type::Dynamic | Type::Unknown => ScalarValue::Utf8View(None),
    }
}

/// A cell of an answer as a constant.
pub(super) fn value(cell: &ScalarValue, ty: Type) -> Value {
    match cell {
        ScalarValue::Boolean(Some(truth)) => Value::Bool(*truth),
        ScalarValue::Int32(Some(n)) => Value::Int(*n),
        ScalarValue::Int64(Some(n)) => Value::Long(*n),
        ScalarValue::Float64(Some(n)) => Value::Real(*n),
        ScalarValue::Decimal128(Some(n), _, _) => Value::Decimal(*n),
        ScalarValue::TimestampNanosecond(Some(n), _) => Value::DateTime(*n),
        ScalarValue::DurationNanosecond(Some(n)) => Value::TimeSpan(*n),
        ScalarValue::Utf8View(Some(text)) => match ty {
            Type::Dynamic => Value::Dynamic(dynamic::decode(text)),
            Type::Guid => Value::Guid(text.clone()),
            _ => Value::String(text.clone()),
        },
        _ => Value::missing(ty),
    }
}
