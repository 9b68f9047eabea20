//! Records of one table to Arrow batches, guided by the table's declaration.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, BooleanBuilder, Decimal128Builder, DurationNanosecondBuilder, Float64Builder, Int32Builder,
    Int64Builder, RecordBatch, StringViewBuilder, TimestampNanosecondBuilder,
};
use datafusion::arrow::buffer::Buffer;
use datafusion::arrow::datatypes::Schema;
use datafusion::arrow::error::ArrowError;

use super::convert::{self, Converted, Misfit};
use super::json::{Node, write_text};
use super::keys::{Key, Keys};
use super::record::is_envelope;
use super::repair::{Repair, Repairs};
use super::surplus::Surplus;
use crate::engine::types::{arrow_field, arrow_type};
use crate::tables::TableDef;
use crate::types::Type;
use crate::value::{parse_decimal, parse_guid, parse_timespan};

/// The column that keeps what the declared columns have no place for. A table has it only when a record needs it.
pub const ADDITIONAL: &str = "AdditionalFields";

/// The rows of one table, column by column.
pub(super) struct TableBuilder {
    pub(super) table: &'static TableDef,
    columns: Vec<Cells>,
    additional: StringViewBuilder,
    has_additional: bool,
    rows: usize,
    /// What the names seen so far mean, and the generation of names that this holds for.
    meanings: Vec<Option<Meaning>>,
    generation: u32,
    /// How often names came that have no column.
    unknown: HashMap<Key, u64>,
    places: Places,
    /// What each column is filled with, where records do not say it.
    fixed: Vec<Fixed>,
    /// Rows of the last batch: the next one may have as many.
    expected: usize,
    /// The last resource id as it came, and as the workspace writes it.
    resource: (String, String),
}

/// Whether a row comes with Azure's envelope or in the shape of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Raw,
    Table,
}

/// What a name of a record means.
#[derive(Clone, Copy, Debug)]
enum Meaning {
    Column(usize),
    /// Part of the envelope, without a column in this table.
    Envelope,
    Unknown,
}

/// Positions of columns that are filled from more than one place.
struct Places {
    time: Option<usize>,
    resource: Option<usize>,
}

/// A column with texts that hardly ever change: one that came twice is kept once in a batch.
#[derive(Default)]
struct Fixed {
    source: Option<Filling>,
    last: String,
    /// Where the builder has it.
    block: Option<u32>,
    blocks: usize,
}

/// What a column is filled with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Filling {
    Type,
    Resource,
    Subscription,
    SourceSystem,
}

/// Texts of a column that are kept once each.
const MOST_BLOCKS: usize = 16;

impl Fixed {
    fn append(&mut self, cells: &mut StringViewBuilder, text: &str) {
        if self.last != text {
            self.last.clear();
            self.last.push_str(text);
            self.block = None;
        } else if self.block.is_none() && self.blocks < MOST_BLOCKS {
            self.block = Some(cells.append_block(Buffer::from(text.as_bytes())));
            self.blocks += 1;
        }
        let is_appended = self.block.is_some_and(|block| cells.try_append_view(block, 0, text.len() as u32).is_ok());
        if !is_appended {
            cells.append_value(text);
        }
    }

    /// Forgets what the builder had.
    fn renew(&mut self) {
        (self.block, self.blocks) = (None, 0);
    }
}

/// A column under construction.
pub(super) enum Cells {
    Bool(BooleanBuilder),
    Int(Int32Builder),
    Long(Int64Builder),
    Real(Float64Builder),
    Decimal(Decimal128Builder),
    String { cells: StringViewBuilder, is_id: bool },
    DateTime(TimestampNanosecondBuilder),
    TimeSpan(DurationNanosecondBuilder),
    Guid(StringViewBuilder),
    Dynamic(StringViewBuilder),
}

impl TableBuilder {
    pub(super) fn new(table: &'static TableDef) -> Self {
        let place = |name: &str| table.columns.iter().position(|column| column.name == name);
        let fixed = table.columns.iter().map(|column| {
            let source = match column.name {
                "Type" => Some(Filling::Type),
                "_ResourceId" => Some(Filling::Resource),
                "_SubscriptionId" => Some(Filling::Subscription),
                "SourceSystem" => Some(Filling::SourceSystem),
                _ => None,
            };
            Fixed { source: source.filter(|_| column.ty == Type::String), ..Fixed::default() }
        });
        Self {
            table,
            columns: table.columns.iter().map(|column| Cells::new(column.name, column.ty, 0)).collect(),
            fixed: fixed.collect(),
            expected: 0,
            additional: StringViewBuilder::new(),
            has_additional: false,
            rows: 0,
            meanings: Vec::new(),
            generation: 0,
            unknown: HashMap::new(),
            resource: (String::new(), String::new()),
            places: Places { time: place("TimeGenerated"), resource: place("_ResourceId") },
        }
    }

    /// How many rows were added since the last batch.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Adds a record as a row. Later places win: shared fields, the record's own envelope, its properties.
    pub(super) fn append<'n, I>(&mut self, places: [I; 3], shape: Shape, keys: &Keys, repairs: &mut Repairs)
    where
        I: Iterator<Item = (Key, &'n Node<'n>)>,
    {
        if self.generation != keys.generation {
            self.generation = keys.generation;
            self.meanings.clear();
        }
        let mut row: Vec<Option<&'n Node<'n>>> = vec![None; self.columns.len()];
        let mut additional: Vec<(&str, &'n Node<'n>)> = Vec::new();
        for place in places {
            let mut filled = 0u128;
            for (key, node) in place {
                match self.meaning(key, keys) {
                    Meaning::Column(at) => {
                        let bit = 1u128.checked_shl(at as u32).unwrap_or_default();
                        if filled & bit != 0 && row[at] != Some(node) {
                            repairs.add(Repair::DuplicateKey);
                        }
                        filled |= bit;
                        if row[at].is_none() || !convert::is_missing(node) {
                            row[at] = Some(node);
                        }
                    }
                    Meaning::Envelope => {}
                    Meaning::Unknown => {
                        repairs.add(Repair::UnknownProperty);
                        *self.unknown.entry(key).or_default() += 1;
                        additional.push((keys.name(key), node));
                    }
                }
            }
        }
        self.append_row(&row, additional, shape, repairs);
    }

    fn append_row<'n>(
        &mut self,
        row: &[Option<&'n Node<'n>>],
        mut additional: Vec<(&'n str, &'n Node<'n>)>,
        shape: Shape,
        repairs: &mut Repairs,
    ) {
        let places = &self.places;
        let given = |place: Option<usize>| place.and_then(|at| row[at]);
        let raw = given(places.resource).map(convert::text).unwrap_or_default();
        if self.resource.0 != raw {
            self.resource = (raw.to_string(), resource_id(&raw));
        }
        let resource = self.resource.1.as_str();
        let subscription = subscription_id(resource).unwrap_or_default();
        let is_raw = shape == Shape::Raw;
        if self.rows == 0 {
            for (cells, column) in self.columns.iter_mut().zip(self.table.columns) {
                *cells = Cells::new(column.name, column.ty, self.expected);
            }
            self.fixed.iter_mut().for_each(Fixed::renew);
        }
        let columns = self.columns.iter_mut().zip(&mut self.fixed).zip(self.table.columns);
        for (at, ((cells, fixed), column)) in columns.enumerate() {
            let text = match fixed.source {
                None => None,
                Some(Filling::Type) => Some(self.table.name),
                Some(Filling::Resource) => Some(resource),
                Some(Filling::Subscription) => row[at].is_none().then_some(subscription),
                Some(Filling::SourceSystem) => (row[at].is_none() && is_raw).then_some("Azure"),
            };
            if let (Some(text), Cells::String { cells, .. }) = (text, &mut *cells) {
                fixed.append(cells, text);
                continue;
            }
            let node = row[at].filter(|node| match node {
                Node::Text(text) if text == "null" => {
                    repairs.add(Repair::TextNull);
                    false
                }
                _ => true,
            });
            match (cells.append(node.unwrap_or(&Node::Null), repairs), node) {
                (Err(Misfit), Some(node)) => {
                    repairs.add(Repair::Misfit);
                    additional.push((column.name, node));
                }
                (_, None) if places.time == Some(at) => repairs.add(Repair::NoTime),
                _ => {}
            }
        }
        self.append_additional(&additional);
        self.rows += 1;
    }

    fn append_additional(&mut self, additional: &[(&str, &Node<'_>)]) {
        if additional.is_empty() {
            return self.additional.append_null();
        }
        self.has_additional = true;
        let mut json = String::from("{");
        for (at, (name, node)) in additional.iter().enumerate() {
            if at > 0 {
                json.push(',');
            }
            write_text(name, &mut json);
            json.push(':');
            node.write(&mut json);
        }
        json.push('}');
        self.additional.append_value(json);
    }

    fn meaning(&mut self, key: Key, keys: &Keys) -> Meaning {
        if let Some(Some(meaning)) = self.meanings.get(key as usize) {
            return *meaning;
        }
        let meaning = self.look_up(keys.name(key));
        if self.meanings.len() <= key as usize {
            self.meanings.resize(key as usize + 1, None);
        }
        self.meanings[key as usize] = Some(meaning);
        meaning
    }

    fn look_up(&self, name: &str) -> Meaning {
        let table = self.table;
        match table.column_index(name).or_else(|| table.column_index(&bare(name))) {
            Some(at) => Meaning::Column(at),
            None if is_envelope(name) => Meaning::Envelope,
            None => Meaning::Unknown,
        }
    }

    /// Tells the names that came without having a column, and forgets them; to be asked while the keys are good.
    pub(super) fn tell_unknown(&mut self, keys: &Keys, surplus: &mut Surplus) {
        for (key, count) in self.unknown.drain() {
            surplus.add(self.table.name, keys.name(key), count);
        }
    }

    /// The rows so far, as a batch; the builder starts anew.
    pub(super) fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let mut fields: Vec<_> = self.table.columns.iter().map(|column| arrow_field(column.name, column.ty)).collect();
        let mut arrays: Vec<ArrayRef> = self.columns.iter_mut().map(Cells::finish).collect();
        let additional = self.additional.finish();
        if std::mem::take(&mut self.has_additional) {
            fields.push(arrow_field(ADDITIONAL, Type::Dynamic));
            arrays.push(Arc::new(additional));
        }
        if self.rows * 2 < self.expected {
            // What is not used is not kept.
            arrays.iter_mut().for_each(|array| array.shrink_to_fit());
        }
        self.expected = std::mem::take(&mut self.rows);
        RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
    }
}

/// A name as the table has it. The portal adds the zone to the names of times; people copy names with blanks in them.
pub(super) fn bare(name: &str) -> String {
    let name = name.trim();
    let name = match name.rsplit_once(" [") {
        Some((name, zone)) if zone.ends_with(']') => name,
        _ => name,
    };
    name.replace(' ', "")
}

impl Cells {
    /// Nothing yet, with room for some rows.
    pub(super) fn new(name: &str, ty: Type, rows: usize) -> Self {
        let is_id = name.ends_with("Id") || name == "Identifier";
        let texts = || StringViewBuilder::with_capacity(rows);
        match ty {
            Type::Bool => Cells::Bool(BooleanBuilder::with_capacity(rows)),
            Type::Int => Cells::Int(Int32Builder::with_capacity(rows)),
            Type::Long => Cells::Long(Int64Builder::with_capacity(rows)),
            Type::Real => Cells::Real(Float64Builder::with_capacity(rows)),
            Type::Decimal => {
                let builder = Decimal128Builder::with_capacity(rows);
                Cells::Decimal(builder.with_data_type(arrow_type(Type::Decimal)))
            }
            Type::String | Type::Unknown => Cells::String { cells: texts(), is_id },
            Type::DateTime => Cells::DateTime(TimestampNanosecondBuilder::with_capacity(rows).with_timezone("UTC")),
            Type::TimeSpan => Cells::TimeSpan(DurationNanosecondBuilder::with_capacity(rows)),
            Type::Guid => Cells::Guid(texts()),
            Type::Dynamic => Cells::Dynamic(texts()),
        }
    }

    /// Adds a value. One that does not fit is added as null.
    pub(super) fn append(&mut self, node: &Node<'_>, repairs: &mut Repairs) -> Result<(), Misfit> {
        let misfit = &mut Ok(());
        match self {
            Cells::Bool(cells) => cells.append_option(or_null(convert::truth(node), misfit)),
            Cells::Int(cells) => {
                let number = convert::whole(node, repairs);
                let number = number.and_then(|n| n.map(i32::try_from).transpose().map_err(|_| Misfit));
                cells.append_option(or_null(number, misfit));
            }
            Cells::Long(cells) => cells.append_option(or_null(convert::whole(node, repairs), misfit)),
            Cells::Real(cells) => cells.append_option(or_null(convert::real(node), misfit)),
            Cells::Decimal(cells) => cells.append_option(or_null(convert::read(node, parse_decimal), misfit)),
            Cells::String { cells, is_id } => {
                let text = convert::text(node);
                let trimmed = if *is_id { text.trim() } else { &text };
                if trimmed.len() != text.len() {
                    repairs.add(Repair::BlanksAroundId);
                }
                cells.append_value(trimmed);
            }
            Cells::DateTime(cells) => cells.append_option(or_null(convert::time(node), misfit)),
            Cells::TimeSpan(cells) => cells.append_option(or_null(convert::read(node, parse_timespan), misfit)),
            Cells::Guid(cells) => cells.append_option(or_null(convert::read(node, parse_guid), misfit)),
            Cells::Dynamic(cells) => cells.append_option(convert::dynamic(node)),
        }
        std::mem::replace(misfit, Ok(()))
    }

    pub(super) fn finish(&mut self) -> ArrayRef {
        match self {
            Cells::Bool(cells) => Arc::new(cells.finish()),
            Cells::Int(cells) => Arc::new(cells.finish()),
            Cells::Long(cells) => Arc::new(cells.finish()),
            Cells::Real(cells) => Arc::new(cells.finish()),
            Cells::Decimal(cells) => Arc::new(cells.finish()),
            Cells::String { cells, .. } | Cells::Guid(cells) | Cells::Dynamic(cells) => Arc::new(cells.finish()),
            Cells::DateTime(cells) => Arc::new(cells.finish()),
            Cells::TimeSpan(cells) => Arc::new(cells.finish()),
        }
    }
}

/// A resource id as the workspace writes it: in lower case, with a slash in front.
pub(super) fn resource_id(raw: &str) -> String {
    let raw = raw.trim();
    let lower = raw.to_lowercase();
    match lower.as_str() {
        "" | "null" => String::new(),
        path if path.starts_with('/') => lower,
        _ => format!("/{lower}"),
    }
}

/// The subscription that a resource id names.
pub(super) fn subscription_id(resource: &str) -> Option<&str> {
    resource.strip_prefix("/subscriptions/")?.split('/').next()
}

fn or_null<T>(converted: Converted<T>, misfit: &mut Result<(), Misfit>) -> Option<T> {
    converted.unwrap_or_else(|error| {
        *misfit = Err(error);
        None
    })
}
