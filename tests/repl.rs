//! The shell without a terminal: requests and commands from standard input, one block after the other.

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use libtest_mimic::Trial;

use crate::cli::{program, run_in};
use crate::trial;

/// The tests of this module.
pub(crate) fn trials() -> Vec<Trial> {
    let tests: &[(&str, fn())] = &[
        ("a transcript", transcript),
        ("the first mistake ends it with the code of the mistake", first_mistake),
        ("answers go to files", answers_to_files),
        ("requests are read from files", reads_files),
        ("functions are kept for the requests that follow", keeps_functions),
        ("another program can hold a conversation", conversation),
        ("mistakes need not end it", goes_on),
        ("results are tables", results_are_tables),
        ("a result is profiled", profiled),
        ("a request is explained stage by stage", explained),
        ("what was read is said", statistics),
        ("requests are edited", edited),
        ("there is help on everything", helped),
    ];
    tests.iter().map(|(name, test)| trial(format!("repl: {name}"), *test)).collect()
}

#[track_caller]
fn check(input: &str, expected: &str) {
    let folder = tempfile::tempdir().unwrap();
    let ran = run_in(folder.path(), &["--format", "csv"], input);
    assert_eq!((ran.code, ran.out.as_str()), (0, expected), "{}", ran.err);
}

fn keeps_functions() {
    check(
        ".create function F(a: long) {\n  print r = a + 1\n}\n\nF(2)\n\n.drop function F\n\n.show functions | where Name !startswith 'ACS' | count\n",
        "Name,Parameters,Body,Folder,DocString\nF,(a: long),\"{\n  print r = a + 1\n}\",,\nr\n3\nName\nF\nCount\n0\n",
    );
}

fn transcript() {
    check(
        "\
// Declarations stay with what follows them.
let n = 2;

print x = n

| extend y = x + 1

| extend z = y * 10

.format
.format jsonl
print x = 1; print x = 2

.param n=7
.param
declare query_parameters(n: long = 0); print n

.now 2024-01-31
.now
.timing
.quit
print \"never\"
",
        "\
x
2
x,y
2,3
x,y,z
2,3,30
csv (of table, vertical, json, jsonl, csv, tsv, markdown, parquet, arrow, html, svg)
{\"x\":1}

{\"x\":2}
n=7
{\"print_0\":7}
2024-01-31T00:00:00.0000000Z
off
",
    );
}

fn first_mistake() {
    let folder = tempfile::tempdir().unwrap();
    for (input, code) in [("print x = 1\n\nprint nope\n\nprint y = 2\n", 1), ("print x = 1\n\n.read nope.kql\n", 2)] {
        let ran = run_in(folder.path(), &["--format", "csv"], input);
        assert_eq!((ran.code, ran.out.as_str()), (code, "x\n1\n"), "{}", ran.err);
        assert!(ran.err.contains("nope"), "{}", ran.err);
    }
}

fn answers_to_files() {
    let folder = tempfile::tempdir().unwrap();
    let input = ".output kept.jsonl\nprint x = 1\n\nprint x = 2\n";
    let ran = run_in(folder.path(), &["--format", "csv"], input);
    assert_eq!((ran.code, ran.out.as_str()), (0, "x\n2\n"), "{}", ran.err);
    assert_eq!(std::fs::read_to_string(folder.path().join("kept.jsonl")).unwrap(), "{\"x\":1}\n");
}

fn reads_files() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("two.kql"), "print x = 1\n\n// and\nprint x = 2\n").unwrap();
    std::fs::write(folder.path().join("own.kql"), "// Own\ndeclare query_parameters(n: long = 1);\nprint n").unwrap();
    let input = ".read two.kql\n.run own n=5\n.queries own\n";
    let ran = run_in(folder.path(), &["--format", "csv", "--queries", "."], input);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.starts_with("x\n1\nx\n2\nprint_0\n5\nName,Title,Tags\n"), "{}", ran.out);
    assert!(ran.out.contains("own,Own,\n"), "{}", ran.out);
}

fn conversation() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = program(folder.path(), &["--format", "csv"]).stdin(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut ask = |text: &str, lines: &[&str]| {
        input.write_all(text.as_bytes()).unwrap();
        for line in lines {
            assert_eq!(output.next().unwrap().unwrap(), *line, "{text:?}");
        }
    };
    // Each answer is read before the next request is written.
    ask("print x = 1\n\n", &["x", "1"]);
    ask(".print done\n", &["done"]);
    ask("let n = 2;\n\nprint n\n\n", &["print_0", "2"]);
    ask("| extend m = print_0 + 1\n\n", &["print_0,m", "2,3"]);
    drop(input);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

fn goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run_in(folder.path(), &["--format", "csv"], ".on-error go\n.tabels\nprint nope\n\nprint x = 1\n");
    assert_eq!((ran.code, ran.out.as_str()), (1, "x\n1\n"), "{}", ran.err);
    assert!(ran.err.contains("no command `.tabels`, did you mean `.tables`?"), "{}", ran.err);
    assert!(ran.err.contains("nope"), "{}", ran.err);
}

fn results_are_tables() {
    check(
        "\
range x from 1 to 3 step 1

.push three
It | count

three | join kind=inner (It | extend x = Count) on x | project x

.pull three
It | summarize sum(x)

.forget three
",
        "x\n1\n2\n3\nCount\n3\nx\n3\nx\n1\n2\n3\nsum_x\n6\n",
    );
    let folder = tempfile::tempdir().unwrap();
    for (input, said) in [
        (".push a\n", "no result yet"),
        ("print 1\n\n.push ACSCallSummary\n", "a table already"),
        (".pull a\n", "no result is kept as `a`"),
        (".push a b\n", "no name"),
    ] {
        let ran = run_in(folder.path(), &[], input);
        assert!(ran.code == 1 && ran.err.contains(said), "{input}: {}", ran.err);
    }
}

fn profiled() {
    check(
        "\
datatable (n: long, s: string, b: bool, d: dynamic) [1, 'a', true, dynamic([1]), 5, '', false, dynamic(null), 5, \"it's\", true, dynamic([1])]

.profile
",
        "\
n,s,b,d
1,a,true,[1]
5,,false,
5,it's,true,[1]
Column,Type,Rows,Missing,Distinct,Least,Greatest,Top
n,long,3,0,2,1,5,\"5 (2), 1 (1)\"
s,string,3,1,2,,it's,\"a (1), it's (1)\"
b,bool,3,0,2,False,True,\"True (2), False (1)\"
d,dynamic,3,1,1,,,[1] (2)
",
    );
}

fn explained() {
    let input = "let few = ACSCallSummary | where CallType == 'Group';\nfew\n| summarize count() by EndpointType\n| top 1 by count_\n\n.explain\n.explain print 1\n";
    let folder = tempfile::tempdir().unwrap();
    let ran = run_in(folder.path(), &["--format", "csv"], input);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("Stage,RowsIn,RowsOut\nfew,,"), "{}", ran.out);
    assert!(ran.out.contains("top 1 by count_,") && ran.out.contains("print 1,,1"), "{}", ran.out);
}

fn statistics() {
    let folder = tempfile::tempdir().unwrap();
    let made = run_in(folder.path(), &["generate", "--calls", "50", "--days", "3"], "");
    assert_eq!(made.code, 0, "{}", made.err);
    let input = ".stats on\nACSCallSummary | where TimeGenerated < datetime(2026-03-03) | count\n\n.explain\n";
    let ran = run_in(folder.path(), &["--format", "csv"], input);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.err.contains("; skipped 1 file and") && ran.err.contains("operators held"), "{}", ran.err);
    assert!(ran.out.contains("scan of ACSCallSummary\n") && ran.out.contains("pushed in"), "{}", ran.out);
}

fn edited() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = program(folder.path(), &["--format", "csv"]);
    let mut child = child.env("EDITOR", "sed -i s/1/2/").env_remove("VISUAL").stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"print x = 1\n\n.edit\n").unwrap();
    let ran = child.wait_with_output().unwrap();
    if cfg!(target_os = "linux") {
        assert_eq!(String::from_utf8_lossy(&ran.stdout), "x\n1\nx\n2\n");
    }
}

fn helped() {
    let folder = tempfile::tempdir().unwrap();
    let input =
        ".help\n.help push\n.help summarize\n.help strlen\n.help dcount\n.help bag_unpack\n.help quality/jitter\n";
    let ran = run_in(folder.path(), &[], input);
    assert_eq!(ran.code, 0, "{}", ran.err);
    for part in ["`It`", ".push NAME", "summarize ", "strlen(", "dcount(", "evaluate bag_unpack", "quality/jitter"] {
        assert!(ran.out.contains(part), "{part}: {}", ran.out);
    }
}
