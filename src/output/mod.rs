//! Answers as text and files: one file per format, one row per format.

pub mod cell;
pub mod delivery;
pub mod listing;
pub mod partition;
pub mod target;

mod chart;
mod columnar;
mod csv;
mod export;
mod html;
mod json;
mod markdown;
mod rows;
mod svg;
mod table;
mod vertical;
pub(crate) mod words;

pub(crate) use chart::svg::escape;

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use crate::engine::{Answer, Table};
use crate::error::{Error, Result};
use crate::render::Color;

/// An output format.
pub struct Format {
    /// The name that `--format` and `.format` take.
    pub name: &'static str,
    /// The file name extensions that choose it.
    pub extensions: &'static [&'static str],
    /// One sentence for the help.
    pub summary: &'static str,
    /// Whether the output is for programs alone, not to be shown on a terminal.
    pub binary: bool,
    /// Which result tables it takes, and the function that writes them.
    pub write: Writer,
}

/// The function behind a format, by what it does with several result tables.
#[derive(Clone, Copy)]
pub enum Writer {
    /// Writes all of them, one after the other.
    All(fn(&[Table], &Style, &mut dyn Sink) -> Result<()>),
    /// Writes the last one.
    Last(fn(&Table, &mut dyn Sink) -> Result<()>),
    /// Takes exactly one; several are refused.
    One(fn(&Table, &mut dyn Sink) -> Result<()>),
}

/// Where output goes. Files that are written by columns need it to be sendable.
pub trait Sink: Write + Send {}

impl<W: Write + Send> Sink for W {}

/// How readable formats look. Formats for programs do not depend on it.
#[derive(Clone, Copy, Debug)]
pub struct Style {
    /// The columns of the terminal; `None` outside of one: lines then get as long as they must.
    pub width: Option<usize>,
    /// The most rows to show of each table; the rest is counted in the footer.
    pub rows: Option<usize>,
    /// Whether headers and nulls are painted.
    pub color: Color,
    /// Whether `render` draws, or a table is shown all the same.
    pub charts: Charts,
    /// How long the request took, if that is to be said.
    pub taken: Option<Duration>,
}

/// What the format `table` does with `render`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charts {
    /// Shows the rows.
    Never,
    /// Draws with blocks and lines.
    Unicode,
    /// Draws with ASCII alone.
    Ascii,
}

impl Charts {
    fn glyphs(self) -> Option<chart::text::Glyphs> {
        match self {
            Charts::Never => None,
            Charts::Unicode => Some(chart::text::Glyphs::Unicode),
            Charts::Ascii => Some(chart::text::Glyphs::Ascii),
        }
    }
}

/// All formats, in the order of the help.
pub const FORMATS: &[Format] = &[
    Format {
        name: "table",
        extensions: &["txt"],
        summary: "a drawn table that fits the terminal, with a row count; on a terminal also charts",
        binary: false,
        write: Writer::All(table::write_tables),
    },
    Format {
        name: "vertical",
        extensions: &[],
        summary: "rows below each other, a line per column, for wide tables",
        binary: false,
        write: Writer::All(vertical::write_vertical),
    },
    Format {
        name: "json",
        extensions: &["json"],
        summary: "one array of row objects: the last result table",
        binary: false,
        write: Writer::Last(json::write_json),
    },
    Format {
        name: "jsonl",
        extensions: &["jsonl", "ndjson"],
        summary: "one row object per line; an empty line between result tables",
        binary: false,
        write: Writer::All(json::write_jsonl),
    },
    Format {
        name: "csv",
        extensions: &["csv"],
        summary: "comma separated, quoted as in RFC 4180; an empty line between result tables",
        binary: false,
        write: Writer::All(csv::write_csv),
    },
    Format {
        name: "tsv",
        extensions: &["tsv", "tab"],
        summary: "tab separated; tabs and line breaks inside of values are written as \\t and \\n",
        binary: false,
        write: Writer::All(csv::write_tsv),
    },
    Format {
        name: "markdown",
        extensions: &["md", "markdown"],
        summary: "pipe tables for documents and tickets",
        binary: false,
        write: Writer::All(markdown::write_markdown),
    },
    Format {
        name: "parquet",
        extensions: &["parquet"],
        summary: "a Parquet file that keeps the KQL types; exactly one result table",
        binary: true,
        write: Writer::One(columnar::write_parquet),
    },
    Format {
        name: "arrow",
        extensions: &["arrow", "feather", "ipc"],
        summary: "an Arrow IPC file that keeps the KQL types; exactly one result table",
        binary: true,
        write: Writer::One(columnar::write_arrow),
    },
    Format {
        name: "html",
        extensions: &["html", "htm"],
        summary: "a page of its own with charts, and tables that can be sorted and filtered",
        binary: false,
        write: Writer::All(html::write_html),
    },
    Format {
        name: "svg",
        extensions: &["svg"],
        summary: "the chart that `render` asks for, as a picture; exactly one result table",
        binary: false,
        write: Writer::One(svg::write_svg),
    },
];

impl Style {
    /// Plain text of any width: what files and pipes get.
    pub const PLAIN: Style = Style { width: None, rows: None, color: Color::Never, charts: Charts::Never, taken: None };
}

/// The format of a name.
pub fn format(name: &str) -> Result<&'static Format> {
    FORMATS.iter().find(|row| row.name == name).ok_or_else(|| {
        let names: Vec<&str> = FORMATS.iter().map(|row| row.name).collect();
        Error::Usage(format!("no output format `{name}`: there are {}", names.join(", ")))
    })
}

/// The format that a file's extension chooses.
pub fn format_of_file(path: &Path) -> Result<&'static Format> {
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or("").to_ascii_lowercase();
    FORMATS.iter().find(|row| row.extensions.contains(&extension.as_str())).ok_or_else(|| {
        let known: Vec<&str> = FORMATS.iter().flat_map(|row| row.extensions).copied().collect();
        let known = known.join(", ");
        Error::Usage(format!("`{}` does not tell its format: known extensions are {known}", path.display()))
    })
}

/// Writes an answer in a format.
pub fn write(answer: &Answer, format: &Format, style: &Style, out: &mut dyn Sink) -> Result<()> {
    match (format.write, answer.tables.as_slice()) {
        (_, []) => Err(Error::Usage("the request has no result: its last statement should be a query".to_owned())),
        (Writer::All(write), tables) => write(tables, style, out),
        (Writer::Last(write), [.., last]) => write(last, out),
        (Writer::One(write), [only]) => write(only, out),
        (Writer::One(_), several) => Err(Error::Usage(format!(
            "format `{}` takes one result table, and the request has {}",
            format.name,
            several.len()
        ))),
    }
}

/// What a format leaves out of an answer, for whoever asked.
pub fn left_out(answer: &Answer, format: &Format) -> Option<String> {
    match (format.write, answer.tables.len()) {
        (Writer::Last(_), count) if count > 1 => {
            Some(format!("format `{}` holds the last of {count} result tables", format.name))
        }
        _ => None,
    }
}

/// An error while writing; `main` tells a closed pipe from it.
pub(crate) fn write_error(cause: std::io::Error) -> Error {
    Error::io("the output", cause)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests;
