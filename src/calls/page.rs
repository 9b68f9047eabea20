//! A report on one call as a page of its own: overview, issues, timeline and what was checked. Nothing in it comes from
//! elsewhere, and without its script only the filters do not work.

use crate::engine::Answer;
use crate::error::Result;
use crate::output::escape;

use super::picture::{chosen, strip};
use super::rows::{Day, Row, rows_of};

const CSS: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// Events of calls that have more are listed only for participants to whom something happened.
const MOST_EVENTS: usize = 3000;

/// The page of an answer. Views that are not in the answer are not on the page.
pub(super) fn page(answer: &Answer) -> Result<String> {
    let calls = rows_of(&answer.tables, "Call")?;
    let events = rows_of(&answer.tables, "Events")?;
    let id = calls.first().or(events.first()).map(|row| row.text("CallId")).unwrap_or_default();
    let mut text = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>Call {0}</title>\n<style>\n{CSS}</style>\n</head>\n<body>\n<main>\n\
         <h1>Call {0}</h1>\n",
        escape(&id)
    );
    let mut body = String::new();
    let mut views = Vec::new();
    if let Some(call) = calls.first() {
        push_header(call, &mut text);
    }
    let everybody = rows_of(&answer.tables, "Participants")?;
    if !everybody.is_empty() {
        views.push(("participants", "Participants"));
        push_participants(&everybody, &mut body);
    }
    if answer.tables.iter().any(|table| table.name == "Issues") {
        views.push(("issues", "Issues"));
        push_issues(&rows_of(&answer.tables, "Issues")?, &mut body);
    }
    let checks = rows_of(&answer.tables, "Checks")?;
    if !checks.is_empty() {
        views.push(("checks", "What was checked"));
        push_checks(&checks, &mut body);
    }
    if !events.is_empty() {
        views.push(("timeline", "Timeline"));
        push_timeline(&events, &rows_of(&answer.tables, "Curves")?, &mut body);
    }
    let links: Vec<String> = views.iter().map(|(id, name)| format!("<a href=\"#{id}\">{name}</a>")).collect();
    text.push_str(&format!("<nav aria-label=\"views\">{}</nav>\n", links.join("")));
    push_filters(&events, &mut text);
    text.push_str(&body);
    text.push_str(&format!("</main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"));
    Ok(text)
}

fn push_header(call: &Row, text: &mut String) {
    let quality = call.text("Quality");
    text.push_str(&format!(
        "<p class=\"dim\">{}, {} to {} UTC ({})</p>\n<p class=\"verdict {}\">{}</p>\n<dl class=\"facts\">\n",
        escape(&call.text("CallType")),
        call.clock("Start", Day::Shown),
        call.clock("End", Day::Hidden),
        escape(&call.length("Length")),
        class(&quality),
        escape(&call.text("Verdict"))
    ));
    let facts = [
        ("Quality", "Quality"),
        ("Rating", "Rating"),
        ("Score", "of 5"),
        ("Participants", "Participants"),
        ("ClientTypes", "Clients"),
        ("Issues", "Issues"),
        ("Dropped", "Dropped"),
        ("PoorStreams", "Poor streams"),
        ("FailedOperations", "Failed operations"),
        ("BadDiagnostics", "Bad diagnostics"),
        ("Sureness", "Sureness"),
    ];
    for (column, name) in facts {
        let fact = call.text(column);
        if !fact.is_empty() {
            let value = escape(&fact);
            text.push_str(&format!("<div><dt>{name}</dt><dd class=\"{}\">{value}</dd></div>\n", class(&fact)));
        }
    }
    text.push_str("</dl>\n");
}

/// A word as the name of a class.
fn class(word: &str) -> String {
    word.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
}

fn push_filters(events: &[Row], text: &mut String) {
    let mut lanes: Vec<String> = events.iter().map(|row| row.text("Lane")).collect();
    lanes.sort();
    lanes.dedup();
    let options: Vec<String> = lanes.iter().map(|lane| format!("<option>{}</option>", escape(lane))).collect();
    text.push_str(&format!(
        "<div class=\"filters\" role=\"search\"><label>Find <input id=\"filter\" type=\"search\" placeholder=\"P2, an id, a word\"></label>\
         <label><input id=\"bad\" type=\"checkbox\"> only what went wrong</label>\
         <label>Lane <select id=\"lane\"><option value=\"\">all</option>{}</select></label>\
         <span id=\"count\" class=\"dim\" role=\"status\" aria-live=\"polite\"></span></div>\n",
        options.join("")
    ));
}

/// The columns of the table of participants, and their headings.
const COLUMNS: &[(&str, &str)] = &[
    ("Participant", "Name"),
    ("DisplayName", "Who"),
    ("EndpointType", "Type"),
    ("Start", "From"),
    ("Length", "Length"),
    ("EndCode", "End"),
    ("SdkVersion", "SDK"),
    ("OsVersion", "System"),
    ("Jitter", "Jitter ms"),
    ("PacketLoss", "Loss"),
    ("RoundTrip", "Round trip ms"),
    ("PoorStreams", "Poor streams"),
    ("Problems", "Problems"),
];

fn push_participants(everybody: &[Row], text: &mut String) {
    text.push_str("<section id=\"participants\">\n<h2>Participants</h2>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"participants\">\n<table>\n<thead><tr>");
    for (_, name) in COLUMNS {
        text.push_str(&format!("<th scope=\"col\">{name}</th>"));
    }
    text.push_str("</tr></thead>\n<tbody>\n");
    for row in everybody {
        let hurt = row.number("Problems").unwrap_or(0.0) > 0.0;
        let find = format!("{} {} {}", row.text("Participant"), row.text("ParticipantId"), row.text("Identifier"));
        let mark = if hurt { " class=\"hurt\"" } else { "" };
        text.push_str(&format!("<tr{mark} data-find=\"{}\" data-bad=\"{}\">", escape(&find), u8::from(hurt)));
        for (column, _) in COLUMNS {
            let cell = match *column {
                "Start" => row.clock("Start", Day::Hidden),
                "Length" => row.length("Length"),
                "EndCode" if !row.text("EndCode").is_empty() => {
                    format!("{}/{}", row.text("EndCode"), row.text("EndSubCode"))
                }
                "PoorStreams" => format!("{} of {}", row.text("PoorStreams"), row.text("Streams")),
                other => row.text(other),
            };
            let id = if *column == "DisplayName" { " class=\"id\"" } else { "" };
            text.push_str(&format!("<td{id}>{}</td>", escape(&cell)));
        }
        text.push_str("</tr>\n");
    }
    text.push_str("</tbody>\n</table>\n</div>\n");
    for row in everybody.iter().filter(|row| everybody.len() <= 20 || row.number("Problems").unwrap_or(0.0) > 0.0) {
        push_facts(row, text);
    }
    text.push_str("</section>\n");
}

/// Everything that is known about a participant, folded.
fn push_facts(row: &Row, text: &mut String) {
    let hurt = u8::from(row.number("Problems").unwrap_or(0.0) > 0.0);
    let name = row.text("Participant");
    let find = escape(&format!("{name} {} {}", row.text("ParticipantId"), row.text("Identifier")));
    text.push_str(&format!("<details class=\"facts-of\" data-find=\"{find}\" data-bad=\"{hurt}\"><summary>All about {name}</summary>\n<dl>\n"));
    for (column, value) in row.cells() {
        if !value.is_empty() && column != "CallId" {
            text.push_str(&format!("<dt>{}</dt><dd>{}</dd>\n", escape(&column), escape(&value)));
        }
    }
    text.push_str("</dl>\n</details>\n");
}

fn push_issues(issues: &[Row], text: &mut String) {
    text.push_str("<section id=\"issues\">\n<h2>Issues</h2>\n");
    if issues.is_empty() {
        text.push_str("<p>None was found. What was looked at stands below: no data is not the same as good.</p>\n");
    }
    for issue in issues {
        let level = issue.text("Level");
        let (who, name) = (issue.text("Participant"), issue.text("Issue"));
        let find = format!("{who} {} {name} {}", issue.text("ParticipantId"), issue.text("Cause"));
        text.push_str(&format!(
            "<article class=\"issue {}\" data-find=\"{}\" data-bad=\"{}\">\n<h3>{}: {} <span class=\"dim\">({})</span></h3>\n<dl>\n",
            class(&level),
            escape(&find),
            u8::from(level == "problem"),
            escape(&who),
            escape(&name),
            escape(&level)
        ));
        let measured = format!("{} {}", issue.text("Measured"), issue.text("Unit"));
        let when = match (issue.clock("From", Day::Hidden), issue.clock("To", Day::Hidden)) {
            (from, to) if to.is_empty() || to == from => from,
            (from, to) => format!("{from} to {to}"),
        };
        let facts = [
            ("What", issue.text("What")),
            ("Rule", issue.text("Rule")),
            ("Measured", measured.trim().to_owned()),
            ("When", when),
            ("Evidence", format!("{}, {}", issue.text("Evidence"), issue.text("Recorded"))),
            ("What to do", issue.text("Remedy")),
        ];
        for (name, fact) in facts.iter().filter(|(_, fact)| !fact.is_empty()) {
            text.push_str(&format!("<dt>{name}</dt><dd>{}</dd>\n", escape(fact)));
        }
        text.push_str("</dl>\n</article>\n");
    }
    text.push_str("</section>\n");
}

fn push_checks(checks: &[Row], text: &mut String) {
    text.push_str("<section id=\"checks\">\n<h2>What was checked</h2>\n<div class=\"scroll\">\n<table>\n<thead><tr><th scope=\"col\">Check</th><th scope=\"col\">Result</th><th scope=\"col\">Looked at</th></tr></thead>\n<tbody>\n");
    for check in checks {
        let result = check.text("Result");
        let looked = match check.text("Of") {
            of if of.is_empty() => check.text("Looked"),
            of => format!("{} of {of}", check.text("Looked")),
        };
        text.push_str(&format!(
            "<tr><td>{}</td><td class=\"{}\">{}</td><td>{looked}</td></tr>\n",
            escape(&check.text("Check")),
            class(&result),
            escape(&result)
        ));
    }
    text.push_str("</tbody>\n</table>\n</div>\n</section>\n");
}

fn push_timeline(events: &[Row], curves: &[Row], text: &mut String) {
    text.push_str("<section id=\"timeline\">\n<h2>Timeline</h2>\n<p class=\"dim\">Times are UTC. Red is what failed or was bad.</p>\n");
    let drawn = chosen(events);
    for name in &drawn {
        let failed = events.iter().any(|row| row.is("Failed") && row.text("Participant") == *name);
        if let Some(svg) = strip(name, events, curves) {
            text.push_str(&format!(
                "<figure tabindex=\"0\" aria-label=\"timeline of {0}\" data-find=\"{0}\" data-bad=\"{1}\">{svg}</figure>\n",
                escape(name),
                u8::from(failed)
            ));
        }
    }
    push_events(events, &drawn, text);
    text.push_str("</section>\n");
}

fn push_events(events: &[Row], drawn: &[String], text: &mut String) {
    let mut listed: Vec<&Row> =
        events.iter().filter(|row| row.text("Lane") != "Participant" || row.text("What") == "in the call").collect();
    let all = listed.len();
    if all > MOST_EVENTS {
        listed.retain(|row| drawn.contains(&row.text("Participant")));
        listed.truncate(MOST_EVENTS);
    }
    listed.sort_by_key(|row| row.time("Start"));
    text.push_str(&format!("<h3>Events</h3>\n<p class=\"dim\">{} of {all}</p>\n<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"events\">\n<table>\n<thead><tr><th scope=\"col\">Time</th><th scope=\"col\">Who</th><th scope=\"col\">Lane</th><th scope=\"col\">What</th><th scope=\"col\">Length</th><th scope=\"col\">Detail</th></tr></thead>\n<tbody>\n", listed.len()));
    for row in listed {
        let (who, lane, what) = (row.text("Participant"), row.text("Lane"), row.text("What"));
        let (failed, mark) = if row.is("Failed") { (1, " class=\"hurt\"") } else { (0, "") };
        let find = escape(&format!("{who} {what} {}", row.text("OperationId")));
        let length = if row.text("Form") == "point" { String::new() } else { row.length("Length") };
        text.push_str(&format!(
            "<tr{mark} data-find=\"{find}\" data-bad=\"{failed}\" data-lane=\"{0}\"><td>{1}</td><td>{2}</td><td>{0}</td><td>{3}</td><td>{length}</td><td>{4}</td></tr>\n",
            escape(&lane),
            row.clock("Start", Day::Hidden),
            escape(&who),
            escape(&what),
            escape(&row.text("Detail"))
        ));
    }
    text.push_str("</tbody>\n</table>\n</div>\n");
}
