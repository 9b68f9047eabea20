//! What `--data` names, as tables: folders of Parquet, and raw logs read where they lie.

use std::path::{Path, PathBuf};

use super::gather::Gathered;
use super::reader::{Input, Order, read_all};
use super::report::Report;
use super::rows::Foreign;
use crate::catalog::Catalog;
use crate::engine::DataCatalog;
use crate::engine::catalog::{Folder, is_hidden, is_parquet};
use crate::error::{Error, Result};
use crate::remote::{Address, Blob, blobs};

/// Rejects that are told one by one when raw logs are opened.
const TOLD_REJECTS: usize = 3;

impl DataCatalog {
    /// Opens files and folders. A folder may hold Parquet tables (as `ingest` writes them), raw logs, or both; tables
    /// that come from several places are one. What could not be read is told by [`DataCatalog::notes`].
    pub fn open(locations: &[PathBuf]) -> Result<DataCatalog> {
        let mut catalog = DataCatalog::default();
        let gathered = Gathered::default();
        let mut files = Vec::new();
        let mut far = Vec::new();
        for location in locations {
            if Address::is_url(location) {
                let address = Address::parse(location)?;
                let (tables, logs): (Vec<Blob>, Vec<Blob>) =
                    blobs(&address)?.into_iter().partition(|blob| is_parquet(Path::new(&blob.name)));
                if !tables.is_empty() {
                    catalog.add_far_tables(&address, &tables)?;
                }
                far.extend(logs);
                continue;
            }
            if !location.exists() {
                return Err(Error::Usage(format!("no such file or folder: {}", location.display())));
            }
            if location.is_dir() {
                catalog.add_tables(location)?;
            }
            for file in data_files(location)? {
                match is_parquet(&file) {
                    true if location.is_dir() => {}
                    true => catalog.add_folder(&stem(&file), Folder::new(parent(&file), vec![file.into()])),
                    false => files.push(file),
                }
            }
        }
        // A file that holds no logs is a table named like the file.
        let inputs =
            files.iter().map(|file| Input::file(file)).chain(far.into_iter().map(|blob| Ok(Input::blob(blob))));
        read_all(inputs, &gathered, Foreign::Keep, Order::Kept)?;
        let (tables, report) = gathered.finish()?;
        for (table, batches) in tables {
            for batch in batches {
                catalog.add_batch(&table, batch);
            }
        }
        tell_rejects(&mut catalog, &report);
        if catalog.table_names().is_empty() && !locations.is_empty() {
            let names: Vec<String> = locations.iter().map(|location| Address::shown(location)).collect();
            catalog.note(format!("no tables and no logs in {}", names.join(", ")));
        }
        Ok(catalog)
    }
}

/// The files of a location in order of name, those of folders below included. Names that begin with `_` or `.` are
/// left out.
pub(super) fn data_files(location: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    match location.is_dir() {
        true => add_files(location, &mut files)?,
        false => files.push(location.to_owned()),
    }
    Ok(files)
}

fn add_files(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let io = |cause| Error::io(folder, cause);
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(io)? {
        let entry = entry.map_err(io)?;
        let path = entry.path();
        // What the folder tells of an entry saves a look at it, but for links.
        let is_folder = match entry.file_type() {
            Ok(kind) if !kind.is_symlink() => kind.is_dir(),
            _ => path.is_dir(),
        };
        entries.push((path, is_folder));
    }
    entries.retain(|(path, _)| !is_hidden(path));
    entries.sort();
    entries.into_iter().try_for_each(|(path, is_folder)| match is_folder {
        true => add_files(&path, files),
        false => {
            files.push(path);
            Ok(())
        }
    })
}

fn tell_rejects(catalog: &mut DataCatalog, report: &Report) {
    for reject in report.rejects.iter().take(TOLD_REJECTS) {
        catalog.note(format!("not read: {reject}"));
    }
    if let Some(more @ 1..) = report.rejected.checked_sub(TOLD_REJECTS as u64) {
        catalog.note(format!("not read: {more} more records; `calypso ingest` keeps them aside with the reasons"));
    }
}

/// The name of a file without its ending.
pub(super) fn stem(file: &Path) -> String {
    file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

fn parent(file: &Path) -> PathBuf {
    file.parent().map(Path::to_owned).unwrap_or_default()
}
