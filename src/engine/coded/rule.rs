//! Has scans hand on texts by dictionary to conditions, functions and groupings that can take them.

use std::sync::Arc;

use datafusion::arrow::datatypes::Schema;
use datafusion::common::Result;
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::datasource::physical_plan::{
    FileGroup, FileScanConfig, FileScanConfigBuilder, FileSource, ParquetSource,
};
use datafusion::datasource::source::DataSourceExec;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::projection::{ProjectionExpr, ProjectionExprs};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::execution_plan::replace_children_if_necessary;
use datafusion::physical_plan::filter::{FilterExec, FilterExecBuilder};
use datafusion::physical_plan::projection::ProjectionExec;

use super::exprs::{AsCodes, AsText};
use super::members::Members;
use super::{Places, coded_type, over_codes, served};
use crate::engine::catalog::footer_of;
use crate::engine::grouping::by_dictionary;

/// The rule.
#[derive(Debug)]
pub(in crate::engine) struct CodesRule;

impl PhysicalOptimizerRule for CodesRule {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_down(|node| {
            if let Some(grouped) = by_dictionary(&node)? {
                return Ok(Transformed::yes(grouped));
            }
            let wants = node.downcast_ref::<FilterExec>().is_some()
                || node.downcast_ref::<ProjectionExec>().is_some()
                || node.downcast_ref::<Members>().is_some();
            match wants {
                true => Ok(match coded_input(&node, &Places::new())? {
                    Some((plan, _)) => Transformed::yes(plan),
                    None => Transformed::no(node),
                }),
                false => Ok(Transformed::no(node)),
            }
        })
        .data()
    }

    fn name(&self) -> &str {
        "codes"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// A plan of which some columns come by dictionary, and those columns.
pub(in crate::engine) type Coded = Option<(Arc<dyn ExecutionPlan>, Places)>;

/// The plan with as many of the wanted columns by dictionary as can be. `None` when nothing changes.
pub(in crate::engine) fn coded_input(plan: &Arc<dyn ExecutionPlan>, wanted: &Places) -> Result<Coded> {
    if let Some(scan) = plan.downcast_ref::<DataSourceExec>() {
        return scan_codes(scan, wanted);
    }
    if let Some(filter) = plan.downcast_ref::<FilterExec>() {
        return filter_codes(filter, wanted);
    }
    if let Some(project) = plan.downcast_ref::<ProjectionExec>() {
        return project_codes(project, wanted);
    }
    if let Some(members) = plan.downcast_ref::<Members>() {
        let (rows, key) = members.rows();
        let below = wanted.iter().copied().chain([key]).collect();
        return match coded_input(rows, &below)? {
            Some((rows, coded)) => only_wanted(Arc::new(members.with_rows(rows)), coded, wanted),
            None => Ok(None),
        };
    }
    if plan.downcast_ref::<CooperativeExec>().is_some()
        && let [input] = plan.children().as_slice()
    {
        return match coded_input(input, wanted)? {
            Some((input, coded)) => Ok(Some((replace_children_if_necessary(Arc::clone(plan), vec![input])?, coded))),
            None => Ok(None),
        };
    }
    Ok(None)
}

fn scan_codes(scan: &DataSourceExec, wanted: &Places) -> Result<Coded> {
    let Some((config, source)): Option<(&FileScanConfig, &ParquetSource)> = scan.downcast_to_file_source() else {
        return Ok(None);
    };
    // Where the scan itself drops rows, few are left.
    if wanted.is_empty() || source.table_parquet_options().global.pushdown_filters {
        return Ok(None);
    }
    let Some(projection) = source.projection() else { return Ok(None) };
    let schema = scan.schema();
    let names: Vec<Option<&str>> = projection
        .iter()
        .enumerate()
        .map(|(place, projected)| {
            let column = projected.expr.downcast_ref::<Column>().filter(|_| wanted.contains(&place))?;
            in_dictionaries(config, column.name()).then_some(column.name())
        })
        .collect();
    let coded: Places = (0..names.len()).filter(|place| names[*place].is_some()).collect();
    if coded.is_empty() {
        return Ok(None);
    }
    let exprs = schema.fields().iter().enumerate().map(|(place, field)| {
        let column: Arc<dyn PhysicalExpr> = Arc::new(Column::new(field.name(), place));
        let expr = if coded.contains(&place) { Arc::new(AsCodes::new(column)) } else { column };
        ProjectionExpr::new(expr, field.name().as_str())
    });
    let Some(source) = source.try_pushdown_projection(&ProjectionExprs::new(exprs))? else { return Ok(None) };
    let names: Vec<&str> = names.into_iter().flatten().collect();
    let groups = config.file_groups.iter().map(|group| {
        let files = group.files().iter().map(|file| {
            let mut file = file.clone();
            file.arrow_schema = file.arrow_schema.map(|schema| Arc::new(with_codes(&schema, &names)));
            file
        });
        FileGroup::new(files.collect())
    });
    let groups = groups.collect();
    let config = FileScanConfigBuilder::from(config.clone()).with_source(source).with_file_groups(groups).build();
    Ok(Some((DataSourceExec::from_data_source(config), coded)))
}

/// Whether all files of a scan hold a column by dictionary.
fn in_dictionaries(config: &FileScanConfig, name: &str) -> bool {
    let mut files = config.file_groups.iter().flat_map(|group| group.files());
    files.all(|file| {
        footer_of(file).is_some_and(|footer| footer.schema.index_of(name).is_ok_and(|place| footer.coded[place]))
    })
}

/// The schema of a file with columns by dictionary.
fn with_codes(schema: &Schema, names: &[&str]) -> Schema {
    let fields = schema.fields().iter().map(|field| match names.contains(&field.name().as_str()) {
        true => Arc::new(field.as_ref().clone().with_data_type(coded_type())),
        false => Arc::clone(field),
    });
    Schema::new_with_metadata(fields.collect::<Vec<_>>(), schema.metadata().clone())
}

fn filter_codes(filter: &FilterExec, wanted: &Places) -> Result<Coded> {
    let schema = filter.input().schema();
    let places: Vec<usize> = match filter.projection() {
        Some(projection) => projection.to_vec(),
        None => (0..schema.fields().len()).collect(),
    };
    let mut below: Places = wanted.iter().map(|place| places[*place]).collect();
    served(filter.predicate(), &schema, &mut below);
    let Some((input, coded)) = coded_input(filter.input(), &below)? else { return Ok(None) };
    let predicate = over_codes(filter.predicate(), &coded, &schema)?;
    let filter = FilterExecBuilder::from(filter).with_predicate(predicate).with_input(input).build()?;
    let out: Places = (0..places.len()).filter(|place| coded.contains(&places[*place])).collect();
    only_wanted(Arc::new(filter), out, wanted)
}

fn project_codes(project: &ProjectionExec, wanted: &Places) -> Result<Coded> {
    let schema = project.input().schema();
    let column = |place: usize| project.expr()[place].expr.downcast_ref::<Column>().map(Column::index);
    let mut below: Places = wanted.iter().filter_map(|place| column(*place)).collect();
    project.expr().iter().for_each(|projected| served(&projected.expr, &schema, &mut below));
    let Some((input, coded)) = coded_input(project.input(), &below)? else { return Ok(None) };
    let mut out = Places::new();
    let exprs = project.expr().iter().enumerate().map(|(place, projected)| {
        let stays = wanted.contains(&place) && column(place).is_some_and(|from| coded.contains(&from));
        if stays {
            out.insert(place);
            return Ok(projected.clone());
        }
        Ok(ProjectionExpr::new(over_codes(&projected.expr, &coded, &schema)?, projected.alias.as_str()))
    });
    let exprs = exprs.collect::<Result<Vec<_>>>()?;
    Ok(Some((Arc::new(ProjectionExec::try_new(exprs, input)?), out)))
}

/// Turns the columns by dictionary that nobody wants so into text.
fn only_wanted(plan: Arc<dyn ExecutionPlan>, coded: Places, wanted: &Places) -> Result<Coded> {
    if coded.is_subset(wanted) {
        return Ok(Some((plan, coded)));
    }
    let schema = plan.schema();
    let exprs = schema.fields().iter().enumerate().map(|(place, field)| {
        let column: Arc<dyn PhysicalExpr> = Arc::new(Column::new(field.name(), place));
        let expr = match coded.contains(&place) && !wanted.contains(&place) {
            true => Arc::new(AsText::new(column)),
            false => column,
        };
        ProjectionExpr::new(expr, field.name().as_str())
    });
    let plan = ProjectionExec::try_new(exprs, plan)?;
    Ok(Some((Arc::new(plan), coded.intersection(wanted).copied().collect())))
}
