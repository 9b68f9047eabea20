//! Reports of what was run: a transcript to read, and JUnit for those who run tests.

use std::fmt::Write;
use std::time::Duration;

use super::outcome::{Outcome, Ran};

/// Every request with its answer, as one would see them on a terminal.
pub fn transcript(all: &[Ran]) -> String {
    let mut out = String::new();
    for ran in all {
        let how = match &ran.outcome {
            Outcome::Passed => "ok",
            Outcome::Unexpected(_) => "not as expected",
            Outcome::Failed { .. } => "failed",
            Outcome::Skipped => "not run",
        };
        // Writing to a string cannot fail.
        let _ =
            writeln!(out, "=== {}:{} {}: {how}\n\n{}\n", ran.script, ran.line, ran.title, ran.block.text.trim_end());
        if !ran.shown.is_empty() {
            let _ = writeln!(out, "{}\n", ran.shown.trim_end());
        }
        if let Outcome::Unexpected(differences) = &ran.outcome {
            let _ = writeln!(out, "{}\n", differences.join("\n"));
        }
    }
    out
}

/// A suite per script, a case per request.
pub fn junit(all: &[Ran]) -> String {
    let mut scripts: Vec<&str> = Vec::new();
    for ran in all {
        if scripts.last() != Some(&ran.script.as_str()) {
            scripts.push(&ran.script);
        }
    }
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(out, "<testsuites name=\"calypso\" {}>", counts(all.iter()));
    for script in scripts {
        let ran = || all.iter().filter(|ran| ran.script == script);
        let _ = writeln!(out, "  <testsuite name=\"{}\" {}>", escape(script), counts(ran()));
        for ran in ran() {
            push_case(&mut out, ran);
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn push_case(out: &mut String, ran: &Ran) {
    let head = format!(
        "    <testcase name=\"{} {}\" classname=\"{}\" file=\"{}\" line=\"{}\" time=\"{}\"",
        ran.number,
        escape(&ran.title),
        escape(&ran.script),
        escape(&ran.script),
        ran.line,
        seconds(ran.taken)
    );
    let inner = match &ran.outcome {
        Outcome::Passed => {
            let _ = writeln!(out, "{head}/>");
            return;
        }
        Outcome::Skipped => "<skipped message=\"a request before it failed\"/>".to_owned(),
        Outcome::Unexpected(differences) => element("failure", "expectation", &differences.join("\n")),
        Outcome::Failed { message, code: 1 } => element("failure", "request", message),
        Outcome::Failed { message, .. } => element("error", "broken", message),
    };
    let _ = writeln!(out, "{head}>\n      {inner}\n    </testcase>");
}

fn element(name: &str, kind: &str, text: &str) -> String {
    let first = text.lines().next().unwrap_or("");
    format!("<{name} type=\"{kind}\" message=\"{}\">{}</{name}>", escape(first), escape(text.trim_end()))
}

fn counts<'r>(all: impl Iterator<Item = &'r Ran>) -> String {
    let (mut tests, mut failures, mut errors, mut skipped, mut time) = (0, 0, 0, 0, Duration::ZERO);
    for ran in all {
        tests += 1;
        time += ran.taken;
        match ran.outcome {
            Outcome::Passed => {}
            Outcome::Unexpected(_) | Outcome::Failed { code: 1, .. } => failures += 1,
            Outcome::Failed { .. } => errors += 1,
            Outcome::Skipped => skipped += 1,
        }
    }
    let time = seconds(time);
    format!("tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{skipped}\" time=\"{time}\"")
}

fn seconds(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64())
}

/// Text inside of XML. Characters that XML cannot hold at all are left out.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' | '\t' | '\r' => out.push(c),
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => out.push(c),
        }
    }
    out
}
