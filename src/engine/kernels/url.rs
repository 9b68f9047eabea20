//! URLs: encoding, decoding, taking apart.

use serde_json::{Map, Value as Json, json};

use super::Kernel;
use super::encoding;
use super::parse::map;

/// The kernels of this file.
pub(super) const KERNELS: &[Kernel] = &[
    Kernel::new("url_encode", |args| encoding::map(args, |text| Some(encode(text, b"-_.!*()", "+")))),
    Kernel::new("url_encode_component", |args| encoding::map(args, |text| Some(encode(text, b"-_.~", "%20")))),
    Kernel::new("url_decode", |args| encoding::map(args, |text| Some(decode(text)))),
    Kernel::new("parse_url", |args| map(args, parse_url)),
    Kernel::new("parse_urlquery", |args| map(args, |text| json!({ QUERY: query(text) }))),
];

const QUERY: &str = "Query Parameters";

/// Escapes all bytes but ASCII letters, digits and the `safe` ones; hexadecimal digits are lower case, as in .NET.
fn encode(text: &str, safe: &[u8], blank: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || safe.contains(&byte) {
            encoded.push(char::from(byte));
        } else if byte == b' ' {
            encoded.push_str(blank);
        } else {
            encoded.push_str(&format!("%{byte:02x}"));
        }
    }
    encoded
}

/// Undoes [`encode`]; what is no escape stays.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).and_then(|&b| char::from(b).to_digit(16)).map(|digit| digit as u8);
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(high * 16 + low);
                at += 2;
            }
            (b'+', ..) => decoded.push(b' '),
            (other, ..) => decoded.push(other),
        }
        at += 1;
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn query(text: &str) -> Json {
    let pairs = text.trim_start_matches('?').split('&').filter(|pair| !pair.is_empty());
    let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    Json::Object(pairs.map(|(name, value)| (name.to_owned(), Json::from(value))).collect::<Map<_, _>>())
}

fn parse_url(url: &str) -> Json {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (rest, parameters) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = match rest.find('/') {
        Some(at) if !scheme.is_empty() => rest.split_at(at),
        _ if scheme.is_empty() => ("", rest),
        _ => (rest, ""),
    };
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let (user, password) = user.split_once(':').unwrap_or((user, ""));
    // Colons inside of brackets belong to an IPv6 address.
    let port_at = host.rfind(':').filter(|&at| !host[at..].contains(']'));
    let (host, port) = port_at.map_or((host, ""), |at| (&host[..at], &host[at + 1..]));
    json!({
        "Scheme": scheme,
        "Host": host,
        "Port": port,
        "Path": path,
        "Username": user,
        "Password": password,
        QUERY: query(parameters),
        "Fragment": fragment,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, text};
    use crate::value::Value;
    use serde_json::json;

    #[test]
    fn encoding() {
        let url = text("https://www.bing.com/hello world/é");
        check("url_encode", std::slice::from_ref(&url), text("https%3a%2f%2fwww.bing.com%2fhello+world%2f%c3%a9"));
        check(
            "url_encode_component",
            std::slice::from_ref(&url),
            text("https%3a%2f%2fwww.bing.com%2fhello%20world%2f%c3%a9"),
        );
        check("url_decode", &[text("https%3A%2f%2fwww.bing.com%2fhello+world%2f%c3%a9")], url);
        check("url_decode", &[text("100%, 5%2")], text("100%, 5%2"));
    }

    #[test]
    fn parts() {
        let parts = |url: &str, expected| check("parse_url", &[text(url)], Value::Dynamic(expected));
        parts(
            "scheme://user:pass@host:1234/this/is?k1=v1&k2=#frag",
            json!({"Scheme": "scheme", "Host": "host", "Port": "1234", "Path": "/this/is", "Username": "user",
                "Password": "pass", "Query Parameters": {"k1": "v1", "k2": ""}, "Fragment": "frag"}),
        );
        parts(
            "http://[::1]/",
            json!({"Scheme": "http", "Host": "[::1]", "Port": "", "Path": "/", "Username": "", "Password": "",
                "Query Parameters": {}, "Fragment": ""}),
        );
        let expected = Value::Dynamic(json!({"Query Parameters": {"a": "1", "b": "2=3"}}));
        check("parse_urlquery", &[text("a=1&b=2=3")], expected);
    }
}
