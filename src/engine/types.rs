//! KQL types in Arrow: the only such table.

use std::collections::HashMap;

use datafusion::arrow::datatypes::{DataType, Field, TimeUnit};

use crate::types::Type;
use crate::value::{DECIMAL_PRECISION, DECIMAL_SCALE};

/// Key of the field metadata that tells `dynamic` and `guid` from plain text.
pub const TYPE_KEY: &str = "kql.type";

/// Key of the metadata of a file that tells the types of columns which are in the names of its folders.
pub const FOLDERS_KEY: &str = "kql.folders";

/// The Arrow type that holds a KQL type. [`Type::Unknown`] never gets here; it maps to text.
pub fn arrow_type(ty: Type) -> DataType {
    match ty {
        Type::Bool => DataType::Boolean,
        Type::Int => DataType::Int32,
        Type::Long => DataType::Int64,
        Type::Real => DataType::Float64,
        Type::Decimal => DataType::Decimal128(DECIMAL_PRECISION, DECIMAL_SCALE),
        Type::DateTime => DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())),
        Type::TimeSpan => DataType::Duration(TimeUnit::Nanosecond),
        Type::String | Type::Guid | Type::Dynamic | Type::Unknown => DataType::Utf8View,
    }
}

/// An Arrow field for a column of a KQL type: strings are not null, `dynamic` and `guid` carry their name.
pub fn arrow_field(name: &str, ty: Type) -> Field {
    let field = Field::new(name, arrow_type(ty), ty != Type::String);
    match ty {
        Type::Guid | Type::Dynamic => field.with_metadata(HashMap::from([(TYPE_KEY.to_owned(), ty.name().to_owned())])),
        _ => field,
    }
}

/// The KQL type of an Arrow field, of ours or of a foreign file. `None` for types that KQL has no match for.
pub fn kql_type(field: &Field) -> Option<Type> {
    if let Some(ty) = field.metadata().get(TYPE_KEY).and_then(|name| Type::parse(name)) {
        return Some(ty);
    }
    kql_type_of(field.data_type())
}

/// What a `real` is known by: zeros of both signs are one value, and all that is not a number is one, above all numbers
/// where rows are sorted.
pub(super) fn real_key(real: f64) -> f64 {
    if real.is_nan() { f64::NAN } else { real + 0.0 }
}

/// A number that sorts as a `real` does, with what is not a number beyond the ends, by its sign.
pub(super) fn real_rank(real: f64) -> i64 {
    turned(real.to_bits() as i64)
}

/// The `real` of such a number.
pub(super) fn real_of_rank(rank: i64) -> f64 {
    f64::from_bits(turned(rank) as u64)
}

/// Of negative numbers, those with more bits set are less.
fn turned(bits: i64) -> i64 {
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

fn kql_type_of(data_type: &DataType) -> Option<Type> {
    Some(match data_type {
        DataType::Boolean => Type::Bool,
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::UInt8 | DataType::UInt16 => Type::Int,
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 => Type::Long,
        DataType::Float16 | DataType::Float32 | DataType::Float64 => Type::Real,
        DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) | DataType::Decimal256(..) => {
            Type::Decimal
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => Type::String,
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => Type::DateTime,
        DataType::Duration(_) | DataType::Time32(_) | DataType::Time64(_) => Type::TimeSpan,
        DataType::List(_) | DataType::LargeList(_) | DataType::ListView(_) | DataType::FixedSizeList(..) => {
            Type::Dynamic
        }
        DataType::Struct(_) | DataType::Map(..) => Type::Dynamic,
        DataType::Dictionary(_, values) => return kql_type_of(values),
        _ => return None,
    })
}
