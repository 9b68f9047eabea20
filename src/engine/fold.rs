//! Folds: a window function that takes rows through the steps of a state machine and says which of them match.
//!
//! What does not look back at earlier matches is evaluated for all rows at once, the rest row by row, each on a batch
//! of one row.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array, ListArray, StructArray, new_null_array};
use datafusion::arrow::buffer::OffsetBuffer;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, SchemaRef};
use datafusion::arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::common::{DFSchema, Result as DfResult, ScalarValue};
use datafusion::logical_expr::function::{PartitionEvaluatorArgs, WindowUDFFieldArgs};
use datafusion::logical_expr::{
    LimitEffect, PartitionEvaluator, Signature, TypeSignature, Volatility, WindowUDF, WindowUDFImpl,
};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::prelude::SessionContext;

use super::expression::{Expressions, Need, column_name};
use super::list_type;
use super::types::{arrow_field, arrow_type};
use crate::error::Result;
use crate::ir::{Column, ColumnId, FoldColumn, FoldStep, Op, Scalar, StepOutput, Target};
use crate::types::Type;

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
        Ok(session.create_physical_expr(expressions.plan(scalar, need)?, &names)?)
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

/// A row that matched a step.
struct Match {
    /// The number of its sequence.
    id: i64,
    shown: bool,
    values: Vec<ScalarValue>,
}

/// A sequence that has come as far as some step: the last match of each step, by its place among all matches.
#[derive(Clone)]
struct Sequence {
    id: i64,
    last: Vec<Option<usize>>,
}

/// One walk through the rows of a partition.
struct Run<'a> {
    program: &'a Program,
    args: &'a [ArrayRef],
    initial: Vec<ScalarValue>,
    /// For each step, the rows that pass the part of its condition that does not look back.
    passes: Vec<Option<ArrayRef>>,
    /// For each step, the values that do not look back.
    known: Vec<Vec<Option<ArrayRef>>>,
    matches: Vec<Match>,
    /// For each step, the sequence that waits there.
    active: Vec<Option<Sequence>>,
    next_id: i64,
}

impl<'a> Run<'a> {
    fn start(program: &'a Program, args: &'a [ArrayRef], count: usize) -> DfResult<Run<'a>> {
        let width = program.inputs.len();
        let seen: Vec<Field> = program.schema.fields().iter().take(width).map(|field| field.as_ref().clone()).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(count));
        let cells = args.get(..width).unwrap_or(args).to_vec();
        let rows = RecordBatch::try_new_with_options(Arc::new(Schema::new(seen)), cells, &options)?;
        let all = |expr: &Arc<dyn PhysicalExpr>| expr.evaluate(&rows)?.into_array(count);
        let blank = program.schema.fields().iter().map(|field| new_null_array(field.data_type(), 1)).collect();
        let blank = one_row(&program.schema, blank)?;
        let initial = program.initial.iter().map(|expr| evaluate(expr, &blank)).collect::<DfResult<_>>()?;
        let mut passes = Vec::new();
        let mut known = Vec::new();
        for step in &program.steps {
            passes.push(step.alone.as_ref().map(all).transpose()?);
            let values = step.next.iter().map(|next| match next {
                Next::Alone(expr) => all(expr).map(Some),
                Next::Back(_) => Ok(None),
            });
            known.push(values.collect::<DfResult<_>>()?);
        }
        let active = vec![None; program.steps.len()];
        Ok(Run { program, args, initial, passes, known, matches: Vec::new(), active, next_id: 0 })
    }

    /// Shows a row to all steps, the last one first, so that a row does not run through several of them at once.
    fn take_row(&mut self, row: usize) -> DfResult<()> {
        for index in (0..self.program.steps.len()).rev() {
            if !self.passes[index].as_ref().is_none_or(|passes| is_true(passes, row)) {
                continue;
            }
            if !self.promote(index, row)? {
                self.go_on(index, row)?;
            }
        }
        Ok(())
    }

    /// A sequence that waits at the step before goes on to this one, and takes the place of the one that was here.
    fn promote(&mut self, index: usize, row: usize) -> DfResult<bool> {
        let Some(from) = self.waiting_before(index) else { return Ok(false) };
        let Some(sequence) = self.active[from].clone() else { return Ok(false) };
        let Some(values) = self.matched(index, row, &sequence)? else { return Ok(false) };
        self.active[from] = None;
        self.add(index, sequence, values);
        Ok(true)
    }

    /// The nearest step in front at which a sequence waits; optional steps between may be left out.
    fn waiting_before(&self, index: usize) -> Option<usize> {
        let steps = &self.program.steps;
        (0..index).rev().find(|before| self.active[*before].is_some() || !steps[*before].optional)
    }

    /// A sequence that waits here takes one more match; at the first step a new one may begin.
    fn go_on(&mut self, index: usize, row: usize) -> DfResult<()> {
        let first = self.program.steps.iter().take(index).all(|step| step.optional);
        let sequence = match &self.active[index] {
            Some(sequence) => sequence.clone(),
            None if first => Sequence { id: self.next_id, last: vec![None; self.program.steps.len()] },
            None => return Ok(()),
        };
        let Some(values) = self.matched(index, row, &sequence)? else { return Ok(()) };
        if self.active[index].is_none() {
            self.next_id += 1;
        }
        let before = sequence.last[index];
        if let (StepOutput::Last, Some(before)) = (self.program.steps[index].output, before) {
            self.matches[before].shown = false;
        }
        self.add(index, sequence, values);
        Ok(())
    }

    fn add(&mut self, index: usize, mut sequence: Sequence, values: Vec<ScalarValue>) {
        sequence.last[index] = Some(self.matches.len());
        let shown = self.program.steps[index].output != StepOutput::Nothing;
        self.matches.push(Match { id: sequence.id, shown, values });
        self.active[index] = Some(sequence);
    }

    /// The values of a match, if the row meets the rest of the condition with this sequence.
    fn matched(&self, index: usize, row: usize, sequence: &Sequence) -> DfResult<Option<Vec<ScalarValue>>> {
        let step = &self.program.steps[index];
        let looks_back = step.back.is_some() || step.next.iter().any(|next| matches!(next, Next::Back(_)));
        let cells = if looks_back { Some(self.row_with(row, sequence)?) } else { None };
        if let (Some(test), Some(cells)) = (&step.back, &cells)
            && !is_true(&test.evaluate(cells)?.into_array(1)?, 0)
        {
            return Ok(None);
        }
        let values = step.next.iter().zip(&self.known[index]).zip(&self.initial);
        let values = values.map(|((next, known), initial)| match (next, known, &cells) {
            (_, Some(array), _) => ScalarValue::try_from_array(array, row),
            (Next::Back(expr), None, Some(cells)) => evaluate(expr, cells),
            _ => Ok(initial.clone()),
        });
        values.collect::<DfResult<_>>().map(Some)
    }

    /// The row with what its sequence matched before.
    fn row_with(&self, row: usize, sequence: &Sequence) -> DfResult<RecordBatch> {
        let inputs = self.args.iter().take(self.program.inputs.len());
        let mut cells: Vec<ArrayRef> = inputs.map(|arg| arg.slice(row, 1)).collect();
        for (step, place) in &self.program.looked_back {
            let last = sequence.last[*step].map(|found| &self.matches[found].values[*place]);
            cells.push(last.unwrap_or(&self.initial[*place]).to_array()?);
        }
        one_row(&self.program.schema, cells)
    }
}

fn one_row(schema: &SchemaRef, cells: Vec<ArrayRef>) -> DfResult<RecordBatch> {
    let options = RecordBatchOptions::new().with_row_count(Some(1));
    Ok(RecordBatch::try_new_with_options(Arc::clone(schema), cells, &options)?)
}

fn evaluate(expr: &Arc<dyn PhysicalExpr>, row: &RecordBatch) -> DfResult<ScalarValue> {
    ScalarValue::try_from_array(&expr.evaluate(row)?.into_array(1)?, 0)
}

fn is_true(tests: &ArrayRef, row: usize) -> bool {
    tests.as_boolean_opt().is_some_and(|tests| tests.is_valid(row) && tests.value(row))
}
