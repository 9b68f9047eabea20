//! Avro container files, as the capture of event hubs writes them, as a stream of text: the body of each message, or,
//! in files of anything else, each record as a line of JSON.

use std::collections::HashMap;
use std::io::{Cursor, Error, ErrorKind, Read, Result};

use serde_json::Value as Json;

use super::json::write_text;

/// The first bytes of a file.
const MAGIC: &[u8] = b"Obj\x01";

/// Most bytes of a block of records, packed or unpacked.
const MOST_BLOCK: u64 = 64 << 20;

/// Values nested deeper than this are refused.
const MOST_DEPTH: usize = 64;

/// The parts of a schema that matter for reading.
#[derive(Clone, Debug, PartialEq)]
enum Schema {
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    Text,
    Fixed(usize),
    Enum(Vec<String>),
    Array(Box<Schema>),
    Map(Box<Schema>),
    Union(Vec<Schema>),
    Record(Vec<(String, Schema)>),
    /// A type that was named before.
    Named(String),
}

/// How blocks are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Codec {
    Null,
    Deflate,
    Snappy,
    Zstd,
}

/// The records of a file as text, a line each.
pub(super) struct Records<R> {
    input: R,
    schema: Schema,
    names: HashMap<String, Schema>,
    codec: Codec,
    sync: [u8; 16],
    /// The text of the block that is read.
    out: Cursor<Vec<u8>>,
}

impl<R: Read> Records<R> {
    /// Reads the header.
    pub(super) fn new(mut input: R) -> Result<Self> {
        let mut magic = [0; 4];
        input.read_exact(&mut magic)?;
        if magic != MAGIC {
            return Err(broken("no Avro file"));
        }
        let metadata = header(&mut input)?;
        let mut sync = [0; 16];
        input.read_exact(&mut sync)?;
        let schema = metadata.get("avro.schema").ok_or_else(|| broken("no schema"))?;
        let schema: Json = serde_json::from_slice(schema).map_err(|error| broken(&error.to_string()))?;
        let mut names = HashMap::new();
        let schema = parse(&schema, &mut names, 0)?;
        let codec = match metadata.get("avro.codec").map_or(&b"null"[..], Vec::as_slice) {
            b"null" => Codec::Null,
            b"deflate" => Codec::Deflate,
            b"snappy" => Codec::Snappy,
            b"zstandard" => Codec::Zstd,
            other => return Err(broken(&format!("the codec `{}` is not read", String::from_utf8_lossy(other)))),
        };
        Ok(Self { input, schema, names, codec, sync, out: Cursor::default() })
    }

    /// Reads the next block; false at the end of the file.
    fn block(&mut self) -> Result<bool> {
        let Some(count) = long_or_end(&mut self.input)? else { return Ok(false) };
        let size = bounded(long(&mut self.input)?, MOST_BLOCK)?;
        let mut packed = Vec::new();
        (&mut self.input).take(size as u64).read_to_end(&mut packed)?;
        let mut sync = [0; 16];
        self.input.read_exact(&mut sync)?;
        if packed.len() != size || sync != self.sync {
            return Err(broken("a block does not end where it should"));
        }
        let block = unpack(self.codec, packed)?;
        let mut block = &block[..];
        let mut out = Vec::new();
        for _ in 0..count {
            self.record(&mut block, &mut out)?;
            out.push(b'\n');
        }
        self.out = Cursor::new(out);
        Ok(true)
    }

    fn record(&self, block: &mut &[u8], out: &mut Vec<u8>) -> Result<()> {
        let mut json = String::new();
        let Schema::Record(fields) = &self.schema else {
            self.value(&self.schema, block, &mut json, 0)?;
            out.extend_from_slice(json.as_bytes());
            return Ok(());
        };
        let is_message = fields.iter().any(|(name, schema)| is_body(name, schema));
        for (at, (name, schema)) in fields.iter().enumerate() {
            if is_body(name, schema) {
                if !matches!(schema, Schema::Union(_)) || self.branch(schema, block)? == Some(&Schema::Bytes) {
                    out.extend_from_slice(bytes(block)?);
                }
                continue;
            }
            json.push(if at == 0 { '{' } else { ',' });
            write_text(name, &mut json);
            json.push(':');
            self.value(schema, block, &mut json, 0)?;
        }
        if !is_message {
            json.push_str(if fields.is_empty() { "{}" } else { "}" });
            out.extend_from_slice(json.as_bytes());
        }
        Ok(())
    }

    /// The schema of a union that the next value has.
    fn branch<'s>(&self, schema: &'s Schema, block: &mut &[u8]) -> Result<Option<&'s Schema>> {
        let Schema::Union(branches) = schema else { return Ok(None) };
        let at = usize::try_from(long(block)?).ok();
        at.and_then(|at| branches.get(at)).map(Some).ok_or_else(|| broken("a union without such a branch"))
    }

    /// Appends a value as JSON.
    fn value(&self, schema: &Schema, block: &mut &[u8], out: &mut String, depth: usize) -> Result<()> {
        if depth > MOST_DEPTH {
            return Err(broken("nested too deep"));
        }
        // Values may take no bytes, so their number must be bounded by what they make.
        if out.len() as u64 > MOST_BLOCK {
            return Err(broken("a record of more than 64 MB"));
        }
        match schema {
            Schema::Null => out.push_str("null"),
            Schema::Boolean => out.push_str(if byte(block)? == 0 { "false" } else { "true" }),
            Schema::Int | Schema::Long => out.push_str(&long(block)?.to_string()),
            Schema::Float => write_real(f64::from(f32::from_le_bytes(array(block)?)), out),
            Schema::Double => write_real(f64::from_le_bytes(array(block)?), out),
            Schema::Bytes | Schema::Text => write_text(&String::from_utf8_lossy(bytes(block)?), out),
            Schema::Fixed(size) => write_text(&String::from_utf8_lossy(take(block, *size)?), out),
            Schema::Enum(symbols) => {
                let at = usize::try_from(long(block)?).ok();
                let symbol =
                    at.and_then(|at| symbols.get(at)).ok_or_else(|| broken("an enum without such a symbol"))?;
                write_text(symbol, out);
            }
            Schema::Array(element) => {
                out.push('[');
                self.blocks(block, out, |block, out| self.value(element, block, out, depth + 1))?;
                out.push(']');
            }
            Schema::Map(element) => {
                out.push('{');
                self.blocks(block, out, |block, out| {
                    write_text(&String::from_utf8_lossy(bytes(block)?), out);
                    out.push(':');
                    self.value(element, block, out, depth + 1)
                })?;
                out.push('}');
            }
            Schema::Union(_) => {
                let Some(branch) = self.branch(schema, block)? else { return Ok(()) };
                self.value(branch, block, out, depth + 1)?;
            }
            Schema::Record(fields) => {
                out.push('{');
                for (at, (name, schema)) in fields.iter().enumerate() {
                    if at > 0 {
                        out.push(',');
                    }
                    write_text(name, out);
                    out.push(':');
                    self.value(schema, block, out, depth + 1)?;
                }
                out.push('}');
            }
            Schema::Named(name) => {
                let schema = self.names.get(name).ok_or_else(|| broken("a type without declaration"))?;
                self.value(schema, block, out, depth + 1)?;
            }
        }
        Ok(())
    }

    /// The elements of an array or map, which come in blocks.
    fn blocks(
        &self,
        block: &mut &[u8],
        out: &mut String,
        each: impl Fn(&mut &[u8], &mut String) -> Result<()>,
    ) -> Result<()> {
        let mut is_first = true;
        loop {
            let count = match long(block)? {
                0 => return Ok(()),
                // A negative count is followed by the size in bytes.
                count if count < 0 => {
                    long(block)?;
                    count.unsigned_abs()
                }
                count => count.unsigned_abs(),
            };
            for _ in 0..count {
                if !std::mem::take(&mut is_first) {
                    out.push(',');
                }
                each(block, out)?;
            }
        }
    }
}

impl<R: Read> Read for Records<R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize> {
        loop {
            let count = self.out.read(buffer)?;
            if count > 0 || buffer.is_empty() || !self.block()? {
                return Ok(count);
            }
        }
    }
}

/// Whether a field is the body of a message.
fn is_body(name: &str, schema: &Schema) -> bool {
    let is_bytes = match schema {
        Schema::Union(branches) => branches.contains(&Schema::Bytes),
        schema => *schema == Schema::Bytes,
    };
    name == "Body" && is_bytes
}

fn header(input: &mut impl Read) -> Result<HashMap<String, Vec<u8>>> {
    let mut metadata = HashMap::new();
    loop {
        let count = match long(input)? {
            0 => return Ok(metadata),
            count if count < 0 => {
                long(input)?;
                count.unsigned_abs()
            }
            count => count.unsigned_abs(),
        };
        for _ in 0..count {
            let (key, value) = (owned(input)?, owned(input)?);
            metadata.insert(String::from_utf8_lossy(&key).into_owned(), value);
        }
    }
}

fn owned(input: &mut impl Read) -> Result<Vec<u8>> {
    let size = bounded(long(input)?, 1 << 20)?;
    let mut bytes = vec![0; size];
    input.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn unpack(codec: Codec, packed: Vec<u8>) -> Result<Vec<u8>> {
    let mut block = Vec::new();
    let mut limited = |unpacked: &mut dyn Read| -> Result<()> {
        let read = unpacked.take(MOST_BLOCK + 1).read_to_end(&mut block)?;
        if read as u64 > MOST_BLOCK { Err(broken("a block of more than 64 MB")) } else { Ok(()) }
    };
    match codec {
        Codec::Null => return Ok(packed),
        Codec::Deflate => limited(&mut flate2::read::DeflateDecoder::new(&packed[..]))?,
        Codec::Zstd => limited(&mut zstd::stream::read::Decoder::new(&packed[..])?)?,
        Codec::Snappy => {
            // Behind the block stand four bytes of a checksum.
            let packed = packed.split_last_chunk::<4>().map_or(&packed[..], |(packed, _)| packed);
            let size = snap::raw::decompress_len(packed).map_err(|error| broken(&error.to_string()))?;
            bounded(size as i64, MOST_BLOCK)?;
            return snap::raw::Decoder::new().decompress_vec(packed).map_err(|error| broken(&error.to_string()));
        }
    }
    Ok(block)
}

fn parse(schema: &Json, names: &mut HashMap<String, Schema>, depth: usize) -> Result<Schema> {
    if depth > MOST_DEPTH {
        return Err(broken("a schema that is nested too deep"));
    }
    let parse = |schema: &Json, names: &mut HashMap<String, Schema>| parse(schema, names, depth + 1);
    match schema {
        Json::String(name) => Ok(primitive(name).unwrap_or_else(|| Schema::Named(short(name).to_owned()))),
        Json::Array(branches) => {
            let branches = branches.iter().map(|branch| parse(branch, names));
            Ok(Schema::Union(branches.collect::<Result<_>>()?))
        }
        Json::Object(object) => {
            let text = |name: &str| object.get(name).and_then(Json::as_str);
            let part = |name: &str| object.get(name).ok_or_else(|| broken(&format!("a schema without `{name}`")));
            let declared = match text("type") {
                Some("record") => {
                    let fields = part("fields")?.as_array().cloned().unwrap_or_default();
                    let field = |field: &Json| {
                        let name = field.get("name").and_then(Json::as_str).unwrap_or_default();
                        let ty = field.get("type").ok_or_else(|| broken("a field without a type"))?;
                        Ok((name.to_owned(), parse(ty, names)?))
                    };
                    Schema::Record(fields.iter().map(field).collect::<Result<_>>()?)
                }
                Some("enum") => {
                    let symbols = part("symbols")?.as_array().cloned().unwrap_or_default();
                    Schema::Enum(symbols.iter().map(|name| name.as_str().unwrap_or_default().to_owned()).collect())
                }
                Some("fixed") => Schema::Fixed(bounded(part("size")?.as_i64().unwrap_or(-1), MOST_BLOCK)?),
                Some("array") => return Ok(Schema::Array(Box::new(parse(part("items")?, names)?))),
                Some("map") => return Ok(Schema::Map(Box::new(parse(part("values")?, names)?))),
                _ => return parse(part("type")?, names),
            };
            if let Some(name) = text("name") {
                names.insert(short(name).to_owned(), declared.clone());
            }
            Ok(declared)
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => Err(broken("a schema that is none")),
    }
}

/// A name without its namespace.
fn short(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

fn primitive(name: &str) -> Option<Schema> {
    Some(match name {
        "null" => Schema::Null,
        "boolean" => Schema::Boolean,
        "int" => Schema::Int,
        "long" => Schema::Long,
        "float" => Schema::Float,
        "double" => Schema::Double,
        "bytes" => Schema::Bytes,
        "string" => Schema::Text,
        _ => return None,
    })
}

fn write_real(number: f64, out: &mut String) {
    match number.is_finite() {
        true => out.push_str(&number.to_string()),
        false => out.push_str("null"),
    }
}

fn byte(block: &mut &[u8]) -> Result<u8> {
    Ok(take(block, 1)?[0])
}

fn array<const N: usize>(block: &mut &[u8]) -> Result<[u8; N]> {
    let mut array = [0; N];
    array.copy_from_slice(take(block, N)?);
    Ok(array)
}

fn bytes<'b>(block: &mut &'b [u8]) -> Result<&'b [u8]> {
    let size = bounded(long(block)?, MOST_BLOCK)?;
    take(block, size)
}

fn take<'b>(block: &mut &'b [u8], size: usize) -> Result<&'b [u8]> {
    let (taken, rest) = block.split_at_checked(size).ok_or_else(|| broken("a block that ends too early"))?;
    *block = rest;
    Ok(taken)
}

fn bounded(size: i64, most: u64) -> Result<usize> {
    let size = u64::try_from(size).ok().filter(|size| *size <= most).and_then(|size| usize::try_from(size).ok());
    size.ok_or_else(|| broken("a size that cannot be"))
}

/// A whole number in zigzag form.
fn long(input: &mut impl Read) -> Result<i64> {
    long_or_end(input)?.ok_or_else(|| broken("a block that ends too early"))
}

/// The same; nothing when the input ends before it.
fn long_or_end(input: &mut impl Read) -> Result<Option<i64>> {
    let (mut number, mut shift) = (0u64, 0);
    loop {
        let mut byte = [0];
        if input.read(&mut byte)? == 0 {
            return if shift == 0 { Ok(None) } else { Err(broken("a block that ends too early")) };
        }
        number |= u64::from(byte[0] & 0x7f).checked_shl(shift).unwrap_or_default();
        shift += 7;
        if byte[0] & 0x80 == 0 {
            return Ok(Some((number >> 1) as i64 ^ -((number & 1) as i64)));
        }
        if shift > 63 {
            return Err(broken("a number that cannot be"));
        }
    }
}

fn broken(reason: &str) -> Error {
    Error::new(ErrorKind::InvalidData, format!("the Avro file is broken: {reason}"))
}
