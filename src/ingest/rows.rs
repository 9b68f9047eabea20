//! The rows of one stretch of a source, by table: what the wrappings find ends here.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;

use super::alike::Change;
use super::batch::{Shape, TableBuilder};
use super::cells;
use super::columns::Columns;
use super::compare::{self, Alike, Trace};
use super::json::Node;
use super::keys::{Key, Keys, Role};
use super::other;
use super::record::{NoTable, Place, RawRecord, by_columns};
use super::repair::{Repair, Repairs};
use super::report::Reject;
use super::scan::{self, Flat, Scanned};
use super::surplus::Surplus;
use super::wrapping::{Found, Taker};
use crate::error::{Error, Result};
use crate::tables::{self, TableDef};
use crate::types::Type;

/// Rows of a batch. Larger batches make fewer calls; smaller ones stay in the processor's caches.
const BATCH_ROWS: usize = cells::MOST_ROWS;

/// Unknown tables that a stretch may bring: a file with a new category on every line is none.
const MOST_OTHERS: usize = 100;

/// Foreign records of a stretch that are kept as rejects too, in case that others are not foreign.
const MOST_NOT_TOLD: usize = 100;

/// Bytes of a rejected text that are kept.
const MOST_REJECTED: usize = 1 << 20;

/// What is known of a text before it is read.
#[derive(Debug, Default)]
pub(super) struct Origin {
    /// What rejects are told of: the file, and the member of the archive.
    pub(super) path: PathBuf,
    /// The table that the file is named after.
    pub(super) named: Option<&'static TableDef>,
    /// What becomes of records that belong to no table.
    pub(super) foreign: Foreign,
}

/// What becomes of records that tell no table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Foreign {
    /// They are rejected.
    #[default]
    Reject,
    /// They are a table of their own when their whole file is such.
    Keep,
}

/// What a stretch of a source gave.
#[derive(Default)]
pub(super) struct Parsed {
    /// Rows of known tables.
    pub(super) batches: Vec<(&'static str, RecordBatch)>,
    /// Rows of tables that nobody declared.
    pub(super) others: BTreeMap<String, Columns>,
    /// Rows that tell no table.
    pub(super) foreign: Columns,
    /// What was mended.
    pub(super) repairs: Repairs,
    /// Names that have no column.
    pub(super) surplus: Surplus,
    /// The same where the types are known.
    pub(super) foreign_batches: Vec<RecordBatch>,
    /// What could not be read.
    pub(super) rejects: Vec<Reject>,
    /// Records that tell no table, which are rejects unless the whole file is foreign.
    pub(super) not_told: Vec<Reject>,
    /// Whether any record told its table.
    pub(super) told: bool,
}

/// Collects the rows of one stretch after the other.
pub(super) struct Rows {
    keys: Keys,
    builders: Vec<TableBuilder>,
    /// The builder of the last record.
    current: Option<usize>,
    /// Kept for its memory.
    flat: Flat<'static>,
    /// Kept for its memory.
    changes: Vec<Change<'static>>,
    /// How the last record was gone through, when it was read by its differences.
    trace: Trace,
    /// The address of the text that the last records are in.
    text: usize,
    /// The last category and its table.
    last: (String, Option<&'static TableDef>),
    /// The names of the last record that told nothing else, and what they tell.
    alike: (Vec<Key>, Option<&'static TableDef>),
    origin: Arc<Origin>,
    base: Place,
    /// The table that the columns of a header tell.
    by_columns: Option<&'static TableDef>,
    parsed: Parsed,
    failed: Option<Error>,
}

impl Rows {
    pub(super) fn new() -> Self {
        Self {
            keys: Keys::new(),
            builders: Vec::new(),
            current: None,
            flat: Flat::default(),
            changes: Vec::new(),
            trace: Trace::default(),
            text: 0,
            last: (String::new(), None),
            alike: (Vec::new(), None),
            origin: Arc::default(),
            base: Place { line: 1, offset: 0 },
            by_columns: None,
            parsed: Parsed::default(),
            failed: None,
        }
    }

    /// Begins a stretch: its places count from this one.
    pub(super) fn start(&mut self, origin: &Arc<Origin>, base: Place) {
        self.keys.renew();
        self.forget_text();
        self.alike = (Vec::new(), None);
        self.origin = Arc::clone(origin);
        self.base = base;
        self.by_columns = None;
    }

    /// Has the next record be compared with none, as it is in another text.
    fn forget_text(&mut self) {
        self.trace.clear();
        self.text = 0;
        self.builders.iter_mut().for_each(TableBuilder::begin_text);
    }

    /// What the stretch gave.
    pub(super) fn take(&mut self) -> Result<Parsed> {
        for at in 0..self.builders.len() {
            self.flush(at);
            self.builders[at].tell_unknown(&self.keys, &mut self.parsed.surplus);
        }
        match self.failed.take() {
            Some(error) => Err(error),
            None => Ok(std::mem::take(&mut self.parsed)),
        }
    }

    /// Counts what was mended apart from any record.
    pub(super) fn repairs(&mut self) -> &mut Repairs {
        &mut self.parsed.repairs
    }

    /// The table of rows that do not tell any, when header or name of the file do.
    pub(super) fn named(&self) -> Option<&'static TableDef> {
        self.origin.named.or(self.by_columns)
    }

    /// Whether a file of no known table is to be read.
    pub(super) fn keeps_foreign(&self) -> bool {
        self.origin.foreign == Foreign::Keep
    }

    /// The table that the names of a record tell, where nothing else does. Such records come in rows that are alike.
    fn by_names(&mut self, record: &RawRecord<'_>, none: NoTable) -> Result<&'static TableDef, NoTable> {
        let has_time = record.members.iter().any(|(name, _)| name.starts_with("TimeGenerated"));
        if none != NoTable::NotTold || !has_time {
            return Err(none);
        }
        let keys: Vec<Key> = record.members.iter().map(|(name, _)| self.keys.id(name)).collect();
        if self.alike.0 != keys {
            self.alike = (keys, by_columns(record.members.iter().map(|(name, _)| name.as_ref())));
        }
        self.alike.1.ok_or(none)
    }

    /// Keeps a record that tells no table: as a row of a foreign table while that is possible, and as a reject.
    fn add_foreign(&mut self, record: &RawRecord<'_>) {
        let kept = self.keeps_foreign() && !self.parsed.told;
        if kept {
            self.parsed.foreign.push(record.members.iter().map(|(name, node)| (name.as_ref(), node)));
        }
        if !kept || self.parsed.not_told.len() < MOST_NOT_TOLD {
            let reject = self.rejected(record.place, NoTable::NotTold.to_string(), record.text);
            self.parsed.not_told.push(reject);
        }
    }

    /// Adds a batch of a table that is not known.
    pub(super) fn add_foreign_batch(&mut self, batch: RecordBatch) {
        self.parsed.foreign_batches.push(batch);
    }

    fn place(&self, place: Place) -> Place {
        Place { line: self.base.line + place.line - 1, offset: self.base.offset + place.offset }
    }

    pub(super) fn reject(&mut self, place: Place, reason: String, text: &str) {
        let reject = self.rejected(place, reason, text);
        self.parsed.rejects.push(reject);
    }

    fn rejected(&self, place: Place, reason: String, text: &str) -> Reject {
        let mut end = text.len().min(MOST_REJECTED);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        Reject { file: self.origin.path.clone(), place: self.place(place), reason, text: text[..end].to_owned() }
    }

    fn builder(&mut self, table: &'static TableDef) -> usize {
        match self.builders.iter().position(|builder| std::ptr::eq(builder.table, table)) {
            Some(at) => at,
            None => {
                self.builders.push(TableBuilder::new(table));
                self.builders.len() - 1
            }
        }
    }

    fn flush(&mut self, at: usize) {
        self.trace.clear();
        let builder = &mut self.builders[at];
        if builder.rows() == 0 {
            return;
        }
        match builder.finish() {
            Ok(batch) => self.parsed.batches.push((builder.table.name, batch)),
            Err(error) => self.failed = Some(Error::Engine(error.to_string())),
        }
    }

    /// Adds a record that was read as a tree.
    fn add(&mut self, record: &RawRecord<'_>) {
        let table = match record.table(self.named()).or_else(|none| self.by_names(record, none)) {
            Ok(table) => table,
            Err(NoTable::NotTold) => {
                return self.add_foreign(record);
            }
            Err(NoTable::Unknown(name)) => {
                if self.parsed.others.len() >= MOST_OTHERS && !self.parsed.others.contains_key(&name) {
                    let reason = format!("more than {MOST_OTHERS} categories that are not known");
                    return self.reject(record.place, reason, record.text);
                }
                self.parsed.told = true;
                self.parsed.repairs.merge(&record.repairs);
                let columns = self.parsed.others.entry(name.clone()).or_default();
                return other::add(&name, record, columns);
            }
        };
        self.parsed.told = true;
        self.parsed.repairs.merge(&record.repairs);
        let own = |members: &'_ [(std::borrow::Cow<'_, str>, Node<'_>)], keys: &mut Keys| -> Vec<Key> {
            members.iter().map(|(name, _)| keys.id(name)).collect()
        };
        let places = [record.shared, &record.members, record.properties()];
        let ids = places.map(|place| own(place, &mut self.keys));
        let [shared, members, properties] = [0, 1, 2].map(|at: usize| {
            let nodes = places[at].iter().map(|(_, node)| node);
            ids[at].iter().copied().zip(nodes)
        });
        let shape = if record.is_raw() { Shape::Raw } else { Shape::Table };
        let at = self.builder(table);
        self.builders[at].append([shared, members, properties], shape, &self.keys, &mut self.parsed.repairs);
        if self.builders[at].rows() == BATCH_ROWS {
            self.flush(at);
        }
    }

    /// Adds a record that was read flat; false when its table is not known.
    fn add_flat(&mut self, text: &str, flat: &Flat<'_>) -> bool {
        let Some((table, shape)) = self.table_of(flat) else { return false };
        self.parsed.told = true;
        let at = self.builder(table);
        let places = [&[][..], &flat.members, &flat.properties];
        let places = places.map(|place| place.iter().map(|(key, node)| (*key, node)));
        self.builders[at].append(places, shape, &self.keys, &mut self.parsed.repairs);
        self.builders[at].learn(text, flat, shape, &self.keys);
        self.current = Some(at);
        if self.builders[at].rows() == BATCH_ROWS {
            self.flush(at);
        }
        true
    }

    /// Adds a record that is much like those before, and tells its end.
    fn add_alike(&mut self, text: &str, at: usize) -> Option<usize> {
        let current = self.current?;
        if self.text != text.as_ptr().addr() {
            self.forget_text();
            self.text = text.as_ptr().addr();
        }
        let builder = &self.builders[current];
        let mut changes = recycled(std::mem::take(&mut self.changes));
        let found = compare::differences(text, at, &mut self.keys, builder, &mut changes, &mut self.trace);
        if let Some(alike) = &found {
            self.builders[current].append_alike(text, &mut changes, alike.present);
            self.parsed.repairs.add_some(Repair::TextNull, alike.null_texts.count_ones().into());
        }
        self.changes = recycled(changes);
        let Some(Alike { end, .. }) = found else {
            self.trace.clear();
            return None;
        };
        if self.builders[current].rows() == BATCH_ROWS {
            self.flush(current);
        }
        Some(end)
    }

    /// The table of a flat record, by the same rules as [`RawRecord::table`].
    fn table_of(&mut self, flat: &Flat<'_>) -> Option<(&'static TableDef, Shape)> {
        let (mut ty, mut category, mut operation, mut is_update) = (None, None, None, false);
        let mut is_raw = flat.has_properties;
        for (at, (key, node)) in flat.properties.iter().chain(&flat.members).enumerate() {
            let role = self.keys.role(*key);
            match (role, node) {
                (Role::Plain | Role::Wrapper, _) => {}
                (Role::Properties, _) => is_raw = true,
                (Role::Version, node) => is_update |= !super::convert::is_missing(node),
                (Role::Category, Node::Text(text)) => {
                    is_raw |= at >= flat.properties.len();
                    // Which of several counts is left to the careful way.
                    if category.replace(text).is_some() {
                        return None;
                    }
                }
                (Role::Operation, Node::Text(text)) => operation = Some(text),
                (Role::Type | Role::TableName, Node::Text(text)) if ty.is_none() => ty = Some(text),
                (Role::Type, _) | (Role::TableName, _) | (Role::Category, _) | (Role::Operation, _) => return None,
            }
        }
        if let Some(ty) = ty {
            return Some((tables::by_name(ty)?, if is_raw { return None } else { Shape::Table }));
        }
        let Some(category) = category.or(operation) else {
            return self.named().filter(|_| !is_update).map(|table| (table, shape(is_raw)));
        };
        if self.last.0 != category.as_ref() {
            self.last = (category.to_string(), tables::by_category(category));
        }
        let table = self.last.1?;
        Some((is_update.then(|| table.updates()).flatten().unwrap_or(table), shape(is_raw)))
    }
}

fn shape(is_raw: bool) -> Shape {
    if is_raw { Shape::Raw } else { Shape::Table }
}

/// The same vector, empty, for changes of another text.
fn recycled<'b>(mut changes: Vec<Change<'_>>) -> Vec<Change<'b>> {
    changes.clear();
    changes.into_iter().map_while(|_| None).collect()
}

impl Taker for Rows {
    fn found(&mut self, found: Found<'_>) {
        match found {
            Found::Record(record) => self.add(&record),
            Found::Reject { place, reason, text } => self.reject(place, reason, text),
        }
    }

    fn sound(&mut self, text: &str, at: usize) -> Option<usize> {
        if let Some(end) = self.add_alike(text, at) {
            return Some(end);
        }
        let mut flat = std::mem::take(&mut self.flat).emptied();
        let end = match scan::record(text, at, &mut self.keys, &mut flat) {
            Scanned::Record(end) if self.add_flat(text, &flat) => Some(end),
            Scanned::Record(_) | Scanned::Other => None,
        };
        self.flat = flat.emptied();
        end
    }

    fn header(&mut self, columns: &[(String, Option<Type>)]) {
        self.by_columns = by_columns(columns.iter().map(|(name, _)| name.as_str()));
        if self.keeps_foreign() && self.named().is_none() {
            for (name, ty) in columns {
                if let Some(ty) = ty {
                    self.parsed.foreign.tell(name, *ty);
                }
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use datafusion::arrow::compute::concat_batches;
    use datafusion::arrow::util::pretty::pretty_format_batches;

    use super::super::cells::spread;
    use super::super::wrapping::Wrapping;
    use super::*;

    /// The rows of a text and what was mended, read as they come or each with care.
    fn read(text: &str, is_careful: bool) -> String {
        let mut rows = Rows::new();
        let mut batches: BTreeMap<&str, Vec<RecordBatch>> = BTreeMap::new();
        let mut repairs = Repairs::default();
        let texts: Vec<&str> = if is_careful { text.lines().collect() } else { vec![text] };
        for text in texts {
            rows.start(&Arc::default(), Place { line: 1, offset: 0 });
            rows.current = None;
            Wrapping::Lines.read(text, &mut rows);
            let parsed = rows.take().unwrap();
            repairs.merge(&parsed.repairs);
            for (table, batch) in parsed.batches {
                batches.entry(table).or_default().push(spread(&batch).unwrap());
            }
        }
        let mut out = format!("{:?}\n", repairs.iter().collect::<Vec<_>>());
        for (table, batches) in batches {
            let schema = batches.iter().map(RecordBatch::schema).max_by_key(|schema| schema.fields().len()).unwrap();
            let conform = |batch: &RecordBatch| crate::engine::catalog::conform_batch(batch, &schema).unwrap();
            let batch = concat_batches(&schema, &batches.iter().map(conform).collect::<Vec<_>>()).unwrap();
            out.push_str(&format!("{table}\n{}\n", pretty_format_batches(&[batch]).unwrap()));
        }
        out
    }

    #[test]
    fn differences_make_no_difference() {
        let record = |members: &str, properties: &str| {
            format!(
                "{{\"time\":\"2026-03-02T09:00:00Z\",\"category\":\"CallDiagnostics\"{members},\"properties\":\
                 {{{properties}}}}}\n"
            )
        };
        let members = [
            "",
            ",\"resourceId\":\"/SUBSCRIPTIONS/A/B\"",
            ",\"resourceId\":\"/SUBSCRIPTIONS/C/B\"",
            ",\"operationName\":\"x\"",
            ",\"operationName\":null",
            ",\"endpointType\":\"Server\"",
            ",\"endpointType\":\"\"",
            ",\"Type\":\"ACSCallDiagnostics\"",
            ",\"time\":\"2026-03-02T09:00:01Z\"",
        ];
        let properties = [
            "",
            "\"endpointType\":\"VoIP\"",
            "\"EndpointType\":\"Server\"",
            "\"EndpointType\":\"VoIP\",\"endpointType\":\"Server\"",
            "\"endpointType\":\"null\"",
            "\"endpointType\":null,\"jitterAvg\":1",
            "\"jitterAvg\":12",
            "\"jitterAvg\":12.5,\"correlationId\":\"a\"",
            "\"jitterAvg\":\"many\",\"correlationId\":\" a\"",
            "\"callUpdatesVersion\":1,\"correlationId\":\"a\"",
            "\"callUpdatesVersion\":2,\"correlationId\":\"a\\n\"",
            "\"callUpdatesVersion\":null,\"new\":{\"a\":[1]}",
            "\"category\":\"CallSummary\"",
        ];
        let mut state = 5u32;
        let mut next = |below: usize| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as usize % below
        };
        let mut text = String::new();
        for _ in 0..600 {
            let line = record(members[next(members.len())], properties[next(properties.len())]);
            (0..next(3) + 1).for_each(|_| text.push_str(&line));
        }
        assert_eq!(read(&text, false), read(&text, true));
    }
}
