//! `externaldata`: rows of files outside of the tables.

use serde_json::Value as Json;

use crate::diagnostic::{Code, Diagnostic};
use crate::ir::{Column, ExternalFormat, Rel, Scalar};
use crate::span::Span;
use crate::syntax::ast::{ExprKind, ExternalData, Option_};
use crate::types::Type;
use crate::value::Value;

use super::super::Binder;
use super::super::convert::from_dynamic;
use super::super::env::Env;
use super::super::expression::Scope;
use super::super::naming::Names;
use super::super::table::Table;

/// The formats by the names that KQL gives them, which are extensions of files too.
const FORMATS: &[(&str, ExternalFormat)] = &[
    ("csv", ExternalFormat::Delimited(b',')),
    ("tsv", ExternalFormat::Delimited(b'\t')),
    ("psv", ExternalFormat::Delimited(b'|')),
    ("scsv", ExternalFormat::Delimited(b';')),
    ("sohsv", ExternalFormat::Delimited(1)),
    ("txt", ExternalFormat::Lines),
    ("raw", ExternalFormat::Whole),
    ("json", ExternalFormat::JsonLines),
    ("multijson", ExternalFormat::Json),
    ("singlejson", ExternalFormat::Json),
    ("parquet", ExternalFormat::Parquet),
];

/// What `with` says.
#[derive(Default)]
struct Properties {
    format: Option<ExternalFormat>,
    header: bool,
    mapping: Vec<(String, Source)>,
}

/// Where a column's value comes from.
#[derive(Clone)]
enum Source {
    /// Steps into the record.
    Path(Vec<Scalar>),
    /// The same for all records.
    Constant(String),
}

impl<'a> Binder<'a> {
    pub(super) fn bind_external(&mut self, external: &'a ExternalData, env: &Env<'a>) -> Table {
        let before = self.diagnostics.len();
        let mut names = Names::default();
        let mut columns = Vec::new();
        for column in &external.columns {
            let name = self.claim(&column.name, &mut names);
            columns.push(self.fresh(name, column.ty.node));
        }
        let addresses = self.bind_addresses(external, env);
        let properties = self.bind_external_properties(&external.properties);
        let by_name = addresses.first().and_then(|address| format_of_name(address));
        let format = properties.format.or(by_name).unwrap_or(ExternalFormat::Delimited(b','));
        if format == ExternalFormat::Parquet && !properties.mapping.is_empty() {
            let place =
                external.properties.iter().find(|option| option.name.name.eq_ignore_ascii_case("ingestionMapping"));
            let place = place.map_or_else(Span::default, |option| option.name.span);
            self.error(Code::UnsupportedFeature, place, "columns of Parquet files go by their names only");
        }
        if self.diagnostics[before..].iter().any(Diagnostic::is_error) {
            return Table { broken: true, ..Table::new(Rel::Values { columns, rows: Vec::new() }) };
        }
        let header = properties.header;
        if format == ExternalFormat::Parquet {
            return Table::new(Rel::External { addresses, format, header, columns });
        }
        let record = self.fresh("record", Type::Dynamic);
        let rel = Rel::External { addresses, format, header, columns: vec![record.clone()] };
        let values = columns.iter().enumerate().map(|(place, column)| {
            let mapped = properties.mapping.iter().find(|(name, _)| *name == column.name).map(|(_, source)| source);
            let source = match mapped {
                Some(source) => source.clone(),
                // With a mapping, what it does not name stays empty.
                None if !properties.mapping.is_empty() => Source::Constant(String::new()),
                None => Source::Path(vec![implied_step(format, place, column)]),
            };
            (column.clone(), value(&record, source, format, column.ty))
        });
        let columns = values.collect();
        Table::new(Rel::Project { input: Box::new(rel), columns })
    }

    /// The addresses of the files, all of which must be allowed.
    fn bind_addresses(&mut self, external: &'a ExternalData, env: &Env<'a>) -> Vec<String> {
        let mut addresses = Vec::new();
        for uri in &external.uris {
            match self.bind_scalar(uri, &Scope::constants(env.clone())) {
                Scalar::Literal(Value::String(address)) => {
                    let refused = match self.settings.inside {
                        true => Some("`request_external_data_disabled` is set, so no such file is read".to_owned()),
                        false => self.catalog.refuses_file(&address),
                    };
                    if let Some(reason) = refused {
                        self.report(Diagnostic::error(Code::UnsupportedFeature, uri.span, reason));
                    }
                    addresses.push(address);
                }
                other if other.ty() == Type::Unknown => {}
                _ => self.error(Code::NotConstant, uri.span, "the address of a file is needed, as a constant"),
            }
        }
        addresses
    }

    fn bind_external_properties(&mut self, options: &'a [Option_]) -> Properties {
        let mut properties = Properties::default();
        for option in options {
            let name = option.name.name.to_ascii_lowercase();
            match (name.as_str(), &option.value.kind) {
                ("format", ExprKind::Name(ident)) => properties.format = self.format_named(&ident.name, option),
                ("format", ExprKind::Literal(Value::String(text))) => {
                    properties.format = self.format_named(text, option);
                }
                ("ignorefirstrecord", ExprKind::Literal(Value::Bool(truth))) => properties.header = *truth,
                ("ingestionmapping", ExprKind::Literal(Value::String(text))) => match mapping(text) {
                    Ok(mapping) => properties.mapping = mapping,
                    Err(reason) => self.error(Code::InvalidValue, option.value.span, reason),
                },
                ("format" | "ignorefirstrecord" | "ingestionmapping", _) => {
                    let message = format!("`{}` does not take this value", option.name.name);
                    self.error(Code::InvalidValue, option.value.span, message);
                }
                _ => self.report(
                    Diagnostic::error(
                        Code::UnsupportedFeature,
                        option.name.span,
                        format!("the property `{}` is not supported", option.name.name),
                    )
                    .help("`format`, `ignoreFirstRecord` and `ingestionMapping` are"),
                ),
            }
        }
        properties
    }

    fn format_named(&mut self, name: &str, option: &Option_) -> Option<ExternalFormat> {
        let found = external_format(name);
        if found.is_none() {
            let known: Vec<&str> = FORMATS.iter().map(|(name, _)| *name).collect();
            self.report(
                Diagnostic::error(
                    Code::UnsupportedFeature,
                    option.value.span,
                    format!("the format `{name}` is not supported"),
                )
                .help(format!("one of {}", known.join(", "))),
            );
        }
        found
    }
}

/// The format of a name.
pub(in crate::bind) fn external_format(name: &str) -> Option<ExternalFormat> {
    FORMATS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, format)| *format)
}

/// The format that the extension of a file tells.
fn format_of_name(address: &str) -> Option<ExternalFormat> {
    let lower = address.to_ascii_lowercase();
    let (_, extension) = lower.strip_suffix(".gz").unwrap_or(&lower).rsplit_once('.')?;
    FORMATS.iter().find(|(name, _)| *name == extension).map(|(_, format)| *format)
}

/// Where a column is without a mapping: at its place among cells, or under its name.
fn implied_step(format: ExternalFormat, place: usize, column: &Column) -> Scalar {
    match format {
        ExternalFormat::Delimited(_) | ExternalFormat::Lines | ExternalFormat::Whole => {
            Scalar::long(i64::try_from(place).unwrap_or(i64::MAX))
        }
        ExternalFormat::JsonLines | ExternalFormat::Json | ExternalFormat::Parquet => {
            Scalar::text(column.name.as_str())
        }
    }
}

/// A column's value. What does not convert is null, as it is when the service ingests it.
fn value(record: &Column, source: Source, format: ExternalFormat, ty: Type) -> Scalar {
    let found = match source {
        Source::Path(steps) => steps
            .into_iter()
            .fold(Scalar::column(record), |from, step| Scalar::kernel("dynamic_path", vec![from, step], Type::Dynamic)),
        Source::Constant(text) => Scalar::Literal(Value::Dynamic(Json::String(text))),
    };
    let is_text = !matches!(format, ExternalFormat::JsonLines | ExternalFormat::Json);
    match ty {
        Type::Dynamic if is_text => {
            let text = Scalar::kernel(from_dynamic(Type::String), vec![found], Type::String);
            Scalar::kernel("parse_json", vec![text], Type::Dynamic)
        }
        Type::Dynamic => found,
        ty => Scalar::kernel(from_dynamic(ty), vec![found], ty),
    }
}

/// What a mapping says of each column: `[{"Column": "a", "Properties": {"Path": "$.x"}}, …]`, with an `Ordinal` or a
/// `ConstValue` in place of the path, and in the older form without `Properties` around them.
fn mapping(text: &str) -> Result<Vec<(String, Source)>, String> {
    let parsed: Json = serde_json::from_str(text).map_err(|_| "the mapping is no JSON".to_owned())?;
    let items = parsed.as_array().ok_or("the mapping is no array")?;
    items
        .iter()
        .map(|item| mapped_column(item).ok_or_else(|| format!("this is no mapping of a column: {item}")))
        .collect()
}

fn mapped_column(item: &Json) -> Option<(String, Source)> {
    let mut name = None;
    let mut source = None;
    let inner = item.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case("properties"));
    let inner = inner.and_then(|(_, properties)| properties.as_object());
    for (key, value) in item.as_object()?.iter().chain(inner.into_iter().flatten()) {
        match key.to_ascii_lowercase().as_str() {
            "column" | "name" => name = Some(value.as_str()?.to_owned()),
            "path" => source = Some(Source::Path(steps(value.as_str()?)?)),
            "ordinal" => {
                let place = value.as_i64().or_else(|| value.as_str()?.parse().ok())?;
                source = Some(Source::Path(vec![Scalar::long(place)]));
            }
            "constvalue" => source = Some(Source::Constant(value.as_str()?.to_owned())),
            "datatype" | "properties" => {}
            _ => return None,
        }
    }
    Some((name?, source?))
}

/// The steps of a path such as `$.a['b c'][0]`.
fn steps(path: &str) -> Option<Vec<Scalar>> {
    let mut rest = path.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let (step, next) = if let Some(inside) = rest.strip_prefix("['") {
            let (name, next) = inside.split_once("']")?;
            (Scalar::text(name), next)
        } else if let Some(inside) = rest.strip_prefix('[') {
            let (place, next) = inside.split_once(']')?;
            (Scalar::long(place.parse().ok()?), next)
        } else {
            let inside = rest.strip_prefix('.')?;
            let end = inside.find(['.', '[']).unwrap_or(inside.len());
            let (name, next) = inside.split_at(end);
            (Scalar::text((!name.is_empty()).then_some(name)?), next)
        };
        steps.push(step);
        rest = next;
    }
    Some(steps)
}
