//! Records that are much like the ones before: what is known of those, so that only differences are read.
//!
//! Logs repeat themselves: two values of three are the same as in the record before. A value is compared as it stands in
//! the text, and one that is the same needs no reading. Whatever is not as usual is left to the careful way.

use std::ops::Range;

use hashbrown::HashMap;

use super::batch::Shape;
use super::cells::Value;
use super::keys::{Key, Keys, Role};
use super::scan::{Flat, Level};

/// What becomes of the value of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Use {
    /// A record with this name is read with care.
    Careful,
    /// There is no column for it.
    Nothing,
    Column(usize),
    /// The time, without which a record is read with care.
    Time(usize),
    /// The resource id, of which the subscription is taken too.
    Resource(usize),
    /// A name in `properties` wins the column.
    Shadowed(usize),
}

/// What a value must be for the record to belong to the same table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    Anything,
    /// Some text.
    Text,
    /// Something else than nothing, and it must be there.
    Given(u64),
    /// The same as in the record that was learned, and it must be there.
    Same(u64, Vec<u8>),
}

/// What is known of a name in one place.
pub(super) struct Slot {
    pub(super) what: Use,
    pub(super) needs: Needs,
    /// Where the name with the last value stands in the text that is read; empty when that is not known.
    raw: Range<usize>,
    /// Names with earlier values as they stood in the text, where reading them is costly, and the codes of their texts.
    earlier: HashMap<Box<[u8]>, u16>,
}

/// Where a slot is.
pub(super) type SlotId = (Level, Key);

/// A value that is not the one before.
pub(super) struct Change<'a> {
    pub(super) slot: SlotId,
    /// Where it stands in the text with its name.
    pub(super) raw: Range<usize>,
    pub(super) column: Option<usize>,
    pub(super) value: Value<'a>,
}

/// What is known of the last records of a table.
#[derive(Default)]
pub(super) struct Known {
    members: Vec<Option<Slot>>,
    properties: Vec<Option<Slot>>,
    /// The shape of the record that was learned last; none before the first.
    pub(super) shape: Option<Shape>,
    pub(super) has_properties: bool,
    /// The names that told the table.
    pub(super) telling: u64,
    pub(super) time: Option<usize>,
    /// Which slot each column has its last value from: a column may have several names.
    owners: Vec<Option<SlotId>>,
}

/// Bytes of a value that is kept as an earlier one.
const MOST_EARLIER_BYTES: usize = 4 << 10;

/// Earlier values that are kept of one name: payloads are few, or nearly each its own.
const MOST_EARLIER: usize = 256;

impl Known {
    pub(super) fn slot(&self, (level, key): SlotId) -> Option<&Slot> {
        let slots = match level {
            Level::Top => &self.members,
            Level::Properties => &self.properties,
        };
        slots.get(key as usize)?.as_ref()
    }

    fn slots(&mut self, level: Level) -> &mut Vec<Option<Slot>> {
        match level {
            Level::Top => &mut self.members,
            Level::Properties => &mut self.properties,
        }
    }

    /// Whether the last value of a column is that of a slot.
    pub(super) fn owns(&self, slot: SlotId, column: usize) -> bool {
        self.owners.get(column) == Some(&Some(slot))
    }

    /// Notes the last value of a slot, which its column has now, under this code if it is worth to be known again.
    pub(super) fn note(
        &mut self,
        (level, key): SlotId,
        column: Option<usize>,
        text: &str,
        raw: Range<usize>,
        code: Option<u16>,
    ) {
        if let Some(column) = column {
            if self.owners.len() <= column {
                self.owners.resize(column + 1, None);
            }
            self.owners[column] = Some((level, key));
        }
        if let Some(Some(slot)) = self.slots(level).get_mut(key as usize) {
            if let Some(code) = code
                && raw.len() <= MOST_EARLIER_BYTES
                && slot.earlier.len() < MOST_EARLIER
            {
                slot.earlier.insert(text.as_bytes()[raw.clone()].into(), code);
            }
            slot.raw = raw;
        }
    }

    /// Forgets where values stand: another text is read. Columns still have them.
    pub(super) fn forget_text(&mut self) {
        self.members.iter_mut().chain(&mut self.properties).flatten().for_each(|slot| slot.raw = 0..0);
    }

    /// Forgets all values, which columns forgot too.
    pub(super) fn forget_values(&mut self) {
        for slot in self.members.iter_mut().chain(&mut self.properties).flatten() {
            slot.raw = 0..0;
            slot.earlier.clear();
        }
    }

    /// The same with what a sound record tells, whose names and table are as usual.
    pub(super) fn learned(
        mut self,
        text: &str,
        flat: &Flat<'_>,
        shape: Shape,
        keys: &Keys,
        use_of: &mut dyn FnMut(Key) -> Use,
    ) -> Known {
        let has_category =
            flat.members.iter().chain(&flat.properties).any(|(key, _)| keys.role(*key) == Role::Category);
        (self.telling, self.has_properties, self.shape) = (0, flat.has_properties, Some(shape));
        let mut bit = 1u64;
        let mut taken = 0u64;
        for (level, members) in [(Level::Top, &flat.members), (Level::Properties, &flat.properties)] {
            for (key, node) in members {
                let mut needs = Needs::Anything;
                let told =
                    flat.telling.iter().find(|(slot, _)| *slot == (level, *key)).map(|(_, raw)| &text[raw.clone()]);
                match (keys.role(*key), told) {
                    (Role::Plain, _) => {}
                    (Role::Operation, _) if has_category => needs = Needs::Text,
                    (Role::Version, Some(_)) if !super::convert::is_missing(node) => needs = Needs::Given(bit),
                    (Role::Category | Role::Operation | Role::Type | Role::TableName, Some(raw)) => {
                        needs = Needs::Same(bit, raw.as_bytes().to_vec());
                    }
                    // Properties that are no object, and what may wrap records.
                    (Role::Properties | Role::Wrapper, _) | (_, _) => return Known::default(),
                }
                if let Needs::Given(_) | Needs::Same(..) = needs {
                    self.telling |= bit;
                    bit <<= 1;
                }
                let slots = self.slots(level);
                if slots.len() <= *key as usize {
                    slots.resize_with(*key as usize + 1, || None);
                }
                let slot = &mut slots[*key as usize];
                let new = || Slot { what: use_of(*key), needs: Needs::Anything, raw: 0..0, earlier: HashMap::new() };
                let slot = slot.get_or_insert_with(new);
                if slot.needs != needs {
                    slot.raw = 0..0;
                    slot.needs = needs;
                }
                if let Use::Time(column) = slot.what {
                    self.time = Some(column);
                }
            }
            match level {
                Level::Top => {
                    let bit = |slot: &Slot| slot.column().map_or(0, |at| 1u64 << at);
                    let of = |key: &Key, known: &Known| known.slot((level, *key)).map_or(0, bit);
                    taken = members.iter().fold(0, |taken, (key, _)| taken | of(key, &self));
                }
                Level::Properties => self.shadow(flat, taken),
            }
        }
        self
    }

    /// Names outside of `properties` whose column is filled from there too.
    fn shadow(&mut self, flat: &Flat<'_>, taken: u64) {
        let mut winning = 0u64;
        for (key, node) in &flat.properties {
            if let (Some(Slot { what: Use::Column(at), .. }), false) =
                (self.slot((Level::Properties, *key)), super::convert::is_missing(node))
            {
                winning |= 1 << at;
            }
        }
        for (key, _) in &flat.members {
            if let Some(Some(slot)) = self.members.get_mut(*key as usize)
                && let Use::Column(at) = slot.what
                && (winning & taken) >> at & 1 == 1
            {
                slot.what = Use::Shadowed(at);
            }
        }
    }
}

impl Slot {
    /// Whether the name and the last value stand at a place of the text again; where they end there.
    pub(super) fn is_same(&self, text: &[u8], at: usize) -> Option<usize> {
        let end = at + self.raw.len();
        let is_same = end > at
            && matches!(text.get(end), Some(b',' | b'}'))
            && text.get(at..end)? == text.get(self.raw.clone())?;
        is_same.then_some(end)
    }

    /// The code of a value that stood in a text like this before, with its name.
    pub(super) fn code_of(&self, raw: &[u8]) -> Option<u16> {
        self.earlier.get(raw).copied()
    }

    /// The column that the value goes to.
    pub(super) fn column(&self) -> Option<usize> {
        match self.what {
            Use::Column(at) | Use::Time(at) | Use::Resource(at) => Some(at),
            Use::Careful | Use::Nothing | Use::Shadowed(_) => None,
        }
    }
}

impl Needs {
    /// Whether another value than before may stand here, which is a text or is not.
    pub(super) fn allows(&self, is_text: bool) -> bool {
        match self {
            Needs::Anything | Needs::Given(_) => true,
            Needs::Text => is_text,
            // That it is the same is looked at before it is read.
            Needs::Same(..) => true,
        }
    }

    /// Its bit among the names that tell the table.
    pub(super) fn bit(&self) -> u64 {
        match self {
            Needs::Anything | Needs::Text => 0,
            Needs::Given(bit) | Needs::Same(bit, _) => *bit,
        }
    }
}
