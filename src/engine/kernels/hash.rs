//! Hashes, over the same bytes as Kusto's.

use datafusion::arrow::array::ArrayRef;
use datafusion::arrow::datatypes::Int64Type;
use datafusion::common::{Result, internal_err};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use twox_hash::XxHash64;

use super::cells::{Cell, Cells};
use super::conversion::dotnet_ticks;
use super::{Args, Kernel};
use crate::value::NANOS_PER_TICK;

/// The kernels of this file.
pub(super) const KERNELS: &[Kernel] = &[
    Kernel::new("hash", hash),
    Kernel::new("hash_md5", digest::<Md5>),
    Kernel::new("hash_sha1", digest::<Sha1>),
    Kernel::new("hash_sha256", digest::<Sha256>),
];

/// xxHash with 64 bits: text over its bytes, times and whole numbers over the 8 bytes of their ticks or value.
fn hash_of(cell: &Cell) -> Option<u64> {
    let number = match cell {
        Cell::Text(text) => return Some(XxHash64::oneshot(0, text.as_bytes())),
        Cell::Long(number) => *number,
        Cell::DateTime(nanos) => dotnet_ticks(*nanos),
        Cell::TimeSpan(nanos) => nanos.div_euclid(NANOS_PER_TICK),
        Cell::Bool(_) | Cell::Real(_) | Cell::Decimal(_) | Cell::Json(_) => return None,
    };
    Some(XxHash64::oneshot(0, &number.to_le_bytes()))
}

fn hash(args: &Args) -> Result<ArrayRef> {
    let cells = Cells::of(args, 0)?;
    if matches!(cells, Cells::Bool(_) | Cells::Int(_) | Cells::Real(_) | Cells::Decimal(_)) {
        return internal_err!("`hash` got {}", args.data_type(0));
    }
    let moduli = if args.len() > 1 { Some(args.longs(1)?) } else { None };
    args.values::<Int64Type>(|row| {
        let hash = hash_of(&cells.get(row)?)?;
        match &moduli {
            None => Some(hash.cast_signed()),
            Some(moduli) => {
                let modulus = u64::try_from(moduli.get(row)?).ok()?;
                hash.checked_rem(modulus).map(u64::cast_signed)
            }
        }
    })
}

/// A cryptographic hash of text, in hexadecimal.
fn digest<D: Digest>(args: &Args) -> Result<ArrayRef> {
    let texts = args.text(0)?;
    args.strings(|row| {
        let bytes = D::digest(texts.text(row).as_bytes());
        let mut hex = String::with_capacity(2 * bytes.len());
        for byte in bytes.iter() {
            hex.extend([byte >> 4, byte & 15].map(|half| char::from_digit(half.into(), 16).unwrap_or('0')));
        }
        Some(hex)
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{check, text};
    use crate::value::{Value, parse_datetime};

    #[test]
    fn xxhash() {
        check("hash", &[text("World")], Value::Long(1_846_988_464_401_551_951));
        check("hash", &[text("World"), Value::Long(100)], Value::Long(51));
        let date = Value::DateTime(parse_datetime("2015-01-01").unwrap_or_default());
        check("hash", &[date], Value::Long(1_380_966_698_541_616_202));
    }

    #[test]
    fn digests() {
        check("hash_md5", &[text("World")], text("f5a7924e621e84c9280a9a27e1bcb7f6"));
        check("hash_sha1", &[text("World")], text("70c07ec18ef89c5309bbb0937f3a6342411e1fdd"));
        let sha256 = "78ae647dc5544d227130a0682a51e30bc7777fbb6d8a8f17007463a3ecd1d524";
        check("hash_sha256", &[text("World")], text(sha256));
    }
}
