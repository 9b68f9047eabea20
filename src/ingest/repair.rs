//! The faults that published logs have, each of which is mended and counted.

use std::fmt;

/// A fault that was mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Repair {
    /// No comma between two members or elements.
    MissingComma,
    /// A comma with nothing behind it.
    StrayComma,
    /// A name directly followed by `{` or `[`.
    MissingColon,
    /// An object or array without its end.
    Unterminated,
    /// JSON in a text whose quotes were not escaped.
    UnescapedJson,
    /// A quote in a text that was not escaped.
    UnescapedQuote,
    /// An escape that JSON does not know; kept as it stands.
    UnknownEscape,
    /// One name twice in an object; the last value that is not null counts.
    DuplicateKey,
    /// Properties whose envelope stands apart, shared with others.
    SharedFields,
    /// A byte order mark.
    ByteOrderMark,
    /// Bytes that are not UTF-8; replaced.
    InvalidText,
    /// The text `null` for a missing value.
    TextNull,
    /// Blanks around an identifier.
    BlanksAroundId,
    /// A fraction in a column of whole numbers; cut off.
    CutFraction,
    /// A value that its column cannot hold; kept in `AdditionalFields`.
    Misfit,
    /// A property that the table has no column for; kept in `AdditionalFields`.
    UnknownProperty,
    /// A record without a time.
    NoTime,
    /// A time in a zone that its label does not tell; taken as UTC.
    UnknownZone,
}

impl Repair {
    /// All kinds, in the order in which reports list them.
    pub const ALL: &'static [Repair] = &[
        Repair::MissingComma,
        Repair::StrayComma,
        Repair::MissingColon,
        Repair::Unterminated,
        Repair::UnescapedJson,
        Repair::UnescapedQuote,
        Repair::UnknownEscape,
        Repair::DuplicateKey,
        Repair::SharedFields,
        Repair::ByteOrderMark,
        Repair::InvalidText,
        Repair::TextNull,
        Repair::BlanksAroundId,
        Repair::CutFraction,
        Repair::Misfit,
        Repair::UnknownProperty,
        Repair::NoTime,
        Repair::UnknownZone,
    ];

    /// What reports call it.
    pub fn name(self) -> &'static str {
        match self {
            Repair::MissingComma => "missing comma",
            Repair::StrayComma => "comma with nothing behind it",
            Repair::MissingColon => "missing colon",
            Repair::Unterminated => "object without its end",
            Repair::UnescapedJson => "JSON in text, quotes not escaped",
            Repair::UnescapedQuote => "quote not escaped",
            Repair::UnknownEscape => "unknown escape",
            Repair::DuplicateKey => "name twice in an object",
            Repair::SharedFields => "envelope shared between records",
            Repair::ByteOrderMark => "byte order mark",
            Repair::InvalidText => "bytes that are not UTF-8",
            Repair::TextNull => "text `null`",
            Repair::BlanksAroundId => "blanks around an id",
            Repair::CutFraction => "fraction cut off a whole number",
            Repair::Misfit => "value that does not fit its column",
            Repair::UnknownProperty => "property without a column",
            Repair::NoTime => "record without a time",
            Repair::UnknownZone => "time in an unknown zone",
        }
    }
}

impl fmt::Display for Repair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How often each fault was mended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Repairs([u64; Repair::ALL.len()]);

impl Repairs {
    /// Counts one.
    pub fn add(&mut self, repair: Repair) {
        self.0[repair as usize] += 1;
    }

    /// Counts some.
    pub(super) fn add_some(&mut self, repair: Repair, count: u64) {
        self.0[repair as usize] += count;
    }

    /// Counts all of another count.
    pub fn merge(&mut self, other: &Repairs) {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count += more;
        }
    }

    /// How often a fault was mended.
    pub fn count(&self, repair: Repair) -> u64 {
        self.0[repair as usize]
    }

    /// The faults that there were.
    pub fn iter(&self) -> impl Iterator<Item = (Repair, u64)> + '_ {
        Repair::ALL.iter().map(|repair| (*repair, self.count(*repair))).filter(|(_, count)| *count > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_kinds_are_counted_apart() {
        for (at, repair) in Repair::ALL.iter().enumerate() {
            assert_eq!(*repair as usize, at, "{repair}");
        }
        let mut repairs = Repairs::default();
        repairs.add(Repair::NoTime);
        let mut total = repairs;
        total.merge(&repairs);
        assert_eq!(total.iter().collect::<Vec<_>>(), [(Repair::NoTime, 2)]);
    }
}
