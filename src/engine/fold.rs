//! Folds: a window function that carries a state from row to row and says which rows are kept.
//!
//! The expressions of a fold see the row and the last kept state, so they are evaluated row by row, each on a batch
//! of one row.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, StructArray, new_null_array};
use datafusion::arrow::compute::concat;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};
use datafusion::arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::common::{DFSchema, Result as DfResult};
use datafusion::logical_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::{
    LimitEffect, PartitionEvaluator, Signature, TypeSignature, Volatility, WindowUDF, WindowUDFImpl,
};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::prelude::SessionContext;

use super::expression::{Expressions, Need, column_name};
use super::types::{arrow_field, arrow_type};
use crate::error::Result;
use crate::ir::{Column, ColumnId, FoldColumn, Scalar};
use crate::types::Type;

/// The field that tells which rows are kept; the state is in `c0`, `c1`, ….
pub(super) const KEPT: &str = "kept";

/// What a fold does at each row.
#[derive(Debug)]
pub(super) struct Program {
    /// The columns of the row that its expressions read, in the order of the function's arguments.
    pub(super) inputs: Vec<ColumnId>,
    /// Those columns, then the last state.
    schema: SchemaRef,
    keep: Arc<dyn PhysicalExpr>,
    next: Vec<Arc<dyn PhysicalExpr>>,
    initial: Vec<Arc<dyn PhysicalExpr>>,
    types: Vec<Type>,
    /// What tells programs apart.
    text: String,
}

/// The program of a fold over rows of some columns.
pub(super) fn program(
    session: &SessionContext,
    expressions: &Expressions,
    columns: &[Column],
    state: &[FoldColumn],
    keep: &Scalar,
) -> Result<Program> {
    let mut used: Vec<Column> = Vec::new();
    for value in state.iter().map(|part| &part.next).chain([keep]) {
        value.visit(&mut |part| {
            let Scalar::Column(id, _) = part else { return };
            let known = used.iter().any(|column| column.id == *id);
            if let (false, Some(column)) = (known, columns.iter().find(|column| column.id == *id)) {
                used.push(column.clone());
            }
        });
    }
    let mut fields: Vec<Field> = used.iter().map(|column| field(column.id, column.ty)).collect();
    fields.extend(state.iter().map(|part| field(part.previous, part.column.ty)));
    let schema = Arc::new(Schema::new(fields));
    let names = DFSchema::try_from(Arc::clone(&schema))?;
    let compile = |scalar: &Scalar, need: Need| -> Result<Arc<dyn PhysicalExpr>> {
        Ok(session.create_physical_expr(expressions.plan(scalar, need)?, &names)?)
    };
    Ok(Program {
        inputs: used.iter().map(|column| column.id).collect(),
        keep: compile(keep, Need::Truth)?,
        next: state.iter().map(|part| compile(&part.next, Need::Value)).collect::<Result<_>>()?,
        initial: state.iter().map(|part| compile(&part.initial, Need::Value)).collect::<Result<_>>()?,
        types: state.iter().map(|part| part.column.ty).collect(),
        text: format!("{state:?} {keep:?}"),
        schema,
    })
}

fn field(id: ColumnId, ty: Type) -> Field {
    // Nullable whatever the type: filters inside of DataFusion may rely on the flag, and nothing is lost.
    arrow_field(&column_name(id), ty).with_nullable(true)
}

/// The window function that runs a program.
pub(super) fn function(program: Program) -> Arc<WindowUDF> {
    let signature = Signature::one_of(vec![TypeSignature::VariadicAny, TypeSignature::Nullary], Volatility::Immutable);
    Arc::new(WindowUDF::new_from_impl(Fold { program: Arc::new(program), signature }))
}

#[derive(Debug)]
struct Fold {
    program: Arc<Program>,
    signature: Signature,
}

impl PartialEq for Fold {
    fn eq(&self, other: &Self) -> bool {
        self.program.text == other.program.text
    }
}

impl Eq for Fold {}

impl Hash for Fold {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.program.text.hash(state);
    }
}

impl WindowUDFImpl for Fold {
    fn name(&self) -> &str {
        "fold"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn partition_evaluator(&self, _args: PartitionEvaluatorArgs) -> DfResult<Box<dyn PartitionEvaluator>> {
        Ok(Box::new(Evaluator { program: Arc::clone(&self.program) }))
    }

    fn field(&self, args: WindowUDFFieldArgs) -> DfResult<FieldRef> {
        Ok(Arc::new(Field::new(args.name(), DataType::Struct(self.program.fields()), false)))
    }

    fn limit_effect(&self, _args: &[Arc<dyn PhysicalExpr>]) -> LimitEffect {
        LimitEffect::None
    }
}

impl Program {
    fn fields(&self) -> Fields {
        let mut fields = vec![Field::new(KEPT, DataType::Boolean, false)];
        let state = self.types.iter().enumerate();
        fields.extend(state.map(|(index, ty)| Field::new(format!("c{index}"), arrow_type(*ty), true)));
        Fields::from(fields)
    }

    /// A batch of one row: cells of the row, then the state.
    fn row(&self, cells: Vec<ArrayRef>) -> DfResult<RecordBatch> {
        let options = RecordBatchOptions::new().with_row_count(Some(1));
        Ok(RecordBatch::try_new_with_options(Arc::clone(&self.schema), cells, &options)?)
    }

    fn evaluate(expr: &Arc<dyn PhysicalExpr>, row: &RecordBatch) -> DfResult<ArrayRef> {
        expr.evaluate(row)?.into_array(1)
    }
}

#[derive(Debug)]
struct Evaluator {
    program: Arc<Program>,
}

impl PartitionEvaluator for Evaluator {
    fn evaluate_all(&mut self, args: &[ArrayRef], count: usize) -> DfResult<ArrayRef> {
        let program = &self.program;
        let missing: Vec<ArrayRef> = program.types.iter().map(|ty| new_null_array(&arrow_type(*ty), 1)).collect();
        let blank: Vec<ArrayRef> = program.schema.fields().iter().map(|f| new_null_array(f.data_type(), 1)).collect();
        let blank = program.row(blank)?;
        let mut state =
            program.initial.iter().map(|expr| Program::evaluate(expr, &blank)).collect::<DfResult<Vec<_>>>()?;
        let mut kept = Vec::with_capacity(count);
        let mut columns: Vec<Vec<ArrayRef>> = vec![Vec::with_capacity(count); state.len()];
        for index in 0..count {
            let mut cells: Vec<ArrayRef> = args.iter().map(|arg| arg.slice(index, 1)).collect();
            cells.extend(state.iter().cloned());
            let row = program.row(cells)?;
            let test = Program::evaluate(&program.keep, &row)?;
            let keep = test.as_boolean_opt().is_some_and(|test| test.is_valid(0) && test.value(0));
            if keep {
                state = program.next.iter().map(|expr| Program::evaluate(expr, &row)).collect::<DfResult<_>>()?;
            }
            kept.push(keep);
            let values = if keep { &state } else { &missing };
            columns.iter_mut().zip(values).for_each(|(column, value)| column.push(Arc::clone(value)));
        }
        let mut arrays: Vec<ArrayRef> = vec![Arc::new(BooleanArray::from(kept))];
        for (column, ty) in columns.iter().zip(&program.types) {
            let parts: Vec<&dyn Array> = column.iter().map(AsRef::as_ref).collect();
            let array = if parts.is_empty() { new_null_array(&arrow_type(*ty), 0) } else { concat(&parts)? };
            arrays.push(array);
        }
        Ok(Arc::new(StructArray::try_new(program.fields(), arrays, None)?))
    }
}
