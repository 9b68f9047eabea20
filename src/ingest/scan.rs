//! The fast way through a sound record: one pass, no tree. Whatever is not sound is left to [`super::json`].

use std::borrow::Cow;
use std::ops::Range;

use super::alike::{Change, Needs, Slot, SlotId, Use};
use super::batch::TableBuilder;
use super::cells::Value;
use super::json::{Node, OpenEnds, Parser, is_number};
use super::keys::{Key, Keys, Role, START};
use super::repair::Repairs;

/// The members of a record, those of `properties` apart. It is emptied and used again for each record.
#[derive(Default)]
pub(super) struct Flat<'a> {
    /// The members of the object.
    pub(super) members: Vec<(Key, Node<'a>)>,
    /// Those below `properties`.
    pub(super) properties: Vec<(Key, Node<'a>)>,
    /// Whether there was a `properties`.
    pub(super) has_properties: bool,
    /// Where the values stand that tell the table.
    pub(super) telling: Vec<(SlotId, Range<usize>)>,
}

impl Flat<'_> {
    /// The same, empty, for the members of another text. Its memory is used again.
    pub(super) fn emptied<'b>(self) -> Flat<'b> {
        let emptied = |mut members: Vec<(Key, Node<'_>)>| {
            members.clear();
            members.into_iter().map(|(key, _)| (key, Node::Null)).collect()
        };
        let Flat { members, properties, telling, .. } = self;
        Flat { members: emptied(members), properties: emptied(properties), has_properties: false, telling }
    }
}

/// What was found where a record should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scanned {
    /// A sound object, which ends at this offset.
    Record(usize),
    /// Anything else: not sound, cut off, or something that wraps records.
    Other,
}

/// Reads the object that begins at an offset.
pub(super) fn record<'a>(text: &'a str, at: usize, keys: &mut Keys, flat: &mut Flat<'a>) -> Scanned {
    flat.members.clear();
    flat.properties.clear();
    flat.telling.clear();
    flat.has_properties = false;
    let mut scanner = Scanner { text, at, keys };
    match scanner.object(flat, Level::Top, START) {
        Some(()) => Scanned::Record(scanner.at),
        None => Scanned::Other,
    }
}

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
    let common = common_bytes(&trace.text, &text.as_bytes()[at..]);
    let mut scanner = Scanner { text, at, keys };
    let mut repairs = Repairs::default();
    let seen = scanner.compare(builder, changes, &mut repairs, (trace, common))?;
    let is_usual = seen.telling == known.telling
        && seen.has_properties == known.has_properties
        && seen.shadowed & !seen.present == 0
        && known.time.is_none_or(|time| seen.present >> time & 1 == 1)
        && (changes.is_empty() || repairs == Repairs::default());
    if !is_usual {
        return None;
    }
    let end = scanner.at;
    trace.text.truncate(common);
    trace.text.extend_from_slice(&text.as_bytes()[at + common..end]);
    Some(Alike { end, present: seen.present, null_texts: seen.null_texts & !seen.present })
}

/// How the last record was gone through, so that the next one is gone through from where it differs.
#[derive(Default)]
pub(super) struct Trace {
    /// The record.
    text: Vec<u8>,
    steps: Vec<Step>,
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

impl Trace {
    /// Forgets the record.
    pub(super) fn clear(&mut self) {
        self.text.clear();
        self.steps.clear();
    }
}

/// How many bytes two texts have in common at their beginnings.
fn common_bytes(a: &[u8], b: &[u8]) -> usize {
    const SIZE: usize = size_of::<u128>();
    let mut at = 0;
    for (a, b) in a.as_chunks::<SIZE>().0.iter().zip(b.as_chunks::<SIZE>().0) {
        let different = u128::from_le_bytes(*a) ^ u128::from_le_bytes(*b);
        if different != 0 {
            return at + different.trailing_zeros() as usize / 8;
        }
        at += SIZE;
    }
    at + a[at..].iter().zip(&b[at..]).take_while(|(a, b)| a == b).count()
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

/// Where a name of a record is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Level {
    /// Among its members.
    Top,
    /// Below `properties`.
    Properties,
}

struct Scanner<'a, 'k> {
    text: &'a str,
    at: usize,
    keys: &'k mut Keys,
}

impl<'a> Scanner<'a, '_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte behind blanks.
    fn next(&mut self) -> Option<u8> {
        loop {
            match self.peek()? {
                b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                other => return Some(other),
            }
        }
    }

    /// Goes through a record, from where it differs from the last one, and reads the values that are not as they were.
    fn compare(
        &mut self,
        builder: &TableBuilder,
        changes: &mut Vec<Change<'a>>,
        repairs: &mut Repairs,
        (trace, common): (&mut Trace, usize),
    ) -> Option<Seen> {
        let start = self.at;
        // What follows a member must be the same too, or a number may go on.
        trace.steps.truncate(trace.steps.partition_point(|step| step.end < common));
        let mut step = match trace.steps.last() {
            Some(step) => *step,
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
                        return Some(step.seen);
                    }
                    (step.level, step.before) = (Level::Top, step.outer);
                    continue;
                }
                _ => return None,
            }
            is_begun = self.compare_member(builder, changes, repairs, &mut step)?;
            if !is_begun {
                step.end = self.at - start;
                trace.steps.push(step);
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
        if let Some(length) = slot.is_same(rest)
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

    fn object(&mut self, flat: &mut Flat<'a>, level: Level, mut before: Key) -> Option<()> {
        self.expect(b'{')?;
        if self.next()? == b'}' {
            self.at += 1;
            return Some(());
        }
        loop {
            let key = self.key(before)?;
            before = key;
            let next = self.next()?;
            match self.keys.role(key) {
                Role::Properties if level == Level::Top && next == b'{' => {
                    if flat.has_properties {
                        return None;
                    }
                    flat.has_properties = true;
                    self.object(flat, Level::Properties, key)?;
                }
                Role::Wrapper if level == Level::Top && matches!(next, b'[' | b'{') => return None,
                role => {
                    let start = self.at;
                    let value = self.value(next)?;
                    if role != Role::Plain {
                        flat.telling.push(((level, key), start..self.at));
                    }
                    match level {
                        Level::Top => flat.members.push((key, value)),
                        Level::Properties => flat.properties.push((key, value)),
                    }
                }
            }
            match self.next()? {
                b',' => {
                    self.at += 1;
                    if self.next()? != b'"' {
                        return None;
                    }
                }
                b'}' => {
                    self.at += 1;
                    return Some(());
                }
                _ => return None,
            }
        }
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        (self.next()? == byte).then(|| self.at += 1)
    }

    /// Reads `"name":`. Names with escapes are left to others.
    fn key(&mut self, before: Key) -> Option<Key> {
        if let Some((key, length)) = self.keys.guess(before, &self.text.as_bytes()[self.at..]) {
            self.at += length;
            return Some(key);
        }
        self.expect(b'"')?;
        let rest = &self.text.as_bytes()[self.at..];
        let length = memchr::memchr3(b'"', b'\\', b'\n', rest).filter(|end| rest[*end] == b'"')?;
        let key = self.keys.id(&self.text[self.at..self.at + length]);
        self.at += length + 1;
        self.expect(b':')?;
        self.keys.follow(before, key);
        Some(key)
    }

    fn value(&mut self, first: u8) -> Option<Node<'a>> {
        match first {
            b'"' => self.string(),
            b'-' | b'0'..=b'9' => self.number(),
            b't' => self.word("true", Node::Bool(true)),
            b'f' => self.word("false", Node::Bool(false)),
            b'n' => self.word("null", Node::Null),
            _ => self.tree(),
        }
    }

    fn string(&mut self) -> Option<Node<'a>> {
        let start = self.at + 1;
        let rest = &self.text.as_bytes()[start..];
        let length = memchr::memchr3(b'"', b'\\', b'\n', rest)?;
        match rest[length] {
            b'"' => {
                self.at = start + length + 1;
                Some(Node::Text(Cow::Borrowed(&self.text[start..start + length])))
            }
            b'\\' => self.tree(),
            _ => None,
        }
    }

    /// A value that takes more care, read by the other parser; nothing when that had to mend something.
    fn tree(&mut self) -> Option<Node<'a>> {
        let mut parser = Parser::new(self.text, self.at, OpenEnds::Refuse);
        let node = parser.value().ok()?;
        if parser.repairs.iter().next().is_some() {
            return None;
        }
        self.at = parser.at;
        Some(node)
    }

    fn number(&mut self) -> Option<Node<'a>> {
        let rest = &self.text.as_bytes()[self.at..];
        let length = rest.iter().take_while(|b| matches!(b, b'-' | b'+' | b'.' | b'0'..=b'9' | b'e' | b'E')).count();
        let digits = &self.text[self.at..self.at + length];
        let is_plain = matches!(digits.as_bytes(), [b'1'..=b'9', rest @ ..] if rest.iter().all(u8::is_ascii_digit));
        if !is_plain && !is_number(digits) {
            return None;
        }
        self.at += length;
        Some(Node::Number(Cow::Borrowed(digits)))
    }

    fn word(&mut self, word: &str, node: Node<'a>) -> Option<Node<'a>> {
        let rest = &self.text.as_bytes()[self.at..];
        if !rest.starts_with(word.as_bytes()) || rest.get(word.len()).is_some_and(u8::is_ascii_alphanumeric) {
            return None;
        }
        self.at += word.len();
        Some(node)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The members as text, or nothing when the record is not for the fast way.
    fn check(text: &str, expected: Option<&str>) {
        let mut keys = Keys::new();
        let mut flat = Flat::default();
        // The second time the names are guessed.
        for _ in 0..2 {
            let got = match record(text, 0, &mut keys, &mut flat) {
                Scanned::Record(end) => {
                    let list = |members: &[(Key, Node<'_>)]| {
                        let mut out = String::new();
                        for (key, node) in members {
                            out.push_str(&format!("{}=", keys.name(*key)));
                            node.write(&mut out);
                            out.push(' ');
                        }
                        out
                    };
                    Some(format!("{}| {}", list(&flat.members), list(&flat.properties)) + &text[end..])
                }
                Scanned::Other => None,
            };
            assert_eq!(got.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn sound_records_go_the_fast_way() {
        check(r#"{"a":1,"Properties":{"b":"x","c":[1,{}]},"d":null}"#, Some("a=1 d=null | b=\"x\" c=[1,{}] "));
        check(r#" { "a" : "\u00e4\"" , "b" : -1.5e3 , "t":true } ,"#, Some("a=\"ä\\\"\" b=-1.5e3 t=true |  ,"));
        check("{}", Some("| "));
        check(r#"{"properties":"x","a":false}"#, Some("properties=\"x\" a=false | "));
        check(r#"{"records":1}"#, Some("records=1 | "));
    }

    #[test]
    fn anything_else_does_not() {
        for text in [
            "",
            "{",
            "[1]",
            "{\"a\":1",
            "{\"a\":1,}",
            "{\"a\" 1}",
            "{\"a\":01}",
            "{\"a\":nul}",
            "{\"a\":nullx}",
            "{\"a\":\"x\n\"}",
            r#"{"a":"x" "b":1}"#,
            r#"{"a":"\q"}"#,
            r#"{"a\"":1}"#,
            r#"{"a":[1,]}"#,
            r#"{"records":[]}"#,
            r#"{"properties":{},"properties":{}}"#,
            r#"{"a":"he said "no""}"#,
            "{,}",
            "{1:2}",
        ] {
            check(text, None);
        }
    }
}
