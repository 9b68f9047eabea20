//! The cells of a column in the order that is wanted: each different value once, and which of them each row has.

use std::hash::BuildHasher;

use datafusion::arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, AsArray, BooleanArray, PrimitiveArray, RecordBatch, StringArray,
    StringViewArray,
};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::UInt16Type;
use datafusion::parquet::errors::{ParquetError, Result};
use hashbrown::{DefaultHashBuilder, HashTable};

use super::RowPlace;
use crate::ingest::runs::{Places, values_of};

/// The cells of a column.
pub(super) struct Gathered<V> {
    /// The values, and where they are many, maybe some of them twice.
    pub(super) values: Vec<V>,
    /// Of each row that has a value, which.
    pub(super) codes: Vec<u32>,
    /// Which rows have a value; none when all have.
    pub(super) present: Option<Vec<bool>>,
    /// Whether each value is there once, and all of them are few. Where nearly each row has a text of its own, nobody looks.
    pub(super) is_distinct: bool,
}

/// Bytes of texts that are worth a dictionary.
const DICTIONARY_BYTES: usize = 1 << 20;

/// Numbers that are worth a dictionary.
const DICTIONARY_NUMBERS: usize = 1 << 14;

/// Numbers by which it is told whether they repeat themselves.
const TRIED: usize = 2_048;

impl<V> Gathered<V> {
    fn new(rows: usize) -> Self {
        Self { values: Vec::new(), codes: Vec::with_capacity(rows), present: None, is_distinct: true }
    }

    #[inline]
    fn push(&mut self, code: u32, count: usize) {
        match count {
            1 => self.codes.push(code),
            _ => self.codes.extend(std::iter::repeat_n(code, count)),
        }
        if let Some(present) = &mut self.present {
            present.extend(std::iter::repeat_n(true, count));
        }
    }

    fn push_nothing(&mut self, count: usize) {
        let rows = self.codes.len();
        let present = self.present.get_or_insert_with(|| vec![true; rows]);
        present.extend(std::iter::repeat_n(false, count));
    }
}

/// The texts of a column in one batch.
enum Texts<'b> {
    Coded { codes: &'b [u16], nulls: Option<&'b NullBuffer>, values: &'b StringArray, known: Vec<u32> },
    Plain { texts: &'b StringViewArray, last: Option<(u128, u32)> },
}

/// A code that is not known yet.
const UNKNOWN: u32 = u32::MAX;

/// Gathers a column of texts.
pub(super) fn texts<'b>(batches: &'b [RecordBatch], column: usize, places: &[RowPlace]) -> Result<Gathered<&'b [u8]>> {
    let mut sources: Vec<(Texts<'b>, Places<'b>)> = sources(batches, column, Texts::of)?;
    let mut gathered = Gathered::new(places.len());
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    let texts = sources.iter().map(|(texts, _)| texts.distinct());
    gathered.is_distinct = texts.sum::<usize>() * 4 <= rows * 3;
    let mut known = Interner { by_text: HashTable::new(), hasher: DefaultHashBuilder::default(), bytes: 0 };
    each_value(&mut sources, places, |texts, at, count| match texts {
        Texts::Coded { nulls: Some(nulls), .. } if nulls.is_null(at) => gathered.push_nothing(count),
        Texts::Coded { codes, values, known: codes_of, .. } => {
            let code = usize::from(codes[at]);
            if codes_of[code] == UNKNOWN {
                codes_of[code] = known.intern(values.value(code).as_bytes(), &mut gathered);
            }
            gathered.push(codes_of[code], count);
        }
        Texts::Plain { texts, .. } if texts.is_null(at) => gathered.push_nothing(count),
        Texts::Plain { texts, last } => {
            let view = texts.views()[at];
            let code = match *last {
                Some((known, code)) if known == view => code,
                _ => known.intern(texts.value(at).as_bytes(), &mut gathered),
            };
            *last = Some((view, code));
            gathered.push(code, count);
        }
    });
    Ok(gathered)
}

impl<'b> Texts<'b> {
    /// How many different texts there are, as far as that is known.
    fn distinct(&self) -> usize {
        match self {
            Texts::Coded { values, .. } => values.len(),
            Texts::Plain { .. } => 0,
        }
    }

    fn of(array: &'b ArrayRef) -> Result<Self> {
        if let Some(texts) = array.as_string_view_opt() {
            return Ok(Texts::Plain { texts, last: None });
        }
        let coded = array.as_dictionary_opt::<UInt16Type>();
        let parts = coded.and_then(|coded| Some((coded.keys(), coded.values().as_string_opt::<i32>()?)));
        let (keys, values) = parts.ok_or_else(|| unexpected(array))?;
        let nulls = keys.nulls().filter(|nulls| nulls.null_count() > 0);
        Ok(Texts::Coded { codes: keys.values(), nulls, values, known: vec![UNKNOWN; values.len()] })
    }
}

/// Texts and their codes.
struct Interner {
    by_text: HashTable<(u64, u32)>,
    hasher: DefaultHashBuilder,
    bytes: usize,
}

impl Interner {
    fn intern<'b>(&mut self, text: &'b [u8], into: &mut Gathered<&'b [u8]>) -> u32 {
        let code = into.values.len() as u32;
        if !into.is_distinct {
            into.values.push(text);
            return code;
        }
        let hash = self.hasher.hash_one(text);
        if let Some((_, code)) =
            self.by_text.find(hash, |(known, code)| *known == hash && into.values[*code as usize] == text)
        {
            return *code;
        }
        self.by_text.insert_unique(hash, (hash, code), |(hash, _)| *hash);
        into.values.push(text);
        self.bytes += text.len() + 4;
        into.is_distinct = self.bytes <= DICTIONARY_BYTES;
        code
    }
}

/// Gathers a column of numbers; two are the same when their bits are.
pub(super) fn numbers<T: ArrowPrimitiveType>(
    batches: &[RecordBatch],
    column: usize,
    places: &[RowPlace],
    bits: impl Fn(T::Native) -> u128,
) -> Result<Gathered<T::Native>> {
    let of = |array: &'_ ArrayRef| array.as_primitive_opt::<T>().cloned().ok_or_else(|| unexpected(array));
    let mut sources: Vec<(PrimitiveArray<T>, Places<'_>)> = sources(batches, column, of)?;
    let mut gathered = Gathered::new(places.len());
    let mut by_number: HashTable<u32> = HashTable::new();
    let mut last = None;
    each_value(&mut sources, places, |source, at, count| {
        if source.is_null(at) {
            return gathered.push_nothing(count);
        }
        let number = source.value(at);
        let number_bits = bits(number);
        let new = gathered.values.len() as u32;
        let code = match last {
            Some((known, code)) if known == number_bits => code,
            _ if gathered.is_distinct => {
                let is_it = |code: &u32| bits(gathered.values[*code as usize]) == number_bits;
                match by_number.find(mixed(number_bits), is_it) {
                    Some(code) => *code,
                    None => {
                        let values = &gathered.values;
                        by_number.insert_unique(mixed(number_bits), new, |code| mixed(bits(values[*code as usize])));
                        gathered.values.push(number);
                        let (count, rows) = (gathered.values.len(), gathered.codes.len());
                        gathered.is_distinct = count <= DICTIONARY_NUMBERS && (rows < TRIED || count * 2 <= rows);
                        new
                    }
                }
            }
            _ => {
                gathered.values.push(number);
                new
            }
        };
        last = Some((number_bits, code));
        gathered.push(code, count);
    });
    Ok(gathered)
}

/// Gathers a column of truth values.
pub(super) fn truths(batches: &[RecordBatch], column: usize, places: &[RowPlace]) -> Result<Gathered<bool>> {
    let of = |array: &'_ ArrayRef| array.as_boolean_opt().cloned().ok_or_else(|| unexpected(array));
    let mut sources: Vec<(BooleanArray, Places<'_>)> = sources(batches, column, of)?;
    let mut gathered = Gathered { values: vec![false, true], ..Gathered::new(places.len()) };
    each_value(&mut sources, places, |source, at, count| match source.is_null(at) {
        true => gathered.push_nothing(count),
        false => gathered.push(source.value(at).into(), count),
    });
    Ok(gathered)
}

/// The values of a column in each batch, and which of them its rows have.
fn sources<'b, S>(
    batches: &'b [RecordBatch],
    column: usize,
    of: impl Fn(&'b ArrayRef) -> Result<S>,
) -> Result<Vec<(S, Places<'b>)>> {
    let source = |batch: &'b RecordBatch| {
        let (values, ends) = values_of(batch.column(column));
        Ok((of(values)?, Places::new(ends)))
    };
    batches.iter().map(source).collect()
}

/// Calls for the value of each row, once for rows behind each other that share one because it lasts: with the values of
/// its batch, which of them it is, and for how many rows.
#[inline]
fn each_value<S>(sources: &mut [(S, Places<'_>)], rows: &[RowPlace], mut call: impl FnMut(&mut S, usize, usize)) {
    let mut rest = rows;
    while let [(batch, row), others @ ..] = rest {
        let (source, places) = &mut sources[*batch as usize];
        let at = places.of(*row as usize);
        let lasting = others.iter().take_while(|(other, row)| other == batch && places.lasts(*row as usize)).count();
        call(source, at, 1 + lasting);
        rest = &others[lasting..];
    }
}

fn unexpected(array: &dyn Array) -> ParquetError {
    ParquetError::General(format!("a column of {}, which is not that of the file", array.data_type()))
}

/// Spreads the bits of a number over all 64.
fn mixed(bits: u128) -> u64 {
    let bits = bits as u64 ^ (bits >> 64) as u64;
    let bits = (bits ^ (bits >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits ^ (bits >> 29)
}
