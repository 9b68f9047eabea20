//! Values as Parquet has them, and what its footers and indexes tell of the least and the greatest.

use datafusion::parquet::data_type::{ByteArray, FixedLenByteArray};
use datafusion::parquet::file::statistics::{Statistics, ValueStatistics};

/// Bytes of a text that are kept as a minimum or maximum.
const MOST_BOUND: usize = 64;

/// A value as Parquet has it.
pub(super) trait Cell: Copy + PartialOrd {
    /// Whether many cells with few values are written by code.
    const HAS_CODES: bool = true;

    /// Appends the value.
    fn put(self, out: &mut Vec<u8>);

    /// Appends many values.
    fn put_all(cells: impl Iterator<Item = Self>, out: &mut Vec<u8>) {
        cells.for_each(|cell| cell.put(out));
    }

    /// How many bytes it takes.
    fn size(self) -> usize {
        size_of::<Self>()
    }

    /// Whether minima and maxima heed it.
    fn is_ordered(self) -> bool {
        true
    }

    /// Both as the footer tells them.
    fn statistics(least: Option<Self>, greatest: Option<Self>, nulls: u64) -> Statistics;

    /// Both as the index of pages tells them.
    fn bounds(least: Self, greatest: Self) -> (Vec<u8>, Vec<u8>) {
        let bytes = |cell: Self| {
            let mut bytes = Vec::new();
            cell.put(&mut bytes);
            bytes
        };
        (bytes(least), bytes(greatest))
    }
}

impl Cell for &[u8] {
    fn put(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&(self.len() as u32).to_le_bytes());
        out.extend_from_slice(self);
    }

    fn size(self) -> usize {
        self.len() + 4
    }

    fn statistics(least: Option<Self>, greatest: Option<Self>, nulls: u64) -> Statistics {
        let (Some(least), Some(greatest)) = (least, greatest) else {
            return Statistics::ByteArray(ValueStatistics::new(None, None, None, Some(nulls), false));
        };
        let (low, high) = Self::bounds(least, greatest);
        let (is_low, is_high) = (low == least, high == greatest);
        let (low, high) = (ByteArray::from(low), ByteArray::from(high));
        let statistics = ValueStatistics::new(Some(low), Some(high), None, Some(nulls), false);
        Statistics::ByteArray(statistics.with_min_is_exact(is_low).with_max_is_exact(is_high))
    }

    fn bounds(least: Self, greatest: Self) -> (Vec<u8>, Vec<u8>) {
        (shortened(least).to_vec(), shortened_above(greatest).unwrap_or_else(|| greatest.to_vec()))
    }
}

/// The beginning of a text, which comes before it.
fn shortened(text: &[u8]) -> &[u8] {
    let mut end = text.len().min(MOST_BOUND);
    // The bytes behind the first one of a character begin with these two bits.
    while end < text.len() && end > 0 && text[end] & 0xc0 == 0x80 {
        end -= 1;
    }
    &text[..end]
}

/// A short text that comes behind a text; none when there is none at hand.
fn shortened_above(text: &[u8]) -> Option<Vec<u8>> {
    if text.len() <= MOST_BOUND {
        return None;
    }
    let short = std::str::from_utf8(shortened(text)).ok()?;
    short.char_indices().rev().find_map(|(at, c)| {
        let next = char::from_u32(u32::from(c) + 1).filter(|next| next.len_utf8() == c.len_utf8())?;
        Some(format!("{}{next}", &short[..at]).into_bytes())
    })
}

impl Cell for i32 {
    fn put(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_le_bytes());
    }

    fn statistics(least: Option<Self>, greatest: Option<Self>, nulls: u64) -> Statistics {
        Statistics::int32(least, greatest, None, Some(nulls), false)
    }
}

impl Cell for i64 {
    fn put(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_le_bytes());
    }

    fn statistics(least: Option<Self>, greatest: Option<Self>, nulls: u64) -> Statistics {
        Statistics::int64(least, greatest, None, Some(nulls), false)
    }
}

impl Cell for f64 {
    fn put(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_le_bytes());
    }

    fn is_ordered(self) -> bool {
        !self.is_nan()
    }

    fn statistics(least: Option<Self>, greatest: Option<Self>, nulls: u64) -> Statistics {
        let (least, greatest) = (least.map(below_zero), greatest.map(above_zero));
        Statistics::double(least, greatest, None, Some(nulls), false)
    }

    fn bounds(least: Self, greatest: Self) -> (Vec<u8>, Vec<u8>) {
        (below_zero(least).to_le_bytes().to_vec(), above_zero(greatest).to_le_bytes().to_vec())
    }
}

/// Both zeros are one number, and bounds hold for both.
fn below_zero(number: f64) -> f64 {
    if number == 0.0 { -0.0 } else { number }
}

fn above_zero(number: f64) -> f64 {
    if number == 0.0 { 0.0 } else { number }
}

impl Cell for i128 {
    fn put(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_be_bytes());
    }

    fn statistics(least: Option<Self>, greatest: Option<Self>, nulls: u64) -> Statistics {
        let bytes = |number: i128| FixedLenByteArray::from(number.to_be_bytes().to_vec());
        let (least, greatest) = (least.map(bytes), greatest.map(bytes));
        Statistics::fixed_len_byte_array(least, greatest, None, Some(nulls), false)
    }
}

impl Cell for bool {
    const HAS_CODES: bool = false;

    fn put(self, out: &mut Vec<u8>) {
        out.push(self.into());
    }

    fn put_all(cells: impl Iterator<Item = Self>, out: &mut Vec<u8>) {
        for (count, cell) in cells.enumerate() {
            if count % 8 == 0 {
                out.push(0);
            }
            if let Some(last) = out.last_mut() {
                *last |= u8::from(cell) << (count % 8);
            }
        }
    }

    fn statistics(least: Option<Self>, greatest: Option<Self>, nulls: u64) -> Statistics {
        Statistics::boolean(least, greatest, None, Some(nulls), false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_of_long_texts_are_short_and_hold() {
        let check = |text: &str, low: &str, high: &str| {
            let (least, greatest) = <&[u8]>::bounds(text.as_bytes(), text.as_bytes());
            assert_eq!((least.as_slice(), greatest.as_slice()), (low.as_bytes(), high.as_bytes()), "{text}");
        };
        check("", "", "");
        let (a63, a64) = ("a".repeat(63), "a".repeat(64));
        check(&a64, &a64, &a64);
        check(&format!("{a64}x"), &a64, &format!("{a63}b"));
        check(&format!("{a63}ä"), &a63, &format!("{}b", "a".repeat(62)));
        check(&format!("{a63}\u{7f}xx"), &format!("{a63}\u{7f}"), &format!("{}b", "a".repeat(62)));
        let top = "\u{10ffff}".repeat(17);
        check(&top, &"\u{10ffff}".repeat(16), &top);
    }
}
