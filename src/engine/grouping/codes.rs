//! Small numbers for the values of one column: equal values have equal codes, in order of appearance.
//!
//! Logs repeat themselves. Text that a Parquet file holds by dictionary arrives as views of one place in memory, so a
//! view that was met before in a batch needs no look at its text at all.

use std::hash::BuildHasher;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, DictionaryArray, Int32Array, Int64Array, StringArray, StringViewArray,
    StringViewBuilder, make_array,
};
use datafusion::arrow::datatypes::{
    DataType, DurationNanosecondType, Int32Type, Int64Type, TimeUnit, TimestampNanosecondType,
};
use datafusion::common::{Result, internal_err};
use hashbrown::{DefaultHashBuilder, HashTable};

use crate::engine::coded::is_same;

/// Gives codes to the values of a column, batch by batch.
pub(in crate::engine) trait Codes: Send {
    /// Writes the code of each row.
    fn encode(&mut self, array: &ArrayRef, codes: &mut Vec<u32>) -> Result<()>;

    /// The values, by code; forgets them.
    fn take(&mut self) -> Result<ArrayRef>;

    /// How many values have a code.
    fn len(&self) -> usize;

    /// The memory in use.
    fn size(&self) -> usize;
}

/// Whether values of a type can have codes.
pub(super) fn has_codes(data_type: &DataType) -> bool {
    use DataType::{Boolean, Duration, Int32, Int64, Timestamp, Utf8View};
    matches!(
        data_type,
        Utf8View | Boolean | Int32 | Int64 | Timestamp(TimeUnit::Nanosecond, _) | Duration(TimeUnit::Nanosecond)
    )
}

/// The codes for a type that [`has_codes`].
pub(super) fn codes_of(data_type: &DataType) -> Box<dyn Codes> {
    match data_type {
        DataType::Utf8View => Box::new(Texts::default()),
        other => Box::new(Numbers::new(other.clone())),
    }
}

/// The code of null among the rest, given when it is first met.
type NullCode = Option<u32>;

/// A place of a table that remembers only the last key that fell on it.
#[derive(Clone, Copy, Default)]
struct Recent<K> {
    key: K,
    /// One more than the code, and 0 where nothing is remembered.
    code: u32,
}

/// How many keys are remembered, as a power of two.
const RECENT_BITS: u32 = 9;

/// A number that scatters keys over the places.
const SCATTER: u64 = 0x9E37_79B9_7F4A_7C15;

fn place(key: u64) -> usize {
    (key.wrapping_mul(SCATTER) >> (64 - RECENT_BITS)) as usize
}

struct Numbers {
    data_type: DataType,
    values: Vec<i64>,
    null: NullCode,
    table: HashTable<u32>,
    recent: Vec<Recent<i64>>,
    hasher: DefaultHashBuilder,
}

impl Numbers {
    fn new(data_type: DataType) -> Self {
        let recent = vec![Recent::default(); 1 << RECENT_BITS];
        Self {
            data_type,
            values: Vec::new(),
            null: None,
            table: HashTable::new(),
            recent,
            hasher: DefaultHashBuilder::default(),
        }
    }

    fn code(&mut self, value: i64) -> u32 {
        let at = place(value as u64);
        let known = self.recent[at];
        if known.code > 0 && known.key == value {
            return known.code - 1;
        }
        let hash = self.hasher.hash_one(value);
        let (values, null) = (&mut self.values, self.null);
        let found = self.table.find(hash, |&code| values[code as usize] == value && Some(code) != null);
        let code = match found {
            Some(&code) => code,
            None => {
                let code = values.len() as u32;
                values.push(value);
                let hasher = &self.hasher;
                self.table.insert_unique(hash, code, |&code| hasher.hash_one(values[code as usize]));
                code
            }
        };
        self.recent[at] = Recent { key: value, code: code + 1 };
        code
    }

    fn null_code(&mut self) -> u32 {
        let next = self.values.len() as u32;
        let code = *self.null.get_or_insert(next);
        if code == next {
            self.values.push(0);
        }
        code
    }

    fn encode_all(&mut self, array: &dyn Array, codes: &mut Vec<u32>, value: impl Fn(usize) -> i64) {
        if array.null_count() > 0 {
            codes.extend((0..array.len()).map(|row| match array.is_null(row) {
                true => self.null_code(),
                false => self.code(value(row)),
            }));
            return;
        }
        let mut last = None;
        codes.extend((0..array.len()).map(|row| {
            let value = value(row);
            match last {
                Some((same, code)) if same == value => code,
                _ => {
                    let code = self.code(value);
                    last = Some((value, code));
                    code
                }
            }
        }));
    }
}

impl Codes for Numbers {
    fn encode(&mut self, array: &ArrayRef, codes: &mut Vec<u32>) -> Result<()> {
        codes.clear();
        match array.data_type() {
            DataType::Boolean => {
                let values = array.as_boolean();
                self.encode_all(array, codes, |row| i64::from(values.value(row)));
            }
            DataType::Int32 => {
                let values = array.as_primitive::<Int32Type>().values();
                self.encode_all(array, codes, |row| i64::from(values[row]));
            }
            DataType::Int64 => {
                let values = array.as_primitive::<Int64Type>().values();
                self.encode_all(array, codes, |row| values[row]);
            }
            DataType::Timestamp(TimeUnit::Nanosecond, _) => {
                let values = array.as_primitive::<TimestampNanosecondType>().values();
                self.encode_all(array, codes, |row| values[row]);
            }
            DataType::Duration(TimeUnit::Nanosecond) => {
                let values = array.as_primitive::<DurationNanosecondType>().values();
                self.encode_all(array, codes, |row| values[row]);
            }
            other => return internal_err!("values of {other} have no codes"),
        }
        Ok(())
    }

    fn take(&mut self) -> Result<ArrayRef> {
        let values = std::mem::take(&mut self.values);
        let null = self.null.take();
        self.table.clear();
        self.recent.fill(Recent::default());
        let cells = values.into_iter().enumerate().map(|(code, value)| (Some(code as u32) != null).then_some(value));
        Ok(match &self.data_type {
            DataType::Boolean => Arc::new(cells.map(|cell| cell.map(|value| value != 0)).collect::<BooleanArray>()),
            DataType::Int32 => Arc::new(cells.map(|cell| cell.map(|value| value as i32)).collect::<Int32Array>()),
            other => {
                let numbers = cells.collect::<Int64Array>().into_data();
                make_array(numbers.into_builder().data_type(other.clone()).build()?)
            }
        })
    }

    fn len(&self) -> usize {
        self.values.len()
    }

    fn size(&self) -> usize {
        self.values.capacity() * size_of::<i64>() + self.table.allocation_size()
    }
}

#[derive(Default)]
struct Texts {
    /// The texts of all codes, one behind the other.
    bytes: Vec<u8>,
    /// Where the text of each code ends.
    ends: Vec<usize>,
    null: NullCode,
    /// Codes by hash; the hash is kept so that growing need not read the texts again.
    table: HashTable<(u64, u32)>,
    recent: Vec<Recent<u128>>,
    /// The dictionary that was met last, and the codes of its values so far.
    dictionary: Option<(StringArray, Vec<u32>)>,
    hasher: DefaultHashBuilder,
}

/// Marks a value of a dictionary that no row had yet.
const UNMET: u32 = u32::MAX;

fn text<'t>(bytes: &'t [u8], ends: &[usize], code: u32) -> &'t [u8] {
    let code = code as usize;
    let start = if code == 0 { 0 } else { ends[code - 1] };
    &bytes[start..ends[code]]
}

impl Texts {
    fn add(&mut self, value: &[u8]) -> u32 {
        let hash = self.hasher.hash_one(value);
        let (bytes, ends, null) = (&mut self.bytes, &mut self.ends, self.null);
        let found = self
            .table
            .find(hash, |&(known, code)| known == hash && Some(code) != null && text(bytes, ends, code) == value);
        if let Some(&(_, code)) = found {
            return code;
        }
        let code = ends.len() as u32;
        bytes.extend_from_slice(value);
        ends.push(bytes.len());
        self.table.insert_unique(hash, (hash, code), |&(hash, _)| hash);
        code
    }

    fn null_code(&mut self) -> u32 {
        let next = self.ends.len() as u32;
        let code = *self.null.get_or_insert(next);
        if code == next {
            self.ends.push(self.bytes.len());
        }
        code
    }

    fn code(&mut self, texts: &StringViewArray, row: usize, last: Option<u32>) -> u32 {
        let view = texts.views()[row];
        let at = place(view as u64 ^ (view >> 64) as u64);
        let known = self.recent[at];
        if known.code > 0 && known.key == view {
            return known.code - 1;
        }
        let value = texts.value(row).as_bytes();
        let code = match last {
            Some(code) if text(&self.bytes, &self.ends, code) == value => code,
            _ => self.add(value),
        };
        self.recent[at] = Recent { key: view, code: code + 1 };
        code
    }
}

impl Texts {
    fn encode_coded(&mut self, array: &DictionaryArray<Int32Type>, codes: &mut Vec<u32>) -> Result<()> {
        let Some(values) = array.values().as_string_opt::<i32>() else {
            return internal_err!("a dictionary of {}", array.values().data_type());
        };
        let mut known = match self.dictionary.take() {
            Some((dictionary, known)) if is_same(&dictionary, values) => known,
            _ => vec![UNMET; values.len()],
        };
        let keys = array.keys().values();
        let mut code = |texts: &mut Self, key: i32| {
            let code = &mut known[key as usize];
            if *code == UNMET {
                *code = texts.add(values.value(key as usize).as_bytes());
            }
            *code
        };
        match array.null_count() {
            0 => codes.extend(keys.iter().map(|&key| code(self, key))),
            _ => codes.extend((0..array.len()).map(|row| match array.is_null(row) {
                true => self.null_code(),
                false => code(self, keys[row]),
            })),
        }
        self.dictionary = Some((values.clone(), known));
        Ok(())
    }
}

impl Codes for Texts {
    fn encode(&mut self, array: &ArrayRef, codes: &mut Vec<u32>) -> Result<()> {
        codes.clear();
        if let Some(coded) = array.as_dictionary_opt::<Int32Type>() {
            return self.encode_coded(coded, codes);
        }
        let texts = array.as_string_view();
        // Views say where a text lies in the buffers of this batch only.
        self.recent.clear();
        self.recent.resize(1 << RECENT_BITS, Recent::default());
        if texts.null_count() > 0 {
            codes.extend((0..texts.len()).map(|row| match texts.is_null(row) {
                true => self.null_code(),
                false => self.code(texts, row, None),
            }));
            return Ok(());
        }
        let mut last = None;
        codes.extend((0..texts.len()).map(|row| {
            let code = self.code(texts, row, last);
            last = Some(code);
            code
        }));
        Ok(())
    }

    fn take(&mut self) -> Result<ArrayRef> {
        self.dictionary = None;
        let (bytes, ends) = (std::mem::take(&mut self.bytes), std::mem::take(&mut self.ends));
        let null = self.null.take();
        self.table.clear();
        let mut texts = StringViewBuilder::with_capacity(ends.len());
        for code in 0..ends.len() as u32 {
            match (Some(code) == null, std::str::from_utf8(text(&bytes, &ends, code))) {
                (true, _) => texts.append_null(),
                (false, Ok(text)) => texts.append_value(text),
                (false, Err(_)) => return internal_err!("a key is not text any more"),
            }
        }
        Ok(Arc::new(texts.finish()))
    }

    fn len(&self) -> usize {
        self.ends.len()
    }

    fn size(&self) -> usize {
        let dictionary = self.dictionary.as_ref().map_or(0, |(_, known)| known.capacity() * size_of::<u32>());
        self.bytes.capacity() + self.ends.capacity() * size_of::<usize>() + self.table.allocation_size() + dictionary
    }
}

/// Codes for pairs of codes.
pub(super) struct Pairs {
    pairs: Vec<(u32, u32)>,
    table: HashTable<u32>,
    recent: Vec<Recent<u64>>,
    hasher: DefaultHashBuilder,
}

impl Pairs {
    pub(super) fn new() -> Self {
        let recent = vec![Recent::default(); 1 << RECENT_BITS];
        Self { pairs: Vec::new(), table: HashTable::new(), recent, hasher: DefaultHashBuilder::default() }
    }

    /// Puts the code of each pair in the place of its left half.
    pub(super) fn encode(&mut self, left: &mut [u32], right: &[u32]) {
        for (left, right) in left.iter_mut().zip(right) {
            let key = u64::from(*left) << 32 | u64::from(*right);
            let at = place(key);
            let known = self.recent[at];
            *left = match known.code > 0 && known.key == key {
                true => known.code - 1,
                false => {
                    let code = self.add((*left, *right));
                    self.recent[at] = Recent { key, code: code + 1 };
                    code
                }
            };
        }
    }

    fn add(&mut self, pair: (u32, u32)) -> u32 {
        let hash = self.hasher.hash_one(pair);
        let pairs = &mut self.pairs;
        if let Some(&code) = self.table.find(hash, |&code| pairs[code as usize] == pair) {
            return code;
        }
        let code = pairs.len() as u32;
        pairs.push(pair);
        let hasher = &self.hasher;
        self.table.insert_unique(hash, code, |&code| hasher.hash_one(pairs[code as usize]));
        code
    }

    /// The pairs, by code; forgets them.
    pub(super) fn take(&mut self) -> Vec<(u32, u32)> {
        self.table.clear();
        self.recent.fill(Recent::default());
        std::mem::take(&mut self.pairs)
    }

    pub(super) fn len(&self) -> usize {
        self.pairs.len()
    }

    pub(super) fn size(&self) -> usize {
        self.pairs.capacity() * size_of::<(u32, u32)>() + self.table.allocation_size()
    }
}
