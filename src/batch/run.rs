//! Runs the requests of scripts one after the other.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use crate::diagnostic::{Code, Diagnostic};
use crate::engine::watch::Watch;
use crate::engine::{Answer, Engine, Request};
use crate::error::{Error, Result};
use crate::library::{check_given, declared_parameters};
use crate::output::delivery::Delivery;
use crate::output::{Style, format, write};
use crate::privacy::Privacy;
use crate::render::Color;
use crate::repl::{CtrlC, is_command, look_on};
use crate::script::{Block, BlockKind, blocks, expectations};
use crate::source::Source;

use super::compare::{ExpectFrom, Expectations};
use super::files::{Destination, slug};
use super::outcome::{Outcome, Ran, judge};

/// A file with requests.
#[derive(Clone, Debug)]
pub struct Script {
    /// Its text, named by its path.
    pub source: Source,
    /// Its file name without extension.
    pub stem: String,
}

/// What to do when a request fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnFailure {
    /// The rest is not run.
    Stop,
    /// The rest is run all the same.
    GoOn,
}

/// What scripts are run with.
pub struct Settings {
    /// The clock and the parameters.
    pub request: Request,
    /// Where answers go.
    pub destination: Destination,
    /// What a failure does.
    pub on_failure: OnFailure,
    /// The expected answers, if there are files of them.
    pub expect: Option<ExpectFrom>,
    /// Write what comes as what is expected, instead of comparing.
    pub bless: bool,
    /// What is hidden in every answer, before anybody sees it.
    pub privacy: Arc<Privacy>,
}

/// Runs scripts over the same data; what one request stores, the ones behind it see. `each` hears of every request
/// when it is done.
pub fn run_scripts(
    scripts: &[Script],
    engine: &Engine,
    runtime: &Runtime,
    settings: &Settings,
    each: &mut dyn FnMut(&Ran),
) -> Result<Vec<Ran>> {
    check_parameters(scripts, settings)?;
    let mut all = Vec::new();
    let mut stopped = false;
    for script in scripts {
        let several = scripts.len() > 1;
        let mut expected = match &settings.expect {
            Some(_) if settings.bless => Some(Expectations::default()),
            Some(from) => Some(Expectations::read(&from.path(&script.stem))?),
            None => None,
        };
        for (at, block) in requests(script).into_iter().enumerate() {
            let mut ran = prepare(script, at + 1, block);
            if !stopped {
                let prefix = if several { format!("{}/", slug(&script.stem)) } else { String::new() };
                let started = Instant::now();
                let answer = answer(script, &ran.block, engine, runtime, settings);
                ran.taken = started.elapsed();
                finish(&mut ran, answer, settings, expected.as_mut(), &prefix)?;
            }
            each(&ran);
            stopped |= !ran.outcome.is_fine() && settings.on_failure == OnFailure::Stop;
            all.push(ran);
        }
        if let (Some(from), Some(expected), true, false) = (&settings.expect, &expected, settings.bless, stopped) {
            expected.bless(&from.path(&script.stem), &script.stem)?;
        }
    }
    Ok(all)
}

fn requests(script: &Script) -> Vec<Block> {
    let mut blocks = blocks(script.source.text(), is_command);
    blocks.retain(|block| block.kind != BlockKind::Comment);
    blocks
}

/// A value that no request declares is a slip.
fn check_parameters(scripts: &[Script], settings: &Settings) -> Result<()> {
    for given in &settings.request.parameters {
        let declares = |block: &Block| declared_parameters(&block.text).iter().any(|known| known.name == given.0);
        if !scripts.iter().flat_map(requests).any(|block| declares(&block)) {
            // One script's message is as good as a list of all.
            let text = scripts.first().map_or("", |script| script.source.text());
            check_given(text, std::slice::from_ref(given))?;
        }
    }
    Ok(())
}

fn prepare(script: &Script, number: usize, block: Block) -> Ran {
    Ran {
        script: script.source.name().to_owned(),
        number,
        title: block.name().unwrap_or_default(),
        line: script.source.position(block.span.start).0,
        block,
        outcome: Outcome::Skipped,
        shown: String::new(),
        taken: Duration::ZERO,
    }
}

/// Runs one request. Ctrl-C stops it.
fn answer(script: &Script, block: &Block, engine: &Engine, runtime: &Runtime, settings: &Settings) -> Result<Answer> {
    let source = Source::new(script.source.name(), block.in_place(script.source.text()));
    let wrong = mistakes(block);
    if !wrong.is_empty() {
        return Err(Error::Query { source: Box::new(source), diagnostics: wrong });
    }
    let mut delivery = Delivery::exports();
    if settings.privacy.is_needed() {
        delivery = delivery.hiding(Arc::clone(&settings.privacy), Vec::new());
    }
    let outlet = delivery.outlet();
    let mut request = Request { watch: Watch::default(), outlet, ..settings.request.clone() };
    let declared = declared_parameters(&block.text);
    request.parameters.retain(|(name, _)| declared.iter().any(|parameter| parameter.name == *name));
    let (engine, watch) = (engine.clone(), request.watch.clone());
    let work = async move { engine.query(&source, &request).await };
    let mut answer = look_on(runtime, &watch, CtrlC::StopsRequest, work)?;
    if settings.privacy.is_needed() {
        settings.privacy.answer(&mut answer, &[])?;
    }
    Ok(answer)
}

/// What is wrong with a block before it is run, at places of the file.
fn mistakes(block: &Block) -> Vec<Diagnostic> {
    let start = block.span.range().start;
    if block.kind == BlockKind::Command {
        let word = block.text.split_whitespace().next().unwrap_or("").to_owned();
        return vec![
            Diagnostic::error(Code::UnsupportedFeature, block.span, format!("`{word}` is a command of the shell"))
                .label("a script holds requests")
                .help("what it sets is an option of `calypso run`; in the shell, `.read FILE` takes requests and commands"),
        ];
    }
    let (_, wrong) = expectations(&block.text);
    wrong.into_iter().map(|mistake| mistake.moved(start)).collect()
}

/// Delivers an answer and compares it.
fn finish(
    ran: &mut Ran,
    answer: Result<Answer>,
    settings: &Settings,
    expected: Option<&mut Expectations>,
    prefix: &str,
) -> Result<()> {
    if let Err(Error::Cancelled(message)) = answer {
        return Err(Error::Cancelled(message));
    }
    ran.outcome = judge(&ran.block, &answer);
    ran.shown = match &answer {
        Ok(answer) => shown(answer)?,
        Err(error) => error.render(Color::Never),
    };
    if let Ok(answer) = &answer
        && !answer.tables.is_empty()
    {
        settings.destination.write(answer, &format!("{prefix}{}", file_name(ran)))?;
    }
    let failed = matches!(ran.outcome, Outcome::Failed { .. });
    if let Some(expected) = expected
        && !failed
    {
        let differs = expected.compare(ran.number, &ran.title, &ran.block.text, &answer)?;
        match (&mut ran.outcome, differs.filter(|_| !settings.bless)) {
            (Outcome::Unexpected(all), Some(differs)) => all.push(differs),
            (outcome, Some(differs)) => *outcome = Outcome::Unexpected(vec![differs]),
            (_, None) => {}
        }
    }
    Ok(())
}

fn file_name(ran: &Ran) -> String {
    let name = slug(&ran.title);
    if name.is_empty() { format!("{:02}", ran.number) } else { format!("{:02}-{name}", ran.number) }
}

fn shown(answer: &Answer) -> Result<String> {
    if answer.tables.is_empty() {
        return Ok(String::new());
    }
    let mut out = Vec::new();
    write(answer, format("table")?, &Style::PLAIN, &mut out)?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}
