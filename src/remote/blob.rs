//! Objects of a store: which there are, and their bytes.

use std::io::Read;
use std::path::Path as FilePath;
use std::sync::Arc;
use std::time::Duration;

use futures::channel::mpsc::{Receiver, Sender, channel};
use futures::{SinkExt, StreamExt, TryStreamExt};
use object_store::path::Path;
use object_store::{Error as StoreError, GetOptions, GetRange, GetResult, ObjectMeta, ObjectStore, ObjectStoreExt};

use super::address::{Address, Listing};
use super::told::reason;
use super::{runtime, wait};
use crate::error::{Error, Result};

/// Ranges that are fetched at a time, ahead of who reads them.
const AHEAD: usize = 3;

/// Bytes of a range.
const RANGE: usize = 4 << 20;

/// How long a web server may be silent. Stores have limits of their own.
const SILENCE: Duration = Duration::from_secs(60);

/// An object of a store.
#[derive(Clone, Debug)]
pub struct Blob {
    address: Address,
    meta: ObjectMeta,
    /// What tells it from all others: its URL without secrets.
    pub name: String,
    /// How many bytes it has.
    pub bytes: u64,
    /// What changes whenever its content does, where the store says that.
    pub tag: Option<String>,
}

impl Blob {
    fn new(address: &Address, meta: ObjectMeta) -> Self {
        let name = address.name_of(&meta.location);
        let changed = meta.last_modified.timestamp_micros();
        // Lists give it without the quotes that headers have.
        let tag = meta.e_tag.as_deref().map(|tag| tag.trim_matches('"').to_owned());
        let tag = tag.or_else(|| (changed > 0).then(|| format!("{changed}/{}", meta.size)));
        let mut address = address.clone();
        address.path = meta.location.clone();
        Self { address, name, bytes: meta.size, tag, meta }
    }

    /// Its path in the store.
    pub fn path(&self) -> &str {
        self.address.path.as_ref()
    }

    /// What its store says about it.
    pub(crate) fn meta(&self) -> &ObjectMeta {
        &self.meta
    }

    /// The store that holds it.
    pub(crate) fn store(&self) -> Arc<dyn ObjectStore> {
        Arc::clone(&self.address.store)
    }

    /// A URL that stands for the store within this process, and for nothing outside.
    pub(crate) fn store_url(&self) -> String {
        format!("store://{}/", self.address.number)
    }

    /// A URL that stands for it within this process.
    pub(crate) fn url(&self) -> String {
        let encode = |part: &str| part.bytes().map(encoded).collect::<String>();
        let parts: Vec<String> = self.path().split('/').map(encode).collect();
        self.store_url() + &parts.join("/")
    }

    /// Opens it at a byte; it ends where it ended when it was found. What goes wrong is told when it is read.
    pub fn open(&self, from: u64) -> Result<Box<dyn Read>> {
        if from >= self.bytes {
            return Ok(Box::new(std::io::empty()));
        }
        let (sender, chunks) = channel(AHEAD);
        runtime()?.spawn(fetch(self.address.clone(), from, self.bytes, sender));
        Ok(Box::new(Chunks { chunks, chunk: Chunk::default(), at: 0, left: self.bytes - from }))
    }
}

/// The objects of an address in order of name: the one that it names, or all below it. As with folders, those with a
/// name that begins with `_` or `.` below it are left out.
pub fn blobs(address: &Address) -> Result<Vec<Blob>> {
    let told = |error: &StoreError| failed(address, reason(error));
    let asked = address.clone();
    let own = match address.listing {
        Listing::Prefix => None,
        Listing::Object | Listing::Never => match wait(async move { head(&asked).await })? {
            Ok(meta) => Some(meta),
            Err(StoreError::NotFound { .. }) if address.listing == Listing::Object => None,
            Err(error) => return Err(told(&error)),
        },
    };
    // What is empty may stand for a folder.
    if let Some(meta) = &own
        && (meta.size > 0 || address.listing == Listing::Never)
    {
        return Ok(vec![Blob::new(address, meta.clone())]);
    }
    let asked = address.clone();
    let listed = wait(async move { asked.store.list(Some(&asked.path)).try_collect::<Vec<_>>().await })?;
    let listed = match (listed, &own) {
        (Ok(listed), _) => listed,
        (Err(_), Some(_)) => Vec::new(),
        (Err(error), None) => return Err(told(&error)),
    };
    let is_shown = |meta: &ObjectMeta| {
        let below = meta.location.prefix_match(&address.path);
        below.is_some_and(|mut parts| !parts.any(|part| part.as_ref().starts_with(['_', '.'])))
    };
    let mut found: Vec<Blob> =
        listed.into_iter().filter(is_shown).filter(|meta| meta.size > 0).map(|meta| Blob::new(address, meta)).collect();
    if found.is_empty() {
        match own {
            Some(meta) => found.push(Blob::new(address, meta)),
            None if address.listing == Listing::Object => return Err(failed(address, "not found".to_owned())),
            None => {}
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(found)
}

/// A byte of a path as it is in a URL.
fn encoded(byte: u8) -> String {
    match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'=' => char::from(byte).into(),
        _ => format!("%{byte:02X}"),
    }
}

impl Address {
    /// All objects below a folder of the store, whatever their names.
    pub fn below(&self, folder: &str) -> Result<Vec<Blob>> {
        if self.listing == Listing::Never {
            return Ok(Vec::new());
        }
        let (store, prefix) = (Arc::clone(&self.store), Path::parse(folder).unwrap_or_default());
        let listed = wait(async move { store.list(Some(&prefix)).try_collect::<Vec<_>>().await })?;
        let listed = match listed {
            Ok(listed) => listed,
            // Who may read an object need not be allowed to see what there is.
            Err(error) if is_denied(&error) => return Ok(Vec::new()),
            Err(error) => return Err(failed(self, reason(&error))),
        };
        Ok(listed.into_iter().map(|meta| Blob::new(self, meta)).collect())
    }
}

/// What there is to know about an object. Some servers say it only with its content.
async fn head(address: &Address) -> object_store::Result<ObjectMeta> {
    match answered(address.store.head(&address.path)).await {
        Err(error) if address.listing == Listing::Never && !is_denied(&error) => {
            answered(address.store.get(&address.path)).await.map(|got| got.meta)
        }
        other => other,
    }
}

/// Waits for an answer, but not forever.
async fn answered<T>(answer: impl Future<Output = object_store::Result<T>>) -> object_store::Result<T> {
    let silent = |_| StoreError::Generic { store: "HTTP", source: "the server does not answer".into() };
    tokio::time::timeout(SILENCE, answer).await.map_err(silent)?
}

fn is_denied(error: &StoreError) -> bool {
    matches!(error, StoreError::PermissionDenied { .. } | StoreError::Unauthenticated { .. })
}

fn failed(address: &Address, reason: String) -> Error {
    Error::Data { path: FilePath::new(&address.name()).to_owned(), line: None, reason }
}

/// Bytes as they came, or why they did not come.
type Fetched = Result<Chunk, String>;

/// The bytes of one step of a download.
type Chunk = Vec<u8>;

/// Fetches a stretch of an object for as long as somebody reads it.
async fn fetch(address: Address, from: u64, to: u64, mut sender: Sender<Fetched>) {
    let outcome = match address.listing {
        Listing::Never => fetch_stream(&address, from, to, &mut sender).await,
        Listing::Object | Listing::Prefix => fetch_ranges(&address, from, to, &mut sender).await,
    };
    if let Err(error) = outcome {
        let _ = sender.send(Err(reason(&error))).await;
    }
}

/// Fetches by ranges, of which each is tried again on its own: who reads slowly must not run into a time limit.
async fn fetch_ranges(address: &Address, from: u64, to: u64, sender: &mut Sender<Fetched>) -> object_store::Result<()> {
    let starts = (from..to).step_by(RANGE);
    let ranges = starts.map(|at| address.store.get_range(&address.path, at..to.min(at + RANGE as u64)));
    let mut chunks = futures::stream::iter(ranges).buffered(AHEAD);
    while let Some(chunk) = chunks.try_next().await? {
        if sender.send(Ok(chunk.into())).await.is_err() {
            break;
        }
    }
    Ok(())
}

/// Fetches from a web server, which may know no ranges.
async fn fetch_stream(address: &Address, from: u64, to: u64, sender: &mut Sender<Fetched>) -> object_store::Result<()> {
    let (got, mut skip) = get(&*address.store, &address.path, from, to).await?;
    let mut chunks = got.into_stream();
    while let Some(chunk) = answered(chunks.try_next()).await? {
        let skipped = skip.min(chunk.len() as u64);
        skip -= skipped;
        let wanted = chunk.slice(skipped as usize..);
        // Nobody reads on.
        if !wanted.is_empty() && sender.send(Ok(wanted.into())).await.is_err() {
            break;
        }
    }
    Ok(())
}

/// A download of an object, and how many bytes of it come too early: some servers give all or nothing.
async fn get(store: &dyn ObjectStore, path: &Path, from: u64, to: u64) -> object_store::Result<(GetResult, u64)> {
    if from > 0 {
        let options = GetOptions { range: Some(GetRange::Bounded(from..to)), ..GetOptions::default() };
        match answered(store.get_opts(path, options)).await {
            Ok(got) => return Ok((got, 0)),
            Err(error) if is_denied(&error) || matches!(error, StoreError::NotFound { .. }) => return Err(error),
            Err(_) => {}
        }
    }
    let got = answered(store.get_opts(path, GetOptions::default())).await?;
    Ok((got, from))
}

/// The chunks of a download, one behind the other.
struct Chunks {
    chunks: Receiver<Fetched>,
    chunk: Chunk,
    at: usize,
    /// How many bytes are to come, this chunk included.
    left: u64,
}

impl Read for Chunks {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.left == 0 || buffer.is_empty() {
            return Ok(0);
        }
        while self.at == self.chunk.len() {
            self.at = 0;
            self.chunk = match futures::executor::block_on(self.chunks.next()) {
                Some(Ok(chunk)) => chunk,
                Some(Err(reason)) => return Err(std::io::Error::other(reason)),
                None => return Err(std::io::Error::other("it ends before its end")),
            };
        }
        let rest = &self.chunk[self.at..];
        let count = rest.len().min(buffer.len()).min(usize::try_from(self.left).unwrap_or(usize::MAX));
        buffer[..count].copy_from_slice(&rest[..count]);
        self.at += count;
        self.left -= count as u64;
        Ok(count)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use object_store::memory::InMemory;

    use super::*;

    #[test]
    fn objects_are_listed_and_read_from_anywhere() {
        let store = Arc::new(InMemory::new());
        let content: Vec<u8> = (0..100_000u32).flat_map(u32::to_le_bytes).collect();
        let put = (Arc::clone(&store), content.clone());
        wait(async move {
            for path in ["c/b/2.json", "c/1.json", "c/_log/3.json", "d.json"] {
                put.0.put(&Path::from(path), put.1.clone().into()).await.unwrap();
            }
        })
        .unwrap();
        let names = |path: &str, listing| {
            let address = Address::of(Arc::clone(&store) as Arc<dyn ObjectStore>, path, listing);
            blobs(&address).map(|found| found.iter().map(|blob| blob.name.clone()).collect::<Vec<_>>().join(" "))
        };
        assert_eq!(names("c", Listing::Object).unwrap(), "m://c/1.json m://c/b/2.json");
        assert_eq!(names("", Listing::Prefix).unwrap(), "m://c/1.json m://c/b/2.json m://d.json");
        assert_eq!(names("d.json", Listing::Object).unwrap(), "m://d.json");
        assert_eq!(names("e", Listing::Prefix).unwrap(), "");
        assert_eq!(names("e", Listing::Object).unwrap_err().to_string(), "m://e: not found");
        let found = blobs(&Address::of(store, "d.json", Listing::Object)).unwrap();
        for from in [0, 1, 399_999, 400_000, 500_000] {
            let mut read = Vec::new();
            found[0].open(from).unwrap().read_to_end(&mut read).unwrap();
            assert!(read == content[content.len().min(from as usize)..], "{from}");
        }
    }
}
