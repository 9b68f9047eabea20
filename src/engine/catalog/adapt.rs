//! Columns of Parquet files that differ from the table's, adapted while they are scanned.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, FieldRef, SchemaRef};
use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use datafusion::physical_expr::expressions::{CastExpr, Column, Literal};
use datafusion::physical_expr::{PhysicalExpr, ScalarFunctionExpr};
use datafusion::physical_expr_adapter::{PhysicalExprAdapter, PhysicalExprAdapterFactory};

use super::conform::conform_array;
use crate::engine::coded::{AsCodes, coded_type};

/// Makes one [`Adapter`] per file.
#[derive(Debug)]
pub(super) struct AdapterFactory;

impl PhysicalExprAdapterFactory for AdapterFactory {
    fn create(&self, table: SchemaRef, file: SchemaRef) -> Result<Arc<dyn PhysicalExprAdapter>> {
        Ok(Arc::new(Adapter { table, file }))
    }
}

/// Rewrites columns of the table to what the file has for them.
///
/// DataFusion's own adapter fills with null and casts with null, which KQL's strings do not have. A column that the
/// file holds as the table wants it stays a bare column, whatever its metadata, so that statistics still prune.
#[derive(Debug)]
struct Adapter {
    table: SchemaRef,
    file: SchemaRef,
}

impl PhysicalExprAdapter for Adapter {
    fn rewrite(&self, expr: Arc<dyn PhysicalExpr>) -> Result<Arc<dyn PhysicalExpr>> {
        expr.transform_down(|expr| {
            let column = expr.downcast_ref::<Column>().map(|column| self.adapt(column)).transpose()?;
            match column.or_else(|| self.codes(&expr)) {
                // The adapted expression mentions the file's columns, which must not be looked at again.
                Some(adapted) => Ok(Transformed::new(adapted, true, TreeNodeRecursion::Jump)),
                None => Ok(Transformed::no(expr)),
            }
        })
        .data()
    }
}

impl Adapter {
    /// A column that is wanted by dictionary, and that the file holds so.
    fn codes(&self, expr: &Arc<dyn PhysicalExpr>) -> Option<Arc<dyn PhysicalExpr>> {
        let column = expr.downcast_ref::<AsCodes>()?.child().downcast_ref::<Column>()?;
        let index = self.file.index_of(column.name()).ok()?;
        let by_dictionary = *self.file.field(index).data_type() == coded_type();
        by_dictionary.then(|| Arc::new(AsCodes::new(Arc::new(Column::new(column.name(), index)))) as _)
    }

    fn adapt(&self, column: &Column) -> Result<Arc<dyn PhysicalExpr>> {
        let Ok(wanted) = self.table.field_with_name(column.name()) else {
            return Ok(Arc::new(Column::new_with_schema(column.name(), &self.file)?));
        };
        let Ok(index) = self.file.index_of(column.name()) else {
            let value = match wanted.is_nullable() {
                true => ScalarValue::try_from(wanted.data_type())?,
                false => ScalarValue::Utf8View(Some(String::new())),
            };
            return Ok(Arc::new(Literal::new(value)));
        };
        let there = self.file.field(index);
        let column: Arc<dyn PhysicalExpr> = Arc::new(Column::new(column.name(), index));
        let same = there.data_type() == wanted.data_type();
        if same && (wanted.is_nullable() || !there.is_nullable()) {
            return Ok(column);
        }
        if wanted.data_type() != &DataType::Utf8View {
            return Ok(Arc::new(CastExpr::new_with_target_field(column, Arc::new(wanted.clone()), None)));
        }
        let udf = Arc::new(ScalarUDF::from(ToText::new(wanted.is_nullable())));
        let field = udf.inner().return_field_from_args(ReturnFieldArgs { arg_fields: &[], scalar_arguments: &[] })?;
        let name = udf.name().to_owned();
        Ok(Arc::new(ScalarFunctionExpr::new(&name, udf, vec![column], field, Arc::new(ConfigOptions::default()))))
    }
}

/// Turns a file's column into text: nulls into `""` for strings, arrays and objects into JSON.
#[derive(Debug, PartialEq, Eq, Hash)]
struct ToText {
    signature: Signature,
    nullable: bool,
}

impl ToText {
    fn new(nullable: bool) -> Self {
        Self { signature: Signature::any(1, Volatility::Immutable), nullable }
    }

    fn field(&self) -> Field {
        Field::new(self.name(), DataType::Utf8View, self.nullable)
    }
}

impl ScalarUDFImpl for ToText {
    fn name(&self) -> &str {
        if self.nullable { "calypso_file_dynamic" } else { "calypso_file_string" }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs) -> Result<FieldRef> {
        Ok(Arc::new(self.field()))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let arrays = ColumnarValue::values_to_arrays(&args.args)?;
        Ok(ColumnarValue::Array(conform_array(&arrays[0], &self.field())?))
    }
}
