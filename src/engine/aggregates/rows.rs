//! What all aggregates share: one state per group, fed by rows, and the bridges to DataFusion's two interfaces.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, BooleanArray, new_empty_array};
use datafusion::arrow::buffer::{BooleanBuffer, NullBuffer};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Result, ScalarValue};
use datafusion::logical_expr::{Accumulator, EmitTo, GroupsAccumulator};

use super::{Call, Kernel};

/// The states of all groups of one aggregate call.
pub(super) trait Groups: Send + Sync {
    /// Feeds rows of arguments; the values that the rows are ordered by come after them.
    fn update(&mut self, values: &[ArrayRef], rows: &Rows) -> Result<()>;

    /// Feeds states, as [`Groups::state`] gave them elsewhere.
    fn merge(&mut self, states: &[ArrayRef], rows: &Rows) -> Result<()>;

    /// Takes the states of the first groups out, in order.
    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>>;

    /// Takes the answers of the first groups out, in order.
    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef>;

    /// The memory in use, in bytes, without a walk over the groups.
    fn size(&self) -> usize;
}

/// Which group each row belongs to, and which rows count.
pub(super) struct Rows<'a> {
    /// The group of each row.
    pub(super) groups: &'a [usize],
    /// Rows for which this is not true don't count.
    pub(super) filter: Option<&'a BooleanArray>,
    /// How many groups there are.
    pub(super) total: usize,
}

impl Rows<'_> {
    /// Calls `f` with the row and group of all rows that count and are not null.
    pub(super) fn each(&self, nulls: Option<&NullBuffer>, mut f: impl FnMut(usize, usize)) {
        match self.valid(nulls) {
            None => self.groups.iter().enumerate().for_each(|(row, &group)| f(row, group)),
            Some(valid) => valid.set_indices().for_each(|row| f(row, self.groups[row])),
        }
    }

    /// Like [`Rows::each`], until the first error.
    pub(super) fn try_each(
        &self,
        nulls: Option<&NullBuffer>,
        mut f: impl FnMut(usize, usize) -> Result<()>,
    ) -> Result<()> {
        match self.valid(nulls) {
            None => self.groups.iter().enumerate().try_for_each(|(row, &group)| f(row, group)),
            Some(valid) => valid.set_indices().try_for_each(|row| f(row, self.groups[row])),
        }
    }

    /// Whether all rows count and belong to the only group.
    pub(super) fn all_in_one(&self) -> bool {
        self.total == 1 && self.filter.is_none()
    }

    fn valid(&self, nulls: Option<&NullBuffer>) -> Option<BooleanBuffer> {
        let nulls = nulls.filter(|nulls| nulls.null_count() > 0).map(NullBuffer::inner);
        let filter = self.filter.map(|filter| match filter.nulls() {
            Some(known) => filter.values() & known.inner(),
            None => filter.values().clone(),
        });
        match (nulls, filter) {
            (None, filter) => filter,
            (Some(nulls), None) => Some(nulls.clone()),
            (Some(nulls), Some(filter)) => Some(nulls & &filter),
        }
    }
}

/// The groups of a grouped aggregation.
pub(super) struct Grouped {
    kernel: &'static Kernel,
    call: Call,
    groups: Box<dyn Groups>,
}

impl Grouped {
    pub(super) fn new(kernel: &'static Kernel, call: Call) -> Result<Grouped> {
        let groups = (kernel.start)(&call)?;
        Ok(Grouped { kernel, call, groups })
    }
}

impl GroupsAccumulator for Grouped {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        groups: &[usize],
        filter: Option<&BooleanArray>,
        total: usize,
    ) -> Result<()> {
        self.groups.update(values, &Rows { groups, filter, total })
    }

    fn merge_batch(&mut self, states: &[ArrayRef], groups: &[usize], total: usize) -> Result<()> {
        self.groups.merge(states, &Rows { groups, filter: None, total })
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        self.groups.evaluate(emit)
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        self.groups.state(emit)
    }

    fn convert_to_state(&self, values: &[ArrayRef], filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let rows = values.first().map_or(0, |array| array.len());
        let own: Vec<usize> = (0..rows).collect();
        let mut groups = (self.kernel.start)(&self.call)?;
        groups.update(values, &Rows { groups: &own, filter, total: rows })?;
        groups.state(EmitTo::All)
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.groups.size()
    }
}

/// The only group of an aggregation without keys.
pub(super) struct Single {
    kernel: &'static Kernel,
    groups: Box<dyn Groups>,
    nothing: Vec<ArrayRef>,
    zeros: Vec<usize>,
}

impl Single {
    pub(super) fn new(kernel: &'static Kernel, call: &Call) -> Result<Single> {
        let order = call.order.iter().map(|(data_type, _)| data_type);
        let nothing = call.args.iter().chain(order).map(new_empty_array).collect();
        let mut single = Single { kernel, groups: (kernel.start)(call)?, nothing, zeros: Vec::new() };
        single.open()?;
        Ok(single)
    }

    /// Lets the group exist before its first row, so that no rows have an answer too.
    fn open(&mut self) -> Result<()> {
        self.groups.update(&self.nothing, &Rows { groups: &[], filter: None, total: 1 })
    }

    fn resize(&mut self, arrays: &[ArrayRef]) {
        self.zeros.resize(arrays.first().map_or(0, |array| array.len()), 0);
    }
}

impl std::fmt::Debug for Single {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.kernel.name)
    }
}

impl Accumulator for Single {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        self.resize(values);
        self.groups.update(values, &Rows { groups: &self.zeros, filter: None, total: 1 })
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.resize(states);
        self.groups.merge(states, &Rows { groups: &self.zeros, filter: None, total: 1 })
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let answer = self.groups.evaluate(EmitTo::All)?;
        self.open()?;
        ScalarValue::try_from_array(&answer, 0)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let states = self.groups.state(EmitTo::All)?;
        self.open()?;
        states.iter().map(|state| ScalarValue::try_from_array(state, 0)).collect()
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.groups.size() + self.zeros.capacity() * size_of::<usize>()
    }
}

/// The memory of a vector's items.
pub(super) fn vec_size<T>(items: &Vec<T>) -> usize {
    items.capacity() * size_of::<T>()
}

/// An argument or state column of a known kind.
pub(super) fn typed<A: Array + 'static>(arrays: &[ArrayRef], index: usize) -> Result<&A> {
    let Some(array) = arrays.get(index) else {
        return datafusion::common::internal_err!("an aggregate asked for column {index} of {}", arrays.len());
    };
    match array.as_any().downcast_ref::<A>() {
        Some(array) => Ok(array),
        None => datafusion::common::internal_err!("an aggregate cannot take {} here", array.data_type()),
    }
}

/// A struct of columns, as aggregates with several results answer; a single column stands alone.
pub(super) fn answer(ret: &DataType, columns: Vec<ArrayRef>) -> Result<ArrayRef> {
    match ret {
        DataType::Struct(fields) => {
            let columns = datafusion::arrow::array::StructArray::try_new(fields.clone(), columns, None)?;
            Ok(Arc::new(columns))
        }
        _ => match columns.into_iter().next() {
            Some(column) => Ok(column),
            None => datafusion::common::internal_err!("an aggregate gave no column"),
        },
    }
}
