//! Scalar expressions of the core: typed, resolved, every conversion explicit.

use super::{Column, ColumnId, Rel, SortKey};
use crate::types::Type;
use crate::value::Value;

/// A typed value computed from the columns of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// A column of the input.
    Column(ColumnId, Type),
    /// A constant.
    Literal(Value),
    /// A call.
    Call {
        /// What is called.
        target: Target,
        /// The arguments, already of the types that the target takes.
        args: Vec<Scalar>,
        /// The result's type.
        ty: Type,
    },
    /// A conversion that cannot fail: `int` to `long`, a number to `real` or `decimal`, a null to any type.
    Cast(Box<Scalar>, Type),
    /// The value behind the first condition that is true. All values have the type `ty`.
    Case {
        /// Conditions and values.
        branches: Vec<(Scalar, Scalar)>,
        /// The value when no condition is true.
        otherwise: Box<Scalar>,
        /// The type of the values.
        ty: Type,
    },
    /// The first column of the first row of a relation (`toscalar`), run before the query; null when it has no row.
    Subquery(Box<Rel>, Type),
    /// Whether a value is among the first column of a relation, run before the query.
    InSubquery {
        /// The tested value.
        value: Box<Scalar>,
        /// The relation.
        rel: Box<Rel>,
        /// `in~`: letters of either case are equal.
        ignore_case: bool,
    },
    /// An aggregate; stands only inside expressions that the binder takes apart into [`Rel::Aggregate`].
    Aggregate(Box<AggregateCall>),
}

/// What a call runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// An operator that the engine knows.
    Op(Op),
    /// A scalar function of DataFusion, by its name.
    Builtin(&'static str),
    /// A kernel of ours, by its name in `engine::kernels`.
    Kernel(&'static str),
}

/// Operators of the core. Comparisons follow KQL: a null equals nothing but compares as different from every value,
/// and two nulls compare as null. Operands have equal types, but for `Add` and `Subtract` of datetimes and timespans.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // The names say it.
pub enum Op {
    And,
    Or,
    Not,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Negate,
    IsNull,
    IsNotNull,
    /// The first argument that is not null.
    Coalesce,
    /// Whether the first argument is among the others, which are constants.
    InList,
}

impl Op {
    /// The text in explanations.
    pub fn text(self) -> &'static str {
        match self {
            Op::And => "and",
            Op::Or => "or",
            Op::Not => "not",
            Op::Equal => "==",
            Op::NotEqual => "!=",
            Op::Less => "<",
            Op::LessOrEqual => "<=",
            Op::Greater => ">",
            Op::GreaterOrEqual => ">=",
            Op::Add => "+",
            Op::Subtract => "-",
            Op::Multiply => "*",
            Op::Negate => "negate",
            Op::IsNull => "isnull",
            Op::IsNotNull => "isnotnull",
            Op::Coalesce => "coalesce",
            Op::InList => "in",
        }
    }
}

/// One aggregate over the rows of a group.
#[derive(Clone, Debug, PartialEq)]
pub struct AggregateCall {
    /// What computes it.
    pub target: Target,
    /// Its arguments, already of the types that the target takes. Parameters such as a percentile are literals.
    pub args: Vec<Scalar>,
    /// Only rows for which this is true count.
    pub filter: Option<Scalar>,
    /// Equal arguments count once.
    pub distinct: bool,
    /// Order in which rows are fed, where the target cares (`make_list` behind `sort`).
    pub order_by: Vec<SortKey>,
    /// The types of the result columns: one, or several (`arg_max(x, a, b)`).
    pub types: Vec<Type>,
}

impl Scalar {
    /// Its type.
    pub fn ty(&self) -> Type {
        match self {
            Scalar::Column(_, ty) | Scalar::Cast(_, ty) | Scalar::Subquery(_, ty) => *ty,
            Scalar::Literal(value) => value.ty(),
            Scalar::Call { ty, .. } | Scalar::Case { ty, .. } => *ty,
            Scalar::InSubquery { .. } => Type::Bool,
            Scalar::Aggregate(call) => call.types.first().copied().unwrap_or(Type::Unknown),
        }
    }

    /// A reference to a column.
    pub fn column(column: &Column) -> Scalar {
        Scalar::Column(column.id, column.ty)
    }

    /// A call of an operator.
    pub fn op(op: Op, args: Vec<Scalar>, ty: Type) -> Scalar {
        Scalar::Call { target: Target::Op(op), args, ty }
    }

    /// A call of a kernel.
    pub fn kernel(name: &'static str, args: Vec<Scalar>, ty: Type) -> Scalar {
        Scalar::Call { target: Target::Kernel(name), args, ty }
    }

    /// A call of a DataFusion function.
    pub fn builtin(name: &'static str, args: Vec<Scalar>, ty: Type) -> Scalar {
        Scalar::Call { target: Target::Builtin(name), args, ty }
    }

    /// A `string` constant.
    pub fn text(text: impl Into<String>) -> Scalar {
        Scalar::Literal(Value::String(text.into()))
    }

    /// A `long` constant.
    pub fn long(number: i64) -> Scalar {
        Scalar::Literal(Value::Long(number))
    }

    /// A `bool` constant.
    pub fn bool(truth: bool) -> Scalar {
        Scalar::Literal(Value::Bool(truth))
    }

    /// The negation of a truth value.
    #[must_use]
    #[allow(clippy::should_implement_trait)] // `!scalar` would hide that a tree is built.
    pub fn not(self) -> Scalar {
        Scalar::op(Op::Not, vec![self], Type::Bool)
    }

    /// The constant it is, if it is one.
    pub fn literal(&self) -> Option<&Value> {
        match self {
            Scalar::Literal(value) => Some(value),
            _ => None,
        }
    }

    /// Calls `f` on itself and every part, outermost first.
    pub fn visit<'a>(&'a self, f: &mut dyn FnMut(&'a Scalar)) {
        f(self);
        match self {
            Scalar::Column(..) | Scalar::Literal(_) | Scalar::Subquery(..) => {}
            Scalar::Call { args, .. } => args.iter().for_each(|arg| arg.visit(f)),
            Scalar::Cast(arg, _) => arg.visit(f),
            Scalar::InSubquery { value, .. } => value.visit(f),
            Scalar::Case { branches, otherwise, .. } => {
                for (condition, value) in branches {
                    condition.visit(f);
                    value.visit(f);
                }
                otherwise.visit(f);
            }
            Scalar::Aggregate(call) => {
                call.args.iter().chain(&call.filter).for_each(|arg| arg.visit(f));
                call.order_by.iter().for_each(|key| key.value.visit(f));
            }
        }
    }

    /// Rebuilds it with `f` applied to every part, innermost first.
    #[must_use]
    pub fn transform(self, f: &mut dyn FnMut(Scalar) -> Scalar) -> Scalar {
        let all = |args: Vec<Scalar>, f: &mut dyn FnMut(Scalar) -> Scalar| -> Vec<Scalar> {
            args.into_iter().map(|arg| arg.transform(f)).collect()
        };
        let rebuilt = match self {
            leaf @ (Scalar::Column(..) | Scalar::Literal(_) | Scalar::Subquery(..)) => leaf,
            Scalar::Call { target, args, ty } => Scalar::Call { target, args: all(args, f), ty },
            Scalar::Cast(arg, ty) => Scalar::Cast(Box::new(arg.transform(f)), ty),
            Scalar::InSubquery { value, rel, ignore_case } => {
                Scalar::InSubquery { value: Box::new(value.transform(f)), rel, ignore_case }
            }
            Scalar::Case { branches, otherwise, ty } => Scalar::Case {
                branches: branches.into_iter().map(|(c, v)| (c.transform(f), v.transform(f))).collect(),
                otherwise: Box::new(otherwise.transform(f)),
                ty,
            },
            Scalar::Aggregate(call) => {
                let AggregateCall { target, args, filter, distinct, order_by, types } = *call;
                Scalar::Aggregate(Box::new(AggregateCall {
                    target,
                    args: all(args, f),
                    filter: filter.map(|filter| filter.transform(f)),
                    distinct,
                    order_by: order_by
                        .into_iter()
                        .map(|key| SortKey { value: key.value.transform(f), ..key })
                        .collect(),
                    types,
                }))
            }
        };
        f(rebuilt)
    }
}
