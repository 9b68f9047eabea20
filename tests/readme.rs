//! The README's questions are answered as it says: each `kql` block with the `text` block behind it. The `kql shell`
//! blocks are one sitting of the shell.

use std::io::{Read, Write, pipe};
use std::process::Stdio;

use calypso::Source;
use calypso::engine::Request;
use calypso::output::{self, Style};
use calypso::render::Color;
use libtest_mimic::Trial;

use crate::cli::program;
use crate::pages::{answer, blessing};
use crate::{root, trial};

/// How a block of the sitting begins.
const SITTING: &str = "```kql shell\n";
/// What the shell prints between the answers of two blocks.
const MARK: &str = "=== next ===\n";

/// One test for the questions, and one for the sitting.
pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("readme: its questions are answered as it says", questions_are_answered),
        trial("readme: the sitting of the shell goes as it says", sitting_goes_as_told),
    ]
}

fn sitting_goes_as_told() {
    let path = root().join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let requests: Vec<&str> = readme.split(SITTING).skip(1).map(|rest| rest.split_once("```\n").unwrap().0).collect();
    let mut answers = sit(&requests).into_iter();
    let mut found = String::new();
    for (index, part) in readme.split(SITTING).enumerate() {
        if index == 0 {
            found += part;
            continue;
        }
        let (request, rest) = part.split_once("```\n").unwrap();
        found += &format!("{SITTING}{request}```\n");
        let answer = answers.next().unwrap();
        // A block without an answer is one whose answer is not shown.
        found += &match rest.strip_prefix("\n```text\n") {
            Some(old) => format!("\n```text\n{answer}```\n{}", old.split_once("```\n").unwrap().1),
            None => rest.to_owned(),
        };
    }
    if blessing() {
        std::fs::write(&path, found).unwrap();
    } else {
        assert_eq!(readme, found, "`BLESS=1 cargo test --test main readme` writes the answers anew");
    }
}

/// What the shell says to each block, on both streams.
fn sit(requests: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let (mut output, stream) = pipe().unwrap();
    let arguments = ["--charts", "always", "--width", "90", "--now", "2026-03-03T12:00"];
    let mut command = program(folder.path(), &arguments);
    command.stdin(Stdio::piped()).stdout(stream.try_clone().unwrap()).stderr(stream);
    let mut child = command.spawn().unwrap();
    // The command holds the writing end of the pipe.
    drop(command);
    let mut input = child.stdin.take().unwrap();
    let mark = format!("\n.print {MARK}");
    let text: String = requests.iter().map(|request| format!("{request}{mark}")).collect();
    input.write_all(format!(".on-error go{mark}{text}").as_bytes()).unwrap();
    drop(input);
    let mut answers = String::new();
    output.read_to_string(&mut answers).unwrap();
    child.wait().unwrap();
    // The notes at the start are in front of the first mark, and nothing is behind the last one.
    let answers = answers.split(MARK).skip(1).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(answers.len(), requests.len() + 1, "{answers:?}");
    answers
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
