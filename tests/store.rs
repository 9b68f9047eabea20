//! Adding to tables: each row once, whatever is read how often; of versions the latest; few files; and they last.

use std::path::Path;

use calypso::engine::DataCatalog;
use calypso::ingest::{Report, ingest};
use libtest_mimic::Trial;

use crate::ingest::{everything, rows, walk};
use crate::{root, trial};

/// One test per promise.
pub(crate) fn trials() -> Vec<Trial> {
    let tests: &[(&str, fn())] = &[
        ("what was read before is left out", what_is_known),
        ("a file that grows is read on from its end", growing),
        ("a file that changes is told and read anew", changing),
        ("a record that came in two ways is one row", two_ways),
        ("the latest version of a row stays", versions),
        ("many small files become few", many_files),
        ("rows over many days and small memory are all there", little_memory),
        ("records that cannot be read are kept aside once", rejects_once),
        ("what a killed run left is removed", leftovers),
        ("who reads keeps their files", readers),
        ("keys that are lost are made anew", lost_keys),
        ("the log does not grow", short_log),
        ("the report is there for programs", report_as_json),
    ];
    tests.iter().map(|(name, test)| trial(format!("store: {name}"), *test)).collect()
}

/// A raw record of a call; calls differ in their number, and lie ten minutes apart.
pub(crate) fn summary(call: usize) -> String {
    let (day, hour, minute) = (1 + call / 144, call / 6 % 24, call % 6 * 10);
    format!(
        "{{\"time\":\"2026-05-{day:02}T{hour:02}:{minute:02}:00Z\",\"category\":\"CallSummary\",\
         \"correlationId\":\"call-{call}\",\"properties\":{{\"callType\":\"P2P\",\"callDuration\":{call}}}}}\n"
    )
}

pub(crate) fn summaries(calls: std::ops::Range<usize>) -> String {
    calls.map(summary).collect()
}

fn write(folder: &Path, name: &str, text: &str) {
    std::fs::write(folder.join(name), text).unwrap();
}

/// Ingests the folder `in` into `out`.
fn run(folder: &Path) -> Report {
    ingest(&[folder.join("in")], &folder.join("out")).unwrap()
}

fn open(folder: &Path) -> DataCatalog {
    let catalog = DataCatalog::open(&[folder.join("out")]).unwrap();
    assert_eq!(catalog.notes(), [] as [String; 0]);
    catalog
}

/// The numbers of the calls that are there, in order.
pub(crate) fn calls(catalog: &DataCatalog) -> Vec<usize> {
    let rows = rows(catalog, "ACSCallSummary");
    let mut calls: Vec<usize> =
        rows.iter().map(|row| row["CorrelationId"].strip_prefix("call-").unwrap().parse().unwrap()).collect();
    calls.sort_unstable();
    calls
}

fn data_files(folder: &Path) -> usize {
    let is_data = |path: &&std::path::PathBuf| path.extension().is_some_and(|extension| extension == "parquet");
    walk(&folder.join("out")).iter().filter(is_data).count()
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("in")).unwrap();
    folder
}

fn what_is_known() {
    let folder = folder();
    let folder = folder.path();
    write(folder, "in/a.json", &summaries(0..20));
    let report = run(folder);
    assert_eq!((report.rows(), report.files, report.known), (20, 1, 0));
    let before = walk(&folder.join("out"));
    let report = run(folder);
    assert_eq!((report.rows(), report.files, report.known, report.written), (0, 0, 1, 0));
    assert_eq!(walk(&folder.join("out")), before);
    write(folder, "in/b.json", &summaries(0..20));
    let report = run(folder);
    assert_eq!((report.rows(), report.files, report.known), (0, 0, 2));
    // Another file with some of the same rows, twice.
    write(folder, "in/c.json", &(summaries(15..25) + &summaries(15..25)));
    let report = run(folder);
    assert_eq!((report.rows(), report.files, report.known, report.duplicates), (5, 1, 2, 15));
    assert_eq!(calls(&open(folder)), (0..25).collect::<Vec<_>>());
}

fn growing() {
    let folder = folder();
    let folder = folder.path();
    let all = summaries(0..30);
    let cut = all.len() / 2;
    write(folder, "in/PT1H.json", &all[..cut]);
    let first = run(folder);
    assert_eq!((first.unfinished, first.rejected, first.files), (1, 0, 1));
    // Nothing but a few more bytes of the same line.
    write(folder, "in/PT1H.json", &all[..cut + 3]);
    let none = run(folder);
    assert_eq!((none.known, none.files, none.rows()), (1, 0, 0));
    write(folder, "in/PT1H.json", &(all.clone() + "{\"category\":\"Weather\"}\n"));
    let second = run(folder);
    assert_eq!((second.grown, second.duplicates, second.unfinished), (1, 0, 0));
    assert_eq!(first.rows() + second.rows(), 30);
    // Places are those of the whole file.
    assert_eq!((second.rejects[0].place.line, second.rejects[0].place.offset), (31, all.len() as u64));
    assert_eq!(calls(&open(folder)), (0..30).collect::<Vec<_>>());
}

fn changing() {
    let folder = folder();
    let folder = folder.path();
    write(folder, "in/a.json", &summaries(0..10));
    run(folder);
    write(folder, "in/a.json", &summaries(8..12));
    let report = run(folder);
    assert_eq!((report.changed, report.rows(), report.duplicates), (1, 2, 2));
    write(folder, "in/a.json", &summaries(0..2));
    let report = run(folder);
    assert_eq!((report.changed, report.rows(), report.duplicates), (1, 0, 2));
    assert_eq!(calls(&open(folder)), (0..12).collect::<Vec<_>>());
}

fn two_ways() {
    let folder = folder();
    let folder = folder.path();
    write(folder, "in/raw.json", &summary(7));
    let exported = "{\"TenantId\":\"t\",\"TimeGenerated\":\"2026-05-01T01:10:00Z\",\"CorrelationId\":\"call-7\",\
                    \"CallType\":\"P2P\",\"CallDuration\":7,\"Category\":\"CallSummary\",\"Type\":\"ACSCallSummary\"}\n";
    write(folder, "in/exported.json", exported);
    let report = run(folder);
    assert_eq!((report.rows(), report.duplicates), (1, 1));
    let raw = DataCatalog::open(&[folder.join("in")]).unwrap();
    assert_eq!(calls(&raw), [7]);
}

fn versions() {
    let folder = folder();
    let folder = folder.path();
    let update = |call: &str, version: u32, day: u32| {
        format!(
            "{{\"time\":\"2026-05-{day:02}T00:00:00Z\",\"category\":\"CallSummary\",\"correlationId\":\"{call}\",\
             \"properties\":{{\"callupdatesversion\":\"{version}\",\"participantId\":\"p\"}}}}\n"
        )
    };
    let latest = || {
        let rows = rows(&open(folder), "ACSCallSummaryUpdates");
        let mut rows: Vec<String> =
            rows.iter().map(|row| format!("{} {}", row["CorrelationId"], row["CallUpdatesVersion"])).collect();
        rows.sort();
        rows
    };
    write(folder, "in/1.json", &(update("a", 1, 1) + &update("b", 3, 1) + &update("a", 2, 2)));
    let report = run(folder);
    assert_eq!((report.rows(), report.superseded, report.duplicates), (2, 1, 0));
    assert_eq!(latest(), ["a 2", "b 3"]);
    write(folder, "in/2.json", &(update("a", 3, 3) + &update("b", 2, 3) + &update("c", 1, 3)));
    let report = run(folder);
    assert_eq!((report.rows(), report.superseded), (2, 2));
    assert_eq!(latest(), ["a 3", "b 3", "c 1"]);
    // An old version that comes again in another file is old still.
    write(folder, "in/3.json", &(update("a", 1, 1) + &update("a", 3, 3)));
    let report = run(folder);
    assert_eq!((report.rows(), report.superseded, report.duplicates), (0, 1, 1));
    assert_eq!(latest(), ["a 3", "b 3", "c 1"]);
    assert_eq!(rows(&DataCatalog::open(&[folder.join("in")]).unwrap(), "ACSCallSummaryUpdates").len(), 3);
}

fn many_files() {
    let folder = folder();
    let folder = folder.path();
    let mut merged = 0;
    for hour in 0..24 {
        write(folder, &format!("in/{hour}.json"), &summaries(hour * 6..hour * 6 + 7));
        merged += run(folder).merged;
    }
    assert!(merged >= 16, "{merged}");
    assert!(data_files(folder) < 12, "{} files", data_files(folder));
    assert_eq!(calls(&open(folder)), (0..145).collect::<Vec<_>>());
    let raw = DataCatalog::open(&[folder.join("in")]).unwrap();
    assert_eq!(everything(&open(folder)), everything(&raw));
}

fn little_memory() {
    use calypso::ingest::sink::{Begin, Complete, End, Sink, Source};
    use calypso::ingest::store::Store;
    use datafusion::arrow::array::{ArrayRef, RecordBatch, StringViewArray, TimestampNanosecondArray};
    let folder = folder();
    let out = folder.path().join("out");
    let store = Store::open(&out, &|| {}).unwrap().with_most_kept(20_000);
    let Begin::Read { id, fingerprint, .. } = store.begin(&Source::default(), None).unwrap() else { panic!() };
    let batch = |from: i64| {
        let numbers = from..from + 500;
        let times = numbers.clone().map(|n| Some(n * 3_600_000_000_000)).collect::<TimestampNanosecondArray>();
        let texts: StringViewArray = numbers.map(|n| Some(format!("number {n} with a long name"))).collect();
        let times: ArrayRef = std::sync::Arc::new(times.with_timezone("UTC"));
        RecordBatch::try_from_iter([("TimeGenerated", times), ("x", std::sync::Arc::new(texts))]).unwrap()
    };
    // Every row comes twice, some time apart.
    for from in (0..2000).step_by(250) {
        store.rows(id, "Own/table", batch(from)).unwrap();
    }
    let end = End {
        bytes: 1,
        complete: Complete::Whole,
        fingerprint,
        repairs: Default::default(),
        surplus: Default::default(),
    };
    store.end(id, end).unwrap();
    store.commit().unwrap();
    store.compact().unwrap();
    let report = store.report();
    assert_eq!((report.rows(), report.duplicates), (2250, 1750));
    drop(store);
    let catalog = open(folder.path());
    let info = &catalog.info().unwrap()[0];
    assert_eq!((info.name.as_str(), info.rows), ("Own/table", 2250));
    assert_eq!(rows(&catalog, "Own/table").len(), 2250);
}

fn rejects_once() {
    let folder = folder();
    let folder = folder.path();
    write(folder, "in/a.json", "{\"category\":\"Weather\",\"n\":1}\n{\"category\":\"Weather\",\"n\":2}\n");
    assert_eq!(run(folder).rejected, 2);
    let kept = || std::fs::read_to_string(folder.join("out/_rejects.jsonl")).unwrap().lines().count();
    assert_eq!(kept(), 2);
    assert_eq!(run(folder).rejected, 0);
    // The file begins otherwise, so all of it is read anew.
    write(folder, "in/a.json", "{\"category\":\"Weather\",\"n\":1}\n{\"category\":\"Weather\",\"n\":3}\n");
    assert_eq!(run(folder).rejected, 2);
    assert_eq!(kept(), 3);
}

fn leftovers() {
    let folder = folder();
    let folder = folder.path();
    write(folder, "in/a.json", &summaries(0..5));
    run(folder);
    let before = walk(&folder.join("out"));
    let stray = "out/ACSCallSummary/day=2026-05-01/calypso-00000000000000000000000000000000.parquet";
    write(folder, stray, "torn");
    write(folder, "out/_calypso/drafts/calypso-00000000000000000000000000000000.parquet", "torn");
    write(folder, "out/_rejects.jsonl", "{\"file\":");
    // Nobody sees it, and the next run removes it.
    assert_eq!(calls(&open(folder)), (0..5).collect::<Vec<_>>());
    run(folder);
    assert!(!folder.join(stray).exists());
    std::fs::remove_file(folder.join("out/_rejects.jsonl")).unwrap();
    assert_eq!(walk(&folder.join("out")), before);
}

fn readers() {
    let folder = folder();
    let folder = folder.path();
    for part in 0..7 {
        write(folder, &format!("in/{part}.json"), &summary(part));
        run(folder);
    }
    let old = open(folder);
    write(folder, "in/7.json", &summary(7));
    assert_eq!(run(folder).merged, 8);
    assert_eq!(calls(&old), (0..7).collect::<Vec<_>>());
    assert_eq!(calls(&open(folder)), (0..8).collect::<Vec<_>>());
    assert_eq!(data_files(folder), 9);
    drop(old);
    run(folder);
    assert_eq!(data_files(folder), 1);
}

fn lost_keys() {
    let folder = folder();
    let folder = folder.path();
    write(folder, "in/a.json", &summaries(0..10));
    run(folder);
    std::fs::remove_dir_all(folder.join("out/_calypso/keys")).unwrap();
    write(folder, "in/b.json", &summaries(5..15));
    let report = run(folder);
    assert_eq!((report.rows(), report.duplicates), (5, 5));
}

fn short_log() {
    let folder = folder();
    let folder = folder.path();
    for part in 0..45 {
        write(folder, "in/a.json", &summaries(0..part + 1));
        assert_eq!(run(folder).rows(), 1);
    }
    assert!(walk(&folder.join("out/_calypso/log")).len() <= 22);
    assert_eq!(run(folder).known, 1);
    assert_eq!(calls(&open(folder)), (0..45).collect::<Vec<_>>());
}

fn report_as_json() {
    let folder = folder();
    std::fs::copy(root().join("tests/data/faults/lines.jsonl"), folder.path().join("in/lines.jsonl")).unwrap();
    let report = run(folder.path());
    let json = report.to_json();
    assert_eq!(json["rows"], report.rows());
    assert_eq!(json["tables"]["ACSCallSummary"], 3);
    assert_eq!(json["files"]["unfinished"], 1);
    assert_eq!(json["repairs"]["stray comma"], serde_json::Value::Null);
    assert_eq!(json["repairs"]["comma with nothing behind it"], 1);
    assert_eq!((json["rejected"].as_u64(), json["rejects"][0]["line"].as_u64()), (Some(2), Some(7)));
    assert!(!report.is_complete());
}
