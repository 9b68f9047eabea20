//! Where answers go: standard output, or a file that is either whole or not there.

use std::fs::File;
use std::io::{BufWriter, IsTerminal, Write, stdout};
use std::path::{Path, PathBuf};

use crate::engine::Answer;
use crate::error::{Error, Result};
use crate::render::Color;

use super::{Charts, Format, Sink, Style, format, format_of_file, write, write_error};

/// Where an answer goes.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// Standard output.
    Stdout,
    /// A file.
    File(PathBuf),
}

/// When `render` draws.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ChartsWhen {
    /// On a terminal.
    #[default]
    Auto,
    /// Also in files and pipes.
    Always,
    /// Not at all: the rows are shown.
    Never,
    /// Everywhere, without characters beyond ASCII.
    Ascii,
}

/// How readable formats are asked to look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The columns to fill; without it those of the terminal.
    pub width: Option<usize>,
    /// When charts are drawn.
    pub charts: ChartsWhen,
}

/// The format that is asked for by name, else the one of the file's extension, else a table.
pub fn choose_format(name: Option<&str>, target: &Target) -> Result<&'static Format> {
    let chosen = match (name, target) {
        (Some(name), _) => format(name)?,
        (None, Target::File(path)) => format_of_file(path)?,
        (None, Target::Stdout) => format("table")?,
    };
    if chosen.binary && *target == Target::Stdout && stdout().is_terminal() {
        let name = chosen.name;
        return Err(Error::Usage(format!("format `{name}` is not for the terminal: use --output FILE or a pipe")));
    }
    Ok(chosen)
}

/// Writes an answer to its target.
pub fn write_to(answer: &Answer, format: &Format, style: &Style, target: &Target) -> Result<()> {
    match target {
        Target::Stdout => {
            let mut out = BufWriter::new(stdout());
            write(answer, format, style, &mut out)?;
            out.flush().map_err(write_error)
        }
        Target::File(path) => write_file(path, |out| write(answer, format, style, out)),
    }
}

/// Writes a text to its target.
pub fn write_text(text: &str, target: &Target) -> Result<()> {
    match target {
        Target::Stdout => stdout().write_all(text.as_bytes()).map_err(write_error),
        Target::File(path) => {
            whole_file(path, |path| std::fs::write(path, text).map_err(|cause| Error::io(path, cause)))
        }
    }
}

/// Writes a file, which is there only when it is whole.
pub(super) fn write_file(path: &Path, write: impl Fn(&mut dyn Sink) -> Result<()>) -> Result<()> {
    whole_file(path, |path| {
        let file = File::create(path).map_err(|cause| Error::io(path, cause))?;
        let mut out = BufWriter::new(file);
        write(&mut out)?;
        out.flush().map_err(|cause| Error::io(path, cause))
    })
}

/// Writes beside the file and then renames, so that nobody ever reads half a file.
fn whole_file(path: &Path, write: impl Fn(&Path) -> Result<()>) -> Result<()> {
    let partial = Partial::of(path);
    write(partial.path())?;
    partial.keep()
}

/// A file that is written beside its place until it is whole. Devices and pipes are written as they are.
pub(super) struct Partial {
    place: PathBuf,
    beside: Option<PathBuf>,
}

impl Partial {
    /// The file for a place.
    pub(super) fn of(place: &Path) -> Partial {
        let is_file = place.is_file() || !place.exists();
        let mut beside = place.as_os_str().to_owned();
        beside.push(".partial");
        Partial { place: place.to_owned(), beside: is_file.then(|| PathBuf::from(beside)) }
    }

    /// Where it is to be written.
    pub(super) fn path(&self) -> &Path {
        self.beside.as_deref().unwrap_or(&self.place)
    }

    /// Puts it in its place.
    pub(super) fn keep(mut self) -> Result<()> {
        if let Some(beside) = &self.beside {
            std::fs::rename(beside, &self.place).map_err(|cause| Error::io(&self.place, cause))?;
        }
        self.beside = None;
        Ok(())
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        if let Some(beside) = &self.beside {
            // Removing is tidiness; the error to report is the one of writing.
            let _ = std::fs::remove_file(beside);
        }
    }
}

/// How readable formats look at their target: fitted and painted on a terminal, plain elsewhere.
pub fn style_of(target: &Target, wanted: &Wanted) -> Style {
    let terminal = *target == Target::Stdout && stdout().is_terminal();
    let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
    let charts = match wanted.charts {
        ChartsWhen::Never => Charts::Never,
        ChartsWhen::Auto if !terminal => Charts::Never,
        ChartsWhen::Auto if dumb => Charts::Ascii,
        ChartsWhen::Ascii => Charts::Ascii,
        ChartsWhen::Auto | ChartsWhen::Always => Charts::Unicode,
    };
    if !terminal {
        return Style { width: wanted.width, charts, ..Style::PLAIN };
    }
    let width = wanted.width.or_else(|| comfy_table::Table::new().width().map(usize::from));
    Style { width, color: color_of(&stdout()), charts, ..Style::PLAIN }
}

/// Whether a stream is painted: only a terminal, and not where `NO_COLOR` is set.
pub fn color_of(stream: &impl IsTerminal) -> Color {
    let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
    if stream.is_terminal() && !unwanted && !dumb { Color::Always } else { Color::Never }
}
