//! The command `fmt`: files are formatted in place, or what would change is shown.

use std::io::stderr;
use std::path::Path;
use std::process::ExitCode;

use calypso::output::target::{Target, color_of, write_text};
use calypso::render::render_in_file;
use calypso::repl::is_command;
use calypso::script::{difference, format_script};
use calypso::{Result, Source};

use super::cli::FmtArgs;
use super::{complain, print, read_source, script_files};

/// Formats files. The code is 1 when a request is wrong, and with `--check` also when something would change.
pub(super) fn fmt(args: &FmtArgs) -> Result<ExitCode> {
    let mut is_fine = true;
    for path in script_files(&args.files)? {
        let source = read_source(&path)?;
        let formatted = format_script(source.text(), is_command);
        for diagnostic in &formatted.diagnostics {
            complain(&render_in_file(diagnostic, &source, color_of(&stderr())));
        }
        is_fine &= formatted.diagnostics.is_empty();
        let changed = formatted.text != source.text();
        if args.check {
            is_fine &= !changed;
            if changed {
                print(&shown(&source, &formatted.text))?;
            }
        } else if path == Path::new("-") {
            print(&formatted.text)?;
        } else if changed {
            write_text(&formatted.text, &Target::File(path))?;
        }
    }
    Ok(ExitCode::from(u8::from(!is_fine)))
}

fn shown(source: &Source, new: &str) -> String {
    let name = source.name();
    format!("--- {name}\n+++ {name}\n{}", difference(source.text(), new))
}
