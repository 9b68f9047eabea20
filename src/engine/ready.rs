//! From a relation to a plan that runs: what it needs is run first, and planning goes on meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use datafusion::execution::TaskContext;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::SessionContext;
use futures::future::BoxFuture;

use super::plan::Planner;
use super::shared::{SharedTables, shared_in};
use super::watch::giving_way;
use super::{Engine, Task, joined};
use crate::error::Result;
use crate::ir::{Column, Rel};

/// A plan and what it runs in.
type Ready = (Arc<dyn ExecutionPlan>, Arc<TaskContext>);

/// A plan that is made while its inputs run.
struct Early {
    /// Who sets it first makes the plan: the task, or the one that would wait for it.
    begun: Arc<AtomicBool>,
    task: Task<Option<Ready>>,
}

impl Engine {
    /// A relation ready to be run, its columns in order, after everything was run that it needs as constants or tables.
    pub(super) async fn ready(&self, mut rel: Rel, shared: &Arc<SharedTables>) -> Result<Ready> {
        let columns = rel.columns();
        rel = rel.pruned(&columns.iter().map(|column| column.id).collect());
        if self.sessions.roomy {
            rel = shared.with_many_apart(rel, &self.catalog);
        }
        let mut rel = self.resolve(rel, shared).await?;
        shared.watch().meet_tables(&rel, &self.catalog);
        let early = self.early(&rel, &columns, shared);
        self.share(&rel, shared).await?;
        let sessions = &self.sessions;
        let few = match (sessions.few, shared.rows_below(&rel, &self.catalog)) {
            (Some(few), Some(rows)) => rows <= few,
            _ => false,
        };
        let made = match early {
            Some(early) if few && early.begun.swap(true, Ordering::Relaxed) => joined(early.task).await?,
            _ => None,
        };
        let ready = match made {
            Some(ready) => ready,
            None if few => self.planned(rel, &columns, shared, &sessions.quick).await?,
            None => {
                if sessions.few.is_some() {
                    rel = shared.with_few_apart(rel, &self.catalog);
                    self.share(&rel, shared).await?;
                }
                self.planned(rel, &columns, shared, &sessions.thorough).await?
            }
        };
        shared.watch().meet(&ready.0);
        Ok(ready)
    }

    async fn planned(
        &self,
        rel: Rel,
        columns: &[Column],
        shared: &Arc<SharedTables>,
        session: &SessionContext,
    ) -> Result<Ready> {
        let plan = Planner::new(&self.catalog, shared, session).plan_root(rel, columns)?;
        let frame = session.execute_logical_plan(plan).await?;
        let task = Arc::new(frame.task_ctx());
        Ok((giving_way(frame.create_physical_plan().await?)?, task))
    }

    /// Begins to plan a relation that waits for others, where all else that it reads is little: chances are that the
    /// others give little, too. One such plan is made at a time, so that what is waited for goes first.
    fn early(&self, rel: &Rel, columns: &[Column], shared: &Arc<SharedTables>) -> Option<Early> {
        let few = self.sessions.few?;
        let waits = shared_in(rel).iter().any(|(id, _)| shared.get(*id).is_none());
        if !waits || shared.rows_upfront(rel, &self.catalog).is_none_or(|rows| rows > few) {
            return None;
        }
        let begun = Arc::new(AtomicBool::new(false));
        let (engine, shared, mine) = (self.clone(), Arc::clone(shared), Arc::clone(&begun));
        let (rel, columns) = (rel.clone(), columns.to_vec());
        let task = Task::spawn(async move {
            let _turn = shared.turn().await;
            if mine.swap(true, Ordering::Relaxed) {
                return Ok(None);
            }
            engine.planned(rel, &columns, &shared, &engine.sessions.quick).await.map(Some)
        });
        Some(Early { begun, task })
    }

    /// Runs the shared relations that a relation uses, those that were not run before, side by side.
    fn share<'e>(&'e self, rel: &Rel, shared: &'e Arc<SharedTables>) -> BoxFuture<'e, Result<()>> {
        let mut found = shared_in(rel);
        found.retain(|(id, _)| shared.get(*id).is_none());
        let last = found.pop();
        Box::pin(async move {
            let start = |(id, input)| {
                let (engine, shared) = (self.clone(), Arc::clone(shared));
                Task::spawn(async move { engine.share_one(id, input, &shared).await })
            };
            let others: Vec<Task<()>> = found.into_iter().map(start).collect();
            if let Some((id, input)) = last {
                self.share_one(id, input, shared).await?;
            }
            for task in others {
                joined(task).await?;
            }
            Ok(())
        })
    }

    async fn share_one(&self, id: u32, input: Arc<Rel>, shared: &Arc<SharedTables>) -> Result<()> {
        let run = || async {
            let columns = input.columns();
            let (plan, task) = self.ready((*input).clone(), shared).await?;
            shared.gather(id, &columns, plan, task).await
        };
        shared.place(id).get_or_try_init(run).await?;
        Ok(())
    }
}
