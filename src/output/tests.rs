//! Every format on one small table that holds every type, nulls and awkward text.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Decimal128Array, DurationNanosecondArray, Float64Array, Int32Array, Int64Array,
    StringViewArray, TimestampNanosecondArray,
};
use datafusion::arrow::datatypes::Schema;
use datafusion::arrow::ipc::reader::FileReader;
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::*;
use crate::engine::types::{arrow_field, arrow_type, kql_type};
use crate::types::Type;

/// A table of two rows: one of values, one of nulls (an empty string for `string`).
fn sample() -> Table {
    let utc = |array: TimestampNanosecondArray| array.with_data_type(arrow_type(Type::DateTime));
    let decimals = Decimal128Array::from(vec![Some(1_500_000_000_000_000_000), None]);
    let columns: Vec<(&str, Type, ArrayRef)> = vec![
        ("b", Type::Bool, Arc::new(BooleanArray::from(vec![Some(true), None]))),
        ("i", Type::Int, Arc::new(Int32Array::from(vec![Some(-7), None]))),
        ("l", Type::Long, Arc::new(Int64Array::from(vec![Some(9_007_199_254_740_993), None]))),
        ("r", Type::Real, Arc::new(Float64Array::from(vec![Some(0.5), None]))),
        ("m", Type::Decimal, Arc::new(decimals.with_data_type(arrow_type(Type::Decimal)))),
        ("s", Type::String, Arc::new(StringViewArray::from(vec!["a \"b\", c|d\n\te", ""]))),
        (
            "t",
            Type::DateTime,
            Arc::new(utc(TimestampNanosecondArray::from(vec![Some(1_704_812_400_500_000_000), None]))),
        ),
        ("d", Type::TimeSpan, Arc::new(DurationNanosecondArray::from(vec![Some(93_784_500_000_000), None]))),
        ("g", Type::Guid, Arc::new(StringViewArray::from(vec![Some("74be27de-1e4e-49d9-b579-fe0b331d3642"), None]))),
        ("j", Type::Dynamic, Arc::new(StringViewArray::from(vec![Some("{\"a\":[1,\"x\"]}"), None]))),
    ];
    table(columns)
}

fn table(columns: Vec<(&str, Type, ArrayRef)>) -> Table {
    let fields: Vec<_> = columns.iter().map(|(name, ty, _)| arrow_field(name, *ty)).collect();
    let names = columns.iter().map(|(name, ty, _)| ((*name).to_owned(), *ty)).collect();
    let arrays = columns.into_iter().map(|(_, _, array)| array).collect();
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap();
    Table { name: "PrimaryResult".to_owned(), columns: names, batches: vec![batch], chart: None }
}

fn write_bytes(tables: Vec<Table>, name: &str, style: &Style) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    let answer = Answer { tables, ..Answer::default() };
    write(&answer, format(name).unwrap(), style, &mut out)?;
    Ok(out)
}

#[track_caller]
fn check(table: Table, name: &str, expected: &str) {
    let text = String::from_utf8(write_bytes(vec![table], name, &Style::PLAIN).unwrap()).unwrap();
    assert_eq!(text, expected);
}

#[test]
fn json_follows_the_contract() {
    check(
        sample(),
        "json",
        "[\n{\"b\":true,\"i\":-7,\"l\":9007199254740993,\"r\":0.5,\"m\":1.5,\"s\":\"a \\\"b\\\", c|d\\n\\te\",\
         \"t\":\"2024-01-09T15:00:00.5000000Z\",\"d\":\"1.02:03:04.5000000\",\
         \"g\":\"74be27de-1e4e-49d9-b579-fe0b331d3642\",\"j\":{\"a\":[1,\"x\"]}},\n\
         {\"b\":null,\"i\":null,\"l\":null,\"r\":null,\"m\":null,\"s\":\"\",\"t\":null,\"d\":null,\"g\":null,\"j\":null}\n]\n",
    );
    let odd = Float64Array::from(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 1e300, 1.0]);
    check(
        table(vec![("x", Type::Real, Arc::new(odd))]),
        "json",
        "[\n{\"x\":\"NaN\"},\n{\"x\":\"inf\"},\n{\"x\":\"-inf\"},\n{\"x\":1e+300},\n{\"x\":1.0}\n]\n",
    );
    check(table(vec![("x", Type::Long, Arc::new(Int64Array::from(Vec::<i64>::new())))]), "json", "[]\n");
}

#[test]
fn separated_text_is_quoted_or_escaped() {
    let tail = "2024-01-09T15:00:00.5000000Z";
    let rest = "1.02:03:04.5000000";
    let guid = "74be27de-1e4e-49d9-b579-fe0b331d3642";
    check(
        sample(),
        "csv",
        &format!(
            "b,i,l,r,m,s,t,d,g,j\ntrue,-7,9007199254740993,0.5,1.5,\"a \"\"b\"\", c|d\n\te\",{tail},{rest},{guid},\
             \"{{\"\"a\"\":[1,\"\"x\"\"]}}\"\n,,,,,,,,,\n"
        ),
    );
    check(
        table(vec![("s", Type::String, Arc::new(StringViewArray::from(vec!["a\tb\\\nc"])))]),
        "tsv",
        "s\na\\tb\\\\\\nc\n",
    );
}

#[test]
fn markdown_keeps_pipes_and_breaks_inside_cells() {
    check(
        table(vec![
            ("a|b", Type::String, Arc::new(StringViewArray::from(vec!["x|y\nz"]))),
            ("n", Type::Long, Arc::new(Int64Array::from(vec![None::<i64>]))),
        ]),
        "markdown",
        "| a\\|b | n |\n|---|---:|\n| x\\|y<br>z |  |\n",
    );
}

#[test]
fn columnar_files_keep_the_types() {
    let expected: Vec<(String, Type)> = sample().columns;
    let parquet = write_bytes(vec![sample()], "parquet", &Style::PLAIN).unwrap();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), parquet).unwrap();
    let reader = ParquetRecordBatchReaderBuilder::try_new(file.reopen().unwrap()).unwrap();
    check_schema(reader.schema(), &expected);
    let arrow = write_bytes(vec![sample()], "arrow", &Style::PLAIN).unwrap();
    check_schema(&FileReader::try_new(std::io::Cursor::new(arrow), None).unwrap().schema(), &expected);
}

#[track_caller]
fn check_schema(schema: &Schema, expected: &[(String, Type)]) {
    let found: Vec<_> = schema.fields().iter().map(|f| (f.name().clone(), kql_type(f).unwrap())).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_columnar_file_refuses_several_tables() {
    let error = write_bytes(vec![sample(), sample()], "parquet", &Style::PLAIN).unwrap_err();
    assert_eq!(error.to_string(), "format `parquet` takes one result table, and the request has 2");
    assert_eq!(error.exit_code(), 1);
}

#[test]
fn tables_fit_the_terminal() {
    let long = "x".repeat(50);
    let texts = || -> ArrayRef { Arc::new(StringViewArray::from(vec![long.as_str(), "y"])) };
    let numbers = || -> ArrayRef { Arc::new(Int64Array::from(vec![Some(1234567), None])) };
    let columns = || {
        vec![
            ("First", Type::String, texts()),
            ("Second", Type::String, texts()),
            ("Third", Type::String, texts()),
            ("Count", Type::Long, numbers()),
        ]
    };
    let shown = |width| {
        let style = Style { width: Some(width), ..Style::PLAIN };
        String::from_utf8(write_bytes(vec![table(columns())], "table", &style).unwrap()).unwrap()
    };
    for width in [200, 100, 80, 60, 50, 40, 30] {
        let text = shown(width);
        assert!(text.lines().all(|line| unicode_width::UnicodeWidthStr::width(line) <= width), "{width}\n{text}");
        assert!(text.contains("1234567") && text.contains("null"), "numbers are never cut\n{text}");
    }
    assert_eq!(
        shown(40),
        "\
┌────────────────────────┬───┬─────────┐
│ First                  ┆ … ┆   Count │
╞════════════════════════╪═══╪═════════╡
│ xxxxxxxxxxxxxxxxxxxxx… ┆ … ┆ 1234567 │
│ y                      ┆ … ┆    null │
└────────────────────────┴───┴─────────┘
2 rows, 2 of 4 columns shown
left out: Second, Third; format
`vertical` shows all
"
    );
}

#[test]
fn tables_say_what_they_leave_out() {
    let style = Style { rows: Some(1), ..Style::PLAIN };
    let numbers = Int64Array::from((0..1500).collect::<Vec<i64>>());
    let text = write_bytes(vec![table(vec![("n", Type::Long, Arc::new(numbers))])], "table", &style).unwrap();
    assert!(String::from_utf8(text).unwrap().ends_with("1,500 rows, 1 shown\n"));
}

#[test]
fn times_lose_zeros_that_all_share() {
    let times = vec![Some(1_704_812_400_000_000_000), Some(1_704_812_400_120_000_000), None];
    let array = TimestampNanosecondArray::from(times).with_data_type(arrow_type(Type::DateTime));
    check(
        table(vec![("t", Type::DateTime, Arc::new(array))]),
        "table",
        "\
┌─────────────────────────┐
│ t                       │
╞═════════════════════════╡
│ 2024-01-09T15:00:00.00Z │
│ 2024-01-09T15:00:00.12Z │
│ null                    │
└─────────────────────────┘
3 rows
",
    );
}
