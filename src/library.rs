//! The canned queries: load, header, parameters.
