//! `infer_storage_schema`: the columns that files beside the tables seem to have.

use serde_json::Value as Json;

use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{ExternalFormat, Rel};
use crate::syntax::ast::Call;
use crate::syntax::format::name_text;
use crate::types::Type;
use crate::value::{Value, parse_datetime, parse_guid};

use super::super::Binder;
use super::super::env::Env;
use super::super::expression::Scope;
use super::super::operators::external_format;
use super::super::result::constant_rows;
use super::super::table::Table;

/// As many records of the chosen files are looked at.
const MOST_RECORDS: u64 = 1000;

/// Which of the files are looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Any,
    Last,
    All,
}

/// What the options say.
struct Wanted {
    containers: Vec<String>,
    format: ExternalFormat,
    extension: String,
    prefix: String,
    mode: Mode,
    header: bool,
}

impl<'a> Binder<'a> {
    pub(super) fn bind_infer_storage_schema(&mut self, call: &'a Call, env: &Env<'a>) -> Option<Table> {
        let argument = call.args.first()?;
        let value = self.bind_scalar(&argument.value, &Scope::constants(env.clone()));
        let Some(Value::Dynamic(Json::Object(options))) = value.literal() else {
            if value.ty() != Type::Unknown {
                self.error(Code::NotConstant, argument.value.span, "the options are needed, as a constant bag");
            }
            return None;
        };
        let chosen = wanted(options).and_then(|wanted| {
            let files = self.chosen_files(&wanted)?;
            Ok((wanted, files))
        });
        let columns = match chosen {
            Ok((wanted, Some(files))) if wanted.format == ExternalFormat::Parquet => self.columns_of_files(&files),
            Ok((wanted, Some(files))) => self.inferred(files, &wanted)?,
            // Where files are not looked up, the answer stays open.
            Ok((wanted, None)) => self.inferred(wanted.containers.clone(), &wanted)?,
            Err(reason) => {
                self.report(Diagnostic::error(Code::UnsupportedFeature, argument.value.span, reason));
                return None;
            }
        };
        let text: Vec<String> = columns.iter().map(|(name, ty)| format!("{}:{ty}", name_text(name))).collect();
        let column = self.fresh("CslSchema", Type::String);
        Some(constant_rows(vec![column], vec![vec![Value::String(text.join(", "))]]))
    }

    fn chosen_files(&self, wanted: &Wanted) -> Result<Option<Vec<String>>, String> {
        if self.settings.inside {
            return Err("`request_external_data_disabled` is set, so no such file is read".to_owned());
        }
        let mut files = Vec::new();
        for container in &wanted.containers {
            // Behind `;` stands the key of a container in the cloud.
            let address = container.split(';').next().unwrap_or_default();
            match self.catalog.files_at(address)? {
                Some(found) => files.extend(found),
                None => return Ok(None),
            }
        }
        let fits = |file: &String| {
            let name = file.rsplit('/').next().unwrap_or_default();
            name.starts_with(&wanted.prefix) && name.ends_with(&wanted.extension)
        };
        files.retain(fits);
        match wanted.mode {
            Mode::All => {}
            Mode::Any => files.truncate(1),
            Mode::Last => drop(files.drain(..files.len().saturating_sub(1))),
        }
        if files.is_empty() { Err("there is no such file in these containers".to_owned()) } else { Ok(Some(files)) }
    }

    fn columns_of_files(&self, files: &[String]) -> Vec<(String, Type)> {
        let mut columns = Columns::default();
        for (name, ty) in files.iter().filter_map(|file| self.catalog.columns_of_file(file)).flatten() {
            columns.add(&name, ty);
        }
        columns.found
    }

    /// The columns of records, once the data has answered what these are.
    fn inferred(&mut self, addresses: Vec<String>, wanted: &Wanted) -> Option<Vec<(String, Type)>> {
        let record = self.fresh("record", Type::Dynamic);
        let rel = Rel::External { addresses, format: wanted.format, header: false, columns: vec![record] };
        let rows = self.ask(Rel::Limit { input: Box::new(rel), count: MOST_RECORDS })?;
        let records = rows.iter().filter_map(|row| match row.first() {
            Some(Value::Dynamic(record)) => Some(record),
            _ => None,
        });
        Some(columns_of(records, wanted))
    }
}

/// Reads the options.
fn wanted(options: &serde_json::Map<String, Json>) -> Result<Wanted, String> {
    let mut wanted = Wanted {
        containers: Vec::new(),
        format: ExternalFormat::Whole,
        extension: String::new(),
        prefix: String::new(),
        mode: Mode::Any,
        header: false,
    };
    let mut format = None;
    for (key, value) in options {
        let text = value.as_str();
        match (key.to_ascii_lowercase().as_str(), text) {
            ("storagecontainers", _) => {
                let list = value.as_array().ok_or("`StorageContainers` is an array of addresses")?;
                wanted.containers = list.iter().filter_map(Json::as_str).map(str::to_owned).collect();
            }
            ("dataformat", Some(name)) => {
                format = Some(external_format(name).ok_or(format!("the format `{name}` is not supported"))?);
            }
            ("fileextension", Some(text)) => wanted.extension = text.to_owned(),
            ("filenameprefix", Some(text)) => wanted.prefix = text.to_owned(),
            ("mode", Some(text)) => {
                wanted.mode = match text.to_ascii_lowercase().as_str() {
                    "any" => Mode::Any,
                    "last" => Mode::Last,
                    "all" => Mode::All,
                    _ => return Err("`Mode` is `any`, `last` or `all`".to_owned()),
                };
            }
            ("inferenceoptions", _) => wanted.header = header(value)?,
            _ => return Err(format!("the option `{key}` is not supported with this value")),
        }
    }
    wanted.format = format.ok_or("`DataFormat` is needed")?;
    if wanted.containers.is_empty() { Err("`StorageContainers` is needed".to_owned()) } else { Ok(wanted) }
}

/// `{"UseFirstRowAsHeader": true}`
fn header(value: &Json) -> Result<bool, String> {
    let mut header = false;
    for (key, value) in value.as_object().into_iter().flatten() {
        header = match (key.to_ascii_lowercase().as_str(), value) {
            ("usefirstrowasheader", Json::Bool(truth)) => *truth,
            ("usefirstrowasheader", Json::String(text)) => text.eq_ignore_ascii_case("true"),
            _ => return Err(format!("the inference option `{key}` is not supported")),
        };
    }
    Ok(header)
}

/// Columns in the order in which they were met.
#[derive(Default)]
struct Columns {
    found: Vec<(String, Type)>,
}

impl Columns {
    fn add(&mut self, name: &str, ty: Type) {
        match self.found.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = unified(*known, ty),
            None => self.found.push((name.to_owned(), ty)),
        }
    }
}

fn columns_of<'r>(records: impl Iterator<Item = &'r Json>, wanted: &Wanted) -> Vec<(String, Type)> {
    let mut columns = Columns::default();
    let mut names: Option<Vec<String>> = None;
    for record in records {
        match record {
            Json::Object(bag) => bag.iter().for_each(|(name, value)| columns.add(name, type_of(value))),
            Json::Array(cells) => {
                let cells = cells.iter().map(|cell| cell.as_str().unwrap_or_default());
                if wanted.header && names.is_none() {
                    names = Some(cells.map(str::to_owned).collect());
                    continue;
                }
                for (place, cell) in cells.enumerate() {
                    let named = names.as_ref().and_then(|names| names.get(place)).cloned();
                    columns.add(&named.unwrap_or_else(|| format!("Column{}", place + 1)), type_of_text(cell));
                }
            }
            _ => {}
        }
    }
    let known = |ty: Type| if ty == Type::Unknown { Type::String } else { ty };
    columns.found.into_iter().map(|(name, ty)| (name, known(ty))).collect()
}

fn type_of(value: &Json) -> Type {
    match value {
        Json::Null => Type::Unknown,
        Json::Bool(_) => Type::Bool,
        Json::Number(number) if number.is_i64() => Type::Long,
        Json::Number(_) => Type::Real,
        Json::String(text) => match type_of_text(text) {
            found @ (Type::DateTime | Type::Guid) => found,
            _ => Type::String,
        },
        Json::Array(_) | Json::Object(_) => Type::Dynamic,
    }
}

fn type_of_text(text: &str) -> Type {
    let text = text.trim();
    // A bare number would be read as a time too.
    let dated = text.len() >= 8 && text.contains(['-', '/', ':']) && parse_datetime(text).is_some();
    match text {
        "" => Type::Unknown,
        text if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") => Type::Bool,
        text if text.parse::<i64>().is_ok() => Type::Long,
        text if text.starts_with(|c: char| c.is_ascii_digit() || c == '-') && text.parse::<f64>().is_ok() => Type::Real,
        text if parse_guid(text).is_some() => Type::Guid,
        _ if dated => Type::DateTime,
        text if text.starts_with(['{', '[']) && serde_json::from_str::<Json>(text).is_ok() => Type::Dynamic,
        _ => Type::String,
    }
}

/// One type for values of two: the wider number, else text.
fn unified(a: Type, b: Type) -> Type {
    match (a, b) {
        (Type::Unknown, ty) | (ty, Type::Unknown) => ty,
        (a, b) if a == b => a,
        (Type::Dynamic, _) | (_, Type::Dynamic) => Type::Dynamic,
        (a, b) => a.widest_number(b).unwrap_or(Type::String),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_tell_types() {
        let cases = [
            ("12", Type::Long),
            ("-1.5", Type::Real),
            ("TRUE", Type::Bool),
            ("2026-03-03", Type::DateTime),
            ("2026-03-03T12:00:00Z", Type::DateTime),
            ("10e99626-bc2b-4c75-bb3e-fe606de25700", Type::Guid),
            ("{\"a\": 1}", Type::Dynamic),
            ("-", Type::String),
            ("nan", Type::String),
            ("", Type::Unknown),
        ];
        for (text, ty) in cases {
            assert_eq!(type_of_text(text), ty, "{text}");
        }
        assert_eq!(unified(Type::Long, Type::Real), Type::Real);
        assert_eq!(unified(Type::Long, Type::DateTime), Type::String);
        assert_eq!(unified(Type::Unknown, Type::Bool), Type::Bool);
    }
}
