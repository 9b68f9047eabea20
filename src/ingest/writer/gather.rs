//! The cells of a column in the order that is wanted: each different value once, and which of them each row has.

use std::hash::BuildHasher;

use datafusion::arrow::array::{
    Array, ArrowPrimitiveType, AsArray, BooleanArray, PrimitiveArray, RecordBatch, StringArray, StringViewArray,
};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::datatypes::UInt16Type;
use datafusion::parquet::errors::{ParquetError, Result};
use hashbrown::{DefaultHashBuilder, HashTable};

use super::RowPlace;

/// The cells of a column.
pub(super) struct Gathered<V> {
    /// The values, and where they are many, maybe some of them twice.
    pub(super) values: Vec<V>,
    /// Of each row that has a value, which.
    pub(super) codes: Vec<u32>,
    /// Which rows have a value; none when all have.
    pub(super) present: Option<Vec<bool>>,
    /// Whether each value is there once, and all of them are few.
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

    fn push(&mut self, code: u32) {
        self.codes.push(code);
        if let Some(present) = &mut self.present {
            present.push(true);
        }
    }

    fn push_nothing(&mut self) {
        let rows = self.codes.len();
        self.present.get_or_insert_with(|| vec![true; rows]).push(false);
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
    let mut sources: Vec<Texts<'b>> =
        batches.iter().map(|batch| Texts::of(batch.column(column).as_ref())).collect::<Result<_>>()?;
    let mut gathered = Gathered::new(places.len());
    let mut known = Interner { by_text: HashTable::new(), hasher: DefaultHashBuilder::default(), bytes: 0 };
    for (batch, row) in places {
        let row = *row as usize;
        match &mut sources[*batch as usize] {
            Texts::Coded { nulls: Some(nulls), .. } if nulls.is_null(row) => gathered.push_nothing(),
            Texts::Coded { codes, values, known: codes_of, .. } => {
                let code = usize::from(codes[row]);
                if codes_of[code] == UNKNOWN {
                    codes_of[code] = known.intern(values.value(code).as_bytes(), &mut gathered);
                }
                gathered.push(codes_of[code]);
            }
            Texts::Plain { texts, .. } if texts.is_null(row) => gathered.push_nothing(),
            Texts::Plain { texts, last } => {
                let view = texts.views()[row];
                let code = match *last {
                    Some((known, code)) if known == view => code,
                    _ => known.intern(texts.value(row).as_bytes(), &mut gathered),
                };
                *last = Some((view, code));
                gathered.push(code);
            }
        }
    }
    Ok(gathered)
}

impl<'b> Texts<'b> {
    fn of(array: &'b dyn Array) -> Result<Self> {
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
    let of = |batch: &'_ RecordBatch| batch.column(column).as_primitive_opt::<T>().cloned();
    let sources: Vec<PrimitiveArray<T>> = batches
        .iter()
        .map(|batch| of(batch).ok_or_else(|| unexpected(batch.column(column).as_ref())))
        .collect::<Result<_>>()?;
    let mut gathered = Gathered::new(places.len());
    let mut by_number: HashTable<u32> = HashTable::new();
    let mut last = None;
    for (batch, row) in places {
        let (source, row) = (&sources[*batch as usize], *row as usize);
        if source.is_null(row) {
            gathered.push_nothing();
            continue;
        }
        let number = source.value(row);
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
        gathered.push(code);
    }
    Ok(gathered)
}

/// Gathers a column of truth values.
pub(super) fn truths(batches: &[RecordBatch], column: usize, places: &[RowPlace]) -> Result<Gathered<bool>> {
    let of = |batch: &'_ RecordBatch| batch.column(column).as_boolean_opt().cloned();
    let sources: Vec<BooleanArray> = batches
        .iter()
        .map(|batch| of(batch).ok_or_else(|| unexpected(batch.column(column).as_ref())))
        .collect::<Result<_>>()?;
    let mut gathered = Gathered { values: vec![false, true], ..Gathered::new(places.len()) };
    for (batch, row) in places {
        let (source, row) = (&sources[*batch as usize], *row as usize);
        match source.is_null(row) {
            true => gathered.push_nothing(),
            false => gathered.push(source.value(row).into()),
        }
    }
    Ok(gathered)
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
