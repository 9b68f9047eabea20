//! The names in records as small numbers. Logs repeat a few dozen names a million times, mostly in one order.

use hashbrown::HashMap;

/// A name as a number; good until [`Keys::renew`].
pub(super) type Key = u32;

/// Names that say something about the record itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Any other name.
    Plain,
    /// What the category adds to the envelope.
    Properties,
    /// The category.
    Category,
    /// The operation, which for calls is the category again.
    Operation,
    /// The table.
    Type,
    /// The table, as the command line client adds it.
    TableName,
    /// The version of a row of updates.
    Version,
    /// Something that wraps records, when its value is an array or object of the right shape.
    Wrapper,
}

/// Names with a role, in any letter case.
const ROLES: &[(&str, Role)] = &[
    ("properties", Role::Properties),
    ("category", Role::Category),
    ("operationName", Role::Operation),
    ("Type", Role::Type),
    ("TableName", Role::TableName),
    ("callUpdatesVersion", Role::Version),
    ("records", Role::Wrapper),
    ("tables", Role::Wrapper),
    ("responses", Role::Wrapper),
    ("body", Role::Wrapper),
    ("rows", Role::Wrapper),
    ("error", Role::Wrapper),
];

/// The names seen so far.
pub(super) struct Keys {
    names: Vec<Name>,
    ids: HashMap<Box<str>, Key>,
    /// Counts how often the numbers were given anew.
    pub(super) generation: u32,
}

struct Name {
    /// `"name":`, as it mostly stands in the text.
    quoted: Box<str>,
    role: Role,
    /// The names that stood behind this one last, the latest first.
    next: [Key; 2],
}

/// The number of no name: what stands before the first.
pub(super) const START: Key = 0;

/// Names that are remembered. A file with a new name on every line must not fill the memory.
const MOST_NAMES: usize = 10_000;

impl Keys {
    pub(super) fn new() -> Self {
        let mut keys = Self { names: Vec::new(), ids: HashMap::new(), generation: 0 };
        keys.id("");
        keys
    }

    /// Forgets all names when they have become too many. Numbers given before are void then.
    pub(super) fn renew(&mut self) {
        if self.names.len() > MOST_NAMES {
            self.names.clear();
            self.ids.clear();
            self.id("");
            self.generation += 1;
        }
    }

    /// The number of a name.
    pub(super) fn id(&mut self, name: &str) -> Key {
        if let Some(id) = self.ids.get(name) {
            return *id;
        }
        let id = self.names.len() as Key;
        let role = ROLES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        let role = role.map_or(Role::Plain, |(_, role)| *role);
        self.names.push(Name { quoted: format!("\"{name}\":").into(), role, next: [START; 2] });
        self.ids.insert(name.into(), id);
        id
    }

    /// The name of a number.
    pub(super) fn name(&self, id: Key) -> &str {
        self.names.get(id as usize).map_or("", |name| &name.quoted[1..name.quoted.len() - 2])
    }

    /// Bytes of a name with its quotes and colon.
    pub(super) fn quoted_length(&self, id: Key) -> usize {
        self.names.get(id as usize).map_or(0, |name| name.quoted.len())
    }

    /// What the name of a number says.
    pub(super) fn role(&self, id: Key) -> Role {
        self.names.get(id as usize).map_or(Role::Plain, |name| name.role)
    }

    /// The name that stood behind this one last.
    pub(super) fn likely(&self, before: Key) -> Key {
        self.names.get(before as usize).map_or(START, |name| name.next[0])
    }

    /// The name that stood behind this one before, and how many bytes it takes, if the text begins with it.
    pub(super) fn guess(&self, before: Key, text: &[u8]) -> Option<(Key, usize)> {
        let next = self.names.get(before as usize)?.next;
        next.into_iter().filter(|next| *next != START).find_map(|next| {
            let quoted = &self.names.get(next as usize)?.quoted;
            text.starts_with(quoted.as_bytes()).then_some((next, quoted.len()))
        })
    }

    /// Remembers that a name stood behind another.
    pub(super) fn follow(&mut self, before: Key, id: Key) {
        if let Some(name) = self.names.get_mut(before as usize)
            && name.next[0] != id
        {
            name.next = [id, name.next[0]];
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_is_guessed() {
        let mut keys = Keys::new();
        let (time, category) = (keys.id("time"), keys.id("Category"));
        assert_eq!((keys.name(time), keys.role(time)), ("time", Role::Plain));
        assert_eq!(keys.role(category), Role::Category);
        assert_eq!(keys.guess(time, b"\"Category\":1"), None);
        keys.follow(time, category);
        assert_eq!(keys.guess(time, b"\"Category\":1"), Some((category, 11)));
        assert_eq!(keys.guess(time, b"\"Category2\":1"), None);
        for n in 0..MOST_NAMES {
            keys.id(&n.to_string());
        }
        keys.renew();
        assert_eq!((keys.generation, keys.name(time)), (1, ""));
    }
}
