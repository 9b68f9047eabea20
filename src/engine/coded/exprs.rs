//! Expressions over texts by dictionary.

use std::fmt::{Debug, Display, Formatter};
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, DictionaryArray, Int32Array, RecordBatch, StringArray,
};
use datafusion::arrow::buffer::{BooleanBuffer, NullBuffer};
use datafusion::arrow::compute::{cast, take};
use datafusion::arrow::datatypes::{DataType, FieldRef, Int32Type, Schema, SchemaRef};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::Column;

use super::{coded_type, is_same, over_one, views};

/// Whether an expression may differ from row to row of the same text.
pub(super) fn is_volatile(expr: &Arc<dyn PhysicalExpr>) -> bool {
    expr.is_volatile_node() || expr.children().into_iter().any(is_volatile)
}

fn as_codes(array: &ArrayRef) -> Option<&DictionaryArray<Int32Type>> {
    array.as_dictionary_opt::<Int32Type>()
}

fn only(mut children: Vec<Arc<dyn PhysicalExpr>>) -> Result<Arc<dyn PhysicalExpr>> {
    match children.pop() {
        Some(child) if children.is_empty() => Ok(child),
        _ => internal_err!("an expression of one child got another number of them"),
    }
}

/// A text by dictionary.
#[derive(Debug)]
pub(in crate::engine) struct AsCodes {
    child: Arc<dyn PhysicalExpr>,
}

impl AsCodes {
    pub(in crate::engine) fn new(child: Arc<dyn PhysicalExpr>) -> Self {
        Self { child }
    }

    /// The text.
    pub(in crate::engine) fn child(&self) -> &Arc<dyn PhysicalExpr> {
        &self.child
    }
}

impl PartialEq for AsCodes {
    fn eq(&self, other: &Self) -> bool {
        self.child.eq(&other.child)
    }
}

impl Eq for AsCodes {}

impl Hash for AsCodes {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.child.hash(state);
    }
}

impl Display for AsCodes {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "codes({})", self.child)
    }
}

impl PhysicalExpr for AsCodes {
    fn data_type(&self, _: &Schema) -> Result<DataType> {
        Ok(coded_type())
    }

    fn nullable(&self, schema: &Schema) -> Result<bool> {
        self.child.nullable(schema)
    }

    fn return_field(&self, schema: &Schema) -> Result<FieldRef> {
        let field = self.child.return_field(schema)?;
        Ok(Arc::new(field.as_ref().clone().with_data_type(coded_type())))
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        let rows = batch.num_rows();
        let array = match self.child.evaluate(batch)? {
            ColumnarValue::Array(array) => array,
            // The file has one text throughout.
            ColumnarValue::Scalar(text) => {
                let texts = cast(&text.to_array()?, &DataType::Utf8)?;
                let keys = Int32Array::new(vec![0; rows].into(), text.is_null().then(|| NullBuffer::new_null(rows)));
                return Ok(ColumnarValue::Array(Arc::new(DictionaryArray::try_new(keys, texts)?)));
            }
        };
        if as_codes(&array).is_some() {
            return Ok(ColumnarValue::Array(array));
        }
        // A dictionary in which each row has its own text.
        let texts = cast(&array, &DataType::Utf8)?;
        let keys = Int32Array::new((0..texts.len() as i32).collect::<Vec<_>>().into(), texts.nulls().cloned());
        Ok(ColumnarValue::Array(Arc::new(DictionaryArray::try_new(keys, texts)?)))
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.child]
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn PhysicalExpr>>) -> Result<Arc<dyn PhysicalExpr>> {
        Ok(Arc::new(Self::new(only(children)?)))
    }

    fn fmt_sql(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        self.child.fmt_sql(f)
    }
}

/// A text by dictionary as plain text.
#[derive(Debug)]
pub(super) struct AsText {
    child: Arc<dyn PhysicalExpr>,
}

impl AsText {
    pub(super) fn new(child: Arc<dyn PhysicalExpr>) -> Self {
        Self { child }
    }
}

impl PartialEq for AsText {
    fn eq(&self, other: &Self) -> bool {
        self.child.eq(&other.child)
    }
}

impl Eq for AsText {}

impl Hash for AsText {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.child.hash(state);
    }
}

impl Display for AsText {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "text({})", self.child)
    }
}

impl PhysicalExpr for AsText {
    fn data_type(&self, _: &Schema) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn nullable(&self, schema: &Schema) -> Result<bool> {
        self.child.nullable(schema)
    }

    fn return_field(&self, schema: &Schema) -> Result<FieldRef> {
        let field = self.child.return_field(schema)?;
        Ok(Arc::new(field.as_ref().clone().with_data_type(DataType::Utf8View)))
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        let array = self.child.evaluate(batch)?.into_array(batch.num_rows())?;
        Ok(ColumnarValue::Array(cast(&array, &DataType::Utf8View)?))
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.child]
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn PhysicalExpr>>) -> Result<Arc<dyn PhysicalExpr>> {
        Ok(Arc::new(Self::new(only(children)?)))
    }

    fn fmt_sql(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        self.child.fmt_sql(f)
    }
}

/// An expression over one text that comes by dictionary, worked out once for each value.
pub(super) struct ByValue {
    /// The expression, over the text as the only column.
    expr: Arc<dyn PhysicalExpr>,
    column: Arc<dyn PhysicalExpr>,
    schema: SchemaRef,
    field: FieldRef,
    known: Mutex<Vec<Known>>,
}

/// A dictionary that was met.
struct Known {
    values: StringArray,
    /// How many rows of it were worked out by themselves.
    rows: usize,
    answers: Option<ArrayRef>,
}

/// How many dictionaries are remembered: a few for each thread.
const REMEMBERED: usize = 16;

/// A dictionary of up to this size is worked out at once.
const SMALL: usize = 1024;

/// What to do for the rows of a batch.
enum Way {
    /// The values have answers.
    Known(ArrayRef),
    /// The values are worth it now.
    All,
    /// There are few rows so far for so many values.
    Rows,
}

impl ByValue {
    /// An expression over one column of a schema.
    pub(super) fn new(expr: &Arc<dyn PhysicalExpr>, column: &Column, schema: &Schema) -> Result<Self> {
        let one = Schema::new(vec![schema.field(column.index()).clone()]);
        Ok(Self {
            field: expr.return_field(schema)?,
            expr: over_one(expr, column.name())?,
            column: Arc::new(column.clone()),
            schema: Arc::new(one),
            known: Mutex::default(),
        })
    }

    fn answer(&self, texts: ArrayRef) -> Result<ArrayRef> {
        let rows = texts.len();
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), vec![texts])?;
        self.expr.evaluate(&batch)?.into_array(rows)
    }

    fn way(&self, values: &StringArray, rows: usize) -> Way {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let at = match known.iter().position(|known| is_same(&known.values, values)) {
            Some(at) => at,
            None => {
                if known.len() >= REMEMBERED {
                    known.remove(0);
                }
                known.push(Known { values: values.clone(), rows: 0, answers: None });
                known.len() - 1
            }
        };
        let known = &mut known[at];
        if let Some(answers) = &known.answers {
            return Way::Known(Arc::clone(answers));
        }
        known.rows += rows;
        match values.len() <= SMALL.max(known.rows * 2) {
            true => Way::All,
            false => Way::Rows,
        }
    }

    fn keep(&self, values: &StringArray, answers: &ArrayRef) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.iter_mut().find(|known| is_same(&known.values, values)) {
            known.answers = Some(Arc::clone(answers));
        }
    }

    fn by_value(&self, codes: &DictionaryArray<Int32Type>) -> Result<Option<ArrayRef>> {
        let Some(values) = codes.values().as_string_opt::<i32>() else { return Ok(None) };
        if codes.null_count() > 0 {
            return Ok(None);
        }
        let answers = match self.way(values, codes.len()) {
            Way::Known(answers) => answers,
            // A value that no row has may be an error, which must not be told.
            Way::All => match self.answer(views(values)?) {
                Ok(answers) => {
                    self.keep(values, &answers);
                    answers
                }
                Err(_) => return Ok(None),
            },
            Way::Rows => return Ok(None),
        };
        Ok(Some(match answers.as_boolean_opt() {
            Some(truths) if truths.null_count() == 0 => {
                let (truths, keys) = (truths.values(), codes.keys().values());
                let of_rows = BooleanBuffer::collect_bool(keys.len(), |row| truths.value(keys[row] as usize));
                Arc::new(BooleanArray::new(of_rows, None))
            }
            _ => take(&answers, codes.keys(), None)?,
        }))
    }
}

impl Debug for ByValue {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "ByValue({:?})", self.expr)
    }
}

impl PartialEq for ByValue {
    fn eq(&self, other: &Self) -> bool {
        self.expr.eq(&other.expr) && self.column.eq(&other.column)
    }
}

impl Eq for ByValue {}

impl Hash for ByValue {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.expr.hash(state);
        self.column.hash(state);
    }
}

impl Display for ByValue {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        write!(f, "by_value({})", self.expr)
    }
}

impl PhysicalExpr for ByValue {
    fn data_type(&self, _: &Schema) -> Result<DataType> {
        Ok(self.field.data_type().clone())
    }

    fn nullable(&self, _: &Schema) -> Result<bool> {
        Ok(self.field.is_nullable())
    }

    fn return_field(&self, _: &Schema) -> Result<FieldRef> {
        Ok(Arc::clone(&self.field))
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        let array = self.column.evaluate(batch)?.into_array(batch.num_rows())?;
        if let Some(codes) = as_codes(&array)
            && let Some(answers) = self.by_value(codes)?
        {
            return Ok(ColumnarValue::Array(answers));
        }
        Ok(ColumnarValue::Array(self.answer(cast(&array, &DataType::Utf8View)?)?))
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.column]
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn PhysicalExpr>>) -> Result<Arc<dyn PhysicalExpr>> {
        Ok(Arc::new(Self {
            expr: Arc::clone(&self.expr),
            column: only(children)?,
            schema: Arc::clone(&self.schema),
            field: Arc::clone(&self.field),
            known: Mutex::default(),
        }))
    }

    fn fmt_sql(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        self.expr.fmt_sql(f)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use datafusion::arrow::datatypes::Field;
    use datafusion::logical_expr::Operator;
    use datafusion::physical_expr::expressions::{binary, lit};

    use super::*;
    use crate::engine::coded::{Places, over_codes};

    fn batch(texts: &[&str]) -> RecordBatch {
        let codes: DictionaryArray<Int32Type> = texts.iter().copied().collect();
        RecordBatch::try_from_iter([("t", Arc::new(codes) as ArrayRef)]).unwrap()
    }

    #[test]
    fn a_condition_is_worked_out_by_value() {
        let schema = Schema::new(vec![Field::new("t", DataType::Utf8View, false)]);
        let column: Arc<dyn PhysicalExpr> = Arc::new(Column::new("t", 0));
        let value = datafusion::common::ScalarValue::Utf8View(Some("b".to_owned()));
        let is_b = binary(Arc::clone(&column), Operator::Eq, lit(value), &schema).unwrap();
        let by_value = over_codes(&is_b, &Places::from([0]), &schema).unwrap();
        assert_eq!(by_value.to_string(), "by_value(t@0 = b)");
        for texts in [&["a", "b", "b"][..], &["b"], &[]] {
            let answers = by_value.evaluate(&batch(texts)).unwrap().into_array(texts.len()).unwrap();
            let wanted: BooleanArray = texts.iter().map(|text| Some(*text == "b")).collect();
            assert_eq!(answers.as_boolean(), &wanted);
        }
        let text = over_codes(&column, &Places::from([0]), &schema).unwrap();
        let texts = text.evaluate(&batch(&["x", "y", "x"])).unwrap().into_array(3).unwrap();
        assert_eq!(texts.as_string_view().iter().flatten().collect::<Vec<_>>(), ["x", "y", "x"]);
    }

    #[test]
    fn texts_without_a_dictionary_get_one() {
        let texts: ArrayRef = Arc::new(datafusion::arrow::array::StringViewArray::from_iter_values(["x", "y", "x"]));
        let plain = RecordBatch::try_from_iter([("t", texts)]).unwrap();
        let codes = AsCodes::new(Arc::new(Column::new("t", 0))).evaluate(&plain).unwrap().into_array(3).unwrap();
        let texts = cast(&codes, &DataType::Utf8View).unwrap();
        assert!(as_codes(&codes).is_some());
        assert_eq!(texts.as_string_view().iter().flatten().collect::<Vec<_>>(), ["x", "y", "x"]);
    }
}
