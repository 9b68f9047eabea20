//! Azure Blob Storage: the ways to name an account and a container, and the ways to be let in.

use std::sync::Arc;

use object_store::ObjectStore;
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use url::Url;

use super::address::retries;
use super::told::reason;

/// Ends of hosts where accounts are.
const CLOUDS: &[&str] =
    &[".windows.net", ".azure.net", ".azure.com", ".chinacloudapi.cn", ".usgovcloudapi.net", ".fabric.microsoft.com"];

/// Where accounts are when nothing else is said.
const CLOUD: &str = "core.windows.net";

/// What a URL says.
#[derive(Debug, PartialEq)]
pub(super) struct Parts {
    /// The account and where it answers; from the environment when the URL does not say it.
    account: Option<Account>,
    container: String,
    /// Below the container, as it stands in the URL.
    pub(super) path: String,
    /// A shared access signature.
    sas: Option<String>,
}

/// A storage account.
#[derive(Clone, Debug, PartialEq)]
struct Account {
    name: String,
    endpoint: String,
}

/// Takes a URL apart when it is one of Azure.
pub(super) fn parts(url: &Url) -> Option<Parts> {
    let host = url.host_str()?;
    let sas = url.query().map(str::to_owned);
    let path = url.path().trim_start_matches('/');
    match url.scheme() {
        "az" | "azure" | "adl" | "abfs" | "abfss" => {
            let (account, container) = match url.username() {
                "" => (None, host),
                // Credentials go nowhere else.
                _ if host.contains('.') && !is_azure(host) => return None,
                container => (Some(account_of(host, url.port())), container),
            };
            Some(Parts { account, container: container.to_owned(), path: path.to_owned(), sas })
        }
        "https" | "http" => {
            let labels: Vec<&str> = host.split('.').collect();
            let is_store = labels.iter().skip(1).take(2).any(|label| matches!(*label, "blob" | "dfs"));
            let account = if is_store && is_azure(host) {
                (account_of(host, url.port()), path)
            } else if is_emulator(url) {
                let (name, path) = path.split_once('/')?;
                let endpoint = format!("{}/{name}", url.origin().ascii_serialization());
                (Account { name: name.to_owned(), endpoint }, path)
            } else {
                return None;
            };
            let (account, path) = account;
            let (container, path) = path.split_once('/').unwrap_or((path, ""));
            Some(Parts { account: Some(account), container: container.to_owned(), path: path.to_owned(), sas })
        }
        _ => None,
    }
}

fn is_azure(host: &str) -> bool {
    CLOUDS.iter().any(|end| host.ends_with(end))
}

/// An emulator names the account in the path; a signature tells it from other servers.
fn is_emulator(url: &Url) -> bool {
    let is_near = !matches!(url.host(), Some(url::Host::Domain(name)) if name != "localhost");
    let has = |wanted: &str| url.query_pairs().any(|(name, _)| name == wanted);
    is_near && has("sig") && has("sv")
}

fn account_of(host: &str, port: Option<u16>) -> Account {
    let (name, rest) = host.split_once('.').unwrap_or((host, ""));
    let host = match rest {
        "" => format!("{name}.blob.{CLOUD}"),
        _ => host.replacen(".dfs.", ".blob.", 1),
    };
    let port = port.map(|port| format!(":{port}")).unwrap_or_default();
    Account { name: name.to_owned(), endpoint: format!("https://{host}{port}") }
}

/// Opens a container, and gives the URL that names it.
pub(super) fn open(parts: &Parts) -> Result<(Arc<dyn ObjectStore>, String), String> {
    if parts.container.is_empty() {
        return Err("the URL names no container".to_owned());
    }
    let environment = Environment::read()?;
    let account =
        parts.account.clone().or_else(|| environment.account.clone()).ok_or(
            "the storage account is not known: set AZURE_STORAGE_ACCOUNT_NAME or AZURE_STORAGE_CONNECTION_STRING",
        )?;
    let builder = match &parts.sas {
        Some(sas) => MicrosoftAzureBuilder::new().with_config(AzureConfigKey::SasKey, sas),
        None => environment.builder(),
    };
    let builder = builder
        .with_use_emulator(false)
        .with_account(&account.name)
        .with_container_name(&parts.container)
        .with_endpoint(account.endpoint.clone())
        .with_allow_http(account.endpoint.starts_with("http://"))
        .with_retry(retries());
    let store = builder.build().map_err(|error| format!("the credentials cannot be used: {}", reason(&error)))?;
    Ok((Arc::new(store), format!("{}/{}", account.endpoint, parts.container)))
}

/// The account of the emulator, and its key, which is the same everywhere and no secret.
const EMULATOR: &str = "devstoreaccount1";
const EMULATOR_KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
const EMULATOR_URL: &str = "http://127.0.0.1:10000";

/// What the environment says.
#[derive(Debug, Default)]
struct Environment {
    account: Option<Account>,
    key: Option<String>,
    sas: Option<String>,
}

impl Environment {
    fn read() -> Result<Self, String> {
        let get = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let first = |names: &[&str]| names.iter().find_map(|name| get(name));
        let mut read = match get("AZURE_STORAGE_CONNECTION_STRING") {
            Some(text) => Self::of_connection(&text)?,
            None => Self::default(),
        };
        if get("AZURE_STORAGE_USE_EMULATOR").is_some_and(|value| value == "1" || value.eq_ignore_ascii_case("true")) {
            read.account.get_or_insert_with(|| emulator(get("AZURITE_BLOB_STORAGE_URL")));
            read.key.get_or_insert_with(|| EMULATOR_KEY.to_owned());
        }
        if let Some(name) = first(&["AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT"]) {
            read.account.get_or_insert_with(|| account_of(&name, None));
        }
        if let (Some(account), Some(endpoint)) =
            (&mut read.account, first(&["AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT"]))
        {
            account.endpoint = endpoint.trim_end_matches('/').to_owned();
        }
        read.key = first(KEYS).or(read.key);
        read.sas = first(SIGNATURES).or(read.sas);
        Ok(read)
    }

    /// Reads `AccountName=…;AccountKey=…;…`.
    fn of_connection(text: &str) -> Result<Self, String> {
        let mut read = Self::default();
        let (mut name, mut endpoint) = (None, None);
        let (mut protocol, mut suffix) = ("https", CLOUD);
        for part in text.split(';').filter(|part| !part.trim().is_empty()) {
            // The text is secret, so it is not repeated.
            let (key, value) = part.split_once('=').ok_or("AZURE_STORAGE_CONNECTION_STRING has a part without `=`")?;
            match key.trim() {
                "UseDevelopmentStorage" => {
                    read.account = Some(emulator(None));
                    read.key = Some(EMULATOR_KEY.to_owned());
                }
                "AccountName" => name = Some(value),
                "AccountKey" => read.key = Some(value.to_owned()),
                "SharedAccessSignature" => read.sas = Some(value.to_owned()),
                "BlobEndpoint" => endpoint = Some(value.trim_end_matches('/')),
                "DefaultEndpointsProtocol" => protocol = value,
                "EndpointSuffix" => suffix = value,
                // Endpoints of queues, tables and files.
                _ => {}
            }
        }
        let of_endpoint = || endpoint.and_then(|endpoint| Url::parse(endpoint).ok()?.host_str().map(str::to_owned));
        let name = name.map(str::to_owned).or_else(|| Some(of_endpoint()?.split('.').next()?.to_owned()));
        if let Some(name) = name {
            let made = || format!("{protocol}://{name}.blob.{suffix}");
            let endpoint = endpoint.map_or_else(made, str::to_owned);
            read.account = Some(Account { name, endpoint });
        }
        Ok(read)
    }

    /// A builder with the credentials. Without any, the container may still be public.
    fn builder(&self) -> MicrosoftAzureBuilder {
        let mut builder = MicrosoftAzureBuilder::from_env();
        if let Some(key) = &self.key {
            builder = builder.with_access_key(key);
        }
        if let Some(sas) = &self.sas {
            builder = builder.with_config(AzureConfigKey::SasKey, sas);
        }
        let is_set = |name: &&str| std::env::var_os(name).is_some();
        let has_any = self.key.is_some() || self.sas.is_some() || IDENTITIES.iter().any(is_set);
        if has_any { builder } else { builder.with_skip_signature(true) }
    }
}

/// Variables with the key of an account.
const KEYS: &[&str] =
    &["AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_ACCESS_KEY", "AZURE_STORAGE_MASTER_KEY", "AZURE_STORAGE_KEY"];

/// Variables with a shared access signature.
const SIGNATURES: &[&str] = &["AZURE_STORAGE_SAS_TOKEN", "AZURE_STORAGE_SAS_KEY"];

/// Variables that tell of other ways to be let in.
const IDENTITIES: &[&str] = &[
    "AZURE_STORAGE_TOKEN",
    "AZURE_CLIENT_ID",
    "AZURE_STORAGE_CLIENT_ID",
    "AZURE_USE_AZURE_CLI",
    "AZURE_MSI_ENDPOINT",
    "AZURE_IDENTITY_ENDPOINT",
    "AZURE_OBJECT_ID",
    "AZURE_MSI_RESOURCE_ID",
    "AZURE_FEDERATED_TOKEN_FILE",
];

fn emulator(url: Option<String>) -> Account {
    let url = url.unwrap_or_else(|| EMULATOR_URL.to_owned());
    Account { name: EMULATOR.to_owned(), endpoint: format!("{}/{EMULATOR}", url.trim_end_matches('/')) }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn check(url: &str, expected: &str) {
        let shown = parts(&Url::parse(url).unwrap()).map(|parts| {
            let endpoint =
                parts.account.map_or("?".to_owned(), |account| format!("{} {}", account.name, account.endpoint));
            format!("{endpoint} {} {} {}", parts.container, parts.path, parts.sas.is_some())
        });
        assert_eq!(shown.unwrap_or_default(), expected, "{url}");
    }

    #[test]
    fn urls_are_taken_apart() {
        check("az://c/a/b", "? c a/b false");
        check("abfss://c@acct.dfs.core.windows.net/a", "acct https://acct.blob.core.windows.net c a false");
        check("az://c@acct/a", "acct https://acct.blob.core.windows.net c a false");
        check("https://acct.blob.core.windows.net/c/a?sv=1&sig=2", "acct https://acct.blob.core.windows.net c a true");
        check("https://acct.z13.blob.storage.azure.net/c/a", "acct https://acct.z13.blob.storage.azure.net c a false");
        check("https://acct.blob.core.usgovcloudapi.net/c", "acct https://acct.blob.core.usgovcloudapi.net c  false");
        check("http://127.0.0.1:10000/acct/c/a?sv=1&sig=2", "acct http://127.0.0.1:10000/acct c a true");
        check("http://127.0.0.1:10000/acct/c/a", "");
        check("https://blob.example.com/c/a", "");
        check("abfss://c@acct.example.com/a", "");
        check("s3://bucket/a", "");
    }

    #[test]
    fn connection_strings_are_read() {
        let check = |text: &str, expected: &str| {
            let read = Environment::of_connection(text).unwrap();
            let account = read.account.unwrap();
            let credentials = format!("{} {}", read.key.unwrap_or_default(), read.sas.unwrap_or_default());
            assert_eq!(format!("{} {} {credentials}", account.name, account.endpoint), expected, "{text}");
        };
        check(
            "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=k==;EndpointSuffix=core.chinacloudapi.cn",
            "a https://a.blob.core.chinacloudapi.cn k== ",
        );
        check(
            "BlobEndpoint=https://a.blob.core.windows.net/;SharedAccessSignature=sv=1&sig=x%3D",
            "a https://a.blob.core.windows.net  sv=1&sig=x%3D",
        );
        check("UseDevelopmentStorage=true", &format!("{EMULATOR} {EMULATOR_URL}/{EMULATOR} {EMULATOR_KEY} "));
        assert!(!Environment::of_connection("secret").unwrap_err().contains("secret"));
    }
}
