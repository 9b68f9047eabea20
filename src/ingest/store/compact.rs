//! Many small files of one day into few larger ones, in order of time.

use std::borrow::Cow;
use std::collections::BTreeMap;

use datafusion::arrow::array::RecordBatch;

use super::super::writer::{ROW_GROUP_ROWS, RowPlace, Slice, write_parquet};
use super::identity::{Key, is_versioned};
use super::layout::{Layout, declared, schema, stem, widen};
use super::part::{locked, times_of};
use super::rewrite::{RowReader, keys_of_file};
use super::{Store, each_on, keys};
use crate::engine::catalog::log::{FileFacts, Snapshot, new_stem};
use crate::error::Result;

/// Files of about one size that are worth merging.
const FEWEST: usize = 8;

/// Files that are merged at once, since each is held open.
const MOST: usize = 64;

/// Rows of a file that is large enough.
const ENOUGH_ROWS: u64 = 2_000_000;

/// Rows that are merged at once, since their keys are held in memory, a hundred bytes for each, by every thread.
const MOST_ROWS: u64 = ENOUGH_ROWS;

/// Rows that are written at once, as a row group.
const SLICE: usize = ROW_GROUP_ROWS;

impl Store {
    /// Merges files until there is nothing that is worth it.
    pub(super) fn merge_small(&self) -> Result<()> {
        loop {
            let mut log = locked(&self.log);
            let files = log.files();
            let groups = groups(&files);
            if groups.is_empty() {
                return Ok(());
            }
            let added = std::sync::Mutex::new(Vec::new());
            each_on(self.threads, &groups, |group| {
                let merged = merge(&self.layout, group)?;
                locked(&added).push(merged);
                Ok(())
            })?;
            let removed: Vec<String> = groups.iter().flatten().map(|file| file.path.clone()).collect();
            let mut report = locked(&self.report);
            report.merged += removed.len() as u64;
            drop(report);
            let added = added.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
            let rejects = files.rejects;
            log.commit(&self.layout, added, removed, rejects)?;
        }
    }
}

/// Files of one folder and about one size, where there are enough of them.
fn groups(files: &Snapshot) -> Vec<Vec<FileFacts>> {
    let mut tiers: BTreeMap<(&str, u32), Vec<&FileFacts>> = BTreeMap::new();
    for (path, file) in files.files.iter().filter(|(_, file)| file.rows < ENOUGH_ROWS) {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        // Each tier holds files of up to four times the size of the one before.
        let tier = (file.rows / 1024).checked_ilog(4).map_or(0, |tier| tier + 1);
        tiers.entry((folder, tier)).or_default().push(file);
    }
    let mut groups = Vec::new();
    for mut tier in tiers.into_values().filter(|tier| tier.len() >= FEWEST) {
        tier.sort_by_key(|file| (file.times, &file.path));
        let mut group: Vec<FileFacts> = Vec::new();
        for file in tier {
            let rows: u64 = group.iter().map(|file| file.rows).sum();
            if group.len() == MOST || rows + file.rows > MOST_ROWS {
                groups.push(std::mem::take(&mut group));
            }
            group.push(file.clone());
        }
        groups.push(group);
    }
    groups.retain(|group| group.len() > 1);
    groups
}

/// Writes the rows of several files as one draft, in order.
fn merge(layout: &Layout, files: &[FileFacts]) -> Result<FileFacts> {
    let first = &files[0];
    let mut columns = declared(&first.table);
    let known = columns.len();
    for (name, ty) in files.iter().flat_map(|file| &file.columns) {
        match columns.iter().position(|(other, _)| other == name) {
            None => columns.push((name.clone(), *ty)),
            Some(at) => widen(&mut columns, at, known, *ty),
        }
    }
    let (schema, surplus) = schema(&first.table, columns);
    let mut order: Vec<(Key, u32)> = Vec::new();
    let mut readers = Vec::with_capacity(files.len());
    for (at, file) in (0u32..).zip(files) {
        let path = layout.root.join(&file.path);
        order.extend(keys_of_file(layout, file, &path)?.map(|key| (key, at)));
        readers.push(RowReader::open(&path, schema.clone())?);
    }
    // The files are in order already, which this sort makes use of.
    order.sort_by_key(|(key, _)| key.identity());
    let batches = order.chunks(SLICE).map(|slice| take_in_order(&mut readers, slice));
    let new = new_stem();
    let rows = order.len() as u64;
    let bytes = write_parquet(&layout.draft(&new), &schema, rows, batches)?;
    keys::write(&layout.keys(&new), order.iter().map(|(key, _)| *key), is_versioned(&first.table))?;
    let times = order.first().zip(order.last()).and_then(|((first, _), (last, _))| times_of(first.time, last.time));
    let path = first.path.replace(stem(&first.path), &new);
    Ok(FileFacts { path, table: first.table.clone(), rows, bytes, times, columns: surplus })
}

/// The next rows of several files, of each as many as the order asks for.
fn take_in_order(readers: &mut [RowReader], order: &[(Key, u32)]) -> Result<Slice<'static>> {
    let mut counts = vec![0; readers.len()];
    order.iter().for_each(|(_, at)| counts[*at as usize] += 1);
    let taken: Vec<RecordBatch> =
        readers.iter_mut().zip(&counts).map(|(reader, count)| reader.take(*count)).collect::<Result<_>>()?;
    let mut next = vec![0; readers.len()];
    let places = order.iter().map(|(_, at)| {
        next[*at as usize] += 1;
        (*at, next[*at as usize] - 1)
    });
    let places: Vec<RowPlace> = places.collect();
    Ok(Slice { batches: Cow::Owned(taken), places: Cow::Owned(places) })
}
