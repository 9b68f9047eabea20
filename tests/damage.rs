//! Damaged inputs: each ends with a report that says what is wrong, and none with a crash.

use std::io::Write;

use calypso::engine::DataCatalog;
use calypso::ingest::{Report, ingest};
use libtest_mimic::Trial;

use crate::trial;

/// One test per kind of damage.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("damage: what is no log", no_logs),
        trial("damage: what is no text", no_text),
        trial("damage: values that are too much", too_much),
        trial("damage: packed files", packed),
        trial("damage: cut anywhere", cut_anywhere),
        trial("damage: what is unpacked without end", bombs),
    ]
}

/// Ingests a file and opens it. The reports name it and the place.
fn read(name: &str, bytes: &[u8]) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(name);
    std::fs::write(&file, bytes).unwrap();
    DataCatalog::open(std::slice::from_ref(&file)).unwrap();
    let report = ingest(std::slice::from_ref(&file), &folder.path().join("into")).unwrap();
    for reject in &report.rejects {
        assert!(reject.file.starts_with(&file) || reject.file == file.with_extension(""), "{reject}");
        assert!(reject.place.line > 0 && !reject.reason.is_empty(), "{reject:?}");
    }
    report
}

/// Checks how many rows there are, and the reasons of the rejects.
fn check(bytes: impl AsRef<[u8]>, rows: u64, reasons: &[&str]) {
    let report = read("x", bytes.as_ref());
    let got: Vec<&str> = report.rejects.iter().map(|reject| reject.reason.as_str()).collect();
    assert_eq!(got.len(), reasons.len(), "{report}");
    for (got, expected) in got.iter().zip(reasons) {
        assert!(got.contains(expected), "`{got}` instead of `{expected}`");
    }
    // Equal rows are kept once, and counted.
    assert_eq!(report.rows() + report.duplicates, rows, "{report}");
}

const RECORD: &str = r#"{"time":"2026-04-02T08:00:00Z","category":"CallSummary","properties":{"callDuration":5}}"#;

fn no_logs() {
    check("", 0, &[]);
    check("\n\n \r\n", 0, &[]);
    check("\u{feff}", 0, &[]);
    check("null", 0, &[]);
    check("Nothing to see here.\n", 0, &[]);
    check("[]", 0, &[]);
    check("{}", 0, &["neither"]);
    check("[1, \"two\"]", 0, &["no object", "no object"]);
    check(format!("[1,\n{RECORD}\n]"), 1, &["no object"]);
    check("{\"records\":[]}", 0, &[]);
    check("{\"tables\":[]}", 0, &[]);
    check(
        "{\"error\":{\"code\":\"BadArgumentError\",\"message\":\"no such table\"}}",
        0,
        &["BadArgumentError: no such table"],
    );
    check(
        r#"{"tables":[{"name":"PrimaryResult","columns":[{"name":"Type","type":"string"}],"rows":[["ACSCallSummary"],["a","b"],7]}],"error":{"code":"PartialError","message":"part","details":[{"code":"E","message":"deep"}]}}"#,
        1,
        &["a row of more than 1 cells", "no object", "PartialError: part; E: deep"],
    );
    check("a,b\n1,2\n3,4\n", 0, &["neither the rows nor the name"]);
}

fn no_text() {
    check(b"\x89PNG\r\n\x1a\n\0\0\0", 0, &["not a text file"]);
    check(b"MZ\0\0", 0, &["not a text file"]);
    check(b"BZh91AY", 0, &["bzip2"]);
    check([0xff; 64], 0, &["broken"]);
    check(b"\xff\xfe", 0, &[]);
    check(b"\xff\xfe{", 0, &[]);
    let latin = RECORD.replace("CallSummary", "CallSummary\",\"operationName\":\"M\u{e9}t\u{e9}o");
    check(latin.chars().map(|c| c as u8).collect::<Vec<_>>(), 1, &[]);
    // Text in the wrong byte order is no text at all.
    let swapped: Vec<u8> = RECORD.encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert_eq!(read("x", &[b"\xff\xfe".to_vec(), swapped].concat()).rows(), 0);
}

fn too_much() {
    check("[".repeat(1_000_000), 0, &[]);
    check("{\"a\":".repeat(100_000), 0, &["nested deeper"]);
    check(format!("{RECORD}\n{}\n{RECORD}\n", "{\"a\":".repeat(100_000)), 2, &["nested deeper"]);
    let value = |value: &str| RECORD.replace('5', value);
    check(value(&"9".repeat(100_000)), 1, &[]);
    check(value("1e999999999"), 1, &[]);
    check(value("-0"), 1, &[]);
    check(value("5,\"callDuration\":6,\"CALLDURATION\":\"7\""), 1, &[]);
    let names: String = (0..30_000).map(|n| format!(",\"n{n}\":1")).collect();
    check(value(&format!("5{names}")), 1, &[]);
    let categories: String =
        (0..150).map(|n| format!("{}\n", RECORD.replace("CallSummary", &format!("New{n}")))).collect();
    check(categories, 100, &["more than 100 categories"; 50]);
    let long = format!("{{\"a\":\"{}\"}}", "x".repeat(70 << 20));
    let report = read("x", format!("{RECORD}\n{long}\n{RECORD}\n").as_bytes());
    assert_eq!(report.rows() + report.duplicates, 2);
    assert_eq!((report.rejects[0].place.line, report.rejects[0].reason.as_str()), (2, "longer than 64 MB"));
    assert!(report.rejects[0].text.len() < 2_000);
    let report = read("x", format!("[{RECORD},\n{long},\n{RECORD}]").as_bytes());
    let rows = report.rows() + report.duplicates;
    assert_eq!((rows, report.rejects[0].reason.as_str()), (2, "longer than 64 MB"), "{report}");
    let report = read("ACSCallSurvey.csv", format!("SurveyId,CallId\na,b\nc,\"{}", "x,\n".repeat(30 << 20)).as_bytes());
    assert_eq!((report.rows(), report.rejects.len()), (1, 1), "{report}");
    assert!(report.rejects[0].reason.contains("64 MB"));
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

fn zip(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    archive.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    archive.write_all(bytes).unwrap();
    archive.finish().unwrap().into_inner()
}

fn packed() {
    let lines = format!("{RECORD}\n").repeat(1_000);
    let gz = gzip(lines.as_bytes());
    let report = read("x.json.gz", &gz[..gz.len() / 2]);
    assert!(report.rows() > 0 && !report.rejects.is_empty(), "{report}");
    check(b"\x1f\x8b", 0, &[""]);
    check(b"\x1f\x8b\x08garbage", 0, &[""]);
    check(b"\x28\xb5\x2f\xfdgarbage", 0, &[""]);
    check(b"PK\x03\x04garbage", 0, &["archive is broken"]);
    check(b"PAR1PAR1", 0, &["broken"]);
    check(b"PAR1 and then nothing of the kind", 0, &["broken"]);
    check(b"ARROW1\0\0", 0, &["broken"]);
    check(b"Obj\x01", 0, &[""]);
    check(b"Obj\x01\x02\x16avro.schema\x04{}\0", 0, &[""]);
    let report = read("x.zip", &zip("../../a/b.json", format!("{RECORD}\nnot json\n").as_bytes()));
    assert_eq!((report.rows(), report.rejects.len()), (1, 1));
    assert!(report.rejects[0].file.ends_with("x.zip/1"), "{}", report.rejects[0]);
    let report = read("x.zip", &zip("a/b.json", b"{\"category\":\nnot json\n"));
    assert!(report.rejects[0].file.ends_with("x.zip/a/b.json"), "{}", report.rejects[0]);
}

/// Every format, cut off or with one byte changed, anywhere.
fn cut_anywhere() {
    let lines = format!("{RECORD}\n").repeat(20);
    let mut parquet = Vec::new();
    let batch = datafusion::arrow::array::RecordBatch::try_from_iter([(
        "Type",
        std::sync::Arc::new(datafusion::arrow::array::StringArray::from(vec!["ACSCallSummary"; 50])) as _,
    )])
    .unwrap();
    let mut writer = datafusion::parquet::arrow::ArrowWriter::try_new(&mut parquet, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    let avro =
        [b"Obj\x01\x02\x16avro.schema\x0c\"long\"\0".to_vec(), vec![7; 16], vec![4, 4, 2, 4], vec![7; 16]].concat();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x");
    let mut state = 11usize;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for whole in [
        gzip(lines.as_bytes()),
        zstd::encode_all(lines.as_bytes(), 1).unwrap(),
        zip("a", lines.as_bytes()),
        parquet,
        avro,
    ] {
        for round in 0..60 {
            let mut bytes = whole.clone();
            match round % 2 {
                0 => bytes.truncate(next(whole.len())),
                _ => {
                    let at = next(whole.len());
                    bytes[at] ^= 1 << next(8);
                }
            }
            std::fs::write(&file, bytes).unwrap();
            DataCatalog::open(std::slice::from_ref(&file)).unwrap();
        }
    }
}

fn bombs() {
    // A hundred megabytes of nothing from a tenth of one.
    let nothing = vec![b' '; 1 << 20];
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..100 {
        packed.write_all(&nothing).unwrap();
    }
    let packed = packed.finish().unwrap();
    check(&packed, 0, &["of more than 64 MB"]);
    let text = RECORD.replace("5", &format!("5,\"callType\":\"{}\"", "a".repeat(1 << 20))).replace("}}", "}}\n");
    let mut lines = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..100 {
        lines.write_all(text.as_bytes()).unwrap();
    }
    let report = read("x.gz", &lines.finish().unwrap());
    assert!(report.rejects.iter().any(|reject| reject.reason.contains("500 times its size")), "{report}");
    let mut nested = zip("a", RECORD.as_bytes());
    for _ in 0..8 {
        nested = zip("a", &nested);
    }
    check(&nested, 0, &["packed more than 5 times"]);
}
