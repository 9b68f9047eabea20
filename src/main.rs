//! The command line: arguments to one action to an exit code.

mod calling;
mod checking;
mod cli;
mod formatting;
mod ingesting;
mod scripting;
mod sources;

use std::io::{IsTerminal, Read, Write, stderr, stdin, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use calypso::catalog::Catalog;
use calypso::diagnostic::Code;
use calypso::engine::{Answer, DataCatalog, Engine, Limits, Request};
use calypso::generate::{Form, Plan, SCENARIOS, Soundness, WRAPPINGS};
use calypso::library::{CannedQuery, Library, check_given};
use calypso::output::delivery::{Delivered, Delivery};
use calypso::output::listing::{list_columns, list_queries, list_tables};
use calypso::output::partition::write_parts;
use calypso::output::target::{Target, Wanted, choose_format, color_of, style_of, write_to};
use calypso::output::{Format, Style, format, left_out};
use calypso::render::render_all;
use calypso::repl::{CtrlC, History, Shell, look_on, run as run_shell, warn};
use calypso::stored::StoredFunctions;
use calypso::value::NANOS_PER_DAY;
use calypso::{Error, Result, Source, syntax};
use clap::Parser;
use include_dir::{Dir, include_dir};
use tokio::runtime::Runtime;

use cli::{
    Cli, Command, DataArgs, ExplainArgs, GenerateArgs, OutputArgs, ParseArgs, PrivacyArgs, QueriesArgs, QueriesCommand,
    QueriesListArgs, QueriesRunArgs, QueryArgs, RequestArgs, ShellArgs, TablesArgs,
};

/// The pages of the error codes: documentation and tests at once.
static ERROR_PAGES: Dir = include_dir!("$CARGO_MANIFEST_DIR/tests/lang/errors");
/// The pages of the remarks that `calypso check` makes.
static LINT_PAGES: Dir = include_dir!("$CARGO_MANIFEST_DIR/tests/lang/lints");
/// When generated calls begin if nothing else is said: 2026-03-02, a Monday.
const FIRST_DAY: i64 = 1_772_409_600_000_000_000;
/// Where data is looked for when none is named.
const DEFAULT_DATA: &str = "calypso-data";
/// Requests may nest deeply, and parser and binder follow them by recursion.
const STACK: usize = 32 << 20;

fn main() -> ExitCode {
    let run = || match act() {
        Ok(code) => code,
        Err(error) if is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            complain(&error.render(color_of(&stderr())));
            ExitCode::from(error.exit_code())
        }
    };
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(run);
    // A panic has said what it is already; that it got here makes it a bug, which is exit code 2.
    let code = thread.map_or(ExitCode::from(2), |thread| thread.join().unwrap_or(ExitCode::from(2)));
    sources::forget();
    code
}

fn act() -> Result<ExitCode> {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(message) => {
            // Help goes to standard output and is fine; everything else is a mistake in the arguments.
            let _ = message.print();
            return Ok(ExitCode::from(u8::from(message.use_stderr())));
        }
    };
    match cli.command {
        None => return Ok(ExitCode::from(shell(cli.shell)?)),
        Some(Command::Query(args)) => query(args)?,
        Some(Command::Run(args)) => return scripting::run(args),
        Some(Command::Check(args)) => return checking::check(args),
        Some(Command::Fmt(args)) => return formatting::fmt(&args),
        Some(Command::Ingest(args)) => return ingesting::ingest(&args),
        Some(Command::Generate(args)) => generate(args)?,
        Some(Command::Tables(args)) => tables(args)?,
        Some(Command::Queries(args)) => queries(args)?,
        Some(Command::Calls(args)) => calling::calls(args)?,
        Some(Command::Parse(args)) => return parse(args),
        Some(Command::Explain(args)) => explain(args)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn query(args: QueryArgs) -> Result<()> {
    let source = match (args.text, args.file) {
        (Some(text), _) => Source::new("query", text),
        (None, file) => read_source(&file.unwrap_or_else(|| PathBuf::from("-")))?,
    };
    answer(&source, &args.data, args.request, &args.output, &args.privacy)
}

/// Runs a request and writes its answer: nothing is written when it is wrong.
fn answer(
    source: &Source,
    data: &DataArgs,
    request: RequestArgs,
    output: &OutputArgs,
    privacy: &PrivacyArgs,
) -> Result<()> {
    let (target, format) = destination(output)?;
    let hidden = Arc::new(privacy.privacy()?);
    check_given(source.text(), &request.param)?;
    let engine = open(data)?;
    let delivery = match output.partition_by.as_slice() {
        [] => Delivery::to(format, &target),
        _ => Delivery::exports(),
    };
    let delivery = if hidden.is_needed() { delivery.hiding(Arc::clone(&hidden), privacy.columns()) } else { delivery };
    let started = Instant::now();
    let runtime = runtime(data)?;
    let (asked, request) = (source.clone(), Request { outlet: delivery.outlet(), ..request_of(request) });
    let watch = request.watch.clone();
    let work = async move { engine.query(&asked, &request).await };
    let answered = look_on(&runtime, &watch, CtrlC::EndsProgram, work);
    // A request that ran out of time may still be busy; nobody waits for it.
    runtime.shutdown_background();
    let mut answer = answered?;
    let delivered = delivery.finish()?;
    if hidden.is_needed() {
        // A list of exported files has none of the columns that are named.
        let named = if delivered == Delivered::Nothing { privacy.columns() } else { Vec::new() };
        hidden.answer(&mut answer, &named)?;
    }
    let taken = started.elapsed();
    warn(&answer, source);
    if delivered != Delivered::Result {
        write_answer(&answer, format, &target, output, taken)?;
    }
    if output.timing {
        complain(&format!("time: {:.1} ms\n", taken.as_secs_f64() * 1000.0));
    }
    Ok(())
}

fn write_answer(answer: &Answer, format: &Format, target: &Target, output: &OutputArgs, taken: Duration) -> Result<()> {
    if let Some(note) = left_out(answer, format) {
        complain(&format!("note: {note}\n"));
    }
    let seen = *target == Target::Stdout && stdout().is_terminal();
    let style = Style { taken: seen.then_some(taken), ..style_of(target, &output.look.wanted()) };
    match (target, output.partition_by.as_slice()) {
        (Target::File(folder), columns @ [_, ..]) => {
            let parts = write_parts(answer, format, &style, folder, columns)?;
            complain(&format!("{parts} files in {}\n", folder.display()));
            Ok(())
        }
        _ => write_to(answer, format, &style, target),
    }
}

fn generate(args: GenerateArgs) -> Result<()> {
    let from = args.from.unwrap_or(FIRST_DAY);
    let days = |days: u16| from.saturating_add(i64::from(days) * NANOS_PER_DAY);
    let soundness = if args.faults { Soundness::Faulty } else { Soundness::Sound };
    let wrapping = args.raw.and_then(|name| WRAPPINGS.iter().find(|row| row.name == name));
    let all = args.scenario.iter().any(|name| name == "all");
    let plan = Plan {
        calls: args.calls,
        seed: args.seed,
        from,
        to: args.to.unwrap_or_else(|| days(args.days.unwrap_or(7))),
        scenarios: SCENARIOS.iter().filter(|row| all || args.scenario.iter().any(|name| name == row.name)).collect(),
        form: wrapping.map_or(Form::Tables, |wrapping| Form::Raw(*wrapping, soundness)),
        threads: args.threads.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from)),
    };
    print(&calypso::generate::generate(&plan, &args.into)?.to_string())
}

fn tables(args: TablesArgs) -> Result<()> {
    let (target, format) = destination(&args.output)?;
    let engine = open(&args.data)?;
    let table = match args.name {
        None => list_tables(&engine.catalog().info()?)?,
        Some(name) => match engine.catalog().table(&name) {
            Some(columns) => list_columns(&name, &columns)?,
            None => return Err(Error::Usage(format!("no table `{name}`: `calypso tables` shows what there is"))),
        },
    };
    write_to(
        &Answer { tables: vec![table], ..Answer::default() },
        format,
        &style_of(&target, &args.output.look.wanted()),
        &target,
    )
}

fn queries(args: QueriesArgs) -> Result<()> {
    let all = QueriesListArgs { word: None, queries: None };
    match args.command.unwrap_or(QueriesCommand::List(all)) {
        QueriesCommand::List(args) => {
            let library = Library::load(args.queries.as_deref())?;
            let table = list_queries(&library.matching(args.word.as_deref().unwrap_or("")))?;
            let answer = Answer { tables: vec![table], ..Answer::default() };
            write_to(&answer, format("table")?, &style_of(&Target::Stdout, &Wanted::default()), &Target::Stdout)
        }
        QueriesCommand::Show(args) => {
            let library = Library::load(args.queries.as_deref())?;
            print(&describe(library.find(&args.name)?))
        }
        QueriesCommand::Run(args) => run_canned(args),
    }
}

fn run_canned(args: QueriesRunArgs) -> Result<()> {
    let library = Library::load(args.queries.as_deref())?;
    let query = library.find(&args.name)?;
    answer(&Source::new(&query.name, &query.text), &args.data, args.request, &args.output, &args.privacy)
}

fn describe(query: &CannedQuery) -> String {
    let mut text = query.text.trim_end().to_owned();
    text.push('\n');
    if !query.parameters().is_empty() {
        text.push_str("\n// parameters:\n");
    }
    for parameter in query.parameters() {
        let default = parameter.default.as_ref().map_or("must be given".to_owned(), |text| format!("default {text}"));
        text.push_str(&format!("//   --param {}=<{}>  {default}\n", parameter.name, parameter.ty));
    }
    text
}

fn parse(args: ParseArgs) -> Result<ExitCode> {
    let files = if args.files.is_empty() { vec![PathBuf::from("-")] } else { args.files };
    let mut accepted = true;
    for file in files {
        let source = read_source(&file)?;
        let parsed = syntax::parse(source.text());
        accepted &= parsed.is_well_formed();
        complain(&render_all(&parsed.diagnostics, &source, color_of(&stderr())));
    }
    Ok(ExitCode::from(u8::from(!accepted)))
}

fn explain(args: ExplainArgs) -> Result<()> {
    let page = |text: &String| {
        let name = format!("{}.md", text.trim());
        ERROR_PAGES.get_file(&name).or_else(|| LINT_PAGES.get_file(&name))
    };
    if let Some(page) = args.text.as_ref().filter(|text| is_error_code(text)).and_then(page) {
        return print(page.contents_utf8().unwrap_or_default());
    }
    if let Some(text) = args.text.as_ref().and_then(|text| calypso::support::about(text.trim())) {
        return print(&text);
    }
    let source = match args.text {
        Some(text) => Source::new("query", text),
        None => read_source(Path::new("-"))?,
    };
    check_given(source.text(), &args.request.param)?;
    let engine = open(&args.data)?;
    print(&runtime(&args.data)?.block_on(engine.explain(&source, &request_of(args.request)))?)
}

fn is_error_code(text: &str) -> bool {
    Code::ALL.iter().any(|code| code.name() == text.trim()) || calypso::lint::by_name(text.trim()).is_some()
}

fn shell(args: ShellArgs) -> Result<u8> {
    let chosen = format(&args.format)?;
    let library = Library::load(args.queries.as_deref())?;
    let engine = Arc::new(open(&args.data)?);
    let mut shell = Shell::new(engine, Arc::new(runtime(&args.data)?), library, chosen);
    shell.request = request_of(args.request);
    shell.timing = args.timing;
    shell.stats = args.stats;
    shell.pager = !args.no_pager;
    shell.history = if args.no_history { History::Forgotten } else { History::Kept };
    shell.wanted = args.look.wanted();
    run_shell(shell)
}

fn destination(args: &OutputArgs) -> Result<(Target, &'static Format)> {
    let target = args.output.clone().map_or(Target::Stdout, Target::File);
    let format = choose_format(args.format.as_deref(), &target)?;
    Ok((target, format))
}

fn request_of(args: RequestArgs) -> Request {
    Request { now: args.now, parameters: args.param, writing: true, ..Request::default() }
}

/// Opens the data that is named, or what lies at hand, and says so when that is the sample.
fn open(args: &DataArgs) -> Result<Engine> {
    let mut catalog = match locations(args)? {
        Some(locations) => DataCatalog::open(&locations)?,
        None => {
            complain(
                "note: no data is named (--data) and there is no folder calypso-data: using the built-in sample\n",
            );
            DataCatalog::sample()?
        }
    };
    for path in &args.allow_external {
        catalog.allow_files(path)?;
    }
    for note in catalog.notes() {
        complain(&format!("note: {note}\n"));
    }
    let engine = Engine::new(catalog, &Limits { threads: args.threads, memory: args.memory, ..Limits::default() })?;
    Ok(engine.with_functions(stored_functions(args)?))
}

/// The functions that lie in the folder `functions` of the data, and those that are named.
fn stored_functions(args: &DataArgs) -> Result<StoredFunctions> {
    let mut functions = StoredFunctions::default();
    let folders = locations(args)?.unwrap_or_default().into_iter().map(|location| location.join("functions"));
    for path in folders.filter(|folder| folder.is_dir()).chain(args.functions.iter().cloned()) {
        functions.load(&path)?;
    }
    Ok(functions)
}

/// The data that is named or lies at hand; none for the sample.
fn locations(args: &DataArgs) -> Result<Option<Vec<PathBuf>>> {
    if !args.data.is_empty() {
        return sources::sources(&args.data).map(Some);
    }
    if let Some(data) = std::env::var_os("CALYPSO_DATA").filter(|data| !data.is_empty()) {
        return Ok(Some(vec![data.into()]));
    }
    if Path::new(DEFAULT_DATA).is_dir() {
        return Ok(Some(vec![DEFAULT_DATA.into()]));
    }
    Ok(None)
}

fn runtime(args: &DataArgs) -> Result<Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if let Some(threads) = args.threads {
        builder.worker_threads(threads);
    }
    builder.enable_all().build().map_err(|cause| Error::io("the thread pool", cause))
}

/// Reads a request from a file, or from standard input for `-`.
fn read_source(path: &Path) -> Result<Source> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        if stdin().is_terminal() {
            complain("reading the request from the terminal; end it with Ctrl-D\n");
        }
        sources::take_input();
        stdin().read_to_end(&mut bytes).map_err(|cause| Error::io("standard input", cause))?;
    } else {
        bytes = std::fs::read(path).map_err(|cause| Error::io(path, cause))?;
    }
    match String::from_utf8(bytes) {
        // Editors of one system put a mark at the start of files.
        Ok(text) => Ok(Source::new(path.display().to_string(), text.trim_start_matches('\u{feff}'))),
        Err(_) => Err(Error::Usage(format!("{}: the request is not UTF-8 text", path.display()))),
    }
}

/// The files that are named, and those with requests in folders that are named, in order.
fn script_files(paths: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            let before = files.len();
            let mut entries: Vec<PathBuf> = std::fs::read_dir(path)
                .and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect())
                .map_err(|cause| Error::io(path, cause))?;
            entries.sort();
            entries.retain(|entry| entry.is_dir() || entry.extension().is_some_and(|extension| extension == "kql"));
            files.extend(script_files(&entries)?);
            if files.len() == before && paths.len() == 1 {
                return Err(Error::Usage(format!("{}: there are no files *.kql", path.display())));
            }
        } else {
            files.push(path.clone());
        }
    }
    Ok(files)
}

fn print(text: &str) -> Result<()> {
    let mut out = stdout();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|cause| Error::io("the output", cause))
}

/// Prints to standard error, which may be closed; that is no reason to stop.
fn complain(text: &str) {
    let _ = stderr().write_all(text.as_bytes());
}

fn is_closed_pipe(error: &Error) -> bool {
    matches!(error, Error::Io { cause, .. } if cause.kind() == std::io::ErrorKind::BrokenPipe)
}
