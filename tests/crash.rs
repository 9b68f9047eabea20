//! The program against the machine: killed at any moment, a full disk, files that cannot be read, two runs at once.

use std::collections::HashSet;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use calypso::engine::DataCatalog;
use libtest_mimic::Trial;

use crate::cli::{program, run_in};
use crate::ingest::rows;
use crate::store::{calls, summaries, summary};
use crate::{root, trial};

/// One test per accident.
pub(crate) fn trials() -> Vec<Trial> {
    let mut tests: Vec<(&str, fn())> =
        vec![("two runs at once", two_at_once), ("other tools read the files", other_tools)];
    if cfg!(unix) {
        tests.push(("a hundred kills", kills));
        tests.push(("a full disk", full_disk));
        tests.push(("files that cannot be read", unreadable));
        tests.push(("a folder is followed until it is enough", follow));
    }
    tests.iter().map(|(name, test)| trial(format!("crash: {name}"), *test)).collect()
}

/// Files of calls, of which neighbours share some.
fn write_logs(folder: &Path, files: usize) -> Vec<usize> {
    std::fs::create_dir_all(folder).unwrap();
    for file in 0..files {
        std::fs::write(folder.join(format!("{file:03}.json")), summaries(file * 20..file * 20 + 25)).unwrap();
    }
    (0..files * 20 + 5).collect()
}

/// The calls that are there, each of which must be there once; none before the first commit.
fn calls_in(folder: &Path) -> Vec<usize> {
    let calls = match folder.exists() {
        true => calls(&DataCatalog::open(&[folder.to_owned()]).unwrap()),
        false => Vec::new(),
    };
    assert_eq!(calls.iter().collect::<HashSet<_>>().len(), calls.len(), "a record is there twice");
    calls
}

fn kills() {
    let folder = tempfile::tempdir().unwrap();
    let (logs, tables) = (folder.path().join("in"), folder.path().join("out"));
    let all = write_logs(&logs, 12);
    let start = || program(folder.path(), &["ingest", "in", "--into", "out"]).spawn().unwrap();
    let begun = Instant::now();
    assert!(start().wait().unwrap().success());
    let full = begun.elapsed();
    assert_eq!(calls_in(&tables), all);
    // A fixed sequence of pseudo-random numbers: which points they hit differs from run to run all the same.
    let mut state = 12_345u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / (1u64 << 31) as f64
    };
    let (mut kills, mut begun_with) = (0, Vec::new());
    // On a busy machine fewer must do.
    while kills < 100 && (kills < 20 || begun.elapsed() < Duration::from_secs(40)) {
        if calls_in(&tables) == all {
            let _ = std::fs::remove_dir_all(&tables);
            // Some of the logs come first, so that there is something to merge and to compare with.
            for part in 0..(random() * 9.0) as usize {
                let file = logs.join(format!("{part:03}.json"));
                let into = [file.as_path()].map(Path::to_path_buf);
                calypso::ingest::ingest(&into, &tables).unwrap();
            }
            begun_with = calls_in(&tables);
        }
        let mut child = start();
        std::thread::sleep(full.mul_f64(random() * 1.1));
        let was_running = child.try_wait().unwrap().is_none();
        child.kill().unwrap();
        child.wait().unwrap();
        kills += usize::from(was_running);
        let left = calls_in(&tables);
        // All of these logs are one commit.
        assert!(left == all || left == begun_with, "half a commit: {} of {}", left.len(), all.len());
    }
    assert!(start().wait().unwrap().success());
    assert_eq!(calls_in(&tables), all);
    let drafts = std::fs::read_dir(tables.join("_calypso/drafts")).unwrap().count();
    assert_eq!(drafts, 0);
}

fn full_disk() {
    let folder = tempfile::tempdir().unwrap();
    let all = write_logs(&folder.path().join("in"), 10);
    let run = run_in(folder.path(), &["ingest", "in/000.json", "--into", "out"], "");
    assert_eq!(run.code, 0, "{}", run.err);
    let before = calls_in(&folder.path().join("out"));
    // No file may be larger than some blocks; the signal that would end the program is left out.
    let script = format!("trap '' XFSZ; ulimit -f 4; exec {} ingest in --into out", env!("CARGO_BIN_EXE_calypso"));
    let mut child = Command::new("sh")
        .args(["-c", &script])
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = String::new();
    child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(2), "{told}");
    assert!(told.contains("File too large") || told.contains("os error 27"), "{told}");
    assert_eq!(calls_in(&folder.path().join("out")), before);
    let run = run_in(folder.path(), &["ingest", "in", "--into", "out"], "");
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(calls_in(&folder.path().join("out")), all);
}

#[cfg(unix)]
fn unreadable() {
    let folder = tempfile::tempdir().unwrap();
    let all = write_logs(&folder.path().join("in"), 2);
    // A link that leads nowhere cannot be read by anybody, not even by the system's own user.
    let link = folder.path().join("in/001.json");
    std::fs::rename(&link, folder.path().join("later.json")).unwrap();
    std::os::unix::fs::symlink("../nowhere.json", &link).unwrap();
    let ran = run_in(folder.path(), &["ingest", "in", "--into", "out"], "");
    assert_eq!(ran.code, 2);
    assert!(ran.out.contains("1 file could not be read to the end\n  in/001.json: No such file"), "{}", ran.out);
    assert_eq!(calls_in(&folder.path().join("out")), (0..25).collect::<Vec<_>>());
    std::fs::rename(folder.path().join("later.json"), folder.path().join("nowhere.json")).unwrap();
    let ran = run_in(folder.path(), &["ingest", "in", "--into", "out"], "");
    assert_eq!(ran.code, 0, "{}", ran.out);
    assert_eq!(calls_in(&folder.path().join("out")), all);
}

#[cfg(not(unix))]
fn unreadable() {}

fn two_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let all = write_logs(&folder.path().join("in"), 20);
    let start = || program(folder.path(), &["ingest", "in", "--into", "out", "--format", "json"]).spawn().unwrap();
    let both = [start(), start(), start()];
    let mut total = 0;
    for child in both {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        total += report["rows"].as_u64().unwrap();
    }
    assert_eq!(total, all.len() as u64);
    assert_eq!(calls_in(&folder.path().join("out")), all);
}

fn follow() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("in")).unwrap();
    let log = folder.path().join("in/PT1H.json");
    std::fs::write(&log, summaries(0..3)).unwrap();
    let arguments = ["ingest", "in", "--into", "out", "--follow", "--interval", "20ms"];
    let mut child = program(folder.path(), &arguments).spawn().unwrap();
    let out = folder.path().join("out");
    let wait_for = |count: usize| {
        let until = Instant::now() + Duration::from_secs(30);
        while calls_in(&out).len() != count {
            assert!(Instant::now() < until, "{count} rows do not come");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    wait_for(3);
    let more = summary(3) + &summary(4);
    std::fs::write(&log, summaries(0..3) + &more[..more.len() - 5]).unwrap();
    wait_for(4);
    std::fs::write(&log, summaries(0..3) + &more).unwrap();
    wait_for(5);
    let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(interrupt.success());
    assert!(child.wait().unwrap().success());
    let mut told = String::new();
    child.stdout.take().unwrap().read_to_string(&mut told).unwrap();
    assert_eq!(told.matches("ACSCallSummary").count(), 3, "{told}");
}

/// Reads every file with other tools, where they are installed.
fn other_tools() {
    let folder = tempfile::tempdir().unwrap();
    let sample = root().join("tests/data/sample");
    calypso::ingest::ingest(&[sample], folder.path()).unwrap();
    let expected = rows(&DataCatalog::open(&[folder.path().to_owned()]).unwrap(), "ACSCallSummary");
    let from: String = expected.iter().map(|row| row["TimeGenerated"].clone()).min().unwrap();
    let expected = format!("{} {}", expected.len(), from.trim_end_matches('Z').replace('T', " "));
    for (module, script) in [("duckdb", DUCKDB), ("pyarrow", PYARROW)] {
        let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let here = Command::new(&python).args(["-c", &format!("import {module}")]).output();
        if !here.is_ok_and(|here| here.status.success()) {
            println!("skipped: no {module} for {python}");
            continue;
        }
        let ran = Command::new(&python).args(["-c", script]).current_dir(folder.path()).output().unwrap();
        let said = String::from_utf8(ran.stdout).unwrap();
        assert_eq!(said.trim(), expected, "{module}: {}", String::from_utf8_lossy(&ran.stderr));
    }
}

const DUCKDB: &str = "
import duckdb
duckdb.sql(\"set timezone='UTC'\")
rows = duckdb.sql(\"select count(*), replace(min(TimeGenerated)::varchar, '+00', ''), count(CallType), count(DISTINCT day) from \
'ACSCallSummary/**/*.parquet'\").fetchall()[0]
assert rows[2] == rows[0] and rows[3] > 1, rows
print(rows[0], rows[1])
";

const PYARROW: &str = "
import pyarrow.dataset as dataset, pyarrow.compute as compute
table = dataset.dataset('ACSCallSummary', partitioning='hive').to_table()
assert str(table.schema.field('TimeGenerated').type) == 'timestamp[ns, tz=UTC]', table.schema
assert not table.schema.field('CallType').nullable, table.schema
least = compute.min(table['TimeGenerated'])
print(table.num_rows, compute.strftime(least, '%Y-%m-%d %H:%M:%S').as_py().rstrip('0').rstrip('.'))
";
