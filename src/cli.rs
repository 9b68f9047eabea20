//! What can be typed after `calypso`: commands and flags, nothing else.

use std::path::PathBuf;

use calypso::Result;
use calypso::generate::{SCENARIOS, WRAPPINGS};
use calypso::output::FORMATS;
use calypso::output::target::{ChartsWhen, Wanted};
use calypso::privacy::{Key, Privacy};
use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Args, Parser, Subcommand};

/// KQL over call logs.
#[derive(Debug, Parser)]
#[command(name = "calypso", version, about, args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) shell: ShellArgs,
}

/// The commands. Without one, the shell starts.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run one request, from the argument, a file or standard input
    Query(QueryArgs),
    /// Run the requests of files one after the other
    Run(RunArgs),
    /// Say what is wrong with the requests of files, and what a careful reader would remark; nothing is run
    Check(CheckArgs),
    /// Format the requests of files
    Fmt(FmtArgs),
    /// Turn logs into Parquet tables
    Ingest(IngestArgs),
    /// Make synthetic call logs
    Generate(GenerateArgs),
    /// Show which tables there are, or the columns of one
    Tables(TablesArgs),
    /// List, show and run the canned queries
    Queries(QueriesArgs),
    /// Find out what was wrong with calls: search, overview, issues, timeline
    Calls(super::calling::CallsArgs),
    /// Say whether texts are KQL; nothing is looked up or run
    Parse(ParseArgs),
    /// Show how a request is run, what an error code means, or what a name of the language is and how far it is supported
    Explain(ExplainArgs),
}

/// Where data comes from and how much of the machine may be used.
#[derive(Args, Debug)]
pub(crate) struct DataArgs {
    /// A folder of tables, or logs and files as they are, a pattern of them, - for standard input, or a URL (az, abfss,
    /// s3, gs, https); may be repeated
    /// [default: ./calypso-data, else a sample]
    #[arg(long, value_name = "PATH")]
    pub(crate) data: Vec<PathBuf>,
    /// A file that `externaldata` may read, or a folder of such files; may be repeated [default: none]
    #[arg(long, value_name = "PATH")]
    pub(crate) allow_external: Vec<PathBuf>,
    /// A file or folder of stored functions; may be repeated [default: the folder functions of the data]
    #[arg(long, value_name = "PATH")]
    pub(crate) functions: Vec<PathBuf>,
    /// The most threads to use [default: all cores]
    #[arg(long, value_name = "N", value_parser = parse_threads)]
    pub(crate) threads: Option<usize>,
    /// The most memory to use, as in 512MB or 4GB [default: no limit]
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub(crate) memory: Option<usize>,
}

/// What is hidden, so that logs can be given to others.
#[derive(Args, Debug)]
pub(crate) struct PrivacyArgs {
    /// Remove the values of these columns, and properties of these names
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',')]
    pub(crate) redact: Vec<String>,
    /// Replace identities by pseudonyms that depend on a secret key, and mask IP addresses [without columns: all that
    /// name somebody]
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',', num_args = 0..=1, require_equals = true)]
    pub(crate) pseudonymise: Option<Vec<String>>,
    /// The file with the key [default: the environment variable CALYPSO_KEY]
    #[arg(long, value_name = "FILE", requires = "pseudonymise")]
    pub(crate) key_file: Option<PathBuf>,
}

impl PrivacyArgs {
    /// The same for the library.
    pub(crate) fn privacy(&self) -> Result<Privacy> {
        let privacy = Privacy::default().redacting(&self.redact);
        match &self.pseudonymise {
            Some(columns) => privacy.pseudonymising(columns, Key::find(self.key_file.as_deref())?),
            None => Ok(privacy),
        }
    }

    /// The columns that are named.
    pub(crate) fn columns(&self) -> Vec<String> {
        self.redact.iter().chain(self.pseudonymise.iter().flatten()).cloned().collect()
    }
}

/// What a request is run with.
#[derive(Args, Debug)]
pub(crate) struct RequestArgs {
    /// The time that `now()` gives, as in 2024-01-31T12:00
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub(crate) now: Option<i64>,
    /// A value for a parameter that the query declares; may be repeated
    #[arg(long, value_name = "NAME=VALUE", value_parser = parse_parameter)]
    pub(crate) param: Vec<(String, String)>,
}

/// How the answer is given.
#[derive(Args, Debug)]
pub(crate) struct OutputArgs {
    /// How to write the answer [default: table, or what the extension of --output says]
    #[arg(long, value_name = "FORMAT", value_parser = format_names())]
    pub(crate) format: Option<String>,
    /// Write the answer to a file; its extension chooses the format when --format does not
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// A folder per value of this column inside of --output, which is a folder then; may be repeated
    #[arg(long, value_name = "COLUMN", requires = "output", requires = "format")]
    pub(crate) partition_by: Vec<String>,
    #[command(flatten)]
    pub(crate) look: LookArgs,
    /// Say how long it took
    #[arg(long)]
    pub(crate) timing: bool,
}

/// How tables and charts look.
#[derive(Args, Debug)]
pub(crate) struct LookArgs {
    /// How wide tables and charts may be [default: as the terminal is]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(20..))]
    pub(crate) width: Option<u16>,
    /// When the format table draws what `render` asks for: auto is on a terminal
    #[arg(long, value_name = "WHEN", default_value = "auto", value_parser = charts_names())]
    pub(crate) charts: String,
}

impl LookArgs {
    /// The same as the output takes it.
    pub(crate) fn wanted(&self) -> Wanted {
        let charts = CHARTS.iter().find(|(name, ..)| *name == self.charts);
        Wanted { width: self.width.map(usize::from), charts: charts.map_or(ChartsWhen::Auto, |(_, when, _)| *when) }
    }
}

/// The values of `--charts`.
const CHARTS: &[(&str, ChartsWhen, &str)] = &[
    ("auto", ChartsWhen::Auto, "on a terminal"),
    ("always", ChartsWhen::Always, "also in files and pipes"),
    ("never", ChartsWhen::Never, "show the rows"),
    ("ascii", ChartsWhen::Ascii, "everywhere, in plain ASCII"),
];

fn charts_names() -> PossibleValuesParser {
    CHARTS.iter().map(|(name, _, help)| PossibleValue::new(*name).help(*help)).into()
}

#[derive(Args, Debug)]
pub(crate) struct ShellArgs {
    #[command(flatten)]
    pub(crate) data: DataArgs,
    #[command(flatten)]
    pub(crate) request: RequestArgs,
    /// How to write answers
    #[arg(long, value_name = "FORMAT", default_value = "table", value_parser = text_format_names())]
    pub(crate) format: String,
    #[command(flatten)]
    pub(crate) look: LookArgs,
    /// Say how long each request took
    #[arg(long)]
    pub(crate) timing: bool,
    /// Say what each request read and skipped
    #[arg(long)]
    pub(crate) stats: bool,
    /// Do not show high answers page by page
    #[arg(long)]
    pub(crate) no_pager: bool,
    /// Do not keep what is typed for the next time
    #[arg(long)]
    pub(crate) no_history: bool,
    /// A folder with canned queries of your own
    #[arg(long, value_name = "DIR")]
    pub(crate) queries: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct QueryArgs {
    /// The request; several statements are separated by `;` [default: standard input]
    #[arg(value_name = "KQL", conflicts_with = "file")]
    pub(crate) text: Option<String>,
    /// Read the request from a file; - is standard input
    #[arg(long, short, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    #[command(flatten)]
    pub(crate) request: RequestArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) privacy: PrivacyArgs,
}

#[derive(Args, Debug)]
pub(crate) struct RunArgs {
    /// Files with requests, which empty lines separate, and folders of such files; - is standard input
    #[arg(value_name = "SCRIPT", required = true)]
    pub(crate) scripts: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    #[command(flatten)]
    pub(crate) request: RequestArgs,
    /// How to write the answers [default: table, or csv with --out-dir]
    #[arg(long, value_name = "FORMAT", value_parser = format_names())]
    pub(crate) format: Option<String>,
    /// A file for each answer in this folder, instead of standard output
    #[arg(long, value_name = "DIR")]
    pub(crate) out_dir: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) look: LookArgs,
    /// Go on behind a request that fails
    #[arg(long)]
    pub(crate) keep_going: bool,
    /// Write every request with its answer to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) transcript: Option<PathBuf>,
    /// Write a report in the form of JUnit to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Compare with the answers in this file, or in the files NAME.expected.md of this folder
    #[arg(long, value_name = "PATH")]
    pub(crate) expect: Option<PathBuf>,
    /// Write the answers there instead of comparing
    #[arg(long, requires = "expect")]
    pub(crate) bless: bool,
    /// Say how long each request took
    #[arg(long)]
    pub(crate) timing: bool,
    #[command(flatten)]
    pub(crate) privacy: PrivacyArgs,
}

#[derive(Args, Debug)]
pub(crate) struct CheckArgs {
    /// Files with requests, which empty lines separate, and folders of such files; - is standard input
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    #[command(flatten)]
    pub(crate) request: RequestArgs,
    /// How to write what is found
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json", "sarif"])]
    pub(crate) format: String,
    /// Exit with 1 for remarks too
    #[arg(long)]
    pub(crate) deny_warnings: bool,
    /// Remark also on what the requests could not use elsewhere
    #[arg(long, value_name = "NAME", value_parser = ["log-analytics"])]
    pub(crate) dialect: Option<String>,
    /// Count on the data how many rows a `join` without kind drops; this runs those joins
    #[arg(long)]
    pub(crate) measure: bool,
}

#[derive(Args, Debug)]
pub(crate) struct FmtArgs {
    /// Files with requests, which empty lines separate, and folders of such files; - formats standard input to
    /// standard output
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Change nothing: show what would change, and exit with 1 if something would
    #[arg(long)]
    pub(crate) check: bool,
}

#[derive(Args, Debug)]
pub(crate) struct IngestArgs {
    /// Log files and folders, patterns of them, - for standard input, or URLs (az, abfss, s3, gs, https)
    #[arg(value_name = "SRC", required = true)]
    pub(crate) sources: Vec<PathBuf>,
    /// Where the tables go
    #[arg(long, value_name = "DIR", default_value = "calypso-data")]
    pub(crate) into: PathBuf,
    /// Go on looking for what is new, until Ctrl-C
    #[arg(long)]
    pub(crate) follow: bool,
    /// How long to wait between two looks, as in 30s or 5m
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = parse_interval, requires = "follow")]
    pub(crate) interval: std::time::Duration,
    /// How to write the report
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    pub(crate) format: String,
    #[command(flatten)]
    pub(crate) privacy: PrivacyArgs,
}

#[derive(Args, Debug)]
pub(crate) struct GenerateArgs {
    /// How many calls to make
    #[arg(long, value_name = "N", required_unless_present = "scenario", default_value_t = 0)]
    pub(crate) calls: u64,
    /// The same seed makes the same logs
    #[arg(long, value_name = "S", default_value_t = 1)]
    pub(crate) seed: u64,
    /// When the first call may begin [default: 2026-03-02]
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    pub(crate) from: Option<i64>,
    /// When calls cease to begin [default: a week later]
    #[arg(long, value_name = "TIME", value_parser = parse_time, conflicts_with = "days")]
    pub(crate) to: Option<i64>,
    /// How many days of calls to make
    #[arg(long, value_name = "D", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) days: Option<u16>,
    /// Make a call that shows one thing, or all of them; may be repeated
    #[arg(long, value_name = "NAME", value_parser = scenario_names())]
    pub(crate) scenario: Vec<String>,
    /// Where the logs go
    #[arg(long, value_name = "DIR", default_value = "calypso-data")]
    pub(crate) into: PathBuf,
    /// Write log files as people have them, not tables [without a name: storage]
    #[arg(long, value_name = "WRAPPING", num_args = 0..=1, require_equals = true, default_missing_value = "storage",
        value_parser = wrapping_names())]
    pub(crate) raw: Option<String>,
    /// Give those files the faults that real ones have and a careful reader can mend
    #[arg(long, requires = "raw")]
    pub(crate) faults: bool,
    /// The most threads to use [default: all cores]
    #[arg(long, value_name = "N", value_parser = parse_threads)]
    pub(crate) threads: Option<usize>,
}

#[derive(Args, Debug)]
pub(crate) struct TablesArgs {
    /// Show the columns of this table
    #[arg(value_name = "NAME")]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Args, Debug)]
pub(crate) struct QueriesArgs {
    #[command(subcommand)]
    pub(crate) command: Option<QueriesCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum QueriesCommand {
    /// List the queries, or those with a word in their name, text or tags
    List(QueriesListArgs),
    /// Show a query: what it answers, its parameters and its text
    Show(QueriesShowArgs),
    /// Run a query
    Run(QueriesRunArgs),
}

#[derive(Args, Debug)]
pub(crate) struct QueriesListArgs {
    /// Only queries that have this word
    #[arg(value_name = "WORD")]
    pub(crate) word: Option<String>,
    /// A folder with canned queries of your own
    #[arg(long, value_name = "DIR")]
    pub(crate) queries: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct QueriesShowArgs {
    /// The query, as in quality/jitter or jitter
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// A folder with canned queries of your own
    #[arg(long, value_name = "DIR")]
    pub(crate) queries: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct QueriesRunArgs {
    /// The query, as in quality/jitter or jitter
    #[arg(value_name = "NAME")]
    pub(crate) name: String,
    /// A folder with canned queries of your own
    #[arg(long, value_name = "DIR")]
    pub(crate) queries: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    #[command(flatten)]
    pub(crate) request: RequestArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
    #[command(flatten)]
    pub(crate) privacy: PrivacyArgs,
}

#[derive(Args, Debug)]
pub(crate) struct ParseArgs {
    /// Files to check; - is standard input [default: standard input]
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct ExplainArgs {
    /// A request, an error code such as unknown-column, or a name such as mv-expand [default: standard input]
    #[arg(value_name = "KQL|CODE|NAME")]
    pub(crate) text: Option<String>,
    #[command(flatten)]
    pub(crate) data: DataArgs,
    #[command(flatten)]
    pub(crate) request: RequestArgs,
}

fn format_names() -> PossibleValuesParser {
    FORMATS.iter().map(|row| PossibleValue::new(row.name).help(row.summary)).into()
}

fn wrapping_names() -> PossibleValuesParser {
    WRAPPINGS.iter().map(|row| PossibleValue::new(row.name).help(row.summary)).collect::<Vec<_>>().into()
}

fn scenario_names() -> PossibleValuesParser {
    let all = PossibleValue::new("all").help("All of them");
    SCENARIOS.iter().map(|row| PossibleValue::new(row.name).help(row.summary)).chain([all]).collect::<Vec<_>>().into()
}

/// The formats that can be shown, for the shell; the others are for `.output FILE`.
fn text_format_names() -> PossibleValuesParser {
    let rows = FORMATS.iter().filter(|row| !row.binary);
    rows.map(|row| PossibleValue::new(row.name).help(row.summary)).into()
}

fn parse_threads(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(threads) if threads > 0 => Ok(threads),
        _ => Err("expected a whole number above zero".to_owned()),
    }
}

/// A number of bytes with an optional unit; units are powers of 1024.
fn parse_size(text: &str) -> Result<usize, String> {
    let wrong = || "expected a size such as 512MB or 4GB".to_owned();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let factor: f64 = match unit.trim().to_ascii_uppercase().as_str() {
        "" | "B" => 1.0,
        "K" | "KB" | "KIB" => 1024.0,
        "M" | "MB" | "MIB" => 1024.0 * 1024.0,
        "G" | "GB" | "GIB" => 1024.0 * 1024.0 * 1024.0,
        "T" | "TB" | "TIB" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
        _ => return Err(wrong()),
    };
    let bytes = number.parse::<f64>().map_err(|_| wrong())? * factor;
    if bytes >= 1.0 { Ok(bytes as usize) } else { Err(wrong()) }
}

/// A length of time: a number with `ms`, `s`, `m` or `h`.
fn parse_interval(text: &str) -> Result<std::time::Duration, String> {
    let wrong = || "expected a time such as 30s or 5m".to_owned();
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let seconds = match unit {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err(wrong()),
    };
    let number: f64 = number.parse().map_err(|_| wrong())?;
    std::time::Duration::try_from_secs_f64(number * seconds).map_err(|_| wrong())
}

pub(crate) fn parse_time(text: &str) -> Result<i64, String> {
    calypso::value::parse_datetime(text).ok_or_else(|| "expected a time such as 2024-01-31T12:00".to_owned())
}

fn parse_parameter(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE".to_owned()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn the_declarations_are_consistent() {
        use clap::CommandFactory;
        Cli::command().debug_assert();
    }

    #[test]
    fn sizes_have_units() {
        assert_eq!(parse_size("512"), Ok(512));
        assert_eq!(parse_size("1.5 kb"), Ok(1536));
        assert_eq!(parse_size("4GB"), Ok(4 << 30));
        for wrong in ["", "GB", "4XB", "0", "-1", "1.2.3"] {
            assert!(parse_size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn intervals_have_units() {
        let check = |text: &str, millis: u64| {
            assert_eq!(parse_interval(text), Ok(std::time::Duration::from_millis(millis)), "{text}");
        };
        check("250ms", 250);
        check("2", 2_000);
        check("1.5m", 90_000);
        check("1h", 3_600_000);
        for wrong in ["", "s", "-1s", "1d"] {
            assert!(parse_interval(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn parameters_may_hold_equals_signs() {
        assert_eq!(parse_parameter("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert!(parse_parameter("a").is_err() && parse_parameter("=b").is_err());
    }
}
