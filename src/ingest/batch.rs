//! Records of one table to Arrow batches, guided by the table's declaration.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayBuilder, ArrayRef, RecordBatch, StringViewBuilder};
use datafusion::arrow::datatypes::Schema;
use datafusion::arrow::error::ArrowError;

use super::alike::{Change, Known, Use};
use super::cells::{Cells, Value, kept_field};
use super::convert::{self, Misfit};
use super::json::{Node, write_text};
use super::keys::{Key, Keys};
use super::record::is_envelope;
use super::repair::{Repair, Repairs};
use super::scan::Flat;
use super::surplus::Surplus;
use crate::engine::types::arrow_field;
use crate::tables::TableDef;
use crate::types::Type;

/// What the workspace fills in for records that come from Azure itself.
const SOURCE_SYSTEM: &str = "Azure";

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
    /// The last resource id as it came, and as the workspace writes it.
    resource: (String, String),
    /// What is known of the last records, so that of the next one only the differences are read.
    known: Known,
    /// The columns that the last record had, when it was added by its differences.
    present: u64,
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
    subscription: Option<usize>,
    source_system: Option<usize>,
    ty: Option<usize>,
}

impl TableBuilder {
    pub(super) fn new(table: &'static TableDef) -> Self {
        let place = |name: &str| table.columns.iter().position(|column| column.name == name);
        Self {
            table,
            columns: table.columns.iter().map(|column| Cells::new(column.name, column.ty)).collect(),
            additional: StringViewBuilder::new(),
            has_additional: false,
            rows: 0,
            meanings: Vec::new(),
            generation: 0,
            unknown: HashMap::new(),
            resource: (String::new(), String::new()),
            places: Places {
                time: place("TimeGenerated"),
                resource: place("_ResourceId"),
                subscription: place("_SubscriptionId"),
                source_system: place("SourceSystem"),
                ty: place("Type"),
            },
            known: Known::default(),
            present: 0,
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
        self.renew(keys);
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

    /// Forgets what names mean, when they were given other numbers.
    fn renew(&mut self, keys: &Keys) {
        if self.generation != keys.generation {
            self.generation = keys.generation;
            self.meanings.clear();
            self.known = Known::default();
        }
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
        let fixed = [
            (places.ty, Some(self.table.name)),
            (places.resource, Some(resource)),
            (places.subscription, given(places.subscription).is_none().then_some(subscription)),
            (places.source_system, (given(places.source_system).is_none() && is_raw).then_some(SOURCE_SYSTEM)),
        ];
        for (at, (cells, column)) in self.columns.iter_mut().zip(self.table.columns).enumerate() {
            cells.fill(self.rows);
            let fixed = fixed.iter().find(|(place, _)| *place == Some(at)).and_then(|(_, text)| *text);
            if let (Some(text), Type::String) = (fixed, column.ty) {
                cells.append_text(text);
                continue;
            }
            let node = row[at].filter(|node| match node {
                Node::Text(text) if text == "null" => {
                    repairs.add(Repair::TextNull);
                    false
                }
                _ => true,
            });
            match (cells.append(node.cloned().unwrap_or(Node::Null), repairs), node) {
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
        self.present = 0;
    }

    /// What is known of the last records, for a record to be read by its differences.
    pub(super) fn known(&self) -> &Known {
        &self.known
    }

    /// Whether values of a column are costly to read, so that earlier ones are worth keeping.
    pub(super) fn is_costly(&self, column: usize) -> bool {
        self.columns[column].costly_code().is_some()
    }

    /// Puts a number or a text without escapes where the value of a column is wanted; whether it fits.
    pub(super) fn read_plain<'n>(
        &self,
        column: usize,
        plain: (&'n str, bool),
        repairs: &mut Repairs,
        value: &mut Value<'n>,
    ) -> bool {
        self.columns[column].read_plain(plain, repairs, value)
    }

    /// A value for a column, if it fits. What is mended is counted.
    pub(super) fn read<'n>(&self, column: usize, node: Node<'n>, repairs: &mut Repairs) -> Option<Value<'n>> {
        self.columns[column].read(node, repairs).ok()
    }

    /// Learns from a sound record that was just added what the next ones are compared with.
    pub(super) fn learn(&mut self, text: &str, flat: &Flat<'_>, shape: Shape, keys: &Keys) {
        self.known =
            std::mem::take(&mut self.known).learned(text, flat, shape, keys, &mut |key| self.use_of(key, keys));
        let Places { ty, source_system, .. } = self.places;
        let fixed = [(ty, self.table.name), (source_system, if shape == Shape::Raw { SOURCE_SYSTEM } else { "" })];
        for (column, text) in fixed {
            if let Some(column) = column {
                self.columns[column].default_to(text);
            }
        }
    }

    /// What becomes of the value of a name where records are read by their differences.
    fn use_of(&mut self, key: Key, keys: &Keys) -> Use {
        let places = &self.places;
        let (time, resource, ty, subscription) = (places.time, places.resource, places.ty, places.subscription);
        match self.meaning(key, keys) {
            Meaning::Unknown => Use::Careful,
            Meaning::Envelope => Use::Nothing,
            Meaning::Column(at) if Some(at) == ty => Use::Nothing,
            Meaning::Column(at) if at >= u64::BITS as usize || Some(at) == subscription => Use::Careful,
            Meaning::Column(at) if Some(at) == resource => Use::Resource(at),
            Meaning::Column(at) if Some(at) == time => Use::Time(at),
            Meaning::Column(at) => Use::Column(at),
        }
    }

    /// Has records be compared with those of another text from now on, of which none was read yet.
    pub(super) fn begin_text(&mut self) {
        self.known.forget_text();
    }

    /// Adds a record of which only the differences were read; `present` tells the columns that it has.
    pub(super) fn append_alike(&mut self, text: &str, changes: &mut Vec<Change<'_>>, present: u64) {
        let row = self.rows;
        each_bit(self.present & !present, |column| self.columns[column].pause(row));
        let mut resumed = present & !self.present;
        for Change { slot, raw, column, value } in changes.drain(..) {
            let is_read = !matches!(value, Value::Code(_));
            if let Some(column) = column {
                match &value {
                    Value::Text(text) if Some(column) == self.places.resource => self.set_resource(text, column),
                    _ => self.columns[column].set(row, value),
                }
                resumed &= !(1 << column);
            }
            let code = column.filter(|_| is_read).and_then(|column| self.columns[column].costly_code());
            self.known.note(slot, column, text, raw, code);
        }
        each_bit(resumed, |column| {
            self.columns[column].resume(row);
            if Some(column) == self.places.resource
                && let Some(subscription) = self.places.subscription
            {
                self.columns[subscription].resume(row);
            }
        });
        if let (Some(resource), Some(subscription)) = (self.places.resource, self.places.subscription)
            && (self.present & !present) >> resource & 1 == 1
        {
            self.columns[subscription].pause(row);
        }
        self.present = present;
        self.rows += 1;
    }

    fn set_resource(&mut self, raw: &str, column: usize) {
        let resource = resource_id(raw);
        if let Some(at) = self.places.subscription {
            let subscription = subscription_id(&resource).unwrap_or_default().to_owned();
            self.columns[at].set(self.rows, Value::Text(subscription.into()));
        }
        self.columns[column].set(self.rows, Value::Text(resource.into()));
    }

    fn append_additional(&mut self, additional: &[(&str, &Node<'_>)]) {
        if additional.is_empty() {
            return;
        }
        self.has_additional = true;
        for _ in self.additional.len()..self.rows {
            self.additional.append_null();
        }
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
        self.columns.iter_mut().for_each(|cells| cells.fill(self.rows));
        let mut arrays: Vec<ArrayRef> = self.columns.iter_mut().map(Cells::finish).collect::<Result<_, _>>()?;
        let kept = self.table.columns.iter().zip(&arrays);
        let mut fields: Vec<_> = kept.map(|(column, array)| kept_field(column.name, column.ty, array)).collect();
        if std::mem::take(&mut self.has_additional) {
            for _ in self.additional.len()..self.rows {
                self.additional.append_null();
            }
            fields.push(arrow_field(ADDITIONAL, Type::Dynamic));
            arrays.push(Arc::new(self.additional.finish()));
        }
        (self.rows, self.present) = (0, 0);
        self.known.forget_values();
        RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)
    }
}

/// Calls for each bit of a set.
fn each_bit(mut bits: u64, mut call: impl FnMut(usize)) {
    while bits != 0 {
        call(bits.trailing_zeros() as usize);
        bits &= bits - 1;
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
