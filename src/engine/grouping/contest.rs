//! The best groups by their greatest or smallest value without the rest: `summarize worst = max(x) by k | top 10 by worst`.
//!
//! As soon as as many groups as are wanted have reached some value, rows that are not beyond it change nothing, and are
//! dropped before they are grouped. All threads share the value to be reached. A NaN upsets this: within its group it
//! wins over all numbers, and then the group is sorted behind all others, so that what was dropped may be wanted after
//! all. That is known only when one comes, and the plan then runs once more without a contest.

use std::fmt::Formatter;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, DataType, DurationNanosecondType, Float64Type, Int32Type, Int64Type, TimeUnit,
    TimestampNanosecondType,
};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, internal_err};
use datafusion::datasource::source::DataSourceExec;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{PhysicalExpr, PhysicalSortExpr, ScalarFunctionExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateInputMode, AggregateOutputMode};
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::execution_plan::{replace_children_if_necessary, reset_plan_states};
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties};
use futures::{TryStreamExt, stream};

use super::GroupByCodes;
use crate::engine::expression::{LOW_REAL_KEY, REAL_KEY};
use crate::engine::properties::Side;
use crate::engine::types::{real_key, real_rank};

/// Has groupings drop what cannot be among the best groups.
#[derive(Debug)]
pub(in crate::engine) struct ContestRule;

impl PhysicalOptimizerRule for ContestRule {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| match held(&node)? {
            Some(contest) => Ok(Transformed::yes(contest)),
            None => Ok(Transformed::no(node)),
        })
        .data()
    }

    fn name(&self) -> &str {
        "contest"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// More groups than so many are gathered as ever.
const MOST_PLACES: usize = 1 << 12;

/// The plan with a contest in it, if it sorts groups by their best values and takes some of them.
fn held(plan: &Arc<dyn ExecutionPlan>) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let merged = plan.downcast_ref::<SortPreservingMergeExec>().map(SortPreservingMergeExec::input);
    let sorted = merged.unwrap_or(plan);
    let Some(sort) = sorted.downcast_ref::<SortExec>() else { return Ok(None) };
    let Some(places) = sort.fetch().filter(|places| (1..=MOST_PLACES).contains(places)) else { return Ok(None) };
    let key = sort.expr().first();
    let Some(column) = column_of(key).filter(|_| !key.options.nulls_first) else { return Ok(None) };
    if plan.output_partitioning().partition_count() > 1 {
        return Ok(None);
    }
    let contest = Contest::new(places, key.options.descending, sort.expr().len() > 1);
    let Some(groups) = entered(sort.input(), column, &contest)? else { return Ok(None) };
    let mut input = replace_children_if_necessary(Arc::clone(sorted), vec![groups])?;
    if merged.is_some() {
        input = replace_children_if_necessary(Arc::clone(plan), vec![input])?;
    }
    Ok(Some(Arc::new(TopGroups { input, contest })))
}

/// The column that a key is, whatever place it has for NaN.
fn column_of(key: &PhysicalSortExpr) -> Option<usize> {
    let mut expr = &key.expr;
    if let Some(call) = expr.downcast_ref::<ScalarFunctionExpr>()
        && [REAL_KEY, LOW_REAL_KEY].contains(&call.fun().name())
        && let [arg] = call.args()
    {
        expr = arg;
    }
    expr.downcast_ref::<Column>().map(Column::index)
}

/// The plan with its grouping in a contest, if there is one and the column is the value that it is about.
fn entered(
    plan: &Arc<dyn ExecutionPlan>,
    column: usize,
    contest: &Arc<Contest>,
) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let [input] = plan.children()[..] else { return Ok(None) };
    let input = if let Some(project) = plan.downcast_ref::<ProjectionExec>() {
        let from = project.expr().get(column).and_then(|to| to.expr.downcast_ref::<Column>());
        let Some(from) = from else { return Ok(None) };
        entered(input, from.index(), contest)?
    } else if plan.is::<Side>() {
        entered(input, column, contest)?
    } else if let Some(phase) = plan.downcast_ref::<AggregateExec>() {
        let whole = phase.mode().input_mode() == AggregateInputMode::Partial
            && phase.mode().output_mode() == AggregateOutputMode::Final;
        // Any other aggregate would miss the rows that this one can do without.
        let only = column == phase.group_expr().expr().len() && phase.aggr_expr().len() == 1;
        if whole && only { entered_below(input, contest)? } else { None }
    } else {
        None
    };
    input.map(|input| replace_children_if_necessary(Arc::clone(plan), vec![input])).transpose()
}

/// The same below the second phase of a grouping.
fn entered_below(plan: &Arc<dyn ExecutionPlan>, contest: &Arc<Contest>) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    if let Some(group) = plan.downcast_ref::<GroupByCodes>() {
        return Ok(suits(group, contest)?.then(|| group.with_contest(Some(Arc::clone(contest)))));
    }
    let [input] = plan.children()[..] else { return Ok(None) };
    if !(plan.is::<RepartitionExec>() || plan.is::<CoalescePartitionsExec>()) {
        return Ok(None);
    }
    let input = entered_below(input, contest)?;
    input.map(|input| replace_children_if_necessary(Arc::clone(plan), vec![input])).transpose()
}

fn suits(group: &GroupByCodes, contest: &Contest) -> Result<bool> {
    let phase = &group.phase;
    let ([call], [None]) = (phase.aggr_expr(), phase.filter_expr()) else { return Ok(false) };
    let names = if contest.descending { ["max", "max_real"] } else { ["min", "min_real"] };
    let [value] = &call.expressions()[..] else { return Ok(false) };
    Ok(names.contains(&call.fun().name())
        && match value.data_type(&phase.input().schema())? {
            DataType::Float64 => can_run_again(&group.input),
            other => has_ranks(&other),
        })
}

/// Whether rows can be asked for a second time.
fn can_run_again(plan: &Arc<dyn ExecutionPlan>) -> bool {
    plan.is::<DataSourceExec>()
        || (plan.is::<FilterExec>()
            || plan.is::<ProjectionExec>()
            || plan.is::<CooperativeExec>()
            || plan.is::<RepartitionExec>()
            || plan.is::<CoalescePartitionsExec>())
            && plan.children().into_iter().all(can_run_again)
}

/// Where nothing is to be reached yet, and the rank of null.
const NOTHING: i64 = i64::MIN;

/// What the threads of a grouping know of each other. Values are known by ranks, of which the greatest is the best.
#[derive(Debug)]
pub(super) struct Contest {
    places: usize,
    descending: bool,
    /// Whether groups of equal values are told apart by other keys.
    ties: bool,
    /// The rank that as many groups as there are places have reached.
    bar: AtomicI64,
    has_dropped: AtomicBool,
    has_nan: AtomicBool,
}

impl Contest {
    fn new(places: usize, descending: bool, ties: bool) -> Arc<Self> {
        let (bar, has_dropped, has_nan) = (AtomicI64::new(NOTHING), AtomicBool::new(false), AtomicBool::new(false));
        Arc::new(Self { places, descending, ties, bar, has_dropped, has_nan })
    }

    fn begin(&self) {
        self.bar.store(NOTHING, Ordering::Relaxed);
        self.has_dropped.store(false, Ordering::Relaxed);
        self.has_nan.store(false, Ordering::Relaxed);
    }

    /// The rank to be reached, if rows may be dropped.
    fn bar(&self) -> Option<i64> {
        let bar = self.bar.load(Ordering::Relaxed);
        (bar != NOTHING && !self.has_nan.load(Ordering::Relaxed)).then_some(bar)
    }

    /// Whether what was dropped may be wanted.
    fn is_void(&self) -> bool {
        self.has_nan.load(Ordering::Relaxed) && self.has_dropped.load(Ordering::Relaxed)
    }
}

/// One thread in a contest.
pub(super) struct Contender {
    contest: Arc<Contest>,
    /// The ranks of the rows at hand.
    ranks: Vec<i64>,
    /// The best rank of each group.
    best: Vec<i64>,
    /// Rows since the bar was set.
    rows: usize,
    scratch: Vec<i64>,
}

impl Contender {
    pub(super) fn new(contest: &Arc<Contest>) -> Self {
        let (ranks, best, scratch) = (Vec::new(), Vec::new(), Vec::new());
        Self { contest: Arc::clone(contest), ranks, best, rows: 0, scratch }
    }

    /// Takes up the values of a batch, and tells which rows count when it is not all of them.
    pub(super) fn admit(&mut self, values: &ArrayRef) -> Result<Option<BooleanArray>> {
        if ranks(values, self.contest.descending, &mut self.ranks)? {
            self.contest.has_nan.store(true, Ordering::Relaxed);
        }
        let Some(bar) = self.contest.bar() else { return Ok(None) };
        let ties = self.contest.ties;
        let counts = |rank: i64| rank > bar || (ties && rank == bar);
        let all = &self.ranks;
        let admitted = BooleanBuffer::collect_bool(all.len(), |row| counts(all[row]));
        if admitted.count_set_bits() == all.len() {
            return Ok(None);
        }
        self.contest.has_dropped.store(true, Ordering::Relaxed);
        self.ranks.retain(|rank| counts(*rank));
        Ok(Some(BooleanArray::new(admitted, None)))
    }

    /// Takes note of the groups of the rows that were admitted.
    pub(super) fn note(&mut self, groups: &[usize], total: usize) {
        self.best.resize(total, NOTHING);
        for (group, rank) in groups.iter().zip(&self.ranks) {
            let best = &mut self.best[*group];
            *best = (*best).max(*rank);
        }
        self.rows += groups.len();
        let places = self.contest.places;
        // Looking through all groups takes no longer than the rows that made it worth while.
        if total >= places && self.rows * 2 >= total {
            self.rows = 0;
            self.scratch.clone_from(&self.best);
            let (_, bar, _) = self.scratch.select_nth_unstable_by(places - 1, |a, b| b.cmp(a));
            self.contest.bar.fetch_max(*bar, Ordering::Relaxed);
        }
    }

    /// Whether so many groups are worth being gone through again, to hand on the best and forget the rest.
    pub(super) fn is_full(&self, groups: usize) -> bool {
        groups > MOST_PLACES * 2 && self.contest.bar().is_some()
    }

    /// Tells which groups are to be handed on when it is not all of them, and forgets them.
    pub(super) fn leave(&mut self) -> Option<BooleanArray> {
        let best = std::mem::take(&mut self.best);
        self.rows = 0;
        let bar = self.contest.bar()?;
        let above = best.iter().filter(|rank| **rank > bar).count();
        // Those that have just reached the bar are as good as one another.
        let mut equals = if self.contest.ties { usize::MAX } else { self.contest.places.saturating_sub(above) };
        let stays = best.iter().map(|rank| {
            let equal = *rank == bar && equals > 0;
            equals -= usize::from(equal);
            *rank > bar || equal
        });
        let stays: BooleanBuffer = stays.collect();
        if stays.count_set_bits() == best.len() {
            return None;
        }
        self.contest.has_dropped.store(true, Ordering::Relaxed);
        Some(BooleanArray::new(stays, None))
    }

    pub(super) fn size(&self) -> usize {
        (self.ranks.capacity() + self.best.capacity() + self.scratch.capacity()) * size_of::<i64>()
    }
}

fn has_ranks(data_type: &DataType) -> bool {
    use DataType::{Duration, Float64, Int32, Int64, Timestamp};
    matches!(data_type, Float64 | Int32 | Int64 | Timestamp(TimeUnit::Nanosecond, _) | Duration(TimeUnit::Nanosecond))
}

/// Writes the rank of each value, and returns whether there is a NaN.
fn ranks(values: &ArrayRef, descending: bool, ranks: &mut Vec<i64>) -> Result<bool> {
    let mut has_nan = false;
    match values.data_type() {
        DataType::Float64 => {
            has_nan = values.as_primitive::<Float64Type>().values().iter().any(|real| real.is_nan());
            rank::<Float64Type>(values, descending, ranks, |real| real_rank(real_key(real)));
        }
        DataType::Int32 => rank::<Int32Type>(values, descending, ranks, i64::from),
        DataType::Int64 => rank::<Int64Type>(values, descending, ranks, |number| number),
        DataType::Timestamp(TimeUnit::Nanosecond, _) => {
            rank::<TimestampNanosecondType>(values, descending, ranks, |time| time);
        }
        DataType::Duration(TimeUnit::Nanosecond) => {
            rank::<DurationNanosecondType>(values, descending, ranks, |time| time);
        }
        other => return internal_err!("{other} has no ranks"),
    }
    Ok(has_nan)
}

fn rank<T: ArrowPrimitiveType>(
    values: &ArrayRef,
    descending: bool,
    ranks: &mut Vec<i64>,
    number: impl Fn(T::Native) -> i64,
) {
    let values = values.as_primitive::<T>();
    let turned = if descending { 0 } else { -1 };
    ranks.clear();
    ranks.extend(values.values().iter().map(|value| number(*value) ^ turned));
    if let Some(nulls) = values.nulls() {
        ranks.iter_mut().zip(nulls).filter(|(_, is_there)| !is_there).for_each(|(rank, _)| *rank = NOTHING);
    }
}

/// Hands on the best groups, and has all of them gathered when the contest has turned out to be void.
#[derive(Debug)]
struct TopGroups {
    input: Arc<dyn ExecutionPlan>,
    contest: Arc<Contest>,
}

impl DisplayAs for TopGroups {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut Formatter) -> std::fmt::Result {
        write!(f, "TopGroups: {}", self.contest.places)
    }
}

impl ExecutionPlan for TopGroups {
    fn name(&self) -> &str {
        "TopGroups"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    // What takes its place by default comes back to it.
    #[allow(deprecated)]
    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        match <[_; 1]>::try_from(children) {
            Ok([input]) => Ok(Arc::new(Self { input, contest: Arc::clone(&self.contest) })),
            Err(children) => internal_err!("a contest has one input, not {}", children.len()),
        }
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        self.contest.begin();
        let best = self.input.execute(partition, Arc::clone(&context))?;
        let (input, contest, schema) = (Arc::clone(&self.input), Arc::clone(&self.contest), self.schema());
        let answer = async move {
            let best: Vec<RecordBatch> = best.try_collect().await?;
            if contest.is_void() {
                return reset_plan_states(without_contest(input)?)?.execute(partition, context);
            }
            let best = stream::iter(best.into_iter().map(Ok));
            Ok(Box::pin(RecordBatchStreamAdapter::new(schema, best)) as SendableRecordBatchStream)
        };
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), stream::once(answer).try_flatten())))
    }
}

fn without_contest(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    plan.transform_down(|node| match node.downcast_ref::<GroupByCodes>() {
        // What lies below may have a contest of its own.
        Some(group) => Ok(Transformed::new(group.with_contest(None), true, TreeNodeRecursion::Stop)),
        None => Ok(Transformed::no(node)),
    })
    .data()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use std::collections::BTreeMap;

    use datafusion::arrow::array::{Float64Array, Int64Array, StringViewArray};
    use datafusion::datasource::MemTable;
    use datafusion::physical_plan::{collect, displayable};
    use datafusion::prelude::{Expr, col};

    use super::*;
    use crate::engine::aggregates::aggregate_function;
    use crate::engine::expression::Expressions;
    use crate::engine::session::{Limits, Sessions};
    use crate::ir::{Column as IrColumn, ColumnId, Scalar, SortKey};
    use crate::types::Type;

    const THREADS: usize = 2;
    const BATCHES: usize = 60;
    const BATCH_ROWS: usize = 200;
    const GROUPS: u64 = 15_000;

    /// Rows of a group and a value, which is null now and then.
    fn rows(seed: u64) -> Vec<(String, Option<u32>)> {
        let mut state = seed;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 33
        };
        let row = |_| (format!("group {}", next() % GROUPS), (next() % 7 > 0).then_some((next() % 5000) as u32));
        (0..THREADS * BATCHES * BATCH_ROWS).map(row).collect()
    }

    /// The ten best groups, and the groups of equal values by name, as the engine finds them.
    fn best(rows: &[(String, Option<u32>)], nan: Option<usize>, largest: bool, reals: bool) -> Vec<String> {
        let batches = rows.chunks(BATCH_ROWS).enumerate().map(|(index, rows)| {
            let keys: ArrayRef = Arc::new(StringViewArray::from_iter_values(rows.iter().map(|(key, _)| key)));
            let value = |row: usize, value: Option<u32>| match nan == Some(index * BATCH_ROWS + row) {
                true => Some(f64::NAN),
                false => value.map(f64::from),
            };
            let values: ArrayRef = match reals {
                true => Arc::new(rows.iter().enumerate().map(|(row, (_, v))| value(row, *v)).collect::<Float64Array>()),
                false => Arc::new(rows.iter().map(|(_, value)| value.map(i64::from)).collect::<Int64Array>()),
            };
            RecordBatch::try_from_iter_with_nullable([("c0", keys, false), ("c1", values, true)]).unwrap()
        });
        let batches: Vec<RecordBatch> = batches.collect();
        let parts = batches.chunks(BATCHES).map(<[_]>::to_vec).collect();
        let table = MemTable::try_new(batches[0].schema(), parts).unwrap();
        let limits = Limits { threads: Some(THREADS), batch_rows: Some(64), memory: None };
        let session = Sessions::open(&limits).unwrap().thorough;
        let aggregate: Expr = match (reals, largest) {
            (true, true) => aggregate_function("max_real", &[Type::Real]).unwrap().call(vec![col("c1")]),
            (true, false) => aggregate_function("min_real", &[Type::Real]).unwrap().call(vec![col("c1")]),
            (false, true) => datafusion::functions_aggregate::expr_fn::max(col("c1")),
            (false, false) => datafusion::functions_aggregate::expr_fn::min(col("c1")),
        };
        let ty = if reals { Type::Real } else { Type::Long };
        let key = |id: u32, ty: Type, descending: bool| SortKey {
            value: Scalar::column(&IrColumn { id: ColumnId(id), name: String::new(), ty }),
            descending,
            nulls_first: false,
        };
        let keys = Expressions { session: &session }
            .plan_sort_keys(&[key(2, ty, largest), key(0, Type::String, false)])
            .unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(THREADS).build().unwrap();
        runtime.block_on(async {
            let frame = session.read_table(Arc::new(table)).unwrap();
            let frame = frame.aggregate(vec![col("c0")], vec![aggregate.alias("c2")]).unwrap();
            let frame = frame.sort(keys).unwrap().limit(0, Some(10)).unwrap();
            let plan = frame.create_physical_plan().await.unwrap();
            let shown = displayable(plan.as_ref()).indent(false).to_string();
            assert!(shown.contains("TopGroups: 10"), "{shown}");
            let rows = collect(plan, session.task_ctx()).await.unwrap();
            let names = rows.iter().flat_map(|batch| batch.column(0).as_string_view().iter().flatten());
            names.map(str::to_owned).collect()
        })
    }

    /// The same by looking at all of them.
    fn expected(rows: &[(String, Option<u32>)], nan: Option<usize>, largest: bool) -> Vec<String> {
        let mut groups: BTreeMap<&str, Option<u32>> = BTreeMap::new();
        for (key, value) in rows {
            let best = groups.entry(key).or_default();
            *best = match largest {
                true => (*best).max(*value),
                false => best.iter().chain(value).copied().min(),
            };
        }
        let upset = nan.map(|row| rows[row].0.as_str());
        let mut groups: Vec<(&str, u32)> = groups
            .into_iter()
            .filter(|(key, _)| upset != Some(key))
            .filter_map(|(key, best)| Some((key, best?)))
            .collect();
        groups.sort_by_key(|(_, best)| if largest { -i64::from(*best) } else { i64::from(*best) });
        groups.into_iter().take(10).map(|(key, _)| key.to_owned()).collect()
    }

    #[test]
    fn the_best_groups_are_found() {
        for seed in 0..4 {
            let rows = rows(seed);
            for largest in [true, false] {
                for reals in [true, false] {
                    assert_eq!(best(&rows, None, largest, reals), expected(&rows, None, largest), "{seed}");
                }
            }
        }
    }

    /// One of the ten that lead from the first row drops out with its last one, when all others have been dropped.
    #[test]
    fn what_was_dropped_comes_back_for_a_nan() {
        let mut rows = rows(7);
        let last = rows.len() - 1;
        for (place, row) in (0..10).chain([last]).enumerate() {
            rows[row] = (format!("leader {}", place % 10), Some(9000));
        }
        let found = best(&rows, Some(last), true, true);
        assert!(!found.contains(&rows[last].0));
        assert_eq!(found, expected(&rows, Some(last), true));
    }
}
