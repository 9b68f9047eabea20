//! IP addresses and URLs.

use serde_json::Value as Json;

use super::conversion::convert;
use super::{Function, Lower, Param, Takes};
use crate::ir::Scalar;
use crate::types::Type;
use crate::types::Type::{Bool, Dynamic, Long};
use crate::value::Value;

const TEXT: Takes = Takes::Exact(Type::String);
const NUMBER: Takes = Takes::Exact(Long);
const URL: &[Param] = &[Param::one("url", TEXT)];
const IP: &[Param] = &[Param::one("ip", TEXT)];
const IN_RANGE: &[Param] = &[Param::one("ip", TEXT), Param::one("range", TEXT)];
const IN_RANGES: &[Param] = &[Param::one("ip", TEXT), Param::many("range", Takes::Any)];
const MASKED: &[Param] = &[Param::one("ip", TEXT), Param::one("prefix", NUMBER)];
const TWO: &[Param] = &[Param::one("left", TEXT), Param::one("right", TEXT), Param::optional("prefix", NUMBER)];
const FORMATTED: &[Param] = &[Param::one("ip", Takes::Any), Param::optional("prefix", NUMBER)];

/// The rows of this family.
#[rustfmt::skip] // A table: one row, few lines.
pub const FUNCTIONS: &[Function] = &[
    Function::kernel("url_encode", URL, Type::String, "Escapes a text for use in a URL; a blank becomes `+`.",
        "url_encode(\"https://www.bing.com/hello world\")"),
    Function::kernel("url_encode_component", URL, Type::String, "Escapes a text for use in a URL; a blank becomes `%20`.",
        "url_encode_component(\"hello world\")"),
    Function::kernel("url_decode", URL, Type::String, "Undoes the escapes of a URL.",
        "url_decode(\"https%3a%2f%2fwww.bing.com%2f\")"),
    Function::kernel("parse_url", URL, Dynamic, "Takes a URL apart.",
        "parse_url(\"https://user@host:80/path?k=v#part\")").aliases(&["parseurl"]),
    Function::kernel("parse_urlquery", &[Param::one("query", TEXT)], Dynamic, "Takes the query of a URL apart.",
        "parse_urlquery(\"k1=v1&k2=v2\")").aliases(&["parseurlquery"]),
    Function::kernel("parse_user_agent",
        &[Param::one("user_agent", TEXT), Param::optional("look_for", Takes::AnyConstant)], Dynamic,
        "Reads the browser and the operating system from what a client says about itself.",
        "parse_user_agent(\"Mozilla/5.0 (Windows; U) AdobeAIR/2.5.1\", \"browser\")")
        .lower(Lower::Rewrite(parse_user_agent)),
    Function::kernel("parse_ipv4", IP, Long,
        "Reads an IPv4 address as a number; with `/prefix`, the first address of the network.",
        "parse_ipv4(\"192.168.1.1/24\")"),
    Function::kernel("parse_ipv4_mask", MASKED, Long,
        "Reads an IPv4 address as the number of its network's first address.",
        "parse_ipv4_mask(\"192.168.1.1\", 24)"),
    Function::kernel("format_ipv4", FORMATTED, Type::String,
        "Writes an IPv4 address, given as text or number, as its network's first address.",
        "format_ipv4(\"192.168.1.1\", 24)")
        .lower(Lower::Rewrite(|args| format_ipv4("format_ipv4", args))),
    Function::kernel("format_ipv4_mask", FORMATTED, Type::String,
        "Writes the network of an IPv4 address, given as text or number, with its prefix.",
        "format_ipv4_mask(\"192.168.1.1\", 24)")
        .lower(Lower::Rewrite(|args| format_ipv4("format_ipv4_mask", args))),
    Function::kernel("ipv4_compare", TWO, Long,
        "Compares two IPv4 addresses within the shortest of the prefixes: -1, 0 or 1.",
        "ipv4_compare(\"192.168.1.1/24\", \"192.168.1.255\")"),
    Function::kernel("ipv4_is_match", TWO, Bool,
        "Tells whether two IPv4 addresses are equal within the shortest of the prefixes.",
        "ipv4_is_match(\"192.168.1.1/24\", \"192.168.1.255\")"),
    Function::kernel("ipv4_is_in_range", IN_RANGE, Bool, "Tells whether an IPv4 address is in a network.",
        "ipv4_is_in_range(\"192.168.1.6\", \"192.168.1.1/24\")"),
    Function::kernel("ipv4_is_in_any_range", IN_RANGES, Bool,
        "Tells whether an IPv4 address is in one of several networks, given one by one or as an array.",
        "ipv4_is_in_any_range(\"192.168.1.6\", \"192.168.1.1/24\", \"10.0.0.1/8\")")
        .lower(Lower::Rewrite(|args| with_list("ipv4_is_in_any_range", args))),
    Function::kernel("ipv4_is_private", IP, Bool, "Tells whether an IPv4 address is in one of the private networks.",
        "ipv4_is_private(\"192.168.2.1\")"),
    Function::kernel("ipv4_netmask_suffix", IP, Long,
        "Gives the prefix length of an IPv4 address; 32 when none is written.",
        "ipv4_netmask_suffix(\"192.168.1.1/24\")"),
    Function::kernel("ipv4_range_to_cidr_list", &[Param::one("start", TEXT), Param::one("end", TEXT)], Dynamic,
        "Covers a range of IPv4 addresses with networks.",
        "ipv4_range_to_cidr_list(\"1.1.128.0\", \"1.1.140.255\")"),
    Function::kernel("parse_ipv6", IP, Type::String, "Writes an IPv6 or IPv4 address as a full IPv6 address.",
        "parse_ipv6(\"127.0.0.1\")"),
    Function::kernel("parse_ipv6_mask", MASKED, Type::String,
        "Writes the first address of the network of an IPv6 or IPv4 address as a full IPv6 address.",
        "parse_ipv6_mask(\"fe80::85d:e82c:9446:7994\", 120)"),
    Function::kernel("ipv6_compare", TWO, Long,
        "Compares two IPv6 or IPv4 addresses within the shortest of the prefixes: -1, 0 or 1.",
        "ipv6_compare(\"::ffff:7f00:1\", \"127.0.0.1\")"),
    Function::kernel("ipv6_is_match", TWO, Bool,
        "Tells whether two IPv6 or IPv4 addresses are equal within the shortest of the prefixes.",
        "ipv6_is_match(\"::ffff:7f00:1\", \"127.0.0.1\")"),
    Function::kernel("ipv6_is_in_range", IN_RANGE, Bool, "Tells whether an IPv6 or IPv4 address is in a network.",
        "ipv6_is_in_range(\"a5e:f127::1\", \"a5e:f127::/112\")"),
    Function::kernel("ipv6_is_in_any_range", IN_RANGES, Bool,
        "Tells whether an IPv6 or IPv4 address is in one of several networks, given one by one or as an array.",
        "ipv6_is_in_any_range(\"a5e:f127::1\", dynamic([\"a5e:f127::/112\"]))")
        .lower(Lower::Rewrite(|args| with_list("ipv6_is_in_any_range", args))),
    Function::kernel("has_ipv4", &[Param::one("text", TEXT), Param::one("ip", TEXT)], Bool,
        "Tells whether a text holds an IPv4 address, between what is neither letter nor digit.",
        "has_ipv4(\"05:04:54 127.0.0.1 GET\", \"127.0.0.1\")")
        .lower(Lower::Rewrite(|args| with_list("has_any_ipv4", args))),
    Function::kernel("has_any_ipv4", &[Param::one("text", TEXT), Param::many("ip", Takes::Any)], Bool,
        "Tells whether a text holds one of several IPv4 addresses, given one by one or as an array.",
        "has_any_ipv4(\"05:04:54 127.0.0.1 GET\", \"127.0.0.1\", \"127.0.0.2\")")
        .lower(Lower::Rewrite(|args| with_list("has_any_ipv4", args))),
    Function::kernel("has_ipv4_prefix", &[Param::one("text", TEXT), Param::one("prefix", TEXT)], Bool,
        "Tells whether a text holds an IPv4 address that starts with a prefix, which ends in a dot.",
        "has_ipv4_prefix(\"05:04:54 127.0.0.1 GET\", \"127.0.\")")
        .lower(Lower::Rewrite(|args| with_list("has_any_ipv4_prefix", args))),
    Function::kernel("has_any_ipv4_prefix", &[Param::one("text", TEXT), Param::many("prefix", Takes::Any)], Bool,
        "Tells whether a text holds an IPv4 address that starts with one of several prefixes, which end in a dot.",
        "has_any_ipv4_prefix(\"05:04:54 127.0.0.1 GET\", \"127.0.\", \"192.168.\")")
        .lower(Lower::Rewrite(|args| with_list("has_any_ipv4_prefix", args))),
];

/// Devices are known by thousands of names, none of which are known here.
fn parse_user_agent(args: Vec<Scalar>) -> Result<Scalar, String> {
    let (Some(agent), Some(wanted)) = (args.first(), args.get(1).and_then(Scalar::literal)) else {
        return Err(
            "`parse_user_agent` needs to be told what to look for: \"browser\", \"os\" or an array of them".into()
        );
    };
    let parts: Vec<Json> = match wanted {
        Value::String(part) => vec![part.as_str().into()],
        Value::Dynamic(Json::Array(parts)) => parts.clone(),
        _ => Vec::new(),
    };
    let odd = parts.iter().find(|part| !matches!(part.as_str(), Some("browser" | "os")));
    match odd {
        Some(odd) => Err(format!("`parse_user_agent` looks for \"browser\" and \"os\" only, not for {odd}")),
        None if parts.is_empty() => Err("`parse_user_agent` looks for \"browser\", \"os\" or an array of them".into()),
        None => {
            let parts = Scalar::Literal(Value::Dynamic(Json::Array(parts)));
            Ok(Scalar::kernel("parse_user_agent", vec![agent.clone(), parts], Type::Dynamic))
        }
    }
}

/// A call whose arguments behind the first are `dynamic`: texts one by one, or arrays of texts.
fn with_list(kernel: &'static str, args: Vec<Scalar>) -> Result<Scalar, String> {
    let mut converted = Vec::with_capacity(args.len());
    for (index, arg) in args.into_iter().enumerate() {
        converted.push(match (arg.ty(), arg) {
            (_, arg) if index == 0 => arg,
            (_, Scalar::Literal(Value::String(text))) => Scalar::Literal(Value::Dynamic(Json::String(text))),
            (Type::String | Type::Dynamic | Type::Unknown, arg) => convert(arg, Type::Dynamic),
            (other, _) => return Err(format!("addresses are texts or arrays of texts, not `{other}`")),
        });
    }
    Ok(Scalar::kernel(kernel, converted, Type::Bool))
}

/// The address may be a number.
fn format_ipv4(kernel: &'static str, mut args: Vec<Scalar>) -> Result<Scalar, String> {
    if let Some(ip) = args.first_mut() {
        let ty = if ip.ty().is_integer() { Type::Long } else { Type::String };
        *ip = convert(std::mem::replace(ip, Scalar::bool(false)), ty);
    }
    Ok(Scalar::kernel(kernel, args, Type::String))
}
