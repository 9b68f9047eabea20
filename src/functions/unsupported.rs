//! Functions of KQL that this engine knows by name and refuses.

/// Scalar functions that are refused with `unsupported-function`.
pub const FUNCTIONS: &[&str] = &[];

/// Aggregates that are refused with `unsupported-function`.
pub const AGGREGATES: &[&str] = &[];
