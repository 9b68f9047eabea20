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
    let has_properties = scanner.compare(builder, changes, &mut repairs, trace)?;
    let seen = trace.seen;
    let is_usual = seen.telling == known.telling
        && has_properties == known.has_properties
        && seen.shadowed & !seen.present == 0
        && known.time.is_none_or(|time| seen.present >> time & 1 == 1)
        && (changes.is_empty() || repairs == Repairs::default());
    let null_texts = seen.null_texts & !seen.present;
    if !is_usual {
        return None;
    }
    trace.last = Some(at);
    Some(Alike { end: scanner.at, present: seen.present, null_texts })
}

/// How the last record was gone through, so that the next one is gone through from where it differs.
#[derive(Default)]
pub(super) struct Trace {
    /// Where the record begins in the text; none when it was not gone through here.
    last: Option<usize>,
    steps: Vec<Step>,
    /// What all steps found.
    seen: Seen,
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

/// Where the way through a record stood behind a member, and what that has. It is small, as it is copied for each member.
#[derive(Clone, Copy)]
struct Step {
    /// How far from the beginning.
    end: u32,
    /// The name of the member.
    before: Key,
    /// The name of `properties`, within and behind them.
    outer: Key,
    level: Level,
    has: Has,
    /// The bit of a member that tells the table, counted from one.
    telling: u8,
}

/// What a member has.
#[derive(Clone, Copy, PartialEq)]
enum Has {
    Nothing,
    /// The value of a column.
    Column(u8),
    /// A value that has given way to another one for its column, which must be there.
    Shadowed(u8),
    /// The text `null` for a column.
    NullText(u8),
}

impl Step {
    /// Whether it is behind the same member.
    fn is_at(&self, other: &Step) -> bool {
        (self.level, self.before, self.outer) == (other.level, other.before, other.outer)
    }

    /// Whether its member counts for the same.
    fn has_same(&self, other: &Step) -> bool {
        (self.has, self.telling) == (other.has, other.telling)
    }

    /// Notes the value of a slot, which is there.
    fn set(&mut self, slot: &Slot) -> Option<()> {
        self.telling = slot.needs.bit().checked_ilog2().map_or(0, |bit| bit as u8 + 1);
        self.has = match (slot.what, slot.column()) {
            (Use::Careful, _) => return None,
            (Use::Shadowed(column), _) => Has::Shadowed(column as u8),
            (_, Some(column)) => Has::Column(column as u8),
            (_, None) => Has::Nothing,
        };
        Some(())
    }

    /// Notes that a slot has nothing, or the text `null` for it.
    fn set_nothing(&mut self, slot: &Slot, is_text: bool) -> Option<()> {
        if slot.needs.bit() > 0 || slot.what == Use::Careful {
            return None;
        }
        self.telling = 0;
        self.has = match slot.column().filter(|_| is_text) {
            Some(column) => Has::NullText(column as u8),
            None => Has::Nothing,
        };
        Some(())
    }
}

/// Has the first of some steps of the last record hold for this one, which has so many bytes in common with it behind
/// members that end there and here; tells how many those are.
fn moved(rest: &mut [Step], old_end: u32, new_end: u32, common: usize) -> usize {
    let alike = rest.partition_point(|step| (step.end as usize) < old_end as usize + common);
    for step in &mut rest[..alike] {
        step.end = step.end - old_end + new_end;
    }
    alike
}

/// What a record has that is compared with others.
#[derive(Clone, Copy, Default)]
struct Seen {
    /// Columns.
    present: u64,
    /// Columns that must be there, since something else has given way.
    shadowed: u64,
    /// Columns with the text `null`.
    null_texts: u64,
    telling: u64,
}

impl Seen {
    /// What some steps found. Two values for one column are not for here: one of them wins, by rules of their own.
    fn of(steps: &[Step]) -> Option<Seen> {
        let mut seen = Seen::default();
        for step in steps {
            match step.has {
                Has::Nothing => {}
                Has::Column(column) if seen.present >> column & 1 == 1 => return None,
                Has::Column(column) => seen.present |= 1 << column,
                Has::Shadowed(column) => seen.shadowed |= 1 << column,
                Has::NullText(column) => seen.null_texts |= 1 << column,
            }
            seen.telling |= step.telling.checked_sub(1).map_or(0, |bit| 1 << bit);
        }
        Some(seen)
    }
}

impl<'a> Scanner<'a, '_> {
    /// Goes through a record, from where it differs from the last one, and reads the values that are not as they were. Tells
    /// whether it has properties.
    fn compare(
        &mut self,
        builder: &TableBuilder,
        changes: &mut Vec<Change<'a>>,
        repairs: &mut Repairs,
        trace: &mut Trace,
    ) -> Option<bool> {
        let start = self.at;
        let bytes = self.text.as_bytes();
        let last = trace.last.take().filter(|last| *last < start);
        let common = last.map_or(0, |last| common_bytes(&bytes[last..start], &bytes[start..]));
        // Where this record is no longer like the last one.
        let mut differs = start + common;
        // How many steps hold for this record; those behind are of the last one. What follows a member must be the same
        // too, or a number may go on.
        let mut holding = trace.steps.partition_point(|step| (step.end as usize) < common);
        let mut step = match holding.checked_sub(1) {
            Some(last) => trace.steps[last],
            None => {
                self.expect(b'{')?;
                Step { end: 0, before: START, outer: START, level: Level::Top, has: Has::Nothing, telling: 0 }
            }
        };
        let mut is_begun = step.end == 0;
        if !is_begun {
            self.at = start + step.end as usize;
        }
        // Whether the steps so far are those of the last record, so that the same was seen.
        let mut is_same = last.is_some();
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
                        if !is_same || holding < trace.steps.len() {
                            trace.steps.truncate(holding);
                            trace.seen = Seen::of(&trace.steps)?;
                        }
                        return Some(step.outer != START);
                    }
                    (step.level, step.before) = (Level::Top, step.outer);
                    continue;
                }
                _ => return None,
            }
            // Its name is known where the last record goes on alike for so long.
            let old = trace.steps.get(holding).filter(|old| last.is_some() && old.level == step.level);
            let name = old.map(|old| (old.before, self.at + self.keys.quoted_length(old.before)));
            let name = name.filter(|(_, end)| *end <= differs && bytes[*end - 1] == b':');
            is_begun = self.compare_member(builder, changes, repairs, &mut step, name)?;
            if is_begun {
                continue;
            }
            step.end = (self.at - start) as u32;
            let old = trace.steps.get(holding).filter(|old| last.is_some() && old.is_at(&step)).copied();
            let Some((last, old)) = last.zip(old) else {
                is_same = false;
                trace.steps.truncate(holding);
                trace.steps.push(step);
                holding += 1;
                continue;
            };
            is_same &= step.has_same(&old);
            trace.steps[holding] = step;
            holding += 1;
            // Behind what differs the records may go on alike.
            let common = common_bytes(&bytes[last + old.end as usize..start], &bytes[self.at..]);
            differs = self.at + common;
            let alike = moved(&mut trace.steps[holding..], old.end, step.end, common);
            if alike > 0 {
                holding += alike;
                step = trace.steps[holding - 1];
                self.at = start + step.end as usize;
            }
        }
    }

    /// Goes over one member, which begins here, with a name that may be known to stand here up to a place; tells whether
    /// that began `properties`.
    fn compare_member(
        &mut self,
        builder: &TableBuilder,
        changes: &mut Vec<Change<'a>>,
        repairs: &mut Repairs,
        step: &mut Step,
        name: Option<(Key, usize)>,
    ) -> Option<bool> {
        let Step { level, before, .. } = *step;
        if self.peek()? != b'"' {
            return None;
        }
        let known = builder.known();
        let start = self.at;
        let bytes = self.text.as_bytes();
        let is_known = |slot: &Slot, id: SlotId| slot.column().is_none_or(|column| known.owns(id, column));
        // Mostly it is what stood here the last time, unless this is where the record differs.
        let likely = (level, name.map_or_else(|| self.keys.likely(before), |(key, _)| key));
        if name.is_none()
            && let Some(slot) = known.slot(likely)
            && let Some(end) = slot.is_same(bytes, start)
            && is_known(slot, likely)
        {
            self.at = end;
            step.set(slot)?;
            step.before = likely.1;
            return Some(false);
        }
        let key = match name {
            Some((key, end)) => {
                self.at = end;
                key
            }
            None => self.key(before)?,
        };
        step.before = key;
        let next = self.next()?;
        if level == Level::Top && next == b'{' && self.keys.role(key) == Role::Properties {
            if step.outer != START {
                return None;
            }
            self.at += 1;
            (step.level, step.outer) = (Level::Properties, key);
            return Some(true);
        }
        let id = (level, key);
        let slot = known.slot(id)?;
        if id != likely
            && let Some(end) = slot.is_same(bytes, start)
            && is_known(slot, id)
        {
            self.at = end;
            step.set(slot)?;
            return Some(false);
        }
        if let Needs::Same(_, value) = &slot.needs
            && !bytes[self.at..].starts_with(value)
        {
            return None;
        }
        if let Some(column) = slot.column().filter(|column| next == b'"' && builder.is_costly(*column))
            && let Some(end) = self.end_of_string()
            && let Some(code) = slot.code_of(&bytes[start..end])
        {
            self.at = end;
            step.set(slot)?;
            changes.push(Change { slot: id, raw: start..end, column: Some(column), value: Value::Code(code) });
            return Some(false);
        }
        let plain = match next {
            b'"' => self.plain_string().ok().map(|text| (text, true)),
            b'-' | b'0'..=b'9' => Some((self.digits()?, false)),
            _ => None,
        };
        if let Some((text, is_text)) = plain {
            if is_text && text == "null" {
                return step.set_nothing(slot, true).map(|()| false);
            }
            if !slot.needs.allows(is_text) {
                return None;
            }
            step.set(slot)?;
            let column = slot.column();
            changes.push(Change { slot: id, raw: start..self.at, column, value: Value::Nothing });
            let value = &mut changes.last_mut()?.value;
            let fits = column.is_none_or(|column| builder.read_plain(column, (text, is_text), repairs, value));
            return fits.then_some(false);
        }
        let node = self.value(next)?;
        let is_text = matches!(node, Node::Text(_));
        if !slot.needs.allows(is_text) {
            return None;
        }
        if super::convert::is_missing(&node) {
            return step.set_nothing(slot, is_text).map(|()| false);
        }
        step.set(slot)?;
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
