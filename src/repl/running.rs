//! A request on its way: Ctrl-C stops it, and on a terminal a line says how far it is.

use std::future::Future;
use std::io::{IsTerminal, Write, stderr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use crate::engine::watch::{Readings, Watch};
use crate::engine::{Answer, Engine, Request};
use crate::error::{Error, Result};
use crate::source::Source;
use crate::words::{bytes, counted};

/// How long a request runs before its progress is shown.
const SILENCE: Duration = Duration::from_millis(500);
/// How often the progress is drawn.
const PACE: Duration = Duration::from_millis(100);

/// What Ctrl-C does while a request runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CtrlC {
    /// It stops the request alone.
    StopsRequest,
    /// It ends the program, as everywhere.
    EndsProgram,
}

/// Runs a request on the runtime.
pub(super) fn run(
    runtime: &Runtime,
    engine: Arc<Engine>,
    source: &Source,
    request: Request,
    ctrl_c: CtrlC,
) -> Result<Answer> {
    let source = source.clone();
    let watch = request.watch.clone();
    look_on(runtime, &watch, ctrl_c, async move { engine.query(&source, &request).await })
}

/// Runs the work of a request, which `watch` sees, in a task of its own, so that Ctrl-C is heard however busy it is.
/// Where standard error is a terminal, a line on it says how far the work is.
pub fn look_on<T: Send + 'static>(
    runtime: &Runtime,
    watch: &Watch,
    ctrl_c: CtrlC,
    work: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    // On a thread and a clock of its own: work that keeps all threads of the runtime busy would not let it be heard.
    let mut aside = tokio::runtime::Builder::new_current_thread();
    let aside = aside.enable_all().build().map_err(|cause| Error::io("the terminal", cause))?;
    let mut running = runtime.spawn(work);
    aside.block_on(async move {
        let mut line = ProgressLine::new();
        // Listening to Ctrl-C takes it away from the program, so only a shell does.
        let stop = async {
            match ctrl_c {
                CtrlC::StopsRequest => tokio::signal::ctrl_c().await,
                CtrlC::EndsProgram => std::future::pending().await,
            }
        };
        tokio::pin!(stop);
        let mut ticks = tokio::time::interval(PACE);
        loop {
            tokio::select! {
                done = &mut running => {
                    line.clear();
                    return done.map_err(|error| Error::Engine(error.to_string()))?;
                }
                _ = &mut stop => {
                    running.abort();
                    line.clear();
                    return Err(Error::Cancelled("cancelled".to_owned()));
                }
                _ = ticks.tick(), if line.wanted => line.draw(watch),
            }
        }
    })
}

/// Makes Ctrl-C something that is listened to rather than the end of the program, also between requests.
///
/// It is so when this returns: the line editor puts back what it finds when it starts to read a line, so that listening
/// that began while it reads would end with the line.
pub(super) fn listen(runtime: &Runtime) {
    runtime.block_on(async {
        let mut first = Box::pin(tokio::signal::ctrl_c());
        // Whoever listens is registered when first asked.
        let _ = futures::poll!(&mut first);
        tokio::spawn(async move {
            let mut heard = first.await;
            while heard.is_ok() {
                heard = tokio::signal::ctrl_c().await;
            }
        });
    });
}

/// The line that says how far a request is.
struct ProgressLine {
    wanted: bool,
    drawn: bool,
    started: Instant,
}

impl ProgressLine {
    fn new() -> Self {
        let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        ProgressLine { wanted: stderr().is_terminal() && !dumb, drawn: false, started: Instant::now() }
    }

    fn draw(&mut self, watch: &Watch) {
        let taken = self.started.elapsed();
        if taken < SILENCE {
            return;
        }
        self.drawn = true;
        // Standard error may be closed; that is no reason to stop.
        let _ = write!(stderr(), "\r\x1b[2K{}", progress(&watch.readings(), taken));
    }

    fn clear(&self) {
        if self.drawn {
            let _ = write!(stderr(), "\r\x1b[2K");
        }
    }
}

/// How far a request is: the share of the rows is that of the scans that have begun.
fn progress(readings: &Readings, taken: Duration) -> String {
    let read = readings.rows + readings.dropped_rows;
    let share = readings.rows_ahead.filter(|all| *all >= read && *all > 0);
    let share = share.map_or(String::new(), |all| format!(" ({}%)", read * 100 / all));
    let size = if readings.bytes > 0 { format!(", {}", bytes(readings.bytes)) } else { String::new() };
    format!("{} read{share}{size}, {:.1} s; Ctrl-C stops it", counted(read, "row"), taken.as_secs_f64())
}

/// What a request read and skipped, in one line.
pub(super) fn statistics(readings: &Readings, peak: usize) -> String {
    let mut text = format!("read {}", counted(readings.rows + readings.dropped_rows, "row"));
    if readings.files > 0 {
        text.push_str(&format!(
            ", {} of {} in {}",
            bytes(readings.bytes),
            counted(readings.row_groups as u64, "row group"),
            counted(readings.files as u64, "file")
        ));
    }
    text.push_str(&format!(
        "; skipped {} and {}; operators held {}",
        counted(readings.skipped_files as u64, "file"),
        counted(readings.skipped_row_groups as u64, "row group"),
        bytes(peak as u64)
    ));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_and_statistics_are_sentences() {
        let readings = Readings { rows: 1500, rows_ahead: Some(3000), bytes: 2048, ..Readings::default() };
        let text = progress(&readings, Duration::from_millis(1200));
        assert_eq!(text, "1,500 rows read (50%), 2.0 KB, 1.2 s; Ctrl-C stops it");
        let text = statistics(&readings, 0);
        assert_eq!(text, "read 1,500 rows; skipped 0 files and 0 row groups; operators held 0 B");
    }
}
