//! Relations of the core as DataFusion plans: one match.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use datafusion::common::{Column as DfColumn, DFSchema, NullEquality, NullHandling, TableReference, UnnestOptions};
use datafusion::datasource::{TableProvider, provider_as_source};
use datafusion::logical_expr::expr::{
    AggregateFunction, AggregateFunctionParams, WindowFunction, WindowFunctionParams,
};
use datafusion::logical_expr::{
    Aggregate, EmptyRelation, Expr, Filter, JoinType, LogicalPlan, LogicalPlanBuilder, Projection, Union, Values,
    Window, WindowFrame, WindowFunctionDefinition, lit,
};
use datafusion::prelude::SessionContext;

use super::catalog::DataCatalog;
use super::expression::{Expressions, Need, column, column_name, first_known, literal};
use super::shared::{SharedTables, by_place};
use super::types::arrow_field;
use super::{aggregates, windows};
use crate::error::{Error, Result};
use crate::ir::{
    AggregateCall, Column, ColumnId, EmptyArray, FoldColumn, FoldStep, JoinKind, Rel, Scalar, SortKey, Target,
    WindowCall,
};
use crate::types::Type;
use crate::value::Value;

/// Lowers relations over the tables of a catalog.
pub(super) struct Planner<'a> {
    catalog: &'a DataCatalog,
    shared: &'a SharedTables,
    expressions: Expressions<'a>,
    session: &'a SessionContext,
    /// How many sides of joins got computed keys: these stay in sight of the joins above, so their names must differ.
    keyed: AtomicUsize,
}

impl<'a> Planner<'a> {
    pub(super) fn new(catalog: &'a DataCatalog, shared: &'a SharedTables, session: &'a SessionContext) -> Self {
        Planner { catalog, shared, expressions: Expressions { session }, session, keyed: AtomicUsize::new(0) }
    }

    /// The plan of a whole relation that has no more columns than it needs. They are named by [`column_name`], and stand
    /// in this order.
    pub(super) fn plan_root(&self, rel: Rel, columns: &[Column]) -> Result<LogicalPlan> {
        let plan = self.plan(&rel.merged())?;
        project(plan, columns.iter().map(|to| column(to.id)).collect())
    }

    /// The plan of a relation. It has the columns of the relation, in any order.
    fn plan(&self, rel: &Rel) -> Result<LogicalPlan> {
        match rel {
            Rel::Scan { table, columns } => self.plan_scan(table, columns),
            Rel::External { addresses, format, header, columns } => {
                let provider = super::external::provider(self.catalog, addresses, (*format, *header), columns)?;
                let named = columns.iter().map(|to| (to.name.clone(), to)).collect();
                scan("external", provider, named)
            }
            Rel::Values { columns, rows } => plan_values(columns, rows),
            Rel::Shared { id, columns, .. } => self.plan_shared(*id, columns),
            Rel::Filter { input, predicate } => {
                let predicate = self.expressions.plan(predicate, Need::Truth)?;
                filter(self.plan(input)?, predicate)
            }
            Rel::Project { input, columns } => project(self.plan(input)?, self.named(columns)?),
            Rel::Aggregate { input, groups, aggregates } => self.plan_aggregate(input, groups, aggregates),
            Rel::Sort { input, keys } => {
                Ok(self.builder(input)?.sort(self.expressions.plan_sort_keys(keys)?)?.build()?)
            }
            Rel::Limit { input, count } => {
                let count = usize::try_from(*count).unwrap_or(usize::MAX).min(i64::MAX as usize);
                Ok(self.builder(input)?.limit(0, Some(count))?.build()?)
            }
            Rel::Join { kind, left, right, on } => self.plan_join(*kind, left, right, on),
            Rel::Union { inputs, columns } => self.plan_union(inputs, columns),
            Rel::Unnest { input, columns, empty } => self.plan_unnest(input, columns, *empty),
            Rel::Fold { input, values, steps, match_id, partition_by, order_by } => {
                self.plan_fold(input, (values, steps, match_id.as_ref()), partition_by, order_by)
            }
            Rel::Window { input, columns, partition_by, order_by } => {
                self.plan_window(input, columns, partition_by, order_by)
            }
        }
    }

    fn builder(&self, rel: &Rel) -> Result<LogicalPlanBuilder> {
        Ok(LogicalPlanBuilder::from(self.plan(rel)?))
    }

    fn named(&self, columns: &[(Column, Scalar)]) -> Result<Vec<Expr>> {
        columns
            .iter()
            .map(|(to, value)| Ok(self.expressions.plan(value, Need::Value)?.alias(column_name(to.id))))
            .collect()
    }

    fn plan_scan(&self, table: &str, columns: &[Column]) -> Result<LogicalPlan> {
        let provider = self.catalog.provider(table)?;
        let provider = provider.ok_or_else(|| Error::Engine(format!("the table `{table}` went away")))?;
        scan(table, provider, columns.iter().map(|to| (to.name.clone(), to)).collect())
    }

    fn plan_shared(&self, id: u32, columns: &[Column]) -> Result<LogicalPlan> {
        let table: Arc<dyn TableProvider> = match self.shared.get(id) {
            Some(table) => table,
            None => self.shared.to_come(id, columns)?,
        };
        let places = by_place(columns).into_iter().map(|(place, _)| place);
        scan(&format!("shared{id}"), table, places.zip(columns).collect())
    }

    fn plan_aggregate(
        &self,
        input: &Rel,
        groups: &[(Column, Scalar)],
        aggregates: &[(Vec<Column>, AggregateCall)],
    ) -> Result<LogicalPlan> {
        if groups.is_empty() && aggregates.is_empty() {
            return plan_values(&[], &[Vec::new()]);
        }
        let input = self.plan(input)?;
        let keys = groups.iter().map(|(to, key)| Ok(self.expressions.plan_key(key)?.alias(column_name(to.id))));
        let keys = keys.collect::<Result<Vec<_>>>()?;
        let mut calls = Vec::new();
        let mut outputs: Vec<Expr> = groups.iter().map(|(key, _)| column(key.id)).collect();
        let mut unpacked = false;
        for (index, (columns, call)) in aggregates.iter().enumerate() {
            let expr = self.plan_aggregate_call(call)?;
            match columns.as_slice() {
                [only] => {
                    calls.push(expr.alias(column_name(only.id)));
                    outputs.push(column(only.id));
                }
                several => {
                    unpacked = true;
                    let packed = format!("packed{index}");
                    calls.push(expr.alias(packed.as_str()));
                    for (part, to) in several.iter().enumerate() {
                        let field = datafusion::functions::core::get_field();
                        let args =
                            vec![Expr::Column(DfColumn::new_unqualified(packed.as_str())), lit(format!("c{part}"))];
                        outputs.push(field.call(args).alias(column_name(to.id)));
                    }
                }
            }
        }
        let mut plan = aggregate(input, keys, calls)?;
        if groups.is_empty() {
            // DataFusion would take a condition without columns below it, although its row is there for no rows as well.
            // No condition goes below a limit.
            plan = LogicalPlanBuilder::from(plan).limit(0, Some(1))?.build()?;
        }
        if unpacked { project(plan, outputs) } else { Ok(plan) }
    }

    fn plan_aggregate_call(&self, call: &AggregateCall) -> Result<Expr> {
        let function = match call.target {
            Target::Builtin(name) => self.session.state_ref().read().aggregate_functions().get(name).cloned(),
            Target::Kernel(name) => aggregates::aggregate_function(name, &call.types),
            Target::Op(_) => None,
        };
        let function =
            function.ok_or_else(|| Error::Engine(format!("the aggregate `{:?}` is not registered", call.target)))?;
        let filter = call.filter.as_ref().map(|filter| self.expressions.plan(filter, Need::Truth)).transpose()?;
        Ok(Expr::AggregateFunction(AggregateFunction {
            func: function,
            params: AggregateFunctionParams {
                args: self.expressions.plan_all(&call.args)?,
                distinct: call.distinct,
                filter: filter.map(Box::new),
                order_by: self.expressions.plan_sort_keys(&call.order_by)?,
                null_treatment: None,
            },
        }))
    }

    fn plan_join(&self, kind: JoinKind, left: &Rel, right: &Rel, on: &[(Scalar, Scalar)]) -> Result<LogicalPlan> {
        let (mut left_plan, left_keys) = self.with_keys(left, on.iter().map(|(key, _)| key), "left_key")?;
        let (mut right_plan, right_keys) = self.with_keys(right, on.iter().map(|(_, key)| key), "right_key")?;
        // Of the side that only filters, each key is looked at once: a hash join over many equal keys is quadratic.
        let keys = |keys: &[DfColumn]| keys.iter().cloned().map(Expr::Column).collect::<Vec<_>>();
        match kind {
            JoinKind::LeftSemi | JoinKind::LeftAnti if !on.is_empty() => {
                right_plan = aggregate(right_plan, keys(&right_keys), Vec::new())?;
            }
            JoinKind::RightSemi | JoinKind::RightAnti if !on.is_empty() => {
                left_plan = aggregate(left_plan, keys(&left_keys), Vec::new())?;
            }
            _ => {}
        }
        let join_type = match kind {
            JoinKind::Inner => JoinType::Inner,
            JoinKind::Left => JoinType::Left,
            JoinKind::Right => JoinType::Right,
            JoinKind::Full => JoinType::Full,
            JoinKind::LeftSemi => JoinType::LeftSemi,
            JoinKind::LeftAnti => JoinType::LeftAnti,
            JoinKind::RightSemi => JoinType::RightSemi,
            JoinKind::RightAnti => JoinType::RightAnti,
        };
        // In KQL null keys are equal. Text is never null, and the plain comparison is the faster one.
        let nulls = if on.iter().all(|(key, _)| key.ty() == Type::String) {
            NullEquality::NullEqualsNothing
        } else {
            NullEquality::NullEqualsNull
        };
        let left_plan = LogicalPlanBuilder::from(left_plan);
        let joined = if on.is_empty() {
            let every_pair = (join_type != JoinType::Inner).then(|| lit(true));
            match every_pair {
                None => left_plan.cross_join(right_plan)?,
                Some(test) => left_plan.join_on(right_plan, join_type, [test])?,
            }
        } else {
            left_plan.join_detailed(right_plan, join_type, (left_keys, right_keys), None, nulls)?
        };
        let outer = |side: &Rel, lonely: bool| -> Vec<Expr> {
            side.columns()
                .into_iter()
                .map(|to| {
                    let value = column(to.id);
                    if lonely && to.ty == Type::String {
                        first_known(vec![value, empty_text()]).alias(column_name(to.id))
                    } else {
                        value
                    }
                })
                .collect()
        };
        let columns = match kind {
            // Nothing was added to the sides, and text is there: the columns stand as they should.
            JoinKind::Inner if on.iter().all(|(left, right)| is_column(left) && is_column(right)) => {
                return Ok(joined.build()?);
            }
            JoinKind::Inner => [outer(left, false), outer(right, false)].concat(),
            JoinKind::Left => [outer(left, false), outer(right, true)].concat(),
            JoinKind::Right => [outer(left, true), outer(right, false)].concat(),
            JoinKind::Full => [outer(left, true), outer(right, true)].concat(),
            JoinKind::LeftSemi | JoinKind::LeftAnti => outer(left, false),
            JoinKind::RightSemi | JoinKind::RightAnti => outer(right, false),
        };
        project(joined.build()?, columns)
    }

    /// A side of a join with its keys as plain columns.
    fn with_keys<'k>(
        &self,
        side: &Rel,
        keys: impl Iterator<Item = &'k Scalar>,
        prefix: &str,
    ) -> Result<(LogicalPlan, Vec<DfColumn>)> {
        let plan = self.plan(side)?;
        let turn = self.keyed.fetch_add(1, Ordering::Relaxed);
        let mut names = Vec::new();
        let mut computed = Vec::new();
        for (index, key) in keys.enumerate() {
            match key {
                Scalar::Column(id, ty) if *ty != Type::Real => names.push(DfColumn::new_unqualified(column_name(*id))),
                other => {
                    let name = format!("{prefix}{index}_{turn}");
                    let key = self.expressions.plan_key(other)?;
                    computed.push(key.alias(name.as_str()));
                    names.push(DfColumn::new_unqualified(name));
                }
            }
        }
        if computed.is_empty() {
            return Ok((plan, names));
        }
        let mut columns: Vec<Expr> = side.columns().iter().map(|to| column(to.id)).collect();
        columns.extend(computed);
        Ok((project(plan, columns)?, names))
    }

    fn plan_union(&self, inputs: &[Rel], columns: &[Column]) -> Result<LogicalPlan> {
        let mut plans = Vec::new();
        for input in inputs {
            let renamed = input
                .columns()
                .iter()
                .zip(columns)
                .map(|(from, to)| column(from.id).alias(column_name(to.id)))
                .collect::<Vec<_>>();
            plans.push(Arc::new(project(self.plan(input)?, renamed)?));
        }
        match plans.as_slice() {
            [] => plan_values(columns, &[]),
            [only] => Ok(LogicalPlan::clone(only)),
            _ => Ok(LogicalPlan::Union(Union::try_new_with_loose_types(plans)?)),
        }
    }

    fn plan_unnest(&self, input: &Rel, columns: &[(Column, Scalar)], empty: EmptyArray) -> Result<LogicalPlan> {
        let mut lists: Vec<Expr> = input.columns().iter().map(|to| column(to.id)).collect();
        for (to, value) in columns {
            lists.push(self.expressions.plan_list(value)?.alias(column_name(to.id)));
        }
        let names = columns.iter().map(|(to, _)| DfColumn::new_unqualified(column_name(to.id))).collect();
        let null_handling = match empty {
            EmptyArray::Keep => NullHandling::PreserveAndExpandEmpty,
            EmptyArray::Drop => NullHandling::Drop,
        };
        let options = UnnestOptions { null_handling, recursions: Vec::new() };
        let plan = LogicalPlanBuilder::from(project(self.plan(input)?, lists)?);
        let mut plan = plan.unnest_columns_with_options(names, options)?.build()?;
        if columns.iter().any(|(to, _)| to.ty == Type::String) {
            // Shorter lists are filled with nulls, which text does not have.
            let mut all: Vec<Expr> = input.columns().iter().map(|to| column(to.id)).collect();
            for (to, _) in columns {
                let item = column(to.id);
                let text = to.ty == Type::String;
                all.push(if text { first_known(vec![item, empty_text()]).alias(column_name(to.id)) } else { item });
            }
            plan = project(plan, all)?;
        }
        Ok(plan)
    }

    fn plan_window(
        &self,
        input: &Rel,
        columns: &[(Column, WindowCall)],
        partition_by: &[Scalar],
        order_by: &[SortKey],
    ) -> Result<LogicalPlan> {
        let mut calls = Vec::new();
        // Arguments become plain columns first: DataFusion's elimination of common expressions would otherwise lift
        // them out of one window and below another whose columns they need.
        let mut below: Vec<Expr> = input.columns().iter().map(|from| column(from.id)).collect();
        let plain = below.len();
        // What a window right below works out is not asked for again: DataFusion's elimination of common expressions
        // would put the call of a window function where none can be.
        let mut known: Vec<Expr> = Vec::new();
        for (to, call) in columns {
            if let Some(same) = same_call(input, call, partition_by, order_by) {
                known.push(column(same).alias(column_name(to.id)));
                continue;
            }
            let mut args = Vec::with_capacity(call.args.len());
            for (index, arg) in call.args.iter().enumerate() {
                let expr = self.expressions.plan(arg, Need::Value)?;
                if matches!(arg, Scalar::Column(..) | Scalar::Literal(_)) {
                    args.push(expr);
                } else {
                    let name = format!("{}_argument{index}", column_name(to.id));
                    below.push(expr.alias(name.as_str()));
                    args.push(Expr::Column(DfColumn::new_unqualified(name)));
                }
            }
            let function = windows::window_function(call.name, call.ty)
                .ok_or_else(|| Error::Engine(format!("the window function `{}` is not registered", call.name)))?;
            let order_by = self.expressions.plan_sort_keys(order_by)?;
            let window = WindowFunction {
                fun: WindowFunctionDefinition::WindowUDF(function),
                params: WindowFunctionParams {
                    args,
                    partition_by: self.expressions.plan_keys(partition_by)?,
                    // Our functions see whole partitions; a frame of ranges would not take every type of sort key.
                    window_frame: WindowFrame::new(None),
                    order_by,
                    filter: None,
                    null_treatment: None,
                    distinct: false,
                },
            };
            calls.push(Expr::from(window).alias(column_name(to.id)));
        }
        let mut plan = self.plan(input)?;
        if below.len() > plain {
            plan = project(plan, below)?;
        }
        if !calls.is_empty() {
            plan = LogicalPlan::Window(Window::try_new(calls, Arc::new(plan))?);
        }
        if !known.is_empty() {
            let names: Vec<Expr> = plan.schema().columns().into_iter().map(Expr::Column).collect();
            plan = project(plan, names.into_iter().chain(known).collect())?;
        }
        Ok(plan)
    }
}

fn is_column(scalar: &Scalar) -> bool {
    matches!(scalar, Scalar::Column(..))
}

/// The column of a window right below that holds the same.
fn same_call(input: &Rel, call: &WindowCall, parts: &[Scalar], order: &[SortKey]) -> Option<ColumnId> {
    let mut below = input;
    while let Rel::Window { input, columns, partition_by, order_by } = below {
        if partition_by == parts
            && order_by == order
            && let Some((column, _)) = columns.iter().find(|(_, known)| known == call)
        {
            return Some(column.id);
        }
        below = input;
    }
    None
}

fn empty_text() -> Expr {
    Expr::Literal(literal(&Value::String(String::new())), None)
}

impl Planner<'_> {
    /// A fold is a window function that answers with the matches of each row, which then become rows of their own.
    fn plan_fold(
        &self,
        input: &Rel,
        (values, steps, match_id): (&[FoldColumn], &[FoldStep], Option<&Column>),
        partition_by: &[Scalar],
        order_by: &[SortKey],
    ) -> Result<LogicalPlan> {
        let columns = input.columns();
        let program = super::fold::program(self.session, &self.expressions, &columns, values, steps)?;
        let used = program.inputs.iter().map(|id| column(*id)).collect();
        let order_by = self.expressions.plan_sort_keys(order_by)?;
        let window = WindowFunction {
            fun: WindowFunctionDefinition::WindowUDF(super::fold::function(program)),
            params: WindowFunctionParams {
                args: used,
                partition_by: self.expressions.plan_keys(partition_by)?,
                window_frame: WindowFrame::new(None),
                order_by,
                filter: None,
                null_treatment: None,
                distinct: false,
            },
        };
        const MATCHES: &str = "matches";
        let plan = Window::try_new(vec![Expr::from(window).alias(MATCHES)], Arc::new(self.plan(input)?))?;
        let plan = LogicalPlanBuilder::from(LogicalPlan::Window(plan));
        let options = UnnestOptions { null_handling: NullHandling::Drop, recursions: Vec::new() };
        let plan = plan.unnest_columns_with_options(vec![DfColumn::new_unqualified(MATCHES)], options)?;
        let field = |name: &str, to: &Column| {
            let matched = Expr::Column(DfColumn::new_unqualified(MATCHES));
            datafusion::functions::core::get_field().call(vec![matched, lit(name)]).alias(column_name(to.id))
        };
        let mut shown: Vec<Expr> = columns.iter().map(|from| column(from.id)).collect();
        shown.extend(values.iter().enumerate().map(|(index, value)| field(&format!("c{index}"), &value.column)));
        shown.extend(match_id.map(|to| field(super::fold::MATCH_ID, to)));
        project(plan.build()?, shown)
    }
}

// The builder of DataFusion resolves names, for which it walks the whole plan at each step. All names here are whole.

fn scan(name: &str, provider: Arc<dyn TableProvider>, columns: Vec<(String, &Column)>) -> Result<LogicalPlan> {
    let reference = TableReference::bare(name);
    let schema = provider.schema();
    let places = columns.iter().map(|(from, _)| schema.index_of(from)).collect::<Result<Vec<_>, _>>();
    let places = places.map_err(|error| Error::Engine(error.to_string()))?;
    let plan = LogicalPlanBuilder::scan(reference.clone(), provider_as_source(provider), Some(places))?;
    let columns = columns
        .into_iter()
        .map(|(from, to)| Expr::Column(DfColumn::new(Some(reference.clone()), from)).alias(column_name(to.id)));
    project(plan.build()?, columns.collect())
}

fn project(plan: LogicalPlan, columns: Vec<Expr>) -> Result<LogicalPlan> {
    Ok(LogicalPlan::Projection(Projection::try_new(columns, Arc::new(plan))?))
}

fn filter(plan: LogicalPlan, predicate: Expr) -> Result<LogicalPlan> {
    Ok(LogicalPlan::Filter(Filter::try_new(predicate, Arc::new(plan))?))
}

fn aggregate(plan: LogicalPlan, keys: Vec<Expr>, calls: Vec<Expr>) -> Result<LogicalPlan> {
    Ok(LogicalPlan::Aggregate(Aggregate::try_new(Arc::new(plan), keys, calls)?))
}

/// Constant rows. The names of types beside the fields are left out, as tables do it.
fn plan_values(columns: &[Column], rows: &[Vec<Value>]) -> Result<LogicalPlan> {
    let plain = |to: &Column| arrow_field(&column_name(to.id), to.ty).with_metadata(HashMap::new());
    let fields = columns.iter().map(|to| (None, Arc::new(plain(to)))).collect();
    let schema = Arc::new(DFSchema::new_with_metadata(fields, Default::default())?);
    if columns.is_empty() || rows.is_empty() {
        let produce_one_row = columns.is_empty() && !rows.is_empty();
        return Ok(LogicalPlan::EmptyRelation(EmptyRelation { produce_one_row, schema }));
    }
    let rows = rows.iter().map(|row| row.iter().map(|cell| Expr::Literal(literal(cell), None)).collect()).collect();
    Ok(LogicalPlan::Values(Values { schema, values: rows }))
}
