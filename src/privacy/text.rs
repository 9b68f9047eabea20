//! Identities in any text: known forms of user ids, telephone numbers, mail addresses and IP addresses.

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::key::Key;
use super::{Addresses, Privacy, Treatment};

/// JSON text within JSON text that is followed.
const MOST_DEPTH: usize = 4;

/// Ids of users as the service writes them: what tells the kind, and who it is. A resource is no person.
static USERS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let acs = r"(?:\d{1,2}:)?(?:[a-z]+-)?acs:[0-9a-zA-Z-]+_";
    let other = r"(?:2|8|28|29|48):(?:[a-zA-Z][a-zA-Z-]*:)+";
    let id = r"[0-9a-zA-Z.](?:[0-9a-zA-Z._@+-]*[0-9a-zA-Z])?";
    let bot = r"(28:)([a-zA-Z][0-9a-zA-Z._-]{2,}|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27})";
    regex(&format!(r"(^|[^0-9a-zA-Z:])(?:({acs}|{other})({id})|{bot})"))
});

static PHONES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let number = r"\d{7,15}|\d{1,3}(?:[ .()/-]{1,2}\d{1,5}){2,6}";
    regex(&format!(r"(^|[^0-9a-zA-Z+%]|\b4:|\btel:)((?:\+|%2[bB])(?:{number}))|(\b4:|\btel:)(\d{{7,15}})"))
});

static MAILS: LazyLock<Option<Regex>> =
    LazyLock::new(|| regex(r"[0-9a-zA-Z_.+'-]+@((?:[0-9a-zA-Z-]+\.)+[a-zA-Z][0-9a-zA-Z-]+)"));

static ADDRESSES_4: LazyLock<Option<Regex>> =
    LazyLock::new(|| regex(r"(^|//|[^0-9a-zA-Z./_-])(\d{1,3}(?:\.\d{1,3}){3})($|[^0-9a-zA-Z._-]|[.]$|[.]\s)"));

static ADDRESSES_6: LazyLock<Option<Regex>> =
    LazyLock::new(|| regex(r"(^|[^0-9a-zA-Z:._-])((?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4})"));

/// A pattern of ours; that it can be read is tested.
fn regex(pattern: &str) -> Option<Regex> {
    Regex::new(pattern).ok()
}

impl Privacy {
    /// A text with what is to be hidden in it hidden; borrowed when that is nothing.
    pub(super) fn text<'t>(&self, text: &'t str, treatment: Treatment, depth: usize) -> Cow<'t, str> {
        let trimmed = text.trim_ascii();
        let is_json = trimmed.starts_with(['{', '[', '"']) && trimmed.ends_with(['}', ']', '"']);
        if is_json && depth < MOST_DEPTH && serde_json::from_str::<serde_json::Value>(trimmed).is_ok() {
            return self.json(text, treatment, depth + 1);
        }
        let Some(key) = &self.key else { return Cow::Borrowed(text) };
        match treatment {
            Treatment::Empty => Cow::Borrowed(""),
            Treatment::Whole => whole(key, text),
            Treatment::Within(addresses) => within(key, text, addresses),
        }
    }

    /// Any text from outside, as the reason why a record was rejected.
    pub fn hide(&self, text: &str) -> String {
        self.text(text, Treatment::Within(Addresses::Masked), 0).into_owned()
    }
}

/// An identity: its kind stays, who it is becomes a pseudonym.
fn whole<'t>(key: &Key, text: &'t str) -> Cow<'t, str> {
    let trimmed = text.trim();
    let is_all = |found: &Captures<'_>| found.get(0).is_some_and(|all| all.as_str() == trimmed);
    let is_form = [&USERS, &PHONES]
        .iter()
        .any(|form| form.as_ref().and_then(|form| form.captures(trimmed)).is_some_and(|found| is_all(&found)));
    if is_form {
        return within(key, text, Addresses::Versions);
    }
    key.pseudonym(text).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// What looks like an identity, wherever it stands.
fn within<'t>(key: &Key, text: &'t str, addresses: Addresses) -> Cow<'t, str> {
    let count = |wanted: u8| text.bytes().filter(|byte| *byte == wanted).take(3).count();
    let (colons, dots) = (count(b':'), count(b'.'));
    let mut new = Cow::Borrowed(text);
    if colons > 0 {
        replace(&mut new, &USERS, |found| {
            let (kind, id) = (found.get(2).or(found.get(4))?, found.get(3).or(found.get(5))?);
            Some(format!("{}{}{}", &found[1], kind.as_str(), key.pseudonym(id.as_str())?))
        });
    }
    if text.contains('@') {
        replace(&mut new, &MAILS, |found| {
            let is_thread = ["thread.", "unq."].iter().any(|host| found[1].starts_with(host));
            if is_thread { None } else { key.pseudonym(&found[0]) }
        });
    }
    if colons > 0 || text.contains('+') || text.contains('%') {
        replace(&mut new, &PHONES, |found| {
            let part = |at: usize| found.get(at).map_or("", |part| part.as_str());
            let (before, number) = if found.get(2).is_some() { (part(1), part(2)) } else { (part(3), part(4)) };
            Some(format!("{before}{}", key.pseudonym(number)?))
        });
    }
    if addresses == Addresses::Masked && dots == 3 {
        // Of two with one sign between them the second is found the second time.
        for _ in 0..2 {
            replace(&mut new, &ADDRESSES_4, |found| {
                let [a, b, c, last] = found[2].parse::<Ipv4Addr>().ok()?.octets();
                (last != 0).then(|| format!("{}{}{}", &found[1], Ipv4Addr::new(a, b, c, 0), &found[3]))
            });
        }
    }
    if colons > 1 {
        replace(&mut new, &ADDRESSES_6, |found| {
            let network = found[2].parse::<Ipv6Addr>().ok()?.to_bits() & (u128::MAX << 80);
            Some(format!("{}{}", &found[1], Ipv6Addr::from_bits(network)))
        });
    }
    if new == text { Cow::Borrowed(text) } else { new }
}

/// Replaces what a pattern finds, where there is something to replace it with.
fn replace(text: &mut Cow<'_, str>, pattern: &LazyLock<Option<Regex>>, by: impl Fn(&Captures<'_>) -> Option<String>) {
    let Some(pattern) = pattern.as_ref() else { return };
    let new = pattern.replace_all(text, |found: &Captures<'_>| by(found).unwrap_or_else(|| found[0].to_owned()));
    if let Cow::Owned(new) = new {
        *text = Cow::Owned(new);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let key = Key::new(b"a key of enough bytes").unwrap();
        let short = regex("anon-[0-9a-f]{32}").unwrap();
        let found = within(&key, text, Addresses::Masked);
        assert_eq!(short.replace_all(&found, "*"), expected, "{text}");
    }

    #[test]
    fn identities_are_found_anywhere() {
        check("8:orgid:5c000000-0000-4000-8000-0000000000aa, 28:bot-name;", "8:orgid:*, 28:*;");
        check("28:app:5c00_x and 8:live:.cid.1", "28:app:* and 8:live:*");
        check("from 4:+15550100 to +1 555-010-0199.", "from 4:* to *.");
        check("4:15550100 %2B15550100&x tel:+15550100", "4:* *&x tel:*");
        check("<sip:Ada.Lovelace@harbour.example>", "<sip:*>");
        check("at 10:28:45, 28:15.5", "at 10:28:45, 28:15.5");
        check("19:meeting_MjQ@thread.v2", "19:meeting_MjQ@thread.v2");
        check("2026-03-02T10:00:00.1234567+00:00 at 12:30", "2026-03-02T10:00:00.1234567+00:00 at 12:30");
        check("1.5e+1234567 ab+12345678", "1.5e+1234567 ab+12345678");
    }

    #[test]
    fn addresses_lose_their_last_part() {
        check("203.0.113.17", "203.0.113.0");
        check(
            "at 203.0.113.17:3478 203.0.113.18, https://10.1.2.3/x",
            "at 203.0.113.0:3478 203.0.113.0, https://10.1.2.0/x",
        );
        check("Chrome/141.0.0.7 v1.2.3.4 1.2.3.4.5 300.1.1.1", "Chrome/141.0.0.7 v1.2.3.4 1.2.3.4.5 300.1.1.1");
        check("2001:db8:1:2:3:4:5:6 [fe80::1]:443", "2001:db8:1:: [fe80::]:443");
    }
}
