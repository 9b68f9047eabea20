//! The README's questions are answered as it says: each `kql` block with the `text` block behind it.

use calypso::Source;
use calypso::engine::Request;
use calypso::output::{self, Style};
use calypso::render::Color;
use libtest_mimic::Trial;

use crate::pages::{answer, blessing};
use crate::{root, trial};

/// One test for all of them.
pub(crate) fn trials() -> Vec<Trial> {
    vec![trial("readme: its questions are answered as it says", questions_are_answered)]
}

fn questions_are_answered() {
    let path = root().join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let mut found = String::new();
    let mut rest = readme.as_str();
    while let Some((before, query, _, after)) = next_question(rest) {
        found += &format!("{before}```kql\n{query}```\n\n```text\n{}```\n", reply(query));
        rest = after;
    }
    found += rest;
    if blessing() {
        std::fs::write(&path, found).unwrap();
    } else {
        assert_eq!(readme, found, "`BLESS=1 cargo test --test main readme` writes the answers anew");
    }
}

/// The text in front of the next question, the question, the answer, and what follows.
fn next_question(text: &str) -> Option<(&str, &str, &str, &str)> {
    let (before, rest) = text.split_once("```kql\n")?;
    let (query, rest) = rest.split_once("```\n\n```text\n")?;
    let (answer, after) = rest.split_once("```\n")?;
    Some((before, query, answer, after))
}

/// What the program prints.
fn reply(query: &str) -> String {
    let source = Source::new("query", query.trim_end());
    let request = Request { now: Some(answer::NOW), ..Request::default() };
    match answer::runtime().block_on(answer::sample().query(&source, &request)) {
        Ok(reply) => {
            let mut out = Vec::new();
            output::write(&reply, output::format("table").unwrap(), &Style::PLAIN, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        }
        Err(error) => error.render(Color::Never),
    }
}
