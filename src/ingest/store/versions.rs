//! Tables that hold versions of rows: only the latest stays, also where older ones were committed before.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;

use super::super::writer::{ROW_GROUP_ROWS, RowPlace, Slice, write_parquet};
use super::identity::{Key, is_versioned};
use super::keys;
use super::layout::{Layout, declared, schema, stem};
use super::part::times_of;
use super::rewrite::{RowReader, keys_of_file};
use crate::engine::catalog::log::{FileFacts, Snapshot, new_stem};
use crate::error::{Error, Result};

/// What was left out because there is something later.
#[derive(Debug, Default)]
pub(super) struct Superseded {
    /// Rows that are new and out of date already, by table.
    pub(super) new: BTreeMap<String, u64>,
    /// Rows that were committed before.
    pub(super) old: u64,
    /// Files that were written anew without some of their rows.
    pub(super) replaced: Vec<String>,
}

impl Superseded {
    pub(super) fn count(&self) -> u64 {
        self.old + self.new.values().sum::<u64>()
    }
}

/// Leaves of each row only the latest version, among the drafts and in what is committed.
pub(super) fn leave_latest(
    layout: &Layout,
    committed: impl AsRef<Snapshot>,
    drafts: &mut Vec<FileFacts>,
) -> Result<Superseded> {
    let mut superseded = Superseded::default();
    let mut tables: Vec<String> =
        drafts.iter().map(|file| file.table.clone()).filter(|table| is_versioned(table)).collect();
    tables.sort();
    tables.dedup();
    for table in tables {
        let mut latest = HashMap::new();
        for file in drafts.iter().filter(|file| file.table == table) {
            for key in keys_of_file(layout, file, &layout.draft(stem(&file.path)))? {
                let known = latest.entry(key.name).or_insert(key);
                *known = (*known).later(key);
            }
        }
        let old: Vec<&FileFacts> = committed.as_ref().files.values().filter(|file| file.table == table).collect();
        for file in &old {
            for key in keys_of_file(layout, file, &layout.root.join(&file.path))? {
                latest.entry(key.name).and_modify(|known| *known = (*known).later(key));
            }
        }
        let is_latest = |key: &Key| latest.get(&key.name).is_none_or(|known| known.identity() == key.identity());
        for file in old {
            let at = layout.root.join(&file.path);
            if let Some((gone, rest)) = without(layout, file, at, &is_latest)? {
                superseded.old += gone;
                superseded.replaced.push(file.path.clone());
                drafts.extend(rest);
            }
        }
        let (mine, others): (Vec<_>, Vec<_>) = std::mem::take(drafts).into_iter().partition(|file| file.table == table);
        drafts.extend(others);
        for file in mine {
            let at = layout.draft(stem(&file.path));
            match without(layout, &file, at, &is_latest)? {
                None => drafts.push(file),
                Some((gone, rest)) => {
                    *superseded.new.entry(table.clone()).or_default() += gone;
                    let draft = layout.draft(stem(&file.path));
                    std::fs::remove_file(&draft).map_err(|cause| Error::io(draft, cause))?;
                    drafts.extend(rest);
                }
            }
        }
    }
    Ok(superseded)
}

/// Writes a file anew without some of its rows: how many those were, and what is left. `None` when all stay.
fn without(
    layout: &Layout,
    file: &FileFacts,
    at: PathBuf,
    stays: &dyn Fn(&Key) -> bool,
) -> Result<Option<(u64, Option<FileFacts>)>> {
    let all: Vec<Key> = keys_of_file(layout, file, &at)?.collect();
    let mask: Vec<bool> = all.iter().map(stays).collect();
    let left: Vec<Key> = all.iter().zip(&mask).filter(|(_, stays)| **stays).map(|(key, _)| *key).collect();
    let gone = (all.len() - left.len()) as u64;
    if gone == 0 {
        return Ok(None);
    }
    if left.is_empty() {
        return Ok(Some((gone, None)));
    }
    let mut columns = declared(&file.table);
    columns.extend(file.columns.iter().cloned());
    let (schema, surplus) = schema(&file.table, columns);
    let mut rows = RowReader::open(&at, schema.clone())?;
    let slices = mask.chunks(ROW_GROUP_ROWS).filter_map(|mask| {
        let batch = match rows.take(mask.len()) {
            Ok(batch) => batch,
            Err(error) => return Some(Err(error)),
        };
        let stays = (0u32..).zip(mask).filter(|(_, stays)| **stays);
        let places: Vec<RowPlace> = stays.map(|(row, _)| (0, row)).collect();
        (!places.is_empty()).then(|| Ok(Slice { batches: Cow::Owned(vec![batch]), places: Cow::Owned(places) }))
    });
    let new = new_stem();
    let bytes = write_parquet(&layout.draft(&new), &schema, left.len() as u64, slices)?;
    keys::write(&layout.keys(&new), left.iter().copied(), true)?;
    let times = left.first().zip(left.last()).and_then(|(first, last)| times_of(first.time, last.time));
    let path = file.path.replace(stem(&file.path), &new);
    let rows = left.len() as u64;
    let rest = FileFacts { path, table: file.table.clone(), rows, bytes, times, columns: surplus };
    Ok(Some((gone, Some(rest))))
}
