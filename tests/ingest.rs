//! Raw logs to tables: the published faults, the wrappings, rejects, and that `--data` gives the same rows either way.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use calypso::catalog::Catalog;
use calypso::engine::DataCatalog;
use calypso::ingest::{Repair, Report, ingest};
use datafusion::arrow::util::display::array_value_to_string;
use datafusion::prelude::SessionContext;
use libtest_mimic::Trial;

use crate::{root, trial};

/// One test per promise.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("ingest: a page of documentation", a_page_of_documentation),
        trial("ingest: lines, some of them broken", broken_lines),
        trial("ingest: objects over several lines", pretty_objects),
        trial("ingest: wrappings make no difference", wrappings_make_no_difference),
        trial("ingest: raw logs and their tables are equal", raw_and_ingested_are_equal),
        trial("ingest: rejects are kept aside", rejects_are_kept_aside),
        trial("ingest: adding to a folder", adding_to_a_folder),
        trial("ingest: files that are no logs", files_that_are_no_logs),
        trial("ingest: a table exported from the portal", portal_export),
        trial("ingest: the published samples", published_samples),
    ]
}

/// The cells of a table as text, by row. A null is `null`.
pub(crate) type Rows = Vec<BTreeMap<String, String>>;

fn faults(name: &str) -> PathBuf {
    root().join("tests/data/faults").join(name)
}

/// Ingests one file into a new folder, and opens that.
fn ingested(source: &Path) -> (Report, DataCatalog, tempfile::TempDir) {
    let into = tempfile::tempdir().unwrap();
    let report = ingest(&[source.to_owned()], into.path()).unwrap();
    let catalog = DataCatalog::open(&[into.path().to_owned()]).unwrap();
    (report, catalog, into)
}

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn rows(catalog: &DataCatalog, table: &str) -> Rows {
    let provider = catalog.provider(table).unwrap().unwrap();
    let columns = catalog.table(table).unwrap();
    let batches = SessionContext::new().read_table(provider).unwrap().collect().await.unwrap();
    let mut rows = Rows::new();
    for batch in &batches {
        for row in 0..batch.num_rows() {
            let cell = |(at, (name, _)): (usize, &(String, _))| {
                let column = batch.column(at);
                let text = match column.is_null(row) {
                    true => "null".to_owned(),
                    false => array_value_to_string(column, row).unwrap(),
                };
                (name.clone(), text)
            };
            rows.push(columns.iter().enumerate().map(cell).collect());
        }
    }
    rows.sort();
    rows
}

/// Compares some cells of the rows of a table: `check(rows, &["A", "B"], &["1 | 2"])`.
fn check(rows: &Rows, columns: &[&str], expected: &[&str]) {
    let got: Vec<String> =
        rows.iter().map(|row| columns.iter().map(|name| row[*name].as_str()).collect::<Vec<_>>().join(" | ")).collect();
    let mut got: Vec<&str> = got.iter().map(String::as_str).collect();
    got.sort_unstable();
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(got, expected, "{columns:?}");
}

fn tables(report: &Report) -> Vec<(&str, u64)> {
    report.tables.iter().map(|(name, rows)| (name.as_str(), *rows)).collect()
}

fn repairs(report: &Report) -> Vec<(Repair, u64)> {
    report.repairs.iter().collect()
}

fn a_page_of_documentation() {
    let (report, catalog, _folder) = ingested(&faults("page.txt"));
    assert_eq!(report.rejects, []);
    assert_eq!(
        tables(&report),
        [
            ("ACSCallClientMediaStatsTimeSeries", 1),
            ("ACSCallClientOperations", 1),
            ("ACSCallDiagnostics", 1),
            ("ACSCallSummary", 2)
        ]
    );
    assert_eq!(
        repairs(&report),
        [
            (Repair::MissingComma, 1),
            (Repair::StrayComma, 1),
            (Repair::MissingColon, 1),
            (Repair::Unterminated, 2),
            (Repair::UnescapedJson, 1),
            (Repair::SharedFields, 5),
            (Repair::TextNull, 2),
            (Repair::BlanksAroundId, 1),
        ]
    );
    check(
        &rows(&catalog, "ACSCallSummary"),
        &["TimeGenerated", "CorrelationId", "Category", "ParticipantId", "ParticipantDuration", "OsVersion"],
        &[
            "2026-04-01T08:10:00.250Z | ca110101-0000-4000-8000-000000000000 | CallSummaryPRIVATEPREVIEW |  | 598 | ",
            "2026-04-01T08:10:00.250Z | ca110101-0000-4000-8000-000000000000 | CallSummaryPRIVATEPREVIEW | \
             fa110102-0000-4000-8000-000000000000 | 600 | ",
        ],
    );
    check(
        &rows(&catalog, "ACSCallSummary"),
        &["PstnParticipantCallType", "EndpointType", "_SubscriptionId", "Type", "SourceSystem"],
        &[
            "Inbound | PSTN | aaaa0000-0000-4000-8000-000000000001 | ACSCallSummary | Azure",
            " | VoIP | aaaa0000-0000-4000-8000-000000000001 | ACSCallSummary | Azure",
        ],
    );
    check(
        &rows(&catalog, "ACSCallDiagnostics"),
        &["EndpointId", "StreamId", "RoundTripTimeAvg", "PacketLossRateAvg", "PacketLossRateMax", "JitterAvg"],
        &[" | 1363841599 | 82 | 0.00003146336 | 0.25 | null"],
    );
    check(
        &rows(&catalog, "ACSCallClientOperations"),
        &["TimeGenerated", "CallClientTimeStamp", "OperationName", "DurationMs", "OperationPayload", "_ResourceId"],
        &["2026-04-01T09:06:50.300Z | 2026-04-01T08:07:56.066Z | CreateView | 577 | \
           {\"StreamType\":\"Video\",\"StreamId\":\"2.0\",\"Tags\":[\"a\",\"b\"]} | "],
    );
}

fn broken_lines() {
    let (report, catalog, _folder) = ingested(&faults("lines.jsonl"));
    assert_eq!(
        tables(&report),
        [
            ("ACSCallDiagnostics", 1),
            ("ACSCallSummary", 3),
            ("ACSCallSummaryUpdates", 1),
            ("ACSCallSurvey", 1),
            ("ACSWeather", 1)
        ]
    );
    check(
        &rows(&catalog, "ACSWeather"),
        &["TimeGenerated", "Category", "Wind", "SourceSystem", "Type"],
        &["2026-04-02T08:00:03Z | Weather | 7 | Azure | ACSWeather"],
    );
    assert_eq!(
        repairs(&report),
        [
            (Repair::MissingComma, 1),
            (Repair::StrayComma, 1),
            (Repair::DuplicateKey, 1),
            (Repair::ByteOrderMark, 1),
            (Repair::CutFraction, 1),
            (Repair::Misfit, 1),
            (Repair::UnknownProperty, 2),
            (Repair::NoTime, 1),
        ]
    );
    let reasons: Vec<(u64, &str)> =
        report.rejects.iter().map(|reject| (reject.place.line, reject.reason.as_str())).collect();
    assert_eq!(
        reasons,
        [(7, "column 32: `o` where a name or `}` should be"), (8, "column 1: `not` where a value should be"),]
    );
    // The last line may still be written.
    assert_eq!(report.unfinished, 1);
    check(
        &rows(&catalog, "ACSCallSummary"),
        &["TimeGenerated", "CallType", "CallDuration", "AdditionalFields"],
        &[
            "2026-04-02T08:00:01Z | P2P | 7 | null",
            "2026-04-02T08:00:02Z |  | null | {\"colour\":\"blue\",\"depth\":{\"m\":3},\"CallDuration\":\"long\"}",
            "null | P2P | null | null",
        ],
    );
    let updates = rows(&catalog, "ACSCallSummaryUpdates");
    check(
        &updates,
        &["CallUpdatesVersion", "_ResourceId"],
        &["3 | /subscriptions/aaaa0000-0000-4000-8000-000000000001/resourcegroups/pier"],
    );
    check(&rows(&catalog, "ACSCallDiagnostics"), &["JitterAvg", "MediaType"], &["1 | Audio"]);
}

fn pretty_objects() {
    let (report, catalog, _folder) = ingested(&faults("pretty.json"));
    assert_eq!(tables(&report), [("ACSCallSurvey", 3)]);
    assert_eq!(report.rejects.len(), 1, "{report}");
    assert_eq!(
        (report.rejects[0].place.line, report.rejects[0].reason.as_str()),
        (12, "`tree` where a value should be")
    );
    assert!(report.rejects[0].text.starts_with('{') && report.rejects[0].text.ends_with("}\n  }"), "{report:?}");
    check(
        &rows(&catalog, "ACSCallSurvey"),
        &["TimeGenerated", "OverallRatingScore", "AdditionalFields"],
        &[
            "2026-05-25T17:43:25.746Z | 3 | null",
            "2026-04-03T08:00:01Z | 2 | {\"userAgent\":\"a \\\"quoted\\\" word\",\"path\":\"quay\\\\pier\"}",
            "2026-04-03T08:00:03Z | 1 | null",
        ],
    );
}

/// The records of the sample as one array, as `records` objects and over several lines give the sample's tables.
fn wrappings_make_no_difference() {
    let sample = root().join("tests/data/sample");
    let expected = everything(&DataCatalog::sample().unwrap());
    let mut lines = String::new();
    let mut files: Vec<_> = std::fs::read_dir(&sample).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files {
        lines.push_str(&std::fs::read_to_string(file).unwrap());
    }
    let records: Vec<&str> = lines.lines().collect();
    let pretty = records.iter().map(|record| {
        serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(record).unwrap()).unwrap()
    });
    for (name, text) in [
        ("lines", lines.clone()),
        ("lines of Windows", lines.replace('\n', "\r\n")),
        ("array", format!("[{}]", records.join(","))),
        ("array over lines", format!("[\n{}\n]\n", records.join(",\n"))),
        ("array without brackets", records.join(",\n")),
        ("records", format!("{{\"records\":[{}]}}", records.join(","))),
        ("two of records", records.chunks(90).map(|part| format!("{{\"records\":[{}]}}\n", part.join(","))).collect()),
        ("pretty", pretty.collect::<Vec<_>>().join("\n")),
        ("no separator", records.join("")),
        ("text between", format!("Here they are:\n\n{}", records.join("\n\nand another:\n\n"))),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("logs");
        std::fs::write(&file, text).unwrap();
        let catalog = DataCatalog::open(&[file]).unwrap();
        assert_eq!(catalog.notes(), [] as [String; 0], "{name}");
        assert!(everything(&catalog) == expected, "{name}: {:?}", catalog.info().unwrap());
    }
}

/// All rows of all tables.
pub(crate) fn everything(catalog: &DataCatalog) -> BTreeMap<String, Rows> {
    catalog.table_names().into_iter().map(|table| (table.clone(), rows(catalog, &table))).collect()
}

fn raw_and_ingested_are_equal() {
    for source in [root().join("tests/data/sample"), root().join("tests/data/faults")] {
        let raw = DataCatalog::open(std::slice::from_ref(&source)).unwrap();
        let (report, catalog, _folder) = ingested(&source);
        assert!(report.rows() > 10);
        let (raw, ingested) = (everything(&raw), everything(&catalog));
        assert_eq!(raw.keys().collect::<Vec<_>>(), ingested.keys().collect::<Vec<_>>());
        for (table, rows) in &raw {
            assert_eq!(rows, &ingested[table], "{table}");
            assert_eq!(report.tables[table], rows.len() as u64, "{table}");
        }
    }
    assert_eq!(
        everything(&DataCatalog::open(&[root().join("tests/data/sample")]).unwrap()),
        everything(&DataCatalog::sample().unwrap())
    );
}

fn rejects_are_kept_aside() {
    let (report, catalog, folder) = ingested(&faults("lines.jsonl"));
    let kept = std::fs::read_to_string(report.rejects_file.unwrap()).unwrap();
    let kept: Vec<serde_json::Value> = kept.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(kept.len(), 2);
    let text = std::fs::read(faults("lines.jsonl")).unwrap();
    let at = kept[0]["offset"].as_u64().unwrap() as usize;
    assert!(text[at..].starts_with(kept[0]["text"].as_str().unwrap().as_bytes()));
    assert!(!catalog.table_names().iter().any(|table| table.starts_with('_')));
    drop(folder);
}

fn adding_to_a_folder() {
    let into = tempfile::tempdir().unwrap();
    let sources = [faults("records.json"), faults("pretty.json")];
    let first = ingest(&sources[..1], into.path()).unwrap();
    assert_eq!((first.rows(), first.written, first.files), (2, 2, 1));
    ingest(&sources[1..], into.path()).unwrap();
    let both = DataCatalog::open(&[into.path().to_owned()]).unwrap();
    let raw = DataCatalog::open(&sources).unwrap();
    assert_eq!(everything(&both), everything(&raw));
    let info = both.info().unwrap();
    let survey = info.iter().find(|table| table.name == "ACSCallSurvey").unwrap();
    assert_eq!((survey.rows, survey.files), (4, 3));
    assert_eq!(walk(&into.path().join("_calypso/drafts")), [] as [PathBuf; 0]);
    assert!(ingest(&[into.path().join("nothing")], into.path()).is_err());
}

fn files_that_are_no_logs() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("Ships.csv", "Name,Length,Launched,Sails\nVega,31.5,1892-05-01,TRUE\n\"Stella, the old\",28,,\n");
    write("Ports.json", "[{\"name\":\"Bergen\",\"depth\":12},{\"name\":\"Oslo\",\"quays\":[1,2],\"depth\":11}]");
    write(
        "Tides.jsonl",
        "{\"at\":\"2026-03-02T09:00:00Z\",\"cm\":41}\n{\"at\":\"2026-03-02T15:00:00Z\",\"cm\":-12.5}\n",
    );
    write("notes.txt", "Nothing to see here.\n");
    let catalog = DataCatalog::open(&[folder.path().to_owned()]).unwrap();
    assert_eq!(catalog.notes(), [] as [String; 0]);
    assert_eq!(catalog.table_names(), ["Ports", "Ships", "Tides"]);
    let types = |table: &str| catalog.table(table).unwrap().iter().map(|(_, ty)| ty.name()).collect::<Vec<_>>();
    assert_eq!(types("Ships"), ["string", "real", "datetime", "bool"]);
    assert_eq!(types("Ports"), ["string", "long", "dynamic"]);
    assert_eq!(types("Tides"), ["datetime", "real"]);
    let ships = ["Vega | 31.5 | 1892-05-01T00:00:00Z | true", "Stella, the old | 28.0 | null | null"];
    check(&rows(&catalog, "Ships"), &["Name", "Length", "Launched", "Sails"], &ships);
    check(&rows(&catalog, "Ports"), &["name", "depth", "quays"], &["Bergen | 12 | null", "Oslo | 11 | [1,2]"]);
    let report = ingest(&[folder.path().join("Ships.csv")], &folder.path().join("into")).unwrap();
    assert_eq!((report.rows(), report.rejects.len()), (0, 1));
}

fn portal_export() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ACSCallSurvey.csv");
    let header = "\u{feff}\"TimeGenerated [UTC]\",SurveyId,OverallRatingScore,\"CallId\"";
    std::fs::write(&file, format!("{header}\n\"5/25/2026, 5:43:25.746 PM\",s1,4,c1\n,s2,,\n")).unwrap();
    let (report, catalog, _folder) = ingested(&file);
    assert_eq!(tables(&report), [("ACSCallSurvey", 2)]);
    let expected = ["2026-05-25T17:43:25.746Z | s1 | 4 | c1", "null | s2 | null | "];
    check(&rows(&catalog, "ACSCallSurvey"), &["TimeGenerated", "SurveyId", "OverallRatingScore", "CallId"], &expected);
    let raw = DataCatalog::open(&[file]).unwrap();
    assert_eq!(everything(&raw), everything(&catalog));
}

pub(crate) fn walk(folder: &Path) -> Vec<PathBuf> {
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

/// The samples of the public documentation, where they lie beside the package.
fn published_samples() {
    let seeds = root().join("../shared/seeds");
    let full = [
        ("ACSCallClientMediaStatsTimeSeries", 1),
        ("ACSCallClientOperations", 1),
        ("ACSCallDiagnostics", 7),
        ("ACSCallSummary", 9),
    ];
    let preview = [("ACSCallDiagnostics", 7), ("ACSCallSummary", 5)];
    let Ok(entries) = std::fs::read_dir(&seeds) else {
        println!("skipped: no published samples beside the package");
        return;
    };
    let files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    for (prefix, counts, blanks) in [("001-", &preview[..], 0), ("003-", &full[..], 1)] {
        let file = files.iter().find(|file| file.file_name().unwrap().to_string_lossy().starts_with(prefix)).unwrap();
        let (report, catalog, _folder) = ingested(file);
        assert_eq!(tables(&report), counts);
        assert_eq!(report.rejects, []);
        assert_eq!(report.repairs.count(Repair::MissingComma), 1);
        assert_eq!(report.repairs.count(Repair::Unterminated), 1);
        assert_eq!(report.repairs.count(Repair::BlanksAroundId), blanks);
        let summary = rows(&catalog, "ACSCallSummary");
        assert!(summary.iter().all(|row| row["CallDuration"] != "null" && row["ParticipantDuration"] != "null"));
        assert!(summary.iter().any(|row| row["CallType"] == "P2P" && row["ParticipantId"].is_empty()));
        let streams = rows(&catalog, "ACSCallDiagnostics");
        assert!(streams.iter().any(|row| row["PacketLossRateAvg"] == "0.00003146336"));
        assert!(streams.iter().all(|row| row["RoundTripTimeAvg"] != "null"));
    }
}
