//! JSON values: arrays and property bags.

use super::Function;

/// The rows of this family.
pub const FUNCTIONS: &[Function] = &[];
