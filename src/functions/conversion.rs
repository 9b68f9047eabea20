//! Turning values of one type into another.

use super::Function;

/// The rows of this family.
pub const FUNCTIONS: &[Function] = &[];
