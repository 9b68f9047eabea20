//! The command `run`: scripts, what is said while they run, and the reports about them.

use std::io::stderr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use calypso::batch::{
    Destination, ExpectFrom, OnFailure, Outcome, Ran, Script, Settings, exit_code, junit, run_scripts, transcript,
};
use calypso::output::format;
use calypso::output::target::{Target, color_of, write_text};
use calypso::render::Color;
use calypso::{Error, Result};

use super::cli::RunArgs;
use super::{complain, open, read_source, request_of, runtime, script_files};

/// Runs scripts. The code is 1 when a request is wrong or its answer not the expected one, 2 when something broke.
pub(super) fn run(args: RunArgs) -> Result<ExitCode> {
    let chosen = args.format.as_deref().unwrap_or(if args.out_dir.is_some() { "csv" } else { "table" });
    let chosen = format(chosen)?;
    if chosen.binary && args.out_dir.is_none() {
        return Err(Error::Usage(format!("format `{}` is for files: use --out-dir DIR", chosen.name)));
    }
    let scripts: Vec<Script> = script_files(&args.scripts)?.iter().map(|path| script(path)).collect::<Result<_>>()?;
    let expect = args.expect.as_deref().map(ExpectFrom::new);
    if let (Some(ExpectFrom::File(path)), true) = (&expect, scripts.len() > 1) {
        let path = path.display();
        return Err(Error::Usage(format!("--expect {path}: several scripts need a folder of expected answers")));
    }
    let engine = open(&args.data)?;
    let settings = Settings {
        request: request_of(args.request),
        destination: Destination { folder: args.out_dir, format: chosen, wanted: args.look.wanted() },
        on_failure: if args.keep_going { OnFailure::GoOn } else { OnFailure::Stop },
        expect,
        bless: args.bless,
        privacy: Arc::new(args.privacy.privacy()?),
    };
    let runtime = runtime(&args.data)?;
    let timing = args.timing;
    let all = run_scripts(&scripts, &engine, &runtime, &settings, &mut |ran| tell(ran, timing))?;
    write_report(args.transcript, || transcript(&all))?;
    write_report(args.junit, || junit(&all))?;
    let failed =
        all.iter().filter(|ran| matches!(ran.outcome, Outcome::Failed { .. } | Outcome::Unexpected(_))).count();
    let skipped = all.iter().filter(|ran| ran.outcome == Outcome::Skipped).count();
    if failed > 0 {
        let rest = if skipped > 0 { format!(", {skipped} not run") } else { String::new() };
        complain(&format!("{failed} of {} requests failed{rest}\n", all.len()));
    }
    let unmet = settings.privacy.unmet();
    let was_asked = all.iter().any(|ran| ran.outcome == Outcome::Passed);
    if let (false, true) = (unmet.is_empty(), was_asked) {
        return Err(Error::Usage(format!("no answer has a column `{}` to hide", unmet.join("`, `"))));
    }
    Ok(ExitCode::from(exit_code(&all)))
}

fn script(path: &Path) -> Result<Script> {
    let source = read_source(path)?;
    let stem = path.file_stem().and_then(|stem| stem.to_str()).filter(|stem| *stem != "-").unwrap_or("script");
    Ok(Script { stem: stem.to_owned(), source })
}

/// Says on standard error what went wrong, and how long it took if that is asked for.
fn tell(ran: &Ran, timing: bool) {
    let place = format!("{}:{}", ran.script, ran.line);
    match &ran.outcome {
        Outcome::Passed | Outcome::Skipped => {}
        Outcome::Unexpected(differences) => {
            let painted = match color_of(&stderr()) {
                Color::Always => "\x1b[1;31mnot as expected\x1b[0m",
                Color::Never => "not as expected",
            };
            complain(&format!(
                "{painted}: {place} {}\n  {}\n",
                ran.title,
                differences.join("\n").replace('\n', "\n  ")
            ));
        }
        Outcome::Failed { message, .. } => complain(&format!("failed: {place} {}\n{message}", ran.title)),
    }
    if timing && ran.outcome != Outcome::Skipped {
        complain(&format!("time: {:.1} ms {place} {}\n", ran.taken.as_secs_f64() * 1000.0, ran.title));
    }
}

fn write_report(path: Option<PathBuf>, text: impl Fn() -> String) -> Result<()> {
    path.map_or(Ok(()), |path| write_text(&text(), &Target::File(path)))
}
