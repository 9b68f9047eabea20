//! Sorting by numbers: each row's keys become one number that sorts as they do, texts by their rank among all texts.
//!
//! DataFusion compares rows cell by cell, and merges sorted batches row by row. Where the keys fit into 128 bits it is
//! faster to rank each different text once, to sort numbers, and to put the rows into their places at last. A number has as
//! many bits as the values of its key differ in, and the place of its row behind them. Columns to sort by are read back
//! from the numbers, one after the other, and not from all over the memory. All rows are held in memory, so with a limit
//! to the memory the sort stays DataFusion's, which can use files.

use std::cell::LazyCell;
use std::fmt::Formatter;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, PrimitiveArray, RecordBatch, RecordBatchOptions,
    TimestampNanosecondArray, UInt32Array, new_empty_array,
};
use datafusion::arrow::buffer::{BooleanBuffer, NullBuffer};
use datafusion::arrow::compute::{SortOptions, concat, concat_batches, take};
use datafusion::arrow::datatypes::{
    DataType, DurationNanosecondType, FieldRef, Float64Type, Int32Type, Int64Type, SchemaRef, TimeUnit,
    TimestampNanosecondType,
};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, internal_err};
use datafusion::execution::memory_pool::MemoryConsumer;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{LexOrdering, PhysicalExpr, PhysicalSortExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::execution_plan::replace_children_if_necessary;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::sorts::sort::{SortExec, sort_batch};
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties};
use futures::{StreamExt, TryStreamExt};

use super::grouping::text_codes;
use super::types::{real_of_rank, real_rank};

/// Puts [`SortByNumbers`] in the place of sorts by keys that have numbers.
#[derive(Debug)]
pub(super) struct SortRule;

impl PhysicalOptimizerRule for SortRule {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_down(|node| {
            if let Some(sorted) = sorted_at_once(&node, suits)? {
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

/// With a limit to the memory, all rows are sorted in one place: sorts on several threads take all memory for merging what
/// they wrote to files, and leave none for merging what they give.
#[derive(Debug)]
pub(super) struct OneSort;

impl PhysicalOptimizerRule for OneSort {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_down(|node| match sorted_at_once(&node, |_| Ok(true))? {
            Some(sorted) => Ok(Transformed::yes(sorted)),
            None => Ok(Transformed::no(node)),
        })
        .data()
    }

    fn name(&self) -> &str {
        "one_sort"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// What merges sorted parts, with all rows sorted together instead, if the sort suits.
fn sorted_at_once(
    plan: &Arc<dyn ExecutionPlan>,
    suits: impl Fn(&SortExec) -> Result<bool>,
) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let Some(merge) = plan.downcast_ref::<SortPreservingMergeExec>() else { return Ok(None) };
    let mut sorted = merge.input();
    let mut projections = Vec::new();
    while let Some(project) = sorted.downcast_ref::<ProjectionExec>() {
        projections.push(sorted);
        sorted = project.input();
    }
    let Some(sort) = sorted.downcast_ref::<SortExec>() else { return Ok(None) };
    // A key that is constant within each part is left out of their sorts, and only what merges them goes by it.
    let order = match projections.is_empty() {
        true => merge.expr(),
        false if merge.expr().len() == sort.expr().len() => sort.expr(),
        false => return Ok(None),
    };
    let all = Arc::new(CoalescePartitionsExec::new(Arc::clone(sort.input())));
    let at_once = SortExec::new(order.clone(), all);
    if merge.fetch().is_some() || sort.fetch().is_some() || !suits(&at_once)? {
        return Ok(None);
    }
    let sorted: Arc<dyn ExecutionPlan> = Arc::new(at_once);
    let projected = |input, project: &Arc<_>| replace_children_if_necessary(Arc::clone(project), vec![input]);
    projections.into_iter().rev().try_fold(sorted, projected).map(Some)
}

/// Sorts of numbers alone are left to DataFusion.
fn suits(sort: &SortExec) -> Result<bool> {
    let schema = sort.input().schema();
    let types = sort.expr().iter().map(|key| key.expr.data_type(&schema)).collect::<Result<Vec<_>>>()?;
    let bits: Option<u32> = types.iter().map(bits).sum();
    Ok(sort.fetch().is_none() && types.contains(&DataType::Utf8View) && bits.is_some_and(|bits| bits <= MOST_BITS))
}

/// The most bits of the types of keys. Values use few of the bits of their types, so that they fit into 128 all the same.
const MOST_BITS: u32 = 192;

/// How many bits the numbers for a type have at most.
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

    // What takes its place by default comes back to it.
    #[allow(deprecated)]
    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        match <[_; 1]>::try_from(children) {
            Ok([input]) => Ok(Arc::new(Self::new(input, &self.order, &self.properties))),
            Err(children) => internal_err!("a sort has one input, not {}", children.len()),
        }
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

fn sort(schema: &SchemaRef, batches: Vec<RecordBatch>, order: &LexOrdering, threads: usize) -> Result<RecordBatch> {
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let keys = order.iter().map(|key| Key::new(&batches, key)).collect::<Result<Vec<_>>>()?;
    let width: u32 = keys.iter().map(Key::width).sum();
    let count = u32::try_from(rows).ok().filter(|_| width <= u128::BITS);
    let Some(count) = count else {
        return sort_batch(&concat_batches(schema, &batches)?, order, None);
    };
    let number = |row: u32| keys.iter().fold(0u128, |number, key| key.append(number, row as usize));
    let row_bits = u32::BITS - count.leading_zeros();
    // A row's own number keeps equal rows in order.
    let placed = if width + row_bits <= u128::BITS {
        let mut numbers: Vec<u128> = (0..count).map(|row| number(row) << row_bits | u128::from(row)).collect();
        let keys: Vec<Key> = keys.into_iter().map(Key::emptied).collect();
        sort_numbers(&mut numbers, threads);
        let row = (1u128 << row_bits) - 1;
        let of = numbers.iter().map(|number| (number >> row_bits, (number & row) as u32));
        placed(schema, batches, &keys, of)?
    } else {
        let mut numbers: Vec<(u128, u32)> = (0..count).map(|row| (number(row), row)).collect();
        let keys: Vec<Key> = keys.into_iter().map(Key::emptied).collect();
        sort_numbers(&mut numbers, threads);
        placed(schema, batches, &keys, numbers.iter().copied())?
    };
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(RecordBatch::try_new_with_options(Arc::clone(schema), placed, &options)?)
}

/// The columns in order, from the sorted numbers of the keys and the rows that these belong to.
fn placed(
    schema: &SchemaRef,
    batches: Vec<RecordBatch>,
    keys: &[Key],
    sorted: impl Iterator<Item = (u128, u32)> + Clone,
) -> Result<Vec<ArrayRef>> {
    let mut columns: Vec<Vec<ArrayRef>> = vec![Vec::with_capacity(batches.len()); schema.fields().len()];
    for batch in batches {
        let (_, parts, _) = batch.into_parts();
        columns.iter_mut().zip(parts).for_each(|(column, part)| column.push(part));
    }
    let places = LazyCell::new(|| sorted.clone().map(|(_, row)| row).collect::<Vec<_>>().into());
    let place = |(at, (parts, field)): (usize, (Vec<ArrayRef>, &FieldRef))| {
        if parts.is_empty() {
            return Ok(new_empty_array(field.data_type()));
        }
        if let Some(key) = keys.iter().position(|key| key.column == Some(at)) {
            drop(parts);
            let behind = keys[key + 1..].iter().map(Key::width).sum();
            return keys[key].read_back(sorted.clone().map(|(number, _)| number), behind, field.data_type());
        }
        let whole = concat(&parts.iter().map(AsRef::as_ref).collect::<Vec<_>>())?;
        // Each column is let go as soon as it is in order.
        drop(parts);
        let places: &UInt32Array = &places;
        Ok(take(&whole, places, None)?)
    };
    columns.into_iter().zip(schema.fields()).enumerate().map(place).collect()
}

/// Sorts parts on threads of their own; sorting the whole then finds that it is in long runs.
fn sort_numbers<N: Ord + Send>(numbers: &mut [N], threads: usize) {
    let share = numbers.len().div_ceil(threads.max(1)).max(PIECE);
    std::thread::scope(|scope| {
        for part in numbers.chunks_mut(share) {
            scope.spawn(|| part.sort_unstable());
        }
    });
    numbers.sort();
}

/// The values of a key as numbers that sort as they do.
struct Key {
    /// The column that the key is, when it is one.
    column: Option<usize>,
    numbers: Vec<u64>,
    /// The texts of ranks.
    texts: Option<ArrayRef>,
    /// Where nulls are, if there are any.
    nulls: Option<BooleanBuffer>,
    order: SortOptions,
    /// The least and the greatest number of those that are not null.
    ends: (u64, u64),
}

impl Key {
    fn new(batches: &[RecordBatch], key: &PhysicalSortExpr) -> Result<Self> {
        let columns = batches.iter().map(|batch| key.expr.evaluate(batch)?.into_array(batch.num_rows()));
        let columns = columns.collect::<Result<Vec<_>>>()?;
        let (numbers, texts) = match columns.first().map(|column| column.data_type()) {
            Some(DataType::Utf8View) => ranks(&columns).map(|(numbers, texts)| (numbers, Some(texts)))?,
            _ => (numbers_of(&columns)?, None),
        };
        let nulls = columns.iter().any(|column| column.null_count() > 0).then(|| {
            let nulls = columns.iter().flat_map(|column| (0..column.len()).map(|row| column.is_null(row)));
            nulls.collect::<BooleanBuffer>()
        });
        let known = numbers.iter().enumerate();
        let known = known.filter(|(row, _)| nulls.as_ref().is_none_or(|nulls| !nulls.value(*row)));
        let (least, most) =
            known.fold((u64::MAX, 0), |(least, most), (_, &number)| (number.min(least), number.max(most)));
        let column = key.expr.downcast_ref::<Column>().map(Column::index);
        Ok(Self { column, numbers, texts, nulls, order: key.options, ends: (least.min(most), most) })
    }

    /// The same without the values of rows, which have become part of others.
    fn emptied(self) -> Self {
        Self { numbers: Vec::new(), ..self }
    }

    /// The bits that a value takes, without a bit for null.
    fn value_bits(&self) -> u32 {
        u64::BITS - (self.ends.1 - self.ends.0).leading_zeros()
    }

    fn width(&self) -> u32 {
        self.value_bits() + u32::from(self.nulls.is_some())
    }

    /// A row's number with its value of this key behind those of the keys before.
    fn append(&self, mut number: u128, row: usize) -> u128 {
        let null = self.nulls.as_ref().is_some_and(|nulls| nulls.value(row));
        if self.nulls.is_some() {
            number = number << 1 | u128::from(null != self.order.nulls_first);
        }
        let value = match (null, self.order.descending) {
            (true, _) => 0,
            (false, false) => self.numbers[row] - self.ends.0,
            (false, true) => self.ends.1 - self.numbers[row],
        };
        number << self.value_bits() | u128::from(value)
    }

    /// The values of rows from what [`Key::append`] made of them; so many bits stand behind.
    fn read_back(
        &self,
        numbers: impl Iterator<Item = u128> + Clone,
        behind: u32,
        data_type: &DataType,
    ) -> Result<ArrayRef> {
        let bits = self.value_bits();
        // Keys of no bits may stand before those that take all.
        let shifted = |number: u128| number.checked_shr(behind).unwrap_or(0);
        let value = |number: u128| {
            let value = shifted(number) as u64 & u64::MAX.checked_shr(u64::BITS - bits).unwrap_or(0);
            if self.order.descending { self.ends.1 - value } else { self.ends.0 + value }
        };
        let nulls = self.nulls.is_some().then(|| {
            let is_there = |number: u128| (shifted(number) >> bits & 1 == 1) == self.order.nulls_first;
            numbers.clone().map(is_there).collect::<NullBuffer>()
        });
        let values = numbers.map(value);
        let signed = |value: u64| (value ^ SIGN) as i64;
        Ok(match (data_type, &self.texts) {
            (DataType::Utf8View, Some(texts)) => {
                let ranks = UInt32Array::new(values.map(|rank| rank as u32).collect(), nulls);
                take(texts, &ranks, None)?
            }
            (DataType::Boolean, _) => {
                Arc::new(BooleanArray::new(values.map(|truth| truth == 1).collect::<BooleanBuffer>(), nulls))
            }
            (DataType::Int32, _) => numeric::<Int32Type>(values.map(|value| (value as u32 ^ 1 << 31) as i32), nulls),
            (DataType::Int64, _) => numeric::<Int64Type>(values.map(signed), nulls),
            (DataType::Timestamp(TimeUnit::Nanosecond, zone), _) => {
                let values = values.map(signed).collect();
                Arc::new(TimestampNanosecondArray::new(values, nulls).with_timezone_opt(zone.clone()))
            }
            (DataType::Duration(TimeUnit::Nanosecond), _) => {
                numeric::<DurationNanosecondType>(values.map(signed), nulls)
            }
            (DataType::Float64, _) => numeric::<Float64Type>(values.map(signed).map(real_of_rank), nulls),
            (other, _) => return internal_err!("{other} is no key to sort by"),
        })
    }
}

fn numeric<T: ArrowPrimitiveType>(values: impl Iterator<Item = T::Native>, nulls: Option<NullBuffer>) -> ArrayRef {
    Arc::new(PrimitiveArray::<T>::new(values.collect(), nulls))
}

const SIGN: u64 = 1 << 63;

/// Numbers that sort as the values do, with nulls at any place.
fn numbers_of(columns: &[ArrayRef]) -> Result<Vec<u64>> {
    let mut numbers = Vec::with_capacity(columns.iter().map(|column| column.len()).sum());
    let signed = |value: &i64| *value as u64 ^ SIGN;
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
            DataType::Float64 => {
                let reals = column.as_primitive::<Float64Type>().values().iter();
                numbers.extend(reals.map(|real| signed(&real_rank(*real))));
            }
            other => return internal_err!("{other} is no key to sort by"),
        }
    }
    Ok(numbers)
}

/// The place of each text among all different texts, and these in order.
fn ranks(columns: &[ArrayRef]) -> Result<(Vec<u64>, ArrayRef)> {
    let mut codes = text_codes();
    let (mut all, mut some) = (Vec::new(), Vec::new());
    for column in columns {
        codes.encode(column, &mut some)?;
        all.extend_from_slice(&some);
    }
    let known = codes.take()?;
    let texts = known.as_string_view();
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
    let in_order = UInt32Array::from_iter_values(sorted.iter().map(|(_, code)| *code));
    let in_order = take(&known, &in_order, None)?;
    Ok((all.into_iter().map(|code| ranks[code as usize]).collect(), in_order))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use datafusion::arrow::array::{Float64Array, Int64Array, StringViewArray};
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
            // One row of each key has no bits.
            let one = batch.slice(3, 1);
            assert_eq!(sort(&batch.schema(), vec![one.clone()], &order, 2).unwrap(), one, "{order}");
        }
    }
}
