//! Sorting by numbers: each row's keys become one number that sorts as they do, texts by their rank among all texts.
//!
//! DataFusion compares rows cell by cell, and merges sorted batches row by row. Where the keys fit into 128 bits it is
//! faster to rank each different text once, to sort numbers, and to put the rows into their places at last. All rows
//! are held in memory, so with a limit to the memory the sort stays DataFusion's, which can use files.

use std::fmt::Formatter;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions, UInt32Array};
use datafusion::arrow::compute::{SortOptions, concat, concat_batches, take};
use datafusion::arrow::datatypes::{
    DataType, DurationNanosecondType, Float64Type, Int32Type, Int64Type, SchemaRef, TimeUnit, TimestampNanosecondType,
};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, internal_err};
use datafusion::execution::memory_pool::MemoryConsumer;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::{LexOrdering, Partitioning, PhysicalExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::execution_plan::replace_children_if_necessary;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::sorts::sort::{SortExec, sort_batch};
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties, ReplaceChildrenOptions,
};
use futures::{StreamExt, TryStreamExt};

use super::grouping::text_codes;

/// Puts [`SortByNumbers`] in the place of sorts by keys that have numbers.
#[derive(Debug)]
pub(super) struct SortRule;

impl PhysicalOptimizerRule for SortRule {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_down(|node| {
            let merged = node.downcast_ref::<SortPreservingMergeExec>().filter(|merge| merge.fetch().is_none());
            if let Some(merge) = merged
                && let Some(sorted) = sorted_at_once(merge.input())?
            {
                return Ok(Transformed::yes(sorted));
            }
            if let Some(sort) = node.downcast_ref::<SortExec>()
                && suits(sort)?
                && (sort.preserve_partitioning() || sort.input().output_partitioning().partition_count() == 1)
            {
                let input = Arc::clone(sort.input());
                return Ok(Transformed::yes(Arc::new(SortByNumbers::new(input, sort.expr(), node.properties()))));
            }
            Ok(Transformed::no(node))
        })
        .data()
    }

    fn name(&self) -> &str {
        "sort_by_numbers"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// What sorts each part of its rows for itself, with all rows sorted together instead, so that no parts are to be merged.
fn sorted_at_once(plan: &Arc<dyn ExecutionPlan>) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    if let Some(project) = plan.downcast_ref::<ProjectionExec>() {
        return match sorted_at_once(project.input())? {
            Some(input) => Ok(Some(replace_children_if_necessary(Arc::clone(plan), vec![input])?)),
            None => Ok(None),
        };
    }
    let Some(sort) = plan.downcast_ref::<SortExec>() else { return Ok(None) };
    if !suits(sort)? {
        return Ok(None);
    }
    let input: Arc<dyn ExecutionPlan> = Arc::new(CoalescePartitionsExec::new(Arc::clone(sort.input())));
    let properties = plan.properties().as_ref().clone().with_partitioning(Partitioning::UnknownPartitioning(1));
    Ok(Some(Arc::new(SortByNumbers::new(input, sort.expr(), &Arc::new(properties)))))
}

/// Sorts of numbers alone are left to DataFusion.
fn suits(sort: &SortExec) -> Result<bool> {
    let schema = sort.input().schema();
    let types = sort.expr().iter().map(|key| key.expr.data_type(&schema)).collect::<Result<Vec<_>>>()?;
    let bits: Option<u32> = types.iter().map(bits).sum();
    Ok(sort.fetch().is_none() && types.contains(&DataType::Utf8View) && bits.is_some_and(|bits| bits <= u128::BITS))
}

/// How many bits the numbers for a type have.
fn bits(data_type: &DataType) -> Option<u32> {
    match data_type {
        DataType::Utf8View | DataType::Int32 => Some(32),
        DataType::Int64
        | DataType::Float64
        | DataType::Timestamp(TimeUnit::Nanosecond, _)
        | DataType::Duration(TimeUnit::Nanosecond) => Some(64),
        DataType::Boolean => Some(1),
        _ => None,
    }
}

/// A sort.
#[derive(Debug)]
struct SortByNumbers {
    input: Arc<dyn ExecutionPlan>,
    order: LexOrdering,
    properties: Arc<PlanProperties>,
}

impl SortByNumbers {
    fn new(input: Arc<dyn ExecutionPlan>, order: &LexOrdering, properties: &Arc<PlanProperties>) -> Self {
        Self { input, order: order.clone(), properties: Arc::clone(properties) }
    }

    fn with_children(&self, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        match <[_; 1]>::try_from(children) {
            Ok([input]) => Ok(Arc::new(Self::new(input, &self.order, &self.properties))),
            Err(children) => internal_err!("a sort has one input, not {}", children.len()),
        }
    }
}

impl DisplayAs for SortByNumbers {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut Formatter) -> std::fmt::Result {
        write!(f, "SortByNumbers: {}", self.order)
    }
}

impl ExecutionPlan for SortByNumbers {
    fn name(&self) -> &str {
        "SortByNumbers"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        let mut next = TreeNodeRecursion::Continue;
        for key in &self.order {
            next = next.visit_sibling(|| f(&key.expr))?;
        }
        Ok(next)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        self.with_children(children)
    }

    #[allow(deprecated)]
    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        self.with_children(children)
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let mut rows = self.input.execute(partition, Arc::clone(&context))?;
        let (order, schema) = (self.order.clone(), self.schema());
        let sorted = futures::stream::once(async move {
            let memory = MemoryConsumer::new("SortByNumbers").register(context.memory_pool());
            let (mut batches, mut bytes) = (Vec::new(), 0);
            while let Some(batch) = rows.next().await.transpose()? {
                // Half as much again for the keys, and twice for the columns in their new order.
                bytes += batch.get_array_memory_size();
                memory.try_resize(bytes * 2)?;
                batches.push(batch);
            }
            let threads = context.session_config().target_partitions();
            let sorted = sort(&schema, batches, &order, threads)?;
            Ok::<_, datafusion::common::DataFusionError>(futures::stream::iter(pieces(sorted).map(move |piece| {
                // Held for as long as there are pieces to come.
                let _ = &memory;
                Ok(piece)
            })))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), sorted.try_flatten())))
    }
}

/// Rows of a piece that is handed on.
const PIECE: usize = 1 << 16;

fn pieces(sorted: RecordBatch) -> impl Iterator<Item = RecordBatch> {
    let rows = sorted.num_rows();
    (0..rows).step_by(PIECE).map(move |start| sorted.slice(start, PIECE.min(rows - start)))
}

/// A row: its keys as a number, and its place, so that equal rows stay in order.
type Row = (u128, u32);

fn sort(schema: &SchemaRef, batches: Vec<RecordBatch>, order: &LexOrdering, threads: usize) -> Result<RecordBatch> {
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let Ok(all) = u32::try_from(rows) else {
        return sort_batch(&concat_batches(schema, &batches)?, order, None);
    };
    let mut numbers: Vec<Row> = (0..all).map(|row| (0, row)).collect();
    let mut left = u128::BITS;
    for key in order {
        let columns: Vec<ArrayRef> = batches
            .iter()
            .map(|batch| key.expr.evaluate(batch)?.into_array(batch.num_rows()))
            .collect::<Result<_>>()?;
        let nulls = columns.iter().any(|column| column.null_count() > 0);
        let width = columns.first().and_then(|column| bits(column.data_type())).unwrap_or(0) + u32::from(nulls);
        match left.checked_sub(width) {
            Some(rest) => left = rest,
            // Nulls took the last bit.
            None => return sort_batch(&concat_batches(schema, &batches)?, order, None),
        }
        add_key(&mut numbers, &columns, key.options, (width, nulls))?;
    }
    sort_rows(&mut numbers, threads);
    let places: UInt32Array = numbers.iter().map(|(_, row)| *row).collect::<Vec<_>>().into();
    drop(numbers);
    let columns = (0..schema.fields().len()).map(|at| {
        let parts: Vec<&dyn Array> = batches.iter().map(|batch| batch.column(at).as_ref()).collect();
        match parts.is_empty() {
            true => Ok(datafusion::arrow::array::new_empty_array(schema.field(at).data_type())),
            false => Ok(take(&concat(&parts)?, &places, None)?),
        }
    });
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(Arc::clone(schema), columns.collect::<Result<_>>()?, &options)?)
}

/// Sorts parts on threads of their own; sorting the whole then finds that it is in long runs.
fn sort_rows(rows: &mut [Row], threads: usize) {
    let share = rows.len().div_ceil(threads.max(1)).max(PIECE);
    std::thread::scope(|scope| {
        for part in rows.chunks_mut(share) {
            scope.spawn(|| part.sort_unstable());
        }
    });
    rows.sort();
}

/// Appends a key to the numbers of all rows.
fn add_key(rows: &mut [Row], columns: &[ArrayRef], order: SortOptions, (width, nulls): (u32, bool)) -> Result<()> {
    let numbers = numbers_of(columns)?;
    let value_bits = width - u32::from(nulls);
    let mask = u64::MAX.checked_shr(u64::BITS - value_bits).unwrap_or(0);
    let mut next = 0;
    for column in columns {
        for row in 0..column.len() {
            let null = column.is_null(row);
            let value = match (null, order.descending) {
                (true, _) => 0,
                (false, false) => numbers[next] & mask,
                (false, true) => !numbers[next] & mask,
            };
            let first = u128::from(null != order.nulls_first);
            let number = &mut rows[next].0;
            if nulls {
                *number = *number << 1 | first;
            }
            *number = *number << value_bits | u128::from(value);
            next += 1;
        }
    }
    Ok(())
}

const SIGN: u64 = 1 << 63;

/// Numbers that sort as the values do, with nulls at any place.
fn numbers_of(columns: &[ArrayRef]) -> Result<Vec<u64>> {
    let mut numbers = Vec::with_capacity(columns.iter().map(|column| column.len()).sum());
    let signed = |value: &i64| *value as u64 ^ SIGN;
    let Some(first) = columns.first() else { return Ok(numbers) };
    if *first.data_type() == DataType::Utf8View {
        return ranks(columns);
    }
    for column in columns {
        match column.data_type() {
            DataType::Boolean => numbers.extend(column.as_boolean().values().iter().map(u64::from)),
            DataType::Int32 => {
                let signed = |value: &i32| u64::from(*value as u32 ^ 1 << 31);
                numbers.extend(column.as_primitive::<Int32Type>().values().iter().map(signed));
            }
            DataType::Int64 => numbers.extend(column.as_primitive::<Int64Type>().values().iter().map(signed)),
            DataType::Timestamp(TimeUnit::Nanosecond, _) => {
                numbers.extend(column.as_primitive::<TimestampNanosecondType>().values().iter().map(signed));
            }
            DataType::Duration(TimeUnit::Nanosecond) => {
                numbers.extend(column.as_primitive::<DurationNanosecondType>().values().iter().map(signed));
            }
            DataType::Float64 => numbers.extend(column.as_primitive::<Float64Type>().values().iter().map(|real| {
                let bits = real.to_bits() as i64;
                // Of negative numbers, those with more bits set are less.
                signed(&(bits ^ (((bits >> 63) as u64) >> 1) as i64))
            })),
            other => return internal_err!("{other} is no key to sort by"),
        }
    }
    Ok(numbers)
}

/// The place of each text among all different texts.
fn ranks(columns: &[ArrayRef]) -> Result<Vec<u64>> {
    let mut codes = text_codes();
    let (mut all, mut some) = (Vec::new(), Vec::new());
    for column in columns {
        codes.encode(column, &mut some)?;
        all.extend_from_slice(&some);
    }
    let texts = codes.take()?;
    let texts = texts.as_string_view();
    let mut sorted: Vec<(u64, u32)> = (0..texts.len() as u32).map(|code| (0, code)).collect();
    for (start, code) in &mut sorted {
        let bytes = if texts.is_null(*code as usize) { &[][..] } else { texts.value(*code as usize).as_bytes() };
        let mut first = [0; 8];
        let known = bytes.len().min(8);
        first[..known].copy_from_slice(&bytes[..known]);
        *start = u64::from_be_bytes(first);
    }
    let text = |code: u32| if texts.is_null(code as usize) { "" } else { texts.value(code as usize) };
    sorted.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| text(a.1).as_bytes().cmp(text(b.1).as_bytes())));
    let mut ranks = vec![0u64; sorted.len()];
    for (rank, (_, code)) in sorted.iter().enumerate() {
        ranks[*code as usize] = rank as u64;
    }
    Ok(all.into_iter().map(|code| ranks[code as usize]).collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use datafusion::arrow::array::{Float64Array, Int64Array, StringViewArray};
    use datafusion::physical_expr::PhysicalSortExpr;
    use datafusion::physical_expr::expressions::Column;

    use super::*;

    /// Sorts as DataFusion does.
    #[test]
    fn order_is_that_of_values() {
        let texts = ["b", "", "abcdefgh2", "abcdefgh10", "ä", "b"].map(Some);
        let longs = [Some(3), None, Some(-1), Some(i64::MAX), Some(0), Some(2)];
        let reals = [0.0, -0.0, f64::NAN, f64::INFINITY, -1.5, 1e-300];
        let columns: [(&str, ArrayRef); 3] = [
            ("text", Arc::new(StringViewArray::from_iter(texts))),
            ("long", Arc::new(Int64Array::from_iter(longs))),
            ("real", Arc::new(Float64Array::from_iter_values(reals))),
        ];
        let batch = RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true))).unwrap();
        let key = |at: usize, descending, nulls_first| PhysicalSortExpr {
            expr: Arc::new(Column::new(batch.schema().field(at).name(), at)) as _,
            options: SortOptions { descending, nulls_first },
        };
        for keys in [
            vec![key(0, false, false), key(1, false, true)],
            vec![key(0, true, false), key(1, true, false)],
            vec![key(1, false, false), key(0, false, false)],
            vec![key(1, true, true), key(2, false, false)],
            vec![key(2, true, false), key(0, true, true)],
            vec![key(0, false, true), key(1, false, false), key(2, false, false)],
        ] {
            let order = LexOrdering::new(keys).unwrap();
            let parts = vec![batch.slice(0, 2), batch.slice(2, 4)];
            let sorted = sort(&batch.schema(), parts, &order, 2).unwrap();
            assert_eq!(sorted, sort_batch(&batch, &order, None).unwrap(), "{order}");
        }
    }
}
