//! Folds: a window function that takes rows through the steps of a state machine and says which of them match.
//!
//! What does not look back at earlier matches is evaluated for all rows at once, the rest row by row, each on a batch
//! of one row.

mod run;

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, ListArray, StructArray, new_null_array};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};
use datafusion::common::{DFSchema, Result as DfResult, ScalarValue};
use datafusion::logical_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::{
    LimitEffect, PartitionEvaluator, Signature, TypeSignature, Volatility, WindowUDF, WindowUDFImpl,
};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::prelude::SessionContext;

use super::expression::{Expressions, Need, column_name};
use super::list_type;
use super::types::{arrow_field, arrow_type};
use crate::error::Result;
use crate::ir::{Column, ColumnId, FoldColumn, FoldStep, Op, Scalar, StepOutput, Target};
use crate::types::Type;
use run::{Match, Run};

/// The field that numbers sequences; the values of a match are in `c0`, `c1`, ….
pub(super) const MATCH_ID: &str = "match_id";

/// What a fold does.
#[derive(Debug)]
pub(super) struct Program {
    /// The columns of the row that its expressions read, in the order of the function's arguments.
    pub(super) inputs: Vec<ColumnId>,
    /// Those columns, then the values of earlier matches that its expressions read.
    schema: SchemaRef,
    /// Which values those are: step and place.
    looked_back: Vec<(usize, usize)>,
    initial: Vec<Arc<dyn PhysicalExpr>>,
    types: Vec<Type>,
    steps: Vec<Step>,
    /// What tells programs apart.
    text: String,
}

#[derive(Debug)]
struct Step {
    optional: bool,
    output: StepOutput,
    /// The part of the condition that every row answers on its own.
    alone: Option<Arc<dyn PhysicalExpr>>,
    /// The part that looks back.
    back: Option<Arc<dyn PhysicalExpr>>,
    next: Vec<Next>,
}

/// A value of a match.
#[derive(Debug)]
enum Next {
    /// Of the row alone.
    Alone(Arc<dyn PhysicalExpr>),
    /// Of the row and earlier matches.
    Back(Arc<dyn PhysicalExpr>),
}

/// The program of a fold over rows of some columns.
pub(super) fn program(
    session: &SessionContext,
    expressions: &Expressions,
    columns: &[Column],
    values: &[FoldColumn],
    steps: &[FoldStep],
) -> Result<Program> {
    let mut used: Vec<Column> = Vec::new();
    let mut back: Vec<(usize, usize, ColumnId)> = Vec::new();
    for value in steps.iter().flat_map(|step| step.next.iter().chain([&step.condition])) {
        value.visit(&mut |part| {
            let Scalar::Column(id, _) = part else { return };
            if used.iter().any(|column| column.id == *id) || back.iter().any(|(_, _, known)| known == id) {
                return;
            }
            used.extend(columns.iter().find(|column| column.id == *id).cloned());
            back.extend(steps.iter().enumerate().find_map(|(step, found)| {
                found.last.iter().position(|last| last == id).map(|place| (step, place, *id))
            }));
        });
    }
    let mut fields: Vec<Field> = used.iter().map(|column| field(column.id, column.ty)).collect();
    fields.extend(back.iter().map(|(_, place, id)| field(*id, values[*place].column.ty)));
    let schema = Arc::new(Schema::new(fields));
    let names = DFSchema::try_from(Arc::clone(&schema))?;
    let compile = |scalar: &Scalar, need: Need| -> Result<Arc<dyn PhysicalExpr>> {
        // Some functions are only there to be replaced by simpler expressions, which plans do and single values do not.
        let context = SimplifyContext::builder().with_schema(Arc::new(names.clone())).build();
        let simple = ExprSimplifier::new(context).simplify(expressions.plan(scalar, need)?)?;
        Ok(session.create_physical_expr(simple, &names)?)
    };
    let looks_back = |scalar: &Scalar| {
        let mut found = false;
        scalar.visit(&mut |part| {
            found |= matches!(part, Scalar::Column(id, _) if back.iter().any(|(_, _, last)| last == id));
        });
        found
    };
    let step = |step: &FoldStep| -> Result<Step> {
        let (back, alone): (Vec<Scalar>, Vec<Scalar>) = parts(&step.condition).into_iter().partition(looks_back);
        let test = |tests: Vec<Scalar>| match tests.is_empty() {
            true => Ok(None),
            false => compile(&Scalar::op(Op::And, tests, Type::Bool), Need::Truth).map(Some),
        };
        let next = step.next.iter().map(|value| {
            let compiled = compile(value, Need::Value)?;
            Ok(if looks_back(value) { Next::Back(compiled) } else { Next::Alone(compiled) })
        });
        Ok(Step {
            optional: step.optional,
            output: step.output,
            alone: test(alone)?,
            back: test(back)?,
            next: next.collect::<Result<_>>()?,
        })
    };
    Ok(Program {
        inputs: used.iter().map(|column| column.id).collect(),
        looked_back: back.iter().map(|(step, place, _)| (*step, *place)).collect(),
        initial: values.iter().map(|value| compile(&value.initial, Need::Value)).collect::<Result<_>>()?,
        types: values.iter().map(|value| value.column.ty).collect(),
        steps: steps.iter().map(step).collect::<Result<_>>()?,
        text: format!("{values:?} {steps:?}"),
        schema,
    })
}

/// The tests that are all true where a condition is.
fn parts(condition: &Scalar) -> Vec<Scalar> {
    match condition {
        Scalar::Call { target: Target::Op(Op::And), args, .. } => args.iter().flat_map(parts).collect(),
        other => vec![other.clone()],
    }
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
        let matched = DataType::Struct(self.program.fields());
        Ok(Arc::new(Field::new(args.name(), list_type(matched), false)))
    }

    fn limit_effect(&self, _args: &[Arc<dyn PhysicalExpr>]) -> LimitEffect {
        LimitEffect::None
    }
}

impl Program {
    fn fields(&self) -> Fields {
        let mut fields = vec![Field::new(MATCH_ID, DataType::Int64, false)];
        let values = self.types.iter().enumerate();
        fields.extend(values.map(|(index, ty)| Field::new(format!("c{index}"), arrow_type(*ty), true)));
        Fields::from(fields)
    }
}

#[derive(Debug)]
struct Evaluator {
    program: Arc<Program>,
}

impl PartitionEvaluator for Evaluator {
    fn evaluate_all(&mut self, args: &[ArrayRef], count: usize) -> DfResult<ArrayRef> {
        let mut run = Run::start(&self.program, args, count)?;
        let mut ends: Vec<usize> = Vec::with_capacity(count);
        for row in 0..count {
            run.take_row(row)?;
            ends.push(run.matches.len());
        }
        self.list(&run.matches, &ends)
    }
}

impl Evaluator {
    /// The shown matches of each row; `ends` says how many matches there were up to the end of each.
    fn list(&self, matches: &[Match], ends: &[usize]) -> DfResult<ArrayRef> {
        let mut lengths: Vec<usize> = Vec::with_capacity(ends.len());
        let mut start = 0;
        for end in ends {
            lengths.push(matches.get(start..*end).unwrap_or_default().iter().filter(|found| found.shown).count());
            start = *end;
        }
        let shown: Vec<&Match> = matches.iter().filter(|found| found.shown).collect();
        let mut arrays: Vec<ArrayRef> = vec![Arc::new(shown.iter().map(|found| found.id).collect::<Int64Array>())];
        for (place, ty) in self.program.types.iter().enumerate() {
            let cells = shown.iter().map(|found| found.values[place].clone());
            let array =
                if shown.is_empty() { new_null_array(&arrow_type(*ty), 0) } else { ScalarValue::iter_to_array(cells)? };
            arrays.push(array);
        }
        let fields = self.program.fields();
        let item = Arc::new(Field::new_list_field(DataType::Struct(fields.clone()), true));
        let items = StructArray::try_new(fields, arrays, None)?;
        Ok(Arc::new(ListArray::try_new(item, OffsetBuffer::from_lengths(lengths), Arc::new(items), None)?))
    }
}
