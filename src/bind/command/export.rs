//! `.export … to csv (path) <| query`: which files a request asks for. `output` writes them.

use crate::diagnostic::{Code, Diagnostic};
use crate::span::Span;
use crate::syntax::ast::Command;
use crate::value::Value;

use super::super::env::Env;
use super::super::{Binder, Output};
use super::words::Words;

/// Files that a request asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Export {
    /// What they hold.
    pub format: ExportFormat,
    /// Folders to write to, in turn.
    pub folders: Vec<String>,
    /// How their names begin.
    pub prefix: String,
    /// Bytes from which on the next file is begun.
    pub size: u64,
    /// Which files of text have a line of names.
    pub headers: Headers,
    /// Whether text starts with a byte order mark.
    pub mark: bool,
    /// How files are compressed.
    pub compression: Compression,
    /// The extension of the files, if it is given.
    pub extension: Option<String>,
    /// The place of the command.
    pub span: Span,
}

/// What exported files hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    /// Comma separated text.
    Csv,
    /// Tab separated text.
    Tsv,
    /// An object a line.
    Json,
    /// Parquet.
    Parquet,
}

/// Which files of text begin with the names of the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Headers {
    /// None does.
    None,
    /// The first one.
    First,
    /// Every one.
    All,
}

/// How files are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    None,
    /// As `.gz` files; within Parquet, its pages.
    Gzip,
    /// The pages of Parquet, with Snappy.
    Snappy,
    /// The pages of Parquet, with zstd.
    Zstd,
}

/// What begins a new file when the request does not say it: 100 MB, as in Kusto.
const FILE_SIZE: u64 = 100 << 20;

/// Properties that say how a service spreads the work.
const NO_MATTER: &[&str] =
    &["distributed", "distribution", "distribution_kind", "persistdetails", "parquetrowgroupsize"];

impl<'a> Binder<'a> {
    /// The files that a command asks for, behind its first word.
    pub(super) fn bind_export(&mut self, words: Words, command: &'a Command, env: &Env<'a>) -> Option<Output> {
        let export = match self.export_of(words, command) {
            Ok(export) => export,
            Err(diagnostic) => {
                self.report(*diagnostic);
                return None;
            }
        };
        if !self.options.writing {
            self.report(
                Diagnostic::error(Code::UnsupportedFeature, command.text.span, "files cannot be written here")
                    .help("the host of the engine has to allow it"),
            );
            return None;
        }
        let Some(query) = &command.query else {
            self.report(
                Diagnostic::error(Code::Syntax, command.text.span, "there is nothing to export")
                    .help("`.export to csv (\"folder\") <| query`"),
            );
            return None;
        };
        let (mut results, _) = self.bind_results(query, env);
        let result = results.pop()?;
        if !results.is_empty() {
            self.error(Code::UnsupportedFeature, query.span, "a query of one result is needed here");
            return None;
        }
        Some(Output { export: Some(export), chart: None, ..result })
    }

    fn export_of(&mut self, mut words: Words, command: &Command) -> Result<Export, Box<Diagnostic>> {
        let wrong = |span: Span, message: &str| {
            Box::new(Diagnostic::error(Code::Syntax, span, message).help(
                "`.export [compressed] to csv|tsv|json|parquet (\"folder\") [with (property = value, …)] <| query`",
            ))
        };
        // There is nobody to come back to later, so that it is done at once.
        words.take("async");
        let compressed = words.take("compressed");
        if !words.take("to") {
            return Err(wrong(words.span(), "`to` is expected here"));
        }
        let span = words.span();
        let format = match words.name().as_deref().map(str::to_ascii_lowercase).as_deref() {
            Some("csv") => ExportFormat::Csv,
            Some("tsv") => ExportFormat::Tsv,
            Some("json") => ExportFormat::Json,
            Some("parquet") => ExportFormat::Parquet,
            _ => return Err(wrong(span, "the format is `csv`, `tsv`, `json` or `parquet`")),
        };
        let span = words.span();
        let folders = words.names().ok_or_else(|| wrong(span, "a folder is needed, as a string in parentheses"))?;
        if let Some(remote) = folders.iter().find(|folder| folder.contains("://")) {
            let message = format!("`{remote}` is no folder of this machine");
            return Err(Box::new(Diagnostic::error(Code::UnsupportedFeature, span, message)));
        }
        let compression = match (format, compressed) {
            (ExportFormat::Parquet, _) => Compression::Snappy,
            (ExportFormat::Csv | ExportFormat::Tsv | ExportFormat::Json, true) => Compression::Gzip,
            (ExportFormat::Csv | ExportFormat::Tsv | ExportFormat::Json, false) => Compression::None,
        };
        let mut export = Export {
            format,
            folders,
            prefix: "export".to_owned(),
            size: FILE_SIZE,
            headers: Headers::None,
            mark: false,
            compression,
            extension: None,
            span: command.text.span,
        };
        let properties = words.properties().map_err(|span| wrong(span, "`name = value` is expected here"))?;
        for (name, span, value) in properties {
            set_property(&mut export, &name, &value, span, compressed)?;
        }
        match words.done() {
            true => Ok(export),
            false => Err(wrong(words.span(), "this does not belong to the command")),
        }
    }
}

fn set_property(
    export: &mut Export,
    name: &str,
    value: &Value,
    span: Span,
    compressed: bool,
) -> Result<(), Box<Diagnostic>> {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let wrong = |expected: &str| {
        Err(Box::new(Diagnostic::error(Code::InvalidValue, span, format!("`{name}` takes {expected}"))))
    };
    let file_name = |text: &str| !text.is_empty() && !text.contains(['/', '\\']);
    match (name.to_ascii_lowercase().as_str(), text.to_ascii_lowercase().as_str()) {
        ("sizelimit", _) => match value.as_i64().and_then(|size| u64::try_from(size).ok()).filter(|size| *size > 0) {
            Some(size) => export.size = size,
            None => return wrong("a number of bytes"),
        },
        ("nameprefix", _) if file_name(&text) => export.prefix = text,
        ("nameprefix", _) => return wrong("the beginning of a file name"),
        ("fileextension", _) if file_name(&text) => {
            export.extension = Some(text.trim_start_matches('.').to_owned());
        }
        ("fileextension", _) => return wrong("the extension of a file name"),
        ("includeheaders", "none") => export.headers = Headers::None,
        ("includeheaders", "firstfile") => export.headers = Headers::First,
        ("includeheaders", "all") => export.headers = Headers::All,
        ("includeheaders", _) => return wrong("`none`, `firstFile` or `all`"),
        ("encoding", "utf8nobom") => export.mark = false,
        ("encoding", "utf8bom") => export.mark = true,
        ("encoding", _) => return wrong("`UTF8NoBOM` or `UTF8BOM`"),
        ("compressiontype", "gzip") => {
            if compressed || export.format == ExportFormat::Parquet {
                export.compression = Compression::Gzip;
            }
        }
        ("compressiontype", "snappy") if export.format == ExportFormat::Parquet => {
            export.compression = Compression::Snappy;
        }
        ("compressiontype", "zstd") if export.format == ExportFormat::Parquet => {
            export.compression = Compression::Zstd;
        }
        ("compressiontype", _) => return wrong("`gzip`, and for Parquet `snappy` and `zstd` too"),
        (other, _) if NO_MATTER.contains(&other) => {}
        (other, _) => {
            let message = format!("the property `{other}` is not supported");
            return Err(Box::new(Diagnostic::error(Code::UnsupportedFeature, span, message)));
        }
    }
    Ok(())
}
