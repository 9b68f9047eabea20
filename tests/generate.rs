//! Synthetic logs: the same seed gives the same rows, tables agree with each other, values are known ones, and every
//! wrapping holds the same rows.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use calypso::Source;
use calypso::engine::{DataCatalog, Engine, Limits, Request};
use calypso::generate::{Form, Plan, SCENARIOS, Soundness, WRAPPINGS, generate};
use calypso::ingest::ingest;
use calypso::tables::TABLES;
use datafusion::arrow::util::display::array_value_to_string;
use flate2::write::GzEncoder;
use libtest_mimic::Trial;

use crate::trial;

/// One test per promise.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials = vec![
        trial("generate: the same seed gives the same rows", the_same_seed),
        trial("generate: every table has rows", every_table),
        trial("generate: tables agree", tables_agree),
        trial("generate: values are known ones", values_are_known),
        trial("generate: scenarios show what they say", scenarios_show),
        trial("generate: the same seed gives the same files", the_same_files),
    ];
    for wrapping in WRAPPINGS {
        for (soundness, packing) in [
            (Soundness::Sound, Packing::None),
            (Soundness::Faulty, Packing::None),
            (Soundness::Sound, Packing::Gzip),
            (Soundness::Faulty, Packing::Zip),
        ] {
            let name = format!("generate: {} gives the same tables, {soundness:?}, {packing:?}", wrapping.name);
            trials.push(trial(name, move || wrapping_is_read(Form::Raw(*wrapping, soundness), packing)));
        }
    }
    trials
}

/// What the files of a wrapping are packed in.
#[derive(Clone, Copy, Debug)]
enum Packing {
    None,
    /// Each file by itself.
    Gzip,
    /// All files in one archive.
    Zip,
}

/// 2026-03-02, a Monday.
const MONDAY: i64 = 1_772_409_600_000_000_000;
const DAY: i64 = 86_400_000_000_000;

fn plan(calls: u64) -> Plan {
    let scenarios = Vec::new();
    Plan { calls, seed: 7, from: MONDAY, to: MONDAY + 2 * DAY, scenarios, form: Form::Tables, threads: 2 }
}

fn made(plan: &Plan) -> (Engine, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    generate(plan, folder.path()).unwrap();
    (engine(folder.path()), folder)
}

fn engine(folder: &Path) -> Engine {
    Engine::new(DataCatalog::open(&[folder.to_owned()]).unwrap(), &Limits::default()).unwrap()
}

/// The rows of an answer as text.
#[tokio::main(flavor = "current_thread")]
async fn ask(engine: &Engine, query: &str) -> Vec<String> {
    let answer = engine.query(&Source::new("test", query.to_owned()), &Request::default()).await.unwrap();
    let table = answer.tables.last().unwrap();
    let mut rows = Vec::new();
    for batch in &table.batches {
        for row in 0..batch.num_rows() {
            let cells = batch.columns().iter().map(|column| array_value_to_string(column, row).unwrap());
            rows.push(cells.collect::<Vec<_>>().join(" | "));
        }
    }
    rows
}

/// Checks that a query finds nothing: no counterexample.
fn none(engine: &Engine, query: &str) {
    let found = ask(engine, &format!("{query} | take 5"));
    assert!(found.is_empty(), "{query}\n{}", found.join("\n"));
}

/// All rows of all tables, sorted.
fn everything(engine: &Engine) -> BTreeMap<&'static str, Vec<String>> {
    let rows = |name: &'static str| {
        let mut rows = ask(engine, name);
        rows.sort();
        (name, rows)
    };
    TABLES.iter().map(|table| rows(table.name)).collect()
}

fn the_same_seed() {
    let first = made(&plan(150));
    let again = made(&Plan { threads: 1, ..plan(150) });
    let other = made(&Plan { seed: 8, ..plan(150) });
    let (first, again, other) = (everything(&first.0), everything(&again.0), everything(&other.0));
    for (table, rows) in &first {
        assert!(again[table] == *rows, "{table}");
    }
    assert!(first != other);
}

fn every_table() {
    let (engine, _folder) = made(&plan(120));
    let empty: Vec<_> = everything(&engine).into_iter().filter(|(_, rows)| rows.is_empty()).collect();
    assert!(empty.is_empty(), "{empty:?}");
}

fn tables_agree() {
    let (engine, _folder) = made(&plan(250));
    // Calls that only clients know are not in the summary.
    let strays = |table: &str, id: &str| {
        format!("{table} | where {id} != '' | join kind=leftanti ACSCallSummary on $left.{id} == $right.CorrelationId")
    };
    for table in ["ACSCallDiagnostics", "ACSBillingUsage", "ACSCallRecordingSummary", "ACSCallSummaryUpdates"] {
        none(&engine, &strays(table, "CorrelationId"));
    }
    none(&engine, "ACSCallDiagnostics | join kind=leftanti ACSCallSummary on CorrelationId, ParticipantId");
    none(
        &engine,
        "ACSCallDiagnostics | where EndpointType != 'Server' \
         | join kind=leftanti ACSCallSummary on CorrelationId, ParticipantId, EndpointId, Identifier, EndpointType",
    );
    none(
        &engine,
        "ACSCallClientMediaStatsTimeSeries \
         | join kind=leftanti ACSCallClientOperations on CallId, ParticipantId, ClientInstanceId",
    );
    none(&engine, "ACSCallSurvey | join kind=leftanti ACSCallClientOperations on CallId");
    // Of clients that the service knows too, operations and summary name the same endpoints.
    none(
        &engine,
        "ACSCallClientOperations | where CallId != '' and ParticipantId != '' \
         | join kind=inner (ACSCallSummary | project CallId = CorrelationId, ParticipantId, Endpoint = EndpointId) \
           on CallId, ParticipantId | where EndpointId != Endpoint",
    );
    none(&engine, "ACSCallSummary | summarize dcount(CallDuration) by CorrelationId | where dcount_CallDuration > 1");
    none(&engine, "ACSCallSummary | where ParticipantDuration > CallDuration");
    // A stream that is bad all the time shows in the client's own statistics.
    none(
        &engine,
        "ACSCallDiagnostics | where MediaType == 'Audio' and StreamDirection == 'outbound' and ParticipantId != '' \
         | join kind=inner (ACSCallClientMediaStatsTimeSeries | where MetricName == 'RttInMs' and MediaStreamType == 'audio' \
             | summarize Rtt = avg(Average) by CorrelationId = CallId, ParticipantId) on CorrelationId, ParticipantId \
         | where abs(Rtt - RoundTripTimeAvg) > 1",
    );
}

fn values_are_known() {
    let (engine, _folder) = made(&plan(250));
    let check = |table: &str, column: &str, known: &[&str]| {
        let found: BTreeSet<String> = ask(&engine, &format!("{table} | distinct {column}")).into_iter().collect();
        let unknown: Vec<_> = found.iter().filter(|value| !known.contains(&value.as_str())).collect();
        assert!(unknown.is_empty(), "{table}.{column}: {unknown:?}");
    };
    check("ACSCallSummary", "CallType", &["P2P", "Group"]);
    let endpoints = ["VoIP", "PSTN", "Bot", "Voicemail", "Anonymous"];
    check("ACSCallSummary", "EndpointType", &endpoints);
    let categories = ["Success", "ExpectedError", "UnexpectedClientError", "UnexpectedServerError"];
    check("ACSCallSummary", "ResultCategory", &categories);
    check("ACSCallDiagnostics", "MediaType", &["Audio", "Video", "VBSS", "AppSharing"]);
    check("ACSCallDiagnostics", "TransportType", &["UDP", "TCP", "Unrecognized"]);
    check("ACSCallClientOperations", "ResultType", &["Succeeded", categories[1], categories[2], categories[3]]);
    check("ACSCallClientMediaStatsTimeSeries", "MediaStreamDirection", &["send", "recv"]);
    none(
        &engine,
        "ACSCallClientMediaStatsTimeSeries | where Count !between (1 .. 10) or AggregationIntervalSeconds != 10 \
         or Minimum > Average or Average > Maximum or Average != Sum / Count",
    );
    none(
        &engine,
        "ACSCallDiagnostics | where RoundTripTimeMax < RoundTripTimeAvg or JitterMax < JitterAvg \
         or PacketLossRateMax < PacketLossRateAvg or PacketLossRateMax > 1",
    );
    none(
        &engine,
        "ACSCallSurvey | where OverallRatingScore < OverallRatingScoreLowerBound \
         or OverallRatingScore > OverallRatingScoreUpperBound",
    );
    none(&engine, "ACSCallClientOperations | where isnull(OperationPayload.SdkPlatform)");
}

fn scenarios_show() {
    let scenarios = SCENARIOS.iter().filter(|scenario| scenario.name != "large").collect();
    let (engine, _folder) = made(&Plan { calls: 0, scenarios, ..plan(0) });
    let id = |name: &str| {
        let place = SCENARIOS.iter().position(|scenario| scenario.name == name).unwrap();
        format!("ca11ca11-0000-4000-8000-{:012}", place + 1)
    };
    let check = |name: &str, query: &str, expected: &[&str]| {
        let text = format!("let Call = '{}'; {query}", id(name));
        assert_eq!(ask(&engine, &text), expected, "{name}: {query}");
    };
    let poor = "ACSCallDiagnostics | where CorrelationId == Call \
                | where JitterAvg > 30 or PacketLossRateAvg > 0.1 or RoundTripTimeAvg > 500 or JitterBufferSizeAvg > 200 \
                  or HealedDataRatioAvg > 0.1 or VideoFrameRateAvg < 7 or RecvResolutionHeight < 240 \
                | summarize dcount(ParticipantId), count() | where count_ > 0";
    let failed = "ACSCallClientOperations | where CallId == Call \
                  | where ResultType !in ('Succeeded', 'Success', 'ExpectedError') | distinct OperationName";
    let diagnostics = "ACSCallClientOperations | where CallId == Call and OperationName == 'UserFacingDiagnostics' \
                       | where OperationPayload.DiagnosticQuality != 'Good' \
                       | summarize by Name = tostring(OperationPayload.DiagnosticChanged) | sort by Name asc";
    let ends = "ACSCallSummary | where CorrelationId == Call and ParticipantEndReason != '0' \
                | project End = strcat(EndpointType, ' ', ParticipantEndReason, '/', ParticipantEndSubCode) \
                | sort by End asc";
    for query in [poor, failed, diagnostics, ends] {
        check("p2p-audio-good", query, &[]);
        check("cross-tenant", query, &[]);
        check("client-only", query, &[]);
        check("service-only", query, &[]);
        check("bot", query, &[]);
    }
    check("group-bad-network", poor, &["1 | 4"]);
    check("group-bad-network", diagnostics, &["NetworkReceiveQuality", "NetworkSendQuality"]);
    check("microphone-denied", diagnostics, &["MicrophonePermissionDenied"]);
    check("microphone-denied", failed, &["UnmuteMicrophone"]);
    check("ungraceful-drop", ends, &["VoIP 410/3112"]);
    check("ungraceful-drop", diagnostics, &["NetworkReceiveQuality", "NetworkReconnect"]);
    check("pstn-failure", ends, &["PSTN 503/560503", "VoIP 503/560503"]);
    check("pstn-failure", failed, &["StartCall"]);
    check(
        "cross-tenant",
        "ACSCallSummary | where CorrelationId == Call and ParticipantId == 'Redacted' | count",
        &["2"],
    );
    check("rejoin", ends, &["VoIP 496/7"]);
    let returns = "ACSCallSummary | where CorrelationId == Call | summarize dcount(ParticipantId), dcount(EndpointId)";
    check("rejoin", returns, &["3 | 2"]);
    let ratings = "ACSCallSurvey | where CallId == Call | project OverallRatingScore | sort by OverallRatingScore asc";
    check("survey-contradicts", ratings, &["1", "5"]);
    check("survey-contradicts", poor, &["1 | 2"]);
    check("client-only", "ACSCallSummary | where CorrelationId == Call | count", &["0"]);
    check("client-only", "ACSCallClientOperations | where CallId == Call | summarize dcount(ParticipantId)", &["2"]);
    check("service-only", "ACSCallClientOperations | where CallId == Call | count", &["0"]);
    check("service-only", "ACSCallDiagnostics | where CorrelationId == Call | count", &["4"]);
    check("bot", "ACSCallAutomationIncomingOperations | where CorrelationId == Call | count", &["4"]);
}

/// Every file below a folder with its content.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false => {
                    drop(found.insert(path.strip_prefix(folder).unwrap().to_owned(), std::fs::read(&path).unwrap()))
                }
            }
        }
    }
    found
}

fn the_same_files() {
    let form = Form::Raw(WRAPPINGS[0], Soundness::Faulty);
    let made = |threads| {
        let folder = tempfile::tempdir().unwrap();
        generate(&Plan { form, threads, ..plan(100) }, folder.path()).unwrap();
        files(folder.path())
    };
    let (first, again) = (made(2), made(1));
    assert_eq!(first.keys().collect::<Vec<_>>(), again.keys().collect::<Vec<_>>());
    assert!(first == again);
}

/// Packs all files of a folder.
fn pack(folder: &Path, packing: Packing) {
    let all = files(folder);
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in &all {
        let path = folder.join(name);
        match packing {
            Packing::None => continue,
            Packing::Gzip => {
                let mut packed = GzEncoder::new(Vec::new(), flate2::Compression::fast());
                packed.write_all(content).unwrap();
                std::fs::write(path.with_added_extension("gz"), packed.finish().unwrap()).unwrap();
            }
            Packing::Zip => {
                archive.start_file_from_path(name, zip::write::SimpleFileOptions::default()).unwrap();
                archive.write_all(content).unwrap();
            }
        }
        std::fs::remove_file(path).unwrap();
    }
    if let Packing::Zip = packing {
        std::fs::write(folder.join("all.zip"), archive.finish().unwrap().into_inner()).unwrap();
    }
}

/// The tables that every wrapping must give.
fn expected() -> &'static BTreeMap<&'static str, Vec<String>> {
    static EXPECTED: OnceLock<BTreeMap<&'static str, Vec<String>>> = OnceLock::new();
    EXPECTED.get_or_init(|| everything(&made(&plan(40)).0))
}

fn wrapping_is_read(form: Form, packing: Packing) {
    let (raw, into) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    generate(&Plan { form, ..plan(40) }, raw.path()).unwrap();
    pack(raw.path(), packing);
    let report = ingest(&[raw.path().to_owned()], into.path()).unwrap();
    // The last line of a blob may be cut off, which is waited for; in an archive there is nothing to wait for.
    let is_fine = |reason: &str| !matches!(packing, Packing::None) && reason.starts_with("the line is cut off");
    assert!(report.failed.is_empty() && report.rejects.iter().all(|reject| is_fine(&reject.reason)), "{report}");
    let found = everything(&engine(into.path()));
    for (table, rows) in expected() {
        let other = &found[table];
        let first = rows.iter().zip(other).find(|(a, b)| a != b);
        assert!(rows == other, "{table}: {} rows, {} found; first {first:#?}", rows.len(), other.len());
    }
}
