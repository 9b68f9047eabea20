//! IPv4 addresses and networks.

use std::cmp::Ordering;
use std::net::Ipv4Addr;

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::Int64Type;
use datafusion::common::Result;
use serde_json::Value as Json;

use super::args::{Numbers, Text};
use super::cells::{Cell, Cells};
use super::{Args, Kernel};
use crate::engine::dynamic;

/// The kernels of this file.
pub(super) const KERNELS: &[Kernel] = &[
    Kernel::new("parse_ipv4", parse_ipv4),
    Kernel::new("parse_ipv4_mask", parse_ipv4_mask),
    Kernel::new("format_ipv4", |args| format_ipv4(args, |net| Ipv4Addr::from_bits(net.first()).to_string())),
    Kernel::new("format_ipv4_mask", |args| format_ipv4(args, |net| cidr(net.first(), net.bits))),
    Kernel::new("ipv4_compare", ipv4_compare),
    Kernel::new("ipv4_is_match", ipv4_is_match),
    Kernel::new("ipv4_is_in_range", ipv4_is_in_range),
    Kernel::new("ipv4_is_in_any_range", ipv4_is_in_any_range),
    Kernel::new("ipv4_is_private", ipv4_is_private),
    Kernel::new("ipv4_netmask_suffix", ipv4_netmask_suffix),
    Kernel::new("ipv4_range_to_cidr_list", ipv4_range_to_cidr_list),
];

/// An address with the length of its network prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Net {
    address: u32,
    bits: u32,
}

const PRIVATE: [Net; 3] = [
    Net { address: 0x0a00_0000, bits: 8 },
    Net { address: 0xac10_0000, bits: 12 },
    Net { address: 0xc0a8_0000, bits: 16 },
];

impl Net {
    /// Reads `1.2.3.4` or `1.2.3.4/24`.
    fn parse(text: &str) -> Option<Net> {
        let (address, bits) = match text.trim().split_once('/') {
            Some((address, bits)) => (address, bits.parse().ok().filter(|&bits| bits <= 32)?),
            None => (text.trim(), 32),
        };
        Some(Net { address: address.parse::<Ipv4Addr>().ok()?.to_bits(), bits })
    }

    /// The same address in a network no narrower than a prefix; `None` when the prefix makes no sense.
    fn within(self, prefix: i64) -> Option<Net> {
        let prefix = u32::try_from(prefix).ok().filter(|&prefix| prefix <= 32)?;
        Some(Net { bits: self.bits.min(prefix), ..self })
    }

    fn mask(self) -> u32 {
        u32::MAX.checked_shl(32 - self.bits).unwrap_or(0)
    }

    /// The first address of the network.
    fn first(self) -> u32 {
        self.address & self.mask()
    }

    /// Whether all of another network lies in this one.
    fn contains(self, other: Net) -> bool {
        self.bits <= other.bits && other.address & self.mask() == self.first()
    }
}

fn cidr(address: u32, bits: u32) -> String {
    format!("{}/{bits}", Ipv4Addr::from_bits(address))
}

fn parse_ipv4(args: &Args) -> Result<ArrayRef> {
    let texts = args.text(0)?;
    args.values::<Int64Type>(|row| Net::parse(texts.text(row)).map(|net| net.first().into()))
}

fn parse_ipv4_mask(args: &Args) -> Result<ArrayRef> {
    let (texts, prefixes) = (args.text(0)?, args.longs(1)?);
    args.values::<Int64Type>(|row| Some(Net::parse(texts.text(row))?.within(prefixes.get(row)?)?.first().into()))
}

fn format_ipv4(args: &Args, write: impl Fn(Net) -> String) -> Result<ArrayRef> {
    let addresses = Cells::of(args, 0)?;
    let prefixes = optional_prefix(args, 1)?;
    args.strings(|row| {
        let net = match addresses.get(row)? {
            Cell::Text(text) => Net::parse(&text)?,
            Cell::Long(number) => Net { address: number.try_into().ok()?, bits: 32 },
            _ => return None,
        };
        prefix(&prefixes, row).and_then(|prefix| net.within(prefix)).map(&write)
    })
}

fn optional_prefix(args: &Args, index: usize) -> Result<Option<Numbers<Int64Type>>> {
    if args.len() > index { args.longs(index).map(Some) } else { Ok(None) }
}

fn prefix(prefixes: &Option<Numbers<Int64Type>>, row: usize) -> Option<i64> {
    prefixes.as_ref().map_or(Some(32), |prefixes| prefixes.get(row))
}

/// The order of two addresses within the shortest of three prefixes.
fn order(left: &str, right: &str, prefix: i64) -> Option<Ordering> {
    let (left, right) = (Net::parse(left)?, Net::parse(right)?);
    let bits = left.within(prefix)?.bits.min(right.bits);
    Some(Net { bits, ..left }.first().cmp(&Net { bits, ..right }.first()))
}

fn ipv4_compare(args: &Args) -> Result<ArrayRef> {
    let (left, right, prefixes) = (args.text(0)?, args.text(1)?, optional_prefix(args, 2)?);
    args.values::<Int64Type>(|row| {
        order(left.text(row), right.text(row), prefix(&prefixes, row)?).map(|order| order as i64)
    })
}

fn ipv4_is_match(args: &Args) -> Result<ArrayRef> {
    let (left, right, prefixes) = (args.text(0)?, args.text(1)?, optional_prefix(args, 2)?);
    args.truths(|row| {
        order(left.text(row), right.text(row), prefix(&prefixes, row)?).map(|order| order == Ordering::Equal)
    })
}

fn ipv4_is_in_range(args: &Args) -> Result<ArrayRef> {
    let (addresses, ranges) = (args.text(0)?, args.text(1)?);
    let constant = ranges.constant().map(Net::parse);
    args.truths(|row| {
        let address = Net::parse(addresses.text(row))?;
        let range = constant.unwrap_or_else(|| Net::parse(ranges.text(row)))?;
        Some(range.contains(address))
    })
}

/// The texts in `dynamic` arguments, which are texts or arrays of texts. Constants are read once.
pub(super) struct Lists<T> {
    arguments: Vec<(Text, Option<Vec<T>>)>,
    parse: fn(&str) -> T,
}

impl<T: Clone> Lists<T> {
    pub(super) fn of(args: &Args, from: usize, parse: fn(&str) -> T) -> Result<Lists<T>> {
        let argument = |index| {
            let text = args.text(index)?;
            let constant = text.constant().map(|_| items(text.get(0), parse));
            Ok((text, constant))
        };
        Ok(Lists { arguments: (from..args.len()).map(argument).collect::<Result<_>>()?, parse })
    }

    pub(super) fn any(&self, row: usize, mut test: impl FnMut(&T) -> bool) -> bool {
        self.arguments.iter().any(|(text, constant)| match constant {
            Some(items) => items.iter().any(&mut test),
            None => items(text.get(row), self.parse).iter().any(&mut test),
        })
    }
}

fn items<T>(cell: Option<&str>, parse: fn(&str) -> T) -> Vec<T> {
    match cell.map(dynamic::decode) {
        Some(Json::Array(items)) => items.iter().map(|item| parse(&dynamic::text_of(item))).collect(),
        Some(other) => vec![parse(&dynamic::text_of(&other))],
        None => Vec::new(),
    }
}

/// Null when the address, or a range and no other range holds it, is none.
fn ipv4_is_in_any_range(args: &Args) -> Result<ArrayRef> {
    let (addresses, ranges) = (args.text(0)?, Lists::of(args, 1, Net::parse)?);
    args.truths(|row| {
        let address = Net::parse(addresses.text(row))?;
        let found = ranges.any(row, |range| range.is_some_and(|range| range.contains(address)));
        (found || !ranges.any(row, Option::is_none)).then_some(found)
    })
}

fn ipv4_is_private(args: &Args) -> Result<ArrayRef> {
    let texts = args.text(0)?;
    args.truths(|row| {
        let net = Net::parse(texts.text(row))?;
        Some(PRIVATE.iter().any(|private| private.contains(net)))
    })
}

fn ipv4_netmask_suffix(args: &Args) -> Result<ArrayRef> {
    let texts = args.text(0)?;
    args.values::<Int64Type>(|row| Net::parse(texts.text(row)).map(|net| net.bits.into()))
}

/// The fewest networks that cover a range of addresses.
fn cover(start: u32, end: u32) -> Vec<String> {
    let mut nets = Vec::new();
    let (mut from, end) = (u64::from(start), u64::from(end) + 1);
    while from < end {
        // The largest block that starts here: as aligned as its start, and no longer than what is left.
        let size = from.trailing_zeros().min((end - from).ilog2()).min(32);
        nets.push(cidr(from as u32, 32 - size));
        from += 1 << size;
    }
    nets
}

fn ipv4_range_to_cidr_list(args: &Args) -> Result<ArrayRef> {
    let (starts, ends) = (args.text(0)?, args.text(1)?);
    args.dynamics(|row| {
        let (start, end) = (Net::parse(starts.text(row))?, Net::parse(ends.text(row))?);
        Some(Json::from(cover(start.address, end.address)).to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, text};
    use crate::types::Type;
    use crate::value::Value;
    use serde_json::json;

    #[test]
    fn addresses_as_numbers() {
        check("parse_ipv4", &[text("192.168.1.1")], Value::Long(3_232_235_777));
        check("parse_ipv4", &[text("192.168.1.1/24")], Value::Long(3_232_235_776));
        check("parse_ipv4", &[text("192.168.1.256")], Value::Null(Type::Long));
        check("parse_ipv4_mask", &[text("192.168.1.3/24"), Value::Long(31)], Value::Long(3_232_235_776));
        check("format_ipv4", &[text("192.168.1.1/24"), Value::Long(32)], text("192.168.1.0"));
        check("format_ipv4_mask", &[text("192.168.1.1"), Value::Long(24)], text("192.168.1.0/24"));
        check("format_ipv4_mask", &[text("192.168.1.1"), Value::Long(-1)], text(""));
        check("format_ipv4", &[Value::Long(3_232_235_777)], text("192.168.1.1"));
        check("ipv4_netmask_suffix", &[text("127.0.0.1/16")], Value::Long(16));
    }

    #[test]
    fn comparing() {
        check("ipv4_compare", &[text("192.168.1.1"), text("192.168.1.2")], Value::Long(-1));
        check("ipv4_compare", &[text("192.168.1.1/30"), text("192.168.1.255/24")], Value::Long(0));
        check("ipv4_is_match", &[text("192.168.1.1"), text("192.168.1.0"), Value::Long(31)], Value::Bool(true));
        check("ipv4_is_match", &[text("x"), text("192.168.1.0")], Value::Null(Type::Bool));
    }

    #[test]
    fn ranges() {
        check("ipv4_is_in_range", &[text("192.168.1.6"), text("192.168.1.1/24")], Value::Bool(true));
        check("ipv4_is_in_range", &[text("127.2.3.1"), text("127.2.3.2")], Value::Bool(false));
        let ranges = [Value::Dynamic(json!(["10.0.0.0/8", "x"])), Value::Dynamic(json!("1.1.1.1"))];
        let any = |address: &str, expected| {
            let args = [text(address), ranges[0].clone(), ranges[1].clone()];
            check("ipv4_is_in_any_range", &args, expected);
        };
        any("1.1.1.1", Value::Bool(true));
        any("1.1.1.2", Value::Null(Type::Bool));
        check("ipv4_is_private", &[text("192.168.1.1/24")], Value::Bool(true));
        check("ipv4_is_private", &[text("127.0.0.1")], Value::Bool(false));
        let nets = Value::Dynamic(json!(["1.1.128.0/21", "1.1.136.0/22", "1.1.140.0/24"]));
        check("ipv4_range_to_cidr_list", &[text("1.1.128.0"), text("1.1.140.255")], nets);
        let all = Value::Dynamic(json!(["0.0.0.0/0"]));
        check("ipv4_range_to_cidr_list", &[text("0.0.0.0"), text("255.255.255.255")], all);
    }
}
