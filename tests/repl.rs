//! The shell without a terminal: requests and commands from standard input, one block after the other.

use libtest_mimic::Trial;

use crate::cli::run_in;
use crate::trial;

/// The tests of this module.
pub(crate) fn trials() -> Vec<Trial> {
    let tests: &[(&str, fn())] = &[
        ("a transcript", transcript),
        ("the first mistake ends it with the code of the mistake", first_mistake),
        ("answers go to files", answers_to_files),
        ("requests are read from files", reads_files),
        ("functions are kept for the requests that follow", keeps_functions),
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
        ".create function F(a: long) {\n  print r = a + 1\n}\n\nF(2)\n\n.drop function F\n\n.show functions | count\n",
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
