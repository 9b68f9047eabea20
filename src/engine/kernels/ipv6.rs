//! IPv6 addresses and networks; IPv4 addresses count as the IPv6 addresses they are mapped to.

use std::cmp::Ordering;
use std::net::{Ipv4Addr, Ipv6Addr};

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::Int64Type;
use datafusion::common::Result;

use super::ipv4::Lists;
use super::{Args, Kernel};

/// The kernels of this file.
pub(super) const KERNELS: &[Kernel] = &[
    Kernel::new("parse_ipv6", parse_ipv6),
    Kernel::new("parse_ipv6_mask", parse_ipv6_mask),
    Kernel::new("ipv6_compare", ipv6_compare),
    Kernel::new("ipv6_is_match", ipv6_is_match),
    Kernel::new("ipv6_is_in_range", ipv6_is_in_range),
    Kernel::new("ipv6_is_in_any_range", ipv6_is_in_any_range),
];

/// Bits in front of an IPv4 address that is mapped.
const MAPPED: u32 = 96;

/// An address with the length of its network prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Net {
    address: u128,
    bits: u32,
    /// Whether it was written as an IPv4 address.
    v4: bool,
}

impl Net {
    fn parse(text: &str) -> Option<Net> {
        let (address, bits) = match text.trim().split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u32>().ok()?)),
            None => (text.trim(), None),
        };
        // `::1.2.3.4` is an IPv4 address in IPv6 clothes, and its prefix is one of IPv4.
        let plain = address.strip_prefix("::ffff:").or_else(|| address.strip_prefix("::")).unwrap_or(address);
        let (address, most, front) = match plain.parse::<Ipv4Addr>() {
            Ok(address) => (address.to_ipv6_mapped(), 32, MAPPED),
            Err(_) => (address.parse::<Ipv6Addr>().ok()?, 128, 0),
        };
        let bits = bits.unwrap_or(most);
        (bits <= most).then_some(Net { address: address.to_bits(), bits: bits + front, v4: front > 0 })
    }

    /// The same address in a network no narrower than a prefix of an IPv6 address.
    fn within(self, prefix: i64) -> Option<Net> {
        let prefix = u32::try_from(prefix).ok().filter(|&prefix| prefix <= 128)?;
        Some(Net { bits: self.bits.min(prefix), ..self })
    }

    fn mask(self) -> u128 {
        u128::MAX.checked_shl(128 - self.bits).unwrap_or(0)
    }

    fn first(self) -> u128 {
        self.address & self.mask()
    }

    fn contains(self, other: Net) -> bool {
        self.bits <= other.bits && other.address & self.mask() == self.first()
    }

    /// All eight groups with four digits each.
    fn text(self) -> String {
        let groups = Ipv6Addr::from_bits(self.first()).segments().map(|group| format!("{group:04x}"));
        groups.join(":")
    }
}

fn parse_ipv6(args: &Args) -> Result<ArrayRef> {
    let texts = args.text(0)?;
    args.strings(|row| Net::parse(texts.text(row)).map(Net::text))
}

fn parse_ipv6_mask(args: &Args) -> Result<ArrayRef> {
    let (texts, prefixes) = (args.text(0)?, args.longs(1)?);
    args.strings(|row| Some(Net::parse(texts.text(row))?.within(prefixes.get(row)?)?.text()))
}

/// The order of two addresses within the shortest of three prefixes. Between two IPv4 addresses a prefix up to 32 is
/// one of IPv4.
fn order(left: &str, right: &str, prefix: Option<i64>) -> Option<Ordering> {
    let (left, right) = (Net::parse(left)?, Net::parse(right)?);
    let prefix = prefix.map(|prefix| {
        let v4 = left.v4 && right.v4 && (0..=32).contains(&prefix);
        if v4 { prefix + i64::from(MAPPED) } else { prefix }
    });
    let bits = left.within(prefix.unwrap_or(128))?.bits.min(right.bits);
    Some(Net { bits, ..left }.first().cmp(&Net { bits, ..right }.first()))
}

/// The order of the addresses in each row; `None` when one of the arguments is wrong.
fn orders(args: &Args) -> Result<Vec<Option<Ordering>>> {
    let (left, right) = (args.text(0)?, args.text(1)?);
    let prefixes = if args.len() > 2 { Some(args.longs(2)?) } else { None };
    let order = |row| match &prefixes {
        None => order(left.text(row), right.text(row), None),
        Some(prefixes) => order(left.text(row), right.text(row), Some(prefixes.get(row)?)),
    };
    Ok((0..args.rows).map(order).collect())
}

fn ipv6_compare(args: &Args) -> Result<ArrayRef> {
    let orders = orders(args)?;
    args.values::<Int64Type>(|row| orders[row].map(|order| order as i64))
}

fn ipv6_is_match(args: &Args) -> Result<ArrayRef> {
    let orders = orders(args)?;
    args.truths(|row| orders[row].map(|order| order == Ordering::Equal))
}

fn ipv6_is_in_range(args: &Args) -> Result<ArrayRef> {
    let (addresses, ranges) = (args.text(0)?, args.text(1)?);
    let constant = ranges.constant().map(Net::parse);
    args.truths(|row| {
        let address = Net::parse(addresses.text(row))?;
        let range = constant.unwrap_or_else(|| Net::parse(ranges.text(row)))?;
        Some(range.contains(address))
    })
}

fn ipv6_is_in_any_range(args: &Args) -> Result<ArrayRef> {
    let (addresses, ranges) = (args.text(0)?, Lists::of(args, 1, Net::parse)?);
    args.truths(|row| {
        let address = Net::parse(addresses.text(row))?;
        let found = ranges.any(row, |range| range.is_some_and(|range| range.contains(address)));
        (found || !ranges.any(row, Option::is_none)).then_some(found)
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, text};
    use crate::types::Type;
    use crate::value::Value;
    use serde_json::json;

    #[test]
    fn addresses_in_full() {
        check("parse_ipv6", &[text("127.0.0.1")], text("0000:0000:0000:0000:0000:ffff:7f00:0001"));
        let address = text("fe80::85d:e82c:9446:7994/120");
        check("parse_ipv6", &[address], text("fe80:0000:0000:0000:085d:e82c:9446:7900"));
        let masked = text("0000:0000:0000:0000:0000:ffff:c0a8:ff00");
        check("parse_ipv6_mask", &[text("192.168.255.255/24"), Value::Long(124)], masked);
        let masked = text("0000:0000:0000:0000:0000:ffff:c0a8:ff00");
        check("parse_ipv6_mask", &[text("::192.168.255.255/24"), Value::Long(128)], masked);
        check("parse_ipv6", &[text("1::2::3")], text(""));
    }

    #[test]
    fn comparing() {
        let same = |left: &str, right: &str, prefix: i64, expected| {
            let args = [text(left), text(right), Value::Long(prefix)];
            check("ipv6_is_match", &args, Value::Bool(expected));
        };
        same("192.168.1.1", "192.168.1.0", 31, true);
        same("192.168.1.1", "192.169.1.0", 31, false);
        same("192.168.1.1/24", "::ffff:c0a8:01ff", 127, true);
        same("::192.168.1.1/30", "192.168.1.255/24", 127, true);
        same("fe80::85d:e82c:9446:7994", "fe80::85d:e82c:9446:7995", 128, false);
        check("ipv6_compare", &[text("::1"), text("::2")], Value::Long(-1));
        check("ipv6_compare", &[text("::1"), text("x")], Value::Null(Type::Long));
    }

    #[test]
    fn ranges() {
        let address = text("a5e:f127:8a9d:146d:e102:b5d3:c755:abcd");
        let net = text("a5e:f127:8a9d:146d:e102:b5d3:c755:0000/112");
        check("ipv6_is_in_range", &[address.clone(), net], Value::Bool(true));
        let nets = Value::Dynamic(json!(["0:0:0:0:0:ffff:c0a8:ac/60"]));
        check("ipv6_is_in_any_range", &[address, nets], Value::Bool(false));
    }
}
