//! The known log tables.
