//! Typed access to the arguments of a kernel: columns and constants look the same, row by row.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, ArrowPrimitiveType, BooleanArray, ByteView, PrimitiveArray, StringViewArray, StringViewBuilder,
};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::datatypes::{
    DataType, Decimal128Type, DurationNanosecondType, Float64Type, Int32Type, Int64Type, TimestampNanosecondType,
};
use datafusion::common::{Result, exec_err, internal_err};
use datafusion::logical_expr::ColumnarValue;

/// Texts of up to this many bytes are kept inside of a view.
const INLINE: usize = 12;

/// The most bytes of new text that one call answers with: those of a batch of rows are held in memory all at once, and
/// nothing else counts them.
const MOST_TEXT: usize = 1 << 30;

/// The arguments of one call of a kernel.
pub struct Args<'a> {
    /// The arguments as DataFusion hands them over.
    pub values: &'a [ColumnarValue],
    /// How many values the answer has.
    pub rows: usize,
    /// The type of the answer.
    pub ret: &'a DataType,
}

/// What stands for a missing answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// `""`, for strings.
    Empty,
    /// Null, for everything else.
    Null,
}

/// A column or constant of text (`string`, `guid`, `dynamic`).
pub struct Text {
    array: StringViewArray,
    constant: bool,
}

/// A column or constant of truth values.
pub struct Bools {
    array: BooleanArray,
    constant: bool,
}

/// A column or constant of numbers, datetimes (nanoseconds) or timespans (nanoseconds).
pub struct Numbers<T: ArrowPrimitiveType> {
    array: PrimitiveArray<T>,
    constant: bool,
}

impl<'a> Args<'a> {
    /// How many arguments there are.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Whether the call has no arguments.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The Arrow type of an argument; `Null` when it was not given.
    pub fn data_type(&self, index: usize) -> DataType {
        self.values.get(index).map_or(DataType::Null, ColumnarValue::data_type)
    }

    /// An argument as an array of one value (constants) or [`Args::rows`] values, and whether it is constant.
    pub fn array(&self, index: usize) -> Result<(ArrayRef, bool)> {
        match self.values.get(index) {
            Some(ColumnarValue::Array(array)) => Ok((Arc::clone(array), false)),
            Some(ColumnarValue::Scalar(scalar)) => Ok((scalar.to_array()?, true)),
            None => internal_err!("a kernel asked for argument {index} of {}", self.values.len()),
        }
    }

    fn typed<A: Array + Clone + 'static>(&self, index: usize) -> Result<(A, bool)> {
        let (array, constant) = self.array(index)?;
        match array.as_any().downcast_ref::<A>() {
            Some(array) => Ok((array.clone(), constant)),
            None => internal_err!("a kernel cannot take {} as argument {index}", array.data_type()),
        }
    }

    /// A `string`, `guid` or `dynamic` argument.
    pub fn text(&self, index: usize) -> Result<Text> {
        let (array, constant) = self.typed(index)?;
        Ok(Text { array, constant })
    }

    /// A `bool` argument.
    pub fn bools(&self, index: usize) -> Result<Bools> {
        let (array, constant) = self.typed(index)?;
        Ok(Bools { array, constant })
    }

    fn numbers<T: ArrowPrimitiveType>(&self, index: usize) -> Result<Numbers<T>> {
        let (array, constant) = self.typed(index)?;
        Ok(Numbers { array, constant })
    }

    /// An `int` argument.
    pub fn ints(&self, index: usize) -> Result<Numbers<Int32Type>> {
        self.numbers(index)
    }

    /// A `long` argument.
    pub fn longs(&self, index: usize) -> Result<Numbers<Int64Type>> {
        self.numbers(index)
    }

    /// A `real` argument.
    pub fn reals(&self, index: usize) -> Result<Numbers<Float64Type>> {
        self.numbers(index)
    }

    /// A `decimal` argument.
    pub fn decimals(&self, index: usize) -> Result<Numbers<Decimal128Type>> {
        self.numbers(index)
    }

    /// A `datetime` argument, nanoseconds since 1970.
    pub fn datetimes(&self, index: usize) -> Result<Numbers<TimestampNanosecondType>> {
        self.numbers(index)
    }

    /// A `timespan` argument, nanoseconds.
    pub fn timespans(&self, index: usize) -> Result<Numbers<DurationNanosecondType>> {
        self.numbers(index)
    }

    /// An answer of strings: `None` becomes `""` (use [`Args::dynamics`] where null must stay null).
    pub fn strings<S: AsRef<str>>(&self, mut f: impl FnMut(usize) -> Option<S>) -> Result<ArrayRef> {
        let mut out = StringViewBuilder::with_capacity(self.rows);
        let mut size = 0;
        for row in 0..self.rows {
            match f(row) {
                Some(text) => {
                    grow(&mut size, text.as_ref())?;
                    out.append_value(text);
                }
                None => out.append_value(""),
            }
        }
        Ok(Arc::new(out.finish()))
    }

    /// An answer of strings that are parts of the strings of an argument; longer parts share its memory.
    pub fn parts(&self, source: &Text, mut f: impl FnMut(usize, &str) -> Range<usize>) -> Result<ArrayRef> {
        self.shared(source, Missing::Empty, |row, text| Some(Cow::Borrowed(&text[f(row, text)])))
    }

    /// An answer of texts, most of which are parts of the texts of an argument and share its memory.
    pub fn shared<'t>(
        &self,
        source: &'t Text,
        missing: Missing,
        mut f: impl FnMut(usize, &'t str) -> Option<Cow<'t, str>>,
    ) -> Result<ArrayRef> {
        let mut out = StringViewBuilder::with_capacity(self.rows);
        let buffers = source.array.data_buffers().iter();
        let blocks: Vec<u32> = buffers.map(|buffer| out.append_block(buffer.clone())).collect();
        for row in 0..self.rows {
            let whole = source.text(row);
            match f(row, whole) {
                Some(Cow::Borrowed(part)) if part.len() > INLINE => {
                    let start = (part.as_ptr() as usize).checked_sub(whole.as_ptr() as usize);
                    let start = start.filter(|start| start + part.len() <= whole.len());
                    let view = ByteView::from(source.array.views()[if source.constant { 0 } else { row }]);
                    match (start, blocks.get(view.buffer_index as usize)) {
                        (Some(start), Some(&block)) => {
                            out.try_append_view(block, view.offset + start as u32, part.len() as u32)?;
                        }
                        _ => out.append_value(part),
                    }
                }
                Some(text) => out.append_value(text),
                None if missing == Missing::Empty => out.append_value(""),
                None => out.append_null(),
            }
        }
        Ok(Arc::new(out.finish()))
    }

    /// An answer of `dynamic` cells (JSON text) or guids, null where there is none.
    pub fn dynamics<S: AsRef<str>>(&self, mut f: impl FnMut(usize) -> Option<S>) -> Result<ArrayRef> {
        let mut out = StringViewBuilder::with_capacity(self.rows);
        let mut size = 0;
        for row in 0..self.rows {
            let cell = f(row);
            if let Some(text) = &cell {
                grow(&mut size, text.as_ref())?;
            }
            out.append_option(cell);
        }
        Ok(Arc::new(out.finish()))
    }

    /// An answer of truth values.
    pub fn truths(&self, f: impl FnMut(usize) -> Option<bool>) -> Result<ArrayRef> {
        Ok(Arc::new((0..self.rows).map(f).collect::<BooleanArray>()))
    }

    /// An answer of truth values, none of them null.
    pub fn tests(&self, f: impl FnMut(usize) -> bool) -> Result<ArrayRef> {
        Ok(Arc::new(BooleanArray::new(BooleanBuffer::collect_bool(self.rows, f), None)))
    }

    /// An answer of numbers, datetimes or timespans: the type parameter says which (`Int64Type`, …).
    pub fn values<T: ArrowPrimitiveType>(&self, f: impl FnMut(usize) -> Option<T::Native>) -> Result<ArrayRef> {
        let array: PrimitiveArray<T> = (0..self.rows).map(f).collect();
        Ok(Arc::new(array.with_data_type(self.ret.clone())))
    }

    /// An answer computed from one argument, null where that is null. Fast: no test per row.
    pub fn map<A: ArrowPrimitiveType, T: ArrowPrimitiveType>(
        &self,
        a: &Numbers<A>,
        f: impl Fn(A::Native) -> T::Native,
    ) -> Result<ArrayRef> {
        if a.array.len() == self.rows {
            return Ok(Arc::new(a.array.unary::<_, T>(f).with_data_type(self.ret.clone())));
        }
        self.values::<T>(|row| a.get(row).map(&f))
    }

    /// An answer computed from one argument, null where that is null or where `f` gives nothing.
    pub fn map_some<A: ArrowPrimitiveType, T: ArrowPrimitiveType>(
        &self,
        a: &Numbers<A>,
        f: impl Fn(A::Native) -> Option<T::Native>,
    ) -> Result<ArrayRef> {
        if a.array.len() == self.rows {
            return Ok(Arc::new(a.array.unary_opt::<_, T>(f).with_data_type(self.ret.clone())));
        }
        self.values::<T>(|row| a.get(row).and_then(&f))
    }

    /// An answer computed from two arguments, null where either is null or where `f` gives nothing.
    pub fn zip<A: ArrowPrimitiveType, B: ArrowPrimitiveType, T: ArrowPrimitiveType>(
        &self,
        a: &Numbers<A>,
        b: &Numbers<B>,
        f: impl Fn(A::Native, B::Native) -> Option<T::Native>,
    ) -> Result<ArrayRef> {
        match (a.constant(), b.constant()) {
            (None, Some(b)) => self.map_some::<A, T>(a, |a| f(a, b)),
            (Some(a), None) => self.map_some::<B, T>(b, |b| f(a, b)),
            _ => self.values::<T>(|row| f(a.get(row)?, b.get(row)?)),
        }
    }
}

/// Counts a text that is added to an answer, and refuses what would fill the memory.
fn grow(size: &mut usize, text: &str) -> Result<()> {
    *size += text.len();
    if *size > MOST_TEXT {
        return exec_err!("a function makes more than 1 GB of text or `dynamic` values of a few thousand rows");
    }
    Ok(())
}

impl Text {
    /// The text of a row; `None` for null.
    pub fn get(&self, row: usize) -> Option<&str> {
        let row = if self.constant { 0 } else { row };
        self.array.is_valid(row).then(|| self.array.value(row))
    }

    /// The text of a row; `""` for null.
    pub fn text(&self, row: usize) -> &str {
        self.get(row).unwrap_or("")
    }

    /// The text, when it is the same for all rows.
    pub fn constant(&self) -> Option<&str> {
        self.constant.then(|| self.text(0))
    }
}

impl Bools {
    /// The truth value of a row; `None` for null.
    pub fn get(&self, row: usize) -> Option<bool> {
        let row = if self.constant { 0 } else { row };
        self.array.is_valid(row).then(|| self.array.value(row))
    }
}

impl<T: ArrowPrimitiveType> Numbers<T> {
    /// The number of a row; `None` for null.
    pub fn get(&self, row: usize) -> Option<T::Native> {
        let row = if self.constant { 0 } else { row };
        self.array.is_valid(row).then(|| self.array.value(row))
    }

    /// The number, when it is the same for all rows and not null.
    pub fn constant(&self) -> Option<T::Native> {
        if self.constant { self.get(0) } else { None }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_bounded() {
        let mut size = MOST_TEXT - 2;
        grow(&mut size, "ab").unwrap();
        assert!(grow(&mut size, "c").is_err());
    }
}
