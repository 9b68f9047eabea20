//! IP addresses, URLs and user agents.

use super::Function;

/// The rows of this family.
pub const FUNCTIONS: &[Function] = &[];
