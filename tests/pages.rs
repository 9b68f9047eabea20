//! Runs every page under `tests/lang`. Without the engine each case must lex, parse and bind as written, and the header
//! of its result must be right; with it, rows are compared too.
//!
//! `BLESS=1` writes what came out into the pages instead of comparing, and creates the page of a row that has none.
//! It never turns a result into an error or the other way around: that is a change to make by hand.

#[cfg(feature = "engine")]
pub(crate) mod answer;
mod data;
pub(crate) mod format;
pub(crate) mod rows;
mod run;
pub(crate) mod support;

use std::path::{Path, PathBuf};

use libtest_mimic::Trial;

use crate::{root, tidy, trial};
use format::{Block, Case, Kind, Order};

/// Whether expectations are rewritten instead of compared.
pub(crate) fn blessing() -> bool {
    std::env::var("BLESS").is_ok_and(|value| value == "1")
}

/// One test per case of a page, one per page that cannot be read.
pub(crate) fn trials() -> Vec<Trial> {
    if blessing() {
        match_rows();
    }
    let mut trials = vec![trial("pages: the format is read", format::reads_pages)];
    for path in paths() {
        let page = match format::read(&path, &root()) {
            Ok(page) => page,
            Err(why) => {
                trials.push(trial(format!("{}: can be read", name(&path)), move || panic!("{why}")));
                continue;
            }
        };
        for case in &page.cases {
            let (path, title) = (path.clone(), case.title.clone());
            let test = move || check(&path, &title);
            trials.push(trial(format!("{}: {}", page.name, case.title), test));
        }
    }
    trials
}

/// The names of all pages: paths from `tests`, without `.md`.
pub(crate) fn names() -> Vec<String> {
    paths().iter().map(|path| name(path)).collect()
}

fn name(path: &Path) -> String {
    let name = path.strip_prefix(root().join("tests")).unwrap_or(path).with_extension("");
    name.to_string_lossy().replace('\\', "/")
}

fn paths() -> Vec<PathBuf> {
    let mut paths = Vec::new();
    tidy::collect(&root().join("tests/lang"), "md", &mut paths);
    paths.sort();
    paths
}

/// Checks one case. The page is read anew, because a case blessed before may have moved its lines.
fn check(path: &Path, title: &str) {
    let page = format::read(path, &root()).unwrap();
    let number = page.cases.iter().position(|case| case.title == title).unwrap();
    let case = &page.cases[number];
    let same_title = page.cases.iter().filter(|case| case.title == title).count();
    assert_eq!(same_title, 1, "two cases are called `{title}`");
    let found = run::run(case).unwrap_or_else(|why| panic!("{}\n\n{why}", quote(case)));
    let changes: Vec<(usize, usize, String)> = case
        .blocks
        .iter()
        .zip(found)
        .enumerate()
        .filter_map(|(at, (block, found))| found.filter(|text| differs(block, text)).map(|text| (number, at, text)))
        .collect();
    if blessing() {
        format::rewrite(&page, &changes);
    } else if let Some((_, at, text)) = changes.first() {
        let block = &case.blocks[*at];
        panic!("{}\n\nexpected {:?}:\n{}\nfound:\n{text}", quote(case), block.kind, block.text);
    }
}

fn differs(block: &Block, found: &str) -> bool {
    match block.kind {
        Kind::Result(Order::Any) => {
            let sorted = |text: &str| {
                let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
                lines.get_mut(1..).unwrap_or_default().sort();
                lines
            };
            sorted(&block.text) != sorted(found)
        }
        _ => block.text != found,
    }
}

fn quote(case: &Case) -> String {
    case.query().0.lines().map(|line| format!("    {line}\n")).collect()
}

/// Gives every page the head of its row, and starts a page for every row that has none and knows a query to show. The
/// answer is then filled in like any other.
fn match_rows() {
    let present = names();
    for row in rows::all() {
        let path = root().join("tests").join(row.page()).with_extension("md");
        if present.contains(&row.page()) {
            let Ok(page) = format::read(&path, &root()) else { continue };
            format::rewrite_head(&page, &row);
        } else if let Some(sample) = &row.sample {
            let case = format!("## example\n\n```kql\n{sample}\n```\n\n```result\n```\n");
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, format::head_of(&row, "") + &case).unwrap();
        }
    }
}
