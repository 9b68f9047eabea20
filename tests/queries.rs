//! Every canned query on the sample: its answer is kept beside this file, as `queries/AREA/NAME.md`.
//!
//! `BLESS=1 cargo test --test main queries` writes the answers anew; read the difference before believing it.

use std::sync::OnceLock;

use calypso::Source;
use calypso::engine::{DataCatalog, Engine, Limits, Request};
use calypso::library::{CannedQuery, Library};
use calypso::output::{Style, format, write};
use libtest_mimic::Trial;

use crate::pages::blessing;
use crate::{root, trial};

/// The sample's queries must not depend on the clock.
const NOW: i64 = 1_735_689_600_000_000_000;

/// The tests of this module.
pub(crate) fn trials() -> Vec<Trial> {
    let library = Library::load(None).unwrap();
    let mut trials: Vec<Trial> = library.queries().iter().cloned().map(answer_is_as_kept).collect();
    trials.push(trial("queries: every kept answer has its query", no_orphans));
    trials
}

fn answer_is_as_kept(query: CannedQuery) -> Trial {
    trial(format!("queries: {}", query.name), move || {
        let path = root().join("tests/queries").join(format!("{}.md", query.name));
        let answer = answer(&query);
        if blessing() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &answer).unwrap();
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(answer, kept, "the answer changed: BLESS=1 writes it to {}", path.display());
    })
}

fn answer(query: &CannedQuery) -> String {
    let source = Source::new(&query.name, &query.text);
    let request = Request { now: Some(NOW), ..Request::default() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let answer = runtime.block_on(engine().query(&source, &request));
    let answer = answer.unwrap_or_else(|error| panic!("{}: {error}", query.name));
    assert!(answer.warnings.is_empty(), "{}: {:?}", query.name, answer.warnings);
    let mut text = format!("# {}\n\n{}\n\n", query.name, query.title).into_bytes();
    write(&answer, format("markdown").unwrap(), &Style::PLAIN, &mut text).unwrap();
    String::from_utf8(text).unwrap()
}

fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let catalog = DataCatalog::sample().unwrap();
        // One thread: groups then come in the order of the data where a query does not sort.
        Engine::new(catalog, &Limits { threads: Some(1), ..Limits::default() }).unwrap()
    })
}

fn no_orphans() {
    let library = Library::load(None).unwrap();
    let folder = root().join("tests/queries");
    for area in std::fs::read_dir(&folder).unwrap() {
        for file in std::fs::read_dir(area.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            let name = path.strip_prefix(&folder).unwrap().with_extension("");
            let name = name.to_str().unwrap().replace('\\', "/");
            assert!(library.queries().iter().any(|query| query.name == name), "{} has no query", path.display());
        }
    }
}
