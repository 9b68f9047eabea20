//! Call diagnostics: which canned queries answer a question about calls, and how their rows are arranged and drawn.
//!
//! What is good, poor or an issue is decided in `queries/diagnostics`; here nothing is judged.

mod compare;
mod fleet;
mod lanes;
mod overview;
mod page;
mod picture;
mod rows;
mod text;

use crate::engine::watch::Watch;
use crate::engine::{Answer, Engine, Request, Table};
use crate::error::{Error, Result};
use crate::library::Library;
use crate::output::target::{Target, write_text, write_to};
use crate::output::{Format, Style};
use crate::source::Source;

use rows::rows_of;

/// Which generation of the rules judges.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rules {
    /// The current one.
    #[default]
    Revision,
    /// The one of 2024.
    Old,
}

impl Rules {
    /// The value of the queries' parameter.
    pub fn name(self) -> &'static str {
        match self {
            Rules::Revision => "revision",
            Rules::Old => "2024",
        }
    }

    /// The rules of a name.
    pub fn of(name: &str) -> Result<Rules> {
        match name {
            "revision" => Ok(Rules::Revision),
            "2024" => Ok(Rules::Old),
            other => Err(Error::Usage(format!("no rules `{other}`: there are revision and 2024"))),
        }
    }
}

/// A question about calls. Calls are named by their id or its beginning.
#[derive(Clone, Debug, PartialEq)]
pub enum Asked {
    /// Which calls there are; the parameters are those of the query.
    Search(Vec<(String, String)>),
    /// What a call was like.
    Overview(String),
    /// What was wrong with it.
    Issues(String),
    /// What happened in it.
    Timeline {
        /// The call.
        call: String,
        /// Only this participant: a short name such as P2, an id or a part of one.
        participant: String,
        /// Only this lane.
        lane: String,
    },
    /// Everything about it, on a page.
    Report(String),
    /// How two calls differ.
    Compare(String, String),
    /// What bad calls have in common; the parameters are those of the query.
    Fleet(Vec<(String, String)>),
}

impl Asked {
    /// A question in words, as the shell takes it: `overview CALL`, `search TEXT`, `compare CALL CALL`.
    pub fn parse(text: &str) -> Result<Asked> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let asked = match words.as_slice() {
            [] | ["search"] => Asked::Search(Vec::new()),
            ["search", text @ ..] => Asked::Search(parameters(&[("word", &text.join(" "))])),
            ["overview", call] => Asked::Overview((*call).to_owned()),
            ["issues", call] => Asked::Issues((*call).to_owned()),
            ["timeline", call] => {
                Asked::Timeline { call: (*call).to_owned(), participant: String::new(), lane: String::new() }
            }
            ["timeline", call, who] => {
                Asked::Timeline { call: (*call).to_owned(), participant: (*who).to_owned(), lane: String::new() }
            }
            ["report", call] => Asked::Report((*call).to_owned()),
            ["compare", first, second] => Asked::Compare((*first).to_owned(), (*second).to_owned()),
            ["fleet"] => Asked::Fleet(Vec::new()),
            _ => {
                return Err(Error::Usage(
                    "expected search TEXT, overview CALL, issues CALL, timeline CALL [PARTICIPANT], report CALL, \
                     compare CALL CALL or fleet"
                        .to_owned(),
                ));
            }
        };
        Ok(asked)
    }
}

/// Parameters of a query.
type Given<'g> = &'g [(&'g str, &'g str)];

/// The results of a query that are of use; all of them when there is none.
type Wanted<'w> = &'w [&'w str];

/// What answers questions about calls.
#[derive(Clone, Copy)]
pub struct Desk<'d> {
    /// The data.
    pub engine: &'d Engine,
    /// The queries, and with them the rules.
    pub library: &'d Library,
    /// Which generation of the rules judges.
    pub rules: Rules,
    /// What `now()` gives.
    pub now: Option<i64>,
    /// Sees what the queries read.
    pub watch: &'d Watch,
}

impl Desk<'_> {
    /// The rows that answer a question, as named tables.
    pub async fn ask(&self, asked: &Asked) -> Result<Answer> {
        let tables = match asked {
            Asked::Search(parameters) => named(self.run("search", parameters, &[]).await?, "Calls"),
            Asked::Fleet(parameters) => self.run("fleet", parameters, &[]).await?,
            Asked::Overview(call) => self.about("call", call, &[], &["Call", "Participants", "Checks"]).await?,
            Asked::Issues(call) => self.about("call", call, &[], &["Call", "Issues", "Checks"]).await?,
            Asked::Timeline { call, participant, lane } => {
                let tables = self.about("timeline", call, &[("participant", participant), ("lane", lane)], &[]).await?;
                if tables.first().is_none_or(|events| events.row_count() == 0) {
                    return Err(Error::Usage(format!(
                        "call {call} has no such events: --participant takes P1, P2 … or a part of an id, --lane takes Participant, Call, Audio, Video, ScreenSharing or Network"
                    )));
                }
                tables
            }
            Asked::Report(call) => {
                // Beside the rest, unless the call has to be found first.
                let early = async {
                    match is_whole_id(call.trim()) {
                        true => Some(self.run("timeline", &parameters(&[("call", call.trim())]), &[]).await),
                        false => None,
                    }
                };
                let (tables, events) = futures::join!(self.call(call), early);
                let mut tables = tables?;
                let found = rows_of(&tables, "Call")?.first().map(|row| row.text("CallId")).unwrap_or_default();
                tables.extend(match events {
                    Some(events) if found == call.trim() => events?,
                    _ => self.run("timeline", &parameters(&[("call", &found)]), &[]).await?,
                });
                tables
            }
            Asked::Compare(first, second) => {
                let (first, second) = futures::join!(self.call(first), self.call(second));
                compare::tables(&first?, &second?)?
            }
        };
        Ok(Answer { tables, ..Answer::default() })
    }

    /// Everything about one call but its timeline.
    async fn call(&self, call: &str) -> Result<Vec<Table>> {
        self.about("call", call, &[], &[]).await
    }

    /// The answer of a query about one call. A whole id is taken as it is: to look up which calls begin with it would
    /// take longer than the query itself. Only when that finds nothing it is looked up after all.
    async fn about(&self, query: &str, call: &str, given: Given<'_>, wanted: Wanted<'_>) -> Result<Vec<Table>> {
        if is_whole_id(call.trim()) {
            let tables = self.run(query, &parameters(&[&[("call", call.trim())], given].concat()), wanted).await?;
            if tables.first().is_some_and(|table| table.row_count() > 0) {
                return Ok(tables);
            }
        }
        let call = self.resolve(call).await?;
        self.run(query, &parameters(&[&[("call", call.as_str())], given].concat()), wanted).await
    }

    /// The whole id of a call.
    async fn resolve(&self, start: &str) -> Result<String> {
        let start = start.trim();
        if start.is_empty() {
            return Err(Error::Usage("expected the id of a call, or its beginning".to_owned()));
        }
        let tables = self.run("find", &parameters(&[("call", start)]), &[]).await?;
        let found: Vec<String> = match tables.first() {
            Some(table) => rows::rows(table)?.iter().map(|row| row.text("CallId")).collect(),
            None => Vec::new(),
        };
        match found.as_slice() {
            [only] => Ok(only.clone()),
            [] => Err(Error::Usage(format!(
                "no call begins with `{start}`: `calypso calls search {start}` looks in everything that is known about calls"
            ))),
            several => {
                if let Some(exact) = several.iter().find(|call| call.eq_ignore_ascii_case(start)) {
                    return Ok(exact.clone());
                }
                Err(Error::Usage(format!("`{start}` can be {}", several.join(" or "))))
            }
        }
    }

    /// Runs one of the queries. The rules are given to all; those that judge nothing declare no such parameter.
    async fn run(&self, name: &str, parameters: &[(String, String)], wanted: Wanted<'_>) -> Result<Vec<Table>> {
        let query = self.library.find(&format!("diagnostics/{name}"))?;
        let mut parameters = parameters.to_vec();
        parameters.push(("rules".to_owned(), self.rules.name().to_owned()));
        let results = wanted.iter().map(|name| (*name).to_owned()).collect();
        let request = Request { now: self.now, parameters, results, watch: self.watch.clone(), ..Request::default() };
        Ok(self.engine.query(&Source::new(&query.name, &query.text), &request).await?.tables)
    }
}

/// Writes the answer to a question: drawn for readers, as objects for programs.
pub fn write(asked: &Asked, answer: &Answer, format: &Format, style: &Style, target: &Target) -> Result<()> {
    match (format.name, asked) {
        ("table", _) => write_text(&drawn(asked, answer, style)?, target),
        ("json", Asked::Search(_)) => write_to(answer, format, style, target),
        ("json", _) => write_text(&rows::object(answer)?, target),
        ("html", Asked::Overview(_) | Asked::Issues(_) | Asked::Timeline { .. } | Asked::Report(_)) => {
            write_text(&page::page(answer)?, target)
        }
        ("svg", Asked::Timeline { .. } | Asked::Report(_)) => write_text(&picture::picture(answer)?, target),
        _ => write_to(answer, format, style, target),
    }
}

/// The answer as text for a terminal.
pub fn drawn(asked: &Asked, answer: &Answer, style: &Style) -> Result<String> {
    match asked {
        Asked::Search(_) => text::search(answer, style),
        Asked::Overview(_) => overview::overview(answer, style),
        Asked::Issues(_) => text::issues(answer, style),
        Asked::Timeline { .. } => lanes::timeline(answer, style),
        Asked::Report(_) => {
            let parts =
                [overview::overview(answer, style)?, text::issues(answer, style)?, lanes::timeline(answer, style)?];
            Ok(parts.join("\n"))
        }
        Asked::Compare(..) => compare::text(answer, style),
        Asked::Fleet(_) => fleet::text(answer, style),
    }
}

fn parameters(given: &[(&str, &str)]) -> Vec<(String, String)> {
    given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Whether a text has the form of the ids that calls have.
fn is_whole_id(text: &str) -> bool {
    uuid::Uuid::try_parse(text).is_ok() && text.len() == 36
}

fn named(tables: Vec<Table>, name: &str) -> Vec<Table> {
    tables.into_iter().map(|table| Table { name: name.to_owned(), ..table }).collect()
}
