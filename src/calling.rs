//! The command `calls`: its arguments, and how they become questions.

use std::path::PathBuf;

use calypso::calls::{Asked, Desk, Rules, write};
use calypso::engine::watch::Watch;
use calypso::library::Library;
use calypso::output::target::style_of;
use calypso::repl::{CtrlC, look_on};
use calypso::value::format_datetime_iso;
use calypso::{Error, Result};
use clap::{Args, Subcommand};

use super::cli::{DataArgs, OutputArgs, parse_time};
use super::{destination, open, runtime};

/// What can be typed after `calypso calls`.
#[derive(Args, Debug)]
pub(crate) struct CallsArgs {
    #[command(subcommand)]
    command: CallsCommand,
}

#[derive(Debug, Subcommand)]
enum CallsCommand {
    /// List calls with their quality and issues, newest first; a word finds calls by anything known about them
    Search(SearchArgs),
    /// Show who was in a call, how it went, and a verdict
    Overview(OneArgs),
    /// Show what was wrong with a call: rule, measured value, evidence and remedy
    Issues(OneArgs),
    /// Show what happened in a call, in lanes, with media curves
    Timeline(TimelineArgs),
    /// Write all views of a call as one page, for somebody who is only sent the file
    Report(OneArgs),
    /// Show how two calls differ
    Compare(CompareArgs),
    /// Show what bad calls have in common
    Fleet(FleetArgs),
}

/// What all views take.
#[derive(Args, Debug)]
struct ViewArgs {
    /// Which rules judge: revision or 2024
    #[arg(long, value_name = "NAME", default_value = "revision", value_parser = ["revision", "2024"])]
    rules: String,
    /// A folder with canned queries of your own: its diagnostics/*.kql replace those of the program
    #[arg(long, value_name = "DIR")]
    queries: Option<PathBuf>,
    /// The time that `now()` gives, as in 2024-01-31T12:00
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    now: Option<i64>,
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    output: OutputArgs,
}

#[derive(Args, Debug)]
struct SearchArgs {
    /// An id or a part of one, a user, a tag, a code: anything in the logs of a call
    #[arg(value_name = "TEXT", default_value = "")]
    text: String,
    /// Only calls that began then or later
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    from: Option<i64>,
    /// Only calls that began before
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    to: Option<i64>,
    /// Only calls of poor quality
    #[arg(long)]
    poor: bool,
    /// Only calls that somebody dropped out of
    #[arg(long)]
    dropped: bool,
    /// Only calls that were rated below this, of 5
    #[arg(long, value_name = "N")]
    rated_below: Option<f64>,
    /// Only calls with this user: an identifier or a part of one
    #[arg(long, value_name = "ID")]
    user: Option<String>,
    /// Only calls with an SDK whose version begins like this
    #[arg(long, value_name = "VERSION")]
    sdk: Option<String>,
    /// The most calls to list
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=50_000))]
    limit: u32,
    #[command(flatten)]
    view: ViewArgs,
}

#[derive(Args, Debug)]
struct OneArgs {
    /// The id of the call, or its beginning
    #[arg(value_name = "CALL")]
    call: String,
    #[command(flatten)]
    view: ViewArgs,
}

#[derive(Args, Debug)]
struct TimelineArgs {
    /// The id of the call, or its beginning
    #[arg(value_name = "CALL")]
    call: String,
    /// Only this participant: a short name such as P2, an id or a part of one
    #[arg(long, value_name = "WHO", default_value = "")]
    participant: String,
    /// Only this lane
    #[arg(long, value_name = "LANE", default_value = "", ignore_case = true,
        value_parser = ["", "Participant", "Call", "App", "Audio", "Video", "ScreenSharing", "Network", "RawMedia"])]
    lane: String,
    #[command(flatten)]
    view: ViewArgs,
}

#[derive(Args, Debug)]
struct CompareArgs {
    /// The id of a call, or its beginning
    #[arg(value_name = "CALL")]
    first: String,
    /// The id of the other, or its beginning
    #[arg(value_name = "CALL")]
    second: String,
    #[command(flatten)]
    view: ViewArgs,
}

#[derive(Args, Debug)]
struct FleetArgs {
    /// Only calls that began then or later
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    from: Option<i64>,
    /// Only calls that began before
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    to: Option<i64>,
    #[command(flatten)]
    view: ViewArgs,
}

/// Answers a question about calls.
pub(super) fn calls(args: CallsArgs) -> Result<()> {
    match args.command {
        CallsCommand::Search(args) => {
            let asked = Asked::Search(search_parameters(&args));
            show(&asked, &args.view)
        }
        CallsCommand::Overview(args) => show(&Asked::Overview(args.call), &args.view),
        CallsCommand::Issues(args) => show(&Asked::Issues(args.call), &args.view),
        CallsCommand::Timeline(args) => {
            let asked = Asked::Timeline { call: args.call, participant: args.participant, lane: args.lane };
            show(&asked, &args.view)
        }
        CallsCommand::Report(args) => show(&Asked::Report(args.call), &args.view),
        CallsCommand::Compare(args) => show(&Asked::Compare(args.first, args.second), &args.view),
        CallsCommand::Fleet(args) => {
            let mut given = Vec::new();
            given.extend(args.from.map(|time| ("since".to_owned(), format_datetime_iso(time))));
            given.extend(args.to.map(|time| ("until".to_owned(), format_datetime_iso(time))));
            show(&Asked::Fleet(given), &args.view)
        }
    }
}

fn search_parameters(args: &SearchArgs) -> Vec<(String, String)> {
    let mut given = vec![
        ("word", args.text.clone()),
        ("poor", args.poor.to_string()),
        ("dropped", args.dropped.to_string()),
        ("rows", args.limit.to_string()),
        ("user", args.user.clone().unwrap_or_default()),
        ("sdk", args.sdk.clone().unwrap_or_default()),
    ];
    given.extend(args.from.map(|time| ("since", format_datetime_iso(time))));
    given.extend(args.to.map(|time| ("until", format_datetime_iso(time))));
    given.extend(args.rated_below.map(|score| ("rated", score.to_string())));
    given.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn show(asked: &Asked, view: &ViewArgs) -> Result<()> {
    let (target, format) = destination(&view.output)?;
    if !view.output.partition_by.is_empty() {
        return Err(Error::Usage("--partition-by is for `calypso query`".to_owned()));
    }
    let library = Library::load(view.queries.as_deref())?;
    let engine = open(&view.data)?;
    let (rules, now, question) = (Rules::of(&view.rules)?, view.now, asked.clone());
    let started = std::time::Instant::now();
    let watch = Watch::default();
    let seen = watch.clone();
    let work = async move {
        let desk = Desk { engine: &engine, library: &library, rules, now, watch: &seen };
        desk.ask(&question).await
    };
    let answer = look_on(&runtime(&view.data)?, &watch, CtrlC::EndsProgram, work)?;
    let taken = started.elapsed();
    write(asked, &answer, format, &style_of(&target, &view.output.look.wanted()), &target)?;
    if view.output.timing {
        super::complain(&format!("time: {:.1} ms\n", taken.as_secs_f64() * 1000.0));
    }
    // The program ends: to take all plans of a large request apart first would only keep people waiting.
    std::mem::forget(watch);
    Ok(())
}
