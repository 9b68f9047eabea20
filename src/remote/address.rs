//! URLs of object stores: which store, which path in it, and the name without secrets.

use std::path::Path as FilePath;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::http::HttpBuilder;
use object_store::path::Path;
use object_store::{ClientOptions, ObjectStore, ObjectStoreScheme, RetryConfig};
use url::Url;

use super::azure;
use super::told::reason;
use crate::error::{Error, Result};

/// How often a request is tried again when the store or the way to it fails.
const RETRIES: usize = 5;

/// For how long.
const RETRIED: Duration = Duration::from_secs(30);

/// Words in names of parameters that make a URL secret.
const SECRETS: &[&str] = &["sig", "token", "key", "secret", "pass", "auth", "cred"];

/// A place in an object store: one object, or all below a prefix.
#[derive(Clone, Debug)]
pub struct Address {
    pub(super) store: Arc<dyn ObjectStore>,
    /// The URL of what holds the objects, without secrets.
    base: Arc<str>,
    /// The query of a URL that is part of what it names.
    query: Arc<str>,
    pub(super) path: Path,
    /// Tells the store from all others in this process.
    pub(super) number: usize,
    pub(super) listing: Listing,
}

/// Whether a store tells what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listing {
    /// It does; the path names an object or what lies below it.
    Object,
    /// It does; the path names what lies below it.
    Prefix,
    /// It does not.
    Never,
}

impl Address {
    /// Whether a location is meant as a URL, and not as a path.
    pub fn is_url(location: &FilePath) -> bool {
        let text = location.to_str().and_then(|text| text.split_once("://"));
        let is_word = |scheme: &str| scheme.len() > 1 && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'+');
        text.is_some_and(|(scheme, _)| is_word(scheme)) && !location.exists()
    }

    /// Reads a URL, and finds the credentials that go with it.
    pub fn parse(location: &FilePath) -> Result<Address> {
        let text = location.to_string_lossy();
        // The text may hold a secret, so it is not repeated.
        let url = Url::parse(&text).map_err(|error| Error::Usage(format!("this is not a URL: {error}")))?;
        let usage = |why: &str| Error::Usage(format!("{}: {why}", shown(&url)));
        if let Some(parts) = azure::parts(&url) {
            let (store, base) = azure::open(&parts).map_err(|why| usage(&why))?;
            return Address {
                store,
                base: base.into(),
                query: "".into(),
                path: Path::default(),
                number: next(),
                listing: Listing::Object,
            }
            .at(&parts.path)
            .map_err(|why| usage(&why));
        }
        let supported = "the supported ones are az, abfss, s3, gs, https and http";
        let (scheme, path) = ObjectStoreScheme::parse(&url).map_err(|_| usage(supported))?;
        let is_signed = url.query().is_some();
        let opened = match scheme {
            ObjectStoreScheme::AmazonS3 if !is_signed => open_s3(&url),
            ObjectStoreScheme::GoogleCloudStorage => open_gcs(&url),
            ObjectStoreScheme::Http | ObjectStoreScheme::AmazonS3 => open_http(&url),
            ObjectStoreScheme::MicrosoftAzure => return Err(usage("the host is no storage account of Azure")),
            _ => return Err(usage(supported)),
        };
        let store = opened.map_err(|error| usage(&reason(&error)))?;
        let is_http = is_signed || matches!(scheme, ObjectStoreScheme::Http);
        let mut base = stripped(&url);
        let path = if is_http { Path::from_url_path(url.path()) } else { Ok(path) };
        let path = path.map_err(|error| usage(&error.to_string()))?;
        let inside = url.path().trim_end_matches('/');
        let kept = url.path().trim_matches('/').split('/').count().saturating_sub(path.parts().count());
        let bucket: Vec<&str> = inside.split('/').filter(|part| !part.is_empty()).take(kept).collect();
        base.set_path(&bucket.join("/"));
        let listing = match is_http {
            true => Listing::Never,
            false if path.parts().count() == 0 || url.path().ends_with('/') => Listing::Prefix,
            false => Listing::Object,
        };
        let query = if is_http { kept_query(&url) } else { String::new() };
        let base = base.as_str().trim_end_matches('/').into();
        Ok(Address { store, base, query: query.into(), path, number: next(), listing })
    }

    fn at(mut self, path: &str) -> Result<Address, String> {
        self.path = Path::from_url_path(path).map_err(|error| error.to_string())?;
        if self.path.parts().count() == 0 || path.ends_with('/') {
            self.listing = Listing::Prefix;
        }
        Ok(self)
    }

    /// A path of any store, which is named `m:/`.
    #[cfg(test)]
    pub(super) fn of(store: Arc<dyn ObjectStore>, path: &str, listing: Listing) -> Self {
        Address { store, base: "m:/".into(), query: "".into(), path: Path::from(path), number: next(), listing }
    }

    /// A location as it may be shown.
    pub fn shown(location: &FilePath) -> String {
        let text = location.to_string_lossy();
        match Address::is_url(location) {
            true => Url::parse(&text).map_or("…".to_owned(), |url| shown(&url)),
            false => text.into_owned(),
        }
    }

    /// Its path in the store.
    pub fn path(&self) -> &str {
        self.path.as_ref()
    }

    /// What tells it from all others, without secrets.
    pub fn name(&self) -> String {
        self.name_of(&self.path)
    }

    /// The same for an object of the store.
    pub(super) fn name_of(&self, path: &Path) -> String {
        format!("{}/{path}{}", self.base, self.query)
    }
}

/// A number for a store.
fn next() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// How often, and how long, requests are tried again.
pub(super) fn retries() -> RetryConfig {
    RetryConfig { max_retries: RETRIES, retry_timeout: RETRIED, ..RetryConfig::default() }
}

fn open_s3(url: &Url) -> object_store::Result<Arc<dyn ObjectStore>> {
    Ok(Arc::new(AmazonS3Builder::from_env().with_url(url.as_str()).with_retry(retries()).build()?))
}

fn open_gcs(url: &Url) -> object_store::Result<Arc<dyn ObjectStore>> {
    Ok(Arc::new(GoogleCloudStorageBuilder::from_env().with_url(url.as_str()).with_retry(retries()).build()?))
}

fn open_http(url: &Url) -> object_store::Result<Arc<dyn ObjectStore>> {
    let mut origin = url.clone();
    origin.set_path("");
    origin.set_fragment(None);
    // Large files are fetched in one go, however long their reader takes.
    let options = ClientOptions::new().with_allow_http(true).with_timeout_disabled();
    let builder = HttpBuilder::new().with_url(origin).with_client_options(options).with_retry(retries());
    Ok(Arc::new(builder.build()?))
}

/// A URL without what may be secret: who asks, and the query.
fn stripped(url: &Url) -> Url {
    let mut url = url.clone();
    // Neither can fail on a URL with a host.
    let _ = url.set_password(None);
    if !matches!(url.scheme(), "az" | "abfs" | "abfss") {
        let _ = url.set_username("");
    }
    url.set_query(None);
    url.set_fragment(None);
    url
}

/// A URL as it may be shown.
fn shown(url: &Url) -> String {
    stripped(url).into()
}

/// The query as part of a name; nothing when it may hold a secret.
fn kept_query(url: &Url) -> String {
    let is_secret = |name: &str| SECRETS.iter().any(|word| name.to_ascii_lowercase().contains(word));
    match url.query() {
        Some(query) if !url.query_pairs().any(|(name, _)| is_secret(&name)) => format!("?{query}"),
        _ => String::new(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn check(url: &str, name: &str, listing: Listing) {
        let address = Address::parse(FilePath::new(url)).unwrap();
        assert_eq!((address.name().as_str(), address.listing), (name, listing), "{url}");
    }

    #[test]
    fn names_hold_no_secrets() {
        let blob = "https://acct.blob.core.windows.net/c/a/b.json";
        check(&format!("{blob}?sv=2024-01-01&sr=b&sig=abc%3D"), blob, Listing::Object);
        check("abfss://c@acct.dfs.core.windows.net/a/b.json", blob, Listing::Object);
        check(
            "https://acct.blob.core.windows.net/c?sv=1&sig=x",
            "https://acct.blob.core.windows.net/c/",
            Listing::Prefix,
        );
        check("abfss://c@acct.dfs.core.windows.net/a/", "https://acct.blob.core.windows.net/c/a", Listing::Prefix);
        check("http://me:secret@h:8/a%20b.json?x-sig=1", "http://h:8/a b.json", Listing::Never);
        check("https://h/a.json?day=1", "https://h/a.json?day=1", Listing::Never);
        check(
            "https://b.s3.eu-west-1.amazonaws.com/k?X-Amz-Signature=1",
            "https://b.s3.eu-west-1.amazonaws.com/k",
            Listing::Never,
        );
        check("s3://bucket/a/", "s3://bucket/a", Listing::Prefix);
        check(
            "https://s3.eu-west-1.amazonaws.com/bucket/a",
            "https://s3.eu-west-1.amazonaws.com/bucket/a",
            Listing::Object,
        );
        check("gs://bucket/a.json", "gs://bucket/a.json", Listing::Object);
    }

    #[test]
    fn mistakes_hold_no_secrets() {
        for url in ["ftp://me:secret@host/a", "https://host:99999/?sig=secret", "az://"] {
            let message = Address::parse(FilePath::new(url)).unwrap_err().to_string();
            assert!(!message.contains("secret"), "{message}");
        }
    }

    #[test]
    fn paths_are_no_urls() {
        for path in ["a/b.json", "C:\\a", "c://a", "-", ":", "a b://c"] {
            assert!(!Address::is_url(FilePath::new(path)), "{path}");
        }
        assert!(Address::is_url(FilePath::new("az://c")));
    }
}
