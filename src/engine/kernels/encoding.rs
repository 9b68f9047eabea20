//! Text as bytes and back: base64, gzip, zlib, Punycode, code points, hexadecimal.

use std::io::{Read, Write};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use datafusion::arrow::array::ArrayRef;
use datafusion::common::Result;
use flate2::Compression;
use flate2::read::{MultiGzDecoder, ZlibDecoder};
use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};
use idna::punycode;
use serde_json::Value as Json;
use uuid::Uuid;

use super::args::Text;
use super::cells::{Cell, Cells};
use super::string::written;
use super::{Args, Kernel};
use crate::engine::dynamic;

/// The kernels of this file.
pub(super) const KERNELS: &[Kernel] = &[
    Kernel::new("base64_encode_tostring", |args| map(args, |text| Some(BASE64_STANDARD.encode(text)))),
    Kernel::new("base64_decode_tostring", |args| map(args, |text| String::from_utf8(decode(text)?).ok())),
    Kernel::new("base64_encode_fromarray", base64_encode_fromarray),
    Kernel::new("base64_decode_toarray", base64_decode_toarray),
    Kernel::new("base64_encode_fromguid", base64_encode_fromguid),
    Kernel::new("base64_decode_toguid", base64_decode_toguid),
    Kernel::new("gzip_compress", |args| map(args, |text| gzip(text.as_bytes()))),
    Kernel::new("zlib_compress", |args| map(args, |text| zlib(text.as_bytes()))),
    Kernel::new("gzip_decompress", |args| map(args, |text| read(MultiGzDecoder::new(decode(text)?.as_slice())))),
    Kernel::new("zlib_decompress", |args| map(args, |text| read(ZlibDecoder::new(decode(text)?.as_slice())))),
    Kernel::new("punycode_from_string", |args| map(args, punycode::encode_str)),
    Kernel::new("punycode_to_string", |args| map(args, punycode::decode_to_string)),
    Kernel::new("punycode_domain_from_string", |args| map(args, |domain| labels(domain, decode_label))),
    Kernel::new("punycode_domain_to_string", |args| map(args, |domain| labels(domain, encode_label))),
    Kernel::new("unicode_codepoints_from_string", unicode_codepoints_from_string),
    Kernel::new("unicode_codepoints_to_string", unicode_codepoints_to_string),
    Kernel::new("tohex", tohex),
    Kernel::volatile("new_guid", |args| args.dynamics(|_| Some(Uuid::new_v4().to_string()))),
];

/// A function of one text to text; `None` gives an empty text.
pub(super) fn map(args: &Args, f: impl Fn(&str) -> Option<String>) -> Result<ArrayRef> {
    let texts = args.text(0)?;
    args.strings(|row| f(texts.text(row)))
}

fn decode(text: &str) -> Option<Vec<u8>> {
    BASE64_STANDARD.decode(text).ok()
}

/// The bytes of an array of numbers; `None` when it is no array or one of them is no byte.
fn bytes_of(cell: Option<&str>) -> Option<Vec<u8>> {
    match dynamic::decode(cell?) {
        Json::Array(items) => items.iter().map(|item| u8::try_from(item.as_u64()?).ok()).collect(),
        _ => None,
    }
}

fn base64_encode_fromarray(args: &Args) -> Result<ArrayRef> {
    let cells = args.text(0)?;
    args.strings(|row| bytes_of(cells.get(row)).map(|bytes| BASE64_STANDARD.encode(bytes)))
}

fn base64_decode_toarray(args: &Args) -> Result<ArrayRef> {
    let texts = args.text(0)?;
    args.dynamics(|row| decode(texts.text(row)).map(|bytes| Json::from(bytes).to_string()))
}

/// Guids are written as .NET lays them out in memory: the first three groups with the low byte first.
fn base64_encode_fromguid(args: &Args) -> Result<ArrayRef> {
    map(args, |guid| Some(BASE64_STANDARD.encode(Uuid::try_parse(guid).ok()?.to_bytes_le())))
}

fn base64_decode_toguid(args: &Args) -> Result<ArrayRef> {
    let texts = args.text(0)?;
    args.dynamics(|row| {
        let bytes: [u8; 16] = decode(texts.text(row))?.try_into().ok()?;
        Some(Uuid::from_bytes_le(bytes).to_string())
    })
}

fn read(mut decoder: impl Read) -> Option<String> {
    let mut text = String::new();
    decoder.read_to_string(&mut text).ok()?;
    Some(text)
}

/// The smaller of the two: the fast level, or the bytes as they are when that would make them longer.
fn level(bytes: &[u8]) -> Option<Compression> {
    let mut trial = DeflateEncoder::new(Vec::new(), Compression::fast());
    trial.write_all(bytes).ok()?;
    let shorter = trial.finish().ok()?.len() < bytes.len();
    Some(if shorter { Compression::fast() } else { Compression::none() })
}

fn gzip(bytes: &[u8]) -> Option<String> {
    let mut encoder = GzEncoder::new(Vec::new(), level(bytes)?);
    encoder.write_all(bytes).ok()?;
    let mut out = encoder.finish().ok()?;
    // Two bytes of the header tell of the level and the operating system; they are always the same here.
    if let Some([level, system]) = out.get_mut(8..10) {
        (*level, *system) = (0, 255);
    }
    Some(BASE64_STANDARD.encode(out))
}

fn zlib(bytes: &[u8]) -> Option<String> {
    let mut encoder = ZlibEncoder::new(Vec::new(), level(bytes)?);
    encoder.write_all(bytes).ok()?;
    Some(BASE64_STANDARD.encode(encoder.finish().ok()?))
}

fn labels(domain: &str, convert: fn(&str) -> Option<String>) -> Option<String> {
    let labels: Option<Vec<String>> = domain.split('.').map(convert).collect();
    labels.map(|labels| labels.join("."))
}

fn decode_label(label: &str) -> Option<String> {
    match label.strip_prefix("xn--") {
        Some(encoded) => punycode::decode_to_string(encoded),
        None => Some(label.to_owned()),
    }
}

fn encode_label(label: &str) -> Option<String> {
    if label.is_ascii() {
        return Some(label.to_owned());
    }
    punycode::encode_str(label).map(|encoded| format!("xn--{encoded}"))
}

fn unicode_codepoints_from_string(args: &Args) -> Result<ArrayRef> {
    let texts = args.text(0)?;
    args.dynamics(|row| Some(Json::from_iter(texts.text(row).chars().map(u32::from)).to_string()))
}

/// Takes cells: numbers, or arrays of numbers. What is no code point is left out.
fn unicode_codepoints_to_string(args: &Args) -> Result<ArrayRef> {
    let cells = (0..args.len()).map(|index| args.text(index)).collect::<Result<Vec<Text>>>()?;
    let letter = |item: &Json| item.as_u64().and_then(|code| char::from_u32(code.try_into().ok()?));
    written(args, |row, text| {
        for cell in cells.iter().filter_map(|cells| cells.get(row)) {
            match dynamic::decode(cell) {
                Json::Array(items) => text.extend(items.iter().filter_map(letter)),
                other => text.extend(letter(&other)),
            }
        }
    })
}

/// Negative numbers show the bits of their type.
fn tohex(args: &Args) -> Result<ArrayRef> {
    let numbers = Cells::of(args, 0)?;
    let lengths = if args.len() > 1 { Some(args.longs(1)?) } else { None };
    args.strings(|row| {
        let length = lengths.as_ref().and_then(|lengths| lengths.get(row)).unwrap_or(0);
        let width = usize::try_from(length).unwrap_or(0).min(64);
        match (&numbers, numbers.get(row)?) {
            (Cells::Int(_), Cell::Long(number)) => Some(format!("{:0width$x}", number as i32)),
            (_, Cell::Long(number)) => Some(format!("{number:0width$x}")),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, text};
    use crate::types::Type;
    use crate::value::Value;
    use serde_json::json;

    #[test]
    fn compressed_and_back() {
        let short = || text("1234567890qwertyuiop");
        check("gzip_compress", &[short()], text("H4sIAAAAAAAA/wEUAOv/MTIzNDU2Nzg5MHF3ZXJ0eXVpb3A6m7f2FAAAAA=="));
        check("zlib_compress", &[short()], text("eAEBFADr/zEyMzQ1Njc4OTBxd2VydHl1aW9wOAkGdw=="));
        let long = "to and fro ".repeat(50);
        for text in ["", "ä", long.as_str()] {
            let [gzip, zlib] =
                [super::gzip(text.as_bytes()), super::zlib(text.as_bytes())].map(Option::unwrap_or_default);
            assert!(text.len() < 100 || gzip.len() < 100 && zlib.len() < 100, "{gzip} {zlib}");
            check("gzip_decompress", &[Value::String(gzip)], Value::String(text.to_owned()));
            check("zlib_decompress", &[Value::String(zlib)], Value::String(text.to_owned()));
        }
    }

    #[test]
    fn base64() {
        check("base64_encode_tostring", &[text("Kusto")], text("S3VzdG8="));
        check("base64_decode_tostring", &[text("S3VzdG8=")], text("Kusto"));
        check("base64_decode_tostring", &[text("U3RyaW5n0KHR0tGA0L7Rh9C60LA=")], text(""));
        check("base64_decode_toarray", &[text("S3VzdG8=")], Value::Dynamic(json!([75, 117, 115, 116, 111])));
        check("base64_decode_toarray", &[text("?")], Value::Null(Type::Dynamic));
        check("base64_encode_fromarray", &[Value::Dynamic(json!([75, 300]))], text(""));
        let guid = Value::Guid("ae3133f2-6e22-49ae-b06a-16e6a9b212eb".to_owned());
        check("base64_encode_fromguid", std::slice::from_ref(&guid), text("8jMxriJurkmwahbmqbIS6w=="));
        check("base64_decode_toguid", &[text("8jMxriJurkmwahbmqbIS6w==")], guid);
    }

    #[test]
    fn compression() {
        let packed = "H4sIAAAAAAAA/wEUAOv/MTIzNDU2Nzg5MHF3ZXJ0eXVpb3A6m7f2FAAAAA==";
        check("gzip_decompress", &[text(packed)], text("1234567890qwertyuiop"));
        check("gzip_decompress", &[text("x0x0x0")], text(""));
        check("zlib_decompress", &[text("eJwLSS0uUSguKcrMS1cwNDIGACxqBQ4=")], text("Test string 123"));
    }

    #[test]
    fn letters() {
        check("punycode_from_string", &[text("académie-française")], text("acadmie-franaise-npb1a"));
        check("punycode_to_string", &[text("acadmie-franaise-npb1a")], text("académie-française"));
        check("punycode_domain_from_string", &[text("xn--Ge-mia.Bulg.edu")], text("Gáe.Bulg.edu"));
        check("punycode_domain_to_string", &[text("艺术.com")], text("xn--cqv902d.com"));
        check("unicode_codepoints_from_string", &[text("⒦a")], Value::Dynamic(json!([9382, 97])));
        let codes = [Value::Dynamic(json!(75)), Value::Dynamic(json!([117, 115]))];
        check("unicode_codepoints_to_string", &codes, text("Kus"));
        check("tohex", &[Value::Long(-256)], text("ffffffffffffff00"));
        check("tohex", &[Value::Int(-256), Value::Long(8)], text("ffffff00"));
        check("tohex", &[Value::Long(256), Value::Long(8)], text("00000100"));
    }
}
