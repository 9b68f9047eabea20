//! Property bags of each group merged into one: `make_bag(x)` and `make_bag(x, max_size)`, with a constant size.
//!
//! Of a key that comes several times one value stays: the first in order of rows. What is not a bag doesn't count.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, StringViewArray, StringViewBuilder};
use datafusion::arrow::datatypes::DataType;
use datafusion::common::Result;
use datafusion::logical_expr::EmitTo;
use serde_json::{Map, Value as Json};

use super::list::most_items;
use super::rows::{Groups, Rows, typed, vec_size};
use super::{Call, Kernel, Order};
use crate::engine::dynamic;

pub(super) const KERNELS: &[Kernel] =
    &[Kernel { name: "make_bag", state: |_| vec![DataType::Utf8View], start, order: Order::Any }];

fn start(call: &Call) -> Result<Box<dyn Groups>> {
    Ok(Box::new(Bags { bags: Vec::new(), most: most_items(call)?, bytes: 0 }))
}

struct Bags {
    bags: Vec<Map<String, Json>>,
    most: usize,
    /// The text that went in; what is kept of it takes about as much.
    bytes: usize,
}

impl Groups for Bags {
    fn update(&mut self, values: &[ArrayRef], rows: &Rows) -> Result<()> {
        self.bags.resize_with(rows.total, Map::new);
        let cells = typed::<StringViewArray>(values, 0)?;
        rows.each(cells.nulls(), |row, group| {
            let cell = cells.value(row);
            let bag = &mut self.bags[group];
            if bag.len() >= self.most || !cell.trim_start().starts_with('{') {
                return;
            }
            let Json::Object(new) = dynamic::decode(cell) else { return };
            self.bytes += cell.len() + new.len() * size_of::<(String, Json)>();
            for (key, value) in new {
                if bag.len() < self.most && !bag.contains_key(&key) {
                    bag.insert(key, value);
                }
            }
        });
        Ok(())
    }

    fn merge(&mut self, states: &[ArrayRef], rows: &Rows) -> Result<()> {
        self.update(states, rows)
    }

    fn state(&mut self, emit: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(vec![self.evaluate(emit)?])
    }

    fn evaluate(&mut self, emit: EmitTo) -> Result<ArrayRef> {
        let mut out = StringViewBuilder::new();
        for bag in emit.take_needed(&mut self.bags) {
            out.try_append_value(Json::Object(bag).to_string())?;
        }
        if self.bags.is_empty() {
            self.bytes = 0;
        }
        Ok(Arc::new(out.finish()))
    }

    fn size(&self) -> usize {
        self.bytes + vec_size(&self.bags)
    }
}

#[cfg(test)]
mod tests {
    use datafusion::common::ScalarValue;

    use super::super::testing::{Case, texts};
    use crate::types::Type;

    #[test]
    fn the_first_value_of_a_key_stays() {
        let column = texts(&[r#"{"a":1}"#, r#"{"a":2,"b":null}"#, "[1]", r#"{"c":{"d":4}}"#]);
        let case = Case::new("make_bag", vec![column], &[Type::Dynamic]);
        assert_eq!(case.answer(), r#"{"a":1,"b":null,"c":{"d":4}}"#);
        assert_eq!(case.answers(&[0, 1, 1, 1]), [r#"{"a":1}"#, r#"{"a":2,"b":null,"c":{"d":4}}"#]);
        assert_eq!(case.with(vec![ScalarValue::Int64(Some(2))]).answer(), r#"{"a":1,"b":null}"#);
        assert_eq!(Case::new("make_bag", vec![texts(&[])], &[Type::Dynamic]).answer(), "{}");
    }
}
