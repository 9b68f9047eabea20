//! The KQL scalar types, their names, and which widens to which.

use std::fmt;

/// A KQL scalar type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Type {
    /// `bool`
    Bool,
    /// `int`: 32 bits
    Int,
    /// `long`: 64 bits
    Long,
    /// `real`: 64-bit floating point
    Real,
    /// `decimal`
    Decimal,
    /// `string`; never null
    String,
    /// `datetime`, UTC
    DateTime,
    /// `timespan`
    TimeSpan,
    /// `guid`
    Guid,
    /// `dynamic`: a JSON value
    Dynamic,
    /// Stands in for the type of something that was already reported as wrong; fits everywhere.
    Unknown,
}

impl Type {
    /// The types a column can have.
    pub const ALL: &'static [Type] = &[
        Type::Bool,
        Type::Int,
        Type::Long,
        Type::Real,
        Type::Decimal,
        Type::String,
        Type::DateTime,
        Type::TimeSpan,
        Type::Guid,
        Type::Dynamic,
    ];

    /// The canonical KQL name.
    pub fn name(self) -> &'static str {
        match self {
            Type::Bool => "bool",
            Type::Int => "int",
            Type::Long => "long",
            Type::Real => "real",
            Type::Decimal => "decimal",
            Type::String => "string",
            Type::DateTime => "datetime",
            Type::TimeSpan => "timespan",
            Type::Guid => "guid",
            Type::Dynamic => "dynamic",
            Type::Unknown => "unknown",
        }
    }

    /// The type a KQL type word means; synonyms (`boolean`, `date`, `double`, `time`, `uniqueid`, …) included.
    pub fn parse(word: &str) -> Option<Type> {
        Some(match word {
            "bool" | "boolean" => Type::Bool,
            "int" | "int8" | "int16" | "int32" | "uint8" | "uint16" | "uint" | "uint32" => Type::Int,
            "long" | "int64" | "ulong" | "uint64" => Type::Long,
            "real" | "double" | "float" => Type::Real,
            "decimal" => Type::Decimal,
            "string" => Type::String,
            "datetime" | "date" => Type::DateTime,
            "timespan" | "time" => Type::TimeSpan,
            "guid" | "uniqueid" => Type::Guid,
            "dynamic" => Type::Dynamic,
            _ => return None,
        })
    }

    /// The name that `getschema` shows in `DataType`.
    pub fn dotnet_name(self) -> &'static str {
        match self {
            Type::Bool => "System.SByte",
            Type::Int => "System.Int32",
            Type::Long => "System.Int64",
            Type::Real => "System.Double",
            Type::Decimal => "System.Data.SqlTypes.SqlDecimal",
            Type::String => "System.String",
            Type::DateTime => "System.DateTime",
            Type::TimeSpan => "System.TimeSpan",
            Type::Guid => "System.Guid",
            Type::Dynamic | Type::Unknown => "System.Object",
        }
    }

    /// Whether arithmetic with numbers is defined.
    pub fn is_numeric(self) -> bool {
        matches!(self, Type::Int | Type::Long | Type::Real | Type::Decimal)
    }

    /// Whether it is `int` or `long`.
    pub fn is_integer(self) -> bool {
        matches!(self, Type::Int | Type::Long)
    }

    /// Whether values can be added up: numbers, datetimes and timespans.
    pub fn is_summable(self) -> bool {
        self.is_numeric() || matches!(self, Type::DateTime | Type::TimeSpan)
    }

    /// The narrowest number type that holds both (`int` < `long` < `real` < `decimal`), if both are numbers.
    pub fn widest_number(self, other: Type) -> Option<Type> {
        (self.is_numeric() && other.is_numeric()).then(|| self.max(other))
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for &ty in Type::ALL {
            assert_eq!(Type::parse(ty.name()), Some(ty));
        }
        assert_eq!(Type::parse("double"), Some(Type::Real));
        assert_eq!(Type::parse("String"), None);
    }

    #[test]
    fn numbers_widen() {
        assert_eq!(Type::Int.widest_number(Type::Long), Some(Type::Long));
        assert_eq!(Type::Decimal.widest_number(Type::Real), Some(Type::Decimal));
        assert_eq!(Type::Int.widest_number(Type::String), None);
    }
}
