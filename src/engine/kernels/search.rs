//! Finding text in text: substrings and terms, with letters of either case equal or not.
//!
//! A term is a longest run of ASCII letters and digits. A needle found as a term has a boundary at each end that is
//! itself part of a term, so `has "a b"` finds a phrase. An empty needle is found everywhere.

use std::borrow::Cow;

use memchr::memmem;

/// Whether letters of either case are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    /// They are.
    Ignore,
    /// They are not.
    Keep,
}

/// Where a needle must stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// Anywhere.
    Anywhere,
    /// At the start of the text.
    Start,
    /// At the end of the text.
    End,
    /// It must be all of the text.
    Whole,
    /// As a whole term or phrase.
    Term,
    /// At the start of a term.
    TermStart,
    /// At the end of a term.
    TermEnd,
}

/// A text to look for, prepared once.
pub(super) struct Needle {
    /// Folded when case is ignored.
    text: String,
    finder: Finder,
}

enum Finder {
    Exact(memmem::Finder<'static>),
    /// An ASCII needle in either case: where its rarest byte stands, and both spellings of that byte.
    Ascii {
        rare: usize,
        lower: u8,
        upper: u8,
    },
    /// A needle with other letters: the text is folded before the search.
    Folded(memmem::Finder<'static>),
}

/// Bytes of log text, the most frequent first; those not listed are rare.
const FREQUENT: &[u8] = b"e tar0oins1cl2dh-u.m34/5p:69g78fby,\"_w=vk";

/// Lower case, letter by letter, so that the number of letters stays and ASCII letters equal only each other.
pub(super) fn fold(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        if text.bytes().any(|b| b.is_ascii_uppercase()) {
            Cow::Owned(text.to_ascii_lowercase())
        } else {
            Cow::Borrowed(text)
        }
    } else {
        Cow::Owned(text.chars().map(fold_char).collect())
    }
}

fn fold_char(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) if !one.is_ascii() => one,
        _ => c,
    }
}

/// Whether two texts are equal but for case.
pub(super) fn equal_folded(left: &str, right: &str) -> bool {
    left.eq_ignore_ascii_case(right)
        // Letters of either case may differ in their bytes, but then neither text is ASCII.
        || (!left.is_ascii() && !right.is_ascii() && left.chars().map(fold_char).eq(right.chars().map(fold_char)))
}

impl Needle {
    /// Prepares a search.
    pub(super) fn new(text: &str, case: Case) -> Needle {
        let own = |text: &str| memmem::Finder::new(text).into_owned();
        match case {
            Case::Keep => Needle { text: text.to_owned(), finder: Finder::Exact(own(text)) },
            Case::Ignore => {
                let text = fold(text).into_owned();
                let finder = if text.is_ascii() { rarest(text.as_bytes()) } else { Finder::Folded(own(&text)) };
                Needle { text, finder }
            }
        }
    }

    /// Whether it stands in a text at a place of the kind.
    pub(super) fn is_in(&self, text: &str, place: Place) -> bool {
        match &self.finder {
            Finder::Exact(_) | Finder::Ascii { .. } => self.stands_in(text.as_bytes(), place),
            Finder::Folded(_) => self.stands_in(fold(text).as_bytes(), place),
        }
    }

    fn stands_in(&self, text: &[u8], place: Place) -> bool {
        let needle = self.text.as_bytes();
        match place {
            Place::Anywhere => self.find(text, 0).is_some(),
            Place::Start => text.len() >= needle.len() && self.same(&text[..needle.len()]),
            Place::End => text.len() >= needle.len() && self.same(&text[text.len() - needle.len()..]),
            Place::Whole => text.len() == needle.len() && self.same(text),
            Place::Term | Place::TermStart | Place::TermEnd => self.find_term(text, place),
        }
    }

    fn same(&self, text: &[u8]) -> bool {
        match self.finder {
            Finder::Ascii { .. } => text.eq_ignore_ascii_case(self.text.as_bytes()),
            Finder::Exact(_) | Finder::Folded(_) => text == self.text.as_bytes(),
        }
    }

    fn find(&self, text: &[u8], from: usize) -> Option<usize> {
        match &self.finder {
            Finder::Exact(finder) | Finder::Folded(finder) => finder.find(text.get(from..)?).map(|at| from + at),
            Finder::Ascii { rare, lower, upper } => {
                let needle = self.text.as_bytes();
                if needle.is_empty() {
                    return Some(from);
                }
                // The rarest byte stands before `end` in every match.
                let end = (text.len() + rare + 1).checked_sub(needle.len())?;
                let mut at = from + rare;
                while at < end {
                    let window = &text[at..end];
                    let step = if lower == upper {
                        memchr::memchr(*lower, window)
                    } else {
                        memchr::memchr2(*lower, *upper, window)
                    }?;
                    let start = at + step - rare;
                    if text[start..start + needle.len()].eq_ignore_ascii_case(needle) {
                        return Some(start);
                    }
                    at += step + 1;
                }
                None
            }
        }
    }

    fn find_term(&self, text: &[u8], place: Place) -> bool {
        let needle = self.text.as_bytes();
        let (Some(first), Some(last)) = (needle.first(), needle.last()) else { return true };
        let before = place != Place::TermEnd && first.is_ascii_alphanumeric();
        let after = place != Place::TermStart && last.is_ascii_alphanumeric();
        let mut from = 0;
        while let Some(start) = self.find(text, from) {
            let end = start + needle.len();
            let starts = !before || start == 0 || !text[start - 1].is_ascii_alphanumeric();
            let ends = !after || end == text.len() || !text[end].is_ascii_alphanumeric();
            if starts && ends {
                return true;
            }
            from = start + 1;
        }
        false
    }
}

/// How to search for folded ASCII text by its rarest byte.
fn rarest(text: &[u8]) -> Finder {
    let rank = |byte: u8| FREQUENT.iter().position(|&b| b == byte).unwrap_or(FREQUENT.len());
    let rare = (0..text.len()).max_by_key(|&at| rank(text[at])).unwrap_or(0);
    let lower = text.get(rare).copied().unwrap_or(0);
    Finder::Ascii { rare, lower, upper: lower.to_ascii_uppercase() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, needle: &str, case: Case, place: Place, expected: bool) {
        assert_eq!(Needle::new(needle, case).is_in(text, place), expected, "{needle:?} in {text:?} at {place:?}");
    }

    #[test]
    fn substrings() {
        for case in [Case::Ignore, Case::Keep] {
            check("the end", "e e", case, Place::Anywhere, true);
            check("the end", "", case, Place::Anywhere, true);
            check("", "x", case, Place::Anywhere, false);
            check("aaab", "aab", case, Place::Anywhere, true);
            check("aab", "aaab", case, Place::End, false);
            check("café", "é", case, Place::End, true);
        }
        check("The END", "e e", Case::Ignore, Place::Anywhere, true);
        check("The END", "e e", Case::Keep, Place::Anywhere, false);
        check("ÉCOLE", "école", Case::Ignore, Place::Whole, true);
        check("\u{212A}ey", "key", Case::Ignore, Place::Whole, false);
    }

    #[test]
    fn terms() {
        check("quickbrown fox", "brown", Case::Ignore, Place::Term, false);
        check("quickbrown Brown_x", "brown", Case::Ignore, Place::Term, true);
        check("x.bar.y", "bar", Case::Keep, Place::Term, true);
        check("say hello there", "hello there", Case::Ignore, Place::Term, true);
        check("ending", "end", Case::Ignore, Place::TermStart, true);
        check("ending", "end", Case::Ignore, Place::TermEnd, false);
        check("the weekend.", "end", Case::Ignore, Place::TermEnd, true);
        check("x", "", Case::Ignore, Place::Term, true);
        check("CAFÉ au lait", "café", Case::Ignore, Place::Term, true);
    }

    #[test]
    fn equal_but_for_case() {
        assert!(equal_folded("Müller", "MÜLLER") && !equal_folded("müller", "muller") && equal_folded("", ""));
    }
}
