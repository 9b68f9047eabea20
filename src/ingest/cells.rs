//! A column under construction: texts are kept once each, and so is a value that lasts over rows.

use std::borrow::Cow;
use std::hash::BuildHasher;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, DictionaryArray, PrimitiveArray, RecordBatch, RecordBatchOptions, StringArray, UInt16Array,
};
use datafusion::arrow::buffer::{NullBuffer, OffsetBuffer};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    ArrowPrimitiveType, DataType, Decimal128Type, DurationNanosecondType, Field, Float64Type, Int32Type, Int64Type,
    Schema, SchemaRef, TimestampNanosecondType,
};
use datafusion::arrow::error::ArrowError;
use hashbrown::{DefaultHashBuilder, HashTable};

use super::convert::{self, Converted, Misfit};
use super::json::Node;
use super::repair::{Repair, Repairs};
use super::runs::{Runs, plain};
use crate::engine::types::{arrow_field, arrow_type};
use crate::types::Type;
use crate::value::{parse_decimal, parse_guid, parse_real, parse_timespan, trimmed};

/// Most rows of a batch: so many texts have codes.
pub(super) const MOST_ROWS: usize = 65_000;

/// A column under construction. Rows behind those that were set have its default, or the last value that was set.
pub(super) struct Cells {
    values: Values,
    /// How many rows were written.
    rows: usize,
    lasting: Lasting,
}

/// What rows have that were not written yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lasting {
    Default,
    Last,
}

enum Values {
    Bool { cells: Runs<Option<bool>>, last: Option<bool> },
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
    cells: Runs<Option<T::Native>>,
    ty: DataType,
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
            Type::Bool => Values::Bool { cells: Runs::new(), last: None },
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
        Self { values, rows: 0, lasting: Lasting::Default }
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

    /// The same for a number or a text without escapes, put where it is wanted; whether it fits.
    pub(super) fn read_plain<'n>(
        &self,
        (text, is_text): (&'n str, bool),
        repairs: &mut Repairs,
        value: &mut Value<'n>,
    ) -> bool {
        let read = match &self.values {
            Values::String { is_id, .. } if !*is_id || trimmed(text).len() == text.len() => {
                Some(Value::Text(Cow::Borrowed(text)))
            }
            Values::DateTime(_) if is_text => convert::parse_common_time(text.as_bytes()).map(Value::Long),
            Values::Int(_) if !is_text => text.parse().ok().map(Value::Int),
            Values::Long(_) if !is_text => text.parse().ok().map(Value::Long),
            Values::Real(_) if !is_text => parse_real(text).map(Value::Real),
            _ => None,
        };
        match read {
            Some(read) => *value = read,
            None => {
                let text = Cow::Borrowed(text);
                let node = if is_text { Node::Text(text) } else { Node::Number(text) };
                match self.read(node, repairs) {
                    Ok(read) => *value = read,
                    Err(Misfit) => return false,
                }
            }
        }
        true
    }

    /// Adds a value. One that does not fit is added as null. What lasts in rows behind it is the default.
    pub(super) fn append(&mut self, node: Node<'_>, repairs: &mut Repairs) -> Result<(), Misfit> {
        let value = self.read(node, repairs);
        let fits = value.as_ref().map(|_| ()).map_err(|_| Misfit);
        let value = value.unwrap_or(Value::Nothing);
        self.rows += 1;
        let rows = self.rows;
        match &mut self.values {
            Values::Bool { cells, .. } => cells.push(value.truth(), rows),
            Values::Int(numbers) => numbers.cells.push(value.int(), rows),
            Values::Long(numbers) => numbers.cells.push(value.long(), rows),
            Values::Real(numbers) => numbers.cells.push(value.real(), rows),
            Values::Decimal(numbers) => numbers.cells.push(value.decimal(), rows),
            Values::DateTime(numbers) => numbers.cells.push(value.long(), rows),
            Values::TimeSpan(numbers) => numbers.cells.push(value.long(), rows),
            Values::String { texts, .. } | Values::Guid(texts) | Values::Dynamic(texts) => {
                let code = texts.code_of(&value);
                texts.codes.push(code, rows);
            }
        }
        self.lasting = Lasting::Default;
        fits
    }

    /// Adds a text to a column of texts.
    pub(super) fn append_text(&mut self, text: &str) {
        if let Values::String { texts, .. } = &mut self.values {
            self.rows += 1;
            let code = texts.code(text);
            texts.codes.push(code, self.rows);
            self.lasting = Lasting::Default;
        }
    }

    /// Writes what lasts, up to so many rows.
    pub(super) fn fill(&mut self, rows: usize) {
        if rows == self.rows {
            return;
        }
        self.rows = rows;
        let is_last = self.lasting == Lasting::Last;
        match &mut self.values {
            Values::Bool { cells, last } => cells.push(last.filter(|_| is_last), rows),
            Values::Int(numbers) => numbers.fill(rows, is_last),
            Values::Long(numbers) => numbers.fill(rows, is_last),
            Values::Real(numbers) => numbers.fill(rows, is_last),
            Values::Decimal(numbers) => numbers.fill(rows, is_last),
            Values::DateTime(numbers) => numbers.fill(rows, is_last),
            Values::TimeSpan(numbers) => numbers.fill(rows, is_last),
            Values::String { texts, .. } | Values::Guid(texts) | Values::Dynamic(texts) => texts.fill(rows, is_last),
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

    /// What was written, as runs where values last. The column begins anew, and knows of no value that was set.
    pub(super) fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        (self.lasting, self.rows) = (Lasting::Default, 0);
        match &mut self.values {
            Values::Bool { cells, .. } => {
                cells.finish(|cells| Ok(Arc::new(cells.iter().copied().collect::<BooleanArray>())))
            }
            Values::Int(numbers) => numbers.finish(),
            Values::Long(numbers) => numbers.finish(),
            Values::Real(numbers) => numbers.finish(),
            Values::Decimal(numbers) => numbers.finish(),
            Values::DateTime(numbers) => numbers.finish(),
            Values::TimeSpan(numbers) => numbers.finish(),
            Values::String { texts, .. } | Values::Guid(texts) | Values::Dynamic(texts) => texts.finish(),
        }
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
        Self { cells: Runs::new(), ty: arrow_type(ty), last: None }
    }

    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        self.cells.finish(|cells| {
            let nulls = nulls_of(cells, Option::is_none);
            let numbers: Vec<T::Native> = cells.iter().map(|cell| cell.unwrap_or_default()).collect();
            let array = PrimitiveArray::<T>::try_new(numbers.into(), nulls)?;
            Ok(Arc::new(array.with_data_type(self.ty.clone())))
        })
    }

    fn fill(&mut self, rows: usize, is_last: bool) {
        self.cells.push(self.last.filter(|_| is_last), rows);
    }
}

/// Which of some cells are null; nothing where none is.
fn nulls_of<V>(cells: &[V], is_null: impl Fn(&V) -> bool) -> Option<NullBuffer> {
    let has_nulls = cells.iter().any(&is_null);
    has_nulls.then(|| cells.iter().map(|cell| !is_null(cell)).collect())
}

/// The code of no text.
const NONE: u16 = u16::MAX;

/// Texts of a column, of which each is kept once.
struct Texts {
    codes: Runs<u16>,
    /// All texts, and where each begins and ends.
    bytes: Vec<u8>,
    offsets: Vec<i32>,
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
            codes: Runs::new(),
            bytes: Vec::new(),
            offsets: vec![0],
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
        let Self { bytes, offsets, by_text, hasher, .. } = self;
        let hash = hasher.hash_one(text.as_bytes());
        let text_of = |code: &u16| {
            let at = usize::from(*code);
            &bytes[offsets[at] as usize..offsets[at + 1] as usize]
        };
        if let Some(code) = by_text.find(hash, |code| text_of(code) == text.as_bytes()) {
            return *code;
        }
        let code = by_text.len() as u16;
        by_text.insert_unique(hash, code, |code| hasher.hash_one(text_of(code)));
        bytes.extend_from_slice(text.as_bytes());
        offsets.push(bytes.len() as i32);
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

    fn fill(&mut self, rows: usize, is_last: bool) {
        let code = if is_last { self.last } else { self.default_code() };
        self.codes.push(code, rows);
    }

    fn finish(&mut self) -> Result<ArrayRef, ArrowError> {
        let Self { codes, bytes, offsets, .. } = self;
        let offsets_of_all = OffsetBuffer::new(offsets.clone().into());
        let texts = Arc::new(StringArray::try_new(offsets_of_all, bytes.as_slice().into(), None)?);
        let made = codes.finish(|codes| {
            let nulls = nulls_of(codes, |code| *code == NONE);
            Ok(Arc::new(DictionaryArray::try_new(UInt16Array::try_new(codes.to_vec().into(), nulls)?, texts)?))
        });
        bytes.clear();
        offsets.truncate(1);
        self.by_text.clear();
        (self.last, self.default_code) = (NONE, None);
        made
    }
}

/// The field of a column that was written, in the type that it is kept in.
pub(super) fn kept_field(name: &str, ty: Type, array: &ArrayRef) -> Field {
    arrow_field(name, ty).with_data_type(array.data_type().clone())
}

/// The batch with each cell in its row, as queries have it.
pub(super) fn spread(batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
    let columns = batch.columns().iter().map(|column| {
        let column = plain(column)?;
        match column.data_type() {
            DataType::Dictionary(..) => cast(&column, &DataType::Utf8View),
            _ => Ok(column),
        }
    });
    with_types(batch.schema_ref(), columns.collect::<Result<_, ArrowError>>()?, batch.num_rows())
}

/// A batch of columns by the names of a schema, in the types that they are kept in.
pub(super) fn with_types(schema: &SchemaRef, columns: Vec<ArrayRef>, rows: usize) -> Result<RecordBatch, ArrowError> {
    let fields = schema.fields().iter().zip(&columns);
    let fields = fields.map(|(field, column)| field.as_ref().clone().with_data_type(column.data_type().clone()));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    RecordBatch::try_new_with_options(schema, columns, &RecordBatchOptions::new().with_row_count(Some(rows)))
}
