//! What is hidden stays hidden: no identity survives in tables or answers, and joins by pseudonyms still hold.

use std::collections::BTreeSet;
use std::path::Path;

use calypso::Source;
use calypso::engine::{DataCatalog, Engine, Limits, Request};
use calypso::generate::{Form, Plan, Soundness, WRAPPINGS, generate};
use calypso::ingest::{Ingestion, Report};
use calypso::privacy::{Key, Privacy};
use calypso::tables::TABLES;
use datafusion::arrow::util::display::array_value_to_string;
use libtest_mimic::Trial;

use crate::cli::{Ran, program, run_in};
use crate::trial;

/// The tests of this module.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("privacy: no identity survives in tables", nothing_survives),
        trial("privacy: joins hold, and the same key gives the same", joins_hold),
        trial("privacy: rejected texts are not kept", rejects_are_bare),
        trial("privacy: columns are removed from tables and answers", columns_are_removed),
        trial("privacy: scripts hide too", scripts_hide_too),
        trial("privacy: what cannot be done is refused", refusals),
    ]
}

const MONDAY: i64 = 1_772_409_600_000_000_000;
const DAY: i64 = 86_400_000_000_000;
const KEY: &str = "a secret of the tests";

/// Where identities stand in the tables.
const COLUMNS: &[&str] = &[
    "Identifier",
    "Identity",
    "UserId",
    "UserIdA",
    "UserIdB",
    "EndpointId",
    "RemoteEndpointId",
    "RecipientId",
    "PhoneNumber",
    "CallerIpAddress",
];

fn raw(folder: &Path) {
    let form = Form::Raw(WRAPPINGS[0], Soundness::Sound);
    let (from, to) = (MONDAY, MONDAY + DAY);
    generate(&Plan { calls: 60, seed: 3, from, to, scenarios: Vec::new(), form, threads: 2 }, folder).unwrap();
}

fn hidden(source: &Path, into: &Path, key: &str) -> Report {
    static NEVER: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);
    let privacy = Privacy::default().pseudonymising(&[], Key::new(key.as_bytes()).unwrap()).unwrap();
    let ingestion = Ingestion::new(&[source.to_owned()], into, &NEVER).unwrap();
    ingestion.with_privacy(privacy).unwrap().run(&()).unwrap()
}

#[tokio::main(flavor = "current_thread")]
async fn ask(folder: &Path, query: &str) -> Vec<String> {
    let engine = Engine::new(DataCatalog::open(&[folder.to_owned()]).unwrap(), &Limits::default()).unwrap();
    let answer = engine.query(&Source::new("test", query.to_owned()), &Request::default()).await.unwrap();
    let mut rows = Vec::new();
    for batch in &answer.tables.last().unwrap().batches {
        for row in 0..batch.num_rows() {
            let cells = batch.columns().iter().map(|column| array_value_to_string(column, row).unwrap());
            rows.push(cells.collect::<Vec<_>>().join(" | "));
        }
    }
    rows
}

/// All identities of some tables, and the parts of them that tell as much.
fn identities(folder: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for table in TABLES {
        for column in COLUMNS.iter().filter(|name| table.column_index(name).is_some()) {
            found.extend(ask(folder, &format!("{} | distinct {column}", table.name)));
        }
    }
    let parts: Vec<String> =
        found.iter().filter_map(|whole| Some(whole.rsplit(['_', ':', '+']).next()?.to_owned())).collect();
    found.extend(parts);
    found.retain(|text| text.len() >= 7 && text != "Redacted");
    found
}

fn files(folder: &Path, found: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files(&path, found) } else { found.push(path) }
    }
}

fn nothing_survives() {
    let (source, plain, into) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    raw(source.path());
    calypso::ingest::ingest(&[source.path().to_owned()], plain.path()).unwrap();
    let report = hidden(source.path(), into.path(), KEY);
    assert!(report.hidden > 0 && report.rejected == 0, "{report}");
    let identities = identities(plain.path());
    assert!(identities.len() > 100, "{}", identities.len());
    let check = |what: &str, text: &str| {
        let survivor = identities.iter().find(|identity| text.contains(identity.as_str()));
        assert!(survivor.is_none(), "{what} has {survivor:?}");
    };
    for table in TABLES {
        let (rows, before) = (ask(into.path(), table.name), ask(plain.path(), table.name));
        assert_eq!(rows.len(), before.len(), "{}", table.name);
        check(table.name, &rows.join("\n"));
    }
    // Values are compressed; what stands beside them in the files is not.
    let mut all = Vec::new();
    files(into.path(), &mut all);
    for file in all {
        check(&file.to_string_lossy(), &String::from_utf8_lossy(&std::fs::read(&file).unwrap()));
    }
}

fn joins_hold() {
    let (source, plain) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (first, again, other) =
        (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    raw(source.path());
    calypso::ingest::ingest(&[source.path().to_owned()], plain.path()).unwrap();
    hidden(source.path(), first.path(), KEY);
    hidden(source.path(), again.path(), KEY);
    hidden(source.path(), other.path(), "another secret of the tests");
    for query in [
        "ACSCallSummary | summarize count_distinct(Identifier), count_distinct(EndpointId)",
        "ACSCallSummary | join kind=inner ACSBillingUsage on $left.Identifier == $right.UserIdA | count",
        "ACSCallSummary | join kind=inner ACSCallDiagnostics on Identifier, EndpointId | count",
        "ACSCallSummary | join kind=inner ACSCallClientOperations on EndpointId | count",
        "ACSCallSummary | where Identifier startswith '8:acs:' | count",
        "ACSCallClientOperations | summarize count_distinct(EndpointId), countif(isnotempty(OperationPayload))",
    ] {
        let expected = ask(plain.path(), query);
        assert_eq!(ask(first.path(), query), expected, "{query}");
    }
    let users = |folder: &Path| ask(folder, "ACSCallSummary | distinct Identifier | sort by Identifier asc");
    assert_eq!(users(first.path()), users(again.path()));
    assert_ne!(users(first.path()), users(other.path()));
    // The same logs with the same key are the same rows.
    assert_eq!(hidden(source.path(), first.path(), KEY).rows(), 0);
}

fn rejects_are_bare() {
    let folder = tempfile::tempdir().unwrap();
    let line = "{\"category\": oops, \"identifier\":\"4:+15550100\"}\n{\"other\":\"4:+15550100\"}\n";
    std::fs::write(folder.path().join("logs.json"), line).unwrap();
    let into = folder.path().join("into");
    let report = hidden(&folder.path().join("logs.json"), &into, KEY);
    assert_eq!(report.rejected, 2, "{report}");
    let kept = std::fs::read_to_string(report.rejects_file.unwrap()).unwrap();
    assert!(kept.contains("logs.json") && !kept.contains("15550100"), "{kept}");
}

fn with_key(folder: &Path, arguments: &[&str]) -> Ran {
    let output = program(folder, arguments).env("CALYPSO_KEY", KEY).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

fn columns_are_removed() {
    let folder = tempfile::tempdir().unwrap();
    raw(&folder.path().join("raw"));
    let ran =
        run_in(folder.path(), &["ingest", "raw", "--into", "t", "--redact", "Identifier,osversion,SdkPlatform"], "");
    assert!(ran.code == 0 && ran.out.contains("hidden"), "{}{}", ran.out, ran.err);
    assert!(!ran.out.contains("nothing is called"), "{}", ran.out);
    let ran = run_in(folder.path(), &["ingest", "raw", "--into", "slip", "--redact", "Identifyer,SdkPlatform"], "");
    let told = ran.out.matches("nothing is called").count();
    assert!(told == 1 && ran.out.contains("nothing is called `Identifyer`"), "{}{}", ran.out, ran.err);
    let query = "ACSCallSummary | distinct Identifier, OsVersion, SourceSystem";
    let ran = run_in(folder.path(), &["query", query, "--data", "t", "--format", "csv"], "");
    let rows: Vec<String> = ran.out.lines().skip(1).map(|line| line.replace('"', "")).collect();
    assert_eq!(rows, [",,Azure"], "{}", ran.err);
    let query = "ACSCallClientOperations | distinct tostring(OperationPayload.SdkPlatform)";
    let ran = run_in(folder.path(), &["query", query, "--data", "t", "--format", "csv"], "");
    assert_eq!(ran.out.lines().nth(1).unwrap_or_default().trim_matches('"'), "", "{}", ran.out);
    // The sample, on the way out.
    let query =
        "ACSCallSummary | project A = ParticipantId, B = SdkVersion, C = EndpointId | where isnotempty(A) | take 1";
    let ran = with_key(folder.path(), &["query", query, "--pseudonymise=A,b", "--format", "csv"]);
    let row: Vec<&str> = ran.out.lines().nth(1).unwrap_or_default().split(',').collect();
    let has = [row[0].starts_with("anon-"), row[1].starts_with("anon-"), row[2].starts_with("anon-")];
    assert_eq!(has, [true, true, false], "{}{}", ran.out, ran.err);
    let query = "ACSCallSummary | where EndpointType == 'PSTN' | project Who = Identifier, EndpointId | take 1";
    let ran = with_key(folder.path(), &["query", query, "--pseudonymise", "--format", "csv"]);
    assert!(ran.code == 0 && ran.out.contains("4:anon-") && !ran.out.contains("1555"), "{}{}", ran.out, ran.err);
    let ran = with_key(folder.path(), &["query", query, "--redact=Who", "-o", "x.csv"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let text = std::fs::read_to_string(folder.path().join("x.csv")).unwrap();
    assert!(text.lines().nth(1).unwrap().trim_start_matches("\"\"").starts_with(",de"), "{text}");
}

fn scripts_hide_too() {
    let folder = tempfile::tempdir().unwrap();
    let script = "// Who\nACSCallSummary | where EndpointType == 'PSTN' | project Who = Identifier | take 1\n\n\
                  // None\nACSCallSummary | project EndpointId | take 0\n";
    std::fs::write(folder.path().join("s.kql"), script).unwrap();
    let run = |more: &[&str]| with_key(folder.path(), &[&["run", "s.kql", "--format", "csv"], more].concat());
    let open = run(&[]);
    assert!(open.code == 0 && open.out.contains("4:+1555"), "{}{}", open.out, open.err);
    let ran = run(&["--pseudonymise", "--transcript", "said.md", "--out-dir", "answers"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let answer = std::fs::read_to_string(folder.path().join("answers/01-who.csv")).unwrap();
    let said = std::fs::read_to_string(folder.path().join("said.md")).unwrap();
    for text in [answer, said] {
        assert!(text.contains("4:anon-") && !text.contains("1555"), "{text}");
    }
    assert_eq!(run(&["--redact", "who,EndpointId"]).code, 0);
    let ran = run(&["--redact", "Who,Whom"]);
    assert!(ran.code == 1 && ran.err.contains("no answer has a column `Whom`"), "{}", ran.err);
}

fn refusals() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("short"), "too short\n").unwrap();
    let check = |arguments: &[&str], said: &str| {
        let ran = run_in(folder.path(), arguments, "");
        assert!(ran.code == 1 && ran.err.contains(said), "{arguments:?}: {}", ran.err);
    };
    check(&["query", "print 1", "--pseudonymise"], "--key-file");
    check(&["query", "print 1", "--pseudonymise", "--key-file", "short"], "at least 16");
    check(&["query", "print 1", "--key-file", "short"], "--pseudonymise");
    check(&["query", "print 1", "--redact", "Nobody"], "no column `Nobody`");
    check(&["ingest", "short", "--redact", "ParticipantId"], "pseudonymise it");
    check(&["ingest", "short", "--redact", "TimeGenerated"], "tells rows apart");
}
