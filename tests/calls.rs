//! `calypso calls`: every view of every scenario call, whose verdict and issues are kept in `tests/calls`, and the rules
//! that hold between views.
//!
//! `BLESS=1 cargo test --test main calls` writes the pages anew; read the difference before believing it.

use std::path::PathBuf;
use std::sync::OnceLock;

use calypso::calls::{Asked, Desk, Rules, drawn};
use calypso::engine::watch::Watch;
use calypso::engine::{Answer, DataCatalog, Engine, Limits};
use calypso::generate::{Form, Plan, SCENARIOS, generate};
use calypso::library::Library;
use calypso::output::{Style, format, write};
use libtest_mimic::Trial;
use serde_json::Value;

use crate::pages::{answer, blessing};
use crate::{root, trial};

/// Scenario calls, beside some calls like any other.
struct Data {
    engine: Engine,
    _folder: tempfile::TempDir,
}

/// The tests of this module.
pub(crate) fn trials() -> Vec<Trial> {
    let mut trials: Vec<Trial> = (1..=SCENARIOS.len())
        .zip(SCENARIOS)
        .map(|(number, scenario)| {
            trial(format!("calls: scenario {}", scenario.name), move || scenario_is_as_kept(number, scenario.name))
        })
        .collect();
    trials.push(trial("calls: the list and the issues count alike", views_agree));
    trials.push(trial("calls: any fragment finds a call", fragments_find));
    trials.push(trial("calls: filters of the list", filters));
    trials.push(trial("calls: every view can be drawn and is JSON", every_view));
    trials.push(trial("calls: both generations of the rules", generations));
    trials
}

fn data() -> &'static Data {
    static DATA: OnceLock<Data> = OnceLock::new();
    DATA.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let from = 1_772_409_600_000_000_000;
        let to = from + 86_400_000_000_000;
        let scenarios = SCENARIOS.iter().collect();
        generate(&Plan { calls: 150, seed: 3, from, to, scenarios, form: Form::Tables, threads: 2 }, folder.path())
            .unwrap();
        let catalog = DataCatalog::open(&[folder.path().to_owned()]).unwrap();
        let limits = Limits { threads: Some(2), ..Limits::default() };
        Data { engine: Engine::new(catalog, &limits).unwrap(), _folder: folder }
    })
}

fn ask_by(asked: &Asked, rules: Rules) -> Answer {
    let library = Library::load(None).unwrap();
    let desk = Desk { engine: &data().engine, library: &library, rules, now: Some(0), watch: &Watch::default() };
    answer::runtime().block_on(desk.ask(asked)).unwrap_or_else(|error| panic!("{asked:?}: {error}"))
}

fn ask(asked: &Asked) -> Answer {
    ask_by(asked, Rules::Revision)
}

/// The rows of a table of an answer.
fn rows(answer: &Answer, name: &str) -> Vec<Value> {
    let table =
        answer.tables.iter().find(|table| table.name == name).unwrap_or_else(|| panic!("no table {name}")).clone();
    let mut text = Vec::new();
    let one = Answer { tables: vec![table], ..Answer::default() };
    write(&one, format("json").unwrap(), &Style::PLAIN, &mut text).unwrap();
    serde_json::from_slice(&text).unwrap()
}

fn id(number: usize) -> String {
    format!("ca11ca11-0000-4000-8000-{number:012}")
}

fn search(given: &[(&str, &str)]) -> Vec<Value> {
    let parameters = given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    rows(&ask(&Asked::Search(parameters)), "Calls")
}

fn scenario_is_as_kept(number: usize, name: &str) {
    let answer = ask(&Asked::Issues(id(number)));
    let call = &rows(&answer, "Call")[0];
    let mut text = format!("# {name}\n\n{}\n", call["Verdict"].as_str().unwrap());
    text += &format!("\nQuality {}, rating {}, {} issues.\n", call["Quality"], call["Rating"], call["Issues"])
        .replace('"', "");
    text += "\n| Level | Who | Issue | Rule | What |\n|---|---|---|---|---|\n";
    for issue in rows(&answer, "Issues") {
        let cells =
            ["Level", "Participant", "Issue", "Rule", "What"].map(|column| issue[column].as_str().unwrap().to_owned());
        text += &format!("| {} |\n", cells.join(" | "));
    }
    text += "\n| Check | Result | Looked | Of |\n|---|---|---|---|\n";
    for check in rows(&answer, "Checks") {
        let (looked, of) = (&check["Looked"], check["Of"].as_i64().map_or(String::new(), |of| of.to_string()));
        text += &format!(
            "| {} | {} | {looked} | {of} |\n",
            check["Check"].as_str().unwrap(),
            check["Result"].as_str().unwrap()
        );
    }
    let path: PathBuf = root().join("tests/calls").join(format!("{name}.md"));
    if blessing() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    assert_eq!(text, std::fs::read_to_string(&path).unwrap_or_default(), "the answer changed: BLESS=1 writes it");
}

/// The list of calls and the examination of a call have rules of their own texts; they must not drift apart.
fn views_agree() {
    for rules in [Rules::Revision, Rules::Old] {
        let listed = ask_by(&Asked::Search(vec![("rows".to_owned(), "10000".to_owned())]), rules);
        let library = Library::load(None).unwrap();
        let query = library.find("diagnostics/call").unwrap();
        let request = calypso::engine::Request {
            now: Some(0),
            parameters: vec![("rules".to_owned(), rules.name().to_owned())],
            ..Default::default()
        };
        let source = calypso::Source::new("call", &query.text);
        let examined = answer::runtime().block_on(data().engine.query(&source, &request)).unwrap();
        let (listed, examined) = (rows(&listed, "Calls"), rows(&examined, "Call"));
        assert_eq!(listed.len(), examined.len(), "{rules:?}");
        for call in &examined {
            let other =
                listed.iter().find(|other| other["CallId"] == call["CallId"]).unwrap_or_else(|| panic!("{call}"));
            for column in ["Quality", "Rating", "Dropped", "PoorStreams", "Issues", "CallType", "ClientTypes"] {
                assert_eq!(call[column], other[column], "{column} of {} by {rules:?}", call["CallId"]);
            }
        }
    }
}

fn fragments_find() {
    let finds = |text: &str, number: usize| {
        let found = search(&[("word", text)]);
        assert!(found.iter().any(|call| call["CallId"] == id(number).as_str()), "{text}: {found:?}");
    };
    finds("000000000010", 10);
    finds("560503", 5);
    finds("410/3112", 4);
    finds("MicrophonePermissionDenied", 3);
    finds("clientTag:web", 1);
    assert!(search(&[("word", "nothing has this")]).is_empty());
}

fn filters() {
    let all = search(&[("rows", "10000")]);
    let of = |given: &[(&str, &str)], test: &dyn Fn(&Value) -> bool| {
        let given: Vec<_> = given.iter().copied().chain([("rows", "10000")]).collect();
        let (found, wanted) = (search(&given).len(), all.iter().filter(|call| test(call)).count());
        assert_eq!(found, wanted, "{given:?}");
        assert!(found > 0, "{given:?}");
    };
    of(&[("poor", "true")], &|call| call["Quality"] == "Poor");
    of(&[("dropped", "true")], &|call| call["Dropped"].as_i64() > Some(0));
    of(&[("rated", "3")], &|call| call["Score"].as_f64().is_some_and(|score| score < 3.0));
    assert_eq!(search(&[("rows", "3")]).len(), 3);
}

fn every_view() {
    let call = id(4);
    let asked = [
        Asked::Search(Vec::new()),
        Asked::Overview(call.clone()),
        Asked::Issues(call.clone()),
        Asked::Timeline { call: call.clone(), participant: String::new(), lane: String::new() },
        Asked::Timeline { call: call.clone(), participant: "p2".to_owned(), lane: "network".to_owned() },
        Asked::Report(call.clone()),
        Asked::Compare(id(1), call.clone()),
        Asked::Fleet(Vec::new()),
    ];
    for asked in asked {
        let answer = ask(&asked);
        let text = drawn(&asked, &answer, &Style::PLAIN).unwrap();
        assert!(text.lines().count() > 3, "{asked:?}: {text}");
        for name in ["json", "html"] {
            let folder = tempfile::tempdir().unwrap();
            let target = calypso::output::target::Target::File(folder.path().join("out"));
            calypso::calls::write(&asked, &answer, format(name).unwrap(), &Style::PLAIN, &target).unwrap();
            let text = std::fs::read_to_string(folder.path().join("out")).unwrap();
            match name {
                "json" => drop(serde_json::from_str::<Value>(&text).unwrap()),
                _ => assert!(
                    text.starts_with("<!doctype html>") && !text.contains("http://") || text.contains("www.w3.org")
                ),
            }
        }
    }
}

fn generations() {
    let issues = |rules| rows(&ask_by(&Asked::Issues(id(4)), rules), "Issues");
    let rule = |issues: &[Value]| {
        let end = issues.iter().find(|issue| issue["Kind"] == "participant").unwrap();
        end["Rule"].as_str().unwrap().to_owned()
    };
    assert_eq!(rule(&issues(Rules::Revision)), "ResultCategory contains Unexpected");
    assert_eq!(rule(&issues(Rules::Old)), "end code is one of the ungraceful ones");
}
