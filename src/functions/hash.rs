//! Hashes and random values.

use super::Function;

/// The rows of this family.
pub const FUNCTIONS: &[Function] = &[];
