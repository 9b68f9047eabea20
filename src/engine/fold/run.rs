//! The walk of rows through the steps of a fold.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, new_null_array};
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::arrow::record_batch::{RecordBatch, RecordBatchOptions};
use datafusion::common::{Result as DfResult, ScalarValue};
use datafusion::physical_expr::PhysicalExpr;

use super::{Next, Program};
use crate::ir::StepOutput;

/// A row that matched a step.
pub(super) struct Match {
    /// The number of its sequence.
    pub(super) id: i64,
    /// Whether it is a row of the output.
    pub(super) shown: bool,
    /// What it holds beside its row.
    pub(super) values: Vec<ScalarValue>,
}

/// A sequence that has come as far as some step: the last match of each step, by its place among all matches.
#[derive(Clone)]
struct Sequence {
    id: i64,
    last: Vec<Option<usize>>,
}

/// One walk through the rows of a partition.
pub(super) struct Run<'a> {
    program: &'a Program,
    args: &'a [ArrayRef],
    initial: Vec<ScalarValue>,
    /// For each step, the rows that pass the part of its condition that does not look back.
    passes: Vec<Option<ArrayRef>>,
    /// For each step, the values that do not look back.
    known: Vec<Vec<Option<ArrayRef>>>,
    /// All matches so far.
    pub(super) matches: Vec<Match>,
    /// For each step, the sequence that waits there.
    active: Vec<Option<Sequence>>,
    next_id: i64,
}

impl<'a> Run<'a> {
    /// Nothing matched yet.
    pub(super) fn start(program: &'a Program, args: &'a [ArrayRef], count: usize) -> DfResult<Run<'a>> {
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
    pub(super) fn take_row(&mut self, row: usize) -> DfResult<()> {
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
