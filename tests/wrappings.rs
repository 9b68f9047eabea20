//! Every wrapping of every table that it can carry gives the same tables.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use calypso::engine::DataCatalog;
use calypso::ingest::ingest;
use calypso::tables::{TABLES, TableDef};
use calypso::types::Type;
use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray};
use datafusion::arrow::ipc::writer::{FileWriter, StreamWriter};
use datafusion::parquet::arrow::ArrowWriter;
use flate2::write::{DeflateEncoder, GzEncoder};
use libtest_mimic::Trial;
use serde_json::{Map, Value, json};

use crate::ingest::everything;
use crate::trial;

/// One test per family of wrappings.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("wrappings: raw records", raw_records),
        trial("wrappings: rows of the workspace", workspace_rows),
        trial("wrappings: packed files", packed_files),
        trial("wrappings: messages in Avro", messages_in_avro),
        trial("wrappings: results of queries", query_results),
        trial("wrappings: tables as text", tables_as_text),
        trial("wrappings: files of columns", files_of_columns),
        trial("wrappings: unknown columns are kept in each", unknown_columns),
        trial("wrappings: a large file in many blocks", large_files),
    ]
}

/// Rows of each table.
const ROWS: usize = 3;

const RESOURCE: &str = "/subscriptions/aaaa0000-0000-4000-8000-000000000001/resourcegroups/pier/providers/\
                        microsoft.communication/communicationservices/harbour";

/// The rows of a table in the shape of the workspace, with all columns.
fn rows(table: &TableDef) -> Vec<Map<String, Value>> {
    let cell = |name: &str, ty: Type, row: usize| match (name, ty) {
        ("TimeGenerated", _) => json!(format!("2026-05-25T17:4{row}:25.7460000Z")),
        ("_ResourceId", _) => json!(RESOURCE),
        ("_SubscriptionId", _) => json!("aaaa0000-0000-4000-8000-000000000001"),
        ("SourceSystem", _) => json!("Azure"),
        ("Type", _) => json!(table.name),
        ("Category", _) => json!(table.category),
        ("OperationName", _) => json!(format!("Operation{row}")),
        (_, Type::Bool) => json!(row.is_multiple_of(2)),
        (_, Type::Int | Type::Long) => json!(row * 70),
        (_, Type::Real) => json!(row as f64 + 0.25),
        (_, Type::DateTime) => json!(format!("2026-05-2{row}T09:30:00.0000000Z")),
        (_, Type::TimeSpan) => json!(format!("00:0{row}:00")),
        (_, Type::Guid) => json!(format!("7e000000-0000-4000-8000-00000000000{row}")),
        (_, Type::Dynamic) => json!({"a": [row, "b"], "c": {"d": null}}),
        (_, Type::Decimal | Type::String | Type::Unknown) => json!(format!("{row}, \"ä\"; {} {name}", table.name)),
    };
    let columns =
        |row| table.columns.iter().map(move |column| (column.name.to_owned(), cell(column.name, column.ty, row)));
    (0..ROWS).map(|row| columns(row).collect()).collect()
}

/// The same as diagnostic settings write it.
fn raw(table: &TableDef, row: &Map<String, Value>) -> Value {
    let mut record = json!({"time": row["TimeGenerated"], "resourceId": RESOURCE.to_uppercase()});
    record["category"] = json!(table.category);
    let mut properties = Map::new();
    for (name, value) in row {
        match name.as_str() {
            "OperationName" => record["operationName"] = value.clone(),
            "TimeGenerated" | "_ResourceId" | "_SubscriptionId" | "SourceSystem" | "Type" | "Category" => {}
            _ => drop(properties.insert(name[..1].to_lowercase() + &name[1..], value.clone())),
        }
    }
    record["properties"] = Value::Object(properties);
    record
}

fn raw_lines() -> Vec<String> {
    TABLES
        .iter()
        .flat_map(|table| rows(table).iter().map(|row| raw(table, row).to_string()).collect::<Vec<_>>())
        .collect()
}

fn workspace_lines() -> Vec<String> {
    let lines = |table: &&'static TableDef| rows(table).into_iter().map(|row| Value::Object(row).to_string());
    TABLES.iter().flat_map(lines).collect()
}

/// Checks that files give all tables, both when they are queried where they lie and when they are ingested.
fn check(what: &str, files: &[(String, Vec<u8>)]) {
    let folder = tempfile::tempdir().unwrap();
    let logs = folder.path().join("logs");
    std::fs::create_dir(&logs).unwrap();
    for (name, bytes) in files {
        std::fs::write(logs.join(name), bytes).unwrap();
    }
    let catalog = DataCatalog::open(std::slice::from_ref(&logs)).unwrap();
    assert_eq!(catalog.notes(), [] as [String; 0], "{what}");
    compare(what, &catalog);
    let into = folder.path().join("into");
    let report = ingest(&[logs], &into).unwrap();
    assert_eq!((report.rows(), report.rejects.len()), ((TABLES.len() * ROWS) as u64, 0), "{what}: {report}");
}

fn compare(what: &str, catalog: &DataCatalog) {
    let expected = tempfile::tempdir().unwrap();
    let file = expected.path().join("expected.jsonl");
    std::fs::write(&file, workspace_lines().join("\n")).unwrap();
    let expected = everything(&DataCatalog::open(&[file]).unwrap());
    let got = everything(catalog);
    assert_eq!(got.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{what}");
    for (table, rows) in &expected {
        assert_eq!(&got[table], rows, "{what}: {table}");
    }
}

fn one(name: &str, bytes: impl Into<Vec<u8>>) -> Vec<(String, Vec<u8>)> {
    vec![(name.to_owned(), bytes.into())]
}

fn pretty(lines: &[String]) -> Vec<String> {
    let pretty = |line: &String| serde_json::to_string_pretty(&serde_json::from_str::<Value>(line).unwrap()).unwrap();
    lines.iter().map(pretty).collect()
}

fn raw_records() {
    let lines = raw_lines();
    check("lines", &one("PT1H.json", lines.join("\n")));
    check("lines of Windows with a mark", &one("PT1H.json", format!("\u{feff}{}\r\n", lines.join("\r\n"))));
    check("old archives", &one("old.json", format!("{{\"records\":[{}]}}", lines.join(","))));
    check(
        "old archives over lines",
        &one("old.json", format!("{{ \"records\": [\n{}\n]}}\n", pretty(&lines).join(",\n"))),
    );
    let messages: Vec<String> = lines.chunks(5).map(|part| format!("{{\"records\":[{}]}}", part.join(","))).collect();
    check("messages", &one("messages.json", messages.join("\n")));
    check("an array of messages", &one("messages.json", format!("[{}]", messages.join(","))));
    check("an array", &one("logs.json", format!("[{}]", lines.join(","))));
    check("pretty", &one("logs.json", pretty(&lines).join("\n")));
    let wide: Vec<u8> = lines.join("\n").encode_utf16().flat_map(u16::to_le_bytes).collect();
    check("UTF-16", &one("logs.json", [b"\xff\xfe".to_vec(), wide].concat()));
}

fn workspace_rows() {
    let lines = workspace_lines();
    check("export rules", &one("PT05M.json", lines.join("\n")));
    check("export rules to a hub", &one("hub.json", format!("{{\"records\":[{}]}}", lines.join(","))));
    // The command line client: all values are text, and the result's name is added.
    let rows = lines.iter().map(|line| {
        let mut row: Map<String, Value> = serde_json::from_str(line).unwrap();
        for value in row.values_mut().filter(|value| !value.is_string()) {
            *value = json!(value.to_string());
        }
        row.insert("TableName".to_owned(), json!("PrimaryResult"));
        Value::Object(row)
    });
    let rows: Vec<Value> = rows.collect();
    check("the command line", &one("rows.json", serde_json::to_string_pretty(&rows).unwrap()));
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

fn zip(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(bytes).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn packed_files() {
    let lines = raw_lines();
    let (first, second) = lines.split_at(lines.len() / 2);
    let (first, second) = (first.join("\n").into_bytes(), format!("[{}]", second.join(",")).into_bytes());
    let whole = lines.join("\n").into_bytes();
    check("gzip", &one("logs", gzip(&whole)));
    check(
        "gzip, two members",
        &one("logs.gz", [gzip(&whole[..whole.len() / 2]), gzip(&whole[whole.len() / 2..])].concat()),
    );
    check("zstd", &one("logs", zstd::encode_all(&whole[..], 1).unwrap()));
    let inner = zip(&[("b.json", second.clone())]);
    check(
        "zip",
        &one("logs", zip(&[("a/one.jsonl.gz", gzip(&first)), ("__MACOSX/a", vec![0; 9]), ("two.zip", inner)])),
    );
    check("gzip of gzip", &one("logs.gz", gzip(&gzip(&whole))));
}

/// A container file with messages as event hubs capture them.
fn capture(bodies: &[String], codec: &str) -> Vec<u8> {
    let schema = r#"{"type":"record","name":"EventData","namespace":"Microsoft.ServiceBus.Messaging","fields":[
        {"name":"SequenceNumber","type":"long"},{"name":"Offset","type":"string"},
        {"name":"SystemProperties","type":{"type":"map","values":["long","double","string","bytes"]}},
        {"name":"Body","type":["null","bytes"]}]}"#;
    let long = |number: i64, out: &mut Vec<u8>| {
        let mut zigzag = ((number << 1) ^ (number >> 63)) as u64;
        while zigzag > 0x7f {
            out.push(zigzag as u8 | 0x80);
            zigzag >>= 7;
        }
        out.push(zigzag as u8);
    };
    let text = |text: &[u8], out: &mut Vec<u8>| {
        long(text.len() as i64, out);
        out.extend_from_slice(text);
    };
    let mut file = b"Obj\x01".to_vec();
    long(2, &mut file);
    for (key, value) in [("avro.schema", schema), ("avro.codec", codec)] {
        text(key.as_bytes(), &mut file);
        text(value.as_bytes(), &mut file);
    }
    long(0, &mut file);
    file.extend_from_slice(&[7; 16]);
    for (at, bodies) in bodies.chunks(4).enumerate() {
        let mut block = Vec::new();
        for body in bodies {
            long(at as i64 - 1, &mut block);
            text(b"9", &mut block);
            long(1, &mut block);
            text(b"x-opt-key", &mut block);
            long(2, &mut block);
            text(b"value", &mut block);
            long(0, &mut block);
            long(1, &mut block);
            text(body.as_bytes(), &mut block);
        }
        let packed = match codec {
            "deflate" => {
                let mut packed = DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
                packed.write_all(&block).unwrap();
                packed.finish().unwrap()
            }
            "snappy" => [snap::raw::Encoder::new().compress_vec(&block).unwrap(), vec![0; 4]].concat(),
            _ => block,
        };
        long(bodies.len() as i64, &mut file);
        text(&packed, &mut file);
        file.extend_from_slice(&[7; 16]);
    }
    file
}

fn messages_in_avro() {
    let bodies: Vec<String> =
        raw_lines().chunks(3).map(|part| format!("{{\"records\":[{}]}}", part.join(","))).collect();
    for codec in ["null", "deflate", "snappy"] {
        check(codec, &one("38.avro", capture(&bodies, codec)));
    }
    let pretty = pretty(&bodies);
    check("bodies over several lines", &one("38.avro", capture(&pretty, "null")));
}

/// A result as the service answers it: dynamic values and numbers of decimals are text.
fn result(table: &TableDef, with: impl Fn(&str) -> bool) -> Value {
    let columns: Vec<_> = table.columns.iter().filter(|column| with(column.name)).collect();
    let cell = |value: &Value| if value.is_object() { json!(value.to_string()) } else { value.clone() };
    let rows = rows(table);
    let rows = rows.iter().map(|row| columns.iter().map(|column| cell(&row[column.name])).collect::<Vec<_>>());
    json!({
        "name": "PrimaryResult",
        "columns": columns.iter().map(|column| json!({"name": column.name, "type": column.ty.name()})).collect::<Vec<_>>(),
        "rows": rows.collect::<Vec<_>>(),
    })
}

fn query_results() {
    let all = |_: &str| true;
    let body = |table: &TableDef| json!({"tables": [result(table, all)], "statistics": {"query": {"time": 1}}});
    let files: Vec<_> =
        TABLES.iter().map(|table| (format!("{}.r.json", table.name), body(table).to_string().into_bytes())).collect();
    check("results", &files);
    let pretty = |value: Value| serde_json::to_string_pretty(&value).unwrap().into_bytes();
    let responses =
        TABLES.iter().enumerate().map(|(at, table)| json!({"id": at.to_string(), "status": 200, "body": body(table)}));
    let batch = json!({"responses": responses.collect::<Vec<_>>()});
    check("a batch", &one("batch.json", batch.to_string()));
    check("a batch over lines", &one("batch.json", pretty(batch)));
    let unnamed = |name: &str| name != "Type";
    let files = TABLES
        .iter()
        .map(|table| (format!("{}.json", table.name), pretty(json!({"tables": [result(table, unnamed)]}))));
    check("results named after their table", &files.collect::<Vec<_>>());
}

/// A table as text, with the cells as the portal or a spreadsheet writes them.
fn csv(table: &TableDef, separator: u8, is_portal: bool) -> Vec<u8> {
    let mut out = csv::WriterBuilder::new().delimiter(separator).from_writer(if is_portal {
        "\u{feff}".into()
    } else {
        Vec::new()
    });
    let columns = || table.columns.iter().filter(|column| column.name != "Type" || !is_portal);
    let name = |name: &str, ty: Type| {
        if is_portal && ty == Type::DateTime { format!("{name} [UTC]") } else { name.to_owned() }
    };
    out.write_record(columns().map(|column| name(column.name, column.ty))).unwrap();
    for row in rows(table) {
        let cells = columns().map(|column| match &row[column.name] {
            Value::String(text) if is_portal && column.ty == Type::DateTime => local(text),
            Value::String(text) => text.clone(),
            Value::Bool(truth) if is_portal => truth.to_string().to_uppercase(),
            other => other.to_string(),
        });
        out.write_record(cells).unwrap();
    }
    out.into_inner().unwrap()
}

/// `2026-05-25T17:43:25.7460000Z` as `5/25/2026, 5:43:25.746 PM`.
fn local(time: &str) -> String {
    let number = |range: std::ops::Range<usize>| time[range].parse::<u32>().unwrap();
    let (hour, half) = if number(11..13) >= 12 { (number(11..13) - 12, "PM") } else { (number(11..13), "AM") };
    format!("{}/{}/2026, {hour}:{}.{} {half}", number(5..7), number(8..10), &time[14..19], &time[20..23])
}

fn tables_as_text() {
    let files = |name: &str, separator: u8, is_portal: bool| -> Vec<(String, Vec<u8>)> {
        TABLES.iter().map(|table| (name.replace('*', table.name), csv(table, separator, is_portal))).collect()
    };
    check("CSV", &files("export of *.csv", b',', false));
    check("TSV without an ending", &files("export of *", b'\t', false));
    check("semicolons", &files("x * .txt", b';', false));
    check("the portal", &files("*.csv", b',', true));
    let packed = files("*.csv", b',', true).into_iter().map(|(name, bytes)| (format!("{name}.gz"), gzip(&bytes)));
    check("the portal, packed", &packed.collect::<Vec<_>>());
    // Names that tell nothing: the columns do, where a table has enough of its own.
    let survey = TABLES.iter().find(|table| table.name == "ACSCallSurvey").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("query_data (3).csv");
    std::fs::write(&file, csv(survey, b',', true)).unwrap();
    let catalog = DataCatalog::open(&[file]).unwrap();
    assert_eq!(everything(&catalog).keys().collect::<Vec<_>>(), ["ACSCallSurvey"]);
}

/// A table as Arrow, its columns as text but for the times.
fn batch(table: &TableDef) -> RecordBatch {
    let rows = rows(table);
    let columns = table.columns.iter().map(|column| {
        let text = |row: &Map<String, Value>| match &row[column.name] {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let array: ArrayRef = match column.ty {
            Type::DateTime => {
                let micros = |text: String| chrono::DateTime::parse_from_rfc3339(&text).unwrap().timestamp_micros();
                Arc::new(TimestampMicrosecondArray::from_iter_values(rows.iter().map(|row| micros(text(row)))))
            }
            _ => Arc::new(StringArray::from_iter_values(rows.iter().map(text))),
        };
        (column.name, array)
    });
    RecordBatch::try_from_iter(columns).unwrap()
}

fn files_of_columns() {
    let files = |ending: &str, write: &dyn Fn(&RecordBatch) -> Vec<u8>| -> Vec<(String, Vec<u8>)> {
        TABLES.iter().map(|table| (format!("{}{ending}", table.name), write(&batch(table)))).collect()
    };
    let parquet = |batch: &RecordBatch| {
        let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
        writer.write(batch).unwrap();
        writer.into_inner().unwrap()
    };
    let files_of_parquet = files(" part.pq", &parquet);
    check("Parquet", &files_of_parquet);
    let members: Vec<(&str, Vec<u8>)> =
        files_of_parquet.iter().map(|(name, bytes)| (name.as_str(), bytes.clone())).collect();
    check("Parquet in an archive", &one("job.zip", zip(&members)));
    let arrow = |batch: &RecordBatch| {
        let mut writer = FileWriter::try_new(Vec::new(), &batch.schema()).unwrap();
        writer.write(batch).unwrap();
        writer.into_inner().unwrap()
    };
    check("Arrow", &files(".arrow", &arrow));
    let stream = |batch: &RecordBatch| {
        let mut writer = StreamWriter::try_new(Vec::new(), &batch.schema()).unwrap();
        writer.write(batch).unwrap();
        writer.into_inner().unwrap()
    };
    check("a stream of Arrow", &files(".arrows", &stream));
}

fn unknown_columns() {
    let survey = TABLES.iter().find(|table| table.name == "ACSCallSurvey").unwrap();
    let mut row = rows(survey).remove(0);
    row.insert("Colour".to_owned(), json!("blue"));
    let line = Value::Object(row.clone()).to_string();
    let columns: Vec<Value> = row.keys().map(|name| json!({"name": name, "type": "string"})).collect();
    let cells: Vec<Value> = row.values().cloned().collect();
    let result = json!({"tables": [{"name": "PrimaryResult", "columns": columns, "rows": [cells]}]});
    let mut text = csv::Writer::from_writer(Vec::new());
    text.write_record(row.keys()).unwrap();
    text.write_record(row.values().map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        .unwrap();
    let text = text.into_inner().unwrap();
    let arrays = row.iter().map(|(name, value)| {
        let cell = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        (name.as_str(), Arc::new(StringArray::from(vec![cell])) as ArrayRef)
    });
    let batch = RecordBatch::try_from_iter(arrays).unwrap();
    let mut parquet = ArrowWriter::try_new(Vec::new(), batch.schema(), None).unwrap();
    parquet.write(&batch).unwrap();
    for (what, bytes) in [
        ("raw", raw(survey, &row).to_string().into_bytes()),
        ("lines", line.clone().into_bytes()),
        ("array", format!("[\n{line}\n]").into_bytes()),
        ("message", capture(&[format!("{{\"records\":[{line}]}}")], "null")),
        ("result", result.to_string().into_bytes()),
        ("text", text),
        ("parquet", parquet.into_inner().unwrap()),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("x");
        std::fs::write(&file, bytes).unwrap();
        let report = ingest(&[file], &folder.path().join("into")).unwrap();
        let catalog = DataCatalog::open(&[folder.path().join("into")]).unwrap();
        let rows = &everything(&catalog)["ACSCallSurvey"];
        assert_eq!(rows[0]["AdditionalFields"].to_lowercase(), "{\"colour\":\"blue\"}", "{what}");
        assert_eq!(report.repairs.count(calypso::ingest::Repair::UnknownProperty), 1, "{what}");
    }
}

/// Many blocks give what one gives, wherever they are cut, with a broken line in the middle and the last one cut off.
fn large_files() {
    let lines = raw_lines();
    let part = lines.join("\n") + "\n";
    let times = 12_000_000 / part.len() + 1;
    let mut text = part.repeat(times / 2);
    let broken = text.lines().count() as u64 + 1;
    text.push_str("{\"time\": oops\n");
    text.push_str(&part.repeat(times / 2));
    let expected = (times / 2 * 2 * lines.len()) as u64;
    let folder = tempfile::tempdir().unwrap();
    let count = |name: &str, bytes: &[u8]| {
        let file: &Path = &folder.path().join(name);
        std::fs::write(file, bytes).unwrap();
        let into = tempfile::tempdir().unwrap();
        let report = ingest(&[file.to_owned()], into.path()).unwrap();
        assert_eq!(report.rows() + report.duplicates, expected, "{name}: {report}");
        assert_eq!(report.rejects.len(), 1, "{name}: {report}");
        assert_eq!(report.rejects[0].place.line, broken, "{name}");
        let text = String::from_utf8_lossy(&report.rejects[0].text.clone().into_bytes()).into_owned();
        assert!(text.starts_with("{\"time\": oops"), "{name}: {text}");
    };
    count("lines", (text.clone() + "{\"time\":\"20").as_bytes());
    count("array", format!("[{}]", text.trim_end().replace('\n', ",\n")).as_bytes());
}
