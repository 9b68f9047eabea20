//! A column under construction: texts are kept once each, and a value that stays is only counted.

use std::borrow::Cow;
use std::hash::BuildHasher;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, BooleanBuilder, DictionaryArray, PrimitiveArray, PrimitiveBuilder, RecordBatch, StringBuilder,
    UInt16Array,
};
use datafusion::arrow::buffer::NullBuffer;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, DataType, Decimal128Type, DurationNanosecondType, Field, Float64Type, Int32Type, Int64Type,
    Schema, TimestampNanosecondType, UInt16Type,
};
use datafusion::arrow::error::ArrowError;
use hashbrown::{DefaultHashBuilder, HashTable};

use super::convert::{self, Converted, Misfit};
use super::json::Node;
use super::repair::{Repair, Repairs};
use crate::engine::types::{arrow_field, arrow_type};
use crate::types::Type;
use crate::value::{parse_decimal, parse_guid, parse_timespan, trimmed};

/// Most rows of a batch: so many texts have codes.
pub(super) const MOST_ROWS: usize = 65_000;

/// A column under construction. Rows behind those that were set have its default, or the last value that was set.
pub(super) struct Cells {
    values: Values,
    /// How many rows were written.
    rows: usize,
    lasting: Lasting,
    /// How many the last batch had.
    expected: usize,
}

/// What rows have that were not written yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lasting {
    Default,
    Last,
}

enum Values {
    Bool { cells: BooleanBuilder, last: Option<bool> },
    Int(Numbers<Int32Type>),
    Long(Numbers<Int64Type>),
    Real(Numbers<Float64Type>),
    Decimal(Numbers<Decimal128Type>),
    DateTime(Numbers<TimestampNanosecondType>),
    TimeSpan(Numbers<DurationNanosecondType>),
    String { texts: Texts, is_id: bool },
    Guid(Texts),
    Dynamic(Texts),
}

struct Numbers<T: ArrowPrimitiveType> {
    cells: PrimitiveBuilder<T>,
    last: Option<T::Native>,
}

/// A value in the type of its column; nothing stands for the text that is missing, too.
#[derive(Debug, PartialEq)]
pub(super) enum Value<'n> {
    Nothing,
    Bool(bool),
    Int(i32),
    Long(i64),
    Real(f64),
    Decimal(i128),
    Text(Cow<'n, str>),
    /// A text that the column has already.
    Code(u16),
}

impl Cells {
    pub(super) fn new(name: &str, ty: Type) -> Self {
        let is_id = name.ends_with("Id") || name == "Identifier";
        let values = match ty {
            Type::Bool => Values::Bool { cells: BooleanBuilder::new(), last: None },
            Type::Int => Values::Int(Numbers::new(ty)),
            Type::Long => Values::Long(Numbers::new(ty)),
            Type::Real => Values::Real(Numbers::new(ty)),
            Type::Decimal => Values::Decimal(Numbers::new(ty)),
            Type::DateTime => Values::DateTime(Numbers::new(ty)),
            Type::TimeSpan => Values::TimeSpan(Numbers::new(ty)),
            Type::String | Type::Unknown => Values::String { texts: Texts::new(Some("")), is_id },
            Type::Guid => Values::Guid(Texts::new(None)),
            Type::Dynamic => Values::Dynamic(Texts::new(None)),
        };
        Self { values, rows: 0, lasting: Lasting::Default, expected: 0 }
    }

    /// Keeps texts as they are, with all blanks.
    pub(super) fn keep_blanks(&mut self) {
        if let Values::String { is_id, .. } = &mut self.values {
            *is_id = false;
        }
    }

    /// The code of the text that was set last, where reading one takes so long that it is worth to look for an earlier one
    /// that is the same.
    pub(super) fn costly_code(&self) -> Option<u16> {
        match &self.values {
            Values::Dynamic(texts) => Some(texts.last),
            _ => None,
        }
    }

    /// Gives a column of texts another default. Rows that are not written yet get it too.
    pub(super) fn default_to(&mut self, text: &str) {
        if let Values::String { texts, .. } = &mut self.values {
            texts.default_to(text);
        }
    }

    /// A value in the type of the column. What is mended is counted.
    pub(super) fn read<'n>(&self, node: Node<'n>, repairs: &mut Repairs) -> Result<Value<'n>, Misfit> {
        fn told<'n, T>(converted: Converted<T>, value: impl Fn(T) -> Value<'n>) -> Result<Value<'n>, Misfit> {
            converted.map(|found| found.map_or(Value::Nothing, value))
        }
        match &self.values {
            Values::Bool { .. } => told(convert::truth(&node), Value::Bool),
            Values::Int(_) => match convert::whole(&node, repairs)? {
                Some(number) => i32::try_from(number).map(Value::Int).map_err(|_| Misfit),
                None => Ok(Value::Nothing),
            },
            Values::Long(_) => told(convert::whole(&node, repairs), Value::Long),
            Values::Real(_) => told(convert::real(&node), Value::Real),
            Values::Decimal(_) => told(convert::read(&node, parse_decimal), Value::Decimal),
            Values::DateTime(_) => told(convert::time(&node), Value::Long),
            Values::TimeSpan(_) => told(convert::read(&node, parse_timespan), Value::Long),
            Values::String { is_id, .. } => {
                let text = convert::into_text(node);
                let trimmed = if *is_id { trimmed(&text) } else { &text };
                if trimmed.len() == text.len() {
                    return Ok(Value::Text(text));
                }
                repairs.add(Repair::BlanksAroundId);
                Ok(Value::Text(Cow::Owned(trimmed.to_owned())))
            }
            Values::Guid(_) => told(convert::read(&node, parse_guid), |guid| Value::Text(Cow::Owned(guid))),
            Values::Dynamic(_) => {
                Ok(convert::dynamic(&node).map_or(Value::Nothing, |json| Value::Text(Cow::Owned(json))))
            }
        }
    }

    /// Adds a value. One that does not fit is added as null. What lasts in rows behind it is the default.
    pub(super) fn append(&mut self, node: Node<'_>, repairs: &mut Repairs) -> Result<(), Misfit> {
        let value = self.read(node, repairs);
        let fits = value.as_ref().map(|_| ()).map_err(|_| Misfit);
        let value = value.unwrap_or(Value::Nothing);
        match (&mut self.values, value) {
            (Values::Bool { cells, .. }, value) => cells.append_option(value.truth()),
            (Values::Int(numbers), value) => numbers.cells.append_option(value.int()),
            (Values::Long(numbers), value) => numbers.cells.append_option(value.long()),
            (Values::Real(numbers), value) => numbers.cells.append_option(value.real()),
            (Values::Decimal(numbers), value) => numbers.cells.append_option(value.decimal()),
            (Values::DateTime(numbers), value) => numbers.cells.append_option(value.long()),
            (Values::TimeSpan(numbers), value) => numbers.cells.append_option(value.long()),
            (Values::String { texts, .. } | Values::Guid(texts) | Values::Dynamic(texts), value) => {
                let code = texts.code_of(&value);
                texts.codes.push(code);
            }
        }
        self.rows += 1;
        self.lasting = Lasting::Default;
        fits
    }

    /// Adds a text to a column of texts.
    pub(super) fn append_text(&mut self, text: &str) {
        if let Values::String { texts, .. } = &mut self.values {
            let code = texts.code(text);
            texts.codes.push(code);
            self.rows += 1;
            self.lasting = Lasting::Default;
        }
    }

    /// Writes what lasts, up to so many rows.
    pub(super) fn fill(&mut self, rows: usize) {
        let count = rows - self.rows;
        if count == 0 {
            return;
        }
        self.rows = rows;
        let is_last = self.lasting == Lasting::Last;
        match &mut self.values {
            Values::Bool { cells, last } => match last.filter(|_| is_last) {
                Some(truth) => cells.append_n(count, truth),
                None => cells.append_nulls(count),
            },
            Values::Int(numbers) => numbers.fill(count, is_last),
            Values::Long(numbers) => numbers.fill(count, is_last),
            Values::Real(numbers) => numbers.fill(count, is_last),
            Values::Decimal(numbers) => numbers.fill(count, is_last),
            Values::DateTime(numbers) => numbers.fill(count, is_last),
            Values::TimeSpan(numbers) => numbers.fill(count, is_last),
            Values::String { texts, .. } | Values::Guid(texts) | Values::Dynamic(texts) => texts.fill(count, is_last),
        }
    }

    /// From this row on there is a new value.
    pub(super) fn set(&mut self, row: usize, value: Value<'_>) {
        self.fill(row);
        self.lasting = Lasting::Last;
        match &mut self.values {
            Values::Bool { last, .. } => *last = value.truth(),
            Values::Int(numbers) => numbers.last = value.int(),
            Values::Long(numbers) => numbers.last = value.long(),
            Values::Real(numbers) => numbers.last = value.real(),
            Values::Decimal(numbers) => numbers.last = value.decimal(),
            Values::DateTime(numbers) => numbers.last = value.long(),
            Values::TimeSpan(numbers) => numbers.last = value.long(),
            Values::String { texts, .. } | Values::Guid(texts) | Values::Dynamic(texts) => {
                texts.last = texts.code_of(&value);
            }
        }
    }

    /// From this row on there is again the value that was set last.
    pub(super) fn resume(&mut self, row: usize) {
        self.fill(row);
        self.lasting = Lasting::Last;
    }

    /// From this row on there is nothing.
    pub(super) fn pause(&mut self, row: usize) {
        self.fill(row);
        self.lasting = Lasting::Default;
    }

    /// What was written. The column begins anew with room for as many rows, and knows of no value that was set.
    pub(super) fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        self.lasting = Lasting::Default;
        let rows = std::mem::take(&mut self.rows);
        let mut array: ArrayRef = match &mut self.values {
            Values::Bool { cells, .. } => Arc::new(cells.finish()),
            Values::Int(numbers) => Arc::new(numbers.finish(rows)),
            Values::Long(numbers) => Arc::new(numbers.finish(rows)),
            Values::Real(numbers) => Arc::new(numbers.finish(rows)),
            Values::Decimal(numbers) => Arc::new(numbers.finish(rows)),
            Values::DateTime(numbers) => Arc::new(numbers.finish(rows)),
            Values::TimeSpan(numbers) => Arc::new(numbers.finish(rows)),
            Values::String { texts, .. } | Values::Guid(texts) | Values::Dynamic(texts) => Arc::new(texts.finish()?),
        };
        if rows * 2 < std::mem::replace(&mut self.expected, rows) {
            // What is not used is not kept.
            array.shrink_to_fit();
        }
        Ok(array)
    }
}

impl Value<'_> {
    fn truth(&self) -> Option<bool> {
        if let Value::Bool(truth) = self { Some(*truth) } else { None }
    }

    fn int(&self) -> Option<i32> {
        if let Value::Int(number) = self { Some(*number) } else { None }
    }

    fn long(&self) -> Option<i64> {
        if let Value::Long(number) = self { Some(*number) } else { None }
    }

    fn real(&self) -> Option<f64> {
        if let Value::Real(number) = self { Some(*number) } else { None }
    }

    fn decimal(&self) -> Option<i128> {
        if let Value::Decimal(number) = self { Some(*number) } else { None }
    }
}

impl<T: ArrowPrimitiveType> Numbers<T> {
    fn new(ty: Type) -> Self {
        Self { cells: PrimitiveBuilder::new().with_data_type(arrow_type(ty)), last: None }
    }

    fn finish(&mut self, rows: usize) -> PrimitiveArray<T> {
        let array = self.cells.finish();
        self.cells = PrimitiveBuilder::with_capacity(rows).with_data_type(array.data_type().clone());
        array
    }

    fn fill(&mut self, count: usize, is_last: bool) {
        match self.last.filter(|_| is_last) {
            Some(number) if count == 1 => self.cells.append_value(number),
            Some(number) => self.cells.append_value_n(number, count),
            None => self.cells.append_nulls(count),
        }
    }
}

/// The code of no text.
const NONE: u16 = u16::MAX;

/// Texts of a column, of which each is kept once.
struct Texts {
    codes: Vec<u16>,
    values: StringBuilder,
    by_text: HashTable<u16>,
    hasher: DefaultHashBuilder,
    last: u16,
    /// What stands for nothing; without one it is null.
    default: Option<Box<str>>,
    default_code: Option<u16>,
}

impl Texts {
    fn new(default: Option<&str>) -> Self {
        Self {
            codes: Vec::new(),
            values: StringBuilder::new(),
            by_text: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            last: NONE,
            default: default.map(Box::from),
            default_code: None,
        }
    }

    fn default_to(&mut self, text: &str) {
        if self.default.as_deref() != Some(text) {
            (self.default, self.default_code) = (Some(text.into()), None);
        }
    }

    fn code(&mut self, text: &str) -> u16 {
        let Self { values, by_text, hasher, .. } = self;
        let text_of = |values: &StringBuilder, code: u16| {
            let ends = values.offsets_slice();
            let (from, to) = (ends[usize::from(code)] as usize, ends[usize::from(code) + 1] as usize);
            from..to
        };
        let hash = hasher.hash_one(text.as_bytes());
        let is_it = |code: &u16| values.values_slice()[text_of(values, *code)] == *text.as_bytes();
        if let Some(code) = by_text.find(hash, is_it) {
            return *code;
        }
        let code = by_text.len() as u16;
        values.append_value(text);
        by_text.insert_unique(hash, code, |code| hasher.hash_one(&values.values_slice()[text_of(values, *code)]));
        code
    }

    fn default_code(&mut self) -> u16 {
        if let Some(code) = self.default_code {
            return code;
        }
        let code = match self.default.take() {
            None => NONE,
            Some(text) => {
                let code = self.code(&text);
                self.default = Some(text);
                code
            }
        };
        self.default_code = Some(code);
        code
    }

    fn code_of(&mut self, value: &Value<'_>) -> u16 {
        match value {
            Value::Text(text) => self.code(text),
            Value::Code(code) => *code,
            Value::Nothing | Value::Bool(_) | Value::Int(_) | Value::Long(_) | Value::Real(_) | Value::Decimal(_) => {
                self.default_code()
            }
        }
    }

    fn fill(&mut self, count: usize, is_last: bool) {
        let code = if is_last { self.last } else { self.default_code() };
        self.codes.extend(std::iter::repeat_n(code, count));
    }

    fn finish(&mut self) -> Result<DictionaryArray<UInt16Type>, ArrowError> {
        let codes = std::mem::take(&mut self.codes);
        self.by_text.clear();
        (self.last, self.default_code) = (NONE, None);
        let nulls = codes.contains(&NONE).then(|| codes.iter().map(|code| *code != NONE).collect::<NullBuffer>());
        let values = self.values.finish();
        self.codes.reserve(codes.len());
        self.values = StringBuilder::with_capacity(values.len(), values.value_data().len());
        DictionaryArray::try_new(UInt16Array::new(codes.into(), nulls), Arc::new(values))
    }
}

/// The field of a column whose texts are kept once each.
pub(super) fn coded_field(name: &str, ty: Type) -> Field {
    let field = arrow_field(name, ty);
    match field.data_type() {
        DataType::Utf8View => {
            field.with_data_type(DataType::Dictionary(Box::new(DataType::UInt16), Box::new(DataType::Utf8)))
        }
        _ => field,
    }
}

/// The batch with each text in its row, as queries have it.
pub(super) fn spread(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let columns = batch.columns().iter().map(|column| match column.data_type() {
        DataType::Dictionary(..) => cast(column, &DataType::Utf8View),
        _ => Ok(Arc::clone(column)),
    });
    let fields = batch.schema_ref().fields().iter().map(|field| match field.data_type() {
        DataType::Dictionary(..) => Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8View)),
        _ => Arc::clone(field),
    });
    let schema = Schema::new(fields.collect::<Vec<_>>());
    RecordBatch::try_new(Arc::new(schema), columns.collect::<Result<_, _>>()?)
}
