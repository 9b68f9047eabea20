//! Texts that Parquet holds by dictionary stay numbers where that saves work: conditions and functions of a text are
//! worked out once for each value of a dictionary, and grouping looks at each value once.
//!
//! Which columns of a scan lie in dictionaries is known from the footers of its files. A rule for physical plans has
//! the scan hand on such columns by dictionary where everything above it can take them. Whatever else uses the
//! column gets it as text.

mod exprs;
mod members;
mod rule;

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, StringArray};
use datafusion::arrow::datatypes::{DataType, Schema};
use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::utils::collect_columns;

pub(super) use exprs::AsCodes;
use exprs::{AsText, ByValue, is_volatile};
pub(super) use members::MembersRule;
pub(super) use rule::{CodesRule, coded_input};

/// The type of a text by dictionary.
pub(super) fn coded_type() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// Columns of an input, by place.
pub(super) type Places = BTreeSet<usize>;

/// What an expression over text becomes when some of its columns come by dictionary. `schema` is that of the input
/// before.
pub(super) fn over_codes(
    expr: &Arc<dyn PhysicalExpr>,
    coded: &Places,
    schema: &Schema,
) -> Result<Arc<dyn PhysicalExpr>> {
    if coded.is_empty() {
        return Ok(Arc::clone(expr));
    }
    if let Some(column) = expr.downcast_ref::<Column>() {
        return Ok(match coded.contains(&column.index()) {
            true => Arc::new(AsText::new(Arc::clone(expr))),
            false => Arc::clone(expr),
        });
    }
    let columns = collect_columns(expr);
    if !columns.iter().any(|column| coded.contains(&column.index())) {
        return Ok(Arc::clone(expr));
    }
    if columns.len() == 1
        && !is_volatile(expr)
        && let Some(column) = columns.iter().next()
    {
        return Ok(Arc::new(ByValue::new(expr, column, schema)?));
    }
    let children = expr.children().into_iter().map(|child| over_codes(child, coded, schema));
    Arc::clone(expr).with_new_children(children.collect::<Result<_>>()?)
}

/// The texts of an expression's columns that a dictionary would serve: those that some part of it looks at alone.
pub(super) fn served(expr: &Arc<dyn PhysicalExpr>, schema: &Schema, places: &mut Places) {
    if expr.downcast_ref::<Column>().is_some() {
        return;
    }
    let columns = collect_columns(expr);
    match columns.iter().next() {
        Some(column) if columns.len() == 1 => {
            if *schema.field(column.index()).data_type() == DataType::Utf8View && !is_volatile(expr) {
                places.insert(column.index());
            }
        }
        _ => expr.children().into_iter().for_each(|child| served(child, schema, places)),
    }
}

/// An expression with its only column at the first place.
fn over_one(expr: &Arc<dyn PhysicalExpr>, name: &str) -> Result<Arc<dyn PhysicalExpr>> {
    Arc::clone(expr)
        .transform_up(|expr| match expr.downcast_ref::<Column>() {
            Some(_) => Ok(Transformed::yes(Arc::new(Column::new(name, 0)) as Arc<dyn PhysicalExpr>)),
            None => Ok(Transformed::no(expr)),
        })
        .data()
}

/// Whether two dictionaries are one. Both are held, so their places in memory tell.
pub(super) fn is_same(a: &StringArray, b: &StringArray) -> bool {
    let place = |texts: &StringArray| (texts.value_data().as_ptr(), texts.value_offsets().as_ptr());
    a.len() == b.len() && place(a) == place(b)
}

/// The texts of a dictionary, in the type that functions of ours take.
pub(super) fn views(texts: &StringArray) -> Result<ArrayRef> {
    Ok(datafusion::arrow::compute::cast(texts, &DataType::Utf8View)?)
}
