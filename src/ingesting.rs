//! The command `ingest`: the report, the progress on a terminal, and looking again and again.

use std::io::{IsTerminal, stderr};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use calypso::ingest::{Ingestion, Progress, Report, Watch};
use calypso::{Error, Result};
use indicatif::{ProgressBar, ProgressStyle};

use super::cli::IngestArgs;
use super::{complain, print, sources};

/// Set by Ctrl-C when looking again and again.
static STOP: AtomicBool = AtomicBool::new(false);
/// How long it takes at most until Ctrl-C is noticed.
const NAP: Duration = Duration::from_millis(50);
/// The code when something could not be read.
const INCOMPLETE: u8 = 2;

/// Adds logs to tables, once or again and again.
pub(super) fn ingest(args: &IngestArgs) -> Result<ExitCode> {
    if args.follow {
        sources::check_lasting(&args.sources)?;
    }
    let sources = sources::sources(&args.sources)?;
    let mut ingestion = Ingestion::new(&sources, &args.into, &STOP)?.with_privacy(args.privacy.privacy()?)?;
    if !args.follow {
        let report = run(&mut ingestion)?;
        show(args, &report)?;
        return Ok(ExitCode::from(if report.is_complete() { 0 } else { INCOMPLETE }));
    }
    stop_on_ctrl_c()?;
    let mut is_complete = true;
    while !STOP.load(Ordering::Relaxed) {
        let report = run(&mut ingestion)?;
        if !report.is_empty() {
            show(args, &report)?;
        }
        is_complete &= report.is_complete();
        let next = Instant::now() + args.interval;
        while Instant::now() < next && !STOP.load(Ordering::Relaxed) {
            std::thread::sleep(NAP.min(args.interval));
        }
    }
    Ok(ExitCode::from(if is_complete { 0 } else { INCOMPLETE }))
}

fn run(ingestion: &mut Ingestion) -> Result<Report> {
    let bar = Bar::default();
    let report = ingestion.run(&bar);
    bar.end();
    report
}

fn show(args: &IngestArgs, report: &Report) -> Result<()> {
    match args.format.as_str() {
        "json" => print(&format!("{}\n", report.to_json())),
        _ => print(&report.to_string()),
    }
}

/// The first Ctrl-C ends the run behind the next commit.
fn stop_on_ctrl_c() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|cause| Error::io("the signals", cause))?;
    std::thread::spawn(move || {
        if runtime.block_on(tokio::signal::ctrl_c()).is_ok() {
            STOP.store(true, Ordering::Relaxed);
        }
    });
    Ok(())
}

/// Shows how far reading is; nothing where nobody looks.
#[derive(Default)]
struct Bar(Mutex<Option<ProgressBar>>);

impl Bar {
    fn end(&self) {
        if let Some(bar) = self.0.lock().ok().and_then(|mut bar| bar.take()) {
            bar.finish_and_clear();
        }
    }
}

impl Watch for Bar {
    fn begins(&self, bytes: u64) -> Option<Arc<Progress>> {
        if !stderr().is_terminal() {
            return None;
        }
        let template = "{bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} to go";
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        let bar = ProgressBar::new(bytes).with_style(style);
        if let Ok(mut shown) = self.0.lock() {
            *shown = Some(bar.clone());
        }
        Some(Arc::new(move |bytes| bar.inc(bytes)))
    }

    fn waits(&self) {
        complain("note: another ingestion has the folder open: waiting for it\n");
    }
}
