//! Scalar kernels: what DataFusion lacks, over whole arrays. One file per family, a row per kernel.
//!
//! A kernel gets its arguments as [`Args`] and returns one array of [`Args::rows`] values of the type [`Args::ret`].
//! String results are never null: a missing string is `""`. A kernel that is called with constants only is run
//! on one row and its answer spread, so constants cost nothing per row.

pub mod args;
mod arithmetic;
mod array;
mod array_make;
mod array_set;
mod bag;
mod bin;
mod capture;
mod cells;
mod conditional;
mod conversion;
mod conversion_text;
mod datetime;
mod datetime_format;
mod datetime_make;
mod dynamic;
mod encoding;
mod format;
mod hash;
mod ipv4;
mod ipv4_in_text;
mod ipv6;
mod make_series;
mod math;
mod math_special;
mod parse;
mod regex;
mod regex_text;
mod repeats;
mod search;
mod series;
mod series_decompose;
mod series_fill;
mod series_fourier;
mod series_outliers;
mod series_periods;
mod series_poly;
mod series_stats;
mod sketch;
mod string;
mod string_find;
mod string_operators;
#[cfg(test)]
pub(crate) mod testing;
mod url;
mod user_agent;
mod xml;

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, TypeSignature, Volatility,
};

pub use args::Args;
use repeats::Repeats;

/// One kernel: a name that function rows refer to, and what runs.
#[derive(Clone, Copy)]
pub struct Kernel {
    /// The name.
    pub name: &'static str,
    /// Whether equal arguments give equal answers.
    pub volatility: Volatility,
    /// Computes an array of `args.rows` values of the type `args.ret`.
    pub run: fn(&Args) -> Result<ArrayRef>,
}

impl Kernel {
    /// A kernel whose answer depends on its arguments alone.
    pub const fn new(name: &'static str, run: fn(&Args) -> Result<ArrayRef>) -> Kernel {
        Kernel { name, volatility: Volatility::Immutable, run }
    }

    /// A kernel that answers anew for each row (`rand`, `new_guid`).
    pub const fn volatile(name: &'static str, run: fn(&Args) -> Result<ArrayRef>) -> Kernel {
        Kernel { name, volatility: Volatility::Volatile, run }
    }

    /// A kernel that is not run before the plan is: as a constant of the plan its answer may be larger than all else, and
    /// the optimizer prints and hashes constants time and again.
    pub const fn unfolded(name: &'static str, run: fn(&Args) -> Result<ArrayRef>) -> Kernel {
        Kernel::volatile(name, run)
    }
}

/// All kernels, by family.
pub const FAMILIES: &[&[Kernel]] = &[
    capture::KERNELS,
    make_series::KERNELS,
    arithmetic::KERNELS,
    array::KERNELS,
    array_make::KERNELS,
    array_set::KERNELS,
    bag::KERNELS,
    bin::KERNELS,
    conditional::KERNELS,
    conversion::KERNELS,
    conversion_text::KERNELS,
    datetime::KERNELS,
    datetime_format::KERNELS,
    datetime_make::KERNELS,
    dynamic::KERNELS,
    math::KERNELS,
    math_special::KERNELS,
    regex::KERNELS,
    series::KERNELS,
    series_decompose::KERNELS,
    series_fill::KERNELS,
    series_fourier::KERNELS,
    series_outliers::KERNELS,
    series_periods::KERNELS,
    series_poly::KERNELS,
    series_stats::KERNELS,
    sketch::KERNELS,
    string_operators::KERNELS,
    encoding::KERNELS,
    format::KERNELS,
    hash::KERNELS,
    ipv4::KERNELS,
    ipv4_in_text::KERNELS,
    ipv6::KERNELS,
    parse::KERNELS,
    regex_text::KERNELS,
    string::KERNELS,
    string_find::KERNELS,
    url::KERNELS,
    user_agent::KERNELS,
    xml::KERNELS,
];

/// Kernels that yield a list of values, which an unnesting takes apart.
pub fn yields_list(name: &str) -> bool {
    matches!(
        name,
        "range_long"
            | "range_real"
            | "range_datetime"
            | "range_timespan"
            | "dynamic_items"
            | "dynamic_item_pairs"
            | "item_indexes"
    )
}

/// The kernel of a name.
pub fn kernel(name: &str) -> Option<&'static Kernel> {
    FAMILIES.iter().flat_map(|rows| rows.iter()).find(|row| row.name == name)
}

/// A kernel as a DataFusion function that gives a fixed type (the binder has worked it out).
pub fn kernel_function(kernel: &'static Kernel, ret: DataType) -> Arc<ScalarUDF> {
    let signature = Signature::one_of(vec![TypeSignature::VariadicAny, TypeSignature::Nullary], kernel.volatility);
    Arc::new(ScalarUDF::new_from_impl(KernelFunction { kernel, ret, signature }))
}

struct KernelFunction {
    kernel: &'static Kernel,
    ret: DataType,
    signature: Signature,
}

impl std::fmt::Debug for KernelFunction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.kernel.name, self.ret)
    }
}

impl PartialEq for KernelFunction {
    fn eq(&self, other: &Self) -> bool {
        self.kernel.name == other.kernel.name && self.ret == other.ret
    }
}

impl Eq for KernelFunction {}

impl Hash for KernelFunction {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.kernel.name.hash(state);
        self.ret.hash(state);
    }
}

impl ScalarUDFImpl for KernelFunction {
    fn name(&self) -> &str {
        self.kernel.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arg_types: &[DataType]) -> Result<DataType> {
        Ok(self.ret.clone())
    }

    fn return_field_from_args(&self, _args: ReturnFieldArgs) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(self.kernel.name, self.ret.clone(), true)))
    }

    fn invoke_with_args(&self, call: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let immutable = self.kernel.volatility == Volatility::Immutable;
        let constant = immutable && call.args.iter().all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        if let Some(repeats) = Repeats::of(&call.args).filter(|_| immutable) {
            let answers = self.run(&repeats.arguments(&call.args), repeats.len())?;
            return Ok(ColumnarValue::Array(repeats.spread(&answers)?));
        }
        let array = self.run(&call.args, if constant { 1 } else { call.number_rows })?;
        if constant {
            Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&array, 0)?))
        } else {
            Ok(ColumnarValue::Array(array))
        }
    }
}

impl KernelFunction {
    fn run(&self, args: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let array = (self.kernel.run)(&Args { values: args, rows, ret: &self.ret })?;
        if array.len() != rows || array.data_type() != &self.ret {
            return internal_err!(
                "kernel `{}` gave {} values of {} instead of {rows} of {}",
                self.kernel.name,
                array.len(),
                array.data_type(),
                self.ret
            );
        }
        Ok(array)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::{Lower, functions};

    #[test]
    fn names_are_unique_and_rows_find_them() {
        let mut names: Vec<&str> = FAMILIES.iter().flat_map(|rows| rows.iter()).map(|row| row.name).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count, "two kernels have one name");
        let builtins = datafusion::execution::SessionStateDefaults::default_scalar_functions();
        for row in functions() {
            match row.lower {
                Lower::Kernel(name) => assert!(kernel(name).is_some(), "`{}` needs the kernel `{name}`", row.name),
                Lower::Builtin(name) => {
                    assert!(builtins.iter().any(|f| f.name() == name), "`{}` needs `{name}`", row.name);
                }
                Lower::Rewrite(_) | Lower::Binder => {}
            }
        }
    }
}
