//! Scripts: the commands `run`, `check` and `fmt` as a whole.

use std::path::Path;

use calypso::library::Library;
use calypso::lint::{Dialect, lint};
use calypso::script::format_script;
use calypso::syntax::parse;
use libtest_mimic::Trial;
use serde_json::Value as Json;

use crate::cli::{Ran, run_in};
use crate::robust::{queries, without_places};
use crate::{root, trial};

/// The tests of this module.
pub(crate) fn trials() -> Vec<Trial> {
    let tests: &[(&str, fn())] = &[
        ("requests run one after the other", one_after_the_other),
        ("a script stops at the first failure, or goes on", stops_or_goes_on),
        ("expectations in comments are checked", expectations),
        ("answers go to files, a file each", files),
        ("a transcript and a JUnit report are written", reports),
        ("expected answers are kept in a file", expected_answers),
        ("parameters go where they are declared", parameters),
        ("commands of the shell are refused", shell_commands),
        ("check reports mistakes and remarks with their places", check_text),
        ("check writes JSON and SARIF", check_formats),
        ("check counts what a join drops", check_measures),
        ("fmt formats in place and leaves mistakes", fmt),
        ("the examples of the README hold", readme),
        ("formatting keeps the tree of every query", formatting_keeps_trees),
        ("the canned queries get no remarks", canned_queries_are_clean),
    ];
    tests.iter().map(|(name, test)| trial(format!("scripts: {name}"), *test)).collect()
}

/// A folder with files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

#[track_caller]
fn check(ran: &Ran, code: i32, out: &str) {
    assert_eq!((ran.code, ran.out.as_str()), (code, out), "{}", ran.err);
}

fn one_after_the_other() {
    let folder = folder(&[(
        "s.kql",
        "// Stores a function\n.create function Twice(n: long) { n * 2 }\n\n// and uses it\nlet n = 4;\n\nprint x = Twice(n)\n",
    )]);
    let ran = run_in(folder.path(), &["run", "s.kql", "--format", "csv", "--timing"], "");
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.ends_with("x\n8\n"), "{}", ran.out);
    assert_eq!(ran.err.matches("time: ").count(), 2, "{}", ran.err);
    check(
        &run_in(folder.path(), &["run", "-", "--format", "csv"], "print 1\n\nprint 2"),
        0,
        "print_0\n1\nprint_0\n2\n",
    );
    assert_eq!(run_in(folder.path(), &["run", "none.kql"], "").code, 2);
    assert_eq!(run_in(folder.path(), &["run", "s.kql", "--format", "parquet"], "").code, 1);
}

fn stops_or_goes_on() {
    let folder = folder(&[("s.kql", "print a = 1\n\nNope | count\n\nprint c = 3\n")]);
    let ran = run_in(folder.path(), &["run", "s.kql", "--format", "csv"], "");
    check(&ran, 1, "a\n1\n");
    assert!(ran.err.contains("failed: s.kql:3"), "{}", ran.err);
    assert!(ran.err.contains("at line 3, column 1"), "{}", ran.err);
    assert!(ran.err.contains("1 of 3 requests failed, 1 not run"), "{}", ran.err);
    check(&run_in(folder.path(), &["run", "s.kql", "--format", "csv", "--keep-going"], ""), 1, "a\n1\nc\n3\n");
}

fn expectations() {
    let fine = "\
// expect: rows 3
// expect: columns n
range n from 1 to 3 step 1

print 1 // expect: not empty
// expect: value 1

print 5 | where print_0 > 9 // expect: empty

// expect: error unknown-table
Nope

print assert(1 > 2, \"one is not more\") // expect: error \"one is not more\"
";
    let folder =
        folder(&[("fine.kql", fine), ("wrong.kql", "// expect: rows > 5\n// expect: columns a\nprint b = 1\n")]);
    let ran = run_in(folder.path(), &["run", "fine.kql", "--format", "csv"], "");
    check(&ran, 0, "n\n1\n2\n3\nprint_0\n1\nprint_0\n");
    let ran = run_in(folder.path(), &["run", "wrong.kql", "--format", "csv"], "");
    check(&ran, 1, "b\n1\n");
    assert!(ran.err.contains("expected rows > 5: the number of rows is 1"), "{}", ran.err);
    assert!(ran.err.contains("expected columns a: the columns are b"), "{}", ran.err);
    let ran = run_in(folder.path(), &["run", "-"], "print 1 // expect: roes 1");
    check(&ran, 1, "");
    assert!(ran.err.contains("`roes 1` is nothing that can be expected"), "{}", ran.err);
    check(
        &run_in(folder.path(), &["run", "-"], "print 1 // expect: error"),
        1,
        "┌─────────┐\n│ print_0 │\n╞═════════╡\n│       1 │\n└─────────┘\n1 row\n",
    );
}

fn files() {
    let text =
        "// Calls per day\nprint a = 1\n\n// name: two tables\nprint b = 1; print c = 2 | as Last\n\nprint d = 4\n";
    let folder = folder(&[("s.kql", text), ("t.kql", "print e = 5")]);
    let names = |path: &str| {
        let mut names: Vec<String> = std::fs::read_dir(folder.path().join(path))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    };
    check(&run_in(folder.path(), &["run", "s.kql", "--out-dir", "out"], ""), 0, "");
    let expected = ["01-calls-per-day.csv", "02-two-tables.1.csv", "02-two-tables.2-last.csv", "03.csv"];
    assert_eq!(names("out"), expected);
    assert_eq!(read(folder.path(), "out/02-two-tables.2-last.csv"), "c\n2\n");
    check(&run_in(folder.path(), &["run", "s.kql", "t.kql", "--out-dir", "both", "--format", "html"], ""), 0, "");
    assert_eq!(names("both"), ["s", "t"]);
    assert_eq!(names("both/s"), ["01-calls-per-day.html", "02-two-tables.html", "03.html"]);
    check(&run_in(folder.path(), &["run", "s.kql", "--out-dir", "p", "--format", "parquet"], ""), 0, "");
    assert_eq!(names("p").len(), 4);
}

fn reports() {
    let folder = folder(&[("s.kql", "// A & \"B\"\nprint a = 1\n\nprint 1 // expect: empty\n\nNope\n\nprint 2")]);
    let arguments = ["run", "s.kql", "--keep-going", "--format", "csv", "--transcript", "t.txt", "--junit", "j.xml"];
    assert_eq!(run_in(folder.path(), &arguments, "").code, 1);
    let transcript = read(folder.path(), "t.txt");
    for part in ["=== s.kql:1 A & \"B\": ok\n", "=== s.kql:4 : not as expected\n", "error[unknown-table]", "1 row\n"] {
        assert!(transcript.contains(part), "{part}\n{transcript}");
    }
    let report = read(folder.path(), "j.xml");
    for part in [
        "<testsuite name=\"s.kql\" tests=\"4\" failures=\"2\" errors=\"0\" skipped=\"0\"",
        "<testcase name=\"1 A &amp; &quot;B&quot;\" classname=\"s.kql\" file=\"s.kql\" line=\"1\" time=\"",
        "<failure type=\"expectation\" message=\"expected empty: the number of rows is 1\">",
        "<failure type=\"request\" message=\"error[unknown-table]: ",
    ] {
        assert!(report.contains(part), "{part}\n{report}");
    }
    let arguments = ["run", "s.kql", "--format", "csv", "--junit", "j.xml"];
    assert_eq!(run_in(folder.path(), &arguments, "").code, 1);
    assert!(read(folder.path(), "j.xml").contains("<skipped message=\"a request before it failed\"/>"));
}

fn expected_answers() {
    let text = "// One\nprint a = 1, b = \"x | y\"\n\ndatatable (n: long) [2, 1]\n| summarize s = sum(n) by n\n\nrange n from 1 to 2 step 1\n";
    let folder = folder(&[("s.kql", text)]);
    let run =
        |arguments: &[&str]| run_in(folder.path(), &[&["run", "s.kql", "--format", "csv"][..], arguments].concat(), "");
    assert_eq!(run(&["--expect", "exp"]).code, 2);
    assert_eq!(run(&["--expect", "exp", "--bless"]).code, 0);
    let kept = read(folder.path(), "exp/s.expected.md");
    for part in
        ["## 1 One\n\n```result\na:long | b:string\n1 | \"x | y\"\n```\n", "```result unordered\nn:long | s:long\n"]
    {
        assert!(kept.contains(part), "{kept}");
    }
    assert_eq!(run(&["--expect", "exp"]).code, 0);
    assert_eq!(run(&["--expect", "exp/s.expected.md"]).code, 0);
    // Rows of an unordered answer may come in another order, those of an ordered one may not.
    let swap = |text: &str, one: &str, two: &str| text.replace(&format!("{one}\n{two}\n"), &format!("{two}\n{one}\n"));
    let swapped = match swap(&kept, "1 | 1", "2 | 2") {
        same if same == kept => swap(&kept, "2 | 2", "1 | 1"),
        swapped => swapped,
    };
    assert_ne!(swapped, kept);
    std::fs::write(folder.path().join("exp/s.expected.md"), swapped).unwrap();
    assert_eq!(run(&["--expect", "exp"]).code, 0);
    std::fs::write(folder.path().join("exp/s.expected.md"), swap(&kept, "n:long\n1", "2")).unwrap();
    let ran = run(&["--expect", "exp", "--keep-going"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("not as expected: s.kql:7") && ran.err.contains("the answer differs"), "{}", ran.err);
}

fn parameters() {
    let text = "declare query_parameters (n: long = 1);\nprint n\n\nprint 5\n";
    let folder = folder(&[("s.kql", text)]);
    let run = |param: &str| run_in(folder.path(), &["run", "s.kql", "--format", "csv", "--param", param], "");
    check(&run("n=3"), 0, "print_0\n3\nprint_0\n5\n");
    check(&run("m=3"), 1, "");
}

fn shell_commands() {
    let folder = folder(&[("s.kql", "print 1\n\n.format json\n")]);
    let ran = run_in(folder.path(), &["run", "s.kql", "--format", "csv"], "");
    check(&ran, 1, "print_0\n1\n");
    assert!(ran.err.contains("`.format` is a command of the shell"), "{}", ran.err);
    assert_eq!(run_in(folder.path(), &["check", "s.kql"], "").code, 1);
}

fn check_text() {
    let text = "declare query_parameters (c: string);\nACSCallSummary\n| where CallType == c\n| count\n\n// second\nT\n\nlet a = 1;\nprint 1\n";
    let folder = folder(&[("s.kql", text), ("fine.kql", "print 1 // expect: rows 1\n")]);
    let expected = "\
warning[no-time-filter]: all of `ACSCallSummary` is read, whatever its age
  at s.kql:2:1
    ACSCallSummary
    ^^^^^^^^^^^^^^
  help: put `| where TimeGenerated > ago(7d)` or another limit right behind it

error[unknown-table]: no table `T`
  at s.kql:7:1
    T
    ^
  help: `calypso tables` lists the tables that are there

warning[unused-let]: nothing uses `a`
  at s.kql:9:5
    let a = 1;
        ^
  help: leave it out
";
    let ran = run_in(folder.path(), &["check", "s.kql", "fine.kql"], "");
    check(&ran, 1, expected);
    assert!(ran.err.ends_with("1 error, 2 warnings in 2 files\n"), "{}", ran.err);
    check(&run_in(folder.path(), &["check", "fine.kql"], ""), 0, "");
    let lets = "let a = 1;\nprint 1\n";
    assert_eq!(run_in(folder.path(), &["check", "-"], lets).code, 0);
    assert_eq!(run_in(folder.path(), &["check", "-", "--deny-warnings"], lets).code, 1);
    let stored = ".create function F() { print 1 }\n\nF() | count\n";
    check(&run_in(folder.path(), &["check", "-", "--deny-warnings"], stored), 0, "");
    let dialect = run_in(folder.path(), &["check", "-", "--dialect", "log-analytics"], stored);
    assert!(dialect.out.contains("warning[not-in-log-analytics]"), "{}", dialect.out);
    let ran = run_in(folder.path(), &["check", "-"], "print 1 // expect: roes 1\n");
    assert!(ran.code == 1 && ran.out.contains("at -:1:20"), "{}", ran.out);
    check(&run_in(folder.path(), &["check", "-"], "Nope // expect: error unknown-table\n"), 0, "");
    let ran = run_in(folder.path(), &["explain", "bare-join"], "");
    assert!(ran.code == 0 && ran.out.starts_with("# bare-join"), "{}", ran.err);
}

fn check_formats() {
    let folder = folder(&[("a b.kql", "print 1\n\nlet a = 1;\nprint \"ä\", Nope\n")]);
    let run = |format: &str| {
        let ran = run_in(folder.path(), &["check", "a b.kql", "--format", format], "");
        assert_eq!(ran.code, 1, "{}", ran.err);
        serde_json::from_str::<Json>(&ran.out).unwrap()
    };
    let found = run("json");
    assert_eq!(found.as_array().map(Vec::len), Some(2), "{found:#}");
    assert_eq!((&found[0]["file"], &found[0]["code"]), (&Json::from("a b.kql"), &Json::from("unused-let")));
    assert_eq!((&found[1]["place"]["line"], &found[1]["place"]["column"]), (&Json::from(4), &Json::from(12)));
    let log = run("sarif");
    check_sarif(&log);
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    let place = &results[1]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "a%20b.kql");
    assert_eq!((&place["region"]["startLine"], &place["region"]["endColumn"]), (&Json::from(4), &Json::from(16)));
}

/// What the SARIF 2.1.0 schema asks of the objects that are written.
fn check_sarif(log: &Json) {
    assert_eq!(log["version"], "2.1.0");
    assert!(log["$schema"].as_str().unwrap().contains("sarif-2.1.0"));
    for run in log["runs"].as_array().unwrap() {
        let driver = &run["tool"]["driver"];
        assert!(driver["name"].is_string());
        assert!(["utf16CodeUnits", "unicodeCodePoints"].contains(&run["columnKind"].as_str().unwrap()));
        let rules = driver["rules"].as_array().unwrap();
        let ids: std::collections::BTreeSet<&str> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), rules.len(), "a rule is there twice");
        for rule in rules {
            assert!(rule["shortDescription"]["text"].is_string(), "{rule}");
            assert!(["note", "warning", "error"].contains(&rule["defaultConfiguration"]["level"].as_str().unwrap()));
        }
        for result in run["results"].as_array().unwrap() {
            assert!(result["message"]["text"].as_str().is_some_and(|text| !text.is_empty()));
            assert!(["note", "warning", "error"].contains(&result["level"].as_str().unwrap()));
            let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
            assert_eq!(rule["id"], result["ruleId"]);
            for place in
                result["locations"].as_array().unwrap().iter().chain(result["relatedLocations"].as_array().unwrap())
            {
                let region = &place["physicalLocation"]["region"];
                let at = |name: &str| region[name].as_u64().unwrap();
                assert!(at("startLine") >= 1 && at("startColumn") >= 1);
                assert!((at("startLine"), at("startColumn")) <= (at("endLine"), at("endColumn")));
                assert!(place["physicalLocation"]["artifactLocation"]["uri"].is_string());
            }
        }
    }
}

fn check_measures() {
    let text = "let A = datatable (k: long, v: long) [1, 1, 1, 2, 2, 3];\nA\n| join (A | distinct k) on k\n";
    let folder = tempfile::tempdir().unwrap();
    let ran = run_in(folder.path(), &["check", "-", "--measure"], text);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("on this data 2 of the 3 rows of `kind=inner` are left"), "{}", ran.out);
}

fn fmt() {
    let folder = folder(&[("s.kql", "T|count\n\n\n// x\nT | wher  a\n\nU|take 5\n"), ("fine.kql", "T\n| count\n")]);
    let ran = run_in(folder.path(), &["fmt", "--check", "s.kql", "fine.kql"], "");
    check(
        &ran,
        1,
        "--- s.kql\n+++ s.kql\n@@ -1,7 +1,9 @@\n-T|count\n+T\n+| count\n \n \n // x\n T | wher  a\n \n-U|take 5\n+U\n+| take 5\n",
    );
    assert!(read(folder.path(), "s.kql").starts_with("T|count\n"));
    check(&run_in(folder.path(), &["fmt", "--check", "fine.kql"], ""), 0, "");
    let ran = run_in(folder.path(), &["fmt", "."], "");
    check(&ran, 1, "");
    assert!(ran.err.contains("at s.kql:5:5") || ran.err.contains("at ./s.kql:5:5"), "{}", ran.err);
    assert_eq!(read(folder.path(), "s.kql"), "T\n| count\n\n\n// x\nT | wher  a\n\nU\n| take 5\n");
    check(&run_in(folder.path(), &["fmt", "-"], "T|where a==1 // b"), 0, "T\n| where a == 1 // b\n");
}

fn readme() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let section = readme.split_once("\n## Scripts\n").unwrap().1;
    let block = |after: &str| section.split_once(after).unwrap().1.split_once("```").unwrap().0.to_owned();
    let rejoin = "ACSCallSummary\n| where TimeGenerated > ago(1d)\n| join (ACSCallDiagnostics | where TimeGenerated > ago(1d)) on CorrelationId\n";
    let calls = block("```kql\n");
    let folder = folder(&[("calls.kql", calls.as_str()), ("rejoin.kql", rejoin)]);
    let run = |line: &str| run_in(folder.path(), &line.split(' ').collect::<Vec<_>>(), "");
    check(&run("fmt --check calls.kql"), 0, "");
    assert_eq!(run("check calls.kql --format sarif --deny-warnings").code, 0);
    check(&run("run calls.kql --out-dir out --format parquet"), 0, "");
    assert!(folder.path().join("out/01-calls-by-kind.parquet").is_file());
    assert_eq!(run("run calls.kql --expect expected --bless").code, 0);
    assert!(folder.path().join("expected/calls.expected.md").is_file());
    assert_eq!(run("run calls.kql --expect expected --junit report.xml").code, 0);
    check(&run("check rejoin.kql"), 0, &block("$ calypso check rejoin.kql\n"));
}

fn formatting_keeps_trees() {
    let mut texts = queries();
    texts.extend(Library::load(None).unwrap().queries().iter().map(|query| query.text.clone()));
    // A larger collection, where one is at hand: an object with the key `query` per line.
    if let Some(more) = std::env::var_os("CALYPSO_CORPUS") {
        let more = std::fs::read_to_string(more).unwrap();
        let queries = more.lines().filter_map(|line| serde_json::from_str::<Json>(line).ok());
        texts.extend(queries.filter_map(|line| Some(line["query"].as_str()?.to_owned())));
    }
    for text in texts {
        let parsed = parse(&text);
        let formatted = format_script(&text, |_| false);
        assert_eq!(format_script(&formatted.text, |_| false).text, formatted.text, "formatting twice\n{text}");
        if parsed.diagnostics.is_empty() {
            let again = parse(&formatted.text);
            assert_eq!(again.diagnostics, [], "{}", formatted.text);
            assert_eq!(
                without_places(&parsed.query),
                without_places(&again.query),
                "{text}\nbecame\n{}",
                formatted.text
            );
        }
    }
}

fn canned_queries_are_clean() {
    let mut remarks = Vec::new();
    for query in Library::load(None).unwrap().queries() {
        let found = lint(&query.text, &parse(&query.text).query, Dialect::Calypso);
        remarks.extend(found.iter().map(|found| format!("{}: {}", query.name, found.message)));
    }
    assert!(remarks.is_empty(), "{}", remarks.join("\n"));
}
