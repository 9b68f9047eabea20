//! Logs and tables in object stores: the emulator of Azure where there is one, and a web server on this machine.
//!
//! The emulator is Azurite, a package of npm. Where it is missing the tests that need it say so and pass; see `.ci/run`.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use libtest_mimic::Trial;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::cli::{Ran, program};
use crate::store::summaries;
use crate::web::{Skill, Web};
use crate::{root, trial};

/// One test per store.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("cloud: raw logs in Azure", raw_logs_in_azure),
        trial("cloud: a container is followed", follow_a_container),
        trial("cloud: tables in Azure", tables_in_azure),
        trial("cloud: keys that are wrong", wrong_keys),
        trial("cloud: files of a web server", files_of_a_web_server),
        trial("cloud: a web server that knows little", a_simple_web_server),
        trial("cloud: URLs that are wrong", wrong_urls),
    ]
}

/// The account of the emulator, which is the same everywhere, and its key, which is no secret.
const ACCOUNT: &str = "devstoreaccount1";
const KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// Variables that would let somebody in, of whoever runs the tests.
const VARIABLES: &[&str] =
    &["AZURE_STORAGE_CONNECTION_STRING", "AZURE_STORAGE_ACCOUNT_NAME", "AZURE_STORAGE_ACCOUNT_KEY"];

/// Runs the program with these settings.
fn run(folder: &Path, arguments: &[&str], settings: &[(&str, &str)]) -> Ran {
    let mut command = program(folder, arguments);
    for name in VARIABLES {
        command.env_remove(name);
    }
    command.envs(settings.iter().copied());
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

/// Ingests into `out`, and gives the report.
fn ingest(folder: &Path, sources: &[&str], settings: &[(&str, &str)]) -> Value {
    let arguments = [&["ingest", "--format", "json", "--into", "out"], sources].concat();
    let ran = run(folder, &arguments, settings);
    assert_eq!(ran.code, 0, "{sources:?}: {}{}", ran.out, ran.err);
    serde_json::from_str(&ran.out).unwrap()
}

/// An answer as text.
fn query(folder: &Path, data: &str, settings: &[(&str, &str)], text: &str) -> String {
    let ran = run(folder, &["query", "--data", data, "--format", "csv", text], settings);
    assert_eq!(ran.code, 0, "{data}: {}{}", ran.out, ran.err);
    ran.out
}

/// Makes sure that a text is in no file of a folder.
fn assert_nowhere(folder: &Path, secret: &str) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            assert_nowhere(&path, secret);
        } else {
            let bytes = std::fs::read(&path).unwrap();
            assert!(!String::from_utf8_lossy(&bytes).contains(secret), "{}", path.display());
        }
    }
}

/// How long the emulator may take to start, on a machine that is busy with other things.
const PATIENCE: Duration = Duration::from_secs(300);

/// The emulator that runs, for all who want it at the same time: each starts slowly.
static RUNNING: Mutex<Weak<Azurite>> = Mutex::new(Weak::new());

/// The emulator, for as long as this lives.
struct Azurite {
    child: Child,
    port: u16,
    _folder: tempfile::TempDir,
}

impl Drop for Azurite {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Azurite {
    /// The one that runs, or a new one, unless it is not installed.
    fn get() -> Option<Arc<Azurite>> {
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(azurite) = running.upgrade() {
            return Some(azurite);
        }
        let azurite = Arc::new(Self::start()?);
        *running = Arc::downgrade(&azurite);
        Some(azurite)
    }

    fn start() -> Option<Azurite> {
        let installed = root().join("target/other-tools/node_modules/azurite/dist/src/blob/main.js");
        let script = std::env::var_os("AZURITE").map_or(installed, PathBuf::from);
        if !script.is_file() {
            eprintln!("skipped: there is no Azurite; `AZURITE` may name its script of blobs");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new("node");
        command.arg(script).args(["--blobHost", "127.0.0.1", "--blobPort", &port.to_string(), "--location"]);
        command.arg(folder.path()).args(["--silent", "--skipApiVersionCheck", "--disableTelemetry"]);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
        let mut azurite = Azurite { child, port, _folder: folder };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < PATIENCE, "Azurite does not start");
            assert!(matches!(azurite.child.try_wait(), Ok(None)), "Azurite ended early");
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(azurite)
    }

    fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}/{ACCOUNT}", self.port)
    }

    fn connection(&self) -> String {
        format!("AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={};", self.endpoint())
    }

    /// Asks for something, as one who may do anything.
    fn put(&self, path: &str, parameter: &str, headers: &str, body: &[u8]) {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        let path: String = path.chars().map(|c| if c == ' ' { "%20".to_owned() } else { c.to_string() }).collect();
        let head = format!(
            "PUT /{ACCOUNT}/{path}?{parameter}{} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nx-ms-version: 2019-12-12\r\n\
             Content-Length: {}\r\nConnection: close\r\n{headers}\r\n",
            signature("rwdlac"),
            self.port,
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 201"), "{path}: {answer}");
    }

    fn make(&self, container: &str) {
        self.put(container, "restype=container&", "", b"");
    }

    /// Puts a blob there as the platform does, which only ever appends to it.
    fn write(&self, path: &str, bytes: &[u8]) {
        self.put(path, "", "x-ms-blob-type: AppendBlob\r\n", b"");
        self.append(path, bytes);
    }

    fn append(&self, path: &str, bytes: &[u8]) {
        for block in bytes.chunks(2 << 20) {
            self.put(path, "comp=appendblock&", "", block);
        }
    }

    /// Puts a folder into a container.
    fn write_all(&self, container: &str, folder: &Path) {
        for (path, bytes) in files(folder) {
            let type_of = "x-ms-blob-type: BlockBlob\r\n";
            self.put(&format!("{container}/{path}"), "", type_of, &bytes);
        }
    }
}

/// The files of a folder by path.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(files(&path).into_iter().map(|(below, bytes)| (format!("{name}/{below}"), bytes)));
        } else {
            found.insert(name, std::fs::read(&path).unwrap());
        }
    }
    found
}

/// A shared access signature for the account of the emulator.
fn signature(permissions: &str) -> String {
    let text = format!("{ACCOUNT}\n{permissions}\nb\nsco\n\n2099-01-01T00:00:00Z\n\n\n2019-12-12\n");
    let signature = hmac(&BASE64_STANDARD.decode(KEY).unwrap(), text.as_bytes());
    let signature: String = BASE64_STANDARD
        .encode(signature)
        .chars()
        .map(|c| match c {
            '+' => "%2B".to_owned(),
            '/' => "%2F".to_owned(),
            '=' => "%3D".to_owned(),
            other => other.to_string(),
        })
        .collect();
    format!("sv=2019-12-12&ss=b&srt=sco&sp={permissions}&se=2099-01-01T00%3A00%3A00Z&sig={signature}")
}

fn hmac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let padded = |with: u8| -> Vec<u8> { (0..64).map(|at| key.get(at).unwrap_or(&0) ^ with).collect() };
    let inner = Sha256::digest([padded(0x36), text.to_vec()].concat());
    Sha256::digest([padded(0x5c), inner.to_vec()].concat()).to_vec()
}

fn raw_logs_in_azure() {
    let Some(azurite) = Azurite::get() else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    run(folder, &["generate", "--calls", "20", "--days", "1", "--raw", "--into", "raw"], &[]);
    let logs = files(&folder.join("raw"));
    let mut containers: Vec<&str> = logs.keys().map(|path| path.split('/').next().unwrap()).collect();
    containers.dedup();
    containers.iter().for_each(|container| azurite.make(container));
    logs.iter().for_each(|(path, bytes)| azurite.write(path, bytes));
    let connection = azurite.connection();
    let settings = [("AZURE_STORAGE_CONNECTION_STRING", connection.as_str())];

    // By key, the same tables as from the files.
    let urls: Vec<String> = containers.iter().map(|container| format!("az://{container}")).collect();
    let urls: Vec<&str> = urls.iter().map(String::as_str).collect();
    let far = ingest(folder, &urls, &settings);
    std::fs::rename(folder.join("out"), folder.join("far")).unwrap();
    let near = ingest(folder, &["raw"], &[]);
    assert_eq!((&far["tables"], &far["files"], &far["bytes"]), (&near["tables"], &near["files"], &near["bytes"]));
    std::fs::remove_dir_all(folder.join("out")).unwrap();
    std::fs::rename(folder.join("far"), folder.join("out")).unwrap();

    // Once more, and by signature: it is all known, under the same names.
    let signature = signature("rl");
    let signed: Vec<String> =
        containers.iter().map(|container| format!("{}/{container}?{signature}", azurite.endpoint())).collect();
    let signed: Vec<&str> = signed.iter().map(String::as_str).collect();
    for urls in [&urls, &signed] {
        let again = ingest(folder, urls, if *urls == signed { &[] } else { &settings });
        assert_eq!((&again["rows"], &again["files"]["known"]), (&Value::from(0), &Value::from(logs.len())), "{again}");
    }

    // A blob that has grown, in the middle of a line and then behind it.
    let path = logs.keys().find(|path| path.contains("callsummary")).unwrap();
    let more = format!("\n{}", summaries(0..3));
    let (begun, rest) = more.as_bytes().split_at(more.len() - 9);
    azurite.append(path, begun);
    let grown = ingest(folder, &[&format!("az://{path}")], &settings);
    assert_eq!((&grown["rows"], &grown["files"]["grown"]), (&Value::from(2), &Value::from(1)), "{grown}");
    azurite.append(path, rest);
    let grown = ingest(folder, &[&format!("az://{path}")], &settings);
    assert_eq!((&grown["rows"], &grown["files"]["grown"]), (&Value::from(1), &Value::from(1)), "{grown}");
    assert!(grown["bytes"].as_u64().unwrap() < more.len() as u64, "{grown}");

    // Raw logs can be asked where they are.
    let count = "ACSCallSummary | summarize Rows = count(), Calls = dcount(CorrelationId)";
    let container = path.split('/').next().unwrap();
    let expected = query(folder, "out", &[], count);
    assert_eq!(query(folder, &format!("az://{container}/"), &settings, count), expected);
    assert_eq!(query(folder, &format!("{}/{container}/?{signature}", azurite.endpoint()), &[], count), expected);
    assert_nowhere(&folder.join("out"), "sig=");
    assert_nowhere(&folder.join("out"), &KEY[..20]);
}

fn follow_a_container() {
    let Some(azurite) = Azurite::get() else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    azurite.make("followed");
    azurite.write("followed/h=01/PT1H.json", summaries(0..3).as_bytes());
    let mut command = program(folder, &["ingest", "az://followed", "--into", "out", "--follow", "--interval", "50ms"]);
    for name in VARIABLES {
        command.env_remove(name);
    }
    command.env("AZURE_STORAGE_CONNECTION_STRING", azurite.connection());
    let mut child = command.spawn().unwrap();
    let mut wait_for = |count: &str| {
        let begun = Instant::now();
        loop {
            let ran = run(folder, &["query", "--data", "out", "--format", "csv", "ACSCallSummary | count"], &[]);
            if ran.code == 0 && ran.out.lines().nth(1) == Some(count) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{count} rows do not come: {}{}", ran.out, ran.err);
            assert!(matches!(child.try_wait(), Ok(None)), "it ended early");
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    wait_for("3");
    // A blob that grows, in the middle of a line, and one that is new.
    let more = summaries(3..5);
    let (begun, rest) = more.as_bytes().split_at(more.len() - 9);
    azurite.append("followed/h=01/PT1H.json", begun);
    wait_for("4");
    azurite.append("followed/h=01/PT1H.json", rest);
    wait_for("5");
    for hour in 2..14 {
        azurite.write(&format!("followed/h={hour:02}/PT1H.json"), summaries(hour + 10..hour + 11).as_bytes());
    }
    wait_for("17");
    if cfg!(unix) {
        let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert!(interrupt.success() && child.wait().unwrap().success());
    } else {
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

fn tables_in_azure() {
    let Some(azurite) = Azurite::get() else { return };
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    run(folder, &["generate", "--calls", "50", "--days", "2", "--raw", "--into", "raw"], &[]);
    ingest(folder, &["raw"], &[]);
    azurite.make("data");
    azurite.write_all("data/some where", &folder.join("out"));
    // What no commit tells does not count.
    let stray = files(&folder.join("out")).into_iter().find(|(path, _)| path.starts_with("ACSCallSummary/")).unwrap();
    let name = "calypso-00000000000000000000000000000000.parquet";
    azurite.put(&format!("data/some where/ACSCallSummary/{name}"), "", "x-ms-blob-type: BlockBlob\r\n", &stray.1);
    let connection = azurite.connection();
    let settings = [("AZURE_STORAGE_CONNECTION_STRING", connection.as_str())];
    let signed = format!("{}/data/some%20where/?{}", azurite.endpoint(), signature("rl"));
    for text in [
        "ACSCallSummary | count",
        "ACSCallSummary | where TimeGenerated > datetime(2026-03-03) | summarize count() by CallType | order by CallType asc",
        "ACSCallDiagnostics | summarize take_any(Type), count(), avg(RoundTripTimeAvg)",
    ] {
        let expected = query(folder, "out", &[], text);
        assert_eq!(query(folder, "az://data/some where", &settings, text), expected, "{text}");
        assert_eq!(query(folder, &signed, &[], text), expected, "{text}");
    }
    // A table, a day of it, and tables in two places.
    let text = "ACSCallSummary | count";
    let expected = query(folder, "out", &[], text);
    assert_eq!(query(folder, "az://data/some%20where/ACSCallSummary", &settings, text), expected);
    let ran = run(folder, &["query", "--data", "out", "--data", &signed, "--format", "csv", text], &[]);
    let twice = |text: &str| 2 * text.lines().nth(1).unwrap().parse::<u64>().unwrap();
    assert_eq!(ran.out.lines().nth(1).unwrap(), twice(&expected).to_string(), "{}", ran.err);
    let listed = run(folder, &["tables", "--data", "az://data", "--format", "csv"], &settings);
    assert_eq!(
        listed.out.lines().count(),
        run(folder, &["tables", "--data", "out", "--format", "csv"], &[]).out.lines().count()
    );
}

fn wrong_keys() {
    let Some(azurite) = Azurite::get() else { return };
    let folder = tempfile::tempdir().unwrap();
    azurite.make("logs");
    azurite.write("logs/a.json", summaries(0..3).as_bytes());
    let endpoint = azurite.endpoint();
    let key = BASE64_STANDARD.encode("another key, which nobody must see");
    let connection = format!("AccountName={ACCOUNT};AccountKey={key};BlobEndpoint={endpoint}");
    let signed = format!("{endpoint}/logs/a.json?{}", signature("rl").replace("sig=", "sig=AAAA"));
    let check = |arguments: &[&str], settings: &[(&str, &str)], expected: &str| {
        let ran = run(folder.path(), arguments, settings);
        assert_eq!(ran.code, 2, "{}{}", ran.out, ran.err);
        assert!(ran.err.contains(expected), "{arguments:?}: {}", ran.err);
        for secret in [key.as_str(), "sig=", "AAAA"] {
            assert!(!ran.err.contains(secret) && !ran.out.contains(secret), "{}{}", ran.out, ran.err);
        }
    };
    let settings = [("AZURE_STORAGE_CONNECTION_STRING", connection.as_str())];
    let denied = format!("{endpoint}/logs/a.json: access is denied");
    check(&["ingest", "az://logs/a.json", "--into", "out"], &settings, &denied);
    check(&["ingest", &signed, "--into", "out"], &[], &denied);
    check(&["query", "--data", &signed, "print 1"], &[], &denied);
    let right = azurite.connection();
    let settings = [("AZURE_STORAGE_CONNECTION_STRING", right.as_str())];
    check(&["ingest", "az://logs/b.json", "--into", "out"], &settings, &format!("{endpoint}/logs/b.json: not found"));
    check(&["ingest", "az://none", "--into", "out"], &settings, "not found (ContainerNotFound)");
}

fn files_of_a_web_server() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let text = summaries(0..500);
    let web = Web::start(Skill::All, &text);
    let url = web.url("logs/a%20b.json?token=hidden");
    let count = |report: &Value| (report["rows"].as_u64().unwrap(), report["files"]["read"].as_u64().unwrap());
    assert_eq!(count(&ingest(folder, &[&url], &[])), (500, 1));
    assert_eq!(count(&ingest(folder, &[&url], &[])), (0, 0));
    // Of what has grown only the end is fetched: a little to know it again, and the rest.
    web.content.lock().unwrap().extend_from_slice(summaries(500..510).as_bytes());
    web.asked.lock().unwrap().clear();
    assert_eq!(count(&ingest(folder, &[&url], &[])), (10, 1));
    let last = web.content.lock().unwrap().len() - 1;
    let asked = web.asked.lock().unwrap().clone();
    let expected =
        ["HEAD ".to_owned(), format!("GET {}-{last}", text.len() - 256), format!("GET {}-{last}", text.len())];
    assert_eq!(asked, expected);
    // What was written anew is read anew.
    *web.content.lock().unwrap() = summaries(600..1200).into_bytes();
    assert_eq!(count(&ingest(folder, &[&url], &[])), (600, 1));
    assert_eq!(query(folder, &url, &[], "ACSCallSummary | count").lines().nth(1), Some("600"));
    assert_nowhere(&folder.join("out"), "hidden");
    let ran = run(folder, &["ingest", &web.url("none.json?token=hidden"), "--into", "out"], &[]);
    assert_eq!((ran.code, ran.err), (2, format!("error: {}: not found\n", web.url("none.json"))));
}

fn a_simple_web_server() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let web = Web::start(Skill::Little, &summaries(0..100));
    let url = web.url("logs/a%20b.json");
    assert_eq!(ingest(folder, &[&url], &[])["rows"], 100);
    assert_eq!(ingest(folder, &[&url], &[])["rows"], 0);
    web.content.lock().unwrap().extend_from_slice(summaries(100..105).as_bytes());
    let grown = ingest(folder, &[&url], &[]);
    assert_eq!((&grown["rows"], &grown["files"]["grown"]), (&Value::from(5), &Value::from(1)));
}

fn wrong_urls() {
    let folder = tempfile::tempdir().unwrap();
    let check = |url: &str, code: i32, expected: &str| {
        for arguments in [&["ingest", url, "--into", "out"][..], &["query", "--data", url, "print 1"]] {
            let ran = run(folder.path(), arguments, &[]);
            assert_eq!((ran.code, ran.err.contains(expected)), (code, true), "{arguments:?}: {}", ran.err);
            assert!(!ran.err.contains("hidden"), "{}", ran.err);
        }
    };
    check("ftp://me:hidden@host/a", 1, "ftp://host/a: the supported ones are az, abfss, s3, gs, https and http");
    check("az://logs?sig=hidden", 1, "set AZURE_STORAGE_ACCOUNT_NAME or AZURE_STORAGE_CONNECTION_STRING");
    check("http://host:99999/?sig=hidden", 1, "this is not a URL: invalid port number");
}
