//! The command line as a whole: flags, exit codes, and what goes to which stream. Needs no data but the sample.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use calypso::diagnostic::Code;
use libtest_mimic::Trial;

use crate::{root, trial};

/// The tests of this module.
pub(crate) fn trials() -> Vec<Trial> {
    let tests: &[(&str, fn())] = &[
        ("a request comes from the argument, a file or standard input", sources),
        ("a wrong request exits with 1 and prints nothing", wrong_request),
        ("wrong arguments exit with 1", wrong_arguments),
        ("help and version exit with 0", help),
        ("a closed pipe is fine", closed_pipe),
        ("pipes get no colors", no_colors),
        ("the last table is the JSON answer, other formats print all", several_tables),
        ("files are chosen by extension and read back", files_read_back),
        ("a wrong request leaves no file", no_file_on_error),
        ("the clock and the parameters can be set", clock_and_parameters),
        ("timing goes to standard error", timing),
        ("parse says whether a text is KQL", parse),
        ("tables are listed and described", tables),
        ("canned queries are listed, shown and run", queries),
        ("explain shows a plan, or the page of an error code", explain),
        ("logs are ingested and read back", ingested),
        ("patterns and standard input are sources", patterns_and_input),
        ("a missing data folder is a clear error", missing_data),
        ("stored functions come from files", stored_functions),
        ("exports write new files and list them", exports),
        ("limits of a request stop it", limits),
    ];
    tests.iter().map(|(name, test)| trial(format!("cli: {name}"), *test)).collect()
}

/// The program in a folder of its own, without the settings of whoever runs the tests.
pub(crate) fn program(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_calypso"));
    command.args(arguments).current_dir(folder);
    command.env_remove("CALYPSO_DATA").env_remove("NO_COLOR");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// What a run left behind: exit code, standard output, standard error.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

pub(crate) fn run_in(folder: &Path, arguments: &[&str], input: &str) -> Ran {
    let mut command = program(folder, arguments);
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    // A program that does not read its input may be gone already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: status.code().unwrap(), out: text(stdout), err: text(stderr) }
}

fn run(arguments: &[&str], input: &str) -> Ran {
    run_in(tempfile::tempdir().unwrap().path(), arguments, input)
}

/// The answer of a request that must succeed.
#[track_caller]
fn answer(arguments: &[&str], input: &str) -> String {
    let ran = run(arguments, input);
    assert_eq!(ran.code, 0, "{}", ran.err);
    ran.out
}

fn sources() {
    let expected = "[\n{\"x\":1}\n]\n";
    assert_eq!(answer(&["query", "--format", "json", "print x = 1"], ""), expected);
    assert_eq!(answer(&["query", "--format", "json"], "print x = 1"), expected);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("q.kql"), "\u{feff}print x = 1\n").unwrap();
    let ran = run_in(folder.path(), &["query", "--format", "json", "-f", "q.kql"], "");
    assert_eq!((ran.code, ran.out.as_str()), (0, expected), "{}", ran.err);
    assert_eq!(run_in(folder.path(), &["query", "-f", "none.kql"], "").code, 2);
}

fn stored_functions() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("calypso-data/functions");
    std::fs::create_dir_all(&data).unwrap();
    std::fs::write(data.join("a.kql"), ".create-or-alter function Twice(x: long) { x * 2 }\n").unwrap();
    let more = ".create function with (folder = \"f\") Four() {\n  print x = Twice(2)\n}\n\n.create function Bad() { Nope | count }\n";
    std::fs::write(folder.path().join("more.kql"), more).unwrap();
    let json =
        |request: &str| run_in(folder.path(), &["query", "--format", "csv", "--functions", "more.kql", request], "");
    assert_eq!(json("Four").out, "x\n4\n");
    assert_eq!(json(".show functions | where Name !startswith 'ACS' | project Name").out, "Name\nBad\nFour\nTwice\n");
    let wrong = json("Bad");
    assert_eq!(wrong.code, 1);
    assert!(wrong.err.contains("in the stored function `Bad`: no table `Nope`"), "{}", wrong.err);
    std::fs::write(folder.path().join("more.kql"), "print 1").unwrap();
    assert!(json("Four").err.contains("holds `.create-or-alter function` commands only"));
}

fn exports() {
    let folder = tempfile::tempdir().unwrap();
    let export = |request: &str| run_in(folder.path(), &["query", "--format", "csv", request], "");
    let request = ".export to csv (\"out\") with (includeHeaders = \"all\") <| range x from 1 to 3 step 1";
    let first = export(request);
    assert_eq!(
        (first.code, first.out.as_str()),
        (0, "Path,NumRecords,SizeInBytes\nout/export_1.csv,3,8\n"),
        "{}",
        first.err
    );
    let second = export(request);
    assert!(second.out.contains("out/export_2.csv,3,8"), "{}", second.out);
    assert_eq!(std::fs::read_to_string(folder.path().join("out/export_1.csv")).unwrap(), "x\n1\n2\n3\n");
    let many = export(
        ".export compressed to json (\"out\") with (sizeLimit = 10, namePrefix = \"j\") <| range x from 1 to 20000 step 1",
    );
    assert_eq!(many.out.lines().count(), 4, "{}", many.out);
    assert!(many.out.contains("out/j_3.json.gz"), "{}", many.out);
    let parquet = export(".export to parquet (\"out\") with (compressionType = \"zstd\") <| ACSCallSurvey");
    assert!(parquet.out.contains("out/export_1.parquet,5,"), "{}", parquet.out);
    let back =
        run_in(folder.path(), &["query", "--format", "csv", "--data", "out/export_1.parquet", "export_1 | count"], "");
    assert_eq!(back.out, "Count\n5\n", "{}", back.err);
    let wrong = export(".export to csv (\"out\") with (namePrefix = \"../x\") <| print 1");
    assert_eq!(wrong.code, 1, "{}", wrong.err);
}

fn limits() {
    let endless = "set servertimeout = 300ms; range x from 1 to 100000000 step 1 | extend k = 1 \
        | join kind=inner (range y from 1 to 100000 step 1 | extend k = 1) on k | summarize sum(x * y)";
    let ran = run(&["query", endless], "");
    assert_eq!(ran.code, 2, "{}", ran.out);
    assert!(ran.err.contains("longer than its `servertimeout` of 00:00:00.3000000"), "{}", ran.err);
    let long = run(&["query", "set truncationmaxrecords = 3; range x from 1 to 4 step 1"], "");
    assert!(long.code == 2 && long.err.contains("more than 3 rows"), "{}", long.err);
    let fat = "range x from 1 to 40 step 1";
    assert!(run(&["query", &format!("set truncationmaxsize = 20; {fat}")], "").err.contains("more than 20 bytes"));
    assert_eq!(run(&["query", &format!("set notruncation; set truncationmaxsize = 20; {fat}")], "").code, 0);
}

fn wrong_request() {
    for (request, code) in [
        ("ACSCallSummary | where Nope == 1", "unknown-column"),
        ("print (", "syntax"),
        ("Nope | take 1", "unknown-table"),
    ] {
        let ran = run(&["query", "--format", "json", request], "");
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{request}");
        assert!(ran.err.contains(&format!("error[{code}]")), "{}", ran.err);
    }
}

fn wrong_arguments() {
    for arguments in [
        &["query", "--format", "nope", "print 1"][..],
        &["query", "--nope", "print 1"],
        &["nope"],
        &["query", "--now", "yesterday", "print 1"],
        &["query", "--threads", "0", "print 1"],
        &["query", "--memory", "much", "print 1"],
        &["query", "--param", "x", "print 1"],
        &["query", "-o", "x.nope", "print 1"],
        &["query", "print 1", "-f", "x.kql"],
        &["query", "--param", "x=1", "print 1"],
        &["query", "let x = 1;"],
        &["query", ""],
        &["queries", "run", "jitter", "--param", "buket=5"],
        &["queries", "show", "nope"],
        &["tables", "Nope"],
    ] {
        let ran = run(arguments, "");
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains("error"), "{arguments:?}: {}", ran.err);
    }
}

fn help() {
    for arguments in [&["--help"][..], &["query", "--help"], &["--version"]] {
        let ran = run(arguments, "");
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{arguments:?}");
        assert!(!ran.out.is_empty());
    }
}

fn closed_pipe() {
    let folder = tempfile::tempdir().unwrap();
    let request = "range x from 1 to 1000000 step 1";
    let mut child = program(folder.path(), &["query", "--format", "csv", request]).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert_eq!(first, "x\n");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
}

fn no_colors() {
    let good = run(&["query", "print x = 1, y = int(null)"], "");
    let wrong = run(&["query", "print nope"], "");
    for text in [good.out, good.err, wrong.err] {
        assert!(!text.contains('\x1b'), "{text:?}");
    }
}

fn several_tables() {
    let request = "print x = 1; print y = 2";
    let json = run(&["query", "--format", "json", request], "");
    assert_eq!(json.out, "[\n{\"y\":2}\n]\n");
    assert!(json.err.contains("format `json` holds the last of 2 result tables"), "{}", json.err);
    assert_eq!(answer(&["query", "--format", "jsonl", request], ""), "{\"x\":1}\n\n{\"y\":2}\n");
    assert_eq!(answer(&["query", "--format", "csv", request], ""), "x\n1\n\ny\n2\n");
    let drawn = answer(&["query", request], "");
    assert!(drawn.matches("1 row\n").count() == 2 && drawn.contains("PrimaryResult"), "{drawn}");
    let ran = run(&["query", "--format", "parquet", request], "");
    assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{}", ran.err);
}

fn files_read_back() {
    let request = "print b = true, i = int(1), l = 2, r = 0.5, m = decimal(1.5), s = 'a,\"b', \
                   t = datetime(2024-01-09T15:00:00.1234567Z), d = 1d + 2ms, j = dynamic({'a': [1]})";
    let folder = tempfile::tempdir().unwrap();
    let expected = run_in(folder.path(), &["query", "--format", "json", request], "").out;
    for extension in ["parquet", "arrow", "json", "jsonl", "csv", "tsv", "md", "txt"] {
        let file = format!("Kept.{extension}");
        let ran = run_in(folder.path(), &["query", "-o", &file, request], "");
        assert_eq!((ran.code, ran.out.as_str()), (0, ""), "{extension}: {}", ran.err);
        assert!(folder.path().join(&file).metadata().unwrap().len() > 0, "{extension}");
    }
    let ran = run_in(folder.path(), &["query", "--data", "Kept.parquet", "--format", "json", "Kept"], "");
    assert_eq!((ran.code, ran.out), (0, expected), "{}", ran.err);
}

fn no_file_on_error() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run_in(folder.path(), &["query", "-o", "x.csv", "print nope"], "").code, 1);
    assert_eq!(run_in(folder.path(), &["query", "-o", "x.parquet", "print 1; print 2"], "").code, 1);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

fn clock_and_parameters() {
    let now = answer(&["query", "--format", "jsonl", "--now", "2024-01-31T12:00", "print t = now()"], "");
    assert_eq!(now, "{\"t\":\"2024-01-31T12:00:00.0000000Z\"}\n");
    let request = "declare query_parameters(n: long = 1, s: string); print n, s";
    let given = answer(&["query", "--format", "csv", "--param", "n=5", "--param", "s=a=b", request], "");
    assert_eq!(given.lines().last(), Some("5,a=b"));
    assert_eq!(run(&["query", request], "").code, 1, "a parameter without a value");
}

fn timing() {
    let ran = run(&["query", "--format", "csv", "--timing", "print x = 1"], "");
    assert_eq!((ran.code, ran.out.as_str()), (0, "x\n1\n"));
    assert!(ran.err.contains("time: ") && ran.err.contains(" ms"), "{}", ran.err);
}

fn parse() {
    assert_eq!(run(&["parse"], "Anything | where nothing_is_known > 1").code, 0);
    let ran = run(&["parse"], "T | where");
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert!(ran.err.contains("error[syntax]"), "{}", ran.err);
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("good.kql"), "T").unwrap();
    std::fs::write(folder.path().join("bad.kql"), "T | ").unwrap();
    assert_eq!(run_in(folder.path(), &["parse", "good.kql"], "").code, 0);
    assert_eq!(run_in(folder.path(), &["parse", "good.kql", "bad.kql"], "").code, 1);
}

fn tables() {
    let listed = answer(&["tables", "--format", "csv"], "");
    assert!(
        listed.starts_with("Table,Rows,First,Last,Files,Bytes\n") && listed.contains("ACSCallSummary,"),
        "{listed}"
    );
    let columns = answer(&["tables", "ACSCallSummary", "--format", "csv"], "");
    assert!(columns.contains("CallStartTime,datetime,"), "{columns}");
}

fn queries() {
    let listed = answer(&["queries", "list", "jitter"], "");
    assert!(listed.contains("quality/jitter") && !listed.contains("usage/billed"), "{listed}");
    let shown = answer(&["queries", "show", "jitter"], "");
    assert!(shown.starts_with("// ") && shown.contains("--param bucket=<long>  default 5"), "{shown}");
    let ran = answer(&["queries", "run", "calls/daily", "--format", "csv", "--param", "since=2100-01-01"], "");
    assert_eq!(ran, "Day,CallType,Calls\n");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("own.kql"), "// Own\nprint x = 1").unwrap();
    let own = run_in(folder.path(), &["queries", "run", "own", "--queries", ".", "--format", "csv"], "");
    assert_eq!((own.code, own.out.as_str()), (0, "x\n1\n"), "{}", own.err);
}

fn explain() {
    let text = answer(&["explain", "ACSCallSummary | where CallDuration > 5 | count"], "");
    assert!(text.contains("ACSCallSummary"), "{text}");
    assert_eq!(run(&["explain", "Nope"], "").code, 1);
    for (name, part) in [("mv-expand", "mv-expand "), ("dcount", "differs"), ("geo_angle", "is refused")] {
        assert!(answer(&["explain", name], "").contains(part), "{name}");
    }
    for code in Code::ALL {
        let ran = run(&["explain", code.name()], "");
        assert!(ran.code == 0 && ran.out.starts_with(&format!("# {}\n", code.name())), "{}: {}", code.name(), ran.err);
    }
}

fn ingested() {
    let folder = tempfile::tempdir().unwrap();
    let sample = root().join("tests/data/sample");
    let ran = run_in(folder.path(), &["ingest", sample.to_str().unwrap()], "");
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("ACSCallSummary"), "{}", ran.out);
    // The folder that `ingest` writes without --into is the one that `query` reads without --data.
    let request = ["query", "--format", "json", "ACSCallSummary | count"];
    let kept = run_in(folder.path(), &request, "");
    assert_eq!((kept.err.as_str(), &kept.out), ("", &answer(&request, "")));
    assert_eq!(run_in(folder.path(), &["ingest", "no-such-folder"], "").code, 1);
}

fn missing_data() {
    let ran = run(&["query", "--data", "no-such-folder", "print 1"], "");
    assert!(ran.code != 0 && ran.out.is_empty() && ran.err.contains("no-such-folder"), "{} {}", ran.code, ran.err);
}

fn patterns_and_input() {
    let folder = tempfile::tempdir().unwrap();
    let survey = |call: &str| {
        format!(
            "{{\"time\":\"2026-03-02T10:00:00Z\",\"category\":\"CallSurvey\",\"properties\":{{\"callId\":\"{call}\"}}}}\n"
        )
    };
    for name in ["a1", "a2", "b1"] {
        std::fs::write(folder.path().join(format!("{name}.json")), survey(name)).unwrap();
    }
    let query = |arguments: &[&str], input: &str| {
        let all =
            [&["query", "ACSCallSurvey | distinct CallId | sort by CallId asc", "--format", "csv"], arguments].concat();
        let ran = run_in(folder.path(), &all, input);
        (ran.code, ran.out.lines().skip(1).collect::<Vec<_>>().join(" "), ran.err)
    };
    assert_eq!(query(&["--data", "a?.json"], "").1, "a1 a2");
    assert_eq!(query(&["--data", "[ab]1.*", "--data", "-"], &survey("c")).1, "a1 b1 c");
    let (code, _, err) = query(&["--data", "c*"], "");
    assert!(code == 1 && err.contains("no file fits"), "{err}");
    for again in ["a1", "a1"] {
        let ran = run_in(folder.path(), &["ingest", "-", "*.json", "--into", "t"], &survey(again));
        assert_eq!(ran.code, 0, "{}", ran.err);
    }
    assert_eq!(query(&["--data", "t"], "").1, "a1 a2 b1");
    let ran = run_in(folder.path(), &["ingest", "-", "--follow"], "");
    assert!(ran.code == 1 && ran.err.contains("--follow"), "{}", ran.err);
    let ran = run_in(folder.path(), &["query", "--data", "-"], "print 1");
    assert!(ran.code == 1 && ran.err.contains("both"), "{}", ran.err);
}
