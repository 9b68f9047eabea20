//! Joins whose sides do not fit into memory, which is known as the grace hash join.
//!
//! The left side is held in memory while it fits, and joined as ever. When it does not, the rows of both sides are parted
//! by a hash of their key into files, and the parts are joined one after the other. A part that still does not fit is
//! parted again by another hash.

use std::fmt::{Debug, Formatter};
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::UInt32Array;
use datafusion::arrow::compute::take_record_batch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::common::config::ConfigOptions;
use datafusion::common::hash_utils::{QualityRandomState, create_hashes};
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{DataFusionError, Result};
use datafusion::execution::memory_pool::MemoryConsumer;
use datafusion::execution::{SendableRecordBatchStream, SpillFile, TaskContext};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::joins::{HashJoinExec, PartitionMode};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricsSet, SpillMetrics};
use datafusion::physical_plan::spill::{SpillManager, get_record_batch_memory_size};
use datafusion::physical_plan::stream::{EmptyRecordBatchStream, RecordBatchStreamAdapter};
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, InputDistributionRequirements, PlanProperties,
};
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, TryStreamExt};

/// Parts that rows are parted into at once. Each has a file open while rows are written.
const PARTS: usize = 16;

/// How often rows are parted. Rows that still do not fit have nearly all one key.
const DEEPEST: u32 = 4;

/// What a row takes among the keys of a join, besides its cells.
const BYTES_OF_ROW: usize = 48;

/// Puts [`GraceJoin`] in the place of hash joins. It is for sessions whose memory is limited.
#[derive(Debug)]
pub(super) struct GraceRule;

impl PhysicalOptimizerRule for GraceRule {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            let Some(join) = node.downcast_ref::<HashJoinExec>() else { return Ok(Transformed::no(node)) };
            if join.null_aware || join.fetch().is_some() {
                return Ok(Transformed::no(node));
            }
            let join = join.builder().with_partition_mode(PartitionMode::Partitioned).build()?;
            Ok(Transformed::yes(Arc::new(GraceJoin::new(join))))
        })
        .data()
    }

    fn name(&self) -> &str {
        "grace_joins"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// A hash join that goes on with files when memory is short. Its rows come in no order.
#[derive(Debug)]
struct GraceJoin {
    join: Arc<HashJoinExec>,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl GraceJoin {
    fn new(join: HashJoinExec) -> Self {
        let known = ExecutionPlan::properties(&join);
        let properties = PlanProperties::new(
            EquivalenceProperties::new(join.schema()),
            known.partitioning.clone(),
            known.emission_type,
            known.boundedness,
        );
        Self { join: Arc::new(join), properties: Arc::new(properties), metrics: ExecutionPlanMetricsSet::new() }
    }
}

impl DisplayAs for GraceJoin {
    fn fmt_as(&self, kind: DisplayFormatType, f: &mut Formatter) -> std::fmt::Result {
        f.write_str("GraceJoin: ")?;
        self.join.fmt_as(kind, f)
    }
}

impl ExecutionPlan for GraceJoin {
    fn name(&self) -> &str {
        "GraceJoin"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        self.join.input_distribution_requirements()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.join.children()
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.join.apply_expressions(f)
    }

    // What takes its place by default comes back to it.
    #[allow(deprecated)]
    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        let join = self.join.builder().recompute_properties().with_new_children(children)?.build()?;
        Ok(Arc::new(Self::new(join)))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let [left, right] = [self.join.left(), self.join.right()];
        let rows = [left.execute(partition, Arc::clone(&context))?, right.execute(partition, Arc::clone(&context))?];
        let spills = SpillMetrics::new(&self.metrics, partition);
        let files = [left, right].map(|side| SpillManager::new(context.runtime_env(), spills.clone(), side.schema()));
        let work = Arc::new(Work { join: Arc::clone(&self.join), files, context });
        let metrics = BaselineMetrics::new(&self.metrics, partition);
        let joined = futures::stream::once(work.joined(rows, 0)).try_flatten();
        let counted = joined.inspect_ok(move |batch| metrics.record_output(batch.num_rows()));
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), counted)))
    }
}

/// What a partition of a join is done with.
struct Work {
    join: Arc<HashJoinExec>,
    /// Where rows of the left and of the right side are kept.
    files: [SpillManager; 2],
    context: Arc<TaskContext>,
}

/// Rows of the left and of the right side.
type Sides = [SendableRecordBatchStream; 2];

/// The files of one part, where it has any rows.
type Part = [Option<Arc<dyn SpillFile>>; 2];

impl Work {
    /// Joins rows that were parted so many times.
    fn joined(
        self: Arc<Self>,
        [mut left, right]: Sides,
        depth: u32,
    ) -> BoxFuture<'static, Result<SendableRecordBatchStream>> {
        async move {
            let consumer = MemoryConsumer::new("GraceJoin").with_can_spill(depth < DEEPEST);
            let memory = consumer.register(self.context.memory_pool());
            let mut held = Vec::new();
            while let Some(batch) = left.next().await.transpose()? {
                let bytes = get_record_batch_memory_size(&batch) + batch.num_rows() * BYTES_OF_ROW;
                let fits = memory.try_grow(bytes);
                held.push(batch);
                match fits {
                    Err(_) if depth < DEEPEST => {
                        let schema = left.schema();
                        let held = futures::stream::iter(held.into_iter().map(Ok)).chain(left);
                        let left = Box::pin(RecordBatchStreamAdapter::new(schema, held));
                        // The rows that are held go as they are written.
                        memory.free();
                        return self.parted([left, right], depth).await;
                    }
                    fits => fits?,
                }
            }
            let schema = left.schema();
            drop(left);
            // From here on the join itself accounts for them.
            drop(memory);
            let held = futures::stream::iter(held.into_iter().map(Ok));
            self.in_memory([Box::pin(RecordBatchStreamAdapter::new(schema, held)), right])
        }
        .boxed()
    }

    /// Joins rows of which the left ones fit into memory.
    fn in_memory(&self, sides: Sides) -> Result<SendableRecordBatchStream> {
        let sides = sides.into_iter().zip(self.join.children()).map(|(rows, side)| {
            let once = Arc::new(Once { schema: side.schema(), rows: Mutex::new(Some(rows)) });
            let table = StreamingTableExec::try_new(side.schema(), vec![once], None, None, false, None)?;
            Ok(Arc::new(table) as Arc<dyn ExecutionPlan>)
        });
        let join = self.join.builder().reset_state().with_partition_mode(PartitionMode::CollectLeft);
        let join = join.with_new_children(sides.collect::<Result<_>>()?)?.build()?;
        join.execute(0, Arc::clone(&self.context))
    }

    /// Parts rows into files, and joins what belongs together.
    async fn parted(self: Arc<Self>, [left, right]: Sides, depth: u32) -> Result<SendableRecordBatchStream> {
        let (left_keys, right_keys): (Vec<_>, Vec<_>) = self.join.on().iter().cloned().unzip();
        let left = part(&self.files[0], left, &left_keys, depth).await?;
        let right = part(&self.files[1], right, &right_keys, depth).await?;
        // Another hash does not part rows of one key either.
        let is_one = left.iter().flatten().count() == 1;
        let next = if is_one { DEEPEST } else { depth + 1 };
        let parts: Vec<Part> = left.into_iter().zip(right).map(|(left, right)| [left, right]).collect();
        let schema = self.join.schema();
        let joined = futures::stream::iter(parts.into_iter().map(Ok::<_, DataFusionError>)).and_then(move |part| {
            let work = Arc::clone(&self);
            async move {
                let [left, right] = part;
                let sides = [work.read(0, left)?, work.read(1, right)?];
                work.joined(sides, next).await
            }
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, joined.try_flatten())))
    }

    fn read(&self, side: usize, file: Option<Arc<dyn SpillFile>>) -> Result<SendableRecordBatchStream> {
        let files = &self.files[side];
        match file {
            Some(file) => files.read_spill_as_stream(file, None),
            None => Ok(Box::pin(EmptyRecordBatchStream::new(Arc::clone(files.schema())))),
        }
    }
}

/// Writes rows into one file for each part, by a hash of their key.
async fn part(
    files: &SpillManager,
    mut rows: SendableRecordBatchStream,
    keys: &[Arc<dyn PhysicalExpr>],
    depth: u32,
) -> Result<Vec<Option<Arc<dyn SpillFile>>>> {
    let seed = QualityRandomState::with_seed(u64::from(depth) + 1);
    let mut parts = Vec::with_capacity(PARTS);
    for _ in 0..PARTS {
        parts.push(files.create_in_progress_file("a join")?);
    }
    while let Some(batch) = rows.next().await.transpose()? {
        let of = |key: &Arc<dyn PhysicalExpr>| key.evaluate(&batch)?.into_array(batch.num_rows());
        let keys = keys.iter().map(of).collect::<Result<Vec<_>>>()?;
        let mut hashes = vec![0; batch.num_rows()];
        create_hashes(&keys, &seed, &mut hashes)?;
        let mut places: [Vec<u32>; PARTS] = Default::default();
        for (row, hash) in (0u32..).zip(hashes) {
            places[hash as usize % PARTS].push(row);
        }
        for (part, places) in parts.iter_mut().zip(places) {
            if !places.is_empty() {
                part.append_batch(&take_record_batch(&batch, &UInt32Array::from(places))?)?;
            }
        }
    }
    parts.iter_mut().map(|part| part.finish()).collect()
}

/// Rows that are there once.
struct Once {
    schema: SchemaRef,
    rows: Mutex<Option<SendableRecordBatchStream>>,
}

impl Debug for Once {
    fn fmt(&self, f: &mut Formatter) -> std::fmt::Result {
        f.write_str("Once")
    }
}

impl PartitionStream for Once {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner).take();
        rows.unwrap_or_else(|| Box::pin(EmptyRecordBatchStream::new(Arc::clone(&self.schema))))
    }
}
