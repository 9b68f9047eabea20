//! The house rules of CONTRIBUTING, as tests over the text of the package.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use libtest_mimic::Trial;

use crate::pages::{rows, support};
use crate::{root, trial};

/// Most lines of a file, its unit tests not counted.
const MOST_LINES: usize = 500;

/// Files that may be longer, each with its own limit and the reason.
const LONG_FILES: &[(&str, usize)] = &[
    // One struct per operator, nothing else.
    ("src/syntax/ast.rs", 1150),
];

/// Most packages in `Cargo.lock`. A new dependency needs a reason; so does raising this.
const MOST_PACKAGES: usize = 375;

/// One test per rule.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("tidy: every file says what it is for", every_file_has_a_header),
        trial("tidy: no module uses one below it", layers_hold),
        trial("tidy: only the engine half names DataFusion and Arrow", the_engine_is_fenced),
        trial("tidy: no leftovers", no_leftovers),
        trial("tidy: only the edges print", only_the_edges_print),
        trial("tidy: files are short", files_are_short),
        trial("tidy: tests name no absolute paths", tests_stay_inside),
        trial("tidy: every row has a page and every page a row", pages_match_rows),
        trial("tidy: SUPPORT.md says what is supported", support_is_up_to_date),
        trial("tidy: the README counts what is supported", the_readme_is_up_to_date),
        trial("tidy: what is refused is refused, and nothing else", refusals_match_rows),
        trial("tidy: dependencies stay within the budget", dependencies_are_few),
    ]
}

fn every_file_has_a_header() {
    let bare = sources().into_iter().filter(|(_, text)| !text.starts_with("//! ")).map(|(path, _)| path);
    report("these files do not start with `//! `", bare);
}

/// The modules of `lib.rs` in its groups, which stand in order; within a group order does not count.
fn layers() -> BTreeMap<String, usize> {
    let text = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let mut layers = BTreeMap::new();
    for (layer, group) in text.split("\n\n").enumerate() {
        let modules = group.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
        layers.extend(modules.map(|module| (module.to_owned(), layer)));
    }
    layers
}

/// Uses that the order of groups alone would allow.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("catalog", &["syntax"]),
    ("engine", &["ingest", "output", "repl"]),
    ("functions", &["syntax"]),
    ("ingest", &["output", "repl"]),
    ("ir", &["syntax", "functions"]),
    ("output", &["ingest", "repl"]),
    ("tables", &["syntax"]),
];

fn layers_hold() {
    let layers = layers();
    assert!(layers.len() > 10, "`lib.rs` is not read rightly: {layers:?}");
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let Some(module) = path.strip_prefix("src/").and_then(|path| path.split(['/', '.']).next()) else { continue };
        let Some(layer) = layers.get(module) else { continue };
        for used in uses(&text) {
            let below = layers.get(&used).is_some_and(|used| used > layer);
            let forbidden = FORBIDDEN.iter().any(|(from, to)| *from == module && to.contains(&used.as_str()));
            if below || forbidden {
                wrong.push(format!("{path} uses `{used}`"));
            }
        }
    }
    report("these uses go the wrong way", wrong);
}

/// The first names of all `crate::` paths, of grouped imports too.
fn uses(text: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for part in text.split("crate::").skip(1) {
        let word = |text: &str| text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
        match part.strip_prefix('{').and_then(|group| group.split_once('}')) {
            Some((group, _)) => names.extend(group.split(',').map(|item| word(item.trim()))),
            None => drop(names.insert(word(part))),
        }
    }
    names
}

const ENGINE_HALF: &[&str] = &["src/engine", "src/privacy", "src/generate", "src/ingest", "src/output", "src/repl"];

fn the_engine_is_fenced() {
    let outside = sources().into_iter().filter(|(path, text)| {
        let outside = path.starts_with("src/") && !ENGINE_HALF.iter().any(|folder| path.starts_with(folder));
        outside
            && code(text).any(|line| ["datafusion::", "arrow::", "parquet::"].iter().any(|word| line.contains(word)))
    });
    report("these files name DataFusion, Arrow or Parquet", outside.map(|(path, _)| path));
}

fn no_leftovers() {
    let words = ["dbg!(", "todo!(", "unimplemented!(", "TODO", "FIXME", "#[ignore"];
    report("leftovers", lines_with(&words, |path| path.starts_with("src/")));
}

fn only_the_edges_print() {
    let edges = ["src/main.rs", "src/output/", "src/repl/"];
    let words = ["println!(", "eprintln!(", " print!(", "eprint!("];
    report(
        "these lines print",
        lines_with(&words, |path| path.starts_with("src/") && !edges.iter().any(|edge| path.starts_with(edge))),
    );
}

fn files_are_short() {
    let mut long = Vec::new();
    for (path, text) in sources() {
        let tested = text.find("\n#[cfg(test)]\n").map_or(text.as_str(), |end| &text[..end]);
        let lines = tested.lines().count();
        let exception = LONG_FILES.iter().find(|(file, _)| *file == path);
        let most = exception.map_or(MOST_LINES, |(_, most)| *most);
        if lines > most {
            long.push(format!("{path}: {lines} lines, at most {most}"));
        } else if exception.is_some() && lines <= MOST_LINES {
            long.push(format!("{path}: {lines} lines, needs no exception any more"));
        }
    }
    report("these files are too long: look for the seam", long);
}

fn tests_stay_inside() {
    let words = ["\"/home", "\"/work", "\"/tmp", "\"/root", "\"/usr", "\"/var", "\"C:\\"];
    report("absolute paths", lines_with(&words, |path| path.starts_with("tests/") && path != "tests/tidy.rs"));
}

/// The page of messages that are pinned although nobody likes them; no code of its own.
const POOR: &str = "lang/errors/poor";

/// The page of the faults that are mended while logs are read.
const REPAIRS: &str = "lang/tables/repairs";

fn pages_match_rows() {
    let mut wrong = Vec::new();
    let mut pages: BTreeSet<String> = crate::pages::names().into_iter().collect();
    for row in rows::all() {
        let name = row.page();
        if !pages.remove(&name) {
            wrong.push(format!("{name}.md is missing"));
            continue;
        }
        let path = root().join("tests").join(format!("{name}.md"));
        // A page that cannot be read fails a test of its own.
        let Ok(page) = crate::pages::format::read(&path, &root()) else { continue };
        let mut compare = |what: &str, page: &str, row: &str| {
            if page != row {
                wrong.push(format!("{name}.md: the {what} is `{page}`, that of the row is `{row}`"));
            }
        };
        compare("title", &page.title, &row.name);
        compare("sentence", &page.summary, row.summary.as_deref().unwrap_or(&page.summary));
        compare("syntax", page.syntax.as_deref().unwrap_or_default(), row.syntax.as_deref().unwrap_or_default());
        compare("difference", page.differs.as_deref().unwrap_or_default(), row.differs.as_deref().unwrap_or_default());
    }
    pages.remove(POOR);
    pages.remove(REPAIRS);
    let listed = |page: &&String| rows::FOLDERS.iter().any(|folder| page.starts_with(&format!("lang/{folder}/")));
    wrong.extend(pages.iter().filter(listed).map(|page| format!("{page}.md has no row")));
    report("pages and rows differ", wrong);
}

fn support_is_up_to_date() {
    let path = root().join("SUPPORT.md");
    let found = support::document();
    if crate::pages::blessing() {
        std::fs::write(&path, found).unwrap();
        return;
    }
    let listed = std::fs::read_to_string(&path).unwrap_or_default();
    let stale = found.lines().filter(|line| !listed.contains(line));
    report("stale in SUPPORT.md (`BLESS=1 cargo test --test main tidy` writes it anew)", stale.map(str::to_owned));
    assert_eq!(listed.len(), found.len(), "SUPPORT.md says what is not so any more");
}

fn the_readme_is_up_to_date() {
    let path = root().join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = readme.split_once("<!-- supported").unwrap();
    let (mark, rest) = rest.split_once("-->\n").unwrap();
    let (listed, after) = rest.split_once("<!-- end of supported -->").unwrap();
    let found = support::counts();
    if crate::pages::blessing() {
        let new = format!("{before}<!-- supported{mark}-->\n{found}<!-- end of supported -->{after}");
        std::fs::write(&path, new).unwrap();
    } else {
        assert_eq!(listed, found, "README.md is stale: `BLESS=1 cargo test --test main tidy` writes it anew");
    }
}

/// Asks the binder: the examples of what runs must bind, and what is refused must be refused by name.
fn refusals_match_rows() {
    report("rows and binder differ", support::disagreements());
}

fn dependencies_are_few() {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let count = lock.lines().filter(|line| *line == "[[package]]").count();
    assert!(count <= MOST_PACKAGES, "Cargo.lock has {count} packages, at most {MOST_PACKAGES} are wanted");
}

fn report(what: &str, found: impl IntoIterator<Item = String>) {
    let found: Vec<String> = found.into_iter().collect();
    assert!(found.is_empty(), "{what}:\n  {}", found.join("\n  "));
}

/// The lines outside of comments.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim_start().starts_with("//"))
}

/// Lines of chosen files that hold one of the words, each with its place.
fn lines_with(words: &[&str], chosen: impl Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in sources().into_iter().filter(|(path, _)| chosen(path)) {
        let lines = text.lines().enumerate().filter(|(_, line)| words.iter().any(|word| line.contains(word)));
        found.extend(lines.map(|(number, line)| format!("{path}:{}: {}", number + 1, line.trim())));
    }
    found
}

/// Every Rust file of the package with its path from the root, in order.
fn sources() -> Vec<(String, String)> {
    let mut files = Vec::new();
    for folder in ["src", "tests"] {
        collect(&root().join(folder), "rs", &mut files);
    }
    files.sort();
    let named = |path: PathBuf| {
        let name = path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/");
        (name, std::fs::read_to_string(&path).unwrap())
    };
    files.into_iter().map(named).collect()
}

/// Adds the files of a folder and its folders that have an extension.
pub(crate) fn collect(folder: &Path, extension: &str, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, extension, files);
        } else if path.extension().is_some_and(|found| found == extension) {
            files.push(path);
        }
    }
}
