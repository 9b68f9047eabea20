//! The core as indented text, for `explain` and for tests.
