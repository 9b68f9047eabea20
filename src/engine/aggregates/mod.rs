//! Aggregates that DataFusion lacks, or answers otherwise than Kusto. One file per family, a row per kernel.
//!
//! A kernel keeps one state per group for all groups at once (`rows::Groups`). DataFusion's accumulator of a
//! single group is the same thing with one group. Arguments come in Arrow types, strings never null. A kernel with
//! several results answers with a struct of the fields `c0`, `c1`, ….

mod average;
mod bag;
mod buckets;
mod coded;
mod distinct;
mod exact;
mod extreme;
mod histogram;
mod json;
mod leader;
mod list;
mod moments;
mod patterns;
mod percentile;
mod pick;
mod rows;
mod seen;
mod sequences;
mod set;
mod sketches;
#[cfg(test)]
mod testing;
mod thin;

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::compute::SortOptions;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::{AggregateOrderSensitivity, format_state_name};
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, GroupsAccumulator, Signature, TypeSignature, Volatility,
};
use datafusion::physical_expr::expressions::Literal;

use crate::engine::types::{arrow_field, arrow_type};
use crate::types::Type;
use rows::{Grouped, Groups, Single};

/// One kernel: a name that aggregate rows refer to, and what runs.
#[derive(Clone, Copy)]
pub struct Kernel {
    /// The name.
    pub name: &'static str,
    /// The types of the columns that hold the state of a group between the phases of an aggregation. Constants and
    /// sort directions of the call are not known here.
    state: fn(&Call) -> Vec<DataType>,
    /// Makes the states of no groups.
    start: fn(&Call) -> Result<Box<dyn Groups>>,
    order: Order,
}

/// Whether the order of rows shows in the answer. Kernels that care sort for themselves.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Any,
    Kept,
}

/// What a kernel knows of its call.
#[derive(Clone, Debug)]
struct Call {
    /// The types of the arguments.
    args: Vec<DataType>,
    /// The arguments that are constant.
    constants: Vec<Option<ScalarValue>>,
    /// The KQL types of the results.
    types: Vec<Type>,
    /// The type of the answer: that of the only result, or a struct of several.
    ret: DataType,
    /// What the rows are ordered by; comes behind the arguments.
    order: Vec<(DataType, SortOptions)>,
}

/// All kernels, by family.
const FAMILIES: &[&[Kernel]] = &[
    pick::KERNELS,
    list::KERNELS,
    set::KERNELS,
    bag::KERNELS,
    distinct::KERNELS,
    exact::KERNELS,
    percentile::KERNELS,
    average::KERNELS,
    extreme::KERNELS,
    moments::KERNELS,
    sketches::KERNELS,
    patterns::KERNELS,
    sequences::KERNELS,
];

/// The kernel of a name.
pub fn kernel(name: &str) -> Option<&'static Kernel> {
    FAMILIES.iter().flat_map(|rows| rows.iter()).find(|row| row.name == name)
}

/// Whether an aggregate takes its first argument by dictionary too, where that is text.
pub(super) fn takes_codes(name: &str) -> bool {
    matches!(name, "dcount" | "count_distinct" | "make_set")
}

/// The kernel of a name as a DataFusion aggregate with results of these types. It answers with the result, or with a
/// struct of the fields `c0`, `c1`, … when there are several.
pub fn aggregate_function(name: &str, types: &[Type]) -> Option<Arc<AggregateUDF>> {
    let kernel = kernel(name)?;
    let signature = Signature::one_of(vec![TypeSignature::VariadicAny, TypeSignature::Nullary], Volatility::Immutable);
    Some(Arc::new(AggregateUDF::new_from_impl(KernelFunction { kernel, types: types.to_vec(), signature })))
}

/// The Arrow type that a kernel with results of these types answers with.
pub fn answer_type(types: &[Type]) -> DataType {
    match types {
        [only] => arrow_type(*only),
        several => {
            let fields = several.iter().enumerate().map(|(index, ty)| {
                // Nullable whatever the type: the struct of a group without rows holds nulls for a moment.
                arrow_field(&format!("c{index}"), *ty).with_nullable(true)
            });
            DataType::Struct(fields.collect())
        }
    }
}

struct KernelFunction {
    kernel: &'static Kernel,
    types: Vec<Type>,
    signature: Signature,
}

impl std::fmt::Debug for KernelFunction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{:?}", self.kernel.name, self.types)
    }
}

impl PartialEq for KernelFunction {
    fn eq(&self, other: &Self) -> bool {
        self.kernel.name == other.kernel.name && self.types == other.types
    }
}

impl Eq for KernelFunction {}

impl Hash for KernelFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.kernel.name.hash(state);
        self.types.hash(state);
    }
}

impl KernelFunction {
    fn call(&self, args: &AccumulatorArgs) -> Result<Call> {
        let order = args.order_bys.iter().map(|key| Ok((key.expr.data_type(args.schema)?, key.options)));
        let order = match self.kernel.order {
            Order::Any => Vec::new(),
            Order::Kept => order.collect::<Result<_>>()?,
        };
        let constant = |expr: &Arc<dyn datafusion::physical_expr::PhysicalExpr>| {
            expr.downcast_ref::<Literal>().map(|literal| literal.value().clone())
        };
        Ok(Call {
            args: args.expr_fields.iter().map(|field| field.data_type().clone()).collect(),
            constants: args.exprs.iter().map(constant).collect(),
            types: self.types.clone(),
            ret: answer_type(&self.types),
            order,
        })
    }
}

impl AggregateUDFImpl for KernelFunction {
    fn name(&self) -> &str {
        self.kernel.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(answer_type(&self.types))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        let order = match self.kernel.order {
            Order::Any => &[],
            Order::Kept => args.ordering_fields,
        };
        let call = Call {
            args: args.input_fields.iter().map(|field| field.data_type().clone()).collect(),
            constants: Vec::new(),
            types: self.types.clone(),
            ret: answer_type(&self.types),
            order: order.iter().map(|field| (field.data_type().clone(), SortOptions::default())).collect(),
        };
        let types = (self.kernel.state)(&call).into_iter().enumerate();
        let field = |(index, ty)| Arc::new(Field::new(format_state_name(args.name, &format!("s{index}")), ty, true));
        Ok(types.map(field).collect())
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(Single::new(self.kernel, &self.call(&args)?)?))
    }

    fn groups_accumulator_supported(&self, _args: AccumulatorArgs) -> bool {
        true
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(Grouped::new(self.kernel, self.call(&args)?)?))
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        match self.kernel.order {
            Order::Any => AggregateOrderSensitivity::Insensitive,
            Order::Kept => AggregateOrderSensitivity::Beneficial,
        }
    }

    fn with_beneficial_ordering(self: Arc<Self>, _sorted: bool) -> Result<Option<Arc<dyn AggregateUDFImpl>>> {
        Ok(Some(self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::aggregate::ORDERED;

    #[test]
    fn the_kernels_that_keep_order_are_those_that_say_so() {
        let kept = FAMILIES.iter().flat_map(|rows| rows.iter()).filter(|row| row.order == Order::Kept);
        assert_eq!(kept.map(|row| row.name).collect::<Vec<_>>(), ORDERED);
    }

    #[test]
    fn several_results_come_as_a_struct() {
        let answer = answer_type(&[Type::Long, Type::String]);
        assert_eq!(answer.to_string(), r#"Struct("c0": Int64, "c1": Utf8View)"#);
        assert_eq!(answer_type(&[Type::Long]), DataType::Int64);
    }
}
