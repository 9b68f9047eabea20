//! The fastest way through a sound record: it is compared with those before, and only what differs is read.

use super::alike::{Change, Needs, Slot, SlotId, Use};
use super::batch::TableBuilder;
use super::cells::Value;
use super::json::Node;
use super::keys::{Key, Keys, Role, START};
use super::repair::Repairs;
use super::scan::{Level, Scanner};

/// What is found of a record that is compared with others.
pub(super) struct Alike {
    /// Where it ends.
    pub(super) end: usize,
    /// The columns that it has.
    pub(super) present: u64,
    /// Columns that have the text `null` for nothing.
    pub(super) null_texts: u64,
}

/// Reads the object that begins at an offset where it differs from the records before. Nothing where anything is not as
/// usual.
pub(super) fn differences<'a>(
    text: &'a str,
    at: usize,
    keys: &mut Keys,
    builder: &TableBuilder,
    changes: &mut Vec<Change<'a>>,
    trace: &mut Trace,
) -> Option<Alike> {
    let known = builder.known();
    known.shape?;
    let mut scanner = Scanner { text, at, keys };
    let mut repairs = Repairs::default();
    let seen = scanner.compare(builder, changes, &mut repairs, trace)?;
    let is_usual = seen.telling == known.telling
        && seen.has_properties == known.has_properties
        && seen.shadowed & !seen.present == 0
        && known.time.is_none_or(|time| seen.present >> time & 1 == 1)
        && (changes.is_empty() || repairs == Repairs::default());
    let null_texts = seen.null_texts & !seen.present;
    if !is_usual {
        return None;
    }
    trace.last = Some((text.as_ptr(), at));
    Some(Alike { end: scanner.at, present: seen.present, null_texts })
}

/// How the last record was gone through, so that the next one is gone through from where it differs.
#[derive(Default)]
pub(super) struct Trace {
    /// Which text the record is in, by the address, and where it begins there; none when it was not gone through here.
    last: Option<(*const u8, usize)>,
    steps: Vec<Step>,
}

impl Trace {
    /// Forgets the record.
    pub(super) fn clear(&mut self) {
        self.last = None;
        self.steps.clear();
    }
}

/// How many bytes two texts have in common at their beginnings.
fn common_bytes(a: &[u8], b: &[u8]) -> usize {
    const SIZE: usize = 32;
    let mut same = 0;
    for (a, b) in a.as_chunks::<SIZE>().0.iter().zip(b.as_chunks::<SIZE>().0) {
        if a == b {
            same += SIZE;
            continue;
        }
        for (a, b) in a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0) {
            let differs = u64::from_le_bytes(*a) ^ u64::from_le_bytes(*b);
            if differs != 0 {
                return same + differs.trailing_zeros() as usize / 8;
            }
            same += 8;
        }
    }
    same + a[same..].iter().zip(&b[same..]).take_while(|(a, b)| a == b).count()
}

/// Where the way through a record stood behind a member.
#[derive(Clone, Copy)]
struct Step {
    /// How far from the beginning.
    end: usize,
    level: Level,
    /// The name of the member.
    before: Key,
    /// The name of `properties`, within them.
    outer: Key,
    seen: Seen,
}

impl Step {
    /// Whether it is behind the same member.
    fn is_at(&self, other: &Step) -> bool {
        (self.level, self.before, self.outer) == (other.level, other.before, other.outer)
    }
}

/// Has the first of some steps of the last record hold for this one, which has so many bytes in common with it behind a
/// member; tells how many those are.
fn moved(rest: &mut [Step], old: &Step, new: &Step, common: usize) -> usize {
    let alike = rest.partition_point(|step| step.end < old.end + common);
    let Some(last) = rest[..alike].last() else { return 0 };
    let (before, now) = (old.seen, new.seen);
    let is_apart = last.seen.present & !before.present & now.present == 0;
    if !is_apart || (Seen { present: 0, ..before }) != (Seen { present: 0, ..now }) {
        return 0;
    }
    for step in &mut rest[..alike] {
        step.end = step.end - old.end + new.end;
        step.seen.present = step.seen.present & !before.present | now.present;
    }
    alike
}

/// What a record has that is compared with others.
#[derive(Clone, Copy, Default, PartialEq)]
struct Seen {
    /// Columns.
    present: u64,
    /// Columns that must be there, since something else has given way.
    shadowed: u64,
    /// Columns with the text `null`.
    null_texts: u64,
    telling: u64,
    has_properties: bool,
}

impl Seen {
    /// Notes a value that is there. Two for one column are not for here: one of them wins, by rules of their own.
    fn add(&mut self, slot: &Slot) -> Option<()> {
        self.telling |= slot.needs.bit();
        match (slot.what, slot.column()) {
            (Use::Careful, _) => return None,
            (Use::Shadowed(column), _) => self.shadowed |= 1 << column,
            (_, Some(column)) if self.present >> column & 1 == 1 => return None,
            (_, Some(column)) => self.present |= 1 << column,
            (_, None) => {}
        }
        Some(())
    }
}

impl<'a> Scanner<'a, '_> {
    /// Goes through a record, from where it differs from the last one, and reads the values that are not as they were.
    fn compare(
        &mut self,
        builder: &TableBuilder,
        changes: &mut Vec<Change<'a>>,
        repairs: &mut Repairs,
        trace: &mut Trace,
    ) -> Option<Seen> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let last = trace.last.take().filter(|(text, last)| *text == bytes.as_ptr() && *last < start);
        let common = last.map_or(0, |(_, last)| common_bytes(&bytes[last..start], &bytes[start..]));
        // How many steps hold for this record; those behind are of the last one. What follows a member must be the same
        // too, or a number may go on.
        let mut holding = trace.steps.partition_point(|step| step.end < common);
        let mut step = match holding.checked_sub(1) {
            Some(last) => trace.steps[last],
            None => {
                self.expect(b'{')?;
                Step { end: 0, level: Level::Top, before: START, outer: START, seen: Seen::default() }
            }
        };
        let mut is_begun = step.end == 0;
        if !is_begun {
            self.at = start + step.end;
        }
        loop {
            match self.next()? {
                b'"' if is_begun => {}
                b',' if !is_begun => {
                    self.at += 1;
                    self.next()?;
                }
                b'}' if !is_begun => {
                    self.at += 1;
                    if step.level == Level::Top {
                        trace.steps.truncate(holding);
                        return Some(step.seen);
                    }
                    (step.level, step.before) = (Level::Top, step.outer);
                    continue;
                }
                _ => return None,
            }
            is_begun = self.compare_member(builder, changes, repairs, &mut step)?;
            if is_begun {
                continue;
            }
            step.end = self.at - start;
            let Some((_, last)) = last.filter(|_| trace.steps.get(holding).is_some_and(|old| old.is_at(&step))) else {
                trace.steps.truncate(holding);
                trace.steps.push(step);
                holding += 1;
                continue;
            };
            let old = std::mem::replace(&mut trace.steps[holding], step);
            holding += 1;
            // Behind what differs the records may go on alike.
            let common = common_bytes(&bytes[last + old.end..start], &bytes[self.at..]);
            let alike = moved(&mut trace.steps[holding..], &old, &step, common);
            if alike > 0 {
                holding += alike;
                step = trace.steps[holding - 1];
                self.at = start + step.end;
            }
        }
    }

    /// Goes over one member, which begins here; tells whether that began `properties`.
    fn compare_member(
        &mut self,
        builder: &TableBuilder,
        changes: &mut Vec<Change<'a>>,
        repairs: &mut Repairs,
        step: &mut Step,
    ) -> Option<bool> {
        let Step { level, before, .. } = *step;
        let seen = &mut step.seen;
        if self.peek()? != b'"' {
            return None;
        }
        let known = builder.known();
        let start = self.at;
        let rest = &self.text.as_bytes()[start..];
        let is_known = |slot: &Slot, id: SlotId| slot.column().is_none_or(|column| known.owns(id, column));
        // Mostly it is what stood here the last time.
        let likely = (level, self.keys.likely(before));
        if let Some(slot) = known.slot(likely)
            && let Some(length) = slot.is_same(rest)
            && is_known(slot, likely)
        {
            self.at += length;
            seen.add(slot)?;
            step.before = likely.1;
            return Some(false);
        }
        let key = self.key(before)?;
        step.before = key;
        let next = self.next()?;
        if level == Level::Top && next == b'{' && self.keys.role(key) == Role::Properties {
            if std::mem::replace(&mut seen.has_properties, true) {
                return None;
            }
            self.at += 1;
            (step.level, step.outer) = (Level::Properties, key);
            return Some(true);
        }
        let id = (level, key);
        let slot = known.slot(id)?;
        if id != likely
            && let Some(length) = slot.is_same(rest)
            && is_known(slot, id)
        {
            self.at = start + length;
            seen.add(slot)?;
            return Some(false);
        }
        if let Needs::Same(_, value) = &slot.needs
            && !self.text.as_bytes()[self.at..].starts_with(value)
        {
            return None;
        }
        if let Some(column) = slot.column().filter(|column| next == b'"' && builder.is_costly(*column))
            && let Some(end) = self.end_of_string()
            && let Some(code) = slot.code_of(&self.text.as_bytes()[start..end])
        {
            self.at = end;
            seen.add(slot)?;
            changes.push(Change { slot: id, raw: start..end, column: Some(column), value: Value::Code(code) });
            return Some(false);
        }
        let node = self.value(next)?;
        if !slot.needs.allows(&node) {
            return None;
        }
        let is_null_text = matches!(&node, Node::Text(text) if text == "null");
        if node == Node::Null || is_null_text {
            if slot.needs.bit() > 0 || slot.what == Use::Careful {
                return None;
            }
            if let Some(column) = slot.column().filter(|_| is_null_text) {
                seen.null_texts |= 1 << column;
            }
            return Some(false);
        }
        seen.add(slot)?;
        let column = slot.column();
        let value = match column {
            Some(column) => builder.read(column, node, repairs)?,
            None => Value::Nothing,
        };
        changes.push(Change { slot: id, raw: start..self.at, column, value });
        Some(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_beginnings_are_measured() {
        let text: Vec<u8> = (0..100).collect();
        for length in 0..text.len() {
            let mut other = text.clone();
            other[length] = 200;
            assert_eq!(common_bytes(&text, &other), length);
            assert_eq!(common_bytes(&text[..length], &text), length);
        }
    }
}
