//! IPv4 addresses inside of longer text: `has_ipv4`, `has_ipv4_prefix` and their kin.
//!
//! An address counts when what stands before and behind it is neither letter nor digit.

use std::net::Ipv4Addr;

use datafusion::arrow::array::ArrayRef;
use datafusion::common::Result;

use super::ipv4::Lists;
use super::{Args, Kernel};

/// The kernels of this file.
pub(super) const KERNELS: &[Kernel] = &[
    Kernel::new("has_any_ipv4", |args| has_any(args, |text| text.parse::<Ipv4Addr>().is_ok())),
    Kernel::new("has_any_ipv4_prefix", |args| has_any(args, is_prefix)),
];

/// Whether it is an address, or one to three numbers with a dot behind each.
fn is_prefix(text: &str) -> bool {
    match text.strip_suffix('.') {
        Some(numbers) => {
            let count = numbers.split('.').count();
            count <= 3 && numbers.split('.').all(|number| number.parse::<u8>().is_ok())
        }
        None => text.parse::<Ipv4Addr>().is_ok(),
    }
}

/// The addresses in a text, as written.
fn addresses(text: &str) -> impl Iterator<Item = &str> {
    let bytes = text.as_bytes();
    let starts = (0..bytes.len())
        .filter(move |&at| bytes[at].is_ascii_digit() && (at == 0 || !text[..at].ends_with(char::is_alphanumeric)));
    starts.filter_map(move |start| {
        let rest = &text[start..];
        let length = rest.bytes().take_while(|b| b.is_ascii_digit() || *b == b'.').count();
        // A dot behind the fourth number ends the address.
        let end = rest[..length].match_indices('.').nth(3).map_or(length, |(dot, _)| dot);
        let bounded = end < length || !rest[end..].starts_with(char::is_alphanumeric);
        (bounded && rest[..end].parse::<Ipv4Addr>().is_ok()).then(|| &rest[..end])
    })
}

/// Whether a text holds an address that starts with one of the valid texts: a whole address only starts with itself.
fn has_any(args: &Args, valid: fn(&str) -> bool) -> Result<ArrayRef> {
    let (texts, prefixes) = (args.text(0)?, Lists::of(args, 1, str::to_owned)?);
    args.tests(|row| {
        addresses(texts.text(row)).any(|address| {
            prefixes.any(row, |prefix| {
                valid(prefix) && if prefix.ends_with('.') { address.starts_with(prefix) } else { address == prefix }
            })
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, text};
    use crate::value::Value;
    use serde_json::json;

    fn has(kernel: &str, source: &str, needle: &str, expected: bool) {
        check(kernel, &[text(source), Value::Dynamic(json!(needle))], Value::Bool(expected));
    }

    #[test]
    fn whole_addresses() {
        has("has_any_ipv4", "05:04:54 127.0.0.1 GET", "127.0.0.1", true);
        has("has_any_ipv4", "from 127.0.0.1.", "127.0.0.1", true);
        has("has_any_ipv4", "05:04:54 127.0.0.256 GET", "127.0.0.256", false);
        has("has_any_ipv4", "05:04:54127.0.0.1 GET", "127.0.0.1", false);
        has("has_any_ipv4", "x127.0.0.1 127.0.0.11", "127.0.0.1", false);
        has("has_any_ipv4", "127.0.0.1", "127.0.", false);
    }

    #[test]
    fn prefixes() {
        has("has_any_ipv4_prefix", "05:04:54 127.0.0.1 GET", "127.0.", true);
        has("has_any_ipv4_prefix", "05:04:54 127.0.0.1 GET", "127.0", false);
        has("has_any_ipv4_prefix", "05:04:54 127.0.0.1 GET", "127.0.0.1", true);
        let list = Value::Dynamic(json!(["10.", "127."]));
        check("has_any_ipv4_prefix", &[text("127.0.0.1"), list], Value::Bool(true));
    }
}
