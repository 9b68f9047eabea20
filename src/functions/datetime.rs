//! Dates, times and timespans.

use super::Function;

/// The rows of this family.
pub const FUNCTIONS: &[Function] = &[];
