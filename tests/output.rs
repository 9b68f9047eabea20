//! What is written: charts as text, SVG and pages, and exports that other tools read.

use std::path::Path;
use std::process::Command;

use libtest_mimic::Trial;

use crate::cli::{Ran, run_in};
use crate::{root, trial};

/// The tests of this module.
pub(crate) fn trials() -> Vec<Trial> {
    let tests: &[(&str, fn())] = &[
        ("pipes get rows, and charts only when asked", charts_when),
        ("charts and tables are as wide as is asked", width),
        ("ASCII charts are ASCII", ascii),
        ("an SVG is one well-formed file that tells all in words too", svg),
        ("an SVG without a chart is refused with help", svg_refused),
        ("no text of a cell becomes markup", escaped),
        ("every kind of chart is drawn or says why not", kinds),
        ("a page holds charts, tables and nothing from elsewhere", page),
        ("exports are split by the values of a column", parts),
        ("columns in names of folders keep their types", parts_read_back),
        ("DuckDB, pyarrow and pandas read the exports", read_by_others),
    ];
    tests.iter().map(|(name, test)| trial(format!("output: {name}"), *test)).collect()
}

const CHART: &str =
    "datatable (Name: string, N: long) ['a<b>&\"', 3, 'c', 5] | render columnchart with (title = 'T & <U>')";

fn run(arguments: &[&str]) -> Ran {
    run_in(tempfile::tempdir().unwrap().path(), arguments, "")
}

#[track_caller]
fn answer(arguments: &[&str]) -> String {
    let ran = run(arguments);
    assert_eq!(ran.code, 0, "{}", ran.err);
    ran.out
}

fn charts_when() {
    let plain = answer(&["query", CHART]);
    assert!(plain.contains("┌") && plain.ends_with("2 rows\n"), "{plain}");
    assert_eq!(answer(&["query", "--charts", "never", CHART]), plain);
    let drawn = answer(&["query", "--charts", "always", CHART]);
    assert!(drawn.contains("T & <U>") && drawn.contains("drawn as columnchart"), "{drawn}");
    assert!(!drawn.contains('\x1b'), "{drawn}");
}

fn width() {
    let wide = "print a = strcat_array(repeat('x', 300), ''), b = strcat_array(repeat('y', 300), ''), c = 1";
    for (width, request) in [("40", CHART), ("200", CHART), ("40", wide), ("80", wide)] {
        let drawn = answer(&["query", "--charts", "always", "--width", width, request]);
        let most = drawn.lines().map(|line| line.chars().count()).max().unwrap();
        assert!(most <= width.parse().unwrap(), "{most}\n{drawn}");
    }
    assert_eq!(run(&["query", "--width", "3", "print 1"]).code, 1);
    let rows = answer(&["query", "--format", "vertical", "--width", "40", wide]);
    assert!(rows.lines().all(|line| line.chars().count() <= 40) && rows.contains("\nc  1\n"), "{rows}");
}

fn ascii() {
    for (kind, values) in [("linechart", "x, y"), ("barchart", "n, y"), ("areachart", "x, y"), ("piechart", "n, y")] {
        let request = format!(
            "range x from 1 to 9 step 1 | extend y = x * x, n = strcat('n', x) | project {values} | render {kind}"
        );
        let drawn = answer(&["query", "--charts", "ascii", &request]);
        assert!(drawn.is_ascii(), "{drawn}");
    }
}

fn svg() {
    let text = answer(&["query", "--format", "svg", CHART]);
    let document = check_markup(&text);
    for part in
        ["role=\"img\"", "<title id=\"chart-t\">T &amp; &lt;U&gt;</title>", "<desc", "prefers-color-scheme:dark"]
    {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert_eq!(document.iter().filter(|name| *name == "rect").count(), 4, "a ground, a clip and two columns\n{text}");
    assert!(text.contains("<title>N\nc\n5</title>"), "{text}");
    let references = ["http://", "https://", "url(", "@import", "href", "src="];
    for reference in references {
        let own = text.replace("http://www.w3.org/2000/svg", "").replace("url(#chart-p0)", "");
        assert!(!own.contains(reference), "{reference}\n{text}");
    }
}

fn svg_refused() {
    for (request, why) in [
        ("print x = 1", "render timechart"),
        ("print x = 1 | render timechart", "needs a datetime column"),
        ("print x = 1 | render pivotchart", "a pivotchart cannot be drawn here"),
    ] {
        let ran = run(&["query", "--format", "svg", request]);
        assert_eq!((ran.code, ran.out.as_str()), (1, ""), "{}", ran.err);
        assert!(ran.err.contains(why) && ran.err.contains("html"), "{}", ran.err);
    }
}

fn escaped() {
    let evil = "print Name = '<script>alert(1)</script>\u{1}', N = 3";
    for kind in ["columnchart", "barchart", "piechart", "treemap", "card"] {
        let request = format!("{evil} | render {kind} with (title = '</title><b>')");
        check_markup(&answer(&["query", "--format", "svg", &request]));
        let page = answer(&["query", "--format", "html", &request]);
        assert!(!page.contains("<script>alert") && !page.contains("<b>"), "{page}");
    }
    let page = answer(&["query", "--format", "html", evil]);
    assert!(page.contains("&lt;script&gt;alert") && !page.contains('\u{1}'), "{page}");
}

fn kinds() {
    let data = "range n from 1 to 5 step 1 | project Start = datetime(2026-03-01) + n * 1h, Name = strcat('n', n), N = n, M = n * n";
    for kind in [
        "anomalychart",
        "areachart",
        "barchart",
        "columnchart",
        "linechart",
        "piechart",
        "scatterchart",
        "stackedareachart",
        "timechart",
        "treemap",
        "card",
    ] {
        let drawn = answer(&["query", "--charts", "always", &format!("{data} | render {kind}")]);
        assert!(drawn.contains(&format!("drawn as {kind}")), "{drawn}");
    }
    for kind in ["pivotchart", "timepivot", "plotly"] {
        let drawn = answer(&["query", "--charts", "always", &format!("{data} | render {kind}")]);
        assert!(drawn.contains(&format!("no chart is drawn: a {kind} cannot be drawn here")), "{drawn}");
    }
    let list = answer(&["query", "--charts", "always", &format!("{data} | render list")]);
    assert!(list.contains("row 5"), "{list}");
}

fn page() {
    let text = answer(&["query", "--format", "html", &format!("{CHART}; print x = 1, y = 1d")]);
    for part in ["<!doctype html>", "<figure tabindex=\"0\"", "<details>", "<table", "data-type=\"long\"", "aria-live"]
    {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert_eq!(text.matches("<table").count(), 2, "{text}");
    let own = text.replace("http://www.w3.org/2000/svg", "");
    for reference in ["http://", "https://", "src=", "@import", "<link"] {
        assert!(!own.contains(reference), "{reference}\n{text}");
    }
    let (body, _) = text.split_once("<script>").unwrap();
    let rows = body.matches("<tr>").count();
    assert_eq!(rows, body.matches("</tr>").count());
    assert_eq!(rows, 2 + 2 + 1, "two heads and three rows\n{text}");
}

/// That tags nest and close and that no bare sign is left; gives the names of all elements.
#[track_caller]
fn check_markup(text: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    for (at, part) in text.split('<').enumerate().skip(1) {
        let (tag, behind) = part.split_once('>').unwrap_or_else(|| panic!("tag {at} does not end\n{text}"));
        assert!(!behind.contains('>'), "a bare > in {behind}");
        for entity in behind.split('&').skip(1) {
            assert!(["amp;", "lt;", "gt;", "quot;", "#39;"].iter().any(|name| entity.starts_with(name)), "{behind}");
        }
        let name = tag.split([' ', '/']).find(|name| !name.is_empty()).unwrap();
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "{text}");
        } else {
            names.push(name.to_owned());
            if !tag.ends_with('/') {
                open.push(name);
            }
        }
    }
    assert!(open.is_empty() && !text.contains(|c: char| c.is_control() && c != '\n' && c != '\t'), "{open:?}");
    names
}

const PARTS: &str = "datatable (k: string, n: long) ['a/b', 1, 'c', 2, 'a/b', 3]";

fn parts() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["query", "--format", "csv", "-o", "out", "--partition-by", "k", PARTS];
    let ran = run_in(folder.path(), &arguments, "");
    assert_eq!(ran.code, 0, "{}", ran.err);
    let text = |path: &str| std::fs::read_to_string(folder.path().join(path)).unwrap();
    assert_eq!(text("out/k=a%2Fb/part-0.csv"), "n\n1\n3\n");
    assert_eq!(text("out/k=c/part-0.csv"), "n\n2\n");
    for wrong in [
        &["query", "--partition-by", "k", PARTS][..],
        &["query", "--format", "csv", "-o", "x", "--partition-by", "nope", PARTS],
        &["query", "--format", "csv", "-o", "x", "--partition-by", "k", "print k = 1"],
        &["query", "--format", "csv", "-o", "x", "--partition-by", "k", "print k = 1, n = 1; print k = 2"],
    ] {
        assert_eq!(run_in(folder.path(), wrong, "").code, 1, "{wrong:?}");
    }
}

/// Columns that are only in the names of folders keep their types.
fn parts_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let request = "datatable (n: long, b: bool, i: int, s: string, t: datetime, d: timespan, g: guid, m: decimal) [\
                   1, true, 1, 'a/b', datetime(2024-01-09T15:00:00.1234567Z), 1d, guid(74be27de-1e4e-49d9-b579-fe0b331d3642), decimal(1.5), \
                   2, bool(null), int(null), '', datetime(null), timespan(null), guid(null), decimal(null)]";
    let names = ["b", "i", "s", "t", "d", "g", "m"];
    let mut write = vec!["query", "--format", "parquet", "-o", "parts"];
    names.iter().for_each(|name| write.extend(["--partition-by", name]));
    write.push(request);
    let ran = run_in(folder.path(), &write, "");
    assert_eq!(ran.code, 0, "{}", ran.err);
    let ask = |request: &str| {
        let ran = run_in(folder.path(), &["query", "--format", "csv", "--data", "parts", request], "");
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran.out
    };
    let kinds = ask("parts | getschema | where ColumnName != 'n' | project ColumnName, ColumnType");
    assert_eq!(kinds, "ColumnName,ColumnType\nb,bool\ni,int\ns,string\nt,datetime\nd,timespan\ng,guid\nm,decimal\n");
    assert_eq!(
        ask("parts | sort by n asc"),
        "n,b,i,s,t,d,g,m\n1,true,1,a/b,2024-01-09T15:00:00.1234567Z,1.00:00:00,74be27de-1e4e-49d9-b579-fe0b331d3642,1.5\n2,,,,,,,\n"
    );
    assert_eq!(ask("parts | where s == 'a/b' | project n"), "n\n1\n");
    assert_eq!(ask("parts | where isnull(t) | summarize n = sum(n) by i, s"), "i,s,n\n,,2\n");
}

/// Skipped, with the reason on standard error, where there is no python that has these libraries.
fn read_by_others() {
    let folder = tempfile::tempdir().unwrap();
    let request = "print b = true, i = int(1), l = 2, r = 0.5, m = decimal(1.5), s = 'a,\"b', \
                   t = datetime(2024-01-09T15:00:00.1234567Z), d = 1d + 2ms, j = dynamic({'a': [1]}), \
                   g = guid(74be27de-1e4e-49d9-b579-fe0b331d3642)";
    let write = |arguments: &[&str]| {
        let ran = run_in(folder.path(), arguments, "");
        assert_eq!(ran.code, 0, "{}", ran.err);
    };
    for extension in ["parquet", "arrow", "csv", "tsv", "json", "jsonl"] {
        write(&["query", "-o", &format!("Kept.{extension}"), request]);
    }
    write(&["query", "-o", "Two.jsonl", "print x = 1; print x = 2"]);
    write(&["query", "--format", "parquet", "-o", "parts", "--partition-by", "k", PARTS]);
    read_with_python(folder.path());
}

fn read_with_python(folder: &Path) {
    let script = root().join("tests/read_exports.py");
    match Command::new("python3").arg(script).current_dir(folder).output() {
        Ok(ran) if ran.status.success() => {
            let said = String::from_utf8_lossy(&ran.stdout).into_owned();
            if said.starts_with("skipped") {
                eprint!("exports were not read back by others: {said}");
            }
        }
        Ok(ran) => panic!("{}", String::from_utf8_lossy(&ran.stderr)),
        Err(error) => eprintln!("exports were not read back by others: python3: {error}"),
    }
}
