//! Functions over neighbouring rows of an ordered table.

use super::Function;

/// The rows of this family.
pub const FUNCTIONS: &[Function] = &[];
