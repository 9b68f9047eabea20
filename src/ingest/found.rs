//! What there is to read: files of the machine, and objects of stores.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::open::data_files;
use super::reader::Input;
use super::sink::Source;
use crate::engine::catalog::is_parquet;
use crate::engine::catalog::log::is_ours;
use crate::error::{Error, Result};
use crate::remote::{Address, Blob, blobs};

/// Where logs are.
pub(super) enum Location {
    Path(PathBuf),
    Store(Address),
}

impl Location {
    /// Reads what a user wrote: a path, which must be there, or a URL.
    pub(super) fn parse(text: &Path) -> Result<Self> {
        match Address::is_url(text) {
            true => Ok(Location::Store(Address::parse(text)?)),
            false if text.exists() => Ok(Location::Path(text.to_owned())),
            false => Err(Error::Usage(format!("no such file or folder: {}", text.display()))),
        }
    }

    /// What lies there, in order of name.
    pub(super) fn files(&self) -> Result<Vec<LogFile>> {
        let mut files: Vec<LogFile> = match self {
            Location::Path(path) => data_files(path)?.into_iter().map(LogFile::file).collect(),
            Location::Store(address) => blobs(address)?.into_iter().map(LogFile::blob).collect(),
        };
        // The tables may lie below their sources.
        files.retain(|file| !(is_parquet(&file.path) && is_ours(&file.path)));
        Ok(files)
    }

    /// As it may be shown.
    pub(super) fn name(&self) -> String {
        match self {
            Location::Path(path) => path.to_string_lossy().into_owned(),
            Location::Store(address) => address.name(),
        }
    }
}

/// A file, or an object, as it was found.
pub(super) struct LogFile {
    /// Its path, or its URL without secrets.
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    /// What changes with its content, where that is known.
    pub(super) stamp: Option<Stamp>,
    blob: Option<Blob>,
}

/// What changes whenever a content does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stamp {
    Time(SystemTime),
    Tag(String),
}

impl LogFile {
    fn file(path: PathBuf) -> Self {
        // One that cannot be looked at is told when it is read.
        let metadata = std::fs::metadata(&path).ok();
        let bytes = metadata.as_ref().map_or(0, std::fs::Metadata::len);
        let stamp = metadata.and_then(|metadata| metadata.modified().ok()).map(Stamp::Time);
        Self { path, bytes, stamp, blob: None }
    }

    fn blob(blob: Blob) -> Self {
        let stamp = blob.tag.clone().map(Stamp::Tag);
        Self { path: PathBuf::from(&blob.name), bytes: blob.bytes, stamp, blob: Some(blob) }
    }

    /// To be read.
    pub(super) fn input(&self) -> Result<Input<'static>> {
        match &self.blob {
            Some(blob) => Ok(Input::blob(blob.clone())),
            None => {
                std::fs::File::open(&self.path).map_err(|cause| Error::io(&self.path, cause))?;
                Input::file(&self.path)
            }
        }
    }
}

impl Input<'static> {
    /// An object of a store.
    pub(super) fn blob(blob: Blob) -> Self {
        let source = Source { name: blob.name.clone(), size: Some(blob.bytes), tag: blob.tag.clone() };
        let path = PathBuf::from(&blob.name);
        let open = move |from| -> Result<Box<dyn Read>> { blob.open(from) };
        Self { source, path, open: Box::new(open) }
    }
}
