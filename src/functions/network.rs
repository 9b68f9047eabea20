//! IP addresses and URLs.

use serde_json::Value as Json;

use super::conversion::convert;
use super::{Function, Lower, Param, Returns, Takes};
use crate::ir::Scalar;
use crate::types::Type;
use crate::value::Value;

/// The rows of this family.
pub const FUNCTIONS: &[Function] = &[
    Function {
        name: "url_encode",
        aliases: &[],
        params: &[Param::one("url", Takes::Exact(Type::String))],
        returns: Returns::Type(Type::String),
        lower: Lower::Kernel("url_encode"),
        summary: "Escapes a text for use in a URL; a blank becomes `+`.",
        example: "url_encode(\"https://www.bing.com/hello world\")",
    },
    Function {
        name: "url_encode_component",
        aliases: &[],
        params: &[Param::one("url", Takes::Exact(Type::String))],
        returns: Returns::Type(Type::String),
        lower: Lower::Kernel("url_encode_component"),
        summary: "Escapes a text for use in a URL; a blank becomes `%20`.",
        example: "url_encode_component(\"hello world\")",
    },
    Function {
        name: "url_decode",
        aliases: &[],
        params: &[Param::one("url", Takes::Exact(Type::String))],
        returns: Returns::Type(Type::String),
        lower: Lower::Kernel("url_decode"),
        summary: "Undoes the escapes of a URL.",
        example: "url_decode(\"https%3a%2f%2fwww.bing.com%2f\")",
    },
    Function {
        name: "parse_url",
        aliases: &["parseurl"],
        params: &[Param::one("url", Takes::Exact(Type::String))],
        returns: Returns::Type(Type::Dynamic),
        lower: Lower::Kernel("parse_url"),
        summary: "Takes a URL apart.",
        example: "parse_url(\"https://user@host:80/path?k=v#part\")",
    },
    Function {
        name: "parse_urlquery",
        aliases: &["parseurlquery"],
        params: &[Param::one("query", Takes::Exact(Type::String))],
        returns: Returns::Type(Type::Dynamic),
        lower: Lower::Kernel("parse_urlquery"),
        summary: "Takes the query of a URL apart.",
        example: "parse_urlquery(\"k1=v1&k2=v2\")",
    },
    Function {
        name: "parse_user_agent",
        aliases: &[],
        params: &[
            Param::one("user_agent", Takes::Exact(Type::String)),
            Param::optional("look_for", Takes::AnyConstant),
        ],
        returns: Returns::Type(Type::Dynamic),
        lower: Lower::Rewrite(parse_user_agent),
        summary: "Reads the browser and the operating system from what a client says about itself.",
        example: "parse_user_agent(\"Mozilla/5.0 (Windows; U) AdobeAIR/2.5.1\", \"browser\")",
    },
    Function {
        name: "parse_ipv4",
        aliases: &[],
        params: &[Param::one("ip", Takes::Exact(Type::String))],
        returns: Returns::Type(Type::Long),
        lower: Lower::Kernel("parse_ipv4"),
        summary: "Reads an IPv4 address as a number; with `/prefix`, the first address of the network.",
        example: "parse_ipv4(\"192.168.1.1/24\")",
    },
    Function {
        name: "parse_ipv4_mask",
        aliases: &[],
        params: &[Param::one("ip", Takes::Exact(Type::String)), Param::one("prefix", Takes::Exact(Type::Long))],
        returns: Returns::Type(Type::Long),
        lower: Lower::Kernel("parse_ipv4_mask"),
        summary: "Reads an IPv4 address as the number of its network's first address.",
        example: "parse_ipv4_mask(\"192.168.1.1\", 24)",
    },
    Function {
        name: "format_ipv4",
        aliases: &[],
        params: &[Param::one("ip", Takes::Any), Param::optional("prefix", Takes::Exact(Type::Long))],
        returns: Returns::Type(Type::String),
        lower: Lower::Rewrite(|args| format_ipv4("format_ipv4", args)),
        summary: "Writes an IPv4 address, given as text or number, as its network's first address.",
        example: "format_ipv4(\"192.168.1.1\", 24)",
    },
    Function {
        name: "format_ipv4_mask",
        aliases: &[],
        params: &[Param::one("ip", Takes::Any), Param::optional("prefix", Takes::Exact(Type::Long))],
        returns: Returns::Type(Type::String),
        lower: Lower::Rewrite(|args| format_ipv4("format_ipv4_mask", args)),
        summary: "Writes the network of an IPv4 address, given as text or number, with its prefix.",
        example: "format_ipv4_mask(\"192.168.1.1\", 24)",
    },
    Function {
        name: "ipv4_compare",
        aliases: &[],
        params: &[
            Param::one("left", Takes::Exact(Type::String)),
            Param::one("right", Takes::Exact(Type::String)),
            Param::optional("prefix", Takes::Exact(Type::Long)),
        ],
        returns: Returns::Type(Type::Long),
        lower: Lower::Kernel("ipv4_compare"),
        summary: "Compares two IPv4 addresses within the shortest of the prefixes: -1, 0 or 1.",
        example: "ipv4_compare(\"192.168.1.1/24\", \"192.168.1.255\")",
    },
    Function {
        name: "ipv4_is_match",
        aliases: &[],
        params: &[
            Param::one("left", Takes::Exact(Type::String)),
            Param::one("right", Takes::Exact(Type::String)),
            Param::optional("prefix", Takes::Exact(Type::Long)),
        ],
        returns: Returns::Type(Type::Bool),
        lower: Lower::Kernel("ipv4_is_match"),
        summary: "Tells whether two IPv4 addresses are equal within the shortest of the prefixes.",
        example: "ipv4_is_match(\"192.168.1.1/24\", \"192.168.1.255\")",
    },
    Function {
        name: "ipv4_is_in_range",
        aliases: &[],
        params: &[Param::one("ip", Takes::Exact(Type::String)), Param::one("range", Takes::Exact(Type::String))],
        returns: Returns::Type(Type::Bool),
        lower: Lower::Kernel("ipv4_is_in_range"),
        summary: "Tells whether an IPv4 address is in a network.",
        example: "ipv4_is_in_range(\"192.168.1.6\", \"192.168.1.1/24\")",
    },
    Function {
        name: "ipv4_is_in_any_range",
        aliases: &[],
        params: &[Param::one("ip", Takes::Exact(Type::String)), Param::many("range", Takes::Any)],
        returns: Returns::Type(Type::Bool),
        lower: Lower::Rewrite(|args| with_list("ipv4_is_in_any_range", args)),
        summary: "Tells whether an IPv4 address is in one of several networks, given one by one or as an array.",
        example: "ipv4_is_in_any_range(\"192.168.1.6\", \"192.168.1.1/24\", \"10.0.0.1/8\")",
    },
    Function {
        name: "ipv4_is_private",
        aliases: &[],
        params: &[Param::one("ip", Takes::Exact(Type::String))],
        returns: Returns::Type(Type::Bool),
        lower: Lower::Kernel("ipv4_is_private"),
        summary: "Tells whether an IPv4 address is in one of the private networks.",
        example: "ipv4_is_private(\"192.168.2.1\")",
    },
    Function {
        name: "ipv4_netmask_suffix",
        aliases: &[],
        params: &[Param::one("ip", Takes::Exact(Type::String))],
        returns: Returns::Type(Type::Long),
        lower: Lower::Kernel("ipv4_netmask_suffix"),
        summary: "Gives the prefix length of an IPv4 address; 32 when none is written.",
        example: "ipv4_netmask_suffix(\"192.168.1.1/24\")",
    },
    Function {
        name: "ipv4_range_to_cidr_list",
        aliases: &[],
        params: &[Param::one("start", Takes::Exact(Type::String)), Param::one("end", Takes::Exact(Type::String))],
        returns: Returns::Type(Type::Dynamic),
        lower: Lower::Kernel("ipv4_range_to_cidr_list"),
        summary: "Covers a range of IPv4 addresses with networks.",
        example: "ipv4_range_to_cidr_list(\"1.1.128.0\", \"1.1.140.255\")",
    },
    Function {
        name: "parse_ipv6",
        aliases: &[],
        params: &[Param::one("ip", Takes::Exact(Type::String))],
        returns: Returns::Type(Type::String),
        lower: Lower::Kernel("parse_ipv6"),
        summary: "Writes an IPv6 or IPv4 address as a full IPv6 address.",
        example: "parse_ipv6(\"127.0.0.1\")",
    },
    Function {
        name: "parse_ipv6_mask",
        aliases: &[],
        params: &[Param::one("ip", Takes::Exact(Type::String)), Param::one("prefix", Takes::Exact(Type::Long))],
        returns: Returns::Type(Type::String),
        lower: Lower::Kernel("parse_ipv6_mask"),
        summary: "Writes the first address of the network of an IPv6 or IPv4 address as a full IPv6 address.",
        example: "parse_ipv6_mask(\"fe80::85d:e82c:9446:7994\", 120)",
    },
    Function {
        name: "ipv6_compare",
        aliases: &[],
        params: &[
            Param::one("left", Takes::Exact(Type::String)),
            Param::one("right", Takes::Exact(Type::String)),
            Param::optional("prefix", Takes::Exact(Type::Long)),
        ],
        returns: Returns::Type(Type::Long),
        lower: Lower::Kernel("ipv6_compare"),
        summary: "Compares two IPv6 or IPv4 addresses within the shortest of the prefixes: -1, 0 or 1.",
        example: "ipv6_compare(\"::ffff:7f00:1\", \"127.0.0.1\")",
    },
    Function {
        name: "ipv6_is_match",
        aliases: &[],
        params: &[
            Param::one("left", Takes::Exact(Type::String)),
            Param::one("right", Takes::Exact(Type::String)),
            Param::optional("prefix", Takes::Exact(Type::Long)),
        ],
        returns: Returns::Type(Type::Bool),
        lower: Lower::Kernel("ipv6_is_match"),
        summary: "Tells whether two IPv6 or IPv4 addresses are equal within the shortest of the prefixes.",
        example: "ipv6_is_match(\"::ffff:7f00:1\", \"127.0.0.1\")",
    },
    Function {
        name: "ipv6_is_in_range",
        aliases: &[],
        params: &[Param::one("ip", Takes::Exact(Type::String)), Param::one("range", Takes::Exact(Type::String))],
        returns: Returns::Type(Type::Bool),
        lower: Lower::Kernel("ipv6_is_in_range"),
        summary: "Tells whether an IPv6 or IPv4 address is in a network.",
        example: "ipv6_is_in_range(\"a5e:f127::1\", \"a5e:f127::/112\")",
    },
    Function {
        name: "ipv6_is_in_any_range",
        aliases: &[],
        params: &[Param::one("ip", Takes::Exact(Type::String)), Param::many("range", Takes::Any)],
        returns: Returns::Type(Type::Bool),
        lower: Lower::Rewrite(|args| with_list("ipv6_is_in_any_range", args)),
        summary: "Tells whether an IPv6 or IPv4 address is in one of several networks, given one by one or as an array.",
        example: "ipv6_is_in_any_range(\"a5e:f127::1\", dynamic([\"a5e:f127::/112\"]))",
    },
    Function {
        name: "has_ipv4",
        aliases: &[],
        params: &[Param::one("text", Takes::Exact(Type::String)), Param::one("ip", Takes::Exact(Type::String))],
        returns: Returns::Type(Type::Bool),
        lower: Lower::Rewrite(|args| with_list("has_any_ipv4", args)),
        summary: "Tells whether a text holds an IPv4 address, between what is neither letter nor digit.",
        example: "has_ipv4(\"05:04:54 127.0.0.1 GET\", \"127.0.0.1\")",
    },
    Function {
        name: "has_any_ipv4",
        aliases: &[],
        params: &[Param::one("text", Takes::Exact(Type::String)), Param::many("ip", Takes::Any)],
        returns: Returns::Type(Type::Bool),
        lower: Lower::Rewrite(|args| with_list("has_any_ipv4", args)),
        summary: "Tells whether a text holds one of several IPv4 addresses, given one by one or as an array.",
        example: "has_any_ipv4(\"05:04:54 127.0.0.1 GET\", \"127.0.0.1\", \"127.0.0.2\")",
    },
    Function {
        name: "has_ipv4_prefix",
        aliases: &[],
        params: &[Param::one("text", Takes::Exact(Type::String)), Param::one("prefix", Takes::Exact(Type::String))],
        returns: Returns::Type(Type::Bool),
        lower: Lower::Rewrite(|args| with_list("has_any_ipv4_prefix", args)),
        summary: "Tells whether a text holds an IPv4 address that starts with a prefix, which ends in a dot.",
        example: "has_ipv4_prefix(\"05:04:54 127.0.0.1 GET\", \"127.0.\")",
    },
    Function {
        name: "has_any_ipv4_prefix",
        aliases: &[],
        params: &[Param::one("text", Takes::Exact(Type::String)), Param::many("prefix", Takes::Any)],
        returns: Returns::Type(Type::Bool),
        lower: Lower::Rewrite(|args| with_list("has_any_ipv4_prefix", args)),
        summary: "Tells whether a text holds an IPv4 address that starts with one of several prefixes, which end in a dot.",
        example: "has_any_ipv4_prefix(\"05:04:54 127.0.0.1 GET\", \"127.0.\", \"192.168.\")",
    },
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
