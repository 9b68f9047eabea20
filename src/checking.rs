//! The command `check`: what is wrong with the requests of files, and what a careful reader would remark.

use std::process::ExitCode;

use calypso::diagnostic::{Code, Diagnostic};
use calypso::engine::{Engine, Request};
use calypso::library::declared_parameters;
use calypso::lint::report::{Findings, json, sarif};
use calypso::lint::{Dialect, bare_joins, lint};
use calypso::output::target::color_of;
use calypso::render::render_in_file;
use calypso::repl::is_command;
use calypso::script::{Block, BlockKind, blocks, expectations};
use calypso::types::Type;
use calypso::words::counted;
use calypso::{Result, Source, syntax};
use tokio::runtime::Runtime;

use super::cli::CheckArgs;
use super::{complain, open, print, read_source, request_of, runtime, script_files};

/// What requests are checked with.
struct Checker {
    engine: Engine,
    request: Request,
    dialect: Dialect,
    /// Runs counts where they are asked for.
    runtime: Option<Runtime>,
}

/// Checks files. The code is 1 when something is wrong, and with `--deny-warnings` also for remarks.
pub(super) fn check(args: CheckArgs) -> Result<ExitCode> {
    let engine = open(&args.data)?;
    let checker = Checker {
        runtime: if args.measure { Some(runtime(&args.data)?) } else { None },
        engine,
        request: Request { writing: true, ..request_of(args.request) },
        dialect: if args.dialect.is_some() { Dialect::LogAnalytics } else { Dialect::Calypso },
    };
    let mut all = Vec::new();
    for path in script_files(&args.files)? {
        let source = read_source(&path)?;
        let diagnostics = checker.findings(&source);
        all.push(Findings { source, diagnostics });
    }
    match args.format.as_str() {
        "json" => print(&format!("{:#}\n", json(&all)))?,
        "sarif" => print(&format!("{:#}\n", sarif(&all)))?,
        _ => print(&text(&all))?,
    }
    let found = || all.iter().flat_map(|file| &file.diagnostics);
    let (total, errors) = (found().count(), found().filter(|found| found.is_error()).count());
    if total > 0 {
        complain(&format!(
            "{}, {} in {}\n",
            counted(errors as u64, "error"),
            counted((total - errors) as u64, "warning"),
            counted(all.len() as u64, "file")
        ));
    }
    Ok(ExitCode::from(u8::from(errors > 0 || (args.deny_warnings && total > 0))))
}

fn text(all: &[Findings]) -> String {
    let color = color_of(&std::io::stdout());
    let drawn = all
        .iter()
        .flat_map(|file| file.diagnostics.iter().map(move |found| render_in_file(found, &file.source, color)));
    drawn.collect::<Vec<_>>().join("\n")
}

impl Checker {
    fn findings(&self, source: &Source) -> Vec<Diagnostic> {
        // Stored functions of one file are no business of the next.
        let engine = self.engine.clone().with_functions(self.engine.functions());
        let found = blocks(source.text(), is_command);
        found.iter().flat_map(|block| self.findings_of_block(source, block, &engine)).collect()
    }

    fn findings_of_block(&self, source: &Source, block: &Block, engine: &Engine) -> Vec<Diagnostic> {
        match block.kind {
            BlockKind::Comment => return Vec::new(),
            BlockKind::Command => {
                let message = "this is a command of the shell: `calypso run` refuses it";
                return vec![Diagnostic::error(Code::UnsupportedFeature, block.span, message)];
            }
            BlockKind::Request => {}
        }
        let by = block.span.range().start;
        let text = block.in_place(source.text());
        let mut found = engine.rehearse(&Source::new(source.name(), text.clone()), &self.request_for(block));
        let (_, wrong) = expectations(&block.text);
        found.extend(wrong.into_iter().map(|mistake| mistake.moved(by)));
        let is_expected = expects_error(&block.text);
        if is_expected {
            found.retain(|found| !found.is_error());
        }
        let parsed = syntax::parse(&text);
        if !parsed.diagnostics.iter().any(Diagnostic::is_error) {
            let mut remarks = lint(&text, &parsed.query, self.dialect);
            self.measure(&text, &mut remarks, engine, block);
            found.extend(remarks);
        }
        found.sort_by_key(|found| found.label.span.start);
        found
    }

    /// The request with a value for every parameter: whoever runs it gives those without a default.
    fn request_for(&self, block: &Block) -> Request {
        let mut request = self.request.clone();
        let declared = declared_parameters(&block.text);
        request.parameters.retain(|(name, _)| declared.iter().any(|parameter| parameter.name == *name));
        for parameter in declared {
            let given = request.parameters.iter().any(|(name, _)| *name == parameter.name);
            if !given && parameter.default.is_none() {
                request.parameters.push((parameter.name, placeholder(parameter.ty).to_owned()));
            }
        }
        request
    }

    /// Says how many rows a join without kind drops on this data.
    fn measure(&self, text: &str, remarks: &mut [Diagnostic], engine: &Engine, block: &Block) {
        let Some(runtime) = &self.runtime else { return };
        let query = syntax::parse(text).query;
        let request = self.request_for(block);
        let count = |text: &String| {
            let source = Source::new("count", text.trim_start());
            let declared = declared_parameters(source.text());
            let mut request = request.clone();
            request.parameters.retain(|(name, _)| declared.iter().any(|parameter| parameter.name == *name));
            let answer = runtime.block_on(engine.query(&source, &request)).ok()?;
            calypso::batch::count_of(&answer)
        };
        for join in bare_joins(&query) {
            let Some(remark) = remarks.iter_mut().find(|remark| remark.label.span == join.keyword) else { continue };
            let [kept, all] = join.counts(text);
            remark.label.text = match (count(&kept), count(&all)) {
                (Some(kept), Some(all)) => format!("on this data {kept} of the {all} rows of `kind=inner` are left"),
                // Inside of a function it depends on the arguments.
                _ => "what it drops on this data cannot be counted apart".to_owned(),
            };
        }
    }
}

fn expects_error(text: &str) -> bool {
    let (expected, _) = expectations(text);
    expected.iter().any(|expected| matches!(expected.what, calypso::script::Expectation::Error(_)))
}

/// A value of a type that stands for one that is not known.
fn placeholder(ty: Type) -> &'static str {
    match ty {
        Type::Bool => "false",
        Type::Int | Type::Long | Type::Real | Type::Decimal => "1",
        Type::DateTime => "2024-01-01",
        Type::TimeSpan => "1d",
        Type::Guid => "00000000-0000-0000-0000-000000000000",
        Type::Dynamic => "{}",
        Type::String | Type::Unknown => "",
    }
}
