//! Lists of rows in a given order. Rows are kept with their sort keys until the end, so neither the input of a
//! phase nor the merging of phases has to be in order.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, LargeBinaryArray, LargeBinaryBuilder};
use datafusion::arrow::compute::SortOptions;
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::row::{RowConverter, SortField};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::EmitTo;

use super::list::{Collection, Lists};
use super::rows::{Groups, Rows, typed, vec_size};

/// A sort key, in bytes that compare as the key does, and an item.
struct Entry {
    key: Box<[u8]>,
    item: Box<str>,
}

/// Lists whose items are sorted before they are added.
pub(super) struct Ordered<C> {
    lists: Lists<C>,
    keys: RowConverter,
    width: usize,
    entries: Vec<Vec<Entry>>,
    bytes: usize,
}

impl<C: Collection> Ordered<C> {
    pub(super) fn new(lists: Lists<C>, order: &[(DataType, SortOptions)]) -> Result<Self> {
        let fields = order.iter().map(|(ty, options)| SortField::new_with_options(ty.clone(), *options));
        let keys = RowConverter::new(fields.collect())?;
        Ok(Ordered { lists, keys, width: order.len(), entries: Vec::new(), bytes: 0 })
    }

    fn add(&mut self, group: usize, key: &[u8], item: &str) {
        self.bytes += size_of::<Entry>() + key.len() + item.len();
        self.entries[group].push(Entry { key: key.into(), item: item.into() });
    }

    fn take(&mut self, emit: EmitTo) -> Vec<Vec<Entry>> {
        let taken = emit.take_needed(&mut self.entries);
        let size = |entry: &Entry| size_of::<Entry>() + entry.key.len() + entry.item.len();
        self.bytes -= taken.iter().flatten().map(size).sum::<usize>().min(self.bytes);
        taken
    }
}

impl<C: Collection> Groups for Ordered<C> {
    fn update(&mut self, values: &[ArrayRef], rows: &Rows) -> Result<()> {
        self.entries.resize_with(rows.total, Vec::new);
        let Some(first_key) = values.len().checked_sub(self.width) else {
            return internal_err!("a sorted list has no sort keys");
        };
        let keys = self.keys.convert_columns(&values[first_key..])?;
        self.lists.values.each(values, rows, |row, group, cell| {
            self.add(group, keys.row(row).data(), cell);
        })
    }

    fn merge(&mut self, states: &[ArrayRef], rows: &Rows) -> Result<()> {
        self.entries.resize_with(rows.total, Vec::new);
        let states = typed::<LargeBinaryArray>(states, 0)?;
        rows.try_each(states.nulls(), |row, group| {
            let mut bytes = states.value(row);
            while !bytes.is_empty() {
                let key = read(&mut bytes)?;
                let item = String::from_utf8_lossy(read(&mut bytes)?);
                self.add(group, key, &item);
            }
            Ok(())
        })
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        let mut out = LargeBinaryBuilder::new();
        for entries in self.take(emit) {
            let mut bytes = Vec::new();
            for entry in entries {
                write(&mut bytes, &entry.key);
                write(&mut bytes, entry.item.as_bytes());
            }
            out.append_value(bytes);
        }
        Ok(vec![Arc::new(out.finish())])
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let taken = self.take(emit);
        self.lists.grow(taken.len());
        for (group, mut entries) in taken.into_iter().enumerate() {
            entries.sort_by(|a, b| a.key.cmp(&b.key));
            entries.iter().for_each(|entry| self.lists.add(group, &entry.item));
        }
        self.lists.evaluate(EmitTo::All)
    }

    fn size(&self) -> usize {
        self.bytes + vec_size(&self.entries)
    }
}

fn write(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
    out.extend_from_slice(bytes);
}

fn read<'a>(bytes: &mut &'a [u8]) -> Result<&'a [u8]> {
    let split = bytes.split_first_chunk::<8>().and_then(|(length, rest)| {
        let length = usize::try_from(u64::from_le_bytes(*length)).ok()?;
        rest.split_at_checked(length)
    });
    match split {
        Some((read, rest)) => {
            *bytes = rest;
            Ok(read)
        }
        None => internal_err!("the state of a sorted list is cut short"),
    }
}
