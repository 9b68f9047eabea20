//! Rows whose key is, or is not, among those of another table: semi and anti joins over one text.
//!
//! DataFusion hashes the key of every row. Here the keys that filter are a set, and a row's text that comes by
//! dictionary is looked for once for all rows that have it.

use std::fmt::Formatter;
use std::sync::{Arc, OnceLock};

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch, StringArray};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::{DataType, Int32Type};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{DataFusionError, JoinType, Result, internal_err};
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::projection::ProjectionExpr;
use datafusion::physical_expr::{Distribution, PhysicalExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::joins::HashJoinExec;
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet};
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties};
use futures::future::{BoxFuture, Shared};
use futures::{FutureExt, StreamExt, TryStreamExt};
use hashbrown::HashSet;

use super::is_same;

/// Puts [`Members`] in the place of hash joins that only filter.
#[derive(Debug)]
pub(in crate::engine) struct MembersRule;

impl PhysicalOptimizerRule for MembersRule {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            Ok(match node.downcast_ref::<HashJoinExec>().map(filtering).transpose()?.flatten() {
                Some(members) => Transformed::yes(members),
                None => Transformed::no(node),
            })
        })
        .data()
    }

    fn name(&self) -> &str {
        "members"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Which rows stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Keep {
    Members,
    Others,
}

/// A side of a join: its plan and its key.
type Side<'p> = (&'p Arc<dyn ExecutionPlan>, usize);

fn filtering(join: &HashJoinExec) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let [(left, right)] = join.on() else { return Ok(None) };
    let (Some(left), Some(right)) = (text_key(left, join.left()), text_key(right, join.right())) else {
        return Ok(None);
    };
    if join.filter().is_some() || join.null_aware || join.fetch().is_some() {
        return Ok(None);
    }
    let (left, right) = ((join.left(), left), (join.right(), right));
    let (rows, keys, keep) = match join.join_type() {
        JoinType::LeftSemi => (left, right, Keep::Members),
        JoinType::LeftAnti => (left, right, Keep::Others),
        JoinType::RightSemi => (right, left, Keep::Members),
        JoinType::RightAnti => (right, left, Keep::Others),
        // Each row meets one key at most, so the join only filters.
        JoinType::Inner if has_keys_once(left.0) => (right, left, Keep::Members),
        JoinType::Inner if has_keys_once(right.0) => (left, right, Keep::Members),
        _ => return Ok(None),
    };
    let members = Members::new((Arc::clone(keys.0), keys.1), (Arc::clone(rows.0), rows.1), keep);
    projected(join, members, (left, right), rows).map(Some)
}

/// The columns that the join hands on. Where both sides are among them, both keys are that of the row.
fn projected(join: &HashJoinExec, members: Members, sides: (Side, Side), rows: Side) -> Result<Arc<dyn ExecutionPlan>> {
    let (left, right) = (sides.0.0.schema().fields().len(), sides.1.0.schema().fields().len());
    let is_left = Arc::ptr_eq(rows.0, sides.0.0);
    let all: Vec<usize> = match join.join_type() {
        JoinType::Inner if is_left => (0..left).chain(std::iter::repeat_n(rows.1, right)).collect(),
        JoinType::Inner => std::iter::repeat_n(rows.1, left).chain(0..right).collect(),
        _ => (0..rows.0.schema().fields().len()).collect(),
    };
    let places: Vec<usize> = match &join.projection {
        Some(projection) => projection.iter().map(|place| all[*place]).collect(),
        None => all,
    };
    let (from, to) = (rows.0.schema(), join.schema());
    if places.iter().copied().eq(0..from.fields().len()) && from == to {
        return Ok(Arc::new(members));
    }
    let exprs = places.iter().zip(to.fields()).map(|(&place, field)| {
        let column: Arc<dyn PhysicalExpr> = Arc::new(Column::new(from.field(place).name(), place));
        ProjectionExpr::new(column, field.name().as_str())
    });
    Ok(Arc::new(ProjectionExec::try_new(exprs, Arc::new(members))?))
}

/// The place of a key that is text and never null.
fn text_key(key: &Arc<dyn PhysicalExpr>, side: &Arc<dyn ExecutionPlan>) -> Option<usize> {
    let place = key.downcast_ref::<Column>()?.index();
    let schema = side.schema();
    let field = schema.field(place);
    (*field.data_type() == DataType::Utf8View && !field.is_nullable()).then_some(place)
}

/// Whether a plan has nothing but keys, each once.
fn has_keys_once(plan: &Arc<dyn ExecutionPlan>) -> bool {
    if plan.schema().fields().len() != 1 {
        return false;
    }
    if let Some(grouped) = plan.downcast_ref::<AggregateExec>() {
        return match grouped.mode() {
            AggregateMode::Partial | AggregateMode::PartialReduce => false,
            AggregateMode::Final
            | AggregateMode::FinalPartitioned
            | AggregateMode::Single
            | AggregateMode::SinglePartitioned => {
                grouped.aggr_expr().is_empty() && !grouped.group_expr().has_grouping_set()
            }
        };
    }
    plan.downcast_ref::<ProjectionExec>().is_some_and(|project| {
        project.expr().iter().all(|projected| projected.expr.downcast_ref::<Column>().is_some())
            && has_keys_once(project.input())
    })
}

type Keys = HashSet<Box<str>>;

/// The keys, for whoever waits for them: the partitions are served by one look at the other plan, which goes on when
/// the partition that began it is not wanted any more.
type Gathering = Shared<BoxFuture<'static, Result<Arc<(Keys, MemoryReservation)>, Arc<DataFusionError>>>>;

/// The rows of one plan whose key is, or is not, in another.
#[derive(Debug)]
pub(super) struct Members {
    keys: (Arc<dyn ExecutionPlan>, usize),
    rows: (Arc<dyn ExecutionPlan>, usize),
    keep: Keep,
    set: OnceLock<Gathering>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl Members {
    fn new(keys: (Arc<dyn ExecutionPlan>, usize), rows: (Arc<dyn ExecutionPlan>, usize), keep: Keep) -> Self {
        let properties = PlanProperties::new(
            rows.0.equivalence_properties().clone(),
            rows.0.output_partitioning().clone(),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        let (set, metrics) = (OnceLock::new(), ExecutionPlanMetricsSet::new());
        Self { keys, rows, keep, set, properties: Arc::new(properties), metrics }
    }

    /// The plan of the rows, and the place of their key.
    pub(super) fn rows(&self) -> (&Arc<dyn ExecutionPlan>, usize) {
        (&self.rows.0, self.rows.1)
    }

    /// The same for other rows with the same columns.
    pub(super) fn with_rows(&self, rows: Arc<dyn ExecutionPlan>) -> Self {
        Self::new((Arc::clone(&self.keys.0), self.keys.1), (rows, self.rows.1), self.keep)
    }
}

impl DisplayAs for Members {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut Formatter) -> std::fmt::Result {
        write!(f, "Members: keep={:?}, key={}", self.keep, self.rows.0.schema().field(self.rows.1).name())
    }
}

impl ExecutionPlan for Members {
    fn name(&self) -> &str {
        "Members"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn required_input_distribution(&self) -> Vec<Distribution> {
        vec![Distribution::UnspecifiedDistribution, Distribution::SinglePartition]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true, false]
    }

    /// The rows come first: sorts are pushed down by the places of columns, and ours are theirs.
    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.rows.0, &self.keys.0]
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
        match <[_; 2]>::try_from(children) {
            Ok([rows, keys]) => Ok(Arc::new(Self::new((keys, self.keys.1), (rows, self.rows.1), self.keep))),
            Err(children) => internal_err!("a filter by keys has two inputs, not {}", children.len()),
        }
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let rows = self.rows.0.execute(partition, Arc::clone(&context))?;
        let gathering = self.set.get_or_init(|| {
            let keys = gather(Arc::clone(&self.keys.0), self.keys.1, context);
            keys.map(|gathered| gathered.map(Arc::new).map_err(Arc::new)).boxed().shared()
        });
        let (gathering, key, keep) = (gathering.clone(), self.rows.1, self.keep);
        let metrics = BaselineMetrics::new(&self.metrics, partition);
        let kept = futures::stream::once(async move {
            let set = gathering.await.map_err(DataFusionError::Shared)?;
            let mut found = Found::default();
            Ok::<_, DataFusionError>(rows.try_filter_map(move |batch| {
                let kept = found.filter(&batch, key, &set.0, keep);
                if let Ok(Some(kept)) = &kept {
                    metrics.record_output(kept.num_rows());
                }
                futures::future::ready(kept)
            }))
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), kept.try_flatten())))
    }
}

/// Collects the keys.
async fn gather(
    keys: Arc<dyn ExecutionPlan>,
    place: usize,
    context: Arc<TaskContext>,
) -> Result<(Keys, MemoryReservation)> {
    let memory = MemoryConsumer::new("Members").register(context.memory_pool());
    let mut set = Keys::new();
    let mut bytes = 0;
    let mut batches = keys.execute(0, context)?;
    while let Some(batch) = batches.next().await.transpose()? {
        for key in batch.column(place).as_string_view().iter().flatten() {
            if !set.contains(key) {
                bytes += key.len();
                set.insert(key.into());
            }
        }
        memory.try_resize(bytes + set.allocation_size())?;
    }
    Ok((set, memory))
}

/// What was found out about the values of the last dictionary.
#[derive(Default)]
struct Found {
    dictionary: Option<(StringArray, Vec<Option<bool>>)>,
}

impl Found {
    fn filter(&mut self, batch: &RecordBatch, key: usize, keys: &Keys, keep: Keep) -> Result<Option<RecordBatch>> {
        let stays = |text: &str| keys.contains(text) == (keep == Keep::Members);
        let mask = self.mask(batch.column(key), stays)?;
        match mask.true_count() {
            0 => Ok(None),
            all if all == batch.num_rows() => Ok(Some(batch.clone())),
            _ => Ok(Some(filter_record_batch(batch, &mask)?)),
        }
    }

    fn mask(&mut self, column: &ArrayRef, stays: impl Fn(&str) -> bool) -> Result<BooleanArray> {
        let Some(codes) = column.as_dictionary_opt::<Int32Type>() else {
            let texts = column.as_string_view();
            let mut last: Option<(u128, bool)> = None;
            let mask = BooleanBuffer::collect_bool(texts.len(), |row| {
                let view = texts.views()[row];
                let known = last.filter(|(known, _)| *known == view).map(|(_, stays)| stays);
                let stays = known.unwrap_or_else(|| stays(texts.value(row)));
                last = Some((view, stays));
                stays
            });
            return Ok(BooleanArray::new(mask, None));
        };
        let Some(values) = codes.values().as_string_opt::<i32>() else {
            return internal_err!("a dictionary of {}", codes.values().data_type());
        };
        let mut known = match self.dictionary.take() {
            Some((dictionary, known)) if is_same(&dictionary, values) => known,
            _ => vec![None; values.len()],
        };
        let places = codes.keys().values();
        let mask = BooleanBuffer::collect_bool(places.len(), |row| {
            let place = places[row] as usize;
            *known[place].get_or_insert_with(|| stays(values.value(place)))
        });
        self.dictionary = Some((values.clone(), known));
        Ok(BooleanArray::new(mask, None))
    }
}
