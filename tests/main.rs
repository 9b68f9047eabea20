//! The one integration binary: collects the tests of the modules below as named trials.
//!
//! | module  | what goes there |
//! |---------|-----------------|
//! | cli     | the program as a whole: flags, exit codes, streams |
//! | cloud   | logs and tables in object stores: the emulator of Azure, a web server |
//! | crash   | ingestion against the machine: kills, a full disk, two runs at once; files that other tools read |
//! | damage  | damaged inputs: a report for each, never a crash, bounded memory |
//! | grammar | the files under `grammar` against the parser: names, words, generated sentences |
//! | ingest  | raw logs to tables: faults, wrappings, rejects, the same rows from raw logs and from Parquet |
//! | memory  | requests beyond the limit of memory |
//! | output  | charts, SVG, pages, and exports that other tools read |
//! | pages   | every page under `tests/lang`: lexed, parsed and bound; with the engine, run and compared |
//! | queries | every canned query on the sample, against the answer that is kept |
//! | random  | random queries: never a crash, the same rows however the work is split |
//! | readme  | the questions and answers of the README |
//! | repl    | the shell without a terminal: transcripts |
//! | robust  | damaged queries: diagnostics, never a crash; formatting keeps the tree |
//! | scripts | the commands run, check and fmt: streams, files, reports, exit codes |
//! | store   | tables that are added to: each row once, the latest version, few files |
//! | terminal | the shell on a pseudo terminal: completion, several lines, Ctrl-C, pager |
//! | tidy    | the house rules: headers, layers, rows against pages, budgets |
//! | wrappings | every wrapping of every table gives the same tables |
//!
//! A module offers `trials()`, a list of named tests. Names are filtered by substring, as usual:
//! `cargo test --test main operators/where`. Modules that need the engine stand behind its feature, so that
//! `cargo test --no-default-features` stays fast. A test fails by panicking.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

#[cfg(feature = "engine")]
mod calls;
#[cfg(feature = "engine")]
mod cli;
#[cfg(feature = "engine")]
mod cloud;
#[cfg(feature = "engine")]
mod crash;
#[cfg(feature = "engine")]
mod damage;
#[cfg(feature = "engine")]
mod generate;
mod grammar;
#[cfg(feature = "engine")]
mod ingest;
#[cfg(feature = "engine")]
mod memory;
#[cfg(feature = "engine")]
mod output;
mod pages;
#[cfg(feature = "engine")]
mod privacy;
#[cfg(feature = "engine")]
mod queries;
#[cfg(feature = "engine")]
mod random;
#[cfg(feature = "engine")]
mod readme;
#[cfg(feature = "engine")]
mod repl;
mod robust;
#[cfg(feature = "engine")]
mod scripts;
#[cfg(feature = "engine")]
mod store;
#[cfg(feature = "engine")]
mod terminal;
mod tidy;
#[cfg(feature = "engine")]
mod web;
#[cfg(feature = "engine")]
mod wrappings;

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use libtest_mimic::{Arguments, Trial};

fn main() {
    let mut arguments = Arguments::from_args();
    if pages::blessing() {
        // Cases of one page rewrite the same file.
        arguments.test_threads = Some(1);
    }
    // Failures are printed at the end, with the test's name.
    std::panic::set_hook(Box::new(|info| PANIC.set(info.to_string())));
    let mut trials = Vec::new();
    trials.extend(pages::trials());
    trials.extend(grammar::trials());
    trials.extend(robust::trials());
    trials.extend(tidy::trials());
    #[cfg(feature = "engine")]
    {
        trials.extend(calls::trials());
        trials.extend(cli::trials());
        trials.extend(crash::trials());
        trials.extend(generate::trials());
        trials.extend(ingest::trials());
        trials.extend(memory::trials());
        trials.extend(output::trials());
        trials.extend(privacy::trials());
        trials.extend(queries::trials());
        trials.extend(random::trials());
        trials.extend(readme::trials());
        trials.extend(repl::trials());
        trials.extend(scripts::trials());
        trials.extend(cloud::trials());
        trials.extend(store::trials());
        trials.extend(terminal::trials());
        trials.extend(damage::trials());
        trials.extend(wrappings::trials());
    }
    libtest_mimic::run(&arguments, trials).exit();
}

thread_local! {
    /// The last panic of this thread, with its place.
    static PANIC: RefCell<String> = const { RefCell::new(String::new()) };
}

/// A named test. It runs on a stack as large as the program's own, since queries may nest deeply.
pub(crate) fn trial(name: impl Into<String>, test: impl FnOnce() + Send + 'static) -> Trial {
    let caught = || catch_unwind(AssertUnwindSafe(test)).map_err(|_| PANIC.take());
    Trial::test(name, move || {
        let thread = std::thread::Builder::new().stack_size(32 << 20).spawn(caught).map_err(|e| e.to_string())?;
        Ok(thread.join().unwrap_or_else(|_| Err("the thread of the test broke".to_owned()))?)
    })
}

/// The folder of the package. Tests build their paths from it, so they run from anywhere.
pub(crate) fn root() -> std::path::PathBuf {
    std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
